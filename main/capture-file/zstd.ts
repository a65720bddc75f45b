/**
 * Streaming zstd with a bounded window. fzstd inflates; this walks frames and blocks (RFC 8878 §3.1) beside it, to
 * refuse a window before it is allocated, to pass over skippable frames, to give each frame a decompressor of its own
 * (fzstd recurses once a frame), and to know whether the last frame ended. Content checksums are not verified.
 */
import { Decompress } from 'fzstd';

/** The zstd program's own default limit (--long=27). */
export const MAX_WINDOW = 1 << 27;

const FRAME_MAGIC = 0xfd2fb528;
/** The low four bits are free. */
const SKIPPABLE_MAGIC = 0x184d2a50;

export interface ZstdError {
  code: 'compressed-damaged' | 'unsupported-format';
  params: Record<string, number | string>;
}

type Stage = 'magic' | 'skippable-size' | 'descriptor' | 'frame-header' | 'block-header';

export class ZstdStream {
  error: ZstdError | null = null;
  truncated = false;
  readonly #output: (bytes: Uint8Array) => void;
  #frame: Decompress | null = null;
  #stage: Stage = 'magic';
  /** Bytes of the field being read, and how many it has and needs. */
  readonly #field = new Uint8Array(14);
  #have = 0;
  #need = 4;
  /** Bytes of content to go over before the next field. */
  #pass = 0;
  #checksum = 0;
  #lastBlock = false;

  constructor(output: (bytes: Uint8Array) => void) {
    this.#output = output;
  }

  /** bytes may be reused afterwards. */
  push(bytes: Uint8Array): void {
    if (this.error !== null) return;
    let forwarded = 0;
    let at = 0;
    while (at < bytes.length) {
      if (this.#pass > 0) {
        const taken = Math.min(this.#pass, bytes.length - at);
        this.#pass -= taken;
        at += taken;
      } else {
        this.#field[this.#have++] = bytes[at++]!;
        if (this.#have < this.#need) continue;
        this.#have = 0;
        this.#fieldRead();
        if (this.error !== null) return;
        // The magic itself is given to a new decompressor below, since it may have come in pieces.
        if (this.#stage === 'descriptor') forwarded = at;
      }
      if (this.#pass === 0 && this.#lastBlock) {
        this.#inflate(bytes.subarray(forwarded, at), true);
        this.#frame = null;
        this.#lastBlock = false;
        this.#expect('magic', 4);
      }
    }
    if (this.#frame !== null) this.#inflate(bytes.subarray(forwarded), false);
  }

  end(): void {
    const between = this.#stage === 'magic' && this.#have === 0 && this.#pass === 0;
    this.truncated = this.error === null && !between;
  }

  #expect(stage: Stage, bytes: number): void {
    this.#stage = stage;
    this.#need = bytes;
  }

  #fieldRead(): void {
    const field = this.#field;
    switch (this.#stage) {
      case 'magic': {
        const magic = little(field, 0, 4);
        if (magic === FRAME_MAGIC) {
          this.#frame = new Decompress((bytes) => {
            if (bytes.length > 0) this.#output(bytes);
          });
          this.#inflate(field.subarray(0, 4), false);
          this.#expect('descriptor', 1);
        } else if (magic - (magic % 16) === SKIPPABLE_MAGIC) this.#expect('skippable-size', 4);
        else this.error = { code: 'compressed-damaged', params: { format: 'zstd' } };
        return;
      }
      case 'skippable-size':
        this.#pass = little(field, 0, 4);
        this.#expect('magic', 4);
        return;
      case 'descriptor': {
        const descriptor = field[0]!;
        const single = (descriptor >> 5) & 1;
        const contentSize = descriptor >> 6 ? 1 << (descriptor >> 6) : single;
        this.#checksum = descriptor & 4 ? 4 : 0;
        // The descriptor stays, for the fields after it depend on it.
        this.#have = 1;
        this.#expect('frame-header', 1 + (1 - single) + dictionaryBytes(descriptor) + contentSize);
        return;
      }
      case 'frame-header': {
        const window = windowSize(field, this.#need);
        if (window > MAX_WINDOW) {
          const params = { format: 'zstd', what: 'window', window, maximum: MAX_WINDOW };
          this.error = { code: 'unsupported-format', params };
        }
        this.#expect('block-header', 3);
        return;
      }
      case 'block-header': {
        const header = little(field, 0, 3);
        // A run-length block is one byte, whatever its size says.
        this.#pass = ((header >> 1) & 3) === 1 ? 1 : header >> 3;
        this.#lastBlock = (header & 1) === 1;
        if (this.#lastBlock) this.#pass += this.#checksum;
      }
    }
  }

  #inflate(bytes: Uint8Array, last: boolean): void {
    if (this.error !== null) return;
    try {
      // A copy: fzstd keeps what it cannot use yet.
      this.#frame?.push(bytes.slice(), last);
    } catch {
      this.error = { code: 'compressed-damaged', params: { format: 'zstd' } };
    }
  }
}

function dictionaryBytes(descriptor: number): number {
  return (descriptor & 3) === 3 ? 4 : descriptor & 3;
}

/** RFC 8878 §3.1.1.1.2: of a single-segment frame the content is the window. */
function windowSize(header: Uint8Array, size: number): number {
  const descriptor = header[0]!;
  if (descriptor & 0x20) {
    const from = 1 + dictionaryBytes(descriptor);
    return little(header, from, size - from) + (descriptor >> 6 === 1 ? 256 : 0);
  }
  const base = 2 ** (10 + (header[1]! >> 3));
  return base + (base / 8) * (header[1]! & 7);
}

function little(bytes: Uint8Array, from: number, size: number): number {
  let value = 0;
  for (let at = from + size - 1; at >= from; at--) value = value * 256 + bytes[at]!;
  return value;
}
