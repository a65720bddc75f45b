// How far reading has come, on standard error, when that is a terminal and reading takes more than a moment.

import { basename } from 'node:path';
import type { Progress } from '../engine/analyze.ts';
import { byteSize, COLUMNS, duration, grouped, harmless } from './layout.ts';

/** Shorter readings need no bar. */
const PATIENCE_MS = 1000;
const REFRESH_MS = 200;
const BAR = 20;

export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  readonly #path: string;
  readonly #started = performance.now();
  #shown = 0;
  #isShown = false;

  constructor(stream: NodeJS.WriteStream, path: string) {
    this.#stream = stream;
    this.#path = path;
  }

  readonly update = (progress: Progress): void => {
    if (this.#stream.isTTY !== true) return;
    const now = performance.now();
    if (now - this.#started < PATIENCE_MS || now - this.#shown < REFRESH_MS) return;
    this.#shown = now;
    this.#isShown = true;
    const width = Math.min(COLUMNS, (this.#stream.columns ?? COLUMNS) - 1);
    this.#stream.write(`\r\u001b[K${progressText(this.#path, progress, (now - this.#started) / 1000).slice(0, width)}`);
  };

  clear(): void {
    if (this.#isShown) this.#stream.write('\r\u001b[K');
    this.#isShown = false;
  }
}

export function progressText(path: string, progress: Progress, seconds: number): string {
  const { bytesRead, bytesTotal, packets } = progress;
  const rate = bytesRead / Math.max(seconds, 0.001);
  const name = harmless(basename(path)).slice(-24);
  const counted = `${byteSize(Math.round(rate))}/s  ${grouped(packets)} packets  ${byteSize(bytesRead)}`;
  if (bytesTotal === null || bytesTotal === 0) return `${name}  ${counted}`;
  const share = Math.min(1, bytesRead / bytesTotal);
  const bar = '#'.repeat(Math.round(share * BAR)).padEnd(BAR, '.');
  const left = rate > 0 ? `  ${duration(Math.max(0, bytesTotal - bytesRead) / rate)} left` : '';
  // What matters most stands first: a narrow terminal cuts the end.
  return `${name} [${bar}] ${Math.floor(share * 100)} %${left}  ${counted}`;
}
