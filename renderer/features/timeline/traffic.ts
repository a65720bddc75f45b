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

export function workedMarks(seen: Seen, scale: Scale): { readonly app: string; readonly other: string } {
  const app: string[] = [];
  const other: string[] = [];
  for (const { lane, counts } of seen.worked) {
    const step = (seen.to - seen.from) / Math.max(counts.length, 1);
    const xs: number[] = [];
    for (let i = 0; i < counts.length; i++) {
      const x = counts[i] === 0 ? -1 : scale.x(seen.from + (i + 0.5) * step);
      if (x >= 0 && x <= scale.width) xs.push(x);
    }
    if (lane !== 'app') {
      other.push(...xs.map((x) => `M${x.toFixed(1)} 27v7`));
      continue;
    }
    for (let i = 0; i < xs.length; ) {
      let end = i;
      while (end + 1 < xs.length && xs[end + 1]! - xs[end]! < JOINED) end++;
      app.push(`M${xs[i]!.toFixed(1)} 15H${Math.max(xs[end]!, xs[i]! + 3).toFixed(1)}`);
      i = end + 1;
    }
  }
  return { app: app.join(''), other: other.join('') };
}
