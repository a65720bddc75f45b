// What goes on failing for a while after a name (detection rule 1.9), and servers that do so by themselves.
import { describe } from 'vitest';
import type { Net } from '../network.ts';
import { scenario } from '../scenario.ts';
import { BLOCKED, FREE, FREE_TOO, OTHER, SITE } from './places.ts';

const FORGED = { hops: 6, ipId: 0x206e, df: false, window: 4229 };

/** The name is reset, by somebody on the way. */
function forbidden(net: Net): void {
  const tls = net.connect({ server: SITE, rtt: 84 });
  tls.clientHello({ sni: BLOCKED });
  tls.inject.rst({ ...FORGED, after: 3 });
  tls.serverHello();
}

/** A connection that nothing forbidden was asked of. */
function resetAtSyn(net: Net): void {
  const web = net.dial({ server: SITE, rtt: 84 });
  web.syn();
  web.inject.rst({ ...FORGED, after: 8 });
  web.synAck();
  web.reset('client', { flags: 'R' });
}

describe('a filter that resets', () => {
  scenario('and goes on doing so to whatever comes, for a minute', (net) => {
    net.visit({ server: SITE, sni: FREE, rtt: 84 });
    net.visit({ server: OTHER, sni: FREE_TOO });
    for (let turn = 0; turn < 2; turn++) {
      forbidden(net);
      for (let attempt = 0; attempt < 3; attempt++) {
        net.wait(15_000);
        resetAtSyn(net);
        net.visit({ server: OTHER, sni: FREE_TOO });
      }
      net.wait(60_000);
      net.visit({ server: SITE, sni: FREE, rtt: 84 });
    }
  }).expect({ technique: 'residual-blocking', interference: 'rst-injection', evidence: ['residual-window'] });
});

describe('innocent', () => {
  scenario('a server turns a client away for a minute after a name that it refused itself', (net) => {
    net.visit({ server: SITE, sni: FREE, rtt: 84 });
    net.visit({ server: OTHER, sni: FREE_TOO });
    for (let turn = 0; turn < 2; turn++) {
      const tls = net.connect({ server: SITE, rtt: 84 });
      tls.clientHello({ sni: BLOCKED });
      tls.reset('server');
      for (let attempt = 0; attempt < 3; attempt++) {
        net.wait(15_000);
        const web = net.dial({ server: SITE, rtt: 84 });
        web.syn();
        web.reset('server', { flags: 'RA' });
        net.visit({ server: OTHER, sni: FREE_TOO });
      }
      net.wait(60_000);
      net.visit({ server: SITE, sni: FREE, rtt: 84 });
    }
  }).innocent({ atMost: 'possible' });
});
