import { describe, expect, test } from 'vitest';
import { Network } from '../testkit/snapshots.ts';
import { hopsOf, isUnanswered, ReachabilityView } from './reachability.ts';

const TARGET = '198.51.100.20';
const CLIENT = '10.0.0.2';

function syns(net: Network, server: string, count: number, every = 1000): void {
  const tcp = net.tcp({ client: `${CLIENT}:50001`, server, outcome: count > 1 ? 'unanswered' : 'cancelled' });
  for (let syn = 0; syn < count; syn++) tcp.syn({ after: every });
}

test('hops come from the nearest start value above, where the path is not too long to believe', () => {
  expect([64, 62, 59, 128, 115, 255, 250, 240].map(hopsOf)).toEqual([0, 2, 5, 0, 13, 0, 5, 15]);
  expect([0, 20, 200, 256].map(hopsOf)).toEqual([null, null, null, null]);
});

describe('silent ports', () => {
  test('are counted over flows, in the order of their first tries', () => {
    const net = new Network();
    syns(net, `${TARGET}:443`, 4, 1100);
    syns(net, `${TARGET}:443`, 2);
    syns(net, `${TARGET}:80`, 2);
    const [reach, ...others] = new ReachabilityView(net.base()).addresses;
    expect(others).toEqual([]);
    expect(reach!.silent).toMatchObject([
      { port: 443, attempts: 2, tries: 6 },
      { port: 80, attempts: 1, tries: 2, seconds: 1 },
    ]);
    expect(reach!.silent.map(isUnanswered)).toEqual([true, false]);
  });

  test('a single SYN that is followed by another at once was not waited for', () => {
    const net = new Network();
    for (let flow = 0; flow < 12; flow++) syns(net, `${TARGET}:443`, 1, 300);
    expect(new ReachabilityView(net.base()).addresses).toEqual([]);
  });
});

describe('the network around a silence', () => {
  test('worked before, during and after; the address itself is not asked', () => {
    const net = new Network();
    net.attempt({ address: '203.0.113.80' });
    net.wait(5000);
    const first = net.now * 1e6;
    net.attempt({ address: TARGET });
    net.wait(5000);
    const last = net.now * 1e6;
    const view = new ReachabilityView(net.base());
    expect(view.networkBetween(CLIENT, TARGET, first, last)).toEqual({
      during: false,
      before: true,
      after: false,
      othersSilent: false,
      othersFailed: false,
    });
    expect(view.networkBetween(CLIENT, TARGET, first + 120e9, last + 120e9).before).toBe(false);
    expect(view.networkBetween('10.0.0.9', TARGET, first, last).before).toBe(false);
  });

  test('tells addresses that never answer from those that do at other times', () => {
    const net = new Network();
    net.attempt({ address: '203.0.113.80' });
    net.wait(70_000);
    const first = net.now * 1e6;
    syns(net, '203.0.113.80:443', 3);
    syns(net, '203.0.113.99:443', 3);
    const state = new ReachabilityView(net.base()).networkBetween(CLIENT, TARGET, first, net.now * 1e6);
    expect(state).toEqual({ during: false, before: false, after: false, othersSilent: true, othersFailed: true });
  });

  test('a resolver that answers shows that one is not cut off, but not that the way beyond it is open', () => {
    const net = new Network();
    const first = net.now * 1e6;
    const dns = net.dns('example.org', { resolver: '203.0.113.53:53' });
    dns.query({ after: 100 });
    dns.answer(['192.0.2.1']);
    net.wait(100);
    syns(net, `${TARGET}:443`, 4, 1100);
    const view = new ReachabilityView(net.base());
    expect(view.isCutOff(CLIENT)).toBe(false);
    expect(view.networkBetween(CLIENT, TARGET, first, net.now * 1e6).during).toBe(false);
  });

  test('an attempt that began meanwhile counts, the last packet of an older flow does not', () => {
    for (const [began, during] of [
      [2000, true],
      [-500, false],
    ] as const) {
      const net = new Network();
      const first = net.now * 1e6;
      net.attempt({ address: '203.0.113.80', firstTime: first + began * 1e6, lastTime: first + 3e9 });
      const state = new ReachabilityView(net.base()).networkBetween(CLIENT, TARGET, first, first + 4e9);
      expect([began, state.during]).toEqual([began, during]);
    }
  });

  test('a forged reset is no sign of life', () => {
    const net = new Network();
    const first = net.now * 1e6;
    net.wait(10).attempt({ address: '203.0.113.80', outcome: 'reset' }).wait(10);
    expect(new ReachabilityView(net.base()).networkBetween(CLIENT, TARGET, first, net.now * 1e6).during).toBe(false);
  });
});
