// Drafts of reports for tests: the engine in this process, the capture as a file for a moment.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Analysis } from '../../shared/contract/analysis.ts';
import { Engine, type EngineOptions } from '../engine/engine.ts';
import { type BundleOptions, type Draft, draftReport } from '../report/bundle.ts';

export const PLAIN: BundleOptions = {
  incidents: [],
  pseudonyms: 'numbered',
  payload: 'decoded',
  direction: 'both',
  keep: [],
  captureName: null,
  language: 'en',
  created: '2026-11-22T12:00:00Z',
  title: null,
  author: null,
  context: null,
  themes: [],
  licence: 'CC BY 4.0',
  platform: null,
  vantage: {},
  rebaseTimestamps: false,
  without: [],
  times: 'exact',
  disagreements: [],
};

/** In fixed circumstances: the same bytes give the same report. */
export async function draft(
  bytes: Uint8Array,
  options: Partial<BundleOptions> = {},
  engine: EngineOptions = {},
  networks?: Analysis['networks'],
): Promise<Draft> {
  const folder = mkdtempSync(join(tmpdir(), 'blockscope-report-'));
  try {
    const path = join(folder, 'capture.pcapng');
    writeFileSync(path, bytes);
    const running = new Engine({ seed: 1, ...engine });
    running.feed(bytes);
    running.end();
    const source = { path, sha256: null, compression: null, error: null, truncated: false };
    const judged = running.judge(source);
    if (networks !== undefined) judged.analysis.networks = networks;
    return await draftReport(path, judged, { ...PLAIN, ...options });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A document without the fonts inside it. */
export function textOf(made: Draft, file: string): string {
  return Buffer.from(made.files.get(file)!)
    .toString('utf8')
    .replace(/@font-face\{[^}]*\}\n/g, '');
}
