// QUIC packets as bytes, protected by node:crypto: an oracle for main/wire, which brings its own cipher.
// RFC 9000 §17, RFC 9001 §5, RFC 9369 for version 2.

import { createCipheriv, createHmac } from 'node:crypto';
import { ascii, concat, fromHex, Random, u8, u16, u32, vector8 } from './bytes.ts';
import { type ClientHelloOptions, clientHelloMessage } from './tls-bytes.ts';

const VERSIONS = {
  1: { wire: 0x00000001, salt: '38762cf7f55934b34d179ae6a4c80cadccbb7f0a', label: 'quic', initial: 0, handshake: 2 },
  2: { wire: 0x6b3343cf, salt: '0dede3def700a6db819381be6e269dcbf9bd2ed9', label: 'quicv2', initial: 1, handshake: 3 },
} as const;

export interface QuicInitialOptions {
  readonly version?: 1 | 2;
  /** Connection id that the client chose first: the keys of both sides come from it. */
  readonly originalId: Uint8Array;
  readonly destinationId?: Uint8Array;
  readonly sourceId?: Uint8Array;
  readonly token?: Uint8Array;
  readonly packetNumber?: number;
  readonly from?: 'client' | 'server';
  /** Frames; padded by PADDING frames so that the datagram has `size` bytes. */
  readonly frames: Uint8Array;
  /** RFC 9000 §14.1 wants 1,200 at least of a client. */
  readonly size?: number;
}

/** A CRYPTO frame (RFC 9000 §19.6). */
export function cryptoFrame(offset: number, data: Uint8Array): Uint8Array {
  return concat(u8(0x06), variableLength(offset), variableLength(data.length), data);
}

/** An Initial packet that fills its datagram. */
export function quicInitial(options: QuicInitialOptions): Uint8Array {
  const version = VERSIONS[options.version ?? 1];
  const sourceId = options.sourceId ?? u8();
  const head = concat(
    u32(version.wire),
    vector8(options.destinationId ?? options.originalId),
    vector8(sourceId),
    variableLength(options.token?.length ?? 0),
    options.token ?? u8(),
  );
  // First byte, version to token, two bytes of length, four of packet number, tag
  const overhead = 1 + head.length + 2 + 4 + 16;
  const plain = new Uint8Array(Math.max(options.frames.length, (options.size ?? 1200) - overhead));
  plain.set(options.frames);
  const number = u32(options.packetNumber ?? 0);
  const length = number.length + plain.length + 16;
  const header = concat(u8(0xc3 | (version.initial << 4)), head, u16(0x4000 | length), number);

  const secret = createHmac('sha256', fromHex(version.salt)).update(options.originalId).digest();
  const side = expandLabel(secret, options.from === 'server' ? 'server in' : 'client in', 32);
  const key = expandLabel(side, `${version.label} key`, 16);
  const nonce = expandLabel(side, `${version.label} iv`, 12);
  number.forEach((byte, index) => {
    nonce[8 + index]! ^= byte;
  });
  const cipher = createCipheriv('aes-128-gcm', key, nonce);
  cipher.setAAD(header);
  const sealed = concat(cipher.update(plain), cipher.final(), cipher.getAuthTag());
  // Header protection by a sample that starts four bytes after the packet number begins (RFC 9001 §5.4.2)
  const mask = createCipheriv('aes-128-ecb', expandLabel(side, `${version.label} hp`, 16), null).update(
    sealed.subarray(0, 16),
  );
  header[0]! ^= mask[0]! & 0x0f;
  for (let index = 0; index < 4; index++) header[header.length - 4 + index]! ^= mask[1 + index]!;
  return concat(header, sealed);
}

/** The first flight of a client: one datagram, or as many as the hello needs. */
export function quicClientFlight(
  hello: ClientHelloOptions,
  options: { version?: 1 | 2; seed?: number | string; packetNumber?: number } = {},
): Uint8Array[] {
  const random = new Random(options.seed ?? `quic ${hello.sni ?? ''}`);
  const originalId = random.bytes(8);
  const sourceId = random.bytes(8);
  const message = clientHelloMessage({ ...hello, quic: true });
  const room = 1100;
  return Array.from({ length: Math.ceil(message.length / room) }, (_, index) =>
    quicInitial({
      version: options.version ?? 1,
      originalId,
      sourceId,
      packetNumber: (options.packetNumber ?? 0) + index,
      frames: cryptoFrame(index * room, message.subarray(index * room, (index + 1) * room)),
    }),
  );
}

/** A Handshake packet; nobody outside can open it. */
export function quicHandshake(length = 900, seed: number | string = 'handshake', version: 1 | 2 = 1): Uint8Array {
  const random = new Random(seed);
  const { wire, handshake } = VERSIONS[version];
  const head = concat(u8(0xc3 | (handshake << 4)), u32(wire), vector8(random.bytes(8)), vector8(random.bytes(8)));
  return concat(head, u16(0x4000 | length), random.bytes(length));
}

/** A 1-RTT packet: a short header, and nothing else to be seen. */
export function quicShort(length = 400, seed: number | string = 'short'): Uint8Array {
  const random = new Random(seed);
  return concat(u8(0x40 | random.below(0x20)), random.bytes(length));
}

/** RFC 8446 §7.1. */
function expandLabel(secret: Uint8Array, label: string, length: number): Uint8Array {
  const info = concat(u16(length), vector8(ascii(`tls13 ${label}`)), vector8());
  // HKDF-Expand alone: one block of HMAC is enough for what is asked here.
  return new Uint8Array(
    createHmac('sha256', secret)
      .update(concat(info, u8(1)))
      .digest()
      .subarray(0, length),
  );
}

/** RFC 9000 §16. */
function variableLength(value: number): Uint8Array {
  return value < 64 ? u8(value) : u16(0x4000 | value);
}
