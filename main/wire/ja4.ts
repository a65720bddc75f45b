// JA4, the fingerprint of a ClientHello (FoxIO, "JA4: TLS Client Fingerprinting", the part under the BSD licence), and a
// cheap key for telling hellos apart before it is worth computing.

import { sha256 } from './sha256.ts';
import { type ClientHello, isGrease } from './tls.ts';

const SERVER_NAME = 0;
const ALPN = 16;

/** A fingerprint is asked for again and again: a network has some hundred kinds of client. */
const MAX_REMEMBERED = 1024;
const remembered = new Map<string, string>();

/** Mixes 32 bits (the finaliser of MurmurHash3), so that a sum of them depends on every one. */
function mix(value: number): number {
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/**
 * 53 bits of everything that JA4 depends on, whatever the order of cipher suites and extensions, which browsers shuffle.
 * Two hellos made on purpose can collide; whoever wants another client's fingerprint can as well imitate its hello.
 */
export function fingerprintKey(hello: ClientHello): number {
  let low = mix(hello.alpnEnds ^ 0x5bd1e995);
  let high = mix(tlsVersion(hello) ^ 0x1b873593);
  const add = (code: number, kind: number): void => {
    if (isGrease(code)) return;
    low = (low + mix(code | kind)) >>> 0;
    high = (high + mix(code ^ kind ^ 0x3c6ef372)) >>> 0;
  };
  for (const code of hello.cipherSuites) add(code, 0x10000);
  for (const code of hello.extensions) add(code, 0x20000);
  // The order of signature algorithms counts.
  let order = 0x30000;
  for (const code of hello.signatureAlgorithms) {
    if (isGrease(code)) continue;
    order = mix(order ^ code);
    low = (low + order) >>> 0;
    high = (high ^ order) >>> 0;
  }
  return (high & 0x1fffff) * 0x1_0000_0000 + low;
}

/** The highest version offered, RFC 8446 §4.2.1; without the extension the one in the old field. */
function tlsVersion(hello: ClientHello): number {
  let highest = -1;
  for (const version of hello.supportedVersions) if (!isGrease(version) && version > highest) highest = version;
  return highest < 0 ? hello.legacyVersion : highest;
}

function versionText(version: number): string {
  switch (version) {
    case 0x0304:
      return '13';
    case 0x0303:
      return '12';
    case 0x0302:
      return '11';
    case 0x0301:
      return '10';
    case 0x0300:
      return 's3';
    case 0x0002:
      return 's2';
    default:
      return '00';
  }
}

const hex4 = (code: number): string => code.toString(16).padStart(4, '0');
const count2 = (count: number): string => String(Math.min(count, 99)).padStart(2, '0');

function isAlphanumeric(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
}

/** First and last character of the first ALPN value; of its hexadecimal form where one is not alphanumeric. */
function alpnText(ends: number): string {
  if (ends < 0) return '00';
  const first = ends >> 8;
  const last = ends & 0xff;
  if (isAlphanumeric(first) && isAlphanumeric(last)) return String.fromCharCode(first, last);
  return (first >> 4).toString(16) + (last & 15).toString(16);
}

/** First 12 hexadecimal digits of the SHA-256. */
function digest(text: string): string {
  const bytes = sha256(Uint8Array.from(text, (character) => character.charCodeAt(0)));
  let hex = '';
  for (let index = 0; index < 6; index++) hex += bytes[index]!.toString(16).padStart(2, '0');
  return hex;
}

const NOTHING = '000000000000';

function compute(hello: ClientHello, transport: 't' | 'q'): string {
  const ciphers = hello.cipherSuites.filter((code) => !isGrease(code));
  const extensions = hello.extensions.filter((code) => !isGrease(code));
  const name = extensions.includes(SERVER_NAME) ? 'd' : 'i';
  const version = versionText(tlsVersion(hello));
  const counts = count2(ciphers.length) + count2(extensions.length);
  const listed = extensions.filter((code) => code !== SERVER_NAME && code !== ALPN).map(hex4);
  const algorithms = hello.signatureAlgorithms.filter((code) => !isGrease(code)).map(hex4);
  const tail = algorithms.length > 0 ? `_${algorithms.join(',')}` : '';
  const cipherHash = ciphers.length === 0 ? NOTHING : digest(ciphers.map(hex4).sort().join(','));
  const extensionHash = extensions.length === 0 ? NOTHING : digest(listed.sort().join(',') + tail);
  return `${transport}${version}${name}${counts}${alpnText(hello.alpnEnds)}_${cipherHash}_${extensionHash}`;
}

/** The fingerprint of a hello over TCP (`t`) or QUIC (`q`). Of a truncated hello it would mislead: the caller sees to it. */
export function ja4(hello: ClientHello, transport: 't' | 'q'): string {
  const key = transport + fingerprintKey(hello);
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const text = compute(hello, transport);
  // Hostile hellos may all differ: start afresh rather than grow.
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(key, text);
  return text;
}
