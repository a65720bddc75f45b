// Single values: from text, and what they are held against. Written by hand, without regular expressions, so that the
// time is linear whatever is typed.

import type { AddressValue, TimeValue } from './ast.ts';

function digits(text: string, most: number): number | null {
  if (text === '' || text.length > most) return null;
  let value = 0;
  for (const char of text) {
    if (char < '0' || char > '9') return null;
    value = value * 10 + Number(char);
  }
  return value;
}

/** Digits with at most one point among them. */
export function decimal(text: string): { value: number; decimals: number } | null {
  const [whole = '', fraction, ...more] = text.split('.');
  if (more.length > 0 || digits(whole, 15) === null) return null;
  if (fraction !== undefined && digits(fraction, 9) === null) return null;
  return { value: Number(text), decimals: fraction?.length ?? 0 };
}

function hexGroup(text: string): number | null {
  if (text === '' || text.length > 4) return null;
  let value = 0;
  for (const char of text.toLowerCase()) {
    const digit = '0123456789abcdef'.indexOf(char);
    if (digit < 0) return null;
    value = value * 16 + digit;
  }
  return value;
}

function ipv4(text: string): number[] | null {
  const parts = text.split('.');
  if (parts.length !== 4) return null;
  const bytes: number[] = [];
  for (const part of parts) {
    const value = digits(part, 3);
    if (value === null || value > 255) return null;
    bytes.push(value);
  }
  return bytes;
}

/** RFC 4291 §2.2. */
function ipv6(text: string): number[] | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const groups = (half: string): number[] | null => {
    if (half === '') return [];
    const bytes: number[] = [];
    const parts = half.split(':');
    for (const [index, part] of parts.entries()) {
      if (index === parts.length - 1 && part.includes('.')) {
        const tail = ipv4(part);
        if (tail === null) return null;
        bytes.push(...tail);
        continue;
      }
      const group = hexGroup(part);
      if (group === null) return null;
      bytes.push(group >> 8, group & 255);
    }
    return bytes;
  };
  const head = groups(halves[0]!);
  const tail = halves.length === 2 ? groups(halves[1]!) : [];
  if (head === null || tail === null) return null;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 2 ? missing < 2 : missing !== 0) return null;
  return [...head, ...new Array<number>(missing).fill(0), ...tail];
}

export function addressBytes(text: string): number[] | null {
  if (text.length > 45) return null;
  return text.includes(':') ? ipv6(text) : ipv4(text);
}

/** An address, or a prefix in CIDR notation. */
export function addressValue(text: string): AddressValue | null {
  const slash = text.indexOf('/');
  const bytes = addressBytes(slash < 0 ? text : text.slice(0, slash));
  if (bytes === null) return null;
  const all = bytes.length * 8;
  const bits = slash < 0 ? all : digits(text.slice(slash + 1), 3);
  return bits === null || bits > all ? null : { bytes, bits };
}

export function covers(prefix: AddressValue, bytes: readonly number[]): boolean {
  if (bytes.length !== prefix.bytes.length) return false;
  for (let index = 0; 8 * index < prefix.bits; index++) {
    const rest = prefix.bits - 8 * index;
    const mask = rest >= 8 ? 255 : 255 & ~(255 >> rest);
    if ((bytes[index]! & mask) !== (prefix.bytes[index]! & mask)) return false;
  }
  return true;
}

/** A name without the dots and stars around it, in lower case; null where it cannot be one. */
export function domainValue(text: string): string | null {
  let name = text.toLowerCase();
  if (name.startsWith('*.')) name = name.slice(2);
  else if (name.startsWith('.')) name = name.slice(1);
  if (name.endsWith('.')) name = name.slice(0, -1);
  if (name === '' || name.length > 253) return null;
  for (const label of name.split('.')) {
    if (label === '' || label.length > 63) return null;
    for (const char of label) {
      const plain = (char >= 'a' && char <= 'z') || (char >= '0' && char <= '9') || char === '-' || char === '_';
      // Beyond ASCII as it is typed and read; punycode.ts makes of it what is on the wire.
      if (!plain && char <= '\u007f') return null;
    }
  }
  return name;
}

export function below(name: string, domain: string): boolean {
  const lower = name.toLowerCase();
  const plain = lower.endsWith('.') ? lower.slice(0, -1) : lower;
  return plain === domain || plain.endsWith(`.${domain}`);
}

const SIZES: readonly (readonly [string, number])[] = [
  ['kib', 1024],
  ['mib', 1024 ** 2],
  ['gib', 1024 ** 3],
  ['kb', 1e3],
  ['mb', 1e6],
  ['gb', 1e9],
  ['k', 1e3],
  ['m', 1e6],
  ['g', 1e9],
  ['b', 1],
];

const DURATIONS: readonly (readonly [string, number])[] = [
  ['ms', 1e-3],
  ['us', 1e-6],
  ['s', 1],
  ['m', 60],
  ['h', 3600],
];

/** Fifteen digits are exact, and are read back. */
const LARGEST = 1e15;

function withUnit(text: string, units: readonly (readonly [string, number])[]): number | null {
  const lower = text.toLowerCase();
  const [unit, factor] = units.find(([ending]) => lower.endsWith(ending)) ?? ['', 1];
  const number = decimal(lower.slice(0, lower.length - unit.length));
  if (number === null) return null;
  // 200 ms is 0.2 s and not 0.2000000000000000111
  const value = factor < 1 ? number.value / Math.round(1 / factor) : number.value * factor;
  return value < LARGEST ? value : null;
}

export const sizeValue = (text: string): number | null => withUnit(text, SIZES);
export const durationValue = (text: string): number | null => withUnit(text, DURATIONS);
export const wholeNumber = (text: string): number | null => digits(text, 15);

/** `14:02`, `14:02:03.5` */
function clock(text: string): { seconds: number; unit: number } | null {
  const parts = text.split(':');
  if (parts.length < 2 || parts.length > 3) return null;
  const hours = digits(parts[0]!, 2);
  const minutes = digits(parts[1]!, 2);
  const rest = parts.length === 3 ? decimal(parts[2]!) : { value: 0, decimals: -1 };
  if (hours === null || minutes === null || rest === null) return null;
  if (hours > 23 || minutes > 59 || parts[1]!.length !== 2 || rest.value >= 60) return null;
  return { seconds: 3600 * hours + 60 * minutes + rest.value, unit: rest.decimals < 0 ? 60 : 10 ** -rest.decimals };
}

const DAY = 86_400;

/** Seconds since the epoch at the beginning of a day; null where there is no such day. */
function date(text: string): number | null {
  const parts = text.split('-');
  const [year, month, day] = parts.map((part) => digits(part, 4) ?? -1);
  if (parts.length !== 3 || parts[0]!.length !== 4 || parts[1]!.length !== 2 || parts[2]!.length !== 2) return null;
  const time = Date.UTC(year!, month! - 1, day!);
  const back = new Date(time);
  const same = back.getUTCFullYear() === year && back.getUTCMonth() + 1 === month && back.getUTCDate() === day;
  return same && year! >= 100 ? time / 1000 : null;
}

/**
 * `+12.5s` since the first frame, `14:02` UTC on any day, `2018-04-16`, `2018-04-16T14:02:03Z`, `@1523887323.5` since the
 * epoch.
 */
export function timeValue(text: string): TimeValue | null {
  if (text.startsWith('+')) {
    const seconds = durationValue(text.slice(1));
    if (seconds === null) return null;
    const point = text.indexOf('.');
    let decimals = 0;
    while (point >= 0 && text[point + 1 + decimals]! >= '0' && text[point + 1 + decimals]! <= '9') decimals++;
    const one = durationValue(`1${unitOf(text.slice(1))}`)!;
    return { from: 'start', seconds, unit: one / 10 ** decimals, text: text.toLowerCase() };
  }
  if (text.startsWith('@')) {
    const number = decimal(text.slice(1));
    return number && { from: 'epoch', seconds: number.value, unit: 10 ** -number.decimals, text };
  }
  const upper = text.toUpperCase();
  const at = upper.indexOf('T');
  const day = date(at < 0 ? upper : upper.slice(0, at));
  if (day !== null) {
    if (at < 0) return { from: 'epoch', seconds: day, unit: DAY, text: upper };
    const time = clock(upper.endsWith('Z') ? upper.slice(at + 1, -1) : upper.slice(at + 1));
    const canonical = upper.endsWith('Z') ? upper : `${upper}Z`;
    return time && { from: 'epoch', seconds: day + time.seconds, unit: time.unit, text: canonical };
  }
  const time = clock(text);
  return time && { from: 'midnight', ...time, text };
}

function unitOf(text: string): string {
  let at = text.length;
  while (at > 0 && (text[at - 1]! < '0' || text[at - 1]! > '9')) at--;
  return text.slice(at);
}
