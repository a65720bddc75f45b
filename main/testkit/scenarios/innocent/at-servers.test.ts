// What a server sees of phones, browsers, bots and the boxes in front of them.
import { describe } from 'vitest';
import { ascii } from '../../bytes.ts';
import { scenario } from '../../scenario.ts';
import { applicationData } from '../../tls-bytes.ts';
import { BLOCKED, FREE } from '../places.ts';

describe('seen at the server', () => {
  const own = { vantage: 'server' as const };
  scenario(
    'phones that lose their line in the middle of everything',
    (net) => {
      for (let i = 0; i < 10; i++) {
        const tls = net.connect({ client: `185.15.59.${7 + i}`, server: '192.168.1.10:443', serverHops: 14 });
        tls.clientHello({ sni: FREE });
        tls.serverHello(i % 2 ? { lost: 'after-capture' as const } : {});
        if (i % 2) tls.retransmit('server', 7);
        else {
          tls.talk(1);
          tls.data('server', applicationData(1300, i), { lost: 'after-capture' });
          tls.retransmit('server', 6);
        }
      }
    },
    own,
  ).innocent({ atMost: 'possible' });
  scenario(
    'browsers abort downloads, carriers’ NATs reset in their name, scanners leave',
    (net) => {
      for (let i = 0; i < 12; i++) {
        const tls = net.connect({
          client: `185.15.59.${7 + i}`,
          server: '192.168.1.10:443',
          serverHops: 14,
          clientStack: i % 2 ? 'windows' : 'macos',
        });
        tls.clientHello({ sni: i % 3 ? FREE : BLOCKED });
        tls.serverHello();
        tls.data('server', applicationData(9000, i));
        if (i % 3 === 0) {
          tls.segment('client', { flags: 'RA', window: 0 });
        } else if (i % 3 === 1) {
          tls.segment('client', { flags: 'FA' });
          tls.data('server', applicationData(1300, i));
          tls.segment('client', { flags: 'R', ipId: 0, window: 0 });
          tls.segment('client', { flags: 'R', ipId: 0, window: 0, after: 0.1 });
        } else {
          tls.wait(35_000);
          tls.data('server', applicationData(60, i));
          tls.segment('client', { flags: 'R', ttl: 241, df: false, window: 0, ipId: 0 });
        }
      }
    },
    own,
  ).innocent({ atMost: 'possible' });
  scenario(
    'bots that open and never speak, half handshakes, a SYN flood',
    (net) => {
      for (let i = 0; i < 30; i++) {
        const s = net.dial({ client: `45.${i}.9.${i + 3}`, server: '192.168.1.10:443', serverHops: 18 });
        s.syn();
        s.synAck();
        for (const p of [1000, 2000, 4000]) s.synAck({ after: p });
      }
      for (let i = 0; i < 4; i++)
        net.connect({ client: '185.15.59.7', server: '192.168.1.10:443' }).wait(60_000).reset('server');
    },
    own,
  ).innocent({ atMost: 'possible' });
  scenario(
    'halfway: a firewall of the house ends long sessions by resets to both ends',
    (net) => {
      for (let i = 0; i < 3; i++) {
        const s = net.connect({ server: '93.184.215.14:22' });
        s.data('server', ascii('SSH-2.0-OpenSSH_9.6\r\n'));
        s.data('client', ascii('SSH-2.0-OpenSSH_9.9\r\n'));
        for (let r = 0; r < 4; r++) {
          s.data('client', applicationData(90, r));
          s.data('server', applicationData(120, r));
        }
        s.wait(3_600_000);
        s.segment('server', { flags: 'R', ttl: 58, ipId: 0, window: 0 });
        s.segment('client', { flags: 'R', ttl: 58, ipId: 0, window: 0 });
      }
    },
    { vantage: 'path' },
  ).innocent({ atMost: 'possible' });
});
