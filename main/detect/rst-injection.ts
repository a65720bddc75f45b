// Forged resets and FINs: packets that end a connection in the name of an endpoint that did not send them. One finding
// for each connection.

import { atLeast, type Effect, rank } from '../../shared/domain/vocabulary.ts';
import { type PacketNote, TCP_FLAG, type TcpFlow } from '../flow/records.ts';
import { type EvidenceBase, SECOND } from '../observe/evidence-base.ts';
import { isReset } from '../observe/identity.ts';
import { siteName } from '../observe/invented-names.ts';
import { observeResets, type ResetBurst, RoundTrips } from '../observe/resets.ts';
import type { Detector, Draft } from './detector.ts';
import { attributeResets, type Suspects } from './fingerprints.ts';
import { alternativesOf, evidenceOf } from './reset-evidence.ts';
import { alsoOfThatMaker, type Judged, judge, surroundingsOf } from './reset-judgement.ts';
import { injectorOf, type ResetAddress, resetAddress } from './reset-location.ts';
import { withResiduals } from './residual-resets.ts';
import { attributeTrigger, type TriggerAttribution } from './trigger.ts';

const RULE = 'rst-injection/1';
/** Nothing of the client was captured, so nobody can say what it had asked. */
const UNSEEN: TriggerAttribution = {
  kind: 'unknown',
  value: null,
  confidence: 'inconclusive',
  evidence: [],
  controls: [],
};

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
  const surroundings = surroundingsOf(base, [...ofFlow.values()].flat());
  const accused: { flow: TcpFlow; judged: readonly Judged[] }[] = [];
  for (const [flow, bursts] of ofFlow) {
    const judged = alsoOfThatMaker(bursts.map((burst) => judge(burst, surroundings)));
    if (judged.some((one) => one.confidence !== null)) accused.push({ flow, judged });
  }
  const near = new Map<string, { judged: Judged[]; flows: TcpFlow[] }>();
  for (const { flow, judged } of accused) {
    const { address } = flow.server;
    if (!near.has(address)) near.set(address, { judged: [], flows: [] });
    near.get(address)!.judged.push(...judged.filter((one) => one.confidence !== null));
  }
  for (const flow of base.tcp) near.get(flow.server.address)?.flows.push(flow);
  const addresses = new Map<string, ResetAddress>();
  for (const [address, { judged, flows }] of near) addresses.set(address, resetAddress(judged, flows, base));
  const ended = new Set(accused.filter(({ judged }) => isEnded(judged)).map(({ flow }) => flow.id));
  const drafts = accused.map(({ flow, judged }) =>
    draftOf(flow, judged, addresses.get(flow.server.address)!, base, ended),
  );
  return withResiduals(drafts, base);
}

/** Somebody else's reset, as far as can be told, and its receiver took it. */
function isEnded(judged: readonly Judged[]): boolean {
  return judged.some(
    ({ burst, confidence }) => confidence !== null && rank(confidence) >= rank('likely') && !burst.receiverAfter.wentOn,
  );
}

/** Resets of the host that captured are its own stack's. From the middle of the path both sides may be forged. */
function sidesToJudge(flow: TcpFlow, { capture }: EvidenceBase): boolean[] {
  const isClientHere = capture.local.has(flow.client.address);
  const isServerHere = capture.local.has(flow.server.address);
  if (isClientHere && isServerHere) return [];
  if (isClientHere) return [false];
  return isServerHere ? [true] : [false, true];
}

function draftOf(
  flow: TcpFlow,
  judged: readonly Judged[],
  address: ResetAddress,
  base: EvidenceBase,
  ended: ReadonlySet<number>,
): Draft {
  const best = judged.reduce((one, other) => (level(other) > level(one) ? other : one));
  const confidence = best.confidence!;
  // Weaker bursts of a flow do not ride on a surer one.
  const counted = judged.filter(
    (one) => one.confidence === null || one.confidence === confidence || rank(one.confidence) >= rank('likely'),
  );
  const { burst } = best;
  // A page with a FIN in foreign handwriting, before or between resets that are somebody else's, is too.
  const pages = rank(confidence) >= rank('likely') ? burst.identity.doubtful : [];
  const forged = [...counted.flatMap((one) => one.forged), ...pages].sort((a, b) => a.frame - b.frame);
  // Where the capture doubles nothing else of this direction, the copies of a forged FIN are forged as well.
  const copies = counted
    .filter((one) => one.burst.kind === 'fin' && one.burst.copies === 1)
    .flatMap((one) => one.forged.flatMap((packet) => packet.copyFrames ?? []));
  const names = new Set([...forged.map((packet) => packet.frame), ...copies].sort((a, b) => a - b));
  const trigger = flow.toServer.packets === 0 ? UNSEEN : attributeTrigger(flow, base, ended);
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
    place: atLeast(confidence, 'likely') ? address.surePlace : address.place,
    target: { domain: siteName(flow, base), address: flow.server.address, port: flow.server.port },
    flow: { id: flow.id, protocol: 'tcp', client: flow.client, server: flow.server },
    dns: null,
    firstTime: flow.firstTime,
    lastTime: flow.lastTime,
    frames: {
      trigger: triggerFrames(flow, burst, trigger),
      forged: [...names],
      genuine: unique(genuine),
      affected: unique(affected),
    },
    evidence: [...evidenceOf(best, flow, address), ...trigger.evidence],
    controls: trigger.controls,
    alternatives: alternativesOf(best, address, siteName(flow, base)),
    attribution: attributeResets(
      counted.map((one): Suspects => ({ burst: one.burst, forged: one.forged, windowStep: one.windowStep })),
    ),
    injector: injectorOf(best, address),
    causedBy: null,
    residual: false,
  };
}

/** What it follows; later in a connection that names something, what named it, where the name was what mattered. */
function triggerFrames(flow: TcpFlow, { follows, packets }: ResetBurst, { value }: TriggerAttribution): number[] {
  if (follows !== null) return [...follows.frames];
  const { trigger } = flow;
  if (trigger === null || value === null || value !== trigger.name) return [];
  return trigger.frames.filter((frame) => frame < packets[0]!.frame);
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
  return forged.length > burst.copies ? `${flags}-burst` : flags;
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
