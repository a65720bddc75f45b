// Every sample against what is true of it, and against what was said of it before.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Analysis, analysisSchema, type Finding } from '../../shared/contract/analysis.ts';
import { atLeast } from '../../shared/domain/vocabulary.ts';
import { analyze } from './analyze.ts';
import { golden, goldenAt } from './golden.ts';
import { samples } from './labelled.ts';
import { summary, wordsOf } from './scenario.ts';

function isAbout(finding: Finding, name: string): boolean {
  return finding.target.domain === name || (finding.target.domain === null && finding.target.address === name);
}

describe.each(samples().map((sample) => [sample.slug, sample] as const))('%s', (_, sample) => {
  let known: Analysis | undefined;
  const analysis = (): Analysis => {
    known ??= analyze(readFileSync(sample.path));
    return known;
  };

  it('fits the schema', () => {
    analysisSchema.parse(analysis());
  });

  it('finds what must be found', () => {
    for (const { technique, domain, address, atLeast: floor } of sample.expect.findings) {
      const found = analysis().findings.filter(
        (finding) =>
          finding.techniques.includes(technique) &&
          (domain === undefined || finding.target.domain === domain) &&
          (address === undefined || finding.target.address === address) &&
          atLeast(finding.confidence, floor),
      );
      if (found.length === 0)
        throw new Error(`no ${technique} of ${domain ?? address} at ${floor}; ${summary(analysis())}`);
    }
  });

  it('accuses nothing else', () => {
    const sure = analysis().findings.filter(({ confidence }) => atLeast(confidence, 'likely'));
    const wrong = sure.filter((finding) => {
      if (sample.expect.none.some((name) => isAbout(finding, name))) return true;
      const true_ = sample.truth.interference.some(
        ({ domain, addresses }) => finding.target.domain === domain || addresses.includes(finding.target.address),
      );
      return !true_ && finding.causedBy === null;
    });
    expect(wrong.map(wordsOf)).toEqual([]);
  });

  it('names exactly the forged frames', () => {
    for (const { domain, addresses, forgedFrames, technique } of sample.truth.interference) {
      // What a resolver says itself is a lie of its own, not a frame that somebody put in.
      if (forgedFrames.length === 0 && technique === 'dns-poisoning') continue;
      // A box that answers in the server's place makes every packet there; the one with the certificate is named.
      if (technique === 'tls-mitm') continue;
      const about = analysis().findings.filter(({ target }) =>
        domain === null
          ? addresses.includes(target.address)
          : target.domain === domain || addresses.includes(target.address),
      );
      const named = about
        .filter(({ confidence }) => atLeast(confidence, 'likely'))
        .filter(({ target }) => target.domain === null || target.domain === domain)
        .flatMap(({ frames }) => frames.forged);
      expect([...new Set(named)].sort((a, b) => a - b)).toEqual([...forgedFrames].sort((a, b) => a - b));
    }
  });

  it('says what is true of services and of the vantage', () => {
    for (const { service, surface, state } of sample.truth.services) {
      const surfaces = analysis().services.find((entry) => entry.service === service)?.surfaces ?? [];
      expect(surfaces.find((entry) => entry.surface === surface)?.state, `${service} ${surface}`).toBe(state);
    }
    const { role, local } = analysis().capture.vantage;
    expect([sample.vantage.role, 'unknown']).toContain(role.value);
    if (role.value === 'client') expect(sample.vantage.local).toEqual(expect.arrayContaining(local));
  });

  it('says what it said before', () => {
    const current = golden(analysis());
    const before = goldenAt(join(dirname(sample.path), 'expected.txt'), current);
    expect(before, 'write expected.txt with BLOCKSCOPE_UPDATE_GOLDEN=1').not.toBeNull();
    expect(current).toBe(before);
  });
});
