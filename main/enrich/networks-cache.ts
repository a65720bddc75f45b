// Where the table of networks lies: made on first need from the packages, in a worker, and kept in this person's cache
// under the version of the data, so that a newer one is made anew.

import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Networks } from './networks.ts';
import type { NetworkFiles } from './networks-build.ts';

/** What CC BY 4.0 asks to be said wherever the data is shown (the names of networks; countries are CC0). */
export const NETWORKS_CREDIT = {
  text: 'Networks: IP to ASN data by RouteViews and DB-IP; countries: NRO. Compiled by ip-location-db.',
  licence: 'CC BY 4.0',
  link: 'https://github.com/sapics/ip-location-db',
} as const;

const SYSTEMS = '@ip-location-db/asn';
const COUNTRIES = '@ip-location-db/asn-country';

/** XDG Base Directory Specification; the folders that macOS and Windows name. */
export function cacheFolder(
  platform: NodeJS.Platform = process.platform,
  env: Readonly<Record<string, string | undefined>> = process.env,
  home: string = homedir(),
): string {
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'Blockscope', 'Cache');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'Blockscope');
  const base = env.XDG_CACHE_HOME;
  return join(base?.startsWith('/') ? base : join(home, '.cache'), 'blockscope');
}

interface Data {
  readonly files: NetworkFiles;
  /** Versions of the packages, which are the days of the data. */
  readonly version: string;
  readonly asOf: string;
}

/** Null: the packages are not there. */
function findData(): Data | null {
  const { resolve } = createRequire(import.meta.url);
  // A worker reads them as files, so the desktop package keeps them beside its archive
  const folderOf = (name: string): string =>
    dirname(resolve(`${name}/package.json`)).replace(/\bapp\.asar(?=[\\/])/, 'app.asar.unpacked');
  try {
    const folders = { asn: folderOf(SYSTEMS), country: folderOf(COUNTRIES) };
    const versionOf = (folder: string): string =>
      String((JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version?: unknown }).version);
    const versions = [versionOf(folders.asn), versionOf(folders.country)];
    const files = {
      systems4: join(folders.asn, 'asn-ipv4.csv'),
      systems6: join(folders.asn, 'asn-ipv6.csv'),
      countries4: join(folders.country, 'asn-country-ipv4.csv'),
      countries6: join(folders.country, 'asn-country-ipv6.csv'),
    };
    if (!Object.values(files).every((path) => existsSync(path))) return null;
    return { files, version: versions.join('-').replace(/[^\w.-]/g, ''), asOf: dayOf(versions[0]!) };
  } catch {
    return null;
  }
}

/** 2.3.2026061719 as 2026-06-17. */
function dayOf(version: string): string {
  const found = /\.(20\d\d)(\d\d)(\d\d)/.exec(version);
  return found === null ? version : `${found[1]}-${found[2]}-${found[3]}`;
}

/** What is shown of the data although nobody asked for a network; null where there is none. */
export function networksCredit(): { licence: string; link: string; asOf: string } | null {
  const { licence, link } = NETWORKS_CREDIT;
  credited ??= findData();
  return credited === null ? null : { licence, link, asOf: credited.asOf };
}

let credited: Data | null = null;

export interface NetworkTable {
  readonly networks: Networks;
  readonly asOf: string;
}

let loading: Promise<NetworkTable | null> | null = null;

/** Null: there is no data, or no place for it. The first call makes the table where it is not there yet. */
export function networkTable(cache: string = cacheFolder()): Promise<NetworkTable | null> {
  loading ??= load(cache).catch(() => null);
  return loading;
}

async function load(cache: string): Promise<NetworkTable | null> {
  const data = findData();
  if (data === null) return null;
  const path = join(cache, `networks-${data.version}.bin`);
  const known = await read(path);
  if (known !== null) return { networks: known, asOf: data.asOf };
  await make(data.files, path);
  const made = await read(path);
  return made === null ? null : { networks: made, asOf: data.asOf };
}

async function read(path: string): Promise<Networks | null> {
  try {
    const bytes = await readFile(path);
    // Columns of words have to begin at a multiple of four
    return Networks.read(bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes));
  } catch {
    return null;
  }
}

function make(files: NetworkFiles, target: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./networks-worker.js', import.meta.url), {
      execArgv: [],
      workerData: { files, target },
    });
    worker.once('error', reject);
    worker.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`ended with ${code}`))));
  });
}
