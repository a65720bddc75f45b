// From a result and what a second look at the capture gave to one report, which every document is made from. Pure: the
// same input gives the same report, in the command line and in the app's preview.

import type { Analysis, Finding, Incident, Target } from '../contract/analysis.ts';
import type { DECLARED_FIELDS } from '../contract/report.ts';
import { rank } from '../domain/vocabulary.ts';
import { serviceName } from '../i18n/words.ts';
import type { Anonymiser } from './anonymise.ts';
import { checklistOf } from './checklist.ts';
import {
  type Claim,
  type FrameNumber,
  type HeaderRow,
  type IncidentReport,
  REPORT_SCHEMA,
  type ReportFinding,
  type ReportIncident,
  type ReportLadder,
  type ReportLanguage,
  type VantageField,
} from './schema.ts';
import { wordsOf } from './wording/index.ts';
import type { Wording } from './wording/words.ts';

/** Frames listed of a claim, control or finding; the others are counted. */
const LISTED_FRAMES = 24;
const MAX_CLAIMS = 40;
const LADDER_LINES = 24;
const HEADER_ROWS = 12;
const MAX_DNS = 12;
const MAX_CONTROLS = 24;
/** Findings described one by one; each is a row of packets.csv all the same. */
const MAX_FINDINGS = 200;

/** As the ladders of main/incident, which cross to here as plain data. */
export interface LadderInput {
  readonly client: string;
  readonly server: string;
  readonly lines: readonly {
    readonly frame: number;
    readonly offset: number;
    readonly fromClient: boolean;
    readonly notation: string;
    readonly role: 'trigger' | 'forged' | 'genuine' | 'affected' | null;
    readonly skipped: number;
  }[];
  readonly skipped: number;
}

/** What is asked of a cited frame, as it is published. */
export interface FrameInput {
  readonly original: number;
  readonly evidence: number;
  readonly seconds: number;
  readonly nanos: number;
  readonly facts: {
    readonly source: string;
    readonly destination: string;
    readonly sourcePort: number;
    readonly destinationPort: number;
    readonly protocol: string;
    readonly ttl: number;
    readonly ipId: number | null;
    readonly dontFragment: boolean | null;
    readonly payload: number;
    readonly tcp: {
      readonly seq: number;
      readonly flags: string;
      readonly window: number;
      readonly options: string;
    } | null;
  } | null;
}

export interface ReportOptions {
  readonly language: ReportLanguage;
  readonly created: string | null;
  readonly title: string | null;
  readonly author: string | null;
  readonly context: string | null;
  readonly themes: readonly string[];
  readonly licence: string;
  readonly platform: string | null;
  /** What the author says of where it was taken, beyond what the analysis was told. */
  readonly vantage: { readonly [K in (typeof DECLARED_FIELDS)[number]]?: string | undefined };
  readonly without: IncidentReport['without'];
  readonly times: IncidentReport['redaction']['times'];
  readonly disagreements: IncidentReport['disagreements'];
}

export interface ReportInput {
  readonly analysis: Analysis;
  readonly ladders: Readonly<Record<string, LadderInput>>;
  /** Those to be reported, in order. */
  readonly incidents: readonly Incident[];
  readonly frames: readonly FrameInput[];
  readonly anonymiser: Anonymiser;
  readonly capture: Pick<IncidentReport['capture'], 'name' | 'snaplens' | 'received' | 'dropped'>;
  readonly redaction: IncidentReport['redaction'];
  readonly thresholds: IncidentReport['thresholds'];
  readonly lists: IncidentReport['lists'];
  readonly files: readonly string[];
  readonly options: ReportOptions;
}

/** Findings of the incidents, in order of their ids. */
export function findingsOf(analysis: Analysis, incidents: readonly Incident[]): Finding[] {
  const wanted = new Set(incidents.flatMap((incident) => incident.findings));
  return analysis.findings.filter(({ id }) => wanted.has(id));
}

/** Every frame that the report will speak of. */
export function citedFrames(
  analysis: Analysis,
  incidents: readonly Incident[],
  ladders: Readonly<Record<string, LadderInput>>,
): Set<number> {
  const cited = new Set<number>();
  const all = (frames: readonly number[]): void => {
    for (const frame of frames) cited.add(frame);
  };
  for (const finding of findingsOf(analysis, incidents)) {
    for (const role of ['trigger', 'forged', 'genuine', 'affected'] as const) all(finding.frames[role]);
    for (const item of finding.evidence) all(item.frames);
    for (const control of finding.controls) all(control.frames);
    if (finding.dns !== null) {
      all(finding.dns.query.frames);
      all(finding.dns.answers.map(({ frame }) => frame));
    }
    const ladder = Object.hasOwn(ladders, finding.id) ? ladders[finding.id] : undefined;
    if (ladder !== undefined) all(ladder.lines.map(({ frame }) => frame));
  }
  const targets = new Map(analysis.targets.map((target) => [target.id, target]));
  for (const incident of incidents) for (const id of incident.targets) all(targets.get(id)?.frames ?? []);
  return cited;
}

export function buildReport(input: ReportInput): IncidentReport {
  const { analysis, anonymiser, options } = input;
  const book = new FrameBook(input.frames);
  const findings = new Map(findingsOf(analysis, input.incidents).map((finding) => [finding.id, finding]));
  const targets = new Map(analysis.targets.map((target) => [target.id, target]));
  let claims = 0;
  const incidents = input.incidents.map((raw): ReportIncident => {
    const own = raw.findings.flatMap((id) => findings.get(id) ?? []).map((finding) => anonymiser.finding(finding));
    const incident = anonymiser.incident(raw);
    const made = new IncidentPage(incident, own, book, anonymiser, input).build(claims, targets);
    claims += made.claims.length;
    return made;
  });
  const vantage = vantageOf(analysis, anonymiser, options);
  const { capture } = analysis;
  const context = options.context === null ? null : anonymiser.text(options.context);
  return {
    schema: REPORT_SCHEMA,
    tool: { name: 'blockscope', version: analysis.tool.version, platform: options.platform },
    created: options.created,
    language: options.language,
    header: headerOf(incidents, vantage, anonymiser, options),
    capture: {
      ...input.capture,
      sha256: capture.sha256,
      format: capture.format,
      compression: capture.compression,
      linkTypes: capture.linkTypes,
      packets: capture.packets,
      bytes: capture.bytes,
      firstTime: capture.firstTime,
      lastTime: capture.lastTime,
      complete: capture.complete,
      quality: capture.quality.map((item) => ({
        ...item,
        params: anonymiser.params(item.params),
        text: anonymiser.text(item.text),
      })),
      coverage: analysis.coverage,
    },
    vantage,
    checked: analysis.checked,
    thresholds: input.thresholds,
    lists: input.lists,
    ...networksOf(analysis, incidents, anonymiser),
    incidents,
    omitted: analysis.incidents.length - incidents.length,
    redaction: input.redaction,
    disagreements: options.disagreements
      .filter(({ incident }) => incidents.some(({ id }) => id === incident))
      .map(({ incident, text }) => ({ incident, text: anonymiser.text(text) })),
    without: options.without,
    context:
      context === null
        ? null
        : { text: context, author: options.author === null ? null : anonymiser.text(options.author) },
    licence: options.licence,
    files: [...input.files],
  };
}

/** Of addresses that were replaced nothing is told: a network says much of whose they were. */
function networksOf(
  { networks }: Analysis,
  incidents: readonly ReportIncident[],
  anonymiser: Anonymiser,
): Pick<IncidentReport, 'networks'> {
  if (networks === undefined) return {};
  const shown = new Set(incidents.flatMap(({ targets }) => targets.flatMap(({ addresses }) => addresses)));
  const entries = networks.entries.filter(({ address }) => shown.has(address) && anonymiser.text(address) === address);
  return { networks: { ...networks, entries } };
}

/** Numbers of the evidence file for numbers of the original. */
class FrameBook {
  readonly #byOriginal: ReadonlyMap<number, FrameInput>;

  constructor(frames: readonly FrameInput[]) {
    this.#byOriginal = new Map(frames.map((frame) => [frame.original, frame]));
  }

  of(original: number): FrameInput | undefined {
    return this.#byOriginal.get(original);
  }

  number(original: number): FrameNumber {
    return { original, evidence: this.#byOriginal.get(original)?.evidence ?? null };
  }

  time(original: number): string | null {
    const frame = this.of(original);
    return frame === undefined ? null : `${frame.seconds}.${String(frame.nanos).padStart(9, '0')}`;
  }

  list(frames: readonly number[]): FrameNumber[] {
    return frames.slice(0, LISTED_FRAMES).map((frame) => this.number(frame));
  }
}

class IncidentPage {
  readonly #incident: Incident;
  readonly #findings: readonly Finding[];
  /** The surest first. */
  readonly #lead: Finding;
  readonly #book: FrameBook;
  readonly #anonymiser: Anonymiser;
  readonly #input: ReportInput;

  constructor(
    incident: Incident,
    findings: readonly Finding[],
    book: FrameBook,
    anonymiser: Anonymiser,
    input: ReportInput,
  ) {
    this.#incident = incident;
    this.#findings = [...findings].sort((a, b) => rank(b.confidence) - rank(a.confidence));
    this.#lead = this.#findings[0]!;
    this.#book = book;
    this.#anonymiser = anonymiser;
    this.#input = input;
  }

  build(claimsBefore: number, targets: ReadonlyMap<string, Target>): ReportIncident {
    const incident = this.#incident;
    const lead = this.#lead;
    const trigger = this.#findings.reduce(
      (best, { trigger: other }) => (rank(other.confidence) > rank(best.confidence) ? other : best),
      lead.trigger,
    );
    return {
      id: incident.id,
      techniques: incident.techniques,
      confidence: incident.confidence,
      trigger: { ...trigger },
      interference: { ...lead.interference },
      stage: lead.stage,
      place: lead.place,
      outcome: incident.outcome,
      failed: incident.failed,
      succeeded: incident.succeeded,
      firstTime: incident.firstTime,
      lastTime: incident.lastTime,
      verdict: incident.verdict,
      next: incident.next,
      targets: incident.targets.flatMap((id) => {
        const target = targets.get(id);
        if (target === undefined) return [];
        const { domain, addresses, port, transport, service, surface } = this.#anonymiser.target(target);
        return [{ id, domain, addresses, port, transport, service, surface }];
      }),
      findings: [...this.#findings]
        .sort((a, b) => numberOf(a.id) - numberOf(b.id))
        .slice(0, MAX_FINDINGS)
        .map((finding) => this.#finding(finding)),
      claims: this.#claims(claimsBefore),
      headers: this.#headers(),
      dns: this.#dns(),
      controls: this.#controls(),
      checklist: checklistOf(this.#findings, this.#input.analysis.capture.quality).map((check) => ({
        ...check,
        by: check.by.map((item) => ({ ...item })),
      })),
      ladder: this.#ladder(),
      attribution: lead.attribution,
    };
  }

  #finding(finding: Finding): ReportFinding {
    return {
      id: finding.id,
      techniques: finding.techniques,
      confidence: finding.confidence,
      effect: finding.effect,
      target: { domain: finding.target.domain, address: finding.target.address, port: finding.target.port },
      client: finding.flow?.client ?? null,
      server: finding.flow?.server ?? null,
      firstTime: finding.firstTime,
      lastTime: finding.lastTime,
      trigger: this.#book.list(finding.frames.trigger),
      forged: this.#book.list(finding.frames.forged),
      causedBy: finding.causedBy,
    };
  }

  /** The same kind of evidence about the same thing is one claim, however many findings show it. */
  #claims(before: number): Claim[] {
    const groups = new Map<string, { findings: string[]; frames: Set<number>; item: Finding['evidence'][number] }>();
    for (const finding of this.#findings) {
      for (const item of finding.evidence) {
        const about = Object.entries(item.params).filter(([, value]) => typeof value === 'string');
        const key = JSON.stringify([item.kind, item.role, about]);
        const group = groups.get(key);
        if (group === undefined) {
          groups.set(key, { findings: [finding.id], frames: new Set(item.frames), item });
        } else {
          group.findings.push(finding.id);
          for (const frame of item.frames) group.frames.add(frame);
        }
      }
    }
    return [...groups.values()].slice(0, MAX_CLAIMS).map(({ findings, frames, item }, at) => ({
      id: `E${before + at + 1}`,
      kind: item.kind,
      role: item.role,
      strength: item.strength,
      params: item.params,
      text: item.text,
      findings: findings.slice(0, LISTED_FRAMES),
      frames: this.#book.list([...frames]),
      more: Math.max(0, frames.size - LISTED_FRAMES),
    }));
  }

  /** Forged packets beside the genuine ones of the endpoint in whose name they came. */
  #headers(): HeaderRow[] {
    const { forged, genuine, trigger } = this.#lead.frames;
    // What came last before it set it off; a packet before all of them counts from the first
    const triggers = [...trigger].sort((a, b) => a - b);
    const startOf = (number: number): FrameInput | undefined =>
      this.#book.of(triggers.findLast((other) => other <= number) ?? triggers[0] ?? 0);
    const rows = (frames: readonly number[], role: HeaderRow['role']): HeaderRow[] =>
      frames.flatMap((number) => {
        const frame = this.#book.of(number);
        if (frame === undefined || frame.facts === null) return [];
        const { facts } = frame;
        const start = startOf(number);
        const client = this.#lead.flow?.client;
        const isClient = client !== undefined && client.address === facts.source && client.port === facts.sourcePort;
        return [
          {
            frame: { original: frame.original, evidence: frame.evidence },
            role,
            from: isClient ? 'client' : 'server',
            ttl: facts.ttl,
            ipId: facts.ipId,
            dontFragment: facts.dontFragment,
            flags: facts.tcp?.flags ?? null,
            window: facts.tcp?.window ?? null,
            seq: facts.tcp?.seq ?? null,
            options: facts.tcp?.options ?? null,
            payload: facts.payload,
            afterMs:
              start === undefined
                ? null
                : Math.round((frame.seconds - start.seconds) * 1e6 + (frame.nanos - start.nanos) / 1e3) / 1e3,
          } satisfies HeaderRow,
        ];
      });
    const suspect = rows(forged.slice(0, HEADER_ROWS), 'forged');
    if (suspect.length === 0) return [];
    const own = rows(genuine, 'genuine').filter((row) => suspect.some(({ from }) => from === row.from));
    return [...own.slice(0, HEADER_ROWS), ...suspect].sort((a, b) => a.frame.original - b.frame.original);
  }

  #dns(): ReportIncident['dns'] {
    return this.#findings
      .flatMap(({ id, dns }) => {
        if (dns === null) return [];
        const { name, type, resolver } = dns.query;
        const answers = dns.answers.map(({ frame, rcode, addresses, forged }) => ({
          frame: this.#book.number(frame),
          rcode,
          addresses,
          forged,
        }));
        return [{ finding: id, name, type, resolver, answers }];
      })
      .slice(0, MAX_DNS);
  }

  #controls(): ReportIncident['controls'] {
    const seen = new Map<string, ReportIncident['controls'][number]>();
    for (const { controls } of this.#findings) {
      for (const { kind, outcome, target, frames } of controls) {
        const key = JSON.stringify([kind, outcome, target]);
        if (!seen.has(key)) {
          const times = frames.slice(0, LISTED_FRAMES).flatMap((frame) => this.#book.time(frame) ?? []);
          seen.set(key, { kind, outcome, target, frames: this.#book.list(frames), times });
        }
      }
    }
    return [...seen.values()].slice(0, MAX_CONTROLS);
  }

  /** Where the engine kept no packets of the flow: the cited frames themselves, as far as they went to or fro. */
  #plainLadder(): ReportLadder | null {
    const { id, frames, target } = this.#lead;
    const roles = new Map<number, ReportLadder['lines'][number]['role']>();
    for (const role of ['affected', 'genuine', 'trigger', 'forged'] as const) {
      for (const frame of frames[role]) roles.set(frame, role);
    }
    const cited = [...roles.keys()].sort((a, b) => a - b).flatMap((frame) => this.#book.of(frame) ?? []);
    const about = cited.filter(
      ({ facts }) => facts?.source === target.address || facts?.destination === target.address,
    );
    const first = about[0];
    if (first === undefined || first.facts === null) return null;
    const shown = about.slice(0, LADDER_LINES);
    const isFromClient = (facts: NonNullable<FrameInput['facts']>): boolean => facts.source !== target.address;
    const client = isFromClient(first.facts) ? first.facts.source : first.facts.destination;
    return {
      finding: id,
      client,
      server: target.address,
      lines: shown.map(({ original, evidence, seconds, nanos, facts }) => ({
        frame: { original, evidence },
        offset: (seconds - first.seconds) * 1e9 + nanos - first.nanos,
        fromClient: isFromClient(facts!),
        notation: [
          facts!.tcp?.flags ?? facts!.protocol,
          `port ${isFromClient(facts!) ? facts!.destinationPort : facts!.sourcePort}`,
          `ttl ${facts!.ttl}`,
          ...(facts!.ipId === null ? [] : [`id 0x${facts!.ipId.toString(16).padStart(4, '0')}`]),
        ].join(' '),
        role: roles.get(original) ?? null,
        skipped: 0,
      })),
      skipped: about.length - shown.length,
    };
  }

  #ladder(): ReportLadder | null {
    const { ladders } = this.#input;
    const finding = this.#findings.find(({ id }) => Object.hasOwn(ladders, id));
    if (finding === undefined) return this.#plainLadder();
    const ladder = ladders[finding.id]!;
    return {
      finding: finding.id,
      client: this.#anonymiser.text(ladder.client),
      server: this.#anonymiser.text(ladder.server),
      lines: ladder.lines.map(({ frame, offset, fromClient, notation, role, skipped }) => ({
        frame: this.#book.number(frame),
        offset,
        fromClient,
        notation: this.#anonymiser.text(notation),
        role,
        skipped,
      })),
      skipped: ladder.skipped,
    };
  }
}

export function numberOf(id: string): number {
  return Number(id.slice(1));
}

function vantageOf(analysis: Analysis, anonymiser: Anonymiser, options: ReportOptions): IncidentReport['vantage'] {
  const { role, local, resolvers, network, country } = anonymiser.vantage(analysis.capture.vantage);
  const declared = (field: VantageField, value: string | null | undefined): IncidentReport['vantage'][number] =>
    value === null || value === undefined || value === ''
      ? { field, value: [], basis: 'not-stated' }
      : { field, value: [anonymiser.text(value)], basis: 'declared' };
  const seen = (field: VantageField, value: readonly string[]): IncidentReport['vantage'][number] =>
    value.length === 0 ? { field, value: [], basis: 'not-stated' } : { field, value: [...value], basis: 'inferred' };
  return [
    {
      field: 'role',
      value: role.value === 'unknown' ? [] : [role.value],
      basis: role.basis === 'unknown' || role.value === 'unknown' ? 'not-stated' : role.basis,
    },
    declared('country', options.vantage.country ?? country),
    declared('network', options.vantage.network ?? network),
    declared('asn', options.vantage.asn),
    declared('access', options.vantage.access),
    options.vantage.resolver === undefined
      ? seen('resolver', resolvers)
      : declared('resolver', options.vantage.resolver),
    declared('vpn', options.vantage.vpn),
    seen('local', local),
  ];
}

function headerOf(
  incidents: readonly ReportIncident[],
  vantage: IncidentReport['vantage'],
  anonymiser: Anonymiser,
  options: ReportOptions,
): IncidentReport['header'] {
  const value = (field: VantageField): string[] => vantage.find((row) => row.field === field)?.value ?? [];
  const domains = new Set(incidents.flatMap((incident) => incident.targets.flatMap(({ domain }) => domain ?? [])));
  const times = incidents
    .flatMap(({ firstTime, lastTime }) => [firstTime, lastTime])
    .sort((a, b) => Number(a) - Number(b));
  const words = wordsOf(options.language);
  return {
    title:
      options.title === null ? words.report.defaultTitle(titleNames(incidents, words)) : anonymiser.text(options.title),
    short_description: incidents
      .slice(0, 3)
      .map((incident) => words.sentence('verdict', incident.verdict.kind, incident.verdict.params))
      .join(' '),
    reported_by: anonymiser.text(options.author ?? ''),
    start_time: times.length === 0 ? null : isoTime(times[0]!, options.times),
    end_time: times.length === 0 ? null : isoTime(times.at(-1)!, options.times),
    CCs: value('country'),
    ASNs: value('asn'),
    domains: [...domains],
    themes: options.themes.map((theme) => anonymiser.text(theme)),
  };
}

/** Names; without any, services; without those, addresses. */
function titleNames(incidents: readonly ReportIncident[], words: Wording): string[] {
  const targets = incidents.flatMap((incident) => incident.targets);
  const names = targets.flatMap(({ domain }) => domain ?? []);
  const services = targets.flatMap(({ service }) => (service === null ? [] : [serviceName(words.statements, service)]));
  const addresses = targets.flatMap((target) => target.addresses);
  const chosen = [names, services, addresses].find((list) => list.length > 0) ?? [];
  return [...new Set(chosen)].slice(0, 3);
}

/**
 * Seconds since the epoch with nine digits to ISO 8601, with milliseconds or to the minute it lies in; what no calendar
 * holds stays as it is.
 */
export function isoTime(time: string, times: IncidentReport['redaction']['times'] = 'exact'): string {
  const [seconds = '0', fraction = ''] = time.split('.');
  const date = new Date(Number(seconds) * 1000);
  if (!Number.isFinite(Number(seconds)) || Number.isNaN(date.getTime())) return time;
  if (times === 'minutes') return `${date.toISOString().slice(0, 16)}Z`;
  return `${date.toISOString().slice(0, -5)}.${fraction.padEnd(3, '0').slice(0, 3)}Z`;
}
