// The stream of a live capture, read again from its recording while that grows: by its place in the stream, whichever file
// of a ring it is in.

import { closeSync, openSync, readSync } from 'node:fs';
import type { Recording } from './recording.ts';

/** What was asked for is in no file: the ring let it go, or the disk was full. */
export class NotRecorded extends Error {}

export class RecordedBytes {
  readonly #recording: Recording;
  #path = '';
  #file = -1;

  constructor(recording: Recording) {
    this.#recording = recording;
  }

  /** As many bytes as there are from this place on, at most what fits; 0 at the end of what was recorded so far. */
  read(position: number, into: Uint8Array): number {
    const { segments, streamed, isClosed } = this.#recording;
    if (position >= streamed) {
      if (isClosed && position > streamed) throw new NotRecorded();
      return 0;
    }
    const index = segments.findLastIndex(({ from }) => from <= position);
    const segment = segments[index];
    if (segment === undefined) throw new NotRecorded();
    const end = segments[index + 1]?.from ?? streamed;
    if (segment.path !== this.#path) this.#open(segment.path);
    const place = segment.skip + position - segment.from;
    return readSync(this.#file, into, 0, Math.min(into.length, end - position), place);
  }

  close(): void {
    if (this.#file >= 0) closeSync(this.#file);
    this.#file = -1;
    this.#path = '';
  }

  #open(path: string): void {
    this.close();
    this.#file = openSync(path, 'r');
    this.#path = path;
  }
}
