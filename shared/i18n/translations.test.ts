// The languages beside English: complete, with the same values in every sentence.

import { describe, expect, it } from 'vitest';
import { en } from './en.ts';
import { fa } from './fa.ts';
import { ru } from './ru.ts';
import { missing, type Translation, translated } from './translation.ts';
import { zh } from './zh.ts';

/** Services whose names are the same in every language fall back on purpose. */
const lacks = (translation: Translation): readonly string[] =>
  missing(en, translation).filter((key) => !key.startsWith('service.'));

describe.each([ru, fa, zh])('$code', (translation) => {
  it('lacks nothing that English says', () => {
    expect(lacks(translation)).toEqual([]);
  });

  it('says the values that English says', () => {
    const language = translated(en, translation);
    const params = { syns: 7, attempts: 3, seconds: 21.5 };
    const sentence = language.evidence['syn-unanswered'](params);
    for (const value of ['7', '3']) expect(sentence).toContain(value);
    expect(language.evidence['known-block-address']({ address: '192.0.2.9', system: 'X-17', source: 'list' })).toMatch(
      /192\.0\.2\.9.*X-17.*list/s,
    );
  });

  it('falls back to English for what it does not name', () => {
    const without = { ...translation, surface: {} };
    expect(translated(en, without).surface.web).toBe(en.surface.web);
    expect(missing(en, without)).toContain('surface.web');
  });
});

it('sets thousands apart as each language does', () => {
  const lost = (translation: Translation): string => translated(en, translation).quality.drops({}, 1_760_000);
  expect(en.quality.drops({}, 1_760_000)).toContain('lost 1,760,000 packets');
  expect(lost(ru)).toContain('(1\u00a0760\u00a0000)');
  expect(lost(fa)).toContain('1,760,000 بسته');
  expect(lost(zh)).toContain('1,760,000 个');
});
