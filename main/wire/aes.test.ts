import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encryptBlock, expandKey, ghash } from './aes.ts';

function encrypt(key: Uint8Array, block: Uint8Array): string {
  const words = Buffer.from(block);
  const out = new Int32Array(4);
  const [a, b, c, d] = [0, 4, 8, 12].map((at) => words.readInt32BE(at));
  encryptBlock(expandKey(key), a!, b!, c!, d!, out);
  return hexOf(out);
}

function hexOf(words: Int32Array): string {
  return [...words].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

const sixteen = fc.uint8Array({ minLength: 16, maxLength: 16 });

test('the example of FIPS 197 appendix B', () => {
  const key = Buffer.from('2b7e151628aed2a6abf7158809cf4f3c', 'hex');
  expect(encrypt(key, Buffer.from('3243f6a8885a308d313198a2e0370734', 'hex'))).toBe('3925841d02dc09fbdc118597196a0b32');
});

test('blocks agree with another implementation', () => {
  fc.assert(
    fc.property(sixteen, sixteen, (key, block) => {
      const other = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
      expect(encrypt(key, block)).toBe(other.update(block).toString('hex'));
    }),
  );
});

test('GHASH makes the tags of another GCM', () => {
  const bytes = fc.uint8Array({ maxLength: 300 });
  fc.assert(
    fc.property(
      sixteen,
      fc.uint8Array({ minLength: 12, maxLength: 12 }),
      bytes,
      bytes,
      (key, iv, additional, message) => {
        const other = createCipheriv('aes-128-gcm', key, iv).setAAD(additional);
        const sealed = Buffer.concat([other.update(message), other.final()]);
        const keys = expandKey(key);
        const hashKey = new Int32Array(4);
        encryptBlock(keys, 0, 0, 0, 0, hashKey);
        const mask = new Int32Array(4);
        const start = Buffer.concat([iv, Buffer.from([0, 0, 0, 1])]);
        const [a, b, c, d] = [0, 4, 8, 12].map((at) => start.readInt32BE(at));
        encryptBlock(keys, a!, b!, c!, d!, mask);
        const hash = ghash(hashKey, additional, sealed, 0, sealed.length);
        expect(hexOf(hash.map((word, index) => word ^ mask[index]!))).toBe(other.getAuthTag().toString('hex'));
      },
    ),
  );
});
