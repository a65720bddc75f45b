// TLS as far as it is readable on the wire: records (RFC 8446 §5.1), ClientHello (§4.1.2), ServerHello (§4.1.3), alerts
// (§6) and, up to TLS 1.2, the names in the server's certificate (RFC 5246 §7.4.2).
//
// `scanTls` takes the contiguous beginning of one direction of a TCP stream and is simply called again with a longer
// one. Handshake messages are followed over any split into records, as circumvention tools split them.

import { Cursor } from './cursor.ts';
import type { DecodeError } from './result.ts';
import { hostText, isHostname, printableText } from './text.ts';
import { x509Names } from './x509-names.ts';

const RECORD_HEADER = 5;
/** Ciphertext may exceed the plaintext by 2048 bytes, RFC 5246 §6.2.3. */
const MAX_RECORD = 16384 + 2048;
const RECORD = { CHANGE_CIPHER_SPEC: 20, ALERT: 21, HANDSHAKE: 22, APPLICATION_DATA: 23, HEARTBEAT: 24 } as const;

const HANDSHAKE_HEADER = 4;
const HANDSHAKE = { CLIENT_HELLO: 1, SERVER_HELLO: 2, CERTIFICATE: 11 } as const;
/** Longer than any handshake message in use; a length beyond it is garbage. */
const MAX_HANDSHAKE = 0x20000;

const ALERT_FATAL = 2;
const MAX_ALERTS = 8;

const TLS13 = 0x0304;

const EXTENSION = {
  SERVER_NAME: 0, // RFC 6066 §3
  SUPPORTED_GROUPS: 10, // RFC 8422 §5.1.1
  SIGNATURE_ALGORITHMS: 13, // RFC 8446 §4.2.3
  ALPN: 16, // RFC 7301 §3.1
  SUPPORTED_VERSIONS: 43, // RFC 8446 §4.2.1
  KEY_SHARE: 51, // RFC 8446 §4.2.8
  ENCRYPTED_CLIENT_HELLO: 0xfe0d, // RFC 9849 §5
  ENCRYPTED_SERVER_NAME: 0xffce, // draft-ietf-tls-esni-02
} as const;

const ECH_OUTER = 0;
const MAX_SNI = 255;
const MAX_CODES = 512;
const MAX_EXTENSIONS = 256;
const MAX_ALPN = 32;

/** SHA-256 of "HelloRetryRequest", the random that makes a ServerHello one (RFC 8446 §4.1.3). */
const RETRY_RANDOM = [
  0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11,
  0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/** Codes stand as sent, in order, GREASE (RFC 8701) among them. Offsets count from the start of the message body. */
export interface ClientHello {
  readonly legacyVersion: number;
  /** -1 when not there. */
  readonly randomOffset: number;
  readonly sessionIdLength: number;
  readonly cipherSuites: readonly number[];
  readonly extensions: readonly number[];
  /** Lower-cased, odd bytes escaped; null without a whole name. */
  readonly sni: string | null;
  /** Where the name's bytes are, or -1. */
  readonly sniOffset: number;
  readonly sniLength: number;
  /** The name follows the rules for hostnames. */
  readonly sniIsHostname: boolean;
  readonly alpn: readonly string[];
  /** First and last byte of the first ALPN value as sent, 16 bits, or -1: what JA4 wants. */
  readonly alpnEnds: number;
  readonly supportedVersions: readonly number[];
  readonly supportedGroups: readonly number[];
  readonly keyShareGroups: readonly number[];
  readonly signatureAlgorithms: readonly number[];
  /** The extension is there: real, or GREASE as browsers send it. From outside one cannot tell. */
  readonly ech: boolean;
  /** With ECH the outer name may be the public name of the provider and not what the person asked for. */
  readonly sniMayBePublicName: boolean;
  readonly esni: boolean;
  /** Of the whole body as declared, whether or not all of it is here. */
  readonly length: number;
  /** Fewer bytes are here than were declared. */
  readonly truncated: boolean;
  /** The first thing that could not be read. */
  readonly error: DecodeError | null;
}

export interface ServerHello {
  readonly version: number;
  readonly cipher: number;
  /** Of supported_versions where there, else the same as `version`. */
  readonly selectedVersion: number;
  readonly alpn: string | null;
  readonly isHelloRetryRequest: boolean;
}

export interface TlsAlert {
  readonly level: number;
  readonly description: number;
  /** Of the record, from the start of the stream. */
  readonly offset: number;
}

export interface TlsScan {
  readonly state: 'not-tls' | 'need-more' | 'complete';
  /** Length of the prefix with which scanning again may give more; 0 unless the state is `need-more`. */
  readonly needed: number;
  /** In state `need-more` the part that is there, `truncated`: final only if nothing more can come. */
  readonly clientHello: ClientHello | null;
  /** From the start of the stream to behind the ClientHello; -1 while it is not whole. */
  readonly helloEnd: number;
  /** Where in the stream the bytes of the name begin and end, or -1. Records may be split in between. */
  readonly sniStart: number;
  readonly sniEnd: number;
  readonly serverHello: ServerHello | null;
  /** In the clear, at most 8. */
  readonly alerts: readonly TlsAlert[];
  /** Common name and dNSNames of the server's own certificate (up to TLS 1.2). */
  readonly certificateNames: readonly string[] | null;
  readonly certificateIssuer: string | null;
  readonly sawApplicationData: boolean;
  readonly sawChangeCipherSpec: boolean;
  readonly recordsSeen: number;
  /** Of the first record, or -1. */
  readonly recordVersion: number;
  /** The stream stopped being TLS here. */
  readonly error: DecodeError | null;
}

/**
 * Cheap test of the first bytes: a handshake or an alert record. True as well where fewer bytes are there and agree so
 * far, as the first segment may be tiny.
 */
export function looksLikeTls(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length < 1) return false;
  const type = bytes[start]!;
  if (type !== RECORD.HANDSHAKE && type !== RECORD.ALERT) return false;
  if (length > 1 && bytes[start + 1] !== 3) return false;
  if (length > 2 && bytes[start + 2]! > 4) return false;
  if (length < RECORD_HEADER) return true;
  const recordLength = (bytes[start + 3]! << 8) | bytes[start + 4]!;
  if (type === RECORD.ALERT) return recordLength === 2;
  if (recordLength === 0 || recordLength > MAX_RECORD) return false;
  if (length === RECORD_HEADER) return true;
  const message = bytes[start + RECORD_HEADER]!;
  return message === HANDSHAKE.CLIENT_HELLO || message === HANDSHAKE.SERVER_HELLO;
}

/** RFC 8701 §2: 0x0a0a, 0x1a1a … 0xfafa. */
export function isGrease(code: number): boolean {
  return (code & 0x0f0f) === 0x0a0a && code >> 8 === (code & 0xff);
}

function codes(list: Cursor | undefined): number[] {
  const found: number[] = [];
  if (list === undefined) return found;
  while (found.length < MAX_CODES) {
    const code = list.u16();
    if (code === undefined) break;
    found.push(code);
  }
  return found;
}

/** A hello while it is read. `start` is where its body begins. */
type Draft = { -readonly [Key in keyof ClientHello]: ClientHello[Key] } & {
  extensions: number[];
  alpn: string[];
  keyShareGroups: number[];
};

function note(hello: Draft, start: number, cursor: Cursor, needed: number): void {
  hello.error ??= {
    layer: 'tls.client-hello',
    offset: cursor.at - start,
    needed,
    available: cursor.left,
    limitedBy: hello.truncated ? 'record' : 'length-field',
  };
}

/** RFC 6066 §3. The first host_name counts. */
function readServerName(hello: Draft, start: number, body: Cursor): void {
  const list = body.vector16();
  if (list === undefined) note(hello, start, body, 2);
  while (list !== undefined && list.left > 0) {
    const type = list.u8();
    const name = list.vector16();
    if (name === undefined) {
      note(hello, start, list, 2);
      break;
    }
    if (type !== 0 || hello.sni !== null) continue;
    hello.sniOffset = name.at - start;
    hello.sniLength = Math.min(name.left, MAX_SNI);
    hello.sni = hostText(name.bytes, name.at, name.at + hello.sniLength);
    hello.sniIsHostname = isHostname(hello.sni);
  }
}

/** RFC 7301 §3.1. */
function readProtocols(hello: Draft, start: number, body: Cursor): void {
  const list = body.vector16();
  if (list === undefined) note(hello, start, body, 2);
  while (list !== undefined && list.left > 0 && hello.alpn.length < MAX_ALPN) {
    const name = list.vector8();
    if (name === undefined) {
      note(hello, start, list, 1);
      break;
    }
    const { bytes, at, end } = name;
    if (hello.alpnEnds < 0 && end > at) hello.alpnEnds = (bytes[at]! << 8) | bytes[end - 1]!;
    hello.alpn.push(printableText(bytes, at, end, 255));
  }
}

/** RFC 8446 §4.2.8. */
function readKeyShares(hello: Draft, start: number, body: Cursor): void {
  const list = body.vector16();
  if (list === undefined) note(hello, start, body, 2);
  while (list !== undefined && list.left > 0 && hello.keyShareGroups.length < MAX_CODES) {
    const group = list.u16();
    if (group === undefined || list.vector16() === undefined) {
      note(hello, start, list, 2);
      break;
    }
    hello.keyShareGroups.push(group);
  }
}

function readExtension(hello: Draft, start: number, type: number, body: Cursor): void {
  switch (type) {
    case EXTENSION.SERVER_NAME:
      readServerName(hello, start, body);
      break;
    case EXTENSION.ALPN:
      readProtocols(hello, start, body);
      break;
    case EXTENSION.SUPPORTED_VERSIONS:
      hello.supportedVersions = codes(body.vector8());
      break;
    case EXTENSION.SUPPORTED_GROUPS:
      hello.supportedGroups = codes(body.vector16());
      break;
    case EXTENSION.SIGNATURE_ALGORITHMS:
      hello.signatureAlgorithms = codes(body.vector16());
      break;
    case EXTENSION.KEY_SHARE:
      readKeyShares(hello, start, body);
      break;
    case EXTENSION.ENCRYPTED_CLIENT_HELLO:
      hello.ech = true;
      hello.sniMayBePublicName = body.u8() === ECH_OUTER;
      break;
    case EXTENSION.ENCRYPTED_SERVER_NAME:
      hello.esni = true;
  }
}

function readExtensions(hello: Draft, start: number, list: Cursor): void {
  while (list.left > 0) {
    const type = list.u16();
    if (type === undefined || hello.extensions.length >= MAX_EXTENSIONS) {
      note(hello, start, list, 4);
      return;
    }
    hello.extensions.push(type);
    const body = list.vector16();
    if (body === undefined) {
      note(hello, start, list, 2);
      return;
    }
    readExtension(hello, start, type, body);
  }
  if (list.missing > 0) note(hello, start, list, list.missing);
}

/**
 * The body of a ClientHello, behind the four bytes of handshake header. `declared` is the length in that header where
 * fewer bytes than that are here.
 */
export function parseClientHello(bytes: Uint8Array, start: number, end: number, declared = end - start): ClientHello {
  const cursor = new Cursor(bytes, start, end);
  const hello: Draft = {
    legacyVersion: 0,
    randomOffset: -1,
    sessionIdLength: 0,
    cipherSuites: [],
    extensions: [],
    sni: null,
    sniOffset: -1,
    sniLength: 0,
    sniIsHostname: false,
    alpn: [],
    alpnEnds: -1,
    supportedVersions: [],
    supportedGroups: [],
    keyShareGroups: [],
    signatureAlgorithms: [],
    ech: false,
    sniMayBePublicName: false,
    esni: false,
    length: declared,
    truncated: declared > end - start,
    error: null,
  };
  const stop = (needed: number): ClientHello => {
    note(hello, start, cursor, needed);
    return hello;
  };
  // struct { ProtocolVersion legacy_version; Random random; opaque legacy_session_id<0..32>; CipherSuite
  // cipher_suites<2..2^16-2>; opaque legacy_compression_methods<1..2^8-1>; Extension extensions<8..2^16-1>; }
  const legacyVersion = cursor.u16();
  if (legacyVersion === undefined) return stop(2);
  hello.legacyVersion = legacyVersion;
  if (!cursor.skip(32)) return stop(32);
  hello.randomOffset = 2;
  const sessionId = cursor.vector8();
  if (sessionId === undefined) return stop(1);
  hello.sessionIdLength = sessionId.left;
  const suites = cursor.clip16();
  if (suites === undefined) return stop(2);
  hello.cipherSuites = codes(suites);
  if (suites.missing > 0) return stop(suites.missing);
  if (cursor.vector8() === undefined) return stop(1);
  // Before TLS 1.3 a hello may end here.
  if (cursor.left === 0 && !hello.truncated) return hello;
  const list = cursor.clip16();
  if (list === undefined) return stop(2);
  readExtensions(hello, start, list);
  return hello;
}

function parseServerHello(bytes: Uint8Array, start: number, end: number): ServerHello | null {
  const cursor = new Cursor(bytes, start, end);
  const version = cursor.u16();
  const random = cursor.at;
  if (version === undefined || !cursor.skip(32) || cursor.vector8() === undefined) return null;
  const cipher = cursor.u16();
  if (cipher === undefined || cursor.u8() === undefined) return null;
  let selectedVersion = version;
  let alpn: string | null = null;
  const list = cursor.clip16();
  while (list !== undefined && list.left > 0) {
    const type = list.u16();
    const body = list.vector16();
    if (body === undefined) break;
    if (type === EXTENSION.SUPPORTED_VERSIONS) selectedVersion = body.u16() ?? version;
    if (type === EXTENSION.ALPN) {
      const name = body.vector16()?.vector8();
      if (name !== undefined) alpn = printableText(bytes, name.at, name.end, 255);
    }
  }
  const isHelloRetryRequest = RETRY_RANDOM.every((byte, index) => bytes[random + index] === byte);
  return { version, cipher, selectedVersion, alpn, isHelloRetryRequest };
}

/**
 * Holds a handshake message while it is put together from several records. One for all, since nothing read from it
 * outlives a call. The leaf certificate and any ClientHello in use fit; of more, the beginning is kept.
 */
const scratch = new Uint8Array(16384);

class Scanner {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  clientHello: ClientHello | null = null;
  helloEnd = -1;
  sniStart = -1;
  sniEnd = -1;
  serverHello: ServerHello | null = null;
  alerts: TlsAlert[] = [];
  certificateNames: string[] | null = null;
  certificateIssuer: string | null = null;
  sawApplicationData = false;
  sawChangeCipherSpec = false;
  recordsSeen = 0;
  recordVersion = -1;
  error: DecodeError | null = null;
  /** Nothing more of interest can follow; what is here is still walked for what it shows. */
  done = false;
  /** Handshake records are encrypted from here on. */
  encrypted = false;
  /** Bytes of the unfinished message, and how many of them are in the scratch. */
  pending = 0;
  kept = 0;
  /** Where the bytes in the scratch came from: pairs of place in the scratch, place in the stream. */
  origins: number[] = [];

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  run(): TlsScan {
    const { bytes, start, end } = this;
    let at = start;
    while (this.error === null) {
      if (end - at < RECORD_HEADER) {
        if (this.recordsSeen === 0 && end > at && !looksLikeRecord(bytes, at, end)) return this.result('not-tls', 0);
        return this.ended(at + RECORD_HEADER);
      }
      const length = (bytes[at + 3]! << 8) | bytes[at + 4]!;
      if (!looksLikeRecord(bytes, at, end) || length > MAX_RECORD) {
        if (this.recordsSeen === 0) return this.result('not-tls', 0);
        this.fail(at, RECORD_HEADER);
        break;
      }
      if (this.recordsSeen++ === 0) this.recordVersion = (bytes[at + 1]! << 8) | bytes[at + 2]!;
      const body = at + RECORD_HEADER;
      const next = body + length;
      this.record(bytes[at]!, at, body, Math.min(next, end), length);
      if (next > end && this.error === null) return this.ended(next);
      at = next;
    }
    return this.result('complete', 0);
  }

  record(type: number, at: number, body: number, end: number, length: number): void {
    const { bytes } = this;
    switch (type) {
      case RECORD.APPLICATION_DATA:
        this.sawApplicationData = true;
        this.done = true;
        return;
      case RECORD.CHANGE_CIPHER_SPEC:
        this.sawChangeCipherSpec = true;
        // In TLS 1.3 it means nothing (RFC 8446 §5), and a second ServerHello may follow a HelloRetryRequest.
        if (this.serverHello?.selectedVersion === TLS13) return;
        this.encrypted = true;
        this.done = true;
        return;
      case RECORD.ALERT:
        // An encrypted alert is longer than the two bytes of a readable one.
        if (this.encrypted || length !== 2 || end - body < 2) return;
        if (this.alerts.length < MAX_ALERTS) {
          this.alerts.push({ level: bytes[body]!, description: bytes[body + 1]!, offset: at - this.start });
        }
        if (bytes[body] === ALERT_FATAL) this.done = true;
        return;
      case RECORD.HANDSHAKE:
        if (!this.encrypted) this.handshake(body, end);
    }
  }

  handshake(from: number, to: number): void {
    const { bytes } = this;
    let at = from;
    while (at < to && this.error === null && this.helloEnd < 0) {
      if (this.pending === 0 && to - at >= HANDSHAKE_HEADER) {
        const size = HANDSHAKE_HEADER + u24(bytes, at + 1);
        if (to - at >= size) {
          this.message(bytes, at, at + size, size, at + size);
          at += size;
          continue;
        }
      }
      const size = this.pending < HANDSHAKE_HEADER ? HANDSHAKE_HEADER : HANDSHAKE_HEADER + u24(scratch, 1);
      const count = Math.min(size - this.pending, to - at);
      const room = Math.min(count, scratch.length - this.kept);
      if (room > 0) {
        this.origins.push(this.kept, at);
        scratch.set(bytes.subarray(at, at + room), this.kept);
      }
      this.kept += room;
      this.pending += count;
      at += count;
      if (this.pending < HANDSHAKE_HEADER) continue;
      const whole = HANDSHAKE_HEADER + u24(scratch, 1);
      if (whole > MAX_HANDSHAKE) {
        this.fail(at - count, whole);
      } else if (this.pending === whole) {
        this.message(scratch, 0, this.kept, whole, at);
        this.pending = 0;
        this.kept = 0;
        this.origins.length = 0;
      }
    }
  }

  /** A handshake message of `size` bytes, or the beginning of it; `streamEnd` is -1 while more of it is to come. */
  message(bytes: Uint8Array, from: number, to: number, size: number, streamEnd: number): void {
    const body = from + HANDSHAKE_HEADER;
    switch (bytes[from]) {
      case HANDSHAKE.CLIENT_HELLO: {
        const hello = parseClientHello(bytes, body, to, size - HANDSHAKE_HEADER);
        this.clientHello = hello;
        if (hello.sniOffset >= 0) {
          const name = body + hello.sniOffset;
          this.sniStart = this.streamOffset(bytes, name);
          this.sniEnd =
            hello.sniLength === 0 ? this.sniStart : this.streamOffset(bytes, name + hello.sniLength - 1) + 1;
        }
        if (streamEnd < 0) return;
        this.helloEnd = streamEnd - this.start;
        this.done = true;
        return;
      }
      case HANDSHAKE.SERVER_HELLO:
        if (streamEnd >= 0) this.serverHello = parseServerHello(bytes, body, to) ?? this.serverHello;
        return;
      case HANDSHAKE.CERTIFICATE:
        this.certificate(bytes, body, to);
    }
  }

  /** RFC 5246 §7.4.2: the sender's own certificate comes first. */
  certificate(bytes: Uint8Array, body: number, to: number): void {
    const cursor = new Cursor(bytes, body, to);
    cursor.u24();
    const leaf = cursor.vector24();
    if (leaf === undefined || this.certificateNames !== null) return;
    const names = x509Names(bytes, leaf.at, leaf.end);
    if (names === undefined) return;
    const all = names.subjectCommonName === null ? names.dnsNames : [names.subjectCommonName, ...names.dnsNames];
    this.certificateNames = [...new Set(all)];
    this.certificateIssuer = names.issuerCommonName ?? names.issuerOrganization;
  }

  streamOffset(bytes: Uint8Array, at: number): number {
    if (bytes !== scratch) return at - this.start;
    let offset = -1;
    for (let index = 0; index < this.origins.length && this.origins[index]! <= at; index += 2) {
      offset = this.origins[index + 1]! + at - this.origins[index]! - this.start;
    }
    return offset;
  }

  fail(at: number, needed: number): void {
    const limitedBy = 'length-field';
    this.error ??= { layer: 'tls', offset: at - this.start, needed, available: this.end - at, limitedBy };
    this.done = true;
  }

  /** The prefix ends before `wanted`. */
  ended(wanted: number): TlsScan {
    if (this.done) return this.result('complete', 0);
    if (this.pending >= HANDSHAKE_HEADER) {
      this.message(scratch, 0, this.kept, HANDSHAKE_HEADER + u24(scratch, 1), -1);
    }
    return this.result('need-more', wanted - this.start);
  }

  result(state: TlsScan['state'], needed: number): TlsScan {
    return {
      state,
      needed,
      clientHello: this.clientHello,
      helloEnd: this.helloEnd,
      sniStart: this.sniStart,
      sniEnd: this.sniEnd,
      serverHello: this.serverHello,
      alerts: this.alerts,
      certificateNames: this.certificateNames,
      certificateIssuer: this.certificateIssuer,
      sawApplicationData: this.sawApplicationData,
      sawChangeCipherSpec: this.sawChangeCipherSpec,
      recordsSeen: this.recordsSeen,
      recordVersion: this.recordVersion,
      error: this.error,
    };
  }
}

function u24(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}

/** Type and version of a record header, as far as it is there. */
function looksLikeRecord(bytes: Uint8Array, at: number, end: number): boolean {
  const type = bytes[at]!;
  if (type < RECORD.CHANGE_CIPHER_SPEC || type > RECORD.HEARTBEAT) return false;
  if (end - at > 1 && bytes[at + 1] !== 3) return false;
  return end - at < 3 || bytes[at + 2]! <= 4;
}

/** Reads the prefix [start, end) of one direction of a stream. */
export function scanTls(bytes: Uint8Array, start: number, end: number): TlsScan {
  return new Scanner(bytes, start, end).run();
}
