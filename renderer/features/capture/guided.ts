// The guided test: what to open in which order, and how far a person got, read off from what was seen. Nothing is
// remembered beside the capture, so a page that is loaded again is where it was.

import type { Finding, Incident, Target } from '../../../shared/contract/analysis.ts';
import type { CaptureView } from '../../../shared/contract/merge.ts';
import type { DnsRow, FlowRow } from '../../../shared/contract/service.ts';
import { SERVICES, type Service, serviceOf, serviceOfName } from '../../../shared/domain/services.ts';
import { atLeast, type Confidence, rank, SURFACES, type Surface } from '../../../shared/domain/vocabulary.ts';

/** Silence is judged by this time after an attempt: clients repeat their first packet for so long. */
export const SETTLE_S = 20;
/** Addresses of a site by which attempts without a name are found. */
const MOST_ADDRESSES = 24;
const MOST_NAMES = 3;
/** Queries for one name that are nearer to each other are one look-up. */
const SAME_LOOKUP_S = 0.5;

export interface Site {
  /** As DNS has it, without `www.`; a service goes by the first of its names. */
  readonly domain: string;
  readonly service: Service | null;
  /** Of a known service: what people use of it. */
  readonly surfaces: readonly Surface[];
  /** What is to be opened in a browser. */
  readonly names: readonly string[];
}

export interface Plan {
  readonly site: Site;
  readonly control: Site;
}

const CONTROLS = ['www.wikipedia.org', 'www.example.com'] as const;

/** A site out of what was typed: a name, an address of a page, or what a service is called in any language. */
export function siteOf(text: string, called: Readonly<Record<string, Service>> = {}): Site | null {
  const typed = text.trim();
  const service = called[typed.toLowerCase()];
  if (service !== undefined) return siteOfService(service);
  let host: string;
  try {
    host = new URL(/^[a-z][a-z\d+.-]*:\/\//i.test(typed) ? typed : `https://${typed}`).hostname.toLowerCase();
  } catch {
    return null;
  }
  const domain = host.replace(/\.$/, '').replace(/^www\./, '');
  const labels = domain.split('.');
  // An address has no name to be blocked by; a single label is a machine next door
  if (labels.length < 2 || domain.length > 253 || /^[\d.]+$/.test(domain) || domain.startsWith('[')) return null;
  if (labels.some((label) => label === '' || label.length > 63)) return null;
  const known = serviceOfName(domain)?.service ?? null;
  if (known === null) return { domain, service: null, surfaces: [], names: [host.replace(/\.$/, '')] };
  const site = siteOfService(known);
  const names = [domain, ...site.names.filter((name) => name !== domain)].slice(0, MOST_NAMES);
  return { ...site, domain, names };
}

function siteOfService(service: Service): Site {
  const row = SERVICES.find((entry) => entry.service === service)!;
  const main = row.main ?? row.domains.web?.slice(0, 1) ?? [];
  // Telegram's app is known by addresses of its own
  const hasApp = row.domains.app !== undefined || service === 'telegram';
  const surfaces = SURFACES.filter((surface) => (surface === 'app' ? hasApp : (row.domains[surface]?.length ?? 0) > 0));
  const names = main.length > 0 ? main : Object.values(row.domains).flat();
  return { domain: names[0]!, service, surfaces, names: names.slice(0, MOST_NAMES) };
}

/** One that has nothing to do with the site. */
export function controlFor(site: Site): Site {
  const controls = CONTROLS.flatMap((name) => siteOf(name) ?? []);
  return controls.find((control) => !isSame(control, site)) ?? controls[0]!;
}

export function isSame(a: Site, b: Site): boolean {
  if (a.service !== null && a.service === b.service) return true;
  return isBelow(a.domain, b.domain) || isBelow(b.domain, a.domain);
}

/** In the address: `telegram.org,wikipedia.org`. */
export function planText({ site, control }: Plan): string {
  return `${site.domain},${control.domain}`;
}

export function planOf(text: string): Plan | null {
  const [site, control] = text.split(',').map((part) => siteOf(part));
  if (site == null) return null;
  return { site, control: control == null || isSame(site, control) ? controlFor(site) : control };
}

const isBelow = (name: string, domain: string): boolean => name === domain || name.endsWith(`.${domain}`);

const bare = (name: string): string => name.toLowerCase().replace(/\.$/, '');

function nameFits(name: string, site: Site): boolean {
  const plain = bare(name);
  if (isBelow(plain, site.domain)) return true;
  return site.service !== null && serviceOfName(plain)?.service === site.service;
}

/** Addresses that the site's names were seen to have. */
export function addressesOf(targets: readonly Target[], site: Site): readonly string[] {
  const all = targets.flatMap(({ domain, addresses }) => (domain !== null && nameFits(domain, site) ? addresses : []));
  return [...new Set(all)].slice(0, MOST_ADDRESSES);
}

/** For the engine's tables: what may belong to the test. */
export function testFilter({ site, control }: Plan, addresses: readonly string[]): string {
  const parts = [site, control].flatMap(({ domain, service }) => [
    `domain:${domain}`,
    ...(service === null ? [] : [`service:${service}`]),
  ]);
  return [...parts, ...addresses.map((address) => `address:${address}`)].join(' or ');
}

export const ATTEMPT_RESULTS = ['worked', 'failed', 'open', 'unclear'] as const;
export type AttemptResult = (typeof ATTEMPT_RESULTS)[number];

export interface Attempt {
  readonly key: string;
  readonly role: 'site' | 'control';
  readonly surface: Surface;
  readonly kind: 'lookup' | 'connection';
  readonly offset: number;
  readonly end: number;
  readonly name: string | null;
  /** Of the server, or of the resolver. */
  readonly address: string;
  readonly port: number;
  readonly application: string | null;
  readonly result: AttemptResult;
  /** As the tables say it. */
  readonly outcome: string;
  readonly findings: readonly string[];
  readonly flow: number | null;
}

const WORKED: ReadonlySet<string> = new Set(['ok', 'connected']);
const UNCLEAR: ReadonlySet<string> = new Set(['cancelled', 'unknown']);

/**
 * In order of time. From `targets` come the addresses of the site, for attempts that never got to say a name, and what
 * became of connections that are still open.
 */
export function attemptsOf(
  plan: Plan,
  flows: readonly FlowRow[],
  dns: readonly DnsRow[],
  targets: readonly Target[],
): readonly Attempt[] {
  const ofSite = new Set(addressesOf(targets, plan.site));
  const roleOf = (name: string | null, address: string): Attempt['role'] | null => {
    if (name !== null) return nameFits(name, plan.site) ? 'site' : nameFits(name, plan.control) ? 'control' : null;
    return ofSite.has(address) ? 'site' : null;
  };
  const found: Attempt[] = [];
  for (const row of flows) {
    // A query is told by its exchange
    if (row.application === 'dns') continue;
    const { address, port } = row.server;
    const transport = row.application === 'quic' ? 'quic' : row.protocol;
    const known = serviceOf(row.name, address, port, transport);
    const role = roleOf(row.name, address) ?? (isService(known, plan.site) ? 'site' : null);
    if (role === null) continue;
    found.push({
      key: `f${row.flow}`,
      role,
      surface: known?.surface ?? 'web',
      kind: 'connection',
      offset: row.offset,
      end: row.offset + row.duration,
      name: row.name,
      address,
      port,
      application: row.application,
      result: row.outcome === 'open' && row.findings.length === 0 ? openResult(row, targets) : resultOf(row),
      outcome: row.outcome,
      findings: row.findings,
      flow: row.flow,
    });
  }
  const asked = new Map<string, Attempt>();
  for (const row of dns) {
    const role = roleOf(row.name, '');
    if (role === null) continue;
    const outcome = dnsOutcome(row);
    const attempt: Attempt = {
      key: `d${row.exchange}`,
      role,
      surface: serviceOfName(row.name)?.surface ?? 'web',
      kind: 'lookup',
      offset: row.offset,
      end: row.answers.at(-1)?.offset ?? row.offset,
      name: row.name,
      address: row.resolver.address,
      port: row.resolver.port,
      application: 'dns',
      result:
        row.findings.length > 0 ? 'failed' : outcome === 'ok' ? 'worked' : outcome === 'open' ? 'open' : 'unclear',
      outcome,
      findings: row.findings,
      flow: null,
    };
    // Both kinds of addresses are asked for at once: one look-up to a person
    const key = `${row.name} ${outcome} ${row.findings.join()}`;
    const before = asked.get(key);
    if (before !== undefined && attempt.offset - before.offset < SAME_LOOKUP_S) continue;
    asked.set(key, attempt);
    found.push(attempt);
  }
  return found.sort((a, b) => a.offset - b.offset || a.key.localeCompare(b.key));
}

function isService(known: { readonly service: Service } | null, site: Site): boolean {
  return known !== null && site.service !== null && known.service === site.service;
}

/** A connection may stay open for minutes after it was answered; until it ends its row does not say so. */
function openResult({ name, server }: FlowRow, targets: readonly Target[]): AttemptResult {
  const isIts = ({ domain, addresses, port }: Target): boolean =>
    port === server.port && addresses.includes(server.address) && (name === null || domain === bare(name));
  const its = targets.filter(isIts);
  return its.length > 0 && its.every(({ failed, succeeded }) => failed === 0 && succeeded > 0) ? 'worked' : 'open';
}

function resultOf({ outcome, findings }: FlowRow): AttemptResult {
  // A page put in the server's place is an answer too
  if (WORKED.has(outcome)) return findings.length > 0 ? 'failed' : 'worked';
  return UNCLEAR.has(outcome) && findings.length === 0 ? 'unclear' : 'failed';
}

/** A name without such an address, as most have none of IPv6, is an answer like any other. */
function dnsOutcome({ answers }: DnsRow): string {
  if (answers.some(({ forged }) => forged)) return 'forged';
  const last = answers.at(-1);
  return last === undefined ? 'open' : last.rcode === 0 ? 'ok' : 'refused';
}

export const STEPS = ['control', 'web', 'app', 'calls', 'again', 'settle'] as const;
export type StepKind = (typeof STEPS)[number];

export interface Step {
  readonly kind: StepKind;
  readonly state: 'done' | 'now' | 'later' | 'skipped';
  readonly attempts: readonly Attempt[];
}

/** `reached`: seconds of the capture so far; `isOver`: nothing more will come. */
export function stepsOf(
  plan: Plan,
  attempts: readonly Attempt[],
  skipped: ReadonlySet<StepKind>,
  reached: number,
  isOver: boolean,
): readonly Step[] {
  const connections = attempts.filter(({ kind }) => kind === 'connection');
  const ofSite = attempts.filter(({ role }) => role === 'site');
  const ofControl = attempts.filter(({ role }) => role === 'control');
  const surfaces: readonly Surface[] = plan.site.surfaces.length === 0 ? ['web'] : plan.site.surfaces;
  const first = connections.find(({ role }) => role === 'site') ?? ofSite[0];
  const firstSite = first?.offset ?? Number.POSITIVE_INFINITY;
  const seen: Record<StepKind, readonly Attempt[]> = {
    control: ofControl.filter(({ offset }) => offset < firstSite),
    web: ofSite.filter(({ surface }) => surface === 'web'),
    app: ofSite.filter(({ surface }) => surface === 'app'),
    calls: ofSite.filter(({ surface }) => surface === 'calls'),
    again: ofControl.filter(({ offset }) => offset > firstSite),
    settle: [],
  };
  const wanted = STEPS.filter((kind) =>
    kind === 'web' || kind === 'app' || kind === 'calls' ? surfaces.includes(kind) : true,
  );
  const lastEnd = Math.max(...ofSite.map(({ end, offset }) => Math.max(end, offset)), Number.NEGATIVE_INFINITY);
  const isDone = (kind: StepKind): boolean =>
    kind === 'settle'
      ? ofSite.length > 0 &&
        (isOver || (ofSite.every(isSettled) && seen.again.every(isSettled)) || reached >= lastEnd + SETTLE_S)
      : seen[kind].some(({ result, offset }) => result !== 'open' || reached - offset > SETTLE_S);
  let isFirst = true;
  return wanted.map((kind) => {
    const done = isDone(kind);
    // Steps can be taken in another order; waiting comes when all else was done
    const isSkipped = skipped.has(kind) || (kind === 'control' && isDone('again'));
    const state = done && (kind !== 'settle' || isFirst) ? 'done' : isSkipped ? 'skipped' : isFirst ? 'now' : 'later';
    if (state === 'now') isFirst = false;
    return { kind, state, attempts: seen[kind] };
  });
}

function isSettled({ result, findings }: Attempt): boolean {
  return result === 'worked' || findings.length > 0;
}

export interface TestVerdict {
  readonly kind: 'unseen' | 'offline' | 'found' | 'maybe' | 'unclear' | 'worked';
  /** Of the site, surest first. */
  readonly incidents: readonly Incident[];
  readonly confidence: Confidence | null;
  readonly worked: number;
  readonly tried: number;
  readonly controlWorked: number;
  readonly controlTried: number;
}

/** What the test says about the site; what else the capture holds is said elsewhere. */
export function verdictOf(plan: Plan, attempts: readonly Attempt[], view: CaptureView): TestVerdict {
  const ofSite = attempts.filter(({ role, kind }) => role === 'site' && kind === 'connection');
  const ofControl = attempts.filter(({ role, kind }) => role === 'control' && kind === 'connection');
  const count = (list: readonly Attempt[], result: AttemptResult): number =>
    list.filter((attempt) => attempt.result === result).length;
  const findings = new Set(attempts.flatMap((attempt) => (attempt.role === 'site' ? attempt.findings : [])));
  const byId = new Map(view.targets.map((target) => [target.id, target]));
  const isOfSite = (incident: Incident): boolean =>
    incident.findings.some((id) => findings.has(id)) ||
    incident.targets.some((id) => {
      const target = byId.get(id);
      if (target === undefined) return false;
      if (target.domain !== null) return nameFits(target.domain, plan.site);
      return target.service !== null && target.service === plan.site.service;
    });
  const incidents = view.incidents
    .filter(isOfSite)
    .sort((a, b) => rank(b.confidence) - rank(a.confidence) || b.failed - a.failed);
  const lead = incidents[0]?.confidence ?? null;
  const worked = count(ofSite, 'worked');
  const controlWorked = count(ofControl, 'worked');
  const isSeen = attempts.some(({ role }) => role === 'site');
  const kind =
    !isSeen && incidents.length === 0
      ? 'unseen'
      : lead !== null && atLeast(lead, 'likely')
        ? 'found'
        : ofControl.length > 0 && controlWorked === 0 && worked === 0
          ? 'offline'
          : lead === 'possible'
            ? 'maybe'
            : incidents.length > 0 || worked === 0 || count(ofSite, 'failed') > 0
              ? 'unclear'
              : 'worked';
  return {
    kind,
    incidents,
    confidence: lead,
    worked,
    tried: ofSite.length,
    controlWorked,
    controlTried: ofControl.length,
  };
}

/** Of the capture what is about the site, so that a headline over it is. */
export function ofSite(view: CaptureView, { site }: Plan, incidents: readonly Incident[]): CaptureView {
  const targets = view.targets.filter(({ domain, service }) =>
    domain === null ? service !== null && service === site.service : nameFits(domain, site),
  );
  const services = view.head?.services.filter(({ service }) => service === site.service) ?? [];
  return { ...view, incidents, targets, head: view.head === null ? null : { ...view.head, services } };
}

/** The finding that says most about an attempt. */
export function leadFinding(attempt: Attempt, findings: readonly Finding[]): Finding | null {
  return (
    findings
      .filter(({ id, state }) => state !== 'withdrawn' && attempt.findings.includes(id))
      .sort((a, b) => rank(b.confidence) - rank(a.confidence))[0] ?? null
  );
}
