// The words of a comparison: whole sentences in every language, with the values that they were given.

import { describe, expect, it } from 'vitest';
import { COMPARISON_VERDICTS } from '../../domain/statements.ts';
import { enComparison } from './en.ts';
import { faComparison } from './fa.ts';
import { ruComparison } from './ru.ts';
import { type ComparisonWords, comparisonSentence } from './words.ts';
import { zhComparison } from './zh.ts';

const LANGUAGES: readonly (readonly [string, ComparisonWords])[] = [
  ['en', enComparison],
  ['ru', ruComparison],
  ['fa', faComparison],
  ['zh', zhComparison],
];
/** What any kind may ask for; numbers that no sentence has by chance. */
const PARAMS = {
  side: 'b',
  from: 'a',
  to: '203.0.113.77:50000',
  packets: 83,
  matched: 61,
  sent: 97,
  first: 0x1234,
  last: 0x1240,
  bytes: 517,
  otherBytes: 431,
  suspect: 58,
  genuine: 53,
  frames: 71,
  seconds: 74,
  flags: 'S.',
  otherFlags: 'R.',
  hops: 12,
  drops: 29,
  percent: 34,
  connections: 41,
  spreadMs: 260,
  port: 5060,
  field: 'MSS',
  type: 3,
  code: 13,
  routers: 6,
};
const shown = (text: string): string[] =>
  [...text.replace(/[٬,]/g, '').matchAll(/\d+/g)].map(([digits]) => digits).sort();

describe.each(LANGUAGES)('%s', (_, words) => {
  it.each(['evidence', 'note'] as const)('has the values of English in every %s', (table) => {
    for (const kind of Object.keys(enComparison[table])) {
      const params = kind === 'translated' ? { ...PARAMS, from: '10.0.0.2:50000' } : PARAMS;
      const said = comparisonSentence(words, table, kind, params);
      expect(said, kind).toMatch(/[.。]$/);
      const values = kind === 'ids-without-gap' ? ['83'] : shown(comparisonSentence(enComparison, table, kind, params));
      expect(shown(said), `${kind}: ${said}`).toEqual(expect.arrayContaining(values.filter((value) => value !== '0')));
      expect(said).not.toMatch(/undefined|null|NaN|\[object/);
    }
  });

  it('says every verdict of its targets, and whether it is sure', () => {
    const params = { targets: ['one.example', 'two.example'], more: 4, packets: 83, connections: 41 };
    for (const kind of COMPARISON_VERDICTS) {
      const [sure, unsure] = (['confirmed', 'possible'] as const).map((confidence) =>
        words.verdict[kind]({ ...params, confidence }),
      );
      expect(sure).toMatch(/[.。]$/);
      if (!['sent-by-neither', 'never-arrived', 'changed', 'several'].includes(kind)) continue;
      expect(sure).toContain('two.example');
      expect(sure).toContain('83');
      expect(sure).not.toBe(unsure);
    }
  });

  it('tells the two ends apart in every claim', () => {
    for (const claim of ['sent-by-neither', 'never-arrived', 'changed'] as const) {
      const of = (toServer: boolean) =>
        words.claim[claim]({ interference: 'rst-injection', toServer, sender: 'a', packets: 3 });
      expect(of(true)).not.toBe(of(false));
    }
  });

  it('gives a kind that it does not know as it is', () => {
    expect(comparisonSentence(words, 'note', 'made-up', {})).toBe('made-up');
  });
});
