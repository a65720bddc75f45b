// The packets of one connection that matter, as both captures have them: a row a packet, in order of time.

import type { ComparisonLadderRow } from '../../shared/contract/comparison.ts';
import { flagLetters } from '../flow/records.ts';
import { type Alignment, onA } from './clocks.ts';
import type { Connection } from './connection.ts';
import type { FindingDraft } from './judge.ts';
import { DNS_ANSWER, type Packet, TCP } from './reading.ts';

/** Rows of one ladder. More would not be read. */
export const MAX_ROWS = 32;

interface Event {
  readonly a: Packet | null;
  readonly b: Packet | null;
  readonly time: number;
  readonly mark: ComparisonLadderRow['mark'];
}

export function ladderOf(
  connection: Connection,
  findings: readonly FindingDraft[],
  alignment: Alignment | null,
): { rows: ComparisonLadderRow[]; skipped: number } {
  const marks = new Map<Packet, ComparisonLadderRow['mark']>();
  const interesting = new Set<Packet>();
  for (const { claim, packets, trigger } of findings) {
    for (const packet of [...packets.a, ...packets.b]) {
      marks.set(packet, claim === 'sent-by-neither' ? 'forged' : claim === 'never-arrived' ? 'lost' : 'changed');
      interesting.add(packet);
    }
    for (const packet of [...trigger.a, ...trigger.b]) interesting.add(packet);
  }
  const events = eventsOf(connection, marks, alignment);
  const kept = new Set<number>();
  const keep = (at: number): void => {
    if (at >= 0 && at < events.length && kept.size < MAX_ROWS) kept.add(at);
  };
  for (let at = 0; at < 3; at++) keep(at);
  const cited = events.flatMap(({ a, b }, at) =>
    [a, b].some((each) => each !== null && interesting.has(each)) ? [at] : [],
  );
  for (const at of cited) keep(at);
  for (const at of cited) for (const near of [at - 1, at + 1, at + 2]) keep(near);
  for (let at = 0; at < events.length && cited.length === 0; at++) keep(at);
  const rows: ComparisonLadderRow[] = [];
  let previous = -1;
  const start = events[0]?.time ?? 0;
  for (const at of [...kept].sort((x, y) => x - y)) {
    const { a, b, time, mark } = events[at]!;
    const packet = (a ?? b)!;
    rows.push({
      a: a === null ? null : { frame: a.frame, copies: a.copies.length, ttl: a.ttl },
      b: b === null ? null : { frame: b.frame, copies: b.copies.length, ttl: b.ttl },
      offset: (time - start) / 1e9,
      toServer: packet.fromClient,
      notation: notationOf(packet, connection),
      mark,
      skipped: at - previous - 1,
    });
    previous = at;
  }
  return { rows, skipped: events.length - 1 - previous };
}

function eventsOf(
  connection: Connection,
  marks: ReadonlyMap<Packet, ComparisonLadderRow['mark']>,
  alignment: Alignment | null,
): Event[] {
  const toA = (time: number): number => (alignment === null ? time : onA(alignment, time));
  const events: Event[] = [];
  const paired = new Set<Packet>();
  for (const { matches } of [connection.toServer, connection.toClient]) {
    for (const { a, b, changed } of matches) {
      paired.add(a);
      paired.add(b);
      // Where it left: the earlier of the two
      events.push({ a, b, time: Math.min(a.time, toA(b.time)), mark: changed ? 'changed' : 'both' });
    }
  }
  const merged = [connection.toServer.merged, connection.toClient.merged];
  for (const side of ['a', 'b'] as const) {
    for (const packet of connection.packets[side]) {
      if (paired.has(packet)) continue;
      const isMerged = merged.some((sets) => sets[side].has(packet));
      const mark = marks.get(packet) ?? (isMerged ? 'merged' : 'one-side');
      events.push({
        a: side === 'a' ? packet : null,
        b: side === 'b' ? packet : null,
        time: side === 'a' ? packet.time : toA(packet.time),
        mark,
      });
    }
  }
  return events.sort((x, y) => x.time - y.time);
}

function notationOf(packet: Packet, { a, b, isTcp }: Connection): string {
  if (!isTcp) {
    const isDns = a.server.port === 53;
    if (!isDns) return `UDP ${packet.length}`;
    return `${packet.flags === DNS_ANSWER ? 'answer' : 'query'} 0x${packet.seq.toString(16).padStart(4, '0')} (${packet.length})`;
  }
  const client = a.clientIsn ?? b.clientIsn;
  const server = a.serverIsn ?? b.serverIsn;
  const [own, peer] = packet.fromClient ? [client, server] : [server, client];
  const seq = relative(packet.seq, own);
  const end = packet.length > 0 ? `:${relative(packet.seq + packet.length, own)}(${packet.length})` : '';
  const ack = packet.flags & TCP.ack ? ` ack ${relative(packet.ack, peer)}` : '';
  return `${flagLetters(packet.flags) || 'none'} ${seq}${end}${ack}`;
}

/** Distance from the initial sequence number modulo 2^32; a little below it is shown as negative. */
function relative(seq: number, isn: number | null): number {
  if (isn === null) return seq >>> 0;
  const distance = (seq - isn) >>> 0;
  return distance > 0xfff0_0000 ? distance - 2 ** 32 : distance;
}
