// TLS messages as bytes (RFC 8446, RFC 5246): enough of each for what a passive reader looks at, with the sizes of real
// ones. What would be secret is seeded pseudo-random bytes.

import { ascii, concat, fromHex, Random, u8, u16, vector8, vector16, vector24 } from './bytes.ts';

export const TLS = { alert: 21, handshake: 22, applicationData: 23, changeCipherSpec: 20 } as const;

/** One or more records of at most `most` bytes each. */
export function tlsRecords(type: number, body: Uint8Array, most = 16_384, version = 0x0303): Uint8Array {
  const records: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < body.length; at += most) {
    records.push(u8(type), u16(version), vector16(body.subarray(at, at + most)));
  }
  return concat(...records);
}

const extension = (type: number, ...body: readonly Uint8Array[]): Uint8Array => concat(u16(type), vector16(...body));

export interface ClientHelloOptions {
  readonly sni?: string | null;
  readonly alpn?: readonly string[];
  /** Encrypted ClientHello: the outer hello, with the public name in `sni` (draft-ietf-tls-esni §5). */
  readonly ech?: boolean;
  /** A hybrid key share of 1,216 bytes, as browsers send since 2024: the hello no longer fits one segment. */
  readonly postQuantum?: boolean;
  /** Total bytes on the wire; reached by the padding extension (RFC 7685). */
  readonly size?: number;
  /** Most bytes of a record. */
  readonly recordSize?: number;
  readonly ciphers?: readonly number[];
  readonly seed?: number | string;
  /** The name stands last, as it may in browsers that shuffle the extensions. */
  readonly sniLast?: boolean;
  /** The transport parameters of QUIC instead of what only TLS over TCP has. */
  readonly quic?: boolean;
}

const BROWSER_CIPHERS = [
  0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x9c, 0x9d, 0x2f, 0x35,
];

/** The handshake message without records, as QUIC carries it. */
export function clientHelloMessage(options: ClientHelloOptions = {}): Uint8Array {
  const body = (padding: number): Uint8Array => {
    const bytes = new Random(options.seed ?? `hello ${options.sni ?? ''}`);
    const extensions: Uint8Array[] = [];
    const named = options.sni == null ? [] : [extension(0, vector16(u8(0), vector16(ascii(options.sni))))];
    if (!options.sniLast) extensions.push(...named);
    extensions.push(extension(23), extension(0xff01, u8(0)));
    extensions.push(extension(10, vector16(...(options.postQuantum ? [u16(0x11ec)] : []), u16(29), u16(23), u16(24))));
    extensions.push(extension(11, vector8(u8(0))));
    const alpn = options.alpn ?? (options.quic ? ['h3'] : ['h2', 'http/1.1']);
    if (alpn.length > 0) extensions.push(extension(16, vector16(...alpn.map((name) => vector8(ascii(name))))));
    extensions.push(extension(5, u8(1, 0, 0, 0, 0)));
    const schemes = [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601];
    extensions.push(extension(13, vector16(...schemes.map(u16))));
    extensions.push(extension(43, vector8(u16(0x0304), ...(options.quic ? [] : [u16(0x0303)]))));
    extensions.push(extension(45, vector8(u8(1))));
    const shares = [concat(u16(29), vector16(bytes.bytes(32)))];
    if (options.postQuantum) shares.unshift(concat(u16(0x11ec), vector16(bytes.bytes(1216))));
    extensions.push(extension(51, vector16(...shares)));
    if (options.ech) {
      const sealed = [u8(0), u16(1), u16(1), u8(7), vector16(bytes.bytes(32)), vector16(bytes.bytes(208))];
      extensions.push(extension(0xfe0d, ...sealed));
    }
    // max_idle_timeout, initial_max_data, initial_source_connection_id (RFC 9000 §18.2)
    if (options.quic) extensions.push(extension(57, fromHex('01048000753004048000fffa0f00')));
    if (options.sniLast) extensions.push(...named);
    if (padding >= 4) extensions.push(extension(21, new Uint8Array(padding - 4)));
    return concat(
      u16(0x0303),
      bytes.bytes(32),
      vector8(options.quic ? u8() : bytes.bytes(32)),
      vector16(...(options.ciphers ?? BROWSER_CIPHERS).map(u16)),
      vector8(u8(0)),
      vector16(...extensions),
    );
  };
  const make = (padding: number): Uint8Array => concat(u8(1), vector24(body(padding)));
  const plain = make(0);
  return options.size === undefined ? plain : make(Math.max(0, options.size - 5 - plain.length));
}

/** As it stands at the beginning of a TCP stream; the first record says TLS 1.0 (RFC 8446 §5.1). */
export function clientHello(options: ClientHelloOptions = {}): Uint8Array {
  return tlsRecords(TLS.handshake, clientHelloMessage(options), options.recordSize, 0x0301);
}

/** In TLS 1.3 what follows is encrypted at once; in TLS 1.2 the certificate comes in the clear. */
export function serverHello(
  options: { tls12?: boolean; names?: readonly string[]; issuer?: string; seed?: number | string } = {},
): Uint8Array {
  const bytes = new Random(options.seed ?? 'server hello');
  const extensions = options.tls12
    ? [extension(0xff01, u8(0)), extension(11, vector8(u8(0)))]
    : [extension(43, u16(0x0304)), extension(51, u16(29), vector16(bytes.bytes(32)))];
  const hello = concat(
    u8(2),
    vector24(
      u16(0x0303),
      bytes.bytes(32),
      vector8(bytes.bytes(32)),
      u16(options.tls12 ? 0xc02f : 0x1301),
      u8(0),
      vector16(...extensions),
    ),
  );
  if (!options.tls12) {
    const sealed = tlsRecords(TLS.applicationData, bytes.bytes(2200));
    return concat(tlsRecords(TLS.handshake, hello), tlsRecords(TLS.changeCipherSpec, u8(1)), sealed);
  }
  const certificate = concat(u8(11), vector24(vector24(vector24(certificateDer(options.names ?? [], options.issuer)))));
  const done = u8(14, 0, 0, 0);
  return tlsRecords(TLS.handshake, concat(hello, certificate, done));
}

export function applicationData(length: number, seed: number | string = length): Uint8Array {
  return tlsRecords(TLS.applicationData, new Random(seed).bytes(length));
}

/** RFC 8446 §6: fatal is 2; 112 is unrecognized_name, 40 handshake_failure. */
export function alert(description: number, level = 2): Uint8Array {
  return tlsRecords(TLS.alert, u8(level, description));
}

/** An X.509 certificate (RFC 5280) whose signature means nothing: its names are what is read. */
export function certificateDer(names: readonly string[], issuer = 'Example CA'): Uint8Array {
  const name = (text: string): Uint8Array => der(0x30, der(0x31, der(0x30, oid('2.5.4.3'), der(0x0c, ascii(text)))));
  const sha256Rsa = der(0x30, oid('1.2.840.113549.1.1.11'), der(0x05));
  const validity = der(0x30, der(0x17, ascii('250101000000Z')), der(0x17, ascii('270101000000Z')));
  const key = der(0x30, der(0x30, oid('1.2.840.113549.1.1.1'), der(0x05)), der(0x03, u8(0), new Random(7).bytes(256)));
  const alternatives = der(0x30, ...names.map((text) => der(0x82, ascii(text))));
  const extensions = der(0xa3, der(0x30, der(0x30, oid('2.5.29.17'), der(0x04, alternatives))));
  const body = der(
    0x30,
    der(0xa0, der(0x02, u8(2))),
    der(0x02, u8(1, 2, 3, 4)),
    sha256Rsa,
    name(issuer),
    validity,
    name(names[0] ?? 'example.invalid'),
    key,
    extensions,
  );
  return der(0x30, body, sha256Rsa, der(0x03, u8(0), new Random(8).bytes(256)));
}

function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = concat(...parts);
  const length =
    body.length < 128
      ? u8(body.length)
      : body.length < 256
        ? u8(0x81, body.length)
        : concat(u8(0x82), u16(body.length));
  return concat(u8(tag), length, body);
}

function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...arcs] = dotted.split('.').map(Number);
  const encoded = arcs.flatMap((arc) => {
    const groups = [arc & 127];
    for (let rest = arc >> 7; rest > 0; rest >>= 7) groups.unshift((rest & 127) | 128);
    return groups;
  });
  return der(0x06, u8(40 * first + second, ...encoded));
}
