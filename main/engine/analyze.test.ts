// Through the worker as it is built: npm test builds first.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { type Analysis, analysisSchema } from '../../shared/contract/analysis.ts';
import { analyze } from '../testkit/analyze.ts';
import type { AnalyzeOptions, Progress } from './analyze.ts';

const ROOT = join(import.meta.dirname, '../..');
const BUILT = join(ROOT, 'dist/main/engine/analyze.js');
const SAMPLE = join(ROOT, 'samples/rst-injection-burst/capture.pcapng');
const OTHER = join(ROOT, 'samples/sni-filtering-drop/capture.pcapng');

const folder = mkdtempSync(join(tmpdir(), 'blockscope-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

async function analyzed(path: string, options?: AnalyzeOptions): Promise<Analysis> {
  const { analyzeFile } = (await import(BUILT)) as typeof import('./analyze.ts');
  const { analysis } = await analyzeFile(path, options);
  return analysisSchema.parse(analysis);
}

const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

describe.skipIf(!existsSync(BUILT))('a capture file', () => {
  it('gives what its bytes give, with its hash', async () => {
    const told: Progress[] = [];
    const analysis = await analyzed(SAMPLE, { onProgress: (progress) => told.push(progress) });
    const here = analyze(new Uint8Array(readFileSync(SAMPLE)));
    expect(analysis.capture).toMatchObject({ path: SAMPLE, sha256: sha256(SAMPLE), complete: true, compression: null });
    expect(analysis.capture.packets).toBe(here.capture.packets);
    expect(analysis.coverage).toEqual(here.coverage);
    for (const { bytesRead, bytesTotal } of told) expect(bytesRead).toBeLessThanOrEqual(bytesTotal!);
  });

  it('is not hashed where that is not wanted', async () => {
    expect((await analyzed(SAMPLE, { hash: false })).capture.sha256).toBeNull();
  });

  it('is told apart from others that are analyzed at the same time', async () => {
    const paths = [SAMPLE, OTHER, join(folder, 'missing.pcap'), SAMPLE];
    const results = await Promise.all(paths.map((path) => analyzed(path)));
    expect(results.map(({ capture }) => capture.path)).toEqual(paths);
    expect(results.map(({ error }) => error?.code ?? null)).toEqual([null, null, 'not-found', null]);
    expect(results[0]!.capture.packets).toBe(results[3]!.capture.packets);
    expect(results[0]!.capture.sha256).not.toBe(results[1]!.capture.sha256);
  });

  it('that is missing, a folder, empty or something else is an error of the analysis', async () => {
    mkdirSync(join(folder, 'directory'));
    const cases = [
      [join(folder, 'missing.pcap'), 'not-found'],
      [join(folder, 'directory'), 'is-directory'],
      [file('empty.pcap', new Uint8Array()), 'empty'],
      [file('short.pcap', Uint8Array.of(0xd4, 0xc3)), 'not-a-capture'],
      [file('text.pcap', new TextEncoder().encode('This is no capture, whatever its name says.\n')), 'not-a-capture'],
    ] as const;
    for (const [path, code] of cases) {
      const { error, capture, findings } = await analyzed(path);
      expect([path, error?.code]).toEqual([path, code]);
      expect(capture).toMatchObject({ packets: 0, complete: false, stoppedAt: { frame: 0, reason: 'error' } });
      expect(findings).toEqual([]);
    }
  });

  it('may be compressed', async () => {
    const path = file('capture.pcapng.gz', gzipSync(readFileSync(SAMPLE)));
    const { capture, error } = await analyzed(path);
    expect(error).toBeNull();
    expect(capture).toMatchObject({ compression: 'gzip', complete: true, sha256: sha256(path) });
  });

  it('whose compression ends too early gives what it held, and says so', async () => {
    const whole = gzipSync(readFileSync(SAMPLE));
    const { capture, error } = await analyzed(file('cut.pcapng.gz', whole.subarray(0, whole.length >> 1)));
    expect(error).toBeNull();
    expect(capture.packets).toBeGreaterThan(0);
    expect(capture.quality.map(({ kind }) => kind)).toContain('truncated');
  });

  it('that nobody wants any more is not read', async () => {
    const aborted = AbortSignal.abort();
    const { capture, error, findings } = await analyzed(SAMPLE, { signal: aborted });
    expect(error).toBeNull();
    expect(capture).toMatchObject({ complete: false, packets: 0, stoppedAt: { frame: 0, reason: 'cancelled' } });
    expect(findings).toEqual([]);
    // And the next one is read as ever
    expect((await analyzed(SAMPLE)).capture.complete).toBe(true);
  });

  it('keeps what the user said of it', async () => {
    const analysis = await analyzed(SAMPLE, { vantage: { role: 'client', network: 'provider-a' }, maxFlows: 1_024 });
    expect(JSON.stringify(analysis.capture)).toContain('provider-a');
  });
});
