// Transfers that are held to a fixed speed. Two claims, apart: that a token bucket drops what is too much (policing), and
// that this was done because of the name.
//
// Policed: ten losses and more over three seconds, two packets in a hundred lost, and a bucket explains them: it was full
// at four of five losses, hardly a packet passed while it was fuller than that, and of the packets around a loss nearly
// all found it less full; the more of them, the surer. A queue that overflows gives the same account, so a second family
// is needed: packets took as long as before however full it was, where a queue of that size would have held them up; or,
// where nothing tells how long they took, they arrived in bursts at the speed of the line, where a queue would space
// them. That is a mechanism, not a motive: contracts, hosts and offices police as well.
//
// Held back (shaping): nothing is lost, everything waits, at one slow speed. A server that sends at a pace and a program
// that reads at one look alike, so it takes a transfer at least five times faster from the same address with another name
// before it and one after it, and is possible at most.
//
// Because of the name: possible where another transfer of the same minute was at least five times faster, likely where
// that was one from the same address with another name.

import { type Confidence, type TriggerKind, weaker } from '../../shared/domain/vocabulary.ts';
import { type Attempt, TCP_FLAG, type TcpFlow } from '../flow/records.ts';
import { CONTROL_WINDOW, SAME_MINUTE } from '../observe/controls.ts';
import { type EvidenceBase, MILLISECOND, SECOND } from '../observe/evidence-base.ts';
import { siteName } from '../observe/invented-names.ts';
import { type PolicerFit, plateauOf, policerFit } from '../observe/rates.ts';
import {
  type AlternativeItem,
  type AttributionItem,
  alternative,
  type ControlItem,
  type Detector,
  type Draft,
  type EvidenceItem,
  evidence,
} from './detector.ts';

const RULE = 'throttling/1';
/**
 * [X] Chosen on transfers of a real stack (Reno, CUBIC, BBR) over 1,260 paths that lose, queue, drop early, reorder, fade,
 * pause or police, and tried on 240 more (main/testkit/live/paths.live.ts): none that was not policed was `likely`, of
 * those that lost ten packets to a policer a fifth behind it and a third before it.
 */
const EXPLAINED = 0.8;
const CONTRADICTED = 0.12;
/** Behind the place of the losses their time is known less well than before it; and few may come so by chance. */
const RANKED = { before: 0.95, behind: 0.92, few: 0.97, possible: 0.87 };
const FEW_LOSSES = 15;
/** A bucket that never holds more than this is none: every packet finds it full. */
const LEAST_DEPTH = 4 * 1_448;
/**
 * Of what a queue would add to the time of a packet, what the path's own moods and the clocks may; and at most, since a
 * path on which packets wait longer has a queue of its own.
 */
const MOODS = 0.3;
const LONGEST_MOOD = 300 * MILLISECOND;
const IN_BURSTS = 0.2;
const TIMES_FASTER = 5;
const LEAST_CONTROL = 65_536;
const MAX_FRAMES = 64;
/** Transfers that are looked at, the earliest: each costs up to a second. */
const MAX_TRANSFERS = 64;

export const throttling: Detector = {
  rule: RULE,
  judges: ['throttling'],
  detect(base) {
    if (base.capture.drops > 0 || base.capture.clockUnsound) return [];
    return base.tcp
      .filter(({ rate }) => rate != null)
      .slice(0, MAX_TRANSFERS)
      .flatMap((flow) => {
        const fit = policerFit(flow);
        const confidence = fit === null ? null : policed(fit);
        return confidence === null ? (shapedDraft(flow, base) ?? []) : [draftOf(flow, fit!, confidence, base)];
      });
  },
  limitedBy(base) {
    if (base.capture.drops > 0) return 'drops';
    if (base.capture.clockUnsound) return 'clock';
    return base.capture.offload ? 'offload' : null;
  },
};

/** How sure it is that a bucket dropped what was lost; null where nothing says so. */
function policed({ losses, explained, contradicted, ranked, depth, wait, inBursts }: PolicerFit): Confidence | null {
  if (explained < EXPLAINED || contradicted > CONTRADICTED || depth < LEAST_DEPTH) return null;
  const isUndelayed =
    wait === null
      ? inBursts !== null && inBursts >= IN_BURSTS
      : Math.max(wait.seen, wait.spread) <= Math.min(MOODS * wait.asQueue, LONGEST_MOOD);
  if (!isUndelayed || ranked < RANKED.possible) return null;
  const place = inBursts === null ? RANKED.before : RANKED.behind;
  return ranked >= (losses < FEW_LOSSES ? RANKED.few : place) ? 'likely' : 'possible';
}

interface Faster {
  readonly attempt: Attempt;
  readonly rate: number;
  readonly here: boolean;
}

/** Bits per second of what an attempt received, from beginning to end: no faster than it was in truth. */
function rateOf({ received, firstTime, lastTime }: Attempt): number {
  return lastTime > firstTime ? (received * 8 * SECOND) / (lastTime - firstTime) : 0;
}

/** [X] No faster than this, and no more uneven. */
const SLOW = 600_000;
const STEADY = 0.25;
const HARDLY_LOST = 0.01;

function shapedDraft(flow: TcpFlow, base: EvidenceBase): Draft | null {
  const name = flow.trigger?.name ?? null;
  if (name === null || flow.rate!.fromClient || flow.toClient.retransmitted > HARDLY_LOST * flow.toClient.dataPackets)
    return null;
  const plateau = plateauOf(flow);
  if (plateau === null || plateau.rate > SLOW || plateau.variation > STEADY) return null;
  // Who has no room left holds himself back
  if (flow.packets.some((packet) => packet.fromClient && packet.window === 0 && (packet.flags & TCP_FLAG.rst) === 0))
    return null;
  const here = fasterThan(flow, plateau, base).filter((one) => one.here);
  const isBracketed =
    here.some(({ attempt }) => attempt.firstTime < flow.firstTime) &&
    here.some(({ attempt }) => attempt.firstTime > flow.firstTime && attempt.lastTime > flow.lastTime);
  if (!isBracketed) return null;
  const { rate, seconds, variation, frames } = plateau;
  const params = { kilobits: rate / 1000, seconds, variationPercent: 100 * variation };
  const { address } = flow.server;
  return {
    ...commonOf(flow, base, here),
    confidence: 'possible',
    trigger: { ...triggerOf(flow), confidence: 'possible' },
    interference: { kind: 'throttling', variant: 'shaped', direction: 'to-client' },
    frames: { trigger: flow.trigger!.frames, forged: [], genuine: [], affected: frames },
    evidence: [evidence('steady-rate', 'supports', 'medium', params, frames), fasterFact(here, rate)],
    alternatives: [
      alternative('speed-limit', 'weakened', {}),
      alternative('congestion', 'ruled-out', {}),
      alternative('server-pacing', 'open', { address }),
      alternative('local-filter', 'open', {}),
    ],
  };
}

function fasterThan(flow: TcpFlow, fit: { readonly rate: number }, base: EvidenceBase): Faster[] {
  const name = flow.trigger?.name ?? null;
  const found: Faster[] = [];
  for (const entry of base.index.entries()) {
    if (entry.client !== flow.client.address || entry.transport !== 'tcp') continue;
    const here = entry.address === flow.server.address && entry.port === flow.server.port && entry.name !== name;
    if (!here && (entry.address === flow.server.address || (name !== null && entry.name === name))) continue;
    const window = here ? CONTROL_WINDOW : SAME_MINUTE;
    for (const attempt of entry.attempts) {
      const apart = Math.max(attempt.firstTime - flow.lastTime, flow.firstTime - attempt.lastTime);
      if (attempt.outcome !== 'ok' || attempt.received < LEAST_CONTROL || apart > window) continue;
      const rate = rateOf(attempt);
      if (rate >= TIMES_FASTER * fit.rate) found.push({ attempt, rate, here });
    }
  }
  return found;
}

function draftOf(flow: TcpFlow, fit: PolicerFit, confidence: Confidence, base: EvidenceBase): Draft {
  const faster = flow.rate!.fromClient ? [] : fasterThan(flow, fit, base);
  const byName: Confidence = faster.some((one) => one.here) ? 'likely' : 'possible';
  const trigger = triggerOf(flow);
  const isByName = trigger.value !== null && faster.length > 0;
  const facts: EvidenceItem[] = [
    evidence(
      'policed',
      'supports',
      'strong',
      {
        kilobits: fit.rate / 1000,
        losses: fit.losses,
        lossPercent: 100 * fit.lossShare,
        explainedPercent: 100 * fit.explained,
        seconds: fit.seconds,
      },
      fit.frames,
    ),
  ];
  if (fit.inBursts !== null && fit.inBursts >= IN_BURSTS) {
    facts.push(evidence('arrives-in-bursts', 'supports', 'medium', { percent: 100 * fit.inBursts }, fit.frames));
  }
  if (fit.wait !== null) {
    const { asQueue, spread } = fit.wait;
    const params = { queueMs: asQueue / MILLISECOND, spreadMs: spread / MILLISECOND };
    facts.push(evidence('no-queue', 'supports', 'medium', params, fit.frames));
  }
  if (faster.length > 0) facts.push(fasterFact(faster, fit.rate));
  return {
    ...commonOf(flow, base, faster),
    confidence,
    trigger: isByName
      ? { ...trigger, confidence: weaker(byName, confidence) }
      : { kind: 'unknown', value: null, confidence: 'inconclusive' },
    interference: {
      kind: 'throttling',
      variant: 'policed',
      direction: flow.rate!.fromClient ? 'to-server' : 'to-client',
    },
    frames: { trigger: flow.trigger?.frames ?? [], forged: [], genuine: [], affected: fit.frames },
    evidence: facts,
    alternatives: alternativesOf(flow, fit, faster.length > 0),
  };
}

/** What names a transfer; nothing where it has no name. */
function triggerOf({ trigger }: TcpFlow): { readonly kind: TriggerKind; readonly value: string | null } {
  const kind =
    trigger?.kind === 'client-hello' ? 'tls-sni' : trigger?.kind === 'http-request' ? 'http-host' : 'unknown';
  return trigger?.name == null || kind === 'unknown' ? { kind: 'unknown', value: null } : { kind, value: trigger.name };
}

/** The fastest, of the same address where there is one. */
function fasterFact(faster: readonly Faster[], rate: number): EvidenceItem {
  const here = faster.filter((one) => one.here);
  const best = (here.length > 0 ? here : faster).reduce((one, other) => (other.rate > one.rate ? other : one));
  const params = {
    control: best.here ? 'same-address-other-name' : 'other-address',
    value: best.attempt.name ?? best.attempt.address,
    times: best.rate / rate,
  };
  const frames = faster.flatMap(({ attempt }) => attempt.frames.slice(0, 1)).slice(0, MAX_FRAMES);
  return evidence('control-faster', 'supports', 'medium', params, frames);
}

function commonOf(flow: TcpFlow, base: EvidenceBase, faster: readonly Faster[]) {
  const { client, server, firstTime, lastTime } = flow;
  return {
    key: `throttling ${flow.id}`,
    rule: RULE,
    stage: 'data',
    effect: 'degraded',
    place: 'unknown',
    target: { domain: siteName(flow, base), address: server.address, port: server.port },
    flow: { id: flow.id, protocol: 'tcp', client, server },
    dns: null,
    firstTime,
    lastTime,
    controls: faster.slice(0, 16).map(
      ({ attempt, here }): ControlItem => ({
        kind: here ? 'same-address-other-name' : 'other-address',
        outcome: 'ok',
        target: { domain: attempt.name, address: attempt.address, port: attempt.port },
        frames: attempt.frames.slice(0, 1),
      }),
    ),
    attribution: [] as readonly AttributionItem[],
    injector: null,
    causedBy: null,
    residual: false,
  } as const;
}

function alternativesOf(flow: TcpFlow, fit: PolicerFit, isControlled: boolean): AlternativeItem[] {
  const { address } = flow.server;
  return [
    alternative('speed-limit', 'open', {}),
    alternative('congestion', isControlled ? 'ruled-out' : 'weakened', {}),
    alternative('packet-loss', 'weakened', { retransmissions: fit.losses }),
    // Who sends at a pace of his own loses nothing by it
    alternative('server-pacing', 'ruled-out', { address }),
    alternative('local-filter', 'open', {}),
  ];
}
