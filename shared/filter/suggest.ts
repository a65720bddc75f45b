// What may be meant at the cursor: fields, then how their values can be compared, then values with how many rows have
// them. Nothing is worded here; faces say what a field or value means.

import { FILTER_FIELDS, type FilterField } from '../domain/filter-kinds.ts';
import { FIELDS, isField, isOrdered } from './fields.ts';
import { pieces, splitKey, tokens } from './parse.ts';
import { printValue } from './print.ts';

export interface KnownValue {
  readonly value: string;
  readonly count: number;
}

export interface SuggestContext {
  /** Fields that the table has; all where it is not said. */
  readonly fields?: readonly FilterField[];
  /** What the rows hold, most frequent first. */
  readonly values?: { readonly [Field in FilterField]?: readonly KnownValue[] };
}

export interface Suggestion {
  readonly kind: 'field' | 'operator' | 'value' | 'keyword';
  /** Put in the place of the text between `start` and `end`. */
  readonly insert: string;
  /** Of a value and an operator the field that it belongs to. */
  readonly field: FilterField | null;
  /** Rows that have the value; null where it is not known. */
  readonly count: number | null;
}

export interface Suggestions {
  readonly start: number;
  readonly end: number;
  readonly items: readonly Suggestion[];
}

const MOST = 50;
const OPERATORS = ['>=', '<=', '>', '<'];

/** What begins with the typed text stands before what only holds it. */
function ranked(candidates: readonly KnownValue[], typed: string): KnownValue[] {
  const lower = typed.toLowerCase();
  const place = (one: KnownValue): number => (one.value.toLowerCase().startsWith(lower) ? 0 : 1);
  return candidates
    .filter((one) => one.value.toLowerCase().includes(lower))
    .toSorted((a, b) => place(a) - place(b) || b.count - a.count);
}

export function suggest(text: string, cursor: number, context: SuggestContext = {}): Suggestions {
  const at = Math.max(0, Math.min(cursor, text.length));
  const token = tokens(text).tokens.find((one) => one.kind === 'word' && one.start <= at && at <= one.end);
  if (token === undefined) return { start: at, end: at, items: fieldItems('', context, false) };
  const split = splitKey(token.raw);
  const typedUpTo = at - token.start;
  if (split === null || typedUpTo < split.values || !isField(split.key)) {
    const end = split === null ? token.end : token.start + split.key.length + 1;
    const typed = text.slice(token.start, Math.min(at, end));
    return { start: token.start, end, items: fieldItems(typed, context, token.start > 0) };
  }
  const field = split.key;
  const begin = token.start + split.values;
  const piece = pieces(token.raw.slice(split.values), begin).find((one) => one.start <= at && at <= one.end)!;
  const raw = text.slice(piece.start, at);
  const sign = isOrdered(field) ? ([...OPERATORS, '='].find((op) => raw.startsWith(op)) ?? '') : '';
  const start = piece.start + sign.length;
  const typed = raw.slice(sign.length).replaceAll('"', '');
  const taken = pieces(token.raw.slice(split.values), begin)
    .filter((one) => one !== piece)
    .map((one) => one.text);
  return { start, end: piece.end, items: valueItems(field, typed, sign, taken, context) };
}

function fieldItems(typed: string, context: SuggestContext, keywords: boolean): Suggestion[] {
  const fields = (context.fields ?? FILTER_FIELDS).map((value) => ({ value, count: 0 }));
  const items: Suggestion[] = ranked(fields, typed).map(({ value }) => {
    return { kind: 'field', insert: `${value}:`, field: value as FilterField, count: null };
  });
  for (const word of ['or', 'not']) {
    if (typed !== '' && keywords && word.startsWith(typed.toLowerCase())) {
      items.push({ kind: 'keyword', insert: word, field: null, count: null });
    }
  }
  return items;
}

function valueItems(
  field: FilterField,
  typed: string,
  sign: string,
  taken: readonly string[],
  context: SuggestContext,
): Suggestion[] {
  const counted = context.values?.[field] ?? [];
  const seen = new Set(counted.map((one) => one.value.toLowerCase()));
  const known = (FIELDS[field].values ?? []).filter((value) => !seen.has(value)).map((value) => ({ value, count: -1 }));
  const items: Suggestion[] = [];
  if (typed === '' && sign === '' && isOrdered(field)) {
    for (const op of OPERATORS) items.push({ kind: 'operator', insert: op, field, count: null });
  }
  for (const { value, count } of ranked([...counted, ...known], typed)) {
    if (items.length >= MOST) break;
    if (taken.includes(value)) continue;
    const insert = isOrdered(field) ? value : printValue(field, { kind: 'word', word: value });
    items.push({ kind: 'value', insert, field, count: count < 0 ? null : count });
  }
  return items;
}

/** The text with a suggestion taken, and where the cursor then stands. */
export function accept(text: string, where: Suggestions, item: Suggestion): { text: string; cursor: number } {
  const before = text.slice(0, where.start) + item.insert;
  const ends = item.kind === 'keyword' || item.kind === 'value';
  const space = ends && text[where.end] === undefined ? ' ' : '';
  return { text: before + space + text.slice(where.end), cursor: before.length + space.length };
}
