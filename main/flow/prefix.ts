// The first bytes of one direction of a TCP stream, put in order: enough for a ClientHello over several segments, a
// request head, a ServerHello with its certificate. Bounded.

import { lazyBytes } from './memory.ts';

export const MAX_PREFIX = 16_384;
const MAX_PENDING = 16;

const LEAST_PREFIX = 4_096;
/** Buffers of prefixes that were read: most flows that need one need it for a packet or two. */
const SPARE: Uint8Array[] = [];
const MAX_SPARE = 256;

export class StreamPrefix {
  bytes = SPARE.pop() ?? new Uint8Array(LEAST_PREFIX);
  /** Contiguous bytes from the start. */
  length = 0;
  /** Bytes of the prefix were on the wire but not in the capture: it cannot grow past them. */
  cut = false;
  /** Frames that brought bytes for the first time, in order of arrival. */
  readonly frames: number[] = [];
  /** When its first and its latest bytes arrived. */
  firstTime = 0;
  time = 0;
  readonly #pending: { offset: number; bytes: Uint8Array; cut: boolean }[] = [];

  /** Takes a segment that starts `offset` bytes into the stream. True when the contiguous part grew. */
  add(
    offset: number,
    source: Uint8Array,
    start: number,
    end: number,
    cut: boolean,
    frame: number,
    time: number,
  ): boolean {
    if (offset >= MAX_PREFIX || offset + (end - start) <= this.length) return false;
    if (offset > this.length && this.#isWaiting(offset, offset + (end - start))) return false;
    if (this.frames.length === 0) this.firstTime = time;
    if (this.frames.length < 64) this.frames.push(frame);
    this.time = time;
    if (offset > this.length) {
      if (this.#pending.length < MAX_PENDING) this.#pending.push({ offset, bytes: source.slice(start, end), cut });
      return false;
    }
    this.#append(source, start + (this.length - offset), end);
    if (cut) this.cut = true;
    for (let again = true; again; ) {
      again = false;
      for (let i = this.#pending.length - 1; i >= 0; i--) {
        const piece = this.#pending[i]!;
        if (piece.offset > this.length) continue;
        this.#pending.splice(i, 1);
        if (piece.offset + piece.bytes.length > this.length) {
          this.#append(piece.bytes, this.length - piece.offset, piece.bytes.length);
          if (piece.cut) this.cut = true;
          again = true;
        }
      }
    }
    return true;
  }

  /** Nothing more is asked of it. */
  release(): void {
    if (this.bytes.length === LEAST_PREFIX && SPARE.length < MAX_SPARE) SPARE.push(this.bytes);
    this.bytes = NOTHING;
    this.length = 0;
  }

  /** A segment that is kept already holds all of these bytes. */
  #isWaiting(from: number, to: number): boolean {
    return this.#pending.some(({ offset, bytes }) => offset <= from && offset + bytes.length >= to);
  }

  #append(source: Uint8Array, start: number, end: number): void {
    const take = Math.min(end - start, MAX_PREFIX - this.length);
    if (this.length + take > this.bytes.length) {
      const larger = new Uint8Array(Math.min(MAX_PREFIX, Math.max(this.bytes.length * 2, this.length + take)));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    this.bytes.set(source.subarray(start, start + take), this.length);
    this.length += take;
  }
}

const NOTHING = new Uint8Array(0);

/** Bytes kept of each direction. */
export const PAGE = 2_048;
const PAGES = 4_096;

/**
 * The first 2 KiB of each direction of the flows with a name, so that bytes sent again can be held against the first
 * ones. A ring: the page of a flow is given away after 4,096 further directions.
 */
export class HeadPages {
  readonly #bytes = new Uint8Array(lazyBytes(PAGE * PAGES));
  readonly #owner = new Float64Array(PAGES);
  readonly #base = new Int32Array(PAGES);
  readonly #length = new Int32Array(PAGES);
  #next = 0;

  /** `owner`: any number above 0 that stands for the flow and direction. The page's index. */
  open(owner: number, seq: number): number {
    const page = this.#next;
    this.#next = (page + 1) % PAGES;
    this.#owner[page] = owner;
    this.#base[page] = seq;
    this.#length[page] = 0;
    return page;
  }

  /** Bytes that follow what the page holds are added to it. */
  extend(page: number, owner: number, seq: number, source: Uint8Array, start: number, end: number): void {
    if (this.#owner[page] !== owner) return;
    const length = this.#length[page]!;
    if (((seq - this.#base[page]!) | 0) !== length) return;
    const take = Math.min(end - start, PAGE - length);
    if (take <= 0) return;
    this.#bytes.set(source.subarray(start, start + take), page * PAGE + length);
    this.#length[page] = length + take;
  }

  /** How many bytes of a segment at `seq` differ from those that the page holds for the same sequence numbers. */
  differing(page: number, owner: number, seq: number, source: Uint8Array, start: number, end: number): number {
    if (this.#owner[page] !== owner) return 0;
    const offset = (seq - this.#base[page]!) | 0;
    const from = Math.max(0, offset);
    const to = Math.min(this.#length[page]!, offset + (end - start));
    let count = 0;
    const own = page * PAGE;
    for (let i = from; i < to; i++) if (this.#bytes[own + i] !== source[start + i - offset]) count++;
    return count;
  }
}
