// Captures of a machine that resolves names itself: it asks the servers of zones, each of which knows its own alone.
import { describe } from 'vitest';
import type { Net } from '../../network.ts';
import { scenario } from '../../scenario.ts';
import { BLOCKED } from '../places.ts';

const ROOT = '192.5.6.10';
const REGISTRY = '192.5.6.30';
const OTHER_REGISTRY = '199.19.56.1';
const FIRST = '205.251.196.1';
const SECOND = '173.245.58.51';
const asked = { client: '185.107.80.10', recursionDesired: false } as const;
const own = (address: string) => ({ flags: 0x8400, addresses: [address] });
const refused = { rcode: 5 };

/** What a server says of a name in a zone that others serve. */
function toZone(zone: string) {
  return { servers: { zone, names: [`ns1.${zone}`, `ns2.${zone}`] } };
}

/** From the root to the name's own server, as the first of a zone are looked up. */
function walk(net: Net, name: string, address: string): void {
  const zone = name.split('.').slice(-2).join('.');
  const top = zone.slice(zone.indexOf('.') + 1);
  net.resolve({ ...asked, resolver: ROOT, name, answer: { servers: { zone: top, names: [`a.nic.${top}`] } } });
  net.resolve({ ...asked, resolver: REGISTRY, name, answer: toZone(zone) });
  net.resolve({ ...asked, resolver: FIRST, name, answer: own(address) });
}

const SITES = [
  ['www.one.com', '96.7.128.175'],
  ['www.two.com', '151.101.2.132'],
  ['www.three.com', '23.215.0.136'],
] as const;

function ordinary(net: Net): void {
  for (const [name, address] of SITES) walk(net, name, address);
}

describe('servers of zones', () => {
  scenario('refer to others, down from the root', (net) => {
    ordinary(net);
    walk(net, 'deep.down.four.com', '104.18.27.120');
  }).innocent();

  for (const [what, answer] of [
    ['refuses', refused],
    ['fails', { rcode: 2 }],
    ['refers to the root', { servers: { zone: '', names: ['a.root-servers.net', 'b.root-servers.net'] } }],
    ['denies', { rcode: 3, flags: 0x8400, startOf: 'one.com' }],
    ['has no such record', { flags: 0x8400, startOf: 'one.com' }],
    ['knows an address of long ago', own('203.119.25.7')],
    ['knows the address inside', own('10.20.0.7')],
    ['switched it off', own('0.0.0.0')],
  ] as const)
    scenario(`one of two was never told of a zone, or not lately: it ${what}`, (net) => {
      ordinary(net);
      for (const [name, address] of SITES) {
        net.resolve({ ...asked, resolver: SECOND, name: `mail.${name.slice(4)}`, answer: own('96.7.128.9') });
        net.resolve({ ...asked, resolver: SECOND, name, answer });
        net.resolve({ ...asked, resolver: FIRST, name, answer: own(address) });
      }
    }).innocent();

  scenario('one of two passes over questions about zones that it was never told of', (net) => {
    ordinary(net);
    for (let at = 0; at < 6; at++) {
      for (const [name, address] of SITES) {
        net.resolve({ ...asked, resolver: SECOND, name: `mail.${name.slice(4)}`, answer: own('96.7.128.9') });
        net.resolve({ ...asked, resolver: SECOND, name: 'www.four.com', retries: [1, 3] });
        net.resolve({ ...asked, resolver: FIRST, name, answer: own(address) });
      }
    }
  }).innocent();

  scenario('of a well-known resolver, nobody serves DNS at the address of one', (net) => {
    ordinary(net);
    net.visit({ client: asked.client, server: `${SECOND}:443`, sni: 'www.two.com' });
    for (const [name] of SITES) net.resolve({ ...asked, resolver: SECOND, name, retries: [2, 6] });
  }).innocent();
});

describe('the guilty twins', () => {
  const zone = BLOCKED.slice(BLOCKED.indexOf('.') + 1);

  scenario('an injector on the way to the servers of a registry', (net) => {
    ordinary(net);
    net.resolve({
      ...asked,
      resolver: REGISTRY,
      name: BLOCKED,
      answer: toZone(zone),
      inject: [{ after: 3, addresses: ['31.13.94.37'], ttl: 59 }],
    });
  }).expect({ technique: 'dns-poisoning', variant: 'injected', confidence: 'confirmed', target: BLOCKED });

  scenario('one server of a registry denies what another knows', (net) => {
    ordinary(net);
    net.resolve({
      ...asked,
      resolver: REGISTRY,
      name: BLOCKED,
      answer: { rcode: 3, flags: 0x8400, startOf: 'net' },
      lying: true,
    });
    net.resolve({ ...asked, resolver: OTHER_REGISTRY, name: BLOCKED, answer: toZone(zone) });
    net.resolve({ ...asked, resolver: FIRST, name: BLOCKED, answer: own('96.7.128.7') });
  }).expect({ technique: 'dns-poisoning', confidence: 'possible', target: BLOCKED, forged: 'any' });

  scenario('a registry is silent about one name alone', (net) => {
    for (let at = 0; at < 4; at++) {
      ordinary(net);
      net.resolve({ ...asked, resolver: REGISTRY, name: BLOCKED, retries: [2, 5] });
      for (const [other] of SITES) net.resolve({ ...asked, resolver: REGISTRY, name: other, answer: toZone(other) });
    }
  }).expect({ technique: 'dns-blocking', atLeast: 'possible', target: BLOCKED });
});
