// What a listener was told and still is to be told. It gets at most 20 events a second and never has more than two it
// has not acknowledged: what happens meanwhile goes into the next one.

const EVENT_EVERY_MS = 50;
const MAX_UNACKNOWLEDGED = 2;

export class Listener {
  /** Makes the next event of what is to be told; null: nothing is. */
  readonly #next: () => unknown;
  readonly #send: (payload: unknown) => void;
  #unacknowledged = 0;
  #sent = Number.NEGATIVE_INFINITY;
  #isDue = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(next: () => unknown, send: (payload: unknown) => void) {
    this.#next = next;
    this.#send = send;
  }

  /** Something is to be told. */
  due(): void {
    this.#isDue = true;
    this.#flush();
  }

  acknowledged(): void {
    this.#unacknowledged = Math.max(0, this.#unacknowledged - 1);
    this.#flush();
  }

  stop(): void {
    this.#isDue = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #flush(): void {
    if (!this.#isDue || this.#timer !== null || this.#unacknowledged >= MAX_UNACKNOWLEDGED) return;
    const wait = this.#sent + EVENT_EVERY_MS - performance.now();
    if (wait > 0) {
      this.#timer = setTimeout(() => {
        this.#timer = null;
        this.#flush();
      }, wait);
      return;
    }
    this.#isDue = false;
    const payload = this.#next();
    if (payload === null) return;
    this.#sent = performance.now();
    this.#unacknowledged++;
    this.#send(payload);
  }
}
