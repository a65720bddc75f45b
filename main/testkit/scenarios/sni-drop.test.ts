// Hellos and what follows them are dropped by name (detection rule 1.3).
import { describe } from 'vitest';
import type { Net } from '../network.ts';
import { scenario } from '../scenario.ts';
import { alert, clientHello } from '../tls-bytes.ts';
import { BLOCKED, FREE, FREE_TOO, MIRROR, OTHER, OTHER_WEB, SITE, SITE_WEB } from './places.ts';

/** Nothing of the hello is acknowledged. */
function swallowed(net: Net, server: string, sni = BLOCKED): void {
  const tls = net.connect({ server, rtt: 37 });
  tls.clientHello({ sni, lost: 'after-capture' });
  tls.retransmit('client', 6);
  tls.segment('client', { flags: 'FA', after: 2000, lost: 'after-capture' });
}

/** The hello arrives; nothing else does, in either direction. */
function muted(net: Net, server: string, sni = BLOCKED): void {
  const tls = net.connect({ server, rtt: 37 });
  tls.clientHello({ sni });
  tls.serverAck();
  tls.serverHello({ lost: 'before-capture' });
  tls.wait(20_000);
  tls.segment('client', { flags: 'FA', lost: 'after-capture' });
}

describe.each([
  ['nothing of it is acknowledged', swallowed],
  ['it is acknowledged, then silence', muted],
] as const)('%s', (_, attempt) => {
  scenario('thrice, on two addresses, while other names work there', (net) => {
    for (const server of [SITE, MIRROR]) {
      net.visit({ server, sni: FREE, rtt: 37 });
      attempt(net, server);
      net.wait(3000);
      attempt(net, server);
      net.visit({ server, sni: FREE_TOO, rtt: 37 });
    }
  }).expect({
    technique: 'sni-filtering',
    trigger: 'tls-sni',
    interference: 'packet-drop',
    confidence: 'likely',
    triggerAtLeast: 'likely',
    target: BLOCKED,
    outcome: [BLOCKED, 'blocked'],
  });

  scenario('once, with nothing to compare: a dead server looks the same', (net) => {
    attempt(net, SITE);
  }).innocent({ atMost: 'possible' });

  scenario('thrice, with nothing to compare: repetition alone is not enough', (net) => {
    for (let at = 0; at < 3; at++) {
      attempt(net, SITE);
      net.wait(2000);
    }
  }).innocent({ atMost: 'possible' });
});

scenario('a swallowed hello without a control is possible, and says what else it may be', (net) => {
  swallowed(net, SITE);
}).expect({ interference: 'packet-drop', confidence: 'possible', alternatives: ['server-down'] });

scenario('the head is acknowledged, the part that holds the name is swallowed', (net) => {
  for (let attempt = 0; attempt < 3; attempt++) {
    net.visit({ server: SITE, sni: FREE, rtt: 37 });
    const tls = net.connect({ server: SITE, rtt: 37 });
    const hello = clientHello({ sni: BLOCKED, postQuantum: true, sniLast: true, seed: attempt });
    tls.data('client', hello.subarray(0, 1400), { flags: 'A' });
    tls.data('client', hello.subarray(1400), { lost: 'after-capture' });
    tls.serverAck();
    tls.retransmit('client', 6);
    net.wait(2000);
  }
  net.visit({ server: SITE, sni: FREE_TOO, rtt: 37 });
}).expect({
  interference: 'packet-drop',
  confidence: 'likely',
  target: BLOCKED,
  evidence: ['hello-partly-acknowledged'],
});

scenario('a request is swallowed because of its Host', (net) => {
  for (let attempt = 0; attempt < 3; attempt++) {
    net.visit({ server: SITE_WEB, host: FREE, rtt: 37 });
    const web = net.connect({ server: SITE_WEB, rtt: 37 });
    web.request({ host: BLOCKED, lost: 'after-capture' });
    web.retransmit('client', 6);
    net.wait(2000);
  }
  net.visit({ server: OTHER_WEB, host: FREE_TOO });
}).expect({ technique: 'http-filtering', trigger: 'http-host', interference: 'packet-drop', confidence: 'likely' });

scenario('a name alone: the same hello with another fingerprint works', (net) => {
  for (let attempt = 0; attempt < 3; attempt++) {
    const tls = net.connect({ server: SITE, rtt: 37 });
    tls.clientHello({ sni: BLOCKED, ciphers: [0x1301, 0x1302, 0xc02b], alpn: [], lost: 'after-capture' });
    tls.retransmit('client', 5);
    net.wait(1000);
    net.visit({ server: SITE, sni: BLOCKED, rtt: 37 });
  }
}).expect({ technique: 'sni-filtering', trigger: 'tls-fingerprint', interference: 'packet-drop', atLeast: 'possible' });

scenario(
  'the capture ends before the silence has lasted: it cannot tell',
  (net) => {
    net.visit({ server: SITE, sni: FREE, rtt: 37 });
    const tls = net.connect({ server: SITE, rtt: 37 });
    tls.clientHello({ sni: BLOCKED });
    tls.serverAck();
    tls.wait(1000);
    tls.clientAck();
  },
  { runsOn: 0 },
).innocent({ atMost: 'inconclusive' });

scenario('a FIN without a byte in place of the answer, thrice, while other names work', (net) => {
  for (let attempt = 0; attempt < 3; attempt++) {
    net.visit({ server: SITE, sni: FREE, rtt: 37 });
    const tls = net.connect({ server: SITE, rtt: 37 });
    tls.clientHello({ sni: BLOCKED });
    tls.segment('server', { flags: 'FA' });
    tls.segment('client', { flags: 'FA' });
    net.wait(2000);
  }
  net.visit({ server: OTHER, sni: FREE_TOO });
}).expect({ atMost: 'possible', target: BLOCKED, forged: 'any' });

scenario('an alert that the server did not send, and its ServerHello after it', (net) => {
  net.visit({ server: SITE, sni: FREE, rtt: 37 });
  for (let attempt = 0; attempt < 3; attempt++) {
    const tls = net.connect({ server: SITE, rtt: 37 });
    tls.clientHello({ sni: BLOCKED });
    tls.inject.data(alert(40), { after: 2, ttl: 120, ipId: 0x3333 });
    tls.serverHello();
    net.wait(2000);
  }
  net.visit({ server: SITE, sni: FREE_TOO, rtt: 37 });
}).expect({ interference: 'tls-alert', target: BLOCKED, atLeast: 'possible' });

scenario('an alert that the server did not send, and whose request never reached it', (net) => {
  net.visit({ server: SITE, sni: FREE, rtt: 37 });
  for (let attempt = 0; attempt < 3; attempt++) {
    const tls = net.connect({ server: SITE, rtt: 37 });
    tls.clientHello({ sni: BLOCKED, lost: 'after-capture' });
    tls.inject.data(alert(40), { after: 2, ttl: 120, ipId: 0x3333 });
    tls.segment('client', { flags: 'FA' });
    net.wait(2000);
  }
  net.visit({ server: SITE, sni: FREE_TOO, rtt: 37 });
}).expect({ interference: 'tls-alert', target: BLOCKED, trigger: 'tls-sni', triggerAtLeast: 'likely' });
