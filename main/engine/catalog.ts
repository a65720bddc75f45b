// What tables and the timeline show of a capture, kept beside the engine: a row of columns for each flow, traffic over
// time, and places at which the file can be read again. Filled while the engine reads; nothing is made for a packet.

import type { FrameBatch } from '../capture-file/frames.ts';
import type { CaptureReader, Checkpoint } from '../capture-file/reader.ts';
import { Dialogue } from '../flow/dialogue.ts';
import { RECORD_WORDS, S, TICKS_PER_SECOND, W } from '../flow/flow-table.ts';
import { H, N, NOTE_WORDS } from '../flow/journal.ts';
import { QuicDialogue } from '../flow/quic-dialogue.ts';
import { type Attempt, type AttemptOutcome, TCP_FLAG } from '../flow/records.ts';
import { clientOf } from '../flow/snapshot.ts';
import type { EndReason, FlowSink, Tracker } from '../flow/tracker.ts';
import type { ClockBase } from '../incident/findings.ts';
import type { ImportedLists } from '../observe/imported.ts';
import { PROTOCOL } from '../wire/packet.ts';
import { Histogram } from './histogram.ts';

/** Flows that the tables hold; when there are more, the older half of the rows goes. */
export const MAX_ROWS = 1_048_576;
/** Names kept for them; a flow beyond has none in the table. */
const MAX_NAMES = 262_144;
/** Bytes between two places at which reading can be taken up again. */
const MARK_EVERY = 1_048_576;
/** The latest frames whose repetition is remembered, and half of them at least: 2 bits each. */
const MAX_MARKED_FRAMES = 1 << 26;

export const OUTCOMES = [
  'open',
  'ok',
  'connected',
  'unanswered',
  'reset',
  'refused',
  'silent-after-request',
  'closed-after-request',
  'icmp-error',
  'cancelled',
  'unknown',
] as const satisfies readonly (AttemptOutcome | 'open')[];
export const APPLICATIONS = [null, 'tls', 'http', 'dns', 'quic', 'mtproto'] as const;

/** Bits of `FlowColumns.state`. */
export const ROW = { v6: 1, udp: 2, clientLow: 4, isnLow: 8, isnHigh: 16 } as const;

const OUTCOME_CODE = new Map<string, number>(OUTCOMES.map((outcome, code) => [outcome, code]));
const APPLICATION_CODE = new Map<string | null, number>(APPLICATIONS.map((name, code) => [name, code]));
const OK = OUTCOME_CODE.get('ok')!;
const UNKNOWN = OUTCOME_CODE.get('unknown')!;

type Column = Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Uint8Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** Row `flow - letGo - 1` of each; `low` and `high` as in PacketColumns. Times in nanoseconds since the base second. */
export class FlowColumns {
  count = 0;
  /** Rows of older flows that are no longer there. */
  letGo = 0;
  low = new Int32Array(1_024);
  high = new Int32Array(1_024);
  ports = new Int32Array(1_024);
  state = new Uint8Array(1_024);
  firstFrame = new Uint32Array(1_024);
  firstTime = new Float64Array(1_024);
  lastTime = new Float64Array(1_024);
  packetsLow = new Uint32Array(1_024);
  packetsHigh = new Uint32Array(1_024);
  bytesLow = new Uint32Array(1_024);
  bytesHigh = new Uint32Array(1_024);
  outcome = new Uint8Array(1_024);
  application = new Uint8Array(1_024);
  /** Index into names; 0: none. */
  name = new Uint32Array(1_024);
  roundTrip = new Float64Array(1_024);
  isnLow = new Int32Array(1_024);
  isnHigh = new Int32Array(1_024);
  /** IPv6 addresses of low and high, by row. */
  v6 = new Map<number, readonly [string, string]>();

  grow(most: number): void {
    this.#each(<T extends Column>(old: T) => {
      const made: Column = new (old.constructor as new (length: number) => Column)(Math.min(most, old.length * 2));
      made.set(old);
      return made as T;
    });
  }

  /** The first so many rows go. */
  drop(rows: number): void {
    this.#each((column) => {
      column.copyWithin(0, rows, this.count);
      return column;
    });
    this.count -= rows;
    this.letGo += rows;
    const v6 = new Map<number, readonly [string, string]>();
    for (const [row, pair] of this.v6) if (row >= rows) v6.set(row - rows, pair);
    this.v6 = v6;
  }

  #each(made: <T extends Column>(column: T) => T): void {
    this.low = made(this.low);
    this.high = made(this.high);
    this.ports = made(this.ports);
    this.state = made(this.state);
    this.firstFrame = made(this.firstFrame);
    this.firstTime = made(this.firstTime);
    this.lastTime = made(this.lastTime);
    this.packetsLow = made(this.packetsLow);
    this.packetsHigh = made(this.packetsHigh);
    this.bytesLow = made(this.bytesLow);
    this.bytesHigh = made(this.bytesHigh);
    this.outcome = made(this.outcome);
    this.application = made(this.application);
    this.name = made(this.name);
    this.roundTrip = made(this.roundTrip);
    this.isnLow = made(this.isnLow);
    this.isnHigh = made(this.isnHigh);
  }
}

/** A place in the uncompressed stream, and what the reader knew there. */
export interface Mark extends Checkpoint {
  /** Latest time before it, nanoseconds since the base second. */
  readonly time: number;
}

/** Who judges how each flow went. */
interface Observing extends FlowSink {
  readonly latest: Attempt | null;
}

export class Catalog implements FlowSink {
  readonly flows = new FlowColumns();
  readonly names: string[] = [''];
  readonly traffic = new Histogram();
  readonly marks: Mark[] = [];
  /** The first frame that can be read again. */
  firstKept = 1;
  /** The last one, where recording ended before the capture. */
  lastKept = Number.POSITIVE_INFINITY;
  tracker!: Tracker;
  reader!: CaptureReader;
  seed = 0;
  /** Of whoever opened the capture. */
  imported: ImportedLists | null = null;
  #clock: readonly ClockBase[] = [];
  #observer!: Observing;
  readonly #nameIndex = new Map<string, number>();
  /** Row of each record of the flow table, or -1. */
  #rowOf = new Int32Array(1_024).fill(-1);
  readonly #repeated = new FrameMarks();
  readonly #copied = new FrameMarks();
  readonly #maxRows: number;
  #lastSecond = Number.NaN;
  #marksNext = false;

  constructor(maxRows = MAX_ROWS) {
    this.#maxRows = maxRows;
  }

  /** Takes what following tells, and hands it on. */
  beside(observer: Observing): FlowSink {
    this.#observer = observer;
    return this;
  }

  attach(engine: {
    tracker: Tracker;
    reader: CaptureReader;
    clock: readonly ClockBase[];
    seed: number;
    imported: ImportedLists | null;
  }): void {
    this.tracker = engine.tracker;
    this.reader = engine.reader;
    this.#clock = engine.clock;
    this.seed = engine.seed;
    this.imported = engine.imported;
  }

  /** A further file of a recording began: when those before it go, reading is taken up there. */
  markNext(): void {
    this.#marksNext = true;
  }

  /** Before bytes are fed. */
  mark(): void {
    const last = this.marks.at(-1);
    if (!this.#marksNext && last !== undefined && this.reader.position - last.position < MARK_EVERY) return;
    const checkpoint = this.reader.checkpoint();
    if (checkpoint === null) return;
    // The first place after all others were let go
    if (this.marks.length === 0 && this.firstKept > 1) this.firstKept = checkpoint.records + 1;
    this.marks.push({ ...checkpoint, time: this.tracker.now });
    this.#marksNext = false;
  }

  /** What comes from here on is not recorded. */
  endKept(): void {
    this.lastKept = Math.min(this.lastKept, this.reader.records);
  }

  /** What stands before this place of the stream cannot be read again any more. */
  forgetBefore(position: number): void {
    const kept = this.marks.findIndex((mark) => mark.position >= position);
    const gone = kept < 0 ? this.marks.length : kept;
    if (gone === 0) return;
    this.firstKept = (this.marks[kept]?.records ?? this.reader.records) + 1;
    this.marks.splice(0, gone);
  }

  frames(batch: FrameBatch): void {
    const { count, seconds, nanos, original } = batch;
    const { traffic } = this;
    for (let i = 0; i < count; i++) {
      let second = seconds[i]! + nanos[i]! * 1e-9;
      // A simple packet block has no time: it stands where the frame before it stood
      if (second === 0 && !Number.isNaN(this.#lastSecond)) second = this.#lastSecond;
      this.#lastSecond = second;
      traffic.add(second, original[i]!);
    }
  }

  /** Seconds since the first frame, of nanoseconds since the base second. */
  offset(time: number): number {
    const first = this.reader.firstTime;
    if (first === null) return 0;
    let base = this.#clock[0]?.baseSecond ?? first.seconds;
    for (const entry of this.#clock) if (entry.from <= time) base = entry.baseSecond;
    return base - first.seconds + (time - first.nanos) / 1e9;
  }

  // ---- flows ----

  began(record: number, flow: number, frame: number, time: number): void {
    if (record >= this.#rowOf.length) {
      const larger = new Int32Array(Math.max(record + 1, this.#rowOf.length * 2)).fill(-1);
      larger.set(this.#rowOf);
      this.#rowOf = larger;
    }
    const { flows, tracker } = this;
    if (flows.count === this.#maxRows) this.#makeRoom();
    const row = flow - flows.letGo - 1;
    if (row >= flows.low.length) flows.grow(this.#maxRows);
    flows.count = row + 1;
    this.#rowOf[record] = row;
    const words = tracker.table.words;
    const w = record * RECORD_WORDS;
    const state = words[w + W.state]!;
    flows.low[row] = words[w + W.low]!;
    flows.high[row] = words[w + W.high]!;
    flows.ports[row] = words[w + W.ports]!;
    flows.state[row] = (state & S.v6 ? ROW.v6 : 0) | ((state & 255) === PROTOCOL.udp ? ROW.udp : 0);
    flows.firstFrame[row] = frame;
    flows.firstTime[row] = time;
    flows.lastTime[row] = time;
    flows.roundTrip[row] = Number.NaN;
    if (state & S.v6) flows.v6.set(row, [tracker.address(record, true), tracker.address(record, false)]);
  }

  /** The older half of the rows goes, with the names that only they had. */
  #makeRoom(): void {
    const { flows } = this;
    const gone = this.#maxRows >> 1;
    flows.drop(gone);
    for (let record = 0; record < this.#rowOf.length; record++)
      this.#rowOf[record] = Math.max(-1, this.#rowOf[record]! - gone);
    const before = this.names.splice(1);
    this.#nameIndex.clear();
    for (let row = 0; row < flows.count; row++) {
      const name = flows.name[row]!;
      if (name > 0) flows.name[row] = this.#named(before[name - 1]!);
    }
  }

  ended(record: number, reason: EndReason): void {
    this.#observer.ended(record, reason);
    const row = this.#rowOf[record] ?? -1;
    if (row < 0) return;
    this.#rowOf[record] = -1;
    this.#take(record, row);
    const { flows } = this;
    const { latest } = this.#observer;
    let outcome = latest === null ? UNKNOWN : OUTCOME_CODE.get(latest.outcome)!;
    // A question and its answer over UDP leave no attempt
    const isUdp = (flows.state[row]! & ROW.udp) !== 0;
    if (latest === null && isUdp && flows.packetsLow[row]! > 0 && flows.packetsHigh[row]! > 0) outcome = OK;
    flows.outcome[row] = outcome;
  }

  /** Brings the rows of flows that are still followed up to date. */
  refresh(): void {
    for (const record of this.tracker.live()) {
      const row = this.#rowOf[record] ?? -1;
      if (row < 0) continue;
      this.#take(record, row);
      // A connection may be kept open for hours after its request was answered
      if (this.#isAnswered(record)) this.flows.outcome[row] = OK;
    }
  }

  /** Whatever becomes of the connection, its request was answered: what the attempt index calls ok. */
  #isAnswered(record: number): boolean {
    const { table, journal } = this.tracker;
    const w = record * RECORD_WORDS;
    const state = table.words[w + W.state]!;
    const head = table.words[w + W.journal]!;
    if ((state & 255) !== PROTOCOL.tcp || head < 0 || state & (S.rstLow | S.rstHigh)) return false;
    const turns = journal.words[head * NOTE_WORDS + H.repeats]! >>> 24;
    return (state & S.dataLow) !== 0 && (state & S.dataHigh) !== 0 && turns > 0;
  }

  #take(record: number, row: number): void {
    const { flows, tracker } = this;
    const words = tracker.table.words;
    const w = record * RECORD_WORDS;
    const state = words[w + W.state]!;
    const isUdp = (state & 255) === PROTOCOL.udp;
    flows.packetsLow[row] = words[w + W.packetsLow]!;
    flows.packetsHigh[row] = words[w + W.packetsHigh]!;
    flows.lastTime[row] = Math.max(flows.firstTime[row]!, (words[w + W.lastTick]! * 1e9) / TICKS_PER_SECOND);
    const head = words[w + W.journal]!;
    if (isUdp) {
      flows.bytesLow[row] = words[w + W.nextLow]!;
      flows.bytesHigh[row] = words[w + W.nextHigh]!;
    } else if (head >= 0) {
      const j = tracker.journal.words;
      flows.bytesLow[row] = j[head * NOTE_WORDS + H.bytesLow]!;
      flows.bytesHigh[row] = j[head * NOTE_WORDS + H.bytesHigh]!;
    }
    const { low } = clientOf(tracker, record);
    let bits = flows.state[row]! & (ROW.v6 | ROW.udp);
    // A DNS flow has no notes: the port tells who asked
    const clientLow = isUdp && head < 0 ? tracker.port(record, true) !== 53 : low;
    if (clientLow) bits |= ROW.clientLow;
    if (head >= 0) bits |= this.#notes(head, row, isUdp);
    flows.state[row] = bits;
    const detail = tracker.detail(record);
    if (detail instanceof Dialogue) {
      flows.application[row] = APPLICATION_CODE.get(detail.kind) ?? 0;
      flows.name[row] = this.#named(detail.name);
    } else if (detail instanceof QuicDialogue) {
      flows.application[row] = APPLICATION_CODE.get('quic')!;
      flows.name[row] = this.#named(detail.name);
    } else if (isUdp && head < 0) flows.application[row] = APPLICATION_CODE.get('dns')!;
    if (!isUdp && Number.isNaN(flows.roundTrip[row]!)) {
      const { rtt } = tracker.handshake(record, !clientLow);
      if (rtt !== null && rtt >= 0) flows.roundTrip[row] = rtt / 1e9;
    }
  }

  /** The latest time and the initial sequence numbers that the notes of a flow tell. */
  #notes(head: number, row: number, isUdp: boolean): number {
    const { flows, tracker } = this;
    const j = tracker.journal.words;
    let bits = 0;
    let last = flows.firstTime[row]!;
    for (let note = j[head * NOTE_WORDS]!; note >= 0; note = j[note * NOTE_WORDS]!) {
      const n = note * NOTE_WORDS;
      const time = tracker.journal.times[(n + N.time) >> 1]!;
      if (time > last) last = time;
      const header = j[n + N.header]!;
      if (isUdp || !(header & TCP_FLAG.syn) || header & TCP_FLAG.rst) continue;
      const fromLow = ((header >>> 24) & 1) === 1;
      const bit = fromLow ? ROW.isnLow : ROW.isnHigh;
      if (bits & bit) continue;
      bits |= bit;
      (fromLow ? flows.isnLow : flows.isnHigh)[row] = j[n + N.seq]!;
    }
    // A tick is 1/64 s; the notes hold the last packet of each direction but for the UDP flows that outgrew them
    if (!isUdp || last > flows.lastTime[row]!) flows.lastTime[row] = last;
    return bits;
  }

  #named(name: string | null): number {
    if (name === null) return 0;
    let index = this.#nameIndex.get(name);
    if (index === undefined) {
      if (this.names.length > MAX_NAMES) return 0;
      index = this.names.push(name) - 1;
      this.#nameIndex.set(name, index);
    }
    return index;
  }

  address(row: number, low: boolean): string {
    const { flows } = this;
    const v6 = flows.v6.get(row);
    if (v6 !== undefined) return v6[low ? 0 : 1];
    const address = (low ? flows.low : flows.high)[row]!;
    return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
  }

  port(row: number, low: boolean): number {
    const ports = this.flows.ports[row]!;
    return low ? ports >>> 16 : ports & 0xffff;
  }

  // ---- frames ----

  repeated(frame: number): void {
    this.#repeated.add(frame);
  }

  copied(frame: number): void {
    this.#copied.add(frame);
  }

  isRepeated(frame: number): boolean {
    return this.#repeated.has(frame);
  }

  isCopied(frame: number): boolean {
    return this.#copied.has(frame);
  }

  /** The last place to take up reading before this frame. */
  markBefore(frame: number): Mark | null {
    const { marks } = this;
    let low = 0;
    let high = marks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (marks[middle]!.records < frame) low = middle + 1;
      else high = middle;
    }
    return marks[low - 1] ?? null;
  }
}

/** A bit for each frame, in two halves: when the later one is full, the earlier one goes. */
class FrameMarks {
  /** Frames before the halves. */
  #from = 0;
  #earlier = new Uint8Array(0);
  #later = new Uint8Array(1_024);
  /** The first frame of the later half. */
  #middle = 0;

  add(frame: number): void {
    while (frame >= this.#middle + MAX_MARKED_FRAMES / 2) {
      this.#from = this.#middle;
      this.#middle += MAX_MARKED_FRAMES / 2;
      this.#earlier = this.#later;
      this.#later = new Uint8Array(1_024);
    }
    // Frames come in order; what is told late of an earlier half says little
    if (frame < this.#middle) return;
    const at = (frame - this.#middle) >>> 3;
    if (at >= this.#later.length) {
      const larger = new Uint8Array(Math.max(at + 1, this.#later.length * 2));
      larger.set(this.#later);
      this.#later = larger;
    }
    this.#later[at]! |= 1 << (frame & 7);
  }

  has(frame: number): boolean {
    if (frame < this.#from) return false;
    const [bits, first] = frame < this.#middle ? [this.#earlier, this.#from] : [this.#later, this.#middle];
    return ((bits[(frame - first) >>> 3] ?? 0) & (1 << (frame & 7))) !== 0;
  }
}
