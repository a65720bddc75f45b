import { describe, expect, it } from 'vitest';
import type { EvidenceBase } from '../observe/evidence-base.ts';
import { flagBits, Network, type TcpOptions, type TcpScript } from '../testkit/snapshots.ts';
import type { Draft } from './detector.ts';
import { HENAN_PAYLOAD } from './fingerprints.ts';
import { rstInjection } from './rst-injection.ts';

const NAME = 'blocked.example';
/** Linux and others: the client stack answers what comes after a reset with one of its own. */
const LOCAL_RST = { flags: 'R', ipId: 0, window: 0 };

function judge(base: EvidenceBase): Draft[] {
  return rstInjection.detect(base, []);
}

/** The only finding. */
function found(net: Network): Draft {
  const drafts = judge(net.base());
  expect(drafts).toHaveLength(1);
  return drafts[0]!;
}

function nothing(net: Network): void {
  expect(judge(net.base()).map((draft) => [draft.confidence, draft.frames.forged])).toEqual([]);
}

function kinds(draft: Draft): string[] {
  return draft.evidence.map((item) => item.kind);
}

function status(draft: Draft, kind: string): string | undefined {
  return draft.alternatives.find((item) => item.kind === kind)?.status;
}

/** Connected, hello sent: the server's SYN-ACK is all that is known of it. */
function tls(net: Network, options: TcpOptions = {}): TcpScript {
  const script = net.tcp({ rtt: 80, ...options }).connect();
  script.hello(NAME);
  return script;
}

/** TCP timestamps of both sides, in ticks of 1 ms. */
const stamp = (net: Network) => ({ tsval: 500_000 + Math.floor(net.now) });

describe('data first sent after a reset', () => {
  it('refutes the reset by itself: likely', () => {
    const net = new Network();
    const flow = tls(net, { serverTtl: 52 });
    const forged = flow.rst({ after: 8, flags: 'R', ttl: 51 });
    const reply = flow.serverHello({ after: 90 });
    flow.clientRst(LOCAL_RST);
    const draft = found(net);
    expect(draft).toMatchObject({
      confidence: 'likely',
      interference: { kind: 'rst-injection', variant: 'rst', direction: 'to-client' },
      stage: 'client-hello',
      effect: 'stopped',
      target: { domain: NAME, address: '203.0.113.7', port: 443 },
    });
    expect(draft.frames).toMatchObject({ trigger: [4], forged: [forged] });
    expect(draft.frames.genuine).toContain(reply);
    expect(kinds(draft)).toContain('data-after-reset');
    expect(status(draft, 'anycast-rehash')).toBe('open');
    expect(status(draft, 'server-closed')).toBe('ruled-out');
  });

  it('with a second family is confirmed', () => {
    const net = new Network();
    const flow = tls(net);
    flow.rst({ after: 8, ipId: flow.packets.at(-1)!.ipId });
    flow.serverHello({ after: 90 });
    expect(found(net).confidence).toBe('confirmed');
  });

  it('at the same point of three connections is confirmed', () => {
    const net = new Network();
    for (let i = 0; i < 3; i++) {
      const flow = tls(net);
      flow.rst({ after: 8, flags: 'R' });
      flow.serverHello({ after: 90 });
    }
    const drafts = judge(net.base());
    expect(drafts.map((draft) => draft.confidence)).toEqual(['confirmed', 'confirmed', 'confirmed']);
    expect(kinds(drafts[0]!)).toContain('same-position');
  });

  it('is proven by timestamps where it came within a round trip', () => {
    const net = new Network();
    const flow = net.tcp({ rtt: 80 });
    flow.syn(stamp(net));
    flow.synAck({ tsval: 9000, after: 80 });
    flow.ack();
    flow.hello(NAME);
    flow.rst({ after: 8, flags: 'R' });
    flow.serverHello({ after: 72, tsval: 9081 });
    const draft = found(net);
    expect(draft.confidence).toBe('likely');
    expect(kinds(draft)).toContain('data-after-reset');
  });

  it('within a round trip and without timestamps may be older data that was overtaken', () => {
    const net = new Network();
    const flow = tls(net);
    flow.rst({ after: 80, flags: 'R', ipId: 0x6100 });
    flow.serverData(1400, { after: 0.3, ipId: 0x60ff });
    const draft = found(net);
    expect(draft.confidence).toBe('possible');
    expect(status(draft, 'older-segment-reordered')).toBe('open');
  });

  it('that the timestamps show to be older does not refute', () => {
    const net = new Network();
    const flow = net.tcp({ rtt: 80 });
    flow.syn();
    flow.synAck({ tsval: 9000, after: 80 });
    flow.ack();
    flow.hello(NAME);
    flow.rst({ after: 120, flags: 'R', ipId: 0x6100 });
    flow.serverData(1400, { after: 5, tsval: 9080 });
    expect(found(net).confidence).toBe('possible');
  });

  it('is proven by IP IDs where the reset stands in line before it', () => {
    const net = new Network();
    const flow = tls(net);
    flow.rst({ after: 80, flags: 'R' });
    flow.serverData(1400, { after: 0.3 });
    expect(found(net).confidence).toBe('likely');
  });

  it('of a new try with the same ports belongs to that try', () => {
    const net = new Network();
    const flow = tls(net);
    flow.rst({ after: 80 });
    flow.syn({ after: 500 });
    flow.synAck();
    flow.serverData(1000, { after: 200 });
    nothing(net);
  });

  it('does not count when timestamps of the capture run backwards', () => {
    const net = new Network({ clockUnsound: true });
    const flow = tls(net);
    flow.rst({ after: 8, flags: 'R', ipId: 0x2345 });
    flow.serverHello({ after: 90 });
    expect(found(net).confidence).toBe('possible');
    expect(rstInjection.limitedBy(net.base())).toBe('clock');
  });

  it('survived where both sides went on', () => {
    const net = new Network();
    const flow = tls(net);
    flow.rst({ after: 8, flags: 'R' });
    flow.serverHello({ after: 90 });
    flow.ack();
    flow.clientData(100);
    flow.serverData(1000);
    flow.ack();
    expect(found(net).effect).toBe('survived');
  });
});

it('an acknowledgement after a reset alone is possible', () => {
  const net = new Network();
  const flow = tls(net);
  flow.rst({ after: 60, flags: 'R' });
  flow.serverAck({ after: 25 });
  const draft = found(net);
  expect(draft.confidence).toBe('possible');
  expect(kinds(draft)).toContain('ack-after-reset');
});

describe('a SYN', () => {
  it('reset and then accepted is likely, confirmed with a copied IP ID', () => {
    for (const [ipId, confidence] of [
      [0x7777, 'likely'],
      [0x1040, 'confirmed'],
    ] as const) {
      const net = new Network();
      const flow = net.tcp({ rtt: 240, clientIpId: 0x1040 });
      flow.syn();
      const forged = flow.rst({ after: 8, seq: 0, ipId });
      const synAck = flow.synAck({ after: 232 });
      const draft = found(net);
      expect(draft).toMatchObject({ confidence, stage: 'syn', frames: { forged: [forged], trigger: [1] } });
      expect(draft.frames.genuine).toContain(synAck);
      expect(kinds(draft)).toContain('syn-ack-after-reset');
    }
  });

  it('sent again between reset and SYN-ACK proves nothing', () => {
    const net = new Network();
    const flow = net.tcp();
    flow.syn();
    flow.rst({ seq: 0 });
    flow.syn({ after: 500 });
    flow.synAck();
    nothing(net);
  });

  it('to a closed port is refused by one reset, and again when Windows tries again', () => {
    const net = new Network();
    const flow = net.tcp({ server: '203.0.113.7:8443' });
    for (const after of [0, 500, 500]) {
      flow.syn({ after });
      flow.rst({ seq: 0, ipId: 0 });
    }
    net.healthy('fine.example', { server: '203.0.113.7:443' });
    nothing(net);
  });

  it('refused by a stack that turns the packet round is at most possible', () => {
    const net = new Network();
    const flow = net.tcp({ server: '203.0.113.7:8443', clientIpId: 0x1040 });
    flow.syn();
    flow.rst({ seq: 0, ipId: 0x1040, window: 64_240 });
    expect(found(net).confidence).toBe('possible');
  });

  it('of a port scan: closed ports by the hundred', () => {
    const net = new Network();
    for (let port = 1; port <= 300; port++) {
      const flow = net.tcp({ server: `203.0.113.7:${port}`, serverIpId: 0x6000 + port });
      flow.syn();
      flow.rst({ seq: 0 });
    }
    net.healthy('fine.example');
    nothing(net);
  });

  it('reset by three identical packets, as at 1.1.1.1:443, is likely from the burst alone', () => {
    const net = new Network();
    const flow = net.tcp({ server: '1.1.1.1:443', rtt: 240 });
    flow.syn();
    for (const after of [8, 0.1, 0.1]) flow.rst({ after, seq: 0, ipId: 0x4a21, ttl: 91, window: 1980 });
    const draft = found(net);
    expect(draft).toMatchObject({ confidence: 'likely', interference: { variant: 'rst-ack-burst' }, stage: 'syn' });
    expect(draft.frames.forged).toHaveLength(3);
  });
});

describe('header fields', () => {
  it('TTL off by 3 and DF against all other packets: likely', () => {
    const net = new Network();
    const flow = tls(net, { serverTtl: 241 });
    flow.rst({ after: 80, ttl: 50, df: false });
    const draft = found(net);
    expect(draft.confidence).toBe('likely');
    expect(draft.evidence.find((item) => item.kind === 'ttl-differs')?.params).toEqual({
      suspect: 50,
      genuine: [241],
      difference: -191,
    });
    expect(status(draft, 'server-closed')).toBe('weakened');
    expect(status(draft, 'server-policy')).toBe('weakened');
  });

  it('TTL off by 3 and a window that is neither 0 nor its own: likely', () => {
    const net = new Network();
    tls(net, { serverTtl: 45 }).rst({ after: 80, ttl: 128, window: 1503 });
    expect(found(net).confidence).toBe('likely');
  });

  it('TTL alone: possible', () => {
    const net = new Network();
    tls(net, { serverTtl: 59 }).rst({ after: 80, ttl: 123 });
    expect(found(net).confidence).toBe('possible');
  });

  it('TTL off by 1 or 2 is a change of route', () => {
    const net = new Network();
    tls(net, { serverTtl: 59 }).rst({ after: 80, ttl: 57, window: 500 });
    nothing(net);
  });

  it('TTL that the endpoint used as well, as anycast flips it', () => {
    const net = new Network();
    const flow = tls(net, { serverTtl: 57 });
    flow.serverHello();
    flow.serverData(700, { ttl: 63, after: 100 });
    flow.clientData(80);
    flow.rst({ ttl: 63, df: true, window: 700 });
    nothing(net);
  });

  it('DF against all others right after the hello: possible', () => {
    const net = new Network();
    tls(net).rst({ after: 80, df: false });
    expect(found(net).confidence).toBe('possible');
  });

  it('a copied IP ID alone: possible; with a copied window: likely', () => {
    for (const [window, confidence] of [
      [0, 'possible'],
      [64_240, 'likely'],
    ] as const) {
      const net = new Network();
      const flow = tls(net);
      flow.serverHello();
      flow.clientData(100);
      flow.rst({ ipId: flow.packets.at(-1)!.ipId + 1, window });
      expect(found(net).confidence).toBe(confidence);
    }
  });

  it('copied IP IDs on one host come from a shared counter', () => {
    const net = new Network();
    const flow = net.tcp({ rtt: 0.2, serverTtl: 64, clientIpId: 0x2000, serverIpId: 0x3000 }).connect();
    flow.hello(NAME);
    flow.rst({ ipId: flow.packets.at(-1)!.ipId + 1, window: 64_240 });
    nothing(net);
  });

  it('an IP ID in line with both sides, because both draw from one counter, is no copy', () => {
    const net = new Network();
    const flow = net.tcp({ clientIpId: 0x2000 });
    flow.syn({ ipId: 0x2000 });
    flow.synAck({ ipId: 0x2001 });
    flow.ack({ ipId: 0x2002 });
    flow.hello(NAME, { ipId: 0x2003 });
    flow.rst({ ipId: 0x2004, window: 64_240 });
    nothing(net);
  });

  it('one copied IP ID among more than 1,000 resets is chance', () => {
    const net = new Network();
    for (let i = 0; i < 1001; i++) {
      const flow = net.tcp({ server: `203.0.113.9:${i + 1}` });
      flow.syn();
      flow.rst({ seq: 0, ipId: 0 });
    }
    const flow = net.tcp().connect();
    flow.hello(NAME);
    flow.serverHello();
    flow.clientData(100);
    flow.rst({ ipId: flow.packets.at(-1)!.ipId });
    nothing(net);
  });

  it('are held against other connections of the address where the server never spoke, and weigh half', () => {
    const net = new Network();
    net.healthy('fine.example', { serverTtl: 52 });
    net.healthy('fine.example', { serverTtl: 52 });
    const flow = net.tcp();
    flow.syn();
    flow.rst({ seq: 0, ttl: 110, df: false, ipId: 0 });
    const draft = found(net);
    expect(draft.confidence).toBe('possible');
    expect(kinds(draft)).toContain('baseline-from-other-flows');
  });

  it('of IPv6 know neither IP ID nor DF', () => {
    const net = new Network();
    const options = { client: '[2001:db8::2]:50000', server: '[2001:db8:1::7]:443', serverTtl: 52 };
    const flow = net.tcp(options).connect();
    flow.hello(NAME);
    for (const after of [8, 0.1, 0.1]) flow.rst({ after, ttl: 101, window: 900 });
    expect(found(net)).toMatchObject({ confidence: 'likely' });
  });
});

describe('timing', () => {
  it('an acknowledgement of the hello far too soon, and one more difference: likely', () => {
    const net = new Network();
    net.healthy('fine.example', { rtt: 318 });
    net.healthy('fine.example', { rtt: 318 });
    const flow = tls(net, { rtt: 318 });
    flow.rst({ after: 7, window: 500 });
    const draft = found(net);
    expect(draft.confidence).toBe('likely');
    expect(draft.evidence.find((item) => item.kind === 'too-soon')?.params).toMatchObject({ elapsedMs: 7, samples: 3 });
    expect(status(draft, 'keep-alive-race')).toBeUndefined();
  });

  it('says nothing without the acknowledgement, as in a keep-alive race', () => {
    const net = new Network();
    net.healthy('fine.example', { rtt: 318 });
    const flow = tls(net, { rtt: 318 });
    flow.serverHello();
    flow.clientData(100, { after: 4000 });
    flow.rst({ after: 7, ack: flow.nextSeq('client') - 100 });
    nothing(net);
  });

  it('needs two samples of the round trip', () => {
    const net = new Network();
    tls(net, { rtt: 318 }).rst({ after: 7, window: 500 });
    nothing(net);
  });

  it('a little too soon is jitter, unless TTL, DF or IP ID differ as well', () => {
    const net = new Network();
    net.healthy('fine.example', { rtt: 80 });
    tls(net).rst({ after: 72, window: 500 });
    nothing(net);
    const other = new Network();
    other.healthy('fine.example', { rtt: 80 });
    tls(other).rst({ after: 72, df: false });
    expect(found(other).confidence).toBe('likely');
  });
});

describe('bursts', () => {
  function triple(net: Network, options: TcpOptions & { ipId: number }): TcpScript {
    const flow = tls(net, options);
    for (const after of [15, 0.1, 0.1]) flow.rst({ after, ipId: options.ipId });
    return flow;
  }

  it('of identical resets with an IP ID are likely', () => {
    const net = new Network();
    const flow = triple(net, { ipId: 0xb90b });
    const draft = found(net);
    expect(draft.confidence).toBe('likely');
    expect(draft.frames.forged).toEqual(flow.packets.slice(4).map((packet) => packet.frame));
    expect(status(draft, 'capture-duplicates')).toBe('ruled-out');
  });

  it('with IP ID 0 are a Linux kernel that answers each late packet', () => {
    const net = new Network();
    triple(net, { ipId: 0 });
    nothing(net);
  });

  it('in a direction that the capture doubles are its copies', () => {
    const net = new Network({ duplicatedShare: 0.9 });
    const flow = tls(net, { duplicates: 1 });
    flow.serverHello();
    flow.serverData(900);
    flow.clientData(80);
    flow.rst({ ipId: 0xb90b, duplicates: 0 });
    flow.rst({ ipId: 0xb90b, after: 0.05, duplicates: 0 });
    nothing(net);
  });

  it('are still bursts in a doubled direction where there are more than its copies', () => {
    const net = new Network({ duplicatedShare: 0.9 });
    const flow = tls(net, { duplicates: 1 });
    flow.serverAck();
    flow.serverAck();
    for (let i = 0; i < 6; i++) flow.rst({ after: 0.05, ipId: 0xb90b, duplicates: 0 });
    const draft = found(net);
    expect(draft).toMatchObject({ confidence: 'likely', interference: { variant: 'rst-ack-burst' } });
    expect(draft.attribution.map((item) => item.system)).toContain('GFW type II');
  });

  it('are judged by the whole capture where that direction has hardly any other packet', () => {
    const net = new Network({ duplicatedShare: 0.4 });
    triple(net, { ipId: 0xb90b });
    nothing(net);
  });

  it('whose TTL and window move together over two connections are likely, and match the GFW', () => {
    const net = new Network();
    for (const ttl of [128, 166]) {
      const flow = tls(net, { serverTtl: 45, server: '203.0.113.7:443' });
      flow.rst({ after: 70, ttl, window: ttl + 1375 });
    }
    const drafts = judge(net.base());
    expect(drafts.map((draft) => draft.confidence)).toEqual(['likely', 'likely']);
    const step = drafts[0]!.evidence.find((item) => item.kind === 'ttl-window-step');
    expect(step?.params).toEqual({ bursts: 2, difference: 1375 });
    expect(drafts[0]!.attribution.map((item) => [item.system, item.country])).toContainEqual(['GFW type II', 'CN']);
    expect(drafts[0]!.injector).toEqual({ hopsFromVantage: null, basis: 'ttl-varies' });
  });

  it('include the odd one that came with them, and not the endpoint’s own answer to them', () => {
    const net = new Network({ role: 'server', local: new Set(['203.0.113.7']) });
    const flow = net.tcp({ clientTtl: 38, serverTtl: 64, atServer: true }).connect();
    flow.request('blocked.example');
    flow.serverAck();
    const forged = [1, 2, 3].map(() => flow.clientRst({ after: 0.1, ttl: 70, ipId: 0x8bc6, window: 2453 }));
    forged.push(flow.clientRst({ after: 0.1, flags: 'R', ttl: 36, ipId: 0, window: 33_393, df: false }));
    flow.clientRst({ after: 30, flags: 'R', ipId: 0xc16a });
    const draft = found(net);
    expect(draft).toMatchObject({
      confidence: 'likely',
      interference: { direction: 'to-server', variant: 'mixed-burst' },
      stage: 'request',
    });
    expect(draft.frames.forged).toEqual(forged);
  });
});

it('a known payload is confirmed by itself', () => {
  const net = new Network();
  tls(net).rst({ after: 3, length: 10, head: HENAN_PAYLOAD, ipId: 1, df: false, ttl: 58 });
  const draft = found(net);
  expect(draft.confidence).toBe('confirmed');
  expect(draft.attribution.map((item) => item.system)).toEqual(['Henan provincial filter']);
});

describe('at the server', () => {
  const local = { role: 'server', local: new Set(['203.0.113.7']) } as const;

  it('a reset in the client’s name after which the client goes on', () => {
    const net = new Network(local);
    const flow = net.tcp({ clientTtl: 45, serverTtl: 64, atServer: true, rtt: 230 });
    flow.syn();
    flow.synAck();
    const forged = flow.packet('client', { flags: 'RA', after: 220, ttl: 47, ipId: 242, df: false, window: 16 });
    flow.ack({ after: 12 });
    flow.packet('server', { flags: 'R', ipId: 0, window: 0 });
    flow.hello(NAME, { after: 260 });
    const draft = found(net);
    expect(draft).toMatchObject({ confidence: 'likely', interference: { direction: 'to-server' }, stage: 'handshake' });
    expect(draft.frames.forged).toEqual([forged]);
    expect(kinds(draft)).toContain('client-kept-sending');
    expect(draft.attribution).toEqual([]);
  });

  it('a client that aborts: its own TTL, DF as its kind of phone flips it', () => {
    const net = new Network(local);
    const flow = net.tcp({ clientTtl: 50, serverTtl: 64, atServer: true }).connect();
    flow.request('fine.example');
    flow.clientRst({ df: false, ipId: 0 });
    nothing(net);
  });

  it('resets of the server’s own stack are not judged', () => {
    const net = new Network(local);
    const flow = net.tcp({ clientTtl: 50, serverTtl: 64, atServer: true }).connect();
    flow.request('fine.example');
    flow.rst({ ttl: 255, df: false, window: 99 });
    nothing(net);
  });

  it('a box that answers what is in flight after the client’s own reset', () => {
    const net = new Network(local);
    const flow = net.tcp({ clientTtl: 116, serverTtl: 64, atServer: true }).connect();
    flow.request('fine.example');
    for (let i = 0; i < 4; i++) flow.serverData(1352);
    flow.clientRst();
    for (let i = 0; i < 3; i++) flow.clientRst({ after: 1, ttl: 244, ack: 1000 + i, ipId: 0xb503 + i });
    nothing(net);
  });
});

it('on the path both ends may be written to', () => {
  const net = new Network({ role: 'path', local: new Set() });
  const flow = net.tcp({ clientTtl: 60, serverTtl: 52 }).connect();
  flow.request('blocked.example');
  for (const after of [5, 0.1]) flow.rst({ after, ttl: 90, window: 700, ipId: 0x4444 });
  for (const after of [0.1, 0.1]) flow.clientRst({ after, ttl: 90, window: 700, ipId: 0x4445 });
  const draft = found(net);
  expect(draft).toMatchObject({ confidence: 'likely', interference: { direction: 'both' } });
  expect(draft.frames.forged).toHaveLength(4);
});

describe('a forged FIN', () => {
  it('instead of an answer: identity, and data after the end it announced', () => {
    const net = new Network();
    net.healthy('fine.example', { rtt: 80 });
    const flow = tls(net, { serverTtl: 57 });
    const forged = flow.fin('server', { after: 5, ttl: 62, df: false, window: 2000, seq: flow.nextSeq('server') });
    flow.fin('client');
    flow.serverAck({ after: 70 });
    const data = flow.serverHello({ after: 2 });
    flow.clientRst(LOCAL_RST);
    const draft = found(net);
    expect(draft).toMatchObject({ confidence: 'confirmed', interference: { variant: 'fin' }, stage: 'client-hello' });
    expect(draft.frames.forged).toEqual([forged]);
    expect(draft.frames.genuine).toContain(data);
  });

  it('is not every FIN without an answer: a server that closes on a name it does not know', () => {
    const net = new Network();
    const flow = tls(net);
    flow.serverAck();
    flow.fin('server', { after: 0.5 });
    flow.fin('client');
    nothing(net);
  });
});

describe('what looks alike', () => {
  it('a server that closes with unread data: its window, its TTL, DF as Linux sets it', () => {
    const net = new Network();
    const flow = tls(net, { serverWindow: 64 });
    flow.serverAck();
    flow.rst({ after: 0.3, window: 64 });
    nothing(net);
  });

  it('a reset with another window, and nothing else', () => {
    const net = new Network();
    const flow = tls(net);
    flow.serverHello();
    flow.clientData(100);
    flow.rst({ window: 500 });
    nothing(net);
  });

  it('a keep-alive race, identical in everything', () => {
    const net = new Network();
    const flow = tls(net);
    flow.serverHello();
    flow.clientData(300, { after: 5000 });
    flow.rst({ flags: 'R', ipId: 0 });
    nothing(net);
  });

  it('a load balancer that forgets an idle connection, in its own handwriting', () => {
    for (const seconds of [30, 60, 350]) {
      const net = new Network();
      const flow = tls(net, { serverTtl: 52 });
      flow.serverHello();
      flow.ack();
      flow.rst({ after: seconds * 1000, ttl: 244, df: false, window: 8190 });
      nothing(net);
    }
  });

  it('a NAT that forgot: the reset answers the first packet after the pause', () => {
    const net = new Network();
    const flow = tls(net, { serverTtl: 52 });
    flow.serverHello();
    flow.ack();
    flow.clientData(100, { after: 310_000 });
    flow.rst({ after: 1, ttl: 64, df: false, window: 100 });
    nothing(net);
  });

  it('another machine of the pool answers after both FINs, TTL 59 against 123', () => {
    const net = new Network();
    const flow = tls(net, { rtt: 14, serverTtl: 123 });
    flow.serverHello({ df: false });
    flow.clientData(24);
    flow.fin('client');
    flow.fin('server', { after: 0.2 });
    flow.ack();
    flow.rst({ after: 9.5, flags: 'R', ttl: 59, ipId: 0 });
    flow.rst({ after: 0, flags: 'R', ttl: 59, ipId: 0 });
    flow.rst({ after: 2, flags: 'R', ipId: 0 });
    nothing(net);
  });

  it('the client that aborts, whatever answers its reset', () => {
    const net = new Network();
    const flow = tls(net, { serverTtl: 52 });
    flow.serverHello();
    flow.clientRst();
    flow.rst({ ttl: 244, df: false, window: 77 });
    nothing(net);
  });

  it('a server that refuses a name with resets of its own, over and over, is at most possible', () => {
    const net = new Network();
    net.healthy('fine.example', { server: '203.0.113.7:443' });
    for (let i = 0; i < 3; i++) tls(net).rst({ after: 81 });
    const drafts = judge(net.base());
    expect(drafts.map((draft) => draft.confidence)).toEqual(['possible', 'possible', 'possible']);
    expect(drafts[0]).toMatchObject({ place: 'unknown' });
    expect(kinds(drafts[0]!)).toContain('identity-equal');
    expect(status(drafts[0]!, 'server-policy')).toBe('open');
  });

  it('twice, or without another name that works, is nothing', () => {
    const twice = new Network();
    twice.healthy('fine.example');
    for (let i = 0; i < 2; i++) tls(twice).rst({ after: 81 });
    nothing(twice);
    const alone = new Network();
    for (let i = 0; i < 5; i++) tls(alone).rst({ after: 81 });
    nothing(alone);
  });

  it.each([
    ['other names of two operators work: likely', '198.51.100.9:443', 'other.example', ['likely', 'likely']],
    ['the same other name works at both: one operator', '198.51.100.9:443', 'fine.example', ['possible', 'possible']],
    ['an IPv4 and an IPv6 address are one place', '[2001:db8::9]:443', 'other.example', []],
  ])('the same name reset so in two networks, %s', (_, second, name, wanted) => {
    const net = new Network();
    for (const [server, works] of [
      ['203.0.113.7:443', 'fine.example'],
      [second, name],
    ] as const) {
      net.healthy(works, { server });
      tls(net, { server }).rst({ after: 81 });
    }
    expect(judge(net.base()).map((draft) => draft.confidence)).toEqual(wanted);
  });
});

describe('where it came from', () => {
  function pair(ttl: number, after: number, serverTtl = 52): Draft {
    const net = new Network();
    for (let i = 0; i < 2; i++) tls(net, { serverTtl }).rst({ after, ttl, df: false, flags: 'R' });
    return judge(net.base())[0]!;
  }

  it('hops, by a TTL that stays the same and starts somewhere plausible', () => {
    expect(pair(61, 8, 48)).toMatchObject({ injector: { hopsFromVantage: 3, basis: 'ttl' }, place: 'path' });
  });

  it('no hops from one burst, nor from a start nobody knows', () => {
    expect(pair(160, 8).injector).toEqual({ hopsFromVantage: null, basis: 'ttl-start-unknown' });
    const net = new Network();
    tls(net).rst({ after: 8, ttl: 61, df: false });
    expect(found(net).injector).toEqual({ hopsFromVantage: null, basis: 'one-burst' });
  });

  it('this device or the own network only by TTL and time together', () => {
    expect(pair(64, 0.3).place).toBe('this-device');
    expect(pair(62, 0.3).place).toBe('local-network');
    expect(pair(64, 8).place).toBe('path');
  });

  it('between the last probe that drew none and the first that drew a reset', () => {
    const net = new Network();
    for (const ttl of [11, 12, 13, 14]) {
      const flow = net.tcp({ serverTtl: 45 }).connect();
      flow.hello(NAME, { ttl });
      if (ttl >= 13) flow.rst({ after: 74, ttl: 100 + ttl, df: false });
      net.wait(3000);
    }
    const drafts = judge(net.base());
    expect(drafts).toHaveLength(2);
    for (const draft of drafts) {
      expect(draft.injector).toEqual({ hopsFromVantage: 12, basis: 'probes' });
      const probes = draft.evidence.find((item) => item.kind === 'before-last-router');
      expect(probes?.params).toEqual({ lastClearTtl: 12, firstResetTtl: 13 });
    }
  });
});

it('one finding for all bursts of a connection, later resets of the same hand among the forged', () => {
  const net = new Network();
  const flow = tls(net, { serverTtl: 238, rtt: 210 });
  const forged = [flow.rst({ after: 200, flags: 'R', ttl: 47, df: false })];
  flow.fin('client', { after: 3000 });
  forged.push(flow.rst({ flags: 'R', ttl: 47, df: false }));
  flow.rst({ after: 400, flags: 'R', ipId: 0 });
  expect(found(net).frames.forged).toEqual(forged);
});

it('two header fields do not ride on another reset: a weak burst is not named with a sure one', () => {
  const net = new Network();
  const flow = tls(net);
  const forged = flow.rst({ after: 8, flags: 'R' });
  flow.serverHello({ after: 90 });
  flow.ack();
  flow.rst({ after: 300, flags: 'R', ttl: 60 });
  expect(found(net).frames.forged).toEqual([forged]);
});

it('reserved bits and sequence jumps are said', () => {
  const net = new Network();
  const flow = tls(net);
  const seq = flow.nextSeq('server');
  flow.rst({ after: 8, seq, bits: 0xf00, ipId: flow.packets.at(-1)!.ipId, ttl: 90 });
  flow.rst({ after: 0.1, seq: seq + 1460, ttl: 90 });
  flow.rst({ after: 0.1, seq: seq + 4380, ttl: 90 });
  const draft = found(net);
  expect(kinds(draft)).toEqual(expect.arrayContaining(['reserved-bits', 'reset-sequence-jump']));
  expect(draft.evidence.find((item) => item.kind === 'reserved-bits')?.params).toEqual({
    flags: 0xf00 | flagBits('RA'),
  });
  expect(draft.attribution.map((item) => item.system)).toContain('GFW (2006)');
});

it('a burst tells itself where the client was not captured, but not what it matched on', () => {
  const net = new Network({ oneWayShare: 1, oneWayFlows: 1 });
  const flow = net.tcp();
  flow.packet('server', { flags: 'SA', seq: 4999, ack: 701 });
  for (const after of [90, 0.1, 0.1]) flow.rst({ after, seq: 5000, ack: 1218, ipId: 0xb90b, ttl: 101, window: 900 });
  expect(found(net)).toMatchObject({
    confidence: 'likely',
    stage: 'request',
    trigger: { kind: 'unknown', confidence: 'inconclusive' },
  });
});

it('one direction captured alone limits the rule', () => {
  const net = new Network({ oneWayShare: 0.9, oneWayFlows: 9 });
  tls(net);
  expect(rstInjection.limitedBy(net.base())).toBe('one-way');
  expect(rstInjection.limitedBy(new Network().base())).toBeNull();
});
