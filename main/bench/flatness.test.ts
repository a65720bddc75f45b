import { expect, it } from 'vitest';
import { flatness } from './flatness.ts';

/** 250 MiB after a start, with garbage that comes and goes, and `leak` MiB more each second. */
const samples = (seconds: number, leak: number): number[] =>
  Array.from({ length: seconds }, (_, at) => 250 - 100 * Math.exp(-at / 8) + 40 * ((at * 7) % 10) * 0.1 + leak * at);

it('takes garbage and the start for no growth', () => {
  expect(flatness(samples(120, 0))).toMatchObject({ isFlat: true });
  expect(flatness(samples(1_800, 0.01)).isFlat).toBe(true);
});

it('finds 60 bytes kept of each of 20,000 packets a second within two minutes, and less in half an hour', () => {
  expect(flatness(samples(120, (60 * 20_000) / 1_048_576)).isFlat).toBe(false);
  expect(flatness(samples(1_800, 0.04)).isFlat).toBe(false);
});

it('does not judge what was too short', () => {
  expect(() => flatness(samples(60, 0))).toThrow('too few');
});
