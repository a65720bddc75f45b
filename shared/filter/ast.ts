// A filter as a tree. Positions are those in the text that was parsed; they go with the tree when it is edited and mean
// nothing then, until it is printed and parsed again.

import type { FilterErrorKind, FilterField } from '../domain/filter-kinds.ts';

export type Comparison = '=' | '>=' | '<=' | '>' | '<' | '..';

/** An address or prefix: 4 or 16 bytes, of which `bits` count. */
export interface AddressValue {
  readonly bytes: readonly number[];
  readonly bits: number;
}

/** A moment, or the span that its shortest form names: `14:02` is a minute, `2018-04-16` a day. */
export interface TimeValue {
  /** Seconds: since the first frame, since the epoch, since midnight UTC. */
  readonly from: 'start' | 'epoch' | 'midnight';
  readonly seconds: number;
  readonly unit: number;
  /** As it is written. */
  readonly text: string;
}

export type Value =
  | { readonly kind: 'any' }
  /** Lower case but for text and ids. */
  | { readonly kind: 'word'; readonly word: string }
  | { readonly kind: 'domain'; readonly domain: string }
  | { readonly kind: 'address'; readonly address: AddressValue; readonly text: string }
  /** Of an ordered choice: by rank, least first. */
  | { readonly kind: 'rank'; readonly op: Comparison; readonly word: string; readonly to: string }
  /** Open ends of a range are infinite. `to` counts in ranges only. */
  | { readonly kind: 'number'; readonly op: Comparison; readonly from: number; readonly to: number }
  | {
      readonly kind: 'time';
      readonly op: Comparison;
      readonly from: TimeValue | null;
      readonly to: TimeValue | null;
    };

export interface Match {
  readonly kind: 'match';
  readonly field: FilterField;
  /** Any of them. */
  readonly values: readonly Value[];
  readonly start: number;
  readonly end: number;
}

export type Ast =
  | Match
  /** Every row. */
  | { readonly kind: 'all' }
  | { readonly kind: 'and' | 'or'; readonly items: readonly Ast[] }
  | { readonly kind: 'not'; readonly item: Ast };

export const ALL: Ast = { kind: 'all' };

export interface FilterError {
  readonly kind: FilterErrorKind;
  /** In the text, `end` behind the last character. */
  readonly start: number;
  readonly end: number;
  readonly params: Readonly<Record<string, string | number>>;
}

export type Parsed = { readonly ok: true; readonly ast: Ast } | { readonly ok: false; readonly error: FilterError };

/** Joins without nesting: what is already joined the same way is taken apart. */
export function join(kind: 'and' | 'or', parts: readonly Ast[]): Ast {
  const items = parts.flatMap((part) => (part.kind === kind ? part.items : [part]));
  const some = kind === 'and' ? items.filter((item) => item.kind !== 'all') : items;
  if (kind === 'or' && some.some((item) => item.kind === 'all')) return ALL;
  if (some.length === 0) return ALL;
  return some.length === 1 ? some[0]! : { kind, items: some };
}

export function negate(item: Ast): Ast {
  return item.kind === 'not' ? item.item : { kind: 'not', item };
}

/** All matches in it, in order. */
export function matches(ast: Ast): Match[] {
  switch (ast.kind) {
    case 'match':
      return [ast];
    case 'and':
    case 'or':
      return ast.items.flatMap(matches);
    case 'not':
      return matches(ast.item);
    case 'all':
      return [];
  }
}

export function fieldsOf(ast: Ast): Set<FilterField> {
  return new Set(matches(ast).map((match) => match.field));
}
