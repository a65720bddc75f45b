// Traffic of an interface over the last minute, out of the system's counters. They only grow, so a rate is the
// difference of two of them; a counter that fell began anew.

/** Seconds that are shown, and a little more, so that the line leaves at the edge. */
export const SPAN_S = 60;
/** Below this many bytes a second at the top, quiet chatter would look like a download. */
const LEAST_TOP = 2_000;

export interface Rate {
  /** Seconds, of any clock that only counts. */
  readonly at: number;
  readonly bytesPerSecond: number;
}

export interface Traffic {
  readonly last: { readonly at: number; readonly bytes: number } | null;
  readonly rates: readonly Rate[];
}

export const NO_TRAFFIC: Traffic = { last: null, rates: [] };

/** `bytes` since the machine started, both directions. */
export function withCount(before: Traffic, at: number, bytes: number): Traffic {
  const { last } = before;
  const seconds = last === null ? 0 : at - last.at;
  if (last !== null && seconds <= 0) return before;
  const rates =
    last === null || bytes < last.bytes
      ? before.rates
      : [...before.rates, { at, bytesPerSecond: (bytes - last.bytes) / seconds }];
  return { last: { at, bytes }, rates: rates.filter((rate) => rate.at > at - SPAN_S - 2) };
}

/** The latest; null before two counts were read. */
export function rateNow({ last, rates }: Traffic): number | null {
  const latest = rates.at(-1);
  return latest === undefined || latest.at !== last?.at ? null : latest.bytesPerSecond;
}

export interface Spark {
  readonly line: string;
  readonly area: string;
}

/** Paths in a box; the right edge is now. Null where there is nothing to draw yet. */
export function sparkOf({ last, rates }: Traffic, width: number, height: number): Spark | null {
  if (last === null || rates.length < 2) return null;
  const top = Math.max(LEAST_TOP, ...rates.map(({ bytesPerSecond }) => bytesPerSecond));
  const place = ({ at, bytesPerSecond }: Rate): string => {
    const x = Math.max(0, width - ((last.at - at) / SPAN_S) * width);
    return `${x.toFixed(1)} ${(height - 1 - (bytesPerSecond / top) * (height - 2)).toFixed(1)}`;
  };
  const places = rates.map(place);
  const line = `M${places.join('L')}`;
  const [start, end] = [places[0]!.split(' ')[0]!, places.at(-1)!.split(' ')[0]!];
  return { line, area: `${line}L${end} ${height}L${start} ${height}Z` };
}
