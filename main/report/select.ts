// The second and third pass over the original capture: which conversations the cited frames belong to, then the frames
// of those conversations. Only what a decoder may read is held; the rest of a payload is never copied.

import type { CaptureInterface, FrameBatch } from '../capture-file/frames.ts';
import { CaptureReader } from '../capture-file/reader.ts';
import { drive } from '../capture-file/source.ts';
import { parseDns } from '../wire/dns.ts';
import { PROTOCOL } from '../wire/packet.ts';
import { isDecodeError } from '../wire/result.ts';
import { conversationOf, destinationOf, isIcmp, type Layout, Layouts, quotes, sourceOf } from './layout.ts';

/** First bytes of each direction of a stream that are held: a hello or request and the beginning of the answer. */
export const STREAM_HELD = 8_192;
/** Frames of one conversation beyond which only cited ones are taken. */
const MAX_OF_CONVERSATION = 1_000;
/** LINKTYPE_RAW. */
const RAW_IP = 101;
/** Frames in all beyond which only cited ones are taken. */
const MAX_FRAMES = 200_000;

export interface EvidenceFrame {
  /** In the original capture, tshark's count. */
  readonly number: number;
  readonly seconds: number;
  readonly nanos: number;
  readonly original: number;
  /** In the original capture; `bytes` may hold fewer. */
  readonly captured: number;
  readonly linkType: number;
  readonly iface: number;
  readonly bytes: Uint8Array;
  readonly layout: Layout | null;
  readonly conversation: string | null;
  /** Of TCP payload, counted from the first byte of its direction; -1 where that is not known. */
  readonly streamOffset: number;
}

export interface Selection {
  readonly frames: readonly EvidenceFrame[];
  readonly interfaces: readonly CaptureInterface[];
  /** Frames of the capture that belong to nothing cited. */
  readonly others: number;
  /** Frames of cited conversations that a limit left out. */
  readonly limited: number;
  readonly comments: number;
  readonly packets: number;
}

export interface Wanted {
  /** Frames that the analysis read; what came after them is passed over. */
  readonly packets: number;
  readonly cited: ReadonlySet<number>;
  /** Names that only an answer gave to a target: without it the evidence would not know what it is about. */
  readonly names: ReadonlySet<string>;
  readonly direction: 'both' | 'to-client' | 'to-server';
  readonly isLocal: (address: Uint8Array) => boolean;
}

type Visit = (batch: FrameBatch, at: number, layout: Layout | null, reader: CaptureReader) => void;

/** Something else lies at the path by now. */
export class CaptureChanged extends Error {}

async function read(path: string, packets: number, visit: Visit, signal?: AbortSignal): Promise<CaptureReader> {
  const layouts = new Layouts();
  const reader = new CaptureReader({
    frames(batch) {
      for (let at = 0; at < batch.count; at++) {
        if (batch.number[at]! > packets) return;
        const start = batch.offset[at]!;
        const end = start + batch.captured[at]!;
        const { linkType } = reader.interfaces[batch.iface[at]!]!;
        visit(batch, at, layouts.of(batch.bytes, batch.view, start, end, batch.original[at]!, linkType), reader);
      }
    },
  });
  const done = await drive(path, (chunk) => reader.feed(chunk), {
    cancelled: () => signal?.aborted === true || reader.packets > packets,
  });
  signal?.throwIfAborted();
  if (done.error !== null && reader.packets === 0)
    throw new Error(`the capture cannot be read again: ${done.error.code}`);
  reader.end();
  if (reader.packets < packets) throw new CaptureChanged(`the capture has fewer frames than it had: ${reader.packets}`);
  return reader;
}

const layoutsOfQuotes = new Layouts();

/** The conversation of a frame; of an ICMP error that of the packet it quotes. Fragments go by their datagram. */
function belongsTo(bytes: Uint8Array, view: DataView, layout: Layout): string {
  if (layout.fragment) {
    const id = layout.v6 ? view.getUint32(layout.transport + 4) : view.getUint16(layout.ip + 4);
    return `fragment|${id}|${conversationOf(bytes, layout)}`;
  }
  if (isIcmp(layout) && quotes(bytes[layout.transport]!, layout.v6)) {
    const inner = layoutsOfQuotes.quoted(bytes, view, layout.transport + 8, layout.end);
    if (inner !== null && !inner.fragment) return conversationOf(bytes, inner);
  }
  return conversationOf(bytes, layout);
}

/** Echoes of one pair of addresses belong together by nothing but being cited. */
function isFollowed(layout: Layout): boolean {
  return layout.fragment || layout.protocol === PROTOCOL.tcp || layout.protocol === PROTOCOL.udp;
}

const DNS_PORT = 53;

/** An own query for one of the names, or the answer to it. */
function names(bytes: Uint8Array, layout: Layout, wanted: Wanted): boolean {
  if (wanted.names.size === 0 || layout.fragment || layout.protocol !== PROTOCOL.udp) return false;
  if (layout.sourcePort !== DNS_PORT && layout.destinationPort !== DNS_PORT) return false;
  if (!wanted.isLocal(sourceOf(bytes, layout)) && !wanted.isLocal(destinationOf(bytes, layout))) return false;
  const message = parseDns(bytes, layout.payload, layout.end);
  return !isDecodeError(message) && message.question !== null && wanted.names.has(message.question.name.toLowerCase());
}

export async function select(path: string, wanted: Wanted, signal?: AbortSignal): Promise<Selection> {
  const conversations = new Set<string>();
  const see: Visit = (batch, at, layout) => {
    if (layout === null || (!wanted.cited.has(batch.number[at]!) && !names(batch.bytes, layout, wanted))) return;
    if (isFollowed(layout) || isIcmp(layout)) conversations.add(belongsTo(batch.bytes, batch.view, layout));
  };
  await read(path, wanted.packets, see, signal);

  const frames: EvidenceFrame[] = [];
  const taken = new Map<string, number>();
  const bases = new Map<string, number>();
  let others = 0;
  let limited = 0;
  const take: Visit = (batch, at, layout, current) => {
    const number = batch.number[at]!;
    const isCited = wanted.cited.has(number);
    const conversation = layout === null ? null : belongsTo(batch.bytes, batch.view, layout);
    // Sent again by a radio: without the radio's header it would look like a retransmission of the sender's
    if (!isCited && (conversation === null || !conversations.has(conversation) || layout?.sentAgain)) {
      others++;
      return;
    }
    if (layout !== null && wanted.direction !== 'both') {
      const fromLocal = wanted.isLocal(sourceOf(batch.bytes, layout));
      if (fromLocal !== (wanted.direction === 'to-server')) {
        limited++;
        return;
      }
    }
    const soFar = conversation === null ? 0 : (taken.get(conversation) ?? 0);
    if (!isCited && (soFar >= MAX_OF_CONVERSATION || frames.length >= MAX_FRAMES)) {
      limited++;
      return;
    }
    if (conversation !== null) taken.set(conversation, soFar + 1);
    // Of what came in a tunnel or over the air only the packet is taken, not what carried it
    const packet = layout?.inside ? layout : null;
    const start = packet?.ip ?? batch.offset[at]!;
    const captured = packet === null ? batch.captured[at]! : packet.end - start;
    const streamOffset = layout === null ? -1 : offsetOf(batch.bytes, batch.view, layout, bases);
    const held = layout === null ? Math.min(captured, 64) : heldBytes(layout, start, streamOffset);
    frames.push({
      number,
      seconds: batch.seconds[at]!,
      nanos: batch.nanos[at]!,
      original: packet === null ? batch.original[at]! : captured + packet.missing,
      captured,
      linkType: packet === null ? current.interfaces[batch.iface[at]!]!.linkType : RAW_IP,
      iface: batch.iface[at]!,
      bytes: batch.bytes.slice(start, start + held),
      layout: layout === null ? null : shifted(layout, start, held),
      conversation,
      streamOffset,
    });
  };
  const reader = await read(path, wanted.packets, take, signal);
  return {
    frames,
    interfaces: reader.interfaces,
    others,
    limited,
    comments: reader.commentCount,
    packets: wanted.packets,
  };
}

function shifted(layout: Layout, start: number, held: number): Layout {
  const end = Math.min(layout.end - start, held);
  return {
    ...layout,
    ip: layout.ip - start,
    transport: layout.transport - start,
    payload: layout.payload - start,
    end,
    missing: layout.missing + (layout.end - start - end),
  };
}

const SYN = 2;

/** Where in its direction a TCP segment's payload stands, from the SYN or else from the first payload seen. */
function offsetOf(bytes: Uint8Array, view: DataView, layout: Layout, bases: Map<string, number>): number {
  if (layout.protocol !== PROTOCOL.tcp || layout.fragment || layout.transport + 14 > layout.end) return -1;
  const seq = view.getUint32(layout.transport + 4);
  const flags = view.getUint8(layout.transport + 13);
  const direction = directionOf(bytes, layout);
  if ((flags & SYN) !== 0) {
    bases.set(direction, (seq + 1) >>> 0);
    return 0;
  }
  const length = layout.end + layout.missing - layout.payload;
  let base = bases.get(direction);
  if (base === undefined) {
    if (length === 0) return -1;
    base = seq;
    bases.set(direction, base);
  }
  const offset = (seq - base) >>> 0;
  return offset < 0x8000_0000 ? offset : -1;
}

export function directionOf(bytes: Uint8Array, layout: Layout): string {
  const from = `${String.fromCharCode(...sourceOf(bytes, layout))}|${layout.sourcePort}`;
  return `${from}>${String.fromCharCode(...destinationOf(bytes, layout))}|${layout.destinationPort}`;
}

/** Bytes of a frame that are copied: headers, and the payload that something may decode. */
function heldBytes(layout: Layout, start: number, streamOffset: number): number {
  const headers = layout.payload - start;
  if (layout.fragment) return headers;
  const payload = layout.end - layout.payload;
  if (layout.protocol !== PROTOCOL.tcp) return headers + Math.min(payload, STREAM_HELD);
  if (streamOffset < 0) return headers;
  return headers + Math.max(0, Math.min(payload, STREAM_HELD - streamOffset));
}
