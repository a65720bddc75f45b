// The networks of the addresses that a result speaks of.

import type { Analysis } from '../../shared/contract/analysis.ts';
import { NETWORKS_CREDIT, type NetworkTable } from './networks-cache.ts';

/** Addresses told of; those of findings come first. */
export const MAX_ADDRESSES = 1_024;

export function networksOf(
  addresses: Iterable<string>,
  { networks, asOf }: NetworkTable,
): NonNullable<Analysis['networks']> {
  const entries: NonNullable<Analysis['networks']>['entries'] = [];
  for (const address of new Set(addresses)) {
    if (entries.length >= MAX_ADDRESSES) break;
    const found = networks.lookup(address);
    if (found !== null) entries.push({ address, ...found });
  }
  const { text: credit, licence, link } = NETWORKS_CREDIT;
  return { credit, licence, link, asOf, entries };
}

export function addressesOf(analysis: Pick<Analysis, 'findings' | 'targets' | 'capture'>): Set<string> {
  const found = new Set<string>();
  for (const { target, flow, dns } of analysis.findings) {
    found.add(target.address);
    if (flow !== null) for (const end of [flow.server, flow.client]) found.add(end.address);
    for (const answer of dns?.answers ?? []) for (const address of answer.addresses) found.add(address);
  }
  for (const { addresses } of analysis.targets) for (const address of addresses) found.add(address);
  for (const address of analysis.capture.vantage.resolvers) found.add(address);
  return found;
}
