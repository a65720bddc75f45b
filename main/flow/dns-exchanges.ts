// DNS queries and every answer seen to each, kept bounded: open exchanges by five-tuple, transaction and question;
// finished ones by (client, resolver, name, type), the unusual ones first.

import { DNS_TYPE, type DnsMessage, dnsHeader, isPlausibleDns, parseDns, questionHash } from '../wire/dns.ts';
import { isDecodeError } from '../wire/result.ts';
import type { DnsAnswerRecord, DnsExchange, Endpoint, IcmpError } from './records.ts';

/** Answers belong to a query for this long (Zeek's DNS session timeout), nanoseconds. */
const ANSWER_WITHIN = 10e9;
const KEPT_OF_QUESTION = 16;
const MAX_KEPT = 32_768;
const MAX_OPEN = 16_384;
const MAX_ANSWERS = 32;

interface OpenExchange {
  id: number;
  client: Endpoint;
  resolver: Endpoint;
  transport: 'udp' | 'tcp';
  v6: boolean;
  name: string;
  type: number;
  txid: number;
  queries: { frame: number; time: number; ttl: number; ipId: number; edns: boolean }[];
  answers: (DnsAnswerRecord & { duplicates: number })[];
  icmp: IcmpError[];
  key: string;
  lastTime: number;
}

/** Where and how a message travelled. */
export interface DnsPacket {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly transport: 'udp' | 'tcp';
  readonly v6: boolean;
  readonly frame: number;
  readonly time: number;
  readonly ttl: number;
  readonly ipId: number;
  readonly df: boolean;
}

export class DnsExchanges {
  readonly #open = new Map<string, OpenExchange>();
  readonly #kept = new Map<string, { exchanges: OpenExchange[]; total: number }>();
  #keptCount = 0;
  #next = 1;
  queries = 0;
  /** Exchanges not kept in full for want of room. */
  dropped = 0;

  /** Takes one message. `whole`: all of it was captured. */
  message(bytes: Uint8Array, start: number, end: number, whole: boolean, packet: DnsPacket): void {
    if (!isPlausibleDns(bytes, start, end)) return;
    const isAnswer = (dnsHeader.flags(bytes, start) & 0x8000) !== 0;
    const client = isAnswer ? packet.destination : packet.source;
    const resolver = isAnswer ? packet.source : packet.destination;
    const txid = dnsHeader.id(bytes, start);
    const key = `${client.address} ${client.port} ${resolver.address} ${resolver.port} ${packet.transport} ${txid} ${questionHash(bytes, start, end)}`;
    let exchange = this.#open.get(key);
    if (exchange !== undefined && packet.time - exchange.lastTime > ANSWER_WITHIN) {
      this.#close(exchange);
      exchange = undefined;
    }
    const parsed = parseDns(bytes, start, end, whole ? 'record' : 'capture');
    if (isDecodeError(parsed) || parsed.question === null || parsed.opcode !== 0) return;
    if (exchange === undefined) {
      exchange = {
        id: this.#next++,
        client,
        resolver,
        transport: packet.transport,
        v6: packet.v6,
        name: parsed.question.name,
        type: parsed.question.type,
        txid,
        queries: [],
        answers: [],
        icmp: [],
        key,
        lastTime: packet.time,
      };
      this.#open.set(key, exchange);
      this.#expire(packet.time);
    }
    exchange.lastTime = packet.time;
    if (!isAnswer) {
      this.queries++;
      if (exchange.queries.length < MAX_ANSWERS) {
        exchange.queries.push({
          frame: packet.frame,
          time: packet.time,
          ttl: packet.ttl,
          ipId: packet.ipId,
          edns: parsed.edns !== null,
        });
      }
      return;
    }
    if (exchange.answers.length < MAX_ANSWERS) exchange.answers.push(answer(parsed, packet, whole));
  }

  /** An ICMP error quotes a query of this client. */
  icmp(client: Endpoint, resolver: Endpoint, error: IcmpError): void {
    const prefix = `${client.address} ${client.port} ${resolver.address} ${resolver.port} udp `;
    for (const exchange of this.#open.values()) {
      if (exchange.key.startsWith(prefix) && exchange.icmp.length < 8) exchange.icmp.push(error);
    }
  }

  #expire(now: number): void {
    for (const exchange of this.#open.values()) {
      if (now - exchange.lastTime <= ANSWER_WITHIN && this.#open.size <= MAX_OPEN) break;
      this.#close(exchange);
    }
  }

  #close(exchange: OpenExchange): void {
    this.#open.delete(exchange.key);
    const key = `${exchange.client.address} ${exchange.resolver.address} ${exchange.type} ${exchange.name}`;
    let kept = this.#kept.get(key);
    if (kept === undefined) {
      if (this.#keptCount >= MAX_KEPT) {
        this.dropped++;
        return;
      }
      kept = { exchanges: [], total: 0 };
      this.#kept.set(key, kept);
    }
    kept.total++;
    if (kept.exchanges.length < KEPT_OF_QUESTION && this.#keptCount < MAX_KEPT) {
      kept.exchanges.push(exchange);
      this.#keptCount++;
      return;
    }
    this.dropped++;
    if (!isUnusual(exchange)) return;
    const ordinary = kept.exchanges.findIndex((other) => !isUnusual(other));
    if (ordinary >= 0) kept.exchanges[ordinary] = exchange;
  }

  /** In the order of their first messages; open ones among them. */
  all(): DnsExchange[] {
    const all: OpenExchange[] = [];
    for (const kept of this.#kept.values()) all.push(...kept.exchanges);
    all.push(...this.#open.values());
    return all.sort((a, b) => a.id - b.id);
  }
}

/** One query and one plain answer is ordinary. */
function isUnusual(exchange: OpenExchange): boolean {
  return exchange.answers.length !== 1 || exchange.queries.length !== 1 || exchange.answers[0]!.rcode !== 0;
}

function answer(message: DnsMessage, packet: DnsPacket, whole: boolean): DnsAnswerRecord {
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
    frame: packet.frame,
    time: packet.time,
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
    whole: whole && message.stop === null,
    ttl: packet.ttl,
    ipId: packet.ipId,
    df: packet.df,
    duplicates: 0,
  };
}
