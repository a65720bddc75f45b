// The replacements of one report: every value that points to somebody gets another one, the same wherever it stands,
// numbered by first appearance. So the same capture gives the same bytes, and nobody needs a key.

import type { ReplacedKind } from '../contract/report.ts';
import { canonicalIp, inPrefix, ipText, isCommon, macText, parseIp } from './addresses.ts';

/** A line of the preview. Only the preview shows `original`; nothing that is written does. */
export interface Replaced {
  readonly kind: ReplacedKind;
  /** `client-1`: what reports call it beside the replacement. */
  readonly label: string;
  readonly original: string;
  readonly replacement: string;
  places: number;
}

export interface Rules {
  /** Addresses on the side of whoever captured, in any spelling. */
  readonly local: readonly string[];
  /** Addresses and names that stay. Local addresses never do. */
  readonly keep: ReadonlySet<string>;
  /** Values that no replacement may equal: those of the capture. */
  readonly taken?: ReadonlySet<string>;
  /** Everything stays as it is, on request. */
  readonly off?: boolean;
  /** Prefix-preserving: the bits of a keyed permutation of addresses. Absent: by number. */
  readonly permute?: (address: Uint8Array) => Uint8Array;
}

/** RFC 5737: addresses for documentation, then the range for benchmarks (RFC 2544) where those run out. */
function numberedV4(at: number): Uint8Array | null {
  const nets = [
    [192, 0, 2],
    [198, 51, 100],
    [203, 0, 113],
  ];
  const net = nets[Math.floor(at / 254)];
  if (net !== undefined) return Uint8Array.of(...net, 1 + (at % 254));
  const rest = at - 254 * nets.length;
  if (rest >= 1 << 17) return null;
  return Uint8Array.of(198, 18 + (rest >> 16), (rest >> 8) & 255, rest & 255);
}

/** RFC 3849. */
function numberedV6(at: number): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes.set([0x20, 0x01, 0x0d, 0xb8]);
  new DataView(bytes.buffer).setUint32(12, at + 1);
  return bytes;
}

export class Pseudonyms {
  readonly #rules: Rules;
  readonly #local: ReadonlySet<string>;
  readonly #keep = new Set<string>();
  readonly #replaced = new Map<string, Replaced>();
  readonly #given = new Set<string>();
  readonly #counts = { v4: 0, v6: 0, mac: 0, name: 0 };
  readonly #labels = new Map<string, number>();
  readonly #kept = new Map<string, number>();
  #names: { key: string; replacement: string }[] | null = null;
  /** Places are those in packets; looking ahead and wording a report count for nothing. */
  counting = true;

  constructor(rules: Rules) {
    this.#rules = rules;
    this.#local = new Set(rules.local.map((text) => canonicalIp(text) ?? text));
    for (const text of rules.keep) this.#keep.add(canonicalIp(text) ?? text.toLowerCase());
  }

  /** By first appearance. */
  list(): Replaced[] {
    return [...this.#replaced.values()];
  }

  /** What stayed although it is an address or name, with how often it was met. */
  kept(): { value: string; places: number }[] {
    return [...this.#kept].map(([value, places]) => ({ value, places }));
  }

  isLocal(address: string): boolean {
    return this.#local.has(canonicalIp(address) ?? address);
  }

  keeps(value: string): boolean {
    if (this.#rules.off === true) return true;
    const key = canonicalIp(value) ?? value.toLowerCase().replace(/\.$/, '');
    return this.#keep.has(key) && !this.#local.has(key);
  }

  /** What a covered name is shown to have, seen on the way: an answer to it. */
  keep(value: string): void {
    this.#keep.add(canonicalIp(value) ?? value.toLowerCase());
  }

  /** Text in, text out; what is no address comes back as it is. */
  address(text: string): string {
    const bytes = parseIp(text);
    return bytes === null ? text : ipText(this.addressBytes(bytes));
  }

  addressBytes(bytes: Uint8Array): Uint8Array {
    if (isCommon(bytes)) return bytes;
    const original = ipText(bytes);
    if (this.keeps(original)) {
      this.#see(original);
      return bytes;
    }
    const known = this.#replaced.get(original);
    if (known !== undefined) {
      this.#count(known);
      return parseIp(known.replacement)!;
    }
    const isLocal = this.#local.has(original);
    const replacement = this.#freeAddress(bytes);
    this.#add(
      isLocal ? 'local-address' : 'remote-address',
      isLocal ? 'client' : 'remote',
      original,
      ipText(replacement),
    );
    return replacement;
  }

  #see(original: string): void {
    this.#kept.set(original, (this.#kept.get(original) ?? 0) + (this.counting ? 1 : 0));
  }

  #count(known: Replaced): void {
    if (this.counting) known.places++;
  }

  #freeAddress(bytes: Uint8Array): Uint8Array {
    if (this.#rules.permute !== undefined) return this.#rules.permute(bytes);
    for (;;) {
      const made = bytes.length === 4 ? numberedV4(this.#counts.v4++) : numberedV6(this.#counts.v6++);
      if (made === null) throw new RangeError('more addresses than a report can tell apart');
      if (this.#isFree(ipText(made))) return made;
    }
  }

  #isFree(text: string): boolean {
    return !this.#given.has(text) && !this.#keep.has(text) && !this.#local.has(text) && !this.#rules.taken?.has(text);
  }

  /** Locally administered; a group address stays one. */
  mac(bytes: Uint8Array): Uint8Array {
    if (this.#rules.off === true || bytes.every((byte) => byte === 0) || bytes.every((byte) => byte === 255))
      return bytes;
    const original = macText(bytes);
    const known = this.#replaced.get(original);
    if (known !== undefined) {
      this.#count(known);
      return Uint8Array.from(known.replacement.split(':'), (part) => Number.parseInt(part, 16));
    }
    let made: Uint8Array;
    do {
      made = new Uint8Array(6);
      made[0] = (bytes[0]! & 1) | 2;
      new DataView(made.buffer).setUint32(2, ++this.#counts.mac);
    } while (!this.#isFree(macText(made)));
    this.#add('hardware-address', 'device', original, macText(made));
    return made;
  }

  /** As long as the original, label for label, so that sizes stay: `nas.home` becomes `xx1.xxxx`-like text. */
  name(text: string): string {
    const original = text.toLowerCase().replace(/\.$/, '');
    if (original === '' || parseIp(original) !== null) return this.address(text);
    if (this.keeps(original)) {
      this.#see(original);
      return text;
    }
    const known = this.#replaced.get(original);
    if (known !== undefined) {
      this.#count(known);
      return known.replacement;
    }
    let made: string;
    let tries = 0;
    do {
      const number = (++this.#counts.name).toString(36);
      const letters = original.replace(/\./g, '').length;
      const digits = number.slice(-letters).padStart(letters, 'x');
      let at = 0;
      made = original.replace(/[^.]/gu, (letter) => {
        const piece = digits.slice(at, at + letter.length);
        at += letter.length;
        return piece;
      });
    } while (!this.#isFree(made) && ++tries < 1_000);
    this.#names = null;
    this.#add('name', 'name', original, made);
    return made;
  }

  #add(kind: ReplacedKind, label: string, original: string, replacement: string): void {
    const number = (this.#labels.get(label) ?? 0) + 1;
    this.#labels.set(label, number);
    this.#given.add(replacement);
    this.#replaced.set(original, {
      kind,
      label: `${label}-${number}`,
      original,
      replacement,
      places: this.counting ? 1 : 0,
    });
  }

  /** Every address, and every name already replaced, inside a longer text. */
  text(text: string): string {
    if (this.#rules.off === true) return text;
    let out = text.replace(ADDRESS, (found) => {
      const slash = found.indexOf('/');
      if (slash > 0) return this.#prefix(found);
      return this.#endpoint(found);
    });
    out = out.replace(MAC, (found) => {
      const known = this.#replaced.get(found.toLowerCase().replace(/-/g, ':'));
      return known === undefined ? found : known.replacement;
    });
    this.#names ??= this.list()
      .filter(({ kind }) => kind === 'name')
      .map(({ original, replacement }) => ({ key: original, replacement }))
      .sort((a, b) => b.key.length - a.key.length);
    for (const { key, replacement } of this.#names) {
      if (out.toLowerCase().includes(key)) out = out.replace(new RegExp(escaped(key), 'gi'), replacement);
    }
    return out;
  }

  #endpoint(found: string): string {
    if (parseIp(found) !== null) return this.address(found);
    // `address:port`, as ladders write it
    const colon = found.lastIndexOf(':');
    const host = found.slice(0, colon);
    return colon > 0 && parseIp(host) !== null ? `${this.address(host)}${found.slice(colon)}` : found;
  }

  /** Stays while it holds an address that stays and none that was replaced. */
  #prefix(found: string): string {
    const [network = '', bits = ''] = found.split('/');
    const bytes = parseIp(network);
    if (bytes === null || !/^\d{1,3}$/.test(bits)) return found;
    for (const { kind, original } of this.#replaced.values()) {
      if (!kind.endsWith('address') || kind === 'hardware-address') continue;
      if (inPrefix(parseIp(original)!, found)) return `${this.address(original)}/${bits}`;
    }
    for (const value of this.#keep) {
      const kept = parseIp(value);
      if (kept !== null && inPrefix(kept, found)) return found;
    }
    return `${this.address(network)}/${bits}`;
  }
}

/** Anything that may be an address, with a port or a prefix length; what parses is decided later. */
const ADDRESS =
  /(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?::\d{1,5})?(?:\.\d{1,3}){0,3})(?:\/\d{1,3})?(?![\w])/gi;
const MAC = /(?<![\w:])[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}(?![\w:])/gi;

export function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
