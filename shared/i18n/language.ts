// What a language must be able to say. A missing kind is a compile error, so no face can show a raw identifier.
// Values come only from params; a language adds words around them.

import type { LiveError, LiveErrorCode, LiveNoticeKind, PermissionStepKind } from '../domain/live.ts';
import type { Service } from '../domain/services.ts';
import type {
  AlternativeKind,
  AlternativeParams,
  ControlKind,
  ErrorCode,
  EvidenceKind,
  EvidenceParams,
  NextKind,
  NextParams,
  Params,
  QualityKind,
  VerdictKind,
  VerdictParams,
} from '../domain/statements.ts';
import type {
  Confidence,
  Effect,
  InterferenceKind,
  Outcome,
  Place,
  Stage,
  Strength,
  Surface,
  Technique,
  TriggerKind,
} from '../domain/vocabulary.ts';

export type ServiceState = 'blocked' | 'degraded' | 'reachable' | 'inconclusive' | 'not-seen';

/** A page of help on a technique: a paragraph each. */
export interface TechniqueWords {
  readonly name: string;
  readonly how: string;
  readonly packets: string;
  readonly mistaken: string;
}

export interface Language {
  readonly code: string;
  readonly direction: 'ltr' | 'rtl';
  readonly evidence: { readonly [K in EvidenceKind]: (params: EvidenceParams[K]) => string };
  readonly alternative: { readonly [K in AlternativeKind]: (params: AlternativeParams[K]) => string };
  readonly quality: { readonly [K in QualityKind]: (params: Params, count: number) => string };
  readonly next: { readonly [K in NextKind]: (params: NextParams) => string };
  readonly verdict: { readonly [K in VerdictKind]: (params: VerdictParams) => string };
  readonly error: { readonly [K in ErrorCode]: { readonly text: (params: Params) => string; readonly hint: string } };
  readonly control: { readonly [K in ControlKind]: string };
  readonly technique: { readonly [K in Technique]: TechniqueWords };
  /** `sentence` is fixed: every report ends with it. */
  readonly confidence: { readonly [K in Confidence]: { readonly word: string; readonly sentence: string } };
  readonly trigger: { readonly [K in TriggerKind]: string };
  readonly interference: { readonly [K in InterferenceKind]: string };
  readonly outcome: { readonly [K in Outcome]: { readonly word: string; readonly sentence: string } };
  readonly stage: { readonly [K in Stage]: string };
  readonly effect: { readonly [K in Effect]: string };
  readonly place: { readonly [K in Place]: string };
  readonly strength: { readonly [K in Strength]: string };
  readonly surface: { readonly [K in Surface]: string };
  readonly service: { readonly [K in Service]: string };
  readonly serviceState: { readonly [K in ServiceState]: string };
  /** What no capture of this kind can tell; printed whatever was found. */
  readonly limits: readonly string[];
}

/** What live capture says. */
export interface LiveWords {
  readonly error: { readonly [K in LiveErrorCode]: (error: LiveError) => string };
  readonly notice: { readonly [K in LiveNoticeKind]: (params: Params) => string };
  readonly step: { readonly [K in PermissionStepKind]: string };
  readonly userTimes: string;
  readonly neverRoot: string;
}
