import { describe, expect, it } from 'vitest';
import type { Incident, Target } from '../../../shared/contract/analysis.ts';
import type { CaptureView } from '../../../shared/contract/merge.ts';
import type { DnsRow, FlowRow } from '../../../shared/contract/service.ts';
import { parse } from '../../../shared/filter/parse.ts';
import {
  addressesOf,
  attemptsOf,
  controlFor,
  type Plan,
  planOf,
  planText,
  type StepKind,
  siteOf,
  stepsOf,
  testFilter,
  verdictOf,
} from './guided.ts';

const flow = (change: Partial<FlowRow>): FlowRow => ({
  flow: 1,
  protocol: 'tcp',
  application: 'tls',
  client: { address: '192.0.2.1', port: 40_000 },
  server: { address: '198.51.100.1', port: 443 },
  name: 'example.org',
  offset: 1,
  duration: 0.2,
  packetsToServer: 5,
  packetsToClient: 5,
  bytesToServer: 500,
  bytesToClient: 500,
  outcome: 'ok',
  roundTrip: 0.02,
  findings: [],
  incidents: [],
  ...change,
});
const lookup = (change: Partial<DnsRow>): DnsRow => ({
  exchange: 1,
  name: 'example.org',
  type: 'A',
  client: { address: '192.0.2.1', port: 40_001 },
  resolver: { address: '192.0.2.53', port: 53 },
  transport: 'udp',
  offset: 0.5,
  queries: [1],
  answers: [{ frame: 2, offset: 0.6, rcode: 0, addresses: ['198.51.100.1'], forged: false }],
  disagree: false,
  findings: [],
  ...change,
});
const target = (change: Partial<Target>): Target => ({
  id: 'T1',
  domain: 'example.org',
  domainFrom: 'sni',
  addresses: ['198.51.100.1'],
  port: 443,
  transport: 'tcp',
  service: null,
  surface: null,
  attempts: 1,
  failed: 0,
  succeeded: 1,
  outcome: 'ok',
  frames: [],
  incidents: [],
  ...change,
});
const view = (change: Partial<CaptureView> = {}): CaptureView => ({
  capture: 'c',
  state: 'reading',
  progress: { bytesRead: 0, bytesTotal: null, packets: 0, flows: 0, reached: 0, elapsed: 0 },
  head: null,
  findings: [],
  incidents: [],
  targets: [],
  ...change,
});
const incident = (change: Partial<Incident>): Incident => ({
  id: 'I1',
  targets: ['T1'],
  techniques: ['rst-injection'],
  confidence: 'confirmed',
  outcome: 'blocked',
  findings: ['F1'],
  failed: 1,
  succeeded: 0,
  firstTime: '1.000000000',
  lastTime: '2.000000000',
  verdict: { kind: 'reset', params: {}, text: '' },
  next: [],
  ...change,
});
const plan: Plan = planOf('example.org,wikipedia.org')!;
const telegram: Plan = planOf('telegram.org')!;
const control = (offset: number, change: Partial<FlowRow> = {}): FlowRow =>
  flow({
    flow: 100 + offset,
    name: 'www.wikipedia.org',
    server: { address: '198.51.100.9', port: 443 },
    offset,
    ...change,
  });

describe('a site out of what was typed', () => {
  it.each([
    ['example.org', 'example.org'],
    [' https://www.Example.org/path?x=1#y ', 'example.org'],
    ['http://news.example.org:8080', 'news.example.org'],
    ['пример.рф', 'xn--e1afmkfd.xn--p1ai'],
    ['example.org.', 'example.org'],
  ])('%s', (text, domain) => {
    expect(siteOf(text)).toMatchObject({ domain, service: null });
  });

  it.each(['', 'localhost', '192.0.2.1', '[2001:db8::1]', 'http://', 'two words', 'a..b', `${'x'.repeat(64)}.org`])(
    '%j is none',
    (text) => {
      expect(siteOf(text)).toBeNull();
    },
  );

  it('knows what belongs to a service', () => {
    expect(siteOf('web.telegram.org')).toMatchObject({
      domain: 'web.telegram.org',
      service: 'telegram',
      surfaces: ['web', 'app'],
      names: ['web.telegram.org', 'telegram.org', 't.me'],
    });
    expect(siteOf('Телеграм', { телеграм: 'telegram' })?.service).toBe('telegram');
    expect(siteOf('signal.org')?.surfaces).toEqual(['web', 'app', 'calls']);
  });

  it('takes a control that has nothing to do with it', () => {
    expect(controlFor(siteOf('telegram.org')!).domain).toBe('wikipedia.org');
    expect(controlFor(siteOf('ru.wikipedia.org')!).domain).toBe('example.com');
  });

  it('goes through the address and back', () => {
    for (const text of ['telegram.org,wikipedia.org', 'news.example.org,example.com'])
      expect(planText(planOf(text)!)).toBe(text);
    expect(planOf('nonsense')).toBeNull();
    // A control that is the site itself says nothing
    expect(planOf('example.org,www.example.org')!.control.domain).toBe('wikipedia.org');
  });

  it('asks for what belongs to the test in the language of filters', () => {
    const read = parse(testFilter(telegram, ['149.154.167.99', '2001:67c:4e8:f004::9']));
    expect(read.ok).toBe(true);
  });
});

describe('attempts', () => {
  it('are those of site and control, in order of time', () => {
    const flows = [
      flow({ flow: 3, offset: 3 }),
      control(1),
      flow({ flow: 4, name: 'other.example.net', offset: 2 }),
      flow({ flow: 5, name: 'cdn.example.org', offset: 4 }),
      flow({ flow: 6, name: 'notexample.org', offset: 5 }),
    ];
    const found = attemptsOf(plan, flows, [lookup({ offset: 2.9 })], []);
    expect(found.map(({ key, role }) => [key, role])).toEqual([
      ['f101', 'control'],
      ['d1', 'site'],
      ['f3', 'site'],
      ['f5', 'site'],
    ]);
  });

  it('that never said a name go by the address', () => {
    const targets = [target({ outcome: 'down', failed: 1, succeeded: 0 })];
    expect(addressesOf(targets, plan.site)).toEqual(['198.51.100.1']);
    const silent = flow({ name: null, application: null, outcome: 'unanswered' });
    expect(attemptsOf(plan, [silent], [], targets)).toMatchObject([{ role: 'site', result: 'failed' }]);
    expect(attemptsOf(plan, [silent], [], [])).toEqual([]);
    const app = flow({ name: null, application: 'mtproto', server: { address: '149.154.167.51', port: 443 } });
    expect(attemptsOf(telegram, [app], [], [])).toMatchObject([{ role: 'site', surface: 'app', result: 'worked' }]);
  });

  it.each([
    [{ outcome: 'ok' }, 'worked'],
    [{ outcome: 'reset' }, 'failed'],
    [{ outcome: 'silent-after-request' }, 'failed'],
    [{ outcome: 'open' }, 'open'],
    [{ outcome: 'cancelled' }, 'unclear'],
    // A block page is an answer, and a failure
    [{ outcome: 'ok', findings: ['F1'] }, 'failed'],
    [{ outcome: 'open', findings: ['F1'] }, 'failed'],
  ] as const)('%j %s', (change, result) => {
    expect(
      attemptsOf(plan, [flow({ ...change, findings: [...('findings' in change ? change.findings : [])] })], [], []),
    ).toMatchObject([{ result }]);
  });

  it('may be answered long before they end', () => {
    const open = flow({ outcome: 'open' });
    const result = (targets: Target[]) => attemptsOf(plan, [open], [], targets)[0]?.result;
    expect(result([target({})])).toBe('worked');
    expect(result([target({ failed: 1 })])).toBe('open');
    expect(result([target({ port: 80 })])).toBe('open');
    expect(result([])).toBe('open');
  });

  it('of both kinds of addresses are one look-up', () => {
    const both = [lookup({}), lookup({ exchange: 2, type: 'AAAA', offset: 0.51 })];
    expect(attemptsOf(plan, [], both, [])).toHaveLength(1);
    expect(attemptsOf(plan, [], [...both, lookup({ exchange: 3, offset: 4 })], [])).toHaveLength(2);
  });

  it('look-ups are told by their answers', () => {
    const answer = { frame: 2, offset: 0.6, rcode: 0, addresses: [], forged: false };
    const of = (change: Partial<DnsRow>) => attemptsOf(plan, [], [lookup(change)], [])[0];
    expect(of({})).toMatchObject({ result: 'worked', outcome: 'ok' });
    expect(of({ answers: [] })).toMatchObject({ result: 'open' });
    expect(of({ answers: [{ ...answer, rcode: 3 }] })).toMatchObject({ result: 'unclear', outcome: 'refused' });
    expect(of({ answers: [{ ...answer, forged: true }], findings: ['F1'] })).toMatchObject({
      result: 'failed',
      outcome: 'forged',
    });
  });
});

describe('the steps', () => {
  const states = (
    of: Plan,
    flows: readonly FlowRow[],
    more: { skipped?: StepKind[]; reached?: number; over?: boolean } = {},
  ) =>
    stepsOf(of, attemptsOf(of, flows, [], []), new Set(more.skipped), more.reached ?? 0, more.over ?? false).map(
      ({ kind, state }) => `${kind} ${state}`,
    );

  it('begin with the control', () => {
    expect(states(plan, [])).toEqual(['control now', 'web later', 'again later', 'settle later']);
    expect(states(telegram, [])).toEqual(['control now', 'web later', 'app later', 'again later', 'settle later']);
  });

  it('go on by what is seen, not by what is clicked', () => {
    expect(states(plan, [control(1)])[1]).toBe('web now');
    expect(states(plan, [control(1), flow({ offset: 2, outcome: 'open' })])[1]).toBe('web now');
    expect(states(plan, [control(1), flow({ offset: 2, outcome: 'reset' })])[2]).toBe('again now');
    expect(states(plan, [control(1), flow({ offset: 2 }), control(3)])).toEqual([
      'control done',
      'web done',
      'again done',
      'settle done',
    ]);
  });

  it('wait for silence to mean something', () => {
    const silent = [control(1), flow({ offset: 2, duration: 3, outcome: 'unanswered' }), control(8)];
    expect(states(plan, silent, { reached: 10 })[3]).toBe('settle now');
    expect(states(plan, silent, { reached: 25 })[3]).toBe('settle done');
    expect(states(plan, silent, { reached: 10, over: true })[3]).toBe('settle done');
  });

  it('can be passed over, and taken in another order', () => {
    expect(states(telegram, [control(1)], { skipped: ['web'] })).toEqual([
      'control done',
      'web skipped',
      'app now',
      'again later',
      'settle later',
    ]);
    expect(states(plan, [flow({ offset: 1 })])).toEqual(['control now', 'web done', 'again later', 'settle later']);
    expect(states(plan, [flow({ offset: 1 }), control(2)])[0]).toBe('control skipped');
    expect(states(plan, [flow({ offset: 1 }), control(2)], { skipped: ['control'] })).toEqual([
      'control skipped',
      'web done',
      'again done',
      'settle done',
    ]);
  });
});

describe('the verdict of a test', () => {
  const verdict = (flows: readonly FlowRow[], change: Partial<CaptureView> = {}) =>
    verdictOf(plan, attemptsOf(plan, flows, [], []), view(change));

  it('says nothing of what was not seen', () => {
    expect(verdict([control(1)]).kind).toBe('unseen');
  });

  it('accuses nobody where nothing at all worked', () => {
    expect(verdict([control(1, { outcome: 'unanswered' }), flow({ outcome: 'unanswered' })]).kind).toBe('offline');
  });

  it('needs a finding to call a failure more than a failure', () => {
    expect(verdict([control(1), flow({ outcome: 'reset' })]).kind).toBe('unclear');
    expect(verdict([control(1), flow({})]).kind).toBe('worked');
  });

  it.each([
    ['confirmed', 'found'],
    ['likely', 'found'],
    ['possible', 'maybe'],
    ['inconclusive', 'unclear'],
  ] as const)('%s is %s', (confidence, kind) => {
    const change = { incidents: [incident({ confidence })], targets: [target({})] };
    expect(verdict([control(1), flow({ outcome: 'reset', findings: ['F1'] })], change)).toMatchObject({
      kind,
      confidence,
    });
  });

  it('is about the site alone', () => {
    const change = {
      incidents: [incident({ targets: ['T2'] })],
      targets: [target({ id: 'T2', domain: 'other.example' })],
    };
    expect(verdict([control(1), flow({})], change)).toMatchObject({ kind: 'worked', incidents: [] });
  });
});
