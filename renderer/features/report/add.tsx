// "Add to report", beside an incident.

import { useStore } from 'zustand';
import { useApp, useRoute } from '../../ui/hooks.ts';
import { useLanguage, useWords } from '../../ui/language.ts';
import { added, builder, fresh } from './builder.ts';
import { reportWords } from './words.ts';

export function AddToReport({ capture, incident }: { readonly capture: string; readonly incident: string }) {
  const words = useWords(reportWords);
  const language = useLanguage();
  const go = useRoute((state) => state.go);
  const isPossible = useApp((state) => state.info?.can.report === true);
  const building = useStore(builder, (state) => state.reports[capture]);
  if (!isPossible) return null;
  const chosen = building?.options.incidents ?? [];
  const isIn = chosen.includes(incident);
  return (
    <>
      <button
        type="button"
        className="button"
        aria-pressed={isIn}
        onClick={() => {
          const { begin, choose } = builder.getState();
          if (building === undefined) begin(capture, fresh(language));
          choose(capture, { incidents: added(chosen, incident) });
        }}
      >
        {isIn ? words.inReport : words.addToReport}
      </button>
      {isIn ? (
        <button type="button" className="button quiet" onClick={() => go({ screen: 'report', capture, item: null })}>
          {words.toReport}
        </button>
      ) : null}
    </>
  );
}
