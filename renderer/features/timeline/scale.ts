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
/** Part of the window left open on either side of a fold: a mark at its edge has room. */
const QUIET = 0.016;

export interface Counts extends Stretch {
  /** Packets of equal parts of it. */
  readonly packets: ArrayLike<number>;
}

/** Idle stretches of a window worth folding. The counts may be those of more than the window; `kept` are times that stay. */
export function idleStretches(window: Stretch, counts: Counts, kept: readonly number[] = []): readonly Stretch[] {
  const { packets } = counts;
  const step = (counts.to - counts.from) / Math.max(packets.length, 1);
  const part = (time: number): number => Math.floor((time - counts.from) / step);
  const first = Math.max(0, part(window.from));
  const end = Math.min(packets.length, Math.ceil((window.to - counts.from) / step));
  const quiet = Math.max(step, (window.to - window.from) * QUIET);
  const isKept = new Set(kept.map(part));
  const found: Stretch[] = [];
  let start = -1;
  for (let i = first; i <= end; i++) {
    const idle = i < end && packets[i] === 0 && !isKept.has(i);
    if (idle && start < 0) start = i;
    if (idle || start < 0) continue;
    const stretch = {
      from: Math.max(window.from, counts.from + start * step + quiet),
      to: Math.min(window.to, counts.from + i * step - quiet),
    };
    // A window that is idle throughout is not folded away
    const isAll = start === first && i === end;
    if (!isAll && stretch.to - stretch.from > (window.to - window.from) * LEAST_PART) found.push(stretch);
    start = -1;
  }
  return found
    .sort((a, b) => b.to - b.from - (a.to - a.from))
    .slice(0, MOST_FOLDS)
    .sort((a, b) => a.from - b.from);
}

/** A scale on its way from one to another, `part` of it done: what is drawn by it slides. */
export function between(a: Scale, b: Scale, part: number): Scale {
  const mix = (x: number, y: number): number => x + (y - x) * part;
  const x = (time: number): number => mix(a.x(time), b.x(time));
  return {
    from: mix(a.from, b.from),
    to: mix(a.to, b.to),
    width: b.width,
    folds: b.folds.map((fold) => {
      const at = x(fold.from);
      return { ...fold, x: at, width: x(fold.to) - at };
    }),
    x,
    time: b.time,
  };
}

const STEPS = [
  1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10,
  15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800, 604800, 2592000,
];
const LEAST_TICK_DISTANCE = 84;

export interface Tick {
  readonly time: number;
  readonly x: number;
  /** On a whole unit: a minute among seconds, a second among its parts. */
  readonly major: boolean;
}

export interface Axis {
  readonly ticks: readonly Tick[];
  /** Seconds between two ticks. */
  readonly step: number;
  /** Of a second, that tell them apart. */
  readonly digits: number;
}

/** Round times along the scale, `start` being the epoch second of time 0. */
export function axisTicks(scale: Scale, start: number): Axis {
  const folded = scale.folds.reduce((sum, fold) => sum + fold.to - fold.from, 0);
  const perPixel = (scale.to - scale.from - folded) / Math.max(scale.width - scale.folds.length * FOLD, 1);
  const step = STEPS.find((candidate) => candidate / perPixel >= LEAST_TICK_DISTANCE) ?? STEPS.at(-1)!;
  const digits = step >= 1 ? 0 : Math.min(3, Math.ceil(-Math.log10(step) - 1e-9));
  const whole = step < 1 ? 1 : step < 60 ? 60 : step;
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
    const rest = (base + i * step) / whole;
    ticks.push({ time, x: scale.x(time), major: Math.abs(rest - Math.round(rest)) * whole < step / 2 });
  }
  return { ticks, step, digits };
}

/** Half of what a label needs at most, and a little more beside a fold. */
const HALF_LABEL = 30;

/**
 * Text of a tick out of its full time of day: the whole time on whole units and on the first of all where there are
 * none, `:30` or `.5` between them. Null where a fold stands in the way.
 */
export function tickLabel({ ticks, step }: Axis, at: number, full: string, folds: readonly Fold[]): string | null {
  const { x, major } = ticks[at]!;
  if (folds.some((fold) => x > fold.x - HALF_LABEL && x < fold.x + fold.width + HALF_LABEL)) return null;
  const isWall = /^\d\d:\d\d:\d\d/.test(full);
  if (!isWall || (at === 0 && !ticks.some((tick) => tick.major))) return full;
  if (step >= 60) return full.slice(0, 5);
  if (step >= 1) return major ? full.slice(0, 5) : full.slice(5, 8);
  return major ? full.slice(0, 8) : full.slice(8);
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

/** Room after the latest packet, so that *now* is seen to advance. */
const LEAD = 0.04;
/** Parts of the whole by which it grows: a picture a packet would be too many. */
const GROWTHS = 400;

/** The whole of a live capture, with that room, in steps. */
export function growing({ from, to }: Stretch): Stretch {
  const step = 2 ** Math.ceil(Math.log2(Math.max((to - from) / GROWTHS, 0.25)));
  return { from, to: Math.ceil((to * (1 + LEAD)) / step) * step };
}

/** While following, a window keeps its width and ends where the capture does. */
export function settledWindow(range: Stretch | null, whole: Stretch, follows: boolean): Stretch {
  if (range === null) return whole;
  return clampedWindow(follows ? { from: whole.to - (range.to - range.from), to: whole.to } : range, whole);
}
