// The worker of one live capture: starts helpers, records, analyzes and judges as packets come, and answers tables and
// views meanwhile from what was recorded so far. Nothing of it runs where the windows are served.

import { basename } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { Report } from '../incident/compose.ts';
import { ALL_BACKENDS } from '../live/backends.ts';
import type { HelperEnd, Launch } from '../live/helper.ts';
import { RecordedBytes } from '../live/recorded-bytes.ts';
import { type LiveEngine, type LiveListener, LiveSession } from '../live/session.ts';
import type { FromWorker, LiveJob, LiveNews, ToWorker } from './capture-job.ts';
import { Catalog } from './catalog.ts';
import { Desk } from './desk.ts';
import { Engine } from './engine.ts';
import { Rereading } from './rereading.ts';

const port = parentPort;
if (port === null) throw new Error('live-worker.js runs as a worker only');
const tell = (message: FromWorker): void => port.postMessage(message);
const news = (live: LiveNews): void => tell({ type: 'live', live });

const { live: options, options: engineOptions = {}, forks, temporary } = workerData as LiveJob;
const catalog = new Catalog();
const engine = new Engine({ ...engineOptions, isLive: true }, catalog);

const analyzed: LiveEngine<Report> = {
  get failed() {
    return engine.failed;
  },
  feed(chunk) {
    // Where a file of the ring begins reading is taken up when those before it are gone
    const segments = session.recording?.segments ?? [];
    let at = 0;
    for (const { from } of segments.slice(segments.findLastIndex(({ from }) => from < fed) + 1)) {
      const begins = Math.min(from - fed, chunk.length);
      if (begins > at) engine.feed(chunk.subarray(at, begins));
      at = begins;
      catalog.markNext();
    }
    const { recording } = session;
    if (recording?.isClosed) {
      const ends = Math.max(at, Math.min(recording.streamed - fed, chunk.length));
      if (ends > at) engine.feed(chunk.subarray(at, ends));
      at = ends;
      catalog.endKept();
    }
    if (at < chunk.length) engine.feed(at === 0 ? chunk : chunk.subarray(at));
    fed += chunk.length;
  },
  advance: (seconds) => engine.advance(seconds),
  end: () => engine.end(),
  // Paths stay here: a face shows the name
  judge: (path) =>
    engine.judge({ path: basename(path), sha256: null, compression: null, truncated: false, error: null }),
};

// Scripts that the process started for us
const running = new Map<number, (end: HelperEnd) => void>();
let forked = 0;
const launch: Launch = {
  temporary,
  start(script, args, ended) {
    const fork = ++forked;
    running.set(fork, ended);
    tell({ type: 'fork', fork, script, args });
    return { kill: () => tell({ type: 'fork-kill', fork }) };
  },
};

let letGo = 0;
let fed = 0;
const listener: LiveListener<Report> = {
  state: (state) => news({ state }),
  header: (header, tried) => news({ header, tried }),
  notice: (notice) => news({ notice }),
  failed: (errors, steps) => news({ failed: { errors, steps } }),
  counters(counters) {
    // What the ring let go cannot be read again
    const oldest = session.recording?.segments[0]?.from ?? 0;
    if (oldest > letGo) catalog.forgetBefore(oldest);
    letGo = oldest;
    news({ counters });
    tell({ type: 'progress', progress: progress() });
  },
  report(report, isFinal) {
    desk.judged(report);
    if (isFinal) tell({ type: 'ended', cancelled: false, progress: progress(), sha256: null });
  },
};

function progress() {
  const { bytes, seconds } = session.counters;
  return {
    bytesRead: bytes,
    bytesTotal: null,
    packets: engine.packets,
    flows: catalog.tracker.tcpFlows + catalog.tracker.udpFlows,
    reached: Math.max(0, catalog.offset(catalog.tracker.now)),
    elapsed: seconds,
  };
}

const session = await begin();
const { recording } = session;
const bytes = recording === null ? { read: () => 0, close: () => {} } : new RecordedBytes(recording);
const desk = new Desk(catalog, new Rereading(catalog, bytes, null), tell);

/** Where the recording cannot be begun it says so, and waits to be closed. */
async function begin(): Promise<LiveSession<Report>> {
  try {
    return new LiveSession(options, analyzed, listener, ALL_BACKENDS, forks ? launch : null);
  } catch (error) {
    news({ unwritable: (error as NodeJS.ErrnoException).code ?? String(error) });
    return new Promise(() => setInterval(() => {}, 60_000));
  }
}

port.on('message', (message: ToWorker) => {
  if (message.type === 'live') session[message.action]();
  else if (message.type === 'fork-ended') {
    running.get(message.fork)?.({ code: message.code, signal: null, words: message.words });
    running.delete(message.fork);
  } else desk.on(message);
});

await session.run();
