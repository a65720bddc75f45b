// DNS messages (RFC 1035 §4) and HTTP/1.1 heads (RFC 9112) as bytes.

import { ascii, concat, u8, u16, u32, vector16 } from './bytes.ts';
import { ipv4Bytes, ipv6Bytes, isV6 } from './packets.ts';

export interface DnsQueryOptions {
  readonly id: number;
  readonly name: string;
  /** 1 is A, 28 AAAA, 65 HTTPS. */
  readonly type?: number;
  /** An OPT record (RFC 6891). */
  readonly edns?: boolean;
  /** RD, as one asks a resolver; on unless said. */
  readonly recursionDesired?: boolean;
}

export interface DnsAnswerOptions extends DnsQueryOptions {
  readonly addresses?: readonly string[];
  readonly cname?: string;
  readonly rcode?: number;
  /** 0x8180 (QR, RD, RA), or 0x8000 where no recursion was desired, unless said; without the rcode. */
  readonly flags?: number;
  readonly recordTtl?: number;
  /** Names of the answers point to the question; on unless said. */
  readonly compressed?: boolean;
  /** Write the question; on unless said. */
  readonly question?: boolean;
  /** The authority section: the servers of a zone. */
  readonly servers?: { readonly zone: string; readonly names: readonly string[] };
  /** The authority section: the zone's SOA record, as denials have it (RFC 2308 §3). */
  readonly startOf?: string;
}

export function dnsName(name: string): Uint8Array {
  const labels = name === '' ? [] : name.split('.');
  return concat(...labels.map((label) => concat(u8(label.length), ascii(label))), u8(0));
}

const opt = (): Uint8Array => concat(u8(0), u16(41), u16(1232), u32(0), u16(0));

export function dnsQuery(options: DnsQueryOptions): Uint8Array {
  const counts = [u16(1), u16(0), u16(0), u16(options.edns ? 1 : 0)];
  const question = concat(dnsName(options.name), u16(options.type ?? 1), u16(1));
  return concat(
    u16(options.id),
    u16(options.recursionDesired === false ? 0 : 0x0100),
    ...counts,
    question,
    ...(options.edns ? [opt()] : []),
  );
}

export function dnsAnswer(options: DnsAnswerOptions): Uint8Array {
  const { addresses = [], cname, recordTtl = 300 } = options;
  const pointer = u16(0xc00c);
  const own = options.compressed === false ? dnsName(options.name) : pointer;
  const record = (owner: Uint8Array, type: number, data: Uint8Array): Uint8Array =>
    concat(owner, u16(type), u16(1), u32(recordTtl), vector16(data));
  const records = cname === undefined ? [] : [record(own, 5, dnsName(cname))];
  const owner = cname === undefined ? own : dnsName(cname);
  for (const address of addresses) {
    records.push(isV6(address) ? record(owner, 28, ipv6Bytes(address)) : record(owner, 1, ipv4Bytes(address)));
  }
  const asked = options.question !== false;
  const { servers, startOf } = options;
  const authority = servers?.names.map((name) => record(dnsName(servers.zone), 2, dnsName(name))) ?? [];
  if (startOf !== undefined)
    authority.push(
      record(dnsName(startOf), 6, concat(dnsName(''), dnsName(''), ...[1, 7200, 3600, 86400, 300].map(u32))),
    );
  return concat(
    u16(options.id),
    u16((options.flags ?? (options.recursionDesired === false ? 0x8000 : 0x8180)) | (options.rcode ?? 0)),
    u16(asked ? 1 : 0),
    u16(records.length),
    u16(authority.length),
    u16(options.edns ? 1 : 0),
    ...(asked ? [dnsName(options.name), u16(options.type ?? 1), u16(1)] : []),
    ...records,
    ...authority,
    ...(options.edns ? [opt()] : []),
  );
}

export interface HttpRequestOptions {
  readonly host?: string | null;
  readonly method?: string;
  readonly target?: string;
}

export function httpRequest(options: HttpRequestOptions): Uint8Array {
  const host = options.host == null ? '' : `Host: ${options.host}\r\n`;
  const head = `${options.method ?? 'GET'} ${options.target ?? '/'} HTTP/1.1\r\n${host}`;
  return ascii(`${head}User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nAccept: */*\r\nConnection: keep-alive\r\n\r\n`);
}

export interface HttpResponseOptions {
  readonly status?: number;
  readonly reason?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export function httpResponse(options: HttpResponseOptions = {}): Uint8Array {
  const { status = 200, reason = 'OK', body = '<!doctype html><title>ok</title>' } = options;
  const fields = {
    Server: 'nginx',
    'Content-Type': 'text/html',
    'Content-Length': `${body.length}`,
    ...options.headers,
  };
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return ascii(`HTTP/1.1 ${status} ${reason}\r\n${head.join('')}\r\n${body}`);
}
