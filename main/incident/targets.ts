// What people tried to reach, and how it went: attempts and DNS exchanges grouped by domain, port and transport, over
// all addresses; without a name, by address. Every finding is about at least one target.

import { isService, type Service, serviceOf } from '../../shared/domain/services.ts';
import { atLeast, type Outcome, type Surface } from '../../shared/domain/vocabulary.ts';
import type { Draft } from '../detect/detector.ts';
import type { AttemptOutcome, DnsExchange } from '../flow/records.ts';
import { specialRange } from '../observe/address.ts';
import type { AttemptEntry } from '../observe/attempt-index.ts';
import { LEAST_CLIENT_TTL } from '../observe/controls.ts';
import { type CaptureFacts, type EvidenceBase, SECOND } from '../observe/evidence-base.ts';
import { torHello } from '../observe/invented-names.ts';
import type { NameBook } from './names.ts';

export type Transport = 'tcp' | 'udp' | 'quic' | 'dns';
export type DomainFrom = 'sni' | 'host' | 'dns' | 'none';

export interface TargetGroup {
  readonly key: string;
  readonly domain: string | null;
  domainFrom: DomainFrom;
  readonly addresses: Set<string>;
  readonly port: number;
  readonly transport: Transport;
  readonly service: Service | null;
  /** Where the table of services does not know the name: the imported list that does. */
  readonly listed: string | null;
  readonly surface: Surface | null;
  firstTime: number;
  readonly frames: number[];
  readonly entries: AttemptEntry[];
  readonly exchanges: DnsExchange[];
  readonly drafts: Draft[];
}

/** `weight` attempts that went one way, at some time within [from, to]. */
export interface Unit {
  readonly address: string;
  readonly from: number;
  readonly to: number;
  readonly state: 'failed' | 'succeeded' | 'undecided';
  readonly weight: number;
  /** Request and response rounds after the client's first payload. */
  readonly rounds: number;
}

export interface Tally {
  attempts: number;
  failed: number;
  succeeded: number;
}

const FRAMES_OF_TARGET = 64;
/** DNS types by which a program looks for an address: A, AAAA, HTTPS. */
const ADDRESS_TYPES: readonly number[] = [1, 28, 65];
/** A query younger than this when the capture ends may still be answered. */
const ANSWER_TIME = 5 * SECOND;
const DOMAIN_RANK: readonly DomainFrom[] = ['none', 'dns', 'host', 'sni'];

const STATE: Record<AttemptOutcome, Unit['state']> = {
  ok: 'succeeded',
  connected: 'undecided',
  unanswered: 'failed',
  reset: 'failed',
  refused: 'failed',
  'silent-after-request': 'failed',
  'closed-after-request': 'failed',
  'icmp-error': 'failed',
  cancelled: 'undecided',
  unknown: 'undecided',
};

const SILENT: readonly AttemptOutcome[] = ['unanswered', 'silent-after-request', 'icmp-error'];

export class Targets {
  readonly #groups = new Map<string, TargetGroup>();
  readonly #byAddress = new Map<string, TargetGroup[]>();
  readonly #byFlow = new Map<number, TargetGroup>();
  /** What a finding says of a flow outweighs how the flow looked: a block page is no success. */
  readonly #effects = new Map<number, Draft['effect']>();
  /** By the frame of the query. */
  readonly #dnsEffects = new Map<number, Draft['effect']>();
  /** Of QUIC by frame: one finding is about all attempts that were silent alike. */
  readonly #quicDrafts = new Map<number, Draft>();
  readonly #ofDraft = new Map<Draft, readonly TargetGroup[]>();
  readonly #totals = new Map<TargetGroup, Tally>();
  readonly #names: NameBook;
  readonly #capture: CaptureFacts;
  readonly #imported: EvidenceBase['imported'];
  readonly #base: EvidenceBase;

  constructor(base: EvidenceBase, names: NameBook, drafts: readonly Draft[]) {
    this.#names = names;
    this.#capture = base.capture;
    this.#imported = base.imported;
    this.#base = base;
    for (const entry of base.index.entries()) this.#addEntry(entry);
    for (const exchange of base.exchanges) this.#addExchange(exchange);
    for (const draft of drafts) {
      for (const group of this.of(draft)) group.drafts.push(draft);
      if (!atLeast(draft.confidence, 'possible')) continue;
      if (draft.flow !== null) this.#effects.set(flowKey(draft.flow.protocol, draft.flow.id), draft.effect);
      if (draft.effect === 'stopped' && transportOf(draft) === 'quic') {
        for (const frame of [...draft.frames.trigger, ...draft.frames.affected]) {
          this.#quicDrafts.set(frame, draft);
        }
      }
      for (const frame of draft.dns?.query.frames ?? []) this.#dnsEffects.set(frame, draft.effect);
    }
  }

  /** In the order of their first packets. */
  all(): TargetGroup[] {
    return [...this.#groups.values()].sort(
      (a, b) => a.firstTime - b.firstTime || (a.frames[0] ?? 0) - (b.frames[0] ?? 0) || (a.key < b.key ? -1 : 1),
    );
  }

  /** The targets that a finding is about. A target that no attempt was counted for is made. */
  of(draft: Draft): readonly TargetGroup[] {
    let groups = this.#ofDraft.get(draft);
    if (groups === undefined) {
      groups = this.#find(draft);
      this.#ofDraft.set(draft, groups);
    }
    return groups;
  }

  #find(draft: Draft): TargetGroup[] {
    const { address, port } = draft.target;
    const transport = transportOf(draft);
    const domain = draft.target.domain ?? draft.dns?.query.name ?? null;
    const found = new Set<TargetGroup>();
    const byFlow = draft.flow === null ? undefined : this.#byFlow.get(flowKey(draft.flow.protocol, draft.flow.id));
    if (byFlow !== undefined) found.add(byFlow);
    const named = domain === null ? undefined : this.#groups.get(keyOf(domain, address, port, transport));
    if (named !== undefined) found.add(named);
    const isWholeAddress = isOfAddress(draft);
    if (transport !== 'dns' && (isWholeAddress || (found.size === 0 && domain === null))) {
      const atAddress = [...(this.#byAddress.get(address) ?? [])].filter((group) => group.transport === transport);
      // Silence of an address is that of every target which has no other address.
      if (isWholeAddress) for (const group of atAddress) if (group.addresses.size === 1) found.add(group);
      if (found.size === 0) for (const group of atAddress) if (group.port === port) found.add(group);
    }
    if (found.size === 0) {
      const name = domain ?? this.#names.nameOf(draft.flow?.client.address ?? '', address, draft.firstTime);
      const from = domain === null ? (name === null ? 'none' : 'dns') : domainFromOf(draft);
      const made = this.#group(name, from, address, port, transport, draft.firstTime);
      this.#show(made, [...draft.frames.trigger, ...draft.frames.affected]);
      found.add(made);
    }
    return [...found];
  }

  /** Attempts of a target one by one, those no longer kept in full summed up. */
  units(group: TargetGroup, take: (unit: Unit) => void): void {
    for (const entry of group.entries) {
      // Silence proves nothing in a protocol that need not answer, nor where the packets were not meant to arrive.
      const isOneWay = entry.transport === 'udp';
      for (const attempt of entry.attempts) {
        const effect =
          this.#effects.get(flowKey(attempt.transport === 'tcp' ? 'tcp' : 'udp', attempt.flow)) ??
          (entry.transport === 'quic' ? this.#quicEffect(group, attempt.frames[0] ?? 0) : undefined);
        take({
          address: entry.address,
          from: attempt.firstTime,
          to: attempt.lastTime,
          state: stateOf(attempt.outcome, isOneWay || attempt.clientTtl < LEAST_CLIENT_TTL, effect),
          weight: 1,
          rounds: attempt.rounds,
        });
      }
      if (entry.attempts.length === entry.total) continue;
      const rest = new Map<AttemptOutcome, number>(Object.entries(entry.counts) as [AttemptOutcome, number][]);
      for (const { outcome } of entry.attempts) rest.set(outcome, (rest.get(outcome) ?? 0) - 1);
      for (const [outcome, weight] of rest) {
        if (weight <= 0) continue;
        const state = stateOf(outcome, isOneWay, undefined);
        take({ address: entry.address, from: entry.firstTime, to: entry.lastTime, state, weight, rounds: 0 });
      }
    }
    for (const exchange of group.exchanges) take(this.#exchangeUnit(exchange));
  }

  tally(group: TargetGroup, from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY): Tally {
    const tally: Tally = { attempts: 0, failed: 0, succeeded: 0 };
    this.units(group, (unit) => {
      if (unit.to < from || unit.from > to) return;
      tally.attempts += unit.weight;
      if (unit.state === 'failed') tally.failed += unit.weight;
      else if (unit.state === 'succeeded') tally.succeeded += unit.weight;
    });
    return tally;
  }

  /** Over the whole capture; counted once. */
  total(group: TargetGroup): Tally {
    let total = this.#totals.get(group);
    if (total === undefined) {
      total = this.tally(group);
      this.#totals.set(group, total);
    }
    return total;
  }

  outcome(group: TargetGroup): Outcome {
    const outcome = outcomeOf(group.drafts, this.total(group), this.#capture);
    const isFalseLead = group.domain === null && [...group.addresses].every((at) => this.#names.isFalseLead(at));
    return outcome === 'down' && isFalseLead ? 'insufficient' : outcome;
  }

  #quicEffect(group: TargetGroup, frame: number): Draft['effect'] | undefined {
    const draft = this.#quicDrafts.get(frame);
    return draft !== undefined && group.drafts.includes(draft) ? draft.effect : undefined;
  }

  #exchangeUnit(exchange: DnsExchange): Unit {
    const first = exchange.queries[0]?.time ?? exchange.answers[0]?.time ?? 0;
    const last = exchange.answers.at(-1)?.time ?? exchange.queries.at(-1)?.time ?? first;
    let state: Unit['state'];
    const frame = exchange.queries.find((query) => this.#dnsEffects.has(query.frame))?.frame;
    const effect = frame === undefined ? undefined : this.#dnsEffects.get(frame);
    if (effect === 'stopped') state = 'failed';
    else if (effect === 'survived') state = 'succeeded';
    else if (exchange.answers.length > 0) {
      state = exchange.answers.some((answer) => answer.rcode === 0) ? 'succeeded' : 'failed';
    } else state = this.#capture.endTime - last < ANSWER_TIME ? 'undecided' : 'failed';
    return { address: exchange.resolver.address, from: first, to: last, state, weight: 1 + exchange.unkept, rounds: 0 };
  }

  #addEntry(entry: AttemptEntry): void {
    const use = specialRange(entry.address)?.use;
    // Sent to whoever listens: nobody was to be reached.
    if (use === 'multicast' || use === 'broadcast' || use === 'unspecified') return;
    // Whoever made up a name for a connection asked nobody for the address either.
    const isTor = entry.transport === 'tcp' && torHello(entry.attempts[0]?.flow ?? -1, this.#base) !== null;
    const sent = isTor ? null : entry.name;
    const given = sent === null && !isTor ? this.#names.nameOf(entry.client, entry.address, entry.lastTime) : null;
    const from: DomainFrom = sent !== null ? (entry.nameFrom === 'host' ? 'host' : 'sni') : given ? 'dns' : 'none';
    const name = sent ?? given;
    const group = this.#group(name, from, entry.address, entry.port, entry.transport, entry.firstTime);
    group.entries.push(entry);
    for (const attempt of entry.attempts) {
      this.#show(group, attempt.frames);
      this.#byFlow.set(flowKey(attempt.transport === 'tcp' ? 'tcp' : 'udp', attempt.flow), group);
    }
  }

  #addExchange(exchange: DnsExchange): void {
    if (!ADDRESS_TYPES.includes(exchange.type)) return;
    const time = exchange.queries[0]?.time ?? exchange.answers[0]?.time ?? 0;
    const { address, port } = exchange.resolver;
    const group = this.#group(exchange.name, 'dns', address, port, 'dns', time);
    group.exchanges.push(exchange);
    this.#show(
      group,
      exchange.queries.map((query) => query.frame),
    );
  }

  #group(
    domain: string | null,
    from: DomainFrom,
    address: string,
    port: number,
    transport: Transport,
    time: number,
  ): TargetGroup {
    const key = keyOf(domain, address, port, transport);
    let group = this.#groups.get(key);
    if (group === undefined) {
      const found = serviceOf(domain, address, port, transport);
      const listed = found === null ? (this.#imported?.service(domain, address) ?? null) : null;
      group = {
        key,
        domain,
        domainFrom: from,
        addresses: new Set(),
        port,
        transport,
        // A list may add names to a service that the table has
        service: found?.service ?? (listed !== null && isService(listed) ? listed : null),
        listed,
        surface: found?.surface ?? (listed === null ? null : 'web'),
        firstTime: time,
        frames: [],
        entries: [],
        exchanges: [],
        drafts: [],
      };
      this.#groups.set(key, group);
    }
    if (DOMAIN_RANK.indexOf(from) > DOMAIN_RANK.indexOf(group.domainFrom)) group.domainFrom = from;
    group.firstTime = Math.min(group.firstTime, time);
    const isNew = !group.addresses.has(address);
    if (isNew) group.addresses.add(address);
    const groups = this.#byAddress.get(address);
    if (groups === undefined) this.#byAddress.set(address, [group]);
    else if (isNew) groups.push(group);
    return group;
  }

  #show(group: TargetGroup, frames: readonly number[]): void {
    for (const frame of frames) {
      if (group.frames.length >= FRAMES_OF_TARGET) return;
      group.frames.push(frame);
    }
  }
}

/**
 * How a target, or one incident of it, came out. Below `likely` nothing is called blocked: a finding that is merely
 * possible keeps a failing target from being called down, no more.
 */
export function outcomeOf(drafts: readonly Draft[], tally: Tally, capture: CaptureFacts): Outcome {
  const sure = drafts.filter((draft) => atLeast(draft.confidence, 'likely') && !isStray(draft));
  if (sure.length > 0) {
    const stopped = sure.some(
      (draft) => draft.effect === 'stopped' || (draft.effect === 'unknown' && tally.failed > 0),
    );
    if (stopped) return tally.succeeded > tally.failed ? 'attempted' : 'blocked';
    if (sure.some((draft) => draft.effect === 'degraded' || draft.effect === 'survived')) return 'attempted';
    return tally.succeeded > 0 ? 'attempted' : 'insufficient';
  }
  if (tally.succeeded > 0) return drafts.length > 0 && tally.failed >= tally.succeeded ? 'insufficient' : 'ok';
  if (tally.failed === 0 || drafts.length > 0) return 'insufficient';
  return capture.drops > 0 || capture.oneWayShare >= 0.5 ? 'insufficient' : 'down';
}

/** About an address that somebody was led to by an earlier interference: it says nothing of the address's owner. */
export function isStray(draft: Draft): boolean {
  return draft.causedBy !== null && !draft.residual && draft.target.domain === null;
}

/**
 * Whatever was asked for there, one finding is about it. A reset or an answer in place of the server's is each about its
 * own connection, whatever set it off.
 */
function isOfAddress({ interference, trigger }: Draft): boolean {
  if (interference.kind === 'null-route') return true;
  return trigger.kind === 'ip-address' && (interference.kind === 'icmp-reject' || interference.kind === 'packet-drop');
}

export function transportOf(draft: Draft): Transport {
  if (draft.dns !== null || draft.trigger.kind === 'dns-name') return 'dns';
  // About a resolver as such, whatever was asked.
  if (draft.flow === null && draft.stage === 'query') return 'dns';
  if (draft.flow?.protocol !== 'udp') return 'tcp';
  return draft.trigger.kind === 'quic-sni' || draft.target.port === 443 ? 'quic' : 'udp';
}

function domainFromOf(draft: Draft): DomainFrom {
  switch (draft.trigger.kind) {
    case 'http-host':
    case 'http-content':
      return 'host';
    case 'tls-sni':
    case 'tls-fingerprint':
    case 'quic-sni':
      return 'sni';
    default:
      return 'dns';
  }
}

function stateOf(outcome: AttemptOutcome, mayBeSilent: boolean, effect: Draft['effect'] | undefined): Unit['state'] {
  if (effect === 'stopped') return 'failed';
  if (effect === 'survived') return 'succeeded';
  return mayBeSilent && SILENT.includes(outcome) ? 'undecided' : STATE[outcome];
}

function keyOf(domain: string | null, address: string, port: number, transport: Transport): string {
  return domain === null ? `${transport} ${port} @${address}` : `${transport} ${port} ${domain}`;
}

/** The number of a TCP flow, the negative of another's. */
function flowKey(protocol: string, id: number): number {
  return protocol === 'tcp' ? id : -id;
}
