// DNS queries and every answer seen to each. Messages are kept as bytes while an exchange is open and read only when
// it is worth keeping: of the same question a few ordinary exchanges are enough, unusual ones go first. Bounded.

import { DNS_TYPE, type DnsMessage, dnsHeader, isPlausibleDns, parseDns, questionHash } from '../wire/dns.ts';
import { isDecodeError } from '../wire/result.ts';
import { ipv4Text, ipv6Text } from '../wire/text.ts';
import type { DnsAnswerRecord, DnsExchange, Endpoint, IcmpError } from './records.ts';

/** Answers belong to a query for this long (Zeek's DNS session timeout), nanoseconds. */
const ANSWER_WITHIN = 10e9;
/** Exchanges kept of one question from one client to one resolver: the first and latest plain ones, and any; of all; open. */
const KEPT_PLAIN = 2;
const KEPT_OF_QUESTION = 16;
const MAX_KEPT = 32_768;
const MAX_OPEN = 16_384;
/** Queries, and answers, kept of one exchange. */
const MAX_MESSAGES = 32;
/** An ICMP error belongs to one of the latest exchanges. */
const LATEST_FOR_ICMP = 256;

/** How a message travelled. */
export interface DnsPacket {
  readonly transport: 'udp' | 'tcp';
  readonly v6: boolean;
  readonly frame: number;
  readonly time: number;
  readonly ttl: number;
  readonly ipId: number;
  readonly df: boolean;
}

interface RawMessage {
  readonly packet: DnsPacket;
  /** Network header, ports at `ports`, and the message from `start` on. */
  readonly bytes: Uint8Array;
  readonly ports: number;
  readonly start: number;
  readonly whole: boolean;
}

interface OpenExchange {
  readonly id: number;
  readonly key: number;
  readonly question: number;
  readonly queries: RawMessage[];
  readonly answers: RawMessage[];
  readonly icmp: IcmpError[];
  lastTime: number;
  closed: boolean;
  /** Plain exchanges of the same question that were not kept; counted at the first plain one. */
  unkept: number;
  /** What it says, once it was asked for after it had closed. */
  read: DnsExchange | null;
}

export class DnsExchanges {
  readonly #open = new Map<number, OpenExchange>();
  /** In the order of their first messages, from #oldest on. */
  #queue: OpenExchange[] = [];
  #oldest = 0;
  readonly #kept = new Map<number, OpenExchange[]>();
  #keptCount = 0;
  #next = 1;
  queries = 0;
  /** Exchanges not kept in full for want of room. */
  dropped = 0;

  /**
   * Takes the message [start, end) of `bytes`. `tuple`: seeded hash of the five-tuple. The network header is at `ip` of
   * `packetBytes`, the ports at `ports`. `whole`: all of the message was captured.
   */
  message(
    bytes: Uint8Array,
    start: number,
    end: number,
    whole: boolean,
    tuple: number,
    packetBytes: Uint8Array,
    ip: number,
    ports: number,
    packet: DnsPacket,
  ): void {
    if (!isPlausibleDns(bytes, start, end) || dnsHeader.opcode(bytes, start) !== 0) return;
    const isAnswer = (dnsHeader.flags(bytes, start) & 0x8000) !== 0;
    const hash = questionHash(bytes, start, end);
    const key =
      (tuple >>> 0) * 0x200000 + ((Math.imul(hash ^ dnsHeader.id(bytes, start), 0x9e3779b1) >>> 11) & 0x1fffff);
    let exchange = this.#open.get(key);
    if (exchange !== undefined && packet.time - exchange.lastTime > ANSWER_WITHIN) {
      this.#close(exchange);
      exchange = undefined;
    }
    const message: RawMessage =
      bytes === packetBytes
        ? { packet, bytes: bytes.slice(ip, end), ports: ports - ip, start: start - ip, whole }
        : {
            packet,
            bytes: joined(packetBytes, ip, ports + 4, bytes, start, end),
            ports: ports - ip,
            start: ports + 4 - ip,
            whole,
          };
    if (exchange === undefined) {
      exchange = {
        id: this.#next++,
        key,
        question: questionKey(message, isAnswer, hash),
        queries: [],
        answers: [],
        icmp: [],
        lastTime: packet.time,
        closed: false,
        unkept: 0,
        read: null,
      };
      this.#open.set(key, exchange);
      this.#queue.push(exchange);
      this.#expire(packet.time);
    }
    exchange.lastTime = packet.time;
    if (!isAnswer) this.queries++;
    const list = isAnswer ? exchange.answers : exchange.queries;
    if (list.length < MAX_MESSAGES) list.push(message);
  }

  /** An ICMP error quotes a query of this client. */
  icmp(client: Endpoint, resolver: Endpoint, error: IcmpError): void {
    for (let at = this.#queue.length - 1, i = 0; at >= this.#oldest && i < LATEST_FOR_ICMP; at--, i++) {
      const exchange = this.#queue[at]!;
      const query = exchange.queries[0];
      if (exchange.closed || query === undefined || exchange.icmp.length >= 8) continue;
      const { source, destination } = endpoints(query);
      if (
        source.port === client.port &&
        source.address === client.address &&
        destination.address === resolver.address
      ) {
        exchange.icmp.push(error);
      }
    }
  }

  #expire(now: number): void {
    while (this.#oldest < this.#queue.length) {
      const exchange = this.#queue[this.#oldest]!;
      if (!exchange.closed) {
        if (now - exchange.lastTime <= ANSWER_WITHIN && this.#open.size <= MAX_OPEN) break;
        this.#close(exchange);
      }
      this.#oldest++;
    }
    if (this.#oldest > MAX_OPEN) {
      this.#queue = this.#queue.slice(this.#oldest);
      this.#oldest = 0;
    }
  }

  #close(exchange: OpenExchange): void {
    exchange.closed = true;
    this.#open.delete(exchange.key);
    const kept = this.#kept.get(exchange.question);
    if (kept === undefined) {
      if (this.#keptCount < MAX_KEPT) {
        this.#kept.set(exchange.question, [exchange]);
        this.#keptCount++;
      } else this.dropped++;
      return;
    }
    // Of plain ones the first tell how it began and the latest what still works; others in between go
    const plain = isPlain(exchange) ? kept.filter(isPlain) : [];
    const isFull = this.#keptCount >= MAX_KEPT || kept.length >= KEPT_OF_QUESTION;
    if (plain.length >= KEPT_PLAIN) {
      kept.splice(kept.indexOf(plain[KEPT_PLAIN >> 1]!), 1);
      plain[0]!.unkept++;
      plain[0]!.read = null;
    } else if (isFull) {
      const ordinary = kept.findLastIndex(isPlain);
      if (ordinary < 0) {
        this.dropped++;
        return;
      }
      kept.splice(ordinary, 1);
    } else {
      kept.push(exchange);
      this.#keptCount++;
      return;
    }
    this.dropped++;
    kept.push(exchange);
  }

  /** In the order of their first messages; open ones among them, as they stand. */
  all(): DnsExchange[] {
    const all: DnsExchange[] = [];
    for (const kept of this.#kept.values()) {
      for (const exchange of kept) {
        exchange.read ??= readExchange(exchange);
        if (exchange.read !== null) all.push(exchange.read);
      }
    }
    for (const exchange of this.#open.values()) {
      const read = readExchange(exchange);
      if (read !== null) all.push(read);
    }
    return all.sort((a, b) => a.id - b.id);
  }
}

/** One query and one answer without error. */
function isPlain(exchange: OpenExchange): boolean {
  if (exchange.queries.length !== 1 || exchange.answers.length !== 1 || exchange.icmp.length > 0) return false;
  const answer = exchange.answers[0]!;
  return (
    answer.whole &&
    (dnsHeader.flags(answer.bytes, answer.start) & 15) === 0 &&
    dnsHeader.answers(answer.bytes, answer.start) > 0
  );
}

function joined(
  header: Uint8Array,
  from: number,
  to: number,
  message: Uint8Array,
  start: number,
  end: number,
): Uint8Array {
  const both = new Uint8Array(to - from + end - start);
  both.set(header.subarray(from, to));
  both.set(message.subarray(start, end), to - from);
  return both;
}

function endpoints(message: RawMessage): { source: Endpoint; destination: Endpoint } {
  const { bytes: header, ports } = message;
  const { v6 } = message.packet;
  const text = v6 ? ipv6Text : ipv4Text;
  const port = (at: number): number => (header[at]! << 8) | header[at + 1]!;
  return {
    source: { address: text(header, v6 ? 8 : 12), port: port(ports) },
    destination: { address: text(header, v6 ? 24 : 16), port: port(ports + 2) },
  };
}

/** Client, resolver, name and type as one number. */
function questionKey(message: RawMessage, isAnswer: boolean, hash: number): number {
  const { bytes: header } = message;
  const { v6 } = message.packet;
  const size = v6 ? 16 : 4;
  const source = v6 ? 8 : 12;
  let a = hash | 0;
  let b = Math.imul(hash, 0x85ebca6b) | 0;
  for (let i = 0; i < size * 2; i++) {
    // The client's address first, whoever sent this message
    const byte = header[source + (isAnswer ? (i + size) % (size * 2) : i)]!;
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b + byte, 0xc2b2ae35) ^ (b >>> 13);
  }
  return (a >>> 0) * 0x200000 + ((b >>> 0) & 0x1fffff);
}

function readExchange(exchange: OpenExchange): DnsExchange | null {
  const first = exchange.queries[0] ?? exchange.answers[0];
  if (first === undefined) return null;
  const isQuery = exchange.queries.length > 0;
  const message = parse(first);
  if (message === null || message.question === null) return null;
  const { source, destination } = endpoints(first);
  const answers: DnsAnswerRecord[] = [];
  for (const raw of exchange.answers) {
    const read = parse(raw);
    if (read !== null) answers.push(answerRecord(read, raw));
  }
  return {
    id: exchange.id,
    client: isQuery ? source : destination,
    resolver: isQuery ? destination : source,
    transport: first.packet.transport,
    v6: first.packet.v6,
    name: message.question.name,
    type: message.question.type,
    txid: message.id,
    queries: exchange.queries.map((raw) => ({
      frame: raw.packet.frame,
      time: raw.packet.time,
      ttl: raw.packet.ttl,
      ipId: raw.packet.ipId,
      edns: parse(raw)?.edns != null,
    })),
    answers,
    icmp: exchange.icmp,
    unkept: exchange.unkept,
  };
}

function parse(raw: RawMessage): DnsMessage | null {
  const message = parseDns(raw.bytes, raw.start, raw.bytes.length, raw.whole ? 'record' : 'capture');
  return isDecodeError(message) ? null : message;
}

function answerRecord(message: DnsMessage, raw: RawMessage): DnsAnswerRecord {
  const addresses = new Set<string>();
  const cnames: string[] = [];
  let recordTtl: number | null = null;
  for (const record of message.answers) {
    if (record.address !== null) addresses.add(record.address);
    if (record.type === DNS_TYPE.CNAME && record.target !== null) cnames.push(record.target);
    for (const hint of record.hints) addresses.add(hint);
    recordTtl ??= record.ttl;
  }
  return {
    frame: raw.packet.frame,
    time: raw.packet.time,
    rcode: message.rcode,
    addresses: [...addresses].sort(),
    cnames,
    recordTtl,
    flags: message.flags,
    aa: message.aa,
    ra: message.ra,
    tc: message.tc,
    edns: message.edns !== null,
    extendedError: message.edns?.extendedError?.code ?? null,
    compressed: message.compressed,
    answerCount: message.answerCount,
    whole: raw.whole && message.stop === null,
    ttl: raw.packet.ttl,
    ipId: raw.packet.ipId,
    df: raw.packet.df,
    duplicates: 0,
  };
}
