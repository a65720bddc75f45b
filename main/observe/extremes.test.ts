import { expect, it } from 'vitest';
import { greatestOf, leastOf } from './extremes.ts';

it('finds the least and the greatest', () => {
  expect(leastOf([3, -1, 2])).toBe(-1);
  expect(greatestOf([3, -1, 2])).toBe(3);
  expect(leastOf([])).toBe(Number.POSITIVE_INFINITY);
  expect(greatestOf([])).toBe(Number.NEGATIVE_INFINITY);
});

it('takes more numbers than fit on a stack', () => {
  const numbers = Array.from({ length: 2_000_000 }, (_, at) => at);
  expect(leastOf(numbers)).toBe(0);
  expect(greatestOf(numbers)).toBe(1_999_999);
});
