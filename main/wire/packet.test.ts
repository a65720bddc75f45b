import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, fromHex, u8, u16, u32 } from '../testkit/bytes.ts';
import { echo, fragments, frame, type IpOptions, type LinkOptions, tcp, udp } from '../testkit/packets.ts';
import { isReadableLinkType, linkTypeName, META, PacketColumns, PacketDecoder, PROTOCOL } from './packet.ts';
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

const MARKS = ['df', 'cut', 'outgoing', 'fragment'] as const;

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
    for (const linkType of [105, 127, 105, 9]) expect(decode(packet4, linkType, { decoder })).toBeNull();
    expect([...decoder.passedOver.linkTypes]).toEqual([
      [105, 2],
      [127, 1],
      [9, 1],
    ]);
    expect(isReadableLinkType(105)).toBe(false);
    expect(linkTypeName(105)).toBe('ieee802.11');
    expect(linkTypeName(4711)).toBe('linktype-4711');
  });

  it('names every link type that it reads', () => {
    const readable = Array.from({ length: 300 }, (_, linkType) => linkType).filter(isReadableLinkType);
    expect(readable).toEqual([0, 1, 12, 14, 101, 108, 113, 228, 229, 276]);
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

describe('tunnels', () => {
  const carried: [string, number][] = [
    ['ipip', 4],
    ['6in4', 41],
    ['gre', 47],
    ['esp', 50],
  ];
  it.each(carried)('counts %s by its name', (name, protocol) => {
    const decoder = new PacketDecoder(SEED);
    for (const packet of [packet4.slice(), packet6.slice()]) {
      packet[packet[0]! >> 4 === 6 ? 6 : 9] = protocol;
      expect(decode(packet, 101, { decoder })).toBeNull();
    }
    expect([...decoder.passedOver.tunnels]).toEqual([[name, 2]]);
  });

  it('counts MPLS', () => {
    const decoder = new PacketDecoder(SEED);
    expect(decode(concat(new Uint8Array(12), u16(0x8847), u32(0x1140), packet4), 1, { decoder })).toBeNull();
    expect([...decoder.passedOver.tunnels]).toEqual([['mpls', 1]]);
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
  const LINK_TYPES = [0, 1, 12, 14, 101, 108, 113, 228, 229, 276, 105, 4711];
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
  const damaged = fc
    .tuple(
      fc.constantFrom(...samples),
      link,
      fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { maxLength: 6 }),
      fc.nat(140),
    )
    .map(([packet, options, edits, length]) => {
      const bytes = frame(packet, options).slice(0, length);
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
        const { linkTypes, tunnels, notIp, malformed } = decoder.passedOver;
        const sum = [...linkTypes.values(), ...tunnels.values(), notIp, malformed].reduce((a, b) => a + b, 0);
        expect(sum).toBe(row === null ? 1 : 0);
      }),
      { numRuns: 1_000 },
    );
  });
});
