// Certificates of those who read along (detection rule 1.3, MITM), and certificates that only look odd.
import { describe } from 'vitest';
import type { Net } from '../network.ts';
import { scenario } from '../scenario.ts';
import { BLOCKED, FREE, FREE_TOO, OTHER, SITE, THIRD } from './places.ts';

function visit(net: Net, server: string, sni: string, issuer: string, names: readonly string[] = [sni]): void {
  const tls = net.connect({ server });
  tls.clientHello({ sni });
  tls.serverHello({ tls12: true, names, issuer });
  tls.talk(2);
  tls.close();
}

describe('read along', () => {
  scenario('a national certificate for one site', (net) => {
    visit(net, OTHER, FREE, 'Example CA');
    visit(net, SITE, BLOCKED, 'Qaznet Trust Network');
  }).expect({
    technique: 'tls-mitm',
    interference: 'tls-mitm',
    confidence: 'likely',
    evidence: ['known-issuer'],
    target: BLOCKED,
    place: 'path',
    effect: 'survived',
    forged: 'any',
  });

  scenario('a national certificate for sites of three owners in three networks', (net) => {
    for (const [server, name] of [
      [SITE, BLOCKED],
      [OTHER, FREE],
      [THIRD, FREE_TOO],
    ] as const) {
      visit(net, server, name, 'Qaznet Trust Network');
    }
  }).expect({ technique: 'tls-mitm', confidence: 'confirmed', others: 'expected', forged: 'any' });

  scenario('the antivirus of the device itself', (net) => {
    visit(net, SITE, BLOCKED, 'ESET SSL Filter CA');
  }).expect({
    technique: 'tls-mitm',
    confidence: 'likely',
    place: 'this-device',
    alternatives: ['local-filter'],
    forged: 'any',
  });
});

describe('innocent', () => {
  scenario('an authority that nobody knows', (net) => {
    for (const [server, name] of [
      [SITE, BLOCKED],
      [OTHER, FREE],
    ] as const) {
      visit(net, server, name, 'Company Internal CA');
    }
  }).innocent();

  scenario('a certificate for another name', (net) => {
    visit(net, SITE, BLOCKED, 'Example CA', ['default.hosting.example']);
  }).innocent();

  scenario('a name that sounds like the authority', (net) => {
    visit(net, SITE, BLOCKED, 'Example CA', ['Qaznet Trust Network']);
  }).innocent();
});
