// Files whose bytes a face hands over part by part, because a browser has no paths. They lie in a folder that only this
// person can read, until their capture is closed.

import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ServiceFailure } from './failures.ts';

/** Uploads under way at once. */
const MAX_UPLOADS = 8;
/** All that lie here together may be this many times the largest single one. */
const TOTAL_SHARE = 4;

interface Upload {
  readonly owner: object;
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  readonly file: FileHandle;
  received: number;
  isBusy: boolean;
}

export class Uploads {
  readonly #folder: () => string;
  readonly #limit: number;
  readonly #open = new Map<string, Upload>();
  /** Bytes of files that were handed on and still lie here. */
  readonly #kept = new Map<string, number>();
  #beginning = 0;

  constructor(folder: () => string, limit: number) {
    this.#folder = folder;
    this.#limit = limit;
  }

  async begin(owner: object, name: string, bytes: number): Promise<string> {
    if (bytes > this.#limit) throw new ServiceFailure('too-large', { limit: this.#limit });
    if (this.#open.size + this.#beginning >= MAX_UPLOADS) throw new ServiceFailure('too-many', { limit: MAX_UPLOADS });
    let total = bytes;
    for (const upload of this.#open.values()) total += upload.bytes;
    for (const kept of this.#kept.values()) total += kept;
    const most = this.#limit * TOTAL_SHARE;
    if (total > most) throw new ServiceFailure('too-large', { limit: most });
    const id = randomUUID();
    const path = join(this.#folder(), id);
    this.#beginning++;
    try {
      const file = await open(path, 'wx', 0o600);
      this.#open.set(id, { owner, name, path, bytes, file, received: 0, isBusy: false });
    } finally {
      this.#beginning--;
    }
    return id;
  }

  async part(owner: object, id: string, data: Uint8Array): Promise<void> {
    const upload = this.#of(owner, id);
    if (upload.isBusy) throw new ServiceFailure('bad-request', { what: 'parts come one after the other' });
    if (upload.received + data.length > upload.bytes) {
      await this.abandon(owner, id);
      throw new ServiceFailure('too-large', { limit: upload.bytes });
    }
    upload.isBusy = true;
    try {
      for (let at = 0; at < data.length; ) {
        const { bytesWritten } = await upload.file.write(data, at, data.length - at, upload.received + at);
        at += bytesWritten;
      }
      upload.received += data.length;
    } finally {
      upload.isBusy = false;
    }
  }

  async abandon(owner: object, id: string): Promise<void> {
    const upload = this.#of(owner, id);
    this.#open.delete(id);
    await upload.file.close();
    await rm(upload.path, { force: true });
  }

  /** The file of a finished upload, which is the caller's from now on; it goes with release(). */
  async take(owner: object, id: string): Promise<{ path: string; name: string }> {
    const upload = this.#of(owner, id);
    if (upload.isBusy || upload.received !== upload.bytes) {
      throw new ServiceFailure('bad-request', { what: 'the upload is not complete' });
    }
    this.#open.delete(id);
    this.#kept.set(upload.path, upload.bytes);
    await upload.file.close();
    return { path: upload.path, name: upload.name };
  }

  /** Does nothing with a file that was not handed over here. */
  async release(path: string): Promise<void> {
    if (this.#kept.delete(path)) await rm(path, { force: true });
  }

  /** Whoever began them is gone. */
  async abandonAll(owner: object): Promise<void> {
    for (const [id, upload] of [...this.#open]) if (upload.owner === owner) await this.abandon(owner, id);
  }

  #of(owner: object, id: string): Upload {
    const upload = this.#open.get(id);
    if (upload === undefined || upload.owner !== owner) {
      throw new ServiceFailure('bad-request', { what: 'there is no such upload' });
    }
    return upload;
  }
}
