// The way of a finished report out of the engine: to a place that the system's dialog gave, or, in a browser, part by
// part into a file that it saves.

import type { ReportRequest } from '../../../shared/contract/report.ts';
import type { CallResult, Client, Failure } from '../../../shared/contract/service.ts';
import { failureOf } from '../../app/store.ts';
import { saveFile } from '../../ui/save-file.ts';

export type Written = CallResult<'report.write'>;

export interface Order {
  readonly capture: string;
  readonly options: ReportRequest;
  readonly pdf: boolean;
}

export type Outcome =
  | { readonly kind: 'written'; readonly written: Written }
  /** Nothing was written: an older report of that name stands there, which may be replaced when asked. */
  | { readonly kind: 'ask'; readonly path: string; readonly name: string }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'nothing' };

export async function toPath(client: Client, order: Order, path: string, replace: boolean): Promise<Outcome> {
  try {
    const written = await client.call('report.write', { ...order, to: { kind: 'path', path, replace } });
    return { kind: 'written', written };
  } catch (error) {
    const failure = failureOf(error);
    if (failure.code === 'exists' && failure.params.report === 1) {
      return { kind: 'ask', path, name: String(failure.params.name) };
    }
    return { kind: 'failed', failure };
  }
}

export async function chooseAndWrite(
  client: Client,
  order: Order,
  as: 'folder' | 'zip',
  name: string,
): Promise<Outcome> {
  try {
    const { path } = await client.call('report.choose', { as, name });
    return path === null ? { kind: 'nothing' } : await toPath(client, order, path, false);
  } catch (error) {
    return { kind: 'failed', failure: failureOf(error) };
  }
}

export async function download(client: Client, order: Order, name: string): Promise<Outcome> {
  try {
    const written = await client.call('report.write', { ...order, to: { kind: 'download' } });
    const { download: id, bytes } = written.download!;
    const whole = new Uint8Array(bytes);
    for (let at = 0; at < bytes; ) {
      const { data } = await client.call('download.part', { download: id, offset: at });
      if (data.length === 0) return { kind: 'failed', failure: { code: 'no-longer-available', params: {}, text: '' } };
      whole.set(data, at);
      at += data.length;
    }
    await client.call('download.end', { download: id });
    saveFile(`${name}.zip`, 'application/zip', whole);
    return { kind: 'written', written: { ...written, name: `${name}.zip` } };
  } catch (error) {
    return { kind: 'failed', failure: failureOf(error) };
  }
}
