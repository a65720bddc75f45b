// The captures whose truth is known: the project's own samples, and labelled captures beside the project where they are.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Confidence, Technique } from '../../shared/domain/vocabulary.ts';

const ROOT = join(import.meta.dirname, '../..');
export const SAMPLES = join(ROOT, 'samples');
/** Not part of the project; tests that need them are shown as skipped where they are not. */
export const SHARED_CAPTURES = join(ROOT, '../shared/captures');

/** One entry of `truth.interference`; see samples/README.md. */
export interface Interference {
  readonly technique: Technique;
  readonly interference: string;
  readonly domain: string | null;
  readonly addresses: readonly string[];
  readonly port: number | null;
  readonly forgedFrames: readonly number[];
  readonly droppedByCensor: number;
}

export interface Sample {
  readonly slug: string;
  readonly path: string;
  readonly capture: string;
  readonly vantage: { readonly role: string; readonly local: readonly string[]; readonly resolvers: readonly string[] };
  readonly truth: {
    readonly interference: readonly Interference[];
    readonly innocent: readonly string[];
    readonly services: readonly { readonly service: string; readonly surface: string; readonly state: string }[];
  };
  readonly expect: {
    readonly findings: readonly {
      readonly technique: Technique;
      readonly domain?: string;
      readonly address?: string;
      readonly atLeast: Confidence;
    }[];
    readonly none: readonly string[];
  };
  /** A second capture, taken at the same time at the other end. */
  readonly otherEnd?: { readonly capture: string; readonly forgedFrames: readonly number[] };
}

export function samples(): Sample[] {
  const folders = readdirSync(SAMPLES).filter((slug) => existsSync(join(SAMPLES, slug, 'sample.json')));
  return folders.sort().map((slug) => {
    const sample = JSON.parse(readFileSync(join(SAMPLES, slug, 'sample.json'), 'utf8')) as Sample;
    return { ...sample, path: join(SAMPLES, slug, sample.capture) };
  });
}

/** A row of labels.tsv. */
export interface Labelled {
  readonly file: string;
  readonly path: string;
  readonly kind: 'positive' | 'benign' | 'malformed';
  readonly weight: string;
  /** Each group must be reported; any of a group will do. */
  readonly expect: readonly (readonly string[])[];
  readonly forged: readonly number[];
  /** Techniques that an ordinary capture may be given; techniques, or @domain, that nothing may be accused of. */
  readonly allow: readonly string[];
  readonly forbid: readonly string[];
}

export function labelledCaptures(): Labelled[] {
  const table = join(SHARED_CAPTURES, 'labels.tsv');
  if (!existsSync(table)) return [];
  const [head = '', ...lines] = readFileSync(table, 'utf8').trimEnd().split('\n');
  const columns = head.split('\t');
  return lines.flatMap((line) => {
    const cells = line.split('\t');
    const cell = (name: string): string => cells[columns.indexOf(name)] ?? '';
    const path = join(SHARED_CAPTURES, cell('file'));
    if (cell('weight') === 'skip' || !existsSync(path)) return [];
    const expect = cell('expect').split(',').filter(Boolean);
    return [
      {
        file: cell('file'),
        path,
        kind: cell('kind') as Labelled['kind'],
        weight: cell('weight'),
        expect: expect.map((group) => group.split('|')),
        allow: cell('allow').split(',').filter(Boolean),
        forbid: cell('forbid').split(',').filter(Boolean),
        forged: cell('forged').split(',').filter(Boolean).flatMap(range),
      },
    ];
  });
}

/** `117-119` or `5`. */
function range(text: string): number[] {
  const [from = 0, to = from] = text.split('-').map(Number);
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}
