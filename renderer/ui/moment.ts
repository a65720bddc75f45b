// Times and numbers as the person chose to read them. Technical values keep Latin digits; prose has the language's own.

import { useStore } from 'zustand';
import { type Settings, settings } from '../app/settings.ts';
import { LANGUAGE_FACTS } from './language.ts';

/** Decimal seconds since the epoch, as results have them, to a double. Exact to about a microsecond. */
export function epochSeconds(time: string): number {
  return Number(time);
}

const SECOND = 1_000;

function pad(value: number, digits = 2): string {
  return String(value).padStart(digits, '0');
}

/** `14:03:05.250`, in UTC or this computer's zone. */
function wall(date: Date, utc: boolean, digits: number): string {
  const hours = utc ? date.getUTCHours() : date.getHours();
  const minutes = utc ? date.getUTCMinutes() : date.getMinutes();
  const seconds = utc ? date.getUTCSeconds() : date.getSeconds();
  const text = `${pad(hours)}:${pad(minutes)}:${pad(seconds)}`;
  const milliseconds = pad(utc ? date.getUTCMilliseconds() : date.getMilliseconds(), 3);
  return digits === 0 ? text : `${text}.${milliseconds.slice(0, digits)}`;
}

function day(date: Date, utc: boolean): string {
  return utc
    ? `${date.getUTCFullYear()}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}`
    : `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

/** `+12.345 s` since the first frame. */
export function relative(offset: number, digits = 3): string {
  return `${offset < 0 ? '−' : '+'}${Math.abs(offset).toFixed(digits)} s`;
}

export interface Clock {
  /** Of the zone, always printed beside times: `UTC`, `UTC+3`, `+0 s`. */
  readonly zone: string;
  /** Time of day of seconds since the epoch; `digits` of a second, at most 3. */
  readonly time: (epoch: number, digits?: number) => string;
  readonly day: (epoch: number) => string;
}

/** `start`: seconds since the epoch of the capture's first frame. */
export function clockOf(kind: Settings['clock'], start: number): Clock {
  if (kind === 'relative') {
    return { zone: '+0 s', time: (epoch, digits = 3) => relative(epoch - start, digits), day: () => '' };
  }
  const utc = kind === 'utc';
  const valid = (epoch: number): Date | null => (Math.abs(epoch) <= 8.64e12 ? new Date(epoch * SECOND) : null);
  return {
    zone: utc ? 'UTC' : zoneName(new Date(start * SECOND)),
    time: (epoch, digits = 0) => {
      const date = valid(epoch);
      return date === null ? String(epoch) : wall(date, utc, digits);
    },
    day: (epoch) => {
      const date = valid(epoch);
      return date === null ? '' : day(date, utc);
    },
  };
}

function zoneName(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  if (minutes === 0 || Number.isNaN(minutes)) return 'UTC+0';
  const hours = Math.trunc(Math.abs(minutes) / 60);
  const rest = Math.abs(minutes) % 60;
  return `UTC${minutes < 0 ? '−' : '+'}${hours}${rest === 0 ? '' : `:${pad(rest)}`}`;
}

export function useClock(start: number): Clock {
  return clockOf(
    useStore(settings, (state) => state.clock),
    start,
  );
}

/** Whole numbers in prose. */
export function useNumber(): (value: number) => string {
  const language = useStore(settings, (state) => state.language);
  const latin = useStore(settings, (state) => state.digits === 'latin');
  const format = new Intl.NumberFormat(LANGUAGE_FACTS[language].tag, latin ? { numberingSystem: 'latn' } : {});
  return (value) => format.format(value);
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** `1.2 MB`, powers of 1000, Latin digits. */
export function byteSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** `11 ms`, `2.8 s`, `4 min 10 s`. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${(seconds * 1000).toFixed(seconds < 0.01 ? 2 : 0)} ms`;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 2 : 0)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}
