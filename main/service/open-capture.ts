// One open capture: its worker, its state, and what it found so far, so that every listener can be told what changed
// since it was last told something, however long ago that was.

import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import type { Finding, Incident, Target } from '../../shared/contract/analysis.ts';
import type {
  AnalysisHead,
  CaptureState,
  CaptureUpdate,
  OpenCapture as OpenCaptureInfo,
  Progress,
} from '../../shared/contract/service.ts';
import { type JobSide, jobSide } from '../comparison/compare-files.ts';
import {
  type CaptureJob,
  CONTROL,
  type FromWorker,
  type ListChange,
  type LiveAction,
  type LiveNews,
  MAX_ITEMS,
  type ToWorker,
} from '../engine/capture-job.ts';
import type { QueryName, ReportInput } from '../engine/capture-queries.ts';
import type { ImportedList } from '../enrich/list-index.ts';
import type { ReportJob } from '../report/report-job.ts';
import { ServiceFailure } from './failures.ts';
import { type LiveSource, LiveTold } from './live-status.ts';
import { ReportMaker } from './report-maker.ts';

/** Of a worker's heap: what is allocated for each flow dies young or lives long. */
const YOUNG_GENERATION_MB = 24;
/**
 * The less there may be, the less garbage stands between two full collections: below 2 GB twice what lives, above it four
 * times. A live capture judges the same again and again for days, and what it keeps is bounded far below this.
 */
const OLD_GENERATION_MB = 2_000;
const LIVE_OLD_GENERATION_MB = 1_000;
const HASH_CHUNK = 1_048_576;
/** Versions of which the size is remembered; what a listener missed before comes at once. */
const MAX_SIZES = 1_024;
/** A live capture that is closed has this long to write what it still has. */
const PATIENCE_MS = 4_000;

export interface CaptureSource {
  readonly path: string;
  readonly name: string;
  readonly kind: OpenCaptureInfo['kind'];
  /** Where a copy of a compressed capture, or a recording that nobody keeps, may lie. */
  readonly spool: string;
  readonly live?: LiveSource;
  /** Imported lists that it is analyzed with. */
  readonly lists: readonly ImportedList[];
}

/** Items by id, each with the version at which it last changed. */
class VersionedList<T extends { readonly id: string }> {
  readonly #items = new Map<string, { readonly item: T; readonly at: number }>();
  readonly #removed = new Map<string, number>();
  #order: readonly string[] = [];
  #changed = 0;

  take(change: ListChange, version: number): void {
    for (const item of change.set as readonly T[]) {
      this.#items.set(item.id, { item, at: version });
      this.#removed.delete(item.id);
    }
    const kept = new Set(change.order);
    for (const id of this.#items.keys()) {
      if (kept.has(id)) continue;
      this.#items.delete(id);
      this.#removed.set(id, version);
    }
    this.#order = change.order;
    this.#changed = version;
  }

  since(version: number, upTo: number): { set: T[]; removed: string[]; order: string[] } | undefined {
    if (this.#changed <= version) return undefined;
    const set: T[] = [];
    for (const { item, at } of this.#items.values()) if (at > version && at <= upTo) set.push(item);
    const removed = version === 0 ? [] : [...this.#removed].filter(([, at]) => at > version).map(([id]) => id);
    return { set, removed, order: [...this.#order] };
  }
}

interface Waiting {
  readonly done: (result: unknown) => void;
  readonly failed: (error: ServiceFailure) => void;
}

export class OpenCapture {
  readonly id = randomUUID();
  readonly source: CaptureSource;
  state: CaptureState = 'waiting';
  progress: Progress = { bytesRead: 0, bytesTotal: null, packets: 0, flows: 0, reached: 0, elapsed: 0 };
  /** Raised with everything that is told. */
  version = 1;
  readonly #control = new Int32Array(new SharedArrayBuffer(4));
  readonly #findings = new VersionedList<Finding>();
  readonly #incidents = new VersionedList<Incident>();
  readonly #targets = new VersionedList<Target>();
  #head: AnalysisHead | null = null;
  #headAt = 0;
  /** How many items changed at a version, of the latest at which any did. */
  readonly #sizes = new Map<number, number>();
  /** Of the file, once it is done. */
  sha256: string | null = null;
  #reports: ReportMaker | null = null;
  #worker: Worker | null = null;
  readonly #hashing = new AbortController();
  #hash: Promise<string | null> = Promise.resolve(null);
  /** What only a live capture has. */
  readonly live: LiveTold | null;
  /** Helpers that were started for the worker. */
  readonly #forks = new Map<number, { kill(): void }>();
  #onEnded: () => void = () => {};
  readonly #ended = new Promise<void>((resolve) => {
    this.#onEnded = resolve;
  });
  readonly #waiting = new Map<number, Waiting>();
  #queries = 0;
  #isClosed = false;
  #begin: () => void = () => {};
  /** Its turn has come, or it was closed before. */
  readonly #started = new Promise<void>((resolve) => {
    this.#begin = resolve;
  });
  /** Something is to be told; with `state` also to those who watch the list of captures. */
  readonly #onChange: (what: 'state' | 'progress' | 'analysis') => void;

  constructor(source: CaptureSource, onChange: (what: 'state' | 'progress' | 'analysis') => void) {
    this.source = source;
    this.live = source.live === undefined ? null : new LiveTold(this.id, source.live);
    this.#onChange = onChange;
  }

  get info(): OpenCaptureInfo {
    const { name, kind } = this.source;
    return { capture: this.id, name, kind, state: this.state, progress: this.progress };
  }

  get isReading(): boolean {
    return this.state === 'reading' || (this.state === 'paused' && this.#worker !== null);
  }

  start(): void {
    const job: CaptureJob = {
      path: this.source.path,
      name: this.source.name,
      spool: this.source.spool,
      options: { lists: this.source.lists },
      control: this.#control,
    };
    const program = this.live === null ? '../engine/capture-worker.js' : '../engine/live-worker.js';
    // Without execArgv the worker inherits flags such as --input-type, and dies of them
    const worker = new Worker(new URL(program, import.meta.url), {
      execArgv: [],
      workerData: this.live === null ? job : { ...this.live.source.job, options: job.options },
      resourceLimits: {
        maxYoungGenerationSizeMb: YOUNG_GENERATION_MB,
        maxOldGenerationSizeMb: this.live === null ? OLD_GENERATION_MB : LIVE_OLD_GENERATION_MB,
      },
    });
    this.#worker = worker;
    worker.on('message', (message: FromWorker) => this.#on(message));
    worker.on('error', () => this.#died());
    worker.on('exit', () => this.#died());
    if (this.live === null) this.#hash = sha256Of(this.source.path, this.#hashing.signal);
    this.#begin();
    this.#become('reading');
  }

  pause(): void {
    if (this.live !== null) {
      this.#act('pause');
      return;
    }
    if (this.state !== 'reading' && this.state !== 'waiting') return;
    Atomics.store(this.#control, 0, CONTROL.pause);
    this.#become('paused');
  }

  resume(): void {
    if (this.live !== null) {
      this.#act('resume');
      return;
    }
    if (this.state !== 'paused') return;
    Atomics.store(this.#control, 0, CONTROL.run);
    this.#become(this.#worker === null ? 'waiting' : 'reading');
  }

  /** What was found so far is kept; of a live capture it is all that there is. */
  cancel(): void {
    if (this.live !== null) {
      this.#act('stop');
      return;
    }
    if (this.state !== 'reading' && this.state !== 'paused' && this.state !== 'waiting') return;
    Atomics.store(this.#control, 0, CONTROL.cancel);
    this.#hashing.abort();
    if (this.#worker === null) this.start();
    else if (this.state === 'paused') this.#become('reading');
  }

  #act(action: LiveAction): void {
    this.#worker?.postMessage({ type: 'live', action } satisfies ToWorker);
  }

  async close(): Promise<void> {
    if (this.live?.status.header && this.isReading) {
      this.#act('stop');
      await Promise.race([this.#ended, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS).unref())]);
    }
    this.#isClosed = true;
    await this.#reports?.close();
    Atomics.store(this.#control, 0, CONTROL.cancel);
    this.#hashing.abort();
    this.#fail('unknown-capture');
    this.#begin();
    await this.#worker?.terminate();
    this.#worker = null;
    this.#killForks();
  }

  async query(name: QueryName, params: unknown, signal: AbortSignal): Promise<unknown> {
    // A capture that waits for its turn answers when it has come
    if (this.#worker === null && this.state !== 'gone') await this.#started;
    if (this.state === 'gone') throw new ServiceFailure('engine-gone');
    const worker = this.#worker;
    if (worker === null || this.#isClosed) throw new ServiceFailure('unknown-capture');
    const id = ++this.#queries;
    const send = (message: ToWorker): void => worker.postMessage(message);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => send({ type: 'cancel', id });
      signal.addEventListener('abort', onAbort, { once: true });
      const settled = (): void => {
        this.#waiting.delete(id);
        signal.removeEventListener('abort', onAbort);
      };
      this.#waiting.set(id, {
        done: (result) => {
          settled();
          resolve(result);
        },
        failed: (error) => {
          settled();
          reject(error);
        },
      });
      send({ type: 'query', id, name, params });
    });
  }

  /** Reports are made of what was read to its end, from a file that can be read again. */
  get reports(): ReportMaker {
    if (this.state === 'gone') throw new ServiceFailure('engine-gone');
    if (this.state !== 'done' && this.state !== 'cancelled') throw new ServiceFailure('still-reading');
    this.#reports ??= new ReportMaker(() => this.#reportJob());
    return this.#reports;
  }

  /** The file of a capture that was read to its end, for those who read it again from its beginning. */
  async #file(): Promise<string> {
    const path = this.live === null ? this.source.path : this.live.whole;
    const isFile = await stat(path).then(
      (stats) => stats.isFile(),
      () => false,
    );
    if (!isFile) throw new ServiceFailure('no-longer-available');
    return path;
  }

  /** What a comparison with another capture needs of this one. */
  async comparisonSide(): Promise<JobSide> {
    if (this.state === 'gone') throw new ServiceFailure('engine-gone');
    if (this.state !== 'done' && this.state !== 'cancelled') throw new ServiceFailure('still-reading');
    const path = await this.#file();
    const { analysis } = (await this.query('report.input', {}, new AbortController().signal)) as ReportInput;
    return jobSide(path, analysis);
  }

  async #reportJob(): Promise<ReportJob> {
    const { name } = this.source;
    const path = await this.#file();
    const input = (await this.query('report.input', {}, new AbortController().signal)) as ReportInput;
    const { analysis, ladders } = input;
    const hashed = { ...analysis, capture: { ...analysis.capture, sha256: this.sha256 ?? analysis.capture.sha256 } };
    return { path, name, analyzed: { analysis: hashed, ladders } };
  }

  /**
   * What changed after `version`, everything after version 0: as much as makes a message that is soon taken, and up to
   * which version that is. Whoever was not told all is told of a capture that is still being read.
   */
  update(version: number, sequence: number): { update: CaptureUpdate; upTo: number } {
    const upTo = this.#upTo(version);
    const findings = this.#findings.since(version, upTo);
    const incidents = this.#incidents.since(version, upTo);
    const targets = this.#targets.since(version, upTo);
    const update = {
      capture: this.id,
      sequence,
      full: version === 0,
      state: upTo < this.version && (this.state === 'done' || this.state === 'cancelled') ? 'reading' : this.state,
      progress: this.progress,
      ...(this.#head !== null && this.#headAt > version && this.#headAt <= upTo ? { head: this.#head } : {}),
      ...(findings === undefined ? {} : { findings }),
      ...(incidents === undefined ? {} : { incidents }),
      ...(targets === undefined ? {} : { targets }),
    } satisfies CaptureUpdate;
    return { update, upTo };
  }

  #upTo(version: number): number {
    let items = 0;
    for (const [at, count] of this.#sizes) {
      if (at <= version) continue;
      if (items > 0 && items + count > MAX_ITEMS) return at - 1;
      items += count;
    }
    return this.version;
  }

  #on(message: FromWorker): void {
    if (this.#isClosed) return;
    switch (message.type) {
      case 'progress':
        this.progress = message.progress;
        this.#changed('progress');
        return;
      case 'judged': {
        const { head, findings, incidents, targets } = message.judged;
        const version = ++this.version;
        if (head !== null) {
          this.#head = head;
          this.#headAt = version;
        }
        if (findings !== null) this.#findings.take(findings, version);
        if (incidents !== null) this.#incidents.take(incidents, version);
        if (targets !== null) this.#targets.take(targets, version);
        const items = [findings, incidents, targets].reduce((sum, change) => sum + (change?.set.length ?? 0), 0);
        if (items > 0) this.#sizes.set(version, items);
        for (const oldest of this.#sizes.keys()) {
          if (this.#sizes.size <= MAX_SIZES) break;
          this.#sizes.delete(oldest);
        }
        this.#onChange('analysis');
        return;
      }
      case 'ended':
        this.progress = message.progress;
        this.#onEnded();
        void this.#finish(message.cancelled, message.sha256);
        return;
      case 'live':
        this.#news(message.live);
        return;
      case 'fork':
        this.#fork(message);
        return;
      case 'fork-kill':
        this.#forks.get(message.fork)?.kill();
        return;
      case 'answer':
        this.#waiting.get(message.id)?.done(message.result);
        return;
      case 'failed':
        this.#waiting.get(message.id)?.failed(new ServiceFailure(message.code, message.params));
    }
  }

  #news(news: LiveNews): void {
    this.live!.take(news);
    // The end is told when the last judgement is, and of one that nobody captured nothing is
    if (news.state === 'paused' || (news.state === 'starting' && this.state === 'paused'))
      this.#become(news.state === 'paused' ? 'paused' : 'reading');
    else this.#onChange('progress');
  }

  #fork({ fork, script, args }: Extract<FromWorker, { type: 'fork' }>): void {
    const ended = (code: number | null, words: string): void => {
      this.#forks.delete(fork);
      this.#worker?.postMessage({ type: 'fork-ended', fork, code, words } satisfies ToWorker);
    };
    this.#forks.set(fork, this.live!.source.launch!(script, args, ended));
  }

  #killForks(): void {
    for (const fork of this.#forks.values()) fork.kill();
    this.#forks.clear();
  }

  /** The hash is part of the result: it is done when both are. */
  async #finish(cancelled: boolean, ofPipe: string | null): Promise<void> {
    if (cancelled) this.#hashing.abort();
    if (this.live !== null) this.#hash = this.#hashOfLive(this.live);
    this.sha256 = ofPipe ?? (await this.#hash);
    if (this.#isClosed || this.state === 'gone') return;
    if (this.#head !== null && this.sha256 !== null) {
      this.#head = { ...this.#head, capture: { ...this.#head.capture, sha256: this.sha256 } };
      this.#headAt = ++this.version;
    }
    this.#become(cancelled ? 'cancelled' : 'done');
  }

  /** Null where no file has all of it. */
  async #hashOfLive(live: LiveTold): Promise<string | null> {
    try {
      return await sha256Of(live.whole, this.#hashing.signal);
    } catch (error) {
      if (error instanceof ServiceFailure) return null;
      throw error;
    }
  }

  #died(): void {
    if (this.#isClosed || this.state === 'gone') return;
    this.#worker = null;
    this.#onEnded();
    this.#killForks();
    this.live?.died();
    this.#hashing.abort();
    this.#fail('engine-gone');
    this.#become('gone');
  }

  #fail(code: 'engine-gone' | 'unknown-capture'): void {
    for (const { failed } of [...this.#waiting.values()]) failed(new ServiceFailure(code));
  }

  #become(state: CaptureState): void {
    this.state = state;
    this.#changed('state');
  }

  #changed(what: 'state' | 'progress'): void {
    this.version++;
    this.#onChange(what);
  }
}

/** Of the file as it is on disk; null where it cannot be read to its end. A pipe can be read once only, by the worker. */
async function sha256Of(path: string, signal: AbortSignal): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    if (!(await stat(path)).isFile()) return null;
    for await (const chunk of createReadStream(path, { highWaterMark: HASH_CHUNK, signal }))
      hash.update(chunk as Buffer);
    return hash.digest('hex');
  } catch {
    return null;
  }
}
