import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hmac, hmacKey, sha256 } from './sha256.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('the example of FIPS 180-4 and the empty message', () => {
  expect(hex(sha256(Buffer.from('abc')))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(hex(sha256(new Uint8Array(0)))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});

test('every length around the block size agrees with another implementation', () => {
  for (let length = 0; length < 260; length++) {
    const message = Uint8Array.from({ length }, (_, index) => (index * 7 + length) & 255);
    expect(hex(sha256(message))).toBe(createHash('sha256').update(message).digest('hex'));
  }
});

test('HMAC agrees with another implementation, and a key serves again', () => {
  const message = fc.uint8Array({ maxLength: 200 });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), message, message, (key, first, second) => {
      const ready = hmacKey(key);
      for (const text of [first, second]) {
        expect(hex(hmac(ready, text))).toBe(createHmac('sha256', key).update(text).digest('hex'));
      }
    }),
  );
});
