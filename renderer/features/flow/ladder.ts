// Rows of a ladder: packets in order of time. Runs of ordinary packets are folded as each page comes in, so that a
// connection of any length costs what is notable of it; long quiet is a break.

import type { PacketRow } from '../../../shared/contract/service.ts';
import { duration } from '../../ui/moment.ts';

/** Packets next to each other of which there is nothing to say. */
export interface Run {
  readonly kind: 'run';
  /** Of its first packet, among the packets of the flow. */
  readonly index: number;
  readonly count: number;
  readonly from: number;
  readonly to: number;
  readonly firstFrame: number;
  readonly lastFrame: number;
  /** Payload to the server and to the client. */
  readonly bytes: readonly [number, number];
}

export interface PacketItem {
  readonly kind: 'packet';
  readonly index: number;
  readonly packet: PacketRow;
}

export type Folded = PacketItem | Run;

export type LadderItem =
  | (PacketItem & { readonly since: number | null })
  | Run
  /** Nothing for a while, between two items. */
  | { readonly kind: 'pause'; readonly index: number; readonly seconds: number }
  /** Packets that were not asked for yet. */
  | { readonly kind: 'gap'; readonly index: number; readonly count: number };

/** Seconds of quiet that are drawn as a break. */
const PAUSE = 1;
/** So many ordinary packets next to each other, and more, are one row until it is opened. */
const SHORTEST_RUN = 6;
/** The first packets say how the connection began. */
const ALWAYS_SHOWN = 8;

export function isOrdinary({ role, tcp, findings, captured, length }: PacketRow): boolean {
  if (role !== null || findings.length > 0) return false;
  // Datagrams have no acknowledgements between them; many are a stream
  if (tcp === null) return true;
  const isCutHeader = captured < Math.min(length, 54);
  return !tcp.retransmission && !tcp.duplicate && !isCutHeader && !/[SFR]/.test(tcp.flags);
}

/** One page of packets, folded. `offset` is the index of its first packet in the flow. */
export function fold(packets: readonly PacketRow[], offset: number): readonly Folded[] {
  const items: Folded[] = [];
  let run: PacketRow[] = [];
  const flush = (next: number): void => {
    const index = next - run.length;
    if (run.length >= SHORTEST_RUN) items.push(runOf(run, index));
    else for (const [at, packet] of run.entries()) items.push({ kind: 'packet', index: index + at, packet });
    run = [];
  };
  packets.forEach((packet, at) => {
    const index = offset + at;
    if (index >= ALWAYS_SHOWN && isOrdinary(packet)) run.push(packet);
    else {
      flush(index);
      items.push({ kind: 'packet', index, packet });
    }
  });
  flush(offset + packets.length);
  return items;
}

function runOf(packets: readonly PacketRow[], index: number): Run {
  const first = packets[0]!;
  const last = packets.at(-1)!;
  const payload = (fromClient: boolean): number =>
    packets.reduce((sum, each) => sum + (each.fromClient === fromClient ? (each.tcp?.payload ?? each.length) : 0), 0);
  return {
    kind: 'run',
    index,
    count: packets.length,
    from: first.offset,
    to: last.offset,
    firstFrame: first.frame,
    lastFrame: last.frame,
    bytes: [payload(true), payload(false)],
  };
}

function joined(a: Run, b: Run): Run {
  return {
    ...a,
    count: a.count + b.count,
    to: b.to,
    lastFrame: b.lastFrame,
    bytes: [a.bytes[0] + b.bytes[0], a.bytes[1] + b.bytes[1]],
  };
}

const begins = (item: Folded): number => (item.kind === 'packet' ? item.packet.offset : item.from);
const ends = (item: Folded): number => (item.kind === 'packet' ? item.packet.offset : item.to);

/**
 * Everything that is drawn, from the folded pages (by index of their first packet) and the runs that were opened (by
 * index, with their packets). What lies between pages is a gap.
 */
export function ladderItems(
  pages: ReadonlyMap<number, readonly Folded[]>,
  opened: ReadonlyMap<number, readonly PacketRow[]>,
  total: number,
): readonly LadderItem[] {
  const items: LadderItem[] = [];
  let next = 0;
  let before: Folded | null = null;
  const put = (item: Folded): void => {
    const last = items.at(-1);
    if (item.index > next) {
      items.push({ kind: 'gap', index: next, count: item.index - next });
      before = null;
    }
    const since = before === null ? null : begins(item) - ends(before);
    if (item.kind === 'run' && last?.kind === 'run' && since !== null && since < PAUSE) {
      const whole = joined(last, item);
      items[items.length - 1] = whole;
      before = whole;
    } else {
      if (since !== null && since >= PAUSE) items.push({ kind: 'pause', index: item.index, seconds: since });
      items.push(item.kind === 'packet' ? { ...item, since } : item);
      before = item;
    }
    next = item.index + (item.kind === 'packet' ? 1 : item.count);
  };
  for (const start of [...pages.keys()].sort((a, b) => a - b)) {
    for (const item of pages.get(start)!) {
      if (item.kind === 'run') putRun(item, opened, put);
      else put(item);
    }
  }
  if (next < total) items.push({ kind: 'gap', index: next, count: total - next });
  return items;
}

/** A run, or the packets of it that were opened and what is left. */
function putRun(run: Run, opened: ReadonlyMap<number, readonly PacketRow[]>, put: (item: Folded) => void): void {
  const end = run.index + run.count;
  // Bytes and frames of a part are not known; those of the whole would mislead
  const part = (index: number, count: number, from: number, to: number): Run => {
    return { ...run, index, count, from, to, firstFrame: 0, lastFrame: 0, bytes: [0, 0] };
  };
  let at = run.index;
  let time = run.from;
  const starts = [...opened.keys()].filter((index) => index >= at && index < end).sort((a, b) => a - b);
  for (const start of starts) {
    const packets = opened.get(start)!.slice(0, end - start);
    const first = packets[0];
    if (first === undefined) continue;
    if (start > at) put(part(at, start - at, time, first.offset));
    for (const [place, packet] of packets.entries()) put({ kind: 'packet', index: start + place, packet });
    at = start + packets.length;
    time = packets.at(-1)!.offset;
  }
  if (at === run.index) put(run);
  else if (at < end) put(part(at, end - at, time, run.to));
}

/** What may be said of a packet beside its notation. Times in seconds. */
export type Reading =
  | { readonly kind: 'forged-after'; readonly seconds: number }
  | { readonly kind: 'same-bytes' }
  | { readonly kind: 'away'; readonly seconds: number }
  | { readonly kind: 'hello'; readonly name: string | null }
  | { readonly kind: 'request'; readonly name: string }
  | { readonly kind: 'query'; readonly name: string }
  | { readonly kind: 'still-there'; readonly seconds: number }
  | { readonly kind: 'genuine-answer'; readonly seconds: number }
  | { readonly kind: 'client-refuses' };

/** Readings of packets in order, by frame: from these packets alone, and nothing that a finding does not say. */
export function readings(packets: readonly PacketRow[]): ReadonlyMap<number, Reading> {
  const found = new Map<number, Reading>();
  let syn: PacketRow | null = null;
  let trigger: PacketRow | null = null;
  let forged: PacketRow | null = null;
  for (const packet of packets) {
    const reading = ((): Reading | null => {
      if (packet.role === 'forged') {
        if (forged !== null && sameBytes(forged, packet)) return { kind: 'same-bytes' };
        return trigger === null ? null : { kind: 'forged-after', seconds: packet.offset - trigger.offset };
      }
      if (packet.fromClient === false) {
        if (packet.tcp?.flags === 'S.' && syn !== null) return { kind: 'away', seconds: packet.offset - syn.offset };
        const isAfter = forged !== null && forged.fromClient === false;
        if (!isAfter || packet.role !== 'genuine') return null;
        const kind = packet.tcp === null ? 'genuine-answer' : 'still-there';
        return { kind, seconds: packet.offset - forged!.offset };
      }
      if (packet.role === 'affected' && forged !== null && /R/.test(packet.tcp?.flags ?? '')) {
        return { kind: 'client-refuses' };
      }
      return messageOf(packet);
    })();
    if (reading !== null) found.set(packet.frame, reading);
    if (packet.tcp?.flags === 'S') syn = packet;
    if (packet.role === 'trigger') trigger = packet;
    if (packet.role === 'forged') forged = packet;
  }
  return found;
}

function sameBytes(a: PacketRow, b: PacketRow): boolean {
  return (
    a.ttl === b.ttl &&
    a.ipId === b.ipId &&
    a.length === b.length &&
    a.tcp?.flags === b.tcp?.flags &&
    a.tcp?.seq === b.tcp?.seq &&
    a.tcp?.ack === b.tcp?.ack &&
    a.tcp?.window === b.tcp?.window &&
    a.info === b.info
  );
}

/** The engine's own notation of a message, of which the name is taken. */
function messageOf({ info, protocol }: PacketRow): Reading | null {
  if (protocol === 'tls') {
    const hello = /\bclient_hello(?: sni (\S+?))?(?=[,\s]|$)/.exec(info);
    return hello === null ? null : { kind: 'hello', name: hello[1] ?? null };
  }
  if (protocol === 'http') {
    const host = /^[A-Z]+ .* host (\S+)/.exec(info);
    return host === null ? null : { kind: 'request', name: host[1]! };
  }
  if (protocol === 'dns') {
    const query = /^query 0x[0-9a-f]+ (\S+ \S+)/.exec(info);
    return query === null ? null : { kind: 'query', name: query[1]! };
  }
  return null;
}

const FLAGS: { readonly [letter: string]: string } = {
  S: 'SYN',
  F: 'FIN',
  R: 'RST',
  P: 'PSH',
  '.': 'ACK',
  U: 'URG',
  E: 'ECE',
  W: 'CWR',
};

/** `SYN,ACK`, from the short form `S.`. */
export function flagNames(flags: string): string {
  return [...flags].map((letter) => FLAGS[letter] ?? letter).join(',');
}

/** What stands on an arrow: flags and how much payload, or the protocol. */
export function arrowText({ tcp, protocol, info }: PacketRow): string {
  if (tcp === null) return `${protocol} ${info.replace(/^length /, '').split(' ')[0] ?? ''}`.trim();
  return `${flagNames(tcp.flags)}${tcp.payload > 0 ? ` ${tcp.payload}` : ''}`;
}

/** Time since the row before; packets of one burst are microseconds apart. */
export function sinceText(seconds: number): string {
  return seconds < 0.0001 ? `${Math.round(seconds * 1e6)} µs` : duration(seconds);
}

/** Routers between here and the sender, if it began with one of the usual values. */
export function hopsOf(ttl: number): number {
  const begun = [32, 64, 128, 255].find((value) => ttl <= value)!;
  return begun - ttl;
}
