// A report from a capture: analysis, a second look at the cited frames, one model, all documents of it.

import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { Analysis, Finding, Incident } from '../../shared/contract/analysis.ts';
import { canonicalIp, ipText, macText } from '../../shared/report/addresses.ts';
import { Anonymiser } from '../../shared/report/anonymise.ts';
import { coverOf } from '../../shared/report/cover.ts';
import { json } from '../../shared/report/harmless.ts';
import {
  buildReport,
  citedFrames,
  findingsOf,
  type LadderInput,
  type ReportOptions,
} from '../../shared/report/model.ts';
import { Pseudonyms, type Replaced } from '../../shared/report/pseudonyms.ts';
import type { IncidentReport } from '../../shared/report/schema.ts';
import { RESTS_ON_PAYLOAD } from '../../shared/report/schema.ts';
import { wordsOf } from '../../shared/report/wording/index.ts';
import { frameComments } from './comments.ts';
import { type Evidence, evidenceFile, publish } from './evidence.ts';
import { fontFaces } from './fonts.ts';
import { renderHtml } from './html.ts';
import { destinationOf, sourceOf } from './layout.ts';
import { renderMarkdown } from './markdown.ts';
import { freshPermutation } from './permute.ts';
import { hardwareAddresses } from './rewrite.ts';
import { Secrets } from './secrets.ts';
import { type Selection, select } from './select.ts';
import { ladder, ladderName, standalone, timeline } from './svg.ts';
import { incidentsCsv, packetsCsv } from './tables.ts';
import { THRESHOLDS } from './thresholds.ts';
import { MANIFEST } from './write.ts';

export { MANIFEST };

const LISTS: IncidentReport['lists'] = [
  { name: 'citizenlab/filtering-annotations (block addresses)', date: '2022-03' },
  { name: 'v2fly/domain-list-community (table of services)', date: '2026-08' },
];

export interface BundleOptions extends ReportOptions {
  /** Ids of incidents; empty: every one. */
  readonly incidents: readonly string[];
  readonly pseudonyms: IncidentReport['redaction']['mode'];
  readonly payload: IncidentReport['redaction']['payload'];
  readonly direction: IncidentReport['redaction']['direction'];
  readonly rebaseTimestamps: boolean;
  /** Addresses and names that the author lets stay. */
  readonly keep: readonly string[];
  /** In place of the file's name. */
  readonly captureName: string | null;
  /** Whose networks addresses are in; looked up before a draft is made. */
  readonly networks?: boolean | undefined;
}

/** What of a report's options decides which frames are read again. */
export type Scope = Pick<BundleOptions, 'incidents' | 'direction'>;

/** Everything but the writing: what is shown before anything is written, and what would be. */
export interface Draft {
  readonly report: IncidentReport;
  readonly replaced: readonly Replaced[];
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly page: string;
  /** The page without the fonts inside it. */
  readonly plainPage: string;
  readonly evidence: Evidence;
}

export class ReportError extends Error {
  readonly code: 'unknown-incident' | 'would-leak';

  constructor(code: ReportError['code'], message: string) {
    super(message);
    this.code = code;
  }
}
/** Its name is its user's word for it, and may say who they are. */
function imported(list: Analysis['lists'][number], anonymiser: Anonymiser): IncidentReport['lists'][number] {
  const { kind, sha256, entries, licence } = list;
  const name = anonymiser.text(list.source === null ? list.name : `${list.name} (${list.source})`);
  return { name, date: list.date ?? list.imported, imported: { kind, sha256, entries, licence } };
}

/** What the engine gave; ladders as plain data. */
export interface Analyzed {
  readonly analysis: Analysis;
  readonly ladders: Readonly<Record<string, LadderInput>>;
}

export async function draftReport(path: string, analyzed: Analyzed, options: BundleOptions): Promise<Draft> {
  return draftFrom(await selectFrames(path, analyzed, options), basename(path), analyzed, options);
}

/** Reads the capture again, twice. */
export function selectFrames(
  path: string,
  { analysis, ladders }: Analyzed,
  { incidents: ids, direction }: Scope,
  signal?: AbortSignal,
): Promise<Selection> {
  const incidents = chosen(analysis, ids);
  const local = localAddresses(analysis, findingsOf(analysis, incidents));
  const localSet = new Set(local.map((address) => canonicalIp(address) ?? address));
  return select(
    path,
    {
      packets: analysis.capture.packets,
      cited: citedFrames(analysis, incidents, ladders),
      names: namesFromAnswers(analysis, incidents),
      direction,
      isLocal: (address) => localSet.has(ipText(address)),
    },
    signal,
  );
}

/** `name`: of the capture, where the options say no other. */
export function draftFrom(selection: Selection, name: string, analyzed: Analyzed, options: BundleOptions): Draft {
  const { analysis, ladders } = analyzed;
  const incidents = chosen(analysis, options.incidents);
  const findings = findingsOf(analysis, incidents);
  const local = localAddresses(analysis, findings);
  const { addresses, taken } = addressesOf(selection, analysis);
  const pseudonyms = new Pseudonyms({
    local,
    keep: coverOf(analysis, incidents, findings, options.keep).keep,
    taken,
    off: options.pseudonyms === 'none',
    ...(options.pseudonyms === 'prefix' ? { permute: freshPermutation(addresses, taken) } : {}),
  });
  const evidence = publish(selection, pseudonyms, {
    anonymise: options.pseudonyms !== 'none',
    rebaseTimestamps: options.rebaseTimestamps,
    headersOnly: options.payload === 'headers',
    whole: options.payload === 'cited' ? citedPayloads(findings) : certificates(findings),
    keepTarget: findings.some(({ trigger }) => trigger.kind === 'http-content'),
  });
  const anonymiser = new Anonymiser(pseudonyms);
  const build = (files: readonly string[]): IncidentReport =>
    buildReport({
      analysis,
      ladders,
      incidents,
      frames: evidence.frames,
      anonymiser,
      capture: {
        name: anonymiser.text(options.captureName ?? name),
        ...interfacesOf(selection),
      },
      redaction: redactionOf(selection, evidence, pseudonyms, options),
      thresholds: THRESHOLDS.map(({ rule, name, value }) => ({ rule, name, value })),
      lists: [...LISTS, ...analysis.lists.map((list) => imported(list, anonymiser))],
      files,
      options,
    });
  // Building names values that no packet showed; the list of replacements is complete after it
  const report = build(fileNames(build([]).incidents));
  const words = wordsOf(options.language);
  const comments = frameComments(report, findings, evidence);
  const plainPage = renderHtml(report, words);
  const page = renderHtml(report, words, fontFaces(options.language, plainPage));
  const texts = new Map<string, string>([
    ['report.html', page],
    ['report.md', renderMarkdown(report, words)],
    ['report.json', json(report)],
    ['incidents.csv', incidentsCsv(report, words)],
    ['packets.csv', packetsCsv(evidence, comments)],
    ['timeline.svg', standalone(timeline(report, words), words)],
  ]);
  for (const incident of report.incidents) {
    const drawn = ladder(incident, words);
    if (drawn !== null) texts.set(ladderName(incident), standalone(drawn, words));
  }
  const files = new Map<string, Uint8Array>();
  for (const [name, text] of texts) files.set(name, Buffer.from(text));
  const replaced = pseudonyms.list();
  // Fonts are bytes of a package and no text of ours
  refuseLeaks(new Map(files).set('report.html', Buffer.from(plainPage)), replaced);
  const about = {
    application: `Blockscope ${analysis.tool.version}`,
    comment: `Evidence of a Blockscope report. SHA-256 of the original capture: ${analysis.capture.sha256 ?? 'not computed'}`,
  };
  files.set('evidence.pcapng', Buffer.concat(evidenceFile(evidence, selection, about, comments)));
  return { report, replaced, files, page, plainPage, evidence };
}

function chosen(analysis: Analysis, ids: readonly string[]): Incident[] {
  if (ids.length === 0) return analysis.incidents;
  return ids.map((id) => {
    const found = analysis.incidents.find((incident) => incident.id === id);
    if (found !== undefined) return found;
    const known = analysis.incidents.map((incident) => incident.id);
    throw new ReportError(
      'unknown-incident',
      `there is no incident ${id}; ${known.length === 0 ? 'none was found' : `found were ${known.join(', ')}`}`,
    );
  });
}

/** Frames whose content is the evidence: what was put in, and what stood there before. */
/** Of an interception the certificate is the evidence: the interceptor wrote it, and nobody who recorded. */
function certificates(findings: readonly Finding[]): Set<number> {
  const intercepted = findings.filter(({ interference }) => interference.kind === 'tls-mitm');
  return new Set(intercepted.flatMap(({ frames }) => frames.forged));
}

function citedPayloads(findings: readonly Finding[]): Set<number> {
  const cited = new Set<number>();
  for (const { interference, frames, evidence } of findings) {
    if (!RESTS_ON_PAYLOAD.has(interference.kind)) continue;
    for (const frame of [...frames.forged, ...frames.genuine, ...evidence.flatMap((item) => item.frames)]) {
      cited.add(frame);
    }
  }
  return cited;
}

function namesFromAnswers(analysis: Analysis, incidents: readonly Incident[]): Set<string> {
  const wanted = new Set(incidents.flatMap(({ targets }) => targets));
  const named = analysis.targets.filter(({ id, domainFrom }) => domainFrom === 'dns' && wanted.has(id));
  return new Set(named.flatMap(({ domain }) => domain?.toLowerCase() ?? []));
}

/** Whoever recorded, and the clients of what is reported: on the side of people, whichever side recorded. */
function localAddresses(analysis: Analysis, findings: readonly Finding[]): string[] {
  const local = new Set(analysis.capture.vantage.local);
  for (const { flow } of findings) if (flow !== null) local.add(flow.client.address);
  return [...local];
}

/** Every address of the capture that a replacement must not be mistaken for. */
function addressesOf(selection: Selection, analysis: Analysis): { addresses: Uint8Array[]; taken: Set<string> } {
  const byText = new Map<string, Uint8Array>();
  const hardware = new Set<string>();
  for (const frame of selection.frames) {
    const { bytes, layout } = frame;
    for (const mac of hardwareAddresses(frame)) hardware.add(macText(mac));
    if (layout === null) continue;
    for (const address of [sourceOf(bytes, layout), destinationOf(bytes, layout)]) {
      const text = ipText(address);
      if (!byText.has(text)) byText.set(text, address);
    }
  }
  const taken = new Set([...byText.keys(), ...hardware]);
  const visit = (value: unknown): void => {
    if (typeof value === 'string') {
      const text = canonicalIp(value);
      if (text !== null) taken.add(text);
    } else if (Array.isArray(value)) for (const item of value) visit(item);
    else if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) visit(item);
  };
  visit([analysis.capture.vantage, analysis.targets, analysis.findings]);
  return { addresses: [...byText.values()], taken };
}

function interfacesOf(selection: Selection): Pick<IncidentReport['capture'], 'snaplens' | 'received' | 'dropped'> {
  const known = (values: (number | null)[]): number | null => {
    const said = values.filter((value) => value !== null);
    return said.length === 0 ? null : said.reduce((sum, value) => sum + value, 0);
  };
  const { interfaces } = selection;
  return {
    snaplens: [...new Set(interfaces.map(({ snaplen }) => snaplen))].sort((a, b) => a - b).slice(0, 16),
    received: known(interfaces.map(({ received }) => received)),
    dropped: known(interfaces.map(({ dropped }) => dropped)),
  };
}

function redactionOf(
  selection: Selection,
  evidence: Evidence,
  pseudonyms: Pseudonyms,
  options: BundleOptions,
): IncidentReport['redaction'] {
  return {
    mode: options.pseudonyms,
    payload: options.payload,
    direction: options.direction,
    times: options.times,
    rebasedTimestamps: options.rebaseTimestamps,
    replaced: pseudonyms.list().map(({ kind, label, replacement, places }) => ({ kind, label, replacement, places })),
    kept: pseudonyms.kept().sort((a, b) => (a.value < b.value ? -1 : 1)),
    frames: evidence.frames.length,
    cutFrames: evidence.cutFrames,
    cutBytes: evidence.cutBytes,
    others: selection.others,
    limited: selection.limited,
    comments: selection.comments,
    invalidChecksums: evidence.frames.filter(
      ({ ipChecksum, transportChecksum }) => ipChecksum === 'invalid' || transportChecksum === 'invalid',
    ).length,
  };
}

/** Which ladders there are shows when the report is built. */
function fileNames(incidents: IncidentReport['incidents']): string[] {
  return [
    'report.html',
    'report.md',
    'report.json',
    'incidents.csv',
    'packets.csv',
    'evidence.pcapng',
    'timeline.svg',
    ...incidents.filter((incident) => incident.ladder !== null).map(ladderName),
    MANIFEST,
  ];
}

/** The net below everything else: better no report than one that names somebody. */
function refuseLeaks(files: ReadonlyMap<string, Uint8Array>, replaced: readonly Replaced[]): void {
  // A name of one label may be an ordinary word of a report
  const secrets = new Secrets(
    replaced.filter(({ kind, original }) => kind !== 'name' || original.includes('.')),
    true,
  );
  for (const [name, bytes] of files) {
    const at = secrets.find(bytes, 0, bytes.length);
    if (at >= 0)
      throw new ReportError(
        'would-leak',
        `${name} would still hold a value that was to be replaced; nothing was written`,
      );
  }
}

/** `sha256sum -c` reads it. */
export function manifestOf(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const names = [...files.keys()].filter((name) => name !== MANIFEST).sort();
  const lines = names.map((name) => `${createHash('sha256').update(files.get(name)!).digest('hex')}  ${name}\n`);
  return Buffer.from(lines.join(''));
}
