// Boxes that speak for others without meaning harm: balancers and front ends that have lost a connection, routers that
// were restarted, timers, SYN proxies, and the kernels of scanners.
import { describe } from 'vitest';
import { scenario } from '../../scenario.ts';
import { BLOCKED, FREE, FREE_TOO, OTHER, SITE, THIRD } from '../places.ts';

describe('a connection that was lost', () => {
  scenario('the front end answers from another distance when the client comes back after 20 s', (net) => {
    for (let attempt = 0; attempt < 5; attempt++) {
      const tls = net.connect({ server: SITE });
      tls.clientHello({ sni: FREE });
      tls.serverHello();
      tls.talk(2);
      tls.wait(20_000);
      tls.data('client', new Uint8Array(39));
      tls.segment('server', { flags: 'R', ttl: 123, df: false, ipId: 0, window: 0 });
    }
  }).innocent({ atMost: 'possible' });

  for (const [how, reset] of [
    ['another DF', { flags: 'R', ttl: 231, df: false, ipId: 0x2222, window: 0 }],
    ['a window', { flags: 'R', ttl: 231, ipId: 0x2222, window: 26_847 }],
  ] as const) {
    scenario(`a balancer takes its server out of service in the middle of a transfer: other TTL, ${how}`, (net) => {
      for (let attempt = 0; attempt < 3; attempt++) {
        const tls = net.connect({ server: SITE });
        tls.clientHello({ sni: FREE });
        tls.serverHello();
        for (let round = 0; round < 4; round++) tls.talk(2).wait(1500);
        tls.data('client', new Uint8Array(300));
        tls.segment('server', reset);
        net.visit({ server: OTHER, sni: FREE });
      }
    }).innocent({ atMost: 'possible' });
  }

  scenario('the home router was restarted: it resets whatever it does not know, at once', (net) => {
    for (const [server, sni] of [
      [SITE, FREE],
      [OTHER, FREE_TOO],
      [THIRD, BLOCKED],
    ] as const) {
      const tls = net.connect({ server });
      tls.clientHello({ sni });
      tls.serverHello();
      tls.talk(1);
      tls.wait(20_000);
      tls.data('client', new Uint8Array(100), { lost: 'after-capture' });
      tls.inject.rst({ after: 0.6, ttl: 64, ipId: 0, df: true });
    }
  }).innocent({ atMost: 'possible' });

  scenario(
    'the provider’s NAT in front of a client has forgotten it',
    (net) => {
      for (let visitor = 0; visitor < 6; visitor++) {
        const tls = net.connect({ client: `185.15.59.${7 + visitor}`, server: SITE, serverHops: 14 });
        tls.clientHello({ sni: FREE });
        tls.serverHello();
        tls.talk(2);
        tls.wait(10_000);
        tls.data('server', new Uint8Array(300));
        tls.segment('client', { flags: 'RA', ttl: 240, df: false, ipId: 0, window: 0 });
      }
    },
    { vantage: 'server' },
  ).innocent({ atMost: 'possible' });
});

describe('a copied IP ID', () => {
  scenario('the server’s stateless firewall refuses a port by turning the SYN round', (net) => {
    net.visit({ server: SITE, sni: FREE });
    for (let attempt = 0; attempt < 5; attempt++) {
      const web = net.dial({ server: '93.184.215.14:8443' });
      web.syn({ ipId: 0x1234 + 99 * attempt });
      web.segment('server', { flags: 'RA', seq: 0, ipId: 0x1234 + 99 * attempt, window: 64_240 });
    }
    net.visit({ server: SITE, sni: FREE });
  }).innocent({ atMost: 'possible' });

  scenario('one reset of sixty is next to the client’s by chance, and has no timestamp', (net) => {
    for (let attempt = 0; attempt < 60; attempt++) {
      const tls = net.connect({ server: `93.184.215.${1 + attempt}:443`, serverStack: 'freebsd' });
      tls.clientHello({ sni: FREE });
      tls.serverHello();
      tls.data('client', new Uint8Array(100), { ipId: 0x3000 + 7 * attempt });
      tls.segment('server', { flags: 'RA', ipId: attempt === 30 ? 0x30d3 : 0x5000 + 13 * attempt, window: 0 });
    }
  }).innocent({ atMost: 'possible' });
});

describe('a timer', () => {
  for (const seconds of [5, 10, 20]) {
    scenario(`a balancer resets connections kept ready but never used, after ${seconds} s`, (net) => {
      net.visit({ server: SITE, sni: FREE });
      for (let spare = 0; spare < 6; spare++) {
        const idle = net.connect({ server: SITE });
        idle.wait(1000 * seconds);
        idle.segment('server', { flags: 'RA', ttl: 243, df: false, window: 0 });
      }
      net.visit({ server: SITE, sni: FREE });
    }).innocent({ atMost: 'possible' });
  }
});

describe('a SYN proxy or another site of an anycast address', () => {
  scenario('some connections are accepted from one distance, all are served from the other', (net) => {
    for (let attempt = 0; attempt < 4; attempt++) {
      net.visit({ server: SITE, sni: FREE });
      const tls = net.dial({ server: SITE });
      tls.syn();
      tls.synAck({ ttl: 243, df: false, ipId: 77 });
      tls.clientAck();
      tls.clientHello({ sni: BLOCKED });
      tls.reset('server', { after: 25 });
    }
  }).innocent({ atMost: 'possible' });
});

describe('a scanner makes its SYNs itself, its kernel resets what they open', () => {
  const scan = { flags: 'R', ipId: 0, df: true, window: 0 } as const;
  for (const [where, vantage, synTtl, resetTtl] of [
    ['at the server', 'server', 241, 50],
    ['on the way', 'path', 248, 57],
  ] as const) {
    scenario(
      where,
      (net) => {
        for (let host = 1; host <= 12; host++) {
          const probe = net.dial({ client: '185.220.101.7', server: `93.184.215.${host}:443`, serverHops: 14 });
          probe.syn({ window: 65_535, ttl: synTtl, df: false, ipId: 54_321 });
          probe.synAck();
          probe.segment('client', { ...scan, ttl: resetTtl });
        }
      },
      { vantage },
    ).innocent();
  }
});
