// What is open. A factory, so that every test and every page has its own.

import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Analysis } from '../../../shared/contract/analysis.ts';
import { visible } from '../../ui/format.ts';
import { type Reading, type ReadingProblem, readResults } from './reading.ts';

/** What of a File is needed. */
export interface ResultFile {
  readonly name: string;
  readonly size: number;
  text(): Promise<string>;
}

export interface OpenResult {
  readonly key: string;
  readonly file: string;
  readonly analysis: Analysis;
}

export interface Problem extends ReadingProblem {
  readonly key: string;
  readonly file: string;
}

export interface ResultsState {
  readonly results: readonly OpenResult[];
  /** Of the files opened last. */
  readonly problems: readonly Problem[];
  readonly selected: string | null;
  /** Files being read. */
  readonly reading: number;
  readonly open: (files: readonly ResultFile[]) => Promise<void>;
  readonly select: (key: string) => void;
  readonly close: (key: string) => void;
  readonly dismiss: () => void;
}

export type ResultsStore = StoreApi<ResultsState>;

/** A result of a large capture has some megabytes. What is read takes a multiple of it in memory. */
export const LARGEST_FILE = 64 * 2 ** 20;
/** Of captures open at once. */
export const MOST_RESULTS = 100;

export function createResultsStore(): ResultsStore {
  let keys = 0;
  return createStore<ResultsState>()((set, get) => ({
    results: [],
    problems: [],
    selected: null,
    reading: 0,
    open: async (files) => {
      if (files.length === 0) return;
      set({ reading: get().reading + files.length, problems: [] });
      for (const file of files) {
        const name = visible(file.name);
        const { analyses, problems } = await read(file);
        set((state) => {
          const results = [...state.results];
          const found: ReadingProblem[] = [...problems];
          let selected = state.selected;
          for (const analysis of analyses) {
            const same = results.findIndex((result) => isSame(result.analysis, analysis));
            if (same < 0 && results.length === MOST_RESULTS) {
              found.push({ kind: 'too-many', where: String(MOST_RESULTS) });
              break;
            }
            const result = { key: `r${++keys}`, file: name, analysis };
            if (same < 0) results.push(result);
            else {
              if (results[same]!.key === selected) selected = result.key;
              results[same] = result;
            }
            selected ??= result.key;
          }
          const told = found.map((problem) => ({ ...problem, key: `p${++keys}`, file: name }));
          return { results, selected, problems: [...state.problems, ...told], reading: state.reading - 1 };
        });
      }
    },
    select: (key) => set({ selected: key }),
    close: (key) =>
      set((state) => {
        const at = state.results.findIndex((result) => result.key === key);
        const results = state.results.filter((result) => result.key !== key);
        const neighbour = results[Math.min(at, results.length - 1)]?.key ?? null;
        return { results, selected: state.selected === key ? neighbour : state.selected };
      }),
    dismiss: () => set({ problems: [] }),
  }));
}

async function read(file: ResultFile): Promise<Reading> {
  if (file.size > LARGEST_FILE) {
    return { analyses: [], problems: [{ kind: 'too-large', where: `${LARGEST_FILE / 2 ** 20} MiB` }] };
  }
  try {
    return readResults(await file.text());
  } catch {
    return { analyses: [], problems: [{ kind: 'unreadable', where: null }] };
  }
}

/** The same capture, opened again: the newer result takes the place of the older. */
function isSame(a: Analysis, b: Analysis): boolean {
  return a.capture.sha256 !== null && a.capture.sha256 === b.capture.sha256 && a.capture.path === b.capture.path;
}
