// Files made for a face that has no paths: it fetches them part by part over the way it has, as it sends captures, so
// that there is no address of theirs that another page could guess. They go when fetched, or with whoever asked.

import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { DOWNLOAD_PART } from '../../shared/contract/report.ts';
import { ServiceFailure } from './failures.ts';

/** Of one face; the oldest goes. */
const MAX_DOWNLOADS = 4;

interface Download {
  readonly owner: object;
  readonly path: string;
  readonly file: FileHandle;
}

export class Downloads {
  readonly #open = new Map<string, Download>();

  /** Takes over the file at `path`. */
  async add(owner: object, path: string): Promise<string> {
    const own = [...this.#open].filter(([, download]) => download.owner === owner);
    for (const [id] of own.slice(0, Math.max(0, own.length - MAX_DOWNLOADS + 1))) await this.end(owner, id);
    const id = randomUUID();
    this.#open.set(id, { owner, path, file: await open(path, 'r') });
    return id;
  }

  async part(owner: object, id: string, offset: number): Promise<Uint8Array> {
    const { file } = this.#of(owner, id);
    const data = new Uint8Array(DOWNLOAD_PART);
    const { bytesRead } = await file.read(data, 0, data.length, offset);
    return data.slice(0, bytesRead);
  }

  async end(owner: object, id: string): Promise<void> {
    const { file, path } = this.#of(owner, id);
    this.#open.delete(id);
    await file.close();
    await rm(path, { force: true });
  }

  /** Whoever asked for them is gone. */
  async endAll(owner: object): Promise<void> {
    for (const [id, download] of [...this.#open]) if (download.owner === owner) await this.end(owner, id);
  }

  #of(owner: object, id: string): Download {
    const download = this.#open.get(id);
    if (download === undefined || download.owner !== owner) {
      throw new ServiceFailure('bad-request', { what: 'there is no such download' });
    }
    return download;
  }
}
