// One capture file analyzed: the engine runs in a worker, while this thread hashes the file and stays free for signals.

import { Worker } from 'node:worker_threads';
import { hashFile } from '../capture-file/source.ts';
import type { Report } from '../incident/compose.ts';
import type { EngineOptions } from './engine.ts';

export interface Progress {
  readonly bytesRead: number;
  /** Null where it is not known: standard input. */
  readonly bytesTotal: number | null;
  readonly packets: number;
}

export interface AnalyzeOptions extends EngineOptions {
  /** SHA-256 of the file as it is on disk; read alongside. Default true. */
  readonly hash?: boolean;
  /** Aborting gives what was found so far, marked incomplete. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** To the worker. */
export interface Job {
  readonly path: string;
  readonly options: EngineOptions;
  /** First element 1: stop. */
  readonly cancel: Int32Array;
}

/** From the worker. */
export type JobMessage = { readonly progress: Progress } | { readonly report: Report } | { readonly failure: string };

/** What is allocated for each flow dies young or lives long: a larger nursery only costs memory. */
const YOUNG_GENERATION_MB = 12;
/**
 * Below 2 GB the heap may double between two full collections, above it grow fourfold: what a scan of millions of flows
 * leaves behind would stay.
 */
const OLD_GENERATION_MB = 2_000;

let worker: Worker | null = null;

/** One worker serves all captures, one after the other; it does not keep the process alive. */
function sharedWorker(): Worker {
  if (worker === null) {
    // Without execArgv the worker inherits flags such as --input-type, and dies of them
    worker = new Worker(new URL('./worker.js', import.meta.url), {
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB, maxOldGenerationSizeMb: OLD_GENERATION_MB },
    });
    worker.unref();
  }
  return worker;
}

/**
 * Analyzes the capture at `path`, `-` being standard input. Never fails on what is in the file or on a file that cannot
 * be read: that is the `error` of the analysis. Rejects only on a defect of this program.
 */
export async function analyzeFile(path: string, options: AnalyzeOptions = {}): Promise<Report> {
  const { hash = true, signal, onProgress, ...engineOptions } = options;
  const cancel = new Int32Array(new SharedArrayBuffer(4));
  const abort = (): void => void Atomics.store(cancel, 0, 1);
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const [report, digest] = await Promise.all([
      run({ path, options: engineOptions, cancel }, onProgress),
      hash && path !== '-' ? hashFile(path) : null,
    ]);
    if (typeof digest === 'string') report.analysis.capture.sha256 = digest;
    return report;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/** Fulfilled when the worker is free. */
let free: Promise<unknown> = Promise.resolve();

/** Its messages name no job, so each waits for the one before it. */
function run(job: Job, onProgress: AnalyzeOptions['onProgress']): Promise<Report> {
  const report = free.then(() => runNow(job, onProgress));
  free = report.catch(() => {});
  return report;
}

function runNow(job: Job, onProgress: AnalyzeOptions['onProgress']): Promise<Report> {
  return new Promise((resolve, reject) => {
    const target = sharedWorker();
    target.ref();
    const done = (): void => {
      target.off('message', onMessage);
      target.off('error', onError);
      target.unref();
    };
    const onMessage = (message: JobMessage): void => {
      if ('progress' in message) {
        onProgress?.(message.progress);
        return;
      }
      done();
      if ('report' in message) resolve(message.report);
      else reject(new Error(message.failure));
    };
    const onError = (error: Error): void => {
      done();
      worker = null;
      reject(error);
    };
    target.on('message', onMessage);
    target.on('error', onError);
    target.postMessage(job);
  });
}
