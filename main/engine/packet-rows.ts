// Rows of the packet tables, made of frames read again: headers as they stand in the frame, and what the catalogue and
// the findings know of it.

import type { Analysis } from '../../shared/contract/analysis.ts';
import type { PacketRow } from '../../shared/contract/service.ts';
import { flagLetters, TCP_FLAG } from '../flow/records.ts';
import { META, PacketColumns, PacketDecoder, PROTOCOL } from '../wire/packet.ts';
import { ipv4Text, ipv6Text } from '../wire/text.ts';
import { type Catalog, ROW } from './catalog.ts';
import { describeFrame, describeIcmp, describeTcpPayload, describeUdp } from './packet-info.ts';
import type { VisitedFrame } from './rereading.ts';

export type Role = PacketRow['role'];

/** What the findings cite of frames. */
export class Citations {
  readonly #roles = new Map<number, Role>();
  readonly #findings = new Map<number, string[]>();

  constructor(analysis: Analysis | null) {
    for (const finding of analysis?.findings ?? []) {
      // Later ones outweigh earlier ones: that it was forged is what matters most of a frame
      for (const role of ['affected', 'genuine', 'trigger', 'forged'] as const) {
        for (const frame of finding.frames[role]) {
          if (role === 'forged' || this.#roles.get(frame) !== 'forged') this.#roles.set(frame, role);
          const ids = this.#findings.get(frame);
          if (ids === undefined) this.#findings.set(frame, [finding.id]);
          else if (!ids.includes(finding.id)) ids.push(finding.id);
        }
      }
    }
  }

  role(frame: number): Role {
    return this.#roles.get(frame) ?? null;
  }

  findings(frame: number): string[] {
    return this.#findings.get(frame) ?? [];
  }
}

/** Which flow a packet belongs to: of those with its endpoints, the last that had begun. Frames are asked in order. */
class FlowOfPacket {
  readonly #catalog: Catalog;
  readonly #decoder: PacketDecoder;
  #slots = new Int32Array(0);
  #rows = 0;
  #reached = 0;
  #letGo = 0;

  constructor(catalog: Catalog, decoder: PacketDecoder) {
    this.#catalog = catalog;
    this.#decoder = decoder;
  }

  /** The row, or -1. */
  find(frame: number, columns: PacketColumns): number {
    this.#advance(frame);
    const { flows } = this.#catalog;
    const meta = columns.meta[0]!;
    const bits = (meta & META.v6 ? ROW.v6 : 0) | ((meta & 255) === PROTOCOL.udp ? ROW.udp : 0);
    for (let slot = this.#slot(columns.hash[0]!); ; slot = (slot + 1) % this.#slots.length) {
      const row = this.#slots[slot]! - 1;
      if (row < 0) return -1;
      if (
        flows.low[row] === columns.low[0] &&
        flows.high[row] === columns.high[0] &&
        flows.ports[row] === columns.ports[0] &&
        (flows.state[row]! & (ROW.v6 | ROW.udp)) === bits
      ) {
        return row;
      }
    }
  }

  #slot(hash: number): number {
    return (hash >>> 0) & (this.#slots.length - 1);
  }

  /** Takes in the flows that began up to this frame. */
  #advance(frame: number): void {
    const { flows } = this.#catalog;
    const room = 2 ** Math.ceil(Math.log2(Math.max(16, flows.count * 2)));
    if (frame < this.#reached || this.#slots.length < room || flows.letGo !== this.#letGo) {
      this.#letGo = flows.letGo;
      this.#slots = new Int32Array(room);
      this.#rows = 0;
    }
    this.#reached = frame;
    for (; this.#rows < flows.count && flows.firstFrame[this.#rows]! <= frame; this.#rows++) this.#put(this.#rows);
  }

  #put(row: number): void {
    const { flows } = this.#catalog;
    const bits = flows.state[row]! & (ROW.v6 | ROW.udp);
    const hash = this.#decoder.hashOf(
      flows.low[row]!,
      flows.high[row]!,
      flows.ports[row]!,
      (bits & ROW.udp ? PROTOCOL.udp : PROTOCOL.tcp) | (bits & ROW.v6 ? META.v6 : 0),
    );
    for (let slot = this.#slot(hash); ; slot = (slot + 1) % this.#slots.length) {
      const other = this.#slots[slot]! - 1;
      const isSame =
        other >= 0 &&
        flows.low[other] === flows.low[row] &&
        flows.high[other] === flows.high[row] &&
        flows.ports[other] === flows.ports[row] &&
        (flows.state[other]! & (ROW.v6 | ROW.udp)) === bits;
      if (other >= 0 && !isSame) continue;
      this.#slots[slot] = row + 1;
      return;
    }
  }
}

/** Of a TCP or UDP packet: where its payload stands in the frame's bytes. */
export interface Payload {
  readonly start: number;
  readonly end: number;
  /** Bytes it had on the wire. */
  readonly length: number;
  readonly seq: number;
  readonly flags: number;
}

export class PacketRows {
  readonly #catalog: Catalog;
  readonly #decoder: PacketDecoder;
  readonly #columns = new PacketColumns();
  readonly #flowOf: FlowOfPacket;
  citations = new Citations(null);

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
    this.#decoder = new PacketDecoder(catalog.seed);
    this.#flowOf = new FlowOfPacket(catalog, this.#decoder);
  }

  /** Whether it is a packet of IP; its headers are in the columns then. */
  #decode(frame: VisitedFrame): boolean {
    const columns = this.#columns;
    columns.bytes = frame.bytes;
    columns.view = frame.view;
    columns.count = 0;
    const { start, captured, original, linkType } = frame;
    return this.#decoder.decode(columns, start, start + captured, original, linkType);
  }

  /** The flow of a frame, from 1; 0 where it has none. Cheap: asked of every frame when a flow is looked for. */
  flowOf(frame: VisitedFrame): number {
    if (!this.#decode(frame)) return 0;
    const meta = this.#columns.meta[0]!;
    const protocol = meta & 255;
    if (meta & META.fragment || (protocol !== PROTOCOL.tcp && protocol !== PROTOCOL.udp)) return 0;
    const row = this.#flowOf.find(frame.number, this.#columns);
    return row < 0 ? 0 : this.#catalog.flows.letGo + row + 1;
  }

  /** After flowOf() or row() of the same frame. */
  payload(): Payload | null {
    const c = this.#columns;
    const at = c.transport[0]!;
    const end = c.end[0]!;
    const protocol = c.meta[0]! & 255;
    if (protocol === PROTOCOL.udp) {
      if (end - at < 8) return null;
      return { start: at + 8, end, length: end + c.missing[0]! - at - 8, seq: 0, flags: 0 };
    }
    if (protocol !== PROTOCOL.tcp || end - at < 20) return null;
    const header = c.view.getUint16(at + 12);
    const start = at + ((header >>> 12) << 2);
    const length = end + c.missing[0]! - start;
    if (start < at + 20 || length < 0) return null;
    return { start: Math.min(start, end), end, length, seq: c.view.getUint32(at + 4), flags: header & 0xfff };
  }

  row(frame: VisitedFrame): PacketRow {
    const blank = this.#blank(frame);
    const c = this.#columns;
    const frameEnd = frame.start + frame.captured;
    if (!this.#decode(frame)) return { ...blank, ...describeFrame(frame.bytes, frame.start, frameEnd, frame.linkType) };
    const meta = c.meta[0]!;
    const v6 = (meta & META.v6) !== 0;
    const ip = c.ip[0]!;
    const text = v6 ? ipv6Text : ipv4Text;
    const at = c.transport[0]!;
    const end = c.end[0]!;
    const protocol = meta & 255;
    const hasPorts =
      (meta & META.fragment) === 0 && (protocol === PROTOCOL.tcp || protocol === PROTOCOL.udp) && end - at >= 4;
    const source = { address: text(c.bytes, ip + (v6 ? 8 : 12)), port: hasPorts ? c.view.getUint16(at) : 0 };
    const destination = { address: text(c.bytes, ip + (v6 ? 24 : 16)), port: hasPorts ? c.view.getUint16(at + 2) : 0 };
    const row: PacketRow = {
      ...blank,
      source,
      destination,
      protocol: v6 ? 'ipv6' : 'ip',
      ttl: c.ttl[0]!,
      ipId: v6 ? null : c.ipId[0]!,
      dontFragment: v6 ? null : (meta & META.df) !== 0,
    };
    if (meta & META.fragment) return { ...row, info: `fragment length ${end - ip}` };
    if (protocol === PROTOCOL.icmp || protocol === PROTOCOL.icmp6) {
      return { ...row, ...describeIcmp(c.bytes, at, end, v6) };
    }
    if (!hasPorts) return { ...row, info: `protocol ${protocol}` };
    const index = this.#flowOf.find(frame.number, c);
    if (index >= 0) {
      const fromLow = (meta & META.fromLow) !== 0;
      row.flow = this.#catalog.flows.letGo + index + 1;
      row.fromClient = ((this.#catalog.flows.state[index]! & ROW.clientLow) !== 0) === fromLow;
    }
    const isDns = source.port === 53 || destination.port === 53;
    const payload = this.payload();
    if (payload === null) return { ...row, protocol: protocol === PROTOCOL.tcp ? 'tcp' : 'udp' };
    if (protocol === PROTOCOL.udp) {
      return { ...row, ...describeUdp(c.bytes, payload.start, payload.end, isDns, payload.length) };
    }
    return this.#tcp(row, payload, index, (meta & META.fromLow) !== 0, isDns);
  }

  #tcp(row: PacketRow, payload: Payload, index: number, fromLow: boolean, isDns: boolean): PacketRow {
    const c = this.#columns;
    const at = c.transport[0]!;
    const ack = c.view.getUint32(at + 8);
    const flags = flagLetters(payload.flags);
    const relativeSeq = this.#relative(index, fromLow, payload.seq);
    const relativeAck = payload.flags & TCP_FLAG.ack ? this.#relative(index, !fromLow, ack) : null;
    const window = c.view.getUint16(at + 14);
    const from = relativeSeq ?? payload.seq;
    const header = `${flags || 'none'} ${from}:${from + payload.length}(${payload.length})${
      payload.flags & TCP_FLAG.ack ? ` ack ${relativeAck ?? ack}` : ''
    } win ${window}`;
    const said = payload.flags & TCP_FLAG.rst ? null : describeTcpPayload(c.bytes, payload.start, payload.end, isDns);
    return {
      ...row,
      protocol: said?.protocol ?? 'tcp',
      info: said === null || said.info === '' ? header : `${said.info} · ${header}`,
      tcp: {
        flags,
        seq: payload.seq,
        ack,
        relativeSeq,
        relativeAck,
        window,
        payload: payload.length,
        retransmission: this.#catalog.isRepeated(row.frame),
        duplicate: this.#catalog.isCopied(row.frame),
      },
    };
  }

  /** Distance from the initial sequence number modulo 2^32; a little below it is negative. */
  #relative(index: number, fromLow: boolean, seq: number): number | null {
    if (index < 0) return null;
    const { flows } = this.#catalog;
    if ((flows.state[index]! & (fromLow ? ROW.isnLow : ROW.isnHigh)) === 0) return null;
    const distance = (seq - (fromLow ? flows.isnLow : flows.isnHigh)[index]!) >>> 0;
    return distance > 0xfff0_0000 ? distance - 2 ** 32 : distance;
  }

  /** A frame of which only its place is known: a record that holds no packet. */
  #blank(frame: Pick<VisitedFrame, 'number' | 'offset' | 'original' | 'captured'>): PacketRow {
    return {
      frame: frame.number,
      offset: frame.offset,
      length: frame.original,
      captured: frame.captured,
      source: null,
      destination: null,
      protocol: 'frame',
      info: '',
      flow: null,
      fromClient: null,
      ttl: null,
      ipId: null,
      dontFragment: null,
      tcp: null,
      role: this.citations.role(frame.number),
      findings: this.citations.findings(frame.number),
    };
  }

  missing(number: number, offset: number): PacketRow {
    return { ...this.#blank({ number, offset, original: 0, captured: 0 }), protocol: 'record' };
  }
}
