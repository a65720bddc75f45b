// What is said of a judged burst of resets: what speaks for and against it, and what else could explain it.

import type { TcpFlow } from '../flow/records.ts';
import { MILLISECOND } from '../observe/evidence-base.ts';
import { hopsFromStart, type IdentityFacts, isReset } from '../observe/identity.ts';
import { type AlternativeItem, alternative, type EvidenceItem, evidence } from './detector.ts';
import { guessesAhead, hasKnownPayload } from './fingerprints.ts';
import { isFar, type Judged, LEAST_REPETITIONS } from './reset-judgement.ts';
import { LOCAL_HOPS, probesAround, type ResetAddress } from './reset-location.ts';

function milliseconds(time: number): number {
  return Math.round((time / MILLISECOND) * 1000) / 1000;
}

export function evidenceOf(judged: Judged, flow: TcpFlow, address: ResetAddress): EvidenceItem[] {
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
  if (identical.count >= 2 * burst.copies && burst.kind === 'rst') {
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
    const bursts = address.windowSteps.get(judged.windowStep) ?? 1;
    items.push(evidence('ttl-window-step', 'supports', 'strong', { bursts, difference: judged.windowStep }, frames));
  }
  if (burst.jump > 0) {
    const strength = guessesAhead(burst) ? 'strong' : 'weak';
    items.push(evidence('reset-sequence-jump', 'supports', strength, { bytes: burst.jump }, frames));
  }
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
  if (burst.fromClient && (burst.ackAfter !== null || burst.dataAfter !== null)) {
    const last = burst.packets.at(-1)!.frame;
    const sent = flow.packets.filter((packet) => packet.fromClient && packet.frame > last && !isReset(packet));
    const at = sent.slice(0, 8).map((packet) => packet.frame);
    if (sent.length > 0)
      items.push(evidence('client-kept-sending', 'supports', 'medium', { packets: sent.length }, at));
  }
  if (identity.source === 'address') {
    items.push(
      evidence('baseline-from-other-flows', 'neutral', 'weak', { flows: identity.packets }, [...identity.frames]),
    );
  }
  const probes = probesAround(judged, address);
  if (probes !== null) {
    const { lastClearTtl, firstResetTtl } = probes;
    items.push(evidence('before-last-router', 'supports', 'medium', { lastClearTtl, firstResetTtl }, probes.frames));
  }
  return items;
}

/** `site`: the name that was asked for, where it is one. */
export function alternativesOf(judged: Judged, { place }: ResetAddress, site: string | null): AlternativeItem[] {
  const { burst, refuted, families, forged } = judged;
  const { flow, stage } = burst;
  const items: AlternativeItem[] = [];
  const isForeign = refuted || judged.tooSoon || judged.confidence === 'confirmed' || judged.confidence === 'likely';
  const closing =
    refuted || judged.tooSoon ? 'ruled-out' : families.has('identity') || families.has('burst') ? 'weakened' : 'open';
  if (burst.fromClient) items.push(alternative('client-aborted', closing, {}));
  else items.push(alternative('server-closed', closing, { timing: '' }));
  if (!burst.fromClient && site !== null && burst.follows !== null && stage !== 'syn') {
    items.push(alternative('server-policy', closing, { name: site }));
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
  if (refuted || isOff) {
    // Servers that share an address do not take turns at the same point of one connection after another.
    const rehash = hasTell ? 'ruled-out' : judged.samePosition >= LEAST_REPETITIONS ? 'weakened' : 'open';
    items.push(alternative('anycast-rehash', rehash, {}));
  }
  if (burst.dataAfter !== null || burst.ackAfter !== null) {
    items.push(alternative('older-segment-reordered', refuted ? 'ruled-out' : 'open', {}));
  }
  const hops = forged.length === 0 ? null : hopsFromStart(forged[0]!.ttl);
  if (isOff && hops !== null && hops <= LOCAL_HOPS) {
    items.push(alternative('home-router', place === 'path' ? 'weakened' : 'open', { hops }));
  }
  if (burst.identical.count >= 2) {
    const frames = burst.identical.count - 1;
    items.push(
      alternative('capture-duplicates', burst.identical.count >= 2 * burst.copies ? 'ruled-out' : 'open', { frames }),
    );
  }
  if (judged.tooSoon) {
    items.push(alternative('middlebox-proxy', refuted || isOff || judged.mirrors ? 'weakened' : 'open', {}));
  }
  if (place === 'this-device') items.push(alternative('local-filter', 'open', {}));
  return items;
}
