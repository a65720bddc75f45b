// Findings of a capture that runs for days whose evidence was let go to make room: they stay as they were said last.
// Bounded; the oldest go.

import { atLeast } from '../../shared/domain/vocabulary.ts';
import type { Draft } from '../detect/detector.ts';
import type { Cited, CitedGone } from '../observe/observer.ts';

/** Findings kept so. */
const MAX_SETTLED = 2_048;

export class SettledDrafts {
  readonly #drafts = new Map<string, Draft>();

  /** These, and those that are not judged again; of the same finding the surer, for the same one with less to rest on is no news. */
  with(drafts: readonly Draft[]): readonly Draft[] {
    if (this.#drafts.size === 0) return drafts;
    const all = new Map(this.#drafts);
    for (const draft of drafts) {
      const settled = all.get(draft.key);
      if (settled === undefined || atLeast(draft.confidence, settled.confidence)) all.set(draft.key, draft);
    }
    return [...all.values()];
  }

  /** What these drafts rest on, and where to tell what of it went; then settle() says which are too old to be kept. */
  around(drafts: readonly Draft[]): { cited: Cited; gone: CitedGone; settle: () => string[] } {
    const flows = new Set<number>();
    const frames = new Set<number>();
    for (const draft of drafts) {
      if (this.#drafts.get(draft.key) === draft) continue;
      if (draft.flow !== null) flows.add(draft.flow.id);
      for (const list of citedBy(draft)) for (const frame of list) frames.add(frame);
    }
    const goneFlows = new Set<number>();
    const goneFrames = new Set<number>();
    return {
      cited: { flow: (id) => flows.has(id), frame: (frame) => frames.has(frame) },
      gone: { flow: (id) => goneFlows.add(id), frame: (frame) => goneFrames.add(frame) },
      settle: () => {
        if (goneFlows.size + goneFrames.size === 0) return [];
        for (const draft of drafts) {
          const isGone =
            (draft.flow !== null && goneFlows.has(draft.flow.id)) ||
            citedBy(draft).some((list) => list.some((frame) => goneFrames.has(frame)));
          if (isGone) this.#drafts.set(draft.key, draft);
        }
        const old = [...this.#drafts.keys()].slice(0, Math.max(0, this.#drafts.size - MAX_SETTLED));
        for (const key of old) this.#drafts.delete(key);
        return old;
      },
    };
  }
}

function citedBy({ frames, evidence, controls, dns }: Draft): (readonly number[])[] {
  const lists = [frames.trigger, frames.forged, frames.genuine, frames.affected];
  for (const item of evidence) lists.push(item.frames);
  for (const item of controls) lists.push(item.frames);
  if (dns !== null)
    lists.push(
      dns.query.frames,
      dns.answers.map(({ frame }) => frame),
    );
  return lists;
}
