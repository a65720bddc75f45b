// The head of an HTTP/1.x request or response, RFC 9112 §3 to §5, from the beginning of a stream.
//
// Lenient where circumvention tools and middleboxes are odd: bare LF, empty lines in front, tabs or several spaces in
// the request line, folded headers (§5.2), no space behind a colon. Strict in what is handed on: all text is harmless.

import { hostText, lowerByte, printableText } from './text.ts';

const MAX_LINE = 8192;
const MAX_HEADERS = 128;
const MAX_METHOD = 24;
const MAX_TEXT = 2048;
/** Line ends in front of a request are passed over (RFC 9112 §2.2). */
const MAX_LEADING = 8;

const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const COLON = 0x3a;

interface Head {
  /** Such as `1.1`. */
  readonly version: string;
  readonly contentLength: number | null;
  readonly transferEncoding: string | null;
  /** Lower-cased. */
  readonly connection: string | null;
  readonly headerCount: number;
  /** The empty line that ends the head was seen; else what stands here is what came before the bytes ran out. */
  readonly complete: boolean;
  /** A line that is no header, a line or a number of headers beyond the limits: reading stopped there. */
  readonly malformed: boolean;
  /** Behind the head, from the start of the stream; -1 while it is not complete. */
  readonly bodyOffset: number;
}

export interface RequestHead extends Head {
  readonly method: string;
  readonly target: string;
  /** From Host, else from the target; lower-cased, without port, odd bytes escaped. */
  readonly host: string | null;
  /** Where the bytes of the host are in the stream, or -1: which segment carries the name. */
  readonly hostOffset: number;
  readonly hostLength: number;
}

export interface ResponseHead extends Head {
  readonly status: number;
  readonly reason: string;
  readonly location: string | null;
  readonly server: string | null;
  readonly contentType: string | null;
  readonly contentEncoding: string | null;
}

/** Registered methods (RFC 9110 §9, RFC 5789, RFC 4918) as a sender writes them, with the space behind. */
const METHODS = ['GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'CONNECT', 'PATCH', 'TRACE', 'PROPFIND'].map(
  (method) => Uint8Array.from(`${method} `, (character) => character.charCodeAt(0)),
);
const STATUS_START = Uint8Array.from('HTTP/1.', (character) => character.charCodeAt(0));

function agrees(bytes: Uint8Array, start: number, end: number, expected: Uint8Array): boolean {
  const length = Math.min(end - start, expected.length);
  for (let index = 0; index < length; index++) if (bytes[start + index] !== expected[index]) return false;
  return length > 0;
}

/** Cheap test of the first bytes. True as well where fewer are there and agree so far. */
export function looksLikeHttpRequest(bytes: Uint8Array, start: number, end: number): boolean {
  for (const method of METHODS) if (agrees(bytes, start, end, method)) return true;
  return false;
}

export function looksLikeHttpResponse(bytes: Uint8Array, start: number, end: number): boolean {
  return agrees(bytes, start, end, STATUS_START);
}

/** A part of the bytes; start equal to end is the empty part. */
interface Span {
  readonly start: number;
  readonly end: number;
}

interface Header {
  readonly name: string;
  /** The lines of its value without white space around: more than one when folded. */
  readonly value: Span[];
}

const isBlank = (byte: number): boolean => byte === SPACE || byte === TAB;

function trim(bytes: Uint8Array, start: number, end: number): Span {
  while (start < end && isBlank(bytes[start]!)) start++;
  while (end > start && isBlank(bytes[end - 1]!)) end--;
  return { start, end };
}

/** The line at `at` without its end; undefined where its end is not there within MAX_LINE bytes. */
function lineAt(bytes: Uint8Array, at: number, end: number): (Span & { readonly next: number }) | undefined {
  const limit = Math.min(end, at + MAX_LINE);
  for (let index = at; index < limit; index++) {
    if (bytes[index] !== LF) continue;
    return { start: at, end: index > at && bytes[index - 1] === CR ? index - 1 : index, next: index + 1 };
  }
  return undefined;
}

/** RFC 9110 §5.6.2. */
function isTokenByte(byte: number): boolean {
  if ((byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x5e && byte <= 0x7a)) return true;
  return (
    byte === 0x7c || byte === 0x7e || (byte >= 0x21 && byte <= 0x2e && !'"(),'.includes(String.fromCharCode(byte)))
  );
}

function isToken(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (!isTokenByte(bytes[at]!)) return false;
  return end > start;
}

/** Reads the headers behind the first line. */
class Headers {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly wanted: ReadonlySet<string>;
  readonly found = new Map<string, Header>();
  count = 0;
  complete = false;
  malformed = false;
  bodyOffset = -1;

  constructor(bytes: Uint8Array, start: number, at: number, end: number, wanted: ReadonlySet<string>) {
    this.bytes = bytes;
    this.start = start;
    this.wanted = wanted;
    this.#read(at, end);
  }

  #read(at: number, end: number): void {
    const { bytes } = this;
    let last: Header | undefined;
    for (;;) {
      const line = lineAt(bytes, at, end);
      if (line === undefined) {
        this.malformed = end - at >= MAX_LINE;
        return;
      }
      at = line.next;
      if (line.start === line.end) {
        this.complete = true;
        this.bodyOffset = at - this.start;
        return;
      }
      // RFC 9112 §5.2, obs-fold.
      if (isBlank(bytes[line.start]!)) {
        if (last !== undefined && last.value.length < MAX_HEADERS) last.value.push(trim(bytes, line.start, line.end));
        continue;
      }
      if (this.count >= MAX_HEADERS) {
        this.malformed = true;
        return;
      }
      let colon = line.start;
      while (colon < line.end && bytes[colon] !== COLON) colon++;
      const name = trim(bytes, line.start, colon);
      if (colon === line.end || !isToken(bytes, name.start, name.end)) {
        this.malformed = true;
        return;
      }
      this.count++;
      last = this.#header(name, trim(bytes, colon + 1, line.end));
    }
  }

  /** Keeps the first of each wanted name. */
  #header(name: Span, value: Span): Header | undefined {
    let text = '';
    const stop = Math.min(name.end, name.start + 32);
    for (let at = name.start; at < stop; at++) text += String.fromCharCode(lowerByte(this.bytes[at]!));
    if (!this.wanted.has(text) || this.found.has(text)) return undefined;
    const header = { name: text, value: [value] };
    this.found.set(text, header);
    return header;
  }

  text(name: string): string | null {
    const header = this.found.get(name);
    if (header === undefined) return null;
    const parts = header.value.filter((part) => part.end > part.start);
    return parts
      .map((part) => printableText(this.bytes, part.start, part.end, MAX_TEXT))
      .join(' ')
      .slice(0, MAX_TEXT);
  }

  span(name: string): Span | undefined {
    return this.found.get(name)?.value.find((part) => part.end > part.start);
  }

  common(): Omit<Head, 'version'> {
    const length = this.text('content-length');
    return {
      contentLength: length !== null && /^\d{1,15}$/.test(length) ? Number(length) : null,
      transferEncoding: this.text('transfer-encoding')?.toLowerCase() ?? null,
      connection: this.text('connection')?.toLowerCase() ?? null,
      headerCount: this.count,
      complete: this.complete,
      malformed: this.malformed,
      bodyOffset: this.bodyOffset,
    };
  }
}

const COMMON_HEADERS = ['content-length', 'transfer-encoding', 'connection'];
const REQUEST_HEADERS: ReadonlySet<string> = new Set([...COMMON_HEADERS, 'host']);
const RESPONSE_HEADERS: ReadonlySet<string> = new Set([
  ...COMMON_HEADERS,
  'location',
  'server',
  'content-type',
  'content-encoding',
]);

/** `HTTP/1.1` as `1.1`, RFC 9112 §2.3. */
function versionAt(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start !== 8) return undefined;
  return /^HTTP\/(\d\.\d)$/.exec(printableText(bytes, start, end, 8))?.[1];
}

/** The name in `host[:port]` or `user@host:port`, RFC 3986 §3.2; an IPv6 address without its brackets. */
function hostSpan(bytes: Uint8Array, start: number, end: number): Span {
  for (let at = end - 1; at >= start; at--) {
    if (bytes[at] !== 0x40) continue;
    start = at + 1;
    break;
  }
  const bracketed = bytes[start] === 0x5b && start < end;
  let stop = bracketed ? start + 1 : start;
  while (stop < end && bytes[stop] !== (bracketed ? 0x5d : COLON)) stop++;
  return bracketed && stop < end ? { start: start + 1, end: stop } : { start, end: stop };
}

/** The authority in the target: of CONNECT the whole, of the absolute form what stands behind `//` (RFC 9112 §3.2). */
function targetAuthority(bytes: Uint8Array, target: Span, method: string): Span | undefined {
  if (method === 'CONNECT') return target;
  const scheme = /^https?:\/\//i.exec(printableText(bytes, target.start, target.end, 8));
  if (scheme === null) return undefined;
  const start = target.start + scheme[0].length;
  let end = start;
  while (end < target.end && bytes[end] !== 0x2f && bytes[end] !== 0x3f) end++;
  return { start, end };
}

function words(bytes: Uint8Array, start: number, end: number): Span[] {
  const found: Span[] = [];
  let at = start;
  while (at < end && found.length < 4) {
    while (at < end && isBlank(bytes[at]!)) at++;
    const from = at;
    while (at < end && !isBlank(bytes[at]!)) at++;
    if (at > from) found.push({ start: from, end: at });
  }
  return found;
}

/** A line that is not whole can still be one of HTTP: begins with a token, is text throughout, and not too long. */
function mayBecomeRequest(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at >= MAX_LINE) return false;
  let method = at;
  while (method < end && isTokenByte(bytes[method]!)) method++;
  if (method - at > MAX_METHOD || (method < end && (method === at || !isBlank(bytes[method]!)))) return false;
  for (let index = method; index < end; index++) {
    const byte = bytes[index]!;
    if (byte < SPACE && byte !== TAB && byte !== CR) return false;
  }
  return true;
}

/**
 * Reads a request from the beginning of a client's stream. `need-more` until the request line is whole; from then on
 * what is there, with `complete` false until the end of the head.
 */
export function parseRequestHead(
  bytes: Uint8Array,
  start: number,
  end: number,
): 'not-http' | 'need-more' | RequestHead {
  let at = start;
  while (at < end && at - start < MAX_LEADING && (bytes[at] === CR || bytes[at] === LF)) at++;
  const line = lineAt(bytes, at, end);
  if (line === undefined) return mayBecomeRequest(bytes, at, end) ? 'need-more' : 'not-http';
  const [first, target, last, extra] = words(bytes, line.start, line.end);
  if (first === undefined || target === undefined || last === undefined || extra !== undefined) return 'not-http';
  const version = versionAt(bytes, last.start, last.end);
  if (version === undefined || first.end - first.start > MAX_METHOD) return 'not-http';
  if (!isToken(bytes, first.start, first.end)) return 'not-http';
  const method = printableText(bytes, first.start, first.end, MAX_METHOD);

  const headers = new Headers(bytes, start, line.next, end, REQUEST_HEADERS);
  const authority = headers.span('host') ?? targetAuthority(bytes, target, method);
  const name = authority === undefined ? undefined : hostSpan(bytes, authority.start, authority.end);
  const named = name !== undefined && name.end > name.start;
  return {
    method,
    target: printableText(bytes, target.start, target.end, MAX_TEXT),
    version,
    host: named ? hostText(bytes, name.start, Math.min(name.end, name.start + 255)) : null,
    hostOffset: named ? name.start - start : -1,
    hostLength: named ? name.end - name.start : 0,
    ...headers.common(),
  };
}

/** Reads a response from the beginning of a server's stream, on the terms of `parseRequestHead`. */
export function parseResponseHead(
  bytes: Uint8Array,
  start: number,
  end: number,
): 'not-http' | 'need-more' | ResponseHead {
  if (end > start && !looksLikeHttpResponse(bytes, start, end)) return 'not-http';
  const line = lineAt(bytes, start, end);
  if (line === undefined) return end - start < MAX_LINE ? 'need-more' : 'not-http';
  const [protocol, code] = words(bytes, line.start, line.end);
  const version = protocol === undefined ? undefined : versionAt(bytes, protocol.start, protocol.end);
  const status = code === undefined ? '' : printableText(bytes, code.start, code.end, 4);
  if (version === undefined || code === undefined || !/^\d{3}$/.test(status)) return 'not-http';
  const reason = trim(bytes, code.end, line.end);

  const headers = new Headers(bytes, start, line.next, end, RESPONSE_HEADERS);
  return {
    status: Number(status),
    reason: printableText(bytes, reason.start, reason.end, 256),
    version,
    location: headers.text('location'),
    server: headers.text('server'),
    contentType: headers.text('content-type'),
    contentEncoding: headers.text('content-encoding')?.toLowerCase() ?? null,
    ...headers.common(),
  };
}
