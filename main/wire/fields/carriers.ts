// Fields of what carries packets besides Ethernet: IEEE 802.11 with the header of a capturing radio, PPP, Cisco HDLC,
// label stacks, GRE, VXLAN and Teredo. What they carry is the caller's to read.

import { ipv4Text } from '../text.ts';
import { isSnap, labelledEthernet, teredoPayload } from '../tunnels.ts';
import { ETHERTYPES, PPP_PROTOCOLS, WLAN_TYPES } from './codes.ts';
import { hex, macText, named, type Scan, yesNo } from './scan.ts';

/** Reads what is inside. */
export interface Inside {
  readonly ethernet: (scan: Scan) => void;
  readonly etherType: (scan: Scan, type: number) => void;
  readonly data: (scan: Scan) => void;
}

const MAX_LABELS = 16;
const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const MPLS = 0x8847;

/** A number of two or four bytes in the other order, in which radios write. */
function little(
  scan: Scan,
  name: Parameters<Scan['add']>[0],
  width: 2 | 4,
  show = String as (value: number) => string,
): number {
  if (!scan.has(width)) return -1;
  let value = 0;
  for (let index = width - 1; index >= 0; index--) value = value * 256 + scan.peek(index);
  scan.add(name, scan.at, width, show(value), value);
  scan.at += width;
  return value;
}

/** https://www.radiotap.org */
export function radiotap(scan: Scan, inside: Inside): void {
  if (!scan.has(4)) return;
  const length = scan.peek(2) | (scan.peek(3) << 8);
  const begin = scan.at;
  const node = scan.open('radiotap', Math.max(8, length));
  node.uint('radiotap.version', 1);
  node.uint('radiotap.pad', 1);
  little(node, 'radiotap.length', 2);
  const first = little(node, 'radiotap.present.word', 4, hex(4));
  for (let word = first; word >= 0x8000_0000 && node.left >= 4; )
    word = little(node, 'radiotap.present.word', 4, hex(4));
  let flags = 0;
  if (first & 1) {
    node.at += (begin - node.at) & 7;
    if (node.left > 8) node.blob('blockscope.radiotap.time', 8);
  }
  if (first >= 0 && first & 2 && node.has(1)) {
    flags = node.peek(0);
    const field = node.openInto(node.add('radiotap.flags', node.at, 1, hex(1)(flags), flags));
    field.bits('radiotap.flags.fcs', node.at, 1, 0x10, yesNo);
    field.bits('radiotap.flags.datapad', node.at, 1, 0x20, yesNo);
    field.bits('radiotap.flags.badfcs', node.at, 1, 0x40, yesNo);
    node.at += 1;
  }
  if (node.left > 0) node.blob('blockscope.radiotap.fields', node.left);
  wlan(scan, flags, inside);
}

/** The header of Prism or AVS, then the frame. */
export function olderRadio(scan: Scan, inside: Inside): void {
  if (!scan.has(8)) return;
  const isAvs = (scan.read(scan.at, 4) & 0xffffff00) >>> 0 === 0x80211000;
  const big = scan.read(scan.at + 4, 4);
  const swapped = scan.peek(4) | (scan.peek(5) << 8) | (scan.peek(6) << 16);
  const length = isAvs || big <= 0xffff ? big : swapped;
  scan.open('blockscope.radio', Math.max(8, length));
  wlan(scan, 0, inside);
}

/** IEEE 802.11-2020 §9.2.4. `flags`: of radiotap. */
export function wlan(scan: Scan, flags: number, inside: Inside): void {
  const checksum = (flags & 0x10) !== 0 ? 4 : 0;
  const body = scan.within(Math.max(0, scan.whole - scan.at - checksum));
  if (!body.has(2)) return;
  const [first, second] = [body.peek(0), body.peek(1)];
  const isData = (first & 0x0c) === 0x08;
  const isQos = isData && (first & 0x80) !== 0;
  const hasFour = (second & 3) === 3;
  const isEncrypted = isData && (second & 0x40) !== 0;
  let length = isData ? (hasFour ? 30 : 24) + (isQos ? 2 : 0) + (isQos && second & 0x80 ? 4 : 0) : 24;
  // Control frames have one address or two
  if ((first & 0x0c) === 0x04) length = Math.min(16, body.left);
  const padding = flags & 0x20 ? -length & 3 : 0;
  const begin = body.at;
  // Key and packet number of CCMP and TKIP, or WEP's
  const isExtended = isEncrypted && body.left > length + 3 && (body.peek(length + 3) & 0x20) !== 0;
  const iv = isEncrypted ? (isExtended ? 8 : 4) : 0;
  const node = body.open('wlan', length + iv);
  const name = WLAN_TYPES[((first >> 2) & 3) * 16 + (first >> 4)];
  if (name !== undefined) node.into.value = name;
  frameControl(node, first, second);
  if (node.has(2)) {
    const duration = (node.peek(0) | (node.peek(1) << 8)) & 0x7fff;
    node.add('wlan.duration', node.at, 2, String(duration), duration).bits = 0xff7f;
    node.at += 2;
  }
  const isAggregate =
    isData && isQos && body.bytes.length > begin + length && (qosAt(body.bytes, begin, hasFour) & 0x80) !== 0;
  addresses(node, first, second & 3, isAggregate);
  if (!isData) {
    if (node.left > 0) node.blob('blockscope.wlan.body', node.left);
    if (body.left > 0) body.blob('blockscope.wlan.body', body.left);
  } else {
    if (isQos && node.has(2)) {
      const qos = node.peek(0) | (node.peek(1) << 8);
      const field = node.openInto(node.add('wlan.qos', node.at, 2, hex(2)(qos), qos));
      field.add('wlan.qos.tid', node.at, 2, String(qos & 15), qos & 15).bits = 0x0f00;
      field.add('wlan.qos.amsdupresent', node.at, 2, yesNo(qos & 0x80), (qos >> 7) & 1).bits = 0x8000;
      node.at += 2;
      if (second & 0x80) little(node, 'wlan.htc', 4, hex(4));
    }
    if (iv > 0) node.blob('blockscope.wlan.iv', Math.min(iv, Math.max(0, node.left)));
    if (padding > 0 && body.left >= padding) body.blob('blockscope.wlan.padding', padding);
    wlanPayload(body, isEncrypted, isAggregate, (second & 4) !== 0, inside);
  }
  scan.at = Math.max(scan.at, Math.min(scan.end, body.whole));
  if (checksum > 0 && scan.left >= 4) little(scan, 'wlan.fcs', 4, hex(4));
}

function qosAt(bytes: Uint8Array, begin: number, hasFour: boolean): number {
  return bytes[begin + (hasFour ? 30 : 24)]!;
}

function frameControl(node: Scan, first: number, second: number): void {
  const { at } = node;
  if (!node.has(2)) return;
  const kind = ((first >> 2) & 3) * 16 + (first >> 4);
  node.add('wlan.fc.type_subtype', at, 1, WLAN_TYPES[kind] ?? String(kind), kind);
  const control = node.openInto(node.add('wlan.fc', at, 2, hex(2)((first << 8) | second), (first << 8) | second));
  control.bits('wlan.fc.version', at, 1, 0x03);
  control.bits('wlan.fc.type', at, 1, 0x0c);
  control.bits('wlan.fc.subtype', at, 1, 0xf0);
  const flags = control.openInto(control.add('wlan.flags', at + 1, 1, hex(1)(second), second));
  flags.bits('wlan.fc.ds', at + 1, 1, 0x03);
  flags.bits('wlan.fc.frag', at + 1, 1, 0x04, yesNo);
  flags.bits('wlan.fc.retry', at + 1, 1, 0x08, yesNo);
  flags.bits('wlan.fc.pwrmgt', at + 1, 1, 0x10, yesNo);
  flags.bits('wlan.fc.moredata', at + 1, 1, 0x20, yesNo);
  flags.bits('wlan.fc.protected', at + 1, 1, 0x40, yesNo);
  flags.bits('wlan.fc.order', at + 1, 1, 0x80, yesNo);
  node.at += 2;
}

/** Which address is whose: IEEE 802.11-2020 table 9-30. `ds`: to the distribution system, from it. */
function addresses(node: Scan, first: number, ds: number, isAggregate: boolean): void {
  const { at } = node;
  const address = (name: 'wlan.ra' | 'wlan.ta' | 'wlan.da' | 'wlan.sa', place: number): void => {
    if (place + 6 > node.end) return;
    const text = macText(node.bytes, place, place + 6);
    node.add(name, place, 6, text, text);
  };
  const isControl = (first & 0x0c) === 0x04;
  address('wlan.ra', at);
  // An acknowledgement has a receiver only
  if (isControl) return;
  address('wlan.ta', at + 6);
  if (!node.has(20)) return;
  const isToSystem = (ds & 1) !== 0;
  const isFromSystem = (ds & 2) !== 0;
  const third = at + 12;
  // Each part of an aggregate names its own ends
  if (!isToSystem) address('wlan.da', at);
  else if (!isAggregate) address('wlan.da', third);
  if (!isFromSystem) address('wlan.sa', at + 6);
  else if (!isAggregate) address('wlan.sa', isToSystem ? at + 20 : third);
  const sequence = node.peek(18) | (node.peek(19) << 8);
  node.add('wlan.frag', at + 18, 2, String(sequence & 15), sequence & 15).bits = 0x0f00;
  node.add('wlan.seq', at + 18, 2, String(sequence >> 4), sequence >> 4).bits = 0xf0ff;
  node.at = Math.min(node.end, at + (isToSystem && isFromSystem ? 26 : 20));
}

function wlanPayload(body: Scan, isEncrypted: boolean, isAggregate: boolean, isPiece: boolean, inside: Inside): void {
  if (body.left <= 0) return;
  const view = new DataView(body.bytes.buffer, body.bytes.byteOffset, body.bytes.byteLength);
  if (isEncrypted && !isSnap(view, body.at, body.end)) body.blob('blockscope.wlan.encrypted', body.left);
  else if (isPiece) body.blob('blockscope.fragment', body.left);
  else if (!isAggregate) llc(body, inside);
  else {
    while (body.left > 14) {
      const length = body.peek16(12);
      const begin = body.at;
      const part = body.open('wlan_aggregate.a_mdsu.subframe', 14);
      part.text('wlan.da', 6, macText);
      part.text('wlan.sa', 6, macText);
      part.uint('wlan_aggregate.a_mdsu.length', 2);
      const inner = body.within(length);
      llc(inner, inside);
      const end = begin + 14 + length;
      body.at = Math.min(body.end, end + ((begin - end) & 3));
      if (body.full) return;
    }
  }
}

/** IEEE 802.2, with SNAP (RFC 1042) or not. */
function llc(scan: Scan, inside: Inside): void {
  const isWithType = scan.left >= 8 && scan.peek16(0) === 0xaaaa;
  const node = scan.open('llc', isWithType ? 8 : 3);
  node.uint('llc.dsap', 1, hex(1));
  node.uint('llc.ssap', 1, hex(1));
  node.uint('llc.control', 1, hex(1));
  if (!isWithType) {
    inside.data(scan);
    return;
  }
  node.uint('llc.oui', 3, hex(3));
  inside.etherType(scan, node.uint('llc.type', 2, named(ETHERTYPES, 2)));
}

/** RFC 1661 §2. */
export function ppp(scan: Scan, inside: Inside): void {
  const hasAddress = scan.left >= 2 && scan.peek16(0) === 0xff03;
  const head = hasAddress ? 2 : 0;
  const isShort = scan.left > head && (scan.peek(head) & 1) !== 0;
  const node = scan.open('ppp', head + (isShort ? 1 : 2));
  if (hasAddress) {
    node.uint('ppp.address', 1, hex(1));
    node.uint('ppp.control', 1, hex(1));
  }
  pppPayload(scan, node.uint('ppp.protocol', isShort ? 1 : 2, named(PPP_PROTOCOLS, 2)), inside);
}

export function pppPayload(scan: Scan, protocol: number, inside: Inside): void {
  if (protocol === 0x21) inside.etherType(scan, IPV4);
  else if (protocol === 0x57) inside.etherType(scan, IPV6);
  else if (protocol === 0x281 || protocol === 0x283) inside.etherType(scan, MPLS);
  else inside.data(scan);
}

export function ciscoHdlc(scan: Scan, inside: Inside): void {
  const node = scan.open('chdlc', 4);
  node.uint('chdlc.address', 1, hex(1));
  node.uint('chdlc.control', 1, hex(1));
  inside.etherType(scan, node.uint('chdlc.protocol', 2, named(ETHERTYPES, 2)));
}

/** RFC 3032 §2.1, RFC 4385 §3. */
export function mpls(scan: Scan, inside: Inside): void {
  let isLast = false;
  for (let labels = 0; !isLast && labels < MAX_LABELS; labels++) {
    const node = scan.open('mpls', 4);
    if (!node.has(4)) return;
    node.into.value = String(node.bits('mpls.label', node.at, 4, 0xfffff000));
    node.bits('mpls.exp', node.at, 4, 0x00000e00);
    isLast = node.bits('mpls.bottom', node.at, 4, 0x00000100, yesNo) === 1;
    node.bits('mpls.ttl', node.at, 4, 0x000000ff);
  }
  if (scan.left <= 0) return;
  const view = new DataView(scan.bytes.buffer, scan.bytes.byteOffset, scan.bytes.byteLength);
  const ethernet = labelledEthernet(view, scan.at, scan.end, scan.whole - scan.end);
  const version = scan.peek(0) >> 4;
  if (ethernet > scan.at) {
    const node = scan.open('pwethcw', 4);
    node.at += 2;
    node.uint('pweth.cw.sequence_number', 2);
  }
  if (ethernet >= 0) inside.ethernet(scan);
  else if (version === 4) inside.etherType(scan, IPV4);
  else if (version === 6) inside.etherType(scan, IPV6);
  else inside.data(scan);
}

const GRE_FLAGS = [
  ['gre.flags.checksum', 0x8000],
  ['gre.flags.routing', 0x4000],
  ['gre.flags.key', 0x2000],
  ['gre.flags.sequence_number', 0x1000],
  ['gre.flags.version', 0x0007],
] as const;

/** RFC 2784, RFC 2890; version 1: RFC 2637 §4.1. */
export function gre(scan: Scan, inside: Inside): void {
  if (!scan.has(4)) return;
  const flags = scan.peek16(0);
  const version = flags & 7;
  const has = (bit: number): boolean => (flags & bit) !== 0;
  const isOther = version !== 0 || has(0x4000);
  const length = 4 + (has(0xc000) ? 4 : 0) + (has(0x2000) ? 4 : 0) + (has(0x1000) ? 4 : 0);
  const node = scan.open('gre', isOther ? 4 : length);
  const field = node.openInto(node.add('gre.flags_and_version', node.at, 2, hex(2)(flags), flags));
  for (const [name, mask] of GRE_FLAGS) field.bits(name, node.at, 2, mask);
  node.at += 2;
  const type = node.uint('gre.proto', 2, named(ETHERTYPES, 2));
  if (isOther) {
    inside.data(scan);
    return;
  }
  if (has(0x8000)) {
    node.uint('gre.checksum', 2, hex(2));
    node.uint('gre.offset', 2);
  }
  if (has(0x2000)) node.uint('gre.key', 4, hex(4));
  if (has(0x1000)) node.uint('gre.sequence_number', 4);
  if (type === 0x6558) inside.ethernet(scan);
  else if (type === 0x880b) ppp(scan, inside);
  else if (type === 0x8848) inside.etherType(scan, MPLS);
  else if (type === IPV4 || type === IPV6 || type === MPLS) inside.etherType(scan, type);
  else inside.data(scan);
}

/** RFC 7348 §5. */
export function vxlan(scan: Scan, inside: Inside): void {
  const node = scan.open('vxlan', 8);
  node.uint('vxlan.flags', 2, hex(2));
  node.uint('vxlan.gbp', 2);
  node.into.value = String(node.uint('vxlan.vni', 3));
  node.uint('vxlan.reserved8', 1);
  inside.ethernet(scan);
}

/** RFC 4380 §5.1.1. */
export function teredo(scan: Scan, inside: Inside): void {
  const view = new DataView(scan.bytes.buffer, scan.bytes.byteOffset, scan.bytes.byteLength);
  const ip = teredoPayload(view, scan.at, scan.end, scan.whole - scan.end);
  const node = scan.open('teredo', Math.max(0, ip - scan.at));
  if (node.left >= 4 && node.peek16(0) === 1) {
    const [identifier, value] = [node.peek(2), node.peek(3)];
    const part = node.open('teredo.auth', 13 + identifier + value);
    part.at += 2;
    part.uint('teredo.auth.idlen', 1);
    part.uint('teredo.auth.aulen', 1);
    if (identifier > 0) part.blob('teredo.auth.id', identifier);
    if (value > 0) part.blob('teredo.auth.value', value);
    part.blob('teredo.auth.nonce', 8);
    part.blob('teredo.auth.conf', 1);
  }
  if (node.left >= 8) {
    const part = node.open('teredo.orig', 8);
    part.at += 2;
    const port = part.peek16(0) ^ 0xffff;
    part.add('teredo.orig.port', part.at, 2, String(port), port);
    part.at += 2;
    const address = Uint8Array.from(part.bytes.subarray(part.at, part.at + 4), (byte) => byte ^ 0xff);
    part.add('teredo.orig.addr', part.at, 4, ipv4Text(address, 0), ipv4Text(address, 0));
  }
  inside.etherType(scan, IPV6);
}
