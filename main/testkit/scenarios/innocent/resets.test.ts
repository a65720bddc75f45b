// Resets that nobody forged (the look-alikes of detection rule 1.1).
import { describe } from 'vitest';
import { doubledAsAny, doubledAsSpan } from '../../cripplers.ts';
import { scenario } from '../../scenario.ts';
import { BLOCKED, FREE, FREE_TOO, MIRROR, OTHER, SITE, SITE_WEB } from '../places.ts';

describe('the client', () => {
  scenario('closes a tab in the middle of a download', (net) => {
    const tls = net.connect({ server: SITE });
    tls.clientHello({ sni: FREE });
    tls.serverHello();
    tls.talk(3);
    tls.reset('client', { flags: 'RA' });
    for (let late = 0; late < 3; late++)
      tls.data('server', new Uint8Array(1200), { after: 5 }).reset('client', { flags: 'R' });
  }).innocent({ outcome: [FREE, 'ok'] });

  scenario('drops the slower of two connections (Happy Eyeballs)', (net) => {
    net.visit({ server: SITE, sni: FREE });
    const loser = net.connect({ server: MIRROR, rtt: 120 });
    loser.reset('client', { flags: 'RA' });
    const silent = net.dial({ server: OTHER });
    silent.syn({ lost: 'after-capture' });
  }).innocent();

  scenario('opens a connection to have it ready, and never speaks', (net) => {
    net.visit({ server: SITE, sni: FREE });
    const idle = net.connect({ server: SITE });
    idle.wait(60_000);
    idle.close('server');
  }).innocent();

  scenario('runs Windows: its resets have another DF and a window', (net) => {
    const tls = net.connect({ server: SITE, clientStack: 'windows' });
    tls.clientHello({ sni: FREE });
    tls.serverHello();
    tls.segment('client', { flags: 'RA', df: false, window: 0, ipId: 77 });
  }).innocent();
});

describe('the server', () => {
  scenario('closes with unread data: a reset with a window', (net) => {
    const web = net.connect({ server: SITE_WEB });
    web.request({ host: FREE });
    web.response();
    web.reset('server', { flags: 'RA', window: 501 });
  }).innocent({ outcome: [FREE, 'ok'] });

  scenario('answers each late packet of a connection it has closed with a reset: a burst, IP ID 0', (net) => {
    const web = net.connect({ server: SITE_WEB });
    web.request({ host: FREE });
    web.response();
    web.segment('server', { flags: 'FA', after: 5000 });
    for (let late = 0; late < 3; late++) web.data('client', new Uint8Array(200), { after: 2 });
    for (let late = 0; late < 3; late++) web.segment('server', { flags: 'R', ipId: 0, window: 0, after: 0.5 });
  }).innocent();

  scenario('has nothing on that port', (net) => {
    for (let attempt = 0; attempt < 4; attempt++) {
      const web = net.dial({ server: '93.184.215.14:8080' });
      web.syn();
      web.reset('server', { seq: 0, ipId: 0 });
    }
    net.visit({ server: SITE_WEB, host: FREE });
  }).innocent({ atMost: 'possible' });

  scenario('has nothing on that port, and Windows tries three times', (net) => {
    net.visit({ server: OTHER, sni: FREE });
    const web = net.dial({ server: SITE, clientStack: 'windows' });
    for (let attempt = 0; attempt < 3; attempt++) {
      web.syn({ after: attempt === 0 ? 0.2 : 500 });
      web.reset('server', { seq: 0, ipId: 0 });
    }
  }).innocent({ atMost: 'possible' });

  scenario('resets a name it does not serve, once', (net) => {
    net.visit({ server: SITE, sni: FREE });
    const tls = net.connect({ server: SITE });
    tls.clientHello({ sni: BLOCKED });
    tls.reset('server', { flags: 'R', ipId: 0 });
    net.visit({ server: SITE, sni: FREE_TOO });
  }).innocent();

  scenario('says goodbye to an idle connection while a request is on its way', (net) => {
    const web = net.connect({ server: SITE_WEB, rtt: 80 });
    web.request({ host: FREE });
    web.response();
    web.wait(5000);
    web.segment('server', { flags: 'FA' });
    web.data('client', new Uint8Array(300), { after: 0.1 });
    web.segment('server', { flags: 'R', ipId: 0, window: 0 });
  }).innocent();

  scenario(
    'a keep-alive race: its reset was in flight when the request left, and comes sooner than a round trip',
    (net) => {
      for (let attempt = 0; attempt < 3; attempt++) {
        const web = net.connect({ server: SITE_WEB, rtt: 80 });
        web.request({ host: FREE });
        web.response();
        web.wait(4970);
        web.segment('server', { flags: 'RA', window: 0 });
        // Sent before the reset arrives; drawn after it here, since the server never saw it
        web.data('client', new Uint8Array(300), { after: -3, lost: 'after-capture' });
      }
    },
  ).innocent();

  scenario('its DF differs from its SYN-ACK, and nothing else', (net) => {
    const tls = net.connect({ server: SITE, rtt: 60 });
    tls.clientHello({ sni: FREE });
    tls.serverHello();
    tls.talk(2);
    tls.wait(3000);
    tls.segment('server', { flags: 'RA', df: false, window: 0 });
  }).innocent();
});

describe('something in between that is no censor', () => {
  for (const seconds of [30, 60, 75, 300, 350]) {
    scenario(`a balancer forgets the connection after ${seconds} idle seconds`, (net) => {
      const tls = net.connect({ server: SITE, serverStack: 'linux' });
      tls.clientHello({ sni: FREE });
      tls.serverHello();
      tls.talk(1);
      tls.wait(seconds * 1000);
      tls.segment('server', { flags: 'RA', ttl: 243, ipId: 0x1111, df: false, window: 0 });
    }).innocent({ atMost: 'possible', outcome: [FREE, 'ok'] });
  }

  scenario('the home router forgot the connection', (net) => {
    const tls = net.connect({ server: SITE });
    tls.clientHello({ sni: FREE });
    tls.serverHello();
    tls.talk(1);
    tls.wait(900_000);
    tls.data('client', new Uint8Array(100), { lost: 'after-capture' });
    tls.inject.rst({ after: 0.6, ttl: 64, ipId: 0, df: true });
  }).innocent({ atMost: 'possible' });

  scenario('anycast: the other site answers from another distance', (net) => {
    const tls = net.connect({ server: SITE, serverHops: 12 });
    tls.clientHello({ sni: FREE });
    tls.serverHello();
    tls.data('server', new Uint8Array(1000), { ttl: 57 });
    tls.clientAck();
    tls.data('client', new Uint8Array(100));
    tls.segment('server', { flags: 'R', ttl: 57, ipId: 0, window: 0 });
  }).innocent({ atMost: 'possible' });
});

describe('what comes after a genuine reset', () => {
  scenario('is an older segment that was overtaken', (net) => {
    const web = net.connect({ server: SITE_WEB, rtt: 60 });
    web.request({ host: FREE });
    web.response();
    web.reset('server', { flags: 'RA', window: 0, seqAhead: 1000, ipId: 0x7001 });
    // It left before the reset, as its IP identification says
    web.data('server', new Uint8Array(1000), { after: 0.4, ipId: 0x7000 });
  }).innocent({ atMost: 'possible' });

  scenario('is a new connection with the same ports', (net) => {
    for (let again = 0; again < 3; again++) {
      const web = net.connect({ server: SITE_WEB, rtt: 60, clientPort: 40_404 });
      web.request({ host: FREE });
      web.response();
      web.reset('server', { flags: 'RA', window: 0 });
    }
  }).innocent({ outcome: [FREE, 'ok'] });

  scenario('is a retried SYN, which the server accepts once it has started', (net) => {
    const web = net.dial({ server: SITE_WEB, rtt: 60, clientStack: 'windows' });
    web.syn();
    web.reset('server', { seq: 0, ipId: 0 });
    web.syn({ after: 500 });
    web.synAck();
    web.clientAck();
    web.request({ host: FREE });
    web.response();
    web.close();
  }).innocent({ outcome: [FREE, 'ok'] });
});

describe('the capture', () => {
  for (const [how, crippled] of [
    ['`any` on a gateway', doubledAsAny],
    ['a mirror port', doubledAsSpan],
  ] as const) {
    scenario(
      `shows a genuine reset twice: ${how}`,
      (net) => {
        for (let attempt = 0; attempt < 3; attempt++) {
          const web = net.connect({ server: SITE_WEB });
          web.request({ host: FREE });
          web.response();
          web.reset('server', { flags: 'RA', window: 501 });
        }
      },
      { crippled },
    ).innocent({ quality: 'duplicated' });
  }

  scenario(
    'is of a server whose visitors leave',
    (net) => {
      for (let visitor = 0; visitor < 4; visitor++) {
        const web = net.connect({
          client: `185.15.59.${7 + visitor}`,
          server: '192.168.1.10:80',
          clientStack: visitor % 2 === 0 ? 'windows' : 'linux',
          serverHops: 15,
        });
        web.request({ host: FREE });
        web.response();
        web.reset('client', { flags: 'RA' });
      }
    },
    { vantage: 'server' },
  ).innocent();
});
