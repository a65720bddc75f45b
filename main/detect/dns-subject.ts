// What is judged in DNS: a name with one resolver, all that the capture knows about both, and what makes an answer
// suspect by itself.

import { foreignService } from '../../shared/domain/services.ts';
import type { DnsExchange, Endpoint, TcpFlow } from '../flow/records.ts';
import { isBogusAnswer } from '../observe/address.ts';
import type { AttemptEntry } from '../observe/attempt-index.ts';
import { networkOf, otherResolver } from '../observe/controls.ts';
import {
  type Answered,
  type Contradiction,
  contradictionIn,
  DnsView,
  isLocalResolver,
  isPublicName,
  isWrongType,
  type NameGroup,
  ownerOf,
  profileDifference,
  RCODE,
  type ResolverProfile,
  type TooSoon,
  TYPE_A,
  TYPE_AAAA,
  tooSoon,
  verifiedAddresses,
} from '../observe/dns.ts';
import type { EvidenceBase } from '../observe/evidence-base.ts';
import type { ListedAddress } from '../observe/imported.ts';
import type { ControlItem } from './detector.ts';
import { type BlockAddress, blockAddressOf, filteringResolver } from './dns-addresses.ts';

interface Shared {
  readonly owners: Set<string>;
  readonly names: Set<string>;
  first: number;
  last: number;
  portal: boolean | null;
}

/** What a resolver told one client. */
interface ResolverFacts {
  /** Public names with ordinary answers, and times of such answers. */
  readonly groups: NameGroup[];
  readonly times: number[];
  /** Names with any result. */
  readonly serving: Set<NameGroup>;
  /** Owners of names for which it named other servers; no more than change anything. */
  readonly delegated: Set<string>;
  /** Exchanges with one query at most that got one answer, and several, where none of the name contradict each other. */
  once: number;
  twice: number;
  readonly overTcp: DnsExchange[];
}

/** One owner's zones may be told apart on servers of their own; so many owners are customers of a registry [X]. */
const DELEGATED_OWNERS = 2;
const ENOUGH_DELEGATED = DELEGATED_OWNERS + 1;
/** More ordinary names than this say no more. */
export const ENOUGH_ORDINARY = 64;

/** What is asked again and again about the resolvers of a capture, found once. */
export class Resolvers {
  readonly view: DnsView;
  readonly contradictions = new Map<NameGroup, readonly Contradiction[]>();
  /** Public names that a resolver answered with one bogus address, and between which times. */
  readonly #shared = new Map<string, Shared>();
  readonly #answers = new Map<NameGroup, readonly Elsewhere[]>();
  /** By client and address: which group's answers gave it, in order of time. */
  readonly #givers = new Map<string, { time: number; group: NameGroup }[]>();
  /** By client and resolver. */
  readonly #resolvers = new Map<string, ResolverFacts>();
  readonly #base: EvidenceBase;
  /** By both ends; made when first asked for. */
  #flows: Map<string, TcpFlow[]> | null = null;

  constructor(base: EvidenceBase) {
    this.#base = base;
    this.view = new DnsView(base);
    for (const group of this.view.groups) this.#read(group);
    for (const givers of this.#givers.values()) givers.sort((a, b) => a.time - b.time);
    for (const { times } of this.#resolvers.values()) times.sort((a, b) => a - b);
  }

  #read(group: NameGroup): void {
    const found = group.exchanges.map(contradictionIn).filter((one) => one !== null);
    this.contradictions.set(group, found);
    const resolver = resolverOf(group);
    let known = this.#resolvers.get(resolver);
    if (known === undefined) {
      known = { groups: [], times: [], serving: new Set(), delegated: new Set(), once: 0, twice: 0, overTcp: [] };
      this.#resolvers.set(resolver, known);
    }
    for (const exchange of group.exchanges) {
      const { queries, answers, transport } = exchange;
      if (answers.length === 0) continue;
      if (transport === 'tcp' && known.overTcp.length < ENOUGH_ORDINARY) known.overTcp.push(exchange);
      if (found.length > 0 || queries.length > 1) continue;
      if (answers.length === 1) known.once++;
      else known.twice++;
    }
    const isPublic = isPublicName(group.name);
    let isOrdinary = false;
    for (const { answer } of group.answers) {
      if (answer.rcode === RCODE.noError) known.serving.add(group);
      if (answer.referral === 'to-zone' && known.delegated.size < ENOUGH_DELEGATED)
        known.delegated.add(ownerOf(group.name));
      if (answer.addresses.length > 0 && !answer.addresses.some(isBogusAnswer)) {
        isOrdinary = true;
        known.times.push(answer.time);
      }
      for (const address of answer.addresses) {
        append(this.#givers, `${group.client} ${address}`, { time: answer.time, group });
        if (isPublic && isBogusAnswer(address)) this.#share(`${resolver} ${address}`, group, answer.time);
      }
    }
    if (isOrdinary && found.length === 0 && known.groups.length <= ENOUGH_ORDINARY) known.groups.push(group);
  }

  #share(key: string, group: NameGroup, time: number): void {
    let shared = this.#shared.get(key);
    if (shared === undefined) {
      shared = { owners: new Set(), names: new Set(), first: time, last: time, portal: null };
      this.#shared.set(key, shared);
    }
    shared.owners.add(ownerOf(group.name));
    shared.names.add(group.name);
    shared.first = Math.min(shared.first, time);
    shared.last = Math.max(shared.last, time);
  }

  /** Whether a connection made then goes back to this group: its answer was the latest that gave the address. */
  isGiver(group: NameGroup, address: string, time: number): boolean {
    const givers = this.#givers.get(`${group.client} ${address}`) ?? [];
    let low = 0;
    let high = givers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (givers[middle]!.time <= time) low = middle + 1;
      else high = middle;
    }
    return givers[low - 1]?.group === group;
  }

  sharing(group: NameGroup, address: string): Shared | null {
    return this.#shared.get(`${group.client} ${group.resolver} ${address}`) ?? null;
  }

  /**
   * Until one has signed in, a captive portal answers every name with its gateway: then no name got an ordinary answer
   * in the meantime, and either unrelated names or a name made to find portals led there.
   */
  isPortal(group: NameGroup, address: string): boolean {
    const shared = this.sharing(group, address);
    if (shared === null) return false;
    if (shared.portal === null) {
      const { first, last } = shared;
      const { times } = this.#resolvers.get(resolverOf(group))!;
      shared.portal =
        (shared.owners.size >= UNRELATED_NAMES || PORTAL_CHECKS.some((name) => shared.names.has(name))) &&
        !times.some((time) => time > first && time < last);
    }
    return shared.portal;
  }

  /**
   * Unrelated names (this one among them) that the resolver sends to this one address alone, while by another path they
   * live in networks that differ from it and from one another. Null for fewer than two: names of one content network
   * share addresses by every path.
   */
  sinkhole(group: NameGroup, address: string): readonly string[] | null {
    const owners = new Map<string, string>();
    const homes = new Set<string>();
    const givers = (this.#givers.get(`${group.client} ${address}`) ?? []).slice(0, ENOUGH_ORDINARY);
    for (const one of new Set([group, ...givers.map((giver) => giver.group)])) {
      if (one.resolver !== group.resolver || owners.has(ownerOf(one.name))) continue;
      const own = one.answers.filter(({ answer }) => answer.addresses.length > 0);
      if (own.some(({ answer }) => answer.addresses.join() !== address)) continue;
      const elsewhere = this.view
        .otherResolvers(one)
        .flatMap((other) => other.answers)
        .flatMap(({ answer }) => answer.addresses.filter((other) => other.includes(':') === address.includes(':')));
      const networks = new Set(elsewhere.map(networkOf));
      if (networks.size === 0 || networks.has(networkOf(address))) continue;
      if ([...networks].some((home) => homes.has(home))) continue;
      for (const home of networks) homes.add(home);
      owners.set(ownerOf(one.name), one.name);
    }
    return owners.size >= 2 && owners.has(ownerOf(group.name)) ? [...owners.values()] : null;
  }

  /** Most of the resolver's answers about names of which none contradict each other came twice though sent once at most. */
  answersTwice(group: NameGroup): boolean {
    const { once, twice } = this.#resolvers.get(resolverOf(group))!;
    return twice >= 2 && twice > once;
  }

  /** Exchanges over TCP that the resolver answered, about whatever name; no more than change anything. */
  answeredOverTcp(group: NameGroup): readonly DnsExchange[] {
    return this.#resolvers.get(resolverOf(group))!.overTcp;
  }

  /** The connections that carried an exchange over TCP. */
  flowsOf({ client, resolver }: DnsExchange): readonly TcpFlow[] {
    if (this.#flows === null) {
      this.#flows = new Map();
      for (const flow of this.#base.tcp) append(this.#flows, endsKey(flow.client, flow.server), flow);
    }
    return this.#flows.get(endsKey(client, resolver)) ?? [];
  }

  /** Answers of a group that nothing speaks against; none where some contradict each other. */
  ordinaryAnswers(group: NameGroup): readonly Elsewhere[] {
    let found = this.#answers.get(group);
    if (found === undefined) {
      found = this.contradictions.get(group)!.length > 0 ? [] : group.answers.filter(isOrdinary).map(elsewhere);
      this.#answers.set(group, found);
    }
    return found;
  }

  /** Other names to which the resolver gave ordinary answers. */
  ordinaryNames(group: NameGroup): NameGroup[] {
    return this.#resolvers.get(resolverOf(group))!.groups.filter((other) => other !== group);
  }

  /**
   * What it says of a name may be held against others: a resolver was asked, or a server that names those of many owners,
   * as the parents of their zones do. Any other server knows its own zones, and is asked for more by mistakes elsewhere.
   */
  isComparable(group: NameGroup): boolean {
    if (group.isRecursive) return true;
    const { delegated } = this.#resolvers.get(resolverOf(group))!;
    return delegated.size - (delegated.has(ownerOf(group.name)) ? 1 : 0) >= DELEGATED_OWNERS;
  }

  /** The resolver resolves some other name, or says that it has no such record. */
  servesOthers(group: NameGroup): boolean {
    const { serving } = this.#resolvers.get(resolverOf(group))!;
    return serving.size > (serving.has(group) ? 1 : 0);
  }
}

function resolverOf({ client, resolver }: NameGroup): string {
  return `${client} ${resolver}`;
}

function endsKey(client: Endpoint, server: Endpoint): string {
  return `${client.address} ${client.port} ${server.address} ${server.port}`;
}

export function append<T>(map: Map<string, T[]>, key: string, item: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [item]);
  else list.push(item);
}

/** Names at one bogus address that make it more than an owner's whim (rule 2). */
export const UNRELATED_NAMES = 3;
const PORTAL_CHECKS: readonly string[] = [
  'captive.apple.com',
  'connectivitycheck.gstatic.com',
  'connectivity-check.ubuntu.com',
  'detectportal.firefox.com',
  'nmcheck.gnome.org',
  'www.msftconnecttest.com',
];

export interface Elsewhere {
  readonly resolver: string;
  readonly type: number;
  readonly addresses: readonly string[];
  readonly frames: readonly number[];
}

/** A name with one resolver, and all that the capture knows about both: of most, little is ever asked for. */
export class DnsSubject {
  readonly base: EvidenceBase;
  readonly resolvers: Resolvers;
  readonly group: NameGroup;
  #profile: ResolverProfile | null = null;
  #ordinary: readonly NameGroup[] | null = null;
  #elsewhere: readonly Elsewhere[] | null = null;
  #verified: ReadonlyMap<string, AttemptEntry> | null = null;
  #local: boolean | null = null;

  constructor(base: EvidenceBase, resolvers: Resolvers, group: NameGroup) {
    this.base = base;
    this.resolvers = resolvers;
    this.group = group;
  }

  get profile(): ResolverProfile {
    this.#profile ??= this.resolvers.view.profile(this.group);
    return this.#profile;
  }

  get ordinary(): readonly NameGroup[] {
    this.#ordinary ??= this.resolvers.ordinaryNames(this.group);
    return this.#ordinary;
  }

  /** Ordinary answers about the name that came by another path, whatever the type of the records. */
  get elsewhere(): readonly Elsewhere[] {
    this.#elsewhere ??= this.resolvers.view
      .otherResolvers(this.group)
      .flatMap((other) => this.resolvers.ordinaryAnswers(other));
    return this.#elsewhere;
  }

  /** Addresses at which TLS with this very name worked. */
  get verified(): ReadonlyMap<string, AttemptEntry> {
    this.#verified ??= verifiedAddresses(this.base, this.group.client, this.group.name);
    return this.#verified;
  }

  /** Whether TLS with the name worked at an address such as one of these asked for. */
  isVerifiedFor(answered: readonly Answered[]): boolean {
    const types = new Set(answered.map(({ exchange }) => exchange.type));
    return [...this.verified.keys()].some((address) => types.has(address.includes(':') ? TYPE_AAAA : TYPE_A));
  }

  get local(): boolean {
    this.#local ??= isLocalResolver(this.group);
    return this.#local;
  }

  /** The resolver is of one's own network, or one chosen for filtering. */
  get ownFilter(): boolean {
    return this.local || filteringResolver(this.group.resolver) !== null;
  }
}

function isOrdinary({ exchange, answer }: Answered): boolean {
  if (answer.rcode !== RCODE.noError || answer.addresses.length === 0) return false;
  if (answer.addresses.some(isBogusAnswer) || isWrongType(exchange.type, answer)) return false;
  return blockAddressOf(exchange.name, answer.addresses, answer.cnames) === null;
}

function elsewhere({ exchange, answer }: Answered): Elsewhere {
  return {
    resolver: exchange.resolver.address,
    type: exchange.type,
    addresses: answer.addresses,
    frames: [answer.frame],
  };
}

/** Those for the same records: that a name has others elsewhere contradicts nothing. */
export function alike(elsewhere: readonly Elsewhere[], answered: readonly Answered[]): readonly Elsewhere[] {
  const types = new Set(answered.map(({ exchange }) => exchange.type));
  return elsewhere.filter(({ type }) => types.has(type));
}

/** What makes an answer suspect by itself. */
export interface Marks {
  readonly known: BlockAddress | null;
  /** By an imported list. */
  readonly listed: ListedAddress | null;
  readonly bogus: string | null;
  readonly wrongType: boolean;
  readonly foreign: { readonly address: string; readonly service: string } | null;
  readonly soon: TooSoon | null;
  readonly identity: readonly string[];
}

export function marksOf(subject: DnsSubject, { exchange, answer }: Answered): Marks {
  const { name } = subject.group;
  const { addresses } = answer;
  const bogus = addresses.length > 0 && addresses.every(isImpossible) ? addresses[0]! : null;
  return {
    known: blockAddressOf(name, addresses, answer.cnames),
    listed: subject.base.imported?.blockAddress(name, addresses, answer.cnames) ?? null,
    bogus,
    wrongType: isWrongType(exchange.type, answer),
    foreign: foreignTo(name, addresses),
    soon: tooSoon(exchange, answer, subject.profile, subject.base),
    identity: profileDifference(exchange, answer, subject.profile),
  };
}

/** The first of the addresses, where all of them are services' to which the name does not belong. */
function foreignTo(name: string, addresses: readonly string[]): Marks['foreign'] {
  let first: Marks['foreign'] = null;
  for (const address of addresses) {
    const service = foreignService(name, address);
    if (service === null) return null;
    first ??= { address, service };
  }
  return first;
}

/** Lists of addresses to avoid answer 127.0.0.2 and up to names that carry an address (RFC 5782 §2.1): no bogus ones. */
function isImpossible(address: string): boolean {
  if (address.startsWith('127.') && address !== '127.0.0.1') return false;
  return isBogusAnswer(address);
}

export function isMarked(marks: Marks): boolean {
  const isListed = marks.listed !== null && !marks.listed.vague;
  return isListed || marks.known !== null || marks.bogus !== null || marks.wrongType || marks.foreign !== null;
}

/** The same question put to other resolvers. */
export function controlsOf({ base, group, resolvers }: DnsSubject, exchange: DnsExchange): ControlItem[] {
  const exchanges = resolvers.view.otherResolvers(group).flatMap((other) => other.exchanges);
  return exchanges.length === 0 ? [] : otherResolver({ ...base, exchanges }, exchange);
}
