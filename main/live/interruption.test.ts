// A gap in a capture is no silence: what was open before it is not judged by what did not come.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Engine } from '../engine/engine.ts';
import { BlockStream } from './stream.ts';

const SAMPLE = readFileSync(join(import.meta.dirname, '../../samples/ip-null-routing-blackhole/capture.pcapng'));

/** An engine that saw so many frames, and their head. */
function after(frames: number) {
  const engine = new Engine({ seed: 1 });
  const stream = new BlockStream({ blocks: (bytes) => engine.feed(bytes) });
  stream.remaining = frames;
  stream.push(SAMPLE);
  const judged = () =>
    engine.judge({ path: '', sha256: null, compression: null, error: null, truncated: false }).analysis;
  return { engine, stream, judged };
}

/** Frames up to the one that makes the silence of an address worth a finding, as long as time goes on. */
const LATER = Number(after(Number.POSITIVE_INFINITY).judged().capture.lastTime) + 30;
const enough = (() => {
  for (let frames = 1; ; frames++) {
    const { engine, judged } = after(frames);
    engine.advance(LATER);
    const { findings } = judged();
    if (findings.some(({ techniques }) => techniques.includes('ip-null-routing'))) return frames;
  }
})();

it('judges silence when time goes on', () => {
  const { engine, judged } = after(enough);
  engine.advance(LATER);
  const [finding] = judged().findings;
  expect(finding?.techniques).toContain('ip-null-routing');
});

it('does not when capturing was interrupted before it was long enough', () => {
  const { engine, stream, judged } = after(enough);
  for (const block of stream.head!) engine.feed(block);
  engine.advance(LATER);
  const { findings, quality } = { ...judged(), quality: judged().capture.quality };
  expect(findings.filter(({ confidence }) => confidence !== 'inconclusive')).toEqual([]);
  expect(quality.filter(({ kind }) => kind === 'budget')).toEqual([]);
});
