import { expect, it } from 'vitest';
import { elapsedText, fileNameOf, mergeCommand, rateText } from './counters.ts';

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

it.each([
  [[], null],
  [['lo-1.pcapng'], null],
  [['lo-1_00001.pcapng'], null],
  [['/rec/lo-1_00001.pcapng', '/rec/lo-1_00002.pcapng'], 'mergecap -w whole.pcapng lo-1_*.pcapng'],
  // The others of it are gone
  [['lo-1_00007.pcapng'], 'mergecap -w whole.pcapng lo-1_*.pcapng'],
  [['my ring_99999', 'my ring_100000'], 'mergecap -w whole.pcapng "my ring"_*'],
])('of %j one is made by %s', (files, command) => {
  expect(mergeCommand(files)).toBe(command);
});
