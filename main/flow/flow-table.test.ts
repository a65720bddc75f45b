import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FlowTable, RECORD_WORDS, S, W } from './flow-table.ts';

const never = (): boolean => false;

interface Key {
  readonly low: number;
  readonly high: number;
  readonly ports: number;
  readonly kind: number;
}

function put(table: FlowTable, hash: number, key: Key): number {
  const record = table.insert(hash);
  const w = record * RECORD_WORDS;
  table.words[w + W.low] = key.low;
  table.words[w + W.high] = key.high;
  table.words[w + W.ports] = key.ports;
  table.words[w + W.state] = key.kind | S.live;
  return record;
}

const find = (table: FlowTable, hash: number, key: Key, v6Equal: (record: number) => boolean = never): number =>
  table.find(hash, key.low, key.high, key.ports, key.kind, v6Equal);

const keyOf = (number: number): Key => ({ low: number, high: ~number, ports: number * 7, kind: 6 });

describe('the flow table', () => {
  // Hashes from few values, so that most keys share a slot or a run of slots, at the end of the table too.
  const hash = fc.oneof(
    fc.constantFrom(0, 1, 2, 4_094, 4_095, -1, -2, 0x7fffffff, -0x80000000),
    fc.integer({ min: -0x80000000, max: 0x7fffffff }),
  );
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('insert' as const), hash }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), which: fc.nat() }) },
  );

  it('holds what a map would hold, whatever collides', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const table = new FlowTable(1_024);
        const model = new Map<number, { hash: number; record: number }>();
        steps.forEach((each, number) => {
          if (each.kind === 'insert') {
            model.set(number, { hash: each.hash, record: put(table, each.hash, keyOf(number)) });
          } else if (model.size > 0) {
            const [chosen, entry] = [...model][each.which % model.size]!;
            table.remove(entry.hash, entry.record);
            model.delete(chosen);
            expect(find(table, entry.hash, keyOf(chosen))).toBe(-1);
            expect(table.isLive(entry.record)).toBe(false);
          }
          expect(table.size).toBe(model.size);
        });
        for (const [number, entry] of model) {
          expect(find(table, entry.hash, keyOf(number))).toBe(entry.record);
          expect(table.isLive(entry.record)).toBe(true);
          expect(table.candidate(entry.hash)).toBeGreaterThanOrEqual(0);
        }
        expect(new Set([...model.values()].map(({ record }) => record)).size).toBe(model.size);
      }),
      { numRuns: 150 },
    );
  });

  it('grows without losing a record', () => {
    const table = new FlowTable(20_000);
    const hashOf = (number: number): number => Math.imul(number, 0x9e3779b1);
    for (let number = 0; number < 20_000; number++) put(table, hashOf(number), keyOf(number));
    expect(table.isFull).toBe(true);
    for (let number = 0; number < 20_000; number += 2)
      table.remove(hashOf(number), find(table, hashOf(number), keyOf(number)));
    const wrong = Array.from({ length: 20_000 }, (_, number) => number).filter(
      (number) => find(table, hashOf(number), keyOf(number)) !== (number % 2 === 0 ? -1 : number),
    );
    expect(wrong).toEqual([]);
    expect(table.size).toBe(10_000);
  });

  it('finds its end when every flow has the same hash', () => {
    const table = new FlowTable(500);
    const records = Array.from({ length: 500 }, (_, number) => put(table, 7, keyOf(number)));
    for (let number = 0; number < 500; number++) expect(find(table, 7, keyOf(number))).toBe(records[number]);
    expect(find(table, 7, keyOf(500))).toBe(-1);
    for (let number = 0; number < 500; number++) table.remove(7, records[number]!);
    expect(table.size).toBe(0);
    expect(table.candidate(7)).toBe(-1);
  });

  it('gives records again in the same order on every run, and clean', () => {
    const play = (): number[] => {
      const table = new FlowTable(8);
      const given = [1, 2, 3, 4].map((number) => put(table, number, keyOf(number)));
      table.words.fill(-7, RECORD_WORDS + W.nextLow, RECORD_WORDS + W.lastTick);
      table.remove(2, given[1]!);
      table.remove(4, given[3]!);
      const again = [5, 6, 7].map((number) => put(table, number, keyOf(number)));
      expect(table.words[again[1]! * RECORD_WORDS + W.nextLow]).toBe(0);
      return [...given, ...again];
    };
    expect(play()).toEqual([0, 1, 2, 3, 3, 1, 4]);
    expect(play()).toEqual(play());
  });

  it('never uses more records than it may have', () => {
    const table = new FlowTable(16);
    const live: { hash: number; record: number }[] = [];
    for (let number = 0; number < 1_000; number++) {
      if (table.isFull) {
        const oldest = live.shift()!;
        table.remove(oldest.hash, oldest.record);
      }
      live.push({ hash: number, record: put(table, number, keyOf(number)) });
    }
    expect(table).toMatchObject({ size: 16, highWater: 16, capacity: 16 });
  });

  it('asks for the addresses where they are IPv6: folded words may collide', () => {
    const table = new FlowTable(4);
    const key = { ...keyOf(1), kind: 6 | S.v6 };
    const first = put(table, 5, key);
    const second = put(table, 5, key);
    expect(find(table, 5, key, (record) => record === second)).toBe(second);
    expect(find(table, 5, key, (record) => record === first)).toBe(first);
    expect(find(table, 5, key)).toBe(-1);
    expect(find(table, 5, { ...key, kind: 6 }, () => true)).toBe(-1);
  });
});
