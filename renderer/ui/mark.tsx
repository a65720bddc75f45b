// One shape a technique; its fill says how sure, the word beside it both. Colour only repeats the family.

import type { Confidence, Technique } from '../../shared/domain/vocabulary.ts';

/** Around the origin, in a square of 16. */
const SHAPES: { readonly [K in Technique]: string } = {
  'rst-injection': 'M-7-4.5-4.5-7 0-2.5 4.5-7 7-4.5 2.5 0 7 4.5 4.5 7 0 2.5-4.5 7-7 4.5-2.5 0Z',
  'dns-poisoning': 'M0-7.5 7.5 0 0 7.5-7.5 0Z',
  'dns-blocking': 'M-6-1.5 0-7.5 6-1.5ZM-6 1.5 6 1.5 0 7.5Z',
  'sni-filtering': 'M0-7 7.5 6.5-7.5 6.5Z',
  'http-filtering': 'M-7.5-6.5 7.5-6.5 0 7Z',
  'quic-blocking': 'M-6.5-7-1-7 6.5 0-1 7-6.5 7 0 0Z',
  'ip-null-routing': 'M-5.2 3.8A6.5 6.5 0 0 1 3.8-5.2ZM5.2-3.8A6.5 6.5 0 0 1-3.8 5.2Z',
  'port-blocking': 'M-7-7-2.5-7-2.5-.5 2.5-.5 2.5-7 7-7 7 7-7 7Z',
  'http-blockpage': 'M-5.5-7 2-7 5.5-3.5 5.5 7-5.5 7ZM-3 0-3 3 3 3 3 0Z',
  'data-injection': 'M-2-7 2-7 2-2 7-2 7 2 2 2 2 7-2 7-2 2-7 2-7-2-2-2Z',
  'tls-mitm': 'M-7-6 0-1.5 7-6 7 6 0 1.5-7 6Z',
  throttling: 'M-7-6-2.5-6-2.5-2 2-2 2 2.5 7 2.5 7 6-7 6Z',
  'data-cutoff': 'M-7-4 1.5-4 1.5 4-7 4ZM4-7 7-7 7 7 4 7Z',
  'residual-blocking': 'M0 0 0-7A7 7 0 1 0 7 0Z',
};
const NO_TECHNIQUE = 'M-6-6 6-6 6 6-6 6Z';

const FAMILIES: { readonly [K in Technique]: string } = {
  'rst-injection': 'reset',
  'dns-poisoning': 'dns',
  'dns-blocking': 'dns',
  'sni-filtering': 'name',
  'http-filtering': 'name',
  'quic-blocking': 'name',
  'ip-null-routing': 'address',
  'port-blocking': 'address',
  'http-blockpage': 'content',
  'data-injection': 'content',
  'tls-mitm': 'content',
  throttling: 'slow',
  'data-cutoff': 'slow',
  'residual-blocking': 'slow',
};

/** Family of a technique, whose colour repeats it. */
export function familyOf(technique: Technique | null): string {
  return technique === null ? 'address' : FAMILIES[technique];
}

/** Path of a technique's shape around the origin, for drawings that are not SVG. Filled by the even-odd rule. */
export function shapeOf(technique: Technique | null): string {
  return technique === null ? NO_TECHNIQUE : SHAPES[technique];
}

export interface MarkProps {
  readonly technique: Technique | null;
  readonly confidence: Confidence;
}

/** The shape inside a drawing, around its origin. */
export function MarkShape({ technique, confidence }: MarkProps) {
  const shape = shapeOf(technique);
  return (
    <g className={`shape ${familyOf(technique)} ${confidence}`}>
      {confidence === 'likely' ? (
        <path className="half" d={shape} fillRule="evenodd" clipPath="url(#lower-half)" />
      ) : null}
      <path className="whole" d={shape} fillRule="evenodd" />
    </g>
  );
}

/** The shape in a line of text. The word beside it says the same, so it is silent. */
export function Mark(props: MarkProps) {
  return (
    <svg className="mark" viewBox="-9 -9 18 18" aria-hidden="true">
      <MarkShape {...props} />
    </svg>
  );
}

/** Once on the page: what the marks refer to. */
export function MarkDefinitions() {
  return (
    <svg className="definitions" aria-hidden="true">
      <defs>
        <clipPath id="lower-half">
          <rect x="-9" y="0.5" width="18" height="9" />
        </clipPath>
      </defs>
    </svg>
  );
}
