// The payload of a connection in order: side by position, label and colour; gaps are said.

import { useState } from 'react';
import { shellWords } from '../../app/words.ts';
import { useCall } from '../../ui/hooks.ts';
import { useWords } from '../../ui/language.ts';
import { duration, useNumber } from '../../ui/moment.ts';
import { hexRows, readable } from './payload.ts';
import { flowWords } from './words.ts';

const LIMIT = 65_536;

export function Stream({ capture, flow }: { readonly capture: string; readonly flow: number }) {
  const words = useWords(flowWords);
  const shell = useWords(shellWords);
  const number = useNumber();
  const [mode, setMode] = useState<'text' | 'hex'>('text');
  const asked = useCall('flow.stream', { capture, flow, limit: LIMIT });
  if (asked.state === 'failed') return <p className="flow-note">{shell.failure[asked.failure.code]}</p>;
  const stream = asked.result;
  if (stream === null) return null;
  if (stream.turns.length === 0) return <p className="flow-note sec">{words.noStream}</p>;
  return (
    <div className="stream">
      <div className="segments">
        {(['text', 'hex'] as const).map((name) => (
          <button key={name} type="button" aria-pressed={name === mode} onClick={() => setMode(name)}>
            {words[name]}
          </button>
        ))}
      </div>
      <div className="turns ltr">
        {stream.turns.map((turn) => (
          <div
            key={`${turn.frames[0]} ${turn.fromClient} ${turn.offset}`}
            className={`turn ${turn.fromClient ? 'client' : 'server'} ${turn.forged ? 'hatch' : ''}`}
          >
            {turn.missing > 0 ? <p className="mut">{words.missing(number(turn.missing))}</p> : null}
            <p className="mut">
              {turn.fromClient ? words.fromClient : words.fromServer} · #{turn.frames[0]} · {duration(turn.offset)}{' '}
              {turn.forged ? <span className="tag forged">{words.forged}</span> : null}
            </p>
            <pre className="m">
              {mode === 'text'
                ? readable(turn.data)
                : hexRows(turn.data)
                    .map(({ text }) => text)
                    .join('\n')}
            </pre>
          </div>
        ))}
      </div>
      {stream.cut ? <p className="mut">{words.streamCut}</p> : null}
    </div>
  );
}
