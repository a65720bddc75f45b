// The fast scan: frames of a batch become columns of what following needs. Runs for every packet, so it allocates
// nothing, calls little, and never reads beyond what was captured. The full field tree is made elsewhere, for the one
// frame on screen.
//
// Link layers: Ethernet with VLAN (IEEE 802.1Q), QinQ (802.1ad) and PPPoE (RFC 2516), Linux SLL and SLL2, BSD Null and
// Loop, raw IP. Inside: IPv4 (RFC 791), IPv6 (RFC 8200) with its extension headers. Fragments leave by `fragment`.

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

  count(map: 'linkTypes', key: number): void;
  count(map: 'tunnels', key: string): void;
  count(map: 'linkTypes' | 'tunnels', key: number | string): void {
    const counts = this[map] as Map<number | string, number>;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
}

const ETHERTYPE = { ipv4: 0x0800, ipv6: 0x86dd } as const;
/** LINKTYPE_ values (https://www.ietf.org/archive/id/draft-ietf-opsawg-pcaplinktype-14.html). */
const LINK_NAMES: Readonly<Record<number, string>> = {
  0: 'null',
  1: 'ethernet',
  9: 'ppp',
  12: 'raw',
  14: 'raw',
  101: 'raw',
  105: 'ieee802.11',
  108: 'loop',
  113: 'linux-sll',
  127: 'ieee802.11-radiotap',
  228: 'ipv4',
  229: 'ipv6',
  276: 'linux-sll2',
};

export function linkTypeName(linkType: number): string {
  return LINK_NAMES[linkType] ?? `linktype-${linkType}`;
}

export function isReadableLinkType(linkType: number): boolean {
  switch (linkType) {
    case 0:
    case 1:
    case 12:
    case 14:
    case 101:
    case 108:
    case 113:
    case 228:
    case 229:
    case 276:
      return true;
    default:
      return false;
  }
}

/** Decodes frames into rows; owns nothing but counters and a scratch for what the link layer said. */
export class PacketDecoder {
  readonly passedOver = new PassedOver();
  /** Seed of every hash; captures are hostile input. */
  readonly #seed: number;
  #offset = 0;
  #outgoing = 0;

  constructor(seed: number) {
    this.#seed = seed | 0;
  }

  /**
   * Reads the frame at [start, end) of the columns' bytes and, where it is IP, writes row `count` (which the caller then
   * takes by raising `count`). True: a row was written.
   */
  decode(columns: PacketColumns, start: number, end: number, original: number, linkType: number): boolean {
    const type = this.#linkPayload(columns, start, end, linkType);
    if (type < 0) return false;
    const offset = this.#offset;
    // Bytes of the frame that the capture left out
    const missing = original - (end - start);
    if (type === ETHERTYPE.ipv4) return this.ipv4(columns, offset, end, missing > 0 ? missing : 0);
    return this.ipv6(columns, offset, end, missing > 0 ? missing : 0);
  }

  /** Leaves the offset of the network layer in #offset; the ethertype of IPv4 or IPv6, or -1. */
  #linkPayload(columns: PacketColumns, start: number, end: number, linkType: number): number {
    const view = columns.view;
    this.#outgoing = 0;
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
        if (view.getUint16(start) === 4) this.#outgoing = META.outgoing;
        return this.#etherPayload(columns, view.getUint16(start + 14), end);
      }
      case 276: {
        // LINKTYPE_LINUX_SLL2: protocol, reserved, interface index, ARPHRD, packet type, address length, address
        if (end - start < 20) return this.#malformed();
        this.#offset = start + 20;
        if (view.getUint8(start + 10) === 4) this.#outgoing = META.outgoing;
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
        this.passedOver.count('linkTypes', linkType);
        return -1;
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
      if (protocol === 0x0021) return ETHERTYPE.ipv4;
      if (protocol === 0x0057) return ETHERTYPE.ipv6;
      this.passedOver.notIp++;
      return -1;
    }
    if (type === ETHERTYPE.ipv4 || type === ETHERTYPE.ipv6) return type;
    if (type === 0x8847 || type === 0x8848) this.passedOver.count('tunnels', 'mpls');
    else this.passedOver.notIp++;
    return -1;
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
    let meta = view.getUint8(offset + 9) | this.#outgoing;
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
    let meta = META.v6 | this.#outgoing;
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
    } else if (protocol === PROTOCOL.icmp || protocol === PROTOCOL.icmp6) {
      if (columns.end[row]! - at < 8) return this.#malformed() > 0;
    } else {
      this.#otherProtocol(protocol);
      return false;
    }
    this.key(columns, row, meta, source, destination, sourcePort, destinationPort);
    return true;
  }

  #otherProtocol(protocol: number): void {
    if (protocol === 4) this.passedOver.count('tunnels', 'ipip');
    else if (protocol === 41) this.passedOver.count('tunnels', '6in4');
    else if (protocol === 47) this.passedOver.count('tunnels', 'gre');
    else if (protocol === 50) this.passedOver.count('tunnels', 'esp');
    else this.passedOver.notIp++;
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
