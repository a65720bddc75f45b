// Captures opened lately from files of this person, kept in a file of their own and nowhere else.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { Recent } from '../../shared/contract/service.ts';

const MOST = 12;
const stored = z.array(z.object({ path: z.string().max(4_096), openedAt: z.string().max(64) })).max(64);

interface Entry {
  readonly path: string;
  readonly openedAt: string;
}

export class Recents {
  readonly #file: string | null;
  #entries: Entry[];

  constructor(folder: string | null) {
    this.#file = folder === null ? null : join(folder, 'recent.json');
    this.#entries = this.#read();
  }

  #read(): Entry[] {
    if (this.#file === null) return [];
    try {
      return stored.parse(JSON.parse(readFileSync(this.#file, 'utf8'))).slice(0, MOST);
    } catch {
      return [];
    }
  }

  #write(): void {
    if (this.#file === null) return;
    // A list that cannot be kept is no reason to fail what was asked for
    try {
      mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
      const next = `${this.#file}.${process.pid}`;
      writeFileSync(next, JSON.stringify(this.#entries, null, 2), { mode: 0o600 });
      renameSync(next, this.#file);
    } catch {}
  }

  opened(path: string): void {
    const before = this.#read().filter((entry) => entry.path !== path);
    this.#entries = [{ path, openedAt: new Date().toISOString() }, ...before].slice(0, MOST);
    this.#write();
  }

  forget(recent: string): void {
    this.#entries = this.#read().filter(({ path }) => idOf(path) !== recent);
    this.#write();
  }

  path(recent: string): string | null {
    return this.#entries.find(({ path }) => idOf(path) === recent)?.path ?? null;
  }

  list(): Recent[] {
    return this.#entries.map(({ path, openedAt }) => ({
      recent: idOf(path),
      name: basename(path),
      folder: dirname(path),
      openedAt,
      exists: existsSync(path),
    }));
  }
}

export function idOf(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 32);
}
