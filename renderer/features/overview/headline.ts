// What the overview may claim, from incidents and services alone. A headline never says more than its surest incident.

import type { Incident, Target } from '../../../shared/contract/analysis.ts';
import type { CaptureView } from '../../../shared/contract/merge.ts';
import {
  atLeast,
  type Confidence,
  type Outcome,
  rank,
  type Surface,
  weaker,
} from '../../../shared/domain/vocabulary.ts';

/** A surface of a known service, or a target by its name or address. */
export type Subject =
  | { readonly kind: 'surface'; readonly service: string; readonly surface: Surface }
  | { readonly kind: 'target'; readonly name: string };

export interface Claim {
  readonly kind: 'blocked' | 'probably' | 'survived';
  readonly subjects: readonly Subject[];
  /** Of the least sure of its subjects. */
  readonly confidence: Confidence;
}

export interface Affected {
  readonly name: string;
  readonly outcome: Outcome;
  readonly failed: number;
  readonly succeeded: number;
}

export interface Headline {
  /** `claims`: something likely or confirmed; the others say why there is none. */
  readonly kind: 'claims' | 'maybe' | 'unclear' | 'none' | 'nothing' | 'unread' | 'failed';
  readonly claims: readonly Claim[];
  /** Surfaces of the services named above that worked. */
  readonly worked: readonly Subject[];
  /** Of the first claim, where there is one, else of the surest incident; null without any. */
  readonly confidence: Confidence | null;
  /** Surest first, what stopped something before what was survived. */
  readonly incidents: readonly Incident[];
  readonly attempts: number;
  readonly succeeded: number;
  /** Successes with targets that no incident is about. */
  readonly elsewhere: number;
  readonly targets: number;
  /** Targets of no known service that incidents are about: services say the rest. */
  readonly affected: readonly Affected[];
  /** Targets that possible incidents are about. */
  readonly suspected: number;
}

const CLAIMS: readonly Claim['kind'][] = ['blocked', 'probably', 'survived'];

export function headlineOf({ head, incidents, targets }: CaptureView): Headline {
  const ordered = [...incidents].sort(
    (a, b) => rank(b.confidence) - rank(a.confidence) || gravity(b) - gravity(a) || b.failed - a.failed,
  );
  const sure = ordered.filter(({ confidence }) => atLeast(confidence, 'likely'));
  const attempts = targets.reduce((sum, target) => sum + target.attempts, 0);
  const succeeded = targets.reduce((sum, target) => sum + target.succeeded, 0);

  const surfaces = (head?.services ?? []).flatMap(({ service, surfaces: all }) =>
    all.map((surface) => ({ ...surface, service })),
  );
  const covered = new Set<string>();
  const made = new Map<Claim['kind'], { subjects: Subject[]; confidence: Confidence }>();
  const claim = (kind: Claim['kind'], subject: Subject, confidence: Confidence): void => {
    const same = made.get(kind);
    if (same === undefined) made.set(kind, { subjects: [subject], confidence });
    else {
      same.subjects.push(subject);
      same.confidence = weaker(same.confidence, confidence);
    }
  };
  for (const { service, surface, state, confidence, incidents: of } of surfaces) {
    if ((state !== 'blocked' && state !== 'degraded') || !atLeast(confidence, 'likely')) continue;
    for (const id of of) covered.add(id);
    const kind = state === 'degraded' ? 'survived' : confidence === 'confirmed' ? 'blocked' : 'probably';
    claim(kind, { kind: 'surface', service, surface }, confidence);
  }
  const byId = new Map(targets.map((target) => [target.id, target]));
  const claimed = new Set<string>();
  for (const incident of sure) {
    if (covered.has(incident.id)) continue;
    const kind =
      incident.outcome === 'blocked' ? (incident.confidence === 'confirmed' ? 'blocked' : 'probably') : 'survived';
    const names = incident.targets.flatMap((id) => nameOf(byId.get(id)) ?? []);
    for (const name of programOf(incident, names) ?? names) {
      if (claimed.has(name)) continue;
      claimed.add(name);
      claim(kind, { kind: 'target', name }, incident.confidence);
    }
  }
  const claims = CLAIMS.flatMap((kind): Claim[] => {
    const one = made.get(kind);
    return one === undefined ? [] : [{ kind, ...one }];
  });
  const named = new Set(
    claims.flatMap(({ subjects }) =>
      subjects.flatMap((subject) => (subject.kind === 'surface' ? subject.service : [])),
    ),
  );
  const worked = surfaces
    .filter(({ service, state }) => named.has(service) && state === 'reachable')
    .map(({ service, surface }): Subject => ({ kind: 'surface', service, surface }));

  const possible = ordered.filter(({ confidence }) => confidence === 'possible');
  const kind =
    claims.length > 0
      ? 'claims'
      : possible.length > 0
        ? 'maybe'
        : head?.error != null && attempts === 0
          ? 'failed'
          : incidents.length > 0 || (attempts > 0 && succeeded === 0)
            ? // Where nothing at all worked there is nothing to hold a failure against
              'unclear'
            : attempts > 0
              ? 'none'
              : // Stopped before its first packet it says nothing of what was tried
                head?.capture.complete === false && head.capture.packets === 0
                ? 'unread'
                : 'nothing';
  return {
    kind,
    claims,
    worked,
    confidence: claims[0]?.confidence ?? ordered[0]?.confidence ?? null,
    incidents: ordered,
    attempts,
    succeeded,
    elsewhere: targets
      .filter((target) => target.incidents.length === 0)
      .reduce((sum, target) => sum + target.succeeded, 0),
    targets: targets.length,
    affected: affectedOf(targets),
    suspected: new Set(possible.flatMap((incident) => incident.targets)).size,
  };
}

function nameOf(target: Target | undefined): string | null {
  return target === undefined ? null : (target.domain ?? target.addresses[0] ?? target.id);
}

/** Where the verdict names none of the targets it names the program that was after them all: Tor, of its relays. */
function programOf({ verdict }: Incident, names: readonly string[]): readonly string[] | null {
  const { targets } = verdict.params;
  if (!Array.isArray(targets) || targets.length === 0) return null;
  const named = targets.map(String);
  return named.some((name) => names.includes(name)) ? null : named;
}

/** One row a name: ports and transports of it together, as the worst of them fared. */
function affectedOf(targets: readonly Target[]): readonly Affected[] {
  const byName = new Map<string, Affected>();
  for (const target of targets) {
    if (target.service !== null || target.incidents.length === 0) continue;
    const name = nameOf(target)!;
    const before = byName.get(name);
    byName.set(name, {
      name,
      outcome: before !== undefined && gravity(before) >= gravity(target) ? before.outcome : target.outcome,
      failed: (before?.failed ?? 0) + target.failed,
      succeeded: (before?.succeeded ?? 0) + target.succeeded,
    });
  }
  return [...byName.values()];
}

function gravity({ outcome }: { readonly outcome: Outcome }): number {
  return outcome === 'blocked' ? 2 : outcome === 'attempted' ? 1 : 0;
}
