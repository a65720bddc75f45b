// Choices of a seeded session.

import { concat, Random, u8, u16 } from '../bytes.ts';
import { TLS } from '../tls-bytes.ts';

const POOL = new Random('pool').bytes(0x2_0000);

export class Dice {
  readonly #random: Random;

  constructor(seed: number | string) {
    this.#random = new Random(seed);
    // Neighbouring seeds begin alike.
    this.#random.word();
  }

  chance(share: number): boolean {
    return this.#random.word() / 2 ** 32 < share;
  }

  /** A number from `low` to below `high`. */
  between(low: number, high: number): number {
    return low + (this.#random.word() / 2 ** 32) * (high - low);
  }

  /** A whole number from `low` to `high`. */
  whole(low: number, high: number): number {
    return low + this.#random.below(high - low + 1);
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.#random.below(choices.length)]!;
  }

  /** By weights, which need not add up to anything. */
  weighted<T extends string>(weights: Readonly<Partial<Record<T, number>>>): T {
    const rows = Object.entries(weights) as [T, number][];
    let left = this.between(
      0,
      rows.reduce((sum, [, weight]) => sum + weight, 0),
    );
    for (const [choice, weight] of rows) {
      left -= weight;
      if (left < 0) return choice;
    }
    return rows.at(-1)![0];
  }

  /** What nobody can read: of a pool, for random bytes in this amount cost more than all else. */
  bytes(count: number): Uint8Array {
    const from = this.#random.below(POOL.length - count);
    return POOL.subarray(from, from + count);
  }

  /** Records of TLS with such bytes. */
  sealed(count: number): Uint8Array {
    const most = 16_384;
    const pieces = Array.from({ length: Math.ceil(count / most) }, (_, at) => Math.min(most, count - at * most));
    return concat(...pieces.flatMap((size) => [u8(TLS.applicationData, 3, 3), u16(size), this.bytes(size)]));
  }
}
