// For each published description of an injector a server whose own packets look just so: nothing is forged, so nobody is
// named. And for each description of a reply what it is matched by, with one attribute off beside it.
import { describe, expect, it } from 'vitest';
import { atLeast } from '../../../shared/domain/vocabulary.ts';
import { analyze } from '../analyze.ts';
import { ascii, fromHex } from '../bytes.ts';
import { writeCapture } from '../capture.ts';
import { httpResponse } from '../dns-bytes.ts';
import { Net, type SegmentSettings } from '../network.ts';
import { BLOCKED, FREE, SITE, SITE_WEB } from './places.ts';

const analyzed = (tell: (net: Net) => void) => {
  const net = new Net();
  tell(net);
  return analyze(writeCapture(net.capture().capture));
};

const systemsOf = (tell: (net: Net) => void): string[] => [
  ...new Set(analyzed(tell).findings.flatMap(({ attribution }) => attribution.map(({ system }) => system))),
];

/** A server all of whose packets look so; it refuses the hello. */
function refuses(identity: SegmentSettings, resets: readonly SegmentSettings[]) {
  return (net: Net): void => {
    net.visit({ server: '151.101.2.132:443', sni: FREE });
    const tls = net.dial({ server: SITE, rtt: 90 });
    tls.syn().synAck(identity).clientAck().clientHello({ sni: BLOCKED });
    for (const reset of resets) tls.segment('server', { ...identity, after: 91, ...reset });
  };
}

describe.each<[string, (net: Net) => void]>([
  ['GFW type I', refuses({ ttl: 80, df: false, ipId: 0 }, [{ flags: 'R' }])],
  ['GFW type II', refuses({ ttl: 115, df: true, ipId: 0x206e }, [{ flags: 'RA' }])],
  ['GFW type III', refuses({ ttl: 248, df: false, ipId: 0x9921 }, [{ flags: 'RA' }])],
  [
    'the Henan filter, with another payload',
    refuses({ ttl: 58, df: false, ipId: 1, window: 0 }, [{ flags: 'RA', payload: ascii('not spoken') }]),
  ],
  ['CenTrace device A', refuses({ ttl: 50, df: false, ipId: 0x2fe6, window: 501 }, [{ flags: 'RA' }])],
  [
    'CenTrace device B',
    (net) => {
      const web = net.connect({ server: SITE_WEB, rtt: 60 }).request({ host: BLOCKED }).response();
      web.segment('client', { flags: 'FA' }).segment('server', { flags: 'R', after: 60 });
    },
  ],
  [
    'the resets of port 443',
    (net) => {
      for (let attempt = 0; attempt < 3; attempt++) {
        net.dial({ server: SITE, rtt: 90 }).syn().segment('server', { flags: 'RA', seq: 0, after: 90 });
        net.wait(500);
      }
    },
  ],
])('a server that looks like %s', (_, tell) => {
  it('is nobody but itself', () => {
    const { findings } = analyzed(tell);
    expect(findings.filter(({ confidence }) => atLeast(confidence, 'likely'))).toEqual([]);
    expect(findings.flatMap(({ attribution }) => attribution)).toEqual([]);
  });
});

/** A page by a server all of whose packets look so. */
function answers(identity: SegmentSettings, page: Uint8Array, settings: SegmentSettings = {}) {
  return (net: Net): void => {
    for (let attempt = 0; attempt < 2; attempt++) {
      const web = net.dial({ server: SITE_WEB, rtt: 90 });
      web.syn().synAck(identity).clientAck().request({ host: BLOCKED });
      web.segment('server', { ...identity, flags: 'A', after: 88 });
      web.data('server', page, { ...identity, flags: 'FPA', ...settings });
    }
  };
}

const REDIRECT = httpResponse({
  status: 307,
  reason: 'Temporary Redirect',
  headers: { Location: 'http://ads.other.example/' },
  body: '',
});
const FOUND = httpResponse({
  status: 302,
  reason: 'Found',
  headers: { Location: 'http://warning.other.example/' },
  body: '',
});
const NOTICE = httpResponse({ status: 200, headers: { Server: 'PerfTech/1.0' }, body: '<html>Your line</html>' });
const PAGE = httpResponse({ status: 200, body: '<html>Not available</html>' });

describe.each<[string, (net: Net) => void]>([
  ['Sandvine PacketLogic', answers({ ipId: 0x3412, window: 32_120 }, REDIRECT)],
  ['PerfTech bulletin', answers({ window: 1, df: false }, NOTICE)],
  ['CenTrace device C', answers({ window: 16_384, df: false }, PAGE)],
  ['CenTrace device D', answers({ ipId: 0, df: false, window: 123 }, FOUND)],
  ['QUANTUMINSERT', answers({ ipId: 1, df: false, window: 8_192 }, PAGE)],
])('a server that answers like %s', (_, tell) => {
  it('is nobody but itself', () => {
    const { findings } = analyzed(tell);
    expect(findings.filter(({ confidence }) => atLeast(confidence, 'likely'))).toEqual([]);
    expect(findings.flatMap(({ attribution }) => attribution)).toEqual([]);
  });
});

type Injected = NonNullable<Parameters<ReturnType<Net['connect']>['inject']['data']>[1]>;

function injected(page: Uint8Array, settings: Injected, hand: { genuine?: boolean } = {}) {
  return (net: Net): void => {
    net.visit({ server: SITE_WEB, host: FREE, rtt: 90 });
    const web = net.connect({ server: SITE_WEB, rtt: 90 });
    web.request({ host: BLOCKED });
    web.inject.data(page, { after: 3, flags: 'FPA', ...settings });
    if (hand.genuine !== false) web.response();
  };
}

describe('a reply that was put in', () => {
  it.each<[string, (net: Net) => void, string[]]>([
    [
      'with everything of PacketLogic',
      injected(REDIRECT, { ttl: 40, ipId: 0x3412, df: true, window: 32_120 }),
      ['Sandvine PacketLogic'],
    ],
    ['with another IP ID', injected(REDIRECT, { ttl: 40, ipId: 0x3413, df: true, window: 32_120 }), []],
    [
      'with everything of PerfTech',
      injected(NOTICE, { ttl: 40, ipId: 9, df: false, window: 1 }),
      ['PerfTech bulletin'],
    ],
    ['with another window', injected(NOTICE, { ttl: 40, ipId: 9, df: false, window: 2 }), []],
    [
      'with everything of device D',
      injected(FOUND, { ttl: 47, ipId: 0, df: false, window: 123 }),
      ['CenTrace device D (62.28.164.41)'],
    ],
    ['with DF', injected(FOUND, { ttl: 47, ipId: 0, df: true, window: 123 }), []],
  ])('%s', (_, tell, systems) => expect(systemsOf(tell)).toEqual(systems));
});

it('a payload that is the Henan filter’s is told from one that differs in a byte', () => {
  const story = (hex: string) => (net: Net) => {
    const tls = net.connect({ server: SITE, rtt: 160, serverHops: 20 }).clientHello({ sni: BLOCKED });
    tls.inject.rst({ after: 3, ttl: 58, ipId: 1, df: false, payload: fromHex(hex) }).serverHello();
  };
  expect(systemsOf(story('01020304050607080900'))).toContain('Henan provincial filter');
  expect(systemsOf(story('01020304050607080901'))).not.toContain('Henan provincial filter');
});

describe('how far away', () => {
  const twice =
    (ttls: readonly [number, number], ids: readonly [number, number] = [9, 11]) =>
    (net: Net) => {
      net.visit({ server: SITE_WEB, host: FREE, rtt: 90 });
      for (const at of [0, 1] as const) {
        const web = net.connect({ server: SITE_WEB, rtt: 90, serverHops: 14 }).request({ host: BLOCKED });
        web.serverAck();
        web.inject.data(FOUND, { after: 3, flags: 'FPA', ttl: ttls[at], ipId: ids[at], df: false, window: 700 });
        web.response();
      }
    };
  const injectors = (tell: (net: Net) => void) => analyzed(tell).findings.map(({ injector }) => injector);

  it('whoever put replies in is told by a TTL that is the same twice, and by nothing less', () => {
    expect(injectors(twice([58, 58]))).toEqual([
      { hopsFromVantage: 6, basis: 'ttl' },
      { hopsFromVantage: 6, basis: 'ttl' },
    ]);
    expect(injectors(twice([58, 59])).map((injector) => injector?.basis)).toEqual(['ttl-varies', 'ttl-varies']);
    expect(injectors(injected(FOUND, { ttl: 58, ipId: 9, df: false, window: 700 }))).toEqual([
      { hopsFromVantage: null, basis: 'one-burst' },
    ]);
    // Further away than the server itself: its start is not known
    expect(injectors(twice([30, 30])).map((injector) => injector?.basis)).toEqual([
      'ttl-start-unknown',
      'ttl-start-unknown',
    ]);
  });
});
