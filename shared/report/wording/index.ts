// The words of a report in one language: those of this folder, and the sentences of shared/i18n as far as they exist.

import { en as english } from '../../i18n/en.ts';
import type { Language } from '../../i18n/language.ts';
import { ru as russian } from '../../i18n/ru.ts';
import { translated } from '../../i18n/translation.ts';
import { sentence } from '../../i18n/words.ts';
import type { ReportLanguage } from '../schema.ts';
import { en } from './en.ts';
import type { ReportWords, Wording } from './words.ts';

const REPORTS: { readonly [K in ReportLanguage]: ReportWords } = { en, ru: en, fa: en, 'zh-Hans': en };
const STATEMENTS: { readonly [K in ReportLanguage]: Language } = {
  en: english,
  ru: translated(english, russian),
  fa: english,
  'zh-Hans': english,
};

export function wordsOf(language: ReportLanguage): Wording {
  const statements = STATEMENTS[language];
  return {
    report: REPORTS[language],
    statements,
    statementsTranslated: language === 'en' || statements !== english,
    sentence: (table, kind, params) => sentence(statements, table, kind, params),
  };
}
