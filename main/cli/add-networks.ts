// Whose networks the addresses of a result are in: beside the judgement, which knows nothing of it.

import type { Analysis } from '../../shared/contract/analysis.ts';

/** False: there is no table of them, and none can be made. */
export async function addNetworks(analysis: Analysis): Promise<boolean> {
  const { networkTable } = await import('../enrich/networks-cache.ts');
  const { addressesOf, networksOf } = await import('../enrich/networks-of.ts');
  const table = await networkTable();
  if (table === null) return false;
  analysis.networks = networksOf(addressesOf(analysis), table);
  return true;
}
