// Whether a token bucket explains the losses of a transfer: after Flach et al., "An Internet-Wide Analysis of Traffic
// Policing" (SIGCOMM 2016), with what tells a policer from a queue: a policer delays nothing and lets bursts through
// whole, a queue delays all that it does not drop and lets go of packets one by one. Facts, no judgement.

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
/** Acknowledged one by one or in pairs (RFC 9293 §3.8.6.3): not held back by a gap before it. */
const DIRECT = 3_000;
/** Arrivals closer together than this share of their own time at the mean rate came in a burst. */
const BURST_SHARE = 0.25;
const MAX_FRAMES = 64;
const MAX_RTT_SAMPLES = 4_096;

export interface PolicerFit {
  /** Bits per second that passed between the first and the last loss. */
  readonly rate: number;
  readonly losses: number;
  /** Lost packets as a share of all that were sent in that time. */
  readonly lossShare: number;
  /** Share of the losses that a bucket explains: it was full. */
  readonly explained: number;
  /** Share of the packets that passed at the same level, and above it. */
  readonly alike: number;
  readonly contradicted: number;
  /** What the bucket holds, bytes. */
  readonly depth: number;
  readonly seconds: number;
  readonly bytes: number;
  /** Before the place of the losses the round trip tells of queues, behind it the pace of arrivals does. */
  readonly delay: { readonly atLosses: number; readonly least: number } | null;
  readonly inBursts: number | null;
  /** Of what was lost: the packets themselves, or those that came behind the gap. */
  readonly frames: readonly number[];
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
  readonly length: number;
  lost: boolean;
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
  const { perNano, explained, alike, contradicted, depth } = best;
  return {
    rate: perNano * 8e9,
    losses,
    lossShare,
    explained,
    alike,
    contradicted,
    depth,
    seconds: span / SECOND,
    bytes: passed,
    delay: isBefore ? delayOf(rate, sent) : null,
    frames: upToLast
      .filter((packet) => packet.lost)
      .slice(0, MAX_FRAMES)
      .map((packet) => packet.frame),
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
  readonly alike: number;
  readonly contradicted: number;
  readonly depth: number;
  /** How far the level of the losses moves in all: a bucket does not grow. */
  readonly drift: number;
}

/** Whether it is a bucket at all: of some size, and not growing. */
function isBucket({ depth, drift }: Bucket, segment: number): boolean {
  return depth >= LEAST_SEGMENTS * segment && drift <= Math.max(2 * segment, MOST_DRIFT * depth);
}

function worth(bucket: Bucket, segment: number): number {
  const { explained, contradicted, depth, drift } = bucket;
  // Of two that are none the one that comes nearer
  return isBucket(bucket, segment) ? 1 + explained - contradicted : -drift / Math.max(depth, segment);
}

/**
 * A bucket that empties at this rate holds what passed; it was as full as it gets whenever something was lost. Random
 * losses come at any level, as packets that pass do.
 */
function bucketAt(perNano: number, sent: readonly Sent[], segment: number, before: Before): Bucket {
  const atLosses: number[] = [];
  const atPasses: { readonly level: number; readonly losses: number }[] = [];
  let { time } = sent[0]!;
  let level = Math.max(0, before.bytes - perNano * (time - before.since));
  for (const packet of sent) {
    level = Math.max(0, level - perNano * (packet.time - time));
    time = packet.time;
    if (packet.lost) atLosses.push(level);
    else {
      level += packet.length;
      atPasses.push({ level, losses: atLosses.length });
    }
  }
  // Over a long time a small error of the rate adds up: each level is held against those of the losses around it
  const full = atLosses.map((_, at) => {
    const start = Math.max(0, Math.min(at - AROUND, atLosses.length - 2 * AROUND - 1));
    return median(atLosses.slice(start, start + 2 * AROUND + 1));
  });
  const near = (one: number): number => Math.max(NEAR_SEGMENTS * segment, NEAR_SHARE * one);
  let alike = 0;
  let contradicted = 0;
  for (const pass of atPasses) {
    const reference = full[Math.max(0, pass.losses - 1)]!;
    if (pass.level > reference + near(reference)) contradicted++;
    else if (pass.level >= reference - near(reference)) alike++;
  }
  const explained = atLosses.filter((one, at) => Math.abs(one - full[at]!) <= near(full[at]!)).length;
  return {
    perNano,
    explained: explained / atLosses.length,
    alike: alike / atPasses.length,
    contradicted: contradicted / atPasses.length,
    depth: median(full),
    drift: Math.max(...full) - Math.min(...full),
  };
}

/**
 * Every packet with whether it was lost. Seen before the place of the losses, the bytes of a lost packet come again;
 * seen behind it, they leave a gap when they should have come and fill it later.
 */
function readCourse({ times, numbers, lengths, frames }: TransferCourse): { sent: Sent[]; isBefore: boolean } | null {
  const before: Sent[] = [];
  const behind: Sent[] = [];
  const latest = new Map<number, Sent>();
  let again = 0;
  let filled = 0;
  let next: number | null = null;
  for (let at = 0; at < times.length; at++) {
    const length = lengths[at]!;
    if (length === 0) continue;
    const seq = numbers[at]!;
    const packet: Sent = { frame: frames[at]!, time: times[at]!, length, lost: false };
    const ahead = next === null ? 0 : (seq - next) | 0;
    // What is missing was sent behind what came last, and mostly at once
    if (ahead > 0 && ahead < 1 << 24)
      behind.push({ ...packet, time: behind.at(-1)?.time ?? packet.time, length: ahead, lost: true });
    else if (ahead < 0) {
      const earlier = latest.get(seq);
      if (earlier === undefined) filled++;
      else {
        again++;
        earlier.lost = true;
      }
    }
    latest.set(seq, packet);
    before.push(packet);
    behind.push({ ...packet });
    if (next === null || ahead + length > 0) next = (seq + length) | 0;
  }
  if (again + filled === 0) return null;
  const isBefore = again > filled;
  return { sent: isBefore ? before : behind, isBefore };
}

/** Round trips of the packets just before those that were lost, and the least of all, nanoseconds. */
function delayOf({ times, numbers, lengths }: TransferCourse, sent: readonly Sent[]): PolicerFit['delay'] {
  const lostAt = new Set(sent.flatMap((packet) => (packet.lost ? [packet.time] : [])));
  const waiting: { end: number; time: number; beforeLoss: boolean }[] = [];
  const all: number[] = [];
  const atLosses: number[] = [];
  const seen = new Set<number>();
  let head = 0;
  for (let at = 0; at < times.length && all.length < MAX_RTT_SAMPLES; at++) {
    const number = numbers[at]!;
    const time = times[at]!;
    if (lengths[at]! > 0) {
      const last = waiting.at(-1);
      if (lostAt.has(time)) {
        if (last !== undefined) last.beforeLoss = true;
      } else if (!seen.has(number)) waiting.push({ end: (number + lengths[at]!) | 0, time, beforeLoss: false });
      // Of what was sent twice nobody knows which was acknowledged (RFC 6298 §3)
      seen.add(number);
      continue;
    }
    for (; head < waiting.length && ((number - waiting[head]!.end) | 0) >= 0; head++) {
      const packet = waiting[head]!;
      if (((number - packet.end) | 0) > DIRECT) continue;
      all.push(time - packet.time);
      if (packet.beforeLoss) atLosses.push(time - packet.time);
    }
  }
  if (all.length < 20 || atLosses.length === 0) return null;
  atLosses.sort((a, b) => a - b);
  all.sort((a, b) => a - b);
  return { atLosses: quantile(atLosses, 0.1), least: quantile(all, 0.02) };
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
