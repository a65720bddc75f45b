// Fields of the head of an HTTP/1.x message, RFC 9112 §2 to §5, as far as it is in one frame.

import type { FieldName } from '../../../shared/domain/field-names.ts';
import { printableText } from '../text.ts';
import type { Scan } from './scan.ts';

const MAX_TEXT = 2_048;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const COLON = 0x3a;

const HEADERS: Readonly<Record<string, FieldName>> = {
  host: 'http.host',
  'user-agent': 'http.user_agent',
  location: 'http.location',
  server: 'http.server',
  'content-type': 'http.content_type',
  'content-length': 'http.content_length_header',
  'content-encoding': 'http.content_encoding',
  'transfer-encoding': 'http.transfer_encoding',
  connection: 'http.connection',
  cookie: 'http.cookie',
  'set-cookie': 'http.set_cookie',
  accept: 'http.accept',
  'accept-language': 'http.accept_language',
  'accept-encoding': 'http.accept_encoding',
  referer: 'http.referer',
  date: 'http.date',
  'cache-control': 'http.cache_control',
  upgrade: 'http.upgrade',
  'last-modified': 'http.last_modified',
};

const text = (bytes: Uint8Array, at: number, end: number): string => printableText(bytes, at, end, MAX_TEXT);

function indexOf(scan: Scan, byte: number, from: number, to: number): number {
  const at = scan.bytes.indexOf(byte, from);
  return at < 0 || at >= to ? -1 : at;
}

export function httpFields(scan: Scan, request: boolean): void {
  const node = scan.openRest('http');
  const first = startLine(node, request);
  node.into.value = first;
  while (node.left > 0 && !node.full) {
    const begin = node.at;
    const feed = indexOf(node, LF, begin, node.end);
    const next = feed < 0 ? node.end : feed + 1;
    const stop = feed > begin && node.bytes[feed - 1] === CR ? feed - 1 : feed < 0 ? node.end : feed;
    if (stop === begin) {
      node.at = next;
      break;
    }
    header(node, request, begin, stop, next);
    node.at = next;
  }
  scan.close(node);
  // More than the budget of nodes goes with the body.
  if (scan.left > 0) scan.blob('http.file_data', scan.left);
}

/** `GET /path HTTP/1.1` or `HTTP/1.1 200 OK`. */
function startLine(node: Scan, request: boolean): string {
  const begin = node.at;
  const feed = indexOf(node, LF, begin, node.end);
  const next = feed < 0 ? node.end : feed + 1;
  const stop = feed > begin && node.bytes[feed - 1] === CR ? feed - 1 : feed < 0 ? node.end : feed;
  const one = indexOf(node, SPACE, begin, stop);
  if (one >= 0) {
    const two = indexOf(node, SPACE, one + 1, stop);
    const second = two < 0 ? stop : two;
    node.text(request ? 'http.request.method' : 'http.response.version', one - begin, text);
    node.at = one + 1;
    const value = text(node.bytes, node.at, second);
    if (request) node.text('http.request.uri', second - node.at, text);
    else
      node.add('http.response.code', node.at, second - node.at, value, /^\d{3}$/.test(value) ? Number(value) : value);
    if (two >= 0) {
      node.at = two + 1;
      node.text(request ? 'http.request.version' : 'http.response.phrase', stop - node.at, text);
    }
  }
  node.at = next;
  return text(node.bytes, begin, stop);
}

function header(node: Scan, request: boolean, begin: number, stop: number, next: number): void {
  const colon = indexOf(node, COLON, begin, stop);
  const line = text(node.bytes, begin, stop);
  const field = node.add(request ? 'http.request.line' : 'http.response.line', begin, next - begin, line);
  if (colon < 0) return;
  const name = HEADERS[text(node.bytes, begin, colon).toLowerCase()];
  if (name === undefined) return;
  let from = colon + 1;
  while (from < stop && (node.bytes[from] === SPACE || node.bytes[from] === 0x09)) from++;
  const value = text(node.bytes, from, stop);
  // Wireshark's field covers the whole line.
  node.openInto(field).add(name, begin, next - begin, value, value);
}
