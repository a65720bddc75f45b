// A network namespace with one cable in it, a browser inside, and traffic of samples played onto the cable.

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHROMIUM, MUST_RUN, ROOT } from './face.ts';

process.env.PATH = `${process.env.PATH}:/usr/sbin:/sbin`;

/** What is missing here of what these tests need, said aloud; where the full suite runs nothing may be. */
export function missing(tools: readonly string[]): string | null {
  const lacking = tools.filter((tool) => spawnSync('which', [tool], { stdio: 'ignore' }).status !== 0);
  if (CHROMIUM === undefined) lacking.unshift('Chromium');
  if (process.getuid?.() !== 0) lacking.unshift('root');
  else if (spawnSync('unshare', ['--net', '--mount', 'true'], { stdio: 'ignore' }).status !== 0)
    lacking.unshift('network namespaces');
  if (lacking.length === 0 || MUST_RUN) return null;
  console.warn(`skipped: not here: ${lacking.join(', ')}`);
  return lacking.join(', ');
}

const ip = (...args: string[]): void => void execFileSync('ip', args, { stdio: 'pipe' });

export class Network {
  readonly name: string;
  readonly folder: string;
  /** Chromium inside. */
  readonly chromium: string;
  static #made = 0;
  readonly #started: ChildProcess[] = [];

  constructor() {
    this.name = `bs-e2e-${process.pid}-${Network.#made++}`;
    this.folder = mkdtempSync(join(tmpdir(), 'blockscope-e2e-net-'));
    chmodSync(this.folder, 0o755);
    ip('netns', 'add', this.name);
    ip('-n', this.name, 'link', 'set', 'lo', 'up');
    ip('-n', this.name, 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1');
    for (const end of ['v0', 'v1']) {
      // Nothing but what is played: no router solicitations
      this.run('sysctl', '-qw', `net.ipv6.conf.${end}.disable_ipv6=1`);
      ip('-n', this.name, 'link', 'set', end, 'up');
    }
    ip('-n', this.name, 'addr', 'add', '192.168.1.99/24', 'dev', 'v0');
    this.#routes();
    this.chromium = join(this.folder, 'chromium');
    writeFileSync(this.chromium, `#!/bin/sh\nexec ip netns exec ${this.name} ${CHROMIUM} "$@"\n`, { mode: 0o755 });
  }

  get within(): readonly string[] {
    return ['ip', 'netns', 'exec', this.name];
  }

  run(...command: string[]): void {
    execFileSync('ip', ['netns', 'exec', this.name, ...command], { stdio: 'pipe' });
  }

  #routes(): void {
    ip('-n', this.name, 'route', 'replace', 'default', 'dev', 'v0');
    ip('-n', this.name, 'neigh', 'replace', '192.168.1.50', 'lladdr', '02:00:00:00:00:50', 'dev', 'v0');
  }

  link(state: 'up' | 'down'): void {
    ip('-n', this.name, 'link', 'set', 'v0', state);
    // They go with the link
    if (state === 'up') this.#routes();
  }

  /** As it was captured, packet by packet; resolves when it is over. */
  play(slug: string): Promise<void> {
    const folder = join(ROOT, 'samples', slug);
    const capture = readdirSync(folder).find((name) => name.endsWith('.pcapng'))!;
    const script = join(import.meta.dirname, 'play.py');
    const child = spawn('ip', ['netns', 'exec', this.name, 'python3', script, 'v1', join(folder, capture)], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.#started.push(child);
    return new Promise((resolve, reject) => {
      child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`play.py ended with ${code}`))));
    });
  }

  /** A datagram of growing size to the other end, ten times a second, until it is ended. */
  chatter(): { end(): void } {
    const script = `
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for size in range(100, 1000):
    s.sendto(b'x' * size, ('192.168.1.50', 9999))
    time.sleep(0.1)`;
    const child = spawn('ip', ['netns', 'exec', this.name, 'python3', '-c', script], { stdio: 'ignore' });
    this.#started.push(child);
    return { end: () => void child.kill('SIGKILL') };
  }

  close(): void {
    for (const child of this.#started) if (child.exitCode === null) child.kill('SIGKILL');
    ip('netns', 'del', this.name);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
