// Connections of which one capture has nothing at all: every packet the client sent was lost before the other capture.
// Counted only between ends, to a port, of which both captures have other connections: a capture may be filtered.

import type { ComparisonEvidenceKind, ComparisonSide, Params } from '../../shared/domain/statements.ts';
import { type Confidence, weaker } from '../../shared/domain/vocabulary.ts';
import { median } from './clocks.ts';
import { type Both, type Connection, carries, other } from './connection.ts';
import type { Coverage } from './coverage.ts';
import { toldOf, whatTold } from './icmp.ts';
import type { Cited, Conditions, EvidenceDraft, FindingDraft } from './judge.ts';
import type { Matching } from './matching.ts';
import { withoutCopies } from './matching.ts';
import { waysKey } from './pairing.ts';
import { DNS_ANSWER, type Flow, type Packet } from './reading.ts';

interface Oriented {
  readonly connection: Connection;
  readonly near: ComparisonSide | 'same' | null;
}

/** Packets that must be sent in vain. */
const LEAST_SENT = 3;
/** Connections of the same client to the same service that both captures have, for another machine to be unlikely. */
const LEAST_SIBLINGS = 3;

/** Of a median. */
const ENOUGH_TTLS = 101;

/** What both captures have of one client and one service. */
interface Siblings {
  readonly first: Connection;
  count: number;
  matched: number;
  readonly ttls: number[];
}

export function lostFlows(
  orphans: Both<readonly Flow[]>,
  oriented: readonly Oriented[],
  coverage: Coverage,
  conditions: Both<Conditions>,
): { readonly findings: FindingDraft[]; readonly connections: Oriented[]; readonly answered: Both<number> } {
  const findings: FindingDraft[] = [];
  const connections: Oriented[] = [];
  const answered = { a: 0, b: 0 };
  for (const side of ['a', 'b'] as const) {
    const siblings = new Map<string, Siblings>();
    for (const { connection, near } of oriented) {
      if (near !== side || connection.state !== 'compared') continue;
      const key = waysKey(connection[side]);
      const known = siblings.get(key) ?? { first: connection, count: 0, matched: 0, ttls: [] };
      known.count++;
      known.matched += connection.toServer.matches.length;
      for (const match of connection.toClient.matches.slice(0, 8)) {
        if (known.ttls.length < ENOUGH_TTLS) known.ttls.push(match[side].ttl);
      }
      siblings.set(key, known);
    }
    for (const flow of orphans[side]) {
      const like = siblings.get(waysKey(flow));
      if (like === undefined || flow.cut) continue;
      const isTcp = flow.protocol === 'tcp';
      const packets = withoutCopies(flow.packets);
      const sent = packets.filter((packet) => packet.fromClient && carries(packet, isTcp));
      if (sent.some((packet) => !coverage.of(side, packet.time).isCovered)) continue;
      const replies = packets.filter(({ fromClient }) => !fromClient);
      const answers = replies.filter(({ flags }) => flags === DNS_ANSWER);
      const isForged = answers.length > 0 && sent.length > 0;
      if (replies.length > 0 && !isForged) {
        answered[side]++;
        continue;
      }
      const connection = oneSided(flow, packets, side, like.first);
      const told = toldOf(connection, true, sent, { a: conditions.a.icmp, b: conditions.b.icmp });
      const stopped = told.filter(({ message }) => message.sense !== 'too-big' && message.sense !== 'expired');
      // Probes with a small TTL are not meant to arrive
      if (told.some(({ message }) => message.sense === 'expired')) continue;
      if (!isForged && stopped.length === 0 && sent.length < LEAST_SENT) continue;
      connections.push({ connection, near: side });
      const far = other(side);
      const hasHoles = (conditions[far].dropped ?? 0) > 0 || conditions[far].filtered;
      // Another machine with the same address may have got them, which two captures cannot rule out
      const isOneMachine = like.count >= LEAST_SIBLINGS;
      // A capture may lose a question together with its answer; then the answer looks as the resolver's others do
      const genuine = median(like.ttls);
      const isAlike = isForged && answers.some(({ ttl }) => Math.abs(ttl - genuine) <= 1);
      const level: Confidence = isOneMachine && !hasHoles && !isAlike ? 'likely' : 'possible';
      const cited = (list: readonly Packet[]): Cited => (side === 'a' ? { a: list, b: [] } : { a: [], b: list });
      const [first, last] = [sent[0]!, sent.at(-1)!];
      const { matched } = like;
      const evidence: EvidenceDraft[] = [];
      const supports = (kind: ComparisonEvidenceKind, params: Params, list: readonly Packet[]): void => {
        evidence.push({ kind, role: 'supports', strength: 'strong', params, packets: cited(list) });
      };
      const passed = coverage.passedBetween(connection, side, first.time, last.time);
      const loss = like.first.ttlLoss.toServer;
      const said = isForged
        ? null
        : whatTold(told, {
            connection,
            fromClient: true,
            sender: side,
            between: loss === null ? null : Math.abs(loss),
            othersPassed: passed > 0,
            isCovered: true,
          });
      if (isForged) {
        const bytes = first.length;
        supports('absent-at-sender', { side: far, packets: answers.length, matched }, answers);
        supports('acknowledges-unseen', { side: far, bytes }, answers.slice(0, 1));
        const suspect = answers[0]!.ttl;
        if (!isAlike) supports('arrives-with-other-ttl', { side, suspect, genuine }, answers.slice(0, 1));
      } else {
        const seconds = (last.time - first.time) / 1e9;
        supports('sent-and-absent', { side: far, packets: sent.length, seconds }, sent.slice(0, 8));
        if (passed > 0) supports('others-arrived', { side: far, packets: passed }, []);
        evidence.push(...(said?.evidence ?? []));
      }
      findings.push({
        connection,
        claim: isForged ? 'sent-by-neither' : 'never-arrived',
        confidence: weaker(level, said?.most ?? 'confirmed'),
        interference: isForged ? 'forged-answer' : (said?.interference ?? 'packet-drop'),
        direction: isForged ? 'to-client' : 'to-server',
        sender: isForged ? far : side,
        packets: cited(isForged ? answers : sent),
        trigger: isForged ? cited(sent.slice(0, 1)) : { a: [], b: [] },
        evidence,
        alternatives: [
          {
            kind: 'load-balancer',
            status: isOneMachine ? 'weakened' : 'open',
            params: { address: flow.server.address },
          },
          ...(said?.alternatives ?? []),
          { kind: 'capture-incomplete', status: hasHoles ? 'open' : 'weakened', params: {} },
          ...(isForged
            ? []
            : [{ kind: 'network-down', status: passed > 0 ? 'ruled-out' : 'open', params: {} } as const]),
        ],
        place: said?.place ?? { hopsFromA: null, hopsFromB: null, basis: 'not-seen' },
      });
    }
  }
  return { findings, connections, answered };
}

function oneSided(flow: Flow, packets: readonly Packet[], side: ComparisonSide, like: Connection): Connection {
  const far = other(side);
  const nothing: Flow = { ...flow, client: like[far].client, server: like[far].server, packets: [], count: 0 };
  const matching = (fromClient: boolean): Matching => {
    const own = packets.filter((packet) => packet.fromClient === fromClient);
    return {
      matches: [],
      merged: { a: new Set(), b: new Set() },
      onlyA: side === 'a' ? own : [],
      onlyB: side === 'b' ? own : [],
      hasContent: true,
    };
  };
  return {
    a: side === 'a' ? flow : nothing,
    b: side === 'b' ? flow : nothing,
    isTcp: flow.protocol === 'tcp',
    packets: { a: side === 'a' ? packets : [], b: side === 'b' ? packets : [] },
    toServer: matching(true),
    toClient: matching(false),
    state: 'compared',
    translated: false,
    ttlLoss: { toServer: null, toClient: null },
  };
}
