// A live capture that runs for days: what is new finds room, what was found stays, and memory stays flat. Packets are
// made in memory, days apart.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import type { Analysis } from '../../shared/contract/analysis.ts';
import { CaptureReader } from '../capture-file/reader.ts';
import { PcapWriter } from '../capture-file/writer.ts';
import { analyze } from '../testkit/analyze.ts';
import { dnsAnswer, dnsQuery } from '../testkit/dns-bytes.ts';
import { frame, LINKTYPE, tcp, udp } from '../testkit/packets.ts';
import { clientHello, serverHello } from '../testkit/tls-bytes.ts';
import { Catalog } from './catalog.ts';
import { Engine } from './engine.ts';

const SOURCE = { path: 'capture', sha256: null, compression: null, error: null, truncated: false } as const;
const BASE = 1_700_000_000;
const DAY = 86_400;
const DAYS = 4;
const CLIENT = '192.168.1.50';

const collect = (() => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
})();

/** Bytes of the heap that are in use: compiled code and finished promises may go only after a turn of the loop. */
async function kept(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < 3; turn++) {
    await new Promise(setImmediate);
    collect();
    least = Math.min(least, process.memoryUsage().heapUsed);
  }
  return least;
}

interface Timed {
  readonly time: number;
  readonly bytes: Uint8Array;
}

const bytesOf = (slug: string): Uint8Array =>
  new Uint8Array(readFileSync(join(import.meta.dirname, '../../samples', slug, 'capture.pcapng')));
const analyzed = (slug: string): Analysis => analyze(bytesOf(slug));

/** The frames of a sample, from its first one on. */
function sample(slug: string): Timed[] {
  const frames: Timed[] = [];
  let first = Number.NaN;
  const reader = new CaptureReader({
    frames(batch) {
      for (let i = 0; i < batch.count; i++) {
        const time = batch.seconds[i]! + batch.nanos[i]! / 1e9;
        if (Number.isNaN(first)) first = time;
        const start = batch.offset[i]!;
        frames.push({ time: time - first, bytes: batch.bytes.slice(start, start + batch.captured[i]!) });
      }
    },
  });
  reader.feed(bytesOf(slug));
  reader.end();
  return frames;
}

const address = (n: number): string => `198.${18 + ((n >> 16) & 1)}.${(n >> 8) & 255}.${n & 255}`;
const REPLY = serverHello().subarray(0, 900);

/** A connection that the server resets once it has answered: notable, and no block. */
function closedByReset(at: number, n: number): Timed[] {
  const server = address(n % 3_000);
  const hello = clientHello({ sni: `host${n % 3_000}.example` });
  const port = 20_000 + (n % 40_000);
  const out = (flags: string, seq: number, ack: number, payload?: Uint8Array) =>
    tcp(
      { source: CLIENT, destination: server, id: n & 0x7fff },
      { sourcePort: port, destinationPort: 443, flags, seq, ack },
      payload,
    );
  const back = (flags: string, seq: number, ack: number, payload?: Uint8Array) =>
    tcp(
      { source: server, destination: CLIENT, ttl: 52, id: n & 0x7fff },
      { sourcePort: 443, destinationPort: port, flags, seq, ack },
      payload,
    );
  return timed(at, [
    out('S', 100, 0),
    back('SA', 900, 101),
    out('PA', 101, 901, hello),
    back('PA', 901, 101 + hello.length, REPLY),
    out('PA', 101 + hello.length, 901 + REPLY.length, new Uint8Array(40).fill(23)),
    back('RA', 901 + REPLY.length, 141 + hello.length),
  ]);
}

/** A port that nobody listens at. */
function refused(at: number, n: number): Timed[] {
  const ports = { sourcePort: 1_024 + (n % 60_000), destinationPort: 8_080 };
  return timed(at, [
    tcp({ source: CLIENT, destination: address(n) }, { ...ports, flags: 'S', seq: 1 }),
    tcp(
      { source: address(n), destination: CLIENT, ttl: 50 },
      { sourcePort: ports.destinationPort, destinationPort: ports.sourcePort, flags: 'RA', seq: 0, ack: 2 },
    ),
  ]);
}

/** A question that was not asked before, and its answer. */
function asked(at: number, n: number): Timed[] {
  const name = `n${n}.example.net`;
  const resolver = '192.168.1.1';
  const port = 1_024 + (n % 60_000);
  return timed(at, [
    udp(
      { source: CLIENT, destination: resolver },
      { sourcePort: port, destinationPort: 53 },
      dnsQuery({ id: n & 0xffff, name }),
    ),
    udp(
      { source: resolver, destination: CLIENT },
      { sourcePort: 53, destinationPort: port },
      dnsAnswer({ id: n & 0xffff, name, addresses: [address(n)] }),
    ),
  ]);
}

const timed = (at: number, packets: readonly Uint8Array[]): Timed[] =>
  packets.map((packet, step) => ({ time: at + step * 0.01, bytes: frame(packet) }));

const about = ({ findings }: Analysis, name: string): Analysis['findings'] =>
  findings.filter(({ target, state }) => target.domain === name && state !== 'withdrawn');
const count = ({ capture }: Analysis, kind: string): number =>
  capture.quality.find((item) => item.kind === kind)?.count ?? 0;

it('finds on the last day what it would have found on the first, keeps what it said, and stays as small', {
  timeout: 120_000,
}, async () => {
  const catalog = new Catalog();
  const engine = new Engine({ seed: 7, isLive: true }, catalog);
  const writer = new PcapWriter({ linkType: LINKTYPE.ethernet, nanoseconds: true });
  engine.feed(writer.header());
  const feed = (packets: readonly Timed[]): void => {
    for (const { time, bytes } of packets.toSorted((a, b) => a.time - b.time))
      engine.feed(writer.frame({ seconds: BASE + Math.floor(time), nanos: Math.floor((time % 1) * 1e9), bytes }));
  };
  const judged = (): Analysis => engine.judge(SOURCE).analysis;
  const play = (slug: string, at: number): void =>
    feed(sample(slug).map(({ time, bytes }) => ({ time: time + at, bytes })));

  play('rst-injection-burst', 1);
  engine.advance(BASE + 600);
  const atFirst = judged();

  const heap: number[] = [];
  let n = 0;
  for (let day = 0; day < DAYS; day++) {
    for (const part of [0.3, 0.7]) {
      const packets: Timed[] = [];
      for (let i = 0; i < 2_500; i++, n++) {
        const at = (day + part) * DAY + i;
        packets.push(...asked(at, n));
        if (i % 8 === 0) packets.push(...closedByReset(at + 0.2, n));
        if (i % 8 === 1) packets.push(...refused(at + 0.4, n));
      }
      feed(packets);
      engine.advance(BASE + (day + part) * DAY + 4_000);
      // Nobody is told that what was found was a mistake
      expect(judged().findings.filter(({ state }) => state === 'withdrawn')).toEqual([]);
    }
    heap.push(await kept());
  }
  play('sni-filtering-drop', (DAYS - 0.1) * DAY);
  engine.end();
  const atLast = judged();

  expect(count(atLast, 'let-go')).toBeGreaterThan(8_000);
  // Nothing new was refused
  expect(count(atLast, 'budget')).toBe(0);
  const fresh = analyzed('sni-filtering-drop');
  for (const name of new Set(fresh.findings.map(({ target }) => target.domain!))) {
    expect(about(atLast, name).map(({ confidence, techniques }) => ({ confidence, techniques }))).toEqual(
      expect.arrayContaining(about(fresh, name).map(({ confidence, techniques }) => ({ confidence, techniques }))),
    );
  }
  const bare = ({ frames, confidence }: Analysis['findings'][number]) => ({ frames, confidence });
  for (const name of new Set(atFirst.findings.map(({ target }) => target.domain!)))
    expect(about(atLast, name).map(bare)).toEqual(expect.arrayContaining(about(atFirst, name).map(bare)));
  // Room has been made by the third day, and the fourth adds nothing
  expect(heap[3]!).toBeLessThan(heap[2]! * 1.15);
});
