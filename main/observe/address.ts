// What an IP address says by itself: which special-use range it is in, whether the Internet could lead to it, and which
// addresses are its neighbours. Ranges are those of the IANA special-purpose registries (RFC 6890), one RFC a row.

import { ipv4Text, ipv6Text } from '../wire/text.ts';

export type AddressUse =
  | 'unspecified'
  | 'this-network'
  | 'private'
  | 'shared'
  | 'loopback'
  | 'link-local'
  | 'protocol-assignment'
  | 'documentation'
  | 'relay-anycast'
  | 'benchmarking'
  | 'multicast'
  | 'reserved'
  | 'broadcast'
  | 'ipv4-mapped'
  | 'translation'
  | 'local-translation'
  | 'discard'
  | 'teredo'
  | 'orchid'
  | '6to4'
  | 'unique-local'
  | 'unallocated';

export interface SpecialRange {
  readonly prefix: string;
  readonly use: AddressUse;
  readonly rfc: string;
}

/** More specific rows stand before those that hold them. */
const SPECIAL_RANGES: readonly SpecialRange[] = [
  { prefix: '0.0.0.0/32', use: 'unspecified', rfc: 'RFC 1122 §3.2.1.3' },
  { prefix: '0.0.0.0/8', use: 'this-network', rfc: 'RFC 791 §3.2' },
  { prefix: '10.0.0.0/8', use: 'private', rfc: 'RFC 1918' },
  { prefix: '100.64.0.0/10', use: 'shared', rfc: 'RFC 6598' },
  { prefix: '127.0.0.0/8', use: 'loopback', rfc: 'RFC 1122 §3.2.1.3' },
  { prefix: '169.254.0.0/16', use: 'link-local', rfc: 'RFC 3927' },
  { prefix: '172.16.0.0/12', use: 'private', rfc: 'RFC 1918' },
  { prefix: '192.0.2.0/24', use: 'documentation', rfc: 'RFC 5737' },
  { prefix: '192.0.0.0/24', use: 'protocol-assignment', rfc: 'RFC 6890 §2.1' },
  { prefix: '192.88.99.0/24', use: 'relay-anycast', rfc: 'RFC 7526' },
  { prefix: '192.168.0.0/16', use: 'private', rfc: 'RFC 1918' },
  { prefix: '198.18.0.0/15', use: 'benchmarking', rfc: 'RFC 2544' },
  { prefix: '198.51.100.0/24', use: 'documentation', rfc: 'RFC 5737' },
  { prefix: '203.0.113.0/24', use: 'documentation', rfc: 'RFC 5737' },
  { prefix: '224.0.0.0/4', use: 'multicast', rfc: 'RFC 5771' },
  { prefix: '255.255.255.255/32', use: 'broadcast', rfc: 'RFC 919 §7' },
  { prefix: '240.0.0.0/4', use: 'reserved', rfc: 'RFC 1112 §4' },
  { prefix: '::/128', use: 'unspecified', rfc: 'RFC 4291 §2.5.2' },
  { prefix: '::1/128', use: 'loopback', rfc: 'RFC 4291 §2.5.3' },
  { prefix: '::ffff:0:0/96', use: 'ipv4-mapped', rfc: 'RFC 4291 §2.5.5.2' },
  { prefix: '64:ff9b::/96', use: 'translation', rfc: 'RFC 6052' },
  { prefix: '64:ff9b:1::/48', use: 'local-translation', rfc: 'RFC 8215' },
  { prefix: '100::/64', use: 'discard', rfc: 'RFC 6666' },
  { prefix: '2001::/32', use: 'teredo', rfc: 'RFC 4380' },
  { prefix: '2001:2::/48', use: 'benchmarking', rfc: 'RFC 5180' },
  { prefix: '2001:20::/28', use: 'orchid', rfc: 'RFC 7343' },
  { prefix: '2001:db8::/32', use: 'documentation', rfc: 'RFC 3849' },
  { prefix: '2001::/23', use: 'protocol-assignment', rfc: 'RFC 2928' },
  { prefix: '2002::/16', use: '6to4', rfc: 'RFC 3056' },
  { prefix: '3fff::/20', use: 'documentation', rfc: 'RFC 9637' },
  { prefix: 'fc00::/7', use: 'unique-local', rfc: 'RFC 4193' },
  { prefix: 'fe80::/10', use: 'link-local', rfc: 'RFC 4291 §2.5.6' },
  { prefix: 'ff00::/8', use: 'multicast', rfc: 'RFC 4291 §2.7' },
];

/** IANA gives out global unicast from 2000::/3 alone (RFC 3587 §3); d0::11 and its like are nobody's. */
const GLOBAL_UNICAST_6 = parsePrefix('2000::/3')!;
const UNALLOCATED: SpecialRange = { prefix: '::/0', use: 'unallocated', rfc: 'RFC 3587 §3' };

/**
 * Uses whose addresses stand for hosts beyond the local network. Documentation and benchmarking ranges are among them:
 * anonymised captures and test networks put them where public addresses were, and nothing else would send to them.
 */
const ACROSS_INTERNET: ReadonlySet<AddressUse> = new Set([
  'documentation',
  'benchmarking',
  'relay-anycast',
  'translation',
  '6to4',
]);

interface Prefix {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

const PARSED_RANGES = SPECIAL_RANGES.map((range) => ({ range, prefix: parsePrefix(range.prefix)! }));

/** Four or sixteen bytes, or null where the text is no address. */
export function parseAddress(text: string): Uint8Array | null {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

/** Detectors ask the same of the same addresses thousands of times. */
export class Remembered<T> {
  readonly #known = new Map<string, T>();
  readonly #find: (address: string) => T;

  constructor(find: (address: string) => T) {
    this.#find = find;
  }

  of(address: string): T {
    const known = this.#known.get(address);
    if (known !== undefined) return known;
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
    const found = this.#find(address);
    this.#known.set(address, found);
    return found;
  }
}

const MAX_REMEMBERED = 8_192;
const RANGES = new Remembered(findRange);
const ACROSS = new Remembered(findAcross);
const BOGUS = new Remembered((address) => parseAddress(address) !== null && !isAcrossInternet(address));
const NEIGHBOURHOODS = new Remembered((address) => prefixOf(address, address.includes(':') ? 48 : 24));

/** The special-use range of an address; null for ordinary ones and for text that is no address. */
export function specialRange(address: string): SpecialRange | null {
  return RANGES.of(address);
}

function findRange(address: string): SpecialRange | null {
  const bytes = parseAddress(address);
  if (bytes === null) return null;
  for (const { range, prefix } of PARSED_RANGES) if (holds(prefix, bytes)) return range;
  return bytes.length === 16 && !holds(GLOBAL_UNICAST_6, bytes) ? UNALLOCATED : null;
}

/** Whether packets to it leave the local network, so that its silence can be somebody else's doing. */
export function isAcrossInternet(address: string): boolean {
  return ACROSS.of(address);
}

function findAcross(address: string): boolean {
  const embedded = embeddedIpv4(address);
  if (embedded !== null) return isAcrossInternet(embedded);
  const range = specialRange(address);
  return parseAddress(address) !== null && (range === null || ACROSS_INTERNET.has(range.use));
}

/** Whether no public server can have it, so that it is no answer to a question about a public name. */
export function isBogusAnswer(address: string): boolean {
  return BOGUS.of(address);
}

/** On somebody's own network: private, shared by a provider's customers, link-local, loopback. */
export function isLocalNetwork(address: string): boolean {
  const use = specialRange(address)?.use;
  return use === 'private' || use === 'shared' || use === 'link-local' || use === 'loopback' || use === 'unique-local';
}

/** The IPv4 address inside an IPv4-mapped (RFC 4291 §2.5.5.2) or NAT64 one with the well-known prefix (RFC 6052 §2.1). */
export function embeddedIpv4(address: string): string | null {
  const use = specialRange(address)?.use;
  return use === 'ipv4-mapped' || use === 'translation' ? ipv4Text(parseAddress(address)!, 12) : null;
}

/** Whether `prefix`, written address/bits, holds the address. */
export function inPrefix(address: string, prefix: string): boolean {
  const bytes = parseAddress(address);
  const parsed = parsePrefix(prefix);
  return bytes !== null && parsed !== null && holds(parsed, bytes);
}

/** The prefix of `bits` bits that holds the address, in its one written form; null where there is none. */
export function prefixOf(address: string, bits: number): string | null {
  const bytes = parseAddress(address);
  if (bytes === null || bits < 0 || bits > bytes.length * 8) return null;
  for (let at = 0; at < bytes.length; at++) bytes[at]! &= maskByte(bits - at * 8);
  return `${bytes.length === 4 ? ipv4Text(bytes, 0) : ipv6Text(bytes, 0)}/${bits}`;
}

/** The smallest prefix that is announced between networks: /24 in IPv4, /48 in IPv6. */
export function neighbourhood(address: string): string | null {
  return NEIGHBOURHOODS.of(address);
}

/** Other addresses of one announced prefix, or the same address twice. */
export function areNeighbours(a: string, b: string): boolean {
  const prefix = neighbourhood(a);
  return prefix !== null && prefix === neighbourhood(b);
}

function parsePrefix(text: string): Prefix | null {
  const slash = text.indexOf('/');
  const bytes = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (bytes === null) return null;
  if (slash < 0) return { bytes, bits: bytes.length * 8 };
  const length = text.slice(slash + 1);
  const bits = /^\d{1,3}$/.test(length) ? Number(length) : -1;
  return bits >= 0 && bits <= bytes.length * 8 ? { bytes, bits } : null;
}

function holds(prefix: Prefix, address: Uint8Array): boolean {
  if (prefix.bytes.length !== address.length) return false;
  for (let at = 0; at * 8 < prefix.bits; at++) {
    if (((prefix.bytes[at]! ^ address[at]!) & maskByte(prefix.bits - at * 8)) !== 0) return false;
  }
  return true;
}

/** Mask of one byte of which the first `bits` count. */
function maskByte(bits: number): number {
  return bits >= 8 ? 0xff : bits <= 0 ? 0 : (0xff00 >> bits) & 0xff;
}

function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split('.', 5);
  if (parts.length !== 4) return null;
  const bytes = new Uint8Array(4);
  for (let at = 0; at < 4; at++) {
    const part = parts[at]!;
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return null;
    bytes[at] = Number(part);
  }
  return bytes;
}

/** RFC 4291 §2.2, with a dotted tail and without a zone. */
function parseIpv6(text: string): Uint8Array | null {
  if (text.length > 45) return null;
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = groupsOf(halves[0]!);
  const tail = halves.length === 2 ? groupsOf(halves[1]!) : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const bytes = new Uint8Array(16);
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  for (let group = 0; group < 8; group++) {
    bytes[2 * group] = groups[group]! >> 8;
    bytes[2 * group + 1] = groups[group]! & 0xff;
  }
  return bytes;
}

function groupsOf(text: string): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':', 9);
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at]!;
    if (at === parts.length - 1 && part.includes('.')) {
      const tail = parseIpv4(part);
      if (tail === null) return null;
      groups.push((tail[0]! << 8) | tail[1]!, (tail[2]! << 8) | tail[3]!);
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return null;
    }
  }
  return groups;
}
