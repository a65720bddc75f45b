// The addresses of IPv6 flows, which do not fit into a record: eight words a flow, found by index.

import { ipv6TextOf } from '../wire/text.ts';

const WORDS = 8;
const FIRST_PAIRS = 1_024;

export class V6Pairs {
  #words = new Int32Array(FIRST_PAIRS * WORDS);
  #used = 0;
  readonly #free: number[] = [];

  /** The index of a new pair, whose addresses stand at `low` and `high`. */
  add(view: DataView, low: number, high: number): number {
    const index = this.#free.pop() ?? this.#used++;
    const w = index * WORDS;
    if (w === this.#words.length) {
      const larger = new Int32Array(w * 2);
      larger.set(this.#words);
      this.#words = larger;
    }
    for (let i = 0; i < 4; i++) {
      this.#words[w + i] = view.getInt32(low + 4 * i);
      this.#words[w + 4 + i] = view.getInt32(high + 4 * i);
    }
    return index;
  }

  equal(index: number, view: DataView, low: number, high: number): boolean {
    const words = this.#words;
    const w = index * WORDS;
    for (let i = 0; i < 4; i++) {
      if (words[w + i] !== view.getInt32(low + 4 * i) || words[w + 4 + i] !== view.getInt32(high + 4 * i)) return false;
    }
    return true;
  }

  text(index: number, low: boolean): string {
    const words = this.#words;
    const w = index * WORDS + (low ? 0 : 4);
    return ipv6TextOf(words[w]!, words[w + 1]!, words[w + 2]!, words[w + 3]!);
  }

  release(index: number): void {
    this.#free.push(index);
  }
}
