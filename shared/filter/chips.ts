// The parts of a filter that a person sees as chips: what is joined by and at the top. Facets write the same chips as
// the text field, so both always say the same.

import type { FilterField } from '../domain/filter-kinds.ts';
import { type Ast, join, type Match, negate, type Value } from './ast.ts';
import { match } from './parse.ts';
import { print, printValue } from './print.ts';

export interface Chip {
  /** Its place among the chips. */
  readonly index: number;
  /** Canonical, and parses to this part. */
  readonly text: string;
  /** Of a group, which has several fields, null. */
  readonly field: FilterField | null;
  readonly negated: boolean;
  /** Values of a field as they are written. */
  readonly values: readonly string[];
}

function parts(ast: Ast): readonly Ast[] {
  if (ast.kind === 'all') return [];
  return ast.kind === 'and' ? ast.items : [ast];
}

export function toChips(ast: Ast): Chip[] {
  return parts(ast).map((part, index) => {
    const item = part.kind === 'not' ? part.item : part;
    const negated = part.kind === 'not';
    if (item.kind !== 'match') return { index, text: grouped(part), field: null, negated, values: [] };
    const values = item.values.map((value) => printValue(item.field, value));
    return { index, text: print(part), field: item.field, negated, values };
  });
}

/** As it stands beside other parts. */
function grouped(part: Ast): string {
  return part.kind === 'or' ? `(${print(part)})` : print(part);
}

export function addPart(ast: Ast, part: Ast): Ast {
  return join('and', [ast, part]);
}

export function removePart(ast: Ast, index: number): Ast {
  return join(
    'and',
    parts(ast).filter((_, at) => at !== index),
  );
}

/** Another part, or none when it is emptied, in the place of one. */
export function replacePart(ast: Ast, index: number, part: Ast): Ast {
  return join(
    'and',
    parts(ast).map((old, at) => (at === index ? part : old)),
  );
}

export function toggleNegation(ast: Ast, index: number): Ast {
  const part = parts(ast)[index];
  return part === undefined ? ast : replacePart(ast, index, negate(part));
}

const same = (field: FilterField, a: Value, b: Value): boolean => printValue(field, a) === printValue(field, b);

function find(ast: Ast, field: FilterField, negated: boolean): { index: number; match: Match } | null {
  for (const [index, part] of parts(ast).entries()) {
    const item = negated && part.kind === 'not' ? part.item : part;
    if ((part.kind === 'not') === negated && item.kind === 'match' && item.field === field)
      return { index, match: item };
  }
  return null;
}

/** One more value of a field, in the chip of that field where there is one: a facet that is ticked, or crossed out. */
export function addValue(ast: Ast, field: FilterField, value: Value, negated = false): Ast {
  const found = find(ast, field, negated);
  const put = (values: readonly Value[]): Ast => (negated ? negate(match(field, values)) : match(field, values));
  if (found === null || field === 'text') return addPart(ast, put([value]));
  return replacePart(ast, found.index, put([...found.match.values, value]));
}

export function removeValue(ast: Ast, field: FilterField, value: Value, negated = false): Ast {
  const found = find(ast, field, negated);
  if (found === null) return ast;
  const values = found.match.values.filter((one) => !same(field, one, value));
  if (values.length === found.match.values.length) return ast;
  if (values.length === 0) return removePart(ast, found.index);
  return replacePart(ast, found.index, negated ? negate(match(field, values)) : match(field, values));
}

/** Whether the facet's value is ticked (`in`), crossed out (`out`) or neither. */
export function stateOf(ast: Ast, field: FilterField, value: Value): 'in' | 'out' | null {
  const has = (negated: boolean): boolean =>
    parts(ast).some((part) => {
      const item = negated && part.kind === 'not' ? part.item : part;
      return item.kind === 'match' && item.field === field && item.values.some((one) => same(field, one, value));
    });
  if (has(false)) return 'in';
  return has(true) ? 'out' : null;
}
