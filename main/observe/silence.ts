// Facts about hellos and requests that were not answered: what was acknowledged, what was sent again and how often,
// for how long nothing came while the client was waiting. No judgement: a dead server looks the same.

import { MARK, type PacketNote, TCP_FLAG, type TcpFlow, type TriggerRecord } from '../flow/records.ts';
import { seqDiff } from '../wire/seq.ts';
import { type EvidenceBase, SECOND } from './evidence-base.ts';

/** A filter that waits lets five to eight packets pass in either direction, a signature looks at ten. */
export const FEW_PACKETS = 10;
const MSS = 1460;
/** A connection left idle for longer before a request may have been forgotten by a NAT or firewall. */
const LONGEST_IDLE = 10 * SECOND;
/** From here on waiting without a byte of answer counts as being muted: this, or ten round trips if that is longer. */
export const LEAST_MUTE = 3 * SECOND;
const MUTE_ROUND_TRIPS = 10;
/** Times that either side must have sent again before the one is said to hear nothing of the other. */
const LEAST_REPEATS = 3;
/** A selective acknowledgement takes 10 bytes with its padding (RFC 2018 §3). */
const SACK_OPTION = 10;

export type SilenceKind =
  /** Not a byte of the request was acknowledged, nor came any other packet. */
  | 'unacknowledged'
  /** Its beginning was acknowledged, the rest sent again and again. */
  | 'partly-acknowledged'
  /** All of it was acknowledged, and then no payload came while the client waited. */
  | 'muted'
  /** A few packets passed after it, then nothing more: not even what the client closes with is acknowledged. */
  | 'midway'
  /** A few packets passed, then only the server's: it sends again what the client acknowledged, and hears nothing. */
  | 'unheard';

export interface Silence {
  readonly kind: SilenceKind;
  /** How often the same unacknowledged bytes were sent again; 0 for `muted`. */
  readonly retransmissions: number;
  /** From the last sign of the server (for `unacknowledged`: from the request) to the client's last try or the end. */
  readonly since: number;
  readonly until: number;
  /** When the client first sent what was never acknowledged; where all of it was, `since`. */
  readonly tried: number;
  /** Bytes of the request, and how many of them were acknowledged. */
  readonly length: number;
  readonly acknowledged: number;
  /** Request to the acknowledgement of all of it, nanoseconds. */
  readonly ackDelay: number | null;
  /** Of the handshake, nanoseconds. */
  readonly rtt: number | null;
  /** Packets since the request began: of the server, and of the client those whose bytes were all acknowledged. */
  readonly fromServer: number;
  readonly fromClient: number;
  /** Packets that the server sent again. */
  readonly serverAgain: number;
  /** The server acknowledged bytes behind a gap (by the size of its options): the end of the request reached it. */
  readonly tailArrived: boolean;
  /** When muted: the server still acknowledged something when it had been silent for long. */
  readonly stillThere: boolean;
  /** Longest segment that was sent in vain. */
  readonly largest: number;
  /** Shortest segment with data among them. */
  readonly smallest: number;
  /** Longest segment of the client since the request began that was acknowledged. */
  readonly passed: number;
  readonly genuine: readonly number[];
  readonly affected: readonly number[];
}

/** The silence of each flow that has one. A base is a snapshot, so it is worked out once. */
const known = new WeakMap<EvidenceBase, ReadonlyMap<number, Silence>>();

export function silences(base: EvidenceBase): ReadonlyMap<number, Silence> {
  let found = known.get(base);
  if (found === undefined) {
    const map = new Map<number, Silence>();
    for (const flow of base.tcp) {
      const silence = silenceOf(flow, base.capture.endTime);
      if (silence !== null) map.set(flow.id, silence);
    }
    found = map;
    known.set(base, found);
  }
  return found;
}

/** Null where the request was answered, or where the packets at hand cannot tell. */
export function silenceOf(flow: TcpFlow, captureEnd: number): Silence | null {
  const { trigger, packets } = flow;
  if (trigger === null || flow.clientIsn === null || flow.serverIsn === null) return null;
  // An evicted flow went on unseen; the first request alone comes on a connection known to have just worked.
  if (flow.ended === 'cap' || seqDiff(trigger.seq, flow.clientIsn + 1) !== 0) return null;
  const synAck = packets.find((packet) => !packet.fromClient && (packet.flags & TCP_FLAG.syn) !== 0);
  if (synAck === undefined || trigger.firstTime - synAck.time > LONGEST_IDLE) return null;
  const after = packets.filter((packet) => packet.time >= trigger.firstTime);
  // A SYN-ACK again acknowledges nothing of the request.
  const fromServer = after.filter((packet) => !packet.fromClient && (packet.flags & TCP_FLAG.syn) === 0);
  if (fromServer.some(isClosing) || hasUnseenData(flow)) return null;

  const length = seqDiff(trigger.endSeq, trigger.seq);
  let edge = trigger.seq;
  for (const { flags, ack } of fromServer) if ((flags & TCP_FLAG.ack) !== 0 && seqDiff(ack, edge) > 0) edge = ack;
  const acknowledged = Math.max(0, Math.min(length, seqDiff(edge, trigger.seq)));
  const lastHeard = fromServer.at(-1)?.time ?? trigger.firstTime;
  const vain = after.filter((packet) => packet.fromClient && carries(packet) && seqDiff(endOf(packet), edge) > 0);
  const tries = vain.filter((packet) => packet.time >= lastHeard);
  const syn = packets.find((packet) => packet.fromClient && (packet.flags & TCP_FLAG.syn) !== 0);
  const tail = tailArrived(fromServer, after, edge, trigger);
  const common = {
    length,
    acknowledged,
    ackDelay: null,
    rtt: syn === undefined || synAck.time < syn.time ? null : roundTrip(packets, syn, synAck),
    fromServer: fromServer.length + Math.max(0, flow.toClient.packets - packets.filter((p) => !p.fromClient).length),
    fromClient: after.length - fromServer.length - vain.length,
    serverAgain: flow.toClient.retransmitted,
    tailArrived: tail,
    stillThere: false,
    largest: longest(vain),
    smallest: vain.reduce((least, { length }) => (length > 0 && length < least ? length : least), longest(vain)),
    passed: longest(after.filter((packet) => packet.fromClient && seqDiff(endOf(packet), edge) <= 0)),
  };
  const genuine = [synAck, ...fromServer].map((packet) => packet.frame);
  const isAnswered = flow.reply !== null || flow.toClient.dataPackets > 0;

  if (acknowledged < length) {
    if (isAnswered) return null;
    const repeats = mostRepeated(vain, edge);
    if (repeats === 0) return null;
    return {
      ...common,
      kind: fromServer.length === 0 ? 'unacknowledged' : 'partly-acknowledged',
      retransmissions: repeats,
      since: fromServer.length === 0 ? trigger.time : lastHeard,
      tried: vain[0]!.time,
      until: tries.at(-1)?.time ?? lastHeard,
      genuine,
      affected: vain.filter((packet) => packet.time > trigger.time).map((packet) => packet.frame),
    };
  }

  const covering = fromServer.find(
    (packet) => (packet.flags & TCP_FLAG.ack) !== 0 && seqDiff(packet.ack, trigger.endSeq) >= 0,
  )!;
  const ackDelay = covering.time - trigger.time;
  const since = unheardSince(flow, after, fromServer, edge);
  if (since !== null && vain.length > 0) {
    return {
      ...common,
      ackDelay,
      kind: 'unheard',
      retransmissions: flow.toServer.retransmitted,
      since,
      tried: vain[0]!.time,
      until: Math.max(lastHeard, vain.at(-1)!.time),
      genuine,
      affected: vain.map((packet) => packet.frame),
    };
  }
  const repeats = mostRepeated(tries, edge);
  if (repeats > 0 && isFew(flow, common.fromServer) && (!isAnswered || isOwed(after))) {
    const before = after.findLast((packet) => packet.frame < tries[0]!.frame)?.time ?? trigger.time;
    if (tries[0]!.time - before > LONGEST_IDLE) return null;
    return {
      ...common,
      ackDelay,
      kind: 'midway',
      retransmissions: repeats,
      since: lastHeard,
      tried: tries[0]!.time,
      until: tries.at(-1)!.time,
      genuine,
      affected: tries.map((packet) => packet.frame),
    };
  }
  if (isAnswered) return null;
  const until = waitedUntil(flow, after, captureEnd);
  const least = Math.max(LEAST_MUTE, MUTE_ROUND_TRIPS * (common.rtt ?? 0));
  if (until - covering.time < least) return null;
  return {
    ...common,
    ackDelay,
    stillThere: fromServer.some((packet) => packet.time - covering.time >= least),
    kind: 'muted',
    retransmissions: 0,
    since: covering.time,
    tried: covering.time,
    until,
    genuine,
    affected: [...trigger.frames],
  };
}

function longest(packets: readonly PacketNote[]): number {
  return packets.reduce((most, packet) => Math.max(most, packet.length), 0);
}

/** Bytes or the end of the stream: something that the other side has to acknowledge. */
function carries(packet: PacketNote): boolean {
  return (packet.length > 0 || (packet.flags & TCP_FLAG.fin) !== 0) && (packet.flags & TCP_FLAG.rst) === 0;
}

function isClosing(packet: PacketNote): boolean {
  return (packet.flags & (TCP_FLAG.rst | TCP_FLAG.fin)) !== 0;
}

function endOf(packet: PacketNote): number {
  return packet.seq + packet.length + ((packet.flags & TCP_FLAG.fin) !== 0 ? 1 : 0);
}

/** Retransmissions of the byte at `edge`, the first that was never acknowledged, or of another one sent more often. */
function mostRepeated(packets: readonly PacketNote[], edge: number): number {
  const ends = new Map<number, number>();
  let covering = 0;
  let most = 0;
  for (const packet of packets) {
    const end = endOf(packet) >>> 0;
    const count = (ends.get(end) ?? 0) + 1;
    ends.set(end, count);
    most = Math.max(most, count);
    if (seqDiff(packet.seq, edge) <= 0) covering++;
  }
  return Math.max(0, Math.max(most, covering) - 1);
}

/** The client acknowledges bytes that the capture does not hold: the server spoke, unseen. */
function hasUnseenData(flow: TcpFlow): boolean {
  let seen = flow.serverIsn! + 1;
  for (const packet of flow.packets) {
    if (packet.fromClient || (packet.flags & (TCP_FLAG.syn | TCP_FLAG.rst)) !== 0) continue;
    if (seqDiff(endOf(packet), seen) > 0) seen = endOf(packet);
  }
  return flow.packets.some(
    (packet) =>
      packet.fromClient &&
      (packet.flags & (TCP_FLAG.ack | TCP_FLAG.rst)) === TCP_FLAG.ack &&
      seqDiff(packet.ack, seen) > 0,
  );
}

/**
 * When the client acknowledged what the server still sent again at the end, seconds later: since then nothing of the
 * client reached it, while what it sent arrived. Null where that is not so.
 */
function unheardSince(
  flow: TcpFlow,
  after: readonly PacketNote[],
  fromServer: readonly PacketNote[],
  edge: number,
): number | null {
  const last = fromServer.at(-1);
  if (last === undefined || last.length === 0 || (last.marks & MARK.retransmission) === 0) return null;
  if (flow.toClient.retransmitted < LEAST_REPEATS || flow.toServer.retransmitted < LEAST_REPEATS) return null;
  // Few new bytes of the server came before: an upload or download that breaks off has other causes
  if (seqDiff(endOf(last), flow.serverIsn! + 1) > FEW_PACKETS * MSS || seqDiff(last.ack, edge) !== 0) return null;
  const acknowledged = after.find(
    (packet) => packet.fromClient && (packet.flags & TCP_FLAG.ack) !== 0 && seqDiff(packet.ack, endOf(last)) >= 0,
  );
  return acknowledged !== undefined && last.time - acknowledged.time >= LEAST_MUTE ? acknowledged.time : null;
}

/** The last new bytes of the client came after the last bytes of the server: an answer is owed. */
function isOwed(after: readonly PacketNote[]): boolean {
  const asked = after.findLast(
    (packet) => packet.fromClient && packet.length > 0 && (packet.marks & (MARK.retransmission | MARK.keepAlive)) === 0,
  );
  const answered = after.findLast((packet) => !packet.fromClient && packet.length > 0);
  return asked !== undefined && (answered === undefined || asked.time > answered.time);
}

function isFew(flow: TcpFlow, packets: number): boolean {
  return Math.max(packets, Math.ceil(flow.toClient.bytes / MSS)) <= FEW_PACKETS;
}

/** How long the client was waiting: until it closed, or to the end of the capture where it never did. */
function waitedUntil(flow: TcpFlow, after: readonly PacketNote[], captureEnd: number): number {
  const close = after.find((packet) => packet.fromClient && isClosing(packet));
  if (close !== undefined) return close.time;
  return flow.ended === 'reused' || flow.ended === 'closed' ? flow.lastTime : captureEnd;
}

function roundTrip(packets: readonly PacketNote[], syn: PacketNote, synAck: PacketNote): number | null {
  const syns = packets.filter((packet) => packet.fromClient && (packet.flags & TCP_FLAG.syn) !== 0);
  // After a retransmission nobody knows which SYN was answered (Karn's rule, RFC 6298 §3).
  return syns.length === 1 ? synAck.time - syn.time : null;
}

/**
 * An acknowledgement whose options are longer than ordinary ones carries a selective one. Options are compared with
 * the client's own, which hold the same time stamps where these were agreed.
 */
function tailArrived(
  fromServer: readonly PacketNote[],
  after: readonly PacketNote[],
  edge: number,
  trigger: TriggerRecord,
): boolean {
  if (seqDiff(edge, trigger.endSeq) >= 0) return false;
  const ordinary = after.find((packet) => packet.fromClient && packet.length > 0)?.optionBytes ?? 0;
  return fromServer.some((packet) => packet.length === 0 && packet.optionBytes >= ordinary + SACK_OPTION);
}
