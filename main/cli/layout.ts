// Plain text within 100 columns: wrapping, folding of long lists, units.

import { amount } from '../../shared/i18n/numbers.ts';

export const COLUMNS = 100;

/** Wraps at spaces. A word wider than the line stands alone and overflows: an address is never broken. */
export function paragraph(text: string, indent: number, first = indent): string[] {
  const lines: string[] = [];
  let line = ' '.repeat(first);
  let isEmpty = true;
  for (const word of text.split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > COLUMNS) {
      lines.push(line);
      line = ' '.repeat(indent);
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  lines.push(line);
  return lines;
}

/** A label at `indent`, then text wrapped beside it. */
export function labelled(label: string, width: number, text: string, indent: number): string[] {
  const lines = paragraph(text, indent + width);
  return [`${' '.repeat(indent)}${label.padEnd(width)}${lines[0]!.slice(indent + width)}`, ...lines.slice(1)];
}

/** The first `limit`, and how many more there are. */
export function fold<T>(items: readonly T[], limit: number): { shown: readonly T[]; more: number } {
  // One line that says "1 more" is no shorter than the one it hides.
  if (items.length <= limit + 1) return { shown: items, more: 0 };
  return { shown: items.slice(0, limit), more: items.length - limit };
}

/** `117-119, 129 and 4 more`. */
export function frameList(frames: readonly number[], limit = 6): string {
  const sorted = [...new Set(frames)].sort((a, b) => a - b);
  const runs: [number, number][] = [];
  for (const frame of sorted) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === frame - 1) last[1] = frame;
    else runs.push([frame, frame]);
  }
  const shown = runs.slice(0, limit).map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
  const rest = runs.slice(limit).reduce((sum, [from, to]) => sum + to - from + 1, 0);
  return `${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/** `frame 7`, `frames 7-9`. */
export function framesText(frames: readonly number[]): string {
  return `${new Set(frames).size === 1 ? 'frame' : 'frames'} ${frameList(frames)}`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** 1234567 as 1,234,567. */
export function grouped(count: number): string {
  return amount(count, ',');
}

export function byteSize(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]!}`;
}

export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${Math.round(seconds * 10) / 10} s`;
  const whole = Math.round(seconds);
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ];
  const from = parts.findIndex(([value]) => value > 0);
  return parts
    .slice(from, from + 2)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ');
}

/** A decimal second string of the result as `2018-04-16 10:12:03`; the zone is UTC and is said by the caller. */
export function clock(time: string): string {
  const milliseconds = Number(time.slice(0, -10)) * 1000;
  // Dates end at 8.64e15 ms (ECMA-262); a damaged file may say more.
  if (Math.abs(milliseconds) > 8.64e15) return `${time} s`;
  return new Date(milliseconds).toISOString().slice(0, -5).replace('T', ' ');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const OBEYED = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/;
const EACH_OBEYED = new RegExp(OBEYED, 'g');

/** Terminals obey what captures contain: control characters and changes of direction are shown, not sent. */
export function harmless(text: string): string {
  if (!OBEYED.test(text)) return text;
  return text.replace(EACH_OBEYED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Every string in a value made harmless. Nearly always all are, and then it is the value itself. */
export function harmlessAll<T>(value: T): T {
  if (typeof value === 'string') return harmless(value) as T;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const made = value.map(harmlessAll);
    return made.every((item, at) => Object.is(item, value[at])) ? value : (made as T);
  }
  let made: T | null = null;
  for (const key of Object.keys(value) as (keyof T)[]) {
    const inner = harmlessAll(value[key]);
    if (Object.is(inner, value[key])) continue;
    made ??= { ...value };
    made[key] = inner;
  }
  return made ?? value;
}
