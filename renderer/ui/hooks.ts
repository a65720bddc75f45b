// What every screen asks for: the store, the open capture, keys, calls to the engine.

import { createContext, useContext, useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';
import type { CaptureView } from '../../shared/contract/merge.ts';
import type { CallName, CallParams, CallResult, Failure } from '../../shared/contract/service.ts';
import { type RouteState, route } from '../app/route.ts';
import { type AppState, type AppStore, failureOf } from '../app/store.ts';

export const StoreContext = createContext<AppStore | null>(null);

export function useAppStore(): AppStore {
  const store = useContext(StoreContext);
  if (store === null) throw new Error('outside of the app');
  return store;
}

export function useApp<T>(select: (state: AppState) => T): T {
  return useStore(useAppStore(), select);
}

export function useRoute<T>(select: (state: RouteState) => T): T {
  return useStore(route, select);
}

export function useView(capture: string): CaptureView | null {
  return useApp((state) => state.views[capture] ?? null);
}

export type Asked<T> =
  | { readonly state: 'asking'; readonly result: T | null }
  | { readonly state: 'answered'; readonly result: T }
  | { readonly state: 'failed'; readonly failure: Failure };

/**
 * Calls the engine when the parameters change, and again when `revision` does; null asks nothing. The answer before
 * stays until the next one is there. A call that is no longer wanted is cancelled.
 */
export function useCall<N extends CallName>(
  name: N,
  params: CallParams<N> | null,
  revision: unknown = 0,
): Asked<CallResult<N>> {
  const client = useApp((state) => state.client);
  const [asked, setAsked] = useState<Asked<CallResult<N>>>({ state: 'asking', result: null });
  const key = JSON.stringify(params);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the parameters
  useEffect(() => {
    if (params === null) return;
    const stop = new AbortController();
    setAsked((before) => ({ state: 'asking', result: before.state === 'failed' ? null : before.result }));
    client.call(name, params, stop.signal).then(
      (result) => {
        if (!stop.signal.aborted) setAsked({ state: 'answered', result });
      },
      (error: unknown) => {
        if (!stop.signal.aborted) setAsked({ state: 'failed', failure: failureOf(error) });
      },
    );
    return () => stop.abort();
  }, [client, name, key, revision]);
  return asked;
}

/** Whether a key press belongs to a text field or an open dialog rather than to the screen. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null;
  if (target === null) return false;
  if (target.closest('textarea, select, [contenteditable], dialog, [role=dialog]') !== null) return true;
  const input = target.closest('input');
  if (input === null) return false;
  // Nothing is typed into a box to be ticked; it has keys of its own
  return !/^(checkbox|radio)$/.test(input.type) || /^( |Enter|Arrow.*)$/.test(event.key);
}

/** Keys of a screen, by `KeyboardEvent.key`; not while typing, nor with Ctrl, Alt or Cmd unless named so (`Alt+ArrowLeft`). */
export function useKeys(keys: { readonly [key: string]: (event: KeyboardEvent) => void }): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (isTyping(event) || event.defaultPrevented) return;
      const modifiers = `${event.ctrlKey || event.metaKey ? 'Ctrl+' : ''}${event.altKey ? 'Alt+' : ''}`;
      const action = keys[modifiers + event.key];
      if (action === undefined) return;
      event.preventDefault();
      action(event);
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  });
}

const SAID_EVERY_MS = 5_000;

/** A text that changes often, at most every few seconds: for those who hear the page. */
export function useThrottled(text: string): string {
  const [said, say] = useState(text);
  const last = useRef(0);
  useEffect(() => {
    const wait = Math.max(0, last.current + SAID_EVERY_MS - performance.now());
    const timer = setTimeout(() => {
      last.current = performance.now();
      say(text);
    }, wait);
    return () => clearTimeout(timer);
  }, [text]);
  return said;
}
