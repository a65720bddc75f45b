// After-effects of a filter that resets: for a while after a name, connections to the same address and port are reset
// before they could name anything. Told from the blocking of an address by what worked there before and after.

import { rank, type TriggerKind } from '../../shared/domain/vocabulary.ts';
import { RESIDUAL_WINDOW } from '../observe/controls.ts';
import { type EvidenceBase, SECOND } from '../observe/evidence-base.ts';
import { type Draft, evidence } from './detector.ts';

const NAMES: readonly TriggerKind[] = ['tls-sni', 'http-host', 'http-content'];
/** One may be chance, or an attempt that was under way. */
const LEAST_FAILED = 2;

/** The same drafts; those that are after-effects of another say so, and how long it went on. */
export function withResiduals(drafts: readonly Draft[], base: EvidenceBase): Draft[] {
  const causes = drafts.filter(
    ({ trigger }) => NAMES.includes(trigger.kind) && rank(trigger.confidence) >= rank('likely'),
  );
  if (causes.length === 0) return [...drafts];
  const groups = new Map<Draft, Draft[]>();
  for (const draft of drafts) {
    if (draft.stage !== 'syn' || draft.flow === null || rank(draft.confidence) < rank('likely')) continue;
    const cause = causes
      .filter((one) => placeOf(one) === placeOf(draft) && one.firstTime < draft.firstTime)
      .filter((one) => draft.firstTime - one.firstTime <= RESIDUAL_WINDOW)
      .sort((a, b) => b.firstTime - a.firstTime)[0];
    if (cause !== undefined) groups.set(cause, [...(groups.get(cause) ?? []), draft]);
  }
  const changed = new Map<Draft, Draft>();
  for (const [cause, failed] of groups) {
    for (const draft of afterEffects(cause, failed, base)) changed.set(draft.before, draft.after);
  }
  return drafts.map((draft) => changed.get(draft) ?? draft);
}

function afterEffects(
  cause: Draft,
  failed: readonly Draft[],
  base: EvidenceBase,
): { readonly before: Draft; readonly after: Draft }[] {
  const { client, server } = cause.flow!;
  const worked: number[] = [];
  for (const entry of base.index.entries()) {
    if (entry.client !== client.address || entry.address !== server.address || entry.port !== server.port) continue;
    for (const { outcome, firstTime } of entry.attempts) if (outcome === 'ok') worked.push(firstTime);
  }
  const last = Math.max(...failed.map((draft) => draft.firstTime));
  const again = Math.min(...worked.filter((time) => time > last));
  const isBefore = worked.some((time) => time < cause.firstTime);
  const isBetween = worked.some((time) => time > cause.firstTime && time < last);
  if (failed.length < LEAST_FAILED || !isBefore || isBetween || again === Number.POSITIVE_INFINITY) return [];
  const fact = evidence(
    'residual-window',
    'supports',
    'medium',
    {
      name: cause.trigger.value ?? server.address,
      failed: failed.length,
      least: (last - cause.firstTime) / SECOND,
      most: (again - cause.firstTime) / SECOND,
    },
    [...cause.frames.trigger, ...failed.flatMap((draft) => draft.frames.trigger.slice(0, 1))],
  );
  return failed.map((draft) => ({
    before: draft,
    after: { ...draft, evidence: [...draft.evidence, fact], causedBy: cause.key, residual: true },
  }));
}

function placeOf({ flow, target }: Draft): string {
  return `${flow?.client.address} ${target.address} ${target.port}`;
}
