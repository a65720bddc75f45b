// Imported lists, made ready to be asked: by pages, by answers, by names. What they say depends on their bytes only.

import type { Analysis } from '../../shared/contract/analysis.ts';
import type { KnownPage, ListedPages } from '../flow/known-pages.ts';
import { parseAddress, prefixOf } from '../observe/address.ts';
import { ownerOf } from '../observe/dns.ts';
import type { ImportedLists, ListedAddress } from '../observe/imported.ts';
import type { DomainEntry, PageEntry } from './list-entries.ts';
import { type ListText, parseList } from './list-formats.ts';

/** What is known of a list beside its bytes; it stands in every result that the list had a part in. */
export type ListFacts = Analysis['lists'][number];

/** Plain data, so that it crosses to a worker. */
export interface ImportedList {
  readonly facts: ListFacts;
  readonly file: ListText;
  readonly includes: readonly ListText[];
}

/** Patterns of one page that are asked beyond their fixed piece: a bound on what one page may cost. */
const MAX_ASKED = 16;
/** Characters of a fixed piece by which it is found. */
const GRAM = 4;
const BUCKETS = 65_536;
const MAX_REMEMBERED = 8_192;

interface Page extends PageEntry {
  readonly list: ListFacts;
}

/** A page as it is asked about: the whole beginning of the reply, and its parts. */
interface Reply {
  readonly text: string;
  readonly head: string;
  readonly body: string;
}

export class ListIndex implements ImportedLists {
  readonly facts: readonly ListFacts[];
  /** Null where no list tells of pages. */
  readonly pages: ListedPages | null;
  readonly #addresses = new Map<string, Omit<ListedAddress, 'address'>>();
  /** Lengths of the prefixes among them, longest first. */
  readonly #lengths: { readonly v4: number[]; readonly v6: number[] } = { v4: [], v6: [] };
  readonly #hosts = new Map<string, Omit<ListedAddress, 'address'>>();
  readonly #full = new Map<string, string>();
  readonly #suffixes = new Map<string, string>();
  readonly #others: { readonly entry: DomainEntry; readonly service: string }[] = [];
  readonly #servicePrefixes = new Map<string, string>();
  readonly #services = new Map<string, string | null>();

  constructor(lists: readonly ImportedList[]) {
    this.facts = lists.map(({ facts }) => facts);
    const pages: Page[] = [];
    for (const { facts, file, includes } of lists) {
      const { entries } = parseList(file, facts.format, facts.kind, new Map(includes.map((one) => [one.name, one])));
      for (const entry of entries) {
        switch (entry.type) {
          case 'page':
            pages.push({ ...entry, list: facts });
            break;
          case 'address': {
            const key = prefixKey(entry.address)!;
            if (facts.kind === 'service') addOnce(this.#servicePrefixes, key, facts.name);
            else addOnce(this.#addresses, key, matchOf(entry, facts));
            const lengths = entry.address.includes(':') ? this.#lengths.v6 : this.#lengths.v4;
            const bits = Number(key.slice(key.indexOf('/') + 1));
            if (!lengths.includes(bits)) lengths.push(bits);
            break;
          }
          case 'host':
            addOnce(this.#hosts, entry.host, matchOf(entry, facts));
            break;
          case 'domain':
            if (entry.how === 'full') addOnce(this.#full, entry.text, facts.name);
            else if (entry.how === 'suffix') addOnce(this.#suffixes, entry.text, facts.name);
            else this.#others.push({ entry, service: facts.name });
        }
      }
    }
    this.#lengths.v4.sort((a, b) => b - a);
    this.#lengths.v6.sort((a, b) => b - a);
    this.pages = pages.length === 0 ? null : new PageIndex(pages);
  }

  blockAddress(name: string, addresses: readonly string[], cnames: readonly string[]): ListedAddress | null {
    for (const address of addresses) {
      // 0.0.0.0 and this computer itself are what any filter answers; they have a rule of their own
      if (isNowhere(address)) continue;
      const found = this.#byPrefix(this.#addresses, address);
      if (found !== null) return { ...found, address };
    }
    for (const cname of cnames) {
      const found = this.#hosts.get(cname.toLowerCase().replace(/\.$/, ''));
      // Their own names live there without being blocked
      if (found !== undefined && ownerOf(cname) !== ownerOf(name)) return { ...found, address: cname };
    }
    return null;
  }

  service(name: string | null, address: string): string | null {
    const key = name ?? address;
    let found = this.#services.get(key);
    if (found === undefined) {
      found = name === null ? this.#byPrefix(this.#servicePrefixes, address) : this.#serviceOfName(name.toLowerCase());
      if (this.#services.size >= MAX_REMEMBERED) this.#services.clear();
      this.#services.set(key, found);
    }
    return found;
  }

  #byPrefix<T>(prefixes: ReadonlyMap<string, T>, address: string): T | null {
    if (prefixes.size === 0) return null;
    for (const bits of address.includes(':') ? this.#lengths.v6 : this.#lengths.v4) {
      const key = prefixOf(address, bits);
      const found = key === null ? undefined : prefixes.get(key);
      if (found !== undefined) return found;
    }
    return null;
  }

  #serviceOfName(name: string): string | null {
    const full = this.#full.get(name);
    if (full !== undefined) return full;
    for (let rest = name; rest !== ''; ) {
      const found = this.#suffixes.get(rest);
      if (found !== undefined) return found;
      const dot = rest.indexOf('.');
      rest = dot < 0 ? '' : rest.slice(dot + 1);
    }
    for (const { entry, service } of this.#others) {
      if (entry.how === 'keyword' ? name.includes(entry.text) : holds(entry.pattern!, name)) return service;
    }
    return null;
  }
}

let latest: { readonly lists: readonly ImportedList[]; readonly index: ListIndex } | null = null;

/** Making one takes up to half a second, and a worker reads one capture after the other with the same lists. */
export function listIndexOf(lists: readonly ImportedList[]): ListIndex {
  if (latest === null || !areSame(latest.lists, lists)) latest = { lists, index: new ListIndex(lists) };
  return latest.index;
}

function areSame(before: readonly ImportedList[], now: readonly ImportedList[]): boolean {
  const texts = ({ file, includes }: ImportedList): string[] => [file, ...includes].map(({ text }) => text);
  return (
    JSON.stringify(before.map(({ facts }) => facts)) === JSON.stringify(now.map(({ facts }) => facts)) &&
    before.every((list, at) => texts(list).every((text, part) => text === texts(now[at]!)[part]))
  );
}

/** The first list that says something is believed: lists are in the order of their names. */
function addOnce<T>(map: Map<string, T>, key: string, value: T): void {
  if (!map.has(key)) map.set(key, value);
}

function matchOf(
  entry: { readonly name: string; readonly country: string | null; readonly vague: boolean },
  facts: ListFacts,
): Omit<ListedAddress, 'address'> {
  const { name, country, vague } = entry;
  return { list: facts.name, entry: name, country, date: facts.date ?? facts.imported, vague };
}

function prefixKey(text: string): string | null {
  const [address = '', bits] = text.split('/');
  const whole = (parseAddress(address)?.length ?? 0) * 8;
  return prefixOf(address, bits === undefined ? whole : Number(bits));
}

function isNowhere(address: string): boolean {
  return address.startsWith('0.') || address.startsWith('127.') || address === '::' || address === '::1';
}

function holds(pattern: PageEntry['pattern'], text: string): boolean {
  if (!pattern.fixed.some((piece) => text.includes(piece))) return false;
  return pattern.expression === null || pattern.expression.matcher(text).find();
}

/** Finds, in one pass over a page, the patterns of which a fixed piece stands in it. */
class PageIndex implements ListedPages {
  readonly #block: Grams;
  readonly #none: Grams;

  constructor(pages: readonly Page[]) {
    this.#block = new Grams(pages.filter((page) => !page.isNone));
    this.#none = new Grams(pages.filter((page) => page.isNone));
  }

  find(bytes: Uint8Array, start: number, end: number): KnownPage | null {
    const reply = replyOf(bytes, start, end);
    const page = this.#block.first(reply);
    if (page === null || this.#none.first(reply) !== null) return null;
    const { list, name, country, own, vague, text } = page;
    return {
      system: name,
      country,
      kind: 'listed',
      phrase: text,
      own,
      source: list.name,
      date: list.date ?? list.imported,
      vague,
    };
  }

  isNone(bytes: Uint8Array, start: number, end: number): boolean {
    return this.#none.first(replyOf(bytes, start, end)) !== null;
  }
}

const UTF8 = new TextDecoder();

function replyOf(bytes: Uint8Array, start: number, end: number): Reply {
  const text = UTF8.decode(bytes.subarray(start, end));
  // What has no status line is all body
  const head = text.startsWith('HTTP/') ? /\r?\n\r?\n/.exec(text) : null;
  if (head === null)
    return { text, head: text.startsWith('HTTP/') ? text : '', body: text.startsWith('HTTP/') ? '' : text };
  return { text, head: text.slice(0, head.index), body: text.slice(head.index + head[0].length) };
}

class Grams {
  readonly #pages: readonly Page[];
  /** Every fixed piece of every page, and the page that it is of. */
  readonly #pieces: readonly { readonly text: string; readonly page: number }[];
  /** First piece of a bucket, or -1; for each piece the next of its bucket. */
  readonly #heads = new Int32Array(BUCKETS).fill(-1);
  readonly #next: Int32Array;
  /** Where in a piece the characters stand by which it is found. */
  readonly #at: Int32Array;

  constructor(pages: readonly Page[]) {
    // Surer ones first: of several that fit, the first is named
    this.#pages = [...pages].sort((a, b) => Number(a.vague) - Number(b.vague));
    this.#pieces = this.#pages.flatMap(({ pattern }, page) => pattern.fixed.map((text) => ({ text, page })));
    this.#next = new Int32Array(this.#pieces.length).fill(-1);
    this.#at = new Int32Array(this.#pieces.length);
    const common = new Uint32Array(BUCKETS);
    for (const { text } of this.#pieces) {
      for (let at = 0; at + GRAM <= text.length; at++) common[gram(text, at)]!++;
    }
    // From the last, so that a chain is in the order of the pages
    for (let index = this.#pieces.length - 1; index >= 0; index--) {
      const { text } = this.#pieces[index]!;
      let best = 0;
      for (let at = 1; at + GRAM <= text.length; at++) {
        if (common[gram(text, at)]! < common[gram(text, best)]!) best = at;
      }
      const bucket = gram(text, best);
      this.#at[index] = best;
      this.#next[index] = this.#heads[bucket]!;
      this.#heads[bucket] = index;
    }
  }

  first(reply: Reply): Page | null {
    const { text } = reply;
    const found = new Set<number>();
    for (let at = 0; at + GRAM <= text.length; at++) {
      for (let index = this.#heads[gram(text, at)]!; index >= 0; index = this.#next[index]!) {
        const piece = this.#pieces[index]!;
        if (text.startsWith(piece.text, at - this.#at[index]!)) found.add(piece.page);
      }
    }
    let asked = 0;
    for (const index of [...found].sort((a, b) => a - b)) {
      const page = this.#pages[index]!;
      if (page.pattern.expression !== null && ++asked > MAX_ASKED) continue;
      if (stands(page, reply)) return page;
    }
    return null;
  }
}

function gram(text: string, at: number): number {
  let hash = 0;
  for (let i = at; i < at + GRAM; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i) * 2_654_435_761) | 0;
  return (hash ^ (hash >>> 16)) & (BUCKETS - 1);
}

function stands(page: Page, reply: Reply): boolean {
  if (page.where.startsWith('header.')) {
    const name = page.where.slice('header.'.length);
    return reply.head.split(/\r?\n/).some((line) => {
      const colon = line.indexOf(':');
      return (
        colon > 0 && line.slice(0, colon).trim().toLowerCase() === name && fits(page, line.slice(colon + 1).trim())
      );
    });
  }
  return fits(page, page.where === 'any' ? reply.text : page.where === 'body' ? reply.body : reply.head);
}

function fits({ how, text, pattern }: Page, part: string): boolean {
  switch (how) {
    case 'contains':
      return part.includes(text);
    case 'prefix':
      return part.startsWith(text);
    case 'full':
      return part === text;
    case 'pattern':
      return holds(pattern, part);
  }
}
