import { createCipheriv, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { looksLikeQuicLong, parseLongHeader, QUIC_VERSION, QuicInitialReader, type QuicLongHeader } from './quic.ts';
import { deriveInitialKeys } from './quic-crypto.ts';

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');

// The other side of the protocol, written from RFC 9001 §5 with node:crypto, so that it shares nothing with the reader.
const SALT: Record<number, string> = {
  [QUIC_VERSION.V1]: '38762cf7f55934b34d179ae6a4c80cadccbb7f0a',
  [QUIC_VERSION.V2]: '0dede3def700a6db819381be6e269dcbf9bd2ed9',
  [QUIC_VERSION.DRAFT_29]: 'afbfec289993d24c9e9786f19c6111e04390a899',
};
const mac = (key: Uint8Array, data: Uint8Array): Buffer => createHmac('sha256', key).update(data).digest();
function expandLabel(secret: Uint8Array, label: string, length: number): Buffer {
  const text = Buffer.from(`tls13 ${label}`);
  return mac(secret, Buffer.from([0, length, text.length, ...text, 0, 1])).subarray(0, length);
}
function keysFor(version: number, dcid: Uint8Array, side: 'client' | 'server') {
  const secret = expandLabel(mac(hex(SALT[version]!), dcid), `${side} in`, 32);
  const prefix = version === QUIC_VERSION.V2 ? 'quicv2' : 'quic';
  return {
    secret,
    key: expandLabel(secret, `${prefix} key`, 16),
    iv: expandLabel(secret, `${prefix} iv`, 12),
    hp: expandLabel(secret, `${prefix} hp`, 16),
  };
}

const varint = (value: number): number[] =>
  value < 64
    ? [value]
    : value < 16384
      ? [0x40 | (value >> 8), value & 255]
      : [0x80, value >> 16, (value >> 8) & 255, value & 255];
const crypto = (offset: number, data: Uint8Array): number[] => [6, ...varint(offset), ...varint(data.length), ...data];

interface Initial {
  version?: number;
  /** Connection ID that the keys follow from; the one in the header where not given. */
  keyId?: Buffer;
  dcid?: Buffer;
  scid?: Buffer;
  token?: Buffer;
  side?: 'client' | 'server';
  number?: number;
  numberLength?: number;
  frames: number[];
  /** Total bytes of the packet. */
  size?: number;
}

function seal(packet: Initial): Buffer {
  const {
    version = QUIC_VERSION.V1,
    scid = Buffer.alloc(0),
    token = Buffer.alloc(0),
    side = 'client',
    number = 0,
  } = packet;
  const { numberLength = 1, dcid = DCID } = packet;
  const { key, iv, hp } = keysFor(version, packet.keyId ?? dcid, side);
  const type = version === QUIC_VERSION.V2 ? 1 : 0;
  const versionBytes = Buffer.alloc(4);
  versionBytes.writeUInt32BE(version);
  const start = Buffer.from([
    0xc0 | (type << 4) | (numberLength - 1),
    ...versionBytes,
    ...[dcid.length, ...dcid],
    ...[scid.length, ...scid],
    ...varint(token.length),
    ...token,
  ]);
  const padded = Math.max(packet.frames.length, (packet.size ?? 0) - start.length - 2 - numberLength - 16, 20);
  const length = padded + numberLength + 16;
  const header = Buffer.from([
    ...start,
    ...[0x40 | (length >> 8), length & 255],
    ...[24, 16, 8, 0].slice(4 - numberLength).map((shift) => (number >>> shift) & 255),
  ]);
  const nonce = Buffer.from(iv);
  nonce.writeInt32BE(nonce.readInt32BE(8) ^ number, 8);
  const cipher = createCipheriv('aes-128-gcm', key, nonce).setAAD(header);
  const plain = Buffer.alloc(padded);
  plain.set(packet.frames);
  const body = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  const numberAt = header.length - numberLength;
  const sample = Buffer.concat([header, body]).subarray(numberAt + 4, numberAt + 20);
  const mask = createCipheriv('aes-128-ecb', hp, null).setAutoPadding(false).update(sample);
  header[0]! ^= mask[0]! & 0x0f;
  for (let index = 0; index < numberLength; index++) header[numberAt + index]! ^= mask[1 + index]!;
  return Buffer.concat([header, body]);
}

const DCID = hex('8394c8f03e515708');
/** The CRYPTO frame of RFC 9001 A.2: a ClientHello for example.com. */
const FRAME =
  hex(`060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c000004130113020100
  00c000000010000e00000b6578616d706c652e636f6dff01000100000a00080006001d0017001800100007000504616c706e0005000501000000
  00003300260024001d00209370b2c9caa47fbabaf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b0003020304000d0010000e0403
  05030603020308040805080600 2d00020101001c00024001003900320408ffffffffffffffff05048000ffff07048000ffff08011001048000
  75300901100f088394c8f03e51570806048000ffff`);
const HELLO = FRAME.subarray(4);

/** A hello of any length: the one above with a padding extension (21) at its end. */
function largeHello(extra: number): Buffer {
  const padding = Buffer.from([0, 21, extra >> 8, extra & 255, ...Buffer.alloc(extra)]);
  const hello = Buffer.concat([HELLO, padding]);
  hello.writeUInt16BE(hello.length - 4, 2);
  const listAt = 4 + 2 + 32 + 1 + 6 + 2;
  hello.writeUInt16BE(HELLO.readUInt16BE(listAt) + padding.length, listAt);
  return hello;
}

const feed = (reader: QuicInitialReader, datagram: Uint8Array, fromClient = true): boolean =>
  reader.feed(datagram, 0, datagram.length, fromClient);

describe('vectors of the RFCs', () => {
  test('RFC 9001 A.1: the keys of both sides', () => {
    const client = keysFor(QUIC_VERSION.V1, DCID, 'client');
    expect(client.secret.toString('hex')).toBe('c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea');
    expect(client.key.toString('hex')).toBe('1f369613dd76d5467730efcbe3b1a22d');
    const ours = deriveInitialKeys(QUIC_VERSION.V1, DCID, true)!;
    expect(Buffer.from(ours.iv).toString('hex')).toBe('fa044b2f42a3fd3b46fb255c');
    expect(words(ours.key, 4)).toBe('1f369613dd76d5467730efcbe3b1a22d');
    expect(words(ours.headerProtection, 4)).toBe('9f50449e04a0e810283a1e9933adedd2');
    const server = deriveInitialKeys(QUIC_VERSION.V1, DCID, false)!;
    expect(words(server.key, 4)).toBe('cf3a5331653c364c88f0f379b6067e37');
  });

  test('RFC 9369 A.1: the keys of version 2', () => {
    const ours = deriveInitialKeys(QUIC_VERSION.V2, DCID, true)!;
    expect(words(ours.key, 4)).toBe('8b1a0bc121284290a29e0971b5cd045d');
    expect(Buffer.from(ours.iv).toString('hex')).toBe('91f73e2351d8fa91660e909f');
    expect(words(ours.headerProtection, 4)).toBe('45b95e15235d6f45a6b19cbcb0294ba9');
  });

  test('RFC 9001 A.2: the client Initial, byte for byte at both ends, and the name in it', () => {
    const packet = seal({ frames: [...FRAME], number: 2, numberLength: 4, size: 1200 });
    expect(packet.subarray(0, 34).toString('hex')).toBe(
      'c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11d242',
    );
    expect(packet.subarray(-16).toString('hex')).toBe('e221af44860018ab0856972e194cd934');
    const reader = new QuicInitialReader();
    expect(feed(reader, packet)).toBe(true);
    expect(reader.clientHello).toMatchObject({ sni: 'example.com', alpn: ['alpn'], error: null, truncated: false });
    expect(reader.version).toBe(QUIC_VERSION.V1);
  });

  test('RFC 9369 A.2: the header of version 2', () => {
    const packet = seal({ version: QUIC_VERSION.V2, frames: [...FRAME], number: 2, numberLength: 4, size: 1200 });
    expect(packet.subarray(0, 22).toString('hex')).toBe('d76b3343cf088394c8f03e5157080000449ea0c95e82');
    const reader = new QuicInitialReader();
    feed(reader, packet);
    expect(reader.clientHello?.sni).toBe('example.com');
  });
});

function words(list: Int32Array, count: number): string {
  return [...list.subarray(0, count)].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

test('keys agree with another derivation for any connection ID and version', () => {
  const versions = fc.constantFrom(...Object.values(QUIC_VERSION));
  fc.assert(
    fc.property(versions, fc.uint8Array({ maxLength: 20 }), fc.boolean(), (version, dcid, fromClient) => {
      const other = keysFor(version, dcid, fromClient ? 'client' : 'server');
      const ours = deriveInitialKeys(version, dcid, fromClient)!;
      expect(words(ours.key, 4)).toBe(other.key.toString('hex'));
      expect(words(ours.headerProtection, 4)).toBe(other.hp.toString('hex'));
      expect(Buffer.from(ours.iv)).toEqual(other.iv);
    }),
  );
});

describe('reader', () => {
  test('a packet changed in any one bit is not believed', () => {
    const packet = seal({ frames: [...FRAME], size: 400 });
    fc.assert(
      fc.property(fc.nat(packet.length * 8 - 1), (bit) => {
        const changed = Buffer.from(packet);
        changed[bit >> 3]! ^= 1 << (bit & 7);
        const reader = new QuicInitialReader();
        feed(reader, changed);
        expect(reader.clientHello).toBeNull();
      }),
    );
  });

  test('frames in any order over several packets, with others between, give the hello', () => {
    const hello = largeHello(1500);
    const piece = fc.integer({ min: 1, max: 400 });
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 8 }), fc.nat(), fc.nat(2), (sizes, seed, overlap) => {
        const frames: number[][] = [];
        for (let at = 0, index = 0; at < hello.length; index++) {
          const size = sizes[index % sizes.length]!;
          const from = Math.max(0, at - overlap);
          frames.push(crypto(from, hello.subarray(from, at + size)));
          at += size;
        }
        // A shuffle that the seed decides.
        frames.sort((a, b) => ((a[1]! * 31 + a.length) ^ seed) - ((b[1]! * 31 + b.length) ^ seed));
        const reader = new QuicInitialReader();
        let number = 0;
        let batch: number[] = [1, 0, 0, 0, 2, 0, 0, 0, 0];
        for (const [index, frame] of frames.entries()) {
          if (reader.done) break;
          batch.push(...frame, 1, 0, 0);
          if (batch.length < 800 && index < frames.length - 1) continue;
          feed(reader, seal({ frames: batch, number: number++ }));
          batch = [];
        }
        if (number <= 16)
          expect(reader.clientHello).toMatchObject({ sni: 'example.com', length: hello.length - 4, error: null });
      }),
      { numRuns: 50 },
    );
  });

  test('half a hello is told only as such', () => {
    const hello = largeHello(1500);
    const reader = new QuicInitialReader();
    expect(feed(reader, seal({ frames: crypto(0, hello.subarray(0, 900)) }))).toBe(false);
    expect(reader.clientHello).toBeNull();
    expect(reader.partialHello()).toMatchObject({ sni: 'example.com', truncated: true });
    expect(feed(reader, seal({ frames: crypto(900, hello.subarray(900)), number: 1 }))).toBe(true);
    expect(reader.partialHello()?.truncated).toBe(false);
  });

  test('keys stay when the client uses the ID that the server chose', () => {
    const hello = largeHello(1500);
    const reader = new QuicInitialReader();
    feed(reader, seal({ frames: crypto(0, hello.subarray(0, 900)) }));
    const chosen = hex('1122334455');
    expect(feed(reader, seal({ dcid: chosen, keyId: DCID, frames: crypto(900, hello.subarray(900)), number: 1 }))).toBe(
      true,
    );
  });

  test('after a Retry they follow from the new ID, whether or not the Retry was captured', () => {
    const hello = largeHello(1500);
    const chosen = hex('0102030405060708090a');
    for (const captured of [true, false]) {
      const reader = new QuicInitialReader();
      feed(reader, seal({ frames: crypto(0, hello.subarray(0, 900)) }));
      const retry = Buffer.from([0xf0, 0, 0, 0, 1, 0, chosen.length, ...chosen, ...Buffer.alloc(40, 7)]);
      if (captured) feed(reader, retry, false);
      const token = Buffer.alloc(70, 9);
      feed(reader, seal({ dcid: chosen, token, frames: crypto(0, hello.subarray(0, 900)), number: 1 }));
      expect(reader.clientHello).toBeNull();
      expect(feed(reader, seal({ dcid: chosen, token, frames: crypto(900, hello.subarray(900)), number: 2 }))).toBe(
        true,
      );
      expect(reader).toMatchObject({ sawRetry: captured, clientInitials: 3, unreadable: 0 });
    }
  });

  test('a damaged packet between two good ones loses nothing', () => {
    const hello = largeHello(1500);
    const reader = new QuicInitialReader();
    feed(reader, seal({ frames: crypto(0, hello.subarray(0, 900)) }));
    const damaged = seal({ dcid: hex('aabbcc'), frames: [1] });
    damaged[damaged.length - 1]! ^= 1;
    feed(reader, damaged);
    expect(reader.unreadable).toBe(1);
    expect(feed(reader, seal({ frames: crypto(900, hello.subarray(900)), number: 1 }))).toBe(true);
  });

  test('joined midway nothing is claimed', () => {
    const reader = new QuicInitialReader();
    feed(reader, seal({ dcid: hex('1122334455'), keyId: DCID, frames: [...FRAME] }));
    expect(reader).toMatchObject({ clientHello: null, unreadable: 1, clientInitials: 1 });
  });

  test('what the server sent, coalesced in one datagram', () => {
    const reader = new QuicInitialReader();
    feed(reader, seal({ frames: [...FRAME], size: 1200 }));
    const initial = seal({
      side: 'server',
      keyId: DCID,
      dcid: Buffer.alloc(0),
      scid: hex('aa'),
      frames: [2, 0, 0, 0, 0],
    });
    const handshake = Buffer.from([0xe0, 0, 0, 0, 1, 0, 1, 0xaa, 0x40, 50, ...Buffer.alloc(50)]);
    feed(reader, Buffer.concat([initial, handshake]), false);
    expect(reader).toMatchObject({ sawServerInitial: true, sawServerHandshake: true, closeCode: -1 });
  });

  test('a refusal by the server is read', () => {
    const reader = new QuicInitialReader();
    feed(reader, seal({ frames: [...FRAME], size: 1200 }));
    const close = [0x1c, ...varint(0x170), 6, 0];
    feed(reader, seal({ side: 'server', keyId: DCID, dcid: Buffer.alloc(0), scid: hex('aa'), frames: close }), false);
    expect(reader).toMatchObject({ closeCode: 0x170, closedByClient: false });
  });

  test('Version Negotiation, and the hello in the version agreed on', () => {
    const reader = new QuicInitialReader();
    const first = seal({ frames: [...FRAME], size: 1200 });
    first.writeUInt32BE(0xbabababa, 1);
    feed(reader, first);
    expect(reader).toMatchObject({ version: 0xbabababa, clientHello: null });
    feed(reader, Buffer.from([0x80, 0, 0, 0, 0, 0, 1, 0xaa, 0, 0, 0, 1, 0x6b, 0x33, 0x43, 0xcf]), false);
    expect(reader.offeredVersions).toEqual([1, 0x6b3343cf]);
    expect(feed(reader, seal({ version: QUIC_VERSION.V2, dcid: hex('0011223344556677'), frames: [...FRAME] }))).toBe(
      true,
    );
    expect(reader.version).toBe(QUIC_VERSION.V2);
  });

  test('a packet cut by the capture is read without its tag', () => {
    const packet = seal({ frames: [...FRAME], size: 1200 });
    const reader = new QuicInitialReader();
    expect(reader.feed(packet, 0, 400, true)).toBe(false);
    expect(reader.feed(packet, 0, 400, true, true)).toBe(true);
    expect(reader.clientHello?.sni).toBe('example.com');
    const short = new QuicInitialReader();
    short.feed(packet, 0, 120, true, true);
    expect(short.clientHello).toBeNull();
    expect(short.partialHello()).toMatchObject({ truncated: true });
  });

  test('frames that no Initial may have end the reading', () => {
    const reader = new QuicInitialReader();
    feed(reader, seal({ frames: [0x1e, ...FRAME] }));
    expect(reader.clientHello).toBeNull();
  });
});

describe('long header', () => {
  const packet = seal({ frames: [...FRAME], token: Buffer.alloc(5, 1), scid: hex('c0ffee'), size: 1200 });
  const header = parseLongHeader(packet, 0, packet.length) as QuicLongHeader;

  test('gives the places of its parts', () => {
    expect(header).toMatchObject({
      type: 'initial',
      version: 1,
      dcid: 6,
      dcidLength: 8,
      scidLength: 3,
      tokenLength: 5,
      end: 1200,
    });
    expect(packet.subarray(header.scid, header.scid + 3).toString('hex')).toBe('c0ffee');
  });

  test('too short is told from malformed', () => {
    for (let end = 0; end < header.packetNumber; end++) {
      expect(parseLongHeader(packet, 0, end)).toMatchObject({ layer: 'quic', limitedBy: 'record' });
    }
    expect(parseLongHeader(Buffer.alloc(20, 0x40), 0, 20)).toMatchObject({ limitedBy: 'length-field' });
    const id = Buffer.from(packet);
    id[5] = 21;
    expect(parseLongHeader(id, 0, id.length)).toMatchObject({ limitedBy: 'length-field' });
  });

  test('a version not known is named by its number', () => {
    const other = Buffer.from(packet);
    other.writeUInt32BE(0x51303433, 1);
    expect(parseLongHeader(other, 0, other.length)).toMatchObject({
      type: 'unknown',
      version: 0x51303433,
      end: other.length,
    });
  });

  test('types follow the version', () => {
    const type = (version: number, first: number): string => {
      const other = Buffer.from(packet);
      other[0] = first;
      other.writeUInt32BE(version, 1);
      return (parseLongHeader(other, 0, other.length) as QuicLongHeader).type;
    };
    expect([0xc0, 0xd0, 0xe0, 0xf0].map((first) => type(1, first))).toEqual(['initial', '0-rtt', 'handshake', 'retry']);
    expect([0xc0, 0xd0, 0xe0, 0xf0].map((first) => type(0x6b3343cf, first))).toEqual([
      'retry',
      'initial',
      '0-rtt',
      'handshake',
    ]);
    expect(type(0, 0xc0)).toBe('version-negotiation');
  });

  test('the cheap test', () => {
    expect(looksLikeQuicLong(packet, 0, packet.length)).toBe(true);
    expect(looksLikeQuicLong(packet, 0, 6)).toBe(false);
    expect(looksLikeQuicLong(Buffer.alloc(40, 0x55), 0, 40)).toBe(false);
    expect(looksLikeQuicLong(Buffer.alloc(40, 0xff), 0, 40)).toBe(false);
  });
});
