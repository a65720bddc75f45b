// `blockscope capture`: captures on an interface, says what it finds while it happens, and ends with the summary.

import { existsSync } from 'node:fs';
import type { Analysis, Finding } from '../../shared/contract/analysis.ts';
import type { LiveError, LiveHeader, LiveNotice, PermissionStep } from '../../shared/domain/live.ts';
import { needsPermission, permissionSteps } from '../../shared/domain/permission.ts';
import { atLeast } from '../../shared/domain/vocabulary.ts';
import { enLive } from '../../shared/i18n/en.ts';
import { Engine } from '../engine/engine.ts';
import type { Report } from '../incident/compose.ts';
import { type LiveCounters, type LiveEngine, type LiveListener, LiveSession } from '../live/session.ts';
import { CAPTURE_HELP, type CaptureCommand, readCaptureOptions } from './capture-options.ts';
import { byteSize, COLUMNS, duration, grouped, harmless } from './layout.ts';
import { checkService, ownLists } from './own-lists.ts';
import { select } from './selection.ts';
import { type Style, styleFor, wantsColour } from './style.ts';
import { renderText } from './text.ts';
import { UsageError } from './usage.ts';

const NOT_CAPTURED = 1;
const FAIL_ON = 3;

export async function capture(args: readonly string[]): Promise<number> {
  const command = readCaptureOptions(args, process.stdout.isTTY === true);
  if (command === null) {
    process.stdout.write(CAPTURE_HELP);
    return 0;
  }
  const face = new Face(command);
  const session = await begin(command, face);
  const onInterrupt = (): void => session.stop();
  // Once each: a second Ctrl-C ends the program at once, and the helper with it
  process.once('SIGINT', onInterrupt);
  process.once('SIGTERM', onInterrupt);
  try {
    await session.run();
  } finally {
    process.removeListener('SIGINT', onInterrupt);
    process.removeListener('SIGTERM', onInterrupt);
  }
  return face.status;
}

async function begin(command: CaptureCommand, face: Face): Promise<LiveSession<Report>> {
  const { write, ring } = command;
  if (write !== null && ring === null && existsSync(write))
    throw new UsageError(`--write: ${write} exists; captures are not replaced`, 'capture --help');
  const options = {
    interface: command.interface,
    filter: command.filter,
    snaplen: command.snaplen,
    backend: command.backend,
    recording: write === null ? null : { path: write, ring },
    limits: { seconds: command.duration, bytes: command.size, packets: command.packets },
  };
  try {
    return new LiveSession<Report>(options, await engineOf(command), face);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new UsageError(`--write: ${write} cannot be written (${code})`, 'capture --help');
  }
}

async function engineOf(command: CaptureCommand): Promise<LiveEngine<Report>> {
  const lists = await ownLists(command.lists);
  checkService(command.service, lists, 'capture --help');
  const engine = new Engine({
    ...(command.maxFlows === null ? {} : { maxFlows: command.maxFlows }),
    local: command.local,
    vantage: command.vantage,
    lists,
    isLive: true,
  });
  return {
    get failed() {
      return engine.failed;
    },
    feed: (chunk) => engine.feed(chunk),
    advance: (seconds) => engine.advance(seconds),
    end: () => engine.end(),
    judge: (path) => engine.judge({ path, sha256: null, compression: null, error: null, truncated: false }),
  };
}

/** Results to standard output, everything else to standard error. */
class Face implements LiveListener<Report> {
  status = 0;
  readonly #command: CaptureCommand;
  readonly #style: Style;
  /** What was last said of each finding. */
  readonly #said = new Map<string, string>();
  #files: readonly string[] = [];
  #isLineShown = false;
  #isHeaderSaid = false;

  constructor(command: CaptureCommand) {
    this.#command = command;
    this.#style = styleFor(wantsColour(process.stdout, process.env));
  }

  state(state: string): void {
    // The analysis is the last line
    if (state !== 'stopped') this.#event('state', { state });
    if (state === 'capturing' && this.#command.format !== 'ndjson')
      this.#warn(`capturing on ${this.#command.interface}; Ctrl-C ends`);
  }

  header(header: LiveHeader, tried: readonly LiveError[]): void {
    this.#event('header', { ...header, tried });
    if (this.#isHeaderSaid) return;
    this.#isHeaderSaid = true;
    if (tried.length > 0) {
      this.#warn(`${header.backend} captures, because`);
      const steps = permissionSteps(tried, process.platform);
      process.stderr.write(
        failureText(tried, needsPermission(tried) ? steps.filter(({ kind }) => kind !== 'open-instead') : []),
      );
    }
    if (header.tsSource === 'user') this.#warn(enLive.userTimes);
  }

  counters(counters: LiveCounters): void {
    this.#files = counters.files;
    if (process.stderr.isTTY !== true || this.#command.format === 'ndjson') return;
    const drops = counters.drops === null || counters.drops === 0 ? '' : `  ${grouped(counters.drops)} lost`;
    const line = `${duration(counters.seconds)}  ${grouped(counters.packets)} packets  ${byteSize(counters.bytes)}${drops}`;
    process.stderr.write(`\r\u001b[K${line.slice(0, Math.min(COLUMNS, (process.stderr.columns ?? COLUMNS) - 1))}`);
    this.#isLineShown = true;
  }

  notice(notice: LiveNotice): void {
    this.#event('notice', notice);
    this.#warn(enLive.notice[notice.kind](notice.params));
  }

  report(report: Report, isFinal: boolean): void {
    const { service, minConfidence, failOn, format } = this.#command;
    const { analysis, hidden } = select(report.analysis, service, minConfidence);
    this.#findings(analysis);
    if (!isFinal) return;
    this.#clear();
    if (this.#files.length > 1)
      this.#warn(
        `kept in ${this.#files.length} files; 'mergecap -w whole.pcapng' and then the files makes one of them`,
      );
    if (analysis.error !== null && analysis.capture.packets === 0) this.status = NOT_CAPTURED;
    else if (failOn !== null && report.analysis.findings.some(({ confidence }) => atLeast(confidence, failOn)))
      this.status = FAIL_ON;
    if (format === 'json') process.stdout.write(`${JSON.stringify(analysis, null, 2)}\n`);
    else if (format === 'ndjson') process.stdout.write(`${JSON.stringify(analysis)}\n`);
    else
      process.stdout.write(`\n${renderText({ ...report, analysis }, { style: this.#style, hidden, minConfidence })}`);
  }

  failed(errors: readonly LiveError[], steps: readonly PermissionStep[]): void {
    this.status = NOT_CAPTURED;
    this.#event('failed', { errors, steps });
    this.#warn(`no capture on ${this.#command.interface}`);
    process.stderr.write(failureText(errors, steps));
  }

  /** New ones, and those of which something else is said by now. */
  #findings(analysis: Analysis): void {
    const seen = new Set<string>();
    for (const finding of analysis.findings) {
      seen.add(finding.id);
      const words = `${finding.confidence} ${finding.state === 'withdrawn'} ${finding.techniques.join(',')}`;
      if (this.#said.get(finding.id) === words) continue;
      this.#said.set(finding.id, words);
      this.#event('finding', { finding });
      if (this.#command.format === 'text') this.#line(finding, analysis);
    }
    for (const id of this.#said.keys()) {
      if (seen.has(id)) continue;
      this.#said.delete(id);
      this.#event('withdrawn', { id });
      if (this.#command.format === 'text') this.#print(`${time()}  ${id} is withdrawn: another explanation fits`);
    }
  }

  #line(finding: Finding, analysis: Analysis): void {
    const target = finding.target.domain ?? finding.target.address ?? '';
    const incident = analysis.incidents.find(({ findings }) => findings.includes(finding.id));
    const confidence = this.#style.confidence(finding.confidence, finding.confidence.padEnd(12));
    const techniques = finding.techniques.join(', ');
    this.#print(
      `${time()}  ${harmless(finding.id).padEnd(4)} ${confidence} ${techniques}  ${harmless(target)}  ${harmless(incident?.verdict.text ?? '')}`,
    );
  }

  #event(event: string, more: object): void {
    if (this.#command.format !== 'ndjson') return;
    process.stdout.write(`${JSON.stringify({ event, at: Date.now() / 1000, ...more })}\n`);
  }

  #print(line: string): void {
    this.#clear();
    process.stdout.write(`${line}\n`);
  }

  #warn(message: string): void {
    this.#clear();
    process.stderr.write(`blockscope: ${harmless(message)}\n`);
  }

  #clear(): void {
    if (this.#isLineShown) process.stderr.write('\r\u001b[K');
    this.#isLineShown = false;
  }
}

function time(): string {
  return new Date().toISOString().slice(11, 19);
}

/** Which ways were tried with each one's own words, then what to do. */
export function failureText(errors: readonly LiveError[], steps: readonly PermissionStep[]): string {
  const lines: string[] = [];
  if (errors.length === 0) lines.push('There is nothing to capture with.');
  for (const error of errors) {
    lines.push(`  ${enLive.error[error.code](error)}`);
    // What a helper says before its complaint is none
    const words = error.message
      .split('\n')
      .filter((line) => line.trim() !== '' && !/^(Capturing on|File:) /.test(line));
    for (const line of words) lines.push(`      ${harmless(line)}`);
  }
  if (errors.some(({ code }) => code === 'no-interface'))
    lines.push("  'blockscope interfaces' lists those that are here.");
  if (steps.length > 0) lines.push('', 'What gives permission', '');
  for (const [index, { kind, command }] of steps.entries()) {
    lines.push(`  ${index + 1}. ${enLive.step[kind]}`);
    if (command !== null) lines.push(`       ${command}`);
  }
  if (steps.length > 0) lines.push('', enLive.neverRoot);
  return `${lines.join('\n')}\n`;
}
