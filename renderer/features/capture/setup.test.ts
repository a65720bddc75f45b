import { describe, expect, it } from 'vitest';
import { DEFAULT_SETUP, numberOf, requestOf, type Setup } from './setup.ts';

const problems = (change: Partial<Setup>) => {
  const read = requestOf({ ...DEFAULT_SETUP, ...change });
  return read.ok ? [] : [...read.problems];
};
const request = (change: Partial<Setup>) => {
  const read = requestOf({ ...DEFAULT_SETUP, ...change });
  if (!read.ok) throw new Error([...read.problems.keys()].join());
  return read.request;
};

describe('the form', () => {
  it('captures everything, whole, until told to stop', () => {
    expect(request({})).toEqual({
      filter: null,
      snaplen: null,
      limits: { seconds: null, bytes: null, packets: null },
      ring: null,
    });
  });

  it('turns what was chosen into units of the engine', () => {
    expect(request({ stop: 'time', minutes: '1.5' }).limits.seconds).toBe(90);
    expect(request({ stop: 'size', megabytes: '2' }).limits.bytes).toBe(2_000_000);
    expect(request({ stop: 'packets', packets: '1,000' }).limits.packets).toBe(1_000);
    expect(request({ ring: true, ringMegabytes: '50', ringFiles: '4' }).ring).toEqual({ bytes: 50_000_000, files: 4 });
    expect(request({ keep: 'headers' }).snaplen).toBe(128);
  });

  it('leaves out of account what was typed and not chosen', () => {
    expect(problems({ minutes: 'soon', megabytes: '', filter: 'host example.org', ringFiles: '-1' })).toEqual([]);
  });

  it('names the field that is wrong, and how', () => {
    expect(problems({ stop: 'time', minutes: '0' })).toEqual([['minutes', { kind: 'number', most: 100_000 }]]);
    expect(problems({ stop: 'packets', packets: '2.5' })).toEqual([['packets', { kind: 'number', most: 1e12 }]]);
    expect(problems({ what: 'own', filter: ' ' })).toEqual([['filter', { kind: 'no-filter' }]]);
    expect(problems({ what: 'own', filter: 'host example.org' })).toEqual([
      ['filter', { kind: 'name', name: 'example.org' }],
    ]);
    expect(problems({ what: 'address', address: 'example.org' })).toEqual([['address', { kind: 'no-address' }]]);
    expect(problems({ ring: true, ringFiles: '0', ringMegabytes: 'x' }).map(([field]) => field)).toEqual([
      'ringMegabytes',
      'ringFiles',
    ]);
  });
});

it.each([
  ['5', 5],
  [' 1 000 ', 1_000],
  ['۱۲٫۵', 12.5],
  ['٣', 3],
  ['-1', null],
  ['1e9', null],
  ['', null],
  ['Infinity', null],
])('%j is %s', (text, value) => {
  expect(numberOf(text)).toBe(value);
});
