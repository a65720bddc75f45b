// "I disagree", with the reason: kept by this browser or window, by the hash of the capture and the incident's span.

import { createStore } from 'zustand/vanilla';
import type { Incident } from '../../../shared/contract/analysis.ts';

const KEY = 'blockscope.disagreements';
const MOST = 500;
/** Characters of a reason. */
export const LONGEST_REASON = 2_000;

type Reasons = Readonly<Record<string, string>>;

function stored(): Reasons {
  try {
    const parsed: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    if (parsed === null || typeof parsed !== 'object') return {};
    return Object.fromEntries(Object.entries(parsed).filter(([, reason]) => typeof reason === 'string'));
  } catch {
    return {};
  }
}

/** Ids may differ between versions of the rules; what an incident is about does not. */
export function keyOf(sha256: string | null, incident: Incident): string {
  return [sha256 ?? '?', incident.verdict.kind, incident.firstTime, incident.lastTime].join(' ');
}

export const disagreements = createStore<{
  readonly reasons: Reasons;
  readonly set: (key: string, reason: string | null) => void;
}>()((set, get) => ({
  reasons: stored(),
  set: (key, reason) => {
    const { [key]: _before, ...others } = get().reasons;
    const kept = reason === null ? others : { ...others, [key]: reason.slice(0, LONGEST_REASON) };
    const reasons = Object.fromEntries(Object.entries(kept).slice(-MOST));
    set({ reasons });
    try {
      localStorage.setItem(KEY, JSON.stringify(reasons));
    } catch {
      // A browser that keeps nothing still shows it until the page is left
    }
  },
}));
