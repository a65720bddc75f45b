// What was said of each finding at earlier judgements of a capture that still runs: ids that stay, revisions that
// count, and findings that an explanation took back.

import type { Finding } from '../../shared/contract/analysis.ts';

interface Said {
  readonly id: string;
  readonly finding: Finding;
  readonly content: string;
}

export class FindingHistory {
  readonly #said = new Map<string, Said>();
  #next = 1;

  /** The id of a draft while the capture runs: in the order in which drafts were first seen. */
  idOf(key: string): string {
    return this.#said.get(key)?.id ?? `F${this.#next++}`;
  }

  /** The finding with the revision it has by now. Ids that others give it (its cause's) are part of its content. */
  revised(key: string, finding: Finding): Finding {
    const before = this.#said.get(key);
    const content = JSON.stringify({ ...finding, id: '', revision: 0 });
    if (before?.content === content) return { ...finding, revision: before.finding.revision };
    const revised = { ...finding, revision: (before?.finding.revision ?? 0) + 1 };
    this.#said.set(key, { id: finding.id, finding: revised, content });
    return revised;
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
      this.#said.delete(key);
    }
    return gone;
  }
}
