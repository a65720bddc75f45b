// Telegram's transports as they look from outside, and the test of a censor for traffic that looks like nothing at all.
// First bytes as in "MTProto transports" (core.telegram.org); nothing here is claimed beyond what bytes can show.

export type FirstPayload =
  /** Tag 0xef. One byte is thin evidence: call it Telegram only with a Telegram address. */
  | 'abridged'
  /** Tag 0xeeeeeeee. */
  | 'intermediate'
  /** Tag 0xdddddddd. */
  | 'padded-intermediate'
  /** Length, then sequence number 0. */
  | 'full'
  /** No structure seen in 64 bytes or more. obfuscated2 looks like this, as do Shadowsocks and others. */
  | 'obfuscated-or-random'
  | 'other';

const OBFUSCATED_HEADER = 64;
/** Length, sequence number and CRC-32 around a message of at least an authorisation key, id and length. */
const MIN_FULL = 12;

function tagged(bytes: Uint8Array, start: number, end: number, tag: number): boolean {
  if (end - start < 4) return false;
  for (let index = 0; index < 4; index++) if (bytes[start + index] !== tag) return false;
  return true;
}

function u32le(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** What the first payload a client sends on a TCP connection may be. */
export function classifyFirstPayload(bytes: Uint8Array, start: number, end: number): FirstPayload {
  const length = end - start;
  if (tagged(bytes, start, end, 0xee)) return 'intermediate';
  if (tagged(bytes, start, end, 0xdd)) return 'padded-intermediate';
  if (length >= MIN_FULL && u32le(bytes, start + 4) === 0) {
    const declared = u32le(bytes, start);
    // The client's first message is a small key request, a multiple of four bytes, sent whole.
    if (declared >= MIN_FULL && declared % 4 === 0 && declared <= length) return 'full';
  }
  if (length >= 2 && bytes[start] === 0xef && abridgedLength(bytes, start, end)) return 'abridged';
  if (length >= OBFUSCATED_HEADER && fullyEncrypted(bytes, start, end).blockable) return 'obfuscated-or-random';
  return 'other';
}

/** Behind the tag stands the message's length in words, in one byte, or in three behind 0x7f. */
function abridgedLength(bytes: Uint8Array, start: number, end: number): boolean {
  const short = bytes[start + 1]!;
  if (short < 0x7f) return short > 0 && start + 2 + 4 * short <= end;
  if (short > 0x7f || end - start < 5) return false;
  const words = bytes[start + 2]! | (bytes[start + 3]! << 8) | (bytes[start + 4]! << 16);
  return words >= 0x7f && start + 5 + 4 * words <= end;
}

/** The numbers that the test of fully encrypted traffic looks at (Wu et al., USENIX Security 2023, Algorithm 1). */
export interface FullyEncryptedTest {
  /** Set bits for each byte; 3.4 or less, 4.6 or more is exempt. */
  readonly bitsPerByte: number;
  /** Printable bytes (0x20 to 0x7e) at the beginning, counted up to 6; 6 is exempt. */
  readonly printablePrefix: number;
  /** More than a half is exempt. */
  readonly printableFraction: number;
  /** More than 20 is exempt. */
  readonly longestPrintableRun: number;
  /** Begins as TLS or HTTP: exempt. */
  readonly knownProtocol: boolean;
  /** No exemption holds: such a censor may block it. */
  readonly blockable: boolean;
}

/** One packet's worth decides. */
const MAX_EXAMINED = 1500;
const HTTP_STARTS = ['GET ', 'PUT ', 'POST ', 'HEAD '];

function isPrintable(byte: number): boolean {
  return byte >= 0x20 && byte <= 0x7e;
}

function popcount(byte: number): number {
  byte -= (byte >> 1) & 0x55;
  byte = (byte & 0x33) + ((byte >> 2) & 0x33);
  return (byte + (byte >> 4)) & 0x0f;
}

function startsAsKnownProtocol(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length >= 3 && (bytes[start] === 0x16 || bytes[start] === 0x17)) {
    if (bytes[start + 1] === 3 && bytes[start + 2]! <= 0x0f) return true;
  }
  return HTTP_STARTS.some((text) => {
    if (length < text.length) return false;
    for (let index = 0; index < text.length; index++) {
      if (bytes[start + index] !== text.charCodeAt(index)) return false;
    }
    return true;
  });
}

export function fullyEncrypted(bytes: Uint8Array, start: number, end: number): FullyEncryptedTest {
  const stop = Math.min(end, start + MAX_EXAMINED);
  const length = stop - start;
  let bits = 0;
  let printable = 0;
  let run = 0;
  let longestPrintableRun = 0;
  let printablePrefix = 0;
  for (let at = start; at < stop; at++) {
    const byte = bytes[at]!;
    bits += popcount(byte);
    if (isPrintable(byte)) {
      printable++;
      run++;
      if (run > longestPrintableRun) longestPrintableRun = run;
      if (printablePrefix === at - start && printablePrefix < 6) printablePrefix++;
    } else {
      run = 0;
    }
  }
  const bitsPerByte = length > 0 ? bits / length : 0;
  const printableFraction = length > 0 ? printable / length : 0;
  const knownProtocol = startsAsKnownProtocol(bytes, start, stop);
  const blockable =
    length > 0 &&
    bitsPerByte > 3.4 &&
    bitsPerByte < 4.6 &&
    printablePrefix < 6 &&
    printableFraction <= 0.5 &&
    longestPrintableRun <= 20 &&
    !knownProtocol;
  return { bitsPerByte, printablePrefix, printableFraction, longestPrintableRun, knownProtocol, blockable };
}

const CALL_MARK = 12;
const MIN_CALL = 40;
/** The mark follows a peer tag of 16 bytes; looked for a little further for other versions. */
const MAX_CALL_OFFSET = 32;

/**
 * Datagram of a Telegram call through a relay: exactly twelve bytes of 0xff behind a short tag, 40 bytes or more (as
 * nDPI recognises it). Says something only together with the port (500 to 600) or a Telegram address.
 */
export function looksLikeTelegramCall(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < MIN_CALL) return false;
  const limit = Math.min(end, start + MAX_CALL_OFFSET + CALL_MARK + 1);
  let run = 0;
  for (let at = start; at < limit; at++) {
    if (bytes[at] === 0xff) run++;
    else if (run === CALL_MARK) return true;
    else run = 0;
  }
  return false;
}
