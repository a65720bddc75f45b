// The built desktop program with the stand-in for Electron, in a process of its own; the test is its page.

import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { Transport } from '../../shared/contract/service.ts';

const ROOT = join(import.meta.dirname, '../..');

interface Told {
  readonly kind: string;
  readonly window?: number;
  readonly [more: string]: unknown;
}

export interface DesktopOptions {
  /** The built one unless given. */
  readonly program?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A command that runs the program: in a network namespace, say. */
  readonly under?: readonly string[];
}

export class Desktop {
  /** All that it told, in order. */
  readonly told: Told[] = [];
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #listeners = new Set<(told: Told) => void>();
  #answers = 0;

  constructor({
    program = join(ROOT, 'dist/main/desktop/main.js'),
    args = [],
    env = {},
    under = [],
  }: DesktopOptions = {}) {
    const [command = process.execPath, ...more] = [...under, process.execPath];
    this.#child = fork(program, args, {
      execPath: command,
      execArgv: [...more, '--import', join(ROOT, 'main/testkit/electron/register.mjs')],
      // As structured clone: typed arrays stay what they are
      serialization: 'advanced',
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.exited = new Promise((resolve) => this.#child.on('exit', (code) => resolve(code)));
    this.#child.on('message', (message) => {
      const told = message as Told;
      this.told.push(told);
      for (const listener of [...this.#listeners]) listener(told);
    });
  }

  /** The first thing told that fits, also one that was told already. */
  async heard(fits: (told: Told) => boolean): Promise<Told> {
    const before = this.told.find(fits);
    if (before !== undefined) return before;
    return new Promise((resolve, reject) => {
      const listener = (told: Told): void => {
        if (!fits(told)) return;
        this.#listeners.delete(listener);
        resolve(told);
      };
      this.#listeners.add(listener);
      void this.exited.then((code) => reject(new Error(`the program ended with ${code}`)));
    });
  }

  do(action: string, params: Record<string, unknown> = {}): void {
    if (this.#child.connected) this.#child.send({ action, ...params });
  }

  async ask<T>(action: string, params: Record<string, unknown> = {}): Promise<T> {
    const answer = ++this.#answers;
    this.do(action, { ...params, answer });
    const { result } = await this.heard((told) => told.kind === 'answer' && told.answer === answer);
    return result as T;
  }

  /** The n-th window, from 1. */
  async loaded(window: number): Promise<Told> {
    return this.heard((told) => told.kind === 'loaded' && told.window === window);
  }

  /** What the page of a window has instead of a transport: the bridge. */
  bridge(window: number): Transport {
    const closing: (() => void)[] = [];
    return {
      send: (message) => this.do('send', { window, message }),
      onMessage: (listener) =>
        this.#listeners.add((told) => {
          if (told.kind === 'message' && told.window === window) listener(told.message);
        }),
      onClose: (listener) => {
        closing.push(listener);
        this.#listeners.add((told) => {
          if (told.kind === 'closed' && told.window === window) listener();
        });
      },
      close: () => {
        this.do('close', { window });
        for (const listener of closing) listener();
      },
    };
  }

  kill(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.#child.kill(signal);
  }
}
