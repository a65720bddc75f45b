import { describe, expect, it } from 'vitest';
import type { Attempt } from '../flow/records.ts';
import { Network } from '../testkit/snapshots.ts';
import {
  type Control,
  networkOf,
  otherAddressSameMinute,
  otherResolver,
  sameAddressOtherName,
  sameNameOtherAddress,
  subjectOf,
} from './controls.ts';
import type { EvidenceBase } from './evidence-base.ts';

const ADDRESS = '203.0.113.7';

/** A reset hello, with whatever else the capture holds. */
function scene(build: (net: Network) => void, before: (net: Network) => void = () => {}): EvidenceBase {
  const net = new Network();
  before(net);
  const tls = net.tcp({ server: `${ADDRESS}:443` }).connect();
  tls.hello('blocked.example');
  tls.rst();
  build(net);
  return net.base();
}

function controls(
  find: (base: EvidenceBase, subject: ReturnType<typeof subjectOf>) => Control[],
  attempt: Partial<Attempt>,
  wait = 1000,
): Control['outcome'][] {
  const base = scene((net) => net.wait(wait).attempt(attempt));
  return find(base, subjectOf(base.tcp[0]!)).map((control) => control.outcome);
}

describe('same address, other name', () => {
  const other = { address: ADDRESS, name: 'other.example' };

  it('is one that was answered within ten minutes', () => {
    expect(controls(sameAddressOtherName, other)).toEqual(['ok']);
    expect(controls(sameAddressOtherName, other, 599_000)).toEqual(['ok']);
    expect(controls(sameAddressOtherName, other, 601_000)).toEqual([]);
  });

  it('is on the same port, over the same transport, of the same client', () => {
    expect(controls(sameAddressOtherName, { ...other, port: 8443 })).toEqual([]);
    expect(controls(sameAddressOtherName, { ...other, transport: 'quic' })).toEqual([]);
    expect(controls(sameAddressOtherName, { ...other, client: '10.0.0.3' })).toEqual([]);
  });

  it('compares hellos with hellos, not with requests', () => {
    expect(controls(sameAddressOtherName, { ...other, nameFrom: 'host' })).toEqual([]);
  });

  it('counts a hello without a name', () => {
    expect(controls(sameAddressOtherName, { address: ADDRESS, ja4: 't13i1516h2_8daaf6152771_02713d6af862' })).toEqual([
      'ok',
    ]);
    expect(controls(sameAddressOtherName, { address: ADDRESS })).toEqual([]);
  });

  it('takes no alert for an answer', () => {
    expect(controls(sameAddressOtherName, { ...other, received: 7 })).toEqual([]);
  });

  it.each(['connected', 'unanswered', 'refused', 'icmp-error', 'cancelled', 'unknown'] as const)(
    'takes %s for no result: no name decided it',
    (outcome) => {
      expect(controls(sameAddressOtherName, { ...other, outcome })).toEqual([]);
    },
  );

  it('never takes a failure inside the residual window', () => {
    const outcome = 'reset';
    expect(controls(sameAddressOtherName, { ...other, outcome }, 179_000)).toEqual([]);
    expect(controls(sameAddressOtherName, { ...other, outcome }, 182_000)).toEqual(['failed']);
    const before = scene(
      () => {},
      (net) => net.attempt({ ...other, outcome }).wait(200_000),
    );
    expect(sameAddressOtherName(before, subjectOf(before.tcp[0]!)).map((one) => one.outcome)).toEqual(['failed']);
  });

  it('takes a success inside that window', () => {
    expect(controls(sameAddressOtherName, other, 5000)).toEqual(['ok']);
  });

  it('takes no silence of packets that may have expired on the way', () => {
    const silent = { ...other, outcome: 'silent-after-request' } as const;
    expect(controls(sameAddressOtherName, silent, 200_000)).toEqual(['failed']);
    expect(controls(sameAddressOtherName, { ...silent, clientTtl: 12 }, 200_000)).toEqual([]);
  });

  it('takes no attempt for a success in which a reset came before the first answer', () => {
    const base = scene((net) => {
      net.wait(200_000);
      const tls = net.tcp({ server: `${ADDRESS}:443` }).connect();
      tls.hello('other.example');
      tls.rst({ after: 5 });
      tls.serverHello({ after: 40 });
    });
    expect(sameAddressOtherName(base, subjectOf(base.tcp[0]!)).map((one) => one.outcome)).toEqual(['failed']);
  });

  it('takes no attempt for a failure that the client gave up at once', () => {
    const base = scene((net) => {
      net.wait(200_000);
      const tls = net.tcp({ server: `${ADDRESS}:443` }).connect();
      tls.hello('other.example');
      tls.serverAck();
      tls.clientRst({ after: 100 });
    });
    expect(sameAddressOtherName(base, subjectOf(base.tcp[0]!))).toEqual([]);
  });

  it('carries the frames of its attempts, one control for each target', () => {
    const base = scene((net) => net.attempt(other).attempt(other));
    expect(sameAddressOtherName(base, subjectOf(base.tcp[0]!))).toEqual([
      {
        kind: 'same-address-other-name',
        outcome: 'ok',
        target: { domain: 'other.example', address: ADDRESS, port: 443 },
        frames: [6, 7],
      },
    ]);
  });
});

describe('same name, other address', () => {
  it('is the same name elsewhere on the same port', () => {
    const elsewhere = { address: '198.51.100.9', name: 'blocked.example' };
    expect(controls(sameNameOtherAddress, elsewhere)).toEqual(['ok']);
    expect(controls(sameNameOtherAddress, { ...elsewhere, outcome: 'reset' })).toEqual(['failed']);
    expect(controls(sameNameOtherAddress, { ...elsewhere, port: 80 })).toEqual([]);
    expect(controls(sameNameOtherAddress, { ...elsewhere, address: ADDRESS })).toEqual([]);
  });
});

describe('other addresses in the same minute', () => {
  const elsewhere = { address: '198.51.100.9', name: 'other.example' };

  it('is another name at another address, within the minute', () => {
    expect(controls(otherAddressSameMinute, elsewhere)).toEqual(['ok']);
    expect(controls(otherAddressSameMinute, elsewhere, 61_000)).toEqual([]);
    expect(controls(otherAddressSameMinute, { ...elsewhere, name: 'blocked.example' })).toEqual([]);
  });

  it('compares reaching an address where nothing was asked', () => {
    const net = new Network();
    const tcp = net.tcp({ server: `${ADDRESS}:443` });
    for (let retry = 0; retry < 4; retry++) tcp.syn({ after: 1000 });
    net.attempt({ ...elsewhere, outcome: 'connected' });
    net.attempt({ address: '198.51.100.10', outcome: 'unanswered', tries: 3, trySpan: 3 });
    net.attempt({ address: '198.51.100.11', outcome: 'unanswered', tries: 2, trySpan: 1 });
    net.attempt({ address: '198.51.100.12', outcome: 'unanswered', tries: 3, trySpan: 3, synData: true });
    net.attempt({ address: '198.51.100.13', outcome: 'cancelled' });
    const base = net.base();
    expect(
      otherAddressSameMinute(base, subjectOf(base.tcp[0]!)).map((one) => [one.outcome, one.target.address]),
    ).toEqual([
      ['ok', '198.51.100.9'],
      ['failed', '198.51.100.10'],
    ]);
  });
});

describe('other resolver', () => {
  it('is the same question put to another one', () => {
    const net = new Network();
    const asked = net.dns('blocked.example');
    asked.query();
    const answered = net.dns('blocked.example', { resolver: '8.8.8.8:53' });
    answered.query();
    answered.answer(['203.0.113.7']);
    const denied = net.dns('blocked.example', { resolver: '9.9.9.9:53' });
    denied.query();
    denied.answer([], { rcode: 3 });
    const cutShort = net.dns('blocked.example', { resolver: '1.1.1.1:53' });
    cutShort.query();
    const otherName = net.dns('other.example', { resolver: '8.8.4.4:53' });
    otherName.query();
    otherName.answer(['203.0.113.8']);
    const base = net.base();
    expect(otherResolver(base, base.exchanges[0]!).map((one) => [one.outcome, one.target.address])).toEqual([
      ['ok', '8.8.8.8'],
      ['failed', '9.9.9.9'],
    ]);
  });
});

describe('networkOf', () => {
  it('is the /16 or the /32', () => {
    expect(networkOf('203.0.113.7')).toBe('203.0');
    expect(networkOf('2001:db8:1::7')).toBe('2001:db8');
    expect(networkOf('2001:0db8::')).toBe('2001:db8');
    expect(networkOf('2001::7')).toBe('2001:0');
    expect(networkOf('::1')).toBe('0:0');
  });
});
