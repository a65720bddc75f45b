// Tor's hellos, each with a name made up for it (detection rule 1.8): what is matched then is no name.
import { describe, expect, it } from 'vitest';
import type { Analysis } from '../../../shared/contract/analysis.ts';
import { analyze } from '../analyze.ts';
import { writeCapture } from '../capture.ts';
import { Net } from '../network.ts';
import { scenario } from '../scenario.ts';
import { FREE, FREE_TOO, OTHER, SITE } from './places.ts';

const RELAY = '198.96.155.3:9001';
const RELAYS = [RELAY, '185.220.101.4:443', '62.210.92.11:9001', '171.25.193.9:80', '204.13.164.118:443'];
const INVENTED = [
  'www.q7xkz2m5vtbn.com',
  'www.wpfj3hz6y.com',
  'www.zt4kqbv2nlx5.com',
  // Looks like a word: the others tell what it is.
  'www.obani.com',
  'www.k3vyu5e6xzq2b.com',
];
/** No ALPN, as Tor sends none. */
const TOR = { alpn: [] };

/** Each name is tried once, as a relay is given another one each time. */
function silent(net: Net, names: readonly string[], { relays = [RELAY], alpn = TOR.alpn }: Partial<Told> = {}): void {
  net.visit({ server: OTHER, sni: FREE });
  for (const [at, sni] of names.entries()) {
    const tls = net.connect({ server: relays[at % relays.length]! });
    tls.clientHello({ sni, alpn, lost: 'after-capture' });
    tls.retransmit('client', 5);
    net.visit({ server: SITE, sni: FREE_TOO });
    net.wait(5_000);
  }
}

interface Told {
  readonly relays: readonly string[];
  readonly alpn: readonly string[];
}

/** A program that looks for a relay: it tries one after the other. */
function reset(net: Net, relays: readonly string[] = RELAYS): void {
  net.visit({ server: OTHER, sni: FREE });
  for (const [at, server] of relays.entries()) {
    const tls = net.connect({ server, rtt: 60 });
    tls.clientHello({ sni: INVENTED[at]!, ...TOR });
    tls.inject.rst({ after: 4, hops: 5, ipId: 0x3111 + 77 * at });
    tls.serverHello();
    net.wait(1_000);
  }
}

/** The relay answers. */
function works(net: Net, server: string, sni: string): void {
  net
    .connect({ server })
    .clientHello({ sni, ...TOR })
    .serverHello()
    .talk(2)
    .close();
}

describe('Tor', () => {
  scenario('a relay falls silent after each hello, while sites answer', (net) => {
    silent(net, INVENTED);
  }).expect({
    technique: 'port-blocking',
    trigger: 'protocol',
    triggerAtMost: 'possible',
    atMost: 'possible',
    evidence: ['names-made-up'],
    alternatives: ['server-down'],
    target: '198.96.155.3',
  });

  scenario('relays are reset after the hello, each tried once', (net) => {
    reset(net);
  }).expect({
    interference: 'rst-injection',
    trigger: 'protocol',
    triggerAtMost: 'possible',
    confidence: 'confirmed',
    evidence: ['names-made-up'],
    others: 'expected',
    outcome: ['204.13.164.118', 'blocked'],
  });

  scenario('one relay is reset, others work: then the form of the hello is not what was matched', (net) => {
    reset(net, RELAYS.slice(0, 1));
    for (const at of [1, 2]) works(net, RELAYS[at]!, INVENTED[at]!);
  }).expect({ interference: 'rst-injection', trigger: 'protocol', triggerAtMost: 'inconclusive' });

  scenario('the relay answers', (net) => {
    for (const sni of INVENTED) works(net, RELAY, sni);
  }).innocent({ outcome: ['198.96.155.3', 'ok'] });

  scenario('relays that are off, that refuse, that hang up; others work', (net) => {
    net.visit({ server: OTHER, sni: FREE });
    for (let i = 0; i < 3; i++) net.unanswered({ server: RELAYS[1]!, retries: [1, 2, 4] });
    const closed = net.dial({ server: RELAYS[2]! });
    closed.syn();
    closed.segment('server', { flags: 'RA', seq: 0, window: 0 });
    const leaving = net.connect({ server: RELAYS[3]! });
    leaving.clientHello({ sni: INVENTED[3]!, ...TOR });
    leaving.segment('server', { flags: 'FA' });
    for (const at of [0, 4]) works(net, RELAYS[at]!, INVENTED[at]!);
    works(net, RELAY, INVENTED[2]!);
  }).innocent({ atMost: 'possible' });
});

function analysisOf(tell: (net: Net) => void): Analysis {
  const net = new Net();
  tell(net);
  return analyze(writeCapture(net.capture().capture));
}

const triggersOf = (tell: (net: Net) => void): string[] => analysisOf(tell).findings.map(({ trigger }) => trigger.kind);

it.each([
  ['reset', reset],
  ['silent', (net: Net) => silent(net, INVENTED, { relays: RELAYS })],
] as const)('makes one incident of many relays that fail alike: %s', (_, tell) => {
  const { findings, incidents, targets } = analysisOf(tell);
  expect(findings).toHaveLength(RELAYS.length);
  expect(findings.map(({ target }) => target.domain)).toEqual(RELAYS.map(() => null));
  expect(incidents).toHaveLength(1);
  expect(incidents[0]!.findings).toHaveLength(RELAYS.length);
  expect(incidents[0]!.verdict.params).toMatchObject({ targets: ['Tor'], more: 0, failed: 5, attempts: 5 });
  const failed = targets.filter((target) => target.failed > 0);
  expect(failed.map(({ domain, addresses, port }) => domain ?? `${addresses}:${port}`).sort()).toEqual(
    [...RELAYS].sort(),
  );
});

it('knows three guards by their hellos, one of which has a name like a word', () => {
  const triggers = triggersOf((net) => silent(net, INVENTED.slice(2), { relays: RELAYS }));
  expect(triggers).toEqual(['protocol', 'protocol', 'protocol']);
});

it('keeps apart what was done in another way, and what was done to sites', () => {
  const { incidents } = analysisOf((net) => {
    reset(net);
    silent(
      net,
      INVENTED.map((name) => name.replace('www.', 'www.b')),
      { relays: RELAYS.slice(0, 2) },
    );
    const site = net.connect({ server: SITE, rtt: 60 });
    site.clientHello({ sni: 'forum.example.net' });
    site.inject.rst({ after: 4, hops: 5, ipId: 0x5222 });
    site.serverHello();
  });
  expect(incidents.map(({ verdict }) => [verdict.params.interference, verdict.params.targets])).toEqual([
    ['rst-injection', ['Tor']],
    ['packet-drop', ['Tor']],
    ['rst-injection', ['forum.example.net']],
  ]);
});

it.each([
  ['words', ['www.facebook.com', 'www.instagram.com', 'www.whatsapp.com'], {}],
  ['one that nobody would call a site', ['www.q7xkz2m5vtbn.com'], {}],
  ['names of another form', ['q7xkz2m5vtbn.example', 'www.wpfj3hz6y.org'], {}],
  ['what a browser sends', INVENTED, { alpn: ['h2', 'http/1.1'] }],
  ['names that are tried again', [...INVENTED, ...INVENTED], {}],
  ['two at different places', INVENTED.slice(0, 2), { relays: RELAYS }],
  ['some of a list that is worked off', [...INVENTED, 'www.obani.org'], { relays: RELAYS }],
  [
    'two among words',
    [...INVENTED.slice(0, 2), 'www.nature.com', 'www.science.com', 'www.cell.com'],
    { relays: RELAYS },
  ],
])('takes no names of sites for made up: %s', (_, names, told) => {
  const triggers = triggersOf((net) => silent(net, names, told));
  expect(triggers.length).toBeGreaterThan(0);
  expect(triggers).not.toContain('protocol');
});

it('takes no name for made up that somebody was asked for', () => {
  const triggers = triggersOf((net) => {
    for (const name of INVENTED) net.resolve({ name, answer: { addresses: ['198.96.155.3'] } });
    silent(net, INVENTED);
  });
  expect(triggers.length).toBeGreaterThan(0);
  expect(triggers).not.toContain('protocol');
});
