// `blockscope compare` as people run it, over the built files, and what it prints.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { comparisonSchema } from '../../shared/contract/comparison.ts';
import { writeCapture } from '../testkit/capture.ts';
import { readdressed, shifted } from '../testkit/cripplers.ts';
import type { Net } from '../testkit/network.ts';
import { atBothEnds } from '../testkit/two-ends.ts';
import { COLUMNS } from './layout.ts';

const program = fileURLToPath(new URL('../../dist/main/cli/blockscope.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'blockscope-compare-'));
const file = (name: string): string => join(folder, name);
const PATH = { server: '93.184.215.14:443', rtt: 84, serverHops: 14 } as const;

/** Lists of whoever runs the tests are not asked. */
const env = { ...process.env, HOME: folder, XDG_CONFIG_HOME: file('config'), APPDATA: file('config') };

function run(args: readonly string[]): Promise<{ status: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [program, ...args], { cwd: folder, env }, (_error, out, err) => {
      resolve({ status: child.exitCode, out, err });
    });
  });
}

function around(net: Net, story: () => void): void {
  net.visit({ ...PATH, sni: 'fine.example', at: 100 });
  story();
  net.visit({ ...PATH, sni: 'fine.example', at: 60_000 });
}

beforeAll(() => {
  const blocked = atBothEnds((net) =>
    around(net, () => {
      const tls = net.connect({ ...PATH, at: 5_000 });
      tls.clientHello({ sni: 'blocked.example' });
      tls.inject.rst({ after: 3, hops: 6, ipId: 0x77, count: 3, seenAt: 'client' });
      tls.inject.rst({ to: 'server', after: 3, hops: 8, ipId: 0x77, flags: 'R', seenAt: 'server' });
      tls.serverHello();
      const dropped = net.connect({ ...PATH, at: 9_000 });
      dropped.clientHello({ sni: 'swallowed.example', lost: 'on-path' });
      dropped.retransmit('client', 4, { lost: 'on-path' });
      net.visit({ ...PATH, sni: 'fine.example', at: 10_000 });
    }),
  );
  const fine = atBothEnds((net) => around(net, () => undefined));
  const translated = (address: string): string => (address === '10.0.0.2' ? '203.0.113.77' : address);
  writeFileSync(file('client.pcapng'), writeCapture(blocked.client));
  writeFileSync(
    file('server.pcapng.gz'),
    gzipSync(writeCapture(shifted(readdressed(blocked.server, translated), -11_520))),
  );
  writeFileSync(file('fine-client.pcapng'), writeCapture(fine.client));
  writeFileSync(file('fine-server.pcapng'), writeCapture(fine.server));
  writeFileSync(file('noise.pcap'), 'this is not a capture\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('what a person reads', () => {
  it('of a blocked connection, with two columns of packets', async () => {
    const { status, out, err } = await run(['compare', '--format', 'text', 'client.pcapng', 'server.pcapng.gz']);
    expect(err).toBe('');
    await expect(out).toMatchFileSnapshot('golden/two-ends.txt');
    expect(status).toBe(0);
  });

  it('of captures that agree', async () => {
    const { status, out } = await run(['compare', '--format', 'text', 'fine-client.pcapng', 'fine-server.pcapng']);
    await expect(out).toMatchFileSnapshot('golden/two-ends-agree.txt');
    expect(status).toBe(0);
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(COLUMNS);
  });
});

describe('results and exit statuses', () => {
  it('gives the result of both as JSON where no terminal reads', async () => {
    const { status, out } = await run(['compare', 'client.pcapng', 'server.pcapng.gz']);
    const { sides, findings, alignment, verdict } = comparisonSchema.parse(JSON.parse(out));
    expect(status).toBe(0);
    expect([sides.a.capture.path, sides.b.capture.path]).toEqual(['client.pcapng', 'server.pcapng.gz']);
    expect(alignment!.offset).toBe('-11520.000000000');
    expect(verdict.kind).toBe('several');
    expect(findings.map(({ confidence }) => confidence)).toEqual(['confirmed', 'confirmed', 'likely']);
  });

  it('mirrors what it is told in the other order', async () => {
    const { out } = await run(['compare', 'server.pcapng.gz', 'client.pcapng']);
    const { alignment, findings } = comparisonSchema.parse(JSON.parse(out));
    expect(alignment!.offset).toBe('11520.000000000');
    expect(findings.every(({ frames }) => frames.a.length + frames.b.length > 0)).toBe(true);
  });

  it('takes the word of the user for which end is which', async () => {
    const { out } = await run(['compare', '--a-role', 'server', 'client.pcapng', 'server.pcapng.gz']);
    expect(comparisonSchema.parse(JSON.parse(out)).connections[0]!.near).toBe('b');
  });

  it('says to which service a connection belongs, by an imported list too', async () => {
    writeFileSync(file('sites'), 'blocked.example\n');
    expect((await run(['lists', 'import', '--name', 'my sites', '--format', 'v2fly', 'sites'])).status).toBe(0);
    const { out } = await run(['compare', 'client.pcapng', 'server.pcapng.gz']);
    const { sides, connections } = comparisonSchema.parse(JSON.parse(out));
    expect(connections.map(({ name, service }) => [name, service])).toContainEqual(['blocked.example', 'my sites']);
    expect(sides.b.lists.map(({ name }) => name)).toEqual(['my sites']);
    const plain = await run(['compare', '--no-lists', 'client.pcapng', 'server.pcapng.gz']);
    expect(comparisonSchema.parse(JSON.parse(plain.out)).connections.every(({ service }) => service === null)).toBe(
      true,
    );
    await run(['lists', 'remove', 'my sites']);
  });

  it('says which capture cannot be read, and compares nothing', async () => {
    const { status, out, err } = await run(['compare', 'client.pcapng', 'noise.pcap']);
    expect(status).toBe(1);
    expect(err).toContain('noise.pcap is neither pcap nor pcapng');
    expect(comparisonSchema.parse(JSON.parse(out)).verdict.kind).toBe('unreadable');
  });

  it.each([
    [['compare', 'client.pcapng'], 'name two captures'],
    [['compare', 'a', 'b', 'c'], 'name two captures'],
    [['compare', '-', 'client.pcapng'], 'standard input'],
    [['compare', '--format', 'ndjson', 'a', 'b'], '--format'],
    [['compare', '--a-role', 'path', 'a', 'b'], '--a-role'],
  ])('refuses %j', async (args, message) => {
    const { status, out, err } = await run(args);
    expect([status, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });

  it('explains itself', async () => {
    const { status, out } = await run(['compare', '--help']);
    expect(status).toBe(0);
    expect(out).toContain('blockscope compare [options] <a> <b>');
  });
});
