// One list that a report rests on, as every document names it: in words that need no translation.

import type { IncidentReport } from '../../shared/report/schema.ts';

/** `AS13335 Cloudflare, Inc., US`, once for each network of these addresses. */
export function networkTexts({ networks }: IncidentReport, addresses: readonly string[]): string[] {
  const own = (networks?.entries ?? []).filter(({ address }) => addresses.includes(address));
  const texts = own.map(({ asn, name, country }) =>
    [asn === null ? '' : `AS${asn}`, [name, country].filter((part) => part !== null).join(', ')].join(' ').trim(),
  );
  return [...new Set(texts)];
}

/** What the licence of the data asks to be said. */
export function networksCredit({ networks }: IncidentReport): string[] {
  if (networks === undefined) return [];
  const { credit, licence, link, asOf } = networks;
  return [`${credit} ${licence}, ${link}, ${asOf}`];
}

export function listText({ name, date, imported }: IncidentReport['lists'][number]): string {
  if (imported === undefined) return `${name}, ${date}`;
  const { kind, sha256, entries, licence } = imported;
  return [name, date, `${kind} ${entries}`, ...(licence === null ? [] : [licence]), `SHA-256 ${sha256}`].join(', ');
}
