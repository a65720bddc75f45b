// Frame numbers next to each other, put together.

export interface Run {
  readonly from: number;
  readonly to: number;
}

/** The first runs, in order, and how many frames are in the others. */
export function runsOf(
  frames: readonly number[],
  limit: number,
): { readonly runs: readonly Run[]; readonly more: number } {
  const sorted = [...new Set(frames)].sort((a, b) => a - b);
  const runs: { from: number; to: number }[] = [];
  for (const frame of sorted) {
    const last = runs.at(-1);
    if (last !== undefined && last.to === frame - 1) last.to = frame;
    else runs.push({ from: frame, to: frame });
  }
  const more = runs.slice(limit).reduce((sum, { from, to }) => sum + to - from + 1, 0);
  return { runs: runs.slice(0, limit), more };
}
