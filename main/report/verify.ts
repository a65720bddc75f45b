// Whether a bundle is what it was, and whether its evidence still says what its report says.

import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import type { Analysis, Finding } from '../../shared/contract/analysis.ts';
import { canonicalIp } from '../../shared/report/addresses.ts';
import { type IncidentReport, RESTS_ON_PAYLOAD, type ReportFinding, reportSchema } from '../../shared/report/schema.ts';
import { analyzeFile } from '../engine/analyze.ts';
import type { ImportedList } from '../enrich/list-index.ts';
import { MANIFEST } from './bundle.ts';

/** Of all files together; a report with evidence of 200,000 frames stays far below. */
const LARGEST_BUNDLE = 2 ** 30;
const MOST_FILES = 20_000;
/** Differences told one by one. */
const TOLD = 50;

export interface Check {
  readonly what: 'manifest' | 'report' | 'evidence' | 'original';
  readonly problems: readonly string[];
  readonly note: string;
}

export class BundleError extends Error {}

/** Files of a folder or a zip file, by name. */
export function readBundle(path: string): Map<string, Uint8Array> {
  const stats = statSync(path);
  const files = new Map<string, Uint8Array>();
  if (stats.isDirectory()) {
    const names = readdirSync(path).sort();
    if (names.length > MOST_FILES) throw new BundleError('too many files for a report');
    let total = 0;
    for (const name of names) {
      const size = statSync(join(path, name));
      if (!size.isFile()) continue;
      total += size.size;
      if (total > LARGEST_BUNDLE) throw new BundleError('larger than a report can be');
      files.set(name, readFileSync(join(path, name)));
    }
    return files;
  }
  if (stats.size > LARGEST_BUNDLE) throw new BundleError('larger than a report can be');
  let total = 0;
  let count = 0;
  let unpacked: Record<string, Uint8Array>;
  try {
    unpacked = unzipSync(readFileSync(path), {
      filter: ({ originalSize }) => {
        total += originalSize;
        if (total > LARGEST_BUNDLE || ++count > MOST_FILES) throw new BundleError('larger than a report can be');
        return true;
      },
    });
  } catch (error) {
    if (error instanceof BundleError) throw error;
    throw new BundleError('neither a folder nor a whole zip file');
  }
  for (const [name, bytes] of Object.entries(unpacked)) files.set(name, bytes);
  return files;
}

export function checkManifest(files: ReadonlyMap<string, Uint8Array>): Check {
  const manifest = files.get(MANIFEST);
  if (manifest === undefined) return { what: 'manifest', problems: [`${MANIFEST} is missing`], note: '' };
  const problems: string[] = [];
  const listed = new Set<string>();
  for (const line of Buffer.from(manifest).toString('utf8').split('\n')) {
    if (line === '') continue;
    const found = /^([0-9a-f]{64}) [ *](.+)$/.exec(line);
    if (found === null) {
      problems.push(`${MANIFEST} has a line that is none: ${line.slice(0, 80)}`);
      continue;
    }
    const [, hash, name] = found as unknown as [string, string, string];
    listed.add(name);
    const bytes = files.get(name);
    if (bytes === undefined) problems.push(`${name} is missing`);
    else if (createHash('sha256').update(bytes).digest('hex') !== hash) problems.push(`${name} was changed`);
  }
  for (const name of files.keys()) {
    if (name !== MANIFEST && !listed.has(name)) problems.push(`${name} is not in ${MANIFEST}`);
  }
  return { what: 'manifest', problems: problems.slice(0, TOLD), note: `${listed.size} files` };
}

/** Null, with the reason, where it is no report of this version. */
export function readReport(files: ReadonlyMap<string, Uint8Array>): { report: IncidentReport | null; check: Check } {
  const bytes = files.get('report.json');
  const no = (problem: string): { report: null; check: Check } => ({
    report: null,
    check: { what: 'report', problems: [problem], note: '' },
  });
  if (bytes === undefined) return no('report.json is missing');
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return no('report.json is no JSON');
  }
  const parsed = reportSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return no(`report.json does not fit blockscope.report/1 (${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''})`);
  }
  return { report: parsed.data, check: { what: 'report', problems: [], note: parsed.data.schema } };
}

/** What the analysis was told then, as far as the report says it. */
function told(report: IncidentReport): { local: string[]; vantage: Record<string, string> } {
  const row = (field: string) => report.vantage.find((item) => item.field === field);
  const role = row('role')?.value[0];
  const local = (row('local')?.value ?? []).filter((address) => canonicalIp(address) !== null);
  return { local, vantage: role === undefined ? {} : { role } };
}

/** The imported lists that it was made with, of those at hand; a report names them by their hashes. */
function listsOf(
  report: IncidentReport,
  own: readonly ImportedList[],
): { readonly lists: ImportedList[]; readonly problems: string[] } {
  const wanted = report.lists.flatMap(({ name, imported }) => (imported === undefined ? [] : [{ name, ...imported }]));
  const lists = own.filter(({ facts }) =>
    wanted.some(({ sha256, kind }) => facts.sha256 === sha256 && facts.kind === kind),
  );
  const missing = wanted.filter(({ sha256 }) => !lists.some(({ facts }) => facts.sha256 === sha256));
  return {
    lists,
    problems: missing.map(
      ({ name, sha256 }) => `it was made with a list that is not imported here: ${name}, SHA-256 ${sha256}`,
    ),
  };
}

export async function checkEvidence(
  report: IncidentReport,
  files: ReadonlyMap<string, Uint8Array>,
  own: readonly ImportedList[] = [],
): Promise<Check> {
  const bytes = files.get('evidence.pcapng');
  if (bytes === undefined) return { what: 'evidence', problems: ['evidence.pcapng is missing'], note: '' };
  const folder = mkdtempSync(join(tmpdir(), 'blockscope-verify-'));
  try {
    const path = join(folder, 'evidence.pcapng');
    writeFileSync(path, bytes);
    const { lists, problems } = listsOf(report, own);
    const { analysis } = await analyzeFile(path, { ...told(report), lists, hash: false });
    const compared = compareEvidence(report, analysis);
    // Without a list its findings cannot come out; that it is missing explains the rest
    return {
      what: 'evidence',
      problems: compared.problems.length > 0 ? [...problems, ...compared.problems] : [],
      note: compared.note,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Exported for tests: findings of the report against those that its evidence gives. */
export function compareEvidence(
  report: IncidentReport,
  analysis: Analysis,
): { readonly problems: readonly string[]; readonly note: string } {
  const expected = report.incidents.flatMap(({ findings }) => findings);
  const left = new Set(analysis.findings);
  const problems: string[] = [];
  let unseen = 0;
  for (const finding of expected) {
    const found = [...left].find((other) => isSame(finding, other));
    if (restsOnWhatWasLeftOut(report, finding)) {
      if (found !== undefined) left.delete(found);
      unseen++;
    } else if (found === undefined) problems.push(`${nameOf(finding)} does not come out of the evidence`);
    else {
      left.delete(found);
      if (found.confidence !== finding.confidence) {
        problems.push(`${nameOf(finding)} is ${found.confidence} in the evidence`);
      }
    }
  }
  if (report.omitted === 0) {
    for (const finding of left)
      problems.push(`the evidence gives one more: ${finding.techniques[0]!} of ${targetOf(finding)}`);
  }
  const note = `${expected.length} findings${unseen === 0 ? '' : `, ${unseen} of them rest on what was left out or replaced`}`;
  return { problems: problems.slice(0, TOLD), note };
}

/** Evidence by whole first payloads, which are left out by default. */
const BY_PAYLOAD: ReadonlySet<string> = new Set(['fully-encrypted']);
/** Evidence by networks of addresses, which replaced ones no longer show. */
const BY_NETWORK: ReadonlySet<string> = new Set(['quic-silent-everywhere']);

/** Only the original can show it. */
function restsOnWhatWasLeftOut(report: IncidentReport, finding: ReportFinding): boolean {
  const { mode, payload } = report.redaction;
  if (mode === 'none') return false;
  return report.incidents.some(({ interference, findings, claims }) => {
    if (!findings.includes(finding)) return false;
    if (claims.some(({ kind }) => BY_NETWORK.has(kind))) return true;
    const isContent = RESTS_ON_PAYLOAD.has(interference.kind) || claims.some(({ kind }) => BY_PAYLOAD.has(kind));
    return isContent && payload !== 'cited';
  });
}

function targetOf(finding: { readonly target: Finding['target'] | ReportFinding['target'] }): string {
  return finding.target.domain ?? finding.target.address;
}

function nameOf(finding: ReportFinding): string {
  return `${finding.id} (${finding.techniques[0]!} of ${targetOf(finding)}, ${finding.confidence})`;
}

/** The same judgement about the same frames, whose numbers are those of the evidence file. */
function isSame(finding: ReportFinding, other: Finding): boolean {
  const numbers = (frames: ReportFinding['forged']): number[] => frames.flatMap(({ evidence }) => evidence ?? []);
  const agree = (own: number[], theirs: readonly number[]): boolean =>
    own.length === 0 || own.some((frame) => theirs.includes(frame));
  return (
    finding.target.address === other.target.address &&
    finding.target.port === other.target.port &&
    // A name that only DNS gave stays with the DNS messages, which may not be in the evidence
    (other.target.domain === null || finding.target.domain === other.target.domain) &&
    finding.techniques.join() === other.techniques.join() &&
    agree(numbers(finding.forged), other.frames.forged) &&
    agree(numbers(finding.trigger), other.frames.trigger)
  );
}

/** With the original at hand: is it the same file, and does it still give the same findings. */
export async function checkOriginal(
  report: IncidentReport,
  path: string,
  own: readonly ImportedList[] = [],
): Promise<Check> {
  const { lists, problems: missing } = listsOf(report, own);
  const problems: string[] = [];
  const role = report.vantage.find(({ field }) => field === 'role');
  const vantage: Record<string, string> =
    role?.basis === 'declared' && role.value[0] !== undefined ? { role: role.value[0] } : {};
  const { analysis } = await analyzeFile(path, { vantage, lists });
  if (analysis.error !== null && analysis.capture.packets === 0) {
    return { what: 'original', problems: [analysis.error.text], note: '' };
  }
  if (report.capture.sha256 !== analysis.capture.sha256) problems.push('it is another file: its SHA-256 differs');
  if (report.tool.version !== analysis.tool.version) {
    problems.push(`the report was made by version ${report.tool.version}, this is ${analysis.tool.version}`);
  }
  const byId = new Map(analysis.findings.map((finding) => [finding.id, finding]));
  let count = 0;
  for (const incident of report.incidents) {
    for (const finding of incident.findings) {
      count++;
      const other = byId.get(finding.id);
      const frames = (list: ReportFinding['forged']): string => list.map(({ original }) => original).join();
      if (other === undefined) problems.push(`${nameOf(finding)} does not come out of it`);
      else if (
        finding.techniques.join() !== other.techniques.join() ||
        finding.confidence !== other.confidence ||
        frames(finding.forged) !== other.frames.forged.slice(0, finding.forged.length).join() ||
        frames(finding.trigger) !== other.frames.trigger.slice(0, finding.trigger.length).join()
      ) {
        problems.push(`${nameOf(finding)} comes out otherwise: ${other.techniques[0]!}, ${other.confidence}`);
      }
    }
  }
  if (problems.length > 0) problems.unshift(...missing);
  return { what: 'original', problems: problems.slice(0, TOLD), note: `${count} findings` };
}
