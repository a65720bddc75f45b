// Makes the table of networks.ts from the CSV files of the packages: rows `first,last,value…` in ascending order.

import { closeSync, openSync, readSync } from 'node:fs';
import { parseAddress } from '../observe/address.ts';
import { packTable } from './networks.ts';

export interface NetworkFiles {
  readonly systems4: string;
  readonly systems6: string;
  readonly countries4: string;
  readonly countries6: string;
}

const CHUNK = 1_048_576;
const MAX_LINE = 4_096;
/** Rows of one file. */
const MAX_ROWS = 4_000_000;
const NEWLINE = 10;
const COMMA = 44;
const QUOTE = 34;

export function buildTable(files: NetworkFiles): Uint8Array {
  const systems = new Systems();
  const asn4 = new Ranges(4);
  const asn6 = new Ranges(16);
  const country4 = new Ranges(4);
  const country6 = new Ranges(16);
  readRows(files.systems4, (first, last, rest) => asn4.add(first, last, systems.of(rest)));
  readRows(files.systems6, (first, last, rest) => asn6.add(first, last, systems.of(rest)));
  readRows(files.countries4, (first, last, rest) => country4.add(first, last, countryOf(rest)));
  readRows(files.countries6, (first, last, rest) => country6.add(first, last, countryOf(rest)));
  return packTable({
    starts4: asn4.words(),
    starts6: asn6.bytes(),
    systems4: asn4.values(),
    systems6: asn6.values(),
    countryStarts4: country4.words(),
    countryStarts6: country6.bytes(),
    countries4: country4.values(),
    countries6: country6.values(),
    ...systems.columns(),
  });
}

function readRows(path: string, row: (first: Uint8Array, last: Uint8Array, rest: string) => void): void {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(CHUNK + MAX_LINE);
    let held = 0;
    let rows = 0;
    for (;;) {
      const got = readSync(file, buffer, held, CHUNK, null);
      const end = held + got;
      let at = 0;
      for (;;) {
        let newline = buffer.subarray(0, end).indexOf(NEWLINE, at);
        if (newline < 0 && got === 0 && at < end) newline = end;
        if (newline < 0) break;
        if (rows++ < MAX_ROWS) readRow(buffer, at, newline, row);
        at = newline + 1;
      }
      if (got === 0) return;
      // What is longer than a line can be is passed over
      held = Math.max(0, end - at);
      if (held > MAX_LINE) held = 0;
      else buffer.copyWithin(0, at, end);
    }
  } finally {
    closeSync(file);
  }
}

function readRow(
  buffer: Buffer,
  start: number,
  end: number,
  row: (first: Uint8Array, last: Uint8Array, rest: string) => void,
): void {
  const one = buffer.indexOf(COMMA, start);
  const two = one < 0 ? -1 : buffer.indexOf(COMMA, one + 1);
  if (two < 0 || two >= end) return;
  const first = addressIn(buffer, start, one);
  const last = addressIn(buffer, one + 1, two);
  if (first === null || last === null || first.length !== last.length) return;
  row(first, last, buffer.toString('utf8', two + 1, buffer[end - 1] === 13 ? end - 1 : end));
}

/** Half a million rows are IPv4 in plain decimal: read without making text of them. */
function addressIn(buffer: Buffer, start: number, end: number): Uint8Array | null {
  const bytes = new Uint8Array(4);
  let part = 0;
  let value = -1;
  for (let at = start; at < end; at++) {
    const digit = buffer[at]! - 48;
    if (digit >= 0 && digit <= 9) value = Math.max(0, value) * 10 + digit;
    else if (buffer[at] === 46 && part < 3 && value >= 0 && value <= 255) {
      bytes[part++] = value;
      value = -1;
    } else return parseAddress(buffer.toString('latin1', start, end));
  }
  if (part !== 3 || value < 0 || value > 255) return null;
  bytes[3] = value;
  return bytes;
}

/** `IR` as one number; 0 where it is none. */
function countryOf(text: string): number {
  return /^[A-Z]{2}$/.test(text) ? (text.charCodeAt(0) << 8) | text.charCodeAt(1) : 0;
}

/** Holders of networks, each number with its name once. */
class Systems {
  readonly #ids = new Map<string, number>();
  readonly #numbers: number[] = [];
  readonly #names: string[] = [];

  /** `13335,"Cloudflare, Inc."` as the number of a row plus one; 0 where it is none. */
  of(text: string): number {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    const comma = text.indexOf(',');
    const number = Number(comma < 0 ? text : text.slice(0, comma));
    if (!Number.isInteger(number) || number <= 0 || number > 0xffff_ffff) return 0;
    let name = comma < 0 ? '' : text.slice(comma + 1);
    if (name.charCodeAt(0) === QUOTE && name.endsWith('"')) name = name.slice(1, -1).replaceAll('""', '"');
    this.#numbers.push(number);
    this.#names.push(name.slice(0, 128));
    this.#ids.set(text, this.#numbers.length);
    return this.#numbers.length;
  }

  columns(): { numbers: Uint32Array; nameStarts: Uint32Array; names: Uint8Array } {
    const encoded = this.#names.map((name) => Buffer.from(name, 'utf8'));
    const nameStarts = new Uint32Array(encoded.length + 1);
    encoded.forEach((name, at) => {
      nameStarts[at + 1] = nameStarts[at]! + name.length;
    });
    return { numbers: Uint32Array.from(this.#numbers), nameStarts, names: new Uint8Array(Buffer.concat(encoded)) };
  }
}

/** Starts of ranges with their values; the space between two is a range of its own, without a value. */
class Ranges {
  readonly #width: 4 | 16;
  #starts = new Uint8Array(1 << 16);
  #values = new Uint32Array(1 << 12);
  #count = 0;
  /** Where the next range begins if nothing lies between; null before the first, and behind the last address. */
  #next: Uint8Array | null;

  constructor(width: 4 | 16) {
    this.#width = width;
    this.#next = new Uint8Array(width);
  }

  add(first: Uint8Array, last: Uint8Array, value: number): void {
    if (first.length !== this.#width || this.#next === null) return;
    const gap = Buffer.compare(first, this.#next);
    // A row that goes back, or ends before it begins
    if (gap < 0 || Buffer.compare(last, first) < 0) return;
    if (gap > 0) this.#push(this.#next, 0);
    this.#push(first, value);
    this.#next = successor(last);
  }

  #push(start: Uint8Array, value: number): void {
    // Two neighbours of one value are one
    if (this.#count > 0 && this.#values[this.#count - 1] === value) return;
    if (this.#count === this.#values.length) {
      const values = new Uint32Array(this.#values.length * 2);
      values.set(this.#values);
      this.#values = values;
    }
    if ((this.#count + 1) * this.#width > this.#starts.length) {
      const starts = new Uint8Array(this.#starts.length * 2);
      starts.set(this.#starts);
      this.#starts = starts;
    }
    this.#starts.set(start, this.#count * this.#width);
    this.#values[this.#count++] = value;
  }

  #close(): void {
    if (this.#next !== null) this.#push(this.#next, 0);
    this.#next = null;
  }

  values(): Uint32Array {
    this.#close();
    return this.#values.slice(0, this.#count);
  }

  bytes(): Uint8Array {
    this.#close();
    return this.#starts.slice(0, this.#count * this.#width);
  }

  words(): Uint32Array {
    const bytes = this.bytes();
    const view = new DataView(bytes.buffer);
    return Uint32Array.from({ length: bytes.length / 4 }, (_, at) => view.getUint32(at * 4));
  }
}

function successor(address: Uint8Array): Uint8Array | null {
  const next = Uint8Array.from(address);
  for (let at = next.length - 1; at >= 0; at--) {
    if (next[at] !== 255) {
      next[at]!++;
      return next;
    }
    next[at] = 0;
  }
  return null;
}
