// Whether a capture was recording at a moment of the other one. Packets that both have say so without any clock: what
// stands between two of them in one capture would stand between them in the other.

import type { ComparisonSide } from '../../shared/domain/statements.ts';
import { type Alignment, onA, onB } from './clocks.ts';
import { type Both, type Connection, other } from './connection.ts';

/** How far beyond the last common packet a capture still counts by its clock, nanoseconds. */
const SLACK = 1e9;

/** Enough for a median. */
const MAX_LOSSES = 101;

interface Passage {
  largest: number;
  readonly losses: number[];
}

/** `towards`: 1 to the server, -1 to the client. */
function passageKey({ a }: Connection, from: ComparisonSide, towards: 1 | -1): string {
  return `${from} ${towards} ${a.client.address} ${a.server.address}`;
}

export interface Covered {
  readonly isCovered: boolean;
  /** A packet that both have stands before it, after it. */
  readonly before: boolean;
  readonly after: boolean;
}

export class Coverage {
  readonly #alignment: Alignment | null;
  /** Times of packets that both captures have, in each, sorted. */
  readonly #common: Both<Float64Array>;
  readonly #lastTime: Both<number>;
  readonly #passed: Both<Float64Array>;
  readonly #passages = new Map<string, Passage>();

  constructor(connections: readonly Connection[], alignment: Alignment | null, lastTime: Both<number>) {
    this.#alignment = alignment;
    this.#lastTime = lastTime;
    this.#passed = { a: passedOf(connections, 'a'), b: passedOf(connections, 'b') };
    for (const connection of connections) {
      for (const [matching, towards] of [
        [connection.toServer, 1],
        [connection.toClient, -1],
      ] as const) {
        for (const { a, b, changed } of matching.matches) {
          if (changed || a.ttl === b.ttl) continue;
          const from = a.ttl > b.ttl ? 'a' : 'b';
          const key = passageKey(connection, from, towards);
          const passage = this.#passages.get(key) ?? { largest: 0, losses: [] };
          passage.largest = Math.max(passage.largest, a.length);
          if (passage.losses.length < MAX_LOSSES) passage.losses.push(Math.abs(a.ttl - b.ttl));
          this.#passages.set(key, passage);
        }
      }
    }
    const times = (side: ComparisonSide): Float64Array =>
      Float64Array.from(
        connections.flatMap(({ toServer, toClient }) =>
          [...toServer.matches, ...toClient.matches].map((match) => match[side].time),
        ),
      ).sort();
    this.#common = { a: times('a'), b: times('b') };
  }

  /** Longest difference between the two ways, and what clocks may be off by. */
  get margin(): number {
    return (this.#alignment?.roundTrip ?? 0) + 8 * (this.#alignment?.spread ?? 0);
  }

  /** A time of `side` as the other capture shows it; null where clocks cannot be compared. */
  onOther(side: ComparisonSide, time: number): number | null {
    if (this.#alignment === null) return null;
    return side === 'a' ? onB(this.#alignment, time) : onA(this.#alignment, time);
  }

  /** Of a moment of `side` in the capture of the other. */
  of(side: ComparisonSide, time: number): Covered {
    const common = this.#common[side];
    const before = common.length > 0 && common[0]! <= time;
    const after = common.length > 0 && common.at(-1)! > time;
    const there = this.onOther(side, time);
    const isLater = there !== null && this.#lastTime[other(side)] >= there + this.margin + SLACK;
    return { isCovered: before && (after || isLater), before, after: after || isLater };
  }

  /** Of packets between the same two addresses that came through: the largest payload, and the TTL they lost. */
  between(connection: Connection, from: ComparisonSide, towards: 1 | -1): Passage {
    return this.#passages.get(passageKey(connection, from, towards)) ?? { largest: 0, losses: [] };
  }

  /** Packets of other connections that went the same way and arrived meanwhile. */
  passedBetween(except: Connection, from: ComparisonSide, start: number, end: number): number {
    const within = (times: Float64Array): number =>
      Math.max(0, position(times, end, false) - position(times, start, true));
    return within(this.#passed[from]) - within(passedOf([except], from));
  }
}

/** When packets left that lost some of their TTL on the way to the other capture. */
function passedOf(connections: readonly Connection[], from: ComparisonSide): Float64Array {
  const times: number[] = [];
  for (const connection of connections) {
    for (const { matches } of [connection.toServer, connection.toClient]) {
      for (const match of matches) {
        if (match[from].ttl > match[other(from)].ttl) times.push(match[from].time);
      }
    }
  }
  return Float64Array.from(times).sort();
}

/** How many stand before `time`, or up to it. */
function position(times: Float64Array, time: number, including: boolean): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! < time || (including && times[middle] === time)) low = middle + 1;
    else high = middle;
  }
  return low;
}
