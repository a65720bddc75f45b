// The options of `blockscope analyze`, checked before anything is read.

import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { CONFIDENCES, type Confidence } from '../../shared/domain/vocabulary.ts';
import { oneOf, parse, UsageError } from './usage.ts';

export const FORMATS = ['text', 'json', 'ndjson'] as const;
export type Format = (typeof FORMATS)[number];

export interface AnalyzeCommand {
  readonly captures: readonly string[];
  readonly format: Format;
  readonly output: string | null;
  readonly minConfidence: Confidence;
  /** Of the table of services or an imported list; `checkService` looks. */
  readonly service: string | null;
  readonly maxFlows: number | null;
  readonly local: readonly string[];
  readonly vantage: Readonly<Record<string, string>>;
  readonly failOn: Confidence | null;
  /** Whose networks addresses are in. */
  readonly networks: boolean;
  /** Whether imported lists are asked. */
  readonly lists: boolean;
}

const HELP = 'analyze --help';
const ROLES = ['client', 'server', 'path'] as const;
const VANTAGE_KEYS = ['role', 'network', 'country'] as const;

export const ANALYZE_HELP = `Usage: blockscope analyze [options] <capture...>

Analyzes captures one after the other. A capture is a pcap or pcapng file, plain or compressed
with gzip or zstd; - is standard input. Nothing but results goes to standard output.
Each file is a capture of its own, the files of a ring, too: what lies across their seams is not
seen then. 'mergecap -w whole.pcapng ring_*.pcapng' (it comes with Wireshark) makes one of them.

Options
  --format text|json|ndjson      text for people, json (an array when there are several captures),
                                 ndjson one object per capture and line.
                                 Default: text on a terminal, ndjson otherwise
  --output <path>                write results there instead of standard output
  --min-confidence <word>        leave out findings below confirmed, likely, possible or
                                 inconclusive; how many is said
  --service <name>               only what concerns this service (telegram, signal, ..., or an
                                 imported list of domains or addresses by its name)
  --max-flows <n>                connections followed at once (default 262144)
  --local <address,...>          addresses on the side of whoever captured
  --vantage <key=value,...>      what you know of where it was taken: role=client|server|path,
                                 network=..., country=...
  --fail-on <word>               exit 3 when a finding of at least that confidence exists
  --networks                     whose networks the addresses are in, from a table on this computer
                                 (the first time making it takes some seconds); never evidence
  --no-lists                     without the lists that you imported ('blockscope lists')
  -h, --help                     this text

Ctrl-C ends reading and prints what was found so far, marked as incomplete.
Exit status: 0 all captures were analyzed, whatever was found; 1 one could not be read (the others
still are); 2 wrong usage; 3 see --fail-on; 130 interrupted.
`;

/** Null: help was asked for. */
export function readOptions(args: readonly string[], isTerminal: boolean): AnalyzeCommand | null {
  const { values, positionals } = parse(
    {
      args: [...args],
      allowPositionals: true,
      options: {
        format: { type: 'string' },
        output: { type: 'string' },
        'min-confidence': { type: 'string' },
        service: { type: 'string' },
        'max-flows': { type: 'string' },
        local: { type: 'string', multiple: true },
        vantage: { type: 'string', multiple: true },
        'fail-on': { type: 'string' },
        networks: { type: 'boolean' },
        'no-lists': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    },
    HELP,
  );
  if (values.help === true) return null;
  if (positionals.length === 0) throw new UsageError('name at least one capture', HELP);
  if (positionals.filter((path) => path === '-').length > 1) {
    throw new UsageError('standard input (-) can be read once only', HELP);
  }
  const output = values.output ?? null;
  // Writing starts before reading ends; a capture overwritten by its own result would be lost evidence.
  if (output !== null && positionals.some((path) => path !== '-' && resolve(path) === resolve(output))) {
    throw new UsageError(`--output: ${output} is one of the captures`, HELP);
  }
  return {
    captures: positionals,
    format:
      values.format === undefined
        ? isTerminal && output === null
          ? 'text'
          : 'ndjson'
        : oneOf(values.format, FORMATS, '--format', HELP),
    output,
    minConfidence: oneOf(values['min-confidence'] ?? 'inconclusive', CONFIDENCES, '--min-confidence', HELP),
    service: values.service ?? null,
    maxFlows: values['max-flows'] === undefined ? null : flowLimit(values['max-flows']),
    local: readLocal(values.local ?? []),
    vantage: readVantage(values.vantage ?? []),
    failOn: values['fail-on'] === undefined ? null : oneOf(values['fail-on'], CONFIDENCES, '--fail-on', HELP),
    networks: values.networks === true,
    lists: values['no-lists'] !== true,
  };
}

/** The columns of the flow table are preallocated; 2^24 of them already take gigabytes. */
const MOST_FLOWS = 2 ** 24;

export function flowLimit(text: string, help = HELP): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > MOST_FLOWS) {
    throw new UsageError(`--max-flows: '${text}' is no whole number from 1 to ${MOST_FLOWS}`, help);
  }
  return value;
}

export function readVantage(lists: readonly string[], help = HELP): Record<string, string> {
  const vantage: Record<string, string> = {};
  for (const pair of lists.flatMap((list) => list.split(','))) {
    const equals = pair.indexOf('=');
    const value = pair.slice(equals + 1).trim();
    if (equals < 1 || value === '') throw new UsageError(`--vantage: '${pair}' is not key=value`, help);
    const key = oneOf(pair.slice(0, equals).trim(), VANTAGE_KEYS, '--vantage', help);
    vantage[key] = key === 'role' ? oneOf(value, ROLES, '--vantage role', help) : value;
  }
  return vantage;
}

export interface ServeCommand {
  /** 0: any free one. */
  readonly port: number;
}

export const SERVE_HELP = `Usage: blockscope serve [options]

The app in a browser on this computer. Prints the address to open; it holds a token that is new
each run, and nobody without it is heard. Only this computer can reach it. Ctrl-C ends it.

Options
  --port <n>               the port to listen on; default: any that is free
  -h, --help               this text

Exit status: 0 it was ended; 1 the port cannot be used; 2 wrong usage.
`;

/** Null: help was asked for. */
export function readServeOptions(args: readonly string[]): ServeCommand | null {
  const help = 'serve --help';
  const { values } = parse(
    { args: [...args], options: { port: { type: 'string' }, help: { type: 'boolean', short: 'h' } } },
    help,
  );
  if (values.help === true) return null;
  const port = Number(values.port ?? 0);
  if (!/^\d+$/.test(values.port ?? '0') || port > 65_535) {
    throw new UsageError(`--port: '${values.port}' is no port`, help);
  }
  return { port };
}

export function readLocal(lists: readonly string[], help = HELP): string[] {
  const local = lists.flatMap((list) => list.split(',')).map((text) => text.trim());
  for (const address of local) {
    if (isIP(address) === 0) throw new UsageError(`--local: '${address}' is no IP address`, help);
  }
  return local;
}
