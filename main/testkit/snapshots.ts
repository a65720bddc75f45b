// Builders of what following hands to judging, so that a test of a detector reads as a story on the wire:
//
//   const net = new Network();
//   const tls = net.tcp({ server: '203.0.113.7:443', rtt: 80, serverTtl: 52 });
//   tls.connect();
//   tls.hello('blocked.example');
//   tls.rst({ after: 8, ttl: 115, ipId: 0x1234 });
//   tls.serverHello({ after: 72 });
//   detector.detect(net.base(), []);
//
// Frames are numbered and times run on across all scripts of one network. Times are milliseconds here, nanoseconds in
// the snapshots. Every packet method returns the frame number. The capture is at the client unless said otherwise: a
// packet from the server comes one round trip after a packet of the client, anything else 0.1 ms after what was before.

import {
  type Attempt,
  type AttemptOutcome,
  type ClientBasis,
  type DirectionTotals,
  type DnsAnswerRecord,
  type DnsExchange,
  type Endpoint,
  type IcmpError,
  MARK,
  type PacketNote,
  type ServerReply,
  TCP_FLAG,
  type TcpFlow,
  type TriggerRecord,
  type UdpFlow,
} from '../flow/records.ts';
import { AttemptIndex, type BaselineSample } from '../observe/attempt-index.ts';
import { type CaptureFacts, type EvidenceBase, MILLISECOND, SECOND } from '../observe/evidence-base.ts';
import { seqDiff, seqMax } from '../wire/seq.ts';

/** `203.0.113.7:443` or `[2001:db8::1]:443`. */
export function endpoint(text: string): Endpoint {
  const at = text.lastIndexOf(':');
  return { address: text.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) };
}

const FLAG_OF: Record<string, number> = {
  F: TCP_FLAG.fin,
  S: TCP_FLAG.syn,
  R: TCP_FLAG.rst,
  P: TCP_FLAG.psh,
  A: TCP_FLAG.ack,
  U: TCP_FLAG.urg,
  E: TCP_FLAG.ece,
  C: TCP_FLAG.cwr,
};

/** `SA` is SYN and ACK. */
export function flagBits(letters: string): number {
  return [...letters].reduce((bits, letter) => bits | FLAG_OF[letter]!, 0);
}

export interface PacketOptions {
  /** Milliseconds since the packet before it, of whatever flow. */
  after?: number;
  /** `PA`; with `bits` for what has no letter. */
  flags?: string;
  bits?: number;
  /** Raw; else where the sender is. */
  seq?: number;
  ack?: number;
  length?: number;
  window?: number;
  ttl?: number;
  ipId?: number;
  df?: boolean;
  tsval?: number;
  optionBytes?: number;
  marks?: number;
  /** Copies that the capture made of it. */
  duplicates?: number;
  /** First bytes of a reset's payload, in hex. */
  head?: string;
}

export interface TcpOptions {
  client?: string;
  server?: string;
  /** Milliseconds; default 40. */
  rtt?: number;
  clientTtl?: number;
  serverTtl?: number;
  /** IP identification of the first packet; each further one is one higher. */
  clientIpId?: number;
  serverIpId?: number;
  clientWindow?: number;
  serverWindow?: number;
  clientIsn?: number;
  serverIsn?: number;
  /** Every packet of it is captured this many more times. */
  duplicates?: number;
  clientBasis?: ClientBasis;
  ended?: TcpFlow['ended'];
  /** How it goes into the index; else derived from the packets. */
  outcome?: AttemptOutcome;
  /** Only in the index, as healthy flows are. */
  healthy?: boolean;
  /** Captured at the server: the client's packets are those that come a round trip later. */
  atServer?: boolean;
}

interface Side {
  readonly isn: number;
  next: number;
  max: number;
  acked: number;
  ipId: number;
  readonly ttl: number;
  readonly window: number;
}

/** One TCP connection, packet by packet. */
export class TcpScript {
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly packets: PacketNote[] = [];
  readonly options: TcpOptions;
  trigger: TriggerRecord | null = null;
  reply: ServerReply | null = null;
  readonly errors: IcmpError[] = [];
  readonly #net: Network;
  readonly #id: number;
  readonly #sides: { client: Side; server: Side };

  constructor(net: Network, id: number, options: TcpOptions) {
    this.#net = net;
    this.#id = id;
    this.options = options;
    this.client = endpoint(options.client ?? `10.0.0.2:${49_152 + id}`);
    this.server = endpoint(options.server ?? '203.0.113.7:443');
    const clientIsn = options.clientIsn ?? 1_000_000 * id;
    const serverIsn = options.serverIsn ?? 0xffff_ff00 - 1000 * id;
    this.#sides = {
      client: {
        isn: clientIsn,
        next: clientIsn,
        max: clientIsn,
        acked: 0,
        ipId: options.clientIpId ?? 0x1000 + 0x40 * id,
        ttl: options.clientTtl ?? 64,
        window: options.clientWindow ?? 64_240,
      },
      server: {
        isn: serverIsn,
        next: serverIsn,
        max: serverIsn,
        acked: 0,
        ipId: options.serverIpId ?? 0x6000 + 0x40 * id,
        ttl: options.serverTtl ?? 52,
        window: options.serverWindow ?? 65_160,
      },
    };
  }

  get rtt(): number {
    return this.options.rtt ?? 40;
  }

  /** What the next packet of this side would be numbered. */
  nextSeq(side: 'client' | 'server'): number {
    return this.#sides[side].next;
  }

  packet(from: 'client' | 'server', options: PacketOptions): number {
    const side = this.#sides[from];
    const other = this.#sides[from === 'client' ? 'server' : 'client'];
    const flags = flagBits(options.flags ?? 'A') | (options.bits ?? 0);
    const length = options.length ?? 0;
    const seq = (options.seq ?? side.next) >>> 0;
    const before = this.packets.at(-1);
    const far = this.options.atServer === true ? 'client' : 'server';
    const answers = from === far && before !== undefined && before.fromClient !== (far === 'client');
    this.#net.wait(options.after ?? (answers ? this.rtt : 0.1));
    const v6 = this.client.address.includes(':');
    const advance = length + (flags & TCP_FLAG.syn ? 1 : 0) + (flags & TCP_FLAG.fin ? 1 : 0);
    const isReset = (flags & TCP_FLAG.rst) !== 0;
    let marks = options.marks ?? 0;
    if (length > 0 && !isReset && before !== undefined) {
      if (seqDiff(seq + length, side.max) <= 0) marks |= MARK.retransmission;
      else if (seqDiff(seq, side.max) > 0) marks |= MARK.gap;
    }
    const note: PacketNote & { readonly head: string } = {
      frame: this.#net.nextFrame(),
      time: this.#net.now * MILLISECOND,
      fromClient: from === 'client',
      flags,
      seq,
      ack: (flags & TCP_FLAG.ack) === 0 ? (options.ack ?? 0) : (options.ack ?? other.next) >>> 0,
      length,
      window: options.window ?? (isReset ? 0 : side.window),
      ttl: options.ttl ?? side.ttl,
      ipId: v6 ? -1 : (options.ipId ?? side.ipId++ & 0xffff),
      df: !v6 && (options.df ?? true),
      tsval: options.tsval ?? -1,
      optionBytes: options.optionBytes ?? 0,
      marks,
      duplicates: options.duplicates ?? this.options.duplicates ?? 0,
      head: options.head ?? '',
    };
    this.#net.skipFrames(note.duplicates);
    this.packets.push(note);
    if (!isReset) {
      side.max = seqMax(side.max, seq + advance);
      if (options.seq === undefined) side.next = (seq + advance) >>> 0;
    }
    return note.frame;
  }

  /** A second one is a retry, unless it brings its own `seq`. */
  syn(options: PacketOptions = {}): number {
    return this.#open('client', { flags: 'S', ...options });
  }

  synAck(options: PacketOptions = {}): number {
    return this.#open('server', { flags: 'SA', ...options });
  }

  #open(from: 'client' | 'server', options: PacketOptions): number {
    const side = this.#sides[from];
    const { seq = side.isn, ...rest } = options;
    side.next = seq;
    return this.packet(from, { optionBytes: 20, ...rest });
  }

  /** SYN, SYN-ACK, ACK. */
  connect(): this {
    this.syn();
    this.synAck();
    this.ack();
    return this;
  }

  ack(options: PacketOptions = {}): number {
    return this.packet('client', { flags: 'A', ...options });
  }

  serverAck(options: PacketOptions = {}): number {
    return this.packet('server', { flags: 'A', ...options });
  }

  #triggerBy(kind: TriggerRecord['kind'], name: string | null, length: number, options: PacketOptions): number {
    const frame = this.packet('client', { flags: 'PA', length, ...options });
    const note = this.packets.at(-1)!;
    this.trigger ??= {
      kind,
      frames: [frame],
      firstTime: note.time,
      time: note.time,
      seq: note.seq,
      endSeq: (note.seq + length) >>> 0,
      name,
      hello: null,
      ja4: kind === 'client-hello' ? 't13d1516h2_8daaf6152771_02713d6af862' : null,
      http: kind === 'http-request' ? { method: 'GET', target: '/' } : null,
      head: kind === 'client-hello' ? '16030102000100' : '',
      truncated: false,
    };
    return frame;
  }

  hello(name: string | null, options: PacketOptions = {}): number {
    return this.#triggerBy('client-hello', name, options.length ?? 517, options);
  }

  request(host: string | null, options: PacketOptions = {}): number {
    return this.#triggerBy('http-request', host, options.length ?? 120, options);
  }

  /** Client payload that is neither TLS nor HTTP. */
  payload(options: PacketOptions = {}): number {
    return this.#triggerBy('other', null, options.length ?? 64, options);
  }

  clientData(length: number, options: PacketOptions = {}): number {
    return this.packet('client', { flags: 'PA', length, ...options });
  }

  /** The trigger once more. */
  retransmit(options: PacketOptions = {}): number {
    const { seq, endSeq } = this.trigger!;
    return this.packet('client', { flags: 'PA', seq, length: seqDiff(endSeq, seq), ...options });
  }

  serverData(length: number, options: PacketOptions = {}): number {
    const frame = this.packet('server', { flags: 'PA', length, ...options });
    this.reply ??= {
      kind: 'other',
      frame,
      time: this.packets.at(-1)!.time,
      serverHello: false,
      applicationData: false,
      alerts: [],
      certificateNames: null,
      http: null,
    };
    return frame;
  }

  serverHello(options: PacketOptions = {}): number {
    const first = this.reply === null;
    const frame = this.serverData(options.length ?? 1400, options);
    if (first) this.reply = { ...this.reply!, kind: 'tls', serverHello: true };
    return frame;
  }

  response(status = 200, options: PacketOptions = {}): number {
    const first = this.reply === null;
    const frame = this.serverData(options.length ?? 800, options);
    if (first) this.reply = { ...this.reply!, kind: 'http', http: { status, location: null, server: null } };
    return frame;
  }

  /** RST and ACK that seems to come from the server. */
  rst(options: PacketOptions = {}): number {
    return this.packet('server', { flags: 'RA', ...options });
  }

  clientRst(options: PacketOptions = {}): number {
    return this.packet('client', { flags: 'RA', ...options });
  }

  fin(from: 'client' | 'server', options: PacketOptions = {}): number {
    return this.packet(from, { flags: 'FA', ...options });
  }

  icmp(error: Partial<IcmpError> = {}): this {
    this.errors.push(this.#net.icmpError({ quoted: this.#quoted(), ...error }));
    return this;
  }

  #quoted(): IcmpError['quoted'] {
    return { protocol: 6, source: this.client, destination: this.server, ttl: 1, ipId: this.packets.at(-1)?.ipId ?? 0 };
  }

  snapshot(): TcpFlow {
    const syn = this.packets.find((p) => p.fromClient && (p.flags & TCP_FLAG.syn) !== 0);
    const synAck = this.packets.find((p) => !p.fromClient && (p.flags & TCP_FLAG.syn) !== 0);
    return {
      id: this.#id,
      client: this.client,
      server: this.server,
      clientBasis: this.options.clientBasis ?? (syn === undefined ? 'ephemeral-port' : 'syn'),
      v6: this.client.address.includes(':'),
      firstTime: this.packets[0]?.time ?? 0,
      lastTime: this.packets.at(-1)?.time ?? 0,
      ended: this.options.ended ?? 'capture-end',
      packets: this.packets,
      unkept: 0,
      toServer: totals(this.packets, true),
      toClient: totals(this.packets, false),
      trigger: this.trigger,
      reply: this.reply,
      icmp: this.errors,
      clientIsn: syn?.seq ?? null,
      serverIsn: synAck?.seq ?? null,
    };
  }

  attempt(): Attempt {
    const flow = this.snapshot();
    const syns = flow.packets.filter((p) => p.fromClient && (p.flags & TCP_FLAG.syn) !== 0);
    const name = flow.trigger?.name ?? null;
    return {
      flow: flow.id,
      client: flow.client.address,
      address: flow.server.address,
      port: flow.server.port,
      transport: 'tcp',
      name,
      nameFrom: name === null ? 'none' : flow.trigger!.kind === 'client-hello' ? 'sni' : 'host',
      ja4: flow.trigger?.ja4 ?? null,
      helloLength: flow.trigger?.kind === 'client-hello' ? seqDiff(flow.trigger.endSeq, flow.trigger.seq) : null,
      firstTime: flow.firstTime,
      lastTime: flow.lastTime,
      outcome: this.options.outcome ?? outcomeOf(flow),
      tries: syns.length,
      frames: syns.slice(0, 16).map((p) => p.frame),
      trySpan: syns.length < 2 ? 0 : (syns.at(-1)!.time - syns[0]!.time) / SECOND,
      received: flow.toClient.bytes,
      rounds: flow.reply === null ? 0 : 1,
      clientTtl: this.#sides.client.ttl,
      synData: syns.some((p) => p.length > 0),
    };
  }

  /** What the index keeps of the server; null when it never spoke or a reset was seen. */
  sample(): BaselineSample | null {
    const flow = this.snapshot();
    const spoken = flow.packets.filter((p) => !p.fromClient);
    if (spoken.length === 0 || flow.packets.some((p) => (p.flags & TCP_FLAG.rst) !== 0)) return null;
    const { ttlMin, ttlMax, sawDf, sawNoDf } = flow.toClient;
    const syn = flow.packets.find((p) => p.fromClient && (p.flags & TCP_FLAG.syn) !== 0);
    const rtt = syn !== undefined && flow.serverIsn !== null ? spoken[0]!.time - syn.time : null;
    return { ttlMin, ttlMax, sawDf, sawNoDf, rtt, frame: spoken[0]!.frame };
  }
}

function totals(packets: readonly PacketNote[], fromClient: boolean): DirectionTotals {
  const own = packets.filter((p) => p.fromClient === fromClient);
  const ordinary = own.filter((p) => (p.flags & TCP_FLAG.rst) === 0);
  const reset = own.find((p) => (p.flags & TCP_FLAG.rst) !== 0);
  const early = reset === undefined ? own : own.slice(0, own.indexOf(reset));
  const ttls = ordinary.map((p) => p.ttl);
  return {
    packets: own.length,
    dataPackets: own.filter((p) => p.length > 0).length,
    bytes: own.reduce((sum, p) => sum + p.length, 0),
    retransmitted: own.filter((p) => (p.marks & MARK.retransmission) !== 0).length,
    duplicates: ordinary.reduce((sum, p) => sum + p.duplicates, 0),
    ttlMin: ttls.length === 0 ? 0 : Math.min(...ttls),
    ttlMax: ttls.length === 0 ? 0 : Math.max(...ttls),
    sawDf: early.some((p) => p.df),
    sawNoDf: early.some((p) => !p.df),
  };
}

function outcomeOf(flow: TcpFlow): AttemptOutcome {
  const server = flow.packets.filter((p) => !p.fromClient);
  const reset = server.some((p) => (p.flags & TCP_FLAG.rst) !== 0);
  if (server.some((p) => p.length > 0)) return 'ok';
  if (reset) return flow.serverIsn === null ? 'refused' : 'reset';
  if (server.length === 0) return flow.icmp.length > 0 ? 'icmp-error' : 'unanswered';
  if (flow.trigger === null) return 'connected';
  return server.some((p) => (p.flags & TCP_FLAG.fin) !== 0) ? 'closed-after-request' : 'silent-after-request';
}

export interface DnsOptions {
  client?: string;
  resolver?: string;
  type?: number;
  rtt?: number;
  transport?: DnsExchange['transport'];
  recursionDesired?: boolean;
}

/** One DNS exchange: a query, its retries, and whatever answers came. */
export class DnsScript {
  readonly name: string;
  readonly #net: Network;
  readonly #id: number;
  readonly #options: DnsOptions;
  readonly #queries: DnsExchange['queries'][number][] = [];
  readonly #answers: DnsAnswerRecord[] = [];
  readonly #errors: IcmpError[] = [];

  constructor(net: Network, id: number, name: string, options: DnsOptions) {
    this.name = name;
    this.#net = net;
    this.#id = id;
    this.#options = options;
  }

  query(query: Partial<DnsExchange['queries'][number]> & { after?: number } = {}): number {
    const { after = 0.1, ...rest } = query;
    this.#net.wait(after);
    const frame = this.#net.nextFrame();
    this.#queries.push({ frame, time: this.#net.now * MILLISECOND, ttl: 64, ipId: 0x2000, edns: true, ...rest });
    return frame;
  }

  answer(addresses: readonly string[], answer: Partial<DnsAnswerRecord> & { after?: number } = {}): number {
    const { after = this.#options.rtt ?? 20, ...rest } = answer;
    this.#net.wait(after);
    const frame = this.#net.nextFrame();
    this.#answers.push({
      frame,
      time: this.#net.now * MILLISECOND,
      rcode: 0,
      addresses: [...addresses].sort(),
      cnames: [],
      recordTtl: 300,
      flags: 0x8180,
      tc: false,
      edns: true,
      extendedError: null,
      compressed: true,
      answerCount: addresses.length,
      referral: null,
      whole: true,
      ttl: 58,
      ipId: 0x3000,
      df: false,
      duplicates: 0,
      ...rest,
    });
    return frame;
  }

  icmp(error: Partial<IcmpError> = {}): this {
    this.#errors.push(this.#net.icmpError(error));
    return this;
  }

  snapshot(): DnsExchange {
    const resolver = endpoint(this.#options.resolver ?? '192.0.2.53:53');
    return {
      id: this.#id,
      client: endpoint(this.#options.client ?? `10.0.0.2:${40_000 + this.#id}`),
      resolver,
      transport: this.#options.transport ?? 'udp',
      v6: resolver.address.includes(':'),
      name: this.name,
      type: this.#options.type ?? 1,
      txid: 0x100 + this.#id,
      recursionDesired: this.#options.recursionDesired ?? true,
      queries: this.#queries,
      answers: this.#answers,
      icmp: this.#errors,
      unkept: 0,
    };
  }
}

/** Everything one capture holds. */
export class Network {
  /** Milliseconds since the capture's base second. */
  now = 1000;
  readonly index = new AttemptIndex();
  readonly udp: UdpFlow[] = [];
  readonly icmp: IcmpError[] = [];
  readonly pings = new Map<string, { requests: number; replies: number; frames: readonly number[] }>();
  readonly #tcp: TcpScript[] = [];
  readonly #dns: DnsScript[] = [];
  readonly #facts: Partial<CaptureFacts>;
  #frame = 0;
  #ids = 0;

  constructor(facts: Partial<CaptureFacts> = {}) {
    this.#facts = facts;
  }

  wait(ms: number): this {
    this.now += ms;
    return this;
  }

  nextFrame(): number {
    return ++this.#frame;
  }

  skipFrames(count: number): void {
    this.#frame += count;
  }

  tcp(options: TcpOptions = {}): TcpScript {
    const script = new TcpScript(this, ++this.#ids, options);
    this.#tcp.push(script);
    return script;
  }

  /** A connection on which the request was answered: in the index alone. */
  healthy(name: string | null, options: TcpOptions = {}): TcpScript {
    const script = this.tcp({ healthy: true, ...options }).connect();
    script.hello(name);
    script.serverHello();
    return script;
  }

  dns(name: string, options: DnsOptions = {}): DnsScript {
    const script = new DnsScript(this, ++this.#ids, name, options);
    this.#dns.push(script);
    return script;
  }

  udpFlow(flow: Partial<UdpFlow> = {}): UdpFlow {
    const id = ++this.#ids;
    const frame = this.nextFrame();
    const time = this.now * MILLISECOND;
    const made: UdpFlow = {
      id,
      client: endpoint(`10.0.0.2:${50_000 + id}`),
      server: endpoint('203.0.113.7:443'),
      v6: false,
      firstTime: time,
      lastTime: time,
      protocol: 'other',
      name: null,
      sent: { datagrams: 1, frames: [frame] },
      received: { datagrams: 0, frames: [] },
      icmp: [],
      ...flow,
    };
    this.udp.push(made);
    return made;
  }

  icmpError(error: Partial<IcmpError> = {}): IcmpError {
    const made: IcmpError = {
      frame: this.nextFrame(),
      time: this.now * MILLISECOND,
      v6: false,
      type: 3,
      code: 1,
      from: '192.0.2.1',
      ttl: 60,
      quoted: {
        protocol: 6,
        source: endpoint('10.0.0.2:49152'),
        destination: endpoint('203.0.113.7:443'),
        ttl: 1,
        ipId: 0,
      },
      ...error,
    };
    this.icmp.push(made);
    return made;
  }

  ping(address: string, requests: number, replies: number): this {
    this.pings.set(address, { requests, replies, frames: [this.nextFrame()] });
    return this;
  }

  /** Into the index alone, for what no script above makes. */
  attempt(attempt: Partial<Attempt> = {}): this {
    const time = this.now * MILLISECOND;
    this.index.record({
      flow: ++this.#ids,
      client: '10.0.0.2',
      address: '203.0.113.7',
      port: 443,
      transport: 'tcp',
      name: null,
      nameFrom: attempt.name == null ? 'none' : 'sni',
      ja4: null,
      helloLength: null,
      firstTime: time,
      lastTime: time,
      outcome: 'ok',
      tries: 1,
      frames: [this.nextFrame()],
      trySpan: 0,
      received: attempt.outcome === undefined || attempt.outcome === 'ok' ? 4000 : 0,
      rounds: 1,
      clientTtl: 64,
      synData: false,
      ...attempt,
    });
    return this;
  }

  /** Call once: it enters every scripted connection into the index. */
  base(facts: Partial<CaptureFacts> = {}): EvidenceBase {
    const tcp: TcpFlow[] = [];
    for (const script of this.#tcp) {
      const attempt = script.attempt();
      this.index.record(attempt);
      const sample = script.sample();
      if (sample !== null) this.index.sample(attempt.address, sample);
      if (script.options.healthy !== true) tcp.push(script.snapshot());
    }
    return {
      tcp,
      udp: this.udp,
      exchanges: this.#dns.map((script) => script.snapshot()),
      icmp: this.icmp,
      pings: this.pings,
      index: this.index,
      capture: {
        endTime: (this.now + 30_000) * MILLISECOND,
        ended: true,
        drops: 0,
        clockUnsound: false,
        duplicatedShare: 0,
        offload: false,
        cutFrames: 0,
        oneWayShare: 0,
        oneWayFlows: 0,
        tcpFlows: tcp.length,
        local: new Set(['10.0.0.2']),
        role: 'client',
        roleBasis: 'inferred',
        ...this.#facts,
        ...facts,
      },
    };
  }
}
