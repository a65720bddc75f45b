import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alignClocks, type Instant, onA, onB } from './clocks.ts';

const MS = 1e6;

/** Packets both ways over a path of 20 ms each way, by a clock of B that is off and drifts. */
function packets(offset: number, drift: number, jitter: (at: number) => number, count = 200): Instant[] {
  return Array.from({ length: count }, (_, at) => {
    const sent = at * 500 * MS;
    const fromA = at % 2 === 0;
    const delay = 20 * MS + jitter(at);
    const clockB = (time: number): number => time + offset + drift * time;
    return fromA ? { a: sent, b: clockB(sent + delay), fromA } : { a: sent + delay, b: clockB(sent), fromA };
  });
}

describe('two clocks', () => {
  it('are told apart by packets of both directions', () => {
    const alignment = alignClocks(packets(11_520e9, 40e-6, (at) => (at % 7) * 0.1 * MS))!;
    expect(alignment.drift).toBeCloseTo(40e-6, 7);
    expect(alignment.roundTrip! / MS).toBeCloseTo(40, 0);
    for (const time of [0, 30e9, 90e9]) {
      expect(Math.abs(onB(alignment, time) - (time + 11_520e9 + 40e-6 * time))).toBeLessThan(MS);
      expect(Math.abs(onA(alignment, onB(alignment, time)) - time)).toBeLessThan(1_000);
    }
  });

  it('are not moved by a few packets that are wrong', () => {
    const list = packets(0, 0, () => 0);
    const wrong = list.map((each, at) => (at % 25 === 3 ? { ...each, b: each.b + 9e12 } : each));
    expect(Math.abs(alignClocks(wrong)!.offset)).toBeLessThan(MS);
  });

  it('give no drift where it cannot be told from jitter, and no round trip by one direction', () => {
    const short = packets(5e9, 0, (at) => at * 1_000, 20);
    expect(alignClocks(short)!.drift).toBe(0);
    expect(alignClocks(short.filter(({ fromA }) => fromA))!.roundTrip).toBeNull();
    expect(alignClocks([])).toBeNull();
  });

  it('give the mirrored result with the captures exchanged', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e13, max: 1e13, noNaN: true }),
        fc.double({ min: -2e-4, max: 2e-4, noNaN: true }),
        (offset, drift) => {
          const list = packets(offset, drift, (at) => ((at * 7_919) % 13) * 0.05 * MS);
          const there = alignClocks(list)!;
          const back = alignClocks(list.map(({ a, b, fromA }) => ({ a: b, b: a, fromA: !fromA })))!;
          expect(back.offset + there.offset).toBe(0);
          expect(back.drift + there.drift).toBe(0);
          expect([back.spread, back.roundTrip, back.at]).toEqual([there.spread, there.roundTrip, there.at]);
        },
      ),
      { numRuns: 30 },
    );
  });
});
