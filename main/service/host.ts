// What the service needs of the program it runs in.

import { existsSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../enrich/networks-cache.ts';
import { findChromium, printPdf } from '../report/pdf.ts';

export interface Host {
  readonly face: 'desktop' | 'web' | 'in-process';
  /** Whether a face may name a file by its path; in a browser there are no paths. */
  readonly openPath: boolean;
  /** The system's dialog, where there is one. */
  readonly chooseFiles: (() => Promise<string[]>) | null;
  /** Opens a file in Wireshark, where that is installed beside the window. */
  readonly openInWireshark: ((path: string) => Promise<void>) | null;
  /** The system's dialog for a recording to be written, where there is one; null from it: the person changed their mind. */
  readonly chooseRecording: ((name: string) => Promise<string | null>) | null;
  /** Starts a script of Node as another process; null where a worker can do so itself. */
  readonly launchHelper: LaunchHelper | null;
  /** Recordings of live captures lie here unless another place is chosen; null: they go with the program. */
  readonly recordings: string | null;
  /** The system's dialog for a new folder or file, where there is one. */
  readonly chooseTarget: ((as: 'folder' | 'zip', name: string) => Promise<string | null>) | null;
  /** What prints a page as PDF; null where nothing here can. */
  readonly printPdf: () => PdfPrinter | null;
  readonly samples: string;
  /** Where what is kept for this person lies; null: nothing is kept. */
  readonly config: string | null;
  /** Where what can be made again lies; null: nowhere. */
  readonly cache: string | null;
  /** Under it a folder of this run's own is made. */
  readonly temporary: string;
  /** Bytes of one upload. */
  readonly uploadLimit: number;
  /** Captures read at the same time; the others wait. */
  readonly readingAtOnce: number;
}

/** `ended`: its exit code and the last it said on standard error. */
export type LaunchHelper = (
  script: string,
  args: readonly string[],
  ended: (code: number | null, words: string) => void,
) => { kill(): void };
export type PdfPrinter = (page: string) => Promise<Uint8Array>;

export const UPLOAD_LIMIT = 2_147_483_648;
/** More would only take the processor from one another. */
const READING_AT_ONCE = 2;

export function defaultHost(): Host {
  return {
    face: 'in-process',
    openPath: true,
    chooseFiles: null,
    openInWireshark: null,
    chooseRecording: null,
    launchHelper: null,
    recordings: recordingsFolder(process.platform, process.env, homedir()),
    chooseTarget: null,
    printPdf: byChromium,
    samples: samplesFolder(fileURLToPath(new URL('../../../samples/', import.meta.url))),
    config: configFolder(process.platform, process.env, homedir()),
    cache: cacheFolder(),
    temporary: tmpdir(),
    uploadLimit: UPLOAD_LIMIT,
    readingAtOnce: READING_AT_ONCE,
  };
}

/** By a browser that is installed here; looked for when it is asked for. */
function byChromium(): PdfPrinter | null {
  const chromium = findChromium(process.env);
  if (chromium === null) return null;
  return async (page) => {
    const made = await printPdf(page, chromium);
    if (made.pdf === null) throw new Error(made.because);
    return made.pdf;
  };
}

/** In the desktop package they lie beside the archive of the program, because a worker reads them as files. */
function samplesFolder(folder: string): string {
  const beside = folder.replace(/\bapp\.asar(?=[\\/])/, 'app.asar.unpacked');
  return existsSync(beside) ? beside : folder;
}

/** XDG Base Directory Specification; the folders that macOS and Windows name. */
export function configFolder(
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
  home: string,
): string {
  if (platform === 'win32') return join(env.APPDATA ?? join(home, 'AppData', 'Roaming'), 'Blockscope');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Blockscope');
  const base = env.XDG_CONFIG_HOME;
  // A relative path is invalid and to be ignored
  return join(base?.startsWith('/') ? base : join(home, '.config'), 'blockscope');
}

/** Beside what is kept for this person, but where data is and not settings. */
export function recordingsFolder(
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
  home: string,
): string {
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'Blockscope', 'recordings');
  if (platform === 'darwin') return join(configFolder(platform, env, home), 'recordings');
  const base = env.XDG_DATA_HOME;
  return join(base?.startsWith('/') ? base : join(home, '.local', 'share'), 'blockscope', 'recordings');
}
