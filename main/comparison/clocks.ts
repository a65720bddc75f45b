// Two clocks held against each other by packets that both captures have. Nothing is taken from what the clocks say of
// the time of day; of a path whose delays differ by direction the offset is known to half the difference.

/** One packet in both captures: nanoseconds since the first frame of each. */
export interface Instant {
  readonly a: number;
  readonly b: number;
  /** It travelled from A to B. */
  readonly fromA: boolean;
}

export interface Alignment {
  /** What the clock of B shows beyond that of A, nanoseconds, at `at` of A and B together. */
  readonly offset: number;
  /** Seconds that B gains in a second. */
  readonly drift: number;
  readonly at: number;
  readonly matched: number;
  /** Median distance of a packet from the line, nanoseconds: jitter, steps of a clock. */
  readonly spread: number;
  /** The way there and back between the two captures, at its least; null where one direction was seen. */
  readonly roundTrip: number | null;
}

/** Points that the fit takes; more would not move a median. */
const MAX_POINTS = 240;
/** Below this span, nanoseconds, a drift cannot be told from jitter. */
const MIN_SPAN = 20e9;

export function alignClocks(instants: readonly Instant[]): Alignment | null {
  if (instants.length === 0) return null;
  const there = points(instants.filter(({ fromA }) => fromA));
  const back = points(instants.filter(({ fromA }) => !fromA));
  const slopes = [...slopesOf(there), ...slopesOf(back)];
  const drift = slopes.length >= 20 ? median(slopes) : 0;
  const all = [...there, ...back];
  const at = median(all.map(({ x }) => x));
  const level = (list: readonly Point[]): number[] => list.map(({ x, y }) => y - drift * (x - at));
  const [out, home] = [level(there), level(back)];
  // The least delayed packets of either direction differ from the clocks by the way alone (RFC 5905 §8)
  const least = edge(out);
  const most = edge(home.map((y) => -y));
  const latest = most === null ? null : -most;
  const offset = least !== null && latest !== null ? (least + latest) / 2 : (least ?? latest)!;
  const middle = [out.length > 0 ? median(out) : 0, home.length > 0 ? median(home) : 0] as const;
  const distances = [...out.map((y) => Math.abs(y - middle[0])), ...home.map((y) => Math.abs(y - middle[1]))];
  return {
    offset,
    drift,
    at,
    matched: instants.length,
    spread: median(distances),
    roundTrip: least !== null && latest !== null ? Math.max(0, least - latest) : null,
  };
}

/** A time of A on the clock of B. */
export function onB(alignment: Alignment, a: number): number {
  return a + offsetAt(alignment, a, alignment.offset / 2);
}

/** A time of B on the clock of A. */
export function onA(alignment: Alignment, b: number): number {
  return b - offsetAt(alignment, b, -alignment.offset / 2);
}

function offsetAt({ offset, drift, at }: Alignment, time: number, toMiddle: number): number {
  return offset + drift * (time + toMiddle - at);
}

interface Point {
  /** Half-way between the two clocks, so that neither is the one the other is measured by. */
  readonly x: number;
  readonly y: number;
}

/** So far from the rest, nanoseconds, at the least, is a packet that a wrong match or a clock set anew put there. */
const WRONG = 1e9;

/** Of each stretch of time the packets spread evenly, so that a burst does not outvote the rest. */
function points(instants: readonly Instant[]): Point[] {
  const found = instants.map(({ a, b }) => ({ x: (a + b) / 2, y: b - a }));
  const middle = median(found.map(({ y }) => y));
  const far = Math.max(WRONG, 6 * median(found.map(({ y }) => Math.abs(y - middle))));
  const all = found.filter(({ y }) => Math.abs(y - middle) <= far).sort((p, q) => p.x - q.x || p.y - q.y);
  if (all.length <= MAX_POINTS) return all;
  const step = (all.length - 1) / (MAX_POINTS - 1);
  return Array.from({ length: MAX_POINTS }, (_, index) => all[Math.round(index * step)]!);
}

/** The least, but for the twentieth part below, which a clock that was set meanwhile or a wrong match may hold. */
function edge(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 20)]!;
}

/** Theil–Sen: the median of the slopes between pairs, which a third of wrong points cannot move far. */
function slopesOf(list: readonly Point[]): number[] {
  const slopes: number[] = [];
  const span = list.length > 0 ? list.at(-1)!.x - list[0]!.x : 0;
  if (span < MIN_SPAN) return slopes;
  for (let first = 0; first < list.length; first++) {
    for (let second = first + 1; second < list.length; second++) {
      const run = list[second]!.x - list[first]!.x;
      // Neighbours say more of jitter than of drift
      if (run >= span / 3) slopes.push((list[second]!.y - list[first]!.y) / run);
    }
  }
  return slopes;
}

export function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
