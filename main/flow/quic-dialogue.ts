// The opening of a QUIC flow: the name that the client's hello carries.

import { QuicInitialReader } from '../wire/quic.ts';

export { looksLikeQuicLong as looksLikeQuic } from '../wire/quic.ts';

export class QuicDialogue {
  /** The client is the lower endpoint. */
  readonly clientLow: boolean;
  /** SNI of the ClientHello. */
  name: string | null = null;
  /** Gone once the hello is read: its keys and pieces take room. */
  #reader: QuicInitialReader | null = new QuicInitialReader();

  constructor(clientLow: boolean) {
    this.clientLow = clientLow;
  }

  /** Takes a datagram; true when it brought the client's first Initial. */
  datagram(bytes: Uint8Array, start: number, end: number, cut: boolean, fromLow: boolean): boolean {
    const reader = this.#reader;
    // Short headers carry nothing that can be read
    if (reader === null || start >= end || bytes[start]! < 0x80) return false;
    const before = reader.clientInitials;
    reader.feed(bytes, start, end, fromLow === this.clientLow, cut);
    this.name = (reader.clientHello ?? reader.partialHello())?.sni ?? null;
    if (reader.done) this.#reader = null;
    return before === 0 && reader.clientInitials > 0;
  }
}
