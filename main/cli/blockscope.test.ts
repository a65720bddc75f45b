// The program as people run it: a child process of plain Node over the built files.

import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Analysis, analysisSchema } from '../../shared/contract/analysis.ts';
import { TECHNIQUES } from '../../shared/domain/vocabulary.ts';
import { writeCapture } from '../testkit/capture.ts';
import { Net } from '../testkit/network.ts';

const program = fileURLToPath(new URL('../../dist/main/cli/blockscope.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'blockscope-cli-'));
const healthy = join(folder, 'healthy.pcap');
const reset = join(folder, 'reset.pcap');
const noise = join(folder, 'noise.pcap');

interface Outcome {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

function run(args: readonly string[], input?: Uint8Array): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [program, ...args], { maxBuffer: 1 << 28 }, (_error, out, err) => {
      resolve({ status: child.exitCode, out, err });
    });
    child.stdin!.end(input ?? '');
  });
}

function story(tell: (net: Net) => void): Uint8Array {
  const net = new Net();
  tell(net);
  return writeCapture(net.capture().capture);
}

beforeAll(() => {
  const fine = (net: Net) => {
    const tls = net.connect({ server: '203.0.113.80:443', rtt: 40 });
    tls.clientHello({ sni: 'fine.example' });
    tls.serverHello();
  };
  writeFileSync(healthy, story(fine));
  writeFileSync(
    reset,
    story((net) => {
      fine(net);
      const tls = net.connect({ server: '203.0.113.7:443', rtt: 84, serverHops: 14 });
      tls.clientHello({ sni: 'telegram.org' });
      tls.inject.rst({ after: 3, hops: 6, ipId: 0 });
      tls.serverHello();
    }),
  );
  writeFileSync(noise, 'this is not a capture\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('usage', () => {
  it.each([
    [['--help']],
    [['analyze', '--help']],
    [['analyze', '-h']],
    [['explain', '--help']],
    [['demo', '--help']],
    [['--version']],
  ])('%j goes to standard output with status 0', async (args) => {
    const { status, out, err } = await run(args);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out.length).toBeGreaterThan(10);
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  it.each([
    [[], 'Usage'],
    [['nonsense'], "no command 'nonsense'"],
    [['capture'], 'name an interface'],
    [['capture', '-i', '-x'], 'is ambiguous'],
    [['capture', '-i', 'lo', '--ring', '3'], '--ring-size or --ring-time'],
    [['capture', '-i', 'lo', '--write', 'package.json'], 'are not replaced'],
    [['analyze'], 'at least one capture'],
    [['analyze', '--bogus', 'x'], "unknown option '--bogus'\n"],
    [['analyze', 'x', '--format', 'xml'], 'text, json, ndjson'],
    [['analyze', 'x', '--output', 'package.json/file'], 'cannot be written (ENOTDIR)'],
    [['explain', 'magic'], "'magic' is none of"],
    [['demo', 'two-ends'], "no sample 'two-ends'"],
  ])('%j is wrong usage: status 2, and nothing on standard output', async (args, message) => {
    const { status, out, err } = await run(args);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toContain(message);
    expect(err).not.toContain('    at ');
  });

  it('shows samples by their names: one capture analyzed, two captures of one connection compared', async () => {
    const { out: list } = await run(['demo', '--list']);
    expect(list).toMatch(/^two-ends-blocked +One connection captured at both ends/m);
    const { status, out } = await run(['demo', 'two-ends-innocent', 'rst-injection-mirror']);
    expect(status).toBe(0);
    const [one, both] = out.split(/^Both captures agree/m);
    expect(one).toMatch(
      /^(.*[\\/])?rst-injection-mirror[\\/]capture\.pcap\nConnections to news\.example\.org were reset/,
    );
    expect(both).toMatch(/ A {3}.*[\\/]two-ends-innocent[\\/]capture\.pcapng[\s\S]* B {3}.*[\\/]server\.pcapng/);
    expect(one).not.toContain('two-ends-innocent');
  });

  it('explains techniques, those that no rule judges yet among them', async () => {
    const { out: help } = await run(['explain', '--help']);
    for (const technique of TECHNIQUES) expect(help).toContain(`  ${technique} `);
    const judged = await run(['explain', 'rst-injection']);
    expect(judged.out).toMatch(/^Reset injection \(rst-injection\)/);
    expect(judged.out).toMatch(/How it works[\s\S]*How it looks in packets[\s\S]*How it is mistaken/);
    expect(judged.out).toMatch(/In this version rst-injection\/\d+ judges it\./);
    const unjudged = await run(['explain', 'tls-mitm']);
    expect(unjudged).toMatchObject({ status: 0, err: '' });
    expect(unjudged.out).toMatch(/no rule to judge it|judges? it\./);
  });
});

describe('analyze', () => {
  it('gives one valid object per capture and line, in order, and status 1 for what cannot be read', async () => {
    const missing = join(folder, 'missing.pcap');
    const { status, out, err } = await run(['analyze', healthy, missing, noise, reset]);
    expect(status).toBe(1);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => analysisSchema.parse(JSON.parse(line)) as Analysis);
    expect(lines.map((analysis) => [analysis.capture.path, analysis.error?.code ?? null])).toEqual([
      [healthy, null],
      [missing, 'not-found'],
      [noise, 'not-a-capture'],
      [reset, null],
    ]);
    expect(lines[0]!.targets[0]).toMatchObject({ domain: 'fine.example', outcome: 'ok' });
    expect(lines[0]!.capture.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(err).toContain(`blockscope: ${missing}: there is no such file.`);
    expect(err).toContain(`${noise} is neither pcap nor pcapng`);
  });

  it('finds the forged reset, and exits 3 where that was asked for', async () => {
    const { status, out } = await run(['analyze', '--fail-on', 'likely', healthy, reset]);
    expect(status).toBe(3);
    const [, analysis] = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Analysis);
    expect(analysis!.incidents[0]).toMatchObject({ confidence: 'confirmed', outcome: 'blocked' });
    expect(analysis!.services[0]).toMatchObject({ service: 'telegram' });
    expect((await run(['analyze', '--fail-on', 'possible', healthy])).status).toBe(0);
    expect((await run(['analyze', '--fail-on', 'possible', reset, noise])).status).toBe(1);
  });

  it('tells people, and ends several captures with a table', async () => {
    const { status, out, err } = await run(['analyze', '--format', 'text', healthy, reset]);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toContain('That is no proof that nothing is blocked.');
    expect(out).toContain('Connections to telegram.org were reset after the site name in the TLS hello was sent.');
    expect(out).toMatch(/< R\. 1:1\(0\) ack \d+ .*forged/);
    expect(out).toMatch(/2 captures compared[\s\S]*telegram\.org:443 +blocked \(confirmed\)/);
    expect(out).toContain('1 further capture with none of these');
    expect(out).not.toContain('\u001b');
  });

  it('writes json for one capture, an array for several', async () => {
    const one = await run(['analyze', '--format', 'json', healthy]);
    expect(analysisSchema.parse(JSON.parse(one.out)).capture.packets).toBeGreaterThan(3);
    const two = await run(['analyze', '--format', 'json', healthy, reset]);
    expect(JSON.parse(two.out)).toHaveLength(2);
  });

  it('reads standard input and writes to a file', async () => {
    const output = join(folder, 'result.ndjson');
    const bytes = readFileSync(healthy);
    const { status, out } = await run(['analyze', '-', '--output', output], bytes);
    expect({ status, out }).toEqual({ status: 0, out: '' });
    expect(JSON.parse(readFileSync(output, 'utf8'))).toMatchObject({ capture: { path: '-' }, error: null });
    const wrong = await run(['analyze', '-'], new TextEncoder().encode('hello there, no capture'));
    expect(wrong).toMatchObject({ status: 1 });
    expect(wrong.err).toContain('Standard input is neither pcap nor pcapng');
  });

  it('leaves out what is weaker or about another service, and says so', async () => {
    const { out, err } = await run(['analyze', '--service', 'signal', reset]);
    expect(JSON.parse(out)).toMatchObject({ findings: [], incidents: [], targets: [] });
    expect(err).toBe('');
    const declared = await run(['analyze', '--vantage', 'role=server,country=XX', healthy]);
    expect(JSON.parse(declared.out).capture.vantage).toMatchObject({
      role: { value: 'server', basis: 'declared' },
      country: 'XX',
    });
  });

  it('prints what was found so far when interrupted', async () => {
    const child = spawn(process.execPath, [program, 'analyze', '-', healthy], { stdio: 'pipe' });
    let out = '';
    let err = '';
    child.stdout.on('data', (bytes) => {
      out += bytes;
    });
    child.stderr.on('data', (bytes) => {
      err += bytes;
    });
    child.stdin.on('error', () => {});
    // Trickling, and more than will be waited for: only the interruption can end it.
    const bytes = readFileSync(reset);
    let at = 0;
    const trickle = setInterval(() => {
      child.stdin.write(bytes.subarray(at, at + 8));
      at += 8;
      if (at === (bytes.length >> 4) << 3) child.kill('SIGINT');
    }, 2);
    child.on('close', () => clearInterval(trickle));
    const status = await new Promise((resolve) => child.on('close', resolve));
    expect(status).toBe(130);
    const analysis = analysisSchema.parse(JSON.parse(out.trimEnd()));
    expect(analysis.capture).toMatchObject({ complete: false, stoppedAt: { reason: 'cancelled' } });
    expect(analysis.capture.packets).toBeGreaterThan(0);
    expect(err).toContain('healthy.pcap: not analyzed, interrupted');
  });

  it('ends quietly when nobody reads on', async () => {
    const child = spawn(process.execPath, [program, 'analyze', ...Array<string>(20).fill(reset)], { stdio: 'pipe' });
    let err = '';
    child.stderr.on('data', (bytes) => {
      err += bytes;
    });
    child.stdout.destroy();
    await new Promise((resolve) => child.on('close', resolve));
    expect(err).toBe('');
  });
});
