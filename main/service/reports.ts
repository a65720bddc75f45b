// The calls of the report builder: what a report would be, where it goes, and the drafts kept of it.

import { randomUUID } from 'node:crypto';
import { basename, join, resolve } from 'node:path';
import type { ReportRequest } from '../../shared/contract/report.ts';
import type { CallParams, CallResult } from '../../shared/contract/service.ts';
import type { BundleOptions } from '../report/bundle.ts';
import type { Place } from '../report/report-job.ts';
import { isZip } from '../report/write.ts';
import type { Downloads } from './downloads.ts';
import type { Drafts } from './drafts.ts';
import { ServiceFailure } from './failures.ts';
import type { Host } from './host.ts';
import type { OpenCapture } from './open-capture.ts';
import type { Caller } from './service.ts';

type Wanted = Omit<CallParams<'report.write'>, 'capture'>;
type Written = CallResult<'report.write'>;

export class Reports {
  readonly #host: Host;
  readonly #drafts: Drafts;
  readonly #downloads: Downloads;
  readonly #temporary: () => string;

  constructor(host: Host, drafts: Drafts, downloads: Downloads, temporary: () => string) {
    this.#host = host;
    this.#drafts = drafts;
    this.#downloads = downloads;
    this.#temporary = temporary;
  }

  async preview(
    capture: OpenCapture,
    options: ReportRequest,
    { signal }: Caller,
  ): Promise<CallResult<'report.preview'>> {
    const preview = await capture.reports.ask({ type: 'preview', options: bundleOptions(options) }, signal);
    return { ...preview, pdf: this.#host.printPdf() !== null };
  }

  async write(capture: OpenCapture, wanted: Wanted, { connection, signal }: Caller): Promise<Written> {
    const { to } = wanted;
    if (to.kind === 'path') {
      if (!this.#host.openPath) throw new ServiceFailure('not-here');
      const path = resolve(to.path);
      // Also where it was asked about
      if (path === resolve(capture.source.path))
        throw new ServiceFailure('exists', { name: basename(path), report: 0 });
      const place: Place = { path, replace: to.replace, zip: isZip(path) };
      const { files, pdf } = await this.#write(capture, wanted, place, signal);
      return { name: basename(path), files, pdf, download: null };
    }
    const path = join(this.#temporary(), randomUUID());
    const { files, pdf, bytes } = await this.#write(capture, wanted, { path, replace: false, zip: true }, signal);
    const download = await this.#downloads.add(connection, path);
    return { name: 'report.zip', files, pdf, download: { download, bytes } };
  }

  async #write(
    capture: OpenCapture,
    { options, pdf: isWanted }: Wanted,
    place: Place,
    signal: AbortSignal,
  ): Promise<{ files: Written['files']; pdf: Written['pdf']; bytes: number }> {
    const asked = bundleOptions(options);
    const print = isWanted ? this.#host.printPdf() : null;
    let pdf: Written['pdf'] = isWanted ? 'not-here' : 'not-wanted';
    let printed: Uint8Array | null = null;
    if (print !== null) {
      const page = await capture.reports.ask({ type: 'page', options: asked }, signal);
      // The other documents say the same; a PDF that failed is said, and no reason to lose them
      printed = await print(page).catch(() => null);
      pdf = printed === null ? 'failed' : 'made';
    }
    if (signal.aborted) throw new ServiceFailure('cancelled');
    const task = { type: 'write', options: asked, pdf: printed, place } as const;
    return { ...(await capture.reports.ask(task, signal)), pdf };
  }

  draft(capture: OpenCapture): CallResult<'report.draft'> {
    const { sha256 } = capture;
    return { draft: sha256 === null ? null : this.#drafts.get(sha256), kept: this.#drafts.kept };
  }

  keepDraft(capture: OpenCapture, options: ReportRequest): CallResult<'report.keepDraft'> {
    if (capture.sha256 === null) throw new ServiceFailure('still-reading');
    try {
      return { savedAt: this.#drafts.keep(capture.sha256, options).savedAt };
    } catch (error) {
      const { code: system = '' } = error as NodeJS.ErrnoException;
      throw new ServiceFailure(system === 'ENOSPC' ? 'disk-full' : 'not-writable', { name: '', system });
    }
  }

  forgetDraft(capture: OpenCapture): CallResult<'report.forgetDraft'> {
    if (capture.sha256 !== null) this.#drafts.forget(capture.sha256);
    return {};
  }
}

function bundleOptions({ dated, ...options }: ReportRequest): BundleOptions {
  return {
    ...options,
    created: dated ? `${new Date().toISOString().slice(0, 19)}Z` : null,
    platform: `${process.platform} ${process.arch}`,
  };
}
