import { describe, expect, test } from 'vitest';
import type { DnsAnswerRecord } from '../flow/records.ts';
import { type DnsScript, Network } from '../testkit/snapshots.ts';
import type { Draft } from './detector.ts';
import { dnsPoisoning } from './dns-poisoning.ts';

const GENUINE = '198.51.100.77';
const RESOLVER = '203.0.113.53:53';
const OTHER_RESOLVER = '198.51.100.54:53';
const HOME_ROUTER = '192.168.1.1:53';
/** What an injector on the way gets wrong. */
const INJECTED: Partial<DnsAnswerRecord> & { after: number } = {
  after: 1,
  ttl: 101,
  edns: false,
  df: true,
  recordTtl: 60,
};

function ask(net: Network, name: string, options: Parameters<Network['dns']>[1] = {}): DnsScript {
  const script = net.dns(name, { resolver: RESOLVER, rtt: 40, ...options });
  script.query();
  return script;
}

/** A name that is asked and answered as ever. */
function ordinary(net: Network, name = 'shop.example.com', options: Parameters<Network['dns']>[1] = {}): void {
  ask(net, name, options).answer(['203.0.113.80']);
}

function detect(net: Network, facts: Parameters<Network['base']>[0] = {}): Draft[] {
  return dnsPoisoning.detect(net.base(facts), []);
}

function only(drafts: Draft[]): Draft {
  expect(drafts).toHaveLength(1);
  return drafts[0]!;
}

function kinds(draft: Draft): string[] {
  return draft.evidence.map((item) => item.kind);
}

describe('answers that contradict each other', () => {
  test('an injected answer races the genuine one', () => {
    const net = new Network();
    ordinary(net);
    ordinary(net, 'plain.example.com');
    const dns = net.dns('dissent.example.org', { resolver: RESOLVER });
    const query = dns.query();
    const forged = dns.answer(['31.13.94.37'], INJECTED);
    const real = dns.answer([GENUINE], { after: 40 });
    const draft = only(detect(net));
    expect(draft).toMatchObject({
      confidence: 'confirmed',
      place: 'path',
      trigger: { kind: 'dns-name', value: 'dissent.example.org', confidence: 'likely' },
      interference: { kind: 'forged-answer', variant: 'injected', direction: 'to-client' },
      frames: { trigger: [query], forged: [forged], genuine: [real] },
    });
    expect(kinds(draft)).toEqual(
      expect.arrayContaining([
        'answers-contradict',
        'answer-too-soon',
        'answer-identity-differs',
        'other-names-answered',
      ]),
    );
    expect(draft.dns!.answers.map((answer) => answer.forged)).toEqual([true, false]);
  });

  test('three forged answers of two injectors come before the genuine one; all exchanges make one draft', () => {
    const net = new Network();
    ordinary(net);
    ordinary(net, 'plain.example.com');
    const forged: number[] = [];
    for (let time = 0; time < 2; time++) {
      const dns = ask(net, 'twitter.com');
      forged.push(dns.answer(['31.13.85.2'], { ...INJECTED, flags: 0x8400 }));
      forged.push(dns.answer(['199.59.149.230'], { ...INJECTED, ttl: 44, after: 2 }));
      forged.push(dns.answer(['69.171.235.22'], { ...INJECTED, ttl: 91, after: 2 }));
      dns.answer([GENUINE], { after: 40 });
    }
    const draft = only(detect(net));
    expect(draft.confidence).toBe('confirmed');
    expect(draft.trigger.confidence).toBe('confirmed');
    expect(draft.frames.forged).toEqual(forged);
    expect(draft.attribution.map((item) => item.country)).toEqual(['CN']);
    expect(kinds(draft)).toContain('foreign-service-address');
  });

  test('the forged answer that came last is found by the address that worked with the name', () => {
    const net = new Network();
    const dns = ask(net, 'dissent.example.org');
    const real = dns.answer([GENUINE]);
    const forged = dns.answer(['93.184.216.34'], { after: 5, ttl: 101 });
    net.healthy('dissent.example.org', { server: `${GENUINE}:443` });
    const draft = only(detect(net));
    expect(draft.frames).toMatchObject({ forged: [forged], genuine: [real] });
    expect(draft.effect).toBe('survived');
  });

  test('the forged answer that came last is found by what another resolver says', () => {
    const net = new Network();
    const dns = ask(net, 'dissent.example.org');
    dns.answer([GENUINE]);
    const forged = dns.answer(['93.184.216.34'], { after: 5, ttl: 101 });
    ask(net, 'dissent.example.org', { resolver: OTHER_RESOLVER }).answer([GENUINE]);
    expect(only(detect(net)).frames.forged).toEqual([forged]);
  });

  test('an IPv4 address in answer to a query for IPv6 is forged, wherever it stands', () => {
    const net = new Network();
    const dns = ask(net, 'dissent.example.org', { type: 28 });
    dns.answer(['2001:db8:b::77']);
    const forged = dns.answer(['31.13.94.37'], { after: 5 });
    const draft = only(detect(net));
    expect(draft.frames.forged).toEqual([forged]);
    expect(kinds(draft)).toContain('answer-wrong-type');
  });

  test('where the genuine answer was lost, the address known from a race gives the forged one away', () => {
    const net = new Network();
    const raced = ask(net, 'dissent.example.org');
    const first = raced.answer(['31.13.94.37'], INJECTED);
    raced.answer([GENUINE], { after: 40 });
    const second = ask(net, 'dissent.example.org').answer(['31.13.94.37'], INJECTED);
    expect(only(detect(net)).frames.forged).toEqual([first, second]);
  });

  test('a forged denial before the answer', () => {
    const net = new Network();
    ordinary(net);
    const dns = ask(net, 'dissent.example.org');
    const forged = dns.answer([], { ...INJECTED, rcode: 3 });
    dns.answer([GENUINE], { after: 40 });
    const draft = only(detect(net));
    expect(draft.interference.variant).toBe('nxdomain');
    expect(draft.frames.forged).toEqual([forged]);
  });

  test('is possible where nothing but one contradiction speaks, likely where the capture lost packets or the query', () => {
    const bare = new Network();
    const dns = ask(bare, 'dissent.example.org');
    dns.answer(['93.184.216.34']);
    dns.answer([GENUINE], { after: 5 });
    expect(only(detect(bare)).confidence).toBe('possible');
    const again = ask(bare, 'dissent.example.org');
    again.answer(['93.184.216.34']);
    again.answer([GENUINE], { after: 5 });
    expect(only(detect(bare)).confidence).toBe('likely');

    const lossy = new Network();
    const other = ask(lossy, 'dissent.example.org');
    other.answer(['93.184.216.34'], INJECTED);
    other.answer([GENUINE], { after: 40 });
    expect(only(detect(lossy, { drops: 3 })).confidence).toBe('likely');

    const unseen = new Network();
    const late = unseen.dns('dissent.example.org', { resolver: RESOLVER });
    late.answer(['93.184.216.34'], INJECTED);
    late.answer([GENUINE], { after: 40 });
    const draft = only(detect(unseen));
    expect(draft.confidence).toBe('likely');
    expect(draft.alternatives).toContainEqual({ kind: 'unseen-query', status: 'open', params: {} });
  });

  test('a home router that passes on two upstream answers makes them alike: possible at most', () => {
    const net = new Network();
    const dns = ask(net, 'cdn.example.org', { resolver: HOME_ROUTER });
    dns.answer(['93.184.216.34'], { ttl: 64, recordTtl: 20, edns: false });
    dns.answer([GENUINE], { after: 5, ttl: 64, recordTtl: 60 });
    expect(only(detect(net)).confidence).toBe('possible');
  });

  test('connections to the forged address are consequences, not those that another name led to', () => {
    const net = new Network();
    const dns = ask(net, 'dissent.example.org');
    dns.answer(['31.13.94.37'], INJECTED);
    dns.answer([GENUINE], { after: 40 });
    const syn = net.tcp({ server: '31.13.94.37:443', outcome: 'unanswered' }).syn();
    ask(net, 'www.facebook.com').answer(['31.13.94.37']);
    net.tcp({ server: '31.13.94.37:443', outcome: 'unanswered' }).syn();
    const draft = only(detect(net));
    expect(draft.frames.affected).toEqual([syn]);
    expect(draft.effect).toBe('stopped');
  });
});

describe('answers that contradict nothing', () => {
  test.each<[string, (net: Network) => void]>([
    [
      'two queries, each answered by a rotating network',
      (net) => {
        const dns = ask(net, 'cdn.example.org');
        dns.query({ after: 5 });
        dns.answer(['93.184.216.34']);
        dns.answer([GENUINE], { after: 5 });
      },
    ],
    [
      'the same answer twice',
      (net) => {
        const dns = ask(net, 'cdn.example.org');
        dns.answer([GENUINE]);
        dns.answer([GENUINE], { after: 5, ttl: 101 });
      },
    ],
    [
      'sets that overlap, and sets in one prefix',
      (net) => {
        const dns = ask(net, 'cdn.example.org');
        dns.answer(['93.184.216.34', GENUINE]);
        dns.answer([GENUINE, '192.0.2.1'], { after: 5 });
        dns.answer(['192.0.2.7'], { after: 5 });
      },
    ],
    [
      'a truncated answer, then the whole one',
      (net) => {
        const dns = ask(net, 'cdn.example.org');
        dns.answer(['93.184.216.34'], { tc: true });
        dns.answer([GENUINE], { after: 5 });
      },
    ],
    [
      'a server failure, then an answer',
      (net) => {
        const dns = ask(net, 'cdn.example.org');
        dns.answer([], { rcode: 2 });
        dns.answer([GENUINE], { after: 5 });
      },
    ],
    [
      'an answer that the capture cut',
      (net) => {
        const dns = ask(net, 'cdn.example.org');
        dns.answer(['93.184.216.34'], { whole: false });
        dns.answer([GENUINE], { after: 5 });
      },
    ],
    [
      'copies that the capture made',
      (net) => {
        ask(net, 'cdn.example.org').answer([GENUINE], { duplicates: 1 });
      },
    ],
    [
      'two resolvers at once, with answers of their own',
      (net) => {
        ask(net, 'pool.example.org').answer(['93.184.216.34']);
        ask(net, 'pool.example.org', { resolver: OTHER_RESOLVER }).answer([GENUINE], { ttl: 44, recordTtl: 5 });
      },
    ],
    [
      'resolver failover: the first is silent, the second answers',
      (net) => {
        const dns = ask(net, 'shop.example.com');
        dns.query({ after: 5000 });
        ask(net, 'shop.example.com', { resolver: OTHER_RESOLVER }).answer([GENUINE]);
      },
    ],
    [
      'A and AAAA asked side by side, the name having no IPv6 address',
      (net) => {
        const four = ask(net, 'shop.example.com');
        const six = ask(net, 'shop.example.com', { type: 28 });
        four.answer([GENUINE]);
        six.answer([]);
      },
    ],
    [
      'DNS64',
      (net) => {
        ask(net, 'shop.example.com').answer([GENUINE]);
        ask(net, 'shop.example.com', { type: 28 }).answer(['64:ff9b::c633:644d']);
      },
    ],
    [
      'multicast DNS and LLMNR, where many may answer',
      (net) => {
        for (const resolver of ['224.0.0.251:5353', '224.0.0.252:5355', '192.0.2.9:137']) {
          const dns = ask(net, 'printer.example.org', { resolver });
          dns.answer(['93.184.216.34']);
          dns.answer([GENUINE], { after: 5, ttl: 101 });
        }
      },
    ],
  ])('%s', (_title, play) => {
    const net = new Network();
    play(net);
    ordinary(net);
    expect(detect(net)).toEqual([]);
  });
});

describe('impossible answers', () => {
  test('0.0.0.0 while another resolver knows the name: a lying resolver', () => {
    const net = new Network();
    ordinary(net);
    const forged = ask(net, 'press.example.org').answer(['0.0.0.0']);
    ask(net, 'press.example.org', { type: 28 }).answer([]);
    const real = ask(net, 'press.example.org', { resolver: OTHER_RESOLVER }).answer([GENUINE]);
    const draft = only(detect(net));
    expect(draft).toMatchObject({
      confidence: 'likely',
      place: 'resolver',
      effect: 'stopped',
      interference: { variant: 'lying-resolver' },
      frames: { forged: [forged], genuine: [real] },
    });
    expect(draft.controls.map((control) => control.outcome)).toEqual(['ok']);
    expect(kinds(draft)).toEqual(expect.arrayContaining(['bogus-address', 'resolvers-disagree']));
  });

  test('alone it is possible; for a name that surely is public, or several unrelated names, likely', () => {
    const alone = new Network();
    ordinary(alone);
    ask(alone, 'press.example.org').answer(['127.0.0.1']);
    expect(only(detect(alone)).confidence).toBe('possible');

    const known = new Network();
    ask(known, 'www.wikipedia.org').answer(['127.0.0.1']);
    expect(only(detect(known)).confidence).toBe('likely');

    const many = new Network();
    ordinary(many);
    for (const name of ['press.example.org', 'www.example.net', 'news.example.com'])
      ask(many, name).answer(['127.0.0.1']);
    const drafts = detect(many);
    expect(drafts.map((draft) => draft.confidence)).toEqual(['likely', 'likely', 'likely']);
    expect(kinds(drafts[0]!)).toContain('shared-bogus-address');
  });

  test('a name with a placeholder for IPv4 and a real IPv6 address, which another resolver gives, contradicts nothing', () => {
    const net = new Network();
    ordinary(net);
    ask(net, 'press.example.org').answer(['127.0.0.1']);
    ask(net, 'press.example.org', { type: 28, resolver: OTHER_RESOLVER }).answer(['2001:db8::1']);
    expect(only(detect(net)).confidence).toBe('possible');
  });

  test('a filter answers at once, other names take the resolver its time: it is no nearer for that', () => {
    const net = new Network();
    for (const [name, rtt] of [
      ['shop.example.com', 64],
      ['plain.example.com', 112],
      ['other.example.net', 85],
    ] as const)
      ordinary(net, name, { rtt });
    ask(net, 'press.example.org', { rtt: 21 }).answer(['0.0.0.0']);
    expect(only(detect(net))).toMatchObject({ confidence: 'possible', place: 'resolver' });
  });

  test('names of one owner are one name, however many', () => {
    const net = new Network();
    ordinary(net);
    for (const name of ['a.example.org', 'b.example.org', 'c.example.org']) ask(net, name).answer(['127.0.0.1']);
    expect(detect(net).map((draft) => draft.confidence)).toEqual(['possible', 'possible', 'possible']);
  });

  test('made on the way: too soon for the resolver and from another distance', () => {
    const net = new Network();
    for (const name of ['shop.example.com', 'plain.example.com', 'other.example.net']) ordinary(net, name);
    ask(net, 'dissent.example.org').answer(['93.184.216.34'], { after: 1, ttl: 61 + 3 });
    const draft = only(detect(net));
    expect(draft).toMatchObject({ confidence: 'likely', place: 'path', interference: { variant: 'rewritten' } });
  });

  test('too soon alone, or another distance alone, is nothing', () => {
    for (const answer of [{ after: 1 }, { after: 40, ttl: 101 }, { after: 1, ttl: 60 }]) {
      const net = new Network();
      for (const name of ['shop.example.com', 'plain.example.com', 'other.example.net']) ordinary(net, name);
      ask(net, 'dissent.example.org').answer(['93.184.216.34'], answer);
      expect(detect(net)).toEqual([]);
    }
  });

  test('timing says nothing where the clocks are unsound', () => {
    const net = new Network();
    for (const name of ['shop.example.com', 'plain.example.com', 'other.example.net']) ordinary(net, name);
    ask(net, 'dissent.example.org').answer(['93.184.216.34'], { after: 1, ttl: 101 });
    expect(detect(net, { clockUnsound: true })).toEqual([]);
  });

  test("another service's address for a name of the table", () => {
    const net = new Network();
    ask(net, 'twitter.com').answer(['31.13.94.37']);
    expect(only(detect(net)).confidence).toBe('likely');
  });

  test('a known block address is confirmed, with the country of the list; not for names of whoever runs it', () => {
    const net = new Network();
    ask(net, 'dissent.example.org').answer(['5.3.3.17']);
    ask(net, 'lawfilter.ertelecom.ru').answer(['5.3.3.17']);
    const draft = only(detect(net));
    expect(draft.confidence).toBe('confirmed');
    expect(draft.trigger.value).toBe('dissent.example.org');
    expect(draft.attribution).toMatchObject([{ system: 'ER-Telecom', country: 'RU' }]);
  });

  test('a known block address in private space wants a second family', () => {
    const net = new Network();
    ask(net, 'dissent.example.org').answer(['10.10.34.34']);
    expect(only(detect(net)).confidence).toBe('likely');
    ask(net, 'dissent.example.org', { resolver: OTHER_RESOLVER }).answer([GENUINE]);
    expect(detect(net)[0]!.confidence).toBe('confirmed');
  });

  test('a CNAME to a block page is known, too', () => {
    const net = new Network();
    ask(net, 'dissent.example.org').answer(['93.184.216.34'], { cnames: ['internet-positif.org'] });
    expect(only(detect(net))).toMatchObject({ confidence: 'confirmed', attribution: [{ country: 'ID' }] });
  });

  test('an answer from an address that says nobody listens there', () => {
    const net = new Network();
    const dns = ask(net, 'dissent.example.org', { resolver: '198.51.100.9:53' });
    const forged = dns.answer(['93.184.216.34'], { after: 2 });
    dns.icmp({
      code: 3,
      from: '198.51.100.9',
      quoted: {
        protocol: 17,
        source: { address: '10.0.0.2', port: 40_001 },
        destination: { address: '198.51.100.9', port: 53 },
        ttl: 50,
        ipId: 1,
      },
    });
    const draft = only(detect(net));
    expect(draft).toMatchObject({ confidence: 'confirmed', place: 'path', frames: { forged: [forged] } });
    expect(kinds(draft)).toContain('answer-not-from-resolver');
  });

  test('the client refusing a late answer is not the resolver refusing the query', () => {
    const net = new Network();
    const dns = ask(net, 'shop.example.com');
    dns.answer([GENUINE]);
    dns.icmp({
      code: 3,
      from: '10.0.0.2',
      quoted: {
        protocol: 17,
        source: { address: '203.0.113.53', port: 53 },
        destination: { address: '10.0.0.2', port: 40_001 },
        ttl: 58,
        ipId: 1,
      },
    });
    expect(detect(net)).toEqual([]);
  });

  test('another address that failed while the one of another resolver worked is possible, never more', () => {
    const net = new Network();
    ask(net, 'dissent.example.org').answer(['93.184.216.34']);
    ask(net, 'dissent.example.org', { resolver: OTHER_RESOLVER }).answer([GENUINE]);
    net.attempt({ name: 'dissent.example.org', address: '93.184.216.34', outcome: 'silent-after-request' });
    net.attempt({ name: 'dissent.example.org', address: GENUINE });
    const draft = only(detect(net));
    expect(draft.confidence).toBe('possible');
    expect(draft.alternatives).toContainEqual(expect.objectContaining({ kind: 'cdn-rotation', status: 'open' }));
  });
});

describe('one public address for unrelated names', () => {
  const HOMES = {
    'www.example.org': '198.51.100.7',
    'news.example.net': '192.0.2.7',
    'www.example.com': '203.0.113.7',
  };

  function sinkhole(count: number, home = (address: string) => address): Draft[] {
    const net = new Network();
    for (const [name, address] of Object.entries(HOMES).slice(0, count)) {
      ask(net, name).answer(['93.184.216.34']);
      ask(net, name, { resolver: OTHER_RESOLVER }).answer([home(address)]);
    }
    return detect(net);
  }

  test('while another resolver places them in unrelated networks: possible for two, likely for three', () => {
    expect(sinkhole(1)).toEqual([]);
    expect(sinkhole(2).map((draft) => draft.confidence)).toEqual(['possible', 'possible']);
    expect(sinkhole(3).map((draft) => draft.confidence)).toEqual(['likely', 'likely', 'likely']);
  });

  test('a content network holds them together by every path', () => {
    expect(sinkhole(3, () => '198.51.100.9')).toEqual([]);
  });
});

describe("filters of one's own and other innocent impossible answers", () => {
  test('Pi-hole: possible, the resolver, "filtered by your resolver" open', () => {
    const net = new Network();
    ordinary(net, 'shop.example.com', { resolver: HOME_ROUTER });
    for (const name of ['ads.example.org', 'track.example.net', 'pixel.example.com', 'www.tiktok.com']) {
      ask(net, name, { resolver: HOME_ROUTER }).answer(['0.0.0.0']);
    }
    const drafts = detect(net);
    expect(drafts).toHaveLength(4);
    for (const draft of drafts) {
      expect(draft).toMatchObject({ confidence: 'possible', place: 'resolver' });
      expect(draft.alternatives).toContainEqual(
        expect.objectContaining({ kind: 'filtering-resolver', status: 'open' }),
      );
    }
  });

  test('a public resolver that was chosen for filtering', () => {
    const net = new Network();
    ask(net, 'ads.example.org', { resolver: '94.140.14.14:53' }).answer(['0.0.0.0']);
    ask(net, 'www.tiktok.com', { resolver: '1.1.1.3:53' }).answer(['0.0.0.0']);
    ask(net, 'bet.example.org', { resolver: '208.67.222.123:53' }).answer(['146.112.61.106']);
    expect(detect(net).map((draft) => draft.confidence)).toEqual(['possible', 'possible', 'possible']);
  });

  test('a filter that another resolver contradicts is doing what its owner wants, and is the resolver', () => {
    const net = new Network();
    ask(net, 'news.example.org', { resolver: HOME_ROUTER }).answer(['0.0.0.0']);
    ask(net, 'news.example.org').answer([GENUINE]);
    expect(only(detect(net))).toMatchObject({ confidence: 'possible', place: 'resolver' });
  });

  test('split horizon: an inside server with inside addresses, whatever the outside says', () => {
    const net = new Network();
    ask(net, 'intranet.example.org', { resolver: '10.0.0.53:53' }).answer(['10.1.2.3']);
    ask(net, 'intranet.example.org').answer([GENUINE]);
    expect(detect(net)).toEqual([]);
  });

  test('an inside address at which something answers, given by a resolver that is not recognisably inside', () => {
    const net = new Network();
    ask(net, 'intranet.example.org').answer(['10.1.2.3']);
    ask(net, 'intranet.example.org', { resolver: OTHER_RESOLVER }).answer([GENUINE]);
    net.attempt({ address: '10.1.2.3', name: 'intranet.example.org' });
    expect(detect(net)).toEqual([]);
  });

  test('captive portal: every name leads to the gateway until one has signed in', () => {
    const net = new Network();
    for (const name of ['www.example.org', 'mail.example.net', 'captive.apple.com'])
      ask(net, name).answer(['10.8.0.1']);
    ordinary(net, 'www.example.org');
    expect(detect(net)).toEqual([]);
  });

  test('a TLS server that answers for the name at a private address owns the name', () => {
    const net = new Network();
    ask(net, 'nas.example.org').answer(['192.168.1.20']);
    net.healthy('nas.example.org', { server: '192.168.1.20:443' });
    expect(detect(net)).toEqual([]);
  });

  test.each([
    'printer.local',
    'db.internal',
    'router.lan',
    'host.home.arpa',
    '1.0.168.192.in-addr.arpa',
    'localhost',
    '192-168-1-5.abc.plex.direct',
    '10.0.0.1.nip.io',
    'app.localtest.me',
    'ipv4only.arpa',
  ])('%s is no public name', (name) => {
    const net = new Network();
    ordinary(net);
    ask(net, name).answer(['192.168.1.5']);
    expect(detect(net)).toEqual([]);
  });

  test('a list of addresses to avoid answers in 127/8', () => {
    const net = new Network();
    ordinary(net);
    ask(net, '4.3.2.1.zen.spamhaus.org').answer(['127.0.0.4']);
    expect(detect(net)).toEqual([]);
  });

  test('a small server that answers every type with its IPv4 address', () => {
    const net = new Network();
    ask(net, 'shop.example.com', { type: 28, resolver: HOME_ROUTER }).answer([GENUINE]);
    expect(detect(net)).toEqual([]);
  });
});

describe('denials', () => {
  test('a name denied that another resolver knows is possible', () => {
    const net = new Network();
    ordinary(net);
    const forged = ask(net, 'press.example.org').answer([], { rcode: 3 });
    ask(net, 'press.example.org', { resolver: OTHER_RESOLVER }).answer([GENUINE]);
    expect(only(detect(net))).toMatchObject({
      confidence: 'possible',
      interference: { variant: 'nxdomain' },
      frames: { forged: [forged] },
    });
  });

  test('a name that has IPv6 addresses alone has no IPv4 one anywhere; that there is no such name is said of both', () => {
    for (const [rcode, drafts] of [
      [0, 0],
      [2, 0],
      [3, 1],
    ] as const) {
      const net = new Network();
      ordinary(net);
      ask(net, 'six.example.org').answer([], { rcode });
      ask(net, 'six.example.org', { type: 28, resolver: OTHER_RESOLVER }).answer(['2001:db8::1']);
      expect([rcode, detect(net).length]).toEqual([rcode, drafts]);
    }
  });

  test("the resolver's own word makes it likely, unless its user asked for filtering (RFC 8914)", () => {
    for (const [code, level] of [
      [15, 'likely'],
      [16, 'likely'],
      [17, 'possible'],
      [18, 'possible'],
    ] as const) {
      const net = new Network();
      ordinary(net);
      ask(net, 'press.example.org').answer([], { rcode: 3, extendedError: code });
      ask(net, 'press.example.org', { resolver: OTHER_RESOLVER }).answer([GENUINE]);
      const draft = only(detect(net));
      expect([code, draft.confidence]).toEqual([code, level]);
      expect(kinds(draft).includes('extended-error')).toBe(code <= 17);
    }
  });

  test('a domain that surely exists', () => {
    const net = new Network();
    ask(net, 'telegram.org').answer([], { rcode: 3 });
    ask(net, 'no-such-host.telegram.org').answer([], { rcode: 3 });
    expect(only(detect(net))).toMatchObject({ confidence: 'possible', trigger: { value: 'telegram.org' } });
  });

  test.each<[string, (net: Network) => void]>([
    [
      'all resolvers agree that there is no such name',
      (net) => {
        ask(net, 'typo.example.org').answer([], { rcode: 3 });
        ask(net, 'typo.example.org', { resolver: OTHER_RESOLVER }).answer([], { rcode: 3 });
      },
    ],
    ['one resolver says so, and nobody else was asked', (net) => ask(net, 'typo.example.org').answer([], { rcode: 3 })],
    [
      'a failure that a later try got over',
      (net) => {
        ask(net, 'press.example.org').answer([], { rcode: 2 });
        ask(net, 'press.example.org').answer([GENUINE]);
        ask(net, 'press.example.org', { resolver: OTHER_RESOLVER }).answer([GENUINE]);
      },
    ],
    [
      'no IPv6 address at one resolver, some at the other',
      (net) => {
        ask(net, 'press.example.org', { type: 28 }).answer([]);
        ask(net, 'press.example.org', { type: 28, resolver: OTHER_RESOLVER }).answer(['2001:db8::1']);
      },
    ],
  ])('%s', (_title, play) => {
    const net = new Network();
    ordinary(net);
    play(net);
    expect(detect(net)).toEqual([]);
  });

  test('a server that refuses everybody refuses no name', () => {
    const net = new Network();
    for (const name of ['press.example.org', 'shop.example.com']) ask(net, name).answer([], { rcode: 5 });
    ask(net, 'press.example.org', { resolver: OTHER_RESOLVER }).answer([GENUINE]);
    expect(detect(net)).toEqual([]);
  });
});

describe('silence', () => {
  /** A transaction with retries, none of them answered. */
  function lost(net: Network, name: string, retries: number, every = 3000): void {
    const dns = ask(net, name);
    for (let retry = 0; retry < retries; retry++) dns.query({ after: every });
    net.wait(every);
  }

  test('one name draws no answer, over and over, while others asked in between do', () => {
    const net = new Network();
    ordinary(net);
    for (let round = 0; round < 3; round++) {
      lost(net, 'dissent.example.org', 1);
      ordinary(net);
    }
    const draft = only(detect(net));
    expect(draft).toMatchObject({
      confidence: 'likely',
      trigger: { kind: 'dns-name', value: 'dissent.example.org', confidence: 'likely' },
      interference: { kind: 'packet-drop', direction: 'both' },
      effect: 'stopped',
    });
    expect(draft.frames.affected).toHaveLength(6);
    expect(draft.frames.forged).toEqual([]);
  });

  test('a resolver that passes over questions for records which it does not know', () => {
    for (const [type, drafts] of [
      [28, 0],
      [1, 1],
    ] as const) {
      const net = new Network();
      for (let round = 0; round < 3; round++) {
        ordinary(net);
        const dns = ask(net, 'dissent.example.org', { type });
        dns.query({ after: 3000 });
        net.wait(3000);
      }
      ordinary(net);
      expect([type, detect(net).length]).toEqual([type, drafts]);
    }
  });

  test('a way that loses a sixth of all, and nobody who asks again', () => {
    for (const [loses, level] of [
      [6, 'possible'],
      [100, 'likely'],
    ] as const) {
      const net = new Network();
      for (let at = 0; at < 48; at++) {
        const other = ask(net, `site-${at}.example.com`);
        if (at % loses !== 1) other.answer(['203.0.113.80']);
        if (at % 12 === 5) ask(net, 'dissent.example.org');
        net.wait(500);
      }
      expect(only(detect(net)).confidence).toBe(level);
    }
  });

  test('one transaction is possible: the resolver may still be trying', () => {
    const net = new Network();
    ordinary(net);
    lost(net, 'dissent.example.org', 2);
    ordinary(net);
    const draft = only(detect(net));
    expect(draft.confidence).toBe('possible');
    expect(draft.alternatives).toContainEqual({ kind: 'resolver-failure', status: 'open', params: { rcode: 2 } });
  });

  test('one transaction stays possible, however long its retries go on', () => {
    const net = new Network();
    ordinary(net);
    const dns = ask(net, 'dissent.example.org');
    for (let retry = 0; retry < 5; retry++) {
      dns.query({ after: 3000 });
      ordinary(net);
    }
    expect(only(detect(net)).confidence).toBe('possible');
  });

  test.each<[string, (net: Network) => void, Parameters<Network['base']>[0]?]>([
    ['two queries', (net) => lost(net, 'dissent.example.org', 1, 6000)],
    ['three queries within five seconds', (net) => lost(net, 'dissent.example.org', 2, 2000)],
    [
      'packets that the capture lost',
      (net) => {
        lost(net, 'dissent.example.org', 4);
        ordinary(net);
      },
      { drops: 1 },
    ],
    [
      'an answer came after all',
      (net) => {
        lost(net, 'slow.example.org', 3);
        ask(net, 'slow.example.org').answer([GENUINE]);
      },
    ],
    ['a reverse name', (net) => lost(net, '10.100.10.10.in-addr.arpa', 4)],
  ])('nothing: %s', (_title, play, facts) => {
    const net = new Network();
    ordinary(net);
    play(net);
    ordinary(net);
    expect(detect(net, facts ?? {})).toEqual([]);
  });

  test('a resolver that is silent for all blocks no name', () => {
    const net = new Network();
    for (let round = 0; round < 3; round++) {
      lost(net, 'dissent.example.org', 1);
      lost(net, 'shop.example.com', 1);
    }
    expect(detect(net)).toEqual([]);
  });

  test('more names lost than answered is the path, not a name', () => {
    const net = new Network();
    ordinary(net);
    for (let round = 0; round < 3; round++) {
      for (const name of ['one.example.org', 'two.example.net', 'three.example.com']) lost(net, name, 1);
    }
    ordinary(net);
    expect(detect(net)).toEqual([]);
  });

  test('queries over TCP that resets cut off, while other names pass', () => {
    const net = new Network();
    const forged: number[] = [];
    for (let round = 0; round < 3; round++) {
      const client = `10.0.0.2:${41_000 + round}`;
      const tcp = net.tcp({ client, server: RESOLVER }).connect();
      ask(net, 'dissent.example.org', { client, transport: 'tcp' });
      forged.push(tcp.rst());
    }
    for (const [at, name] of ['shop.example.com', 'plain.example.com'].entries()) {
      ask(net, name, { client: `10.0.0.2:${42_000 + at}`, transport: 'tcp' }).answer([GENUINE]);
    }
    expect(only(detect(net))).toMatchObject({
      confidence: 'likely',
      interference: { kind: 'rst-injection' },
      frames: { forged },
    });
  });

  test('one reset cuts off several queries; one that comes after the end of a connection cuts off none', () => {
    for (const [isClosed, drafts] of [
      [false, ['possible']],
      [true, []],
    ] as const) {
      const net = new Network();
      const client = '10.0.0.2:41000';
      const tcp = net.tcp({ client, server: RESOLVER }).connect();
      for (const type of [1, 28, 65]) ask(net, 'dissent.example.org', { client, type, transport: 'tcp' });
      if (isClosed) tcp.fin('server');
      tcp.rst();
      for (const [at, name] of ['shop.example.com', 'plain.example.com'].entries())
        ask(net, name, { client: `10.0.0.2:${42_000 + at}`, transport: 'tcp' }).answer([GENUINE]);
      expect(detect(net).map(({ confidence }) => confidence)).toEqual(drafts);
    }
  });

  test('a resolver that resets every query over TCP', () => {
    const net = new Network();
    const tcp = net.tcp({ client: '10.0.0.2:41000', server: RESOLVER }).connect();
    ask(net, 'dissent.example.org', { client: '10.0.0.2:41000', transport: 'tcp' });
    tcp.rst();
    expect(detect(net)).toEqual([]);
  });
});

test('says why a capture keeps it from judging', () => {
  const limited = (facts: Parameters<Network['base']>[0]) => dnsPoisoning.limitedBy(new Network().base(facts));
  expect(limited({})).toBeNull();
  expect(limited({ drops: 1 })).toBe('drops');
  expect(limited({ oneWayShare: 1, oneWayFlows: 9 })).toBe('one-way');
});
