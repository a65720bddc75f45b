// The options of `blockscope capture`, checked before anything is started.

import { nameInFilter } from '../../shared/domain/capture-filter.ts';
import { BACKENDS, type BackendName } from '../../shared/domain/live.ts';
import { CONFIDENCES, type Confidence } from '../../shared/domain/vocabulary.ts';
import { FORMATS, type Format, flowLimit, readLocal, readVantage } from './options.ts';
import { oneOf, parse, UsageError } from './usage.ts';

export interface CaptureCommand {
  readonly interface: string;
  readonly filter: string | null;
  readonly snaplen: number | null;
  readonly write: string | null;
  readonly ring: { readonly bytes: number | null; readonly seconds: number | null; readonly files: number } | null;
  readonly duration: number | null;
  readonly size: number | null;
  readonly packets: number | null;
  readonly backend: BackendName | null;
  readonly format: Format;
  readonly minConfidence: Confidence;
  /** Of the table of services or an imported list; `checkService` looks. */
  readonly service: string | null;
  readonly maxFlows: number | null;
  readonly local: readonly string[];
  readonly vantage: Readonly<Record<string, string>>;
  readonly failOn: Confidence | null;
  readonly lists: boolean;
}

const HELP = 'capture --help';
/** libpcap's largest. */
const MOST_SNAPLEN = 262_144;
const DEFAULT_RING_FILES = 10;

export const CAPTURE_HELP = `Usage: blockscope capture -i <interface> [options]

Captures on an interface and says what is found while it happens. It sends nothing. A helper does the
capturing (${BACKENDS.join(', else ')}) and may need permission; Blockscope itself needs no root, and never asks
for it. 'blockscope interfaces' lists the interfaces.

Options
  -i, --interface <name>         where to capture
  --filter <bpf>                 only what this filter lets through (the language of tcpdump); with
                                 addresses, because names would be looked up, which sends
  --snaplen <bytes>              keep only the beginning of each packet; by default all of it, because
                                 names are read from it
  --write <file>                 record to this file (pcapng) while it runs; a file that exists is not
                                 replaced
  --ring-size <MB>               begin a further file when one is this large
  --ring-time <s>                begin a further file when one is this old
  --ring <n>                     of such files keep the latest n (default ${DEFAULT_RING_FILES}); to analyze or report
                                 them as one: mergecap -w whole.pcapng <file>_*.pcapng
  --duration <s>                 end after so many seconds
  --size <MB>                    end after so many megabytes
  --packets <n>                  end after so many packets
  --backend <name>               capture with this one only: ${BACKENDS.join(', ')}
  --format text|json|ndjson      text: findings as they come, then the summary; json: the analysis at the
                                 end; ndjson: an event a line, and the analysis last.
                                 Default: text on a terminal, ndjson otherwise
  --min-confidence <word>, --service <name>, --max-flows <n>, --local <address,...>,
  --vantage <key=value,...>, --fail-on <word>, --no-lists
                                 as for analyze
  -h, --help                     this text

Ctrl-C ends the capture and prints the summary.
Exit status: 0 it captured, whatever was found; 1 no capture could be made; 2 wrong usage;
3 a finding as sure as --fail-on exists.
`;

/** Null: help was asked for. */
export function readCaptureOptions(args: readonly string[], isTerminal: boolean): CaptureCommand | null {
  const text = { type: 'string' } as const;
  const { values } = parse(
    {
      args: [...args],
      options: {
        interface: { type: 'string', short: 'i' },
        filter: text,
        snaplen: text,
        write: text,
        ring: text,
        'ring-size': text,
        'ring-time': text,
        duration: text,
        size: text,
        packets: text,
        backend: text,
        format: text,
        'min-confidence': text,
        service: text,
        'max-flows': text,
        local: { type: 'string', multiple: true },
        vantage: { type: 'string', multiple: true },
        'fail-on': text,
        'no-lists': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    },
    HELP,
  );
  if (values.help === true) return null;
  const name = values.interface ?? '';
  if (name === '') throw new UsageError('name an interface with -i', HELP);
  // Helpers would take it for an option
  if (name.startsWith('-')) throw new UsageError(`-i: '${name}' is no interface`, HELP);
  const write = values.write ?? null;
  const ring = readRing(values['ring-size'], values['ring-time'], values.ring);
  if (ring !== null && write === null) throw new UsageError('--ring-size and --ring-time: say also --write', HELP);
  return {
    interface: name,
    filter: readFilter(values.filter),
    snaplen: whole(values.snaplen, '--snaplen', MOST_SNAPLEN),
    write,
    ring,
    duration: amount(values.duration, '--duration'),
    size: megabytes(values.size, '--size'),
    packets: whole(values.packets, '--packets'),
    backend: values.backend === undefined ? null : oneOf(values.backend, BACKENDS, '--backend', HELP),
    format: oneOf(values.format ?? (isTerminal ? 'text' : 'ndjson'), FORMATS, '--format', HELP),
    minConfidence: oneOf(values['min-confidence'] ?? 'inconclusive', CONFIDENCES, '--min-confidence', HELP),
    service: values.service ?? null,
    maxFlows: values['max-flows'] === undefined ? null : flowLimit(values['max-flows'], HELP),
    local: readLocal(values.local ?? [], HELP),
    vantage: readVantage(values.vantage ?? [], HELP),
    failOn: values['fail-on'] === undefined ? null : oneOf(values['fail-on'], CONFIDENCES, '--fail-on', HELP),
    lists: values['no-lists'] !== true,
  };
}

function readFilter(filter = ''): string | null {
  const name = nameInFilter(filter);
  if (name !== null)
    throw new UsageError(`--filter: '${name}' is a name; it would be looked up, which sends. Say its address`, HELP);
  return filter.trim() === '' ? null : filter;
}

function readRing(size?: string, time?: string, files?: string): CaptureCommand['ring'] {
  const ring = {
    bytes: megabytes(size, '--ring-size'),
    seconds: amount(time, '--ring-time'),
    files: whole(files, '--ring') ?? DEFAULT_RING_FILES,
  };
  if (ring.bytes !== null || ring.seconds !== null) return ring;
  if (files !== undefined) throw new UsageError('--ring: say also --ring-size or --ring-time', HELP);
  return null;
}

function amount(text: string | undefined, option: string): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value <= 0)
    throw new UsageError(`${option}: '${text}' is no number above 0`, HELP);
  return value;
}

function megabytes(text: string | undefined, option: string): number | null {
  const value = amount(text, option);
  return value === null ? null : value * 1e6;
}

function whole(text: string | undefined, option: string, most = Number.MAX_SAFE_INTEGER): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > most) {
    throw new UsageError(`${option}: '${text}' is no whole number from 1 to ${most}`, HELP);
  }
  return value;
}
