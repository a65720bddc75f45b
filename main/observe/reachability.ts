// Which addresses were tried and gave no sign of life, and which signs of life the network gave meanwhile. Facts only:
// an address is looked at as a whole, over all its ports and flows, because programs close a socket after one or two
// SYNs and open another.

import type { Attempt, AttemptOutcome, DnsExchange, IcmpError } from '../flow/records.ts';
import { isAcrossInternet } from './address.ts';
import { LEAST_CLIENT_TTL, SAME_MINUTE } from './controls.ts';
import { type EvidenceBase, SECOND } from './evidence-base.ts';

/** What counts as unanswered [X]. */
export const LEAST_TRIES = 3;
export const LEAST_SPAN = 3;
/** A further port of an address that already counts: more than one try, waited for longer than a cancelled one. */
const FURTHER_TRIES = 2;
const FURTHER_SPAN = 1;
/** How long a single SYN has to be watched before its silence is one. */
const WATCHED = 1 * SECOND;
const MAX_FRAMES = 64;
const MAX_SILENCES = 32;

/** Something of the target's side came back. A reset may be somebody else's, so it is no sign of life. */
const ANSWERED: readonly AttemptOutcome[] = [
  'ok',
  'connected',
  'refused',
  'silent-after-request',
  'closed-after-request',
];
const WORKED: readonly AttemptOutcome[] = ['ok', 'connected'];

/** One port (or UDP as such) of an address on which nothing came back. */
export interface SilentPort {
  readonly port: number;
  readonly transport: Attempt['transport'];
  readonly attempts: number;
  readonly tries: number;
  /** First to last SYN or datagram, seconds. */
  readonly seconds: number;
  readonly firstTime: number;
  readonly lastTime: number;
  readonly frames: readonly number[];
  readonly flow: number;
}

export interface AddressReach {
  readonly client: string;
  readonly address: string;
  readonly v6: boolean;
  /** In order of their first tries; TCP ports that were tried once only are not among them. */
  readonly silent: readonly SilentPort[];
  /** Attempts that drew an answer, in order of time. */
  readonly answered: readonly Attempt[];
  readonly resets: number;
  /** ICMP errors other than time exceeded about packets to it. */
  readonly errors: readonly IcmpError[];
  readonly pings: { readonly requests: number; readonly replies: number; readonly frames: readonly number[] } | null;
  readonly clientTtl: number;
  /** Names to which DNS answers gave it, latest first. */
  readonly names: readonly string[];
}

/** A moment at which something came back from beyond the local network. */
interface Life {
  readonly time: number;
  readonly address: string;
  readonly worked: boolean;
  /** An attempt began, and was answered. */
  readonly opened: boolean;
}

interface Tried {
  readonly v6: boolean;
  answered: boolean;
  silences: number;
}

/** A time in which an address gave no answer. */
interface Span {
  readonly address: string;
  readonly first: number;
  readonly last: number;
  /** The latest end of this span and all that begin before it. */
  reach: number;
}

interface ClientFacts {
  readonly life: Life[];
  /** Every address that was tried, resolvers among them. */
  readonly tried: Map<string, Tried>;
  readonly silences: Span[];
  /** Spans of addresses that answer at other times, and of those that never do; each in order of beginning. */
  failed: Span[];
  silent: Span[];
  answered: string[];
  ipv6Broken: boolean;
}

export interface NetworkState {
  /**
   * An attempt that began between the first and the last try was answered. Not a query: the provider's own resolver
   * stands before its border. Nor an older flow: its last packet may be a retransmission.
   */
  readonly during: boolean;
  /** Attempts to other addresses that worked within a minute before and after. */
  readonly before: boolean;
  readonly after: boolean;
  /** Other addresses were silent meanwhile that answered at no other time either. */
  readonly othersSilent: boolean;
  /** Other addresses were silent meanwhile that do answer at other times. */
  readonly othersFailed: boolean;
}

interface Building {
  client: string;
  address: string;
  ports: Map<string, Attempt[]>;
  answered: Attempt[];
  resets: number;
  clientTtl: number;
}

export class ReachabilityView {
  /** Addresses across the Internet with a silent port or an ICMP error. */
  readonly addresses: readonly AddressReach[];
  readonly #clients = new Map<string, ClientFacts>();
  /** How many clients an address answered. */
  readonly #answered = new Map<string, number>();

  constructor(base: EvidenceBase) {
    const built = new Map<string, Building>();
    for (const entry of base.index.entries()) {
      const facts = this.#client(entry.client);
      const isFar = isAcrossInternet(entry.address) && !base.capture.local.has(entry.address);
      const key = `${entry.client} ${entry.address}`;
      let building = built.get(key);
      if (building === undefined && isFar) {
        const { client, address } = entry;
        building = { client, address, ports: new Map(), answered: [], resets: 0, clientTtl: 0 };
        built.set(key, building);
      }
      for (const attempt of entry.attempts) {
        const answered = ANSWERED.includes(attempt.outcome);
        if (isFar) this.#note(facts, attempt, answered);
        if (building !== undefined) collect(building, attempt, answered);
      }
    }
    const names = this.#readDns(base);
    const errors = new Map<string, IcmpError[]>();
    for (const error of base.icmp) {
      if (error.type === (error.v6 ? 3 : 11)) continue;
      const key = `${error.quoted.source.address} ${error.quoted.destination.address}`;
      const list = errors.get(key);
      if (list === undefined) errors.set(key, [error]);
      else list.push(error);
    }
    for (const [key, list] of errors) {
      const { source, destination } = list[0]!.quoted;
      if (built.has(key) || !isAcrossInternet(destination.address) || base.capture.local.has(destination.address))
        continue;
      const building = {
        client: source.address,
        address: destination.address,
        ports: new Map(),
        answered: [],
        resets: 0,
        clientTtl: 0,
      };
      built.set(key, building);
    }
    for (const facts of this.#clients.values()) {
      settle(facts);
      for (const address of facts.answered) this.#answered.set(address, (this.#answered.get(address) ?? 0) + 1);
    }

    const addresses: AddressReach[] = [];
    for (const [key, building] of built) {
      const about = errors.get(key) ?? [];
      const silent = [...building.ports.values()]
        .map((attempts) => silentPort(attempts, base.capture.endTime))
        .filter((port) => port !== null)
        .sort((a, b) => a.firstTime - b.firstTime);
      if (silent.length === 0 && about.length === 0) continue;
      addresses.push({
        client: building.client,
        address: building.address,
        v6: building.address.includes(':'),
        silent,
        answered: building.answered.sort((a, b) => a.firstTime - b.firstTime),
        resets: building.resets,
        errors: about,
        pings: base.pings.get(building.address) ?? null,
        clientTtl: building.clientTtl,
        names: names.get(key) ?? [],
      });
    }
    this.addresses = addresses;
  }

  /** What else the client's network carried between two times. */
  networkBetween(client: string, address: string, first: number, last: number): NetworkState {
    const facts = this.#clients.get(client);
    if (facts === undefined)
      return { during: false, before: false, after: false, othersSilent: false, othersFailed: false };
    let during = false;
    let before = false;
    let after = false;
    for (let at = lowerBound(facts.life, first - SAME_MINUTE, (one) => one.time); at < facts.life.length; at++) {
      const one = facts.life[at]!;
      if (one.time > last + SAME_MINUTE || (during && before && after)) break;
      if (one.address === address) continue;
      if (one.time > first && one.time < last && one.opened) during = true;
      if (!one.worked) continue;
      // What worked meanwhile worked before the end and after the beginning of the silence.
      if (one.time < last) before = true;
      if (one.time > first) after = true;
    }
    const othersSilent = overlaps(facts.silent, address, first, last);
    const othersFailed = overlaps(facts.failed, address, first, last);
    return { during, before, after, othersSilent, othersFailed };
  }

  /** Whether nothing at all that the client tried was ever answered, with more than one address tried. */
  isCutOff(client: string): boolean {
    const facts = this.#clients.get(client);
    return facts !== undefined && facts.life.length === 0 && facts.tried.size >= 2;
  }

  /** More than half of the IPv6 addresses that the client tried gave no answer. */
  isIpv6Broken(client: string): boolean {
    return this.#clients.get(client)?.ipv6Broken ?? false;
  }

  /** Addresses that answered this client anything. */
  answeredAddresses(client: string): readonly string[] {
    return this.#clients.get(client)?.answered ?? [];
  }

  /** The address answered another client in this capture. */
  hasAnsweredOthers(client: string, address: string): boolean {
    return (this.#answered.get(address) ?? 0) > (this.hasAnswered(client, address) ? 1 : 0);
  }

  hasAnswered(client: string, address: string): boolean {
    return this.#clients.get(client)?.tried.get(address)?.answered ?? false;
  }

  #client(client: string): ClientFacts {
    let facts = this.#clients.get(client);
    if (facts === undefined) {
      facts = { life: [], tried: new Map(), silences: [], failed: [], silent: [], answered: [], ipv6Broken: false };
      this.#clients.set(client, facts);
    }
    return facts;
  }

  #note(facts: ClientFacts, attempt: Attempt, answered: boolean): void {
    // An attempt given up at once, or cut by the end of the capture, shows nothing.
    if (attempt.outcome === 'unknown' || (attempt.outcome === 'cancelled' && attempt.tries < FURTHER_TRIES)) return;
    touch(facts, attempt.address, attempt.firstTime, attempt.lastTime, answered || attempt.outcome === 'reset');
    if (!answered) return;
    const worked = WORKED.includes(attempt.outcome);
    facts.life.push({ time: attempt.firstTime, address: attempt.address, worked, opened: true });
    facts.life.push({ time: attempt.lastTime, address: attempt.address, worked, opened: false });
  }

  #readDns(base: EvidenceBase): Map<string, string[]> {
    const names = new Map<string, string[]>();
    for (const exchange of base.exchanges) {
      const { client, resolver } = exchange;
      for (let at = exchange.answers.length - 1; at >= 0; at--) {
        for (const address of exchange.answers[at]!.addresses) {
          const key = `${client.address} ${address}`;
          const list = names.get(key);
          if (list === undefined) names.set(key, [exchange.name]);
          else if (!list.includes(exchange.name) && list.length < 16) list.unshift(exchange.name);
        }
      }
      if (!isAcrossInternet(resolver.address) || exchange.queries.length === 0) continue;
      const facts = this.#client(client.address);
      const { first, last } = queried(exchange);
      touch(facts, resolver.address, first, last, exchange.answers.length > 0);
      for (const answer of exchange.answers)
        facts.life.push({ time: answer.time, address: resolver.address, worked: false, opened: false });
    }
    return names;
  }
}

function queried(exchange: DnsExchange): { first: number; last: number } {
  return { first: exchange.queries[0]!.time, last: exchange.queries.at(-1)!.time };
}

function touch(facts: ClientFacts, address: string, first: number, last: number, answered: boolean): void {
  let tried = facts.tried.get(address);
  if (tried === undefined) {
    tried = { v6: address.includes(':'), answered: false, silences: 0 };
    facts.tried.set(address, tried);
  }
  tried.answered ||= answered;
  if (answered || tried.silences >= MAX_SILENCES) return;
  tried.silences++;
  facts.silences.push({ address, first, last, reach: last });
}

function settle(facts: ClientFacts): void {
  facts.life.sort((a, b) => a.time - b.time);
  facts.silences.sort((a, b) => a.first - b.first);
  for (const span of facts.silences) {
    const list = facts.tried.get(span.address)!.answered ? facts.failed : facts.silent;
    span.reach = Math.max(span.last, list.at(-1)?.reach ?? span.last);
    list.push(span);
  }
  let tried = 0;
  let failed = 0;
  for (const [address, one] of facts.tried) {
    if (one.answered) facts.answered.push(address);
    if (!one.v6) continue;
    tried++;
    if (!one.answered) failed++;
  }
  facts.ipv6Broken = failed > tried / 2;
}

/** Whether a span of another address meets this time. */
function overlaps(spans: readonly Span[], address: string, first: number, last: number): boolean {
  for (let at = lowerBound(spans, last, (span) => span.first) - 1; at >= 0; at--) {
    const span = spans[at]!;
    if (span.reach < first) return false;
    if (span.last >= first && span.address !== address) return true;
  }
  return false;
}

function collect(building: Building, attempt: Attempt, answered: boolean): void {
  if (attempt.clientTtl > 0) building.clientTtl = Math.max(building.clientTtl, attempt.clientTtl);
  if (answered) building.answered.push(attempt);
  else if (attempt.outcome === 'reset') building.resets++;
  else if (attempt.outcome === 'unanswered' || attempt.outcome === 'cancelled') {
    // Probes that expire on the way are not meant to be answered.
    if (attempt.clientTtl > 0 && attempt.clientTtl < LEAST_CLIENT_TTL) return;
    const key = attempt.transport === 'tcp' ? `tcp ${attempt.port}` : `udp ${attempt.port}`;
    const list = building.ports.get(key);
    if (list === undefined) building.ports.set(key, [attempt]);
    else list.push(attempt);
  }
}

function silentPort(attempts: Attempt[], endTime: number): SilentPort | null {
  attempts.sort((a, b) => a.firstTime - b.firstTime);
  const counted = attempts.filter((attempt, at) => {
    if (attempt.outcome === 'unanswered') return true;
    // One SYN, then nothing: its silence counts once it was watched for longer than an answer takes.
    return (attempts[at + 1]?.firstTime ?? endTime) - attempt.lastTime >= WATCHED;
  });
  // Boxes that drop a SYN with data leave its plain retries alone (RFC 7413 §4.1.3): only these count.
  const tries = counted.reduce((sum, attempt) => sum + attempt.tries - (attempt.synData ? 1 : 0), 0);
  if (tries < FURTHER_TRIES) return null;
  const firstTime = counted[0]!.firstTime;
  const lastTime = Math.max(...counted.map((attempt) => attempt.firstTime + attempt.trySpan * SECOND));
  const seconds = (lastTime - firstTime) / SECOND;
  if (seconds < FURTHER_SPAN) return null;
  const { port, transport, flow } = counted[0]!;
  const frames = counted.flatMap((attempt) => attempt.frames).slice(0, MAX_FRAMES);
  return { port, transport, attempts: counted.length, tries, seconds, firstTime, lastTime, frames, flow };
}

/** Tried often and long enough for its silence to count by itself. */
export function isUnanswered(port: SilentPort): boolean {
  return port.transport === 'tcp' && port.tries >= LEAST_TRIES && port.seconds >= LEAST_SPAN;
}

/** Where the first item stands that is not before `time`. */
function lowerBound<T>(items: readonly T[], time: number, timeOf: (item: T) => number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timeOf(items[middle]!) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Start values of hop limits that systems use (RFC 1700 names 64); routers often begin ICMP at 255. */
const START_VALUES: readonly number[] = [64, 128, 255];
/** Paths are rarely longer; a larger distance means another start value. */
const MOST_HOPS = 32;

/** How many routers a packet with this hop limit passed, or null where no start value makes it plausible. */
export function hopsOf(ttl: number): number | null {
  const start = START_VALUES.find((value) => value >= ttl);
  return start === undefined || ttl <= 0 || start - ttl > MOST_HOPS ? null : start - ttl;
}
