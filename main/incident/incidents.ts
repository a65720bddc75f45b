// Findings grouped by target, interference and time: what a timeline shows and a report describes.

import type { VerdictKind, VerdictParams } from '../../shared/domain/statements.ts';
import { type Confidence, type Outcome, rank, surest, type Technique, weaker } from '../../shared/domain/vocabulary.ts';
import type { Draft } from '../detect/detector.ts';
import { TOR } from '../detect/trigger.ts';
import { type CaptureFacts, SECOND } from '../observe/evidence-base.ts';
import { greatestOf, leastOf } from '../observe/extremes.ts';
import { techniquesOfDraft } from './findings.ts';
import { type NextStep, nextSteps } from './next-steps.ts';
import { isStray, outcomeOf, type Tally, type TargetGroup, type Targets, transportOf } from './targets.ts';

/** The same interference against the same target after a longer pause is another incident. */
const PAUSE = 30 * 60 * SECOND;
/** Targets that a verdict names. */
const NAMED_TARGETS = 3;

export interface IncidentGroup {
  /** In the order of ids. */
  readonly drafts: readonly Draft[];
  readonly targets: readonly TargetGroup[];
  readonly techniques: readonly Technique[];
  readonly confidence: Confidence;
  readonly outcome: Outcome;
  readonly tally: Tally;
  readonly firstTime: number;
  readonly lastTime: number;
  readonly verdict: { readonly kind: VerdictKind; readonly params: VerdictParams };
  readonly next: readonly NextStep[];
}

/** `drafts` in the order of ids; incidents come in the order of their first finding. */
export function groupIncidents(drafts: readonly Draft[], targets: Targets, capture: CaptureFacts): IncidentGroup[] {
  const byKey = new Map(drafts.map((draft) => [draft.key, draft]));
  const open = new Map<string, { drafts: Draft[]; last: number }>();
  const groups: { drafts: Draft[]; last: number }[] = [];
  const groupOf = new Map<Draft, { drafts: Draft[]; last: number }>();
  const consequences: Draft[] = [];

  // By time, for the pause; ids come by frame, which merged files can order otherwise.
  for (const draft of [...drafts].sort((a, b) => a.firstTime - b.firstTime)) {
    if (draft.causedBy !== null && causeOf(draft, byKey) !== draft) {
      consequences.push(draft);
      continue;
    }
    const key = identity(draft, targets);
    let group = open.get(key);
    if (group === undefined || draft.firstTime - group.last > PAUSE) {
      group = { drafts: [], last: draft.lastTime };
      open.set(key, group);
      groups.push(group);
    }
    group.drafts.push(draft);
    group.last = Math.max(group.last, draft.lastTime);
    groupOf.set(draft, group);
  }
  // What an earlier finding caused belongs to the incident of that finding.
  for (const draft of consequences) groupOf.get(causeOf(draft, byKey))?.drafts.push(draft);

  const position = new Map(drafts.map((draft, at) => [draft, at]));
  for (const group of groups) group.drafts.sort((a, b) => position.get(a)! - position.get(b)!);
  groups.sort((a, b) => position.get(a.drafts[0]!)! - position.get(b.drafts[0]!)!);
  return groups.map((group) => describe(group.drafts, targets, capture));
}

/** The first cause of a chain, itself where the cause is not among the findings. */
function causeOf(draft: Draft, byKey: ReadonlyMap<string, Draft>): Draft {
  const seen = new Set<Draft>([draft]);
  let cause = draft;
  while (cause.causedBy !== null) {
    const earlier = byKey.get(cause.causedBy);
    if (earlier === undefined) return cause;
    // A ring has no first cause; each of it then stands for itself.
    if (seen.has(earlier)) return draft;
    seen.add(earlier);
    cause = earlier;
  }
  return cause;
}

/** The same interference against the same name; without a name, against the same service, or address. */
function identity(draft: Draft, targets: Targets): string {
  const target = targets.of(draft)[0]!;
  // A program that finds one relay closed tries the next, on whatever port.
  if (isOfTor(draft)) return `${draft.interference.kind} ${transportOf(draft)} ${TOR}`;
  const who =
    target.domain ?? (target.service === null ? draft.target.address : `${target.service} ${target.surface ?? ''}`);
  const { kind } = draft.interference;
  const isOfAddress = kind === 'null-route' || kind === 'icmp-reject' || draft.trigger.kind === 'ip-address';
  // Silence on one port tried and on several is the same silence.
  const what = isOfAddress && kind === 'packet-drop' ? 'null-route' : kind;
  return `${what} ${transportOf(draft)} ${isOfAddress ? '' : draft.target.port} ${who}`;
}

function isOfTor({ trigger }: Draft): boolean {
  return trigger.kind === 'protocol' && trigger.value === TOR;
}

function describe(drafts: readonly Draft[], targets: Targets, capture: CaptureFacts): IncidentGroup {
  // What an earlier finding caused belongs to the incident, but is not what the incident is about.
  const inIncident = new Set(drafts.map((draft) => draft.key));
  const causing = drafts.filter((draft) => draft.causedBy === null || !inIncident.has(draft.causedBy));
  const own = causing.length > 0 ? causing : drafts;
  const isOwn = new Set(own);
  const bySurest = [...own].sort((a, b) => rank(b.confidence) - rank(a.confidence));
  const concerned = drafts.filter((draft) => isOwn.has(draft) || !isStray(draft));
  const groups = [...new Set(concerned.flatMap((draft) => targets.of(draft)))];
  const firstTime = leastOf(drafts.map((draft) => draft.firstTime));
  const lastTime = greatestOf(drafts.map((draft) => draft.lastTime));
  const tally: Tally = { attempts: 0, failed: 0, succeeded: 0 };
  for (const group of groups) {
    const counted = targets.tally(group, firstTime, lastTime);
    tally.attempts += counted.attempts;
    tally.failed += counted.failed;
    tally.succeeded += counted.succeeded;
  }
  const confidence = own.reduce<Confidence>((best, draft) => surest(best, draft.confidence), 'inconclusive');
  return {
    drafts,
    targets: groups,
    techniques: [...new Set([...bySurest, ...concerned].flatMap(techniquesOfDraft))],
    confidence,
    outcome: outcomeOf(own, tally, capture),
    tally,
    firstTime,
    lastTime,
    verdict: verdictOf(bySurest, ...ownOf(own, drafts, groups, tally, targets)),
    next: nextSteps(bySurest, confidence, capture),
  };
}

/**
 * What the verdict names and counts. Where the same place was closed to everything for a while afterwards, other names
 * failed there that nobody blocks: they are counted apart.
 */
function ownOf(
  own: readonly Draft[],
  drafts: readonly Draft[],
  groups: readonly TargetGroup[],
  tally: Tally,
  targets: Targets,
): [groups: readonly TargetGroup[], tally: Tally, residual: number] {
  const isOwn = new Set(own);
  const residual = drafts.filter((draft) => draft.residual && !isOwn.has(draft)).length;
  if (residual === 0) return [groups, tally, 0];
  const named = [...new Set(own.flatMap((draft) => targets.of(draft)))];
  const from = leastOf(own.map(({ firstTime }) => firstTime));
  const to = greatestOf(own.map(({ lastTime }) => lastTime));
  const counted: Tally = { attempts: 0, failed: 0, succeeded: 0 };
  for (const group of named) {
    const one = targets.tally(group, from, to);
    counted.attempts += one.attempts;
    counted.failed += one.failed;
    counted.succeeded += one.succeeded;
  }
  return [named, counted, residual];
}

function verdictOf(
  bySurest: readonly Draft[],
  groups: readonly TargetGroup[],
  tally: Tally,
  residual: number,
): IncidentGroup['verdict'] {
  const lead = bySurest[0]!;
  const alike = bySurest.filter((draft) => draft.interference.kind === lead.interference.kind);
  const triggerLead = alike.reduce(
    (best, draft) => (rank(draft.trigger.confidence) > rank(best.trigger.confidence) ? draft : best),
    lead,
  );
  const names = new Set<string>();
  for (const group of groups) for (const name of namesOf(group, lead)) names.add(name);
  return {
    kind: verdictKind(lead, triggerLead),
    params: {
      targets: [...names].slice(0, NAMED_TARGETS),
      more: Math.max(0, names.size - NAMED_TARGETS),
      failed: tally.failed,
      attempts: tally.attempts,
      interference: lead.interference.kind,
      confidence: lead.confidence,
      trigger: triggerLead.trigger.kind,
      triggerConfidence: weaker(triggerLead.trigger.confidence, lead.confidence),
      place: lead.place,
      survived: alike.every((draft) => draft.effect === 'survived'),
      residual,
    },
  };
}

/** The name, or the silent addresses themselves where it is they that are silent. */
function namesOf(group: TargetGroup, lead: Draft): string[] {
  if (group.domain !== null) return [group.domain];
  if (isOfTor(lead)) return [TOR];
  const addresses = [...group.addresses];
  return addresses.length === 0 ? [lead.target.address] : addresses;
}

const NAME_TRIGGERS: readonly Draft['trigger']['kind'][] = [
  'tls-sni',
  'tls-fingerprint',
  'http-host',
  'http-content',
  'quic-sni',
];

function verdictKind(lead: Draft, triggerLead: Draft): VerdictKind {
  if (lead.confidence === 'inconclusive') return 'cannot-tell';
  const { kind, variant } = lead.interference;
  const isByName = NAME_TRIGGERS.includes(triggerLead.trigger.kind);
  const isDns = transportOf(lead) === 'dns';
  switch (kind) {
    case 'rst-injection':
      if (isByName) return variant.startsWith('fin') ? 'closed-by-name' : 'reset-by-name';
      return triggerLead.trigger.kind === 'ip-address' ? 'reset-by-address' : 'reset';
    case 'packet-drop':
      if (isDns) return triggerLead.trigger.kind === 'port' ? 'resolver-silent' : 'dns-silent';
      if (isByName) return 'dropped-by-name';
      return triggerLead.trigger.kind === 'ip-address' ? 'address-silent' : 'dropped';
    case 'null-route':
      return 'address-silent';
    case 'icmp-reject':
      return 'address-rejected';
    case 'forged-answer': {
      if (lead.dns === null) return 'resolver-replaced';
      const answers = lead.dns?.answers.filter((answer) => answer.forged) ?? [];
      if (answers.length > 0 && answers.every((answer) => answer.addresses.length === 0)) return 'dns-denied';
      return lead.place === 'resolver' ? 'dns-lying-resolver' : 'dns-forged';
    }
    case 'cut-off':
      return 'cut-off';
    case 'throttling':
      return 'slowed';
    case 'block-page':
      return 'page-replaced';
    case 'tls-mitm':
      return 'intercepted';
    case 'tls-alert':
      return 'alerted';
    case 'data-injection':
      return 'data-replaced';
    default:
      return 'other';
  }
}
