// The filter language: what it reads and refuses, that what is printed is read back, that a filter selects what a plain
// reading of it would, and that its Wireshark form selects the same frames.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import url from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FILTER_ERRORS, FILTER_FIELDS, type FilterField } from '../domain/filter-kinds.ts';
import { CONFIDENCES, TECHNIQUES } from '../domain/vocabulary.ts';
import { ALL, type Ast, type Value } from './ast.ts';
import { addPart, addValue, removePart, removeValue, replacePart, stateOf, toChips, toggleNegation } from './chips.ts';
import { compile, type FilterContext, missingFields, type RowFields, type RowValue } from './compile.ts';
import { MAX_FILTER, parse } from './parse.ts';
import { print } from './print.ts';
import { wireName } from './punycode.ts';
import { accept, suggest } from './suggest.ts';
import { toWireshark, type WiresharkContext } from './wireshark.ts';

function read(text: string): Ast {
  const parsed = parse(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.error.kind}`);
  return parsed.ast;
}

const word = (text: string): Value => ({ kind: 'word', word: text });

type Row = { readonly [Field in FilterField]?: RowValue };
const EVERY = Object.fromEntries(FILTER_FIELDS.map((field) => [field, (row: Row) => row[field]])) as RowFields<Row>;
const passes = (text: string, row: Row, context: FilterContext = {}): boolean =>
  compile(read(text), EVERY, context)(row);

describe('reading', () => {
  test.each([
    ['', ''],
    ['  ', ''],
    ['technique:SNI-Filtering', 'technique:sni-filtering'],
    ['confidence>=likely', 'confidence:>=likely'],
    ['port:443,80,443', 'port:443,80'],
    ['not port:=443', '-port:443'],
    ['- port:443', '"-" port:443'],
    ['a AND b or c', 'a b or c'],
    ['(a or b) c', '(a or b) c'],
    ['((a b) (c))', 'a b c'],
    ['-(a b)', '-(a b)'],
    ['-(a or b)', '-(a or b)'],
    ['-(-a)', 'a'],
    ['"or" "two words"', '"or" "two words"'],
    ['text:x', 'x'],
    ['"port:80"', '"port:80"'],
    ['target:*.Telegram.org.,149.154.167.99', 'target:telegram.org,149.154.167.99'],
    ['address:10.0.0.0/8,2001:DB8::/32', 'address:10.0.0.0/8,2001:db8::/32'],
    ['bytes:>10k bytes:1.5MiB', 'bytes:>10000 bytes:1572864'],
    ['duration:200ms..2m', 'duration:0.2s..120s'],
    ['time:14:02..14:10', 'time:14:02..14:10'],
    ['time:>=2018-04-16T14:02', 'time:>=2018-04-16T14:02Z'],
    ['time:+12.5S', 'time:+12.5s'],
    ['domain:*', 'domain:*'],
    ['2001:db8::1', '2001:db8::1'],
    ['fe80::1', 'fe80::1'],
    ['12:30', '12:30'],
    ['finding:F1', 'finding:F1'],
  ])('%s', (text, canonical) => {
    expect(print(read(text))).toBe(canonical);
  });

  test.each([
    ['foo:bar', 'unknown-field', 0, 3],
    ['a tecnique:x', 'unknown-field', 2, 10],
    ['technique:sni', 'unknown-value', 10, 13],
    ['port:', 'missing-value', 5, 5],
    ['port:80,', 'missing-value', 8, 8],
    ['port:https', 'bad-number', 5, 10],
    ['address:1.2.3', 'bad-address', 8, 13],
    ['address:1.2.3.4/33', 'bad-address', 8, 18],
    ['domain:a..b', 'bad-domain', 7, 11],
    ['time:25:00', 'bad-time', 5, 10],
    ['time:2018-02-30', 'bad-time', 5, 15],
    ['time:14:02..+3s', 'bad-time', 5, 15],
    ['bytes:10q', 'bad-size', 6, 9],
    ['duration:x', 'bad-duration', 9, 10],
    ['frame:9..3', 'backward-range', 6, 10],
    ['technique:>=sni-filtering', 'no-order', 10, 25],
    ['(a b', 'unclosed-group', 0, 4],
    ['a)', 'unexpected-close', 1, 2],
    ['a ()', 'empty-group', 2, 4],
    ['a "b', 'unclosed-quote', 2, 4],
    ['a or', 'missing-term', 2, 4],
    ['not', 'missing-term', 0, 3],
    ['or a', 'missing-term', 0, 2],
    ['x'.repeat(MAX_FILTER + 1), 'too-long', MAX_FILTER, MAX_FILTER + 1],
    ['('.repeat(40), 'too-deep', 32, 33],
  ] as const)('%s is refused', (text, kind, start, end) => {
    const parsed = parse(text);
    expect(parsed.ok ? null : [parsed.error.kind, parsed.error.start, parsed.error.end]).toEqual([kind, start, end]);
  });

  test('a slip names what may have been meant', () => {
    const parsed = [parse('tecnique:x'), parse('technique:sni-filterin'), parse('confidence:probably')];
    expect(parsed.map((one) => (one.ok ? '' : one.error.params.nearest))).toEqual(['technique', 'sni-filtering', '']);
  });

  test('every kind of error can happen', () => {
    const texts = ['a:b', 'role:b', 'port:', 'port:x', 'client:x', 'domain:?', 'time:x', 'bytes:x', 'duration:x'];
    texts.push('port:2..1', 'role:>x', '(a', ')', '()', '"', 'or', 'x'.repeat(5_000), '-('.repeat(40));
    const kinds = texts.map((text) => parse(text)).map((parsed) => (parsed.ok ? '' : parsed.error.kind));
    expect(kinds).toEqual([...FILTER_ERRORS]);
  });

  test('any text is read or refused at a place inside it, and what is read is printed to be read again', () => {
    const pieces = fc.constantFrom(
      'port:',
      'or',
      'not',
      '-',
      '(',
      ')',
      '"',
      '\\',
      ',',
      '..',
      'time:',
      '+1s',
      '14:02',
      'x',
      ' ',
      ':',
      '>=',
      'confidence',
      'likely',
      '10.0.0.0/8',
      '::',
      'target:',
      '*',
      'a.b',
      '9',
      'text:',
    );
    const texts = fc.oneof(
      fc.string({ maxLength: 60, unit: 'binary' }),
      fc.array(pieces, { maxLength: 24 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parse(text);
        if (parsed.ok) {
          const canonical = print(parsed.ast);
          expect(print(read(canonical))).toBe(canonical);
          return;
        }
        expect(parsed.error.start).toBeLessThanOrEqual(parsed.error.end);
        expect(parsed.error.end).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 5_000 },
    );
  });

  test('the worst texts take no time', () => {
    const started = performance.now();
    for (const part of ['(', '-', '"a" ', 'a or ', 'port:1,', 'x:', '..', 'time:1:', 'domain:a.', '\\"', 'a']) {
      const text = part.repeat(Math.floor(MAX_FILTER / part.length));
      const parsed = parse(text);
      suggest(text, text.length);
      if (parsed.ok) print(parsed.ast);
    }
    expect(performance.now() - started).toBeLessThan(500);
  });
});

/** A term as data, so that it can be judged without the parser. */
interface Term {
  readonly text: string;
  readonly holds: (row: Row) => boolean;
}
type Tree = Term | { readonly join: 'and' | 'or'; readonly items: readonly Tree[] } | { readonly not: Tree };

const list = (value: RowValue): readonly (string | number)[] =>
  value === null || value === undefined ? [] : typeof value === 'object' ? value : [value];
const some = (row: Row, field: FilterField, holds: (value: string | number) => boolean): boolean =>
  list(row[field]).some(holds);

const ADDRESSES = ['10.1.2.3', '10.200.0.1', '192.0.2.1', '2001:db8::1', '2001:db8:0:1::5'];
const DOMAINS = ['telegram.org', 'web.telegram.org', 'notelegram.org', 'org', 'example.com'];
const PREFIXES: readonly (readonly [string, (address: string) => boolean])[] = [
  ['10.0.0.0/8', (one) => one.startsWith('10.')],
  ['10.128.0.0/9', (one) => one === '10.200.0.1'],
  ['2001:db8::/48', (one) => one.startsWith('2001:db8:')],
  ['2001:0db8:0000::1', (one) => one === '2001:db8::1'],
  ['0.0.0.0/0', (one) => !one.includes(':')],
];
const numbers = fc.integer({ min: 0, max: 9 });
const pick = <T>(from: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...from);

const terms: fc.Arbitrary<Term> = fc.oneof(
  fc
    .tuple(pick(['port', 'flow', 'frame', 'packets'] as const), pick(['', '>=', '<=', '>', '<']), numbers)
    .map(([field, op, n]) => ({
      text: `${field}:${op}${n}`,
      holds: (row: Row) =>
        some(row, field, (value) =>
          op === ''
            ? value === n
            : op === '>='
              ? +value >= n
              : op === '<='
                ? +value <= n
                : op === '>'
                  ? +value > n
                  : +value < n,
        ),
    })),
  fc.tuple(numbers, numbers).map(([a, b]) => ({
    text: `frame:${Math.min(a, b)}..${Math.max(a, b)}`,
    holds: (row: Row) => some(row, 'frame', (value) => +value >= Math.min(a, b) && +value <= Math.max(a, b)),
  })),
  fc.subarray([...TECHNIQUES], { minLength: 1, maxLength: 3 }).map((words) => ({
    text: `technique:${words.join(',')}`,
    holds: (row: Row) => some(row, 'technique', (value) => words.some((one) => one === value)),
  })),
  pick(CONFIDENCES).map((floor) => ({
    text: `confidence:>=${floor}`,
    holds: (row: Row) =>
      some(row, 'confidence', (value) =>
        CONFIDENCES.slice(0, CONFIDENCES.indexOf(floor) + 1).some((one) => one === value),
      ),
  })),
  pick(DOMAINS).map((domain) => ({
    text: `domain:${domain}`,
    holds: (row: Row) => some(row, 'domain', (value) => value === domain || String(value).endsWith(`.${domain}`)),
  })),
  fc.tuple(pick(PREFIXES), pick(['address', 'client', 'target'] as const)).map(([[prefix, holds], field]) => ({
    text: `${field}:${prefix}`,
    holds: (row: Row) => some(row, field, (value) => ADDRESSES.includes(String(value)) && holds(String(value))),
  })),
  fc.tuple(numbers, numbers).map(([a, b]) => ({
    text: `time:+${a}s..+${a + b}s`,
    holds: (row: Row) => some(row, 'time', (value) => +value >= a && +value <= a + b),
  })),
  pick(['tele', 'ORG', 'a b', '"', 'or']).map((part) => ({
    text: `"${part.replaceAll('"', '\\"')}"`,
    holds: (row: Row) => some(row, 'text', (value) => String(value).toLowerCase().includes(part.toLowerCase())),
  })),
  pick(['domain', 'technique', 'port'] as const).map((field) => ({
    text: `${field}:*`,
    holds: (row: Row) => list(row[field]).length > 0,
  })),
);

const { tree: trees } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    terms,
    fc.record({
      join: fc.constantFrom('and' as const, 'or' as const),
      items: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
    }),
    tie('tree').map((not) => ({ not })),
  ),
}));

function write(tree: Tree): string {
  if ('text' in tree) return tree.text;
  if ('not' in tree) return `-(${write(tree.not)})`;
  return `(${tree.items.map(write).join(tree.join === 'or' ? ' or ' : ' ')})`;
}

function judge(tree: Tree, row: Row): boolean {
  if ('holds' in tree) return tree.holds(row);
  if ('not' in tree) return !judge(tree.not, row);
  return tree.join === 'and' ? tree.items.every((one) => judge(one, row)) : tree.items.some((one) => judge(one, row));
}

const many = <T extends string | number>(value: fc.Arbitrary<T>): fc.Arbitrary<RowValue> =>
  fc.oneof(value, fc.array(value, { maxLength: 3 }), fc.constant(null), fc.constant(undefined));
const rows: fc.Arbitrary<Row> = fc.record({
  port: many(numbers),
  flow: many(numbers),
  frame: many(numbers),
  packets: many(numbers),
  technique: many(pick(TECHNIQUES)),
  confidence: many(pick(CONFIDENCES)),
  domain: many(pick(DOMAINS)),
  address: many(pick(ADDRESSES)),
  client: many(pick(ADDRESSES)),
  target: many(pick([...ADDRESSES, ...DOMAINS])),
  time: many(numbers),
  text: many(pick(['Telegram.org', 'a b c', 'say "x"', ''])),
});

describe('selecting', () => {
  test('as a plain reading of the filter would, also when printed', () => {
    fc.assert(
      fc.property(trees, fc.array(rows, { minLength: 1, maxLength: 5 }), (tree, all) => {
        const ast = read(write(tree));
        const again = read(print(ast));
        for (const row of all) {
          expect(compile(ast, EVERY)(row)).toBe(judge(tree, row));
          expect(compile(again, EVERY)(row)).toBe(judge(tree, row));
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('times of day, days and moments', () => {
    // 2018-04-16T23:58:00Z
    const context = { start: 1_523_923_080 };
    const cases: readonly (readonly [string, number, boolean])[] = [
      ['time:23:58', 59.9, true],
      ['time:23:58', 60, false],
      ['time:23:50..00:10', 300, true],
      ['time:00:10..23:50', 300, false],
      ['time:2018-04-16', 119, true],
      ['time:2018-04-16', 120, false],
      ['time:>=2018-04-17', 120, true],
      ['time:2018-04-16T23:58:00.5Z', 0.55, true],
      ['time:2018-04-16T23:58:00.5Z', 0.61, false],
      ['time:@1523923081', 1.5, true],
      ['time:+2m', 150, true],
      ['time:..+2m', 121, false],
    ];
    for (const [text, time, expected] of cases)
      expect([text, time, passes(text, { time }, context)]).toEqual([text, time, expected]);
    expect(passes('time:23:58', { time: 1 })).toBe(false);
  });

  test('names beyond ASCII select what is on the wire', () => {
    const { domainToASCII } = url;
    for (const name of ['почта.рф', 'münchen.example', '例え.テスト', 'فارسی.ایران', 'a.президент.рф', '😀.example']) {
      expect(wireName(name)).toBe(domainToASCII(name));
      expect(passes(`domain:${name}`, { domain: `www.${wireName(name)}` })).toBe(true);
    }
    expect(print(read('domain:Почта.РФ'))).toBe('domain:почта.рф');
    expect(toWireshark(read('domain:рф')).filter).toContain('xn--p1ai');
    const label = fc.string({ unit: fc.constantFrom(...'абвгдabc'), minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(label, (one) => {
        expect(wireName(`${one}.org`)).toBe(domainToASCII(`${one}.org`));
      }),
    );
  });

  test('ranges of confidence read either way; unknown words have no rank', () => {
    for (const text of ['confidence:possible..likely', 'confidence:likely..possible']) {
      expect(CONFIDENCES.filter((confidence) => passes(text, { confidence }))).toEqual(['likely', 'possible']);
    }
    expect(CONFIDENCES.filter((confidence) => passes('confidence:..possible', { confidence }))).toEqual([
      'possible',
      'inconclusive',
    ]);
    expect(passes('confidence:<confirmed', { confidence: 'sure' })).toBe(false);
  });

  test('a table without the field has no such row, and it is said', () => {
    const fields: RowFields<Row> = { port: (row) => row.port };
    expect(compile(read('role:forged'), fields)({ port: 1 })).toBe(false);
    expect(missingFields(read('role:forged or port:1'), fields)).toEqual(['role']);
  });
});

describe('chips', () => {
  test('each part at the top is one, a group is one', () => {
    expect(toChips(read('port:443,80 -outcome:ok (a or domain:b)'))).toEqual([
      { index: 0, text: 'port:443,80', field: 'port', negated: false, values: ['443', '80'] },
      { index: 1, text: '-outcome:ok', field: 'outcome', negated: true, values: ['ok'] },
      { index: 2, text: '(a or domain:b)', field: null, negated: false, values: [] },
    ]);
    expect(toChips(ALL)).toEqual([]);
  });

  test('adding, ticking, crossing out, removing', () => {
    let ast = addValue(ALL, 'technique', word('rst-injection'));
    ast = addValue(ast, 'technique', word('sni-filtering'));
    ast = addValue(ast, 'outcome', word('ok'), true);
    expect(print(ast)).toBe('technique:rst-injection,sni-filtering -outcome:ok');
    expect([stateOf(ast, 'technique', word('sni-filtering')), stateOf(ast, 'outcome', word('ok'))]).toEqual([
      'in',
      'out',
    ]);
    expect(stateOf(ast, 'outcome', word('down'))).toBe(null);
    ast = removeValue(ast, 'technique', word('rst-injection'));
    expect(print(ast)).toBe('technique:sni-filtering -outcome:ok');
    expect(print(removeValue(ast, 'technique', word('sni-filtering')))).toBe('-outcome:ok');
    expect(print(toggleNegation(ast, 1))).toBe('technique:sni-filtering outcome:ok');
    expect(print(replacePart(ast, 0, read('a or b')))).toBe('(a or b) -outcome:ok');
    expect(print(removePart(removePart(ast, 0), 0))).toBe('');
    expect(print(addPart(read('a or b'), read('c d')))).toBe('(a or b) c d');
  });

  test('chips joined again are the filter', () => {
    fc.assert(
      fc.property(trees, (tree) => {
        const ast = read(write(tree));
        const text = toChips(ast)
          .map((chip) => chip.text)
          .join(' ');
        expect(print(read(text))).toBe(print(ast));
        for (const chip of toChips(ast))
          expect(toChips(removePart(ast, chip.index))).toHaveLength(toChips(ast).length - 1);
      }),
    );
  });
});

describe('suggestions', () => {
  const context = {
    values: {
      domain: [
        { value: 'telegram.org', count: 9 },
        { value: 'web.telegram.org', count: 4 },
        { value: 'example.com', count: 2 },
      ],
    },
  } as const;
  const at = (marked: string) => {
    const cursor = marked.indexOf('|');
    return suggest(marked.replace('|', ''), cursor, context);
  };
  const inserts = (marked: string): string[] => at(marked).items.map((item) => item.insert);

  test('fields, what begins so first', () => {
    expect(inserts('|')).toHaveLength(FILTER_FIELDS.length);
    expect(inserts('du|')).toEqual(['duration:']);
    expect(inserts('in|')).toEqual(['interference:', 'incident:', 'domain:', 'finding:']);
    expect(inserts('-por|')).toEqual(['port:']);
    expect(inserts('a o|')[0]).toBe('outcome:');
    expect(inserts('a o|')).toContain('or');
  });

  test('values of the field, with counts, without those that are there', () => {
    expect(at('domain:tele|').items).toEqual([
      { kind: 'value', insert: 'telegram.org', field: 'domain', count: 9 },
      { kind: 'value', insert: 'web.telegram.org', field: 'domain', count: 4 },
    ]);
    expect(inserts('domain:telegram.org,|')).toEqual(['web.telegram.org', 'example.com']);
    expect(inserts('surface:a|')).toEqual(['app', 'calls']);
    expect(inserts('confidence:|').slice(0, 5)).toEqual(['>=', '<=', '>', '<', 'confirmed']);
    expect(inserts('confidence:>=l|')[0]).toBe('likely');
  });

  test('taking one replaces what was typed', () => {
    const text = 'port:443 dom x';
    const where = suggest(text, 12, context);
    expect(accept(text, where, where.items[0]!)).toEqual({ text: 'port:443 domain: x', cursor: 16 });
    const value = suggest('-domain:exa', 11, context);
    expect(accept('-domain:exa', value, value.items[0]!)).toEqual({ text: '-domain:example.com ', cursor: 20 });
  });

  test('every one that is taken keeps a filter that was right, right', () => {
    fc.assert(
      fc.property(trees, fc.nat(200), (tree, place) => {
        const text = write(tree);
        const where = suggest(text, place % (text.length + 1), context);
        expect(where.start).toBeLessThanOrEqual(where.end);
        for (const item of where.items.slice(0, 3)) {
          if (item.kind !== 'value') continue;
          const parsed = parse(accept(text, where, item).text);
          expect(parsed.ok, `${text} ${item.insert}`).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('as Wireshark filter', () => {
  const shown = (text: string, context: WiresharkContext = {}): string => toWireshark(read(text), context).filter;

  test('what has no counterpart is left out only where that lets more through, and named', () => {
    const result = toWireshark(read('technique:sni-filtering port:443 -outcome:ok'));
    expect(result).toEqual({
      filter: 'tcp.port == 443 || udp.port == 443',
      exact: false,
      notes: [
        { field: 'technique', text: 'technique:sni-filtering', kind: 'missing', start: 0, end: 23 },
        { field: 'outcome', text: 'outcome:ok', kind: 'missing', start: 34, end: 44 },
      ],
    });
    expect(shown('protocol:tcp (role:forged or port:443)')).toBe('tcp');
    expect(shown('-(role:forged port:443)')).toBe('');
    expect(toWireshark(read('-(role:forged port:443)')).notes.map((note) => note.field)).toEqual(['role', 'port']);
    expect(toWireshark(read('domain:telegram.org')).notes[0]!.kind).toBe('near');
    expect(toWireshark(read('port:443 frame:3..9')).exact).toBe(true);
    expect(toWireshark(ALL)).toEqual({ filter: '', exact: true, notes: [] });
  });

  test('what only the analysis knows, by frames; a flow by its endpoints', () => {
    const frames = (): number[] => [3, 1, 2, 9];
    expect(toWireshark(read('finding:F1'), { frames })).toEqual({
      filter: 'frame.number in {1..3, 9}',
      exact: true,
      notes: [],
    });
    const flow = () =>
      ({
        protocol: 'tcp',
        client: { address: '10.0.0.1', port: 5 },
        server: { address: '10.0.0.2', port: 443 },
      }) as const;
    expect(shown('flow:7', { flow })).toContain('ip.src == 10.0.0.1 && tcp.srcport == 5');
  });
});

const SAMPLE = join(import.meta.dirname, '../../samples/telegram-2018-provider-a/capture.pcapng');
const lacking = spawnSync('tshark', ['--version'], { stdio: 'ignore' }).status !== 0 || !existsSync(SAMPLE);

function tshark(args: readonly string[]): string[] {
  const out = execFileSync('tshark', ['-n', '-r', SAMPLE, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return out.split('\n').filter((line) => line !== '');
}

describe.skipIf(lacking && process.env.BLOCKSCOPE_REQUIRE_TOOLS !== '1')('against tshark', () => {
  /** Errors quote packets, whose fields Wireshark shows as the error's own. */
  const PLAIN = '!icmp && !icmpv6';
  const COLUMNS = [
    'frame.number',
    'frame.time_relative',
    'frame.len',
    'ip.addr',
    'ipv6.addr',
    'tcp.port',
    'udp.port',
    'frame.protocols',
  ];
  const load = (): Row[] =>
    tshark(['-Y', PLAIN, '-T', 'fields', ...COLUMNS.flatMap((column) => ['-e', column])]).map((line) => {
      const [number, time, length, v4, v6, tcp, udp, protocols] = line.split('\t');
      const all = (text: string | undefined): string[] => (text === undefined || text === '' ? [] : text.split(','));
      return {
        frame: Number(number),
        time: Number(time),
        bytes: Number(length),
        address: [...all(v4), ...all(v6)],
        port: [...all(tcp), ...all(udp)].map(Number),
        protocol: protocols!.split(':'),
      };
    });

  const packetTerms = fc.oneof(
    fc.tuple(pick([0, 53, 80, 443, 40_000]), pick(['', '>=', '<', '>', '<='])).map(([n, op]) => `port:${op}${n}`),
    fc.tuple(fc.nat(300), fc.nat(200)).map(([a, b]) => `frame:${a}..${a + b}`),
    fc.tuple(fc.nat(200), pick(['', '>', '<='])).map(([n, op]) => `bytes:${op}${n}`),
    fc.tuple(fc.nat(60), fc.nat(20)).map(([a, b]) => `time:+${a}.5s..+${a + b}.5s`),
    pick(['tcp', 'udp', 'dns', 'tls', 'http', 'quic', 'arp']).map((one) => `protocol:${one}`),
    pick(['10.0.0.0/8', '0.0.0.0/0', '192.0.2.0/24', '::/0', '149.154.160.0/20', '149.154.167.99']).map(
      (one) => `address:${one}`,
    ),
    fc.constant('port:1..52,81..442'),
    fc.constant('time:..+10s'),
    fc.constant('address:*'),
  );
  const { filter: packetFilters } = fc.letrec<{ filter: string }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 3 },
      packetTerms,
      fc.array(tie('filter'), { minLength: 2, maxLength: 3 }).map((all) => `(${all.join(' or ')})`),
      fc.array(tie('filter'), { minLength: 2, maxLength: 3 }).map((all) => all.join(' ')),
      tie('filter').map((one) => `-(${one})`),
    ),
  }));

  test('a filter of packet fields selects the same frames', () => {
    const packets = load();
    expect(packets.length).toBeGreaterThan(100);
    let selected = 0;
    // At values that are there, so that each end of each comparison counts
    const length = packets[5]!.bytes;
    const edges = ['', '>=', '<=', '>', '<'].flatMap((op) => [`port:${op}443`, `bytes:${op}${length}`]);
    for (const text of [
      ...edges,
      `frame:>7 bytes:${length}..`,
      ...fc.sample(packetFilters, { numRuns: 25, seed: 7 }),
    ]) {
      const { filter, exact } = toWireshark(read(text));
      expect(exact, text).toBe(true);
      const theirs = tshark(['-Y', `(${filter}) && ${PLAIN}`, '-T', 'fields', '-e', 'frame.number']).map(Number);
      const ours = packets.filter(compile(read(text), EVERY)).map((row) => row.frame);
      expect(theirs, `${text} as ${filter}`).toEqual(ours);
      selected += ours.length;
    }
    expect(selected).toBeGreaterThan(0);
  }, 120_000);

  test('whatever has a counterpart is accepted', () => {
    const flow = () =>
      ({
        protocol: 'udp',
        client: { address: '2001:db8::1', port: 5 },
        server: { address: '2001:db8::2', port: 53 },
      }) as const;
    const texts = [
      'target:telegram.org,149.154.167.99 -domain:a-b.example',
      'client:10.0.0.0/8 resolver:8.8.8.8',
      'flow:3',
      'time:2018-04-16 time:>=@1523923081.25 "say \\"x\\" \\\\ here"',
      'finding:F1 port:>70000 port:* protocol:* domain:* bytes:>10G bytes:0.5',
      '-(port:443 or (protocol:udp frame:>3))',
    ];
    for (const text of texts) {
      const frames: WiresharkContext['frames'] = (match) => (match.field === 'finding' ? [1, 2, 5] : null);
      const { filter } = toWireshark(read(text), { flow, frames });
      expect(filter).not.toBe('');
      expect(() => tshark(['-c', '1', '-Y', filter]), filter).not.toThrow();
    }
  }, 60_000);

  test('a domain selects the packets that carry the name or one below it', () => {
    const names = new Set(
      tshark([
        '-Y',
        toWireshark(read('domain:telegram.org')).filter,
        '-T',
        'fields',
        '-e',
        'dns.qry.name',
        '-e',
        'tls.handshake.extensions_server_name',
      ]).flatMap((line) => line.split('\t').filter((name) => name !== '')),
    );
    expect(names.size).toBeGreaterThan(0);
    expect([...names].every((name) => name === 'telegram.org' || name.endsWith('.telegram.org'))).toBe(true);
  });
});
