// The last look: none of the values that were replaced may stand in what is published, however it is written there.

import { parseIp } from '../../shared/report/addresses.ts';
import type { Replaced } from '../../shared/report/pseudonyms.ts';

/** Shorter ones occur by chance. */
const LEAST = 4;

/** A value as it may stand in bytes: text, binary, both as hexadecimal and base64 at each of three alignments. */
export function formsOf(value: Pick<Replaced, 'kind' | 'original'>): Uint8Array[] {
  const text = Buffer.from(value.original, 'latin1');
  const raw =
    value.kind === 'hardware-address'
      ? Uint8Array.from(value.original.split(':'), (part) => Number.parseInt(part, 16))
      : parseIp(value.original);
  const forms: Uint8Array[] = [];
  for (const bytes of raw === null ? [text] : [text, raw]) {
    const buffer = Buffer.from(bytes);
    const hex = buffer.toString('hex');
    forms.push(buffer, Buffer.from(hex), Buffer.from(hex.toUpperCase()));
    // What stands before shifts the alphabet: the characters that depend on it are left away
    for (let shift = 0; shift < 3; shift++) {
      const encoded = Buffer.concat([Buffer.alloc(shift), buffer])
        .toString('base64')
        .replace(/=+$/, '');
      const from = shift === 0 ? 0 : shift + 1;
      const to = (shift + buffer.length) % 3 === 0 ? encoded.length : encoded.length - 1;
      const stable = encoded.slice(from, to);
      forms.push(Buffer.from(stable), Buffer.from(stable.replaceAll('+', '-').replaceAll('/', '_')));
    }
  }
  return forms.filter((form) => form.length >= LEAST);
}

/** Text, hexadecimal of either, and base64 of the text: what a document of words could hold. */
function wordFormsOf(value: Pick<Replaced, 'kind' | 'original'>): Uint8Array[] {
  return formsOf(value).filter((form) => form.length > LEAST + 2 && form.every((byte) => byte > 32 && byte < 127));
}

/** Searches many byte strings at once, letters of either case. */
export class Secrets {
  readonly #byStart = new Map<number, Uint8Array[]>();

  /** `words`: for documents, in which four bytes of an address may stand by chance (four line ends, say). */
  constructor(values: readonly Pick<Replaced, 'kind' | 'original'>[], words = false) {
    const seen = new Set<string>();
    for (const value of values) {
      for (const form of words ? wordFormsOf(value) : formsOf(value)) {
        const key = Buffer.from(form).toString('latin1');
        if (seen.has(key)) continue;
        seen.add(key);
        const start = startOf(form, 0);
        const list = this.#byStart.get(start);
        if (list === undefined) this.#byStart.set(start, [form]);
        else list.push(form);
      }
    }
  }

  /** Where the first one begins in [from, to), or -1. */
  find(bytes: Uint8Array, from: number, to: number): number {
    if (this.#byStart.size === 0) return -1;
    for (let at = from; at + LEAST <= to; at++) {
      const forms = this.#byStart.get(startOf(bytes, at));
      if (forms === undefined) continue;
      for (const form of forms) {
        if (at + form.length > to) continue;
        let same = LEAST;
        while (same < form.length && lower(bytes[at + same]!) === lower(form[same]!)) same++;
        if (same === form.length) return at;
      }
    }
    return -1;
  }
}

function lower(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte + 32 : byte;
}

function startOf(bytes: Uint8Array, at: number): number {
  return (
    (lower(bytes[at]!) << 24) | (lower(bytes[at + 1]!) << 16) | (lower(bytes[at + 2]!) << 8) | lower(bytes[at + 3]!)
  );
}
