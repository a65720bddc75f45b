import { describe, expect, it } from 'vitest';
import { hexRows, readable } from './payload.ts';

describe('payload', () => {
  it('is text where it can be, and dots where it would play tricks', () => {
    expect(readable(Uint8Array.from([71, 69, 84, 32, 47, 13, 10, 0, 27, 0xe2]))).toBe('GET /\n···');
  });
  it('is rows of sixteen', () => {
    const rows = hexRows(Uint8Array.from({ length: 18 }, (_, i) => i + 60));
    expect(rows.map(({ offset }) => offset)).toEqual([0, 16]);
    expect(rows[1]!.text).toMatch(/^0010 {2}4c 4d\s+LM$/);
  });
});
