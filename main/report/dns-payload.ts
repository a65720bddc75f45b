// What of a DNS message may be published: names and addresses of the incidents stay, all others are replaced in place
// by as many bytes, options that tell of the client are emptied, and reading ends where it cannot go on.

import type { Pseudonyms } from '../../shared/report/pseudonyms.ts';
import type { Edit, PayloadPlan } from './payload-plan.ts';

const HEADER = 12;
const MAX_LABELS = 128;
const MAX_POINTERS = 32;
const TYPE = { A: 1, NS: 2, CNAME: 5, PTR: 12, MX: 15, AAAA: 28, SRV: 33, DNAME: 39, OPT: 41 } as const;
const OPTION = { CLIENT_SUBNET: 8, EXTENDED_ERROR: 15 } as const;
const ALIASES: readonly number[] = [TYPE.CNAME, TYPE.DNAME];
/** Bytes of data before the name. */
const NAME_BEHIND: Readonly<Record<number, number>> = {
  [TYPE.NS]: 0,
  [TYPE.CNAME]: 0,
  [TYPE.PTR]: 0,
  [TYPE.DNAME]: 0,
  [TYPE.MX]: 2,
  [TYPE.SRV]: 6,
};

interface Name {
  readonly text: string;
  readonly next: number;
  /** Where its own labels stand, without those a pointer leads to. */
  readonly labels: readonly { readonly at: number; readonly length: number }[];
}

function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

function nameAt(bytes: Uint8Array, start: number, from: number, end: number): Name | null {
  const labels: { at: number; length: number }[] = [];
  const parts: string[] = [];
  let at = from;
  let next = -1;
  let pointers = 0;
  for (let count = 0; count < MAX_LABELS; count++) {
    if (at >= end) return null;
    const octet = bytes[at]!;
    if (octet === 0) return { text: parts.join('.'), next: next < 0 ? at + 1 : next, labels };
    if (octet >= 0xc0) {
      if (at + 2 > end || ++pointers > MAX_POINTERS) return null;
      if (next < 0) next = at + 2;
      at = start + (u16(bytes, at) & 0x3fff);
      continue;
    }
    if (octet > 63 || at + 1 + octet > end) return null;
    parts.push(String.fromCharCode(...bytes.subarray(at + 1, at + 1 + octet)));
    if (next < 0) labels.push({ at: at + 1, length: octet });
    at += 1 + octet;
  }
  return null;
}

/** Addresses that answers give to names that stay: the name covers them, so they stay too. */
export function learnDns(bytes: Uint8Array, start: number, end: number, pseudonyms: Pseudonyms): void {
  new DnsWalk(bytes, start, end, pseudonyms, true).run();
}

/** Offsets count from `start`. */
export function planDns(bytes: Uint8Array, start: number, end: number, pseudonyms: Pseudonyms): PayloadPlan {
  return new DnsWalk(bytes, start, end, pseudonyms, false).run();
}

class DnsWalk {
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #end: number;
  readonly #pseudonyms: Pseudonyms;
  readonly #learning: boolean;
  readonly #edits: Edit[] = [];
  readonly #edited = new Set<number>();
  /** The question and what aliases lead to from it. */
  readonly #chain = new Set<string>();

  constructor(bytes: Uint8Array, start: number, end: number, pseudonyms: Pseudonyms, learning: boolean) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#pseudonyms = pseudonyms;
    this.#learning = learning;
  }

  run(): PayloadPlan {
    const bytes = this.#bytes;
    if (this.#end - this.#start < HEADER) return { keep: 0, edits: [] };
    let at = this.#start + HEADER;
    const plan = (stop: number): PayloadPlan => ({ keep: stop - this.#start, edits: this.#edits });
    for (let left = u16(bytes, this.#start + 4); left > 0; left--) {
      const name = nameAt(bytes, this.#start, at, this.#end);
      if (name === null || name.next + 4 > this.#end) return plan(at);
      if (this.#pseudonyms.keeps(name.text)) this.#chain.add(name.text.toLowerCase());
      this.#name(name);
      at = name.next + 4;
    }
    const records = u16(bytes, this.#start + 6) + u16(bytes, this.#start + 8) + u16(bytes, this.#start + 10);
    for (let left = records; left > 0; left--) {
      const next = this.#record(at);
      if (next === null) return plan(at);
      at = next;
    }
    return plan(at);
  }

  #isCovered(name: string): boolean {
    const key = name.toLowerCase();
    return this.#chain.has(key) || this.#pseudonyms.keeps(key);
  }

  #edit(at: number, bytes: Uint8Array): void {
    if (this.#learning || this.#edited.has(at)) return;
    this.#edited.add(at);
    this.#edits.push({ at: at - this.#start, bytes });
  }

  #name(name: Name): void {
    if (this.#learning || name.text === '' || this.#isCovered(name.text)) return;
    const replaced = this.#pseudonyms.name(name.text);
    let from = 0;
    for (const { at, length } of name.labels) {
      this.#edit(
        at,
        Uint8Array.from(replaced.slice(from, from + length), (letter) => letter.charCodeAt(0)),
      );
      from += length + 1;
    }
  }

  /** Null where it cannot be read. */
  #record(at: number): number | null {
    const bytes = this.#bytes;
    const owner = nameAt(bytes, this.#start, at, this.#end);
    if (owner === null || owner.next + 10 > this.#end) return null;
    const type = u16(bytes, owner.next);
    const data = owner.next + 10;
    const end = data + u16(bytes, owner.next + 8);
    if (end > this.#end) return null;
    const covered = owner.text !== '' && this.#isCovered(owner.text);
    this.#name(owner);
    if (type === TYPE.OPT) {
      if (!this.#options(data, end)) return null;
    } else if ((type === TYPE.A && end - data === 4) || (type === TYPE.AAAA && end - data === 16)) {
      const address = bytes.subarray(data, end);
      if (covered && this.#learning) this.#learn(address);
      if (!this.#learning) this.#edit(data, this.#pseudonyms.addressBytes(address));
    } else if (NAME_BEHIND[type] !== undefined) {
      const target = nameAt(bytes, this.#start, data + NAME_BEHIND[type], end);
      if (target === null) return null;
      if (covered && ALIASES.includes(type)) this.#chain.add(target.text.toLowerCase());
      this.#name(target);
    } else if (!covered) this.#edit(data, new Uint8Array(end - data));
    return end;
  }

  #learn(address: Uint8Array): void {
    const text = this.#pseudonyms;
    const key = address.length === 4 ? address.join('.') : hexGroups(address);
    if (!text.isLocal(key)) text.keep(key);
  }

  /** RFC 6891 §6.1.2. Codes and lengths stay; of the data only the family of a client subnet and the code of an error. */
  #options(from: number, end: number): boolean {
    const bytes = this.#bytes;
    let at = from;
    while (at + 4 <= end) {
      const code = u16(bytes, at);
      const length = u16(bytes, at + 2);
      if (at + 4 + length > end) return false;
      const stays = code === OPTION.CLIENT_SUBNET ? 4 : code === OPTION.EXTENDED_ERROR ? 2 : 0;
      if (length > stays) this.#edit(at + 4 + stays, new Uint8Array(length - stays));
      at += 4 + length;
    }
    return true;
  }
}

function hexGroups(address: Uint8Array): string {
  return Array.from({ length: 8 }, (_, at) => u16(address, 2 * at).toString(16)).join(':');
}
