// A running helper: its output, its last words, its end. It never outlives this process.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { HelperCommand } from './source.ts';

/** Of what a helper says on standard error the end is kept. */
const LAST_WORDS = 4_096;
/** A helper that was asked to end and does not is killed. */
const PATIENCE_MS = 3_000;

/**
 * Waits beside the helper for this process to end and then ends it: standard input reaches its end without a line. The
 * helper takes the place of the shell, so that its number stays.
 */
const WATCHDOG = `exec 3<&0 </dev/null
( if ! read -r line <&3; then kill -INT $$; sleep 3; kill -KILL $$; fi ) >/dev/null 2>&1 3<&3 &
exec 3<&-
exec "$0" "$@"`;

export interface HelperEnd {
  readonly code: number | null;
  readonly signal: string | null;
  readonly words: string;
}

export interface HelperListener {
  /** Valid only until it returns. */
  data(chunk: Uint8Array): void;
  /** After the last byte. */
  end(end: HelperEnd): void;
}

export interface RunningHelper {
  readonly pid: number | undefined;
  /** Asks it to write what it has and to end; `end` of the listener follows. */
  stop(): void;
  kill(): void;
}

export class Helper implements RunningHelper {
  readonly #child: ChildProcess;
  readonly #isWatched: boolean;
  #words = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(command: HelperCommand, listener: HelperListener) {
    this.#isWatched = !command.watchesInput && process.platform !== 'win32';
    const [file, args] = this.#isWatched
      ? ['/bin/sh', ['-c', WATCHDOG, command.file, ...command.args]]
      : [command.file, [...command.args]];
    // Detached: Ctrl-C at the terminal is for this process, which then ends the helper and reads what it still has
    const child = spawn(file, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      windowsHide: true,
      // The words are looked through for what they mean
      env: { ...process.env, LC_ALL: 'C', ...command.env },
    });
    this.#child = child;
    let failure: string | null = null;
    child.once('error', (error) => {
      failure = error.message;
      if (child.pid === undefined) listener.end({ code: null, signal: null, words: failure });
    });
    child.stdin!.on('error', () => {});
    child.stdout!.on('data', (chunk: Buffer) => listener.data(chunk));
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#words = (this.#words + text).slice(-LAST_WORDS);
    });
    child.once('close', (code, signal) => {
      clearTimeout(this.#timer);
      if (child.pid !== undefined) listener.end({ code, signal, words: failure ?? this.#words.trim() });
    });
    // The watchdog must not act on a number that may be somebody else's by then
    child.once('exit', () => child.stdin!.end(this.#isWatched ? '\n' : undefined));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  stop(): void {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    if (process.platform === 'win32') this.#child.stdin!.end();
    this.#child.kill(process.platform === 'win32' ? 'SIGTERM' : 'SIGINT');
    this.#timer = setTimeout(() => this.#child.kill('SIGKILL'), PATIENCE_MS);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

/** Starts a script somewhere else. Its output comes over the socket that its last argument names. */
export interface Launch {
  /** Where sockets may lie. */
  readonly temporary: string;
  start(script: string, args: readonly string[], ended: (end: HelperEnd) => void): { kill(): void };
}

/**
 * A helper that another process started: a worker of the window cannot, because its program runs nothing but the window
 * (the fuse `runAsNode` is off). The output comes to this thread all the same, past the process that started it.
 */
export class LaunchedHelper implements RunningHelper {
  readonly pid = undefined;
  readonly #listener: HelperListener;
  readonly #server: Server;
  readonly #folder: string | null;
  readonly #launched: { kill(): void };
  #socket: Socket | null = null;
  #end: HelperEnd | null = null;
  #isRead = true;
  #timer: NodeJS.Timeout | undefined;

  constructor(script: { readonly path: string; readonly args: readonly string[] }, launch: Launch, to: HelperListener) {
    this.#listener = to;
    // Nobody else gets into the folder; a pipe of Windows has a name that nobody can guess
    this.#folder = process.platform === 'win32' ? null : mkdtempSync(join(launch.temporary, 'helper-'));
    const address = this.#folder === null ? `\\\\.\\pipe\\blockscope-${crypto.randomUUID()}` : join(this.#folder, 's');
    // Half open: what the helper still has comes after it was asked to end
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#connected(socket));
    this.#server.listen(address);
    this.#launched = launch.start(script.path, [...script.args, address], (end) => {
      this.#end = end;
      this.#close();
    });
  }

  #connected(socket: Socket): void {
    this.#server.close();
    this.#socket = socket;
    this.#isRead = false;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => this.#listener.data(chunk));
    socket.once('close', () => {
      this.#isRead = true;
      this.#close();
    });
    socket.once('end', () => socket.end());
  }

  stop(): void {
    if (this.#end !== null) return;
    if (this.#socket === null) this.kill();
    this.#socket?.end();
    this.#timer = setTimeout(() => this.kill(), PATIENCE_MS);
  }

  kill(): void {
    this.#launched.kill();
  }

  /** It has ended, and all that it wrote was read. */
  #close(): void {
    if (this.#end === null || !this.#isRead) return;
    clearTimeout(this.#timer);
    this.#server.close();
    if (this.#folder !== null) rmSync(this.#folder, { recursive: true, force: true });
    this.#listener.end(this.#end);
  }
}
