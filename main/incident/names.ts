// Names for addresses that were contacted without one: from DNS answers that nobody judged forged. A name that a forged
// answer gave to an address is never its name; that address belongs to somebody else.

import type { Draft } from '../detect/detector.ts';
import type { EvidenceBase } from '../observe/evidence-base.ts';

interface Naming {
  readonly name: string;
  readonly time: number;
}

/** Namings kept for one address. Content networks put thousands of names on one. */
const MAX_OF_ADDRESS = 64;

export class NameBook {
  /** By address, and by client and address: what this client asked for names its connections best. */
  readonly #namings = new Map<string, Naming[]>();
  readonly #forged = new Set<string>();

  constructor(base: EvidenceBase, drafts: readonly Draft[]) {
    const forged = new Set<number>();
    for (const draft of drafts) {
      if (draft.interference.kind !== 'forged-answer') continue;
      for (const frame of draft.frames.forged) forged.add(frame);
      for (const answer of draft.dns?.answers ?? []) if (answer.forged) forged.add(answer.frame);
    }
    for (const exchange of base.exchanges) {
      for (const answer of exchange.answers) {
        if (forged.has(answer.frame)) for (const address of answer.addresses) this.#forged.add(address);
        if (forged.has(answer.frame) || answer.rcode !== 0) continue;
        for (const address of answer.addresses) {
          this.#add(address, exchange.name, answer.time);
          this.#add(`${exchange.client.address} ${address}`, exchange.name, answer.time);
        }
      }
    }
  }

  /** The name last given to the address at that time (nanoseconds), or null. */
  nameOf(client: string, address: string, time: number): string | null {
    const namings = this.#namings.get(`${client} ${address}`) ?? this.#namings.get(address) ?? [];
    let last: Naming | null = null;
    for (const naming of namings) {
      if (naming.time <= time && (last === null || naming.time >= last.time)) last = naming;
    }
    return last?.name ?? null;
  }

  /** Only forged answers led there: how it goes there says nothing of what was asked for. */
  isFalseLead(address: string): boolean {
    return this.#forged.has(address) && !this.#namings.has(address);
  }

  #add(key: string, name: string, time: number): void {
    const namings = this.#namings.get(key);
    if (namings === undefined) this.#namings.set(key, [{ name, time }]);
    else if (namings.length < MAX_OF_ADDRESS) namings.push({ name, time });
  }
}
