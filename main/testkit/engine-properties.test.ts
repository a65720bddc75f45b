// What holds of the engine for any capture.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analysisSchema } from '../../shared/contract/analysis.ts';
import { analyze, analyzePieces } from './analyze.ts';
import { Random } from './bytes.ts';
import { samples } from './labelled.ts';

const captures = samples().map(({ slug, path }) => [slug, new Uint8Array(readFileSync(path))] as const);
const chosen = captures.filter(([slug]) =>
  ['telegram-2018-provider-a', 'dns-poisoning-race', 'ip-null-routing-ipv6'].includes(slug),
);

function* cut(bytes: Uint8Array, places: readonly number[]): Generator<Uint8Array> {
  let from = 0;
  for (const place of [...places, bytes.length]) {
    // A buffer of its own, and overwritten afterwards: nothing may be kept by reference.
    const piece = bytes.slice(from, place);
    yield piece;
    piece.fill(0xa5);
    from = place;
  }
}

describe.each(chosen)('%s', (_, bytes) => {
  const whole = analyze(bytes);
  const places = fc.array(fc.nat(bytes.length), { maxLength: 40 }).map((list) => list.sort((a, b) => a - b));

  it('gives the same result however the bytes are cut', () => {
    fc.assert(
      fc.property(places, (list) => {
        expect(analyzePieces(cut(bytes, list))).toEqual(whole);
      }),
      { numRuns: 12, seed: 1 },
    );
  });

  it('gives the same result byte by byte', () => {
    const every = Array.from({ length: bytes.length - 1 }, (_unused, at) => at + 1);
    expect(analyzePieces(cut(bytes, every))).toEqual(whole);
  });

  it('does not depend on the seed of its hashes', () => {
    for (const seed of [0, 1, 0xffff_ffff]) expect(analyze(bytes, { seed })).toEqual(whole);
  });

  it('gives a sound result of a capture that ends anywhere', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length), (end) => {
        analysisSchema.parse(analyze(bytes.subarray(0, end)));
      }),
      { numRuns: 15, seed: 2 },
    );
  });
});

it('never throws on damaged captures, and the result fits the schema', () => {
  const damage = fc.record({
    which: fc.nat(captures.length - 1),
    seed: fc.nat(),
    flips: fc.integer({ min: 1, max: 200 }),
    /** Beyond the file header, so that frames are reached. */
    inFrames: fc.boolean(),
  });
  fc.assert(
    fc.property(damage, ({ which, seed, flips, inFrames }) => {
      const bytes = captures[which]![1].slice();
      const random = new Random(seed);
      const from = inFrames ? Math.min(400, bytes.length >> 1) : 0;
      for (let flip = 0; flip < flips; flip++) {
        const at = from + random.below(bytes.length - from);
        bytes[at] = random.below(4) === 0 ? 0xff : random.word();
      }
      analysisSchema.parse(analyze(bytes));
    }),
    { numRuns: 60, seed: 3 },
  );
});

it('never throws on bytes that are no capture', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4000 }), (bytes) => {
      expect(analyze(bytes).error).not.toBeNull();
    }),
    { numRuns: 40, seed: 4 },
  );
});

it('may be asked in between, and says the same in the end but for the number of revisions', () => {
  const unrevised = (analysis: ReturnType<typeof analyze>) => ({
    ...analysis,
    findings: analysis.findings.map((finding) => ({ ...finding, revision: 1 })),
  });
  for (const [, bytes] of chosen) {
    const asked = analyzePieces(cut(bytes, [bytes.length >> 2, bytes.length >> 1]), {}, true);
    expect(unrevised(asked)).toEqual(unrevised(analyze(bytes)));
  }
});
