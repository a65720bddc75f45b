import { expect, it } from 'vitest';
import type { Finding } from '../../shared/contract/analysis.ts';
import { type Judged, rates, type Truth, table } from './score.ts';

const finding = (
  id: string,
  techniques: string[],
  confidence: string,
  domain: string | null,
  causedBy: string | null = null,
) =>
  ({
    id,
    techniques,
    confidence,
    causedBy,
    dns: null,
    target: { domain, address: '203.0.113.1' },
  }) as unknown as Finding;

const truth = (more: Partial<Truth> = {}): Truth => ({
  kind: 'positive',
  groups: [{ techniques: ['sni-filtering'], targets: ['forum.example.net'] }],
  isWhole: true,
  allow: [],
  forbid: [],
  ...more,
});

const judged = (file: string, of: Truth, findings: Finding[]): Judged => ({ file, truth: of, findings });

it('counts what is right, what is wrong, and what labels do not speak of', () => {
  const found = rates([
    judged('a', truth(), [
      finding('F1', ['sni-filtering', 'rst-injection'], 'confirmed', 'forum.example.net'),
      finding('F2', ['throttling'], 'likely', 'shop.example.com'),
      // As right as what caused it
      finding('F3', ['residual-blocking'], 'likely', 'shop.example.com', 'F1'),
      finding('F4', ['throttling'], 'possible', 'forum.example.net'),
      finding('F5', ['throttling'], 'inconclusive', 'shop.example.com'),
    ]),
    judged('b', truth({ isWhole: false }), [finding('F1', ['throttling'], 'likely', 'shop.example.com')]),
    judged('c', truth({ kind: 'benign', groups: [], allow: ['dns-poisoning'] }), [
      finding('F1', ['dns-poisoning'], 'likely', 'x'),
      finding('F2', ['tls-mitm'], 'likely', 'x'),
    ]),
    judged('d', truth({ forbid: ['@forum.example.net'] }), [
      finding('F1', ['sni-filtering'], 'possible', 'forum.example.net'),
    ]),
  ]);
  expect(found.found).toEqual({
    'sni-filtering': {
      confirmed: { right: 1, wrong: 0, unlabelled: 0 },
      possible: { right: 0, wrong: 1, unlabelled: 0 },
    },
    throttling: { likely: { right: 0, wrong: 1, unlabelled: 1 }, possible: { right: 0, wrong: 0, unlabelled: 1 } },
    'residual-blocking': { likely: { right: 1, wrong: 0, unlabelled: 0 } },
    'dns-poisoning': { likely: { right: 0, wrong: 0, unlabelled: 1 } },
    'tls-mitm': { likely: { right: 0, wrong: 1, unlabelled: 0 } },
  });
  expect(found.groups).toEqual({ 'sni-filtering': { sure: 1, weak: 1, missed: 1 } });
  expect(found.captures).toEqual({ positive: 3, benign: 1, accused: 1 });
  expect(found.wrong).toEqual([
    'likely throttling of shop.example.com: a',
    'likely tls-mitm of x: c',
    'possible sni-filtering of forum.example.net: d',
  ]);
});

it('shows what a change costs', () => {
  const of = truth();
  const before = rates([judged('a', of, [finding('F1', ['sni-filtering'], 'likely', 'forum.example.net')])]);
  const now = rates([judged('a', of, [finding('F1', ['sni-filtering'], 'possible', 'shop.example.com')])]);
  const lines = table(now, before)
    .split('\n')
    .map((line) => line.replace(/ {2,}/g, ' | '));
  expect(lines).toContain('sni-filtering | likely | 0 (-1) | 0 | 0');
  expect(lines).toContain('sni-filtering | possible | 0 | 1 (+1) | 0 | 0.0 %');
  expect(lines).toContain('sni-filtering | 0 (-1) | 0 | 1 (+1)');
  expect(table(now)).not.toContain('+');
});
