// Names looked up by real resolvers among servers that are dead, never told of a zone, or answer by broken programs
// (samples/lab/zones.py), recorded before the resolver and behind it. Of some recordings names are injected into: these
// have to be found, and nothing else as far as `likely`.
//
//   BLOCKSCOPE_ZONES=1000-1500    these seeds instead of a dozen; says how many names were forged and found so
//   BLOCKSCOPE_ZONES_IN=folder    recorded there before

import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atLeast } from '../../../shared/domain/vocabulary.ts';
import { analyze } from '../analyze.ts';
import { folder, missing, ROOT, remove } from './program.ts';

const SCRIPT = join(ROOT, 'samples/lab/drawn.sh');
/** Both programs, each with forged answers and without. */
const DOZEN = 12;
/** Hundreds of seeds take their time, ms. */
const LIMIT = 7_200_000;
/** Seconds after which no name is asked for any more. */
const SHORT = 15;
const LONG = 45;
const lacking = missing(['python3', 'dumpcap', 'unbound', 'dnsmasq', 'ip', 'unshare']);

interface Truth {
  readonly program: string;
  /** By name: how often besides the forged answer one of the server's own went that is no failure. */
  readonly forged: Readonly<Record<string, number>>;
}

const chosen = process.env.BLOCKSCOPE_ZONES;
const [first = 1, last = DOZEN] = chosen?.split('-').map(Number) ?? [];
const given = process.env.BLOCKSCOPE_ZONES_IN;
const work = given ?? folder();

describe.skipIf(lacking)('names of many servers', () => {
  beforeAll(async () => {
    if (given !== undefined) return;
    const seconds = chosen === undefined ? SHORT : LONG;
    await promisify(execFile)('bash', [SCRIPT, 'zones', work, `${first}`, `${last}`, `${seconds}`]);
  }, LIMIT);
  afterAll(() => {
    if (given === undefined) remove(work);
  });

  it('are called poisoned where they were, and nothing else', { timeout: LIMIT }, () => {
    const wrong: string[] = [];
    const counts = { forged: 0, found: 0 };
    for (let seed = first; seed <= last; seed++) {
      if (!existsSync(join(work, `${seed}`, 'truth.json'))) throw new Error(`${seed} was not recorded`);
      const truth: Truth = JSON.parse(readFileSync(join(work, `${seed}`, 'truth.json'), 'utf8'));
      for (const place of ['home', 'uplink']) {
        const { findings } = analyze(readFileSync(join(work, `${seed}`, `${place}.pcapng`)));
        const found = new Set<string>();
        for (const { confidence, target, techniques } of findings) {
          if (!atLeast(confidence, 'likely')) continue;
          if (techniques.includes('dns-poisoning') && target.domain !== null && target.domain in truth.forged)
            found.add(target.domain);
          else wrong.push(`${seed} ${truth.program} ${place}: ${techniques} ${confidence} ${target.domain}`);
        }
        if (place !== 'uplink') continue;
        for (const [name, pairs] of Object.entries(truth.forged)) {
          if (pairs === 0) continue;
          counts.forged++;
          if (found.has(name)) counts.found++;
          else wrong.push(`${seed} ${truth.program} ${place}: ${name} was not found`);
        }
      }
    }
    if (chosen !== undefined) console.log(`${counts.found} found of ${counts.forged} forged`);
    expect(counts.forged).toBeGreaterThan(0);
    expect(wrong).toEqual([]);
  });
});
