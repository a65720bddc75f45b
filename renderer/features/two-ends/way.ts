// Where things stand in the drawings of the two ends: a row of the ladder, and the way between the captures.

import type {
  ComparedConnection,
  ComparisonFinding,
  ComparisonLadderRow,
} from '../../../shared/contract/comparison.ts';

export const WAY = { width: 396, left: 10, right: 386, middle: 198 } as const;

export interface Arrow {
  readonly from: number;
  readonly to: number;
  /** It arrives there, with a head; else it ends on the way. */
  readonly arrives: boolean;
  /** It left from an end; else it came from somewhere between. */
  readonly leaves: boolean;
}

/** A is left whichever end it was taken at. `made`: where between them it was made, 0 at A and 1 at B. */
export function arrowOf(
  row: Pick<ComparisonLadderRow, 'a' | 'b' | 'toServer'>,
  near: ComparedConnection['near'],
  made: number | null = null,
): Arrow {
  const toRight = row.toServer === (near !== 'b');
  const [start, end] = toRight ? [WAY.left, WAY.right] : [WAY.right, WAY.left];
  const [sender, receiver] = toRight ? [row.a, row.b] : [row.b, row.a];
  // Room for the arrow, however near to an end it was made
  const share = Math.min(0.85, Math.max(0.15, made ?? 0.5));
  const between = Math.round(WAY.left + share * (WAY.right - WAY.left));
  return {
    from: sender === null ? between : start,
    to: receiver === null ? between : end,
    arrives: receiver !== null,
    leaves: sender !== null,
  };
}

/** Routers between the captures, as most connections tell; null where none does. */
export function routersBetween(connections: readonly ComparedConnection[]): number | null {
  const counts = new Map<number, number>();
  for (const { hops } of connections) {
    for (const value of [hops.toServer, hops.toClient]) {
      if (value !== null && value > 0) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }
  return [...counts].sort((x, y) => y[1] - x[1])[0]?.[0] ?? null;
}

/** Places at which packets were made, 0 at A and 1 at B. */
export function madeAt(findings: readonly ComparisonFinding[]): number[] {
  const places = new Set<number>();
  for (const { place } of findings) {
    if (place.hopsFromA === null || place.hopsFromB === null) continue;
    const all = place.hopsFromA + place.hopsFromB;
    if (all > 0) places.add(Math.round((100 * place.hopsFromA) / all) / 100);
  }
  return [...places].sort((x, y) => x - y);
}

export interface Offset {
  readonly behind: boolean;
  readonly text: string;
}

/** `3 h 12 min 0.25 s`, `41 µs`: as long as a person can take it in. */
export function offsetText(offset: string): Offset {
  const behind = offset.startsWith('-');
  const seconds = Math.abs(Number(offset));
  return { behind, text: lengthText(seconds) };
}

export function lengthText(seconds: number): string {
  if (seconds < 0.001) return `${Math.round(seconds * 1e6)} µs`;
  if (seconds < 1) return `${(seconds * 1e3).toFixed(seconds < 0.1 ? 2 : 0)} ms`;
  if (seconds < 60) return `${seconds.toFixed(3)} s`;
  const whole = Math.floor(seconds);
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3_600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [Math.round((seconds % 60) * 10) / 10, 's'],
  ];
  const from = parts.findIndex(([value]) => value > 0);
  return parts
    .slice(from, from + 3)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ');
}
