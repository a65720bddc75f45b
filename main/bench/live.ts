// `npm run bench:live` and `npm run soak:live`: live capture through the service, as a window uses it, on a pair of
// interfaces in a network namespace of its own. Needs root, iproute2 and python3, and nothing of another network.
//
//   --backend <name>   only this one (all)
//   --rate <n>         frames a second, comma separated (100000,300000,500000); soak: 20000
//   --seconds <n>      of each run (10); soak: 1800
//   --soak             one run with one backend; fails where memory grows or packets are lost without a word
//
// What reached the interface is what its own counter says. Latency is from the kernel's time of the first packet that a
// finding calls forged to the moment at which the page would have it.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createClient } from '../../shared/contract/client.ts';
import type { LiveStatus } from '../../shared/contract/live.ts';
import { type CaptureView, mergeUpdate } from '../../shared/contract/merge.ts';
import type { Client } from '../../shared/contract/service.ts';
import { BACKENDS, type BackendName } from '../../shared/domain/live.ts';
import { defaultHost } from '../service/host.ts';
import { transportPair } from '../service/pair.ts';
import { createService } from '../service/service.ts';
import { flatness } from './flatness.ts';

const FLOOD = join(process.cwd(), 'main/bench/flood.py');
const SAMPLE = join(process.cwd(), 'samples/rst-injection-burst/capture.pcapng');
/** Flows that begin a second. Of a soak so many that after its warm-up hardly more are alive: idle ones stay 2 minutes. */
const FLOWS = 200;
const SOAK_FLOWS = 40;
/** The saved capture between the floods is played so much faster, and in a soak until the end. */
const SPEED = 2;
/** /proc: ticks of processor time a second. */
const TICKS = 100;
/** Nothing more came for so long: everything has been read. */
const QUIET_MS = 2_500;
const GOAL_BLOCKED_MS = 20;

const { values } = parseArgs({
  options: {
    backend: { type: 'string' },
    rate: { type: 'string' },
    seconds: { type: 'string' },
    soak: { type: 'boolean', default: false },
    inside: { type: 'boolean', default: false },
  },
});

// ---- the namespace ----

/** Runs this program again inside; the namespace goes with it. */
async function outside(): Promise<number> {
  if (process.getuid?.() !== 0) {
    process.stderr.write('needs root, for a network namespace\n');
    return 2;
  }
  const name = `bs-bench-${process.pid}`;
  const ip = (...args: string[]): void => void execFileSync('ip', args);
  ip('netns', 'add', name);
  try {
    ip('-n', name, 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1');
    for (const end of ['lo', 'v0', 'v1']) ip('-n', name, 'link', 'set', end, 'up');
    const inside = [process.execPath, ...process.execArgv, fileURLToPath(import.meta.url), '--inside'];
    const child = spawn('ip', ['netns', 'exec', name, ...inside, ...process.argv.slice(2)], { stdio: 'inherit' });
    const end = (): void => void child.kill('SIGTERM');
    process.once('SIGINT', end).once('SIGTERM', end);
    return await new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)));
  } finally {
    ip('netns', 'del', name);
  }
}

// ---- what the system says ----

/** Packets that reached v1. */
function arrived(): number {
  const line = readFileSync('/proc/net/dev', 'utf8')
    .split('\n')
    .find((each) => each.trim().startsWith('v1:'));
  return Number(line!.split(':')[1]!.trim().split(/\s+/)[1]);
}

/** Seconds of processor time in user mode and system. */
function processorTime(path: string): number {
  const stat = readFileSync(path, 'utf8');
  const words = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(words[11]) + Number(words[12])) / TICKS;
}

/** Processes that threads of this one started, but for the flood. */
function helpers(flood: number | undefined): number[] {
  return readdirSync('/proc/self/task').flatMap((task) => {
    const children = readFileSync(`/proc/self/task/${task}/children`, 'utf8').trim();
    return children
      .split(' ')
      .map(Number)
      .filter((pid) => pid > 0 && pid !== flood);
  });
}

function helperTime(pids: readonly number[]): number {
  let sum = 0;
  for (const pid of pids) {
    try {
      sum += processorTime(`/proc/${pid}/stat`);
    } catch {
      // Gone
    }
  }
  return sum;
}

/** Milliseconds that the main thread has computed. */
function computed(): number {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function reached<T>(what: string, check: () => T | null | undefined | false, ms = 60_000): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const value = check();
    if (value !== null && value !== undefined && value !== false) return value;
    if (performance.now() > end) throw new Error(`in vain: ${what}`);
    await wait(50);
  }
}

// ---- one run ----

interface Flood {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
}

function flood(rate: number, seconds: number): Flood {
  const [flows, turns] = values.soak ? [SOAK_FLOWS, 1e9] : [FLOWS, 1];
  const args = [FLOOD, 'v0', rate, seconds, flows, SAMPLE, SPEED, turns].map(String);
  const child = spawn('python3', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  return { child, ended: new Promise((resolve) => child.once('close', () => resolve())) };
}

interface Measured {
  readonly offered: number;
  readonly received: number;
  readonly reportedLost: number | null;
  readonly helper: number;
  readonly analysis: number;
  readonly main: number;
  readonly latencies: readonly number[];
  readonly blocked: IntervalHistogram;
  /** Milliseconds that the main thread computed between two turns of its loop, at most: what others took is not in it. */
  readonly busy: number;
  /** MiB, one a second. */
  readonly memory: readonly number[];
  readonly findings: number;
}

/** Seconds from the first forged packet of each finding to the event that told of it. */
async function latencies(client: Client, capture: string, heard: ReadonlyMap<string, number>, view: CaptureView) {
  const found: number[] = [];
  const { firstTime } = view.head!.capture;
  for (const finding of view.findings) {
    const [frame] = finding.frames.forged;
    const at = heard.get(finding.id);
    if (frame === undefined || at === undefined || firstTime === null) continue;
    const got = await client.call('packet.get', { capture, frame }).catch(() => null);
    if (got !== null) found.push(at - (Number(firstTime) + got.packet.offset));
    if (found.length >= 24) break;
  }
  return found.sort((a, b) => a - b);
}

async function measure(backend: BackendName, rate: number, seconds: number): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'blockscope-bench-'));
  const service = createService({ ...defaultHost(), config: null, temporary: folder, recordings: folder });
  const [here, there] = transportPair();
  service.connect(there);
  const client = createClient(here);
  const blocked = monitorEventLoopDelay({ resolution: 1 });
  try {
    const { capture, errors } = await client.call('live.start', {
      interface: 'v1',
      filter: null,
      snaplen: null,
      backend,
      limits: { seconds: null, bytes: null, packets: null },
      // What lies on the disk stays small however long it runs
      ring: { bytes: 67_108_864, files: 4 },
      path: null,
    });
    if (capture === null) throw new Error(errors.map(({ message }) => message).join('\n'));
    let status: LiveStatus | null = null;
    let view: CaptureView | null = null;
    const heard = new Map<string, number>();
    client.on('live.update', { capture }, (next) => {
      status = next;
    });
    client.on('capture.update', { capture }, (update) => {
      view = mergeUpdate(view, update);
      for (const { id, frames } of update.findings?.set ?? [])
        if (!heard.has(id) && frames.forged.length > 0) heard.set(id, Date.now() / 1000);
    });
    const live = (): LiveStatus => status as unknown as LiveStatus;
    await reached('capturing', () => (status as LiveStatus | null)?.state === 'capturing');
    await wait(500);

    const before = arrived();
    const counted = live().counters.packets;
    const started = { all: process.cpuUsage(), main: processorTime(`/proc/self/task/${process.pid}/stat`) };
    blocked.enable();
    const running = flood(rate, seconds);
    const pids = helpers(running.child.pid);
    const helperBefore = helperTime(pids);
    const memory: number[] = [];
    const timer = setInterval(() => memory.push(process.memoryUsage.rss() / 1_048_576), 1_000);
    let busy = 0;
    let turn = computed();
    const turns = setInterval(() => {
      const now = computed();
      busy = Math.max(busy, now - turn);
      turn = now;
    }, 1);
    await running.ended;
    clearInterval(timer);
    clearInterval(turns);
    blocked.disable();
    const used = process.cpuUsage(started.all);
    const main = processorTime(`/proc/self/task/${process.pid}/stat`) - started.main;
    const helper = helperTime(pids) - helperBefore;
    // What still waits in the kernel's buffer is no loss
    let last = { packets: -1, at: 0 };
    await reached('the last packets', () => {
      const { packets } = live().counters;
      if (packets !== last.packets) last = { packets, at: performance.now() };
      return performance.now() - last.at > QUIET_MS;
    });
    await client.call('live.stop', { capture });
    await reached('the end', () => live().state === 'stopped' && (view as CaptureView | null)?.state === 'done');
    const offered = arrived() - before;
    const { counters } = live();
    return {
      offered,
      received: counters.packets - counted,
      reportedLost: counters.drops,
      helper,
      analysis: (used.user + used.system) / 1e6 - main,
      main,
      latencies: await latencies(client, capture, heard, view!),
      blocked,
      busy,
      memory,
      findings: (view as unknown as CaptureView).findings.length,
    };
  } finally {
    await service.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

// ---- what is said ----

const share = (part: number, seconds: number): string => `${((100 * part) / seconds).toFixed(0)}%`;
const ms = (value: number): string => `${(value * 1_000).toFixed(0)}`;

function line(backend: BackendName, rate: number, seconds: number, run: Measured): string {
  const lost = run.offered - run.received;
  const { latencies: times, blocked } = run;
  const latency =
    times.length === 0 ? 'none' : `${ms(times[times.length >> 1]!)} (${ms(times.at(-1)!)}) of ${times.length}`;
  return [
    backend,
    rate,
    Math.round(run.offered / seconds),
    run.received,
    `${lost} (${((100 * lost) / Math.max(1, run.offered)).toFixed(2)}%)`,
    run.reportedLost ?? 'unknown',
    share(run.helper, seconds),
    share(run.analysis, seconds),
    share(run.main, seconds),
    latency,
    `${run.busy.toFixed(0)}`,
    `${(blocked.percentile(99) / 1e6).toFixed(0)} (${(blocked.max / 1e6).toFixed(0)})`,
    Math.max(...run.memory).toFixed(0),
  ].join(' | ');
}

const HEAD =
  'backend | asked/s | sent/s | received | lost | reported lost | CPU of helper | of analysis | of main thread | ' +
  'latency ms, median (most) | main busy at a time ms | main late ms, 99% (most) | memory MiB';

async function bench(): Promise<number> {
  const backends = BACKENDS.filter((name) => values.backend === undefined || name === values.backend);
  const rates = (values.rate ?? '100000,300000,500000').split(',').map(Number);
  const seconds = Number(values.seconds ?? '10');
  process.stdout.write(`${cpus().length} cores, load ${loadavg()[0]!.toFixed(1)}, ${seconds} s each\n| ${HEAD} |\n`);
  for (const backend of backends) {
    for (const rate of rates) {
      const run = await measure(backend, rate, seconds);
      process.stdout.write(`| ${line(backend, rate, seconds, run)} |\n`);
    }
  }
  process.stdout.write(`goals: none lost at 100000, main never busy for ${GOAL_BLOCKED_MS} ms at a time\n`);
  return 0;
}

async function soak(): Promise<number> {
  const seconds = Number(values.seconds ?? '1800');
  const rate = Number(values.rate ?? '20000');
  const backend = (values.backend ?? 'dumpcap') as BackendName;
  process.stdout.write(`load ${loadavg()[0]!.toFixed(1)}, ${seconds} s\n`);
  const run = await measure(backend, rate, seconds);
  const { isFlat, first, last, peak } = flatness(run.memory);
  const lost = run.offered - run.received;
  process.stdout.write(`| ${HEAD} |\n| ${line(backend, rate, seconds, run)} |\n`);
  process.stdout.write(
    `memory: ${first.toFixed(0)} MiB after the start, ${last.toFixed(0)} at the end, ${peak.toFixed(0)} at most; ` +
      `${run.findings} findings\n`,
  );
  const faults = [
    ...(isFlat ? [] : ['memory grows']),
    ...(run.reportedLost !== null && lost > run.reportedLost ? [`${lost} lost, ${run.reportedLost} said`] : []),
    ...(run.findings === 0 ? ['nothing was found'] : []),
    ...(run.offered < (rate * seconds) / 2 ? ['hardly anything was sent'] : []),
  ];
  process.stdout.write(faults.length === 0 ? 'ok\n' : `FAILED: ${faults.join('; ')}\n`);
  return faults.length === 0 ? 0 : 1;
}

process.exitCode = await (values.inside ? (values.soak ? soak() : bench()) : outside());
process.exit();
