// Numbers of a running capture as text. Technical values: Latin digits in every language.

import { byteSize } from '../../ui/moment.ts';

/** `1.2 MB/s`; a dash where nothing is known. */
export function rateText(bytesPerSecond: number | null): string {
  return bytesPerSecond === null ? '–' : `${byteSize(Math.round(bytesPerSecond))}/s`;
}

/** `00:32:14`, and `3 d 04:00:00` when it runs for days. */
export function elapsedText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const days = Math.floor(whole / 86_400);
  const parts = [Math.floor(whole / 3_600) % 24, Math.floor(whole / 60) % 60, whole % 60];
  const clock = parts.map((part) => String(part).padStart(2, '0')).join(':');
  return days === 0 ? clock : `${days} d ${clock}`;
}

/** The last part of a path, of either kind of system. */
export function fileNameOf(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

/** What makes one file of those of a ring that are there; null where all is in one file. */
export function mergeCommand(files: readonly string[]): string | null {
  const [oldest] = files;
  // As the engine numbers them
  const parts = /^(.+)_(\d{5,})(\.\w+)?$/.exec(oldest === undefined ? '' : fileNameOf(oldest));
  if (parts === null || (files.length === 1 && Number(parts[2]) === 1)) return null;
  const name = parts[1]!;
  return `mergecap -w whole.pcapng ${/^[\w.-]+$/.test(name) ? name : `"${name}"`}_*${parts[3] ?? ''}`;
}
