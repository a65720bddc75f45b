// A bundle goes to disk whole or not at all: beside its place first, then moved there.

import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync, type Zippable, zipSync } from 'fflate';

export const MANIFEST = 'MANIFEST.sha256';

export function isZip(output: string): boolean {
  return output.toLowerCase().endsWith('.zip');
}

export function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Whether what lies there is an older report: a folder or zip file with a manifest. Nothing else is ever replaced. */
export function isReport(path: string): boolean {
  if (statSync(path).isDirectory()) return exists(join(path, MANIFEST));
  try {
    let found = false;
    unzipSync(readFileSync(path), {
      filter: ({ name }) => {
        found ||= name === MANIFEST;
        return false;
      },
    });
    return found;
  } catch {
    return false;
  }
}

/** What is there already goes only when the new one is whole. Gives the bytes written. */
export function writeBundle(output: string, files: ReadonlyMap<string, Uint8Array>, zip = isZip(output)): number {
  const clean = output.replace(/[/\\]+$/, '') || output;
  const partial = `${clean}.partial-${randomUUID().slice(0, 8)}`;
  let bytes = 0;
  try {
    if (zip) {
      const packed = zipped(files);
      bytes = packed.length;
      writeFileSync(partial, packed, { flag: 'wx' });
    } else {
      mkdirSync(partial);
      for (const [name, content] of files) {
        bytes += content.length;
        writeFileSync(join(partial, name), content, { flag: 'wx' });
      }
    }
    replace(partial, clean);
    return bytes;
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
  const old = `${output}.old-${randomUUID().slice(0, 8)}`;
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
