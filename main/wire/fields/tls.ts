// Fields of TLS records (RFC 8446 §5.1) and of the handshake messages that are readable on the wire, as far as they are
// in one frame: a message that goes on in the next segment is shown up to there.

import type { FieldName } from '../../../shared/domain/field-names.ts';
import { printableText } from '../text.ts';
import { isGrease } from '../tls.ts';
import { x509Names } from '../x509-names.ts';
import {
  TLS_ALERT_LEVELS,
  TLS_ALERTS,
  TLS_CONTENT,
  TLS_EXTENSIONS,
  TLS_GROUPS,
  TLS_MESSAGES,
  TLS_SIGNATURES,
  TLS_SUITES,
  TLS_VERSIONS,
} from './codes.ts';
import { named, type Scan } from './scan.ts';

const MAX_RECORD = 16_384 + 2_048;
const MAX_NAMES = 100;
const CONTENT = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;
const MESSAGE = { clientHello: 1, serverHello: 2, certificate: 11 } as const;

/** A record header: known content, a version of TLS, a length that is possible. */
export function looksLikeRecords(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < 5) return false;
  const length = (bytes[at + 3]! << 8) | bytes[at + 4]!;
  return bytes[at]! >= 20 && bytes[at]! <= 24 && bytes[at + 1] === 3 && bytes[at + 2]! <= 4 && isLength(length);
}

const isLength = (length: number): boolean => length > 0 && length <= MAX_RECORD;

/** The record or message goes on in a later segment: neither cut by the capture nor malformed. */
const here = (scan: Scan, length: number): number => (scan.end === scan.whole ? Math.min(length, scan.left) : length);

export function tlsRecords(scan: Scan): void {
  const node = scan.openRest('tls');
  let encrypted = false;
  const seen: string[] = [];
  while (node.left > 0 && !node.full) {
    if (!looksLikeRecords(node.bytes, node.at, node.end)) break;
    const type = node.peek(0);
    const record = node.open('tls.record', 5 + ((node.peek(3) << 8) | node.peek(4)), TLS_CONTENT[type]);
    // RFC 8446 §5.2: what is encrypted calls itself application data, whatever it is
    const isOpaque = type === CONTENT.applicationData && record.isTls13;
    record.uint(isOpaque ? 'tls.record.opaque_type' : 'tls.record.content_type', 1, named(TLS_CONTENT));
    const version = record.uint('tls.record.version', 2, named(TLS_VERSIONS, 2));
    const length = record.uint('tls.record.length', 2);
    if (type === CONTENT.changeCipherSpec) {
      record.blob('tls.change_cipher_spec', record.left);
      encrypted = true;
    } else if (type === CONTENT.alert && length === 2 && !encrypted) alert(record);
    else if (type === CONTENT.handshake && !encrypted && readable(record)) {
      while (record.left >= 4 && !record.full) seen.push(handshake(record, version));
    } else if (type === CONTENT.applicationData && record.left > 0) record.blob('tls.app_data', record.left);
    if (record.left > 0) record.blob('blockscope.tls.encrypted', record.left);
  }
  node.into.value = seen.length > 0 ? seen.join(', ') : (node.into.children?.[0]?.value ?? '');
  if (node.left > 0) node.blob('blockscope.tls.body', node.left);
  scan.close(node);
}

/** Handshake records are encrypted once keys are there; then the first byte is seldom a message's. */
function readable(record: Scan): boolean {
  if (record.left < 4 || TLS_MESSAGES[record.peek(0)] === undefined) return false;
  return record.read(record.at + 1, 3) <= 0x20000;
}

function alert(record: Scan): void {
  const node = record.open('tls.alert_message', record.left);
  node.uint('tls.alert_message.level', 1, named(TLS_ALERT_LEVELS));
  const description = node.uint('tls.alert_message.desc', 1, named(TLS_ALERTS));
  node.into.value = TLS_ALERTS[description] ?? '';
}

/** One message; its name and, of a ClientHello, the name it asks for. `recordVersion`: of the record around it. */
export function handshake(scan: Scan, recordVersion = 0): string {
  const type = scan.peek(0);
  const name = TLS_MESSAGES[type] ?? String(type);
  const node = scan.open('tls.handshake', here(scan, 4 + scan.read(scan.at + 1, 3)), name);
  node.uint('tls.handshake.type', 1, named(TLS_MESSAGES));
  node.uint('tls.handshake.length', 3);
  if (type === MESSAGE.clientHello) hello(node, true);
  else if (type === MESSAGE.serverHello) hello(node, false);
  else if (type === MESSAGE.certificate) certificates(node);
  else if (type === SERVER_KEY_EXCHANGE && recordVersion === 0x0303) keyExchange(node);
  if (node.left > 0) node.blob('blockscope.tls.body', node.left);
  return node.into.value;
}

const SERVER_KEY_EXCHANGE = 12;
const NAMED_CURVE = 3;

/** RFC 8422 §5.4: a curve, a key, and in TLS 1.2 how they are signed. */
function keyExchange(node: Scan): void {
  if (!enough(node, 4) || node.peek(0) !== NAMED_CURVE) return;
  const length = 4 + node.peek(3);
  if (!enough(node, length + 2)) return;
  node.blob('blockscope.tls.body', length);
  node.uint('tls.handshake.sig_hash_alg', 2, grease(TLS_SIGNATURES));
}

const version = named(TLS_VERSIONS, 2);
const grease =
  (names: Readonly<Record<number, string>>) =>
  (code: number): string =>
    isGrease(code) ? `GREASE (0x${code.toString(16)})` : named(names, 2)(code);
const suite = grease(TLS_SUITES);
const group = grease(TLS_GROUPS);
const extensionType = grease(TLS_EXTENSIONS);
const text = (bytes: Uint8Array, at: number, end: number): string => printableText(bytes, at, end, 255);

/** More of the message may be in the next segment, so an end of the bytes is no mistake of the sender. */
function enough(node: Scan, count: number): boolean {
  return node.left >= count && node.has(count);
}

/** RFC 8446 §4.1.2 and §4.1.3. */
function hello(node: Scan, client: boolean): void {
  if (!enough(node, 35)) return;
  node.uint('tls.handshake.version', 2, version);
  node.blob('tls.handshake.random', 32);
  const idLength = node.uint('tls.handshake.session_id_length', 1);
  if (!enough(node, idLength)) return;
  if (idLength > 0) node.blob('tls.handshake.session_id', idLength);
  if (client) {
    if (!enough(node, 2)) return;
    const size = node.uint('tls.handshake.cipher_suites_length', 2);
    if (size > 0) {
      const list = node.open('tls.handshake.ciphersuites', here(node, size), String(size >> 1));
      while (enough(list, 2)) list.uint('tls.handshake.ciphersuite', 2, suite);
    }
    if (!enough(node, 1)) return;
    const methods = node.uint('tls.handshake.comp_methods_length', 1);
    for (let index = 0; index < methods && enough(node, 1); index++) node.uint('tls.handshake.comp_method', 1);
  } else {
    if (!enough(node, 3)) return;
    node.uint('tls.handshake.ciphersuite', 2, suite);
    node.uint('tls.handshake.comp_method', 1);
  }
  if (!enough(node, 2)) return;
  const length = node.uint('tls.handshake.extensions_length', 2);
  const list = node.within(here(node, length));
  let asked: string | null = null;
  while (enough(list, 4)) asked = extension(list, client) ?? asked;
  node.at = list.at;
  if (asked !== null) node.into.value = `${node.into.value}, ${asked}`;
}

/** The server name, where the extension is that. */
function extension(list: Scan, client: boolean): string | null {
  const type = list.peek16(0);
  const node = list.open('blockscope.tls.extension', here(list, 4 + list.peek16(2)), extensionType(type));
  node.uint('tls.handshake.extension.type', 2, extensionType);
  node.uint('tls.handshake.extension.len', 2);
  let asked: string | null = null;
  switch (type) {
    case 0:
      asked = serverName(node);
      break;
    case 10:
      if (enough(node, 2)) {
        node.uint('tls.handshake.extensions_supported_groups_length', 2);
        codes(node, 'tls.handshake.extensions_supported_group', group);
      }
      break;
    case 13:
      if (enough(node, 2)) {
        node.uint('tls.handshake.sig_hash_alg_len', 2);
        codes(node, 'tls.handshake.sig_hash_alg', grease(TLS_SIGNATURES));
      }
      break;
    case 16:
      if (enough(node, 2)) node.uint('tls.handshake.extensions_alpn_len', 2);
      while (enough(node, 1) && enough(node, 1 + node.peek(0)) && node.peek(0) > 0) {
        const length = node.uint('tls.handshake.extensions_alpn_str_len', 1);
        if (length < 0 || node.text('tls.handshake.extensions_alpn_str', length, text) === null) break;
      }
      break;
    case 43:
      if (client && enough(node, 1)) node.uint('tls.handshake.extensions.supported_versions_len', 1);
      if (!client && node.left >= 2 && node.peek16(0) === 0x0304) node.agreeOnTls13();
      codes(node, 'tls.handshake.extensions.supported_version', grease(TLS_VERSIONS));
      break;
    case 51:
      keyShare(node, client);
  }
  if (node.left > 0) node.blob('tls.handshake.extension.data', node.left);
  return asked;
}

function codes(node: Scan, name: FieldName, show: (code: number) => string): void {
  while (enough(node, 2)) node.uint(name, 2, show);
}

/** RFC 6066 §3. */
function serverName(node: Scan): string | null {
  let asked: string | null = null;
  if (enough(node, 2)) node.uint('tls.handshake.extensions_server_name_list_len', 2);
  while (enough(node, 3)) {
    node.uint('tls.handshake.extensions_server_name_type', 1);
    const length = node.uint('tls.handshake.extensions_server_name_len', 2);
    if (length <= 0 || !enough(node, length)) break;
    asked ??= node.text('tls.handshake.extensions_server_name', length, text);
    if (node.into.children!.at(-1)!.name !== 'tls.handshake.extensions_server_name') break;
  }
  return asked;
}

/** RFC 8446 §4.2.8: a list in a ClientHello, one share in a ServerHello, a group alone in a HelloRetryRequest. */
function keyShare(node: Scan, client: boolean): void {
  if (!client && node.left === 2) {
    node.uint('tls.handshake.extensions_key_share_selected_group', 2, group);
    return;
  }
  if (client && enough(node, 2)) node.uint('tls.handshake.extensions_key_share_client_length', 2);
  while (enough(node, 4)) {
    node.uint('tls.handshake.extensions_key_share_group', 2, group);
    const length = node.uint('tls.handshake.extensions_key_share_key_exchange_length', 2);
    if (length <= 0 || !enough(node, length)) return;
    node.blob('tls.handshake.extensions_key_share_key_exchange', length);
  }
}

/** RFC 5246 §7.4.2. TLS 1.3 encrypts it. */
function certificates(node: Scan): void {
  if (!enough(node, 3)) return;
  node.uint('tls.handshake.certificates_length', 3);
  while (enough(node, 3)) {
    const length = node.uint('tls.handshake.certificate_length', 3);
    if (length <= 0 || node.left === 0) return;
    const certificate = node.open('tls.handshake.certificate', here(node, length));
    const names = x509Names(node.bytes, certificate.at, certificate.end);
    if (names === undefined) continue;
    const { at } = certificate;
    const size = certificate.left;
    const subject = names.subjectCommonName ?? names.dnsNames[0] ?? '';
    certificate.into.value = subject;
    if (subject !== '') certificate.add('blockscope.x509.subject', at, size, subject, subject);
    const issuer = names.issuerCommonName ?? names.issuerOrganization;
    if (issuer !== null) certificate.add('blockscope.x509.issuer', at, size, issuer, issuer);
    for (const one of names.dnsNames.slice(0, MAX_NAMES)) certificate.add('blockscope.x509.name', at, size, one, one);
  }
}
