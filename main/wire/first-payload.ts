// What the first payload of a connection looks like to a filter: as which protocol its form gives it away, and whether it
// is let pass by one that drops what is like no known protocol, Algorithm 1 of Wu et al., "How the Great Firewall of China
// Detects and Blocks Fully Encrypted Traffic" (USENIX Security 2023).
//
// Recognised is only what a message proves by more than one field. What hides (obfs4, Shadowsocks, MTProto's obfuscated
// transport) is random to the last byte and has a shape, no name; Tor looks like any TLS, and its made-up server names like
// other names until there are several (main/observe/invented-names.ts).

/** Protocols of tunnels and shells that their first message gives away. */
export type TunnelProtocol = 'wireguard' | 'openvpn' | 'ike' | 'l2tp' | 'ssh';

export interface PayloadShape {
  readonly protocol: TunnelProtocol | null;
  readonly length: number;
  /** Bits set for each byte: 4 in what is random. */
  readonly bitsPerByte: number;
  readonly printableShare: number;
  readonly longestPrintable: number;
  /** Something in it exempts it: text, a tilt of its bits, or the beginning of TLS or HTTP. */
  readonly isExempt: boolean;
}

const LEAST_BITS = 3.4;
const MOST_BITS = 4.6;
const LEADING_PRINTABLE = 6;
const LONGEST_RUN = 20;
const PRINTABLE_SHARE = 0.5;
/** The beginning is what is looked at; more says no more. */
const MAX_LENGTH = 1_460;

/** Bits set in each byte. */
const BITS = Uint8Array.from({ length: 256 }, (_, byte) => {
  let count = 0;
  for (let rest = byte; rest > 0; rest &= rest - 1) count++;
  return count;
});

export function payloadShape(bytes: Uint8Array, start: number, end: number): PayloadShape {
  const stop = Math.min(end, start + MAX_LENGTH);
  const length = stop - start;
  let bits = 0;
  let printable = 0;
  let run = 0;
  let longest = 0;
  let leading = 0;
  for (let at = start; at < stop; at++) {
    const byte = bytes[at]!;
    bits += BITS[byte]!;
    if (byte >= 0x20 && byte <= 0x7e) {
      printable++;
      run++;
      if (run > longest) longest = run;
      if (run === at - start + 1) leading = run;
    } else run = 0;
  }
  const bitsPerByte = length === 0 ? 0 : bits / length;
  const printableShare = length === 0 ? 0 : printable / length;
  const isExempt =
    length === 0 ||
    bitsPerByte <= LEAST_BITS ||
    bitsPerByte >= MOST_BITS ||
    leading >= LEADING_PRINTABLE ||
    longest > LONGEST_RUN ||
    printableShare > PRINTABLE_SHARE ||
    isTls(bytes, start, stop);
  const protocol = streamProtocol(bytes, start, end);
  return { protocol, length: end - start, bitsPerByte, printableShare, longestPrintable: longest, isExempt };
}

/** A record of handshake or data of any version; HTTP begins with six printable bytes and more. */
function isTls(bytes: Uint8Array, start: number, end: number): boolean {
  const type = bytes[start];
  return end - start >= 3 && (type === 0x16 || type === 0x17) && bytes[start + 1] === 3 && bytes[start + 2]! <= 9;
}

const SSH = [0x53, 0x53, 0x48, 0x2d];

/** Of the first payload of a TCP connection. */
export function streamProtocol(bytes: Uint8Array, start: number, end: number): TunnelProtocol | null {
  // RFC 4253 §4.2: SSH-2.0- or SSH-1.99-
  if (end - start >= 8 && SSH.every((byte, at) => bytes[start + at] === byte)) return 'ssh';
  // Behind two bytes of length
  const isFramed = end - start > 2 && ((bytes[start]! << 8) | bytes[start + 1]!) === end - start - 2;
  return isFramed && isOpenVpn(bytes, start + 2, end) ? 'openvpn' : null;
}

/** Of the first datagram of a conversation, which begins one of these protocols. */
export function datagramProtocol(bytes: Uint8Array, start: number, end: number): TunnelProtocol | null {
  if (isWireGuard(bytes, start, end)) return 'wireguard';
  if (isOpenVpn(bytes, start, end)) return 'openvpn';
  // Over port 4500 behind four zeros (RFC 3948 §2.2)
  const isMarked = end - start > 4 && isZero(bytes, start, start + 4);
  if (isIke(bytes, isMarked ? start + 4 : start, end)) return 'ike';
  return isL2tp(bytes, start, end) ? 'l2tp' : null;
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] !== 0) return false;
  return true;
}

/** Handshake initiation (WireGuard whitepaper §5.4.2): type 1, three reserved zeros, 148 bytes. */
function isWireGuard(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === 148 && bytes[start] === 1 && isZero(bytes, start + 1, start + 4);
}

/** Bytes of the HMAC of tls-auth: MD5, SHA-1, SHA-256, SHA-512. */
const HMACS = [16, 20, 32, 64];
/** P_CONTROL_HARD_RESET_CLIENT_V2 and _V3 with key 0. */
const HARD_RESETS = [0x38, 0x50];

/**
 * The first packet of an OpenVPN client: opcode, session, then as it is (no acknowledgements, packet 0), or with the HMAC
 * of tls-auth and a replay number before that, or the replay number first and all else encrypted (tls-crypt).
 */
function isOpenVpn(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length < 14 || !HARD_RESETS.includes(bytes[start]!) || isZero(bytes, start + 1, start + 9)) return false;
  if (length === 14) return isZero(bytes, start + 9, end);
  const isFirst = (at: number): boolean => isZero(bytes, at, at + 3) && bytes[at + 3] === 1;
  // Replay number 1, then the time
  if (HMACS.some((hmac) => length === 22 + hmac && isFirst(start + 9 + hmac) && isZero(bytes, end - 5, end)))
    return true;
  // A client's own key is behind it in the second version of tls-crypt
  const isLongEnough = bytes[start] === 0x50 ? length > 54 : length === 54;
  return isLongEnough && isFirst(start + 9);
}

/** RFC 7296 §3.1, RFC 2408 §3.1: a number of the initiator, none of the responder yet, the length of the whole. */
function isIke(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 28 || isZero(bytes, start, start + 8) || !isZero(bytes, start + 8, start + 16)) return false;
  const version = bytes[start + 17]!;
  const exchange = bytes[start + 18]!;
  const isFirst = version === 0x20 ? exchange === 34 : version === 0x10 && (exchange === 2 || exchange === 4);
  const length = (bytes[start + 26]! << 8) | bytes[start + 27]!;
  return isFirst && isZero(bytes, start + 20, start + 26) && length === end - start;
}

/** RFC 2661 §3.1, §6.1: a control message with length and numbers, of tunnel 0, whose first attribute says 1. */
function isL2tp(bytes: Uint8Array, start: number, end: number): boolean {
  const length = (bytes[start + 2]! << 8) | bytes[start + 3]!;
  return (
    end - start >= 20 &&
    bytes[start] === 0xc8 &&
    bytes[start + 1] === 2 &&
    length === end - start &&
    isZero(bytes, start + 4, start + 12) &&
    bytes[start + 12] === 0x80 &&
    bytes[start + 13] === 8 &&
    isZero(bytes, start + 14, start + 19) &&
    bytes[start + 19] === 1
  );
}
