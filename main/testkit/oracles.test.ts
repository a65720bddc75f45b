// Other readers of captures must see the same packets, times, connections and names.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Analysis } from '../../shared/contract/analysis.ts';
import { analyze } from './analyze.ts';
import { readCapture } from './capture.ts';
import { labelledCaptures, samples } from './labelled.ts';
import { lacks, REQUIRED, run, tsharkFields } from './tools.ts';

/** All samples, and a fixed choice of the ordinary captures beside the project: tshark takes half a second for each. */
const EVERY = 12;
const beside = labelledCaptures()
  .filter(({ kind }) => kind !== 'malformed')
  .filter(({ file }) => createHash('sha256').update(file).digest()[0]! % EVERY === 0);
const files = [
  ...samples().map(({ path, slug }) => [slug, path] as const),
  ...beside.map(({ path }) => [basename(path), path] as const),
];

const known = new Map<string, Analysis>();
function analysisOf(path: string): Analysis {
  let analysis = known.get(path);
  if (analysis === undefined) {
    analysis = analyze(readFileSync(path));
    known.set(path, analysis);
  }
  return analysis;
}

describe.runIf(beside.length === 0)('captures beside the project', () => {
  it.skip('are not here: the samples alone are compared (a folder ../shared/captures adds them)');
});

it.runIf(REQUIRED)('every tool is installed', () => {
  for (const tool of ['tshark', 'capinfos'] as const) expect(() => run(tool, ['--version'])).not.toThrow();
});

describe.skipIf(lacks('capinfos'))('capinfos', () => {
  /** It writes as many digits as the file has. */
  const nine = (time = ''): string => time.padEnd(time.indexOf('.') + 10, '0');

  it('counts the same packets and bytes, and sees the same first and last time', () => {
    const rows = run('capinfos', [
      '-T',
      '-M',
      '-r',
      '-B',
      '-S',
      '-c',
      '-d',
      '-a',
      '-e',
      ...files.map(([, path]) => path),
    ])
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'));
    const theirs = rows.map(([path = '', packets, bytes, first, last]) => [
      basename(path),
      Number(packets),
      Number(bytes),
      nine(first),
      nine(last),
    ]);
    const ours = files.map(([, path]) => {
      const { packets, bytes, firstTime, lastTime } = analysisOf(path).capture;
      return [basename(path), packets, bytes, firstTime, lastTime];
    });
    expect(ours).toEqual(theirs);
  });
});

/** Tunnels, fragments and mirrored copies make connections and names countable in more ways than one. */
const isPlain = (rows: readonly string[][]): boolean =>
  rows.every(
    ([protocols = '']) =>
      !/gre|vxlan|ipip|teredo|mpls|wlan|ip:icmp.*:tcp/.test(protocols) && !/:ip.*:ip/.test(protocols),
  );

describe.skipIf(lacks('tshark'))('tshark', () => {
  it.each(files)('%s: the same connections, names and frame times', (_, path) => {
    const fields = [
      'frame.protocols',
      'frame.number',
      'frame.time_epoch',
      'tcp.stream',
      'tls.handshake.extensions_server_name',
      'tls.handshake.type',
      'dns.qry.name',
      'dns.flags.response',
      'udp.dstport',
      'icmp.type',
      'icmpv6.type',
      'quic.version',
      'udp.stream',
    ];
    const rows = tsharkFields(path, fields);
    const frames = readCapture(readFileSync(path)).frames;
    const decimal = (time: bigint): string => `${time / 1_000_000_000n}.${`${time % 1_000_000_000n}`.padStart(9, '0')}`;
    expect(frames.map(({ number, time }) => [`${number}`, decimal(time)])).toEqual(rows.map((row) => [row[1], row[2]]));

    const { coverage, targets, capture } = analysisOf(path);
    if (!isPlain(rows)) return;
    const direct = rows.filter((row) => row[9] === '' && row[10] === '');
    const streams = new Set(direct.flatMap((row) => (row[3] === '' || row[3] === undefined ? [] : [row[3]])));
    expect(coverage.tcp, 'TCP connections').toBe(streams.size);
    const conversations = new Set(direct.flatMap((row) => (row[12] === '' || row[12] === undefined ? [] : [row[12]])));
    expect(coverage.udp, 'UDP conversations').toBe(conversations.size);
    const isDoubled = capture.quality.some(({ kind }) => kind === 'duplicated');
    const queries = direct.filter((row) => /^(0|False)$/.test(row[7] ?? '') && row[8] === '53');
    if (!isDoubled) expect(coverage.dnsQueries, 'DNS queries').toBe(queries.length);
    const names = new Set(
      direct
        .filter((row) => row[5]?.split(',').includes('1') && row[11] === '')
        .flatMap((row) => row[4]!.split(','))
        .filter((name) => name !== ''),
    );
    const domains = new Set(targets.flatMap(({ domain }) => (domain === null ? [] : [domain])));
    expect(
      [...names].map((name) => name.toLowerCase()).filter((name) => !domains.has(name)),
      'server names',
    ).toEqual([]);
  });
});

interface ParsedPacket {
  readonly header: { readonly timestampSeconds: number; readonly timestampMicroseconds: number };
  readonly data: Uint8Array;
}

// It has no types of its own.
const pcapParser = createRequire(import.meta.url)('pcap-parser') as { parse(path: string): NodeJS.EventEmitter };

describe('pcap-parser', () => {
  // It knows little else than microsecond files.
  const classic = files.filter(([, path]) =>
    ['a1b2c3d4', 'd4c3b2a1'].includes(readFileSync(path).subarray(0, 4).toString('hex')),
  );
  it.each(classic)('%s: the same frames', async (_, path) => {
    const theirs: [number, number, string][] = [];
    await new Promise<void>((resolve, reject) => {
      const parser = pcapParser.parse(path);
      parser.on('packet', ({ header, data }: ParsedPacket) =>
        theirs.push([header.timestampSeconds, header.timestampMicroseconds, digest(data)]),
      );
      parser.on('end', () => resolve());
      parser.on('error', reject);
    });
    const ours = readCapture(readFileSync(path)).frames.map(({ time, bytes }) => [
      Number(time / 1_000_000_000n),
      Number((time % 1_000_000_000n) / 1000n),
      digest(bytes),
    ]);
    expect(ours).toEqual(theirs);
  });
});

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}
