// What travels between the service and the worker of an open capture.

import type { Analysis } from '../../shared/contract/analysis.ts';
import type { AnalysisHead, FailureCode, Progress } from '../../shared/contract/service.ts';
import type { LiveError, LiveHeader, LiveNotice, LiveState, PermissionStep } from '../../shared/domain/live.ts';
import type { LiveCounters, LiveOptions } from '../live/session.ts';
import type { QueryName } from './capture-queries.ts';
import type { EngineOptions } from './engine.ts';

/** What the worker is started with. */
export interface CaptureJob {
  readonly path: string;
  /** Stands in the result instead of the path. */
  readonly name: string;
  /** Where a copy of a compressed or piped capture may be written. */
  readonly spool: string;
  readonly options: EngineOptions;
  /** One word, CONTROL. */
  readonly control: Int32Array;
}

/** What the worker of a live capture is started with. */
export interface LiveJob {
  readonly live: LiveOptions;
  /** What the worker is started with beside it. */
  readonly options?: EngineOptions;
  /** Scripts of Node are started by the process that this worker is a part of, not by the worker. */
  readonly forks: boolean;
  /** Where the way to such a script may lie. */
  readonly temporary: string;
}

export const CONTROL = { run: 0, pause: 1, cancel: 2 } as const;

/** To the worker, once it reads. */
export type ToWorker =
  | { readonly type: 'query'; readonly id: number; readonly name: QueryName; readonly params: unknown }
  | { readonly type: 'cancel'; readonly id: number }
  | { readonly type: 'live'; readonly action: LiveAction }
  | {
      readonly type: 'fork-ended';
      readonly fork: number;
      readonly code: number | null;
      /** The last it said on standard error. */
      readonly words: string;
    };
export type LiveAction = 'pause' | 'resume' | 'stop';

export interface ListChange {
  /** Items that are new or differ from what was told before. */
  readonly set: readonly { readonly id: string }[];
  /** All ids. */
  readonly order: readonly string[];
}

/** A judgement, or a part of a large one, told as what changed since the one before it. */
export interface Judged {
  readonly head: AnalysisHead | null;
  readonly findings: ListChange | null;
  readonly incidents: ListChange | null;
  readonly targets: ListChange | null;
}

/** Of a live capture: what is new. */
export interface LiveNews {
  readonly state?: LiveState;
  readonly header?: LiveHeader;
  /** With a header: who could not capture before. */
  readonly tried?: readonly LiveError[];
  /** Files with their paths. */
  readonly counters?: LiveCounters;
  readonly notice?: LiveNotice;
  /** The recording could not be begun: the system's word for why. */
  readonly unwritable?: string;
  readonly failed?: { readonly errors: readonly LiveError[]; readonly steps: readonly PermissionStep[] };
}

/** From the worker. */
export type FromWorker =
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'judged'; readonly judged: Judged }
  /** Everything was read, or as much as was wanted; the judgement before it is the last. */
  | {
      readonly type: 'ended';
      readonly cancelled: boolean;
      readonly progress: Progress;
      /** Of what was read from a pipe. */
      readonly sha256: string | null;
    }
  | { readonly type: 'live'; readonly live: LiveNews }
  /** Only where the worker was told that scripts are started for it. */
  | { readonly type: 'fork'; readonly fork: number; readonly script: string; readonly args: readonly string[] }
  | { readonly type: 'fork-kill'; readonly fork: number }
  | { readonly type: 'answer'; readonly id: number; readonly result: unknown }
  | {
      readonly type: 'failed';
      readonly id: number;
      readonly code: FailureCode;
      readonly params: Record<string, string | number>;
    };

/** Items that are told at once, a megabyte or less: whoever takes them has other things to do, too. */
export const MAX_ITEMS = 256;

const NOTHING: Judged = { head: null, findings: null, targets: null, incidents: null };

/** What changed between two judgements. */
export class Judgements {
  readonly #told = {
    head: '',
    findings: new Map<string, string>(),
    incidents: new Map<string, string>(),
    targets: new Map<string, string>(),
  };
  readonly #orders = { findings: '', incidents: '', targets: '' };

  /** In parts, where much changed: findings before the targets and incidents that refer to them, the head last. */
  next(analysis: Analysis): Judged[] {
    const { findings, incidents, targets, ...head } = analysis;
    const text = JSON.stringify(head);
    const isSame = text === this.#told.head;
    this.#told.head = text;
    const changed: Omit<Judged, 'head'> = {
      findings: this.#list('findings', findings),
      targets: this.#list('targets', targets),
      incidents: this.#list('incidents', incidents),
    };
    const count = Object.values(changed).reduce((sum, change) => sum + (change?.set.length ?? 0), 0);
    const whole = { ...changed, head: isSame ? null : head };
    if (count <= MAX_ITEMS) return [whole];
    const parts: Judged[] = [];
    for (const name of ['findings', 'targets', 'incidents'] as const) {
      const { set, order } = changed[name] ?? { set: [], order: [] };
      for (let at = 0; at < set.length; at += MAX_ITEMS)
        parts.push({ ...NOTHING, [name]: { set: set.slice(at, at + MAX_ITEMS), order } });
    }
    // With the orders: of a list nothing may have come but something gone
    const orders = Object.entries(changed).map(([name, change]) => [
      name,
      change === null ? null : { set: [], order: change.order },
    ]);
    return [...parts, { ...Object.fromEntries(orders), head: whole.head } as Judged];
  }

  #list(name: 'findings' | 'incidents' | 'targets', items: readonly { readonly id: string }[]): ListChange | null {
    const before = this.#told[name];
    const now = new Map(items.map((item) => [item.id, JSON.stringify(item)]));
    const order = items.map(({ id }) => id);
    const key = order.join(' ');
    const set = items.filter(({ id }) => before.get(id) !== now.get(id));
    if (set.length === 0 && key === this.#orders[name]) return null;
    this.#told[name] = now;
    this.#orders[name] = key;
    return { set, order };
  }
}
