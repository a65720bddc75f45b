// What the rows of an imported list become, whatever its format.

import type { ListFormat, ListKind, RowProblem } from '../../shared/domain/lists.ts';
import type { CompiledPattern } from './pattern.ts';

/** Where lists are kept, in the folder of this person's settings. */
export const LISTS_FOLDER = 'lists';

/** Bytes of one file of a list. */
export const MAX_LIST_BYTES = 8_388_608;
/** Entries of one list, and those of them that are patterns. */
export const MAX_ENTRIES = 200_000;
export const MAX_PATTERNS = 10_000;
/** Instructions of all compiled patterns of one list together: what compiling them may cost. */
export const MAX_PROGRAMS = 20_000;
/** Problems told in detail; all are counted. */
export const MAX_ROW_PROBLEMS = 100;
/** Files that a list may include. */
export const MAX_INCLUDES = 256;

interface Named {
  readonly name: string;
  readonly country: string | null;
  /** The list itself says that a match may well be ordinary. */
  readonly vague: boolean;
}

/** Where in a reply a pattern is looked for: anywhere, in the body, in all header lines, or in one header. */
export type PageLocation = 'any' | 'body' | 'headers' | `header.${string}`;

export interface PageEntry extends Named {
  readonly type: 'page';
  readonly where: PageLocation;
  readonly how: 'contains' | 'prefix' | 'full' | 'pattern';
  readonly text: string;
  readonly pattern: CompiledPattern;
  /** It looks like a block page and is none. */
  readonly isNone: boolean;
  /** Domains named in it: there the page is the site's own. */
  readonly own: readonly string[];
}

export interface AddressEntry extends Named {
  readonly type: 'address';
  /** An address or a prefix. */
  readonly address: string;
}

/** A host that answers lead to by CNAME. */
export interface HostEntry extends Named {
  readonly type: 'host';
  readonly host: string;
}

export interface DomainEntry {
  readonly type: 'domain';
  readonly how: 'suffix' | 'full' | 'keyword' | 'pattern';
  readonly text: string;
  readonly pattern: CompiledPattern | null;
}

export type ListEntry = PageEntry | AddressEntry | HostEntry | DomainEntry;

export interface RowFault {
  /** The file, where a list has several. */
  readonly file: string;
  readonly line: number;
  readonly problem: RowProblem;
  /** The beginning of the row. */
  readonly row: string;
}

export interface ParsedList {
  readonly format: ListFormat;
  readonly kind: ListKind;
  readonly entries: readonly ListEntry[];
  readonly faults: readonly RowFault[];
  /** All of them; `faults` holds the first. */
  readonly faulty: number;
}

/** Gathers entries and faults within the limits. */
export class Entries {
  readonly entries: ListEntry[] = [];
  readonly faults: RowFault[] = [];
  faulty = 0;
  patterns = 0;
  programs = 0;

  fault(file: string, line: number, problem: RowProblem, row: string): void {
    this.faulty++;
    if (this.faults.length < MAX_ROW_PROBLEMS) this.faults.push({ file, line, problem, row: row.slice(0, 120) });
  }

  /** Null where there is room for it. */
  add(entry: ListEntry): RowProblem | null {
    if (this.entries.length >= MAX_ENTRIES) return 'too-many';
    const pattern = entry.type === 'page' || entry.type === 'domain' ? entry.pattern : null;
    if (pattern !== null) {
      const size = pattern.expression?.programSize() ?? 0;
      if (this.patterns >= MAX_PATTERNS) return 'too-many';
      if (this.programs + size > MAX_PROGRAMS) return 'pattern-too-large';
      this.patterns++;
      this.programs += size;
    }
    this.entries.push(entry);
    return null;
  }
}
