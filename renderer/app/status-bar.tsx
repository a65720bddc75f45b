// The bottom line: what the capture is, how good, and that nothing is sent.

import { LiveFacts } from '../features/capture/running.tsx';
import { useApp, useView } from '../ui/hooks.ts';
import { LANGUAGE_FACTS, useLanguage, useWords } from '../ui/language.ts';
import { useNumber } from '../ui/moment.ts';
import { shellWords } from './words.ts';

export function StatusBar({ capture }: { readonly capture: string | null }) {
  const words = useWords(shellWords);
  const connection = useApp((state) => state.connection);
  const unreviewed = LANGUAGE_FACTS[useLanguage()].unreviewed;
  return (
    <footer>
      {connection === 'connecting' ? <span role="status">{words.connecting}</span> : null}
      {capture === null ? null : <OfCapture capture={capture} />}
      <span className="space" />
      {unreviewed ? <span>{words.unreviewed}</span> : null}
      <span>{words.nothingLeaves}</span>
    </footer>
  );
}

function OfCapture({ capture }: { readonly capture: string }) {
  const words = useWords(shellWords);
  const number = useNumber();
  const view = useView(capture);
  if (view === null) return null;
  const head = view.head;
  return (
    <>
      <span>{words.packetsOf(number(view.progress.packets))}</span>
      <LiveFacts capture={capture} />
      {head?.capture.sha256 == null ? null : <span className="ltr m">SHA-256 {head.capture.sha256.slice(0, 8)}…</span>}
      {head === null || view.state === 'reading' ? null : (
        <span>
          {!head.capture.complete
            ? words.partial
            : head.capture.quality.length === 0
              ? words.quality.good
              : words.quality.notes(number(head.capture.quality.length), head.capture.quality.length)}
        </span>
      )}
    </>
  );
}
