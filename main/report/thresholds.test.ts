import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DETECTORS } from '../detect/registry.ts';
import { THRESHOLDS } from './thresholds.ts';

const ROOT = join(import.meta.dirname, '../..');

it.each(THRESHOLDS.map((row) => [row.code, row] as const))('%s stands in the code', (code, { file }) => {
  expect(readFileSync(join(ROOT, file), 'utf8')).toContain(code);
});

it('names rules that exist', () => {
  const rules = new Set(['all', ...DETECTORS.flatMap(({ rule, rules }) => [rule, ...Object.values(rules ?? {})])]);
  for (const { rule } of THRESHOLDS) expect([...rules]).toContain(rule);
});
