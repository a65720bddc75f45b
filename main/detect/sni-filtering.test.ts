import { describe, expect, it } from 'vitest';
import { MARK } from '../flow/records.ts';
import { Network, type TcpOptions, type TcpScript } from '../testkit/snapshots.ts';
import type { Draft } from './detector.ts';
import { sniFiltering } from './sni-filtering.ts';

const BLOCKED = '198.51.100.41:443';
const NAME = 'blocked.example';

/** Handshake and a hello that nobody acknowledges, sent again on Linux' clock. */
function droppedHello(
  net: Network,
  options: TcpOptions & { name?: string; retries?: number; length?: number } = {},
): TcpScript {
  const { name = NAME, retries = 5, length, ...rest } = options;
  const tls = net.tcp({ server: BLOCKED, ...rest }).connect();
  tls.hello(name, length === undefined ? {} : { length });
  for (let retry = 0; retry < retries; retry++) tls.retransmit({ after: 250 * 2 ** retry });
  return tls;
}

/** Handshake and a hello that is acknowledged; then the server is silent until the client closes. */
function mutedHello(net: Network, options: TcpOptions & { name?: string; wait?: number } = {}): TcpScript {
  const { name = NAME, wait = 7000, ...rest } = options;
  const tls = net.tcp({ server: BLOCKED, ...rest }).connect();
  tls.hello(name);
  tls.serverAck();
  tls.fin('client', { after: wait });
  return tls;
}

/** TLS up to the client's first request, which is acknowledged; then not even the closing FIN is. */
function silencedMidway(net: Network, options: TcpOptions & { name?: string; retries?: number } = {}): TcpScript {
  const { name = NAME, retries = 4, ...rest } = options;
  const tls = net.tcp({ server: BLOCKED, outcome: 'ok', ...rest }).connect();
  tls.hello(name);
  tls.serverAck();
  tls.serverHello();
  tls.ack();
  tls.clientData(80);
  tls.clientData(160);
  tls.serverAck();
  tls.fin('client', { after: 8000 });
  const seq = tls.nextSeq('client') - 1;
  for (let retry = 0; retry < retries; retry++) {
    tls.packet('client', { flags: 'FA', seq, after: 250 * 2 ** retry, marks: MARK.keepAlive });
  }
  return tls;
}

function control(net: Network): void {
  net.wait(50).healthy('control.example', { server: '203.0.113.80:443' });
}

function judge(net: Network, facts: Parameters<Network['base']>[0] = {}): Draft[] {
  return sniFiltering.detect(net.base(facts), []);
}

function statusOf(draft: Draft, kind: string): string | undefined {
  return draft.alternatives.find((one) => one.kind === kind)?.status;
}

describe('hello dropped (SNI-IV)', () => {
  it('is likely when it repeats, the network carries other names and the address answers another one', () => {
    const net = new Network();
    control(net);
    droppedHello(net);
    net.wait(100).healthy('other.example', { server: BLOCKED });
    droppedHello(net);
    const [first, second] = judge(net);
    expect(first).toMatchObject({
      confidence: 'likely',
      interference: { kind: 'packet-drop', variant: 'hello-dropped', direction: 'to-server' },
      trigger: { kind: 'tls-sni', value: NAME, confidence: 'likely' },
      stage: 'client-hello',
      effect: 'stopped',
    });
    expect(first!.frames.affected).toHaveLength(5);
    expect(first!.evidence.find((item) => item.kind === 'hello-unacknowledged')?.params).toMatchObject({
      retransmissions: 5,
    });
    expect(statusOf(first!, 'server-down')).toBe('ruled-out');
    expect(statusOf(first!, 'server-policy')).toBe('ruled-out');
    expect(second!.confidence).toBe('likely');
  });

  it('is likely with the name as a mere possibility when only other addresses serve as control', () => {
    const net = new Network();
    control(net);
    droppedHello(net);
    control(net);
    droppedHello(net);
    const [first] = judge(net);
    // Nothing was heard during the silences, but no outage begins right behind a handshake twice.
    expect(first).toMatchObject({ confidence: 'likely', trigger: { kind: 'tls-sni', confidence: 'possible' } });
    expect(statusOf(first!, 'network-down')).toBe('weakened');
  });

  it('is likely when something reached the client while the hellos went unanswered', () => {
    const net = new Network();
    control(net);
    const tls = droppedHello(net, { retries: 3 });
    net.healthy('control.example', { server: '203.0.113.80:443' });
    tls.retransmit({ after: 4000 });
    droppedHello(net);
    const [first] = judge(net);
    expect(first).toMatchObject({ confidence: 'likely', trigger: { kind: 'tls-sni', confidence: 'possible' } });
    expect(statusOf(first!, 'network-down')).toBe('ruled-out');
    expect(statusOf(first!, 'middlebox-proxy')).toBe('open');
  });

  it('raises the name to confirmed when it fails in two networks and another works at the address', () => {
    const net = new Network();
    control(net);
    const tls = droppedHello(net);
    net.healthy('other.example', { server: BLOCKED });
    tls.retransmit({ after: 4000 });
    droppedHello(net, { server: '203.0.113.99:443' });
    const [first] = judge(net);
    expect(first).toMatchObject({ confidence: 'likely', trigger: { kind: 'tls-sni', confidence: 'confirmed' } });
    expect(first!.evidence.map((item) => item.kind)).toContain('name-fails-in-networks');
  });

  it('stays possible without a control, however often it repeats', () => {
    const net = new Network();
    for (let time = 0; time < 4; time++) droppedHello(net);
    const drafts = judge(net);
    expect(drafts).toHaveLength(4);
    expect(new Set(drafts.map((draft) => draft.confidence))).toEqual(new Set(['possible']));
  });

  it('stays possible when it happened once', () => {
    const net = new Network();
    control(net);
    const tls = droppedHello(net);
    control(net);
    tls.retransmit({ after: 4000 });
    expect(judge(net)).toMatchObject([{ confidence: 'possible' }]);
  });

  it('stays possible when both connections began together: one outage would explain them', () => {
    const net = new Network();
    control(net);
    const a = net.tcp({ server: BLOCKED }).connect();
    const b = net.tcp({ server: BLOCKED }).connect();
    a.hello(NAME);
    b.hello(NAME);
    for (const after of [250, 500, 1000, 2000]) {
      a.retransmit({ after });
      b.retransmit();
    }
    expect(judge(net).map((draft) => draft.confidence)).toEqual(['possible', 'possible']);
  });

  it('needs three retransmissions: lossy Wi-Fi ends after one or two', () => {
    const net = new Network();
    control(net);
    droppedHello(net, { retries: 2 });
    droppedHello(net, { retries: 2 });
    expect(judge(net)).toEqual([]);
  });

  it('is nothing when the hello got through in the end', () => {
    const net = new Network();
    control(net);
    const tls = droppedHello(net, { retries: 4 });
    tls.serverHello();
    expect(judge(net)).toEqual([]);
  });

  it('is nothing when the server kept repeating its SYN-ACK: then nothing of the client reached it', () => {
    const net = new Network();
    control(net);
    const tls = droppedHello(net, { retries: 1 });
    tls.synAck({ after: 1000 });
    for (let retry = 0; retry < 4; retry++) tls.retransmit({ after: 1000 });
    const drafts = judge(net);
    expect(drafts.map((draft) => draft.interference.variant)).not.toContain('hello-dropped');
  });

  it('blames the link when other flows of the minute lose a tenth of their packets as well', () => {
    const net = new Network();
    control(net);
    const lossy = net.tcp({ server: '203.0.113.50:443' }).connect();
    lossy.hello('elsewhere.example');
    lossy.serverHello();
    for (let time = 0; time < 12; time++) {
      lossy.clientData(100);
      lossy.serverAck({ ack: lossy.nextSeq('client') - 100, after: 100 });
      lossy.packet('client', { flags: 'PA', length: 100, seq: lossy.nextSeq('client') - 100, after: 200 });
      lossy.serverAck();
    }
    const tls = droppedHello(net);
    control(net);
    tls.retransmit({ after: 4000 });
    droppedHello(net);
    const [first] = judge(net);
    expect(first!.confidence).toBe('possible');
    expect(statusOf(first!, 'packet-loss')).toBe('open');
  });

  it('is possible at most when every name fails at the address: a dead host behind a SYN proxy', () => {
    const net = new Network();
    control(net);
    const tls = droppedHello(net);
    control(net);
    tls.retransmit({ after: 4000 });
    droppedHello(net);
    net.wait(200_000);
    droppedHello(net, { name: 'innocent.example' });
    for (const draft of judge(net)) expect(['possible', 'inconclusive']).toContain(draft.confidence);
  });

  it('is possible at most when another name fails inside the residual window and none works at the address', () => {
    const net = new Network();
    control(net);
    const tls = droppedHello(net);
    control(net);
    tls.retransmit({ after: 4000 });
    droppedHello(net);
    droppedHello(net, { name: 'innocent.example' });
    for (const draft of judge(net)) expect(draft.confidence).toBe('possible');
  });

  it('leaves a narrow path open when no hello of that size is seen to pass (PMTU black hole)', () => {
    const net = new Network();
    control(net);
    const tls = droppedHello(net, { length: 1400 });
    control(net);
    tls.retransmit({ after: 4000 });
    droppedHello(net, { length: 1400 });
    const [first] = judge(net);
    expect(first!.confidence).toBe('possible');
    expect(statusOf(first!, 'mtu-black-hole')).toBe('open');
  });

  it('rules a narrow path out for a hello that fits every path', () => {
    const net = new Network();
    control(net);
    droppedHello(net);
    expect(statusOf(judge(net)[0]!, 'mtu-black-hole')).toBe('ruled-out');
  });
});

describe('hello partly swallowed', () => {
  function swallowed(net: Network, sack: boolean): void {
    const tls = net.tcp({ server: BLOCKED }).connect();
    tls.hello(NAME, { length: 1400 });
    const trigger = tls.trigger!;
    tls.trigger = { ...trigger, endSeq: (trigger.endSeq + 600) >>> 0 };
    tls.clientData(600);
    // Without SACK the large head is acknowledged; with it only the small tail has arrived.
    if (sack) tls.serverAck({ ack: trigger.seq, optionBytes: 12 });
    else tls.serverAck({ ack: trigger.endSeq });
    for (const after of [300, 600, 1200, 2400]) {
      if (sack) tls.packet('client', { flags: 'PA', seq: trigger.seq, length: 1400, after });
      else tls.packet('client', { flags: 'PA', seq: trigger.endSeq, length: 600, after });
    }
  }

  it('is likely under the rules of a dropped hello when the tail with the name never arrives', () => {
    const net = new Network();
    control(net);
    swallowed(net, false);
    net.healthy('other.example', { server: BLOCKED });
    swallowed(net, false);
    net.healthy('other.example', { server: BLOCKED });
    const drafts = judge(net);
    expect(drafts).toHaveLength(2);
    expect(drafts[0]!.interference.variant).toBe('hello-partly-dropped');
    expect(drafts[0]!.evidence[0]!.params).toMatchObject({ acknowledged: 1400, length: 2000, retransmissions: 4 });
    expect(statusOf(drafts[0]!, 'mtu-black-hole')).toBe('ruled-out');
  });

  it('means MTU when the small tail is selectively acknowledged', () => {
    const net = new Network();
    control(net);
    swallowed(net, true);
    net.healthy('other.example', { server: BLOCKED });
    swallowed(net, true);
    for (const draft of judge(net)) {
      expect(draft.confidence).toBe('possible');
      expect(statusOf(draft, 'mtu-black-hole')).toBe('open');
    }
  });
});

describe('hello muted (SNI-II)', () => {
  it('is likely when another name works at the address and it repeats', () => {
    const net = new Network();
    mutedHello(net);
    net.healthy('other.example', { server: BLOCKED });
    mutedHello(net);
    const [first] = judge(net);
    expect(first).toMatchObject({
      confidence: 'likely',
      interference: { variant: 'hello-muted', direction: 'both' },
      trigger: { kind: 'tls-sni', confidence: 'likely' },
      stage: 'response',
    });
    expect(statusOf(first!, 'server-down')).toBe('ruled-out');
    expect(statusOf(first!, 'network-down')).toBe('weakened');
  });

  it('is likely when the network was heard of meanwhile', () => {
    const net = new Network();
    const tls = net.tcp({ server: BLOCKED }).connect();
    tls.hello(NAME);
    tls.serverAck();
    net.wait(1000).healthy('other.example', { server: BLOCKED });
    tls.fin('client', { after: 6000 });
    mutedHello(net);
    const [first] = judge(net);
    expect(first).toMatchObject({ confidence: 'likely', trigger: { kind: 'tls-sni', confidence: 'likely' } });
    expect(statusOf(first!, 'server-down')).toBe('ruled-out');
  });

  it('is possible at most when only other addresses answer: a load balancer with a dead backend looks the same', () => {
    const net = new Network();
    const tls = net.tcp({ server: BLOCKED }).connect();
    tls.hello(NAME);
    tls.serverAck();
    control(net);
    tls.fin('client', { after: 7000 });
    for (let time = 0; time < 3; time++) mutedHello(net);
    const drafts = judge(net);
    expect(drafts).toHaveLength(4);
    for (const draft of drafts) expect(draft.confidence).toBe('possible');
    expect(statusOf(drafts[0]!, 'server-down')).toBe('open');
  });

  it('is nothing without any control', () => {
    const net = new Network();
    mutedHello(net);
    mutedHello(net);
    expect(judge(net)).toEqual([]);
  });

  it('is nothing when other names hang at the address as well (the process hangs)', () => {
    const net = new Network();
    control(net);
    mutedHello(net);
    net.wait(200_000);
    mutedHello(net, { name: 'also.example' });
    control(net);
    expect(judge(net)).toEqual([]);
  });

  it('is nothing when the client gave up early: racing QUIC, closed tab', () => {
    const net = new Network();
    net.healthy('other.example', { server: BLOCKED });
    mutedHello(net, { wait: 300 });
    mutedHello(net, { wait: 300 });
    expect(judge(net)).toEqual([]);
  });

  it('waits ten round trips on a slow path', () => {
    const net = new Network();
    net.healthy('other.example', { server: BLOCKED, rtt: 900 });
    mutedHello(net, { rtt: 900, wait: 7000 });
    mutedHello(net, { rtt: 900, wait: 7000 });
    expect(judge(net)).toEqual([]);
  });

  it('is nothing yet when the capture ended before the silence was long enough', () => {
    const net = new Network();
    net.healthy('other.example', { server: BLOCKED });
    const tls = net.tcp({ server: BLOCKED }).connect();
    tls.hello(NAME);
    tls.serverAck();
    expect(judge(net, { endTime: (net.now + 2000) * 1e6 })).toEqual([]);
  });

  it('says nothing of a request over HTTP without a control at the address: slow pages are ordinary', () => {
    const net = new Network();
    control(net);
    for (let time = 0; time < 3; time++) {
      const http = net.tcp({ server: '198.51.100.41:80' }).connect();
      http.request(NAME);
      http.serverAck();
      http.fin('client', { after: 8000 });
    }
    expect(judge(net)).toEqual([]);
  });
});

describe('silence after a few packets', () => {
  it('is likely when it repeats at the same packet while the address answers others', () => {
    const net = new Network();
    control(net);
    const first = silencedMidway(net, { retries: 3 });
    silencedMidway(net, { retries: 1 });
    first.packet('client', {
      flags: 'FA',
      seq: first.nextSeq('client') - 1,
      after: 4000,
      marks: MARK.keepAlive,
    });
    control(net);
    const [draft, ...more] = judge(net);
    expect(more).toEqual([]);
    expect(draft).toMatchObject({
      confidence: 'likely',
      interference: { kind: 'packet-drop', variant: 'silent-after-hello', direction: 'both' },
      stage: 'data',
      trigger: { kind: 'tls-sni', confidence: 'possible' },
    });
    expect(draft!.evidence[0]!.params).toMatchObject({ fromServer: 3, retransmissions: 4 });
  });

  it('is nothing when the answer had come and the idle connection was forgotten (NAT)', () => {
    const net = new Network();
    control(net);
    for (let time = 0; time < 2; time++) {
      const tls = net.tcp({ server: BLOCKED, outcome: 'ok' }).connect();
      tls.hello(NAME);
      tls.serverHello();
      tls.clientData(200);
      tls.serverData(600);
      tls.fin('client', { after: 60_000 });
      const seq = tls.nextSeq('client') - 1;
      for (let retry = 0; retry < 4; retry++) {
        tls.packet('client', { flags: 'FA', seq, after: 500, marks: MARK.keepAlive });
      }
    }
    expect(judge(net)).toEqual([]);
  });

  it('never takes such a flow for a working control', () => {
    const net = new Network();
    silencedMidway(net, { name: 'second.example', retries: 4 });
    mutedHello(net);
    mutedHello(net);
    for (const draft of judge(net)) expect(draft.controls.filter((one) => one.outcome === 'ok')).toEqual([]);
  });
});

describe('what is no evidence', () => {
  const scene = (build: (net: Network) => void, facts: Parameters<Network['base']>[0] = {}): Draft[] => {
    const net = new Network();
    control(net);
    build(net);
    net.healthy('other.example', { server: BLOCKED });
    build(net);
    return judge(net, facts);
  };

  it('judges the scene itself', () => {
    expect(scene((net) => droppedHello(net))).toHaveLength(2);
  });

  it('idle preconnect sockets: no hello was ever sent', () => {
    expect(scene((net) => net.tcp({ server: BLOCKED }).connect())).toEqual([]);
  });

  it('a capture with drops: through a hole nobody is accused', () => {
    expect(scene((net) => droppedHello(net), { drops: 3 })).toEqual([]);
    expect(sniFiltering.limitedBy(new Network({ drops: 3 }).base())).toBe('drops');
  });

  it('a one-way capture: the server never appears', () => {
    const oneWay = (net: Network): void => {
      const tls = net.tcp({ server: BLOCKED, outcome: 'unknown' });
      tls.syn();
      tls.ack();
      tls.hello(NAME);
      for (const after of [250, 500, 1000, 2000]) tls.retransmit({ after });
    };
    expect(scene(oneWay)).toEqual([]);
    expect(sniFiltering.limitedBy(new Network({ oneWayFlows: 4, oneWayShare: 0.8 }).base())).toBe('one-way');
  });

  it('a trimmed capture: the client acknowledges data that the file does not hold', () => {
    expect(
      scene((net) => {
        const tls = mutedHello(net);
        tls.ack({ ack: tls.nextSeq('server') + 1400 });
      }),
    ).toEqual([]);
  });

  it('a hello cut by the snapshot length', () => {
    expect(
      scene((net) => {
        const tls = droppedHello(net);
        tls.trigger = { ...tls.trigger!, truncated: true };
      }),
    ).toEqual([]);
  });

  it('probes with a hop limit that may expire on the way', () => {
    expect(scene((net) => droppedHello(net, { clientTtl: 12 }))).toEqual([]);
  });

  it("the user's own circumvention tool", () => {
    expect(
      scene((net) => {
        const tls = net.tcp({ server: BLOCKED }).connect();
        tls.packet('client', { flags: 'PA', length: 517, seq: tls.nextSeq('client'), ttl: 4 });
        tls.hello(NAME);
        for (const after of [250, 500, 1000, 2000]) tls.retransmit({ after });
      }),
    ).toEqual([]);
  });

  it('an evicted flow', () => {
    expect(scene((net) => droppedHello(net, { ended: 'cap' }))).toEqual([]);
  });

  it('a capture at the server: the hello arrived, so the server itself is silent', () => {
    expect(scene((net) => droppedHello(net), { role: 'server', local: new Set(['198.51.100.41']) })).toEqual([]);
  });

  it('a server on the local network', () => {
    const net = new Network();
    control(net);
    droppedHello(net, { server: '192.168.1.9:443' });
    droppedHello(net, { server: '192.168.1.9:443' });
    expect(judge(net)).toEqual([]);
  });

  it('a first hello after minutes of idleness: a NAT may have forgotten the connection', () => {
    expect(
      scene((net) => {
        const tls = net.tcp({ server: BLOCKED }).connect();
        net.wait(90_000);
        tls.hello(NAME);
        for (const after of [250, 500, 1000, 2000]) tls.retransmit({ after });
      }),
    ).toEqual([]);
  });

  it('a flow that an earlier rule has explained', () => {
    const net = new Network();
    control(net);
    droppedHello(net);
    const base = net.base();
    const [draft] = sniFiltering.detect(base, []);
    expect(sniFiltering.detect(base, [draft!])).toEqual([]);
    // An exchange or datagram flow may have the same number.
    const udp = { ...draft!, flow: { ...draft!.flow!, protocol: 'udp' as const } };
    expect(sniFiltering.detect(base, [udp])).toHaveLength(1);
  });

  it('a connection to where a forged answer led', () => {
    const net = new Network();
    control(net);
    droppedHello(net);
    const base = net.base();
    const [draft] = sniFiltering.detect(base, []);
    const answer = { frame: 1, rcode: 0, addresses: ['198.51.100.41'], forged: true };
    const query = { name: NAME, type: 'A', resolver: '8.8.8.8', frames: [] };
    const lie: Draft = { ...draft!, flow: null, confidence: 'likely', dns: { query, answers: [answer] } };
    expect(sniFiltering.detect(base, [lie])).toEqual([]);
    const doubt: Draft = { ...lie, confidence: 'possible' };
    expect(sniFiltering.detect(base, [doubt])).toHaveLength(1);
  });
});

describe('fingerprint instead of name', () => {
  it('is named when one kind of hello fails and another with the same name works at the same address', () => {
    const net = new Network();
    const telegram = 't13d1516h2_8daaf6152771_02713d6af862';
    const drop = (): TcpScript => droppedHello(net, { name: 'front.example' });
    const tls = drop();
    for (let time = 0; time < 2; time++) {
      net.attempt({ address: '198.51.100.41', name: 'front.example', ja4: 't13d1517h2_5b57614c22b0_3d5424432f57' });
    }
    tls.retransmit({ after: 4000 });
    drop();
    const [first] = judge(net);
    expect(first).toMatchObject({
      confidence: 'likely',
      trigger: { kind: 'tls-fingerprint', value: telegram, confidence: 'likely' },
    });
    expect(first!.evidence.find((item) => item.kind === 'fingerprint-separates')?.params.attribute).toBe('ja4');
  });
});

describe('a server that goes on speaking and hears nothing', () => {
  /** The hello passes and is answered; then each side repeats its own, and only the server's arrives. */
  function unheard(net: Network, name = NAME): void {
    const tls = net.tcp({ server: BLOCKED, outcome: 'ok' }).connect();
    tls.hello(name);
    tls.serverHello();
    tls.ack();
    tls.clientData(100);
    const [server, client] = [tls.nextSeq('server') - 1400, tls.nextSeq('client') - 100];
    for (const after of [300, 600, 1200, 2400]) {
      tls.packet('client', { flags: 'PA', seq: client, length: 100, after });
      tls.packet('server', { flags: 'PA', seq: server, length: 1400, ack: client, after: 40 });
    }
  }

  it('is likely filtered by the name when that repeats and other names work at the address', () => {
    const net = new Network();
    net.healthy('other.example', { server: BLOCKED });
    unheard(net);
    net.healthy('other.example', { server: BLOCKED });
    unheard(net);
    const [draft] = judge(net);
    expect(draft).toMatchObject({
      confidence: 'likely',
      trigger: { kind: 'tls-sni', value: NAME, confidence: 'likely' },
      interference: { kind: 'packet-drop', variant: 'unheard-after-hello', direction: 'to-server' },
      stage: 'data',
    });
    expect(draft!.evidence[0]).toMatchObject({
      kind: 'client-unheard',
      params: { serverAgain: 4, retransmissions: 4 },
    });
  });

  it('is not laid to the name when every name fares so there: the way to the server is broken', () => {
    const net = new Network();
    control(net);
    for (const name of [NAME, 'other.example', NAME, 'other.example']) unheard(net, name);
    for (const draft of judge(net)) expect(draft.confidence).toBe('possible');
  });

  it('is possible at most when it happened once', () => {
    const net = new Network();
    net.healthy('other.example', { server: BLOCKED });
    unheard(net);
    for (const draft of judge(net)) expect(draft.confidence).toBe('possible');
  });
});

describe('requests over HTTP', () => {
  it('are judged by the same rule, with the Host as trigger', () => {
    const net = new Network();
    const dropped = (): TcpScript => {
      const http = net.tcp({ server: '198.51.100.41:80' }).connect();
      http.request(NAME);
      for (const after of [250, 500, 1000, 2000]) http.retransmit({ after });
      return http;
    };
    const ok = (): void => {
      const http = net.tcp({ server: '198.51.100.41:80', healthy: true }).connect();
      http.request('other.example');
      http.response();
    };
    const first = dropped();
    ok();
    first.retransmit({ after: 4000 });
    dropped();
    expect(judge(net)[0]).toMatchObject({
      confidence: 'likely',
      interference: { variant: 'request-dropped' },
      stage: 'request',
      trigger: { kind: 'http-host', value: NAME, confidence: 'likely' },
    });
  });
});

describe('dismissed with a FIN', () => {
  function dismissed(net: Network, options: TcpOptions & { name?: string; ttl?: number } = {}): void {
    const { name = NAME, ttl, ...rest } = options;
    const tls = net.tcp({ server: BLOCKED, ...rest }).connect();
    tls.hello(name);
    tls.fin('server', ttl === undefined ? {} : { ttl });
  }

  it('is possible with three repetitions and another name that works at the address', () => {
    const net = new Network();
    for (let time = 0; time < 3; time++) dismissed(net);
    net.healthy('other.example', { server: BLOCKED });
    const drafts = judge(net);
    expect(drafts).toHaveLength(3);
    expect(drafts[0]).toMatchObject({
      confidence: 'possible',
      interference: { kind: 'rst-injection', variant: 'fin-without-data' },
    });
    expect(statusOf(drafts[0]!, 'server-policy')).toBe('open');
  });

  it('is possible, never more, in two networks with controls', () => {
    const net = new Network();
    dismissed(net);
    dismissed(net, { server: '203.0.113.99:443' });
    control(net);
    expect(judge(net).map((draft) => draft.confidence)).toEqual(['possible', 'possible']);
  });

  it("is the server's policy as far as anybody can tell without controls", () => {
    const net = new Network();
    for (let time = 0; time < 5; time++) dismissed(net);
    expect(judge(net)).toEqual([]);
  });

  it('leaves a FIN with another identity to the rule for forged resets', () => {
    const net = new Network();
    for (let time = 0; time < 3; time++) dismissed(net, { ttl: 101 });
    net.healthy('other.example', { server: BLOCKED });
    expect(judge(net)).toEqual([]);
  });

  it('is nothing when the client closed first', () => {
    const net = new Network();
    for (let time = 0; time < 3; time++) {
      const tls = net.tcp({ server: BLOCKED }).connect();
      tls.hello(NAME);
      tls.fin('client', { after: 10 });
      tls.fin('server');
    }
    net.healthy('other.example', { server: BLOCKED });
    expect(judge(net)).toEqual([]);
  });
});

describe('TLS alert', () => {
  function alerted(net: Network, options: { ttl?: number; df?: boolean; description?: number } = {}): TcpScript {
    const { description = 40, ...packet } = options;
    const tls = net.tcp({ server: BLOCKED }).connect();
    tls.hello(NAME);
    tls.serverAck();
    tls.serverData(7, { after: 1, ...packet });
    tls.reply = { ...tls.reply!, kind: 'tls', alerts: [{ level: 2, description }] };
    return tls;
  }

  it("with the server's own identity is its policy (112 unrecognized_name)", () => {
    const net = new Network();
    for (let time = 0; time < 3; time++) alerted(net, { description: 112 });
    net.healthy('other.example', { server: BLOCKED });
    expect(judge(net)).toEqual([]);
  });

  it('is confirmed when the genuine answer stands at the same bytes and the header is of another host', () => {
    const net = new Network();
    const tls = alerted(net, { ttl: 120, df: false });
    const alert = tls.packets.at(-1)!;
    tls.packet('server', { flags: 'PA', length: 1400, seq: alert.seq, after: 40 });
    const [draft] = judge(net);
    expect(draft).toMatchObject({
      confidence: 'confirmed',
      interference: { kind: 'tls-alert' },
      frames: { forged: [alert.frame] },
    });
    expect(statusOf(draft!, 'server-policy')).toBe('ruled-out');
  });

  it('is likely by an impossible answer alone, and by two differences in the header', () => {
    const net = new Network();
    const tls = alerted(net);
    tls.packet('server', { flags: 'PA', length: 1400, seq: tls.packets.at(-1)!.seq, after: 40 });
    alerted(net, { ttl: 120, df: false });
    expect(judge(net).map((draft) => draft.confidence)).toEqual(['likely', 'likely']);
  });

  it('is possible by another hop count alone: a load balancer may answer with a stack of its own', () => {
    const net = new Network();
    alerted(net, { ttl: 120 });
    const [draft] = judge(net);
    expect(draft!.confidence).toBe('possible');
    expect(statusOf(draft!, 'load-balancer')).toBe('open');
  });
});
