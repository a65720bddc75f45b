// Queries that are lost or reset by name (detection rule 1.2, 7).
import { vector16 } from '../bytes.ts';
import { dnsAnswer, dnsQuery } from '../dns-bytes.ts';
import { scenario } from '../scenario.ts';
import { BLOCKED, FREE, FREE_TOO } from './places.ts';

scenario('one name draws no answer, thrice in ten seconds, while others do', (net) => {
  net.resolve({ name: FREE, answer: { addresses: ['96.7.128.175'] } });
  net.resolve({ name: BLOCKED, retries: [5, 10] });
  net.resolve({ name: FREE_TOO, answer: { addresses: ['151.101.2.132'] } });
}).expect({
  technique: 'dns-blocking',
  interference: 'packet-drop',
  confidence: 'possible',
  target: BLOCKED,
  evidence: ['query-unanswered'],
});

scenario('the resolver is silent about everything', (net) => {
  for (const name of [FREE, BLOCKED, FREE_TOO]) net.resolve({ name, retries: [5, 10] });
}).innocent({ atMost: 'possible' });

scenario(
  'a query that the end of the capture leaves open',
  (net) => {
    net.resolve({ name: FREE, answer: { addresses: ['96.7.128.175'] } });
    net.resolve({ name: BLOCKED });
  },
  { runsOn: 0 },
).innocent({ atMost: 'inconclusive' });

scenario('a question over TCP is answered by a forged reset because of its name', (net) => {
  const ask = (name: string, forged: boolean): void => {
    const dns = net.connect({ server: '9.9.9.9:53', rtt: 60 });
    const query = dnsQuery({ id: 7, name });
    dns.data('client', vector16(query));
    if (forged) dns.inject.rst({ after: 4, ttl: 120, ipId: 0x3344, df: false, window: 800 });
    dns.data('server', vector16(dnsAnswer({ id: 7, name, addresses: ['93.184.215.14'] })));
    if (!forged) dns.clientAck().close();
  };
  ask(FREE, false);
  for (let attempt = 0; attempt < 3; attempt++) ask(BLOCKED, true);
  ask(FREE_TOO, false);
}).expect({
  interference: 'rst-injection',
  trigger: 'dns-name',
  technique: 'dns-blocking',
  atLeast: 'likely',
  target: BLOCKED,
});
