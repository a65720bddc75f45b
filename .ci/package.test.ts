// The desktop package, packed without Electron's binary (which has to be downloaded): a stand-in takes its place. The
// configuration is checked by electron-builder itself, and what it packs is looked at and run. The window is not.

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extractAll, listPackage } from '@electron/asar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

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
        // The window's entry does not exist yet.
        '-c.extraMetadata.main=dist/main/cli/blockscope.js',
      ],
      { cwd: ROOT, encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(stdout + stderr);
    files = listPackage(archive, { isPack: false });
  }, 60_000);

  it('is the engine, the command line and the page', () => {
    const expected = ['dist/main/cli/blockscope.js', 'dist/main/engine/worker.js', 'dist/renderer/index.html'];
    for (const file of expected) expect(files).toContain(`/${file}`);
  });

  it('is nothing that they were made from', () => {
    const needless =
      /\.(ts|map|cc|h|gyp|lib|md|tsbuildinfo)$|\/(test|samples|testkit|bench)\/|^\/(main|shared|renderer)\b/;
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

  it('has its fuses set', () => {
    const binary = readFileSync(join(unpacked, 'blockscope'), 'latin1');
    const fuses = binary.slice(SENTINEL.length + 2);
    // RunAsNode, cookie encryption (left), NODE_OPTIONS, inspect arguments, asar integrity, only from asar.
    expect(fuses.slice(0, 6)).toBe('0r0011');
  });
});
