// Rows of a long table, fetched page by page as they come into view. Few pages are kept.

import { useCallback, useEffect, useRef, useState } from 'react';
import type { CallName, CallParams, CallResult, Failure } from '../../../shared/contract/service.ts';
import { failureOf } from '../../app/store.ts';
import { useApp } from '../../ui/hooks.ts';

export const PAGE = 100;
const KEPT_PAGES = 12;

export type PagedCall = Extract<CallName, 'flows.page' | 'dns.page' | 'packets.page'>;
type Row<N extends PagedCall> = CallResult<N>['rows'][number];
export type Query<N extends PagedCall> = Omit<CallParams<N>, 'offset' | 'limit'>;

export interface Paged<R> {
  readonly total: number;
  readonly matched: number;
  readonly whole: boolean;
  /** Undefined: not there yet. */
  readonly row: (index: number) => R | undefined;
  /** Asks for what is in view. */
  readonly show: (first: number, last: number) => void;
  readonly failure: Failure | null;
  /** False until the first answer. */
  readonly answered: boolean;
}

interface Held<R> {
  readonly pages: ReadonlyMap<number, readonly R[]>;
  readonly total: number;
  readonly matched: number;
  readonly whole: boolean;
  readonly failure: Failure | null;
  readonly answered: boolean;
}

const NOTHING = { pages: new Map(), total: 0, matched: 0, whole: true, failure: null, answered: false };

/** Pages furthest from the one just fetched go first. */
export function keepNearest<R>(pages: ReadonlyMap<number, readonly R[]>, page: number): Map<number, readonly R[]> {
  const near = [...pages.keys()].sort((a, b) => Math.abs(a - page) - Math.abs(b - page)).slice(0, KEPT_PAGES);
  return new Map(near.map((key) => [key, pages.get(key)!]));
}

/** `revision`: asks again when the capture has grown; the rows before stay until then. */
export function usePages<N extends PagedCall>(name: N, query: Query<N>, revision: unknown): Paged<Row<N>> {
  const client = useApp((state) => state.client);
  const [held, setHeld] = useState<Held<Row<N>>>(NOTHING);
  const key = JSON.stringify(query);
  const wanted = useRef({ first: 0, last: 0 });
  const asked = useRef(new Map<number, AbortController>());

  const ask = useCallback(
    (page: number) => {
      if (asked.current.has(page)) return;
      const stop = new AbortController();
      asked.current.set(page, stop);
      const params = { ...(JSON.parse(key) as Query<N>), offset: page * PAGE, limit: PAGE } as CallParams<N>;
      client.call(name, params, stop.signal).then(
        (result) => {
          if (stop.signal.aborted) return;
          setHeld(({ pages }) => ({
            pages: keepNearest(new Map([...pages, [page, result.rows as readonly Row<N>[]]]), page),
            total: result.total,
            matched: result.matched,
            whole: result.whole,
            failure: null,
            answered: true,
          }));
        },
        (error: unknown) => {
          asked.current.delete(page);
          if (!stop.signal.aborted) setHeld((before) => ({ ...before, failure: failureOf(error), answered: true }));
        },
      );
    },
    [client, name, key],
  );

  const show = useCallback(
    (first: number, last: number) => {
      wanted.current = { first, last };
      const from = Math.floor(first / PAGE);
      const to = Math.floor(last / PAGE);
      for (const [page, stop] of asked.current) {
        if (page >= from - 1 && page <= to + 1) continue;
        stop.abort();
        asked.current.delete(page);
      }
      for (let page = from; page <= to; page++) ask(page);
    },
    [ask],
  );

  // Another query: nothing of the one before is shown
  // biome-ignore lint/correctness/useExhaustiveDependencies: they are what makes it another
  useEffect(() => {
    setHeld(NOTHING);
    wanted.current = { first: 0, last: 0 };
    return () => {
      for (const stop of asked.current.values()) stop.abort();
      asked.current = new Map();
    };
  }, [key, name]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new revision asks again
  useEffect(() => {
    for (const stop of asked.current.values()) stop.abort();
    asked.current = new Map();
    show(wanted.current.first, wanted.current.last);
  }, [show, revision]);

  return {
    total: held.total,
    matched: held.matched,
    whole: held.whole,
    failure: held.failure,
    answered: held.answered,
    row: (index) => held.pages.get(Math.floor(index / PAGE))?.[index % PAGE],
    show,
  };
}
