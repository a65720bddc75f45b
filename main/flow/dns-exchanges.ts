// DNS queries and every answer seen to each. Messages are kept as bytes while an exchange is open and read only when
// it is worth keeping: of the same question a few ordinary exchanges are enough, unusual ones go first. Bounded.

import { DNS_TYPE, type DnsMessage, dnsHeader, isPlausibleDns, parseDns, questionHash } from '../wire/dns.ts';
import { META, type PacketColumns, PROTOCOL } from '../wire/packet.ts';
import { isDecodeError } from '../wire/result.ts';
import { ipv4Text, ipv6Text } from '../wire/text.ts';
import type { DnsAnswerRecord, DnsExchange, Endpoint, IcmpError } from './records.ts';
import { isCrowded, leaving } from './room.ts';

/** Answers belong to a query for this long (Zeek's DNS session timeout), nanoseconds. */
const ANSWER_WITHIN = 10e9;
/** Exchanges kept of one question from one client to one resolver, the first and the latest plain one among them; of all; open. */
const KEPT_OF_QUESTION = 16;
const MAX_KEPT = 32_768;
/** While there are fewer than this in all, plain ones stay, too: a table of a small capture lacks none. */
const KEPT_WHILE_FEW = 1_024;
const MAX_OPEN = 16_384;
/** Queries, and answers, kept of one exchange. */
const MAX_MESSAGES = 32;
/** An ICMP error belongs to one of the latest exchanges. */
const LATEST_FOR_ICMP = 256;

/** Recycled exchanges whose bytes take more than this give them back. */
const SPARE_BYTES = 1_024;
/** Slots for open exchanges; a power of two, twice MAX_OPEN. */
const SLOTS = 32_768;

/** A message of an exchange, by offsets into the exchange's bytes: network header, ports, and the message itself. */
class Message {
  isAnswer = false;
  whole = false;
  v6 = false;
  df = false;
  transport: 'udp' | 'tcp' = 'udp';
  frame = 0;
  time = 0;
  ttl = 0;
  ipId = 0;
  header = 0;
  ports = 0;
  start = 0;
  end = 0;
}

/** Objects of this class are used again and again: a busy resolver's exchanges come by the million. */
class Exchange {
  id = 0;
  /** Of the five-tuple, and of transaction and question. */
  tuple = 0;
  asked = 0;
  /** Client, resolver, name and type. */
  question = 0;
  lastTime = 0;
  closed = false;
  /** In the queue still; let go already. Recycled when neither refers to it. */
  queued = false;
  released = false;
  queries = 0;
  answers = 0;
  /** The first answer was captured whole, has no error and answers something. */
  plainAnswer = false;
  /** Plain exchanges of the same question that were not kept; counted at the first plain one. */
  unkept = 0;
  icmp: IcmpError[] = NO_ERRORS;
  /** What it says, once it was asked for after it had closed. */
  read: DnsExchange | null = null;
  /** The first `queries + answers` are in use. */
  readonly messages: Message[] = [];
  bytes = new Uint8Array(192);
  length = 0;

  /** One query and one answer without error. */
  get isPlain(): boolean {
    return this.queries === 1 && this.answers === 1 && this.plainAnswer && this.icmp.length === 0;
  }

  reset(): void {
    this.closed = false;
    this.released = false;
    this.queries = 0;
    this.answers = 0;
    this.plainAnswer = false;
    this.unkept = 0;
    this.icmp = NO_ERRORS;
    this.read = null;
    this.length = 0;
    if (this.messages.length > 2) this.messages.length = 2;
    if (this.bytes.length > SPARE_BYTES) this.bytes = new Uint8Array(192);
  }

  first(isAnswer: boolean): Message | null {
    for (let i = 0; i < this.queries + this.answers; i++)
      if (this.messages[i]!.isAnswer === isAnswer) return this.messages[i]!;
    return null;
  }

  frames(): number[] {
    return this.messages.slice(0, this.queries + this.answers).map(({ frame }) => frame);
  }

  /** Room for `size` further bytes; where they begin. */
  room(size: number): number {
    const at = this.length;
    this.length += size;
    if (this.length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length));
      larger.set(this.bytes.subarray(0, at));
      this.bytes = larger;
    }
    return at;
  }
}

const NO_ERRORS: IcmpError[] = [];

export class DnsExchanges {
  readonly #slots: (Exchange | null)[] = new Array<Exchange | null>(SLOTS).fill(null);
  #openCount = 0;
  /** In the order of their first messages, from #oldest on. */
  #queue: Exchange[] = [];
  #oldest = 0;
  readonly #spare: Exchange[] = [];
  readonly #kept = new Map<number, Exchange[]>();
  #keptCount = 0;
  #next = 1;
  queries = 0;
  /** Exchanges not kept in full for want of room. */
  dropped = 0;
  /** Of these, those that nothing alike is kept for. */
  refused = 0;

  /**
   * Takes the message [start, end) of `bytes`, which the packet in this row brought: its own bytes, or those of a stream.
   * `whole`: all of the message was captured.
   */
  message(
    bytes: Uint8Array,
    start: number,
    end: number,
    whole: boolean,
    columns: PacketColumns,
    row: number,
    frame: number,
    time: number,
  ): void {
    if (!isPlausibleDns(bytes, start, end) || dnsHeader.opcode(bytes, start) !== 0) return;
    const isAnswer = (dnsHeader.flags(bytes, start) & 0x8000) !== 0;
    const hash = questionHash(bytes, start, end);
    const tuple = columns.hash[row]!;
    const asked = Math.imul(hash ^ dnsHeader.id(bytes, start), 0x9e3779b1) >>> 11;
    let exchange = this.#find(tuple, asked);
    if (exchange !== null && time - exchange.lastTime > ANSWER_WITHIN) {
      this.#close(exchange);
      exchange = null;
    }
    const ip = columns.ip[row]!;
    const v6 = (columns.meta[row]! & META.v6) !== 0;
    if (exchange === null) {
      exchange = this.#begin(tuple, asked);
      exchange.lastTime = time;
      exchange.question = questionKey(columns.bytes, ip, v6, isAnswer, hash);
      this.#expire(time);
    }
    exchange.lastTime = time;
    if (!isAnswer) this.queries++;
    if ((isAnswer ? exchange.answers : exchange.queries) >= MAX_MESSAGES) return;
    if (isAnswer && exchange.answers === 0)
      exchange.plainAnswer = whole && (dnsHeader.flags(bytes, start) & 15) === 0 && dnsHeader.answers(bytes, start) > 0;
    const count = exchange.queries + exchange.answers;
    let message = exchange.messages[count];
    if (message === undefined) {
      message = new Message();
      exchange.messages.push(message);
    }
    if (isAnswer) exchange.answers++;
    else exchange.queries++;
    message.isAnswer = isAnswer;
    message.whole = whole;
    message.v6 = v6;
    message.df = (columns.meta[row]! & META.df) !== 0;
    message.transport = (columns.meta[row]! & 255) === PROTOCOL.tcp ? 'tcp' : 'udp';
    message.frame = frame;
    message.time = time;
    message.ttl = columns.ttl[row]!;
    message.ipId = columns.ipId[row]!;
    const ports = columns.transport[row]!;
    const headerSize = ports + 4 - ip;
    const at = exchange.room(headerSize + end - start);
    message.header = at;
    message.ports = at + ports - ip;
    message.start = at + headerSize;
    message.end = exchange.length;
    const own = exchange.bytes;
    const packet = columns.bytes;
    // Short enough that a call costs more than the bytes
    for (let i = 0; i < headerSize; i++) own[at + i] = packet[ip + i]!;
    if (end - start > 64) own.set(bytes.subarray(start, end), at + headerSize);
    else for (let i = start, to = at + headerSize; i < end; i++, to++) own[to] = bytes[i]!;
  }

  #find(tuple: number, asked: number): Exchange | null {
    const slots = this.#slots;
    for (let at = slotOf(tuple, asked); ; at = (at + 1) & (SLOTS - 1)) {
      const exchange = slots[at]!;
      if (exchange === null || (exchange.tuple === tuple && exchange.asked === asked)) return exchange;
    }
  }

  #begin(tuple: number, asked: number): Exchange {
    const exchange = this.#spare.pop() ?? new Exchange();
    exchange.id = this.#next++;
    exchange.tuple = tuple;
    exchange.asked = asked;
    let at = slotOf(tuple, asked);
    while (this.#slots[at] !== null) at = (at + 1) & (SLOTS - 1);
    this.#slots[at] = exchange;
    this.#openCount++;
    exchange.queued = true;
    this.#queue.push(exchange);
    return exchange;
  }

  /** Backward-shift deletion, as in the table of flows. */
  #unslot(exchange: Exchange): void {
    const slots = this.#slots;
    let at = slotOf(exchange.tuple, exchange.asked);
    while (slots[at] !== exchange) at = (at + 1) & (SLOTS - 1);
    for (let next = (at + 1) & (SLOTS - 1); slots[next] !== null; next = (next + 1) & (SLOTS - 1)) {
      const other = slots[next]!;
      const home = slotOf(other.tuple, other.asked);
      if (((next - home) & (SLOTS - 1)) < ((next - at) & (SLOTS - 1))) continue;
      slots[at] = other;
      at = next;
    }
    slots[at] = null;
    this.#openCount--;
  }

  /** An ICMP error quotes a query of this client. */
  icmp(client: Endpoint, resolver: Endpoint, error: IcmpError): void {
    for (let at = this.#queue.length - 1, i = 0; at >= this.#oldest && i < LATEST_FOR_ICMP; at--, i++) {
      const exchange = this.#queue[at]!;
      if (exchange.closed || exchange.icmp.length >= 8) continue;
      const query = exchange.first(false);
      if (query === null) continue;
      const { source, destination } = endpoints(exchange, query);
      if (
        source.port === client.port &&
        source.address === client.address &&
        destination.address === resolver.address
      ) {
        exchange.icmp = [...exchange.icmp, error];
      }
    }
  }

  #expire(now: number): void {
    while (this.#oldest < this.#queue.length) {
      const exchange = this.#queue[this.#oldest]!;
      if (!exchange.closed) {
        if (now - exchange.lastTime <= ANSWER_WITHIN && this.#openCount <= MAX_OPEN) break;
        this.#close(exchange);
      }
      this.#oldest++;
      exchange.queued = false;
      if (exchange.released) this.#recycle(exchange);
    }
    if (this.#oldest > MAX_OPEN) {
      this.#queue = this.#queue.slice(this.#oldest);
      this.#oldest = 0;
    }
  }

  /** Packets were missed: a query that nobody answered so far may have been answered meanwhile. */
  interrupt(): void {
    for (let at = this.#oldest; at < this.#queue.length; at++) {
      const exchange = this.#queue[at]!;
      if (exchange.closed) continue;
      if (exchange.answers > 0) {
        this.#close(exchange);
      } else {
        exchange.closed = true;
        this.#unslot(exchange);
        this.#recycle(exchange);
      }
    }
  }

  #recycle(exchange: Exchange): void {
    exchange.released = true;
    if (exchange.queued) return;
    exchange.reset();
    this.#spare.push(exchange);
  }

  #close(exchange: Exchange): void {
    exchange.closed = true;
    this.#unslot(exchange);
    const kept = this.#kept.get(exchange.question);
    if (kept === undefined) {
      if (this.#keptCount < MAX_KEPT) {
        this.#kept.set(exchange.question, [exchange]);
        this.#keptCount++;
      } else {
        this.#refuse(exchange);
      }
      return;
    }
    // Of plain ones the first tell how it began and the latest what still works; others in between go
    const first = exchange.isPlain ? plainOf(kept, 0) : -1;
    const isFull = this.#keptCount >= MAX_KEPT || kept.length >= KEPT_OF_QUESTION;
    const hasRoom = !isFull && this.#keptCount < KEPT_WHILE_FEW;
    const later = first < 0 || hasRoom ? -1 : plainOf(kept, first + 1);
    let leaves = later;
    if (later >= 0) {
      kept[first]!.unkept++;
      kept[first]!.read = null;
    } else if (isFull) {
      leaves = kept.findLastIndex((other) => other.isPlain);
      if (leaves < 0) {
        this.#refuse(exchange);
        return;
      }
    } else {
      kept.push(exchange);
      this.#keptCount++;
      return;
    }
    this.dropped++;
    const gone = kept[leaves]!;
    for (let at = leaves + 1; at < kept.length; at++) kept[at - 1] = kept[at]!;
    kept[kept.length - 1] = exchange;
    this.#recycle(gone);
  }

  #refuse(exchange: Exchange): void {
    this.dropped++;
    this.refused++;
    this.#recycle(exchange);
  }

  /** Lets go the oldest where little room is left; what of that was cited is told. */
  makeRoom(isCited: (frame: number) => boolean, told: (frame: number) => void): number {
    if (!isCrowded(this.#keptCount, MAX_KEPT)) return 0;
    const all = [...this.#kept.values()].flat().sort((a, b) => a.lastTime - b.lastTime || a.id - b.id);
    const cites = (exchange: Exchange): boolean => exchange.frames().some(isCited);
    const gone = leaving(all, [{ limit: MAX_KEPT, of: () => 1 }], cites);
    for (const exchange of gone) {
      const kept = this.#kept.get(exchange.question)!;
      kept.splice(kept.indexOf(exchange), 1);
      if (kept.length === 0) this.#kept.delete(exchange.question);
      this.#keptCount--;
      for (const frame of exchange.frames()) if (isCited(frame)) told(frame);
      this.#recycle(exchange);
    }
    return gone.size;
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
    for (let at = this.#oldest; at < this.#queue.length; at++) {
      const exchange = this.#queue[at]!;
      const read = exchange.closed ? null : readExchange(exchange);
      if (read !== null) all.push(read);
    }
    return all.sort((a, b) => a.id - b.id);
  }
}

function slotOf(tuple: number, asked: number): number {
  return (tuple ^ Math.imul(asked, 0x85ebca6b)) & (SLOTS - 1);
}

/** Of the next plain exchange, or -1. */
function plainOf(kept: readonly Exchange[], from: number): number {
  for (let at = from; at < kept.length; at++) if (kept[at]!.isPlain) return at;
  return -1;
}

function endpoints(exchange: Exchange, message: Message): { source: Endpoint; destination: Endpoint } {
  const { bytes } = exchange;
  const { v6, header, ports } = message;
  const text = v6 ? ipv6Text : ipv4Text;
  const port = (at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;
  return {
    source: { address: text(bytes, header + (v6 ? 8 : 12)), port: port(ports) },
    destination: { address: text(bytes, header + (v6 ? 24 : 16)), port: port(ports + 2) },
  };
}

/** Client, resolver, name and type as one number. */
function questionKey(header: Uint8Array, ip: number, v6: boolean, isAnswer: boolean, hash: number): number {
  const size = v6 ? 16 : 4;
  const source = ip + (v6 ? 8 : 12);
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

function readExchange(exchange: Exchange): DnsExchange | null {
  const isQuery = exchange.queries > 0;
  const first = exchange.first(!isQuery);
  if (first === null) return null;
  const message = parse(exchange, first);
  if (message === null || message.question === null) return null;
  const { source, destination } = endpoints(exchange, first);
  const queries: DnsExchange['queries'][number][] = [];
  const answers: DnsAnswerRecord[] = [];
  for (let i = 0; i < exchange.queries + exchange.answers; i++) {
    const raw = exchange.messages[i]!;
    const read = raw === first ? message : parse(exchange, raw);
    if (!raw.isAnswer) {
      const { frame, time, ttl, ipId } = raw;
      queries.push({ frame, time, ttl, ipId, edns: read?.edns != null });
    } else if (read !== null) answers.push(answerRecord(read, raw));
  }
  return {
    id: exchange.id,
    client: isQuery ? source : destination,
    resolver: isQuery ? destination : source,
    transport: first.transport,
    v6: first.v6,
    name: message.question.name,
    type: message.question.type,
    txid: message.id,
    recursionDesired: message.rd,
    queries,
    answers,
    icmp: exchange.icmp,
    unkept: exchange.unkept,
  };
}

function parse({ bytes }: Exchange, raw: Message): DnsMessage | null {
  const message = parseDns(bytes, raw.start, raw.end, raw.whole ? 'record' : 'capture');
  return isDecodeError(message) ? null : message;
}

function answerRecord(message: DnsMessage, raw: Message): DnsAnswerRecord {
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
    frame: raw.frame,
    time: raw.time,
    rcode: message.rcode,
    addresses: [...addresses].sort(),
    cnames,
    recordTtl,
    flags: message.flags,
    tc: message.tc,
    edns: message.edns !== null,
    extendedError: message.edns?.extendedError?.code ?? null,
    compressed: message.compressed,
    answerCount: message.answerCount,
    referral: message.referral,
    whole: raw.whole && message.stop === null,
    ttl: raw.ttl,
    ipId: raw.ipId,
    df: raw.df,
    duplicates: 0,
  };
}
