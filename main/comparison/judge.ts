// What two captures of one connection show together, one connection at a time. A packet that only one capture has is no
// finding by itself: the other capture must be known to have recorded at that moment and to have lost nothing there.

import type {
  AlternativeKind,
  ComparisonClaim,
  ComparisonEvidenceKind,
  ComparisonEvidenceParams,
  ComparisonNoteKind,
  ComparisonNoteParams,
  ComparisonSide,
  Params,
} from '../../shared/domain/statements.ts';
import { type Confidence, type InterferenceKind, type Strength, weaker } from '../../shared/domain/vocabulary.ts';
import { seqDiff } from '../wire/seq.ts';
import { median } from './clocks.ts';
import { type Both, type Connection, carries, endOf, framesOf, other } from './connection.ts';
import type { Coverage } from './coverage.ts';
import { type IcmpMessages, type Told, toldOf, whatTold } from './icmp.ts';
import type { Matching } from './matching.ts';
import { DNS_ANSWER, type Packet, TCP } from './reading.ts';

/** Times a thing must be sent in vain before its absence is called more than loss. */
const LEAST_SENT = 3;
/** Packets of one direction that are judged one by one. */
export const MAX_JUDGED = 128;
/** Nanoseconds without a packet after which translators and balancers forget connections. */
const IDLE = 30e9;
/** Of a direction: where more than this part of ordinary packets is lost, silence says little. */
const HEAVY_LOSS = 0.1;
/** Ports whose translators rewrite addresses inside the payload: FTP, SIP, H.323, RTSP. */
const REWRITTEN_PORTS: ReadonlySet<number> = new Set([21, 554, 1720, 5060]);

export interface Cited {
  readonly a: readonly Packet[];
  readonly b: readonly Packet[];
}

export interface EvidenceDraft {
  readonly kind: ComparisonEvidenceKind;
  readonly role: 'supports' | 'contradicts' | 'neutral';
  readonly strength: Strength;
  readonly params: Params;
  readonly packets: Cited;
}

export interface AlternativeDraft {
  readonly kind: AlternativeKind;
  readonly status: 'ruled-out' | 'weakened' | 'open';
  readonly params: Params;
}

export interface PlaceDraft {
  hopsFromA: number | null;
  hopsFromB: number | null;
  basis: 'both-ends' | 'start-guessed' | 'like-the-sender' | 'varies' | 'impossible' | 'icmp-quote' | 'not-seen';
}

export interface FindingDraft {
  readonly connection: Connection;
  readonly claim: ComparisonClaim;
  confidence: Confidence;
  readonly interference: InterferenceKind;
  readonly direction: 'to-client' | 'to-server';
  readonly sender: ComparisonSide;
  readonly packets: Cited;
  readonly trigger: Cited;
  readonly evidence: EvidenceDraft[];
  readonly alternatives: AlternativeDraft[];
  readonly place: PlaceDraft;
}

export interface NoteDraft {
  readonly kind: ComparisonNoteKind;
  readonly params: Params;
}

export interface Judged {
  readonly findings: readonly FindingDraft[];
  readonly notes: readonly NoteDraft[];
  readonly lost: { fromA: number; fromB: number };
  readonly missed: { a: number; b: number };
}

/** What is known of each capture as a whole. */
export interface Conditions {
  readonly dropped: number | null;
  readonly filtered: boolean;
  readonly icmp: IcmpMessages;
}

/** One direction, by who sends and who receives. */
interface Way {
  readonly fromClient: boolean;
  readonly sender: ComparisonSide;
  readonly receiver: ComparisonSide;
  readonly sent: readonly Packet[];
  readonly arrived: readonly Packet[];
  /** By the packet as its receiver has it, and as its sender has it. */
  readonly sentOf: ReadonlyMap<Packet, Packet>;
  readonly arrivedOf: ReadonlyMap<Packet, Packet>;
  readonly changed: readonly { sent: Packet; arrived: Packet }[];
  readonly onlySent: readonly Packet[];
  readonly onlyArrived: readonly Packet[];
  readonly merged: Both<ReadonlySet<Packet>>;
  readonly hasContent: boolean;
  /** TTL lost between the captures by what passed. */
  readonly hops: number | null;
}

export function judge(
  connection: Connection,
  near: ComparisonSide,
  coverage: Coverage,
  conditions: Both<Conditions>,
): Judged {
  return new Judge(connection, near, coverage, conditions).run();
}

class Judge {
  readonly #connection: Connection;
  readonly #coverage: Coverage;
  readonly #conditions: Both<Conditions>;
  readonly #toServer: Way;
  readonly #toClient: Way;
  readonly #findings: FindingDraft[] = [];
  readonly #notes: NoteDraft[] = [];
  readonly #lost = { fromA: 0, fromB: 0 };
  readonly #missed = { a: 0, b: 0 };
  readonly #uncovered = { a: 0, b: 0 };

  constructor(connection: Connection, near: ComparisonSide, coverage: Coverage, conditions: Both<Conditions>) {
    this.#connection = connection;
    this.#coverage = coverage;
    this.#conditions = conditions;
    this.#toServer = wayOf(connection, true, near);
    this.#toClient = wayOf(connection, false, other(near));
  }

  run(): Judged {
    for (const way of [this.#toClient, this.#toServer]) {
      const gaps = this.#sort(way);
      this.#forged(way, gaps.forged, gaps.senderGaps);
      this.#missing(way, gaps.missing);
      this.#changed(way);
      this.#rewritten(way);
    }
    this.#agreeOnPlace();
    for (const side of ['a', 'b'] as const) {
      if (this.#uncovered[side] > 0) this.#note('not-covered', { side, packets: this.#uncovered[side] });
    }
    return { findings: this.#findings, notes: this.#notes, lost: this.#lost, missed: this.#missed };
  }

  /** Puts aside what is explained: loss, packets that a capture failed to record, repetitions, acknowledgements. */
  #sort(way: Way): { forged: Packet[]; missing: Packet[]; senderGaps: number } {
    const { isTcp } = this.#connection;
    const { sender, receiver } = way;
    const missing: Packet[] = [];
    const received = new Ranges([...way.arrivedOf.values(), ...way.merged[receiver], ...way.onlyArrived]);
    const acknowledged = isTcp ? highestAck(this.#reverse(way).sent) : null;
    for (const packet of way.onlySent) {
      const isRepeated = isTcp && this.#cameAnyway(way, packet, received);
      if (!carries(packet, isTcp) || isRepeated) this.#countLost(sender);
      else if (isTcp && acknowledged !== null && seqDiff(acknowledged, endOf(packet)) >= 0) this.#missed[receiver]++;
      else missing.push(packet);
    }
    const own = new Ranges(way.sent);
    const forged: Packet[] = [];
    let senderGaps = 0;
    for (const packet of way.onlyArrived) {
      const verdict = this.#extra(way, packet, own);
      if (verdict === 'forged') forged.push(packet);
      else if (verdict === 'not-recorded') {
        this.#missed[sender]++;
        senderGaps++;
      }
    }
    const data = forged.filter((packet) => isTcp && packet.length > 0);
    const allData = way.arrived.filter(({ length }) => length > 0).length;
    if (data.length > 3 && data.length > allData / 5) {
      // A proxy that leaves the handshake alone and cuts the stream anew
      this.#note('recut', { side: receiver, packets: data.length });
      return { forged: forged.filter((packet) => !data.includes(packet)), missing: [], senderGaps };
    }
    return { forged, missing, senderGaps };
  }

  /** What it carries is there by another packet. */
  #cameAnyway(way: Way, packet: Packet, received: Ranges): boolean {
    if (packet.length > 0) return received.holds(packet);
    return way.arrived.some(({ flags, seq }) => seq === packet.seq && (flags & DECISIVE) === (packet.flags & DECISIVE));
  }

  #countLost(sender: ComparisonSide): void {
    this.#lost[sender === 'a' ? 'fromA' : 'fromB']++;
  }

  /** A packet that arrived, and that the capture at its sender does not have. */
  #extra(way: Way, packet: Packet, own: Ranges): 'forged' | 'not-recorded' | 'ignored' {
    const { isTcp } = this.#connection;
    if (!isTcp) return 'forged';
    if (packet.flags & TCP.syn) return 'ignored';
    if (packet.flags & TCP.rst) return 'forged';
    if (packet.length === 0 && (packet.flags & TCP.fin) === 0) return 'ignored';
    // Keep-alive probes repeat a byte that was acknowledged long ago (RFC 1122 §4.2.3.6)
    if (packet.length <= 1 && (packet.flags & TCP.fin) === 0) return 'ignored';
    if (packet.flags & TCP.fin && packet.length === 0) {
      return way.sent.some((each) => each.flags & TCP.fin && endOf(each) === endOf(packet)) ? 'ignored' : 'forged';
    }
    // The sender's stream goes on beyond a hole: it did send them, and its capture lacks them
    if (!own.touches(packet)) return own.goesBeyond(packet) ? 'not-recorded' : 'forged';
    if (own.hasSame(packet)) return 'ignored';
    const twins = own.startingAt(packet);
    // Pieces that begin alike may be one and the same, joined by a network card, with some of them not recorded
    return twins.length > 0 && twins.every((twin) => differ(twin, packet)) ? 'forged' : 'ignored';
  }

  // ---- sent by neither end ----

  #forged(way: Way, packets: readonly Packet[], senderGaps: number): void {
    const groups = new Map<string, { packets: Packet[]; draft: FindingDraft }>();
    if (this.#connection[way.sender].cut || this.#connection[way.receiver].cut) return;
    if (packets.length > MAX_JUDGED) this.#note('over-budget', { side: way.receiver });
    for (const packet of packets.slice(0, MAX_JUDGED)) {
      const covered = this.#coverage.of(way.receiver, packet.time);
      if (!covered.isCovered) {
        this.#uncovered[way.sender]++;
        continue;
      }
      const draft = this.#forgery(way, packet, senderGaps, covered.before && covered.after);
      const key = `${draft.interference} ${draft.confidence}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { packets: [packet], draft });
      else group.packets.push(packet);
    }
    for (const { packets: group, draft } of groups.values()) {
      const place = placeOf(way, group);
      this.#findings.push({ ...draft, packets: cite(way.receiver, group), place: place.place });
      const finding = this.#findings.at(-1)!;
      const { hops } = place;
      const between = way.hops === null ? null : Math.abs(way.hops);
      const { basis } = place.place;
      // With the sender's own TTL it may be a device beside it; such a one sends no burst
      if (basis === 'like-the-sender' && framesOf(group).length < 2) {
        const { address } = this.#connection[way.sender][way.fromClient ? 'client' : 'server'];
        finding.alternatives.push({ kind: 'load-balancer', status: 'weakened', params: { address } });
        finding.confidence = weaker(finding.confidence, 'likely');
      }
      // One's own router and a balancer before the server close connections for reasons of their own
      if (hops !== null && hops <= 1) {
        finding.alternatives.push({ kind: 'home-router', status: 'open', params: { hops } });
        finding.confidence = weaker(finding.confidence, 'possible');
      } else if (hops !== null && between !== null && between - hops <= 1) {
        const { address } = this.#connection[way.sender][way.fromClient ? 'client' : 'server'];
        finding.alternatives.push({ kind: 'load-balancer', status: 'open', params: { address } });
        finding.confidence = weaker(finding.confidence, 'possible');
      }
    }
  }

  #forgery(way: Way, packet: Packet, senderGaps: number, bracketed: boolean): FindingDraft {
    const { isTcp } = this.#connection;
    const { sender, receiver } = way;
    const evidence: EvidenceDraft[] = [];
    const alternatives: AlternativeDraft[] = [];
    const add = this.#adder(evidence);
    const isReset = isTcp && (packet.flags & TCP.rst) !== 0;
    const isFin = isTcp && packet.length === 0 && !isReset;
    const name = isReset ? 'RST' : isFin ? 'FIN' : isTcp ? 'data' : 'UDP';
    add('absent-at-sender', 'supports', 'strong', { side: sender, packets: 1, matched: way.sentOf.size }, receiver, [
      packet,
    ]);

    let isProven = false;
    const run = idsAround(way, packet);
    if (run !== null) {
      isProven = true;
      const [first, last] = [run[0]!, run.at(-1)!];
      add(
        'ids-without-gap',
        'supports',
        'strong',
        { side: sender, first: first.ipId, last: last.ipId, packets: run.length },
        sender,
        [first, last],
      );
    }
    const later = this.#sentLater(way, packet);
    const wentOn = later.filter((each) =>
      isReset
        ? (each.flags & TCP.rst) === 0
        : isFin
          ? each.length > 0 || seqDiff(each.seq, endOf(packet)) < 0
          : isTcp && each.length === 0 && (each.flags & TCP.rst) === 0 && seqDiff(each.seq, endOf(packet)) < 0,
    );
    if (wentOn.length > 0) {
      isProven = true;
      add('sender-went-on', 'supports', 'strong', { side: sender, packets: wentOn.length }, sender, wentOn.slice(0, 4));
    }
    const instead = isTcp
      ? way.sent.filter((each) => packet.length > 0 && each.seq === packet.seq && differ(each, packet))
      : way.sent.filter(({ seq, flags }) => packet.flags === DNS_ANSWER && flags === DNS_ANSWER && seq === packet.seq);
    if (instead.length > 0) {
      isProven = true;
      const bytes = instead[0]!.length;
      add('other-bytes-sent', 'supports', 'strong', { side: sender, bytes }, sender, instead.slice(0, 2));
    }
    const unseen = this.#unseenAcknowledged(way, packet);
    if (unseen > 0) {
      // No proof: what made the capture miss this packet may have made it miss those bytes
      add('acknowledges-unseen', 'supports', 'medium', { side: sender, bytes: unseen }, receiver, [packet]);
    }
    const genuine = typicalTtl(way);
    const hasOtherTtl = genuine !== null && Math.abs(genuine - packet.ttl) > 1;
    if (hasOtherTtl) {
      add('arrives-with-other-ttl', 'supports', 'medium', { side: receiver, suspect: packet.ttl, genuine }, receiver, [
        packet,
      ]);
    }
    const trigger = this.#trigger(way, packet);
    if (trigger !== null) {
      const reached = trigger.elsewhere !== null;
      add(
        reached ? 'trigger-arrived' : 'trigger-swallowed',
        'neutral',
        'medium',
        { side: reached ? trigger.far : trigger.near },
        trigger.near,
        [trigger.packet],
      );
    }

    // Absence alone is one fact; it takes a second of another kind, or the proof that nothing is missing there
    let confidence: Confidence =
      isProven && bracketed ? 'confirmed' : isProven || (bracketed && hasOtherTtl) ? 'likely' : 'possible';
    if (!isTcp && !isProven) confidence = 'possible';
    const { dropped, filtered } = this.#conditions[sender];
    if (senderGaps > 0)
      add('capture-has-gaps', 'contradicts', 'strong', { side: sender, packets: senderGaps }, sender, []);
    if ((dropped ?? 0) > 0)
      add('capture-dropped', 'contradicts', 'strong', { side: sender, drops: dropped! }, sender, []);
    if (filtered) add('capture-filtered', 'contradicts', 'medium', { side: sender }, sender, []);
    const hasHoles = senderGaps > 0 || (dropped ?? 0) > 0 || filtered;
    if (hasHoles && !isProven) confidence = weaker(confidence, 'possible');
    if (hasHoles && isProven) confidence = weaker(confidence, 'likely');
    alternatives.push({
      kind: 'capture-incomplete',
      status: hasHoles ? 'open' : isProven ? 'ruled-out' : 'weakened',
      params: {},
    });
    const similar = way.onlySent.filter(
      ({ flags, seq, ack, length }) =>
        isTcp &&
        flags & DECISIVE &&
        flags === packet.flags &&
        seq === packet.seq &&
        ack === packet.ack &&
        length === packet.length,
    );
    if (similar.length > 0) {
      add('similar-packet-sent', 'contradicts', 'strong', { side: sender }, sender, similar);
      confidence = weaker(confidence, 'possible');
    }
    const idle = packet.time - lastBefore([...way.arrived, ...this.#reverse(way).sent], packet);
    if ((isReset || isFin) && idle >= IDLE) {
      alternatives.push({ kind: 'nat-timeout', status: 'open', params: { seconds: Math.round(idle / 1e9) } });
      confidence = weaker(confidence, 'possible');
    }
    const interference: InterferenceKind =
      name === 'RST' || name === 'FIN'
        ? 'rst-injection'
        : packet.flags === DNS_ANSWER
          ? 'forged-answer'
          : 'data-injection';
    return {
      connection: this.#connection,
      claim: 'sent-by-neither',
      confidence,
      interference,
      direction: way.fromClient ? 'to-server' : 'to-client',
      sender,
      packets: { a: [], b: [] },
      trigger: trigger === null ? { a: [], b: [] } : this.#citeBoth(trigger),
      evidence,
      alternatives,
      place: { hopsFromA: null, hopsFromB: null, basis: 'not-seen' },
    };
  }

  /** Packets of the sender that it sent after the moment at which the other capture got this one. */
  #sentLater(way: Way, packet: Packet): Packet[] {
    const here = this.#coverage.onOther(way.receiver, packet.time);
    return way.sent.filter((each) => {
      const there = way.arrivedOf.get(each);
      // Both in one capture: no clock is asked. Otherwise a whole round trip on top, whatever the ways' delays
      if (there !== undefined) return there.time > packet.time;
      return here !== null && each.time > here + this.#coverage.margin;
    });
  }

  /** Bytes that the packet acknowledges, or the question that it answers, never came to who is said to have sent it. */
  #unseenAcknowledged(way: Way, packet: Packet): number {
    const back = this.#reverse(way);
    if (!this.#connection.isTcp) {
      if (packet.flags !== DNS_ANSWER) return 0;
      const question = back.sent.find(({ seq, flags }) => seq === packet.seq && flags === 0);
      return question !== undefined && back.onlySent.includes(question) ? question.length : 0;
    }
    if ((packet.flags & TCP.ack) === 0 || back.arrived.length === 0) return 0;
    const highest = back.arrived.reduce(
      (best, each) => (seqDiff(endOf(each), best) > 0 ? endOf(each) : best),
      endOf(back.arrived[0]!),
    );
    const beyond = seqDiff(packet.ack, highest);
    return beyond > 0 && beyond < 1 << 24 ? beyond : 0;
  }

  // ---- left one end, never reached the other ----

  #missing(way: Way, absent: readonly Packet[]): void {
    const { isTcp } = this.#connection;
    const { sender, receiver } = way;
    const icmp = { a: this.#conditions.a.icmp, b: this.#conditions.b.icmp };
    const told = toldOf(this.#connection, way.fromClient, absent, icmp);
    const missing = this.#withoutExpired(absent, told, sender);
    if (this.#connection[sender].cut || this.#connection[receiver].cut) return;
    const covered = missing.filter((packet) => this.#coverage.of(sender, packet.time).isCovered);
    this.#uncovered[receiver] += missing.length - covered.length;
    const counted = covered.filter((packet) => carries(packet, isTcp));
    const lastArrived = way.sent.reduce(
      (last, each, at) => (way.arrivedOf.has(each) || way.merged[sender].has(each) ? at : last),
      -1,
    );
    const afterwards = new Set(way.sent.slice(lastArrived + 1));
    const tail = counted.filter((packet) => afterwards.has(packet));
    const places = new Map<number, Packet[]>();
    for (const packet of counted) {
      const list = places.get(packet.seq);
      if (list === undefined) places.set(packet.seq, [packet]);
      else list.push(packet);
    }
    const repeated = isTcp ? [...places.values()].filter((list) => list.length >= LEAST_SENT).flat() : [];
    // Of what somebody said to have stopped, one packet is enough
    const stopped = counted.filter((packet) =>
      told.some((each) => each.packet === packet && each.message.sense !== 'too-big'),
    );
    const inVain = [...new Set([...(tail.length >= LEAST_SENT ? tail : []), ...repeated, ...stopped])].sort(
      (x, y) => x.time - y.time,
    );
    // Something of a datagram flow came back later: it had not lost its way
    const answered = !isTcp && this.#reverse(way).sent.some((each) => this.#isAfter(way, each, inVain[0]));
    if (inVain.length === 0 || answered) {
      for (const _ of covered) this.#countLost(sender);
      return;
    }
    for (let rest = covered.length - inVain.length; rest > 0; rest--) this.#countLost(sender);
    const evidence: EvidenceDraft[] = [];
    const alternatives: AlternativeDraft[] = [];
    const add = this.#adder(evidence);
    const [first, last] = [inVain[0]!, inVain.at(-1)!];
    const seconds = (last.time - first.time) / 1e9;
    add(
      'sent-and-absent',
      'supports',
      'strong',
      { side: receiver, packets: inVain.length, seconds },
      sender,
      inVain.slice(0, 8),
    );
    const bytes = Math.max(...inVain.map(({ length }) => length));
    if (isTcp) add('never-acknowledged', 'supports', 'medium', { side: receiver, bytes }, sender, [first]);
    if (tail.length > 0 && lastArrived >= 0) {
      add('nothing-after', 'supports', 'medium', { side: receiver, packets: lastArrived + 1 }, sender, [
        way.sent[lastArrived]!,
      ]);
    }
    const during = [...way.arrivedOf.keys()].filter(({ time }) => time > first.time && time < last.time).length;
    const others = during + this.#coverage.passedBetween(this.#connection, sender, first.time, last.time);
    if (others > 0) add('others-arrived', 'supports', 'strong', { side: receiver, packets: others }, sender, []);
    const passed = way.arrivedOf.size;
    const lossRate =
      covered.length - inVain.length === 0
        ? 0
        : (covered.length - inVain.length) / (passed + covered.length - inVain.length);
    const said = whatTold(
      told.filter((each) => inVain.includes(each.packet)),
      {
        connection: this.#connection,
        fromClient: way.fromClient,
        sender,
        between: way.hops === null ? null : Math.abs(way.hops),
        othersPassed: others > 0,
        isCovered: this.#coverage.of(sender, first.time).isCovered,
      },
    );
    evidence.push(...(said?.evidence ?? []));
    alternatives.push(...(said?.alternatives ?? []));
    let confidence: Confidence = weaker(others > 0 ? 'confirmed' : 'likely', said?.most ?? 'confirmed');
    const isDown = said?.evidence.some(({ kind }) => kind === 'icmp-unreachable') ?? false;
    alternatives.push({
      kind: 'network-down',
      status: others === 0 ? 'open' : isDown ? 'weakened' : 'ruled-out',
      params: {},
    });
    if (lossRate > HEAVY_LOSS) {
      add('loss-on-the-way', 'contradicts', 'medium', { percent: Math.round(lossRate * 100) }, sender, []);
      confidence = weaker(confidence, 'possible');
    }
    alternatives.push({
      kind: 'packet-loss',
      status: lossRate > HEAVY_LOSS ? 'open' : 'weakened',
      params: { retransmissions: inVain.length - 1 },
    });
    const { largest } = this.#coverage.between(this.#connection, sender, way.fromClient ? 1 : -1);
    const hasSize = alternatives.some(({ kind }) => kind === 'mtu-black-hole');
    if (isTcp && !hasSize && bytes > 1000 && inVain.every(({ length }) => length > largest)) {
      alternatives.push({ kind: 'mtu-black-hole', status: 'open', params: { length: bytes } });
      confidence = weaker(confidence, 'possible');
    }
    const { dropped, filtered } = this.#conditions[receiver];
    const gaps = this.#missed[receiver];
    if (gaps > 0) add('capture-has-gaps', 'contradicts', 'strong', { side: receiver, packets: gaps }, receiver, []);
    if ((dropped ?? 0) > 0)
      add('capture-dropped', 'contradicts', 'strong', { side: receiver, drops: dropped! }, receiver, []);
    if (filtered) add('capture-filtered', 'contradicts', 'medium', { side: receiver }, receiver, []);
    const hasHoles = gaps > 0 || (dropped ?? 0) > 0 || filtered;
    if (hasHoles) confidence = weaker(confidence, 'possible');
    alternatives.push({ kind: 'capture-incomplete', status: hasHoles ? 'open' : 'weakened', params: {} });
    const trigger = this.#trigger(way, way.fromClient ? { ...first, time: first.time + 1 } : first, sender);
    this.#findings.push({
      connection: this.#connection,
      claim: 'never-arrived',
      confidence,
      interference: said?.interference ?? 'packet-drop',
      direction: way.fromClient ? 'to-server' : 'to-client',
      sender,
      packets: cite(sender, inVain),
      trigger: trigger === null ? { a: [], b: [] } : this.#citeBoth(trigger),
      evidence,
      alternatives,
      place: said?.place ?? { hopsFromA: null, hopsFromB: null, basis: 'not-seen' },
    });
  }

  /** What ran out of TTL was meant to, or went in a circle: nobody kept it from arriving. */
  #withoutExpired(absent: readonly Packet[], told: readonly Told[], side: ComparisonSide): readonly Packet[] {
    const expired = new Set(told.flatMap(({ message, packet }) => (message.sense === 'expired' ? packet : [])));
    if (expired.size === 0) return absent;
    this.#note('expired', { side, packets: expired.size });
    return absent.filter((packet) => !expired.has(packet));
  }

  #isAfter(way: Way, reply: Packet, first: Packet | undefined): boolean {
    if (first === undefined) return false;
    const there = this.#coverage.onOther(way.sender, first.time);
    return there === null || reply.time > there;
  }

  // ---- changed on the way ----

  #changed(way: Way): void {
    if (way.changed.length === 0) return;
    const { isTcp, a, translated } = this.#connection;
    const ports = [a.server.port, a.client.port];
    const rewriting = translated ? ports.find((port) => REWRITTEN_PORTS.has(port)) : undefined;
    if (rewriting !== undefined) {
      this.#note('known-rewriting', { port: rewriting, packets: way.changed.length });
      return;
    }
    const evidence: EvidenceDraft[] = [];
    const add = this.#adder(evidence);
    const { sent, arrived } = way.changed[0]!;
    const both = { [way.sender]: [sent], [way.receiver]: [arrived] } as unknown as Cited;
    if ((sent.flags & DECISIVE) !== (arrived.flags & DECISIVE)) {
      evidence.push({
        kind: 'flag-differs',
        role: 'supports',
        strength: 'strong',
        params: { flags: letters(sent.flags), otherFlags: letters(arrived.flags) },
        packets: both,
      });
    } else {
      evidence.push({
        kind: 'content-differs',
        role: 'supports',
        strength: 'strong',
        params: { bytes: sent.length, otherBytes: arrived.length },
        packets: both,
      });
    }
    const lost = sent.ttl - arrived.ttl;
    const { losses } = this.#coverage.between(this.#connection, way.sender, way.fromClient ? 1 : -1);
    const isSamePacket = losses.length > 0 && Math.abs(lost - median(losses)) <= 1;
    if (isSamePacket) add('same-hops-as-others', 'supports', 'medium', { hops: lost }, way.receiver, [arrived]);
    const isDns = !isTcp && sent.flags === DNS_ANSWER;
    const alternatives: AlternativeDraft[] = [
      { kind: 'middlebox-proxy', status: translated ? 'open' : 'weakened', params: {} },
    ];
    // Both answers are of one resolver to one question
    if (isDns) alternatives.push({ kind: 'split-horizon', status: 'ruled-out', params: { address: a.server.address } });
    this.#findings.push({
      connection: this.#connection,
      claim: 'changed',
      confidence: translated || !isSamePacket ? 'likely' : 'confirmed',
      interference: isDns ? 'forged-answer' : 'data-injection',
      direction: way.fromClient ? 'to-server' : 'to-client',
      sender: way.sender,
      packets: {
        [way.sender]: way.changed.map((each) => each.sent),
        [way.receiver]: way.changed.map((each) => each.arrived),
      } as unknown as Cited,
      trigger: { a: [], b: [] },
      evidence,
      alternatives,
      place: { hopsFromA: null, hopsFromB: null, basis: 'not-seen' },
    });
  }

  /** Header fields that routers leave alone and that differ: usual at the edge of networks, and worth knowing. */
  #rewritten(way: Way): void {
    const pairs = [...way.arrivedOf];
    const count = (differs: (sent: Packet, arrived: Packet) => boolean): number =>
      pairs.filter(([sent, arrived]) => differs(sent, arrived)).length;
    const fields: [string, number][] = [
      ['MSS', count((x, y) => x.mss !== y.mss && x.mss >= 0 && y.mss >= 0)],
      ['window', count((x, y) => x.window !== y.window)],
      ['IP ID', count((x, y) => x.ipId !== y.ipId && x.ipId > 0 && y.ipId > 0)],
      ['TTL', way.hops === null ? 0 : count((x, y) => Math.abs(x.ttl - y.ttl - way.hops!) > 3)],
    ];
    for (const [field, packets] of fields) if (packets > 0) this.#note('header-rewritten', { field, packets });
    for (const side of ['a', 'b'] as const) {
      if (way.merged[side].size > 0) this.#note('merged', { side, packets: way.merged[side].size });
    }
  }

  // ---- common ----

  #reverse(way: Way): Way {
    return way.fromClient ? this.#toClient : this.#toServer;
  }

  #note<K extends ComparisonNoteKind>(kind: K, params: ComparisonNoteParams[K]): void {
    this.#notes.push({ kind, params: params as Params });
  }

  #adder(into: EvidenceDraft[]) {
    return <K extends ComparisonEvidenceKind>(
      kind: K,
      role: EvidenceDraft['role'],
      strength: Strength,
      params: ComparisonEvidenceParams[K],
      side: ComparisonSide,
      packets: readonly Packet[],
    ): void => {
      into.push({ kind, role, strength, params: params as Params, packets: cite(side, packets) });
    };
  }

  /** The client's last packet with something in it before `packet`, in the capture `where` (that of the receiver). */
  #trigger(way: Way, packet: Packet, where = way.receiver): Trigger | null {
    const forth = this.#toServer;
    const list = where === forth.sender ? forth.sent : forth.arrived;
    const before = list.filter((each) => each.time < packet.time && each.length > 0);
    const found = before.at(-1);
    if (found === undefined) return null;
    const elsewhere = (where === forth.sender ? forth.arrivedOf.get(found) : forth.sentOf.get(found)) ?? null;
    const isMerged = forth.merged[where].has(found);
    if (elsewhere === null && isMerged)
      return { packet: found, near: where, far: other(where), elsewhere: found, alone: true };
    return { packet: found, near: where, far: other(where), elsewhere, alone: elsewhere === null };
  }

  #citeBoth({ packet, near, elsewhere, alone }: Trigger): Cited {
    return { [near]: [packet], [other(near)]: alone || elsewhere === null ? [] : [elsewhere] } as unknown as Cited;
  }

  /** A forger that speaks to both ends: its distances from them add up to the way between them. */
  #agreeOnPlace(): void {
    const made = this.#findings.filter(({ claim }) => claim === 'sent-by-neither');
    const [down, up] = [
      made.find((each) => each.direction === 'to-client'),
      made.find((each) => each.direction === 'to-server'),
    ];
    if (down === undefined || up === undefined) return;
    for (const [finding, twin] of [
      [down, up],
      [up, down],
    ] as const) {
      const packets = [...twin.packets.a, ...twin.packets.b].length;
      finding.evidence.push({
        kind: 'forged-both-ways',
        role: 'supports',
        strength: 'medium',
        params: { frames: packets },
        packets: twin.packets,
      });
    }
    const between = this.#toClient.hops ?? this.#toServer.hops;
    const distances = [down.place, up.place].map((place) => place.hopsFromA ?? place.hopsFromB);
    const fromNear = down.place.basis === 'start-guessed' ? this.#distance(down.place, this.#toClient.receiver) : null;
    const fromFar = up.place.basis === 'start-guessed' ? this.#distance(up.place, this.#toServer.receiver) : null;
    if (between === null || fromNear === null || fromFar === null || distances.includes(null)) return;
    if (Math.abs(fromNear + fromFar - between) > 1) return;
    for (const finding of [down, up]) {
      const near = this.#toClient.receiver;
      finding.place[near === 'a' ? 'hopsFromA' : 'hopsFromB'] = fromNear;
      finding.place[near === 'a' ? 'hopsFromB' : 'hopsFromA'] = fromFar;
      finding.place.basis = 'both-ends';
    }
  }

  #distance(place: PlaceDraft, side: ComparisonSide): number | null {
    return side === 'a' ? place.hopsFromA : place.hopsFromB;
  }
}

const DECISIVE = TCP.fin | TCP.syn | TCP.rst;

interface Trigger {
  readonly packet: Packet;
  readonly near: ComparisonSide;
  readonly far: ComparisonSide;
  /** The same packet in the other capture. */
  readonly elsewhere: Packet | null;
  readonly alone: boolean;
}

function wayOf(connection: Connection, fromClient: boolean, sender: ComparisonSide): Way {
  const matching: Matching = fromClient ? connection.toServer : connection.toClient;
  const receiver = other(sender);
  const of = (side: ComparisonSide): Packet[] =>
    connection.packets[side].filter((packet) => packet.fromClient === fromClient);
  const sentOf = new Map<Packet, Packet>();
  const arrivedOf = new Map<Packet, Packet>();
  const changed: { sent: Packet; arrived: Packet }[] = [];
  for (const match of matching.matches) {
    const [sent, arrived] = [match[sender], match[receiver]];
    sentOf.set(arrived, sent);
    arrivedOf.set(sent, arrived);
    if (match.changed) changed.push({ sent, arrived });
  }
  const loss = fromClient ? connection.ttlLoss.toServer : connection.ttlLoss.toClient;
  return {
    fromClient,
    sender,
    receiver,
    sent: of(sender),
    arrived: of(receiver),
    sentOf,
    arrivedOf,
    changed,
    onlySent: sender === 'a' ? matching.onlyA : matching.onlyB,
    onlyArrived: sender === 'a' ? matching.onlyB : matching.onlyA,
    merged: matching.merged,
    hasContent: matching.hasContent,
    hops: loss === null ? null : sender === 'a' ? loss : -loss,
  };
}

function cite(side: ComparisonSide, packets: readonly Packet[]): Cited {
  return side === 'a' ? { a: packets, b: [] } : { a: [], b: packets };
}

function letters(flags: number): string {
  return ['F', 'S', 'R', 'P', '.'].filter((_, bit) => flags & (1 << bit)).join('');
}

/** Of two payloads at one place, as far as both are known. */
function differ(x: Packet, y: Packet): boolean {
  const common = Math.min(x.head.length, y.head.length);
  if (x.head.slice(0, common) !== y.head.slice(0, common)) return true;
  return x.length > 0 && x.length === y.length && x.sum !== null && y.sum !== null && x.sum !== y.sum;
}

/** The highest acknowledgement that its sender is known to have sent: forged ones acknowledge, too. */
function highestAck(sent: readonly Packet[]): number | null {
  let highest: number | null = null;
  for (const { flags, ack } of sent) {
    if ((flags & TCP.ack) === 0 || flags & TCP.rst) continue;
    if (highest === null || seqDiff(ack, highest) > 0) highest = ack;
  }
  return highest;
}

function lastBefore(packets: readonly Packet[], packet: Packet): number {
  let last = packet.time;
  let found = false;
  for (const each of packets) {
    if (each.time < packet.time && (!found || each.time > last)) {
      last = each.time;
      found = true;
    }
  }
  return last;
}

function typicalTtl(way: Way): number | null {
  const counts = new Map<number, number>();
  for (const arrived of way.sentOf.keys()) counts.set(arrived.ttl, (counts.get(arrived.ttl) ?? 0) + 1);
  return [...counts].sort((x, y) => y[1] - x[1])[0]?.[0] ?? null;
}

/**
 * What its sender sent around the moment, where its identification counts up without leaving a number out: then nothing
 * of it is missing there. Null where it does not count, or where there is nothing after.
 */
function idsAround(way: Way, packet: Packet): Packet[] | null {
  let before: Packet | null = null;
  for (const arrived of way.arrived) {
    if (arrived.time >= packet.time) break;
    if (way.sentOf.has(arrived)) before = arrived;
  }
  if (before === null) return null;
  const from = way.sent.indexOf(way.sentOf.get(before)!);
  const after = way.arrived.find((arrived) => arrived.time > packet.time && way.sentOf.has(arrived));
  // Where nothing follows, the last one may be what is missing
  if (after === undefined) return null;
  const to = way.sent.indexOf(way.sentOf.get(after)!);
  const run = way.sent.slice(from, to + 1);
  if (run.length < 2 || run.length > 4_096) return null;
  for (let at = 1; at < run.length; at++) {
    if (run[at]!.ipId <= 0 || run[at - 1]!.ipId <= 0) return null;
    if (((run[at]!.ipId - run[at - 1]!.ipId) & 0xffff) !== 1) return null;
  }
  return run;
}

/** TTLs that stacks and boxes start from. */
const STARTS = [32, 64, 128, 255] as const;

/** How many routers a forged packet passed before it was captured, where its TTL says. */
function placeOf(way: Way, packets: readonly Packet[]): { place: PlaceDraft; hops: number | null } {
  const nowhere = (basis: PlaceDraft['basis']) => ({ place: { hopsFromA: null, hopsFromB: null, basis }, hops: null });
  const ttls = new Set(packets.map(({ ttl }) => ttl));
  if (ttls.size > 1) return nowhere('varies');
  const [ttl] = ttls;
  if (ttl === typicalTtl(way)) return nowhere('like-the-sender');
  const start = STARTS.find((each) => each >= ttl!);
  const hops = start === undefined ? null : start - ttl!;
  const between = way.hops === null ? null : Math.abs(way.hops);
  if (hops === null || between === null || hops > between) return nowhere('impossible');
  const [mine, theirs] = [hops, between - hops];
  return {
    place: {
      hopsFromA: way.receiver === 'a' ? mine : theirs,
      hopsFromB: way.receiver === 'b' ? mine : theirs,
      basis: 'start-guessed',
    },
    hops,
  };
}

/** Stretches of a stream, to ask whether bytes are in them. */
class Ranges {
  readonly #base: number;
  /** Beginning and end, by beginning, without overlap. */
  readonly #list: [number, number][] = [];
  readonly #contents = new Set<string>();
  readonly #starts = new Map<number, Packet[]>();

  constructor(packets: Iterable<Packet>) {
    const data = [...packets].filter(({ length }) => length > 0);
    this.#base = data[0]?.seq ?? 0;
    for (const packet of data) {
      this.#contents.add(`${packet.seq} ${packet.length} ${packet.sum}`);
      const list = this.#starts.get(packet.seq);
      if (list === undefined) this.#starts.set(packet.seq, [packet]);
      else list.push(packet);
    }
    const sorted = data
      .map(({ seq, length }): [number, number] => [seqDiff(seq, this.#base), seqDiff(seq, this.#base) + length])
      .sort((x, y) => x[0] - y[0]);
    for (const [from, to] of sorted) {
      const last = this.#list.at(-1);
      if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
      else this.#list.push([from, to]);
    }
  }

  /** The last stretch that begins at or before `at`. */
  #upTo(at: number): [number, number] | undefined {
    let low = 0;
    let high = this.#list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#list[middle]![0] <= at) low = middle + 1;
      else high = middle;
    }
    return this.#list[low - 1];
  }

  /** All its bytes. */
  holds({ seq, length }: Packet): boolean {
    const from = seqDiff(seq, this.#base);
    const range = this.#upTo(from);
    return range !== undefined && from + length <= range[1];
  }

  /** Any of its bytes. */
  touches({ seq, length }: Packet): boolean {
    const from = seqDiff(seq, this.#base);
    const range = this.#upTo(from + length - 1);
    return range !== undefined && range[1] > from;
  }

  /** Something that comes after its bytes. */
  goesBeyond({ seq, length }: Packet): boolean {
    const last = this.#list.at(-1);
    return last !== undefined && last[1] > seqDiff(seq, this.#base) + length;
  }

  /** The same bytes at the same place. */
  hasSame({ seq, length, sum }: Packet): boolean {
    return this.#contents.has(`${seq} ${length} ${sum}`);
  }

  /** Those that begin where this one does. */
  startingAt({ seq }: Packet): readonly Packet[] {
    return this.#starts.get(seq) ?? [];
  }
}
