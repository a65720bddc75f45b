// `blockscope serve` as a person runs it: built, in a process of its own.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readServeOptions } from './options.ts';
import { UsageError } from './usage.ts';

const CLI = join(import.meta.dirname, '../../dist/main/cli/blockscope.js');

let running: ChildProcess | null = null;
afterEach(() => running?.kill());

function start(...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [CLI, 'serve', ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  running = child;
  return new Promise((resolve, reject) => {
    child.stdout!.once('data', (text) => resolve(String(text)));
    child.once('exit', () => reject(new Error('it ended')));
  });
}

describe('serve', () => {
  it('prints its address and nothing else on standard output, answers there, and ends by Ctrl-C', async () => {
    const printed = await start();
    expect(printed).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}\n$/);
    const response = await fetch(printed.split('#')[0]!);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/html');
    const ended = new Promise((resolve) => running!.once('exit', (code) => resolve(code)));
    running!.kill('SIGINT');
    expect(await ended).toBe(0);
  });

  it('says when the port is taken', async () => {
    const port = new URL(await start()).port;
    const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'serve', '--port', port], {
      encoding: 'utf8',
    });
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`port ${port} is in use`);
  });

  it.each([['--port', 'http'], ['--port', '65536'], ['--port', '-1'], ['--host', '0.0.0.0'], ['capture.pcap']])(
    'is used wrongly with %s %s',
    (...args) => expect(() => readServeOptions(args)).toThrow(UsageError),
  );

  it('takes any port unless told, and asks nothing more for its help', () => {
    expect(readServeOptions([])).toEqual({ port: 0 });
    expect(readServeOptions(['--port', '8080'])).toEqual({ port: 8080 });
    expect(readServeOptions(['--help'])).toBeNull();
  });
});
