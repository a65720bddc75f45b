// report.pdf: report.html printed by a Chromium that is there already. None is brought along; without one there is no
// PDF, and that is said.

import { spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'microsoft-edge',
  'msedge',
];
const ELSEWHERE = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];
const PATIENCE_MS = 120_000;

/** BLOCKSCOPE_CHROMIUM names one; empty means none. */
export function findChromium(env: NodeJS.ProcessEnv): string | null {
  if (env.BLOCKSCOPE_CHROMIUM !== undefined) return env.BLOCKSCOPE_CHROMIUM === '' ? null : env.BLOCKSCOPE_CHROMIUM;
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const candidates = [...NAMES.flatMap((name) => folders.map((folder) => join(folder, name + suffix))), ...ELSEWHERE];
  return candidates.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Null, and why, where it did not come about. */
export async function printPdf(
  page: string,
  chromium: string,
): Promise<{ pdf: Uint8Array } | { pdf: null; because: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'blockscope-pdf-'));
  const source = join(folder, 'report.html');
  const target = join(folder, 'report.pdf');
  try {
    writeFileSync(source, page);
    // Also what it keeps beside its profile goes with the folder
    const env = { ...process.env, XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder };
    const because = await run(chromium, env, [
      '--headless',
      '--disable-gpu',
      '--no-first-run',
      '--disable-extensions',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-pings',
      // Nothing is to leave the machine, whatever the browser would like to ask
      '--host-resolver-rules=MAP * ~NOTFOUND',
      // Its sandbox refuses to run as root, which containers do; the page has no script
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      `--user-data-dir=${join(folder, 'profile')}`,
      '--no-pdf-header-footer',
      `--print-to-pdf=${target}`,
      pathToFileURL(source).href,
    ]);
    if (because !== null) return { pdf: null, because };
    return { pdf: readFileSync(target) };
  } catch (error) {
    return { pdf: null, because: (error as Error).message };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function run(command: string, env: NodeJS.ProcessEnv, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { env, stdio: 'ignore' });
    const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve(error.message);
    });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      resolve(code === 0 ? null : `${command} ended with ${signal ?? code}`);
    });
  });
}
