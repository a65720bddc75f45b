// What is open: the captures of the engine as their updates add up, and what the engine can do. One store a page.

import { createStore, type StoreApi } from 'zustand/vanilla';
import type { LiveStatus } from '../../shared/contract/live.ts';
import { type CaptureView, mergeUpdate } from '../../shared/contract/merge.ts';
import type { CallParams, CallResult, Client, Failure, OpenCapture } from '../../shared/contract/service.ts';
import { UPLOAD_PART } from '../../shared/contract/service.ts';
import { visibleAll } from '../ui/format.ts';

export interface AppState {
  readonly client: Client;
  /** Null until the engine said what it is. */
  readonly info: CallResult<'app.info'> | null;
  readonly captures: readonly OpenCapture[];
  readonly views: Readonly<Record<string, CaptureView>>;
  /** Of live captures: who captures, counters, what happened on the way. */
  readonly live: Readonly<Record<string, LiveStatus>>;
  /** The way to the engine: whether it can be asked. */
  readonly connection: 'connecting' | 'open' | 'lost';
  readonly problems: readonly Problem[];
  /** Parts of a file sent to the engine, while it is. */
  readonly sending: { readonly name: string; readonly bytes: number; readonly sent: number } | null;
  readonly open: (source: CallParams<'capture.open'>['source']) => Promise<string | null>;
  readonly send: (file: File) => Promise<string | null>;
  readonly close: (capture: string) => Promise<void>;
  readonly report: (failure: Failure, about: string | null) => void;
  readonly dismiss: (key: number) => void;
}

export interface Problem {
  readonly key: number;
  readonly failure: Failure;
  /** File or capture that it is about. */
  readonly about: string | null;
}

export type AppStore = StoreApi<AppState>;

export function createAppStore(client: Client): AppStore {
  let keys = 0;
  const watching = new Map<string, () => void>();

  return createStore<AppState>()((set, get) => {
    const failed = (error: unknown, about: string | null): null => {
      get().report(failureOf(error), about);
      return null;
    };
    const watch = (captures: readonly OpenCapture[]): void => {
      for (const [capture, stop] of watching) {
        if (captures.some((open) => open.capture === capture)) continue;
        stop();
        watching.delete(capture);
        set(({ views: { [capture]: _gone, ...views }, live: { [capture]: _status, ...live } }) => ({ views, live }));
      }
      for (const { capture, kind } of captures) {
        if (watching.has(capture)) continue;
        const stop = client.on('capture.update', { capture }, (update) => {
          // Names in a capture are the interferer's to choose; none may rearrange the page
          const shown = visibleAll(update);
          set(({ views }) => ({ views: { ...views, [capture]: mergeUpdate(views[capture] ?? null, shown) } }));
        });
        const status =
          kind === 'live'
            ? client.on('live.update', { capture }, (update) =>
                set(({ live }) => ({ live: { ...live, [capture]: visibleAll(update) } })),
              )
            : null;
        watching.set(capture, () => {
          stop();
          status?.();
        });
      }
    };

    client.on('captures.changed', {}, ({ captures }) => {
      set({ captures });
      watch(captures);
    });
    client.call('app.info', {}).then(
      (info) => set({ info, connection: 'open' }),
      (error: unknown) => failed(error, null),
    );

    return {
      client,
      info: null,
      captures: [],
      views: {},
      live: {},
      connection: 'connecting',
      problems: [],
      sending: null,
      open: async (source) => {
        const about = source.kind === 'path' ? (source.path.split(/[\\/]/).at(-1) ?? null) : null;
        try {
          return (await client.call('capture.open', { source })).capture;
        } catch (error) {
          return failed(error, about);
        }
      },
      send: async (file) => {
        try {
          const { upload } = await client.call('upload.begin', { name: file.name, bytes: file.size });
          for (let sent = 0; sent < file.size; sent += UPLOAD_PART) {
            set({ sending: { name: file.name, bytes: file.size, sent } });
            const data = new Uint8Array(await file.slice(sent, sent + UPLOAD_PART).arrayBuffer());
            await client.call('upload.part', { upload, data });
          }
          return (await client.call('capture.open', { source: { kind: 'upload', upload } })).capture;
        } catch (error) {
          return failed(error, file.name);
        } finally {
          set({ sending: null });
        }
      },
      close: async (capture) => {
        try {
          await client.call('capture.close', { capture });
        } catch (error) {
          failed(error, null);
        }
      },
      report: (failure, about) =>
        set(({ problems }) => ({ problems: [...problems, { key: ++keys, failure, about }].slice(-5) })),
      dismiss: (key) => set(({ problems }) => ({ problems: problems.filter((problem) => problem.key !== key) })),
    };
  });
}

/** Calls fail with a failure of the contract; whatever else is thrown is a defect. */
export function failureOf(error: unknown): Failure {
  if (error !== null && typeof error === 'object' && 'failure' in error) return error.failure as Failure;
  return { code: 'defect', params: {}, text: error instanceof Error ? error.message : String(error) };
}
