// What can have become of a capture before somebody opens it: pure functions from capture to capture. A frame keeps the
// number it had, also when it is copied, so that what was true of it can still be said.

import { ascii, concat, u16 } from './bytes.ts';
import { type Capture, type CaptureFrame, type Dissection, dissect, edited, TCP } from './capture.ts';
import { LINKTYPE } from './packets.ts';

const MILLISECOND = 1_000_000n;

/** What a flow is told by; the same for both directions. */
export function flowKey(at: Dissection): string {
  const ends = [`${at.source} ${at.sourcePort}`, `${at.destination} ${at.destinationPort}`];
  return `${at.protocol} ${ends.sort().join(' ')}`;
}

/** The addresses of clients: who sends SYNs and asks resolvers. */
export function clientsOf(capture: Capture): Set<string> {
  const clients = new Set<string>();
  for (const frame of capture.frames) {
    const at = dissect(frame);
    if (at === null) continue;
    const flags = at.tcp?.flags ?? 0;
    const opens = at.tcp !== null ? (flags & (TCP.syn | TCP.ack)) === TCP.syn : [53, 443].includes(at.destinationPort);
    if (opens) clients.add(at.source);
  }
  return clients;
}

/** Asymmetric routing, or a tap on one fibre. */
export function oneDirection(capture: Capture, keep: 'from-client' | 'to-client'): Capture {
  const clients = clientsOf(capture);
  return filtered(capture, (_, at) => at === null || clients.has(at.source) === (keep === 'from-client'));
}

/** A snapshot length; 54 bytes end with the TCP header on Ethernet. */
export function cutTo(capture: Capture, snaplen: number): Capture {
  return mapped(capture, (frame) => ({ ...frame, bytes: frame.bytes.slice(0, snaplen) }));
}

/** The recording began when the connections had been set up: no handshake of any is there. */
export function withoutHandshakes(capture: Capture): Capture {
  const opened = new Set<string>();
  return filtered(capture, (_, at) => {
    if (at?.tcp == null) return true;
    const key = flowKey(at);
    if ((at.tcp.flags & TCP.syn) !== 0) return false;
    // The bare ACK that ends the handshake
    if (!opened.has(key) && at.end === at.payload && (at.tcp.flags & (TCP.rst | TCP.fin)) === 0) return false;
    opened.add(key);
    return true;
  });
}

/**
 * The `any` interface of a gateway: what is forwarded is seen twice, coming in and going out again with a TTL one lower,
 * both within a fraction of a millisecond, as SLL2.
 */
export function doubledAsAny(capture: Capture): Capture {
  const frames = capture.frames.flatMap((frame) => {
    const at = dissect(frame);
    if (at === null) return [frame];
    const packet = frame.bytes.subarray(at.ip);
    const type = u16(at.v6 ? 0x86dd : 0x0800);
    const missing = frame.original - frame.bytes.length;
    const copy = (iface: number, direction: number): CaptureFrame => {
      const head = concat(
        type,
        u16(0),
        u16(0),
        u16(iface),
        u16(1),
        Uint8Array.of(direction, 6, 2, 0, 0, 0, 0, iface, 0, 0),
      );
      const bytes = concat(head, packet);
      return { ...frame, bytes, original: bytes.length + missing, linkType: LINKTYPE.sll2 };
    };
    const forwarded = edited(copy(3, 4), (bytes, inner) => {
      bytes[inner.ip + (inner.v6 ? 7 : 8)]! -= 1;
    });
    return [copy(2, 0), { ...forwarded, time: frame.time + 40_000n }];
  });
  return { ...capture, frames: inOrder(frames) };
}

/** Every frame twice and equal, as a mirror port that copies both ways does. */
export function doubledAsSpan(capture: Capture): Capture {
  const frames = capture.frames.flatMap((frame) => [frame, { ...frame, time: frame.time + 15_000n }]);
  return { ...capture, frames: inOrder(frames) };
}

/** Receive offload: neighbouring data segments of one direction are one frame. */
export function mergedByOffload(capture: Capture): Capture {
  const frames: CaptureFrame[] = [];
  for (const frame of capture.frames) {
    const previous = frames.at(-1);
    const merged = previous === undefined ? null : joined(previous, frame);
    if (merged === null) frames.push(frame);
    else frames[frames.length - 1] = merged;
  }
  return { ...capture, frames };
}

function joined(first: CaptureFrame, second: CaptureFrame): CaptureFrame | null {
  const a = dissect(first);
  const b = dissect(second);
  if (a?.tcp == null || b?.tcp == null || a.source !== b.source || flowKey(a) !== flowKey(b)) return null;
  const length = a.end - a.payload;
  const plain = ((a.tcp.flags | b.tcp.flags) & (TCP.syn | TCP.fin | TCP.rst)) === 0;
  if (!plain || length === 0 || b.end === b.payload || (a.tcp.seq + length) >>> 0 !== b.tcp.seq) return null;
  if (a.end > first.bytes.length || b.end > second.bytes.length || a.v6) return null;
  const bytes = concat(first.bytes.subarray(0, a.end), second.bytes.subarray(b.payload, b.end));
  bytes.set(u16(bytes.length - a.ip), a.ip + 2);
  bytes[a.transport + 13]! |= b.tcp.flags & TCP.psh;
  return edited({ ...first, bytes, original: bytes.length }, () => undefined);
}

export function withoutFrames(capture: Capture, numbers: ReadonlySet<number>): Capture {
  return filtered(capture, (frame) => !numbers.has(frame.number));
}

/** Only these frames. */
export function onlyFrames(capture: Capture, keep: (frame: CaptureFrame, at: Dissection | null) => boolean): Capture {
  return filtered(capture, keep);
}

/**
 * Another name of the same length wherever the old one stands: as text (TLS, HTTP, certificates) and as labels (DNS).
 * Names that end in it (`www.` before it) change with it.
 */
export function renamed(capture: Capture, from: string, to: string): Capture {
  if (from.length !== to.length) throw new Error(`${to} is not as long as ${from}`);
  const patterns = [
    [ascii(from), ascii(to)],
    [labels(from), labels(to)],
  ] as const;
  return mapped(capture, (frame) => {
    const at = dissect(frame);
    if (at === null) return frame;
    const found = patterns.some(([old]) => indexOf(frame.bytes, old, at.payload) >= 0);
    if (!found) return frame;
    return edited(frame, (bytes) => {
      for (const [old, fresh] of patterns) {
        for (let hit = indexOf(bytes, old, at.payload); hit >= 0; hit = indexOf(bytes, old, hit + 1))
          bytes.set(fresh, hit);
      }
    });
  });
}

function labels(name: string): Uint8Array {
  return concat(...name.split('.').map((label) => concat(Uint8Array.of(label.length), ascii(label))));
}

/** Without regard to case, as names are. */
function indexOf(bytes: Uint8Array, wanted: Uint8Array, from: number): number {
  const lower = (byte: number): number => (byte >= 65 && byte <= 90 ? byte + 32 : byte);
  outer: for (let at = from; at + wanted.length <= bytes.length; at++) {
    for (let i = 0; i < wanted.length; i++) if (lower(bytes[at + i]!) !== lower(wanted[i]!)) continue outer;
    return at;
  }
  return -1;
}

/** IPv4 addresses replaced in headers, in what ICMP quotes, and in the answers of DNS. */
export function readdressed(capture: Capture, map: (address: string) => string): Capture {
  const swap = (bytes: Uint8Array, at: number): void => {
    const old = bytes.subarray(at, at + 4).join('.');
    bytes.set(Uint8Array.from(map(old).split('.'), Number), at);
  };
  return mapped(capture, (frame) =>
    edited(frame, (bytes, at) => {
      if (at.v6) return;
      swap(bytes, at.ip + 12);
      swap(bytes, at.ip + 16);
      if (
        at.protocol === 1 &&
        bytes[at.transport] !== 0 &&
        bytes[at.transport] !== 8 &&
        at.payload + 20 <= bytes.length
      ) {
        swap(bytes, at.payload + 12);
        swap(bytes, at.payload + 16);
        const message = bytes.subarray(at.transport, Math.min(at.end, bytes.length));
        message.set(u16(0), 2);
        message.set(u16(onesComplement(message)), 2);
      }
      if (at.protocol === 17 && at.sourcePort === 53)
        for (const record of addressRecords(bytes, at)) swap(bytes, record);
    }),
  );
}

function onesComplement(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += (bytes[at]! << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** Where the addresses of A records stand. */
function addressRecords(bytes: Uint8Array, at: Dissection): number[] {
  const word = (where: number): number => ((bytes[where] ?? 0) << 8) | (bytes[where + 1] ?? 0);
  const end = Math.min(at.end, bytes.length);
  const afterName = (where: number): number => {
    let here = where;
    while (here < end && bytes[here] !== 0) {
      if (bytes[here]! >= 0xc0) return here + 2;
      here += bytes[here]! + 1;
    }
    return here + 1;
  };
  let here = at.payload + 12;
  for (let question = word(at.payload + 4); question > 0 && here < end; question--) here = afterName(here) + 4;
  const found: number[] = [];
  for (let record = word(at.payload + 6); record > 0 && here < end; record--) {
    here = afterName(here);
    if (word(here) === 1 && word(here + 8) === 4 && here + 14 <= end) found.push(here + 10);
    here += 10 + word(here + 8);
  }
  return found;
}

/** The same at another time. */
export function shifted(capture: Capture, seconds: number): Capture {
  return mapped(capture, (frame) => ({ ...frame, time: frame.time + BigInt(seconds) * 1_000_000_000n }));
}

/**
 * A forger who takes pains: forged resets and FINs get the TTL, IP identification, DF and window that the claimed
 * sender's latest genuine packet in the flow suggests, or its first where none came before.
 */
export function likeGenuine(capture: Capture, forged: ReadonlySet<number>): Capture {
  interface Seen {
    ttl: number;
    id: number;
    df: boolean;
    window: number;
  }
  const senderOf = (at: Dissection): string => `${flowKey(at)} ${at.source} ${at.sourcePort}`;
  const seen = (at: Dissection): Seen => ({ ttl: at.ttl, id: at.id, df: at.df, window: at.tcp!.window });
  const models = new Map<string, Seen>();
  for (const frame of [...capture.frames].reverse()) {
    const at = dissect(frame);
    if (at?.tcp != null && !forged.has(frame.number)) models.set(senderOf(at), seen(at));
  }
  return mapped(capture, (frame) => {
    const at = dissect(frame);
    if (at?.tcp == null) return frame;
    if (!forged.has(frame.number)) {
      models.set(senderOf(at), seen(at));
      return frame;
    }
    const model = models.get(senderOf(at));
    if (model === undefined) return frame;
    // A host that always says 0 goes on saying 0.
    if (model.id !== 0) model.id = (model.id + 1) & 0xffff;
    const { flags } = at.tcp;
    return edited(frame, (bytes) => {
      bytes[at.ip + (at.v6 ? 7 : 8)] = model.ttl;
      if (!at.v6) {
        bytes.set(u16(model.id), at.ip + 4);
        bytes[at.ip + 6] = model.df ? 0x40 : 0;
      }
      // Reserved bits go, too
      bytes[at.transport + 12]! &= 0xf0;
      bytes.set(u16((flags & TCP.rst) !== 0 ? 0 : model.window), at.transport + 14);
    });
  });
}

/** One more frame, after the frame of that number. */
export function withFrameAfter(capture: Capture, number: number, made: (model: CaptureFrame) => Uint8Array): Capture {
  const frames = capture.frames.flatMap((frame) => {
    if (frame.number !== number) return [frame];
    const bytes = made(frame);
    return [frame, { ...frame, number: -1, bytes, original: bytes.length, time: frame.time + 2n * MILLISECOND }];
  });
  return { ...capture, frames: inOrder(frames) };
}

function filtered(capture: Capture, keep: (frame: CaptureFrame, at: Dissection | null) => boolean): Capture {
  return { ...capture, frames: capture.frames.filter((frame) => keep(frame, dissect(frame))) };
}

function mapped(capture: Capture, change: (frame: CaptureFrame) => CaptureFrame): Capture {
  return { ...capture, frames: capture.frames.map(change) };
}

function inOrder(frames: CaptureFrame[]): CaptureFrame[] {
  return frames.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
}
