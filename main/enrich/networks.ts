// Whose network an address is in, and in which country it was given out: sorted ranges to be searched, as bytes that are
// read from a file once. Shown for orientation, and never evidence: such tables are often wrong about single addresses.

import { embeddedIpv4, parseAddress, specialRange } from '../observe/address.ts';

export interface NetworkOf {
  /** Autonomous system number and the name of its holder. */
  readonly asn: number | null;
  readonly name: string | null;
  /** Two letters; where the range was given out, not where the machine stands. */
  readonly country: string | null;
}

/** First bytes of a table; raised with every change of its form. */
const MAGIC = 0x62_73_6e_31;
const HEADER_WORDS = 8;

export interface TableParts {
  /** Starts of ranges in ascending order; each reaches to the next. */
  readonly starts4: Uint32Array;
  readonly starts6: Uint8Array;
  /** For each range a number of `systems` plus one; 0: nobody's. */
  readonly systems4: Uint32Array;
  readonly systems6: Uint32Array;
  readonly countryStarts4: Uint32Array;
  readonly countryStarts6: Uint8Array;
  /** Two letters in one number; 0: none. */
  readonly countries4: Uint32Array;
  readonly countries6: Uint32Array;
  readonly numbers: Uint32Array;
  /** Where each name begins in `names`, and where the last ends. */
  readonly nameStarts: Uint32Array;
  readonly names: Uint8Array;
}

/** One file: a header of counts, then the columns one behind the other, words before bytes so that all are aligned. */
export function packTable(parts: TableParts): Uint8Array {
  const words = [
    parts.starts4,
    parts.systems4,
    parts.systems6,
    parts.countryStarts4,
    parts.countries4,
    parts.countries6,
    parts.numbers,
    parts.nameStarts,
  ];
  const bytes = [parts.starts6, parts.countryStarts6, parts.names];
  const size =
    HEADER_WORDS * 4 +
    words.reduce((sum, column) => sum + column.byteLength, 0) +
    bytes.reduce((sum, column) => sum + column.byteLength, 0);
  const table = new Uint8Array(size);
  const header = new DataView(table.buffer);
  const counts = [
    MAGIC,
    size,
    parts.starts4.length,
    parts.systems6.length,
    parts.countryStarts4.length,
    parts.countries6.length,
    parts.numbers.length,
    parts.names.length,
  ];
  for (const [at, value] of counts.entries()) header.setUint32(at * 4, value, true);
  let at = HEADER_WORDS * 4;
  for (const column of [...words, ...bytes]) {
    table.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), at);
    at += column.byteLength;
  }
  return table;
}

/** Null: these bytes are no such table, or not all of it. */
function unpackTable(table: Uint8Array): TableParts | null {
  if (table.length < HEADER_WORDS * 4 || table.byteOffset % 4 !== 0) return null;
  const header = new DataView(table.buffer, table.byteOffset, HEADER_WORDS * 4);
  const [magic, size, rows4, rows6, countries4, countries6, systems, names] = Array.from(
    { length: HEADER_WORDS },
    (_, at) => header.getUint32(at * 4, true),
  ) as [number, number, number, number, number, number, number, number];
  const columns = [rows4, rows4, rows6, countries4, countries4, countries6, systems, systems + 1];
  const total = columns.reduce((sum, count) => sum + count * 4, 0) + (rows6 + countries6) * 16 + names;
  if (magic !== MAGIC || size !== table.length || total + HEADER_WORDS * 4 !== size) return null;
  let at = table.byteOffset + HEADER_WORDS * 4;
  const words = columns.map((count) => {
    const column = new Uint32Array(table.buffer, at, count);
    at += count * 4;
    return column;
  });
  const bytes = [rows6 * 16, countries6 * 16, names].map((length) => {
    const column = new Uint8Array(table.buffer, at, length);
    at += length;
    return column;
  });
  return {
    starts4: words[0]!,
    systems4: words[1]!,
    systems6: words[2]!,
    countryStarts4: words[3]!,
    countries4: words[4]!,
    countries6: words[5]!,
    numbers: words[6]!,
    nameStarts: words[7]!,
    starts6: bytes[0]!,
    countryStarts6: bytes[1]!,
    names: bytes[2]!,
  };
}

export class Networks {
  readonly #parts: TableParts;

  constructor(parts: TableParts) {
    this.#parts = parts;
  }

  static read(table: Uint8Array): Networks | null {
    const parts = unpackTable(table);
    return parts === null ? null : new Networks(parts);
  }

  /** Null for what is no address, or one that is nobody's in particular. */
  lookup(address: string): NetworkOf | null {
    const embedded = embeddedIpv4(address);
    if (embedded !== null) return this.lookup(embedded);
    const bytes = parseAddress(address);
    if (bytes === null || specialRange(address) !== null) return null;
    const { starts4, starts6, systems4, systems6, countryStarts4, countryStarts6, countries4, countries6 } =
      this.#parts;
    const [system, country] =
      bytes.length === 4
        ? [valueAt(systems4, find4(starts4, bytes)), valueAt(countries4, find4(countryStarts4, bytes))]
        : [valueAt(systems6, find6(starts6, bytes)), valueAt(countries6, find6(countryStarts6, bytes))];
    if (system === 0 && country === 0) return null;
    return {
      asn: system === 0 ? null : this.#parts.numbers[system - 1]!,
      name: system === 0 ? null : this.#name(system - 1),
      country: country === 0 ? null : String.fromCharCode(country >> 8, country & 255),
    };
  }

  #name(system: number): string {
    const { names, nameStarts } = this.#parts;
    return new TextDecoder().decode(names.subarray(nameStarts[system]!, nameStarts[system + 1]!));
  }
}

function valueAt(values: Uint32Array, row: number): number {
  return row < 0 ? 0 : values[row]!;
}

/** The last row that does not begin behind it; -1: none. */
function find4(starts: Uint32Array, address: Uint8Array): number {
  const wanted = ((address[0]! << 24) | (address[1]! << 16) | (address[2]! << 8) | address[3]!) >>> 0;
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (starts[middle]! <= wanted) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function find6(starts: Uint8Array, address: Uint8Array): number {
  let low = 0;
  let high = starts.length / 16;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare16(starts, middle * 16, address) <= 0) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function compare16(starts: Uint8Array, at: number, address: Uint8Array): number {
  for (let i = 0; i < 16; i++) {
    const difference = starts[at + i]! - address[i]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
