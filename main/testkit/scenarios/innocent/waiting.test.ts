// Hellos and SYNs that wait in vain where nobody dropped them on purpose: hanging processes, forgotten connections,
// dead members of a pool, scans.
import { describe } from 'vitest';
import { scenario } from '../../scenario.ts';
import { BLOCKED, FREE, FREE_TOO, MIRROR, OTHER, SITE } from '../places.ts';

describe('a hello', () => {
  scenario('the process behind one name hangs, its balancer goes on acknowledging', (net) => {
    for (let attempt = 0; attempt < 4; attempt++) {
      const tls = net.connect({ server: SITE });
      tls.clientHello({ sni: BLOCKED });
      tls.serverAck();
      tls.wait(20_000);
      tls.segment('client', { flags: 'FA' });
      tls.serverAck();
      net.visit({ server: SITE, sni: FREE });
    }
  }).innocent({ atMost: 'possible' });

  scenario('the server takes no more connections: its SYN-ACK comes again and again', (net) => {
    for (let attempt = 0; attempt < 3; attempt++) {
      const at = net.latest + 1000;
      const tls = net.connect({ server: SITE, at });
      tls.clientHello({ sni: BLOCKED, lost: 'after-capture' });
      tls.retransmit('client', 2);
      for (const after of [1000, 2000]) {
        tls.synAck({ after }).clientAck();
        tls.retransmit('client', 2, { first: 600 });
      }
      for (let visit = 1; visit < 6; visit++) net.visit({ server: OTHER, sni: FREE, at: at + 900 * visit });
    }
  }).innocent({ atMost: 'possible' });

  scenario('is sent on a connection that was kept ready until the NAT had forgotten it', (net) => {
    for (let attempt = 0; attempt < 3; attempt++) {
      const tls = net.connect({ server: SITE });
      tls.wait(20_000);
      tls.clientHello({ sni: BLOCKED, lost: 'after-capture' });
      tls.retransmit('client', 5);
      net.visit({ server: SITE, sni: FREE_TOO });
    }
  }).innocent();
});

describe('a SYN', () => {
  scenario('one server of a pool is dead, the name’s other address answers', (net) => {
    const addresses = ['93.184.215.14', '23.215.0.136'];
    net.resolve({ name: FREE, answer: { addresses } });
    for (let attempt = 0; attempt < 3; attempt++) {
      for (const port of [443, 80]) net.unanswered({ server: `${addresses[0]}:${port}`, retries: [1, 2] });
      net.visit({ server: MIRROR, sni: FREE });
    }
    net.visit({ server: OTHER, sni: FREE_TOO });
  }).innocent({ atMost: 'possible' });

  scenario('somebody scans a host behind a firewall', (net) => {
    net.resolve({ name: 'scanme.example.org', answer: { addresses: ['93.184.215.14'] } });
    net.visit({ server: OTHER, sni: FREE });
    for (let port = 2000; port < 2040; port++) {
      net.unanswered({ server: `93.184.215.14:${port}`, retries: [1, 2], at: net.latest + 5 });
    }
    net.visit({ server: OTHER, sni: FREE });
  }).innocent({ atMost: 'possible' });

  scenario('knocks at three ports before the fourth opens', (net) => {
    net.resolve({ name: BLOCKED, answer: { addresses: ['93.184.215.14'] } });
    net.visit({ server: OTHER, sni: FREE });
    for (const port of [7000, 8000, 9000]) net.unanswered({ server: `93.184.215.14:${port}`, retries: [] });
    const opened = net.connect({ server: '93.184.215.14:22' });
    opened.data('server', new Uint8Array(40));
    opened.data('client', new Uint8Array(40));
    opened.close();
    net.visit({ server: OTHER, sni: FREE });
  }).innocent();
});
