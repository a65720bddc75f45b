// The capture as a file while it runs. Whole blocks go to the system at once, so that a program that is killed leaves a
// file that opens; a full disk ends the recording and not the capture.

import { closeSync, fsyncSync, ftruncateSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join, parse } from 'node:path';

/** A block that ends a section begins no file. */
const STATISTICS = 5;

export interface RecordingOptions {
  readonly path: string;
  /** Further files when one is as large or as long as this; of them the latest `files` are kept. Null: one file. */
  readonly ring: { readonly bytes: number | null; readonly seconds: number | null; readonly files: number } | null;
}

export interface RecordingFault {
  readonly kind: 'disk-full' | 'recording-failed';
  readonly path: string;
  /** Of the file up to here. */
  readonly bytes: number;
  readonly system: string;
}

/** Files of a ring are numbered from 1. */
export function ringFile(path: string, number: number): string {
  const { dir, name, ext } = parse(path);
  return join(dir, `${name}_${String(number).padStart(5, '0')}${ext}`);
}

/** Where a part of the stream lies: from this place of the stream on, after what every further file begins with. */
export interface Segment {
  readonly path: string;
  readonly from: number;
  skip: number;
}

export class Recording {
  readonly #options: RecordingOptions;
  readonly #segments: Segment[] = [];
  #file = -1;
  #size = 0;
  #opened = 0;
  #number = 0;
  /** Of all files, those let go included. */
  bytes = 0;
  /** Of the stream that were written; beginnings of further files are none of them. */
  streamed = 0;

  /** Throws where the first file cannot be made; a file that exists is never replaced. */
  constructor(options: RecordingOptions, now: number) {
    this.#options = options;
    this.#open(now);
  }

  /** Files that are there, oldest first. */
  get files(): readonly string[] {
    return this.#segments.map(({ path }) => path);
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  get path(): string {
    return this.#segments.at(-1)!.path;
  }

  /** Nothing more will be written. */
  get isClosed(): boolean {
    return this.#file < 0;
  }

  /** What ended the recording, once. Whole blocks; `head` begins a further file, and `now` is a clock in milliseconds that only goes forward. */
  write(blocks: Uint8Array, head: readonly Uint8Array[] | null, now: number): RecordingFault | null {
    if (this.#file < 0) return null;
    try {
      for (let at = 0; at < blocks.length; ) {
        if (head !== null && this.#size > 0 && blocks[at] !== STATISTICS && this.#isFull(now)) {
          closeSync(this.#file);
          this.#file = -1;
          this.#open(now);
          // A section that begins here brings its own
          if (!beginsSection(blocks, at)) for (const block of head) this.#append(block);
          this.#segments.at(-1)!.skip = this.#size;
        }
        const end = this.#fit(blocks, at);
        this.#append(blocks.subarray(at, end));
        this.streamed += end - at;
        at = end;
      }
      return null;
    } catch (error) {
      return this.#fail((error as NodeJS.ErrnoException).code ?? String(error));
    }
  }

  /** Nothing was captured: no empty file stays. */
  discard(): void {
    this.close();
    if (this.bytes === 0) for (const { path } of this.#segments) unlinkSync(path);
  }

  close(): void {
    if (this.#file < 0) return;
    try {
      fsyncSync(this.#file);
    } catch {
      // A pipe or a device cannot
    }
    closeSync(this.#file);
    this.#file = -1;
  }

  /** Where the file is as large as it should be: at the end of a block. */
  #fit(blocks: Uint8Array, from: number): number {
    const limit = this.#options.ring?.bytes ?? null;
    if (limit === null || this.#size + blocks.length - from <= limit) return blocks.length;
    const view = new DataView(blocks.buffer, blocks.byteOffset, blocks.byteLength);
    let at = from;
    while (at < blocks.length && (at === from || this.#size + at - from < limit)) {
      // In the other byte order the length is beyond the end, and the file becomes a little larger
      at = Math.min(blocks.length, at + Math.max(12, view.getUint32(at + 4, true)));
    }
    return at;
  }

  #isFull(now: number): boolean {
    const { ring } = this.#options;
    if (ring === null) return false;
    return (
      (ring.bytes !== null && this.#size >= ring.bytes) ||
      (ring.seconds !== null && now - this.#opened >= ring.seconds * 1000)
    );
  }

  #open(now: number): void {
    const { path, ring } = this.#options;
    this.#number++;
    const file = ring === null ? path : ringFile(path, this.#number);
    this.#file = openSync(file, 'wx', 0o600);
    this.#segments.push({ path: file, from: this.streamed, skip: 0 });
    this.#size = 0;
    this.#opened = now;
    while (ring !== null && this.#segments.length > ring.files) unlinkSync(this.#segments.shift()!.path);
  }

  #append(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    this.#size += bytes.length;
    this.bytes += bytes.length;
  }

  /** What was written of the last blocks goes, so that the file ends with a whole one. */
  #fail(system: string): RecordingFault {
    const kind = system === 'ENOSPC' || system === 'EDQUOT' ? 'disk-full' : 'recording-failed';
    const fault: RecordingFault = { kind, path: this.path, bytes: this.#size, system };
    if (this.#file < 0) return fault;
    try {
      ftruncateSync(this.#file, this.#size);
    } catch {
      // What was written before stays readable all the same
    }
    closeSync(this.#file);
    this.#file = -1;
    return fault;
  }
}

function beginsSection(blocks: Uint8Array, at: number): boolean {
  return blocks[at] === 0x0a && blocks[at + 1] === 0x0d && blocks[at + 2] === 0x0d && blocks[at + 3] === 0x0a;
}
