// Where forged resets came from, as far as a capture at one place tells.

import { atLeast, type Place } from '../../shared/domain/vocabulary.ts';
import type { PacketNote, TcpFlow } from '../flow/records.ts';
import { type EvidenceBase, MILLISECOND } from '../observe/evidence-base.ts';
import { greatestOf } from '../observe/extremes.ts';
import { hopsFromStart } from '../observe/identity.ts';
import type { ReplyFacts } from '../observe/replies.ts';
import type { ResetBurst } from '../observe/resets.ts';
import type { Draft } from './detector.ts';
import { AT_ONCE, isFar, type Judged } from './reset-judgement.ts';

/** Hops within which it is the own network that answers. */
export const LOCAL_HOPS = 2;
/** This device or its gateway. */
const NEXT_TO_US = MILLISECOND;
const BEYOND_US = 5 * MILLISECOND;
/** Probes that are meant to expire on the way. */
const PROBE_TTL = 30;

/** Everything accused that concerns one server address. */
export interface ResetAddress {
  readonly place: Place;
  /** Of those that are hardly anybody's own: what is only possible may be the server's, and says nothing of theirs. */
  readonly surePlace: Place;
  /** Bursts in the name of the server and of the client, and the TTLs of what was forged in them. */
  readonly sides: { readonly server: ResetSide; readonly client: ResetSide };
  /** How many bursts have a value of window - TTL. */
  readonly windowSteps: ReadonlyMap<number, number>;
  /** Around each (client, port, name) that was probed with rising TTL. */
  readonly probes: ReadonlyMap<string, Probes>;
}

interface ResetSide {
  readonly bursts: number;
  readonly ttls: ReadonlySet<number>;
}

export interface Probes {
  readonly lastClearTtl: number;
  readonly firstResetTtl: number;
  readonly frames: readonly number[];
}

export function resetAddress(judged: readonly Judged[], flows: readonly TcpFlow[], base: EvidenceBase): ResetAddress {
  const side = (fromClient: boolean): ResetSide => {
    const own = judged.filter((one) => one.burst.fromClient === fromClient);
    return { bursts: own.length, ttls: new Set(own.flatMap((one) => one.forged.map((packet) => packet.ttl))) };
  };
  const windowSteps = new Map<number, number>();
  for (const { windowStep } of judged) {
    if (windowStep !== null) windowSteps.set(windowStep, (windowSteps.get(windowStep) ?? 0) + 1);
  }
  return {
    place: placeOf(judged, base),
    surePlace: placeOf(
      judged.filter(({ confidence }) => confidence !== null && atLeast(confidence, 'likely')),
      base,
    ),
    sides: { server: side(false), client: side(true) },
    windowSteps,
    probes: probesOf(judged, flows, base),
  };
}

/** This device and the own network, which no censor runs, only by a TTL and a time that both say so in every burst. */
function placeOf(judged: readonly Judged[], base: EvidenceBase): Place {
  // Resets that look like the server's own in everything may be the server's own.
  if (judged.every((one) => one.families.size === 0 || (one.families.size === 1 && one.families.has('position')))) {
    return 'unknown';
  }
  const ttls = new Set(judged.flatMap((one) => one.forged.map((packet) => packet.ttl)));
  const ttl = greatestOf([...ttls]);
  // A capture on a router in between has each of them again, a hop on.
  const isOneTtl = ttls.size === 1 || (ttls.size === 2 && ttls.has(ttl - 1));
  // A TTL like the endpoint's own may be a copy of it.
  const isForeignTtl = judged.some((one) => one.burst.facts.some(isFar));
  const hops = isOneTtl && isForeignTtl ? hopsFromStart(ttl) : null;
  const gaps = judged.map(({ burst }) => reactionTime(burst));
  const isTimed = !base.capture.clockUnsound && gaps.every((gap) => gap !== null);
  if (isTimed && gaps.every((gap) => gap! <= NEXT_TO_US) && hops !== null && hops <= LOCAL_HOPS) {
    return hops === 0 ? 'this-device' : 'local-network';
  }
  const isNear = hops !== null && hops <= LOCAL_HOPS && gaps.some((gap) => gap !== null && gap <= NEXT_TO_US);
  const isFarAway = isTimed && !isNear && gaps.some((gap) => gap! > BEYOND_US);
  return isFarAway || !isOneTtl || (hops !== null && hops > LOCAL_HOPS) ? 'path' : 'unknown';
}

/**
 * From what it answers; after a handshake in which nothing was asked, from the latest packet of the side that it is sent
 * to: the request may have been stopped before the capture.
 */
function reactionTime({ flow, fromClient, packets, stage, follows, acknowledges }: ResetBurst): number | null {
  const known = follows?.elapsed ?? acknowledges?.elapsed ?? null;
  if (known !== null && stage !== 'handshake') return known;
  const { frame, time } = packets[0]!;
  const latest = flow.packets.findLast((packet) => packet.fromClient !== fromClient && packet.frame < frame);
  return latest === undefined ? known : time - latest.time;
}

/** Hops from the vantage: by probes, or by a TTL that is the same in several bursts and starts somewhere plausible. */
export function injectorOf(best: Judged, address: ResetAddress): Draft['injector'] {
  const probes = probesAround(best, address);
  if (probes !== null) return { hopsFromVantage: probes.lastClearTtl, basis: 'probes' };
  const unknown = (basis: string) => ({ hopsFromVantage: null, basis });
  const { bursts, ttls } = best.burst.fromClient ? address.sides.client : address.sides.server;
  if (ttls.size !== 1) return unknown('ttl-varies');
  const fact = best.burst.facts.find(isFar)?.ttl;
  if (fact == null) return unknown('ttl-of-endpoint');
  // A header made out of the other side's packet may have its TTL from there too.
  if (best.mirrors || best.burst.facts.some(({ windowMirror }) => windowMirror !== null))
    return unknown('copied-header');
  if (bursts < 2) return unknown('one-burst');
  const hops = hopsFromStart(fact.suspect);
  // Whoever writes in an endpoint's name sits in front of it.
  const genuine = fact.genuine.map(hopsFromStart).filter((value) => value !== null);
  if (hops === null || genuine.every((value) => value < hops)) return unknown('ttl-start-unknown');
  return { hopsFromVantage: hops, basis: 'ttl' };
}

/** Replies that somebody made in the name of one address. */
export interface MadeReplies {
  flows: number;
  readonly ttls: Set<number>;
}

/** Hops from the vantage of whoever made replies in the name of one address; the same caveats as for resets. */
export function injectorOfReplies(facts: ReplyFacts, { flows, ttls }: MadeReplies): Draft['injector'] {
  const unknown = (basis: string) => ({ hopsFromVantage: null, basis });
  if (ttls.size !== 1) return unknown('ttl-varies');
  const { ttl, ipIdMirror, windowMirror } = facts.handwriting;
  if (ttl === null) return unknown('ttl-of-endpoint');
  if (ipIdMirror !== null || windowMirror !== null) return unknown('copied-header');
  if (flows < 2) return unknown('one-burst');
  const hops = hopsFromStart(ttl.suspect);
  const genuine = ttl.genuine.map(hopsFromStart).filter((value) => value !== null);
  if (hops === null || genuine.every((value) => value < hops)) return unknown('ttl-start-unknown');
  return { hopsFromVantage: hops, basis: 'ttl' };
}

export function probesAround({ burst }: Judged, address: ResetAddress): Probes | null {
  return burst.fromClient ? null : (address.probes.get(probed(burst.flow)) ?? null);
}

function probed({ client, server, trigger }: TcpFlow): string {
  return `${client.address} ${server.port} ${trigger?.name ?? ''}`;
}

/** The greatest TTL of a probe with the same trigger that drew no reset, and the least that drew one. */
function probesOf(judged: readonly Judged[], flows: readonly TcpFlow[], base: EvidenceBase): Map<string, Probes> {
  const accused = new Set(judged.map((one) => one.burst.flow.id));
  const clear = new Map<string, PacketNote>();
  const first = new Map<string, PacketNote>();
  for (const flow of flows) {
    const probe = flow.packets.find((packet) => packet.frame === flow.trigger?.frames[0]);
    if (probe === undefined || probe.ttl >= PROBE_TTL) continue;
    const key = probed(flow);
    if (accused.has(flow.id)) {
      if (probe.ttl < (first.get(key)?.ttl ?? PROBE_TTL)) first.set(key, probe);
    } else if (base.capture.endTime - probe.time > AT_ONCE && probe.ttl > (clear.get(key)?.ttl ?? 0)) {
      clear.set(key, probe);
    }
  }
  const probes = new Map<string, Probes>();
  for (const [key, reset] of first) {
    const last = clear.get(key);
    if (last === undefined || last.ttl >= reset.ttl) continue;
    probes.set(key, { lastClearTtl: last.ttl, firstResetTtl: reset.ttl, frames: [last.frame, reset.frame] });
  }
  return probes;
}
