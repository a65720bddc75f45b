// One connection as both captures have it: its packets held against each other, and which capture is nearer the client.

import type { ComparisonSide } from '../../shared/domain/statements.ts';
import { type Instant, median } from './clocks.ts';
import { type Matching, matchPackets, withoutCopies } from './matching.ts';
import type { Pair } from './pairing.ts';
import { type Flow, type Packet, TCP } from './reading.ts';

export interface Both<T> {
  readonly a: T;
  readonly b: T;
}

export const other = (side: ComparisonSide): ComparisonSide => (side === 'a' ? 'b' : 'a');

export interface Connection {
  readonly a: Flow;
  readonly b: Flow;
  readonly isTcp: boolean;
  readonly packets: Both<readonly Packet[]>;
  readonly toServer: Matching;
  readonly toClient: Matching;
  readonly state: 'compared' | 'terminated';
  readonly translated: boolean;
  /** Routers passed from A to B, negative where packets come from B; null where no packet of the direction is in both. */
  readonly ttlLoss: { readonly toServer: number | null; readonly toClient: number | null };
}

export function connectionOf({ a, b, terminated }: Pair): Connection {
  // Ports of a translator can make the server look like the client
  if (isSame(a.server, b.client) && !isSame(a.server, b.server)) turn(b);
  const isTcp = a.protocol === 'tcp';
  const packets = { a: withoutCopies(a.packets), b: withoutCopies(b.packets) };
  const way = (fromClient: boolean): Matching =>
    matchPackets(
      terminated ? [] : packets.a.filter((packet) => packet.fromClient === fromClient),
      terminated ? [] : packets.b.filter((packet) => packet.fromClient === fromClient),
      isTcp,
    );
  const [toServer, toClient] = [way(true), way(false)];
  const nothing = toServer.matches.length + toClient.matches.length + toServer.merged.a.size === 0;
  return {
    a,
    b,
    isTcp,
    packets,
    toServer,
    toClient,
    // Captures of the same endpoints that share no packet: one of them ends the connection and begins another
    state: terminated || (nothing && toClient.merged.a.size === 0) ? 'terminated' : 'compared',
    translated: !isSame(a.client, b.client) || !isSame(a.server, b.server),
    ttlLoss: { toServer: lossOf(toServer), toClient: lossOf(toClient) },
  };
}

function isSame(x: { address: string; port: number }, y: { address: string; port: number }): boolean {
  return x.address === y.address && x.port === y.port;
}

function turn(flow: Flow): void {
  const { client, server } = flow;
  flow.client = server;
  flow.server = client;
  for (const packet of flow.packets) packet.fromClient = !packet.fromClient;
}

function lossOf({ matches }: Matching): number | null {
  return matches.length === 0 ? null : Math.round(median(matches.map(({ a, b }) => a.ttl - b.ttl)));
}

/** Time differences of 20 µs and more are told apart; less is the noise of two clocks on one wire. */
const LEAST_DELAY = 20e3;

/**
 * The capture that packets of the client pass first: where their TTL is higher, or else where they come sooner in
 * relation to the packets of the server. Null: nothing tells, or what tells contradicts itself; 'same': one place.
 */
export function nearOf(connection: Connection): ComparisonSide | 'same' | null {
  const { toServer, toClient } = connection.ttlLoss;
  const votes = [toServer ?? 0, toClient === null ? 0 : -toClient];
  if (votes.some((vote) => vote > 0) && votes.every((vote) => vote >= 0)) return 'a';
  if (votes.some((vote) => vote < 0) && votes.every((vote) => vote <= 0)) return 'b';
  const delay = (matching: Matching): number | null => {
    const differences = matching.matches.filter(({ unique }) => unique).map(({ a, b }) => b.time - a.time);
    return differences.length < 2 ? null : median(differences);
  };
  const [there, back] = [delay(connection.toServer), delay(connection.toClient)];
  if (there === null || back === null) return null;
  // Twice the way between the captures, whatever the clocks show
  const both = there - back;
  if (Math.abs(both) < LEAST_DELAY) return votes.every((vote) => vote === 0) ? 'same' : null;
  return both > 0 ? 'a' : 'b';
}

export function instantsOf(connection: Connection, near: ComparisonSide): Instant[] {
  const instants: Instant[] = [];
  for (const [matching, fromA] of [
    [connection.toServer, near === 'a'],
    [connection.toClient, near === 'b'],
  ] as const) {
    for (const { a, b, unique } of matching.matches) {
      if (unique) instants.push({ a: a.time, b: b.time, fromA });
    }
  }
  return instants;
}

/** What one packet is, where only its kind matters. */
export function carries(packet: Packet, isTcp: boolean): boolean {
  return !isTcp || packet.length > 0 || (packet.flags & (TCP.syn | TCP.fin)) !== 0;
}

/** Sequence number behind the last that the packet takes. */
export function endOf(packet: Packet): number {
  const taken = packet.length + (packet.flags & TCP.syn ? 1 : 0) + (packet.flags & TCP.fin ? 1 : 0);
  return (packet.seq + taken) >>> 0;
}

export function framesOf(packets: readonly Packet[]): number[] {
  return packets.flatMap(({ frame, copies }) => [frame, ...copies]).sort((x, y) => x - y);
}
