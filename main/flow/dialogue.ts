// What the two ends of a TCP flow say first: the request or hello that names the target, and the first reply to it.

import { dnsTcpMessages, parseDns } from '../wire/dns.ts';
import { looksLikeHttpRequest, parseRequestHead, parseResponseHead, type ResponseHead } from '../wire/http.ts';
import { fingerprintKey, ja4 } from '../wire/ja4.ts';
import { isDecodeError } from '../wire/result.ts';
import { type ClientHello, looksLikeTls, scanTls, type TlsScan } from '../wire/tls.ts';
import { knownIssuer } from './known-issuers.ts';
import { knownPage, type ListedPages, PAGE_TEXT } from './known-pages.ts';
import { MAX_PREFIX, StreamPrefix } from './prefix.ts';
import type { ServerReply, TriggerRecord } from './records.ts';

export type DialogueKind = 'unknown' | 'tls' | 'http' | 'dns' | 'mtproto';

/** A DNS message found in the stream. */
export type DnsMessageSink = (
  bytes: Uint8Array,
  start: number,
  end: number,
  whole: boolean,
  frame: number,
  time: number,
) => void;

/** Segment of one direction: bytes [start, end) of the buffer at `offset` into the stream. */
export interface SegmentBytes {
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Fewer bytes captured than sent. */
  readonly cut: boolean;
  readonly frame: number;
  readonly time: number;
}

/** Whether the first payload of a stream is worth following, and as what. Cheap: runs for every flow. */
export function recognise(bytes: Uint8Array, start: number, end: number, serverPort: number): DialogueKind {
  if (serverPort === 53) return 'dns';
  if (looksLikeTls(bytes, start, end)) return 'tls';
  if (looksLikeHttpRequest(bytes, start, end)) return 'http';
  // MTProto transports that begin with a tag (core.telegram.org/mtproto/mtproto-transports): intermediate and padded
  // intermediate. The abridged tag is a single 0xef, followed by the length of a first message of 40 bytes or more.
  const first = bytes[start]!;
  if ((first === 0xee || first === 0xdd) && end - start >= 4) {
    if (bytes[start + 1] === first && bytes[start + 2] === first && bytes[start + 3] === first) return 'mtproto';
  }
  if (first === 0xef && end - start >= 2 && (bytes[start + 1] === 0x7f || (bytes[start + 1]! << 2) + 2 === end - start))
    return 'mtproto';
  return 'unknown';
}

/** What servers of SMTP, FTP, POP3 and IMAP say before anybody asked: "220 ", "+OK", "* OK". */
export function isGreeting(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 5) return false;
  const text = String.fromCharCode(...bytes.subarray(start, start + 4));
  return /^(\d{3}[ -]|\+OK|\* [A-Z])/.test(text);
}

const NO_FRAMES: readonly number[] = [];

export class Dialogue {
  /** Unknown until its beginning arrives, where a later segment came first. */
  kind: DialogueKind;
  /** The client is the lower endpoint. */
  readonly clientLow: boolean;
  readonly clientBase: number;
  serverBase = 0;
  serverSeen = false;
  /** Pages of the two directions in HeadPages. */
  clientPage = -1;
  serverPage = -1;
  /** A hello or request is followed to its end; further bytes are not looked at. */
  clientDone = false;
  serverDone = false;
  /** Name, hello and request of the trigger so far. */
  name: string | null = null;
  hello: ClientHello | null = null;
  http: { method: string; target: string } | null = null;
  triggerFrames: readonly number[] = NO_FRAMES;
  triggerFirstTime = 0;
  triggerTime = 0;
  triggerSeq = 0;
  triggerEnd = 0;
  truncated = false;
  head = '';
  reply: ServerReply | null = null;
  requests = 0;
  /** Times that bytes of the trigger were sent again. */
  repeats = 0;
  #client: StreamPrefix | null = null;
  #server: StreamPrefix | null = null;
  /** Of the response that is read now, once it is whole: the body that follows changes nothing in it. */
  #head: ResponseHead | null = null;
  #dnsReadClient = 0;
  #dnsReadServer = 0;

  constructor(kind: DialogueKind, clientLow: boolean, clientBase: number) {
    this.kind = kind;
    this.clientLow = clientLow;
    this.clientBase = clientBase;
    this.triggerSeq = clientBase;
    this.triggerEnd = clientBase;
  }

  client(segment: SegmentBytes, onDns: DnsMessageSink): void {
    if (this.kind === 'http' && this.clientDone) {
      this.#furtherRequest(segment);
      return;
    }
    if (this.clientDone) return;
    if (this.#client === null && segment.offset === 0) {
      this.#keepHead(segment.bytes, segment.start, segment.end);
      this.triggerFrames = [segment.frame];
      this.triggerFirstTime = segment.time;
      this.triggerTime = segment.time;
      this.triggerEnd = (this.clientBase + (segment.end - segment.start)) | 0;
      this.truncated = segment.cut;
      if (this.#readTrigger(segment.bytes, segment.start, segment.end, segment.cut, segment, onDns)) {
        this.clientDone = true;
        return;
      }
    }
    this.#client ??= new StreamPrefix();
    const prefix = this.#client;
    if (
      !prefix.add(segment.offset, segment.bytes, segment.start, segment.end, segment.cut, segment.frame, segment.time)
    )
      return;
    if (this.kind === 'unknown') this.kind = recognise(prefix.bytes, 0, prefix.length, 0);
    if (this.head === '') this.#keepHead(prefix.bytes, 0, prefix.length);
    this.triggerFrames = prefix.frames;
    this.triggerFirstTime = prefix.firstTime;
    this.triggerTime = prefix.time;
    this.triggerEnd = (this.clientBase + prefix.length) | 0;
    this.truncated = prefix.cut;
    if (
      this.#readTrigger(prefix.bytes, 0, prefix.length, prefix.cut, segment, onDns) ||
      prefix.cut ||
      prefix.length >= MAX_PREFIX
    ) {
      this.clientDone = this.kind !== 'dns' || prefix.cut || prefix.length >= MAX_PREFIX;
      if (this.clientDone) {
        prefix.release();
        this.#client = null;
      }
    }
  }

  /** First bytes of what names nothing; hellos and requests say more themselves. */
  #keepHead(bytes: Uint8Array, start: number, end: number): void {
    if (this.kind === 'mtproto' || this.kind === 'unknown') this.head = hex(bytes, start, Math.min(end, start + 16));
  }

  /** True once there is nothing more to learn. */
  #readTrigger(
    bytes: Uint8Array,
    start: number,
    end: number,
    cut: boolean,
    segment: SegmentBytes,
    onDns: DnsMessageSink,
  ): boolean {
    switch (this.kind) {
      case 'tls': {
        const scan = scanTls(bytes, start, end);
        if (scan.clientHello !== null) {
          this.hello = scan.state === 'need-more' ? scan.clientHello : shared(scan.clientHello);
          this.name = scan.clientHello.sni;
          if (scan.helloEnd > 0) this.triggerEnd = (this.clientBase + scan.helloEnd) | 0;
        }
        return scan.state !== 'need-more' || cut;
      }
      case 'http': {
        const request = parseRequestHead(bytes, start, end);
        if (request === 'not-http') return true;
        if (request === 'need-more') return cut;
        this.requests = 1;
        this.name = request.host;
        this.http = { method: request.method, target: request.target };
        return request.complete || request.malformed || cut;
      }
      case 'dns': {
        this.#dns(0, bytes, start, end, segment, onDns);
        return false;
      }
      default:
        return true;
    }
  }

  #dns(side: 0 | 1, bytes: Uint8Array, start: number, end: number, segment: SegmentBytes, onDns: DnsMessageSink): void {
    let index = 0;
    for (const message of dnsTcpMessages(bytes, start, end)) {
      if (!message.whole) break;
      if (index++ < (side === 0 ? this.#dnsReadClient : this.#dnsReadServer)) continue;
      if (side === 0) this.#dnsReadClient = index;
      else this.#dnsReadServer = index;
      if (side === 0 && this.name === null) this.name = queriedName(bytes, message.start, message.end);
      onDns(bytes, message.start, message.end, true, segment.frame, segment.time);
    }
  }

  /** HTTP/1.1 asks again on the same connection (RFC 9112 §9.3): the latest request is what an interferer saw last. */
  #furtherRequest(segment: SegmentBytes): void {
    // Not the same request sent again
    if (segment.offset < ((this.triggerEnd - this.clientBase) | 0)) return;
    if (!looksLikeHttpRequest(segment.bytes, segment.start, segment.end)) return;
    const request = parseRequestHead(segment.bytes, segment.start, segment.end);
    if (typeof request === 'string') return;
    this.requests++;
    this.name = request.host ?? this.name;
    this.http = { method: request.method, target: request.target };
    this.triggerFrames = [segment.frame];
    this.triggerFirstTime = segment.time;
    this.triggerTime = segment.time;
    this.triggerSeq = (this.clientBase + segment.offset) | 0;
    this.triggerEnd = (this.triggerSeq + (segment.end - segment.start)) | 0;
    this.truncated = segment.cut;
    // Its reply begins with the server's next payload
    this.reply = null;
    this.serverSeen = false;
    this.serverDone = false;
    this.#head = null;
    this.#server?.release();
    this.#server = null;
  }

  server(segment: SegmentBytes, onDns: DnsMessageSink, listed: ListedPages | null = null): void {
    if (this.serverDone) return;
    if (this.#server === null && segment.offset === 0 && this.kind !== 'dns') {
      if (this.#readReply(segment.bytes, segment.start, segment.end, segment, listed)) {
        this.serverDone = true;
        return;
      }
      if (segment.cut) {
        this.serverDone = true;
        return;
      }
    }
    this.#server ??= new StreamPrefix();
    const prefix = this.#server;
    if (
      !prefix.add(segment.offset, segment.bytes, segment.start, segment.end, segment.cut, segment.frame, segment.time)
    )
      return;
    if (this.kind === 'dns') this.#dns(1, prefix.bytes, 0, prefix.length, segment, onDns);
    else if (this.#readReply(prefix.bytes, 0, prefix.length, segment, listed)) this.serverDone = true;
    if (prefix.cut || prefix.length >= MAX_PREFIX) this.serverDone = true;
    if (this.serverDone) {
      prefix.release();
      this.#server = null;
    }
  }

  #readReply(
    bytes: Uint8Array,
    start: number,
    end: number,
    segment: SegmentBytes,
    listed: ListedPages | null,
  ): boolean {
    const frame = this.reply?.frame ?? segment.frame;
    const time = this.reply?.time ?? segment.time;
    if (this.kind === 'tls') {
      const scan = scanTls(bytes, start, end);
      this.reply = tlsReply(scan, frame, time);
      return scan.state !== 'need-more';
    }
    if (this.kind === 'http') {
      const response = this.#head ?? parseResponseHead(bytes, start, end);
      const head = typeof response === 'string' ? null : response;
      const isRead = response === 'not-http' || (head !== null && (head.complete || head.malformed));
      if (isRead) this.#head = head;
      const page = isRead && mayBePage(head) ? knownPage(bytes, start, end, listed) : null;
      this.reply = {
        kind: head === null ? 'other' : 'http',
        frame,
        time,
        serverHello: false,
        applicationData: false,
        alerts: [],
        certificateNames: null,
        http:
          head === null
            ? null
            : {
                status: head.status,
                location: head.location,
                server: head.server,
                contentLength: head.contentLength,
                isText: head.contentType?.startsWith('text/') ?? false,
              },
        page,
      };
      // Of a text the beginning may tell whose it is
      const isShort = end - start < PAGE_TEXT && mayBePage(head) && head !== null && head.location === null;
      return isRead && !(isShort && page === null && isOwed(head, end - start));
    }
    this.reply = {
      kind: 'other',
      frame,
      time,
      serverHello: false,
      applicationData: false,
      alerts: [],
      certificateNames: null,
      http: null,
    };
    return true;
  }

  trigger(): TriggerRecord | null {
    if (this.triggerFrames.length === 0) return null;
    const hello = this.hello;
    return {
      kind: TRIGGER_KIND[this.kind],
      frames: this.triggerFrames,
      firstTime: this.triggerFirstTime,
      time: this.triggerTime,
      seq: this.triggerSeq >>> 0,
      endSeq: this.triggerEnd >>> 0,
      name: this.name,
      hello,
      ja4: fingerprintOf(hello),
      http: this.http,
      head: this.head,
      truncated: this.truncated || hello?.truncated === true,
    };
  }
}

/** Something that a browser would show: a text without compression, a page behind a redirect, or no HTTP at all. */
function mayBePage(head: ResponseHead | null): boolean {
  if (head === null) return true;
  if (head.contentEncoding !== null && head.contentEncoding !== 'identity') return false;
  return head.location !== null || head.contentType === null || head.contentType.startsWith('text/');
}

/** Bytes of the body are still to come. */
function isOwed(head: ResponseHead, length: number): boolean {
  if (!head.complete || head.malformed || head.contentLength === null) return false;
  return length - head.bodyOffset < head.contentLength;
}

/** Hellos of one program to one name are alike but for their random bytes: one object serves all flows. */
const HELLOS = new Map<number, Map<string | null, ClientHello>>();
const MAX_HELLOS = 2_048;
let hellos = 0;
/** Of those. */
const FINGERPRINTS = new WeakMap<ClientHello, string>();

/** JA4; null where the hello was not captured whole. */
export function fingerprintOf(hello: ClientHello | null): string | null {
  if (hello === null || hello.truncated) return null;
  let fingerprint = FINGERPRINTS.get(hello);
  if (fingerprint === undefined) {
    fingerprint = ja4(hello, 't');
    FINGERPRINTS.set(hello, fingerprint);
  }
  return fingerprint;
}

function shared(hello: ClientHello): ClientHello {
  if (hello.truncated || hello.error !== null) return hello;
  const key = fingerprintKey(hello);
  const alike = HELLOS.get(key);
  const known = alike?.get(hello.sni);
  if (
    known !== undefined &&
    known.length === hello.length &&
    known.sniOffset === hello.sniOffset &&
    known.sessionIdLength === hello.sessionIdLength &&
    known.ech === hello.ech &&
    known.extensions.length === hello.extensions.length
  ) {
    return known;
  }
  if (hellos++ >= MAX_HELLOS) {
    HELLOS.clear();
    hellos = 1;
  }
  const list = HELLOS.get(key);
  if (list === undefined) HELLOS.set(key, new Map([[hello.sni, hello]]));
  else list.set(hello.sni, hello);
  return hello;
}

const TRIGGER_KIND = {
  tls: 'client-hello',
  http: 'http-request',
  dns: 'dns-query',
  mtproto: 'mtproto',
  unknown: 'other',
} as const;

function queriedName(bytes: Uint8Array, start: number, end: number): string | null {
  const message = parseDns(bytes, start, end);
  return isDecodeError(message) ? null : (message.question?.name ?? null);
}

function tlsReply(scan: TlsScan, frame: number, time: number): ServerReply {
  return {
    kind: scan.recordsSeen > 0 || scan.state === 'need-more' ? 'tls' : 'other',
    frame,
    time,
    serverHello: scan.serverHello !== null,
    applicationData: scan.sawApplicationData,
    alerts: scan.alerts.map(({ level, description }) => ({ level, description })),
    certificateNames: scan.certificateNames,
    certificateIssuer: scan.certificateIssuer,
    interceptor: knownIssuer(scan.certificateIssuer),
    http: null,
  };
}

export function hex(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at++) text += bytes[at]!.toString(16).padStart(2, '0');
  return text;
}
