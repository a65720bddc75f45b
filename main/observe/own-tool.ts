// The user's own circumvention or probing tool: packets made to mislead or to die on the way. What they provoke or fail
// to provoke is no evidence, and their tricks are nobody's injection.

import type { QualityKind } from '../../shared/domain/statements.ts';
import { MARK, type PacketNote, TCP_FLAG, type TcpFlow } from '../flow/records.ts';
import { seqDiff } from '../wire/seq.ts';
import { LEAST_CLIENT_TTL } from './controls.ts';
import type { CaptureFacts, EvidenceBase } from './evidence-base.ts';

/** A host sends all segments of a flow with one hop limit; below it by this much was done on purpose. */
const TTL_STEP = 3;
/** A hello that fits one packet but begins with a shorter segment than this was split on purpose. */
const SPLIT_SEGMENT = 100;
const SMALLEST_MSS = 1200;
const MAX_FRAMES = 64;

export type OwnToolSign =
  | 'ttl-lowered'
  | 'bad-checksum'
  | 'overlapping-bytes'
  | 'split-hello'
  | 'disordered-hello'
  | 'fake-reset';

export interface OwnTool {
  readonly signs: readonly OwnToolSign[];
  readonly frames: readonly number[];
}

export interface OwnToolSummary {
  readonly kind: Extract<QualityKind, 'own-tool'>;
  /** Flows in which the tool was at work. */
  readonly count: number;
  readonly frames: readonly number[];
}

/**
 * What in this flow the client's own tool did, or null. Only where the client's packets come straight from it: seen
 * from elsewhere the same signs are an injector's.
 */
export function ownTool(flow: TcpFlow, capture: CaptureFacts): OwnTool | null {
  if (!isCapturedAtClient(flow, capture)) return null;
  const own = flow.packets.filter((packet) => packet.fromClient);
  const found = new Map<OwnToolSign, PacketNote[]>();
  const add = (sign: OwnToolSign, packets: readonly PacketNote[]): void => {
    if (packets.length > 0) found.set(sign, [...packets]);
  };
  add('ttl-lowered', ttlLowered(flow, own));
  add('bad-checksum', badChecksums(own));
  add(
    'overlapping-bytes',
    own.filter((packet) => (packet.marks & MARK.overlapDiffers) !== 0),
  );
  add('split-hello', splitHello(flow, own));
  // Through a hole in the capture segments only look disordered.
  if (capture.drops === 0) add('disordered-hello', disorderedHello(flow, own));
  add('fake-reset', fakeResets(own));
  if (found.size === 0) return null;
  const frames = [...new Set([...found.values()].flat().map((packet) => packet.frame))].sort((a, b) => a - b);
  return { signs: [...found.keys()], frames };
}

/** Whether what the client asked with may have died on the way, so that silence tells nothing. */
export function mayExpireOnTheWay(flow: TcpFlow): boolean {
  const { trigger } = flow;
  return flow.packets.some(
    (packet) =>
      packet.fromClient &&
      packet.ttl < LEAST_CLIENT_TTL &&
      (trigger === null || (packet.length > 0 && seqDiff(packet.seq, trigger.endSeq) < 0)),
  );
}

/** For the quality of the capture; null where no tool was seen. */
export function ownToolSummary(base: EvidenceBase): OwnToolSummary | null {
  let count = 0;
  const frames: number[] = [];
  for (const flow of base.tcp) {
    const tool = ownTool(flow, base.capture);
    if (tool === null) continue;
    count++;
    for (const frame of tool.frames) if (frames.length < MAX_FRAMES) frames.push(frame);
  }
  return count === 0 ? null : { kind: 'own-tool', count, frames };
}

function isCapturedAtClient(flow: TcpFlow, capture: CaptureFacts): boolean {
  if (capture.local.size > 0) return capture.local.has(flow.client.address) && !capture.local.has(flow.server.address);
  return capture.role === 'client';
}

/** Held against the SYN's hop limit, or without a SYN against the greatest of the flow. */
function ttlLowered(flow: TcpFlow, own: readonly PacketNote[]): PacketNote[] {
  const syn = own.find((packet) => (packet.flags & TCP_FLAG.syn) !== 0);
  const genuine = syn?.ttl ?? flow.toServer.ttlMax;
  return own.filter((packet) => packet.ttl <= genuine - TTL_STEP);
}

/** Offload leaves every outgoing checksum unfilled; a tool spoils only those of its fakes. */
function badChecksums(own: readonly PacketNote[]): PacketNote[] {
  const bad = own.filter((packet) => (packet.marks & MARK.badChecksum) !== 0);
  const whole = own.filter((packet) => (packet.marks & MARK.cut) === 0 && isChecked(packet));
  return bad.length * 2 < whole.length ? bad : [];
}

/** Packets whose checksum following looks at for certain. */
function isChecked(packet: PacketNote): boolean {
  return packet.length > 0 || (packet.flags & (TCP_FLAG.syn | TCP_FLAG.rst)) !== 0;
}

function inTrigger(flow: TcpFlow, packet: PacketNote): boolean {
  const { trigger } = flow;
  if (trigger === null || trigger.kind !== 'client-hello' || packet.length === 0) return false;
  return seqDiff(packet.seq, trigger.seq) >= 0 && seqDiff(packet.seq, trigger.endSeq) < 0;
}

function splitHello(flow: TcpFlow, own: readonly PacketNote[]): PacketNote[] {
  const { trigger } = flow;
  if (trigger === null || trigger.kind !== 'client-hello') return [];
  // The window the server opened may force small segments upon an honest client.
  const room = flow.packets.find((packet) => !packet.fromClient)?.window ?? 0;
  if (seqDiff(trigger.endSeq, trigger.seq) > SMALLEST_MSS || room < SMALLEST_MSS) return [];
  const parts = own.filter((packet) => inTrigger(flow, packet) && (packet.marks & MARK.retransmission) === 0);
  return parts.length >= 2 && parts.some((part) => part.length < SPLIT_SEGMENT && part.seq === trigger.seq)
    ? parts
    : [];
}

/** Where its own host captured them, a stack's first transmissions stand in order. */
function disorderedHello(flow: TcpFlow, own: readonly PacketNote[]): PacketNote[] {
  return own.filter((packet) => (packet.marks & MARK.gap) !== 0 && inTrigger(flow, packet));
}

/** After its own reset a stack sends nothing more than answers to late packets, and those are resets. */
function fakeResets(own: readonly PacketNote[]): PacketNote[] {
  return own.filter(
    (reset) =>
      (reset.flags & TCP_FLAG.rst) !== 0 &&
      own.some(
        (later) => later.frame > reset.frame && later.length > 0 && (later.flags & (TCP_FLAG.syn | TCP_FLAG.rst)) === 0,
      ),
  );
}
