// What every way between the engine and a face must do alike. Run over each transport by conformance.test.ts.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Analysis, analysisSchema } from '../../shared/contract/analysis.ts';
import { type CallError, createClient } from '../../shared/contract/client.ts';
import type { LiveStatus } from '../../shared/contract/live.ts';
import { analysisOf, type CaptureView, mergeUpdate } from '../../shared/contract/merge.ts';
import {
  type CallName,
  type CallParams,
  type CaptureUpdate,
  type Client,
  type FailureCode,
  type Message,
  type Transport,
  UPLOAD_PART,
} from '../../shared/contract/service.ts';
import { MAX_ITEMS } from '../engine/capture-job.ts';
import { readCapture, writeCapture } from './capture.ts';
import { reportConformance } from './report-conformance.ts';

const ROOT = join(import.meta.dirname, '../..');
const SAMPLE = 'telegram-2018-provider-a';
const FOLDER = join(ROOT, 'samples', SAMPLE);
const CAPTURE = join(FOLDER, 'capture.pcapng');

const FAKE_CAPTURE = join(ROOT, 'samples/rst-injection-burst/capture.pcapng');
/** For a program whose live captures are this sample, as if it happened now. */
export const FAKE_HELPER = {
  BLOCKSCOPE_DUMPCAP: join(ROOT, 'main/testkit/live/fake-dumpcap.mjs'),
  BLOCKSCOPE_FAKE_CAPTURE: FAKE_CAPTURE,
};

/** A running engine with its faces' end. */
export interface Face {
  /** A further window: a new transport to the same engine. */
  transport(): Promise<Transport>;
  /** Whether files may be named by their path here. */
  readonly openPath: boolean;
  /** Where this run keeps what it needs; nothing of it may stay. */
  readonly temporary: string;
  readonly uploadLimit: number;
  close(): Promise<void>;
}

export interface FaceOptions {
  readonly temporary: string;
  readonly uploadLimit: number;
  readonly readingAtOnce: number;
  /** Where recordings of live captures go. */
  readonly recordings: string;
}

async function failure(promise: Promise<unknown>): Promise<FailureCode | null> {
  try {
    await promise;
    return null;
  } catch (error) {
    return (error as CallError).failure.code;
  }
}

/** The sample over and over, each time a minute later and from other ports: long enough to be watched. */
function long(times: number): Uint8Array {
  const sample = readCapture(readFileSync(CAPTURE));
  const frames = Array.from({ length: times }, (_, round) =>
    sample.frames.map((frame) => ({ ...frame, time: frame.time + 60_000_000_000n * BigInt(round) })),
  ).flat();
  return writeCapture({ ...sample, frames });
}

/** Follows a capture until it is in one of these states. */
function follow(client: Client, capture: string, until: (view: CaptureView) => boolean) {
  const updates: CaptureUpdate[] = [];
  return new Promise<{ view: CaptureView; updates: CaptureUpdate[] }>((resolve, reject) => {
    let view: CaptureView | null = null;
    const stop = client.on(
      'capture.update',
      { capture },
      (update) => {
        updates.push(update);
        view = mergeUpdate(view, update);
        if (!until(view)) return;
        stop();
        resolve({ view, updates });
      },
      (reason) => reject(new Error(reason.code)),
    );
  });
}

const ended = (view: CaptureView): boolean => ['done', 'cancelled', 'gone'].includes(view.state);
/** What the stand-in for a helper writes. */
const LIVE_PACKETS = readCapture(readFileSync(FAKE_CAPTURE)).frames.length;
const page = { filter: '', sort: null, offset: 0, limit: 100 };

async function upload(client: Client, name: string, bytes: Uint8Array): Promise<string> {
  const begun = await client.call('upload.begin', { name, bytes: bytes.length });
  for (let at = 0; at < bytes.length; at += UPLOAD_PART) {
    await client.call('upload.part', { upload: begun.upload, data: bytes.slice(at, at + UPLOAD_PART) });
  }
  return begun.upload;
}

async function open(client: Client, name: string, bytes: Uint8Array): Promise<string> {
  const source = { kind: 'upload', upload: await upload(client, name, bytes) } as const;
  return (await client.call('capture.open', { source })).capture;
}

export function conformance(name: string, start: (options: FaceOptions) => Promise<Face>): void {
  describe(`The contract over ${name}`, () => {
    const temporary = mkdtempSync(join(tmpdir(), 'conformance-'));
    /** Of the person: what stays there is theirs. */
    const home = mkdtempSync(join(tmpdir(), 'conformance-home-'));
    const recordings = join(home, 'blockscope', 'recordings');
    let face: Face;
    let client: Client;
    /** Of the sample, read to its end. */
    let sample: { capture: string; view: CaptureView; updates: CaptureUpdate[] };

    beforeAll(async () => {
      face = await start({ temporary, uploadLimit: 64_000_000, readingAtOnce: 2, recordings });
      client = createClient(await face.transport());
      const { capture } = await client.call('capture.open', { source: { kind: 'sample', slug: SAMPLE } });
      sample = { capture, ...(await follow(client, capture, ended)) };
    });
    afterAll(async () => {
      await face.close();
      expect(readdirSync(temporary)).toEqual([]);
      rmSync(temporary, { recursive: true });
      rmSync(home, { recursive: true });
    });

    const ask = <N extends CallName>(call: N, params: Omit<CallParams<N>, 'capture'>) =>
      client.call(call, { capture: sample.capture, ...params } as CallParams<N>);

    it('says what it is and which samples it has', async () => {
      const info = await client.call('app.info', {});
      expect(info.samples.map(({ slug }) => slug)).toContain(SAMPLE);
      expect(info.samples.find(({ slug }) => slug === 'rst-innocent-server-closes')?.techniques).toEqual([]);
      expect(info.can.openPath).toBe(face.openPath);
      expect(info.uploadLimit).toBe(face.uploadLimit);
    });

    it('streams updates that add up to exactly what the command line says', () => {
      const cli = join(ROOT, 'dist/main/cli/blockscope.js');
      const text = execFileSync(process.execPath, [cli, 'analyze', '--format', 'json', 'capture.pcapng'], {
        cwd: FOLDER,
        encoding: 'utf8',
      });
      const analysis = analysisOf(sample.view);
      const expected = JSON.parse(text) as Analysis;
      // A sample goes by its name, not by that of its file
      expect(analysis).toEqual({ ...expected, capture: { ...expected.capture, path: SAMPLE } });
      expect(analysisSchema.parse(analysis).capture.complete).toBe(true);
      expect(sample.updates[0]!.full).toBe(true);
      expect(sample.updates.slice(1).every(({ full }) => !full)).toBe(true);
      expect(sample.view.state).toBe('done');
      expect(sample.view.progress.packets).toBe(analysis!.capture.packets);
    });

    it('tells a listener that comes late everything at once', async () => {
      const late = createClient(await face.transport());
      const { view, updates } = await follow(late, sample.capture, ended);
      expect(updates).toHaveLength(1);
      expect(analysisOf(view)).toEqual(analysisOf(sample.view));
    });

    it('bins all of the traffic, however it is cut', async () => {
      const { capture } = analysisOf(sample.view)!;
      const seconds = Number(capture.lastTime) - Number(capture.firstTime);
      for (const bins of [1, 7, 500]) {
        const result = await ask('timeline.bins', { from: 0, to: seconds + 1, bins, lanes: 'surface' });
        expect(result.packets).toHaveLength(bins);
        expect(result.packets.reduce((a, b) => a + b, 0)).toBe(capture.packets);
        expect(result.bytes.reduce((a, b) => a + b, 0)).toBe(capture.bytes);
      }
      const lanes = await ask('timeline.bins', { from: 0, to: seconds + 1, bins: 10, lanes: 'surface' });
      expect(lanes.worked.map(({ lane }) => lane).sort()).toEqual(['app', 'other']);
      // Nothing of a target that is blocked works
      const targets = await ask('timeline.bins', { from: 0, to: seconds + 1, bins: 10, lanes: 'target' });
      const blocked = sample.view.targets.filter(({ succeeded }) => succeeded === 0).map(({ id }) => id);
      expect(blocked.length).toBeGreaterThan(0);
      expect(targets.worked.filter(({ lane }) => blocked.includes(lane))).toEqual([]);
    });

    it('gives the tables page by page, in the order asked for', async () => {
      const all = await ask('flows.page', { ...page, limit: 500 });
      expect(all.total).toBe(analysisOf(sample.view)!.coverage.flows);
      expect(all.whole).toBe(true);
      const parts = await Promise.all(
        [0, 10, 20, 30].map((offset) => ask('flows.page', { ...page, offset, limit: 10 })),
      );
      expect(parts.flatMap(({ rows }) => rows)).toEqual(all.rows);
      const sorted = await ask('flows.page', { ...page, sort: { column: 'bytes', descending: true } });
      const bytes = sorted.rows.map((row) => row.bytesToServer + row.bytesToClient);
      expect(bytes).toEqual([...bytes].sort((a, b) => b - a));
      const dns = await ask('dns.page', { ...page, sort: { column: 'name', descending: false } });
      expect(dns.rows.map((row) => row.name)).toEqual(dns.rows.map((row) => row.name).sort());
      expect(await failure(ask('flows.page', { ...page, sort: { column: 'shoe-size', descending: false } }))).toBe(
        'bad-request',
      );
    });

    it('filters rows and counts values', async () => {
      const name = 'telegram.org';
      const { rows, matched, total } = await ask('flows.page', { ...page, filter: `domain:${name} outcome:reset` });
      expect(matched).toBe(rows.length);
      expect(matched).toBeGreaterThan(0);
      expect(matched).toBeLessThan(total);
      for (const row of rows) expect([row.name?.endsWith(name), row.outcome]).toEqual([true, 'reset']);
      const { facets } = await ask('table.facets', { table: 'flows', filter: '', columns: ['outcome'] });
      const reset = facets[0]!.values.find(({ value }) => value === 'reset')!.count;
      expect((await ask('flows.page', { ...page, filter: 'outcome:reset' })).matched).toBe(reset);
      const packets = await ask('packets.page', { ...page, filter: 'role:forged' });
      const forged = sample.view.findings.flatMap(({ frames }) => frames.forged);
      expect(packets.rows.map(({ frame }) => frame)).toEqual([...new Set(forged)].sort((a, b) => a - b));
      expect(await failure(ask('flows.page', { ...page, filter: 'port:>(' }))).toBe('bad-filter');
    });

    it('gives packets with their bytes, fields and the genuine one to compare a forged one with', async () => {
      const finding = sample.view.findings.find(({ frames }) => frames.forged.length > 0)!;
      const frame = finding.frames.forged[0]!;
      const { packet, bytes, fields, baseline, linkType } = await ask('packet.get', { frame });
      const original = readCapture(readFileSync(CAPTURE)).frames[frame - 1]!;
      expect(Buffer.from(bytes).equals(Buffer.from(original.bytes))).toBe(true);
      expect(linkType).toBe(1);
      expect(packet).toMatchObject({ frame, role: 'forged' });
      expect(packet.findings).toContain(finding.id);
      expect(fields.map((field) => field.name)).toEqual(['eth', 'ip', 'tcp']);
      const genuine = await ask('packet.get', { frame: baseline!.frame });
      expect(genuine.packet.source).toEqual(packet.source);
      expect(genuine.packet.role).not.toBe('forged');
      expect(await failure(ask('packet.get', { frame: 1_000_000 }))).toBe('unknown-frame');
    });

    it('gives a flow with its packets and what was said in it', async () => {
      const id = sample.view.findings.find(({ flow }) => flow?.protocol === 'tcp')!.flow!.id;
      const { flow, rows, total } = await ask('flow.packets', { flow: id, offset: 0, limit: 500 });
      expect(flow.flow).toBe(id);
      expect(rows).toHaveLength(total);
      expect(flow.packetsToServer + flow.packetsToClient).toBe(total);
      expect(rows[0]!.tcp).toMatchObject({ flags: 'S', relativeSeq: 0 });
      const stream = await ask('flow.stream', { flow: id, limit: 100_000 });
      expect(stream.turns[0]!.fromClient).toBe(true);
      // A TLS handshake record
      expect([...stream.turns[0]!.data.subarray(0, 2)]).toEqual([22, 3]);
      const toServer = stream.turns.filter(({ fromClient }) => fromClient);
      expect(toServer.reduce((sum, { data }) => sum + data.length, 0)).toBe(flow.bytesToServer);
      const cut = await ask('flow.stream', { flow: id, limit: 100 });
      expect([cut.cut, cut.turns.reduce((sum, { data }) => sum + data.length, 0)]).toEqual([true, 100]);
      const file = await ask('flow.capture', { flow: id, limit: 1_000_000 });
      const frames = readCapture(Buffer.from(file.bytes)).frames;
      const whole = readCapture(readFileSync(CAPTURE)).frames;
      expect([file.frames, file.cut]).toEqual([total, false]);
      expect(frames.map(({ bytes }) => Buffer.from(bytes).toString('hex'))).toEqual(
        rows.map(({ frame }) => Buffer.from(whole[frame - 1]!.bytes).toString('hex')),
      );
      expect(frames.map(({ time }) => time)).toEqual(rows.map(({ frame }) => whole[frame - 1]!.time));
      expect(await ask('flow.capture', { flow: id, limit: 300 })).toMatchObject({ cut: true });
      expect(await failure(ask('flow.packets', { flow: 9_999, offset: 0, limit: 1 }))).toBe('unknown-flow');
    });

    it('takes a file part by part, analyzes it like the sample and removes it when it is closed', async () => {
      const bytes = readFileSync(CAPTURE);
      const capture = await open(client, '/home/somebody/\u0000of mine.pcapng', bytes);
      const { view } = await follow(client, capture, ended);
      expect(view.head!.capture.path).toBe('of mine.pcapng');
      expect(view.head!.capture.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
      expect(view.findings).toEqual(sample.view.findings);
      await client.call('capture.close', { capture });
      expect(await failure(client.call('flows.page', { capture, ...page }))).toBe('unknown-capture');
      const left = readdirSync(temporary).flatMap((folder) => readdirSync(join(temporary, folder)));
      expect(left).toEqual([]);
    });

    it('reads packets of a compressed capture again', async () => {
      const bytes = readFileSync(CAPTURE);
      const capture = await open(client, 'small.pcapng.gz', gzipSync(bytes));
      await follow(client, capture, ended);
      const own = await client.call('packets.page', { capture, ...page, offset: 300 });
      const plain = await ask('packets.page', { ...page, offset: 300 });
      expect(own.rows).toEqual(plain.rows);
      await client.call('capture.close', { capture });
    });

    it('refuses uploads that are too large, out of order or not complete', async () => {
      expect(await failure(client.call('upload.begin', { name: 'x', bytes: face.uploadLimit + 1 }))).toBe('too-large');
      const { upload: short } = await client.call('upload.begin', { name: 'x', bytes: 10 });
      const source = { kind: 'upload', upload: short } as const;
      expect(await failure(client.call('capture.open', { source }))).toBe('bad-request');
      expect(await failure(client.call('upload.part', { upload: short, data: new Uint8Array(11) }))).toBe('too-large');
      expect(await failure(client.call('upload.part', { upload: short, data: new Uint8Array(1) }))).toBe('bad-request');
      const other = createClient(await face.transport());
      const { upload: mine } = await client.call('upload.begin', { name: 'x', bytes: 1 });
      expect(await failure(other.call('upload.part', { upload: mine, data: new Uint8Array(1) }))).toBe('bad-request');
      await client.call('upload.abandon', { upload: mine });
    });

    it('takes a file by its path only where there are paths', async () => {
      const source = { kind: 'path', path: CAPTURE } as const;
      if (!face.openPath) {
        expect(await failure(client.call('capture.open', { source }))).toBe('not-here');
        return;
      }
      const { capture, name: shown } = await client.call('capture.open', { source });
      expect(shown).toBe('capture.pcapng');
      const { view } = await follow(client, capture, ended);
      expect(JSON.stringify(view)).not.toContain(FOLDER);
      await client.call('capture.close', { capture });
      const missing = { kind: 'path', path: join(FOLDER, 'missing.pcap') } as const;
      expect(await failure(client.call('capture.open', { source: missing }))).toBe('not-found');
      expect(await failure(client.call('capture.open', { source: { kind: 'path', path: FOLDER } }))).toBe(
        'not-readable',
      );
    });

    it('gives a damaged file what stands before the damage, and a file that is no capture an error', async () => {
      const bytes = new Uint8Array(readFileSync(CAPTURE));
      const cut = await open(client, 'cut.pcapng', bytes.slice(0, bytes.length >> 1));
      const { view } = await follow(client, cut, ended);
      expect(view.state).toBe('done');
      expect(view.head!.capture.packets).toBeGreaterThan(100);
      expect(view.head!.capture.quality.map(({ kind }) => kind)).toContain('truncated');
      const text = await open(client, 'text.pcap', new TextEncoder().encode('This is no capture.\n'));
      const { view: nothing } = await follow(client, text, ended);
      expect([nothing.state, nothing.head!.error?.code]).toEqual(['done', 'not-a-capture']);
      const rows = await client.call('packets.page', { capture: text, ...page });
      expect(rows).toMatchObject({ total: 0, rows: [] });
      for (const capture of [cut, text]) await client.call('capture.close', { capture });
    });

    reportConformance(() => ({
      client,
      capture: sample.capture,
      openPath: face.openPath,
      transport: () => face.transport(),
    }));

    describe('of a long capture', () => {
      const bytes = long(200);

      it('keeps what was found when it is cancelled, and says that it is not all', async () => {
        const capture = await open(client, 'long.pcapng', bytes);
        const following = follow(client, capture, ended);
        await follow(client, capture, ({ progress }) => progress.packets > 0);
        await client.call('capture.pause', { capture });
        // While it stands still its tables answer
        const { rows } = await client.call('flows.page', { capture, ...page });
        expect(rows.length).toBeGreaterThan(0);
        const { captures } = await client.call('capture.list', {});
        const state = captures.find((entry) => entry.capture === capture)!.state;
        if (state === 'paused') {
          await client.call('capture.resume', { capture });
          await client.call('capture.cancel', { capture });
          const { view } = await following;
          expect(view.state).toBe('cancelled');
          expect(view.head!.capture).toMatchObject({ complete: false, stoppedAt: { reason: 'cancelled' } });
          expect(view.findings.length).toBeGreaterThan(0);
        } else expect(state).toBe('done');
        await client.call('capture.close', { capture });
      });

      it('never tells a listener that lags more than two things at a time, and then the rest in a few parts', async () => {
        const transport = await face.transport();
        const events: CaptureUpdate[] = [];
        let view: CaptureView | null = null;
        let isLagging = true;
        const acknowledge = (): void => transport.send({ type: 'ack', id: 1 });
        transport.onMessage((raw) => {
          const message = raw as Message;
          if (message.type !== 'event') return;
          const update = message.payload as CaptureUpdate;
          events.push(update);
          view = mergeUpdate(view, update);
          if (!isLagging) acknowledge();
        });
        const capture = await open(client, 'long.pcapng', bytes);
        transport.send({ type: 'subscribe', id: 1, name: 'capture.update', params: { capture } });
        const { view: whole, updates } = await follow(client, capture, ended);
        expect(events.length).toBeLessThanOrEqual(2);
        expect(updates.length).toBeGreaterThan(events.length);
        isLagging = false;
        const items = whole.findings.length + whole.incidents.length + whole.targets.length;
        const parts = Math.ceil(items / MAX_ITEMS);
        for (let at = events.length; at > 0; at--) acknowledge();
        await expect.poll(() => (view as CaptureView | null)?.state).toBe('done');
        expect(events.length).toBeLessThanOrEqual(2 + 2 * parts);
        for (const { findings, incidents, targets } of events) {
          const told = (findings?.set.length ?? 0) + (incidents?.set.length ?? 0) + (targets?.set.length ?? 0);
          expect(told).toBeLessThanOrEqual(MAX_ITEMS);
        }
        expect(analysisOf(view!)).toEqual(analysisOf(whole));
        transport.close();
        await client.call('capture.close', { capture });
      });

      it('finds its packets again from the middle, as they were', async () => {
        const capture = await open(client, 'long.pcapng', bytes);
        const { view } = await follow(client, capture, ended);
        const { packets } = view.head!.capture;
        const perRound = packets / 200;
        const middle = await client.call('packets.page', { capture, ...page, offset: perRound * 150, limit: 20 });
        const first = await ask('packets.page', { ...page, limit: 20 });
        expect(middle.total).toBe(packets);
        expect(middle.rows.map(({ source, destination, protocol }) => [source, destination, protocol])).toEqual(
          first.rows.map(({ source, destination, protocol }) => [source, destination, protocol]),
        );
        expect(middle.rows[0]!.frame).toBe(perRound * 150 + 1);
        expect(middle.rows[0]!.offset).toBeCloseTo(150 * 60 + first.rows[0]!.offset, 3);
        // 200 minutes are counted in bins of a quarter of a second; closer than that they are read again
        const near = { from: middle.rows[0]!.offset, to: middle.rows[19]!.offset, bins: 1_000 };
        const close = await client.call('timeline.bins', { capture, ...near, lanes: 'surface' });
        const seen = middle.rows.filter(({ offset }) => offset >= near.from && offset < near.to);
        expect(close.packets.reduce((a, b) => a + b, 0)).toBe(seen.length);
        expect(close.bytes.reduce((a, b) => a + b, 0)).toBe(seen.reduce((sum, { length }) => sum + length, 0));
        const stop = new AbortController();
        const search = client.call('packets.page', { capture, ...page, filter: 'text:nowhere' }, stop.signal);
        stop.abort();
        expect(await failure(search)).toBe('cancelled');
        await client.call('capture.close', { capture });
      });
    });

    describe('of a live capture', () => {
      const asked = {
        interface: 'lo',
        filter: null,
        snaplen: null,
        backend: 'dumpcap',
        limits: { seconds: null, bytes: null, packets: null },
        ring: null,
        path: null,
      } as const;

      /** What is told of it beside its analysis, until it stops. */
      function watch(capture: string): LiveStatus[] {
        const told: LiveStatus[] = [];
        client.on('live.update', { capture }, (status) => void told.push(status));
        return told;
      }

      it('says where one can be made, who can make it, and what is wrong with a filter or a name', async () => {
        const listed = await client.call('live.interfaces', {});
        expect(listed.interfaces.find(({ name: known }) => known === 'lo')).toMatchObject({ kind: 'loopback' });
        expect(listed.folder).toBe(recordings);
        expect(listed.limit).toBeGreaterThan(1_000_000_000);
        const check = (of: string, filter: string | null) =>
          client.call('live.check', { interface: of, filter, snaplen: null });
        expect(await check('lo', 'tcp port 443')).toEqual({ backend: 'dumpcap', errors: [], steps: [] });
        const wrong = await check('lo', 'tcp port (');
        expect([wrong.backend, wrong.errors.map(({ code }) => code)]).toEqual([null, ['bad-filter']]);
        expect(wrong.errors[0]!.message).toContain('syntax error');
        const unknown = await check('nothere0', null);
        expect([unknown.backend, unknown.errors.map(({ code }) => code)]).toEqual([null, ['no-interface']]);
        const started = await client.call('live.start', { ...asked, interface: 'nothere0' });
        expect([started.capture, started.errors.length]).toEqual([null, 1]);
        expect(await failure(client.call('live.check', { interface: '-w', filter: null, snaplen: null }))).toBe(
          'bad-request',
        );
        expect(readdirSync(recordings)).toEqual([]);
      });

      it('finds while it runs, shows packets that it just captured, and leaves a file that says the same', async () => {
        const { capture, errors } = await client.call('live.start', asked);
        expect([typeof capture, errors]).toEqual(['string', []]);
        const live = capture!;
        const told = watch(live);
        const { view: running } = await follow(client, live, ({ findings }) => findings.length > 0);
        expect(running.state).toBe('reading');
        const finding = running.findings[0]!;
        const flow = await client.call('flow.packets', {
          capture: live,
          flow: finding.flow!.id,
          offset: 0,
          limit: 100,
        });
        expect(flow.rows.some(({ role }) => role === 'forged')).toBe(true);
        // Everything came by now
        await expect.poll(() => told.at(-1)?.counters.packets, { timeout: 10_000 }).toBe(LIVE_PACKETS);
        const all = await client.call('packets.page', { capture: live, ...page, offset: LIVE_PACKETS - 5 });
        expect([all.total, all.rows.length]).toEqual([LIVE_PACKETS, 5]);
        const { bytes, packets } = await client.call('timeline.bins', {
          capture: live,
          from: 0,
          to: 60,
          bins: 100,
          lanes: 'surface',
        });
        expect(packets.reduce((a, b) => a + b, 0)).toBe(LIVE_PACKETS);
        expect(bytes.reduce((a, b) => a + b, 0)).toBeGreaterThan(LIVE_PACKETS * 60);
        const { captures } = await client.call('capture.list', {});
        expect(captures.find((entry) => entry.capture === live)).toMatchObject({
          kind: 'live',
          name: 'lo',
          progress: { bytesTotal: null },
        });
        await client.call('live.stop', { capture: live });
        const { view } = await follow(client, live, ended);
        expect(view.state).toBe('done');
        // The last judgement is told before the end of the capture is
        await expect.poll(() => told.at(-1)?.state).toBe('stopped');
        const status = told.at(-1)!;
        expect(status).toMatchObject({ state: 'stopped', interface: 'lo', folder: recordings, notices: [] });
        expect(status.header).toMatchObject({ backend: 'dumpcap', tsSource: 'kernel', linkType: 1 });
        expect(told.map(({ state }) => state)).toContain('capturing');

        const files = readdirSync(recordings);
        expect(status.counters.files).toEqual(files);
        const file = join(recordings, files[0]!);
        expect(statSync(file).mode & 0o777).toBe(0o600);
        const saved = readFileSync(file);
        expect(view.head!.capture).toMatchObject({
          path: files[0],
          complete: true,
          sha256: createHash('sha256').update(saved).digest('hex'),
        });
        const again = await open(client, files[0]!, saved);
        const { view: read } = await follow(client, again, ended);
        const plain = ({ findings }: CaptureView) => findings.map((each) => ({ ...each, revision: 0 }));
        expect(plain(read)).toEqual(plain(view));
        expect(read.findings.length).toBeGreaterThan(3);
        for (const each of [live, again]) await client.call('capture.close', { capture: each });
        // Closed is not deleted
        expect(readdirSync(recordings)).toEqual(files);
      });

      it('holds and goes on, and ends at its limit', async () => {
        const limits = { ...asked.limits, packets: LIVE_PACKETS + 50 };
        const { capture } = await client.call('live.start', { ...asked, limits });
        const live = capture!;
        const told = watch(live);
        await expect.poll(() => told.at(-1)?.counters.packets, { timeout: 10_000 }).toBe(LIVE_PACKETS);
        await client.call('capture.pause', { capture: live });
        await expect.poll(() => told.at(-1)?.state).toBe('paused');
        const { captures } = await client.call('capture.list', {});
        expect(captures.find((entry) => entry.capture === live)?.state).toBe('paused');
        await client.call('capture.resume', { capture: live });
        const { view } = await follow(client, live, ended);
        expect(view.head!.capture.packets).toBe(LIVE_PACKETS + 50);
        await expect.poll(() => told.at(-1)?.state).toBe('stopped');
        expect(told.at(-1)!.notices.map(({ kind, params }) => [kind, params])).toEqual([
          ['limit-reached', { limit: 'packets' }],
        ]);
        await client.call('capture.close', { capture: live });
      });

      it('records where a person chose, only where there are paths, and replaces nothing', async () => {
        const path = join(home, 'mine.pcapng');
        const begin = (filter: string | null = null) => client.call('live.start', { ...asked, path, filter });
        if (!face.openPath) {
          expect(await failure(begin())).toBe('not-here');
          return;
        }
        const { capture } = await begin();
        const told = watch(capture!);
        await expect.poll(() => told.at(-1)?.counters.files).toEqual(['mine.pcapng']);
        await client.call('capture.close', { capture: capture! });
        // Closing ends it in order: the file opens, and is complete
        const { frames } = readCapture(readFileSync(path));
        expect(frames.length).toBeGreaterThan(0);
        writeFileSync(path, 'precious');
        expect(await failure(begin())).toBe('exists');
        expect(readFileSync(path, 'utf8')).toBe('precious');
        const nowhere = join(home, 'no', 'such', 'folder.pcapng');
        expect(await failure(client.call('live.start', { ...asked, path: nowhere }))).toBe('not-writable');
        // What could not be captured leaves no empty file
        rmSync(path);
        expect((await begin('port (')).capture).toBeNull();
        expect(readdirSync(home)).not.toContain('mine.pcapng');
      });

      it('tells of files nothing that only live captures have', async () => {
        const reasons: string[] = [];
        client.on(
          'live.update',
          { capture: sample.capture },
          () => {},
          ({ code }) => void reasons.push(code),
        );
        await expect.poll(() => reasons).toEqual(['bad-request']);
      });
    });

    it('reads some at a time and lets the others wait', async () => {
      const states = new Map<string, Set<string>>();
      const stop = client.on('captures.changed', {}, ({ captures }) => {
        for (const { capture, state } of captures) states.set(capture, (states.get(capture) ?? new Set()).add(state));
        expect(captures.filter(({ state }) => state === 'reading').length).toBeLessThanOrEqual(2);
      });
      const bytes = readFileSync(CAPTURE);
      const ids: string[] = [];
      for (let i = 0; i < 4; i++) ids.push(await open(client, `${i}.pcapng`, bytes));
      const all = await Promise.all(ids.map((capture) => follow(client, capture, ended)));
      expect(all.map(({ view }) => view.state)).toEqual(['done', 'done', 'done', 'done']);
      stop();
      for (const capture of ids) await client.call('capture.close', { capture });
      expect((await client.call('capture.list', {})).captures.map(({ capture }) => capture)).toEqual([sample.capture]);
    });

    it('refuses what it does not know', async () => {
      const calls = client.call as (call: string, params: unknown) => Promise<unknown>;
      // The client knows no such call either; what the engine says is what counts
      const transport = await face.transport();
      const answers = new Map<number, string>();
      transport.onMessage((raw) => {
        const message = raw as Message;
        if (message.type === 'failure') answers.set(message.id, message.failure.code);
      });
      const send = (id: number, call: string, params: unknown) =>
        transport.send({ type: 'call', id, name: call, params });
      send(1, 'toString', {});
      send(2, 'capture.open', { source: { kind: 'sample', slug: '../../package.json' } });
      send(3, 'capture.pause', { capture: 'none' });
      send(4, 'flows.page', { capture: sample.capture, ...page, limit: 1e9 });
      send(5, 'flows.page', { capture: sample.capture, ...page, extra: 1 });
      transport.send({ type: 'subscribe', id: 6, name: 'capture.update', params: { capture: 'none' } });
      transport.send({ type: 'subscribe', id: 7, name: '__proto__', params: {} });
      await expect.poll(() => answers.size).toBe(7);
      expect(Object.fromEntries(answers)).toEqual({
        1: 'unknown-call',
        2: 'unknown-sample',
        3: 'unknown-capture',
        4: 'bad-request',
        5: 'bad-request',
        6: 'unknown-capture',
        7: 'unknown-call',
      });
      transport.close();
      expect(await failure(calls('capture.close', { capture: 'none' }))).toBe('unknown-capture');
    });

    it('stops telling who does not want to know, and who is gone', async () => {
      const transport = await face.transport();
      let told = 0;
      transport.onMessage((raw) => {
        if ((raw as Message).type === 'event') told++;
      });
      transport.send({ type: 'subscribe', id: 1, name: 'captures.changed', params: {} });
      await expect.poll(() => told).toBe(1);
      transport.send({ type: 'ack', id: 1 });
      transport.send({ type: 'unsubscribe', id: 1 });
      const capture = await open(client, 'x.pcapng', readFileSync(CAPTURE));
      await follow(client, capture, ended);
      await client.call('capture.close', { capture });
      expect(told).toBe(1);
      transport.close();
    });

    it('goes on when a face breaks off in the middle of everything', async () => {
      const transport = await face.transport();
      const leaving = createClient(transport);
      await leaving.call('upload.begin', { name: 'x', bytes: 1_000 });
      const pending = leaving.call('packets.page', { capture: sample.capture, ...page, filter: 'text:a' });
      transport.close();
      expect(await failure(pending)).toBe('engine-gone');
      expect((await ask('flows.page', page)).rows.length).toBeGreaterThan(0);
      await expect
        .poll(() => readdirSync(temporary).flatMap((folder) => readdirSync(join(temporary, folder))))
        .toEqual([]);
    });
  });
}
