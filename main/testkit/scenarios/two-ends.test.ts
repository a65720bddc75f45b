// Two captures of one connection: what a pair shows, and what must not be read into it. Every story is told once and
// captured at both ends; each interference has twins that look alike and are innocent.

import { describe, expect, it } from 'vitest';
import type { ComparisonFinding, ComparisonView } from '../../../shared/contract/comparison.ts';
import { atLeast } from '../../../shared/domain/vocabulary.ts';
import type { CompareOptions } from '../../comparison/compare.ts';
import { type Capture, type CaptureFrame, dissect, edited, TCP } from '../capture.ts';
import {
  cutTo,
  doubledAsAny,
  mergedByOffload,
  onlyFrames,
  readdressed,
  shifted,
  withoutFrames,
  withoutHandshakes,
} from '../cripplers.ts';
import { dnsAnswer, dnsQuery } from '../dns-bytes.ts';
import type { Net } from '../network.ts';
import { udp } from '../packets.ts';
import { atBothEnds, compareCaptures, type TwoEnds, told } from '../two-ends.ts';

const SERVER = '93.184.215.14:443';
const PATH = { server: SERVER, rtt: 84, serverHops: 14 } as const;

/** A visit before and one after, so that there is something both ends have at any time. */
function around(net: Net, story: () => void): void {
  net.visit({ ...PATH, sni: 'before.example', at: 100 });
  story();
  net.visit({ ...PATH, sni: 'after.example', at: 60_000 });
}

const stories = {
  'reset beside the path': (net: Net) =>
    around(net, () => {
      const tls = net.connect({ ...PATH, at: 5_000 });
      tls.clientHello({ sni: 'blocked.example' });
      tls.inject.rst({ after: 3, hops: 6, ipId: 0, seenAt: 'client' });
      tls.serverHello();
    }),
  'three resets, the TTL that of the server': (net: Net) =>
    around(net, () => {
      const tls = net.connect({ ...PATH, at: 5_000 });
      tls.clientHello({ sni: 'blocked.example' });
      tls.inject.rst({ after: 3, ttl: 50, df: true, ipId: 0x8bc6, count: 3, seenAt: 'client' });
      tls.serverHello();
    }),
  'reset to both ends': (net: Net) =>
    around(net, () => {
      const tls = net.connect({ ...PATH, at: 5_000 });
      tls.clientHello({ sni: 'blocked.example' });
      tls.inject.rst({ after: 3, hops: 6, ipId: 0x77, seenAt: 'client' });
      tls.inject.rst({ to: 'server', after: 3, hops: 8, ipId: 0x77, flags: 'R', seenAt: 'server' });
      tls.serverHello();
    }),
  'reset to the server alone': (net: Net) =>
    around(net, () => {
      const tls = net.connect({ ...PATH, at: 5_000 });
      tls.clientHello({ sni: 'blocked.example' });
      tls.inject.rst({ to: 'server', after: 3, hops: 8, flags: 'R', seenAt: 'server' });
      tls.data('client', new Uint8Array(300).fill(7), { after: 200 });
    }),
  'reset in the path, the hello swallowed': (net: Net) =>
    around(net, () => {
      const tls = net.connect({ ...PATH, at: 5_000 });
      tls.clientHello({ sni: 'blocked.example', lost: 'on-path' });
      tls.inject.rst({ after: 3, hops: 6, seenAt: 'client' });
    }),
  'reset over IPv6': (net: Net) =>
    around(net, () => {
      const server = '[2606:2800::1]:443';
      net.visit({ server, sni: 'six.example', at: 3_000, serverHops: 11 });
      const tls = net.connect({ server, at: 5_000, serverHops: 11 });
      tls.clientHello({ sni: 'blocked.example' });
      tls.inject.rst({ after: 3, hops: 4, seenAt: 'client' });
      tls.serverHello();
    }),
  'page in place of the answer': (net: Net) =>
    around(net, () => {
      const http = net.connect({ server: '93.184.215.14:80', rtt: 84, serverHops: 14, at: 5_000 });
      http.request({ host: 'blocked.example' });
      const page = new TextEncoder().encode('HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nblocked');
      http.inject.data(page, { after: 3, hops: 5, seenAt: 'client' });
      http.response();
    }),
  'hello swallowed': (net: Net) =>
    around(net, () => {
      const tls = net.connect({ ...PATH, at: 5_000 });
      tls.clientHello({ sni: 'blocked.example', lost: 'on-path' });
      tls.retransmit('client', 5, { lost: 'on-path' });
      net.visit({ ...PATH, sni: 'other.example', at: 7_000 });
    }),
  'answers swallowed': (net: Net) =>
    around(net, () => {
      const tls = net.connect({ ...PATH, at: 5_000 });
      tls.clientHello({ sni: 'blocked.example' });
      tls.serverHello({ lost: 'on-path' });
      tls.retransmit('server', 5, { lost: 'on-path' });
      net.visit({ ...PATH, sni: 'other.example', at: 7_000 });
    }),
  'requests for a connection swallowed': (net: Net) =>
    around(net, () => {
      const dead = net.dial({ ...PATH, at: 5_000 });
      dead.syn({ lost: 'on-path' });
      dead.retrySyn([1, 2, 4], { lost: 'on-path' });
      net.visit({ ...PATH, sni: 'other.example', at: 7_000 });
    }),
  'hello turned back by a router': (net: Net) =>
    around(net, () => {
      const tls = net.connect({ ...PATH, at: 5_000 });
      tls.clientHello({ sni: 'blocked.example', lost: 'on-path' });
      tls.icmp({ type: 3, code: 13, from: '198.51.100.9', quotedTtl: 58, seenAt: 'client' });
      tls.retransmit('client', 5, { lost: 'on-path' });
      net.visit({ ...PATH, sni: 'other.example', at: 7_000 });
    }),
  'one request for a connection turned back': (net: Net) =>
    around(net, () => {
      net.visit({ ...PATH, sni: 'other.example', at: 3_000 });
      const dead = net.dial({ ...PATH, at: 5_000 });
      dead.syn({ lost: 'on-path' });
      dead.icmp({ type: 3, code: 10, from: '93.184.215.14', quotedTtl: 57, seenAt: 'client' });
    }),
  'DNS answer beside the path': (net: Net) => around(net, () => lookUp(net, { forged: true })),
  'DNS answer in place of the query': (net: Net) => around(net, () => lookUp(net, { forged: true, swallowed: true })),
  'DNS answer rewritten': (net: Net) => around(net, () => lookUp(net, { rewritten: true })),
} satisfies Record<string, (net: Net) => void>;

/** A query to a resolver at whose side the second capture runs. */
function lookUp(net: Net, how: { forged?: boolean; swallowed?: boolean; rewritten?: boolean }): void {
  const [client, resolver] = ['10.0.0.2', '93.184.215.14'];
  const atClient = net.position === 0;
  for (const [at, name, touched] of [
    [5_000, 'fine.example', false],
    [6_000, 'blocked.example', true],
    [7_000, 'also-fine.example', false],
    [8_000, 'fine-as-well.example', false],
  ] as const) {
    const id = at & 0xffff;
    const ports = { sourcePort: 40_000 + at / 1000, destinationPort: 53 };
    const back = { sourcePort: 53, destinationPort: ports.sourcePort };
    const query = dnsQuery({ id, name, type: 1, edns: false });
    const answer = (address: string) => dnsAnswer({ id, name, type: 1, edns: false, addresses: [address] });
    const ipId = at;
    if (atClient || !(touched && how.swallowed)) {
      const network = { source: client, destination: resolver, ttl: atClient ? 64 : 50, id: ipId };
      net.record(at + (atClient ? 0 : 42), udp(network, ports, query), { outgoing: atClient });
    }
    if (touched && how.forged && atClient) {
      const network = { source: resolver, destination: client, ttl: 58, id: 0, df: false };
      net.record(at + 5, udp(network, back, answer('10.10.34.35')), { forged: true });
    }
    if (touched && how.swallowed) continue;
    const isRewritten = touched && how.rewritten === true && atClient;
    const network = { source: resolver, destination: client, ttl: atClient ? 50 : 64, id: ipId + 1, df: false };
    net.record(
      at + (atClient ? 84.5 : 42.5),
      udp(network, back, answer(isRewritten ? '10.10.34.35' : '93.184.215.99')),
      {
        forged: isRewritten,
        outgoing: !atClient,
      },
    );
  }
}

const ends = new Map<string, TwoEnds>();
function endsOf(name: keyof typeof stories): TwoEnds {
  let both = ends.get(name);
  if (both === undefined) {
    both = atBothEnds(stories[name]);
    ends.set(name, both);
  }
  return both;
}

const sure = (view: ComparisonView): ComparisonFinding[] =>
  view.findings.filter(({ confidence }) => atLeast(confidence, 'likely'));

/**
 * Of a connection that one capture lacks altogether another machine with that address cannot be ruled out; where the other
 * end never speaks again, nothing shows that its capture missed nothing.
 */
const NOT_PROVEN: readonly string[] = [
  'requests for a connection swallowed',
  'one request for a connection turned back',
  'DNS answer in place of the query',
  'reset in the path, the hello swallowed',
];

describe('what both ends show', () => {
  it.each(Object.keys(stories) as (keyof typeof stories)[])('%s', async (name) => {
    const { client, server, forged } = endsOf(name);
    const view = await compareCaptures(client, server);
    expect(told(view)).toMatchSnapshot();
    // Who made a packet is what the story says, frame by frame
    const accused = sure(view).filter(({ claim }) => claim !== 'never-arrived');
    const named = (side: 'a' | 'b'): number[] => accused.flatMap(({ frames }) => frames[side]).sort((x, y) => x - y);
    const isRewritten = name === 'DNS answer rewritten';
    expect(named('a')).toEqual([...forged.client]);
    expect(isRewritten ? [] : named('b')).toEqual([...forged.server]);
    expect(sure(view)[0]!.confidence).toBe(NOT_PROVEN.includes(name) ? 'likely' : 'confirmed');
    expect(new Set(sure(view).map(({ connection }) => connection)).size).toBe(1);
  });

  it('places a forger that speaks to both ends by both', async () => {
    const { client, server } = endsOf('reset to both ends');
    const { findings } = await compareCaptures(client, server);
    expect(findings.map(({ place }) => [place.hopsFromA, place.hopsFromB, place.basis])).toEqual([
      [6, 8, 'both-ends'],
      [6, 8, 'both-ends'],
    ]);
  });

  it('reviews what one capture alone found', async () => {
    const { client, server } = endsOf('reset beside the path');
    const { reviews } = await compareCaptures(client, server);
    expect(reviews).toContainEqual({ side: 'a', finding: 'F1', state: 'confirmed', by: 'C1' });
  });
});

describe('metamorphic', () => {
  const names = Object.keys(stories) as (keyof typeof stories)[];

  it.each(names)('%s: nothing without what was forged', async (name) => {
    const { client, server, forged } = endsOf(name);
    if (forged.client.size + forged.server.size === 0 || name === 'DNS answer rewritten') return;
    const view = await compareCaptures(withoutFrames(client, forged.client), withoutFrames(server, forged.server));
    expect(view.findings.filter(({ claim }) => claim !== 'never-arrived')).toEqual([]);
  });

  it.each(names)('%s: the captures in the other order give the mirrored result', async (name) => {
    const { client, server } = endsOf(name);
    const [there, back] = [await compareCaptures(client, server), await compareCaptures(server, client)];
    expect(plainOf(back, true)).toEqual(plainOf(there, false));
  });

  it.each(names)('%s: another clock changes nothing but the offset', async (name) => {
    const { client, server } = endsOf(name);
    const plain = await compareCaptures(client, server);
    const late = await compareCaptures(client, shifted(server, 11_520));
    expect(late.alignment!.offset).toBe('11520.000000000');
    expect(told(late)).toBe(told(plain));
  });

  it.each(names)('%s: a clock that runs fast changes nothing but the drift', async (name) => {
    const { client, server } = endsOf(name);
    const [plain, fast] = [
      await compareCaptures(client, server),
      await compareCaptures(client, drifting(server, 80e-6)),
    ];
    expect(fast.alignment!.drift).toBeCloseTo(80e-6, 6);
    expect(claims(fast)).toEqual(claims(plain));
  });

  it.each(names)('%s: a translator of addresses on the way hides nothing', async (name) => {
    const { client, server } = endsOf(name);
    const map = (address: string): string => (address === '10.0.0.2' ? '203.0.113.77' : address);
    const view = await compareCaptures(client, readdressed(server, map));
    const plain = await compareCaptures(client, server);
    if (name === 'DNS answer rewritten') {
      // Translators rewrite DNS answers, too
      expect(claims(view)).toEqual(['likely changed forged-answer to-client']);
      return;
    }
    expect(claims(view)).toEqual(claims(plain));
    expect(view.notes.some(({ kind }) => kind === 'translated')).toBe(true);
  });

  it.each(names)('%s: no absence is certain where the captures lost packets', async (name) => {
    const { client, server } = endsOf(name);
    const view = await compareCaptures({ ...client, dropped: 9 }, { ...server, dropped: 9 });
    const absent = view.findings.filter(({ claim }) => claim !== 'changed');
    expect(absent.filter(({ confidence }) => confidence === 'confirmed')).toEqual([]);
  });
});

const claims = ({ findings }: ComparisonView): string[] =>
  findings.map(
    ({ confidence, claim, interference, direction }) => `${confidence} ${claim} ${interference} ${direction}`,
  );

/** What is compared, without sentences and the order of connections; `turned`: with the two captures exchanged. */
function plainOf({ findings, notes, alignment }: ComparisonView, turned: boolean): unknown {
  const both = <T>({ a, b }: { a: T; b: T }): { a: T; b: T } => (turned ? { a: b, b: a } : { a, b });
  return {
    findings: findings.map((each) => ({
      ...[each.claim, each.confidence, each.interference, each.direction],
      sender: turned ? (each.sender === 'a' ? 'b' : 'a') : each.sender,
      frames: both(each.frames),
      trigger: both(each.trigger),
      evidence: each.evidence.map(({ kind, role, frames, params }) => [kind, role, both(frames), sideless(params)]),
      alternatives: each.alternatives.map(({ kind, status }) => [kind, status]),
      place: [both({ a: each.place.hopsFromA, b: each.place.hopsFromB }), each.place.basis],
    })),
    notes: notes.map(({ kind }) => kind).sort(),
    clocks: alignment === null ? null : [alignment.matched, alignment.spread, alignment.roundTrip],
  };
}

function sideless(params: Record<string, unknown>): unknown {
  const { side: _, ...rest } = params;
  return rest;
}

function drifting(capture: Capture, rate: number): Capture {
  const start = capture.frames[0]!.time;
  const frames = capture.frames.map((frame) => {
    const gained = BigInt(Math.round(Number(frame.time - start) * rate));
    return { ...frame, time: frame.time + gained };
  });
  return { ...capture, frames };
}

describe('innocent twins', () => {
  const healthy = (net: Net): void =>
    around(net, () => net.visit({ ...PATH, sni: 'fine.example', at: 5_000, rounds: 4 }));
  const closedByServer = (net: Net): void =>
    around(net, () => {
      const tls = net.connect({ ...PATH, at: 5_000 });
      tls.clientHello({ sni: 'refused.example' });
      tls.reset('server');
    });

  async function nothing(a: Capture, b: Capture, options: CompareOptions = {}): Promise<ComparisonView> {
    const view = await compareCaptures(a, b, options);
    expect(sure(view), told(view)).toEqual([]);
    return view;
  }
  const kinds = (view: ComparisonView): string[] => view.notes.map(({ kind }) => kind);

  it('a healthy connection', async () => {
    const { client, server } = atBothEnds(healthy);
    const view = await nothing(client, server);
    expect(view.findings).toEqual([]);
    expect(view.verdict.kind).toBe('agree');
  });

  it('a server that resets by itself', async () => {
    const { client, server } = atBothEnds(closedByServer);
    const view = await nothing(client, server);
    expect(view.findings).toEqual([]);
    expect(view.verdict.kind).toBe('agree');
  });

  it('the reset of a server whose capture began after it', async () => {
    const { client, server } = atBothEnds(closedByServer);
    const late = from(server, lastReset(server) + 1);
    const view = await nothing(client, late);
    expect(view.findings).toEqual([]);
  });

  it('the reset of a server whose capture ended before it', async () => {
    const { client, server } = atBothEnds(closedByServer);
    const view = await nothing(client, until(server, lastReset(server) - 1));
    expect(kinds(view)).toContain('not-covered');
    expect(view.findings).toEqual([]);
  });

  it('the reset of a server whose capture lost it, and others', async () => {
    const { client, server } = atBothEnds((net) =>
      around(net, () => {
        const tls = net.connect({ ...PATH, at: 5_000 });
        tls.clientHello({ sni: 'refused.example' });
        tls.serverHello();
        tls.talk(3);
        tls.reset('server');
      }),
    );
    const reset = lastReset(server);
    const data = numbers(server, (at) => at.tcp !== null && at.source === '93.184.215.14' && at.end - at.payload > 0);
    const middle = data.filter((number) => number < reset).at(-3)!;
    await nothing(client, withoutFrames(server, new Set([reset, middle])));
    // Nothing else is missing, and nothing shows that nothing is
    await nothing(client, withoutFrames(server, new Set([reset])));
    // The count of the interface alone is reason enough
    await nothing(client, { ...withoutFrames(server, new Set([reset])), dropped: 4 });
  });

  it('loss on the way, repaired', async () => {
    const { client, server } = atBothEnds((net) =>
      around(net, () => {
        const tls = net.connect({ ...PATH, at: 5_000 });
        tls.clientHello({ sni: 'fine.example', lost: 'on-path' });
        tls.resend();
        tls.serverHello();
        tls.talk(2);
        tls.close();
      }),
    );
    const view = await nothing(client, server);
    expect(view.findings).toEqual([]);
    expect(kinds(view)).toContain('lost-on-the-way');
  });

  it('packets that arrived and that the capture at their receiver lost', async () => {
    const { client, server } = atBothEnds(healthy);
    const data = numbers(server, (at) => at.destination === '93.184.215.14' && at.end - at.payload > 200);
    const view = await nothing(client, withoutFrames(server, new Set(data.slice(1, 3))));
    expect(view.findings).toEqual([]);
    expect(kinds(view)).toContain('capture-lost');
    expect(kinds(view)).not.toContain('lost-on-the-way');
  });

  it('segments joined by the network card of one end', async () => {
    const { client, server } = atBothEnds((net) =>
      around(net, () => net.visit({ ...PATH, sni: 'fine.example', at: 5_000, rounds: 6 })),
    );
    const view = await nothing(mergedByOffload(client), server);
    expect(view.findings).toEqual([]);
    expect(kinds(view)).toContain('merged');
  });

  it('packets cut by one capture', async () => {
    const { client, server } = atBothEnds(healthy);
    const view = await nothing(cutTo(client, 96), server);
    expect(view.findings).toEqual([]);
    expect(kinds(view)).toContain('payload-cut');
  });

  it('every frame twice on the device any', async () => {
    const { client, server } = atBothEnds(healthy);
    const view = await nothing(client, doubledAsAny(server));
    expect(view.findings).toEqual([]);
  });

  it('connections that began before the captures', async () => {
    const { client, server } = atBothEnds(healthy);
    const view = await nothing(withoutHandshakes(client), withoutHandshakes(server));
    expect(view.verdict.kind).toBe('agree');
    expect(view.alignment!.matched).toBeGreaterThan(10);
  });

  it('one capture that is much longer', async () => {
    const { client, server } = atBothEnds(healthy);
    const short = from(until(client, client.frames.length - 6), 10);
    expect((await nothing(short, server)).findings).toEqual([]);
    expect((await nothing(server, short)).findings).toEqual([]);
  });

  it('a proxy that ends connections and begins others', async () => {
    const { client } = atBothEnds(closedByServer);
    const { server } = atBothEnds((net) => {
      // Other initial numbers
      net.host('10.0.0.2', 'linux').initialSequence();
      net.host('93.184.215.14', 'linux').initialSequence();
      healthy(net);
    });
    const view = await nothing(client, server);
    expect(view.findings).toEqual([]);
    expect(view.verdict.kind).toBe('terminated');
  });

  it('captures of different connections', async () => {
    const { client } = atBothEnds(closedByServer);
    const { server } = atBothEnds((net) =>
      net.visit({ client: '10.0.0.9', server: '198.51.100.9:443', sni: 'other.example' }),
    );
    const view = await nothing(client, server);
    expect(view.verdict.kind).toBe('nothing-in-common');
    expect(view.alignment).toBeNull();
  });

  it('one capture twice', async () => {
    const { client } = atBothEnds(closedByServer);
    const view = await nothing(client, client);
    expect(view.verdict.kind).toBe('same-place');
  });

  it('a path too narrow for large packets', async () => {
    const { client, server } = atBothEnds((net) =>
      around(net, () => {
        const tls = net.connect({ ...PATH, at: 5_000 });
        tls.data('client', new Uint8Array(1_400).fill(9), { lost: 'on-path' });
        tls.retransmit('client', 5, { lost: 'on-path' });
        net.visit({ ...PATH, sni: 'other.example', at: 7_000 });
      }),
    );
    const view = await nothing(client, server);
    expect(view.findings[0]!.alternatives).toContainEqual(
      expect.objectContaining({ kind: 'mtu-black-hole', status: 'open' }),
    );
  });

  it('a path too narrow for large packets, whose router says so', async () => {
    const { client, server } = atBothEnds((net) =>
      around(net, () => {
        const tls = net.connect({ ...PATH, at: 5_000 });
        tls.data('client', new Uint8Array(1_400).fill(9), { lost: 'on-path' });
        tls.icmp({ type: 3, code: 4, mtu: 1_280, from: '198.51.100.9', quotedTtl: 58, seenAt: 'client' });
        tls.retransmit('client', 5, { lost: 'on-path' });
        net.visit({ ...PATH, sni: 'other.example', at: 7_000 });
      }),
    );
    const view = await nothing(client, server);
    expect(view.findings[0]!.evidence).toContainEqual(
      expect.objectContaining({ kind: 'icmp-too-big', role: 'contradicts' }),
    );
  });

  it('probes that run out of TTL on purpose', async () => {
    const { client, server } = atBothEnds((net) =>
      around(net, () => {
        const probe = net.dial({ ...PATH, at: 5_000 });
        probe.syn({ lost: 'on-path' });
        probe.icmp({ type: 11, code: 0, from: '198.51.100.9', quotedTtl: 1, seenAt: 'client' });
        probe.retrySyn([1, 2, 4], { lost: 'on-path' });
      }),
    );
    expect((await nothing(client, server)).findings).toEqual([]);
  });

  it.each([
    ['the firewall of the client’s own router', 63, 'home-router'],
    ['the firewall in front of the server', 51, 'server-firewall'],
  ])('%s, which says that it prohibits', async (_, quotedTtl, alternative) => {
    const { client, server } = atBothEnds((net) =>
      around(net, () => {
        const tls = net.connect({ ...PATH, at: 5_000 });
        tls.clientHello({ sni: 'refused.example', lost: 'on-path' });
        tls.icmp({ type: 3, code: 13, from: '198.51.100.9', quotedTtl, seenAt: 'client' });
        tls.retransmit('client', 5, { lost: 'on-path' });
        net.visit({ ...PATH, sni: 'other.example', at: 7_000 });
      }),
    );
    const view = await nothing(client, server);
    expect(view.findings[0]!.alternatives).toContainEqual(
      expect.objectContaining({ kind: alternative, status: 'open' }),
    );
  });

  it('an address to which a router knows no way', async () => {
    const { client, server } = atBothEnds((net) =>
      around(net, () => {
        const tls = net.connect({ ...PATH, at: 5_000 });
        tls.clientHello({ sni: 'fine.example', lost: 'on-path' });
        tls.icmp({ type: 3, code: 1, from: '198.51.100.9', quotedTtl: 58, seenAt: 'client' });
      }),
    );
    const view = await nothing(client, server);
    expect(view.findings.map(({ confidence }) => confidence)).toEqual(['possible']);
  });

  it('an outage: nothing passes at all', async () => {
    const { client, server } = atBothEnds((net) =>
      around(net, () => {
        const tls = net.connect({ ...PATH, at: 5_000 });
        tls.clientHello({ sni: 'fine.example', lost: 'on-path' });
        tls.retransmit('client', 5, { lost: 'on-path' });
      }),
    );
    const view = await compareCaptures(client, server);
    expect(view.findings.map(({ confidence }) => confidence)).toEqual(['likely']);
    expect(view.findings[0]!.alternatives).toContainEqual(
      expect.objectContaining({ kind: 'network-down', status: 'open' }),
    );
  });

  it('a translator that forgets an idle connection and resets it', async () => {
    const { client, server } = atBothEnds((net) =>
      around(net, () => {
        const tls = net.connect({ ...PATH, at: 5_000 });
        tls.clientHello({ sni: 'fine.example' });
        tls.serverHello();
        tls.inject.rst({ after: 40_000, hops: 1, seenAt: 'client' });
      }),
    );
    const view = await nothing(client, server);
    expect(view.findings[0]!.alternatives).toContainEqual(
      expect.objectContaining({ kind: 'nat-timeout', status: 'open' }),
    );
  });

  it.each([
    ['a home router that resets', 1, 'home-router'],
    ['a balancer before the server that resets', 13, 'load-balancer'],
  ] as const)('%s', async (_, hops, kind) => {
    const { client, server } = atBothEnds((net) =>
      around(net, () => {
        const tls = net.connect({ ...PATH, at: 5_000 });
        tls.clientHello({ sni: 'fine.example' });
        tls.inject.rst({ after: 90, hops, seenAt: 'client' });
        tls.serverHello();
      }),
    );
    const view = await nothing(client, server);
    expect(view.findings[0]!.alternatives).toContainEqual(expect.objectContaining({ kind, status: 'open' }));
  });

  it('a router that lowers the largest segment and rewrites identifications', async () => {
    const { client, server } = atBothEnds(closedByServer);
    const frames = server.frames.map((frame) =>
      edited(frame, (bytes, at) => {
        if (at.tcp === null || at.source !== '10.0.0.2') return;
        bytes[at.ip + 4]! ^= 0x5a;
        // The MSS stands first among the options of these stacks
        if (at.tcp.flags & TCP.syn) bytes.set([0x05, 0x78], at.transport + 22);
      }),
    );
    const view = await nothing(client, { ...server, frames });
    expect(view.findings).toEqual([]);
    const fields = view.notes.filter(({ kind }) => kind === 'header-rewritten').map(({ params }) => params.field);
    expect(fields).toEqual(expect.arrayContaining(['MSS', 'IP ID']));
  });

  it('a capture at the server that leaves a port out', async () => {
    const { client, server } = atBothEnds((net) =>
      around(net, () => {
        const dead = net.dial({ server: '93.184.215.14:80', rtt: 84, serverHops: 14, at: 5_000 });
        dead.syn({ lost: 'on-path' });
        dead.retrySyn([1, 2, 4], { lost: 'on-path' });
      }),
    );
    expect((await nothing(client, server)).findings).toEqual([]);
  });

  function numbers(capture: Capture, which: (at: NonNullable<ReturnType<typeof dissect>>) => boolean): number[] {
    return capture.frames.flatMap((frame) => {
      const at = dissect(frame);
      return at !== null && which(at) ? [frame.number] : [];
    });
  }

  function lastReset(capture: Capture): number {
    return numbers(capture, ({ tcp }) => tcp !== null && (tcp.flags & TCP.rst) !== 0).at(-1)!;
  }

  const from = (capture: Capture, number: number): Capture =>
    onlyFrames(capture, (frame: CaptureFrame) => frame.number >= number);
  const until = (capture: Capture, number: number): Capture =>
    onlyFrames(capture, (frame: CaptureFrame) => frame.number <= number);
});
