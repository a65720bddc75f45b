// The contract's other half: every call and event, implemented once for all faces.

import { constants, mkdtempSync, rmSync } from 'node:fs';
import { access, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { ComparisonView } from '../../shared/contract/comparison.ts';
import { RECORDING_LIMIT } from '../../shared/contract/live.ts';
import type { CallName, CallParams, CallResult, Transport } from '../../shared/contract/service.ts';
import { CONTRACT_VERSION, MAX_FLOW_CAPTURE } from '../../shared/contract/service.ts';
import { nameInFilter } from '../../shared/domain/capture-filter.ts';
import { ComparisonCancelled, compareFiles } from '../comparison/compare-files.ts';
import type { LiveJob } from '../engine/capture-job.ts';
import { QUERIES, type QueryName } from '../engine/capture-queries.ts';
import { VERSION } from '../engine/version.ts';
import { ListImportError, ListStore } from '../enrich/list-store.ts';
import { networksCredit, networkTable } from '../enrich/networks-cache.ts';
import { networksOf } from '../enrich/networks-of.ts';
import { listInterfaces } from '../live/interfaces.ts';
import { Connection } from './connection.ts';
import { Downloads } from './downloads.ts';
import { Drafts } from './drafts.ts';
import { ServiceFailure } from './failures.ts';
import type { Host } from './host.ts';
import type { Listener } from './listeners.ts';
import { type Begun, checkJob, liveJob, ownPlace, roomFor } from './live-status.ts';
import { type CaptureSource, OpenCapture } from './open-capture.ts';
import { idOf, Recents } from './recents.ts';
import { Reports } from './reports.ts';
import { readSamples, type SampleFile } from './samples.ts';
import { Uploads } from './uploads.ts';

/** Each has a worker of its own. */
export const MAX_CAPTURES = 24;

/** What a call is made with beside its parameters. */
export interface Caller {
  readonly connection: object;
  readonly signal: AbortSignal;
}

export class Service {
  readonly host: Host;
  readonly #captures = new Map<string, OpenCapture>();
  /** Live ones of which nobody knows yet whether they capture. */
  readonly #starting = new Set<OpenCapture>();
  readonly #watchers = new Map<string, Set<Listener>>();
  readonly #listWatchers = new Set<Listener>();
  readonly #openWatchers = new Set<Listener>();
  readonly #connections = new Set<Connection>();
  readonly #samples: SampleFile[];
  readonly #recents: Recents;
  readonly #uploads: Uploads;
  readonly #downloads = new Downloads();
  readonly #reports: Reports;
  readonly #lists: ListStore;
  #folder: string | null = null;
  #opening = 0;
  /** Paths that the host asked to open before anybody listened. */
  #requested: string[] = [];
  #comparing: Promise<void> = Promise.resolve();
  #isClosed = false;
  readonly #onExit = (): void => {
    if (this.#folder !== null) rmSync(this.#folder, { recursive: true, force: true });
  };

  constructor(host: Host) {
    this.host = host;
    this.#samples = readSamples(host.samples);
    this.#recents = new Recents(host.config);
    this.#uploads = new Uploads(() => this.#temporary(), host.uploadLimit);
    this.#reports = new Reports(host, new Drafts(host.config), this.#downloads, () => this.#temporary());
    this.#lists = new ListStore(host.config);
    process.once('exit', this.#onExit);
  }

  /** A face, until its transport closes. */
  connect(transport: Transport): void {
    const connection: Connection = new Connection(this, transport, () => {
      this.#connections.delete(connection);
      void this.#uploads.abandonAll(connection).catch(() => {});
      void this.#downloads.endAll(connection).catch(() => {});
    });
    this.#connections.add(connection);
  }

  /** The system asks for these to be opened. */
  requestOpen(paths: readonly string[]): void {
    this.#requested.push(...paths);
    for (const listener of this.#openWatchers) listener.due();
  }

  /** Ends every worker and removes what lies on the disk. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const connection of [...this.#connections]) connection.close();
    await Promise.all([...this.#captures.values(), ...this.#starting].map((capture) => capture.close()));
    this.#captures.clear();
    this.#onExit();
    process.removeListener('exit', this.#onExit);
  }

  /** A folder of this run's own, which only this person can read. */
  #temporary(): string {
    this.#folder ??= mkdtempSync(join(this.host.temporary, 'blockscope-'));
    return this.#folder;
  }

  // ---- calls ----

  async call(name: CallName, params: unknown, caller: Caller): Promise<unknown> {
    if ((QUERIES as readonly string[]).includes(name)) {
      const { capture } = params as { capture: string };
      return this.#capture(capture).query(name as QueryName, params, caller.signal);
    }
    switch (name) {
      case 'app.info':
        return this.#info();
      case 'files.choose':
        if (this.host.chooseFiles === null) throw new ServiceFailure('not-here');
        return { paths: await this.host.chooseFiles() };
      case 'flow.wireshark':
        await this.#openInWireshark(params as CallParams<'flow.wireshark'>, caller.signal);
        return {};
      case 'networks.of': {
        const table = this.host.cache === null ? null : await networkTable(this.host.cache);
        const { addresses } = params as CallParams<'networks.of'>;
        return { networks: table === null ? null : networksOf(addresses, table) };
      }
      case 'lists.list':
        return { lists: this.#lists.list() };
      case 'lists.import':
        return this.#importList(params as CallParams<'lists.import'>, caller);
      case 'lists.remove':
        this.#lists.remove((params as CallParams<'lists.remove'>).name);
        return { lists: this.#lists.list() };
      case 'recent.forget':
        this.#recents.forget((params as CallParams<'recent.forget'>).recent);
        return {};
      case 'upload.begin': {
        const { name: file, bytes } = params as CallParams<'upload.begin'>;
        return { upload: await this.#uploads.begin(caller.connection, fileName(file), bytes) };
      }
      case 'upload.part': {
        const { upload, data } = params as CallParams<'upload.part'>;
        await this.#uploads.part(caller.connection, upload, data);
        return {};
      }
      case 'upload.abandon':
        await this.#uploads.abandon(caller.connection, (params as CallParams<'upload.abandon'>).upload);
        return {};
      case 'capture.open':
        return this.#open((params as CallParams<'capture.open'>).source, caller);
      case 'capture.list':
        return { captures: this.captures() };
      case 'capture.pause':
        this.#capture((params as CallParams<'capture.pause'>).capture).pause();
        this.#startWaiting();
        return {};
      case 'capture.resume':
        this.#capture((params as CallParams<'capture.resume'>).capture).resume();
        this.#startWaiting();
        return {};
      case 'capture.cancel':
        this.#capture((params as CallParams<'capture.cancel'>).capture).cancel();
        return {};
      case 'live.interfaces':
        return this.#interfaces();
      case 'live.check':
        return this.#check(params as CallParams<'live.check'>, caller.signal);
      case 'live.choose':
        if (this.host.chooseRecording === null) throw new ServiceFailure('not-here');
        return { path: await this.host.chooseRecording(fileName((params as CallParams<'live.choose'>).name)) };
      case 'live.start':
        return this.#startLive(params as CallParams<'live.start'>, caller.signal);
      case 'live.stop':
        this.#capture((params as CallParams<'live.stop'>).capture).cancel();
        return {};
      case 'capture.close':
        await this.#close((params as CallParams<'capture.close'>).capture);
        return {};
      case 'captures.compare':
        return this.#compare(params as CallParams<'captures.compare'>, caller.signal);
      case 'report.preview': {
        const { capture, options } = params as CallParams<'report.preview'>;
        return this.#reports.preview(this.#capture(capture), options, caller);
      }
      case 'report.choose':
        if (this.host.chooseTarget === null) throw new ServiceFailure('not-here');
        {
          const { as, name: suggested } = params as CallParams<'report.choose'>;
          return { path: await this.host.chooseTarget(as, fileName(suggested)) };
        }
      case 'report.write': {
        const { capture, ...wanted } = params as CallParams<'report.write'>;
        return this.#reports.write(this.#capture(capture), wanted, caller);
      }
      case 'report.draft':
        return this.#reports.draft(this.#capture((params as CallParams<'report.draft'>).capture));
      case 'report.keepDraft': {
        const { capture, options } = params as CallParams<'report.keepDraft'>;
        return this.#reports.keepDraft(this.#capture(capture), options);
      }
      case 'report.forgetDraft':
        return this.#reports.forgetDraft(this.#capture((params as CallParams<'report.forgetDraft'>).capture));
      case 'download.part': {
        const { download, offset } = params as CallParams<'download.part'>;
        return { data: await this.#downloads.part(caller.connection, download, offset) };
      }
      case 'download.end':
        await this.#downloads.end(caller.connection, (params as CallParams<'download.end'>).download);
        return {};
      default:
        throw new ServiceFailure('unknown-call', { name });
    }
  }

  #info(): CallResult<'app.info'> {
    const { face, openPath, chooseFiles, chooseTarget, openInWireshark, uploadLimit } = this.host;
    return {
      version: VERSION,
      contract: CONTRACT_VERSION,
      face,
      platform: process.platform,
      samples: this.#samples.map(({ path: _, otherPath: __, ...sample }) => sample),
      recent: this.#recents.list(),
      can: {
        chooseFile: chooseFiles !== null,
        openPath,
        live: true,
        report: true,
        saveFile: chooseTarget !== null,
        wireshark: openInWireshark !== null,
      },
      uploadLimit,
      networks: networksCredit(),
    };
  }

  /** The copy lies in this run's folder, which goes when the program ends. */
  async #openInWireshark({ capture, flow }: CallParams<'flow.wireshark'>, signal: AbortSignal): Promise<void> {
    const { openInWireshark } = this.host;
    if (openInWireshark === null) throw new ServiceFailure('not-here');
    const params: CallParams<'flow.capture'> = { capture, flow, limit: MAX_FLOW_CAPTURE };
    const answer = await this.#capture(capture).query('flow.capture', params, signal);
    const path = join(this.#temporary(), `flow-${flow}-${crypto.randomUUID().slice(0, 8)}.pcapng`);
    await writeFile(path, (answer as CallResult<'flow.capture'>).bytes, { mode: 0o600, flag: 'wx' });
    await openInWireshark(path);
  }

  // ---- live ----

  async #interfaces(): Promise<CallResult<'live.interfaces'>> {
    const { recordings, chooseRecording } = this.host;
    const interfaces = await listInterfaces();
    return {
      time: performance.now() / 1_000,
      interfaces: interfaces.map((each) => ({ ...each, addresses: [...each.addresses] })),
      folder: recordings,
      limit: recordings === null ? RECORDING_LIMIT : await roomFor(recordings),
      canChoose: chooseRecording !== null,
    };
  }

  async #check(asked: CallParams<'live.check'>, signal: AbortSignal): Promise<CallResult<'live.check'>> {
    sendsNothing(asked.filter);
    const job = checkJob(asked, this.host.launchHelper !== null, this.#temporary());
    const capture: OpenCapture = new OpenCapture(this.#liveSource(asked.interface, job, null, ''), () => {});
    try {
      const { backend, errors, steps } = await this.#begun(capture, signal);
      return { backend, errors, steps };
    } finally {
      await capture.close();
    }
  }

  async #startLive(asked: CallParams<'live.start'>, signal: AbortSignal): Promise<CallResult<'live.start'>> {
    if (this.#captures.size + this.#opening >= MAX_CAPTURES)
      throw new ServiceFailure('too-many', { limit: MAX_CAPTURES });
    sendsNothing(asked.filter);
    const { recordings, openPath, launchHelper } = this.host;
    if (asked.path !== null && !openPath) throw new ServiceFailure('not-here');
    this.#opening++;
    try {
      // Without a folder of its own it still has to lie somewhere, to be read again while it is open
      const passing = join(this.#temporary(), crypto.randomUUID());
      const isKept = asked.path !== null || recordings !== null;
      const place =
        asked.path === null
          ? await ownPlace(recordings ?? passing, asked.interface)
          : { path: resolve(asked.path), limit: null };
      const job = liveJob(asked, place, launchHelper !== null, this.#temporary());
      const folder = isKept ? dirname(place.path) : null;
      const capture: OpenCapture = new OpenCapture(this.#liveSource(asked.interface, job, folder, passing), (what) =>
        this.#changed(capture, what),
      );
      const { backend, errors, steps } = await this.#begun(capture, signal).catch(async (error) => {
        await capture.close();
        throw error;
      });
      if (backend === null || this.#isClosed) {
        await capture.close();
        return { capture: null, errors, steps };
      }
      this.#captures.set(capture.id, capture);
      this.#listChanged();
      return { capture: capture.id, errors, steps };
    } finally {
      this.#opening--;
    }
  }

  #liveSource(name: string, job: LiveJob, folder: string | null, spool: string): CaptureSource {
    return {
      path: '',
      name,
      kind: 'live',
      spool,
      lists: this.#lists.load(),
      live: {
        job,
        launch: this.host.launchHelper,
        folder,
        // Found again after a kill; of a ring its latest file
        onFile: (path, before) => {
          if (folder === null) return;
          if (before !== null) this.#recents.forget(idOf(before));
          this.#recents.opened(path);
        },
      },
    };
  }

  /** Once packets are captured, or nobody could. */
  async #begun(capture: OpenCapture, signal: AbortSignal): Promise<Begun> {
    this.#starting.add(capture);
    capture.start();
    const aborted = new Promise<never>((_resolve, reject) => {
      const onAbort = (): void => reject(new ServiceFailure('cancelled'));
      if (signal.aborted) onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
    });
    return Promise.race([capture.live!.begun, aborted]).finally(() => this.#starting.delete(capture));
  }

  async #importList(
    { source, format, as }: CallParams<'lists.import'>,
    caller: Caller,
  ): Promise<CallResult<'lists.import'>> {
    if (source.kind === 'path' && !this.host.openPath) throw new ServiceFailure('not-here');
    const file =
      source.kind === 'path'
        ? { path: resolve(source.path), name: basename(source.path) }
        : await this.#uploads.take(caller.connection, source.upload);
    try {
      const today = new Date().toISOString().slice(0, 10);
      const { list, faults } = this.#lists.import({ path: file.path, fileName: file.name, format, as, today });
      return { list, because: null, faults: [...faults] };
    } catch (error) {
      if (!(error instanceof ListImportError)) throw error;
      return { list: null, because: error.code, faults: [] };
    } finally {
      if (source.kind === 'upload') await this.#uploads.release(file.path);
    }
  }

  /** One at a time: each holds the packets of two captures. */
  async #compare({ a, b, aRole }: CallParams<'captures.compare'>, signal: AbortSignal): Promise<ComparisonView> {
    const [first, second] = [this.#capture(a), this.#capture(b)];
    const before = this.#comparing;
    let done: () => void = () => {};
    this.#comparing = new Promise((resolve) => {
      done = resolve;
    });
    try {
      await before;
      const sides = { a: await first.comparisonSide(), b: await second.comparisonSide() };
      return await compareFiles({ sides, options: aRole === null ? {} : { aRole } }, signal);
    } catch (error) {
      if (error instanceof ComparisonCancelled) throw new ServiceFailure('cancelled');
      throw error;
    } finally {
      done();
    }
  }

  #capture(id: string): OpenCapture {
    const capture = this.#captures.get(id);
    if (capture === undefined) throw new ServiceFailure('unknown-capture');
    return capture;
  }

  async #open(source: CallParams<'capture.open'>['source'], caller: Caller): Promise<CallResult<'capture.open'>> {
    if (this.#captures.size + this.#opening >= MAX_CAPTURES) {
      throw new ServiceFailure('too-many', { limit: MAX_CAPTURES });
    }
    // Counted while it is awaited, so that many at once do not slip through
    this.#opening++;
    let found: Omit<CaptureSource, 'spool' | 'lists'>;
    try {
      found = await this.#source(source, caller);
    } finally {
      this.#opening--;
    }
    if (this.#isClosed) throw new ServiceFailure('engine-gone');
    const capture: OpenCapture = new OpenCapture(
      {
        ...found,
        spool: join(this.#temporary(), `${crypto.randomUUID()}.spool`),
        // A sample shows what was recorded in it, whatever its reader imported
        lists: found.kind === 'sample' ? [] : this.#lists.load(),
      },
      (what) => this.#changed(capture, what),
    );
    this.#captures.set(capture.id, capture);
    this.#listChanged();
    this.#startWaiting();
    return capture.info;
  }

  async #source(
    source: CallParams<'capture.open'>['source'],
    caller: Caller,
  ): Promise<Omit<CaptureSource, 'spool' | 'lists'>> {
    switch (source.kind) {
      case 'sample': {
        const sample = this.#samples.find(({ slug }) => slug === source.slug);
        if (sample === undefined) throw new ServiceFailure('unknown-sample', { slug: source.slug });
        if (source.otherEnd !== true) return { path: sample.path, name: sample.slug, kind: 'sample' };
        if (sample.otherPath === null) throw new ServiceFailure('unknown-sample', { slug: source.slug });
        return { path: sample.otherPath, name: `${sample.slug} (server)`, kind: 'sample' };
      }
      case 'upload':
        return { ...(await this.#uploads.take(caller.connection, source.upload)), kind: 'file' };
      case 'path':
        if (!this.host.openPath) throw new ServiceFailure('not-here');
        return this.#file(resolve(source.path));
      case 'recent': {
        const path = this.#recents.path(source.recent);
        if (path === null) throw new ServiceFailure('not-found', { name: '' });
        return this.#file(path);
      }
    }
  }

  async #file(path: string): Promise<Omit<CaptureSource, 'spool' | 'lists'>> {
    const name = basename(path);
    try {
      const stats = await stat(path);
      if (stats.isDirectory()) throw new ServiceFailure('not-readable', { name });
      await access(path, constants.R_OK);
    } catch (error) {
      if (error instanceof ServiceFailure) throw error;
      const { code } = error as NodeJS.ErrnoException;
      throw new ServiceFailure(code === 'ENOENT' || code === 'ENOTDIR' ? 'not-found' : 'not-readable', { name });
    }
    this.#recents.opened(path);
    return { path, name, kind: 'file' };
  }

  async #close(id: string): Promise<void> {
    const capture = this.#capture(id);
    this.#captures.delete(id);
    await capture.close();
    rmSync(capture.source.spool, { recursive: true, force: true });
    await this.#uploads.release(capture.source.path);
    this.#watchers.delete(id);
    this.#listChanged();
    this.#startWaiting();
  }

  /** Those that wait begin, in the order they were opened, as others end. */
  #startWaiting(): void {
    let reading = 0;
    // A live capture reads as much as comes, for as long as it likes
    for (const capture of this.#captures.values()) if (capture.state === 'reading' && capture.live === null) reading++;
    for (const capture of this.#captures.values()) {
      if (reading >= this.host.readingAtOnce) return;
      if (capture.state !== 'waiting') continue;
      reading++;
      capture.start();
    }
  }

  // ---- events ----

  captures(): CallResult<'capture.list'>['captures'] {
    return [...this.#captures.values()].map(({ info }) => info);
  }

  #changed(capture: OpenCapture, what: 'state' | 'progress' | 'analysis'): void {
    for (const listener of this.#watchers.get(capture.id) ?? []) listener.due();
    if (what !== 'state' || this.#isClosed) return;
    this.#listChanged();
    if (!capture.isReading) queueMicrotask(() => this.#startWaiting());
  }

  #listChanged(): void {
    for (const listener of this.#listWatchers) listener.due();
  }

  /** Tells `listener` when there is something of this capture to tell; gives the way to stop and what is told next. */
  watch(id: string): { capture: OpenCapture; add: (listener: Listener) => () => void } {
    const capture = this.#capture(id);
    return { capture, add: (listener) => this.#add(this.#watchersOf(id), listener) };
  }

  #watchersOf(id: string): Set<Listener> {
    let watchers = this.#watchers.get(id);
    if (watchers === undefined) {
      watchers = new Set();
      this.#watchers.set(id, watchers);
    }
    return watchers;
  }

  watchList(listener: Listener): () => void {
    return this.#add(this.#listWatchers, listener);
  }

  watchOpen(listener: Listener): () => void {
    return this.#add(this.#openWatchers, listener);
  }

  #add(watchers: Set<Listener>, listener: Listener): () => void {
    watchers.add(listener);
    return () => watchers.delete(listener);
  }

  /** The paths asked for; whoever takes them opens them. */
  takeRequested(): string[] {
    return this.#requested.splice(0);
  }
}

/** The last part of whatever a browser calls the file, without what would break a line. */
function fileName(name: string): string {
  const last = name.split(/[\\/]/).at(-1) ?? '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return last.replace(/[\u0000-\u001f\u007f]/g, '').slice(0, 255) || 'capture';
}

export function createService(host: Host): Service {
  return new Service(host);
}

/** A name would be looked up by whoever captures. */
function sendsNothing(filter: string | null): void {
  if (filter !== null && nameInFilter(filter) !== null) throw new ServiceFailure('bad-filter');
}
