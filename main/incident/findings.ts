// Drafts become findings: ids in the order of what set them off, techniques, service, sentences, frames capped.

import type { Finding } from '../../shared/contract/analysis.ts';
import { serviceOf } from '../../shared/domain/services.ts';
import { type Technique, techniquesOf } from '../../shared/domain/vocabulary.ts';
import type { Language } from '../../shared/i18n/language.ts';
import { sentence } from '../../shared/i18n/words.ts';
import type { Draft } from '../detect/detector.ts';
import type { ImportedLists } from '../observe/imported.ts';
import { transportOf } from './targets.ts';

/** Frames listed of each role; the others are counted. */
const LISTED_FRAMES = 64;

/**
 * From `from` nanoseconds on, the engine's times count from this second of the epoch. A capture has one such clock,
 * and one more for each leap of its timestamps.
 */
export interface ClockBase {
  readonly from: number;
  readonly baseSecond: number;
}

/** Decimal seconds since the epoch with nine digits. `nanoseconds` may be negative. */
export function timeText(clock: readonly ClockBase[], nanoseconds: number): string {
  let { baseSecond } = clock[0]!;
  for (const base of clock) if (base.from <= nanoseconds) baseSecond = base.baseSecond;
  const total = BigInt(Math.trunc(baseSecond)) * 1_000_000_000n + BigInt(Math.round(nanoseconds));
  const magnitude = total < 0n ? -total : total;
  const fraction = String(magnitude % 1_000_000_000n).padStart(9, '0');
  return `${total < 0n ? '-' : ''}${magnitude / 1_000_000_000n}.${fraction}`;
}

/** By the first frame that set it off, else by the first frame of any role; so the same bytes give the same ids. */
export function inOrder(drafts: readonly Draft[]): Draft[] {
  const keyed = drafts.map((draft) => ({ draft, first: firstFrame(draft) }));
  keyed.sort((a, b) => a.first - b.first || (a.draft.key < b.draft.key ? -1 : a.draft.key > b.draft.key ? 1 : 0));
  return keyed.map(({ draft }) => draft);
}

function firstFrame(draft: Draft): number {
  const { trigger, forged, genuine, affected } = draft.frames;
  const first = least(trigger);
  return first === Number.POSITIVE_INFINITY ? Math.min(least(forged), least(affected), least(genuine)) : first;
}

function least(frames: readonly number[]): number {
  return frames.reduce((smallest, frame) => Math.min(smallest, frame), Number.POSITIVE_INFINITY);
}

/** Names for what no pair of the table names at the confidence given: that of its stage. A finding always has one. */
const TECHNIQUE_OF_STAGE: { readonly [K in Draft['stage']]: Technique } = {
  syn: 'ip-null-routing',
  handshake: 'port-blocking',
  'client-hello': 'sni-filtering',
  request: 'http-filtering',
  response: 'data-cutoff',
  data: 'data-cutoff',
  query: 'dns-blocking',
};

export function techniquesOfDraft(draft: Draft): Technique[] {
  const judgement = {
    trigger: draft.trigger,
    interference: draft.interference.kind,
    residual: draft.residual,
    quic: transportOf(draft) === 'quic',
  };
  const named = techniquesOf(judgement);
  if (named.length > 0) return named;
  const asPossible = techniquesOf({ ...judgement, trigger: { ...draft.trigger, confidence: 'possible' } });
  return asPossible.length > 0 ? asPossible : [TECHNIQUE_OF_STAGE[draft.stage]];
}

export interface FindingContext {
  readonly clock: readonly ClockBase[];
  readonly ended: boolean;
  readonly language: Language;
  /** Ids by draft key. */
  readonly ids: ReadonlyMap<string, string>;
  /** The name of the target where the draft itself has none. */
  readonly domain: string | null;
  readonly imported: ImportedLists | null;
}

export function toFinding(draft: Draft, id: string, context: FindingContext): Finding {
  const { language, clock } = context;
  const domain = draft.target.domain ?? context.domain;
  const service = serviceOf(domain, draft.target.address, draft.target.port, transportOf(draft));
  // What the project's own table does not know, an imported list may name
  const listedService = service === null ? (context.imported?.service(domain, draft.target.address) ?? null) : null;
  const cause = draft.causedBy === null ? null : (context.ids.get(draft.causedBy) ?? null);
  let more = 0;
  const listed = (frames: readonly number[]) => {
    more += Math.max(0, frames.length - LISTED_FRAMES);
    return frames.slice(0, LISTED_FRAMES);
  };
  return {
    id,
    revision: 1,
    state: context.ended ? 'final' : 'open',
    techniques: techniquesOfDraft(draft),
    confidence: draft.confidence,
    trigger: { ...draft.trigger },
    interference: { ...draft.interference },
    stage: draft.stage,
    effect: draft.effect,
    place: draft.place,
    target: {
      domain,
      address: draft.target.address,
      port: draft.target.port,
      service: service?.service ?? listedService,
      surface: service?.surface ?? (listedService === null ? null : 'web'),
    },
    flow:
      draft.flow === null
        ? null
        : { ...draft.flow, client: { ...draft.flow.client }, server: { ...draft.flow.server } },
    dns:
      draft.dns === null
        ? null
        : {
            query: { ...draft.dns.query, frames: listed(draft.dns.query.frames) },
            answers: draft.dns.answers.map((answer) => ({ ...answer, addresses: [...answer.addresses] })),
          },
    firstTime: timeText(clock, draft.firstTime),
    lastTime: timeText(clock, draft.lastTime),
    frames: {
      trigger: listed(draft.frames.trigger),
      forged: listed(draft.frames.forged),
      genuine: listed(draft.frames.genuine),
      affected: listed(draft.frames.affected),
      more,
    },
    evidence: draft.evidence.map((item) => ({
      kind: item.kind,
      role: item.role,
      strength: item.strength,
      params: { ...item.params } as Finding['evidence'][number]['params'],
      text: sentence(language, 'evidence', item.kind, item.params),
      frames: item.frames.slice(0, LISTED_FRAMES),
    })),
    controls: draft.controls.map((control) => ({
      kind: control.kind,
      outcome: control.outcome,
      target: { ...control.target },
      frames: control.frames.slice(0, LISTED_FRAMES),
    })),
    alternatives: draft.alternatives.map((item) => ({
      kind: item.kind,
      status: item.status,
      params: { ...item.params } as Finding['alternatives'][number]['params'],
      text: sentence(language, 'alternative', item.kind, item.params),
    })),
    attribution: draft.attribution.map((item) => ({ ...item, matched: [...item.matched] })),
    injector: draft.injector === null ? null : { ...draft.injector },
    measured: null,
    causedBy: cause,
  };
}
