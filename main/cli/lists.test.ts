// Imported lists from the command line, in a folder of their own; and what a result says with and without them.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { type Analysis, analysisSchema } from '../../shared/contract/analysis.ts';
import { writeCapture } from '../testkit/capture.ts';
import { Net } from '../testkit/network.ts';

const program = fileURLToPath(new URL('../../dist/main/cli/blockscope.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'blockscope-lists-'));
const capture = join(folder, 'page.pcap');
const list = join(folder, 'signatures.json');
afterAll(() => rmSync(folder, { recursive: true }));

function run(...args: string[]): Promise<{ status: number | null; out: string; err: string }> {
  const home = { HOME: folder, XDG_CONFIG_HOME: join(folder, 'config'), APPDATA: join(folder, 'config') };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [program, ...args], { env: { ...process.env, ...home } }, (_, out, err) =>
      resolve({ status: child.exitCode, out, err }),
    );
  });
}

const analyzed = async (...args: string[]): Promise<Analysis> =>
  analysisSchema.parse(JSON.parse((await run('analyze', '--format', 'json', ...args, capture)).out));

it('are imported, shown, used, left out and removed', async () => {
  const net = new Net();
  const web = net.connect({ server: '93.184.215.14:80', rtt: 84 });
  web.request({ host: 'forum.example.net' });
  const body = '<html>Zugriff untersagt durch Verordnung</html>';
  web.response({ status: 403, reason: 'Forbidden', body });
  writeFileSync(capture, writeCapture(net.capture().capture));
  writeFileSync(list, '{"fingerprint":"b_nat_xy_1","pattern":"Zugriff untersagt durch"}\n{"fingerprint":"b"}\n');

  expect((await run('lists')).out).toContain('No list is imported');
  expect((await analyzed()).findings).toEqual([]);

  const imported = await run('lists', 'import', '--name', 'mine', '--date', '2026-10-01', list);
  expect(imported.status).toBe(0);
  expect(imported.out).toMatch(/^mine\n {2}holds {4}1 row \(block-pages, censored-planet\), 1 passed over\n/);
  expect(imported.err).toBe('signatures.json:2: lacks a field: {"fingerprint":"b"}\n');
  expect((await run('lists')).out).toBe(imported.out);

  const { lists, findings } = await analyzed();
  expect(lists).toMatchObject([{ name: 'mine', entries: 1, skipped: 1, date: '2026-10-01', licence: 'BSD-3-Clause' }]);
  expect(findings).toMatchObject([
    { confidence: 'possible', attribution: [{ system: 'b_nat_xy_1', country: 'XY', source: 'mine' }] },
  ]);
  expect((await run('analyze', '--format', 'text', capture)).out).toContain('with lists  mine (2026-10-01)');

  const without = await analyzed('--no-lists');
  expect(without.lists).toEqual([]);
  expect(without.findings).toEqual([]);

  expect((await run('lists', 'remove', 'mine')).status).toBe(0);
  expect((await run('lists', 'remove', 'mine')).status).toBe(1);
  expect((await analyzed()).lists).toEqual([]);
});

it('of domains are services that can be asked for', async () => {
  const domains = join(folder, 'forums');
  writeFileSync(domains, 'example.net\n');
  expect((await run('lists', 'import', '--name', 'forums', '--source', 'a friend', domains)).status).toBe(0);
  const { targets, services } = await analyzed('--service', 'forums');
  expect(targets.map(({ domain, service }) => [domain, service])).toEqual([['forum.example.net', 'forums']]);
  expect(services.map(({ service, list: from }) => [service, from])).toEqual([['forums', 'forums']]);
  const text = (await run('analyze', '--format', 'text', '--service', 'forums', capture)).out;
  expect(text).toContain("(named by your list 'forums', a friend)");
  const unknown = await run('analyze', '--service', 'forum', capture);
  expect(unknown.status).toBe(2);
  expect(unknown.err).toContain('cloudflare, forums');
  expect((await run('analyze', '--no-lists', '--service', 'forums', capture)).status).toBe(2);
  await run('lists', 'remove', 'forums');
});

it('that cannot be imported say why', async () => {
  writeFileSync(join(folder, 'letter.txt'), 'Dear reader, hello.\n');
  const letter = await run('lists', 'import', join(folder, 'letter.txt'));
  expect(letter.status).toBe(1);
  expect(letter.err).toContain('its format is not known');
  expect((await run('lists', 'import', join(folder, 'gone'))).status).toBe(1);
});

it.each([
  ['import'],
  ['take', 'x'],
  ['import', '--format', 'x', 'y'],
  ['import', '--date', 'today', 'y'],
  ['import', 'a', 'b'],
])('%j is wrong usage', async (...args) => {
  const { status, err } = await run('lists', ...args);
  expect(status).toBe(2);
  expect(err).toContain('lists --help');
});
