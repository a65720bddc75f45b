// The opening of a QUIC flow: which version, which name, and whether the server answered in kind.

import { QuicInitialReader } from '../wire/quic.ts';

export { looksLikeQuicLong as looksLikeQuic } from '../wire/quic.ts';

export class QuicDialogue {
  /** The client is the lower endpoint. */
  readonly clientLow: boolean;
  readonly reader = new QuicInitialReader();

  constructor(clientLow: boolean) {
    this.clientLow = clientLow;
  }

  /** Takes a datagram; true when it brought the client's first Initial. */
  datagram(bytes: Uint8Array, start: number, end: number, fromLow: boolean): boolean {
    const before = this.reader.clientInitials;
    // Short headers carry nothing that can be read
    if (start < end && bytes[start]! >= 0x80) this.reader.feed(bytes, start, end, fromLow === this.clientLow);
    return before === 0 && this.reader.clientInitials > 0;
  }

  get name(): string | null {
    return this.reader.clientHello?.sni ?? null;
  }
}
