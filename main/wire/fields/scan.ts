// Reads bytes and writes fields: a place in the frame, the limits around it, and the node that what is read goes into.
// A frame on screen is read once, so this may allocate; what it gives is bounded all the same.

import type { FieldNode } from '../../../shared/contract/fields.ts';
import { FIELD_LABELS, type FieldName } from '../../../shared/domain/field-names.ts';

/** Nodes of a frame. The largest ClientHello has some hundreds; a forged DNS message can ask for tens of thousands. */
export const MAX_NODES = 4_000;
/** Levels of a tree; quoted packets inside quoted packets end here. */
export const MAX_DEPTH = 12;
const MAX_HEX = 64;

/** What is known of the connection that a frame belongs to. */
export interface Known {
  /** TLS 1.3 was agreed on. */
  readonly isTls13: boolean;
}

/** What all scans of one frame share. */
class Budget {
  nodes = 0;
  isTls13: boolean;

  constructor(known: Known) {
    this.isTls13 = known.isTls13;
  }
}

/** Where bytes that were put together came from. */
export interface Piece {
  /** Begin in the bytes read, place in the frame, length. */
  readonly at: number;
  readonly frame: number;
  readonly length: number;
}

type Show = (value: number) => string;

export class Scan {
  readonly bytes: Uint8Array;
  readonly into: FieldNode;
  at: number;
  /** Behind the last byte that is here, and behind the last that should be. */
  readonly end: number;
  readonly whole: number;
  readonly #depth: number;
  readonly #budget: Budget;
  readonly #pieces: readonly Piece[] | null;
  /** Where a segment of a stream ends, behind which the next one goes on; or -1. */
  readonly #goesOn: number;

  private constructor(
    bytes: Uint8Array,
    into: FieldNode,
    span: { at: number; end: number; whole: number },
    depth: number,
    budget: Budget,
    pieces: readonly Piece[] | null,
    goesOn = -1,
  ) {
    this.bytes = bytes;
    this.into = into;
    this.at = span.at;
    this.end = span.end;
    this.whole = span.whole;
    this.#depth = depth;
    this.#budget = budget;
    this.#pieces = pieces;
    this.#goesOn = goesOn;
  }

  static frame(bytes: Uint8Array, original: number, known: Known): Scan {
    const into: FieldNode = { id: '', name: 'data.data', label: '', value: '', start: 0, length: bytes.length };
    const span = { at: 0, end: bytes.length, whole: Math.max(bytes.length, original) };
    return new Scan(bytes, into, span, 0, new Budget(known), null);
  }

  get isTls13(): boolean {
    return this.#budget.isTls13;
  }

  /** A ServerHello in this frame says so. */
  agreeOnTls13(): void {
    this.#budget.isTls13 = true;
  }

  get left(): number {
    return this.end - this.at;
  }

  /** No further node may be made here. */
  get full(): boolean {
    return this.#budget.nodes >= MAX_NODES || this.#depth >= MAX_DEPTH;
  }

  /** Whether `count` bytes are here; the node says why not. */
  has(count: number): boolean {
    if (this.full) {
      this.into.note ??= { kind: 'more', params: {} };
      return false;
    }
    if (this.left >= count) return true;
    this.note(this.#limit(count), count);
    return false;
  }

  /** Which limit it is that leaves fewer than `count` bytes. */
  #limit(count: number): 'cut' | 'malformed' | 'continues' {
    if (this.whole - this.at >= count) return 'cut';
    return this.whole === this.#goesOn ? 'continues' : 'malformed';
  }

  note(kind: 'cut' | 'malformed' | 'continues', needed: number, at = this.at): void {
    const available = Math.max(0, this.end - at);
    this.into.note ??= { kind, params: { needed, available, offset: this.#place(at, 0).start } };
  }

  peek(ahead: number): number {
    return this.bytes[this.at + ahead]!;
  }

  peek16(ahead: number): number {
    return (this.peek(ahead) << 8) | this.peek(ahead + 1);
  }

  /** A number of up to six bytes. Valid where they are here. */
  read(at: number, width: number): number {
    let value = 0;
    for (let index = 0; index < width; index++) value = value * 256 + this.bytes[at + index]!;
    return value;
  }

  /** Same node, narrower limits, from here on. */
  within(length: number): Scan {
    const end = Math.min(this.end, this.at + length);
    const whole = Math.min(this.whole, this.at + length);
    return this.#scan(this.into, { at: this.at, end, whole }, this.#depth, length);
  }

  /** Same node, bytes of a stream: a message that ends behind them goes on in the next segment. */
  segment(): Scan {
    const span = { at: this.at, end: this.end, whole: this.whole };
    return new Scan(this.bytes, this.into, span, this.#depth, this.#budget, this.#pieces, this.whole);
  }

  /** Same node, limits of a packet that is quoted: what is missing of it was cut by who quotes it. */
  quoted(length: number): Scan {
    const span = { at: this.at, end: Math.min(this.end, this.at + length), whole: this.at + length };
    return this.#scan(this.into, span, this.#depth);
  }

  /** Same node, from a place in bytes that were put together or decrypted. */
  over(bytes: Uint8Array, at: number, end: number, pieces: readonly Piece[] | null): Scan {
    return new Scan(bytes, this.into, { at, end, whole: end }, this.#depth, this.#budget, pieces);
  }

  add(name: FieldName, start: number, length: number, value: string, raw?: string | number): FieldNode {
    const node: FieldNode = { id: '', name, label: FIELD_LABELS[name], value, ...this.#place(start, length) };
    if (raw !== undefined) node.raw = raw;
    if (this.full) {
      // Not hung into the tree
      this.into.note ??= { kind: 'more', params: {} };
      return node;
    }
    this.#budget.nodes++;
    this.into.children ??= [];
    node.id = this.into.id === '' ? `${this.into.children.length}` : `${this.into.id}.${this.into.children.length}`;
    this.into.children.push(node);
    return node;
  }

  /** The next `width` bytes as a number; -1 where they are not here. */
  uint(name: FieldName, width: number, show: Show = String): number {
    if (!this.has(width)) return -1;
    const value = this.read(this.at, width);
    this.add(name, this.at, width, show(value), value);
    this.at += width;
    return value;
  }

  /** Bits of `width` bytes at `start`, behind which nothing moves. */
  bits(name: FieldName, start: number, width: number, mask: number, show: Show = String): number {
    const value = this.masked(start, width, mask);
    this.add(name, start, width, show(value), value).bits = mask;
    return value;
  }

  masked(start: number, width: number, mask: number): number {
    const lowest = mask & -mask;
    return Math.floor(((this.read(start, width) & mask) >>> 0) / (lowest >>> 0));
  }

  /** The next `length` bytes as they are; false where they are not here. */
  blob(name: FieldName, length: number, value?: string): boolean {
    if (!this.has(length)) return false;
    const hex = hexText(this.bytes, this.at, this.at + length);
    this.add(name, this.at, length, value ?? hex, length <= MAX_HEX ? hex.replaceAll(' ', '') : undefined);
    this.at += length;
    return true;
  }

  /** The next bytes as text made by `show`. */
  text(name: FieldName, length: number, show: (bytes: Uint8Array, at: number, end: number) => string): string | null {
    if (!this.has(length)) return null;
    const value = show(this.bytes, this.at, this.at + length);
    this.add(name, this.at, length, value, value);
    this.at += length;
    return value;
  }

  /** A node over the next `length` bytes, of which fewer may be here, and a scan of them. This one goes on behind it. */
  open(name: FieldName, length: number, value = ''): Scan {
    const at = this.at;
    const end = Math.min(this.end, at + length);
    const whole = Math.min(this.whole, at + length);
    const limit = this.#limit(length);
    const scan = this.#scan(this.add(name, at, end - at, value), { at, end, whole }, this.#depth + 1, length);
    if (at + length > this.end) scan.note(limit, length, at);
    this.at = end;
    return scan;
  }

  /** A node over what is left, to be closed where it turns out to end. */
  openRest(name: FieldName, value = ''): Scan {
    const node = this.add(name, this.at, this.left, value);
    return this.#scan(node, { at: this.at, end: this.end, whole: this.whole }, this.#depth + 1);
  }

  /** A scan of a node that was made here, over its bytes. */
  openInto(node: FieldNode): Scan {
    return this.#scan(node, { at: this.at, end: this.end, whole: this.whole }, this.#depth + 1);
  }

  /** Ends a node of `openRest` where its scan stands; this one goes on there. */
  close(inner: Scan): void {
    const { start, length } = this.#place(this.at, inner.at - this.at);
    inner.into.start = start;
    inner.into.length = length;
    this.at = inner.at;
  }

  /** `length`: what it says of itself; where that fits, the next segment has nothing to do with it. */
  #scan(into: FieldNode, span: { at: number; end: number; whole: number }, depth: number, length = Infinity): Scan {
    const goesOn = span.at + length > this.whole ? this.#goesOn : -1;
    return new Scan(this.bytes, into, span, depth, this.#budget, this.#pieces, goesOn);
  }

  /** The smallest range of the frame that holds the bytes. */
  #place(start: number, length: number): { start: number; length: number } {
    if (this.#pieces === null) return { start, length };
    let low = Number.POSITIVE_INFINITY;
    let high = -1;
    for (const piece of this.#pieces) {
      const from = Math.max(start, piece.at);
      const to = Math.min(start + length, piece.at + piece.length);
      if (from >= to && !(length === 0 && from === to)) continue;
      low = Math.min(low, piece.frame + from - piece.at);
      high = Math.max(high, piece.frame + to - piece.at);
    }
    return high < 0 ? { start: this.into.start, length: 0 } : { start: low, length: high - low };
  }
}

/** The first bytes in hexadecimal, with a mark where there are more. */
export function hexText(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < Math.min(end, start + MAX_HEX); at++) {
    text += `${text === '' ? '' : ' '}${bytes[at]!.toString(16).padStart(2, '0')}`;
  }
  return end - start > MAX_HEX ? `${text} …` : text;
}

export function hex(width: number): Show {
  return (value) => `0x${value.toString(16).padStart(2 * width, '0')}`;
}

/** `TCP (6)` where the number has a name, else the number. */
export function named(names: Readonly<Record<number, string>>, width = 0): Show {
  return (value) => {
    const number = width > 0 ? hex(width)(value) : String(value);
    const name = names[value];
    return name === undefined ? number : `${name} (${number})`;
  };
}

export const yesNo: Show = (value) => (value === 0 ? '0' : '1');

export function macText(bytes: Uint8Array, at: number, end: number): string {
  return hexText(bytes, at, end).replaceAll(' ', ':');
}
