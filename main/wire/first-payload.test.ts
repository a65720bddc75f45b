import { describe, expect, it } from 'vitest';
import { payloadShape } from './first-payload.ts';

/** Bytes like random ones: every value equally often, in an order without text. */
const random = Uint8Array.from({ length: 512 }, (_, at) => (at * 167 + 13) & 255);
const shape = (bytes: Uint8Array) => payloadShape(bytes, 0, bytes.length);

describe('the shape of a first payload', () => {
  it('of random bytes is not exempt: four bits of a byte are set', () => {
    expect(shape(random)).toMatchObject({ length: 512, bitsPerByte: 4, isExempt: false });
  });

  it.each([
    ['six printable bytes in front', [0x53, 0x53, 0x48, 0x2d, 0x32, 0x2e]],
    ['a TLS record', [0x16, 3, 1]],
    ['a TLS record of application data', [0x17, 3, 3]],
  ])('%s exempt', (_, head) => {
    const bytes = random.slice();
    bytes.set(head as number[]);
    expect(shape(bytes).isExempt).toBe(true);
  });

  it('five printable bytes in front do not', () => {
    const bytes = random.slice();
    bytes.set([0x53, 0x53, 0x48, 0x2d, 0x32, 0xff]);
    expect(shape(bytes).isExempt).toBe(false);
  });

  it('a long text inside exempts, one of twenty bytes does not', () => {
    const text = (length: number): Uint8Array => {
      const bytes = random.slice();
      bytes.fill(0x80, 90, 140);
      bytes.fill(0x61, 100, 100 + length);
      return bytes;
    };
    expect(shape(text(21))).toMatchObject({ longestPrintable: 21, isExempt: true });
    expect(shape(text(20)).isExempt).toBe(false);
  });

  it('few or many bits exempt', () => {
    expect(shape(new Uint8Array(64).fill(0x81)).isExempt).toBe(true);
    expect(shape(new Uint8Array(64).fill(0xfe)).isExempt).toBe(true);
  });

  it('reads nothing beyond its end, and takes nothing for exempt', () => {
    expect(payloadShape(Uint8Array.of(0x16, 3, 1), 0, 0)).toMatchObject({ length: 0, isExempt: true });
    expect(payloadShape(random, 500, 512).length).toBe(12);
  });
});
