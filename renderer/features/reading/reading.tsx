// How far reading is: in place of a screen until the first judgement, and as a line above it afterwards.

import './reading.css';
import type { Progress } from '../../../shared/contract/service.ts';
import { useApp, useRoute, useView } from '../../ui/hooks.ts';
import { useWords } from '../../ui/language.ts';
import { byteSize, duration, useNumber } from '../../ui/moment.ts';
import { readingWords } from './words.ts';

export function Reading({ capture }: { readonly capture: string }) {
  const words = useWords(readingWords);
  const open = useApp((state) => state.captures.find((entry) => entry.capture === capture));
  const state = useView(capture)?.state ?? open?.state ?? 'waiting';
  const close = useApp((app) => app.close);
  const go = useRoute((route) => route.go);
  if (state === 'gone') {
    return (
      <section className="reading">
        <h1>{words.gone}</h1>
        <p className="sec">{words.goneWhat}</p>
        <button
          type="button"
          className="button primary"
          onClick={() => {
            void close(capture);
            go({ screen: 'welcome' });
          }}
        >
          {words.open}
        </button>
      </section>
    );
  }
  return (
    <section className="reading">
      <h1>{state === 'waiting' ? words.waiting : state === 'paused' ? words.paused : words.reading}</h1>
      <ReadingProgress capture={capture} />
    </section>
  );
}

/** Bar, numbers and buttons; nothing once reading has ended. */
export function ReadingProgress({ capture }: { readonly capture: string }) {
  const words = useWords(readingWords);
  const number = useNumber();
  const view = useView(capture);
  const client = useApp((state) => state.client);
  // A live capture has its buttons in the title bar
  const isLive = useApp((state) => state.live[capture] !== undefined);
  if (isLive || view === null || (view.state !== 'reading' && view.state !== 'paused')) return null;
  const { progress, state } = view;
  const { part, rate, left } = pace(progress);
  return (
    <div className="reading-progress">
      <progress className="ltr" aria-label={words.reading} max={1} value={part ?? undefined} />
      <p>
        <span className="strong">
          {progress.bytesTotal === null
            ? words.bytesOnly(byteSize(progress.bytesRead))
            : words.bytes(byteSize(progress.bytesRead), byteSize(progress.bytesTotal))}
        </span>
        <span>{words.packets(number(progress.packets))}</span>
        {rate === null ? null : <span>{words.rate(byteSize(rate))}</span>}
        {left === null ? null : <span>{words.left(duration(left))}</span>}
        <span className="space" />
        {state === 'paused' ? (
          <button type="button" className="button" onClick={() => void client.call('capture.resume', { capture })}>
            {words.resume}
          </button>
        ) : (
          <button type="button" className="button" onClick={() => void client.call('capture.pause', { capture })}>
            {words.pause}
          </button>
        )}
        <button type="button" className="button" onClick={() => void client.call('capture.cancel', { capture })}>
          {words.stop}
        </button>
      </p>
    </div>
  );
}

/** Part read, bytes per second, seconds left; null where they cannot be known. */
export function pace({ bytesRead, bytesTotal, elapsed }: Progress): {
  readonly part: number | null;
  readonly rate: number | null;
  readonly left: number | null;
} {
  const part = bytesTotal === null || bytesTotal === 0 ? null : Math.min(1, bytesRead / bytesTotal);
  // The first moments say nothing of the rest
  const rate = elapsed < 0.5 || bytesRead === 0 ? null : bytesRead / elapsed;
  const left = rate === null || bytesTotal === null ? null : Math.max(0, (bytesTotal - bytesRead) / rate);
  return { part, rate, left };
}
