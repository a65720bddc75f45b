import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { type CompiledPattern, compilePattern, MAX_PATTERN, MAX_PROGRAM } from './pattern.ts';

const compiled = (source: string): CompiledPattern => {
  const pattern = compilePattern(source, true);
  if (typeof pattern === 'string') throw new Error(`${source}: ${pattern}`);
  return pattern;
};

describe('The fixed piece of a pattern', () => {
  it.each([
    ['fortinet\\.net', 'fortinet.net', true],
    ['<title>Web Page Blocked</title>', '<title>Web Page Blocked</title>', true],
    ['URL .* Spider Gate', ' Spider Gate', false],
    ['colou?rful page', 'rful page', false],
    ['abc{2}defgh', 'defgh', false],
    ['{"error":"gone"}', '{"error":"gone"}', true],
    ['(abcdefgh)?ijkl', 'ijkl', false],
    ['[abcdef]blocked\\d+', 'blocked', false],
    ['www\\.[a-z]+\\.example', '.example', false],
    ['заблокирован', 'заблокирован', true],
    ['\\x41bcdef', 'bcdef', false],
    ['(?:blocked page)+ by', 'blocked page', false],
  ])('of %j is %j', (source, fixed, isWhole) => {
    expect(compiled(source).fixed).toEqual([fixed]);
    expect(compiled(source).expression === null).toBe(isWhole);
  });

  it.each(['abcd|efg', 'abcd|', '|abcd', '(abcd|.*)', '(?i)blocked', '(?s-i:abcd)', '.*', 'a.b.c', '[abcd]+'])(
    'is missing in %j',
    (source) => {
      expect(compilePattern(source, true)).toBe('too-short');
    },
  );

  it.each([
    ['abcd|efgh', ['abcd', 'efgh']],
    ['^Blocked by|Verboten$|no access', ['Blocked by', 'Verboten', 'no access']],
    ['ab(first one|second)cd', ['first one', 'second']],
    ['(?P<who>(court|ministry) of .* law|blocklist)', ['court', 'ministry', 'blocklist']],
    ['a longer piece(x|yy)', ['a longer piece']],
    ['blocked|blocked', ['blocked']],
    ['(?s:abcd|efgh).', ['abcd', 'efgh']],
  ])('is one for each alternative of %j', (source, pieces) => {
    expect(compiled(source).fixed).toEqual(pieces);
  });

  it('stands in everything that the pattern matches', () => {
    const part = fc.constantFrom(
      'ab',
      'cde',
      '.',
      '\\.',
      '(x|y)',
      '[ab]',
      'z?',
      'q+',
      'w*',
      '\\d',
      'v{2}',
      '(?:rs)?',
      '(a|b|cd)',
      '(',
      ')',
      '(?:e|)+',
      '{',
      '^',
      '$',
      '|',
      'é',
    );
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'x', 'y', 'z', 'q', 'w', 'v', 'r', 's', '.', '1', '{', 'é'),
      maxLength: 40,
    });
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), text, (parts, haystack) => {
        const source = parts.join('');
        const pattern = compilePattern(source, false);
        if (typeof pattern === 'string') return;
        const isMatch = RE2JS.compile(source, RE2JS.DOTALL).matcher(haystack).find();
        if (isMatch)
          expect(
            pattern.fixed.some((piece) => haystack.includes(piece)),
            source,
          ).toBe(true);
        if (pattern.expression === null) expect(haystack.includes(pattern.fixed[0]!)).toBe(isMatch);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('A hostile pattern', () => {
  it.each([
    ['(a{1000}){1000}long', 'pattern-too-large'],
    ['((((a{9}){9}){9}){9}){9}long', 'bad-pattern|pattern-too-large'],
    ['(.*a){500}long', 'pattern-too-large'],
    ['(?=a)long', 'bad-pattern'],
    ['(a)\\1long', 'bad-pattern'],
    ['[long piece', 'bad-pattern'],
    [`${'('.repeat(500)}a${')'.repeat(500)}long`, 'bad-pattern|pattern-too-large'],
    ['x'.repeat(MAX_PATTERN + 1), 'too-long'],
    [Array.from({ length: 100 }, (_, at) => `piece${at}`).join('|'), 'pattern-too-large'],
  ])('%# is refused at once', (source, problem) => {
    const began = performance.now();
    expect(problem.split('|')).toContain(compilePattern(source, true));
    expect(performance.now() - began).toBeLessThan(500);
  });

  // Each takes a backtracking engine longer than the universe has
  it.each([
    '(evil|a+)+$evil|(a|a)+evil',
    '(a+)+$evil',
    '(a|aa)+evil',
    '(a|a?)+evil',
    '(.*a){12}evil',
    '^(([a-z])+.)+[A-Z]([a-z])+evil',
  ])('%s runs in linear time', (source) => {
    const pattern = compilePattern(source, true);
    if (typeof pattern === 'string') throw new Error(pattern);
    expect(pattern.expression!.programSize()).toBeLessThanOrEqual(MAX_PROGRAM);
    const began = performance.now();
    for (const length of [2_048, 65_536]) pattern.expression!.matcher(`${'a'.repeat(length)}!evi`).find();
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
