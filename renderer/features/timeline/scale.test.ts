import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  axisTicks,
  between,
  clampedWindow,
  FOLD,
  growing,
  idleStretches,
  makeScale,
  settledWindow,
  tickLabel,
  zoomed,
} from './scale.ts';

describe('the scale', () => {
  it('gives a folded stretch a fixed width and the rest what remains', () => {
    const scale = makeScale(0, 100, 524, [{ from: 20, to: 70 }]);
    expect(scale.x(20)).toBeCloseTo(200);
    expect(scale.x(70)).toBeCloseTo(200 + FOLD);
    expect(scale.x(100)).toBeCloseTo(524);
  });

  it('finds the time of every pixel again', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 100, noNaN: true }), (time) => {
        const scale = makeScale(0, 100, 1000, [
          { from: 10, to: 30 },
          { from: 50, to: 90 },
        ]);
        expect(scale.time(scale.x(time))).toBeCloseTo(time, 6);
      }),
    );
  });

  it('never runs backwards', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 100, noNaN: true }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        (a, b) => {
          const scale = makeScale(0, 100, 700, [{ from: 40, to: 60 }]);
          expect(scale.x(Math.min(a, b))).toBeLessThanOrEqual(scale.x(Math.max(a, b)) + 1e-9);
        },
      ),
    );
  });
});

describe('idle stretches', () => {
  const counts = { from: 0, to: 100, packets: [3, 2, 0, 0, 0, 0, 0, 0, 1, 4] };

  it('are folded with a little quiet left on either side', () => {
    expect(idleStretches({ from: 0, to: 100 }, counts)).toEqual([{ from: 30, to: 70 }]);
  });

  it('stay open where something is to be shown', () => {
    expect(idleStretches({ from: 0, to: 100 }, counts, [45])).toEqual([]);
  });

  it('are found by counts of more than the window, and end with it', () => {
    expect(idleStretches({ from: 0, to: 70 }, counts)).toEqual([{ from: 30, to: 60 }]);
  });

  it('never take the whole window', () => {
    expect(idleStretches({ from: 40, to: 60 }, counts)).toEqual([]);
  });

  it('are none in a window that is busy throughout', () => {
    expect(idleStretches({ from: 0, to: 10 }, { from: 0, to: 10, packets: [1, 1, 1, 1] })).toEqual([]);
  });
});

describe('the axis', () => {
  it('ticks at round wall-clock times', () => {
    const { ticks, digits } = axisTicks(makeScale(0, 60, 600), 1_523_955_123.4);
    expect(digits).toBe(0);
    for (const { time } of ticks) expect((((time + 1_523_955_123.4) % 10) + 10) % 10).toBeCloseTo(0, 4);
    expect(ticks.length).toBeGreaterThan(3);
  });

  it('has no tick inside a fold, and ends for absurd spans', () => {
    const { ticks } = axisTicks(makeScale(0, 1e9, 500, [{ from: 10, to: 9e8 }]), 0);
    expect(ticks.length).toBeLessThanOrEqual(200);
    for (const { time } of ticks) expect(time <= 10 || time >= 9e8).toBe(true);
  });
});

describe('labels of ticks', () => {
  const clock = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(11, 21);
  const labels = (from: number, to: number, gaps: Parameters<typeof makeScale>[3] = []) => {
    const scale = makeScale(from, to, 1000, gaps);
    const axis = axisTicks(scale, 0);
    return axis.ticks.map(({ time }, at) => tickLabel(axis, at, clock(time), scale.folds));
  };

  it('name minutes whole and seconds between them short', () => {
    expect(labels(0, 110).slice(0, 8)).toEqual(['00:00', ':10', ':20', ':30', ':40', ':50', '00:01', ':10']);
  });

  it('begin with a whole time where no whole minute is in sight', () => {
    expect(labels(61, 71).slice(0, 3)).toEqual(['00:01:01.0', ':02', ':03']);
  });

  it('give way to a fold', () => {
    const given = labels(0, 1000, [{ from: 130, to: 900 }]);
    expect(given).toContain(null);
    expect(given.filter((label) => label !== null).length).toBeGreaterThan(3);
  });
});

describe('a scale between two', () => {
  const a = makeScale(0, 100, 1000);
  const b = makeScale(20, 40, 1000, [{ from: 30, to: 35 }]);
  it('begins as the one and ends as the other', () => {
    for (const time of [0, 22, 33, 40, 99]) {
      expect(between(a, b, 0).x(time)).toBeCloseTo(a.x(time));
      expect(between(a, b, 1).x(time)).toBeCloseTo(b.x(time));
    }
    expect(between(a, b, 1).folds[0]!.width).toBeCloseTo(FOLD);
  });
});

describe('windows', () => {
  const whole = { from: 0, to: 100 };
  it('keep the time under the pointer where it is', () => {
    const window = zoomed({ from: 20, to: 60 }, 0.5, 30, whole);
    expect(window).toEqual({ from: 25, to: 45 });
  });
  it('stay inside the capture', () => {
    expect(clampedWindow({ from: -20, to: 20 }, whole)).toEqual({ from: 0, to: 40 });
    expect(clampedWindow({ from: 90, to: 190 }, whole)).toEqual(whole);
  });
});

describe('a live capture', () => {
  it('grows in steps, with room for now', () => {
    expect(growing({ from: 0, to: 10 })).toEqual({ from: 0, to: 10.5 });
    expect(growing({ from: 0, to: 10.01 })).toEqual(growing({ from: 0, to: 10 }));
    const day = growing({ from: 0, to: 86_000 });
    expect(day.to).toBeGreaterThan(86_000 * 1.03);
    expect(growing({ from: 0, to: 86_010 })).toEqual(day);
  });

  it('is followed by a window that keeps its width', () => {
    const whole = { from: 0, to: 100 };
    expect(settledWindow({ from: 10, to: 30 }, whole, true)).toEqual({ from: 80, to: 100 });
    expect(settledWindow({ from: 10, to: 30 }, whole, false)).toEqual({ from: 10, to: 30 });
    expect(settledWindow(null, whole, true)).toBe(whole);
    expect(settledWindow({ from: 10, to: 500 }, whole, true)).toEqual(whole);
  });
});
