import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { atLeast } from '../../shared/domain/vocabulary.ts';
import { analyze } from '../testkit/analyze.ts';
import { CROWDS, generateCrowd } from './crowds.ts';

const folder = mkdtempSync(join(tmpdir(), 'crowds-'));
afterAll(() => rmSync(folder, { recursive: true }));

function analyzed(name: string, count: number) {
  const path = join(folder, 'crowd.pcap');
  const crowd = CROWDS.find((one) => one.name === name);
  if (crowd === undefined) throw new Error(`no crowd is called ${name}`);
  generateCrowd(crowd, count, path);
  return analyze(new Uint8Array(readFileSync(path)));
}

/** Techniques of what is likely at least, with how often each was found. */
function accused(analysis: ReturnType<typeof analyze>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { interference, confidence } of analysis.findings)
    if (atLeast(confidence, 'likely')) counts[interference.kind] = (counts[interference.kind] ?? 0) + 1;
  return counts;
}

describe('a crowd is judged as its members are', () => {
  it.each([
    ['names that a resolver leaves unanswered', 40, {}],
    ['resolvers asked for one name', 200, {}],
    ['names answered by an injector first', 200, { 'forged-answer': 200 }],
    ['ports of one address, every other one refused', 200, {}],
    ['names reset at one address, one in five', 200, { 'rst-injection': 40 }],
    ['names dropped at one address', 40, {}],
    ['clients that one name is reset for', 200, { 'rst-injection': 100 }],
    ['tunnels that are not answered, among visits that are', 40, {}],
    ['transfers that freeze after 18 KB', 40, {}],
  ])('%s', (name, count, expected) => {
    expect(accused(analyzed(name, count))).toEqual(expected);
  });
});

it('survives more queries without an answer than fit on a stack', () => {
  const analysis = analyzed('names that a resolver leaves unanswered', 16_500);
  expect(analysis.coverage.dnsQueries).toBe(132_000);
  expect(analysis.findings).toEqual([]);
});

describe('what there was no room for is said', () => {
  const said = ({ capture }: ReturnType<typeof analyze>) =>
    capture.quality.map((item) => [item.kind, item.params, item.count]);

  it('of targets', () => {
    // 10,000 each of tunnels and visits; 8,192 each are kept
    expect(said(analyzed('tunnels that are not answered, among visits that are', 20_000))).toEqual([
      ['budget', {}, 10_000 - 8_192],
      ['let-go', { what: 'targets' }, 20_000 - 2 * 8_192],
    ]);
  });

  it('of queries', () => {
    const analysis = analyzed('names that a resolver leaves unanswered', 36_000);
    expect(analysis.targets.length).toBeGreaterThanOrEqual(32_768);
    expect(said(analysis)).toEqual([['budget', { what: 'queries' }, 36_000 - analysis.targets.length]]);
  });
});
