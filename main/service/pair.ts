// Two ends of a way within one process. Messages are cloned, as every other way does, and arrive later, in order.

import type { Transport } from '../../shared/contract/service.ts';

class End implements Transport {
  other!: End;
  #listener: (message: unknown) => void = () => {};
  readonly #closing: (() => void)[] = [];
  #isClosed = false;

  send(message: unknown): void {
    if (this.#isClosed) return;
    const copy: unknown = structuredClone(message);
    setImmediate(() => this.other.receive(copy));
  }

  receive(message: unknown): void {
    if (!this.#isClosed) this.#listener(message);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#listener = listener;
  }

  onClose(listener: () => void): void {
    this.#closing.push(listener);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const listener of this.#closing) listener();
    this.other.close();
  }
}

export function transportPair(): [Transport, Transport] {
  const [a, b] = [new End(), new End()];
  a.other = b;
  b.other = a;
  return [a, b];
}
