// The fast scan: frames of a batch become columns of what following needs. Runs for every packet, so it allocates
// nothing, calls little, and never reads beyond what was captured. The full field tree is made elsewhere, for the one
// frame on screen.
//
// Link layers: Ethernet with VLAN (IEEE 802.1Q), QinQ (802.1ad) and PPPoE (RFC 2516), IEEE 802.11 with the headers that
// capturing cards put before it, PPP and Cisco HDLC, Linux SLL and SLL2, BSD Null and Loop, raw IP. Inside: IPv4 (RFC
// 791), IPv6 (RFC 8200) with its extension headers. Fragments leave by `fragment`.
//
// Tunnels (MPLS, GRE, IP in IP, VXLAN, Teredo) are followed to the innermost packet that can be read. A row is that packet
// and nothing else: its addresses, TTL and identification, never those of what carried it, because a TTL says something
// only beside another one of the same layer.

import { isSnap, isTunnelPort, labelledEthernet, TEREDO, teredoPayload, vxlanPayload } from './tunnels.ts';

/** Rows in a batch; equal to the reader's. */
export const ROWS = 256;

export const PROTOCOL = { icmp: 1, tcp: 6, udp: 17, icmp6: 58 } as const;

/** Bits of `PacketColumns.meta`, above the protocol number in the low 8 bits. */
export const META = {
  /** The lower (address, port) sent it. */
  fromLow: 1 << 8,
  v6: 1 << 9,
  df: 1 << 10,
  /** Fewer bytes captured than the packet had. */
  cut: 1 << 11,
  /** The link layer says that the capturing host sent it (SLL packet type 4). */
  outgoing: 1 << 12,
  /** More fragments, or a fragment offset: transport header not readable in place. */
  fragment: 1 << 13,
  /** Came out of reassembly. */
  reassembled: 1 << 14,
  /** A frame of IEEE 802.11 that its sender sent again, and whose first transmission was captured. */
  sentAgain: 1 << 15,
} as const;

/** What a batch of frames says, one row a packet of IP. Offsets point into `bytes`. */
export class PacketColumns {
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(this.bytes.buffer);
  count = 0;
  readonly meta = new Int32Array(ROWS);
  /** Addresses of the lower and the higher endpoint: IPv4 as int32, IPv6 folded by hash. */
  readonly low = new Int32Array(ROWS);
  readonly high = new Int32Array(ROWS);
  /** Port of the lower endpoint in the upper 16 bits, of the higher in the lower. */
  readonly ports = new Int32Array(ROWS);
  readonly hash = new Int32Array(ROWS);
  /** Offset of the IP header. */
  readonly ip = new Int32Array(ROWS);
  /** Offset of the transport header. */
  readonly transport = new Int32Array(ROWS);
  /** End of the captured bytes of the datagram. */
  readonly end = new Int32Array(ROWS);
  /** Bytes of the datagram that were not captured. */
  readonly missing = new Int32Array(ROWS);
  readonly ttl = new Int32Array(ROWS);
  /** IPv4 identification; -1 in IPv6. */
  readonly ipId = new Int32Array(ROWS);
  /** Nanoseconds since the capture's base second. */
  readonly time = new Float64Array(ROWS);
  readonly frame = new Float64Array(ROWS);
}

/** Frames that carried nothing this program reads, by what stood in the way. */
export class PassedOver {
  /** By link-layer header type number. */
  readonly linkTypes = new Map<number, number>();
  /** By tunnel or encapsulation name. */
  readonly tunnels = new Map<string, number>();
  /** ARP, LLC and other protocols that are not IP. */
  notIp = 0;
  /** Headers that contradict themselves or were cut before the addresses. */
  malformed = 0;
  /** Data frames of IEEE 802.11 that only the stations can read. */
  encrypted = 0;
  /** Frames that reached the capturing radio with a wrong checksum. */
  corrupted = 0;

  count(map: 'linkTypes', key: number): void;
  count(map: 'tunnels', key: string): void;
  count(map: 'linkTypes' | 'tunnels', key: number | string): void {
    const counts = this[map] as Map<number | string, number>;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
}

const ETHERTYPE = { ipv4: 0x0800, ipv6: 0x86dd, mpls: 0x8847, mplsMulticast: 0x8848, ethernet: 0x6558 } as const;
/** Layers that may lie around each other. What is more is made to keep a reader busy. */
const MAX_NESTING = 10;
const MAX_LABELS = 16;
/** Returned for a link layer that is not a header before an ethertype; no ethertype is as small. */
const OTHER_LINK = 1;

/** What is not read, by the number that stood in the way, which is never zero. */
const STATED = {
  protocols: new Map([
    [50, 'esp'],
    [55, 'mobile'],
    [97, 'etherip'],
    [108, 'ipcomp'],
    [115, 'l2tpv3'],
  ]),
  ethertypes: new Map([
    [0x88e5, 'macsec'],
    [0x88e7, 'pbb'],
    [0x894f, 'nsh'],
  ]),
  ppp: new Map([
    [0x002d, 'ppp-vj'],
    [0x002f, 'ppp-vj'],
    [0x003d, 'ppp-multilink'],
    [0x0053, 'ppp-compressed'],
    [0x00fb, 'ppp-compressed'],
    [0x00fd, 'ppp-compressed'],
  ]),
  gre: new Map([
    [0x22eb, 'gre-erspan'],
    [0x880b, 'gre-pptp'],
    [0x88be, 'gre-erspan'],
  ]),
} as const;

/** IP protocol, ethertype or PPP protocol behind a name in `tunnels`; null where it stands for more than one. */
export function tunnelNumber(name: string): number | null {
  let found: number | null = null;
  for (const names of Object.values(STATED)) for (const [number, named] of names) if (named === name) found = number;
  return found;
}

/** LINKTYPE_ values (https://www.ietf.org/archive/id/draft-ietf-opsawg-pcaplinktype-14.html). */
const LINK_NAMES: Readonly<Record<number, string>> = {
  0: 'null',
  1: 'ethernet',
  8: 'slip',
  9: 'ppp',
  12: 'raw',
  14: 'raw',
  50: 'ppp-hdlc',
  51: 'pppoe',
  101: 'raw',
  104: 'cisco-hdlc',
  105: 'ieee802.11',
  107: 'frame-relay',
  108: 'loop',
  113: 'linux-sll',
  119: 'ieee802.11-prism',
  127: 'ieee802.11-radiotap',
  163: 'ieee802.11-avs',
  192: 'ppi',
  195: 'ieee802.15.4',
  204: 'ppp-with-direction',
  228: 'ipv4',
  229: 'ipv6',
  242: 'ip-over-infiniband',
  276: 'linux-sll2',
};
const READABLE = new Set([0, 1, 9, 12, 14, 50, 51, 101, 104, 105, 108, 113, 119, 127, 163, 204, 228, 229, 276]);

export function linkTypeName(linkType: number): string {
  return LINK_NAMES[linkType] ?? `linktype-${linkType}`;
}

export function isReadableLinkType(linkType: number): boolean {
  return READABLE.has(linkType);
}

const RADIOTAP = { checksum: 0x10, padded: 0x20, badChecksum: 0x40 } as const;
/** Bits of the frame control field, little-endian, and of the QoS control field. */
const WLAN = {
  qos: 0x0080,
  bothDs: 0x0300,
  moreFragments: 0x0400,
  retry: 0x0800,
  encrypted: 0x4000,
  order: 0x8000,
  aggregate: 0x0080,
} as const;
const STREAMS = 256;
/** Frames that a station may have under way at once: the window of a block acknowledgement. */
const WINDOW = 64;

/** The last numbers of the frames between two stations, to know one that is sent again from one that is heard first. */
class SequenceNumbers {
  readonly #stream = new Int32Array(STREAMS);
  readonly #seen = new Int16Array(STREAMS * WINDOW).fill(-1);

  /** Whether this number was there among the last ones; it is from now on. */
  saw(stream: number, number: number): boolean {
    const slot = stream & (STREAMS - 1);
    if (this.#stream[slot] !== stream) {
      this.#stream[slot] = stream;
      this.#seen.fill(-1, slot * WINDOW, (slot + 1) * WINDOW);
    }
    const at = slot * WINDOW + (number & (WINDOW - 1));
    if (this.#seen[at] === number) return true;
    this.#seen[at] = number;
    return false;
  }
}

/** Decodes frames into rows; owns nothing but counters and a scratch for what the link layer said. */
export class PacketDecoder {
  readonly passedOver = new PassedOver();
  /**
   * The row's packet stood inside of something that says more of the network than Ethernet with its tags does: a tunnel,
   * labels, a radio's header.
   */
  inside = false;
  /** The frame holds further packets, which `next` gives. */
  more = false;
  /** Seed of every hash; captures are hostile input. */
  readonly #seed: number;
  #offset = 0;
  /** Bits of META that hold for all that the frame carries. */
  #marks = 0;
  #depth = 0;
  #nextAt = 0;
  #nextEnd = 0;
  #nextMissing = 0;
  #numbers: SequenceNumbers | null = null;

  constructor(seed: number) {
    this.#seed = seed | 0;
  }

  /**
   * Reads the frame at [start, end) of the columns' bytes and, where it is IP, writes row `count` (which the caller then
   * takes by raising `count`). True: a row was written.
   */
  decode(columns: PacketColumns, start: number, end: number, original: number, linkType: number): boolean {
    this.inside = false;
    this.more = false;
    this.#depth = 0;
    const type = this.#linkPayload(columns, start, end, linkType);
    if (type < 0) return false;
    const offset = this.#offset;
    // Bytes of the frame that the capture left out
    const cut = original - (end - start);
    const missing = cut > 0 ? cut : 0;
    if (type === ETHERTYPE.ipv4) return this.ipv4(columns, offset, end, missing);
    if (type === ETHERTYPE.ipv6) return this.ipv6(columns, offset, end, missing);
    if (type === OTHER_LINK) return this.#otherLink(columns, start, end, missing, linkType);
    return this.#network(columns, type, offset, end, missing);
  }

  /** Leaves the offset of the network layer in #offset; the ethertype of IPv4 or IPv6, or -1. */
  #linkPayload(columns: PacketColumns, start: number, end: number, linkType: number): number {
    const view = columns.view;
    this.#marks = 0;
    switch (linkType) {
      case 1: {
        if (end - start < 14) return this.#malformed();
        this.#offset = start + 14;
        const type = view.getUint16(start + 12);
        if (type === ETHERTYPE.ipv4 || type === ETHERTYPE.ipv6) return type;
        return this.#etherPayload(columns, type, end);
      }
      case 113: {
        // LINKTYPE_LINUX_SLL: packet type, ARPHRD, address length, address, protocol
        if (end - start < 16) return this.#malformed();
        this.#offset = start + 16;
        if (view.getUint16(start) === 4) this.#marks = META.outgoing;
        return this.#etherPayload(columns, view.getUint16(start + 14), end);
      }
      case 276: {
        // LINKTYPE_LINUX_SLL2: protocol, reserved, interface index, ARPHRD, packet type, address length, address
        if (end - start < 20) return this.#malformed();
        this.#offset = start + 20;
        if (view.getUint8(start + 10) === 4) this.#marks = META.outgoing;
        return this.#etherPayload(columns, view.getUint16(start), end);
      }
      case 0:
      case 108: {
        // Address family in the byte order of the capturing host (Null) or of the network (Loop)
        if (end - start < 4) return this.#malformed();
        this.#offset = start + 4;
        const big = view.getUint32(start);
        const family = big > 0xffff ? view.getUint32(start, true) : big;
        if (family === 2) return ETHERTYPE.ipv4;
        // AF_INET6 of Linux, OS/2 and Windows, BSDs, FreeBSD, macOS
        if (family === 10 || family === 23 || family === 24 || family === 28 || family === 30) return ETHERTYPE.ipv6;
        this.passedOver.notIp++;
        return -1;
      }
      case 12:
      case 14:
      case 101: {
        if (end - start < 1) return this.#malformed();
        this.#offset = start;
        const version = view.getUint8(start) >> 4;
        if (version === 4) return ETHERTYPE.ipv4;
        if (version === 6) return ETHERTYPE.ipv6;
        return this.#malformed();
      }
      case 228:
        this.#offset = start;
        return ETHERTYPE.ipv4;
      case 229:
        this.#offset = start;
        return ETHERTYPE.ipv6;
      default:
        return OTHER_LINK;
    }
  }

  #etherPayload(columns: PacketColumns, type: number, end: number): number {
    const view = columns.view;
    // Tags: 802.1Q, 802.1ad and its forerunners; more than 4 are no network's
    for (let tags = 0; tags < 4 && (type === 0x8100 || type === 0x88a8 || type === 0x9100 || type === 0x9200); tags++) {
      if (end - this.#offset < 4) return this.#malformed();
      type = view.getUint16(this.#offset + 2);
      this.#offset += 4;
    }
    if (type === 0x8864) {
      // PPPoE session (RFC 2516 §4): version and type, code 0, session, length, then a PPP protocol number
      if (end - this.#offset < 8) return this.#malformed();
      const protocol = view.getUint16(this.#offset + 6);
      this.#offset += 8;
      return this.#pppPayload(protocol);
    }
    if (type === ETHERTYPE.ipv4 || type === ETHERTYPE.ipv6) return type;
    if (type === ETHERTYPE.mpls || type === ETHERTYPE.mplsMulticast) return ETHERTYPE.mpls;
    const stated = STATED.ethertypes.get(type);
    if (stated !== undefined) this.passedOver.count('tunnels', stated);
    else this.passedOver.notIp++;
    return -1;
  }

  /** The ethertype that names what a protocol of PPP carries, or -1. */
  #pppPayload(protocol: number): number {
    if (protocol === 0x0021) return ETHERTYPE.ipv4;
    if (protocol === 0x0057) return ETHERTYPE.ipv6;
    // RFC 3032 §4.3
    if (protocol === 0x0281 || protocol === 0x0283) return ETHERTYPE.mpls;
    const stated = STATED.ppp.get(protocol);
    if (stated !== undefined) this.passedOver.count('tunnels', stated);
    else this.passedOver.notIp++;
    return -1;
  }

  /** What an ethertype names, inside of something. */
  #network(columns: PacketColumns, type: number, offset: number, end: number, missing: number): boolean {
    if (type < 0) return false;
    this.inside = true;
    if (++this.#depth > MAX_NESTING) {
      this.passedOver.count('tunnels', 'nested');
      return false;
    }
    if (type === ETHERTYPE.ipv4) return this.ipv4(columns, offset, end, missing);
    if (type === ETHERTYPE.ipv6) return this.ipv6(columns, offset, end, missing);
    if (type === ETHERTYPE.mpls) return this.#mpls(columns, offset, end, missing);
    return this.#ethernet(columns, offset, end, missing);
  }

  /** A frame of Ethernet inside of something. */
  #ethernet(columns: PacketColumns, offset: number, end: number, missing: number): boolean {
    if (end - offset < 14) return this.#malformed() > 0;
    this.#offset = offset + 14;
    const type = this.#etherPayload(columns, columns.view.getUint16(offset + 12), end);
    return this.#network(columns, type, this.#offset, end, missing);
  }

  /** Label stack (RFC 3032 §2.1). What lies under it is told by its first bits, as a router at its end does (RFC 4928 §3). */
  #mpls(columns: PacketColumns, offset: number, end: number, missing: number): boolean {
    const view = columns.view;
    let at = offset;
    for (let labels = 0; ; labels++) {
      if (end - at < 4) return this.#malformed() > 0;
      if (labels === MAX_LABELS) {
        this.passedOver.count('tunnels', 'nested');
        return false;
      }
      const isLast = (view.getUint8(at + 2) & 1) !== 0;
      at += 4;
      if (isLast) break;
    }
    if (at >= end) return this.#malformed() > 0;
    const ethernet = labelledEthernet(view, at, end, missing);
    if (ethernet >= 0) return this.#network(columns, ETHERTYPE.ethernet, ethernet, end, missing);
    const version = view.getUint8(at) >> 4;
    if (version === 4) return this.#network(columns, ETHERTYPE.ipv4, at, end, missing);
    if (version === 6) return this.#network(columns, ETHERTYPE.ipv6, at, end, missing);
    this.passedOver.count('tunnels', 'mpls');
    return false;
  }

  /** RFC 2784, RFC 2890. */
  #gre(columns: PacketColumns, offset: number, end: number, missing: number): boolean {
    const view = columns.view;
    if (end - offset < 4) return this.#malformed() > 0;
    const flags = view.getUint16(offset);
    const type = view.getUint16(offset + 2);
    // Version 1 is PPTP's (RFC 2637 §4.1), the routing bit RFC 1701's
    if ((flags & 0x4007) !== 0) {
      this.passedOver.count('tunnels', (flags & 7) === 1 ? 'gre-pptp' : 'gre');
      return false;
    }
    let at = offset + 4;
    if (flags & 0x8000) at += 4;
    if (flags & 0x2000) at += 4;
    if (flags & 0x1000) at += 4;
    if (at > end) return this.#malformed() > 0;
    switch (type) {
      case ETHERTYPE.ipv4:
      case ETHERTYPE.ipv6:
      case ETHERTYPE.mpls:
      case ETHERTYPE.ethernet:
        return this.#network(columns, type, at, end, missing);
      case ETHERTYPE.mplsMulticast:
        return this.#network(columns, ETHERTYPE.mpls, at, end, missing);
      case 0x880b:
        return this.#ppp(columns, at, end, missing);
      default:
        // A mirror's copies of what was sent elsewhere
        this.passedOver.count('tunnels', STATED.gre.get(type) ?? 'gre');
        return false;
    }
  }

  /** RFC 1661 §2: address and control may be left out, and the first byte of the protocol. */
  #ppp(columns: PacketColumns, offset: number, end: number, missing: number): boolean {
    const view = columns.view;
    let at = offset;
    if (end - at >= 2 && view.getUint16(at) === 0xff03) at += 2;
    if (end - at < 2) return this.#malformed() > 0;
    let protocol = view.getUint8(at++);
    if ((protocol & 1) === 0) protocol = (protocol << 8) | view.getUint8(at++);
    return this.#network(columns, this.#pppPayload(protocol), at, end, missing);
  }

  #otherLink(columns: PacketColumns, start: number, end: number, missing: number, linkType: number): boolean {
    const view = columns.view;
    switch (linkType) {
      case 9:
        return this.#ppp(columns, start, end, missing);
      case 204:
        if (end - start < 1) return this.#malformed() > 0;
        if (view.getUint8(start) !== 0) this.#marks = META.outgoing;
        return this.#ppp(columns, start + 1, end, missing);
      case 50:
      case 104: {
        if (end - start < 4) return this.#malformed() > 0;
        // Cisco's framing: unicast or broadcast, 0, and an ethertype
        const address = view.getUint8(start);
        if (linkType === 50 && address !== 0x0f && address !== 0x8f) return this.#ppp(columns, start, end, missing);
        this.#offset = start + 4;
        return this.#network(
          columns,
          this.#etherPayload(columns, view.getUint16(start + 2), end),
          this.#offset,
          end,
          missing,
        );
      }
      case 51:
        this.#offset = start;
        return this.#network(columns, this.#etherPayload(columns, 0x8864, end), this.#offset, end, missing);
      case 105:
        return this.#wlan(columns, start, end, missing, 0);
      case 127:
        return this.#radiotap(columns, start, end, missing);
      case 119:
      case 163: {
        // Prism: code and length in the order of the capturing host. AVS: a version that begins so, and its length.
        if (end - start < 8) return this.#malformed() > 0;
        const isAvs = view.getUint32(start) >>> 8 === 0x802110;
        let length = view.getUint32(start + 4);
        if (!isAvs && length > 0xffff) length = view.getUint32(start + 4, true);
        if (length < 8 || length > end - start) return this.#malformed() > 0;
        return this.#wlan(columns, start + length, end, missing, 0);
      }
      default:
        this.passedOver.count('linkTypes', linkType);
        return false;
    }
  }

  /** https://www.radiotap.org: a length, words that say which fields there are, and of these the flags are the second. */
  #radiotap(columns: PacketColumns, start: number, end: number, missing: number): boolean {
    const view = columns.view;
    if (end - start < 8 || view.getUint8(start) !== 0) return this.#malformed() > 0;
    const length = view.getUint16(start + 2, true);
    if (length < 8 || length > end - start) return this.#malformed() > 0;
    const present = view.getUint32(start + 4, true);
    const stop = start + length;
    let at = start + 8;
    for (let word = present; word >= 0x8000_0000; at += 4) {
      if (at + 4 > stop) return this.#malformed() > 0;
      word = view.getUint32(at, true);
    }
    // The time of the card's clock, eight bytes at a multiple of eight
    if (present & 1) at = start + ((at - start + 7) & ~7) + 8;
    const flags = present & 2 && at < stop ? view.getUint8(at) : 0;
    if (flags & RADIOTAP.badChecksum) {
      this.passedOver.corrupted++;
      return false;
    }
    return this.#wlan(columns, stop, end, missing, flags);
  }

  /** A frame of IEEE 802.11-2020 §9.2.4: what data it carries. `flags`: of radiotap. */
  #wlan(columns: PacketColumns, at: number, frameEnd: number, cut: number, flags: number): boolean {
    const view = columns.view;
    let end = frameEnd;
    let missing = cut;
    if (flags & RADIOTAP.checksum) {
      // What was cut off is the checksum first
      const whole = end + missing - 4;
      end = Math.min(end, whole);
      missing = whole - end;
    }
    if (end - at < 2) return this.#malformed() > 0;
    const control = view.getUint16(at, true);
    // Management, control, and data frames without data
    if ((control & 3) !== 0 || (control & 0x0c) !== 0x08 || control & 0x40) {
      this.passedOver.notIp++;
      return false;
    }
    const isQos = (control & WLAN.qos) !== 0;
    let header = (control & WLAN.bothDs) === WLAN.bothDs ? 30 : 24;
    if (isQos) header += (control & WLAN.order) !== 0 ? 6 : 2;
    if (end - at < header) return this.#malformed() > 0;
    const qos = isQos ? view.getUint16(at + ((control & WLAN.bothDs) === WLAN.bothDs ? 30 : 24), true) : 0;
    if (flags & RADIOTAP.padded) header = (header + 3) & ~3;
    let body = at + header;
    if (control & WLAN.encrypted) {
      // Some cards hand out what they have decrypted and leave the mark, and the IV, where they were
      if (!isSnap(view, body, end)) body += 8;
      if (!isSnap(view, body, end)) {
        this.passedOver.encrypted++;
        return false;
      }
    }
    const sequence = view.getUint16(at + 22, true);
    if (control & WLAN.moreFragments || sequence & 15) {
      this.passedOver.count('tunnels', 'ieee802.11-fragment');
      return false;
    }
    this.#numbers ??= new SequenceNumbers();
    const stream = this.#streamOf(view, at + 4, isQos ? qos & 15 : 16);
    if (this.#numbers.saw(stream, sequence >> 4) && control & WLAN.retry) this.#marks |= META.sentAgain;
    if (isQos && qos & WLAN.aggregate) {
      this.#nextAt = body;
      this.#nextEnd = end;
      this.#nextMissing = missing;
      return this.next(columns);
    }
    return this.#snap(columns, body, end, missing);
  }

  /** The two stations and the traffic class between which frames are numbered. */
  #streamOf(view: DataView, at: number, kind: number): number {
    let h = this.#seed ^ kind;
    h = Math.imul(h ^ view.getInt32(at), 0x85ebca6b);
    h = Math.imul((h ^ (h >>> 15)) + view.getInt32(at + 4), 0xc2b2ae35);
    h = Math.imul((h ^ (h >>> 13)) + view.getInt32(at + 8), 0x27d4eb2f);
    return h ^ (h >>> 16);
  }

  /** The next packet of a frame that holds several (A-MSDU, IEEE 802.11-2020 §9.3.2.2): as `decode`. */
  next(columns: PacketColumns): boolean {
    const at = this.#nextAt;
    const end = this.#nextEnd;
    this.more = false;
    this.#depth = 0;
    if (end - at < 14) return this.#malformed() > 0;
    const stop = at + 14 + columns.view.getUint16(at + 12);
    const following = stop + ((at - stop) & 3);
    // Behind the last one there is no padding
    this.more = following + 14 <= end;
    this.#nextAt = following;
    const cut = stop - end;
    if (cut > this.#nextMissing) return this.#malformed() > 0;
    return this.#snap(columns, at + 14, Math.min(stop, end), cut > 0 ? cut : 0);
  }

  /** IEEE 802.2 with SNAP (RFC 1042): an ethertype behind six bytes. */
  #snap(columns: PacketColumns, at: number, end: number, missing: number): boolean {
    if (!isSnap(columns.view, at, end)) {
      this.passedOver.notIp++;
      return false;
    }
    this.#offset = at + 8;
    const type = this.#etherPayload(columns, columns.view.getUint16(at + 6), end);
    return this.#network(columns, type, this.#offset, end, missing);
  }

  #malformed(): number {
    this.passedOver.malformed++;
    return -1;
  }

  /** RFC 791 §3.1. `missing`: bytes of the frame that were not captured. */
  ipv4(columns: PacketColumns, offset: number, end: number, missing: number): boolean {
    const view = columns.view;
    if (end - offset < 20) return this.#malformed() > 0;
    const first = view.getUint8(offset);
    const headerLength = (first & 15) << 2;
    let total = view.getUint16(offset + 2);
    // Segmentation offload writes 0 where the length does not fit (or is not known yet)
    if (total === 0) total = end - offset + missing;
    if (first >> 4 !== 4 || headerLength < 20 || total < headerLength) return this.#malformed() > 0;
    const captured = end - offset;
    if (captured < headerLength) return this.#malformed() > 0;
    const row = columns.count;
    const fragment = view.getUint16(offset + 6);
    let meta = view.getUint8(offset + 9) | this.#marks;
    if (fragment & 0x4000) meta |= META.df;
    let cut = 0;
    if (total > captured) {
      cut = total - captured;
      meta |= META.cut;
    } else end = offset + total;
    columns.ip[row] = offset;
    columns.end[row] = end;
    columns.missing[row] = cut;
    columns.ttl[row] = view.getUint8(offset + 8);
    columns.ipId[row] = view.getUint16(offset + 4);
    columns.transport[row] = offset + headerLength;
    if (fragment & 0x3fff) {
      columns.meta[row] = meta | META.fragment;
      return true;
    }
    return this.#transport(columns, row, meta, view.getInt32(offset + 12), view.getInt32(offset + 16));
  }

  /** RFC 8200 §3 and §4. */
  ipv6(columns: PacketColumns, offset: number, end: number, missing: number): boolean {
    const view = columns.view;
    if (end - offset < 40) return this.#malformed() > 0;
    if (view.getUint8(offset) >> 4 !== 6) return this.#malformed() > 0;
    let length = view.getUint16(offset + 4);
    // 0: jumbogram (RFC 2675) or segmentation offload
    if (length === 0) length = end - offset - 40 + missing;
    const row = columns.count;
    let meta = META.v6 | this.#marks;
    const captured = end - offset - 40;
    let cut = 0;
    if (length > captured) {
      cut = length - captured;
      meta |= META.cut;
    } else end = offset + 40 + length;
    columns.ip[row] = offset;
    columns.end[row] = end;
    columns.missing[row] = cut;
    columns.ttl[row] = view.getUint8(offset + 7);
    columns.ipId[row] = -1;
    let next = view.getUint8(offset + 6);
    let at = offset + 40;
    // Extension headers: hop-by-hop, routing, destination options, mobility, HIP, shim6 in units of 8; AH in units of 4
    for (let headers = 0; headers < 16; headers++) {
      if (next === 0 || next === 43 || next === 60 || next === 135 || next === 139 || next === 140 || next === 51) {
        if (end - at < 8) return this.#malformed() > 0;
        const units = view.getUint8(at + 1);
        const kind = next;
        next = view.getUint8(at);
        at += kind === 51 ? (units + 2) << 2 : (units + 1) << 3;
      } else if (next === 44) {
        if (end - at < 8) return this.#malformed() > 0;
        // RFC 6946: an atomic fragment is a whole packet
        if ((view.getUint16(at + 2) & 0xfff9) !== 0) {
          columns.transport[row] = at;
          columns.meta[row] = meta | META.fragment | 44;
          return true;
        }
        next = view.getUint8(at);
        at += 8;
      } else break;
      if (at > end) return this.#malformed() > 0;
    }
    columns.transport[row] = at;
    return this.#transport(columns, row, meta | next, this.fold(view, offset + 8), this.fold(view, offset + 24));
  }

  /** An IPv6 address as one word; the flow table compares the whole of it where that matters. */
  fold(view: DataView, offset: number): number {
    let h = this.#seed;
    h = Math.imul(h ^ view.getInt32(offset), 0x85ebca6b);
    h = Math.imul((h ^ (h >>> 15)) + view.getInt32(offset + 4), 0xc2b2ae35);
    h = Math.imul((h ^ (h >>> 13)) + view.getInt32(offset + 8), 0x27d4eb2f);
    h = Math.imul((h ^ (h >>> 16)) + view.getInt32(offset + 12), 0x165667b1);
    return h ^ (h >>> 15);
  }

  /** Writes key and hash of the row. False: no transport that is followed. */
  #transport(columns: PacketColumns, row: number, meta: number, source: number, destination: number): boolean {
    const protocol = meta & 255;
    const at = columns.transport[row]!;
    let sourcePort = 0;
    let destinationPort = 0;
    if (protocol === PROTOCOL.tcp) {
      // Up to the window: 54 bytes of Ethernet, IPv4 and TCP carry it all
      if (columns.end[row]! - at < 16) return this.#malformed() > 0;
      sourcePort = columns.view.getUint16(at);
      destinationPort = columns.view.getUint16(at + 2);
    } else if (protocol === PROTOCOL.udp) {
      if (columns.end[row]! - at < 8) return this.#malformed() > 0;
      sourcePort = columns.view.getUint16(at);
      destinationPort = columns.view.getUint16(at + 2);
      if (isTunnelPort(destinationPort) || sourcePort === TEREDO) {
        const tunnel = this.#udpTunnel(columns, row, sourcePort, destinationPort);
        if (tunnel >= 0) return tunnel > 0;
      }
    } else if (protocol === PROTOCOL.icmp || protocol === PROTOCOL.icmp6) {
      if (columns.end[row]! - at < 8) return this.#malformed() > 0;
    } else return this.#carried(columns, row, protocol);
    this.key(columns, row, meta, source, destination, sourcePort, destinationPort);
    return true;
  }

  /** A packet or frame inside of the packet of this row. */
  #carried(columns: PacketColumns, row: number, protocol: number): boolean {
    const at = columns.transport[row]!;
    const end = columns.end[row]!;
    const missing = columns.missing[row]!;
    switch (protocol) {
      // RFC 2003, RFC 2473
      case 4:
        return this.#network(columns, ETHERTYPE.ipv4, at, end, missing);
      // RFC 4213 §3
      case 41:
        return this.#network(columns, ETHERTYPE.ipv6, at, end, missing);
      case 47:
        return this.#gre(columns, at, end, missing);
      // RFC 4023
      case 137:
        return this.#network(columns, ETHERTYPE.mpls, at, end, missing);
    }
    const stated = STATED.protocols.get(protocol);
    if (stated !== undefined) this.passedOver.count('tunnels', stated);
    else this.passedOver.notIp++;
    return false;
  }

  /** What a datagram carries where that is a packet: 1 with a row of it, 0 without; -1 where it is a datagram as any other. */
  #udpTunnel(columns: PacketColumns, row: number, source: number, destination: number): number {
    const at = columns.transport[row]! + 8;
    const end = columns.end[row]!;
    const missing = columns.missing[row]!;
    const isTeredo = source === TEREDO || destination === TEREDO;
    const find = isTeredo ? teredoPayload : vxlanPayload;
    const inner = find(columns.view, at, end, missing);
    if (inner < 0) return -1;
    const type = isTeredo ? ETHERTYPE.ipv6 : ETHERTYPE.ethernet;
    return this.#network(columns, type, inner, end, missing) ? 1 : 0;
  }

  key(
    columns: PacketColumns,
    row: number,
    meta: number,
    source: number,
    destination: number,
    sourcePort: number,
    destinationPort: number,
  ): void {
    let low = source;
    let high = destination;
    let ports = (sourcePort << 16) | destinationPort;
    if (source < destination || (source === destination && sourcePort <= destinationPort)) meta |= META.fromLow;
    else {
      low = destination;
      high = source;
      ports = (destinationPort << 16) | sourcePort;
    }
    columns.meta[row] = meta;
    columns.low[row] = low;
    columns.high[row] = high;
    columns.ports[row] = ports;
    columns.hash[row] = this.hashOf(low, high, ports, meta & 0x2ff);
  }

  /** Of a flow's key; `kind`: protocol and META.v6. */
  hashOf(low: number, high: number, ports: number, kind: number): number {
    let h = Math.imul(low ^ this.#seed, 0x9e3779b1);
    h = Math.imul((h ^ (h >>> 15)) + high, 0x85ebca77);
    h = Math.imul((h ^ (h >>> 13)) + ports, 0xc2b2ae3d);
    h = Math.imul((h ^ (h >>> 16)) + kind, 0x27d4eb2f);
    return h ^ (h >>> 15);
  }
}
