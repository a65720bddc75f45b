import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../shared/contract/analysis.ts';
import type { Technique } from '../../../shared/domain/vocabulary.ts';
import { addressesOf, type Item, lanesOf, MOST_LANES, markAt, networkOf, placed, spansOf } from './lanes.ts';
import { makeScale } from './scale.ts';

function item(from: number, target: string, technique: Technique = 'rst-injection', to = from): Item {
  const finding = {
    id: `F${from}`,
    techniques: [technique],
    confidence: 'likely',
    interference: {
      kind: technique === 'ip-null-routing' ? 'null-route' : 'rst-injection',
      variant: '',
      direction: 'to-client',
    },
    target: { domain: target, address: '192.0.2.7', port: 443, service: null, surface: null },
    flow: null,
    dns: null,
  } as unknown as Finding;
  return { finding, incident: null, from, to };
}

describe('lanes', () => {
  it('stand in the order of the techniques', () => {
    const lanes = lanesOf([item(1, 'a', 'ip-null-routing'), item(2, 'b', 'dns-poisoning')], 'technique');
    expect(lanes.map(({ key }) => key)).toEqual(['dns-poisoning', 'ip-null-routing']);
  });

  it('by target put what belongs together together', () => {
    expect(lanesOf([item(1, 'a'), item(2, 'b'), item(3, 'a')], 'target').map(({ items }) => items.length)).toEqual([
      2, 1,
    ]);
  });

  it('are never too many, and lose no finding', () => {
    const items = Array.from({ length: 100 }, (_, at) => item(at, `t${at}`));
    const lanes = lanesOf(items, 'target');
    expect(lanes).toHaveLength(MOST_LANES);
    expect(lanes.flatMap((lane) => lane.items)).toHaveLength(100);
  });

  it('by network go by whose it is, else by the prefix', () => {
    const at = (from: number, address: string, resolver: string | null = null): Item => {
      const { finding, ...rest } = item(from, 'a.example');
      const dns = resolver === null ? null : ({ query: { resolver } } as Finding['dns']);
      return { ...rest, finding: { ...finding, target: { ...finding.target, address }, dns } };
    };
    const items = [at(1, '192.0.2.7'), at(2, '198.51.100.9'), at(3, '203.0.113.1'), at(4, '192.0.2.7', '203.0.113.53')];
    const names = (address: string) => (address.startsWith('203.') ? null : 'Example Networks');
    expect(lanesOf(items, 'network', names).map((lane) => [lane.key, lane.items.length])).toEqual([
      ['Example Networks', 2],
      ['203.0.113.0/24', 1],
      ['203.0.113.53', 1],
    ]);
    expect(addressesOf(items)).toEqual(['192.0.2.7', '198.51.100.9', '203.0.113.1', '203.0.113.53']);
  });

  it('name the network of an address', () => {
    expect(networkOf('149.154.167.99')).toBe('149.154.167.0/24');
    expect(networkOf('2001:db8::7')).toBe('2001:db8:0::/48');
    expect(networkOf('2001:b28:f23d:f001::a')).toBe('2001:b28:f23d::/48');
  });
});

describe('marks', () => {
  const scale = makeScale(0, 100, 1000);

  it('that would cover each other become one that counts them', () => {
    const [lane] = lanesOf([item(10, 'a'), item(10.5, 'a'), item(50, 'b')], 'technique');
    const marks = placed(lane!, scale);
    expect(marks.map(({ items }) => items.length)).toEqual([2, 1]);
    expect(marks[0]!.shows.count).toBe(true);
  });

  it('give up the label first when room is short', () => {
    const [lane] = lanesOf([item(10, 'a-rather-long-name.example'), item(13, 'b')], 'technique');
    const [first, second] = placed(lane!, scale);
    expect(first!.shows.label).toBe(false);
    expect(second!.shows.label).toBe(true);
  });

  it('of what lasted have an end', () => {
    const [lane] = lanesOf([item(10, 'a', 'ip-null-routing', 40)], 'technique');
    expect(placed(lane!, scale)[0]!.end).toBeCloseTo(400);
  });

  it('outside of the window are not there', () => {
    const [lane] = lanesOf([item(10, 'a'), item(90, 'b')], 'technique');
    expect(placed(lane!, makeScale(80, 100, 500)).map(({ label }) => label)).toEqual(['b']);
  });

  it('leave the words of a fold free', () => {
    const [lane] = lanesOf([item(10, 'a-rather-long-name.example')], 'technique');
    const folded = makeScale(0, 100, 1000, [{ from: 15, to: 30 }]);
    expect(placed(lane!, scale)[0]!.shows.label).toBe(true);
    expect(placed(lane!, folded)[0]!.shows.label).toBe(false);
  });

  it('in a lane of one target do not repeat it', () => {
    const [lane] = lanesOf([item(10, 'a')], 'target');
    expect(placed(lane!, scale)[0]!.shows.label).toBe(false);
  });

  it('have at most one tick below for each pixel', () => {
    const items = Array.from({ length: 500 }, (_, at) => item(10 + at / 1000, 'a'));
    const [lane] = lanesOf(items, 'technique');
    expect(placed(lane!, scale)[0]!.ticks.length).toBeLessThanOrEqual(6);
  });

  it('are found by a pointer near them, the nearer first', () => {
    const [lane] = lanesOf([item(10, 'a'), item(12.1, 'b'), item(50, 'c')], 'technique');
    const marks = placed(lane!, scale);
    expect(markAt(marks, 112)!.label).toBe('b');
    expect(markAt(marks, 300)).toBeNull();
  });
});

describe('a row of the strip', () => {
  it('joins what meets and loses nothing that is short', () => {
    const scale = makeScale(0, 100, 1000);
    expect(spansOf([item(1, 'a'), item(1.1, 'b'), item(50, 'c')], scale)).toEqual([
      { from: 10, to: 13 },
      { from: 500, to: 502 },
    ]);
  });
});
