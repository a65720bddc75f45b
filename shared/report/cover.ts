// What may stay as it is: addresses that the table of services or a public name of the incidents covers, those names,
// names that Tor made up, resolvers for everybody, and what the person ticked. Everything else that names a host is replaced.

import { parse } from 'tldts';
import type { Analysis, Finding, Incident } from '../contract/analysis.ts';
import { PUBLIC_RESOLVERS } from '../domain/resolvers.ts';
import { serviceOfAddress } from '../domain/services.ts';
import { canonicalIp } from './addresses.ts';

/** Under a public suffix of ICANN's, and not of a kind that home networks and dynamic DNS hand out. */
export function isPublicName(name: string): boolean {
  const { isIcann, isPrivate, domain, isIp } = parse(name, { allowPrivateDomains: true });
  if (isIp === true || domain === null || isPrivate === true) return false;
  if (isIcann !== true) return false;
  return !/(^|\.)(in-addr|ip6|home)\.arpa\.?$/i.test(name);
}

export interface Cover {
  readonly keep: ReadonlySet<string>;
  /** Public names of the incidents and of what they were compared with. */
  readonly names: ReadonlySet<string>;
}

export function coverOf(
  analysis: Analysis,
  incidents: readonly Incident[],
  findings: readonly Finding[],
  ticked: readonly string[],
): Cover {
  // Who asks a resolver that everybody asks is not named by it
  const keep = new Set<string>(PUBLIC_RESOLVERS);
  for (const value of ticked) keep.add(canonicalIp(value) ?? value.toLowerCase());
  const names = new Set<string>();
  const targets = new Map(analysis.targets.map((target) => [target.id, target]));
  const see = (name: string | null, addresses: readonly string[]): void => {
    const isCovered = name !== null && isPublicName(name);
    if (isCovered) {
      names.add(name.toLowerCase());
      keep.add(name.toLowerCase());
    }
    for (const address of addresses) {
      if (isCovered || serviceOfAddress(address) !== null) keep.add(canonicalIp(address) ?? address);
    }
  };
  for (const incident of incidents) {
    for (const id of incident.targets) {
      const target = targets.get(id);
      // The address of a DNS target is the resolver's, which no name covers
      if (target !== undefined) see(target.domain, target.transport === 'dns' ? [] : target.addresses);
    }
  }
  for (const finding of findings) {
    see(finding.target.domain, finding.dns === null ? [finding.target.address] : []);
    see(finding.trigger.value, []);
    if (finding.dns !== null) {
      see(
        finding.dns.query.name,
        finding.dns.answers.flatMap((answer) => answer.addresses),
      );
    }
    for (const control of finding.controls) {
      see(control.target.domain, control.kind === 'other-resolver' ? [] : [control.target.address]);
    }
    // Addresses that only evidence names: those of the service itself, and what lists of forged answers say
    for (const item of finding.evidence) {
      for (const value of Object.values(item.params)) {
        for (const text of Array.isArray(value) ? value : [value]) {
          if (typeof text === 'string' && serviceOfAddress(text) !== null) keep.add(canonicalIp(text) ?? text);
        }
      }
      // Random and used once, these point to nobody, and it is their form that tells
      if (item.kind === 'names-made-up') for (const name of (item.params as { names: string[] }).names) see(name, []);
      if (item.kind === 'resolvers-disagree' && finding.dns !== null) {
        const { answer = [], otherAnswer = [] } = item.params as { answer?: string[]; otherAnswer?: string[] };
        see(finding.dns.query.name, [...answer, ...otherAnswer]);
      }
    }
  }
  return { keep, names };
}
