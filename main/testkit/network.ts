// A network of scripted hosts, told in the field's words, whose traffic is captured at one place. Connections keep a
// clock at each end, so that packets stand in the capture when and in the order in which they would have passed:
//
//   const tls = net.connect({ client: '10.0.0.2', server: '93.184.215.14:443', rtt: 84, serverHops: 14 });
//   tls.clientHello({ sni: 'blocked.example' });
//   tls.inject.rst({ after: 3, hops: 6, ipId: 0 });
//   tls.serverHello();                       // arrives late: the server never closed
//
// Times are milliseconds. Nothing here judges, and nothing is random without a seed.

import { u8 } from './bytes.ts';
import { type Capture, type CaptureFrame, writeCapture } from './capture.ts';
import {
  type DnsAnswerOptions,
  dnsAnswer,
  dnsQuery,
  type HttpRequestOptions,
  type HttpResponseOptions,
  httpRequest,
  httpResponse,
} from './dns-bytes.ts';
import {
  echo,
  frame,
  type IpOptions,
  icmpError,
  isV6,
  LINKTYPE,
  type LinkOptions,
  tcp,
  tcpFlagBits,
  udp,
} from './packets.ts';
import { quicClientFlight, quicHandshake, quicShort } from './quic-bytes.ts';
import { Host, type StackName, tsval } from './stacks.ts';
import { alert, applicationData, type ClientHelloOptions, clientHello, serverHello } from './tls-bytes.ts';

export type Side = 'client' | 'server';

export interface NetOptions {
  /** Where the capture was taken; `path` is half-way. */
  readonly vantage?: 'client' | 'server' | 'path';
  readonly link?: Omit<LinkOptions, 'outgoing'>;
  readonly format?: Capture['format'];
  /** Packets that the capture lost, as pcapng tells it. */
  readonly dropped?: number;
  /** The capture goes on for this long after the last packet: marked by an unrelated ping. Default 60 s. */
  readonly runsOn?: number;
}

interface Recorded {
  readonly time: number;
  readonly order: number;
  readonly packet: Uint8Array;
  readonly outgoing: boolean;
  readonly forged: boolean;
}

/** 2026-11-01 12:00:00 UTC. */
const EPOCH = 1_793_534_400_000_000_000n;
export const CLIENT = '10.0.0.2';
const RESOLVER = '198.41.0.53';

export interface ConnectOptions {
  readonly client?: string;
  /** `93.184.215.14:443` or `[2606:2800::1]:443`. */
  readonly server: string;
  readonly rtt?: number;
  /** Routers between the ends; the client's default gateway is the first. */
  readonly serverHops?: number;
  readonly clientStack?: StackName;
  readonly serverStack?: StackName;
  /** Which machine behind the server's address it is: each has counters of its own. */
  readonly backend?: string;
  /** By how much the TTL of what has come a way differs at a moment, once the route has changed. */
  readonly routeChange?: (time: number) => number;
  readonly clientPort?: number;
  /** Milliseconds since the scenario's start; default: after everything before. */
  readonly at?: number;
}

export interface SegmentSettings {
  /** Milliseconds after this end's previous act. */
  readonly after?: number;
  /** Never arrives at the other end: dropped beyond the place of the capture, or before it; between the two ends. */
  readonly lost?: 'after-capture' | 'before-capture' | 'on-path';
  readonly flags?: string;
  readonly reserved?: number;
  readonly seq?: number;
  /** Bytes that were sent before this segment and come after it. */
  readonly seqAhead?: number;
  readonly ack?: number;
  readonly window?: number;
  readonly ttl?: number;
  readonly ipId?: number;
  readonly df?: boolean;
  readonly options?: Uint8Array;
  /** What came behind a gap (RFC 2018). */
  readonly sack?: readonly (readonly [from: number, to: number])[];
  readonly payload?: Uint8Array;
  readonly badChecksum?: boolean;
}

export interface InjectSettings {
  /** Milliseconds after the latest packet of the connection that was captured. */
  readonly after?: number;
  /** Routers between the injector and the capture; with `initialTtl` (64) this gives the TTL. */
  readonly hops?: number;
  readonly initialTtl?: number;
  readonly ttl?: number;
  readonly ipId?: number;
  readonly df?: boolean;
  readonly window?: number;
  readonly flags?: string;
  readonly reserved?: number;
  readonly seq?: number;
  /** Beyond what the receiver expects next. */
  readonly seqOffset?: number;
  readonly ack?: number;
  readonly payload?: Uint8Array;
  readonly options?: Uint8Array;
  /** Whom it is sent to; it claims to come from the other end. */
  readonly to?: Side;
  /** Identical copies sent, `gap` milliseconds apart (0.1). */
  readonly count?: number;
  readonly gap?: number;
  /** IP identification, window and DF as in the latest packet of the end it is sent to. */
  readonly mirror?: boolean;
  /** Recorded only by a capture at that end: forged packets reach one end, and the story is told once for both. */
  readonly seenAt?: Side;
  /** A reset that its receiver does not take, for its sequence number is out of the window. */
  readonly ignored?: boolean;
}

interface End {
  readonly address: string;
  readonly port: number;
  readonly host: Host;
  readonly state: { id: number };
  readonly isn: number;
  /** Local time up to which this end has acted. */
  clock: number;
  next: number;
  /** Everything below was received from the other end. */
  received: number;
  /** As the latest captured packet of it had them. */
  latest: { id: number; window: number; df: boolean; ttl: number };
  lastData: { seq: number; payload: Uint8Array };
  /** Latest timestamp value of the other end. */
  echo: number;
}

export class Net {
  readonly options: NetOptions;
  readonly #recorded: Recorded[] = [];
  readonly #hosts = new Map<string, Host>();
  #port = 50_000;
  #dnsId = 0x3a00;
  /** Nothing later was captured. */
  latest = 0;

  constructor(options: NetOptions = {}) {
    this.options = options;
  }

  /** 0 at the client, 1 at the server. */
  get position(): number {
    return { client: 0, path: 0.5, server: 1 }[this.options.vantage ?? 'client'];
  }

  host(address: string, stack: StackName): Host {
    let host = this.#hosts.get(address);
    if (host === undefined) {
      host = new Host(stack, address);
      this.#hosts.set(address, host);
    }
    return host;
  }

  nextPort(): number {
    return this.#port++;
  }

  record(time: number, packet: Uint8Array, facts: { outgoing?: boolean; forged?: boolean } = {}): void {
    const { outgoing = false, forged = false } = facts;
    this.#recorded.push({ time, order: this.#recorded.length, packet, outgoing, forged });
    if (time > this.latest) this.latest = time;
  }

  /** Nothing happens for a while. */
  wait(milliseconds: number): void {
    this.latest += milliseconds;
  }

  /** A connection on which nothing was sent yet. */
  dial(options: ConnectOptions): Connection {
    return new Connection(this, options);
  }

  /** SYN, SYN-ACK, ACK. */
  connect(options: ConnectOptions): Connection {
    return this.dial(options).handshake();
  }

  /** An ordinary visit that works: by TLS with `sni`, else by HTTP with `host`. Serves as a control. */
  visit(options: ConnectOptions & { sni?: string; host?: string; rounds?: number }): Connection {
    const connection = this.connect(options);
    if (options.host !== undefined) {
      connection.request({ host: options.host });
      connection.response();
    } else {
      connection.clientHello({ sni: options.sni ?? null });
      connection.serverHello();
      connection.talk(options.rounds ?? 2);
    }
    connection.close();
    return connection;
  }

  /** SYNs that draw nothing, with the pauses of a stack in seconds. */
  unanswered(options: ConnectOptions & { retries?: readonly number[] }): Connection {
    const connection = this.dial(options);
    connection.syn({ lost: 'after-capture' });
    connection.retrySyn(options.retries ?? [1, 2, 4, 8]);
    return connection;
  }

  resolve(options: ResolveOptions): void {
    const {
      client = CLIENT,
      resolver = RESOLVER,
      name,
      type = 1,
      rtt = 24,
      edns = true,
      recursionDesired = true,
    } = options;
    const hops = options.hops ?? 9;
    const start = options.at ?? this.latest + 30;
    const source = this.nextPort();
    const id = this.#dnsId++;
    const clientHost = this.host(client, 'linux');
    const resolverHost = this.host(resolver, options.resolverStack ?? 'linux');
    const state = { id: clientHost.firstId() };
    const resolverState = { id: resolverHost.firstId() };
    const away: IpOptions = { source: client, destination: resolver };
    const back: IpOptions = { source: resolver, destination: client };
    const ports = { sourcePort: source, destinationPort: 53 };
    const times = [0, ...(options.retries ?? [])].map((seconds) => start + seconds * 1000);
    for (const time of times) {
      const query = dnsQuery({ id, name, type, edns, recursionDesired });
      const sent = { ...away, ttl: 64, id: clientHost.id(state, 'other'), df: true };
      this.record(time, udp(sent, ports, query), { outgoing: true });
      for (const [index, forged] of (options.inject ?? []).entries()) {
        const {
          after = 3,
          hops: from = 5,
          initialTtl = 64,
          ttl = initialTtl - from,
          ipId = 0,
          df = false,
          ...answer
        } = forged;
        const bytes = dnsAnswer({ id, name, type, edns: false, recursionDesired, ...answer });
        this.record(time + after + 0.01 * index, udp({ ...back, ttl, id: ipId, df }, flip(ports), bytes), {
          forged: true,
        });
      }
      const real = options.answer;
      if (real === undefined) continue;
      const bytes = dnsAnswer({ id, name, type, edns, recursionDesired, ...real });
      const identity = { ttl: resolverHost.stack.ttl - hops, id: resolverHost.id(resolverState, 'other'), df: false };
      this.record(time + rtt, udp({ ...back, ...identity }, flip(ports), bytes), { forged: options.lying === true });
      if (options.again === undefined) continue;
      const { after, ...other } = options.again;
      const more = { ...identity, id: resolverHost.id(resolverState, 'other') };
      const second = dnsAnswer({ id, name, type, edns, recursionDesired, ...other });
      this.record(time + rtt + after, udp({ ...back, ...more }, flip(ports), second));
    }
  }

  ping(options: {
    client?: string;
    address: string;
    count?: number;
    answered?: boolean;
    rtt?: number;
    hops?: number;
  }): void {
    const { client = CLIENT, address, count = 3, answered = true, rtt = 40, hops = 10 } = options;
    const start = this.latest + 30;
    for (let at = 0; at < count; at++) {
      const time = start + 1000 * at;
      this.record(time, echo({ source: client, destination: address, ttl: 64, id: 0x200 + at }, false, 77, at), {
        outgoing: true,
      });
      if (!answered) continue;
      this.record(
        time + rtt,
        echo({ source: address, destination: client, ttl: 64 - hops, id: 0x900 + at }, true, 77, at),
      );
    }
  }

  quic(options: QuicOptions): void {
    const { client = CLIENT, rtt = 40, serverHops = 12 } = options;
    const server = endpoint(options.server);
    const start = options.at ?? this.latest + 30;
    const ports = { sourcePort: this.nextPort(), destinationPort: server.port };
    const away = { source: client, destination: server.address, ttl: 64, df: true };
    const back = { source: server.address, destination: client, ttl: 64 - serverHops, df: true };
    const hello = { sni: options.sni ?? null, postQuantum: options.postQuantum ?? false };
    // Probe timeouts double (RFC 9002 §6.2)
    const sends = options.answered === false ? [0, 0.3, 0.9, 2.1, 4.5] : [0];
    for (const [attempt, seconds] of sends.entries()) {
      for (const datagram of quicClientFlight(hello, { seed: `${ports.sourcePort}`, packetNumber: 2 * attempt })) {
        this.record(start + seconds * 1000, udp(away, ports, datagram), { outgoing: true });
      }
    }
    if (options.answered === false) return;
    this.record(start + rtt, udp(back, flip(ports), quicHandshake(1100, `${ports.sourcePort}`)));
    if (options.stalls === true) {
      for (let sent = 1; sent <= 14; sent++)
        this.record(start + rtt + sent * 350, udp(away, ports, quicShort(80, `c${sent}`)), { outgoing: true });
      return;
    }
    for (let round = 1; round <= 4; round++) {
      this.record(start + round * rtt + 1, udp(away, ports, quicShort(80, `c${round}`)), { outgoing: true });
      this.record(start + (round + 1) * rtt + 1, udp(back, flip(ports), quicShort(1000, `s${round}`)));
    }
  }

  /** What the capture holds, and which of its frames the interferer made. */
  capture(): { capture: Capture; forged: Set<number> } {
    const runsOn = this.options.runsOn ?? 60_000;
    const recorded = [...this.#recorded].sort((a, b) => a.time - b.time || a.order - b.order);
    if (runsOn > 0) {
      const packet = echo({ source: CLIENT, destination: '10.0.0.1', ttl: 64, id: 1 }, false, 1, 1);
      recorded.push({ time: this.latest + runsOn, order: 0, packet, outgoing: true, forged: false });
    }
    const { link = {}, format = 'pcapng', dropped = 0 } = this.options;
    const linkType = LINKTYPE[link.kind ?? 'ethernet'];
    const frames = recorded.map(({ time, packet, outgoing }, index): CaptureFrame => {
      const bytes = frame(packet, { ...link, outgoing });
      const nanos = EPOCH + BigInt(Math.round(time * 1e6));
      return { number: index + 1, time: nanos, bytes, original: bytes.length, linkType, iface: 0 };
    });
    const forged = new Set(recorded.flatMap((each, index) => (each.forged ? [index + 1] : [])));
    return { capture: { format, frames, dropped }, forged };
  }

  bytes(): Uint8Array {
    return writeCapture(this.capture().capture);
  }
}

type ForgedAnswer = Partial<DnsAnswerOptions> &
  Pick<InjectSettings, 'after' | 'hops' | 'initialTtl' | 'ttl' | 'ipId' | 'df'>;

export interface ResolveOptions {
  readonly client?: string;
  readonly resolver?: string;
  readonly name: string;
  readonly type?: number;
  readonly rtt?: number;
  readonly hops?: number;
  readonly edns?: boolean;
  /** Off where a resolver itself asks; on unless said. */
  readonly recursionDesired?: boolean;
  readonly resolverStack?: StackName;
  /** Seconds after the first at which the same query is sent again. */
  readonly retries?: readonly number[];
  /** What the resolver itself says; without it, it is silent. */
  readonly answer?: Partial<DnsAnswerOptions>;
  /** What it says to a copy of the question that was made behind the capture. */
  readonly again?: Partial<DnsAnswerOptions> & { readonly after: number };
  /** The resolver's answer is a lie, which counts as made by the interferer. */
  readonly lying?: boolean;
  /** Answers of somebody beside the path. */
  readonly inject?: readonly ForgedAnswer[];
  readonly at?: number;
}

export interface QuicOptions {
  readonly client?: string;
  readonly server: string;
  readonly sni?: string;
  readonly rtt?: number;
  readonly serverHops?: number;
  readonly answered?: boolean;
  /** The server's first flight arrives, and nothing after it; the client goes on for five seconds. */
  readonly stalls?: boolean;
  readonly postQuantum?: boolean;
  readonly at?: number;
}

function flip(ports: { sourcePort: number; destinationPort: number }): { sourcePort: number; destinationPort: number } {
  return { sourcePort: ports.destinationPort, destinationPort: ports.sourcePort };
}

function endpoint(text: string): { address: string; port: number } {
  const at = text.lastIndexOf(':');
  return { address: text.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) };
}

/** One TCP connection. What one end sends reaches the other after half a round trip unless it is lost. */
export class Connection {
  readonly #net: Net;
  readonly #ends: Record<Side, End>;
  readonly #rtt: number;
  readonly #hops: number;
  readonly #routeChange: (time: number) => number;
  #timestamps = false;
  /** A forged reset told the client that the connection is no more. */
  #clientIsGone = false;
  /** Capture time of the latest packet of this connection. */
  #captured: number;
  /** Bytes of the latest packet, for ICMP to quote. */
  #latestPacket: Uint8Array = u8();

  constructor(net: Net, options: ConnectOptions) {
    this.#net = net;
    this.#rtt = options.rtt ?? 40;
    this.#hops = options.serverHops ?? 12;
    this.#routeChange = options.routeChange ?? (() => 0);
    const start = options.at ?? net.latest + 30;
    this.#captured = start;
    const server = endpoint(options.server);
    const address = options.client ?? (isV6(server.address) ? '2a01:4f8::2' : CLIENT);
    const port = options.clientPort ?? net.nextPort();
    const end = (at: { address: string; port: number }, stack: StackName, machine = at.address): End => {
      const host = net.host(machine, stack);
      const isn = host.initialSequence();
      const latest = { id: 0, window: 0, df: host.stack.df, ttl: host.stack.ttl };
      const state = { id: host.firstId() };
      return {
        ...at,
        host,
        state,
        isn,
        clock: start,
        next: isn,
        received: 0,
        latest,
        lastData: { seq: isn, payload: u8() },
        echo: 0,
      };
    };
    this.#ends = {
      client: end({ address, port }, options.clientStack ?? 'linux'),
      server: end(server, options.serverStack ?? 'linux', options.backend),
    };
  }

  /** One segment, with what is not said filled in as the sender's stack would. */
  segment(from: Side, settings: SegmentSettings = {}): this {
    const sender = this.#ends[from];
    const receiver = this.#ends[from === 'client' ? 'server' : 'client'];
    const flags = settings.flags ?? 'A';
    const bits = tcpFlagBits(flags);
    const syn = (bits & 2) !== 0;
    const reset = (bits & 4) !== 0;
    const payload = settings.payload ?? u8();
    const seq = (settings.seq ?? sender.next + (settings.seqAhead ?? 0)) >>> 0;
    sender.clock += settings.after ?? 0.2;
    if (syn && from === 'client') this.#timestamps = sender.host.stack.timestamps && receiver.host.stack.timestamps;
    const stamped = (this.#timestamps || (syn && from === 'client' && sender.host.stack.timestamps)) && !reset;
    const kind = syn && from === 'server' ? 'syn-ack' : reset && (bits & 16) === 0 ? 'dead-reset' : 'other';
    const identity = {
      id: isV6(sender.address) ? 0 : (settings.ipId ?? sender.host.id(sender.state, kind)),
      ttl: settings.ttl ?? this.ttlAtCapture(from),
      df: settings.df ?? sender.host.stack.df,
    };
    const window = settings.window ?? (reset ? 0 : syn ? sender.host.stack.window : sender.host.stack.window >> 7);
    const packet = tcp(
      { source: sender.address, destination: receiver.address, ...identity },
      {
        sourcePort: sender.port,
        destinationPort: receiver.port,
        seq,
        ack: settings.ack ?? ((bits & 16) !== 0 ? sender.received : 0),
        flags,
        reserved: settings.reserved ?? 0,
        window,
        options:
          settings.options ??
          (reset ? u8() : sender.host.options(syn, sender.clock, sender.echo, stamped, settings.sack)),
        badChecksum: settings.badChecksum ?? false,
      },
      payload,
    );
    const delay = this.#rtt / 2;
    const position = from === 'client' ? this.#net.position : 1 - this.#net.position;
    const isPassed = settings.lost === 'on-path' ? position === 0 : settings.lost !== 'before-capture';
    if (isPassed) {
      const time = sender.clock + delay * position;
      this.#net.record(time, packet, { outgoing: position === 0 });
      this.#captured = Math.max(this.#captured, time);
      this.#latestPacket = packet;
      sender.latest = { id: identity.id, window, df: identity.df, ttl: identity.ttl };
    }
    const end = (seq + payload.length + (syn ? 1 : 0) + ((bits & 1) !== 0 ? 1 : 0)) >>> 0;
    if (settings.seq === undefined && !reset) sender.next = end;
    if (payload.length > 0) sender.lastData = { seq, payload };
    if (settings.lost === undefined) {
      receiver.clock = Math.max(receiver.clock, sender.clock + delay);
      if (stamped) receiver.echo = tsval(sender.clock);
      if (!reset && ((end - receiver.received) | 0) > 0) receiver.received = end;
      if (syn) receiver.received = end;
    }
    return this;
  }

  /** TTL with which an end's packets pass the place of the capture. */
  ttlAtCapture(from: Side): number {
    const { clock, host } = this.#ends[from];
    const position = from === 'client' ? this.#net.position : 1 - this.#net.position;
    const change = position === 0 ? 0 : this.#routeChange(clock);
    return host.stack.ttl - Math.round(this.#hops * position) + change;
  }

  syn(settings: SegmentSettings = {}): this {
    const end = this.#ends.client;
    end.next = end.isn;
    return this.segment('client', { flags: 'S', ...settings });
  }

  /** The same SYN again, none of them answered; pauses in seconds. */
  retrySyn(pauses: readonly number[], settings: SegmentSettings = {}): this {
    for (const pause of pauses) this.syn({ after: pause * 1000, lost: 'after-capture', ...settings });
    return this;
  }

  synAck(settings: SegmentSettings = {}): this {
    const end = this.#ends.server;
    end.next = end.isn;
    return this.segment('server', { flags: 'SA', ...settings });
  }

  handshake(): this {
    return this.syn().synAck().clientAck();
  }

  clientAck(settings: SegmentSettings = {}): this {
    return this.segment('client', { after: 0.05, ...settings });
  }

  serverAck(settings: SegmentSettings = {}): this {
    return this.segment('server', { after: 0.05, ...settings });
  }

  /** Data of one end, cut into segments of at most `mss` bytes. */
  data(from: Side, payload: Uint8Array, settings: SegmentSettings & { mss?: number } = {}): this {
    const { mss = 1400, ...rest } = settings;
    for (let at = 0; at < payload.length; at += mss) {
      const last = at + mss >= payload.length;
      const after = at === 0 ? (rest.after ?? 0.3) : 0.02;
      this.segment(from, { flags: last ? 'PA' : 'A', ...rest, payload: payload.subarray(at, at + mss), after });
    }
    return this;
  }

  clientHello(options: ClientHelloOptions & SegmentSettings & { mss?: number } = {}): this {
    const { sni, alpn, ech, postQuantum, size = 517, recordSize, ciphers, seed, ...settings } = options;
    const hello: ClientHelloOptions = {
      ...(sni === undefined ? {} : { sni }),
      ...(alpn === undefined ? {} : { alpn }),
      ...(ech === undefined ? {} : { ech }),
      ...(postQuantum ? { postQuantum } : { size }),
      ...(recordSize === undefined ? {} : { recordSize }),
      ...(ciphers === undefined ? {} : { ciphers }),
      seed: seed ?? `${this.#ends.client.port}`,
    };
    return this.data('client', clientHello(hello), settings);
  }

  /** The client acknowledges what came, or, where it takes the connection for closed, its kernel resets. */
  #take(): this {
    return this.#clientIsGone ? this.reset('client', { flags: 'R' }) : this.clientAck();
  }

  /** With the certificate behind it; the client answers as it would. */
  serverHello(settings: SegmentSettings & { tls12?: boolean; names?: readonly string[]; issuer?: string } = {}): this {
    const { tls12 = false, names = [], issuer = 'Example CA', ...rest } = settings;
    this.data('server', serverHello({ tls12, names, issuer, seed: this.#ends.server.address }), rest);
    return rest.lost === undefined ? this.#take() : this;
  }

  /**
   * A hello of two segments on a path that is too narrow for the first and tells nobody: the small second one arrives,
   * and is all that is selectively acknowledged (RFC 2018).
   */
  narrowPathHello(options: ClientHelloOptions): this {
    const hello = clientHello({ postQuantum: true, ...options });
    const { client } = this.#ends;
    const first = client.next;
    this.segment('client', { flags: 'A', payload: hello.subarray(0, 1400), lost: 'after-capture' });
    const tail = client.next;
    this.segment('client', { flags: 'PA', payload: hello.subarray(1400), after: 0.02 });
    this.serverAck({ ack: first, sack: [[tail, client.next]] });
    client.lastData = { seq: first, payload: hello.subarray(0, 1400) };
    return this.retransmit('client', 6);
  }

  alert(description: number, settings: SegmentSettings = {}): this {
    return this.data('server', alert(description), settings);
  }

  request(options: HttpRequestOptions & SegmentSettings = {}): this {
    const { host, method, target, ...settings } = options;
    const head: HttpRequestOptions = {
      ...(host === undefined ? {} : { host }),
      ...(method === undefined ? {} : { method }),
      ...(target === undefined ? {} : { target }),
    };
    return this.data('client', httpRequest(head), settings);
  }

  response(options: HttpResponseOptions & SegmentSettings = {}): this {
    const { status, reason, headers, body, ...settings } = options;
    const head: HttpResponseOptions = {
      ...(status === undefined ? {} : { status }),
      ...(reason === undefined ? {} : { reason }),
      ...(headers === undefined ? {} : { headers }),
      ...(body === undefined ? {} : { body }),
    };
    this.data('server', httpResponse(head), settings);
    return settings.lost === undefined ? this.#take() : this;
  }

  /** Requests and answers inside TLS. */
  talk(rounds: number, size = 2600): this {
    for (let round = 0; round < rounds; round++) {
      this.data('client', applicationData(300, round), { after: 5 });
      this.data('server', applicationData(size, round), { after: 2 });
      this.clientAck();
    }
    return this;
  }

  /** The latest data of an end again, after the pauses of its timer in milliseconds (RFC 6298: each twice the last). */
  retransmit(from: Side, times: number, settings: SegmentSettings & { first?: number } = {}): this {
    const { first = 300, ...rest } = settings;
    const { seq, payload } = this.#ends[from].lastData;
    for (let at = 0; at < times; at++) {
      this.segment(from, { flags: 'PA', seq, payload, after: first * 2 ** at, lost: 'after-capture', ...rest });
    }
    return this;
  }

  /** The latest data of the client once more; unless said otherwise, this time it arrives. */
  resend(settings: SegmentSettings = {}): this {
    const { seq, payload } = this.#ends.client.lastData;
    return this.segment('client', { flags: 'PA', seq, payload, after: 1200, ...settings });
  }

  /** A FIN of each end, and its acknowledgement. */
  close(first: Side = 'client'): this {
    const other = first === 'client' ? 'server' : 'client';
    this.segment(first, { flags: 'FA', after: 5 });
    this.segment(other, { flags: 'FA', after: 0.1 });
    return this.segment(first, { after: 0.05 });
  }

  /** A genuine reset of an end. Without ACK: the kernel's answer to a segment of a connection that is no more. */
  reset(from: Side, settings: SegmentSettings = {}): this {
    return this.segment(from, { flags: 'RA', after: 0.1, ...settings });
  }

  /** Local time up to which an end has acted. */
  clock(side: Side): number {
    return this.#ends[side].clock;
  }

  /** Routers between the server and the capture. */
  get hops(): number {
    return Math.round(this.#hops * (1 - this.#net.position));
  }

  /** Where the next byte of an end goes. */
  nextSequence(side: Side): number {
    return this.#ends[side].next;
  }

  /** Lets both ends be idle. */
  wait(milliseconds: number): this {
    for (const end of Object.values(this.#ends)) end.clock += milliseconds;
    return this;
  }

  /** An ICMP error about the latest packet of the client. */
  icmp(settings: {
    type: number;
    code: number;
    from: string;
    ttl?: number;
    after?: number;
    quotedTtl?: number;
    mtu?: number;
    forged?: boolean;
    /** Only this end's capture has it; by default the capture of either does. */
    seenAt?: Side;
  }): this {
    const { type, code, from, ttl = 63, after = 10, quotedTtl, mtu, forged = false, seenAt } = settings;
    if (seenAt !== undefined && seenAt !== (this.#net.options.vantage ?? 'client')) return this;
    const network: IpOptions = { source: from, destination: this.#ends.client.address, ttl, id: 0x4242, df: false };
    const error = {
      type,
      code,
      quoted: this.#latestPacket,
      ...(quotedTtl === undefined ? {} : { quotedTtl }),
      ...(mtu === undefined ? {} : { mtu }),
    };
    this.#net.record(this.#captured + after, icmpError(network, error), { forged });
    return this;
  }

  /** Somebody who is neither end, and sees what the capture sees. */
  readonly inject = {
    rst: (settings: InjectSettings = {}): Connection => this.#inject({ flags: 'RA', ...settings }),
    fin: (settings: InjectSettings = {}): Connection => this.#inject({ flags: 'FA', window: 229, ...settings }),
    data: (payload: Uint8Array, settings: InjectSettings = {}): Connection =>
      this.#inject({ flags: 'PA', window: 229, payload, ...settings }),
  };

  #inject(settings: InjectSettings & { flags: string }): this {
    const to = settings.to ?? 'client';
    const receiver = this.#ends[to];
    const claimed = this.#ends[to === 'client' ? 'server' : 'client'];
    const mirrored = settings.mirror === true ? receiver.latest : null;
    const { count = 1, gap = 0.1, hops = 5, initialTtl = 64, after = 3 } = settings;
    const network = {
      source: claimed.address,
      destination: receiver.address,
      ttl: settings.ttl ?? initialTtl - hops,
      id: settings.ipId ?? mirrored?.id ?? 0,
      df: settings.df ?? mirrored?.df ?? false,
    };
    const packet = tcp(
      network,
      {
        sourcePort: claimed.port,
        destinationPort: receiver.port,
        seq: (settings.seq ?? receiver.received + (settings.seqOffset ?? 0)) >>> 0,
        ack: (settings.ack ?? (settings.flags.includes('A') ? receiver.next : 0)) >>> 0,
        flags: settings.flags,
        reserved: settings.reserved ?? 0,
        window: settings.window ?? mirrored?.window ?? 0,
        ...(settings.options === undefined ? {} : { options: settings.options }),
      },
      settings.payload ?? u8(),
    );
    if (to === 'client' && settings.flags.includes('R') && settings.ignored !== true) this.#clientIsGone = true;
    const { vantage = 'client' } = this.#net.options;
    for (let at = 0; at < count && (settings.seenAt ?? vantage) === vantage; at++) {
      this.#captured += at === 0 ? after : gap;
      this.#net.record(this.#captured, packet, { forged: true });
    }
    return this;
  }
}
