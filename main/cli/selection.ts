// What --service and --min-confidence leave of a result. Ids stay as they were, so that two outputs can be compared.

import type { Analysis } from '../../shared/contract/analysis.ts';
import { atLeast, type Confidence } from '../../shared/domain/vocabulary.ts';

export interface Selection {
  readonly analysis: Analysis;
  /** Findings of the service that are weaker than asked for. */
  readonly hidden: number;
}

export function select(analysis: Analysis, service: string | null, floor: Confidence): Selection {
  const ofService = (name: string | null) => service === null || name === service;
  const targets = analysis.targets.filter((target) => ofService(target.service));
  const targetIds = new Set(targets.map((target) => target.id));
  const concerned = new Set(
    analysis.incidents
      .filter((incident) => service === null || incident.targets.some((id) => targetIds.has(id)))
      .flatMap((incident) => incident.findings),
  );
  const findings = analysis.findings.filter(
    (finding) => concerned.has(finding.id) && atLeast(finding.confidence, floor),
  );
  const findingIds = new Set(findings.map((finding) => finding.id));
  const incidents = analysis.incidents
    .map((incident) => ({
      ...incident,
      targets: incident.targets.filter((id) => targetIds.has(id)),
      findings: incident.findings.filter((id) => findingIds.has(id)),
    }))
    .filter((incident) => incident.findings.length > 0);
  const incidentIds = new Set(incidents.map((incident) => incident.id));
  const known = (ids: readonly string[]) => ids.filter((id) => incidentIds.has(id));
  return {
    analysis: {
      ...analysis,
      findings,
      incidents,
      targets: targets.map((target) => ({ ...target, incidents: known(target.incidents) })),
      services: analysis.services
        .filter((row) => ofService(row.service))
        .map((row) => ({
          ...row,
          surfaces: row.surfaces.map((surface) => ({ ...surface, incidents: known(surface.incidents) })),
        })),
    },
    hidden: concerned.size - findings.length,
  };
}
