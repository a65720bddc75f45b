// What an analysis says, short enough to be read in a review and kept beside each sample. Sentences are not in it, so
// that better words change nothing here.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Analysis, Finding } from '../../shared/contract/analysis.ts';

/** Set to 1 to write what is said now; without it a golden file is only ever compared. */
export const UPDATES = process.env.BLOCKSCOPE_UPDATE_GOLDEN === '1';

export function golden(analysis: Analysis): string {
  const { targets, findings, incidents, services, capture, checked } = analysis;
  const sections: [string, string[]][] = [
    [
      'targets',
      targets.map(
        ({ id, domain, addresses, port, transport, outcome, attempts, failed }) =>
          `${id} ${domain ?? addresses.join(' ')} ${port}/${transport}: ${outcome}, ${failed} of ${attempts} failed`,
      ),
    ],
    ['findings', findings.flatMap(linesOf)],
    [
      'incidents',
      incidents.map(
        ({ id, targets: about, findings: of, confidence, outcome, verdict, next }) =>
          `${id} ${outcome}, ${confidence}: ${verdict.kind} (${about.join(' ')}: ${of.join(' ')}); next ${next.map(({ kind }) => kind).join(', ') || 'nothing'}`,
      ),
    ],
    [
      'services',
      services.flatMap(({ service, surfaces }) =>
        surfaces
          .filter(({ state }) => state !== 'not-seen')
          .map(({ surface, state, confidence }) => `${service} ${surface}: ${state}, ${confidence}`),
      ),
    ],
    [
      'quality',
      capture.quality.map(
        ({ kind, count, prevents }) => `${kind} ${count}, prevents ${prevents.join(', ') || 'nothing'}`,
      ),
    ],
    [
      'limited',
      checked.flatMap(({ technique, state, because }) => (state === 'limited' ? [`${technique}: ${because}`] : [])),
    ],
  ];
  return sections
    .map(([title, lines]) => `${title}\n${(lines.length > 0 ? lines : ['none']).map((line) => `  ${line}\n`).join('')}`)
    .join('');
}

function linesOf(finding: Finding): string[] {
  const { id, confidence, interference, trigger, techniques, target, stage, effect, place, frames, causedBy } = finding;
  const list = (kinds: readonly string[]): string => [...new Set(kinds)].join(', ') || 'nothing';
  return [
    `${id} ${confidence}: ${interference.kind} ${interference.variant} ${interference.direction} [${techniques.join(' ')}]`,
    `   because of ${trigger.kind} ${trigger.value ?? '?'}: ${trigger.confidence}`,
    `   ${target.domain ?? '-'} ${target.address}:${target.port}, ${stage}, ${effect}, ${place}${causedBy === null ? '' : `, caused by ${causedBy}`}`,
    `   trigger ${list(frames.trigger.map(String))}; forged ${list(frames.forged.map(String))}`,
    `   evidence ${list(finding.evidence.map(({ kind, role }) => (role === 'supports' ? kind : `${kind} (${role})`)))}`,
    `   alternatives ${list(finding.alternatives.map(({ kind, status }) => `${kind} (${status})`))}`,
  ];
}

/** The golden text of a path, after writing it where that was asked for; null where there is none yet. */
export function goldenAt(path: string, current: string): string | null {
  if (UPDATES) writeFileSync(path, current);
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}
