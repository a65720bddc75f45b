// The faces that a person meets, each with a real Chromium looking at it: the built command line serving the built page,
// and the built desktop program (desktop-face.ts).

import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

export const ROOT = join(import.meta.dirname, '..', '..');
const CLI = join(ROOT, 'dist/main/cli/blockscope.js');
/** Screenshots, for people to look at. */
export const PICTURES = join(import.meta.dirname, 'output');

/** Debian's Chromium, or what CHROMIUM_PATH names; undefined where there is none. */
export const CHROMIUM = [process.env.CHROMIUM_PATH, '/usr/bin/chromium'].find(
  (path) => path !== undefined && path !== '' && existsSync(path),
);
/** Where the full suite runs, a missing browser is a failure. */
export const MUST_RUN = process.env.BLOCKSCOPE_REQUIRE_TOOLS === '1';

export interface Face {
  /** A page of its own, with what it complained of. */
  open(options?: Look): Promise<Opened>;
  /** Files of this computer, as from the dialog that the face has. */
  choose(page: Page, paths: readonly string[]): Promise<void>;
  /** A file let go over the page. */
  drop(page: Page, path: string): Promise<void>;
  /** What the dialog for a new folder or file answers, where the face has one. */
  saveTo?(path: string): Promise<void>;
  /** Of the program behind it, for tests of what may befall it. */
  readonly pid?: number;
  close(): Promise<void>;
}

export interface Look {
  readonly theme?: 'light' | 'dark';
  readonly language?: 'en' | 'ru' | 'fa' | 'zh';
  readonly width?: number;
  readonly height?: number;
  /** What this person was asked once, and agreed to. */
  readonly agreed?: boolean;
}

export interface Opened {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Console errors, exceptions and violations of the policy. */
  readonly complaints: string[];
  /** Everything asked for beyond the face itself. */
  readonly foreign: string[];
}

/** Recent files and the like go to a home of the test's own. */
export function ownHome(): { readonly home: string; readonly env: NodeJS.ProcessEnv } {
  const home = mkdtempSync(join(tmpdir(), 'blockscope-e2e-'));
  return { home, env: { ...process.env, HOME: home, XDG_CONFIG_HOME: join(home, 'config') } };
}

export async function launchChromium(program = CHROMIUM!): Promise<Browser> {
  mkdirSync(PICTURES, { recursive: true });
  return chromium.launch({
    executablePath: program,
    // Root, as build machines are, has no sandbox; the page is our own
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--font-render-hinting=none'],
  });
}

export interface Where {
  /** Words before the program's own: a namespace, another user. */
  readonly within?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** In place of the browser's program. */
  readonly chromium?: string;
  readonly cli?: string;
}

export async function startWebFace({ within = [], env: more = {}, chromium, cli = CLI }: Where = {}): Promise<Face> {
  const { home, env } = ownHome();
  // Whoever it runs as
  chmodSync(home, 0o777);
  const [file, ...args] = [...within, process.execPath, cli, 'serve', '--port', '0'];
  const server = spawn(file!, args, { env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'inherit'] });
  const address = await firstAddress(server);
  const browser = await launchChromium(chromium);
  return {
    open: (look = {}) => openPage(browser, address, look),
    choose: (page, paths) => page.locator('#files').setInputFiles([...paths]),
    drop: dropFile,
    pid: server.pid!,
    close: async () => {
      await browser.close();
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGTERM');
      await ended;
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function firstAddress(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    server.stdout!.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const found = /http:\/\/[^\s]+/.exec(said);
      if (found !== null) resolve(found[0]);
    });
    server.once('exit', (code) => reject(new Error(`serve ended with ${code}: ${said}`)));
  });
}

/** `prepare` does what the face needs before the page is there. */
export async function openPage(
  browser: Browser,
  address: string,
  { theme = 'light', language = 'en', width = 1440, height = 900, agreed = false }: Look,
  prepare: (context: BrowserContext) => Promise<void> = async () => {},
): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, locale: 'en-US' });
  context.setDefaultTimeout(30_000);
  await prepare(context);
  const { origin } = new URL(address);
  await context.addInitScript(
    (chosen: object) => {
      const stored: unknown = JSON.parse(localStorage.getItem('blockscope.settings') ?? '{}');
      localStorage.setItem(
        'blockscope.settings',
        JSON.stringify({ languageChosen: true, ...chosen, ...(stored as object) }),
      );
    },
    { language, recordingAgreed: agreed },
  );
  const page = await context.newPage();
  const complaints: string[] = [];
  const foreign: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith('blob:')) foreign.push(request.url());
  });
  await page.goto(address);
  await page.locator('main').waitFor();
  return { page, context, complaints, foreign };
}

export async function dropFile(page: Page, path: string): Promise<void> {
  const transfer = await page.evaluateHandle(
    ({ name, base64 }) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const dropped = new DataTransfer();
      dropped.items.add(new File([bytes], name));
      return dropped;
    },
    { name: basename(path), base64: readFileSync(path).toString('base64') },
  );
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
}

/** Opens a sample from the first screen and waits for its verdict. */
export async function openSample(page: Page, slug: string): Promise<void> {
  await page.locator('.samples button', { hasText: slug }).first().click();
  await page.waitForURL(/overview/);
  await page.locator('.timeline').waitFor();
}

/** Captures stay open when a page goes; the engine keeps a bounded number of them. */
export async function closeCaptures(page: Page): Promise<void> {
  await page.evaluate(() => {
    location.hash = '#/';
  });
  const open = page
    .locator('.welcome .recents')
    .first()
    .getByRole('button', { name: /^(Close|Закрыть|بستن|关闭):/ });
  await page.locator('.welcome').waitFor();
  for (let left = await open.count(); left > 0; left = await open.count()) {
    await open.first().click();
    // The list follows the engine's answer
    while ((await open.count()) === left) await page.waitForTimeout(20);
  }
}

export async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(PICTURES, `${name}.png`), animations: 'disabled' });
}
