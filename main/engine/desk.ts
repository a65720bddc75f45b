// What the worker of an open capture does beside reading it, whether it is a file or live: it answers what tables and
// views ask, and tells what changed since the judgement before.

import { type FromWorker, Judgements, type ToWorker } from './capture-job.ts';
import { CaptureQueries, QueryFailure, type ReportInput } from './capture-queries.ts';
import type { Catalog } from './catalog.ts';
import type { Rereading } from './rereading.ts';

export class Desk {
  readonly #queries: CaptureQueries;
  readonly #tell: (message: FromWorker) => void;
  readonly #judgements = new Judgements();
  readonly #running = new Map<number, AbortController>();

  constructor(catalog: Catalog, rereading: Rereading, tell: (message: FromWorker) => void) {
    this.#queries = new CaptureQueries(catalog, rereading);
    this.#tell = tell;
  }

  on(message: ToWorker): void {
    if (message.type === 'cancel') this.#running.get(message.id)?.abort();
    else if (message.type === 'query') void this.#answer(message);
  }

  judged(report: ReportInput): void {
    const { analysis } = report;
    this.#queries.judged(report);
    for (const judged of this.#judgements.next(analysis)) this.#tell({ type: 'judged', judged });
  }

  async #answer({ id, name, params }: Extract<ToWorker, { type: 'query' }>): Promise<void> {
    const stop = new AbortController();
    this.#running.set(id, stop);
    try {
      this.#tell({ type: 'answer', id, result: await this.#queries.answer(name, params, stop.signal) });
    } catch (error) {
      if (error instanceof QueryFailure) this.#tell({ type: 'failed', id, code: error.code, params: error.params });
      else
        this.#tell({
          type: 'failed',
          id,
          code: 'defect',
          params: { error: error instanceof Error ? error.message : String(error) },
        });
    } finally {
      this.#running.delete(id);
    }
  }
}
