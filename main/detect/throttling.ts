// Transfers that are held to a fixed speed. Two claims, apart: that a token bucket drops what is too much (policing), and
// that this was done because of the name.
//
// Policed. Likely: ten losses and more over three seconds, two packets in a hundred lost, and a bucket explains them: it
// was full at four of five losses, and hardly a packet passed while it was fuller than that. A queue that overflows
// gives the same account, so a second family is needed: seen before the place of the losses, the round trip hardly grows
// ahead of them; seen behind it, packets come in bursts at the speed of the line, where a queue would space them, or the
// bucket fills again and again by far more than the burst that a queue lets go of at once. That is
// a mechanism, not a motive: contracts, hosts and offices police as well.
//
// Because of the name: possible where another transfer of the same minute was at least five times faster, likely where
// that was one from the same address with another name.

import { type Confidence, weaker } from '../../shared/domain/vocabulary.ts';
import type { Attempt, TcpFlow } from '../flow/records.ts';
import { CONTROL_WINDOW, SAME_MINUTE } from '../observe/controls.ts';
import { type EvidenceBase, MILLISECOND, SECOND } from '../observe/evidence-base.ts';
import { type PolicerFit, policerFit } from '../observe/rates.ts';
import {
  type AlternativeItem,
  alternative,
  type Detector,
  type Draft,
  type EvidenceItem,
  evidence,
} from './detector.ts';

const RULE = 'throttling/1';
/** [X] Measured on captures of policed and of merely lossy paths. */
const EXPLAINED = 0.8;
const CONTRADICTED = 0.12;
/** A bucket that never holds more than this is none: every packet finds it full. */
const LEAST_DEPTH = 4 * 1_448;
/** The round trip ahead of a loss, and how much of it a queue may have added at most. */
const FLAT = 1.5;
const JITTER = 10 * MILLISECOND;
const IN_BURSTS = 0.2;
/** What comes out of a queue is never ahead of its rate by more than a few segments, so a level above this is none's. */
const DEEP = 12 * 1_448;
/** A queue on a line whose speed changes has no such level. */
const HARDLY_CONTRADICTED = 0.03;
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
        return fit !== null && isPoliced(fit) ? [draftOf(flow, fit, base)] : [];
      });
  },
  limitedBy(base) {
    if (base.capture.drops > 0) return 'drops';
    if (base.capture.clockUnsound) return 'clock';
    return base.capture.offload ? 'offload' : null;
  },
};

function isPoliced(fit: PolicerFit): boolean {
  if (fit.explained < EXPLAINED || fit.contradicted > CONTRADICTED) return false;
  if (fit.depth < LEAST_DEPTH) return false;
  if (fit.inBursts !== null) return fit.inBursts >= IN_BURSTS || isDeep(fit);
  return fit.delay !== null && fit.delay.atLosses <= Math.max(FLAT * fit.delay.least, fit.delay.least + JITTER);
}

function isDeep({ depth, contradicted }: PolicerFit): boolean {
  return depth >= DEEP && contradicted <= HARDLY_CONTRADICTED;
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

function fasterThan(flow: TcpFlow, fit: PolicerFit, base: EvidenceBase): Faster[] {
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

function draftOf(flow: TcpFlow, fit: PolicerFit, base: EvidenceBase): Draft {
  const { client, server, trigger } = flow;
  const faster = flow.rate!.fromClient ? [] : fasterThan(flow, fit, base);
  const here = faster.filter((one) => one.here);
  const name = trigger?.name ?? null;
  const kind =
    trigger?.kind === 'client-hello' ? 'tls-sni' : trigger?.kind === 'http-request' ? 'http-host' : 'unknown';
  const byName: Confidence = here.length > 0 ? 'likely' : 'possible';
  const isByName = name !== null && kind !== 'unknown' && faster.length > 0;
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
  if (fit.inBursts !== null && isDeep(fit)) {
    const params = { bytes: Math.round(fit.depth), kilobits: fit.rate / 1000 };
    facts.push(evidence('ahead-of-pace', 'supports', 'medium', params, fit.frames));
  }
  if (fit.inBursts !== null && fit.inBursts >= IN_BURSTS) {
    facts.push(evidence('arrives-in-bursts', 'supports', 'medium', { percent: 100 * fit.inBursts }, fit.frames));
  }
  if (fit.delay !== null) {
    const { atLosses, least } = fit.delay;
    const params = { atLossesMs: atLosses / MILLISECOND, leastMs: least / MILLISECOND };
    facts.push(evidence('no-queue', 'supports', 'medium', params, fit.frames));
  }
  if (faster.length > 0) {
    const best = (here.length > 0 ? here : faster).reduce((one, other) => (other.rate > one.rate ? other : one));
    const value = best.attempt.name ?? best.attempt.address;
    const params = {
      control: here.length > 0 ? 'same-address-other-name' : 'other-address',
      value,
      times: best.rate / fit.rate,
    };
    const frames = faster.flatMap(({ attempt }) => attempt.frames.slice(0, 1)).slice(0, MAX_FRAMES);
    facts.push(evidence('control-faster', 'supports', 'medium', params, frames));
  }
  return {
    key: `throttling ${flow.id}`,
    rule: RULE,
    confidence: 'likely',
    trigger: isByName
      ? { kind, value: name, confidence: weaker(byName, 'likely') }
      : { kind: 'unknown', value: null, confidence: 'inconclusive' },
    interference: {
      kind: 'throttling',
      variant: 'policed',
      direction: flow.rate!.fromClient ? 'to-server' : 'to-client',
    },
    stage: 'data',
    effect: 'degraded',
    place: 'unknown',
    target: { domain: name, address: server.address, port: server.port },
    flow: { id: flow.id, protocol: 'tcp', client, server },
    dns: null,
    firstTime: flow.firstTime,
    lastTime: flow.lastTime,
    frames: {
      trigger: trigger?.frames ?? [],
      forged: [],
      genuine: [],
      affected: fit.frames,
    },
    evidence: facts,
    controls: faster.slice(0, 16).map(({ attempt, here: isHere }) => ({
      kind: isHere ? 'same-address-other-name' : 'other-address',
      outcome: 'ok',
      target: { domain: attempt.name, address: attempt.address, port: attempt.port },
      frames: attempt.frames.slice(0, 1),
    })),
    alternatives: alternativesOf(flow, fit, faster.length > 0),
    attribution: [],
    injector: null,
    causedBy: null,
    residual: false,
  };
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
