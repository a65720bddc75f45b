// What is told of a live capture beside its analysis, and where its recordings lie.

import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type LiveStatus, MAX_NOTICES, type NotCaptured, RECORDING_LIMIT } from '../../shared/contract/live.ts';
import type { CallParams } from '../../shared/contract/service.ts';
import type { LiveNotice } from '../../shared/domain/live.ts';
import type { LiveJob, LiveNews } from '../engine/capture-job.ts';
import { ringFile } from '../live/recording.ts';
import { ServiceFailure } from './failures.ts';
import type { LaunchHelper } from './host.ts';

/** Bytes of all recordings in the program's own folder. */
export const RECORDINGS_BUDGET = 17_179_869_184;
/** A recording that would be smaller is not worth beginning. */
const LEAST_RECORDING = 16_777_216;

export interface LiveSource {
  readonly job: LiveJob;
  readonly launch: LaunchHelper | null;
  /** For a person to read; null: it goes with the program. */
  readonly folder: string | null;
  /** Each further file of the recording, as it is begun. */
  readonly onFile: (path: string, before: string | null) => void;
}

/** Who captures, or why nobody does; `backend` null then. */
export interface Begun extends NotCaptured {
  readonly backend: NonNullable<LiveStatus['header']>['backend'] | null;
}

export class LiveTold {
  readonly source: LiveSource;
  status: LiveStatus;
  /** Raised with everything that is told. */
  version = 1;
  /** With their paths. */
  files: readonly string[] = [];
  readonly begun: Promise<Begun>;
  #isInPart = false;
  #begin!: (begun: Begun) => void;
  #refuse!: (failure: ServiceFailure) => void;

  constructor(capture: string, source: LiveSource) {
    this.source = source;
    const { interface: name, filter } = source.job.live;
    this.status = {
      capture,
      interface: name,
      filter,
      state: 'starting',
      header: null,
      counters: { packets: 0, bytes: 0, drops: null, seconds: 0, recordedBytes: 0, files: [] },
      notices: [],
      folder: source.folder,
    };
    this.begun = new Promise((resolve, reject) => {
      this.#begin = resolve;
      this.#refuse = reject;
    });
    this.begun.catch(() => {});
  }

  take({ state, header, tried, counters, notice, failed, unwritable }: LiveNews): void {
    this.version++;
    if (state !== undefined) this.status = { ...this.status, state };
    if (header !== undefined) {
      this.status = { ...this.status, header };
      this.#begin({ backend: header.backend, errors: [...(tried ?? [])], steps: [] });
    }
    if (counters !== undefined) {
      this.#files(counters.files);
      this.status = { ...this.status, counters: { ...counters, files: counters.files.map((path) => basename(path)) } };
    }
    if (notice !== undefined) {
      this.#isInPart ||= notice.kind === 'disk-full' || notice.kind === 'recording-failed';
      const notices = [...this.status.notices, { at: Date.now() / 1000, kind: notice.kind, params: shown(notice) }];
      this.status = { ...this.status, notices: notices.slice(-MAX_NOTICES) };
    }
    if (failed !== undefined) this.#begin({ backend: null, errors: [...failed.errors], steps: [...failed.steps] });
    if (unwritable !== undefined) {
      const name = basename(this.source.job.live.recording?.path ?? '');
      const code = unwritable === 'EEXIST' ? 'exists' : 'not-writable';
      this.#refuse(new ServiceFailure(code, { name, system: unwritable }));
    }
  }

  /** The file that has all of it; throws where none has. */
  get whole(): string {
    const { recording } = this.source.job.live;
    const [file] = this.files;
    if (recording === null || file === undefined) throw new ServiceFailure('no-longer-available');
    // Of several files no frame is found again under its number, nor of the last of a ring
    if (this.files.length > 1 || (recording.ring !== null && file !== ringFile(recording.path, 1)))
      throw new ServiceFailure('several-files');
    if (this.#isInPart) throw new ServiceFailure('recorded-in-part');
    return file;
  }

  /** Its worker is gone. */
  died(): void {
    this.version++;
    const isOver = this.status.state === 'stopped' || this.status.state === 'failed';
    if (!isOver) this.status = { ...this.status, state: 'stopped' };
    this.#refuse(new ServiceFailure('engine-gone'));
  }

  #files(files: readonly string[]): void {
    const latest = files.at(-1);
    const before = this.files.at(-1) ?? null;
    this.files = files;
    if (latest !== undefined && latest !== before) this.source.onFile(latest, before);
  }
}

/** Paths stay here: a face shows the name. */
function shown({ params }: LiveNotice): LiveStatus['notices'][number]['params'] {
  return Object.fromEntries(
    Object.entries(params).map(([key, value]) => [
      key,
      key === 'path' ? basename(String(value)) : typeof value === 'object' && value !== null ? value.join(' ') : value,
    ]),
  );
}

type StartParams = CallParams<'live.start'>;

/** What a capture is started with, once it is known where it is recorded. */
export function liveJob(
  asked: StartParams,
  place: { readonly path: string; readonly limit: number | null },
  forks: boolean,
  temporary: string,
): LiveJob {
  const { limit } = place;
  let { ring } = asked;
  let { bytes } = asked.limits;
  // Somewhere else the person looks after the room that there is
  if (limit !== null && ring !== null)
    ring = { ...ring, files: Math.max(1, Math.min(ring.files, Math.floor(limit / ring.bytes))) };
  else if (limit !== null) bytes = Math.min(bytes ?? limit, limit);
  return {
    live: {
      interface: asked.interface,
      filter: blankIsNone(asked.filter),
      snaplen: asked.snaplen,
      backend: asked.backend,
      limits: { ...asked.limits, bytes },
      recording: { path: place.path, ring: ring === null ? null : { ...ring, seconds: null } },
    },
    forks,
    temporary,
  };
}

export function checkJob(asked: CallParams<'live.check'>, forks: boolean, temporary: string): LiveJob {
  return {
    live: {
      interface: asked.interface,
      filter: blankIsNone(asked.filter),
      snaplen: asked.snaplen,
      backend: null,
      limits: { seconds: null, bytes: null, packets: null },
      recording: null,
    },
    forks,
    temporary,
  };
}

const blankIsNone = (filter: string | null): string | null => (filter === null || filter.trim() === '' ? null : filter);

/** What the next recording in this folder may have. */
export async function roomFor(folder: string): Promise<number> {
  let used = 0;
  for (const name of await readdir(folder).catch(() => [])) {
    const found = await stat(join(folder, name)).catch(() => null);
    if (found?.isFile()) used += found.size;
  }
  return Math.max(0, Math.min(RECORDING_LIMIT, RECORDINGS_BUDGET - used));
}

/** A new file in the program's own folder, which only this person can read. */
export async function ownPlace(folder: string, name: string): Promise<{ path: string; limit: number }> {
  const limit = await roomFor(folder);
  if (limit < LEAST_RECORDING) throw new ServiceFailure('folder-full', { limit: RECORDINGS_BUDGET });
  const path = join(folder, recordingName(name, new Date()));
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  } catch (error) {
    const system = (error as NodeJS.ErrnoException).code ?? '';
    throw new ServiceFailure('not-writable', { name: basename(path), system });
  }
  return { path, limit };
}

/** By interface and time, so that a person finds it; two within one second differ all the same. */
function recordingName(interfaceName: string, now: Date): string {
  const plain = interfaceName.replace(/[^\w.-]/g, '_').slice(0, 40);
  const time = now.toISOString().slice(0, 19).replaceAll(':', '-');
  return `${plain}-${time}-${randomUUID().slice(0, 4)}.pcapng`;
}
