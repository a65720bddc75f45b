// Resolvers as such, whatever is asked: public ones that answer nothing on port 53 although they are alive, and public
// ones in whose name somebody much nearer answers.
//
// Silence of port 53. Possible: a public resolver leaves at least three queries over five seconds without an answer,
// never gave one, and answers the same client on another port or to pings. Likely: two and more of the well-known ones
// in different networks do so, as their operators do not switch port 53 off. A resolver that is not well known may
// simply be none.
//
// Another answerer. Possible at most: answers come many times sooner than the resolver's own address answers on other
// ports, and with another hop count. Home routers and offices redirect queries on purpose.

import { isPublicResolver } from '../../shared/domain/resolvers.ts';
import type { Confidence } from '../../shared/domain/vocabulary.ts';
import { isAcrossInternet } from '../observe/address.ts';
import { networkOf } from '../observe/controls.ts';
import type { NameGroup } from '../observe/dns.ts';
import { type EvidenceBase, MILLISECOND, SECOND } from '../observe/evidence-base.ts';
import { alternative, type Draft, type EvidenceItem, evidence } from './detector.ts';
import { append } from './dns-subject.ts';

const RESOLVER_RULE = 'dns-resolvers/1';

const DNS_PORT = 53;
const LEAST_QUERIES = 3;
const LEAST_SPAN = 5 * SECOND;
/** An outgoing hop limit below this may expire on the way. */
const LEAST_TTL = 30;
/** [X] The resolver itself is further away than this, and whoever answers is nearer than that. */
const FAR = 20 * MILLISECOND;
const NEAR = 5 * MILLISECOND;
const TIMES_NEARER = 4;
const HOPS_DIFFERENCE = 3;
const LEAST_SAMPLES = 3;
/** Hop limits that systems start with: nobody forwarded such a packet. */
const START_TTLS: readonly number[] = [64, 128, 255];
const MAX_FRAMES = 64;

interface Queried {
  readonly client: string;
  readonly resolver: string;
  readonly names: Set<string>;
  queries: number;
  first: number;
  last: number;
  readonly frames: number[];
  answers: number;
  errors: number;
  lowTtl: boolean;
  /** Of queries sent once and answered once. */
  readonly samples: { rtt: number; ttl: number; frame: number }[];
}

export function judgeResolvers(base: EvidenceBase, groups: readonly NameGroup[]): Draft[] {
  const all = [...queried(groups).values()].filter(({ resolver }) => isAcrossInternet(resolver));
  return [...judgeSilence(base, all), ...all.flatMap((one) => judgeNearness(base, one) ?? [])];
}

function queried(groups: readonly NameGroup[]): Map<string, Queried> {
  const all = new Map<string, Queried>();
  for (const group of groups) {
    if (group.port !== DNS_PORT) continue;
    const key = `${group.client} ${group.resolver}`;
    let one = all.get(key);
    if (one === undefined) {
      one = {
        client: group.client,
        resolver: group.resolver,
        names: new Set(),
        queries: 0,
        first: Number.POSITIVE_INFINITY,
        last: Number.NEGATIVE_INFINITY,
        frames: [],
        answers: 0,
        errors: 0,
        lowTtl: false,
        samples: [],
      };
      all.set(key, one);
    }
    one.names.add(group.name);
    for (const { recursionDesired, transport, queries, answers, icmp } of group.exchanges) {
      if (!recursionDesired) continue;
      one.answers += answers.length;
      one.errors += icmp.length;
      if (transport !== 'udp') continue;
      for (const query of queries) {
        one.queries++;
        one.first = Math.min(one.first, query.time);
        one.last = Math.max(one.last, query.time);
        if (one.frames.length < MAX_FRAMES) one.frames.push(query.frame);
        if (query.ttl < LEAST_TTL) one.lowTtl = true;
      }
      const [query, ...retries] = queries;
      const [answer, ...others] = answers;
      if (query === undefined || answer === undefined || retries.length > 0 || others.length > 0) continue;
      if (answer.time >= query.time)
        one.samples.push({ rtt: answer.time - query.time, ttl: answer.ttl, frame: answer.frame });
    }
  }
  return all;
}

interface Alive {
  readonly port: number;
  readonly frames: readonly number[];
}

/** What shows that the address itself is up and reachable, other than DNS. */
function aliveness(base: EvidenceBase, { client, resolver }: Queried): Alive | null {
  for (const entry of base.index.byAddress(client, resolver)) {
    if (entry.port === DNS_PORT) continue;
    const answered = entry.attempts.find(({ outcome }) => outcome === 'ok' || outcome === 'connected');
    if (answered !== undefined) return { port: entry.port, frames: answered.frames };
  }
  const ping = base.pings.get(resolver);
  return ping !== undefined && ping.replies > 0 ? { port: 0, frames: ping.frames } : null;
}

function judgeSilence(base: EvidenceBase, all: readonly Queried[]): Draft[] {
  const { capture } = base;
  if (capture.drops > 0 || (capture.oneWayFlows >= 2 && capture.oneWayShare > 0.5)) return [];
  const silent = all.flatMap((one) => {
    const isSilent =
      one.answers === 0 &&
      one.errors === 0 &&
      !one.lowTtl &&
      one.queries >= LEAST_QUERIES &&
      one.last - one.first >= LEAST_SPAN;
    const alive = isSilent ? aliveness(base, one) : null;
    return alive === null ? [] : [{ one, alive }];
  });
  const wellKnown = new Map<string, Queried[]>();
  for (const { one } of silent) if (isPublicResolver(one.resolver)) append(wellKnown, one.client, one);
  // Some well-known resolver does answer on port 53: the port as such is open.
  const open = new Set(all.flatMap((one) => (one.answers > 0 && isPublicResolver(one.resolver) ? [one.client] : [])));
  return silent.map(({ one, alive }) => {
    const known = wellKnown.get(one.client) ?? [];
    const networks = new Set(known.map(({ resolver }) => networkOf(resolver)));
    const confidence: Confidence =
      networks.size >= 2 && isPublicResolver(one.resolver) && !open.has(one.client) ? 'likely' : 'possible';
    const facts: EvidenceItem[] = [
      evidence(
        'resolver-silent',
        'supports',
        'medium',
        {
          resolver: one.resolver,
          names: one.names.size,
          queries: one.queries,
          seconds: (one.last - one.first) / SECOND,
        },
        one.frames,
      ),
      evidence(
        'resolver-alive',
        'supports',
        'medium',
        { resolver: one.resolver, port: alive.port },
        alive.frames.slice(0, MAX_FRAMES),
      ),
    ];
    if (known.length >= 2) {
      const addresses = known.map(({ resolver }) => resolver);
      const frames = known.flatMap((other) => other.frames.slice(0, 4));
      facts.push(evidence('resolvers-silent', 'supports', 'medium', { resolvers: addresses }, frames));
    }
    return {
      ...frame(one),
      key: `dns-port ${one.client} ${one.resolver}`,
      confidence,
      trigger: { kind: 'port', value: String(DNS_PORT), confidence },
      interference: { kind: 'packet-drop', variant: 'resolver-silent', direction: 'both' },
      effect: 'stopped',
      place: 'unknown',
      frames: { trigger: one.frames.slice(0, 1), forged: [], genuine: [], affected: one.frames },
      evidence: facts,
      alternatives: [
        alternative('resolver-down', confidence === 'likely' ? 'ruled-out' : 'open', { resolver: one.resolver }),
        alternative('server-firewall', confidence === 'likely' ? 'weakened' : 'open', { address: one.resolver }),
        alternative('local-filter', 'open', {}),
        alternative('packet-loss', 'ruled-out', { retransmissions: one.queries - 1 }),
      ],
    } satisfies Draft;
  });
}

function judgeNearness(base: EvidenceBase, one: Queried): Draft | null {
  if (base.capture.clockUnsound || !isPublicResolver(one.resolver) || one.samples.length < LEAST_SAMPLES) return null;
  const own = base.index.baseline(one.resolver);
  if (own === null || own.leastRtt === null || own.leastRtt < FAR) return null;
  const times = one.samples.map(({ rtt }) => rtt).sort((a, b) => a - b);
  const median = times[times.length >> 1]!;
  if (median > NEAR || median * TIMES_NEARER > own.leastRtt) return null;
  // Nearly every answer comes from there: a cache on the way answers some.
  const difference = Math.min(...one.samples.flatMap(({ ttl }) => own.ttls.map((other) => Math.abs(ttl - other))));
  if (difference < HOPS_DIFFERENCE) return null;
  const frames = one.samples.map((sample) => sample.frame).slice(0, MAX_FRAMES);
  const suspect = one.samples[0]!.ttl;
  const isNeighbour = one.samples.every(({ ttl }) => START_TTLS.includes(ttl));
  return {
    ...frame(one),
    key: `dns-resolver ${one.client} ${one.resolver}`,
    confidence: 'possible',
    trigger: { kind: 'dns-name', value: null, confidence: 'inconclusive' },
    interference: { kind: 'forged-answer', variant: 'resolver-replaced', direction: 'both' },
    effect: 'unknown',
    place: isNeighbour ? 'local-network' : 'unknown',
    frames: { trigger: one.frames.slice(0, 1), forged: [], genuine: [...own.frames], affected: frames },
    evidence: [
      evidence(
        'resolver-too-near',
        'supports',
        'medium',
        {
          resolver: one.resolver,
          answerMs: median / MILLISECOND,
          ownMs: own.leastRtt / MILLISECOND,
          samples: one.samples.length,
        },
        [...frames.slice(0, 8), ...own.frames],
      ),
      evidence('ttl-differs', 'supports', 'medium', { suspect, genuine: own.ttls, difference }, [
        frames[0]!,
        ...own.frames,
      ]),
    ],
    alternatives: [
      alternative('local-filter', 'open', {}),
      alternative('middlebox-proxy', 'open', {}),
      alternative('anycast-rehash', 'weakened', {}),
    ],
  };
}

/** What both kinds of draft have in common. */
function frame(one: Queried) {
  return {
    rule: RESOLVER_RULE,
    stage: 'query' as const,
    target: { domain: null, address: one.resolver, port: DNS_PORT },
    flow: null,
    dns: null,
    firstTime: one.first,
    lastTime: one.last,
    controls: [],
    attribution: [],
    injector: null,
    causedBy: null,
    residual: false,
  };
}
