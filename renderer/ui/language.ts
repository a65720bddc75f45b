// The languages of the app. Each screen has its words in one table of all four beside it; English is the type that the
// others must fill, so a missing or misspelt key does not compile.

import { useStore } from 'zustand';
import { en } from '../../shared/i18n/en.ts';
import { fa } from '../../shared/i18n/fa.ts';
import type { Language } from '../../shared/i18n/language.ts';
import { ru } from '../../shared/i18n/ru.ts';
import { translated } from '../../shared/i18n/translation.ts';
import { zh } from '../../shared/i18n/zh.ts';
import { settings } from '../app/settings.ts';

export const LANGUAGES = ['en', 'ru', 'fa', 'zh'] as const;
export type LanguageCode = (typeof LANGUAGES)[number];

/** `unreviewed`: no native reader has checked it; the app and its reports say so. */
export const LANGUAGE_FACTS: {
  readonly [K in LanguageCode]: {
    readonly name: string;
    readonly tag: string;
    readonly direction: 'ltr' | 'rtl';
    readonly unreviewed: boolean;
    /** Between the items of a list. */
    readonly comma: string;
  };
} = {
  en: { name: 'English', tag: 'en', direction: 'ltr', unreviewed: false, comma: ', ' },
  ru: { name: 'Русский', tag: 'ru', direction: 'ltr', unreviewed: true, comma: ', ' },
  fa: { name: 'فارسی', tag: 'fa', direction: 'rtl', unreviewed: true, comma: '، ' },
  zh: { name: '简体中文', tag: 'zh-Hans', direction: 'ltr', unreviewed: true, comma: '、' },
};

/** Words of a screen in every language, shaped like the English ones. */
export type WordTable<T> = { readonly [K in LanguageCode]: T };

/** Widens literal strings, so that a translation need only have the same keys and parameters. */
export type Words<T> = T extends string
  ? string
  : T extends (...args: infer A) => string
    ? (...args: A) => string
    : T extends readonly (infer E)[]
      ? readonly Words<E>[]
      : { readonly [K in keyof T]: Words<T[K]> };

export function wordTable<T>(
  en: T,
  others: { readonly ru: Words<T>; readonly fa: Words<T>; readonly zh: Words<T> },
): WordTable<Words<T>> {
  return { en: en as Words<T>, ...others };
}

export function useLanguage(): LanguageCode {
  return useStore(settings, (state) => state.language);
}

/** Joins the items of a list in a sentence. */
export function useListed(): (items: readonly string[]) => string {
  const { comma } = LANGUAGE_FACTS[useLanguage()];
  return (items) => items.join(comma);
}

export function useWords<T>(table: WordTable<T>): T {
  return table[useLanguage()];
}

/** What the engine's kinds are called: sentences of evidence, verdicts, techniques, confidence. */
const ENGINE_WORDS: { readonly [K in LanguageCode]: Language } = {
  en,
  ru: translated(en, ru),
  fa: translated(en, fa),
  zh: translated(en, zh),
};

/** Digits of a language that has its own. */
const DIGITS: { readonly [K in LanguageCode]?: string } = { fa: '۰۱۲۳۴۵۶۷۸۹' };
/** ARABIC THOUSANDS SEPARATOR, of Persian too. */
const ARABIC_THOUSANDS = '\u066c';
/** The verdict and the quality of the recording are read as prose; evidence is technical, and keeps Latin digits. */
const PROSE = ['verdict', 'quality'] as const;
const OWN_DIGITS: { readonly [K in LanguageCode]?: Language } = { fa: withDigits(ENGINE_WORDS.fa, DIGITS.fa!) };

export function useEngineWords(): Language {
  const language = useLanguage();
  const latin = useStore(settings, ({ digits }) => digits === 'latin');
  return (latin ? undefined : OWN_DIGITS[language]) ?? ENGINE_WORDS[language];
}

/** Puts the digits of the language into a sentence that is prose. */
export function useProse(): (text: string) => string {
  const own = DIGITS[useLanguage()];
  const latin = useStore(settings, ({ digits }) => digits === 'latin');
  return (text) => (latin || own === undefined ? text : inDigits(text, own));
}

function withDigits(language: Language, digits: string): Language {
  const tables = PROSE.map((table) => {
    const sentences = Object.entries(language[table]).map(([kind, words]) => {
      const say = words as (...params: unknown[]) => string;
      return [kind, (...params: unknown[]) => inDigits(say(...params), digits)];
    });
    return [table, Object.fromEntries(sentences)];
  });
  return { ...language, ...Object.fromEntries(tables) };
}

/** What stands isolated (a name, an address) or beside Latin letters (HTTP/1.1) stays as it is. */
export function inDigits(text: string, digits: string): string {
  return text.replace(/\u2068[^\u2069]*\u2069|(?<![\w./])\d+(?:,\d{3})*(?![\w/]|\.\d)/g, (match) =>
    match.startsWith('\u2068')
      ? match
      : match.replace(/\d/g, (digit) => digits[Number(digit)]!).replaceAll(',', ARABIC_THOUSANDS),
  );
}
