import { describe, expect, it } from 'vitest';
import { makeScale } from './scale.ts';
import { densityPath, workedMarks } from './traffic.ts';

describe('traffic', () => {
  it('is nothing where nothing was sent', () => {
    expect(densityPath(new Uint32Array(10), 100, 20)).toBe('');
  });

  it('shows the least traffic beside the most', () => {
    expect(densityPath([1_000_000, 0, 1], 30, 20)).toBe('M0 20H0.0V0H10.0V20H20.0V19H30V20Z');
  });
});

describe('what worked', () => {
  it('joins the attempts of an app that are near each other to a line, and ticks the others', () => {
    const counts = Uint32Array.from([1, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
    const seen = {
      from: 0,
      to: 10,
      worked: [
        { lane: 'app', counts },
        { lane: 'other', counts },
      ],
    };
    const { app, other } = workedMarks(seen, makeScale(0, 10, 100));
    expect(app).toBe('M5.0 15H15.0M95.0 15H98.0');
    expect(other.match(/M/g)).toHaveLength(3);
  });
});
