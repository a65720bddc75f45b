// One live capture from its start to its end: helpers, the engine they feed, the file, limits, and what goes wrong.
// Everything that it tells goes to one listener.

import type {
  BackendName,
  LiveError,
  LiveHeader,
  LiveNotice,
  LiveNoticeKind,
  LiveState,
  PermissionStep,
} from '../../shared/domain/live.ts';
import { needsPermission, permissionSteps } from '../../shared/domain/permission.ts';
import type { Params } from '../../shared/domain/statements.ts';
import { ALL_BACKENDS } from './backends.ts';
import { Helper, type HelperEnd, type Launch, LaunchedHelper, type RunningHelper } from './helper.ts';
import { mayCapture } from './interfaces.ts';
import { Recording, type RecordingOptions } from './recording.ts';
import { type Backend, errorOf, type SourceOptions } from './source.ts';
import { BlockStream } from './stream.ts';

const TICK_MS = 200;
/** Capture time follows the clock by this much: what helpers gather before they write it (dumpcap up to 300 ms). */
const LAG_S = 0.5;
/**
 * Judging takes a twentieth of the time, and happens at most this often. Where what is found would be told later than
 * within PROMPT_MS it may take more, a fifth at most.
 */
const JUDGE_MS = 500;
const JUDGE_SHARE = 20;
const PROMPT_MS = 1_200;
const MOST_SHARE = 5;
/** A tick that comes later than this found the program busy: packets wait to be read, and the clock must not overtake them. */
const LATE_MS = 400;
/** The pipe was full this lately: packets wait behind it. */
const BUSY_MS = 300;
const FULL_CHUNK = 65_536;
/** The clock of the day ran ahead of the one that only counts by this much, or nothing ran at all: the machine slept. */
const SLEPT_MS = 5_000;
const START_MS = 10_000;
const RETRY_MS = 1_000;
const DROPS_MS = 2_000;
/** A helper that ends more often than this in a minute is not started again. */
const MAX_RESTARTS = 5;
const RESTARTS_WITHIN_MS = 60_000;

/** What the engine must be able to do; `Report` is whatever it reports. */
export interface LiveEngine<Report> {
  /** It met something that it cannot pass over, and takes nothing more. */
  readonly failed: boolean;
  feed(chunk: Uint8Array): void;
  advance(seconds: number): void;
  end(): void;
  judge(path: string): Report;
}

export interface LiveOptions extends SourceOptions {
  /** Only this one is tried; null: all in their order. */
  readonly backend: BackendName | null;
  readonly recording: RecordingOptions | null;
  readonly limits: { readonly seconds: number | null; readonly bytes: number | null; readonly packets: number | null };
}

export interface LiveCounters {
  readonly packets: number;
  /** Of the capture, as it is or would be in a file. */
  readonly bytes: number;
  /** Null: the helper cannot tell, or not yet. */
  readonly drops: number | null;
  readonly seconds: number;
  readonly recordedBytes: number;
  readonly files: readonly string[];
}

export interface LiveListener<Report> {
  state?(state: LiveState): void;
  /** `tried`: why those that would come before it do not capture. */
  header?(header: LiveHeader, tried: readonly LiveError[]): void;
  counters?(counters: LiveCounters): void;
  /** `isFinal`: nothing more will come. */
  report?(report: Report, isFinal: boolean): void;
  notice?(notice: LiveNotice): void;
  /** No helper captures; each one's own error, and what gives permission where that is what is missing. */
  failed?(errors: readonly LiveError[], steps: readonly PermissionStep[]): void;
}

interface Running {
  readonly backend: Backend;
  readonly helper: RunningHelper;
  readonly stream: BlockStream;
  /** The helper described its interface: it captures. */
  hasBegun: boolean;
  timer: NodeJS.Timeout | undefined;
}

export class LiveSession<Report> {
  readonly #options: LiveOptions;
  readonly #engine: LiveEngine<Report>;
  readonly #listener: LiveListener<Report>;
  readonly #backends: readonly Backend[];
  readonly #launch: Launch | null;
  #state: LiveState = 'starting';
  #recording: Recording | null = null;
  #running: Running | null = null;
  #errors: LiveError[] = [];
  /** The one that captured; after it no other is tried. */
  #chosen: Backend | null = null;
  #header: LiveHeader | null = null;
  #drops: number | null = null;
  #toldDrops = 0;
  /** Of sections that ended. */
  #dropsBefore = 0;
  #lastDrops = Number.NEGATIVE_INFINITY;
  #bytes = 0;
  #packetsOfStream = 0;
  readonly #started = performance.now();
  /** Seconds since the epoch when performance.now() was 0. */
  #epoch = (Date.now() - performance.now()) / 1000;
  #lastTick = performance.now();
  #lastFull = Number.NEGATIVE_INFINITY;
  #lastLook = Number.NEGATIVE_INFINITY;
  /** Asked to end because its interface was switched off. */
  #leaving: Running | null = null;
  #reached = 0;
  #lastJudge = Number.NEGATIVE_INFINITY;
  #judgeCost = 0;
  /** Of the last two the lesser: the first one compiles, and any may wait for the processor. */
  #judgePace = 0;
  #ticker: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #restarts: number[] = [];
  readonly #done: Promise<void>;
  #finish: () => void = () => {};

  /**
   * Throws where the recording cannot be begun; everything later is told. `launch` starts helpers that are scripts, where
   * this process's own program does not run any.
   */
  constructor(
    options: LiveOptions,
    engine: LiveEngine<Report>,
    listener: LiveListener<Report>,
    backends: readonly Backend[] = ALL_BACKENDS,
    launch: Launch | null = null,
  ) {
    this.#launch = launch;
    this.#options = options;
    this.#engine = engine;
    this.#listener = listener;
    this.#backends = backends.filter(({ name }) => options.backend === null || name === options.backend);
    if (options.recording !== null) this.#recording = new Recording(options.recording, performance.now());
    this.#done = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  get state(): LiveState {
    return this.#state;
  }

  get header(): LiveHeader | null {
    return this.#header;
  }

  get counters(): LiveCounters {
    return {
      packets: this.#packetsOfStream,
      bytes: this.#bytes,
      drops: this.#knownDrops,
      seconds: (performance.now() - this.#started) / 1000,
      recordedBytes: this.#recording?.bytes ?? 0,
      files: this.#recording?.files ?? [],
    };
  }

  /** Of backends that do not capture, in the order in which they were tried. */
  get errors(): readonly LiveError[] {
    return this.#errors;
  }

  /** Null: nothing is recorded. */
  get recording(): Recording | null {
    return this.#recording;
  }

  /** Of the helper, for tests of faults. */
  get helperPid(): number | undefined {
    return this.#running?.helper.pid;
  }

  /** Null where the helper only knows that it lost some. */
  get #knownDrops(): number | null {
    return this.#chosen?.countsDrops === true ? this.#drops : null;
  }

  /** Resolves when the capture has ended, however. */
  run(): Promise<void> {
    this.#become('starting');
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
    this.#tryNext(0);
    return this.#done;
  }

  pause(): void {
    if (this.#state !== 'capturing' && this.#state !== 'waiting') return;
    this.#become('paused');
    clearTimeout(this.#retry);
    this.#running?.helper.stop();
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#become('starting');
    // The helper that was asked to end may not have ended yet; the next one starts when it has
    if (this.#running === null) this.#start(this.#chosen!);
  }

  stop(): void {
    if (this.#state === 'stopping' || this.#state === 'stopped' || this.#state === 'failed') return;
    this.#become('stopping');
    clearTimeout(this.#retry);
    if (this.#running === null) this.#end();
    else this.#running.helper.stop();
  }

  #become(state: LiveState): void {
    if (this.#state === state && state !== 'starting') return;
    this.#state = state;
    this.#listener.state?.(state);
  }

  #notice(kind: LiveNoticeKind, params: Params): void {
    this.#listener.notice?.({ kind, params });
  }

  // Helpers

  /** From this one on in their order, until one captures. */
  #tryNext(index: number): void {
    const backend = this.#backends[index];
    if (backend === undefined) {
      this.#fail();
      return;
    }
    if (!this.#start(backend)) {
      this.#errors.push({ backend: backend.name, code: 'not-installed', message: backend.missing });
      this.#tryNext(index + 1);
    }
  }

  #start(backend: Backend): boolean {
    const command = backend.command(this.#options);
    if (command === null) return false;
    const stream = new BlockStream({ blocks: (bytes) => this.#blocks(bytes) }, backend.tsSource === 'user');
    const { packets } = this.#options.limits;
    if (packets !== null) stream.remaining = packets - this.#packetsOfStream;
    const listener = {
      data: (chunk: Uint8Array) => this.#data(running, chunk),
      end: (end: HelperEnd) => this.#ended(running, end),
    };
    const { script } = command;
    const running: Running = {
      backend,
      stream,
      hasBegun: false,
      timer: undefined,
      helper:
        script === undefined || this.#launch === null
          ? new Helper(command, listener)
          : new LaunchedHelper(script, this.#launch, listener),
    };
    running.timer = setTimeout(() => running.helper.kill(), START_MS);
    this.#running = running;
    return true;
  }

  #data(running: Running, chunk: Uint8Array): void {
    const now = performance.now();
    if (chunk.length >= FULL_CHUNK) this.#lastFull = now;
    const { stream } = running;
    const before = stream.frames;
    stream.push(chunk);
    this.#packetsOfStream += stream.frames - before;
    if (!running.hasBegun && stream.head !== null) this.#begun(running);
    if (stream.dropped !== null) this.#drops = this.#dropsBefore + stream.dropped;
    if (stream.broken) running.helper.kill();
    if (this.#engine.failed) this.stop();
    const { limits } = this.#options;
    if (stream.remaining <= 0) this.#limit('packets');
    else if (limits.bytes !== null && this.#bytes >= limits.bytes) this.#limit('size');
  }

  #begun(running: Running): void {
    running.hasBegun = true;
    clearTimeout(running.timer);
    this.#chosen = running.backend;
    const { linkType, snaplen, ticks } = running.stream.first!;
    this.#header = {
      backend: running.backend.name,
      linkType,
      tsResolution: 1e9 / Number(ticks),
      tsSource: running.backend.tsSource,
      snaplen: snaplen === 0 ? 262_144 : snaplen,
      drops: this.#knownDrops,
    };
    this.#listener.header?.(this.#header, this.#errors);
    if (this.#state === 'waiting') this.#notice('interface-back', { interface: this.#options.interface });
    // Asked to end before it began
    if (this.#state === 'starting' || this.#state === 'waiting') this.#become('capturing');
  }

  /** Helpers that are overrun say so many times a second. */
  #tellDrops(now: number): void {
    const drops = this.#drops;
    if (this.#header === null || drops === null) return;
    const known = this.#knownDrops;
    if (drops === this.#toldDrops && known === this.#header.drops) return;
    if (now - this.#lastDrops < DROPS_MS) return;
    this.#lastDrops = performance.now();
    const more = drops - this.#toldDrops;
    this.#toldDrops = drops;
    if (known !== this.#header.drops) {
      this.#header = { ...this.#header, drops: known };
      this.#listener.header?.(this.#header, this.#errors);
    }
    if (more > 0) this.#notice('drops', { drops: more });
  }

  #blocks(bytes: Uint8Array): void {
    // Recorded first: the engine is told in which file it is
    const fault = this.#recording?.write(bytes, this.#running?.stream.head ?? null, performance.now()) ?? null;
    this.#engine.feed(bytes);
    this.#bytes += bytes.length;
    if (fault === null) return;
    if (fault.kind === 'disk-full') this.#notice('disk-full', { path: fault.path, bytes: fault.bytes });
    else this.#notice('recording-failed', { path: fault.path, system: fault.system });
  }

  #ended(running: Running, end: HelperEnd): void {
    clearTimeout(running.timer);
    this.#closeSection(running);
    this.#running = null;
    if (!running.hasBegun && this.#chosen === null) {
      this.#neverBegan(running.backend, end);
      return;
    }
    switch (this.#state) {
      case 'stopping':
        this.#end();
        break;
      case 'paused':
        this.#judge(false);
        break;
      case 'starting':
        // Resumed before the old helper had ended, or it could not start again
        if (running.hasBegun) this.#start(running.backend);
        else this.#lost(running, end);
        break;
      default:
        this.#lost(running, end);
    }
  }

  /** What the section counted, and until when nothing more came: read again it then says the same. */
  #closeSection(running: Running): void {
    if (!running.hasBegun) return;
    running.stream.close(this.#reached);
    this.#dropsBefore = this.#drops ?? 0;
    this.#tellDrops(Number.POSITIVE_INFINITY);
  }

  #neverBegan(backend: Backend, end: HelperEnd): void {
    const words = end.words === '' ? `ended with ${end.signal ?? `status ${end.code}`}` : end.words;
    const error = errorOf(backend, words);
    this.#errors.push(error);
    if (this.#state === 'stopping') this.#end();
    // A filter or a name that is wrong is wrong for all of them
    else if (error.code === 'bad-filter' || error.code === 'no-interface') this.#fail();
    else this.#tryNext(this.#backends.indexOf(backend) + 1);
  }

  /** The helper of a capture that ran has ended unasked. */
  #lost(running: Running, end: HelperEnd): void {
    const { code, message } = errorOf(running.backend, end.words);
    const isGone = !mayCapture(this.#options.interface) || code === 'interface-down' || code === 'no-interface';
    if (isGone) {
      if (this.#state !== 'waiting') {
        this.#notice('interface-gone', { interface: this.#options.interface });
        this.#become('waiting');
        this.#judge(false);
      }
      this.#retry = setTimeout(() => this.#lookAgain(), RETRY_MS);
      return;
    }
    const now = performance.now();
    this.#restarts = [...this.#restarts.filter((at) => now - at < RESTARTS_WITHIN_MS), now];
    const why = end.signal ?? (message.split('\n').at(-1) || `status ${end.code}`);
    if (this.#restarts.length > MAX_RESTARTS) {
      this.#notice('helper-lost', { message: why });
      this.#become('stopping');
      this.#end();
      return;
    }
    this.#notice('helper-ended', { message: why, restarts: this.#restarts.length });
    this.#become('starting');
    this.#start(running.backend);
  }

  #lookAgain(): void {
    if (this.#state !== 'waiting') return;
    if (!mayCapture(this.#options.interface) || !this.#start(this.#chosen!))
      this.#retry = setTimeout(() => this.#lookAgain(), RETRY_MS);
  }

  #fail(): void {
    clearInterval(this.#ticker);
    this.#recording?.discard();
    this.#become('failed');
    const steps = needsPermission(this.#errors) ? permissionSteps(this.#errors, process.platform) : [];
    this.#listener.failed?.(this.#errors, steps);
    this.#finish();
  }

  #limit(limit: string): void {
    if (this.#state === 'stopping') return;
    this.#notice('limit-reached', { limit });
    this.stop();
  }

  #end(): void {
    clearInterval(this.#ticker);
    this.#engine.end();
    this.#recording?.close();
    this.#listener.counters?.(this.counters);
    this.#judge(true);
    this.#become('stopped');
    this.#finish();
  }

  // Time

  #tick(): void {
    const now = performance.now();
    const late = now - this.#lastTick;
    const wall = Date.now() / 1000;
    const ahead = (wall - (this.#epoch + now / 1000)) * 1000;
    this.#lastTick = now;
    if (ahead > SLEPT_MS || late > SLEPT_MS + JUDGE_SHARE * this.#judgeCost) {
      this.#slept(Math.max(ahead, late) / 1000, wall - now / 1000);
      return;
    }
    if (this.#state === 'capturing') {
      // Packets that wait in the pipe or the kernel are older than the clock; they bring the time themselves
      if (late < LATE_MS && now - this.#lastFull > BUSY_MS) this.#advance(this.#epoch + now / 1000 - LAG_S);
      this.#lookAtInterface(now);
      if (now - this.#lastJudge >= this.#judgePause) this.#judge(false);
    }
    this.#tellDrops(now);
    this.#listener.counters?.(this.counters);
    const { seconds } = this.#options.limits;
    if (seconds !== null && now - this.#started >= seconds * 1000) this.#limit('time');
  }

  /** Helpers say that an interface was removed, and wait in silence on one that was switched off. */
  #lookAtInterface(now: number): void {
    if (now - this.#lastLook < RETRY_MS || this.#running === this.#leaving) return;
    this.#lastLook = now;
    if (mayCapture(this.#options.interface)) return;
    this.#leaving = this.#running;
    this.#running?.helper.stop();
  }

  get #judgePause(): number {
    const cost = this.#judgePace;
    return Math.max(JUDGE_MS, Math.min(JUDGE_SHARE * cost, Math.max(PROMPT_MS, MOST_SHARE * cost)));
  }

  #advance(seconds: number): void {
    if (seconds <= this.#reached) return;
    this.#reached = seconds;
    this.#engine.advance(seconds);
  }

  /** What was open went on without us: a further section begins, so that nothing is judged across the gap. */
  #slept(seconds: number, epoch: number): void {
    this.#epoch = epoch;
    if (this.#state !== 'capturing') return;
    this.#notice('slept', { seconds: Math.round(seconds) });
    this.#become('starting');
    this.#running?.helper.stop();
  }

  #judge(isFinal: boolean): void {
    const before = performance.now();
    const path = this.#recording?.path ?? this.#options.interface;
    const report = this.#engine.judge(path);
    const after = performance.now();
    this.#judgePace = Math.min(after - before, this.#judgeCost);
    this.#judgeCost = after - before;
    this.#lastJudge = after;
    // The time that judging took is no sign of sleep, but of being busy
    this.#listener.report?.(report, isFinal);
  }
}
