// Forged DNS answers (detection rule 1.2).
import { describe } from 'vitest';
import type { Net } from '../network.ts';
import { scenario } from '../scenario.ts';
import { BLOCKED, FREE, FREE_TOO } from './places.ts';

const GENUINE = { addresses: ['93.184.215.14'] };
const PUBLIC_RESOLVER = '9.9.9.9';

/** The resolver is fine otherwise. */
function otherNames(net: Net, resolver?: string): void {
  for (const [name, address] of [
    [FREE, '96.7.128.175'],
    [FREE_TOO, '151.101.2.132'],
  ] as const) {
    net.resolve({ name, answer: { addresses: [address] }, ...(resolver === undefined ? {} : { resolver }) });
  }
}

describe('injected beside the genuine answer', () => {
  scenario('one forged answer, then the genuine one', (net) => {
    otherNames(net);
    net.resolve({ name: BLOCKED, answer: GENUINE, inject: [{ after: 3, addresses: ['31.13.94.37'], ttl: 59 }] });
  }).expect({
    technique: 'dns-poisoning',
    interference: 'forged-answer',
    confidence: 'confirmed',
    evidence: ['answers-contradict'],
    target: BLOCKED,
  });

  scenario('three injectors, each with its own handwriting', (net) => {
    otherNames(net);
    for (let attempt = 0; attempt < 3; attempt++) {
      net.resolve({
        name: BLOCKED,
        resolver: PUBLIC_RESOLVER,
        rtt: 180,
        answer: GENUINE,
        inject: [
          { after: 4, addresses: ['31.13.94.37'], ttl: 64, df: true, ipId: 0xb10c, flags: 0x8180 },
          { after: 5, addresses: ['162.125.32.2'], ttl: 101, flags: 0x8400 },
          { after: 9, addresses: ['199.59.148.9'], ttl: 62, ipId: 0x4321 },
        ],
      });
    }
  }).expect({ technique: 'dns-poisoning', variant: 'injected', confidence: 'confirmed', target: BLOCKED });

  scenario('NXDOMAIN first, then the addresses', (net) => {
    otherNames(net);
    net.resolve({ name: BLOCKED, answer: GENUINE, inject: [{ after: 3, rcode: 3, ttl: 59 }] });
  }).expect({ technique: 'dns-poisoning', atLeast: 'likely', target: BLOCKED });

  scenario('an IPv6 address out of the Teredo range', (net) => {
    otherNames(net);
    net.resolve({
      name: BLOCKED,
      type: 28,
      answer: { addresses: ['2606:2800:21f:cb07::1'] },
      inject: [{ after: 3, addresses: ['2001::1'], ttl: 59 }],
    });
  }).expect({ technique: 'dns-poisoning', confidence: 'confirmed', target: BLOCKED });

  scenario(
    'through a lossy capture: an unseen query may explain a second answer',
    (net) => {
      otherNames(net);
      net.resolve({ name: BLOCKED, answer: GENUINE, inject: [{ after: 3, addresses: ['31.13.94.37'], ttl: 59 }] });
    },
    { dropped: 40 },
  ).expect({ technique: 'dns-poisoning', atMost: 'likely', atLeast: 'likely' });

  scenario(
    'the genuine answer was lost: it came too soon, to a Telegram name, with an address of somebody else',
    (net) => {
      for (let at = 0; at < 3; at++) otherNames(net, PUBLIC_RESOLVER);
      net.resolve({
        name: 'telegram.org',
        resolver: PUBLIC_RESOLVER,
        inject: [{ after: 2, addresses: ['31.13.94.37'], ttl: 44, ipId: 0x7a7a }],
      });
    },
  ).expect({ technique: 'dns-poisoning', atLeast: 'possible', target: 'telegram.org', forged: 'any' });
});

describe('a single answer that lies', () => {
  scenario('a public block address of a known system', (net) => {
    otherNames(net);
    net.resolve({ name: BLOCKED, answer: { addresses: ['195.175.254.2'] }, lying: true });
  }).expect({
    technique: 'dns-poisoning',
    confidence: 'confirmed',
    target: BLOCKED,
    evidence: ['known-block-address'],
  });

  scenario('a private block address of a known system: a company may use it as well', (net) => {
    otherNames(net);
    net.resolve({ name: BLOCKED, answer: { addresses: ['10.10.34.36'] }, lying: true });
  }).expect({ technique: 'dns-poisoning', atLeast: 'likely', target: BLOCKED, evidence: ['known-block-address'] });

  scenario('a name of a service at an impossible address', (net) => {
    otherNames(net);
    net.resolve({ name: 'telegram.org', answer: { addresses: ['127.0.0.1'] }, lying: true });
  }).expect({ technique: 'dns-poisoning', confidence: 'likely', target: 'telegram.org', evidence: ['bogus-address'] });

  scenario('an unknown name at an impossible address, alone', (net) => {
    otherNames(net);
    net.resolve({ name: BLOCKED, answer: { addresses: ['192.168.66.1'] }, lying: true });
  }).expect({ technique: 'dns-poisoning', confidence: 'possible', target: BLOCKED, forged: 'any' });

  scenario('three unrelated names at one impossible address', (net) => {
    otherNames(net);
    for (const name of [BLOCKED, 'radio.example.com', 'news.example.org']) {
      net.resolve({ name, answer: { addresses: ['100.64.3.3'] }, lying: true });
      otherNames(net);
    }
  }).expect({ technique: 'dns-poisoning', confidence: 'likely', others: 'expected' });

  scenario('another resolver gives the address, and TLS works there', (net) => {
    otherNames(net);
    net.resolve({ name: BLOCKED, answer: { addresses: ['127.0.0.1'] }, lying: true });
    net.resolve({ name: BLOCKED, resolver: PUBLIC_RESOLVER, answer: GENUINE });
    net.visit({ server: '93.184.215.14:443', sni: BLOCKED });
  }).expect({ technique: 'dns-poisoning', confidence: 'likely', target: BLOCKED });

  scenario('denied here, known elsewhere', (net) => {
    otherNames(net);
    net.resolve({ name: BLOCKED, answer: { rcode: 3 }, lying: true });
    net.resolve({ name: BLOCKED, resolver: PUBLIC_RESOLVER, answer: GENUINE });
  }).expect({
    technique: 'dns-poisoning',
    confidence: 'possible',
    target: BLOCKED,
    evidence: ['denied-elsewhere-resolves'],
    forged: 'any',
  });
});

scenario('what follows from a forged answer is a consequence, not a finding about whose address it is', (net) => {
  otherNames(net);
  net.resolve({ name: BLOCKED, answer: GENUINE, inject: [{ after: 3, addresses: ['31.13.94.37'], ttl: 59 }] });
  for (let attempt = 0; attempt < 2; attempt++) net.unanswered({ server: '31.13.94.37:443' });
}).expect({ technique: 'dns-poisoning', confidence: 'confirmed', target: BLOCKED });
