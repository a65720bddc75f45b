// Following: takes packets as columns and keeps, for every flow, what later judgement needs. The per-packet path works
// on typed arrays only; an object is made when a flow names its target, and a snapshot when a flow deserves a look.
//
// Nothing here depends on how the bytes were cut into batches: batches only let the loads of many packets overlap, the
// packets themselves are taken one by one, in order.

import { datagramProtocol, type PayloadShape, payloadShape, type TunnelProtocol } from '../wire/first-payload.ts';
import { META, type PacketColumns, type PacketDecoder, PROTOCOL, ROWS } from '../wire/packet.ts';
import { ipv4Text, ipv4TextOf, ipv6Text } from '../wire/text.ts';
import { Dialogue, hex, isGreeting, recognise } from './dialogue.ts';
import { DnsExchanges } from './dns-exchanges.ts';
import { RecentPackets } from './duplicates.ts';
import { FlowTable, RECORD_WORDS, S, TICKS_PER_SECOND, W } from './flow-table.ts';
import { H, Journal, N, NOTE_WORDS } from './journal.ts';
import type { ListedPages } from './known-pages.ts';
import { HeadPages, PAGE } from './prefix.ts';
import { looksLikeQuic, QuicDialogue } from './quic-dialogue.ts';
import { isSlow, RateTraces } from './rate-traces.ts';
import { type Endpoint, type IcmpError, MARK, TCP_FLAG } from './records.ts';
import { leaving } from './room.ts';
import { V6Pairs } from './v6-pairs.ts';

/** Notes taken of the first packets of a flow, whatever they are; of a flow without an answer yet; of any flow. */
const FIRST_NOTES = 12;
const UNANSWERED_NOTES = 40;
const AFTER_RESET_NOTES = 48;
/** Largest IP packet that no offload was needed for: Ethernet, with room for tags. */
const LARGEST_PACKET = 1_514;
/** Packets sent again from which on a large transfer is kept for judging. */
const MANY_REPEATS = 15;
/** Closed flows go after this long; under pressure, sooner. */
const CLOSED_TICKS = 15 * TICKS_PER_SECOND;
const CLOSED_TICKS_PRESSED = 5 * TICKS_PER_SECOND;
const IDLE_TICKS = 120 * TICKS_PER_SECOND;
const SWEEP_RECORDS = 64;
const SAMPLED_FOR_CAP = 32;
const MAX_ICMP = 4_096;
const MAX_PINGS = 4_096;
/** First payloads of unknown protocols remembered. */
const MAX_OPENINGS = 65_536;
/** Servers that greet whose words are followed; their pages are a ring of their own bound. */
const MAX_GREETINGS = 4_096;
/** FINs of which copies are remembered, and copies of one. */
const MAX_COPIED = 4_096;
const MAX_COPIES = 8;
/** Journal entries: 48 bytes each. */
const JOURNAL_ENTRIES = 480_000;

export type EndReason = 'closed' | 'idle' | 'reused' | 'cap' | 'capture-end' | 'open';

export interface FlowSink {
  /** A flow leaves the table; its record, journal and dialogue are still in place. */
  ended(record: number, reason: EndReason): void;
  /** A flow enters the table; flows are numbered from 1 in the order of their first packets. */
  began?(record: number, flow: number, frame: number, time: number): void;
  /** Every byte of this frame had been seen before. */
  repeated?(frame: number): void;
  /** This frame is a copy that the capture made of another one. */
  copied?(frame: number): void;
}

export interface Ping {
  requests: number;
  replies: number;
  frames: number[];
}

export class Tracker {
  readonly table: FlowTable;
  readonly journal = new Journal(JOURNAL_ENTRIES);
  readonly details: (Dialogue | QuicDialogue | null)[] = [];
  readonly dns = new DnsExchanges();
  icmpErrors: IcmpError[] = [];
  readonly icmpByFlow = new Map<number, IcmpError[]>();
  readonly pings = new Map<string, Ping>();
  /** First payload bytes of odd packets, by note. */
  readonly heads = new Map<number, string>();
  /** Frames of further copies of FINs, by note. */
  readonly copies = new Map<number, number[]>();
  readonly pages = new HeadPages();
  readonly rates: RateTraces;
  /** First payloads of what names nothing, by record. */
  readonly openings = new Map<number, PayloadShape>();
  /** Protocols that the first datagrams of UDP conversations give away, by record. */
  readonly tunnels = new Map<number, TunnelProtocol>();
  /** Flows in which the server spoke first, in plain words: the page that holds what it said. */
  readonly #greetings = new Map<number, { readonly page: number; readonly fromLow: boolean }>();
  /** Time of the latest packet, nanoseconds since the base second. */
  now = 0;
  packets = 0;
  tcpFlows = 0;
  udpFlows = 0;
  tlsHellos = 0;
  httpRequests = 0;
  quicInitials = 0;
  /** Copies made by the capture, and packets among which they were counted (RSTs in neither). */
  duplicates = 0;
  countedForDuplicates = 0;
  /** Frames that a radio sent once more; neither copies of the capture nor retransmissions. */
  sentAgain = 0;
  offloaded = 0;
  evictedByCap = 0;
  readonly #sink: FlowSink;
  readonly #decoder: PacketDecoder;
  readonly #listed: ListedPages | null;
  readonly #recent = new RecentPackets();
  readonly #candidates = new Int32Array(ROWS);
  readonly #freeDetails: number[] = [];
  readonly #v6 = new V6Pairs();
  #columns: PacketColumns;
  #row = 0;
  #sweepAt = 0;
  #flowIds = 0;
  #touched = 0;

  constructor(options: {
    maxFlows: number;
    decoder: PacketDecoder;
    columns: PacketColumns;
    sink: FlowSink;
    /** Block pages of imported lists. */
    listed?: ListedPages | null;
  }) {
    this.#listed = options.listed ?? null;
    this.table = new FlowTable(options.maxFlows);
    this.rates = new RateTraces(options.maxFlows);
    this.#decoder = options.decoder;
    this.#columns = options.columns;
    this.#sink = options.sink;
  }

  /** Takes the rows of the columns. */
  batch(columns: PacketColumns): void {
    this.#columns = columns;
    const { hash, count } = { hash: columns.hash, count: columns.count };
    // Passes of independent loads: the cache misses of a whole batch overlap instead of following one another
    let touched = 0;
    for (let row = 0; row < count; row++) touched ^= this.table.touchSlot(hash[row]!);
    const words = this.table.words;
    for (let row = 0; row < count; row++) {
      const record = this.table.candidate(hash[row]!);
      this.#candidates[row] = record;
      if (record >= 0) touched ^= words[record * RECORD_WORDS]!;
    }
    const notes = this.journal.words;
    for (let row = 0; row < count; row++) {
      const record = this.#candidates[row]!;
      const head = record < 0 ? -1 : words[record * RECORD_WORDS + W.journal]!;
      if (head >= 0) touched ^= notes[head * NOTE_WORDS]!;
    }
    this.#touched ^= touched;
    for (let row = 0; row < count; row++) {
      this.#row = row;
      const protocol = columns.meta[row]! & 255;
      this.now = columns.time[row]! > this.now ? columns.time[row]! : this.now;
      this.packets++;
      if (columns.meta[row]! & META.sentAgain) {
        this.sentAgain++;
        this.#sink.copied?.(columns.frame[row]!);
      } else if (protocol === PROTOCOL.tcp) this.#tcp(row);
      else if (protocol === PROTOCOL.udp) this.#udp(row);
      else this.#icmp(row);
      if ((this.packets & 255) === 0) this.#sweep();
    }
  }

  /** Copies of packets as they came in and went out again. */
  get forwarded(): number {
    return this.#recent.forwarded;
  }

  /** Keeps the loads of the touch passes from being optimised away. */
  get touched(): number {
    return this.#touched;
  }

  // ---- records ----

  readonly #v6Equal = (record: number): boolean => {
    const columns = this.#columns;
    const row = this.#row;
    const source = columns.ip[row]! + 8;
    const fromLow = (columns.meta[row]! & META.fromLow) !== 0;
    return this.#v6.equal(
      this.table.words[record * RECORD_WORDS + W.v6]!,
      columns.view,
      fromLow ? source : source + 16,
      fromLow ? source + 16 : source,
    );
  };

  /** The record of this row's flow, or -1. */
  #find(row: number): number {
    const c = this.#columns;
    const words = this.table.words;
    const kind = c.meta[row]! & 0x2ff;
    // META.v6 is bit 9, S.v6 bit 8
    const state = (kind & 255) | (kind & META.v6 ? S.v6 : 0);
    const candidate = this.#candidates[row]!;
    if (candidate >= 0) {
      const w = candidate * RECORD_WORDS;
      if (
        words[w + W.ports] === c.ports[row] &&
        words[w + W.low] === c.low[row] &&
        words[w + W.high] === c.high[row] &&
        (words[w + W.state]! & (0x1ff | S.live)) === (state | S.live) &&
        ((state & S.v6) === 0 || this.#v6Equal(candidate))
      ) {
        return candidate;
      }
    }
    return this.table.find(c.hash[row]!, c.low[row]!, c.high[row]!, c.ports[row]!, state, this.#v6Equal);
  }

  #insert(row: number, journalled: boolean): number {
    const c = this.#columns;
    if (this.table.isFull) this.#evictOldest();
    const record = this.table.insert(c.hash[row]!);
    const w = record * RECORD_WORDS;
    const words = this.table.words;
    words[w + W.low] = c.low[row]!;
    words[w + W.high] = c.high[row]!;
    words[w + W.ports] = c.ports[row]!;
    if (c.meta[row]! & META.v6) {
      const source = c.ip[row]! + 8;
      const fromLow = (c.meta[row]! & META.fromLow) !== 0;
      words[w + W.v6] = this.#v6.add(c.view, fromLow ? source : source + 16, fromLow ? source + 16 : source);
    }
    this.#begin(record, row, journalled);
    return record;
  }

  /** Fresh words behind the key: for a new record, and for a five-tuple used again. */
  #begin(record: number, row: number, journalled: boolean): void {
    const c = this.#columns;
    const w = record * RECORD_WORDS;
    const words = this.table.words;
    words.fill(0, w + W.state, w + W.v6);
    const meta = c.meta[row]!;
    words[w + W.state] = (meta & 255) | (meta & META.v6 ? S.v6 : 0) | S.live;
    words[w + W.ttls] = 0x00ff00ff | 0;
    words[w + W.detail] = -1;
    this.#flowIds++;
    words[w + W.journal] = journalled ? this.journal.open(this.#flowIds) : -1;
    if ((meta & 255) === PROTOCOL.tcp) this.tcpFlows++;
    else this.udpFlows++;
    this.#sink.began?.(record, this.#flowIds, c.frame[row]!, c.time[row]!);
  }

  /** The hash is not stored: it follows from the key. */
  #hashOf(record: number): number {
    const w = record * RECORD_WORDS;
    const words = this.table.words;
    const state = words[w + W.state]!;
    return this.#decoder.hashOf(
      words[w + W.low]!,
      words[w + W.high]!,
      words[w + W.ports]!,
      (state & 255) | (state & S.v6 ? META.v6 : 0),
    );
  }

  /** Of exchanges, ICMP errors and pings the oldest go where little room is left; what of that was cited is told. */
  makeRoom(isCited: (frame: number) => boolean, told: (frame: number) => void): number {
    const errors = leaving(this.icmpErrors, [{ limit: MAX_ICMP, of: () => 1 }], ({ frame }) => isCited(frame));
    if (errors.size > 0) this.icmpErrors = this.icmpErrors.filter((error) => !errors.has(error));
    for (const { frame } of errors) if (isCited(frame)) told(frame);
    const pinged = [...this.pings];
    const pings = leaving(pinged, [{ limit: MAX_PINGS, of: () => 1 }], ([, { frames }]) => frames.some(isCited));
    for (const [address, { frames }] of pings) {
      this.pings.delete(address);
      for (const frame of frames) if (isCited(frame)) told(frame);
    }
    return errors.size + pings.size + this.dns.makeRoom(isCited, told);
  }

  #finish(record: number, reason: EndReason): void {
    this.#sink.ended(record, reason);
    this.rates.release(record);
    if (this.openings.size > 0) this.openings.delete(record);
    if (this.tunnels.size > 0) this.tunnels.delete(record);
    if (this.#greetings.size > 0) this.#greetings.delete(record);
    const w = record * RECORD_WORDS;
    const words = this.table.words;
    const head = words[w + W.journal]!;
    if (head >= 0) {
      if (this.heads.size + this.copies.size > 0) this.#forgetHeads(head);
      this.icmpByFlow.delete(this.flowId(record));
      this.journal.release(head);
    }
    const detail = words[w + W.detail]!;
    if (detail >= 0) {
      this.details[detail] = null;
      this.#freeDetails.push(detail);
    }
  }

  #forgetHeads(head: number): void {
    for (let note = this.journal.words[head * NOTE_WORDS]!; note >= 0; note = this.journal.words[note * NOTE_WORDS]!) {
      this.heads.delete(note);
      this.copies.delete(note);
    }
  }

  #remove(record: number, reason: EndReason): void {
    this.#finish(record, reason);
    const w = record * RECORD_WORDS;
    if (this.table.words[w + W.state]! & S.v6) this.#v6.release(this.table.words[w + W.v6]!);
    this.table.remove(this.#hashOf(record), record);
  }

  /** Looks at some records for every 256 packets, and makes room where the table or the journal fills up. */
  #sweep(): void {
    const table = this.table;
    const isPressed = table.size * 2 >= table.capacity || this.journal.live * 2 >= JOURNAL_ENTRIES;
    const closedTicks = isPressed ? CLOSED_TICKS_PRESSED : CLOSED_TICKS;
    const tick = this.#tick();
    for (let i = 0; i < SWEEP_RECORDS; i++) {
      if (this.#sweepAt >= table.highWater) this.#sweepAt = 0;
      const record = this.#sweepAt++;
      if (!table.isLive(record)) continue;
      const state = table.words[record * RECORD_WORDS + W.state]!;
      const idle = tick - table.words[record * RECORD_WORDS + W.lastTick]!;
      const closed =
        (state & (S.rstLow | S.rstHigh)) !== 0 || (state & (S.finLow | S.finHigh)) === (S.finLow | S.finHigh);
      if (closed && idle > closedTicks) this.#remove(record, 'closed');
      else if (isPressed && idle > IDLE_TICKS) this.#remove(record, 'idle');
    }
  }

  #evictOldest(): void {
    const table = this.table;
    let oldest = -1;
    let least = 0;
    // A fixed stride through the records: no randomness, so the same bytes give the same result
    for (let i = 0, at = this.#flowIds; i < SAMPLED_FOR_CAP; i++) {
      at = (Math.imul(at, 0x9e3779b1) + 0x7f4a7c15) >>> 0;
      const record = at % table.highWater;
      if (!table.isLive(record)) continue;
      const tick = table.words[record * RECORD_WORDS + W.lastTick]!;
      if (oldest < 0 || tick < least) {
        oldest = record;
        least = tick;
      }
    }
    for (let record = 0; oldest < 0; record++) if (table.isLive(record)) oldest = record;
    this.evictedByCap++;
    this.#remove(oldest, 'cap');
  }

  #tick(): number {
    return Math.floor(this.now / (1e9 / TICKS_PER_SECOND)) | 0;
  }

  /** Ends every flow that is still followed. The table is spent then: taking records out of it one by one would be waste. */
  finish(): void {
    const table = this.table;
    table.retire();
    for (let record = 0; record < table.highWater; record++) {
      if (!table.isLive(record)) continue;
      this.#finish(record, 'capture-end');
      table.words[record * RECORD_WORDS + W.state] = 0;
    }
  }

  /** Packets were missed: nothing that is open now can be judged by what did not come. */
  interrupt(): void {
    for (let record = 0; record < this.table.highWater; record++)
      if (this.table.isLive(record)) this.#remove(record, 'cap');
    this.dns.interrupt();
  }

  /** Numbers of live records. */
  *live(): Generator<number> {
    for (let record = 0; record < this.table.highWater; record++) if (this.table.isLive(record)) yield record;
  }

  flowId(record: number): number {
    const head = this.table.words[record * RECORD_WORDS + W.journal]!;
    return head < 0 ? 0 : this.journal.words[head * NOTE_WORDS + H.flowId]!;
  }

  detail(record: number): Dialogue | QuicDialogue | null {
    const index = this.table.words[record * RECORD_WORDS + W.detail]!;
    return index < 0 ? null : (this.details[index] ?? null);
  }

  #keepDetail(record: number, detail: Dialogue | QuicDialogue): void {
    const index = this.#freeDetails.pop() ?? this.details.length;
    this.details[index] = detail;
    this.table.words[record * RECORD_WORDS + W.detail] = index;
  }

  address(record: number, low: boolean): string {
    const w = record * RECORD_WORDS;
    const words = this.table.words;
    if (words[w + W.state]! & S.v6) return this.#v6.text(words[w + W.v6]!, low);
    return ipv4TextOf(words[w + (low ? W.low : W.high)]!);
  }

  port(record: number, low: boolean): number {
    const ports = this.table.words[record * RECORD_WORDS + W.ports]!;
    return low ? ports >>> 16 : ports & 0xffff;
  }

  /** Source and destination of the packet in this row. */
  #addressOf(row: number, source: boolean): string {
    const c = this.#columns;
    const ip = c.ip[row]!;
    if (c.meta[row]! & META.v6) return ipv6Text(c.bytes, ip + (source ? 8 : 24));
    return ipv4Text(c.bytes, ip + (source ? 12 : 16));
  }

  /** SYN to SYN-ACK, without retransmission of either, in nanoseconds or null; and a frame of the responder's. */
  handshake(record: number, responderLow: boolean): { rtt: number | null; frame: number } {
    const j = this.journal.words;
    const head = this.table.words[record * RECORD_WORDS + W.journal]!;
    let syn = -1;
    let rtt: number | null = null;
    let frame = 0;
    let isRepeated = false;
    for (
      let note = head < 0 ? -1 : j[head * NOTE_WORDS]!, i = 0;
      note >= 0 && i < 8;
      note = j[note * NOTE_WORDS]!, i++
    ) {
      const n = note * NOTE_WORDS;
      const header = j[n + N.header]!;
      const fromResponder = (((header >>> 24) & 1) === 1) === responderLow;
      const handshake = header & (TCP_FLAG.syn | TCP_FLAG.ack);
      if (fromResponder && frame === 0) frame = j[n + N.frame]! >>> 0;
      if (!fromResponder && handshake === TCP_FLAG.syn) {
        if (syn >= 0) isRepeated = true;
        else syn = note;
      } else if (
        fromResponder &&
        handshake === (TCP_FLAG.syn | TCP_FLAG.ack) &&
        syn >= 0 &&
        rtt === null &&
        !isRepeated
      ) {
        rtt = this.journal.times[(n + N.time) >> 1]! - this.journal.times[(syn * NOTE_WORDS + N.time) >> 1]!;
      }
    }
    return { rtt, frame };
  }

  // ---- TCP ----

  #tcp(row: number): void {
    const c = this.#columns;
    const words = this.table.words;
    const view = c.view;
    const at = c.transport[row]!;
    const end = c.end[row]!;
    const meta = c.meta[row]!;
    const fromLow = (meta & META.fromLow) !== 0;
    const seq = view.getInt32(at + 4);
    const ack = view.getInt32(at + 8);
    const offsetFlags = view.getUint16(at + 12);
    const flags = offsetFlags & 0xfff;
    const headerLength = (offsetFlags >>> 12) << 2;
    // RFC 9293 §3.1: a data offset below 5 words, or beyond the packet, is no header
    const length = end + c.missing[row]! - at - headerLength;
    if (headerLength < 20 || length < 0) {
      this.#decoder.passedOver.malformed++;
      return;
    }
    const ttl = c.ttl[row]!;
    const time = c.time[row]!;
    if (end + c.missing[row]! - c.ip[row]! > LARGEST_PACKET) this.offloaded++;

    let record = this.#find(row);
    const isOpening = (flags & (TCP_FLAG.syn | TCP_FLAG.ack | TCP_FLAG.rst)) === TCP_FLAG.syn;
    if (record < 0) record = this.#insert(row, true);
    else if (isOpening && this.#isOtherConnection(record, fromLow, seq)) {
      this.#finish(record, 'reused');
      this.#begin(record, row, true);
    }
    const w = record * RECORD_WORDS;
    const head = words[w + W.journal]!;
    const isReset = (flags & TCP_FLAG.rst) !== 0;

    let signature = 0;
    if (!isReset) {
      signature =
        Math.imul(seq ^ Math.imul(record + 1, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(ack + (fromLow ? 1 : 2), 0xc2b2ae35);
      signature ^= signature >>> 15;
      const check = (c.ipId[row]! << 12) ^ flags ^ Math.imul(length, 0x27d4eb2f) ^ (view.getUint16(at + 14) << 8);
      this.countedForDuplicates++;
      const copied = this.#recent.copyOf(signature, check, time, ttl);
      if (copied !== -2) {
        this.duplicates++;
        this.#sink.copied?.(c.frame[row]!);
        if (head >= 0) {
          this.#countDuplicate(head, fromLow, copied, seq);
          if (flags & TCP_FLAG.fin && copied >= 0) this.#keepCopy(copied, seq, c.frame[row]!);
        }
        return;
      }
    }

    let state = words[w + W.state]!;
    words[w + W.lastTick] = Math.floor(time / (1e9 / TICKS_PER_SECOND)) | 0;
    words[w + (fromLow ? W.packetsLow : W.packetsHigh)]!++;

    // Sequence numbers: what is new, what was seen before
    const nextAt = w + (fromLow ? W.nextLow : W.nextHigh);
    const spoke = (state & (fromLow ? S.dfLow | S.noDfLow : S.dfHigh | S.noDfHigh)) !== 0;
    const expected = words[nextAt]!;
    const span = length + (flags & TCP_FLAG.syn ? 1 : 0) + (flags & TCP_FLAG.fin ? 1 : 0);
    let marks = meta & META.cut ? MARK.cut : 0;
    if (meta & META.outgoing) marks |= MARK.outgoing;
    if (!isReset) {
      if (!spoke) words[nextAt] = seq + span;
      else if (span > 0) {
        const ahead = (seq - expected) | 0;
        if (((seq + span - expected) | 0) <= 0)
          marks |= length <= 1 && ahead === -1 && span === length ? MARK.keepAlive : MARK.retransmission;
        else {
          if (ahead > 0) marks |= MARK.gap;
          // A number far ahead is no stream's: believing it would make all that follows look old
          if (ahead < 1 << 24) words[nextAt] = seq + span;
        }
      } else if (((seq - expected) | 0) === -1) marks |= MARK.keepAlive;
      if (flags & TCP_FLAG.ack) {
        const ackAt = w + (fromLow ? W.ackLow : W.ackHigh);
        if (!spoke || ((ack - words[ackAt]!) | 0) > 0) words[ackAt] = ack;
      }
      // What this endpoint's packets look like; a reset may be somebody else's
      const ttls = words[w + W.ttls]!;
      if (fromLow) {
        const least = ttls & 255;
        const greatest = (ttls >>> 8) & 255;
        if (ttl < least || ttl > greatest)
          words[w + W.ttls] = (ttls & ~0xffff) | (ttl < least ? ttl : least) | ((ttl > greatest ? ttl : greatest) << 8);
        state |= meta & META.df ? S.dfLow : S.noDfLow;
        words[w + W.ipIds] = (words[w + W.ipIds]! & 0xffff) | (c.ipId[row]! << 16);
      } else {
        const least = (ttls >>> 16) & 255;
        const greatest = ttls >>> 24;
        if (ttl < least || ttl > greatest)
          words[w + W.ttls] =
            (ttls & 0xffff) | ((ttl < least ? ttl : least) << 16) | ((ttl > greatest ? ttl : greatest) << 24);
        state |= meta & META.df ? S.dfHigh : S.noDfHigh;
        words[w + W.ipIds] = (words[w + W.ipIds]! & ~0xffff) | (c.ipId[row]! & 0xffff);
      }
    }

    if (flags & (TCP_FLAG.syn | TCP_FLAG.fin | TCP_FLAG.rst)) {
      if (isReset) state |= fromLow ? S.rstLow : S.rstHigh;
      else if (flags & TCP_FLAG.syn) {
        const bit = flags & TCP_FLAG.ack ? (fromLow ? S.synAckLow : S.synAckHigh) : fromLow ? S.synLow : S.synHigh;
        // A SYN-ACK again although it was acknowledged, or with other numbers
        if (flags & TCP_FLAG.ack && state & bit) state |= S.notable;
        state |= bit;
      }
      if (flags & TCP_FLAG.fin) {
        state |= fromLow ? S.finLow : S.finHigh;
        // Goodbye without a word in answer to what the other side said
        if (length === 0 && (state & (S.dataLow | S.dataHigh)) === (fromLow ? S.dataHigh : S.dataLow)) {
          state |= S.notable;
        }
      }
    }

    // Payload
    if (length > 0 && !isReset) {
      const had = state & (S.dataLow | S.dataHigh);
      state |= fromLow ? S.dataLow : S.dataHigh;
      if (head >= 0) {
        const h = head * NOTE_WORDS;
        const j = this.journal.words;
        j[h + (fromLow ? H.dataLow : H.dataHigh)]!++;
        j[h + (fromLow ? H.bytesLow : H.bytesHigh)]! += length;
        if (
          had !== 0 &&
          (marks & MARK.retransmission) === 0 &&
          ((state & S.lastDataLow) !== 0) !== fromLow &&
          j[h + H.repeats]! >>> 24 < 255
        ) {
          j[h + H.repeats] = (j[h + H.repeats]! + (1 << 24)) | 0;
        }
      }
      if ((marks & MARK.retransmission) === 0) state = fromLow ? state | S.lastDataLow : state & ~S.lastDataLow;
      if ((state & (S.dataLow | S.dataHigh)) === (S.dataLow | S.dataHigh)) state |= S.answered;
      words[w + W.state] = state;
      const payload = at + headerLength;
      // A SYN takes a number of its own: what it carries stands behind it (RFC 7413)
      const first = flags & TCP_FLAG.syn ? (seq + 1) | 0 : seq;
      if (payload < end) {
        const detail = words[w + W.detail]!;
        if (detail >= 0) {
          if (!(state & S.settled) || marks & MARK.retransmission)
            marks |= this.#dialogue(
              record,
              this.details[detail] as Dialogue,
              fromLow,
              first,
              payload,
              end,
              (meta & META.cut) !== 0,
            );
        } else if ((state & (fromLow ? S.sniffedLow : S.sniffedHigh)) === 0) {
          this.#firstPayload(record, row, fromLow, spoke ? expected : first, first, payload, end);
        } else if (this.#greetings.size > 0) marks |= this.#plainSpeech(record, fromLow, first, payload, end);
      }
      state = words[w + W.state]!;
      // Of a stray number nothing was learned: what the stream begins with may still come
      if ((marks & MARK.gap) === 0) state |= fromLow ? S.sniffedLow : S.sniffedHigh;
    }
    words[w + W.state] = state;

    if (head < 0) return;
    if (this.rates.follows(record, head * NOTE_WORDS, this.journal.words) && !isReset)
      this.#course(record, row, fromLow, seq, ack, length, marks, at, headerLength);
    const note = this.#note(head, state, fromLow, flags, marks);
    if (note >= 0) {
      if (this.#rolled) marks |= MARK.rolled;
      else if (
        (isReset || flags & TCP_FLAG.syn || (length > 0 && (state & S.answered) === 0)) &&
        (marks & MARK.cut) === 0 &&
        this.#hasBadChecksum(row, at)
      )
        marks |= MARK.badChecksum;
      this.#write(note, row, fromLow, seq, ack, flags, length, marks, at, headerLength);
    }
    if (!isReset)
      this.#recent.remember(
        signature,
        (c.ipId[row]! << 12) ^ flags ^ Math.imul(length, 0x27d4eb2f) ^ (view.getUint16(at + 14) << 8),
        time,
        ttl,
        note,
      );
    if (marks & MARK.retransmission) {
      this.#countRepeat(record, head, fromLow, seq);
      this.#sink.repeated?.(c.frame[row]!);
    }
  }

  /** A packet of a large transfer: how fast it goes, and what is lost. */
  #course(
    record: number,
    row: number,
    fromLow: boolean,
    seq: number,
    ack: number,
    length: number,
    marks: number,
    transport: number,
    headerLength: number,
  ): void {
    const c = this.#columns;
    const w = record * RECORD_WORDS;
    const words = this.table.words;
    const h = words[w + W.journal]! * NOTE_WORDS;
    const isRepeat = (marks & MARK.retransmission) !== 0;
    const number = length > 0 ? seq : ack;
    const sent = this.journal.words[h + (fromLow ? H.bytesLow : H.bytesHigh)]! >>> 0;
    const isGap = (marks & MARK.gap) !== 0;
    const stamp = length > 0 && this.#timestamp(row, transport, headerLength) ? this.#tsval : 0;
    this.rates.take(record, fromLow, c.time[row]!, number, length, sent, c.frame[row]!, stamp, isRepeat, isGap);
    // More losses than a good link has: how they came about deserves a look
    const trace = this.rates.of(record);
    if (trace !== null && ((isRepeat && trace.repeats === MANY_REPEATS) || isSlow(trace)))
      words[w + W.state]! |= S.notable;
  }

  /** A SYN that does not repeat the one that opened this flow: another connection on the same five-tuple. */
  #isOtherConnection(record: number, fromLow: boolean, seq: number): boolean {
    const w = record * RECORD_WORDS;
    const words = this.table.words;
    const state = words[w + W.state]!;
    if ((state & (fromLow ? S.synLow : S.synHigh)) === 0) {
      // Captures of several queues may hold the SYN-ACK before the SYN that it acknowledges
      const isAnswered = (state & (fromLow ? S.synAckHigh : S.synAckLow)) !== 0;
      return !isAnswered || words[w + (fromLow ? W.ackHigh : W.ackLow)] !== ((seq + 1) | 0);
    }
    const next = words[w + (fromLow ? W.nextLow : W.nextHigh)]!;
    if (((seq + 1 - next) | 0) === 0) return false;
    // Data has followed: the number that opened the flow is in its first notes
    const head = words[w + W.journal]!;
    if (head < 0) return true;
    const j = this.journal.words;
    for (let note = j[head * NOTE_WORDS]!, i = 0; note >= 0 && i < 8; note = j[note * NOTE_WORDS]!, i++) {
      const header = j[note * NOTE_WORDS + N.header]!;
      if (((header >>> 24) & 1) === (fromLow ? 1 : 0) && header & TCP_FLAG.syn && j[note * NOTE_WORDS + N.seq] === seq)
        return false;
    }
    return true;
  }

  #countDuplicate(head: number, fromLow: boolean, note: number, seq: number): void {
    const j = this.journal.words;
    const at = head * NOTE_WORDS + H.duplicates;
    const both = j[at]!;
    if (fromLow) {
      if ((both & 0xffff) < 0xffff) j[at] = both + 1;
    } else if (both >>> 16 < 0xffff) j[at] = (both + 0x10000) | 0;
    if (note >= 0 && j[note * NOTE_WORDS + N.seq] === seq) j[note * NOTE_WORDS + N.duplicates]!++;
  }

  /** A FIN is forged several times over as a reset is: which of its copies the capture made is for others to say. */
  #keepCopy(note: number, seq: number, frame: number): void {
    if (this.journal.words[note * NOTE_WORDS + N.seq] !== seq) return;
    const copies = this.copies.get(note);
    if (copies !== undefined) {
      if (copies.length < MAX_COPIES) copies.push(frame);
    } else if (this.copies.size < MAX_COPIED) this.copies.set(note, [frame]);
  }

  #countRepeat(record: number, head: number, fromLow: boolean, seq: number): void {
    const j = this.journal.words;
    const at = head * NOTE_WORDS + H.repeats;
    const value = j[at]!;
    if (fromLow) {
      if ((value & 0xfff) < 0xfff) j[at] = value + 1;
    } else if (((value >>> 12) & 0xfff) < 0xfff) j[at] = (value + 0x1000) | 0;
    // The hello or request sent again and again deserves a look even where an answer came in the end
    const detail = this.detail(record);
    if (
      detail instanceof Dialogue &&
      detail.clientLow === fromLow &&
      ((seq - detail.triggerEnd) | 0) < 0 &&
      ((seq - detail.triggerSeq) | 0) >= 0
    ) {
      detail.repeats++;
      if (detail.repeats >= 3) this.table.words[record * RECORD_WORDS + W.state]! |= S.notable;
    }
  }

  /** The note that #note gave overwrites an ordinary packet's. */
  #rolled = false;

  /** The journal entry this packet is to be written to, or -1. */
  #note(head: number, state: number, fromLow: boolean, flags: number, marks: number): number {
    const j = this.journal.words;
    const h = head * NOTE_WORDS;
    const kept = j[h + H.counts]! & 0xffff;
    const isOdd = (flags & (TCP_FLAG.syn | TCP_FLAG.fin | TCP_FLAG.rst)) !== 0 || (marks & MARK.overlapDiffers) !== 0;
    const follows = (state & (S.rstLow | S.rstHigh)) !== 0;
    const isSpecial =
      isOdd ||
      kept < FIRST_NOTES ||
      (follows && kept < AFTER_RESET_NOTES) ||
      ((state & S.answered) === 0 && kept < UNANSWERED_NOTES);
    this.#rolled = !isSpecial;
    if (isSpecial) {
      j[h + H.rollLow] = -1;
      j[h + H.rollHigh] = -1;
      return this.journal.append(head);
    }
    const rollAt = h + (fromLow ? H.rollLow : H.rollHigh);
    let note = j[rollAt]!;
    if (note < 0) {
      note = this.journal.append(head);
      j[rollAt] = note;
    }
    return note;
  }

  #write(
    note: number,
    row: number,
    fromLow: boolean,
    seq: number,
    ack: number,
    flags: number,
    length: number,
    marks: number,
    transport: number,
    headerLength: number,
  ): void {
    const c = this.#columns;
    const j = this.journal.words;
    const n = note * NOTE_WORDS;
    j[n + N.frame] = c.frame[row]!;
    this.journal.times[(n + N.time) >> 1] = c.time[row]!;
    j[n + N.seq] = seq;
    j[n + N.ack] = ack;
    j[n + N.lengthWindow] = (length > 0xffff ? 0xffff : length) | (c.view.getUint16(transport + 14) << 16);
    const tsval = this.#timestamp(row, transport, headerLength);
    j[n + N.header] =
      flags |
      (c.ttl[row]! << 12) |
      (((headerLength - 20) >> 2) << 20) |
      (fromLow ? 1 << 24 : 0) |
      (c.meta[row]! & META.df ? 1 << 25 : 0) |
      (tsval ? 1 << 26 : 0);
    j[n + N.tsval] = this.#tsval;
    j[n + N.duplicates] = 0;
    j[n + N.payload] = 0;
    const isReset = (flags & TCP_FLAG.rst) !== 0;
    j[n + N.identity] = ((c.ipId[row]! + 1) & 0x1ffff) | (marks << 17);
    if (isReset && length > 0 && this.heads.size < 4_096) {
      const start = transport + headerLength;
      this.heads.set(note, hex(c.bytes, start, Math.min(start + 16, c.end[row]!)));
    }
  }

  #tsval = 0;

  /** RFC 7323 §3.2. Leaves the value in #tsval. */
  #timestamp(row: number, transport: number, headerLength: number): boolean {
    const bytes = this.#columns.bytes;
    const end = Math.min(transport + headerLength, this.#columns.end[row]!);
    let at = transport + 20;
    for (let options = 0; options < 40 && at < end; options++) {
      const kind = bytes[at]!;
      if (kind === 0) return false;
      if (kind === 1) {
        at++;
        continue;
      }
      if (at + 1 >= end) return false;
      const length = bytes[at + 1]!;
      if (length < 2) return false;
      if (kind === 8 && length === 10 && at + 10 <= end) {
        this.#tsval = this.#columns.view.getInt32(at + 2);
        return true;
      }
      at += length;
    }
    return false;
  }

  /** Only for packets that are noted: summing every packet would cost more than all the rest. */
  #hasBadChecksum(row: number, transport: number): boolean {
    const c = this.#columns;
    const bytes = c.bytes;
    const ip = c.ip[row]!;
    const end = c.end[row]!;
    const length = end - transport;
    if (length > LARGEST_PACKET) return false;
    const v6 = (c.meta[row]! & META.v6) !== 0;
    // A routing header means that the destination in the header is not the last one (RFC 8200 §8.1)
    if (v6 && transport !== ip + 40) return false;
    let sum = length + (c.meta[row]! & 255);
    for (let at = ip + (v6 ? 8 : 12), stop = ip + (v6 ? 40 : 20); at < stop; at += 2)
      sum += (bytes[at]! << 8) | bytes[at + 1]!;
    let at = transport;
    for (; at + 1 < end; at += 2) sum += (bytes[at]! << 8) | bytes[at + 1]!;
    if (at < end) sum += bytes[at]! << 8;
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
    return sum !== 0xffff;
  }

  readonly #onDns = (
    bytes: Uint8Array,
    start: number,
    end: number,
    whole: boolean,
    frame: number,
    time: number,
  ): void => {
    this.dns.message(bytes, start, end, whole, this.#columns, this.#row, frame, time);
  };

  /** The first payload of a direction of a flow that names nothing yet. `base`: where its stream begins. */
  #firstPayload(
    record: number,
    row: number,
    fromLow: boolean,
    base: number,
    seq: number,
    start: number,
    end: number,
  ): void {
    const c = this.#columns;
    const w = record * RECORD_WORDS;
    const words = this.table.words;
    const state = words[w + W.state]!;
    const synOther = state & (fromLow ? S.synHigh | S.synAckLow : S.synLow | S.synAckHigh);
    // The server speaks first, or the client's side was not captured
    if (synOther !== 0) {
      if (this.#greetings.size < MAX_GREETINGS && isGreeting(c.bytes, start, end)) {
        const page = this.pages.open(this.flowId(record) * 2 + 2, seq);
        this.pages.extend(page, this.flowId(record) * 2 + 2, seq, c.bytes, start, end);
        this.#greetings.set(record, { page, fromLow });
      }
      return;
    }
    const kind = recognise(c.bytes, start, end, this.port(record, !fromLow));
    if (kind === 'unknown' && base === seq) {
      const isCut = (c.meta[row]! & META.cut) !== 0;
      if (!isCut && this.openings.size < MAX_OPENINGS) this.openings.set(record, payloadShape(c.bytes, start, end));
      return;
    }
    if (kind === 'tls' && end - start > 5 && c.bytes[start] === 0x16 && c.bytes[start + 5] !== 1) return;
    const offset = (seq - base) | 0;
    // A first segment out of order: followed until the beginning arrives
    if (kind === 'unknown' && (offset < 0 || offset > 8_192 || (state & (fromLow ? S.synLow : S.synHigh)) === 0))
      return;
    // A FIN that only a router saw has taken the number that the first byte has
    const dialogue = new Dialogue(kind, fromLow, offset < 0 ? seq : base);
    this.#keepDetail(record, dialogue);
    words[w + W.state]! |= fromLow ? S.requestLow : S.requestHigh;
    this.#dialogue(record, dialogue, fromLow, seq, start, end, (c.meta[row]! & META.cut) !== 0);
  }

  /** What a server that greeted goes on to say: the marks that it earns, as in a dialogue. */
  #plainSpeech(record: number, fromLow: boolean, seq: number, start: number, end: number): number {
    const greeting = this.#greetings.get(record);
    if (greeting === undefined || greeting.fromLow !== fromLow) return 0;
    const { bytes } = this.#columns;
    const owner = this.flowId(record) * 2 + 2;
    const differs = this.pages.differing(greeting.page, owner, seq, bytes, start, end) >= 8;
    this.pages.extend(greeting.page, owner, seq, bytes, start, end);
    if (!differs) return 0;
    this.table.words[record * RECORD_WORDS + W.state]! |= S.notable;
    return MARK.overlapDiffers;
  }

  /** Feeds the dialogue; the marks that the payload earns. */
  #dialogue(
    record: number,
    dialogue: Dialogue,
    fromLow: boolean,
    seq: number,
    start: number,
    end: number,
    cut: boolean,
  ): number {
    const c = this.#columns;
    const row = this.#row;
    const isClient = dialogue.clientLow === fromLow;
    const owner = this.flowId(record) * 2 + (isClient ? 1 : 2);
    let earned = 0;
    const page = isClient ? dialogue.clientPage : dialogue.serverPage;
    if (page >= 0) {
      // Sent again with other bytes: two senders, or a trick. Eight and more differ where it is not a probe's garbage.
      if (this.pages.differing(page, owner, seq, c.bytes, start, end) >= 8) {
        earned |= MARK.overlapDiffers;
        this.table.words[record * RECORD_WORDS + W.state]! |= S.notable;
      }
      this.pages.extend(page, owner, seq, c.bytes, start, end);
    } else {
      const opened = this.pages.open(owner, seq);
      this.pages.extend(opened, owner, seq, c.bytes, start, end);
      if (isClient) dialogue.clientPage = opened;
      else dialogue.serverPage = opened;
    }
    if (isClient ? dialogue.clientDone && dialogue.kind !== 'http' : dialogue.serverDone) {
      const base = isClient ? dialogue.clientBase : dialogue.serverBase;
      if (!isClient && dialogue.clientDone && dialogue.kind === 'tls' && ((seq - base) | 0) >= PAGE)
        this.table.words[record * RECORD_WORDS + W.state]! |= S.settled;
      return earned;
    }
    if (!isClient && !dialogue.serverSeen) {
      dialogue.serverSeen = true;
      dialogue.serverBase = dialogue.requests > 1 ? seq : this.#streamBase(record, fromLow, seq);
    }
    const base = isClient ? dialogue.clientBase : dialogue.serverBase;
    const segment = {
      offset: (seq - base) | 0,
      bytes: c.bytes,
      start,
      end,
      cut,
      frame: c.frame[row]!,
      time: c.time[row]!,
    };
    if (segment.offset < 0) return earned;
    if (isClient) {
      const hadHello = dialogue.hello !== null;
      const requests = dialogue.requests;
      dialogue.client(segment, this.#onDns);
      if (!hadHello && dialogue.hello !== null) this.tlsHellos++;
      if (dialogue.requests !== requests) {
        this.httpRequests++;
        // A further request is a further question: its silence or reset is to be noted again
        if (requests > 0) this.table.words[record * RECORD_WORDS + W.state]! &= ~S.answered;
      }
    } else {
      dialogue.server(segment, this.#onDns, this.#listed);
      // An alert in place of a ServerHello may not be the server's, whose own answer follows
      const { reply } = dialogue;
      if (reply !== null && reply.alerts.length > 0 && !reply.serverHello)
        this.table.words[record * RECORD_WORDS + W.state]! |= S.notable;
      // A page that somebody puts in place of the server's comes with its own end
      const fin = fromLow ? S.finLow : S.finHigh;
      if (
        reply?.interceptor != null ||
        (dialogue.kind === 'http' &&
          (reply?.page != null || (this.table.words[record * RECORD_WORDS + W.state]! & fin) !== 0))
      )
        this.table.words[record * RECORD_WORDS + W.state]! |= S.notable;
    }
    return earned;
  }

  /** Where the server's stream begins: behind its SYN-ACK where that was seen, else here. */
  #streamBase(record: number, fromLow: boolean, seq: number): number {
    const w = record * RECORD_WORDS;
    const words = this.table.words;
    if ((words[w + W.state]! & (fromLow ? S.synAckLow : S.synAckHigh)) === 0) return seq;
    const j = this.journal.words;
    for (
      let note = j[words[w + W.journal]! * NOTE_WORDS]!, i = 0;
      note >= 0 && i < 8;
      note = j[note * NOTE_WORDS]!, i++
    ) {
      const header = j[note * NOTE_WORDS + N.header]!;
      if (
        ((header >>> 24) & 1) === (fromLow ? 1 : 0) &&
        (header & (TCP_FLAG.syn | TCP_FLAG.ack)) === (TCP_FLAG.syn | TCP_FLAG.ack)
      ) {
        const base = (j[note * NOTE_WORDS + N.seq]! + 1) | 0;
        if (((seq - base) | 0) >= 0 && ((seq - base) | 0) < 1 << 20) return base;
      }
    }
    return seq;
  }

  // ---- UDP ----

  #udp(row: number): void {
    const c = this.#columns;
    const view = c.view;
    const at = c.transport[row]!;
    const meta = c.meta[row]!;
    const fromLow = (meta & META.fromLow) !== 0;
    const sourcePort = view.getUint16(at);
    const destinationPort = view.getUint16(at + 2);
    const isDns = sourcePort === 53 || destinationPort === 53;
    const end = c.end[row]!;
    const time = c.time[row]!;
    const ttl = c.ttl[row]!;

    let record = this.#find(row);
    if (record < 0) record = this.#insert(row, !isDns);
    const w = record * RECORD_WORDS;
    const words = this.table.words;
    const start = at + 8;
    const declared = view.getUint16(at + 4) - 8;
    const signature = Math.imul(
      (view.getInt32(at + 4) ^ Math.imul(record + 1, 0x9e3779b1)) + (fromLow ? 1 : 2),
      0x85ebca6b,
    );
    const mixed = signature ^ (signature >>> 15);
    const check = (c.ipId[row]! << 8) ^ (start + 4 <= end ? view.getInt32(start) : declared);
    this.countedForDuplicates++;
    if (this.#recent.copyOf(mixed, check, time, ttl) !== -2) {
      this.duplicates++;
      this.#sink.copied?.(c.frame[row]!);
      return;
    }
    this.#recent.remember(mixed, check, time, ttl, -1);
    words[w + W.lastTick] = Math.floor(time / (1e9 / TICKS_PER_SECOND)) | 0;
    const packetsAt = w + (fromLow ? W.packetsLow : W.packetsHigh);
    words[packetsAt]!++;
    // UDP numbers no bytes: the word of the next number counts them
    words[w + (fromLow ? W.nextLow : W.nextHigh)] = (words[w + (fromLow ? W.nextLow : W.nextHigh)]! + declared) | 0;
    if (isDns) {
      if (start < end)
        this.#onDns(
          c.bytes,
          start,
          Math.min(end, start + Math.max(0, declared)),
          end - start >= declared,
          c.frame[row]!,
          time,
        );
      return;
    }
    const head = words[w + W.journal]!;
    if (head < 0) return;
    // The first sender is the client
    if (words[w + W.packetsLow]! + words[w + W.packetsHigh]! === 1) {
      words[w + W.state]! |= fromLow ? S.requestLow : S.requestHigh;
      const tunnel = end - start >= declared ? datagramProtocol(c.bytes, start, end) : null;
      if (tunnel !== null && this.tunnels.size < MAX_OPENINGS) this.tunnels.set(record, tunnel);
    }
    let detail = this.detail(record);
    if (detail === null && words[packetsAt]! <= 4 && looksLikeQuic(c.bytes, start, end)) {
      detail = new QuicDialogue(fromLow);
      this.#keepDetail(record, detail);
    }
    if (detail instanceof QuicDialogue) {
      if (detail.datagram(c.bytes, start, end, (meta & META.cut) !== 0, fromLow)) this.quicInitials++;
    }
    if ((this.journal.words[head * NOTE_WORDS + H.counts]! & 0xffff) >= FIRST_NOTES * 2) return;
    const note = this.journal.append(head);
    if (note < 0) return;
    const j = this.journal.words;
    const n = note * NOTE_WORDS;
    j[n + N.frame] = c.frame[row]!;
    this.journal.times[(n + N.time) >> 1] = time;
    j[n + N.lengthWindow] = declared & 0xffff;
    j[n + N.header] = (ttl << 12) | (fromLow ? 1 << 24 : 0) | (meta & META.df ? 1 << 25 : 0);
    j[n + N.identity] = (c.ipId[row]! + 1) & 0x1ffff;
  }

  // ---- ICMP ----

  #icmp(row: number): void {
    const c = this.#columns;
    const v6 = (c.meta[row]! & META.v6) !== 0;
    const at = c.transport[row]!;
    const end = c.end[row]!;
    const type = c.bytes[at]!;
    const code = c.bytes[at + 1]!;
    const isRequest = v6 ? type === 128 : type === 8;
    if (isRequest || (v6 ? type === 129 : type === 0)) {
      const address = this.#addressOf(row, !isRequest);
      let ping = this.pings.get(address);
      if (ping === undefined) {
        if (this.pings.size >= MAX_PINGS) return;
        ping = { requests: 0, replies: 0, frames: [] };
        this.pings.set(address, ping);
      }
      if (isRequest) ping.requests++;
      else ping.replies++;
      if (ping.frames.length < 16) ping.frames.push(c.frame[row]!);
      return;
    }
    // Errors that quote what they are about: RFC 792, RFC 4443 §3
    const isError = v6 ? type >= 1 && type <= 4 : type === 3 || type === 11 || type === 12;
    if (!isError) return;
    const error = this.#quotedError(row, v6, type, code, at + 8, end);
    if (error === null) return;
    if (this.icmpErrors.length < MAX_ICMP) this.icmpErrors.push(error);
    const { source, destination, protocol } = error.quoted;
    if (protocol === PROTOCOL.udp && destination.port === 53) {
      this.dns.icmp(source, destination, error);
      return;
    }
    const record = this.#quotedFlow(row, v6, at + 8, end);
    if (record < 0) return;
    const id = this.flowId(record);
    if (id === 0) return;
    // Time exceeded answers a probe; it says nothing of the flow's fate
    if (v6 ? type !== 3 : type !== 11) this.table.words[record * RECORD_WORDS + W.state]! |= S.notable;
    const list = this.icmpByFlow.get(id);
    if (list === undefined) this.icmpByFlow.set(id, [error]);
    else if (list.length < 16) list.push(error);
  }

  #quotedError(row: number, v6: boolean, type: number, code: number, quote: number, end: number): IcmpError | null {
    const c = this.#columns;
    const { bytes, view } = c;
    const headerLength = v6 ? 40 : ((bytes[quote] ?? 0) & 15) << 2;
    if (end - quote < headerLength + 4 || headerLength < 20) return null;
    if (bytes[quote]! >> 4 !== (v6 ? 6 : 4)) return null;
    const ports = quote + headerLength;
    const addresses = quote + (v6 ? 8 : 12);
    const text = v6 ? ipv6Text : ipv4Text;
    const protocol = bytes[quote + (v6 ? 6 : 9)]!;
    const hasPorts = protocol === PROTOCOL.tcp || protocol === PROTOCOL.udp;
    const endpoint = (address: number, port: number): Endpoint => ({
      address: text(bytes, address),
      port: hasPorts ? view.getUint16(port) : 0,
    });
    return {
      frame: c.frame[row]!,
      time: c.time[row]!,
      v6,
      type,
      code,
      from: this.#addressOf(row, true),
      ttl: c.ttl[row]!,
      quoted: {
        protocol,
        source: endpoint(addresses, ports),
        destination: endpoint(addresses + (v6 ? 16 : 4), ports + 2),
        ttl: bytes[quote + (v6 ? 7 : 8)]!,
        ipId: v6 ? -1 : view.getUint16(quote + 4),
      },
    };
  }

  /** The live flow of the quoted packet, or -1. */
  #quotedFlow(row: number, v6: boolean, quote: number, end: number): number {
    const c = this.#columns;
    const { view, bytes } = c;
    const headerLength = v6 ? 40 : (bytes[quote]! & 15) << 2;
    const ports = quote + headerLength;
    if (end - ports < 4) return -1;
    const protocol = bytes[quote + (v6 ? 6 : 9)]!;
    const source = v6 ? this.#decoder.fold(view, quote + 8) : view.getInt32(quote + 12);
    const destination = v6 ? this.#decoder.fold(view, quote + 24) : view.getInt32(quote + 16);
    // The row is spent: its key columns serve for the quoted packet
    const ip = c.ip[row]!;
    this.#decoder.key(
      c,
      row,
      protocol | (v6 ? META.v6 : 0),
      source,
      destination,
      view.getUint16(ports),
      view.getUint16(ports + 2),
    );
    c.ip[row] = quote;
    this.#candidates[row] = -1;
    const record = this.#find(row);
    c.ip[row] = ip;
    return record;
  }
}
