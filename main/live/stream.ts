// What helpers write, as whole blocks of one pcapng stream: a helper that is killed in the middle of a packet leaves
// nothing half, a further helper begins a further section, and pcap becomes pcapng.

import { PcapngWriter, USER_TIMES } from '../capture-file/writer.ts';

/** The largest block taken from a helper, and so the most that is held back. Frames have 262,144 bytes at most. */
const LARGEST_BLOCK = 1_048_576;
/** A helper describes its few interfaces before its first packet. */
const MAX_DESCRIPTIONS = 64;

const SECTION = 0x0a0d0d0a;
const BYTE_ORDER = 0x1a2b3c4d;
const INTERFACE = 1;
const STATISTICS = 5;
const ENHANCED = 6;

interface Described {
  readonly linkType: number;
  readonly snaplen: number;
  /** Ticks of a second; times in other units than a power of ten are not converted. */
  readonly ticks: bigint;
  frames: number;
}

export interface StreamSink {
  /** Whole blocks, valid until it returns. */
  blocks(bytes: Uint8Array): void;
}

export class BlockStream {
  readonly #sink: StreamSink;
  readonly #userTimes: boolean;
  #carry = new Uint8Array(0);
  #format: 'pcap' | 'pcapng' | null = null;
  #little = true;
  /** pcap: its byte order is not this machine's, and nanoseconds a tick of the fraction. */
  #swapped = false;
  #scale = 1000;
  #section: Uint8Array | null = null;
  readonly #descriptions: Uint8Array[] = [];
  readonly #interfaces: Described[] = [];
  readonly #writer = new PcapngWriter();
  /** Frames that may still pass; those after them are dropped. */
  remaining = Number.POSITIVE_INFINITY;
  frames = 0;
  bytes = 0;
  /** What the helper says it lost in this section; null: it did not say. */
  dropped: number | null = null;
  /** The helper wrote something that is neither pcap nor pcapng; nothing more is taken. */
  broken = false;

  /** `userTimes` marks times of pcap as the helper's own; pcapng says so itself. */
  constructor(sink: StreamSink, userTimes = false) {
    this.#sink = sink;
    this.#userTimes = userTimes;
  }

  /** Section and interfaces, which begin every file; null before they came. */
  get head(): readonly Uint8Array[] | null {
    return this.#section === null || this.#descriptions.length === 0 ? null : [this.#section, ...this.#descriptions];
  }

  get first(): Described | null {
    return this.#interfaces[0] ?? null;
  }

  push(chunk: Uint8Array): void {
    if (this.broken) return;
    let bytes = chunk;
    if (this.#carry.length > 0) {
      bytes = new Uint8Array(this.#carry.length + chunk.length);
      bytes.set(this.#carry);
      bytes.set(chunk, this.#carry.length);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    if (this.#format === null) {
      if (bytes.length < 24) {
        this.#carry = bytes.slice();
        return;
      }
      at = this.#begin(view);
    }
    at = this.#format === 'pcap' ? this.#pcap(bytes, view, at) : this.#pcapng(bytes, view, at);
    this.#carry = this.broken ? new Uint8Array(0) : bytes.slice(at);
  }

  /** Says until when nothing more came, in units that every reader knows; a whole section then, not one that was cut. */
  close(seconds: number): void {
    const { head } = this;
    if (head === null || !this.#little) return;
    for (const [index, { ticks, frames }] of this.#interfaces.entries()) {
      const whole = Math.floor(seconds);
      // The writer counts in nanoseconds: a time in other ticks is given as the nanoseconds that read as that many
      const time = BigInt(whole) * ticks + (BigInt(Math.floor((seconds - whole) * 1e9)) * ticks) / 1_000_000_000n;
      const block = this.#writer.statistics(
        {
          seconds: Number(time / 1_000_000_000n),
          nanos: Number(time % 1_000_000_000n),
          delivered: frames,
        },
        index,
      );
      this.#emit(block);
    }
  }

  #emit(block: Uint8Array): void {
    this.bytes += block.length;
    this.#sink.blocks(block);
  }

  #begin(view: DataView): number {
    const magic = view.getUint32(0, true);
    if (magic === SECTION) {
      this.#format = 'pcapng';
      return 0;
    }
    const swapped = view.getUint32(0, false);
    this.#little = magic === 0xa1b2c3d4 || magic === 0xa1b23c4d;
    if (!this.#little && swapped !== 0xa1b2c3d4 && swapped !== 0xa1b23c4d) {
      this.broken = true;
      return 0;
    }
    this.#format = 'pcap';
    this.#scale = magic === 0xa1b23c4d || swapped === 0xa1b23c4d ? 1 : 1000;
    const snaplen = view.getUint32(16, this.#little);
    const linkType = view.getUint32(20, this.#little) & 0xffff;
    this.#little = true;
    this.#section = this.#writer.section({ application: 'blockscope' });
    const comment = this.#userTimes ? { comment: USER_TIMES } : {};
    this.#descriptions.push(this.#writer.interface({ linkType, snaplen, ...comment }));
    this.#interfaces.push({ linkType, snaplen, ticks: 1_000_000_000n, frames: 0 });
    for (const block of this.head!) this.#emit(block);
    this.#swapped = swapped === 0xa1b2c3d4 || swapped === 0xa1b23c4d;
    return 24;
  }

  #pcap(bytes: Uint8Array, view: DataView, from: number): number {
    let at = from;
    const little = !this.#swapped;
    while (bytes.length - at >= 16 && !this.broken) {
      const length = view.getUint32(at + 8, little);
      if (length > LARGEST_BLOCK) this.broken = true;
      if (this.broken || bytes.length - at < 16 + length) break;
      if (this.remaining > 0) {
        this.#count(0);
        this.#emit(
          this.#writer.frame({
            seconds: view.getUint32(at, little),
            nanos: view.getUint32(at + 4, little) * this.#scale,
            bytes: bytes.subarray(at + 16, at + 16 + length),
            original: view.getUint32(at + 12, little),
          }),
        );
      }
      at += 16 + length;
    }
    return at;
  }

  /** Runs of blocks are handed on as they lie; only what is left out cuts a run. */
  #pcapng(bytes: Uint8Array, view: DataView, from: number): number {
    let at = from;
    let run = from;
    const flush = (end: number): void => {
      if (end > run) {
        this.bytes += end - run;
        this.#sink.blocks(bytes.subarray(run, end));
      }
      run = end;
    };
    while (bytes.length - at >= 12) {
      const type = view.getUint32(at, this.#little);
      if (type === SECTION) this.#little = view.getUint32(at + 8, true) === BYTE_ORDER;
      const total = view.getUint32(at + 4, this.#little);
      const least = type === SECTION ? 28 : type === INTERFACE ? 20 : 12;
      const isWhole = bytes.length - at >= total;
      if (
        total < least ||
        (total & 3) !== 0 ||
        total > LARGEST_BLOCK ||
        (type === SECTION && view.getUint32(at + 8, this.#little) !== BYTE_ORDER) ||
        (isWhole && view.getUint32(at + total - 4, this.#little) !== total)
      ) {
        flush(at);
        this.broken = true;
        return at;
      }
      if (!isWhole) break;
      const end = at + total;
      if (type === SECTION) {
        this.#section = bytes.slice(at, end);
        this.#descriptions.length = 0;
        this.#interfaces.length = 0;
      } else if (type === INTERFACE) {
        if (this.#descriptions.length < MAX_DESCRIPTIONS) this.#descriptions.push(bytes.slice(at, end));
        this.#interfaces.push(this.#described(view, at, end));
      } else if (type === ENHANCED) {
        if (this.remaining > 0) {
          this.#count(total >= 32 ? view.getUint32(at + 8, this.#little) : 0);
        } else {
          flush(at);
          run = end;
        }
      } else if (type === STATISTICS) {
        this.#statistics(view, at, end);
      } else if (this.remaining <= 0) {
        flush(at);
        run = end;
      }
      at = end;
    }
    flush(at);
    return at;
  }

  #count(index: number): void {
    this.frames++;
    this.remaining--;
    const found = this.#interfaces[index];
    if (found !== undefined) found.frames++;
  }

  #statistics(view: DataView, at: number, end: number): void {
    let dropped: number | null = null;
    this.#options(view, at + 20, end, (code, from, size) => {
      if (size === 8 && (code === 5 || code === 7))
        dropped = (dropped ?? 0) + Number(view.getBigUint64(from, this.#little));
    });
    if (dropped !== null) this.dropped = dropped;
  }

  #options(view: DataView, from: number, end: number, each: (code: number, at: number, size: number) => void): void {
    for (let at = from; end - 4 - at >= 4; ) {
      const code = view.getUint16(at, this.#little);
      const size = view.getUint16(at + 2, this.#little);
      if (code === 0 || size > end - 8 - at) return;
      each(code, at + 4, size);
      at += 4 + ((size + 3) & ~3);
    }
  }

  #described(view: DataView, at: number, end: number): Described {
    let ticks = 1_000_000n;
    this.#options(view, at + 16, end, (code, from, size) => {
      if (code !== 9 || size !== 1) return;
      const value = view.getUint8(from);
      ticks = value & 0x80 ? 2n ** BigInt(value & 0x7f) : 10n ** BigInt(value & 0x7f);
    });
    return {
      linkType: view.getUint16(at + 8, this.#little),
      snaplen: view.getUint32(at + 12, this.#little),
      ticks,
      frames: 0,
    };
  }
}
