// AES-128, encryption of single blocks (FIPS 197), and the hash of GCM (NIST SP 800-38D §6.4), by tables. What QUIC
// Initial packets need, and nothing secret: see sha256.ts.

const SBOX = new Uint8Array(256);
/** MixColumns of a substituted byte, for each of its four places in a column. */
const T0 = new Int32Array(256);
const T1 = new Int32Array(256);
const T2 = new Int32Array(256);
const T3 = new Int32Array(256);

/** Multiplication by x in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1. */
const double = (byte: number): number => ((byte << 1) ^ (byte >= 0x80 ? 0x11b : 0)) & 0xff;

{
  // 3 generates the field and 0xf6 is its inverse: p and q run through all pairs of inverse elements.
  let p = 1;
  let q = 1;
  do {
    p = p ^ double(p);
    q ^= q << 1;
    q ^= q << 2;
    q ^= q << 4;
    q &= 0xff;
    if (q & 0x80) q ^= 0x09;
    const rotated = q ^ ((q << 1) | (q >> 7)) ^ ((q << 2) | (q >> 6)) ^ ((q << 3) | (q >> 5)) ^ ((q << 4) | (q >> 4));
    SBOX[p] = (rotated ^ 0x63) & 0xff;
  } while (p !== 1);
  SBOX[0] = 0x63;
  for (let byte = 0; byte < 256; byte++) {
    const s = SBOX[byte]!;
    const s2 = double(s);
    const column = (s2 << 24) | (s << 16) | (s << 8) | (s2 ^ s);
    T0[byte] = column;
    T1[byte] = (column >>> 8) | (column << 24);
    T2[byte] = (column >>> 16) | (column << 16);
    T3[byte] = (column >>> 24) | (column << 8);
  }
}

/** The eleven round keys as 44 words, FIPS 197 §5.2. */
export function expandKey(key: Uint8Array): Int32Array {
  const words = new Int32Array(44);
  for (let index = 0; index < 4; index++) words[index] = word(key, 4 * index);
  let constant = 1;
  for (let index = 4; index < 44; index++) {
    let value = words[index - 1]!;
    if (index % 4 === 0) {
      value =
        (SBOX[(value >>> 16) & 0xff]! << 24) |
        (SBOX[(value >>> 8) & 0xff]! << 16) |
        (SBOX[value & 0xff]! << 8) |
        SBOX[value >>> 24]!;
      value ^= constant << 24;
      constant = double(constant);
    }
    words[index] = words[index - 4]! ^ value;
  }
  return words;
}

/** Encrypts the block (w0, w1, w2, w3) into `out`. */
export function encryptBlock(keys: Int32Array, w0: number, w1: number, w2: number, w3: number, out: Int32Array): void {
  let a = w0 ^ keys[0]!;
  let b = w1 ^ keys[1]!;
  let c = w2 ^ keys[2]!;
  let d = w3 ^ keys[3]!;
  for (let key = 4; key < 40; key += 4) {
    const na = T0[a >>> 24]! ^ T1[(b >>> 16) & 255]! ^ T2[(c >>> 8) & 255]! ^ T3[d & 255]! ^ keys[key]!;
    const nb = T0[b >>> 24]! ^ T1[(c >>> 16) & 255]! ^ T2[(d >>> 8) & 255]! ^ T3[a & 255]! ^ keys[key + 1]!;
    const nc = T0[c >>> 24]! ^ T1[(d >>> 16) & 255]! ^ T2[(a >>> 8) & 255]! ^ T3[b & 255]! ^ keys[key + 2]!;
    const nd = T0[d >>> 24]! ^ T1[(a >>> 16) & 255]! ^ T2[(b >>> 8) & 255]! ^ T3[c & 255]! ^ keys[key + 3]!;
    a = na;
    b = nb;
    c = nc;
    d = nd;
  }
  out[0] = lastRound(a, b, c, d) ^ keys[40]!;
  out[1] = lastRound(b, c, d, a) ^ keys[41]!;
  out[2] = lastRound(c, d, a, b) ^ keys[42]!;
  out[3] = lastRound(d, a, b, c) ^ keys[43]!;
}

function lastRound(a: number, b: number, c: number, d: number): number {
  return (SBOX[a >>> 24]! << 24) | (SBOX[(b >>> 16) & 255]! << 16) | (SBOX[(c >>> 8) & 255]! << 8) | SBOX[d & 255]!;
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/** What eight coefficients shifted out below come back as: x^128 = x^7 + x^2 + x + 1, bits reflected. */
const REDUCTION = new Int32Array(256);
for (let byte = 0; byte < 256; byte++) {
  for (let bit = 0; bit < 8; bit++) if (byte & (0x80 >> bit)) REDUCTION[byte]! ^= 0xe1000000 >>> bit;
}

/** The multiples of H by every byte, four words each. One for all keys: rebuilt for each message. */
const multiples = new Int32Array(1024);

function buildMultiples(h: Int32Array): void {
  multiples.fill(0, 0, 4);
  let [a, b, c, d] = [h[0]!, h[1]!, h[2]!, h[3]!];
  for (let power = 128; power > 0; power >>= 1) {
    const at = 4 * power;
    multiples[at] = a;
    multiples[at + 1] = b;
    multiples[at + 2] = c;
    multiples[at + 3] = d;
    const out = d & 1;
    d = (d >>> 1) | (c << 31);
    c = (c >>> 1) | (b << 31);
    b = (b >>> 1) | (a << 31);
    a = (a >>> 1) ^ (out ? 0xe1000000 : 0);
  }
  for (let power = 8; power < 1024; power <<= 1) {
    const [pa, pb, pc, pd] = [multiples[power]!, multiples[power + 1]!, multiples[power + 2]!, multiples[power + 3]!];
    for (let low = 4; low < power; low += 4) {
      const at = power + low;
      multiples[at] = pa ^ multiples[low]!;
      multiples[at + 1] = pb ^ multiples[low + 1]!;
      multiples[at + 2] = pc ^ multiples[low + 2]!;
      multiples[at + 3] = pd ^ multiples[low + 3]!;
    }
  }
}

const hash = new Int32Array(4);

const lastBlock = new Uint8Array(16);

function absorb(bytes: Uint8Array, start: number, end: number): void {
  let at = start;
  for (; end - at >= 16; at += 16) absorbBlock(bytes, at);
  if (at === end) return;
  lastBlock.fill(0);
  lastBlock.set(bytes.subarray(at, end));
  absorbBlock(lastBlock, 0);
}

/** hash = (hash + block) · H, from the last byte to the first. */
function absorbBlock(bytes: Uint8Array, at: number): void {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let index = 3; index >= 0; index--) {
    const value = hash[index]! ^ word(bytes, at + 4 * index);
    for (let shift = 0; shift < 32; shift += 8) {
      const multiple = ((value >>> shift) & 255) << 2;
      const out = d & 255;
      d = ((d >>> 8) | (c << 24)) ^ multiples[multiple + 3]!;
      c = ((c >>> 8) | (b << 24)) ^ multiples[multiple + 2]!;
      b = ((b >>> 8) | (a << 24)) ^ multiples[multiple + 1]!;
      a = (a >>> 8) ^ REDUCTION[out]! ^ multiples[multiple]!;
    }
  }
  hash[0] = a;
  hash[1] = b;
  hash[2] = c;
  hash[3] = d;
}

function putLength(at: number, bytes: number): void {
  lastBlock[at] = bytes >>> 21;
  lastBlock[at + 1] = bytes >>> 13;
  lastBlock[at + 2] = bytes >>> 5;
  lastBlock[at + 3] = bytes << 3;
}

/** GHASH under `h` of the additional data and then the ciphertext at [start, end) of `bytes`; valid until called again. */
export function ghash(
  h: Int32Array,
  additional: Uint8Array,
  bytes: Uint8Array,
  start: number,
  end: number,
): Int32Array {
  buildMultiples(h);
  hash.fill(0);
  absorb(additional, 0, additional.length);
  absorb(bytes, start, end);
  // The lengths in bits, 64 bits each: packets are short.
  lastBlock.fill(0);
  putLength(4, additional.length);
  putLength(12, end - start);
  absorbBlock(lastBlock, 0);
  return hash;
}
