// "I disagree", and why.

import { useState } from 'react';
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
  if (draft === null) {
    return (
      <button
        type="button"
        className="button"
        aria-pressed={reason !== undefined}
        onClick={() => setDraft(reason ?? '')}
      >
        {reason === undefined ? words.disagree : words.disagreed}
      </button>
    );
  }
  return (
    <form
      className="float disagree"
      onSubmit={(event) => {
        event.preventDefault();
        set(key, draft.trim() === '' ? null : draft.trim());
        setDraft(null);
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
        <button type="button" className="button quiet" onClick={() => setDraft(null)}>
          {words.cancel}
        </button>{' '}
        {reason === undefined ? null : (
          <button
            type="button"
            className="button quiet"
            onClick={() => {
              set(key, null);
              setDraft(null);
            }}
          >
            {words.withdraw}
          </button>
        )}
      </p>
    </form>
  );
}
