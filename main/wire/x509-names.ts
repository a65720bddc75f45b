// Who a certificate is for and who signed it: X.509, RFC 5280 §4.1, in DER (X.690). Only the path to the names is
// walked, nothing is verified: a certificate seen on the wire is evidence of who answered, not of its validity.

import { printableText, readableText } from './text.ts';

const MAX_NAMES = 100;
const MAX_TEXT = 256;

const TAG = {
  OCTET_STRING: 0x04,
  OID: 0x06,
  BMP_STRING: 0x1e,
  SEQUENCE: 0x30,
  SET: 0x31,
  DNS_NAME: 0x82, // [2] IA5String of GeneralName, RFC 5280 §4.2.1.6
  VERSION: 0xa0, // [0] of TBSCertificate
  EXTENSIONS: 0xa3, // [3] of TBSCertificate
} as const;

// RFC 5280 appendix A.1 (id-at) and §4.2.1.6 (id-ce): 2.5.4.3, 2.5.4.10, 2.5.29.17.
const COMMON_NAME = 0x550403;
const ORGANIZATION = 0x55040a;
const SUBJECT_ALT_NAME = 0x551d11;

export interface CertificateNames {
  readonly subjectCommonName: string | null;
  readonly issuerCommonName: string | null;
  readonly issuerOrganization: string | null;
  /** dNSName entries, lower-cased, at most 100. */
  readonly dnsNames: readonly string[];
}

/** Elements one behind another within [at, end). */
class Der {
  readonly bytes: Uint8Array;
  readonly end: number;
  at: number;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  tag(): number {
    return this.at < this.end ? this.bytes[this.at]! : -1;
  }

  /** The content of the next element, whatever it is. Lengths as in X.690 §8.1.3, definite, at most three octets. */
  next(): Der | undefined {
    const { bytes, at, end } = this;
    if (end - at < 2) return undefined;
    let length = bytes[at + 1]!;
    let content = at + 2;
    if (length >= 0x80) {
      const octets = length & 0x7f;
      if (octets < 1 || octets > 3 || end - content < octets) return undefined;
      length = 0;
      for (let index = 0; index < octets; index++) length = (length << 8) | bytes[content++]!;
    }
    if (end - content < length) return undefined;
    this.at = content + length;
    return new Der(bytes, content, this.at);
  }

  enter(tag: number): Der | undefined {
    return this.tag() === tag ? this.next() : undefined;
  }

  /** A three-byte object identifier as a number, any other as -1. */
  oid(): number {
    const oid = this.enter(TAG.OID);
    if (oid === undefined || oid.end - oid.at !== 3) return -1;
    return (oid.bytes[oid.at]! << 16) | (oid.bytes[oid.at + 1]! << 8) | oid.bytes[oid.at + 2]!;
  }

  text(): string | null {
    const tag = this.tag();
    const value = this.next();
    if (value === undefined) return null;
    if (tag !== TAG.BMP_STRING) return readableText(value.bytes, value.at, value.end, MAX_TEXT);
    // UTF-16, most significant byte first: two bytes a character.
    let units = '';
    for (let at = value.at; at + 1 < value.end && units.length < MAX_TEXT; at += 2) {
      units += String.fromCharCode((value.bytes[at]! << 8) | value.bytes[at + 1]!);
    }
    const utf8 = new TextEncoder().encode(units);
    return readableText(utf8, 0, utf8.length, utf8.length);
  }
}

/** An attribute of a Name, RFC 5280 §4.1.2.4; the last one where it is repeated, as it is the most specific. */
function attribute(name: Der | undefined, oid: number): string | null {
  let found: string | null = null;
  if (name === undefined) return null;
  const names = new Der(name.bytes, name.at, name.end);
  for (let set = names.enter(TAG.SET); set !== undefined; set = names.enter(TAG.SET)) {
    const pair = set.enter(TAG.SEQUENCE);
    if (pair?.oid() === oid) found = pair.text();
  }
  return found;
}

function subjectAltNames(extensions: Der | undefined): string[] {
  const found: string[] = [];
  const list = extensions?.enter(TAG.SEQUENCE);
  for (let item = list?.enter(TAG.SEQUENCE); item !== undefined; item = list?.enter(TAG.SEQUENCE)) {
    if (item.oid() !== SUBJECT_ALT_NAME) continue;
    if (item.tag() !== TAG.OCTET_STRING) item.next(); // critical BOOLEAN
    const names = item.enter(TAG.OCTET_STRING)?.enter(TAG.SEQUENCE);
    while (names !== undefined && names.at < names.end && found.length < MAX_NAMES) {
      const isDns = names.tag() === TAG.DNS_NAME;
      const name = names.next();
      if (name === undefined) break;
      if (isDns) found.push(printableText(name.bytes, name.at, name.end, MAX_TEXT).toLowerCase());
    }
  }
  return found;
}

/** The names in the DER certificate at [start, end), or undefined where it is none. */
export function x509Names(bytes: Uint8Array, start: number, end: number): CertificateNames | undefined {
  const certificate = new Der(bytes, start, end).enter(TAG.SEQUENCE);
  const tbs = certificate?.enter(TAG.SEQUENCE);
  if (tbs === undefined) return undefined;
  tbs.enter(TAG.VERSION);
  tbs.next(); // serialNumber
  tbs.next(); // signature
  const issuer = tbs.enter(TAG.SEQUENCE);
  tbs.next(); // validity
  const subject = tbs.enter(TAG.SEQUENCE);
  if (issuer === undefined || subject === undefined) return undefined;
  tbs.next(); // subjectPublicKeyInfo
  // issuerUniqueID [1] and subjectUniqueID [2] may stand before the extensions.
  for (let skipped = 0; skipped < 2 && tbs.at < tbs.end && tbs.tag() !== TAG.EXTENSIONS; skipped++) tbs.next();
  return {
    subjectCommonName: attribute(subject, COMMON_NAME),
    issuerCommonName: attribute(issuer, COMMON_NAME),
    issuerOrganization: attribute(issuer, ORGANIZATION),
    dnsNames: subjectAltNames(tbs.enter(TAG.EXTENSIONS)),
  };
}
