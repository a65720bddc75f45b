// Forged resets and FINs (detection rule 1.1, and FIN instead of RST of 1.3): packets that end a connection in the name
// of an endpoint that did not send them.
//
// What speaks for it is sorted into families that one innocent cause does not produce together. No header field alone
// makes more than possible, and a TTL equal to the endpoint's own is no proof of innocence either.

import type { Confidence, Effect, Place } from '../../shared/domain/vocabulary.ts';
import { rank } from '../../shared/domain/vocabulary.ts';
import { type PacketNote, TCP_FLAG, type TcpFlow } from '../flow/records.ts';
import {
  compareOtherAddresses,
  compareOtherNames,
  compareRepeated,
  networkOf,
  subjectOf,
} from '../observe/controls.ts';
import { type EvidenceBase, MILLISECOND, SECOND } from '../observe/evidence-base.ts';
import { hopsFromStart, type IdentityFacts, isReset, isStartTtl, TTL_TOLERANCE } from '../observe/identity.ts';
import { observeResets, type ResetBurst, RoundTrips } from '../observe/resets.ts';
import { seqDiff } from '../wire/seq.ts';
import {
  type AlternativeItem,
  alternative,
  type Detector,
  type Draft,
  type EvidenceItem,
  evidence,
} from './detector.ts';
import { attributeResets, hasKnownPayload, type Suspects } from './fingerprints.ts';
import { attributeTrigger } from './trigger.ts';

const RULE = 'rst-injection/1';

/** Sooner than this share of the least round trip nothing comes back from beyond it. */
const TOO_SOON = 0.95;
const LEAST_SAMPLES = 2;
/** A reset that comes sooner after the receiver's own FIN or RST cannot be its effect. */
const EFFECT_SHARE = 0.5;
/** "Right after" the trigger. */
const AT_ONCE = 2 * SECOND;
const LEAST_REPETITIONS = 3;
/** Load balancers and NATs forget connections after these times, in seconds, and after any longer one. */
const IDLE_TIMES = [30, 60, 75, 300, 350];
const IDLE_SLACK = 0.03;
/** In a capture with more resets than this, one that copies an IP ID is chance. */
const MANY_RESETS = 1000;
/** Nothing further away than this answers so soon. */
const SAME_HOST = MILLISECOND;
/** This device or its gateway. */
const NEXT_TO_US = MILLISECOND;
const LOCAL_HOPS = 2;
/** Probes that are meant to expire on the way. */
const PROBE_TTL = 30;

type Family = 'sequence' | 'identity' | 'timing' | 'burst' | 'payload' | 'position';

/** What was seen of a burst, beside the capture as a whole. */
interface Judged {
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
  readonly policy: 'possible' | 'likely' | null;
  readonly forged: readonly PacketNote[];
}

interface Surroundings {
  readonly base: EvidenceBase;
  /** IP-ID copies count in this capture. */
  readonly mirrorsCount: boolean;
  readonly windowSteps: ReadonlyMap<string, number>;
  readonly positions: ReadonlyMap<string, number>;
}

export const rstInjection: Detector = {
  rule: RULE,
  judges: ['rst-injection'],
  detect,
  limitedBy(base) {
    if (base.capture.clockUnsound) return 'clock';
    return base.capture.tcpFlows > 0 && base.capture.oneWayShare > 0.5 ? 'one-way' : null;
  },
};

function detect(base: EvidenceBase): Draft[] {
  const roundTrips = new RoundTrips(base);
  const ofFlow = new Map<TcpFlow, ResetBurst[]>();
  for (const flow of base.tcp) {
    const bursts = sidesToJudge(flow, base).flatMap((fromClient) => observeResets(flow, fromClient, base, roundTrips));
    if (bursts.length > 0) ofFlow.set(flow, bursts);
  }
  const all = [...ofFlow.values()].flat();
  const surroundings: Surroundings = {
    base,
    mirrorsCount: !isChance(base, all),
    windowSteps: windowSteps(all),
    positions: positions(all),
  };
  const accused: { flow: TcpFlow; judged: Judged[] }[] = [];
  for (const [flow, bursts] of ofFlow) {
    const judged = alsoOfThatMaker(bursts.map((burst) => judge(burst, surroundings)));
    if (judged.some((one) => one.confidence !== null)) accused.push({ flow, judged });
  }
  const maker = new Map<string, Judged[]>();
  for (const { flow, judged } of accused) {
    const key = flow.server.address;
    maker.set(key, [...(maker.get(key) ?? []), ...judged.filter((one) => one.confidence !== null)]);
  }
  return accused.map(({ flow, judged }) => draftOf(flow, judged, maker.get(flow.server.address)!, base));
}

/** Resets of the host that captured are its own stack's. From the middle of the path both sides may be forged. */
function sidesToJudge(flow: TcpFlow, { capture }: EvidenceBase): boolean[] {
  const isClientHere = capture.local.has(flow.client.address);
  const isServerHere = capture.local.has(flow.server.address);
  if (isClientHere && isServerHere) return [];
  if (isClientHere) return [false];
  return isServerHere ? [true] : [false, true];
}

function judge(burst: ResetBurst, surroundings: Surroundings): Judged {
  const { facts, identity, flow, stage } = burst;
  const isEffect = isEffectOfClosing(burst);
  const isFull = identity.source === 'flow' && !identity.half;
  const countsMirrors = surroundings.mirrorsCount && !isOneHost(burst);
  const mirrors = countsMirrors && facts.some((fact) => fact.ipIdMirror !== null);
  const tooSoon = isTooSoon(burst);
  const isProven = burst.synAckAfter !== null || (burst.dataAfter?.sentAfter ?? null) !== null;
  const isBurst = burst.identical.count >= 2 && burst.identical.ipId > 0 && !burst.doubled && burst.kind === 'rst';
  const step = burst.fromClient ? undefined : surroundings.windowSteps.get(flow.server.address);
  const windowStep =
    step !== undefined && burst.packets.some((p) => p.window !== 0 && p.window - p.ttl === step) ? step : null;
  const hasPayload = burst.packets.some(hasKnownPayload);
  const samePosition = surroundings.positions.get(positionOf(burst) ?? '') ?? 0;
  const isAtOnce = burst.follows !== null && burst.follows.elapsed <= AT_ONCE;
  const isAfterTrigger = isAtOnce && stage !== 'syn';
  const idleSeconds = idleTime(burst);

  const families = new Set<Family>();
  const goesOn = isProven || burst.dataAfter !== null || burst.ackAfter !== null;
  if (goesOn || burst.jump > 0) families.add('sequence');
  if (facts.some((fact) => differs(fact, countsMirrors))) families.add('identity');
  if (tooSoon) families.add('timing');
  if (isBurst || windowStep !== null) families.add('burst');
  if (hasPayload) families.add('payload');
  if (isAfterTrigger) families.add('position');

  const isPair = facts.some((fact) => {
    const ttlIsOff = isFar(fact);
    if (burst.kind === 'fin') return ttlIsOff && (fact.df !== null || fact.windowMirror !== null);
    return ttlIsOff && (fact.df !== null || fact.windowMirror !== null || fact.windowNonzero !== null);
  });
  const hasSecond = tooSoon || mirrors || isBurst || hasPayload || samePosition >= LEAST_REPETITIONS;
  const mirrorAndMore =
    mirrors &&
    (families.size > 1 ||
      facts.some((fact) => fact.ipIdMirror !== null && differs({ ...fact, ipIdMirror: null }, true)));

  let confidence: Confidence | null = null;
  const raise = (to: Confidence, when: boolean) => {
    if (when && (confidence === null || rank(to) > rank(confidence))) confidence = to;
  };
  raise('possible', mirrors || tooSoon || facts.some(isFar));
  raise('possible', !burst.fromClient && isAfterTrigger && facts.some((fact) => fact.df !== null));
  raise('possible', burst.ackAfter !== null || burst.dataAfter !== null);
  // Compared with other connections the pair counts once, as one family.
  raise('likely', isPair && (isFull || tooSoon || mirrors));
  raise('likely', mirrorAndMore || isBurst || windowStep !== null);
  raise('likely', tooSoon && (families.has('identity') || (goesOn && burst.kind === 'rst')));
  raise('likely', isProven);
  raise('confirmed', (isProven && hasSecond) || hasPayload);

  // A middlebox that forgets an idle connection, or a closing server's balancer, resets in its own handwriting.
  const isHousekeeping = (idleSeconds !== null || burst.senderClosed !== null) && !isProven && !hasPayload;
  if (isHousekeeping) confidence = null;
  if (isEffect) confidence = null;
  const policy = isEffect || isHousekeeping ? null : policyOf(burst, isAfterTrigger, surroundings.base);
  if (policy !== null) raise(policy, true);
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
    policy,
    forged: confidence === null ? [] : forgedOf(burst, countsMirrors),
  };
}

/** The receiver closed or reset by itself first, and this may be the answer to it. */
function isEffectOfClosing(burst: ResetBurst): boolean {
  if (burst.receiverClosed === null) return false;
  return burst.roundTrip === null || burst.receiverClosed.elapsed >= burst.roundTrip.least * EFFECT_SHARE;
}

function isTooSoon(burst: ResetBurst): boolean {
  const { acknowledges, roundTrip } = burst;
  // At the server it is the client that is far, and its packets answer nothing of ours that quickly.
  if (burst.fromClient || acknowledges === null || roundTrip === null || roundTrip.samples < LEAST_SAMPLES)
    return false;
  return acknowledges.elapsed < roundTrip.least * TOO_SOON;
}

function isFar(fact: IdentityFacts): boolean {
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
  const hits = bursts.filter((burst) => burst.facts.some((fact) => fact.ipIdMirror !== null)).length;
  if (hits !== 1) return false;
  let resets = 0;
  for (const flow of base.tcp) for (const packet of flow.packets) if (isReset(packet)) resets++;
  return resets > MANY_RESETS;
}

/** For each server address the value of window - TTL that resets of two or more different TTLs have in common. */
function windowSteps(bursts: readonly ResetBurst[]): Map<string, number> {
  const seen = new Map<string, Map<number, Set<number>>>();
  for (const burst of bursts) {
    if (burst.fromClient || burst.kind === 'fin') continue;
    const { address } = burst.flow.server;
    for (const { window, ttl } of burst.packets) {
      if (window === 0) continue;
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

/** Seconds that nothing had been sent, where that is a time after which connections are forgotten. */
function idleTime(burst: ResetBurst): number | null {
  const seconds = burst.idle / SECOND;
  if (burst.follows !== null && burst.follows.elapsed <= AT_ONCE) return null;
  const least = IDLE_TIMES[0]!;
  return seconds >= least * (1 - IDLE_SLACK) ? Math.round(seconds) : null;
}

/**
 * Resets right after a name that look like the server's own: its policy is as likely. Only repetition with a working
 * control says something, and the same name in several networks more.
 */
function policyOf(burst: ResetBurst, isAfterTrigger: boolean, base: EvidenceBase): Judged['policy'] {
  const subject = subjectOf(burst.flow);
  if (!isAfterTrigger || burst.fromClient || subject.name === null) return null;
  const hasControl = compareOtherNames(base, subject).ok.length > 0;
  if (!hasControl) return null;
  const repeated = compareRepeated(base, subject);
  const elsewhere = compareOtherAddresses(base, subject);
  const failing = [burst.flow.server.address];
  for (const attempt of elsewhere.failed) {
    if (attempt.outcome !== 'reset' && attempt.outcome !== 'closed-after-request') continue;
    // A control of its own: another name has to work at that address too
    const there = { ...subject, address: attempt.address, flow: attempt.flow };
    if (compareOtherNames(base, there).ok.length > 0) failing.push(attempt.address);
  }
  if (elsewhere.ok.length === 0 && new Set(failing.map(networkOf)).size >= 2) return 'likely';
  return repeated.failed.length + 1 >= LEAST_REPETITIONS && repeated.ok.length === 0 ? 'possible' : null;
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

/** Later resets of a flow in the same foreign handwriting: not evidence by themselves, but that interferer's too. */
function alsoOfThatMaker(judged: readonly Judged[]): Judged[] {
  const known = judged.flatMap((one) =>
    one.confidence !== null && rank(one.confidence) >= rank('likely') ? one.forged : [],
  );
  return judged.map((one) => {
    if (one.confidence !== null || known.length === 0) return one;
    const forged = one.burst.packets.filter((packet, at) => {
      const fact = one.burst.facts[at]!;
      return isFar(fact) && known.some((other) => other.ttl === packet.ttl && other.df === packet.df);
    });
    return { ...one, forged };
  });
}

function draftOf(flow: TcpFlow, judged: readonly Judged[], ofAddress: readonly Judged[], base: EvidenceBase): Draft {
  const best = judged.reduce((one, other) => (level(other) > level(one) ? other : one));
  const confidence = best.confidence!;
  // Weaker bursts of a flow do not ride on a surer one.
  const counted = judged.filter(
    (one) => one.confidence === null || one.confidence === confidence || rank(one.confidence) >= rank('likely'),
  );
  const forged = counted.flatMap((one) => one.forged).sort((a, b) => a.frame - b.frame);
  const names = new Set(forged.map((packet) => packet.frame));
  const { burst } = best;
  const trigger = attributeTrigger(flow, base);
  const direction = directionOf(counted);
  const late = counted.flatMap(({ burst: { dataAfter, ackAfter, synAckAfter } }) => [dataAfter, ackAfter, synAckAfter]);
  const genuine = [
    ...(burst.identity.source === 'none' ? [] : burst.identity.frames),
    ...late.flatMap((packet) => (packet === null ? [] : [packet.frame])),
  ].filter((frame) => !names.has(frame));
  const affected = [...affectedBy(flow, burst, names)];
  return {
    key: `rst-injection:${flow.id}`,
    rule: RULE,
    confidence,
    trigger: { kind: trigger.kind, value: trigger.value, confidence: trigger.confidence },
    interference: { kind: 'rst-injection', variant: variantOf(burst, best.forged), direction },
    stage: burst.stage,
    effect: effectOf(flow, counted, base),
    place: placeOf(ofAddress, base),
    target: { domain: flow.trigger?.name ?? null, address: flow.server.address, port: flow.server.port },
    flow: { id: flow.id, protocol: 'tcp', client: flow.client, server: flow.server },
    dns: null,
    firstTime: Math.min(forged[0]!.time, flow.firstTime),
    lastTime: flow.lastTime,
    frames: {
      trigger: [...(burst.follows?.frames ?? [])],
      forged: [...names],
      genuine: unique(genuine),
      affected: unique(affected),
    },
    evidence: [...evidenceOf(best, flow, base), ...trigger.evidence],
    controls: trigger.controls,
    alternatives: alternativesOf(best, base),
    attribution: attributeResets(
      counted.map((one): Suspects => ({ burst: one.burst, forged: one.forged, windowStep: one.windowStep })),
    ),
    injector: injectorOf(best, ofAddress, base),
    causedBy: null,
    residual: false,
  };
}

function level(judged: Judged): number {
  return judged.confidence === null ? -1 : rank(judged.confidence);
}

function unique(frames: readonly number[]): number[] {
  return [...new Set(frames)].sort((a, b) => a - b);
}

function directionOf(judged: readonly Judged[]): 'to-client' | 'to-server' | 'both' {
  const sides = new Set(judged.filter((one) => one.forged.length > 0).map((one) => one.burst.fromClient));
  if (sides.size === 2) return 'both';
  return sides.has(true) ? 'to-server' : 'to-client';
}

function variantOf(burst: ResetBurst, forged: readonly PacketNote[]): string {
  if (burst.kind === 'fin') return 'fin';
  const withAck = forged.filter((packet) => (packet.flags & TCP_FLAG.ack) !== 0).length;
  const flags = withAck === forged.length ? 'rst-ack' : withAck === 0 ? 'rst' : 'mixed';
  return forged.length > 1 ? `${flags}-burst` : flags;
}

/** Resets that the receiver gave for what still came, and genuine data that nobody took any more. */
function* affectedBy(flow: TcpFlow, burst: ResetBurst, forged: ReadonlySet<number>): Generator<number> {
  const last = burst.packets.at(-1)!.frame;
  for (const packet of flow.packets) {
    if (packet.frame <= last || forged.has(packet.frame)) continue;
    if (packet.fromClient !== burst.fromClient && isReset(packet)) yield packet.frame;
    if (packet.fromClient === burst.fromClient && packet.length > 0 && !burst.receiverAfter.wentOn) yield packet.frame;
  }
}

function effectOf(flow: TcpFlow, judged: readonly Judged[], base: EvidenceBase): Effect {
  const forging = judged.filter((one) => one.forged.length > 0).map((one) => one.burst);
  if (forging.every((burst) => burst.receiverAfter.wentOn)) return 'survived';
  const last = forging.at(-1)!.packets.at(-1)!;
  // Cut off by the end of the capture before anybody could have gone on.
  if (flow.ended === 'capture-end' && base.capture.endTime - last.time < SECOND) {
    return forging.some((burst) => burst.receiverAfter.packets > 0) ? 'unknown' : 'stopped';
  }
  return 'stopped';
}

/** Where the forged packets were made. Next to us means this device or its gateway, which no censor runs. */
function placeOf(ofAddress: readonly Judged[], base: EvidenceBase): Place {
  const forged = ofAddress.flatMap((one) => one.forged);
  const ttls = new Set(forged.map((packet) => packet.ttl));
  const [ttl] = ttls;
  const hops = ttls.size === 1 ? hopsFromStart(ttl!) : null;
  const gaps = ofAddress.map((one) => one.burst.follows?.elapsed ?? one.burst.acknowledges?.elapsed ?? null);
  const isTimed = !base.capture.clockUnsound && gaps.every((gap) => gap !== null);
  const isNear = isTimed && gaps.every((gap) => gap! <= NEXT_TO_US);
  const isCopied = ofAddress.every((one) => one.burst.facts.every((fact) => !isFar(fact)));
  if (isNear && hops === 0 && !isCopied) return 'this-device';
  if (isNear && hops !== null && hops <= LOCAL_HOPS && !isCopied) return 'local-network';
  const isFarAway = isTimed && gaps.some((gap) => gap! > 5 * NEXT_TO_US);
  const isSomeHopsOff = hops !== null && hops > LOCAL_HOPS && !isCopied;
  return isFarAway || isSomeHopsOff || ttls.size > 1 ? 'path' : 'unknown';
}

function injectorOf(best: Judged, ofAddress: readonly Judged[], base: EvidenceBase): Draft['injector'] {
  const probes = probesAround(best.burst, base);
  if (probes !== null) return { hopsFromVantage: probes.lastClearTtl, basis: 'probes' };
  const forged = ofAddress.flatMap((one) => (one.burst.fromClient === best.burst.fromClient ? one.forged : []));
  const ttls = new Set(forged.map((packet) => packet.ttl));
  if (ttls.size > 1) return { hopsFromVantage: null, basis: 'ttl-varies' };
  const [ttl] = ttls;
  const fact = best.burst.facts.find((one) => one.ttl !== null)?.ttl;
  if (fact == null || Math.abs(fact.difference) < TTL_TOLERANCE)
    return { hopsFromVantage: null, basis: 'ttl-of-endpoint' };
  if (ofAddress.length < 2) return { hopsFromVantage: null, basis: 'one-burst' };
  const hops = hopsFromStart(ttl!);
  // Whoever writes in an endpoint's name sits in front of it.
  const genuine = fact.genuine.map(hopsFromStart).filter((value): value is number => value !== null);
  if (hops === null || genuine.every((value) => value < hops))
    return { hopsFromVantage: null, basis: 'ttl-start-unknown' };
  return { hopsFromVantage: hops, basis: 'ttl' };
}

/** The greatest TTL of a probe with the same trigger that drew no reset, and the least that drew one. */
function probesAround(
  { flow, fromClient }: ResetBurst,
  base: EvidenceBase,
): { lastClearTtl: number; firstResetTtl: number; frames: number[] } | null {
  if (fromClient || flow.trigger === null) return null;
  let clear = { ttl: 0, frame: 0 };
  let first = { ttl: 256, frame: 0 };
  for (const other of base.tcp) {
    if (other.server.address !== flow.server.address || other.client.address !== flow.client.address) continue;
    if (other.trigger === null || other.server.port !== flow.server.port || other.trigger.name !== flow.trigger.name)
      continue;
    const probe = other.packets.find((packet) => packet.frame === other.trigger!.frames[0]);
    if (probe === undefined || probe.ttl >= PROBE_TTL) continue;
    const reset = other.packets.some(
      (packet) =>
        !packet.fromClient &&
        isReset(packet) &&
        packet.frame > probe.frame &&
        packet.time - probe.time <= AT_ONCE &&
        seqDiff(packet.ack, probe.seq) !== 0,
    );
    if (reset && probe.ttl < first.ttl) first = { ttl: probe.ttl, frame: probe.frame };
    if (!reset && probe.ttl > clear.ttl) clear = { ttl: probe.ttl, frame: probe.frame };
  }
  if (clear.ttl === 0 || first.ttl === 256 || clear.ttl >= first.ttl) return null;
  return { lastClearTtl: clear.ttl, firstResetTtl: first.ttl, frames: [clear.frame, first.frame] };
}

function milliseconds(time: number): number {
  return Math.round((time / MILLISECOND) * 1000) / 1000;
}

function evidenceOf(judged: Judged, flow: TcpFlow, base: EvidenceBase): EvidenceItem[] {
  const { burst, forged } = judged;
  const { identity } = burst;
  const items: EvidenceItem[] = [];
  const own = identity.source === 'none' ? [] : identity.frames.slice(0, 2);
  const half = identity.half;
  const frames = forged.map((packet) => packet.frame).slice(0, 16);
  const [firstForged] = forged;

  if (burst.synAckAfter !== null) {
    const { frame, elapsed } = burst.synAckAfter;
    items.push(
      evidence('syn-ack-after-reset', 'supports', 'strong', { afterMs: milliseconds(elapsed) }, [frames[0]!, frame]),
    );
  }
  if (burst.dataAfter !== null) {
    const { frame, elapsed, bytes, sentAfter } = burst.dataAfter;
    const at = [frames[0]!, frame];
    const afterMs = milliseconds(elapsed);
    items.push(
      sentAfter === null || burst.kind === 'fin'
        ? evidence('answer-after-reset', 'supports', sentAfter === null ? 'weak' : 'strong', { afterMs }, at)
        : evidence('data-after-reset', 'supports', 'strong', { afterMs, bytes }, at),
    );
  }
  if (burst.ackAfter !== null) {
    const { frame, elapsed } = burst.ackAfter;
    items.push(
      evidence('ack-after-reset', 'supports', 'weak', { afterMs: milliseconds(elapsed) }, [frames[0]!, frame]),
    );
  }
  for (const packet of forged) {
    if (!hasKnownPayload(packet)) continue;
    items.push(
      evidence('known-payload', 'supports', 'strong', { bytes: packet.length, hex: packet.head }, [packet.frame]),
    );
    break;
  }

  // Each field once, by the first packet that shows it
  const facts = forged.map((packet) => ({ packet, fact: burst.facts[burst.packets.indexOf(packet)]! }));
  const shows = <K extends keyof IdentityFacts>(field: K) => {
    const found = facts.find(({ fact }) => fact[field] !== null);
    return found === undefined
      ? null
      : { frame: found.packet.frame, value: found.fact[field] as NonNullable<IdentityFacts[K]> };
  };
  const mirror = judged.mirrors ? shows('ipIdMirror') : null;
  if (mirror !== null) {
    const { ipId, peerIpId, peerFrame } = mirror.value;
    items.push(evidence('ip-id-mirrors-peer', 'supports', 'strong', { ipId, peerIpId }, [mirror.frame, peerFrame]));
  }
  const far = facts.find(({ fact }) => isFar(fact)) ?? facts.find(({ fact }) => fact.ttl !== null);
  if (far !== undefined) {
    const { suspect, genuine, difference } = far.fact.ttl!;
    const strength = isFar(far.fact) && !half ? 'medium' : 'weak';
    items.push(
      evidence('ttl-differs', 'supports', strength, { suspect, genuine, difference }, [far.packet.frame, ...own]),
    );
  } else if (identity.source !== 'none' && firstForged !== undefined) {
    items.push(evidence('ttl-equal', 'neutral', 'weak', { ttl: firstForged.ttl }, [firstForged.frame, ...own]));
  }
  const df = shows('df');
  if (df !== null)
    items.push(evidence('df-differs', 'supports', half ? 'weak' : 'medium', df.value, [df.frame, ...own]));
  const copied = shows('windowMirror');
  if (copied !== null)
    items.push(evidence('window-mirrors-peer', 'supports', 'medium', { window: copied.value }, [copied.frame]));
  const open = copied === null ? shows('windowNonzero') : null;
  if (open !== null) items.push(evidence('window-nonzero', 'supports', 'weak', { window: open.value }, [open.frame]));
  const reserved = shows('reservedBits');
  if (reserved !== null)
    items.push(evidence('reserved-bits', 'supports', 'weak', { flags: reserved.value }, [reserved.frame]));
  const stamp = shows('stampMissing');
  if (stamp !== null)
    items.push(evidence('timestamp-missing', 'supports', 'weak', { packets: stamp.value }, [stamp.frame, ...own]));
  if (!judged.families.has('identity') && identity.source !== 'none') {
    items.push(evidence('identity-equal', 'contradicts', 'medium', {}, [...frames.slice(0, 1), ...own]));
  }

  if (judged.tooSoon) {
    const { acknowledges, roundTrip } = burst;
    const params = {
      elapsedMs: milliseconds(acknowledges!.elapsed),
      leastRttMs: milliseconds(roundTrip!.least),
      samples: roundTrip!.samples,
    };
    items.push(evidence('too-soon', 'supports', 'medium', params, [acknowledges!.frame, frames[0]!]));
  }
  const { identical } = burst;
  if (identical.count >= 2 && !burst.doubled && burst.kind === 'rst') {
    const isForeign = identical.ipId > 0;
    const params = {
      count: identical.count,
      withinMs: milliseconds(identical.within),
      identical: true,
      ipId: identical.ipId,
    };
    items.push(
      evidence('reset-burst', isForeign ? 'supports' : 'neutral', isForeign ? 'medium' : 'weak', params, frames),
    );
  }
  if (judged.windowStep !== null) {
    const bursts = countSteps(flow, judged.windowStep, base);
    items.push(evidence('ttl-window-step', 'supports', 'strong', { bursts, difference: judged.windowStep }, frames));
  }
  if (burst.jump > 0) items.push(evidence('reset-sequence-jump', 'supports', 'weak', { bytes: burst.jump }, frames));
  if (burst.behind > 0)
    items.push(evidence('reset-behind-data', 'supports', 'weak', { bytesBehind: burst.behind }, frames));
  if (burst.follows !== null) {
    const elapsedMs = milliseconds(burst.follows.elapsed);
    const at = [...burst.follows.frames.slice(0, 1), ...frames.slice(0, 1)];
    items.push(
      burst.kind === 'fin'
        ? evidence('fin-without-data', 'supports', 'weak', { elapsedMs }, at)
        : evidence('after-trigger', 'supports', 'weak', { elapsedMs }, at),
    );
  }
  if (judged.samePosition >= LEAST_REPETITIONS) {
    items.push(evidence('same-position', 'supports', 'medium', { flows: judged.samePosition }, frames.slice(0, 1)));
  }
  if (burst.fromClient && burst.receiverAfter.packets >= 0 && burst.ackAfter !== null) {
    const packets = flow.packets.filter(
      (packet) => packet.fromClient && packet.frame > burst.packets.at(-1)!.frame && !isReset(packet),
    );
    items.push(
      evidence(
        'client-kept-sending',
        'supports',
        'medium',
        { packets: packets.length },
        packets.slice(0, 8).map((packet) => packet.frame),
      ),
    );
  }
  if (identity.source === 'address') {
    items.push(
      evidence('baseline-from-other-flows', 'neutral', 'weak', { flows: identity.packets }, [...identity.frames]),
    );
  }
  const probes = probesAround(burst, base);
  if (probes !== null) {
    const { lastClearTtl, firstResetTtl } = probes;
    items.push(evidence('before-last-router', 'supports', 'medium', { lastClearTtl, firstResetTtl }, probes.frames));
  }
  return items;
}

/** Bursts to the same address with this value of window - TTL. */
function countSteps(flow: TcpFlow, step: number, base: EvidenceBase): number {
  let bursts = 0;
  for (const other of base.tcp) {
    if (other.server.address !== flow.server.address) continue;
    if (other.packets.some((p) => !p.fromClient && isReset(p) && p.window !== 0 && p.window - p.ttl === step)) bursts++;
  }
  return bursts;
}

function alternativesOf(judged: Judged, base: EvidenceBase): AlternativeItem[] {
  const { burst, refuted, families, forged } = judged;
  const { flow, stage } = burst;
  const items: AlternativeItem[] = [];
  const isForeign = refuted || judged.tooSoon || judged.confidence === 'confirmed' || judged.confidence === 'likely';
  const closing =
    refuted || judged.tooSoon ? 'ruled-out' : families.has('identity') || families.has('burst') ? 'weakened' : 'open';
  if (burst.fromClient) items.push(alternative('client-aborted', closing, {}));
  else items.push(alternative('server-closed', closing, { timing: '' }));
  if (!burst.fromClient && flow.trigger?.name != null && burst.follows !== null && stage !== 'syn') {
    const isPolicy =
      closing === 'ruled-out' ? 'ruled-out' : isForeign && judged.policy !== judged.confidence ? 'weakened' : 'open';
    items.push(alternative('server-policy', isPolicy, { name: flow.trigger.name }));
  }
  if (stage === 'syn') {
    items.push(
      alternative('server-firewall', refuted ? 'ruled-out' : isForeign ? 'weakened' : 'open', {
        address: flow.server.address,
      }),
    );
  }
  if (stage === 'data' || stage === 'response') {
    items.push(alternative('keep-alive-race', refuted || burst.acknowledges !== null ? 'ruled-out' : closing, {}));
  }
  if (judged.idleSeconds !== null) {
    items.push(alternative('idle-timeout', refuted ? 'ruled-out' : 'open', { seconds: judged.idleSeconds }));
    items.push(alternative('nat-timeout', refuted ? 'ruled-out' : 'open', { seconds: judged.idleSeconds }));
  }
  const isOff = burst.facts.some(isFar);
  const hasTell = judged.tooSoon || judged.mirrors || families.has('burst') || families.has('payload');
  if (isOff) {
    const { address } = burst.fromClient ? flow.client : flow.server;
    items.push(
      alternative('load-balancer', judged.mirrors || judged.tooSoon || refuted ? 'ruled-out' : 'weakened', { address }),
    );
  }
  if (refuted || isOff) items.push(alternative('anycast-rehash', hasTell ? 'ruled-out' : 'open', {}));
  if (burst.dataAfter !== null || burst.ackAfter !== null) {
    items.push(alternative('older-segment-reordered', refuted ? 'ruled-out' : 'open', {}));
  }
  const hops = forged.length === 0 ? null : hopsFromStart(forged[0]!.ttl);
  if (isOff && hops !== null && hops <= LOCAL_HOPS) {
    items.push(alternative('home-router', placeOf([judged], base) === 'path' ? 'weakened' : 'open', { hops }));
  }
  if (burst.identical.count >= 2) {
    const frames = burst.identical.count - 1;
    items.push(alternative('capture-duplicates', burst.doubled ? 'open' : 'ruled-out', { frames }));
  }
  if (judged.tooSoon) {
    items.push(alternative('middlebox-proxy', refuted || isOff || judged.mirrors ? 'weakened' : 'open', {}));
  }
  if (placeOf([judged], base) === 'this-device') items.push(alternative('local-filter', 'open', {}));
  return items;
}
