// Other programs that read captures, as oracles. Where one is not installed, tests that need it are shown as skipped;
// with BLOCKSCOPE_REQUIRE_TOOLS=1 they fail instead, so that a build machine cannot lose them unnoticed.

import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const REQUIRED = process.env.BLOCKSCOPE_REQUIRE_TOOLS === '1';

export type Tool = 'tshark' | 'capinfos';

function isInstalled(tool: Tool): boolean {
  return spawnSync(tool, ['--version'], { stdio: 'ignore' }).status === 0;
}

const installed = new Map<Tool, boolean>();

/** Skip the tests of this oracle. */
export function lacks(tool: Tool): boolean {
  if (!installed.has(tool)) installed.set(tool, isInstalled(tool));
  return !REQUIRED && !installed.get(tool);
}

export function run(tool: Tool, args: readonly string[]): string {
  const { stdout, stderr, status, error } = spawnSync(tool, args, { maxBuffer: 1 << 28, encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status !== 0 && stdout === '') throw new Error(`${tool} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** tshark reads regular files only. */
export function withFile<T>(bytes: Uint8Array, use: (path: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'blockscope-'));
  try {
    const path = join(folder, 'capture');
    writeFileSync(path, bytes);
    return use(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function asFields(path: string, fields: readonly string[], args: readonly string[]): string[] {
  const columns = fields.flatMap((field) => ['-e', field]);
  return ['-n', '-r', path, '-T', 'fields', '-E', 'separator=/t', '-E', 'occurrence=a', ...columns, ...args];
}

function rowsOf(out: string): string[][] {
  return out
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t'));
}

/** One row a packet, one string a field. */
export function tsharkFields(path: string, fields: readonly string[], args: readonly string[] = []): string[][] {
  return rowsOf(run('tshark', asFields(path, fields, args)));
}

/** The same while others run. A capture that tshark reads in part gives the rows of that part. */
export function tsharkFieldsLater(path: string, fields: readonly string[]): Promise<string[][]> {
  return new Promise((resolve, reject) => {
    execFile('tshark', asFields(path, fields, []), { maxBuffer: 1 << 28 }, (error, stdout) => {
      if (error !== null && stdout === '') reject(error);
      else resolve(rowsOf(stdout));
    });
  });
}
