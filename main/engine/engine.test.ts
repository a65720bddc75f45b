import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Analysis, analysisSchema } from '../../shared/contract/analysis.ts';
import { PcapngWriter, PcapWriter } from '../capture-file/writer.ts';
import { analyze, analyzePieces } from '../testkit/analyze.ts';
import { concat, u32 } from '../testkit/bytes.ts';
import { dnsAnswer, dnsQuery } from '../testkit/dns-bytes.ts';
import { fragments, frame, LINKTYPE, type LinkOptions, tcp, udp } from '../testkit/packets.ts';
import { clientHello, serverHello } from '../testkit/tls-bytes.ts';
import { Engine, type EngineOptions, type SourceFacts } from './engine.ts';
import { VERSION } from './version.ts';

const ROOT = join(import.meta.dirname, '../..');
const SOURCE: SourceFacts = { path: 'capture', sha256: null, compression: null, error: null, truncated: false };
const BASE = 1_700_000_000;
const SEED = 0x5eed;

const sample = (slug: string, file: string): Uint8Array =>
  new Uint8Array(readFileSync(join(ROOT, 'samples', slug, file)));
const SAMPLES = [
  ['telegram-2018-provider-a', 'capture.pcapng'],
  ['sni-filtering-drop', 'capture.pcapng'],
  ['rst-injection-burst', 'capture.pcapng'],
] as const;

interface Timed {
  /** Seconds since BASE. */
  readonly time: number;
  readonly packet: Uint8Array;
}

const written = ({ time, packet }: Timed, link: LinkOptions = {}) => ({
  seconds: BASE + Math.floor(time),
  nanos: Math.round((time % 1) * 1e9),
  bytes: frame(packet, link),
});

function pcap(packets: readonly Timed[]): Uint8Array {
  const writer = new PcapWriter({ linkType: LINKTYPE.ethernet, nanoseconds: true });
  return concat(writer.header(), ...packets.map((each) => writer.frame(written(each))));
}

const CLIENT = '10.0.0.2';
const SERVER = '203.0.113.7';

interface Ends {
  readonly port?: number;
  readonly server?: string;
  readonly name?: string;
}

/** Handshake, hello, ServerHello, goodbye; the packets of both ends, from `at` on. */
function healthy(at: number, { port = 50_000, server = SERVER, name = 'fine.example' }: Ends = {}): Timed[] {
  const hello = clientHello({ sni: name });
  const reply = serverHello().subarray(0, 1_200);
  let id = port & 0xfff;
  const out = (flags: string, seq: number, ack: number, payload?: Uint8Array): Uint8Array =>
    tcp(
      { source: CLIENT, destination: server, id: id++ },
      { sourcePort: port, destinationPort: 443, flags, seq, ack },
      payload,
    );
  const back = (flags: string, seq: number, ack: number, payload?: Uint8Array): Uint8Array =>
    tcp(
      { source: server, destination: CLIENT, ttl: 52, id: id++ },
      { sourcePort: 443, destinationPort: port, flags, seq, ack },
      payload,
    );
  const asked = 101 + hello.length;
  return [
    out('S', 100, 0),
    back('SA', 900, 101),
    out('A', 101, 901),
    out('PA', 101, 901, hello),
    back('PA', 901, asked, reply),
    out('A', asked, 901 + reply.length),
    out('FA', asked, 901 + reply.length),
    back('FA', 901 + reply.length, asked + 1),
  ].map((packet, step) => ({ time: at + step * 0.02, packet }));
}

/** SYNs without answer, as a client retries them. */
function silent(at: number, { port = 51_000, server = '203.0.113.66' }: Ends = {}): Timed[] {
  return [0, 1, 3, 7].map((after, id) => ({
    time: at + after,
    packet: tcp(
      { source: CLIENT, destination: server, id },
      { sourcePort: port, destinationPort: 443, flags: 'S', seq: 1 },
    ),
  }));
}

const byTime = (packets: readonly Timed[]): Timed[] => packets.toSorted((a, b) => a.time - b.time);
const outcomeOf = (analysis: Analysis, address: string): string | undefined =>
  analysis.targets.find(({ addresses }) => addresses.includes(address))?.outcome;
/** Without what depends on earlier judgements: how often a finding was revised, and what was told to be withdrawn. */
const standing = (analysis: Analysis): Analysis => ({
  ...analysis,
  findings: analysis.findings.filter(({ state }) => state !== 'withdrawn').map((each) => ({ ...each, revision: 1 })),
});
const accusations = (analysis: Analysis): string[] =>
  analysis.findings.filter(({ confidence }) => confidence !== 'inconclusive').map(({ id }) => id);
const quality = (analysis: Analysis, kind: string): number =>
  analysis.capture.quality.find((item) => item.kind === kind)?.count ?? 0;

describe.each(SAMPLES)('%s', (slug, file) => {
  const bytes = sample(slug, file);
  const whole = analyze(bytes);

  it('fits the contract and says something', () => {
    analysisSchema.parse(whole);
    expect(whole.capture).toMatchObject({ complete: true, stoppedAt: null });
    expect(whole.findings.length).toBeGreaterThan(0);
  });

  it('gives the same however its bytes are cut and whenever it is judged', () => {
    const places = fc.array(fc.nat(bytes.length), { maxLength: 12 }).map((list) => list.sort((a, b) => a - b));
    fc.assert(
      fc.property(places, fc.boolean(), (list, judging) => {
        const pieces = [...list, bytes.length].map((place, at) => bytes.slice(list[at - 1] ?? 0, place));
        expect(standing(analyzePieces(pieces, {}, judging))).toEqual(standing(whole));
      }),
      { numRuns: 6 },
    );
  });

  it('does not depend on the seed of its hashes', () => {
    for (const seed of [0, 1, -1, 0x7fffffff]) expect(analyze(bytes, { seed })).toEqual(whole);
  });
});

describe('a capture that goes on', () => {
  const bytes = pcap(
    byTime([...healthy(0), ...silent(1), ...healthy(2, { port: 50_001 }), ...healthy(9, { port: 50_002 })]),
  );

  it('may be judged at any time, and then goes on as if it had not', () => {
    const engine = new Engine({ seed: SEED });
    const judged: Analysis[] = [];
    for (let at = 0; at < bytes.length; at += 500) {
      engine.feed(bytes, at, Math.min(bytes.length, at + 500));
      judged.push(engine.judge(SOURCE).analysis);
      expect(standing(engine.judge(SOURCE).analysis)).toEqual(standing(judged.at(-1)!));
    }
    for (const each of judged) {
      analysisSchema.parse(each);
      expect(each.capture.complete).toBe(false);
    }
    engine.end();
    expect(standing(engine.judge(SOURCE).analysis)).toEqual(standing(analyze(bytes)));
  });

  it('lets a silence ripen as time goes on without packets', () => {
    const sent = pcap([
      ...healthy(0),
      { time: 1, packet: silent(1)[0]!.packet },
      { time: 2, packet: silent(1)[1]!.packet },
      ...healthy(2.1, { port: 50_001 }),
      ...udpSilence(2.5),
    ]);
    const engine = new Engine({ seed: SEED });
    engine.feed(sent);
    const before = engine.judge(SOURCE).analysis;
    expect(outcomeOf(before, '203.0.113.66')).toBe('insufficient');
    engine.advance(BASE + 30);
    const after = engine.judge(SOURCE).analysis;
    expect(outcomeOf(after, '203.0.113.66')).toBe('down');
    // Never back in time
    engine.advance(BASE);
    expect(standing(engine.judge(SOURCE).analysis)).toEqual(standing(after));
  });

  it('may be told the time before its first packet', () => {
    const engine = new Engine({ seed: SEED });
    engine.advance(BASE + 5_000);
    engine.feed(bytes);
    engine.end();
    expect(engine.judge(SOURCE).analysis).toEqual(analyze(bytes));
  });

  it('that the user ended says where', () => {
    const engine = new Engine({ seed: SEED });
    const half = bytes.length >> 1;
    engine.feed(bytes.subarray(0, half));
    engine.end('cancelled');
    const { capture, error } = engine.judge(SOURCE).analysis;
    expect(capture).toMatchObject({ complete: false, stoppedAt: { frame: engine.packets, reason: 'cancelled' } });
    expect(error).toBeNull();
    // A second end changes nothing
    engine.end();
    expect(engine.judge(SOURCE).analysis.capture).toEqual(capture);
  });

  it('that could not be read on says so', () => {
    const engine = new Engine({ seed: SEED });
    engine.feed(bytes);
    engine.end('read-error');
    const error = { code: 'read-failed', params: {}, offset: null } as const;
    const { analysis } = engine.judge({ ...SOURCE, error });
    expect(analysis.error).toMatchObject({ code: 'read-failed' });
    expect(analysis.capture).toMatchObject({ complete: false, stoppedAt: { reason: 'error' } });
  });
});

function udpSilence(at: number): Timed[] {
  const network = { source: CLIENT, destination: '203.0.113.99' };
  return [0, 0.1].map((after, id) => ({
    time: at + after,
    packet: udp({ ...network, id }, { sourcePort: 52_000, destinationPort: 443 }, new Uint8Array(40)),
  }));
}

describe('times', () => {
  const packets = byTime([...healthy(0), ...silent(0.5)]);
  const simple = (packet: Uint8Array): Uint8Array => {
    const bytes = frame(packet);
    const padded = concat(bytes, new Uint8Array(-bytes.length & 3));
    const total = 16 + padded.length;
    const body = concat(u32(3), u32(total), u32(bytes.length), padded, u32(total));
    // Little-endian, as the writer's blocks
    for (const at of [0, 4, 8, body.length - 4]) body.subarray(at, at + 4).reverse();
    return body;
  };
  const writer = new PcapngWriter();
  const head = concat(writer.section(), writer.interface({ linkType: LINKTYPE.ethernet }));

  it('that simple packet blocks lack accuse nobody', () => {
    const analysis = analyze(concat(head, ...packets.map(({ packet }) => simple(packet))));
    analysisSchema.parse(analysis);
    expect(analysis.capture.packets).toBe(packets.length);
    expect(analysis.coverage.tlsHellos).toBe(1);
    expect(quality(analysis, 'damaged')).toBe(packets.length);
    expect(accusations(analysis)).toEqual([]);
  });

  it('are those of the packet before where a simple packet block has none', () => {
    const blocks = packets.map((each, at) => (at % 3 === 1 ? simple(each.packet) : writer.frame(written(each))));
    const { capture } = analyze(concat(head, ...blocks));
    expect([capture.firstTime, capture.lastTime]).toEqual([`${BASE}.000000000`, `${BASE + 7}.500000000`]);
  });

  it('begin with the first time that is told, where simple packet blocks come first', () => {
    const blocks = packets.map((each, at) => (at < 3 ? simple(each.packet) : writer.frame(written(each))));
    const analysis = analyze(concat(head, ...blocks));
    analysisSchema.parse(analysis);
    expect(Number(analysis.capture.firstTime)).toBeGreaterThanOrEqual(BASE);
    expect(Number(analysis.capture.lastTime)).toBeCloseTo(BASE + 7.5, 3);
  });

  it('may count from zero', () => {
    const zero = new PcapWriter({ linkType: LINKTYPE.ethernet, nanoseconds: true });
    const frames = packets.map((each) => zero.frame({ ...written(each), seconds: Math.floor(each.time) }));
    const { capture } = analyze(concat(zero.header(), ...frames));
    expect([capture.firstTime, capture.lastTime]).toEqual(['0.000000000', '7.500000000']);
  });

  it('that step back are said to', () => {
    const stepped = [...healthy(10), ...healthy(5, { port: 50_001 })];
    const analysis = analyze(pcap(stepped));
    expect(quality(analysis, 'clock')).toBe(1);
    expect([analysis.capture.firstTime, analysis.capture.lastTime]).toEqual([
      `${BASE + 5}.000000000`,
      `${BASE + 10}.140000000`,
    ]);
    expect(quality(analyze(pcap(byTime(stepped))), 'clock')).toBe(0);
  });

  it('of captures merged years apart stay what they are', () => {
    const years = 4 * 31_557_600;
    const { capture } = analyze(pcap([...healthy(0), ...healthy(years, { port: 50_001 })]));
    expect(capture.firstTime).toBe(`${BASE}.000000000`);
    expect(capture.lastTime).toMatch(new RegExp(`^${BASE + years}[.]140000`));
  });

  it('go on where the clock was not set at first', () => {
    const unset = new PcapWriter({ linkType: LINKTYPE.ethernet, nanoseconds: true });
    const frames = packets.map((each, at) => {
      const { seconds, ...frame } = written(each);
      return unset.frame({ ...frame, seconds: at < 4 ? seconds - BASE : seconds });
    });
    const analysis = analyze(concat(unset.header(), ...frames));
    expect(analysis.capture.lastTime).toBe(`${BASE + 7}.500000000`);
    expect(quality(analysis, 'clock')).toBe(1);
    expect(accusations(analysis)).toEqual(accusations(analyze(pcap(packets))));
  });

  it('that leap to and fro never break the result', () => {
    const odd = new PcapWriter({ linkType: LINKTYPE.ethernet });
    const leap = fc.constantFrom(0, 1, BASE, 3_000_000_000, 0xffffffff);
    fc.assert(
      fc.property(fc.array(leap, { minLength: 12, maxLength: 12 }), (seconds) => {
        const frames = packets.map(({ packet }, at) =>
          odd.frame({ seconds: seconds[at]!, nanos: 0, bytes: frame(packet) }),
        );
        analysisSchema.parse(analyze(concat(odd.header(), ...frames)));
      }),
      { numRuns: 40 },
    );
  });
});

describe('interfaces', () => {
  it('may have different link types in one capture', () => {
    const kinds: LinkOptions[] = [{}, { kind: 'raw' }, { kind: 'sll' }, { kind: 'sll2' }, { kind: 'null' }];
    const writer = new PcapngWriter();
    const packets = kinds.flatMap((_, at) => healthy(at, { port: 50_000 + at, name: `n${at}.example` }));
    const blocks = packets.map((each, at) => {
      const which = Math.floor(at / 8);
      return writer.frame(written(each, kinds[which]), which);
    });
    const interfaces = kinds.map(({ kind = 'ethernet' }) => writer.interface({ linkType: LINKTYPE[kind] }));
    const analysis = analyze(concat(writer.section(), ...interfaces, ...blocks));
    expect(analysis.capture.linkTypes).toEqual(['ethernet', 'raw', 'linux-sll', 'linux-sll2', 'null']);
    expect(analysis.coverage).toMatchObject({ tcp: 5, tlsHellos: 5 });
    expect(analysis.findings).toEqual([]);
  });

  it('of a link type that is not read are said to be, and nothing is judged of them', () => {
    const writer = new PcapWriter({ linkType: 107 });
    const frames = healthy(0).map((each) => writer.frame(written(each)));
    const analysis = analyze(concat(writer.header(), ...frames));
    expect(quality(analysis, 'link-type')).toBe(8);
    expect(analysis.coverage.flows).toBe(0);
    expect(analysis.checked.filter(({ state }) => state === 'run')).toEqual([]);
  });
});

describe('fragments', () => {
  const network = { source: '192.0.2.53', destination: CLIENT, df: false };
  const query = udp(
    { source: CLIENT, destination: '192.0.2.53' },
    { sourcePort: 40_000, destinationPort: 53 },
    dnsQuery({ id: 7, name: 'long.example' }),
  );
  const answer = udp(
    network,
    { sourcePort: 53, destinationPort: 40_000 },
    dnsAnswer({ id: 7, name: 'long.example', addresses: Array.from({ length: 100 }, (_, at) => `198.51.100.${at}`) }),
  );

  it('are read as the datagram that they are, in their place among others', () => {
    const pieces = fragments(answer, 600);
    expect(pieces.length).toBeGreaterThan(2);
    const other = healthy(0.5, { port: 50_009 });
    const packets = [
      { time: 0, packet: query },
      ...pieces.map((packet, at) => ({ time: 0.1 + at * 0.1, packet })),
      ...other,
    ];
    const analysis = analyze(pcap(byTime(packets)));
    expect(analysis.coverage).toMatchObject({ dnsQueries: 1, tlsHellos: 1, tcp: 1 });
    const target = analysis.targets.find(({ domain }) => domain === 'long.example');
    expect(target).toMatchObject({ outcome: 'ok' });
  });

  it('that never become whole leave the question unanswered, and nothing breaks', () => {
    const pieces = fragments(answer, 600).slice(1);
    const packets = [{ time: 0, packet: query }, ...pieces.map((packet, at) => ({ time: 0.1 + at, packet }))];
    expect(analyze(pcap(packets)).coverage).toMatchObject({ dnsQueries: 1 });
  });
});

describe('a flow table far too small', () => {
  const packets: Timed[] = [];
  for (let number = 0; number < 150; number++) {
    packets.push(
      ...healthy(number * 0.05, {
        port: 40_000 + number,
        server: `203.0.113.${number % 40}`,
        name: `n${number}.example`,
      }),
    );
    if (number % 5 === 0)
      packets.push(...silent(number * 0.05, { port: 60_000 + number, server: `198.51.100.${number}` }));
    packets.push(...udpSilence(number * 0.05));
  }
  const bytes = pcap(byTime(packets));
  const options: EngineOptions = { maxFlows: 16 };

  it('breaks nothing, says that it was too small, and accuses nobody by silence', () => {
    const analysis = analyze(bytes, options);
    analysisSchema.parse(analysis);
    expect(quality(analysis, 'budget')).toBeGreaterThan(100);
    expect(accusations(analysis)).toEqual([]);
    // With room enough the same packets are a suspicion
    expect(accusations(analyze(bytes)).length).toBeGreaterThan(0);
  });

  it('gives the same with every seed and cut', () => {
    const whole = analyze(bytes, options);
    expect(analyze(bytes, { ...options, seed: 9 })).toEqual(whole);
    const pieces = Array.from({ length: 50 }, (_, at) =>
      bytes.slice((bytes.length * at) / 50, (bytes.length * (at + 1)) / 50),
    );
    expect(standing(analyzePieces(pieces, options, true))).toEqual(standing(whole));
  });

  it('takes samples without a word too much', () => {
    for (const [slug, file] of SAMPLES) analysisSchema.parse(analyze(sample(slug, file), options));
  });
});

describe('what the user says', () => {
  it('of the vantage is kept as said', () => {
    const analysis = analyze(pcap(healthy(0)), { vantage: { role: 'client', network: 'provider-a' }, local: [CLIENT] });
    expect(JSON.stringify(analysis.capture)).toContain('provider-a');
  });
});

it('calls a capture that ends within a packet truncated, which is no error', () => {
  const bytes = pcap(healthy(0));
  const analysis = analyze(bytes.subarray(0, bytes.length - 5));
  expect(analysis.error).toBeNull();
  expect(quality(analysis, 'truncated')).toBe(1);
  expect(analysis.capture.packets).toBe(7);
});

it('has the version of its package', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  expect(VERSION).toBe(version);
  expect(JSON.stringify(analyze(pcap(healthy(0))))).toContain(`"${version}"`);
});
