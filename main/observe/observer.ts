// Gathers what following found into the evidence base: every attempt into the index, what deserves a look as a
// snapshot, and facts about the capture as a whole. Bounded, however long the capture.

import { RECORD_WORDS, S, W } from '../flow/flow-table.ts';
import { MAX_KEPT as MAX_COURSES } from '../flow/rate-traces.ts';
import type { Attempt, TcpFlow, UdpFlow } from '../flow/records.ts';
import { isCrowded, leaving } from '../flow/room.ts';
import { isNotable, isPlainRefusal, tcpAttempt, tcpFlow, udpAttempt, udpFlow } from '../flow/snapshot.ts';
import type { EndReason, FlowSink, Tracker } from '../flow/tracker.ts';
import { PROTOCOL } from '../wire/packet.ts';
import { AttemptIndex, type BaselineSample } from './attempt-index.ts';
import type { CaptureFacts, EvidenceBase } from './evidence-base.ts';
import type { ImportedLists } from './imported.ts';

/** Snapshots kept: of all, of one target, and of plain refusals (scans see those by the thousand). */
const MAX_SNAPSHOTS = 8_192;
const MAX_OF_TARGET = 128;
const MAX_REFUSALS = 2_048;
const MAX_LOCAL = 64;
/** Records of the flow table whose open UDP flows are remembered from one judgement to the next. */
const MAX_STANDING = 16_384;
/** Flows that are asked which address is local; further ones would not change the answer. */
const ENOUGH_VOTES = 16_384;

interface Side {
  readonly local: number;
  readonly remote: number;
}

/** What the observer learns beside flows, and hands to judgement. */
export interface CaptureConditions {
  readonly drops: number;
  readonly clockUnsound: boolean;
  readonly cutFrames: number;
  readonly declaredLocal: readonly string[];
  readonly declaredRole: CaptureFacts['role'] | null;
  readonly imported?: ImportedLists;
}

/** What the findings of the latest judgement rest on. */
export interface Cited {
  flow(id: number): boolean;
  frame(frame: number): boolean;
}

/** What was let go although a finding cites it. */
export interface CitedGone {
  flow(id: number): void;
  frame(frame: number): void;
}

/** What a snapshot was admitted as. */
interface Admission {
  readonly target: string;
  readonly refusal: boolean;
}

class Snapshots {
  flows: TcpFlow[] = [];
  readonly #admitted = new Map<number, Admission>();
  readonly #ofTarget = new Map<string, number>();
  #refusals = 0;
  dropped = 0;

  /** Whether there is room for this flow to this target. */
  admits(flow: number, target: string, refusal: boolean): boolean {
    // The map of targets stays as small as the flows admitted
    const isFull = this.flows.length >= MAX_SNAPSHOTS || (refusal && this.#refusals >= MAX_REFUSALS);
    const count = isFull ? 0 : (this.#ofTarget.get(target) ?? 0);
    if (isFull || count >= MAX_OF_TARGET) {
      this.dropped++;
      return false;
    }
    this.#ofTarget.set(target, count + 1);
    this.#admitted.set(flow, { target, refusal });
    if (refusal) this.#refusals++;
    return true;
  }

  /** Those that go where little room is left. */
  makeRoom(isCited: (flow: TcpFlow) => boolean): ReadonlySet<TcpFlow> {
    const admitted = (flow: TcpFlow): Admission => this.#admitted.get(flow.id)!;
    const gone = new Set(
      leaving(
        this.flows,
        [
          { limit: MAX_SNAPSHOTS, of: () => 1 },
          { limit: MAX_REFUSALS, of: (flow) => (admitted(flow).refusal ? 1 : 0) },
          { limit: MAX_COURSES, of: ({ rate }) => rate?.times.length ?? 0 },
        ],
        isCited,
      ),
    );
    for (const [target, count] of this.#ofTarget) {
      if (!isCrowded(count, MAX_OF_TARGET)) continue;
      const flows = this.flows.filter((flow) => admitted(flow).target === target && !gone.has(flow));
      // How it began is told by the first of them
      const later = flows.slice(MAX_OF_TARGET >> 2);
      for (const flow of leaving(later, [{ limit: MAX_OF_TARGET >> 1, of: () => 1 }], isCited)) gone.add(flow);
    }
    if (gone.size === 0) return gone;
    this.flows = this.flows.filter((flow) => !gone.has(flow));
    for (const { id } of gone) {
      const { target, refusal } = this.#admitted.get(id)!;
      this.#admitted.delete(id);
      const count = this.#ofTarget.get(target)! - 1;
      if (count > 0) this.#ofTarget.set(target, count);
      else this.#ofTarget.delete(target);
      if (refusal) this.#refusals--;
    }
    return gone;
  }
}

export class Observer implements FlowSink {
  /** Set by the engine once the tracker exists. */
  tracker!: Tracker;
  readonly #ended = new Snapshots();
  #endedUdp: UdpFlow[] = [];
  #refusedUdp = 0;
  /** Of each record, its UDP flow at the latest judgement: most of them are idle, and thousands may stand open. */
  readonly #standing: (UdpFlow | null)[] = [];
  readonly #index = new AttemptIndex();
  #localVotes = new Map<string, Side>();
  #clientVotes = 0;
  #serverVotes = 0;
  #votes = 0;
  #oneWay = 0;
  #judgedFlows = 0;
  /** Connections whose handshake is not in the capture although both sides speak. */
  midStream = 0;
  /** Of the flow that ended last, where it was an attempt. */
  latest: Attempt | null = null;

  ended(record: number, reason: EndReason): void {
    this.latest = null;
    if (record < this.#standing.length) this.#standing[record] = null;
    this.#observe(record, reason, this.#ended, this.#endedUdp, this.#index);
    this.#vote(record);
  }

  #observe(record: number, reason: EndReason, snapshots: Snapshots, udp: UdpFlow[], index: AttemptIndex): void {
    const tracker = this.tracker;
    const state = tracker.table.words[record * RECORD_WORDS + W.state]!;
    if ((state & 255) === PROTOCOL.udp) {
      const flow = reason === 'open' ? this.#standingUdp(record) : udpFlow(tracker, record);
      if (flow === null) return;
      this.latest = udpAttempt(tracker, flow, reason);
      index.record(this.latest);
      // Of silence to a datagram of no known protocol nothing follows; those that announce themselves to everybody leave
      // thousands of such flows
      const isTold = flow.protocol !== 'other' && flow.received.datagrams === 0;
      if (flow.protocol !== 'quic' && flow.icmp.length === 0 && !isTold) return;
      if (udp.length < MAX_SNAPSHOTS) udp.push(flow);
      else if (reason !== 'open') this.#refusedUdp++;
      return;
    }
    const attempt = tcpAttempt(tracker, record, reason);
    this.latest = attempt;
    if (attempt !== null) {
      index.record(attempt);
      this.#sample(record, attempt, index);
    }
    // Without a journal there is nothing to show
    const id = tracker.flowId(record);
    if (!isNotable(tracker, record) || id === 0) return;
    const target = `${tracker.address(record, true)} ${tracker.address(record, false)} ${attempt?.port ?? 0} ${attempt?.name ?? ''}`;
    if (!snapshots.admits(id, target, isPlainRefusal(tracker, record))) return;
    const flow = tcpFlow(tracker, record, reason);
    if (flow !== null) snapshots.flows.push(flow);
  }

  /** A flow that goes on, as at the judgement before where no packet and no error came since. */
  #standingUdp(record: number): UdpFlow | null {
    const { tracker } = this;
    const before = this.#standing[record] ?? null;
    if (before !== null && isStill(tracker, record, before)) return before;
    const flow = udpFlow(tracker, record);
    if (record < MAX_STANDING) {
      while (this.#standing.length <= record) this.#standing.push(null);
      this.#standing[record] = flow;
    }
    return flow;
  }

  /** What the peer looks like, from flows in which nobody reset anything. */
  #sample(record: number, attempt: Attempt, index: AttemptIndex): void {
    const tracker = this.tracker;
    const words = tracker.table.words;
    const w = record * RECORD_WORDS;
    const state = words[w + W.state]!;
    if (state & (S.rstLow | S.rstHigh | S.notable)) return;
    const serverLow = tracker.address(record, true) === attempt.address && tracker.port(record, true) === attempt.port;
    if (words[w + (serverLow ? W.packetsLow : W.packetsHigh)] === 0) return;
    const ttls = words[w + W.ttls]!;
    const { rtt, frame } = tracker.handshake(record, serverLow);
    const sample: BaselineSample = {
      ttlMin: serverLow ? ttls & 255 : (ttls >>> 16) & 255,
      ttlMax: serverLow ? (ttls >>> 8) & 255 : ttls >>> 24,
      sawDf: (state & (serverLow ? S.dfLow : S.dfHigh)) !== 0,
      sawNoDf: (state & (serverLow ? S.noDfLow : S.noDfHigh)) !== 0,
      rtt,
      frame,
    };
    index.sample(attempt.address, sample);
  }

  /** Which side the capture was taken on: an endpoint's own packets still have the TTL they were sent with. */
  #vote(record: number): void {
    const tracker = this.tracker;
    const words = tracker.table.words;
    const w = record * RECORD_WORDS;
    const state = words[w + W.state]!;
    if ((state & 255) !== PROTOCOL.tcp) return;
    this.#judgedFlows++;
    const lowPackets = words[w + W.packetsLow]! >>> 0;
    const highPackets = words[w + W.packetsHigh]! >>> 0;
    const opening = state & (S.synLow | S.synHigh);
    const answered = state & (S.synAckLow | S.synAckHigh);
    // Packets of one side only, beyond SYNs that nobody answered
    if ((lowPackets === 0 || highPackets === 0) && (opening === 0 || lowPackets + highPackets > 2 || answered !== 0)) {
      if (opening === 0 || (state & (S.dataLow | S.dataHigh | S.finLow | S.finHigh)) !== 0 || answered !== 0)
        this.#oneWay++;
    }
    if (opening === 0 && answered === 0 && lowPackets > 0 && highPackets > 0) this.midStream++;
    this.#voteForSide(record);
  }

  #voteForSide(record: number): void {
    const tracker = this.tracker;
    const words = tracker.table.words;
    const w = record * RECORD_WORDS;
    const state = words[w + W.state]!;
    if ((state & 255) !== PROTOCOL.tcp) return;
    const lowPackets = words[w + W.packetsLow]! >>> 0;
    const highPackets = words[w + W.packetsHigh]! >>> 0;
    const opening = state & (S.synLow | S.synHigh);
    if (opening === 0 || lowPackets === 0 || highPackets === 0) return;
    const ttls = words[w + W.ttls]!;
    const lowTtl = (ttls >>> 8) & 255;
    const highTtl = ttls >>> 24;
    const clientLow = (state & S.synLow) !== 0;
    const clientIsHere = isInitialTtl(clientLow ? lowTtl : highTtl);
    const serverIsHere = isInitialTtl(clientLow ? highTtl : lowTtl);
    this.#votes++;
    if (clientIsHere === serverIsHere) return;
    if (clientIsHere) this.#clientVotes++;
    else this.#serverVotes++;
    if (this.#votes > ENOUGH_VOTES) return;
    const address = tracker.address(record, clientIsHere === clientLow);
    const votes = this.#localVotes.get(address);
    if (votes === undefined && this.#localVotes.size >= MAX_LOCAL) return;
    this.#localVotes.set(address, { local: (votes?.local ?? 0) + 1, remote: votes?.remote ?? 0 });
  }

  /** Targets of attempts, forgotten for newer ones. */
  get forgottenTargets(): number {
    return this.#index.forgotten;
  }

  get droppedSnapshots(): number {
    return this.#ended.dropped + this.#refusedUdp;
  }

  /** Lets go the oldest of what has ended where little room is left for what comes: how much. */
  makeRoom(cited: Cited, gone: CitedGone): number {
    const { tracker } = this;
    const isCited = (flow: TcpFlow | UdpFlow): boolean => cited.flow(flow.id) || framesOf(flow).some(cited.frame);
    const tcp = this.#ended.makeRoom(isCited);
    for (const { rate } of tcp) if (rate != null) tracker.rates.letGo(rate.times.length);
    const udp = leaving(this.#endedUdp, [{ limit: MAX_SNAPSHOTS, of: () => 1 }], isCited);
    if (udp.size > 0) this.#endedUdp = this.#endedUdp.filter((flow) => !udp.has(flow));
    for (const flow of [...tcp, ...udp]) {
      if (!isCited(flow)) continue;
      gone.flow(flow.id);
      for (const frame of framesOf(flow)) if (cited.frame(frame)) gone.frame(frame);
    }
    return tcp.size + udp.size + tracker.makeRoom(cited.frame, gone.frame);
  }

  /**
   * Calls back with the evidence base as of now: what has ended and, seen as they stand, the flows that have not. Those
   * are forgotten again when the call returns.
   */
  judge<T>(ended: boolean, conditions: CaptureConditions, judgement: (base: EvidenceBase) => T): T {
    const tracker = this.tracker;
    const open = new Snapshots();
    const openUdp: UdpFlow[] = [];
    const index = this.#index;
    index.beginProvisional();
    const votes = [this.#votes, this.#clientVotes, this.#serverVotes, new Map(this.#localVotes)] as const;
    for (const record of tracker.live()) {
      this.#observe(record, 'open', open, openUdp, index);
      this.#voteForSide(record);
    }
    const result = judgement(
      this.#base(ended, conditions, [...this.#ended.flows, ...open.flows], [...this.#endedUdp, ...openUdp]),
    );
    index.discardProvisional();
    [this.#votes, this.#clientVotes, this.#serverVotes, this.#localVotes] = votes;
    return result;
  }

  #base(ended: boolean, conditions: CaptureConditions, tcp: TcpFlow[], udp: UdpFlow[]): EvidenceBase {
    const tracker = this.tracker;
    const role = this.#role(conditions);
    return {
      tcp: tcp.sort((a, b) => a.id - b.id),
      udp: udp.sort((a, b) => a.id - b.id),
      exchanges: tracker.dns.all(),
      icmp: tracker.icmpErrors,
      pings: tracker.pings,
      index: this.#index,
      ...(conditions.imported === undefined ? {} : { imported: conditions.imported }),
      capture: {
        endTime: tracker.now,
        ended,
        drops: conditions.drops,
        clockUnsound: conditions.clockUnsound,
        duplicatedShare: tracker.countedForDuplicates === 0 ? 0 : tracker.duplicates / tracker.countedForDuplicates,
        offload: tracker.offloaded > 0,
        cutFrames: conditions.cutFrames,
        oneWayShare: this.#judgedFlows === 0 ? 0 : this.#oneWay / this.#judgedFlows,
        oneWayFlows: this.#oneWay,
        tcpFlows: tracker.tcpFlows,
        local: role.local,
        role: role.value,
        roleBasis: role.basis,
      },
    };
  }

  #role(conditions: CaptureConditions): {
    value: CaptureFacts['role'];
    basis: CaptureFacts['roleBasis'];
    local: Set<string>;
  } {
    const declared = new Set(conditions.declaredLocal);
    const local = new Set(declared);
    if (local.size === 0)
      for (const [address, votes] of this.#localVotes) if (votes.local > votes.remote) local.add(address);
    if (conditions.declaredRole !== null) return { value: conditions.declaredRole, basis: 'declared', local };
    if (this.#votes === 0) return { value: 'unknown', basis: 'unknown', local };
    // Who sees most packets come in and go out again is a router
    if (this.tracker.forwarded * 4 > this.tracker.countedForDuplicates)
      return { value: 'path', basis: 'inferred', local: declared };
    if (this.#clientVotes * 2 > this.#votes) return { value: 'client', basis: 'inferred', local };
    if (this.#serverVotes * 2 > this.#votes) return { value: 'server', basis: 'inferred', local };
    return { value: 'unknown', basis: 'unknown', local };
  }
}

function isStill(tracker: Tracker, record: number, flow: UdpFlow): boolean {
  const words = tracker.table.words;
  const w = record * RECORD_WORDS;
  const packets = (words[w + W.packetsLow]! >>> 0) + (words[w + W.packetsHigh]! >>> 0);
  return (
    flow.id === tracker.flowId(record) &&
    flow.sent.datagrams + flow.received.datagrams === packets &&
    flow.icmp.length === (tracker.icmpByFlow.get(flow.id)?.length ?? 0)
  );
}

function framesOf(flow: TcpFlow | UdpFlow): number[] {
  if ('packets' in flow) return flow.packets.map(({ frame }) => frame);
  return [...flow.sent.frames, ...flow.received.frames];
}

/** What operating systems send with: 64, 128, 255. */
function isInitialTtl(ttl: number): boolean {
  return ttl === 64 || ttl === 128 || ttl === 255;
}
