import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CaptureReader } from '../capture-file/reader.ts';
import type { Draft } from '../detect/detector.ts';
import { Engine } from '../engine/engine.ts';
import { FindingHistory } from './history.ts';
import type { Ladder } from './ladder.ts';

const SOURCE = { path: 'capture', sha256: null, compression: null, truncated: false, error: null };
const bytes = readFileSync('samples/telegram-2018-provider-a/capture.pcapng');

function whole(): ReturnType<Engine['judge']>['analysis'] {
  const engine = new Engine();
  engine.feed(bytes);
  engine.end();
  return engine.judge(SOURCE).analysis;
}

test('a finding keeps its id while the capture runs, its revision counts what changed, and the end gives final ids', () => {
  const engine = new Engine();
  const seen = new Map<string, { id: string; revision: number }>();
  let revised = 0;
  for (let at = 0; at < bytes.length; at += 2_000) {
    engine.feed(bytes.subarray(at, at + 2_000));
    for (const finding of engine.judge(SOURCE).analysis.findings) {
      expect(finding.state).toBe('open');
      const key = `${finding.flow?.client.port} ${finding.interference.kind}`;
      const before = seen.get(key);
      if (before !== undefined) {
        expect(finding.id).toBe(before.id);
        expect(finding.revision).toBeGreaterThanOrEqual(before.revision);
        if (finding.revision > before.revision) revised++;
      }
      seen.set(key, { id: finding.id, revision: finding.revision });
    }
  }
  // The late genuine data, and the controls, came after the first of it was said
  expect(revised).toBeGreaterThan(0);
  engine.end();
  const { findings } = engine.judge(SOURCE).analysis;
  const unrevised = findings.map((finding) => ({ ...finding, revision: 1 }));
  expect(unrevised).toEqual(whole().findings);
  expect(findings.every(({ state }) => state === 'final')).toBe(true);
});

test('a silence ripens with capture time alone', () => {
  const silent = readFileSync('samples/sni-filtering-drop/capture.pcapng');
  const reader = new CaptureReader({ frames: () => {} });
  reader.feed(silent);
  reader.end();
  const engine = new Engine();
  engine.feed(silent);
  const before = engine.judge(SOURCE).analysis.findings;
  engine.advance(reader.lastTime!.seconds + 60);
  const after = engine.judge(SOURCE).analysis.findings;
  expect(after.length).toBeGreaterThanOrEqual(before.length);
  expect(after.length).toBeGreaterThan(0);
});

const draft = { key: 'rst flow 1', causedBy: null } as Draft;
const ladder: Ladder = { client: '192.0.2.1', server: '192.0.2.2', lines: [], skipped: 0 };

test('what an explanation takes back is told once, as withdrawn', () => {
  const [finding] = whole().findings;
  const history = new FindingHistory();
  const id = history.idOf(draft.key);
  const { finding: first } = history.revised(draft, null, { ...finding!, id, state: 'open' }, null);
  expect(first.revision).toBe(1);
  expect(history.withdrawn(new Set([draft.key]))).toEqual([]);
  expect(history.withdrawn(new Set())).toEqual([{ ...first, revision: 2, state: 'withdrawn' }]);
  expect(history.withdrawn(new Set())).toEqual([]);
  expect(history.idOf('rst flow 2')).not.toBe(id);
});

test('what settled is said again as it is; a newer draft, another name or a finding that caused it is looked at', () => {
  const [finding] = whole().findings;
  const history = new FindingHistory();
  expect(history.settled(draft, null)).toBeNull();
  const said = history.revised(draft, null, finding!, ladder);
  expect(history.settled(draft, null)).toBe(said);
  expect(history.settled({ ...draft }, null)).toBeNull();
  expect(history.settled(draft, 'site.example')).toBeNull();
  const caused = { ...draft, key: 'residual flow 2', causedBy: draft.key };
  history.revised(caused, null, finding!, null);
  expect(history.settled(caused, null)).toBeNull();
});

test('the ladder stays when its packets are gone', () => {
  const [finding] = whole().findings;
  const history = new FindingHistory();
  history.revised(draft, null, finding!, ladder);
  const again = history.revised({ ...draft }, null, finding!, null);
  expect(again.ladder).toBe(ladder);
  expect(again.finding.revision).toBe(1);
});
