// `blockscope compare`: two captures of the same connections, analyzed apart and then held against each other.

import { COMPARISON_SCHEMA, type Comparison } from '../../shared/contract/comparison.ts';
import { ComparisonCancelled, compareFiles, jobSide } from '../comparison/compare-files.ts';
import { analyzeFile } from '../engine/analyze.ts';
import type { Report } from '../incident/compose.ts';
import { renderComparison } from './compare-text.ts';
import { harmless } from './layout.ts';
import { ownLists } from './own-lists.ts';
import { ProgressLine } from './progress.ts';
import { styleFor, wantsColour } from './style.ts';
import { oneOf, parse, UsageError } from './usage.ts';

const HELP = 'compare --help';
const UNREADABLE = 1;
/** 128 and SIGINT's number, as shells count. */
const INTERRUPTED = 130;

export const COMPARE_HELP = `Usage: blockscope compare [options] <a> <b>

Compares two captures of the same connections, taken at two places on their way: at the client and
at the server, or anywhere between. Says which packets arrived that the other end never sent, which
were sent and never arrived, which were changed on the way, and what ICMP messages say of them. Clocks need not agree: packets that
both captures have say how they differ. Addresses may be translated between them.

Options
  --format text|json       text for people, json with both analyses (blockscope.comparison/1).
                           Default: text on a terminal, json otherwise
  --a-role client|server   where <a> was taken, <b> being at the other end; without it this is told
                           by TTL and time
  --no-lists               without the lists that you imported ('blockscope lists')
  -h, --help               this text

Exit status: 0 the captures were compared, whatever was found; 1 one could not be read; 2 wrong
usage; 130 interrupted.
`;

const FORMATS = ['text', 'json'] as const;
const ROLES = ['client', 'server'] as const;

export async function compareCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(
    {
      args: [...args],
      allowPositionals: true,
      options: {
        format: { type: 'string' },
        'a-role': { type: 'string' },
        'no-lists': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    },
    HELP,
  );
  if (values.help === true) {
    process.stdout.write(COMPARE_HELP);
    return 0;
  }
  const [a, b] = positionals;
  if (a === undefined || b === undefined || positionals.length > 2) throw new UsageError('name two captures', HELP);
  // Each is read three times
  if (a === '-' || b === '-') throw new UsageError('standard input (-) cannot be compared; save it to a file', HELP);
  const format =
    values.format === undefined
      ? process.stdout.isTTY === true
        ? 'text'
        : 'json'
      : oneOf(values.format, FORMATS, '--format', HELP);
  const role = values['a-role'] === undefined ? undefined : oneOf(values['a-role'], ROLES, '--a-role', HELP);
  const lists = await ownLists(values['no-lists'] !== true);
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort();
  process.once('SIGINT', onInterrupt);
  try {
    const reports: Report[] = [];
    for (const path of [a, b]) {
      const progress = new ProgressLine(process.stderr, path);
      try {
        const options = { lists, hash: format === 'json', signal: interrupt.signal, onProgress: progress.update };
        reports.push(await analyzeFile(path, options));
      } finally {
        progress.clear();
      }
    }
    if (interrupt.signal.aborted) return INTERRUPTED;
    const analyses = reports.map(({ analysis }) => analysis);
    for (const { error } of analyses) {
      if (error !== null) process.stderr.write(`blockscope: ${harmless(`${error.text} ${error.hint}`)}\n`);
    }
    const [first, second] = [analyses[0]!, analyses[1]!];
    const sides = { a: jobSide(a, first), b: jobSide(b, second) };
    const view = await compareFiles({ sides, options: role === undefined ? {} : { aRole: role } }, interrupt.signal);
    const { schema: _, tool, ...rest } = view;
    const comparison: Comparison = { schema: COMPARISON_SCHEMA, tool, sides: { a: first, b: second }, ...rest };
    process.stdout.write(
      format === 'json'
        ? `${JSON.stringify(comparison, null, 2)}\n`
        : renderComparison(comparison, styleFor(wantsColour(process.stdout, process.env))),
    );
    return analyses.some(({ error }) => error !== null) ? UNREADABLE : 0;
  } catch (error) {
    if (error instanceof ComparisonCancelled) return INTERRUPTED;
    throw error;
  } finally {
    process.removeListener('SIGINT', onInterrupt);
  }
}
