// Time to pixels and back. Long stretches in which nothing was recorded are folded into strips of a fixed width.

export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export interface Fold extends Stretch {
  readonly x: number;
  readonly width: number;
}

export interface Scale extends Stretch {
  readonly width: number;
  readonly folds: readonly Fold[];
  readonly x: (time: number) => number;
  readonly time: (x: number) => number;
}

/** Width of a fold in pixels. */
export const FOLD = 24;

/** Times in seconds, `width` in pixels. `gaps` lie inside, in order and apart. */
export function makeScale(from: number, to: number, width: number, gaps: readonly Stretch[] = []): Scale {
  const idle = gaps.reduce((sum, gap) => sum + gap.to - gap.from, 0);
  const room = Math.max(1, width - gaps.length * FOLD);
  const perSecond = room / Math.max(to - from - idle, 1e-9);
  const folds: Fold[] = [];
  let end = from;
  let x = 0;
  for (const gap of gaps) {
    x += (gap.from - end) * perSecond;
    folds.push({ ...gap, x, width: FOLD });
    x += FOLD;
    end = gap.to;
  }
  return {
    from,
    to,
    width,
    folds,
    x: (time) => {
      let at = 0;
      let start = from;
      for (const fold of folds) {
        if (time < fold.from) break;
        if (time <= fold.to) return fold.x + ((time - fold.from) / (fold.to - fold.from)) * fold.width;
        at = fold.x + fold.width;
        start = fold.to;
      }
      return at + (time - start) * perSecond;
    },
    time: (px) => {
      let at = 0;
      let start = from;
      for (const fold of folds) {
        if (px < fold.x) break;
        if (px <= fold.x + fold.width) return fold.from + ((px - fold.x) / fold.width) * (fold.to - fold.from);
        at = fold.x + fold.width;
        start = fold.to;
      }
      return start + (px - at) / perSecond;
    },
  };
}

/** A stretch is folded when it is idle for this part of the window; never more than some of them. */
const LEAST_PART = 0.12;
const MOST_FOLDS = 4;

/** Idle stretches of a window worth folding: `counts` are the packets of equal parts of it, `kept` times that stay. */
export function idleStretches(
  window: Stretch,
  counts: ArrayLike<number>,
  kept: readonly number[] = [],
): readonly Stretch[] {
  const step = (window.to - window.from) / Math.max(counts.length, 1);
  const isKept = new Set(kept.map((time) => Math.floor((time - window.from) / step)));
  const found: Stretch[] = [];
  let start = -1;
  for (let i = 0; i <= counts.length; i++) {
    const idle = i < counts.length && counts[i] === 0 && !isKept.has(i);
    if (idle && start < 0) start = i;
    if (idle || start < 0) continue;
    // A part of quiet stays on either side, so that what comes before and after does not touch the fold
    const stretch = { from: window.from + (start + 1) * step, to: window.from + (i - 1) * step };
    if (stretch.to - stretch.from > (window.to - window.from) * LEAST_PART) found.push(stretch);
    start = -1;
  }
  return found
    .sort((a, b) => b.to - b.from - (a.to - a.from))
    .slice(0, MOST_FOLDS)
    .sort((a, b) => a.from - b.from);
}

const STEPS = [
  1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10,
  15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800, 604800, 2592000,
];
const LEAST_TICK_DISTANCE = 84;

export interface Tick {
  readonly time: number;
  readonly x: number;
}

/** Round times along the scale, `start` being the epoch second of time 0; `digits` of a second that tell them apart. */
export function axisTicks(scale: Scale, start: number): { readonly ticks: readonly Tick[]; readonly digits: number } {
  const folded = scale.folds.reduce((sum, fold) => sum + fold.to - fold.from, 0);
  const perPixel = (scale.to - scale.from - folded) / Math.max(scale.width - scale.folds.length * FOLD, 1);
  const step = STEPS.find((candidate) => candidate / perPixel >= LEAST_TICK_DISTANCE) ?? STEPS.at(-1)!;
  const digits = step >= 1 ? 0 : Math.min(3, Math.ceil(-Math.log10(step) - 1e-9));
  const ticks: Tick[] = [];
  // Multiples of the step in wall-clock time, counted from one near by so that doubles keep them exact enough
  const unit = Math.max(step, 1);
  const base = Math.floor(start / unit) * unit;
  const first = Math.ceil((scale.from + start - base) / step);
  for (let i = first; ticks.length < 200; i++) {
    const time = i * step - (start - base);
    if (time > scale.to) break;
    const fold = scale.folds.find(({ from, to }) => time > from && time < to);
    if (fold !== undefined) {
      i = Math.max(i, Math.ceil((fold.to + start - base) / step) - 1);
      continue;
    }
    const x = scale.x(time);
    // A label beside a fold would be cut by it
    if (scale.folds.some((strip) => x > strip.x - 30 && x < strip.x + strip.width + 30)) continue;
    ticks.push({ time, x });
  }
  return { ticks, digits };
}

/** A window moved and held inside the whole, never narrower than a microsecond. */
export function clampedWindow(window: Stretch, whole: Stretch): Stretch {
  const width = Math.min(Math.max(window.to - window.from, 1e-6), whole.to - whole.from);
  const from = Math.min(Math.max(window.from, whole.from), whole.to - width);
  return { from, to: from + width };
}

/** Zoomed by a factor below or above 1 around a time that stays where it is. */
export function zoomed(window: Stretch, factor: number, around: number, whole: Stretch): Stretch {
  return clampedWindow(
    { from: around - (around - window.from) * factor, to: around + (window.to - around) * factor },
    whole,
  );
}
