// Where imported lists are kept: the files as they were, named by their SHA-256, and beside them one index that says
// what each is. Everything is read anew from those bytes, so what is kept cannot disagree with what is used.

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { listSchema } from '../../shared/contract/analysis.ts';
import type { ListFailure } from '../../shared/contract/service.ts';
import type { ListFormat, ListKind } from '../../shared/domain/lists.ts';
import { LISTS_FOLDER, MAX_INCLUDES, MAX_LIST_BYTES, type ParsedList, type RowFault } from './list-entries.ts';
import { detectFormat, type ListText, missingIncludes, PUBLISHERS, parseList } from './list-formats.ts';
import type { ImportedList, ListFacts } from './list-index.ts';

/** Lists kept. */
export const MAX_LISTS = 64;
const MAX_NAME = 80;

export interface ImportRequest {
  readonly path: string;
  /** Stands for the file's own name, where the path is of a copy. */
  readonly fileName?: string;
  readonly name?: string | null;
  readonly format?: ListFormat | null;
  readonly as?: ListKind | null;
  readonly source?: string | null;
  readonly licence?: string | null;
  readonly date?: string | null;
  /** The day of the import, as 2026-11-23. */
  readonly today: string;
}

export interface ImportResult {
  readonly list: ListFacts;
  readonly faults: readonly RowFault[];
}

export class ListImportError extends Error {
  readonly code: ListFailure;

  constructor(code: ListFailure) {
    super(code);
    this.code = code;
  }
}

const stored = z.array(listSchema).max(MAX_LISTS);

export class ListStore {
  readonly #folder: string | null;

  /** `config`: where what is kept for this person lies; null: nothing is kept. */
  constructor(config: string | null) {
    this.#folder = config === null ? null : join(config, LISTS_FOLDER);
  }

  /** In the order of their names. An index that cannot be read is none. */
  list(): ListFacts[] {
    if (this.#folder === null) return [];
    try {
      const lists = stored.parse(JSON.parse(readFileSync(join(this.#folder, 'index.json'), 'utf8')));
      return lists.sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch {
      return [];
    }
  }

  /** All lists with their bytes. One whose bytes are gone or are other bytes is left out. */
  load(): ImportedList[] {
    const folder = this.#folder;
    if (folder === null) return [];
    return this.list().flatMap((facts): ImportedList[] => {
      try {
        const file = { name: facts.name, text: textOf(readKept(folder, facts.sha256)) };
        const includes = facts.includes.map(({ name, sha256 }) => ({ name, text: textOf(readKept(folder, sha256)) }));
        return [{ facts, file, includes }];
      } catch {
        return [];
      }
    });
  }

  /** One of the same name is replaced. */
  import(request: ImportRequest): ImportResult {
    const folder = this.#folder;
    if (folder === null) throw new ListImportError('not-readable');
    const bytes = readFile(request.path);
    const text = textOf(bytes);
    if (text.slice(0, 4_096).includes('\0')) throw new ListImportError('not-text');
    const format = request.format ?? detectFormat(text);
    if (format === null) throw new ListImportError('unknown-format');
    const fileName = request.fileName ?? basename(request.path);
    const name = harmlessName(request.name ?? fileName.replace(/\.(json|jsonl|csv|txt|conf|list)$/i, ''));
    const file: ListText = { name: fileName, text };
    const beside = format === 'v2fly' ? includedFiles(file, dirname(request.path)) : new Map<string, IncludedFile>();
    const parsed: ParsedList = parseList(file, format, request.as ?? null, beside);
    if (parsed.entries.length === 0) throw new ListImportError('nothing-usable');
    const others = this.list().filter((list) => list.name !== name);
    if (others.length >= MAX_LISTS) throw new ListImportError('too-many');
    const publisher = PUBLISHERS[format];
    const list: ListFacts = {
      name,
      format,
      kind: parsed.kind,
      sha256: sha256Of(bytes),
      includes: [...beside.values()].map((one) => ({ name: one.name, sha256: sha256Of(one.bytes) })),
      entries: parsed.entries.length,
      skipped: parsed.faulty,
      source: request.source ?? publisher.source,
      licence: request.licence ?? publisher.licence,
      date: request.date ?? null,
      imported: request.today,
    };
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      for (const one of [bytes, ...[...beside.values()].map((included) => included.bytes)]) keep(folder, one);
      this.#write(folder, [...others, list]);
    } catch {
      throw new ListImportError('not-readable');
    }
    return { list, faults: parsed.faults };
  }

  /** False: there is none of that name. */
  remove(name: string): boolean {
    const all = this.list();
    const kept = all.filter((list) => list.name !== name);
    if (this.#folder === null || kept.length === all.length) return false;
    this.#write(this.#folder, kept);
    return true;
  }

  #write(folder: string, lists: readonly ListFacts[]): void {
    const next = join(folder, `index.${process.pid}`);
    writeFileSync(next, JSON.stringify(lists, null, 2), { mode: 0o600 });
    renameSync(next, join(folder, 'index.json'));
    const used = new Set(lists.flatMap((list) => [list.sha256, ...list.includes.map(({ sha256 }) => sha256)]));
    for (const name of readdirSync(folder)) {
      if (/^[0-9a-f]{64}$/.test(name) && !used.has(name)) rmSync(join(folder, name), { force: true });
    }
  }
}

interface IncludedFile extends ListText {
  readonly bytes: Uint8Array;
}

/** Those that lie beside it under the name that it gives them, and what they include in turn. */
function includedFiles(file: ListText, folder: string): Map<string, IncludedFile> {
  const found = new Map<string, IncludedFile>();
  const tried = new Set<string>();
  let left = MAX_LIST_BYTES - file.text.length;
  for (;;) {
    const name = missingIncludes(file, found).find((one) => !tried.has(one));
    if (name === undefined || tried.size >= MAX_INCLUDES) return found;
    tried.add(name);
    try {
      const bytes = readFile(join(folder, name));
      left -= bytes.length;
      if (left >= 0) found.set(name, { name, bytes, text: textOf(bytes) });
    } catch {
      // It is reported as a row that includes what is not there
    }
  }
}

function readFile(path: string): Uint8Array {
  try {
    const stats = statSync(path);
    if (!stats.isFile()) throw new ListImportError('not-readable');
    if (stats.size > MAX_LIST_BYTES) throw new ListImportError('too-large');
    return readFileSync(path);
  } catch (error) {
    if (error instanceof ListImportError) throw error;
    throw new ListImportError((error as NodeJS.ErrnoException).code === 'ENOENT' ? 'not-found' : 'not-readable');
  }
}

function keep(folder: string, bytes: Uint8Array): void {
  writeFileSync(join(folder, sha256Of(bytes)), bytes, { mode: 0o600 });
}

function readKept(folder: string, sha256: string): Uint8Array {
  const bytes = readFile(join(folder, sha256));
  if (sha256Of(bytes) !== sha256) throw new ListImportError('not-readable');
  return bytes;
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** It is printed, and names the list to `remove`. */
function harmlessName(name: string): string {
  const plain = name
    .normalize('NFC')
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
    .trim()
    .slice(0, MAX_NAME);
  return plain === '' ? 'list' : plain;
}
