// What a report must be able to say in each of its languages beside the sentences of shared/i18n. A missing key is a
// compile error.

import type { ReplacedKind } from '../../contract/report.ts';
import type { Params, QualityKind } from '../../domain/statements.ts';
import type { Language } from '../../i18n/language.ts';
import type { SentenceTable } from '../../i18n/words.ts';
import type { ChecklistItem, ChecklistReason, ChecklistState, ThresholdName, VantageField } from '../schema.ts';

export const SECTIONS = [
  'summary',
  'facts',
  'vantage',
  'methodology',
  'timeline',
  'evidence',
  'controls',
  'alternatives',
  'confidence',
  'integrity',
  'redaction',
  'context',
  'reproduce',
  'glossary',
] as const;
export type Section = (typeof SECTIONS)[number];

export const GLOSSARY = ['frame', 'flow', 'ttl', 'ip-id', 'window', 'rst', 'hello', 'vantage', 'pseudonym'] as const;
export type GlossaryTerm = (typeof GLOSSARY)[number];

export interface ReportWords {
  /** BCP 47. */
  readonly tag: string;
  readonly direction: 'ltr' | 'rtl';
  /** Null where a native reader has checked it. */
  readonly unreviewed: string | null;
  readonly document: string;
  readonly defaultTitle: (domains: readonly string[]) => string;
  readonly sections: { readonly [K in Section]: string };
  readonly notClaimed: string;
  readonly nothing: string;
  readonly incident: string;
  readonly interferenceIs: string;
  readonly causeIs: string;
  readonly causeUnknown: string;
  readonly labels: {
    readonly networks: string;
    readonly target: string;
    readonly technique: string;
    readonly done: string;
    readonly cause: string;
    readonly step: string;
    readonly seen: string;
    readonly attempts: string;
    readonly place: string;
    readonly confidence: string;
    readonly findings: string;
    readonly port: string;
    readonly author: string;
    readonly created: string;
    readonly recording: string;
    readonly tool: string;
    readonly licence: string;
  };
  readonly attempts: (failed: number, succeeded: number) => string;
  readonly utc: string;
  readonly localTime: string;
  readonly vantage: { readonly [K in VantageField]: string };
  readonly roles: { readonly client: string; readonly server: string; readonly path: string };
  readonly basis: { readonly declared: string; readonly inferred: string; readonly 'not-stated': string };
  readonly methodology: {
    readonly passive: string;
    readonly rules: string;
    readonly rule: string;
    readonly state: { readonly run: string; readonly limited: string; readonly 'not-run': string };
    readonly thresholds: string;
    readonly threshold: { readonly [K in ThresholdName]: string };
    readonly lists: string;
    readonly clock: string;
    readonly levels: string;
  };
  readonly timeline: { readonly worked: string; readonly caption: string };
  readonly ladder: {
    readonly client: string;
    readonly server: string;
    readonly injector: string;
    readonly title: string;
    readonly caption: string;
    readonly silent: string;
    readonly skipped: (packets: number) => string;
  };
  readonly headers: {
    readonly title: string;
    readonly caption: string;
    readonly packet: string;
    readonly after: string;
    readonly flags: string;
    readonly window: string;
    readonly options: string;
    readonly payload: string;
    readonly forged: string;
    readonly genuine: string;
  };
  readonly dns: {
    readonly title: string;
    readonly query: string;
    readonly resolver: string;
    readonly answer: string;
    readonly addresses: string;
    readonly forged: string;
    readonly notForged: string;
    readonly none: string;
  };
  readonly evidence: {
    readonly claim: string;
    readonly strength: string;
    readonly frames: string;
    readonly framesNote: string;
    readonly notInFile: string;
    readonly for: string;
    readonly against: string;
    readonly neutral: string;
    readonly more: (n: number) => string;
    readonly alsoIn: (findings: readonly string[]) => string;
  };
  readonly controls: { readonly worked: string; readonly failed: string; readonly none: string };
  readonly checklist: {
    readonly intro: string;
    readonly items: { readonly [K in ChecklistItem]: string };
    readonly states: { readonly [K in ChecklistState]: string };
    /** Ruled out is what the rules weighed; the item may hold more. */
    readonly asFarAsWeighed: string;
    readonly reasons: { readonly [K in ChecklistReason]: string };
  };
  readonly limitations: string;
  readonly change: string;
  readonly integrity: {
    readonly intro: string;
    readonly sha256: string;
    readonly notHashed: string;
    readonly packets: string;
    readonly bytes: string;
    readonly span: string;
    readonly linkType: string;
    readonly snaplen: string;
    readonly unlimited: string;
    readonly drops: string;
    readonly notSaid: string;
    readonly whole: string;
    readonly yes: string;
    readonly no: string;
    readonly quality: string;
    readonly noQuality: string;
    readonly files: string;
    readonly edits: string;
  };
  readonly disagreements: string;
  readonly redaction: {
    readonly numbered: string;
    readonly prefix: string;
    readonly none: string;
    readonly preserved: string;
    readonly headersOnly: string;
    readonly decoded: string;
    readonly cited: string;
    readonly payloadLeftOut: string;
    readonly direction: string;
    readonly rebased: string;
    /** Times in prose. */
    readonly minutes: string;
    readonly checksums: (invalid: number) => string;
    readonly cut: (frames: number, bytes: number) => string;
    readonly left: (others: number, limited: number) => string;
    readonly comments: (n: number) => string;
    readonly remains: string;
    readonly replaced: string;
    readonly kept: string;
    readonly kind: string;
    readonly value: string;
    readonly places: string;
    readonly kinds: { readonly [K in ReplacedKind]: string };
    readonly nothing: string;
  };
  readonly context: { readonly intro: string; readonly none: string };
  readonly reproduce: {
    readonly verify: string;
    readonly analyze: string;
    readonly original: string;
    readonly wireshark: string;
    readonly retest: string;
  };
  readonly glossary: { readonly [K in GlossaryTerm]: readonly [term: string, meaning: string] };
  readonly furtherIncidents: (n: number) => string;
  readonly omitted: (n: number) => string;
  readonly figure: (n: number) => string;
  readonly attribution: string;
}

export interface Wording {
  readonly report: ReportWords;
  readonly statements: Language;
  /** False: sentences of the engine are English and are marked so. */
  readonly statementsTranslated: boolean;
  sentence(table: SentenceTable, kind: string, params: Params): string;
  quality(kind: QualityKind, params: Params, count: number): string;
}
