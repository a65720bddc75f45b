// What travels between the service and the worker of a capture's reports.

import type { CallResult, FailureCode } from '../../shared/contract/service.ts';
import type { Analyzed, BundleOptions } from './bundle.ts';

/** What the worker is started with. */
export interface ReportJob {
  /** Where the capture can be read again. */
  readonly path: string;
  readonly name: string;
  readonly analyzed: Analyzed;
}

export type Preview = Omit<CallResult<'report.preview'>, 'pdf'>;
export type Written = Pick<CallResult<'report.write'>, 'files'> & { readonly bytes: number };

/** Where a bundle goes. */
export interface Place {
  readonly path: string;
  readonly replace: boolean;
  readonly zip: boolean;
}

export type ReportTask =
  | { readonly type: 'preview'; readonly options: BundleOptions }
  /** The page that a PDF is printed from. */
  | { readonly type: 'page'; readonly options: BundleOptions }
  | {
      readonly type: 'write';
      readonly options: BundleOptions;
      readonly pdf: Uint8Array | null;
      readonly place: Place;
    };

export type ToReportWorker =
  | { readonly id: number; readonly task: ReportTask }
  | { readonly id: number; readonly task: null };

export type FromReportWorker =
  | { readonly id: number; readonly result: Preview | string | Written }
  | { readonly id: number; readonly code: FailureCode; readonly params: Record<string, string | number> };
