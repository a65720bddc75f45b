// DNS that looks odd and is not forged (the look-alikes of detection rule 1.2).
import { doubledAsAny, doubledAsSpan } from '../../cripplers.ts';
import { scenario } from '../../scenario.ts';
import { BLOCKED, FREE, FREE_TOO, OTHER } from '../places.ts';

scenario('a content network gives other addresses each time', (net) => {
  for (const last of [10, 20, 30, 40]) {
    net.resolve({
      name: 'cdn.example.net',
      answer: { addresses: [`151.101.2.${last}`, `151.101.66.${last}`], recordTtl: 20 },
    });
    net.wait(25_000);
  }
}).innocent();

scenario('two resolvers give addresses near to each of them', (net) => {
  net.resolve({ name: FREE, answer: { addresses: ['96.7.128.175'] } });
  net.resolve({ name: FREE, resolver: '9.9.9.9', answer: { addresses: ['23.215.0.136'] } });
  net.visit({ server: '96.7.128.175:443', sni: FREE });
}).innocent();

scenario('the query was sent twice, and answered twice', (net) => {
  net.resolve({ name: FREE, rtt: 5200, retries: [5], answer: { addresses: ['96.7.128.175'] } });
}).innocent();

scenario('a round robin: the retry gets the same addresses in another order', (net) => {
  net.resolve({ name: FREE, answer: { addresses: ['96.7.128.175', '23.215.0.136'] } });
  net.resolve({ name: FREE, answer: { addresses: ['23.215.0.136', '96.7.128.175'] } });
}).innocent();

for (const [how, crippled] of [
  ['`any` on a gateway', doubledAsAny],
  ['a mirror port', doubledAsSpan],
] as const) {
  scenario(
    `every answer is there twice: ${how}`,
    (net) => {
      for (const name of [FREE, FREE_TOO, BLOCKED]) net.resolve({ name, answer: { addresses: ['96.7.128.175'] } });
    },
    { crippled },
  ).innocent({ quality: 'duplicated' });
}

scenario('a server that fails first and answers then', (net) => {
  net.resolve({
    name: FREE,
    inject: [{ after: 20, rcode: 2, ttl: 55, flags: 0x8180 }],
    answer: { addresses: ['96.7.128.175'] },
  });
}).innocent({ atMost: 'possible' });

scenario('one’s own filter at home answers 0.0.0.0', (net) => {
  for (const [name, address] of [
    ['ads.example.com', '0.0.0.0'],
    [FREE, '96.7.128.175'],
    ['tracker.example.net', '0.0.0.0'],
    ['metrics.example.org', '0.0.0.0'],
  ] as const) {
    net.resolve({ name, resolver: '192.168.1.1', rtt: 2, hops: 0, answer: { addresses: [address] } });
  }
}).innocent({ atMost: 'possible' });

scenario('a company’s names at private addresses', (net) => {
  net.resolve({
    name: 'intranet.example.com',
    resolver: '10.0.0.53',
    rtt: 2,
    hops: 1,
    answer: { addresses: ['10.20.30.40'] },
  });
  net.resolve({ name: FREE, resolver: '10.0.0.53', rtt: 2, hops: 1, answer: { addresses: ['96.7.128.175'] } });
}).innocent({ atMost: 'possible' });

scenario('a name made for private addresses', (net) => {
  const answer = { addresses: ['192.168.1.20'] };
  net.resolve({ name: '192-168-1-20.0123456789abcdef0123456789abcdef.plex.direct', answer });
  net.resolve({ name: FREE, answer: { addresses: ['96.7.128.175'] } });
}).innocent({ atMost: 'possible' });

scenario('a captive portal answers every name with itself', (net) => {
  for (const name of ['captive.apple.com', 'connectivitycheck.gstatic.com', BLOCKED, FREE]) {
    net.resolve({ name, resolver: '192.168.1.1', rtt: 2, hops: 0, answer: { addresses: ['192.168.1.1'] } });
  }
}).innocent({ atMost: 'possible' });

scenario('DNS64 makes IPv6 addresses out of IPv4 ones', (net) => {
  net.resolve({ name: FREE, type: 28, answer: { addresses: ['64:ff9b::6007:80af'] } });
  net.resolve({ name: FREE_TOO, type: 28, answer: { addresses: ['64:ff9b::9765:284'] } });
}).innocent();

scenario('a name that does not exist', (net) => {
  net.resolve({ name: 'no-such-name.example.com', answer: { rcode: 3 } });
  net.resolve({ name: FREE, answer: { addresses: ['96.7.128.175'] } });
}).innocent({ atMost: 'possible' });

scenario('an answer too long for UDP', (net) => {
  net.resolve({ name: FREE, answer: { addresses: ['96.7.128.175'], flags: 0x8380 } });
  net.visit({ server: OTHER, sni: FREE_TOO });
}).innocent();

scenario('a name without IPv6', (net) => {
  net.resolve({ name: FREE, answer: { addresses: ['96.7.128.175'] } });
  net.resolve({ name: FREE, type: 28, answer: {} });
}).innocent();
