// Builds real frames, byte by byte, with right lengths and checksums: what a capture would hold. Independent of
// main/wire on purpose, so that a mistake there cannot hide behind the same mistake here. tls-bytes.ts, dns-bytes.ts and
// quic-bytes.ts make the messages.

import { concat, u8, u16, u32 } from './bytes.ts';

/** LINKTYPE_ values (https://www.tcpdump.org/linktypes.html). */
export const LINKTYPE = { null: 0, ethernet: 1, raw: 101, loop: 108, sll: 113, sll2: 276 } as const;
export type LinkKind = keyof typeof LINKTYPE;

export interface LinkOptions {
  readonly kind?: LinkKind;
  /** IEEE 802.1Q tag inside Ethernet. */
  readonly vlan?: number;
  /** The outer tag of IEEE 802.1ad; `vlan` is the inner one. */
  readonly serviceVlan?: number;
  /** Session of RFC 2516 inside Ethernet. */
  readonly pppoe?: number;
  /** The capturing host sent it: packet type 4 of SLL and SLL2, and the order of the hardware addresses. */
  readonly outgoing?: boolean;
  /** Interface index in SLL2. */
  readonly interfaceIndex?: number;
}

const HOST_MAC = u8(0x02, 0, 0, 0, 0, 0x02);
const GATEWAY_MAC = u8(0x02, 0, 0, 0, 0, 0x01);

/** One IP packet as the link layer would carry it. */
export function frame(packet: Uint8Array, link: LinkOptions = {}): Uint8Array<ArrayBuffer> {
  const v6 = packet[0]! >> 4 === 6;
  const type = u16(v6 ? 0x86dd : 0x0800);
  const outgoing = link.outgoing === true;
  switch (link.kind ?? 'ethernet') {
    case 'ethernet': {
      const macs = outgoing ? [GATEWAY_MAC, HOST_MAC] : [HOST_MAC, GATEWAY_MAC];
      const tags: Uint8Array[] = [];
      if (link.serviceVlan !== undefined) tags.push(u16(0x88a8), u16(link.serviceVlan));
      if (link.vlan !== undefined) tags.push(u16(0x8100), u16(link.vlan));
      if (link.pppoe === undefined) return concat(...macs, ...tags, type, packet);
      const pppoe = [u16(0x8864), u8(0x11, 0), u16(link.pppoe), u16(packet.length + 2), u16(v6 ? 0x0057 : 0x0021)];
      return concat(...macs, ...tags, ...pppoe, packet);
    }
    case 'sll': {
      const sender = outgoing ? HOST_MAC : GATEWAY_MAC;
      return concat(u16(outgoing ? 4 : 0), u16(1), u16(6), sender, u16(0), type, packet);
    }
    case 'sll2': {
      const sender = outgoing ? HOST_MAC : GATEWAY_MAC;
      const head = [type, u16(0), u32(link.interfaceIndex ?? 2), u16(1), u8(outgoing ? 4 : 0, 6), sender, u16(0)];
      return concat(...head, packet);
    }
    // The address family in the byte order of the capturing host; 30 is macOS's AF_INET6.
    case 'null':
      return concat(u8(v6 ? 30 : 2, 0, 0, 0), packet);
    case 'loop':
      return concat(u8(0, 0, 0, v6 ? 24 : 2), packet);
    case 'raw':
      return concat(packet);
  }
}

export function ipv4Bytes(address: string): Uint8Array {
  return new Uint8Array(address.split('.').map(Number));
}

export function ipv6Bytes(address: string): Uint8Array {
  const [head = '', tail] = address.split('::');
  const groups = (text: string): number[] => (text === '' ? [] : text.split(':').map((g) => Number.parseInt(g, 16)));
  const left = groups(head);
  const right = groups(tail ?? '');
  const middle = new Array<number>(8 - left.length - right.length).fill(0);
  return concat(...[...left, ...middle, ...right].map(u16));
}

export const isV6 = (address: string): boolean => address.includes(':');
export const addressBytes = (address: string): Uint8Array => (isV6(address) ? ipv6Bytes(address) : ipv4Bytes(address));

export interface IpOptions {
  readonly source: string;
  readonly destination: string;
  /** Hop limit in IPv6. */
  readonly ttl?: number;
  /** IPv4 only. */
  readonly id?: number;
  readonly df?: boolean;
  /** IPv4 options, padded to a multiple of four. */
  readonly options?: Uint8Array;
  /** DSCP and ECN; the traffic class of IPv6. */
  readonly tos?: number;
  /** IPv6 only. */
  readonly flowLabel?: number;
  /** IPv6 only: headers between the fixed one and the upper layer, in order. */
  readonly extensions?: readonly Ipv6Extension[];
  /** As written by a host whose network card fills in the lengths later (TSO): total length 0. */
  readonly zeroLength?: boolean;
}

export type Ipv6Extension = { readonly kind: 'hop-by-hop' | 'destination' | 'routing'; readonly octets?: number };

const PROTOCOL = { icmp: 1, tcp: 6, udp: 17, icmp6: 58 } as const;
const EXTENSION = { 'hop-by-hop': 0, routing: 43, destination: 60 } as const;

/** An IP packet of the family of its addresses. */
export function ip(options: IpOptions, protocol: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  return isV6(options.source) ? ipv6(options, protocol, payload) : ipv4(options, protocol, payload);
}

/** RFC 791 §3.1. */
function ipv4(options: IpOptions, protocol: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const extra = padTo4(options.options ?? u8());
  const length = 20 + extra.length + payload.length;
  const header = concat(
    u8(0x45 + extra.length / 4, options.tos ?? 0),
    u16(options.zeroLength === true ? 0 : length),
    u16(options.id ?? 0),
    u16((options.df ?? true) ? 0x4000 : 0),
    u8(options.ttl ?? 64, protocol),
    u16(0),
    ipv4Bytes(options.source),
    ipv4Bytes(options.destination),
    extra,
  );
  header.set(u16(checksum(header)), 10);
  return concat(header, payload);
}

/** RFC 8200 §3 and §4. */
function ipv6(options: IpOptions, protocol: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const extensions = options.extensions ?? [];
  const headers = extensions.map((extension, index) => {
    const following = extensions[index + 1];
    const next = following === undefined ? protocol : EXTENSION[following.kind];
    const octets = extension.octets ?? 8;
    // A routing header without segments left, or a PadN option that fills the header
    const body = extension.kind === 'routing' ? u8(253, 0, 0, 0) : u8(1, octets - 4);
    const header = new Uint8Array(octets);
    header.set(concat(u8(next, octets / 8 - 1), body));
    return header;
  });
  const body = concat(...headers, payload);
  const first = extensions[0];
  return concat(
    u32((6 << 28) | ((options.tos ?? 0) << 20) | (options.flowLabel ?? 0)),
    u16(body.length),
    u8(first === undefined ? protocol : EXTENSION[first.kind], options.ttl ?? 64),
    ipv6Bytes(options.source),
    ipv6Bytes(options.destination),
    body,
  );
}

/** Cuts an IPv4 packet (RFC 791 §3.2) or an IPv6 one without extension headers (RFC 8200 §4.5) to an MTU. */
export function fragments(packet: Uint8Array, mtu: number, id = 0x77): Uint8Array<ArrayBuffer>[] {
  const v6 = packet[0]! >> 4 === 6;
  const headerLength = v6 ? 40 : (packet[0]! & 15) * 4;
  const payload = packet.subarray(headerLength);
  const room = (mtu - headerLength - (v6 ? 8 : 0)) & ~7;
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < payload.length; at += room) {
    const part = payload.subarray(at, at + room);
    const more = at + room < payload.length;
    const header = packet.slice(0, headerLength);
    if (v6) {
      header.set(u16(part.length + 8), 4);
      header[6] = 44;
      pieces.push(concat(header, u8(packet[6]!, 0), u16(at | (more ? 1 : 0)), u32(id), part));
    } else {
      header.set(u16(headerLength + part.length), 2);
      header.set(u16((at >> 3) | (more ? 0x2000 : 0)), 6);
      header.set(u16(0), 10);
      header.set(u16(checksum(header)), 10);
      pieces.push(concat(header, part));
    }
  }
  return pieces;
}

export interface TcpOptions {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly seq: number;
  readonly ack?: number;
  /** `PA`; letters of FSRPAUEC. */
  readonly flags: string;
  /** The three reserved bits and the AE bit, as they stand in the 12-bit flags field. */
  readonly reserved?: number;
  readonly window?: number;
  readonly urgent?: number;
  readonly options?: Uint8Array;
  /** Written wrong, as a host that leaves it to its network card does. */
  readonly badChecksum?: boolean;
}

const FLAG: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, A: 16, U: 32, E: 64, C: 128 };

export function tcpFlagBits(letters: string): number {
  return [...letters].reduce((bits, letter) => bits | FLAG[letter]!, 0);
}

/** RFC 9293 §3.1. */
export function tcp(network: IpOptions, options: TcpOptions, payload: Uint8Array = u8()): Uint8Array<ArrayBuffer> {
  const extra = padTo4(options.options ?? u8());
  const flags = tcpFlagBits(options.flags) | (options.reserved ?? 0);
  const segment = concat(
    u16(options.sourcePort),
    u16(options.destinationPort),
    u32(options.seq),
    u32(options.ack ?? 0),
    u16((((20 + extra.length) / 4) << 12) | flags),
    u16(options.window ?? 0),
    u16(0),
    u16(options.urgent ?? 0),
    extra,
    payload,
  );
  const sum = transportChecksum(network, PROTOCOL.tcp, segment);
  segment.set(u16(options.badChecksum === true ? sum ^ 0x5555 : sum), 16);
  return ip(network, PROTOCOL.tcp, segment);
}

export interface SegmentOptions {
  readonly mss?: number;
  readonly windowScale?: number;
  readonly sackPermitted?: boolean;
  /** Value and echo (RFC 7323 §3.2). */
  readonly timestamps?: readonly [number, number];
  readonly sack?: readonly (readonly [number, number])[];
}

/** TCP options in the order Linux writes them. */
export function tcpOptions(options: SegmentOptions): Uint8Array {
  const parts: Uint8Array[] = [];
  if (options.mss !== undefined) parts.push(u8(2, 4), u16(options.mss));
  if (options.sackPermitted === true) parts.push(u8(4, 2));
  if (options.timestamps !== undefined) {
    if (options.sackPermitted !== true) parts.push(u8(1, 1));
    parts.push(u8(8, 10), u32(options.timestamps[0]), u32(options.timestamps[1]));
  }
  if (options.windowScale !== undefined) parts.push(u8(1, 3, 3, options.windowScale));
  if (options.sack !== undefined && options.sack.length > 0) {
    parts.push(u8(1, 1, 5, 2 + 8 * options.sack.length), ...options.sack.flatMap(([from, to]) => [u32(from), u32(to)]));
  }
  return padTo4(concat(...parts));
}

export interface Ports {
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** RFC 768. */
export function udp(network: IpOptions, ports: Ports, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const datagram = concat(u16(ports.sourcePort), u16(ports.destinationPort), u16(8 + payload.length), u16(0), payload);
  datagram.set(u16(transportChecksum(network, PROTOCOL.udp, datagram) || 0xffff), 6);
  return ip(network, PROTOCOL.udp, datagram);
}

export interface IcmpErrorOptions {
  readonly type: number;
  readonly code: number;
  /** The packet it complains about; quoted from its IP header on. */
  readonly quoted: Uint8Array;
  /** Bytes of it that are quoted; RFC 792 asks for 28, RFC 4443 for as many as fit. */
  readonly quote?: number;
  /** What the quoted packet's TTL had become when it was rejected. */
  readonly quotedTtl?: number;
  /** For "fragmentation needed" and "packet too big". */
  readonly mtu?: number;
}

/** RFC 792 and RFC 4443. */
export function icmpError(network: IpOptions, options: IcmpErrorOptions): Uint8Array<ArrayBuffer> {
  const v6 = isV6(network.source);
  const quoted = options.quoted.slice(0, options.quote ?? (v6 ? 1232 : 28));
  if (options.quotedTtl !== undefined) {
    quoted[v6 ? 7 : 8] = options.quotedTtl;
    if (!v6) {
      quoted.set(u16(0), 10);
      quoted.set(u16(checksum(quoted.subarray(0, (quoted[0]! & 15) * 4))), 10);
    }
  }
  const rest = v6 ? u32(options.mtu ?? 0) : concat(u16(0), u16(options.mtu ?? 0));
  return icmp(network, concat(u8(options.type, options.code), u16(0), rest, quoted));
}

/** A ping, or the answer to it. */
export function echo(network: IpOptions, reply: boolean, id: number, sequence: number): Uint8Array<ArrayBuffer> {
  const type = isV6(network.source) ? (reply ? 129 : 128) : reply ? 0 : 8;
  const payload = Uint8Array.from({ length: 56 }, (_, index) => index);
  return icmp(network, concat(u8(type, 0), u16(0), u16(id), u16(sequence), payload));
}

function icmp(network: IpOptions, message: Uint8Array): Uint8Array<ArrayBuffer> {
  const v6 = isV6(network.source);
  const sum = v6 ? transportChecksum(network, PROTOCOL.icmp6, message) : checksum(message);
  message.set(u16(sum), 2);
  return ip(network, v6 ? PROTOCOL.icmp6 : PROTOCOL.icmp, message);
}

/** RFC 1071. */
export function checksum(...parts: readonly Uint8Array[]): number {
  let sum = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length; at += 2) sum += (part[at]! << 8) | (part[at + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** With the pseudo-header of RFC 9293 §3.1 or RFC 8200 §8.1. */
export function transportChecksum(
  network: { readonly source: string; readonly destination: string },
  protocol: number,
  segment: Uint8Array,
): number {
  const pseudo = [addressBytes(network.source), addressBytes(network.destination), u32(segment.length), u32(protocol)];
  return checksum(...pseudo, segment);
}

function padTo4(bytes: Uint8Array): Uint8Array {
  return bytes.length % 4 === 0 ? bytes : concat(bytes, new Uint8Array(4 - (bytes.length % 4)));
}
