// What lists that a person imported add to a judgement, and what they cannot (detection rules 1.2 and 1.5).
import { describe, expect, it } from 'vitest';
import type { ListFormat, ListKind } from '../../../shared/domain/lists.ts';
import type { ImportedList } from '../../enrich/list-index.ts';
import { analyze } from '../analyze.ts';
import { writeCapture } from '../capture.ts';
import { httpResponse } from '../dns-bytes.ts';
import { Net } from '../network.ts';
import { scenario } from '../scenario.ts';
import { BLOCKED, FREE, FREE_TOO, SITE_WEB } from './places.ts';

function list(format: ListFormat, kind: ListKind, text: string, name = 'mine'): ImportedList {
  const facts = {
    name,
    format,
    kind,
    sha256: 'ab'.repeat(32),
    includes: [],
    entries: 1,
    skipped: 0,
    source: 'somebody',
    licence: null,
    date: '2026-10',
    imported: '2026-11-23',
  };
  return { facts, file: { name, text }, includes: [] };
}

const PHRASE = 'Zugriff auf diese Seite wurde untersagt';
const signature = (fingerprint: string, pattern = PHRASE) => JSON.stringify({ fingerprint, pattern });
const PAGES = list('censored-planet', 'block-pages', signature('b_nat_xy_1'));
const GENERIC = list('censored-planet', 'block-pages', signature('f_gen_1'));
const NONE = list('censored-planet', 'not-block-pages', signature('x_fp_1', 'gehostet von'), 'none');
const ADDRESSES = list('addresses', 'block-addresses', '96.7.129.0/24\n');
const MONETISED = list('dnsmasq', 'block-addresses', 'bogus-nxdomain=96.7.129.9\n');

function reply(net: Net, body: string, hand: { ttl?: number } = {}): void {
  net.visit({ server: SITE_WEB, host: FREE, rtt: 84 });
  const web = net.connect({ server: SITE_WEB, rtt: 84 });
  web.request({ host: BLOCKED });
  const page = httpResponse({ status: 403, reason: 'Forbidden', body: `<html>${body}</html>` });
  if (hand.ttl === undefined) web.response({ status: 403, reason: 'Forbidden', body: `<html>${body}</html>` });
  else web.inject.data(page, { after: 88, flags: 'PA', ttl: hand.ttl, df: false, ipId: 0x7c01, window: 229 });
}

function lyingAnswer(net: Net, address = '96.7.129.9'): void {
  net.resolve({ name: FREE, answer: { addresses: ['96.7.128.175'] } });
  net.resolve({ name: FREE_TOO, answer: { addresses: ['151.101.2.132'] } });
  net.resolve({ name: BLOCKED, answer: { addresses: [address] }, lying: true });
}

describe('a page', () => {
  scenario('that matches a list, in the server’s own hand: possible', (net) => reply(net, PHRASE), {
    lists: [PAGES],
  }).expect({
    technique: 'http-blockpage',
    confidence: 'possible',
    evidence: ['listed-page'],
    target: BLOCKED,
    forged: 'any',
  });

  scenario('that matches a list, in another hand: likely', (net) => reply(net, PHRASE, { ttl: 60 }), {
    lists: [PAGES],
  }).expect({ technique: 'http-blockpage', confidence: 'likely', evidence: ['listed-page'], target: BLOCKED });

  scenario('that matches one alternative of a pattern', (net) => reply(net, PHRASE), {
    lists: [list('censored-planet', 'block-pages', signature('b_nat_xy_1', `^Verboten|${PHRASE}|accès interdit$`))],
  }).expect({ technique: 'http-blockpage', confidence: 'possible', evidence: ['listed-page'], target: BLOCKED });

  scenario('of the same words, without the list', (net) => reply(net, PHRASE)).innocent();

  scenario('that matches an entry which fits any refusal', (net) => reply(net, PHRASE), {
    lists: [GENERIC],
  }).innocent();

  scenario('that matches a list, and another list says it is none', (net) => reply(net, `${PHRASE}, gehostet von`), {
    lists: [NONE, PAGES],
  }).innocent();

  scenario(
    'known here, and a list of its user says it is none',
    (net) => reply(net, 'gehostet von <iframe src="http://10.10.34.36/">'),
    { lists: [NONE] },
  ).innocent();

  scenario('whose name is the one in the entry: their own site', (net) => reply(net, `see ${BLOCKED}/sperre`), {
    lists: [list('censored-planet', 'block-pages', signature('b_nat_xy_2', 'forum\\.example\\.net/sperre'))],
  }).innocent();
});

describe('an answer', () => {
  scenario('that leads where a list says filters lead: possible', (net) => lyingAnswer(net), {
    lists: [ADDRESSES],
  }).expect({
    technique: 'dns-poisoning',
    confidence: 'possible',
    evidence: ['listed-address'],
    target: BLOCKED,
    forged: 'any',
  });

  scenario('of the same address, without the list', (net) => lyingAnswer(net)).innocent();

  scenario('that leads where a provider leads names that do not exist', (net) => lyingAnswer(net), {
    lists: [MONETISED],
  }).innocent();
});

describe('names', () => {
  it('get the service of the list that holds them, where the own table knows none', () => {
    const net = new Net();
    net.visit({ server: SITE_WEB, host: `a.${FREE_TOO}`, rtt: 84 });
    net.visit({ server: SITE_WEB, host: FREE, rtt: 84 });
    const lists = [list('v2fly', 'service', `${FREE_TOO}\nfull:x.${FREE}\n`, 'my-service')];
    const { targets, services } = analyze(writeCapture(net.capture().capture), { lists });
    expect(targets.map(({ domain, service }) => `${domain} ${service}`)).toEqual([
      `a.${FREE_TOO} my-service`,
      `${FREE} null`,
    ]);
    expect(services).toMatchObject([
      { service: 'my-service', list: 'my-service', surfaces: [{ surface: 'web', state: 'reachable' }] },
    ]);
  });

  it('of a list called as a known service belong to that service, which says so', () => {
    const net = new Net();
    net.visit({ server: SITE_WEB, host: FREE, rtt: 84 });
    net.visit({ server: '149.154.167.99:80', host: 'telegram.org', rtt: 84 });
    const lists = [list('v2fly', 'service', `${FREE}\n`, 'telegram')];
    const { targets, services } = analyze(writeCapture(net.capture().capture), { lists });
    expect(targets.map(({ service }) => service)).toEqual(['telegram', 'telegram']);
    expect(services.map(({ service, list: from }) => [service, from])).toEqual([['telegram', 'telegram']]);
    expect(services[0]!.surfaces[0]).toMatchObject({ surface: 'web', state: 'reachable', targets: ['T1', 'T2'] });
    const own = analyze(writeCapture(net.capture().capture));
    expect(own.services.map((row) => [row.service, row.list])).toEqual([['telegram', undefined]]);
  });
});

describe('the result', () => {
  it('names its lists, and is the same for the same bytes and lists', () => {
    const net = new Net();
    reply(net, PHRASE);
    const bytes = writeCapture(net.capture().capture);
    const first = analyze(bytes, { lists: [PAGES, ADDRESSES] });
    expect(first.lists.map(({ name, sha256 }) => [name, sha256.length])).toEqual([
      ['mine', 64],
      ['mine', 64],
    ]);
    expect(analyze(bytes, { lists: [PAGES, ADDRESSES], seed: 7 })).toEqual(first);
    expect(analyze(bytes).lists).toEqual([]);
  });
});
