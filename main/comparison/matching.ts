// Which packet of one capture is which packet of the other, for one direction of one flow. The order of the rules is
// from what names a packet exactly to what its bytes alone say; what is left over at the end was seen on one side only.

import { type Packet, TCP } from './reading.ts';

export interface Match {
  readonly a: Packet;
  readonly b: Packet;
  /** The same packet by its header, and its payload or its FIN, SYN or RST bit is not the same. */
  readonly changed: boolean;
  /** No other packet of the direction could be meant: good enough to compare clocks by. */
  readonly unique: boolean;
}

export interface Matching {
  readonly matches: readonly Match[];
  /** Packets whose bytes arrived, or were sent, in segments cut differently (offload on one side). */
  readonly merged: { readonly a: ReadonlySet<Packet>; readonly b: ReadonlySet<Packet> };
  readonly onlyA: readonly Packet[];
  readonly onlyB: readonly Packet[];
  /** Payload could be compared: both captures kept all of it. */
  readonly hasContent: boolean;
}

/** A capture that records a packet twice does so at once, nanoseconds. */
const COPY_WITHIN = 5e6;
const DECISIVE = TCP.fin | TCP.syn | TCP.rst;

/** Copies of one packet become one, with the frames of all. */
export function withoutCopies(packets: readonly Packet[]): Packet[] {
  const latest = new Map<string, Packet>();
  const kept: Packet[] = [];
  for (const packet of packets) {
    const { fromClient, flags, seq, ack, length, sum, ipId, tsval, window } = packet;
    const key = `${fromClient} ${flags} ${seq} ${ack} ${length} ${sum} ${ipId} ${tsval} ${window}`;
    const before = latest.get(key);
    if (before !== undefined && packet.time - before.time <= COPY_WITHIN) {
      before.copies.push(packet.frame);
      continue;
    }
    const own = { ...packet, copies: [] };
    latest.set(key, own);
    kept.push(own);
  }
  return kept;
}

export function matchPackets(a: readonly Packet[], b: readonly Packet[], isTcp: boolean): Matching {
  const hasContent = [a, b].every((list) => list.every(({ sum }) => sum !== null));
  const content = (packet: Packet): string => (hasContent ? `${packet.sum}` : '');
  const restA = new Set(a);
  const restB = new Set(b);
  const matches: Match[] = [];
  /** Pairs packets of equal keys in order; null: the rule does not apply to this packet. */
  const rule = (key: (packet: Packet) => string | null, changed: boolean): void => {
    const waiting = new Map<string, Packet[]>();
    for (const packet of restB) {
      const value = key(packet);
      if (value === null) continue;
      const queue = waiting.get(value);
      if (queue === undefined) waiting.set(value, [packet]);
      else queue.push(packet);
    }
    const counts = new Map<string, number>();
    for (const packet of restA) {
      const value = key(packet);
      if (value !== null && waiting.has(value)) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    const sizes = new Map([...waiting].map(([value, queue]) => [value, queue.length]));
    const next = new Map<string, number>();
    for (const packet of restA) {
      const value = key(packet);
      if (value === null) continue;
      const queue = waiting.get(value);
      const at = next.get(value) ?? 0;
      if (queue === undefined || at >= queue.length) continue;
      next.set(value, at + 1);
      const other = queue[at]!;
      restA.delete(packet);
      restB.delete(other);
      matches.push({ a: packet, b: other, changed, unique: counts.get(value) === 1 && sizes.get(value) === 1 });
    }
  };
  const id = ({ ipId }: Packet): number | null => (ipId > 0 ? ipId : null);
  const header = (p: Packet): string => `${p.seq} ${p.ack} ${p.length} ${p.flags} ${p.tsval}`;
  const isReset = (p: Packet): boolean => isTcp && (p.flags & TCP.rst) !== 0;
  rule((p) => (id(p) === null ? null : `${id(p)} ${header(p)} ${content(p)}`), false);
  // The identification was rewritten, or there is none (IPv6, some stacks): order tells repetitions apart
  rule((p) => ((isTcp && bare(p) && p.tsval < 0) || isReset(p) ? null : `${header(p)} ${content(p)}`), false);
  // A forged reset may have all that a genuine one has but its identification
  const areRewritten = matches.some((m) => m.a.ipId > 0 && m.b.ipId > 0 && m.a.ipId !== m.b.ipId);
  rule((p) => (isReset(p) ? `${areRewritten ? 0 : p.ipId} ${header(p)} ${content(p)}` : null), false);
  if (isTcp) {
    rule((p) => (bare(p) && id(p) === null ? header(p) : null), false);
    // Middleboxes set PSH and acknowledge further, and the packet is the same
    rule((p) => (p.length < 2 || !hasContent ? null : `${p.seq} ${p.length} ${p.flags & DECISIVE} ${p.sum}`), false);
    // A SYN keeps its initial number whatever is done to it
    rule((p) => (p.flags & TCP.syn ? `${p.seq} ${p.ack} ${p.flags}` : null), false);
  }
  // Same header, other content
  if (hasContent) {
    rule((p) => (p.length === 0 || id(p) === null ? null : `${id(p)} ${header(p)}`), true);
    rule((p) => (p.length === 0 || id(p) === null || !isTcp ? null : `${id(p)} ${p.seq} ${p.length}`), true);
    if (!isTcp) rule((p) => (id(p) === null || p.seq === 0 ? null : `${id(p)} ${p.seq} ${p.flags}`), true);
  }
  const merged = { a: new Set<Packet>(), b: new Set<Packet>() };
  if (isTcp && hasContent) {
    tile(restA, [...restB], merged.a, merged.b);
    tile(restB, [...restA], merged.b, merged.a);
    for (const packet of merged.a) restA.delete(packet);
    for (const packet of merged.b) restB.delete(packet);
    recut(restA, restB, merged);
    for (const packet of merged.a) restA.delete(packet);
    for (const packet of merged.b) restB.delete(packet);
    // Bytes that came once in other pieces and are sent again whole
    tile(restA, b, merged.a, null);
    tile(restB, a, merged.b, null);
    for (const packet of merged.a) restA.delete(packet);
    for (const packet of merged.b) restB.delete(packet);
  }
  return {
    matches,
    merged,
    onlyA: a.filter((packet) => restA.has(packet)),
    onlyB: b.filter((packet) => restB.has(packet)),
    hasContent,
  };
}

/** Stretches without a hole that both sides have, whatever pieces either cut them into. */
function recut(a: ReadonlySet<Packet>, b: ReadonlySet<Packet>, merged: { a: Set<Packet>; b: Set<Packet> }): void {
  const others = new Map(stretches(b).map((each) => [`${each.seq} ${each.length} ${each.sum}`, each]));
  for (const own of stretches(a)) {
    const other = others.get(`${own.seq} ${own.length} ${own.sum}`);
    if (other === undefined) continue;
    for (const packet of own.packets) merged.a.add(packet);
    for (const packet of other.packets) merged.b.add(packet);
  }
}

interface Stretch {
  readonly seq: number;
  length: number;
  sum: number;
  readonly packets: Packet[];
}

function stretches(packets: ReadonlySet<Packet>): Stretch[] {
  const data = [...packets].filter(({ length }) => length > 1);
  const first = data[0]?.seq ?? 0;
  data.sort((p, q) => ((p.seq - first) | 0) - ((q.seq - first) | 0));
  const found: Stretch[] = [];
  for (const packet of data) {
    const last = found.at(-1);
    if (last !== undefined && ((last.seq + last.length) | 0) === (packet.seq | 0)) {
      last.length += packet.length;
      last.sum = (last.sum + packet.sum!) | 0;
      last.packets.push(packet);
    } else found.push({ seq: packet.seq, length: packet.length, sum: packet.sum!, packets: [packet] });
  }
  return found;
}

/** Nothing but an acknowledgement: many of them look alike. */
function bare(packet: Packet): boolean {
  return packet.length === 0 && (packet.flags & DECISIVE) === 0;
}

/** Packets of `wholes` whose bytes are those of several of `pieces` in a row, one after the other. */
function tile(
  wholes: ReadonlySet<Packet>,
  pieces: readonly Packet[],
  merged: Set<Packet>,
  ofPieces: Set<Packet> | null,
): void {
  const from = new Map<number, Packet[]>();
  for (const piece of pieces) {
    if (piece.length === 0) continue;
    const list = from.get(piece.seq);
    if (list === undefined) from.set(piece.seq, [piece]);
    else if (!list.some((known) => known.length === piece.length && known.sum === piece.sum)) list.push(piece);
  }
  for (const whole of wholes) {
    if (whole.length < 2) continue;
    const chain = chainOf(whole, from);
    // Of one piece it is the same packet sent again, of which one was lost
    if (chain === null || chain.length < 2) continue;
    merged.add(whole);
    for (const piece of chain) ofPieces?.add(piece);
  }
}

function chainOf(whole: Packet, from: ReadonlyMap<number, readonly Packet[]>): Packet[] | null {
  const chain: Packet[] = [];
  let at = whole.seq;
  let left = whole.length;
  let sum = 0;
  while (left > 0) {
    const room = left;
    // The longest that fits: what was sent again in smaller pieces stands beside it
    const piece = (from.get(at) ?? []).reduce<Packet | null>(
      (best, each) => (each.length <= room && (best === null || each.length > best.length) ? each : best),
      null,
    );
    if (piece === null || piece === whole) return null;
    chain.push(piece);
    sum = (sum + piece.sum!) | 0;
    left -= piece.length;
    at = (at + piece.length) >>> 0;
  }
  return sum === whole.sum ? chain : null;
}
