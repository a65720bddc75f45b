// DNS messages, RFC 1035 §4, with EDNS (RFC 6891), extended errors (RFC 8914) and SVCB/HTTPS (RFC 9460).
//
// `dnsHeader`, `isPlausibleDns` and `questionHash` run on every packet of port 53 and allocate nothing; `parseDns` runs
// on what is kept. Forged answers are often odd (wrong counts, bytes of the query copied behind the answer), so a
// message that stops decoding keeps what was read, with the place and the reason in `stop`.

import type { DecodeError, LimitedBy, Result } from './result.ts';
import { ipv4Text, ipv6Text, labelsText, lowerByte, putLabel, readableText } from './text.ts';

const HEADER = 12;
const MAX_LABEL = 63;
/** RFC 1035 §2.3.4, length octets counted. */
const MAX_NAME = 255;
const MAX_LABELS = 127;
const MAX_POINTERS = 32;
/** Records decoded for each message; the rest of a larger answer (a zone transfer) is only walked. */
const MAX_ANSWERS = 256;
const MAX_OPTIONS = 32;
const MAX_HINTS = 32;
const MAX_EXTRA_TEXT = 256;
const NO_HINTS: readonly string[] = [];

/** Record types that are looked into (IANA DNS parameters). */
export const DNS_TYPE = {
  A: 1, // RFC 1035
  NS: 2, // RFC 1035
  CNAME: 5, // RFC 1035
  SOA: 6, // RFC 1035
  PTR: 12, // RFC 1035
  MX: 15, // RFC 1035
  TXT: 16, // RFC 1035
  AAAA: 28, // RFC 3596
  SRV: 33, // RFC 2782
  DNAME: 39, // RFC 6672
  OPT: 41, // RFC 6891
  SVCB: 64, // RFC 9460
  HTTPS: 65, // RFC 9460
  ANY: 255, // RFC 8482
} as const;

/** Bits of the flags word, RFC 1035 §4.1.1 and RFC 4035 §3.1.6. */
export const DNS_FLAG = { QR: 0x8000, AA: 0x0400, TC: 0x0200, RD: 0x0100, RA: 0x0080, Z: 0x0040, AD: 0x20, CD: 0x10 };

const SVC_PARAM = { IPV4HINT: 4, ECH: 5, IPV6HINT: 6 } as const; // RFC 9460 §14.3.2, RFC 9848
const EDE_OPTION = 15; // RFC 8914 §2

const u16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;
const u32 = (bytes: Uint8Array, at: number): number => u16(bytes, at) * 0x10000 + u16(bytes, at + 2);

/** The fixed header. Valid where at least 12 bytes follow `start`. */
export const dnsHeader = {
  id: (bytes: Uint8Array, start: number): number => u16(bytes, start),
  flags: (bytes: Uint8Array, start: number): number => u16(bytes, start + 2),
  isResponse: (bytes: Uint8Array, start: number): boolean => bytes[start + 2]! >= 0x80,
  opcode: (bytes: Uint8Array, start: number): number => (bytes[start + 2]! >> 3) & 15,
  /** Without the upper bits that EDNS may add. */
  rcode: (bytes: Uint8Array, start: number): number => bytes[start + 3]! & 15,
  questions: (bytes: Uint8Array, start: number): number => u16(bytes, start + 4),
  answers: (bytes: Uint8Array, start: number): number => u16(bytes, start + 6),
  authorities: (bytes: Uint8Array, start: number): number => u16(bytes, start + 8),
  additionals: (bytes: Uint8Array, start: number): number => u16(bytes, start + 10),
} as const;

/**
 * Whether the bytes may be a DNS message: an assigned opcode, at most one question, a readable question name. Odd flags
 * and counts pass, because forged answers have them.
 */
export function isPlausibleDns(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < HEADER) return false;
  const opcode = dnsHeader.opcode(bytes, start);
  if (opcode > 6 || opcode === 3) return false;
  const response = dnsHeader.isResponse(bytes, start);
  const questions = dnsHeader.questions(bytes, start);
  if (questions > 1 || (questions === 0 && !response)) return false;
  if (opcode === 0 && !response && dnsHeader.answers(bytes, start) !== 0) return false;
  if (questions === 0) return end - start === HEADER || bytes[start + HEADER]! <= MAX_LABEL;
  let at = start + HEADER;
  for (let labels = 0; labels <= MAX_LABELS; labels++) {
    // Cut within the name by the capture: so far, so good.
    if (at >= end) return at - start <= HEADER + MAX_NAME;
    const length = bytes[at]!;
    if (length === 0) {
      if (at + 5 > end) return true;
      const queryClass = u16(bytes, at + 3) & 0x7fff;
      return queryClass === 1 || queryClass === 3 || queryClass === 4 || queryClass === 255;
    }
    if (length > MAX_LABEL) return false;
    at += 1 + length;
    if (at - start > HEADER + MAX_NAME) return false;
  }
  return false;
}

const FNV_PRIME = 0x01000193;
const FNV_OFFSET = 0x811c9dc5;

/**
 * FNV-1a over the question's lower-cased labels and type: groups messages without making strings. Captures are hostile
 * input, so a table keyed by it passes a seed of its own. Bytes that were not captured are left out.
 */
export function questionHash(bytes: Uint8Array, start: number, end: number, seed = FNV_OFFSET): number {
  let hash = seed;
  let at = start + HEADER;
  const limit = Math.min(end, at + MAX_NAME);
  while (at < limit) {
    const length = bytes[at]!;
    hash = Math.imul(hash ^ length, FNV_PRIME);
    at++;
    if (length === 0 || length > MAX_LABEL) break;
    const stop = Math.min(at + length, limit);
    for (; at < stop; at++) hash = Math.imul(hash ^ lowerByte(bytes[at]!), FNV_PRIME);
  }
  for (const stop = Math.min(at + 2, end); at < stop; at++) hash = Math.imul(hash ^ bytes[at]!, FNV_PRIME);
  return hash >>> 0;
}

export interface DnsQuestion {
  readonly name: string;
  readonly type: number;
  readonly class: number;
}

export interface DnsRecord {
  readonly name: string;
  readonly type: number;
  readonly class: number;
  readonly ttl: number;
  /** From the start of the message. */
  readonly dataOffset: number;
  readonly dataLength: number;
  /** Of A and AAAA. */
  readonly address: string | null;
  /** The name that CNAME, DNAME, NS, PTR, MX, SRV, SVCB and HTTPS point to. */
  readonly target: string | null;
  /** ipv4hint and ipv6hint of SVCB and HTTPS. */
  readonly hints: readonly string[];
  /** SVCB and HTTPS offer Encrypted ClientHello. */
  readonly ech: boolean;
}

export interface ExtendedError {
  readonly code: number;
  readonly text: string;
}

export interface DnsEdns {
  readonly udpSize: number;
  readonly version: number;
  readonly dnssecOk: boolean;
  readonly options: readonly number[];
  readonly extendedError: ExtendedError | null;
}

/**
 * No answer, but who would know it: NS records in the authority section and no SOA (RFC 2308 §2.2), of a zone below or of
 * the root, as servers say that were asked for what is not theirs.
 */
export type Referral = 'to-zone' | 'to-root';

export interface DnsMessage {
  readonly id: number;
  /** The 16 bits as sent; the fields below are parts of it. */
  readonly flags: number;
  readonly qr: boolean;
  readonly opcode: number;
  readonly aa: boolean;
  readonly tc: boolean;
  readonly rd: boolean;
  readonly ra: boolean;
  readonly z: boolean;
  /** With the upper eight bits of the OPT record, RFC 6891 §6.1.3. */
  readonly rcode: number;
  readonly questionCount: number;
  readonly answerCount: number;
  readonly authorityCount: number;
  readonly additionalCount: number;
  /** The first question. */
  readonly question: DnsQuestion | null;
  /** Those that could be read, at most 256. */
  readonly answers: readonly DnsRecord[];
  readonly edns: DnsEdns | null;
  readonly referral: Referral | null;
  /** A name read here used a pointer (RFC 1035 §4.1.4). */
  readonly compressed: boolean;
  /** The first answer is about the name that was asked. True where there is nothing to compare. */
  readonly answersQuestion: boolean;
  /** Bytes behind the last record. */
  readonly trailing: number;
  /** The first thing that could not be read, and why; null when the whole message was read. */
  readonly stop: DecodeError | null;
  /** The offset in `stop` when the capture cut the message, else null. */
  readonly truncatedAt: number | null;
}

/** Reads one message and remembers the first thing that stopped it. Offsets inside are absolute. */
class Reader {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly endedBy: 'capture' | 'record';
  at: number;
  compressed = false;
  stop: DecodeError | null = null;
  /** The name in the question, once read. */
  asked: string | null = null;
  /** Of the latest record that was passed over. */
  passedType = 0;

  constructor(bytes: Uint8Array, start: number, end: number, endedBy: 'capture' | 'record') {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.endedBy = endedBy;
    this.at = start + HEADER;
  }

  fail(at: number, needed: number, limit: number, limitedBy: LimitedBy): undefined {
    const available = Math.max(0, limit - at);
    this.stop ??= { layer: 'dns', offset: at - this.start, needed, available, limitedBy };
    return undefined;
  }

  has(count: number): boolean {
    if (this.end - this.at >= count) return true;
    this.fail(this.at, count, this.end, this.endedBy);
    return false;
  }

  /**
   * The name at `from`, which must not leave `limit` before its first pointer. RFC 1035 §4.1.4 has pointers lead
   * backwards only; forgers do not always, so any place in the message is followed, at most 32 times.
   */
  nameAt(from: number, limit: number): { text: string; next: number } | undefined {
    const { bytes, start, end } = this;
    let written = 0;
    let next = -1;
    let at = from;
    let stop = limit;
    let length = 0;
    let pointers = 0;
    for (let labels = 0; labels <= MAX_LABELS; ) {
      if (at >= stop) return this.fail(at, 1, stop, stop === end ? this.endedBy : 'length-field');
      const octet = bytes[at]!;
      if (octet === 0) return { text: labelsText(written), next: next < 0 ? at + 1 : next };
      if (octet >= 0xc0) {
        if (at + 2 > stop) return this.fail(at, 2, stop, stop === end ? this.endedBy : 'length-field');
        if (++pointers > MAX_POINTERS) return this.fail(at, 0, end, 'length-field');
        this.compressed = true;
        if (next < 0) next = at + 2;
        at = start + (u16(bytes, at) & 0x3fff);
        stop = end;
        // Most answers name the question, which was read.
        if (at === start + HEADER && written === 0 && this.asked !== null) return { text: this.asked, next };
        continue;
      }
      // 01 and 10 are not assigned (RFC 6891 §5).
      if (octet > MAX_LABEL) return this.fail(at, 1, stop, 'length-field');
      length += 1 + octet;
      if (length >= MAX_NAME) return this.fail(at, 1 + octet, stop, 'length-field');
      if (at + 1 + octet > stop) {
        return this.fail(at, 1 + octet, stop, stop === end ? this.endedBy : 'length-field');
      }
      written = putLabel(written, bytes, at + 1, at + 1 + octet);
      at += 1 + octet;
      labels++;
    }
    return this.fail(at, 0, end, 'length-field');
  }

  name(): string | undefined {
    const name = this.nameAt(this.at, this.end);
    if (name === undefined) return undefined;
    this.at = name.next;
    return name.text;
  }

  /** Passes over a name without following its pointer. */
  skipName(): boolean {
    for (let labels = 0; labels <= MAX_LABELS; labels++) {
      if (!this.has(1)) return false;
      const octet = this.bytes[this.at]!;
      const width = octet >= 0xc0 ? 2 : 1 + octet;
      if (octet > MAX_LABEL && octet < 0xc0) break;
      if (!this.has(width)) return false;
      this.at += width;
      if (octet === 0 || octet >= 0xc0) return true;
    }
    this.fail(this.at, 0, this.end, 'length-field');
    return false;
  }

  /** Further questions, which no server answers, are passed over: only the first is of use. */
  skipQuestion(): boolean {
    if (!this.skipName() || !this.has(4)) return false;
    this.at += 4;
    return true;
  }

  question(): DnsQuestion | undefined {
    const name = this.name();
    if (name === undefined || !this.has(4)) return undefined;
    const question = { name, type: u16(this.bytes, this.at), class: u16(this.bytes, this.at + 2) };
    this.at += 4;
    this.asked = name;
    return question;
  }

  answer(): DnsRecord | undefined {
    const name = this.name();
    if (name === undefined || !this.has(10)) return undefined;
    const { bytes } = this;
    const type = u16(bytes, this.at);
    const recordClass = u16(bytes, this.at + 2);
    const ttl = u32(bytes, this.at + 4);
    const dataLength = u16(bytes, this.at + 8);
    const data = this.at + 10;
    this.at = data;
    if (!this.has(dataLength)) return undefined;
    this.at = data + dataLength;
    const { address, target, hints, ech } = this.data(type, data, this.at);
    const dataOffset = data - this.start;
    return { name, type, class: recordClass, ttl, dataOffset, dataLength, address, target, hints, ech };
  }

  data(type: number, data: number, end: number): Pick<DnsRecord, 'address' | 'target' | 'hints' | 'ech'> {
    let address: string | null = null;
    let target: string | null = null;
    let hints = NO_HINTS;
    let ech = false;
    switch (type) {
      case DNS_TYPE.A:
        if (end - data === 4) address = ipv4Text(this.bytes, data);
        else this.fail(data, 4, end, 'length-field');
        break;
      case DNS_TYPE.AAAA:
        if (end - data === 16) address = ipv6Text(this.bytes, data);
        else this.fail(data, 16, end, 'length-field');
        break;
      case DNS_TYPE.CNAME:
      case DNS_TYPE.NS:
      case DNS_TYPE.PTR:
      case DNS_TYPE.DNAME:
        target = this.nameAt(data, end)?.text ?? null;
        break;
      case DNS_TYPE.MX:
        target = this.nameAt(data + 2, end)?.text ?? null;
        break;
      case DNS_TYPE.SRV:
        target = this.nameAt(data + 6, end)?.text ?? null;
        break;
      case DNS_TYPE.SVCB:
      case DNS_TYPE.HTTPS: {
        const name = this.nameAt(data + 2, end);
        if (name === undefined) break;
        target = name.text;
        const found: string[] = [];
        ech = this.serviceParameters(name.next, end, found);
        hints = found;
        break;
      }
    }
    return { address, target, hints, ech };
  }

  /** RFC 9460 §2.2. Collects address hints and answers whether there is an ECH configuration. */
  serviceParameters(from: number, end: number, hints: string[]): boolean {
    const { bytes } = this;
    let ech = false;
    let at = from;
    while (at < end) {
      if (end - at < 4) {
        this.fail(at, 4, end, 'length-field');
        break;
      }
      const key = u16(bytes, at);
      const length = u16(bytes, at + 2);
      at += 4;
      if (end - at < length) {
        this.fail(at, length, end, 'length-field');
        break;
      }
      const width = key === SVC_PARAM.IPV4HINT ? 4 : key === SVC_PARAM.IPV6HINT ? 16 : 0;
      if (width > 0) {
        for (let hint = at; hint + width <= at + length && hints.length < MAX_HINTS; hint += width) {
          hints.push(width === 4 ? ipv4Text(bytes, hint) : ipv6Text(bytes, hint));
        }
      }
      if (key === SVC_PARAM.ECH) ech = true;
      at += length;
    }
    return ech;
  }

  /** Passes over a record of the authority or additional section; reads it when it is the OPT record. */
  otherRecord(): { edns: DnsEdns; rcodeHigh: number } | true | undefined {
    const owner = this.at;
    if (!this.skipName() || !this.has(10)) return undefined;
    const { bytes, at } = this;
    const dataLength = u16(bytes, at + 8);
    this.at = at + 10;
    if (!this.has(dataLength)) return undefined;
    this.at += dataLength;
    this.passedType = u16(bytes, at);
    if (this.passedType !== DNS_TYPE.OPT || bytes[owner] !== 0) return true;
    const edns = {
      udpSize: u16(bytes, at + 2),
      version: bytes[at + 5]!,
      dnssecOk: bytes[at + 6]! >= 0x80,
      ...this.options(at + 10, at + 10 + dataLength),
    };
    return { edns, rcodeHigh: bytes[at + 4]! };
  }

  /** RFC 6891 §6.1.2. */
  options(from: number, end: number): { options: number[]; extendedError: ExtendedError | null } {
    const { bytes } = this;
    const options: number[] = [];
    let extendedError: ExtendedError | null = null;
    let at = from;
    while (at < end) {
      const length = end - at < 4 ? 0 : u16(bytes, at + 2);
      if (end - at < 4 + length) {
        this.fail(at, 4 + length, end, 'length-field');
        break;
      }
      const code = u16(bytes, at);
      if (options.length < MAX_OPTIONS) options.push(code);
      if (code === EDE_OPTION && length >= 2 && extendedError === null) {
        extendedError = {
          code: u16(bytes, at + 4),
          text: readableText(bytes, at + 6, at + 4 + length, MAX_EXTRA_TEXT),
        };
      }
      at += 4 + length;
    }
    return { options, extendedError };
  }
}

/**
 * Reads a whole message. `endedBy` says what the end of the bytes means: the end of the datagram or of the framed
 * message, or only that the capture kept no more. Fewer than 12 bytes are an error, all else is a message.
 */
export function parseDns(
  bytes: Uint8Array,
  start: number,
  end: number,
  endedBy: 'capture' | 'record' = 'record',
): Result<DnsMessage> {
  if (end - start < HEADER) {
    return { layer: 'dns', offset: 0, needed: HEADER, available: Math.max(0, end - start), limitedBy: endedBy };
  }
  const reader = new Reader(bytes, start, end, endedBy);
  const flags = dnsHeader.flags(bytes, start);
  const questionCount = dnsHeader.questions(bytes, start);
  const answerCount = dnsHeader.answers(bytes, start);
  const authorityCount = dnsHeader.authorities(bytes, start);
  const additionalCount = dnsHeader.additionals(bytes, start);

  let question: DnsQuestion | null = null;
  const answers: DnsRecord[] = [];
  let edns: DnsEdns | null = null;
  let rcode = flags & 15;
  let readable = true;
  if (questionCount > 0) {
    question = reader.question() ?? null;
    readable = question !== null;
  }
  for (let index = 1; readable && index < questionCount; index++) readable = reader.skipQuestion();
  for (let index = 0; readable && index < answerCount; index++) {
    if (index >= MAX_ANSWERS) {
      readable = reader.otherRecord() !== undefined;
      continue;
    }
    const read = reader.answer();
    if (read === undefined) readable = false;
    else answers.push(read);
  }
  let servers: Referral | null = null;
  let hasStart = false;
  for (let index = 0; readable && index < authorityCount; index++) {
    const owner = reader.at;
    readable = reader.otherRecord() !== undefined;
    if (!readable) break;
    if (reader.passedType === DNS_TYPE.NS) servers = bytes[owner] === 0 ? 'to-root' : 'to-zone';
    if (reader.passedType === DNS_TYPE.SOA) hasStart = true;
  }
  for (let index = 0; readable && index < additionalCount; index++) {
    const read = reader.otherRecord();
    if (read === undefined) readable = false;
    // RFC 6891 §6.1.1: at most one OPT.
    else if (read !== true && edns === null) {
      edns = read.edns;
      rcode |= read.rcodeHigh << 4;
    }
  }

  return {
    id: dnsHeader.id(bytes, start),
    flags,
    qr: (flags & DNS_FLAG.QR) !== 0,
    opcode: dnsHeader.opcode(bytes, start),
    aa: (flags & DNS_FLAG.AA) !== 0,
    tc: (flags & DNS_FLAG.TC) !== 0,
    rd: (flags & DNS_FLAG.RD) !== 0,
    ra: (flags & DNS_FLAG.RA) !== 0,
    z: (flags & DNS_FLAG.Z) !== 0,
    rcode,
    questionCount,
    answerCount,
    authorityCount,
    additionalCount,
    question,
    answers,
    edns,
    referral: rcode === 0 && answerCount === 0 && !hasStart ? servers : null,
    compressed: reader.compressed,
    answersQuestion: question === null || answers.length === 0 || answers[0]!.name === question.name,
    trailing: readable ? end - reader.at : 0,
    stop: reader.stop,
    truncatedAt: reader.stop?.limitedBy === 'capture' ? reader.stop.offset : null,
  };
}

/** Whether two messages ask the same: a query and its answer, or two answers to one query. */
export function sameQuestion(a: DnsMessage, b: DnsMessage): boolean {
  if (a.question === null || b.question === null) return false;
  return a.question.name === b.question.name && a.question.type === b.question.type;
}

/** One message in a stream of DNS over TCP. `whole` is false for the last one while bytes of it are missing. */
export interface DnsTcpMessage {
  readonly start: number;
  readonly end: number;
  readonly whole: boolean;
}

/** Messages of DNS over TCP, each behind two bytes of length (RFC 1035 §4.2.2), from the prefix of a stream. */
export function* dnsTcpMessages(bytes: Uint8Array, start: number, end: number): Generator<DnsTcpMessage> {
  let at = start;
  while (end - at >= 2) {
    const length = u16(bytes, at);
    // Shorter than a header: the stream is not DNS, or no longer.
    if (length < HEADER) return;
    const messageEnd = at + 2 + length;
    yield { start: at + 2, end: Math.min(messageEnd, end), whole: messageEnd <= end };
    at = messageEnd;
  }
}
