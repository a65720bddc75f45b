// Every field against tshark: name, place, length and value, on recorded traffic. And what a tree promises for any bytes.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FieldNode, fieldNodeSchema } from '../../../shared/contract/fields.ts';
import { FIELD_NAMES, isWiresharkField } from '../../../shared/domain/field-names.ts';
import { concat } from '../../testkit/bytes.ts';
import { readCapture, writeCapture } from '../../testkit/capture.ts';
import { dnsAnswer } from '../../testkit/dns-bytes.ts';
import {
  ciscoHdlc,
  ethernetOf,
  gre,
  ipInIp,
  labels,
  ppp,
  radiotap,
  teredo,
  vxlan,
  type WlanOptions,
  wlan,
} from '../../testkit/encapsulation.ts';
import {
  echo,
  fragments,
  frame,
  icmpError,
  LINKTYPE,
  type LinkOptions,
  tcp,
  tcpOptions,
  udp,
} from '../../testkit/packets.ts';
import { cryptoFrame, quicInitial } from '../../testkit/quic-bytes.ts';
import { clientHello, clientHelloMessage } from '../../testkit/tls-bytes.ts';
import { lacks, run, tsharkFields, withFile } from '../../testkit/tools.ts';
import { fieldTree } from './field-tree.ts';
import { MAX_DEPTH, MAX_NODES } from './scan.ts';

const SAMPLES = join(import.meta.dirname, '../../../samples');
const CAPTURES = join(import.meta.dirname, '../../../../shared/captures');
const LINK_TYPES = [0, 1, 9, 12, 50, 51, 101, 104, 105, 108, 113, 119, 127, 163, 204, 228, 229, 276, 147];

/** Link, network and transport: both must say the same. */
const LOWER =
  /^(eth\.(dst|src|type|len)|vlan\.|ieee8021ad\.|pppoe\.|ppp\.|chdlc\.|radiotap\.|wlan\.|llc\.|mpls\.|pweth\.|gre\.|vxlan\.|teredo\.|sll\.|null\.|arp\.|ip\.|ipv6\.|tcp\.|udp\.|icmp\.|icmpv6\.)/;
/** What tshark reads, ours must hold; ours may read more, since tshark knows what a connection was before. */
const UPPER = /^(dns\.|tls\.|http\.|quic\.)/;
/** Fields of ours that tshark places or counts otherwise; why stands beside each. */
const APART = new Set([
  'sll.unused', // not shown behind an address of eight bytes
  'sll.trailer',
  'ip.opt.type', // only of options that it knows
  'ip.opt.len',
  'ipv6.opt', // not of all kinds of option
  'ipv6.opt.type',
  'ipv6.opt.length',
  'tcp.payload', // there also where it reads what is inside
  'udp.payload',
  'icmp.unused',
  'icmpv6.reserved',
  'http.file_data', // there also of what follows in later segments
  'tls.handshake', // there also around what is encrypted
  'tls.alert_message',
  'tls.change_cipher_spec', // without a value there
]);
const OURS = new Set<string>(FIELD_NAMES);

interface Shown {
  readonly key: string;
  readonly name: string;
  readonly show: string;
  readonly start: number;
}

function attribute(line: string, name: string): string {
  const text = new RegExp(` ${name}="([^"]*)"`).exec(line)?.[1] ?? '';
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}

const OPTIONS = [
  'tcp.relative_sequence_numbers:FALSE',
  'tcp.desegment_tcp_streams:FALSE',
  'tcp.check_checksum:TRUE',
  'udp.check_checksum:TRUE',
  'ip.check_checksum:TRUE',
  'ip.defragment:FALSE',
  'ipv6.defragment:FALSE',
  'tls.desegment_ssl_records:FALSE',
  'tls.desegment_ssl_application_data:FALSE',
  'http.desegment_headers:FALSE',
  'http.desegment_body:FALSE',
  'http.decompress_body:FALSE',
];

/** Fields of every frame as tshark has them. */
function pdml(path: string, frames: number): Shown[][] {
  const options = OPTIONS.flatMap((option) => ['-o', option]);
  const out = run('tshark', ['-n', '-r', path, '-c', String(frames), ...options, '-T', 'pdml']);
  const packets: Shown[][] = [];
  for (const line of out.split('\n')) {
    if (line === '<packet>') packets.push([]);
    if (!line.includes('<field ') && !line.includes('<proto ')) continue;
    const name = attribute(line, 'name');
    packets.at(-1)!.push({
      key: `${name} ${attribute(line, 'pos')}+${attribute(line, 'size')}`,
      name,
      show: attribute(line, 'show'),
      start: Number(attribute(line, 'pos')),
    });
  }
  return packets;
}

function flat(nodes: readonly FieldNode[]): FieldNode[] {
  return nodes.flatMap((node) => [node, ...flat(node.children ?? [])]);
}

function captures(): string[] {
  const samples = readdirSync(SAMPLES).flatMap((slug) => {
    const folder = join(SAMPLES, slug);
    return ['capture.pcap', 'capture.pcapng'].map((name) => join(folder, name)).filter((path) => existsSync(path));
  });
  const chosen = [
    'positive/CenTrace/222.138.4.221_archive.org_archive.org.pcap',
    'benign/nDPI/netflix.pcap',
    'benign/nDPI/instagram.pcap',
    'benign/nDPI/dns_exfiltration.pcap',
    'benign/nDPI/tls_ech.pcapng',
    'benign/arkime/80211http.pcap',
    'malformed/tcpdump/lspping-fec-ldp.pcap',
    'malformed/tcpdump/ieee802.11_htc.pcap',
  ].map((name) => join(CAPTURES, name));
  return [...samples, ...chosen.filter((path) => existsSync(path))];
}

/** How a number of ours may be shown by tshark. */
function agrees(node: FieldNode, show: string): boolean {
  if (typeof node.raw === 'number') {
    if (show === 'True' || show === 'False') return (show === 'True') === (node.raw !== 0);
    return Number(show) === node.raw;
  }
  if (typeof node.raw !== 'string') return true;
  const bare = (text: string): string => text.replaceAll(':', '').toLowerCase();
  return bare(show) === bare(node.raw);
}

/** Ports of both ends of a TCP connection: enough to tell those of one capture apart. */
function conversationOf(nodes: readonly FieldNode[]): string {
  const ports = nodes.filter(({ name }) => name === 'tcp.srcport' || name === 'tcp.dstport').map(({ value }) => value);
  return ports.sort().join();
}

const FRAMES = 150;

/** What differs between our fields and tshark's, and how many were held against each other. */
function compare(path: string): { wrong: string[]; compared: number } {
  const { frames } = readCapture(readFileSync(path));
  const theirs = pdml(path, FRAMES);
  const wrong: string[] = [];
  let compared = 0;
  const modern = new Set<string>();
  frames.slice(0, FRAMES).forEach((frame, index) => {
    const shown = theirs[index]!;
    const conversation = conversationOf(flat(fieldTree(frame.bytes, frame.linkType, frame.original)));
    const isTls13 = modern.has(conversation);
    const nodes = flat(fieldTree(frame.bytes, frame.linkType, frame.original, { isTls13 }));
    const isServerHello = nodes.some(({ name, raw }) => name === 'tls.handshake.type' && raw === 2);
    const agreed = nodes.filter(({ name }) => name === 'tls.handshake.extensions.supported_version');
    if (isServerHello && agreed.length === 1 && agreed[0]!.raw === 0x0304) modern.add(conversation);
    const keys = new Map(shown.map((one) => [one.key, one.show]));
    const at = `frame ${frame.number}`;
    const mine = new Set<string>();
    // A decrypted payload counts from its own beginning in tshark
    const quic = nodes.some((node) => node.name === 'quic');
    for (const node of nodes) {
      const key = `${node.name} ${node.start}+${node.length}`;
      mine.add(key);
      if (APART.has(node.name)) continue;
      const show = keys.get(key);
      if (show === undefined) {
        // In quoted packets it shows seq alone
        if (node.name === 'tcp.seq_raw' && nodes.some((other) => other.name.startsWith('icmp'))) continue;
        if (LOWER.test(node.name)) wrong.push(`${at}: only ours: ${key}`);
        continue;
      }
      if (/^(http|tls|tcp\.options|icmp|icmpv6|arp|ip|tcp|udp|dns|eth|quic)$/.test(node.name)) continue;
      compared++;
      if (!agrees(node, show)) wrong.push(`${at}: ${key}: ${node.raw} is ${show}`);
      const state = keys.get(`${node.name}.status ${node.start}+0`);
      if (state !== undefined && node.note?.params.state === 'valid' && state !== '1')
        wrong.push(`${at}: ${key} valid`);
      if (state !== undefined && node.note?.params.state === 'wrong' && state !== '0')
        wrong.push(`${at}: ${key} wrong`);
    }
    const isQuic = quic || shown.some((one) => one.name === 'quic');
    const short = shown.find((one) => one.name === 'quic.header_form' && /^(0|False)$/.test(one.show));
    const shortHeader = short?.start ?? Number.POSITIVE_INFINITY;
    if (shown.some((one) => one.name === 'ssdp')) return;
    for (const one of shown) {
      // It shows the version of IPv6 under this name too.
      if (one.name === 'ip.version' && one.show === '6') continue;
      if (APART.has(one.name) || !OURS.has(one.name) || mine.has(one.key)) continue;
      // It knows from earlier ones what a packet without a version is, and one whose fixed bit is not set (RFC 9287)
      if (one.name.startsWith('quic.') && (!quic || one.start >= shortHeader)) continue;
      if (one.key.endsWith('+0') || (isQuic && /^(tls|quic\.(frame|crypto|cc|payload|token))/.test(one.name))) continue;
      if (LOWER.test(one.name) || UPPER.test(one.name)) wrong.push(`${at}: only theirs: ${one.key} ${one.show}`);
    }
  });
  return { wrong, compared };
}

describe.skipIf(lacks('tshark'))('against tshark', () => {
  test('every name that is not our own is one of its display filter fields', () => {
    const known = new Set(
      [...run('tshark', ['-G', 'fields']).split('\n'), ...run('tshark', ['-G', 'protocols']).split('\n')].flatMap(
        (line) => line.split('\t').slice(2, 3),
      ),
    );
    expect(FIELD_NAMES.filter((name) => isWiresharkField(name) && !known.has(name))).toEqual([]);
  }, 60_000);

  test.each(captures())(
    '%s',
    (path) => {
      const { wrong, compared } = compare(path);
      expect(wrong.slice(0, 20)).toEqual([]);
      expect(compared).toBeGreaterThan(0);
    },
    60_000,
  );

  test('every link kind, tags, options, fragments, quoted packets', () => {
    const four = { source: '10.0.0.1', destination: '192.0.2.7', id: 4711, options: Uint8Array.of(148, 4, 0, 0) };
    const six = { source: '2001:db8::1', destination: '2001:db8:1::7', flowLabel: 0xabcde, tos: 0x2e } as const;
    const ports = { sourcePort: 40_000, destinationPort: 443 };
    const dns = { sourcePort: 53, destinationPort: 50_000 };
    const hello = clientHello({ sni: 'example.org', ech: true, postQuantum: true });
    const answer = dnsAnswer({ id: 7, name: 'example.org', addresses: ['192.0.2.1', '192.0.2.2'], edns: true });
    const options = tcpOptions({ mss: 1460, sackPermitted: true, timestamps: [1, 2], windowScale: 7, sack: [[5, 9]] });
    const packets = [four, six].flatMap((network) => {
      const segment = tcp(network, { ...ports, seq: 9, ack: 5, flags: 'PA', window: 512, options }, hello);
      const datagram = udp(network, dns, answer);
      const v6 = network.source.includes(':');
      const router = { ...network, source: network.destination, destination: network.source };
      return [
        segment,
        tcp(network, { ...ports, seq: 1, flags: 'SEC', reserved: 0x300, badChecksum: true }),
        datagram,
        echo(network, false, 3, 4),
        icmpError(router, { type: v6 ? 1 : 3, code: 3, quoted: segment }),
        icmpError(router, { type: v6 ? 2 : 3, code: v6 ? 0 : 4, mtu: 1280, quoted: datagram }),
        ...fragments(segment, 600),
      ];
    });
    const extensions = [{ kind: 'hop-by-hop' }, { kind: 'routing' }, { kind: 'destination' }] as const;
    packets.push(udp({ ...six, extensions }, dns, answer));
    const links: LinkOptions[] = [
      {},
      { vlan: 0x6005 },
      { serviceVlan: 100, vlan: 200 },
      { pppoe: 17 },
      { kind: 'sll', outgoing: true },
      { kind: 'sll2' },
      { kind: 'null' },
      { kind: 'loop' },
      { kind: 'raw' },
    ];
    for (const link of links) {
      const linkType = LINKTYPE[link.kind ?? 'ethernet'];
      const frames = packets
        .map((packet) => frame(packet, link))
        .map((bytes) => ({ number: 0, time: 0n, bytes, original: bytes.length, linkType, iface: 0 }));
      const { wrong, compared } = withFile(writeCapture({ format: 'pcapng', frames }), compare);
      expect(wrong.slice(0, 20), JSON.stringify(link)).toEqual([]);
      expect(compared).toBeGreaterThan(500);
    }
  }, 60_000);

  test('what packets come in: radios, labels, tunnels', () => {
    const network = { source: '10.0.0.1', destination: '192.0.2.7', id: 4711 };
    const outer = { source: '198.51.100.1', destination: '198.51.100.2', ttl: 33 };
    const six = { source: '2001::c633:6401', destination: '2001:db8:1::7' };
    const hello = clientHello({ sni: 'example.org' });
    const ports = { sourcePort: 40_000, destinationPort: 443, seq: 9, ack: 5, flags: 'PA' };
    const four = tcp(network, ports, hello);
    const wide = tcp(six, ports, hello);
    const query = dnsAnswer({ id: 7, name: 'example.org', addresses: ['192.0.2.1'] });
    const answer = udp(network, { sourcePort: 53, destinationPort: 50_000 }, query);
    const taps = [{}, { checksum: true }, { large: true, checksum: true }, { checksum: 'bad' }] as const;
    const airs: WlanOptions[] = [
      {},
      { toAccessPoint: true, retry: true, sequence: 4_000 },
      { qos: 5, htControl: true },
      { qos: 5, fourAddresses: true, htControl: true },
      { further: [wide, answer] },
      { encrypted: true },
      { moreFragments: true, fragment: 3 },
    ];
    const framed: [number, Uint8Array][] = [
      ...taps.flatMap((tap) => airs.map((air) => [127, radiotap(wlan(four, air), tap)] as [number, Uint8Array])),
      ...airs.map((air) => [105, wlan(wide, air)] as [number, Uint8Array]),
      [127, radiotap(wlan(four, { qos: 1, htControl: true, fourAddresses: true, padded: true }), { padded: true })],
      ...[four, wide].flatMap((packet): [number, Uint8Array][] => [
        [9, ppp(packet)],
        [9, ppp(packet, true)],
        [50, ppp(packet)],
        [104, ciscoHdlc(packet)],
        [1, ethernetOf(0x8847, labels(packet, 16_001, 24))],
        [9, concat(Uint8Array.of(0xff, 3, 2, 0x81), labels(packet, 77))],
        [101, ipInIp(outer, packet)],
        [101, vxlan(outer, packet)],
        [101, gre(outer, 0x6558, frame(packet), { key: 9 })],
        [101, gre(outer, 0x8847, labels(packet, 9), { checksum: true, key: 9, sequence: 7 })],
      ]),
      ...[{}, { origin: true }, { authentication: true }, { authentication: true, origin: true, back: true }].map(
        (options) => [101, teredo(outer, wide, options)] as [number, Uint8Array],
      ),
    ];
    const frames = framed.map(([linkType, bytes]) => ({
      number: 0,
      time: 0n,
      bytes,
      original: bytes.length,
      linkType,
      iface: 0,
    }));
    for (const linkType of new Set(frames.map((one) => one.linkType))) {
      const ofType = frames.filter((one) => one.linkType === linkType);
      const { wrong, compared } = withFile(writeCapture({ format: 'pcap', frames: ofType }), compare);
      expect(wrong.slice(0, 20), `link type ${linkType}`).toEqual([]);
      expect(compared).toBeGreaterThan(50);
    }
  }, 60_000);

  test.skipIf(!existsSync(CAPTURES)).each(['youtube_quic.pcap', 'quic-v2.pcapng', 'quic-29.pcap'])(
    'names inside %s',
    (name) => {
      const path = join(CAPTURES, 'benign/nDPI', name);
      const field = 'tls.handshake.extensions_server_name';
      const rows = tsharkFields(path, [field], ['-Y', `quic && ${field}`]);
      const { frames } = readCapture(readFileSync(path));
      const mine = frames.flatMap((one) => {
        const nodes = flat(fieldTree(one.bytes, one.linkType, one.original));
        if (!nodes.some((node) => node.name === 'quic')) return [];
        return nodes.filter((node) => node.name === field).map((node) => node.value);
      });
      expect(new Set(mine)).toEqual(new Set(rows.map((row) => row[0])));
    },
    60_000,
  );
});

function check(nodes: readonly FieldNode[], start: number, end: number, depth: number): number {
  let count = 0;
  for (const node of nodes) {
    expect(node.start).toBeGreaterThanOrEqual(start);
    expect(node.length).toBeGreaterThanOrEqual(0);
    expect(node.start + node.length).toBeLessThanOrEqual(end);
    expect(depth).toBeLessThanOrEqual(MAX_DEPTH + 1);
    count += 1 + check(node.children ?? [], node.start, node.start + node.length, depth + 1);
  }
  return count;
}

function holds(bytes: Uint8Array, linkType: number, original: number): void {
  const before = bytes.slice();
  const tree = fieldTree(bytes, linkType, original);
  expect(check(tree, 0, bytes.length, 1)).toBeLessThanOrEqual(MAX_NODES);
  expect(bytes).toEqual(before);
  const all = flat(tree);
  expect(new Set(all.map((node) => node.id)).size).toBe(all.length);
  for (const node of all) expect(fieldNodeSchema.safeParse({ ...node, children: undefined }).success).toBe(true);
}

test('a hello cut into shuffled CRYPTO frames points at its ciphertext', () => {
  const message = clientHelloMessage({ sni: 'shuffled.example', quic: true });
  const cuts = [0, 40, 70, 300, message.length];
  const pieces = cuts.slice(1).map((end, index) => cryptoFrame(cuts[index]!, message.subarray(cuts[index], end)));
  const crypto = Uint8Array.from([2, 0, 3, 1].flatMap((index) => [...pieces[index]!]));
  const packet = quicInitial({ originalId: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), frames: crypto });
  const ports = { sourcePort: 50_000, destinationPort: 443 };
  const bytes = udp({ source: '10.0.0.1', destination: '192.0.2.7' }, ports, packet);
  const names = (frame: Uint8Array): FieldNode[] =>
    flat(fieldTree(frame, 101, bytes.length)).filter((node) => node.name === 'tls.handshake.extensions_server_name');
  const found = names(bytes)[0]!;
  expect([found.value, found.length]).toEqual(['shuffled.example', 16]);
  // Without its tag, as where the capture cut it, a changed byte of the ciphertext is a changed byte of the name.
  const damaged = bytes.slice(0, -20);
  damaged[found.start]! ^= 1;
  expect(names(damaged)[0]!.value).toBe('rhuffled.example');
});

test('what goes on in the next segment is neither cut nor malformed', () => {
  const network = { source: '10.0.0.1', destination: '192.0.2.7' };
  const hello = clientHello({ sni: 'example.org', postQuantum: true });
  const answer = dnsAnswer({ id: 7, name: 'example.org', addresses: ['192.0.2.1', '192.0.2.2'], edns: true });
  const framed = Uint8Array.from([answer.length >> 8, answer.length & 255, ...answer]);
  const kinds = (bytes: Uint8Array, original = bytes.length): Set<string> =>
    new Set(flat(fieldTree(bytes, 101, original)).flatMap((node) => (node.note === undefined ? [] : node.note.kind)));
  for (const [port, message] of [
    [443, hello],
    [53, framed],
  ] as const) {
    for (let length = 20; length < message.length; length++) {
      const ports = { sourcePort: 50_000, destinationPort: port, seq: 1, flags: 'PA' };
      const bytes = tcp(network, ports, message.subarray(0, length));
      expect([length, kinds(bytes)]).toEqual([length, new Set(['checksum', 'continues'])]);
      // The same bytes left out by the capture
      const cut = kinds(tcp(network, ports, message).slice(0, bytes.length), 40 + message.length);
      expect([length, cut]).toEqual([length, new Set(['checksum', 'cut'])]);
    }
  }
  // A length field that contradicts the message around it is malformed all the same.
  const record = framed.slice();
  record.set([0xff], 13 + 2 + 13 + 4 + 2 + 2 + 2 + 4);
  const bad = tcp(network, { sourcePort: 53, destinationPort: 5, seq: 1, flags: 'PA' }, record);
  expect(kinds(bad).has('malformed')).toBe(true);
});

describe('any bytes', () => {
  test('random frames', () => {
    const bytes = fc.uint8Array({ maxLength: 400 });
    fc.assert(
      fc.property(bytes, fc.constantFrom(...LINK_TYPES), fc.nat(2_000), (frame, linkType, original) => {
        holds(frame, linkType, original);
      }),
      { numRuns: 500 },
    );
  });

  test('recorded frames, damaged, lengthened and cut', () => {
    const frames = captures()
      .filter((path) => path.startsWith(SAMPLES))
      .flatMap((path) => readCapture(readFileSync(path)).frames.slice(0, 60));
    const change = fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(255)), { maxLength: 6 });
    const choice = fc.nat(frames.length - 1);
    fc.assert(
      fc.property(choice, change, fc.double({ min: 0, max: 1, noNaN: true }), (index, edits, keep) => {
        const frame = frames[index]!;
        const bytes = frame.bytes.slice(0, keep > 0.5 ? frame.bytes.length : Math.floor(2 * keep * frame.bytes.length));
        for (const [where, value] of edits) if (bytes.length > 0) bytes[Math.floor(where * bytes.length)] = value;
        holds(bytes, frame.linkType, frame.original);
      }),
      { numRuns: 1_500 },
    );
  }, 30_000);

  test('a frame cut by the snapshot length is not called malformed', () => {
    for (const path of captures().filter((name) => name.startsWith(SAMPLES))) {
      for (const frame of readCapture(readFileSync(path)).frames.slice(0, 40)) {
        const wasMalformed = flat(fieldTree(frame.bytes, frame.linkType, frame.original)).some(isMalformed);
        if (wasMalformed) continue;
        for (let length = 1; length < Math.min(frame.bytes.length, 160); length += 3) {
          const cut = flat(fieldTree(frame.bytes.slice(0, length), frame.linkType, frame.original));
          expect(cut.filter(isMalformed), `${path} frame ${frame.number} cut to ${length}`).toEqual([]);
        }
      }
    }
  }, 30_000);

  test('the largest frames take bounded time and nodes', () => {
    const started = performance.now();
    // Question count of 65535 in a message of pointers to itself; records of TLS of a byte each
    const dns = new Uint8Array(65_500).fill(0xc0);
    dns.set([0, 1, 0x81, 0x80, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 1, 0, 1]);
    const tls = new Uint8Array(65_500);
    for (let at = 0; at < tls.length; at += 6) tls.set([23, 3, 3, 0, 1, 0].slice(0, tls.length - at), at);
    for (const payload of [dns, tls]) {
      for (const [protocol, ports] of [
        [17, [0, 53, 0xc0, 0x00]],
        [6, [1, 0xbb, 0xc0, 0x00]],
      ] as const) {
        const header =
          protocol === 17 ? [...ports, 0, 0, 0, 0] : [...ports, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 1, 0, 0, 0, 0, 0];
        const ip = [0x45, 0, 0, 0, 0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
        holds(Uint8Array.from([...ip, ...header, ...payload]), 101, 70_000);
      }
    }
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

const isMalformed = (node: FieldNode): boolean => node.note?.kind === 'malformed';
