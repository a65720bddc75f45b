import { describe, expect, it } from 'vitest';
import { Network, type TcpScript } from '../testkit/snapshots.ts';
import { MILLISECOND } from './evidence-base.ts';
import { observeResets, type ResetBurst, RoundTrips } from './resets.ts';

function observe(net: Network, fromClient = false): ResetBurst[] {
  const base = net.base();
  return base.tcp.flatMap((flow) => observeResets(flow, fromClient, base, new RoundTrips(base)));
}

function connected(net: Network): TcpScript {
  return net.tcp({ rtt: 40 }).connect();
}

describe('bursts', () => {
  it('end after 50 ms', () => {
    const net = new Network();
    const flow = connected(net);
    flow.hello('a.example');
    for (const after of [10, 20, 20, 20, 20]) flow.rst({ after });
    expect(observe(net).map((burst) => burst.packets.length)).toEqual([3, 2]);
  });

  it('count what is identical, and how many frames the capture makes of one packet', () => {
    const net = new Network();
    const flow = net.tcp({ duplicates: 1 }).connect();
    flow.hello('a.example');
    flow.serverAck();
    flow.serverAck();
    for (const ipId of [7, 7, 7, 8]) flow.rst({ after: 0.1, ipId, duplicates: 0 });
    expect(observe(net)[0]).toMatchObject({ identical: { count: 3, ipId: 7 }, copies: 2 });
  });

  it('stay few, however many resets there are', () => {
    const net = new Network();
    const flow = connected(net);
    for (let i = 0; i < 60; i++) flow.rst({ after: 100 });
    expect(observe(net)).toHaveLength(16);
  });
});

describe('the stage', () => {
  const stages: [string, (flow: TcpScript) => void][] = [
    ['syn', (flow) => void flow.syn()],
    ['handshake', (flow) => void flow.connect()],
    ['client-hello', (flow) => void flow.connect().hello('a.example')],
    ['request', (flow) => void flow.connect().request('a.example')],
    [
      'response',
      (flow) => {
        flow.connect().hello('a.example');
        flow.serverHello();
      },
    ],
    [
      'data',
      (flow) => {
        flow.connect().hello('a.example');
        flow.serverHello();
        flow.clientData(80);
      },
    ],
  ];
  it.each(stages)('%s', (stage, script) => {
    const net = new Network();
    const flow = net.tcp();
    script(flow);
    flow.rst();
    expect(observe(net)[0]!.stage).toBe(stage);
  });
});

describe('what it follows', () => {
  it('the hello, and the packet whose bytes it acknowledges', () => {
    const net = new Network();
    const flow = connected(net);
    const hello = flow.hello('a.example');
    flow.rst({ after: 7 });
    const [burst] = observe(net);
    expect(burst!.follows).toEqual({ frames: [hello], elapsed: expect.closeTo(7 * MILLISECOND, 0) });
    expect(burst!.acknowledges).toEqual({ frame: hello, elapsed: expect.closeTo(7 * MILLISECOND, 0) });
  });

  it('without ACK it acknowledges nothing', () => {
    const net = new Network();
    const flow = connected(net);
    flow.hello('a.example');
    flow.rst({ flags: 'R' });
    expect(observe(net)[0]!.acknowledges).toBeNull();
  });

  it('the receiver’s own FIN, but not a reset forged in its name', () => {
    const net = new Network({ local: new Set() });
    const flow = connected(net);
    flow.hello('a.example');
    flow.clientRst({ ttl: 99 });
    flow.rst({ after: 1 });
    expect(observe(net)[0]!.receiverClosed).toBeNull();
    const other = new Network();
    const closing = connected(other);
    closing.hello('a.example');
    const fin = closing.fin('client');
    closing.rst({ after: 40 });
    expect(observe(other)[0]!.receiverClosed).toEqual({ frame: fin, elapsed: expect.closeTo(40 * MILLISECOND, 0) });
  });

  it('bytes that lie beyond its sequence number', () => {
    const net = new Network();
    const flow = connected(net);
    flow.hello('a.example');
    flow.serverData(1000);
    flow.rst({ seq: flow.nextSeq('server') - 1000 });
    expect(observe(net)[0]!.behind).toBe(1000);
  });
});

describe('what came after', () => {
  it('new data, across the wrap of the sequence numbers', () => {
    const net = new Network();
    const flow = net.tcp({ serverIsn: 0xffff_fff0 }).connect();
    flow.hello('a.example');
    flow.rst({ after: 5, flags: 'R' });
    const data = flow.serverData(1400, { after: 60 });
    expect(observe(net)[0]!.dataAfter).toMatchObject({ frame: data, bytes: 1400, sentAfter: 'round-trip' });
  });

  it('not data sent before, nor later than 2 s, nor of another beginning', () => {
    const net = new Network();
    const flow = connected(net);
    flow.hello('a.example');
    const seq = flow.nextSeq('server');
    flow.serverData(500);
    flow.rst({ after: 5 });
    flow.serverData(500, { seq, after: 100 });
    flow.serverData(500, { after: 3000 });
    expect(observe(net)[0]!.dataAfter).toBeNull();

    const reopened = new Network();
    const other = connected(reopened);
    other.rst({ after: 5 });
    other.synAck({ seq: 77, after: 100 });
    other.serverData(500, { after: 100 });
    expect(observe(reopened)[0]!.dataAfter).toBeNull();
  });

  it('an acknowledgement only where it is no older one', () => {
    const net = new Network();
    const flow = connected(net);
    flow.hello('a.example');
    flow.rst({ after: 5 });
    flow.serverAck({ after: 1, ack: flow.nextSeq('client') - 517 });
    expect(observe(net)[0]!.ackAfter).toBeNull();
  });
});

describe('round trips', () => {
  it('are the least of handshakes and acknowledgements, nothing sent twice', () => {
    const net = new Network();
    const flow = connected(net);
    flow.hello('a.example');
    flow.retransmit({ after: 300 });
    flow.serverAck({ after: 2 });
    flow.clientData(10);
    flow.serverAck({ after: 30 });
    const base = net.base();
    expect(new RoundTrips(base).to('203.0.113.7', false)).toEqual({
      least: expect.closeTo(30 * MILLISECOND, 0),
      samples: 2,
      isTight: true,
    });
    expect(new RoundTrips(base).to('203.0.113.8', false)).toBeNull();
  });

  it('include what other connections showed, and are not believed when the clock is not', () => {
    const net = new Network();
    net.healthy('b.example', { rtt: 25 });
    connected(net);
    expect(new RoundTrips(net.base()).to('203.0.113.7', false)).toMatchObject({ samples: 2 });
    expect(new RoundTrips(new Network({ clockUnsound: true }).base()).to('203.0.113.7', false)).toBeNull();
  });
});

it('a FIN counts only where it closes instead of an answer', () => {
  const net = new Network();
  const flow = connected(net);
  flow.hello('a.example');
  flow.fin('server');
  expect(observe(net).map((burst) => burst.kind)).toEqual(['fin']);
  const answered = new Network();
  const other = connected(answered);
  other.hello('a.example');
  other.serverHello();
  other.fin('server');
  expect(observe(answered)).toEqual([]);
});
