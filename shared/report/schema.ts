// The report `blockscope.report/1`: what every document of a bundle is made from. The schema is the definition. Values
// in it are as they are published; times are decimal seconds since the epoch, or milliseconds where the name says so.

import { z } from 'zod';
import {
  alternativeSchema,
  analysisSchema,
  controlSchema,
  incidentSchema,
  listSchema,
  qualitySchema,
} from '../contract/analysis.ts';
import {
  DIRECTIONS,
  OPTIONAL_SECTIONS,
  PAYLOAD_MODES,
  PSEUDONYM_MODES,
  REPLACED_KINDS,
  REPORT_LANGUAGES,
  TIME_MODES,
  VANTAGE_FIELDS,
} from '../contract/report.ts';
import {
  CONFIDENCES,
  EFFECTS,
  INTERFERENCES,
  OUTCOMES,
  PLACES,
  STAGES,
  STRENGTHS,
  SURFACES,
  TECHNIQUES,
  TRIGGERS,
} from '../domain/vocabulary.ts';

export { REPORT_LANGUAGES, type ReportLanguage, VANTAGE_FIELDS, type VantageField } from '../contract/report.ts';

export const REPORT_SCHEMA = 'blockscope.report/1';

/** Printed in every report, in this order, whatever was found. */
export const CHECKLIST_ITEMS = [
  'server-closed',
  'server-policy',
  'local-filter',
  'gateway',
  'loss',
  'dns-variation',
  'stale-cache',
  'capture',
  'clock',
  'ttl-mirroring',
] as const;
export type ChecklistItem = (typeof CHECKLIST_ITEMS)[number];

export const CHECKLIST_STATES = ['ruled-out', 'weakened', 'open', 'not-examined', 'does-not-apply'] as const;
export type ChecklistState = (typeof CHECKLIST_STATES)[number];

/** Why a state holds where no detector weighed it. */
export const CHECKLIST_REASONS = [
  'no-dns-involved',
  'capture-is-whole',
  'capture-lacks',
  'clock-is-steady',
  'clock-jumps',
  'ttl-differs',
  'ttl-equal',
  'not-weighed',
] as const;
export type ChecklistReason = (typeof CHECKLIST_REASONS)[number];

export const BASES = ['declared', 'inferred', 'not-stated'] as const;

/** Limits that the rules decide by. */
export const THRESHOLD_NAMES = [
  'reset-too-soon',
  'ttl-hops',
  'repetitions',
  'one-burst',
  'hello-retransmissions',
  'lossy',
  'answer-too-soon',
  'unrelated-names',
  'unanswered-queries',
  'span',
  'unanswered-requests',
  'unanswered-datagrams',
  'cutoff-least-bytes',
  'cutoff-most-bytes',
  'cutoff-silence',
  'policer-losses',
  'policer-explained',
  'times-faster',
  'page-too-soon',
  'comparison-window',
  'incident-pause',
] as const;
export type ThresholdName = (typeof THRESHOLD_NAMES)[number];

/** Interferences that show in what was sent and not in how: without the payload the evidence cannot repeat them. */
export const RESTS_ON_PAYLOAD: ReadonlySet<string> = new Set(['block-page', 'data-injection']);

const count = z.int().nonnegative();
const time = z.string();
const confidence = z.enum(CONFIDENCES);
const endpoint = z.strictObject({ address: z.string(), port: z.int() });

/** A frame under both its numbers; `evidence` is null where the evidence file leaves it out. */
const frameSchema = z.strictObject({ original: z.int().positive(), evidence: z.int().positive().nullable() });
export type FrameNumber = z.infer<typeof frameSchema>;

const claimSchema = z.strictObject({
  /** `E1` and on, through the whole report. */
  id: z.string(),
  kind: z.string(),
  role: z.enum(['supports', 'contradicts', 'neutral']),
  strength: z.enum(STRENGTHS),
  params: alternativeSchema.shape.params,
  text: z.string(),
  /** Findings that show it; the sentence and its numbers are those of the first. */
  findings: z.array(z.string()),
  frames: z.array(frameSchema),
  /** Frames beyond those listed. */
  more: count,
});
export type Claim = z.infer<typeof claimSchema>;

const headerSchema = z.strictObject({
  frame: frameSchema,
  role: z.enum(['forged', 'genuine']),
  from: z.enum(['client', 'server']),
  ttl: z.int(),
  ipId: z.int().nullable(),
  dontFragment: z.boolean().nullable(),
  flags: z.string().nullable(),
  window: z.int().nullable(),
  seq: z.number().nullable(),
  /** Kinds of the TCP options in order. */
  options: z.string().nullable(),
  payload: count,
  /** Since what set it off, milliseconds. */
  afterMs: z.number().nullable(),
});
export type HeaderRow = z.infer<typeof headerSchema>;

const ladderSchema = z.strictObject({
  finding: z.string(),
  client: z.string(),
  server: z.string(),
  lines: z.array(
    z.strictObject({
      frame: frameSchema,
      /** Nanoseconds since the first line. */
      offset: z.number(),
      fromClient: z.boolean(),
      notation: z.string(),
      role: z.enum(['trigger', 'forged', 'genuine', 'affected']).nullable(),
      skipped: count,
    }),
  ),
  skipped: count,
});
export type ReportLadder = z.infer<typeof ladderSchema>;

const findingSchema = z.strictObject({
  id: z.string(),
  techniques: z.array(z.enum(TECHNIQUES)),
  confidence,
  effect: z.enum(EFFECTS),
  target: z.strictObject({ domain: z.string().nullable(), address: z.string(), port: z.int() }),
  client: endpoint.nullable(),
  server: endpoint.nullable(),
  firstTime: time,
  lastTime: time,
  trigger: z.array(frameSchema),
  forged: z.array(frameSchema),
  causedBy: z.string().nullable(),
});
export type ReportFinding = z.infer<typeof findingSchema>;

const checkSchema = z.strictObject({
  item: z.enum(CHECKLIST_ITEMS),
  state: z.enum(CHECKLIST_STATES),
  /** What the detectors weighed. */
  by: z.array(alternativeSchema),
  reason: z.enum(CHECKLIST_REASONS).nullable(),
});
export type Check = z.infer<typeof checkSchema>;

const reportIncidentSchema = z.strictObject({
  id: z.string(),
  techniques: z.array(z.enum(TECHNIQUES)),
  confidence,
  trigger: z.strictObject({ kind: z.enum(TRIGGERS), value: z.string().nullable(), confidence }),
  interference: z.strictObject({
    kind: z.enum(INTERFERENCES),
    variant: z.string(),
    direction: z.enum(['to-client', 'to-server', 'both']),
  }),
  stage: z.enum(STAGES),
  place: z.enum(PLACES),
  outcome: z.enum(OUTCOMES),
  failed: count,
  succeeded: count,
  firstTime: time,
  lastTime: time,
  verdict: incidentSchema.shape.verdict,
  next: incidentSchema.shape.next,
  targets: z.array(
    z.strictObject({
      id: z.string(),
      domain: z.string().nullable(),
      addresses: z.array(z.string()),
      port: z.int(),
      transport: z.enum(['tcp', 'udp', 'quic', 'dns']),
      service: z.string().nullable(),
      surface: z.enum(SURFACES).nullable(),
    }),
  ),
  findings: z.array(findingSchema),
  claims: z.array(claimSchema),
  headers: z.array(headerSchema),
  dns: z.array(
    z.strictObject({
      finding: z.string(),
      name: z.string(),
      type: z.string(),
      resolver: z.string(),
      answers: z.array(
        z.strictObject({ frame: frameSchema, rcode: z.int(), addresses: z.array(z.string()), forged: z.boolean() }),
      ),
    }),
  ),
  controls: z.array(
    /** `times`: of those frames that are in the evidence file. */
    controlSchema.omit({ frames: true }).extend({ frames: z.array(frameSchema), times: z.array(time) }),
  ),
  checklist: z.array(checkSchema),
  ladder: ladderSchema.nullable(),
  attribution: analysisSchema.shape.findings.element.shape.attribution,
});
export type ReportIncident = z.infer<typeof reportIncidentSchema>;

export const reportSchema = z.strictObject({
  schema: z.literal(REPORT_SCHEMA),
  tool: z.strictObject({ name: z.literal('blockscope'), version: z.string(), platform: z.string().nullable() }),
  /** Of the report, ISO 8601; null where the author chose to state none. */
  created: z.string().nullable(),
  language: z.enum(REPORT_LANGUAGES),
  /** As OONI heads its findings, so that they can be filed beside each other. */
  header: z.strictObject({
    title: z.string(),
    short_description: z.string(),
    reported_by: z.string(),
    start_time: z.string().nullable(),
    end_time: z.string().nullable(),
    CCs: z.array(z.string()),
    ASNs: z.array(z.string()),
    domains: z.array(z.string()),
    themes: z.array(z.string()),
  }),
  capture: z.strictObject({
    /** A file name, never a path. */
    name: z.string(),
    sha256: z.string().nullable(),
    format: z.enum(['pcap', 'pcapng']).nullable(),
    compression: z.enum(['gzip', 'zstd']).nullable(),
    linkTypes: z.array(z.string()),
    packets: count,
    bytes: z.number().nonnegative(),
    firstTime: time.nullable(),
    lastTime: time.nullable(),
    complete: z.boolean(),
    /** 0: unlimited. */
    snaplens: z.array(z.int()),
    received: z.number().nullable(),
    dropped: z.number().nullable(),
    quality: z.array(qualitySchema),
    coverage: analysisSchema.shape.coverage,
  }),
  vantage: z.array(z.strictObject({ field: z.enum(VANTAGE_FIELDS), value: z.array(z.string()), basis: z.enum(BASES) })),
  checked: analysisSchema.shape.checked,
  /** Limits that the rules decide by. */
  thresholds: z.array(z.strictObject({ rule: z.string(), name: z.enum(THRESHOLD_NAMES), value: z.string() })),
  /** What single facts were taken from; with a hash, lists that the author imported. */
  lists: z.array(
    z.strictObject({
      name: z.string(),
      date: z.string(),
      imported: listSchema.pick({ kind: true, sha256: true, entries: true, licence: true }).optional(),
    }),
  ),
  /** Whose networks addresses that stay as they are are in; only where the author asked for it. */
  networks: analysisSchema.shape.networks,
  incidents: z.array(reportIncidentSchema),
  /** Incidents of the capture that this report leaves out. */
  omitted: count,
  redaction: z.strictObject({
    mode: z.enum(PSEUDONYM_MODES),
    payload: z.enum(PAYLOAD_MODES),
    direction: z.enum(DIRECTIONS),
    /** Of prose; packets keep their times. */
    times: z.enum(TIME_MODES),
    /** TCP timestamps of the evidence count from the first of each sender. */
    rebasedTimestamps: z.boolean(),
    replaced: z.array(
      z.strictObject({ kind: z.enum(REPLACED_KINDS), label: z.string(), replacement: z.string(), places: count }),
    ),
    kept: z.array(z.strictObject({ value: z.string(), places: count })),
    frames: count,
    cutFrames: count,
    cutBytes: count,
    /** Frames of the capture that belong to nothing cited, and frames of cited conversations beyond a limit. */
    others: count,
    limited: count,
    comments: count,
    invalidChecksums: count,
  }),
  /** What whoever read the capture with the program holds against its judgements, by incident. */
  disagreements: z.array(z.strictObject({ incident: z.string(), text: z.string() })),
  /** Sections that its author left out of the documents. */
  without: z.array(z.enum(OPTIONAL_SECTIONS)),
  /** The author's words, apart from what the program says. */
  context: z.strictObject({ text: z.string(), author: z.string().nullable() }).nullable(),
  licence: z.string(),
  files: z.array(z.string()),
});
export type IncidentReport = z.infer<typeof reportSchema>;
