// What packets travel in besides Ethernet: IEEE 802.11 with the header of a capturing radio, PPP, Cisco HDLC, label stacks
// and tunnels. Byte by byte and independent of main/wire, as packets.ts is.

import { concat, u8, u16, u32 } from './bytes.ts';
import { frame, type IpOptions, ip, udp } from './packets.ts';

const STATION = u8(0x02, 0, 0, 0, 0, 0x0a);
const ACCESS_POINT = u8(0x02, 0, 0, 0, 0, 0x0b);
const GATEWAY = u8(0x02, 0, 0, 0, 0, 0x0c);
const REPEATER = u8(0x02, 0, 0, 0, 0, 0x0d);

const little16 = (value: number): Uint8Array => u8(value & 255, value >>> 8);
const little32 = (value: number): Uint8Array => u8(value, value >>> 8, value >>> 16, value >>> 24);
const isV6 = (packet: Uint8Array): boolean => packet[0]! >> 4 === 6;
const etherType = (packet: Uint8Array): number => (isV6(packet) ? 0x86dd : 0x0800);

export interface WlanOptions {
  readonly toAccessPoint?: boolean;
  /** Between two access points: a fourth address. */
  readonly fourAddresses?: boolean;
  /** Traffic class; makes it a QoS frame. */
  readonly qos?: number;
  /** HT control behind the QoS control. */
  readonly htControl?: boolean;
  readonly sequence?: number;
  readonly retry?: boolean;
  readonly fragment?: number;
  readonly moreFragments?: boolean;
  /** Encrypted: the payload is replaced by what nobody can read. `decrypted`: marked so, but readable behind the IV. */
  readonly encrypted?: boolean | 'decrypted';
  /** Further packets in the same frame (A-MSDU). */
  readonly further?: readonly Uint8Array[];
  /** Zeros up to a multiple of four behind the header, as some cards deliver it. */
  readonly padded?: boolean;
}

/** RFC 1042. */
const snap = (packet: Uint8Array): Uint8Array => concat(u8(0xaa, 0xaa, 3, 0, 0, 0), u16(etherType(packet)), packet);

/** A data frame of IEEE 802.11, without its checksum. */
export function wlan(packet: Uint8Array, options: WlanOptions = {}): Uint8Array<ArrayBuffer> {
  const { toAccessPoint = false, fourAddresses = false, qos, htControl = false, further } = options;
  const direction = fourAddresses ? 3 : toAccessPoint ? 1 : 2;
  const flags =
    direction |
    (options.moreFragments === true ? 0x04 : 0) |
    (options.retry === true ? 0x08 : 0) |
    (options.encrypted ? 0x40 : 0) |
    (htControl ? 0x80 : 0);
  const addresses = fourAddresses
    ? [ACCESS_POINT, REPEATER, GATEWAY]
    : toAccessPoint
      ? [ACCESS_POINT, STATION, GATEWAY]
      : [STATION, ACCESS_POINT, GATEWAY];
  const isQos = qos !== undefined || htControl || further !== undefined;
  const header = concat(
    u8(isQos ? 0x88 : 0x08, flags),
    u16(0),
    ...addresses,
    little16(((options.sequence ?? 1) << 4) | (options.fragment ?? 0)),
    fourAddresses ? STATION : u8(),
    isQos ? little16((qos ?? 0) | (further === undefined ? 0 : 0x80)) : u8(),
    htControl ? u32(0) : u8(),
  );
  const padding = options.padded === true ? new Uint8Array(-header.length & 3) : u8();
  return concat(header, padding, bodyOf(packet, options));
}

function bodyOf(packet: Uint8Array, { encrypted, further }: WlanOptions): Uint8Array {
  const clear =
    further === undefined
      ? snap(packet)
      : concat(
          ...[packet, ...further].map((each, index) => {
            const part = concat(STATION, GATEWAY, u16(snap(each).length), snap(each));
            return index === further.length ? part : concat(part, new Uint8Array(-part.length & 3));
          }),
        );
  if (encrypted === undefined || encrypted === false) return clear;
  // Packet number and key of CCMP
  const iv = u8(1, 0, 0, 0x20, 0, 0, 0, 0);
  return concat(iv, encrypted === 'decrypted' ? clear : clear.map((byte, at) => byte ^ (at * 167 + 13)));
}

export interface RadiotapOptions {
  /** The checksum stands at the end; `bad`: it is wrong, and the card says so. */
  readonly checksum?: boolean | 'bad';
  readonly padded?: boolean;
  /** With the time of the card's clock, and with a second word of fields that nobody knows. */
  readonly large?: boolean;
}

/** https://www.radiotap.org */
export function radiotap(data: Uint8Array, options: RadiotapOptions = {}): Uint8Array<ArrayBuffer> {
  const { checksum = false, padded = false, large = false } = options;
  const flags = (checksum === false ? 0 : 0x10) | (padded ? 0x20 : 0) | (checksum === 'bad' ? 0x40 : 0);
  // Time, flags, rate; the time stands at a multiple of eight
  const fields = large
    ? concat(little32(0x8000_0007), little32(0), u32(0), new Uint8Array(8), u8(flags, 2))
    : concat(little32(6), u8(flags, 2));
  const header = concat(u8(0, 0), little16(4 + fields.length), fields);
  const sum = little32(crc32(data) ^ (checksum === 'bad' ? 0x55 : 0));
  return concat(header, data, checksum === false ? u8() : sum);
}

/** IEEE 802.3 §3.2.9. */
function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0);
  }
  return ~crc >>> 0;
}

/** RFC 1661 §2, RFC 1662; `short`: address and control left out, one byte of protocol. */
export function ppp(packet: Uint8Array, short = false): Uint8Array<ArrayBuffer> {
  const protocol = isV6(packet) ? 0x57 : 0x21;
  return short ? concat(u8(protocol), packet) : concat(u16(0xff03), u16(protocol), packet);
}

export function ciscoHdlc(packet: Uint8Array): Uint8Array<ArrayBuffer> {
  return concat(u8(0x0f, 0), u16(etherType(packet)), packet);
}

/** RFC 3032 §2.1: labels, the last at the bottom. */
export function labels(payload: Uint8Array, ...stack: readonly number[]): Uint8Array<ArrayBuffer> {
  const entries = stack.map((label, index) => u32((label << 12) | (index === stack.length - 1 ? 0x100 : 0) | 64));
  return concat(...entries, payload);
}

/** A frame of Ethernet with another type than that of IP. */
export function ethernetOf(type: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  return concat(GATEWAY, ACCESS_POINT, u16(type), payload);
}

export interface GreOptions {
  readonly checksum?: boolean;
  readonly key?: number;
  readonly sequence?: number;
  readonly version?: number;
}

/** RFC 2784, RFC 2890. */
export function gre(
  outer: IpOptions,
  type: number,
  payload: Uint8Array,
  options: GreOptions = {},
): Uint8Array<ArrayBuffer> {
  const { checksum = false, key, sequence, version = 0 } = options;
  const flags = (checksum ? 0x8000 : 0) | (key === undefined ? 0 : 0x2000) | (sequence === undefined ? 0 : 0x1000);
  const header = concat(
    u16(flags | version),
    u16(type),
    checksum ? u32(0) : u8(),
    key === undefined ? u8() : u32(key),
    sequence === undefined ? u8() : u32(sequence),
  );
  return ip(outer, 47, concat(header, payload));
}

/** RFC 2003, RFC 4213, RFC 2473. */
export function ipInIp(outer: IpOptions, packet: Uint8Array): Uint8Array<ArrayBuffer> {
  return ip(outer, isV6(packet) ? 41 : 4, packet);
}

/** RFC 7348 §5. */
export function vxlan(outer: IpOptions, packet: Uint8Array, port = 4789): Uint8Array<ArrayBuffer> {
  const header = concat(u32(0x0800_0000), u32(4711 << 8));
  return udp(outer, { sourcePort: 51_234, destinationPort: port }, concat(header, frame(packet)));
}

export interface TeredoOptions {
  readonly authentication?: boolean;
  readonly origin?: boolean;
  /** From the server or relay. */
  readonly back?: boolean;
}

/** RFC 4380 §5.1.1. */
export function teredo(outer: IpOptions, packet: Uint8Array, options: TeredoOptions = {}): Uint8Array<ArrayBuffer> {
  const { authentication = false, origin = false, back = false } = options;
  const payload = concat(
    authentication ? concat(u16(1), u8(2, 3), u8(1, 2), u8(3, 4, 5), new Uint8Array(9)) : u8(),
    origin ? concat(u16(0), u16(0x1234), u32(0x1234_5678)) : u8(),
    packet,
  );
  const ports = back ? { sourcePort: 3544, destinationPort: 50_001 } : { sourcePort: 50_001, destinationPort: 3544 };
  return udp(outer, ports, payload);
}
