import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { Networks } from './networks.ts';
import { buildTable, type NetworkFiles } from './networks-build.ts';
import { cacheFolder } from './networks-cache.ts';

const folder = mkdtempSync(join(tmpdir(), 'networks-'));
afterAll(() => rmSync(folder, { recursive: true }));

function table(csv: Partial<Record<keyof NetworkFiles, string>>): Uint8Array {
  const path = (name: keyof NetworkFiles): string => {
    writeFileSync(join(folder, name), csv[name] ?? '');
    return join(folder, name);
  };
  return buildTable({
    systems4: path('systems4'),
    systems6: path('systems6'),
    countries4: path('countries4'),
    countries6: path('countries6'),
  });
}

const CSV = {
  systems4:
    '1.0.0.0,1.0.0.255,13335,"Cloudflare, Inc."\n1.0.4.0,1.0.7.255,38803,"A ""quoted"" name"\r\n5.0.0.0,5.255.255.255,7,Ünïcode\n',
  systems6: '2001:200::,2001:200:1b9:ffff:ffff:ffff:ffff:ffff,2500,WIDE Project\n2600::,2600::ffff,8,Small\n',
  countries4: '1.0.0.0,1.0.3.255,AU\n5.0.0.0,5.0.0.255,no country\n223.255.255.0,223.255.255.255,JP',
  countries6: '2001:200::,2001:200:ffff:ffff:ffff:ffff:ffff:ffff,JP\n',
};

describe('A table of networks', () => {
  const networks = Networks.read(table(CSV))!;

  it.each([
    ['1.0.0.0', 13335, 'Cloudflare, Inc.', 'AU'],
    ['1.0.0.255', 13335, 'Cloudflare, Inc.', 'AU'],
    ['1.0.1.0', null, null, 'AU'],
    ['1.0.4.1', 38803, 'A "quoted" name', null],
    ['5.0.0.1', 7, 'Ünïcode', null],
    ['223.255.255.255', null, null, 'JP'],
    ['2001:200::1', 2500, 'WIDE Project', 'JP'],
    ['2001:200:1ba::', null, null, 'JP'],
    ['2600::1', 8, 'Small', null],
    // The IPv4 address inside (RFC 6052)
    ['64:ff9b::100:1', 13335, 'Cloudflare, Inc.', 'AU'],
  ])('knows %s', (address, asn, name, country) => {
    expect(networks.lookup(address)).toEqual({ asn, name, country });
  });

  it.each([
    '0.0.0.1',
    '1.0.8.0',
    '6.0.0.0',
    '224.0.0.1',
    '10.0.0.1',
    '2600::1:0',
    '2001:db8::1',
    '::',
    'no address',
    '',
  ])('says nothing of %j', (address) => expect(networks.lookup(address)).toBeNull());

  it('says of every address what its rows say', () => {
    const ip = (value: number): string => [24, 16, 8, 0].map((bits) => (value >>> bits) & 255).join('.');
    const cuts = fc.uniqueArray(fc.nat({ max: 65_535 }), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(cuts, fc.array(fc.nat({ max: 65_535 }), { maxLength: 20 }), (some, asked) => {
        const sorted = some.sort((a, b) => a - b).map((low) => 0x5000_0000 + low);
        const rows: { first: number; last: number; asn: number }[] = [];
        for (let at = 0; at + 1 < sorted.length; at += 2)
          rows.push({ first: sorted[at]!, last: sorted[at + 1]!, asn: (at % 6) + 1 });
        const made = Networks.read(
          table({ systems4: rows.map(({ first, last, asn }) => `${ip(first)},${ip(last)},${asn},x${asn}`).join('\n') }),
        )!;
        for (const value of [...asked.map((low) => 0x5000_0000 + low), ...sorted]) {
          const row = rows.find(({ first, last }) => value >= first && value <= last);
          expect(made.lookup(ip(value))?.asn ?? null).toBe(row?.asn ?? null);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('that is cut or damaged is none', () => {
    const whole = table(CSV);
    for (const length of [0, 7, 31, 32, whole.length - 1]) expect(Networks.read(whole.slice(0, length))).toBeNull();
    const damaged = Uint8Array.from(whole);
    damaged[8] = 255;
    expect(Networks.read(damaged)).toBeNull();
    const other = Uint8Array.from(whole);
    other[0] = 0;
    expect(Networks.read(other)).toBeNull();
  });

  it('of odd rows holds the others', () => {
    const odd = [
      '',
      'x',
      ',,,',
      '9.9.9.9',
      '1.2.3.4,1.2.3.3,1,back',
      '300.1.1.1,300.1.1.2,1,x',
      '2.0.0.0,2.0.0.9,no,x',
      `3.0.0.0,3.0.0.9,3,${'n'.repeat(9_000)}`,
      '::1,1.1.1.1,5,mixed',
      '4.0.0.0,4.0.0.9,4,Four',
    ];
    const made = Networks.read(table({ systems4: odd.join('\n') }))!;
    expect(made.lookup('4.0.0.5')).toMatchObject({ asn: 4, name: 'Four' });
    expect(made.lookup('1.2.3.4')).toBeNull();
    expect(made.lookup('2.0.0.5')).toBeNull();
    expect(Networks.read(table({}))!.lookup('8.8.8.8')).toBeNull();
  });
});

it('The cache lies where the system keeps such things', () => {
  expect(cacheFolder('linux', {}, '/home/a')).toBe('/home/a/.cache/blockscope');
  expect(cacheFolder('linux', { XDG_CACHE_HOME: '/x' }, '/home/a')).toBe('/x/blockscope');
  expect(cacheFolder('linux', { XDG_CACHE_HOME: 'x' }, '/home/a')).toBe('/home/a/.cache/blockscope');
  expect(cacheFolder('darwin', {}, '/Users/a')).toBe('/Users/a/Library/Caches/Blockscope');
});
