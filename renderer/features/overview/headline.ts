// What the overview may claim, from incidents and services alone. A headline never says more than its surest incident.

import type { Incident } from '../../../shared/contract/analysis.ts';
import type { CaptureView } from '../../../shared/contract/merge.ts';
import { atLeast, type Confidence, rank, type Surface } from '../../../shared/domain/vocabulary.ts';

/** A surface of a known service, or a target by its name or address. */
export type Subject =
  | { readonly kind: 'surface'; readonly service: string; readonly surface: Surface }
  | { readonly kind: 'target'; readonly name: string };

export interface Claim {
  readonly kind: 'blocked' | 'probably' | 'survived';
  readonly subjects: readonly Subject[];
}

export interface Headline {
  /** `claims`: something likely or confirmed; the others say why there is none. */
  readonly kind: 'claims' | 'maybe' | 'unclear' | 'none' | 'nothing' | 'failed';
  readonly claims: readonly Claim[];
  /** Surfaces of the services named above that worked. */
  readonly worked: readonly Subject[];
  /** Of the surest incident; null without any. */
  readonly confidence: Confidence | null;
  /** Surest first, what stopped something before what was survived. */
  readonly incidents: readonly Incident[];
  readonly attempts: number;
  readonly succeeded: number;
  readonly targets: number;
  /** Targets that possible incidents are about. */
  readonly suspected: number;
}

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
  const claims: Claim[] = [];
  const claim = (kind: Claim['kind'], subject: Subject): void => {
    const same = claims.find((entry) => entry.kind === kind);
    if (same === undefined) claims.push({ kind, subjects: [subject] });
    else claims[claims.indexOf(same)] = { kind, subjects: [...same.subjects, subject] };
  };
  for (const { service, surface, state, confidence, incidents: of } of surfaces) {
    if ((state !== 'blocked' && state !== 'degraded') || !atLeast(confidence, 'likely')) continue;
    for (const id of of) covered.add(id);
    const kind = state === 'degraded' ? 'survived' : confidence === 'confirmed' ? 'blocked' : 'probably';
    claim(kind, { kind: 'surface', service, surface });
  }
  const byId = new Map(targets.map((target) => [target.id, target]));
  for (const incident of sure) {
    if (covered.has(incident.id)) continue;
    const kind =
      incident.outcome === 'blocked' ? (incident.confidence === 'confirmed' ? 'blocked' : 'probably') : 'survived';
    for (const id of incident.targets) {
      const target = byId.get(id);
      if (target === undefined) continue;
      const name = target.domain ?? target.addresses[0] ?? target.id;
      const known = claims
        .flatMap(({ subjects }) => subjects)
        .some((subject) => subject.kind === 'target' && subject.name === name);
      if (!known) claim(kind, { kind: 'target', name });
    }
  }
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
          : incidents.length > 0
            ? 'unclear'
            : attempts === 0
              ? 'nothing'
              : 'none';
  return {
    kind,
    claims,
    worked,
    confidence: ordered[0]?.confidence ?? null,
    incidents: ordered,
    attempts,
    succeeded,
    targets: targets.length,
    suspected: new Set(possible.flatMap((incident) => incident.targets)).size,
  };
}

function gravity({ outcome }: Incident): number {
  return outcome === 'blocked' ? 2 : outcome === 'attempted' ? 1 : 0;
}
