// Other readers of captures must see the same packets, times, connections and names.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Analysis } from '../../shared/contract/analysis.ts';
import { APPLICATIONS, Catalog } from '../engine/catalog.ts';
import { Engine } from '../engine/engine.ts';
import { readCapture } from './capture.ts';
import { labelledCaptures, samples } from './labelled.ts';
import { lacks, REQUIRED, run, tsharkFieldsLater } from './tools.ts';

/** All samples, and a fixed choice of the ordinary captures beside the project: tshark takes half a second for each. */
const EVERY = 12;
/** Where the oracles are required, the others as well as far as they are read within this time, seconds. */
const LONGEST = 60;
const order = ({ file }: { readonly file: string }): number => createHash('sha256').update(file).digest()[0]! % EVERY;
const beside = labelledCaptures()
  .filter(({ kind }) => kind !== 'malformed')
  .filter((capture) => REQUIRED || order(capture) === 0)
  .sort((a, b) => order(a) - order(b));
const always = samples().length + beside.filter((capture) => order(capture) === 0).length;
const files = [
  ...samples().map(({ path, slug }) => [slug, path] as const),
  ...beside.map(({ path }) => [basename(path), path] as const),
];

interface Read {
  readonly analysis: Analysis;
  /** Names that were asked for in DNS, and those in hellos of TLS and QUIC; each once. */
  readonly asked: readonly string[];
  readonly named: readonly string[];
}

const known = new Map<string, Read>();
function read(path: string): Read {
  let made = known.get(path);
  if (made === undefined) {
    const catalog = new Catalog();
    const engine = new Engine({ seed: 7 }, catalog);
    engine.feed(readFileSync(path));
    engine.end();
    const { analysis } = engine.judge({ path, sha256: null, compression: null, error: null, truncated: false });
    const { flows, names, tracker } = catalog;
    const asked = tracker.dns.all().flatMap(({ name, queries }) => (queries.length > 0 ? [name] : []));
    const named = Array.from({ length: flows.count }, (_, row) =>
      ['tls', 'quic'].includes(APPLICATIONS[flows.application[row]!]!) ? (names[flows.name[row]!] ?? '') : '',
    );
    made = { analysis, asked: each(asked), named: each(named) };
    known.set(path, made);
  }
  return made;
}

/** Every name once, in order. */
function each(names: readonly string[]): string[] {
  const plain = names.map((name) => (name === '<Root>' ? '.' : name.toLowerCase()));
  return [...new Set(plain)].filter((name) => name !== '').sort();
}

/** Names that only one of the two finds, with the reason. */
const APART: Readonly<Record<string, { readonly ours?: string; readonly theirs?: string }>> = {
  // A hello that is there twice, which tshark gives up
  'data-innocent-repeated': { ours: 'www.debian.org' },
  // TLS on port 80, which tshark takes for HTTP
  'airtel_https_example.pcap': { ours: 'youporn.com' },
  // Versions of QUIC from before it was a standard
  'quic-mvfst-27.pcapng': { theirs: 'graph.facebook.com' },
  'quic_0RTT.pcap': { theirs: 'abcd' },
};

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
      const { packets, bytes, firstTime, lastTime } = read(path).analysis.capture;
      return [basename(path), packets, bytes, firstTime, lastTime];
    });
    expect(ours).toEqual(theirs);
  });
});

/** Tunnels, fragments and mirrored copies make connections and names countable in more ways than one. */
const isPlain = (rows: readonly string[][]): boolean =>
  rows.every(
    ([protocols = '']) => !/gre|vxlan|ipip|teredo|ip:icmp.*:tcp/.test(protocols) && !/:ip.*:ip/.test(protocols),
  );

const FIELDS = [
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
  'dns.flags.opcode',
  'udp.stream',
  'tcp.dstport',
];

describe.skipIf(lacks('tshark'))('tshark', () => {
  const rowsOf = new Map<string, string[][]>();
  const READERS = 2;

  beforeAll(async () => {
    const started = performance.now();
    let next = 0;
    const reader = async (): Promise<void> => {
      while (next < files.length && (next < always || performance.now() - started < LONGEST * 1_000)) {
        const [, path] = files[next++]!;
        rowsOf.set(path, await tsharkFieldsLater(path, FIELDS));
      }
    };
    await Promise.all(Array.from({ length: READERS }, reader));
  }, 300_000);

  it.for(files)('%s: the same connections, names and frame times', ([name, path], { skip }) => {
    const rows = rowsOf.get(path) ?? skip('was not read within the time');
    const frames = readCapture(readFileSync(path)).frames;
    const decimal = (time: bigint): string => `${time / 1_000_000_000n}.${`${time % 1_000_000_000n}`.padStart(9, '0')}`;
    expect(frames.map(({ number, time }) => [`${number}`, decimal(time)])).toEqual(rows.map((row) => [row[1], row[2]]));

    const { analysis, asked, named } = read(path);
    const { coverage, capture } = analysis;
    if (!isPlain(rows)) return;
    const direct = rows.filter((row) => row[9] === '' && row[10] === '');
    const streams = new Set(direct.flatMap((row) => (row[3] === '' || row[3] === undefined ? [] : [row[3]])));
    expect(coverage.tcp, 'TCP connections').toBe(streams.size);
    const conversations = new Set(direct.flatMap((row) => (row[12] === '' || row[12] === undefined ? [] : [row[12]])));
    expect(coverage.udp, 'UDP conversations').toBe(conversations.size);
    const isDoubled = capture.quality.some(({ kind }) => kind === 'duplicated');
    // Notifications and updates of zones ask for nothing
    const queries = direct.filter(
      (row) => /^(0|False)$/.test(row[7] ?? '') && row[11] === '0' && (row[8] === '53' || row[13] === '53'),
    );
    if (!isDoubled) expect(coverage.dnsQueries, 'DNS queries').toBe(queries.length);
    expect(asked, 'names asked for').toEqual(each(queries.flatMap((row) => row[6]!.split(','))));
    const hellos = direct.filter((row) => row[5]?.split(',').includes('1'));
    const theirs = each(hellos.flatMap((row) => row[4]!.split(',')));
    const apart = APART[name] ?? {};
    expect([...named, apart.theirs ?? ''].filter(Boolean).sort(), 'names of servers').toEqual(
      [...theirs, apart.ours ?? ''].filter(Boolean).sort(),
    );
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
