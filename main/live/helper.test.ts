// A helper that another process started: its output comes over a socket, in order and to the end, however it ends.

import { fork } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type HelperEnd, type Launch, LaunchedHelper } from './helper.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'helper-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const launch = (): Launch => ({
  temporary: folder,
  start(script, args, ended) {
    const child = fork(script, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] });
    let words = '';
    child.stderr!.on('data', (text) => {
      words += text;
    });
    child.once('close', (code, signal) => ended({ code, signal, words }));
    return { kill: () => void child.kill('SIGKILL') };
  },
});

/** Runs a script whose last argument is the socket; `socket` is connected there. */
function run(body: string, act: (helper: LaunchedHelper, received: () => string) => void) {
  const path = join(folder, 'script.cjs');
  writeFileSync(
    path,
    `const socket = require('node:net').connect({ path: process.argv.at(-1), allowHalfOpen: true });\n${body}`,
  );
  let received = '';
  return new Promise<{ end: HelperEnd; received: string }>((resolve) => {
    const helper = new LaunchedHelper({ path, args: ['a', 'b'] }, launch(), {
      data: (chunk) => {
        received += Buffer.from(chunk).toString();
      },
      end: (end) => resolve({ end, received }),
    });
    act(helper, () => received);
  });
}

it('writes what it still has when it is asked to end', async () => {
  const { end, received } = await run(
    `socket.write(process.argv.slice(2, 4).join(' '));
     socket.on('end', () => socket.end(' the rest', () => process.exit(3))).resume();`,
    (helper, so) => {
      const timer = setInterval(() => {
        if (so() === '') return;
        clearInterval(timer);
        helper.stop();
      }, 10);
    },
  );
  expect([received, end.code]).toEqual(['a b the rest', 3]);
  expect(readdirSync(folder)).toEqual(['script.cjs']);
});

it('is read to its end before it has ended, and its last words are kept', async () => {
  const { end, received } = await run(
    `process.stderr.write('not permitted'); socket.end('x'.repeat(3_000_000), () => process.exit(1));`,
    () => {},
  );
  expect([received.length, end.words, end.code]).toEqual([3_000_000, 'not permitted', 1]);
});

it('is killed when it does not connect or does not end', async () => {
  const silent = await run('setInterval(() => {}, 1000); socket.destroy();', (helper) => {
    setTimeout(() => helper.kill(), 300);
  });
  expect(silent.end.code === 0).toBe(false);
  const early = await run('socket.resume();', (helper) => helper.stop());
  expect(early.end.code === 0).toBe(false);
  expect(readdirSync(folder)).toEqual(['script.cjs']);
});
