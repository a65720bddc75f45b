import { describe, expect, it } from 'vitest';
import { u8 } from '../testkit/bytes.ts';
import { httpRequest, httpResponse } from '../testkit/dns-bytes.ts';
import { CLIENT_ISN, type Connection, Following } from '../testkit/following.ts';
import { icmpError, udp } from '../testkit/packets.ts';
import { alert, applicationData, clientHello, serverHello } from '../testkit/tls-bytes.ts';
import type { Attempt, AttemptOutcome } from './records.ts';

const HELLO = clientHello({ sni: 'site.example' });
const REPLY = serverHello().subarray(0, 1_200);

/** The attempt that a story on the wire makes. */
function attemptOf(story: (c: Connection, wire: Following) => void): Attempt {
  const wire = new Following();
  story(wire.connect(), wire);
  wire.end();
  expect(wire.attempts).toHaveLength(1);
  return wire.attempts[0]!;
}

function asked(c: Connection): Connection {
  c.handshake();
  c.out('PA', { payload: HELLO });
  return c;
}

describe('how a try went', () => {
  const stories: [AttemptOutcome, string, (c: Connection, wire: Following) => void][] = [
    [
      'ok',
      'the server answered, and the client went on',
      (c) => {
        asked(c).in('PA', { payload: REPLY, after: 40 });
        c.out('PA', { payload: applicationData(80) });
        c.in('PA', { payload: applicationData(900) });
      },
    ],
    [
      'ok',
      'a reset that comes once everything was said',
      (c) => {
        asked(c).in('PA', { payload: REPLY, after: 40 });
        c.out('PA', { payload: applicationData(80) });
        c.in('PA', { payload: applicationData(900) });
        c.in('RA');
      },
    ],
    ['connected', 'a handshake and nothing asked', (c) => void c.handshake()],
    ['connected', 'the server speaks first', (c) => void c.handshake().in('PA', { payload: u8(50, 50, 48) })],
    [
      'unanswered',
      'SYNs without an answer',
      (c) => {
        c.out('S');
        c.out('S', { seq: CLIENT_ISN, after: 1_000 });
        c.out('S', { seq: CLIENT_ISN, after: 2_000 });
      },
    ],
    ['refused', 'a reset in answer to the SYN', (c) => [c.out('S'), c.in('RA', { after: 40 })]],
    ['reset', 'a reset in answer to the hello', (c) => void asked(c).in('RA', { after: 5 })],
    ['reset', 'a reset after the handshake, before anything was asked', (c) => void c.handshake().in('R')],
    [
      'reset',
      'a reset while TLS is still being negotiated',
      (c) => {
        asked(c).in('PA', { payload: REPLY.subarray(0, 200), after: 40 });
        c.in('RA');
      },
    ],
    [
      'silent-after-request',
      'a hello that was acknowledged and nothing else',
      (c, wire) => {
        asked(c).in('A', { after: 40 });
        wire.wait(5_000);
      },
    ],
    [
      'silent-after-request',
      'a hello that was never even acknowledged',
      (c, wire) => {
        asked(c);
        c.out('PA', { payload: HELLO, seq: CLIENT_ISN + 1, after: 300 });
        wire.wait(5_000);
      },
    ],
    ['closed-after-request', 'a FIN in answer to the hello', (c) => void asked(c).in('FA', { after: 40 })],
    [
      'icmp-error',
      'a router that says prohibited',
      (c, wire) => {
        c.out('S');
        const router = { source: '10.0.0.1', destination: c.client };
        wire.packet(icmpError(router, { type: 3, code: 13, quoted: c.last }));
      },
    ],
    [
      'cancelled',
      'a single SYN, long before the capture ends',
      (c, wire) => {
        c.out('S');
        wire.wait(5_000);
      },
    ],
    ['cancelled', 'the client takes its SYN back', (c) => [c.out('S'), c.out('R', { after: 300 })]],
    ['unknown', 'a single SYN at the end of the capture', (c) => void c.out('S')],
    ['unknown', 'a hello at the end of the capture', (c, wire) => [asked(c).in('A'), wire.wait(2_000)]],
    [
      'unknown',
      'only the client was captured',
      (c, wire) => {
        c.out('S');
        c.out('A');
        c.out('PA', { payload: HELLO });
        wire.wait(9_000);
      },
    ],
    [
      'unknown',
      'joined midway, one side only',
      (c, wire) => {
        c.out('PA', { payload: HELLO });
        wire.wait(9_000);
      },
    ],
  ];
  it.each(stories)('is %s: %s', (outcome, _, story) => {
    expect(attemptOf(story).outcome).toBe(outcome);
  });

  it('is nothing where a flow was joined midway and names no target', () => {
    const wire = new Following();
    const c = wire.connect();
    c.in('PA', { payload: u8(1, 2, 3) });
    c.out('A');
    wire.end();
    expect(wire.attempts).toEqual([]);
  });

  it('of datagrams is told by answers, errors and time', () => {
    const network = { source: '10.0.0.2', destination: '203.0.113.7' };
    const ports = { sourcePort: 50_000, destinationPort: 9_000 };
    const play = (story: (wire: Following, datagram: Uint8Array) => void): AttemptOutcome => {
      const wire = new Following();
      const datagram = udp(network, ports, u8(1, 2, 3, 4));
      wire.packet(datagram);
      story(wire, datagram);
      wire.end();
      return wire.attempts[0]!.outcome;
    };
    expect(play(() => {})).toBe('unknown');
    expect(play((wire) => wire.wait(3_500))).toBe('unanswered');
    const error = { source: '203.0.113.7', destination: '10.0.0.2' };
    expect(play((wire, quoted) => wire.packet(icmpError(error, { type: 3, code: 3, quoted })))).toBe('icmp-error');
    const back = udp(error, { sourcePort: 9_000, destinationPort: 50_000 }, u8(1));
    expect(play((wire) => wire.packet(back))).toBe('ok');
  });
});

describe('what a try says', () => {
  it('counts SYNs, their span and frames', () => {
    const attempt = attemptOf((c) => {
      c.out('S', { ttl: 61 });
      for (const after of [1_000, 2_000, 4_000]) c.out('S', { seq: CLIENT_ISN, after, ttl: 61 });
    });
    expect(attempt).toMatchObject({
      tries: 4,
      trySpan: 7,
      frames: [1, 2, 3, 4],
      clientTtl: 61,
      received: 0,
      rounds: 0,
    });
  });

  it('lists 16 frames of SYNs at most', () => {
    const attempt = attemptOf((c) => {
      for (let syn = 0; syn < 30; syn++) c.out('S', { seq: CLIENT_ISN, after: 1_000 });
    });
    expect(attempt).toMatchObject({ tries: 30, trySpan: 29 });
    expect(attempt.frames).toHaveLength(16);
  });

  it('names target, hello and fingerprint', () => {
    const attempt = attemptOf((c) => void asked(c).in('PA', { payload: REPLY, after: 40 }));
    expect(attempt).toMatchObject({
      client: '10.0.0.2',
      address: '203.0.113.7',
      port: 443,
      transport: 'tcp',
      name: 'site.example',
      nameFrom: 'sni',
      received: 1_200,
      synData: false,
    });
    expect(attempt.ja4).toMatch(/^t13d1[0-9a-z]+_[0-9a-f]{12}_[0-9a-f]{12}$/);
    expect(attempt.helloLength).toBeGreaterThan(200);
    const web = attemptOf((c) => void c.handshake().out('PA', { payload: httpRequest({ host: 'site.example' }) }));
    expect(web).toMatchObject({ name: 'site.example', nameFrom: 'host', ja4: null });
  });

  it.each([1, 2, 3, 5])('counts %i rounds of request and response, not what is sent again', (rounds) => {
    const attempt = attemptOf((c) => {
      c.handshake();
      for (let round = 0; round < rounds; round++) {
        const seq = c.clientNext;
        const payload = httpRequest({ host: 'site.example', target: `/${round}` });
        c.out('PA', { payload });
        c.out('PA', { payload, seq, after: 300 });
        c.in('A', { payload: httpResponse().subarray(0, 100), after: 40 });
        c.in('PA', { payload: httpResponse().subarray(100) });
      }
    });
    expect(attempt).toMatchObject({ rounds, outcome: 'ok' });
  });
});

describe('a snapshot', () => {
  it('tells the totals of both directions', () => {
    const wire = new Following();
    const c = asked(wire.connect());
    c.out('PA', { payload: HELLO, seq: CLIENT_ISN + 1, after: 300, ttl: 63 });
    c.copy();
    c.in('A', { payload: REPLY, after: 40, df: false });
    c.in('PA', { payload: applicationData(10), ttl: 50 });
    expect(wire.only()).toMatchObject({
      toServer: {
        packets: 4,
        dataPackets: 2,
        bytes: 2 * HELLO.length,
        retransmitted: 1,
        duplicates: 1,
        ttlMin: 63,
        ttlMax: 64,
        sawDf: true,
        sawNoDf: false,
      },
      toClient: { packets: 3, dataPackets: 2, bytes: 1_215, retransmitted: 0, ttlMin: 50, ttlMax: 52, sawNoDf: true },
    });
  });

  it('reads alerts of the server', () => {
    const wire = new Following();
    asked(wire.connect()).in('PA', { payload: alert(112), after: 40 });
    expect(wire.only().reply).toMatchObject({
      kind: 'tls',
      serverHello: false,
      alerts: [{ level: 2, description: 112 }],
    });
  });

  it('reads the names of a certificate in pieces', () => {
    const wire = new Following();
    const c = asked(wire.connect());
    const reply = serverHello({ tls12: true, names: ['site.example', 'www.site.example'] });
    for (let at = 0; at < reply.length; at += 400) c.in('A', { payload: reply.subarray(at, at + 400) });
    expect(wire.only().reply).toMatchObject({
      frame: 5,
      serverHello: true,
      certificateNames: ['site.example', 'www.site.example'],
    });
  });
});
