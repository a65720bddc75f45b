// How the filter reads a finding; a row of the timeline and of the list of incidents.

import type { Finding } from '../../../shared/contract/analysis.ts';
import type { CaptureView } from '../../../shared/contract/merge.ts';
import { compile, type RowFields } from '../../../shared/filter/compile.ts';
import { parse } from '../../../shared/filter/parse.ts';
import { epochSeconds } from '../../ui/moment.ts';

const present = <T>(...values: readonly (T | null | undefined)[]): T[] =>
  values.flatMap((value) => (value === null || value === undefined ? [] : [value]));

function fieldsOf(view: CaptureView): RowFields<Finding> {
  const start = epochSeconds(view.head?.capture.firstTime ?? '0');
  const incidentOf = new Map(view.incidents.flatMap(({ id, findings }) => findings.map((finding) => [finding, id])));
  const outcomeOf = new Map(
    view.incidents.flatMap(({ outcome, findings }) => findings.map((finding) => [finding, outcome])),
  );
  return {
    technique: ({ techniques }) => techniques,
    confidence: ({ confidence }) => confidence,
    trigger: ({ trigger }) => trigger.kind,
    interference: ({ interference }) => interference.kind,
    target: ({ target }) => present(target.domain, target.address),
    domain: ({ target, dns }) => present(target.domain, dns?.query.name),
    address: ({ target, flow, dns }) =>
      present(target.address, flow?.client.address, flow?.server.address, dns?.query.resolver),
    port: ({ target, flow }) => present(target.port, flow?.client.port),
    protocol: ({ flow, dns }) => present(flow?.protocol, dns === null ? null : 'dns'),
    service: ({ target }) => target.service,
    surface: ({ target }) => target.surface,
    outcome: ({ id }) => outcomeOf.get(id),
    client: ({ flow }) => flow?.client.address,
    resolver: ({ dns }) => dns?.query.resolver,
    incident: ({ id }) => incidentOf.get(id),
    finding: ({ id }) => id,
    flow: ({ flow }) => flow?.id,
    frame: ({ frames }) => [...frames.trigger, ...frames.forged, ...frames.affected],
    time: ({ firstTime }) => epochSeconds(firstTime) - start,
    text: ({ id, target, techniques, trigger }) =>
      present(id, target.domain, target.address, trigger.value, ...techniques),
  };
}

/** The view with the findings and incidents that the filter lets through; a filter that cannot be read lets all through. */
export function filtered(view: CaptureView, filter: string): CaptureView {
  const parsed = parse(filter);
  if (!parsed.ok || parsed.ast.kind === 'all') return view;
  const test = compile(parsed.ast, fieldsOf(view), { start: epochSeconds(view.head?.capture.firstTime ?? '0') });
  const findings = view.findings.filter(test);
  const left = new Set(findings.map(({ id }) => id));
  return {
    ...view,
    findings,
    incidents: view.incidents.filter((incident) => incident.findings.some((id) => left.has(id))),
  };
}
