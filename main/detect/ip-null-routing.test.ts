import { describe, expect, test } from 'vitest';
import type { IcmpError } from '../flow/records.ts';
import { endpoint, Network, type TcpScript } from '../testkit/snapshots.ts';
import type { Draft } from './detector.ts';
import { dnsPoisoning } from './dns-poisoning.ts';
import { ipNullRouting } from './ip-null-routing.ts';

const TARGET = '198.51.100.20';
const RESOLVER = '203.0.113.53:53';
let port = 50_000;

/** SYNs a second apart, as Linux sends them since 6.5. */
function silent(net: Network, server: string, syns = 4, options: Parameters<Network['tcp']>[0] = {}): TcpScript {
  const tcp = net.tcp({ client: `10.0.0.2:${++port}`, server, outcome: 'unanswered', ...options });
  tcp.syn();
  for (let syn = 1; syn < syns; syn++) tcp.syn({ after: 1020 });
  net.wait(1000);
  return tcp;
}

function resolve(net: Network, name: string, address: string): void {
  const dns = net.dns(name, { resolver: RESOLVER });
  dns.query();
  dns.answer([address]);
}

/** The web works. */
function works(net: Network, server = '203.0.113.80:443'): void {
  net.healthy('shop.example.com', { server, serverTtl: 59, client: `10.0.0.2:${++port}` });
  net.wait(500);
}

function detect(net: Network, facts: Parameters<Network['base']>[0] = {}): Draft[] {
  const base = net.base(facts);
  return ipNullRouting.detect(base, dnsPoisoning.detect(base, []));
}

function only(drafts: Draft[]): Draft {
  expect(drafts).toHaveLength(1);
  return drafts[0]!;
}

function kinds(draft: Draft): string[] {
  return draft.evidence.map((item) => item.kind);
}

describe('a silent address', () => {
  function blackhole(net: Network): void {
    works(net);
    resolve(net, 'radio.example.org', TARGET);
    silent(net, `${TARGET}:443`, 6);
    resolve(net, 'radio.example.org', TARGET);
    silent(net, `${TARGET}:80`);
    net.ping(TARGET, 2, 0);
    works(net);
  }

  test('two ports and ping silent, the web before, meanwhile and after: likely', () => {
    const net = new Network();
    blackhole(net);
    const draft = only(detect(net));
    expect(draft).toMatchObject({
      confidence: 'likely',
      trigger: { kind: 'ip-address', value: TARGET, confidence: 'likely' },
      interference: { kind: 'null-route', variant: 'address', direction: 'both' },
      target: { domain: 'radio.example.org', address: TARGET, port: 443 },
      effect: 'stopped',
    });
    expect(draft.frames.affected).toHaveLength(10);
    expect(kinds(draft)).toEqual(['syn-unanswered', 'ports-silent', 'ping-unanswered', 'control-ok']);
    expect(draft.alternatives).toContainEqual({ kind: 'network-down', status: 'ruled-out', params: {} });
    expect(draft.alternatives).toContainEqual({ kind: 'host-down', status: 'open', params: { address: TARGET } });
  });

  test('one port alone is possible: a firewall of the server works by port', () => {
    const net = new Network();
    works(net);
    resolve(net, 'radio.example.org', TARGET);
    silent(net, `${TARGET}:443`, 6);
    works(net);
    const draft = only(detect(net));
    expect(draft).toMatchObject({ confidence: 'possible', interference: { kind: 'packet-drop', variant: 'port' } });
    expect(draft.alternatives).toContainEqual(expect.objectContaining({ kind: 'server-firewall', status: 'open' }));
  });

  test('flows of one or two SYNs each add up', () => {
    const net = new Network();
    works(net);
    resolve(net, 'radio.example.org', TARGET);
    for (let flow = 0; flow < 3; flow++) silent(net, `${TARGET}:443`, 1, { outcome: 'cancelled' });
    silent(net, `${TARGET}:443`, 2);
    works(net);
    expect(only(detect(net)).evidence[0]!.params).toMatchObject({ attempts: 4, syns: 5 });
  });

  test('without a control it is possible, however many ports are silent', () => {
    const net = new Network();
    resolve(net, 'radio.example.org', TARGET);
    silent(net, `${TARGET}:443`, 8);
    silent(net, `${TARGET}:80`, 8);
    net.ping(TARGET, 9, 0);
    expect(only(detect(net)).confidence).toBe('possible');
  });

  test('a control in another minute is none', () => {
    const net = new Network();
    works(net);
    resolve(net, 'radio.example.org', TARGET);
    net.wait(120_000);
    silent(net, `${TARGET}:443`, 6);
    silent(net, `${TARGET}:80`);
    net.wait(120_000);
    works(net);
    expect(only(detect(net)).confidence).toBe('possible');
  });

  test('before alone is no sound control: the network may have gone at that moment', () => {
    const net = new Network();
    works(net);
    resolve(net, 'radio.example.org', TARGET);
    silent(net, `${TARGET}:443`, 6);
    silent(net, `${TARGET}:80`);
    expect(only(detect(net)).confidence).toBe('possible');
  });

  test('an address that nobody named stays possible', () => {
    const net = new Network();
    works(net);
    silent(net, `${TARGET}:443`, 6);
    silent(net, `${TARGET}:80`);
    works(net);
    expect(only(detect(net)).confidence).toBe('possible');
  });

  test('a whole prefix is said as such', () => {
    const net = new Network();
    works(net);
    for (const last of [20, 21]) {
      resolve(net, `host${last}.example.org`, `198.51.100.${last}`);
      silent(net, `198.51.100.${last}:443`);
      silent(net, `198.51.100.${last}:80`);
      works(net);
    }
    const drafts = detect(net);
    expect(drafts.map((draft) => draft.interference.variant)).toEqual(['prefix', 'prefix']);
    expect(drafts[0]!.evidence.find((item) => item.kind === 'prefix-silent')!.params.prefix).toBe('198.51.100.0/24');
  });

  test('an answering neighbour shows that the network of the address is reached', () => {
    const net = new Network();
    works(net, '198.51.100.21:443');
    resolve(net, 'radio.example.org', TARGET);
    silent(net, `${TARGET}:443`);
    silent(net, `${TARGET}:80`);
    works(net, '198.51.100.21:443');
    expect(only(detect(net)).alternatives).toContainEqual(
      expect.objectContaining({ kind: 'host-down', status: 'weakened' }),
    );
  });
});

describe("Telegram's data centres", () => {
  const BLOCKED = ['149.154.175.53', '149.154.167.51', '149.154.175.100'];

  test('three of five silent while two and the web answer: all three, the one tried on a single port too', () => {
    const net = new Network();
    works(net);
    for (const address of BLOCKED) silent(net, `${address}:443`);
    for (const address of ['149.154.167.91', '91.108.56.130']) {
      net.healthy(null, { server: `${address}:443`, serverTtl: 56, client: `10.0.0.2:${++port}` });
    }
    for (const address of BLOCKED.slice(0, 2)) {
      silent(net, `${address}:80`, 3);
      silent(net, `${address}:5222`, 3);
    }
    net.healthy('telegram.org', { server: '149.154.167.99:443', serverTtl: 57, client: `10.0.0.2:${++port}` });
    works(net);
    const drafts = detect(net);
    expect(drafts.map((draft) => [draft.target.address, draft.confidence])).toEqual(
      BLOCKED.map((address) => [address, 'likely']),
    );
    const facts = drafts[2]!.evidence.find((item) => item.kind === 'service-silent')!;
    expect(facts.params).toMatchObject({ service: 'telegram', addresses: BLOCKED, answered: 3 });
  });

  test('one data centre on one port, with nothing else of the service silent, is possible', () => {
    const net = new Network();
    works(net);
    silent(net, '149.154.175.53:443');
    net.healthy(null, { server: '149.154.167.91:443', client: `10.0.0.2:${++port}` });
    expect(only(detect(net)).confidence).toBe('possible');
  });
});

describe('silence that accuses nobody', () => {
  test.each<[string, (net: Network) => void, Parameters<Network['base']>[0]?]>([
    [
      'everything is silent: the network is down',
      (net) => {
        silent(net, `${TARGET}:443`, 6);
        silent(net, '203.0.113.80:443', 6);
        const dns = net.dns('news.example.org', { resolver: RESOLVER });
        dns.query();
        dns.query({ after: 3000 });
        net.ping(TARGET, 2, 0);
      },
    ],
    [
      'one address and the resolver are silent, nothing answers',
      (net) => {
        const dns = net.dns('news.example.org', { resolver: RESOLVER });
        dns.query();
        dns.query({ after: 3000 });
        silent(net, `${TARGET}:443`, 6);
      },
    ],
    [
      'a pause in which what works before and after is silent as well',
      (net) => {
        works(net);
        resolve(net, 'radio.example.org', TARGET);
        const first = net.tcp({ client: '10.0.0.2:60001', server: `${TARGET}:443`, outcome: 'unanswered' });
        const second = net.tcp({ client: '10.0.0.2:60002', server: '203.0.113.80:443', outcome: 'unanswered' });
        for (let syn = 0; syn < 5; syn++) {
          first.syn({ after: 1000 });
          second.syn();
        }
        works(net);
      },
    ],
    [
      'a break beyond the resolver, which goes on answering',
      (net) => {
        for (const address of [TARGET, '203.0.113.80']) resolve(net, `${address}.example.org`, address);
        const first = net.tcp({ client: '10.0.0.2:60001', server: `${TARGET}:443`, outcome: 'unanswered' });
        const second = net.tcp({ client: '10.0.0.2:60002', server: '203.0.113.80:443', outcome: 'unanswered' });
        for (let syn = 0; syn < 5; syn++) {
          first.syn({ after: 1000 });
          second.syn();
        }
        resolve(net, 'again.example.org', TARGET);
        silent(net, `${TARGET}:80`);
        works(net);
      },
    ],
    [
      'two SYNs, or three in two seconds',
      (net) => {
        works(net);
        silent(net, `${TARGET}:443`, 2);
        silent(net, '198.51.100.30:443', 3);
        works(net);
      },
    ],
    [
      'a race that another address won',
      (net) => {
        works(net);
        for (let race = 0; race < 20; race++) {
          net.attempt({ address: TARGET, outcome: 'cancelled', tries: 1 });
          net.wait(250);
        }
        works(net);
      },
    ],
    [
      'private, link-local and shared destinations',
      (net) => {
        works(net);
        for (const address of ['192.168.7.7', '10.9.9.9', '100.64.1.1', '169.254.1.1'])
          silent(net, `${address}:443`, 6);
        works(net);
      },
    ],
    [
      'the same port answers later: loss, overload, or a penalty that ended',
      (net) => {
        works(net);
        silent(net, `${TARGET}:443`, 6);
        works(net, `${TARGET}:443`);
      },
    ],
    [
      'probes that expire on the way',
      (net) => {
        works(net);
        silent(net, `${TARGET}:443`, 6, { clientTtl: 9 });
        silent(net, `${TARGET}:80`, 6, { clientTtl: 9 });
        works(net);
      },
    ],
    [
      'Fast Open: the SYN with data is dropped, its plain retry is not',
      (net) => {
        works(net);
        net.attempt({ address: TARGET, outcome: 'unanswered', tries: 3, trySpan: 3.1, synData: true });
        works(net);
      },
    ],
    [
      'packets that the capture lost',
      (net) => {
        works(net);
        silent(net, `${TARGET}:443`, 6);
        silent(net, `${TARGET}:80`);
        works(net);
      },
      { drops: 1 },
    ],
    [
      'the host that captured does not answer: its own firewall',
      (net) => {
        works(net);
        silent(net, `${TARGET}:443`, 6);
        works(net);
      },
      { local: new Set([TARGET]), role: 'server' },
    ],
    [
      'a UDP peer that does not speak',
      (net) => {
        works(net);
        net.attempt({ address: TARGET, transport: 'udp', outcome: 'unanswered', tries: 9, trySpan: 8, clientTtl: 0 });
        works(net);
      },
    ],
    [
      'the peers of a swarm, most of which are away',
      (net) => {
        works(net);
        for (let peer = 1; peer <= 12; peer++) silent(net, `45.${peer}.7.7:6881`);
        works(net);
      },
    ],
    [
      'the peers of a swarm, of which more are there than away',
      (net) => {
        works(net);
        for (let peer = 1; peer <= 20; peer++)
          net.attempt({ address: `62.${peer}.7.7`, port: 20_000 + 37 * peer, outcome: 'ok' });
        for (let peer = 1; peer <= 12; peer++) silent(net, `45.${peer}.7.7:${30_000 + 53 * peer}`);
        works(net);
      },
    ],
  ])('%s', (_title, play, facts) => {
    const net = new Network();
    play(net);
    expect(detect(net, facts ?? {})).toEqual([]);
  });

  test('IPv6 that does not work at all', () => {
    const net = new Network();
    const client = '[2001:db8:1::2]:50001';
    net.healthy('shop.example.com', { server: '203.0.113.80:443' });
    silent(net, '[2a00:1450::1]:443', 6, { client });
    silent(net, '[2a00:1450::1]:80', 6, { client });
    expect(detect(net)).toEqual([]);
    for (const last of [5, 6]) net.healthy('a.example.net', { client, server: `[2a02:26f0::${last}]:443` });
    expect(only(detect(net)).target.address).toBe('2a00:1450::1');
  });

  test('an address that answered before and then fell silent is possible: it may have gone down', () => {
    const net = new Network();
    resolve(net, 'radio.example.org', TARGET);
    works(net, `${TARGET}:443`);
    net.wait(5000);
    works(net);
    silent(net, `${TARGET}:443`, 6);
    silent(net, `${TARGET}:80`);
    works(net);
    expect(only(detect(net)).confidence).toBe('possible');
  });

  test('another port answers: the port, possible', () => {
    const net = new Network();
    resolve(net, 'radio.example.org', TARGET);
    works(net, `${TARGET}:80`);
    silent(net, `${TARGET}:443`, 6);
    works(net, `${TARGET}:80`);
    expect(only(detect(net))).toMatchObject({ confidence: 'possible', trigger: { kind: 'port', value: '443' } });
  });

  test('a closed port is an answer: the host is there', () => {
    const net = new Network();
    works(net);
    resolve(net, 'radio.example.org', TARGET);
    silent(net, `${TARGET}:443`, 6);
    silent(net, `${TARGET}:80`);
    net.attempt({ address: TARGET, port: 22, outcome: 'refused' });
    works(net);
    expect(only(detect(net))).toMatchObject({ confidence: 'possible', trigger: { kind: 'port' } });
  });

  test('the end of the capture cuts the silence short: inconclusive', () => {
    const net = new Network();
    works(net);
    resolve(net, 'radio.example.org', TARGET);
    silent(net, `${TARGET}:443`, 2);
    const draft = only(detect(net, { endTime: net.now * 1e6 }));
    expect(draft.confidence).toBe('inconclusive');
    expect(detect(net, { endTime: (net.now + 60_000) * 1e6 })).toEqual([]);
  });

  test('an address that a forged answer gave belongs to somebody else; unless another name leads there too', () => {
    const net = new Network();
    works(net);
    const dns = net.dns('dissent.example.org', { resolver: RESOLVER });
    dns.query();
    dns.answer([TARGET], { after: 1, ttl: 101, edns: false });
    dns.answer(['192.0.2.77'], { after: 40 });
    silent(net, `${TARGET}:443`, 6);
    silent(net, `${TARGET}:80`);
    works(net);
    expect(detect(net)).toEqual([]);
    resolve(net, 'radio.example.org', TARGET);
    expect(only(detect(net)).target.domain).toBe('radio.example.org');
  });
});

describe('silence in the minutes after a blocked name', () => {
  function silentAfter(net: Network, wait: number): { drafts: Draft[]; cause: Draft } {
    works(net);
    const blocked = net.tcp({ client: '10.0.0.2:49000', server: `${TARGET}:443` }).connect();
    blocked.hello('dissent.example.org');
    const flow = blocked.snapshot();
    const cause = {
      key: 'sni 1',
      residual: false,
      trigger: { kind: 'tls-sni', value: 'dissent.example.org', confidence: 'likely' },
      interference: { kind: 'rst-injection', variant: 'rst', direction: 'both' },
      target: { domain: 'dissent.example.org', address: TARGET, port: 443 },
      flow: { id: flow.id, protocol: 'tcp', client: flow.client, server: flow.server },
      frames: { trigger: [1], forged: [], genuine: [], affected: [] },
      firstTime: flow.firstTime,
    } as unknown as Draft;
    net.wait(wait);
    silent(net, `${TARGET}:443`, 3);
    silent(net, `${TARGET}:443`, 3);
    return { drafts: ipNullRouting.detect(net.base(), [cause]), cause };
  }

  test('is a consequence of that finding; likely once the time was over and a connection succeeded', () => {
    const open = silentAfter(new Network(), 1000);
    expect(only(open.drafts)).toMatchObject({ confidence: 'possible', residual: true, causedBy: open.cause.key });

    const net = new Network();
    net.attempt({ address: TARGET, firstTime: 300e9, lastTime: 301e9, name: 'www.example.net' });
    expect(only(silentAfter(net, 1000).drafts)).toMatchObject({ confidence: 'likely', residual: true });
  });

  test('after longer than any known filter remembers it is silence like any other', () => {
    expect(only(silentAfter(new Network(), 200_000).drafts)).toMatchObject({ residual: false, causedBy: null });
  });
});

describe('ICMP that says no', () => {
  /** A firewall two hops away, for a target that never spoke. */
  function rejection(
    net: Network,
    error: Partial<IcmpError>,
    server = `${TARGET}:443`,
    after = 40,
    quotedTtl = 62,
  ): TcpScript {
    const tcp = net.tcp({ client: `10.0.0.2:${++port}`, server });
    tcp.syn();
    net.wait(after);
    const quoted = {
      protocol: 6,
      source: tcp.client,
      destination: endpoint(server),
      ttl: quotedTtl,
      ipId: tcp.packets[0]!.ipId,
    };
    tcp.icmp({ type: 3, code: 13, from: '192.0.2.1', ttl: 62, quoted, ...error });
    return tcp;
  }

  test('administratively prohibited, by a box that is nearer than any host: likely, its frames named', () => {
    const net = new Network();
    works(net);
    const first = rejection(net, {});
    const second = rejection(net, {}, `${TARGET}:80`);
    works(net);
    const draft = only(detect(net));
    expect(draft).toMatchObject({
      confidence: 'likely',
      place: 'path',
      trigger: { kind: 'ip-address', confidence: 'likely' },
      interference: { kind: 'icmp-reject', variant: 'icmp-3-13' },
      injector: { hopsFromVantage: 2 },
      frames: { forged: [...first.errors, ...second.errors].map((error) => error.frame) },
    });
    expect(draft.frames.trigger).toEqual([first.packets[0]!.frame, second.packets[0]!.frame]);
  });

  test.each<[string, Partial<IcmpError>, number?]>([
    ['the target itself: the default of some hosts', { from: TARGET, code: 10, ttl: 59 }],
    ['a neighbour of the target', { from: '198.51.100.1', ttl: 59 }],
    ['a box as far away as hosts are', { ttl: 59 }, 59],
    ['a distance that the quoted packet contradicts', { ttl: 62 }, 40],
  ])('possible, by %s', (_title, error, quotedTtl = 62) => {
    const net = new Network();
    works(net);
    rejection(net, error, `${TARGET}:443`, 40, quotedTtl);
    works(net);
    const draft = only(detect(net));
    expect(draft.confidence).toBe('possible');
    expect(draft.alternatives).toContainEqual(expect.objectContaining({ kind: 'server-firewall', status: 'open' }));
  });

  test("in the target's name from where its other packets come is its own firewall: nothing to say", () => {
    for (const [ttl, levels] of [
      [59, []],
      [61, ['possible']],
    ] as const) {
      const net = new Network();
      works(net);
      net.healthy('radio.example.org', { server: `${TARGET}:8443`, serverTtl: 59 });
      rejection(net, { from: TARGET, code: 10, ttl }, `${TARGET}:443`, 40, ttl);
      works(net);
      expect([ttl, detect(net).map(({ confidence }) => confidence)]).toEqual([ttl, levels]);
    }
  });

  test('two hops before the target is its owner’s firewall, by its own distance', () => {
    for (const [serverTtl, level] of [
      [60, 'possible'],
      [56, 'likely'],
    ] as const) {
      const net = new Network();
      works(net);
      net.healthy('radio.example.org', { server: `${TARGET}:8443`, serverTtl });
      rejection(net, {});
      works(net);
      expect([serverTtl, only(detect(net)).confidence]).toEqual([serverTtl, level]);
    }
  });

  test('without a control it is possible: the sender may refuse everything', () => {
    const net = new Network();
    rejection(net, {});
    rejection(net, {}, '192.0.2.200:443');
    expect(detect(net).map((draft) => draft.confidence)).toEqual(['possible', 'possible']);
  });

  test("the local network's own gateway is no censor", () => {
    const net = new Network();
    works(net);
    rejection(net, { from: '192.168.1.1', ttl: 64 });
    works(net);
    expect(only(detect(net)).place).toBe('local-network');
  });

  test('refused, and yet it connected', () => {
    const net = new Network();
    works(net);
    rejection(net, {});
    works(net, `${TARGET}:443`);
    expect(only(detect(net)).effect).toBe('survived');
  });

  test.each<[string, Partial<IcmpError>, number?]>([
    ['host unreachable after three seconds: the host is down', { code: 1 }, 3100],
    ['host unreachable by the last router', { code: 1, from: '198.51.100.1' }],
    ['port and protocol unreachable are the host’s own word', { code: 3, from: TARGET }],
    ['fragmentation needed', { code: 4 }],
    ['no route at the local gateway', { code: 0, from: '192.168.1.1', ttl: 64 }],
    ['time exceeded of a probe', { type: 11, code: 0 }],
  ])('nothing: %s', (_title, error, after) => {
    const net = new Network();
    works(net);
    rejection(net, error, `${TARGET}:443`, after);
    works(net);
    expect(detect(net)).toEqual([]);
  });

  test('unreachable at once by a router on the way: possible, likely where a neighbour is reached', () => {
    const net = new Network();
    works(net);
    rejection(net, { code: 1 });
    rejection(net, { code: 1 }, `${TARGET}:80`);
    works(net);
    expect(only(detect(net)).confidence).toBe('possible');

    const reached = new Network();
    works(reached, '198.51.100.21:443');
    rejection(reached, { code: 1 });
    rejection(reached, { code: 1 }, `${TARGET}:80`);
    works(reached, '198.51.100.21:443');
    expect(only(detect(reached)).confidence).toBe('likely');
  });

  test('an error that came back is no silence', () => {
    const net = new Network();
    works(net);
    resolve(net, 'radio.example.org', TARGET);
    silent(net, `${TARGET}:443`, 6);
    silent(net, `${TARGET}:80`).icmp({ code: 1, from: '198.51.100.1', ttl: 59 });
    works(net);
    expect(detect(net)).toEqual([]);
  });

  test('IPv6 codes', () => {
    for (const [code, count] of [
      [1, 1],
      [5, 1],
      [6, 1],
      [4, 0],
    ] as const) {
      const net = new Network();
      const client = '[2001:db8:1::2]:50001';
      for (const last of [5, 6]) {
        net.healthy('a.example.net', { client, server: `[2a02:26f0::${last}]:443`, serverTtl: 55 });
      }
      const tcp = net.tcp({ client, server: '[2a00:1450::1]:443' });
      tcp.syn();
      const quoted = {
        protocol: 6,
        source: endpoint(client),
        destination: endpoint('[2a00:1450::1]:443'),
        ttl: 62,
        ipId: -1,
      };
      tcp.icmp({ v6: true, type: 1, code, from: '2001:db8:9::1', ttl: 62, quoted });
      expect([code, detect(net).length]).toEqual([code, count]);
    }
  });
});

describe('SYN-ACKs repeated although acknowledged', () => {
  function deaf(net: Network, data: number, repeats = 3): TcpScript {
    const tcp = net.tcp({ server: `${TARGET}:9001` }).connect();
    if (data > 0) tcp.payload();
    for (let sent = 1; sent < data; sent++) tcp.retransmit({ after: 300 });
    for (let repeat = 0; repeat < repeats; repeat++) tcp.synAck({ after: 1000 });
    return tcp;
  }

  test('what the client sends does not arrive: possible', () => {
    const net = new Network();
    works(net);
    deaf(net, 3);
    const draft = only(detect(net));
    expect(draft).toMatchObject({
      confidence: 'possible',
      interference: { kind: 'packet-drop', variant: 'syn-ack-repeated', direction: 'to-server' },
    });
  });

  test('a server that waits for data, a single repeat, and a flow judged already are nothing', () => {
    const net = new Network();
    works(net);
    deaf(net, 0);
    deaf(net, 3, 1);
    expect(detect(net)).toEqual([]);

    const judged = new Network();
    const tcp = deaf(judged, 3);
    const earlier = {
      flow: { id: tcp.snapshot().id },
      interference: { kind: 'packet-drop' },
      trigger: { kind: 'unknown' },
    } as Draft;
    expect(ipNullRouting.detect(judged.base(), [earlier])).toEqual([]);
  });
});

test('says why a capture keeps it from judging', () => {
  const limited = (facts: Parameters<Network['base']>[0]) => ipNullRouting.limitedBy(new Network().base(facts));
  expect(limited({})).toBeNull();
  expect(limited({ drops: 1 })).toBe('drops');
  expect(limited({ oneWayShare: 0.9, oneWayFlows: 5 })).toBe('one-way');
});
