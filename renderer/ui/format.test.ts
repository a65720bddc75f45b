import { expect, it } from 'vitest';
import { clock, count, frameRuns, hostPort, milliseconds, visible } from './format.ts';

it('writes times in UTC, and times that no date has as they are', () => {
  expect(clock('1523955123.250000000')).toBe('2018-04-17 08:52:03.250');
  expect(clock('-1.500000000')).toBe('1969-12-31 23:59:58.500');
  expect(clock(`${'9'.repeat(30)}.000000000`)).toBe(`${'9'.repeat(30)}.0`);
  expect(milliseconds(`${'9'.repeat(400)}.000000000`)).toBeNull();
});

it('joins neighbouring frames into runs and counts what it leaves out', () => {
  expect(frameRuns([9, 7, 8, 3])).toEqual({ text: '3, 7-9', more: 0 });
  expect(frameRuns([1, 3, 5, 6, 8, 9, 10], 2)).toEqual({ text: '1, 3', more: 5 });
  expect(frameRuns([])).toEqual({ text: '', more: 0 });
});

it('counts', () => {
  expect([count(1, 'frame'), count(0, 'frame'), count(12_345, 'query', 'queries')]).toEqual([
    '1 frame',
    '0 frames',
    '12,345 queries',
  ]);
});

it('brackets addresses that hold colons', () => {
  expect([hostPort('::1', 443), hostPort('t.me', 443)]).toEqual(['[::1]:443', 't.me:443']);
});

it('shows what would not be seen', () => {
  expect(visible('a\u0000b\u202ec\u2066d')).toBe('a\\u0000b\\u202ec\\u2066d');
  expect(visible('пример.рф 例え')).toBe('пример.рф 例え');
});
