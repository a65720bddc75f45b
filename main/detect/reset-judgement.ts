// How sure it is that a burst of resets was forged. What speaks for it is sorted into families that one innocent cause
// does not produce together. No header field alone makes more than possible, and a TTL equal to the endpoint's own is no
// proof of innocence either.

import { type Confidence, rank } from '../../shared/domain/vocabulary.ts';
import { type Attempt, type PacketNote, TCP_FLAG } from '../flow/records.ts';
import {
  compareOtherAddresses,
  compareOtherNames,
  compareRepeated,
  networksOf,
  subjectOf,
} from '../observe/controls.ts';
import { ownerOf } from '../observe/dns.ts';
import { type EvidenceBase, MILLISECOND, SECOND } from '../observe/evidence-base.ts';
import { greatestOf } from '../observe/extremes.ts';
import { type IdentityFacts, isReset, isStartTtl, TTL_TOLERANCE } from '../observe/identity.ts';
import type { ResetBurst } from '../observe/resets.ts';
import { seqDiff } from '../wire/seq.ts';
import { guessesAhead, hasKnownPayload } from './fingerprints.ts';

/** Sooner than this share of the least round trip nothing comes back from beyond it. */
const TOO_SOON = 0.95;
/** Jitter does not explain this. */
const FAR_TOO_SOON = 0.5;
const LEAST_SAMPLES = 2;
/** A reset that comes sooner after the receiver's own FIN or RST cannot be its effect. */
const EFFECT_SHARE = 0.5;
/** "Right after" the trigger. */
export const AT_ONCE = 2 * SECOND;
export const LEAST_REPETITIONS = 3;
/** Load balancers and NATs forget connections after 30, 60, 75, 300 or 350 s, some a little sooner. */
const LEAST_IDLE = 29;
/** Links send a frame twice, hardly ever three times. */
const MORE_THAN_LINKS = 3;
/** Round trip to one's own gateway, with the air in between. */
const ON_THE_LINK = 5 * MILLISECOND;
/** A capture that holds this share of its other frames twice may hold a reset twice as well. */
const DOUBLED_NOW_AND_THEN = 0.002;
/** More addresses than these, of both families and two networks, are several clients'. */
const MOST_ADDRESSES = 6;
/** In a capture with more resets than this, one that copies an IP ID is chance. */
const MANY_RESETS = 1000;
/** Nothing further away than this answers so soon. */
const SAME_HOST = MILLISECOND;

type Family = 'sequence' | 'identity' | 'timing' | 'burst' | 'payload' | 'position';

/** What was seen of a burst, beside the capture as a whole. */
export interface Judged {
  readonly burst: ResetBurst;
  readonly confidence: Confidence | null;
  /** Proven to be nobody's own: the other side went on. */
  readonly refuted: boolean;
  readonly families: ReadonlySet<Family>;
  readonly tooSoon: boolean;
  readonly mirrors: boolean;
  readonly windowStep: number | null;
  readonly samePosition: number;
  readonly idleSeconds: number | null;
  readonly forged: readonly PacketNote[];
}

export interface Surroundings {
  readonly base: EvidenceBase;
  /** IP-ID copies count in this capture. */
  readonly mirrorsCount: boolean;
  readonly windowSteps: ReadonlyMap<string, number>;
  readonly positions: ReadonlyMap<string, number>;
  /** What was answered by several resets alike, twice and more, and never by one alone. */
  readonly answeredSeverally: ReadonlySet<string>;
  /** What was answered several times, and by a reset that copies an IP ID only once. */
  readonly mirroredOnce: ReadonlySet<string>;
  /** When each client began its first and its last connection. */
  readonly clients: ReadonlyMap<string, { readonly first: number; readonly last: number }>;
  /** From the last connection of an address to the first of another that took its place. */
  readonly moves: readonly { readonly left: number; readonly arrived: number }[];
}

export function surroundingsOf(base: EvidenceBase, bursts: readonly ResetBurst[]): Surroundings {
  const clients = clientsOf(base);
  return {
    base,
    mirrorsCount: !isChance(base, bursts),
    windowSteps: windowSteps(bursts),
    positions: positions(bursts),
    answeredSeverally: answeredSeverally(bursts),
    mirroredOnce: mirroredOnce(bursts),
    clients,
    moves: movesOf(clients),
  };
}

export function judge(burst: ResetBurst, surroundings: Surroundings): Judged {
  const { facts, identity, flow, stage } = burst;
  const isEffect = isEffectOfClosing(burst) || isOfNoConnection(burst);
  // A SYN-ACK alone may be a SYN proxy's, which only what it goes on to say to the client would show.
  const isOneWay = !burst.fromClient && flow.toServer.packets === 0 && identity.packets < 2;
  const isFull = identity.source === 'flow' && !identity.half && !isOneWay;
  const isLone = surroundings.mirroredOnce.has(answered(burst));
  const countsMirrors = surroundings.mirrorsCount && !isLone && !isOneHost(burst);
  const mirrors = countsMirrors && facts.some((fact) => fact.ipIdMirror !== null);
  const tooSoon = isSooner(burst, TOO_SOON);
  const isFarTooSoon = isSooner(burst, FAR_TOO_SOON);
  const isProven = burst.synAckAfter !== null || (burst.dataAfter?.sentAfter ?? null) !== null;
  const isBurst = isMultiple(burst) && burst.identical.ipId > 0 && burst.kind === 'rst';
  const step = burst.fromClient ? undefined : surroundings.windowSteps.get(flow.server.address);
  const windowStep = step !== undefined && burst.packets.some((p) => p.window - p.ttl === step) ? step : null;
  const hasPayload = burst.packets.some(hasKnownPayload);
  const isGuessed = guessesAhead(burst);
  const samePosition = surroundings.positions.get(positionOf(burst) ?? '') ?? 0;
  const isAtOnce = burst.follows !== null && burst.follows.elapsed <= AT_ONCE;
  const isAfterTrigger = isAtOnce && stage !== 'syn';
  const idleSeconds = idleTime(burst);

  const families = new Set<Family>();
  const goesOn = burst.synAckAfter !== null || burst.dataAfter !== null || burst.ackAfter !== null;
  if (goesOn || burst.jump > 0) families.add('sequence');
  if (facts.some((fact) => differs(fact, countsMirrors))) families.add('identity');
  if (tooSoon) families.add('timing');
  if (isBurst || windowStep !== null || isGuessed) families.add('burst');
  if (hasPayload) families.add('payload');
  if (isAfterTrigger) families.add('position');

  // After a reset of the endpoint's own, boxes on the way answer what is still in flight, in their own handwriting.
  const telling = facts.filter((_, at) => burst.ownReset === null || burst.packets[at]!.frame <= burst.ownReset);
  const isPair = telling.some(
    (fact) =>
      isFar(fact) &&
      (fact.df !== null || fact.windowMirror !== null || (burst.kind === 'rst' && fact.windowNonzero !== null)),
  );
  const hasSecond = tooSoon || mirrors || isBurst || isGuessed || hasPayload || samePosition >= LEAST_REPETITIONS;
  const isStrange = facts.some((fact) => isFar(fact) || fact.df !== null) || mirrors;
  // Many stacks leave the timestamp out of every reset; beside a copy that is chance it says nothing.
  const mirrorAndMore =
    mirrors &&
    (families.size > 1 ||
      facts.some((fact) => fact.ipIdMirror !== null && differs({ ...fact, stampMissing: null }, false)));
  // Simple stacks, and stateless firewalls in front of others, refuse a port by turning the SYN round.
  const isKnown = stage !== 'syn' || tooSoon || goesOn || telling.some(isFar);
  // What a box says that tidies up forgotten or closed connections is no interference, whatever it looks like.
  const isTidying =
    idleSeconds !== null ||
    burst.senderClosed !== null ||
    isAfterQuiet(burst) ||
    isOfUnknownPast(burst) ||
    isGateway(burst) ||
    isOfLeftNetwork(burst, surroundings) ||
    isMeasuredElsewhere(burst, surroundings);
  // Long after the first request: a balancer, front end or NAT that has lost the connection answers what comes for it,
  // with TTL and DF of its own and sooner than the server. One cause for both families.
  const mayHaveLost = stage === 'data' && !isNearRequest(burst);
  const isDoubledElsewhere = surroundings.base.capture.duplicatedShare >= DOUBLED_NOW_AND_THEN;
  // Who sends two does so each time; a link doubles a frame now and then, and a reset may be the only one that it did.
  const isHabit = surroundings.answeredSeverally.has(answered(burst));
  const isManifold =
    burst.identical.count >= MORE_THAN_LINKS * burst.copies ||
    isProven ||
    burst.ackAfter !== null ||
    tooSoon ||
    (!isDoubledElsewhere && !isTidying && (isStrange || (isAfterTrigger && isHabit)));

  let confidence: Confidence | null = null;
  const raise = (to: Confidence, when: boolean) => {
    if (when && (confidence === null || rank(to) > rank(confidence))) confidence = to;
  };
  if (!isEffect) {
    raise('possible', mirrors || isBurst || (isPair && isAfterTrigger));
    raise('likely', (isBurst && isManifold) || windowStep !== null || isGuessed || isProven);
    if (!isTidying) {
      raise('possible', isFarTooSoon || goesOn || (isFull ? telling.some(isFar) : isPair));
      raise('possible', !burst.fromClient && isAfterTrigger && telling.some((fact) => fact.df !== null));
      // Compared with other connections the pair counts once, as one family.
      raise('likely', isPair && (mirrors || (!mayHaveLost && (isFull || tooSoon))));
      raise('likely', mirrorAndMore && isKnown);
      // The least of two samples is easily undercut by a little; a field that genuine resets show too needs more.
      if (!mayHaveLost) {
        raise('likely', (tooSoon && isStrange) || (isFarTooSoon && (families.has('identity') || goesOn)));
      }
      if (confidence === null || confidence === 'possible') {
        const policy = policyOf(burst, isAfterTrigger, surroundings.base);
        if (policy !== null) raise(policy, true);
      }
    }
    raise('confirmed', isProven && hasSecond);
  }
  raise('confirmed', hasPayload);
  return {
    burst,
    confidence,
    refuted: isProven,
    families,
    tooSoon,
    mirrors,
    windowStep,
    samePosition,
    idleSeconds,
    forged: confidence === null ? [] : forgedOf(burst, countsMirrors),
  };
}

/** The receiver closed or reset by itself first, and this may be the answer to it. */
function isEffectOfClosing(burst: ResetBurst): boolean {
  if (burst.receiverClosed === null) return false;
  const { roundTrip } = burst;
  return !roundTrip?.isTight || burst.receiverClosed.elapsed >= roundTrip.least * EFFECT_SHARE;
}

/**
 * The kernel of a scanner that makes its SYNs itself knows of no connection, and answers each SYN-ACK by a reset of its
 * own stack (RFC 9293 §3.10.7.1: sequence number as acknowledged, no ACK).
 */
function isOfNoConnection({ flow, fromClient, packets }: ResetBurst): boolean {
  const [first] = packets;
  if (!fromClient || packets.length > 1 || (first!.flags & TCP_FLAG.ack) !== 0) return false;
  const own = flow.packets.filter((packet) => packet.fromClient && !isReset(packet));
  return (
    flow.serverIsn !== null &&
    own.length > 0 &&
    own.every((packet) => (packet.flags & TCP_FLAG.syn) !== 0 && seqDiff(first!.seq, packet.seq + 1) === 0)
  );
}

/** Nobody said anything for so long: what comes then is somebody's timer, and answers nothing. */
function isAfterQuiet({ flow, packets }: ResetBurst): boolean {
  const last = flow.packets.findLast((packet) => packet.frame < packets[0]!.frame && !isReset(packet));
  return last !== undefined && packets[0]!.time - last.time >= AT_ONCE;
}

/**
 * It refuses the SYN without having come a hop: a network that wants people to sign in, or their own router's filter. A
 * capture on a router in between has it again a hop on. Or it answers what comes after a pause on a connection it does
 * not know: it was started again, or the client came to it from another network.
 */
function isGateway({ flow, stage, packets, follows, silent }: ResetBurst): boolean {
  const [first] = packets;
  if (!areOfNextHop(packets)) return false;
  if (stage === 'syn') return follows !== null && follows.elapsed <= ON_THE_LINK && isStartTtl(first!.ttl);
  if (stage !== 'data' || silent < AT_ONCE) return false;
  const asked = flow.packets.findLast(
    ({ frame, fromClient }) => frame < first!.frame && fromClient !== first!.fromClient,
  );
  return asked !== undefined && first!.time - asked.time <= ON_THE_LINK;
}

/** Addresses of clients that end before another of the same family begins. */
function movesOf(clients: Surroundings['clients']): Surroundings['moves'] {
  // Of many clients each begins and ends at another time
  if (clients.size > MOST_ADDRESSES) return [];
  const all = [...clients];
  return all.flatMap(([one, { last }]) =>
    all.flatMap(([other, { first }]) =>
      one.includes(':') === other.includes(':') && first > last ? [{ left: last, arrived: first }] : [],
    ),
  );
}

function clientsOf(base: EvidenceBase): Surroundings['clients'] {
  const clients = new Map<string, { first: number; last: number }>();
  for (const { client, attempts } of base.index.entries()) {
    for (const { firstTime } of attempts) {
      const one = clients.get(client);
      if (one === undefined) clients.set(client, { first: firstTime, last: firstTime });
      else {
        one.first = Math.min(one.first, firstTime);
        one.last = Math.max(one.last, firstTime);
      }
    }
  }
  return clients;
}

/**
 * The client has gone to another network and speaks from another address: the gateway there knows nothing of what was
 * open before, and says so. It stands next to the client, and nothing is opened from the old address any more.
 */
function isOfLeftNetwork({ flow, packets, fromClient }: ResetBurst, { clients, moves }: Surroundings): boolean {
  if (fromClient || !areOfNextHop(packets)) return false;
  const { time } = packets[0]!;
  const last = clients.get(flow.client.address)?.last ?? time;
  return last <= time && moves.some(({ left, arrived }) => left <= time && last < arrived);
}

/**
 * What the endpoint looks like, and how far it is, was seen from another network only, which the client has left or not
 * come to yet: from here it may be nearer, over other routers.
 */
function isMeasuredElsewhere({ flow, identity, fromClient }: ResetBurst, { base, moves }: Surroundings): boolean {
  if (fromClient || identity.source !== 'address' || moves.length === 0) return false;
  return !base.index
    .byAddress(flow.client.address, flow.server.address)
    .some(({ attempts }) => attempts.some(({ outcome }) => outcome === 'ok' || outcome === 'connected'));
}

/** From at most one hop away. A router that captures on both sides has each of them again a hop on. */
function areOfNextHop(packets: readonly PacketNote[]): boolean {
  const nearest = greatestOf(packets.map(({ ttl }) => ttl));
  return (isStartTtl(nearest) || isStartTtl(nearest + 1)) && packets.every(({ ttl }) => ttl >= nearest - 1);
}

/**
 * The connection was open before the capture began, and the endpoint said nothing since: nobody knows how long it had
 * been idle, and who has forgotten it answers at once.
 */
function isOfUnknownPast({ flow, identity }: ResetBurst): boolean {
  return flow.clientIsn === null && flow.serverIsn === null && identity.source !== 'flow';
}

function isNearRequest({ flow, packets }: ResetBurst): boolean {
  return flow.trigger !== null && packets[0]!.time - flow.trigger.time <= AT_ONCE;
}

function isSooner(burst: ResetBurst, share: number): boolean {
  const { acknowledges, roundTrip } = burst;
  // At the server it is the client that is far, and its packets answer nothing of ours that quickly.
  if (burst.fromClient || acknowledges === null || !roundTrip?.isTight || roundTrip.samples < LEAST_SAMPLES)
    return false;
  return acknowledges.elapsed < roundTrip.least * share;
}

export function isFar(fact: IdentityFacts): boolean {
  return fact.ttl !== null && Math.abs(fact.ttl.difference) >= TTL_TOLERANCE;
}

/** By more than a change of route, and not only by what genuine resets do too. */
function differs(fact: IdentityFacts, countsMirrors: boolean): boolean {
  return (
    isFar(fact) ||
    fact.df !== null ||
    (countsMirrors && fact.ipIdMirror !== null) ||
    fact.windowMirror !== null ||
    fact.windowNonzero !== null ||
    fact.reservedBits !== null ||
    fact.stampMissing !== null
  );
}

/** Loopback, one host, or two machines on one: their stacks share counters, and nothing lies between them. */
function isOneHost({ flow, roundTrip, identity }: ResetBurst): boolean {
  const { client, server } = flow;
  if (client.address === server.address || client.address.startsWith('127.') || client.address === '::1') return true;
  const startsBoth =
    identity.ttls.length > 0 &&
    identity.ttls.every(isStartTtl) &&
    flow.packets.filter((p) => !isReset(p)).every((p) => isStartTtl(p.ttl));
  return startsBoth && roundTrip !== null && roundTrip.least < SAME_HOST;
}

function isChance(base: EvidenceBase, bursts: readonly ResetBurst[]): boolean {
  const hits = bursts.filter(mirrorsPeer).length;
  if (hits !== 1) return false;
  let resets = 0;
  for (const flow of base.tcp) for (const packet of flow.packets) if (isReset(packet)) resets++;
  return resets > MANY_RESETS;
}

/** Who copies IP IDs does so each time; of three answers to the same thing one has its number by chance. */
function mirroredOnce(bursts: readonly ResetBurst[]): Set<string> {
  const flows = new Map<string, { all: Set<number>; mirrored: Set<number> }>();
  for (const burst of bursts) {
    // Of a peer that gives no IDs there is nothing to copy
    if (!burst.flow.packets.some(({ fromClient, ipId }) => fromClient !== burst.fromClient && ipId > 0)) continue;
    const key = answered(burst);
    const seen = flows.get(key) ?? { all: new Set(), mirrored: new Set() };
    flows.set(key, seen);
    seen.all.add(burst.flow.id);
    if (mirrorsPeer(burst)) seen.mirrored.add(burst.flow.id);
  }
  const once = new Set<string>();
  for (const [key, { all, mirrored }] of flows) if (all.size >= LEAST_REPETITIONS && mirrored.size === 1) once.add(key);
  return once;
}

const mirrorsPeer = ({ facts }: ResetBurst): boolean => facts.some((fact) => fact.ipIdMirror !== null);

/** As the endpoint's own packets come, or a hop on, where a router in between captured it again. */
function hasOwnTtl({ identity }: ResetBurst, { ttl }: IdentityFacts): boolean {
  return identity.source === 'flow' && (ttl === null || Math.abs(ttl.difference) <= 1);
}

/** For each server address the value of window - TTL that resets of two or more different TTLs have in common. */
function windowSteps(bursts: readonly ResetBurst[]): Map<string, number> {
  const seen = new Map<string, Map<number, Set<number>>>();
  for (const burst of bursts) {
    if (burst.fromClient || burst.kind === 'fin') continue;
    const { address } = burst.flow.server;
    for (const [at, { window, ttl }] of burst.packets.entries()) {
      // A window or TTL that the endpoint itself uses may lie anywhere near the other.
      const fact = burst.facts[at]!;
      if (fact.windowNonzero === null || hasOwnTtl(burst, fact)) continue;
      const values = seen.get(address) ?? new Map<number, Set<number>>();
      seen.set(address, values);
      const ttls = values.get(window - ttl) ?? new Set<number>();
      values.set(window - ttl, ttls.add(ttl));
    }
  }
  const steps = new Map<string, number>();
  for (const [address, values] of seen) {
    const [step, ttls] = [...values].reduce((best, one) => (one[1].size > best[1].size ? one : best));
    if (ttls.size >= 2) steps.set(address, step);
  }
  return steps;
}

function isMultiple({ identical, copies }: ResetBurst): boolean {
  return identical.count >= 2 * copies;
}

function answeredSeverally(bursts: readonly ResetBurst[]): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const burst of bursts) {
    if (burst.kind !== 'rst') continue;
    const what = answered(burst);
    counts.set(what, isMultiple(burst) ? (counts.get(what) ?? 0) + 1 : Number.NEGATIVE_INFINITY);
  }
  return new Set([...counts].filter(([, count]) => count >= 2).map(([what]) => what));
}

/** What a burst answers: the name, or where there is none the address, at a stage. */
function answered({ flow, stage, fromClient }: ResetBurst): string {
  return `${fromClient} ${flow.server.port} ${flow.trigger?.name ?? flow.server.address} ${stage}`;
}

/** Same address, port, name and stage, right after the trigger. */
function positionOf({ flow, stage, follows, fromClient }: ResetBurst): string | null {
  if (follows === null || follows.elapsed > AT_ONCE) return null;
  return `${fromClient} ${flow.server.address} ${flow.server.port} ${flow.trigger?.name ?? ''} ${stage}`;
}

function positions(bursts: readonly ResetBurst[]): Map<string, number> {
  const flows = new Map<string, Set<number>>();
  for (const burst of bursts) {
    const position = positionOf(burst);
    if (position === null || isEffectOfClosing(burst)) continue;
    flows.set(position, (flows.get(position) ?? new Set()).add(burst.flow.id));
  }
  return new Map([...flows].map(([position, ids]) => [position, ids.size]));
}

/** Seconds that the endpoint had been silent, where connections are forgotten after that time. */
function idleTime(burst: ResetBurst): number | null {
  const seconds = burst.silent / SECOND;
  return seconds >= LEAST_IDLE ? Math.round(seconds) : null;
}

/**
 * Resets right after a name that look like the server's own: its policy is as likely. Only repetition with a working
 * control says something, and the same name in several networks more.
 */
function policyOf(burst: ResetBurst, isAfterTrigger: boolean, base: EvidenceBase): 'possible' | 'likely' | null {
  const subject = subjectOf(burst.flow);
  if (!isAfterTrigger || burst.fromClient || subject.name === null) return null;
  const controls = compareOtherNames(base, subject).ok;
  if (controls.length === 0) return null;
  const repeated = compareRepeated(base, subject);
  const elsewhere = compareOtherAddresses(base, subject);
  const served = neighboursOf(subject.name, controls);
  const failing = [burst.flow.server.address];
  const ofOthers = served.size > 0 ? [burst.flow.server.address] : [];
  for (const attempt of elsewhere.failed) {
    if (attempt.outcome !== 'reset' && attempt.outcome !== 'closed-after-request') continue;
    // A control of its own: another name has to work at that address too
    const there = { ...subject, address: attempt.address, flow: attempt.flow };
    const working = compareOtherNames(base, there).ok;
    if (working.length === 0) continue;
    failing.push(attempt.address);
    // Who serves the same other names at both is one operator, and his policy is one for all his networks; where only
    // further names of the same owner are served, it is that owner.
    const servedThere = [...neighboursOf(subject.name, working)];
    if (servedThere.length > 0 && !servedThere.some((owner) => served.has(owner))) ofOthers.push(attempt.address);
  }
  const worksNowhere = elsewhere.ok.length === 0;
  if (worksNowhere && networksOf(ofOthers).length >= 2) return 'likely';
  if (worksNowhere && networksOf(failing).length >= 2) return 'possible';
  return repeated.failed.length + 1 >= LEAST_REPETITIONS && repeated.ok.length === 0 ? 'possible' : null;
}

/** Others whose names are served at an address beside that one. */
function neighboursOf(name: string, attempts: readonly Attempt[]): Set<string> {
  const owners = new Set(attempts.flatMap((attempt) => (attempt.name === null ? [] : [ownerOf(attempt.name)])));
  owners.delete(ownerOf(name));
  return owners;
}

/** Where some differ from the endpoint's own packets, those that do not may be its own. */
function forgedOf(burst: ResetBurst, countsMirrors: boolean): PacketNote[] {
  const different = burst.packets.filter((_, at) => differs(burst.facts[at]!, countsMirrors));
  if (different.length === 0) return [...burst.packets];
  // Copies of a different one are the capture's, or of the same burst.
  return burst.packets.filter((packet) => different.some((one) => one === packet || isCopy(one, packet)));
}

function isCopy(a: PacketNote, b: PacketNote): boolean {
  return a.ipId === b.ipId && a.seq === b.seq && a.flags === b.flags && Math.abs(a.ttl - b.ttl) <= 1;
}

/** Further resets of a flow in the same foreign handwriting: not evidence by themselves, but that interferer's too. */
export function alsoOfThatMaker(judged: readonly Judged[]): Judged[] {
  const known = judged.flatMap((one) =>
    one.confidence !== null && rank(one.confidence) >= rank('likely') ? one.forged : [],
  );
  return judged.map((one) => {
    if (one.confidence !== null || known.length === 0) return one;
    const isAlike = (packet: PacketNote) => known.some((other) => other.ttl === packet.ttl && other.df === packet.df);
    const forged = one.burst.packets.filter(
      (packet, at) => isFar(one.burst.facts[at]!) && (one.families.has('burst') || isAlike(packet)),
    );
    return { ...one, forged };
  });
}
