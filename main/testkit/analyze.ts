// Runs the engine over bytes in this process, as the command line does over a file in its worker.

import type { Analysis } from '../../shared/contract/analysis.ts';
import { Engine, type EngineOptions } from '../engine/engine.ts';

/** Fixed, so that a failing test fails again; that results do not depend on it is a test of its own. */
const SEED = 0x5eed;

const SOURCE = { path: 'capture', sha256: null, compression: null, error: null, truncated: false } as const;

export function analyze(bytes: Uint8Array, options: EngineOptions = {}): Analysis {
  return analyzePieces([bytes], options);
}

/** The same bytes, fed as they are cut; `judging` asks for a judgement after each piece, as live captures do. */
export function analyzePieces(pieces: Iterable<Uint8Array>, options: EngineOptions = {}, judging = false): Analysis {
  const engine = new Engine({ seed: SEED, ...options });
  for (const piece of pieces) {
    engine.feed(piece);
    if (judging) engine.judge(SOURCE);
  }
  engine.end();
  return engine.judge(SOURCE).analysis;
}
