// Look-ups that go other ways than question and answer: two answers, chains, other answers each time, TCP, old
// resolvers, filters that people chose for themselves.

import { concat, u16 } from '../bytes.ts';
import { type DnsAnswerOptions, dnsAnswer, dnsQuery } from '../dns-bytes.ts';
import { udp } from '../packets.ts';
import { Dialog } from './dialog.ts';
import { lookUp, type Resolver } from './names.ts';
import type { Client, Machine, World } from './world.ts';

const ADVERTISERS = [
  'ads.doubleclick.net',
  'pagead2.googlesyndication.com',
  'graph.facebook.com',
  'metrics.icloud.com',
  'telemetry.microsoft.com',
  'app-measurement.com',
  'ads.linkedin.com',
  'analytics.tiktok.com',
] as const;
const PUBLIC_FILTERS = ['94.140.14.14', '9.9.9.9', '1.1.1.3', '208.67.222.123'] as const;

type Answer = Partial<DnsAnswerOptions>;

interface Told {
  readonly after: number;
  readonly answer: Answer;
  readonly ttl?: number;
}

export function oddLookUps(world: World, asked: readonly Resolver[]): void {
  const { odd, clients, duration, sites } = world;
  const { dice } = odd;
  // A household's filter is the same for the whole session.
  const filter: Resolver = {
    ...asked[0]!,
    kind: 'home',
    address: dice.pick(['10.0.0.1', '10.0.0.5', dice.pick(PUBLIC_FILTERS)]),
    hops: 0,
  };
  const refusal = dice.pick(['zero', 'zero', 'nxdomain', 'nodata', 'own', 'refused', 'page', 'loopback'] as const);
  for (let count = dice.whole(4, 12); count > 0; count--) {
    const client = odd.clientAt(dice.pick(clients), dice.between(0, duration));
    const at = dice.between(0, duration);
    if (odd.has('advertisements')) {
      const name = dice.pick(ADVERTISERS);
      for (const type of dice.pick([[1], [1, 28], [1, 28, 65]]))
        exchange(world, client, filter, { name, type, at: at + type / 30 }, [
          { after: filter.rtt, answer: refused(refusal, type, filter) },
        ]);
      if (refusal === 'own' && dice.chance(0.6)) ownPage(world, client, filter, at + 40);
      // Some devices ask a second resolver when they do not like the first one's answer.
      const second = asked.find(({ address }) => address !== filter.address);
      if (second !== undefined && dice.chance(0.2))
        lookUp(
          world,
          client,
          second,
          { name, addresses: [`142.250.74.${dice.whole(2, 250)}`], addresses6: [] },
          at + 60,
        );
      // Others are answered as ever
      const { names, machines } = dice.pick(sites);
      const zone = { name: dice.pick(names), addresses: machines.map(({ address }) => address), addresses6: [] };
      if (dice.chance(0.7)) lookUp(world, client, filter, zone, at + dice.between(10, 4000));
    } else oddLookUp(world, client, dice.pick(asked), at);
  }
}

function refused(how: string, type: number, filter: Resolver): Answer {
  switch (how) {
    case 'zero':
      return { addresses: type === 1 ? ['0.0.0.0'] : type === 28 ? ['::'] : [], recordTtl: 10 };
    case 'loopback':
      return { addresses: type === 1 ? ['127.0.0.1'] : type === 28 ? ['::1'] : [] };
    case 'nxdomain':
      return { rcode: 3 };
    case 'refused':
      return { rcode: 5 };
    case 'own':
      return { addresses: type === 1 ? [filter.address] : [], recordTtl: 2 };
    case 'page':
      return { addresses: type === 1 ? ['94.140.14.35'] : [] };
    default:
      return {};
  }
}

/** The filter's own page in place of an advertisement, or a closed port. */
function ownPage(world: World, client: Client, { address }: Resolver, at: number): void {
  const machine: Machine = { address, hops: 0, rtt: 2, stack: 'linux', backends: ['linux'] };
  const dialog = new Dialog(world, { client, machine, port: world.odd.dice.pick([80, 443]), at });
  dialog.conn.syn();
  dialog.conn.reset('server', { seq: 0, ipId: 0 });
}

function oddLookUp(world: World, client: Client, resolver: Resolver, at: number): void {
  const { sites, odd } = world;
  const { dice } = odd;
  const site = dice.pick(sites);
  const name = dice.pick(site.names);
  const own = site.machines.map(({ address }) => address);
  const near = `${own[0]!.split('.').slice(0, 3).join('.')}.${dice.whole(2, 250)}`;
  const elsewhere = `${dice.pick(['203.104.153', '17.253.5', '96.7.128'])}.${dice.whole(2, 250)}`;
  const { rtt } = resolver;
  const first: Told = { after: rtt, answer: { addresses: own, recordTtl: dice.pick([0, 20, 60, 300]) } };
  const again = dice.between(0.05, 40);
  const what = dice.pick([
    'twice-alike',
    'twice-rotated',
    'twice-other',
    'chain',
    'truncated',
    'no-edns',
    'other-each-time',
    'failed-then-answered',
    'two-resolvers',
    'inside',
    'from-two-sites',
  ] as const);
  world.tell(at, `${client.address} asks ${resolver.address} for ${name}: ${what}`);
  const ask = (told: readonly Told[], time = at, type = 1, edns = true, to = resolver): void =>
    exchange(world, client, to, { name, type, at: time, edns }, told);
  switch (what) {
    case 'twice-alike':
      ask([first, { ...first, after: rtt + again }]);
      return;
    case 'twice-rotated':
      ask([first, { after: rtt + again, answer: { addresses: [...own].reverse(), recordTtl: dice.whole(1, 300) } }]);
      return;
    case 'twice-other': {
      // The question was doubled on its way, and the balancer of names tells each something else
      const other = own.length > 1 ? own.slice(1) : [dice.chance(0.6) ? near : elsewhere];
      ask([
        { ...first, answer: { addresses: own.slice(0, 1), recordTtl: dice.pick([0, 5, 30, 60]) } },
        { after: rtt + again, answer: { addresses: other, recordTtl: dice.pick([0, 5, 30, 60]) } },
      ]);
      return;
    }
    case 'from-two-sites':
      // Anycast: another machine of the resolver, with another cache, a hop nearer
      ask([
        first,
        { after: rtt + again, ttl: dice.pick([-1, 1, 2]), answer: { addresses: dice.chance(0.5) ? own : [near] } },
      ]);
      return;
    case 'chain':
      ask([{ ...first, answer: { ...first.answer, cname: `${name.replaceAll('.', '-')}.edgekey.example.net` } }]);
      return;
    case 'truncated': {
      ask(
        [{ after: rtt, answer: { addresses: dice.chance(0.5) ? [] : own.slice(0, 1), flags: 0x8380 } }],
        at,
        1,
        false,
      );
      byTcp(world, client, resolver, { name, at: at + rtt + 1, addresses: own });
      return;
    }
    case 'no-edns':
      ask([{ after: rtt, answer: { rcode: dice.pick([1, 4]) } }]);
      ask([first], at + rtt + 1, 1, false);
      return;
    case 'other-each-time':
      for (let time = at, turn = dice.whole(2, 5); turn > 0; turn--, time += dice.between(500, 40_000))
        ask(
          [
            {
              after: rtt,
              answer: { addresses: [turn % 2 === 0 ? own[0]! : dice.pick([near, elsewhere])], recordTtl: 5 },
            },
          ],
          time,
        );
      return;
    case 'failed-then-answered':
      ask([{ after: rtt + dice.between(0, 3000), answer: { rcode: dice.pick([2, 5]) } }]);
      ask([first], at + 3500);
      return;
    case 'two-resolvers': {
      // Both are asked at once, and content networks tell each the place nearest to it
      const other = { ...resolver, address: '149.112.112.112', hops: 8, rtt: 41 };
      ask([first]);
      ask(
        [{ after: other.rtt, answer: { addresses: [dice.pick([near, elsewhere])], recordTtl: 20 } }],
        at + 1,
        1,
        true,
        other,
      );
      return;
    }
    case 'inside':
      // Names of one's own network, known to one resolver only
      exchange(world, client, resolver, { name: 'files.home.arpa', type: 1, at }, [
        { after: rtt, answer: { addresses: ['10.0.0.9'] } },
      ]);
      exchange(
        world,
        client,
        { ...resolver, address: '8.8.4.4', hops: 9 },
        { name: 'files.home.arpa', type: 1, at: at + 400 },
        [{ after: rtt + 9, answer: { rcode: 3 } }],
      );
      return;
  }
}

/** One query, and what is said to it. */
function exchange(
  world: World,
  client: Client,
  resolver: Resolver,
  asked: { readonly name: string; readonly type: number; readonly at: number; readonly edns?: boolean },
  told: readonly Told[],
): void {
  const { net, odd } = world;
  const { name, type, at, edns = true } = asked;
  const id = odd.dice.whole(1, 0xffff);
  const ports = { sourcePort: net.nextPort(), destinationPort: 53 };
  const back = { sourcePort: 53, destinationPort: ports.sourcePort };
  const host = net.host(resolver.address, 'linux');
  const state = { id: host.firstId() };
  const away = {
    source: client.address,
    destination: resolver.address,
    ttl: 64,
    id: odd.dice.whole(1, 0xffff),
    df: false,
  };
  net.record(at, udp(away, ports, dnsQuery({ id, name, type, edns })), { outgoing: true });
  for (const { after, answer, ttl = 0 } of told) {
    const home = { source: resolver.address, destination: client.address, ttl: 64 - resolver.hops + ttl, df: false };
    const bytes = dnsAnswer({ id, name, type, edns: edns && (answer.rcode ?? 0) !== 1, ...answer });
    if (!world.isLost(at + after, 100, 'server', false))
      net.record(at + after, udp({ ...home, id: host.id(state, 'other') }, back, bytes));
  }
}

/** RFC 7766: the length of each message before it. */
function byTcp(
  world: World,
  client: Client,
  resolver: Resolver,
  { name, at, addresses }: { readonly name: string; readonly at: number; readonly addresses: readonly string[] },
): void {
  const { address } = resolver;
  // As far from the capture as datagrams come from
  const ways = world.vantage === 'path' ? 2 : 1;
  const [hops, rtt] = [ways * resolver.hops, ways * resolver.rtt];
  const machine: Machine = { address, hops, rtt, stack: 'linux', backends: ['linux'] };
  const dialog = new Dialog(world, { client, machine, port: 53, at });
  if (!dialog.open()) return;
  const framed = (message: Uint8Array): Uint8Array => concat(u16(message.length), message);
  const asked = { id: world.odd.dice.whole(1, 0xffff), name, type: 1, edns: true };
  if (!dialog.say('client', framed(dnsQuery(asked)))) return;
  if (!dialog.say('server', framed(dnsAnswer({ ...asked, addresses })))) return;
  dialog.close('client');
}
