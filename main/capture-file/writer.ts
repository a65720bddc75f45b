/**
 * Writers of little-endian pcap and pcapng, for evidence and for tests. Each call returns the bytes to be appended.
 */

export interface WrittenFrame {
  seconds: number;
  nanos: number;
  bytes: Uint8Array;
  /** Bytes on the wire; as many as were captured unless given. */
  original?: number;
  comment?: string;
}

export interface PcapOptions {
  linkType: number;
  snaplen?: number;
  nanoseconds?: boolean;
}

/** Comment of an interface whose frames were stamped by this program: their times are not good enough to judge by. */
export const USER_TIMES = 'Times measured by the capturing program, not by the kernel';

const DEFAULT_SNAPLEN = 262_144;
/** An option's length has 16 bits. */
const MAX_OPTION = 0xffff;
const encoder = new TextEncoder();

export class PcapWriter {
  readonly #options: PcapOptions;

  constructor(options: PcapOptions) {
    this.#options = options;
  }

  header(): Uint8Array {
    const { linkType, snaplen = DEFAULT_SNAPLEN, nanoseconds = false } = this.#options;
    const view = new DataView(new ArrayBuffer(24));
    view.setUint32(0, nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, true);
    view.setUint16(4, 2, true);
    view.setUint16(6, 4, true);
    view.setUint32(16, snaplen, true);
    view.setUint32(20, linkType, true);
    return new Uint8Array(view.buffer);
  }

  /** Without nanoseconds the time is cut to microseconds. pcap has no comments. */
  frame(frame: WrittenFrame): Uint8Array {
    const { seconds, nanos, bytes, original = bytes.length } = frame;
    const record = new Uint8Array(16 + bytes.length);
    const view = new DataView(record.buffer);
    view.setUint32(0, seconds, true);
    view.setUint32(4, this.#options.nanoseconds ? nanos : Math.floor(nanos / 1000), true);
    view.setUint32(8, bytes.length, true);
    view.setUint32(12, original, true);
    record.set(bytes, 16);
    return record;
  }
}

export interface SectionOptions {
  application?: string;
  comment?: string;
}

export interface InterfaceOptions {
  linkType: number;
  snaplen?: number;
  name?: string;
  description?: string;
  comment?: string;
  filter?: string;
}

export interface StatisticsOptions {
  seconds: number;
  nanos: number;
  received?: number;
  dropped?: number;
  /** Frames written of this interface, by which a reader sees that none was taken out since. */
  delivered?: number;
}

type Option = readonly [code: number, value: Uint8Array];

/** Times are nanoseconds; a new section begins with section(), and interfaces count from 0 in it. */
export class PcapngWriter {
  section(options: SectionOptions = {}): Uint8Array {
    const body = new DataView(new ArrayBuffer(16));
    body.setUint32(0, 0x1a2b3c4d, true);
    body.setUint16(4, 1, true);
    // Section length -1: not known.
    body.setBigInt64(8, -1n, true);
    return block(0x0a0d0d0a, body, [], [...texts(1, options.comment), ...texts(4, options.application)]);
  }

  interface(options: InterfaceOptions): Uint8Array {
    const body = new DataView(new ArrayBuffer(8));
    body.setUint16(0, options.linkType, true);
    body.setUint32(4, options.snaplen ?? DEFAULT_SNAPLEN, true);
    const resolution: Option = [9, Uint8Array.of(9)];
    return block(
      1,
      body,
      [],
      [
        ...texts(1, options.comment),
        ...texts(2, options.name),
        ...texts(3, options.description),
        resolution,
        // A zero byte says that the filter follows as text
        ...texts(11, options.filter === undefined ? undefined : `\0${options.filter}`),
      ],
    );
  }

  frame(frame: WrittenFrame, interfaceId = 0): Uint8Array {
    const { seconds, nanos, bytes, original = bytes.length, comment } = frame;
    const body = new DataView(new ArrayBuffer(20));
    body.setUint32(0, interfaceId, true);
    setTime(body, 4, seconds, nanos);
    body.setUint32(12, bytes.length, true);
    body.setUint32(16, original, true);
    return block(6, body, bytes, texts(1, comment));
  }

  statistics(options: StatisticsOptions, interfaceId = 0): Uint8Array {
    const body = new DataView(new ArrayBuffer(12));
    body.setUint32(0, interfaceId, true);
    setTime(body, 4, options.seconds, options.nanos);
    return block(
      5,
      body,
      [],
      [...counts(4, options.received), ...counts(5, options.dropped), ...counts(8, options.delivered)],
    );
  }
}

/** A time in ticks of a nanosecond has its high word first, whatever the byte order. */
function setTime(view: DataView, at: number, seconds: number, nanos: number): void {
  const ticks = BigInt.asUintN(64, BigInt(seconds) * 1_000_000_000n + BigInt(nanos));
  view.setUint32(at, Number(ticks >> 32n), true);
  view.setUint32(at + 4, Number(ticks & 0xffff_ffffn), true);
}

/** Longer texts are cut at a character. */
function texts(code: number, value: string | undefined): Option[] {
  if (value === undefined) return [];
  const target = new Uint8Array(Math.min(MAX_OPTION, 3 * value.length));
  return [[code, target.subarray(0, encoder.encodeInto(value, target).written)]];
}

function counts(code: number, value: number | undefined): Option[] {
  if (value === undefined) return [];
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return [[code, bytes]];
}

const padded = (length: number): number => (length + 3) & ~3;

function block(type: number, head: DataView, data: ArrayLike<number>, options: Option[]): Uint8Array {
  const optionBytes = options.reduce((sum, [, value]) => sum + 4 + padded(value.length), options.length > 0 ? 4 : 0);
  const total = 12 + head.byteLength + padded(data.length) + optionBytes;
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, total, true);
  bytes.set(new Uint8Array(head.buffer), 8);
  bytes.set(data, 8 + head.byteLength);
  let at = 8 + head.byteLength + padded(data.length);
  for (const [code, value] of options) {
    view.setUint16(at, code, true);
    view.setUint16(at + 2, value.length, true);
    bytes.set(value, at + 4);
    at += 4 + padded(value.length);
  }
  view.setUint32(total - 4, total, true);
  return bytes;
}
