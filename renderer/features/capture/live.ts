// What the engine tells of live capture, as the screens ask for it.

import { useCallback, useEffect, useRef, useState } from 'react';
import type { LiveStatus, NotCaptured } from '../../../shared/contract/live.ts';
import type { CallParams, CallResult } from '../../../shared/contract/service.ts';
import type { BackendName, LiveError } from '../../../shared/domain/live.ts';
import { needsPermission } from '../../../shared/domain/permission.ts';
import { failureOf } from '../../app/store.ts';
import { useApp, useAppStore } from '../../ui/hooks.ts';
import { NO_TRAFFIC, type Traffic, withCount } from './sparkline.ts';

const LOOK_MS = 1_000;

type Listed = CallResult<'live.interfaces'>;

export interface Looked {
  readonly listed: Listed | null;
  readonly traffic: ReadonlyMap<string, Traffic>;
  readonly look: () => void;
}

/** The connections and what goes on there, looked at every second while the page is seen. */
export function useInterfaces(): Looked {
  const store = useAppStore();
  const client = useApp((state) => state.client);
  const [listed, setListed] = useState<Listed | null>(null);
  const [traffic, setTraffic] = useState<ReadonlyMap<string, Traffic>>(new Map());
  const look = useCallback(async (): Promise<void> => {
    const result = await client.call('live.interfaces', {});
    setListed((before) => (sameInterfaces(before, result) ? before : result));
    setTraffic((before) => {
      const after = new Map<string, Traffic>();
      for (const { name, traffic: counts } of result.interfaces) {
        const last = before.get(name) ?? NO_TRAFFIC;
        const bytes = counts === null ? null : counts.receivedBytes + counts.sentBytes;
        after.set(name, bytes === null ? NO_TRAFFIC : withCount(last, result.time, bytes));
      }
      return after;
    });
  }, [client]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isGone = false;
    const again = async (): Promise<void> => {
      try {
        if (document.visibilityState === 'visible') await look();
      } catch (error) {
        store.getState().report(failureOf(error), null);
        return;
      }
      if (!isGone) timer = setTimeout(() => void again(), LOOK_MS);
    };
    void again();
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [look, store]);
  return { listed, traffic, look: () => void look().catch(() => {}) };
}

/** But for what was counted: rows are not drawn anew for that. */
function sameInterfaces(before: Listed | null, after: Listed): boolean {
  if (before === null) return false;
  const plain = ({ interfaces, folder, limit, canChoose }: Listed): string =>
    JSON.stringify([interfaces.map((one) => ({ ...one, traffic: one.traffic === null })), folder, limit, canChoose]);
  return plain(before) === plain(after);
}

export interface Readiness {
  /** `cannot`: nobody could capture, for want of permission or of a program. */
  readonly state: 'unknown' | 'checking' | 'can' | 'cannot';
  readonly backend: BackendName | null;
  readonly errors: readonly LiveError[];
  readonly again: () => void;
}

/** Whether anybody could capture; tried once on the connection that is offered, and again when asked for. */
export function useReadiness(interfaceName: string | null): Readiness {
  const client = useApp((state) => state.client);
  const [found, setFound] = useState<CallResult<'live.check'> | null>(null);
  const [turn, setTurn] = useState(0);
  const [checking, setChecking] = useState(false);
  const name = useRef<string | null>(null);
  name.current ??= interfaceName;
  const tried = name.current;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a turn asks again
  useEffect(() => {
    if (tried === null) return;
    const stop = new AbortController();
    setChecking(true);
    client.call('live.check', { interface: tried, filter: null, snaplen: null }, stop.signal).then(
      (result) => {
        if (stop.signal.aborted) return;
        setFound(result);
        setChecking(false);
      },
      () => {
        if (!stop.signal.aborted) setChecking(false);
      },
    );
    return () => stop.abort();
  }, [client, tried, turn]);
  const cannot = found !== null && found.backend === null && needsPermission(found.errors);
  return {
    state: checking ? 'checking' : found === null ? 'unknown' : cannot ? 'cannot' : 'can',
    backend: found?.backend ?? null,
    errors: found?.errors ?? [],
    again: () => {
      name.current = interfaceName;
      setTurn(turn + 1);
    },
  };
}

export interface Starting {
  readonly start: (params: Omit<CallParams<'live.start'>, 'backend'>) => Promise<string | null>;
  readonly starting: boolean;
  /** Why it did not start, or would not with this filter. */
  readonly refused: NotCaptured | null;
  /** Tries the filter, and keeps nothing. */
  readonly tryFilter: (params: CallParams<'live.check'>) => void;
  readonly forget: () => void;
}

export function useStart(): Starting {
  const store = useAppStore();
  const client = useApp((state) => state.client);
  const [starting, setStarting] = useState(false);
  const [refused, setRefused] = useState<NotCaptured | null>(null);
  const turn = useRef(0);
  return {
    starting,
    refused,
    start: async (params) => {
      turn.current++;
      setStarting(true);
      setRefused(null);
      try {
        const { capture, errors, steps } = await client.call('live.start', { ...params, backend: null });
        if (capture === null) setRefused({ errors, steps });
        return capture;
      } catch (error) {
        store.getState().report(failureOf(error), params.path);
        return null;
      } finally {
        setStarting(false);
      }
    },
    tryFilter: (params) => {
      const own = ++turn.current;
      client.call('live.check', params).then(
        ({ errors, steps }) => {
          const isBad = errors.some(({ code }) => code === 'bad-filter');
          // Typed on or started meanwhile: not what it is about any more
          if (own === turn.current && isBad) setRefused({ errors, steps });
        },
        () => {},
      );
    },
    forget: () => {
      turn.current++;
      setRefused(null);
    },
  };
}

/** Of a live capture; null of any other. */
export function useLive(capture: string | null): LiveStatus | null {
  return useApp((state) => (capture === null ? null : (state.live[capture] ?? null)));
}

/** Narrower than `useLive`, which changes many times a second. */
export function useIsLive(capture: string | null): boolean {
  return useApp((state) => capture !== null && state.live[capture] !== undefined);
}

export function useIsRunning(capture: string): boolean {
  return useApp((state) => {
    const live = state.live[capture];
    return live !== undefined && isRunning(live);
  });
}

export function isRunning({ state }: LiveStatus): boolean {
  return state !== 'stopped' && state !== 'failed';
}
