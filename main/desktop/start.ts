// `npm start`: the desktop window, or where Electron's program cannot be had the same app in a browser.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** A download of some 100 MB over a slow line. */
const INSTALL_WITHIN_MS = 600_000;

/** The folder of Electron's package, or null: it is a dependency of development only. */
function packageFolder(): string | null {
  try {
    return dirname(createRequire(import.meta.url).resolve('electron/package.json'));
  } catch {
    return null;
  }
}

function program(folder: string): string | null {
  const named = join(folder, 'path.txt');
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  const name = existsSync(named) ? readFileSync(named, 'utf8').trim() : 'electron';
  const path = override === undefined ? join(folder, 'dist', name) : join(override, name);
  return existsSync(path) ? path : null;
}

/** Downloads it once; gives why not. */
function install(folder: string): string {
  const { status, stderr, error } = spawnSync(process.execPath, [join(folder, 'install.js')], {
    encoding: 'utf8',
    timeout: INSTALL_WITHIN_MS,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (status === 0) return '';
  return /^\w*Error: .*$/m.exec(stderr ?? '')?.[0] ?? error?.message ?? `status ${status}`;
}

function run(command: string, args: readonly string[]): void {
  const child = spawn(command, args, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => browser(error.message));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === null ? 0 : 1);
  });
}

function browser(because: string): void {
  process.stderr.write(
    `The window could not start: its program, Electron, could not be downloaded (${because}).\n` +
      'This is the same app in your browser instead. To get the window, run: npx install-electron\n',
  );
  run(process.execPath, [join(ROOT, 'dist/main/cli/blockscope.js'), 'serve']);
}

const folder = packageFolder();
let because = folder === null ? 'its package is not installed' : '';
if (folder !== null && program(folder) === null) because = install(folder);
const found = folder === null ? null : program(folder);
if (found === null) browser(because === '' ? 'the download was not complete' : because);
else run(found, [ROOT, ...process.argv.slice(2)]);
