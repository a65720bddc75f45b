import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Attempt, AttemptOutcome } from '../flow/records.ts';
import { AttemptIndex, type BaselineSample } from './attempt-index.ts';

const CLIENT = '10.0.0.2';

function attempt(changes: Partial<Attempt> = {}): Attempt {
  return {
    flow: 1,
    client: CLIENT,
    address: '203.0.113.7',
    port: 443,
    transport: 'tcp',
    name: 'site.example',
    nameFrom: 'sni',
    ja4: null,
    helloLength: null,
    firstTime: 0,
    lastTime: 1,
    outcome: 'ok',
    tries: 1,
    frames: [1],
    trySpan: 0,
    received: 0,
    rounds: 0,
    clientTtl: 64,
    synData: false,
    ...changes,
  };
}

function sampled(changes: Partial<BaselineSample> = {}): BaselineSample {
  return { ttlMin: 52, ttlMax: 52, sawDf: true, sawNoDf: false, rtt: 40, frame: 2, ...changes };
}

const ADDRESSES = ['203.0.113.7', '203.0.113.8', '2001:db8::7'];
const NAMES = ['a.example', 'b.example', null];

/** Everything that can be asked of an index. */
function stateOf(index: AttemptIndex): unknown {
  return structuredClone({
    entries: [...index.entries()],
    size: index.size,
    forgotten: index.forgotten,
    byAddress: ADDRESSES.map((address) => index.byAddress(CLIENT, address)),
    byName: NAMES.map((name) => index.byName(CLIENT, name ?? '')),
    byAddressAndName: ADDRESSES.map((address) => NAMES.map((name) => index.byAddressAndName(CLIENT, address, name))),
    baselines: ADDRESSES.map((address) => index.baseline(address)),
  });
}

describe('the attempt index', () => {
  it('gathers the attempts of one client at one target', () => {
    const index = new AttemptIndex();
    index.record(attempt({ firstTime: 5, lastTime: 9 }));
    index.record(attempt({ firstTime: 2, lastTime: 3, outcome: 'reset' }));
    index.record(attempt({ client: '10.0.0.3' }));
    index.record(attempt({ port: 80 }));
    index.record(attempt({ transport: 'quic' }));
    index.record(attempt({ name: null, nameFrom: 'none' }));
    expect(index.size).toBe(5);
    expect(index.byName(CLIENT, 'site.example')).toHaveLength(3);
    expect(index.byAddress(CLIENT, '203.0.113.7')).toHaveLength(4);
    expect(index.byAddress('10.0.0.3', '203.0.113.7')).toHaveLength(1);
    expect(index.byAddress(CLIENT, '203.0.113.9')).toEqual([]);
    expect(index.byAddressAndName(CLIENT, '203.0.113.7', null)).toHaveLength(1);
    expect(index.byAddressAndName(CLIENT, '203.0.113.7', 'other.example')).toEqual([]);
    const [entry] = index.entries();
    expect(entry).toMatchObject({ counts: { ok: 1, reset: 1 }, total: 2, firstTime: 2, lastTime: 9 });
    expect(entry!.attempts.map(({ firstTime }) => firstTime)).toEqual([2, 5]);
  });

  it('keeps the first 16 and the latest 16 attempts of an entry, and counts all', () => {
    const index = new AttemptIndex();
    for (let time = 0; time < 100; time++) index.record(attempt({ firstTime: time, flow: time }));
    const [entry] = index.entries();
    expect(entry!.total).toBe(100);
    const kept = entry!.attempts.map(({ flow }) => flow);
    expect(kept).toEqual([
      ...Array.from({ length: 16 }, (_, at) => at),
      ...Array.from({ length: 16 }, (_, at) => 84 + at),
    ]);
  });

  it('lets the oldest healthy entry go when there are too many, never one in trouble', () => {
    const index = new AttemptIndex();
    index.record(attempt({ name: 'troubled.example', outcome: 'reset' }));
    index.record(attempt({ name: 'later-troubled.example' }));
    index.record(attempt({ name: 'oldest.example' }));
    index.record(attempt({ name: 'later-troubled.example', outcome: 'silent-after-request' }));
    for (let number = 0; number < 8_192; number++) index.record(attempt({ name: `n${number}.example` }));
    expect(index.forgotten).toBe(1);
    expect(index.size).toBe(8_192 + 2);
    expect(index.byName(CLIENT, 'oldest.example')).toEqual([]);
    expect(index.byName(CLIENT, 'troubled.example')).toHaveLength(1);
    expect(index.byName(CLIENT, 'later-troubled.example')).toHaveLength(1);
    expect(index.byName(CLIENT, 'n0.example')).toHaveLength(1);
    expect(index.byAddress(CLIENT, '203.0.113.7')).toHaveLength(8_194);
  });

  it('lets the oldest in trouble go when there are too many of those, never a healthy one', () => {
    const index = new AttemptIndex();
    index.record(attempt({ name: 'healthy.example' }));
    for (let number = 0; number < 8_200; number++)
      index.record(attempt({ name: `n${number}.example`, outcome: 'unanswered' }));
    expect(index.forgotten).toBe(8);
    expect(index.byName(CLIENT, 'healthy.example')).toHaveLength(1);
    expect(index.byName(CLIENT, 'n7.example')).toEqual([]);
    expect(index.byName(CLIENT, 'n8.example')).toHaveLength(1);
  });

  it('stays bounded however long and mixed the capture', () => {
    const index = new AttemptIndex();
    for (let number = 0; number < 40_001; number++) {
      const name = `n${number}.example`;
      // Each on an address of its own: removal must not look through what others share
      const address = `2001:db8::${number.toString(16)}`;
      index.record(attempt({ name, address }));
      if (number % 3 === 0) index.record(attempt({ name, address, outcome: 'reset' }));
    }
    expect(index.size).toBe(16_384);
    expect(index.forgotten).toBe(40_001 - 16_384);
    expect(index.byAddress(CLIENT, '2001:db8::1')).toEqual([]);
  });

  it('calls what was cut short or given up no trouble', () => {
    const index = new AttemptIndex();
    index.record(attempt({ name: 'first.example', outcome: 'unknown' }));
    index.record(attempt({ name: 'second.example', outcome: 'cancelled' }));
    for (let number = 0; number < 8_192; number++) index.record(attempt({ name: `n${number}.example` }));
    expect([index.byName(CLIENT, 'first.example'), index.byName(CLIENT, 'second.example')]).toEqual([[], []]);
  });

  it('learns what a peer looks like', () => {
    const index = new AttemptIndex();
    index.sample('203.0.113.7', sampled({ rtt: null, frame: 2 }));
    index.sample('203.0.113.7', sampled({ rtt: 50, ttlMax: 53, frame: 4 }));
    index.sample('203.0.113.7', sampled({ rtt: 40, sawDf: false, sawNoDf: true, frame: 6 }));
    for (let frame = 8; frame < 20; frame++) index.sample('203.0.113.7', sampled({ rtt: 60, frame }));
    expect(index.baseline('203.0.113.7')).toEqual({
      address: '203.0.113.7',
      flows: 15,
      ttls: [52, 53],
      sawDf: true,
      sawNoDf: true,
      leastRtt: 40,
      rttSamples: 14,
      frames: [2, 4, 6, 8],
    });
    expect(index.baseline('203.0.113.8')).toBeNull();
  });

  it('keeps 16 hop limits of a peer, and the latest 16,384 peers', () => {
    const index = new AttemptIndex();
    for (let ttl = 1; ttl < 60; ttl++) index.sample('203.0.113.7', sampled({ ttlMin: ttl, ttlMax: ttl }));
    expect(index.baseline('203.0.113.7')!.ttls).toHaveLength(16);
    for (let number = 0; number < 20_000; number++) index.sample(`n${number}`, sampled());
    expect(index.baseline('n19999')).not.toBeNull();
    expect(index.baseline('n3616')).not.toBeNull();
    expect(index.baseline('n3615')).toBeNull();
  });
});

describe('what is recorded for one judgement only', () => {
  const outcome = fc.constantFrom<AttemptOutcome>('ok', 'unknown', 'reset', 'unanswered', 'silent-after-request');
  const recorded = fc.record({
    act: fc.constant('record' as const),
    changes: fc.record({
      address: fc.constantFrom(...ADDRESSES),
      name: fc.constantFrom(...NAMES),
      port: fc.constantFrom(80, 443),
      outcome,
      firstTime: fc.nat(50),
      lastTime: fc.nat(90),
    }),
  });
  const sample = fc.record({
    act: fc.constant('sample' as const),
    address: fc.constantFrom(...ADDRESSES),
    changes: fc.record({ ttlMin: fc.integer({ min: 40, max: 64 }), rtt: fc.option(fc.nat(90)), frame: fc.nat(99) }),
  });
  const steps = fc.array(fc.oneof(recorded, sample), { maxLength: 60 });
  type Step = typeof recorded | typeof sample extends fc.Arbitrary<infer T> ? T : never;

  function play(index: AttemptIndex, list: readonly Step[]): void {
    for (const step of list) {
      if (step.act === 'record') index.record(attempt(step.changes));
      else index.sample(step.address, sampled(step.changes));
    }
  }

  it('is taken back without a trace', () => {
    fc.assert(
      fc.property(steps, steps, steps, (before, provisional, after) => {
        const index = new AttemptIndex();
        const untouched = new AttemptIndex();
        play(index, before);
        play(untouched, before);
        const state = stateOf(index);
        index.beginProvisional();
        play(index, provisional);
        index.discardProvisional();
        expect(stateOf(index)).toEqual(state);
        // And nothing of it comes back with what is recorded later
        play(index, after);
        play(untouched, after);
        expect(stateOf(index)).toEqual(stateOf(untouched));
      }),
      { numRuns: 200 },
    );
  });

  it('stands while the judgement lasts', () => {
    const index = new AttemptIndex();
    index.record(attempt());
    index.beginProvisional();
    index.record(attempt({ outcome: 'reset' }));
    index.record(attempt({ name: 'open.example' }));
    index.sample('203.0.113.7', sampled());
    expect(index.byName(CLIENT, 'site.example')[0]!.counts).toEqual({ ok: 1, reset: 1 });
    expect(index.byName(CLIENT, 'open.example')).toHaveLength(1);
    expect(index.baseline('203.0.113.7')!.flows).toBe(1);
    index.discardProvisional();
    expect(index.byName(CLIENT, 'site.example')[0]!.counts).toEqual({ ok: 1 });
    expect(index.size).toBe(1);
    expect(index.baseline('203.0.113.7')).toBeNull();
  });

  it('pushes nothing out, however much it is', () => {
    const index = new AttemptIndex();
    for (let number = 0; number < 8_192; number++) index.record(attempt({ name: `n${number}.example` }));
    index.beginProvisional();
    for (let number = 0; number < 500; number++) index.record(attempt({ name: `open${number}.example` }));
    index.discardProvisional();
    expect([index.size, index.forgotten]).toEqual([8_192, 0]);
    expect(index.byName(CLIENT, 'n0.example')).toHaveLength(1);
  });
});
