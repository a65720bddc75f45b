// Reads a capture for a comparison. The first pass lists its flows with fingerprints of their packets, by which the same
// flow is found in another capture; the second keeps the packets of the flows that both have. Nothing else is kept.

import type { CaptureTime, FrameBatch } from '../capture-file/frames.ts';
import { CaptureReader } from '../capture-file/reader.ts';
import { Fragments } from '../flow/fragments.ts';
import { parseDns } from '../wire/dns.ts';
import { looksLikeHttpRequest, parseRequestHead } from '../wire/http.ts';
import { META, PacketColumns, PacketDecoder, PROTOCOL } from '../wire/packet.ts';
import { isDecodeError } from '../wire/result.ts';
import { ipv4Text, ipv6Text } from '../wire/text.ts';
import { looksLikeTls, scanTls } from '../wire/tls.ts';
import { type IcmpMessages, MAX_ICMP, readIcmp } from './icmp.ts';

/** Flows listed of a capture; later ones are not compared, and that is said. */
export const MAX_FLOWS = 65_536;
/** Packets kept of one flow, and of all flows of a capture: about 150 MB for both captures. */
export const MAX_OF_FLOW = 50_000;
export const MAX_PACKETS = 200_000;
/** Fingerprints kept of a flow beside those of its handshake: the smallest, so that both captures keep the same ones. */
const PRINTS = 8;
/** Bytes by which the beginnings of two payloads are told apart. */
const HEAD = 64;
/** Flags of the TCP header as they stand in it. */
export const TCP = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const;
/** Datagrams of a DNS port carry no flags of their own: this bit says that it is an answer. */
export const DNS_ANSWER = 0x100;

export interface End {
  readonly address: string;
  readonly port: number;
}

/** One packet of a flow, as one capture has it. */
export interface Packet {
  frame: number;
  /** Nanoseconds since the first frame of its capture. */
  time: number;
  fromClient: boolean;
  flags: number;
  /** Raw; the message id in DNS. */
  seq: number;
  ack: number;
  /** Bytes of payload on the wire. */
  length: number;
  /** Sum over the payload in which every byte counts by its place in the stream; null where it was cut. */
  sum: number | null;
  /** The first bytes as they are, a character each. */
  head: string;
  /** -1 in IPv6. */
  ipId: number;
  ttl: number;
  window: number;
  /** TCP timestamp value and maximum segment size, -1 where there is none. */
  tsval: number;
  mss: number;
  /** Further frames that hold the same packet (device `any`, mirrored ports). */
  copies: number[];
}

export interface Flow {
  /** From 0, in the order of first frames; the same in both passes. */
  readonly id: number;
  readonly protocol: 'tcp' | 'udp';
  client: End;
  server: End;
  clientIsn: number | null;
  serverIsn: number | null;
  name: string | null;
  count: number;
  firstTime: number;
  lastTime: number;
  /** What both captures would see alike: of the handshake, and the smallest of the others. */
  readonly handshake: number[];
  readonly prints: number[];
  /** Packets kept, in order; only where the flow is wanted. */
  packets: Packet[];
  /** Not all its packets were kept. */
  cut: boolean;
  /** Whether the end with the lower address is the client. */
  lowIsClient: boolean;
}

/** What one pass says of the capture as a whole. */
export interface Reading {
  readonly flows: Flow[];
  readonly firstTime: CaptureTime | null;
  /** Of the last frame, nanoseconds since the first. */
  readonly lastTime: number;
  /** As the file tells it; null: it does not say. */
  readonly dropped: number | null;
  /** Its capture filter looked at TCP flags or bytes, so that packets may be missing by intention. */
  readonly filtered: boolean;
  /** Who said of packets that they went no further. */
  readonly icmp: IcmpMessages;
  /** More flows than are listed, or more packets of them than are kept. */
  readonly overBudget: boolean;
}

/** One pass over the bytes of a capture. `wanted`: ids of flows whose packets to keep. */
export class Reader {
  readonly #reader: CaptureReader;
  readonly #columns = new PacketColumns();
  readonly #decoder = new PacketDecoder(0);
  readonly #fragments = new Fragments();
  readonly #live = new Map<string, Flow>();
  readonly #flows: Flow[] = [];
  readonly #wanted: ReadonlySet<number> | null;
  readonly #icmp: IcmpMessages = new Map();
  #icmpKept = 0;
  #kept = 0;
  #overBudget = false;
  #last = 0;
  #base: CaptureTime | null = null;

  constructor(wanted: ReadonlySet<number> | null = null) {
    this.#wanted = wanted;
    this.#reader = new CaptureReader({ frames: (batch) => this.#frames(batch) });
  }

  feed(chunk: Uint8Array): void {
    this.#reader.feed(chunk);
  }

  get failed(): boolean {
    return this.#reader.error !== null;
  }

  end(): Reading {
    this.#reader.end();
    let dropped: number | null = null;
    let filtered = false;
    for (const each of this.#reader.interfaces) {
      if (each.dropped !== null) dropped = (dropped ?? 0) + each.dropped;
      if (each.filter !== null && /\[|flags|rst|fin|syn/i.test(each.filter)) filtered = true;
    }
    return {
      flows: this.#flows,
      firstTime: this.#base,
      lastTime: this.#last,
      dropped,
      filtered,
      icmp: this.#icmp,
      overBudget: this.#overBudget,
    };
  }

  #frames(batch: FrameBatch): void {
    const columns = this.#columns;
    const interfaces = this.#reader.interfaces;
    for (let at = 0; at < batch.count; at++) {
      // A simple packet block has no time: it stands where the frame before it stood
      const hasTime = batch.seconds[at] !== 0;
      this.#base ??= { seconds: batch.seconds[at]!, nanos: batch.nanos[at]! };
      const time = hasTime
        ? (batch.seconds[at]! - this.#base.seconds) * 1e9 + batch.nanos[at]! - this.#base.nanos
        : this.#last;
      this.#last = time;
      const start = batch.offset[at]!;
      columns.bytes = batch.bytes;
      columns.view = batch.view;
      columns.count = 0;
      const { linkType } = interfaces[batch.iface[at]!]!;
      if (!this.#decoder.decode(columns, start, start + batch.captured[at]!, batch.original[at]!, linkType)) continue;
      if (columns.meta[0]! & META.fragment && !this.#reassembled(time)) continue;
      this.#packet(batch.number[at]!, time);
    }
  }

  /** The datagram that the fragment completes, where it does, stands in the row then. */
  #reassembled(time: number): boolean {
    const columns = this.#columns;
    const meta = columns.meta[0]!;
    const v6 = (meta & META.v6) !== 0;
    const [ip, transport, end] = [columns.ip[0]!, columns.transport[0]!, columns.end[0]!];
    const whole = this.#fragments.add(columns.bytes, ip, transport, end, v6, (meta & META.cut) !== 0, time);
    if (whole === null) return false;
    columns.bytes = whole.bytes;
    columns.view = new DataView(whole.bytes.buffer, whole.bytes.byteOffset, whole.bytes.byteLength);
    const length = whole.bytes.length;
    const read = v6 ? this.#decoder.ipv6(columns, 0, length, 0) : this.#decoder.ipv4(columns, 0, length, 0);
    return read && (columns.meta[0]! & META.fragment) === 0;
  }

  #packet(frame: number, time: number): void {
    const { meta, view, bytes, transport, end, missing, ip } = this.#columns;
    const protocol = meta[0]! & 255;
    if (protocol === PROTOCOL.icmp || protocol === PROTOCOL.icmp6) this.#error(frame, time);
    if (protocol !== PROTOCOL.tcp && protocol !== PROTOCOL.udp) return;
    const at = transport[0]!;
    const isTcp = protocol === PROTOCOL.tcp;
    const v6 = (meta[0]! & META.v6) !== 0;
    const flags = isTcp ? view.getUint8(at + 13) & 0x1f : 0;
    const seq = isTcp ? view.getUint32(at + 4) : 0;
    const ack = isTcp ? view.getUint32(at + 8) : 0;
    const header = isTcp ? (view.getUint8(at + 12) >> 4) << 2 : 8;
    // A data offset that contradicts the packet leaves no payload
    const from = Math.min(at + Math.max(header, isTcp ? 20 : 8), end[0]!);
    const captured = end[0]! - from;
    const length = captured + missing[0]!;
    const flow = this.#flowOf(time, isTcp, v6, flags, seq, ip[0]!, view.getUint16(at), view.getUint16(at + 2));
    if (flow === null) return;
    const fromClient = ((meta[0]! & META.fromLow) !== 0) === flow.lowIsClient;
    flow.count++;
    flow.lastTime = time;
    if (isTcp && flags & TCP.syn) {
      if (fromClient) flow.clientIsn ??= seq;
      else flow.serverIsn ??= seq;
    }
    const isDns = !isTcp && (flow.server.port === 53 || flow.client.port === 53) && captured >= 12;
    if (this.#wanted === null) {
      if (isTcp) print(flow, flags, seq, ack, length, fromClient);
      else if (captured >= Math.min(length, 16)) {
        keepSmallest(flow.prints, mix(Math.min(length, 0xffff), sumOf(bytes, from, Math.min(end[0]!, from + 64), 0)));
      }
      return;
    }
    if (!this.#wanted.has(flow.id)) return;
    if (flow.name === null && fromClient && captured > 0) flow.name = nameIn(bytes, from, end[0]!, isDns);
    if (flow.packets.length >= MAX_OF_FLOW || this.#kept >= MAX_PACKETS) {
      flow.cut = true;
      this.#overBudget = true;
      return;
    }
    this.#kept++;
    let tsval = -1;
    let mss = -1;
    if (isTcp) {
      const optionsEnd = Math.min(at + header, end[0]!);
      for (let option = at + 20; option + 1 < optionsEnd; ) {
        const kind = bytes[option]!;
        if (kind === 0) break;
        if (kind === 1) {
          option++;
          continue;
        }
        const size = bytes[option + 1]!;
        if (size < 2 || option + size > optionsEnd) break;
        if (kind === 8 && size === 10) tsval = view.getUint32(option + 2);
        if (kind === 2 && size === 4) mss = view.getUint16(option + 2);
        option += size;
      }
    }
    flow.packets.push({
      frame,
      time,
      fromClient,
      flags: isTcp ? flags : isDns && (bytes[from + 2]! & 0x80) !== 0 ? DNS_ANSWER : 0,
      seq: isTcp ? seq : isDns ? view.getUint16(from) : 0,
      ack,
      length,
      sum: missing[0]! > 0 ? null : sumOf(bytes, from, end[0]!, isTcp ? seq : 0),
      head: String.fromCharCode(...bytes.subarray(from, Math.min(from + HEAD, end[0]!))),
      ipId: this.#columns.ipId[0]!,
      ttl: this.#columns.ttl[0]!,
      window: isTcp ? view.getUint16(at + 14) : 0,
      tsval,
      mss,
      copies: [],
    });
  }

  /** An ICMP error: the second pass keeps them, as it keeps packets. */
  #error(frame: number, time: number): void {
    if (this.#wanted === null || this.#icmpKept >= MAX_ICMP) return;
    const read = readIcmp(this.#columns, frame, time);
    if (read === null) return;
    this.#icmpKept++;
    const known = this.#icmp.get(read.key);
    if (known === undefined) this.#icmp.set(read.key, [read.message]);
    else known.push(read.message);
  }

  #flowOf(
    time: number,
    isTcp: boolean,
    v6: boolean,
    flags: number,
    seq: number,
    ip: number,
    sourcePort: number,
    destinationPort: number,
  ): Flow | null {
    const { bytes, meta } = this.#columns;
    const source = addressKey(bytes, v6 ? ip + 8 : ip + 12, v6);
    const destination = addressKey(bytes, v6 ? ip + 24 : ip + 16, v6);
    const fromLow = (meta[0]! & META.fromLow) !== 0;
    const head = isTcp ? 't' : 'u';
    const key = fromLow
      ? `${head}${source}${String.fromCharCode(sourcePort)}${destination}${String.fromCharCode(destinationPort)}`
      : `${head}${destination}${String.fromCharCode(destinationPort)}${source}${String.fromCharCode(sourcePort)}`;
    const known = this.#live.get(key);
    const isSyn = isTcp && (flags & (TCP.syn | TCP.ack | TCP.rst)) === TCP.syn;
    // A SYN with another initial number from the same ports is another connection (RFC 9293 §3.10.7.4)
    const isReused = isSyn && known !== undefined && known.clientIsn !== seq && fromLow === known.lowIsClient;
    const startsLate = isSyn && known !== undefined && known.clientIsn === null;
    if (known !== undefined && !isReused && !startsLate) return known;
    if (this.#flows.length >= MAX_FLOWS) {
      this.#overBudget = true;
      this.#live.delete(key);
      return null;
    }
    const here = { address: text(bytes, v6 ? ip + 8 : ip + 12, v6), port: sourcePort };
    const there = { address: text(bytes, v6 ? ip + 24 : ip + 16, v6), port: destinationPort };
    // Who sends a SYN-ACK is the server
    const isClient = isTcp && flags & TCP.syn ? isSyn : looksLikeClient(here, there);
    const flow: Flow = {
      id: this.#flows.length,
      protocol: isTcp ? 'tcp' : 'udp',
      client: isClient ? here : there,
      server: isClient ? there : here,
      clientIsn: null,
      serverIsn: null,
      name: null,
      count: 0,
      firstTime: time,
      lastTime: time,
      handshake: [],
      prints: [],
      packets: [],
      cut: false,
      lowIsClient: isClient === fromLow,
    };
    this.#flows.push(flow);
    this.#live.set(key, flow);
    return flow;
  }
}

/** The same in both captures, whichever of them saw which packet first: well-known ports belong to servers. */
function looksLikeClient(here: End, there: End): boolean {
  if (here.port !== there.port) return here.port > there.port;
  return here.address < there.address;
}

function addressKey(bytes: Uint8Array, at: number, v6: boolean): string {
  let key = '';
  for (let each = at; each < at + (v6 ? 16 : 4); each += 2) {
    key += String.fromCharCode((bytes[each]! << 8) | bytes[each + 1]!);
  }
  return key;
}

function text(bytes: Uint8Array, at: number, v6: boolean): string {
  return v6 ? ipv6Text(bytes, at) : ipv4Text(bytes, at);
}

/** What neither a router nor a translator of addresses changes. */
function print(flow: Flow, flags: number, seq: number, ack: number, length: number, fromClient: boolean): void {
  if (flags & TCP.syn) {
    const value = flags & TCP.ack ? mix(mix(0x5a, seq), ack) : mix(mix(0x51, seq), flow.server.port);
    if (!flow.handshake.includes(value) && flow.handshake.length < PRINTS) flow.handshake.push(value);
    return;
  }
  if (length > 1 && (flags & TCP.rst) === 0) {
    keepSmallest(flow.prints, mix(mix(fromClient ? 1 : 2, seq), Math.min(length, 0xffff)));
  }
}

function keepSmallest(values: number[], value: number): void {
  if (values.length === PRINTS && value >= values[PRINTS - 1]!) return;
  if (values.includes(value)) return;
  values.push(value);
  values.sort((a, b) => a - b);
  if (values.length > PRINTS) values.pop();
}

function mix(state: number, value: number): number {
  let h = Math.imul(state ^ value, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca77);
  return (h ^ (h >>> 13)) >>> 0;
}

/**
 * Of two stretches that follow each other the sums add up to that of both, so that segments cut differently can be
 * compared without their bytes.
 */
function sumOf(bytes: Uint8Array, start: number, end: number, seq: number): number {
  let sum = 0;
  for (let at = start; at < end; at++) {
    let h = Math.imul(((seq + at - start) | 0) ^ 0x5bd1e995, 0x9e3779b1);
    h = Math.imul(h ^ (h >>> 15), (bytes[at]! << 1) | 0x10001);
    sum = (sum + (h ^ (h >>> 13))) | 0;
  }
  return sum;
}

/** The name that the first message asks for. */
function nameIn(bytes: Uint8Array, start: number, end: number, isDns: boolean): string | null {
  if (isDns) {
    const message = parseDns(bytes, start, end);
    return isDecodeError(message) ? null : (message.question?.name ?? null);
  }
  if (looksLikeTls(bytes, start, end)) return scanTls(bytes, start, end).clientHello?.sni ?? null;
  if (looksLikeHttpRequest(bytes, start, end)) {
    const head = parseRequestHead(bytes, start, end);
    return typeof head === 'string' ? null : head.host;
  }
  return null;
}
