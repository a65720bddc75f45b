// Facts about DNS exchanges, without judgement: which answers to one query contradict each other, how the messages of a
// resolver usually look, what other paths answered for a name. One group holds all exchanges of a client with a
// resolver about a name.

import type { DnsAnswerRecord, DnsExchange } from '../flow/records.ts';
import { areNeighbours, isLocalNetwork, neighbourhood, specialRange } from './address.ts';
import type { AttemptEntry } from './attempt-index.ts';
import type { EvidenceBase } from './evidence-base.ts';
import { MILLISECOND, SECOND } from './evidence-base.ts';
import { registrableDomain, suffixOf } from './public-suffix.ts';

/** Zeek's default for a DNS session: a later answer belongs to something else. */
export const ANSWER_WITHIN = 10 * SECOND;
/** An answer sooner than this share of the least round trip over other names was not made by the resolver [X]. */
const TOO_SOON_SHARE = 0.7;
/** Less than this is what programs take now more, now less time for [X]. */
const TOO_SOON_MARGIN = 2 * MILLISECOND;
/** The way alone takes the least time, and twice about the same; what a resolver looks up first takes longer, each time another [X]. */
const SAME_TIME = 1.25;
const MAX_SAMPLES = 256;
/** Who asks more resolvers than this for one name surveys them: further ones would change no judgement. */
const ENOUGH_RESOLVERS = 64;

export const TYPE_A = 1;
export const TYPE_AAAA = 28;
const TYPE_HTTPS = 65;
export const RCODE = { noError: 0, serverFailure: 2, nameError: 3, refused: 5 } as const;
/** Multicast DNS (RFC 6762), LLMNR (RFC 4795) and NetBIOS names (RFC 1002): many answer, and may disagree. */
const MANY_RESPONDERS: readonly number[] = [5353, 5355, 137];

const TYPE_NAMES: Readonly<Record<number, string>> = {
  1: 'A',
  28: 'AAAA',
  5: 'CNAME',
  15: 'MX',
  16: 'TXT',
  65: 'HTTPS',
};

export function typeName(type: number): string {
  return TYPE_NAMES[type] ?? `TYPE${type}`;
}

/** All exchanges of one client with one resolver about one name, whatever the type and transport. */
export interface NameGroup {
  readonly key: string;
  /** Asked as one asks a resolver; otherwise by a resolver, of servers that each know their own zones alone. */
  readonly isRecursive: boolean;
  readonly client: string;
  readonly resolver: string;
  readonly port: number;
  readonly name: string;
  readonly exchanges: readonly DnsExchange[];
  /** All of the exchanges, in their order. */
  readonly answers: readonly Answered[];
  readonly firstTime: number;
  readonly lastTime: number;
}

export interface Answered {
  readonly exchange: DnsExchange;
  readonly answer: DnsAnswerRecord;
}

interface Sample {
  readonly name: string;
  readonly ttl: number;
  readonly rtt: number;
  /** Whether a query with EDNS got an answer with EDNS (RFC 6891 §6.1.1 asks for it); null where it had none. */
  readonly ednsKept: boolean | null;
  readonly frame: number;
}

/** What the answers of a resolver look like that were asked for other names. */
export interface ResolverProfile {
  readonly names: ReadonlySet<string>;
  readonly ttls: readonly number[];
  /** Null where it was not measured twice. */
  readonly leastRtt: number | null;
  readonly samples: number;
  readonly keepsEdns: boolean;
  readonly frames: readonly number[];
}

/** Answers of the same content to one query. */
export interface AnswerCluster {
  readonly denial: boolean;
  readonly addresses: ReadonlySet<string>;
  readonly answers: readonly DnsAnswerRecord[];
}

export interface Contradiction {
  readonly exchange: DnsExchange;
  /** Two or more, in order of their first answers. */
  readonly clusters: readonly AnswerCluster[];
  /** No query was captured, so how many were sent is not known. */
  readonly queryUnseen: boolean;
}

interface BuildingGroup extends NameGroup {
  isRecursive: boolean;
  exchanges: DnsExchange[];
  answers: Answered[];
  firstTime: number;
  lastTime: number;
}

/** The groups of a capture and what may be asked about them. */
export class DnsView {
  readonly groups: readonly NameGroup[];
  readonly #byName = new Map<string, NameGroup[]>();
  readonly #samples = new Map<string, Sample[]>();

  constructor(base: EvidenceBase) {
    const groups = new Map<string, BuildingGroup>();
    for (const exchange of base.exchanges) {
      if (!isResolverExchange(exchange)) continue;
      const { client, resolver, name } = exchange;
      const key = `${client.address} ${resolver.address} ${name}`;
      const { first, last } = spanOf(exchange);
      let group = groups.get(key);
      if (group === undefined) {
        group = {
          key,
          isRecursive: false,
          client: client.address,
          resolver: resolver.address,
          port: resolver.port,
          name,
          exchanges: [],
          answers: [],
          firstTime: first,
          lastTime: last,
        };
        groups.set(key, group);
        append(this.#byName, `${client.address} ${name}`, group);
      }
      group.exchanges.push(exchange);
      group.isRecursive ||= exchange.recursionDesired;
      for (const answer of exchange.answers) group.answers.push({ exchange, answer });
      group.firstTime = Math.min(group.firstTime, first);
      group.lastTime = Math.max(group.lastTime, last);
      const sample = sampleOf(exchange);
      if (sample !== null) {
        const samples = this.#samples.get(`${client.address} ${resolver.address}`) ?? [];
        if (samples.length === 0) this.#samples.set(`${client.address} ${resolver.address}`, samples);
        if (samples.length < MAX_SAMPLES) samples.push(sample);
      }
    }
    this.groups = [...groups.values()];
  }

  /** The same client's exchanges about the same name with other resolvers, the first of them. */
  otherResolvers(group: NameGroup): readonly NameGroup[] {
    const asked = (this.#byName.get(`${group.client} ${group.name}`) ?? []).slice(0, ENOUGH_RESOLVERS + 1);
    return asked.filter((other) => other !== group).slice(0, ENOUGH_RESOLVERS);
  }

  profile(group: NameGroup): ResolverProfile {
    const names = new Set<string>();
    const ttls = new Set<number>();
    const frames: number[] = [];
    let least = Number.POSITIVE_INFINITY;
    let nextLeast = Number.POSITIVE_INFINITY;
    let samples = 0;
    let kept = 0;
    let lost = 0;
    for (const sample of this.#samples.get(`${group.client} ${group.resolver}`) ?? []) {
      if (sample.name === group.name) continue;
      names.add(sample.name);
      ttls.add(sample.ttl);
      samples++;
      nextLeast = Math.min(nextLeast, Math.max(least, sample.rtt));
      least = Math.min(least, sample.rtt);
      if (sample.ednsKept === true) kept++;
      else if (sample.ednsKept === false) lost++;
      if (frames.length < 4) frames.push(sample.frame);
    }
    const leastRtt = Number.isFinite(nextLeast) && nextLeast <= least * SAME_TIME ? least : null;
    return { names, ttls: [...ttls], leastRtt, samples, keepsEdns: kept > 0 && lost === 0, frames };
  }
}

/** Unicast DNS with a resolver. */
function isResolverExchange(exchange: DnsExchange): boolean {
  return (
    !MANY_RESPONDERS.includes(exchange.resolver.port) &&
    !MANY_RESPONDERS.includes(exchange.client.port) &&
    specialRange(exchange.resolver.address)?.use !== 'multicast'
  );
}

/**
 * A name under a delegated public suffix, whose answer the world agrees on. Not: names of one's own network, reverse
 * names and others under .arpa, names that carry the private address which they stand for.
 */
export function isPublicName(name: string): boolean {
  const parsed = suffixOf(name);
  // .arpa holds reverse and special names; .onion is never in the DNS (RFC 7686).
  if (parsed.domain === null || parsed.isIcann !== true || parsed.publicSuffix === 'onion') return false;
  return (
    name !== 'arpa' &&
    !name.endsWith('.arpa') &&
    !ADDRESS_IN_NAME.some((suffix) => name === suffix || name.endsWith(`.${suffix}`))
  );
}

/** Developers' helpers and devices that publish private addresses on purpose. */
const ADDRESS_IN_NAME: readonly string[] = [
  'plex.direct',
  'nip.io',
  'sslip.io',
  'xip.io',
  'localtest.me',
  'lvh.me',
  'traefik.me',
  'local-ip.co',
  'local-ip.sh',
  'ui.direct',
];

/** What was registered; two names of one owner share it. */
export function ownerOf(name: string): string {
  return registrableDomain(name) ?? name;
}

/** The answer says that there is no such name, or no such record of it. A referral says neither. */
export function isDenial(answer: DnsAnswerRecord): boolean {
  if (answer.rcode === RCODE.nameError) return true;
  return answer.rcode === RCODE.noError && answer.answerCount === 0 && answer.referral === null;
}

/** Only addresses of the family that was not asked for. */
export function isWrongType(type: number, answer: DnsAnswerRecord): boolean {
  if ((type !== TYPE_A && type !== TYPE_AAAA) || answer.addresses.length === 0) return false;
  return answer.addresses.every((address) => address.includes(':') === (type === TYPE_A));
}

/**
 * Answers that contradict each other although only one query was sent. Retries pair by their count: an answer is one
 * too many only if as many came before it as queries had been sent. Truncated answers and server failures send the
 * client elsewhere and contradict nothing (RFC 1035 §4.2.1, RFC 9520).
 */
export function contradictionIn(exchange: DnsExchange): Contradiction | null {
  if (exchange.answers.length < 2) return null;
  const queryUnseen = exchange.queries.length === 0;
  const clusters: {
    denial: boolean;
    addresses: Set<string>;
    networks: Set<string>;
    cnames: Set<string>;
    answers: DnsAnswerRecord[];
  }[] = [];
  let extra = false;
  const seen = new Set<string>();
  for (const answer of exchange.answers) {
    if (answer.tc || !answer.whole) continue;
    const asked = exchange.queries.filter((query) => query.time <= answer.time);
    const latest = asked.at(-1);
    if (latest !== undefined && answer.time - latest.time > ANSWER_WITHIN) continue;
    const denial =
      (isDenial(answer) || answer.referral !== null) &&
      (exchange.type === TYPE_A || exchange.type === TYPE_AAAA || exchange.type === TYPE_HTTPS);
    if (!denial && (answer.rcode !== RCODE.noError || answer.addresses.length === 0)) continue;
    // Sets that overlap, lie in one announced prefix or stand under one alias are what rotating answers look like.
    const networks = new Set(answer.addresses.map((address) => neighbourhood(address) ?? address));
    const same = clusters.filter((cluster) =>
      denial || cluster.denial
        ? denial === cluster.denial
        : [...networks].some((network) => cluster.networks.has(network)) ||
          answer.cnames.some((cname) => cluster.cnames.has(cname)),
    );
    seen.add(`${answer.rcode} ${answer.addresses.join()} ${answer.cnames.join()}`);
    if (clusters.length > 0 && same.length === 0 && seen.size > Math.max(1, asked.length)) extra = true;
    const [first, ...rest] = same;
    const cnames = new Set(answer.cnames);
    const own = { denial, addresses: new Set(answer.addresses), networks, cnames, answers: [answer] };
    if (first === undefined) {
      clusters.push(own);
      continue;
    }
    for (const other of [own, ...rest]) {
      for (const address of other.addresses) first.addresses.add(address);
      for (const network of other.networks) first.networks.add(network);
      for (const cname of other.cnames) first.cnames.add(cname);
      first.answers.push(...other.answers);
      if (other !== own) clusters.splice(clusters.indexOf(other), 1);
    }
  }
  return extra && clusters.length >= 2 ? { exchange, clusters, queryUnseen } : null;
}

/** A refusal or failure, and then an answer to the same query. */
export interface FailureFirst {
  readonly exchange: DnsExchange;
  readonly failure: DnsAnswerRecord;
  readonly answer: DnsAnswerRecord;
}

/**
 * REFUSED or SERVFAIL ahead of addresses although only one query was sent. A resolver that has failed does not answer
 * the same query again; a forwarder that asks several others at once may pass on both.
 */
export function failureFirstIn(exchange: DnsExchange): FailureFirst | null {
  if (exchange.transport !== 'udp' || exchange.queries.length === 0) return null;
  let answers = 0;
  let failure: DnsAnswerRecord | null = null;
  for (const answer of exchange.answers) {
    if (answer.tc || !answer.whole) continue;
    answers++;
    const asked = exchange.queries.filter((query) => query.time <= answer.time);
    if (answer.rcode === RCODE.refused || answer.rcode === RCODE.serverFailure) failure ??= answer;
    else if (failure !== null && answer.rcode === RCODE.noError && answer.addresses.length > 0) {
      const isExtra = answers > asked.length && answer.time - (asked.at(-1)?.time ?? 0) <= ANSWER_WITHIN;
      return isExtra ? { exchange, failure, answer } : null;
    }
  }
  return null;
}

/** RFC 1035 §4.1.1: AA, RA and the reserved bit, which a resolver sets alike in all its answers to one query. */
const COMPARED_FLAGS = 0x0400 | 0x0080 | 0x0040;

export interface IdentityDifference {
  /** Fields of the IP header, which a forwarder in between makes itself. */
  readonly network: readonly string[];
  /** Fields of the message, which a forwarder passes on. */
  readonly message: readonly string[];
}

/** In what two answers to one query differ that one resolver would have made alike. */
export function identityDifference(a: DnsAnswerRecord, b: DnsAnswerRecord): IdentityDifference {
  const network: string[] = [];
  if (a.ttl !== b.ttl) network.push('ttl');
  if (a.df !== b.df) network.push('df');
  if (a.ipId >= 0 && b.ipId >= 0 && (a.ipId === 0) !== (b.ipId === 0)) network.push('ip-id');
  const message: string[] = [];
  if (((a.flags ^ b.flags) & COMPARED_FLAGS) !== 0) message.push('flags');
  if (a.edns !== b.edns) message.push('edns');
  if (a.answerCount > 0 && b.answerCount > 0) {
    if (a.compressed !== b.compressed) message.push('compression');
    if (a.recordTtl !== b.recordTtl) message.push('record-ttl');
  }
  return { network, message };
}

/** In what an answer differs from those which the resolver gave for other names: hop count by 3 or more, EDNS lost. */
export function profileDifference(exchange: DnsExchange, answer: DnsAnswerRecord, profile: ResolverProfile): string[] {
  const fields: string[] = [];
  if (profile.ttls.length > 0 && profile.ttls.every((ttl) => Math.abs(ttl - answer.ttl) >= 3)) fields.push('ttl');
  if (profile.keepsEdns && !answer.edns && exchange.queries.some((query) => query.edns)) fields.push('edns');
  return fields;
}

export interface TooSoon {
  readonly elapsed: number;
  readonly leastRtt: number;
  readonly samples: number;
}

/** The answer came before a packet could have gone to the resolver and back, by its answers for other names. */
export function tooSoon(
  exchange: DnsExchange,
  answer: DnsAnswerRecord,
  profile: ResolverProfile,
  base: EvidenceBase,
): TooSoon | null {
  if (base.capture.clockUnsound || profile.leastRtt === null) return null;
  const sent = exchange.queries.filter((query) => query.time <= answer.time);
  if (sent.length === 0) return null;
  const elapsed = answer.time - sent.at(-1)!.time;
  // An earlier try may be what was answered.
  if (sent.length > 1 || elapsed >= TOO_SOON_SHARE * profile.leastRtt) return null;
  if (profile.leastRtt - elapsed < TOO_SOON_MARGIN) return null;
  return { elapsed, leastRtt: profile.leastRtt, samples: profile.samples };
}

/** A resolver of one's own network: what it answers is its owner's choice, or passed on from another. */
export function isLocalResolver(group: NameGroup): boolean {
  if (isLocalNetwork(group.resolver) || group.resolver === group.client) return true;
  // No router in between: the hop limit is still what systems start with.
  if (!areNeighbours(group.resolver, group.client)) return false;
  return (
    group.answers.length > 0 &&
    group.answers.every(({ answer }) => answer.ttl === 64 || answer.ttl === 128 || answer.ttl === 255)
  );
}

/** Addresses at which a TLS server answered for the name: nobody else can, short of a forged certificate. */
export function verifiedAddresses(base: EvidenceBase, client: string, name: string): Map<string, AttemptEntry> {
  const verified = new Map<string, AttemptEntry>();
  for (const entry of base.index.byName(client, name)) {
    if (entry.nameFrom !== 'sni' || (entry.counts.ok ?? 0) === 0) continue;
    verified.set(entry.address, entry);
  }
  return verified;
}

export function queryFrames(exchanges: readonly DnsExchange[]): number[] {
  return exchanges.flatMap((exchange) => exchange.queries.map((query) => query.frame));
}

/** One query, one answer with addresses: what a healthy resolver's messages look like. */
function sampleOf(exchange: DnsExchange): Sample | null {
  const [query, ...retries] = exchange.queries;
  const [answer, ...others] = exchange.answers;
  if (query === undefined || answer === undefined || retries.length > 0 || others.length > 0) return null;
  if (exchange.transport !== 'udp' || answer.time < query.time) return null;
  return {
    name: exchange.name,
    ttl: answer.ttl,
    rtt: answer.time - query.time,
    ednsKept: query.edns ? answer.edns : null,
    frame: answer.frame,
  };
}

function spanOf(exchange: DnsExchange): { first: number; last: number } {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const messages of [exchange.queries, exchange.answers]) {
    for (const { time } of messages) {
      first = Math.min(first, time);
      last = Math.max(last, time);
    }
  }
  return first <= last ? { first, last } : { first: 0, last: 0 };
}

function append(map: Map<string, NameGroup[]>, key: string, group: NameGroup): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [group]);
  else list.push(group);
}
