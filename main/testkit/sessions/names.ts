// Look-ups of a session: resolvers of several kinds, lost queries and answers, typos, search domains, lists of others.

import { dnsAnswer, dnsQuery } from '../dns-bytes.ts';
import { udp } from '../packets.ts';
import type { Client, World } from './world.ts';

export interface Resolver {
  readonly address: string;
  readonly hops: number;
  readonly rtt: number;
  readonly kind: 'plain' | 'home' | 'public' | 'filtering' | 'company' | 'dns64' | 'selling';
  /** What it says of the addresses nearest to its users: each resolver of a content network hears of others. */
  readonly share?: number;
  /** What a filter that people chose says of what it keeps from them. */
  readonly refusal?: 'zero' | 'nxdomain' | 'refused' | 'page';
  /** Answers SERVFAIL or nothing from then on, for a while. */
  readonly troubled: number | null;
}

export interface Zone {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly addresses6: readonly string[];
}

const PUBLIC = ['8.8.8.8', '1.1.1.1', '9.9.9.9'] as const;

export function resolvers(world: World): Resolver[] {
  const { dice } = world;
  const troubled = (): number | null => (dice.chance(0.15) ? dice.between(0, world.duration) : null);
  const one = (kind: Resolver['kind']): Resolver => {
    const home = kind === 'home' || kind === 'filtering' || kind === 'dns64';
    const address = home
      ? '10.0.0.1'
      : kind === 'company'
        ? '10.1.0.53'
        : kind === 'public'
          ? dice.pick(PUBLIC)
          : '198.41.0.53';
    const far = kind === 'public' ? dice.between(8, 60) : dice.between(4, 30);
    return {
      address,
      hops: home ? 0 : kind === 'company' ? 2 : dice.whole(3, 12),
      rtt: home ? dice.between(1, 30) : far,
      kind,
      troubled: troubled(),
      share: dice.whole(0, 9),
      refusal: dice.pick(['zero', 'zero', 'nxdomain', 'refused', 'page'] as const),
    };
  };
  const first = one(
    dice.weighted({ plain: 4, home: 4, public: 3, filtering: 1, company: 1, dns64: 0.5, selling: 0.7 }),
  );
  const all = [first];
  if (dice.chance(0.5)) all.push(one(dice.pick(['plain', 'public', 'public', 'home'] as const)));
  return all.filter((resolver, at) => all.findIndex(({ address }) => address === resolver.address) === at);
}

/** Both families asked, as stub resolvers do. */
export function lookUp(world: World, client: Client, resolver: Resolver, zone: Zone, at: number): void {
  const { dice } = world;
  const types = dice.pick([[1], [1, 28], [1, 28, 65]]);
  for (const [index, type] of types.entries())
    ask(world, client, resolver, zone, type, at + index * dice.between(0.05, 2));
}

function ask(world: World, client: Client, resolver: Resolver, zone: Zone, type: number, at: number): void {
  const { dice, net } = world;
  const id = dice.whole(1, 0xffff);
  const ports = { sourcePort: net.nextPort(), destinationPort: 53 };
  const back = { sourcePort: 53, destinationPort: ports.sourcePort };
  const host = net.host(client.address, client.stack);
  const server = net.host(resolver.address, 'linux');
  const edns = dice.chance(0.5);
  const clock = dice.pick([[5], [1, 1, 2, 4], [2, 2], [5, 5]]);
  const toward = dice.chance(0.02);
  const said = { id, name: zone.name, type, edns };
  const answer = answerOf(world, resolver, zone, type, at);
  const interferer = resolver.kind === 'plain' || resolver.kind === 'public' ? world.interferer : null;
  const act = interferer?.query?.(zone.name) ?? null;
  let time = at;
  for (const pause of [0, ...clock]) {
    time += pause * 1000;
    const sent = {
      source: client.address,
      destination: resolver.address,
      ttl: host.stack.ttl,
      id: host.id({ id }, 'other'),
    };
    net.record(time, udp({ ...sent, df: false }, ports, dnsQuery(said)), { outgoing: true });
    if (act === 'race' || act === 'lie') {
      const [address, address6] = act === 'race' ? ['46.82.174.69', '2001::2e52:ae45'] : ['10.10.34.35', 'd0::11'];
      const forged = {
        ...said,
        edns: false,
        recordTtl: 170,
        addresses: type === 1 ? [address] : type === 28 ? [address6] : [],
      };
      const from = {
        source: resolver.address,
        destination: client.address,
        ttl: 118,
        id: dice.whole(2, 0xffff),
        df: true,
      };
      if (type !== 65)
        net.record(time + Math.min(3, resolver.rtt / 2), udp(from, back, dnsAnswer(forged)), { forged: true });
      if (type !== 65 && act === 'lie') break;
    }
    const lost = act === 'drop' || answer === null || (!toward && world.isLost(time, 60, 'client', false));
    if (lost || world.isLost(time + resolver.rtt / 2, 100, 'server', false)) continue;
    const packet = {
      source: resolver.address,
      destination: client.address,
      ttl: 64 - resolver.hops + world.ttlChange(time),
      id: server.id({ id }, 'other'),
      df: false,
    };
    net.record(time + resolver.rtt, udp(packet, back, dnsAnswer({ ...said, ...answer })));
    // Sent again just before the answer came: both are answered.
    if (dice.chance(0.03)) continue;
    break;
  }
}

function answerOf(
  world: World,
  resolver: Resolver,
  zone: Zone,
  type: number,
  at: number,
): { addresses?: readonly string[]; rcode?: number; cname?: string; recordTtl?: number } | null {
  const { dice } = world;
  if (resolver.troubled !== null && at > resolver.troubled && at < resolver.troubled + 40_000) {
    return dice.chance(0.5) ? { rcode: 2 } : null;
  }
  const portal = world.portal;
  if (portal !== null && at < portal.until && portal.answersNames) return type === 1 ? { addresses: ['10.0.0.1'] } : {};
  if (zone.addresses.length === 0 && zone.addresses6.length === 0) {
    // Some providers sell the names that do not exist.
    return resolver.kind === 'selling' && type === 1 ? { addresses: ['195.82.146.11'] } : { rcode: 3 };
  }
  // Inside, a company's names lead to its own machines.
  if (resolver.kind === 'company' && zone.name.endsWith(world.sites[0]!.names[0]!)) {
    return type === 1 ? { addresses: [`10.20.0.${7 + zone.name.length}`] } : {};
  }
  if (resolver.kind === 'filtering' && /^(?:img|static|cdn)\./.test(zone.name)) {
    switch (resolver.refusal) {
      case 'nxdomain':
        return { rcode: 3 };
      case 'refused':
        return { rcode: 5 };
      case 'page':
        return type === 1 ? { addresses: ['146.112.61.106'] } : {};
      default:
        return type === 1 ? { addresses: ['0.0.0.0'] } : type === 28 ? { addresses: ['::'] } : {};
    }
  }
  const recordTtl = dice.whole(5, 3600);
  const cname =
    zone.addresses.length > 1 && dice.chance(0.5) ? `${zone.name.replaceAll('.', '-')}.cdn.example.net` : undefined;
  const alias = cname === undefined ? {} : { cname };
  if (type === 1) {
    const near = zone.addresses.filter(
      (_, index) => zone.addresses.length < 4 || (index + (resolver.share ?? 0)) % 2 === 0,
    );
    return { addresses: rotated(dice.whole(0, 3), near), recordTtl, ...alias };
  }
  if (type === 28) {
    if (zone.addresses6.length > 0) return { addresses: zone.addresses6, recordTtl, ...alias };
    if (resolver.kind === 'dns64') return { addresses: zone.addresses.map(synthesized), recordTtl };
  }
  return {};
}

function rotated<T>(by: number, list: readonly T[]): T[] {
  const at = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}

/** RFC 6052 §2.2 */
function synthesized(address: string): string {
  const [a, b, c, d] = address.split('.').map(Number) as [number, number, number, number];
  return `64:ff9b::${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}
