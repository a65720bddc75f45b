// Facets write into the same text as the field: a value of a key is put in, taken out, looked for.

import type { FilterField } from '../../../shared/domain/filter-kinds.ts';
import { ALL, type Ast, type Value } from '../../../shared/filter/ast.ts';
import { addValue, removeValue, stateOf } from '../../../shared/filter/chips.ts';
import { isField } from '../../../shared/filter/fields.ts';
import { parse } from '../../../shared/filter/parse.ts';
import { print } from '../../../shared/filter/print.ts';

/** What cannot be understood is replaced by what is chosen. */
function tree(filter: string): Ast {
  const parsed = parse(filter);
  return parsed.ok ? parsed.ast : ALL;
}

function termOf(key: string, value: string): { readonly field: FilterField; readonly value: Value } | null {
  if (!isField(key)) return null;
  const parsed = parse(`${key}:"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`);
  if (!parsed.ok || parsed.ast.kind !== 'match') return null;
  const [only] = parsed.ast.values;
  return only === undefined ? null : { field: parsed.ast.field, value: only };
}

export function withTerm(filter: string, key: string, value: string): string {
  const term = termOf(key, value);
  return term === null ? filter : print(addValue(tree(filter), term.field, term.value));
}

export function withoutTerm(filter: string, key: string, value: string): string {
  const term = termOf(key, value);
  return term === null ? filter : print(removeValue(tree(filter), term.field, term.value));
}

export function hasTerm(filter: string, key: string, value: string): boolean {
  const term = termOf(key, value);
  return term !== null && stateOf(tree(filter), term.field, term.value) === 'in';
}
