import { describe, expect, it } from 'vitest';
import type { Attempt } from '../flow/records.ts';
import { Network, type TcpOptions, type TcpScript } from '../testkit/snapshots.ts';
import { attributeTrigger, type TriggerAttribution } from './trigger.ts';

const SERVER = '198.51.100.41:443';
const ADDRESS = '198.51.100.41';
const NAME = 'blocked.example';

function resetHello(net: Network, options: TcpOptions & { name?: string | null } = {}): TcpScript {
  const { name = NAME, ...rest } = options;
  const tls = net.tcp({ server: SERVER, ...rest }).connect();
  tls.hello(name);
  tls.rst({ after: 8 });
  return tls;
}

function attribute(net: Network, at = 0): TriggerAttribution {
  const base = net.base();
  return attributeTrigger(base.tcp[at]!, base);
}

function failed(net: Network, attempt: Partial<Attempt>): void {
  net.wait(1000).attempt({ outcome: 'reset', ...attempt });
}

describe('a name', () => {
  it('is possible by the position after the hello alone', () => {
    const net = new Network();
    resetHello(net);
    expect(attribute(net)).toMatchObject({ kind: 'tls-sni', value: NAME, confidence: 'possible' });
  });

  it('is likely when it fails again and another name works at the same address and port (a)', () => {
    const net = new Network();
    resetHello(net);
    net.healthy('other.example', { server: SERVER });
    resetHello(net);
    const found = attribute(net);
    expect(found).toMatchObject({ kind: 'tls-sni', confidence: 'likely' });
    expect(found.controls).toMatchObject([
      { kind: 'same-address-other-name', outcome: 'ok', target: { domain: 'other.example', address: ADDRESS } },
    ]);
    expect(found.evidence.map((item) => item.kind)).toEqual(['repeated', 'control-ok']);
  });

  it('is possible with that control but a single failure', () => {
    const net = new Network();
    resetHello(net);
    net.healthy('other.example', { server: SERVER });
    expect(attribute(net).confidence).toBe('possible');
  });

  it('counts a hello without a name, or with an encrypted one, as other name (c)', () => {
    const net = new Network();
    resetHello(net);
    net.healthy(null, { server: SERVER });
    resetHello(net);
    expect(attribute(net)).toMatchObject({ kind: 'tls-sni', confidence: 'likely' });
  });

  it('is confirmed when it also fails in another network (a and b)', () => {
    const net = new Network();
    resetHello(net);
    net.healthy('other.example', { server: SERVER });
    failed(net, { address: '203.0.113.9', name: NAME });
    const found = attribute(net);
    expect(found.confidence).toBe('confirmed');
    expect(found.evidence.find((item) => item.kind === 'name-fails-in-networks')?.params).toEqual({
      networks: ['198.51', '203.0'],
    });
  });

  it('takes two addresses of one /16 for one network', () => {
    const net = new Network();
    resetHello(net);
    net.healthy('other.example', { server: SERVER });
    failed(net, { address: '198.51.7.7', name: NAME });
    expect(attribute(net).confidence).toBe('possible');
  });

  it('is likely when it fails in two networks while other addresses work in the same minute', () => {
    const net = new Network();
    resetHello(net);
    failed(net, { address: '203.0.113.9', name: NAME });
    expect(attribute(net).confidence).toBe('possible');

    const controlled = new Network();
    resetHello(controlled);
    failed(controlled, { address: '203.0.113.9', name: NAME });
    controlled.healthy('other.example', { server: '192.0.2.80:443' });
    expect(attribute(controlled).confidence).toBe('likely');
  });

  it('ignores controls more than ten minutes away', () => {
    const net = new Network();
    resetHello(net);
    resetHello(net);
    net.wait(700_000).healthy('other.example', { server: SERVER });
    expect(attribute(net).confidence).toBe('possible');
  });

  it('does not hold failures inside the residual window against the name', () => {
    const net = new Network();
    resetHello(net);
    failed(net, { address: ADDRESS, name: 'innocent.example' });
    const found = attribute(net);
    expect(found).toMatchObject({ kind: 'tls-sni', confidence: 'possible' });
    expect(found.controls).toEqual([]);
  });

  it('is lowered when the same name got through as often as not', () => {
    const net = new Network();
    resetHello(net);
    net.attempt({ address: ADDRESS, name: NAME });
    expect(attribute(net)).toMatchObject({ kind: 'unknown', confidence: 'inconclusive' });
  });

  it('is lowered when it works at another address', () => {
    const net = new Network();
    resetHello(net);
    resetHello(net);
    net.healthy('other.example', { server: SERVER });
    net.healthy(NAME, { server: '203.0.113.9:443' });
    expect(attribute(net).confidence).toBe('possible');
  });

  it('of a hello cut by the snapshot length is unknown', () => {
    const net = new Network();
    const tls = resetHello(net);
    tls.trigger = { ...tls.trigger!, truncated: true };
    expect(attribute(net)).toMatchObject({ kind: 'unknown', confidence: 'inconclusive' });
  });

  it('is not pointed at by a reset after a long answer', () => {
    const net = new Network();
    const tls = net.tcp({ server: SERVER }).connect();
    tls.hello(NAME);
    for (let segment = 0; segment < 12; segment++) tls.serverData(1400);
    tls.rst();
    expect(attribute(net).kind).toBe('unknown');
  });

  it('in a DNS query over TCP is a dns-name', () => {
    const net = new Network();
    const dns = net.tcp({ server: '8.8.8.8:53' }).connect();
    dns.request(NAME);
    dns.trigger = { ...dns.trigger!, kind: 'dns-query', http: null };
    dns.rst();
    expect(attribute(net)).toMatchObject({ kind: 'dns-name', value: NAME, confidence: 'possible' });
  });
});

describe('a Host', () => {
  function resetRequest(net: Network, host: string): void {
    const http = net.tcp({ server: '198.51.100.41:80' }).connect();
    http.request(host);
    http.rst({ after: 8 });
  }

  it('follows the same logic', () => {
    const net = new Network();
    resetRequest(net, NAME);
    const ok = net.tcp({ server: '198.51.100.41:80', healthy: true }).connect();
    ok.request('other.example');
    ok.response();
    resetRequest(net, NAME);
    expect(attribute(net)).toMatchObject({ kind: 'http-host', value: NAME, confidence: 'likely' });
  });

  it('that is only the address is no name', () => {
    for (const host of [ADDRESS, `${ADDRESS}:8080`, '[2001:db8::1]', '2001:db8::1']) {
      const net = new Network();
      resetRequest(net, host);
      expect(attribute(net)).toMatchObject({ kind: 'http-content', confidence: 'possible' });
    }
    const net = new Network();
    resetRequest(net, 'named.example:8080');
    expect(attribute(net).kind).toBe('http-host');
  });
});

describe('the fingerprint of the hello', () => {
  const working = 't13d1517h2_5b57614c22b0_3d5424432f57';

  it('is likely when two of each kind with one name to one address fail and work', () => {
    const net = new Network();
    resetHello(net);
    resetHello(net);
    net.attempt({ address: ADDRESS, name: NAME, ja4: working }).attempt({ address: ADDRESS, name: NAME, ja4: working });
    const found = attribute(net);
    expect(found).toMatchObject({ kind: 'tls-fingerprint', confidence: 'likely' });
    expect(found.evidence[0]!.params).toMatchObject({ attribute: 'ja4' });
  });

  it('is possible with one of each', () => {
    const net = new Network();
    resetHello(net);
    net.attempt({ address: ADDRESS, name: NAME, ja4: working });
    expect(attribute(net)).toMatchObject({ kind: 'tls-fingerprint', confidence: 'possible' });
  });

  it('says ALPN where only that differs', () => {
    const net = new Network();
    resetHello(net);
    net.attempt({ address: ADDRESS, name: NAME, ja4: 't13d1516h1_8daaf6152771_02713d6af862' });
    expect(attribute(net).evidence[0]!.params).toEqual({ attribute: 'alpn', failing: 'h2', working: 'h1' });
  });

  it('is never more than possible by size, which tickets and the path change too', () => {
    const net = new Network();
    resetHello(net);
    resetHello(net);
    const ja4 = 't13d1516h2_8daaf6152771_02713d6af862';
    for (let time = 0; time < 2; time++) net.attempt({ address: ADDRESS, name: NAME, ja4, helloLength: 1700 });
    expect(attribute(net)).toMatchObject({ kind: 'tls-fingerprint', confidence: 'possible' });
  });

  it('explains nothing when the same kind of hello both fails and works', () => {
    const net = new Network();
    resetHello(net);
    resetHello(net);
    net.attempt({ address: ADDRESS, name: NAME, ja4: 't13d1516h2_8daaf6152771_02713d6af862', helloLength: 517 });
    expect(attribute(net)).toMatchObject({ kind: 'tls-sni', confidence: 'possible' });
  });
});

describe('an address or port', () => {
  /** Other names fail before the trigger event, so no residual window covers them. */
  function everyNameFails(net: Network): void {
    failed(net, { address: ADDRESS, name: 'innocent.example' });
    net.wait(400_000);
    resetHello(net);
  }

  it('is the address when every name and another port fail the same way', () => {
    const net = new Network();
    everyNameFails(net);
    failed(net, { address: ADDRESS, port: 80 });
    expect(attribute(net)).toMatchObject({ kind: 'ip-address', value: ADDRESS, confidence: 'likely' });
  });

  it('is the port when every name fails there and another port works', () => {
    const net = new Network();
    everyNameFails(net);
    net.attempt({ address: ADDRESS, port: 8443 });
    expect(attribute(net)).toMatchObject({ kind: 'port', value: '443', confidence: 'possible' });
  });

  it('is unknown when every name fails and nothing else was tried', () => {
    const net = new Network();
    everyNameFails(net);
    expect(attribute(net)).toMatchObject({ kind: 'unknown', confidence: 'inconclusive' });
  });

  function resetSyn(net: Network, server = SERVER): TcpScript {
    const tcp = net.tcp({ server });
    tcp.syn();
    tcp.rst({ after: 8 });
    tcp.synAck({ after: 100 });
    return tcp;
  }

  it('is the address, possibly, when the SYN is answered by interference', () => {
    const net = new Network();
    resetSyn(net);
    expect(attribute(net)).toMatchObject({ kind: 'ip-address', value: ADDRESS, confidence: 'possible' });
  });

  it('is the address, likely, when another port fails and other addresses work', () => {
    const net = new Network();
    resetSyn(net);
    failed(net, { address: ADDRESS, port: 80 });
    net.healthy('control.example', { server: '203.0.113.80:443' });
    expect(attribute(net)).toMatchObject({ kind: 'ip-address', confidence: 'likely' });
  });

  it('is the port when the address works on another one', () => {
    const net = new Network();
    resetSyn(net);
    net.attempt({ address: ADDRESS, port: 80 });
    expect(attribute(net)).toMatchObject({ kind: 'port', value: '443', confidence: 'possible' });
  });

  it('is unknown when the same address and port work at other times', () => {
    const net = new Network();
    resetSyn(net);
    net.healthy('control.example', { server: SERVER });
    expect(attribute(net).kind).toBe('unknown');
  });

  it('is unknown inside the residual window of a name', () => {
    const net = new Network();
    failed(net, { address: ADDRESS, name: NAME });
    net.wait(1000);
    resetSyn(net);
    expect(attribute(net)).toMatchObject({ kind: 'unknown', confidence: 'inconclusive' });
  });

  it('is not read from a hello that came only after the reset', () => {
    const net = new Network();
    const tls = resetSyn(net);
    tls.ack();
    tls.hello(NAME);
    expect(attribute(net).kind).toBe('ip-address');
  });

  it('gives way to the name where the reset overtook the hello on its way to a capture at the server', () => {
    const scene = (after: number): TriggerAttribution => {
      const net = new Network({ role: 'server', local: new Set([ADDRESS]) });
      const tls = net.tcp({ server: SERVER, atServer: true }).connect();
      tls.clientRst({ after: 1 });
      tls.hello(NAME, { after });
      return attribute(net);
    };
    expect(scene(3)).toMatchObject({ kind: 'tls-sni', confidence: 'possible' });
    expect(scene(500).kind).toBe('ip-address');
  });

  it('is unknown for a flow joined midway', () => {
    const net = new Network();
    const tls = net.tcp({ server: SERVER, outcome: 'unknown' });
    tls.ack();
    tls.rst();
    expect(attribute(net)).toMatchObject({ kind: 'unknown', confidence: 'inconclusive' });
  });
});

describe('a protocol', () => {
  it('is possible, and likely repeated, where TLS passes at the same address and port', () => {
    const reset = (net: Network): void => {
      const flow = net.tcp({ server: SERVER }).connect();
      flow.payload();
      flow.rst({ after: 8 });
    };
    const once = new Network();
    reset(once);
    once.healthy('other.example', { server: SERVER });
    expect(attribute(once)).toMatchObject({ kind: 'protocol', confidence: 'possible' });

    const twice = new Network();
    reset(twice);
    twice.healthy('other.example', { server: SERVER });
    reset(twice);
    expect(attribute(twice)).toMatchObject({ kind: 'protocol', confidence: 'likely' });
  });

  it('is unknown without a comparison', () => {
    const net = new Network();
    const flow = net.tcp({ server: SERVER }).connect();
    flow.payload();
    flow.rst({ after: 8 });
    expect(attribute(net)).toMatchObject({ kind: 'unknown', confidence: 'inconclusive' });
  });
});
