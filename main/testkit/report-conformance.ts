// What the calls of the report builder must do over every way between the engine and a face.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import { type CallError, createClient } from '../../shared/contract/client.ts';
import type { ReportRequest } from '../../shared/contract/report.ts';
import type { Client, FailureCode, Transport } from '../../shared/contract/service.ts';
import { reportSchema } from '../../shared/report/schema.ts';

export const ASKED: ReportRequest = {
  incidents: [],
  language: 'en',
  pseudonyms: 'numbered',
  payload: 'decoded',
  direction: 'both',
  keep: [],
  captureName: null,
  title: null,
  author: null,
  context: null,
  themes: [],
  licence: 'CC BY 4.0',
  vantage: {},
  without: [],
  times: 'exact',
  rebaseTimestamps: false,
  dated: false,
  disagreements: [],
};

async function failure(promise: Promise<unknown>): Promise<[FailureCode, Record<string, unknown>] | null> {
  try {
    await promise;
    return null;
  } catch (error) {
    const { code, params } = (error as CallError).failure;
    return [code, params];
  }
}

export interface Way {
  readonly client: Client;
  /** Read to its end. */
  readonly capture: string;
  readonly openPath: boolean;
  readonly transport: () => Promise<Transport>;
}

async function fetched(client: Client, download: string, bytes: number): Promise<Uint8Array> {
  const whole = new Uint8Array(bytes);
  for (let at = 0; at < bytes; ) {
    const { data } = await client.call('download.part', { download, offset: at });
    whole.set(data, at);
    at += data.length;
    if (data.length === 0) throw new Error('the download ends early');
  }
  return whole;
}

function manifestHolds(files: Record<string, Uint8Array>): boolean {
  const lines = Buffer.from(files['MANIFEST.sha256']!).toString('utf8').trimEnd().split('\n');
  return lines.every((line) => {
    const [hash, name] = line.split('  ') as [string, string];
    return createHash('sha256').update(files[name]!).digest('hex') === hash;
  });
}

export function reportConformance(way: () => Way): void {
  describe('reports', () => {
    const folder = mkdtempSync(join(tmpdir(), 'report-conformance-'));
    afterAll(() => rmSync(folder, { recursive: true }));

    const preview = (options: Partial<ReportRequest> = {}) => {
      const { client, capture } = way();
      return client.call('report.preview', { capture, options: { ...ASKED, ...options } });
    };
    const write = (path: string, replace = false, options: Partial<ReportRequest> = {}) => {
      const { client, capture } = way();
      const to = { kind: 'path', path, replace } as const;
      return client.call('report.write', { capture, options: { ...ASKED, ...options }, pdf: false, to });
    };

    it('lists every value that would be replaced before anything is written', async () => {
      const { page, replaced, kept, missing, frames, payloadFrames, files } = await preview();
      expect(page).toContain('<h2 id="s-redaction">');
      expect(replaced.map(({ kind }) => kind)).toContain('local-address');
      for (const { original, replacement } of replaced) {
        expect([original, page.includes(original)]).toEqual([original, false]);
        expect(original).not.toBe(replacement);
      }
      for (const { value } of kept) expect(replaced.map(({ original }) => original)).not.toContain(value);
      expect(missing).toContain('country');
      expect(payloadFrames).toBeGreaterThan(0);
      expect(payloadFrames).toBeLessThan(frames);
      expect(files.map(({ name }) => name)).toContain('evidence.pcapng');
    });

    it('does what it is asked: one incident, headers only, another language, what may stay, what is stated', async () => {
      const all = await preview();
      const one = await preview({ incidents: ['I1'] });
      expect([one.incidents, one.frames < all.frames]).toEqual([1, true]);
      expect((await preview({ payload: 'headers' })).payloadFrames).toBe(0);
      const persian = await preview({ language: 'fa', without: ['glossary'] });
      expect(persian.page).toContain('<html lang="fa" dir="rtl">');
      expect(persian.page).not.toContain('id="s-glossary"');
      const hidden = all.replaced.find(({ kind }) => kind === 'remote-address');
      expect(hidden).toBeDefined();
      const stays = await preview({ keep: [hidden!.original] });
      expect(stays.kept.map(({ value }) => value)).toContain(hidden!.original);
      expect(stays.replaced.map(({ original }) => original)).not.toContain(hidden!.original);
      const own = all.replaced.find(({ kind }) => kind === 'local-address')!.original;
      expect((await preview({ keep: [own] })).replaced.map(({ original }) => original)).toContain(own);
      const stated = await preview({ vantage: { country: 'RU' }, title: 'A title', times: 'minutes' });
      expect(stated.missing).not.toContain('country');
      expect(stated.title).toBe('A title');
      expect((await failure(preview({ incidents: ['I999'] })))?.[0]).toBe('unknown-incident');
    });

    it('keeps disagreements apart, and hides in them what is hidden elsewhere', async () => {
      const own = (await preview()).replaced.find(({ kind }) => kind === 'local-address')!;
      const text = `Not so at ${own.original}`;
      const { page } = await preview({ disagreements: [{ incident: 'I1', text }] });
      expect(page).toContain('Disagreements noted by whoever read the recording');
      expect(page).toContain(`Not so at ${own.replacement}`);
    });

    it('writes a folder or a zip file, and replaces nothing that it was not asked to', async () => {
      if (!way().openPath) {
        expect((await failure(write(join(folder, 'x'))))?.[0]).toBe('not-here');
        return;
      }
      const place = join(folder, 'a report');
      const { name, files, pdf, download } = await write(place);
      expect([name, pdf, download]).toEqual(['a report', 'not-wanted', null]);
      expect(readdirSync(place).sort()).toEqual(files.map((file) => file.name).sort());
      const written = Object.fromEntries(readdirSync(place).map((file) => [file, readFileSync(join(place, file))]));
      expect(manifestHolds(written)).toBe(true);
      expect(reportSchema.parse(JSON.parse(String(written['report.json']))).created).toBeNull();

      expect(await failure(write(place))).toEqual(['exists', { name: 'a report', report: 1 }]);
      expect((await write(place, true, { title: 'Another' })).name).toBe('a report');
      expect(readFileSync(join(place, 'report.md'), 'utf8')).toMatch(/^# Another\n/);

      const others = join(folder, 'mine');
      mkdirSync(others);
      writeFileSync(join(others, 'diary.txt'), 'mine');
      writeFileSync(join(folder, 'mine.zip'), 'mine');
      for (const path of [others, join(folder, 'mine.zip')]) {
        expect(await failure(write(path))).toEqual(['exists', { name: basename(path), report: 0 }]);
        expect(await failure(write(path, true))).toEqual(['exists', { name: basename(path), report: 0 }]);
      }
      expect(readFileSync(join(folder, 'mine.zip'), 'utf8')).toBe('mine');

      await write(join(folder, 'report.zip'));
      const unpacked = unzipSync(readFileSync(join(folder, 'report.zip')));
      expect(manifestHolds(unpacked)).toBe(true);
      expect(await failure(write(join(folder, 'no', 'such', 'place')))).toEqual([
        'not-writable',
        { name: 'place', system: 'ENOENT' },
      ]);
      expect(existsSync(join(folder, 'no'))).toBe(false);
      expect(readdirSync(folder).filter((entry) => /partial|old/.test(entry))).toEqual([]);
    });

    it('hands a bundle over part by part, to whoever asked for it and nobody else', async () => {
      const { client, capture, transport } = way();
      const to = { kind: 'download' } as const;
      const made = await client.call('report.write', { capture, options: ASKED, pdf: false, to });
      const { download, bytes } = made.download!;
      const other = createClient(await transport());
      expect((await failure(other.call('download.part', { download, offset: 0 })))?.[0]).toBe('bad-request');
      const files = unzipSync(await fetched(client, download, bytes));
      expect(Object.keys(files).sort()).toEqual(made.files.map(({ name }) => name).sort());
      expect(manifestHolds(files)).toBe(true);
      await client.call('download.end', { download });
      expect((await failure(client.call('download.part', { download, offset: 0 })))?.[0]).toBe('bad-request');
    });

    it('keeps a draft of each capture until it is thrown away', async () => {
      const { client, capture } = way();
      expect((await client.call('report.draft', { capture })).draft).toBeNull();
      const options = { ...ASKED, context: 'It began at noon.', keep: ['192.0.2.77'] };
      const { savedAt } = await client.call('report.keepDraft', { capture, options });
      expect((await client.call('report.draft', { capture })).draft).toEqual({ savedAt, options });
      await client.call('report.forgetDraft', { capture });
      expect((await client.call('report.draft', { capture })).draft).toBeNull();
    });

    it('stops when it is no longer wanted', async () => {
      const { client, capture } = way();
      const stop = new AbortController();
      const asked = client.call('report.preview', { capture, options: { ...ASKED, incidents: ['I2'] } }, stop.signal);
      stop.abort();
      expect((await failure(asked))?.[0]).toBe('cancelled');
      expect((await preview()).incidents).toBeGreaterThan(0);
    });
  });
}
