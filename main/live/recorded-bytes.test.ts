// The stream of a capture read again while it is recorded: from one file, from a ring, after the disk was full; and what
// tables and views make of it.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CaptureQueries } from '../engine/capture-queries.ts';
import { Catalog } from '../engine/catalog.ts';
import { Engine } from '../engine/engine.ts';
import { Rereading } from '../engine/rereading.ts';
import { NotRecorded, RecordedBytes } from './recorded-bytes.ts';
import { Recording } from './recording.ts';
import { BlockStream } from './stream.ts';

const SAMPLE = join(import.meta.dirname, '../../samples/rst-injection-burst/capture.pcapng');
const RING = { bytes: 20_000, seconds: null, files: 2 };

let work: string;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'recorded-'));
});
afterEach(() => rmSync(work, { recursive: true }));

/** Feeds the sample `times` times as a live capture would; after each chunk `after`. */
function feed(
  recording: Recording,
  times: number,
  sink: (blocks: Uint8Array) => void,
  after: (streamed: () => Uint8Array) => void = () => {},
): Uint8Array {
  const bytes = readFileSync(SAMPLE);
  const streamed: Buffer[] = [];
  for (let round = 0; round < times; round++) {
    const stream: BlockStream = new BlockStream({
      blocks: (blocks) => {
        sink(blocks);
        recording.write(blocks, stream.head, 0);
        streamed.push(Buffer.from(blocks));
      },
    });
    for (let at = 0; at < bytes.length; at += 7_001) {
      stream.push(bytes.subarray(at, at + 7_001));
      after(() => Buffer.concat(streamed));
    }
  }
  return Buffer.concat(streamed);
}

function readAll(from: RecordedBytes, position: number): Buffer {
  const into = new Uint8Array(4_099);
  const parts: Buffer[] = [];
  for (let at = position; ; ) {
    const size = from.read(at, into);
    if (size === 0) return Buffer.concat(parts);
    parts.push(Buffer.from(into.subarray(0, size)));
    at += size;
  }
}

describe('bytes that were recorded', () => {
  it('are those of the stream, at any moment', () => {
    const recording = new Recording({ path: join(work, 'one.pcapng'), ring: null }, 0);
    const bytes = new RecordedBytes(recording);
    const whole = feed(
      recording,
      2,
      () => {},
      (streamed) => expect(readAll(bytes, 0).equals(streamed())).toBe(true),
    );
    expect(readAll(bytes, 12_345).equals(whole.subarray(12_345))).toBe(true);
    bytes.close();
    recording.close();
  });

  it('are those of the stream across the files of a ring, without what begins a further file, as long as they are there', () => {
    const recording = new Recording({ path: join(work, 'ring.pcapng'), ring: RING }, 0);
    const bytes = new RecordedBytes(recording);
    const whole = feed(recording, 4, () => {});
    const oldest = recording.segments[0]!.from;
    expect([recording.files.length, oldest > 100_000]).toEqual([2, true]);
    expect(readAll(bytes, oldest).equals(whole.subarray(oldest))).toBe(true);
    expect(() => bytes.read(oldest - 1, new Uint8Array(10))).toThrow(NotRecorded);
    bytes.close();
    recording.close();
  });
});

it('tables and views of a ring have what is there, and say what is not', async () => {
  const recording = new Recording({ path: join(work, 'ring.pcapng'), ring: RING }, 0);
  const catalog = new Catalog();
  const engine = new Engine({ seed: 1 }, catalog);
  const queries = new CaptureQueries(catalog, new Rereading(catalog, new RecordedBytes(recording), null));
  feed(
    recording,
    60,
    (blocks) => engine.feed(blocks),
    () => catalog.forgetBefore(recording.segments[0]!.from),
  );
  queries.judged(
    engine.judge({
      path: '',
      sha256: null,
      compression: null,
      truncated: false,
      error: null,
    }),
  );
  const { signal } = new AbortController();
  const page = { capture: '', filter: '', sort: null, offset: 0, limit: 50 };
  const total = engine.packets;
  expect(total).toBe(60 * 261);
  // Every MiB there is a place to read again from, and no older one is kept
  expect(catalog.marks.length).toBeLessThanOrEqual(2);
  const first = catalog.firstKept;
  expect(first).toBeGreaterThan(1);
  const oldest = await queries.answer('packets.page', { ...page, limit: 1 }, signal);
  expect(oldest).toMatchObject({ rows: [{ frame: first }], total: total - first + 1, whole: false });
  await expect(queries.answer('packet.get', { capture: '', frame: first - 1 }, signal)).rejects.toMatchObject({
    code: 'no-longer-available',
  });
  const last = await queries.answer('packets.page', { ...page, offset: total - first - 2 }, signal);
  expect(last).toMatchObject({ rows: [{ frame: total - 2 }, { frame: total - 1 }, { frame: total }] });
  const some = await queries.answer('packets.page', { ...page, filter: 'protocol:tcp' }, signal);
  expect(some).toMatchObject({ total: total - first + 1, whole: false });
  const bins = { capture: '', from: 0, to: 60, bins: 10, lanes: 'surface' };
  const { packets } = (await queries.answer('timeline.bins', bins, signal)) as { packets: Uint32Array };
  expect(packets.reduce((a, b) => a + b, 0)).toBe(total);
  recording.close();
});

it('tables end where a full disk ended the recording, and say so', async () => {
  const recording = new Recording({ path: join(work, 'cut.pcapng'), ring: null }, 0);
  const catalog = new Catalog();
  const engine = new Engine({ seed: 1 }, catalog);
  const queries = new CaptureQueries(catalog, new Rereading(catalog, new RecordedBytes(recording), null));
  feed(recording, 2, (blocks) => engine.feed(blocks));
  const kept = engine.packets;
  recording.close();
  catalog.endKept();
  const lost = new Recording({ path: join(work, 'lost.pcapng'), ring: null }, 0);
  feed(lost, 2, (blocks) => engine.feed(blocks));
  catalog.endKept();
  lost.close();
  expect(engine.packets).toBe(2 * kept);
  queries.judged(engine.judge({ path: '', sha256: null, compression: null, truncated: false, error: null }));
  const { signal } = new AbortController();
  const page = { capture: '', filter: '', sort: null, offset: kept - 2, limit: 50 };
  const end = await queries.answer('packets.page', page, signal);
  expect(end).toMatchObject({ total: kept, matched: kept, whole: false, rows: [{ frame: kept - 1 }, { frame: kept }] });
  const sort = { column: 'frame', descending: true } as const;
  const latest = await queries.answer('packets.page', { ...page, sort, offset: 0, limit: 1 }, signal);
  expect(latest).toMatchObject({ rows: [{ frame: kept }] });
  const some = await queries.answer('packets.page', { ...page, filter: 'protocol:tcp', offset: 0 }, signal);
  expect(some).toMatchObject({ total: kept, whole: false });
  for (const [frame, code] of [
    [kept + 1, 'no-longer-available'],
    [2 * kept, 'no-longer-available'],
    [2 * kept + 1, 'unknown-frame'],
  ] as const)
    await expect(queries.answer('packet.get', { capture: '', frame }, signal)).rejects.toMatchObject({ code });
  // Looked at closely, what is not there is counted all the same
  const bins = { capture: '', from: 0, to: 1e6, bins: 10, lanes: 'surface' };
  const { packets } = (await queries.answer('timeline.bins', bins, signal)) as { packets: Uint32Array };
  expect(packets.reduce((a, b) => a + b, 0)).toBe(2 * kept);
});
