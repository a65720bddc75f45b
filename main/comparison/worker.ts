// The worker that compares two capture files: one comparison, then it ends.

import { parentPort, workerData } from 'node:worker_threads';
import { drive } from '../capture-file/source.ts';
import { type Both, compare, type Side } from './compare.ts';
import type { ComparisonJob, FromComparison, JobSide } from './compare-files.ts';

const port = parentPort;
if (port === null) throw new Error('worker.js runs as a worker only');
const { sides, options } = workerData as ComparisonJob;

const sideOf = ({ path, findings, targets, failed }: JobSide): Side => ({
  findings,
  targets,
  failed,
  // What cannot be read to its end is compared as far as it goes: its analysis says so
  read: async (feed) => {
    await drive(path, feed, { cancelled: () => false });
  },
});

const both: Both<Side> = { a: sideOf(sides.a), b: sideOf(sides.b) };
port.postMessage({ view: await compare(both, options) } satisfies FromComparison);
