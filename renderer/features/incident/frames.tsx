// Frames as runs, each a link to its first packet.

import { useRoute } from '../../ui/hooks.ts';
import { useWords } from '../../ui/language.ts';
import { useNumber } from '../../ui/moment.ts';
import { runsOf } from './runs.ts';
import { incidentWords } from './words.ts';

interface Props {
  readonly capture: string;
  readonly frames: readonly number[];
  /** Runs shown; the rest is counted. */
  readonly limit: number;
}

export function FrameLinks({ capture, frames, limit }: Props) {
  const words = useWords(incidentWords);
  const number = useNumber();
  const go = useRoute((state) => state.go);
  const { runs, more } = runsOf(frames, limit);
  if (runs.length === 0) return <span className="mut">{words.noFrames}</span>;
  return (
    <>
      <span className="frame-links ltr">
        {runs.map(({ from, to }) => (
          <button
            key={from}
            type="button"
            className="link m"
            onClick={() => go({ screen: 'packets', capture, item: String(from) })}
          >
            {from === to ? from : `${from}–${to}`}
          </button>
        ))}
      </span>
      {more > 0 ? <span className="mut"> {words.more(number(more))}</span> : null}
    </>
  );
}
