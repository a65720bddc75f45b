// What a detector is: a small pure function from the evidence base to drafts of findings, listed in registry.ts.

import type {
  AlternativeKind,
  AlternativeParams,
  ControlKind,
  EvidenceKind,
  EvidenceParams,
  Params,
} from '../../shared/domain/statements.ts';
import type {
  Confidence,
  Effect,
  InterferenceKind,
  Place,
  Stage,
  Strength,
  Technique,
  TriggerKind,
} from '../../shared/domain/vocabulary.ts';
import type { Endpoint } from '../flow/records.ts';
import type { EvidenceBase } from '../observe/evidence-base.ts';

export interface EvidenceItem {
  readonly kind: EvidenceKind;
  readonly role: 'supports' | 'contradicts' | 'neutral';
  readonly strength: Strength;
  readonly params: Params;
  readonly frames: readonly number[];
}

export function evidence<K extends EvidenceKind>(
  kind: K,
  role: EvidenceItem['role'],
  strength: Strength,
  params: EvidenceParams[K],
  frames: readonly number[],
): EvidenceItem {
  return { kind, role, strength, params: params as Params, frames };
}

export interface AlternativeItem {
  readonly kind: AlternativeKind;
  readonly status: 'ruled-out' | 'weakened' | 'open';
  readonly params: Params;
}

export function alternative<K extends AlternativeKind>(
  kind: K,
  status: AlternativeItem['status'],
  params: AlternativeParams[K],
): AlternativeItem {
  return { kind, status, params: params as Params };
}

export interface ControlItem {
  readonly kind: ControlKind;
  readonly outcome: 'ok' | 'failed';
  readonly target: { readonly domain: string | null; readonly address: string; readonly port: number };
  readonly frames: readonly number[];
}

export interface AttributionItem {
  readonly system: string;
  readonly country: string | null;
  readonly matched: readonly string[];
  readonly source: string;
  readonly date: string;
}

/** A finding before it has an id, a service and sentences. Times in nanoseconds since the capture's base second. */
export interface Draft {
  /** Stable from one judgement to the next: the detector and what it is about (flow, exchange or target). */
  readonly key: string;
  readonly rule: string;
  readonly confidence: Confidence;
  readonly trigger: { readonly kind: TriggerKind; readonly value: string | null; readonly confidence: Confidence };
  readonly interference: {
    readonly kind: InterferenceKind;
    readonly variant: string;
    readonly direction: 'to-client' | 'to-server' | 'both';
  };
  readonly stage: Stage;
  readonly effect: Effect;
  readonly place: Place;
  readonly target: { readonly domain: string | null; readonly address: string; readonly port: number };
  readonly flow: {
    readonly id: number;
    readonly protocol: 'tcp' | 'udp' | 'icmp';
    readonly client: Endpoint;
    readonly server: Endpoint;
  } | null;
  readonly dns: {
    readonly query: {
      readonly name: string;
      readonly type: string;
      readonly resolver: string;
      readonly frames: readonly number[];
    };
    readonly answers: readonly {
      readonly frame: number;
      readonly rcode: number;
      readonly addresses: readonly string[];
      readonly forged: boolean;
    }[];
  } | null;
  readonly firstTime: number;
  readonly lastTime: number;
  /** Whole lists; the result shows 64 of each. */
  readonly frames: {
    readonly trigger: readonly number[];
    readonly forged: readonly number[];
    readonly genuine: readonly number[];
    readonly affected: readonly number[];
  };
  readonly evidence: readonly EvidenceItem[];
  readonly controls: readonly ControlItem[];
  readonly alternatives: readonly AlternativeItem[];
  readonly attribution: readonly AttributionItem[];
  readonly injector: { readonly hopsFromVantage: number | null; readonly basis: string } | null;
  /** `key` of the draft that caused this one. */
  readonly causedBy: string | null;
  /** It is an after-effect inside the window of the finding named by causedBy. */
  readonly residual: boolean;
}

export interface Detector {
  /** Name and version of the rule, as `checked` states it: `rst-injection/1`. */
  readonly rule: string;
  readonly judges: readonly Technique[];
  /** Rules of their own for some of them; the others are judged by `rule`. */
  readonly rules?: Partial<Record<Technique, string>>;
  /** `earlier`: what the detectors before this one in the registry found. */
  detect(base: EvidenceBase, earlier: readonly Draft[]): Draft[];
  /** Why this capture keeps the rule from judging all it could (a quality kind), or null. */
  limitedBy(base: EvidenceBase): string | null;
}
