// What can be filtered by, and how the values of each field are written. A field means the same in every table; a table
// that has no such field has no row that matches it.

import type { FilterField } from '../domain/filter-kinds.ts';
import { SERVICE_NAMES } from '../domain/services.ts';
import { CONFIDENCES, INTERFERENCES, OUTCOMES, SURFACES, TECHNIQUES, TRIGGERS } from '../domain/vocabulary.ts';

export type FieldType =
  /** One of a closed list of words. */
  | 'choice'
  /** A word; the known ones are suggested. */
  | 'word'
  /** A name and all below it. */
  | 'domain'
  /** An address, or all of a prefix in CIDR notation. */
  | 'address'
  /** A domain or an address, by how it is written. */
  | 'target'
  | 'number'
  | 'size'
  | 'duration'
  | 'time'
  /** A part of what is written in the row, whatever the case. */
  | 'text';

export interface FieldRow {
  readonly type: FieldType;
  /** Of `choice` all, of `word` the known ones. */
  readonly values?: readonly string[];
  /** The values stand surest or least first, so that they can be compared. */
  readonly order?: 'descending';
}

/** Outcomes of targets, then those of single attempts. */
const KNOWN_OUTCOMES: readonly string[] = [
  ...OUTCOMES,
  'connected',
  'unanswered',
  'reset',
  'refused',
  'silent-after-request',
  'closed-after-request',
  'icmp-error',
  'cancelled',
  'unknown',
  'open',
];

export const FIELDS: Readonly<Record<FilterField, FieldRow>> = {
  technique: { type: 'choice', values: TECHNIQUES },
  confidence: { type: 'choice', values: CONFIDENCES, order: 'descending' },
  trigger: { type: 'choice', values: TRIGGERS },
  interference: { type: 'choice', values: INTERFERENCES },
  target: { type: 'target' },
  domain: { type: 'domain' },
  address: { type: 'address' },
  port: { type: 'number' },
  protocol: { type: 'word', values: ['tcp', 'udp', 'icmp', 'icmpv6', 'arp', 'dns', 'tls', 'quic', 'http', 'mtproto'] },
  service: { type: 'word', values: SERVICE_NAMES },
  surface: { type: 'choice', values: SURFACES },
  outcome: { type: 'word', values: KNOWN_OUTCOMES },
  client: { type: 'address' },
  resolver: { type: 'address' },
  incident: { type: 'word' },
  finding: { type: 'word' },
  flow: { type: 'number' },
  frame: { type: 'number' },
  time: { type: 'time' },
  bytes: { type: 'size' },
  packets: { type: 'number' },
  duration: { type: 'duration' },
  role: { type: 'choice', values: ['trigger', 'forged', 'genuine', 'affected'] },
  text: { type: 'text' },
};

export function isField(name: string): name is FilterField {
  return Object.hasOwn(FIELDS, name);
}

/** Whether values of the field can be compared and stand in ranges. */
export function isOrdered(field: FilterField): boolean {
  const { type, order } = FIELDS[field];
  return order !== undefined || type === 'number' || type === 'size' || type === 'duration' || type === 'time';
}

/** The candidate that is the fewest changes away from the word, or '' where none is near. */
export function nearest(word: string, candidates: readonly string[]): string {
  let best = '';
  let least = Math.min(3, Math.ceil(word.length / 2)) + 1;
  if (word.length > 32) return best;
  for (const candidate of candidates) {
    const changes = candidate.startsWith(word) && word.length > 1 ? 1 : distance(word, candidate);
    if (changes < least) {
      best = candidate;
      least = changes;
    }
  }
  return best;
}

/** Levenshtein's. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
