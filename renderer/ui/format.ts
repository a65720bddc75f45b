// Numbers, times and frame lists as text. Results come from anywhere: nothing here throws, whatever a value is.

const grouping = new Intl.NumberFormat('en');

export function grouped(value: number): string {
  return grouping.format(value);
}

export function count(value: number, one: string, many = `${one}s`): string {
  return `${grouped(value)} ${value === 1 ? one : many}`;
}

/** Milliseconds since the epoch, null where no date has them. A double keeps a microsecond of today's times. */
export function milliseconds(time: string): number | null {
  const value = Number(time) * 1000;
  return Math.abs(value) <= 8.64e15 ? value : null;
}

/** `2018-04-17 08:52:03.250`, UTC; the value itself where it is no date. */
export function clock(time: string): string {
  const value = milliseconds(time);
  return value === null ? time.slice(0, 32) : new Date(value).toISOString().replace('T', ' ').slice(0, -1);
}

export function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** `117-119, 129`, and how many frames more there are beyond `limit` runs. */
export function frameRuns(frames: readonly number[], limit = 8): { readonly text: string; readonly more: number } {
  const sorted = [...new Set(frames)].sort((a, b) => a - b);
  const runs: { from: number; to: number }[] = [];
  for (const frame of sorted) {
    const last = runs.at(-1);
    if (last !== undefined && last.to === frame - 1) last.to = frame;
    else runs.push({ from: frame, to: frame });
  }
  const shown = runs.slice(0, limit).map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`));
  const more = runs.slice(limit).reduce((sum, { from, to }) => sum + to - from + 1, 0);
  return { text: shown.join(', '), more };
}

/**
 * Control characters and those that turn the direction of writing, made visible: a name in a capture is the
 * interferer's to choose, and must not rearrange the sentence it stands in.
 */
export function visible(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Every string in a value made visible. */
export function visibleAll<T>(value: T): T {
  if (typeof value === 'string') return visible(value) as T;
  if (Array.isArray(value)) return value.map(visibleAll) as T;
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [visible(key), visibleAll(inner)])) as T;
  }
  return value;
}
