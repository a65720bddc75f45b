import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Catalog, OUTCOMES } from './catalog.ts';
import { Engine } from './engine.ts';
import { BINS, Histogram } from './histogram.ts';

const SAMPLES = join(import.meta.dirname, '../../samples');
const SOURCE = { path: 'capture', sha256: null, compression: null, error: null, truncated: false } as const;

function read(sample: string, catalog: Catalog | null) {
  const engine = new Engine({ seed: 7 }, catalog);
  engine.feed(readFileSync(join(SAMPLES, sample, 'capture.pcapng')));
  engine.end();
  return engine.judge(SOURCE).analysis;
}

describe('The catalogue', () => {
  it.each(['telegram-2018-provider-a', 'ip-null-routing-ipv6', 'dns-poisoning-race', 'rst-injection-router-any'])(
    'holds every flow of %s, and changes nothing of what is found',
    (sample) => {
      const catalog = new Catalog();
      const analysis = read(sample, catalog);
      expect(analysis).toEqual(read(sample, null));
      const { flows } = catalog;
      expect(flows.count).toBe(analysis.coverage.flows);
      for (const { flow, target, firstTime } of analysis.findings) {
        if (flow === null || flow.protocol === 'icmp') continue;
        const row = flow.id - 1;
        const endpoints = [true, false].map((low) => `${catalog.address(row, low)} ${catalog.port(row, low)}`);
        expect(endpoints).toContain(`${flow.client.address} ${flow.client.port}`);
        expect(endpoints).toContain(`${flow.server.address} ${flow.server.port}`);
        if (target.domain !== null && flow.protocol === 'tcp') {
          expect([target.domain, '']).toContain(catalog.names[flows.name[row]!]);
        }
        const first = Number(analysis.capture.firstTime);
        expect(catalog.offset(flows.firstTime[row]!)).toBeLessThanOrEqual(Number(firstTime) - first + 0.001);
      }
      for (let row = 0; row < flows.count; row++) {
        expect(OUTCOMES[flows.outcome[row]!]).not.toBe('open');
        expect(flows.lastTime[row]!).toBeGreaterThanOrEqual(flows.firstTime[row]!);
      }
    },
  );

  it('lets the older rows go where there is no room, and knows the others by the same numbers', () => {
    const whole = new Catalog();
    const part = new Catalog(16);
    const analysis = read('telegram-2018-provider-a', whole);
    expect(read('telegram-2018-provider-a', part)).toEqual(analysis);
    expect(whole.flows.count).toBeGreaterThan(32);
    expect(part.flows.letGo).toBeGreaterThan(0);
    expect(part.flows.letGo + part.flows.count).toBe(whole.flows.count);
    for (let row = 0; row < part.flows.count; row++) {
      const same = part.flows.letGo + row;
      const of = (catalog: Catalog, at: number) => [
        ...[true, false].map((low) => `${catalog.address(at, low)} ${catalog.port(at, low)}`),
        catalog.names[catalog.flows.name[at]!],
        OUTCOMES[catalog.flows.outcome[at]!],
        catalog.flows.firstFrame[at],
        catalog.flows.packetsLow[at],
      ];
      expect(of(part, row)).toEqual(of(whole, same));
    }
    expect(part.names.length).toBeLessThan(whole.names.length);
  });

  it('says of flows that go on that they are open', () => {
    const catalog = new Catalog();
    const engine = new Engine({ seed: 7 }, catalog);
    engine.feed(readFileSync(join(SAMPLES, 'telegram-2018-provider-a/capture.pcapng')));
    catalog.refresh();
    const { flows } = catalog;
    const outcomes = Array.from(flows.outcome.subarray(0, flows.count), (code) => OUTCOMES[code]);
    expect(outcomes).toContain('open');
    // Those that were answered already are so in the end
    const answered = [...outcomes.keys()].filter((row) => outcomes[row] === 'ok');
    expect(answered.length).toBeGreaterThan(0);
    engine.end();
    for (const row of answered) expect(OUTCOMES[flows.outcome[row]!]).toBe('ok');
    const packets = flows.packetsLow.reduce((sum, count) => sum + count, 0);
    expect(packets).toBeGreaterThan(0);
  });
});

describe('Traffic over time', () => {
  const frame = fc.record({
    seconds: fc.oneof(fc.double({ min: 0, max: 100, noNaN: true }), fc.double({ min: 0, max: 4e9, noNaN: true })),
    bytes: fc.nat(9_000),
  });

  it('counts every frame once, whatever its time, and keeps its number of bins', () => {
    fc.assert(
      fc.property(
        fc.array(frame, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 300 }),
        (frames, count) => {
          const traffic = new Histogram();
          for (const { seconds, bytes } of frames) traffic.add(seconds, bytes);
          const total = (values: { reduce(add: (a: number, b: number) => number): number }): number =>
            values.reduce((a, b) => a + b);
          const bytes = frames.reduce((sum, each) => sum + each.bytes, 0);
          expect(traffic.packets).toHaveLength(BINS);
          expect(total(traffic.packets)).toBe(frames.length);
          expect(total(traffic.bytes)).toBe(bytes);
          const whole = traffic.parts(traffic.start, traffic.start + traffic.width * BINS, count);
          expect(total(whole.packets)).toBe(frames.length);
          expect(total(whole.bytes)).toBe(bytes);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('puts a frame where its time is, in bins as fine as the span allows', () => {
    const traffic = new Histogram();
    for (let second = 0; second < 3_600; second++) traffic.add(1_700_000_000 + second, 100);
    expect(traffic.width).toBeLessThan(0.1);
    const { packets, bytes } = traffic.parts(1_700_000_000, 1_700_003_600, 3_600);
    expect([...packets]).toEqual(new Array(3_600).fill(1));
    expect([...bytes]).toEqual(new Array(3_600).fill(100));
    // Earlier than the first one: captures are not always in order
    traffic.add(1_699_999_990, 1);
    expect(traffic.parts(1_699_999_985, 1_699_999_995, 1).packets[0]).toBe(1);
  });
});
