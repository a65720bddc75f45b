// The last stage: what following, observing and judging gave becomes one result, `blockscope.analysis/1`, and the
// ladders that a face may print beside it. Pure, so a live capture can ask again at any moment.

import type { Analysis } from '../../shared/contract/analysis.ts';
import type { ErrorCode, Params, QualityKind } from '../../shared/domain/statements.ts';
import type { Technique } from '../../shared/domain/vocabulary.ts';
import type { Draft } from '../detect/detector.ts';
import type { EvidenceBase } from '../observe/evidence-base.ts';
import type { Ladder } from './ladder.ts';

/** What reading knows of the capture as a file or session. */
export interface CaptureMeta {
  readonly path: string;
  readonly sha256: string | null;
  readonly format: 'pcap' | 'pcapng' | null;
  readonly compression: 'gzip' | 'zstd' | null;
  readonly linkTypes: readonly string[];
  readonly packets: number;
  readonly bytes: number;
  /** Unix second from which every `time` of the evidence base and the drafts counts; 0 when no frame was read. */
  readonly baseSecond: number;
  /** Nanoseconds since baseSecond; null when no frame was read. */
  readonly firstTime: number | null;
  readonly lastTime: number | null;
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
  readonly base: EvidenceBase;
  readonly drafts: readonly Draft[];
}

/** Plain data throughout, so that it crosses from a worker by structured clone. */
export interface Report {
  readonly analysis: Analysis;
  /** By finding id; a finding whose packets are no longer at hand has none. */
  readonly ladders: Readonly<Record<string, Ladder>>;
}

/** The signature of `composeAnalysis`. */
export type ComposeAnalysis = (input: ComposeInput) => Report;
