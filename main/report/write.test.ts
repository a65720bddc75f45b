// A disk that is full and a folder that cannot be written: through the command line, on file systems of their own.

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { samples } from '../testkit/labelled.ts';
import { MANIFEST } from './write.ts';

const PROGRAM = join(import.meta.dirname, '../../dist/main/cli/blockscope.js');
const CAPTURE = samples().find(({ slug }) => slug === 'rst-injection-burst')!.path;
const scratch = mkdtempSync(join(tmpdir(), 'blockscope-write-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const isRoot = process.getuid?.() === 0;

function total(folder: string): number {
  // A page of memory is the least that a file takes
  return readdirSync(folder).reduce((sum, name) => sum + Math.ceil(statSync(join(folder, name)).size / 4096) * 4096, 0);
}

function report(...args: string[]): { status: number | null; error: string } {
  const { status, stderr } = spawnSync(process.execPath, [PROGRAM, 'report', CAPTURE, '--no-pdf', ...args], {
    encoding: 'utf8',
  });
  return { status, error: stderr };
}

/** A file system in memory, or null where this machine lets nobody mount one. */
function mounted(size: string): { folder: string; remount: (how: string) => void; done: () => void } | null {
  const folder = mkdtempSync(join(tmpdir(), 'blockscope-disk-'));
  const mount = (options: string): void =>
    void execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' });
  try {
    mount(`size=${size}`);
  } catch {
    rmSync(folder, { recursive: true });
    return null;
  }
  return {
    folder,
    remount: (how) => mount(`remount,${how},size=${size}`),
    done: () => {
      execFileSync('umount', [folder]);
      rmSync(folder, { recursive: true });
    },
  };
}

describe.skipIf(!isRoot)('a full disk', () => {
  it.each(['folder', 'report.zip'])('gets no half report, and keeps the older one: %s', (name) => {
    const trial = join(scratch, name);
    expect(report('--output', trial).status).toBe(0);
    const bytes = name === 'folder' ? total(trial) : statSync(trial).size;
    // Enough for one report, not for two
    const disk = mounted(`${Math.ceil((bytes * 1.5) / 1024) + 32}k`);
    if (disk === null) return void process.stderr.write('skipped: no file system may be mounted here\n');
    try {
      const output = join(disk.folder, name);
      expect(report('--output', output, '--title', 'The first').status).toBe(0);
      const first = name === 'folder' ? readFileSync(join(output, MANIFEST)) : readFileSync(output);
      const { status, error } = report('--output', output, '--title', 'The second', '--force');
      expect([status, error]).toEqual([1, expect.stringContaining('nothing was written (ENOSPC)')]);
      expect(readdirSync(disk.folder)).toEqual([name]);
      expect((name === 'folder' ? readFileSync(join(output, MANIFEST)) : readFileSync(output)).equals(first)).toBe(
        true,
      );
      if (name === 'folder') {
        for (const line of first.toString().trimEnd().split('\n')) {
          const [, file] = line.split('  ');
          expect(readdirSync(output)).toContain(file);
        }
      }
    } finally {
      disk.done();
    }
  });
});

it('a folder that cannot be written gets nothing', () => {
  // Root may write where nobody else may, but not on a disk that is read only
  const disk = isRoot ? mounted('1m') : null;
  if (isRoot && disk === null) return void process.stderr.write('skipped: no file system may be mounted here\n');
  const folder = disk?.folder ?? mkdtempSync(join(tmpdir(), 'blockscope-disk-'));
  try {
    const inside = join(folder, 'inside');
    mkdirSync(inside);
    if (disk === null) chmodSync(inside, 0o555);
    else disk.remount('ro');
    for (const name of ['folder', 'report.zip']) {
      const { status, error } = report('--output', join(inside, name));
      expect([status, error]).toEqual([1, expect.stringMatching(/nothing was written \((EROFS|EACCES)\)/)]);
      expect(readdirSync(inside)).toEqual([]);
    }
  } finally {
    if (disk === null) {
      chmodSync(join(folder, 'inside'), 0o755);
      rmSync(folder, { recursive: true });
    } else disk.done();
  }
});
