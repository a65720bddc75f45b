// Silence that nobody made (the look-alikes of detection rules 1.3 and 1.4).
import { describe } from 'vitest';
import { oneDirection, withoutHandshakes } from '../../cripplers.ts';
import { scenario } from '../../scenario.ts';
import { BLOCKED, FREE, FREE_TOO, OTHER, OTHER6, SITE, SITE_WEB, SITE6, THIRD } from '../places.ts';

describe('of a server', () => {
  scenario('a dead backend behind a balancer: no name is answered', (net) => {
    net.visit({ server: OTHER, sni: FREE });
    for (const sni of [BLOCKED, FREE, FREE_TOO]) {
      const tls = net.connect({ server: SITE });
      tls.clientHello({ sni });
      tls.serverAck();
      tls.wait(20_000);
      tls.segment('client', { flags: 'FA' });
    }
    net.visit({ server: OTHER, sni: FREE });
  }).innocent({ atMost: 'possible' });

  scenario('it is slow, and answers after six seconds', (net) => {
    net.visit({ server: OTHER, sni: FREE });
    for (let attempt = 0; attempt < 3; attempt++) {
      const tls = net.connect({ server: SITE });
      tls.clientHello({ sni: BLOCKED });
      tls.serverAck();
      tls.serverHello({ after: 6000 });
      tls.talk(2);
      tls.close();
    }
  }).innocent({ outcome: [BLOCKED, 'ok'] });

  scenario('it rejects an unknown name by an alert', (net) => {
    for (let attempt = 0; attempt < 3; attempt++) {
      net.visit({ server: SITE, sni: FREE });
      const tls = net.connect({ server: SITE });
      tls.clientHello({ sni: BLOCKED });
      tls.alert(112);
      tls.close('server');
    }
  }).innocent({ atMost: 'possible' });

  scenario('it waits for data before it accepts, and repeats its SYN-ACK until then', (net) => {
    net.visit({ server: OTHER, sni: FREE });
    for (let attempt = 0; attempt < 3; attempt++) {
      const idle = net.connect({ server: SITE });
      for (const pause of [1000, 2000]) {
        idle.synAck({ after: pause });
        idle.clientAck();
      }
      idle.clientHello({ sni: BLOCKED });
      idle.serverHello();
      idle.talk(1);
      idle.close();
    }
  }).innocent({ outcome: [BLOCKED, 'ok'] });

  scenario('a middlebox that knows no Fast Open: SYNs with data vanish, plain ones pass', (net) => {
    net.visit({ server: OTHER, sni: FREE });
    for (let attempt = 0; attempt < 3; attempt++) {
      const quick = net.dial({ server: SITE });
      for (const after of [0.2, 1000, 2000]) quick.syn({ after, payload: new Uint8Array(300), lost: 'after-capture' });
      net.visit({ server: SITE, sni: FREE_TOO });
    }
  }).innocent({ atMost: 'possible' });

  scenario('a host that is down: its router says so', (net) => {
    net.visit({ server: OTHER, sni: FREE });
    for (let attempt = 0; attempt < 3; attempt++) {
      const web = net.dial({ server: SITE });
      web.syn({ lost: 'after-capture' });
      web.retrySyn([1, 2]);
      web.icmp({ type: 3, code: 1, from: '93.184.215.1', ttl: 53, after: 60 });
      net.wait(1000);
    }
    net.visit({ server: OTHER, sni: FREE });
  }).innocent({ atMost: 'possible' });

  scenario('a device in one’s own network is off', (net) => {
    net.visit({ server: OTHER, sni: FREE });
    for (let attempt = 0; attempt < 3; attempt++) net.unanswered({ server: '192.168.1.77:80' });
    net.visit({ server: OTHER, sni: FREE });
  }).innocent();
});

describe('of the network', () => {
  scenario('everything is down for a minute', (net) => {
    net.visit({ server: SITE, sni: FREE });
    net.wait(120_000);
    for (const server of [SITE, OTHER, THIRD, SITE_WEB]) {
      for (let attempt = 0; attempt < 2; attempt++) net.unanswered({ server });
    }
    net.wait(120_000);
    net.visit({ server: SITE, sni: FREE });
  }).innocent({ atMost: 'possible' });

  scenario('IPv6 is broken, IPv4 is not', (net) => {
    for (const server of [SITE6, OTHER6, '[2a00:1450:4001::5e]:443']) {
      for (let attempt = 0; attempt < 2; attempt++) net.unanswered({ server, retries: [1, 2] });
    }
    for (const server of [SITE, OTHER, THIRD]) net.visit({ server, sni: FREE });
  }).innocent({ atMost: 'possible' });

  scenario('a lossy radio link: hellos are lost once or twice, whatever name they have', (net) => {
    for (const [server, sni] of [
      [SITE, BLOCKED],
      [OTHER, FREE],
      [THIRD, FREE_TOO],
    ] as const) {
      const tls = net.connect({ server });
      tls.clientHello({ sni, lost: 'after-capture' });
      tls.retransmit('client', 2);
      tls.resend();
      tls.serverHello();
      tls.talk(1);
    }
  }).innocent();

  scenario('a narrow path: the large hello is lost, its small tail is selectively acknowledged', (net) => {
    net.visit({ server: SITE, sni: FREE });
    for (let attempt = 0; attempt < 3; attempt++) {
      const tls = net.connect({ server: SITE });
      tls.narrowPathHello({ sni: BLOCKED });
      net.wait(2000);
    }
    net.visit({ server: SITE, sni: FREE });
  }).innocent({ atMost: 'possible' });
});

describe('of the client', () => {
  scenario('single SYNs that it gives up within a second', (net) => {
    net.visit({ server: OTHER, sni: FREE });
    for (let attempt = 0; attempt < 5; attempt++) {
      const cancelled = net.dial({ server: SITE });
      cancelled.syn({ lost: 'after-capture' });
      net.wait(300);
    }
    net.visit({ server: OTHER, sni: FREE });
  }).innocent({ atMost: 'possible' });

  scenario('probes with small TTLs that are meant to expire on the way', (net) => {
    net.visit({ server: SITE, sni: FREE });
    for (let ttl = 2; ttl < 9; ttl++) {
      const tls = net.connect({ server: SITE });
      tls.clientHello({ sni: BLOCKED, ttl, lost: 'after-capture' });
      tls.icmp({ type: 11, code: 0, from: `62.115.44.${ttl}`, ttl: 64 - ttl, after: 4 * ttl, quotedTtl: 1 });
      tls.retransmit('client', 3, { ttl });
      net.wait(500);
    }
  }).innocent({ quality: 'own-tool' });
});

describe('of the capture', () => {
  scenario(
    'it has only what the client sent',
    (net) => {
      for (const server of [SITE, OTHER, THIRD]) net.visit({ server, sni: FREE });
      for (let attempt = 0; attempt < 3; attempt++) net.visit({ server: SITE, sni: BLOCKED });
    },
    { crippled: (capture) => oneDirection(capture, 'from-client') },
  ).cannotTell('one-way');

  scenario(
    'it lost packets: through a hole we do not accuse',
    (net) => {
      for (let attempt = 0; attempt < 3; attempt++) {
        net.visit({ server: SITE, sni: FREE });
        const tls = net.connect({ server: SITE });
        tls.clientHello({ sni: BLOCKED });
        tls.retransmit('client', 5);
        net.unanswered({ server: THIRD });
        net.wait(1000);
      }
    },
    { dropped: 250 },
  ).cannotTell('drops');

  scenario(
    'it began in the middle of everything',
    (net) => {
      for (const server of [SITE, OTHER, THIRD]) net.visit({ server, sni: FREE, rounds: 8 });
    },
    { crippled: withoutHandshakes },
  ).innocent();
});
