// What of the service no transport shows: what it keeps on the disk, its limits, a worker that dies. Captures are read
// by the built worker; npm test builds first.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type CallError, createClient } from '../../shared/contract/client.ts';
import { analysisOf, type CaptureView, mergeUpdate } from '../../shared/contract/merge.ts';
import { type CallParams, type Client, FAILURES, type Message } from '../../shared/contract/service.ts';
import { CROWDS, generateCrowd } from '../bench/crowds.ts';
import { analyze } from '../testkit/analyze.ts';
import { readCapture } from '../testkit/capture.ts';
import { writeNetworkTable } from '../testkit/network-table.ts';
import { ASKED } from '../testkit/report-conformance.ts';
import { failureOf } from './failures.ts';
import { configFolder, defaultHost, type Host } from './host.ts';
import { Listener } from './listeners.ts';
import { LiveTold, liveJob } from './live-status.ts';
import { Recents } from './recents.ts';
import { readSamples } from './samples.ts';
import type { Service } from './service.ts';

const ROOT = join(import.meta.dirname, '../..');
const BUILT = join(ROOT, 'dist/main/service');
const CAPTURE = join(ROOT, 'samples/rst-injection-burst/capture.pcapng');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'service-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function start(options: Partial<Host> = {}): Promise<{ service: Service; client: Client; face: () => Client }> {
  const { createService } = (await import(join(BUILT, 'service.js'))) as typeof import('./service.ts');
  const { transportPair } = (await import(join(BUILT, 'pair.js'))) as typeof import('./pair.ts');
  const service = createService({ ...defaultHost(), config: folder, temporary: folder, ...options });
  const face = (): Client => {
    const [here, there] = transportPair();
    service.connect(there);
    return createClient(here);
  };
  return { service, client: face(), face };
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: CallError) => error.failure.code,
  );
const open = (client: Client, path: string) => client.call('capture.open', { source: { kind: 'path', path } });

function until(client: Client, capture: string, state: string): Promise<void> {
  return new Promise((resolve) => {
    const stop = client.on('capture.update', { capture }, (update) => {
      if (update.state !== state) return;
      stop();
      resolve();
    });
  });
}

it('tells a large change in parts, and the end only when all was told', async () => {
  const path = join(folder, 'crowd.pcap');
  generateCrowd(CROWDS.find(({ name }) => name === 'clients that one name is reset for')!, 800, path);
  const { service, client } = await start();
  try {
    const { capture } = await open(client, path);
    const parts: number[] = [];
    let view: CaptureView | null = null;
    await new Promise<void>((resolve, reject) => {
      client.on(
        'capture.update',
        { capture },
        (update) => {
          const { findings, incidents, targets } = update;
          parts.push([findings, incidents, targets].reduce((sum, list) => sum + (list?.set.length ?? 0), 0));
          view = mergeUpdate(view, update);
          if (update.state === 'done') resolve();
        },
        reject,
      );
    });
    expect(Math.max(...parts)).toBeLessThanOrEqual(256);
    const told = analysisOf(view!)!;
    expect(told.findings).toHaveLength(400);
    const whole = analyze(new Uint8Array(readFileSync(path)));
    expect({ ...told, capture: null }).toEqual({ ...whole, capture: null });

    // Who comes later gets it in parts as well
    let later: CaptureView | null = null;
    let count = 0;
    await new Promise<void>((resolve, reject) => {
      client.on(
        'capture.update',
        { capture },
        (update) => {
          count++;
          later = mergeUpdate(later, update);
          if (update.state === 'done') resolve();
        },
        reject,
      );
    });
    expect(count).toBeGreaterThan(1);
    expect(analysisOf(later!)).toEqual(told);
  } finally {
    await service.close();
  }
});

describe('A capture', () => {
  it('whose worker dies is gone, keeps what it said, and says so to whoever asks', async () => {
    const { service, client } = await start();
    const begun = new Promise<Worker>((resolve) => process.once('worker', resolve));
    const { capture } = await open(client, CAPTURE);
    await until(client, capture, 'done');
    const search = { capture, filter: 'text:x', sort: null, offset: 0, limit: 1 };
    const asked = codeOf(client.call('packets.page', search));
    const gone = until(client, capture, 'gone');
    await (await begun).terminate();
    await gone;
    expect(['engine-gone', null]).toContain(await asked);
    const page = { capture, filter: '', sort: null, offset: 0, limit: 1 };
    expect(await codeOf(client.call('flows.page', page))).toBe('engine-gone');
    // The findings are still told, and it can be closed and opened again
    const told = await new Promise<number>((resolve) => {
      client.on('capture.update', { capture }, ({ findings }) => resolve(findings?.set.length ?? 0));
    });
    expect(told).toBeGreaterThan(0);
    await client.call('capture.close', { capture });
    const again = await open(client, CAPTURE);
    await until(client, again.capture, 'done');
    await service.close();
  });

  it('is one of a bounded number', async () => {
    const { service, client } = await start({ readingAtOnce: 1 });
    const opened = await Promise.all(Array.from({ length: 30 }, () => codeOf(open(client, CAPTURE))));
    expect(opened.filter((code) => code === null)).toHaveLength(24);
    expect(opened.filter((code) => code === 'too-many')).toHaveLength(6);
    await service.close();
  });

  it('that waits can be cancelled and paused before its turn', async () => {
    const { service, client } = await start({ readingAtOnce: 1 });
    await open(client, CAPTURE);
    const { capture: second } = await open(client, CAPTURE);
    const { capture: third } = await open(client, CAPTURE);
    await client.call('capture.pause', { capture: third });
    // Asked before its turn, answered when it has come
    const asked = client.call('flows.page', { capture: third, filter: '', sort: null, offset: 0, limit: 10 });
    const { capture: fourth } = await open(client, CAPTURE);
    await client.call('capture.pause', { capture: fourth });
    const never = codeOf(client.call('flows.page', { capture: fourth, filter: '', sort: null, offset: 0, limit: 10 }));
    await client.call('capture.close', { capture: fourth });
    expect(await never).toBe('unknown-capture');
    await client.call('capture.cancel', { capture: second });
    await until(client, second, 'cancelled');
    const { captures } = await client.call('capture.list', {});
    expect(captures.find(({ capture }) => capture === third)?.state).toBe('paused');
    await client.call('capture.resume', { capture: third });
    await until(client, third, 'done');
    expect(await asked).toMatchObject({ offset: 0, whole: true });
    await service.close();
  });

  it('that changed on the disk is not read again', async () => {
    const path = join(folder, 'changing.pcapng');
    writeFileSync(path, readFileSync(CAPTURE));
    const { service, client } = await start();
    const { capture } = await open(client, path);
    await until(client, capture, 'done');
    writeFileSync(path, readFileSync(CAPTURE).subarray(0, 1_000));
    const page = { capture, filter: '', sort: null, offset: 0, limit: 10 };
    expect(await codeOf(client.call('packets.page', page))).toBe('no-longer-available');
    expect((await client.call('flows.page', page)).rows.length).toBeGreaterThan(0);
    await service.close();
  });
});

describe('A recording in a ring of files', () => {
  const DUMPCAP = join(ROOT, 'main/testkit/live/fake-dumpcap.mjs');
  beforeEach(() => {
    vi.stubEnv('BLOCKSCOPE_DUMPCAP', DUMPCAP);
    vi.stubEnv('BLOCKSCOPE_FAKE_CAPTURE', join(ROOT, 'samples/throttling-policed-name/capture.pcapng'));
    vi.stubEnv('BLOCKSCOPE_FAKE_SPEED', '40');
  });
  afterEach(() => vi.unstubAllEnvs());

  it.each([1, 2])('of which %i are kept has the packets of these, and says what is made of one file', async (files) => {
    const { service, client } = await start();
    const { capture } = await client.call('live.start', {
      interface: 'lo',
      filter: null,
      snaplen: null,
      backend: 'dumpcap',
      limits: { seconds: null, bytes: null, packets: null },
      ring: { bytes: 65_536, files },
      path: join(folder, 'ring.pcapng'),
    });
    const id = capture!;
    const kept = (): string[] => readdirSync(folder).filter((name) => /^ring_\d+\.pcapng$/.test(name));
    await vi.waitFor(() => expect(kept().at(-1)! > `ring_0000${files + 3}`).toBe(true), { timeout: 10_000 });
    await client.call('live.stop', { capture: id });
    await until(client, id, 'done');
    expect(kept()).toHaveLength(files);

    const lying = kept().map((name) => readCapture(readFileSync(join(folder, name))).frames.length);
    const count = lying.reduce((sum, frames) => sum + frames, 0);
    const page = { capture: id, filter: '', sort: null, offset: 0, limit: 500 };
    const oldest = await client.call('packets.page', page);
    const first = oldest.rows[0]!.frame;
    expect(first).toBeGreaterThan(1);
    expect(oldest).toMatchObject({ total: count, matched: count, whole: false });
    expect(oldest.rows.map(({ frame }) => frame)).toEqual(oldest.rows.map((_row, at) => first + at));
    const last = await client.call('packets.page', { ...page, offset: count - 3 });
    expect(last.rows.map(({ frame }) => frame)).toEqual([count - 3, count - 2, count - 1].map((at) => first + at));
    const sort = { column: 'frame', descending: true } as const;
    const latest = await client.call('packets.page', { ...page, sort, limit: 2 });
    expect(latest.rows.map(({ frame }) => frame)).toEqual([first + count - 1, first + count - 2]);
    const past = await client.call('packets.page', { ...page, sort, offset: count - 1 });
    expect(past.rows.map(({ frame }) => frame)).toEqual([first]);
    await client.call('packet.get', { capture: id, frame: first });
    // A connection that began in a file that is gone, or in one that is there
    const flows = (await client.call('flows.page', page)).rows;
    const parts = new Set<boolean>();
    for (const { flow, packetsToServer, packetsToClient } of flows) {
      const part = await client.call('flow.packets', { capture: id, flow, offset: 0, limit: 500 });
      expect([flow, part.whole]).toEqual([flow, part.total === packetsToServer + packetsToClient]);
      parts.add(part.whole);
      const saved = codeOf(client.call('flow.capture', { capture: id, flow, limit: 1_000_000 }));
      expect(await saved).toBe(part.total === 0 ? 'no-longer-available' : null);
    }
    expect(parts).toContain(false);
    expect(await codeOf(client.call('packet.get', { capture: id, frame: first - 1 }))).toBe('no-longer-available');

    expect(await codeOf(client.call('report.preview', { capture: id, options: ASKED }))).toBe('several-files');
    const { capture: other } = await open(client, CAPTURE);
    await until(client, other, 'done');
    expect(await codeOf(client.call('captures.compare', { a: id, b: other, aRole: null }))).toBe('several-files');
    await service.close();
  });
});

it('Nothing is captured with a name in the filter, which would be looked up', async () => {
  const { service, client } = await start();
  const asked = { interface: 'lo', filter: 'host example.org', snaplen: null };
  expect(await codeOf(client.call('live.check', asked))).toBe('bad-filter');
  const limits = { seconds: null, bytes: null, packets: null };
  const more = { backend: null, limits, ring: null, path: null };
  expect(await codeOf(client.call('live.start', { ...asked, ...more }))).toBe('bad-filter');
  await service.close();
});

describe('A recording that a full disk ended', () => {
  it('is no file of which a report of the whole capture could be made', () => {
    const limits = { seconds: null, bytes: null, packets: null };
    const asked = { interface: 'lo', filter: null, snaplen: null, backend: null, limits, ring: null, path: null };
    const job = liveJob(asked, { path: '/r/a.pcapng', limit: null }, false, folder);
    const status = new LiveTold('1', { job, launch: null, folder, onFile: () => {} });
    const counters = { packets: 9, bytes: 9, drops: null, seconds: 1, recordedBytes: 9, files: ['/r/a.pcapng'] };
    status.take({ counters });
    expect(status.whole).toBe('/r/a.pcapng');
    status.take({ notice: { kind: 'slept', params: { seconds: 9 } } });
    expect(status.whole).toBe('/r/a.pcapng');
    status.take({ notice: { kind: 'disk-full', params: { path: '/r/a.pcapng', bytes: 9 } } });
    expect(() => status.whole).toThrow('recorded-in-part');
  });
});

describe('What lies on the disk', () => {
  it('is this person’s only, and gone when the service closes', async () => {
    const { service, client } = await start({ config: null });
    const { upload } = await client.call('upload.begin', { name: 'x', bytes: 3 });
    await client.call('upload.part', { upload, data: new Uint8Array(3) });
    const [own] = readdirSync(folder);
    expect(own).toMatch(/^blockscope-/);
    if (process.platform !== 'win32') {
      expect(statSync(join(folder, own!)).mode & 0o777).toBe(0o700);
      expect(statSync(join(folder, own!, upload)).mode & 0o777).toBe(0o600);
    }
    await service.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is bounded for all uploads together', async () => {
    const { service, client } = await start({ config: null, uploadLimit: 100 });
    for (let i = 0; i < 4; i++) {
      expect(await codeOf(client.call('upload.begin', { name: 'x', bytes: 100 }))).toBeNull();
    }
    expect(await codeOf(client.call('upload.begin', { name: 'x', bytes: 1 }))).toBe('too-large');
    for (let i = 0; i < 4; i++) await codeOf(client.call('upload.begin', { name: 'x', bytes: 0 }));
    expect(await codeOf(client.call('upload.begin', { name: 'x', bytes: 0 }))).toBe('too-many');
    await service.close();
  });

  it('is a list of recent captures, which can be opened and forgotten by their names in it', async () => {
    const { service, client } = await start({ openPath: true });
    const { capture } = await open(client, CAPTURE);
    const [recent] = (await client.call('app.info', {})).recent;
    expect(recent).toMatchObject({ name: 'capture.pcapng', exists: true });
    expect(recent!.recent).not.toContain('/');
    await client.call('capture.close', { capture });
    const again = await client.call('capture.open', { source: { kind: 'recent', recent: recent!.recent } });
    expect(again.name).toBe('capture.pcapng');
    await client.call('recent.forget', { recent: recent!.recent });
    expect((await client.call('app.info', {})).recent).toEqual([]);
    await service.close();
  });
});

describe('Recent captures', () => {
  it('are the last twelve, the latest first, each once, and survive a restart', () => {
    const recents = new Recents(folder);
    for (let i = 0; i < 15; i++) recents.opened(`/a/${i}.pcap`);
    recents.opened('/a/5.pcap');
    const names = new Recents(folder).list().map(({ name }) => name);
    expect(names).toHaveLength(12);
    expect(names.slice(0, 3)).toEqual(['5.pcap', '14.pcap', '13.pcap']);
  });

  it.each(['', 'no json', '{}', '[{"path":1}]', '[null]', '[]'])('kept as %j are none', (text) => {
    writeFileSync(join(folder, 'recent.json'), text);
    const recents = new Recents(folder);
    expect(recents.list()).toEqual([]);
    recents.opened('/a/b.pcap');
    expect(new Recents(folder).list()).toMatchObject([{ name: 'b.pcap', folder: '/a', exists: false }]);
  });

  it('are kept nowhere where there is no place for them', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const recents = new Recents(join(file, 'below'));
    recents.opened('/a/b.pcap');
    expect(recents.list()).toHaveLength(1);
    expect(existsSync(join(file, 'below'))).toBe(false);
    expect(new Recents(null).list()).toEqual([]);
  });

  it('lie where the system keeps such things', () => {
    expect(configFolder('linux', {}, '/home/a')).toBe('/home/a/.config/blockscope');
    expect(configFolder('linux', { XDG_CONFIG_HOME: '/x' }, '/home/a')).toBe('/x/blockscope');
    expect(configFolder('linux', { XDG_CONFIG_HOME: 'relative' }, '/home/a')).toBe('/home/a/.config/blockscope');
    expect(configFolder('darwin', {}, '/Users/a')).toBe('/Users/a/Library/Application Support/Blockscope');
  });
});

describe('Imported lists', () => {
  it('are kept for this person, used for what is opened after, and not for samples', async () => {
    const path = join(folder, 'mine.txt');
    writeFileSync(path, '203.0.113.0/24\nno address\n');
    const { service, client } = await start({ samples: join(ROOT, 'samples') });
    const asked = { format: null, as: null };
    const { list, faults } = await client.call('lists.import', { source: { kind: 'path', path }, ...asked });
    expect(list).toMatchObject({ name: 'mine', entries: 1, skipped: 1 });
    expect(faults).toEqual([{ file: 'mine.txt', line: 2, problem: 'not-an-address', row: 'no address' }]);
    const bytes = new TextEncoder().encode('bogus-nxdomain=203.0.113.1');
    const { upload } = await client.call('upload.begin', { name: 'other.conf', bytes: bytes.length });
    await client.call('upload.part', { upload, data: bytes });
    expect((await client.call('lists.import', { source: { kind: 'upload', upload }, ...asked })).list?.name).toBe(
      'other',
    );
    const listsOf = async (source: CallParams<'capture.open'>['source']) => {
      const { capture } = await client.call('capture.open', { source });
      await until(client, capture, 'done');
      return new Promise<string[]>((resolve) => {
        client.on('capture.update', { capture }, ({ head }) => resolve((head?.lists ?? []).map(({ name }) => name)));
      });
    };
    expect(await listsOf({ kind: 'path', path: CAPTURE })).toEqual(['mine', 'other']);
    expect(await listsOf({ kind: 'sample', slug: 'rst-injection-burst' })).toEqual([]);
    expect((await client.call('lists.remove', { name: 'mine' })).lists.map(({ name }) => name)).toEqual(['other']);
    expect((await client.call('lists.list', {})).lists).toHaveLength(1);
    await service.close();
  });

  it('that cannot be taken say why, and paths are of the desktop only', async () => {
    const { service, client } = await start({ openPath: false });
    const source = { kind: 'path', path: CAPTURE } as const;
    expect(await codeOf(client.call('lists.import', { source, format: null, as: null }))).toBe('not-here');
    const { upload } = await client.call('upload.begin', { name: 'x', bytes: 0 });
    const empty = await client.call('lists.import', { source: { kind: 'upload', upload }, format: null, as: null });
    expect(empty).toEqual({ list: null, because: 'unknown-format', faults: [] });
    await service.close();
  });
});

describe('Samples', () => {
  it('are all that are here, with what their recordings show', () => {
    const samples = readSamples(join(ROOT, 'samples'));
    const folders = readdirSync(join(ROOT, 'samples')).filter((name) =>
      existsSync(join(ROOT, 'samples', name, 'sample.json')),
    );
    expect(samples.map(({ slug }) => slug)).toEqual(folders.sort());
    expect(samples.find(({ slug }) => slug === 'rst-injection-burst')?.techniques).toContain('rst-injection');
  });

  it('are none that are described wrongly, or whose capture lies elsewhere', () => {
    const sample = (name: string, text: string): void => {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'sample.json'), text);
    };
    const described = { slug: 'a', title: 't', capture: '../secret', truth: { interference: [] } };
    sample('a', JSON.stringify(described));
    sample('b', JSON.stringify({ ...described, slug: 'other', capture: 'c' }));
    sample('c', 'no json');
    sample('d', JSON.stringify({ ...described, slug: 'd', capture: 'missing.pcap' }));
    writeFileSync(join(folder, 'secret'), '');
    expect(readSamples(folder)).toEqual([]);
    expect(readSamples(join(folder, 'nowhere'))).toEqual([]);
  });
});

describe('Two captures', () => {
  const pair = async (client: Client): Promise<[string, string]> => {
    const ends = await Promise.all(
      [false, true].map((otherEnd) =>
        client.call('capture.open', { source: { kind: 'sample', slug: 'two-ends-blocked', otherEnd } }),
      ),
    );
    await Promise.all(ends.map(({ capture }) => until(client, capture, 'done')));
    return [ends[0]!.capture, ends[1]!.capture];
  };

  it('of one connection are compared, whichever stands first', async () => {
    const { service, client } = await start({ samples: join(ROOT, 'samples') });
    const [a, b] = await pair(client);
    const [there, back] = await Promise.all([
      client.call('captures.compare', { a, b, aRole: null }),
      client.call('captures.compare', { a: b, b: a, aRole: 'server' }),
    ]);
    expect(there.verdict.kind).toBe('several');
    expect(back.findings.map(({ claim, confidence }) => [claim, confidence])).toEqual(
      there.findings.map(({ claim, confidence }) => [claim, confidence]),
    );
    expect(there.reviews.some(({ state }) => state === 'confirmed')).toBe(true);
    await service.close();
  });

  it('are not compared before both were read, nor with one that is not open', async () => {
    const { service, client } = await start({ readingAtOnce: 1 });
    const { capture: a } = await open(client, CAPTURE);
    const { capture: b } = await open(client, CAPTURE);
    await client.call('capture.pause', { capture: b });
    await until(client, a, 'done');
    expect(await codeOf(client.call('captures.compare', { a, b, aRole: null }))).toBe('still-reading');
    expect(await codeOf(client.call('captures.compare', { a, b: 'other', aRole: null }))).toBe('unknown-capture');
    // One capture with itself is at one place
    expect((await client.call('captures.compare', { a, b: a, aRole: null })).verdict.kind).toBe('same-place');
    await service.close();
  });

  it('of which the question is withdrawn are let go', async () => {
    const { service, client } = await start({ samples: join(ROOT, 'samples') });
    const [a, b] = await pair(client);
    const stop = new AbortController();
    const asked = codeOf(client.call('captures.compare', { a, b, aRole: null }, stop.signal));
    stop.abort();
    expect(await asked).toBe('cancelled');
    expect((await client.call('captures.compare', { a, b, aRole: null })).verdict.kind).toBe('several');
    await service.close();
  });
});

describe('Wireshark', () => {
  it('is given the packets of one flow and no others, in a file that only this person can read', async () => {
    const paths: string[] = [];
    const openInWireshark = async (path: string) => void paths.push(path);
    const { service, client } = await start({ openInWireshark });
    const { capture } = await open(client, CAPTURE);
    await until(client, capture, 'done');
    expect((await client.call('app.info', {})).can.wireshark).toBe(true);
    const { total, rows } = await client.call('flow.packets', { capture, flow: 1, offset: 0, limit: 500 });
    await client.call('flow.wireshark', { capture, flow: 1 });
    const written = readCapture(readFileSync(paths[0]!)).frames;
    const whole = readCapture(readFileSync(CAPTURE)).frames;
    expect(written).toHaveLength(total);
    expect(written.map(({ time }) => time)).toEqual(rows.map(({ frame }) => whole[frame - 1]!.time));
    expect(statSync(paths[0]!).mode & 0o077).toBe(0);
    await service.close();
    expect(existsSync(paths[0]!)).toBe(false);
  });

  it('is not here unless the host has it', async () => {
    const { service, client } = await start({ openInWireshark: null });
    const { capture } = await open(client, CAPTURE);
    await until(client, capture, 'done');
    expect(await codeOf(client.call('flow.wireshark', { capture, flow: 1 }))).toBe('not-here');
    expect((await client.call('app.info', {})).can.wireshark).toBe(false);
    await service.close();
  });
});

describe('A connection', () => {
  it('has a bounded number of calls under way, and of events that it hears', async () => {
    const { service } = await start({ chooseFiles: () => new Promise(() => {}) });
    const { transportPair } = (await import(join(BUILT, 'pair.js'))) as typeof import('./pair.ts');
    const [here, there] = transportPair();
    service.connect(there);
    const failed: number[] = [];
    here.onMessage((message) => {
      const { type, id } = message as Message;
      if (type === 'failure') failed.push(id);
    });
    for (let id = 1; id <= 70; id++) here.send({ type: 'call', id, name: 'files.choose', params: {} });
    for (let id = 101; id <= 360; id++) here.send({ type: 'subscribe', id, name: 'captures.changed', params: {} });
    await expect.poll(() => failed.length).toBe(10);
    expect(failed).toEqual([65, 66, 67, 68, 69, 70, 357, 358, 359, 360]);
    await service.close();
  });
});

describe('A listener', () => {
  it('hears at most 20 times a second, at most two unanswered, and all in the end', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      let count = 0;
      const heard: number[] = [];
      const listener = new Listener(
        () => count,
        (payload) => heard.push(payload as number),
      );
      const tell = (): void => {
        count++;
        listener.due();
      };
      for (let i = 0; i < 10; i++) tell();
      expect(heard).toEqual([1]);
      vi.advanceTimersByTime(50);
      expect(heard).toEqual([1, 10]);
      for (let i = 0; i < 10; i++) tell();
      vi.advanceTimersByTime(5_000);
      // Two are unanswered
      expect(heard).toEqual([1, 10]);
      listener.acknowledged();
      expect(heard).toEqual([1, 10, 20]);
      listener.acknowledged();
      listener.acknowledged();
      vi.advanceTimersByTime(5_000);
      expect(heard).toEqual([1, 10, 20]);
    } finally {
      vi.useRealTimers();
    }
  });
});

it('Every failure has its words', () => {
  for (const code of FAILURES) expect(failureOf(code).text).toMatch(/^[A-Z].*\.$/);
});

describe('A report', () => {
  it.skipIf(process.platform !== 'linux')(
    'tells networks of addresses where it is asked to, with the credit',
    async () => {
      writeNetworkTable(folder);
      vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
      try {
        const { service, client } = await start();
        const { capture } = await open(client, CAPTURE);
        await until(client, capture, 'done');
        const page = async (networks: boolean): Promise<string> =>
          (await client.call('report.preview', { capture, options: { ...ASKED, networks } })).page;
        expect(await page(false)).not.toContain('Example Net');
        const told = await page(true);
        expect(told).toContain('AS64500 Example Net');
        expect(told).toContain('ip-location-db');
        expect(await page(false)).not.toContain('Example Net');
        await service.close();
      } finally {
        vi.unstubAllEnvs();
      }
    },
  );
});
