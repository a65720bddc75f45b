// The words of a report in one language: those of this folder, and the sentences of shared/i18n as far as they exist.

import type { Params } from '../../domain/statements.ts';
import { en as english } from '../../i18n/en.ts';
import { fa as persian } from '../../i18n/fa.ts';
import type { Language } from '../../i18n/language.ts';
import { ru as russian } from '../../i18n/ru.ts';
import { translated } from '../../i18n/translation.ts';
import { sentence } from '../../i18n/words.ts';
import { zh as chinese } from '../../i18n/zh.ts';
import { visible } from '../harmless.ts';
import type { ReportLanguage } from '../schema.ts';
import { en } from './en.ts';
import { fa } from './fa.ts';
import { ru } from './ru.ts';
import type { ReportWords, Wording } from './words.ts';
import { zh } from './zh.ts';

const REPORTS: { readonly [K in ReportLanguage]: ReportWords } = { en, ru, fa, 'zh-Hans': zh };
const STATEMENTS: { readonly [K in ReportLanguage]: Language } = {
  en: english,
  ru: translated(english, russian),
  fa: translated(english, persian),
  'zh-Hans': translated(english, chinese),
};

export function wordsOf(language: ReportLanguage): Wording {
  const statements = STATEMENTS[language];
  return {
    report: REPORTS[language],
    statements,
    statementsTranslated: language === 'en' || statements !== english,
    sentence: (table, kind, params) => plain(sentence(statements, table, kind, seen(params))),
    quality: (kind, params, count) => plain(statements.quality[kind](seen(params), count)),
  };
}

/** Languages set values apart by isolates, which documents do by markup; none of a stranger's may pass for one of ours. */
function plain(text: string): string {
  return text.replace(/[\u2068\u2069]/g, '');
}

function seen(params: Params): Params {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      typeof value === 'string'
        ? visible(value)
        : Array.isArray(value)
          ? (value.map((item) => (typeof item === 'string' ? visible(item) : item)) as string[])
          : value,
    ]),
  );
}
