// Golden texts of hand-built stories: what a person reads and pastes. `vitest -u` rewrites them; read the difference.

import { describe, expect, it } from 'vitest';
import type { Confidence } from '../../shared/domain/vocabulary.ts';
import { alternative, type Draft, evidence } from '../detect/detector.ts';
import { type ComposeInput, composeAnalysis, type Report } from '../incident/compose.ts';
import { composeInput, poisonDraft, resetDraft, silenceDraft } from '../testkit/drafts.ts';
import { Network } from '../testkit/snapshots.ts';
import { comparisonTable, shortNames } from './comparison-table.ts';
import { COLUMNS } from './layout.ts';
import { select } from './selection.ts';
import { styleFor } from './style.ts';
import { renderText } from './text.ts';

const plain = styleFor(false);

function text(report: Report, minConfidence: Confidence = 'inconclusive'): string {
  const { analysis, hidden } = select(report.analysis, null, minConfidence);
  return renderText({ ...report, analysis }, { style: plain, hidden, minConfidence });
}

/** Website reset, app fine, a comparison that worked. */
function blocked(over: Partial<ComposeInput> = {}): Report {
  const net = new Network();
  const dns = net.dns('telegram.org');
  dns.query();
  dns.answer(['149.154.167.99']);
  const drafts: Draft[] = [];
  for (let at = 0; at < 9; at++) {
    const tls = net.tcp({ server: '149.154.167.99:443', rtt: 80, serverTtl: 45 }).connect();
    const hello = tls.hello('telegram.org', { length: 517 });
    const forged = [tls.rst({ after: 15.4, ttl: 128, ipId: 0xb90b }), tls.rst({ ttl: 128, ipId: 0xb90b })];
    const late = tls.serverHello({ after: 70 });
    drafts.push(
      resetDraft(tls.snapshot(), forged, {
        frames: { trigger: [hello], forged, genuine: [late], affected: [] },
        evidence: [
          evidence('data-after-reset', 'supports', 'strong', { afterMs: 70, bytes: 1400 }, [late]),
          evidence(
            'reset-burst',
            'supports',
            'strong',
            { count: 2, withinMs: 0.1, identical: true, ipId: 0xb90b },
            forged,
          ),
          evidence('identity-equal', 'contradicts', 'weak', {}, []),
        ],
        controls: [
          {
            kind: 'same-address-other-name',
            outcome: 'ok',
            target: { domain: 'control.example', address: '149.154.167.99', port: 443 },
            frames: [3, 4],
          },
        ],
        alternatives: [
          alternative('server-closed', 'ruled-out', { timing: 'it spoke afterwards' }),
          alternative('load-balancer', 'weakened', { address: '149.154.167.99' }),
        ],
        attribution: [
          { system: 'a known injector', country: 'XX', matched: ['identical burst'], source: 'a paper', date: '2024' },
        ],
        injector: { hopsFromVantage: 7, basis: 'TTL 121 of 128' },
      }),
    );
  }
  net.attempt({ address: '149.154.167.51', rounds: 6 });
  return composeAnalysis(
    composeInput(net.base(), drafts, {
      quality: [{ kind: 'mid-stream', params: {}, count: 2, prevents: [] }],
      checked: [
        { technique: 'rst-injection', rule: 'rst-injection/1', state: 'run', because: null },
        { technique: 'dns-poisoning', rule: 'dns-poisoning/1', state: 'limited', because: 'one-way' },
        { technique: 'throttling', rule: null, state: 'not-run', because: null },
      ],
      ...over,
    }),
  );
}

function harmlessCapture(): Report {
  const net = new Network();
  net.attempt({ name: 'ok.example' });
  net.attempt({ name: 'down.example', outcome: 'unanswered' });
  return composeAnalysis(composeInput(net.base(), []));
}

describe('golden texts', () => {
  it('a blocked website whose app works', async () => {
    await expect(text(blocked())).toMatchFileSnapshot('golden/blocked.txt');
  });

  it('nothing recognised', async () => {
    const result = text(harmlessCapture());
    await expect(result).toMatchFileSnapshot('golden/nothing.txt');
    expect(result).not.toMatch(/all clear|not blocked/i);
    expect(result).toContain('no proof that nothing is blocked');
    expect(result).toContain('What this capture cannot tell');
  });

  it('forged DNS with a consequence, a silent address and an odd one, in an incomplete capture', async () => {
    const net = new Network();
    const dns = net.dns('blocked.example');
    dns.query();
    dns.answer(['31.13.64.1'], { after: 3, ttl: 99 });
    dns.answer(['203.0.113.7']);
    net.attempt({ address: '31.13.64.1', outcome: 'unanswered' });
    net.attempt({ address: '203.0.113.66', outcome: 'unanswered' });
    net.attempt({ address: '203.0.113.67', outcome: 'unanswered' });
    const base = net.base();
    const cause = poisonDraft(dns.snapshot());
    const drafts = [
      cause,
      silenceDraft('31.13.64.1', { causedBy: cause.key }),
      silenceDraft('203.0.113.66', { confidence: 'possible' }),
      silenceDraft('203.0.113.67', { confidence: 'inconclusive' }),
    ];
    const input = composeInput(base, drafts);
    const report = composeAnalysis({
      ...input,
      capture: { ...input.capture, complete: false, stoppedAt: { frame: 12_345, reason: 'cancelled' } },
    });
    await expect(text(report)).toMatchFileSnapshot('golden/dns-and-silence.txt');
  });

  it('a file that is no capture', async () => {
    const report = composeAnalysis(
      composeInput(new Network().base(), [], {
        capture: { ...composeInput(new Network().base(), []).capture, packets: 0, format: null, firstTime: null },
        error: { code: 'not-a-capture', params: { path: 'notes.txt' }, offset: 0 },
      }),
    );
    await expect(text(report)).toMatchFileSnapshot('golden/unreadable.txt');
  });

  it('several captures', async () => {
    const input = (path: string) => ({ capture: { ...composeInput(new Network().base(), []).capture, path } });
    const one = blocked(input('2018/provider-a/capture.pcap'));
    const two = composeAnalysis(
      composeInput(new Network().attempt({ name: 'telegram.org' }).base(), [], input('2018/provider-b/capture.pcap')),
    );
    await expect(comparisonTable([one.analysis, two.analysis], plain)).toMatchFileSnapshot('golden/comparison.txt');
  });
});

describe('the text', () => {
  it('keeps to the width', () => {
    for (const line of `${text(blocked())}${text(harmlessCapture())}`.split('\n')) {
      expect(line.length, line).toBeLessThanOrEqual(COLUMNS);
    }
  });

  it('puts the verdict before everything else', () => {
    expect(text(blocked()).split('\n')[1]).toMatch(/^Connections to telegram\.org were reset after/);
  });

  it('hides findings below --min-confidence and says how many', () => {
    const net = new Network();
    const base = net.attempt({ address: '203.0.113.66', outcome: 'unanswered' }).base();
    const report = composeAnalysis(composeInput(base, [silenceDraft('203.0.113.66', { confidence: 'possible' })]));
    const result = text(report, 'likely');
    expect(result).toContain("1 finding below 'likely' not shown.");
    expect(result).not.toContain('I1');
    expect(text(report, 'possible')).toContain('I1');
  });

  it('sends no control characters of the capture to the terminal', () => {
    const net = new Network();
    const tls = net.tcp().connect();
    tls.hello('evil\u001b[2J\u202e.example');
    const report = composeAnalysis(composeInput(net.base(), [resetDraft(tls.snapshot(), [tls.rst()])]));
    const result = text({
      ...report,
      analysis: { ...report.analysis, capture: { ...report.analysis.capture, path: 'a\r\u009bb' } },
    });
    expect(result).toContain('evil\\u001b[2J\\u202e.example');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be left
    expect(result).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });

  it('folds what is long', () => {
    const net = new Network();
    for (let at = 0; at < 400; at++) net.attempt({ name: `site-${at}.example` });
    const drafts: Draft[] = [];
    for (let at = 0; at < 60; at++) {
      const tls = net.tcp().connect();
      tls.hello(`blocked-${at}.example`);
      drafts.push(resetDraft(tls.snapshot(), [tls.rst()]));
    }
    const result = text(composeAnalysis(composeInput(net.base(), drafts)));
    expect(result).toContain('60 incidents: 60 confirmed');
    expect(result).toMatch(/and 18 further incidents/);
    expect(result).toMatch(/and 435 further targets/);
    expect(result.split('\n').length).toBeLessThan(450);
  });

  it('colours on demand only', () => {
    const report = blocked();
    const options = { hidden: 0, minConfidence: 'inconclusive' } as const;
    expect(renderText(report, { ...options, style: plain })).not.toContain('\u001b');
    expect(renderText(report, { ...options, style: styleFor(true) })).toContain('\u001b[');
  });
});

describe('selection', () => {
  it('keeps what concerns the service, with its ids', () => {
    const net = new Network();
    const one = net.tcp().connect();
    one.hello('other.example');
    const two = net.tcp().connect();
    two.hello('t.me');
    const drafts = [resetDraft(one.snapshot(), [one.rst()]), resetDraft(two.snapshot(), [two.rst()])];
    const { analysis } = composeAnalysis(composeInput(net.base(), drafts));
    const selected = select(analysis, 'telegram', 'inconclusive');
    expect(selected.hidden).toBe(0);
    expect(selected.analysis.findings.map((finding) => finding.id)).toEqual(['F2']);
    expect(selected.analysis.incidents.map((incident) => incident.id)).toEqual(['I2']);
    expect(selected.analysis.targets.map((target) => target.domain)).toEqual(['t.me']);
    expect(select(analysis, 'signal', 'inconclusive').analysis.findings).toEqual([]);
  });
});

it('names captures by what tells them apart', () => {
  expect(shortNames(['s/a/capture.pcap', 's/b/capture.pcap'])).toEqual(['a', 'b']);
  expect(shortNames(['one.pcap', 'two.pcap'])).toEqual(['one.pcap', 'two.pcap']);
  expect(shortNames(['x/a.pcap', 'x/a.pcap'])).toEqual(['a.pcap', 'a.pcap']);
  expect(shortNames(['x/y/a.pcap', 'a.pcap'])).toEqual(['x/y/a.pcap', 'a.pcap']);
});
