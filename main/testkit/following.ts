// Packets told one by one to the tracker alone, and the snapshots and attempts that come of them: for tests of following
// that need the exact packet, where network.ts would send what a stack sends.

import { RECORD_WORDS, W } from '../flow/flow-table.ts';
import type { Attempt, TcpFlow, UdpFlow } from '../flow/records.ts';
import { tcpAttempt, tcpFlow, udpAttempt, udpFlow } from '../flow/snapshot.ts';
import { type EndReason, Tracker } from '../flow/tracker.ts';
import { PacketColumns, PacketDecoder, PROTOCOL } from '../wire/packet.ts';
import { LINKTYPE, type LinkOptions, frame as linkFrame, tcp } from './packets.ts';

const MILLISECOND = 1e6;
export const CLIENT_ISN = 0x1000;
export const SERVER_ISN = 0x90000000;

export interface PacketOptions {
  /** Milliseconds since the packet before it; 1 unless said. */
  readonly after?: number;
  /** Bytes of the frame that were captured. */
  readonly captured?: number;
  readonly link?: LinkOptions;
}

export class Following {
  readonly tracker: Tracker;
  readonly flows: TcpFlow[] = [];
  readonly udp: UdpFlow[] = [];
  readonly attempts: Attempt[] = [];
  /** Number of the latest frame. */
  frame = 0;
  /** Nanoseconds. */
  time = 0;
  readonly #columns = new PacketColumns();
  readonly #decoder: PacketDecoder;

  constructor(options: { maxFlows?: number; seed?: number } = {}) {
    this.#decoder = new PacketDecoder(options.seed ?? 0x5eed);
    this.tracker = new Tracker({
      maxFlows: options.maxFlows ?? 1_024,
      decoder: this.#decoder,
      columns: this.#columns,
      sink: { ended: (record, reason) => this.#ended(record, reason) },
    });
  }

  /** Takes an IP packet; the number of its frame. */
  packet(packet: Uint8Array, options: PacketOptions = {}): number {
    this.time += (options.after ?? 1) * MILLISECOND;
    this.frame++;
    const columns = this.#columns;
    const bytes = linkFrame(packet, options.link);
    const captured = Math.min(bytes.length, options.captured ?? bytes.length);
    // A buffer that is overwritten afterwards: nothing may be kept by reference
    columns.bytes = bytes;
    columns.view = new DataView(bytes.buffer);
    const linkType = LINKTYPE[options.link?.kind ?? 'ethernet'];
    if (this.#decoder.decode(columns, 0, captured, bytes.length, linkType)) {
      columns.time[0] = this.time;
      columns.frame[0] = this.frame;
      columns.count = 1;
      this.tracker.batch(columns);
      columns.count = 0;
    }
    bytes.fill(0xa5);
    return this.frame;
  }

  /** Nothing happens for so many milliseconds, and the capture goes on. */
  wait(milliseconds: number): void {
    this.time += milliseconds * MILLISECOND;
    this.tracker.now = Math.max(this.tracker.now, this.time);
  }

  connect(options: ConnectionOptions = {}): Connection {
    return new Connection(this, options);
  }

  /** Ends the capture; what became of its flows, in the order of their first packets. */
  end(): this {
    this.tracker.finish();
    this.flows.sort((a, b) => a.id - b.id);
    this.udp.sort((a, b) => a.id - b.id);
    this.attempts.sort((a, b) => a.flow - b.flow);
    return this;
  }

  /** Ends the capture; the one TCP flow that it held. */
  only(): TcpFlow {
    this.end();
    if (this.flows.length !== 1) throw new Error(`${this.flows.length} flows`);
    return this.flows[0]!;
  }

  #ended(record: number, reason: EndReason): void {
    const { tracker } = this;
    const state = tracker.table.words[record * RECORD_WORDS + W.state]!;
    if ((state & 255) === PROTOCOL.tcp) {
      const flow = tcpFlow(tracker, record, reason);
      const attempt = tcpAttempt(tracker, record, reason);
      if (flow !== null) this.flows.push(flow);
      if (attempt !== null) this.attempts.push(attempt);
      return;
    }
    const flow = udpFlow(tracker, record);
    if (flow === null) return;
    this.udp.push(flow);
    this.attempts.push(udpAttempt(tracker, flow, reason));
  }
}

export interface ConnectionOptions {
  readonly client?: string;
  readonly clientPort?: number;
  readonly server?: string;
  readonly serverPort?: number;
  readonly clientIsn?: number;
  readonly serverIsn?: number;
}

export interface SegmentOptions extends PacketOptions {
  readonly payload?: Uint8Array;
  /** Where it stands instead of next in the stream; what follows is not moved. */
  readonly seq?: number;
  readonly ack?: number;
  readonly ttl?: number;
  readonly id?: number;
  readonly df?: boolean;
  readonly window?: number;
  readonly options?: Uint8Array;
  readonly badChecksum?: boolean;
}

/** The two ends of a TCP connection: sequence numbers count themselves, also across resets. */
export class Connection {
  readonly client: string;
  readonly server: string;
  readonly clientPort: number;
  readonly serverPort: number;
  /** Next sequence number of either side. */
  clientNext: number;
  serverNext: number;
  /** The packet sent last, as it was. */
  last = new Uint8Array();
  readonly #wire: Following;
  #clientId = 100;
  #serverId = 40_000;

  constructor(wire: Following, options: ConnectionOptions) {
    this.#wire = wire;
    this.client = options.client ?? '10.0.0.2';
    this.server = options.server ?? '203.0.113.7';
    this.clientPort = options.clientPort ?? 50_000;
    this.serverPort = options.serverPort ?? 443;
    this.clientNext = options.clientIsn ?? CLIENT_ISN;
    this.serverNext = options.serverIsn ?? SERVER_ISN;
  }

  /** The client sends; the number of its frame. */
  out(flags: string, options: SegmentOptions = {}): number {
    const { payload = new Uint8Array() } = options;
    const packet = tcp(
      {
        source: this.client,
        destination: this.server,
        ttl: options.ttl ?? 64,
        id: options.id ?? this.#clientId++,
        df: options.df ?? true,
      },
      this.#segment(flags, options, this.clientPort, this.serverPort, this.clientNext, this.serverNext),
      payload,
    );
    if (options.seq === undefined) this.clientNext = (this.clientNext + span(flags, payload)) >>> 0;
    this.last = packet;
    return this.#wire.packet(packet, options);
  }

  /** The server sends, or somebody in its name. */
  in(flags: string, options: SegmentOptions = {}): number {
    const { payload = new Uint8Array() } = options;
    const packet = tcp(
      {
        source: this.server,
        destination: this.client,
        ttl: options.ttl ?? 52,
        id: options.id ?? this.#serverId++,
        df: options.df ?? true,
      },
      this.#segment(flags, options, this.serverPort, this.clientPort, this.serverNext, this.clientNext),
      payload,
    );
    if (options.seq === undefined) this.serverNext = (this.serverNext + span(flags, payload)) >>> 0;
    this.last = packet;
    return this.#wire.packet(packet, options);
  }

  /** The capture holds the latest packet once more; by `hops` routers later. */
  copy(options: PacketOptions & { hops?: number } = {}): number {
    const packet = this.last.slice();
    packet[packet[0]! >> 4 === 6 ? 7 : 8]! -= options.hops ?? 0;
    return this.#wire.packet(packet, { after: 0.1, ...options });
  }

  /** SYN, SYN-ACK and ACK with a round trip of 40 ms. */
  handshake(): this {
    this.out('S');
    this.in('SA', { after: 40 });
    this.out('A', { after: 0.1 });
    return this;
  }

  #segment(
    flags: string,
    options: SegmentOptions,
    sourcePort: number,
    destinationPort: number,
    seq: number,
    ack: number,
  ): Parameters<typeof tcp>[1] {
    return {
      sourcePort,
      destinationPort,
      flags,
      seq: options.seq ?? seq,
      ack: options.ack ?? (flags.includes('A') ? ack : 0),
      window: options.window ?? 502,
      ...(options.options === undefined ? {} : { options: options.options }),
      ...(options.badChecksum === undefined ? {} : { badChecksum: options.badChecksum }),
    };
  }
}

function span(flags: string, payload: Uint8Array): number {
  if (flags.includes('R')) return 0;
  return payload.length + (flags.includes('S') ? 1 : 0) + (flags.includes('F') ? 1 : 0);
}
