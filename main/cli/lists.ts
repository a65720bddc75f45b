// `blockscope lists`: what lists are imported, a further one, one less. They are kept on this computer.

import type { ListFailure } from '../../shared/contract/service.ts';
import type { ListFormat, ListKind } from '../../shared/domain/lists.ts';
import { LIST_FORMATS, LIST_KINDS } from '../../shared/domain/lists.ts';
import type { RowFault } from '../enrich/list-entries.ts';
import type { ListFacts } from '../enrich/list-index.ts';
import { ListImportError, ListStore } from '../enrich/list-store.ts';
import { defaultHost } from '../service/host.ts';
import { harmless, labelled, plural } from './layout.ts';
import { oneOf, parse, UsageError } from './usage.ts';

const HELP = 'lists --help';

export const LISTS_HELP = `Usage: blockscope lists
       blockscope lists import [options] <file>
       blockscope lists remove <name>

Lists of block pages, block addresses and domains that you brought along. They are kept in your
user folder, asked by 'analyze', 'capture', 'report' and the app, and named in every result. A match with
one is evidence that something matches; alone it never makes a finding more than possible.

Options of import
  --format <word>          ${LIST_FORMATS.join(', ')};
                           default: told by the first rows
  --as <word>              what it holds, where the format leaves that open:
                           ${LIST_KINDS.join(', ')}
  --name <name>            what to call it; default: the name of the file. One of the same name
                           is replaced. Domains of a list belong to the service of its name
  --source <text>          where it is from
  --licence <text>         its licence
  --date <day>             when it was published, as 2026-11-23
  -h, --help               this text

Rows that cannot be used are told with their line and the reason, and passed over.
Exit status: 0 done; 1 the file cannot be read, or holds nothing of use; 2 wrong usage.
`;

const FAILURE: Readonly<Record<ListFailure, string>> = {
  'not-found': 'there is no such file',
  'not-readable': 'it cannot be read, or the list cannot be kept',
  'too-large': 'it is larger than 8 MiB',
  'not-text': 'it is no text',
  'unknown-format': `its format is not known; name it with --format (${LIST_FORMATS.join(', ')})`,
  'nothing-usable': 'it holds no row of use',
  'too-many': 'too many lists are imported already; remove one first',
};

const PROBLEM: Readonly<Record<RowFault['problem'], string>> = {
  'not-json': 'is no JSON object',
  'not-csv': 'cannot be taken apart into the columns of the first row',
  'missing-field': 'lacks a field',
  'too-long': 'is too long',
  'too-short':
    'holds no fixed piece of four characters, or has an alternative that holds none: it would match anything',
  'bad-pattern': 'is no pattern that runs in linear time',
  'pattern-too-large': 'is a pattern that takes too much to compile',
  'unknown-location': 'names no place to look at',
  'not-an-address': 'is no address',
  'not-a-domain': 'is no domain',
  'include-missing': 'includes a file that does not lie beside it',
  'too-many': 'is beyond the number of rows that are taken',
};

const SHOWN_FAULTS = 20;

export async function lists(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(
    {
      args: [...args],
      allowPositionals: true,
      options: {
        format: { type: 'string' },
        as: { type: 'string' },
        name: { type: 'string' },
        source: { type: 'string' },
        licence: { type: 'string' },
        date: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    },
    HELP,
  );
  if (values.help === true) {
    process.stdout.write(LISTS_HELP);
    return 0;
  }
  const store = new ListStore(defaultHost().config);
  const [action, operand, ...rest] = positionals;
  if (rest.length > 0) throw new UsageError('one list at a time', HELP);
  if (action === undefined) {
    show(store.list());
    return 0;
  }
  if (operand === undefined) throw new UsageError(`lists ${action}: name what`, HELP);
  if (action === 'remove') return remove(store, operand);
  if (action !== 'import') throw new UsageError(`there is no 'lists ${action}'`, HELP);
  if (values.date !== undefined && !/^\d{4}(-\d\d(-\d\d)?)?$/.test(values.date)) {
    throw new UsageError(`--date: '${values.date}' is no day as 2026-11-23`, HELP);
  }
  return add(store, operand, {
    format: values.format === undefined ? null : oneOf(values.format, LIST_FORMATS, '--format', HELP),
    as: values.as === undefined ? null : oneOf(values.as, LIST_KINDS, '--as', HELP),
    name: values.name ?? null,
    source: values.source ?? null,
    licence: values.licence ?? null,
    date: values.date ?? null,
  });
}

function show(all: readonly ListFacts[]): void {
  if (all.length === 0) {
    process.stdout.write('No list is imported. See: blockscope lists --help\n');
    return;
  }
  process.stdout.write(`${all.map((list) => listLines(list).join('\n')).join('\n\n')}\n`);
}

export function listLines(list: ListFacts): string[] {
  const row = (label: string, text: string): string[] => labelled(label, 9, harmless(text), 2);
  return [
    harmless(list.name),
    ...row(
      'holds',
      `${plural(list.entries, 'row')} (${list.kind}, ${list.format})${list.skipped > 0 ? `, ${list.skipped} passed over` : ''}`,
    ),
    ...row('source', list.source ?? 'not stated'),
    ...row('licence', list.licence ?? 'not stated'),
    ...row('date', `${list.date ?? 'not stated'}; imported ${list.imported}`),
    ...row('SHA-256', list.sha256),
    ...(list.includes.length === 0 ? [] : row('includes', list.includes.map(({ name }) => name).join(', '))),
  ];
}

function remove(store: ListStore, name: string): number {
  if (store.remove(name)) {
    process.stdout.write(`${harmless(name)}: removed\n`);
    return 0;
  }
  process.stderr.write(`blockscope: there is no list '${harmless(name)}'\n`);
  return 1;
}

interface Said {
  readonly format: ListFormat | null;
  readonly as: ListKind | null;
  readonly name: string | null;
  readonly source: string | null;
  readonly licence: string | null;
  readonly date: string | null;
}

function add(store: ListStore, path: string, said: Said): number {
  try {
    const { list, faults } = store.import({ ...said, path, today: new Date().toISOString().slice(0, 10) });
    for (const { file, line, problem, row } of faults.slice(0, SHOWN_FAULTS)) {
      process.stderr.write(`${harmless(file)}:${line}: ${PROBLEM[problem]}: ${harmless(row)}\n`);
    }
    if (list.skipped > SHOWN_FAULTS) {
      process.stderr.write(
        `and ${plural(list.skipped - Math.min(faults.length, SHOWN_FAULTS), 'further row')} passed over\n`,
      );
    }
    process.stdout.write(`${listLines(list).join('\n')}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof ListImportError)) throw error;
    process.stderr.write(`blockscope: ${harmless(path)}: ${FAILURE[error.code]}\n`);
    return 1;
  }
}
