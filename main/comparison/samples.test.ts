// Samples recorded at both ends, against what the laboratory logged: who made which packet, and what was dropped.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { atLeast } from '../../shared/domain/vocabulary.ts';
import { analyze } from '../testkit/analyze.ts';
import { samples } from '../testkit/labelled.ts';
import { sideOf } from '../testkit/two-ends.ts';
import { compare } from './compare.ts';

const pairs = samples().filter(({ otherEnd }) => otherEnd !== undefined);

it('has a pair that was interfered with and one that was not', () => {
  expect(pairs.map(({ truth }) => truth.interference.length > 0).sort()).toEqual([false, true]);
});

describe.each(pairs.map((sample) => [sample.slug, sample] as const))('%s', (_, { path, otherEnd, truth }) => {
  const bytes = { a: readFileSync(path), b: readFileSync(join(dirname(path), otherEnd!.capture)) };
  const compared = async (a: Uint8Array, b: Uint8Array) =>
    compare({ a: sideOf(a, analyze(a)), b: sideOf(b, analyze(b)) });

  it('names exactly what the laboratory forged and dropped', async () => {
    const { findings } = await compared(bytes.a, bytes.b);
    const sure = findings.filter(({ confidence }) => atLeast(confidence, 'likely'));
    const named = (claim: string, side: 'a' | 'b'): number[] =>
      sure.flatMap((finding) => (finding.claim === claim ? finding.frames[side] : [])).sort((x, y) => x - y);
    expect(named('sent-by-neither', 'a')).toEqual(truth.interference.flatMap(({ forgedFrames }) => forgedFrames));
    expect(named('sent-by-neither', 'b')).toEqual(otherEnd!.forgedFrames);
    const dropped = truth.interference.reduce((sum, each) => sum + each.droppedByCensor, 0);
    expect(named('never-arrived', 'a').length).toBe(dropped);
    expect(findings.filter(({ claim }) => claim === 'changed')).toEqual([]);
  });

  it('confirms or refutes what one capture alone could only suppose', async () => {
    const { reviews } = await compared(bytes.a, bytes.b);
    const states = reviews.filter(({ side }) => side === 'a').map(({ state }) => state);
    expect(new Set(states)).toEqual(new Set([truth.interference.length > 0 ? 'confirmed' : 'refuted']));
  });

  it('knows the way between the ends', async () => {
    const { alignment, connections } = await compared(bytes.a, bytes.b);
    // Client, four routers up to the censor hop, seven more to the sites: eleven in between
    expect(new Set(connections.map(({ hops }) => hops.toServer))).toEqual(new Set([11]));
    expect(Math.abs(Number(alignment!.offset))).toBeLessThan(0.005);
  });

  it('says the same in the other order', async () => {
    const [there, back] = [await compared(bytes.a, bytes.b), await compared(bytes.b, bytes.a)];
    expect(back.findings.map(({ claim, confidence }) => [claim, confidence])).toEqual(
      there.findings.map(({ claim, confidence }) => [claim, confidence]),
    );
    expect(Number(back.alignment!.offset)).toBeCloseTo(-Number(there.alignment!.offset), 8);
  });
});
