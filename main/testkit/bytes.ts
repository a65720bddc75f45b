// Small things that every builder of bytes needs, and the only source of randomness here: seeded, so that the same test
// makes the same capture on every run and machine.

export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.length;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export const u8 = (...values: number[]): Uint8Array => new Uint8Array(values);
export const u16 = (value: number): Uint8Array => new Uint8Array([value >>> 8, value]);
export const u24 = (value: number): Uint8Array => new Uint8Array([value >>> 16, value >>> 8, value]);
export const u32 = (value: number): Uint8Array => new Uint8Array([value >>> 24, value >>> 16, value >>> 8, value]);

const encoder = new TextEncoder();
export const ascii = (text: string): Uint8Array => encoder.encode(text);

export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** A vector of the TLS presentation language: its length, then its bytes (RFC 8446 §3.4). */
export const vector8 = (...parts: readonly Uint8Array[]): Uint8Array => prefixed(1, parts);
export const vector16 = (...parts: readonly Uint8Array[]): Uint8Array => prefixed(2, parts);
export const vector24 = (...parts: readonly Uint8Array[]): Uint8Array => prefixed(3, parts);

function prefixed(size: 1 | 2 | 3, parts: readonly Uint8Array[]): Uint8Array {
  const body = concat(...parts);
  return concat(size === 1 ? u8(body.length) : size === 2 ? u16(body.length) : u24(body.length), body);
}

/** Deterministic pseudo-random numbers (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number | string) {
    this.#state = typeof seed === 'number' ? seed >>> 0 : hash(seed);
  }

  /** 0 to 2^32 - 1. */
  word(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** 0 to limit - 1. */
  below(limit: number): number {
    return this.word() % limit;
  }

  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    for (let at = 0; at < count; at++) bytes[at] = this.word();
    return bytes;
  }
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of ascii(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value;
}
