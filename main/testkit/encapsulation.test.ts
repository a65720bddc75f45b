// Packets of known captures inside of everything that packets come in: the same packets, connections and findings as
// without, and what tshark says of the innermost ones. What carries them has a TTL and an IP ID of its own in each
// packet, which must show nowhere.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Analysis } from '../../shared/contract/analysis.ts';
import { PacketColumns, PacketDecoder, PROTOCOL } from '../wire/packet.ts';
import { ipv4Text, ipv6Text } from '../wire/text.ts';
import { analyze } from './analyze.ts';
import { concat, u16 } from './bytes.ts';
import { type Capture, type CaptureFrame, dissect, edited, readCapture, writeCapture } from './capture.ts';
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
} from './encapsulation.ts';
import { SAMPLES } from './labelled.ts';
import { fragments, type IpOptions, frame as inFrame } from './packets.ts';
import { lacks, tsharkFields, withFile } from './tools.ts';

/** One packet, the how manyeth, and whether it goes to the side with the lower address. */
type Wrap = (packet: Uint8Array, index: number, back: boolean) => Uint8Array;

/** The ends of a tunnel. Every packet has another TTL and identification. */
const ends = (index: number, back: boolean, v6 = false): IpOptions => {
  const [one, other] = v6 ? ['2001:db8:ff::1', '2001:db8:ff::2'] : ['198.51.100.1', '198.51.100.2'];
  return { source: back ? other! : one!, destination: back ? one! : other!, ttl: 30 + (index % 90), id: index * 7 };
};

const air = (options: WlanOptions, tap: Parameters<typeof radiotap>[1]): Wrap => {
  return (packet, index, back) => {
    const data = wlan(packet, { ...options, toAccessPoint: back, sequence: index & 0xfff });
    return radiotap(data, tap);
  };
};

const LINKS: readonly [name: string, linkType: number, wrap: Wrap][] = [
  ['802.11', 105, (packet, index) => wlan(packet, { sequence: index & 0xfff })],
  ['802.11 with radiotap', 127, air({}, {})],
  ['802.11 with QoS, checksum and a large radiotap', 127, air({ qos: 5 }, { checksum: true, large: true })],
  [
    '802.11 with HT control, four addresses, padding',
    127,
    air({ qos: 0, htControl: true, fourAddresses: true, padded: true }, { padded: true, checksum: true }),
  ],
  ['802.11 decrypted by the card', 127, air({ encrypted: 'decrypted' }, {})],
  ['PPP', 9, (packet) => ppp(packet)],
  ['PPP without address and control', 9, (packet) => ppp(packet, true)],
  ['PPP with direction', 204, (packet, _, back) => concat(Uint8Array.of(back ? 1 : 0), ppp(packet))],
  ['PPP in HDLC', 50, (packet) => ppp(packet)],
  ['Cisco HDLC', 104, ciscoHdlc],
  ['MPLS', 1, (packet) => ethernetOf(0x8847, labels(packet, 16_001, 24))],
  ['MPLS in PPP', 9, (packet) => concat(u16(0xff03), u16(0x0281), labels(packet, 17))],
  [
    'a pseudo-wire with control word',
    1,
    (packet) => ethernetOf(0x8847, labels(concat(new Uint8Array(4), inFrame(packet)), 99)),
  ],
  ['GRE', 1, (packet, index, back) => inFrame(gre(ends(index, back), typeOf(packet), packet))],
  [
    'GRE with checksum, key and sequence, in IPv6',
    101,
    (packet, index, back) =>
      gre(ends(index, back, true), typeOf(packet), packet, { checksum: true, key: 77, sequence: index }),
  ],
  [
    'Ethernet in GRE',
    1,
    (packet, index, back) => inFrame(gre(ends(index, back), 0x6558, inFrame(packet, { vlan: 7 }))),
  ],
  ['MPLS in GRE', 1, (packet, index, back) => inFrame(gre(ends(index, back), 0x8847, labels(packet, 3_000)))],
  ['IP in IPv4', 1, (packet, index, back) => inFrame(ipInIp(ends(index, back), packet))],
  ['IP in IPv6', 1, (packet, index, back) => inFrame(ipInIp(ends(index, back, true), packet))],
  ['VXLAN', 1, (packet, index, back) => inFrame(vxlan(ends(index, back), packet))],
  [
    'VXLAN in GRE in PPP',
    9,
    (packet, index, back) => ppp(gre(ends(index, back), 0x0800, vxlan(ends(index, !back), packet))),
  ],
];

const typeOf = (packet: Uint8Array): number => (packet[0]! >> 4 === 6 ? 0x86dd : 0x0800);

function sample(slug: string): Capture {
  const { frames } = readCapture(readFileSync(join(SAMPLES, slug, 'capture.pcapng')));
  return { format: 'pcap', frames: frames.filter((frame) => dissect(frame) !== null) };
}

/** Client addresses of the sample as Teredo gives them. */
function withTeredoAddresses(capture: Capture): Capture {
  const frames = capture.frames.map((frame) =>
    edited(frame, (bytes, { v6, ip }) => {
      for (const at of [ip + 8, ip + 24]) if (v6 && bytes[at + 2] === 0x0d) bytes.set([0x20, 0x01, 0, 0], at);
    }),
  );
  return { ...capture, frames };
}

function wrapped(capture: Capture, linkType: number, wrap: Wrap): Capture {
  const frames = capture.frames.map((frame, index): CaptureFrame => {
    const { ip, end, source, destination } = dissect(frame)!;
    const bytes = wrap(frame.bytes.subarray(ip, end), index, source > destination);
    return { ...frame, bytes, original: bytes.length, linkType, iface: 0 };
  });
  return { format: 'pcap', frames };
}

/** All that must not depend on what a packet came in. */
function told({ findings, coverage, targets, incidents, services }: Analysis): unknown {
  return { findings, coverage, targets, incidents, services };
}

const PLAIN = ['rst-injection-burst', 'dns-poisoning-race', 'sni-filtering-ipv6'] as const;
const plain = new Map(PLAIN.map((slug) => [slug, sample(slug)]));
const teredoTwin = withTeredoAddresses(plain.get('sni-filtering-ipv6')!);

const CASES: readonly [name: string, twin: Capture, linkType: number, wrap: Wrap][] = [
  ...LINKS.flatMap(([name, linkType, wrap]) =>
    PLAIN.map((slug) => [`${slug} in ${name}`, plain.get(slug)!, linkType, wrap] as const).map(
      (each) => [...each] as [string, Capture, number, Wrap],
    ),
  ),
  [
    'sni-filtering-ipv6 in Teredo',
    teredoTwin,
    1,
    (packet, index, back) => inFrame(teredo(ends(index, back), packet, { back })),
  ],
  [
    'sni-filtering-ipv6 in Teredo with authentication and origin',
    teredoTwin,
    1,
    (packet, index, back) => inFrame(teredo(ends(index, back), packet, { back, authentication: true, origin: true })),
  ],
];

describe('the same is found as without', () => {
  it.each(CASES)('%s', (_, twin, linkType, wrap) => {
    const expected = analyze(writeCapture(twin));
    expect(expected.findings.length).toBeGreaterThan(0);
    const analysis = analyze(writeCapture(wrapped(twin, linkType, wrap)));
    expect(told(analysis)).toEqual(told(expected));
    expect(analysis.capture.quality).toEqual(expected.capture.quality);
    expect(analysis.checked).toEqual(expected.checked);
  });

  it('where the tunnel cuts its packets into fragments', () => {
    const twin = plain.get('rst-injection-burst')!;
    const expected = analyze(writeCapture(twin));
    const frames = wrapped(twin, 101, (packet, index, back) =>
      ipInIp({ ...ends(index, back), df: false }, packet),
    ).frames;
    const pieces = frames.flatMap((one, index) =>
      fragments(one.bytes, 400, index).map((bytes) => ({ ...one, bytes, original: bytes.length })),
    );
    const analysis = analyze(writeCapture({ format: 'pcap', frames: pieces }));
    expect(analysis.coverage).toEqual(expected.coverage);
    expect(analysis.findings.map(({ techniques, confidence, target }) => ({ techniques, confidence, target }))).toEqual(
      expected.findings.map(({ techniques, confidence, target }) => ({ techniques, confidence, target })),
    );
  });
});

describe('802.11', () => {
  const twin = plain.get('rst-injection-burst')!;
  const plainly = analyze(writeCapture(twin));

  it('frames sent again are copies, neither retransmissions nor forged a second time', () => {
    const once = wrapped(twin, 127, air({ qos: 0 }, {}));
    const again = wrapped(twin, 127, air({ qos: 0, retry: true }, {}));
    // 40 ms later: no copy that a capturing card would make
    const frames = once.frames.flatMap((frame, index) =>
      index % 2 === 0 ? [frame] : [frame, { ...again.frames[index]!, time: frame.time + 1_000n }],
    );
    const analysis = analyze(writeCapture({ format: 'pcap', frames }));
    expect(analysis.coverage).toEqual(plainly.coverage);
    expect(analysis.capture.quality.find(({ kind }) => kind === 'duplicated')?.count).toBeGreaterThanOrEqual(
      Math.floor(twin.frames.length / 2),
    );
    const frameOf = (number: number): number => number + Math.floor((number - 1) / 2);
    expect(analysis.findings.map(({ frames: { forged } }) => forged)).toEqual(
      plainly.findings.map(({ frames: { forged } }) => forged.map(frameOf)),
    );
  });

  it('what is marked as sent again but was not heard before is taken', () => {
    const analysis = analyze(writeCapture(wrapped(twin, 127, air({ qos: 0, retry: true }, {}))));
    expect(told(analysis)).toEqual(told(plainly));
  });

  it('encrypted frames are said to be, and nothing is judged', () => {
    const analysis = analyze(writeCapture(wrapped(twin, 127, air({ encrypted: true }, {}))));
    expect(analysis.capture.quality.map(({ kind, count }) => [kind, count])).toEqual([
      ['wifi-encrypted', twin.frames.length],
    ]);
    expect(analysis.findings).toEqual([]);
    expect(analysis.checked.filter(({ state }) => state === 'run')).toEqual([]);
    expect(new Set(analysis.checked.flatMap(({ because }) => because ?? []))).toEqual(new Set(['wifi-encrypted']));
  });

  it('damaged frames and fragments are passed over and counted', () => {
    const bad = analyze(writeCapture(wrapped(twin, 127, air({}, { checksum: 'bad' }))));
    expect(bad.capture.quality.map(({ kind, count }) => [kind, count])).toEqual([['wifi-damaged', twin.frames.length]]);
    const pieces = analyze(writeCapture(wrapped(twin, 127, air({ moreFragments: true }, {}))));
    expect(pieces.capture.quality.map(({ kind, params }) => [kind, params])).toEqual([
      ['link-type', { linkType: 'ieee802.11-fragment' }],
    ]);
  });

  it('several packets in one frame are all taken', () => {
    const packets = twin.frames.map((frame) => {
      const { ip, end } = dissect(frame)!;
      return frame.bytes.subarray(ip, end);
    });
    const frames = Array.from({ length: Math.ceil(packets.length / 3) }, (_, at) => {
      const [first, ...further] = packets.slice(3 * at, 3 * at + 3);
      const bytes = radiotap(wlan(first!, { sequence: at, further }), { checksum: true });
      return { ...twin.frames[3 * at]!, bytes, original: bytes.length, linkType: 127 };
    });
    const analysis = analyze(writeCapture({ format: 'pcap', frames }));
    expect(analysis.coverage).toEqual(plainly.coverage);
    expect(analysis.capture.packets).toBe(frames.length);
  });
});

describe.skipIf(lacks('tshark'))('tshark sees the same innermost packets', () => {
  const FIELDS = ['frame.number', 'ip.src', 'ip.dst', 'ipv6.src', 'ipv6.dst', 'ip.ttl', 'ipv6.hlim', 'ip.id'];
  const PORTS = ['tcp.srcport', 'tcp.dstport', 'tcp.seq_raw', 'udp.srcport', 'udp.dstport', 'frame.protocols'];
  const OPTIONS = [
    ['-o', 'tcp.relative_sequence_numbers:FALSE'],
    // What a card decrypted and a pseudo-wire carries it only reads when told to
    ['-o', 'wlan.ignore_wep:Yes - with IV'],
    ['-d', 'mpls.label==99,pwethcw'],
  ].flat();

  it.each(CASES)(
    '%s',
    (_, twin, linkType, wrap) => {
      const capture = wrapped(twin, linkType, wrap);
      const rows = withFile(writeCapture(capture), (path) => tsharkFields(path, [...FIELDS, ...PORTS], OPTIONS));
      let compared = 0;
      const wrong: unknown[] = [];
      const decoder = new PacketDecoder(1);
      capture.frames.forEach((frame, index) => {
        const row = rows[index]!;
        const protocols = row[13]!.split(':');
        // Quoted packets would stand last
        if (protocols.some((name) => name.startsWith('icmp'))) return;
        const last = (at: number): string => row[at]!.split(',').at(-1)!;
        const isV6 = protocols.lastIndexOf('ipv6') > protocols.lastIndexOf('ip');
        const isTcp = protocols.lastIndexOf('tcp') > protocols.lastIndexOf('udp');
        const theirs = [
          index + 1,
          last(isV6 ? 3 : 1),
          last(isV6 ? 4 : 2),
          Number(last(isV6 ? 6 : 5)),
          isV6 ? -1 : Number(last(7)),
          Number(last(isTcp ? 8 : 11)),
          Number(last(isTcp ? 9 : 12)),
          isTcp ? Number(last(10)) : 0,
        ];
        const columns = new PacketColumns();
        columns.bytes = frame.bytes;
        columns.view = new DataView(frame.bytes.buffer, frame.bytes.byteOffset, frame.bytes.length);
        const taken = decoder.decode(columns, 0, frame.bytes.length, frame.original, frame.linkType);
        if (!taken) {
          wrong.push([index + 1, 'not taken', row[13]]);
          return;
        }
        const ip = columns.ip[0]!;
        const at = columns.transport[0]!;
        const isTcpHere = (columns.meta[0]! & 255) === PROTOCOL.tcp;
        const ours = [
          index + 1,
          isV6 ? ipv6Text(frame.bytes, ip + 8) : ipv4Text(frame.bytes, ip + 12),
          isV6 ? ipv6Text(frame.bytes, ip + 24) : ipv4Text(frame.bytes, ip + 16),
          columns.ttl[0],
          columns.ipId[0],
          columns.view.getUint16(at),
          columns.view.getUint16(at + 2),
          isTcpHere ? columns.view.getUint32(at + 4) : 0,
        ];
        compared++;
        if (JSON.stringify(ours) !== JSON.stringify(theirs)) wrong.push([ours, theirs, row[13]]);
      });
      expect(wrong.slice(0, 5)).toEqual([]);
      expect(compared).toBeGreaterThan(50);
    },
    30_000,
  );
});
