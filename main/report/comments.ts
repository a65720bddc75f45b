// What stands beside a frame of evidence.pcapng. English in every report, so that a filter on it always fits; made of
// claims and roles only, never of anything that a packet said.

import type { Finding } from '../../shared/contract/analysis.ts';
import type { InterferenceKind } from '../../shared/domain/vocabulary.ts';
import type { IncidentReport } from '../../shared/report/schema.ts';
import type { Evidence } from './evidence.ts';

const SUSPECTED: { readonly [K in InterferenceKind]: string } = {
  'rst-injection': 'suspected injected RST or FIN',
  'forged-answer': 'suspected false DNS answer',
  'packet-drop': 'suspected interference',
  'null-route': 'suspected interference',
  'block-page': 'suspected block page',
  'data-injection': 'suspected injected data',
  'tls-alert': 'suspected forged TLS alert',
  'tls-mitm': 'suspected interception',
  'icmp-reject': 'suspected rejection by a device on the way',
  throttling: 'suspected throttling',
  'cut-off': 'suspected cut-off',
};
const ROLES = {
  trigger: 'what set it off',
  genuine: 'genuine, for comparison',
  affected: 'affected',
} as const;
/** Claims and findings named at one frame. */
const NAMED = 8;

/** By frame of the evidence file. `findings`: of the incidents reported. */
export function frameComments(
  report: IncidentReport,
  findings: readonly Finding[],
  evidence: Evidence,
): Map<number, string> {
  const claims = new Map<number, Set<string>>();
  const roles = new Map<number, { role: string; findings: string[] }>();
  const add = (map: Map<number, Set<string>>, frame: number | null, value: string): void => {
    if (frame === null) return;
    const set = map.get(frame);
    if (set === undefined) map.set(frame, new Set([value]));
    else set.add(value);
  };
  for (const incident of report.incidents) {
    for (const claim of incident.claims) for (const frame of claim.frames) add(claims, frame.evidence, claim.id);
  }
  const numbers = new Map(evidence.frames.map((frame) => [frame.original, frame.evidence]));
  for (const finding of findings) {
    // Weakest first: a frame that is forged for one finding and affected for another is the forged one
    for (const role of ['affected', 'genuine', 'trigger', 'forged'] as const) {
      for (const original of finding.frames[role]) {
        const frame = numbers.get(original);
        if (frame === undefined) continue;
        const text = role === 'forged' ? SUSPECTED[finding.interference.kind] : ROLES[role];
        const before = roles.get(frame);
        if (before?.role === text) before.findings.push(finding.id);
        else if (before === undefined || role === 'forged') roles.set(frame, { role: text, findings: [finding.id] });
      }
    }
    for (const control of finding.controls) {
      for (const original of control.frames) {
        const frame = numbers.get(original);
        if (frame === undefined || roles.has(frame)) continue;
        const text = control.outcome === 'ok' ? 'comparison that worked' : 'comparison that failed as well';
        roles.set(frame, { role: text, findings: [finding.id] });
      }
    }
  }
  const comments = new Map<number, string>();
  for (const { evidence: frame, ipChecksum, transportChecksum } of evidence.frames) {
    const named = claims.get(frame);
    const role = roles.get(frame);
    if (named === undefined && role === undefined) continue;
    const parts = [
      ...(named === undefined ? [] : [`${[...named].slice(0, NAMED).join(', ')}:`]),
      role === undefined ? 'cited' : `${role.role} (${[...new Set(role.findings)].slice(0, NAMED).join(', ')})`,
    ];
    if (ipChecksum === 'invalid' || transportChecksum === 'invalid') parts.push('- checksum wrong in the original');
    comments.set(frame, parts.join(' '));
  }
  return comments;
}
