// Services by surface: the website and the app of one service fare differently, and that difference is often the story.

import { isMainName, SERVICES, type Service } from '../../shared/domain/services.ts';
import { atLeast, type Confidence, SURFACES, type Surface, surest, weaker } from '../../shared/domain/vocabulary.ts';
import type { ServiceState } from '../../shared/i18n/language.ts';
import type { TargetGroup, Targets } from './targets.ts';

export interface SurfaceVerdict {
  readonly surface: Surface;
  readonly state: ServiceState;
  readonly confidence: Confidence;
  readonly targets: readonly TargetGroup[];
}

export interface ServiceGroup {
  /** Of the table, or of an imported list. */
  readonly service: string;
  /** The imported list that its targets, or some of them, are known from. */
  readonly list: string | null;
  readonly surfaces: readonly SurfaceVerdict[];
}

/** A key exchange alone is one round; a working Telegram connection goes on after it. */
const WORKING_ROUNDS = 2;

export function judgeServices(all: readonly TargetGroup[], targets: Targets): ServiceGroup[] {
  const seen = new Map<Service, TargetGroup[]>();
  for (const group of all) {
    if (group.service === null) continue;
    const list = seen.get(group.service);
    if (list === undefined) seen.set(group.service, [group]);
    else list.push(group);
  }
  const unknown = all.filter((group) => group.service === null);
  const listed = [...new Set(unknown.flatMap((group) => group.listed ?? []))].sort().map((service): ServiceGroup => {
    const own = unknown.filter((group) => group.listed === service);
    return { service, list: service, surfaces: [{ surface: 'web', ...judge(own, targets), targets: own }] };
  });
  const known = SERVICES.filter((row) => seen.has(row.service)).map((row) => {
    const groups = seen.get(row.service)!;
    const surfaces = SURFACES.filter(
      (surface) =>
        row.domains[surface] !== undefined ||
        (row.service === 'telegram' && surface === 'app') ||
        groups.some((group) => group.surface === surface),
    );
    return {
      service: row.service,
      list: groups.find((group) => group.listed !== null)?.listed ?? null,
      surfaces: surfaces.map((surface) => {
        const own = groups.filter((group) => group.surface === surface);
        const judged = row.service === 'telegram' && surface === 'app' ? judgeApp(own, targets) : judge(own, targets);
        return { surface, ...judged, targets: own };
      }),
    };
  });
  return [...known, ...listed];
}

type Verdict = { readonly state: ServiceState; readonly confidence: Confidence };

/**
 * The surest of the findings at them. That a service is blocked claims more than that packets were forged: it is
 * confirmed only where the trigger is confirmed too.
 */
function findings(groups: readonly TargetGroup[]): Confidence {
  return groups
    .flatMap((group) => group.drafts)
    .map(({ confidence, trigger }) => weaker(confidence, surest(trigger.confidence, 'likely')))
    .reduce<Confidence>(surest, 'inconclusive');
}

function judge(groups: readonly TargetGroup[], targets: Targets): Verdict {
  if (groups.length === 0) return { state: 'not-seen', confidence: 'inconclusive' };
  const outcomes = groups.map((group) => ({ group, outcome: targets.outcome(group) }));
  const blocked = outcomes.filter(({ outcome }) => outcome === 'blocked').map(({ group }) => group);
  const hindered = outcomes
    .filter(({ group, outcome }) => outcome === 'attempted' && targets.total(group).failed > 0)
    .map(({ group }) => group);
  // That a name resolves does not show that the service can be reached.
  const reached = outcomes
    .filter(({ group, outcome }) => group.transport !== 'dns' && (outcome === 'ok' || outcome === 'attempted'))
    .map(({ group }) => group);
  // Nor does a side name show that the website can be used whose main names are blocked.
  const works = blocked.some(isMain) ? reached.some(isMain) : reached.length > 0;
  if (blocked.length > 0) return { state: works ? 'degraded' : 'blocked', confidence: findings(blocked) };
  if (hindered.length > 0) return { state: 'degraded', confidence: findings(hindered) };
  if (works) return { state: 'reachable', confidence: 'confirmed' };
  return { state: 'inconclusive', confidence: findings(groups) };
}

function isMain({ service, domain }: TargetGroup): boolean {
  return service !== null && domain !== null && isMainName(service, domain);
}

/**
 * Telegram's app by data centre: reachable if one answered for two rounds or more; blocked only if all that were tried
 * failed; degraded when some did.
 */
function judgeApp(groups: readonly TargetGroup[], targets: Targets): Verdict {
  if (groups.length === 0) return { state: 'not-seen', confidence: 'inconclusive' };
  const centres = new Map<string, { works: boolean; failed: boolean; groups: Set<TargetGroup> }>();
  for (const group of groups) {
    targets.units(group, (unit) => {
      let centre = centres.get(unit.address);
      if (centre === undefined) {
        centre = { works: false, failed: false, groups: new Set() };
        centres.set(unit.address, centre);
      }
      centre.groups.add(group);
      if (unit.state === 'succeeded' && unit.rounds >= WORKING_ROUNDS) centre.works = true;
      else if (unit.state === 'failed') centre.failed = true;
    });
  }
  const tried = [...centres.values()].filter((centre) => centre.works || centre.failed);
  const failing = tried.filter((centre) => !centre.works);
  const confidence = findings(failing.flatMap((centre) => [...centre.groups]));
  const isInterference = atLeast(confidence, 'likely');
  if (failing.length < tried.length) {
    return failing.length > 0 && isInterference
      ? { state: 'degraded', confidence }
      : { state: 'reachable', confidence: 'confirmed' };
  }
  return failing.length > 0 && isInterference
    ? { state: 'blocked', confidence }
    : { state: 'inconclusive', confidence };
}
