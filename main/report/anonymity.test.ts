// Nobody may be found in what is published: every value that was replaced is searched for in every byte of it, however
// it might be written there. The search here is a plain one of its own.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { Pseudonyms } from '../../shared/report/pseudonyms.ts';
import { PcapngWriter } from '../capture-file/writer.ts';
import { ascii, concat, Random, u8, u16, u32 } from '../testkit/bytes.ts';
import { type CaptureFrame, readCapture, writeCapture } from '../testkit/capture.ts';
import { dnsName } from '../testkit/dns-bytes.ts';
import { Net } from '../testkit/network.ts';
import { addressBytes, icmpError, udp } from '../testkit/packets.ts';
import { pdfText } from '../testkit/pdf-text.ts';
import { draft, textOf } from '../testkit/reports.ts';
import { ikeInit } from '../testkit/vpn-bytes.ts';
import { evidenceFile, publish } from './evidence.ts';
import { findChromium, printPdf } from './pdf.ts';
import { select } from './select.ts';
import { zipped } from './write.ts';

interface Secret {
  readonly text: string;
  readonly raw: Uint8Array | null;
}

function occurrences(file: Buffer, { text, raw }: Secret): string[] {
  const found: string[] = [];
  const lower = file.toString('latin1').toLowerCase();
  const check = (what: string, needle: string | Buffer): void => {
    if (needle.length < 4) return;
    if (typeof needle === 'string' ? lower.includes(needle.toLowerCase()) : file.includes(needle)) found.push(what);
  };
  const exact = file.toString('latin1');
  for (const bytes of [Buffer.from(text), ...(raw === null ? [] : [Buffer.from(raw)])]) {
    check('binary', bytes);
    check('hex', bytes.toString('hex'));
    for (let shift = 0; shift < 3; shift++) {
      const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
        .toString('base64')
        .replace(/=+$/, '');
      const stable = encoded.slice(shift === 0 ? 0 : shift + 1, (shift + bytes.length) % 3 === 0 ? undefined : -1);
      if (stable.length >= 5 && exact.includes(stable)) found.push('base64');
    }
  }
  check('text', text);
  return found;
}

function address(random: Random, v6: boolean): string {
  const byte = (): number => 1 + random.below(250);
  if (!v6) return `${[11, 37, 85, 177][random.below(4)]}.${byte()}.${byte()}.${byte()}`;
  const group = (): string => (0x1000 + random.below(0xefff)).toString(16);
  return `2a01:4f8:${group()}:${group()}:${group()}:${group()}:${group()}:${group()}`;
}

const SITE = '93.184.215.14';
const SITE6 = '2606:2800:21f:cb07::1';
const BLOCKED = 'forum.example.net';

/** A blocked visit, and around it everything that could give its maker away. */
function story(seed: number): { bytes: Uint8Array; secrets: Secret[] } {
  const random = new Random(seed);
  const v6 = seed % 3 === 2;
  const client = address(random, v6);
  const resolver = address(random, v6);
  const router = address(random, v6);
  const proxy = address(random, v6);
  const outside = address(random, v6);
  const site = v6 ? `[${SITE6}]` : SITE;
  const host = `nas-${random.below(1_000_000_000).toString(36)}.alice.internal`;
  const raw = addressBytes(client);
  const hex = Buffer.from(raw).toString('hex');
  const encoded = Buffer.from(client).toString('base64');
  const net = new Net();

  net.resolve({ client, resolver, name: BLOCKED, type: v6 ? 28 : 1, answer: { addresses: [v6 ? SITE6 : SITE] } });
  net.resolve({ client, resolver, name: host, type: v6 ? 28 : 1, answer: { addresses: [proxy] } });
  net.visit({ client, server: `${site}:443`, sni: 'shop.example.com', rtt: 60 });
  for (let attempt = 0; attempt < 3; attempt++) {
    const tls = net.connect({ client, server: `${site}:443`, rtt: 84 });
    tls.clientHello({ sni: BLOCKED });
    tls.inject.rst({ after: 3, hops: 6, ipId: 7, payload: attempt === 1 ? raw : u8() });
    tls.serverHello();
    // After the hello: what nobody can decode, with everything in it
    tls.data('client', concat(ascii(client), raw, ascii(hex), ascii(encoded)));
  }
  for (let attempt = 0; attempt < 3; attempt++) {
    const web = net.connect({ client, server: `${site}:80`, rtt: 84 });
    const head =
      `GET /login?me=${client}&x=${hex} HTTP/1.1\r\nHost: ${BLOCKED}\r\nX-Forwarded-For: ${client}\r\n` +
      `Via: ${host}\r\nCookie: id=${encoded}\r\nX-Raw: ${Buffer.from(raw).toString('latin1')}\r\n\r\n`;
    web.data('client', Buffer.from(head, 'latin1'));
    web.inject.rst({ after: 3, hops: 6, ipId: 9, to: 'client' });
    web.data(
      'server',
      ascii(
        `HTTP/1.1 302 ${client}\r\nServer: ${client}\r\nLocation: http://${host}/?${client}\r\n\r\n<p>${client} ${hex}`,
      ),
      { after: 40 },
    );
  }
  // A hello to a server that nothing public names, blocked too
  for (let attempt = 0; attempt < 3; attempt++) {
    const hidden = net.connect({ client, server: `${v6 ? `[${proxy}]` : proxy}:443`, rtt: 50 });
    hidden.clientHello({ sni: host });
    hidden.inject.rst({ after: 2, hops: 4, ipId: 5 });
    hidden.serverHello();
  }
  // A client subnet and a name that spells the address
  const subnet = concat(u16(8), u16(4 + raw.length), u16(v6 ? 2 : 1), u8(raw.length * 8, 0), raw);
  const cookie = concat(u16(10), u16(raw.length), raw);
  const options = concat(subnet, cookie);
  const query = concat(
    ...[u16(0x4242), u16(0x0100), u16(1), u16(0), u16(0), u16(1), dnsName(BLOCKED), u16(v6 ? 28 : 1), u16(1)],
    ...[u8(0), u16(41), u16(1232), u32(0), u16(options.length), options],
  );
  const from = { source: client, destination: resolver, ttl: 64, id: 3 };
  net.record(net.latest + 40, udp(from, { sourcePort: 50_000, destinationPort: 53 }, query), { outgoing: true });
  const quoted = udp(from, { sourcePort: 50_000, destinationPort: 53 }, concat(query, raw));
  const error = { type: v6 ? 1 : 3, code: v6 ? 4 : 3, quoted, quote: 120 };
  net.record(net.latest + 10, icmpError({ source: router, destination: client, ttl: 250, id: 4 }, error));
  // STUN over the port of the query: XOR-MAPPED-ADDRESS of the outside address (RFC 8489 §14.2)
  const transaction = new Random(seed + 1).bytes(12);
  const magic = concat(u32(0x2112a442), transaction);
  const scrambled = addressBytes(outside).map((byte, at) => byte ^ magic[at]!);
  const attribute = concat(u16(0x0020), u16(4 + scrambled.length), u8(0, v6 ? 2 : 1), u16(0x1234), scrambled);
  const stun = concat(u16(0x0101), u16(attribute.length), magic, attribute);
  net.record(
    net.latest + 20,
    udp({ source: proxy, destination: client, ttl: 50, id: 5 }, { sourcePort: 3478, destinationPort: 50_000 }, stun),
  );
  // A VPN's first message with the address among what it offers
  const ike = ikeInit();
  ike.set(concat(raw, ascii(client), ascii(hex)), 40);
  const vpn = { source: client, destination: v6 ? SITE6 : SITE, ttl: 64, id: 6 };
  net.record(net.latest + 20, udp(vpn, { sourcePort: 500, destinationPort: 500 }, ike), { outgoing: true });

  const mac = random.bytes(6).map((byte, at) => (at === 0 ? (byte & 0xfc) | 2 : byte));
  const gateway = random.bytes(6).map((byte, at) => (at === 0 ? (byte & 0xfc) | 2 : byte));
  const { frames } = net.capture().capture;
  const bytes = asPcapng(frames, mac, gateway, `wlan-${client}`, `taken by ${host} at ${client}`);
  const macOf = (value: Uint8Array): Secret => ({
    text: Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join(':'),
    raw: value,
  });
  return {
    bytes,
    secrets: [
      ...[client, resolver, router, proxy, outside].map((text) => ({ text, raw: addressBytes(text) })),
      macOf(mac),
      macOf(gateway),
      { text: host, raw: null },
      { text: 'alice', raw: null },
    ],
  };
}

function asPcapng(
  frames: readonly CaptureFrame[],
  mac: Uint8Array,
  gateway: Uint8Array,
  name: string,
  comment: string,
): Uint8Array {
  const writer = new PcapngWriter();
  const parts = [
    writer.section({ comment, application: comment }),
    writer.interface({ linkType: 1, name, description: comment }),
  ];
  for (const { bytes, time } of frames) {
    const copy = bytes.slice();
    const isSent = copy[5] === 1;
    copy.set(isSent ? gateway : mac, 0);
    copy.set(isSent ? mac : gateway, 6);
    parts.push(
      writer.frame({
        seconds: Number(time / 1_000_000_000n),
        nanos: Number(time % 1_000_000_000n),
        bytes: copy,
        comment,
      }),
    );
  }
  return concat(...parts);
}

const SEEDS = Array.from({ length: 18 }, (_, at) => at + 1);

describe.each(['decoded', 'cited'] as const)('payload %s', (payload) => {
  it.each(SEEDS)('nothing that was replaced stands in any file: capture %i', async (seed) => {
    const { bytes, secrets } = story(seed);
    const made = await draft(bytes, {
      payload,
      context: `I recorded this at ${secrets[0]!.text}.`,
      title: `Seen from ${secrets[0]!.text}`,
    });
    expect(made.report.incidents.length).toBeGreaterThan(1);
    const unpacked = unzipSync(zipped(made.files));
    const leaks: string[] = [];
    for (const name of Object.keys(unpacked)) {
      const file = name === 'report.html' ? Buffer.from(textOf(made, name)) : Buffer.from(unpacked[name]!);
      for (const secret of secrets) {
        for (const how of occurrences(file, secret)) leaks.push(`${secret.text} as ${how} in ${name}`);
      }
    }
    expect(leaks).toEqual([]);
  });
});

describe('in the PDF', () => {
  const chromium = findChromium(process.env);
  const printed = async (seed: number, options: Parameters<typeof draft>[1]) => {
    const { bytes, secrets } = story(seed);
    const made = await draft(bytes, options);
    const { pdf } = await printPdf(made.page, chromium!);
    return { secrets, pdf: Buffer.from(pdf!), ...pdfText(pdf!) };
  };

  it.skipIf(chromium === null).each([1, 2, 3])(
    'nothing that was replaced stands in its text, streams or description: capture %i',
    async (seed) => {
      const { text: first } = story(seed).secrets[0]!;
      const { secrets, pdf, text, streams } = await printed(seed, { payload: 'cited', title: `Seen from ${first}` });
      expect(text.replace(/\s/g, '')).toContain(BLOCKED);
      // Lines break anywhere
      const places = [pdf, ...streams, Buffer.from(text), Buffer.from(text.replace(/\s/g, ''))];
      const words = secrets.map((secret) => ({ ...secret, raw: null }));
      expect(places.flatMap((place) => words.flatMap((secret) => occurrences(place, secret)))).toEqual([]);
    },
    60_000,
  );

  it.skipIf(chromium === null)(
    'the search finds what is there',
    async () => {
      const { secrets, text } = await printed(4, { pseudonyms: 'none' });
      expect(occurrences(Buffer.from(text.replace(/\s/g, '')), { ...secrets[0]!, raw: null })).toContain('text');
    },
    60_000,
  );
});

describe('with every frame of the capture in the evidence', () => {
  it.each(SEEDS)('nothing that was replaced stands in it: capture %i', async (seed) => {
    const { bytes, secrets } = story(seed);
    const evidence = await everything(bytes, secrets[0]!.text, [SITE, SITE6, BLOCKED, 'shop.example.com']);
    expect(readCapture(evidence).frames).toHaveLength(readCapture(bytes).frames.length);
    expect(secrets.flatMap((secret) => occurrences(evidence, secret).map((how) => `${secret.text} as ${how}`))).toEqual(
      [],
    );
  });
});

async function everything(bytes: Uint8Array, client: string, keep: readonly string[]): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'blockscope-anonymity-'));
  try {
    const path = join(folder, 'capture.pcapng');
    writeFileSync(path, bytes);
    const cited = new Set(readCapture(bytes).frames.map(({ number }) => number));
    const selection = await select(path, {
      packets: cited.size,
      cited,
      names: new Set(),
      direction: 'both',
      isLocal: () => true,
    });
    const pseudonyms = new Pseudonyms({ local: [client], keep: new Set(keep) });
    const options = {
      rebaseTimestamps: false,
      anonymise: true,
      headersOnly: false,
      keepTarget: false,
      whole: new Set<number>(),
    };
    const evidence = publish(selection, pseudonyms, options);
    return Buffer.concat(evidenceFile(evidence, selection, { application: 'test', comment: '' }, new Map()));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it('the search finds what is there: the same files before anything was replaced', async () => {
  const { bytes, secrets } = story(4);
  const made = await draft(bytes, { pseudonyms: 'none' });
  const evidence = Buffer.from(made.files.get('evidence.pcapng')!);
  expect(occurrences(evidence, secrets[0]!)).toEqual(expect.arrayContaining(['binary']));
  expect(occurrences(Buffer.from(made.files.get('report.json')!), secrets[0]!)).toContain('text');
});

it('lists every replaced value before anything is written, and keeps what a public name covers', async () => {
  const { bytes, secrets } = story(1);
  const made = await draft(bytes);
  const originals = made.replaced.map(({ original }) => original);
  const [client, resolver, , proxy, , mac, gateway, host] = secrets.map(({ text }) => text);
  expect(originals).toEqual(expect.arrayContaining([client, resolver, proxy, mac, gateway, host]));
  expect(new Set(made.replaced.map(({ replacement }) => replacement)).size).toBe(made.replaced.length);
  expect(made.report.redaction.kept.map(({ value }) => value)).toEqual(expect.arrayContaining([SITE, BLOCKED]));
});

it('lets stay what the author ticked, but never an own address', async () => {
  const { bytes, secrets } = story(1);
  const [client, , , proxy] = secrets.map(({ text }) => text);
  const made = await draft(bytes, { keep: [proxy!, client!] });
  const originals = made.replaced.map(({ original }) => original);
  expect(originals).not.toContain(proxy);
  expect(originals).toContain(client);
});

it('keeps common beginnings of addresses common on request, each time with another key', async () => {
  const net = new Net();
  for (const server of ['85.10.20.30', '85.10.20.99']) {
    for (let attempt = 0; attempt < 3; attempt++) {
      const tls = net.connect({ client: '10.9.8.7', server: `${server}:443`, rtt: 60 });
      tls.clientHello({ sni: null });
      tls.inject.rst({ after: 3, hops: 6, ipId: 7 });
      tls.serverHello();
    }
  }
  const replacementsOf = async (): Promise<string[]> => {
    const { replaced } = await draft(net.bytes(), { pseudonyms: 'prefix' });
    return ['85.10.20.30', '85.10.20.99'].map(
      (wanted) => replaced.find(({ original }) => original === wanted)!.replacement,
    );
  };
  const [first, second] = (await replacementsOf()) as [string, string];
  expect(first.split('.').slice(0, 3)).toEqual(second.split('.').slice(0, 3));
  expect(first).not.toBe(second);
  expect(await replacementsOf()).not.toEqual([first, second]);
});

it('leaves out what is nobody’s business: other conversations', async () => {
  const net = new Net();
  net.visit({ client: '10.0.0.9', server: '151.101.2.132:443', sni: 'private.example.org', rtt: 30 });
  for (let attempt = 0; attempt < 3; attempt++) {
    const tls = net.connect({ server: `${SITE}:443`, rtt: 84 });
    tls.clientHello({ sni: BLOCKED });
    tls.inject.rst({ after: 3, hops: 6, ipId: 7 });
    tls.serverHello();
  }
  const made = await draft(writeCapture(net.capture().capture));
  const sources = new Set(readCapture(made.files.get('evidence.pcapng')!).frames.map(({ bytes }) => bytes.length));
  expect(sources.size).toBeGreaterThan(0);
  expect(made.report.redaction.others).toBeGreaterThan(0);
});

it('names resolvers that everybody asks, and no other', async () => {
  const net = new Net();
  for (const resolver of ['8.8.8.8', '77.37.21.9']) {
    net.resolve({ resolver, name: BLOCKED, answer: { addresses: [SITE] } });
  }
  for (let attempt = 0; attempt < 3; attempt++) {
    const tls = net.connect({ server: `${SITE}:443`, rtt: 84 });
    tls.clientHello({ sni: BLOCKED });
    tls.inject.rst({ after: 3, hops: 6, ipId: 7 });
    tls.serverHello();
  }
  const made = await draft(net.bytes());
  const originals = made.replaced.map(({ original }) => original);
  expect(originals).toContain('77.37.21.9');
  expect(originals).not.toContain('8.8.8.8');
  expect(made.report.vantage.find(({ field }) => field === 'resolver')?.value).toContain('8.8.8.8');
});

describe('times', () => {
  const bytes = (): Uint8Array => {
    const net = new Net();
    for (let attempt = 0; attempt < 3; attempt++) {
      const tls = net.connect({ server: `${SITE}:443`, rtt: 84 });
      tls.clientHello({ sni: BLOCKED });
      tls.inject.rst({ after: 3, hops: 6, ipId: 7 });
      tls.serverHello();
    }
    return net.bytes();
  };
  /** TSval and TSecr of each segment that has them, with its sender. */
  const stamps = (made: Awaited<ReturnType<typeof draft>>): { from: string; shown: number; heard: number }[] =>
    readCapture(made.files.get('evidence.pcapng')!).frames.flatMap((frame) => {
      const { bytes: packet } = frame;
      const at = Buffer.from(packet).indexOf(Buffer.from([8, 10]), 14 + 20 + 20);
      if (at < 0) return [];
      const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
      const from = packet.subarray(26, 30).join('.');
      return [{ from, shown: view.getUint32(at + 2), heard: view.getUint32(at + 6) }];
    });

  it('of TCP count from the first of each sender on request, and their steps stay', async () => {
    const [plain, rebased] = [await draft(bytes()), await draft(bytes(), { rebaseTimestamps: true })];
    const before = stamps(plain);
    const after = stamps(rebased);
    expect(before.length).toBeGreaterThan(10);
    expect(after).toHaveLength(before.length);
    const firsts = new Map<string, number>();
    for (const { from, shown } of before) if (!firsts.has(from)) firsts.set(from, shown);
    const client = before[0]!.from;
    before.forEach(({ from, shown, heard }, at) => {
      expect(after[at]!.from).toBe(from);
      expect(after[at]!.shown).toBe((shown - firsts.get(from)! + 1) >>> 0);
      const other = [...firsts.keys()].find((address) => (from === client) !== (address === client));
      expect(after[at]!.heard).toBe(heard === 0 ? 0 : (heard - firsts.get(other!)! + 1) >>> 0);
    });
    expect(rebased.report.redaction.rebasedTimestamps).toBe(true);
    const summary = ({ report }: typeof plain) =>
      report.incidents.map(({ techniques, confidence }) => [techniques, confidence]);
    expect(summary(rebased)).toEqual(summary(plain));
  });

  it('of prose stop at the minute on request; the packets keep theirs', async () => {
    const [plain, coarse] = [await draft(bytes()), await draft(bytes(), { times: 'minutes' })];
    for (const name of ['report.html', 'report.md', 'incidents.csv', 'timeline.svg']) {
      expect([name, /\d\d:\d\d:\d\d/.test(textOf(plain, name))]).toEqual([name, true]);
      // The time of the report itself stays
      const text = textOf(coarse, name).replaceAll('2026-11-22T12:00:00Z', '');
      expect([name, text.match(/(?<![:\w])\d\d:\d\d:\d\d(?![:\w])/g)]).toEqual([name, null]);
    }
    expect(coarse.files.get('evidence.pcapng')).toEqual(plain.files.get('evidence.pcapng'));
    expect(coarse.report.header.start_time).toMatch(/T\d\d:\d\dZ$/);
  });
});
