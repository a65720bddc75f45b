// Bins from the engine into paths: traffic as steps, what worked as lines and ticks.

import type { CaptureView } from '../../../shared/contract/merge.ts';
import { epochSeconds } from '../../ui/moment.ts';
import type { Scale, Stretch } from './scale.ts';

/** Times of a capture with one frame, or of none yet, still need a width. */
const LEAST_SPAN = 0.001;

export function wholeOf({ head, progress, state }: CaptureView): Stretch {
  const { firstTime, lastTime } = head?.capture ?? { firstTime: null, lastTime: null };
  const known = firstTime === null || lastTime === null ? 0 : epochSeconds(lastTime) - epochSeconds(firstTime);
  const to = state === 'reading' ? Math.max(known, progress.reached) : known;
  return { from: 0, to: Math.max(Number.isFinite(to) ? to : 0, LEAST_SPAN) };
}

/** Steps whose height is the root of the count: beside a download a lone query can still be seen. */
export function densityPath(counts: ArrayLike<number>, width: number, height: number): string {
  let most = 0;
  for (let i = 0; i < counts.length; i++) most = Math.max(most, counts[i]!);
  if (most === 0) return '';
  const step = width / counts.length;
  const parts = [`M0 ${height}`];
  let last = 0;
  for (let i = 0; i < counts.length; i++) {
    const value = counts[i]!;
    const y = value === 0 ? 0 : Math.max(1, Math.round(Math.sqrt(value / most) * height));
    if (y === last) continue;
    parts.push(`H${(i * step).toFixed(1)}V${height - y}`);
    last = y;
  }
  parts.push(`H${width}V${height}Z`);
  return parts.join('');
}

interface Seen extends Stretch {
  readonly worked: readonly { readonly lane: string; readonly counts: Uint32Array }[];
}

/** Successes nearer than this many pixels are one line. */
const JOINED = 12;
/** A single one of an app is still a stroke. */
const LEAST_STROKE = 3;

export interface Worked {
  /** Stretches of pixels in which an app had successes. */
  readonly app: readonly Stretch[];
  /** Pixels with other successes. */
  readonly other: readonly number[];
}

export function workedMarks(seen: Seen, scale: Scale): Worked {
  const app: { from: number; to: number }[] = [];
  const other: number[] = [];
  for (const { lane, counts } of seen.worked) {
    const step = (seen.to - seen.from) / Math.max(counts.length, 1);
    for (let i = 0; i < counts.length; i++) {
      if (counts[i] === 0) continue;
      const x = scale.x(seen.from + (i + 0.5) * step);
      if (x < 0 || x > scale.width) continue;
      if (lane !== 'app') {
        const pixel = Math.round(x);
        if (other.at(-1) !== pixel) other.push(pixel);
        continue;
      }
      const last = app.at(-1);
      if (last !== undefined && x - last.to < JOINED) last.to = Math.max(last.to, x);
      else app.push({ from: x, to: x + LEAST_STROKE });
    }
  }
  return { app, other };
}

/** Successes inside a window, by lane: for those who hear the picture. */
export function workedCounts(seen: Seen, window: Stretch): { readonly app: number; readonly other: number } {
  const sums = { app: 0, other: 0 };
  for (const { lane, counts } of seen.worked) {
    const step = (seen.to - seen.from) / Math.max(counts.length, 1);
    for (let i = 0; i < counts.length; i++) {
      const time = seen.from + (i + 0.5) * step;
      if (time >= window.from && time <= window.to) sums[lane === 'app' ? 'app' : 'other'] += counts[i]!;
    }
  }
  return sums;
}
