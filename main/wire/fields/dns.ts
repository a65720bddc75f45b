// Fields of a DNS message, RFC 1035 §4, with EDNS (RFC 6891), extended errors (RFC 8914) and SVCB (RFC 9460). Every
// record of every section, where `parseDns` reads what judging needs.

import type { FieldName } from '../../../shared/domain/field-names.ts';
import { DNS_TYPE } from '../dns.ts';
import { ipv4Text, ipv6Text, printableText, readableText } from '../text.ts';
import { DNS_CLASSES, DNS_OPCODES, DNS_RCODES, DNS_TYPES, EDNS_OPTIONS, EXTENDED_ERRORS, SVC_KEYS } from './codes.ts';
import { hex, named, type Scan, yesNo } from './scan.ts';

const MAX_LABELS = 127;
const MAX_POINTERS = 32;
const EDE = 15;

const FLAGS = [
  ['dns.flags.authoritative', 0x0400],
  ['dns.flags.truncated', 0x0200],
  ['dns.flags.recdesired', 0x0100],
  ['dns.flags.recavail', 0x0080],
  ['dns.flags.z', 0x0040],
  ['dns.flags.authenticated', 0x0020],
  ['dns.flags.checkdisable', 0x0010],
] as const;

/** `framed`: behind two bytes of length, as over TCP. Further messages in the segment follow. */
export function dnsFields(scan: Scan, framed: boolean): void {
  if (!framed) {
    message(scan.openRest('dns'), scan);
    return;
  }
  while (scan.left > 0 && scan.has(2)) {
    const length = scan.peek16(0);
    const node = scan.open('dns', 2 + length);
    node.uint('dns.length', 2);
    message(node, null);
  }
}

function message(node: Scan, outer: Scan | null): void {
  const start = node.at;
  const begin = node.uint('dns.id', 2, hex(2));
  if (begin >= 0 && node.has(10)) {
    const flags = node.peek16(0);
    const response = flags >= 0x8000;
    const field = node.openInto(node.add('dns.flags', node.at, 2, hex(2)(flags), flags));
    field.bits('dns.flags.response', node.at, 2, 0x8000, yesNo);
    field.bits('dns.flags.opcode', node.at, 2, 0x7800, named(DNS_OPCODES));
    for (const [name, mask] of FLAGS) field.bits(name, node.at, 2, mask, yesNo);
    const rcode = field.bits('dns.flags.rcode', node.at, 2, 0x000f, named(DNS_RCODES));
    node.at += 2;
    const questions = node.uint('dns.count.queries', 2);
    const answers = node.uint('dns.count.answers', 2);
    const authorities = node.uint('dns.count.auth_rr', 2);
    const additionals = node.uint('dns.count.add_rr', 2);
    let whole = true;
    for (let index = 0; whole && index < questions; index++) whole = question(node, start);
    const sections: readonly (readonly [FieldName, number])[] = [
      ['blockscope.dns.answer', answers],
      ['blockscope.dns.authority', authorities],
      ['blockscope.dns.additional', additionals],
    ];
    for (const [name, count] of sections) {
      for (let index = 0; whole && index < count; index++) whole = record(node, start, name);
    }
    const asked = node.into.children?.find((child) => child.name === 'blockscope.dns.question')?.value;
    node.into.value = [asked, response ? (DNS_RCODES[rcode] ?? String(rcode)) : undefined]
      .filter((part) => part !== undefined)
      .join(', ');
    if (whole && node.left > 0) node.blob('blockscope.dns.trailing', node.left);
  }
  node.at = node.end;
  outer?.close(node);
}

/** A name at `from`, and where it ends; or why it does not read. Compression as in RFC 1035 §4.1.4. */
function nameAt(scan: Scan, start: number, from: number): { text: string; next: number } | 'short' | 'bad' {
  const { bytes, end } = scan;
  let text = '';
  let at = from;
  let next = -1;
  let pointers = 0;
  for (let labels = 0; labels <= MAX_LABELS && at < end; ) {
    const length = bytes[at]!;
    if (length === 0) return { text: text === '' ? '<Root>' : text, next: next < 0 ? at + 1 : next };
    if (length >= 0xc0) {
      if (at + 2 > end) return 'short';
      if (++pointers > MAX_POINTERS) return 'bad';
      if (next < 0) next = at + 2;
      at = start + (((length & 0x3f) << 8) | bytes[at + 1]!);
      continue;
    }
    if (length > 63) return 'bad';
    if (at + 1 + length > end) return 'short';
    const label = printableText(bytes, at + 1, at + 1 + length, 63);
    text = text === '' ? label : `${text}.${label}`;
    at += 1 + length;
    labels++;
  }
  return at < end ? 'bad' : 'short';
}

/** The name as a field; null, and a note, where it does not read. */
function name(scan: Scan, field: FieldName, start: number): string | null {
  const read = nameAt(scan, start, scan.at);
  if (read === 'short' || read === 'bad') {
    if (read === 'bad') scan.note('malformed', scan.left + 1);
    else scan.has(scan.left + 1);
    return null;
  }
  if (scan.full) return null;
  scan.add(field, scan.at, read.next - scan.at, read.text, read.text);
  scan.at = read.next;
  return read.text;
}

function question(node: Scan, start: number): boolean {
  if (!node.has(1)) return false;
  const inner = node.openRest('blockscope.dns.question');
  const asked = name(inner, 'dns.qry.name', start);
  const type = asked === null ? -1 : inner.uint('dns.qry.type', 2, named(DNS_TYPES));
  const read = type >= 0 && inner.uint('dns.qry.class', 2, named(DNS_CLASSES, 2)) >= 0;
  if (type >= 0) inner.into.value = `${asked} ${DNS_TYPES[type] ?? type}`;
  if (!read) inner.at = inner.end;
  node.close(inner);
  return read;
}

function record(node: Scan, start: number, section: FieldName): boolean {
  if (!node.has(1)) return false;
  const inner = node.openRest(section);
  const owner = name(inner, 'dns.resp.name', start);
  const whole = owner !== null && inner.has(10);
  if (whole) {
    const type = inner.uint('dns.resp.type', 2, named(DNS_TYPES));
    inner.into.value = `${owner} ${DNS_TYPES[type] ?? type}`;
    if (type === DNS_TYPE.OPT) {
      inner.uint('dns.rr.udp_payload_size', 2);
      inner.uint('dns.resp.ext_rcode', 1, hex(1));
      inner.uint('dns.resp.edns0_version', 1);
      const flags = inner.openInto(inner.add('dns.resp.z', inner.at, 2, hex(2)(inner.peek16(0)), inner.peek16(0)));
      flags.bits('dns.resp.z.do', inner.at, 2, 0x8000, yesNo);
      inner.at += 2;
    } else {
      inner.uint('dns.resp.class', 2, named(DNS_CLASSES, 2));
      inner.uint('dns.resp.ttl', 4);
    }
    const length = inner.uint('dns.resp.len', 2);
    const there = inner.has(length);
    const body = inner.within(length);
    // RFC 2136 §2.4: in updates a record may stand for its name alone.
    data(body, type, start, there && length > 0);
    if (body.left > 0) body.blob('blockscope.dns.data', body.left);
    inner.at = body.end;
    const shown = inner.into.children!.at(-1)!;
    if (length > 0 && (type === DNS_TYPE.A || type === DNS_TYPE.AAAA || type === DNS_TYPE.CNAME)) {
      inner.into.value += ` ${shown.value}`;
    }
    node.close(inner);
    return there;
  }
  inner.at = inner.end;
  node.close(inner);
  return false;
}

const NAMES: Readonly<Record<number, FieldName>> = {
  [DNS_TYPE.NS]: 'dns.ns',
  [DNS_TYPE.CNAME]: 'dns.cname',
  [DNS_TYPE.DNAME]: 'dns.dname',
  [DNS_TYPE.PTR]: 'dns.ptr.domain_name',
};

function data(body: Scan, type: number, start: number, whole: boolean): void {
  if (!whole) return;
  switch (type) {
    case DNS_TYPE.A:
      if (body.left === 4) body.text('dns.a', 4, ipv4Text);
      else body.note('malformed', 4);
      return;
    case DNS_TYPE.AAAA:
      if (body.left === 16) body.text('dns.aaaa', 16, ipv6Text);
      else body.note('malformed', 16);
      return;
    case DNS_TYPE.NS:
    case DNS_TYPE.CNAME:
    case DNS_TYPE.DNAME:
    case DNS_TYPE.PTR:
      name(body, NAMES[type]!, start);
      return;
    case DNS_TYPE.MX:
      if (body.uint('dns.mx.preference', 2) >= 0) name(body, 'dns.mx.mail_exchange', start);
      return;
    case DNS_TYPE.SRV:
      body.uint('dns.srv.priority', 2);
      body.uint('dns.srv.weight', 2);
      if (body.uint('dns.srv.port', 2) >= 0) name(body, 'dns.srv.target', start);
      return;
    case DNS_TYPE.SOA:
      if (name(body, 'dns.soa.mname', start) === null || name(body, 'dns.soa.rname', start) === null) return;
      body.uint('dns.soa.serial_number', 4);
      body.uint('dns.soa.refresh_interval', 4);
      body.uint('dns.soa.retry_interval', 4);
      body.uint('dns.soa.expire_limit', 4);
      body.uint('dns.soa.minimum_ttl', 4);
      return;
    case DNS_TYPE.TXT:
      while (body.left > 0) {
        const length = body.uint('dns.txt.length', 1);
        if (length < 0 || (length > 0 && body.text('dns.txt', length, plain) === null)) return;
      }
      return;
    case DNS_TYPE.SVCB:
    case DNS_TYPE.HTTPS:
      if (body.uint('dns.svcb.svcpriority', 2) < 0 || name(body, 'dns.svcb.targetname', start) === null) return;
      while (body.left > 0 && body.has(4)) parameter(body);
      return;
    case DNS_TYPE.OPT:
      while (body.left > 0 && body.has(4)) option(body);
  }
}

const plain = (bytes: Uint8Array, at: number, end: number): string => printableText(bytes, at, end, 255);

/** RFC 9460 §2.2. */
function parameter(body: Scan): void {
  const key = body.peek16(0);
  const inner = body.open('dns.svcb.svcparam', 4 + body.peek16(2), SVC_KEYS[key] ?? String(key));
  inner.uint('dns.svcb.svcparam.key', 2, named(SVC_KEYS));
  inner.uint('dns.svcb.svcparam.value.length', 2);
  if (key === 1) {
    while (inner.left > 0) {
      const length = inner.uint('dns.svcb.svcparam.alpn.length', 1);
      if (length < 0 || (length > 0 && inner.text('dns.svcb.svcparam.alpn', length, plain) === null)) return;
    }
  } else if (key === 3 && inner.left === 2) inner.uint('dns.svcb.svcparam.port', 2);
  else if (key === 4) while (inner.left >= 4 && !inner.full) inner.text('dns.svcb.svcparam.ipv4hint.ip', 4, ipv4Text);
  else if (key === 6) while (inner.left >= 16 && !inner.full) inner.text('dns.svcb.svcparam.ipv6hint.ip', 16, ipv6Text);
  else if (key === 5 && inner.left > 0) inner.blob('dns.svcb.svcparam.echconfig', inner.left);
  if (inner.left > 0) inner.blob('dns.svcb.svcparam.value', inner.left);
}

/** RFC 6891 §6.1.2. */
function option(body: Scan): void {
  const code = body.peek16(0);
  const inner = body.open('dns.opt', 4 + body.peek16(2), EDNS_OPTIONS[code] ?? String(code));
  inner.uint('dns.opt.code', 2, named(EDNS_OPTIONS));
  inner.uint('dns.opt.len', 2);
  if (code === EDE && inner.left >= 2) {
    inner.uint('dns.opt.ext_error.info_code', 2, named(EXTENDED_ERRORS));
    const text = (bytes: Uint8Array, at: number, end: number): string => readableText(bytes, at, end, 256);
    if (inner.left > 0) inner.text('dns.opt.ext_error.extra_text', inner.left, text);
  } else if (inner.left > 0) inner.blob('dns.opt.data', inner.left);
}
