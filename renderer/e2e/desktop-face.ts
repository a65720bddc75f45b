// The built desktop program with the stand-in for Electron, and a real Chromium as its window: what Electron would load
// from the program's own protocol is asked of the program, and the page's bridge ends in its preload script.

import { type ChildProcess, fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { dropFile, type Face, launchChromium, openPage, ownHome, ROOT } from './face.ts';

/** Stands for app://blockscope/, which only Electron knows; nothing ever leaves for it. */
const ORIGIN = 'https://blockscope.invalid';
/** The program opens one window. */
const WINDOW = 1;

interface Told {
  readonly kind: string;
  readonly answer?: number;
  readonly result?: unknown;
  readonly message?: unknown;
}

interface Fetched {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly bytes: Uint8Array;
}

/** What the init script puts into the page. */
interface StandIn {
  arrive(message: unknown): void;
  readonly paths: Record<string, string>;
}
declare const standIn: StandIn;

export async function startDesktopFace(): Promise<Face> {
  const { home, env } = ownHome();
  const program = fork(join(ROOT, 'dist/main/desktop/main.js'), {
    execArgv: ['--import', join(ROOT, 'main/testkit/electron/register.mjs')],
    // As structured clone: typed arrays stay what they are
    serialization: 'advanced',
    env,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const browser = await launchChromium();
  await heard(program, ({ kind }) => kind === 'loaded');
  let answers = 0;
  const ask = async <T>(action: string, params: Record<string, unknown> = {}): Promise<T> => {
    const answer = ++answers;
    const answered = heard(program, (told) => told.kind === 'answer' && told.answer === answer);
    program.send({ action, answer, ...params });
    return (await answered).result as T;
  };

  /** What the window's page has: its files over the protocol, and the bridge. */
  const prepare = async (context: BrowserContext): Promise<void> => {
    await context.route(`${ORIGIN}/**`, async (route) => {
      const request = route.request();
      const { pathname, search } = new URL(request.url());
      const url = `app://blockscope${pathname}${search}`;
      const { status, headers, bytes } = await ask<Fetched>('fetch', { url, method: request.method() });
      await route.fulfill({ status, headers, body: Buffer.from(bytes) });
    });
    await context.exposeFunction('standInSend', (message: unknown) => {
      if (program.connected) program.send({ action: 'send', window: WINDOW, message });
    });
    await context.addInitScript(() => {
      const listeners: ((message: unknown) => void)[] = [];
      const page = globalThis as unknown as Record<string, unknown>;
      const paths: Record<string, string> = {};
      page.standIn = {
        arrive: (message: unknown) => {
          for (const listener of listeners) listener(message);
        },
        paths,
      };
      page.blockscope = {
        send: (message: unknown) => void (page.standInSend as (message: unknown) => Promise<void>)(message),
        onMessage: (listener: (message: unknown) => void) => void listeners.push(listener),
        onClose: () => {},
        pathForFile: (file: File) => paths[file.name] ?? '',
      };
    });
  };

  return {
    open: async (look = {}) => {
      // A page loaded anew is a new face of the engine, as after a reload
      const loaded = heard(program, ({ kind }) => kind === 'loaded');
      program.send({ action: 'reload', window: WINDOW });
      await loaded;
      const opened = await openPage(browser, `${ORIGIN}/`, look, async (context) => {
        await prepare(context);
        // One after the other, in the order in which they were sent
        let last = Promise.resolve();
        const pass = ({ kind, message }: Told): void => {
          if (kind !== 'message') return;
          last = last.then(async () => {
            // A page that is being closed takes no more
            await context
              .pages()[0]
              ?.evaluate((arrived) => standIn.arrive(arrived), message)
              .catch(() => {});
          });
        };
        program.on('message', pass);
        context.once('close', () => program.off('message', pass));
      });
      return opened;
    },
    saveTo: async (path) => {
      await ask('target', { path });
    },
    choose: async (page, paths) => {
      await ask('choose', { paths });
      await page.locator('header .button:not(.quiet)').click();
    },
    drop: async (page, path) => {
      await named(page, path);
      await dropFile(page, path);
    },
    close: async () => {
      await browser.close();
      const ended = new Promise((resolve) => program.once('exit', resolve));
      program.send({ action: 'quit' });
      await ended;
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Electron knows where a dropped file lies. */
async function named(page: Page, path: string): Promise<void> {
  await page.evaluate(
    ([name, where]) => {
      standIn.paths[name] = where;
    },
    [basename(path), path] as const,
  );
}

function heard(program: ChildProcess, fits: (told: Told) => boolean): Promise<Told> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      program.off('message', listener);
      program.off('exit', ended);
    };
    const listener = (message: unknown): void => {
      if (!fits(message as Told)) return;
      stop();
      resolve(message as Told);
    };
    const ended = (code: number | null): void => {
      stop();
      reject(new Error(`the desktop program ended with ${code}`));
    };
    program.on('message', listener);
    program.on('exit', ended);
  });
}
