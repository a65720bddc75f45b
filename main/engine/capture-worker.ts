// The worker of one open capture: reads it, judges as it goes, tells what changed, and answers what its tables and views
// ask, while it reads and afterwards. It ends with the capture.

import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { Progress } from '../../shared/contract/service.ts';
import { type DriveResult, drive } from '../capture-file/source.ts';
import { type CaptureJob, CONTROL, type FromWorker, type ToWorker } from './capture-job.ts';
import { Catalog } from './catalog.ts';
import { Desk } from './desk.ts';
import { Engine } from './engine.ts';
import { Rereading } from './rereading.ts';

/** 20 a second. */
const PROGRESS_EVERY_MS = 50;
/** Judgements on the way: no more often, and no larger a share of the time. */
const JUDGE_EVERY_MS = 500;
const JUDGE_SHARE = 0.05;
/** While reading, how long a call may wait for its turn. */
const TURN_EVERY_MS = 25;

const port = parentPort;
if (port === null) throw new Error('capture-worker.js runs as a worker only');
const tell = (message: FromWorker): void => port.postMessage(message);

const job = workerData as CaptureJob;
const catalog = new Catalog();
const engine = new Engine(job.options, catalog);
const rereading = new Rereading(catalog, job.path, isPlainFile(job.path) ? null : job.spool);
const desk = new Desk(catalog, rereading, tell);
port.on('message', (message: ToWorker) => desk.on(message));

/** A plain file can be read again where it lies; a compressed one or a pipe cannot. */
function isPlainFile(path: string): boolean {
  try {
    if (!statSync(path).isFile()) return false;
    const fd = openSync(path, 'r');
    try {
      const magic = new Uint8Array(4);
      readSync(fd, magic, 0, 4, 0);
      const isGzip = magic[0] === 0x1f && magic[1] === 0x8b;
      const isZstd = magic[1] === 0xb5 && magic[2] === 0x2f && magic[3] === 0xfd;
      const isSkippable = magic[0]! >> 4 === 5 && magic[1] === 0x2a && magic[2] === 0x4d && magic[3] === 0x18;
      return !isGzip && !isZstd && !isSkippable;
    } finally {
      closeSync(fd);
    }
  } catch {
    return true;
  }
}

let bytesRead = 0;
let bytesTotal: number | null = null;
let spent = 0;
let since = performance.now();

function progress(): Progress {
  return {
    bytesRead,
    bytesTotal,
    packets: engine.packets,
    flows: catalog.tracker.tcpFlows + catalog.tracker.udpFlows,
    reached: Math.max(0, catalog.offset(catalog.tracker.now)),
    elapsed: (spent + performance.now() - since) / 1_000,
  };
}

const control = (): number => Atomics.load(job.control, 0);

/** Paths stay here: a face shows the name. */
function judge(read: Pick<DriveResult, 'compression' | 'truncated' | 'error' | 'sha256'>): void {
  const report = engine.judge({
    path: job.name,
    sha256: read.sha256,
    compression: read.compression,
    truncated: read.truncated,
    error:
      read.error === null
        ? null
        : {
            code: read.error.code,
            params: 'path' in read.error.params ? { ...read.error.params, path: job.name } : read.error.params,
            offset: null,
          },
  });
  desk.judged(report);
}

let told = 0;
let judged = performance.now();
let judging = 0;
let turned = performance.now();

function between(): Promise<void> | undefined {
  const now = performance.now();
  if (now - told >= PROGRESS_EVERY_MS) {
    told = now;
    tell({ type: 'progress', progress: progress() });
  }
  // The first of a large capture comes soon, so that something is seen; each later one when it can be afforded
  if (now - judged >= Math.max(JUDGE_EVERY_MS, judging / JUDGE_SHARE) && engine.packets > 0 && !isNearlyRead(now)) {
    judge({ compression: null, truncated: false, error: null, sha256: null });
    judged = performance.now();
    judging = judged - now;
  }
  if (control() === CONTROL.pause) return paused();
  if (now - turned < TURN_EVERY_MS) return undefined;
  return new Promise((resolve) =>
    setImmediate(() => {
      turned = performance.now();
      resolve();
    }),
  );
}

/** The last judgement comes soon enough. */
function isNearlyRead(now: number): boolean {
  if (bytesTotal === null || bytesRead === 0) return false;
  const elapsed = spent + now - since;
  return (elapsed / bytesRead) * (bytesTotal - bytesRead) < JUDGE_EVERY_MS;
}

/** Calls are answered meanwhile. */
async function paused(): Promise<void> {
  spent += performance.now() - since;
  while (control() === CONTROL.pause) await new Promise((resolve) => setTimeout(resolve, 20));
  since = performance.now();
}

async function read(): Promise<void> {
  const result = await drive(
    job.path,
    (chunk) => {
      rereading.spool(chunk);
      engine.feed(chunk);
    },
    {
      cancelled: () => control() === CONTROL.cancel || engine.failed,
      between,
      onProgress: (bytes, total) => {
        bytesRead = bytes;
        bytesTotal = total;
      },
    },
  );
  const cancelled = control() === CONTROL.cancel && !result.complete;
  bytesRead = result.bytesRead;
  engine.end(cancelled ? 'cancelled' : result.error === null ? 'end-of-capture' : 'read-error');
  judge(result);
  spent += performance.now() - since;
  since = performance.now();
  const last = progress();
  tell({ type: 'ended', cancelled, progress: { ...last, elapsed: spent / 1_000 }, sha256: result.sha256 });
}

await read();
