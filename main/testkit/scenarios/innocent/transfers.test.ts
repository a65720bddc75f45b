// Transfers that stop: out of range, hung, crashed, forgotten.
import { describe } from 'vitest';
import { mergedByOffload } from '../../cripplers.ts';
import type { Net } from '../../network.ts';
import { scenario } from '../../scenario.ts';
import { applicationData } from '../../tls-bytes.ts';
import { BLOCKED, FREE, FREE_TOO, MIRROR, OTHER, SITE, THIRD } from '../places.ts';

describe('transfers', () => {
  const big = (net: Net, sni: string, server: string, kilo: number) => {
    const t = net.connect({ server });
    t.clientHello({ sni });
    t.serverHello();
    t.data('client', applicationData(300, 1));
    t.data('server', applicationData(kilo * 1000, 2), { after: 2 });
    t.clientAck();
    t.close();
  };
  scenario('a page of 16 KB, kept open, and a laptop that goes out of range', (net) => {
    big(net, FREE, OTHER, 90);
    const flows = [0, 1, 2].map((i) => {
      const t = net.connect({ server: [SITE, MIRROR, THIRD][i]! });
      t.clientHello({ sni: [BLOCKED, FREE, FREE_TOO][i]! });
      t.serverHello();
      t.data('client', applicationData(300, 1));
      t.data('server', applicationData(14_000 + 300 * i, 2), { after: 2 });
      t.clientAck();
      return t;
    });
    for (const t of flows) {
      t.wait(4000);
      t.data('client', applicationData(39, 3), { lost: 'after-capture' });
      t.retransmit('client', 6);
    }
    net.wait(60_000);
    big(net, FREE, OTHER, 90);
  }).innocent({ atMost: 'possible' });
  scenario('a server process hangs at 16 KB of each answer; its kernel acknowledges', (net) => {
    for (let i = 0; i < 4; i++) {
      big(net, FREE, OTHER, 90);
      const t = net.connect({ server: SITE });
      t.clientHello({ sni: BLOCKED });
      t.serverHello();
      t.data('client', applicationData(300, 1));
      t.data('server', applicationData(14_200, 2), { after: 2 });
      t.clientAck();
      t.wait(10_000);
      t.data('client', applicationData(46, 4));
      t.serverAck();
      t.wait(20_000);
      t.segment('client', { flags: 'FA' });
      t.serverAck();
    }
  }).innocent({ atMost: 'possible' });
  scenario('a host crashes in the middle of three downloads', (net) => {
    big(net, FREE, OTHER, 90);
    const fl = [0, 1, 2].map((i) => {
      const t = net.connect({ server: SITE });
      t.clientHello({ sni: BLOCKED });
      t.serverHello();
      t.data('client', applicationData(300, 1));
      t.data('server', applicationData(13_000 + 1100 * i, 2), { after: 2 });
      t.clientAck();
      return t;
    });
    for (const t of fl) {
      t.data('client', applicationData(46, 4), { after: 5000, lost: 'after-capture' });
      t.retransmit('client', 6);
    }
    big(net, FREE, OTHER, 90);
    for (let i = 0; i < 2; i++) net.unanswered({ server: SITE, retries: [1, 2, 4] });
    big(net, FREE, OTHER, 90);
  }).innocent({ atMost: 'possible' });
  scenario(
    'a stateful firewall of an office forgets connections that were idle for a minute; the card joins segments',
    (net) => {
      for (let i = 0; i < 4; i++) {
        big(net, FREE, SITE, 5);
        const t = net.connect({ server: SITE });
        t.clientHello({ sni: BLOCKED });
        t.serverHello();
        t.talk(1);
        t.wait(70_000);
        t.data('client', applicationData(300, 1), { lost: 'after-capture' });
        t.retransmit('client', 7);
        big(net, FREE, SITE, 5);
      }
    },
    { crippled: mergedByOffload },
  ).innocent({ atMost: 'possible' });
});
