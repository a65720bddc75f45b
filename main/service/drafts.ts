// Drafts of reports, one of each capture, by its hash: what their author chose and wrote, for this person alone.

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type ReportRequest, reportOptionsSchema } from '../../shared/contract/report.ts';

/** The oldest go. */
const MOST = 200;
const draftSchema = z.strictObject({ savedAt: z.string().max(64), options: reportOptionsSchema });
type Draft = z.infer<typeof draftSchema>;

export class Drafts {
  readonly #folder: string | null;
  /** Where nothing may be kept on the disk. */
  readonly #memory = new Map<string, Draft>();

  constructor(config: string | null) {
    this.#folder = config === null ? null : join(config, 'drafts');
  }

  get kept(): 'disk' | 'memory' {
    return this.#folder === null ? 'memory' : 'disk';
  }

  /** Null also where it was written by a version that chose otherwise. */
  get(sha256: string): Draft | null {
    if (this.#folder === null) return this.#memory.get(sha256) ?? null;
    try {
      return draftSchema.parse(JSON.parse(readFileSync(this.#file(this.#folder, sha256), 'utf8')));
    } catch {
      return null;
    }
  }

  keep(sha256: string, options: ReportRequest): Draft {
    const draft = { savedAt: new Date().toISOString(), options };
    if (this.#folder === null) {
      this.#memory.delete(sha256);
      this.#memory.set(sha256, draft);
      for (const old of [...this.#memory.keys()].slice(0, -MOST)) this.#memory.delete(old);
      return draft;
    }
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const file = this.#file(this.#folder, sha256);
    const next = `${file}.${process.pid}`;
    try {
      writeFileSync(next, JSON.stringify(draft, null, 2), { mode: 0o600 });
      renameSync(next, file);
    } catch (error) {
      rmSync(next, { force: true });
      throw error;
    }
    this.#trim(this.#folder);
    return draft;
  }

  forget(sha256: string): void {
    this.#memory.delete(sha256);
    if (this.#folder !== null) rmSync(this.#file(this.#folder, sha256), { force: true });
  }

  #file(folder: string, sha256: string): string {
    return join(folder, `${sha256}.json`);
  }

  #trim(folder: string): void {
    const drafts = readdirSync(folder).filter((name) => /^[0-9a-f]{64}\.json$/.test(name));
    if (drafts.length <= MOST) return;
    const dated = drafts.map((name) => ({ path: join(folder, name), at: statSync(join(folder, name)).mtimeMs }));
    dated.sort((a, b) => b.at - a.at);
    for (const { path } of dated.slice(MOST)) rmSync(path, { force: true });
  }
}
