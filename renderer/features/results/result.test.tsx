import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import type { Analysis } from '../../../shared/contract/analysis.ts';
import { blockedAnalysis, exampleFinding, exampleIncident, quietAnalysis } from './example-result.ts';
import { Overview } from './overview.tsx';
import { Result } from './result.tsx';

const render = (analysis: Analysis) => renderToStaticMarkup(<Result analysis={analysis} />);
const textOf = (markup: string) => markup.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

describe('a capture with an incident', () => {
  const markup = render(blockedAnalysis);
  const text = textOf(markup);

  it('says the verdict before anything that proves it', () => {
    const verdict = text.indexOf('Connections to telegram.org were reset');
    expect(verdict).toBeGreaterThan(0);
    expect(text.indexOf('1448 bytes of data')).toBeGreaterThan(verdict);
  });

  it('says what is blocked and what is reachable, with the word for how sure', () => {
    expect(text).toContain('Telegram website blocked (likely) app reachable');
  });

  it('puts the strongest evidence first, each with its frames', () => {
    expect(text).toMatch(/strong The endpoint .*? \[33, 36\] weak It came .*? \[32-33\]/);
  });

  it('lists what else could explain it, open ones first', () => {
    expect(text).toMatch(/open Another server .*ruled out The server itself/);
  });

  it('shows the comparison that worked', () => {
    expect(text).toContain('same address, other name: comments.app · 149.154.167.99:443 worked [74]');
  });

  it('makes every mark a link to its incident, and says it as a table too', () => {
    const link = /<a class="incident-mark" href="#(incident-I1)" aria-label="([^"]*)"/.exec(markup);
    expect(link?.[2]).toBe('I1: SNI filtering, telegram.org:443, confirmed, 2018-04-17 08:52:03.250 UTC');
    expect(markup).toContain(`id="${link?.[1]}"`);
    expect(markup).toMatch(/<tr><th scope="row"><a href="#incident-I1">I1<\/a>/);
  });

  it('writes no style into the page, which its policy forbids', () => {
    expect(markup).not.toMatch(/ style=|<style/);
  });
});

it('does not call a quiet capture clear', () => {
  const text = textOf(render(quietAnalysis));
  expect(text).toContain('No interference was recognised. That is no proof that nothing is blocked.');
  expect(text).toContain('Looked at: 9 TCP connections, 4 TLS hellos, 0 DNS queries');
  expect(text).toContain('not judged Throttling');
});

it('shows a capture that could not be read as such, and claims nothing about it', () => {
  const text = textOf(
    render({
      ...quietAnalysis,
      capture: { ...quietAnalysis.capture, packets: 0, format: null, firstTime: null, lastTime: null },
      error: { code: 'not-a-capture', params: {}, text: 'It is no capture.', hint: 'Save it as pcap.', offset: null },
    }),
  );
  expect(text).toContain('It is no capture. Save it as pcap.');
  expect(text).not.toContain('No interference was recognised');
});

it('says where reading stopped', () => {
  const capture = { ...blockedAnalysis.capture, complete: false, stoppedAt: { frame: 1234, reason: 'cancelled' } };
  expect(textOf(render({ ...blockedAnalysis, capture }))).toContain('stopped after frame 1,234 (cancelled)');
});

it('takes markup in names as text', () => {
  const name = '<img src=x onerror=alert(1)>.example';
  const target = { ...blockedAnalysis.targets[0]!, domain: name };
  const markup = render({ ...blockedAnalysis, targets: [target] });
  expect(markup).toContain('&lt;img');
  expect(markup).not.toContain('<img');
});

it('cuts what is endless and says how much is missing', () => {
  const ids = Array.from({ length: 5000 }, (_, index) => `F${index + 1}`);
  const markup = render({
    ...blockedAnalysis,
    findings: ids.map((id) => ({ ...exampleFinding, id })),
    incidents: [{ ...exampleIncident, findings: ids }],
    targets: ids.map((id) => ({ ...blockedAnalysis.targets[0]!, id })),
  });
  expect(markup.match(/<details class="finding"/g)).toHaveLength(20);
  expect(textOf(markup)).toContain('and 4,980 findings not shown; the file holds all.');
  expect(markup.length).toBeLessThan(500_000);
});

it('puts captures beside each other, and says where a service was not seen', () => {
  const results = [blockedAnalysis, quietAnalysis].map((analysis, index) => ({
    key: `r${index}`,
    file: 'x.json',
    analysis,
  }));
  const markup = renderToStaticMarkup(<Overview results={results} selected="r0" select={() => {}} close={() => {}} />);
  const rows = markup.split('<tr').map(textOf);
  expect(rows[2]).toContain('provider-a.pcapng blocked (likely) reachable');
  expect(rows[3]).toContain('provider-b.pcapng not seen not seen');
  expect(markup).toContain('aria-current="true"');
});
