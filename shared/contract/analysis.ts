// The result `blockscope.analysis/1`: one object per capture. The schema is the definition; types follow from it.
// Times are decimal strings in seconds since the epoch with nine digits; other units are in the field's name or comment.
import { z } from 'zod';
import { LIST_FORMATS, LIST_KINDS } from '../domain/lists.ts';
import { CONTROL_KINDS, ERROR_CODES, NEXT_KINDS, QUALITY_KINDS, VERDICT_KINDS } from '../domain/statements.ts';
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

export const ANALYSIS_SCHEMA = 'blockscope.analysis/1';

const time = z.string().regex(/^-?\d+\.\d{9}$/);
const frames = z.array(z.int().positive());
const params = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string()), z.array(z.number())]),
);
const confidence = z.enum(CONFIDENCES);
const technique = z.enum(TECHNIQUES);
const endpoint = z.strictObject({ address: z.string(), port: z.int() });

export const qualitySchema = z.strictObject({
  kind: z.enum(QUALITY_KINDS),
  params,
  text: z.string(),
  count: z.int().nonnegative(),
  /** Techniques that this keeps from being judged. */
  prevents: z.array(technique),
});

export const errorSchema = z.strictObject({
  code: z.enum(ERROR_CODES),
  params,
  text: z.string(),
  hint: z.string(),
  /** Byte offset in the uncompressed stream; null where it has no meaning. */
  offset: z.number().nullable(),
});

export const evidenceSchema = z.strictObject({
  kind: z.string(),
  role: z.enum(['supports', 'contradicts', 'neutral']),
  strength: z.enum(STRENGTHS),
  params,
  text: z.string(),
  frames,
});

export const alternativeSchema = z.strictObject({
  kind: z.string(),
  status: z.enum(['ruled-out', 'weakened', 'open']),
  params,
  text: z.string(),
});

export const controlSchema = z.strictObject({
  kind: z.enum(CONTROL_KINDS),
  outcome: z.enum(['ok', 'failed']),
  target: z.strictObject({ domain: z.string().nullable(), address: z.string(), port: z.int() }),
  frames,
});

const dnsAnswer = z.strictObject({
  frame: z.int().positive(),
  rcode: z.int(),
  addresses: z.array(z.string()),
  forged: z.boolean(),
});

export const findingSchema = z.strictObject({
  id: z.string(),
  revision: z.int().positive(),
  state: z.enum(['open', 'final', 'withdrawn']),
  techniques: z.array(technique).min(1),
  /** Of the interference. */
  confidence,
  trigger: z.strictObject({ kind: z.enum(TRIGGERS), value: z.string().nullable(), confidence }),
  interference: z.strictObject({
    kind: z.enum(INTERFERENCES),
    variant: z.string(),
    direction: z.enum(['to-client', 'to-server', 'both']),
  }),
  stage: z.enum(STAGES),
  effect: z.enum(EFFECTS),
  place: z.enum(PLACES),
  target: z.strictObject({
    domain: z.string().nullable(),
    address: z.string(),
    port: z.int(),
    service: z.string().nullable(),
    surface: z.enum(SURFACES).nullable(),
  }),
  flow: z
    .strictObject({ id: z.int(), protocol: z.enum(['tcp', 'udp', 'icmp']), client: endpoint, server: endpoint })
    .nullable(),
  dns: z
    .strictObject({
      query: z.strictObject({ name: z.string(), type: z.string(), resolver: z.string(), frames }),
      answers: z.array(dnsAnswer),
    })
    .nullable(),
  firstTime: time,
  lastTime: time,
  frames: z.strictObject({
    trigger: frames,
    /** Every frame the interferer made or altered. */
    forged: frames,
    genuine: frames,
    affected: frames,
    /** Frames beyond the 64 listed of each. */
    more: z.int().nonnegative(),
  }),
  evidence: z.array(evidenceSchema),
  controls: z.array(controlSchema),
  alternatives: z.array(alternativeSchema),
  attribution: z.array(
    z.strictObject({
      system: z.string(),
      country: z.string().nullable(),
      matched: z.array(z.string()),
      source: z.string(),
      date: z.string(),
    }),
  ),
  injector: z.strictObject({ hopsFromVantage: z.int().nullable(), basis: z.string() }).nullable(),
  measured: z
    .strictObject({
      bitsPerSecond: z.number(),
      controlBitsPerSecond: z.number().nullable(),
      bytes: z.number(),
      packets: z.int(),
      seconds: z.number(),
    })
    .nullable(),
  causedBy: z.string().nullable(),
});

export const targetSchema = z.strictObject({
  id: z.string(),
  domain: z.string().nullable(),
  domainFrom: z.enum(['sni', 'host', 'dns', 'none']),
  addresses: z.array(z.string()),
  port: z.int(),
  transport: z.enum(['tcp', 'udp', 'quic', 'dns']),
  service: z.string().nullable(),
  surface: z.enum(SURFACES).nullable(),
  attempts: z.int().nonnegative(),
  failed: z.int().nonnegative(),
  succeeded: z.int().nonnegative(),
  outcome: z.enum(OUTCOMES),
  frames,
  incidents: z.array(z.string()),
});

export const incidentSchema = z.strictObject({
  id: z.string(),
  targets: z.array(z.string()),
  techniques: z.array(technique),
  confidence,
  outcome: z.enum(OUTCOMES),
  findings: z.array(z.string()),
  failed: z.int().nonnegative(),
  succeeded: z.int().nonnegative(),
  firstTime: time,
  lastTime: time,
  verdict: z.strictObject({ kind: z.enum(VERDICT_KINDS), params, text: z.string() }),
  next: z.array(z.strictObject({ kind: z.enum(NEXT_KINDS), params, text: z.string() })),
});

export const serviceSchema = z.strictObject({
  service: z.string(),
  /** The imported list that gives it these targets, or some of them; absent where the project's own table gives all. */
  list: z.string().optional(),
  surfaces: z.array(
    z.strictObject({
      surface: z.enum(SURFACES),
      state: z.enum(['blocked', 'degraded', 'reachable', 'inconclusive', 'not-seen']),
      confidence,
      targets: z.array(z.string()),
      incidents: z.array(z.string()),
    }),
  ),
});

/** Whose networks addresses are in; only where it was asked for, because it does not come from the capture. */
export const networksSchema = z.strictObject({
  credit: z.string(),
  licence: z.string(),
  link: z.string(),
  /** Day of the data. */
  asOf: z.string(),
  entries: z.array(
    z.strictObject({
      address: z.string(),
      asn: z.int().nullable(),
      name: z.string().nullable(),
      country: z.string().nullable(),
    }),
  ),
});

export const listSchema = z.strictObject({
  name: z.string(),
  format: z.enum(LIST_FORMATS),
  kind: z.enum(LIST_KINDS),
  /** Of the file as it was imported; and of those that it includes. */
  sha256: z.string(),
  includes: z.array(z.strictObject({ name: z.string(), sha256: z.string() })),
  /** Rows that can be used, and those that were passed over. */
  entries: z.int().nonnegative(),
  skipped: z.int().nonnegative(),
  source: z.string().nullable(),
  licence: z.string().nullable(),
  /** When it was published, as its user said; when it was imported. Days, as 2026-11-23. */
  date: z.string().nullable(),
  imported: z.string(),
});

export const analysisSchema = z.strictObject({
  schema: z.literal(ANALYSIS_SCHEMA),
  tool: z.strictObject({ name: z.literal('blockscope'), version: z.string() }),
  capture: z.strictObject({
    path: z.string(),
    /** Of the file as it is on disk; null where it was not computed (the text output does not). */
    sha256: z.string().nullable(),
    format: z.enum(['pcap', 'pcapng']).nullable(),
    compression: z.enum(['gzip', 'zstd']).nullable(),
    linkTypes: z.array(z.string()),
    packets: z.int().nonnegative(),
    /** Sum of original lengths. */
    bytes: z.number().nonnegative(),
    firstTime: time.nullable(),
    lastTime: time.nullable(),
    /** False: cancelled, interrupted or over a budget; then `stoppedAt`. */
    complete: z.boolean(),
    stoppedAt: z.strictObject({ frame: z.int().nonnegative(), reason: z.string() }).nullable(),
    vantage: z.strictObject({
      role: z.strictObject({
        value: z.enum(['client', 'server', 'path', 'unknown']),
        basis: z.enum(['declared', 'inferred', 'unknown']),
      }),
      local: z.array(z.string()),
      resolvers: z.array(z.string()),
      network: z.string().nullable(),
      country: z.string().nullable(),
    }),
    quality: z.array(qualitySchema),
  }),
  error: errorSchema.nullable(),
  coverage: z.strictObject({
    flows: z.int().nonnegative(),
    tcp: z.int().nonnegative(),
    udp: z.int().nonnegative(),
    tlsHellos: z.int().nonnegative(),
    dnsQueries: z.int().nonnegative(),
    quicInitials: z.int().nonnegative(),
    httpRequests: z.int().nonnegative(),
  }),
  checked: z.array(
    z.strictObject({
      technique,
      rule: z.string().nullable(),
      state: z.enum(['run', 'limited', 'not-run']),
      because: z.string().nullable(),
    }),
  ),
  /** Imported lists that were asked; empty where there are none or they were left out. */
  lists: z.array(listSchema),
  networks: networksSchema.optional(),
  targets: z.array(targetSchema),
  findings: z.array(findingSchema),
  incidents: z.array(incidentSchema),
  services: z.array(serviceSchema),
});

export type Analysis = z.infer<typeof analysisSchema>;
export type Finding = z.infer<typeof findingSchema>;
export type Target = z.infer<typeof targetSchema>;
export type Incident = z.infer<typeof incidentSchema>;
export type ServiceVerdict = z.infer<typeof serviceSchema>;
export type Evidence = z.infer<typeof evidenceSchema>;
export type Control = z.infer<typeof controlSchema>;
export type Quality = z.infer<typeof qualitySchema>;
