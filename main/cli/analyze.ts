// `blockscope analyze`: captures one after the other, results to standard output, everything else to standard error.

import { closeSync, openSync, writeSync } from 'node:fs';
import type { Analysis } from '../../shared/contract/analysis.ts';
import { atLeast } from '../../shared/domain/vocabulary.ts';
import { analyzeFile } from '../engine/analyze.ts';
import type { ImportedList } from '../enrich/list-index.ts';
import type { Report } from '../incident/compose.ts';
import { addNetworks } from './add-networks.ts';
import { comparisonTable } from './comparison-table.ts';
import { harmless, plural } from './layout.ts';
import { ANALYZE_HELP, type AnalyzeCommand, readOptions } from './options.ts';
import { checkService, ownLists } from './own-lists.ts';
import { ProgressLine } from './progress.ts';
import { type Selection, select } from './selection.ts';
import { type Style, styleFor, wantsColour } from './style.ts';
import { renderText } from './text.ts';
import { UsageError } from './usage.ts';

const UNREADABLE = 1;
const FAIL_ON = 3;
/** 128 and SIGINT's number, as shells count. */
const INTERRUPTED = 130;

export async function analyze(args: readonly string[]): Promise<number> {
  const command = readOptions(args, process.stdout.isTTY === true);
  if (command === null) {
    process.stdout.write(ANALYZE_HELP);
    return 0;
  }
  if (command.captures.includes('-') && process.stdin.isTTY === true) {
    throw new UsageError('standard input (-) is a terminal; pipe a capture into it', 'analyze --help');
  }
  const lists = await ownLists(command.lists);
  checkService(command.service, lists, 'analyze --help');
  const sink = openSink(command.output);
  const style = styleFor(command.output === null && wantsColour(process.stdout, process.env));
  const interrupt = new AbortController();
  // Once: a second Ctrl-C ends the program at once.
  const onInterrupt = () => interrupt.abort();
  process.once('SIGINT', onInterrupt);
  const done: Selection[] = [];
  let isUnreadable = false;
  let isFailing = false;
  try {
    for (const path of command.captures) {
      if (interrupt.signal.aborted) {
        warn(`${path}: not analyzed, interrupted`);
        continue;
      }
      const report = await analyzeOne(path, command, lists, interrupt.signal);
      if (report.analysis.error !== null) {
        isUnreadable = true;
        warn(`${report.analysis.error.text} ${report.analysis.error.hint}`);
      }
      if (command.networks && !(await addNetworks(report.analysis))) {
        warn('--networks: there is no table of networks, and none can be made');
      }
      const selected = select(report.analysis, command.service, command.minConfidence);
      const { failOn } = command;
      const all = select(report.analysis, command.service, 'inconclusive').analysis.findings;
      isFailing ||= failOn !== null && all.some((finding) => atLeast(finding.confidence, failOn));
      await emit(sink, command, style, { ...report, analysis: selected.analysis }, selected.hidden, done.length);
      done.push(command.format === 'ndjson' ? { ...selected, analysis: nothing(selected.analysis) } : selected);
    }
    await finish(sink, command, style, done);
  } finally {
    process.removeListener('SIGINT', onInterrupt);
    sink.close();
  }
  if (interrupt.signal.aborted) return INTERRUPTED;
  if (isUnreadable) return UNREADABLE;
  return isFailing ? FAIL_ON : 0;
}

async function analyzeOne(
  path: string,
  command: AnalyzeCommand,
  lists: readonly ImportedList[],
  signal: AbortSignal,
): Promise<Report> {
  const progress = new ProgressLine(process.stderr, path);
  try {
    return await analyzeFile(path, {
      ...(command.maxFlows === null ? {} : { maxFlows: command.maxFlows }),
      local: [...command.local],
      vantage: { ...command.vantage },
      lists,
      // The text does not print it, and hashing a large file takes its time.
      hash: command.format !== 'text',
      signal,
      onProgress: progress.update,
    });
  } finally {
    progress.clear();
  }
}

/** ndjson has been written and needs no memory of the findings. */
function nothing(analysis: Analysis): Analysis {
  return { ...analysis, findings: [], incidents: [], targets: [], services: [] };
}

async function emit(
  sink: Sink,
  command: AnalyzeCommand,
  style: Style,
  report: Report,
  hidden: number,
  before: number,
): Promise<void> {
  if (command.format === 'ndjson') await sink.write(`${JSON.stringify(report.analysis)}\n`);
  if (command.format === 'text') {
    const text = renderText(report, { style, hidden, minConfidence: command.minConfidence });
    await sink.write(before > 0 ? `\n${style.faint('='.repeat(100))}\n\n${text}` : text);
  } else if (hidden > 0) {
    warn(`${report.analysis.capture.path}: ${plural(hidden, 'finding')} below '${command.minConfidence}' left out`);
  }
}

async function finish(sink: Sink, command: AnalyzeCommand, style: Style, done: readonly Selection[]): Promise<void> {
  const analyses = done.map(({ analysis }) => analysis);
  if (command.format === 'json') {
    const value = command.captures.length === 1 ? analyses[0] : analyses;
    await sink.write(`${JSON.stringify(value, null, 2)}\n`);
  }
  if (command.format === 'text' && analyses.length > 1) {
    await sink.write(`\n${style.faint('='.repeat(100))}\n\n${comparisonTable(analyses, style)}`);
  }
}

function warn(message: string): void {
  process.stderr.write(`blockscope: ${harmless(message)}\n`);
}

interface Sink {
  write(text: string): Promise<void>;
  close(): void;
}

function openSink(path: string | null): Sink {
  if (path === null) {
    return {
      write: (text) =>
        new Promise((resolve, reject) => {
          process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
        }),
      close: () => {},
    };
  }
  let file: number;
  try {
    file = openSync(path, 'w');
  } catch (error) {
    throw new UsageError(
      `--output: ${path} cannot be written (${(error as NodeJS.ErrnoException).code})`,
      'analyze --help',
    );
  }
  return {
    write: async (text) => {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    },
    close: () => closeSync(file),
  };
}
