#!/usr/bin/env node
// The command line: names the command and loads it. Each command loads only what it needs, so that --help is quick.

import { VERSION } from '../engine/version.ts';
import { UsageError } from './usage.ts';

const HELP = `Usage: blockscope <command> [options]

Says of a packet capture: was this blocked, how, how sure, and which frames prove it.
It only reads what is captured and sends nothing.

Commands
  analyze <capture...>     analyze captures (pcap or pcapng, also compressed; - is standard input)
  compare <a> <b>          two captures of one connection, from its two ends: what was forged,
                           dropped or changed between them
  report <capture>         a report that can be published: documents, evidence, checksums
  verify <folder|zip>      whether a report is unchanged and its evidence still says the same
  capture -i <interface>   capture, and say what is found while it happens; Ctrl-C ends
  interfaces               the interfaces of this machine
  lists                    lists of block pages, addresses and domains that you imported
  demo [sample...]         analyze samples that come with the program
  explain <technique>      how a technique works, how it looks in packets, how it is mistaken
  serve                    the app in a browser on this computer

Options
  -h, --help               this text; after a command, its options
  --version                the version

Exit status: 0 all captures were analyzed, whatever was found; 1 one could not be read or made;
2 wrong usage; 3 a finding as sure as --fail-on exists; 130 interrupted.
`;

async function run(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  switch (command) {
    case 'analyze':
      return (await import('./analyze.ts')).analyze(rest);
    case 'report':
      return (await import('./report.ts')).report(rest);
    case 'verify':
      return (await import('./verify.ts')).verify(rest);
    case 'compare':
      return (await import('./compare.ts')).compareCommand(rest);
    case 'capture':
      return (await import('./capture.ts')).capture(rest);
    case 'interfaces':
      return (await import('./interfaces.ts')).interfaces(rest);
    case 'demo':
      return (await import('./demo.ts')).demo(rest);
    case 'explain':
      return (await import('./explain.ts')).explain(rest);
    case 'lists':
      return (await import('./lists.ts')).lists(rest);
    case 'serve':
      return (await import('./serve.ts')).serve(rest);
    case '-h':
    case '--help':
    case 'help':
      process.stdout.write(HELP);
      return 0;
    case '--version':
      process.stdout.write(`blockscope ${VERSION}\n`);
      return 0;
    case undefined:
      process.stderr.write(HELP);
      return 2;
    default:
      throw new UsageError(`there is no command '${command}'`, '--help');
  }
}

// Whoever reads may stop early (head, less): no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  throw error;
});

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`blockscope: ${error.message}\nSee: blockscope ${error.help}\n`);
  process.exitCode = 2;
}
