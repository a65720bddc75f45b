// The worker in which the reports of one capture are made, so that neither the service nor the tables of the capture
// wait for it. What was read again of the capture, and the last draft, are kept for the next question.

import { basename } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { FailureCode } from '../../shared/contract/service.ts';
import { networkTable } from '../enrich/networks-cache.ts';
import { addressesOf, networksOf } from '../enrich/networks-of.ts';
import {
  type Analyzed,
  type BundleOptions,
  type Draft,
  draftFrom,
  MANIFEST,
  manifestOf,
  ReportError,
  selectFrames,
} from './bundle.ts';
import { leavesOutPayload } from './html.ts';
import type { FromReportWorker, Place, Preview, ReportJob, ReportTask, ToReportWorker, Written } from './report-job.ts';
import { CaptureChanged, type Selection } from './select.ts';
import { exists, isReport, writeBundle } from './write.ts';

const port = parentPort;
if (port === null) throw new Error('report-worker.js runs as a worker only');
const tell = (message: FromReportWorker): void => port.postMessage(message);
const job = workerData as ReportJob;

class Refused extends Error {
  readonly code: FailureCode;
  readonly params: Record<string, string | number>;

  constructor(code: FailureCode, params: Record<string, string | number> = {}) {
    super(code);
    this.code = code;
    this.params = params;
  }
}

let selected: { readonly key: string; readonly selection: Selection } | null = null;
let drafted: { readonly key: string; readonly draft: Draft } | null = null;

async function draftOf(options: BundleOptions, signal: AbortSignal): Promise<Draft> {
  // A draft keeps the time at which it was made, and with a random key nothing else would be what was previewed
  const key = JSON.stringify({ ...options, created: options.created !== null });
  if (drafted?.key === key) return drafted.draft;
  const scope = JSON.stringify([options.incidents, options.direction]);
  if (selected?.key !== scope) {
    selected = null;
    selected = { key: scope, selection: await selectFrames(job.path, job.analyzed, options, signal) };
  }
  signal.throwIfAborted();
  drafted = null;
  const analyzed = options.networks === true ? await withNetworks(job.analyzed) : job.analyzed;
  const draft = draftFrom(selected.selection, job.name, analyzed, options);
  drafted = { key, draft };
  return draft;
}

/** Where there is no table of networks the report is the same without. */
async function withNetworks({ analysis, ...rest }: Analyzed): Promise<Analyzed> {
  const table = await networkTable();
  if (table === null) return { analysis, ...rest };
  return { ...rest, analysis: { ...analysis, networks: networksOf(addressesOf(analysis), table) } };
}

function previewOf({ report, replaced, files, plainPage, evidence }: Draft): Preview {
  const { redaction, vantage } = report;
  const cut = evidence.frames.find((frame) => frame.cut > 0);
  return {
    page: plainPage,
    title: report.header.title,
    incidents: report.incidents.length,
    replaced: [...replaced],
    kept: redaction.kept,
    missing: vantage.filter(({ basis }) => basis === 'not-stated').map(({ field }) => field),
    frames: redaction.frames,
    payloadFrames: evidence.frames.filter((frame) => carriesPayload(frame)).length,
    cutFrames: redaction.cutFrames,
    cutBytes: redaction.cutBytes,
    firstCut: cut?.original ?? null,
    others: redaction.others,
    limited: redaction.limited,
    restsOnPayload: leavesOutPayload(report),
    files: sizes(new Map(files).set(MANIFEST, manifestOf(files))),
  };
}

/** Whether content is left in a published frame. */
function carriesPayload({ facts, cut }: Draft['evidence']['frames'][number]): boolean {
  return facts !== null && facts.payload > cut;
}

function sizes(files: ReadonlyMap<string, Uint8Array>): { name: string; bytes: number }[] {
  return [...files].map(([name, { length }]) => ({ name, bytes: length }));
}

function write(draft: Draft, pdf: Uint8Array | null, { path, replace, zip }: Place): Written {
  const name = basename(path);
  if (exists(path) && !replace) throw new Refused('exists', { name, report: isReport(path) ? 1 : 0 });
  // Asked or not: nothing but an older report is replaced
  if (exists(path) && !isReport(path)) throw new Refused('exists', { name, report: 0 });
  const files = new Map(draft.files);
  if (pdf !== null) files.set('report.pdf', pdf);
  files.set(MANIFEST, manifestOf(files));
  return { files: sizes(files), bytes: writeBundle(path, files, zip) };
}

async function done(task: ReportTask, signal: AbortSignal): Promise<Preview | string | Written> {
  const draft = await draftOf(task.options, signal);
  switch (task.type) {
    case 'preview':
      return previewOf(draft);
    case 'page':
      return draft.page;
    case 'write':
      return write(draft, task.pdf, task.place);
  }
}

const WRITING: Readonly<Record<string, FailureCode>> = { ENOSPC: 'disk-full', EDQUOT: 'disk-full', EFBIG: 'disk-full' };

function refusalOf(error: unknown, task: ReportTask): Refused {
  if (error instanceof Refused) return error;
  if (error instanceof ReportError) return new Refused(error.code);
  if (error instanceof CaptureChanged) return new Refused('changed');
  if (error instanceof Error && error.name === 'AbortError') return new Refused('cancelled');
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code !== undefined && syscall !== undefined) {
    return task.type === 'write' && drafted !== null
      ? new Refused(WRITING[code] ?? 'not-writable', { name: basename(task.place.path), system: code })
      : new Refused('no-longer-available');
  }
  return new Refused('defect', { error: error instanceof Error ? error.message : String(error) });
}

// One after the other: each holds the evidence of a whole report
let turn: Promise<void> = Promise.resolve();
const waiting = new Map<number, AbortController>();

port.on('message', ({ id, task }: ToReportWorker) => {
  if (task === null) {
    waiting.get(id)?.abort();
    return;
  }
  const stop = new AbortController();
  waiting.set(id, stop);
  turn = turn.then(async () => {
    try {
      stop.signal.throwIfAborted();
      tell({ id, result: await done(task, stop.signal) });
    } catch (error) {
      const { code, params } = refusalOf(error, task);
      tell({ id, code, params });
    } finally {
      waiting.delete(id);
    }
    // Lets what was cancelled meanwhile be heard before the next one begins
    await new Promise((resolve) => setImmediate(resolve));
  });
});
