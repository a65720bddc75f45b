import { expect, it } from 'vitest';
import { elapsedText, fileNameOf, rateText } from './counters.ts';

it.each([
  [null, '–'],
  [0, '0 B/s'],
  [949.6, '950 B/s'],
  [1_234_000, '1.2 MB/s'],
])('a rate of %s is %s', (rate, text) => {
  expect(rateText(rate)).toBe(text);
});

it.each([
  [-3, '00:00:00'],
  [59.9, '00:00:59'],
  [32 * 60 + 14, '00:32:14'],
  [86_399, '23:59:59'],
  [3 * 86_400 + 4 * 3_600, '3 d 04:00:00'],
])('%d seconds are %s', (seconds, text) => {
  expect(elapsedText(seconds)).toBe(text);
});

it('names a file without its folder', () => {
  expect(fileNameOf('/home/me/recordings/a.pcapng')).toBe('a.pcapng');
  expect(fileNameOf('C:\\Users\\me\\a.pcapng')).toBe('a.pcapng');
  expect(fileNameOf('a.pcapng')).toBe('a.pcapng');
});
