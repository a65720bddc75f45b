// Frames read again from the file, from the last place before them. A compressed or piped capture is read again from the
// copy that was made of its bytes while they passed, as long as that stayed within its budget; a live one from its
// recording.

import { closeSync, fstatSync, openSync, readSync, type Stats, writeSync } from 'node:fs';
import type { FrameBatch } from '../capture-file/frames.ts';
import { CaptureReader } from '../capture-file/reader.ts';
import type { Catalog } from './catalog.ts';

/** Bytes of the copy of a compressed or piped capture. */
export const SPOOL_BUDGET = 4_294_967_296;
const CHUNK = 1_048_576;
/** Chunks between two looks at the event loop. */
const CHUNKS_PER_TURN = 8;

/** A frame while it is visited; bytes are valid during the visit only. */
export interface VisitedFrame {
  bytes: Uint8Array;
  view: DataView;
  start: number;
  captured: number;
  original: number;
  number: number;
  /** Since the epoch. */
  seconds: number;
  nanos: number;
  /** Seconds since the first frame of the capture. */
  offset: number;
  linkType: number;
}

export class Unavailable extends Error {}

/** Bytes of the capture that lie elsewhere than in one file. */
export interface Stored {
  /** As many bytes as there are from this place of the stream on, at most what fits; 0 at its end. */
  read(position: number, into: Uint8Array): number;
  close(): void;
}

export class Rereading {
  readonly #catalog: Catalog;
  #fd = -1;
  #before: Stats | null = null;
  /** Of the copy: bytes written, or -1 when the budget was spent. */
  #spooled = 0;
  readonly #isSpool: boolean;
  readonly #stored: Stored | null;
  readonly #buffer = new Uint8Array(CHUNK);

  /** `spool`: the copy to write and read; null where the file itself can be read again. */
  constructor(catalog: Catalog, file: string | Stored, spool: string | null) {
    this.#catalog = catalog;
    this.#isSpool = spool !== null;
    this.#stored = typeof file === 'string' ? null : file;
    if (typeof file !== 'string') return;
    const path = file;
    try {
      this.#fd = spool === null ? openSync(path, 'r') : openSync(spool, 'wx+', 0o600);
      this.#before = spool === null ? fstatSync(this.#fd) : null;
    } catch {
      // The reading itself says what is wrong with the file
      this.#fd = -1;
    }
  }

  get isSpool(): boolean {
    return this.#isSpool;
  }

  /** Keeps a copy of what was fed. */
  spool(chunk: Uint8Array): void {
    if (!this.#isSpool || this.#fd < 0 || this.#spooled < 0) return;
    if (this.#spooled + chunk.length > SPOOL_BUDGET) {
      this.#spooled = -1;
      return;
    }
    try {
      for (let at = 0; at < chunk.length; ) at += writeSync(this.#fd, chunk, at, chunk.length - at, this.#spooled + at);
      this.#spooled += chunk.length;
    } catch {
      // The disk is full: what is analyzed stands, what would be read again does not
      this.#spooled = -1;
    }
  }

  /** Calls back with every frame from `from` on until the visitor says false or the last frame read by the engine. */
  async visit(from: number, signal: AbortSignal, visitor: (frame: VisitedFrame) => boolean): Promise<void> {
    this.#check();
    const { lastKept, reader } = this.#catalog;
    if (from > lastKept) throw new Unavailable();
    const last = Math.min(reader.records, lastKept);
    const mark = this.#catalog.markBefore(from);
    let done = false;
    const frame: VisitedFrame = {
      bytes: this.#buffer,
      view: new DataView(this.#buffer.buffer),
      start: 0,
      captured: 0,
      original: 0,
      number: 0,
      seconds: 0,
      nanos: 0,
      offset: 0,
      linkType: 0,
    };
    const first = reader.firstTime ?? { seconds: 0, nanos: 0 };
    const frames = (batch: FrameBatch): void => {
      frame.bytes = batch.bytes;
      frame.view = batch.view;
      for (let i = 0; i < batch.count && !done; i++) {
        frame.number = batch.number[i]!;
        if (batch.seconds[i] !== 0)
          frame.offset = batch.seconds[i]! - first.seconds + (batch.nanos[i]! - first.nanos) / 1e9;
        if (frame.number < from) continue;
        if (frame.number > last) {
          done = true;
          return;
        }
        frame.seconds = batch.seconds[i]!;
        frame.nanos = batch.nanos[i]!;
        frame.start = batch.offset[i]!;
        frame.captured = batch.captured[i]!;
        frame.original = batch.original[i]!;
        frame.linkType = again.interfaces[batch.iface[i]!]!.linkType;
        if (!visitor(frame)) done = true;
      }
    };
    const again = mark === null ? new CaptureReader({ frames }) : CaptureReader.resume({ frames }, reader, mark);
    let position = mark?.position ?? 0;
    for (let chunks = 1; !done; chunks++) {
      if (signal.aborted) return;
      const size = this.#read(position);
      if (size === 0) {
        again.end();
        return;
      }
      again.feed(this.#buffer, 0, size);
      position += size;
      if (again.error !== null) return;
      if (chunks % CHUNKS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #read(position: number): number {
    try {
      if (this.#stored !== null) return this.#stored.read(position, this.#buffer);
      const room = this.#isSpool ? Math.min(CHUNK, this.#spooled - position) : CHUNK;
      return room <= 0 ? 0 : readSync(this.#fd, this.#buffer, 0, room, position);
    } catch {
      throw new Unavailable();
    }
  }

  /** A file that changed since it was read would give other frames under the same numbers. */
  #check(): void {
    if (this.#stored !== null) return;
    if (this.#fd < 0 || this.#spooled < 0) throw new Unavailable();
    if (this.#before === null) return;
    let now: Stats;
    try {
      now = fstatSync(this.#fd);
    } catch {
      throw new Unavailable();
    }
    if (now.size < this.#before.size || (now.size === this.#before.size && now.mtimeMs !== this.#before.mtimeMs)) {
      throw new Unavailable();
    }
  }

  close(): void {
    this.#stored?.close();
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }
}
