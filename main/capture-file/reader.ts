/**
 * Incremental push reader of pcap and pcapng. It walks the records in the buffer it is fed and hands them on as columns
 * of offsets; only a record cut by the end of a buffer is copied. Any bytes are accepted: what is odd becomes a problem,
 * what cannot be passed over an error, and memory depends on the bytes that came, never on what a length field claims.
 *
 * pcap: draft-ietf-opsawg-pcap; pcapng: draft-ietf-opsawg-pcapng.
 */
import {
  BATCH,
  type CaptureComment,
  type CaptureError,
  type CaptureInterface,
  type CaptureProblem,
  type CaptureProblemKind,
  type CaptureTime,
  FrameBatch,
  type FrameSink,
} from './frames.ts';

/** Most bytes of one frame, tshark's limit for all but a few link types (USB, D-Bus) and libpcap's largest snaplen. */
export const MAX_CAPTURED = 262_144;
/** Most bytes of a pcapng block that is looked into; it bounds the buffer of a record that is cut. */
const MAX_BLOCK = 1 << 20;
/** Most bytes of a record or block that is passed over by its length; more is damage (tshark's limit is a little less). */
const MAX_SKIPPED = (1 << 27) + (1 << 18);
/** A block that is not looked into is carried whole up to this size, and passed over in pieces above it. */
const MAX_CARRIED_UNREAD = 4_096;
const MAX_INTERFACES = 16_384;
const MAX_PROBLEMS = 64;
const MAX_COMMENTS = 1_000;
const MAX_COMMENT_BYTES = 4_096;
const MAX_NAME_BYTES = 512;

/** Classic pcap by its magic number, read little-endian; each is also known in the other byte order. */
const PCAP_MAGIC: ReadonlyArray<{ magic: number; nanos: boolean; fileHeader: number; recordHeader: number }> = [
  { magic: 0xa1b2c3d4, nanos: false, fileHeader: 24, recordHeader: 16 },
  { magic: 0xa1b23c4d, nanos: true, fileHeader: 24, recordHeader: 16 },
  // Kuznetzov's patched libpcap: interface, protocol and packet type follow the lengths.
  { magic: 0xa1b2cd34, nanos: false, fileHeader: 24, recordHeader: 24 },
  // Ixia "lcap": the size of all records follows the file header.
  { magic: 0x1c0001ac, nanos: true, fileHeader: 28, recordHeader: 16 },
  { magic: 0x1c0001ab, nanos: false, fileHeader: 28, recordHeader: 16 },
];

const BLOCK = {
  SECTION: 0x0a0d0d0a,
  INTERFACE: 1,
  PACKET: 2,
  SIMPLE_PACKET: 3,
  STATISTICS: 5,
  ENHANCED_PACKET: 6,
  SYSTEMD_JOURNAL: 9,
  CUSTOM: 0x0bad,
  CUSTOM_NOT_COPIED: 0x40000bad,
  SYSDIG_EVENT: 0x204,
  SYSDIG_EVENT_V2: 0x216,
  SYSDIG_EVENT_V2_LARGE: 0x221,
} as const;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Type, length and the byte-order magic of a section; also the least length of any block (type and both lengths). */
const BLOCK_HEAD = 12;

/** Least total length of the blocks that are looked into. */
const LEAST_LENGTH: Readonly<Record<number, number>> = {
  [BLOCK.SECTION]: 28,
  [BLOCK.INTERFACE]: 20,
  [BLOCK.PACKET]: 32,
  [BLOCK.SIMPLE_PACKET]: 16,
  [BLOCK.STATISTICS]: 24,
  [BLOCK.ENHANCED_PACKET]: 32,
};

/** Blocks that take a frame number in tshark; those without packet data are not counted as packets by capinfos. */
function takesNumber(type: number): boolean {
  switch (type) {
    case BLOCK.PACKET:
    case BLOCK.SIMPLE_PACKET:
    case BLOCK.ENHANCED_PACKET:
    case BLOCK.SYSTEMD_JOURNAL:
    case BLOCK.CUSTOM:
    case BLOCK.CUSTOM_NOT_COPIED:
    case BLOCK.SYSDIG_EVENT:
    case BLOCK.SYSDIG_EVENT_V2:
    case BLOCK.SYSDIG_EVENT_V2_LARGE:
      return true;
    default:
      return false;
  }
}

function isPacket(type: number): boolean {
  return type === BLOCK.PACKET || type === BLOCK.SIMPLE_PACKET || type === BLOCK.ENHANCED_PACKET;
}

const padded = (length: number): number => (length + 3) & ~3;

const OPTION = {
  END: 0,
  COMMENT: 1,
  IF_NAME: 2,
  IF_DESCRIPTION: 3,
  IF_TSRESOL: 9,
  IF_FILTER: 11,
  IF_OS: 12,
  IF_FCSLEN: 13,
  IF_TSOFFSET: 14,
  ISB_IFRECV: 4,
  ISB_IFDROP: 5,
  ISB_OSDROP: 7,
  ISB_USRDELIV: 8,
  EPB_DROPCOUNT: 4,
} as const;

/** How pcap orders the two lengths: the usual way, the old way (before 2.3), or the old way where they say so (2.3). */
type LengthOrder = 'captured-first' | 'original-first' | 'smaller-is-captured';

/** Ticks of an interface. unit is ticks a second, 0 where only exact arithmetic will do (powers of 2, finer than 1 ns). */
interface Clock {
  unit: number;
  perSecond: number;
  nanosPerTick: number;
  base: 2 | 10;
  exponent: number;
  offset: number;
}

function ticksOf(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

function exactSeconds(clock: Clock, high: number, low: number): number {
  return Number(ticksOf(high, low) / BigInt(clock.base) ** BigInt(clock.exponent));
}

function exactNanos(clock: Clock, high: number, low: number): number {
  const unit = BigInt(clock.base) ** BigInt(clock.exponent);
  return Number(((ticksOf(high, low) % unit) * 1_000_000_000n) / unit);
}

const decoder = new TextDecoder();

/** UTF-8 without the zero bytes that some writers count in, cut at the given size. */
function text(view: DataView, at: number, size: number, most: number): string {
  let length = Math.min(size, most);
  while (length > 0 && view.getUint8(at + length - 1) === 0) length--;
  return decoder.decode(new Uint8Array(view.buffer, view.byteOffset + at, length));
}

/** The state between two records that only what came before them tells. */
export interface Checkpoint {
  /** Of the next record, in the uncompressed stream. */
  readonly position: number;
  /** Records before it. */
  readonly records: number;
  readonly interfaces: number;
  readonly section: number;
  readonly sectionInterfaces: number;
  readonly little: boolean;
}

export class CaptureReader {
  format: 'pcap' | 'pcapng' | null = null;
  readonly interfaces: CaptureInterface[] = [];
  /** The first of them; problemCounts has all. */
  readonly problems: CaptureProblem[] = [];
  readonly problemCounts: Partial<Record<CaptureProblemKind, number>> = {};
  error: CaptureError | null = null;
  /** The first of them; commentCount has all. */
  readonly comments: CaptureComment[] = [];
  commentCount = 0;
  /** Packets in the file, delivered or not: capinfos' count. */
  packets = 0;
  /** Records that took a frame number: packets, and journal entries, custom blocks and system calls of pcapng. */
  records = 0;
  /** Sum of the original lengths of the frames delivered. */
  bytesOriginal = 0;

  readonly #sink: FrameSink;
  readonly #batch = new FrameBatch();
  #view = this.#batch.view;
  #viewed = this.#batch.bytes;
  #ended = false;

  /** Bytes fed so far that were consumed or carried. */
  #position = 0;
  /** The beginning of a record whose rest is still to come, and how many bytes it needs before it can go on. */
  #carry = new Uint8Array(512);
  #carryView = new DataView(this.#carry.buffer);
  #carried = 0;
  #need = 4;
  /** Bytes to pass over before the next record, and what that record counts as when its end has come. */
  #skip = 0;
  #skippedRecords = 0;
  #skippedPackets = 0;
  #final = false;

  #earliest = { seconds: Number.POSITIVE_INFINITY, nanos: 0 };
  #latest = { seconds: Number.NEGATIVE_INFINITY, nanos: 0 };

  #little = true;
  #recordHeader = 16;
  #fractionScale = 1000;
  #lengthOrder: LengthOrder = 'captured-first';

  #section = -1;
  #sectionInterfaces = 0;
  readonly #clocks: Clock[] = [];
  /** Sums of the drops that packets themselves tell, which statistics tell again. */
  readonly #countedDrops = new Map<CaptureInterface, number>();
  /** Total length that must stand at the end of the block being passed over; 0: none. */
  #trailer = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Earliest time of all frames delivered, as capinfos gives it; null when none has a time. */
  get firstTime(): CaptureTime | null {
    return this.#earliest.seconds === Number.POSITIVE_INFINITY ? null : { ...this.#earliest };
  }

  get lastTime(): CaptureTime | null {
    return this.#latest.seconds === Number.NEGATIVE_INFINITY ? null : { ...this.#latest };
  }

  /** Bytes taken so far. */
  get position(): number {
    return this.#position;
  }

  /** Where reading can be taken up again: between two records. Null where it stands within something. */
  checkpoint(): Checkpoint | null {
    if (this.format === null || this.error !== null || this.#skip > 0 || this.#trailer > 0) return null;
    return {
      position: this.#position - this.#carried,
      records: this.records,
      interfaces: this.interfaces.length,
      section: this.#section,
      sectionInterfaces: this.#sectionInterfaces,
      little: this.#little,
    };
  }

  /** A reader that goes on where `from` once stood; feed it the bytes from the checkpoint's position on. */
  static resume(sink: FrameSink, from: CaptureReader, at: Checkpoint): CaptureReader {
    const reader = new CaptureReader(sink);
    reader.format = from.format;
    reader.records = at.records;
    for (let i = 0; i < at.interfaces; i++) {
      reader.interfaces.push({ ...from.interfaces[i]! });
      const clock = from.#clocks[i];
      if (clock !== undefined) reader.#clocks.push(clock);
    }
    reader.#position = at.position;
    reader.#recordHeader = from.#recordHeader;
    reader.#fractionScale = from.#fractionScale;
    reader.#lengthOrder = from.#lengthOrder;
    reader.#section = at.section;
    reader.#sectionInterfaces = at.sectionInterfaces;
    reader.#little = at.little;
    return reader;
  }

  /** chunk may be reused once this returns. */
  feed(chunk: Uint8Array, start = 0, end = chunk.length): void {
    let at = start;
    while (at < end && this.error === null && !this.#ended) {
      if (this.#skip > 0) {
        const passed = Math.min(this.#skip, end - at);
        at += passed;
        this.#position += passed;
        this.#skip -= passed;
        if (this.#skip === 0 && this.#trailer === 0) this.#countSkipped();
      } else if (this.#carried > 0) {
        const taken = Math.min(this.#need - this.#carried, end - at);
        this.#keep(chunk, at, at + taken);
        at += taken;
        if (this.#carried < this.#need) return;
        this.#walkCarry();
      } else {
        if (this.#viewed !== chunk) {
          this.#viewed = chunk;
          this.#view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
        }
        const next = this.#walk(chunk, this.#view, at, end, this.#position - at);
        this.#position += next - at;
        at = next;
        if (this.#skip === 0 && at < end && this.error === null) {
          this.#keep(chunk, at, end);
          return;
        }
      }
    }
  }

  /** No more bytes will come. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#final = true;
    if (this.error === null && this.#carried > 0) this.#walkCarry();
    if (this.error !== null) return;
    const available = this.#carried;
    const offset = this.#position - available;
    if (this.format === null) {
      this.error = this.#unreadable(offset, available);
    } else if (this.format === 'pcapng' && this.#section < 0) {
      this.error = { code: 'damaged', offset, params: { what: 'header-cut', needed: this.#need, available } };
    } else if (this.#skip > 0 || this.#trailer > 0) {
      const missing = this.#skip + (this.#trailer > 0 ? 4 - available : 0);
      this.#problem('truncated', this.#position, this.records + 1, { needed: missing, available: 0 });
    } else if (available > 0) {
      this.#problem('truncated', offset, this.records + 1, { needed: this.#need, available });
    }
  }

  #unreadable(offset: number, available: number): CaptureError {
    if (available === 0) return { code: 'empty', offset, params: {} };
    const known = available >= 4 && this.#magicAt(this.#carryView, 0) !== null;
    return known
      ? { code: 'damaged', offset, params: { what: 'header-cut', needed: this.#need, available } }
      : { code: 'not-a-capture', offset, params: { available } };
  }

  #countSkipped(): void {
    this.records += this.#skippedRecords;
    this.packets += this.#skippedPackets;
    this.#skippedRecords = 0;
    this.#skippedPackets = 0;
  }

  #walkCarry(): void {
    const used = this.#walk(this.#carry, this.#carryView, 0, this.#carried, this.#position - this.#carried);
    this.#carry.copyWithin(0, used, this.#carried);
    this.#carried -= used;
  }

  #keep(chunk: Uint8Array, from: number, to: number): void {
    const size = this.#carried + to - from;
    if (size > this.#carry.length) {
      const larger = new Uint8Array(Math.max(size, 2 * this.#carry.length));
      larger.set(this.#carry.subarray(0, this.#carried));
      this.#carry = larger;
      this.#carryView = new DataView(larger.buffer);
    }
    this.#carry.set(chunk.subarray(from, to), this.#carried);
    this.#carried = size;
    this.#position += to - from;
  }

  /** Consumes whole records between at and end; base is the stream offset of bytes[0]. Returns where it stopped. */
  #walk(bytes: Uint8Array, view: DataView, at: number, end: number, base: number): number {
    const batch = this.#batch;
    batch.bytes = bytes;
    batch.view = view;
    batch.streamOffset = base;
    if (this.format === null) at = this.#fileHeader(view, at, end, base);
    if (this.error !== null) return at;
    if (this.format === 'pcap') at = this.#walkPcap(view, at, end, base);
    else if (this.format === 'pcapng') at = this.#walkPcapng(view, at, end, base);
    this.#flush();
    return at;
  }

  #flush(): void {
    if (this.#batch.count === 0) return;
    this.#sink.frames(this.#batch);
    this.#batch.count = 0;
  }

  #magicAt(view: DataView, at: number): { little: boolean; kind: (typeof PCAP_MAGIC)[number] | 'pcapng' } | null {
    for (const little of [true, false]) {
      const magic = view.getUint32(at, little);
      if (magic === BLOCK.SECTION) return { little, kind: 'pcapng' };
      const kind = PCAP_MAGIC.find((row) => row.magic === magic);
      if (kind) return { little, kind };
    }
    return null;
  }

  #fileHeader(view: DataView, at: number, end: number, base: number): number {
    this.#need = 4;
    if (end - at < 4) return at;
    const found = this.#magicAt(view, at);
    if (found === null) {
      this.error = { code: 'not-a-capture', offset: base + at, params: { magic: view.getUint32(at) } };
      return at;
    }
    if (found.kind === 'pcapng') {
      this.format = 'pcapng';
      return at;
    }
    this.#need = found.kind.fileHeader;
    if (end - at < this.#need) return at;

    const little = found.little;
    const major = view.getUint16(at + 4, little);
    const minor = view.getUint16(at + 6, little);
    this.format = 'pcap';
    this.#little = little;
    this.#recordHeader = found.kind.recordHeader;
    this.#fractionScale = found.kind.nanos ? 1 : 1000;
    // libpcap and tshark refuse what came before 2.0 and read the rest; 543.0 is DG/UX's tcpdump.
    if (major < 2) {
      this.error = { code: 'unsupported-version', offset: base + at + 4, params: { major, minor } };
      return at;
    }
    if ((major === 2 && minor < 3) || major === 543) this.#lengthOrder = 'original-first';
    else if (major === 2 && minor === 3) this.#lengthOrder = 'smaller-is-captured';
    const network = view.getUint32(at + 20, little);
    this.interfaces.push({
      linkType: network & 0xffff,
      snaplen: view.getUint32(at + 16, little),
      section: 0,
      name: null,
      description: null,
      os: null,
      filter: null,
      // Bit 26 says that the top four bits hold the length in 16-bit words.
      fcsLength: network & 0x0400_0000 ? (network >>> 28) * 2 : null,
      tsresolNs: this.#fractionScale,
      tsoffset: 0,
      received: null,
      dropped: null,
      frames: 0,
    });
    return at + this.#need;
  }

  #walkPcap(view: DataView, at: number, end: number, base: number): number {
    const { offset, captured, original, number, seconds, nanos } = this.#batch;
    const little = this.#little;
    const header = this.#recordHeader;
    const scale = this.#fractionScale;
    const fractions = 1e9 / scale;
    const usual = this.#lengthOrder === 'captured-first';
    let count = 0;
    const before = this.records;
    let frame = before;
    let originalSum = 0;
    let { seconds: earliest, nanos: earliestNanos } = this.#earliest;
    let { seconds: latest, nanos: latestNanos } = this.#latest;

    for (;;) {
      if (end - at < header) {
        this.#need = header;
        break;
      }
      // As a signed word the length keeps the arithmetic in integers; a negative one is far above the maximum.
      let length = view.getInt32(at + 8, little);
      let wire = view.getUint32(at + 12, little);
      if (!usual && (length >>> 0 > wire || this.#lengthOrder === 'original-first')) {
        const swapped = length >>> 0;
        length = wire | 0;
        wire = swapped;
      }
      if (length < 0 || length > MAX_CAPTURED) {
        if (this.#passOverPcap(length >>> 0, wire, base + at, frame + 1)) at += header;
        break;
      }
      const next = at + header + length;
      if (next > end) {
        this.#need = header + length;
        break;
      }
      frame++;
      let second = view.getUint32(at, little);
      let fraction = view.getUint32(at + 4, little);
      if (fraction >= fractions) {
        this.#problem('clock', base + at, frame, { fraction });
        const excess = Math.floor(fraction / fractions);
        second += excess;
        fraction -= excess * fractions;
      }
      if (length > wire) {
        this.#problem('captured-above-original', base + at, frame, { captured: length, original: wire });
      }
      const nano = fraction * scale;
      if (second <= earliest && (second < earliest || nano < earliestNanos)) {
        earliest = second;
        earliestNanos = nano;
      }
      if (second >= latest && (second > latest || nano > latestNanos)) {
        latest = second;
        latestNanos = nano;
      }
      offset[count] = at + header;
      captured[count] = length;
      original[count] = wire;
      number[count] = frame;
      seconds[count] = second;
      nanos[count] = nano;
      originalSum += wire;
      at = next;
      if (++count === BATCH) {
        this.#batch.count = count;
        this.#flush();
        count = 0;
      }
    }
    this.#batch.count = count;
    this.records = frame;
    this.packets += frame - before;
    this.bytesOriginal += originalSum;
    this.interfaces[0]!.frames += frame - before;
    this.#earliest.seconds = earliest;
    this.#earliest.nanos = earliestNanos;
    this.#latest.seconds = latest;
    this.#latest.nanos = latestNanos;
    return at;
  }

  /** A record above the maximum: its length is believed only where the rest of the file agrees with it. */
  #passOverPcap(length: number, wire: number, offset: number, frame: number): boolean {
    if (length > wire || length > this.interfaces[0]!.snaplen || length > MAX_SKIPPED) {
      this.error = {
        code: 'damaged',
        offset,
        params: { what: 'captured-length', frame, captured: length, original: wire },
      };
      return false;
    }
    this.#problem('oversized', offset, frame, { captured: length, maximum: MAX_CAPTURED });
    this.#skip = length;
    this.#skippedRecords = 1;
    this.#skippedPackets = 1;
    return true;
  }

  #walkPcapng(view: DataView, at: number, end: number, base: number): number {
    for (;;) {
      if (this.#trailer > 0) {
        const next = this.#skippedTrailer(view, at, end, base);
        if (next === at) return at;
        at = next;
      }
      if (this.#sectionInterfaces > 0) at = this.#walkEnhanced(view, at, end, base);
      const next = this.#block(view, at, end, base);
      if (next === at || this.#skip > 0) return next;
      at = next;
    }
  }

  /** The run of ordinary enhanced packet blocks from at; stops before anything that needs a second look. */
  #walkEnhanced(view: DataView, at: number, end: number, base: number): number {
    const batch = this.#batch;
    const { offset, captured, original, number, seconds, nanos, iface } = batch;
    const little = this.#little;
    const known = this.#sectionInterfaces;
    const first = this.interfaces.length - known;
    let count = batch.count;
    const before = this.records;
    let frame = before;
    let originalSum = 0;
    let { seconds: earliest, nanos: earliestNanos } = this.#earliest;
    let { seconds: latest, nanos: latestNanos } = this.#latest;
    let current = first;
    let counted = frame;
    let clock = this.#clocks[current]!;
    let { unit, perSecond, nanosPerTick, offset: secondsOffset } = clock;

    while (end - at >= 32 && view.getInt32(at, little) === BLOCK.ENHANCED_PACKET) {
      // Lengths as signed words keep the arithmetic in integers; what is negative so is far above every limit.
      const total = view.getInt32(at + 4, little);
      if (total > end - at || total < 32 || (total & 3) !== 0 || total > MAX_BLOCK) break;
      if (view.getInt32(at + total - 4, little) !== total) break;
      const local = view.getInt32(at + 8, little);
      const length = view.getInt32(at + 20, little);
      if (local < 0 || local >= known || length < 0 || length > total - 32 || length > MAX_CAPTURED) break;
      if (first + local !== current) {
        this.interfaces[current]!.frames += frame - counted;
        counted = frame;
        current = first + local;
        clock = this.#clocks[current]!;
        ({ unit, perSecond, nanosPerTick, offset: secondsOffset } = clock);
      }
      frame++;

      // The product is off by less than a second, the remainder modulo 2^32 is exact, so one look says whether it fits.
      const high = view.getUint32(at + 12, little);
      const low = view.getUint32(at + 16, little);
      let second = Math.floor((high * 0x1_0000_0000 + low) * perSecond);
      let ticks = (low - Math.imul(second, unit)) | 0;
      if (ticks < 0) {
        ticks += unit;
        second--;
      } else if (ticks >= unit) {
        ticks -= unit;
        second++;
      }
      let nano = ticks * nanosPerTick;
      if (ticks >>> 0 >= unit) {
        second = exactSeconds(clock, high, low);
        nano = exactNanos(clock, high, low);
      }
      second += secondsOffset;

      const wire = view.getUint32(at + 24, little);
      if (length > wire) {
        this.#problem('captured-above-original', base + at, frame, { captured: length, original: wire });
      }
      if (second <= earliest && (second < earliest || nano < earliestNanos)) {
        earliest = second;
        earliestNanos = nano;
      }
      if (second >= latest && (second > latest || nano > latestNanos)) {
        latest = second;
        latestNanos = nano;
      }
      const options = at + 28 + ((length + 3) & ~3);
      if (at + total - options > 4) this.#packetOptions(view, options, at + total - 4, base, frame, current);
      offset[count] = at + 28;
      captured[count] = length;
      original[count] = wire;
      number[count] = frame;
      seconds[count] = second;
      nanos[count] = nano;
      iface[count] = current;
      originalSum += wire;
      at += total;
      if (++count === BATCH) {
        batch.count = count;
        this.#flush();
        count = 0;
      }
    }
    batch.count = count;
    this.interfaces[current]!.frames += frame - counted;
    this.records = frame;
    this.packets += frame - before;
    this.bytesOriginal += originalSum;
    this.#earliest.seconds = earliest;
    this.#earliest.nanos = earliestNanos;
    this.#latest.seconds = latest;
    this.#latest.nanos = latestNanos;
    return at;
  }

  /** One block of any type. Returns its end, or at when it needs more bytes or reading has stopped. */
  #block(view: DataView, at: number, end: number, base: number): number {
    const available = end - at;
    this.#need = BLOCK_HEAD;
    if (available < BLOCK_HEAD) return at;
    const type = view.getUint32(at, this.#little);
    if (type === BLOCK.SECTION && !this.#byteOrder(view, at, base)) return at;
    const little = this.#little;
    const total = view.getUint32(at + 4, little);
    // A length that is no multiple of four is against the specification; tshark rounds it up, as writers meant it.
    const length = total + (-total & 3);
    const least = LEAST_LENGTH[type] ?? BLOCK_HEAD;
    const vital = type === BLOCK.SECTION || type === BLOCK.INTERFACE;
    if (total < BLOCK_HEAD || total > MAX_SKIPPED || (vital && (total < least || total > MAX_BLOCK))) {
      return this.#stop(at, base, 'block-length', { type, length: total });
    }
    const readable = LEAST_LENGTH[type] !== undefined && total >= least && total <= MAX_BLOCK;
    if (!readable && length > MAX_CARRIED_UNREAD) {
      if (isPacket(type)) {
        const frame = this.records + 1;
        this.#problem('oversized', base + at, frame, { captured: total, maximum: MAX_BLOCK });
      }
      this.#skip = length - BLOCK_HEAD - 4;
      this.#trailer = total;
      this.#skippedRecords = takesNumber(type) ? 1 : 0;
      this.#skippedPackets = isPacket(type) ? 1 : 0;
      return at + BLOCK_HEAD;
    }
    this.#need = length;
    if (available < length) return at;
    if (!this.#trailerAgrees(view, at, at + length, end, base, total)) return at;

    if (total !== length) this.#damaged(base + at, 'block-length-unaligned', { type, length: total });
    if (takesNumber(type)) this.records++;
    if (isPacket(type)) this.packets++;
    if (!readable) {
      if (total < least) this.#damaged(base + at, 'block-too-short', { type, length: total, needed: least });
      return at + length;
    }
    const limit = at + length - 4;
    switch (type) {
      case BLOCK.SECTION:
        if (!this.#sectionHeader(view, at, limit, base)) return at;
        break;
      case BLOCK.INTERFACE:
        if (!this.#interfaceDescription(view, at, limit, base)) return at;
        break;
      case BLOCK.STATISTICS:
        this.#statistics(view, at, limit, base);
        break;
      default:
        this.#packet(view, type, at, limit, base);
    }
    return at + length;
  }

  /** The last four bytes of a block that was passed over in pieces. */
  #skippedTrailer(view: DataView, at: number, end: number, base: number): number {
    this.#need = 4;
    if (end - at < 4) return at;
    const start = at + 4 - this.#trailer - (-this.#trailer & 3);
    if (!this.#trailerAgrees(view, start, at + 4, end, base, this.#trailer)) return at;
    this.#trailer = 0;
    this.#countSkipped();
    return at + 4;
  }

  /**
   * Whether the length at the end of a block repeats that at its beginning, or the block can be left all the same,
   * because what follows begins like a block or nothing follows.
   */
  #trailerAgrees(view: DataView, start: number, next: number, end: number, base: number, total: number): boolean {
    const second = view.getUint32(next - 4, this.#little);
    if (second === total) return true;
    const following = end - next;
    if (following < BLOCK_HEAD && !this.#final) {
      this.#need += BLOCK_HEAD;
      return false;
    }
    if (following >= BLOCK_HEAD && !this.#looksLikeBlock(view, next)) {
      this.#stop(start, base, 'block-lengths-differ', { first: total, second });
      return false;
    }
    this.#damaged(base + start, 'block-lengths-differ', { first: total, second });
    return true;
  }

  #looksLikeBlock(view: DataView, at: number): boolean {
    const type = view.getUint32(at, this.#little);
    if (type === BLOCK.SECTION) {
      const magic = view.getUint32(at + 8, true);
      return magic === BYTE_ORDER_MAGIC || view.getUint32(at + 8) === BYTE_ORDER_MAGIC;
    }
    const total = view.getUint32(at + 4, this.#little);
    const defined = (type >= 1 && type <= 11) || takesNumber(type);
    return defined && total >= (LEAST_LENGTH[type] ?? BLOCK_HEAD) && total <= MAX_SKIPPED && (total & 3) === 0;
  }

  #byteOrder(view: DataView, at: number, base: number): boolean {
    if (view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC) this.#little = true;
    else if (view.getUint32(at + 8) === BYTE_ORDER_MAGIC) this.#little = false;
    else if (this.#section < 0) {
      this.format = null;
      this.error = { code: 'not-a-capture', offset: base + at, params: { magic: view.getUint32(at) } };
      return false;
    } else {
      this.#stop(at, base, 'byte-order', { magic: view.getUint32(at + 8) });
      return false;
    }
    return true;
  }

  /** The section's own length is not used: it is often -1, and a wrong one would hide packets. */
  #sectionHeader(view: DataView, at: number, limit: number, base: number): boolean {
    const major = view.getUint16(at + 12, this.#little);
    const minor = view.getUint16(at + 14, this.#little);
    if (major !== 1 || (minor !== 0 && minor !== 2)) {
      this.error = { code: 'unsupported-version', offset: base + at + 12, params: { major, minor } };
      return false;
    }
    this.#section++;
    this.#sectionInterfaces = 0;
    if (this.#section > 0) {
      this.#flush();
      this.#sink.section?.();
    }
    this.#options(view, at + 24, limit, base, (code, from, size) => {
      if (code === OPTION.COMMENT) this.#comment('section', this.#section, view, from, size);
    });
    return true;
  }

  #interfaceDescription(view: DataView, at: number, limit: number, base: number): boolean {
    if (this.interfaces.length === MAX_INTERFACES) {
      const params = { what: 'interfaces', maximum: MAX_INTERFACES };
      this.error = { code: 'unsupported-format', offset: base + at, params };
      return false;
    }
    const little = this.#little;
    const found: CaptureInterface = {
      linkType: view.getUint16(at + 8, little),
      snaplen: view.getUint32(at + 12, little),
      section: this.#section,
      name: null,
      description: null,
      os: null,
      filter: null,
      fcsLength: null,
      tsresolNs: 1000,
      tsoffset: 0,
      received: null,
      dropped: null,
      frames: 0,
    };
    let base2 = false;
    let exponent = 6;
    this.#options(view, at + 16, limit, base, (code, from, size) => {
      if (code === OPTION.COMMENT) this.#comment('interface', this.interfaces.length, view, from, size);
      else if (code === OPTION.IF_NAME) found.name = text(view, from, size, MAX_NAME_BYTES);
      else if (code === OPTION.IF_DESCRIPTION) found.description = text(view, from, size, MAX_NAME_BYTES);
      else if (code === OPTION.IF_OS) found.os = text(view, from, size, MAX_NAME_BYTES);
      // The first byte says whether a filter string (0) or compiled BPF (1) follows.
      else if (code === OPTION.IF_FILTER && size > 0 && view.getUint8(from) === 0) {
        found.filter = text(view, from + 1, size - 1, MAX_NAME_BYTES);
      } else if (code === OPTION.IF_FCSLEN && size === 1) found.fcsLength = view.getUint8(from);
      else if (code === OPTION.IF_TSOFFSET && size === 8) {
        const high = view.getInt32(from + (little ? 4 : 0), little);
        const low = view.getUint32(from + (little ? 0 : 4), little);
        found.tsoffset = high * 0x1_0000_0000 + low;
      } else if (code === OPTION.IF_TSRESOL && size === 1) {
        base2 = (view.getUint8(from) & 0x80) !== 0;
        exponent = view.getUint8(from) & 0x7f;
      }
    });
    const ticks = (base2 ? 2 : 10) ** exponent;
    const simple = !base2 && exponent <= 9;
    found.tsresolNs = 1e9 / ticks;
    this.#clocks.push({
      unit: simple ? ticks : 0,
      perSecond: 1 / ticks,
      nanosPerTick: simple ? 1e9 / ticks : 0,
      base: base2 ? 2 : 10,
      exponent,
      offset: found.tsoffset,
    });
    this.interfaces.push(found);
    this.#sectionInterfaces++;
    return true;
  }

  #statistics(view: DataView, at: number, limit: number, base: number): void {
    const local = view.getUint32(at + 8, this.#little);
    const found = this.#interfaceOf(local);
    if (found === undefined) {
      this.#damaged(base + at, 'statistics-of-unknown-interface', { interface: local });
      return;
    }
    let kernel: number | null = null;
    let delivered: number | null = null;
    this.#options(view, at + 20, limit, base, (code, from, size) => {
      if (size !== 8) return;
      const value = this.#u64(view, from);
      if (code === OPTION.ISB_IFRECV) found.received = value;
      else if (code === OPTION.ISB_USRDELIV) delivered = value;
      else if (code === OPTION.ISB_IFDROP || code === OPTION.ISB_OSDROP) kernel = (kernel ?? 0) + value;
    });
    // Statistics count from the beginning of the capture, so a later block replaces an earlier one.
    if (kernel !== null) found.dropped = Math.max(kernel, this.#countedDrops.get(found) ?? 0);
    // A file that was cut may keep the time at which the whole one ended: believed only where no frame is missing
    if (delivered === found.frames) {
      const [high, low] = [view.getUint32(at + 12, this.#little), view.getUint32(at + 16, this.#little)];
      const clock = this.#clocks[this.interfaces.indexOf(found)]!;
      this.#flush();
      this.#sink.reached?.(exactSeconds(clock, high, low) + clock.offset + exactNanos(clock, high, low) / 1e9);
    }
  }

  /** A packet block of any kind that the fast walk left: rare kinds and contradictions. limit is where its data ends. */
  #packet(view: DataView, type: number, at: number, limit: number, base: number): void {
    const little = this.#little;
    const frame = this.records;
    const local =
      type === BLOCK.ENHANCED_PACKET
        ? view.getUint32(at + 8, little)
        : type === BLOCK.PACKET
          ? view.getUint16(at + 8, little)
          : 0;
    const found = this.#interfaceOf(local);
    if (found === undefined) {
      this.#problem('unknown-interface', base + at, frame, { interface: local });
      return;
    }
    const simple = type === BLOCK.SIMPLE_PACKET;
    const data = at + (simple ? 12 : 28);
    const wire = view.getUint32(simple ? at + 8 : at + 24, little);
    // A simple packet has no captured length: it is the original one, cut by the snapshot length.
    const length = simple ? Math.min(wire, found.snaplen || wire) : view.getUint32(at + 20, little);
    if (length > limit - data) {
      this.#damaged(base + at, 'captured-length', { captured: length, available: limit - data });
      return;
    }
    if (length > MAX_CAPTURED) {
      this.#problem('oversized', base + at, frame, { captured: length, maximum: MAX_CAPTURED });
      return;
    }
    if (length > wire) {
      this.#problem('captured-above-original', base + at, frame, { captured: length, original: wire });
    }
    const index = this.interfaces.length - this.#sectionInterfaces + local;
    let second = 0;
    let nano = 0;
    if (simple) {
      this.#problem('no-time', base + at, frame, {});
    } else {
      const high = view.getUint32(at + 12, little);
      const low = view.getUint32(at + 16, little);
      const clock = this.#clocks[index]!;
      second = exactSeconds(clock, high, low) + clock.offset;
      nano = exactNanos(clock, high, low);
      this.#timeSeen(second, nano);
      this.#packetOptions(view, data + padded(length), limit, base, frame, index);
      // 0xffff: not known.
      const drops = type === BLOCK.PACKET ? view.getUint16(at + 10, little) : 0;
      if (drops > 0 && drops < 0xffff) this.#countDrops(found, drops);
    }
    const batch = this.#batch;
    const slot = batch.count;
    batch.offset[slot] = data;
    batch.captured[slot] = length;
    batch.original[slot] = wire;
    batch.number[slot] = frame;
    batch.seconds[slot] = second;
    batch.nanos[slot] = nano;
    batch.iface[slot] = index;
    batch.count++;
    this.bytesOriginal += wire;
    found.frames++;
    if (batch.count === BATCH) this.#flush();
  }

  #timeSeen(second: number, nano: number): void {
    const { seconds: earliest, nanos: earliestNanos } = this.#earliest;
    if (second < earliest || (second === earliest && nano < earliestNanos)) {
      this.#earliest.seconds = second;
      this.#earliest.nanos = nano;
    }
    const { seconds: latest, nanos: latestNanos } = this.#latest;
    if (second > latest || (second === latest && nano > latestNanos)) {
      this.#latest.seconds = second;
      this.#latest.nanos = nano;
    }
  }

  #interfaceOf(local: number): CaptureInterface | undefined {
    if (local >= this.#sectionInterfaces) return undefined;
    return this.interfaces[this.interfaces.length - this.#sectionInterfaces + local];
  }

  /** Called only for packets that have options; makes nothing unless one is a comment. */
  #packetOptions(view: DataView, at: number, limit: number, base: number, frame: number, index: number): void {
    while (limit - at >= 4) {
      const code = view.getUint16(at, this.#little);
      const size = view.getUint16(at + 2, this.#little);
      if (code === OPTION.END) return;
      if (size > limit - at - 4) {
        this.#problem('damaged', base + at, frame, { what: 'option-length', length: size, available: limit - at - 4 });
        return;
      }
      if (code === OPTION.COMMENT) this.#comment('packet', frame, view, at + 4, size);
      else if (code === OPTION.EPB_DROPCOUNT && size === 8) {
        this.#countDrops(this.interfaces[index]!, this.#u64(view, at + 4));
      }
      at += 4 + padded(size);
    }
  }

  #options(
    view: DataView,
    at: number,
    limit: number,
    base: number,
    each: (code: number, from: number, size: number) => void,
  ): void {
    while (limit - at >= 4) {
      const code = view.getUint16(at, this.#little);
      const size = view.getUint16(at + 2, this.#little);
      if (code === OPTION.END) return;
      if (size > limit - at - 4) {
        this.#damaged(base + at, 'option-length', { length: size, available: limit - at - 4 });
        return;
      }
      each(code, at + 4, size);
      at += 4 + padded(size);
    }
  }

  /** Exact up to 2^53, far above any count of packets. */
  #u64(view: DataView, at: number): number {
    const high = view.getUint32(at + (this.#little ? 4 : 0), this.#little);
    return high * 0x1_0000_0000 + view.getUint32(at + (this.#little ? 0 : 4), this.#little);
  }

  #countDrops(found: CaptureInterface, drops: number): void {
    const sum = (this.#countedDrops.get(found) ?? 0) + drops;
    this.#countedDrops.set(found, sum);
    found.dropped = Math.max(found.dropped ?? 0, sum);
  }

  #comment(of: CaptureComment['of'], index: number, view: DataView, at: number, size: number): void {
    this.commentCount++;
    if (this.comments.length < MAX_COMMENTS) {
      this.comments.push({ of, index, text: text(view, at, size, MAX_COMMENT_BYTES) });
    }
  }

  #damaged(offset: number, what: string, params: Record<string, number>): void {
    this.#problem('damaged', offset, this.records, { what, ...params });
  }

  #stop(at: number, base: number, what: string, params: Record<string, number>): number {
    this.error = { code: 'damaged', offset: base + at, params: { what, ...params } };
    return at;
  }

  #problem(kind: CaptureProblemKind, offset: number, frame: number, params: Record<string, number | string>): void {
    this.problemCounts[kind] = (this.problemCounts[kind] ?? 0) + 1;
    if (this.problems.length < MAX_PROBLEMS) this.problems.push({ kind, offset, frame, params });
  }
}
