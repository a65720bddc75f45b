// Names for addresses that were contacted without one: from DNS answers that nobody judged forged. A name that a forged
// answer gave to an address is never its name; that address belongs to somebody else.

import type { Draft } from '../detect/detector.ts';
import type { EvidenceBase } from '../observe/evidence-base.ts';

interface Naming {
  readonly name: string;
  readonly time: number;
}

interface Namings {
  readonly all: Naming[];
  /** What this client asked for names its connections best. */
  readonly ofClient: Map<string, Naming[]>;
}

/** Namings kept for one address. Content networks put thousands of names on one. */
const MAX_OF_ADDRESS = 64;

export class NameBook {
  /** By address. */
  readonly #namings = new Map<string, Namings>();
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
          this.#add(address, exchange.client.address, { name: exchange.name, time: answer.time });
        }
      }
    }
  }

  /** The name last given to the address at that time (nanoseconds), or null. */
  nameOf(client: string, address: string, time: number): string | null {
    const namings = this.#namings.get(address);
    if (namings === undefined) return null;
    let last: Naming | null = null;
    for (const naming of namings.ofClient.get(client) ?? namings.all) {
      if (naming.time <= time && (last === null || naming.time >= last.time)) last = naming;
    }
    return last?.name ?? null;
  }

  /** Only forged answers led there: how it goes there says nothing of what was asked for. */
  isFalseLead(address: string): boolean {
    return this.#forged.has(address) && !this.#namings.has(address);
  }

  #add(address: string, client: string, naming: Naming): void {
    let namings = this.#namings.get(address);
    if (namings === undefined) {
      namings = { all: [], ofClient: new Map() };
      this.#namings.set(address, namings);
    }
    if (namings.all.length < MAX_OF_ADDRESS) namings.all.push(naming);
    const own = namings.ofClient.get(client);
    if (own === undefined) namings.ofClient.set(client, [naming]);
    else if (own.length < MAX_OF_ADDRESS) own.push(naming);
  }
}
