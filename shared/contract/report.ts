// The calls of the report builder: what a report may be asked to be, what it would replace, and the way it is written.
// Joined into the table of service.ts.

import { z } from 'zod';

export const REPORT_LANGUAGES = ['en', 'ru', 'fa', 'zh-Hans'] as const;
export type ReportLanguage = (typeof REPORT_LANGUAGES)[number];

export const VANTAGE_FIELDS = ['role', 'country', 'network', 'asn', 'access', 'resolver', 'vpn', 'local'] as const;
export type VantageField = (typeof VANTAGE_FIELDS)[number];
/** What an author can add: the role decides how the capture is judged, and own addresses are what is hidden. */
export const DECLARED_FIELDS = ['country', 'network', 'asn', 'access', 'resolver', 'vpn'] as const;

export const REPLACED_KINDS = ['local-address', 'remote-address', 'hardware-address', 'name'] as const;
export type ReplacedKind = (typeof REPLACED_KINDS)[number];

/** Sections that an author may leave out. The others carry the claim, its evidence, and what speaks against it. */
export const OPTIONAL_SECTIONS = ['methodology', 'timeline', 'context', 'reproduce', 'glossary'] as const;
export type OptionalSection = (typeof OPTIONAL_SECTIONS)[number];

export const PSEUDONYM_MODES = ['numbered', 'prefix', 'none'] as const;
export const PAYLOAD_MODES = ['decoded', 'headers', 'cited'] as const;
export const DIRECTIONS = ['both', 'to-client', 'to-server'] as const;
export const TIME_MODES = ['exact', 'minutes'] as const;

/** Characters of an author's own words. */
export const LONGEST_CONTEXT = 65_536;
/** Bytes of one part of a download. */
export const DOWNLOAD_PART = 1_048_576;

const captureId = z.string().max(64);
const count = z.int().nonnegative();
const text = (max: number) => z.string().max(max);

export const reportOptionsSchema = z.strictObject({
  /** Ids; empty: every one. */
  incidents: z.array(text(64)).max(10_000),
  language: z.enum(REPORT_LANGUAGES),
  pseudonyms: z.enum(PSEUDONYM_MODES),
  payload: z.enum(PAYLOAD_MODES),
  direction: z.enum(DIRECTIONS),
  /** Addresses and names that may stay; own addresses never do. */
  keep: z.array(text(255)).max(2_000),
  /** In place of the file's name. */
  captureName: text(255).nullable(),
  title: text(500).nullable(),
  author: text(255).nullable(),
  context: text(LONGEST_CONTEXT).nullable(),
  themes: z.array(text(64)).max(16),
  licence: text(255),
  vantage: z.partialRecord(z.enum(DECLARED_FIELDS), text(255)),
  without: z.array(z.enum(OPTIONAL_SECTIONS)).max(OPTIONAL_SECTIONS.length),
  /** Of prose: packets keep their times. */
  times: z.enum(TIME_MODES),
  /** TCP timestamps count from the first of each sender, because they tell how long a computer has been running. */
  rebaseTimestamps: z.boolean(),
  /** Whose networks the addresses are in that stay as they are; absent in older drafts. */
  networks: z.boolean().optional(),
  /** Whether the report says when it was made. */
  dated: z.boolean(),
  /** What the reader of the capture holds against it, by incident. */
  disagreements: z.array(z.strictObject({ incident: text(64), text: text(2_000) })).max(500),
});
export type ReportRequest = z.infer<typeof reportOptionsSchema>;

export const replacedSchema = z.strictObject({
  kind: z.enum(REPLACED_KINDS),
  label: z.string(),
  original: z.string(),
  replacement: z.string(),
  places: count,
});
export type ReplacedValue = z.infer<typeof replacedSchema>;

const fileSchema = z.strictObject({ name: z.string(), bytes: count });

const ofCapture = z.strictObject({ capture: captureId });
const draftSchema = z.strictObject({ options: reportOptionsSchema, savedAt: z.string() });

export const REPORT_CALLS = {
  /** What a report would say and replace; nothing is written. */
  'report.preview': {
    params: z.strictObject({ capture: captureId, options: reportOptionsSchema }),
    result: z.strictObject({
      /** report.html without its fonts. */
      page: z.string(),
      title: z.string(),
      incidents: count,
      /** Every value that would be replaced. */
      replaced: z.array(replacedSchema),
      kept: z.array(z.strictObject({ value: z.string(), places: count })),
      /** What nothing says of where it was taken. */
      missing: z.array(z.enum(VANTAGE_FIELDS)),
      /** Frames of the evidence, and those of them that still carry content. */
      frames: count,
      payloadFrames: count,
      /** Frames that content was cut from, because it was not understood or not wanted. */
      cutFrames: count,
      cutBytes: count,
      /** The first frame that was cut, in the capture. */
      firstCut: z.int().positive().nullable(),
      /** Frames of the capture that are left out: of other conversations, beyond a limit or the direction. */
      others: count,
      limited: count,
      /** A judgement rests on content that is left out. */
      restsOnPayload: z.boolean(),
      /** Without the PDF, whose size shows only when it is made. */
      files: z.array(fileSchema),
      /** Whether this computer can print a PDF. */
      pdf: z.boolean(),
    }),
  },
  /** The system's own dialog for a new folder or file; null when the person changed their mind. */
  'report.choose': {
    params: z.strictObject({ as: z.enum(['folder', 'zip']), name: text(255) }),
    result: z.strictObject({ path: z.string().nullable() }),
  },
  /** To a place named by its path, or, where there are no paths, kept for `download.part` until it is fetched. */
  'report.write': {
    params: z.strictObject({
      capture: captureId,
      options: reportOptionsSchema,
      pdf: z.boolean(),
      to: z.discriminatedUnion('kind', [
        /** A name that ends in .zip becomes one file, any other a folder. `replace`: what is there was asked about. */
        z.strictObject({ kind: z.literal('path'), path: text(4_096), replace: z.boolean() }),
        z.strictObject({ kind: z.literal('download') }),
      ]),
    }),
    result: z.strictObject({
      /** Of the folder or file; not a path. */
      name: z.string(),
      files: z.array(fileSchema),
      pdf: z.enum(['made', 'not-wanted', 'not-here', 'failed']),
      download: z.strictObject({ download: z.string(), bytes: count }).nullable(),
    }),
  },
  'download.part': {
    params: z.strictObject({ download: text(64), offset: count }),
    result: z.strictObject({ data: z.instanceof(Uint8Array) }),
  },
  'download.end': { params: z.strictObject({ download: text(64) }), result: z.strictObject({}) },
  /** The draft kept of this capture, by its hash. `memory`: nothing is kept here beyond this run. */
  'report.draft': {
    params: ofCapture,
    result: z.strictObject({ draft: draftSchema.nullable(), kept: z.enum(['disk', 'memory']) }),
  },
  'report.keepDraft': {
    params: z.strictObject({ capture: captureId, options: reportOptionsSchema }),
    result: z.strictObject({ savedAt: z.string() }),
  },
  'report.forgetDraft': { params: ofCapture, result: z.strictObject({}) },
} as const satisfies Record<string, { params: z.ZodType; result: z.ZodType }>;
