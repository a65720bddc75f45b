// Fields of QUIC long headers (RFC 9000 §17.2) and, of a client's first packets, the handshake inside: its keys follow
// from the packet itself, and what is decrypted lies byte for byte where the ciphertext does, so every field points into
// the frame.

import { looksLikeQuicLong, parseLongHeader, type QuicLongHeader } from '../quic.ts';
import { canDecrypt, deriveInitialKeys, openInitial, QUIC_VERSION } from '../quic-crypto.ts';
import { isDecodeError } from '../result.ts';
import { QUIC_FRAMES, QUIC_VERSIONS } from './codes.ts';
import { hex, named, type Piece, type Scan, yesNo } from './scan.ts';
import { handshake } from './tls.ts';

const MAX_PACKETS = 8;
const MAX_FRAMES = 512;
const MAX_PIECES = 128;
const MAX_CRYPTO = 16_384;
const TAG = 16;
const RETRY_TAG = 16;
const FRAME = { padding: 0, ping: 1, ack: 2, ackEcn: 3, crypto: 6, close: 0x1c } as const;
const KINDS: Readonly<Record<number, string>> = { 0: 'Initial', 1: '0-RTT', 2: 'Handshake', 3: 'Retry' };
const KINDS_V2: Readonly<Record<number, string>> = { 0: 'Retry', 1: 'Initial', 2: '0-RTT', 3: 'Handshake' };

/** A long header of a version that is known, or a Version Negotiation packet. */
export function looksLikeQuic(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 7 || bytes[start]! < 0x80) return false;
  const header = parseLongHeader(bytes, start, end);
  if (isDecodeError(header) || header.type === 'unknown') return false;
  if (header.type === 'version-negotiation') return header.dcidLength <= 20 && header.scidLength <= 20;
  return looksLikeQuicLong(bytes, start, end);
}

export function quicFields(scan: Scan): void {
  for (let packets = 0; packets < MAX_PACKETS && scan.left > 0 && !scan.full; packets++) {
    if (!looksLikeQuic(scan.bytes, scan.at, scan.end)) break;
    const header = parseLongHeader(scan.bytes, scan.at, scan.end);
    if (isDecodeError(header)) break;
    packet(scan, header);
  }
  if (scan.left > 0) scan.blob('blockscope.quic.rest', scan.left);
}

function packet(scan: Scan, header: QuicLongHeader): void {
  const start = scan.at;
  const node = scan.open('quic', header.end - start, header.type);
  const v2 = header.version === QUIC_VERSION.V2;
  node.bits('quic.header_form', start, 1, 0x80, yesNo);
  if (header.version !== 0) {
    node.bits('quic.fixed_bit', start, 1, 0x40, yesNo);
    if (v2) node.bits('quic.long.packet_type_v2', start, 1, 0x30, named(KINDS_V2));
    else node.bits('quic.long.packet_type', start, 1, 0x30, named(KINDS));
  }
  node.at += 1;
  node.uint('quic.version', 4, named(QUIC_VERSIONS, 4));
  node.uint('quic.dcil', 1);
  if (header.dcidLength > 0) node.blob('quic.dcid', header.dcidLength);
  node.uint('quic.scil', 1);
  if (header.scidLength > 0) node.blob('quic.scid', header.scidLength);
  if (header.type === 'version-negotiation') {
    while (node.left >= 4 && !node.full) node.uint('quic.supported_version', 4, named(QUIC_VERSIONS, 4));
  } else if (header.type === 'retry') {
    if (node.left > RETRY_TAG) node.blob('quic.retry_token', node.left - RETRY_TAG);
    if (node.left > 0) node.blob('quic.retry_integrity_tag', node.left);
  } else {
    if (header.type === 'initial') {
      varint(node, 'quic.token_length');
      if (header.tokenLength > 0) node.blob('quic.token', header.tokenLength);
    }
    varint(node, 'quic.length');
    if (header.type === 'initial') initial(node, header, start);
    if (node.left > 0) node.blob('quic.payload', node.left);
  }
}

type VarintName =
  | 'quic.token_length'
  | 'quic.length'
  | 'quic.crypto.offset'
  | 'quic.crypto.length'
  | 'quic.cc.error_code';

/** RFC 9000 §16; -1 where it is not all here. */
function varint(node: Scan, name: VarintName | null): number {
  if (!node.has(1)) return -1;
  const width = 1 << (node.peek(0) >> 6);
  if (!node.has(width)) return -1;
  let value = node.peek(0) & 0x3f;
  for (let index = 1; index < width; index++) value = value * 256 + node.peek(index);
  if (name !== null) node.add(name, node.at, width, String(value), value);
  node.at += width;
  return value;
}

/** The frames of a client's Initial, in a copy of the frame in which the payload is decrypted. */
function initial(node: Scan, header: QuicLongHeader, start: number): void {
  if (!canDecrypt(header.version)) return;
  const id = node.bytes.subarray(header.dcid, header.dcid + header.dcidLength);
  const keys = deriveInitialKeys(header.version, id, true);
  if (keys === undefined) return;
  const opened = openInitial(keys, node.bytes, start, header.packetNumber, header.end, node.end);
  if (opened === undefined) return;
  opened.decryptTo(opened.length);
  const from = Math.min(node.end, header.end - TAG) - opened.length;
  const clear = node.bytes.slice();
  clear.set(opened.bytes.subarray(0, opened.length), from);
  node.at = from;
  const inner = node.open('blockscope.quic.decrypted', opened.length);
  frames(inner.over(clear, from, from + opened.length, null), inner);
}

/** RFC 9000 §19, those that an Initial may have (§12.4). */
function frames(scan: Scan, plain: Scan): void {
  const pieces: (Piece & { readonly offset: number })[] = [];
  for (let count = 0; count < MAX_FRAMES && scan.left > 0 && !scan.full; count++) {
    const type = scan.peek(0);
    const node = scan.openRest('quic.frame', QUIC_FRAMES[type] ?? hex(1)(type));
    node.uint('quic.frame_type', 1, named(QUIC_FRAMES));
    let known = true;
    if (type === FRAME.padding) {
      while (node.left > 0 && node.peek(0) === 0) node.at++;
    } else if (type === FRAME.ack || type === FRAME.ackEcn) known = acknowledged(node, type === FRAME.ackEcn);
    else if (type === FRAME.crypto) {
      const offset = varint(node, 'quic.crypto.offset');
      const length = varint(node, 'quic.crypto.length');
      known = offset >= 0 && length >= 0;
      const there = Math.min(length, node.left);
      if (known && there > 0) {
        if (pieces.length < MAX_PIECES && offset < MAX_CRYPTO) {
          pieces.push({ offset, at: 0, frame: node.at, length: Math.min(there, MAX_CRYPTO - offset) });
        }
        node.blob('quic.crypto.crypto_data', there);
        if (there < length) known = false;
      }
    } else if (type === FRAME.close) {
      varint(node, 'quic.cc.error_code');
      known = false;
    } else known = type === FRAME.ping;
    if (!known) node.at = node.end;
    scan.close(node);
    if (!known) break;
  }
  crypto(scan, pieces, plain);
}

/** RFC 9000 §19.3: each further range is two numbers. */
function acknowledged(node: Scan, ecn: boolean): boolean {
  varint(node, null);
  varint(node, null);
  const ranges = varint(node, null);
  let numbers = 1 + 2 * Math.min(ranges, node.left) + (ecn ? 3 : 0);
  while (ranges >= 0 && numbers > 0 && varint(node, null) >= 0) numbers--;
  return numbers === 0;
}

/** The handshake message in the CRYPTO frames of this packet: browsers cut it into pieces and shuffle them. */
function crypto(scan: Scan, found: readonly (Piece & { offset: number })[], plain: Scan): void {
  const pieces: Piece[] = [];
  let length = 0;
  for (const piece of found.toSorted((a, b) => a.offset - b.offset)) {
    if (piece.offset > length) break;
    const skip = length - piece.offset;
    if (skip >= piece.length) continue;
    pieces.push({ at: length, frame: piece.frame + skip, length: piece.length - skip });
    length += piece.length - skip;
  }
  if (length < 4) return;
  const bytes = new Uint8Array(length);
  for (const piece of pieces) bytes.set(scan.bytes.subarray(piece.frame, piece.frame + piece.length), piece.at);
  const message = plain.over(bytes, 0, length, pieces);
  plain.into.value = handshake(message);
}
