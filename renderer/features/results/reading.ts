// The text of a result file: one result, an array of them, or one a line, as `blockscope analyze` writes them. Nothing
// is believed before the schema has passed it.

import { ANALYSIS_SCHEMA, type Analysis, analysisSchema } from '../../../shared/contract/analysis.ts';
import { visible, visibleAll } from '../../ui/format.ts';
import type { ProblemKind } from '../../ui/words.ts';

export interface ReadingProblem {
  readonly kind: ProblemKind;
  /** Line, place in the JSON, version or limit; null where there is none. */
  readonly where: string | null;
}

export interface Reading {
  readonly analyses: readonly Analysis[];
  readonly problems: readonly ReadingProblem[];
}

/** A file that is not ours has something wrong in every line; a few are enough to see it. */
const MOST_PROBLEMS = 10;

export function readResults(text: string): Reading {
  const analyses: Analysis[] = [];
  const problems: ReadingProblem[] = [];
  for (const [where, value] of values(text)) {
    const found = value === NOT_JSON ? { kind: 'not-json' as const, where } : readOne(value, where);
    if ('schema' in found) analyses.push(found);
    else problems.push(found);
    if (problems.length === MOST_PROBLEMS) break;
  }
  if (analyses.length === 0 && problems.length === 0) problems.push({ kind: 'empty', where: null });
  return { analyses, problems };
}

const NOT_JSON = Symbol('not JSON');

/** The values of a file, each with its place in it. */
function* values(text: string): Generator<[where: string | null, value: unknown]> {
  const whole = parse(text);
  if (Array.isArray(whole)) {
    yield* whole.map((value, index): [string, unknown] => [`[${index}]`, value]);
    return;
  }
  if (whole !== NOT_JSON || text.trim() === '') {
    if (whole !== NOT_JSON) yield [null, whole];
    return;
  }
  const lines = text.split('\n');
  // Text whose first line is no JSON is no list of results; complaining of its every line helps nobody.
  if (parse(lines.find((line) => line.trim() !== '') ?? '') === NOT_JSON) {
    yield [null, NOT_JSON];
    return;
  }
  for (const [index, line] of lines.entries()) if (line.trim() !== '') yield [`line ${index + 1}`, parse(line)];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
}

function readOne(value: unknown, where: string | null): Analysis | ReadingProblem {
  const schema = value !== null && typeof value === 'object' && 'schema' in value ? value.schema : null;
  if (typeof schema === 'string' && schema !== ANALYSIS_SCHEMA && schema.startsWith('blockscope.analysis/')) {
    return { kind: 'other-version', where: visible(schema.slice(0, 40)) };
  }
  let result = analysisSchema.safeParse(value);
  if (!result.success) {
    // Fields may be added within /1: those that this version does not know are passed over.
    const unknown = result.error.issues.filter((issue) => issue.code === 'unrecognized_keys');
    if (unknown.length < result.error.issues.length || unknown.length === 0) {
      const issue = result.error.issues.find(({ code }) => code !== 'unrecognized_keys')!;
      const place = [where, issue.path.map(String).join('.')].filter((part) => part !== null && part !== '');
      return { kind: 'no-result', where: visible([...place, issue.message].join(': ').slice(0, 200)) };
    }
    for (const issue of unknown) {
      const holder = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)[key], value);
      for (const key of issue.keys) delete (holder as Record<string, unknown>)[key];
    }
    result = analysisSchema.safeParse(value);
    if (!result.success) return { kind: 'no-result', where };
  }
  return visibleAll(result.data);
}
