// Traffic over time in a fixed number of bins, whose width doubles when the capture outgrows them, to either side.

export const BINS = 65_536;
/** Seconds: 2^-10, so that doubling stays exact. */
const FIRST_WIDTH = 1 / 1_024;

export class Histogram {
  readonly bytes = new Float64Array(BINS);
  readonly packets = new Uint32Array(BINS);
  width = FIRST_WIDTH;
  /** Seconds since the epoch at which bin 0 begins; NaN before the first frame. */
  start = Number.NaN;

  add(seconds: number, bytes: number): void {
    if (Number.isNaN(this.start)) this.start = seconds;
    let bin = Math.floor((seconds - this.start) / this.width);
    if (bin < 0 || bin >= BINS) {
      this.#reach(seconds);
      bin = Math.min(BINS - 1, Math.max(0, Math.floor((seconds - this.start) / this.width)));
    }
    this.bytes[bin]! += bytes;
    this.packets[bin]!++;
  }

  #reach(seconds: number): void {
    while (seconds < this.start || seconds >= this.start + this.width * BINS) {
      const toLeft = seconds < this.start;
      if (toLeft) this.start -= this.width * BINS;
      halve(this.bytes, toLeft);
      halve(this.packets, toLeft);
      this.width *= 2;
    }
  }

  /** Spread over `count` equal parts of [from, to), seconds since the epoch. */
  parts(
    from: number,
    to: number,
    count: number,
  ): { bytes: Uint32Array<ArrayBuffer>; packets: Uint32Array<ArrayBuffer> } {
    const bytes = new Float64Array(count);
    const packets = new Float64Array(count);
    const part = (to - from) / count;
    const first = Math.max(0, Math.floor((from - this.start) / this.width));
    const last = Math.min(BINS - 1, Math.ceil((to - this.start) / this.width));
    for (let bin = first; bin <= last; bin++) {
      if (this.packets[bin] === 0) continue;
      const left = this.start + bin * this.width;
      const begin = Math.max(left, from);
      const end = Math.min(left + this.width, to);
      if (end <= begin) continue;
      // A bin wider than a part is shared out among the parts it covers
      const lastPart = Math.min(count - 1, Math.floor((end - from) / part));
      for (let at = Math.floor((begin - from) / part); at <= lastPart; at++) {
        const share = (Math.min(end, from + (at + 1) * part) - Math.max(begin, from + at * part)) / this.width;
        if (share <= 0) continue;
        bytes[at]! += this.bytes[bin]! * share;
        packets[at]! += this.packets[bin]! * share;
      }
    }
    return { bytes: rounded(bytes), packets: rounded(packets) };
  }
}

/** Two bins become one; the new half is empty, before the old ones or behind them. */
function halve(values: Float64Array | Uint32Array, toRight: boolean): void {
  const half = BINS / 2;
  for (let i = 0; i < half; i++) values[i] = values[2 * i]! + values[2 * i + 1]!;
  if (toRight) {
    values.copyWithin(half, 0, half);
    values.fill(0, 0, half);
  } else values.fill(0, half);
}

/** Whole numbers whose sum keeps that of the parts: what is cut off is carried on. */
function rounded(values: Float64Array): Uint32Array<ArrayBuffer> {
  const out = new Uint32Array(values.length);
  let carried = 0;
  for (let i = 0; i < values.length; i++) {
    carried += values[i]!;
    const whole = Math.min(0xffff_ffff, Math.floor(carried + 1e-6));
    out[i] = whole;
    carried -= whole;
  }
  return out;
}
