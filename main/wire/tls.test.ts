import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isGrease, looksLikeTls, parseClientHello, scanTls } from './tls.ts';
import { x509Names } from './x509-names.ts';

const u8 = (value: number): number[] => [value];
const u16 = (value: number): number[] => [value >> 8, value & 255];
const u24 = (value: number): number[] => [value >> 16, ...u16(value & 0xffff)];
const vector = (width: (length: number) => number[], ...parts: number[][]): number[] => {
  const body = parts.flat();
  return [...width(body.length), ...body];
};
const ascii = (text: string): number[] => [...Buffer.from(text, 'latin1')];
const extension = (type: number, body: number[]): number[] => [...u16(type), ...vector(u16, body)];
const serverName = (name: string): number[] => extension(0, vector(u16, [0], vector(u16, ascii(name))));
const alpn = (...names: string[]): number[] =>
  extension(16, vector(u16, ...names.map((name) => vector(u8, ascii(name)))));
const random = Array.from({ length: 32 }, (_, index) => 0xa0 + index);

/** Handshake header and body. */
function clientHello(...extensions: number[][]): number[] {
  const body = [
    ...[3, 3, ...random],
    ...vector(u8, random),
    ...vector(u16, u16(0x3a3a), u16(0x1301), u16(0xc02f)),
    ...vector(u8, [0]),
    ...vector(u16, ...extensions),
  ];
  return [1, ...vector(u24, body)];
}

const HELLO = clientHello(
  extension(0xdada, []),
  serverName('Telegram.ORG'),
  extension(10, vector(u16, u16(0x11ec), u16(29))),
  alpn('h2', 'http/1.1'),
  extension(13, vector(u16, u16(0x0403), u16(0x0804))),
  extension(
    51,
    vector(u16, [...u16(0x11ec), ...vector(u16, Array(1216).fill(7))], [...u16(29), ...vector(u16, random)]),
  ),
  extension(43, vector(u8, u16(0x7a7a), u16(0x0304), u16(0x0303))),
  extension(0xfe0d, [0, 0, 1, 0, 1]),
);

const record = (type: number, body: number[], version = 0x0301): number[] => [
  type,
  ...u16(version),
  ...vector(u16, body),
];
const bytes = (...parts: number[][]): Uint8Array => Uint8Array.from(parts.flat());
const scan = (stream: Uint8Array) => scanTls(stream, 0, stream.length);

function serverHello(version: number, extensions: number[][], retry = false): number[] {
  const retryRandom = [...Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex')];
  const tail = extensions.length > 0 ? vector(u16, ...extensions) : [];
  return [2, ...vector(u24, [...u16(version), ...(retry ? retryRandom : random), 0, 0x13, 0x01, 0, ...tail])];
}
const TLS13 = extension(43, u16(0x0304));

// A leaf for www.example.org by a test authority, made for this test with openssl.
const LEAF = Buffer.from(
  'MIICEDCCAbagAwIBAgIUFt1r2TCOkGJMYf9wnvqFe1weXg4wCgYIKoZIzj0EAwIwUDELMAkGA1UEBhMCS1oxJzAlBgNVBAoMHtKa0LDRg9GW0L/RgdGW' +
    '0LfQtNGW0LogRXhhbXBsZTEYMBYGA1UEAwwPRXhhbXBsZSBUZXN0IENBMCAXDTI2MTEyMjE4MTcxNVoYDzIxMjYxMDI5MTgxNzE1WjAsMRAwDgYDVQQK' +
    'DAdFeGFtcGxlMRgwFgYDVQQDDA93d3cuZXhhbXBsZS5vcmcwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATfo9opcCWyLxyv0iEx1mtqqu3u7fwXW2kM' +
    'MVzJiW4rBKwdTNtyFwwVd1L/Jee45jNAz976TtsW5jGee0rjc/vNo4GPMIGMMDwGA1UdEQQ1MDOCD3d3dy5leGFtcGxlLm9yZ4INKi5FeGFtcGxlLm5l' +
    'dIcEwAACB4ILZXhhbXBsZS5jb20wDAYDVR0TAQH/BAIwADAdBgNVHQ4EFgQUpaJAd1dobbCK1H9WXU0mIinKZZUwHwYDVR0jBBgwFoAUnYStPp6/xE0H' +
    '0BrG8ey3OGUI8dUwCgYIKoZIzj0EAwIDSAAwRQIgdN/14OtHf2C0oMNsZOOVdWhtDb/nU4tL8dy3RE0RnSECIQCdBi9HJ6Un9NJqX3apmtUwYde5NeMp' +
    'lkoZdJIW5stIyw==',
  'base64',
);
const certificate = (...chain: Uint8Array[]): number[] => [
  11,
  ...vector(u24, vector(u24, ...chain.map((one) => vector(u24, [...one])))),
];

describe('ClientHello', () => {
  const body = bytes(HELLO.slice(4));
  const hello = parseClientHello(body, 0, body.length);

  test('reads everything that identifies the client, in the order sent', () => {
    expect(hello).toMatchObject({
      legacyVersion: 0x0303,
      randomOffset: 2,
      sessionIdLength: 32,
      cipherSuites: [0x3a3a, 0x1301, 0xc02f],
      extensions: [0xdada, 0, 10, 16, 13, 51, 43, 0xfe0d],
      sni: 'telegram.org',
      sniIsHostname: true,
      alpn: ['h2', 'http/1.1'],
      alpnEnds: 0x6832,
      supportedVersions: [0x7a7a, 0x0304, 0x0303],
      supportedGroups: [0x11ec, 29],
      keyShareGroups: [0x11ec, 29],
      signatureAlgorithms: [0x0403, 0x0804],
      ech: true,
      sniMayBePublicName: true,
      esni: false,
      length: body.length,
      truncated: false,
      error: null,
    });
    const { sniOffset, sniLength } = hello;
    expect(Buffer.from(body.subarray(sniOffset, sniOffset + sniLength)).toString()).toBe('Telegram.ORG');
  });

  test('a name is given whole or not at all, wherever the hello is cut', () => {
    for (let cut = 0; cut < body.length; cut++) {
      const part = parseClientHello(body, 0, cut, body.length);
      expect(part.truncated).toBe(true);
      expect(part.error).toMatchObject({ layer: 'tls.client-hello', limitedBy: 'record' });
      expect(part.sni).toBe(cut >= hello.sniOffset + hello.sniLength ? 'telegram.org' : null);
      expect(hello.extensions.slice(0, part.extensions.length)).toEqual(part.extensions);
    }
  });

  test('a length beyond the hello is malformed, not cut', () => {
    const wrong = body.slice();
    wrong[hello.sniOffset - 1]! += 40;
    const read = parseClientHello(wrong, 0, wrong.length);
    expect(read.sni).toBeNull();
    expect(read.truncated).toBe(false);
    expect(read.error?.limitedBy).toBe('length-field');
    // What stands behind the bad extension is still read.
    expect(read.alpn).toEqual(['h2', 'http/1.1']);
  });

  test.each([
    ['xn--e1afmkfd.example', 'xn--e1afmkfd.example', true],
    ['a b\u0000<script>', 'a\\032b\\000\\060script\\062', false],
    ['..', '..', false],
    ['192.0.2.1', '192.0.2.1', true],
    ['\u00e9.example', '\\233.example', false],
  ])('the name %j is harmless text', (sent, text, isHostname) => {
    const read = parseClientHello(
      bytes(clientHello(serverName(sent)).slice(4)),
      0,
      clientHello(serverName(sent)).length - 4,
    );
    expect(read.sni).toBe(text);
    expect(read.sniIsHostname).toBe(isHostname);
  });

  test('a hello without extensions, as before TLS 1.2, is whole', () => {
    const old = bytes([3, 1, ...random, 0], vector(u16, u16(47)), vector(u8, [0]));
    expect(parseClientHello(old, 0, old.length)).toMatchObject({
      sni: null,
      extensions: [],
      error: null,
      legacyVersion: 0x0301,
    });
  });

  test('ESNI is told', () => {
    const esni = bytes(clientHello(extension(0xffce, [1, 2, 3])).slice(4));
    expect(parseClientHello(esni, 0, esni.length)).toMatchObject({ esni: true, ech: false, sni: null });
  });
});

describe('client stream', () => {
  const whole = bytes(record(22, HELLO), record(20, [1]), record(23, [1, 2, 3]));
  const helloEnd = HELLO.length + 5;

  test('asks for more until the hello is whole, and always for more than it has', () => {
    for (let length = 0; length < helloEnd; length++) {
      const part = scanTls(whole, 0, length);
      expect(part.state).toBe('need-more');
      expect(part.needed).toBeGreaterThan(length);
      expect(part.needed).toBeLessThanOrEqual(helloEnd);
      expect(part.clientHello?.truncated ?? true).toBe(true);
    }
    expect(scanTls(whole, 0, helloEnd)).toMatchObject({
      state: 'complete',
      needed: 0,
      helloEnd,
      recordVersion: 0x0301,
    });
    expect(scan(whole)).toMatchObject({
      state: 'complete',
      sawApplicationData: true,
      sawChangeCipherSpec: true,
      recordsSeen: 3,
    });
  });

  test.each([1, 2, 3, 5, 64, 517, 1300])(
    'a hello split into records of %i bytes reads the same, and the name is found',
    (size) => {
      const records: number[][] = [];
      for (let at = 0; at < HELLO.length; at += size) records.push(record(22, HELLO.slice(at, at + size)));
      const stream = bytes(...records);
      const split = scan(stream);
      expect(split.state).toBe('complete');
      expect(split.clientHello).toEqual(scan(whole).clientHello);
      expect(split.helloEnd).toBe(stream.length);
      expect(String.fromCharCode(stream[split.sniStart]!, stream[split.sniEnd - 1]!)).toBe('TG');
    },
  );

  test('the name is where it says in a plain hello', () => {
    const { sniStart, sniEnd } = scan(whole);
    expect(Buffer.from(whole.subarray(sniStart, sniEnd)).toString()).toBe('Telegram.ORG');
  });

  test('a hello of impossible length ends the reading with the reason', () => {
    const stream = bytes(record(22, [1, 0xff, 0xff, 0xff, 3, 3]));
    expect(scan(stream)).toMatchObject({ state: 'complete', clientHello: null, error: { limitedBy: 'length-field' } });
  });

  test('garbage behind a record is told from an unfinished one', () => {
    const stream = bytes(record(22, serverHello(0x0303, [])), ascii('HTTP/1.1 302 Found\r\n'));
    const read = scan(stream);
    expect(read.state).toBe('complete');
    expect(read.error).toMatchObject({ layer: 'tls', limitedBy: 'length-field' });
    expect(read.serverHello?.version).toBe(0x0303);
  });

  test.each([
    ['HTTP', ascii('GET / HTTP/1.1\r\n')],
    ['SSH', ascii('SSH-2.0-x')],
    ['record version 9', [22, 9, 1, 0, 5]],
    ['record too long', [22, 3, 1, 0xff, 0xff]],
    ['one byte', [0x47]],
  ])('%s is not TLS', (_, stream) => {
    expect(scan(bytes(stream)).state).toBe('not-tls');
    expect(looksLikeTls(bytes(stream), 0, stream.length)).toBe(false);
  });

  test('an empty stream needs a record header', () => {
    expect(scan(bytes())).toMatchObject({ state: 'need-more', needed: 5 });
    expect(looksLikeTls(bytes(), 0, 0)).toBe(false);
  });

  test('every beginning of a hello looks like TLS', () => {
    for (let length = 1; length <= 12; length++) expect(looksLikeTls(whole, 0, length)).toBe(true);
  });
});

describe('server stream', () => {
  test('TLS 1.3 is complete when encrypted records begin', () => {
    const hello = record(22, serverHello(0x0303, [TLS13]), 0x0303);
    expect(scan(bytes(hello))).toMatchObject({
      state: 'need-more',
      serverHello: { version: 0x0303, selectedVersion: 0x0304, cipher: 0x1301, isHelloRetryRequest: false },
    });
    expect(scan(bytes(hello, record(20, [1]))).state).toBe('need-more');
    const all = scan(bytes(hello, record(20, [1]), record(23, [1, 2])));
    expect(all).toMatchObject({ state: 'complete', sawApplicationData: true, certificateNames: null });
  });

  test('a HelloRetryRequest is recognised, and the ServerHello behind it is read', () => {
    const retry = record(22, serverHello(0x0303, [TLS13], true));
    expect(scan(bytes(retry)).serverHello?.isHelloRetryRequest).toBe(true);
    const both = scan(bytes(retry, record(20, [1]), record(22, serverHello(0x0303, [TLS13]))));
    expect(both.serverHello?.isHelloRetryRequest).toBe(false);
  });

  test('TLS 1.2 gives the names of the certificate, coalesced or split', () => {
    const messages = [...serverHello(0x0303, [alpn('h2')]), ...certificate(LEAF, LEAF), ...[14, 0, 0, 0]];
    for (const size of [messages.length, 200, 7]) {
      const records: number[][] = [];
      for (let at = 0; at < messages.length; at += size)
        records.push(record(22, messages.slice(at, at + size), 0x0303));
      expect(scan(bytes(...records))).toMatchObject({
        state: 'need-more',
        serverHello: { version: 0x0303, selectedVersion: 0x0303, alpn: 'h2' },
        certificateNames: ['www.example.org', '*.example.net', 'example.com'],
        certificateIssuer: 'Example Test CA',
      });
      expect(scan(bytes(...records, record(20, [1]), record(22, Array(40).fill(11)))).state).toBe('complete');
    }
  });

  test('the leaf is read although the end of the chain is missing', () => {
    const chain = record(22, certificate(LEAF, LEAF));
    expect(scan(bytes(chain.slice(0, -100))).certificateNames).toContain('example.com');
    expect(scan(bytes(chain.slice(0, 300))).certificateNames).toBeNull();
  });

  test('alerts are told with their place; a fatal one is the end', () => {
    const warning = record(21, [1, 112]);
    const stream = bytes(warning, record(21, [2, 40]));
    expect(looksLikeTls(stream, 0, stream.length)).toBe(true);
    expect(scan(bytes(warning)).state).toBe('need-more');
    expect(scan(stream)).toMatchObject({
      state: 'complete',
      alerts: [
        { level: 1, description: 112, offset: 0 },
        { level: 2, description: 40, offset: 7 },
      ],
    });
  });

  test('an encrypted alert is no alert', () => {
    const stream = bytes(record(20, [1]), record(21, Array(26).fill(2)));
    expect(scan(stream)).toMatchObject({ state: 'complete', alerts: [] });
  });
});

describe('certificate names', () => {
  test('agree with another reader', () => {
    const names = x509Names(LEAF, 0, LEAF.length)!;
    const other = new X509Certificate(LEAF);
    expect(other.subject).toContain(`CN=${names.subjectCommonName}`);
    expect(other.issuer).toContain(`CN=${names.issuerCommonName}`);
    expect(names.issuerOrganization).toBe('Қауіпсіздік Example');
    const dns = other.subjectAltName!.split(', ').filter((entry) => entry.startsWith('DNS:'));
    expect(names.dnsNames).toEqual(dns.map((entry) => entry.slice(4).toLowerCase()));
  });

  test('a cut or changed certificate gives names or nothing, never more than it holds', () => {
    for (let end = 0; end < LEAF.length; end++) expect(x509Names(LEAF, 0, end)).toBeUndefined();
    fc.assert(
      fc.property(fc.nat(LEAF.length - 1), fc.nat(255), (at, value) => {
        const changed = Uint8Array.from(LEAF);
        changed[at] = value;
        const names = x509Names(changed, 0, changed.length);
        expect(names === undefined || names.dnsNames.length <= 100).toBe(true);
      }),
    );
  });
});

test('GREASE is 0x?a?a with equal bytes', () => {
  const all = Array.from({ length: 0x10000 }, (_, code) => code).filter(isGrease);
  expect(all).toHaveLength(16);
  expect(all[0]).toBe(0x0a0a);
  expect(all[15]).toBe(0xfafa);
});
