// Packets of a flow, page by page. What is ordinary of a page is folded and let go, so that a connection of any length
// costs what is notable of it.

import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Client, Failure, FlowRow, PacketRow } from '../../../shared/contract/service.ts';
import { failureOf } from '../../app/store.ts';
import { useApp } from '../../ui/hooks.ts';
import { type Folded, fold, type LadderItem, ladderItems } from './ladder.ts';

export const PAGE = 500;
/** Pages read without being asked for: 10,000 packets. */
const READ_AT_ONCE = 20;
/** How often the end of a flow is read again while it goes on. */
const GROWTH_MS = 1_000;
/** Packets that are cited far behind those, looked up so that the ladder shows them. */
const MOST_LOOKED_UP = 8;

/** How many packets of the flow come before a frame. Frames only grow, so halving finds it. */
export async function placeInFlow(
  client: Client,
  capture: string,
  flow: number,
  frame: number,
  total: number,
  signal: AbortSignal,
): Promise<number> {
  let low = 0;
  let high = total;
  while (low < high) {
    const middle = (low + high) >> 1;
    const { rows } = await client.call('flow.packets', { capture, flow, offset: middle, limit: 1 }, signal);
    if ((rows[0]?.frame ?? Number.POSITIVE_INFINITY) < frame) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface Held {
  readonly flow: FlowRow | null;
  readonly total: number;
  readonly pages: ReadonlyMap<number, readonly Folded[]>;
  /** Of the whole flow as far as it was read. */
  readonly lastFrame: number;
  /** Not so: a part of its packets is in no file that is there. */
  readonly whole: boolean;
  readonly failure: Failure | null;
}

const NOTHING: Held = { flow: null, total: 0, pages: new Map(), lastFrame: 0, whole: true, failure: null };

export interface FlowPackets extends Held {
  readonly items: readonly LadderItem[];
  /** Those that are drawn one by one, in order. */
  readonly packets: readonly PacketRow[];
  readonly reading: boolean;
  /** Reads on in a gap, and opens (part of) a run. */
  readonly readGap: (index: number) => void;
  readonly openRun: (index: number, count: number) => void;
}

/**
 * `cited`: frames that findings cite, shown however far into the flow they lie. `revision`: read again when it changes;
 * a capture that is still being read has more of the flow later.
 */
export function useFlowPackets(
  capture: string,
  flow: number,
  cited: readonly number[],
  revision: unknown,
  /** A live capture: what comes to the flow meanwhile is read as well. */
  grows = false,
): FlowPackets {
  const client = useApp((state) => state.client);
  const [held, hold] = useState<Held>(NOTHING);
  const [opened, open] = useState<ReadonlyMap<number, readonly PacketRow[]>>(new Map());
  const [reading, setReading] = useState(true);
  const pages = useRef(new Map<number, readonly Folded[]>());
  const stop = useRef(new AbortController());

  const read = useCallback(
    async (page: number, signal: AbortSignal): Promise<number> => {
      const offset = page * PAGE;
      const result = await client.call('flow.packets', { capture, flow, offset, limit: PAGE }, signal);
      pages.current.set(offset, fold(result.rows, offset));
      hold((before) => ({
        flow: result.flow,
        total: result.total,
        pages: new Map(pages.current),
        lastFrame: Math.max(before.lastFrame, result.rows.at(-1)?.frame ?? 0),
        whole: result.whole,
        failure: null,
      }));
      return result.total;
    },
    [client, capture, flow],
  );

  const readFrom = useCallback(
    async (page: number, signal: AbortSignal): Promise<void> => {
      setReading(true);
      try {
        let total = (page + 1) * PAGE;
        for (let at = page; at < page + READ_AT_ONCE && at * PAGE < total; at++) {
          if (!pages.current.has(at * PAGE)) total = await read(at, signal);
        }
      } catch (error) {
        if (!signal.aborted) hold((before) => ({ ...before, failure: failureOf(error) }));
      } finally {
        if (!signal.aborted) setReading(false);
      }
    },
    [read],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new revision reads again
  useEffect(() => {
    const ending = new AbortController();
    stop.current = ending;
    pages.current = new Map();
    hold(NOTHING);
    open(new Map());
    void readFrom(0, ending.signal);
    return () => ending.abort();
  }, [readFrom, revision]);

  const latest = useRef(held.total);
  latest.current = held.total;
  useEffect(() => {
    if (!grows) return;
    const timer = setInterval(() => {
      const signal = stop.current.signal;
      const last = Math.floor(Math.max(0, latest.current - 1) / PAGE);
      // Behind a gap nobody asked for, nothing is read
      if (last >= READ_AT_ONCE && !pages.current.has(last * PAGE)) return;
      void (async () => {
        const total = await read(last, signal);
        if (total > (last + 1) * PAGE) await read(last + 1, signal);
      })().catch(() => {});
    }, GROWTH_MS);
    return () => clearInterval(timer);
  }, [grows, read]);

  // Once what is read without being asked for is there
  const isFar = !reading && held.total > READ_AT_ONCE * PAGE;
  const wanted = JSON.stringify(isFar ? cited.filter((frame) => frame > held.lastFrame).slice(0, MOST_LOOKED_UP) : []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is looked up changes what was the last frame
  useEffect(() => {
    const frames = JSON.parse(wanted) as number[];
    const signal = stop.current.signal;
    void (async () => {
      for (const frame of frames) {
        const place = await placeInFlow(client, capture, flow, frame, held.total, signal);
        const page = Math.floor(place / PAGE);
        if (place < held.total && !pages.current.has(page * PAGE)) await read(page, signal);
      }
    })().catch(() => {});
  }, [wanted, client, capture, flow]);

  const openRun = useCallback(
    (index: number, count: number) => {
      const limit = Math.min(count, PAGE);
      const signal = stop.current.signal;
      client.call('flow.packets', { capture, flow, offset: index, limit }, signal).then(
        ({ rows }) => open((before) => new Map([...before, [index, rows]])),
        (error: unknown) => {
          if (!signal.aborted) hold((before) => ({ ...before, failure: failureOf(error) }));
        },
      );
    },
    [client, capture, flow],
  );
  const readGap = useCallback(
    (index: number) => void readFrom(Math.floor(index / PAGE), stop.current.signal),
    [readFrom],
  );

  const items = useMemo(() => ladderItems(held.pages, opened, held.total), [held.pages, held.total, opened]);
  const packets = useMemo(() => items.flatMap((item) => (item.kind === 'packet' ? [item.packet] : [])), [items]);
  return { ...held, items, packets, reading, readGap, openRun };
}
