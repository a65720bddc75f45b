// "I disagree", and why.

import { useRef, useState } from 'react';
import { useStore } from 'zustand';
import type { Incident } from '../../../shared/contract/analysis.ts';
import { useWords } from '../../ui/language.ts';
import { disagreements, keyOf, LONGEST_REASON } from './disagreements.ts';
import { incidentWords } from './words.ts';

export function Disagree({ incident, sha256 }: { readonly incident: Incident; readonly sha256: string | null }) {
  const words = useWords(incidentWords);
  const key = keyOf(sha256, incident);
  const reason = useStore(disagreements, (state) => state.reasons[key]);
  const set = useStore(disagreements, (state) => state.set);
  const [draft, setDraft] = useState<string | null>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const close = (): void => {
    setDraft(null);
    opener.current?.focus();
  };
  return (
    <>
      <button
        ref={opener}
        type="button"
        className="button"
        aria-pressed={reason !== undefined}
        aria-expanded={draft !== null}
        onClick={() => setDraft(draft === null ? (reason ?? '') : null)}
      >
        {reason === undefined ? words.disagree : words.disagreed}
      </button>
      {draft === null ? null : (
        <form
          className="float disagree"
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            event.stopPropagation();
            close();
          }}
          onSubmit={(event) => {
            event.preventDefault();
            set(key, draft.trim() === '' ? null : draft.trim());
            close();
          }}
        >
          <label>
            {words.disagreeWhy}
            <textarea
              // biome-ignore lint/a11y/noAutofocus: it was just asked for
              autoFocus
              rows={4}
              maxLength={LONGEST_REASON}
              value={draft}
              onChange={(event) => setDraft(event.target.value)}
            />
          </label>
          <p>
            <button type="submit" className="button primary">
              {words.save}
            </button>{' '}
            <button type="button" className="button quiet" onClick={close}>
              {words.cancel}
            </button>{' '}
            {reason === undefined ? null : (
              <button
                type="button"
                className="button quiet"
                onClick={() => {
                  set(key, null);
                  close();
                }}
              >
                {words.withdraw}
              </button>
            )}
          </p>
        </form>
      )}
    </>
  );
}
