// The built program as a person starts it, in a network namespace with one pair of interfaces and traffic on it.

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Analysis } from '../../../shared/contract/analysis.ts';

export const ROOT = join(import.meta.dirname, '../../..');
export const PROGRAM = join(ROOT, 'dist/main/cli/blockscope.js');
export const BACKENDS = ['dumpcap', 'cap'] as const;

const REQUIRED = process.env.BLOCKSCOPE_REQUIRE_TOOLS === '1';
process.env.PATH = `${process.env.PATH}:/usr/sbin:/sbin`;

/** What is missing here of what a suite needs; with BLOCKSCOPE_REQUIRE_TOOLS=1 nothing may be, and its tests fail. */
export function missing(tools: readonly string[]): string | null {
  const lacking = tools.filter((tool) => spawnSync('which', [tool], { stdio: 'ignore' }).status !== 0);
  if (process.getuid?.() !== 0) lacking.unshift('root');
  else if (spawnSync('unshare', ['--net', '--mount', 'true'], { stdio: 'ignore' }).status !== 0)
    lacking.unshift('network namespaces');
  if (lacking.length === 0 || REQUIRED) return null;
  console.warn(`skipped: not here: ${lacking.join(', ')}`);
  return lacking.join(', ');
}

export function folder(): string {
  return mkdtempSync(join(tmpdir(), 'blockscope-live-'));
}

export function remove(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

/** Polls; a deadline that passes says what was awaited. */
export async function until<T>(what: string, check: () => T | null | undefined | false, ms = 10_000): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const value = check();
    if (value !== null && value !== undefined && value !== false) return value;
    if (performance.now() > end) throw new Error(`in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const ip = (...args: string[]): void => void execFileSync('ip', args, { stdio: 'pipe' });

/** v0 and v1, a cable between them, in a namespace of its own. Datagrams to 10.99.0.2 leave by v0. */
export class Net {
  readonly name: string;
  static #made = 0;
  readonly #started: ChildProcess[] = [];

  constructor() {
    this.name = `bs-live-${process.pid}-${Net.#made++}`;
    ip('netns', 'add', this.name);
    ip('-n', this.name, 'link', 'set', 'lo', 'up');
    this.addCable();
  }

  addCable(): void {
    ip('-n', this.name, 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1');
    for (const end of ['v0', 'v1']) ip('-n', this.name, 'link', 'set', end, 'up');
    ip('-n', this.name, 'addr', 'add', '10.99.0.1/24', 'dev', 'v0');
    this.#neighbour();
  }

  link(state: 'up' | 'down'): void {
    ip('-n', this.name, 'link', 'set', 'v0', state);
    // It went with the link
    if (state === 'up') this.#neighbour();
  }

  #neighbour(): void {
    ip('-n', this.name, 'neigh', 'replace', '10.99.0.2', 'lladdr', '02:00:00:00:00:02', 'dev', 'v0');
  }

  removeCable(): void {
    ip('-n', this.name, 'link', 'del', 'v0');
  }

  start(command: readonly string[], env: Record<string, string> = {}): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', this.name, ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    this.#started.push(child);
    return child;
  }

  /** Datagrams of `size` bytes, `rate` a second, until the test ends. Goes on when the interface is away. */
  traffic(rate: number, size = 100): void {
    const script = `
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
while True:
    try:
        s.sendto(b'x' * ${size}, ('10.99.0.2', 9999))
    except OSError:
        pass
    time.sleep(${1 / rate})`;
    this.start(['python3', '-c', script]);
  }

  close(): void {
    for (const child of this.#started) if (child.exitCode === null) child.kill('SIGKILL');
    ip('netns', 'del', this.name);
  }
}

export interface Said {
  readonly event?: string;
  readonly at: number;
  readonly [more: string]: unknown;
}

/** `blockscope capture`, and what it says. */
export class Capture {
  readonly child: ChildProcess;
  out = '';
  err = '';
  readonly ended: Promise<number>;

  constructor(
    net: Net,
    args: readonly string[],
    options: { as?: readonly string[]; env?: Record<string, string> } = {},
  ) {
    this.child = net.start([...(options.as ?? []), process.execPath, PROGRAM, 'capture', ...args], options.env);
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.out += text;
    });
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.err += text;
    });
    this.ended = new Promise((resolve) => this.child.once('close', (code) => resolve(code ?? -1)));
  }

  get said(): Said[] {
    return this.out
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Said);
  }

  event(event: string, fits: (said: Said) => boolean = () => true): Said | undefined {
    return this.said.find((said) => said.event === event && fits(said));
  }

  count(event: string, fits: (said: Said) => boolean = () => true): number {
    return this.said.filter((said) => said.event === event && fits(said)).length;
  }

  capturing(times = 1): Promise<true> {
    const isThere = (): boolean => this.count('state', ({ state }) => state === 'capturing') >= times;
    return until(`capturing (${this.err})`, () => isThere() || null).then(() => true);
  }

  notice(kind: string): Promise<Said> {
    return until(`notice ${kind} (${this.err})`, () => this.event('notice', (said) => said.kind === kind));
  }

  /** Of the process that captures for it: `ip netns exec` becomes the program itself. */
  get helper(): number {
    const children = readFileSync(`/proc/${this.child.pid}/task/${this.child.pid}/children`, 'utf8');
    return Number(children.trim().split(' ')[0]);
  }

  async stop(): Promise<Analysis> {
    this.child.kill('SIGINT');
    const status = await this.ended;
    if (status !== 0) throw new Error(`ended with ${status}: ${this.err}`);
    return this.said.at(-1) as unknown as Analysis;
  }
}

export function analyze(path: string): Analysis {
  const { stdout } = spawnSync(process.execPath, [PROGRAM, 'analyze', '--format', 'json', path], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return JSON.parse(stdout) as Analysis;
}

export function isRunning(pid: number): boolean {
  try {
    // A process that ended and was not waited for has no command line
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
}
