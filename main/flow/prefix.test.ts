import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeadPages, MAX_PREFIX, PAGE, StreamPrefix } from './prefix.ts';

const stream = Uint8Array.from({ length: 40_000 }, (_, at) => (at * 31 + (at >> 8)) & 0xff);

/** Gives stream bytes [from, to) in a buffer with other bytes around, which is overwritten afterwards. */
function give(prefix: StreamPrefix, from: number, to: number, frame = 1, cut = false): boolean {
  const buffer = new Uint8Array(to - from + 10).fill(0xee);
  buffer.set(stream.subarray(from, to), 5);
  const grew = prefix.add(from, buffer, 5, 5 + to - from, cut, frame, frame * 10);
  buffer.fill(0xdd);
  return grew;
}

const held = (prefix: StreamPrefix): Uint8Array => prefix.bytes.slice(0, prefix.length);

describe('the prefix of a stream', () => {
  it('joins segments in order', () => {
    const prefix = new StreamPrefix();
    expect(give(prefix, 0, 100, 3)).toBe(true);
    expect(give(prefix, 100, 250, 5)).toBe(true);
    expect(held(prefix)).toEqual(stream.slice(0, 250));
    expect(prefix).toMatchObject({ frames: [3, 5], firstTime: 30, time: 50, cut: false });
  });

  it('waits for the beginning', () => {
    const prefix = new StreamPrefix();
    expect(give(prefix, 200, 300, 1)).toBe(false);
    expect(give(prefix, 100, 200, 2)).toBe(false);
    expect(prefix.length).toBe(0);
    expect(give(prefix, 0, 100, 3)).toBe(true);
    expect(held(prefix)).toEqual(stream.slice(0, 300));
    expect(prefix.frames).toEqual([1, 2, 3]);
  });

  it('does not count what is sent again', () => {
    const prefix = new StreamPrefix();
    give(prefix, 0, 100, 1);
    expect(give(prefix, 0, 100, 2)).toBe(false);
    expect(give(prefix, 50, 100, 3)).toBe(false);
    expect(give(prefix, 50, 150, 4)).toBe(true);
    expect(prefix.frames).toEqual([1, 4]);
    expect(held(prefix)).toEqual(stream.slice(0, 150));
  });

  it('does not count what waits and is sent again', () => {
    const prefix = new StreamPrefix();
    give(prefix, 100, 200, 1);
    give(prefix, 100, 200, 2);
    give(prefix, 120, 180, 3);
    give(prefix, 0, 100, 4);
    expect(prefix.frames).toEqual([1, 4]);
    expect(prefix.time).toBe(40);
  });

  it('believes the bytes that came first', () => {
    const prefix = new StreamPrefix();
    give(prefix, 0, 100);
    prefix.add(0, new Uint8Array(120).fill(0xff), 0, 120, false, 2, 0);
    expect(held(prefix).slice(0, 100)).toEqual(stream.slice(0, 100));
    expect(held(prefix).slice(100)).toEqual(new Uint8Array(20).fill(0xff));
  });

  it('knows that it cannot grow past bytes that were not captured', () => {
    const prefix = new StreamPrefix();
    give(prefix, 0, 100, 1, true);
    expect(prefix.cut).toBe(true);
  });

  it('knows so too of a segment that had to wait', () => {
    const prefix = new StreamPrefix();
    give(prefix, 100, 200, 1, true);
    expect(prefix.cut).toBe(false);
    give(prefix, 0, 100, 2);
    expect(prefix).toMatchObject({ cut: true, length: 200 });
  });

  it('ends at 16 KiB', () => {
    const prefix = new StreamPrefix();
    for (let at = 0; at < 30_000; at += 1_400) give(prefix, at, at + 1_400, at + 1);
    expect(prefix.length).toBe(MAX_PREFIX);
    expect(held(prefix)).toEqual(stream.slice(0, MAX_PREFIX));
    expect(give(prefix, MAX_PREFIX, MAX_PREFIX + 100, 99)).toBe(false);
    expect(prefix.frames).not.toContain(99);
  });

  it('keeps at most 16 segments waiting, and 64 frames', () => {
    const prefix = new StreamPrefix();
    for (let at = 1; at <= 100; at++) give(prefix, at * 10, at * 10 + 10, at);
    give(prefix, 0, 10, 101);
    expect(prefix.length).toBe(170);
    expect(prefix.frames.length).toBeLessThanOrEqual(64);
  });

  it('is the beginning of the stream, however it was cut, mixed and repeated', () => {
    const segment = fc.tuple(fc.nat(3_000), fc.integer({ min: 1, max: 800 }));
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 40 }), (segments) => {
        const prefix = new StreamPrefix();
        const seen = new Uint8Array(4_000);
        for (const [from, size] of segments) {
          const before = prefix.length;
          expect(give(prefix, from, from + size)).toBe(prefix.length > before);
          seen.fill(1, from, from + size);
        }
        expect(held(prefix)).toEqual(stream.slice(0, prefix.length));
        const gap = seen.indexOf(0);
        expect(prefix.length).toBeLessThanOrEqual(gap);
        // Nothing is lost while no more than 16 segments wait
        if (segments.length <= 16) expect(prefix.length).toBe(gap);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the pages of what was sent first', () => {
  const SEQ = -50;

  it('tell how many bytes differ from those sent first', () => {
    const pages = new HeadPages();
    const page = pages.open(7, SEQ);
    pages.extend(page, 7, SEQ, stream, 0, 300);
    expect(pages.differing(page, 7, SEQ, stream, 0, 300)).toBe(0);
    const other = stream.slice(0, 300).map((byte, at) => (at >= 100 && at < 109 ? byte ^ 1 : byte));
    expect(pages.differing(page, 7, SEQ, other, 0, 300)).toBe(9);
    // The same bytes at their place in the stream, across the wrap of sequence numbers
    expect(pages.differing(page, 7, SEQ + 105, other, 105, 300)).toBe(4);
    expect(pages.differing(page, 7, SEQ - 20, new Uint8Array(20), 0, 20)).toBe(0);
    expect(pages.differing(page, 7, SEQ + 300, new Uint8Array(20), 0, 20)).toBe(0);
    expect(pages.differing(page, 7, SEQ + (1 << 30), new Uint8Array(20), 0, 20)).toBe(0);
  });

  it('take only bytes that follow', () => {
    const pages = new HeadPages();
    const page = pages.open(7, 0);
    pages.extend(page, 7, 0, stream, 0, 100);
    pages.extend(page, 7, 200, stream, 200, 300);
    expect(pages.differing(page, 7, 200, new Uint8Array(100), 0, 100)).toBe(0);
    pages.extend(page, 7, 100, stream, 100, 300);
    expect(
      pages.differing(
        page,
        7,
        200,
        stream.slice(200, 300).map((byte) => byte ^ 1),
        0,
        100,
      ),
    ).toBe(100);
  });

  it('hold 2 KiB each and leave the next page alone', () => {
    const pages = new HeadPages();
    const first = pages.open(1, 0);
    const second = pages.open(2, 0);
    pages.extend(second, 2, 0, new Uint8Array(50), 0, 50);
    pages.extend(first, 1, 0, stream, 0, 5_000);
    expect(
      pages.differing(
        first,
        1,
        0,
        stream.map((byte) => byte ^ 1),
        0,
        5_000,
      ),
    ).toBe(PAGE);
    expect(pages.differing(second, 2, 0, new Uint8Array(50), 0, 50)).toBe(0);
  });

  it('are given away after 4,096 further ones, and answer no longer for whom they held', () => {
    const pages = new HeadPages();
    const page = pages.open(1, 0);
    pages.extend(page, 1, 0, stream, 0, 100);
    for (let owner = 2; owner <= 4_096; owner++) pages.open(owner, 0);
    expect(pages.differing(page, 1, 0, new Uint8Array(100), 0, 100)).toBeGreaterThan(90);
    expect(pages.open(5_000, 0)).toBe(page);
    expect(pages.differing(page, 1, 0, new Uint8Array(100), 0, 100)).toBe(0);
    pages.extend(page, 1, 0, stream, 0, 100);
    expect(pages.differing(page, 5_000, 0, new Uint8Array(100), 0, 100)).toBe(0);
  });
});
