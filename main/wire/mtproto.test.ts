import { describe, expect, test } from 'vitest';
import { classifyFirstPayload, fullyEncrypted, looksLikeTelegramCall } from './mtproto.ts';

const classify = (bytes: number[] | Uint8Array) => classifyFirstPayload(Uint8Array.from(bytes), 0, bytes.length);

/** Bytes that look random and are the same each time (xorshift). */
function noise(length: number, seed = 0x2545f491): number[] {
  let state = seed;
  return Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 255;
  });
}
const message = [...Array(8).fill(0), ...noise(32)];

describe('first payload', () => {
  test.each([
    ['abridged', [0xef, message.length / 4, ...message]],
    ['abridged', [0xef, 0x7f, 0x80, 0, 0, ...noise(0x80 * 4)]],
    ['intermediate', [0xee, 0xee, 0xee, 0xee, message.length, 0, 0, 0, ...message]],
    ['padded-intermediate', [0xdd, 0xdd, 0xdd, 0xdd, 60, 0, 0, 0, ...noise(60)]],
    ['full', [52, 0, 0, 0, 0, 0, 0, 0, ...noise(44)]],
    ['obfuscated-or-random', noise(64)],
    ['obfuscated-or-random', noise(900, 77)],
    // Too short to say anything, a lone tag, printable text, other protocols.
    ['other', noise(63)],
    ['other', [0xef]],
    ['other', [0xee, 0xee, 0xee]],
    ['other', [0xef, 0x20, 1, 2, 3]],
    ['other', [...Buffer.from('SSH-2.0-OpenSSH_9.6p1 Debian-3 and more text so that it is long enough')]],
    ['other', [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, ...noise(80)]],
    ['other', Array(80).fill(0)],
    ['other', []],
  ] as const)('%s', (kind, bytes) => {
    expect(classify([...bytes])).toBe(kind);
  });
});

describe('fully encrypted traffic', () => {
  const run = (bytes: number[]) => fullyEncrypted(Uint8Array.from(bytes), 0, bytes.length);

  test('noise has about four set bits a byte and is blockable', () => {
    const { bitsPerByte, printableFraction, blockable } = run(noise(1000));
    expect(bitsPerByte).toBeGreaterThan(3.8);
    expect(bitsPerByte).toBeLessThan(4.2);
    expect(printableFraction).toBeCloseTo(95 / 256, 1);
    expect(blockable).toBe(true);
  });

  test('the numbers themselves', () => {
    expect(run([0xff, 0x00, 0x41, 0x42, 0x80])).toEqual({
      bitsPerByte: (8 + 0 + 2 + 2 + 1) / 5,
      printablePrefix: 0,
      printableFraction: 2 / 5,
      longestPrintableRun: 2,
      knownProtocol: false,
      blockable: false,
    });
    expect(run([])).toMatchObject({ bitsPerByte: 0, blockable: false });
  });

  // Each on its own exempts: bytes of four set bits that are not printable stand for the rest.
  const neutral = (count: number): number[] => Array(count).fill(0x87);
  const letter = 0x4b; // 'K', four set bits
  test.each([
    ['six printable bytes in front', [...Array(6).fill(letter), ...neutral(60)], 'printablePrefix', 6],
    ['a run of 21 printable bytes', [0x87, ...Array(21).fill(letter), ...neutral(60)], 'longestPrintableRun', 21],
    ['more than half printable', [0x87, ...Array(20).fill([letter, letter, 0x87]).flat()], 'longestPrintableRun', 2],
    ['too few set bits', [...neutral(10), ...Array(10).fill(0x01)], 'bitsPerByte', 2.5],
    ['too many set bits', [...neutral(10), ...Array(10).fill(0xff)], 'bitsPerByte', 6],
    ['TLS', [0x17, 3, 3, ...neutral(60)], 'knownProtocol', true],
    ['HTTP', [...Buffer.from('PUT '), ...neutral(60)], 'knownProtocol', true],
  ] as const)('%s is exempt', (_, bytes, field, value) => {
    const result = run([...bytes]);
    expect(result[field]).toBe(value);
    expect(result.blockable).toBe(false);
    expect(run(neutral(60)).blockable).toBe(true);
  });

  test('one less of each is not exempt', () => {
    expect(run([...Array(5).fill(letter), ...neutral(60)]).blockable).toBe(true);
    expect(run([0x87, ...Array(20).fill(letter), ...neutral(60)]).blockable).toBe(true);
    expect(run([0x16, 3, 0x10, ...neutral(60)]).blockable).toBe(true);
  });
});

test('a call datagram has exactly twelve bytes of 0xff and 40 bytes or more', () => {
  const call = (count: number, total: number): boolean => {
    const bytes = Uint8Array.from([...noise(16), ...Array(count).fill(0xff), ...Array(total - 16 - count).fill(1)]);
    return looksLikeTelegramCall(bytes, 0, bytes.length);
  };
  expect(call(12, 40)).toBe(true);
  expect(call(11, 40)).toBe(false);
  expect(call(13, 40)).toBe(false);
  expect(call(12, 39)).toBe(false);
});
