// Resolvers as such: port 53 silent for every name, answers of somebody nearer, refusals put before the answer
// (detection rules 1.2, 6 to 8), each with what looks like it and is innocent.
import { describe } from 'vitest';
import type { Net } from '../network.ts';
import { scenario } from '../scenario.ts';
import { BLOCKED, FREE, FREE_TOO } from './places.ts';

const GENUINE = { addresses: ['93.184.215.14'] };

function silent(net: Net, resolver: string): void {
  for (const name of [BLOCKED, FREE, FREE_TOO]) net.resolve({ name, resolver, retries: [5] });
}

function answering(net: Net, resolver: string, rtt: number, hops: number): void {
  for (const name of [BLOCKED, FREE, FREE_TOO]) net.resolve({ name, resolver, rtt, hops, answer: GENUINE });
}

describe('port 53', () => {
  scenario('two public resolvers silent for every name, both answer on port 443', (net) => {
    for (const resolver of ['9.9.9.9', '8.8.8.8']) {
      net.visit({ server: `${resolver}:443`, sni: 'dns.example' });
      silent(net, resolver);
    }
  }).expect({
    technique: 'port-blocking',
    trigger: 'port',
    interference: 'packet-drop',
    confidence: 'likely',
    evidence: ['resolver-silent', 'resolver-alive', 'resolvers-silent'],
    others: 'expected',
  });

  scenario('one of them only', (net) => {
    net.visit({ server: '9.9.9.9:443', sni: 'dns.example' });
    silent(net, '9.9.9.9');
    answering(net, '8.8.8.8', 30, 9);
  }).innocent({ atMost: 'possible' });

  scenario('a host that is no resolver does not answer queries', (net) => {
    net.visit({ server: '93.184.215.14:443', sni: FREE });
    silent(net, '93.184.215.14');
  }).innocent({ atMost: 'possible' });

  scenario('the resolvers answer nothing else either: the network is down', (net) => {
    silent(net, '9.9.9.9');
    silent(net, '8.8.8.8');
  }).innocent();

  scenario(
    'the capture lost packets',
    (net) => {
      for (const resolver of ['9.9.9.9', '8.8.8.8']) {
        net.visit({ server: `${resolver}:443`, sni: 'dns.example' });
        silent(net, resolver);
      }
    },
    { dropped: 12 },
  ).innocent();
});

describe('somebody nearer answers in the name of a public resolver', () => {
  scenario('answers in 3 ms, while its address is 48 ms away', (net) => {
    net.visit({ server: '8.8.8.8:443', sni: 'dns.example', rtt: 48, serverHops: 11 });
    answering(net, '8.8.8.8', 3, 3);
  }).expect({
    technique: 'dns-poisoning',
    variant: 'resolver-replaced',
    confidence: 'possible',
    target: '8.8.8.8',
    evidence: ['resolver-too-near'],
  });

  scenario('a site of the resolver near by answers both', (net) => {
    net.visit({ server: '8.8.8.8:443', sni: 'dns.example', rtt: 3, serverHops: 4 });
    answering(net, '8.8.8.8', 3, 4);
  }).innocent();

  scenario('as far away by hops and time as its other ports', (net) => {
    net.visit({ server: '8.8.8.8:443', sni: 'dns.example', rtt: 48, serverHops: 11 });
    answering(net, '8.8.8.8', 49, 11);
  }).innocent();
});

describe('a refusal before the answer', () => {
  for (const [word, rcode] of [
    ['REFUSED', 5],
    ['SERVFAIL', 2],
  ] as const) {
    scenario(`${word} from nearer by, then the genuine answer`, (net) => {
      for (const name of [FREE, FREE_TOO]) net.resolve({ name, resolver: '8.8.8.8', rtt: 40, answer: GENUINE });
      for (let at = 0; at < 2; at++)
        net.resolve({ name: BLOCKED, resolver: '8.8.8.8', rtt: 40, answer: GENUINE, inject: [{ after: 4, rcode }] });
    }).expect({
      technique: 'dns-poisoning',
      variant: 'injected-failure',
      confidence: 'likely',
      target: BLOCKED,
      evidence: ['failure-before-answer'],
    });
  }

  scenario('a resolver that fails, and answers the query sent again', (net) => {
    for (const name of [FREE, FREE_TOO]) net.resolve({ name, answer: GENUINE });
    net.resolve({ name: BLOCKED, answer: { rcode: 2 } });
    net.resolve({ name: BLOCKED, answer: GENUINE });
  }).innocent();
});
