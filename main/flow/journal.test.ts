import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { H, Journal, MAX_NOTES, N, NOTE_WORDS } from './journal.ts';

function chain(journal: Journal, head: number): number[] {
  const notes: number[] = [];
  for (let note = journal.words[head * NOTE_WORDS]!; note >= 0; note = journal.words[note * NOTE_WORDS]!)
    notes.push(note);
  return notes;
}

const counts = (journal: Journal, head: number): { kept: number; unkept: number } => {
  const word = journal.words[head * NOTE_WORDS + H.counts]!;
  return { kept: word & 0xffff, unkept: word >>> 16 };
};

describe('the journal', () => {
  it('chains the notes of a flow in order', () => {
    const journal = new Journal(16);
    const head = journal.open(7);
    const other = journal.open(8);
    const notes = [journal.append(head), journal.append(other), journal.append(head), journal.append(head)];
    expect(chain(journal, head)).toEqual([notes[0], notes[2], notes[3]]);
    expect(chain(journal, other)).toEqual([notes[1]]);
    expect(journal.words[head * NOTE_WORDS + H.flowId]).toBe(7);
    expect(journal.live).toBe(6);
  });

  it('keeps 64 notes of a flow and counts those beyond', () => {
    const journal = new Journal(200);
    const head = journal.open(1);
    for (let note = 0; note < MAX_NOTES; note++) expect(journal.append(head)).toBeGreaterThan(0);
    for (let note = 0; note < 5; note++) expect(journal.append(head)).toBe(-1);
    expect(counts(journal, head)).toEqual({ kept: 64, unkept: 5 });
    expect(chain(journal, head)).toHaveLength(64);
  });

  it('holds the count of those beyond at its largest', () => {
    const journal = new Journal(1);
    const head = journal.open(1);
    for (let note = 0; note < 70_000; note++) journal.append(head);
    expect(counts(journal, head)).toEqual({ kept: 0, unkept: 0xffff });
  });

  it('refuses flows once its pool is used up, and takes them again when a flow went', () => {
    const journal = new Journal(3);
    const head = journal.open(1);
    journal.append(head);
    journal.append(head);
    expect(journal.open(2)).toBe(-1);
    expect(journal.append(head)).toBe(-1);
    expect(journal.refused).toBe(1);
    journal.release(head);
    expect(journal.live).toBe(0);
    expect(journal.open(3)).toBeGreaterThanOrEqual(0);
  });

  it('begins a chain clean, whatever stood there', () => {
    const journal = new Journal(2);
    const head = journal.open(1);
    journal.words.fill(-3, head * NOTE_WORDS + 1, NOTE_WORDS);
    journal.words[head * NOTE_WORDS] = -1;
    journal.release(head);
    const again = journal.open(5);
    expect(again).toBe(head);
    const words = [...journal.words.subarray(again * NOTE_WORDS, (again + 1) * NOTE_WORDS)];
    expect(words).toEqual([-1, 5, -1, -1, again, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('keeps times as exact doubles beside its words', () => {
    const journal = new Journal(8);
    const head = journal.open(1);
    for (const time of [0, 8.9e15, 123_456_789.5]) {
      const note = journal.append(head);
      const n = note * NOTE_WORDS;
      journal.words[n + N.seq] = -1;
      journal.words[n + N.frame] = 42;
      journal.times[(n + N.time) >> 1] = time;
      expect(journal.times[(n + N.time) >> 1]).toBe(time);
      expect([journal.words[n + N.seq], journal.words[n + N.frame]]).toEqual([-1, 42]);
    }
  });

  it('never gives an entry twice', () => {
    const step = fc.record({ act: fc.constantFrom('open', 'append', 'append', 'release'), which: fc.nat() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        const journal = new Journal(40);
        const flows = new Map<number, number[]>();
        for (const { act, which } of steps) {
          const head = [...flows.keys()][which % Math.max(1, flows.size)] ?? -1;
          if (act === 'open') {
            const opened = journal.open(1);
            if (opened >= 0) flows.set(opened, []);
          } else if (head >= 0 && act === 'append') {
            const note = journal.append(head);
            if (note >= 0) flows.get(head)!.push(note);
          } else if (head >= 0) {
            journal.release(head);
            flows.delete(head);
          }
        }
        const given = [...flows].flatMap(([head, notes]) => [head, ...notes]);
        expect(new Set(given).size).toBe(given.length);
        expect(journal.live).toBe(given.length);
        for (const [head, notes] of flows) expect(chain(journal, head)).toEqual(notes);
      }),
      { numRuns: 150 },
    );
  });
});
