// The payload of a connection in order: side by position, label and colour; gaps are said, forged parts marked.

import { useState } from 'react';
import type { CallResult } from '../../../shared/contract/service.ts';
import { shellWords } from '../../app/words.ts';
import { frameRuns } from '../../ui/format.ts';
import { useCall, useRoute } from '../../ui/hooks.ts';
import { useWords } from '../../ui/language.ts';
import { byteSize, relative, useNumber } from '../../ui/moment.ts';
import { hexDump } from '../packet/bytes.ts';
import { ForgedTag, type Forgery } from './forged.tsx';
import { isText, readable } from './payload.ts';
import { flowWords } from './words.ts';

const FIRST_LIMIT = 65_536;
const MOST = 1_048_576;
/** Bytes of one turn that are drawn; the rest is said. */
const DRAWN = 16_384;

type Turn = CallResult<'flow.stream'>['turns'][number];
type Mode = 'text' | 'hex';

interface Props {
  readonly capture: string;
  readonly flow: number;
  /** Offset of the flow's first packet. */
  readonly start: number;
  readonly copy: (text: string) => void;
  /** Whether what findings call forged is at least likely to be. */
  readonly surely: boolean;
}

function textOf(turn: Turn, mode: Mode): string {
  return mode === 'text' ? readable(turn.data) : hexDump(turn.data);
}

export function Stream({ capture, flow, start, copy, surely }: Props) {
  const words = useWords(flowWords);
  const shell = useWords(shellWords);
  const [mode, setMode] = useState<Mode>('text');
  const [limit, setLimit] = useState(FIRST_LIMIT);
  const asked = useCall('flow.stream', { capture, flow, limit });
  if (asked.state === 'failed') {
    return (
      <p className="flow-note" role="alert">
        {shell.failure[asked.failure.code]}
      </p>
    );
  }
  const stream = asked.result;
  if (stream === null) {
    return (
      <p className="flow-note sec" role="status">
        {words.readingOn}
      </p>
    );
  }
  if (stream.turns.length === 0) return <p className="flow-note sec">{words.noStream}</p>;
  const isEncrypted = stream.turns.slice(0, 12).filter(({ data }) => !isText(data)).length > stream.turns.length / 2;
  return (
    <div className="stream">
      <div className="stream-bar">
        <div className="segments">
          {(['text', 'hex'] as const).map((name) => (
            <button key={name} type="button" aria-pressed={name === mode} onClick={() => setMode(name)}>
              {words[name]}
            </button>
          ))}
        </div>
        <button
          type="button"
          className="button quiet"
          onClick={() =>
            copy(stream.turns.map((turn) => `${turn.fromClient ? 'C' : 'S'}:\n${textOf(turn, mode)}`).join('\n\n'))
          }
        >
          {words.copyStream}
        </button>
        {isEncrypted && mode === 'text' ? <span className="sec">{words.mostlyBytes}</span> : null}
      </div>
      <ol className="turns ltr">
        {stream.turns.map((turn) => (
          <OneTurn
            key={`${turn.frames[0] ?? 0} ${turn.fromClient} ${turn.offset}`}
            capture={capture}
            turn={turn}
            mode={mode}
            start={start}
            forgery={turn.forged ? (surely ? 'forged' : 'doubtful') : null}
          />
        ))}
      </ol>
      {stream.cut ? (
        <p className="stream-bar">
          <span className="sec">{words.streamCut(byteSize(limit))}</span>
          {limit < MOST ? (
            <button type="button" className="button" onClick={() => setLimit(MOST)}>
              {words.streamMore(byteSize(MOST))}
            </button>
          ) : null}
        </p>
      ) : null}
    </div>
  );
}

interface TurnProps {
  readonly capture: string;
  readonly turn: Turn;
  readonly mode: Mode;
  readonly start: number;
  readonly forgery: Forgery | null;
}

function OneTurn({ capture, turn, mode, start, forgery }: TurnProps) {
  const words = useWords(flowWords);
  const number = useNumber();
  const go = useRoute((state) => state.go);
  const frames = frameRuns(turn.frames, 4);
  const first = turn.frames[0];
  const drawn = turn.data.length > DRAWN ? { ...turn, data: turn.data.subarray(0, DRAWN) } : turn;
  return (
    <>
      {turn.missing > 0 ? <li className="missing">{words.missing(number(turn.missing))}</li> : null}
      <li className={`turn ${turn.fromClient ? 'client' : 'server'} ${forgery === 'forged' ? 'hatch' : ''}`}>
        <p>
          <b>{turn.fromClient ? `${words.client} →` : `← ${words.server}`}</b> <ForgedTag forgery={forgery} />{' '}
          {first === undefined ? null : (
            <button
              type="button"
              className="link m"
              onClick={() => go({ screen: 'packets', capture, item: String(first) })}
            >
              #{frames.text}
              {frames.more > 0 ? ` +${frames.more}` : ''}
            </button>
          )}{' '}
          <span className="m mut">
            {relative(turn.offset - start)} · {byteSize(turn.data.length)}
          </span>
        </p>
        <pre className="m">{textOf(drawn, mode)}</pre>
        {drawn === turn ? null : <p className="mut">{words.turnCut(number(turn.data.length - DRAWN))}</p>}
      </li>
    </>
  );
}
