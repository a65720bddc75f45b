// Which service a row of a table belongs to: by the project's own table first, then by the lists that a person imported,
// as targets are named. Tables ask for every row, so answers are kept.

import type { DnsRow, FlowRow } from '../../shared/contract/service.ts';
import { serviceOf } from '../../shared/domain/services.ts';
import type { Surface } from '../../shared/domain/vocabulary.ts';
import type { ImportedLists } from '../observe/imported.ts';

export interface RowService {
  /** Of the table, or the name of a list. */
  readonly service: string;
  readonly surface: Surface;
}

type Transport = 'tcp' | 'udp' | 'quic' | 'dns';

/** Answers kept; forgotten together. */
const MAX_REMEMBERED = 65_536;

export class ServicesOfRows {
  readonly #imported: () => ImportedLists | null;
  readonly #known = new Map<string, RowService | null>();

  constructor(imported: () => ImportedLists | null) {
    this.#imported = imported;
  }

  ofFlow({ name, server, application, protocol }: FlowRow): RowService | null {
    return this.of(name, server.address, server.port, application === 'quic' ? 'quic' : protocol);
  }

  ofExchange({ name, resolver }: DnsRow): RowService | null {
    return this.of(name, resolver.address, resolver.port, 'dns');
  }

  of(name: string | null, address: string, port: number, transport: Transport): RowService | null {
    // Of what is no name but an address, the address that was asked counts
    const isName = name !== null && !/^[\d.]+$|:/.test(name);
    const key = `${isName ? name : address} ${port} ${transport}`;
    let found = this.#known.get(key);
    if (found === undefined) {
      found = serviceOf(name, address, port, transport);
      if (found === null) {
        const service = this.#imported()?.service(name, address) ?? null;
        if (service !== null) found = { service, surface: 'web' };
      }
      if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
      this.#known.set(key, found);
    }
    return found;
  }
}
