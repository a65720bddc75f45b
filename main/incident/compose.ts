// The last stage: what following, observing and judging gave becomes one result, `blockscope.analysis/1`, and the
// ladders that a face may print beside it. Pure, so a live capture can ask again at any moment.

import type { Analysis, Finding, Incident, Target } from '../../shared/contract/analysis.ts';
import type { ErrorCode, Params, QualityKind } from '../../shared/domain/statements.ts';
import type { Technique } from '../../shared/domain/vocabulary.ts';
import { en } from '../../shared/i18n/en.ts';
import type { CaptureTime } from '../capture-file/frames.ts';
import type { Draft } from '../detect/detector.ts';
import type { EvidenceBase } from '../observe/evidence-base.ts';
import { type ClockBase, inOrder, timeText, toFinding } from './findings.ts';
import type { FindingHistory, Said } from './history.ts';
import { groupIncidents } from './incidents.ts';
import { type Ladder, Ladders } from './ladder.ts';
import { NameBook } from './names.ts';
import { judgeServices } from './services.ts';
import { type TargetGroup, Targets } from './targets.ts';

/** What reading knows of the capture as a file or session. */
export interface CaptureMeta {
  readonly path: string;
  readonly sha256: string | null;
  readonly format: 'pcap' | 'pcapng' | null;
  readonly compression: 'gzip' | 'zstd' | null;
  readonly linkTypes: readonly string[];
  readonly packets: number;
  readonly bytes: number;
  /** How every `time` of the evidence base and the drafts becomes one of the epoch. Never empty. */
  readonly clock: readonly ClockBase[];
  /** As the frames say, apart from any leap; null when no frame was read. */
  readonly firstTime: CaptureTime | null;
  readonly lastTime: CaptureTime | null;
  readonly complete: boolean;
  readonly stoppedAt: { readonly frame: number; readonly reason: string } | null;
  /** What the user said of where it was taken (keys `network` and `country` are shown; the role is in the base). */
  readonly declared: Readonly<Record<string, string>>;
}

/** A quality entry before it has a sentence. */
export interface QualityItem {
  readonly kind: QualityKind;
  readonly params: Params;
  readonly count: number;
  readonly prevents: readonly Technique[];
}

export interface ErrorItem {
  readonly code: ErrorCode;
  readonly params: Params;
  readonly offset: number | null;
}

export interface ComposeInput {
  readonly version: string;
  readonly capture: CaptureMeta;
  readonly quality: readonly QualityItem[];
  readonly error: ErrorItem | null;
  readonly coverage: Analysis['coverage'];
  readonly checked: Analysis['checked'];
  /** Imported lists that had a part in it. */
  readonly lists?: readonly Analysis['lists'][number][];
  readonly base: EvidenceBase;
  readonly drafts: readonly Draft[];
  /** Of a capture that is judged while it runs; each judgement adds to it. */
  readonly history?: FindingHistory;
}

/** Plain data throughout, so that it crosses from a worker by structured clone. */
export interface Report {
  readonly analysis: Analysis;
  /** By finding id; a finding whose packets are no longer at hand has none. */
  readonly ladders: Readonly<Record<string, Ladder>>;
}

function momentText(moment: CaptureTime | null): string | null {
  return moment === null ? null : timeText([{ from: 0, baseSecond: moment.seconds }], moment.nanos);
}

export function composeAnalysis(input: ComposeInput): Report {
  const { base, capture } = input;
  const drafts = inOrder(input.drafts);
  // While the capture runs an id stays with its draft; in the end ids follow the order of the trigger frames
  const history = input.history;
  const openHistory = base.capture.ended ? undefined : history;
  const ids = new Map(drafts.map((draft, at) => [draft.key, openHistory?.idOf(draft.key) ?? `F${at + 1}`]));
  const targets = new Targets(base, new NameBook(base, drafts), drafts);
  const all = targets.all();
  const incidents = groupIncidents(drafts, targets, base.capture);

  const targetIds = new Map(all.map((group, at) => [group, `T${at + 1}`]));
  const incidentsOf = new Map<TargetGroup, string[]>();
  incidents.forEach((incident, at) => {
    for (const group of incident.targets) {
      const before = incidentsOf.get(group);
      if (before === undefined) incidentsOf.set(group, [`I${at + 1}`]);
      else before.push(`I${at + 1}`);
    }
  });

  const findings: Finding[] = [];
  const ladders: Record<string, Ladder> = {};
  const book = new Ladders(base);
  const said = (draft: Draft, id: string, domain: string | null): Pick<Said, 'finding' | 'ladder'> => {
    const finding = toFinding(draft, id, {
      clock: capture.clock,
      ended: base.capture.ended,
      language: en,
      ids,
      domain,
      imported: base.imported ?? null,
    });
    const ladder = book.of({
      flow: draft.flow?.protocol === 'tcp' ? draft.flow.id : null,
      address: draft.target.address,
      dns: draft.dns !== null,
      frames: draft.frames,
    });
    return history?.revised(draft, domain, finding, ladder) ?? { finding, ladder };
  };
  for (const draft of drafts) {
    const id = ids.get(draft.key)!;
    const domain = targets.of(draft)[0]?.domain ?? null;
    const { finding, ladder } = openHistory?.settled(draft, domain) ?? said(draft, id, domain);
    findings.push(finding);
    if (ladder !== null) ladders[id] = ladder;
  }
  if (openHistory !== undefined) findings.push(...openHistory.withdrawn(new Set(ids.keys())));

  const analysis: Analysis = {
    schema: 'blockscope.analysis/1',
    tool: { name: 'blockscope', version: input.version },
    capture: {
      path: capture.path,
      sha256: capture.sha256,
      format: capture.format,
      compression: capture.compression,
      linkTypes: [...capture.linkTypes],
      packets: capture.packets,
      bytes: capture.bytes,
      firstTime: momentText(capture.firstTime),
      lastTime: momentText(capture.lastTime),
      complete: capture.complete,
      stoppedAt: capture.stoppedAt === null ? null : { ...capture.stoppedAt },
      vantage: {
        role: { value: base.capture.role, basis: base.capture.roleBasis },
        local: [...base.capture.local].sort().slice(0, LISTED_ADDRESSES),
        resolvers: resolversOf(base),
        network: capture.declared.network ?? null,
        country: capture.declared.country ?? null,
      },
      quality: input.quality.map((item) => ({
        kind: item.kind,
        params: plain(item.params),
        text: en.quality[item.kind](item.params, item.count),
        count: item.count,
        prevents: [...item.prevents],
      })),
    },
    error: input.error === null ? null : errorOf(input.error, capture.path),
    coverage: { ...input.coverage },
    checked: input.checked.map((row) => ({ ...row })),
    lists: (input.lists ?? []).map((list) => ({ ...list, includes: list.includes.map((file) => ({ ...file })) })),
    targets: all.map((group, at): Target => {
      const tally = targets.total(group);
      return {
        id: `T${at + 1}`,
        domain: group.domain,
        domainFrom: group.domainFrom,
        addresses: [...group.addresses].sort(),
        port: group.port,
        transport: group.transport,
        service: group.service ?? group.listed,
        surface: group.surface,
        attempts: tally.attempts,
        failed: tally.failed,
        succeeded: tally.succeeded,
        outcome: targets.outcome(group),
        frames: [...group.frames].sort((a, b) => a - b),
        incidents: incidentsOf.get(group) ?? [],
      };
    }),
    findings,
    incidents: incidents.map(
      (incident, at): Incident => ({
        id: `I${at + 1}`,
        targets: incident.targets.map((group) => targetIds.get(group)!),
        techniques: [...incident.techniques],
        confidence: incident.confidence,
        outcome: incident.outcome,
        findings: incident.drafts.map((draft) => ids.get(draft.key)!),
        failed: incident.tally.failed,
        succeeded: incident.tally.succeeded,
        firstTime: timeText(capture.clock, incident.firstTime),
        lastTime: timeText(capture.clock, incident.lastTime),
        verdict: {
          kind: incident.verdict.kind,
          params: plain(incident.verdict.params),
          text: en.verdict[incident.verdict.kind](incident.verdict.params),
        },
        next: incident.next.map((step) => ({
          kind: step.kind,
          params: plain(step.params),
          text: en.next[step.kind](step.params),
        })),
      }),
    ),
    services: judgeServices(all, targets).map(({ service, list, surfaces }) => ({
      service,
      ...(list === null ? {} : { list }),
      surfaces: surfaces.map((verdict) => ({
        surface: verdict.surface,
        state: verdict.state,
        confidence: verdict.confidence,
        targets: verdict.targets.map((group) => targetIds.get(group)!),
        incidents: [...new Set(verdict.targets.flatMap((group) => incidentsOf.get(group) ?? []))],
      })),
    })),
  };
  return { analysis, ladders };
}

function errorOf(error: ErrorItem, path: string): Analysis['error'] {
  const params = { path, ...error.params };
  const { text, hint } = en.error[error.code];
  return { code: error.code, params: plain(params), text: text(params), hint, offset: error.offset };
}

/** Addresses listed of the local side and of the resolvers. */
const LISTED_ADDRESSES = 64;

function resolversOf(base: EvidenceBase): string[] {
  const seen = new Set<string>();
  for (const exchange of base.exchanges) seen.add(exchange.resolver.address);
  return [...seen].sort().slice(0, LISTED_ADDRESSES);
}

/** A copy as the contract types it. */
function plain(params: Params): Record<string, string | number | boolean | null | string[] | number[]> {
  const copy: Record<string, string | number | boolean | null | string[] | number[]> = {};
  for (const [name, value] of Object.entries(params)) {
    copy[name] = Array.isArray(value)
      ? ([...value] as string[] | number[])
      : (value as string | number | boolean | null);
  }
  return copy;
}
