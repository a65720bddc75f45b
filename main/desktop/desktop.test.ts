// The desktop program as it is built, with a stand-in for Electron: what it opens, what it refuses, whom it hears. That
// the window itself looks right is not shown here.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../shared/contract/client.ts';
import { Desktop, type DesktopOptions } from '../testkit/desktop.ts';
import { ASKED } from '../testkit/report-conformance.ts';

const ROOT = join(import.meta.dirname, '../..');
const CAPTURE = join(ROOT, 'samples/telegram-2018-provider-a/capture.pcapng');
const OTHER = join(ROOT, 'samples/rst-injection-burst/capture.pcapng');

const config = mkdtempSync(join(tmpdir(), 'desktop-'));
afterAll(() => rmSync(config, { recursive: true }));

function start({ args = [], env = {} }: DesktopOptions = {}): Desktop {
  return new Desktop({ args, env: { XDG_CONFIG_HOME: config, ...env } });
}

describe('The window', () => {
  let desktop: Desktop;

  beforeAll(async () => {
    desktop = start();
    await desktop.loaded(1);
  });
  afterAll(async () => {
    desktop.do('quit');
    expect(await desktop.exited).toBe(0);
  });

  it('shows the page and gives it one thing: messages, and paths of dropped files', async () => {
    expect(await desktop.loaded(1)).toMatchObject({
      url: 'app://blockscope/',
      bridge: ['send', 'onMessage', 'onClose', 'pathForFile'],
    });
    expect(await desktop.ask('path', { window: 1, path: '/tmp/dropped.pcap' })).toBe('/tmp/dropped.pcap');
  });

  it('hands out the built page with its policy, and no other file', async () => {
    const page = await desktop.ask<{ status: number; headers: Record<string, string>; bytes: Uint8Array }>('fetch', {
      url: 'app://blockscope/',
    });
    expect(Buffer.from(page.bytes).equals(readFileSync(join(ROOT, 'dist/renderer/index.html')))).toBe(true);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    for (const url of [
      'app://blockscope/../package.json',
      'app://blockscope/%2e%2e/%2e%2e/package.json',
      'app://blockscope/..%2f..%2fpackage.json',
      'app://elsewhere/index.html',
      'app://blockscope/missing.js',
    ]) {
      expect([url, (await desktop.ask<{ status: number }>('fetch', { url })).status]).toEqual([url, 404]);
    }
    const posted = await desktop.ask<{ status: number }>('fetch', { url: 'app://blockscope/', method: 'POST' });
    expect(posted.status).toBe(405);
  });

  it('goes nowhere else', async () => {
    for (const url of [
      'https://evil.example/',
      'file:///etc/passwd',
      'app://elsewhere/',
      'javascript:alert(1)',
      'app://blockscope.evil.example/',
    ]) {
      expect([url, await desktop.ask('navigate', { window: 1, url })]).toEqual([url, true]);
      expect([url, await desktop.ask('frame', { window: 1, url })]).toEqual([url, true]);
      expect([url, await desktop.ask('popup', { window: 1, url })]).toEqual([url, 'deny']);
    }
    expect(await desktop.ask('webview', { window: 1 })).toBe(true);
    expect(await desktop.ask('navigate', { window: 1, url: 'app://blockscope/#/overview' })).toBe(false);
  });

  it('reaches no network and gets no permission', async () => {
    for (const url of [
      'https://evil.example/',
      'http://127.0.0.1/',
      'ws://127.0.0.1/',
      'file:///etc/passwd',
      'ftp://a/',
    ]) {
      expect([url, await desktop.ask('request', { url })]).toEqual([url, true]);
    }
    expect(await desktop.ask('request', { url: 'app://blockscope/index.html' })).toBe(false);
    for (const name of ['media', 'geolocation', 'notifications', 'clipboard-read', 'usb', 'openExternal']) {
      expect([name, await desktop.ask('permissions', { window: 1, name })]).toEqual([name, [false, false, false]]);
    }
    // Or nothing could be copied
    const copying = await desktop.ask('permissions', { window: 1, name: 'clipboard-sanitized-write' });
    expect(copying).toEqual([true, true, false]);
  });

  it('hears its own page only', async () => {
    const client = createClient(desktop.bridge(1));
    await client.call('app.info', {});
    const before = desktop.told.filter(({ kind }) => kind === 'message').length;
    const message = { type: 'call', id: 900, name: 'app.info', params: {} };
    desktop.do('forge', { window: 1, url: 'app://blockscope/', isMain: false, message });
    desktop.do('forge', { window: 1, url: 'https://evil.example/', isMain: false, message });
    desktop.do('forge', { window: 1, url: 'https://evil.example/', isMain: true, message });
    // After the last of them has arrived and was not answered
    desktop.do('forge', { window: 1, url: 'app://blockscope/', isMain: true, message: { ...message, id: 901 } });
    await desktop.heard(({ message: got }) => (got as { id?: number } | undefined)?.id === 901);
    expect(desktop.told.filter(({ kind }) => kind === 'message').length).toBe(before + 1);
  });

  it('has a menu that opens captures and windows', async () => {
    const client = createClient(desktop.bridge(1));
    const asked: (readonly string[])[] = [];
    const stop = client.on('open.requested', {}, ({ paths }) => asked.push(paths));
    desktop.do('choose', { paths: [CAPTURE] });
    expect(await client.call('files.choose', {})).toEqual({ paths: [CAPTURE] });
    desktop.do('menu', { item: 'open' });
    await expect.poll(() => asked).toEqual([[CAPTURE]]);
    stop();
    desktop.do('menu', { item: 'new-window' });
    await desktop.loaded(2);
    desktop.do('close', { window: 2 });
  });

  it('starts a helper that is a script as a process of the window, hears it past the main process, and chooses where to record', async () => {
    const own = mkdtempSync(join(tmpdir(), 'desktop-live-'));
    const script = start({ env: { BLOCKSCOPE_DUMPCAP: join(own, 'is-not-here'), XDG_DATA_HOME: own, TMPDIR: own } });
    try {
      await script.loaded(1);
      const client = createClient(script.bridge(1));
      const { backend, errors } = await client.call('live.check', { interface: 'lo', filter: null, snaplen: null });
      expect(errors[0]).toMatchObject({ backend: 'dumpcap', code: 'not-installed' });
      const launched = script.told.filter(({ kind }) => kind === 'utility');
      if (launched.length === 0) expect(errors[1]!.code).toBe('not-installed');
      else {
        // Captured, or said by the helper itself that it may not, or that it was built for another Node
        expect(backend ?? errors[1]!.code).toMatch(/^(cap|no-permission|not-installed)$/);
        expect(launched).toHaveLength(1);
        expect(launched[0]).toMatchObject({ script: expect.stringMatching(/live\/cap-helper\.js$/) });
      }
      script.do('target', { path: '/tmp/chosen.pcapng' });
      expect(await client.call('live.choose', { name: 'x.pcapng' })).toEqual({ path: '/tmp/chosen.pcapng' });
      script.do('target', { path: null });
      expect(await client.call('live.choose', { name: 'x.pcapng' })).toEqual({ path: null });
    } finally {
      script.do('quit');
      await script.exited;
    }
    // Neither a socket nor a recording of what was only tried
    expect(readdirSync(own)).toEqual([]);
    rmSync(own, { recursive: true });
  });

  it('is a new face when its page is loaded anew', async () => {
    const client = createClient(desktop.bridge(1));
    let told = 0;
    client.on('captures.changed', {}, () => told++);
    await expect.poll(() => told).toBe(1);
    const closed = desktop.told.filter(({ kind }) => kind === 'closed').length;
    desktop.do('reload', { window: 1 });
    await expect
      .poll(() => desktop.told.filter(({ kind, window }) => kind === 'loaded' && window === 1).length)
      .toBe(2);
    const again = createClient(desktop.bridge(1));
    const { capture } = await again.call('capture.open', { source: { kind: 'path', path: CAPTURE } });
    await again.call('capture.close', { capture });
    expect(told).toBe(1);
    expect(desktop.told.filter(({ kind }) => kind === 'closed').length).toBe(closed);
  });
});

describe('A report', () => {
  let desktop: Desktop;
  const folder = mkdtempSync(join(tmpdir(), 'desktop-report-'));
  const made = async (name: string) => {
    const client = createClient(desktop.bridge(1));
    const { capture } = await client.call('capture.open', { source: { kind: 'path', path: OTHER } });
    await expect
      .poll(
        async () => (await client.call('capture.list', {})).captures.find((open) => open.capture === capture)?.state,
      )
      .toBe('done');
    const to = { kind: 'path', path: join(folder, name), replace: false } as const;
    return client.call('report.write', { capture, options: ASKED, pdf: true, to });
  };
  afterEach(async () => {
    desktop.do('quit');
    await desktop.exited;
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('goes where the person says', async () => {
    desktop = start();
    await desktop.loaded(1);
    const client = createClient(desktop.bridge(1));
    expect((await client.call('app.info', {})).can.saveFile).toBe(true);
    desktop.do('target', { path: null });
    expect(await client.call('report.choose', { as: 'zip', name: 'report' })).toEqual({ path: null });
    desktop.do('target', { path: '/tmp/report.zip' });
    expect(await client.call('report.choose', { as: 'zip', name: 'report' })).toEqual({ path: '/tmp/report.zip' });
  });

  // With the stand-in: that Electron's own printing is asked for, and of which page. Not that it prints well.
  it('is printed by Electron, in a window that may do nothing and is gone afterwards', async () => {
    desktop = start();
    await desktop.loaded(1);
    const { pdf, files } = await made('printed');
    expect([pdf, files.map(({ name }) => name).includes('report.pdf')]).toEqual(['made', true]);
    expect(readFileSync(join(folder, 'printed', 'report.pdf'), 'utf8')).toBe('%PDF-1.4 of the stand-in');
    const printed = await desktop.heard(({ kind }) => kind === 'printed');
    expect(printed).toMatchObject({
      status: 200,
      isCancelled: false,
      policy: "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:",
      options: { preferCSSPageSize: true, printBackground: true },
    });
    expect(printed.page).toBe(readFileSync(join(folder, 'printed', 'report.html'), 'utf8'));
    const after = await desktop.ask<{ status: number }>('fetch', { url: printed.url as string });
    expect(after.status).toBe(404);
    expect(await desktop.ask('request', { url: printed.url as string })).toBe(true);
  });

  it('has all else where it cannot be printed, and says so', async () => {
    desktop = start({ env: { STAND_IN_NO_PRINTER: '1' } });
    await desktop.loaded(1);
    const { pdf, files } = await made('unprinted');
    expect([pdf, files.map(({ name }) => name).includes('report.pdf')]).toEqual(['failed', false]);
    expect(readFileSync(join(folder, 'unprinted', 'MANIFEST.sha256'), 'utf8')).not.toContain('report.pdf');
  });
});

describe('A capture', () => {
  let desktop: Desktop | null = null;
  afterEach(async () => {
    desktop?.do('quit');
    await desktop?.exited;
    desktop = null;
  });

  /** What the page is asked to open. */
  function requested(window: number): string[] {
    const paths: string[] = [];
    createClient(desktop!.bridge(window)).on('open.requested', {}, (event) => paths.push(...event.paths));
    return paths;
  }

  it('named when the program is started is opened when the page asks; options and what is no file are none', async () => {
    desktop = start({ args: ['--flag', CAPTURE, '/nowhere.pcap', ROOT] });
    await desktop.loaded(1);
    const paths = requested(1);
    await expect.poll(() => paths).toEqual([CAPTURE]);
  });

  it('named by the system or a second start goes to the window that is there', async () => {
    desktop = start();
    await desktop.loaded(1);
    const paths = requested(1);
    desktop.do('minimize', { window: 1 });
    desktop.do('second', { paths: [CAPTURE] });
    await expect.poll(() => paths).toEqual([CAPTURE]);
    desktop.do('file', { path: OTHER });
    await expect.poll(() => paths).toEqual([CAPTURE, OTHER]);
    desktop.do('second', { paths: 'no list' });
    expect(desktop.told.filter(({ kind }) => kind === 'loaded')).toHaveLength(1);
  });

  it('is handed on by a second start, which ends', async () => {
    desktop = start({ args: [CAPTURE], env: { STAND_IN_SECOND: '1' } });
    expect(await desktop.heard(({ kind }) => kind === 'second-instance')).toMatchObject({ data: { paths: [CAPTURE] } });
    expect(await desktop.exited).toBe(0);
    expect(desktop.told.some(({ kind }) => kind === 'loaded')).toBe(false);
  });

  it('is opened in the language of the system', async () => {
    desktop = start({ env: { STAND_IN_LOCALE: 'fa-IR' } });
    await desktop.loaded(1);
    const labels = await desktop.ask<string[]>('labels');
    expect(labels).toContain('پرونده');
  });

  it('is still open elsewhere when the last window closes only where the system wants that', async () => {
    desktop = start();
    await desktop.loaded(1);
    desktop.do('close', { window: 1 });
    expect(await desktop.exited).toBe(0);
    desktop = null;
  });
});
