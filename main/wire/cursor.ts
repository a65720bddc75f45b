// A reader for nested, length-prefixed structures (TLS presentation language, RFC 8446 §3). Every read answers
// undefined when the bytes are not there and then moves nothing. For what runs once a message, not once a packet.

export class Cursor {
  readonly bytes: Uint8Array;
  readonly end: number;
  at: number;
  /** Bytes that the length prefix promised beyond `end`; only clip16 makes such a cursor. */
  missing = 0;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  get left(): number {
    return this.end - this.at;
  }

  u8(): number | undefined {
    return this.left < 1 ? undefined : this.bytes[this.at++];
  }

  u16(): number | undefined {
    if (this.left < 2) return undefined;
    const value = (this.bytes[this.at]! << 8) | this.bytes[this.at + 1]!;
    this.at += 2;
    return value;
  }

  u24(): number | undefined {
    if (this.left < 3) return undefined;
    const value = (this.bytes[this.at]! << 16) | (this.bytes[this.at + 1]! << 8) | this.bytes[this.at + 2]!;
    this.at += 3;
    return value;
  }

  skip(count: number): boolean {
    if (this.left < count) return false;
    this.at += count;
    return true;
  }

  /** The next `length` bytes as a cursor of their own. */
  take(length: number | undefined): Cursor | undefined {
    if (length === undefined || this.left < length) return undefined;
    const start = this.at;
    this.at += length;
    return new Cursor(this.bytes, start, this.at);
  }

  vector8(): Cursor | undefined {
    return this.#vector(this.u8(), 1);
  }

  vector16(): Cursor | undefined {
    return this.#vector(this.u16(), 2);
  }

  vector24(): Cursor | undefined {
    return this.#vector(this.u24(), 3);
  }

  /** A vector of which only the beginning may be there: what is left of it, and how much is missing. */
  clip16(): Cursor | undefined {
    const length = this.u16();
    if (length === undefined) return undefined;
    const clipped = this.take(Math.min(length, this.left))!;
    clipped.missing = length - clipped.left;
    return clipped;
  }

  #vector(length: number | undefined, width: number): Cursor | undefined {
    if (length === undefined) return undefined;
    const inner = this.take(length);
    if (inner === undefined) this.at -= width;
    return inner;
  }
}
