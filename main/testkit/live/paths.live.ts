// Transfers of real stacks over lines that lose, queue, drop early, reorder, fade, pause or police (samples/lab/paths.py),
// recorded at both ends. Nothing may be called policed of which the policer dropped nothing, and nothing else may be
// found: both as far as `likely`, since a line that fades may well look `possible`.
//
//   BLOCKSCOPE_PATHS=1000-1500    these seeds instead of one of each kind; says how many were policed and found so
//   BLOCKSCOPE_PATHS_IN=folder    recorded there before

import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../../shared/contract/analysis.ts';
import { atLeast } from '../../../shared/domain/vocabulary.ts';
import { analyze } from '../analyze.ts';
import { folder, missing, ROOT, remove } from './program.ts';

const SCRIPT = join(ROOT, 'samples/lab/drawn.sh');
/** One of each kind. */
const KINDS = 21;
/** Hundreds of seeds take their time, ms. */
const LIMIT = 7_200_000;
/** Seconds after which no visit begins any more. */
const SHORT = 20;
const LONG = 60;
/** Fewer packets dropped leave no trace that has to be found. */
const NOTABLE = 10;
const ENDS = ['client', 'server'] as const;
const lacking = missing(['python3', 'dumpcap', 'openssl', 'ip', 'unshare']);

interface Truth {
  readonly kind: string;
  /** By `address:port:client's port`: packets that the policer dropped. */
  readonly policed: Readonly<Record<string, number>>;
}

const chosen = process.env.BLOCKSCOPE_PATHS;
const [first = 1, last = KINDS] = chosen?.split('-').map(Number) ?? [];
const given = process.env.BLOCKSCOPE_PATHS_IN;
const work = given ?? folder();

const flowOf = ({ flow }: Finding): string =>
  flow === null ? '' : `${flow.server.address}:${flow.server.port}:${flow.client.port}`;

describe.skipIf(lacking)('transfers over real stacks', () => {
  beforeAll(async () => {
    if (given !== undefined) return;
    const seconds = chosen === undefined ? SHORT : LONG;
    await promisify(execFile)('bash', [SCRIPT, 'paths', work, `${first}`, `${last}`, `${seconds}`]);
  }, LIMIT);
  afterAll(() => {
    if (given === undefined) remove(work);
  });

  it('are called policed only where they were, and nothing else', { timeout: LIMIT }, () => {
    const wrong: string[] = [];
    const counts = new Map<string, { policed: number; found: number }>();
    for (let seed = first; seed <= last; seed++) {
      if (!existsSync(join(work, `${seed}`, 'truth.json'))) throw new Error(`${seed} was not recorded`);
      const truth: Truth = JSON.parse(readFileSync(join(work, `${seed}`, 'truth.json'), 'utf8'));
      for (const end of ENDS) {
        const { findings } = analyze(readFileSync(join(work, `${seed}`, `${end}.pcapng`)));
        const found = new Set<string>();
        for (const finding of findings) {
          if (!atLeast(finding.confidence, 'likely')) continue;
          const flow = flowOf(finding);
          if (finding.techniques.includes('throttling') && (truth.policed[flow] ?? 0) > 0) found.add(flow);
          else wrong.push(`${seed} ${truth.kind} at the ${end}: ${finding.techniques} ${finding.confidence} ${flow}`);
        }
        const policed = Object.values(truth.policed).filter((count) => count >= NOTABLE).length;
        const count = counts.get(end) ?? { policed: 0, found: 0 };
        counts.set(end, { policed: count.policed + policed, found: count.found + found.size });
      }
    }
    if (chosen !== undefined) {
      for (const [end, { policed, found }] of counts)
        console.log(`at the ${end}: ${found} found of ${policed} policed`);
    }
    expect(wrong).toEqual([]);
  });
});
