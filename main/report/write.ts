// A bundle goes to disk whole or not at all: beside its place first, then moved there.

import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Zippable, zipSync } from 'fflate';

export function isZip(output: string): boolean {
  return output.toLowerCase().endsWith('.zip');
}

export function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** What is there already goes only when the new one is whole. */
export function writeBundle(output: string, files: ReadonlyMap<string, Uint8Array>): void {
  const clean = output.replace(/[/\\]+$/, '') || output;
  const partial = `${clean}.partial-${process.pid}`;
  try {
    if (isZip(clean)) writeFileSync(partial, zipped(files), { flag: 'wx' });
    else {
      mkdirSync(partial);
      for (const [name, bytes] of files) writeFileSync(join(partial, name), bytes, { flag: 'wx' });
    }
    replace(partial, clean);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw error;
  }
}

function replace(partial: string, output: string): void {
  if (!exists(output)) {
    renameSync(partial, output);
    return;
  }
  const old = `${output}.old-${process.pid}`;
  renameSync(output, old);
  try {
    renameSync(partial, output);
  } catch (error) {
    renameSync(old, output);
    throw error;
  }
  rmSync(old, { recursive: true, force: true });
}

/** The same files give the same bytes: ordered by name, all of one date, which ZIP writes in local time. */
export function zipped(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const entries: Zippable = {};
  for (const name of [...files.keys()].sort())
    entries[name] = [files.get(name)!, { mtime: new Date(1980, 0, 1), level: 9 }];
  return zipSync(entries);
}
