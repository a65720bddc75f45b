// What every reader promises for any bytes: an answer, from its own bytes alone, in bounded time.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dnsTcpMessages, isPlausibleDns, parseDns, questionHash } from './dns.ts';
import { looksLikeHttpRequest, looksLikeHttpResponse, parseRequestHead, parseResponseHead } from './http.ts';
import { ja4 } from './ja4.ts';
import { classifyFirstPayload, fullyEncrypted, looksLikeTelegramCall } from './mtproto.ts';
import { looksLikeQuicLong, parseLongHeader, QuicInitialReader } from './quic.ts';
import { looksLikeTls, parseClientHello, scanTls } from './tls.ts';
import { x509Names } from './x509-names.ts';

type Read = (bytes: Uint8Array, start: number, end: number) => unknown;

const READERS: Record<string, Read> = {
  parseDns: (bytes, start, end) => [parseDns(bytes, start, end), parseDns(bytes, start, end, 'capture')],
  isPlausibleDns,
  questionHash: (bytes, start, end) => (end - start >= 12 ? questionHash(bytes, start, end) : null),
  dnsTcpMessages: (bytes, start, end) =>
    [...dnsTcpMessages(bytes, start, end)].map((one) => [one.start - start, one.end - start, one.whole]),
  scanTls,
  parseClientHello: (bytes, start, end) => {
    const hello = parseClientHello(bytes, start, end);
    return [hello, ja4(hello, 't')];
  },
  looksLikeTls,
  x509Names,
  parseRequestHead,
  parseResponseHead,
  looksLikeHttp: (bytes, start, end) => [
    looksLikeHttpRequest(bytes, start, end),
    looksLikeHttpResponse(bytes, start, end),
  ],
  looksLikeQuicLong,
  parseLongHeader: (bytes, start, end) => {
    const header = { ...parseLongHeader(bytes, start, end) };
    // Absolute offsets move with the start.
    return Object.entries(header).map(([name, value]) =>
      ['dcid', 'scid', 'token', 'packetNumber', 'end'].includes(name) && value !== -1 ? Number(value) - start : value,
    );
  },
  quic: (bytes, start, end) => {
    const reader = new QuicInitialReader();
    reader.feed(bytes, start, end, true);
    reader.feed(bytes, start, end, false);
    reader.feed(bytes, start, end, true, true);
    const { version, clientHello, clientInitials, unreadable, closeCode, offeredVersions } = reader;
    return {
      version,
      clientHello,
      clientInitials,
      unreadable,
      closeCode,
      offeredVersions,
      partial: reader.partialHello(),
    };
  },
  classifyFirstPayload,
  fullyEncrypted,
  looksLikeTelegramCall,
};

/** Leaves bytes of another stream in the buffer that joins split handshake messages. */
function soil(fill: number): void {
  const stream = new Uint8Array(16000).fill(fill);
  stream.set([22, 3, 1, 0x40, 0, 1, 0, 0x3f, 0xfc]);
  scanTls(stream, 0, stream.length);
}

/** The same message alone, and within other bytes that must not matter. */
function answers(read: Read, message: Uint8Array): unknown[] {
  return [
    { before: 0, fill: 0 },
    { before: 7, fill: 0x00 },
    { before: 64, fill: 0xff },
    { before: 3, fill: 0x0a },
  ].map(({ before, fill }) => {
    const bytes = new Uint8Array(before + message.length + (before > 0 ? 300 : 0)).fill(fill);
    bytes.set(message, before);
    soil(fill);
    return read(bytes, before, before + message.length);
  });
}

const text = (value: string): Uint8Array => Uint8Array.from(Buffer.from(value, 'latin1'));
const hex = (value: string): Uint8Array => Uint8Array.from(Buffer.from(value.replace(/\s/g, ''), 'hex'));

/** Valid beginnings, so that mutation goes deep. */
const SEEDS: readonly Uint8Array[] = [
  hex(`1234 8180 0001 0002 0001 0001 08 74656c656772616d 03 6f7267 00 0001 0001  c00c 0005 0001 0000003c 0004 01 61 c015
    c00c 0041 0001 0000003c 0012 0001 00 0004 0004 c0000201 0005 0003 010203  c015 0002 0001 00000001 0002 c00c
    00 0029 04d0 00 00 0000 0008 000f 0004 000f 6162`),
  hex(`16 0301 0055 01 000051 0303 ${'ab'.repeat(32)} 00 0004 1301 c02f 01 00 0024 0000 000e 000c 00 0009 612e6578616d706c65
    0010 0005 0003 02 6832 002b 0005 04 0304 0303 14 0303 0001 01 17 0303 0002 beef`),
  // The body of a ClientHello.
  hex(`0303 ${'ab'.repeat(32)} 00 0004 1301 c02f 01 00 0038 0000 000e 000c 00 0009 612e6578616d706c65 0010 0005 0003 02 6832
    002b 0005 04 0304 0303 000a 0004 0002 001d 0033 000a 0008 001d 0004 01020304`),
  hex(`16 0303 002c 02 000028 0303 ${'cd'.repeat(32)} 00 c02f 00 0000 0b 000000 15 0303 0002 0228`),
  text('GET http://a.example/ HTTP/1.1\r\nHost: B.example:80\r\nX: y\r\n folded\r\nContent-Length: 5\r\n\r\nhello'),
  text('HTTP/1.1 302 Found\r\nLocation: http://warning.example/\r\nServer: x\r\nConnection: close\r\n\r\n'),
  hex(`c3 00000001 08 8394c8f03e515708 04 01020304 00 4040 ${'5a'.repeat(64)} e0 00000001 00 00 05 0102030405`),
  hex(
    `3082 0030 302e a003020102 020101 3000 300d 310b 3009 0603 550403 0c02 4341 3000 300d 310b 3009 0603 550403 0c02 6161 3000`,
  ),
  hex(`efefefef 0a000000 ${'ff'.repeat(12)} ${'31c5'.repeat(40)}`),
];

const mutated = fc
  .tuple(
    fc.constantFrom(...SEEDS),
    fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 6 }),
    fc.option(fc.nat(400)),
  )
  .map(([seed, changes, cut]) => {
    const bytes = seed.slice(0, cut ?? seed.length);
    for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
    return bytes;
  });
const anything = fc.oneof(fc.uint8Array({ maxLength: 400 }), mutated, mutated);

describe.each(Object.entries(READERS))('%s', (_, read) => {
  test('answers any bytes from them alone, and the same each time', () => {
    fc.assert(
      fc.property(anything, (message) => {
        const [alone, ...within] = answers(read, message);
        for (const answer of within) expect(answer).toEqual(alone);
      }),
      { numRuns: 300 },
    );
  });

  test('takes bounded time for the worst of 64 KiB', () => {
    const size = 65535;
    const repeat = (pattern: Uint8Array): Uint8Array =>
      Uint8Array.from({ length: size }, (_, at) => pattern[at % pattern.length]!);
    const worst = [
      ...SEEDS.map(repeat),
      new Uint8Array(size),
      new Uint8Array(size).fill(0xff),
      // DNS: every count at its highest, every name a pointer to a long one.
      Uint8Array.from([
        ...hex('0000 8180 ffff ffff ffff ffff 3f'),
        ...Array(63).fill(97),
        0x3f,
        ...Array(63).fill(97),
        0,
        ...repeat(hex('c00c 0001 0001')),
      ]).slice(0, size),
      Uint8Array.from([
        ...hex('0000 8180 0001 ffff 0000 0000 00 0001 0001'),
        ...repeat(hex('c00c 0001 0001 00000000 0000')),
      ]).slice(0, size),
      // TLS: records of one byte, and a hello of nothing but empty extensions.
      repeat(hex('16 0301 0001 01')),
      repeat(hex('c0 00000001 00 00 00 14')),
      text(`GET / HTTP/1.1\r\n${'A: b\r\n c\r\n'.repeat(6000)}`),
      text(`GET / HTTP/1.1\r\nHost: a\r\n${' c\r\n'.repeat(12000)}`),
    ];
    const started = performance.now();
    for (const message of worst) read(message, 0, message.length);
    // Far above what it takes (some milliseconds), far below anything quadratic.
    expect(performance.now() - started).toBeLessThan(1500);
  });
});
