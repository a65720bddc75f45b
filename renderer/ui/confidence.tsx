// How sure, as a filled circle and its word. The fill is that of the marks.

import type { Confidence } from '../../shared/domain/vocabulary.ts';
import { useEngineWords } from './language.ts';

export function ConfidenceWord({ confidence }: { readonly confidence: Confidence }) {
  const { word } = useEngineWords().confidence[confidence];
  return (
    <span className="confidence">
      <svg className="mark" viewBox="-9 -9 18 18" aria-hidden="true">
        <g className={`shape ${confidence}`}>
          {confidence === 'likely' ? <path className="half" d="M-6 0A6 6 0 0 0 6 0Z" /> : null}
          <circle className="whole" r="6" />
        </g>
      </svg>
      <span className="confidence-word">{word}</span>
    </span>
  );
}
