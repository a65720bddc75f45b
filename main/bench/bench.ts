// `npm run bench`: generates its captures, runs the command line over them as a whole process, and pairs it with tshark
// and capinfos where they are installed: A B A B, so that a slower minute hits both. Absolute times say little about
// another machine; the ratios do. Measured is the text output, which does not hash the file: neither do the others.
//
//   --quick        a tenth of the size, for CI
//   --runs <n>     counted pairs (5)
//   --keep         leave the captures in .bench/ for the next run

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type CaptureKind, generateCapture } from './captures.ts';
import { CROWDS, type Crowd, generateCrowd } from './crowds.ts';

interface Subject {
  readonly name: string;
  readonly kind: CaptureKind;
  /** Bytes, or flows. */
  readonly size: number;
  readonly options: readonly string[];
}

interface Run {
  readonly seconds: number;
  /** Processor time of all its threads, user and system; NaN where /usr/bin/time is missing, as the next. */
  readonly processor: number;
  /** Of the largest process, MiB. */
  readonly peak: number;
  readonly output: string;
}

const SUBJECTS: readonly Subject[] = [
  { name: '(a) mixed', kind: 'mixed', size: 1e9, options: [] },
  { name: '(b) small packets', kind: 'small', size: 5e8, options: [] },
  { name: '(c) 2 million flows', kind: 'flows', size: 2e6, options: ['--max-flows', '2097152'] },
];

const CLI = fileURLToPath(new URL('../cli/blockscope.js', import.meta.url));
const FOLDER = join(process.cwd(), '.bench');
const TIME = '/usr/bin/time';

function has(tool: string): boolean {
  return spawnSync(tool, ['--version'], { stdio: 'ignore' }).error === undefined;
}

function run(command: string, args: readonly string[]): Run {
  const measured = existsSync(TIME);
  const start = process.hrtime.bigint();
  const result = measured
    ? spawnSync(TIME, ['-f', '%U %S %M', command, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 })
    : spawnSync(command, [...args], { encoding: 'utf8', maxBuffer: 1 << 28 });
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  if (result.error !== undefined) throw result.error;
  if (result.status !== 0) throw new Error(`${command} ended with ${result.status}: ${result.stderr.slice(-400)}`);
  const [user, system, kib] = measured ? result.stderr.trim().split('\n').at(-1)!.split(' ').map(Number) : [];
  return {
    seconds,
    processor: (user ?? Number.NaN) + (system ?? Number.NaN),
    peak: (kib ?? Number.NaN) / 1024,
    output: result.stdout,
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function spread(values: readonly number[], digits: number): string {
  return `${Math.min(...values).toFixed(digits)} - ${median(values).toFixed(digits)} - ${Math.max(...values).toFixed(digits)}`;
}

/** Ratios of our time to another's. */
function compared(ratios: readonly number[]): string {
  if (ratios.some(Number.isNaN)) return 'not measured';
  if (median(ratios) >= 1) return `${spread(ratios, 2)} times its time`;
  const inverse = ratios.map((ratio) => 1 / ratio);
  return `${spread(inverse, 1)} times faster`;
}

function bench(subject: Subject, runs: number, scale: number): void {
  const path = join(FOLDER, `${subject.kind}-${scale}.pcap`);
  if (!existsSync(path)) generateCapture(subject.kind, Math.round(subject.size * scale), path);
  const bytes = statSync(path).size;
  const analyze = (format: string) => ['node', [CLI, 'analyze', '--format', format, ...subject.options, path]] as const;
  const own = analyze('text');
  const peers: { readonly name: string; readonly command: string; readonly args: readonly string[] }[] = [
    { name: 'capinfos -c -u -d', command: 'capinfos', args: ['-c', '-u', '-d', path] },
    { name: 'tshark -q -z expert', command: 'tshark', args: ['-q', '-z', 'expert', '-r', path] },
  ];
  // Once unmeasured: the file comes into the page cache
  const first = run(...analyze('json'));
  const packets: number = JSON.parse(first.output).capture.packets;
  const times: number[] = [];
  const processors: number[] = [];
  const peaks: number[] = [];
  const add = (one: Run): void => {
    times.push(one.seconds);
    processors.push(one.processor);
    peaks.push(one.peak);
  };
  console.log(`\n${subject.name}: ${packets} packets, ${(bytes / 1e6).toFixed(0)} MB`);
  const lines: string[] = [];
  for (const peer of peers) {
    if (!has(peer.command)) {
      lines.push(`  ${peer.name}: not installed, not compared`);
      continue;
    }
    const ratios: number[] = [];
    const processorRatios: number[] = [];
    for (let i = 0; i < runs; i++) {
      const mine = run(...own);
      const other = run(peer.command, peer.args);
      add(mine);
      ratios.push(mine.seconds / other.seconds);
      processorRatios.push(mine.processor / other.processor);
    }
    // On a machine with other work the processor time is the steadier of the two
    lines.push(
      `  ${peer.name}: ${compared(ratios)}, by processor time ${compared(processorRatios)} (min - median - max of ${runs} pairs)`,
    );
  }
  while (times.length < runs) add(run(...own));
  const seconds = median(times);
  console.log(
    `  ${seconds.toFixed(2)} s, processor ${Math.min(...processors).toFixed(2)} s at best (${spread(times, 2)}), ${(packets / seconds / 1e6).toFixed(2)} million packets/s, ` +
      `${(bytes / seconds / 1e9).toFixed(2)} GB/s, ${((seconds * 1e9) / packets).toFixed(0)} ns/packet, peak ${Math.max(...peaks).toFixed(0)} MiB`,
  );
  for (const line of lines) console.log(line);
}

/** What eight times as many cost: whoever holds each against all the others takes up to 64 times as long. */
function benchCrowd(crowd: Crowd, scale: number): void {
  const path = join(FOLDER, 'crowd.pcap');
  const [few, many] = [2_000, 16_000].map((count) => {
    generateCrowd(crowd, count * scale, path);
    return run('node', [CLI, 'analyze', '--format', 'text', path]);
  }) as [Run, Run];
  const cost = ({ seconds, peak }: Run): string => `${seconds.toFixed(2)} s, ${peak.toFixed(0)} MiB`;
  console.log(`  ${crowd.name}: ${cost(few)}; ${cost(many)}`);
}

const { values } = parseArgs({
  options: { quick: { type: 'boolean' }, runs: { type: 'string' }, keep: { type: 'boolean' } },
});
const scale = values.quick ? 0.1 : 1;
const runs = values.runs === undefined ? (values.quick ? 1 : 5) : Number(values.runs);
if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs takes a whole number above 0');
mkdirSync(FOLDER, { recursive: true });
try {
  for (const subject of SUBJECTS) bench(subject, runs, scale);
  console.log(`\nCrowds of ${2_000 * scale} and of ${16_000 * scale}`);
  for (const crowd of CROWDS) benchCrowd(crowd, scale);
} finally {
  if (!values.keep) rmSync(FOLDER, { recursive: true, force: true });
}
