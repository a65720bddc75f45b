// `blockscope demo`: the samples that come with the program, by their names.

import { isAbsolute, relative } from 'node:path';
import { defaultHost } from '../service/host.ts';
import { readSamples, type SampleFile } from '../service/samples.ts';
import { analyze } from './analyze.ts';
import { compareCommand } from './compare.ts';
import { parse, UsageError } from './usage.ts';

const HELP = 'demo --help';
/** One story at two providers. */
const FIRST = ['telegram-2018-provider-a', 'telegram-2018-provider-b'];
/** 128 and SIGINT's number, as shells count. */
const INTERRUPTED = 130;
/** What a sample shows is in it, whatever its reader imported. */
const OPTIONS = ['--no-lists', '--format', 'text'];

export const DEMO_HELP = `Usage: blockscope demo [options] [sample...]

Analyzes samples that come with the program; without a name, those of one story at two providers.
A sample recorded at both ends of its connections is compared, as 'blockscope compare' does.

Options
  --list       the samples and what was recorded in each
  -h, --help   this text

Exit status: 0 all were analyzed, whatever was found; 1 one could not be read; 2 wrong usage;
130 interrupted.
`;

export async function demo(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(
    {
      args: [...args],
      allowPositionals: true,
      options: { list: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    },
    HELP,
  );
  if (values.help === true) {
    process.stdout.write(DEMO_HELP);
    return 0;
  }
  const samples = readSamples(defaultHost().samples);
  if (values.list === true) {
    const width = Math.max(0, ...samples.map(({ slug }) => slug.length));
    for (const { slug, title } of samples) process.stdout.write(`${slug.padEnd(width)}  ${title}\n`);
    return 0;
  }
  const chosen = (positionals.length === 0 ? FIRST : positionals).map((slug) => named(samples, slug));
  const alone = chosen.filter(({ otherPath }) => otherPath === null);
  let status = alone.length === 0 ? 0 : await analyze([...OPTIONS, ...alone.map(({ path }) => near(path))]);
  for (const { path, otherPath } of chosen) {
    if (otherPath !== null && status !== INTERRUPTED) {
      status = Math.max(status, await compareCommand([...OPTIONS, near(path), near(otherPath)]));
    }
  }
  return status;
}

function named(samples: readonly SampleFile[], name: string): SampleFile {
  const found = samples.find(({ slug }) => slug === name);
  if (found === undefined) throw new UsageError(`there is no sample '${name}'; demo --list names them`, HELP);
  return found;
}

/** As a person here would write it. */
function near(path: string): string {
  const from = relative(process.cwd(), path);
  return from.startsWith('..') || isAbsolute(from) ? path : from;
}
