// Fields of TCP (RFC 9293) and UDP (RFC 768), and the choice of what is above them: by what the bytes look like, since
// one frame says nothing of the connection it belongs to.

import type { FieldNode } from '../../../shared/contract/fields.ts';
import { isPlausibleDns } from '../dns.ts';
import { looksLikeHttpRequest, looksLikeHttpResponse } from '../http.ts';
import { classifyFirstPayload } from '../mtproto.ts';
import { TCP_OPTIONS } from './codes.ts';
import { dnsFields } from './dns.ts';
import { httpFields } from './http.ts';
import { looksLikeQuic, quicFields } from './quic.ts';
import { hex, named, type Scan, yesNo } from './scan.ts';
import { looksLikeRecords, tlsRecords } from './tls.ts';

export interface Network {
  /** Of both endpoints, as they stand in the header. */
  readonly addresses: readonly Uint8Array[];
  readonly protocol: number;
  /** Of the transport header and what it carries, as the network layer says. */
  readonly length: number;
  /** Only a part of it is here. */
  readonly fragment: boolean;
  /** Quoted in an ICMP error, or routed on the way to another destination: sums cannot be checked. */
  readonly unchecked: boolean;
}

export function pseudoHeader(network: Network): readonly Uint8Array[] {
  const { length, protocol, addresses } = network;
  return [...addresses, Uint8Array.of(length >>> 24, length >>> 16, length >>> 8, length, 0, 0, 0, protocol)];
}

/** RFC 1071, over parts of which only the last may have an odd length. */
function onesSum(parts: readonly Uint8Array[], start: number, end: number, from: number): number {
  let sum = start;
  for (const part of parts) {
    const last = part === parts.at(-1);
    const begin = last ? from : 0;
    const stop = last ? end : part.length;
    for (let at = begin; at < stop; at += 2) sum += (part[at]! << 8) | (at + 1 < stop ? part[at + 1]! : 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return sum;
}

/** Says of a checksum whether it is right. The sum is over [start, end) with the field itself, at `sumAt`, left out. */
export function checksumNote(
  node: FieldNode,
  bytes: Uint8Array,
  start: number,
  end: number,
  sumAt: number,
  pseudo: readonly Uint8Array[],
  unchecked: boolean,
): void {
  if (unchecked) {
    node.note = { kind: 'checksum', params: { state: 'unchecked' } };
    return;
  }
  const found = (bytes[sumAt]! << 8) | bytes[sumAt + 1]!;
  const all = onesSum([...pseudo, bytes], 0, end, start);
  // All sums to ffff where it is right (RFC 1071 §1).
  if (all === 0xffff) {
    node.note = { kind: 'checksum', params: { state: 'valid' } };
    return;
  }
  const partial = pseudo.length === 0 ? -1 : onesSum([...pseudo, new Uint8Array(0)], 0, 0, 0);
  if (found === partial) {
    node.note = { kind: 'checksum', params: { state: 'offloaded' } };
    return;
  }
  const without = onesSum([...pseudo, bytes], 0xffff - found, end, start);
  node.note = { kind: 'checksum', params: { state: 'wrong', expected: hex(2)(0xffff - without) } };
}

const FLAG_LETTERS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR', 'AE'];

function flagText(flags: number): string {
  const set = FLAG_LETTERS.filter((_, bit) => flags & (1 << bit));
  return set.length === 0 ? 'none' : set.join(', ');
}

const TCP_FLAG_BITS = [
  ['tcp.flags.cwr', 0x80],
  ['tcp.flags.ece', 0x40],
  ['tcp.flags.urg', 0x20],
  ['tcp.flags.ack', 0x10],
  ['tcp.flags.push', 0x08],
  ['tcp.flags.reset', 0x04],
  ['tcp.flags.syn', 0x02],
  ['tcp.flags.fin', 0x01],
] as const;

export function tcp(scan: Scan, network: Network): void {
  const begin = scan.at;
  const declared = scan.left > 12 ? (scan.peek(12) >> 4) * 4 : 20;
  const node = scan.open('tcp', Math.max(declared, 20));
  const source = node.uint('tcp.srcport', 2);
  const destination = node.uint('tcp.dstport', 2);
  node.uint('tcp.seq_raw', 4);
  node.uint('tcp.ack_raw', 4);
  if (!node.has(2)) return;
  if (declared < 20) node.note('malformed', 20, begin + 12);
  node.add('tcp.hdr_len', node.at, 1, String(declared), declared).bits = 0xf0;
  const flags = node.masked(node.at, 2, 0x0fff);
  const field = node.add(
    'tcp.flags',
    node.at,
    2,
    `${flagText(flags)} (0x${flags.toString(16).padStart(3, '0')})`,
    flags,
  );
  field.bits = 0x0fff;
  const inner = node.openInto(field);
  inner.add('tcp.flags.res', node.at, 1, yesNo(flags & 0xe00), flags & 0xe00 ? 1 : 0).bits = 0x0e;
  inner.bits('tcp.flags.ae', node.at, 1, 0x01, yesNo);
  for (const [name, mask] of TCP_FLAG_BITS) inner.bits(name, node.at + 1, 1, mask, yesNo);
  node.into.value = `${source} → ${destination}, ${flagText(flags)}`;
  node.at += 2;
  node.uint('tcp.window_size_value', 2);
  const sumAt = node.at;
  if (node.uint('tcp.checksum', 2, hex(2)) >= 0) {
    const unchecked = network.fragment || network.unchecked || scan.end < scan.whole;
    checksumNote(node.into.children!.at(-1)!, scan.bytes, begin, scan.end, sumAt, pseudoHeader(network), unchecked);
  }
  node.uint('tcp.urgent_pointer', 2);
  if (declared > 20 && node.left > 0) tcpOptions(node.open('tcp.options', declared - 20));
  if (scan.left <= 0) return;
  if (network.fragment) scan.blob('blockscope.fragment', scan.left);
  else tcpPayload(scan.segment(), source, destination);
}

function tcpOptions(list: Scan): void {
  while (list.left > 0 && list.has(1)) {
    const kind = list.peek(0);
    if (kind === 0 || kind === 1) {
      list.open('blockscope.tcp.option', 1, TCP_OPTIONS[kind]).uint('tcp.option_kind', 1, named(TCP_OPTIONS));
      continue;
    }
    const length = list.left > 1 ? list.peek(1) : 2;
    const option = list.open('blockscope.tcp.option', Math.max(2, length), TCP_OPTIONS[kind] ?? String(kind));
    option.uint('tcp.option_kind', 1, named(TCP_OPTIONS));
    option.uint('tcp.option_len', 1);
    if (length < 2) {
      option.note('malformed', 2);
      list.at = list.end;
      return;
    }
    if (kind === 2 && length === 4) option.uint('tcp.options.mss_val', 2);
    else if (kind === 3 && length === 3) option.uint('tcp.options.wscale.shift', 1);
    else if (kind === 5) {
      while (option.left >= 8) {
        option.uint('tcp.options.sack_le', 4);
        option.uint('tcp.options.sack_re', 4);
        if (option.full) break;
      }
    } else if (kind === 8 && length === 10) {
      option.uint('tcp.options.timestamp.tsval', 4);
      option.uint('tcp.options.timestamp.tsecr', 4);
    } else if (kind === 19 && length === 18) option.blob('tcp.options.md5.digest', 16);
    else if (kind === 34 && option.left > 0) option.blob('tcp.options.tfo.cookie', option.left);
    if (option.left > 0) option.blob('blockscope.tcp.option.data', option.left);
  }
}

const DNS_PORTS = [53, 5353, 5355];

function tcpPayload(scan: Scan, source: number, destination: number): void {
  const { bytes, at, end } = scan;
  const domain = (source === 53 || destination === 53) && scan.left >= 14;
  if (looksLikeRecords(bytes, at, end)) tlsRecords(scan);
  else if (end - at >= 4 && looksLikeHttpRequest(bytes, at, end)) httpFields(scan, true);
  else if (end - at >= 4 && looksLikeHttpResponse(bytes, at, end)) httpFields(scan, false);
  // RFC 1035 §4.2.2: behind two bytes of length
  else if (domain && isPlausibleDns(bytes, at + 2, end)) dnsFields(scan, true);
  else unknown(scan);
}

function unknown(scan: Scan): void {
  const kind = classifyFirstPayload(scan.bytes, scan.at, scan.end);
  if (kind === 'intermediate' || kind === 'padded-intermediate') {
    const node = scan.openRest('blockscope.mtproto', kind);
    node.blob('blockscope.mtproto.tag', 4, kind);
    if (node.left > 0) node.blob('tcp.payload', node.left);
    scan.close(node);
    return;
  }
  scan.blob('tcp.payload', scan.left);
}

/** `tunnelled`: reads the payload where it is a packet in a packet; false where it is not. */
export function udp(
  scan: Scan,
  network: Network,
  tunnelled: (scan: Scan, source: number, destination: number) => boolean,
): void {
  const begin = scan.at;
  const node = scan.open('udp', 8);
  const source = node.uint('udp.srcport', 2);
  const destination = node.uint('udp.dstport', 2);
  let length = node.uint('udp.length', 2);
  if (length < 0) return;
  node.into.value = `${source} → ${destination}`;
  if (length === 0) length = network.length;
  if (length < 8 || (!network.fragment && length > network.length))
    node.note('malformed', Math.max(8, length), begin + 4);
  const inner = scan.within(Math.max(8, length) - 8);
  if (node.uint('udp.checksum', 2, hex(2)) >= 0) {
    const sum = node.into.children!.at(-1)!;
    if (sum.raw === 0) sum.note = { kind: 'checksum', params: { state: 'absent' } };
    else {
      const unchecked = network.fragment || network.unchecked || inner.end < inner.whole || length < 8;
      const pseudo = pseudoHeader({ ...network, length });
      checksumNote(sum, scan.bytes, begin, inner.end, begin + 6, pseudo, unchecked);
    }
  }
  if (scan.at < begin + 8 || inner.left <= 0) return;
  const { bytes, at, end } = inner;
  const dns = DNS_PORTS.includes(source) || DNS_PORTS.includes(destination);
  // Multicast DNS asks several questions at once (RFC 6762 §5.3).
  const multicast = (source === 5353 || destination === 5353) && end - at >= 12;
  if (network.fragment) inner.blob('blockscope.fragment', inner.left);
  else if (tunnelled(inner, source, destination)) return;
  else if (multicast || (dns && isPlausibleDns(bytes, at, end))) dnsFields(inner, false);
  else if (looksLikeQuic(bytes, at, end)) quicFields(inner);
  else inner.blob('udp.payload', inner.left);
}
