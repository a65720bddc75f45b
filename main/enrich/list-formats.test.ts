import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIST_FORMATS } from '../../shared/domain/lists.ts';
import { csvRows } from './csv.ts';
import { MAX_PROGRAMS } from './list-entries.ts';
import { detectFormat, type ListText, parseList } from './list-formats.ts';

const file = (text: string, name = 'list'): ListText => ({ name, text });

const CENSORED_PLANET = [
  '{"fingerprint":"b_nat_xy_1","pattern":"blocked by order\\\\."}',
  '',
  '{"fingerprint":"f_gen_2","pattern":"access denied"}',
  '{"fingerprint":"a_prod_3","pattern":"(unclosed page"}',
  '{"fingerprint":"a_prod_4","pattern":"abc"}',
  '{"fingerprint":5}',
  'no json',
].join('\n');

const OONI = [
  'name,scope,other_names,location_found,pattern_type,pattern,confidence_no_fp,expected_countries,source,exp_url,notes',
  'ooni.xy_0,nat,,header.location,prefix,http://block.example/,5,"AE,SA",ooni,,',
  'ooni.xy_1,isp,,body,contains,"content=""Access Denied - by order",5,XY,ooni,,"two\nlines"',
  'ooni.xy_2,fp,,body,contains,a page that is none,5,,ooni,,',
  'ooni.xy_3,nat,,dns,full,203.0.113.9,5,XY,ooni,,',
  'ooni.xy_4,isp,,dns,full,block.example,2,XY,ooni,,',
  'ooni.xy_5,isp,,nowhere,full,some text,5,XY,ooni,,',
  'ooni.xy_6,isp,,body,guess,some text,5,XY,ooni,,',
  'short,row',
].join('\n');

const CITIZEN_LAB = [
  'name,response,confidence_no_fp,exp_url,source,scope,expected_countries,notes',
  "dns_xy_1,203.0.113.10,10,https://example.org,[],isp,['XY'],note",
  "dns_xy_2,999.1.1.1,10,https://example.org,[],isp,['XY'],note",
].join('\r\n');

const V2FLY = [
  '# comment',
  'example.org # its own',
  'full:www.example.net @ads',
  'keyword:examp',
  'regexp:^cdn-\\d+\\.example\\.com$',
  'regexp:(?=x)',
  'include:other @cn',
  'include:missing',
  'not a domain!',
].join('\n');

describe('The format of a list', () => {
  it.each([
    [CENSORED_PLANET, 'censored-planet'],
    [OONI, 'ooni'],
    [CITIZEN_LAB, 'citizen-lab'],
    [V2FLY, 'v2fly'],
    ['# x\n203.0.113.0/24\n2001:db8::1\n', 'addresses'],
    ['# x\nbogus-nxdomain=203.0.113.1\n', 'dnsmasq'],
    ['Dear reader, this is a letter.\nIt has two lines!', null],
    ['', null],
  ])('is told by its first rows', (text, format) => {
    expect(detectFormat(text)).toBe(format);
  });
});

describe('Rows', () => {
  it('of Censored Planet, each with its line and the reason where it cannot be used', () => {
    const list = parseList(file(CENSORED_PLANET), 'censored-planet', null);
    expect(list.kind).toBe('block-pages');
    expect(list.entries).toMatchObject([
      { name: 'b_nat_xy_1', country: 'XY', vague: false, isNone: false },
      { name: 'f_gen_2', country: null, vague: true },
    ]);
    expect(list.faults.map(({ line, problem }) => `${line} ${problem}`)).toEqual([
      '6 missing-field',
      '7 not-json',
      '4 bad-pattern',
      '5 too-short',
    ]);
    expect(parseList(file(CENSORED_PLANET, 'false_positive_signatures.json'), 'censored-planet', null).kind).toBe(
      'not-block-pages',
    );
    const array = '[{"fingerprint":"b_nat_xy_1","pattern":"blocked by order"}]';
    expect(parseList(file(array), 'censored-planet', 'not-block-pages').entries).toMatchObject([{ isNone: true }]);
  });

  it('of OONI: pages, headers, answers, and what is none', () => {
    const list = parseList(file(OONI), 'ooni', null);
    expect(list.entries).toMatchObject([
      { type: 'page', where: 'header.location', how: 'prefix', country: 'AE', own: ['block.example'] },
      { type: 'page', where: 'body', text: 'content="Access Denied - by order' },
      { type: 'page', isNone: true },
      { type: 'address', address: '203.0.113.9', vague: false },
      { type: 'host', host: 'block.example', vague: true },
    ]);
    // The row of two lines counts as two
    expect(list.faults.map(({ line, problem }) => `${line} ${problem}`)).toEqual([
      '8 unknown-location',
      '9 missing-field',
      '10 not-csv',
    ]);
  });

  it('of Citizen Lab', () => {
    const list = parseList(file(CITIZEN_LAB), 'citizen-lab', null);
    expect(list.entries).toMatchObject([{ type: 'address', address: '203.0.113.10', country: 'XY', vague: false }]);
    expect(list.faults).toMatchObject([{ line: 3, problem: 'not-an-address' }]);
  });

  it('of v2fly, with what it includes, by attribute', () => {
    const other = file('a.example @cn\nb.example\ninclude:list\n', 'other');
    const list = parseList(
      file(V2FLY),
      'v2fly',
      null,
      new Map([
        ['other', other],
        ['list', file(V2FLY)],
      ]),
    );
    expect(list.entries.map((entry) => ('text' in entry ? entry.text : ''))).toEqual([
      'example.org',
      'www.example.net',
      'examp',
      '^cdn-\\d+\\.example\\.com$',
      'a.example',
    ]);
    expect(list.faults.map(({ file, line, problem }) => `${file}:${line} ${problem}`)).toContain(
      'list:8 include-missing',
    );
    expect(list.faults.map(({ problem }) => problem)).toContain('bad-pattern');
  });

  it('of addresses, which are those of a filter or of a service', () => {
    const text = '203.0.113.0/24 a note\n; comment\n2001:db8::/200\n0.0.0.0/0\nexample.org\n';
    const list = parseList(file(text), 'addresses', 'service');
    expect(list.kind).toBe('service');
    expect(list.entries).toHaveLength(1);
    expect(list.faults.map(({ line }) => line)).toEqual([3, 4, 5]);
    expect(parseList(file(text), 'addresses', null).kind).toBe('block-addresses');
  });

  it('that are patterns are bounded by what compiling all of them costs', () => {
    const rows = Array.from({ length: 400 }, (_, at) =>
      JSON.stringify({ fingerprint: `b_nat_xy_${at}`, pattern: `page number ${at} (a?b){50}` }),
    );
    const began = performance.now();
    const list = parseList(file(rows.join('\n')), 'censored-planet', null);
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(list.entries.length).toBeGreaterThan(10);
    expect(list.entries.length).toBeLessThan(MAX_PROGRAMS / 200);
    expect(list.faulty).toBe(400 - list.entries.length);
    expect(list.faults).toHaveLength(100);
  });

  it('of whatever bytes give entries or faults, never an error', () => {
    const hostile = fc.array(
      fc.oneof(
        fc.string({ maxLength: 60 }),
        fc.constantFrom(
          '"',
          '"",',
          '{"fingerprint":"a","pattern":"[[["}',
          'include:x',
          'regexp:(',
          '1.2.3.4/33',
          OONI,
          CENSORED_PLANET,
        ),
      ),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(hostile, fc.constantFrom(...LIST_FORMATS), (rows, format) => {
        const text = rows.join('\n');
        detectFormat(text);
        const list = parseList(file(text), format, null);
        expect(list.faults.length).toBeLessThanOrEqual(list.faulty);
      }),
      { numRuns: 500 },
    );
  });
});

describe('CSV', () => {
  it('with quotes, commas and line ends within fields, and the line on which a row begins', () => {
    const rows = [...csvRows('a,"b,1","c""2"\r\n\n"x\ny",z\n"never closed,1\nd')];
    expect(rows).toEqual([
      { line: 1, fields: ['a', 'b,1', 'c"2'] },
      { line: 3, fields: ['x\ny', 'z'] },
      { line: 5, fields: null },
      { line: 6, fields: ['d'] },
    ]);
  });
});
