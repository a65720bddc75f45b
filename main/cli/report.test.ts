// The commands as people call them: exit status, what is refused, what is left on disk.

import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { samples } from '../testkit/labelled.ts';

const PROGRAM = join(import.meta.dirname, '../../dist/main/cli/blockscope.js');
const folder = mkdtempSync(join(tmpdir(), 'blockscope-cli-report-'));
const capture = samples().find(({ slug }) => slug === 'dns-poisoning-race')!.path;
afterAll(() => rmSync(folder, { recursive: true }));

function run(...args: string[]): { status: number | null; out: string; error: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    encoding: 'utf8',
    env: { ...process.env, BLOCKSCOPE_CHROMIUM: '' },
  });
  return { status, out: stdout, error: stderr };
}

const at = (name: string): string => join(folder, name);

describe('report', () => {
  it('makes a bundle, says what was replaced before, and says that there is no PDF', () => {
    const { status, out, error } = run('report', capture, '--output', at('one'), '--created', '2026-11-22T12:00:00Z');
    expect([status, out]).toEqual([0, '']);
    expect(error).toMatch(/local-address .* -> {2}192\.0\.2\.1/);
    expect(error).toContain('no report.pdf: neither Chromium, Chrome nor Edge was found');
    expect(readdirSync(at('one')).sort()).toEqual([
      'MANIFEST.sha256',
      'evidence.pcapng',
      'incidents.csv',
      'ladder-1.svg',
      'packets.csv',
      'report.html',
      'report.json',
      'report.md',
      'timeline.svg',
    ]);
  });

  it('overwrites nothing without being told', () => {
    const again = run('report', capture, '--output', at('one'));
    expect(again.status).toBe(2);
    expect(again.error).toContain('exists; --force replaces it');
    writeFileSync(at('mine.txt'), 'mine');
    const folderOfOthers = run('report', capture, '--output', folder, '--force');
    expect(folderOfOthers.status).toBe(2);
    expect(folderOfOthers.error).toContain('is no report');
    expect(run('report', capture, '--output', at('one'), '--force', '--created', 'none').status).toBe(0);
    expect(JSON.parse(readFileSync(join(at('one'), 'report.json'), 'utf8')).created).toBeNull();
  });

  it('gives the same zip twice', () => {
    for (const name of ['a.zip', 'b.zip']) {
      expect(run('report', capture, '--output', at(name), '--created', '2026-11-22').status).toBe(0);
    }
    expect(readFileSync(at('a.zip')).equals(readFileSync(at('b.zip')))).toBe(true);
  });

  it('leaves nothing where it cannot write', () => {
    const { status, error } = run('report', capture, '--output', join(folder, 'no', 'such', 'place'));
    expect(status).toBe(1);
    expect(error).toContain('nothing was written (ENOENT)');
    expect(existsSync(at('no'))).toBe(false);
    expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([]);
  });

  it('with --preview lists and writes nothing', () => {
    const { status, out } = run('report', capture, '--preview');
    expect(status).toBe(0);
    expect(out).toContain('hardware-address');
    expect(out).toContain('Kept: ');
  });

  it.each([
    [['report'], 'name one capture'],
    [['report', capture], '--output: name a folder'],
    [['report', '-', '--output', 'x'], 'save standard input to a file first'],
    [['report', capture, '--output', 'x', '--language', 'de'], 'is none of en, ru, fa, zh-Hans'],
    [['report', capture, '--output', 'x', '--created', 'soon'], 'is no time'],
    [['report', capture, '--output', 'x', '--vantage', 'planet=Mars'], 'is none of'],
    [['verify'], 'name one report'],
  ])('wrong usage: %j', (args, message) => {
    const { status, error } = run(...args);
    expect(status).toBe(2);
    expect(error).toContain(message);
  });

  it('an incident that is none is named with those there are', () => {
    const { status, error } = run('report', capture, '--output', at('none'), '--incident', 'I9');
    expect(status).toBe(1);
    expect(error).toContain('there is no incident I9; found were I1');
    expect(existsSync(at('none'))).toBe(false);
  });

  it('a file that is no capture gives its error and no report', () => {
    const { status, error } = run('report', at('mine.txt'), '--output', at('none'));
    expect(status).toBe(1);
    expect(error).toContain('is neither pcap nor pcapng');
  });
});

describe('verify', () => {
  it('agrees with a report and the original', () => {
    const { status, out } = run('verify', at('a.zip'), '--capture', capture);
    expect(out).not.toContain('DIFFERS');
    expect(out.split('\n').filter((line) => line.startsWith('ok'))).toHaveLength(4);
    expect(status).toBe(0);
  });

  it('tells another original, and a changed file', () => {
    const other = samples().find(({ slug }) => slug === 'rst-injection-burst')!.path;
    const { status, out } = run('verify', at('a.zip'), '--capture', other);
    expect(status).toBe(1);
    expect(out).toContain('it is another file: its SHA-256 differs');
    appendFileSync(join(at('one'), 'report.md'), ' ');
    const changed = run('verify', at('one'));
    expect(changed.status).toBe(1);
    expect(changed.out).toContain('report.md was changed');
  });

  it('says of what is no report that it is none', () => {
    const { status, error } = run('verify', at('mine.txt'));
    expect(status).toBe(1);
    expect(error).toContain('neither a folder nor a whole zip file');
    expect(run('verify', at('nothing')).error).toContain('ENOENT');
  });
});
