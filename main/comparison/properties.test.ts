// What holds of any two captures: a clear result whatever the bytes are, however they come, and nobody accused of what
// capturing, loss and network cards do.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparisonViewSchema } from '../../shared/contract/comparison.ts';
import { atLeast } from '../../shared/domain/vocabulary.ts';
import { type Capture, writeCapture } from '../testkit/capture.ts';
import { cutTo, doubledAsAny, mergedByOffload, readdressed, shifted, withoutFrames } from '../testkit/cripplers.ts';
import { dnsAnswer, dnsQuery } from '../testkit/dns-bytes.ts';
import { SAMPLES } from '../testkit/labelled.ts';
import type { Net } from '../testkit/network.ts';
import { udp } from '../testkit/packets.ts';
import { atBothEnds, sideOf, told } from '../testkit/two-ends.ts';
import { compare, type Side } from './compare.ts';

const [CLIENT, SERVER] = ['capture.pcapng', 'server.pcapng'].map((name) =>
  readFileSync(join(SAMPLES, 'two-ends-blocked', name)),
) as [Buffer, Buffer];

/** Bytes with some of them changed, or cut. */
const damaged = (bytes: Uint8Array): fc.Arbitrary<Uint8Array> =>
  fc
    .record({
      changes: fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 60 }),
      length: fc.oneof(fc.constant(bytes.length), fc.nat(bytes.length)),
    })
    .map(({ changes, length }) => {
      const copy = Uint8Array.from(bytes);
      for (const [at, value] of changes) copy[at] = value;
      return copy.subarray(0, length);
    });

describe('any two captures', () => {
  it.each([
    ['noise', fc.uint8Array({ maxLength: 4_000 }), fc.uint8Array({ maxLength: 4_000 })],
    ['a damaged capture and a whole one', damaged(CLIENT), fc.constant(SERVER)],
    ['two damaged captures', damaged(CLIENT), damaged(SERVER)],
  ] as const)('end in a result: %s', { timeout: 60_000 }, async (_, first, second) => {
    await fc.assert(
      fc.asyncProperty(first, second, async (a, b) => {
        comparisonViewSchema.parse(await compare({ a: sideOf(a), b: sideOf(b) }));
      }),
      { numRuns: 25 },
    );
  });

  it('say the same however their bytes come', async () => {
    const whole = told(await compare({ a: sideOf(CLIENT), b: sideOf(SERVER) }));
    const pieces = (bytes: Uint8Array, sizes: readonly number[]): Side => ({
      ...sideOf(bytes),
      read: async (feed) => {
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const size = sizes[turn % sizes.length]!;
          feed(bytes.subarray(at, at + size));
          at += size;
        }
      },
    });
    const sizes = fc.array(fc.integer({ min: 1, max: 9_000 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(sizes, sizes, async (x, y) => {
        expect(told(await compare({ a: pieces(CLIENT, x), b: pieces(SERVER, y) }))).toBe(whole);
      }),
      { numRuns: 5 },
    );
  });
});

/** Questions to a resolver at whose side the second capture runs, all of them answered. */
function lookUps(net: Net): void {
  const [asker, resolver] = ['10.0.0.2', '93.184.215.14'];
  const atClient = net.position === 0;
  for (let id = 1; id <= 6; id++) {
    const at = 700 * id;
    const ports = { sourcePort: 40_000 + id, destinationPort: 53 };
    const name = `name-${id}.example`;
    const there = { source: asker, destination: resolver, ttl: atClient ? 64 : 52, id: 100 + id };
    const back = { source: resolver, destination: asker, ttl: atClient ? 52 : 64, id: 900 + id };
    const query = udp(there, ports, dnsQuery({ id, name, type: 1, edns: false }));
    const answer = dnsAnswer({ id, name, type: 1, edns: false, addresses: ['93.184.215.99'] });
    net.record(at + (atClient ? 0 : 30), query, { outgoing: atClient });
    net.record(at + (atClient ? 61 : 31), udp(back, { sourcePort: 53, destinationPort: ports.sourcePort }, answer), {
      outgoing: !atClient,
    });
  }
}

/** Visits that work, a server that refuses by a reset of its own, losses that are repaired. */
function ordinary(net: Net): void {
  const path = { server: '93.184.215.14:443', rtt: 60, serverHops: 12 } as const;
  for (let at = 0; at < 6; at++) {
    net.visit({ ...path, sni: `site-${at}.example`, at: 1_000 * at, rounds: 2 });
    const refused = net.connect({ ...path, at: 1_000 * at + 400 });
    refused.clientHello({ sni: 'refused.example', ...(at % 2 === 0 ? { lost: 'on-path' } : {}) });
    if (at % 2 === 0) refused.resend();
    refused.reset('server');
  }
  lookUps(net);
  net.visit({ ...path, sni: 'last.example', at: 9_000 });
}

describe('ordinary traffic', () => {
  const { client, server } = atBothEnds(ordinary);
  const changes: readonly ((capture: Capture) => Capture)[] = [
    (capture) => capture,
    mergedByOffload,
    doubledAsAny,
    (capture) => cutTo(capture, 96),
    (capture) => shifted(capture, -7_200),
    (capture) => readdressed(capture, (address) => (address === '10.0.0.2' ? '203.0.113.77' : address)),
  ];

  it('accuses nobody, whatever the captures lost and however they were taken', { timeout: 120_000 }, async () => {
    const lossy = fc.record({ lost: fc.array(fc.nat(400), { maxLength: 30 }), change: fc.nat(changes.length - 1) });
    await fc.assert(
      fc.asyncProperty(lossy, lossy, async (first, second) => {
        const [a, b] = (
          [
            [client, first],
            [server, second],
          ] as const
        ).map(([capture, { lost, change }]) =>
          sideOf(writeCapture(changes[change]!(withoutFrames(capture, new Set(lost))))),
        );
        const view = await compare({ a: a!, b: b! });
        expect(
          view.findings.filter(({ confidence }) => atLeast(confidence, 'likely')),
          told(view),
        ).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
