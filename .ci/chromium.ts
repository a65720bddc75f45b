// A browser for tests, spoken to over its debugging pipe (two file descriptors): no port, no library.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** Debian's Chromium, or what CHROMIUM_PATH names; null where there is none. */
export const CHROMIUM = [process.env.CHROMIUM_PATH, '/usr/bin/chromium'].find(
  (path) => path !== undefined && path !== '' && existsSync(path),
);

type Result = Record<string, unknown>;
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Result;
  readonly result?: Result;
  readonly error?: { readonly message: string };
}

export class Chromium {
  /** Console errors, exceptions and violations of the policy, as text. */
  readonly complaints: string[] = [];
  /** Addresses of everything that the page asked for. */
  readonly requests: string[] = [];
  readonly #process: ChildProcess;
  readonly #profile = mkdtempSync(join(tmpdir(), 'blockscope-chromium-'));
  readonly #waiting = new Map<number, { resolve: (result: Result) => void; reject: (error: Error) => void }>();
  #session: string | undefined;
  #ids = 0;

  constructor(path: string) {
    this.#process = spawn(
      path,
      [
        '--headless=new',
        '--remote-debugging-pipe',
        `--user-data-dir=${this.#profile}`,
        // Root, as build machines are, has no sandbox; the page is our own.
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--no-first-run',
        '--disable-background-networking',
        'about:blank',
      ],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
    );
    const gone = () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the browser is gone'));
      this.#waiting.clear();
    };
    this.#process.on('error', gone).on('exit', gone);
    // Writing to a browser that has ended is answered by `gone`.
    (this.#process.stdio[3] as Writable).on('error', gone);
    let rest = '';
    (this.#process.stdio[4] as Readable).setEncoding('utf8').on('data', (chunk: string) => {
      const messages = (rest + chunk).split('\0');
      rest = messages.pop()!;
      for (const message of messages) this.#receive(JSON.parse(message));
    });
  }

  async openPage(address: string): Promise<void> {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    this.#session = sessionId as string;
    for (const domain of ['Page', 'Runtime', 'Log', 'Network', 'DOM']) await this.send(`${domain}.enable`);
    await this.send('Page.navigate', { url: address });
    await this.until('document.readyState === "complete"');
  }

  send(method: string, params: Result = {}): Promise<Result> {
    const id = ++this.#ids;
    const message = { id, method, params, ...(this.#session === undefined ? {} : { sessionId: this.#session }) };
    (this.#process.stdio[3] as Writable).write(`${JSON.stringify(message)}\0`);
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, returnByValue: true });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value: T }).value;
  }

  /** Waits until the expression is true. */
  async until(expression: string, seconds = 20): Promise<void> {
    const end = Date.now() + seconds * 1000;
    while (!(await this.evaluate<boolean>(expression))) {
      if (Date.now() > end) throw new Error(`never true: ${expression}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async chooseFiles(selector: string, files: readonly string[]): Promise<void> {
    const { root } = await this.send('DOM.getDocument');
    const { nodeId } = await this.send('DOM.querySelector', { nodeId: (root as { nodeId: number }).nodeId, selector });
    await this.send('DOM.setFileInputFiles', { nodeId, files });
  }

  async press(key: string, code: number, modifiers = 0): Promise<void> {
    const event = { key, code: key, windowsVirtualKeyCode: code, modifiers };
    await this.send('Input.dispatchKeyEvent', {
      ...event,
      type: 'keyDown',
      ...(key === 'Enter' ? { text: '\r' } : {}),
    });
    await this.send('Input.dispatchKeyEvent', { ...event, type: 'keyUp' });
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    if (this.#process.exitCode === null) {
      this.#process.kill('SIGKILL');
      await ended;
    }
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 10 });
  }

  #receive({ id, method, params, result, error }: Message): void {
    if (id !== undefined) {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error !== undefined) waiting?.reject(new Error(error.message));
      else waiting?.resolve(result ?? {});
    }
    if (method === 'Network.requestWillBeSent')
      this.requests.push((params as { request: { url: string } }).request.url);
    if (method === 'Runtime.exceptionThrown') this.complaints.push(JSON.stringify(params));
    if (method === 'Log.entryAdded') {
      const { entry } = params as { entry: { level: string; text: string } };
      if (entry.level === 'error' || entry.level === 'warning') this.complaints.push(entry.text);
    }
    if (method === 'Runtime.consoleAPICalled' && (params as { type: string }).type === 'error') {
      this.complaints.push(JSON.stringify(params));
    }
  }
}
