import { renderToStaticMarkup } from 'react-dom/server';
import { afterEach, describe, expect, it } from 'vitest';
import type { Finding, Incident } from '../../../shared/contract/analysis.ts';
import type { CaptureView } from '../../../shared/contract/merge.ts';
import type { Client } from '../../../shared/contract/service.ts';
import { settings } from '../../app/settings.ts';
import { createAppStore } from '../../app/store.ts';
import { StoreContext } from '../../ui/hooks.ts';
import { controlsOf } from './aside.tsx';
import { IncidentScreen } from './incident.tsx';

const finding: Finding = {
  id: 'F1',
  revision: 1,
  state: 'final',
  techniques: ['sni-filtering', 'rst-injection'],
  confidence: 'confirmed',
  trigger: { kind: 'tls-sni', value: 'a.example', confidence: 'likely' },
  interference: { kind: 'rst-injection', variant: 'rst', direction: 'to-client' },
  stage: 'client-hello',
  effect: 'stopped',
  place: 'path',
  target: { domain: 'a.example', address: '198.51.100.7', port: 443, service: null, surface: null },
  flow: {
    id: 1,
    protocol: 'tcp',
    client: { address: '192.0.2.1', port: 50_000 },
    server: { address: '198.51.100.7', port: 443 },
  },
  dns: null,
  firstTime: '1700000000.000000000',
  lastTime: '1700000001.000000000',
  frames: { trigger: [4], forged: [5], genuine: [2, 7], affected: [], more: 0 },
  evidence: [
    {
      kind: 'ttl-differs',
      role: 'supports',
      strength: 'medium',
      params: { suspect: 125, genuine: [52], difference: 73 },
      text: '',
      frames: [2, 5],
    },
    { kind: 'ttl-equal', role: 'contradicts', strength: 'weak', params: { ttl: 52 }, text: '', frames: [5] },
  ],
  controls: [
    {
      kind: 'same-address-other-name',
      outcome: 'ok',
      target: { domain: 'b.example', address: '198.51.100.7', port: 443 },
      frames: [30],
    },
  ],
  alternatives: [
    { kind: 'server-closed', status: 'ruled-out', params: { timing: '' }, text: '' },
    { kind: 'server-policy', status: 'open', params: { name: 'a.example' }, text: '' },
  ],
  attribution: [],
  injector: null,
  measured: null,
  causedBy: null,
};
const incident: Incident = {
  id: 'I1',
  targets: ['T1'],
  techniques: ['sni-filtering', 'rst-injection'],
  confidence: 'confirmed',
  outcome: 'blocked',
  findings: ['F1'],
  failed: 3,
  succeeded: 0,
  firstTime: finding.firstTime,
  lastTime: finding.lastTime,
  verdict: {
    kind: 'reset-by-name',
    params: {
      targets: ['a.example'],
      more: 0,
      failed: 3,
      attempts: 3,
      interference: 'rst-injection',
      confidence: 'confirmed',
      trigger: 'tls-sni',
      triggerConfidence: 'likely',
      place: 'path',
      survived: false,
      residual: 0,
    },
    text: '',
  },
  next: [{ kind: 'other-network', params: { name: 'a.example', address: null }, text: '' }],
};
const head = {
  capture: { sha256: null, firstTime: finding.firstTime, quality: [] },
} as unknown as CaptureView['head'];
const view: CaptureView = {
  capture: 'c1',
  state: 'done',
  progress: { bytesRead: 0, bytesTotal: 0, packets: 0, flows: 0, reached: 0, elapsed: 0 },
  head,
  findings: [finding],
  incidents: [incident],
  targets: [],
};

function markup(shown: CaptureView, id = 'I1'): string {
  const client: Client = { call: () => new Promise(() => {}), on: () => () => {} };
  const store = createAppStore(client);
  store.setState({ views: { c1: shown } });
  return renderToStaticMarkup(
    <StoreContext value={{ ...store, getInitialState: store.getState }}>
      <IncidentScreen capture="c1" incident={id} />
    </StoreContext>,
  );
}

// Rendering without a page reads what a store began with
settings.getInitialState = settings.getState;

const between = (html: string, tag: string): string[] =>
  [...html.matchAll(new RegExp(`<${tag}[^>]*>(.*?)</${tag}>`, 'gs'))].map(([, inner]) => inner!);
const words = (html: string): string => html.replace(/<[^>]*>/g, '');

describe('an incident', () => {
  afterEach(() => settings.setState({ reading: 'plain', language: 'en' }));

  it('claims the same in the plain and the technical reading, as surely', () => {
    settings.setState({ language: 'en', reading: 'plain' });
    const plain = markup(view);
    settings.setState({ reading: 'technical' });
    const technical = markup(view);
    expect(between(technical, 'h1')).toEqual(between(plain, 'h1'));
    const sure = (html: string) =>
      [...html.matchAll(/<dd><span class="confidence[^"]*">.*?<\/svg>(?:<[^>]*>)*(\w+)/gs)].map(([, word]) => word);
    expect(sure(plain)).toEqual(['confirmed', 'likely']);
    expect(sure(technical)).toEqual(sure(plain));
    const weights = (html: string) => [...html.matchAll(/<rect class="(for|against)"[^>]*width="(\d+)"/g)].map(String);
    expect(weights(technical)).toEqual(weights(plain));
    expect(weights(plain)).toHaveLength(2);
  });

  it('hides numbers from the plain reading only', () => {
    settings.setState({ language: 'en', reading: 'plain' });
    expect(words(markup(view))).toContain('It travelled a different distance');
    expect(words(markup(view))).not.toContain('125');
    settings.setState({ reading: 'technical' });
    expect(words(markup(view))).toContain('TTL 125');
  });

  it('strikes out only what is ruled out, and says what is open as what would change it', () => {
    settings.setState({ language: 'en' });
    const html = markup(view);
    const rows = [...html.matchAll(/<tr class="(open|weakened|ruled-out)"><td[^>]*>(.*?)<\/td>/gs)];
    expect(rows.map(([, status]) => status)).toEqual(['ruled-out', 'open']);
    expect(words(html)).toContain('These explanations are not ruled out.');
  });

  it.each(['en', 'ru', 'fa', 'zh'] as const)('is worded in %s', (language) => {
    settings.setState({ language, reading: 'technical' });
    expect(words(markup(view))).not.toMatch(/undefined|\[object|ttl-differs\)/);
  });

  it('that was withdrawn says so', () => {
    settings.setState({ language: 'en' });
    expect(words(markup({ ...view, incidents: [] }))).toContain('There is no such incident.');
  });
});

describe('what it was held against', () => {
  const control = finding.controls[0]!;

  it('is one row for each name, with how often', () => {
    const failed = { ...control, outcome: 'failed' as const };
    expect(controlsOf({ ...finding, controls: [failed, control, control] })).toEqual([
      { kind: 'same-address-other-name', name: 'b.example', isOk: true, count: 2, frame: 30 },
      { kind: 'same-address-other-name', name: 'b.example', isOk: false, count: 1, frame: 30 },
    ]);
  });

  it('comes from the evidence where only that tells of it', () => {
    const params = { control: 'other-address', value: 'c.example', count: 3 };
    const told = { kind: 'control-ok', role: 'supports', strength: 'medium', params, text: '', frames: [7] } as const;
    expect(controlsOf({ ...finding, controls: [], evidence: [{ ...told, frames: [7] }] })).toEqual([
      { kind: 'other-address', name: 'c.example', isOk: true, count: 3, frame: 7 },
    ]);
  });

  it('does not call failed what was only slowed', () => {
    const slowed = { ...view, findings: [{ ...finding, effect: 'degraded' as const }] };
    expect(words(markup(slowed))).toContain('slowed');
    expect(words(markup(slowed))).toContain('Interfered with, beside untouched');
    expect(words(markup(view))).toContain('Blocked beside worked');
  });
});
