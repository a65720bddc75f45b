// QUIC as far as it is readable on the wire: long headers (RFC 9000 §17.2, RFC 8999 for versions not known, RFC 9369
// §3.2 for version 2) and the ClientHello inside Initial packets.

import {
  canDecrypt,
  deriveInitialKeys,
  type InitialKeys,
  type OpenedPacket,
  openInitial,
  QUIC_VERSION,
} from './quic-crypto.ts';
import { type DecodeError, isDecodeError, type Result } from './result.ts';
import { type ClientHello, parseClientHello } from './tls.ts';

export { QUIC_VERSION } from './quic-crypto.ts';

export type QuicPacketType = 'initial' | '0-rtt' | 'handshake' | 'retry' | 'version-negotiation' | 'unknown';

/** Offsets are absolute. What a type of packet has not is -1. */
export interface QuicLongHeader {
  readonly type: QuicPacketType;
  readonly version: number;
  readonly dcid: number;
  readonly dcidLength: number;
  readonly scid: number;
  readonly scidLength: number;
  readonly token: number;
  readonly tokenLength: number;
  /** Where the protected packet number begins. */
  readonly packetNumber: number;
  /** Behind the packet by its own length, which may be beyond what was captured; or the end of the datagram. */
  readonly end: number;
}

/** RFC 9000 §17.2 and, in the order of version 2, RFC 9369 §3.2. */
const TYPES: readonly QuicPacketType[] = ['initial', '0-rtt', 'handshake', 'retry'];
const TYPES_V2: readonly QuicPacketType[] = ['retry', 'initial', '0-rtt', 'handshake'];

const MAX_CONNECTION_ID = 20;

/** Cheap test of a datagram: a long header with the fixed bit (RFC 9000 §17.2) and connection IDs that fit. */
export function looksLikeQuicLong(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 7 || (bytes[start]! & 0xc0) !== 0xc0) return false;
  const dcidLength = bytes[start + 5]!;
  const scidAt = start + 6 + dcidLength;
  return dcidLength <= MAX_CONNECTION_ID && scidAt < end && bytes[scidAt]! <= MAX_CONNECTION_ID;
}

/** RFC 9000 §16; the value is cut to 53 bits, which only a malformed length exceeds. -1 where it is not all there. */
function varint(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return -1;
  const length = varintLength(bytes, at);
  if (end - at < length) return -1;
  let value = bytes[at]! & 0x3f;
  for (let index = 1; index < length; index++) value = value * 256 + bytes[at + index]!;
  return value;
}

function varintLength(bytes: Uint8Array, at: number): number {
  return 1 << (bytes[at]! >> 6);
}

function isKnown(version: number): boolean {
  // Drafts 23 to 34 have the header of version 1.
  return canDecrypt(version) || (version >= 0xff000017 && version <= 0xff000022);
}

/** The long header at `start` of a datagram that ends at `end`. */
export function parseLongHeader(bytes: Uint8Array, start: number, end: number): Result<QuicLongHeader> {
  const short = (at: number, needed: number): DecodeError => ({
    layer: 'quic',
    offset: at - start,
    needed,
    available: Math.max(0, end - at),
    limitedBy: 'record',
  });
  if (end - start < 7) return short(start, 7);
  const first = bytes[start]!;
  const malformed: DecodeError = { ...short(start, 1), limitedBy: 'length-field' };
  if (first < 0x80) return malformed;
  const version =
    ((bytes[start + 1]! << 24) | (bytes[start + 2]! << 16) | (bytes[start + 3]! << 8) | bytes[start + 4]!) >>> 0;
  const dcidLength = bytes[start + 5]!;
  const dcid = start + 6;
  const scid = dcid + dcidLength + 1;
  if (scid > end) return short(dcid, dcidLength + 1);
  const scidLength = bytes[scid - 1]!;
  const next = scid + scidLength;
  if (next > end) return short(scid, scidLength);
  const invariant = { version, dcid, dcidLength, scid, scidLength, token: -1, tokenLength: 0, packetNumber: -1, end };
  if (version === 0) return { ...invariant, type: 'version-negotiation' };
  if (!isKnown(version)) return { ...invariant, type: 'unknown' };
  if (dcidLength > MAX_CONNECTION_ID || scidLength > MAX_CONNECTION_ID) return malformed;
  const type = (version === QUIC_VERSION.V2 ? TYPES_V2 : TYPES)[(first >> 4) & 3]!;
  if (type === 'retry') return { ...invariant, type };

  let at = next;
  let token = -1;
  let tokenLength = 0;
  if (type === 'initial') {
    tokenLength = varint(bytes, at, end);
    if (tokenLength < 0) return short(at, 1);
    token = at + varintLength(bytes, at);
    at = token + tokenLength;
    if (at > end) return short(token, tokenLength);
  }
  const length = varint(bytes, at, end);
  if (length < 0) return short(at, 1);
  const packetNumber = at + varintLength(bytes, at);
  return { ...invariant, type, token, tokenLength, packetNumber, end: packetNumber + length };
}

const FRAME = {
  PADDING: 0x00,
  PING: 0x01,
  ACK: 0x02,
  ACK_ECN: 0x03,
  CRYPTO: 0x06,
  CONNECTION_CLOSE: 0x1c,
} as const; // RFC 9000 §12.4: these alone are allowed in an Initial.

const MAX_CRYPTO = 16384;
/** Chrome cuts its hello into a dozen shuffled frames. */
const MAX_PIECES = 128;
const MAX_PACKETS = 8;
/** Packets opened for each flow and direction: a hello takes one to three, retransmissions some more. */
const MAX_OPENED = 16;
const MAX_REFUSALS = 4;
const MIN_EXPANDED = 1200;
const MAX_FRAMES = 512;
const CLIENT_HELLO = 1;
const HANDSHAKE_HEADER = 4;

/** Bytes of the CRYPTO stream in any order, up to 16 KiB, first copy kept. */
class CryptoStream {
  bytes = new Uint8Array(2048);
  /** Pairs of begin and end, sorted, apart from each other. */
  #pieces: number[] = [];

  add(offset: number, from: Uint8Array, start: number, end: number): void {
    const stop = Math.min(offset + end - start, MAX_CRYPTO);
    if (stop <= offset) return;
    if (stop > this.bytes.length) {
      const larger = new Uint8Array(Math.min(MAX_CRYPTO, 2 ** Math.ceil(Math.log2(stop))));
      larger.set(this.bytes);
      this.bytes = larger;
    }
    const pieces = this.#pieces;
    let first = 0;
    while (first < pieces.length && pieces[first + 1]! < offset) first += 2;
    let last = first;
    let begin = offset;
    let finish = stop;
    let fill = offset;
    const put = (to: number): void => {
      if (to > fill) this.bytes.set(from.subarray(start + fill - offset, start + to - offset), fill);
    };
    while (last < pieces.length && pieces[last]! <= stop) {
      put(Math.min(pieces[last]!, stop));
      fill = Math.max(fill, pieces[last + 1]!);
      begin = Math.min(begin, pieces[last]!);
      finish = Math.max(finish, pieces[last + 1]!);
      last += 2;
    }
    put(stop);
    if (last === first && pieces.length >= 2 * MAX_PIECES) return;
    pieces.splice(first, last - first, begin, finish);
  }

  /** How much is there without a gap. */
  get contiguous(): number {
    return this.#pieces[0] === 0 ? this.#pieces[1]! : 0;
  }
}

/**
 * Follows the Initial packets of one flow until the client's ClientHello is known. Feed it datagrams in capture order;
 * it keeps no reference to them.
 */
export class QuicInitialReader {
  /** Of the client's latest Initial, or -1. */
  version = -1;
  clientHello: ClientHello | null = null;
  /** Initial packets that the client sent, opened or not. */
  clientInitials = 0;
  sawServerInitial = false;
  sawServerHandshake = false;
  sawRetry = false;
  sawVersionNegotiation = false;
  /** Versions the server offers in a Version Negotiation packet, at most 16. */
  offeredVersions: readonly number[] = [];
  /** Error code of a CONNECTION_CLOSE frame in an Initial, or -1; and who sent it. */
  closeCode = -1;
  closedByClient = false;
  /** Client Initials that no key fits: joined midway, damaged or forged. */
  unreadable = 0;

  #connectionId = new Uint8Array(0);
  #clientKeys: InitialKeys | undefined;
  #serverKeys: InitialKeys | undefined;
  #stream: CryptoStream | null = null;
  #opened = 0;
  #refusalsTried = 0;

  /** Nothing more is to be learnt of the client's hello. */
  get done(): boolean {
    return this.clientHello !== null && !this.clientHello.truncated;
  }

  /**
   * Reads one datagram with all packets coalesced in it (RFC 9000 §12.2). True when it completed the ClientHello. Only of
   * a datagram `cut` by the capture is a packet believed whose tag is missing.
   */
  feed(bytes: Uint8Array, start: number, end: number, fromClient: boolean, cut = false): boolean {
    const wasDone = this.done;
    let at = start;
    for (let packets = 0; packets < MAX_PACKETS && at < end; packets++) {
      if (bytes[at]! < 0x80) break;
      const header = parseLongHeader(bytes, at, end);
      if (isDecodeError(header) || (header.end > end && !cut)) break;
      if (fromClient) this.#fromClient(bytes, at, end, header);
      else this.#fromServer(bytes, at, end, header);
      at = header.end;
    }
    return this.done && !wasDone;
  }

  #fromClient(bytes: Uint8Array, start: number, end: number, header: QuicLongHeader): void {
    if (header.type === 'unknown' && this.version < 0) this.version = header.version;
    if (header.type !== 'initial') return;
    this.clientInitials++;
    if (this.done || !canDecrypt(header.version) || ++this.#opened > MAX_OPENED) {
      if (this.version < 0) this.version = header.version;
      return;
    }
    // Keys follow from the first connection ID and stay when the server chooses another. After a Retry or a Version
    // Negotiation, or when the true first packet was not captured, they follow from this packet's (RFC 9001 §5.2).
    let packet: OpenedPacket | undefined;
    if (this.#clientKeys !== undefined && header.version === this.version) {
      packet = openInitial(this.#clientKeys, bytes, start, header.packetNumber, header.end, end);
    }
    if (packet === undefined) {
      const connectionId = bytes.slice(header.dcid, header.dcid + header.dcidLength);
      const keys = deriveInitialKeys(header.version, connectionId, true)!;
      packet = openInitial(keys, bytes, start, header.packetNumber, header.end, end);
      if (packet !== undefined || this.#clientKeys === undefined) {
        this.version = header.version;
        this.#connectionId = connectionId;
        this.#clientKeys = keys;
        this.#serverKeys = undefined;
        this.#stream = null;
      }
    }
    if (packet === undefined) this.unreadable++;
    else this.#frames(packet, true);
  }

  #fromServer(bytes: Uint8Array, start: number, end: number, header: QuicLongHeader): void {
    switch (header.type) {
      case 'version-negotiation':
        this.sawVersionNegotiation = true;
        this.offeredVersions = versions(bytes, header.scid + header.scidLength, end);
        return;
      case 'retry':
        this.sawRetry = true;
        return;
      case 'handshake':
        this.sawServerHandshake = true;
        return;
      case 'initial':
        this.sawServerInitial = true;
        this.#refusal(bytes, start, end, header);
    }
  }

  /**
   * Looks for a CONNECTION_CLOSE. A server's datagram with a ServerHello is expanded to 1200 bytes (RFC 9000 §14.1), so
   * only shorter ones are worth opening.
   */
  #refusal(bytes: Uint8Array, start: number, end: number, header: QuicLongHeader): void {
    if (end - start >= MIN_EXPANDED || this.version < 0 || ++this.#refusalsTried > MAX_REFUSALS) return;
    this.#serverKeys ??= deriveInitialKeys(this.version, this.#connectionId, false);
    if (this.#serverKeys === undefined) return;
    const packet = openInitial(this.#serverKeys, bytes, start, header.packetNumber, header.end, end);
    if (packet !== undefined) this.#frames(packet, false);
  }

  /** RFC 9000 §19. Stops at the first frame that is not allowed here, and as soon as the hello is whole. */
  #frames(packet: OpenedPacket, fromClient: boolean): void {
    const { bytes, length } = packet;
    let at = 0;
    const number = (): number => {
      packet.decryptTo(at + 8);
      const value = varint(bytes, at, length);
      if (value >= 0) at += varintLength(bytes, at);
      return value;
    };
    for (let frames = 0; frames < MAX_FRAMES && at < length; frames++) {
      packet.decryptTo(at + 1);
      const type = bytes[at++]!;
      switch (type) {
        case FRAME.PADDING:
          // A run of it counts as one.
          for (; at < length; at++) {
            packet.decryptTo(at + 1);
            if (bytes[at] !== 0) break;
          }
          break;
        case FRAME.PING:
          break;
        case FRAME.ACK:
        case FRAME.ACK_ECN: {
          number();
          number();
          const ranges = number();
          number();
          // Each further range is two numbers of a byte or more.
          const numbers = 2 * Math.min(ranges, length) + (type === FRAME.ACK_ECN ? 3 : 0);
          if (ranges < 0) return;
          for (let index = 0; index < numbers; index++) if (number() < 0) return;
          break;
        }
        case FRAME.CRYPTO: {
          const offset = number();
          const size = number();
          if (offset < 0 || size < 0) return;
          const stop = Math.min(at + size, length);
          packet.decryptTo(stop);
          if (fromClient && this.#crypto(offset, bytes, at, stop)) return;
          at += size;
          break;
        }
        case FRAME.CONNECTION_CLOSE:
          if (this.closeCode < 0) {
            this.closeCode = number();
            this.closedByClient = fromClient;
          }
          return;
        default:
          return;
      }
    }
  }

  /** True when the hello is whole. */
  #crypto(offset: number, bytes: Uint8Array, start: number, end: number): boolean {
    this.#stream ??= new CryptoStream();
    const stream = this.#stream;
    stream.add(offset, bytes, start, end);
    const have = stream.contiguous;
    if (have < HANDSHAKE_HEADER || stream.bytes[0] !== CLIENT_HELLO) return false;
    const declared = (stream.bytes[1]! << 16) | (stream.bytes[2]! << 8) | stream.bytes[3]!;
    const here = Math.min(have, HANDSHAKE_HEADER + declared);
    if (here < HANDSHAKE_HEADER + declared && have < MAX_CRYPTO) return false;
    this.clientHello = parseClientHello(stream.bytes, HANDSHAKE_HEADER, here, declared);
    this.#stream = null;
    return true;
  }

  /** What there is of a hello that did not arrive whole, for when nothing more can come. */
  partialHello(): ClientHello | null {
    const stream = this.#stream;
    if (this.clientHello !== null || stream === null) return this.clientHello;
    const have = stream.contiguous;
    if (have < HANDSHAKE_HEADER || stream.bytes[0] !== CLIENT_HELLO) return null;
    const declared = (stream.bytes[1]! << 16) | (stream.bytes[2]! << 8) | stream.bytes[3]!;
    return parseClientHello(stream.bytes, HANDSHAKE_HEADER, have, declared);
  }
}

/** RFC 9000 §17.2.1. */
function versions(bytes: Uint8Array, start: number, end: number): number[] {
  const found: number[] = [];
  for (let at = start; at + 4 <= end && found.length < 16; at += 4) {
    found.push(((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0);
  }
  return found;
}
