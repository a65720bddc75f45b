// QUIC without an answer (detection rule 1.6), and what looks like it.
import { describe } from 'vitest';
import type { Net } from '../network.ts';
import { scenario } from '../scenario.ts';
import { BLOCKED, FREE, FREE_TOO, MIRROR, OTHER, SITE, THIRD } from './places.ts';

function blocked(net: Net, times: number): void {
  for (let attempt = 0; attempt < times; attempt++) {
    net.quic({ server: SITE, sni: BLOCKED, answered: false });
    net.wait(3000);
  }
}

describe('because of the name', () => {
  scenario('two attempts in vain, the name works over TCP, another name at the same address over QUIC', (net) => {
    net.quic({ server: SITE, sni: FREE });
    net.visit({ server: SITE, sni: BLOCKED });
    blocked(net, 2);
    net.quic({ server: SITE, sni: FREE });
  }).expect({
    technique: 'quic-blocking',
    trigger: 'quic-sni',
    triggerAtLeast: 'likely',
    interference: 'packet-drop',
    confidence: 'likely',
    evidence: ['quic-unanswered', 'works-over-tcp', 'control-ok'],
    alternatives: ['server-without-quic', 'local-filter'],
    target: BLOCKED,
  });

  scenario('the same, other QUIC at another address only', (net) => {
    net.quic({ server: OTHER, sni: FREE });
    net.visit({ server: SITE, sni: BLOCKED });
    blocked(net, 2);
    net.quic({ server: OTHER, sni: FREE });
  }).expect({ technique: 'quic-blocking', trigger: 'quic-sni', triggerAtMost: 'possible', confidence: 'likely' });

  scenario('one attempt in vain, and two that stall after the first answer', (net) => {
    net.quic({ server: SITE, sni: FREE });
    net.visit({ server: SITE, sni: BLOCKED });
    blocked(net, 1);
    for (let attempt = 0; attempt < 2; attempt++) {
      net.quic({ server: SITE, sni: BLOCKED, stalls: true });
      net.wait(3000);
    }
    net.quic({ server: SITE, sni: FREE });
  }).expect({ technique: 'quic-blocking', trigger: 'quic-sni', confidence: 'likely', target: BLOCKED });

  scenario('two connections that stall, and none that went unanswered: the server may have gone', (net) => {
    net.quic({ server: SITE, sni: FREE });
    for (let attempt = 0; attempt < 2; attempt++) {
      net.quic({ server: SITE, sni: BLOCKED, stalls: true });
      net.wait(3000);
    }
    net.quic({ server: SITE, sni: FREE });
  }).innocent();

  scenario('afterwards other names at the place fail for a while, and work again', (net) => {
    net.quic({ server: SITE, sni: FREE });
    net.visit({ server: SITE, sni: BLOCKED });
    blocked(net, 2);
    net.quic({ server: SITE, sni: FREE, answered: false });
    net.wait(200_000);
    net.quic({ server: SITE, sni: FREE });
  }).expect({
    technique: 'quic-blocking',
    trigger: 'quic-sni',
    confidence: 'likely',
    evidence: ['control-failed'],
    target: BLOCKED,
  });

  scenario('one attempt in vain', (net) => {
    net.quic({ server: OTHER, sni: FREE });
    net.visit({ server: SITE, sni: BLOCKED });
    blocked(net, 1);
    net.quic({ server: OTHER, sni: FREE });
  }).expect({ technique: 'quic-blocking', confidence: 'possible' });
});

describe('because it is QUIC', () => {
  scenario('four networks silent to QUIC, all answer TCP', (net) => {
    for (const server of [SITE, OTHER, THIRD, MIRROR]) {
      net.quic({ server, sni: FREE, answered: false });
      net.visit({ server, sni: FREE });
    }
  }).expect({
    technique: 'quic-blocking',
    trigger: 'protocol',
    confidence: 'likely',
    evidence: ['quic-silent-everywhere'],
    others: 'expected',
  });
});

describe('innocent', () => {
  scenario('a server that has no QUIC any more, tried beside TCP as browsers do', (net) => {
    net.quic({ server: OTHER, sni: FREE });
    for (let attempt = 0; attempt < 3; attempt++) {
      const at = net.latest + 30;
      net.quic({ server: SITE, sni: BLOCKED, answered: false, at });
      net.visit({ server: SITE, sni: BLOCKED, at: at + 300 });
      net.wait(3000);
    }
    net.quic({ server: OTHER, sni: FREE });
  }).innocent({ atMost: 'possible' });

  scenario('two sites without QUIC, and no other QUIC in the capture', (net) => {
    for (const [server, sni] of [
      [SITE, BLOCKED],
      [OTHER, FREE],
    ] as const) {
      net.quic({ server, sni, answered: false });
      net.visit({ server, sni });
    }
  }).innocent();

  scenario('the server is down', (net) => {
    net.quic({ server: OTHER, sni: FREE });
    blocked(net, 2);
    net.unanswered({ server: SITE });
    net.quic({ server: OTHER, sni: FREE_TOO });
  }).innocent({ atMost: 'possible' });

  scenario(
    'the capture lost packets',
    (net) => {
      net.quic({ server: SITE, sni: FREE });
      blocked(net, 2);
      net.quic({ server: SITE, sni: FREE });
    },
    { dropped: 9 },
  ).innocent();
});
