import { describe, expect, it } from 'vitest';
import {
  byteSize,
  clock,
  duration,
  fold,
  frameList,
  framesText,
  grouped,
  labelled,
  paragraph,
  plural,
} from './layout.ts';
import { readOptions } from './options.ts';
import { progressText } from './progress.ts';
import { wantsColour } from './style.ts';
import { UsageError } from './usage.ts';

describe('options of analyze', () => {
  it('choose the format by where the result goes', () => {
    expect(readOptions(['a.pcap'], true)!.format).toBe('text');
    expect(readOptions(['a.pcap'], false)!.format).toBe('ndjson');
    expect(readOptions(['a.pcap', '--output', 'x'], true)!.format).toBe('ndjson');
    expect(readOptions(['a.pcap', '--format', 'json'], true)!.format).toBe('json');
  });

  it('are read in any order', () => {
    const args = ['--local', '10.0.0.2,2001:db8::2', 'a.pcap', '--vantage', 'role=client,network=Provider A'];
    expect(readOptions([...args, '-', '--max-flows', '1000', '--fail-on', 'likely'], true)).toMatchObject({
      captures: ['a.pcap', '-'],
      local: ['10.0.0.2', '2001:db8::2'],
      vantage: { role: 'client', network: 'Provider A' },
      maxFlows: 1000,
      failOn: 'likely',
      minConfidence: 'inconclusive',
      service: null,
    });
    expect(readOptions(['--', '--odd-name.pcap'], true)!.captures).toEqual(['--odd-name.pcap']);
    expect(readOptions(['--help'], true)).toBeNull();
  });

  it.each([
    [[]],
    [['-', '-']],
    [['a', '--format', 'xml']],
    [['a', '--min-confidence', 'sure']],
    [['a', '--max-flows', '0']],
    [['a', '--max-flows', '1e9']],
    [['a', '--local', '10.0.0']],
    [['a', '--vantage', 'role=moon']],
    [['a', '--vantage', 'network']],
    [['a', '--vantage', '__proto__=x']],
    [['a', '--fail-on', '']],
    [['a', '--output', './a']],
    [['a', '--nonsense']],
    [['a', '--format']],
  ])('refuse %j', (args) => {
    expect(() => readOptions(args, true)).toThrow(UsageError);
  });
});

describe('layout', () => {
  it('wraps without breaking an address', () => {
    const long = 'x'.repeat(120);
    expect(paragraph(`a ${long} b`, 2)).toEqual(['  a', `  ${long}`, '  b']);
    expect(labelled('for', 5, 'one two', 2)).toEqual(['  for  one two']);
  });

  it('folds only where it makes things shorter', () => {
    expect(fold([1, 2, 3], 2)).toEqual({ shown: [1, 2, 3], more: 0 });
    expect(fold([1, 2, 3, 4], 2)).toEqual({ shown: [1, 2], more: 2 });
  });

  it('joins runs of frames', () => {
    expect(frameList([119, 117, 118, 129, 131, 130])).toBe('117-119, 129-131');
    expect(frameList([1, 3, 5, 7, 8], 2)).toBe('1, 3 and 3 more');
    expect(framesText([7])).toBe('frame 7');
    expect(framesText([7, 8])).toBe('frames 7-8');
  });

  it('writes numbers, sizes and times', () => {
    expect([grouped(999), grouped(1000), grouped(1234567)]).toEqual(['999', '1,000', '1,234,567']);
    expect([byteSize(999), byteSize(17_332), byteSize(3e12)]).toEqual(['999 bytes', '17.3 kB', '3.0 TB']);
    expect([duration(0.0031), duration(59.94), duration(128), duration(90_000)]).toEqual([
      '3 ms',
      '59.9 s',
      '2 min 8 s',
      '1 d 1 h',
    ]);
    expect(plural(1, 'query', 'queries')).toBe('1 query');
    expect(clock('1523869200.000000001')).toBe('2018-04-16 09:00:00');
    expect(clock('99999999999999.000000000')).toContain('99999999999999');
  });

  it('shows progress with rate and time left where the size is known', () => {
    const progress = { bytesRead: 50_000_000, bytesTotal: 200_000_000, packets: 1_000_000 };
    const text = progressText('/some/where/capture.pcap', progress, 1);
    expect(text).toBe('capture.pcap [#####...............] 25 %  3 s left  50.0 MB/s  1,000,000 packets  50.0 MB');
    expect(progressText('-', { ...progress, bytesTotal: null }, 1)).toBe('-  50.0 MB/s  1,000,000 packets  50.0 MB');
  });

  it('colours a terminal alone, and not against NO_COLOR', () => {
    expect(wantsColour({ isTTY: true }, {})).toBe(true);
    expect(wantsColour({}, {})).toBe(false);
    expect(wantsColour({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
    expect(wantsColour({ isTTY: true }, { NO_COLOR: '' })).toBe(true);
    expect(wantsColour({ isTTY: true }, { TERM: 'dumb' })).toBe(false);
  });
});
