// What was said of each finding at earlier judgements of a capture that still runs: ids that stay, revisions that
// count, and findings that an explanation took back.

import { isDeepStrictEqual } from 'node:util';
import type { Finding } from '../../shared/contract/analysis.ts';
import type { Draft } from '../detect/detector.ts';
import type { Ladder } from './ladder.ts';

export interface Said {
  readonly finding: Finding;
  readonly ladder: Ladder | null;
  /** Of which draft and domain it was made. */
  readonly draft: Draft;
  readonly domain: string | null;
}

export class FindingHistory {
  readonly #said = new Map<string, Said>();
  #next = 1;

  /** The id of a draft while the capture runs: in the order in which drafts were first seen. */
  idOf(key: string): string {
    return this.#said.get(key)?.finding.id ?? `F${this.#next++}`;
  }

  /**
   * What was said of the same draft, which nothing was added to since: thousands of findings may have settled. Null for
   * a newer draft, and where the finding names another one.
   */
  settled(draft: Draft, domain: string | null): Said | null {
    const said = this.#said.get(draft.key);
    return said !== undefined && said.draft === draft && said.domain === domain && draft.causedBy === null
      ? said
      : null;
  }

  /**
   * The finding with the revision it has by now; ids that others give it (its cause's) are part of its content. The
   * ladder stays when its packets are gone.
   */
  revised(draft: Draft, domain: string | null, finding: Finding, ladder: Ladder | null): Said {
    const before = this.#said.get(draft.key);
    const revision = before?.finding.revision ?? 0;
    const isSame =
      before !== undefined && isDeepStrictEqual({ ...finding, id: before.finding.id, revision }, before.finding);
    const said = {
      finding: { ...finding, revision: isSame ? revision : revision + 1 },
      ladder: ladder ?? before?.ladder ?? null,
      draft,
      domain,
    };
    this.#said.set(draft.key, said);
    return said;
  }

  /** Nothing more is said of a draft: it is too old to be kept. */
  forget(key: string): void {
    this.#said.delete(key);
  }

  /** What was found before and is not any more, told once. */
  withdrawn(keys: ReadonlySet<string>): Finding[] {
    const gone: Finding[] = [];
    for (const [key, { finding }] of this.#said) {
      if (keys.has(key)) continue;
      gone.push({ ...finding, revision: finding.revision + 1, state: 'withdrawn' });
      this.forget(key);
    }
    return gone;
  }
}
