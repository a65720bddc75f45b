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

function text(length: number): string {
  return String.fromCharCode.apply(null, draft.subarray(0, length) as unknown as number[]);
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

/** A DNS label, in which a dot is data and no separator: lower-cased, odd bytes escaped. */
export function labelText(bytes: Uint8Array, start: number, end: number): string {
  let length = 0;
  for (let at = start; at < end; at++) {
    const byte = lowerByte(bytes[at]!);
    length = put(length, byte, isHostnameByte(byte) && byte !== 0x2e);
  }
  return text(length);
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

/** The four bytes at `at`. */
export function ipv4Text(bytes: Uint8Array, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

/** The sixteen bytes at `at` in the one form of RFC 5952 §4: longest run of two or more zero groups shortened. */
export function ipv6Text(bytes: Uint8Array, at: number): string {
  const groups: number[] = [];
  for (let group = 0; group < 8; group++) groups.push((bytes[at + 2 * group]! << 8) | bytes[at + 2 * group + 1]!);
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
  if (bestStart === 0 && bestLength === 5 && groups[5] === 0xffff) return `::ffff:${ipv4Text(bytes, at + 12)}`;
  const hex = groups.map((group) => group.toString(16));
  if (bestStart < 0) return hex.join(':');
  return `${hex.slice(0, bestStart).join(':')}::${hex.slice(bestStart + bestLength).join(':')}`;
}
