// The journal: for each flow a chain of notes of its first packets and of everything unusual, from one bounded pool.
// A chain starts with a head that holds what is counted for the flow; further ordinary packets overwrite the last
// ordinary note of their direction, so that whatever happens later has its context.

import { lazyWords } from './memory.ts';

export const NOTE_WORDS = 12;

/** Words of a chain's head. */
export const H = {
  next: 0,
  flowId: 1,
  /** Notes of the last ordinary packet from low and high, or -1. */
  rollLow: 2,
  rollHigh: 3,
  tail: 4,
  /** Notes (low 16 bits), special packets not kept (high 16 bits). */
  counts: 5,
  /** Copies made by the capture, from low (low 16 bits, saturating) and from high. */
  duplicates: 6,
  /** Packets with payload. */
  dataLow: 7,
  dataHigh: 8,
  /** Payload bytes, modulo 2^32. */
  bytesLow: 9,
  bytesHigh: 10,
  /** Retransmitted packets from low (low 12 bits), from high (next 12), rounds of request and response (top 8). */
  repeats: 11,
} as const;

/** Words of a note. */
export const N = {
  next: 0,
  frame: 1,
  /** Time as a double in two words. */
  time: 2,
  seq: 4,
  ack: 5,
  /** Payload length (low 16 bits) and window. Lengths of 65,535 and more are held at 65,535. */
  lengthWindow: 6,
  /** TCP flags (12 bits), TTL (8), option words (4), from low (1), DF (1), time stamp present (1). */
  header: 7,
  /** IP identification + 1 (17 bits), marks (8 bits, from bit 17). */
  identity: 8,
  tsval: 9,
  duplicates: 10,
  /** Index into the payload heads kept for odd packets, or -1. */
  payload: 11,
} as const;

export const MAX_NOTES = 64;

export class Journal {
  readonly words: Int32Array;
  readonly times: Float64Array;
  readonly #capacity: number;
  #free = -1;
  #used = 0;
  #live = 0;
  /** Flows that got no journal because the pool was empty. */
  refused = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.words = lazyWords(capacity * NOTE_WORDS);
    // N.time is even and NOTE_WORDS is even, so a note's time is an aligned double
    this.times = new Float64Array(this.words.buffer, 0, (capacity * NOTE_WORDS) >> 1);
  }

  get live(): number {
    return this.#live;
  }

  /** An entry, or -1 when the pool is exhausted. */
  take(): number {
    let entry = this.#free;
    if (entry >= 0) this.#free = this.words[entry * NOTE_WORDS]!;
    else if (this.#used < this.#capacity) entry = this.#used++;
    else return -1;
    this.#live++;
    return entry;
  }

  /** A chain's head for a flow, or -1. */
  open(flowId: number): number {
    const entry = this.take();
    if (entry < 0) {
      this.refused++;
      return -1;
    }
    const w = entry * NOTE_WORDS;
    this.words.fill(0, w, w + NOTE_WORDS);
    this.words[w + H.next] = -1;
    this.words[w + H.flowId] = flowId;
    this.words[w + H.rollLow] = -1;
    this.words[w + H.rollHigh] = -1;
    this.words[w + H.tail] = entry;
    return entry;
  }

  /** A further note at the end of the chain, or -1 when the chain is full or the pool is exhausted. */
  append(head: number): number {
    const words = this.words;
    const h = head * NOTE_WORDS;
    const counts = words[h + H.counts]!;
    const entry = (counts & 0xffff) < MAX_NOTES ? this.take() : -1;
    if (entry < 0) {
      if (counts >>> 16 < 0xffff) words[h + H.counts] = counts + 0x10000;
      return -1;
    }
    words[h + H.counts] = counts + 1;
    words[words[h + H.tail]! * NOTE_WORDS] = entry;
    words[h + H.tail] = entry;
    words[entry * NOTE_WORDS] = -1;
    return entry;
  }

  release(head: number): void {
    const words = this.words;
    let entry = head;
    while (entry >= 0) {
      const next = words[entry * NOTE_WORDS]!;
      words[entry * NOTE_WORDS] = this.#free;
      this.#free = entry;
      this.#live--;
      entry = next;
    }
  }
}
