// Forged resets (detection rule 1.1).
import { describe } from 'vitest';
import { fromHex } from '../bytes.ts';
import { cutTo, doubledAsAny, mergedByOffload, oneDirection, withoutHandshakes } from '../cripplers.ts';
import type { Net } from '../network.ts';
import { scenario } from '../scenario.ts';
import { BLOCKED, FREE, FREE_TOO, MIRROR, OTHER, OTHER6, SITE, SITE_WEB, SITE6 } from './places.ts';

describe('the other end goes on', () => {
  scenario('SNI-triggered RST, server also answers', (net) => {
    const tls = net.connect({ server: SITE, rtt: 84, serverHops: 14 });
    tls.clientHello({ sni: BLOCKED });
    tls.inject.rst({ after: 3, hops: 6, ipId: 0 });
    tls.serverHello(); // arrives late: the server never closed
  }).expect({ trigger: 'tls-sni', interference: 'rst-injection', confidence: 'confirmed', evidence: ['too-soon'] });

  scenario('and the client is gone by then: its kernel resets what still comes', (net) => {
    const tls = net.connect({ server: SITE, rtt: 84 });
    tls.clientHello({ sni: BLOCKED });
    tls.inject.rst({ after: 3, hops: 6, ipId: 0x5c1f });
    tls.serverHello({ lost: 'before-capture' });
    tls.serverHello({ after: 200 });
  }).expect({ interference: 'rst-injection', atLeast: 'likely', target: BLOCKED });

  scenario('three identical resets and the genuine answer after them', (net) => {
    for (let attempt = 0; attempt < 2; attempt++) {
      const tls = net.connect({ server: SITE, rtt: 160, serverHops: 17 });
      tls.clientHello({ sni: BLOCKED });
      tls.inject.rst({
        after: 11,
        ttl: 115 + 9 * attempt,
        ipId: 0x206e + 77 * attempt,
        df: true,
        window: 1490 + 9 * attempt,
        count: 3,
      });
      tls.serverHello();
    }
  }).expect({
    interference: 'rst-injection',
    variant: 'rst-ack-burst',
    confidence: 'confirmed',
    evidence: ['reset-burst', 'ttl-window-step'],
  });

  scenario('a SYN is answered by three resets, and by a SYN-ACK after them', (net) => {
    net.visit({ server: OTHER, sni: FREE });
    for (let attempt = 0; attempt < 3; attempt++) {
      const web = net.dial({ server: SITE, rtt: 240 });
      web.syn();
      web.inject.rst({
        after: 8,
        ttl: 65 + attempt,
        window: 4229 + attempt,
        ipId: 0x7001 + attempt,
        df: true,
        count: 3,
      });
      web.synAck();
      web.reset('client', { flags: 'R' });
    }
  }).expect({
    interference: 'rst-injection',
    atLeast: 'likely',
    target: '93.184.215.14',
    evidence: ['syn-ack-after-reset'],
  });

  scenario('the endpoint only acknowledges after its reset', (net) => {
    const tls = net.connect({ server: SITE, rtt: 60 });
    tls.clientHello({ sni: BLOCKED });
    tls.inject.rst({ after: 40, ttl: 52, ipId: 0, df: true });
    tls.serverAck();
  }).expect({ interference: 'rst-injection', atMost: 'likely', evidence: ['ack-after-reset'] });

  scenario('a reset beyond the window is not taken, and the connection goes on', (net) => {
    const tls = net.connect({ server: SITE, rtt: 84 });
    tls.clientHello({ sni: BLOCKED });
    tls.inject.rst({ after: 3, hops: 6, ipId: 0x1234, window: 900, seqOffset: 1_000_000, ignored: true });
    tls.serverHello();
    tls.talk(2);
  }).expect({ interference: 'rst-injection', atLeast: 'likely', effect: 'survived', outcome: [BLOCKED, 'attempted'] });

  scenario('retries after a forged reset get through', (net) => {
    const first = net.connect({ server: SITE, rtt: 84 });
    first.clientHello({ sni: BLOCKED });
    first.inject.rst({ after: 3, hops: 6, ipId: 0x1234, window: 900 });
    first.serverHello();
    for (let retry = 0; retry < 2; retry++) net.visit({ server: SITE, sni: BLOCKED, rtt: 84 });
  }).expect({ interference: 'rst-injection', atLeast: 'likely', outcome: [BLOCKED, 'attempted'] });
});

describe('it is not the endpoint’s handwriting', () => {
  /** A hello that is answered by one reset and nothing else. */
  const once = (net: Net, settings: Parameters<ReturnType<Net['connect']>['inject']['rst']>[0]): void => {
    const tls = net.connect({ server: SITE, rtt: 60, serverHops: 12 });
    tls.clientHello({ sni: BLOCKED });
    tls.inject.rst(settings);
  };

  scenario('IP ID and window of the client’s own packet', (net) => {
    once(net, { after: 62, ttl: 52, mirror: true });
  }).expect({ interference: 'rst-injection', confidence: 'likely', evidence: ['ip-id-mirrors-peer'] });

  scenario('only the IP ID is the client’s, long after the request', (net) => {
    const tls = net.connect({ server: SITE, rtt: 60 });
    tls.clientHello({ sni: BLOCKED });
    tls.serverHello();
    tls.talk(6);
    tls.wait(4000);
    tls.clientAck();
    tls.inject.rst({ after: 3000, ttl: 52, df: true, window: 0, mirror: true });
  }).expect({ interference: 'rst-injection', atMost: 'likely', evidence: ['ip-id-mirrors-peer'] });

  scenario('another TTL and a window', (net) => {
    once(net, { after: 62, ttl: 47, ipId: 0, df: true, window: 8192 });
  }).expect({ interference: 'rst-injection', confidence: 'likely', evidence: ['ttl-differs', 'window-nonzero'] });

  scenario('another TTL, and DF against all it sent before', (net) => {
    once(net, { after: 62, ttl: 115, ipId: 0x9921, df: false });
  }).expect({ interference: 'rst-injection', confidence: 'likely', evidence: ['ttl-differs', 'df-differs'] });

  scenario('nothing but another TTL', (net) => {
    once(net, { after: 62, ttl: 58, ipId: 0, df: true });
  }).expect({ interference: 'rst-injection', confidence: 'possible', forged: 'any' });

  scenario('reserved bits, as some injectors leave them', (net) => {
    once(net, { after: 62, ttl: 43, ipId: 0x5b59, df: true, window: 65_535, reserved: 0x300 });
  }).expect({ interference: 'rst-injection', confidence: 'likely', evidence: ['reserved-bits'] });

  scenario('three identical resets whose IP ID is not 0', (net) => {
    once(net, { after: 62, ttl: 52, ipId: 0xb90b, df: true, count: 3 });
  }).expect({ interference: 'rst-injection', confidence: 'likely', evidence: ['reset-burst'] });

  scenario('window minus TTL is the same in bursts of different TTLs', (net) => {
    for (const ttl of [128, 166, 174])
      once(net, { after: 62, ttl, ipId: 0x4000 + ttl, df: true, window: 1375 + ttl, count: 3 });
  }).expect({ interference: 'rst-injection', atLeast: 'likely', evidence: ['ttl-window-step'] });

  scenario('the ten bytes that one provincial box sends along', (net) => {
    once(net, { after: 3, ttl: 58, ipId: 1, df: false, payload: fromHex('01020304050607080900') });
  }).expect({ interference: 'rst-injection', confidence: 'confirmed', evidence: ['known-payload'] });

  scenario('over IPv6: another hop limit and a window, no flow label', (net) => {
    net.visit({ server: OTHER6, sni: FREE });
    const tls = net.connect({ server: SITE6, rtt: 60 });
    tls.clientHello({ sni: BLOCKED });
    tls.inject.rst({ after: 4, ttl: 60, window: 1022 });
    tls.serverHello();
  }).expect({ interference: 'rst-injection', atLeast: 'likely', target: BLOCKED });
});

describe('because of what', () => {
  scenario('the name: another name works on the same address, and the name fails in two networks', (net) => {
    for (const server of [SITE, MIRROR]) {
      net.visit({ server, sni: FREE });
      for (let attempt = 0; attempt < 2; attempt++) {
        const tls = net.connect({ server, rtt: 84 });
        tls.clientHello({ sni: BLOCKED });
        tls.inject.rst({ after: 3, hops: 6, ipId: 0x77, window: 700 });
        tls.serverHello();
      }
    }
  }).expect({
    technique: 'sni-filtering',
    trigger: 'tls-sni',
    triggerAtLeast: 'likely',
    confidence: 'confirmed',
    outcome: [BLOCKED, 'blocked'],
  });

  scenario('the name, with one control only', (net) => {
    net.visit({ server: SITE, sni: FREE });
    const tls = net.connect({ server: SITE, rtt: 84 });
    tls.clientHello({ sni: BLOCKED });
    tls.inject.rst({ after: 3, hops: 6, ipId: 0x77, window: 700 });
    tls.serverHello();
  }).expect({ trigger: 'tls-sni', triggerAtMost: 'likely', atLeast: 'likely' });

  scenario('a name in an HTTP request', (net) => {
    net.visit({ server: SITE_WEB, host: FREE });
    for (let attempt = 0; attempt < 3; attempt++) {
      const web = net.connect({ server: SITE_WEB, rtt: 90 });
      web.request({ host: BLOCKED });
      web.inject.rst({ after: 4, ttl: 70, ipId: 0x8bc6, window: 2453, count: 3 });
      web.response();
    }
    net.visit({ server: SITE_WEB, host: FREE_TOO });
  }).expect({ technique: 'http-filtering', trigger: 'http-host', triggerAtLeast: 'possible', confidence: 'confirmed' });

  scenario('a hello split over segments and records', (net) => {
    net.visit({ server: SITE, sni: FREE });
    const tls = net.connect({ server: SITE, rtt: 84 });
    tls.clientHello({ sni: BLOCKED, postQuantum: true, recordSize: 300, mss: 700 });
    tls.inject.rst({ after: 3, hops: 6, ipId: 0x77, window: 700 });
    tls.serverHello();
  }).expect({ trigger: 'tls-sni', target: BLOCKED, atLeast: 'likely' });

  scenario(
    'identical resets right after one name, thrice, while another works: possible, as the server may mean it',
    (net) => {
      net.visit({ server: SITE, sni: FREE });
      for (let attempt = 0; attempt < 3; attempt++) {
        const tls = net.connect({ server: SITE, rtt: 60 });
        tls.clientHello({ sni: BLOCKED });
        tls.inject.rst({ after: 62, ttl: 52, ipId: 0, df: true });
        net.wait(2000);
      }
      net.visit({ server: SITE, sni: FREE_TOO });
    },
  ).expect({ interference: 'rst-injection', confidence: 'possible', alternatives: ['server-policy'], forged: 'any' });

  scenario('identical resets right after one name in two networks, while others work in both: likely', (net) => {
    for (const [server, sni] of [
      [SITE, FREE],
      [MIRROR, FREE_TOO],
    ] as const) {
      net.visit({ server, sni });
      for (let attempt = 0; attempt < 3; attempt++) {
        const tls = net.connect({ server, rtt: 60 });
        tls.clientHello({ sni: BLOCKED });
        tls.inject.rst({ after: 62, ttl: 52, ipId: 0, df: true });
        net.wait(2000);
      }
    }
  }).expect({ interference: 'rst-injection', confidence: 'likely' });
});

describe('where', () => {
  scenario(
    'seen at the server: the client’s reset is not the client’s',
    (net) => {
      for (let attempt = 0; attempt < 3; attempt++) {
        const web = net.connect({ client: '185.15.59.7', server: '192.168.1.10:80', rtt: 90, serverHops: 16 });
        web.request({ host: BLOCKED });
        web.inject.rst({ to: 'server', after: 2, ttl: 70, ipId: 0x8bc6, df: true, window: 2453, count: 3 });
        web.clientAck({ after: 60 });
      }
    },
    { vantage: 'server' },
  ).expect({ interference: 'rst-injection', atLeast: 'likely' });

  scenario(
    'seen on the path: both ends are told that the other one is gone',
    (net) => {
      for (let attempt = 0; attempt < 3; attempt++) {
        const tls = net.connect({ client: '185.15.59.7', server: SITE, rtt: 90, serverHops: 16 });
        tls.clientHello({ sni: BLOCKED });
        tls.inject.rst({ after: 2, ttl: 70, ipId: 0x8bc6, df: true, window: 2453, count: 3 });
        tls.inject.rst({ to: 'server', after: 1, ttl: 71, ipId: 0x8bc7, df: true, window: 2454, count: 3 });
        tls.serverHello();
      }
    },
    { vantage: 'path' },
  ).expect({ interference: 'rst-injection', atLeast: 'likely' });
});

describe('in a capture that is', () => {
  const bursts = (net: Net): void => {
    net.visit({ server: SITE, sni: FREE, rtt: 84 });
    for (let attempt = 0; attempt < 3; attempt++) {
      const tls = net.connect({ server: SITE, rtt: 84 });
      tls.clientHello({ sni: BLOCKED });
      tls.inject.rst({
        after: 7,
        ttl: 120 + 9 * attempt,
        ipId: 0x4000 + attempt,
        df: true,
        window: 1500 + 9 * attempt,
        count: 3,
      });
      tls.serverHello();
    }
  };

  scenario('cut to the TCP header: the reset is told by it, the name is not there', bursts, {
    crippled: (capture) => cutTo(capture, 54),
  }).expect({ interference: 'rst-injection', atLeast: 'likely', trigger: 'unknown', target: '93.184.215.14' });

  scenario('of one direction: the burst tells itself', bursts, {
    crippled: (capture) => oneDirection(capture, 'to-client'),
  }).expect({ interference: 'rst-injection', atLeast: 'likely', target: '93.184.215.14' });

  scenario('begun after the handshakes', bursts, { crippled: withoutHandshakes }).expect({
    interference: 'rst-injection',
    atLeast: 'likely',
    target: BLOCKED,
  });

  scenario('of a gateway’s `any` interface: every packet is there twice', bursts, { crippled: doubledAsAny }).expect({
    interference: 'rst-injection',
    atLeast: 'likely',
    target: BLOCKED,
  });

  scenario('merged by offload', bursts, { crippled: mergedByOffload }).expect({
    interference: 'rst-injection',
    confidence: 'confirmed',
    target: BLOCKED,
  });
});

describe('close by', () => {
  scenario('a filter on this very device: every reset at once, with a TTL that never left it', (net) => {
    net.visit({ server: SITE, sni: FREE, rtt: 60 });
    for (const server of [SITE, MIRROR]) {
      for (let attempt = 0; attempt < 2; attempt++) {
        const tls = net.connect({ server, rtt: 60 });
        tls.clientHello({ sni: BLOCKED, lost: 'after-capture' });
        tls.inject.rst({ after: 0.3, ttl: 128, ipId: 0, df: true });
        net.wait(500);
      }
    }
  }).expect({ interference: 'rst-injection', place: 'this-device' });

  scenario('an office firewall, one hop away', (net) => {
    net.visit({ server: SITE, sni: FREE, rtt: 60 });
    for (const server of [SITE, MIRROR]) {
      for (let attempt = 0; attempt < 2; attempt++) {
        const tls = net.connect({ server, rtt: 60 });
        tls.clientHello({ sni: BLOCKED, lost: 'after-capture' });
        tls.inject.rst({ after: 0.8, ttl: 63, ipId: 0, df: false, window: 100 });
        net.wait(500);
      }
    }
  }).expect({ interference: 'rst-injection', place: 'local-network' });
});

scenario('what is punished for a while after a trigger is no control', (net) => {
  net.visit({ server: OTHER, sni: FREE, rtt: 84 });
  const tls = net.connect({ server: SITE, rtt: 84 });
  tls.clientHello({ sni: BLOCKED });
  tls.inject.rst({ after: 7, ttl: 120, ipId: 0x4001, df: true, window: 1500, count: 3 });
  tls.serverHello();
  for (let attempt = 0; attempt < 3; attempt++) {
    net.wait(10_000);
    const innocent = net.connect({ server: SITE, rtt: 84 });
    innocent.clientHello({ sni: FREE_TOO });
    innocent.inject.rst({
      after: 7,
      ttl: 133 + attempt,
      ipId: 0x4100 + attempt,
      df: true,
      window: 1513 + attempt,
      count: 3,
    });
    innocent.serverHello();
  }
  net.wait(180_000);
  net.visit({ server: SITE, sni: FREE_TOO, rtt: 84 });
}).expect({ interference: 'rst-injection', confidence: 'confirmed', target: BLOCKED, others: 'expected' });

describe.each([
  ['VLAN', { vlan: 12 }],
  ['QinQ', { serviceVlan: 40, vlan: 12 }],
  ['PPPoE', { pppoe: 0x77 }],
  ['SLL', { kind: 'sll' }],
  ['SLL2', { kind: 'sll2' }],
  ['BSD null', { kind: 'null' }],
  ['BSD loop', { kind: 'loop' }],
  ['raw IP', { kind: 'raw' }],
] as const)('behind %s', (_, link) => {
  scenario(
    'a forged reset is one',
    (net) => {
      const tls = net.connect({ server: SITE, rtt: 84 });
      tls.clientHello({ sni: BLOCKED });
      tls.inject.rst({ after: 3, hops: 6, ipId: 0 });
      tls.serverHello();
    },
    { link },
  ).expect({ interference: 'rst-injection', confidence: 'confirmed', target: BLOCKED });
});
