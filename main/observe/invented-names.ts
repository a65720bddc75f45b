// Names that no site has: Tor puts one in the hello of each connection, `www.`, 4 to 25 letters of base32 and `.com`
// (tor, src/lib/tls, crypto_random_hostname), and asks nobody for it. What was matched then is not that name.

import type { TcpFlow } from '../flow/records.ts';
import type { EvidenceBase } from './evidence-base.ts';

const INVENTED = /^www\.([a-z2-7]{4,25})\.com$/;
/** Nobody's word: a digit between letters, or five consonants in a row. */
const NO_WORD = /[a-z][2-7]+[a-z]|[bcdfghjklmnpqrstvwxz]{5}/;
/** A relay is given another one each time; two words of that kind at one address are hardly two sites. */
const LEAST_NAMES = 2;

const isInvented = (name: string | null): name is string => NO_WORD.test(INVENTED.exec(name ?? '')?.[1] ?? '');

/** Whether the hello is Tor's, by its name and by others to the same place that nobody was asked for either. */
export function isTorHello(flow: TcpFlow, base: EvidenceBase): boolean {
  const name = flow.trigger?.name ?? null;
  if (flow.trigger?.kind !== 'client-hello' || !isInvented(name)) return false;
  const names = new Set([name]);
  for (const entry of base.index.byAddress(flow.server.address)) {
    if (entry.client === flow.client.address && entry.port === flow.server.port && isInvented(entry.name))
      names.add(entry.name);
  }
  return names.size >= LEAST_NAMES && !base.exchanges.some((exchange) => names.has(exchange.name));
}
