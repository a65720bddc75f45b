// How incidents, targets and services of a result are called on the page.

import type { Analysis, Incident, ServiceVerdict, Target } from '../../../shared/contract/analysis.ts';
import type { Technique } from '../../../shared/domain/vocabulary.ts';
import { en } from '../../../shared/i18n/en.ts';
import { hostPort } from '../../ui/format.ts';
import { words } from '../../ui/words.ts';

export function laneName(technique: Technique | null): string {
  return technique === null ? words.otherLane : en.technique[technique].name;
}

export function targetName(target: Target): string {
  const host = target.domain ?? target.addresses[0] ?? '?';
  if (target.transport === 'dns') return `${host} (DNS)`;
  return `${hostPort(host, target.port)}${target.transport === 'tcp' ? '' : ` (${target.transport.toUpperCase()})`}`;
}

const NAMED_TARGETS = 3;

/** `telegram.org:443, t.me:443 +2` */
export function targetsOf(analysis: Analysis, incident: Incident): string {
  const targets = analysis.targets.filter((target) => incident.targets.includes(target.id));
  const more = targets.length - NAMED_TARGETS;
  const shown = more > 1 ? targets.slice(0, NAMED_TARGETS) : targets;
  return `${shown.map(targetName).join(', ')}${more > 1 ? ` +${more}` : ''}`;
}

/** The id of an incident's heading: one capture is shown at a time. */
export function anchorOf(incident: Incident): string {
  return `incident-${incident.id}`;
}

export type SurfaceVerdict = ServiceVerdict['surfaces'][number];

/** `blocked (likely)` */
export function surfaceState({ state, confidence }: SurfaceVerdict): string {
  const word = en.serviceState[state];
  if (state === 'blocked' || state === 'degraded') return `${word} (${en.confidence[confidence].word})`;
  return state === 'inconclusive' && confidence === 'possible' ? `${word} (${words.interferenceIsPossible})` : word;
}
