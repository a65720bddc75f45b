// Whole blocks out of whatever a helper writes, however it is cut.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CaptureReader } from '../capture-file/reader.ts';
import { PcapngWriter, PcapWriter, USER_TIMES } from '../capture-file/writer.ts';
import { BlockStream } from './stream.ts';

const SAMPLE = readFileSync(join(import.meta.dirname, '../../samples/telegram-2018-provider-a/capture.pcapng'));

function through(chunks: Iterable<Uint8Array>, set: (stream: BlockStream) => void = () => {}, userTimes = false) {
  const pieces: Uint8Array[] = [];
  const stream = new BlockStream({ blocks: (bytes) => pieces.push(bytes.slice()) }, userTimes);
  set(stream);
  for (const chunk of chunks) stream.push(chunk);
  return { stream, bytes: new Uint8Array(Buffer.concat(pieces)), pieces };
}

function read(bytes: Uint8Array) {
  const frames: { seconds: number; nanos: number; original: number; data: string }[] = [];
  const reached: number[] = [];
  let sections = 0;
  const reader = new CaptureReader({
    frames: (batch) => {
      for (let i = 0; i < batch.count; i++) {
        const from = batch.offset[i]!;
        frames.push({
          seconds: batch.seconds[i]!,
          nanos: batch.nanos[i]!,
          original: batch.original[i]!,
          data: Buffer.from(batch.bytes.subarray(from, from + batch.captured[i]!)).toString('hex'),
        });
      }
    },
    section: () => sections++,
    reached: (seconds) => reached.push(seconds),
  });
  reader.feed(bytes);
  reader.end();
  return { reader, frames, reached, sections: sections };
}

function* cut(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

describe('pcapng', () => {
  it('passes as it is, however it was cut', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 20 }), (sizes) => {
        const { bytes, stream } = through(cut(SAMPLE, sizes));
        expect(Buffer.compare(bytes, SAMPLE)).toBe(0);
        expect(stream.frames).toBe(read(SAMPLE).reader.packets);
      }),
      { numRuns: 40 },
    );
  });

  it('gives whole blocks only: what a killed helper left half is not handed on', () => {
    const { bytes } = through([SAMPLE.subarray(0, SAMPLE.length - 7)]);
    const { reader } = read(bytes);
    expect(reader.problems).toEqual([]);
    expect(reader.error).toBeNull();
    expect(bytes.length).toBeLessThan(SAMPLE.length - 7);
  });

  it('lets only so many frames through', () => {
    const { bytes, stream } = through([SAMPLE], (one) => {
      one.remaining = 17;
    });
    expect(read(bytes).reader.packets).toBe(17);
    expect(stream.frames).toBe(17);
  });

  it('begins a further file with section and interfaces', () => {
    const { stream } = through([SAMPLE]);
    const { reader } = read(new Uint8Array(Buffer.concat(stream.head!)));
    expect(reader.error).toBeNull();
    expect(reader.interfaces).toHaveLength(1);
  });

  it('takes nothing more after damage, and holds no more than a block', () => {
    const damaged = SAMPLE.slice();
    damaged.fill(0xff, 400, 600);
    const { stream, bytes } = through([damaged]);
    expect(stream.broken).toBe(true);
    expect(read(bytes).reader.error).toBeNull();
    expect(through([new Uint8Array(100).fill(7)]).stream.broken).toBe(true);
  });

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 0, max: SAMPLE.length }), (noise, at) => {
        const bytes = new Uint8Array(Buffer.concat([SAMPLE.subarray(0, at), noise, SAMPLE.subarray(at)]));
        const { bytes: out } = through(cut(bytes, [977]));
        expect(read(out).reader.error?.code).not.toBe('damaged');
      }),
      { numRuns: 200 },
    );
  });
});

describe('pcap', () => {
  const frames = [0, 1, 2].map((n) => ({
    seconds: 1_700_000_000 + n,
    nanos: 123_000 * n,
    bytes: new Uint8Array(60 + n).fill(n),
  }));

  it.each([true, false])('becomes pcapng with the same frames and times (nanoseconds %s)', (nanoseconds) => {
    const writer = new PcapWriter({ linkType: 1, nanoseconds });
    const pcap = Buffer.concat([writer.header(), ...frames.map((frame) => writer.frame(frame))]);
    const { bytes, stream } = through(cut(pcap, [5, 31]));
    const result = read(bytes);
    expect(result.reader.format).toBe('pcapng');
    expect(result.frames).toEqual(read(pcap).frames);
    expect(stream.first).toMatchObject({ linkType: 1, frames: 3 });
  });

  it('keeps that its times are a program’s', () => {
    const writer = new PcapWriter({ linkType: 1 });
    const { bytes } = through([writer.header(), writer.frame(frames[0]!)], undefined, true);
    expect(read(bytes).reader.comments).toEqual([{ of: 'interface', index: 0, text: USER_TIMES }]);
  });
});

describe('the end of a section', () => {
  it('says until when nothing more came, in the ticks of its interface', () => {
    const { stream, pieces } = through([SAMPLE]);
    stream.close(1_800_000_000.25);
    const result = read(new Uint8Array(Buffer.concat(pieces)));
    expect(result.reached).toEqual([1_800_000_000.25]);
    expect(stream.dropped).toBe(read(SAMPLE).reader.interfaces[0]!.dropped);
  });

  it('is not believed where frames were taken out since', () => {
    const writer = new PcapngWriter();
    const frame = { seconds: 1, nanos: 0, bytes: new Uint8Array(60) };
    const head = [writer.section(), writer.interface({ linkType: 1 }), writer.frame(frame)];
    const end = writer.statistics({ seconds: 99, nanos: 0, delivered: 2 });
    expect(read(new Uint8Array(Buffer.concat([...head, end]))).reached).toEqual([]);
    expect(read(new Uint8Array(Buffer.concat([...head, writer.frame(frame), end]))).reached).toEqual([99]);
  });
});
