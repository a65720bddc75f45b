import { describe, expect, test } from 'vitest';
import { type DnsScript, Network } from '../testkit/snapshots.ts';
import {
  contradictionIn,
  DnsView,
  identityDifference,
  isLocalResolver,
  isPublicName,
  ownerOf,
  profileDifference,
  tooSoon,
  typeName,
} from './dns.ts';

function ask(net: Network, name: string, rtt = 40, resolver = '203.0.113.53:53'): DnsScript {
  const dns = net.dns(name, { resolver, rtt });
  dns.query();
  return dns;
}

describe('contradicting answers', () => {
  test('are clusters of what overlaps, in order of their first answers', () => {
    const dns = ask(new Network(), 'example.org');
    dns.answer(['31.13.85.2']);
    dns.answer(['199.59.149.230'], { after: 2 });
    dns.answer(['31.13.85.2', '31.13.85.9'], { after: 2 });
    dns.answer([], { after: 2, rcode: 3 });
    const found = contradictionIn(dns.snapshot())!;
    expect(found.clusters.map((cluster) => [cluster.denial, cluster.answers.length])).toEqual([
      [false, 2],
      [false, 1],
      [true, 1],
    ]);
  });

  test('an answer that links two sets joins them', () => {
    const dns = ask(new Network(), 'example.org');
    dns.answer(['192.0.2.1']);
    dns.answer(['198.51.100.1'], { after: 2 });
    dns.answer(['192.0.2.1', '198.51.100.1'], { after: 2 });
    expect(contradictionIn(dns.snapshot())).toBeNull();
  });

  test('a later query takes one answer more', () => {
    const dns = ask(new Network(), 'example.org');
    dns.answer(['31.13.85.2']);
    dns.query({ after: 1000 });
    dns.answer(['198.51.100.1']);
    expect(contradictionIn(dns.snapshot())).toBeNull();
    dns.answer(['192.0.2.1'], { after: 2 });
    expect(contradictionIn(dns.snapshot())!.clusters).toHaveLength(3);
  });

  test('an answer ten seconds later belongs to something else', () => {
    const dns = ask(new Network(), 'example.org');
    dns.answer(['31.13.85.2']);
    dns.answer(['198.51.100.1'], { after: 10_000 });
    expect(contradictionIn(dns.snapshot())).toBeNull();
  });
});

describe("a resolver's other answers", () => {
  function world() {
    const net = new Network();
    for (const name of ['a.example.org', 'b.example.org']) ask(net, name).answer(['198.51.100.1']);
    const suspect = ask(net, 'c.example.org');
    return { net, suspect };
  }

  test('say how soon an answer can come', () => {
    const { net, suspect } = world();
    suspect.answer(['198.51.100.9'], { after: 20 });
    const base = net.base();
    const view = new DnsView(base);
    const group = view.groups[2]!;
    const exchange = group.exchanges[0]!;
    expect(tooSoon(exchange, exchange.answers[0]!, view.profile(group), base)).toMatchObject({
      elapsed: expect.closeTo(20e6),
      leastRtt: expect.closeTo(40e6),
      samples: 2,
    });
  });

  test('do not where a retry may have been overtaken by the answer to the first try', () => {
    const { net, suspect } = world();
    suspect.query({ after: 39 });
    suspect.answer(['198.51.100.9'], { after: 1 });
    const base = net.base();
    const view = new DnsView(base);
    const group = view.groups[2]!;
    const exchange = group.exchanges[0]!;
    expect(tooSoon(exchange, exchange.answers[0]!, view.profile(group), base)).toBeNull();
  });

  test('say what its answers look like; its own name is not among them', () => {
    const { net, suspect } = world();
    suspect.answer(['198.51.100.9'], { ttl: 61, edns: false });
    const view = new DnsView(net.base());
    const group = view.groups[2]!;
    const profile = view.profile(group);
    expect(profile).toMatchObject({ ttls: [58], samples: 2, keepsEdns: true });
    expect([...profile.names]).toEqual(['a.example.org', 'b.example.org']);
    const exchange = group.exchanges[0]!;
    expect(profileDifference(exchange, exchange.answers[0]!, profile)).toEqual(['ttl', 'edns']);
    expect(profileDifference(exchange, { ...exchange.answers[0]!, ttl: 60, edns: true }, profile)).toEqual([]);
  });
});

test('two answers differ in fields of the packet and of the message', () => {
  const dns = ask(new Network(), 'example.org');
  dns.answer(['192.0.2.1']);
  dns.answer(['198.51.100.1'], {
    ttl: 57,
    df: true,
    ipId: 0,
    flags: 0x8580,
    edns: false,
    compressed: false,
    recordTtl: 1,
  });
  dns.answer([], { rcode: 3, recordTtl: null, compressed: false });
  const [a, b, denial] = dns.snapshot().answers;
  expect(identityDifference(a!, b!)).toEqual({
    network: ['ttl', 'df', 'ip-id'],
    message: ['flags', 'edns', 'compression', 'record-ttl'],
  });
  expect(identityDifference(a!, denial!)).toEqual({ network: [], message: [] });
});

test('public names stand under a delegated suffix and carry no address', () => {
  for (const name of [
    'example.org',
    'a.b.example.co.uk',
    '_sip._tcp.example.com',
    'user.github.io',
    'xn--80ak6aa92e.com',
  ])
    expect([name, isPublicName(name)]).toEqual([name, true]);
  for (const name of [
    '',
    '.',
    'com',
    'localhost',
    'nas',
    'nas.local',
    'x.test',
    'x.onion',
    '1.0.0.127.in-addr.arpa',
    'x.nip.io',
  ])
    expect([name, isPublicName(name)]).toEqual([name, false]);
  expect(ownerOf('www.news.example.co.uk')).toBe('example.co.uk');
  expect(ownerOf('nas')).toBe('nas');
});

test('a resolver of one’s own network has a private address, or no router before it', () => {
  const local = (resolver: string, ttl: number) => {
    const net = new Network();
    const dns = net.dns('example.org', { resolver, client: '192.0.2.10:40000' });
    dns.query();
    dns.answer(['198.51.100.1'], { ttl });
    return isLocalResolver(new DnsView(net.base()).groups[0]!);
  };
  expect(local('192.168.1.1:53', 60)).toBe(true);
  expect(local('192.0.2.1:53', 64)).toBe(true);
  expect(local('192.0.2.1:53', 61)).toBe(false);
  expect(local('203.0.113.53:53', 64)).toBe(false);
});

test('record types have names, unknown ones a number', () => {
  expect([1, 28, 65, 99].map(typeName)).toEqual(['A', 'AAAA', 'HTTPS', 'TYPE99']);
});
