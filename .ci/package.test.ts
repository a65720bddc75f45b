// The desktop package, packed without Electron's binary (which has to be downloaded): a stand-in takes its place. The
// configuration is checked by electron-builder itself, and what it packs is looked at and run, the window's program too.
// The window as one sees it is not.

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extractAll, extractFile, listPackage } from '@electron/asar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Desktop } from '../main/testkit/desktop.ts';
import { createClient } from '../shared/contract/client.ts';
import { type CaptureView, mergeUpdate } from '../shared/contract/merge.ts';

const ROOT = join(import.meta.dirname, '..');
const BUILDER = join(ROOT, 'node_modules/.bin/electron-builder');
/** Where Electron keeps its fuses: this text, a version, their number, and a digit each. */
const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const FUSES = 9;

const folder = mkdtempSync(join(tmpdir(), 'blockscope-package-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(process.platform !== 'linux')('what is packed', () => {
  const unpacked = join(folder, 'out/linux-unpacked');
  const archive = join(unpacked, 'resources/app.asar');
  let files: string[];

  beforeAll(() => {
    const electron = join(folder, 'electron');
    mkdirSync(electron);
    const binary = `${SENTINEL}\u0001${String.fromCharCode(FUSES)}${'r'.repeat(FUSES)}`;
    writeFileSync(join(electron, 'electron'), Buffer.from(binary, 'latin1'));
    chmodSync(join(electron, 'electron'), 0o755);
    const { status, stderr, stdout } = spawnSync(
      BUILDER,
      [
        '--linux',
        'dir',
        `-c.directories.output=${join(folder, 'out')}`,
        `-c.electronDist=${electron}`,
        // Building cap for Electron needs its headers, which have to be downloaded.
        '-c.npmRebuild=false',
      ],
      { cwd: ROOT, encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(stdout + stderr);
    files = listPackage(archive, { isPack: false });
  }, 60_000);

  it('is the window, the engine, the command line, the page and the samples', () => {
    const expected = [
      'dist/main/desktop/main.js',
      'dist/main/desktop/preload.cjs',
      'dist/main/engine/capture-worker.js',
      'dist/main/engine/live-worker.js',
      'dist/main/live/cap-helper.js',
      'dist/main/engine/worker.js',
      'dist/main/cli/blockscope.js',
      'dist/renderer/index.html',
      'samples/telegram-2018-provider-a/sample.json',
      'samples/telegram-2018-provider-a/capture.pcapng',
    ];
    for (const file of expected) expect(files).toContain(`/${file}`);
    // Its folders, and nothing beside them
    expect([...new Set(files.map((file) => file.split('/')[1]))].sort()).toEqual([
      'LICENSE',
      'dist',
      'node_modules',
      'package.json',
      'samples',
    ]);
  });

  it('begins with the window', () => {
    const packed = JSON.parse(extractFile(archive, 'package.json').toString()) as { main: string };
    expect(files).toContain(`/${packed.main}`);
  });

  it('brings of other packages only what runs', () => {
    const packages = files.flatMap((file) => /^\/node_modules\/((?:@[^/]+\/)?[^/@]+)$/.exec(file)?.[1] ?? []);
    const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
      optionalDependencies: Record<string, string>;
    };
    // tldts keeps its code in a package of its own
    const known = [...Object.keys(dependencies), ...Object.keys(optionalDependencies), 'tldts-core'];
    expect(packages.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('brings the networks of addresses once, as files, with their licences', () => {
    const data = files.filter((file) => /^\/node_modules\/@ip-location-db\/[^/]+\/./.test(file));
    expect(data.filter((file) => file.endsWith('.csv')).sort()).toEqual([
      '/node_modules/@ip-location-db/asn-country/asn-country-ipv4.csv',
      '/node_modules/@ip-location-db/asn-country/asn-country-ipv6.csv',
      '/node_modules/@ip-location-db/asn/asn-ipv4.csv',
      '/node_modules/@ip-location-db/asn/asn-ipv6.csv',
    ]);
    for (const file of data) expect(existsSync(join(`${archive}.unpacked`, file))).toBe(true);
    for (const licence of ['DBIP-LICENSE', 'ROUTEVIEWS-LICENSE', 'NRO_LICENSE']) {
      expect(data).toContain(`/node_modules/@ip-location-db/asn/${licence}`);
    }
    expect(statSync(archive).size).toBeLessThan(60_000_000);
  });

  it('is nothing that they were made from', () => {
    const needless =
      /\.(ts|map|cc|h|gyp|lib|md|txt|sh|py|tsbuildinfo)$|\/(test|testkit|bench|lab)\/|^\/(main|shared|renderer)\b/;
    expect(files.filter((file) => needless.test(file))).toEqual([]);
    expect(files.filter((file) => /^\/node_modules\/(nan|electron|vite|react|@types)\b/.test(file))).toEqual([]);
    expect(files.filter((file) => file.startsWith('/node_modules/cap/deps'))).toEqual([]);
  });

  it('runs', () => {
    const extracted = join(folder, 'extracted');
    extractAll(archive, extracted);
    const sample = join(ROOT, 'samples/telegram-2018-provider-a/capture.pcapng');
    const command = [join(extracted, 'dist/main/cli/blockscope.js'), 'analyze', '--format', 'text', sample];
    expect(execFileSync(process.execPath, command, { encoding: 'utf8' })).toContain('telegram.org');
  });

  it('opens a sample of its own in the window, with a stand-in for Electron', async () => {
    const extracted = join(folder, 'window');
    extractAll(archive, extracted);
    const desktop = new Desktop({
      program: join(extracted, 'dist/main/desktop/main.js'),
      env: { XDG_CONFIG_HOME: folder },
    });
    await desktop.loaded(1);
    const client = createClient(desktop.bridge(1));
    const source = { kind: 'sample', slug: 'telegram-2018-provider-a' } as const;
    const { capture } = await client.call('capture.open', { source });
    let view: CaptureView | null = null;
    client.on('capture.update', { capture }, (update) => {
      view = mergeUpdate(view, update);
    });
    await expect.poll(() => view?.state, { timeout: 20_000 }).toBe('done');
    expect((view as CaptureView | null)?.findings.length).toBeGreaterThan(0);
    desktop.do('quit');
    expect(await desktop.exited).toBe(0);
  });

  it('has an icon of its own', () => {
    for (const size of [16, 256, 1_024]) {
      const png = readFileSync(join(ROOT, `main/desktop/icons/${size}x${size}.png`));
      expect([png.toString('latin1', 1, 4), png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual(['PNG', size, size]);
    }
  });

  it('has its fuses set', () => {
    const binary = readFileSync(join(unpacked, 'blockscope'), 'latin1');
    const fuses = binary.slice(SENTINEL.length + 2);
    // RunAsNode, cookie encryption (left), NODE_OPTIONS, inspect arguments, asar integrity, only from asar.
    expect(fuses.slice(0, 6)).toBe('0r0011');
  });
});
