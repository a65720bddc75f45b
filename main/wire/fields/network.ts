// Fields of link and network layers: Ethernet with its tags, PPPoE, Linux cooked captures, BSD loopback; IPv4 (RFC 791),
// IPv6 (RFC 8200), ARP (RFC 826), ICMP (RFC 792, RFC 4443) with the packet that it quotes.

import { ipv4Text, ipv6Text } from '../text.ts';
import { isTunnelPort, TEREDO, teredoPayload, vxlanPayload } from '../tunnels.ts';
import {
  ciscoHdlc,
  gre,
  type Inside,
  mpls,
  olderRadio,
  ppp,
  pppPayload,
  radiotap,
  teredo,
  vxlan,
  wlan,
} from './carriers.ts';
import {
  ARP_OPERATIONS,
  ECN,
  ETHERTYPES,
  ICMP_TYPES,
  ICMP_UNREACHABLE,
  ICMP6_TYPES,
  ICMP6_UNREACHABLE,
  IP_OPTIONS,
  IP_PROTOCOLS,
  PPP_PROTOCOLS,
  SLL_TYPES,
} from './codes.ts';
import { hex, macText, named, type Scan, yesNo } from './scan.ts';
import { checksumNote, type Network, pseudoHeader, tcp, udp } from './transport.ts';

export function linkLayer(scan: Scan, linkType: number): void {
  switch (linkType) {
    case 1:
      ethernet(scan);
      return;
    case 113:
      cooked(scan);
      return;
    case 276:
      cooked2(scan);
      return;
    case 0:
    case 108: {
      const node = scan.open('null', 4);
      if (!node.has(4)) return;
      const big = node.read(node.at, 4);
      // Null is written in the byte order of the capturing host, Loop in that of the network.
      const little = ((node.peek(3) << 24) | (node.peek(2) << 16) | (node.peek(1) << 8) | node.peek(0)) >>> 0;
      const family = big > 0xffff ? little : big;
      node.add('null.family', node.at, 4, String(family), family);
      if (family === 2) ipv4(scan);
      else if ([10, 23, 24, 28, 30].includes(family)) ipv6(scan);
      else data(scan);
      return;
    }
    case 9:
      ppp(scan, INSIDE);
      return;
    case 204:
      scan.uint('blockscope.ppp.direction', 1);
      ppp(scan, INSIDE);
      return;
    case 50:
    case 104:
      if (linkType === 104 || (scan.left > 0 && (scan.peek(0) & 0x7f) === 0x0f)) ciscoHdlc(scan, INSIDE);
      else ppp(scan, INSIDE);
      return;
    case 51:
      pppoe(scan);
      return;
    case 105:
      wlan(scan, 0, INSIDE);
      return;
    case 127:
      radiotap(scan, INSIDE);
      return;
    case 119:
    case 163:
      olderRadio(scan, INSIDE);
      return;
    case 12:
    case 14:
    case 101:
      anyIp(scan);
      return;
    case 228:
      ipv4(scan);
      return;
    case 229:
      ipv6(scan);
      return;
    default:
      data(scan);
  }
}

/** Layers of one frame around each other: the tree ends where the fast scan does. */
const INSIDE: Inside = { ethernet, etherType: etherPayload, data };

function anyIp(scan: Scan): void {
  const version = scan.left > 0 ? scan.peek(0) >> 4 : 0;
  if (version === 4) ipv4(scan);
  else if (version === 6) ipv6(scan);
  else data(scan);
}

function data(scan: Scan): void {
  if (scan.left > 0) scan.blob('data.data', scan.left);
}

/** What stands behind the packet: padding up to the least frame of Ethernet, or bytes of a device on the way. */
function trailer(scan: Scan, name: 'eth' | 'sll'): void {
  if (scan.left <= 0) return;
  let zero = true;
  for (let at = scan.at; at < scan.end && zero; at++) zero = scan.bytes[at] === 0;
  if (name === 'eth') scan.blob(zero ? 'eth.padding' : 'eth.trailer', scan.left);
  else scan.blob('sll.trailer', scan.left);
}

function ethernet(scan: Scan): void {
  const node = scan.open('eth', 14);
  const destination = node.text('eth.dst', 6, macText);
  const source = node.text('eth.src', 6, macText);
  if (source !== null) node.into.value = `${source} → ${destination}`;
  if (!node.has(2)) return;
  // IEEE 802.3 §3.2.6: up to 1500 it is a length.
  if (node.peek16(0) <= 1500) {
    const length = node.uint('eth.len', 2);
    data(scan.within(length));
    scan.at = Math.min(scan.end, scan.at + length);
  } else etherPayload(scan, node.uint('eth.type', 2, named(ETHERTYPES, 2)));
  trailer(scan, 'eth');
}

/** LINKTYPE_LINUX_SLL. */
function cooked(scan: Scan): void {
  const node = scan.open('sll', 16);
  node.uint('sll.pkttype', 2, named(SLL_TYPES));
  node.uint('sll.hatype', 2);
  cookedAddress(node);
  const type = node.uint('sll.etype', 2, named(ETHERTYPES, 2));
  if (type >= 0) etherPayload(scan, type);
  trailer(scan, 'sll');
}

/** LINKTYPE_LINUX_SLL2. */
function cooked2(scan: Scan): void {
  const node = scan.open('sll', 20);
  const type = node.uint('sll.etype', 2, named(ETHERTYPES, 2));
  node.blob('sll.unused', 2);
  node.uint('sll.ifindex', 4);
  node.uint('sll.hatype', 2);
  node.uint('sll.pkttype', 1, named(SLL_TYPES));
  const width = node.uint('sll.halen', 1);
  cookedBytes(node, width);
  if (type >= 0 && node.left === 0) etherPayload(scan, type);
  trailer(scan, 'sll');
}

function cookedAddress(node: Scan): void {
  cookedBytes(node, node.uint('sll.halen', 2));
}

/** Eight bytes, of which the address takes the first. */
function cookedBytes(node: Scan, width: number): void {
  if (width < 0) return;
  const used = Math.min(width, 8);
  if (used === 6) node.text('sll.src.eth', 6, macText);
  else if (used > 0) node.blob('sll.src.other', used);
  if (used < 8) node.blob('sll.unused', 8 - used);
}

function etherPayload(scan: Scan, first: number): void {
  let type = first;
  for (let tags = 0; tags < 4 && [0x8100, 0x88a8, 0x9100, 0x9200].includes(type); tags++) {
    const outer = type === 0x88a8;
    const node = scan.open(outer ? 'ieee8021ad' : 'vlan', 4);
    if (!node.has(4)) return;
    if (outer) {
      node.bits('ieee8021ad.priority', node.at, 1, 0xe0);
      node.bits('ieee8021ad.dei', node.at, 1, 0x10, yesNo);
    } else {
      node.bits('vlan.priority', node.at, 2, 0xe000);
      node.bits('vlan.dei', node.at, 2, 0x1000, yesNo);
    }
    const id = node.bits(outer ? 'ieee8021ad.id' : 'vlan.id', node.at, 2, 0x0fff);
    node.into.value = String(id);
    node.at += 2;
    type = node.uint(outer ? 'blockscope.ieee8021ad.type' : 'vlan.etype', 2, named(ETHERTYPES, 2));
  }
  if (type === 0x0800) ipv4(scan);
  else if (type === 0x86dd) ipv6(scan);
  else if (type === 0x0806) arp(scan);
  else if (type === 0x8864) pppoe(scan);
  else if (type === 0x8847 || type === 0x8848) mpls(scan, INSIDE);
  else data(scan);
}

/** RFC 2516 §4. */
function pppoe(scan: Scan): void {
  const node = scan.open('pppoes', 6);
  if (!node.has(6)) return;
  node.bits('pppoe.version', node.at, 1, 0xf0);
  node.bits('pppoe.type', node.at, 1, 0x0f);
  node.at += 1;
  node.uint('pppoe.code', 1, hex(1));
  node.uint('pppoe.session_id', 2, hex(2));
  const length = node.uint('pppoe.payload_length', 2);
  const inner = scan.within(length);
  const ppp = inner.open('ppp', 2);
  const protocol = ppp.uint('ppp.protocol', 2, named(PPP_PROTOCOLS, 2));
  pppPayload(inner, protocol, INSIDE);
  scan.at = Math.min(scan.end, Math.max(inner.at, scan.at + length));
}

function arp(scan: Scan): void {
  if (!scan.has(8)) return;
  const hardware = scan.peek(4);
  const protocol = scan.peek(5);
  const node = scan.open('arp', 8 + 2 * (hardware + protocol));
  node.uint('arp.hw.type', 2);
  node.uint('arp.proto.type', 2, named(ETHERTYPES, 2));
  node.uint('arp.hw.size', 1);
  node.uint('arp.proto.size', 1);
  node.uint('arp.opcode', 2, named(ARP_OPERATIONS));
  if (hardware !== 6 || protocol !== 4) {
    for (const width of [hardware, protocol, hardware, protocol]) {
      if (width > 0 && !node.blob('blockscope.arp.address', width)) return;
    }
    return;
  }
  node.text('arp.src.hw_mac', 6, macText);
  const source = node.text('arp.src.proto_ipv4', 4, ipv4Text);
  node.text('arp.dst.hw_mac', 6, macText);
  const target = node.text('arp.dst.proto_ipv4', 4, ipv4Text);
  if (target !== null) node.into.value = `${source} → ${target}`;
}

/** RFC 791 §3.1. `quoted`: inside an ICMP error, where the length says more than is there. */
function ipv4(scan: Scan, quoted = false): void {
  const begin = scan.at;
  if (!scan.has(1)) return;
  const headerLength = (scan.peek(0) & 15) * 4;
  if (scan.peek(0) >> 4 !== 4 || headerLength < 20) {
    const bad = scan.openRest('ip');
    bad.note('malformed', 20);
    bad.bits('ip.version', begin, 1, 0xf0);
    bad.bits('ip.hdr_len', begin, 1, 0x0f, (words) => String(4 * words));
    bad.at = bad.end;
    scan.close(bad);
    return;
  }
  const node = scan.open('ip', headerLength);
  node.bits('ip.version', begin, 1, 0xf0);
  const lengthNode = node.add('ip.hdr_len', begin, 1, String(headerLength), headerLength);
  lengthNode.bits = 0x0f;
  node.at += 1;
  if (!node.has(1)) return;
  const field = node.add('ip.dsfield', node.at, 1, hex(1)(node.peek(0)), node.peek(0));
  const services = node.openInto(field);
  services.bits('ip.dsfield.dscp', node.at, 1, 0xfc);
  services.bits('ip.dsfield.ecn', node.at, 1, 0x03, named(ECN));
  node.at += 1;
  let total = node.uint('ip.len', 2);
  node.uint('ip.id', 2, (id) => `${hex(2)(id)} (${id})`);
  if (!node.has(2)) return;
  const flags = node.openInto(node.add('ip.flags', node.at, 1, hex(1)(node.peek(0) >> 5), node.peek(0) >> 5));
  flags.into.bits = 0xe0;
  flags.bits('ip.flags.rb', node.at, 1, 0x80, yesNo);
  flags.bits('ip.flags.df', node.at, 1, 0x40, yesNo);
  const more = flags.bits('ip.flags.mf', node.at, 1, 0x20, yesNo);
  const offset = node.masked(node.at, 2, 0x1fff) * 8;
  const offsetNode = node.add('ip.frag_offset', node.at, 2, String(offset), offset / 8);
  offsetNode.bits = 0x1fff;
  node.at += 2;
  node.uint('ip.ttl', 1);
  const protocol = node.uint('ip.proto', 1, named(IP_PROTOCOLS));
  const sumAt = node.at;
  if (node.uint('ip.checksum', 2, hex(2)) >= 0) {
    const sum = node.into.children!.at(-1)!;
    if (begin + headerLength <= scan.end) checksumNote(sum, scan.bytes, begin, begin + headerLength, sumAt, [], quoted);
    else checksumNote(sum, scan.bytes, 0, 0, sumAt, [], true);
  }
  const source = node.text('ip.src', 4, ipv4Text);
  const destination = node.text('ip.dst', 4, ipv4Text);
  if (destination === null) return;
  node.into.value = `${source} → ${destination}`;
  while (node.left > 0 && node.has(1)) ipOption(node);
  if (scan.at < begin + headerLength) return;
  // Segmentation offload writes 0.
  if (total === 0) total = scan.whole - begin;
  if (total < headerLength) {
    node.note('malformed', headerLength, begin + 2);
    return;
  }
  if (!quoted && begin + total > scan.whole) node.note('malformed', total, begin);
  const inner = quoted ? scan.quoted(total - headerLength) : scan.within(total - headerLength);
  const network: Network = {
    addresses: [scan.bytes.subarray(begin + 12, begin + 20)],
    protocol,
    length: total - headerLength,
    fragment: more === 1 || offset > 0,
    unchecked: quoted,
  };
  if (offset > 0) inner.blob('blockscope.fragment', inner.left);
  else transport(inner, protocol, network);
  scan.at = Math.max(scan.at, inner.end);
}

/** RFC 791 §3.1: one byte, or a type, a length that counts both, and data. */
function ipOption(node: Scan): void {
  const type = node.peek(0);
  if (type === 0 || type === 1) {
    const option = node.open('blockscope.ip.option', 1, IP_OPTIONS[type]);
    option.uint('ip.opt.type', 1, named(IP_OPTIONS));
    return;
  }
  const length = node.left > 1 ? node.peek(1) : 2;
  const option = node.open('blockscope.ip.option', Math.max(2, length), IP_OPTIONS[type] ?? String(type));
  option.uint('ip.opt.type', 1, named(IP_OPTIONS));
  option.uint('ip.opt.len', 1);
  if (length < 2) {
    option.note('malformed', 2);
    node.at = node.end;
  } else if (option.left > 0) option.blob('blockscope.ip.option.data', option.left);
}

/** RFC 8200 §3 and §4. */
function ipv6(scan: Scan, quoted = false): void {
  const begin = scan.at;
  const node = scan.open('ipv6', 40);
  if (!node.has(4)) return;
  if (node.bits('ipv6.version', begin, 1, 0xf0) !== 6) node.note('malformed', 40, begin);
  const traffic = node.masked(begin, 4, 0x0ff00000);
  const field = node.add('ipv6.tclass', begin, 4, hex(1)(traffic), traffic);
  field.bits = 0x0ff00000;
  const services = node.openInto(field);
  services.bits('ipv6.tclass.dscp', begin, 4, 0x0fc00000);
  services.bits('ipv6.tclass.ecn', begin, 4, 0x00300000, named(ECN));
  node.bits('ipv6.flow', begin + 1, 3, 0x0fffff, (label) => `0x${label.toString(16).padStart(5, '0')}`);
  node.at += 4;
  let length = node.uint('ipv6.plen', 2);
  let next = node.uint('ipv6.nxt', 1, named(IP_PROTOCOLS));
  node.uint('ipv6.hlim', 1);
  const source = node.text('ipv6.src', 16, ipv6Text);
  const destination = node.text('ipv6.dst', 16, ipv6Text);
  if (destination === null) return;
  node.into.value = `${source} → ${destination}`;
  // 0: jumbogram (RFC 2675) or segmentation offload
  if (length === 0) length = scan.whole - scan.at;
  if (!quoted && scan.at + length > scan.whole) node.note('malformed', length, scan.at);
  const inner = quoted ? scan.quoted(length) : scan.within(length);
  let piece = false;
  let unchecked = quoted;
  const first = inner.at;
  for (let headers = 0; headers < 16; headers++) {
    if (next === 44) {
      const fragment = inner.open('ipv6.fraghdr', 8);
      if (!fragment.has(8)) return;
      const at = fragment.at;
      next = fragment.uint('ipv6.fraghdr.nxt', 1, named(IP_PROTOCOLS));
      fragment.uint('ipv6.fraghdr.reserved_octet', 1, hex(1));
      const offset = fragment.masked(at + 2, 2, 0xfff8);
      const offsetNode = fragment.add('ipv6.fraghdr.offset', at + 2, 2, String(8 * offset), offset);
      offsetNode.bits = 0xfff8;
      fragment.bits('ipv6.fraghdr.reserved_bits', at + 2, 2, 0x0006);
      const more = fragment.bits('ipv6.fraghdr.more', at + 2, 2, 0x0001, yesNo);
      fragment.at += 2;
      fragment.uint('ipv6.fraghdr.ident', 4, hex(4));
      if (offset > 0 || more === 1) piece = true;
      if (offset > 0) {
        if (inner.left > 0) inner.blob('blockscope.fragment', inner.left);
        scan.at = Math.max(scan.at, inner.end);
        return;
      }
    } else if (
      next === 0 ||
      next === 43 ||
      next === 60 ||
      next === 51 ||
      next === 135 ||
      next === 139 ||
      next === 140
    ) {
      if (!inner.has(8)) return;
      const octets = next === 51 ? (inner.peek(1) + 2) * 4 : (inner.peek(1) + 1) * 8;
      // The sum is over the last destination, which the header names (RFC 8200 §8.1).
      if (next === 43 && inner.peek(3) > 0) unchecked = true;
      next = extension(inner.open(EXTENSIONS[next] ?? 'blockscope.ipv6.extension', octets), next);
    } else break;
  }
  const network: Network = {
    addresses: [scan.bytes.subarray(begin + 8, begin + 40)],
    protocol: next,
    length: length - (inner.at - first),
    fragment: piece,
    unchecked,
  };
  transport(inner, next, network);
  scan.at = Math.max(scan.at, inner.end);
}

const EXTENSIONS: Readonly<Record<number, 'ipv6.hopopts' | 'ipv6.routing' | 'ipv6.dstopts'>> = {
  0: 'ipv6.hopopts',
  43: 'ipv6.routing',
  60: 'ipv6.dstopts',
};

function extension(header: Scan, kind: number): number {
  const name = EXTENSIONS[kind];
  if (name === undefined) {
    const next = header.peek(0);
    header.blob('blockscope.ipv6.extension.data', header.left);
    return next;
  }
  const next = header.uint(`${name}.nxt`, 1, named(IP_PROTOCOLS));
  header.uint(`${name}.len`, 1);
  if (name === 'ipv6.routing') {
    header.uint('ipv6.routing.type', 1);
    header.uint('ipv6.routing.segleft', 1);
    if (header.left > 0) header.blob('blockscope.ipv6.extension.data', header.left);
    return next;
  }
  // Options, RFC 8200 §4.2: a zero byte alone, else type, length and data
  while (header.left > 0 && header.has(1)) {
    if (header.peek(0) === 0) {
      header.open('ipv6.opt', 1, 'Pad1').uint('ipv6.opt.type', 1);
      continue;
    }
    if (!header.has(2)) break;
    const option = header.open('ipv6.opt', 2 + header.peek(1));
    option.uint('ipv6.opt.type', 1);
    option.uint('ipv6.opt.length', 1);
    if (option.left > 0) option.blob('blockscope.ipv6.extension.data', option.left);
  }
  return next;
}

function transport(scan: Scan, protocol: number, network: Network): void {
  switch (protocol) {
    case 6:
      tcp(scan, network);
      return;
    case 17:
      udp(scan, network, tunnelled);
      return;
    case 1:
      icmp(scan, network);
      return;
    case 58:
      icmp6(scan, network);
      return;
    case 4:
      ipv4(scan);
      return;
    case 41:
      ipv6(scan);
      return;
    case 47:
      gre(scan, INSIDE);
      return;
    case 137:
      mpls(scan, INSIDE);
      return;
    default:
      data(scan);
  }
}

/** Reads what a datagram carries where that is a packet; the ports only say what to look for. */
function tunnelled(scan: Scan, source: number, destination: number): boolean {
  if (!isTunnelPort(destination) && source !== TEREDO) return false;
  const view = new DataView(scan.bytes.buffer, scan.bytes.byteOffset, scan.bytes.byteLength);
  const missing = scan.whole - scan.end;
  if (source === TEREDO || destination === TEREDO) {
    if (teredoPayload(view, scan.at, scan.end, missing) < 0) return false;
    teredo(scan, INSIDE);
  } else {
    if (vxlanPayload(view, scan.at, scan.end, missing) < 0) return false;
    vxlan(scan, INSIDE);
  }
  return true;
}

/** RFC 792. */
function icmp(scan: Scan, network: Network): void {
  const begin = scan.at;
  const node = scan.openRest('icmp');
  const type = node.uint('icmp.type', 1, named(ICMP_TYPES));
  const code = node.uint('icmp.code', 1, type === 3 ? named(ICMP_UNREACHABLE) : String);
  if (node.uint('icmp.checksum', 2, hex(2)) >= 0) {
    const sum = node.into.children!.at(-1)!;
    checksumNote(
      sum,
      scan.bytes,
      begin,
      scan.end,
      begin + 2,
      [],
      network.fragment || network.unchecked || scan.end < scan.whole,
    );
  }
  node.into.value = [ICMP_TYPES[type] ?? String(type), type === 3 ? ICMP_UNREACHABLE[code] : undefined]
    .filter((part) => part !== undefined)
    .join(': ');
  if (type === 0 || type === 8 || type === 13 || type === 14) {
    node.uint('icmp.ident', 2, hex(2));
    node.uint('icmp.seq', 2);
    data(node);
  } else if (type === 3 || type === 4 || type === 5 || type === 11 || type === 12) {
    let header: boolean;
    if (type === 3 && code === 4) header = node.blob('icmp.unused', 2) && node.uint('icmp.mtu', 2) >= 0;
    else if (type === 5) header = node.text('icmp.redir_gw', 4, ipv4Text) !== null;
    else header = node.blob('icmp.unused', 4);
    if (header && node.left > 0) ipv4(node, true);
    data(node);
  } else data(node);
  node.at = node.end;
  scan.close(node);
}

/** RFC 4443. */
function icmp6(scan: Scan, network: Network): void {
  const begin = scan.at;
  const node = scan.openRest('icmpv6');
  const type = node.uint('icmpv6.type', 1, named(ICMP6_TYPES));
  const code = node.uint('icmpv6.code', 1, type === 1 ? named(ICMP6_UNREACHABLE) : String);
  if (node.uint('icmpv6.checksum', 2, hex(2)) >= 0) {
    const sum = node.into.children!.at(-1)!;
    const pseudo = pseudoHeader(network);
    checksumNote(
      sum,
      scan.bytes,
      begin,
      scan.end,
      begin + 2,
      pseudo,
      network.fragment || network.unchecked || scan.end < scan.whole,
    );
  }
  node.into.value = [ICMP6_TYPES[type] ?? String(type), type === 1 ? ICMP6_UNREACHABLE[code] : undefined]
    .filter((part) => part !== undefined)
    .join(': ');
  if (type === 128 || type === 129) {
    node.uint('icmpv6.echo.identifier', 2, hex(2));
    node.uint('icmpv6.echo.sequence_number', 2);
  } else if (type >= 1 && type <= 4) {
    let header: boolean;
    if (type === 2) header = node.uint('icmpv6.mtu', 4) >= 0;
    else if (type === 4) header = node.uint('icmpv6.pointer', 4) >= 0;
    else header = node.blob('icmpv6.reserved', 4);
    if (header && node.left > 0) ipv6(node, true);
  } else if (type === 135 || type === 136) {
    node.blob('icmpv6.reserved', 4);
    node.text(type === 135 ? 'icmpv6.nd.ns.target_address' : 'icmpv6.nd.na.target_address', 16, ipv6Text);
  }
  data(node);
  node.at = node.end;
  scan.close(node);
}
