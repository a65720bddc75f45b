import { describe, expect, it } from 'vitest';
import { seqDiff, seqLess, seqLessEqual, seqMax } from './seq.ts';

describe('sequence numbers', () => {
  it('are ordered across the wrap', () => {
    expect(seqDiff(5, 0xffff_fffb)).toBe(10);
    expect(seqDiff(0xffff_fffb, 5)).toBe(-10);
    expect(seqLess(0xffff_fff0, 0x10)).toBe(true);
    expect(seqLess(0x10, 0xffff_fff0)).toBe(false);
    expect(seqMax(0xffff_fff0, 0x10)).toBe(0x10);
    expect(seqMax(0x10, 0xffff_fff0)).toBe(0x10);
  });

  it('are ordered within the range', () => {
    expect(seqDiff(3_000_000_000, 2_999_999_999)).toBe(1);
    expect(seqLess(7, 7)).toBe(false);
    expect(seqLessEqual(7, 7)).toBe(true);
    expect(seqLessEqual(8, 7)).toBe(false);
    expect(seqMax(0x9000_0000, 0x9000_0001)).toBe(0x9000_0001);
  });

  it('takes sums that ran over 2^32 as they are', () => {
    expect(seqDiff(0xffff_ffff + 11, 0xffff_ffff)).toBe(11);
    expect(seqLess(0xffff_ffff, 0xffff_ffff + 1)).toBe(true);
    expect(seqMax(0xffff_ffff + 1, 0xffff_ffff)).toBe(0);
  });

  it('have no middle: half the range away counts as before', () => {
    expect(seqDiff(0x8000_0000, 0)).toBe(-0x8000_0000);
    expect(seqLess(0x8000_0000, 0)).toBe(true);
  });
});
