// One list that a report rests on, as every document names it: in words that need no translation.

import type { IncidentReport } from '../../shared/report/schema.ts';

export function listText({ name, date, imported }: IncidentReport['lists'][number]): string {
  if (imported === undefined) return `${name}, ${date}`;
  const { kind, sha256, entries, licence } = imported;
  return [name, date, `${kind} ${entries}`, ...(licence === null ? [] : [licence]), `SHA-256 ${sha256}`].join(', ');
}
