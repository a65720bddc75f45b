// The Internet checksum (RFC 1071) of IP, TCP, UDP and ICMP. Bytes that were not captured count as zero.

import { PROTOCOL } from '../wire/packet.ts';
import type { Layout } from './layout.ts';

function sum(bytes: Uint8Array, from: number, to: number, start = 0): number {
  let total = start;
  let at = from;
  for (; at + 1 < to; at += 2) total += (bytes[at]! << 8) | bytes[at + 1]!;
  if (at < to) total += bytes[at]! << 8;
  return total;
}

function folded(total: number): number {
  while (total > 0xffff) total = (total & 0xffff) + Math.floor(total / 0x10000);
  return ~total & 0xffff;
}

function put(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8;
  bytes[at + 1] = value & 255;
}

/** What was true of a checksum in the original; `cut` where not all it covers was captured. */
export type Validity = 'valid' | 'invalid' | 'absent' | 'cut';

export function ipValidity(bytes: Uint8Array, layout: Layout): Validity {
  if (layout.v6) return 'absent';
  const end = layout.ip + (bytes[layout.ip]! & 15) * 4;
  return folded(sum(bytes, layout.ip, end)) === 0 ? 'valid' : 'invalid';
}

export function setIpChecksum(bytes: Uint8Array, ip: number): void {
  put(bytes, ip + 10, 0);
  put(bytes, ip + 10, folded(sum(bytes, ip, ip + (bytes[ip]! & 15) * 4)));
}

/** Offset of the transport's checksum, or -1. */
export function checksumAt(layout: Layout): number {
  if (layout.fragment) return -1;
  switch (layout.protocol) {
    case PROTOCOL.tcp:
      return layout.transport + 16;
    case PROTOCOL.udp:
      return layout.transport + 6;
    case PROTOCOL.icmp:
    case PROTOCOL.icmp6:
      return layout.transport + 2;
    default:
      return -1;
  }
}

/** Of the whole datagram, which had `length` bytes behind the IP header. */
function transportSum(bytes: Uint8Array, layout: Layout, length: number): number {
  let total = 0;
  if (layout.protocol !== PROTOCOL.icmp) {
    const from = layout.v6 ? layout.ip + 8 : layout.ip + 12;
    total = sum(bytes, from, from + (layout.v6 ? 32 : 8)) + layout.protocol + (length >>> 16) + (length & 0xffff);
  }
  return folded(sum(bytes, layout.transport, layout.end, total));
}

export function transportValidity(bytes: Uint8Array, layout: Layout): Validity {
  const at = checksumAt(layout);
  if (at < 0 || at + 2 > layout.end) return 'cut';
  const isZero = bytes[at] === 0 && bytes[at + 1] === 0;
  if (layout.protocol === PROTOCOL.udp && isZero && !layout.v6) return 'absent';
  if (layout.missing > 0) return 'cut';
  return transportSum(bytes, layout, layout.end - layout.transport) === 0 ? 'valid' : 'invalid';
}

/** `length`: bytes behind the IP header that the packet had. */
export function setTransportChecksum(bytes: Uint8Array, layout: Layout, length: number): void {
  const at = checksumAt(layout);
  if (at < 0 || at + 2 > layout.end) return;
  put(bytes, at, 0);
  const value = transportSum(bytes, layout, length);
  put(bytes, at, layout.protocol === PROTOCOL.udp && value === 0 ? 0xffff : value);
}
