// Text out of packets, made harmless: names and header values come from whoever sent them and end up in a window, a
// report or a terminal. Every byte outside the expected set becomes \ddd (RFC 1035 §5.1), so nothing is lost either.

const MAX_READ = 2048;
/** Text while it is put together: one string at the end costs a fraction of one for each character. */
const draft = new Uint8Array(4 * MAX_READ);

/** Appends a byte as it is or escaped, and answers the new length. */
function put(length: number, byte: number, plain: boolean): number {
  if (plain) {
    draft[length] = byte;
    return length + 1;
  }
  draft[length] = 0x5c;
  draft[length + 1] = 0x30 + Math.floor(byte / 100);
  draft[length + 2] = 0x30 + (Math.floor(byte / 10) % 10);
  draft[length + 3] = 0x30 + (byte % 10);
  return length + 4;
}

/** Texts made lately, by a hash of their bytes: a capture says the same names again and again. A slot each. */
const SLOTS = 4_096;
const TEXTS = new Array<string>(SLOTS).fill('');
/** Longer texts are no names. */
const MAX_KEPT = 256;

/** The draft as a string, the same object as last time where one was made of these bytes before. */
function text(length: number): string {
  if (length > MAX_KEPT) return String.fromCharCode.apply(null, draft.subarray(0, length) as unknown as number[]);
  let hash = length;
  for (let at = 0; at < length; at++) hash = Math.imul(hash ^ draft[at]!, 0x01000193);
  const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
  const known = TEXTS[slot]!;
  if (known.length === length) {
    let at = 0;
    while (at < length && known.charCodeAt(at) === draft[at]) at++;
    if (at === length) return known;
  }
  const made = String.fromCharCode.apply(null, draft.subarray(0, length) as unknown as number[]);
  TEXTS[slot] = made;
  return made;
}

function isHostnameByte(byte: number): boolean {
  return (
    (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x2e || byte === 0x5f
  );
}

/** Lower-cased in ASCII only: names beyond ASCII travel as punycode. */
export function lowerByte(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}

/** Appends a DNS label, in which a dot is data and no separator: lower-cased, odd bytes escaped. The new length. */
export function putLabel(length: number, bytes: Uint8Array, start: number, end: number): number {
  if (length > 0) draft[length++] = 0x2e;
  for (let at = start; at < end; at++) {
    const byte = lowerByte(bytes[at]!);
    length = put(length, byte, isHostnameByte(byte) && byte !== 0x2e);
  }
  return length;
}

/** The labels put together: one string at the end costs a fraction of one for each label. */
export function labelsText(length: number): string {
  return length === 0 ? '.' : text(length);
}

/** A hostname or address as sent in SNI or Host: lower-cased, odd bytes escaped. At most 2048 bytes are read. */
export function hostText(bytes: Uint8Array, start: number, end: number): string {
  const stop = Math.min(end, start + MAX_READ);
  let length = 0;
  for (let at = start; at < stop; at++) {
    const byte = lowerByte(bytes[at]!);
    length = put(length, byte, isHostnameByte(byte) || byte === 0x3a);
  }
  return text(length);
}

const MAX_HOSTNAME = 253;

/** Labels of letters, digits, hyphens and underscores, 1 to 63 bytes each, 253 in all (RFC 1123 §2.1). */
export function isHostname(name: string): boolean {
  return name.length <= MAX_HOSTNAME && /^[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*$/.test(name);
}

/** Printable ASCII as it is, all else escaped, at most `max` and 2048 bytes read. */
export function printableText(bytes: Uint8Array, start: number, end: number, max: number): string {
  const stop = Math.min(end, start + Math.min(max, MAX_READ));
  let length = 0;
  for (let at = start; at < stop; at++) {
    const byte = bytes[at]!;
    length = put(length, byte, byte >= 0x20 && byte < 0x7f && byte !== 0x5c);
  }
  return text(length);
}

/** UTF-8 meant for people; what steers a terminal or the writing direction is taken out. */
export function readableText(bytes: Uint8Array, start: number, end: number, max: number): string {
  const decoded = new TextDecoder().decode(bytes.subarray(start, Math.min(end, start + max)));
  return decoded.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '');
}

/** Texts of addresses, a slot each: most are of one that was asked for a moment ago. */
const ADDRESSES = 4_096;
const V4 = new Int32Array(ADDRESSES);
const V4_TEXTS = new Array<string>(ADDRESSES).fill('0.0.0.0');
const V6 = new Int32Array(ADDRESSES * 4);
const V6_TEXTS = new Array<string>(ADDRESSES).fill('::');
const OCTETS = Array.from({ length: 256 }, (_, octet) => `${octet}.`);

/** The four bytes at `at`. */
export function ipv4Text(bytes: Uint8Array, at: number): string {
  return ipv4TextOf(word(bytes, at));
}

/** Of the address as a number. */
export function ipv4TextOf(address: number): string {
  const slot = Math.imul(address, 0x9e3779b1) >>> 20;
  if (V4[slot] !== address) {
    V4[slot] = address;
    V4_TEXTS[slot] =
      OCTETS[address >>> 24]! + OCTETS[(address >>> 16) & 255]! + OCTETS[(address >>> 8) & 255]! + (address & 255);
  }
  return V4_TEXTS[slot]!;
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/** The sixteen bytes at `at`. */
export function ipv6Text(bytes: Uint8Array, at: number): string {
  return ipv6TextOf(word(bytes, at), word(bytes, at + 4), word(bytes, at + 8), word(bytes, at + 12));
}

/** Of the address as four numbers. */
export function ipv6TextOf(a: number, b: number, c: number, d: number): string {
  const mixed = Math.imul(Math.imul(Math.imul(a ^ 0x9e3779b1, 0x85ebca6b) ^ b, 0xc2b2ae35) ^ c, 0x27d4eb2f) ^ d;
  const slot = Math.imul(mixed, 0x9e3779b1) >>> 20;
  const w = slot << 2;
  if (V6[w] !== a || V6[w + 1] !== b || V6[w + 2] !== c || V6[w + 3] !== d) {
    V6[w] = a;
    V6[w + 1] = b;
    V6[w + 2] = c;
    V6[w + 3] = d;
    V6_TEXTS[slot] = writtenIpv6([a, b, c, d].flatMap((half) => [half >>> 16, half & 0xffff]));
  }
  return V6_TEXTS[slot]!;
}

/** The one form of RFC 5952 §4: longest run of two or more zero groups shortened. */
function writtenIpv6(groups: readonly number[]): string {
  let bestStart = -1;
  let bestLength = 1;
  for (let first = 0; first < 8; first++) {
    let length = 0;
    while (first + length < 8 && groups[first + length] === 0) length++;
    if (length > bestLength) {
      bestStart = first;
      bestLength = length;
    }
  }
  // RFC 5952 §5: an IPv4-mapped address keeps its dotted tail.
  if (bestStart === 0 && bestLength === 5 && groups[5] === 0xffff)
    return `::ffff:${ipv4TextOf((groups[6]! << 16) | groups[7]!)}`;
  const hex = groups.map((group) => group.toString(16));
  if (bestStart < 0) return hex.join(':');
  return `${hex.slice(0, bestStart).join(':')}::${hex.slice(bestStart + bestLength).join(':')}`;
}
