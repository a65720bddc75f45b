// Values that a capture holds, for suggestions: counted over its findings and targets.

import type { CaptureView } from '../../../shared/contract/merge.ts';
import type { FilterField } from '../../../shared/domain/filter-kinds.ts';
import type { KnownValue } from '../../../shared/filter/suggest.ts';

const MOST = 200;

function counted(values: readonly (string | null | undefined)[]): readonly KnownValue[] {
  const counts = new Map<string, number>();
  for (const value of values)
    if (value !== null && value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count)
    .slice(0, MOST);
}

/** Services of imported lists are known although nothing in the capture belongs to them, as those of the table are. */
function withLists(seen: readonly KnownValue[], { head }: CaptureView): readonly KnownValue[] {
  const names = (head?.lists ?? []).flatMap(({ kind, name }) => (kind === 'service' ? name : []));
  const unseen = names.filter((name) => !seen.some(({ value }) => value === name));
  return [...seen, ...unseen.map((value) => ({ value, count: 0 }))];
}

const cache = new WeakMap<CaptureView, { readonly [Field in FilterField]?: readonly KnownValue[] }>();

export function knownValues(view: CaptureView | null): { readonly [Field in FilterField]?: readonly KnownValue[] } {
  if (view === null) return {};
  const before = cache.get(view);
  if (before !== undefined) return before;
  const { findings, targets, incidents } = view;
  const domains = counted(targets.map(({ domain }) => domain));
  const known = {
    technique: counted(findings.flatMap(({ techniques }) => techniques)),
    confidence: counted(findings.map(({ confidence }) => confidence)),
    trigger: counted(findings.map(({ trigger }) => trigger.kind)),
    interference: counted(findings.map(({ interference }) => interference.kind)),
    target: domains,
    domain: domains,
    address: counted(targets.flatMap(({ addresses }) => addresses)),
    service: withLists(counted(targets.map(({ service }) => service)), view),
    surface: counted(targets.map(({ surface }) => surface)),
    outcome: counted(targets.map(({ outcome }) => outcome)),
    incident: counted(incidents.map(({ id }) => id)),
    finding: counted(findings.map(({ id }) => id)),
    resolver: counted(view.head?.capture.vantage.resolvers ?? []),
  };
  cache.set(view, known);
  return known;
}
