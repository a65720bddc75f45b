// What of an HTTP head may be published: the shape of it, the name of the site where it stays, and fields that say how
// the message is framed. All other values are overwritten by as many letters; bodies are cut.

import type { Pseudonyms } from '../../shared/report/pseudonyms.ts';
import { looksLikeHttpRequest, looksLikeHttpResponse } from '../wire/http.ts';
import type { Edit, PayloadPlan } from './payload-plan.ts';

const MASK = 0x78;
/** Values that say nothing of a person. */
const PLAIN_FIELDS: ReadonlySet<string> = new Set([
  'accept-encoding',
  'accept-ranges',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'server',
  'transfer-encoding',
  'upgrade',
]);

interface Line {
  readonly from: number;
  readonly to: number;
  readonly next: number;
}

function* lines(bytes: Uint8Array, length: number): Generator<Line> {
  let from = 0;
  while (from < length) {
    const feed = bytes.indexOf(10, from);
    if (feed < 0 || feed >= length) {
      yield { from, to: length, next: -1 };
      return;
    }
    yield { from, to: feed > from && bytes[feed - 1] === 13 ? feed - 1 : feed, next: feed + 1 };
    from = feed + 1;
  }
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}

function mask(edits: Edit[], from: number, to: number): void {
  if (to > from) edits.push({ at: from, bytes: new Uint8Array(to - from).fill(MASK) });
}

/** `host` or `host:port` at [from, to). */
function host(
  bytes: Uint8Array,
  from: number,
  to: number,
  pseudonyms: Pseudonyms,
  edits: Edit[],
  isField = false,
): void {
  const text = latin1(bytes, from, to);
  const name = /^(.*?)(:\d+)?$/.exec(text)?.[1] ?? text;
  if (name === '' || pseudonyms.keeps(name)) return;
  const made = pseudonyms.name(name) + text.slice(name.length);
  // An address in place of a name may become shorter: spaces behind a value mean nothing (RFC 9110 §5.5)
  if (made.length <= text.length && (made.length === text.length || isField)) {
    edits.push({ at: from, bytes: Uint8Array.from(made.padEnd(text.length), (letter) => letter.charCodeAt(0)) });
  } else mask(edits, from, from + name.length);
}

/** `scheme://host/…`: the scheme, the host if it stays, nothing of the rest. False: it is not of that form. */
function url(bytes: Uint8Array, from: number, to: number, pseudonyms: Pseudonyms, edits: Edit[]): boolean {
  const text = latin1(bytes, from, to);
  const found = /^(https?:\/\/)([^/?#]*)/i.exec(text);
  if (found === null) return false;
  const hostFrom = from + found[1]!.length;
  const hostTo = hostFrom + found[2]!.length;
  host(bytes, hostFrom, hostTo, pseudonyms, edits);
  mask(edits, Math.min(to, hostTo + 1), to);
  return true;
}

function fields(
  bytes: Uint8Array,
  length: number,
  pseudonyms: Pseudonyms,
  first: (line: Line, edits: Edit[]) => void,
): PayloadPlan {
  const edits: Edit[] = [];
  let isFirst = true;
  let keep = length;
  for (const line of lines(bytes, length)) {
    if (isFirst) {
      first(line, edits);
      isFirst = false;
    } else if (line.from === line.to) {
      keep = line.next < 0 ? length : line.next;
      break;
    } else {
      const colon = bytes.indexOf(58, line.from);
      if (colon < 0 || colon >= line.to) {
        // No field: what it is cannot be told
        keep = line.from;
        break;
      }
      const name = latin1(bytes, line.from, colon).trim().toLowerCase();
      let from = colon + 1;
      while (from < line.to && (bytes[from] === 32 || bytes[from] === 9)) from++;
      if (name === 'host') host(bytes, from, line.to, pseudonyms, edits, true);
      else if (name === 'location') {
        if (!url(bytes, from, line.to, pseudonyms, edits)) mask(edits, from, line.to);
      } else if (!PLAIN_FIELDS.has(name)) mask(edits, from, line.to);
    }
  }
  return { keep, edits };
}

/** Null: no request. */
export function planRequest(
  bytes: Uint8Array,
  length: number,
  pseudonyms: Pseudonyms,
  keepTarget: boolean,
): PayloadPlan | null {
  if (!looksLikeHttpRequest(bytes, 0, length)) return null;
  return fields(bytes, length, pseudonyms, (line, edits) => {
    const space = bytes.indexOf(32, line.from);
    if (space < 0 || space >= line.to) return;
    let end = bytes.lastIndexOf(32, line.to - 1);
    if (end <= space) end = line.to;
    if (keepTarget || url(bytes, space + 1, end, pseudonyms, edits)) return;
    // CONNECT names a host (RFC 9110 §9.3.6)
    if (latin1(bytes, line.from, space) === 'CONNECT') host(bytes, space + 1, end, pseudonyms, edits);
    else mask(edits, Math.min(end, space + 2), end);
  });
}

/** Null: no response. */
export function planResponse(bytes: Uint8Array, length: number, pseudonyms: Pseudonyms): PayloadPlan | null {
  if (!looksLikeHttpResponse(bytes, 0, length)) return null;
  return fields(bytes, length, pseudonyms, () => {});
}
