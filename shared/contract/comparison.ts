// The result `blockscope.comparison/1`: two captures of the same connections. The schema is the definition; types follow.
// Times are decimal strings in seconds; `a` and `b` are the captures in the order they were named.

import { z } from 'zod';
import { COMPARISON_CLAIMS, COMPARISON_VERDICTS } from '../domain/statements.ts';
import { CONFIDENCES, INTERFERENCES, STRENGTHS } from '../domain/vocabulary.ts';
import { alternativeSchema, analysisSchema } from './analysis.ts';

export const COMPARISON_SCHEMA = 'blockscope.comparison/1';

const seconds = z.string().regex(/^-?\d+\.\d{9}$/);
const frames = z.strictObject({ a: z.array(z.int().positive()), b: z.array(z.int().positive()) });
const side = z.enum(['a', 'b']);
const params = alternativeSchema.shape.params;
const endpoint = z.strictObject({ address: z.string(), port: z.int() });
const count = z.int().nonnegative();

export const comparisonEvidenceSchema = z.strictObject({
  kind: z.string(),
  role: z.enum(['supports', 'contradicts', 'neutral']),
  strength: z.enum(STRENGTHS),
  params,
  text: z.string(),
  frames,
});

export const comparisonFindingSchema = z.strictObject({
  id: z.string(),
  connection: z.string(),
  claim: z.enum(COMPARISON_CLAIMS),
  confidence: z.enum(CONFIDENCES),
  interference: z.enum(INTERFERENCES),
  direction: z.enum(['to-client', 'to-server']),
  /** The capture whose end is meant: that never sent it, or that sent what never arrived. */
  sender: side,
  text: z.string(),
  frames,
  /** The last packet of the client that carried something before it. */
  trigger: frames,
  evidence: z.array(comparisonEvidenceSchema),
  alternatives: z.array(alternativeSchema),
  /** Routers between where it was made and the captures; null where the TTL cannot say. */
  place: z.strictObject({
    hopsFromA: z.int().nullable(),
    hopsFromB: z.int().nullable(),
    basis: z.enum(['both-ends', 'start-guessed', 'like-the-sender', 'varies', 'impossible', 'icmp-quote', 'not-seen']),
  }),
});

export const LADDER_MARKS = ['both', 'forged', 'lost', 'changed', 'merged', 'one-side'] as const;

const cell = z.strictObject({ frame: z.int().positive(), copies: count, ttl: z.int() }).nullable();

export const ladderRowSchema = z.strictObject({
  a: cell,
  b: cell,
  /** On the clock of A, since the first row. */
  offset: z.number(),
  toServer: z.boolean(),
  /** `R. 1:1(0) ack 518`; sequence numbers relative to the SYN where it was seen. */
  notation: z.string(),
  mark: z.enum(LADDER_MARKS),
  /** Packets left out between this row and the one before. */
  skipped: count,
});

export const comparedConnectionSchema = z.strictObject({
  id: z.string(),
  protocol: z.enum(['tcp', 'udp']),
  name: z.string().nullable(),
  /** Of the project's own table or of an imported list, as the analysis of either capture tells it. */
  service: z.string().nullable(),
  /** As each capture has it; null: only the other one has the connection. */
  a: z.strictObject({ client: endpoint, server: endpoint, packets: count }).nullable(),
  b: z.strictObject({ client: endpoint, server: endpoint, packets: count }).nullable(),
  /** The capture nearer to the client. */
  near: side.nullable(),
  state: z.enum(['compared', 'terminated', 'order-unknown', 'same-place', 'only-one-side']),
  /** Addresses or ports differ: somebody translates them. */
  translated: z.boolean(),
  matched: count,
  /** Left that capture and did not reach the other, without a finding: ordinary loss. */
  lost: z.strictObject({ fromA: count, fromB: count }),
  /** Passed, and are missing in that capture. */
  missed: z.strictObject({ a: count, b: count }),
  /** Routers between the two captures, by what packets of either direction lost of their TTL. */
  hops: z.strictObject({ toServer: z.int().nullable(), toClient: z.int().nullable() }),
  findings: z.array(z.string()),
  ladder: z.array(ladderRowSchema),
  /** Packets left out after the last row. */
  skipped: count,
});

export const comparisonNoteSchema = z.strictObject({ kind: z.string(), params, text: z.string() });

/** What both ends say of a finding of one of them. */
export const reviewSchema = z.strictObject({
  side,
  finding: z.string(),
  state: z.enum(['confirmed', 'refuted', 'open']),
  /** The finding of the comparison that says so. */
  by: z.string().nullable(),
});

export const comparisonSchema = z.strictObject({
  schema: z.literal(COMPARISON_SCHEMA),
  tool: z.strictObject({ name: z.literal('blockscope'), version: z.string() }),
  sides: z.strictObject({ a: analysisSchema, b: analysisSchema }),
  /** Null: no packet is in both. */
  alignment: z
    .strictObject({
      /** What the clock of B shows beyond that of A, in the middle of what both have. */
      offset: seconds,
      /** Seconds that B gains in a second. */
      drift: z.number(),
      matched: count,
      /** Median distance of a packet from the straight line, seconds. */
      spread: z.number(),
      /** There and back between the captures, at its least, seconds; null where one direction was seen. */
      roundTrip: z.number().nullable(),
    })
    .nullable(),
  verdict: z.strictObject({ kind: z.enum(COMPARISON_VERDICTS), params, text: z.string() }),
  findings: z.array(comparisonFindingSchema),
  connections: z.array(comparedConnectionSchema),
  /** Connections beyond those listed. */
  more: count,
  notes: z.array(comparisonNoteSchema),
  reviews: z.array(reviewSchema),
});

/** What a face gets: it has the two analyses already. */
export const comparisonViewSchema = comparisonSchema.omit({ sides: true });

export type Comparison = z.infer<typeof comparisonSchema>;
export type ComparisonView = z.infer<typeof comparisonViewSchema>;
export type ComparisonFinding = z.infer<typeof comparisonFindingSchema>;
export type ComparisonEvidence = z.infer<typeof comparisonEvidenceSchema>;
export type ComparedConnection = z.infer<typeof comparedConnectionSchema>;
export type ComparisonLadderRow = z.infer<typeof ladderRowSchema>;
export type ComparisonNote = z.infer<typeof comparisonNoteSchema>;
export type ComparisonReview = z.infer<typeof reviewSchema>;
