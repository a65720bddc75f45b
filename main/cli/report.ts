// `blockscope report`: a capture becomes a bundle that can be published, in a folder or a zip file.

import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { basename, resolve } from 'node:path';
import { OPTIONAL_SECTIONS, TIME_MODES } from '../../shared/contract/report.ts';
import type { Replaced } from '../../shared/report/pseudonyms.ts';
import { REPORT_LANGUAGES } from '../../shared/report/schema.ts';
import { analyzeFile } from '../engine/analyze.ts';
import { type BundleOptions, draftReport, MANIFEST, manifestOf, ReportError } from '../report/bundle.ts';
import { findChromium, printPdf } from '../report/pdf.ts';
import { exists, isReport, writeBundle } from '../report/write.ts';
import { addNetworks } from './add-networks.ts';
import { harmless, plural } from './layout.ts';
import { ownLists } from './own-lists.ts';
import { ProgressLine } from './progress.ts';
import { oneOf, parse, UsageError } from './usage.ts';

const HELP = 'report --help';
const FAILED = 1;
const INTERRUPTED = 130;
/** Files of a ring, most likely. */
const ONE_CAPTURE = 'name one capture; mergecap -w whole.pcapng <files> makes one of the files of a ring';
const LICENCE = 'CC BY 4.0';
const LARGEST_CONTEXT = 1_048_576;
/** Of the preview, where it only stands beside the writing. */
const PREVIEWED = 20;

export const REPORT_HELP = `Usage: blockscope report <capture> --output <folder|file.zip> [options]

Makes a report of what a capture shows: report.html, .pdf, .md and .json, incidents.csv,
packets.csv, evidence.pcapng, timeline.svg, a ladder for each incident, MANIFEST.sha256.
Addresses, hardware addresses and host names of whoever recorded are replaced, also inside
packets; remote ones stay only where the table of services or a public name of the incidents
covers them. What is replaced is listed before anything is written. Files of a ring: make one of
them first, 'mergecap -w whole.pcapng ring_*.pcapng'.

Options
  --output <path>                a folder to be made, or a file that ends in .zip
  --incident <I1,...>            only these incidents; otherwise every one
  --language en|ru|fa|zh-Hans    language of the report (ru, fa, zh-Hans: not yet reviewed)
  --preview                      list what would be replaced and what stays; write nothing
  --keep <value,...>             addresses or names that may stay (a listed server, say);
                                 own addresses never do
  --pseudonyms numbered|prefix|none
                                 numbered (default): the same capture gives the same bytes;
                                 prefix: common beginnings of addresses stay common, with a
                                 random key that is thrown away, so it cannot be reproduced;
                                 none: nothing is replaced, the report can identify people
  --payload decoded|headers|cited
                                 decoded (default): keep what of payloads is understood;
                                 headers: no payload; cited: also the whole content of block
                                 pages and injected data, which may name the subscriber
  --direction both|to-client|to-server
                                 keep one direction only
  --times exact|minutes          times in the text; packets keep theirs
  --rebase-timestamps            TCP timestamps count from the first of each sender, because they
                                 tell how long a computer has been running
  --without <section,...>        leave out: methodology, timeline, context, reproduce, glossary
  --title, --author, --context <file>, --theme <word,...>, --licence <text>
                                 what you add; --context is text in a file, printed apart
  --vantage <key=value,...>      where it was taken: role=client|server|path, network=...,
                                 country=..., asn=..., access=..., resolver=..., vpn=...
  --local <address,...>          addresses on the side of whoever recorded
  --capture-name <text>          printed in place of the file's name
  --created <time|none>          the time stated in the report; default: now
  --no-pdf                       no report.pdf (it needs Chromium, Chrome or Edge)
  --networks                     whose networks the addresses are in that stay as they are
  --no-lists                     without the lists that you imported ('blockscope lists')
  --force                        replace what is at --output already
  -h, --help                     this text

Exit status: 0 the report was made; 1 the capture could not be read, or nothing could be
written; 2 wrong usage; 130 interrupted.
`;

const VANTAGE_KEYS = ['role', 'network', 'country', 'asn', 'access', 'resolver', 'vpn'] as const;
const ROLES = ['client', 'server', 'path'] as const;

interface ReportCommand {
  readonly capture: string;
  readonly output: string | null;
  readonly preview: boolean;
  readonly force: boolean;
  readonly pdf: boolean;
  readonly local: readonly string[];
  readonly vantage: Readonly<Record<string, string>>;
  /** Whether imported lists are asked. */
  readonly lists: boolean;
  /** Whether it is told whose networks addresses are in. */
  readonly networks: boolean;
  readonly options: BundleOptions;
}

export async function report(args: readonly string[]): Promise<number> {
  const command = readCommand(args);
  if (command === null) {
    process.stdout.write(REPORT_HELP);
    return 0;
  }
  const { capture, output, options } = command;
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  const progress = new ProgressLine(process.stderr, capture);
  const { role, network, country } = command.vantage;
  const analyzed = await analyzeFile(capture, {
    local: [...command.local],
    vantage: {
      ...(role === undefined ? {} : { role }),
      ...(network === undefined ? {} : { network }),
      ...(country === undefined ? {} : { country }),
    },
    lists: await ownLists(command.lists),
    signal: interrupt.signal,
    onProgress: progress.update,
  }).finally(() => progress.clear());
  if (interrupt.signal.aborted) return INTERRUPTED;
  const { error } = analyzed.analysis;
  if (error !== null) {
    warn(`${error.text} ${error.hint}`);
    if (analyzed.analysis.capture.packets === 0) return FAILED;
  }
  if (command.networks && !(await addNetworks(analyzed.analysis))) warn('--networks: there is no table of networks');
  try {
    const draft = await draftReport(capture, analyzed, options);
    preview(draft.replaced, draft.report.redaction.kept, command.preview);
    if (command.preview || output === null) return 0;
    const files = new Map(draft.files);
    if (command.pdf) await addPdf(files, draft.page);
    files.set(MANIFEST, manifestOf(files));
    if (interrupt.signal.aborted) return INTERRUPTED;
    writeBundle(output, files);
    const { incidents, redaction } = draft.report;
    warn(
      `${harmless(output)}: ${plural(files.size, 'file')}, ${plural(incidents.length, 'incident')}, ` +
        `${plural(redaction.frames, 'frame')} of evidence`,
    );
    return error === null ? 0 : FAILED;
  } catch (problem) {
    if (problem instanceof ReportError) warn(problem.message);
    else if (isSystemError(problem)) warn(`${output ?? capture}: nothing was written (${problem.code})`);
    else throw problem;
    return FAILED;
  }
}

function isSystemError(problem: unknown): problem is NodeJS.ErrnoException {
  return problem instanceof Error && 'code' in problem && 'syscall' in problem;
}

async function addPdf(files: Map<string, Uint8Array>, page: string): Promise<void> {
  const chromium = findChromium(process.env);
  if (chromium === null) {
    warn('no report.pdf: neither Chromium, Chrome nor Edge was found. Open report.html in any browser and print it.');
    return;
  }
  const made = await printPdf(page, chromium);
  if (made.pdf === null) warn(`no report.pdf: ${made.because}`);
  else files.set('report.pdf', made.pdf);
}

function preview(
  replaced: readonly Replaced[],
  kept: readonly { readonly value: string; readonly places: number }[],
  whole: boolean,
): void {
  const stream = whole ? process.stdout : process.stderr;
  const say = (line: string): void => void stream.write(`${harmless(line)}\n`);
  const shown = whole ? replaced : replaced.slice(0, PREVIEWED);
  const width = Math.max(0, ...shown.map(({ original }) => original.length));
  say(replaced.length === 0 ? 'Replaced: nothing' : 'Replaced');
  for (const { kind, label, original, replacement, places } of shown) {
    say(`  ${kind.padEnd(16)} ${original.padEnd(width)}  ->  ${replacement}  (${label}, ${plural(places, 'place')})`);
  }
  if (replaced.length > shown.length) say(`  and ${replaced.length - shown.length} more: --preview lists all`);
  const values = kept.map(({ value }) => value);
  const named = whole ? values : values.slice(0, PREVIEWED);
  const rest = values.length > named.length ? ` and ${values.length - named.length} more` : '';
  say(`Kept: ${named.length === 0 ? 'none' : named.join(', ')}${rest}`);
}

function warn(message: string): void {
  process.stderr.write(`blockscope: ${harmless(message)}\n`);
}

function listed(values: readonly string[] | undefined): string[] {
  return (values ?? [])
    .flatMap((list) => list.split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '');
}

function readCommand(args: readonly string[]): ReportCommand | null {
  const { values, positionals } = parse(
    {
      args: [...args],
      allowPositionals: true,
      options: {
        output: { type: 'string' },
        incident: { type: 'string', multiple: true },
        language: { type: 'string' },
        preview: { type: 'boolean' },
        keep: { type: 'string', multiple: true },
        pseudonyms: { type: 'string' },
        payload: { type: 'string' },
        direction: { type: 'string' },
        title: { type: 'string' },
        author: { type: 'string' },
        context: { type: 'string' },
        theme: { type: 'string', multiple: true },
        licence: { type: 'string' },
        vantage: { type: 'string', multiple: true },
        local: { type: 'string', multiple: true },
        'capture-name': { type: 'string' },
        created: { type: 'string' },
        times: { type: 'string' },
        'rebase-timestamps': { type: 'boolean' },
        without: { type: 'string', multiple: true },
        'no-pdf': { type: 'boolean' },
        networks: { type: 'boolean' },
        'no-lists': { type: 'boolean' },
        force: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    },
    HELP,
  );
  if (values.help === true) return null;
  const [capture] = positionals;
  if (capture === undefined || positionals.length > 1)
    throw new UsageError(positionals.length > 1 ? ONE_CAPTURE : 'name one capture', HELP);
  if (capture === '-') {
    throw new UsageError('a report reads the capture more than once; save standard input to a file first', HELP);
  }
  const isPreview = values.preview === true;
  const output = values.output ?? null;
  if (output === null && !isPreview) throw new UsageError('--output: name a folder or a file that ends in .zip', HELP);
  if (output !== null && resolve(output) === resolve(capture)) {
    throw new UsageError(`--output: ${output} is the capture`, HELP);
  }
  if (output !== null && exists(output) && values.force !== true && !isPreview) {
    throw new UsageError(`--output: ${output} exists; --force replaces it`, HELP);
  }
  if (output !== null && !isPreview && exists(output) && !isReport(output)) {
    throw new UsageError(`--output: ${output} exists and is no report`, HELP);
  }
  const local = listed(values.local);
  for (const address of local) {
    if (isIP(address) === 0) throw new UsageError(`--local: '${address}' is no IP address`, HELP);
  }
  const vantage = readVantage(listed(values.vantage));
  const { asn, access, resolver, vpn } = vantage;
  return {
    capture,
    output,
    preview: isPreview,
    force: values.force === true,
    pdf: values['no-pdf'] !== true,
    networks: values.networks === true,
    lists: values['no-lists'] !== true,
    local,
    vantage,
    options: {
      incidents: listed(values.incident),
      language: oneOf(values.language ?? 'en', REPORT_LANGUAGES, '--language', HELP),
      pseudonyms: oneOf(values.pseudonyms ?? 'numbered', ['numbered', 'prefix', 'none'], '--pseudonyms', HELP),
      payload: oneOf(values.payload ?? 'decoded', ['decoded', 'headers', 'cited'], '--payload', HELP),
      direction: oneOf(values.direction ?? 'both', ['both', 'to-client', 'to-server'], '--direction', HELP),
      times: oneOf(values.times ?? 'exact', TIME_MODES, '--times', HELP),
      rebaseTimestamps: values['rebase-timestamps'] === true,
      without: listed(values.without).map((name) => oneOf(name, OPTIONAL_SECTIONS, '--without', HELP)),
      disagreements: [],
      keep: listed(values.keep),
      captureName: values['capture-name'] === undefined ? null : basename(values['capture-name']),
      created: createdAt(values.created),
      title: values.title ?? null,
      author: values.author ?? null,
      context: values.context === undefined ? null : readContext(values.context),
      themes: listed(values.theme),
      licence: values.licence ?? LICENCE,
      platform: `${process.platform} ${process.arch}`,
      vantage: {
        ...(asn === undefined ? {} : { asn }),
        ...(access === undefined ? {} : { access }),
        ...(resolver === undefined ? {} : { resolver }),
        ...(vpn === undefined ? {} : { vpn }),
      },
    },
  };
}

function createdAt(value: string | undefined): string | null {
  if (value === 'none') return null;
  const date = value === undefined ? new Date() : new Date(value);
  if (Number.isNaN(date.getTime())) throw new UsageError(`--created: '${value}' is no time`, HELP);
  return `${date.toISOString().slice(0, 19)}Z`;
}

function readContext(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UsageError(`--context: ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`, HELP);
  }
  if (bytes.length > LARGEST_CONTEXT) throw new UsageError(`--context: ${path} is longer than 1 MiB`, HELP);
  return bytes.toString('utf8').trim();
}

function readVantage(pairs: readonly string[]): Record<string, string> {
  const vantage: Record<string, string> = {};
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const value = pair.slice(equals + 1).trim();
    if (equals < 1 || value === '') throw new UsageError(`--vantage: '${pair}' is not key=value`, HELP);
    const key = oneOf(pair.slice(0, equals).trim(), VANTAGE_KEYS, '--vantage', HELP);
    vantage[key] = key === 'role' ? oneOf(value, ROLES, '--vantage role', HELP) : value;
  }
  return vantage;
}
