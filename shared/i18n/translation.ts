// A language beside English. Its tables may lack kinds that were added since: those fall back to English, and are
// counted. A kind that English does not have is a compile error.

import type { Language } from './language.ts';

type Tables = Omit<Language, 'code' | 'direction' | 'limits'>;

export type Translation = { readonly [T in keyof Tables]: Partial<Tables[T]> } & Pick<
  Language,
  'code' | 'direction' | 'limits'
>;

const HEADINGS: ReadonlySet<string> = new Set(['code', 'direction', 'limits']);

/** The translation, with English where it has nothing. */
export function translated(base: Language, translation: Translation): Language {
  const tables = Object.entries(base).map(([table, words]) => {
    const own = translation[table as keyof Translation];
    return [table, HEADINGS.has(table) ? own : { ...(words as object), ...(own as object) }];
  });
  return Object.fromEntries(tables) as Language;
}

/** `table.kind` of everything that a translation does not have. */
export function missing(base: Language, translation: Translation): readonly string[] {
  return Object.entries(base).flatMap(([table, words]) => {
    if (HEADINGS.has(table)) return [];
    const own = translation[table as keyof Translation] as object;
    return Object.keys(words as object).flatMap((kind) => (Object.hasOwn(own, kind) ? [] : `${table}.${kind}`));
  });
}
