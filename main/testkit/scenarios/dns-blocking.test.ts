// Queries that are lost or reset by name (detection rule 1.2, 7).
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
