// SHA-256 (FIPS 180-4 §6.2) and HMAC (RFC 2104) in plain TypeScript: deriving the keys of a QUIC flow takes a dozen
// compressions, and one call into a crypto library costs as much as all of them. For public data only: QUIC Initial
// keys follow from bytes on the wire and fingerprints from a hello, so there is no secret for timing to give away.

const BLOCK = 64;

/** The first 32 bits of the fractional parts of `root` of the first `count` primes, FIPS 180-4 §4.2.2 and §5.3.3. */
function primeFractions(count: number, root: (prime: number) => number): Int32Array {
  const words = new Int32Array(count);
  for (let prime = 2, found = 0; found < count; prime++) {
    let isPrime = true;
    for (let divisor = 2; divisor * divisor <= prime && isPrime; divisor++) isPrime = prime % divisor !== 0;
    if (isPrime) words[found++] = (root(prime) % 1) * 0x1_0000_0000;
  }
  return words;
}

const ROUND = primeFractions(64, Math.cbrt);
const INITIAL = primeFractions(8, Math.sqrt);

const schedule = new Int32Array(64);

function compress(state: Int32Array, bytes: Uint8Array, at: number): void {
  const w = schedule;
  for (let t = 0; t < 16; t++, at += 4) {
    w[t] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  }
  for (let t = 16; t < 64; t++) {
    const x = w[t - 15]!;
    const y = w[t - 2]!;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[t] = (w[t - 16]! + s0 + w[t - 7]! + s1) | 0;
  }
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let f = state[5]!;
  let g = state[6]!;
  let h = state[7]!;
  for (let t = 0; t < 64; t++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUND[t]! + w[t]!) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] = (state[0]! + a) | 0;
  state[1] = (state[1]! + b) | 0;
  state[2] = (state[2]! + c) | 0;
  state[3] = (state[3]! + d) | 0;
  state[4] = (state[4]! + e) | 0;
  state[5] = (state[5]! + f) | 0;
  state[6] = (state[6]! + g) | 0;
  state[7] = (state[7]! + h) | 0;
}

const tail = new Uint8Array(2 * BLOCK);
const working = new Int32Array(8);

/** Hashes [start, end) on from `state`, which `before` bytes led to (whole blocks), into a new digest. */
function finish(state: Int32Array, before: number, bytes: Uint8Array, start: number, end: number): Uint8Array {
  for (let word = 0; word < 8; word++) working[word] = state[word]!;
  let at = start;
  for (; end - at >= BLOCK; at += BLOCK) compress(working, bytes, at);
  const rest = end - at;
  const padded = rest < BLOCK - 8 ? BLOCK : 2 * BLOCK;
  for (let index = 0; index < rest; index++) tail[index] = bytes[at + index]!;
  tail[rest] = 0x80;
  for (let index = rest + 1; index < padded; index++) tail[index] = 0;
  const total = before + end - start;
  // The length in bits, of which 32 high bits are never needed beyond 2^35.
  tail[padded - 5] = Math.floor(total / 0x2000_0000);
  tail[padded - 4] = total >>> 21;
  tail[padded - 3] = total >>> 13;
  tail[padded - 2] = total >>> 5;
  tail[padded - 1] = total << 3;
  for (let block = 0; block < padded; block += BLOCK) compress(working, tail, block);
  const digest = new Uint8Array(32);
  for (let word = 0; word < 8; word++) {
    const value = working[word]!;
    digest[4 * word] = value >>> 24;
    digest[4 * word + 1] = value >>> 16;
    digest[4 * word + 2] = value >>> 8;
    digest[4 * word + 3] = value;
  }
  return digest;
}

export function sha256(bytes: Uint8Array): Uint8Array {
  return finish(INITIAL, 0, bytes, 0, bytes.length);
}

/** A key with its two padded blocks hashed already, as one key serves several messages. */
export interface HmacKey {
  readonly inner: Int32Array;
  readonly outer: Int32Array;
}

function paddedState(key: Uint8Array, pad: number): Int32Array {
  const block = new Uint8Array(BLOCK).fill(pad);
  for (let index = 0; index < key.length; index++) block[index]! ^= key[index]!;
  const state = INITIAL.slice();
  compress(state, block, 0);
  return state;
}

/** A key of at most 64 bytes: all of QUIC's are shorter. */
export function hmacKey(key: Uint8Array): HmacKey {
  return { inner: paddedState(key, 0x36), outer: paddedState(key, 0x5c) };
}

export function hmac(key: HmacKey, bytes: Uint8Array, start = 0, end = bytes.length): Uint8Array {
  return finish(key.outer, BLOCK, finish(key.inner, BLOCK, bytes, start, end), 0, 32);
}
