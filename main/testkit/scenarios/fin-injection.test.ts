// A FIN in place of a reset (detection rule 1.3, "FIN instead of RST").
import { scenario } from '../scenario.ts';
import { BLOCKED, FREE, OTHER, SITE } from './places.ts';

scenario('a forged FIN, and the server’s answer after it', (net) => {
  net.visit({ server: SITE, sni: FREE, rtt: 84 });
  for (let attempt = 0; attempt < 3; attempt++) {
    const tls = net.connect({ server: SITE, rtt: 84 });
    tls.clientHello({ sni: BLOCKED });
    tls.inject.fin({ after: 3, ttl: 60, ipId: 0x3412, df: false });
    tls.serverHello();
  }
}).expect({ interference: 'rst-injection', variant: 'fin', atLeast: 'likely', target: BLOCKED });

scenario('a FIN of another TTL without DF, and nothing after it', (net) => {
  net.visit({ server: OTHER, sni: FREE, rtt: 84 });
  const tls = net.connect({ server: SITE, rtt: 84 });
  tls.clientHello({ sni: BLOCKED });
  tls.inject.fin({ after: 86, ttl: 83, ipId: 0x3412, df: false });
  tls.segment('client', { flags: 'FA', after: 90 });
}).expect({ interference: 'rst-injection', variant: 'fin', atLeast: 'likely', target: BLOCKED });

scenario('a forged FIN three times over, identical, within a millisecond', (net) => {
  net.visit({ server: OTHER, sni: FREE, rtt: 84 });
  const tls = net.connect({ server: SITE, rtt: 84 });
  tls.clientHello({ sni: BLOCKED });
  tls.inject.fin({ after: 3, ttl: 60, ipId: 0x3412, df: false, count: 3 });
  tls.serverHello();
}).expect({ interference: 'rst-injection', variant: 'fin', atLeast: 'likely', target: BLOCKED });
