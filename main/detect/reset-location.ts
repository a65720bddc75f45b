// Where forged resets came from, as far as a capture at one place tells.

import type { Place } from '../../shared/domain/vocabulary.ts';
import type { PacketNote, TcpFlow } from '../flow/records.ts';
import { type EvidenceBase, MILLISECOND } from '../observe/evidence-base.ts';
import { hopsFromStart } from '../observe/identity.ts';
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
  readonly judged: readonly Judged[];
  readonly flows: readonly TcpFlow[];
  readonly place: Place;
  /** Of the capture. */
  readonly endTime: number;
}

export interface Probes {
  readonly lastClearTtl: number;
  readonly firstResetTtl: number;
  readonly frames: readonly number[];
}

export function resetAddress(judged: readonly Judged[], flows: readonly TcpFlow[], base: EvidenceBase): ResetAddress {
  return { judged, flows, place: placeOf(judged, base), endTime: base.capture.endTime };
}

/** This device and the own network, which no censor runs, only by a TTL and a time that both say so in every burst. */
function placeOf(judged: readonly Judged[], base: EvidenceBase): Place {
  // Resets that look like the server's own in everything may be the server's own.
  if (judged.every((one) => one.families.size === 0 || (one.families.size === 1 && one.families.has('position')))) {
    return 'unknown';
  }
  const ttls = new Set(judged.flatMap((one) => one.forged.map((packet) => packet.ttl)));
  const [ttl] = ttls;
  // A TTL like the endpoint's own may be a copy of it.
  const isForeignTtl = judged.some((one) => one.burst.facts.some(isFar));
  const hops = ttls.size === 1 && isForeignTtl ? hopsFromStart(ttl!) : null;
  const gaps = judged.map((one) => one.burst.follows?.elapsed ?? one.burst.acknowledges?.elapsed ?? null);
  const isTimed = !base.capture.clockUnsound && gaps.every((gap) => gap !== null);
  if (isTimed && gaps.every((gap) => gap! <= NEXT_TO_US) && hops !== null && hops <= LOCAL_HOPS) {
    return hops === 0 ? 'this-device' : 'local-network';
  }
  const isFarAway = isTimed && gaps.some((gap) => gap! > BEYOND_US);
  return isFarAway || ttls.size > 1 || (hops !== null && hops > LOCAL_HOPS) ? 'path' : 'unknown';
}

/** Hops from the vantage: by probes, or by a TTL that is the same in several bursts and starts somewhere plausible. */
export function injectorOf(best: Judged, address: ResetAddress): Draft['injector'] {
  const probes = probesAround(best, address);
  if (probes !== null) return { hopsFromVantage: probes.lastClearTtl, basis: 'probes' };
  const unknown = (basis: string) => ({ hopsFromVantage: null, basis });
  const sameSide = address.judged.filter((one) => one.burst.fromClient === best.burst.fromClient);
  const ttls = new Set(sameSide.flatMap((one) => one.forged.map((packet) => packet.ttl)));
  if (ttls.size !== 1) return unknown('ttl-varies');
  const fact = best.burst.facts.find(isFar)?.ttl;
  if (fact == null) return unknown('ttl-of-endpoint');
  if (sameSide.length < 2) return unknown('one-burst');
  const hops = hopsFromStart(fact.suspect);
  // Whoever writes in an endpoint's name sits in front of it.
  const genuine = fact.genuine.map(hopsFromStart).filter((value) => value !== null);
  if (hops === null || genuine.every((value) => value < hops)) return unknown('ttl-start-unknown');
  return { hopsFromVantage: hops, basis: 'ttl' };
}

/** The greatest TTL of a probe with the same trigger that drew no reset, and the least that drew one. */
export function probesAround({ burst }: Judged, address: ResetAddress): Probes | null {
  const { flow, fromClient } = burst;
  if (fromClient || flow.trigger === null) return null;
  const accused = new Set(address.judged.map((one) => one.burst.flow.id));
  let clear: PacketNote | null = null;
  let first: PacketNote | null = null;
  for (const other of address.flows) {
    const { trigger } = other;
    if (trigger === null || trigger.name !== flow.trigger.name) continue;
    if (other.client.address !== flow.client.address || other.server.port !== flow.server.port) continue;
    const probe = other.packets.find((packet) => packet.frame === trigger.frames[0]);
    if (probe === undefined || probe.ttl >= PROBE_TTL) continue;
    if (accused.has(other.id)) {
      if (first === null || probe.ttl < first.ttl) first = probe;
    } else if (address.endTime - probe.time > AT_ONCE && (clear === null || probe.ttl > clear.ttl)) {
      clear = probe;
    }
  }
  if (clear === null || first === null || clear.ttl >= first.ttl) return null;
  return { lastClearTtl: clear.ttl, firstResetTtl: first.ttl, frames: [clear.frame, first.frame] };
}
