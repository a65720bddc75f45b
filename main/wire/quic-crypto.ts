// Keys and opening of QUIC Initial packets, RFC 9001 §5 and RFC 9369 §3.3. Anyone who sees the client's first packet can
// derive these keys: they protect against nothing but accidental meddling.

import { encryptBlock, expandKey, ghash } from './aes.ts';
import { type HmacKey, hmac, hmacKey } from './sha256.ts';

interface VersionKeys {
  readonly salt: HmacKey;
  readonly keyLabel: Uint8Array;
  readonly ivLabel: Uint8Array;
  readonly hpLabel: Uint8Array;
}

/** HkdfLabel of RFC 8446 §7.1 with an empty context, and the counter byte of the first round of HKDF-Expand behind it. */
function label(name: string, length: number): Uint8Array {
  const text = `tls13 ${name}`;
  const bytes = Uint8Array.from([0, length, text.length, ...Array.from(text, (c) => c.charCodeAt(0)), 0, 1]);
  return bytes;
}

function versionKeys(saltHex: string, prefix: string): VersionKeys {
  const salt = Uint8Array.from({ length: saltHex.length / 2 }, (_, index) =>
    Number.parseInt(saltHex.slice(2 * index, 2 * index + 2), 16),
  );
  return {
    salt: hmacKey(salt),
    keyLabel: label(`${prefix} key`, 16),
    ivLabel: label(`${prefix} iv`, 12),
    hpLabel: label(`${prefix} hp`, 16),
  };
}

const V1 = versionKeys('38762cf7f55934b34d179ae6a4c80cadccbb7f0a', 'quic'); // RFC 9001 §5.2
const V2 = versionKeys('0dede3def700a6db819381be6e269dcbf9bd2ed9', 'quicv2'); // RFC 9369 §3.3.1
const DRAFT_29 = versionKeys('afbfec289993d24c9e9786f19c6111e04390a899', 'quic'); // draft-ietf-quic-tls-29 §5.2

export const QUIC_VERSION = { V1: 0x00000001, V2: 0x6b3343cf, DRAFT_29: 0xff00001d } as const;

function keysOf(version: number): VersionKeys | undefined {
  switch (version) {
    case QUIC_VERSION.V1:
      return V1;
    case QUIC_VERSION.V2:
      return V2;
    case QUIC_VERSION.DRAFT_29:
      return DRAFT_29;
    default:
      return undefined;
  }
}

export function canDecrypt(version: number): boolean {
  return keysOf(version) !== undefined;
}

const CLIENT_IN = label('client in', 32);
const SERVER_IN = label('server in', 32);

/** Keys of one direction. */
export interface InitialKeys {
  readonly key: Int32Array;
  readonly iv: Uint8Array;
  readonly headerProtection: Int32Array;
  /** The hash key of GCM: the zero block encrypted. */
  readonly hashKey: Int32Array;
}

/** Keys that follow from the connection ID in the client's first Initial; undefined for a version not known. */
export function deriveInitialKeys(
  version: number,
  connectionId: Uint8Array,
  fromClient: boolean,
): InitialKeys | undefined {
  const names = keysOf(version);
  if (names === undefined) return undefined;
  const initialSecret = hmac(names.salt, connectionId);
  const secret = hmacKey(hmac(hmacKey(initialSecret), fromClient ? CLIENT_IN : SERVER_IN));
  const key = expandKey(hmac(secret, names.keyLabel).subarray(0, 16));
  const hashKey = new Int32Array(4);
  encryptBlock(key, 0, 0, 0, 0, hashKey);
  return {
    key,
    iv: hmac(secret, names.ivLabel).subarray(0, 12),
    headerProtection: expandKey(hmac(secret, names.hpLabel).subarray(0, 16)),
    hashKey,
  };
}

const TAG = 16;
const SAMPLE_OFFSET = 4;
const SAMPLE = 16;
/** More payload than any datagram of an Initial has; longer packets are left alone. */
const MAX_PAYLOAD = 16384;
/** Header with two connection IDs and a token that fits a packet. */
const MAX_HEADER = 2048;

const block = new Int32Array(4);
const header = new Uint8Array(MAX_HEADER);
const plaintext = new Uint8Array(MAX_PAYLOAD + SAMPLE);

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/**
 * The frames of one Initial packet, decrypted as far as they are asked for. The bytes lie in one buffer for all packets:
 * they are valid until the next packet is opened.
 */
export interface OpenedPacket {
  readonly bytes: Uint8Array;
  readonly length: number;
  /** Decrypts at least the first `count` bytes. */
  decryptTo(count: number): void;
  /** The tag was there and right; false only where the capture cut the packet. */
  readonly authenticated: boolean;
}

class Opened implements OpenedPacket {
  readonly bytes = plaintext;
  readonly length: number;
  readonly authenticated: boolean;
  readonly #key: Int32Array;
  readonly #source: Uint8Array;
  readonly #start: number;
  readonly #nonce: readonly [number, number, number];
  #done = 0;

  constructor(
    key: Int32Array,
    nonce: readonly [number, number, number],
    source: Uint8Array,
    start: number,
    length: number,
    authenticated: boolean,
  ) {
    this.#key = key;
    this.#nonce = nonce;
    this.#source = source;
    this.#start = start;
    this.length = length;
    this.authenticated = authenticated;
  }

  decryptTo(count: number): void {
    const want = Math.min(count, this.length);
    const [a, b, c] = this.#nonce;
    while (this.#done < want) {
      // The first block of the counter makes the tag, NIST SP 800-38D §7.1.
      encryptBlock(this.#key, a, b, c, 2 + this.#done / 16, block);
      const stop = Math.min(16, this.length - this.#done);
      for (let index = 0; index < stop; index++) {
        const stream = block[index >> 2]! >>> (24 - 8 * (index & 3));
        plaintext[this.#done + index] = this.#source[this.#start + this.#done + index]! ^ stream;
      }
      this.#done += 16;
    }
  }
}

/**
 * Removes header protection (RFC 9001 §5.4) and checks the tag (§5.3) of the packet that begins at `start`, with its
 * packet number at `numberAt` and its end, by its own length field, at `packetEnd`. Undefined where the keys do not fit.
 *
 * Only bytes before `end` are read. A packet cut by the capture is opened without its tag. Checking costs about a third
 * of the whole (7 of 23 µs) and is what tells a wrong key, as after a Retry, from a right one.
 */
export function openInitial(
  keys: InitialKeys,
  bytes: Uint8Array,
  start: number,
  numberAt: number,
  packetEnd: number,
  end: number,
): OpenedPacket | undefined {
  const sample = numberAt + SAMPLE_OFFSET;
  if (sample + SAMPLE > Math.min(end, packetEnd)) return undefined;
  encryptBlock(
    keys.headerProtection,
    word(bytes, sample),
    word(bytes, sample + 4),
    word(bytes, sample + 8),
    word(bytes, sample + 12),
    block,
  );
  const first = bytes[start]! ^ ((block[0]! >>> 24) & 0x0f);
  // RFC 9000 §17.2: the reserved bits are zero once protection is removed.
  if ((first & 0x0c) !== 0) return undefined;
  const numberLength = (first & 3) + 1;
  const payload = numberAt + numberLength;
  if (payload - start > MAX_HEADER || packetEnd - payload > MAX_PAYLOAD || packetEnd - payload < TAG) return undefined;
  // An Initial's number is small, so its shortened form is the number itself (RFC 9000 §17.1).
  let number = 0;
  for (let index = 0; index < numberLength; index++) {
    number = (number << 8) | (bytes[numberAt + index]! ^ ((block[0]! >>> (16 - 8 * index)) & 0xff));
    if (index === 3) number = (number & ~0xff) | (bytes[numberAt + 3]! ^ (block[1]! >>> 24));
  }
  const nonce = [word(keys.iv, 0), word(keys.iv, 4), word(keys.iv, 8) ^ number] as const;
  const whole = packetEnd <= end;
  if (whole) {
    header.set(bytes.subarray(start, payload));
    header[0] = first;
    for (let index = 0; index < numberLength; index++) {
      header[numberAt - start + index] = number >>> (8 * (numberLength - 1 - index));
    }
    const hash = ghash(keys.hashKey, header.subarray(0, payload - start), bytes, payload, packetEnd - TAG);
    encryptBlock(keys.key, nonce[0], nonce[1], nonce[2], 1, block);
    for (let index = 0; index < 4; index++) {
      if ((hash[index]! ^ block[index]!) !== word(bytes, packetEnd - TAG + 4 * index)) return undefined;
    }
  }
  const length = Math.min(end, packetEnd - TAG) - payload;
  return length < 0 ? undefined : new Opened(keys.key, nonce, bytes, payload, length, whole);
}
