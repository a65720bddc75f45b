import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BATCH, type FrameBatch } from './frames.ts';
import { CaptureReader } from './reader.ts';
import { PcapngWriter, PcapWriter, type WrittenFrame } from './writer.ts';

interface Frame {
  number: number;
  seconds: number;
  nanos: number;
  original: number;
  iface: number;
  /** Stream offset of the first byte. */
  at: number;
  bytes: string;
}

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
}

function join(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

/** cuts: sizes of the pieces, used in turn; none: all at once. The pieces come in one buffer that is overwritten. */
function readAll(bytes: Uint8Array, cuts: number[] = []): { reader: CaptureReader; frames: Frame[] } {
  const frames: Frame[] = [];
  const reader = new CaptureReader({
    frames(batch: FrameBatch) {
      expect(batch.count).toBeGreaterThan(0);
      expect(batch.count).toBeLessThanOrEqual(BATCH);
      for (let i = 0; i < batch.count; i++) {
        const from = batch.offset[i]!;
        const content = batch.bytes.subarray(from, from + batch.captured[i]!);
        expect(content.length).toBe(batch.captured[i]);
        frames.push({
          number: batch.number[i]!,
          seconds: batch.seconds[i]!,
          nanos: batch.nanos[i]!,
          original: batch.original[i]!,
          iface: batch.iface[i]!,
          at: batch.streamOffset + from,
          bytes: Buffer.from(content).toString('hex'),
        });
      }
    },
  });
  if (cuts.length === 0) reader.feed(bytes);
  else {
    const chunk = new Uint8Array(Math.max(...cuts) + 3);
    for (let at = 0, turn = 0; at < bytes.length; turn++) {
      const size = Math.min(cuts[turn % cuts.length]!, bytes.length - at);
      chunk.fill(0xee);
      chunk.set(bytes.subarray(at, at + size), 3);
      reader.feed(chunk, 3, 3 + size);
      at += size;
    }
  }
  reader.end();
  return { reader, frames };
}

function said(reader: CaptureReader): unknown {
  const { format, interfaces, problems, problemCounts, error, comments, commentCount } = reader;
  const { packets, records, bytesOriginal, firstTime, lastTime } = reader;
  const sums = { packets, records, bytesOriginal, firstTime, lastTime };
  return { format, interfaces, problems, problemCounts, error, comments, commentCount, ...sums };
}

function word(value: number, little = true): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, value, little);
  return new Uint8Array(view.buffer);
}

/** A block with its lengths; second overrides the one at the end. */
function block(type: number, body: Uint8Array, second?: number): Uint8Array {
  const length = 12 + body.length;
  return join(word(type), word(length), body, word(second ?? length));
}

const SHB = hex('0a0d0d0a 1c000000 4d3c2b1a 01000000 ffffffffffffffff 1c000000');
const IDB = hex('01000000 14000000 0100 0000 00000400 14000000');
// 1700000000.000001 in microseconds.
const EPB_HEAD = '00000000 240a0600 01401e18';
const EPB = block(6, hex(`${EPB_HEAD} 04000000 05000000 aabbccdd`));
const PCAP = hex('d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000');
const RECORD = hex('00f15365 01000000 04000000 05000000 aabbccdd');
const FRAME = { seconds: 1_700_000_000, nanos: 1000, original: 5, iface: 0, bytes: 'aabbccdd' };

describe('classic pcap', () => {
  const big = hex('6553f100 00000001 00000004 00000005 aabbccdd');
  test.each([
    ['microseconds', PCAP, RECORD, FRAME],
    ['big-endian', hex('a1b2c3d4 0002 0004 00000000 00000000 00040000 00000001'), big, FRAME],
    ['nanoseconds', join(hex('4d3cb2a1'), PCAP.subarray(4)), RECORD, { ...FRAME, nanos: 1 }],
    [
      'nanoseconds, big-endian',
      hex('a1b23c4d 0002 0004 00000000 00000000 00040000 00000001'),
      big,
      { ...FRAME, nanos: 1 },
    ],
    [
      'Kuznetzov',
      join(hex('34cdb2a1'), PCAP.subarray(4)),
      join(RECORD.subarray(0, 16), hex('0200000000080000'), RECORD.subarray(16)),
      FRAME,
    ],
    ['Ixia hardware', join(hex('ac01001c'), PCAP.subarray(4), word(20)), RECORD, { ...FRAME, nanos: 1 }],
    ['Ixia software', join(hex('ab01001c'), PCAP.subarray(4), word(20)), RECORD, FRAME],
    [
      'lengths in the order before 2.3',
      join(PCAP.subarray(0, 6), hex('0200'), PCAP.subarray(8)),
      hex('00f15365 01000000 05000000 04000000 aabbccdd'),
      FRAME,
    ],
    [
      'lengths exchanged in 2.3',
      join(PCAP.subarray(0, 6), hex('0300'), PCAP.subarray(8)),
      hex('00f15365 01000000 05000000 04000000 aabbccdd'),
      FRAME,
    ],
  ])('%s', (_name, header, record, expected) => {
    const { reader, frames } = readAll(join(header, record, record));
    expect(reader.error).toBeNull();
    expect(reader.problems).toEqual([]);
    expect(frames).toMatchObject([
      { ...expected, number: 1 },
      { ...expected, number: 2 },
    ]);
    expect(frames[1]!.at).toBe(header.length + 2 * record.length - 4);
    expect(reader).toMatchObject({ format: 'pcap', packets: 2, records: 2, bytesOriginal: 10 });
    expect(reader.interfaces).toMatchObject([{ linkType: 1, snaplen: 262_144, frames: 2, fcsLength: null }]);
  });

  test('the upper half of the link type is the length of the check sequence', () => {
    const { reader } = readAll(join(PCAP.subarray(0, 20), hex('01000024')));
    expect(reader.interfaces).toMatchObject([{ linkType: 1, fcsLength: 4 }]);
  });

  test('a fraction of a second or more is carried, and said', () => {
    const { reader, frames } = readAll(join(PCAP, hex('00f15365 a0252600 00000000 00000000')));
    expect(frames).toMatchObject([{ seconds: 1_700_000_002, nanos: 500_000_000, bytes: '' }]);
    expect(reader.problemCounts).toEqual({ clock: 1 });
  });

  test('earliest and latest time whatever the order', () => {
    const late = hex('01f15365 01000000 00000000 00000000');
    const { reader } = readAll(join(PCAP, late, RECORD, RECORD));
    expect(reader.firstTime).toEqual({ seconds: 1_700_000_000, nanos: 1000 });
    expect(reader.lastTime).toEqual({ seconds: 1_700_000_001, nanos: 1000 });
  });

  test('more captured than there was is used, and said', () => {
    const { reader, frames } = readAll(join(PCAP, hex('00f15365 01000000 04000000 02000000 aabbccdd')));
    expect(frames).toMatchObject([{ bytes: 'aabbccdd', original: 2 }]);
    expect(reader.problems).toEqual([
      { kind: 'captured-above-original', offset: 24, frame: 1, params: { captured: 4, original: 2 } },
    ]);
  });

  test.each([
    ['in the record header', 10, 10],
    ['in the data', 17, 17],
  ])('a tail cut %s', (_name, kept, available) => {
    const { reader, frames } = readAll(join(PCAP, RECORD, RECORD.subarray(0, kept)));
    expect(reader.error).toBeNull();
    expect(frames).toHaveLength(1);
    expect(reader.packets).toBe(1);
    expect(reader.problems).toMatchObject([{ kind: 'truncated', offset: 44, frame: 2, params: { available } }]);
  });

  test('an absurd length stops the reading and keeps what was read', () => {
    const { reader, frames } = readAll(join(PCAP, RECORD, hex('00f15365 01000000 ffffff7f 4a000000'), RECORD));
    expect(frames).toHaveLength(1);
    expect(reader.error).toEqual({
      code: 'damaged',
      offset: 44,
      params: { what: 'captured-length', frame: 2, captured: 0x7fffffff, original: 74 },
    });
  });

  test('a frame above the maximum that the file allows for is passed over and numbered', () => {
    const header = join(PCAP.subarray(0, 16), word(1_000_000), PCAP.subarray(20));
    const large = join(hex('00f15365 01000000'), word(300_000), word(300_000), new Uint8Array(300_000));
    const { reader, frames } = readAll(join(header, RECORD, large, RECORD), [4096]);
    expect(frames.map((frame) => frame.number)).toEqual([1, 3]);
    expect(reader).toMatchObject({ packets: 3, error: null, problemCounts: { oversized: 1 } });
    const cut = readAll(join(header, large.subarray(0, 200_000)));
    expect(cut.reader).toMatchObject({ packets: 0, problemCounts: { oversized: 1, truncated: 1 } });
  });
});

describe('nothing to read', () => {
  test.each([
    ['nothing', '', { code: 'empty' }],
    ['one byte', '0a', { code: 'not-a-capture' }],
    ['text', '68656c6c6f20776f726c64', { code: 'not-a-capture', offset: 0 }],
    ['half a pcap header', 'd4c3b2a1 0200 0400', { code: 'damaged', params: { needed: 24, available: 8 } }],
    [
      'half a section header',
      '0a0d0d0a 1c000000 4d3c2b1a 0100',
      { code: 'damaged', params: { needed: 28, available: 14 } },
    ],
    ['no byte order', '0a0d0d0a 1c000000 11223344 01000000 ffffffffffffffff 1c000000', { code: 'not-a-capture' }],
    ['pcap 1.4', 'd4c3b2a1 0100 0400 00000000 00000000 00000400 01000000', { code: 'unsupported-version' }],
    ['pcapng 2.0', '0a0d0d0a 1c000000 4d3c2b1a 02000000 ffffffffffffffff 1c000000', { code: 'unsupported-version' }],
  ])('%s', (_name, bytes, expected) => {
    const { reader, frames } = readAll(hex(bytes));
    expect(frames).toEqual([]);
    expect(reader.error).toMatchObject(expected);
  });
});

describe('pcapng', () => {
  const interfaceBlock = (options: string, linkType = '0100'): Uint8Array =>
    block(1, hex(`${linkType} 0000 00000400 ${options}`));
  const packet = (high: number, low: number, local = 0): Uint8Array =>
    block(6, join(word(local), word(high), word(low), word(0), word(0)));

  test('a frame of each kind of packet block', () => {
    const obsolete = block(2, hex('0000 0300 240a0600 01401e18 04000000 05000000 aabbccdd'));
    const simple = block(3, hex('04000000 aabbccdd'));
    const { reader, frames } = readAll(join(SHB, IDB, EPB, obsolete, simple));
    expect(frames).toMatchObject([
      { ...FRAME, number: 1 },
      { ...FRAME, number: 2 },
      { number: 3, seconds: 0, nanos: 0, original: 4, bytes: 'aabbccdd' },
    ]);
    expect(reader.problemCounts).toEqual({ 'no-time': 1 });
    expect(reader.firstTime).toEqual({ seconds: 1_700_000_000, nanos: 1000 });
    expect(reader.interfaces).toMatchObject([{ frames: 3, dropped: 3 }]);
  });

  test('a simple packet is cut by the snapshot length', () => {
    const narrow = block(1, hex('0100 0000 02000000'));
    const { frames } = readAll(join(SHB, narrow, block(3, hex('04000000 aabb0000'))));
    expect(frames).toMatchObject([{ original: 4, bytes: 'aabb' }]);
  });

  // The numbers are tshark 4's.
  test.each([
    ['unknown', 0x777, [1, 2]],
    ['name resolution', 4, [1, 2]],
    ['secrets', 10, [1, 2]],
    ['system journal', 9, [1, 3]],
    ['custom', 0xbad, [1, 3]],
    ['custom, not to be copied', 0x40000bad, [1, 3]],
    ['sysdig event', 0x204, [1, 3]],
    ['sysdig event 2', 0x216, [1, 3]],
    ['sysdig event with flags', 0x208, [1, 2]],
  ])('frame numbers around a block of type %s', (_name, type, numbers) => {
    for (const size of [24, 20_000]) {
      const { reader, frames } = readAll(join(SHB, IDB, EPB, block(type, new Uint8Array(size)), EPB));
      expect(frames.map((frame) => frame.number)).toEqual(numbers);
      expect(reader).toMatchObject({ packets: 2, error: null, problems: [] });
    }
  });

  test('sections have their own byte order and interfaces', () => {
    const other = hex(`
      0a0d0d0a 0000001c 1a2b3c4d 00010000 0000000000000000 0000001c
      00000001 00000014 0065 0000 00000000 00000014
      00000006 00000024 00000000 00060a24 181e4001 00000004 00000005 aabbccdd 00000024`);
    const { reader, frames } = readAll(join(SHB, IDB, EPB, other, SHB, EPB));
    expect(frames).toMatchObject([
      { ...FRAME, iface: 0, number: 1 },
      { ...FRAME, iface: 1, number: 2 },
    ]);
    expect(reader.interfaces).toMatchObject([
      { section: 0, linkType: 1, frames: 1 },
      { section: 1, linkType: 101, frames: 1 },
    ]);
    expect(reader.problems).toMatchObject([{ kind: 'unknown-interface', frame: 3 }]);
    expect(reader.packets).toBe(3);
  });

  test('what an interface says of itself', () => {
    const { reader } = readAll(
      join(
        SHB,
        interfaceBlock(
          '0200 0400 65746830 0300 0300 4c414e00 0900 0100 09000000 0b00 0400 00746370 0c00 0500 4c696e7578000000 ' +
            '0d00 0100 04000000 0e00 0800 0100000000000000 00000000',
        ),
        block(
          5,
          hex(
            '00000000 00000000 00000000 0400 0800 0a00000000000000 0500 0800 0300000000000000 0700 0800 0100000000000000',
          ),
        ),
      ),
    );
    expect(reader.interfaces).toEqual([
      {
        linkType: 1,
        snaplen: 262_144,
        section: 0,
        name: 'eth0',
        description: 'LAN',
        os: 'Linux',
        filter: 'tcp',
        fcsLength: 4,
        tsresolNs: 1,
        tsoffset: 1,
        received: 10,
        dropped: 4,
        frames: 0,
      },
    ]);
    expect(reader.problems).toEqual([]);
  });

  test('drops that packets tell are summed', () => {
    const dropping = (count: string): Uint8Array =>
      block(6, hex(`${EPB_HEAD} 00000000 00000000 0400 0800 ${count}00000000000000 00000000`));
    const { reader } = readAll(join(SHB, IDB, dropping('02'), dropping('05'), EPB));
    expect(reader.interfaces[0]!.dropped).toBe(7);
  });

  test('comments of section, interface and packet', () => {
    const section = block(0x0a0d0d0a, hex('4d3c2b1a 01000000 ffffffffffffffff 0100 0200 68690000 00000000'));
    const commented = block(6, hex(`${EPB_HEAD} 00000000 00000000 0200 0400 00000000 0100 0300 c3a96100 00000000`));
    const { reader } = readAll(join(section, interfaceBlock('0100 0100 78000000 00000000'), EPB, commented));
    expect(reader.comments).toEqual([
      { of: 'section', index: 0, text: 'hi' },
      { of: 'interface', index: 0, text: 'x' },
      { of: 'packet', index: 2, text: 'éa' },
    ]);
  });

  // An oracle of integers of any size, at resolutions and times where floating point would slip.
  test('times are exact at every resolution', () => {
    const resolution = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 128, max: 196 }));
    const ticks = fc.oneof(
      fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
      fc.bigInt({ min: 1n, max: 1n << 33n }).map((second) => second * 1_000_000_000n - 1n),
      fc.bigInt({ min: 1n, max: 1n << 33n }).map((second) => second * 1_000_000n),
    );
    fc.assert(
      fc.property(resolution, fc.array(ticks, { minLength: 1, maxLength: 20 }), (code, times) => {
        const option = `0900 0100 ${code.toString(16).padStart(2, '0')}000000 00000000`;
        const packets = times.map((time) => packet(Number(time >> 32n), Number(time & 0xffffffffn)));
        const { frames } = readAll(join(SHB, interfaceBlock(option), ...packets));
        const unit = BigInt(code & 0x80 ? 2 : 10) ** BigInt(code & 0x7f);
        expect(frames.map(({ seconds, nanos }) => [seconds, nanos])).toEqual(
          times.map((time) => [Number(time / unit), Number(((time % unit) * 1_000_000_000n) / unit)]),
        );
      }),
    );
  });

  test('a time offset may lead before the epoch', () => {
    const { frames } = readAll(join(SHB, interfaceBlock('0e00 0800 002eb694ffffffff 00000000'), EPB));
    expect(frames).toMatchObject([{ seconds: 1_700_000_000 - 1_800_000_000, nanos: 1000 }]);
  });

  test('interfaces that take turns keep their resolutions', () => {
    const nanos = interfaceBlock('0900 0100 09000000 00000000', '6500');
    const { reader, frames } = readAll(
      join(SHB, IDB, nanos, packet(0, 5), packet(0, 5, 1), packet(0, 6), packet(0, 6, 1)),
    );
    expect(frames.map((frame) => [frame.iface, frame.nanos])).toEqual([
      [0, 5000],
      [1, 5],
      [0, 6000],
      [1, 6],
    ]);
    expect(reader.interfaces.map((found) => found.frames)).toEqual([2, 2]);
  });

  test.each([
    ['data longer than its block', block(6, hex(`${EPB_HEAD} 00010000 00010000 aabbccdd`)), 'captured-length'],
    ['a packet block too short', block(6, hex('00000000 00000000')), 'block-too-short'],
    ['an option longer than its block', block(6, hex(`${EPB_HEAD} 00000000 00000000 0100 0009`)), 'option-length'],
    ['an unaligned length', join(word(0x777), word(15), word(0), word(15)), 'block-length-unaligned'],
    ['a wrong second length', block(6, hex(`${EPB_HEAD} 00000000 00000000`), 9), 'block-lengths-differ'],
  ])('%s is passed over, said, and what follows read', (_name, odd, what) => {
    const { reader, frames } = readAll(join(SHB, IDB, odd, EPB));
    expect(frames.at(-1)).toMatchObject(FRAME);
    expect(reader.error).toBeNull();
    expect(reader.problems).toMatchObject([{ kind: 'damaged', offset: expect.any(Number), params: { what } }]);
  });

  test.each([
    ['a zero length', join(word(6), word(0), word(0)), 'block-length'],
    ['a huge length', join(word(0x777), word(0x40000000), word(0)), 'block-length'],
    [
      'lengths that differ before no block',
      join(block(6, new Uint8Array(20), 9), new Uint8Array(40).fill(7)),
      'block-lengths-differ',
    ],
    ['a section of no byte order', block(0x0a0d0d0a, new Uint8Array(16)), 'byte-order'],
    ['a section too short', join(word(0x0a0d0d0a), word(16), word(0x1a2b3c4d), word(16)), 'block-length'],
  ])('%s stops the reading and keeps what was read', (_name, bad, what) => {
    const { reader, frames } = readAll(join(SHB, IDB, EPB, bad, EPB));
    expect(frames).toHaveLength(1);
    expect(reader.error).toMatchObject({ code: 'damaged', offset: 84, params: { what } });
  });

  test('interfaces without end are refused', () => {
    const { reader } = readAll(join(SHB, ...Array.from({ length: 16_385 }, () => IDB)));
    expect(reader.error).toMatchObject({ code: 'unsupported-format', params: { maximum: 16_384 } });
    expect(reader.interfaces).toHaveLength(16_384);
  });

  test('comments and problems are bounded, their counts are not', () => {
    const commented = block(6, hex(`${EPB_HEAD} 01000000 00000000 aa000000 0100 0100 78000000 00000000`));
    const { reader } = readAll(join(SHB, IDB, ...Array.from({ length: 1_500 }, () => commented)));
    expect(reader.comments).toHaveLength(1_000);
    expect(reader.commentCount).toBe(1_500);
    expect(reader.problems).toHaveLength(64);
    expect(reader.problemCounts).toEqual({ 'captured-above-original': 1_500 });
  });
});

const writtenFrame: fc.Arbitrary<WrittenFrame> = fc.record(
  {
    seconds: fc.integer({ min: 0, max: 0xffff_ffff }),
    nanos: fc.integer({ min: 0, max: 999_999_999 }),
    bytes: fc.uint8Array({ maxLength: 90 }),
    original: fc.integer({ min: 90, max: 70_000 }),
    comment: fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => !text.endsWith('\0')),
  },
  { requiredKeys: ['seconds', 'nanos', 'bytes'] },
);

function expected(frames: WrittenFrame[], resolution: number): unknown[] {
  return frames.map(({ seconds, nanos, bytes, original }, index) => ({
    number: index + 1,
    seconds,
    nanos: nanos - (nanos % resolution),
    original: original ?? bytes.length,
    bytes: Buffer.from(bytes).toString('hex'),
  }));
}

describe('properties', () => {
  test('what the writers write is read', () => {
    fc.assert(
      fc.property(fc.array(writtenFrame, { maxLength: 600 }), fc.boolean(), (frames, nanoseconds) => {
        const pcap = new PcapWriter({ linkType: 1, nanoseconds });
        const classic = readAll(join(pcap.header(), ...frames.map((frame) => pcap.frame(frame))));
        expect(classic.frames).toMatchObject(expected(frames, nanoseconds ? 1 : 1000));

        const ng = new PcapngWriter();
        const { reader, frames: read } = readAll(
          join(
            ng.section({ application: 'test', comment: 'all' }),
            ng.interface({ linkType: 101, name: 'eth0' }),
            ...frames.map((frame) => ng.frame(frame)),
            ng.statistics({ seconds: 1, nanos: 2, received: 3, dropped: 4 }),
          ),
        );
        expect(read).toMatchObject(expected(frames, 1));
        expect(reader.interfaces).toMatchObject([{ linkType: 101, name: 'eth0', received: 3, dropped: 4 }]);
        expect(reader.comments.slice(1).map((comment) => comment.text)).toEqual(
          frames.flatMap((frame) => frame.comment ?? []),
        );
        for (const { problems, error, bytesOriginal } of [classic.reader, reader]) {
          expect({ problems, error }).toEqual({ problems: [], error: null });
          expect(bytesOriginal).toBe(frames.reduce((sum, frame) => sum + (frame.original ?? frame.bytes.length), 0));
        }
      }),
      { numRuns: 40 },
    );
  });

  /** Pieces that are each right, in an order that is not, with bytes changed: near enough to be believed. */
  const nearly = fc
    .record({
      head: fc.constantFrom(PCAP, SHB, join(SHB, IDB), join(PCAP.subarray(0, 6), hex('0300'), PCAP.subarray(8))),
      parts: fc.array(
        fc.oneof(
          fc.constantFrom(RECORD, SHB, IDB, EPB, block(3, hex('02000000 aabb0000')), block(9, new Uint8Array(5_000))),
          fc.constant(block(6, hex(`${EPB_HEAD} 00000000 00000000`), 3)),
          fc.constant(block(0x777, new Uint8Array(8_000), 3)),
          fc.uint8Array({ maxLength: 30 }),
        ),
        { maxLength: 12 },
      ),
      changes: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
    })
    .map(({ head, parts, changes }) => {
      const bytes = join(head, ...parts);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      return bytes;
    });

  test('any bytes give a result, and how they are cut changes nothing', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.oneof(nearly, fc.uint8Array({ maxLength: 200 })), cuts, (bytes, sizes) => {
        const whole = readAll(bytes);
        for (const pieces of [sizes, [1], [4096]]) {
          const cut = readAll(bytes, pieces);
          expect(cut.frames).toEqual(whole.frames);
          expect(said(cut.reader)).toEqual(said(whole.reader));
        }
        expect(whole.frames.length).toBeLessThanOrEqual(bytes.length / 12);
      }),
      { numRuns: 300 },
    );
  });
});
