// The reports of one capture: a worker of their own (main/report/report-worker.ts), which ends when it was not asked for
// a while.

import { Worker } from 'node:worker_threads';
import type {
  FromReportWorker,
  Preview,
  ReportJob,
  ReportTask,
  ToReportWorker,
  Written,
} from '../report/report-job.ts';
import { ServiceFailure } from './failures.ts';

const IDLE_MS = 120_000;

interface Waiting {
  readonly done: (result: Preview | string | Written) => void;
  readonly failed: (error: ServiceFailure) => void;
}

interface Results {
  readonly preview: Preview;
  readonly page: string;
  readonly write: Written;
}

export class ReportMaker {
  readonly #job: () => Promise<ReportJob>;
  #worker: Promise<Worker> | null = null;
  readonly #waiting = new Map<number, Waiting>();
  #tasks = 0;
  #idle: NodeJS.Timeout | null = null;

  /** `job`: asked for when the worker is started. */
  constructor(job: () => Promise<ReportJob>) {
    this.#job = job;
  }

  async ask<T extends ReportTask>(task: T, signal: AbortSignal): Promise<Results[T['type']]> {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#worker ??= this.#start();
    const worker = await this.#worker.catch((error: unknown) => {
      this.#worker = null;
      throw error;
    });
    if (signal.aborted) throw new ServiceFailure('cancelled');
    const id = ++this.#tasks;
    const send = (message: ToReportWorker): void => worker.postMessage(message);
    const onAbort = (): void => send({ id, task: null });
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await new Promise<Results[T['type']]>((resolve, reject) => {
        this.#waiting.set(id, { done: (result) => resolve(result as Results[T['type']]), failed: reject });
        send({ id, task });
      });
    } finally {
      this.#waiting.delete(id);
      signal.removeEventListener('abort', onAbort);
      if (this.#waiting.size === 0) this.#rest();
    }
  }

  async close(): Promise<void> {
    if (this.#idle !== null) clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = null;
    this.#fail('unknown-capture');
    await worker?.then((running) => running.terminate()).catch(() => {});
  }

  async #start(): Promise<Worker> {
    // Without execArgv the worker inherits flags such as --input-type, and dies of them
    const worker = new Worker(new URL('../report/report-worker.js', import.meta.url), {
      execArgv: [],
      workerData: await this.#job(),
    });
    const died = (): void => {
      this.#worker = null;
      this.#fail('engine-gone');
    };
    worker.on('message', (message: FromReportWorker) => {
      const waiting = this.#waiting.get(message.id);
      if ('code' in message) waiting?.failed(new ServiceFailure(message.code, message.params));
      else waiting?.done(message.result);
    });
    worker.on('error', died);
    worker.on('exit', died);
    return worker;
  }

  #rest(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.close(), IDLE_MS);
    this.#idle.unref();
  }

  #fail(code: 'engine-gone' | 'unknown-capture'): void {
    for (const { failed } of [...this.#waiting.values()]) failed(new ServiceFailure(code));
  }
}
