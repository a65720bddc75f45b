// The fonts of a report, from wherever the program has them.

import { join } from 'node:path';
import { expect, it } from 'vitest';
import { REPORT_LANGUAGES } from '../../shared/contract/report.ts';
import { fontFaces } from './fonts.ts';

const BUILT = join(import.meta.dirname, '../../dist/renderer/assets');

it.each(REPORT_LANGUAGES)('without the packages they are those of the built page, the same bytes: %s', (language) => {
  const fromPackages = fontFaces(language);
  expect(fromPackages.split('\n').length - 1).toBeGreaterThanOrEqual(3);
  expect(fontFaces(language, { package: null, builtPage: BUILT })).toBe(fromPackages);
});

it('without either the report has none, and is made all the same', () => {
  const nowhere = {
    package: () => {
      throw new Error('not installed');
    },
    builtPage: '/no/such/folder',
  };
  expect(fontFaces('fa', nowhere)).toBe('');
});
