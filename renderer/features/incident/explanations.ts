// Innocent explanations, grouped by the claim that they speak to: that something was done at all, or why and where. A
// claim that is confirmed never stands over an open one of its own.

import type { Finding } from '../../../shared/contract/analysis.ts';
import type { AlternativeKind } from '../../../shared/domain/statements.ts';

export type Alternative = Finding['alternatives'][number];
export const CLAIMS = ['done', 'why'] as const;
export type Claim = (typeof CLAIMS)[number];

/** Explanations that grant what was done and doubt its reason, or who did it. */
const WHY: readonly AlternativeKind[] = [
  'server-policy',
  'server-firewall',
  'silent-by-design',
  'filtering-resolver',
  'captive-portal',
  'middlebox-proxy',
  'local-filter',
  'home-router',
  'own-tool',
  'split-horizon',
];
const ORDER = ['open', 'weakened', 'ruled-out'] as const;

export function byClaim(
  alternatives: readonly Alternative[],
): readonly { claim: Claim; rows: readonly Alternative[] }[] {
  const claimOf = ({ kind }: Alternative): Claim => ((WHY as readonly string[]).includes(kind) ? 'why' : 'done');
  return CLAIMS.flatMap((claim) => {
    const own = alternatives.filter((entry) => claimOf(entry) === claim);
    const rows = ORDER.flatMap((status) => own.filter((entry) => entry.status === status));
    return rows.length === 0 ? [] : [{ claim, rows }];
  });
}
