// The analysis worker: reads one capture after the other and answers with a report for each.

import { parentPort } from 'node:worker_threads';
import { drive } from '../capture-file/source.ts';
import type { Job, JobMessage } from './analyze.ts';
import { Engine } from './engine.ts';

const PROGRESS_EVERY_MS = 50;

const port = parentPort;
if (port === null) throw new Error('worker.js runs as a worker only');
const answer = (message: JobMessage): void => port.postMessage(message);

port.on('message', (job: Job) => {
  analyze(job).catch((error: unknown) =>
    answer({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});

async function analyze({ path, options, cancel }: Job): Promise<void> {
  const engine = new Engine(options);
  let last = 0;
  const read = await drive(path, (chunk) => engine.feed(chunk), {
    cancelled: () => Atomics.load(cancel, 0) === 1 || engine.failed,
    onProgress: (bytesRead, bytesTotal) => {
      const now = performance.now();
      if (now - last < PROGRESS_EVERY_MS) return;
      last = now;
      answer({ progress: { bytesRead, bytesTotal, packets: engine.packets } });
    },
  });
  const wasCancelled = Atomics.load(cancel, 0) === 1 && !read.complete;
  engine.end(wasCancelled ? 'cancelled' : read.error === null ? 'end-of-capture' : 'read-error');
  const report = engine.judge({
    path,
    sha256: read.sha256,
    compression: read.compression,
    truncated: read.truncated,
    error: read.error === null ? null : { code: read.error.code, params: read.error.params, offset: null },
  });
  answer({ report });
}
