// The stages joined: bytes are pushed in, capture time is told, and at any moment the evidence can be judged. Reads no
// clock, and gives the same result however the bytes were cut.

import type { FrameBatch } from '../capture-file/frames.ts';
import { CaptureReader } from '../capture-file/reader.ts';
import { USER_TIMES } from '../capture-file/writer.ts';
import type { Draft } from '../detect/detector.ts';
import { DETECTORS } from '../detect/registry.ts';
import { type ImportedList, type ListIndex, listIndexOf } from '../enrich/list-index.ts';
import { Fragments, type Reassembled } from '../flow/fragments.ts';
import { Tracker } from '../flow/tracker.ts';
import { composeAnalysis, type ErrorItem, type Report } from '../incident/compose.ts';
import type { ClockBase } from '../incident/findings.ts';
import { FindingHistory } from '../incident/history.ts';
import { type CaptureConditions, Observer } from '../observe/observer.ts';
import { linkTypeName, META, PacketColumns, PacketDecoder, ROWS } from '../wire/packet.ts';
import type { Catalog } from './catalog.ts';
import { checkedTechniques, qualityOf, unreadable } from './quality.ts';
import { SettledDrafts } from './settled-drafts.ts';
import { VERSION } from './version.ts';

/** Live flows kept unless told otherwise. */
export const DEFAULT_MAX_FLOWS = 262_144;
/** A step back in time by more than this makes judgement by timing unsound, nanoseconds. */
const CLOCK_STEP = 10e6;
/** Twenty years in seconds. Captures that were merged lie years apart; a leap further than this is a clock set anew. */
const MAX_SPAN = 631_152_000;
/** Layers of one packet that were cut into fragments each. */
const MAX_PIECES = 4;
/** Leaps of the clock that are told apart; a capture with more has no times worth telling. */
const MAX_LEAPS = 256;

export interface EngineOptions {
  readonly maxFlows?: number;
  /** Addresses of the capturing side, as the user declared them. */
  readonly local?: readonly string[];
  /** What the user said of the vantage: `role` (client, server, path), `network`, `country`. */
  readonly vantage?: Readonly<Record<string, string>>;
  /** Lists that the user imported; without them a result depends on the capture alone. */
  readonly lists?: readonly ImportedList[];
  /** The capture may run for days: each judgement makes room for what comes, the oldest goes first. */
  readonly isLive?: boolean;
  /** Seed of the hash of flows, 32 bits; random unless a test fixes it. The result does not depend on it. */
  readonly seed?: number;
}

export type EndReason = 'end-of-capture' | 'cancelled' | 'read-error';

/** What only the source of the bytes knows. */
export interface SourceFacts {
  readonly path: string;
  readonly sha256: string | null;
  readonly compression: 'gzip' | 'zstd' | null;
  readonly error: ErrorItem | null;
  /** A compressed source ended too early; what it held was fed. */
  readonly truncated: boolean;
}

export class Engine {
  readonly #reader: CaptureReader;
  readonly #columns = new PacketColumns();
  readonly #decoder: PacketDecoder;
  readonly #observer = new Observer();
  readonly #tracker: Tracker;
  readonly #fragments = new Fragments();
  readonly #options: EngineOptions;
  readonly #lists: ListIndex | null;
  #baseSecond = Number.NaN;
  readonly #clock: ClockBase[] = [];
  #previous = 0;
  #cutFrames = 0;
  #backwardSteps = 0;
  #lastFrame = 0;
  #ended: EndReason | null = null;
  readonly #history = new FindingHistory();
  readonly #settled = new SettledDrafts();
  /** Things let go to make room. */
  #letGo = 0;

  readonly #catalog: Catalog | null;

  /** `catalog` keeps what tables and the timeline show; the command line has none. */
  constructor(options: EngineOptions = {}, catalog: Catalog | null = null) {
    this.#options = options;
    this.#catalog = catalog;
    this.#lists = options.lists === undefined || options.lists.length === 0 ? null : listIndexOf(options.lists);
    const seed = options.seed ?? Math.floor(Math.random() * 2 ** 32);
    this.#decoder = new PacketDecoder(seed);
    this.#tracker = new Tracker({
      maxFlows: options.maxFlows ?? DEFAULT_MAX_FLOWS,
      decoder: this.#decoder,
      columns: this.#columns,
      sink: catalog === null ? this.#observer : catalog.beside(this.#observer),
      listed: this.#lists?.pages ?? null,
    });
    this.#observer.tracker = this.#tracker;
    this.#reader = new CaptureReader({
      frames: (batch) => this.#frames(batch),
      section: () => this.#tracker.interrupt(),
      reached: (seconds) => this.advance(seconds),
    });
    const { reader, tracker } = { reader: this.#reader, tracker: this.#tracker };
    catalog?.attach({ tracker, reader, clock: this.#clock, seed, imported: this.#lists });
  }

  /** Takes further bytes of the capture; they may be reused when the call returns. */
  feed(chunk: Uint8Array, start = 0, end = chunk.length): void {
    this.#catalog?.mark();
    this.#reader.feed(chunk, start, end);
  }

  /** Capture time goes on although no packet comes: seconds since the epoch. Silences ripen by this. */
  advance(seconds: number): void {
    if (Number.isNaN(this.#baseSecond)) return;
    const time = (seconds - this.#baseSecond) * 1e9;
    if (time > this.#tracker.now) this.#tracker.now = time;
  }

  /** Nothing more will come. */
  end(reason: EndReason = 'end-of-capture'): void {
    if (this.#ended !== null) return;
    if (reason !== 'cancelled') this.#reader.end();
    this.#ended = reason;
    this.#tracker.finish();
  }

  get packets(): number {
    return this.#reader.packets;
  }

  /** Reading met something that cannot be passed over; nothing more will be taken. */
  get failed(): boolean {
    return this.#reader.error !== null;
  }

  #frames(batch: FrameBatch): void {
    const columns = this.#columns;
    const interfaces = this.#reader.interfaces;
    this.#catalog?.frames(batch);
    if (Number.isNaN(this.#baseSecond)) {
      this.#baseSecond = batch.seconds[0]!;
      this.#clock.push({ from: 0, baseSecond: this.#baseSecond });
    }
    let base = this.#baseSecond;
    columns.bytes = batch.bytes;
    columns.view = batch.view;
    columns.count = 0;
    for (let i = 0; i < batch.count; i++) {
      const seconds = batch.seconds[i]!;
      if (Math.abs(seconds - base) > MAX_SPAN && seconds !== 0) {
        // The clock was set meanwhile, or frames without a time came first: this one follows the one before it
        base = seconds - Math.floor(this.#previous / 1e9);
        this.#baseSecond = base;
        if (this.#clock.length < MAX_LEAPS)
          this.#clock.push({ from: Math.floor(this.#previous / 1e9) * 1e9, baseSecond: base });
        this.#backwardSteps++;
      }
      // A simple packet block has no time: it stands where the frame before it stood
      const time = seconds === 0 && base !== 0 ? this.#previous : (seconds - base) * 1e9 + batch.nanos[i]!;
      if (time < this.#previous - CLOCK_STEP) this.#backwardSteps++;
      this.#previous = time;
      const start = batch.offset[i]!;
      const captured = batch.captured[i]!;
      const original = batch.original[i]!;
      if (captured < original) this.#cutFrames++;
      this.#lastFrame = batch.number[i]!;
      let taken = this.#decoder.decode(
        columns,
        start,
        start + captured,
        original,
        interfaces[batch.iface[i]!]!.linkType,
      );
      for (;;) {
        if (taken) {
          const row = columns.count;
          columns.time[row] = time;
          columns.frame[row] = batch.number[i]!;
          if ((columns.meta[row]! & (META.fragment | META.sentAgain)) === META.fragment) this.#fragment(batch, row);
          else columns.count++;
        }
        // A frame of a radio may hold several packets, so that there are more of them than frames
        if (!this.#decoder.more) break;
        if (columns.count === ROWS) this.#track(columns);
        taken = this.#decoder.next(columns);
      }
      if (columns.count === ROWS) this.#track(columns);
    }
    this.#track(columns);
  }

  /** Takes the rows that there are. */
  #track(columns: PacketColumns): void {
    if (columns.count > 0) this.#tracker.batch(columns);
    columns.count = 0;
  }

  /** Packets before it first, in order; then the datagram that the fragment completes, if it does. */
  #fragment(batch: FrameBatch, row: number): void {
    const columns = this.#columns;
    const meta = columns.meta[row]!;
    const time = columns.time[row]!;
    const frame = columns.frame[row]!;
    const v6 = (meta & META.v6) !== 0;
    let whole = this.#fragments.add(
      columns.bytes,
      columns.ip[row]!,
      columns.transport[row]!,
      columns.end[row]!,
      v6,
      (meta & META.cut) !== 0,
      time,
    );
    if (whole === null) return;
    this.#track(columns);
    // A datagram that was put together may be a tunnel's, and what it carries a fragment again
    for (let pieces = 0; whole !== null && pieces < MAX_PIECES; pieces++) whole = this.#reassembled(whole, frame, time);
    columns.bytes = batch.bytes;
    columns.view = batch.view;
    columns.count = 0;
  }

  /** Follows a datagram that was put together; what it completes where it is a fragment itself. */
  #reassembled({ bytes }: Reassembled, frame: number, time: number): Reassembled | null {
    const columns = this.#columns;
    columns.bytes = bytes;
    columns.view = new DataView(bytes.buffer);
    columns.count = 0;
    const read =
      bytes[0]! >> 4 === 6
        ? this.#decoder.ipv6(columns, 0, bytes.length, 0)
        : this.#decoder.ipv4(columns, 0, bytes.length, 0);
    if (!read) return null;
    const meta = columns.meta[0]!;
    if (meta & META.fragment) {
      const [ip, transport, end] = [columns.ip[0]!, columns.transport[0]!, columns.end[0]!];
      return this.#fragments.add(bytes, ip, transport, end, (meta & META.v6) !== 0, (meta & META.cut) !== 0, time);
    }
    columns.time[0] = time;
    columns.frame[0] = frame;
    columns.count = 1;
    this.#tracker.batch(columns);
    return null;
  }

  #conditions(): CaptureConditions {
    let drops = 0;
    // A damaged block can claim more than a number holds exactly
    for (const { dropped } of this.#reader.interfaces)
      drops = Math.min(Number.MAX_SAFE_INTEGER, drops + (dropped ?? 0));
    const role = this.#options.vantage?.role;
    return {
      drops,
      clockUnsound: this.#backwardSteps > 0 || this.#hasUserTimes(),
      cutFrames: this.#cutFrames,
      declaredLocal: this.#options.local ?? [],
      declaredRole: role === 'client' || role === 'server' || role === 'path' ? role : null,
      ...(this.#lists === null ? {} : { imported: this.#lists }),
    };
  }

  #hasUserTimes(): boolean {
    return this.#reader.comments.some(({ of, text }) => of === 'interface' && text === USER_TIMES);
  }

  /** The evidence as it stands, judged: repeatable at any moment, and final once the capture has ended. */
  judge(source: SourceFacts): Report {
    const reader = this.#reader;
    const tracker = this.#tracker;
    const conditions = this.#conditions();
    const { passedOver } = this.#decoder;
    let judged: readonly Draft[] = [];
    const report = this.#observer.judge(this.#ended !== null, conditions, (base) => {
      const found: Draft[] = [];
      for (const detector of DETECTORS) found.push(...detector.detect(base, found));
      const drafts = this.#settled.with(found);
      judged = drafts;
      const linkTypes = [...new Set(reader.interfaces.map(({ linkType }) => linkTypeName(linkType)))];
      const complete = this.#ended === 'end-of-capture' && source.error === null;
      return composeAnalysis({
        version: VERSION,
        capture: {
          path: source.path,
          sha256: source.sha256,
          format: reader.format,
          compression: source.compression,
          linkTypes,
          packets: reader.packets,
          bytes: reader.bytesOriginal,
          clock: this.#clock.length > 0 ? this.#clock : [{ from: 0, baseSecond: 0 }],
          firstTime: reader.firstTime,
          lastTime: reader.lastTime,
          complete: complete && reader.error === null,
          stoppedAt: this.#stoppedAt(source),
          declared: this.#options.vantage ?? {},
        },
        quality: qualityOf(base, {
          reader,
          userTimes: this.#hasUserTimes(),
          passedOver,
          followed: tracker.packets,
          backwardSteps: this.#backwardSteps,
          cutFrames: this.#cutFrames,
          offloaded: tracker.offloaded,
          duplicates: tracker.duplicates,
          sentAgain: tracker.sentAgain,
          evictedByCap: tracker.evictedByCap,
          withoutJournal: tracker.journal.refused,
          snapshotsDropped: this.#observer.droppedSnapshots,
          queriesRefused: tracker.dns.refused,
          letGo: this.#letGo,
          targetsForgotten: this.#observer.forgottenTargets,
          midStream: this.#observer.midStream,
          compressedTruncated: source.truncated,
        }),
        error: source.error ?? readerError(reader),
        coverage: {
          flows: tracker.tcpFlows + tracker.udpFlows,
          tcp: tracker.tcpFlows,
          udp: tracker.udpFlows,
          tlsHellos: tracker.tlsHellos,
          dnsQueries: tracker.dns.queries,
          quicInitials: tracker.quicInitials,
          httpRequests: tracker.httpRequests,
        },
        checked: checkedTechniques(base, unreadable({ reader, passedOver, followed: tracker.packets })),
        lists: this.#lists?.facts ?? [],
        base,
        drafts,
        history: this.#history,
      });
    });
    if (this.#options.isLive === true && this.#ended === null) this.#makeRoom(judged);
    return report;
  }

  /** The oldest goes where little room is left for what comes. A finding that loses evidence by that stays as it was said. */
  #makeRoom(drafts: readonly Draft[]): void {
    const { cited, gone, settle } = this.#settled.around(drafts);
    this.#letGo += this.#observer.makeRoom(cited, gone);
    for (const key of settle()) this.#history.forget(key);
  }

  #stoppedAt(source: SourceFacts): { frame: number; reason: string } | null {
    if (this.#ended === 'cancelled') return { frame: this.#lastFrame, reason: 'cancelled' };
    if (source.error !== null || this.#reader.error !== null) return { frame: this.#lastFrame, reason: 'error' };
    return null;
  }
}

function readerError(reader: CaptureReader): ErrorItem | null {
  const error = reader.error;
  return error === null ? null : { code: error.code, params: error.params, offset: error.offset };
}
