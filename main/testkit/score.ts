// Base rates: of what the rules say at each level, how much is right. A finding counts once, under the technique that it
// names first; what labels do not speak of is neither right nor wrong. Pure; score-main.ts runs it over captures.

import type { Finding } from '../../shared/contract/analysis.ts';
import { atLeast, CONFIDENCES, TECHNIQUES } from '../../shared/domain/vocabulary.ts';

/** What is true of a capture. */
export interface Truth {
  readonly kind: 'positive' | 'benign';
  /** Each group has to be found; any technique of it will do. */
  readonly groups: readonly {
    readonly techniques: readonly string[];
    /** Names and addresses that it is about; empty where the label does not say. */
    readonly targets: readonly string[];
  }[];
  /** Everything else in the capture is known to be ordinary. */
  readonly isWhole: boolean;
  /** Techniques that may be found in an ordinary capture. */
  readonly allow: readonly string[];
  /** Techniques, or @domain, that would be wrong. */
  readonly forbid: readonly string[];
}

export interface Judged {
  readonly file: string;
  readonly truth: Truth;
  readonly findings: readonly Finding[];
}

export const VERDICTS = ['right', 'wrong', 'unlabelled'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Levels at which something is claimed. */
export const CLAIMS = CONFIDENCES.filter((confidence) => confidence !== 'inconclusive');

export interface Rates {
  /** By technique, level and verdict. */
  readonly found: Readonly<Record<string, Readonly<Record<string, Readonly<Record<Verdict, number>>>>>>;
  /** Groups by technique: found at least likely, only possible, not at all. */
  readonly groups: Readonly<Record<string, { readonly sure: number; readonly weak: number; readonly missed: number }>>;
  readonly captures: { readonly positive: number; readonly benign: number; readonly accused: number };
  /** What is wrong, and what was missed, to be looked at. */
  readonly wrong: readonly string[];
  readonly missed: readonly string[];
}

export function rates(all: readonly Judged[]): Rates {
  const found: Record<string, Record<string, Record<Verdict, number>>> = {};
  const groups: Record<string, { sure: number; weak: number; missed: number }> = {};
  const captures = { positive: 0, benign: 0, accused: 0 };
  const wrong: string[] = [];
  const missed: string[] = [];
  for (const { file, truth, findings } of all) {
    captures[truth.kind]++;
    const claims = findings.filter(({ confidence }) => atLeast(confidence, 'possible'));
    const verdicts = new Map(claims.map((finding) => [finding.id, verdictOf(finding, truth)]));
    for (const finding of claims) {
      const technique = finding.techniques[0] ?? 'none';
      // What follows from another finding is as right as that one
      const verdict = verdicts.get(finding.causedBy ?? finding.id) ?? verdicts.get(finding.id)!;
      found[technique] ??= {};
      found[technique][finding.confidence] ??= { right: 0, wrong: 0, unlabelled: 0 };
      found[technique][finding.confidence]![verdict]++;
      if (verdict === 'wrong')
        wrong.push(`${finding.confidence} ${technique} of ${finding.target.domain ?? finding.target.address}: ${file}`);
    }
    if (
      truth.kind === 'benign' &&
      claims.some((one) => atLeast(one.confidence, 'likely') && verdicts.get(one.id) === 'wrong')
    )
      captures.accused++;
    for (const group of truth.groups) {
      const technique = group.techniques.join('|');
      groups[technique] ??= { sure: 0, weak: 0, missed: 0 };
      const hits = claims.filter((finding) => isOf(finding, group));
      const level = hits.some(({ confidence }) => atLeast(confidence, 'likely'))
        ? 'sure'
        : hits.length > 0
          ? 'weak'
          : 'missed';
      groups[technique][level]++;
      if (level !== 'sure') missed.push(`${level} ${technique} of ${group.targets[0] ?? '?'}: ${file}`);
    }
  }
  return { found, groups, captures, wrong, missed };
}

function isOf(finding: Finding, { techniques, targets }: Truth['groups'][number]): boolean {
  return (
    techniques.some((technique) => (finding.techniques as string[]).includes(technique)) && isAbout(finding, targets)
  );
}

function isAbout({ target, dns }: Finding, targets: readonly string[]): boolean {
  const own = [target.domain, target.address, dns?.query.resolver];
  return targets.length === 0 || targets.some((name) => own.includes(name));
}

function verdictOf(finding: Finding, truth: Truth): Verdict {
  const { techniques, target } = finding;
  if (techniques.some((technique) => truth.forbid.includes(technique)) || truth.forbid.includes(`@${target.domain}`))
    return 'wrong';
  if (truth.kind === 'benign')
    return techniques.some((technique) => truth.allow.includes(technique)) ? 'unlabelled' : 'wrong';
  if (truth.groups.some((group) => isOf(finding, group))) return 'right';
  // The target is interfered with, in a way that the label does not name
  if (truth.groups.some(({ targets }) => targets.length > 0 && isAbout(finding, targets))) return 'unlabelled';
  return truth.isWhole ? 'wrong' : 'unlabelled';
}

/** Of those that the labels speak of; null where they speak of none. */
function share(counts: Readonly<Record<Verdict, number>>): string {
  const known = counts.right + counts.wrong;
  return known === 0 ? '' : `${((100 * counts.right) / known).toFixed(1)} %`;
}

const NOTHING: Readonly<Record<Verdict, number>> = { right: 0, wrong: 0, unlabelled: 0 };

/** A line for each technique and level, the changes since `before` beside the numbers. */
export function table(now: Rates, before: Rates | null = null): string {
  const lines = [row(['technique', 'level', 'right', 'wrong', 'unlabelled', 'right of labelled'])];
  const techniques = [...TECHNIQUES, 'none'].filter(
    (name) => now.found[name] !== undefined || before?.found[name] !== undefined,
  );
  const total: Record<string, Record<Verdict, number>> = {};
  for (const technique of techniques) {
    for (const level of CLAIMS) {
      const counts = now.found[technique]?.[level] ?? NOTHING;
      const then = before === null ? counts : (before.found[technique]?.[level] ?? NOTHING);
      total[level] ??= { ...NOTHING };
      for (const verdict of VERDICTS) total[level][verdict] += counts[verdict];
      if (VERDICTS.every((verdict) => counts[verdict] === 0 && then[verdict] === 0)) continue;
      lines.push(
        row([technique, level, ...VERDICTS.map((verdict) => changed(counts[verdict], then[verdict])), share(counts)]),
      );
    }
  }
  for (const level of CLAIMS) {
    const counts = total[level] ?? NOTHING;
    lines.push(row(['all', level, ...VERDICTS.map((verdict) => String(counts[verdict])), share(counts)]));
  }
  lines.push('', row(['to be found', '', 'sure', 'possible', 'missed', '']));
  for (const [technique, { sure, weak, missed }] of Object.entries(now.groups).sort()) {
    const then =
      before?.groups[technique] ?? (before === null ? { sure, weak, missed } : { sure: 0, weak: 0, missed: 0 });
    lines.push(
      row([technique, '', changed(sure, then.sure), changed(weak, then.weak), changed(missed, then.missed), '']),
    );
  }
  const { positive, benign, accused } = now.captures;
  lines.push(
    '',
    `${positive} captures with interference, ${benign} ordinary ones, of which ${accused} are accused of something likely.`,
  );
  return lines.join('\n');
}

const WIDTHS = [34, 12, 12, 12, 12, 18];

function row(cells: readonly string[]): string {
  return cells
    .map((cell, at) => (at < 2 ? cell.padEnd(WIDTHS[at]!) : cell.padStart(WIDTHS[at]!)))
    .join('')
    .trimEnd();
}

function changed(now: number, then: number): string {
  return now === then ? String(now) : `${now} (${now > then ? '+' : ''}${now - then})`;
}
