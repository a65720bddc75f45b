import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analysisSchema } from '../../shared/contract/analysis.ts';
import type { Draft } from '../detect/detector.ts';
import type { EvidenceBase } from '../observe/evidence-base.ts';
import { analyze } from '../testkit/analyze.ts';
import { composeInput, poisonDraft, resetDraft, silenceDraft } from '../testkit/drafts.ts';
import { Network } from '../testkit/snapshots.ts';
import { composeAnalysis } from './compose.ts';
import { timeText } from './findings.ts';

const WEB = '149.154.167.99:443';
const MINUTES = 60_000;

function compose(base: EvidenceBase, drafts: readonly Draft[]) {
  const report = composeAnalysis(composeInput(base, drafts));
  // Every composed result must be a valid one; a copy through JSON is what the faces hand on.
  const analysis = analysisSchema.parse(JSON.parse(JSON.stringify(report.analysis)));
  return { analysis, ladders: report.ladders };
}

/** A connection that is reset after its hello. */
function resetConnection(net: Network, name: string, server = WEB) {
  const tls = net.tcp({ server, rtt: 80 }).connect();
  tls.hello(name);
  const forged = [tls.rst({ after: 5, ttl: 128 }), tls.rst({ ttl: 128 }), tls.rst({ ttl: 128 })];
  return { tls, forged };
}

describe('the story of April 2018: website blocked, app works', () => {
  const net = new Network();
  const dns = net.dns('telegram.org');
  dns.query();
  dns.answer(['149.154.167.99']);
  const first = resetConnection(net, 'telegram.org');
  net.wait(2 * MINUTES);
  const second = resetConnection(net, 'telegram.org');
  for (const address of ['149.154.167.51', '149.154.175.50']) net.attempt({ address, rounds: 6 });
  net.healthy('example.com', { server: '203.0.113.80:443' });
  const base = net.base();
  const drafts = [resetDraft(second.tls.snapshot(), second.forged), resetDraft(first.tls.snapshot(), first.forged)];
  const { analysis, ladders } = compose(base, drafts);

  it('numbers findings by what set them off', () => {
    expect(analysis.findings.map((finding) => [finding.id, finding.frames.forged])).toEqual([
      ['F1', first.forged],
      ['F2', second.forged],
    ]);
    expect(analysis.findings[0]).toMatchObject({
      techniques: ['sni-filtering', 'rst-injection'],
      target: { domain: 'telegram.org', service: 'telegram', surface: 'web' },
      state: 'final',
    });
    expect(analysis.findings[0]!.evidence[0]!.text).toMatch(/^3 identical resets \(IP ID 0xb90b\)/);
  });

  it('makes one incident of the same interference against the same name', () => {
    expect(analysis.incidents).toHaveLength(1);
    const [incident] = analysis.incidents;
    expect(incident).toMatchObject({ confidence: 'confirmed', outcome: 'blocked', findings: ['F1', 'F2'], failed: 2 });
    expect(incident!.verdict.kind).toBe('reset-by-name');
    expect(incident!.verdict.text).toContain('(reset: confirmed; because of the name: likely)');
    expect(incident!.next.map((step) => step.kind)).toContain('publish-report');
  });

  it('tells the website from the app', () => {
    expect(analysis.services).toEqual([
      {
        service: 'telegram',
        surfaces: [
          expect.objectContaining({ surface: 'web', state: 'blocked', confidence: 'likely', incidents: ['I1'] }),
          expect.objectContaining({ surface: 'app', state: 'reachable', incidents: [] }),
        ],
      },
    ]);
  });

  it('lists targets with how they went', () => {
    const rows = analysis.targets.map((t) => [
      t.domain ?? t.addresses[0],
      t.transport,
      t.attempts,
      t.failed,
      t.outcome,
    ]);
    expect(rows).toEqual([
      ['telegram.org', 'dns', 1, 0, 'ok'],
      ['telegram.org', 'tcp', 2, 2, 'blocked'],
      ['149.154.167.51', 'tcp', 1, 0, 'ok'],
      ['149.154.175.50', 'tcp', 1, 0, 'ok'],
      ['example.com', 'tcp', 1, 0, 'ok'],
    ]);
  });

  it('draws the packets with their roles', () => {
    const { lines } = ladders.F1!;
    expect(lines.filter((line) => line.role === 'forged').map((line) => line.frame)).toEqual(first.forged);
    expect(lines.find((line) => line.role === 'forged')!.notation).toMatch(
      /^R\. 1:1\(0\) ack \d+ win \d+ ttl 128 id 0x/,
    );
  });
});

describe('confidence', () => {
  const target = (confidence: Draft['confidence'], effect: Draft['effect'] = 'stopped', successes = 0) => {
    const net = new Network();
    const { tls, forged } = resetConnection(net, 'blocked.example');
    for (let i = 0; i < successes; i++) net.attempt({ name: 'blocked.example', address: '149.154.167.99' });
    const base = net.base();
    return compose(base, [resetDraft(tls.snapshot(), forged, { confidence, effect })]).analysis;
  };

  it.each([
    ['confirmed', 'blocked'],
    ['likely', 'blocked'],
    ['possible', 'insufficient'],
    ['inconclusive', 'insufficient'],
  ] as const)('%s makes a failing target %s', (confidence, outcome) => {
    const analysis = target(confidence);
    expect(analysis.targets[0]!.outcome).toBe(outcome);
    expect(analysis.incidents[0]!.outcome).toBe(outcome);
    expect(analysis.incidents[0]!.confidence).toBe(confidence);
  });

  it('calls a target attempted that was interfered with and reached', () => {
    expect(target('confirmed', 'survived').targets[0]).toMatchObject({ outcome: 'attempted', succeeded: 1, failed: 0 });
    expect(target('confirmed', 'stopped', 3).targets[0]).toMatchObject({
      outcome: 'attempted',
      succeeded: 3,
      failed: 1,
    });
    expect(target('confirmed', 'survived').incidents[0]!.verdict.text).toContain('It got through all the same.');
  });

  it('never gives the trigger more than the interference', () => {
    const net = new Network();
    const { tls, forged } = resetConnection(net, 'blocked.example');
    const draft = resetDraft(tls.snapshot(), forged, { confidence: 'possible' });
    const { analysis } = compose(net.base(), [draft]);
    expect(analysis.incidents[0]!.verdict.params).toMatchObject({
      confidence: 'possible',
      triggerConfidence: 'possible',
    });
    expect(analysis.incidents[0]!.verdict.text).toContain('may have been forged');
  });
});

describe('targets without findings', () => {
  it('are down, ok or insufficient', () => {
    const net = new Network();
    net.attempt({ name: 'down.example', outcome: 'unanswered' });
    net.attempt({ name: 'ok.example' });
    net.attempt({ name: 'idle.example', outcome: 'connected' });
    net.attempt({ name: 'cut.example', outcome: 'unknown' });
    net.attempt({ address: '239.255.255.250', port: 1900, transport: 'udp', outcome: 'unanswered' });
    net.attempt({ address: '203.0.113.99', port: 514, transport: 'udp', outcome: 'unanswered' });
    const { analysis } = compose(net.base(), []);
    expect(analysis.targets.map((t) => [t.domain ?? t.addresses[0], t.outcome])).toEqual([
      ['down.example', 'down'],
      ['ok.example', 'ok'],
      ['idle.example', 'insufficient'],
      ['cut.example', 'insufficient'],
      ['203.0.113.99', 'insufficient'],
    ]);
  });

  it('are not down for probes that were not meant to arrive', () => {
    const net = new Network();
    net.attempt({ name: 'probed.example', outcome: 'unanswered', clientTtl: 5 });
    net.attempt({ name: 'probed.example', outcome: 'silent-after-request', clientTtl: 9 });
    expect(compose(net.base(), []).analysis.targets[0]).toMatchObject({
      attempts: 2,
      failed: 0,
      outcome: 'insufficient',
    });
  });

  it('are not down where the capture has holes or shows one direction', () => {
    for (const facts of [{ drops: 3 }, { oneWayShare: 0.9 }]) {
      const net = new Network(facts);
      net.attempt({ name: 'down.example', outcome: 'unanswered' });
      expect(compose(net.base(), []).analysis.targets[0]!.outcome).toBe('insufficient');
    }
  });

  it('count attempts that the index no longer keeps one by one', () => {
    const net = new Network();
    for (let i = 0; i < 100; i++) net.attempt({ name: 'ok.example', outcome: i % 4 === 0 ? 'reset' : 'ok' });
    expect(compose(net.base(), []).analysis.targets[0]).toMatchObject({ attempts: 100, failed: 25, succeeded: 75 });
  });

  it('take their name from DNS, over all addresses', () => {
    const net = new Network();
    const dns = net.dns('site.example');
    dns.query();
    dns.answer(['203.0.113.1', '203.0.113.2']);
    net.attempt({ address: '203.0.113.1' });
    net.attempt({ address: '203.0.113.2', name: 'site.example' });
    net.attempt({ address: '203.0.113.3' });
    const { analysis } = compose(net.base(), []);
    const tcp = analysis.targets.filter((t) => t.transport === 'tcp');
    expect(tcp.map((t) => [t.domain, t.domainFrom, t.addresses])).toEqual([
      ['site.example', 'sni', ['203.0.113.1', '203.0.113.2']],
      [null, 'none', ['203.0.113.3']],
    ]);
  });
});

describe('forged answers', () => {
  const story = () => {
    const net = new Network();
    const dns = net.dns('blocked.example');
    dns.query();
    dns.answer(['31.13.64.1'], { after: 3 });
    dns.answer(['203.0.113.7']);
    net.attempt({ address: '31.13.64.1', outcome: 'unanswered' });
    net.attempt({ address: '203.0.113.7' });
    return { base: net.base(), exchange: dns.snapshot() };
  };

  it('name no address: it belongs to somebody else', () => {
    const { base, exchange } = story();
    const { analysis } = compose(base, [poisonDraft(exchange)]);
    const names = Object.fromEntries(analysis.targets.flatMap((t) => t.addresses.map((a) => [a, t.domain])));
    expect(names).toMatchObject({ '31.13.64.1': null, '203.0.113.7': 'blocked.example' });
    // Nor is that address called down, although it did not answer.
    expect(analysis.targets.find((t) => t.addresses.includes('31.13.64.1'))!.outcome).toBe('insufficient');
    expect(analysis.incidents[0]!.verdict.kind).toBe('dns-forged');
    expect(analysis.targets.find((t) => t.transport === 'dns')).toMatchObject({
      outcome: 'blocked',
      incidents: ['I1'],
    });
  });

  it('take what they caused into their incident', () => {
    const { base, exchange } = story();
    const cause = poisonDraft(exchange);
    const effect = silenceDraft('31.13.64.1', {
      causedBy: cause.key,
      frames: { ...cause.frames, trigger: [], affected: [4] },
    });
    const { analysis } = compose(base, [effect, cause]);
    expect(analysis.incidents).toHaveLength(1);
    expect(analysis.incidents[0]!.findings).toEqual(['F1', 'F2']);
    expect(analysis.findings[1]!.causedBy).toBe('F1');
    // The stranger's address is neither what the incident is about nor called blocked.
    expect(analysis.incidents[0]!.verdict.params).toMatchObject({
      targets: ['blocked.example'],
      failed: 1,
      attempts: 1,
    });
    const stranger = analysis.targets.find((t) => t.addresses.includes('31.13.64.1'))!;
    expect(stranger).toMatchObject({ domain: null, outcome: 'insufficient', incidents: [] });
    expect(analysis.incidents[0]!.techniques).toEqual(['dns-poisoning']);
  });

  it('survive causes that are missing or run in a ring', () => {
    const { base, exchange } = story();
    const lost = silenceDraft('31.13.64.1', { causedBy: 'nowhere' });
    const a = poisonDraft(exchange, { key: 'a', causedBy: 'b' });
    const b = poisonDraft(exchange, { key: 'b', causedBy: 'a' });
    const { analysis } = compose(base, [lost, a, b]);
    expect(analysis.findings).toHaveLength(3);
    expect(new Set(analysis.incidents.flatMap((incident) => incident.findings)).size).toBe(3);
  });

  it('that deny the name, and resolvers that lie, are called so', () => {
    const { base, exchange } = story();
    const denied = { ...exchange, answers: exchange.answers.map((answer) => ({ ...answer, addresses: [], rcode: 3 })) };
    expect(compose(base, [poisonDraft(denied)]).analysis.incidents[0]!.verdict.kind).toBe('dns-denied');
    const lying = poisonDraft(exchange, { place: 'resolver' });
    expect(compose(base, [lying]).analysis.incidents[0]!.verdict.kind).toBe('dns-lying-resolver');
  });
});

describe('incidents', () => {
  it('part after half an hour', () => {
    const net = new Network();
    const first = resetConnection(net, 'blocked.example');
    net.wait(29 * MINUTES);
    const second = resetConnection(net, 'blocked.example');
    net.wait(31 * MINUTES);
    const third = resetConnection(net, 'blocked.example');
    const drafts = [first, second, third].map(({ tls, forged }) => resetDraft(tls.snapshot(), forged));
    const { analysis } = compose(net.base(), drafts);
    expect(analysis.incidents.map((incident) => [incident.findings, incident.failed])).toEqual([
      [['F1', 'F2'], 2],
      [['F3'], 1],
    ]);
    expect(analysis.targets[0]!.incidents).toEqual(['I1', 'I2']);
  });

  it('stay apart by name and by interference', () => {
    const net = new Network();
    const one = resetConnection(net, 'one.example');
    const two = resetConnection(net, 'two.example');
    const drop = net.tcp({ server: '203.0.113.9:443' }).connect();
    drop.hello('one.example');
    const dropped = resetDraft(drop.snapshot(), [], {
      key: 'drop',
      interference: { kind: 'packet-drop', variant: 'hello', direction: 'both' },
    });
    const drafts = [resetDraft(one.tls.snapshot(), one.forged), resetDraft(two.tls.snapshot(), two.forged), dropped];
    const { analysis } = compose(net.base(), drafts);
    expect(analysis.incidents.map((incident) => incident.verdict.kind)).toEqual([
      'reset-by-name',
      'reset-by-name',
      'dropped-by-name',
    ]);
  });
});

describe('Telegram’s app', () => {
  const state = (outcomes: readonly ('ok' | 'silent' | 'mentioned')[], confidence: Draft['confidence'] = 'likely') => {
    const net = new Network();
    const drafts: Draft[] = [];
    outcomes.forEach((outcome, at) => {
      const address = `149.154.175.${50 + at}`;
      for (const port of [443, 80]) {
        if (outcome === 'ok') net.attempt({ address, port, rounds: 3 });
        else net.attempt({ address, port, outcome: 'unanswered', rounds: 0 });
      }
      if (outcome === 'silent')
        drafts.push(silenceDraft(address, { confidence, firstTime: net.now * 1e6, lastTime: net.now * 1e6 }));
    });
    const { analysis } = compose(net.base(), drafts);
    return { analysis, app: analysis.services[0]!.surfaces.find((surface) => surface.surface === 'app')! };
  };

  it('is blocked only if every data centre tried is silent', () => {
    expect(state(['silent', 'silent', 'silent']).app).toMatchObject({ state: 'blocked', confidence: 'likely' });
    expect(state(['silent', 'ok']).app.state).toBe('degraded');
    expect(state(['ok', 'ok']).app.state).toBe('reachable');
  });

  it('is not blocked by what is merely possible', () => {
    expect(state(['silent', 'silent'], 'possible').app).toMatchObject({
      state: 'inconclusive',
      confidence: 'possible',
    });
    expect(state(['mentioned', 'mentioned']).app.state).toBe('inconclusive');
    expect(state(['mentioned', 'ok']).app.state).toBe('reachable');
  });

  it('needs more than a key exchange to be reachable', () => {
    const net = new Network();
    net.attempt({ address: '149.154.167.51', rounds: 1 });
    expect(compose(net.base(), []).analysis.services[0]!.surfaces[1]!.state).toBe('inconclusive');
  });

  it('has one incident for data centres that were tried on one port and on several', () => {
    const net = new Network();
    net.attempt({ address: '149.154.175.50', outcome: 'unanswered' });
    net.attempt({ address: '149.154.175.51', outcome: 'unanswered' });
    const onePort = { kind: 'packet-drop', variant: 'silence', direction: 'both' } as const;
    const drafts = [silenceDraft('149.154.175.50'), silenceDraft('149.154.175.51', { interference: onePort })];
    expect(compose(net.base(), drafts).analysis.incidents).toHaveLength(1);
  });

  it('has one incident for all silent data centres, with every port of theirs', () => {
    const { analysis } = state(['silent', 'silent', 'ok']);
    expect(analysis.incidents).toHaveLength(1);
    expect(analysis.incidents[0]!.targets).toHaveLength(4);
    expect(analysis.incidents[0]!.verdict).toMatchObject({
      kind: 'address-silent',
      params: { targets: ['149.154.175.50', '149.154.175.51'], more: 0 },
    });
    expect(analysis.incidents[0]!.next.map((step) => step.kind)).toContain('check-routing');
  });
});

describe('a website', () => {
  const website = (blocked: readonly string[], works: readonly string[]): string => {
    const net = new Network();
    const flows = blocked.map((name) => resetConnection(net, name));
    for (const name of works) net.healthy(name, { server: WEB });
    const drafts = flows.map(({ tls, forged }) => resetDraft(tls.snapshot(), forged));
    return compose(net.base(), drafts).analysis.services[0]!.surfaces[0]!.state;
  };

  it.each([
    [['telegram.org'], ['comments.app'], 'blocked'],
    [['telegram.org', 'web.telegram.org', 't.me'], ['telegra.ph', 'core.telegram.org'], 'blocked'],
    [['www.telegram.org'], ['t.me'], 'degraded'],
    [['comments.app'], ['telegram.org'], 'degraded'],
    [['comments.app'], [], 'blocked'],
    [[], ['comments.app'], 'reachable'],
  ] as const)('with %j blocked while %j works is %s: main names count, side names do not', (blocked, works, state) => {
    expect(website(blocked, works)).toBe(state);
  });
});

describe('bounds', () => {
  it('lists 64 frames of each role and counts the others', () => {
    const net = new Network();
    const { tls } = resetConnection(net, 'blocked.example');
    const forged = Array.from({ length: 100 }, (_, at) => at + 10);
    const { analysis } = compose(net.base(), [resetDraft(tls.snapshot(), forged)]);
    expect(analysis.findings[0]!.frames.forged).toHaveLength(64);
    expect(analysis.findings[0]!.frames.more).toBe(36);
  });

  it('names a technique for every pair, as the schema demands', () => {
    const net = new Network();
    const { tls, forged } = resetConnection(net, 'blocked.example');
    const draft = resetDraft(tls.snapshot(), forged, {
      interference: { kind: 'packet-drop', variant: 'x', direction: 'both' },
      trigger: { kind: 'unknown', value: null, confidence: 'inconclusive' },
    });
    expect(compose(net.base(), [draft]).analysis.findings[0]!.techniques).toEqual(['sni-filtering']);
  });

  it('writes times before and beyond what a double can count in nanoseconds', () => {
    const at = (baseSecond: number) => [{ from: 0, baseSecond }];
    expect(timeText(at(1_523_869_200), 1)).toBe('1523869200.000000001');
    expect(timeText(at(0), -1)).toBe('-0.000000001');
    expect(timeText(at(-1), 500_000_000)).toBe('-0.500000000');
    expect(timeText(at(4_294_967_295), 8_000_000_000_000_000)).toBe('4302967295.000000000');
    // After a leap of the timestamps the same clock goes on from another second
    const leap = [
      { from: 0, baseSecond: 100 },
      { from: 5e9, baseSecond: 1_000_000 },
    ];
    expect([timeText(leap, 4e9), timeText(leap, 5e9)]).toEqual(['104.000000000', '1000005.000000000']);
  });

  it('gives a valid result for an empty capture, an error and odd quality', () => {
    const report = composeAnalysis(
      composeInput(new Network().base(), [], {
        error: { code: 'not-a-capture', params: { path: 'x', magic: 1 }, offset: 0 },
        quality: [{ kind: 'truncated', params: { needed: 16, available: 3 }, count: 1, prevents: ['dns-poisoning'] }],
      }),
    );
    const analysis = analysisSchema.parse(JSON.parse(JSON.stringify(report.analysis)));
    expect(analysis.error).toMatchObject({ code: 'not-a-capture', text: 'x is neither pcap nor pcapng.' });
    const unnamed = { error: { code: 'empty', params: {}, offset: null } } as const;
    const { error } = composeAnalysis(composeInput(new Network().base(), [], unnamed)).analysis;
    expect(error).toMatchObject({ text: 'capture.pcap is empty.', params: { path: 'capture.pcap' } });
    expect(analysis.capture.quality[0]!.text).toContain('16 bytes missing');
  });
});

describe('recorded in the laboratory', () => {
  const sample = (slug: string) =>
    analyze(new Uint8Array(readFileSync(join(import.meta.dirname, `../../samples/${slug}/capture.pcapng`))));

  it('does not name as blocked what failed only because of an earlier attempt', () => {
    const [incident] = sample('residual-blocking').incidents;
    expect(incident!.verdict.params).toMatchObject({
      targets: ['news.example.org'],
      failed: 2,
      attempts: 2,
      residual: 10,
    });
    expect(incident!.verdict.text).toContain('10 more attempts at the same place failed, whatever was asked for.');
    expect(incident!.targets).toHaveLength(2);
  });

  it('counts every attempt that a finding about QUIC is about', () => {
    const { targets, incidents } = sample('quic-blocking-name');
    expect(
      targets.find(({ domain, transport }) => domain === 'news.example.org' && transport === 'quic'),
    ).toMatchObject({ attempts: 3, failed: 3 });
    expect(incidents[0]!.verdict.params).toMatchObject({ failed: 3, attempts: 3 });
  });
});
