import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, fromHex, u8, u16, u32 } from '../testkit/bytes.ts';
import {
  ciscoHdlc,
  ethernetOf,
  gre,
  ipInIp,
  labels,
  ppp,
  radiotap,
  type TeredoOptions,
  teredo,
  vxlan,
  type WlanOptions,
  wlan,
} from '../testkit/encapsulation.ts';
import { echo, fragments, frame, type IpOptions, ip, type LinkOptions, tcp, udp } from '../testkit/packets.ts';
import {
  isReadableLinkType,
  linkTypeName,
  META,
  PacketColumns,
  PacketDecoder,
  PROTOCOL,
  tunnelNumber,
} from './packet.ts';
import { ipv4Text, ipv6Text } from './text.ts';

const V4: IpOptions = { source: '10.0.0.2', destination: '203.0.113.7', ttl: 57, id: 0x1234 };
const V6: IpOptions = { source: '2001:db8::2', destination: '2606:2800:21f::1', ttl: 61 };
const PORTS = { sourcePort: 50_000, destinationPort: 443 };
const SEGMENT = { ...PORTS, seq: 0xfffffff0, ack: 77, flags: 'PA', window: 512 };
const SEED = 0x5eed;
const LINK = { null: 0, ethernet: 1, raw: 101, loop: 108, sll: 113, sll2: 276 } as const;

interface Row {
  readonly v6: boolean;
  readonly protocol: number;
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly ttl: number;
  readonly ipId: number;
  /** From the beginning of the frame. */
  readonly ip: number;
  readonly transport: number;
  readonly end: number;
  readonly missing: number;
  readonly marks: readonly string[];
  readonly key: readonly number[];
}

const MARKS = ['df', 'cut', 'outgoing', 'fragment', 'sentAgain'] as const;

/** What the decoder makes of one frame; null where it takes no row. The frame stands at `at` of a larger buffer. */
function decode(
  bytes: Uint8Array,
  linkType: number,
  options: { original?: number; decoder?: PacketDecoder; around?: number; at?: number } = {},
): Row | null {
  const { original = bytes.length, decoder = new PacketDecoder(SEED), around = 0, at = 3 } = options;
  const columns = new PacketColumns();
  columns.bytes = new Uint8Array(at + bytes.length + 64).fill(around);
  columns.bytes.set(bytes, at);
  columns.view = new DataView(columns.bytes.buffer);
  if (!decoder.decode(columns, at, at + bytes.length, original, linkType)) return null;
  const meta = columns.meta[0]!;
  const v6 = (meta & META.v6) !== 0;
  const ip = columns.ip[0]!;
  const fromLow = (meta & META.fromLow) !== 0;
  const ports = columns.ports[0]!;
  const text = v6 ? ipv6Text : ipv4Text;
  return {
    v6,
    protocol: meta & 255,
    source: text(columns.bytes, ip + (v6 ? 8 : 12)),
    destination: text(columns.bytes, ip + (v6 ? 24 : 16)),
    sourcePort: fromLow ? ports >>> 16 : ports & 0xffff,
    destinationPort: fromLow ? ports & 0xffff : ports >>> 16,
    ttl: columns.ttl[0]!,
    ipId: columns.ipId[0]!,
    ip: ip - at,
    transport: columns.transport[0]! - at,
    end: columns.end[0]! - at,
    missing: columns.missing[0]!,
    marks: MARKS.filter((mark) => meta & META[mark]),
    key: [columns.low[0]!, columns.high[0]!, columns.ports[0]!, columns.hash[0]!],
  };
}

const SEEN_V4 = {
  v6: false,
  protocol: PROTOCOL.tcp,
  source: '10.0.0.2',
  destination: '203.0.113.7',
  sourcePort: 50_000,
  destinationPort: 443,
  ttl: 57,
  ipId: 0x1234,
  missing: 0,
};
const SEEN_V6 = {
  v6: true,
  protocol: PROTOCOL.tcp,
  source: '2001:db8::2',
  destination: '2606:2800:21f::1',
  sourcePort: 50_000,
  destinationPort: 443,
  ttl: 61,
  ipId: -1,
  missing: 0,
};
const packet4 = tcp(V4, SEGMENT, u8(1, 2, 3));
const packet6 = tcp(V6, SEGMENT, u8(1, 2, 3));

describe('link layers', () => {
  const links: [string, LinkOptions, number][] = [
    ['Ethernet', {}, 14],
    ['802.1Q', { vlan: 12 }, 18],
    ['802.1ad', { serviceVlan: 40, vlan: 12 }, 22],
    ['PPPoE', { pppoe: 77 }, 22],
    ['PPPoE in 802.1Q', { vlan: 12, pppoe: 77 }, 26],
    ['Linux SLL', { kind: 'sll' }, 16],
    ['Linux SLL2', { kind: 'sll2' }, 20],
    ['BSD Null', { kind: 'null' }, 4],
    ['Loop', { kind: 'loop' }, 4],
    ['raw IP', { kind: 'raw' }, 0],
  ];
  it.each(links)('reads IPv4 and IPv6 in %s', (_, link, ip) => {
    const linkType = LINK[link.kind ?? 'ethernet'];
    const first = decode(frame(packet4, link), linkType);
    expect(first).toMatchObject({ ...SEEN_V4, ip, transport: ip + 20, end: ip + 43, marks: ['df'] });
    const second = decode(frame(packet6, link), linkType);
    expect(second).toMatchObject({ ...SEEN_V6, ip, transport: ip + 40, end: ip + 63, marks: [] });
  });

  it('knows from SLL and SLL2 what the capturing host sent', () => {
    for (const kind of ['sll', 'sll2'] as const) {
      expect(decode(frame(packet6, { kind, outgoing: true }), LINK[kind])!.marks).toEqual(['outgoing']);
      expect(decode(frame(packet6, { kind }), LINK[kind])!.marks).toEqual([]);
    }
  });

  it('does not take the direction of one frame for that of the next', () => {
    const decoder = new PacketDecoder(SEED);
    decode(frame(packet6, { kind: 'sll', outgoing: true }), 113, { decoder });
    expect(decode(frame(packet6), 1, { decoder })!.marks).toEqual([]);
  });

  it.each([0x9100, 0x9200])('reads the older outer tag %i', (type) => {
    const bytes = concat(new Uint8Array(12), u16(type), u16(40), u16(0x8100), u16(12), u16(0x0800), packet4);
    expect(decode(bytes, 1)).toMatchObject({ ...SEEN_V4, ip: 22 });
  });

  it('gives up on more than four tags', () => {
    const decoder = new PacketDecoder(SEED);
    const tags = Array.from({ length: 5 }, () => concat(u16(0x8100), u16(1)));
    expect(decode(concat(new Uint8Array(12), ...tags, u16(0x0800), packet4), 1, { decoder })).toBeNull();
    expect(decoder.passedOver.notIp).toBe(1);
  });

  // AF_INET6: Linux 10, Windows 23, NetBSD and OpenBSD 24, FreeBSD 28, macOS 30
  it.each([10, 23, 24, 28, 30])('reads address family %i of BSD Null in both byte orders as IPv6', (family) => {
    expect(decode(concat(u32(family), packet6), 0)).toMatchObject(SEEN_V6);
    expect(decode(concat(u8(family, 0, 0, 0), packet6), 0)).toMatchObject(SEEN_V6);
    expect(decode(concat(u32(family), packet6), 108)).toMatchObject(SEEN_V6);
  });

  it('reads address family 2 of BSD Null in both byte orders as IPv4, and no other', () => {
    expect(decode(concat(u32(2), packet4), 0)).toMatchObject(SEEN_V4);
    expect(decode(concat(u8(2, 0, 0, 0), packet4), 0)).toMatchObject(SEEN_V4);
    const decoder = new PacketDecoder(SEED);
    expect(decode(concat(u32(7), packet4), 0, { decoder })).toBeNull();
    expect(decoder.passedOver.notIp).toBe(1);
  });

  it.each([12, 14, 101])('tells the family of raw link type %i by the version', (linkType) => {
    expect(decode(packet4, linkType)).toMatchObject({ ...SEEN_V4, ip: 0 });
    expect(decode(packet6, linkType)).toMatchObject({ ...SEEN_V6, ip: 0 });
    expect(decode(u8(0x50, 0, 0, 0), linkType)).toBeNull();
    expect(decode(u8(), linkType)).toBeNull();
  });

  it('holds link types 228 and 229 to their one family', () => {
    expect(decode(packet4, 228)).toMatchObject(SEEN_V4);
    expect(decode(packet6, 229)).toMatchObject(SEEN_V6);
    expect(decode(packet6, 228)).toBeNull();
    expect(decode(packet4, 229)).toBeNull();
  });

  it('counts frames of link types that it does not read, each type apart', () => {
    const decoder = new PacketDecoder(SEED);
    for (const linkType of [107, 195, 107, 8]) expect(decode(packet4, linkType, { decoder })).toBeNull();
    expect([...decoder.passedOver.linkTypes]).toEqual([
      [107, 2],
      [195, 1],
      [8, 1],
    ]);
    expect(isReadableLinkType(107)).toBe(false);
    expect(linkTypeName(105)).toBe('ieee802.11');
    expect(linkTypeName(4711)).toBe('linktype-4711');
  });

  it('names every link type that it reads', () => {
    const readable = Array.from({ length: 300 }, (_, linkType) => linkType).filter(isReadableLinkType);
    expect(readable).toEqual([0, 1, 9, 12, 14, 50, 51, 101, 104, 105, 108, 113, 119, 127, 163, 204, 228, 229, 276]);
    for (const linkType of readable) expect(linkTypeName(linkType)).not.toMatch(/^linktype-/);
  });

  it('counts what is not IP', () => {
    const decoder = new PacketDecoder(SEED);
    const macs = new Uint8Array(12);
    const arp = concat(macs, u16(0x0806), new Uint8Array(28));
    const llc = concat(macs, u16(0x0026), fromHex('4242030000'), new Uint8Array(33));
    const lcp = concat(macs, u16(0x8864), u8(0x11, 0), u16(1), u16(8), u16(0xc021), u8(9, 0, 0, 8));
    for (const bytes of [arp, llc, lcp]) expect(decode(bytes, 1, { decoder })).toBeNull();
    expect(decoder.passedOver).toMatchObject({ notIp: 3, malformed: 0 });
  });
});

const OUTER: IpOptions = { source: '198.51.100.1', destination: '198.51.100.2', ttl: 33, id: 0x99 };
const OUTER6: IpOptions = { source: '2001:db8:ff::1', destination: '2001:db8:ff::2', ttl: 34 };

describe('IEEE 802.11', () => {
  const RADIOTAP = 127;
  const WLAN = 105;

  it.each<[string, WlanOptions, number]>([
    ['data', {}, 24],
    ['to the access point', { toAccessPoint: true }, 24],
    ['QoS', { qos: 6 }, 26],
    ['QoS with HT control', { qos: 6, htControl: true }, 30],
    ['four addresses', { fourAddresses: true }, 30],
    ['four addresses, QoS, HT control', { fourAddresses: true, qos: 0, htControl: true }, 36],
    ['decrypted by the card', { encrypted: 'decrypted' }, 32],
  ])('%s', (_, options, header) => {
    expect(decode(wlan(packet4, options), WLAN)).toMatchObject({ ...SEEN_V4, ip: header + 8, end: header + 8 + 43 });
    const second = decode(radiotap(wlan(packet6, options)), RADIOTAP);
    expect(second).toMatchObject({ ...SEEN_V6, ip: 10 + header + 8 });
  });

  it('does not take the checksum at the end for a part of the packet', () => {
    const zero = tcp({ ...V4, zeroLength: true }, SEGMENT, u8(1, 2, 3));
    const bytes = radiotap(wlan(zero), { checksum: true });
    const end = bytes.length - 4;
    expect(decode(bytes, RADIOTAP)).toMatchObject({ end, missing: 0 });
    // Cut: what is missing is the checksum first
    expect(decode(bytes.subarray(0, end), RADIOTAP, { original: bytes.length })).toMatchObject({ end, missing: 0 });
    expect(decode(bytes.subarray(0, end - 2), RADIOTAP, { original: bytes.length })).toMatchObject({
      end: end - 2,
      missing: 2,
    });
    expect(decode(bytes.subarray(0, end + 1), RADIOTAP, { original: bytes.length })).toMatchObject({ end, missing: 0 });
  });

  it('reads behind headers of every radio', () => {
    const data = wlan(packet4, { qos: 1, padded: true });
    const taps = [{}, { large: true }, { checksum: true, large: true }] as const;
    for (const tap of taps) expect(decode(radiotap(data, { ...tap, padded: true }), RADIOTAP)).toMatchObject(SEEN_V4);
    const prism = concat(u8(0x44, 0, 0, 0), u8(144, 0, 0, 0), new Uint8Array(136), wlan(packet4));
    const avs = concat(u32(0x8021_1001), u32(64), new Uint8Array(56), wlan(packet4));
    expect(decode(prism, 119)).toMatchObject(SEEN_V4);
    for (const linkType of [119, 163]) expect(decode(avs, linkType)).toMatchObject(SEEN_V4);
  });

  it('counts what nobody can read, apart from what carries no packet', () => {
    const decoder = new PacketDecoder(SEED);
    const read = (bytes: Uint8Array): unknown => decode(bytes, RADIOTAP, { decoder });
    const withType = (first: number): Uint8Array => {
      const data = wlan(packet4);
      data[0] = first;
      return radiotap(data);
    };
    expect(read(radiotap(wlan(packet4, { encrypted: true })))).toBeNull();
    expect(read(radiotap(wlan(packet4), { checksum: 'bad' }))).toBeNull();
    expect(read(radiotap(wlan(packet4, { moreFragments: true })))).toBeNull();
    expect(read(radiotap(wlan(packet4, { fragment: 1 })))).toBeNull();
    // A beacon, an acknowledgement, a frame that only says that its sender sleeps, with QoS and without
    for (const first of [0x80, 0xd4, 0x48, 0xc8]) expect(read(withType(first))).toBeNull();
    expect(decoder.passedOver).toMatchObject({ encrypted: 1, corrupted: 1, notIp: 4, malformed: 0 });
    expect([...decoder.passedOver.tunnels]).toEqual([['ieee802.11-fragment', 2]]);
  });

  it('tells a frame sent again from one heard for the first time', () => {
    const decoder = new PacketDecoder(SEED);
    const marks = (options: WlanOptions): readonly string[] =>
      decode(radiotap(wlan(packet4, options)), RADIOTAP, { decoder })!.marks;
    const again = ['df', 'sentAgain'];
    expect(marks({ sequence: 7, retry: true })).toEqual(['df']);
    expect(marks({ sequence: 7, retry: true })).toEqual(again);
    expect(marks({ sequence: 8 })).toEqual(['df']);
    expect(marks({ sequence: 9 })).toEqual(['df']);
    // A block of frames is acknowledged at once, and what was lost of it comes last
    expect(marks({ sequence: 8, retry: true })).toEqual(again);
    expect(marks({ sequence: 8 })).toEqual(['df']);
    // Other stations, and other traffic classes, number for themselves
    expect(marks({ sequence: 8, retry: true, toAccessPoint: true })).toEqual(['df']);
    expect(marks({ sequence: 8, retry: true, qos: 3 })).toEqual(['df']);
    expect(marks({ sequence: 8 + 64, retry: true })).toEqual(['df']);
  });

  it('gives the packets of an aggregate one after the other', () => {
    const other = tcp({ ...V4, id: 0x4321 }, SEGMENT, u8(9));
    const bytes = radiotap(wlan(packet4, { further: [other, packet6] }), { checksum: true });
    const decoder = new PacketDecoder(SEED);
    const columns = new PacketColumns();
    columns.bytes = bytes;
    columns.view = new DataView(bytes.buffer);
    const ids: number[] = [];
    let taken = decoder.decode(columns, 0, bytes.length, bytes.length, RADIOTAP);
    for (; taken; taken = decoder.more && decoder.next(columns)) ids.push(columns.ipId[0]!);
    expect(ids).toEqual([0x1234, 0x4321, -1]);
    expect(decoder.passedOver).toMatchObject({ notIp: 0, malformed: 0 });
  });
});

describe('PPP and what is like it', () => {
  it.each<[string, number, Uint8Array]>([
    ['PPP', 9, ppp(packet4)],
    ['PPP without address, control and half of the protocol', 9, ppp(packet4, true)],
    ['PPP with direction', 204, concat(u8(0), ppp(packet4))],
    ['PPP in HDLC', 50, ppp(packet4)],
    ['Cisco HDLC', 50, ciscoHdlc(packet4)],
    ['Cisco HDLC of its own type', 104, ciscoHdlc(packet4)],
    ['PPPoE of its own type', 51, concat(u8(0x11, 0), u16(7), u16(45), u16(0x21), packet4)],
    ['MPLS in PPP', 9, concat(u16(0xff03), u16(0x0281), labels(packet4, 5))],
  ])('%s', (_, linkType, bytes) => {
    expect(decode(bytes, linkType)).toMatchObject({ ...SEEN_V4, marks: ['df'] });
  });

  it('knows from the direction what the capturing host sent', () => {
    expect(decode(concat(u8(1), ppp(packet4)), 204)!.marks).toEqual(['df', 'outgoing']);
  });

  it('counts what is compressed or split by its name, and control protocols as not IP', () => {
    const decoder = new PacketDecoder(SEED);
    for (const protocol of [0xfd, 0x3d, 0x2d, 0xc021])
      expect(decode(concat(u16(0xff03), u16(protocol), packet4), 9, { decoder })).toBeNull();
    expect([...decoder.passedOver.tunnels.keys()]).toEqual(['ppp-compressed', 'ppp-multilink', 'ppp-vj']);
    expect(tunnelNumber('ppp-multilink')).toBe(0x3d);
    expect(decoder.passedOver.notIp).toBe(1);
  });
});

describe('tunnels', () => {
  const within: [string, (packet: Uint8Array) => Uint8Array][] = [
    ['IP in IPv4', (packet) => ipInIp(OUTER, packet)],
    ['IP in IPv6', (packet) => ipInIp(OUTER6, packet)],
    ['GRE', (packet) => gre(OUTER, packet[0]! >> 4 === 6 ? 0x86dd : 0x0800, packet)],
    [
      'GRE with all its fields',
      (packet) => gre(OUTER6, packet[0]! >> 4 === 6 ? 0x86dd : 0x0800, packet, { checksum: true, key: 1, sequence: 2 }),
    ],
    ['Ethernet in GRE', (packet) => gre(OUTER, 0x6558, frame(packet, { vlan: 9 }))],
    ['MPLS in IP', (packet) => ip(OUTER, 137, labels(packet, 17))],
    ['PPP in GRE', (packet) => gre(OUTER, 0x880b, ppp(packet))],
    ['VXLAN', (packet) => vxlan(OUTER, packet)],
    ['VXLAN on the port of old', (packet) => vxlan(OUTER6, packet, 8472)],
    ['tunnels in tunnels', (packet) => ipInIp(OUTER6, vxlan(OUTER, gre(OUTER6, 0x6558, frame(ipInIp(OUTER, packet)))))],
  ];
  it.each(within)('%s: the row is the innermost packet', (_, wrap) => {
    for (const [packet, seen] of [
      [packet4, SEEN_V4],
      [packet6, SEEN_V6],
    ] as const) {
      const bytes = frame(wrap(packet));
      const ip = bytes.length - packet.length;
      expect(decode(bytes, 1)).toMatchObject({ ...seen, ip, end: bytes.length });
      // Cut inside of the innermost packet
      expect(decode(bytes.subarray(0, bytes.length - 2), 1, { original: bytes.length })).toMatchObject({
        ip,
        missing: 2,
      });
    }
  });

  const labelled: [string, Uint8Array][] = [
    ['one label', labels(packet4, 16)],
    ['three labels', labels(packet4, 1, 2, 3)],
    ['Ethernet', labels(frame(packet4), 4)],
    ['Ethernet whose address begins as IPv4 does', labels(concat(u8(0x45), frame(packet4).subarray(1)), 4)],
    ['Ethernet behind a control word', labels(concat(u32(9), frame(packet4)), 4)],
  ];
  it.each(labelled)('MPLS: %s', (_, bytes) => {
    expect(decode(concat(new Uint8Array(12), u16(0x8847), bytes), 1)).toMatchObject(SEEN_V4);
    expect(decode(concat(new Uint8Array(12), u16(0x8848), bytes), 1)).toMatchObject(SEEN_V4);
  });

  const teredoAddress: IpOptions = { ...V6, source: '2001:0:c633:6401:8000:1:2:3' };
  const inTeredo = tcp(teredoAddress, SEGMENT, u8(1, 2, 3));
  it.each<[string, TeredoOptions]>([
    ['alone', {}],
    ['from the server', { back: true }],
    ['with origin', { origin: true }],
    ['with authentication', { authentication: true }],
    ['with both', { authentication: true, origin: true }],
  ])('Teredo %s', (_, options) => {
    expect(decode(teredo(OUTER, inTeredo, options), 101)).toMatchObject({ ...SEEN_V6, source: teredoAddress.source });
  });

  it('believes no port: DNS, QUIC and the like stay what they are', () => {
    const query = fromHex('0800010000010000000000000377777707657861 6d706c6503636f6d0000010001'.replaceAll(' ', ''));
    const quic = concat(u8(0xc3), u32(1), u8(8, 1, 2, 3, 4, 5, 6, 7, 8, 0), new Uint8Array(1_186));
    const shortHeader = Uint8Array.from({ length: 120 }, (_, at) => (at === 0 ? 0x60 : (at * 167) & 255));
    const wrongLength = concat(u32(0x0800_0000), u32(1 << 8), frame(packet4).subarray(0, 40));
    const wrongType = concat(u32(0x0800_0000), u32(1 << 8), new Uint8Array(60));
    const noTeredo = packet6;
    for (const payload of [query, quic, shortHeader, wrongLength, wrongType, noTeredo, u8(), u8(8)]) {
      for (const ports of [
        [4789, 53],
        [53, 4789],
        [3544, 443],
        [443, 3544],
        [50_000, 8472],
      ] as const) {
        const datagram = udp(OUTER, { sourcePort: ports[0], destinationPort: ports[1] }, payload);
        expect(decode(datagram, 101)).toMatchObject({ sourcePort: ports[0], destinationPort: ports[1], ttl: 33 });
      }
    }
  });

  it.each([
    ['esp', 50],
    ['mobile', 55],
    ['etherip', 97],
    ['ipcomp', 108],
    ['l2tpv3', 115],
  ] as const)('counts %s by its name', (name, protocol) => {
    const decoder = new PacketDecoder(SEED);
    for (const packet of [packet4.slice(), packet6.slice()]) {
      packet[packet[0]! >> 4 === 6 ? 6 : 9] = protocol;
      expect(decode(packet, 101, { decoder })).toBeNull();
    }
    expect([...decoder.passedOver.tunnels]).toEqual([[name, 2]]);
    expect(tunnelNumber(name)).toBe(protocol);
  });

  it('counts kinds of GRE and types of Ethernet that are not read', () => {
    const decoder = new PacketDecoder(SEED);
    const read = (packet: Uint8Array): unknown => decode(packet, 101, { decoder });
    expect(read(gre(OUTER, 0x88be, frame(packet4), { sequence: 1 }))).toBeNull();
    expect(read(gre(OUTER, 0x22eb, frame(packet4), { sequence: 1 }))).toBeNull();
    expect(read(gre(OUTER, 0x880b, ppp(packet4), { key: 1, version: 1 }))).toBeNull();
    expect(read(gre(OUTER, 0x1234, packet4))).toBeNull();
    expect(decode(concat(new Uint8Array(12), u16(0x88e5), new Uint8Array(40)), 1, { decoder })).toBeNull();
    expect([...decoder.passedOver.tunnels]).toEqual([
      ['gre-erspan', 2],
      ['gre-pptp', 1],
      ['gre', 1],
      ['macsec', 1],
    ]);
    expect(tunnelNumber('gre')).toBeNull();
  });

  it('ends at a bound', () => {
    const decoder = new PacketDecoder(SEED);
    let deep: Uint8Array = packet4;
    for (let layers = 0; layers < 200; layers++) deep = ipInIp(OUTER, deep);
    const bottomless = concat(new Uint8Array(12), u16(0x8847), ...Array.from({ length: 400 }, () => u32(0x1000)));
    expect(decode(deep, 101, { decoder })).toBeNull();
    expect(decode(bottomless, 1, { decoder })).toBeNull();
    expect([...decoder.passedOver.tunnels]).toEqual([['nested', 2]]);
  });

  it('counts other protocols as nothing it reads', () => {
    const decoder = new PacketDecoder(SEED);
    const packet = packet4.slice();
    packet[9] = 132;
    expect(decode(packet, 101, { decoder })).toBeNull();
    expect(decoder.passedOver).toMatchObject({ notIp: 1, malformed: 0 });
  });
});

describe('IPv4', () => {
  it('finds the transport header behind options', () => {
    const packet = tcp({ ...V4, options: fromHex('94040000010101') }, SEGMENT, u8(9));
    expect(decode(packet, 101)).toMatchObject({ ...SEEN_V4, transport: 28, end: 49 });
  });

  it('takes the length of the frame where segmentation offload left the total length 0', () => {
    const packet = tcp({ ...V4, zeroLength: true }, SEGMENT, new Uint8Array(3_000));
    expect(decode(frame(packet), 1)).toMatchObject({ ...SEEN_V4, end: 14 + 3_040, missing: 0, marks: ['df'] });
    const cut = decode(frame(packet).slice(0, 96), 1, { original: 14 + 3_040 });
    expect(cut).toMatchObject({ ...SEEN_V4, end: 96, missing: 14 + 3_040 - 96, marks: ['df', 'cut'] });
  });

  it('leaves out the padding of short Ethernet frames', () => {
    const padded = concat(frame(tcp(V4, { ...SEGMENT, flags: 'A' })), new Uint8Array(6));
    expect(decode(padded, 1)).toMatchObject({ ...SEEN_V4, end: 54, missing: 0 });
  });

  it('keeps a TCP header that was cut at 54 bytes, options and payload missing', () => {
    const whole = frame(tcp(V4, { ...SEGMENT, options: new Uint8Array(12) }, new Uint8Array(500)));
    const row = decode(whole.slice(0, 54), 1, { original: whole.length });
    expect(row).toMatchObject({ ...SEEN_V4, end: 54, missing: whole.length - 54, marks: ['df', 'cut'] });
  });

  it('reads TCP up to its window, and nothing that is cut before', () => {
    const whole = frame(packet4);
    const at = (length: number): Row | null => decode(whole.slice(0, length), 1, { original: whole.length });
    expect(at(50)).toMatchObject({ sourcePort: 50_000, marks: ['df', 'cut'] });
    expect(at(49)).toBeNull();
  });

  it('calls it cut where the total length says more than the frame had', () => {
    const packet = packet4.slice();
    packet.set(u16(1_000), 2);
    expect(decode(packet, 101)).toMatchObject({ end: packet.length, missing: 1_000 - packet.length });
  });

  const lies: [string, (packet: Uint8Array) => void][] = [
    ['a total length below the header', (packet) => packet.set(u16(19), 2)],
    ['a header length below 20', (packet) => packet.set(u8(0x44), 0)],
    ['a header longer than the packet', (packet) => packet.set(u16(24), 2)],
    ['another version', (packet) => packet.set(u8(0x65), 0)],
  ];
  it.each(lies)('counts %s as malformed', (name, change) => {
    const decoder = new PacketDecoder(SEED);
    const packet = packet4.slice();
    if (name.includes('longer')) packet[0] = 0x47;
    change(packet);
    expect(decode(concat(u32(2), packet), 108, { decoder })).toBeNull();
    expect(decoder.passedOver).toMatchObject({ malformed: 1, notIp: 0 });
  });

  it('hands fragments on as such, the last one too', () => {
    const pieces = fragments(udp({ ...V4, df: false }, PORTS, new Uint8Array(3_000)), 1_500);
    expect(pieces.map((piece) => decode(frame(piece), 1)!.marks)).toEqual([['fragment'], ['fragment'], ['fragment']]);
  });

  it('reads UDP and ICMP', () => {
    expect(decode(udp(V4, PORTS, u8(1)), 101)).toMatchObject({ ...SEEN_V4, protocol: PROTOCOL.udp });
    const ping = decode(echo(V4, false, 1, 2), 101);
    expect(ping).toMatchObject({ protocol: PROTOCOL.icmp, sourcePort: 0, destinationPort: 0 });
    expect(decode(udp(V4, PORTS, u8(1)).slice(0, 27), 101, { original: 29 })).toBeNull();
    expect(decode(echo(V4, false, 1, 2).slice(0, 27), 101, { original: 84 })).toBeNull();
  });
});

describe('IPv6', () => {
  it('walks chains of extension headers', () => {
    const extensions = [{ kind: 'hop-by-hop' }, { kind: 'routing' }, { kind: 'destination', octets: 24 }] as const;
    const packet = tcp({ ...V6, extensions }, SEGMENT, u8(1));
    expect(decode(packet, 101)).toMatchObject({ ...SEEN_V6, transport: 80, end: 101 });
  });

  /** The TCP packet with one more header between. */
  function extended(type: number, header: Uint8Array): Uint8Array {
    const packet = concat(packet6.subarray(0, 40), header, packet6.subarray(40));
    packet[6] = type;
    packet.set(u16(packet.length - 40), 4);
    return packet;
  }

  it('counts the length of an authentication header in units of four', () => {
    // RFC 4302 §2.2: length in 32-bit words minus 2
    expect(decode(extended(51, concat(u8(6, 4), new Uint8Array(22))), 101)).toMatchObject({
      ...SEEN_V6,
      transport: 64,
    });
  });

  it.each([135, 139, 140])('passes over header %i', (type) => {
    expect(decode(extended(type, concat(u8(6, 1), new Uint8Array(14))), 101)).toMatchObject({ transport: 56 });
  });

  it('reads an atomic fragment as a whole packet (RFC 6946)', () => {
    const atomic = decode(extended(44, concat(u8(6, 0), u16(0), u32(99))), 101);
    expect(atomic).toMatchObject({ ...SEEN_V6, transport: 48, marks: [] });
    const reserved = decode(extended(44, concat(u8(6, 0), u16(6), u32(99))), 101);
    expect(reserved).toMatchObject({ ...SEEN_V6, marks: [] });
  });

  it('hands fragments on with the offset of their fragment header', () => {
    const pieces = fragments(udp(V6, PORTS, new Uint8Array(3_000)), 1_500);
    expect(pieces.length).toBe(3);
    for (const piece of pieces) expect(decode(piece, 101)).toMatchObject({ marks: ['fragment'], transport: 40 });
  });

  it('takes the length of the frame where the payload length is 0 (RFC 2675, offload)', () => {
    const packet = packet6.slice();
    packet.set(u16(0), 4);
    expect(decode(packet, 101)).toMatchObject({ ...SEEN_V6, end: packet.length });
    expect(decode(packet.slice(0, 60), 101, { original: 5_000 })).toMatchObject({ missing: 4_940, marks: ['cut'] });
  });

  const lies: [string, Uint8Array][] = [
    ['a header cut before its addresses end', packet6.slice(0, 39)],
    ['an extension header beyond the packet', extended(0, concat(u8(6, 200), new Uint8Array(6)))],
    ['an extension header that was cut', extended(0, concat(u8(6, 0), new Uint8Array(6))).slice(0, 44)],
    ['a fragment header that was cut', extended(44, new Uint8Array(8)).slice(0, 46)],
    ['a payload length too short for the transport', concat(packet6.subarray(0, 4), u16(8), packet6.subarray(6))],
  ];
  it.each(lies)('counts %s as malformed', (_, packet) => {
    const decoder = new PacketDecoder(SEED);
    expect(decode(packet, 101, { decoder, original: 83 })).toBeNull();
    expect(decoder.passedOver.malformed).toBe(1);
  });

  it('ends a chain without end', () => {
    const chain = concat(...Array.from({ length: 40 }, () => concat(u8(60, 0), new Uint8Array(6))));
    expect(decode(extended(60, chain), 101)).toBeNull();
  });

  it('counts a packet without next header as nothing it reads', () => {
    const decoder = new PacketDecoder(SEED);
    const packet = packet6.slice();
    packet[6] = 59;
    expect(decode(packet, 101, { decoder })).toBeNull();
    expect(decoder.passedOver.notIp).toBe(1);
  });
});

describe('keys', () => {
  const address4 = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => bytes.join('.'));
  const address6 = fc
    .uint8Array({ minLength: 16, maxLength: 16 })
    .map((bytes) =>
      Array.from({ length: 8 }, (_, at) => ((bytes[2 * at]! << 8) | bytes[2 * at + 1]!).toString(16)).join(':'),
    );
  const pair = fc.oneof(fc.tuple(address4, address4), fc.tuple(address6, address6));
  const port = fc.integer({ min: 0, max: 0xffff });

  it('are the same in both directions, which they tell apart', () => {
    fc.assert(
      fc.property(pair, port, port, fc.integer(), fc.boolean(), ([a, b], p, q, seed, isTcp) => {
        const make = (source: string, destination: string, sourcePort: number, destinationPort: number): Uint8Array =>
          isTcp
            ? tcp({ source, destination }, { ...SEGMENT, sourcePort, destinationPort })
            : udp({ source, destination }, { sourcePort, destinationPort }, u8(1));
        const there = decode(make(a, b, p, q), 101, { decoder: new PacketDecoder(seed) })!;
        const back = decode(make(b, a, q, p), 101, { decoder: new PacketDecoder(seed) })!;
        expect(back.key).toEqual(there.key);
        expect(there).toMatchObject({ sourcePort: p, destinationPort: q });
        expect(back).toMatchObject({ sourcePort: q, destinationPort: p });
      }),
      { numRuns: 300 },
    );
  });

  it('differ by address, port, protocol and family', () => {
    const keys = [
      tcp(V4, SEGMENT),
      tcp({ ...V4, source: '10.0.0.3' }, SEGMENT),
      tcp(V4, { ...SEGMENT, sourcePort: 50_001 }),
      udp(V4, PORTS, u8(1)),
      tcp(V6, SEGMENT),
      udp(V6, PORTS, u8(1)),
    ].map((packet) => decode(packet, 101)!.key[3]);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('depend on the seed in their hash', () => {
    const hashes = [1, 2, 3].map((seed) => decode(packet4, 101, { decoder: new PacketDecoder(seed) })!.key[3]);
    expect(new Set(hashes).size).toBe(3);
  });
});

describe('hostile frames', () => {
  const LINK_TYPES = [0, 1, 9, 12, 14, 50, 51, 101, 104, 105, 108, 113, 119, 127, 163, 204, 228, 229, 276, 107, 4711];
  const samples = [
    packet4,
    packet6,
    tcp({ ...V6, extensions: [{ kind: 'hop-by-hop' }, { kind: 'routing' }] }, SEGMENT),
    udp(V4, PORTS, new Uint8Array(20)),
    fragments(udp(V6, PORTS, new Uint8Array(1_600)), 800)[0]!,
  ];
  const link: fc.Arbitrary<LinkOptions> = fc.constantFrom<LinkOptions>(
    {},
    { serviceVlan: 1, vlan: 2 },
    { pppoe: 3 },
    { kind: 'sll' },
    { kind: 'sll2' },
    { kind: 'null' },
    { kind: 'raw' },
  );
  const carried = [
    radiotap(wlan(packet4, { qos: 1, htControl: true }), { checksum: true, large: true }),
    radiotap(wlan(packet4, { further: [packet6, packet4] })),
    wlan(packet6, { fourAddresses: true, encrypted: 'decrypted' }),
    ppp(packet4),
    ciscoHdlc(packet6),
    ethernetOf(0x8847, labels(concat(u32(0), frame(packet4)), 1, 2)),
    gre(OUTER, 0x6558, frame(packet4), { key: 1, sequence: 2, checksum: true }),
    frame(ipInIp(OUTER6, packet6)),
    frame(vxlan(OUTER, packet4)),
    teredo(OUTER, tcp({ ...V6, source: '2001::1' }, SEGMENT), { authentication: true, origin: true }),
  ];
  const whole = fc.oneof(
    fc.tuple(fc.constantFrom(...samples), link).map(([packet, options]) => frame(packet, options)),
    fc.constantFrom(...carried),
  );
  const damaged = fc
    .tuple(whole, fc.array(fc.tuple(fc.nat(160), fc.nat(255)), { maxLength: 6 }), fc.nat(200))
    .map(([made, edits, length]) => {
      const bytes = made.slice(0, length);
      for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value;
      return bytes;
    });
  const anything = fc.oneof(fc.uint8Array({ maxLength: 140 }), damaged);

  it('never throw, and say nothing that stands outside of the frame', () => {
    fc.assert(
      fc.property(anything, fc.constantFrom(...LINK_TYPES), fc.nat(70_000), (bytes, linkType, original) => {
        const [zeros, ones, odd] = [0, 0xff, 0x45].map((around) => decode(bytes, linkType, { original, around }));
        expect(ones).toEqual(zeros);
        expect(odd).toEqual(zeros);
        expect(decode(bytes, linkType, { original, at: 50 })).toEqual(zeros);
        if (zeros === null) return;
        expect(zeros!.ip).toBeLessThan(zeros!.transport);
        expect(zeros!.transport).toBeLessThanOrEqual(zeros!.end);
        expect(zeros!.end).toBeLessThanOrEqual(bytes.length);
        expect(zeros!.missing).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 3_000 },
    );
  });

  it('are each taken or counted once', () => {
    fc.assert(
      fc.property(anything, fc.constantFrom(...LINK_TYPES), (bytes, linkType) => {
        const decoder = new PacketDecoder(SEED);
        const row = decode(bytes, linkType, { decoder });
        const { linkTypes, tunnels, notIp, malformed, encrypted, corrupted } = decoder.passedOver;
        const counts = [...linkTypes.values(), ...tunnels.values(), notIp, malformed, encrypted, corrupted];
        const sum = counts.reduce((a, b) => a + b, 0);
        expect(sum).toBe(row === null ? 1 : 0);
      }),
      { numRuns: 1_000 },
    );
  });

  it('of several packets come to an end', () => {
    fc.assert(
      fc.property(anything, fc.constantFrom(105, 127), (bytes, linkType) => {
        const decoder = new PacketDecoder(SEED);
        const columns = new PacketColumns();
        columns.bytes = bytes;
        columns.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        let packets = 1;
        decoder.decode(columns, 0, bytes.length, bytes.length, linkType);
        for (; decoder.more; packets++) {
          if (decoder.next(columns)) expect(columns.end[0]).toBeLessThanOrEqual(bytes.length);
          // 14 bytes of header for each
          expect(packets).toBeLessThanOrEqual(bytes.length / 14);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
