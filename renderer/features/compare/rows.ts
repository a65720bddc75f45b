// Targets and services of several captures, matched: by name where there is one, else by address and port.

import type { Target } from '../../../shared/contract/analysis.ts';
import type { CaptureView } from '../../../shared/contract/merge.ts';
import { OUTCOMES, type Outcome, type Surface } from '../../../shared/domain/vocabulary.ts';
import { hostPort } from '../../ui/format.ts';

export interface Tally {
  readonly outcome: Outcome;
  readonly attempts: number;
  readonly failed: number;
  readonly incidents: readonly string[];
}

export interface Row {
  readonly key: string;
  /** One a capture, null where it was not seen. */
  readonly cells: readonly (Tally | null)[];
  readonly differs: boolean;
}

/** The same target tried over several addresses is one row; the most serious outcome stands for it. */
const GRAVITY: readonly Outcome[] = ['blocked', 'attempted', 'down', 'insufficient', 'ok'] satisfies readonly Outcome[];

function keyOf(target: Target): string {
  if (target.domain !== null) return target.domain;
  const address = target.addresses[0] ?? '?';
  return target.transport === 'dns' ? address : hostPort(address, target.port);
}

function added(tally: Tally | undefined, target: Target): Tally {
  const graver =
    tally === undefined || GRAVITY.indexOf(target.outcome) < GRAVITY.indexOf(tally.outcome)
      ? target.outcome
      : tally.outcome;
  return {
    outcome: graver,
    attempts: (tally?.attempts ?? 0) + target.attempts,
    failed: (tally?.failed ?? 0) + target.failed,
    incidents: [...(tally?.incidents ?? []), ...target.incidents],
  };
}

export function targetRows(views: readonly (CaptureView | null)[]): readonly Row[] {
  const tallies = views.map((view) => {
    const byKey = new Map<string, Tally>();
    for (const target of view?.targets ?? []) byKey.set(keyOf(target), added(byKey.get(keyOf(target)), target));
    return byKey;
  });
  const keys = [...new Set(tallies.flatMap((byKey) => [...byKey.keys()]))];
  const rows = keys.map((key): Row => {
    const cells = tallies.map((byKey) => byKey.get(key) ?? null);
    const seen = cells.flatMap((cell) => cell?.outcome ?? []);
    return { key, cells, differs: new Set(seen).size > 1 };
  });
  const worst = (row: Row): number =>
    Math.min(...row.cells.map((cell) => (cell === null ? OUTCOMES.length : GRAVITY.indexOf(cell.outcome))));
  return rows.sort((a, b) => Number(b.differs) - Number(a.differs) || worst(a) - worst(b) || (a.key < b.key ? -1 : 1));
}

export interface SurfaceRow {
  readonly service: string;
  readonly surface: Surface;
  readonly states: readonly (string | null)[];
}

/** Surfaces that at least one capture saw. */
export function surfaceRows(views: readonly (CaptureView | null)[]): readonly SurfaceRow[] {
  const rows = new Map<string, { service: string; surface: Surface; states: (string | null)[] }>();
  views.forEach((view, at) => {
    for (const { service, surfaces } of view?.head?.services ?? []) {
      for (const { surface, state } of surfaces) {
        if (state === 'not-seen') continue;
        const key = `${service} ${surface}`;
        const row = rows.get(key) ?? { service, surface, states: views.map(() => null) };
        row.states[at] = state;
        rows.set(key, row);
      }
    }
  });
  return [...rows.values()];
}
