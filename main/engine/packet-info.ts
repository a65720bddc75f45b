// One packet in one line: which protocol it speaks and what it says, in the notation of that protocol. Read from this
// packet alone, for the few rows that are shown.

import { hex } from '../flow/dialogue.ts';
import { isPlausibleDns, parseDns } from '../wire/dns.ts';
import { DNS_RCODES, DNS_TYPES, TLS_ALERTS, WLAN_TYPES } from '../wire/fields/codes.ts';
import { looksLikeHttpRequest, looksLikeHttpResponse, parseRequestHead, parseResponseHead } from '../wire/http.ts';
import { looksLikeQuicLong, parseLongHeader } from '../wire/quic.ts';
import { isDecodeError } from '../wire/result.ts';
import { ipv4Text } from '../wire/text.ts';
import { scanTls } from '../wire/tls.ts';

export interface Said {
  readonly protocol: string;
  readonly info: string;
}

const MAX_INFO = 240;

function short(text: string): string {
  return text.length > MAX_INFO ? `${text.slice(0, MAX_INFO - 1)}…` : text;
}

/** RFC 826, behind whatever header named the type. */
function arp(bytes: Uint8Array, at: number, end: number): string {
  if (end - at < 28 || bytes[at + 4] !== 6 || bytes[at + 5] !== 4) return '';
  const sender = ipv4Text(bytes, at + 14);
  const target = ipv4Text(bytes, at + 24);
  const operation = (bytes[at + 6]! << 8) | bytes[at + 7]!;
  if (operation === 1) return `who-has ${target} tell ${sender}`;
  const address = hex(bytes, at + 8, at + 14).replace(/(..)(?=.)/g, '$1:');
  return operation === 2 ? `${sender} is-at ${address}` : `op ${operation}`;
}

/** Where the frame of IEEE 802.11 begins, or -1 where there is none. */
function wlanAt(bytes: Uint8Array, start: number, end: number, linkType: number): number {
  if (linkType === 105) return start;
  // Radiotap says its length in its third and fourth byte
  return linkType === 127 && end - start >= 8 ? start + (bytes[start + 2]! | (bytes[start + 3]! << 8)) : -1;
}

/** A frame of IEEE 802.11 without a packet that can be read: its kind, and whether that is because it is encrypted. */
function wlan(bytes: Uint8Array, at: number): Said {
  const [first, second] = [bytes[at]!, bytes[at + 1]!];
  const kind = WLAN_TYPES[((first >> 2) & 3) * 16 + (first >> 4)] ?? `type ${first >> 2}`;
  return { protocol: '802.11', info: second & 0x40 ? `${kind}, encrypted` : kind };
}

/** A frame that holds no packet of IP that can be read. */
export function describeFrame(bytes: Uint8Array, start: number, end: number, linkType: number): Said {
  const radio = wlanAt(bytes, start, end, linkType);
  if (radio >= start && radio + 2 <= end) return wlan(bytes, radio);
  let at = linkType === 1 ? start + 12 : linkType === 113 ? start + 14 : -1;
  if (at < 0 || end - at < 2) return { protocol: 'frame', info: `linktype ${linkType}` };
  const u16 = (): number => (bytes[at]! << 8) | bytes[at + 1]!;
  for (let tags = 0; tags < 4 && (u16() === 0x8100 || u16() === 0x88a8) && end - at >= 6; tags++) at += 4;
  const type = u16();
  if (type === 0x0806) return { protocol: 'arp', info: arp(bytes, at + 2, end) };
  if (type < 0x0600) return { protocol: 'llc', info: `length ${type}` };
  return {
    protocol: type === 0x0800 ? 'ip' : type === 0x86dd ? 'ipv6' : 'frame',
    info: `0x${type.toString(16).padStart(4, '0')}`,
  };
}

function dns(bytes: Uint8Array, start: number, end: number): string {
  const message = parseDns(bytes, start, end);
  if (isDecodeError(message)) return '';
  const question =
    message.question === null
      ? ''
      : ` ${DNS_TYPES[message.question.type] ?? `TYPE${message.question.type}`} ${message.question.name}`;
  const id = `0x${message.id.toString(16).padStart(4, '0')}`;
  if (!message.qr) return `query ${id}${question}`;
  const answers = message.answers.map(
    (record) => record.address ?? record.target ?? DNS_TYPES[record.type] ?? `TYPE${record.type}`,
  );
  return `answer ${id}${question} ${DNS_RCODES[message.rcode] ?? `RCODE${message.rcode}`} ${answers.join(' ')}`.trimEnd();
}

const LONG_HEADER: Readonly<Record<string, string>> = {
  initial: 'Initial',
  '0-rtt': '0-RTT',
  handshake: 'Handshake',
  retry: 'Retry',
  'version-negotiation': 'Version Negotiation',
};

export function describeUdp(bytes: Uint8Array, start: number, end: number, isDns: boolean, length: number): Said {
  if (isDns && isPlausibleDns(bytes, start, end)) return { protocol: 'dns', info: short(dns(bytes, start, end)) };
  if (looksLikeQuicLong(bytes, start, end)) {
    const header = parseLongHeader(bytes, start, end);
    const name = isDecodeError(header) ? undefined : LONG_HEADER[header.type];
    if (!isDecodeError(header) && name !== undefined) {
      const to = hex(bytes, header.dcid, Math.min(header.dcid + header.dcidLength, end));
      return { protocol: 'quic', info: `${name} dcid ${to || '-'} length ${length}` };
    }
  }
  return { protocol: 'udp', info: `length ${length}` };
}

/** What the payload of a TCP packet begins with; null where it is nothing that is known. */
export function describeTcpPayload(bytes: Uint8Array, start: number, end: number, isDns: boolean): Said | null {
  if (end <= start) return null;
  if (isDns && end - start > 2 && isPlausibleDns(bytes, start + 2, end)) {
    return { protocol: 'dns', info: short(dns(bytes, start + 2, end)) };
  }
  const type = bytes[start]!;
  if (type >= 20 && type <= 23 && end - start >= 5 && bytes[start + 1] === 3 && bytes[start + 2]! <= 4) {
    return { protocol: 'tls', info: short(tls(bytes, start, end, type)) };
  }
  if (looksLikeHttpRequest(bytes, start, end)) {
    const head = parseRequestHead(bytes, start, end);
    if (typeof head !== 'string') {
      return {
        protocol: 'http',
        info: short(`${head.method} ${head.target}${head.host === null ? '' : ` host ${head.host}`}`),
      };
    }
  }
  if (looksLikeHttpResponse(bytes, start, end)) {
    const head = parseResponseHead(bytes, start, end);
    if (typeof head !== 'string') {
      const location = head.location === null ? '' : ` location ${head.location}`;
      return { protocol: 'http', info: short(`HTTP/${head.version} ${head.status} ${head.reason}${location}`) };
    }
  }
  return null;
}

function tls(bytes: Uint8Array, start: number, end: number, type: number): string {
  if (type === 23) return 'application_data';
  if (type === 20) return 'change_cipher_spec';
  const scan = scanTls(bytes, start, end);
  const said: string[] = [];
  if (scan.clientHello !== null)
    said.push(`client_hello${scan.clientHello.sni === null ? '' : ` sni ${scan.clientHello.sni}`}`);
  if (scan.serverHello !== null)
    said.push(scan.serverHello.isHelloRetryRequest ? 'hello_retry_request' : 'server_hello');
  if (scan.certificateNames !== null) said.push(`certificate ${scan.certificateNames.slice(0, 4).join(' ')}`);
  for (const { level, description } of scan.alerts) {
    said.push(`alert ${level === 2 ? 'fatal' : 'warning'} ${TLS_ALERTS[description] ?? description}`);
  }
  return said.length > 0 ? said.join(', ') : type === 21 ? 'alert' : 'handshake';
}

/** RFC 792 and RFC 4443: type and code, and what they name. */
export function describeIcmp(bytes: Uint8Array, at: number, end: number, v6: boolean): Said {
  const protocol = v6 ? 'icmpv6' : 'icmp';
  if (end - at < 4) return { protocol, info: '' };
  const type = bytes[at]!;
  const code = bytes[at + 1]!;
  if ((v6 ? type === 128 || type === 129 : type === 8 || type === 0) && end - at >= 8) {
    const id = (bytes[at + 4]! << 8) | bytes[at + 5]!;
    const sequence = (bytes[at + 6]! << 8) | bytes[at + 7]!;
    return { protocol, info: `echo ${type === 8 || type === 128 ? 'request' : 'reply'} id ${id} seq ${sequence}` };
  }
  const names: Readonly<Record<number, string>> = v6
    ? {
        1: 'unreachable',
        2: 'packet-too-big',
        3: 'time-exceeded',
        4: 'parameter-problem',
        133: 'router-solicitation',
        134: 'router-advertisement',
        135: 'neighbour-solicitation',
        136: 'neighbour-advertisement',
      }
    : { 3: 'unreachable', 5: 'redirect', 11: 'time-exceeded', 12: 'parameter-problem' };
  return { protocol, info: `${names[type] ?? `type ${type}`} code ${code}` };
}
