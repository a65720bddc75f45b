// The table of live flows: open addressing over (hash, record) slots, and one record of 16 words, a cache line, for
// each flow. Everything is a typed array, so millions of flows cost the garbage collector nothing.

import { lazyWords } from './memory.ts';

/** Words of a record. `low` and `high` are the two endpoints in the order of PacketColumns. */
export const W = {
  low: 0,
  high: 1,
  ports: 2,
  state: 3,
  nextLow: 4,
  nextHigh: 5,
  ackLow: 6,
  ackHigh: 7,
  /** Of the last packet, in TICKS_PER_SECOND since the base second. */
  lastTick: 8,
  /** Last IP identification from low (upper half) and from high. */
  ipIds: 9,
  packetsLow: 10,
  packetsHigh: 11,
  /** Least and greatest TTL from low, then from high, a byte each. */
  ttls: 12,
  journal: 13,
  /** Index into the tracker's details, or -1. */
  detail: 14,
  /** IPv6: index of the addresses; -1 in IPv4. While free: the next free record. */
  v6: 15,
} as const;

export const RECORD_WORDS = 16;
/** int32 ticks last 388 days. */
export const TICKS_PER_SECOND = 64;

/** Bits of the state word. The low 8 bits hold the protocol. */
export const S = {
  v6: 1 << 8,
  live: 1 << 9,
  synLow: 1 << 10,
  synHigh: 1 << 11,
  synAckLow: 1 << 12,
  synAckHigh: 1 << 13,
  dataLow: 1 << 14,
  dataHigh: 1 << 15,
  finLow: 1 << 16,
  finHigh: 1 << 17,
  rstLow: 1 << 18,
  rstHigh: 1 << 19,
  sniffedLow: 1 << 20,
  sniffedHigh: 1 << 21,
  dfLow: 1 << 22,
  noDfLow: 1 << 23,
  dfHigh: 1 << 24,
  noDfHigh: 1 << 25,
  /** Worth a snapshot when it ends. */
  notable: 1 << 26,
  /** The responder answered the first request with data. */
  answered: 1 << 27,
  /** Low is the client by what it sent (request, query or hello) where no SYN was seen. */
  requestLow: 1 << 28,
  requestHigh: 1 << 29,
  /** The direction of the last data: set when it came from low. */
  lastDataLow: 1 << 30,
  /** Both opening messages are read and the bytes kept of them are past: nothing more to look at but repetitions. */
  settled: 1 << 31,
} as const;

const MIN_SLOTS = 1 << 12;

export class FlowTable {
  readonly words: Int32Array;
  readonly #capacity: number;
  #slots: Int32Array;
  #mask: number;
  #free = -1;
  #highWater = 0;
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.words = lazyWords(capacity * RECORD_WORDS);
    this.#slots = emptySlots(MIN_SLOTS);
    this.#mask = MIN_SLOTS - 1;
  }

  get size(): number {
    return this.#size;
  }

  get capacity(): number {
    return this.#capacity;
  }

  /** Records 0 to highWater - 1 have been used. */
  get highWater(): number {
    return this.#highWater;
  }

  isLive(record: number): boolean {
    return (this.words[record * RECORD_WORDS + W.state]! & S.live) !== 0;
  }

  /** Reads the slot a hash starts at: pulls it into the cache ahead of its use. */
  touchSlot(hash: number): number {
    return this.#slots[(hash & this.#mask) << 1]!;
  }

  /** The first record on the probe path with this hash, or -1; reading it pulls the record into the cache. */
  candidate(hash: number): number {
    const slots = this.#slots;
    const mask = this.#mask;
    let at = hash & mask;
    for (;;) {
      const record = slots[(at << 1) + 1]!;
      if (record < 0) return -1;
      if (slots[at << 1] === hash) return record;
      at = (at + 1) & mask;
    }
  }

  /**
   * The live record of this key, or -1. `v6Equal` says whether a record's IPv6 addresses are those of the packet at
   * hand; folded words alone could be made to collide.
   */
  find(
    hash: number,
    low: number,
    high: number,
    ports: number,
    kind: number,
    v6Equal: (record: number) => boolean,
  ): number {
    const slots = this.#slots;
    const words = this.words;
    const mask = this.#mask;
    let at = hash & mask;
    for (;;) {
      const record = slots[(at << 1) + 1]!;
      if (record < 0) return -1;
      if (slots[at << 1] === hash) {
        const w = record * RECORD_WORDS;
        if (
          words[w + W.ports] === ports &&
          words[w + W.low] === low &&
          words[w + W.high] === high &&
          (words[w + W.state]! & 0x1ff) === kind &&
          ((kind & S.v6) === 0 || v6Equal(record))
        ) {
          return record;
        }
      }
      at = (at + 1) & mask;
    }
  }

  get isFull(): boolean {
    return this.#size >= this.#capacity;
  }

  /** A zeroed record under this hash. The table must not be full. */
  insert(hash: number): number {
    if ((this.#size + 1) * 3 > (this.#mask + 1) * 2) this.#grow();
    let record = this.#free;
    if (record >= 0) this.#free = this.words[record * RECORD_WORDS + W.v6]!;
    else record = this.#highWater++;
    const w = record * RECORD_WORDS;
    this.words.fill(0, w, w + RECORD_WORDS);
    this.#place(hash, record);
    this.#size++;
    return record;
  }

  #place(hash: number, record: number): void {
    const slots = this.#slots;
    let at = hash & this.#mask;
    while (slots[(at << 1) + 1]! >= 0) at = (at + 1) & this.#mask;
    slots[at << 1] = hash;
    slots[(at << 1) + 1] = record;
  }

  /** Backward-shift deletion: no tombstones, so probes stay short for ever. */
  remove(hash: number, record: number): void {
    const slots = this.#slots;
    const mask = this.#mask;
    let at = hash & mask;
    while (slots[(at << 1) + 1] !== record) at = (at + 1) & mask;
    for (;;) {
      let next = (at + 1) & mask;
      for (;;) {
        if (slots[(next << 1) + 1]! < 0) {
          slots[(at << 1) + 1] = -1;
          this.words[record * RECORD_WORDS + W.state] = 0;
          this.words[record * RECORD_WORDS + W.v6] = this.#free;
          this.#free = record;
          this.#size--;
          return;
        }
        const home = slots[next << 1]! & mask;
        // Movable when its home does not lie cyclically in (at, next]
        if (((next - home) & mask) >= ((next - at) & mask)) break;
        next = (next + 1) & mask;
      }
      slots[at << 1] = slots[next << 1]!;
      slots[(at << 1) + 1] = slots[(next << 1) + 1]!;
      at = next;
    }
  }

  /** No record is looked up any more: what finds them is given back, 16 bytes a flow. */
  retire(): void {
    this.#slots = emptySlots(MIN_SLOTS);
    this.#mask = MIN_SLOTS - 1;
  }

  #grow(): void {
    const old = this.#slots;
    const size = (this.#mask + 1) << 1;
    this.#slots = emptySlots(size);
    this.#mask = size - 1;
    for (let at = 0; at < old.length; at += 2) {
      if (old[at + 1]! >= 0) this.#place(old[at]!, old[at + 1]!);
    }
  }
}

function emptySlots(count: number): Int32Array {
  return new Int32Array(count * 2).fill(-1);
}
