import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fingerprintKey, ja4 } from './ja4.ts';
import { type ClientHello, isGrease, parseClientHello } from './tls.ts';

const NOTHING = parseClientHello(new Uint8Array(0), 0, 0);
const codes = (text: string): number[] => text.split(',').map((code) => Number.parseInt(code, 16));

// Cipher suites, extensions and signature algorithms of Chrome, from the raw form that the specification prints beside
// its example t13d1516h2_8daaf6152771_e5627efa2ab1; with GREASE, SNI and ALPN as the browser sends them.
const CHROME: ClientHello = {
  ...NOTHING,
  legacyVersion: 0x0303,
  cipherSuites: codes('0a0a,1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035'),
  extensions: codes('8a8a,0000,0017,ff01,000a,000b,0023,0010,0005,000d,0012,0033,002d,002b,001b,4469,0015,2a2a'),
  signatureAlgorithms: codes('0403,0804,0401,0503,0805,0501,0806,0601'),
  supportedVersions: codes('3a3a,0304,0303'),
  alpn: ['h2', 'http/1.1'],
  alpnEnds: 0x6832,
};

test('Chrome has the fingerprint of the specification', () => {
  expect(ja4(CHROME, 't')).toBe('t13d1516h2_8daaf6152771_e5627efa2ab1');
});

test('over QUIC only the first letter differs', () => {
  expect(ja4(CHROME, 'q')).toBe('q13d1516h2_8daaf6152771_e5627efa2ab1');
});

test('a later Chrome with ECH, whose raw and hashed forms were published together', () => {
  const later = {
    ...CHROME,
    extensions: codes('002d,0033,0010,fe0d,0017,44cd,0000,000b,000a,002b,ff01,0023,0012,0005,000d,001b'),
  };
  expect(ja4(later, 't')).toBe('t13d1516h2_8daaf6152771_d8a2da3f94cd');
});

test('the parts that are counted or missing', () => {
  expect(ja4({ ...NOTHING, legacyVersion: 0x0301 }, 't')).toBe('t10i000000_000000000000_000000000000');
  const many = Array.from({ length: 120 }, (_, index) => index + 0x100);
  expect(ja4({ ...NOTHING, legacyVersion: 0x0303, cipherSuites: many }, 't').slice(0, 10)).toBe('t12i990000');
  expect(ja4({ ...CHROME, alpnEnds: 0xabcd }, 't')).toContain('1516ad_');
  expect(ja4({ ...CHROME, alpnEnds: 0x30ab }, 't')).toContain('1516' + '3b_');
});

/** The specification followed to the letter, with another SHA-256. */
function reference(hello: ClientHello): string {
  const clean = (list: readonly number[]): string[] =>
    list.filter((code) => !isGrease(code)).map((code) => code.toString(16).padStart(4, '0'));
  const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);
  const ciphers = clean(hello.cipherSuites).sort();
  const extensions = clean(hello.extensions);
  const listed = extensions.filter((code) => code !== '0000' && code !== '0010').sort();
  const algorithms = clean(hello.signatureAlgorithms);
  const two = (count: number): string => String(Math.min(99, count)).padStart(2, '0');
  return [
    `t12${extensions.includes('0000') ? 'd' : 'i'}${two(ciphers.length)}${two(extensions.length)}00`,
    ciphers.length > 0 ? hash(ciphers.join(',')) : '0'.repeat(12),
    extensions.length > 0
      ? hash(listed.join(',') + (algorithms.length > 0 ? `_${algorithms.join(',')}` : ''))
      : '0'.repeat(12),
  ].join('_');
}

const code = fc.integer({ min: 0, max: 0xffff });
const anyHello = fc
  .record({ cipherSuites: fc.array(code), extensions: fc.uniqueArray(code), signatureAlgorithms: fc.array(code) })
  .map((parts): ClientHello => ({ ...NOTHING, legacyVersion: 0x0303, ...parts }));

test('any hello agrees with the specification followed to the letter', () => {
  fc.assert(
    fc.property(anyHello, (hello) => {
      expect(ja4(hello, 't')).toBe(reference(hello));
    }),
  );
});

test('the key ignores the order of suites and extensions, and GREASE, and nothing else', () => {
  const reversed = {
    ...CHROME,
    cipherSuites: CHROME.cipherSuites.toReversed(),
    extensions: CHROME.extensions.toReversed(),
  };
  expect(fingerprintKey(reversed)).toBe(fingerprintKey(CHROME));
  const plain = { ...CHROME, cipherSuites: CHROME.cipherSuites.slice(1) };
  expect(fingerprintKey(plain)).toBe(fingerprintKey(CHROME));
  expect(Number.isSafeInteger(fingerprintKey(CHROME))).toBe(true);
  const others: ClientHello[] = [
    { ...CHROME, signatureAlgorithms: CHROME.signatureAlgorithms.toReversed() },
    { ...CHROME, alpnEnds: -1 },
    { ...CHROME, supportedVersions: [0x0303] },
    { ...CHROME, cipherSuites: CHROME.cipherSuites.slice(2) },
    { ...CHROME, extensions: CHROME.extensions.filter((type) => type !== 0) },
    { ...CHROME, extensions: CHROME.cipherSuites, cipherSuites: CHROME.extensions },
  ];
  const keys = new Set([CHROME, ...others].map(fingerprintKey));
  expect(keys.size).toBe(others.length + 1);
});

test('more kinds of hello than are remembered change no answer', () => {
  for (let index = 0; index < 2500; index++) ja4({ ...CHROME, cipherSuites: [index] }, 't');
  expect(ja4(CHROME, 't')).toBe('t13d1516h2_8daaf6152771_e5627efa2ab1');
});
