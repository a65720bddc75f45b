// Facts about the first bytes that came in the server's name: what else stands at the same sequence numbers, whose
// handwriting it is in, what it acknowledges, when it came and where it leads. No judgement.

import type { KnownPage } from '../flow/known-pages.ts';
import { MARK, type PacketNote, TCP_FLAG, type TcpFlow } from '../flow/records.ts';
import { seqDiff } from '../wire/seq.ts';
import { ownerOf } from './dns.ts';
import { type EvidenceBase, MILLISECOND } from './evidence-base.ts';
import { TTL_TOLERANCE } from './identity.ts';

/** A reply sooner than this share of the round trip of the handshake does not come from the server [X]. */
const TOO_SOON_SHARE = 0.5;
/** Nothing is told by times below this. */
const LEAST_RTT = 5 * MILLISECOND;
/** A redirect that ends the connection has no body worth the name. */
const SHORT = 1_460;
/** Bytes of a page that says no more than that something is blocked. */
const LARGEST_PAGE = 16_384;

export interface Handwriting {
  readonly ttl: { readonly suspect: number; readonly genuine: readonly number[]; readonly difference: number } | null;
  readonly df: { readonly suspect: boolean; readonly packets: number } | null;
  readonly ipIdMirror: { readonly ipId: number; readonly peerIpId: number; readonly peerFrame: number } | null;
  readonly windowMirror: number | null;
  /** The same IP ID on several different packets in the server's name, none of which is one of its own. */
  readonly ipIdConstant: { readonly ipId: number; readonly packets: number; readonly frames: readonly number[] } | null;
  readonly stampMissing: number | null;
}

export interface ReplyFacts {
  readonly flow: TcpFlow;
  /** The packets under suspicion, first first; all of one handwriting. */
  readonly suspects: readonly PacketNote[];
  readonly genuine: readonly PacketNote[];
  /** Other bytes at the same sequence numbers. */
  readonly conflict: { readonly first: PacketNote; readonly second: PacketNote } | null;
  readonly handwriting: Handwriting;
  /** Bytes of the request that it does not acknowledge, though it answers it. */
  readonly unacknowledged: number;
  readonly tooSoon: { readonly elapsed: number; readonly leastRtt: number; readonly samples: number } | null;
  /** It ends the connection with its first segment. */
  readonly fin: boolean;
  /** Where it sends the client, if that is a place of somebody else. */
  readonly redirect: string | null;
  readonly page: KnownPage | null;
}

/** IP IDs of what comes in the name of servers: how many different packets carry each. */
export class ConstantIds {
  readonly #frames = new Map<string, { packet: PacketNote; frame: number }[]>();

  constructor(base: EvidenceBase) {
    for (const flow of base.tcp) {
      if (flow.v6) continue;
      for (const packet of flow.packets) {
        if (packet.fromClient || packet.ipId <= 1 || (packet.flags & (TCP_FLAG.rst | TCP_FLAG.syn)) !== 0) continue;
        const key = `${flow.server.address} ${packet.ipId}`;
        const same = this.#frames.get(key);
        if (same === undefined) this.#frames.set(key, [{ packet, frame: packet.frame }]);
        else if (same.length < 64 && !same.some((other) => other.packet.seq === packet.seq)) {
          same.push({ packet, frame: packet.frame });
        }
      }
    }
  }

  of(flow: TcpFlow, packet: PacketNote): Handwriting['ipIdConstant'] {
    if (packet.ipId <= 1) return null;
    const same = this.#frames.get(`${flow.server.address} ${packet.ipId}`) ?? [];
    if (same.length < 2) return null;
    return { ipId: packet.ipId, packets: same.length, frames: same.slice(0, 16).map(({ frame }) => frame) };
  }
}

export function replyFacts(flow: TcpFlow, base: EvidenceBase, ids: ConstantIds): ReplyFacts | null {
  const { reply, trigger } = flow;
  if (trigger === null) return null;
  const server = flow.packets.filter((packet) => !packet.fromClient && (packet.flags & TCP_FLAG.rst) === 0);
  const first = reply === null ? contradicted(server) : server.find((packet) => packet.frame === reply.frame);
  if (first === undefined || first.length === 0) return null;
  // Bytes that were not captured, or not as sent, cannot be compared
  const isSound = (packet: PacketNote): boolean =>
    (packet.marks & (MARK.cut | MARK.badChecksum | MARK.keepAlive)) === 0;
  const other = isSound(first)
    ? server.find(
        (packet) =>
          packet.frame > first.frame &&
          (packet.marks & MARK.overlapDiffers) !== 0 &&
          isSound(packet) &&
          covers(first, packet),
      )
    : undefined;
  const rest = server.filter((packet) => packet !== first && packet !== other);
  // Of two the one that is unlike the rest; where neither is, the one that came first: it has to, to be taken
  const suspect = other !== undefined && distance(other, rest) > distance(first, rest) ? other : first;
  const suspects = server.filter(
    (packet) => packet === suspect || (isAlike(packet, suspect) && follows(packet, suspect)),
  );
  const genuine = server.filter((packet) => !suspects.includes(packet));
  const handwriting = handwritingOf(flow, suspect, genuine, base, ids);
  const isForeign = Object.values(handwriting).some((fact) => fact !== null);
  const isReply = suspect === first;
  return {
    flow,
    suspects: isForeign ? suspects : [suspect],
    genuine,
    conflict: other === undefined ? null : { first, second: other },
    handwriting,
    unacknowledged:
      (suspect.flags & TCP_FLAG.ack) === 0 || reply === null
        ? 0
        : Math.max(0, seqDiff(trigger.endSeq, Math.max(0, suspect.ack))),
    tooSoon: tooSoon(flow, suspect, base),
    fin: (suspect.flags & TCP_FLAG.fin) !== 0 && suspect.length <= SHORT,
    redirect: isReply ? redirectOf(flow) : null,
    page: isReply ? ownPageOf(flow) : null,
  };
}

/** Of a protocol that has no reply to a named request: what the server said otherwise later. */
function contradicted(server: readonly PacketNote[]): PacketNote | undefined {
  const other = server.find((packet) => (packet.marks & MARK.overlapDiffers) !== 0);
  return other && server.find((packet) => packet.frame < other.frame && packet.length > 0 && covers(packet, other));
}

function covers(first: PacketNote, other: PacketNote): boolean {
  return (
    other.length > 0 &&
    seqDiff(other.seq, first.seq + first.length) < 0 &&
    seqDiff(other.seq + other.length, first.seq) > 0
  );
}

/** A further segment by the same hand: close behind and continuing it, or without bytes. */
function follows(packet: PacketNote, suspect: PacketNote): boolean {
  const ahead = seqDiff(packet.seq, suspect.seq + suspect.length);
  return packet.frame > suspect.frame && ahead >= 0 && ahead <= 1 + 16 * SHORT;
}

function isAlike(packet: PacketNote, suspect: PacketNote): boolean {
  return packet.ttl === suspect.ttl && packet.df === suspect.df && packet.window === suspect.window;
}

function distance(packet: PacketNote, rest: readonly PacketNote[]): number {
  if (rest.length === 0) return 0;
  const isFar = rest.every((one) => Math.abs(one.ttl - packet.ttl) >= TTL_TOLERANCE);
  return (isFar ? 2 : 0) + (rest.every((one) => one.df !== packet.df) ? 1 : 0);
}

function handwritingOf(
  flow: TcpFlow,
  suspect: PacketNote,
  genuine: readonly PacketNote[],
  base: EvidenceBase,
  ids: ConstantIds,
): Handwriting {
  const ttls = new Set(genuine.map((packet) => packet.ttl));
  for (const ttl of base.index.baseline(flow.server.address)?.ttls ?? []) ttls.add(ttl);
  const difference = Math.min(...[...ttls].map((ttl) => Math.abs(ttl - suspect.ttl)));
  const asked = flow.packets.findLast(
    (packet) => packet.fromClient && packet.frame < suspect.frame && (packet.flags & TCP_FLAG.rst) === 0,
  );
  const last = (packet: PacketNote): PacketNote | undefined =>
    flow.packets.findLast((other) => other.fromClient && other.frame < packet.frame);
  const mirrors = (packet: PacketNote, peer: PacketNote | undefined): boolean =>
    peer !== undefined && packet.ipId > 1 && Math.abs(packet.ipId - peer.ipId) <= 1;
  const isMirror =
    mirrors(suspect, asked) &&
    !genuine.some((packet) => (packet.flags & TCP_FLAG.syn) === 0 && mirrors(packet, last(packet)));
  const constant = ids.of(flow, suspect);
  const stamped = genuine.filter((packet) => packet.tsval >= 0).length;
  return {
    ttl:
      genuine.length > 0 && difference >= TTL_TOLERANCE
        ? { suspect: suspect.ttl, genuine: [...ttls].sort((a, b) => a - b), difference }
        : null,
    df:
      !flow.v6 && genuine.length > 0 && genuine.every((packet) => packet.df !== suspect.df)
        ? { suspect: suspect.df, packets: genuine.length }
        : null,
    ipIdMirror: isMirror ? { ipId: suspect.ipId, peerIpId: asked!.ipId, peerFrame: asked!.frame } : null,
    windowMirror:
      asked !== undefined &&
      suspect.window > 0 &&
      suspect.window === asked.window &&
      // A SYN-ACK has another window than all that follows
      genuine.some((packet) => (packet.flags & TCP_FLAG.syn) === 0) &&
      genuine.every((packet) => packet.window !== suspect.window)
        ? suspect.window
        : null,
    // A stack that gives every packet the same number is not somebody else
    ipIdConstant: constant !== null && genuine.every((packet) => packet.ipId !== suspect.ipId) ? constant : null,
    stampMissing: suspect.tsval < 0 && stamped >= 2 && stamped === genuine.length ? stamped : null,
  };
}

function tooSoon(flow: TcpFlow, suspect: PacketNote, base: EvidenceBase): ReplyFacts['tooSoon'] {
  const { trigger } = flow;
  if (base.capture.clockUnsound || trigger === null || flow.reply === null || seqDiff(suspect.ack, trigger.endSeq) < 0)
    return null;
  const syns = flow.packets.filter((packet) => packet.fromClient && (packet.flags & TCP_FLAG.syn) !== 0);
  const synAck = flow.packets.find((packet) => !packet.fromClient && (packet.flags & TCP_FLAG.syn) !== 0);
  if (syns.length !== 1 || synAck === undefined) return null;
  const own = synAck.time - syns[0]!.time;
  const known = base.index.baseline(flow.server.address);
  const leastRtt = known?.leastRtt == null ? own : Math.min(own, known.leastRtt);
  const elapsed = suspect.time - trigger.time;
  if (leastRtt < LEAST_RTT || elapsed < 0 || elapsed >= TOO_SOON_SHARE * leastRtt) return null;
  return { elapsed, leastRtt, samples: 1 + (known?.rttSamples ?? 0) };
}

/** Location of a redirect to a host of another owner. */
function redirectOf({ reply, trigger }: TcpFlow): string | null {
  const http = reply?.http;
  if (http == null || http.status < 300 || http.status > 399 || http.location === null || trigger?.name == null)
    return null;
  const host = /^https?:\/\/([^/:?#]+)/i.exec(http.location)?.[1]?.toLowerCase();
  if (host === undefined || ownerOf(host) === ownerOf(trigger.name)) return null;
  return http.location;
}

/** What it is known as, unless the site is of whoever makes such pages. */
function ownPageOf({ reply, trigger }: TcpFlow): KnownPage | null {
  const page = reply?.page ?? null;
  const name = trigger?.name ?? '';
  // Whole articles tell of such pages and lead to them
  if ((reply?.http?.contentLength ?? 0) > LARGEST_PAGE) return null;
  if (page === null || page.own.some((domain) => name === domain || name.endsWith(`.${domain}`))) return null;
  return page;
}
