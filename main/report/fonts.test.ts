// The fonts of a report, from wherever the program has them.

import { join } from 'node:path';
import { expect, it } from 'vitest';
import { REPORT_LANGUAGES } from '../../shared/contract/report.ts';
import { fontFaces } from './fonts.ts';

const BUILT = join(import.meta.dirname, '../../dist/renderer/assets');

const TEXT = '报告：封锁 report';

/** Family and bytes of each rule. */
function families(rules: string): string[] {
  return rules
    .trimEnd()
    .split('\n')
    .map((rule) => `${/font-family:"([^"]+)"/.exec(rule)?.[1]} ${/base64,([^)]+)/.exec(rule)?.[1]}`);
}

it.each(REPORT_LANGUAGES)('without the packages they are those of the built page, the same bytes: %s', (language) => {
  const fromPackages = families(fontFaces(language, TEXT));
  expect(fromPackages.length).toBeGreaterThanOrEqual(3);
  expect(families(fontFaces(language, TEXT, { package: null, builtPage: BUILT }))).toEqual(fromPackages);
});

it('without either the report has none, and is made all the same', () => {
  const nowhere = {
    package: () => {
      throw new Error('not installed');
    },
    builtPage: '/no/such/folder',
  };
  expect(fontFaces('zh-Hans', TEXT, nowhere)).toBe('');
});

it('of a Chinese font only what the text needs', () => {
  const rulesOf = (text: string): number => families(fontFaces('zh-Hans', text)).length;
  const latin = rulesOf('report');
  expect(rulesOf('报告')).toBeGreaterThan(latin);
  expect(rulesOf('报告')).toBeLessThan(latin + 3);
  expect(fontFaces('en', '报告')).not.toContain('Noto Sans SC');
});
