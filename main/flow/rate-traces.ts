// The course of large transfers: when which bytes went by, what was sent again, what was acknowledged. Kept for a few
// flows at a time, from 32 KB on, and given up where nothing is lost. Bounded.

import { H } from './journal.ts';
import { lazyWords } from './memory.ts';

/** A flow of 2^15 bytes one way is large. */
const LARGE_BITS = 15;
/** Transfers followed at a time, entries of one, and the first that are looked at before it may be given up. */
const MAX_TRACES = 64;
const MAX_ENTRIES = 16_384;
const FIRST_ENTRIES = 2_048;
/** So many quiet stretches in a row, and the transfer is one that nobody slows. */
const MAX_QUIET = 4;
/** One packet in so many sent again is worth a look. */
const WORTH_A_LOOK = 100;

/** Entries kept of transfers that have ended, 24 bytes each. */
export const MAX_KEPT = 2_000_000;

const GIVEN_UP = -1;

export interface RateTrace {
  /** Data of the lower endpoint; acknowledgements are the other's. */
  readonly low: boolean;
  readonly count: number;
  /** Nanoseconds since the base second. */
  readonly times: Float64Array;
  /** Sequence number of data, acknowledgement number otherwise. */
  readonly numbers: Int32Array;
  /** Bytes of data; 0 for an acknowledgement. */
  readonly lengths: Int32Array;
  readonly frames: Int32Array;
  /** The sender's clock (TSval, RFC 7323 §3.2) as signed 32 bits; 0 where there is none. */
  readonly stamps: Int32Array;
  /** Bytes of this direction that had gone by when the record begins; 0 where that is long ago. */
  readonly skipped: number;
  /** Data packets of which every byte had been expected before, or that left a gap. */
  readonly repeats: number;
  readonly gaps: number;
  /** Since when, and from which entry on, it went on without a pause. */
  readonly since: number;
  readonly sinceCount: number;
}

/** A second without anything is a pause. */
const PAUSE = 1e9;
/** Slow: so long without a pause, for so few packets and acknowledgements. */
const LEAST_SLOW = 10e9;
const MOST_OF_SLOW = 4_096;

export function isSlow({ times, count, since, sinceCount }: RateTrace): boolean {
  return count > 0 && times[count - 1]! - since >= LEAST_SLOW && count - sinceCount <= MOST_OF_SLOW;
}

class Trace implements RateTrace {
  readonly low: boolean;
  count = 0;
  times = new Float64Array(FIRST_ENTRIES);
  numbers = new Int32Array(FIRST_ENTRIES);
  lengths = new Int32Array(FIRST_ENTRIES);
  frames = new Int32Array(FIRST_ENTRIES);
  stamps = new Int32Array(FIRST_ENTRIES);
  repeats = 0;
  gaps = 0;
  skipped: number;
  quiet = 0;
  since = 0;
  sinceCount = 0;

  constructor(low: boolean, skipped: number) {
    this.low = low;
    this.skipped = skipped;
  }

  /** False: there is no more to learn from this transfer. */
  add(time: number, number: number, length: number, frame: number, stamp: number): boolean {
    if (this.count === this.times.length && !this.#grow()) return this.count > 0;
    if (this.count === 0 || time - this.times[this.count - 1]! > PAUSE) {
      this.since = time;
      this.sinceCount = this.count;
    }
    this.times[this.count] = time;
    this.numbers[this.count] = number;
    this.lengths[this.count] = length;
    this.frames[this.count] = frame;
    this.stamps[this.count] = stamp;
    this.count++;
    return true;
  }

  /** Makes room; false where there is none to make, or nothing that is worth it. */
  #grow(): boolean {
    if ((this.repeats + this.gaps) * WORTH_A_LOOK < this.count) {
      if (++this.quiet >= MAX_QUIET) {
        this.count = 0;
        return false;
      }
      this.count = 0;
      this.repeats = 0;
      this.gaps = 0;
      this.skipped = 0;
      return true;
    }
    if (this.count >= MAX_ENTRIES) return false;
    const times = new Float64Array(this.count * 2);
    const numbers = new Int32Array(this.count * 2);
    const lengths = new Int32Array(this.count * 2);
    const frames = new Int32Array(this.count * 2);
    const stamps = new Int32Array(this.count * 2);
    times.set(this.times);
    numbers.set(this.numbers);
    lengths.set(this.lengths);
    frames.set(this.frames);
    stamps.set(this.stamps);
    this.times = times;
    this.numbers = numbers;
    this.lengths = lengths;
    this.frames = frames;
    this.stamps = stamps;
    return true;
  }
}

export class RateTraces {
  /** By record: 0 none yet, index + 1, or given up. */
  readonly #of: Int32Array;
  readonly #traces: (Trace | null)[] = [];
  #live = 0;
  #kept = 0;

  constructor(capacity: number) {
    this.#of = lazyWords(capacity);
  }

  /** Whether a packet of this flow, whose journal's head is at `h`, is of interest. Asked of every packet. */
  follows(record: number, h: number, journal: Int32Array): boolean {
    return (journal[h + H.bytesLow]! | journal[h + H.bytesHigh]!) >>> LARGE_BITS !== 0 && this.#of[record] !== GIVEN_UP;
  }

  /**
   * A packet of a large flow. `number`: sequence number of data, else the acknowledgement number. `sent`: bytes of this
   * direction so far, those of the packet among them.
   */
  take(
    record: number,
    fromLow: boolean,
    time: number,
    number: number,
    length: number,
    sent: number,
    frame: number,
    stamp: number,
    isRepeat: boolean,
    isGap: boolean,
  ): void {
    let at = this.#of[record]!;
    if (at === 0) {
      if (length === 0 || this.#live >= MAX_TRACES) return;
      at = this.#open(record, fromLow, sent - length);
    }
    const trace = this.#traces[at - 1]!;
    if (trace.low === fromLow) {
      if (length === 0) return;
      if (isRepeat) trace.repeats++;
      else if (isGap) trace.gaps++;
    } else if (length > 0) return;
    if (!trace.add(time, number, length, frame, stamp)) {
      this.#close(record, at);
      this.#of[record] = GIVEN_UP;
    }
  }

  #open(record: number, low: boolean, skipped: number): number {
    let index = this.#traces.indexOf(null);
    if (index < 0) index = this.#traces.length;
    this.#traces[index] = new Trace(low, skipped);
    this.#live++;
    this.#of[record] = index + 1;
    return index + 1;
  }

  #close(record: number, at: number): void {
    this.#traces[at - 1] = null;
    this.#live--;
    this.#of[record] = 0;
  }

  of(record: number): RateTrace | null {
    const at = this.#of[record]!;
    return at > 0 ? this.#traces[at - 1]! : null;
  }

  /** Whether the course of a transfer that has ended may be kept, so many entries long. */
  mayKeep(entries: number): boolean {
    if (this.#kept + entries > MAX_KEPT) return false;
    this.#kept += entries;
    return true;
  }

  /** What was kept so is no longer. */
  letGo(entries: number): void {
    this.#kept -= entries;
  }

  /** The flow of this record is no more. */
  release(record: number): void {
    const at = this.#of[record]!;
    if (at > 0) this.#close(record, at);
    else if (at !== 0) this.#of[record] = 0;
  }
}
