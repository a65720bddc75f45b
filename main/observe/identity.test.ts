import { describe, expect, it } from 'vitest';
import { Network } from '../testkit/snapshots.ts';
import { compareIdentity, hopsFromStart, identityOf } from './identity.ts';

function serverIdentity(net: Network) {
  const base = net.base();
  const flow = base.tcp[0]!;
  return { flow, identity: identityOf(flow, false, base), facts: compareIdentityOfLast(net, base) };
}

function compareIdentityOfLast(_net: Network, base: ReturnType<Network['base']>) {
  const flow = base.tcp[0]!;
  return compareIdentity(flow, flow.packets.at(-1)!, identityOf(flow, false, base));
}

describe('what an endpoint looks like', () => {
  it('comes from its own packets, resets left out', () => {
    const net = new Network();
    const flow = net.tcp({ serverTtl: 52, serverWindow: 501 }).connect();
    flow.hello('a.example');
    flow.serverData(500, { ttl: 53, df: false });
    flow.rst({ ttl: 200, window: 9 });
    const { identity } = serverIdentity(net);
    expect(identity).toMatchObject({ source: 'flow', half: false, ttls: [52, 53], sawDf: true, sawNoDf: true });
    expect([...identity.windows]).toEqual([501]);
  });

  it('is not told by a page with a FIN in another handwriting', () => {
    const net = new Network();
    const flow = net.tcp({ serverTtl: 238 }).connect();
    flow.request('a.example');
    const page = flow.fin('server', { length: 553, ttl: 83, df: false });
    flow.rst({ flags: 'R', ttl: 47, df: false });
    const { identity, facts } = serverIdentity(net);
    expect(identity.ttls).toEqual([238]);
    expect(identity.doubtful.map((packet) => packet.frame)).toEqual([page]);
    expect(facts.df).toEqual({ suspect: false, packets: 1 });
  });

  it('weighs half where the beginning was not captured and one packet is all there is', () => {
    const net = new Network();
    const flow = net.tcp();
    flow.hello('a.example');
    flow.serverAck();
    flow.rst();
    expect(serverIdentity(net).identity.half).toBe(true);
  });

  it('comes from other connections where it never spoke in this one', () => {
    const net = new Network();
    const flow = net.tcp();
    flow.syn();
    flow.rst({ seq: 0, ttl: 99 });
    net.healthy('b.example', { serverTtl: 52 });
    const { identity, facts } = serverIdentity(net);
    expect(identity).toMatchObject({ source: 'address', half: true, packets: 1, ttls: [52] });
    expect(facts.ttl).toEqual({ suspect: 99, genuine: [52], difference: 47 });
  });

  it('may be unknown', () => {
    const net = new Network();
    const flow = net.tcp();
    flow.syn();
    flow.rst({ seq: 0 });
    const { identity, facts } = serverIdentity(net);
    expect(identity.source).toBe('none');
    expect(facts).toMatchObject({ ttl: null, df: null, windowMirror: null });
  });
});

describe('what a packet differs in', () => {
  it('takes the nearest TTL', () => {
    const net = new Network();
    const flow = net.tcp({ serverTtl: 45 }).connect();
    flow.hello('a.example');
    flow.serverAck({ ttl: 60 });
    flow.rst({ ttl: 63 });
    expect(serverIdentity(net).facts.ttl).toEqual({ suspect: 63, genuine: [45, 60], difference: 3 });
  });

  it('knows a copy of the peer’s IP ID and window; IP ID 0 and 1 are everybody’s', () => {
    for (const [clientIpId, resetIpId, isCopy] of [
      [9643, 9647, true],
      [9643, 9646, true],
      [9643, 9645, true],
      [9643, 9649, false],
      [0xffff_fffd, 0, false],
    ] as const) {
      const net = new Network();
      const flow = net.tcp({ clientIpId, clientWindow: 4104 }).connect();
      flow.clientData(10);
      flow.clientData(10);
      flow.rst({ ipId: resetIpId, window: 4104 });
      const { facts } = serverIdentity(net);
      expect(facts.ipIdMirror !== null).toBe(isCopy);
      expect(facts.windowMirror).toBe(4104);
    }
  });

  it('lets a window pass that the endpoint uses itself', () => {
    const net = new Network();
    const flow = net.tcp({ serverWindow: 64 }).connect();
    flow.hello('a.example');
    flow.rst({ window: 64 });
    expect(serverIdentity(net).facts).toMatchObject({ windowMirror: null, windowNonzero: null });
  });

  it('misses a timestamp only where every other packet has one and the kernel did not answer with IP ID 0', () => {
    for (const [ipId, packets] of [
      [0x4242, 1],
      [0, null],
    ] as const) {
      const net = new Network();
      const flow = net.tcp();
      flow.syn();
      flow.synAck({ tsval: 77 });
      flow.hello('a.example');
      flow.rst({ ipId });
      expect(serverIdentity(net).facts.stampMissing).toBe(packets);
    }
  });
});

it('counts hops from what operating systems start with', () => {
  expect([hopsFromStart(64), hopsFromStart(61), hopsFromStart(126), hopsFromStart(250)]).toEqual([0, 3, 2, 5]);
  expect([hopsFromStart(20), hopsFromStart(80), hopsFromStart(200), hopsFromStart(256)]).toEqual([
    null,
    null,
    null,
    null,
  ]);
});
