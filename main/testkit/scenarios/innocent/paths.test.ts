// Lines and routes that change, narrow, fade or break, for every name alike.
import { describe } from 'vitest';
import { tcpOptions } from '../../packets.ts';
import { scenario } from '../../scenario.ts';
import { applicationData } from '../../tls-bytes.ts';
import { BLOCKED, FREE, FREE_TOO, MIRROR, OTHER, OTHER6, SITE, SITE_WEB, SITE6, THIRD } from '../places.ts';

describe('paths', () => {
  scenario(
    'the route changes by four hops in a connection, and the server aborts with unread data a second later',
    (net) => {
      for (let attempt = 0; attempt < 2; attempt++) {
        const tls = net.connect({ server: SITE, serverHops: 12 });
        tls.clientHello({ sni: FREE });
        tls.serverHello();
        tls.data('client', applicationData(500, 1), { after: 100 });
        tls.segment('server', { ttl: 48 });
        tls.reset('server', { after: 20, window: 501, ttl: 48 });
        net.visit({ server: SITE, sni: FREE, serverHops: 16 });
      }
    },
  ).innocent({ atMost: 'possible' });

  scenario('the route changes by four hops just before the reset of the server, and stays so', (net) => {
    net.visit({ server: SITE, sni: FREE, serverHops: 12 });
    const tls = net.connect({ server: SITE, serverHops: 12 });
    tls.clientHello({ sni: FREE });
    tls.serverHello();
    tls.data('client', applicationData(500, 1), { after: 100 });
    tls.reset('server', { after: 20, window: 501, ttl: 48 });
    for (let i = 0; i < 3; i++) net.visit({ server: SITE, sni: FREE, serverHops: 16 });
  }).innocent({ atMost: 'possible' });

  scenario('large uploads into a narrow tunnel: to one name a POST hangs, small requests of another pass', (net) => {
    for (let attempt = 0; attempt < 3; attempt++) {
      net.visit({ server: SITE, sni: FREE });
      const tls = net.connect({ server: SITE });
      tls.clientHello({ sni: BLOCKED });
      tls.serverHello();
      tls.data('client', applicationData(1395, 1), { after: 5, lost: 'after-capture' });
      tls.retransmit('client', 6);
      tls.segment('client', { flags: 'FA', lost: 'after-capture' });
      net.visit({ server: SITE, sni: FREE });
      net.visit({ server: OTHER, sni: FREE_TOO });
    }
  }).innocent({ atMost: 'possible' });

  scenario('large answers vanish in a narrow tunnel: the small tail of each flight arrives', (net) => {
    for (let attempt = 0; attempt < 4; attempt++) {
      net.visit({ server: SITE_WEB, host: FREE });
      const tls = net.connect({ server: SITE });
      tls.clientHello({ sni: BLOCKED });
      tls.serverAck();
      const from = tls.nextSequence('server');
      tls.segment('server', { flags: 'A', payload: new Uint8Array(1448), lost: 'before-capture' });
      tls.segment('server', { flags: 'A', payload: new Uint8Array(1448), lost: 'before-capture' });
      tls.segment('server', { flags: 'PA', payload: new Uint8Array(420) });
      tls.clientAck({ ack: from, options: tcpOptions({ sack: [[from + 2896, from + 3316]] }) });
      tls.wait(15_000);
      tls.segment('client', { flags: 'FA', ack: from });
      tls.segment('server', { ack: tls.nextSequence('client') });
      net.visit({ server: OTHER, sni: FREE });
    }
  }).innocent({ atMost: 'possible' });

  scenario('large answers vanish, with nothing of the flight left', (net) => {
    for (let attempt = 0; attempt < 4; attempt++) {
      const tls = net.connect({ server: SITE });
      tls.clientHello({ sni: BLOCKED });
      tls.serverAck();
      tls.wait(15_000);
      tls.segment('client', { flags: 'FA' });
      tls.serverAck();
      net.visit({ server: SITE, sni: FREE });
      net.visit({ server: OTHER, sni: FREE });
      net.wait(5000);
    }
  }).innocent({ atMost: 'possible' });

  scenario(
    'a narrow path and a browser: the large hello is lost, the tail acknowledged without SACK; curl passes with another name',
    (net) => {
      for (let attempt = 0; attempt < 3; attempt++) {
        net.visit({ server: SITE, sni: FREE });
        const tls = net.connect({ server: SITE, serverStack: 'balancer' });
        tls.clientHello({ sni: BLOCKED, postQuantum: true, lost: 'after-capture' });
        const first = tls.nextSequence('client');
        tls.serverAck({ ack: first - 1750 });
        tls.retransmit('client', 6);
        net.wait(2000);
      }
      net.visit({ server: SITE, sni: FREE });
    },
  ).innocent({ atMost: 'possible' });

  scenario('a narrow path swallows both segments of the browser’s hello; small hellos with other names pass', (net) => {
    for (let attempt = 0; attempt < 3; attempt++) {
      net.visit({ server: SITE, sni: FREE });
      const tls = net.connect({ server: SITE });
      tls.data('client', applicationData(1, 1).subarray(0, 0));
      tls.clientHello({ sni: BLOCKED, size: 1450, mss: 1460, lost: 'after-capture' });
      tls.retransmit('client', 6);
      net.wait(2000);
    }
    net.visit({ server: SITE, sni: FREE });
  }).innocent({ atMost: 'possible' });

  scenario('ten seconds without radio while roaming: everything is sent again, and goes on', (net) => {
    const at = [SITE, OTHER, THIRD, MIRROR].map((server, i) => {
      const tls = net.connect({ server });
      tls.clientHello({ sni: [BLOCKED, FREE, FREE_TOO, 'cdn.example.com'][i]! });
      return tls;
    });
    for (const tls of at) tls.retransmit('client', 5);
    for (const tls of at) {
      tls.resend();
      tls.serverHello();
      tls.talk(2);
    }
  }).innocent();

  scenario('a VPN is switched on in the middle: old connections hang, new ones have another address', (net) => {
    for (let i = 0; i < 4; i++) net.visit({ server: SITE, sni: FREE });
    const t = net.latest + 100;
    const old = [0, 1, 2, 3].map((i) => {
      const tls = net.connect({ server: SITE, at: t + 1500 * i });
      tls.clientHello({ sni: BLOCKED });
      tls.serverHello();
      return tls;
    });
    for (const [i, tls] of old.entries()) {
      tls.wait(6000 - 900 * i);
      tls.data('client', applicationData(300, 1), { after: 5, lost: 'after-capture' });
      tls.retransmit('client', 6);
    }
    for (let i = 0; i < 5; i++) net.visit({ client: '10.8.0.6', server: SITE, sni: FREE, at: t + 7000 + 3000 * i });
    for (let i = 0; i < 5; i++) net.visit({ client: '10.8.0.6', server: SITE, sni: BLOCKED, at: t + 7000 + 3100 * i });
  }).innocent({ atMost: 'possible' });

  scenario('a laptop wakes up after two hours: all its servers reset', (net) => {
    const flows = [SITE, OTHER, THIRD, MIRROR].map((server, i) => {
      const tls = net.connect({ server, serverStack: i % 2 ? 'balancer' : 'linux' });
      tls.clientHello({ sni: `host${i}.example.com` });
      tls.serverHello();
      tls.talk(3);
      return tls;
    });
    for (const [i, tls] of flows.entries()) {
      tls.wait(7_200_000);
      tls.data('client', applicationData(35, 1));
      tls.segment('server', { flags: 'R', ipId: 0, df: i % 2 === 0, ttl: [52, 243, 240, 113][i]! });
    }
  }).innocent({ atMost: 'possible' });

  scenario('IPv6 to one site is broken, IPv4 to it and IPv6 to others are not', (net) => {
    for (let attempt = 0; attempt < 4; attempt++) {
      net.unanswered({ server: SITE6, retries: [1, 2, 4] });
      net.visit({ server: SITE, sni: BLOCKED });
      net.visit({ server: OTHER6, sni: FREE });
    }
  }).innocent({ atMost: 'possible' });

  scenario('the home router has no line: it says so by ICMP for every host', (net) => {
    net.visit({ server: SITE, sni: FREE });
    for (let round = 0; round < 4; round++) {
      for (const [i, server] of [SITE, OTHER, THIRD, MIRROR].entries()) {
        const web = net.dial({ server });
        web.syn({ lost: 'after-capture' });
        web.icmp({ type: 3, code: i % 2, from: '192.168.1.1', ttl: 64, after: 1 });
      }
      net.wait(3000);
    }
    net.visit({ server: SITE, sni: FREE });
    net.visit({ server: OTHER, sni: FREE });
  }).innocent({ atMost: 'possible' });

  scenario('the provider’s line to a whole region is down for minutes: its router says net unreachable', (net) => {
    net.visit({ server: SITE, sni: FREE, serverHops: 14 });
    net.visit({ server: OTHER, sni: FREE });
    for (let round = 0; round < 4; round++) {
      for (const server of [SITE, SITE_WEB, '93.185.1.1:443']) {
        const web = net.dial({ server });
        web.syn({ lost: 'after-capture' });
        web.icmp({ type: 3, code: 0, from: '62.115.44.1', ttl: 255 - 4, after: 12, quotedTtl: 60 });
      }
      net.visit({ server: OTHER, sni: FREE });
      net.wait(3000);
    }
    net.visit({ server: SITE, sni: FREE });
  }).innocent({ atMost: 'possible' });

  for (const seed of [1, 5]) {
    scenario(`a mobile link with bursts of loss (${seed})`, (net) => {
      let s = seed * 7919;
      const rnd = () => {
        s = (Math.imul(s, 1_103_515_245) + 12_345) & 0x7fffffff;
        return s / 0x7fffffff;
      };
      for (let visit = 0; visit < 24; visit++) {
        const [server, sni] = [
          [SITE, BLOCKED],
          [SITE, FREE],
          [OTHER, FREE_TOO],
          [THIRD, 'img.example.org'],
          [MIRROR, BLOCKED],
        ][visit % 5] as [string, string];
        const tls = net.connect({ server, rtt: 80 + 120 * rnd() });
        const bad = rnd() < 0.25;
        if (!bad) {
          tls.clientHello({ sni });
          tls.serverHello();
          tls.talk(2);
          tls.close();
          continue;
        }
        tls.clientHello({ sni, lost: 'after-capture' });
        const times = 1 + Math.floor(rnd() * 6);
        tls.retransmit('client', times);
        if (times < 4) {
          tls.resend();
          tls.serverHello();
          tls.talk(1);
          tls.close();
        } else tls.segment('client', { flags: 'RA', lost: 'after-capture' });
      }
    }).innocent({ atMost: 'possible' });
  }
});
