import { describe, expect, it } from 'vitest';
import { type Alternative, byClaim } from './explanations.ts';
import { runsOf } from './runs.ts';

const alternative = (kind: string, status: Alternative['status']): Alternative => ({
  kind,
  status,
  params: {},
  text: '',
});

describe('other explanations', () => {
  it('are grouped by the claim they speak to, open ones first', () => {
    const groups = byClaim([
      alternative('server-closed', 'ruled-out'),
      alternative('server-policy', 'weakened'),
      alternative('packet-loss', 'open'),
      alternative('local-filter', 'open'),
    ]);
    expect(groups.map(({ claim, rows }) => [claim, rows.map(({ kind }) => kind)])).toEqual([
      ['done', ['packet-loss', 'server-closed']],
      ['why', ['local-filter', 'server-policy']],
    ]);
  });
  it('of which there is none make no group', () => {
    expect(byClaim([])).toEqual([]);
  });
});

it('puts frames together and counts the rest', () => {
  expect(runsOf([9, 3, 4, 5, 5, 12], 2)).toEqual({
    runs: [
      { from: 3, to: 5 },
      { from: 9, to: 9 },
    ],
    more: 1,
  });
  expect(runsOf([], 3)).toEqual({ runs: [], more: 0 });
});
