// Whose networks the addresses are in, on the command line: from a small table where the large one would lie.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Analysis, analysisSchema } from '../../shared/contract/analysis.ts';
import { writeCapture } from '../testkit/capture.ts';
import { Net } from '../testkit/network.ts';
import { writeNetworkTable } from '../testkit/network-table.ts';

const program = fileURLToPath(new URL('../../dist/main/cli/blockscope.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'blockscope-networks-'));
const capture = join(folder, 'visit.pcap');
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(() => {
  const net = new Net();
  net.visit({ server: '93.184.215.14:443', sni: 'forum.example.net' });
  writeFileSync(capture, writeCapture(net.capture().capture));
  writeNetworkTable(folder);
});

function run(...args: string[]): Promise<string> {
  const env = { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') };
  return new Promise((done) => {
    execFile(process.execPath, [program, 'analyze', ...args, capture], { env }, (_, out) => done(out));
  });
}

it.skipIf(process.platform !== 'linux')(
  'are told where it is asked for, with their credit, and nowhere else',
  async () => {
    const asked = analysisSchema.parse(JSON.parse(await run('--format', 'json', '--networks')));
    expect(asked.networks).toMatchObject({
      licence: 'CC BY 4.0',
      link: 'https://github.com/sapics/ip-location-db',
      asOf: expect.stringMatching(/^20\d\d-\d\d-\d\d$/),
      entries: [{ address: '93.184.215.14', asn: 64500, name: 'Example Net', country: 'NL' }],
    });
    const plain = JSON.parse(await run('--format', 'json')) as Analysis;
    expect('networks' in plain).toBe(false);
    const { networks: _, ...rest } = asked;
    expect(rest).toEqual(plain);
    const text = await run('--format', 'text', '--networks');
    expect(text).toContain('AS64500 Example Net, NL');
    expect(text.replace(/\s+/g, ' ')).toContain('CC BY 4.0, https://github.com/sapics/ip-location-db, as of 20');
    expect(await run('--format', 'text')).not.toContain('AS64500');
  },
);
