// Deterministic captures to measure with: (a) mixed traffic, (b) small packets, (c) flows that are all alive at once.
// Real handshakes, real ClientHellos, real checksums: what is measured is what a real capture costs.

import { createCipheriv, createHmac } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';

export type CaptureKind = 'mixed' | 'small' | 'flows';

/** xorshift32: the same captures on every machine. */
class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = seed | 1;
  }
  next(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return x >>> 0;
  }
  below(limit: number): number {
    return this.next() % limit;
  }
}

export const FLAGS = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const;
const CHUNK = 4 << 20;
const START_SECONDS = 1_700_000_000;

export interface Peer {
  readonly v6: boolean;
  readonly address: number;
  readonly port: number;
  readonly ttl: number;
}

/** Writes classic pcap records into large chunks. */
export class Writer {
  readonly #fd: number;
  readonly #interval: number;
  readonly #bytes = Buffer.alloc(CHUNK);
  #at = 0;
  total = 0;
  packets = 0;
  microseconds = 0;
  #ipId = 1;

  /** `interval`: microseconds between packets. */
  constructor(path: string, interval: number) {
    this.#interval = interval;
    this.#fd = openSync(path, 'w');
    const header = this.#bytes;
    header.writeUInt32LE(0xa1b2c3d4, 0);
    header.writeUInt16LE(2, 4);
    header.writeUInt16LE(4, 6);
    header.writeUInt32LE(262_144, 16);
    header.writeUInt32LE(1, 20);
    this.#at = 24;
  }

  /** One frame: Ethernet, IP, then `transport` filled by the callback; the checksum field at `checksumAt` is computed. */
  packet(
    from: Peer,
    to: Peer,
    protocol: number,
    transportLength: number,
    vlan: boolean,
    checksumAt: number,
    fill: (bytes: Buffer, at: number) => void,
  ): void {
    const ipLength = from.v6 ? 40 : 20;
    const length = 14 + (vlan ? 4 : 0) + ipLength + transportLength;
    if (this.#at + 16 + length > CHUNK) this.#flush();
    const b = this.#bytes;
    let at = this.#at;
    this.microseconds += this.#interval;
    b.writeUInt32LE(START_SECONDS + Math.floor(this.microseconds / 1e6), at);
    b.writeUInt32LE(this.microseconds % 1e6, at + 4);
    b.writeUInt32LE(length, at + 8);
    b.writeUInt32LE(length, at + 12);
    at += 16;
    b.writeUInt32BE(0x02000000, at);
    b.writeUInt32BE(0x00010200, at + 4);
    b.writeUInt32BE(0x00000002, at + 8);
    at += 12;
    if (vlan) {
      b.writeUInt32BE(0x81000064, at);
      at += 4;
    }
    b.writeUInt16BE(from.v6 ? 0x86dd : 0x0800, at);
    at += 2;
    const ip = at;
    if (from.v6) {
      b.writeUInt32BE(0x60000000, at);
      b.writeUInt16BE(transportLength, at + 4);
      b[at + 6] = protocol;
      b[at + 7] = from.ttl;
      this.#v6(at + 8, from.address);
      this.#v6(at + 24, to.address);
    } else {
      b.writeUInt16BE(0x4500, at);
      b.writeUInt16BE(20 + transportLength, at + 2);
      // Each sender counts for itself: one counter for all would look like a forger who copies identifications
      b.writeUInt16BE((Math.imul(from.address ^ from.port, 0x9e3779b1) + this.#ipId++) & 0xffff, at + 4);
      b.writeUInt16BE(0x4000, at + 6);
      b[at + 8] = from.ttl;
      b[at + 9] = protocol;
      b.writeUInt16BE(0, at + 10);
      b.writeUInt32BE(from.address >>> 0, at + 12);
      b.writeUInt32BE(to.address >>> 0, at + 16);
      b.writeUInt16BE(sum(b, at, at + 20, 0), at + 10);
    }
    at += ipLength;
    fill(b, at);
    b.writeUInt16BE(0, at + checksumAt);
    b.writeUInt16BE(
      sum(b, at, at + transportLength, pseudo(b, ip, from.v6) + protocol + transportLength),
      at + checksumAt,
    );
    this.#at = at + transportLength;
    this.total += 16 + length;
    this.packets++;
  }

  #v6(at: number, address: number): void {
    this.#bytes.writeUInt32BE(0x20010db8, at);
    this.#bytes.writeUInt32BE(0, at + 4);
    this.#bytes.writeUInt32BE(address >>> 16, at + 8);
    this.#bytes.writeUInt32BE(address >>> 0, at + 12);
  }

  #flush(): void {
    writeSync(this.#fd, this.#bytes, 0, this.#at);
    this.#at = 0;
  }

  end(): void {
    this.#flush();
    closeSync(this.#fd);
  }
}

function pseudo(b: Buffer, ip: number, v6: boolean): number {
  let total = 0;
  for (let at = ip + (v6 ? 8 : 12), end = ip + (v6 ? 40 : 20); at < end; at += 2) total += b.readUInt16BE(at);
  return total;
}

function sum(b: Buffer, start: number, end: number, initial: number): number {
  let total = initial;
  let at = start;
  for (; at + 1 < end; at += 2) total += (b[at]! << 8) | b[at + 1]!;
  if (at < end) total += b[at]! << 8;
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return ~total & 0xffff;
}

function u16(value: number): number[] {
  return [(value >> 8) & 255, value & 255];
}

function vector(bytes: readonly number[], lengthBytes: 1 | 2 | 3): number[] {
  const length = bytes.length;
  const prefix = lengthBytes === 1 ? [length] : lengthBytes === 2 ? u16(length) : [length >> 16, ...u16(length)];
  return [...prefix, ...bytes];
}

/** RFC 8446 §4.1.2; with `share` bytes of key share, a post-quantum one does not fit one segment. */
function clientHelloMessage(name: string, share: number): number[] {
  const host = [...Buffer.from(name)];
  const extension = (type: number, body: number[]): number[] => [...u16(type), ...vector(body, 2)];
  const extensions = [
    ...extension(0, vector([0, ...vector(host, 2)], 2)),
    ...extension(10, vector([0x11, 0xec, 0, 29, 0, 23], 2)),
    ...extension(13, vector([4, 3, 8, 4, 4, 1], 2)),
    ...extension(16, vector([2, 0x68, 0x32, 8, ...Buffer.from('http/1.1')], 2)),
    ...extension(43, vector([3, 4, 3, 3], 1)),
    ...extension(
      51,
      vector(
        [
          ...u16(29),
          ...vector(
            Array.from({ length: share }, (_, i) => (i * 37) & 255),
            2,
          ),
        ],
        2,
      ),
    ),
  ];
  const body = [
    3,
    3,
    ...Array.from({ length: 32 }, (_, i) => (i * 11) & 255),
    ...vector(
      Array.from({ length: 32 }, (_, i) => i),
      1,
    ),
    ...vector([0x13, 1, 0x13, 2, 0x13, 3, 0xc0, 0x2b], 2),
    ...vector([0], 1),
    ...vector(extensions, 2),
  ];
  return [1, ...vector(body, 3)];
}

export function clientHello(name: string, share: number): Uint8Array {
  return Uint8Array.from([0x16, 3, 1, ...vector(clientHelloMessage(name, share), 2)]);
}

function serverHello(): Uint8Array {
  const body = [
    3,
    3,
    ...Array.from({ length: 32 }, (_, i) => (i * 7) & 255),
    0,
    0x13,
    1,
    0,
    ...vector([0, 43, 0, 2, 3, 4], 2),
  ];
  const message = [2, ...vector(body, 3)];
  return Uint8Array.from([
    0x16,
    3,
    3,
    ...vector(message, 2),
    0x14,
    3,
    3,
    0,
    1,
    1,
    0x17,
    3,
    3,
    4,
    0,
    ...Array.from({ length: 1_024 }, (_, i) => (i * 13) & 255),
  ]);
}

export function dnsMessage(id: number, name: string, answer: number | null): Uint8Array {
  const labels = name.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]);
  const question = [...labels, 0, 0, 1, 0, 1];
  const header = [
    ...u16(id),
    ...(answer === null ? [1, 0] : [0x81, 0x80]),
    0,
    1,
    0,
    answer === null ? 0 : 1,
    0,
    0,
    0,
    0,
  ];
  const record =
    answer === null
      ? []
      : [
          0xc0,
          12,
          0,
          1,
          0,
          1,
          0,
          0,
          1,
          44,
          0,
          4,
          answer >>> 24,
          (answer >> 16) & 255,
          (answer >> 8) & 255,
          answer & 255,
        ];
  return Uint8Array.from([...header, ...question, ...record]);
}

/** A client Initial of QUIC version 1, really encrypted (RFC 9001 §5). */
function quicInitial(name: string, connection: number): Uint8Array {
  const dcid = Buffer.alloc(8);
  dcid.writeUInt32BE(connection, 4);
  const expand = (secret: Buffer, label: string, length: number): Buffer => {
    const info = Buffer.from([...u16(length), 6 + label.length, ...Buffer.from(`tls13 ${label}`), 0]);
    return createHmac('sha256', secret)
      .update(Buffer.concat([info, Buffer.from([1])]))
      .digest()
      .subarray(0, length);
  };
  const initial = createHmac('sha256', Buffer.from('38762cf7f55934b34d179ae6a4c80cadccbb7f0a', 'hex'))
    .update(dcid)
    .digest();
  const secret = expand(initial, 'client in', 32);
  const key = expand(secret, 'quic key', 16);
  const iv = expand(secret, 'quic iv', 12);
  const hp = expand(secret, 'quic hp', 16);
  const hello = clientHelloMessage(name, 32);
  const crypto = Buffer.from([6, 0, 0x40 | (hello.length >> 8), hello.length & 255, ...hello]);
  const plain = Buffer.alloc(1_200 - 18 - 2 - 16 - 2);
  crypto.copy(plain);
  const header = Buffer.from([
    0xc1,
    0,
    0,
    0,
    1,
    8,
    ...dcid,
    0,
    0,
    0x40 | ((plain.length + 18) >> 8),
    (plain.length + 18) & 255,
    0,
    0,
  ]);
  const cipher = createCipheriv('aes-128-gcm', key, iv);
  cipher.setAAD(header);
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  const mask = createCipheriv('aes-128-ecb', hp, null).update(sealed.subarray(2, 18));
  header[0]! ^= mask[0]! & 15;
  header[header.length - 2]! ^= mask[1]!;
  header[header.length - 1]! ^= mask[2]!;
  return Buffer.concat([header, sealed]);
}

/** Two ends of a connection, and how far each has come. */
export interface Ends {
  readonly client: Peer;
  readonly server: Peer;
  readonly vlan: boolean;
  clientSeq: number;
  serverSeq: number;
}

interface Flow extends Ends {
  readonly kind: 'tls' | 'http' | 'reset' | 'null-routed' | 'dns' | 'quic';
  readonly name: string;
  readonly packets: number;
  step: number;
}

const NAMES = Array.from({ length: 500 }, (_, i) => `host-${i}.example-${i % 37}.org`);
export const PAYLOAD = Buffer.alloc(1_460);
for (let i = 0; i < PAYLOAD.length; i++) PAYLOAD[i] = (i * 31) & 255;
PAYLOAD.set([0x17, 3, 3, 5, 0xaf]);
export const SERVER_HELLO = serverHello();

/** One segment; `ttl` where somebody else than the sender made it. */
export function tcp(
  w: Writer,
  f: Ends,
  fromClient: boolean,
  flags: number,
  payload: Uint8Array | null,
  ttl?: number,
): void {
  const from = fromClient ? f.client : f.server;
  const to = fromClient ? f.server : f.client;
  const length = payload?.length ?? 0;
  const seq = fromClient ? f.clientSeq : f.serverSeq;
  const ack = fromClient ? f.serverSeq : f.clientSeq;
  w.packet(ttl === undefined ? from : { ...from, ttl }, to, 6, 20 + length, f.vlan, 16, (b, at) => {
    b.writeUInt16BE(from.port, at);
    b.writeUInt16BE(to.port, at + 2);
    b.writeUInt32BE(seq >>> 0, at + 4);
    b.writeUInt32BE(flags & FLAGS.ack ? ack >>> 0 : 0, at + 8);
    b.writeUInt16BE(0x5000 | flags, at + 12);
    b.writeUInt16BE(fromClient ? 501 : 502, at + 14);
    b.writeUInt16BE(0, at + 18);
    if (payload !== null) b.set(payload, at + 20);
  });
  const advance = length + (flags & (FLAGS.syn | FLAGS.fin) ? 1 : 0);
  if (fromClient) f.clientSeq = (f.clientSeq + advance) | 0;
  else if (!(flags & FLAGS.rst)) f.serverSeq = (f.serverSeq + advance) | 0;
}

export function udp(w: Writer, from: Peer, to: Peer, vlan: boolean, payload: Uint8Array): void {
  w.packet(from, to, 17, 8 + payload.length, vlan, 6, (b, at) => {
    b.writeUInt16BE(from.port, at);
    b.writeUInt16BE(to.port, at + 2);
    b.writeUInt16BE(8 + payload.length, at + 4);
    b.set(payload, at + 8);
  });
}

/** The next packet of a flow; false once it is over. */
function step(w: Writer, f: Flow, hellos: ReadonlyMap<string, Uint8Array>): boolean {
  const n = f.step++;
  if (f.kind === 'dns') {
    const id = f.client.port ^ 0x55aa;
    if (n === 0) udp(w, f.client, f.server, f.vlan, dnsMessage(id, f.name, null));
    else udp(w, f.server, f.client, f.vlan, dnsMessage(id, f.name, f.server.address ^ 0x01020304));
    return n < 1;
  }
  if (f.kind === 'quic') {
    if (n === 0)
      udp(w, f.client, f.server, f.vlan, quicInitial(f.name, f.client.port * 65_536 + (f.client.address & 0xffff)));
    else
      udp(
        w,
        n % 3 === 0 ? f.client : f.server,
        n % 3 === 0 ? f.server : f.client,
        f.vlan,
        PAYLOAD.subarray(100, 1_300),
      );
    return n < f.packets;
  }
  if (n === 0 || f.kind === 'null-routed') {
    f.clientSeq = (f.client.port * 7_919) | 0;
    tcp(w, f, true, FLAGS.syn, null);
    return f.kind !== 'null-routed' || n < 2;
  }
  if (n === 1) tcp(w, f, false, FLAGS.syn | FLAGS.ack, null);
  else if (n === 2) tcp(w, f, true, FLAGS.ack, null);
  else if (n === 3)
    tcp(
      w,
      f,
      true,
      FLAGS.ack | FLAGS.psh,
      f.kind === 'http'
        ? Buffer.from(`GET / HTTP/1.1\r\nHost: ${f.name}\r\nUser-Agent: bench\r\n\r\n`)
        : hellos.get(f.name)!,
    );
  else if (f.kind === 'reset') {
    tcp(w, f, false, FLAGS.rst | FLAGS.ack, null, 101);
    return n < 6;
  } else if (n === 4) tcp(w, f, false, FLAGS.ack, null);
  else if (n === 5)
    tcp(
      w,
      f,
      false,
      FLAGS.ack | FLAGS.psh,
      f.kind === 'http'
        ? Buffer.from('HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Length: 100000\r\n\r\n')
        : SERVER_HELLO,
    );
  else if (n < f.packets - 3)
    tcp(w, f, n % 3 === 0, FLAGS.ack, n % 3 === 0 ? null : f.client.v6 ? PAYLOAD.subarray(0, 1_440) : PAYLOAD);
  else if (n < f.packets - 1) tcp(w, f, n === f.packets - 3, FLAGS.ack | FLAGS.fin, null);
  else tcp(w, f, true, FLAGS.ack, null);
  return n < f.packets - 1;
}

function mixed(w: Writer, bytes: number, dice: Dice): void {
  const hellos = new Map(NAMES.map((name, i) => [name, clientHello(name, i % 4 === 0 ? 700 : 32)]));
  const active: Flow[] = [];
  let port = 1_024;
  const open = (): Flow => {
    const roll = dice.below(1_000);
    const kind =
      roll < 450
        ? 'tls'
        : roll < 580
          ? 'http'
          : roll < 590
            ? 'reset'
            : roll < 620
              ? 'null-routed'
              : roll < 940
                ? 'dns'
                : 'quic';
    const v6 = dice.below(10) === 0;
    port = port >= 65_000 ? 1_024 : port + 1;
    const site = dice.below(NAMES.length);
    return {
      client: { v6, address: 0x0a000000 | dice.below(4), port, ttl: 64 },
      server: {
        v6,
        address: 0x33000000 | ((site * 4 + dice.below(2)) * 7_919),
        port: kind === 'http' ? 80 : kind === 'dns' ? 53 : 443,
        ttl: 40 + dice.below(16),
      },
      vlan: dice.below(50) === 0,
      kind,
      name: NAMES[site]!,
      packets: 10 + dice.below(60),
      step: 0,
      clientSeq: 0,
      serverSeq: dice.next() | 0,
    };
  };
  while (w.total < bytes) {
    if (active.length < 2_000) active.push(open());
    const at = dice.below(active.length);
    if (!step(w, active[at]!, hellos)) {
      active[at] = active.at(-1)!;
      active.pop();
    }
  }
}

/** Acknowledgements on 20,000 flows, a scan that is refused, DNS. */
function small(w: Writer, bytes: number, dice: Dice): void {
  const client: Peer = { v6: false, address: 0x0a000001, port: 0, ttl: 64 };
  const flows = Array.from(
    { length: 20_000 },
    (_, i): Flow => ({
      client: { ...client, address: 0x0a000000 | (i >> 8), port: 20_000 + (i & 0xff) },
      server: { v6: false, address: 0x33000000 | (i * 13), port: 443, ttl: 50 },
      vlan: false,
      kind: 'tls',
      name: '',
      packets: 0,
      step: 0,
      clientSeq: i,
      serverSeq: i * 3,
    }),
  );
  for (let i = 0; w.total < bytes; i++) {
    const roll = dice.below(100);
    if (roll < 80) tcp(w, flows[dice.below(flows.length)]!, (roll & 1) === 0, FLAGS.ack, null);
    else if (roll < 90) {
      const f = {
        client: { ...client, port: 1_024 + (i % 60_000) },
        server: { v6: false, address: 0x34000000 | i, port: 23, ttl: 51 },
        vlan: false,
        kind: 'tls',
        name: '',
        packets: 0,
        step: 0,
        clientSeq: i,
        serverSeq: 0,
      } satisfies Flow;
      tcp(w, f, true, FLAGS.syn, null);
      tcp(w, f, false, FLAGS.rst | FLAGS.ack, null);
    } else {
      const resolver: Peer = { v6: false, address: 0x08080808, port: 53, ttl: 58 };
      const from = { ...client, port: 1_024 + (i % 60_000) };
      const name = NAMES[dice.below(NAMES.length)]!;
      udp(w, from, resolver, false, dnsMessage(i & 0xffff, name, null));
      udp(w, resolver, from, false, dnsMessage(i & 0xffff, name, 0x33000000 | dice.below(4_096)));
    }
  }
}

/** Every flow is alive at once and visited out of order: the worst case for caches. Four packets each. */
function flows(w: Writer, count: number): void {
  const stride = 1_000_003;
  for (let round = 0; round < 4; round++) {
    for (let i = 0; i < count; i++) {
      const n = (i * stride) % count;
      const f: Flow = {
        client: { v6: false, address: 0x0a000000 | (n & 0xffff), port: 1_024 + ((n >>> 16) & 0xffff), ttl: 64 },
        server: { v6: false, address: 0x33000000 | ((n * 31) & 0xffff), port: 443, ttl: 52 },
        vlan: false,
        kind: 'tls',
        name: '',
        packets: 0,
        step: 0,
        clientSeq: n + (round > 2 ? 25 : round > 0 ? 1 : 0),
        serverSeq: n * 3 + (round > 1 ? 1 : 0),
      };
      if (round === 0) tcp(w, f, true, FLAGS.syn, null);
      else if (round === 1) tcp(w, f, false, FLAGS.syn | FLAGS.ack, null);
      else tcp(w, f, round === 2, FLAGS.ack | FLAGS.psh, PAYLOAD.subarray(100, 124));
    }
  }
}

/** Writes the capture; `size` is bytes for `mixed` and `small`, flows for `flows`. Packets written. */
export function generateCapture(kind: CaptureKind, size: number, path: string): number {
  const writer = new Writer(path, kind === 'mixed' ? 90 : 10);
  const dice = new Dice(0x5eed);
  if (kind === 'mixed') mixed(writer, size, dice);
  else if (kind === 'small') small(writer, size, dice);
  else flows(writer, size);
  writer.end();
  return writer.packets;
}
