// What an endpoint's own packets look like, and in what a packet sent in its name differs from them. Facts only.

import { type PacketNote, TCP_FLAG, type TcpFlow } from '../flow/records.ts';
import type { EvidenceBase } from './evidence-base.ts';

/** A TTL that is off by less may be a change of route. */
export const TTL_TOLERANCE = 3;
/** What operating systems send with. */
const START_TTLS = [64, 128, 255];
/** SYN-ACK and one packet more, where the beginning of the connection was not captured. */
const ENOUGH_MIDSTREAM = 2;
const MAX_FRAMES = 4;

export interface Identity {
  /** In this flow; else of other flows of the address, which weighs half; else nothing is known. */
  readonly source: 'flow' | 'address' | 'none';
  /** Too little was seen of it here to weigh in full. */
  readonly half: boolean;
  /** Of this flow, or how many other flows. */
  readonly packets: number;
  /** Every TTL it used, here and in flows of its address in which nothing was suspicious. */
  readonly ttls: readonly number[];
  readonly sawDf: boolean;
  readonly sawNoDf: boolean;
  readonly windows: ReadonlySet<number>;
  /** Every packet of it carried a timestamp. */
  readonly stampsAll: boolean;
  /** Its ordinary packets follow the peer's IP IDs too: one counter for both, as on one host. */
  readonly sharesCounter: boolean;
  readonly frames: readonly number[];
  /** Packets in its name that do not vouch for it: see `vouchedFor`. */
  readonly doubtful: readonly PacketNote[];
}

/** Each null or what differs. */
export interface IdentityFacts {
  readonly ttl: { readonly suspect: number; readonly genuine: readonly number[]; readonly difference: number } | null;
  readonly df: { readonly suspect: boolean; readonly packets: number } | null;
  readonly ipIdMirror: { readonly ipId: number; readonly peerIpId: number; readonly peerFrame: number } | null;
  readonly windowMirror: number | null;
  readonly windowNonzero: number | null;
  /** The 12 flag bits, where one of the four reserved ones (RFC 9293 §3.1) is set. */
  readonly reservedBits: number | null;
  /** How many packets of the endpoint carried a timestamp, where this one has none and an IP ID. */
  readonly stampMissing: number | null;
}

const RESERVED = 0xf00;

export function isReset(packet: PacketNote): boolean {
  return (packet.flags & TCP_FLAG.rst) !== 0;
}

export function isFin(packet: PacketNote): boolean {
  return (packet.flags & (TCP_FLAG.fin | TCP_FLAG.rst)) === TCP_FLAG.fin;
}

/**
 * The endpoint's own packets: no resets, and no FIN of another stack. An injected FIN or page comes with a FIN, and
 * must not pass for what the endpoint looks like.
 */
function vouchedFor(flow: TcpFlow, fromClient: boolean): { own: PacketNote[]; doubtful: PacketNote[] } {
  const own: PacketNote[] = [];
  const doubtful: PacketNote[] = [];
  for (const packet of flow.packets) {
    if (packet.fromClient !== fromClient || isReset(packet)) continue;
    const foreign =
      isFin(packet) &&
      own.length > 0 &&
      own.every((other) => Math.abs(other.ttl - packet.ttl) >= TTL_TOLERANCE) &&
      (flow.v6 || own.every((other) => other.df !== packet.df));
    (foreign ? doubtful : own).push(packet);
  }
  return { own, doubtful };
}

export function ownPackets(flow: TcpFlow, fromClient: boolean): readonly PacketNote[] {
  return vouchedFor(flow, fromClient).own;
}

export function identityOf(flow: TcpFlow, fromClient: boolean, base: EvidenceBase): Identity {
  const { own, doubtful } = vouchedFor(flow, fromClient);
  if (own.length > 0) {
    const totals = fromClient ? flow.toServer : flow.toClient;
    const ttls = new Set(own.map((packet) => packet.ttl));
    // Balancers, SYN proxies and anycast sites answer for one address in turn.
    const elsewhere = fromClient ? null : base.index.baseline(flow.server.address);
    for (const ttl of elsewhere?.ttls ?? []) ttls.add(ttl);
    // Packets that were not kept count through the totals, which the doubtful ones have entered as well.
    for (const ttl of [totals.ttlMin, totals.ttlMax]) {
      if (ttl > 0 && !doubtful.some((packet) => packet.ttl === ttl)) ttls.add(ttl);
    }
    return {
      source: 'flow',
      half: own.length < ENOUGH_MIDSTREAM && own.every((packet) => (packet.flags & TCP_FLAG.syn) === 0),
      packets: own.length,
      ttls: [...ttls].sort((a, b) => a - b),
      sawDf: own.some((packet) => packet.df) || (totals.sawDf && !doubtful.some((packet) => packet.df)),
      sawNoDf: own.some((packet) => !packet.df) || (totals.sawNoDf && !doubtful.some((packet) => !packet.df)),
      windows: new Set(own.map((packet) => packet.window)),
      stampsAll: own.every((packet) => packet.tsval >= 0),
      sharesCounter: own.some((packet) => mirroredId(flow, packet) !== null),
      frames: own.slice(0, MAX_FRAMES).map((packet) => packet.frame),
      doubtful,
    };
  }
  const known = fromClient ? null : base.index.baseline(flow.server.address);
  return {
    source: known === null ? 'none' : 'address',
    half: true,
    packets: known?.flows ?? 0,
    ttls: known === null ? [] : [...known.ttls].sort((a, b) => a - b),
    sawDf: known?.sawDf ?? false,
    sawNoDf: known?.sawNoDf ?? false,
    windows: new Set(),
    stampsAll: false,
    sharesCounter: false,
    frames: known?.frames ?? [],
    doubtful,
  };
}

/** In what `suspect` differs from its endpoint's own packets, or takes after the other side's. */
export function compareIdentity(flow: TcpFlow, suspect: PacketNote, identity: Identity): IdentityFacts {
  const { ttls } = identity;
  let difference = Number.POSITIVE_INFINITY;
  for (const ttl of ttls) if (Math.abs(suspect.ttl - ttl) < Math.abs(difference)) difference = suspect.ttl - ttl;
  const known = identity.source !== 'none';
  const differsInDf = known && !flow.v6 && !(suspect.df ? identity.sawDf : identity.sawNoDf);
  const isOwnWindow = identity.windows.has(suspect.window);
  const peerWindows = flow.packets.filter((packet) => isBefore(packet, suspect)).map((packet) => packet.window);
  const mirror = identity.sharesCounter ? null : mirroredId(flow, suspect);
  const stamped = identity.stampsAll && suspect.tsval < 0 && suspect.ipId > 0 && (suspect.flags & TCP_FLAG.ack) !== 0;
  return {
    ttl: ttls.length > 0 && difference !== 0 ? { suspect: suspect.ttl, genuine: ttls, difference } : null,
    df: differsInDf ? { suspect: suspect.df, packets: identity.packets } : null,
    ipIdMirror: mirror,
    windowMirror:
      suspect.window !== 0 && known && !isOwnWindow && peerWindows.includes(suspect.window) ? suspect.window : null,
    windowNonzero: isReset(suspect) && suspect.window !== 0 && !isOwnWindow ? suspect.window : null,
    reservedBits: (suspect.flags & RESERVED) === 0 ? null : suspect.flags,
    stampMissing: stamped ? identity.packets : null,
  };
}

function isBefore(packet: PacketNote, suspect: PacketNote): boolean {
  return packet.fromClient !== suspect.fromClient && packet.frame < suspect.frame && !isReset(packet);
}

/** The peer's last IP ID, where this one equals it or is within 1 of it; 0 and 1 are everybody's. */
function mirroredId(flow: TcpFlow, suspect: PacketNote): IdentityFacts['ipIdMirror'] {
  if (suspect.ipId <= 1) return null;
  const last = flow.packets.findLast((packet) => isBefore(packet, suspect));
  if (last === undefined || last.ipId <= 1) return null;
  if (Math.abs(last.ipId - suspect.ipId) > 1) return null;
  return { ipId: suspect.ipId, peerIpId: last.ipId, peerFrame: last.frame };
}

/** TTL is a whole number of hops below what some operating system sends with; null where that would be a long way. */
export function hopsFromStart(ttl: number): number | null {
  const start = START_TTLS.find((value) => value >= ttl);
  if (start === undefined || start - ttl > 40) return null;
  return start - ttl;
}

export function isStartTtl(ttl: number): boolean {
  return START_TTLS.includes(ttl);
}
