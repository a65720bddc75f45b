// A capture as a face holds it: updates merged by id. Used by the renderer, and by the tests of every transport.

import type { Analysis, Finding, Incident, Target } from './analysis.ts';
import type { AnalysisHead, CaptureState, CaptureUpdate, Progress } from './service.ts';

export interface CaptureView {
  readonly capture: string;
  readonly state: CaptureState;
  readonly progress: Progress;
  /** Null until the first judgement. */
  readonly head: AnalysisHead | null;
  readonly findings: readonly Finding[];
  readonly incidents: readonly Incident[];
  readonly targets: readonly Target[];
}

interface Change<T> {
  readonly set: readonly T[];
  readonly removed: readonly string[];
  readonly order: readonly string[];
}

function merged<T extends { readonly id: string }>(before: readonly T[], change: Change<T> | undefined): readonly T[] {
  if (change === undefined) return before;
  const byId = new Map(before.map((item) => [item.id, item]));
  for (const item of change.set) byId.set(item.id, item);
  return change.order.flatMap((id) => byId.get(id) ?? []);
}

/** What is shown after an update; lists that did not change stay the same objects. */
export function mergeUpdate(before: CaptureView | null, update: CaptureUpdate): CaptureView {
  const base = update.full ? null : before;
  return {
    capture: update.capture,
    state: update.state,
    progress: update.progress,
    head: update.head ?? base?.head ?? null,
    findings: merged(base?.findings ?? [], update.findings),
    incidents: merged(base?.incidents ?? [], update.incidents),
    targets: merged(base?.targets ?? [], update.targets),
  };
}

/** The analysis that the updates add up to. */
export function analysisOf(view: CaptureView): Analysis | null {
  if (view.head === null) return null;
  const { services, ...head } = view.head;
  return {
    ...head,
    targets: [...view.targets],
    findings: [...view.findings],
    incidents: [...view.incidents],
    services,
  };
}
