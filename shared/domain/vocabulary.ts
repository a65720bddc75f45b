// The words every part of the program uses, one meaning each: code, results, screens and reports.

/** How sure a judgement is, surest first. The rule of the technique alone sets it; there is no score. */
export const CONFIDENCES = ['confirmed', 'likely', 'possible', 'inconclusive'] as const;
export type Confidence = (typeof CONFIDENCES)[number];

/** What the interferer matched on. */
export const TRIGGERS = [
  'dns-name',
  'tls-sni',
  'tls-fingerprint',
  'http-host',
  'http-content',
  'quic-sni',
  'ip-address',
  'port',
  'protocol',
  'unknown',
] as const;
export type TriggerKind = (typeof TRIGGERS)[number];

/** What the interferer did. */
export const INTERFERENCES = [
  'rst-injection',
  'forged-answer',
  'packet-drop',
  'null-route',
  'block-page',
  'data-injection',
  'tls-alert',
  'tls-mitm',
  'icmp-reject',
  'throttling',
  'cut-off',
] as const;
export type InterferenceKind = (typeof INTERFERENCES)[number];

/** Names for pairs of trigger and interference. */
export const TECHNIQUES = [
  'rst-injection',
  'dns-poisoning',
  'dns-blocking',
  'sni-filtering',
  'ip-null-routing',
  'http-filtering',
  'http-blockpage',
  'data-injection',
  'quic-blocking',
  'port-blocking',
  'tls-mitm',
  'throttling',
  'data-cutoff',
  'residual-blocking',
] as const;
export type Technique = (typeof TECHNIQUES)[number];

export const OUTCOMES = ['blocked', 'attempted', 'down', 'ok', 'insufficient'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const STAGES = ['syn', 'handshake', 'client-hello', 'request', 'response', 'data', 'query'] as const;
export type Stage = (typeof STAGES)[number];

export const EFFECTS = ['stopped', 'degraded', 'survived', 'unknown'] as const;
export type Effect = (typeof EFFECTS)[number];

/** Where on the way the interferer sits. One's own filter, antivirus or home router is no censor. */
export const PLACES = ['this-device', 'local-network', 'resolver', 'path', 'unknown'] as const;
export type Place = (typeof PLACES)[number];

/** Rank of a piece of evidence inside a level. */
export const STRENGTHS = ['strong', 'medium', 'weak'] as const;
export type Strength = (typeof STRENGTHS)[number];

export const SURFACES = ['web', 'app', 'calls', 'proxy'] as const;
export type Surface = (typeof SURFACES)[number];

/** Higher is surer. */
export function rank(confidence: Confidence): number {
  return CONFIDENCES.length - 1 - CONFIDENCES.indexOf(confidence);
}

export function atLeast(confidence: Confidence, floor: Confidence): boolean {
  return rank(confidence) >= rank(floor);
}

export function surest(a: Confidence, b: Confidence): Confidence {
  return rank(a) >= rank(b) ? a : b;
}

export function weaker(a: Confidence, b: Confidence): Confidence {
  return rank(a) <= rank(b) ? a : b;
}

interface TechniqueRow {
  readonly technique: Technique;
  /** Undefined: any trigger. */
  readonly triggers?: readonly TriggerKind[];
  /** Undefined: any interference. */
  readonly interferences?: readonly InterferenceKind[];
}

/** Which pairs a technique names. `residual-blocking` depends on an earlier finding and stands outside the table. */
const TECHNIQUE_TABLE: readonly TechniqueRow[] = [
  { technique: 'dns-poisoning', triggers: ['dns-name'], interferences: ['forged-answer'] },
  { technique: 'dns-blocking', triggers: ['dns-name'], interferences: ['packet-drop', 'rst-injection'] },
  { technique: 'sni-filtering', triggers: ['tls-sni', 'tls-fingerprint'] },
  {
    technique: 'ip-null-routing',
    triggers: ['ip-address'],
    interferences: ['null-route', 'packet-drop', 'icmp-reject', 'rst-injection'],
  },
  { technique: 'http-filtering', triggers: ['http-host', 'http-content'] },
  { technique: 'quic-blocking', triggers: ['quic-sni'] },
  {
    technique: 'port-blocking',
    triggers: ['port', 'protocol'],
    interferences: ['packet-drop', 'rst-injection', 'icmp-reject'],
  },
  { technique: 'rst-injection', interferences: ['rst-injection'] },
  { technique: 'http-blockpage', interferences: ['block-page'] },
  { technique: 'data-injection', interferences: ['data-injection'] },
  { technique: 'tls-mitm', interferences: ['tls-mitm'] },
  { technique: 'throttling', interferences: ['throttling'] },
  { technique: 'data-cutoff', interferences: ['cut-off'] },
];

export interface Judgement {
  readonly trigger: { readonly kind: TriggerKind; readonly value: string | null; readonly confidence: Confidence };
  readonly interference: InterferenceKind;
  /** An earlier finding caused this one, inside its window. */
  readonly residual: boolean;
  /** The application protocol is QUIC, so `protocol` as trigger means QUIC itself. */
  readonly quic: boolean;
}

/**
 * Every technique that names the judgement. One named by its trigger stands first while that trigger is at least
 * likely, last while it is possible, and not at all below.
 */
export function techniquesOf(judgement: Judgement): Technique[] {
  const first: Technique[] = [];
  const middle: Technique[] = [];
  const last: Technique[] = [];
  for (const row of TECHNIQUE_TABLE) {
    if (row.interferences !== undefined && !row.interferences.includes(judgement.interference)) continue;
    if (row.triggers === undefined) {
      middle.push(row.technique);
      continue;
    }
    const { kind, confidence } = judgement.trigger;
    const isQuicProtocol = row.technique === 'quic-blocking' && kind === 'protocol' && judgement.quic;
    if (!row.triggers.includes(kind) && !isQuicProtocol) continue;
    if (atLeast(confidence, 'likely')) first.push(row.technique);
    else if (atLeast(confidence, 'possible')) last.push(row.technique);
  }
  if (judgement.residual) first.push('residual-blocking');
  return [...first, ...middle, ...last];
}

/** How sure it is that a technique names a finding: of one named by its trigger, no surer than that is. */
export function confidenceOf(
  technique: Technique,
  finding: { readonly confidence: Confidence; readonly trigger: { readonly confidence: Confidence } },
): Confidence {
  const isOfTrigger = TECHNIQUE_TABLE.some((row) => row.technique === technique && row.triggers !== undefined);
  return isOfTrigger ? weaker(finding.confidence, finding.trigger.confidence) : finding.confidence;
}
