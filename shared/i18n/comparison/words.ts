// What a language must be able to say of two captures of one connection, and the lookup by kind.

import type {
  ComparisonClaim,
  ComparisonEvidenceKind,
  ComparisonEvidenceParams,
  ComparisonNoteKind,
  ComparisonNoteParams,
  ComparisonSide,
  ComparisonVerdict,
  ComparisonVerdictParams,
  Params,
} from '../../domain/statements.ts';
import type { InterferenceKind } from '../../domain/vocabulary.ts';

export interface ClaimParams {
  readonly interference: InterferenceKind;
  readonly toServer: boolean;
  /** The capture at the end that is spoken of. */
  readonly sender: ComparisonSide;
  readonly packets: number;
}

export interface ComparisonWords {
  readonly evidence: { readonly [K in ComparisonEvidenceKind]: (params: ComparisonEvidenceParams[K]) => string };
  readonly note: { readonly [K in ComparisonNoteKind]: (params: ComparisonNoteParams[K]) => string };
  readonly verdict: { readonly [K in ComparisonVerdict]: (params: ComparisonVerdictParams) => string };
  readonly claim: { readonly [K in ComparisonClaim]: (params: ClaimParams) => string };
  /** Where a packet of the ladder was seen. */
  readonly mark: { readonly [K in 'both' | 'forged' | 'lost' | 'changed' | 'merged' | 'one-side']: string };
  readonly state: {
    readonly [K in 'compared' | 'terminated' | 'order-unknown' | 'same-place' | 'only-one-side']: string;
  };
  /** What two ends say of a finding of one of them. */
  readonly review: { readonly [K in 'confirmed' | 'refuted' | 'open']: string };
  /** How the place on the way is known. */
  readonly basis: {
    readonly [K in
      | 'both-ends'
      | 'start-guessed'
      | 'like-the-sender'
      | 'varies'
      | 'impossible'
      | 'icmp-quote'
      | 'not-seen']: string;
  };
}

/** The sentence of a kind; the kind itself where the language does not know it. */
export function comparisonSentence(
  words: ComparisonWords,
  table: 'evidence' | 'note',
  kind: string,
  params: Params,
): string {
  const entries = words[table];
  if (!Object.hasOwn(entries, kind)) return kind;
  // The kinds of a table share no parameter type; that params fit their kind is checked where they are made.
  return (entries[kind as keyof typeof entries] as (params: Params) => string)(params);
}
