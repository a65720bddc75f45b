// Transfers over one place that drops: a token bucket, a queue that overflows, chance. What tells them apart is seen from
// both sides of it.

import { describe, expect, it } from 'vitest';
import type { TcpFlow, TransferCourse } from '../flow/records.ts';
import { type PolicerFit, policerFit } from './rates.ts';

const SEGMENT = 1_448;
const MS = 1e6;
/** Milliseconds from the sender to the place, from there to the receiver, and back. */
const [THERE, ON, BACK] = [10, 15, 25];
/** How long a receiver waits for a second packet before it acknowledges one, milliseconds. */
const DELAYED = 40;

/** Whether a packet that comes at this time (ms) passes, and when it leaves: null where it is dropped. */
type Place = (time: number) => number | null;

/** Bytes a millisecond, bytes. */
function bucket(rate: number, depth: number): Place {
  let tokens = depth;
  let last = 0;
  return (time) => {
    tokens = Math.min(depth, tokens + rate * (time - last));
    last = time;
    if (tokens < SEGMENT) return null;
    tokens -= SEGMENT;
    return time;
  };
}

function queue(rate: number, room: number): Place {
  let free = 0;
  return (time) => {
    const start = Math.max(time, free);
    if ((start - time) * rate > room) return null;
    free = start + SEGMENT / rate;
    return free;
  };
}

function chance(rate: number, share: number, seed: number): Place {
  const line = queue(rate, Number.POSITIVE_INFINITY);
  let state = seed;
  return (time) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x7fffffff < share ? null : line(time);
  };
}

interface Entry {
  readonly time: number;
  readonly number: number;
  readonly length: number;
  readonly stamp: number;
}

/** A sender that halves its window when something is lost and adds a packet a round otherwise; its receiver tells all it got. */
function transfer(place: Place, packets: number, isStamped: boolean): { before: TcpFlow; behind: TcpFlow } {
  const before: Entry[] = [];
  const behind: Entry[] = [];
  const events: { readonly time: number; readonly run: (time: number) => void }[] = [];
  const at = (time: number, run: (time: number) => void): void => {
    let index = events.length;
    while (index > 0 && events[index - 1]!.time > time) index--;
    events.splice(index, 0, { time, run });
  };
  const got = new Set<number>();
  const flying = new Map<number, number>();
  const again: number[] = [];
  let window = 10;
  let halvedAt = -1;
  let fresh = 0;
  let expected = 0;
  let unacknowledged = 0;
  let sends = 0;
  /** When the sender's own line is free. */
  let line = 0;

  const acknowledge = (time: number): void => {
    unacknowledged = 0;
    const number = expected * SEGMENT;
    behind.push({ time, number, length: 0, stamp: 0 });
    const known = new Set(got);
    at(time + BACK, (now) => {
      before.push({ time: now, number, length: 0, stamp: 0 });
      const latest = Math.max(-1, ...[...flying].filter(([packet]) => known.has(packet)).map(([, order]) => order));
      for (const [packet, order] of [...flying]) {
        if (known.has(packet)) flying.delete(packet);
        else if (order < latest - 3) {
          flying.delete(packet);
          again.push(packet);
          if (halvedAt < order) {
            window = Math.max(4, window / 2);
            halvedAt = sends;
          }
        }
      }
      window += 1 / window;
      send(now);
    });
  };
  const arrive = (packet: number, stamp: number, time: number): void => {
    behind.push({ time, number: packet * SEGMENT, length: SEGMENT, stamp });
    const isInOrder = packet === expected;
    got.add(packet);
    while (got.has(expected)) expected++;
    if (!isInOrder || ++unacknowledged === 2) acknowledge(time);
    else
      at(time + DELAYED, (now) => {
        if (unacknowledged > 0) acknowledge(now);
      });
  };
  function send(time: number): void {
    for (; flying.size < window && (again.length > 0 || fresh < packets); line += 0.05) {
      line = Math.max(line, time);
      const now = line;
      const packet = again.shift() ?? fresh++;
      const stamp = isStamped ? 1_000 + Math.floor(now) : 0;
      before.push({ time: now, number: packet * SEGMENT, length: SEGMENT, stamp });
      flying.set(packet, sends++);
      at(now + THERE, (there) => {
        const leaves = place(there);
        if (leaves !== null) at(leaves + ON, (arrived) => arrive(packet, stamp, arrived));
      });
      // Whatever became of it: after a second of silence it is sent again
      const order = sends - 1;
      at(now + 1_000, (late) => {
        if (flying.get(packet) !== order) return;
        flying.delete(packet);
        again.push(packet);
        window = 4;
        send(late);
      });
    }
  }
  send(0);
  for (let event = events.shift(); event !== undefined; event = events.shift()) event.run(event.time);
  return { before: flowOf(before), behind: flowOf(behind) };
}

function flowOf(entries: readonly Entry[]): TcpFlow {
  const sorted = [...entries].sort((a, b) => a.time - b.time);
  const rate: TransferCourse = {
    fromClient: false,
    skipped: 0,
    times: Float64Array.from(sorted, ({ time }) => time * MS),
    numbers: Int32Array.from(sorted, ({ number }) => number),
    lengths: Int32Array.from(sorted, ({ length }) => length),
    frames: Int32Array.from(sorted, (_, index) => index + 1),
    stamps: Int32Array.from(sorted, ({ stamp }) => stamp),
  };
  return { rate, packets: [], firstTime: 0 } as unknown as TcpFlow;
}

function facts(fit: PolicerFit | null) {
  if (fit === null) return null;
  const { ranked, wait } = fit;
  return { ranked, held: wait === null ? null : Math.max(wait.seen, wait.spread) / wait.asQueue };
}

describe.each([
  { kilobits: 1_200, depth: 40_000 },
  { kilobits: 2_400, depth: 40_000 },
  { kilobits: 1_600, depth: 60_000 },
])('$kilobits kbit/s, $depth bytes', ({ kilobits, depth }) => {
  const rate = kilobits / 8;
  const packets = Math.round((rate * 15_000) / SEGMENT);

  describe('a token bucket', () => {
    const { before, behind } = transfer(bucket(rate, depth), packets, true);
    it.each([
      ['before it', before],
      ['behind it', behind],
    ])('drops what finds it fullest and delays nothing, seen %s', (_, flow) => {
      const found = facts(policerFit(flow))!;
      expect(found.ranked).toBeGreaterThan(0.9);
      expect(found.held).toBeLessThan(0.2);
    });
    it('has the rate that it has', () => {
      for (const flow of [before, behind]) {
        const { rate: fitted } = policerFit(flow)!;
        expect(Math.abs(fitted / (kilobits * 1_000) - 1)).toBeLessThan(0.05);
      }
    });
  });

  it('a queue drops the same, and what it does not drop waits, seen from both sides', () => {
    const { before, behind } = transfer(queue(rate, depth), packets, true);
    expect(facts(policerFit(before))?.held ?? 1).toBeGreaterThan(0.5);
    expect(facts(policerFit(behind))?.held ?? 1).toBeGreaterThan(0.5);
  });

  it.each([3, 77, 901])('chance drops at any level (%i)', (seed) => {
    for (const flow of Object.values(transfer(chance(rate * 4, 0.04, seed), packets, true)))
      expect(facts(policerFit(flow))?.ranked ?? 0.5).toBeLessThan(0.85);
  });
});

it('without the sender’s clock nobody behind the bucket knows how long packets took', () => {
  const { behind } = transfer(bucket(30, 20_000), 600, false);
  expect(policerFit(behind)!.wait).toBeNull();
});

it('beside the receiver nothing is lost any more: what comes again was sent again for nothing', () => {
  const { behind } = transfer(queue(60, 20_000), 900, true);
  const { times, numbers, lengths, frames, stamps } = behind.rate!;
  // Every third packet of data comes twice, a while later
  const twice = [...times.keys()].filter((at) => lengths[at]! > 0 && at % 3 === 0);
  const order = [...times.keys(), ...twice].map((at, index) => ({
    at,
    time: times[at]! + (index < times.length ? 0 : 900 * MS),
  }));
  order.sort((a, b) => a.time - b.time);
  const rate: TransferCourse = {
    ...behind.rate!,
    times: Float64Array.from(order, ({ time }) => time),
    numbers: Int32Array.from(order, ({ at }) => numbers[at]!),
    lengths: Int32Array.from(order, ({ at }) => lengths[at]!),
    frames: Int32Array.from(order, ({ at }) => frames[at]!),
    stamps: Int32Array.from(order, ({ at }) => stamps[at]!),
  };
  expect(policerFit({ ...behind, rate })).toBeNull();
});
