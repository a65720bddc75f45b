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

/** What tells an entry from every other. */
export function entryKey({ client, address, port, transport, name }: AttemptEntry): string {
  return `${client} ${address} ${port} ${transport} ${name ?? ''}`;
}

interface MutableEntry extends AttemptEntry {
  counts: Partial<Record<AttemptOutcome, number>>;
  total: number;
  firstTime: number;
  lastTime: number;
  attempts: Attempt[];
}

/** An entry in its places: the table, the list of all, a queue. */
class Node {
  readonly entry: MutableEntry;
  readonly hash: number;
  troubled: boolean;
  /** In order of first attempts. */
  before: Node | null = null;
  after: Node | null = null;
  /** In its queue. */
  earlier: Node | null = null;
  later: Node | null = null;

  constructor(entry: MutableEntry, hash: number, troubled: boolean) {
    this.entry = entry;
    this.hash = hash;
    this.troubled = troubled;
  }
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

const LEAST_SLOTS = 1_024;

/**
 * Every flow is recorded when it ends, millions of them in a scan, and all but the latest are forgotten again. So an
 * entry is found by a hash over what its attempts have in common, without making a key of it; deleting from a Map at
 * that rate would leave tables behind faster than they are collected.
 */
export class AttemptIndex {
  /** Captures are hostile input. */
  readonly #seed = Math.floor(Math.random() * 2 ** 32) | 0;
  /** Open addressing by hash. */
  #slots: (Node | null)[] = emptySlots(LEAST_SLOTS);
  #first: Node | null = null;
  #last: Node | null = null;
  #size = 0;
  readonly #healthy = new Queue();
  readonly #troubled = new Queue();
  /** Found when first asked for, and again after a change. */
  #all: MutableEntry[] | null = null;
  #byAddress: Map<string, MutableEntry[]> | null = null;
  #byName: Map<string, MutableEntry[]> | null = null;
  #byBoth: Map<string, MutableEntry[]> | null = null;
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
    const hash = this.#hashOf(attempt);
    let node = this.#find(hash, attempt);
    const isNew = node === null;
    if (node === null) {
      const entry = {
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
        attempts: [attempt],
      };
      node = new Node(entry, hash, !HEALTHY.has(attempt.outcome));
      this.#add(node);
      if (this.#undo !== null) {
        const added = node;
        this.#undo.push(() => this.#forget(added));
      } else this.#admit(node);
    } else if (this.#undo !== null) {
      const { entry } = node;
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
    if (!node.troubled && !HEALTHY.has(attempt.outcome) && this.#undo === null) {
      node.troubled = true;
      this.#healthy.leave(node);
      this.#admit(node);
    }
    const { entry } = node;
    entry.counts[attempt.outcome] = (entry.counts[attempt.outcome] ?? 0) + 1;
    entry.total++;
    entry.firstTime = Math.min(entry.firstTime, attempt.firstTime);
    entry.lastTime = Math.max(entry.lastTime, attempt.lastTime);
    if (isNew) return;
    const kept = entry.attempts;
    let at = kept.length;
    while (at > 0 && kept[at - 1]!.firstTime > attempt.firstTime) at--;
    kept.splice(at, 0, attempt);
    if (kept.length > KEPT_OF_ENTRY) kept.splice(KEPT_OF_ENTRY >> 1, 1);
  }

  sample(address: string, sample: BaselineSample): void {
    let baseline = this.#baselines.get(address);
    if (baseline === undefined) {
      if (this.#baselines.size >= MAX_BASELINES) {
        if (this.#undo !== null) return;
        // The one that was made first; an address that is still visited gets a fresh one
        for (const oldest of this.#baselines.keys()) {
          this.#baselines.delete(oldest);
          break;
        }
      }
      baseline = {
        address,
        flows: 0,
        ttls: [sample.ttlMin],
        sawDf: false,
        sawNoDf: false,
        leastRtt: null,
        rttSamples: 0,
        frames: [sample.frame],
      };
      this.#baselines.set(address, baseline);
      if (this.#undo !== null) this.#undo.push(() => this.#baselines.delete(address));
    } else if (this.#undo !== null) {
      const saved = { ...baseline, ttls: baseline.ttls.slice(), frames: baseline.frames.slice() };
      const target = baseline;
      this.#undo.push(() => Object.assign(target, saved));
    }
    baseline.flows++;
    addTtl(baseline.ttls, sample.ttlMin);
    addTtl(baseline.ttls, sample.ttlMax);
    baseline.sawDf ||= sample.sawDf;
    baseline.sawNoDf ||= sample.sawNoDf;
    if (sample.rtt !== null) {
      baseline.rttSamples++;
      if (baseline.leastRtt === null || sample.rtt < baseline.leastRtt) baseline.leastRtt = sample.rtt;
    }
    if (baseline.flows > 1 && baseline.frames.length < 4) baseline.frames.push(sample.frame);
  }

  /** Of flows in which the peer spoke and nothing was suspicious. */
  baseline(address: string): PeerBaseline | null {
    return this.#baselines.get(address) ?? null;
  }

  /** In order of their first attempts. */
  entries(): readonly AttemptEntry[] {
    return this.#entries();
  }

  #entries(): MutableEntry[] {
    if (this.#all === null) {
      this.#all = [];
      for (let node = this.#first; node !== null; node = node.after) this.#all.push(node.entry);
    }
    return this.#all;
  }

  /** Of one client, on all ports. */
  byAddress(client: string, address: string): readonly AttemptEntry[] {
    this.#byAddress ??= this.#grouped((entry) => `${entry.client} ${entry.address}`);
    return this.#byAddress.get(`${client} ${address}`) ?? [];
  }

  /** Of one client, at all addresses. */
  byName(client: string, name: string): readonly AttemptEntry[] {
    this.#byName ??= this.#grouped((entry) => `${entry.client} ${entry.name ?? ''}`);
    return this.#byName.get(`${client} ${name}`) ?? [];
  }

  /** Of one client with one name, or without any, on all ports: thousands of names may share an address. */
  byAddressAndName(client: string, address: string, name: string | null): readonly AttemptEntry[] {
    this.#byBoth ??= this.#grouped((entry) => `${entry.client} ${entry.address} ${entry.name ?? ''}`);
    return this.#byBoth.get(`${client} ${address} ${name ?? ''}`) ?? [];
  }

  get size(): number {
    return this.#size;
  }

  #grouped(keyOf: (entry: MutableEntry) => string): Map<string, MutableEntry[]> {
    const groups = new Map<string, MutableEntry[]>();
    for (const entry of this.#entries()) {
      const key = keyOf(entry);
      const list = groups.get(key);
      if (list === undefined) groups.set(key, [entry]);
      else list.push(entry);
    }
    return groups;
  }

  #hashOf({ client, address, port, transport, name }: Attempt): number {
    let hash = Math.imul(this.#seed ^ port, 0x9e3779b1) ^ transport.charCodeAt(0);
    hash = hashed(hash, client);
    hash = hashed(hash, address);
    if (name !== null) hash = hashed(hash, name);
    return hash ^ (hash >>> 15);
  }

  #find(hash: number, attempt: Attempt): Node | null {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const node = slots[at]!;
      if (node === null || (node.hash === hash && isOf(node.entry, attempt))) return node;
    }
  }

  #add(node: Node): void {
    this.#changed();
    node.before = this.#last;
    if (this.#last === null) this.#first = node;
    else this.#last.after = node;
    this.#last = node;
    this.#size++;
    if (this.#size * 2 > this.#slots.length) {
      const old = this.#slots;
      this.#slots = emptySlots(old.length * 2);
      for (const other of old) if (other !== null) this.#place(other);
    }
    this.#place(node);
  }

  #changed(): void {
    this.#all = null;
    this.#byAddress = null;
    this.#byName = null;
    this.#byBoth = null;
  }

  #place(node: Node): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let at = node.hash & mask;
    while (slots[at] !== null) at = (at + 1) & mask;
    slots[at] = node;
  }

  #admit(node: Node): void {
    const queue = node.troubled ? this.#troubled : this.#healthy;
    queue.push(node);
    if (queue.size <= (node.troubled ? MAX_TROUBLED : MAX_HEALTHY)) return;
    const oldest = queue.first!;
    queue.leave(oldest);
    this.#forget(oldest);
    this.forgotten++;
  }

  #forget(node: Node): void {
    this.#changed();
    this.#size--;
    if (node.before === null) this.#first = node.after;
    else node.before.after = node.after;
    if (node.after === null) this.#last = node.before;
    else node.after.before = node.before;
    // What is gone must not hold on to what comes after it: the collector would take that for alive
    node.before = null;
    node.after = null;
    // Backward-shift deletion: no tombstones
    const slots = this.#slots;
    const mask = slots.length - 1;
    let at = node.hash & mask;
    while (slots[at] !== node) at = (at + 1) & mask;
    for (let next = (at + 1) & mask; slots[next] !== null; next = (next + 1) & mask) {
      const other = slots[next]!;
      if (((next - other.hash) & mask) < ((next - at) & mask)) continue;
      slots[at] = other;
      at = next;
    }
    slots[at] = null;
  }
}

function isOf(entry: AttemptEntry, attempt: Attempt): boolean {
  return (
    entry.address === attempt.address &&
    entry.client === attempt.client &&
    entry.port === attempt.port &&
    entry.transport === attempt.transport &&
    (entry.name ?? '') === (attempt.name ?? '')
  );
}

function addTtl(ttls: number[], ttl: number): void {
  if (!ttls.includes(ttl) && ttls.length < 16) ttls.push(ttl);
}

function emptySlots(count: number): (Node | null)[] {
  return new Array<Node | null>(count).fill(null);
}

function hashed(hash: number, text: string): number {
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash ^ (hash >>> 13);
}

/** A queue in order of arrival, through its members: one may leave from the middle. */
class Queue {
  size = 0;
  #first: Node | null = null;
  #last: Node | null = null;

  push(node: Node): void {
    node.earlier = this.#last;
    if (this.#last === null) this.#first = node;
    else this.#last.later = node;
    this.#last = node;
    this.size++;
  }

  leave(node: Node): void {
    if (node.earlier === null) this.#first = node.later;
    else node.earlier.later = node.later;
    if (node.later === null) this.#last = node.earlier;
    else node.later.earlier = node.earlier;
    node.earlier = null;
    node.later = null;
    this.size--;
  }

  get first(): Node | null {
    return this.#first;
  }
}
