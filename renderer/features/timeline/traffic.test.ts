import { describe, expect, it } from 'vitest';
import { makeScale } from './scale.ts';
import { densityPath, workedCounts, workedMarks } from './traffic.ts';

describe('traffic', () => {
  it('is nothing where nothing was sent', () => {
    expect(densityPath(new Uint32Array(10), 100, 20)).toBe('');
  });

  it('shows the least traffic beside the most', () => {
    expect(densityPath([1_000_000, 0, 1], 30, 20)).toBe('M0 20H0.0V0H10.0V20H20.0V19H30V20Z');
  });
});

describe('what worked', () => {
  const counts = Uint32Array.from([1, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
  const seen = {
    from: 0,
    to: 10,
    worked: [
      { lane: 'app', counts },
      { lane: 'other', counts },
    ],
  };
  it('joins the attempts of an app that are near each other to a line, and ticks the others', () => {
    const { app, other } = workedMarks(seen, makeScale(0, 10, 100));
    expect(app).toEqual([
      { from: 5, to: 15 },
      { from: 95, to: 98 },
    ]);
    expect(other).toEqual([5, 15, 95]);
  });

  it('is counted by lane inside the window', () => {
    expect(workedCounts(seen, { from: 1, to: 10 })).toEqual({ app: 2, other: 2 });
  });
});
