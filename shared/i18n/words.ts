// The lookup: a kind and its params in, a sentence out. Kinds that arrive as plain strings (from a result read back)
// are looked up with care, so that a newer result still prints.

import type { Params } from '../domain/statements.ts';
import type { Language } from './language.ts';

/** The tables of a language whose entries take params alone. */
export type SentenceTable = 'evidence' | 'alternative' | 'next' | 'verdict';

/** The sentence of a kind; the kind itself where the language does not know it. */
export function sentence(language: Language, table: SentenceTable, kind: string, params: Params): string {
  const words = language[table];
  if (!Object.hasOwn(words, kind)) return kind;
  // The kinds of a table share no parameter type; that params fit their kind is checked where they are made.
  return (words[kind as keyof typeof words] as (params: Params) => string)(params);
}

/** The name of a service, as its table has it or as it came. */
export function serviceName(language: Language, service: string): string {
  const names: { readonly [service: string]: string | undefined } = language.service;
  return (Object.hasOwn(names, service) ? names[service] : undefined) ?? service;
}
