import { describe, expect, it } from 'vitest';
import { NO_TRAFFIC, rateNow, SPAN_S, sparkOf, withCount } from './sparkline.ts';

const counted = (counts: readonly (readonly [number, number])[]) =>
  counts.reduce((traffic, [at, bytes]) => withCount(traffic, at, bytes), NO_TRAFFIC);

describe('traffic of an interface', () => {
  it('has no rate before two counts', () => {
    expect(rateNow(NO_TRAFFIC)).toBeNull();
    expect(rateNow(counted([[10, 5_000]]))).toBeNull();
    expect(sparkOf(counted([[10, 5_000]]), 220, 28)).toBeNull();
  });

  it('is the difference of two counts by the time between them', () => {
    expect(
      rateNow(
        counted([
          [10, 5_000],
          [12, 9_000],
        ]),
      ),
    ).toBe(2_000);
  });

  it('begins anew where a counter fell, and says nothing of that moment', () => {
    const traffic = counted([
      [1, 5_000],
      [2, 6_000],
      [3, 100],
    ]);
    expect(rateNow(traffic)).toBeNull();
    expect(rateNow(withCount(traffic, 4, 400))).toBe(300);
  });

  it('ignores a count of the same moment', () => {
    const traffic = counted([
      [1, 100],
      [2, 200],
    ]);
    expect(withCount(traffic, 2, 900)).toBe(traffic);
  });

  it('forgets what is older than what is shown', () => {
    const traffic = counted(Array.from({ length: 300 }, (_, second) => [second, second * 100] as const));
    expect(traffic.rates.length).toBeLessThanOrEqual(SPAN_S + 2);
  });

  it('draws inside its box, now at the right edge', () => {
    const traffic = counted(Array.from({ length: 80 }, (_, second) => [second, second ** 3] as const));
    const spark = sparkOf(traffic, 220, 28)!;
    const numbers = [...spark.area.matchAll(/(-?[\d.]+) (-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
    for (const [x, y] of numbers) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x).toBeLessThanOrEqual(220);
      expect(y).toBeGreaterThanOrEqual(0);
      expect(y).toBeLessThanOrEqual(28);
    }
    expect(spark.line.endsWith('220.0 1.0')).toBe(true);
  });

  it('keeps chatter low', () => {
    const quiet = counted(Array.from({ length: 10 }, (_, second) => [second, second * 20] as const));
    expect(sparkOf(quiet, 220, 28)!.line).toMatch(/ 26\.7$/);
  });
});
