// What of a payload may be published. Messages that are understood stay, with values inside them replaced by as many
// bytes; what is not understood is cut off, not hoped over.

import type { Pseudonyms } from '../../shared/report/pseudonyms.ts';
import { PROTOCOL } from '../wire/packet.ts';
import { looksLikeQuicLong, parseLongHeader, QuicInitialReader } from '../wire/quic.ts';
import { isDecodeError } from '../wire/result.ts';
import { scanTls } from '../wire/tls.ts';
import { learnDns, planDns } from './dns-payload.ts';
import { planRequest, planResponse } from './http-payload.ts';
import { type Edit, NOTHING, type PayloadPlan } from './payload-plan.ts';
import { directionOf, type EvidenceFrame, STREAM_HELD } from './select.ts';
import { isStun, planStun } from './stun-payload.ts';
import { planTunnelDatagram, planTunnelStream } from './tunnel-payload.ts';

const DNS_PORT = 53;

export interface PayloadOptions {
  readonly headersOnly: boolean;
  /** Somebody filtered by what was requested, so the request is the evidence. */
  readonly keepTarget: boolean;
  /** Numbers of frames whose payload stays as it is, short of what was replaced. */
  readonly whole: ReadonlySet<number>;
}

/** One plan a frame, in their order. ICMP is planned where it is rewritten. */
export function planPayloads(
  frames: readonly EvidenceFrame[],
  pseudonyms: Pseudonyms,
  options: PayloadOptions,
): PayloadPlan[] {
  const plans: PayloadPlan[] = frames.map(() => NOTHING);
  if (options.headersOnly) return plans;
  const streams = assemble(frames);
  const quic = new Map<string, QuicInitialReader>();
  for (const { bytes, layout } of frames) {
    if (layout === null || !isDatagram(layout)) continue;
    if (isDns(layout)) learnDns(bytes, layout.payload, layout.end, pseudonyms);
  }
  for (const stream of streams.values()) {
    if (!stream.isDns) continue;
    eachTcpMessage(stream, (from, to) => {
      learnDns(stream.bytes, from, to, pseudonyms);
      return to - from;
    });
  }
  frames.forEach(({ bytes, layout, conversation }) => {
    if (layout === null || !isDatagram(layout) || layout.destinationPort !== 443) return;
    if (!looksLikeQuicLong(bytes, layout.payload, layout.end)) return;
    let reader = quic.get(conversation!);
    if (reader === undefined) {
      reader = new QuicInitialReader();
      quic.set(conversation!, reader);
    }
    reader.feed(bytes, layout.payload, layout.end, true);
  });
  const planned = new Map<string, PayloadPlan>();
  for (const [key, stream] of streams) planned.set(key, planStream(stream, pseudonyms, options));

  frames.forEach((frame, at) => {
    const { bytes, layout, conversation } = frame;
    if (layout === null || layout.fragment || layout.end <= layout.payload) return;
    if (options.whole.has(frame.number)) plans[at] = { keep: layout.end - layout.payload, edits: [] };
    else if (isDatagram(layout)) {
      if (isDns(layout)) plans[at] = planDns(bytes, layout.payload, layout.end, pseudonyms);
      else if (isStun(bytes, layout.payload, layout.end)) {
        plans[at] = planStun(bytes, layout.payload, layout.end, pseudonyms);
      } else {
        plans[at] =
          planTunnelDatagram(bytes, layout.payload, layout.end) ??
          planQuic(bytes, layout.payload, layout.end, quic.get(conversation!), pseudonyms);
      }
    } else if (layout.protocol === PROTOCOL.tcp) {
      const key = directionOf(bytes, layout);
      plans[at] = ofSegment(frame, streams.get(key), planned.get(key), pseudonyms, options);
    }
  });
  return plans;
}

function isDatagram(layout: { protocol: number; fragment: boolean }): boolean {
  return layout.protocol === PROTOCOL.udp && !layout.fragment;
}

function isDns(layout: { sourcePort: number; destinationPort: number }): boolean {
  return layout.sourcePort === DNS_PORT || layout.destinationPort === DNS_PORT;
}

/** The first bytes of one direction of a connection. */
interface Stream {
  readonly bytes: Uint8Array;
  readonly here: Uint8Array;
  readonly isDns: boolean;
  /** Without a gap from the beginning. */
  length: number;
}

function assemble(frames: readonly EvidenceFrame[]): Map<string, Stream> {
  const ends = new Map<string, number>();
  const segments = frames.filter(
    ({ layout, streamOffset }) =>
      layout !== null && layout.protocol === PROTOCOL.tcp && !layout.fragment && streamOffset >= 0,
  );
  for (const { bytes, layout, streamOffset } of segments) {
    const end = Math.min(STREAM_HELD, streamOffset + layout!.end - layout!.payload);
    const key = directionOf(bytes, layout!);
    ends.set(key, Math.max(ends.get(key) ?? 0, end));
  }
  const streams = new Map<string, Stream>();
  for (const { bytes, layout, streamOffset } of segments) {
    const key = directionOf(bytes, layout!);
    let stream = streams.get(key);
    if (stream === undefined) {
      const size = ends.get(key)!;
      stream = { bytes: new Uint8Array(size), here: new Uint8Array(size), isDns: isDns(layout!), length: 0 };
      streams.set(key, stream);
    }
    for (let from = layout!.payload, to = streamOffset; from < layout!.end && to < stream.bytes.length; from++, to++) {
      // What came first is what the endpoint read first
      if (stream.here[to] === 1) continue;
      stream.here[to] = 1;
      stream.bytes[to] = bytes[from]!;
    }
  }
  for (const stream of streams.values()) {
    const gap = stream.here.indexOf(0);
    stream.length = gap < 0 ? stream.here.length : gap;
  }
  return streams;
}

function ofSegment(
  frame: EvidenceFrame,
  stream: Stream | undefined,
  plan: PayloadPlan | undefined,
  pseudonyms: Pseudonyms,
  options: PayloadOptions,
): PayloadPlan {
  const { bytes, streamOffset } = frame;
  const layout = frame.layout!;
  const length = layout.end - layout.payload;
  if (stream === undefined || plan === undefined || streamOffset < 0) return NOTHING;
  const common = Math.max(0, Math.min(length, stream.bytes.length - streamOffset));
  for (let at = 0; at < common; at++) {
    if (bytes[layout.payload + at] === stream.bytes[streamOffset + at]) continue;
    // Other bytes for the same place: somebody put them there, so they stand for themselves
    const own = bytes.slice(layout.payload, layout.end);
    const alone = { bytes: own, here: own, isDns: stream.isDns, length: own.length };
    return planStream(alone, pseudonyms, options);
  }
  const keep = Math.max(0, Math.min(length, plan.keep - streamOffset));
  const edits: Edit[] = [];
  for (const edit of plan.edits) {
    const from = Math.max(edit.at, streamOffset);
    const to = Math.min(edit.at + edit.bytes.length, streamOffset + keep);
    if (from < to) edits.push({ at: from - streamOffset, bytes: edit.bytes.subarray(from - edit.at, to - edit.at) });
  }
  return { keep, edits };
}

function eachTcpMessage(stream: Stream, use: (from: number, to: number) => number): number {
  let at = 0;
  while (at + 2 <= stream.length) {
    const length = (stream.bytes[at]! << 8) | stream.bytes[at + 1]!;
    const end = Math.min(at + 2 + length, stream.length);
    const kept = use(at + 2, end);
    if (kept < length) return at + 2 + kept;
    at = end;
  }
  return at;
}

function planStream(stream: Stream, pseudonyms: Pseudonyms, options: PayloadOptions): PayloadPlan {
  const { bytes, length } = stream;
  if (stream.isDns) {
    const edits: Edit[] = [];
    const keep = eachTcpMessage(stream, (from, to) => {
      const plan = planDns(bytes, from, to, pseudonyms);
      for (const edit of plan.edits) edits.push({ at: from + edit.at, bytes: edit.bytes });
      return plan.keep;
    });
    return { keep, edits };
  }
  return (
    planTls(bytes, length, pseudonyms) ??
    planRequest(bytes, length, pseudonyms, options.keepTarget) ??
    planResponse(bytes, length, pseudonyms) ??
    planTunnelStream(bytes, length) ??
    NOTHING
  );
}

const RECORD = { changeCipher: 20, alert: 21, handshake: 22 } as const;
const HELLO = { client: 1, server: 2 } as const;
/** Session tickets, cookies, early secrets and encrypted hellos: opaque, and the same tickets tell the same person. */
const OPAQUE_EXTENSIONS: ReadonlySet<number> = new Set([35, 41, 44, 0xfe0d, 0xffce]);

/** Records of a TLS stream (RFC 8446 §5.1): hellos, changes of cipher and alerts; of the first other one its header. */
function planTls(bytes: Uint8Array, length: number, pseudonyms: Pseudonyms): PayloadPlan | null {
  if (length < 6 || bytes[1] !== 3 || bytes[2]! > 4) return null;
  const type = bytes[0]!;
  if (type !== RECORD.handshake && type !== RECORD.alert) return null;
  const edits: Edit[] = [];
  let at = 0;
  if (type === RECORD.handshake) {
    if (bytes[5] === HELLO.client) {
      at = planClientHello(bytes, length, pseudonyms, edits);
      if (at < 0) return { keep: -at - 1, edits };
    } else if (bytes[5] === HELLO.server && length >= 9) {
      const record = 5 + ((bytes[3]! << 8) | bytes[4]!);
      const hello = 9 + ((bytes[6]! << 16) | (bytes[7]! << 8) | bytes[8]!);
      // Older versions put the certificate into the same record
      if (hello !== record || hello > length) return { keep: Math.min(hello, length), edits };
      at = record;
    } else return { keep: 5, edits };
  }
  while (at + 5 <= length) {
    const size = (bytes[at + 3]! << 8) | bytes[at + 4]!;
    const kind = bytes[at]!;
    // A readable alert has two bytes; an encrypted one is longer
    const isPlain = (kind === RECORD.changeCipher && size === 1) || (kind === RECORD.alert && size === 2);
    if (!isPlain) return { keep: at + 5, edits };
    at += 5 + size;
  }
  return { keep: Math.min(at, length), edits };
}

/** Behind the hello; or, negative and less one, where reading had to end. */
function planClientHello(bytes: Uint8Array, length: number, pseudonyms: Pseudonyms, edits: Edit[]): number {
  const scan = scanTls(bytes, 0, length);
  const hello = scan.clientHello;
  if (hello === null) return -6;
  if (scan.sniStart >= 0 && hello.sni !== null && !pseudonyms.keeps(hello.sni)) {
    const replaced = pseudonyms.name(hello.sni);
    if (replaced.length !== hello.sniLength || scan.sniStart + hello.sniLength > length) return -scan.sniStart - 1;
    edits.push({ at: scan.sniStart, bytes: Uint8Array.from(replaced, (letter) => letter.charCodeAt(0)) });
  }
  for (const { at, size } of extensionsOf(bytes, length)) edits.push({ at, bytes: new Uint8Array(size) });
  return scan.helloEnd > 0 ? scan.helloEnd : -length - 1;
}

/** Data of the opaque extensions of a hello in one record. */
function extensionsOf(bytes: Uint8Array, length: number): { at: number; size: number }[] {
  const found: { at: number; size: number }[] = [];
  let at = 5 + 4 + 2 + 32;
  if (at >= length) return found;
  at += 1 + bytes[at]!;
  if (at + 2 > length) return found;
  at += 2 + ((bytes[at]! << 8) | bytes[at + 1]!);
  if (at >= length) return found;
  at += 1 + bytes[at]! + 2;
  while (at + 4 <= length) {
    const type = (bytes[at]! << 8) | bytes[at + 1]!;
    const size = (bytes[at + 2]! << 8) | bytes[at + 3]!;
    const here = Math.min(size, length - at - 4);
    if (OPAQUE_EXTENSIONS.has(type) && here > 0) found.push({ at: at + 4, size: here });
    at += 4 + size;
  }
  return found;
}

/** The invariant header (RFC 8999); a whole Initial where its keys open it and it names what stays. */
function planQuic(
  bytes: Uint8Array,
  start: number,
  end: number,
  reader: QuicInitialReader | undefined,
  pseudonyms: Pseudonyms,
): PayloadPlan {
  if (!looksLikeQuicLong(bytes, start, end)) return NOTHING;
  const header = parseLongHeader(bytes, start, end);
  if (isDecodeError(header)) return NOTHING;
  const name = reader?.clientHello?.sni ?? null;
  const isOpened = header.type === 'initial' && header.tokenLength === 0 && name !== null && pseudonyms.keeps(name);
  const stop = isOpened ? Math.min(header.end, end) : header.scid + header.scidLength;
  return { keep: stop - start, edits: [] };
}
