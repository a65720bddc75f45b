// Two capture files compared in a worker of their own, so that whoever asked stays free and can change their mind.

import { Worker } from 'node:worker_threads';
import type { Analysis, Finding } from '../../shared/contract/analysis.ts';
import type { ComparisonView } from '../../shared/contract/comparison.ts';
import type { Both, CompareOptions, NamedTarget } from './compare.ts';

export interface JobSide {
  readonly path: string;
  readonly findings: readonly Finding[];
  readonly targets: readonly NamedTarget[];
  /** Nothing of it could be read. */
  readonly failed: boolean;
}

/** What a comparison needs of the analysis of one capture. */
export function jobSide(path: string, { error, capture, findings, targets }: Analysis): JobSide {
  const named = targets.flatMap(({ domain, addresses, port, service }) =>
    service === null ? [] : [{ domain, addresses, port, service }],
  );
  return { path, findings, targets: named, failed: error !== null && capture.packets === 0 };
}

/** To the worker. */
export interface ComparisonJob {
  readonly sides: Both<JobSide>;
  readonly options: CompareOptions;
}

/** From the worker. */
export interface FromComparison {
  readonly view: ComparisonView;
}

/** Two captures' packets at most (`MAX_PACKETS`), and the flows of both. */
const OLD_GENERATION_MB = 1_000;

export class ComparisonCancelled extends Error {}

/** Rejects with ComparisonCancelled where `signal` says so, else only on a defect of this program. */
export function compareFiles(job: ComparisonJob, signal?: AbortSignal): Promise<ComparisonView> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(new ComparisonCancelled());
      return;
    }
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      // Without it the worker inherits flags such as --input-type, and dies of them
      execArgv: [],
      workerData: job,
      resourceLimits: { maxOldGenerationSizeMb: OLD_GENERATION_MB },
    });
    const stop = (): void => {
      reject(new ComparisonCancelled());
      void worker.terminate();
    };
    signal?.addEventListener('abort', stop, { once: true });
    worker.once('message', ({ view }: FromComparison) => resolve(view));
    worker.once('error', reject);
    worker.once('exit', () => {
      signal?.removeEventListener('abort', stop);
      reject(new Error('the comparison ended without a result'));
    });
  });
}
