// The plain reading: the same claims in fewer words, without what only engineers weigh.

import type { Params } from '../../../shared/domain/statements.ts';
import type { Language } from '../../../shared/i18n/language.ts';
import { sentence } from '../../../shared/i18n/words.ts';
import type { LanguageCode } from '../../ui/language.ts';
import { plainEvidence } from './plain-words.ts';

/** What stands in parentheses at the end of a sentence, left out: header values and confidences that are shown apart. */
export function plainly(text: string): string {
  return text
    .replace(/\s*[(（][^()（）]*[)）](?=\s*[.。]?\s*$)/u, '')
    .replace(/\s+([.。])/gu, '$1')
    .trim();
}

/** Evidence in plain words; as the engine words it where there are none. */
export function plainSentence(code: LanguageCode, engine: Language, kind: string, params: Params): string {
  const words: { readonly [kind: string]: unknown } = plainEvidence[code];
  const plain = Object.hasOwn(words, kind) ? words[kind] : undefined;
  if (typeof plain === 'string') return plain;
  // The kinds share no parameter type; that params fit their kind is checked where they are made
  if (typeof plain === 'function') return (plain as (params: Params) => string)(params);
  return plainly(sentence(engine, 'evidence', kind, params));
}
