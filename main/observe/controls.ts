// Controls found in the same capture: comparable attempts of the same client and how they went. Every detector takes
// its controls from here, so that one rule says what is comparable.

import type { ControlKind } from '../../shared/domain/statements.ts';
import { type Attempt, type AttemptOutcome, type DnsExchange, TCP_FLAG, type TcpFlow } from '../flow/records.ts';
import { Remembered } from './address.ts';
import type { AttemptEntry } from './attempt-index.ts';
import type { EvidenceBase } from './evidence-base.ts';
import { SECOND } from './evidence-base.ts';
import { silences } from './silence.ts';

/** How far from the subject a control may lie: same address or same name. */
export const CONTROL_WINDOW = 600 * SECOND;
/** "The same minute": other addresses, which tell only whether the network worked. */
export const SAME_MINUTE = 60 * SECOND;
/** The longest time a known filter goes on punishing an address and port after a trigger. */
export const RESIDUAL_WINDOW = 180 * SECOND;
/** An outgoing hop limit below this may expire on the way: its silence is no evidence. */
export const LEAST_CLIENT_TTL = 30;

const MAX_FRAMES = 16;
const MAX_CONTROLS = 16;
/** More results than this change no judgement; stopping there may miss a control, and so accuses less. */
const ENOUGH = 32;
const ENOUGH_ENTRIES = 256;
/** Targets asked for a result: thousands may have come to none. */
const MOST_ENTRIES = 1_024;
/** Unanswered counts from three tries over three seconds on, as for addresses that are silent. */
const MIN_TRIES = 3;
const MIN_TRY_SPAN = 3;

export interface Control {
  readonly kind: ControlKind;
  readonly outcome: 'ok' | 'failed';
  readonly target: { readonly domain: string | null; readonly address: string; readonly port: number };
  readonly frames: readonly number[];
}

/** What a control is compared with. */
export interface Subject {
  /** The flow it was seen in, never its own control; null for a set of attempts. */
  readonly flow: number | null;
  readonly client: string;
  readonly address: string;
  readonly port: number;
  readonly transport: Attempt['transport'];
  /** Null where no name was sent: then reaching the address at all is what is compared. */
  readonly name: string | null;
  readonly nameFrom: Attempt['nameFrom'];
  /** The client sent payload, so only attempts that got as far are comparable. */
  readonly asked: boolean;
  readonly firstTime: number;
  readonly lastTime: number;
}

export interface Compared {
  readonly ok: readonly Attempt[];
  readonly failed: readonly Attempt[];
  /** Failed, but inside the window after another name's trigger: may be punished for that one, so no control. */
  readonly residual: readonly Attempt[];
}

const NOTHING: Compared = { ok: [], failed: [], residual: [] };

export function subjectOf(flow: TcpFlow): Subject {
  const kind = flow.trigger?.kind;
  return {
    flow: flow.id,
    client: flow.client.address,
    address: flow.server.address,
    port: flow.server.port,
    transport: 'tcp',
    name: flow.trigger?.name ?? null,
    nameFrom: kind === 'client-hello' ? 'sni' : kind === 'http-request' ? 'host' : 'none',
    asked: flow.trigger !== null,
    firstTime: flow.firstTime,
    lastTime: flow.trigger?.time ?? flow.firstTime,
  };
}

/**
 * /16 of an IPv4 address, /32 of an IPv6 one: what stands for "another network" where no table of autonomous systems
 * is at hand. Two different ones may still belong to one operator.
 */
export function networkOf(address: string): string {
  return NETWORKS.of(address);
}

/** Of the IP version that has more of them: a site's IPv4 and IPv6 addresses are nearly always of one operator. */
export function networksOf(addresses: Iterable<string>): string[] {
  const versions: readonly [Set<string>, Set<string>] = [new Set(), new Set()];
  for (const address of addresses) versions[address.includes(':') ? 1 : 0].add(networkOf(address));
  return [...versions[versions[1].size > versions[0].size ? 1 : 0]];
}

const NETWORKS = new Remembered(findNetwork);

function findNetwork(address: string): string {
  if (!address.includes(':')) return address.split('.', 2).join('.');
  const [head = ''] = address.split('::', 1);
  const groups = head === '' ? [] : head.split(':');
  return `${Number.parseInt(groups[0] ?? '0', 16).toString(16)}:${Number.parseInt(groups[1] ?? '0', 16).toString(16)}`;
}

/** Other names (or a hello without one) at the same address and port. */
export function compareOtherNames(base: EvidenceBase, subject: Subject): Compared {
  const entries = entriesAt(base, subject);
  return compare(
    base,
    subject,
    entries,
    CONTROL_WINDOW,
    (entry) => entry.name !== subject.name && sameApplication(entry, subject),
  );
}

/** The same name at other addresses, on the same port. */
export function compareOtherAddresses(base: EvidenceBase, subject: Subject): Compared {
  if (subject.name === null) return NOTHING;
  return compare(
    base,
    subject,
    base.index.byName(subject.client, subject.name),
    CONTROL_WINDOW,
    (entry) => entry.address !== subject.address && entry.port === subject.port && sameApplication(entry, subject),
  );
}

/** The same name at the same address and port: repetition, not control. */
export function compareRepeated(base: EvidenceBase, subject: Subject): Compared {
  const entries = entriesAt(base, subject, subject.name);
  return compare(base, subject, entries, CONTROL_WINDOW, (entry) => sameApplication(entry, subject));
}

/** Other ports of the same address, whatever was spoken there. */
export function compareOtherPorts(base: EvidenceBase, subject: Subject): Compared {
  const entries: AttemptEntry[] = [];
  for (const [port, place] of portsOf(base, subject)) {
    if (port !== subject.port && entries.length < ENOUGH_ENTRIES) entries.push(...place.all.slice(0, ENOUGH_ENTRIES));
  }
  return compare(base, subject, entries, CONTROL_WINDOW, () => true);
}

/** Minutes looked at from the beginning of an attempt, and as many up to its end. */
const MOST_MINUTES = 30;

/** Other names at other addresses in the same minute: did the network carry such traffic at all? */
export function compareSameMinute(base: EvidenceBase, subject: Subject): Compared {
  const { byMinute } = factsOf(base);
  const entries = new Set<AttemptEntry>();
  const first = Math.floor((subject.firstTime - SAME_MINUTE) / SAME_MINUTE);
  const last = Math.floor((subject.lastTime + SAME_MINUTE) / SAME_MINUTE);
  for (let minute = first; minute <= last && entries.size < ENOUGH; minute++) {
    // Of an attempt that lasts for hours (or whose times are wild) its beginning and its end
    if (minute === first + MOST_MINUTES && last - minute > MOST_MINUTES) minute = last - MOST_MINUTES;
    for (const entry of byMinute.get(`${subject.client} ${minute}`) ?? []) {
      if (entry.address === subject.address || (entry.name !== null && entry.name === subject.name)) continue;
      if (sameApplication(entry, subject)) entries.add(entry);
      if (entries.size >= ENOUGH) break;
    }
  }
  return compare(base, subject, [...entries], SAME_MINUTE, () => true);
}

export function sameAddressOtherName(base: EvidenceBase, subject: Subject): Control[] {
  return toControls('same-address-other-name', compareOtherNames(base, subject));
}

export function sameNameOtherAddress(base: EvidenceBase, subject: Subject): Control[] {
  return toControls('same-name-other-address', compareOtherAddresses(base, subject));
}

export function otherAddressSameMinute(base: EvidenceBase, subject: Subject): Control[] {
  return toControls('other-address', compareSameMinute(base, subject));
}

/** The same question put to other resolvers by the same client: answered with addresses, or denied or not answered. */
export function otherResolver(base: EvidenceBase, exchange: DnsExchange): Control[] {
  const controls: Control[] = [];
  const time = exchange.queries[0]?.time ?? exchange.answers[0]?.time ?? 0;
  for (const other of base.exchanges) {
    if (other.resolver.address === exchange.resolver.address || other.client.address !== exchange.client.address)
      continue;
    if (other.name !== exchange.name || other.type !== exchange.type) continue;
    const otherTime = other.queries[0]?.time ?? other.answers[0]?.time ?? 0;
    if (Math.abs(otherTime - time) > CONTROL_WINDOW) continue;
    // A truncated answer sends the client to TCP; a query cut off by the end of the capture tells nothing.
    const answers = other.answers.filter((answer) => !answer.tc && answer.whole);
    if (answers.length === 0 && (other.answers.length > 0 || other.queries.length < MIN_TRIES)) continue;
    const resolved = answers.some((answer) => answer.rcode === 0 && answer.addresses.length > 0);
    controls.push({
      kind: 'other-resolver',
      outcome: resolved ? 'ok' : 'failed',
      target: { domain: other.name, address: other.resolver.address, port: other.resolver.port },
      frames: [...other.queries, ...answers].map((message) => message.frame).slice(0, MAX_FRAMES),
    });
    if (controls.length >= MAX_CONTROLS) break;
  }
  return controls;
}

/** One control for each target and outcome, with the frames of its attempts. */
export function toControls(kind: ControlKind, compared: Compared): Control[] {
  const controls = new Map<string, { control: Control; frames: number[] }>();
  for (const outcome of ['ok', 'failed'] as const) {
    for (const attempt of compared[outcome]) {
      const key = `${outcome} ${attempt.address} ${attempt.port} ${attempt.name ?? ''}`;
      let entry = controls.get(key);
      if (entry === undefined) {
        if (controls.size >= MAX_CONTROLS) continue;
        const frames: number[] = [];
        const target = { domain: attempt.name, address: attempt.address, port: attempt.port };
        entry = { control: { kind, outcome, target, frames }, frames };
        controls.set(key, entry);
      }
      for (const frame of attempt.frames) if (entry.frames.length < MAX_FRAMES) entry.frames.push(frame);
    }
  }
  return [...controls.values()].map((entry) => entry.control);
}

function compare(
  base: EvidenceBase,
  subject: Subject,
  entries: readonly AttemptEntry[],
  window: number,
  isComparable: (entry: AttemptEntry) => boolean,
): Compared {
  const ok: Attempt[] = [];
  const failed: Attempt[] = [];
  const residual: Attempt[] = [];
  let asked = 0;
  for (const entry of around(entries, subject, window)) {
    if (entry.client !== subject.client || entry.transport !== subject.transport || !isComparable(entry)) continue;
    if (++asked > MOST_ENTRIES) break;
    for (const attempt of entry.attempts) {
      if (attempt.flow === subject.flow || !near(attempt, subject, window)) continue;
      const result = settled(base, attempt, subject.asked);
      if (result === null) continue;
      const isResidual = result === 'failed' && attempt.name !== subject.name && insideResidualWindow(base, attempt);
      (result === 'ok' ? ok : isResidual ? residual : failed).push(attempt);
    }
    if (ok.length >= ENOUGH || failed.length + residual.length >= ENOUGH) break;
  }
  return { ok, failed, residual };
}

const FAILED_AFTER_ASKING: readonly AttemptOutcome[] = ['reset', 'silent-after-request', 'closed-after-request'];
/** Nothing but an alert or a few bytes of an error: an answer, but not the service that was asked for. */
const LEAST_TLS_ANSWER = 64;

/**
 * Whether an attempt came to a result that can be held against another. Where something was asked, only what happened
 * after asking counts; before that, reaching the address does.
 */
function settled(base: EvidenceBase, attempt: Attempt, asked: boolean): 'ok' | 'failed' | null {
  if (asked && hasFailed(base, attempt)) return 'failed';
  if (attempt.outcome === 'ok') {
    return asked && attempt.nameFrom === 'sni' && attempt.received < LEAST_TLS_ANSWER ? null : 'ok';
  }
  if (asked) return null;
  if (attempt.outcome === 'connected') return 'ok';
  if (attempt.outcome === 'reset' || attempt.outcome === 'icmp-error') return 'failed';
  if (attempt.outcome !== 'unanswered' || attempt.clientTtl < LEAST_CLIENT_TTL || attempt.synData) return null;
  return attempt.tries >= MIN_TRIES && attempt.trySpan >= MIN_TRY_SPAN ? 'failed' : null;
}

/** Failed after something was asked. What came after a reset or a bare FIN makes no success, nor a few packets before silence. */
function hasFailed(base: EvidenceBase, attempt: Attempt): boolean {
  const silence = silences(base).get(attempt.flow);
  const { flows, interrupted } = factsOf(base);
  if (attempt.outcome === 'ok')
    return silence?.kind === 'midway' || silence?.kind === 'unheard' || interrupted.has(attempt.flow);
  if (attempt.outcome === 'connected') return interrupted.has(attempt.flow);
  if (!FAILED_AFTER_ASKING.includes(attempt.outcome)) return false;
  if (attempt.outcome !== 'silent-after-request') return true;
  if (attempt.clientTtl < LEAST_CLIENT_TTL) return false;
  // Where the packets are at hand they tell whether the client waited at all.
  return silence !== undefined || !flows.has(attempt.flow);
}

/** How the try of a flow went that is kept as a snapshot; null where it was none, or is no longer kept in full. */
export function attemptOf(base: EvidenceBase, flow: TcpFlow): Attempt | null {
  return factsOf(base).attempts.get(flow.id) ?? null;
}

interface Facts {
  /** Of the flows kept as snapshots. */
  readonly flows: ReadonlySet<number>;
  readonly attempts: ReadonlyMap<number, Attempt>;
  /**
   * Flows in which a reset, or a FIN of the server without data, came between the request and the first answer, or a TLS
   * alert was all of that.
   */
  readonly interrupted: ReadonlySet<number>;
  /** Entries by client and minute of their attempts. */
  readonly byMinute: ReadonlyMap<string, readonly AttemptEntry[]>;
  /** What may have set off a residual window, by client, address and port; filled when first asked for. */
  readonly events: Map<string, readonly Attempt[]>;
  /** Entries of a client and address by port; filled when first asked for. */
  readonly places: Map<string, Map<number, Place>>;
  /** Attempts that worked, by client, and by client and address; filled when first asked for. */
  worked: Map<string, Attempt[]> | null;
}

interface Place {
  readonly all: AttemptEntry[];
  readonly byName: Map<string | null, AttemptEntry[]>;
}

interface Span {
  readonly firstTime: number;
  readonly lastTime: number;
}

/** In order of their beginnings, and for each the latest end of it and those before it. */
interface Ordered {
  readonly spans: readonly Span[];
  readonly ends: readonly number[];
}

/** A list is asked about by every flow to the same place, so it is put in order once. */
const ORDERED = new WeakMap<readonly Span[], Ordered>();

function ordered(list: readonly Span[]): Ordered {
  let found = ORDERED.get(list);
  if (found === undefined) {
    const spans = [...list].sort((a, b) => a.firstTime - b.firstTime);
    let end = Number.NEGATIVE_INFINITY;
    const ends = spans.map(({ lastTime }) => {
      end = Math.max(end, lastTime);
      return end;
    });
    found = { spans, ends };
    ORDERED.set(list, found);
  }
  return found;
}

/** Of a list, those that reach into the window around the subject. */
function* around<T extends Span>(list: readonly T[], subject: Span, window: number): Generator<T> {
  const { spans, ends } = ordered(list);
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle]! < subject.firstTime - window) low = middle + 1;
    else high = middle;
  }
  for (let at = low; at < spans.length; at++) {
    const one = spans[at]!;
    if (one.firstTime > subject.lastTime + window) return;
    if (near(one, subject, window)) yield one as T;
  }
}

const NONE: readonly Attempt[] = [];

/** Attempts of a client that worked, at one address or wherever, within the window around a span, in order of time. */
export function workedAround(
  base: EvidenceBase,
  { client, address }: { readonly client: string; readonly address?: string },
  span: Span,
  window: number,
): Iterable<Attempt> {
  const facts = factsOf(base);
  if (facts.worked === null) {
    facts.worked = new Map();
    for (const entry of base.index.entries()) {
      for (const attempt of entry.attempts) {
        if (attempt.outcome !== 'ok') continue;
        append(facts.worked, entry.client, attempt);
        append(facts.worked, `${entry.client} ${entry.address}`, attempt);
      }
    }
  }
  return around(facts.worked.get(address === undefined ? client : `${client} ${address}`) ?? NONE, span, window);
}

/** A base is a snapshot, so this is worked out once. */
const known = new WeakMap<EvidenceBase, Facts>();

function factsOf(base: EvidenceBase): Facts {
  let facts = known.get(base);
  if (facts === undefined) {
    const flows = new Set(base.tcp.map((flow) => flow.id));
    const attempts = new Map<number, Attempt>();
    const byMinute = new Map<string, AttemptEntry[]>();
    for (const entry of base.index.entries()) {
      // In order of time, so that a minute's attempts stand together
      let latest = Number.NaN;
      for (const attempt of entry.attempts) {
        if (entry.transport === 'tcp' && flows.has(attempt.flow)) attempts.set(attempt.flow, attempt);
        const minute = Math.floor(attempt.firstTime / SAME_MINUTE);
        if (minute === latest) continue;
        append(byMinute, `${entry.client} ${minute}`, entry);
        latest = minute;
      }
    }
    facts = {
      flows,
      attempts,
      interrupted: new Set(base.tcp.filter(isInterrupted).map((flow) => flow.id)),
      byMinute,
      events: new Map(),
      places: new Map(),
      worked: null,
    };
    known.set(base, facts);
  }
  return facts;
}

function isInterrupted(flow: TcpFlow): boolean {
  const { trigger, reply } = flow;
  if (trigger === null) return false;
  if (reply !== null && reply.alerts.length > 0 && !reply.serverHello) return true;
  for (const { time, flags, fromClient, length } of flow.packets) {
    if (time < trigger.firstTime) continue;
    if ((flags & TCP_FLAG.rst) !== 0) return true;
    if (fromClient) continue;
    if (length > 0) return false;
    if ((flags & TCP_FLAG.fin) !== 0) return true;
  }
  return false;
}

/**
 * Whether an attempt fell into the time in which a filter punishes everything to an address and port after a trigger:
 * its failure then says nothing of its own name.
 */
export function insideResidualWindow(base: EvidenceBase, attempt: Attempt): boolean {
  return triggerEvents(base, attempt).some(
    (event) =>
      event.name !== attempt.name &&
      event.firstTime <= attempt.firstTime &&
      attempt.firstTime <= event.lastTime + RESIDUAL_WINDOW,
  );
}

/** Failed attempts with a name at the same address and port, the earliest of them. */
function triggerEvents(base: EvidenceBase, { client, address, port }: Attempt): readonly Attempt[] {
  const { events } = factsOf(base);
  const key = `${client} ${address} ${port}`;
  let found = events.get(key);
  if (found === undefined) {
    found = entriesAt(base, { client, address, port })
      .filter((entry) => entry.name !== null)
      .flatMap((entry) => entry.attempts.filter((event) => hasFailed(base, event)))
      .sort((a, b) => a.firstTime - b.firstTime)
      .slice(0, ENOUGH);
    events.set(key, found);
  }
  return found;
}

/** Of a client, address and port: all entries, or those with one name. */
function entriesAt(
  base: EvidenceBase,
  at: Pick<Subject, 'client' | 'address' | 'port'>,
  name?: string | null,
): readonly AttemptEntry[] {
  const place = portsOf(base, at).get(at.port);
  return (name === undefined ? place?.all : place?.byName.get(name)) ?? [];
}

function portsOf(
  base: EvidenceBase,
  { client, address }: Pick<Subject, 'client' | 'address'>,
): ReadonlyMap<number, Place> {
  const { places } = factsOf(base);
  const key = `${client} ${address}`;
  let ports = places.get(key);
  if (ports === undefined) {
    ports = new Map();
    for (const entry of base.index.byAddress(client, address)) {
      let place = ports.get(entry.port);
      if (place === undefined) {
        place = { all: [], byName: new Map() };
        ports.set(entry.port, place);
      }
      place.all.push(entry);
      append(place.byName, entry.name, entry);
    }
    places.set(key, ports);
  }
  return ports;
}

function append<K, T>(map: Map<K, T[]>, key: K, item: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [item]);
  else list.push(item);
}

function sameApplication(entry: AttemptEntry, subject: Subject): boolean {
  if (entry.transport !== subject.transport) return false;
  if (subject.nameFrom === 'none') return true;
  if (entry.nameFrom === subject.nameFrom) return true;
  // A hello without a name or with an encrypted one is a control for a named one; it has a fingerprint all the same.
  return subject.nameFrom === 'sni' && entry.nameFrom === 'none' && entry.attempts.some((one) => one.ja4 !== null);
}

function near(span: Span, subject: Span, window: number): boolean {
  return span.firstTime <= subject.lastTime + window && span.lastTime >= subject.firstTime - window;
}
