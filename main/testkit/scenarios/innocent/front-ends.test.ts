// Balancers, scrubbers and anycast sites that speak in a server's name, each with a handwriting of its own.
import { describe } from 'vitest';
import type { Capture } from '../../capture.ts';
import { oneDirection } from '../../cripplers.ts';
import { httpResponse } from '../../dns-bytes.ts';
import { scenario } from '../../scenario.ts';
import { applicationData } from '../../tls-bytes.ts';
import { BLOCKED, FREE, OTHER, SITE, SITE_WEB } from '../places.ts';

describe('front ends', () => {
  for (const [who, ttl, df, window, ipId] of [
    ['F5', 250, true, 4380, 0x77],
    ['A10', 243, false, 0, 0x1234],
    ['AWS NLB', 231, false, 0, 0],
  ] as const) {
    scenario(`${who} gives up waiting for its backend after a minute`, (net) => {
      for (let i = 0; i < 4; i++) {
        net.visit({ server: SITE, sni: FREE });
        const tls = net.connect({ server: SITE });
        tls.clientHello({ sni: BLOCKED });
        tls.serverHello();
        tls.data('client', applicationData(400, i));
        tls.serverAck();
        tls.wait(60_000);
        tls.segment('server', { flags: 'RA', ttl, df, window, ipId: ipId && ipId + i });
      }
    }).innocent({ atMost: 'possible' });
    scenario(`${who} is drained: all its connections are reset at once, idle for 3 to 25 s`, (net) => {
      const flows = [0, 1, 2, 3, 4].map((i) => {
        const tls = net.connect({ server: SITE });
        tls.clientHello({ sni: i % 2 ? FREE : BLOCKED });
        tls.serverHello();
        tls.talk(2);
        return tls;
      });
      for (const [i, tls] of flows.entries()) {
        tls.wait(25_000 - 5000 * i);
        tls.segment('server', { flags: 'RA', ttl, df, window, ipId: ipId && ipId + i });
      }
      net.wait(500);
      net.visit({ server: SITE, sni: BLOCKED });
    }).innocent({ atMost: 'possible' });
    scenario(`${who} has no backend: it accepts and resets, whatever the name`, (net) => {
      for (let i = 0; i < 6; i++) {
        const tls = net.dial({ server: SITE });
        tls.syn();
        tls.synAck({ ttl, df, ipId: ipId && ipId + i });
        tls.clientAck();
        tls.clientHello({ sni: i % 2 ? FREE : BLOCKED });
        tls.segment('server', { flags: 'RA', ttl, df, window, ipId: ipId && ipId + 9 + i });
      }
      net.visit({ server: OTHER, sni: FREE });
    }).innocent({ atMost: 'possible' });
    scenario(`${who} refuses some SYNs itself while its servers restart`, (net) => {
      for (let i = 0; i < 4; i++) {
        net.visit({ server: SITE, sni: FREE });
        const tls = net.dial({ server: SITE });
        tls.syn();
        tls.segment('server', { flags: 'RA', seq: 0, ttl, df, window, ipId: ipId && ipId + i });
        net.wait(1000);
      }
      net.visit({ server: SITE, sni: FREE });
    }).innocent({ atMost: 'possible' });
  }

  for (const [how, options] of [
    ['both directions', {}],
    ['only what the server sent', { crippled: (capture: Capture) => oneDirection(capture, 'to-client') }],
  ] as const)
    scenario(
      `SYN cookies under load: SYN-ACKs of the scrubber, all else from the server, resets on overload; ${how}`,
      (net) => {
        for (let i = 0; i < 6; i++) {
          const tls = net.dial({ server: SITE });
          tls.syn();
          tls.synAck({ ttl: 58, window: 1400, ipId: 0, options: new Uint8Array([2, 4, 5, 0xb4]) });
          tls.clientAck();
          tls.clientHello({ sni: i % 2 ? FREE : BLOCKED });
          if (i < 3) {
            tls.serverHello();
            tls.talk(2);
            tls.close();
          } else tls.reset('server', { after: 30, window: 501 });
        }
      },
      options,
    ).innocent({ atMost: 'possible' });

  scenario('a scrubber lets each client in by resetting its first connection, the second passes', (net) => {
    for (let i = 0; i < 4; i++) {
      const server = `93.184.215.${14 + i}:443`;
      const first = net.dial({ server });
      first.syn();
      first.segment('server', { flags: 'SA', ttl: 58, ack: 12345, seq: 999 });
      first.segment('client', { flags: 'R', seq: 12345 });
      const again = net.connect({ server });
      again.clientHello({ sni: FREE });
      again.serverHello();
      again.talk(1);
      again.close();
    }
  }).innocent({ atMost: 'possible' });

  scenario('a scrubber answers the SYN and resets the handshake once, the retry passes: other TTL', (net) => {
    for (let i = 0; i < 4; i++) {
      const server = `93.184.215.${14 + i}:443`;
      const first = net.dial({ server });
      first.syn();
      first.synAck({ ttl: 246, ipId: 1, df: false, window: 0 });
      first.clientAck();
      first.segment('server', { flags: 'R', ttl: 246, ipId: 1, df: false, window: 0, after: 1 });
      const again = net.connect({ server });
      again.clientHello({ sni: FREE });
      again.serverHello();
      again.talk(1);
      again.close();
    }
  }).innocent({ atMost: 'possible' });

  scenario('two sites of an anycast address flap: packets of a connection reach the other one, which resets', (net) => {
    for (let i = 0; i < 6; i++) {
      const tls = net.connect({ server: SITE });
      tls.clientHello({ sni: i % 2 ? FREE : BLOCKED });
      tls.serverHello();
      tls.talk(1);
      if (i % 2) {
        tls.data('client', applicationData(200, i), { after: 4 });
        tls.segment('server', { flags: 'R', ttl: 57, ipId: 0, df: true, window: 0 });
      } else tls.close();
    }
  }).innocent({ atMost: 'possible' });

  scenario('requests in a row on one connection are cut after a hundred: FIN, and resets for the rest', (net) => {
    for (let i = 0; i < 3; i++) {
      const web = net.connect({ server: SITE_WEB });
      for (let r = 0; r < 8; r++) {
        web.request({ host: BLOCKED, target: `/${r}` });
        web.response();
      }
      web.segment('server', { flags: 'FA' });
      web.request({ host: BLOCKED });
      web.segment('server', { flags: 'R', ipId: 0 });
      web.segment('server', { flags: 'R', ipId: 0, after: 0.1 });
    }
  }).innocent();

  scenario('a redirect to https by a box near to the client in front of the server (CDN), for one name only', (net) => {
    for (let i = 0; i < 3; i++) {
      const web = net.connect({ server: SITE_WEB, rtt: 5, serverHops: 4 });
      web.request({ host: BLOCKED });
      web.response({
        status: 301,
        reason: 'Moved Permanently',
        headers: { Location: `https://${BLOCKED}/`, Connection: 'close' },
        body: '',
      });
      web.close('server');
      net.visit({ server: SITE_WEB, host: FREE, rtt: 5, serverHops: 4 });
    }
  }).innocent();
  scenario('an event site sends visitors to a queue at another company', (net) => {
    for (let i = 0; i < 3; i++) {
      const web = net.connect({ server: SITE_WEB });
      web.request({ host: BLOCKED });
      web.data(
        'server',
        httpResponse({
          status: 302,
          reason: 'Found',
          headers: { Location: 'http://queue.waiting-room.example/?c=tickets', Connection: 'close' },
          body: '',
        }),
        { flags: 'FPA' },
      );
      web.segment('client', { flags: 'FA' });
      net.visit({ server: SITE_WEB, host: FREE });
    }
  }).innocent({ atMost: 'possible' });
});
