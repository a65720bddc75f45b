// What is remembered of every attempt, healthy ones above all: outcomes, names, and what each genuine peer looks like.
// Controls, baselines for flows in which the peer never spoke, and targets come from here. Bounded.

import type { Attempt, AttemptOutcome, PeerBaseline } from '../flow/records.ts';

/** Attempts kept in full for each entry: the first half and the latest half. */
const KEPT_OF_ENTRY = 32;
/** Entries in which something failed, and others: each kind has its own room, so that health never crowds out trouble. */
const MAX_TROUBLED = 8_192;
const MAX_HEALTHY = 8_192;
const MAX_BASELINES = 16_384;
const HEALTHY: ReadonlySet<AttemptOutcome> = new Set(['ok', 'connected', 'cancelled', 'unknown']);

/** All attempts of one client to one (address, port, transport, name). */
export interface AttemptEntry {
  readonly key: string;
  readonly client: string;
  readonly address: string;
  readonly port: number;
  readonly transport: Attempt['transport'];
  readonly name: string | null;
  readonly nameFrom: Attempt['nameFrom'];
  /** How many attempts ended in each way, those no longer kept included. */
  readonly counts: Partial<Record<AttemptOutcome, number>>;
  readonly total: number;
  readonly firstTime: number;
  readonly lastTime: number;
  /** At most 32, in order of their first packets. */
  readonly attempts: readonly Attempt[];
}

interface MutableEntry extends AttemptEntry {
  troubled: boolean;
  counts: Partial<Record<AttemptOutcome, number>>;
  total: number;
  firstTime: number;
  lastTime: number;
  attempts: Attempt[];
}

interface MutableBaseline extends PeerBaseline {
  flows: number;
  ttls: number[];
  sawDf: boolean;
  sawNoDf: boolean;
  leastRtt: number | null;
  rttSamples: number;
  frames: number[];
}

export interface BaselineSample {
  readonly ttlMin: number;
  readonly ttlMax: number;
  readonly sawDf: boolean;
  readonly sawNoDf: boolean;
  readonly rtt: number | null;
  readonly frame: number;
}

export class AttemptIndex {
  readonly #entries = new Map<string, MutableEntry>();
  readonly #healthy = new Arrivals();
  readonly #troubled = new Arrivals();
  readonly #byAddress = new Map<string, MutableEntry[]>();
  readonly #byName = new Map<string, MutableEntry[]>();
  readonly #baselines = new Map<string, MutableBaseline>();
  /** Entries forgotten for want of room. */
  forgotten = 0;
  /** While set: how to take back what was recorded since, latest last. */
  #undo: (() => void)[] | null = null;

  /** From here to discardProvisional(), what is recorded stands only for one judgement: attempts still under way. */
  beginProvisional(): void {
    this.#undo = [];
  }

  discardProvisional(): void {
    const undo = this.#undo ?? [];
    this.#undo = null;
    for (let at = undo.length - 1; at >= 0; at--) undo[at]!();
  }

  record(attempt: Attempt): void {
    const key = `${attempt.client} ${attempt.address} ${attempt.port} ${attempt.transport} ${attempt.name ?? ''}`;
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = {
        key,
        client: attempt.client,
        address: attempt.address,
        port: attempt.port,
        transport: attempt.transport,
        name: attempt.name,
        nameFrom: attempt.nameFrom,
        counts: {},
        total: 0,
        firstTime: attempt.firstTime,
        lastTime: attempt.lastTime,
        attempts: [],
        troubled: !HEALTHY.has(attempt.outcome),
      };
      this.#entries.set(key, entry);
      append(this.#byAddress, attempt.address, entry);
      if (attempt.name !== null) append(this.#byName, attempt.name, entry);
      if (this.#undo !== null) {
        const added = entry;
        this.#undo.push(() => this.#forget(added));
      } else this.#admit(entry);
    } else if (this.#undo !== null) {
      const saved = {
        entry,
        counts: { ...entry.counts },
        total: entry.total,
        firstTime: entry.firstTime,
        lastTime: entry.lastTime,
        attempts: entry.attempts.slice(),
      };
      this.#undo.push(() =>
        Object.assign(saved.entry, {
          counts: saved.counts,
          total: saved.total,
          firstTime: saved.firstTime,
          lastTime: saved.lastTime,
          attempts: saved.attempts,
        }),
      );
    }
    if (!entry.troubled && !HEALTHY.has(attempt.outcome) && this.#undo === null) {
      entry.troubled = true;
      this.#healthy.leave();
      this.#admit(entry);
    }
    entry.counts[attempt.outcome] = (entry.counts[attempt.outcome] ?? 0) + 1;
    entry.total++;
    entry.firstTime = Math.min(entry.firstTime, attempt.firstTime);
    entry.lastTime = Math.max(entry.lastTime, attempt.lastTime);
    const kept = entry.attempts;
    let at = kept.length;
    while (at > 0 && kept[at - 1]!.firstTime > attempt.firstTime) at--;
    kept.splice(at, 0, attempt);
    if (kept.length > KEPT_OF_ENTRY) kept.splice(KEPT_OF_ENTRY >> 1, 1);
  }

  sample(address: string, sample: BaselineSample): void {
    let baseline = this.#baselines.get(address);
    if (baseline === undefined) {
      if (this.#baselines.size >= MAX_BASELINES) return;
      baseline = {
        address,
        flows: 0,
        ttls: [],
        sawDf: false,
        sawNoDf: false,
        leastRtt: null,
        rttSamples: 0,
        frames: [],
      };
      this.#baselines.set(address, baseline);
    }
    if (this.#undo !== null) {
      const saved = { ...baseline, ttls: baseline.ttls.slice(), frames: baseline.frames.slice() };
      const target = baseline;
      this.#undo.push(() => (saved.flows === 0 ? this.#baselines.delete(address) : Object.assign(target, saved)));
    }
    baseline.flows++;
    for (const ttl of [sample.ttlMin, sample.ttlMax]) {
      if (!baseline.ttls.includes(ttl) && baseline.ttls.length < 16) baseline.ttls.push(ttl);
    }
    baseline.sawDf ||= sample.sawDf;
    baseline.sawNoDf ||= sample.sawNoDf;
    if (sample.rtt !== null) {
      baseline.rttSamples++;
      if (baseline.leastRtt === null || sample.rtt < baseline.leastRtt) baseline.leastRtt = sample.rtt;
    }
    if (baseline.frames.length < 4) baseline.frames.push(sample.frame);
  }

  /** Of flows in which the peer spoke and nothing was suspicious. */
  baseline(address: string): PeerBaseline | null {
    return this.#baselines.get(address) ?? null;
  }

  entries(): IterableIterator<AttemptEntry> {
    return this.#entries.values();
  }

  byAddress(address: string): readonly AttemptEntry[] {
    return this.#byAddress.get(address) ?? [];
  }

  byName(name: string): readonly AttemptEntry[] {
    return this.#byName.get(name) ?? [];
  }

  get size(): number {
    return this.#entries.size;
  }

  #admit(entry: MutableEntry): void {
    const queue = entry.troubled ? this.#troubled : this.#healthy;
    queue.push(entry);
    if (queue.size <= (entry.troubled ? MAX_TROUBLED : MAX_HEALTHY)) return;
    const oldest = queue.shift((other) => other.troubled === entry.troubled);
    if (oldest === null) return;
    this.#forget(oldest);
    this.forgotten++;
  }

  #forget(entry: MutableEntry): void {
    this.#entries.delete(entry.key);
    remove(this.#byAddress, entry.address, entry);
    if (entry.name !== null) remove(this.#byName, entry.name, entry);
  }
}

/** A queue in order of arrival. A Map would find its first key slowly once many before it were deleted. */
class Arrivals {
  #list: MutableEntry[] = [];
  #first = 0;
  size = 0;

  push(entry: MutableEntry): void {
    this.#list.push(entry);
    this.size++;
  }

  /** An entry of the queue belongs to another one from now on; it is skipped when its turn comes. */
  leave(): void {
    this.size--;
  }

  shift(belongs: (entry: MutableEntry) => boolean): MutableEntry | null {
    while (this.#first < this.#list.length) {
      const entry = this.#list[this.#first++]!;
      if (this.#first > MAX_HEALTHY) {
        this.#list = this.#list.slice(this.#first);
        this.#first = 0;
      }
      if (!belongs(entry)) continue;
      this.size--;
      return entry;
    }
    return null;
  }
}

function append(map: Map<string, MutableEntry[]>, key: string, entry: MutableEntry): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [entry]);
  else list.push(entry);
}

function remove(map: Map<string, MutableEntry[]>, key: string, entry: MutableEntry): void {
  const list = map.get(key);
  if (list === undefined) return;
  const at = list.indexOf(entry);
  if (at >= 0) list.splice(at, 1);
  if (list.length === 0) map.delete(key);
}
