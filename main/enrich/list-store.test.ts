import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MAX_LIST_BYTES } from './list-entries.ts';
import { type ImportRequest, ListImportError, ListStore, MAX_LISTS } from './list-store.ts';

let folder: string;
let store: ListStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lists-'));
  store = new ListStore(join(folder, 'config'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const bring = (path: string, more: Partial<ImportRequest> = {}) => store.import({ path, today: '2026-11-23', ...more });

function codeOf(work: () => unknown): string {
  try {
    work();
    return 'done';
  } catch (error) {
    if (error instanceof ListImportError) return error.code;
    throw error;
  }
}

const kept = () => readdirSync(join(folder, 'config', 'lists')).filter((name) => name !== 'index.json');

it('keeps a list with all that is known of it, and gives it back after a restart', () => {
  const { list } = bring(file('my-list.txt', '203.0.113.0/24\nno address\n'), { source: 'a friend', date: '2026-10' });
  expect(list).toMatchObject({
    name: 'my-list',
    format: 'addresses',
    kind: 'block-addresses',
    entries: 1,
    skipped: 1,
    source: 'a friend',
    licence: null,
    date: '2026-10',
    imported: '2026-11-23',
  });
  const again = new ListStore(join(folder, 'config'));
  expect(again.list()).toEqual([list]);
  expect(again.load()).toMatchObject([{ facts: list, file: { text: '203.0.113.0/24\nno address\n' } }]);
  if (process.platform !== 'win32') expect(statSync(join(folder, 'config', 'lists')).mode & 0o777).toBe(0o700);
});

it('takes what a list includes from beside it, and says what does not lie there', () => {
  file('inner', 'a.example\ninclude:far\ninclude:../outer\n');
  file('far', 'b.example\n');
  const { list, faults } = bring(file('outer', 'c.example\ninclude:inner\ninclude:gone\n'), { format: 'v2fly' });
  expect(list.includes.map(({ name }) => name).sort()).toEqual(['far', 'inner']);
  expect(list.entries).toBe(3);
  expect(faults.map(({ file, line, problem }) => `${file}:${line} ${problem}`)).toEqual([
    'inner:3 include-missing',
    'outer:3 include-missing',
  ]);
  expect(store.load()[0]!.includes).toHaveLength(2);
  expect(kept()).toHaveLength(3);
});

it('replaces a list of the same name, and removes what no list uses any more', () => {
  bring(file('one.txt', '203.0.113.1\n'), { name: 'mine' });
  bring(file('two.txt', '203.0.113.2\n203.0.113.3\n'), { name: 'mine' });
  bring(file('same.txt', '203.0.113.2\n203.0.113.3\n'), { name: 'other' });
  expect(store.list().map(({ name, entries }) => `${name} ${entries}`)).toEqual(['mine 2', 'other 2']);
  expect(kept()).toHaveLength(1);
  expect(store.remove('mine')).toBe(true);
  expect(store.remove('mine')).toBe(false);
  expect(kept()).toHaveLength(1);
  store.remove('other');
  expect(kept()).toEqual([]);
});

it('takes nothing that is too large, no text, no list, or holds nothing of use', () => {
  expect(codeOf(() => bring(join(folder, 'gone')))).toBe('not-found');
  expect(codeOf(() => bring(folder))).toBe('not-readable');
  expect(codeOf(() => bring(file('binary', 'a\0b\n1.2.3.4')))).toBe('not-text');
  expect(codeOf(() => bring(file('letter', 'Dear reader, hello.')))).toBe('unknown-format');
  expect(codeOf(() => bring(file('empty', '# nothing\n'), { format: 'v2fly' }))).toBe('nothing-usable');
  const large = file('large', '');
  truncateSync(large, MAX_LIST_BYTES + 1);
  expect(codeOf(() => bring(large))).toBe('too-large');
  for (let at = 0; at < MAX_LISTS; at++) bring(file('x.txt', `203.0.113.${at}\n`), { name: `list ${at}` });
  expect(codeOf(() => bring(file('x.txt', '203.0.113.99\n'), { name: 'one more' }))).toBe('too-many');
  expect(codeOf(() => bring(file('x.txt', '203.0.113.99\n'), { name: 'list 0' }))).toBe('done');
  expect(codeOf(() => new ListStore(null).import({ path: large, today: '2026-11-23' }))).toBe('not-readable');
});

it('gives no bytes but those that were imported', () => {
  const { list } = bring(file('a.txt', '203.0.113.1\n'));
  const path = join(folder, 'config', 'lists', list.sha256);
  expect(readFileSync(path, 'utf8')).toBe('203.0.113.1\n');
  writeFileSync(path, '198.51.100.1\n');
  expect(store.load()).toEqual([]);
});

it.each(['', '{}', '[{}]', '[{"name":"x","sha256":"../../secret"}]'])('with an index of %j has none', (text) => {
  mkdirSync(join(folder, 'config', 'lists'), { recursive: true });
  writeFileSync(join(folder, 'config', 'lists', 'index.json'), text);
  expect(store.list()).toEqual([]);
  expect(store.load()).toEqual([]);
});

it('names a list harmlessly', () => {
  expect(bring(file('a.txt', '203.0.113.1\n'), { name: ' \u001b[2Jevil\u202e\n ' }).list.name).toBe('[2Jevil');
  expect(bring(file('b.txt', '203.0.113.1\n'), { name: '\n' }).list.name).toBe('list');
});
