import { describe, expect, it } from 'vitest';
import { SERVICE_NAMES } from '../domain/services.ts';
import {
  type AlternativeParams,
  CONTROL_KINDS,
  ERROR_CODES,
  type EvidenceParams,
  NEXT_KINDS,
  type Params,
  QUALITY_KINDS,
  VERDICT_KINDS,
  type VerdictParams,
} from '../domain/statements.ts';
import { CONFIDENCES, INTERFERENCES, PLACES, TECHNIQUES, TRIGGERS } from '../domain/vocabulary.ts';
import { en } from './en.ts';
import { sentence, serviceName } from './words.ts';

const evidence: { readonly [K in keyof EvidenceParams]: EvidenceParams[K] } = {
  'data-after-reset': { afterMs: 320, bytes: 1400 },
  'answer-after-reset': { afterMs: 84 },
  'ack-after-reset': { afterMs: 18 },
  'syn-ack-after-reset': { afterMs: 240 },
  'reset-behind-data': { bytesBehind: 1460 },
  'reset-sequence-jump': { bytes: 4380 },
  'ttl-differs': { suspect: 128, genuine: [45, 46], difference: 83 },
  'ttl-equal': { ttl: 51 },
  'ip-id-mirrors-peer': { ipId: 9643, peerIpId: 9642 },
  'window-mirrors-peer': { window: 4104 },
  'df-differs': { suspect: false, packets: 4 },
  'window-nonzero': { window: 8192 },
  'reserved-bits': { flags: 0x100 },
  'timestamp-missing': { packets: 5 },
  'reset-burst': { count: 3, withinMs: 0.4, identical: true, ipId: 0xb90b },
  'ttl-window-step': { bursts: 6, difference: 1375 },
  'known-payload': { bytes: 10, hex: '01020304050607080900' },
  'too-soon': { elapsedMs: 8.2, leastRttMs: 318, samples: 4 },
  'identity-equal': {},
  'after-trigger': { elapsedMs: 15.4 },
  'same-position': { flows: 3 },
  'client-kept-sending': { packets: 2 },
  'fin-without-data': { elapsedMs: 30 },
  'before-last-router': { lastClearTtl: 12, firstResetTtl: 13 },
  'baseline-from-other-flows': { flows: 2 },
  'syn-unanswered': { attempts: 2, syns: 6, seconds: 15 },
  'hello-unacknowledged': { retransmissions: 5, seconds: 9.67 },
  'hello-muted': { ackMs: 37, silentSeconds: 20 },
  'hello-partly-acknowledged': { acknowledged: 1300, length: 1800, retransmissions: 3 },
  'request-unacknowledged': { retransmissions: 3, seconds: 5 },
  'request-muted': { ackMs: 37, silentSeconds: 20 },
  'client-unheard': { serverAgain: 7, retransmissions: 6, seconds: 9 },
  'silent-midway': { fromServer: 5, fromClient: 8, retransmissions: 3, seconds: 12 },
  'ping-unanswered': { requests: 4 },
  'udp-unanswered': { datagrams: 3, seconds: 6 },
  'ports-silent': { ports: [80, 443, 5222] },
  'prefix-silent': { addresses: ['149.154.167.51', '149.154.167.91'], prefix: '149.154.167.0/24' },
  'service-silent': { service: 'telegram', addresses: ['149.154.167.51'], answered: 2 },
  'syn-ack-repeated': { count: 3 },
  'icmp-prohibited': { type: 3, code: 13, from: '192.0.2.1', hops: 4 },
  'icmp-unreachable': { type: 3, code: 1, from: '192.0.2.1', hops: null },
  'answers-contradict': { answers: 2, first: ['203.0.113.9'], other: [], gapMs: 41 },
  'answer-too-soon': { elapsedMs: 3, leastRttMs: 44, samples: 5 },
  'answer-identity-differs': { fields: ['TTL', 'IP ID'] },
  'bogus-address': { address: '127.0.0.1', range: '127.0.0.0/8' },
  'shared-bogus-address': { address: '10.10.34.36', names: ['a.example', 'b.example'] },
  'listed-address': { address: '203.0.113.9', list: 'a list', entry: 'x_1' },
  'known-block-address': { address: '10.10.34.36', system: 'Iran', source: 'a list' },
  'known-pool-address': { address: '31.13.64.1', system: 'GFW', source: 'a list' },
  'resolvers-disagree': {
    resolver: '192.0.2.53',
    other: '9.9.9.9',
    answer: ['127.0.0.1'],
    otherAnswer: ['203.0.113.7'],
  },
  'denied-elsewhere-resolves': { rcode: 3, other: '9.9.9.9' },
  'answer-not-from-resolver': { address: '198.51.100.7' },
  'foreign-service-address': { address: '157.240.1.35', service: 'facebook' },
  'query-unanswered': { queries: 3, seconds: 10 },
  'other-names-answered': { resolver: '192.0.2.53', names: 7 },
  'address-failed': { address: '203.0.113.9' },
  'address-works': { address: '203.0.113.9' },
  'teredo-address': { address: '2001::1' },
  'answer-wrong-type': { asked: 'AAAA', addresses: ['203.0.113.9'] },
  'failure-before-answer': { rcode: 5, answer: ['203.0.113.7'], gapMs: 36 },
  'resolver-silent': { resolver: '9.9.9.9', names: 3, queries: 6, seconds: 15 },
  'resolver-alive': { resolver: '9.9.9.9', port: 443 },
  'resolvers-silent': { resolvers: ['9.9.9.9', '8.8.8.8'] },
  'resolver-too-near': { resolver: '8.8.8.8', answerMs: 3, ownMs: 48, samples: 3 },
  'extended-error': { code: 15 },
  'stream-rewritten': { gapMs: 104 },
  'listed-page': { list: 'a list', entry: 'x_1' },
  'known-page': { system: 'Iran', source: 'a list' },
  'ip-id-constant': { ipId: 0x3412, packets: 4 },
  'request-overlooked': { bytes: 153 },
  'redirect-elsewhere': { name: 'blocked.example', location: 'http://warning.example/' },
  'reply-with-end': { bytes: 147 },
  'quic-unanswered': { datagrams: 7, attempts: 2, seconds: 7 },
  'works-over-tcp': { name: 'blocked.example', address: '203.0.113.7', count: 2 },
  'quic-silent-everywhere': { addresses: ['203.0.113.7', '198.51.100.7'] },
  'frozen-after': { bytes: 15_072, packets: 28, tries: 6, seconds: 12 },
  'same-amount': { flows: 3, addresses: 2, least: 15_072, most: 16_020 },
  'smaller-passes': { address: '203.0.113.7', count: 2 },
  'residual-window': { name: 'blocked.example', failed: 5, least: 17, most: 21 },
  'steady-rate': { kilobits: 160, seconds: 11, variationPercent: 4 },
  policed: { kilobits: 130, losses: 42, lossPercent: 18, explainedPercent: 95, seconds: 14 },
  'arrives-in-bursts': { percent: 60 },
  'no-queue': { queueMs: 320, spreadMs: 4 },
  'control-faster': { control: 'other-address', value: 'fine.example', times: 48 },
  'known-issuer': { issuer: 'Example Trust', system: 'a state', source: 'a list' },
  'one-issuer-for-all': { issuer: 'Example Trust', owners: 3, networks: 3 },
  'protocol-recognised': { protocol: 'WireGuard' },
  'names-made-up': { protocol: 'Tor', names: ['www.q7xkz2m5vtbn.com'], count: 3, addresses: 2 },
  'fully-encrypted': { bitsPerByte: 4, printablePercent: 37, longest: 5 },
  repeated: { failed: 7, attempts: 9 },
  'control-ok': { control: 'same-address-other-name', value: 'fine.example', count: 2 },
  'control-failed': { control: 'other-resolver', value: '9.9.9.9', count: 1 },
  'attempt-succeeded': { succeeded: 2, attempts: 9 },
  'name-fails-in-networks': { networks: ['203.0.0.0/16', '198.51.0.0/16'] },
  'fingerprint-separates': { attribute: 'JA4', failing: 't13d1516h2_a', working: 't13d1517h2_b' },
  'names-share-fate': { names: 3 },
};

const alternatives: { readonly [K in keyof AlternativeParams]: AlternativeParams[K] } = {
  'server-closed': { timing: 'one round trip' },
  'server-down': { address: '203.0.113.7' },
  'server-policy': { name: 'blocked.example' },
  'server-overloaded': { address: '203.0.113.7' },
  'server-firewall': { address: '203.0.113.7' },
  'load-balancer': { address: '203.0.113.7' },
  'client-aborted': {},
  'keep-alive-race': {},
  'idle-timeout': { seconds: 75 },
  'packet-loss': { retransmissions: 4 },
  'mtu-black-hole': { length: 1800 },
  'silent-by-design': { protocol: 'WireGuard' },
  'server-without-quic': { address: '203.0.113.7' },
  'server-pacing': { address: '203.0.113.7' },
  'speed-limit': {},
  congestion: {},
  'local-filter': {},
  'home-router': { hops: 2 },
  'nat-timeout': { seconds: 300 },
  'middlebox-proxy': {},
  'capture-duplicates': { frames: 3 },
  'capture-incomplete': {},
  'anycast-rehash': {},
  'older-segment-reordered': {},
  'cdn-rotation': { addresses: ['203.0.113.7', '203.0.113.8'] },
  'split-horizon': { address: '10.0.0.7' },
  'filtering-resolver': { resolver: '192.0.2.53' },
  'captive-portal': { address: '10.0.0.1' },
  'name-does-not-exist': { rcode: 3 },
  'resolver-failure': { rcode: 2 },
  'resolver-down': { resolver: '192.0.2.53' },
  'unseen-query': {},
  'network-down': {},
  'ipv6-broken': {},
  'happy-eyeballs': {},
  'deferred-accept': { address: '203.0.113.7' },
  'host-down': { address: '203.0.113.7' },
  'routing-accident': { prefix: '203.0.113.0/24' },
  'own-tool': {},
};

const verdict: VerdictParams = {
  targets: ['telegram.org', 't.me'],
  more: 0,
  failed: 7,
  attempts: 9,
  interference: 'rst-injection',
  confidence: 'confirmed',
  trigger: 'tls-sni',
  triggerConfidence: 'likely',
  place: 'path',
  survived: false,
  residual: 0,
};

/** A whole sentence in which nothing is left over from the making. */
function expectSentence(text: string): void {
  expect(text).toMatch(/^[A-Z0-9"].*[.)]$|^[A-Z].*<out>$/);
  expect(text).not.toMatch(/undefined|null|NaN|\[object|\$\{| {2}|\.\.|\b1 (packets|times|attempts|bytes|hops)\b/);
}

/** Addresses and names of the params, which a sentence must contain; numbers may be rounded or turned into hex. */
function valuesOf(params: Params): string[] {
  return Object.values(params).flatMap((value) =>
    typeof value === 'string' ? [value] : Array.isArray(value) ? value.map(String) : [],
  );
}

describe('every kind', () => {
  it.each(Object.entries(evidence))('of evidence reads: %s', (kind, params) => {
    const text = sentence(en, 'evidence', kind, params as Params);
    expectSentence(text);
    for (const value of valuesOf(params as Params)) {
      if (value in en.control || value in en.service) continue;
      expect(text).toContain(value);
    }
  });

  it.each(Object.entries(alternatives))('of alternative reads: %s', (kind, params) => {
    const text = sentence(en, 'alternative', kind, params as Params);
    expectSentence(text);
    for (const value of valuesOf(params as Params)) expect(text).toContain(value);
  });

  it.each(QUALITY_KINDS)('of quality reads: %s', (kind) => {
    expectSentence(en.quality[kind]({}, 3));
    expectSentence(en.quality[kind]({ missing: 12, linkType: 'usb' }, 1));
  });

  it.each(NEXT_KINDS)('of next step reads: %s', (kind) => {
    expectSentence(en.next[kind]({ name: null, address: null }));
    expectSentence(en.next[kind]({ name: 'blocked.example', address: '203.0.113.7' }));
  });

  it.each(ERROR_CODES)('of error reads: %s', (code) => {
    expectSentence(en.error[code].text({}));
    expect(en.error[code].text({ path: 'a.pcap' })).toContain('a.pcap');
    expect(en.error[code].hint.length).toBeGreaterThan(10);
  });

  it.each(VERDICT_KINDS)('of verdict reads, at every confidence, trigger and place: %s', (kind) => {
    const rounds = Math.max(CONFIDENCES.length, TRIGGERS.length, PLACES.length, INTERFERENCES.length);
    for (let round = 0; round < rounds; round++) {
      const confidence = CONFIDENCES[round % CONFIDENCES.length]!;
      const text = en.verdict[kind]({
        ...verdict,
        confidence,
        trigger: TRIGGERS[round % TRIGGERS.length]!,
        place: PLACES[round % PLACES.length]!,
        interference: INTERFERENCES[round % INTERFERENCES.length]!,
      });
      expectSentence(text);
      expect(text).toContain('telegram.org and t.me');
      expect(text).toContain(`: ${confidence};`);
    }
  });

  it('has words for techniques, controls and services', () => {
    for (const technique of TECHNIQUES) {
      const { name, how, packets, mistaken } = en.technique[technique];
      expect(name.length).toBeGreaterThan(3);
      for (const text of [how, packets, mistaken]) expectSentence(text);
    }
    for (const kind of CONTROL_KINDS) expect(en.control[kind].length).toBeGreaterThan(5);
    for (const service of SERVICE_NAMES) expect(serviceName(en, service)).not.toBe('');
  });
});

describe('wording', () => {
  it('speaks of the interference and of its trigger apart', () => {
    expect(en.verdict['reset-by-name'](verdict)).toBe(
      'Connections to telegram.org and t.me were reset after the site name in the TLS hello was sent. The resets were ' +
        'forged. 7 of 9 attempts failed. (reset: confirmed; because of the name: likely)',
    );
  });

  it('asserts nothing that is merely possible', () => {
    const text = en.verdict.dropped({ ...verdict, confidence: 'possible', triggerConfidence: 'inconclusive' });
    expect(text).toContain('Packets may have been dropped on the way.');
    expect(text).toContain('(drop: possible; what set it off: cannot be told)');
  });

  it('says when it got through, and when it was one’s own filter', () => {
    expect(en.verdict.reset({ ...verdict, survived: true, failed: 0 })).toContain('It got through all the same.');
    expect(en.verdict.reset({ ...verdict, place: 'this-device' })).toContain('a local filter, not the network');
  });

  it('tells apart what failed because of an earlier attempt', () => {
    const text = en.verdict.reset({ ...verdict, residual: 1 });
    expect(text).toContain('For a while after that 1 more attempt at the same place failed');
    expect(en.verdict.reset(verdict)).not.toContain('For a while');
  });

  it('counts one as one', () => {
    expect(en.quality.truncated({ missing: 1 }, 1)).toContain('1 byte missing');
    expect(en.evidence['reset-burst']({ count: 1, withinMs: 0, identical: false, ipId: 0 })).toMatch(/^1 reset /);
    expect(en.evidence['reset-burst'](evidence['reset-burst'])).toBe(
      '3 identical resets (IP ID 0xb90b) arrived within 0.4 ms.',
    );
  });

  it('folds long lists', () => {
    const ports = [80, 443, 853, 993, 995, 5222, 5223, 8080, 8443, 9001];
    expect(en.evidence['ports-silent']({ ports })).toContain('8080 and 2 more');
    expect(en.verdict.reset({ ...verdict, more: 5 })).toContain('telegram.org, t.me and 5 more');
  });

  it('keeps the fixed sentences on confidence', () => {
    expect(CONFIDENCES.map((confidence) => en.confidence[confidence].sentence)).toEqual([
      'Confirmed: the packets themselves show interference and no listed alternative fits.',
      'Likely: fits best; some alternative is only weakened.',
      'Possible: consistent with interference and with at least one ordinary cause.',
      'Inconclusive: the capture cannot tell.',
    ]);
  });

  it('shows a kind it does not know by its own name', () => {
    expect(sentence(en, 'evidence', 'from-the-future', {})).toBe('from-the-future');
    expect(sentence(en, 'evidence', 'constructor', {})).toBe('constructor');
    expect(serviceName(en, 'toString')).toBe('toString');
  });
});
