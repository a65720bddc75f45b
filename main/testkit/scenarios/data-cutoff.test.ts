// Connections that freeze after a certain amount (detection rule 1.8), and what looks like them.
import { describe } from 'vitest';
import type { Connection, Net } from '../network.ts';
import { scenario } from '../scenario.ts';
import { applicationData } from '../tls-bytes.ts';
import { BLOCKED, FREE, MIRROR, OTHER, SITE } from './places.ts';

/** Larger than any limit, from elsewhere. */
function large(net: Net): void {
  const tls = net.connect({ server: OTHER });
  tls.clientHello({ sni: FREE });
  tls.serverHello();
  tls.talk(1, 70_000);
  tls.close();
}

function delivering(net: Net, server: string, bytes: number): Connection {
  const tls = net.connect({ server });
  tls.clientHello({ sni: BLOCKED });
  tls.serverHello();
  return tls.talk(1, bytes);
}

/** What follows in vain: a request again and again, then the client closes. */
function inVain(tls: Connection): void {
  tls.data('client', applicationData(60, 9), { after: 200, lost: 'after-capture' });
  tls.retransmit('client', 6);
}

describe('frozen', () => {
  scenario('twice at the same amount, while a small page of the address and a large one elsewhere pass', (net) => {
    large(net);
    delivering(net, SITE, 3000).close();
    for (let attempt = 0; attempt < 2; attempt++) {
      inVain(delivering(net, SITE, 13_000));
      net.wait(4000);
    }
    large(net);
  }).expect({
    technique: 'data-cutoff',
    interference: 'cut-off',
    confidence: 'likely',
    evidence: ['frozen-after', 'same-amount', 'control-ok', 'smaller-passes'],
    alternatives: ['packet-loss', 'server-down'],
    target: BLOCKED,
  });

  scenario('at about the same amount from two addresses', (net) => {
    large(net);
    for (const [server, bytes] of [
      [SITE, 12_000],
      [MIRROR, 13_500],
      [SITE, 14_200],
    ] as const) {
      inVain(delivering(net, server, bytes));
      net.wait(4000);
    }
  }).expect({ technique: 'data-cutoff', confidence: 'likely', others: 'expected' });

  scenario('once', (net) => {
    large(net);
    inVain(delivering(net, SITE, 13_000));
  }).expect({ technique: 'data-cutoff', confidence: 'possible', target: BLOCKED });
});

describe('innocent', () => {
  scenario('pages of 16 KB that are whole, and the connection idle', (net) => {
    large(net);
    for (let attempt = 0; attempt < 3; attempt++) {
      const tls = delivering(net, SITE, 13_000).wait(30_000);
      net.wait(30_000);
      tls.close();
    }
  }).innocent();

  scenario('nothing larger passes anywhere: the link is gone', (net) => {
    for (let attempt = 0; attempt < 2; attempt++) {
      inVain(delivering(net, SITE, 13_000));
      net.wait(4000);
    }
  }).innocent();

  scenario('the same address delivers far more at other times', (net) => {
    large(net);
    delivering(net, SITE, 60_000).close();
    inVain(delivering(net, SITE, 13_000));
    inVain(delivering(net, SITE, 13_000));
  }).innocent();

  scenario('connections break off at amounts that have nothing in common', (net) => {
    large(net);
    delivering(net, SITE, 3000).close();
    for (const bytes of [8000, 13_000, 19_000]) {
      inVain(delivering(net, SITE, bytes));
      net.wait(4000);
    }
  }).innocent({ atMost: 'possible' });

  scenario('a process hangs: the stack goes on acknowledging', (net) => {
    large(net);
    for (let attempt = 0; attempt < 2; attempt++) {
      const tls = delivering(net, SITE, 13_000);
      tls.data('client', applicationData(60, 9), { after: 200 }).serverAck();
      tls.wait(20_000);
      tls.segment('client', { flags: 'FA' }).serverAck();
    }
    large(net);
  }).innocent();

  scenario(
    'the capture lost packets',
    (net) => {
      large(net);
      delivering(net, SITE, 3000).close();
      for (let attempt = 0; attempt < 2; attempt++) {
        inVain(delivering(net, SITE, 13_000));
        net.wait(4000);
      }
    },
    { dropped: 20 },
  ).innocent();
});
