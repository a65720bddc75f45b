// Whether a token bucket explains the losses of a transfer: after Flach et al., "An Internet-Wide Analysis of Traffic
// Policing" (SIGCOMM 2016), with what tells a policer from chance and from a queue. Chance takes packets at any level of
// the bucket, a policer those that find it fullest. A queue that overflows takes the same ones, but all that it does
// not drop waits for what is ahead of it, and leaves one by one; a policer delays nothing and lets bursts through whole.
// Facts, no judgement.

import type { TcpFlow, TransferCourse } from '../flow/records.ts';
import { SECOND } from './evidence-base.ts';

/** [X] Fewer losses, or less time between the first and the last, explain nothing. */
const LEAST_LOSSES = 10;
const LEAST_SPAN = 3 * SECOND;
/** Any long way loses one packet in a hundred. */
const LEAST_LOSS_SHARE = 0.02;
/** Losses come at levels so close together, in segments, or as a share of the level. */
const NEAR_SEGMENTS = 1;
const NEAR_SHARE = 0.1;
/** What a bucket holds at least, in segments. */
const LEAST_SEGMENTS = 3;
/** By how much of it the rate's error may let the level drift. */
const MOST_DRIFT = 0.35;
/** Losses between which rates are measured. */
const PICKED = 12;
/** The best of them are tried again in small steps: over a long time a small error adds up to more than the bucket holds. */
const REFINED = 4;
const FINE = 0.0005;
const FINE_STEPS = 10;
/** Losses on either side that a loss is held against. */
const AROUND = 7;
/** Arrivals closer together than this share of their own time at the mean rate came in a burst. */
const BURST_SHARE = 0.25;
const MAX_FRAMES = 64;
const MAX_GAPS = 256;
const SOON = 3e6;
/** Packets whose time is known, at least, before it says something. */
const LEAST_WAITS = 20;
/** Acknowledged in less than this: whoever sent it is far, and whoever got it is here. */
const BESIDE = 1e6;
/** How fast senders' clocks tick, nanoseconds (RFC 7323 §5.4 has 1 ms to 1 s; these are what systems use), and how far off one may seem. */
const TICKS = [1e6, 4e6, 10e6];
const OFF = 0.25;

export interface PolicerFit {
  /** Bits per second that passed between the first and the last loss. */
  readonly rate: number;
  readonly losses: number;
  /** Lost packets as a share of all that were sent in that time. */
  readonly lossShare: number;
  /** Share of the losses that a bucket explains: it was full. */
  readonly explained: number;
  /** Share of the packets that passed although it was fuller. */
  readonly contradicted: number;
  /** What the bucket holds, bytes. */
  readonly depth: number;
  readonly seconds: number;
  readonly bytes: number;
  /** Share of the packets that passed around a loss at no higher level: 1 for a bucket, one half by chance. */
  readonly ranked: number;
  /** Null where nothing tells how long packets took. */
  readonly wait: Wait | null;
  /** Seen behind the place of the losses; null before it. */
  readonly inBursts: number | null;
  /** Of what was lost: the packets themselves, or those that came behind the gap. */
  readonly frames: readonly number[];
}

/** How long packets took, which a queue decides and a policer does not, nanoseconds. */
export interface Wait {
  /** By how much longer those would take that found most ahead of them than those that found least, were it a queue. */
  readonly asQueue: number;
  /** By how much longer they took. */
  readonly seen: number;
  /** From the fastest tenth to the slowest. */
  readonly spread: number;
}

export interface Plateau {
  /** Bits per second. */
  readonly rate: number;
  readonly seconds: number;
  /** Standard deviation of the bins by their mean. */
  readonly variation: number;
  readonly frames: readonly number[];
}

/** [X] One second each, after the first two, in which windows still open. */
const LEAST_BINS = 8;
const SETTLING = 2 * SECOND;

/** Whether what arrives of a transfer keeps one speed while next to nothing is lost, as behind a queue of its own. */
export function plateauOf({ rate }: TcpFlow): Plateau | null {
  if (rate == null) return null;
  const { times, lengths, frames } = rate;
  const data = [...lengths.keys()].filter((at) => lengths[at]! > 0);
  const from = times[data[0] ?? 0]! + SETTLING;
  const end = times[data.at(-1) ?? 0]!;
  const bins = new Array<number>(Math.max(0, Math.min(3_600, Math.floor((end - from) / SECOND)))).fill(0);
  if (bins.length < LEAST_BINS) return null;
  const seen: number[] = [];
  for (const at of data) {
    const bin = Math.floor((times[at]! - from) / SECOND);
    if (bin < 0 || bin >= bins.length) continue;
    bins[bin]! += lengths[at]!;
    if (seen.length < MAX_FRAMES) seen.push(frames[at]!);
  }
  const mean = bins.reduce((sum, one) => sum + one, 0) / bins.length;
  if (mean === 0) return null;
  const spread = Math.sqrt(bins.reduce((sum, one) => sum + (one - mean) ** 2, 0) / bins.length);
  return { rate: mean * 8, seconds: bins.length, variation: spread / mean, frames: seen };
}

interface Sent {
  readonly frame: number;
  readonly time: number;
  length: number;
  lost: boolean;
  /** How long it took, up to a constant, nanoseconds; NaN where nothing tells. */
  took: number;
}

/** Worked out once for a transfer that has ended. */
const known = new WeakMap<TransferCourse, PolicerFit | null>();

export function policerFit(flow: TcpFlow): PolicerFit | null {
  const { rate } = flow;
  if (rate == null) return null;
  let fit = known.get(rate);
  if (fit === undefined) {
    fit = fitOf(flow, rate);
    known.set(rate, fit);
  }
  return fit;
}

function fitOf(flow: TcpFlow, rate: TransferCourse): PolicerFit | null {
  const course = readCourse(rate);
  if (course === null) return null;
  const { sent, isBefore } = course;
  // Beside the receiver nothing is lost any more: what came again was sent again for nothing
  if (isBefore && sent.some(({ took }) => took < BESIDE)) return null;
  const firstLoss = sent.findIndex((packet) => packet.lost);
  const lastLoss = sent.findLastIndex((packet) => packet.lost);
  if (firstLoss < 0 || lastLoss <= firstLoss) return null;
  const losses = sent.filter((packet) => packet.lost).length;
  const from = sent[firstLoss]!.time;
  const span = sent[lastLoss]!.time - from;
  const lossShare = losses / (lastLoss - firstLoss + 1);
  if (losses < LEAST_LOSSES || span < LEAST_SPAN || lossShare < LEAST_LOSS_SHARE) return null;

  const upToLast = sent.slice(0, lastLoss + 1);
  const segment = upToLast.reduce((most, packet) => (packet.lost ? most : Math.max(most, packet.length)), 0);
  // What had passed by each loss
  const marks: { readonly time: number; readonly passed: number }[] = [];
  let passed = 0;
  for (const packet of sent.slice(firstLoss, lastLoss + 1)) {
    if (packet.lost) marks.push({ time: packet.time, passed });
    else passed += packet.length;
  }
  // Between two losses the bucket let through what it was filled with, unless it ran over while the sender paused: so
  // the true rate is that of some pair
  const opening = flow.packets.find((packet) => packet.fromClient === rate.fromClient && packet.length > 0);
  const before: Before = { bytes: rate.skipped, since: opening?.time ?? flow.firstTime };
  const buckets: Bucket[] = [];
  for (let one = 0; one < PICKED; one++) {
    for (let other = one + 1; other <= PICKED; other++) {
      const a = marks[Math.floor((one * (marks.length - 1)) / PICKED)]!;
      const b = marks[Math.floor((other * (marks.length - 1)) / PICKED)]!;
      if (b.time - a.time < span / PICKED || b.passed <= a.passed) continue;
      buckets.push(bucketAt((b.passed - a.passed) / (b.time - a.time), upToLast, segment, before));
    }
  }
  const order = (a: Bucket, b: Bucket): number => worth(b, segment) - worth(a, segment);
  for (const { perNano } of buckets.sort(order).slice(0, REFINED)) {
    for (let step = -FINE_STEPS; step <= FINE_STEPS; step++)
      buckets.push(bucketAt(perNano * (1 + step * FINE), upToLast, segment, before));
  }
  const best = buckets.sort(order)[0];
  if (best === undefined || !isBucket(best, segment)) return null;
  const { perNano, explained, contradicted, ranked, depth } = best;
  return {
    rate: perNano * 8e9,
    losses,
    lossShare,
    explained,
    contradicted,
    depth,
    seconds: span / SECOND,
    bytes: passed,
    frames: upToLast
      .filter((packet) => packet.lost)
      .slice(0, MAX_FRAMES)
      .map((packet) => packet.frame),
    ranked,
    wait: waitOf(levelsOf(perNano, upToLast, before), upToLast, perNano),
    inBursts: isBefore ? null : burstShare(sent.slice(firstLoss, lastLoss + 1), perNano),
  };
}

/** What had gone by before the record begins, and since when. */
interface Before {
  readonly bytes: number;
  readonly since: number;
}

interface Bucket {
  readonly perNano: number;
  readonly explained: number;
  readonly contradicted: number;
  readonly depth: number;
  readonly ranked: number;
  /** How far the level of the losses moves in all: a bucket does not grow. */
  readonly drift: number;
}

/** Whether it is a bucket at all: of some size, and not growing. */
function isBucket({ depth, drift }: Bucket, segment: number): boolean {
  return depth >= LEAST_SEGMENTS * segment && drift <= Math.max(2 * segment, MOST_DRIFT * depth);
}

function worth(bucket: Bucket, segment: number): number {
  const { explained, contradicted, ranked, depth, drift } = bucket;
  // Of two that are none the one that comes nearer
  return isBucket(bucket, segment) ? 1 + explained - contradicted + ranked : -drift / Math.max(depth, segment);
}

/**
 * A bucket that empties at this rate holds what passed; it was as full as it gets whenever something was lost. Random
 * losses come at any level, as packets that pass do.
 */
function bucketAt(perNano: number, sent: readonly Sent[], segment: number, before: Before): Bucket {
  const ahead = levelsOf(perNano, sent, before);
  const atLosses: number[] = [];
  const atPasses: { readonly level: number; readonly losses: number }[] = [];
  for (const [at, packet] of sent.entries()) {
    if (packet.lost) atLosses.push(ahead[at]!);
    else atPasses.push({ level: ahead[at]! + packet.length, losses: atLosses.length });
  }
  // Over a long time a small error of the rate adds up: each level is held against those of the losses around it
  const full = atLosses.map((_, at) => {
    const start = Math.max(0, Math.min(at - AROUND, atLosses.length - 2 * AROUND - 1));
    return median(atLosses.slice(start, start + 2 * AROUND + 1));
  });
  const near = (one: number): number => Math.max(NEAR_SEGMENTS * segment, NEAR_SHARE * one);
  let contradicted = 0;
  for (const pass of atPasses) {
    const reference = full[Math.max(0, pass.losses - 1)]!;
    if (pass.level > reference + near(reference)) contradicted++;
  }
  const explained = atLosses.filter((one, at) => Math.abs(one - full[at]!) <= near(full[at]!)).length;
  return {
    perNano,
    explained: explained / atLosses.length,
    contradicted: contradicted / atPasses.length,
    depth: median(full),
    ranked: rankOf(ahead, sent, segment),
    drift: Math.max(...full) - Math.min(...full),
  };
}

/** What a bucket that empties at this rate held when each packet came, bytes. */
function levelsOf(perNano: number, sent: readonly Sent[], before: Before): Float64Array {
  const ahead = new Float64Array(sent.length);
  let { time } = sent[0]!;
  let level = Math.max(0, before.bytes - perNano * (time - before.since));
  for (const [at, packet] of sent.entries()) {
    level = Math.max(0, level - perNano * (packet.time - time));
    time = packet.time;
    ahead[at] = level;
    if (!packet.lost) level += packet.length;
  }
  return ahead;
}

function rankOf(ahead: Float64Array, sent: readonly Sent[], segment: number): number {
  const losses = [...sent.keys()].filter((at) => sent[at]!.lost);
  const shares: number[] = [];
  for (const [number, loss] of losses.entries()) {
    // What a gap has swallowed may be more than one packet
    const level = ahead[loss]! + Math.min(sent[loss]!.length, segment);
    const last = losses[Math.min(losses.length - 1, number + AROUND)]!;
    let passed = 0;
    let below = 0;
    for (let at = losses[Math.max(0, number - AROUND)]!; at <= last; at++) {
      if (sent[at]!.lost) continue;
      passed++;
      if (ahead[at]! + sent[at]!.length <= level) below++;
    }
    if (passed > 0) shares.push(below / passed);
  }
  return shares.length === 0 ? 0 : shares.reduce((sum, one) => sum + one, 0) / shares.length;
}

/** The third of the packets that found most ahead of them beside the third that found least. */
function waitOf(ahead: Float64Array, sent: readonly Sent[], perNano: number): Wait | null {
  const known = [...sent.keys()].filter((at) => !sent[at]!.lost && !Number.isNaN(sent[at]!.took));
  if (known.length < LEAST_WAITS) return null;
  const level = (at: number): number => ahead[at]! + sent[at]!.length;
  const took = (at: number): number => sent[at]!.took;
  known.sort((a, b) => level(a) - level(b));
  const third = Math.floor(known.length / 3);
  const [least, most] = [known.slice(0, third), known.slice(-third)];
  const all = known.map(took).sort((a, b) => a - b);
  return {
    asQueue: (median(most.map(level)) - median(least.map(level))) / perNano,
    seen: median(most.map(took)) - median(least.map(took)),
    spread: quantile(all, 0.9) - quantile(all, 0.1),
  };
}

/** Bytes that had not come when what follows them did. */
interface Gap {
  readonly from: number;
  readonly to: number;
  readonly missing: Sent;
  /** Of the packet that left the gap. */
  readonly time: number;
  readonly stamp: number;
}

/**
 * Every packet with whether it was lost. Seen before the place of the losses, the bytes of a lost packet come again;
 * seen behind it, they leave a gap when they should have come and fill it later. What fills it was overtaken only, where
 * it had been sent first.
 */
function readCourse(course: TransferCourse): { sent: Sent[]; isBefore: boolean } | null {
  const { times, numbers, lengths, frames, stamps } = course;
  const took = wayOf(course);
  const before: Sent[] = [];
  const behind: Sent[] = [];
  const latest = new Map<number, Sent>();
  const gaps: Gap[] = [];
  let again = 0;
  let filled = 0;
  let newest = 0;
  let next: number | null = null;
  for (let at = 0; at < times.length; at++) {
    const length = lengths[at]!;
    if (length === 0) continue;
    const seq = numbers[at]!;
    const packet: Sent = { frame: frames[at]!, time: times[at]!, length, lost: false, took: Number.NaN };
    const ahead = next === null ? 0 : (seq - next) | 0;
    // What is missing was sent behind the newest that came, and mostly at once
    if (next !== null && ahead > 0 && ahead < 1 << 24) {
      const missing = { ...packet, time: behind[newest]!.time, length: ahead, lost: true };
      behind.splice(newest + 1, 0, missing);
      gaps.push({ from: next, to: seq, missing, time: packet.time, stamp: stamps[at]! });
      if (gaps.length > MAX_GAPS) gaps.shift();
    } else if (ahead < 0) {
      const earlier = latest.get(seq);
      if (earlier !== undefined) {
        again++;
        earlier.lost = true;
      } else {
        const gap = gaps.findLast(({ from, to }) => ((seq - from) | 0) >= 0 && ((to - seq) | 0) > 0);
        if (gap === undefined || !wasOvertaken(gap, packet.time, stamps[at]!)) filled++;
        else gap.missing.length -= length;
      }
    }
    latest.set(seq, packet);
    before.push(packet);
    behind.push({ ...packet, took: took(at) });
    if (next === null || ahead + length > 0) {
      next = (seq + length) | 0;
      newest = behind.length - 1;
    }
  }
  if (again + filled === 0) return null;
  const isBefore = again > filled;
  if (isBefore) takeRoundTrips(course, before);
  return { sent: isBefore ? before : behind.filter((packet) => packet.length > 0), isBefore };
}

/** By the sender's clock, else by how soon it came: nobody asks for it again and gets it in so short a time. */
function wasOvertaken({ time, stamp }: Gap, filledAt: number, filledStamp: number): boolean {
  return stamp !== 0 && filledStamp !== 0 ? ((filledStamp - stamp) | 0) <= 0 : filledAt - time < SOON;
}

/** How long each took by the sender's own clock, up to a constant; the clock's speed shows over the whole transfer. */
function wayOf({ times, stamps }: TransferCourse): (at: number) => number {
  const stamped = [...stamps.keys()].filter((at) => stamps[at] !== 0);
  const [first, last] = [stamped[0], stamped.at(-1)];
  if (first === undefined || last === undefined) return () => Number.NaN;
  const ticks = (stamps[last]! - stamps[first]!) | 0;
  const tick = TICKS.find((one) => Math.abs((times[last]! - times[first]!) / (ticks * one) - 1) < OFF);
  if (tick === undefined) return () => Number.NaN;
  return (at) =>
    stamps[at] === 0 ? Number.NaN : times[at]! - times[first]! - ((stamps[at]! - stamps[first]!) | 0) * tick;
}

/**
 * Round trips, seen before the place of the losses. An acknowledgement of several packets came with the last of them; of
 * one alone it may have waited for another (RFC 9293 §3.8.6.3), and counts where hardly any covers several.
 */
function takeRoundTrips({ times, numbers, lengths }: TransferCourse, sent: readonly Sent[]): void {
  const waiting: Sent[] = [];
  const ends: number[] = [];
  const seen = new Set<number>();
  const alone: { readonly packet: Sent; readonly trip: number }[] = [];
  let several = 0;
  let acknowledged: number | null = null;
  let head = 0;
  let next = 0;
  for (let at = 0; at < times.length; at++) {
    const number = numbers[at]!;
    if (lengths[at]! > 0) {
      const packet = sent[next++]!;
      // Of what was sent twice nobody knows which was acknowledged (RFC 6298 §3)
      if (!packet.lost && !seen.has(number)) {
        waiting.push(packet);
        ends.push((number + packet.length) | 0);
      }
      seen.add(number);
      continue;
    }
    const fresh: number = acknowledged === null ? 0 : (number - acknowledged) | 0;
    if (acknowledged !== null && fresh <= 0) continue;
    acknowledged = number;
    const from = head;
    let bytes = 0;
    for (; head < waiting.length && ((number - ends[head]!) | 0) >= 0; head++) bytes += waiting[head]!.length;
    // More than those has been waiting for a gap to close
    if (head === from || ends[head - 1] !== number || bytes !== fresh) continue;
    const packet = waiting[head - 1]!;
    const trip = times[at]! - packet.time;
    if (head - from === 1) alone.push({ packet, trip });
    else {
      packet.took = trip;
      several++;
    }
  }
  if (several < LEAST_WAITS) for (const { packet, trip } of alone) packet.took = trip;
}

/** Share of arrivals that came closer behind another than the mean rate spaces them. */
function burstShare(sent: readonly Sent[], perNano: number): number {
  const arrived = sent.filter((packet) => !packet.lost);
  let close = 0;
  for (let at = 1; at < arrived.length; at++) {
    const packet = arrived[at]!;
    if (packet.time - arrived[at - 1]!.time < (BURST_SHARE * packet.length) / perNano) close++;
  }
  return arrived.length < 2 ? 0 : close / (arrived.length - 1);
}

function median(numbers: readonly number[]): number {
  return quantile(
    [...numbers].sort((a, b) => a - b),
    0.5,
  );
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
