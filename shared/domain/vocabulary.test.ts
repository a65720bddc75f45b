import { expect, it } from 'vitest';
import { confidenceOf } from './vocabulary.ts';

it('is no surer of a technique than of the trigger that names it', () => {
  const reset = { confidence: 'confirmed', trigger: { confidence: 'likely' } } as const;
  expect(confidenceOf('rst-injection', reset)).toBe('confirmed');
  expect(confidenceOf('sni-filtering', reset)).toBe('likely');
  const policed = { confidence: 'likely', trigger: { confidence: 'possible' } } as const;
  expect(confidenceOf('throttling', policed)).toBe('likely');
  expect(confidenceOf('http-filtering', policed)).toBe('possible');
  expect(confidenceOf('residual-blocking', policed)).toBe('likely');
});
