// Resets, and FINs that close a connection before a byte of answer, as flat facts: what they differ in, what they
// follow, and what the endpoint in whose name they came went on to do. What to make of it is the detector's business.

import type { Stage } from '../../shared/domain/vocabulary.ts';
import { MARK, type PacketNote, TCP_FLAG, type TcpFlow } from '../flow/records.ts';
import { seqDiff, seqMax } from '../wire/seq.ts';
import { type EvidenceBase, MILLISECOND, SECOND } from './evidence-base.ts';
import {
  compareIdentity,
  type Identity,
  type IdentityFacts,
  identityOf,
  isFin,
  isReset,
  ownPackets,
} from './identity.ts';

/** Resets of one direction that come this close together belong together. */
const BURST = 50 * MILLISECOND;
/** What an endpoint still sends after its reset is looked at for so long. */
const AFTERMATH = 2 * SECOND;
/** Numbers further away than the largest window (RFC 7323 §2.3) and a bit are not of this connection. */
const NEAR = 1 << 30;
/** An answer overtaken on its way may arrive a little early by the timestamps: 2 ticks of 1 ms. */
const STAMP_SLACK = 2;
/** Faster clocks than this are not read, ticks in a millisecond. */
const FASTEST_STAMPS = 1.3;
const DOUBLED_DIRECTION = 0.2;
const DOUBLED_CAPTURE = 0.01;
const FEW_PACKETS = 3;
const MAX_BURSTS = 16;

export interface RoundTrip {
  readonly least: number;
  readonly samples: number;
  /** Handshakes are among them: a kernel answers those at once, while other answers wait for a program or a timer. */
  readonly isTight: boolean;
}

/** How it is known that data was first sent after the reset, and is not older data that was overtaken. */
export type SentAfter = 'round-trip' | 'timestamp' | 'ip-id' | 'beyond-fin' | null;

export interface ResetBurst {
  readonly flow: TcpFlow;
  readonly kind: 'rst' | 'fin';
  /** The side in whose name they came. */
  readonly fromClient: boolean;
  readonly packets: readonly PacketNote[];
  readonly identity: Identity;
  /** One for each packet. */
  readonly facts: readonly IdentityFacts[];
  readonly stage: Stage;
  /** The SYN, hello or request that nothing had answered yet, and how long before. */
  readonly follows: { readonly frames: readonly number[]; readonly elapsed: number } | null;
  /** How long the endpoint had sent nothing; where the capture has nothing of it, the longest pause of the connection. */
  readonly silent: number;
  /** The side that the resets are sent to had closed or reset by itself so long before. */
  readonly receiverClosed: { readonly frame: number; readonly elapsed: number } | null;
  /** The side in whose name they came had closed before. */
  readonly senderClosed: number | null;
  /** The first reset of that side that differs in nothing from its other packets: its own, as far as it says. */
  readonly ownReset: number | null;
  readonly roundTrip: RoundTrip | null;
  /** The packet whose bytes it acknowledges, and how soon. */
  readonly acknowledges: { readonly frame: number; readonly elapsed: number } | null;
  /** The most that are identical in IP ID, TTL, window, sequence and acknowledgement numbers. */
  readonly identical: { readonly count: number; readonly within: number; readonly ipId: number };
  /** How many frames the capture itself makes of a packet of this direction: 1, or 2 and more. */
  readonly copies: number;
  /** Bytes that the endpoint had sent beyond its sequence number. */
  readonly behind: number;
  /** Bytes by which a second reset jumped ahead of everything seen. */
  readonly jump: number;
  readonly dataAfter: {
    readonly frame: number;
    readonly elapsed: number;
    readonly bytes: number;
    readonly sentAfter: SentAfter;
  } | null;
  readonly ackAfter: { readonly frame: number; readonly elapsed: number } | null;
  readonly synAckAfter: { readonly frame: number; readonly elapsed: number } | null;
  /** Packets that the receiver went on to send, other than resets, and whether the transfer went on. */
  readonly receiverAfter: { readonly packets: number; readonly frames: readonly number[]; readonly wentOn: boolean };
}

/** Least round trips: from the vantage to servers, and, for captures at the server, to clients. */
export class RoundTrips {
  readonly #base: EvidenceBase;
  readonly #flows = new Map<string, TcpFlow[]>();
  readonly #measured = new Map<string, RoundTrip | null>();

  constructor(base: EvidenceBase) {
    this.#base = base;
    if (base.capture.clockUnsound) return;
    for (const flow of base.tcp) {
      for (const key of [`false ${flow.server.address}`, `true ${flow.client.address}`]) {
        const flows = this.#flows.get(key);
        if (flows === undefined) this.#flows.set(key, [flow]);
        else flows.push(flow);
      }
    }
  }

  to(address: string, isClient: boolean): RoundTrip | null {
    if (this.#base.capture.clockUnsound) return null;
    const key = `${isClient} ${address}`;
    let result = this.#measured.get(key);
    if (result === undefined) {
      const times = (this.#flows.get(key) ?? []).flatMap((flow) => this.#measure(flow, isClient));
      let samples = times.length;
      let least = Number.POSITIVE_INFINITY;
      let isTight = false;
      for (const { time, ofHandshake } of times) {
        least = Math.min(least, time);
        isTight ||= ofHandshake;
      }
      const known = isClient ? null : this.#base.index.baseline(address);
      if (known !== null && known.leastRtt !== null) {
        least = Math.min(least, known.leastRtt);
        samples += known.rttSamples;
        isTight = true;
      }
      result = samples === 0 ? null : { least, samples, isTight };
      this.#measured.set(key, result);
    }
    return result;
  }

  /** Packets towards `answering`, sent once, to the first packet of it that covers them. */
  #measure(flow: TcpFlow, answeringIsClient: boolean): { time: number; ofHandshake: boolean }[] {
    const times: { time: number; ofHandshake: boolean }[] = [];
    // The index has the handshakes of flows in which nobody reset anything.
    const isIndexed = !answeringIsClient && !flow.packets.some(isReset);
    const answers = ownPackets(flow, answeringIsClient).filter((packet) => (packet.flags & TCP_FLAG.ack) !== 0);
    const asked = flow.packets.filter(
      (packet) => packet.fromClient !== answeringIsClient && !isReset(packet) && span(packet) > 0,
    );
    for (const packet of asked) {
      if ((packet.marks & (MARK.retransmission | MARK.keepAlive | MARK.rolled | MARK.gap)) !== 0) continue;
      if (isIndexed && (packet.flags & TCP_FLAG.syn) !== 0) continue;
      const end = packet.seq + span(packet);
      // Sent again: nobody can say which of the two was answered (RFC 6298 §3)
      if (
        asked.some(
          (other) =>
            other !== packet && seqDiff(other.seq, end) < 0 && seqDiff(other.seq + span(other), packet.seq) > 0,
        )
      )
        continue;
      const answer = answers.find((other) => other.frame > packet.frame && seqDiff(other.ack, end) >= 0);
      if (answer === undefined || (answer.marks & MARK.rolled) !== 0) continue;
      times.push({ time: answer.time - packet.time, ofHandshake: (packet.flags & TCP_FLAG.syn) !== 0 });
    }
    return times;
  }
}

/** Sequence numbers that a packet takes. */
function span(packet: PacketNote): number {
  return packet.length + ((packet.flags & TCP_FLAG.syn) === 0 ? 0 : 1) + ((packet.flags & TCP_FLAG.fin) === 0 ? 0 : 1);
}

/** The bursts of a flow in the name of one side. */
export function observeResets(
  flow: TcpFlow,
  fromClient: boolean,
  base: EvidenceBase,
  roundTrips: RoundTrips,
): ResetBurst[] {
  const resets = flow.packets.filter((packet) => packet.fromClient === fromClient && isReset(packet));
  const fin = fromClient ? null : emptyFin(flow);
  if (resets.length === 0 && fin === null) return [];
  const identity = identityOf(flow, fromClient, base);
  const roundTrip = roundTrips.to((fromClient ? flow.client : flow.server).address, fromClient);
  const bursts: ResetBurst[] = [];
  const ownReset = resets.find((packet) => isLikeOwn(flow, packet, identity))?.frame ?? null;
  const context: Context = {
    identity,
    roundTrip,
    ownReset,
    base,
    sent: ownPackets(flow, fromClient),
    ofServer: ownPackets(flow, false),
    receiver: identityOf(flow, !fromClient, base),
    copies: copiesOf(flow, fromClient, base),
  };
  if (fin !== null) bursts.push(burstOf(flow, 'fin', [fin], context));
  for (let at = 0; at < resets.length && bursts.length < MAX_BURSTS; ) {
    const start = resets[at]!;
    let end = at + 1;
    while (end < resets.length && resets[end]!.time - start.time <= BURST) end++;
    bursts.push(burstOf(flow, 'rst', resets.slice(at, end), context));
    at = end;
  }
  return bursts;
}

function isLikeOwn(flow: TcpFlow, packet: PacketNote, identity: Identity): boolean {
  if (identity.source !== 'flow') return false;
  const { ttl, df, ipIdMirror, windowMirror, windowNonzero, reservedBits } = compareIdentity(flow, packet, identity);
  return [ttl, df, ipIdMirror, windowMirror, windowNonzero, reservedBits].every((fact) => fact === null);
}

/** The server's first FIN, where it closes after the request without a byte of answer. */
function emptyFin(flow: TcpFlow): PacketNote | null {
  const first = flow.packets.find((packet) => !packet.fromClient && isFin(packet));
  if (first === undefined || first.length > 0 || flow.trigger === null) return null;
  const hasAnswered = flow.packets.some(
    (packet) => !packet.fromClient && packet.frame < first.frame && packet.length > 0,
  );
  const hasAsked = flow.packets.some((packet) => packet.fromClient && packet.frame < first.frame && packet.length > 0);
  return hasAsked && !hasAnswered ? first : null;
}

/** What all bursts of one side of a flow have in common. */
interface Context extends Pick<ResetBurst, 'identity' | 'roundTrip' | 'ownReset' | 'copies'> {
  readonly base: EvidenceBase;
  /** The side's own packets, the server's, and what the receiver looks like. */
  readonly sent: readonly PacketNote[];
  readonly ofServer: readonly PacketNote[];
  readonly receiver: Identity;
}

function burstOf(
  flow: TcpFlow,
  kind: ResetBurst['kind'],
  packets: readonly PacketNote[],
  context: Context,
): ResetBurst {
  const { identity, roundTrip, ownReset, copies, receiver, base } = context;
  const first = packets[0]!;
  const { fromClient } = first;
  const own = context.sent.filter((packet) => packet !== first);
  const before = flow.packets.filter((packet) => packet.frame < first.frame);
  const ownBefore = own.filter((packet) => packet.frame < first.frame);
  const ofServer = context.ofServer.filter((packet) => packet.frame < first.frame);
  const stage = stageOf(flow, before, ofServer, first);
  const spoke = ownBefore.at(-1);
  // A reset of the receiver's side counts as its own only where it looks like it: injectors write to both ends.
  const closed = before.find(
    (packet) =>
      packet.fromClient !== fromClient &&
      (isFin(packet) || (isReset(packet) && (receiver.ttls.length === 0 || receiver.ttls.includes(packet.ttl)))),
  );
  const ownEnd = ownBefore.reduce<number | null>(
    (end, packet) => (end === null ? packet.seq + span(packet) : seqMax(end, packet.seq + span(packet))),
    null,
  );
  const isOfConnection = ownEnd !== null && Math.abs(seqDiff(first.seq, ownEnd)) < NEAR;
  return {
    flow,
    kind,
    fromClient,
    packets,
    identity,
    facts: packets.map((packet) => compareIdentity(flow, packet, identity)),
    stage,
    follows: followed(flow, stage, first),
    silent: spoke !== undefined ? first.time - spoke.time : stage === 'syn' ? 0 : longestPause(before),
    receiverClosed: closed === undefined ? null : { frame: closed.frame, elapsed: first.time - closed.time },
    senderClosed: ownBefore.find(isFin)?.frame ?? null,
    ownReset,
    roundTrip,
    acknowledges: acknowledged(before, first),
    identical: mostIdentical(packets),
    copies,
    behind: isOfConnection && stage !== 'syn' ? Math.max(0, seqDiff(ownEnd, first.seq)) : 0,
    jump: kind === 'rst' ? jumpAhead(flow, packets, before) : 0,
    ...aftermath(flow, kind, packets, own, ownEnd, stage, base.capture.clockUnsound ? null : { roundTrip }),
    receiverAfter: receiverAfter(flow, packets.at(-1)!, base),
  };
}

function longestPause(packets: readonly PacketNote[]): number {
  let longest = 0;
  for (let at = 1; at < packets.length; at++) longest = Math.max(longest, packets[at]!.time - packets[at - 1]!.time);
  return longest;
}

/** `ofServer`: what the server itself sent; a page in a foreign handwriting is no answer. */
function stageOf(
  flow: TcpFlow,
  before: readonly PacketNote[],
  ofServer: readonly PacketNote[],
  first: PacketNote,
): Stage {
  const isMidstream = flow.clientIsn === null && flow.serverIsn === null;
  const asked = before.find((packet) => packet.fromClient && packet.length > 0 && (packet.flags & TCP_FLAG.syn) === 0);
  if (asked === undefined) {
    // Where the client was not captured, what the server side acknowledges tells that it had asked.
    const accepted = ofServer[0];
    const isUnseen = flow.toServer.packets === 0 && accepted !== undefined && (first.flags & TCP_FLAG.ack) !== 0;
    if (isUnseen && seqDiff(first.ack, accepted.ack) > 0) return 'request';
    return isMidstream || ofServer.length > 0 ? 'handshake' : 'syn';
  }
  const answer = ofServer.find((packet) => packet.length > 0);
  if (answer === undefined) {
    const kind = flow.trigger?.kind;
    return kind === 'client-hello' ? 'client-hello' : kind === 'dns-query' ? 'query' : 'request';
  }
  const wentOn = before.some((packet) => packet.fromClient && packet.length > 0 && packet.frame > answer.frame);
  return wentOn ? 'data' : 'response';
}

function followed(flow: TcpFlow, stage: Stage, first: PacketNote): ResetBurst['follows'] {
  if (stage === 'syn') {
    const syn = flow.packets.findLast(
      (packet) => packet.frame < first.frame && packet.fromClient && (packet.flags & TCP_FLAG.syn) !== 0,
    );
    return syn === undefined ? null : { frames: [syn.frame], elapsed: first.time - syn.time };
  }
  const { trigger } = flow;
  if ((stage !== 'client-hello' && stage !== 'request' && stage !== 'query') || trigger === null) return null;
  const frames = trigger.frames.filter((frame) => frame < first.frame);
  return frames.length === 0 ? null : { frames, elapsed: Math.max(0, first.time - Math.min(trigger.time, first.time)) };
}

/** The first packet of the other side up to whose end it acknowledges. */
function acknowledged(before: readonly PacketNote[], reset: PacketNote): ResetBurst['acknowledges'] {
  if ((reset.flags & TCP_FLAG.ack) === 0) return null;
  const packet = before.find(
    (other) =>
      other.fromClient !== reset.fromClient &&
      !isReset(other) &&
      (other.marks & (MARK.retransmission | MARK.keepAlive | MARK.rolled)) === 0 &&
      span(other) > 0 &&
      seqDiff(reset.ack, other.seq + span(other)) === 0,
  );
  return packet === undefined ? null : { frame: packet.frame, elapsed: reset.time - packet.time };
}

function mostIdentical(packets: readonly PacketNote[]): ResetBurst['identical'] {
  let best: PacketNote[] = [];
  for (const one of packets) {
    const alike = packets.filter(
      (other) =>
        other.ipId === one.ipId &&
        other.ttl === one.ttl &&
        other.window === one.window &&
        other.seq === one.seq &&
        other.ack === one.ack &&
        other.flags === one.flags,
    );
    if (alike.length > best.length) best = alike;
  }
  return { count: best.length, within: best.at(-1)!.time - best[0]!.time, ipId: best[0]!.ipId };
}

/** Decided by the ordinary packets of the direction, never by resets; where there are hardly any, by the whole capture. */
function copiesOf(flow: TcpFlow, fromClient: boolean, base: EvidenceBase): number {
  const totals = fromClient ? flow.toServer : flow.toClient;
  const resets = flow.packets.filter((packet) => packet.fromClient === fromClient && isReset(packet)).length;
  // FINs that were captured several times may be forged ones, and tell nothing of the capture.
  const fins = flow.packets.filter((packet) => packet.fromClient === fromClient && isFin(packet));
  const ofFins = fins.reduce((sum, packet) => sum + (packet.copyFrames?.length ?? 0), 0);
  const ordinary = totals.packets - resets - fins.length;
  const share = ordinary > 0 ? (totals.duplicates - ofFins) / ordinary : 0;
  if (share >= DOUBLED_DIRECTION) return 1 + Math.ceil(share);
  const ofDirection = flow.packets.filter((packet) => packet.fromClient === fromClient && !isReset(packet));
  const again = echoes(ofDirection.length < FEW_PACKETS ? flow.packets : ofDirection);
  if (again >= DOUBLED_DIRECTION) return 1 + Math.ceil(again);
  return ordinary < FEW_PACKETS && base.capture.duplicatedShare >= DOUBLED_CAPTURE ? 2 : 1;
}

/**
 * Repetitions for each different packet, with its very IP ID: captures of two places or clocks merged into one file, in
 * which copies lie further apart than those folded into `duplicates`. What a stack sends again gets an IP ID of its own.
 */
function echoes(packets: readonly PacketNote[]): number {
  const ordinary = packets.filter((packet) => packet.ipId > 0 && !isReset(packet));
  const different = new Set(
    ordinary.map(({ fromClient, ipId, seq, ack, flags, length }) =>
      [fromClient, ipId, seq, ack, flags, length].join(' '),
    ),
  );
  return different.size === 0 ? 0 : ordinary.length / different.size - 1;
}

/** RST_SEQ_CHANGE of Weaver, Sommer and Paxson (NDSS 2009), with the limits that their implementation uses. */
function jumpAhead(flow: TcpFlow, packets: readonly PacketNote[], before: readonly PacketNote[]): number {
  const { fromClient } = packets[0]!;
  if (before.some((packet) => isFin(packet) || (packet.fromClient !== fromClient && isReset(packet)))) return 0;
  const sent = before.filter((packet) => packet.fromClient === fromClient && !isReset(packet)).slice(-10);
  // Those of the receiver that came after the first reset as well: a closed endpoint answers each with its very number
  const acks = flow.packets.filter((packet) => packet.fromClient !== fromClient && (packet.flags & TCP_FLAG.ack) !== 0);
  if (sent.length === 0) return 0;
  const earlier = flow.packets.filter(
    (packet) => packet.fromClient === fromClient && isReset(packet) && packet.frame < packets.at(-1)!.frame,
  );
  for (const second of packets) {
    const one = earlier.findLast((packet) => packet.frame < second.frame && second.time - packet.time < AFTERMATH);
    if (one === undefined || seqDiff(second.seq, one.seq) <= 2 || seqDiff(second.seq, one.seq) > NEAR) continue;
    if (sent.some((packet) => seqDiff(second.seq, packet.seq) <= 0)) continue;
    if (acks.some((packet) => packet.frame < second.frame && seqDiff(second.seq, packet.ack) <= 2)) continue;
    return seqDiff(second.seq, one.seq);
  }
  return 0;
}

type Aftermath = Pick<ResetBurst, 'dataAfter' | 'ackAfter' | 'synAckAfter'>;

function aftermath(
  flow: TcpFlow,
  kind: ResetBurst['kind'],
  packets: readonly PacketNote[],
  own: readonly PacketNote[],
  ownEnd: number | null,
  stage: Stage,
  /** Null: the clock cannot be believed. */
  timing: { readonly roundTrip: RoundTrip | null } | null,
): Aftermath {
  const first = packets[0]!;
  const after: { -readonly [Key in keyof Aftermath]: Aftermath[Key] } = {
    dataAfter: null,
    ackAfter: null,
    synAckAfter: null,
  };
  // A further SYN: whatever comes then may belong to the next try.
  const retry = flow.packets.find(
    (packet) =>
      packet.frame > first.frame &&
      (packet.flags & (TCP_FLAG.syn | TCP_FLAG.ack)) === TCP_FLAG.syn &&
      packet.fromClient,
  );
  const until = retry?.frame ?? Number.POSITIVE_INFINITY;
  const isns = new Set(own.filter((packet) => (packet.flags & TCP_FLAG.syn) !== 0).map((packet) => packet.seq));
  if (isns.size > 1) return after;
  // The lowest number of the burst: injectors guess several ahead. Resets to a SYN may carry none at all.
  let lowest: number | null = null;
  for (const { seq } of packets) {
    if (ownEnd !== null && Math.abs(seqDiff(seq, ownEnd)) >= NEAR) continue;
    if (lowest === null || seqDiff(seq, lowest) < 0) lowest = seq;
  }
  const from = lowest ?? ownEnd;
  const known = own.filter((packet) => packet.frame < first.frame);
  const ackedBefore = known.filter((packet) => (packet.flags & TCP_FLAG.ack) !== 0).at(-1);
  for (const packet of own) {
    if (packet.frame <= first.frame || packet.frame >= until) continue;
    const elapsed = packet.time - first.time;
    if (elapsed > AFTERMATH) break;
    const at = { frame: packet.frame, elapsed };
    if ((packet.flags & TCP_FLAG.syn) !== 0) {
      if (stage === 'syn' && !packet.fromClient) after.synAckAfter ??= at;
    } else if (stage !== 'syn' && packet.length > 0 && (packet.marks & (MARK.retransmission | MARK.keepAlive)) === 0) {
      const isBeyond = from !== null && seqDiff(packet.seq + packet.length, from) > 0 && seqDiff(packet.seq, from) >= 0;
      if (isBeyond && after.dataAfter === null) {
        const sentAfter = kind === 'fin' ? 'beyond-fin' : wasSentAfter(own, packet, first, timing);
        after.dataAfter = { ...at, bytes: packet.length, sentAfter };
      }
    } else if (kind === 'rst' && packet.length === 0 && !isFin(packet) && (packet.flags & TCP_FLAG.ack) !== 0) {
      const isNew = isNewAck(packet, first, ackedBefore) && !wasOvertaken(packet, first, known);
      if (isNew && (packet.marks & MARK.keepAlive) === 0) after.ackAfter ??= at;
    }
  }
  return after;
}

/** By the endpoint's own counter it was sent before the reset, and came later. */
function wasOvertaken(packet: PacketNote, reset: PacketNote, known: readonly PacketNote[]): boolean {
  const last = known.findLast((other) => other.ipId > 0);
  return last !== undefined && last.ipId < packet.ipId && packet.ipId < reset.ipId && reset.ipId - last.ipId < 256;
}

/** It acknowledges more than before, or opens the window: no older one that was merely overtaken, as far as it says. */
function isNewAck(packet: PacketNote, reset: PacketNote, before: PacketNote | undefined): boolean {
  if ((reset.flags & TCP_FLAG.ack) !== 0 && seqDiff(packet.ack, reset.ack) < 0) return false;
  return before === undefined || seqDiff(packet.ack, before.ack) > 0 || packet.window !== before.window;
}

function wasSentAfter(
  own: readonly PacketNote[],
  packet: PacketNote,
  reset: PacketNote,
  timing: { readonly roundTrip: RoundTrip | null } | null,
): SentAfter {
  if (timing !== null) {
    const { roundTrip } = timing;
    if (roundTrip !== null && packet.time - reset.time > roundTrip.least) return 'round-trip';
    if (isStampedAfter(own, packet, reset.time)) return 'timestamp';
  }
  const last = own.findLast((other) => other.frame < reset.frame && other.ipId > 0);
  // The reset continues the endpoint's own counter, and the data continues it further.
  const continues = last !== undefined && last.ipId < reset.ipId && reset.ipId < packet.ipId;
  return continues && packet.ipId - last.ipId < 256 ? 'ip-id' : null;
}

/**
 * By its timestamps (RFC 7323 §3), read as ticks of at least 1 ms, the endpoint sent `packet` later than the moment at
 * which the reset had arrived already. The quickest packet of the flow tells how the two clocks relate.
 */
function isStampedAfter(own: readonly PacketNote[], packet: PacketNote, time: number): boolean {
  if (packet.tsval < 0) return false;
  const stamped = own.filter((other) => other.tsval >= 0);
  const first = stamped[0]!;
  const elapsed = (packet.time - first.time) / MILLISECOND;
  const ticks = seqDiff(packet.tsval, first.tsval);
  if (first === packet || ticks <= 0 || ticks > elapsed * FASTEST_STAMPS + STAMP_SLACK) return false;
  let delay = Number.POSITIVE_INFINITY;
  for (const other of stamped) {
    delay = Math.min(delay, other.time / MILLISECOND - seqDiff(other.tsval, packet.tsval));
  }
  return delay > time / MILLISECOND + STAMP_SLACK;
}

function receiverAfter(flow: TcpFlow, last: PacketNote, { capture }: EvidenceBase): ResetBurst['receiverAfter'] {
  const sent: PacketNote[] = [];
  let closed = false;
  for (const packet of flow.packets) {
    if (packet.frame <= last.frame || packet.fromClient === last.fromClient) continue;
    if (isReset(packet) || isFin(packet)) closed = true;
    else if (!closed) sent.push(packet);
  }
  // Both sides moved on: the receiver sent something new, and what the other side sent later was acknowledged.
  const answered = flow.packets.some(
    (packet) =>
      packet.fromClient === last.fromClient &&
      !isReset(packet) &&
      packet.frame > last.frame &&
      packet.length > 0 &&
      sent.some((other) => other.frame > packet.frame && seqDiff(other.ack, packet.seq + packet.length) >= 0),
  );
  // What the capturing host itself sends after a reset reached it was not on its way before.
  const isHere = capture.local.has((last.fromClient ? flow.server : flow.client).address);
  const wentOn = answered || (isHere && sent.some((packet) => isAccepted(flow, packet)));
  return { packets: sent.length, frames: sent.slice(0, 16).map((packet) => packet.frame), wentOn };
}

/** New data that the other side acknowledged. */
function isAccepted(flow: TcpFlow, sent: PacketNote): boolean {
  if (sent.length === 0 || (sent.marks & (MARK.retransmission | MARK.keepAlive)) !== 0) return false;
  return flow.packets.some(
    (packet) =>
      packet.fromClient !== sent.fromClient &&
      packet.frame > sent.frame &&
      !isReset(packet) &&
      (packet.flags & TCP_FLAG.ack) !== 0 &&
      seqDiff(packet.ack, sent.seq + sent.length) >= 0,
  );
}
