// What the packets of common TCP/IP stacks look like from outside, for scenarios: initial hop limit, IP identification,
// options, windows, and what a reset of each looks like. Enough to tell two hosts apart, not a full fingerprint.

import { Random } from './bytes.ts';
import { type SegmentOptions, tcpOptions } from './packets.ts';

export type StackName = 'linux' | 'windows' | 'macos' | 'freebsd' | 'balancer' | 'router';

interface Stack {
  readonly ttl: number;
  readonly window: number;
  readonly df: boolean;
  /**
   * How IP identification goes on. `per-connection`: from a random number upward, but 0 in a SYN-ACK and in a reset to a
   * dead connection (Linux); `global`: one counter for all the host sends; `zero`: always 0, which DF allows (RFC 6864).
   */
  readonly ids: 'per-connection' | 'global' | 'zero' | 'random';
  readonly mss: number;
  readonly windowScale: number;
  readonly timestamps: boolean;
}

const STACKS: Readonly<Record<StackName, Stack>> = {
  linux: { ttl: 64, window: 64_240, df: true, ids: 'per-connection', mss: 1460, windowScale: 7, timestamps: true },
  windows: { ttl: 128, window: 64_240, df: true, ids: 'global', mss: 1460, windowScale: 8, timestamps: false },
  macos: { ttl: 64, window: 65_535, df: true, ids: 'zero', mss: 1460, windowScale: 6, timestamps: true },
  freebsd: { ttl: 64, window: 65_535, df: true, ids: 'random', mss: 1460, windowScale: 6, timestamps: true },
  balancer: { ttl: 255, window: 4_380, df: true, ids: 'random', mss: 1460, windowScale: 0, timestamps: false },
  router: { ttl: 255, window: 4_128, df: false, ids: 'global', mss: 536, windowScale: 0, timestamps: false },
};

/** A host of one stack. Its counters go on across all its connections. */
export class Host {
  readonly stack: Stack;
  readonly #random: Random;
  #counter: number;

  constructor(name: StackName, seed: string) {
    this.stack = STACKS[name];
    this.#random = new Random(seed);
    this.#counter = this.#random.below(0x8000) + 0x100;
  }

  /** Where a new connection's identification starts. */
  firstId(): number {
    return this.#random.below(0xc000) + 0x100;
  }

  initialSequence(): number {
    return this.#random.word();
  }

  id(connection: { id: number }, kind: 'syn-ack' | 'dead-reset' | 'other'): number {
    switch (this.stack.ids) {
      case 'zero':
        return 0;
      case 'random':
        return this.#random.below(0x10000);
      case 'global':
        this.#counter = (this.#counter + 1) & 0xffff;
        return this.#counter;
      case 'per-connection':
        if (kind !== 'other') return 0;
        connection.id = (connection.id + 1) & 0xffff;
        return connection.id;
    }
  }

  /** Options of a SYN or SYN-ACK, or of any other segment. */
  options(
    syn: boolean,
    milliseconds: number,
    echo: number,
    timestamps: boolean,
    sack: SegmentOptions['sack'] = [],
  ): Uint8Array {
    const base: SegmentOptions = timestamps ? { timestamps: [tsval(milliseconds), echo] } : {};
    if (!syn) return tcpOptions({ ...base, sack });
    const { mss, windowScale } = this.stack;
    return tcpOptions({ ...base, mss, sackPermitted: true, ...(windowScale > 0 ? { windowScale } : {}) });
  }
}

/** Timestamp clocks tick once a millisecond on every stack here. */
export function tsval(milliseconds: number): number {
  return (0x1000_0000 + Math.floor(milliseconds)) >>> 0;
}
