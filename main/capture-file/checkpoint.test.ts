// Reading taken up again at any place at which it could be left gives the frames that followed there.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concat } from '../testkit/bytes.ts';
import type { FrameBatch } from './frames.ts';
import { CaptureReader, type Checkpoint } from './reader.ts';
import { PcapngWriter, PcapWriter } from './writer.ts';

function collector(): { frames: string[]; sink: (reader: () => CaptureReader) => { frames(batch: FrameBatch): void } } {
  const frames: string[] = [];
  const sink = (reader: () => CaptureReader) => ({
    frames(batch: FrameBatch): void {
      for (let i = 0; i < batch.count; i++) {
        const start = batch.offset[i]!;
        const bytes = batch.bytes.subarray(start, start + batch.captured[i]!);
        const { linkType, section } = reader().interfaces[batch.iface[i]!]!;
        frames.push(
          `${batch.number[i]} ${batch.seconds[i]}.${batch.nanos[i]} ${linkType} ${section} ${bytes.join(' ')}`,
        );
      }
    },
  });
  return { frames, sink };
}

function reading(): { reader: CaptureReader; frames: string[] } {
  const { frames, sink } = collector();
  const reader: CaptureReader = new CaptureReader(sink(() => reader));
  return { reader, frames };
}

const bytes = fc.uint8Array({ maxLength: 40 });
const pcapng = fc
  .array(
    fc.record({
      linkTypes: fc.array(fc.constantFrom(1, 101, 113), { minLength: 1, maxLength: 3 }),
      frames: fc.array(bytes, { maxLength: 12 }),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((sections) => {
    const writer = new PcapngWriter();
    let second = 1_700_000_000;
    return concat(
      ...sections.flatMap(({ linkTypes, frames }) => [
        writer.section(),
        ...linkTypes.map((linkType) => writer.interface({ linkType })),
        ...frames.map((frame, at) =>
          writer.frame({ seconds: second++, nanos: 5, bytes: frame }, at % linkTypes.length),
        ),
      ]),
    );
  });
const pcap = fc.tuple(fc.boolean(), fc.array(bytes, { maxLength: 40 })).map(([nanoseconds, frames]) => {
  const writer = new PcapWriter({ linkType: 1, nanoseconds });
  return concat(
    writer.header(),
    ...frames.map((frame, at) => writer.frame({ seconds: 1_700_000_000 + at, nanos: 7_000, bytes: frame })),
  );
});

test('Whatever the file and however it was cut', () => {
  fc.assert(
    fc.property(fc.oneof(pcapng, pcap), fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (file, cuts) => {
      const { reader, frames } = reading();
      const places: Checkpoint[] = [];
      for (let at = 0, cut = 0; at < file.length; cut++) {
        const place = reader.checkpoint();
        if (place !== null) places.push(place);
        const end = Math.min(file.length, at + cuts[cut % cuts.length]!);
        reader.feed(file.slice(at, end));
        at = end;
      }
      reader.end();
      for (const place of places) {
        const { frames: again, sink } = collector();
        const resumed: CaptureReader = CaptureReader.resume(
          sink(() => resumed),
          reader,
          place,
        );
        resumed.feed(file.slice(place.position));
        resumed.end();
        expect(resumed.error).toBeNull();
        expect(again).toEqual(frames.filter((frame) => Number(frame.split(' ')[0]) > place.records));
      }
    }),
    { numRuns: 200 },
  );
});

test('There is none before the file is known, within a record that is passed over, and after an error', () => {
  const { reader } = reading();
  expect(reader.checkpoint()).toBeNull();
  const writer = new PcapWriter({ linkType: 1, snaplen: 10_000_000 });
  reader.feed(writer.header());
  expect(reader.checkpoint()).toMatchObject({ position: 24, records: 0 });
  // Larger than any frame that is delivered
  reader.feed(writer.frame({ seconds: 1, nanos: 0, bytes: new Uint8Array(300_000) }).subarray(0, 1_000));
  expect(reader.checkpoint()).toBeNull();
  const broken = reading().reader;
  broken.feed(new Uint8Array(100).fill(7));
  expect(broken.checkpoint()).toBeNull();
});
