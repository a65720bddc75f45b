// What an incident is about, in a few words.

import type { ReportIncident } from '../../shared/report/schema.ts';

const NAMED = 3;

/** What an incident is about, each once: names, or addresses where there are none. */
export function namesOf({ targets }: ReportIncident): { shown: string[]; rest: number } {
  const names = [...new Set(targets.flatMap(({ domain, addresses }) => (domain === null ? addresses : [domain])))];
  return { shown: names.slice(0, NAMED), rest: Math.max(0, names.length - NAMED) };
}
