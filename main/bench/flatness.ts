// Whether memory stays flat while a capture runs on: judged from samples of it, one a second.

/** What may still be filled after the start: columns that double, compiled code, what findings are told by. */
export const ALLOWED_GROWTH_MB = 48;
/**
 * Seconds at the beginning that do not count, and their share of a long run: idle flows stay two minutes, and what is
 * kept of one target fills in five.
 */
const WARM_UP = 40;
const WARM_UP_SHARE = 1 / 6;
/** The collector lets garbage stand for a while: of so many samples the least counts. */
const WINDOW = 15;

export interface Flatness {
  readonly isFlat: boolean;
  /** MiB after the start, at the end, and most. */
  readonly first: number;
  readonly last: number;
  readonly peak: number;
}

/** Throws where there are too few samples to tell. */
export function flatness(samples: readonly number[]): Flatness {
  const counted = samples.slice(Math.max(WARM_UP, Math.floor(samples.length * WARM_UP_SHARE)));
  if (counted.length < 3 * WINDOW) throw new Error(`${samples.length} seconds are too few to tell`);
  const first = Math.min(...counted.slice(0, WINDOW));
  const last = Math.min(...counted.slice(-WINDOW));
  return { isFlat: last - first <= ALLOWED_GROWTH_MB, first, last, peak: Math.max(...samples) };
}
