// Frames that the capture itself doubled: the `any` device, mirrored ports, a bridge together with its member. The
// copy has the same identification, sequence numbers and length, a TTL equal or exactly 1 less, and comes within 2 ms.

const SLOTS = 4_096;
const WITHIN = 2e6;

export class RecentPackets {
  /** Copies that had gone one hop further: seen by a device that forwards. */
  forwarded = 0;
  readonly #signature = new Int32Array(SLOTS);
  readonly #check = new Int32Array(SLOTS);
  readonly #time = new Float64Array(SLOTS).fill(-Infinity);
  readonly #ttl = new Uint8Array(SLOTS);
  readonly #note = new Int32Array(SLOTS);

  /** The note index (or -1) given for the packet of which this one is a copy; -2 when it is none. */
  copyOf(signature: number, check: number, time: number, ttl: number): number {
    const slot = signature & (SLOTS - 1);
    if (this.#signature[slot] !== signature || this.#check[slot] !== check) return -2;
    const apart = time - this.#time[slot]!;
    const hops = this.#ttl[slot]! - ttl;
    if (apart < 0 || apart > WITHIN || hops < -1 || hops > 1) return -2;
    if (hops !== 0) this.forwarded++;
    return this.#note[slot]!;
  }

  remember(signature: number, check: number, time: number, ttl: number, note: number): void {
    const slot = signature & (SLOTS - 1);
    this.#signature[slot] = signature;
    this.#check[slot] = check;
    this.#time[slot] = time;
    this.#ttl[slot] = ttl;
    this.#note[slot] = note;
  }
}
