// The packets that matter of a finding, one line each in the notation of packetdrill, for a person to check by eye.

import type { DnsExchange, PacketNote, TcpFlow } from '../flow/records.ts';
import { flagLetters, MARK, TCP_FLAG } from '../flow/records.ts';
import type { EvidenceBase } from '../observe/evidence-base.ts';

export type LadderRole = 'trigger' | 'forged' | 'genuine' | 'affected' | null;

export interface LadderLine {
  readonly frame: number;
  /** Nanoseconds since the first line of the ladder. */
  readonly offset: number;
  readonly fromClient: boolean;
  /** `R. 1:1(0) ack 518 win 1375 ttl 47 id 0x206e`; sequence numbers are relative, raw where no SYN was seen. */
  readonly notation: string;
  readonly role: LadderRole;
  /** Packets of the flow left out between this line and the one before. */
  readonly skipped: number;
}

export interface Ladder {
  readonly client: string;
  readonly server: string;
  readonly lines: readonly LadderLine[];
  /** Packets left out after the last line. */
  readonly skipped: number;
}

/** Lines of one ladder. More would not be read; the frames of the finding list the rest. */
const MAX_LINES = 24;

export interface CitedFrames {
  readonly trigger: readonly number[];
  readonly forged: readonly number[];
  readonly genuine: readonly number[];
  readonly affected: readonly number[];
}

/** Finds the flow or exchange once for many findings. */
export class Ladders {
  readonly #flows = new Map<number, TcpFlow>();
  readonly #byServer = new Map<string, TcpFlow[]>();
  readonly #exchanges = new Map<number, DnsExchange>();

  constructor(base: EvidenceBase) {
    for (const flow of base.tcp) {
      this.#flows.set(flow.id, flow);
      const list = this.#byServer.get(flow.server.address);
      if (list === undefined) this.#byServer.set(flow.server.address, [flow]);
      else list.push(flow);
    }
    for (const exchange of base.exchanges) {
      for (const query of exchange.queries) this.#exchanges.set(query.frame, exchange);
      for (const answer of exchange.answers) this.#exchanges.set(answer.frame, exchange);
    }
  }

  /** Null where neither a TCP flow nor an exchange of it is at hand. */
  of(about: { flow: number | null; address: string; dns: boolean; frames: CitedFrames }): Ladder | null {
    const roles = rolesOf(about.frames);
    if (about.dns) {
      for (const frame of roles.keys()) {
        const exchange = this.#exchanges.get(frame);
        if (exchange !== undefined) return dnsLadder(exchange, roles);
      }
    }
    const flow =
      (about.flow === null ? undefined : this.#flows.get(about.flow)) ??
      this.#byServer
        .get(about.address)
        ?.find((candidate) => candidate.packets.some((packet) => roles.has(packet.frame)));
    return flow === undefined ? null : tcpLadder(flow, roles);
  }
}

function rolesOf(frames: CitedFrames): Map<number, LadderRole> {
  const roles = new Map<number, LadderRole>();
  for (const role of ['affected', 'genuine', 'trigger', 'forged'] as const) {
    for (const frame of frames[role]) roles.set(frame, role);
  }
  return roles;
}

function tcpLadder(flow: TcpFlow, roles: ReadonlyMap<number, LadderRole>): Ladder {
  const { packets } = flow;
  const kept = new Set<number>();
  const keep = (at: number) => {
    if (at >= 0 && at < packets.length && kept.size < MAX_LINES) kept.add(at);
  };
  // The handshake and the forged packets first, then the other cited ones, then what stands next to a cited one.
  for (let at = 0; at < packets.length && at < 3; at++) keep(at);
  for (const wanted of ['forged', 'trigger', 'genuine', 'affected'] as const) {
    packets.forEach((packet, at) => {
      if (roles.get(packet.frame) === wanted) keep(at);
    });
  }
  packets.forEach((packet, at) => {
    if (roles.get(packet.frame) !== undefined) {
      keep(at - 1);
      keep(at + 1);
    }
  });
  const start = packets[0]?.time ?? 0;
  const lines: LadderLine[] = [];
  let previous = -1;
  for (const at of [...kept].sort((a, b) => a - b)) {
    const packet = packets[at]!;
    lines.push({
      frame: packet.frame,
      offset: packet.time - start,
      fromClient: packet.fromClient,
      notation: notationOf(packet, flow),
      role: roles.get(packet.frame) ?? null,
      skipped: at - previous - 1,
    });
    previous = at;
  }
  return {
    client: `${flow.client.address}:${flow.client.port}`,
    server: `${flow.server.address}:${flow.server.port}`,
    lines,
    skipped: packets.length - 1 - previous + flow.unkept,
  };
}

function notationOf(packet: PacketNote, flow: TcpFlow): string {
  const own = packet.fromClient ? flow.clientIsn : flow.serverIsn;
  const peer = packet.fromClient ? flow.serverIsn : flow.clientIsn;
  const seq = relative(packet.seq, own);
  const parts = [
    `${flagLetters(packet.flags) || 'none'} ${seq}:${relative(packet.seq + packet.length, own)}(${packet.length})`,
  ];
  if ((packet.flags & TCP_FLAG.ack) !== 0) parts.push(`ack ${relative(packet.ack, peer)}`);
  parts.push(`win ${packet.window}`, `ttl ${packet.ttl}`);
  if (packet.ipId >= 0) parts.push(`id 0x${packet.ipId.toString(16).padStart(4, '0')}`);
  if ((packet.marks & MARK.retransmission) !== 0) parts.push('retransmitted');
  if (packet.duplicates > 0) parts.push(`captured ${packet.duplicates + 1}x`);
  return parts.join(' ');
}

/** Distance from the initial sequence number modulo 2^32; a little below it is shown as negative. */
function relative(seq: number, isn: number | null): number {
  if (isn === null) return seq >>> 0;
  const distance = (seq - isn) >>> 0;
  return distance > 0xfff0_0000 ? distance - 2 ** 32 : distance;
}

function dnsLadder(exchange: DnsExchange, roles: ReadonlyMap<number, LadderRole>): Ladder {
  const messages = [
    ...exchange.queries.map((query) => ({
      frame: query.frame,
      time: query.time,
      fromClient: true,
      notation: `query ${typeName(exchange.type)} ${exchange.name} txid 0x${exchange.txid.toString(16).padStart(4, '0')}`,
    })),
    ...exchange.answers.map((answer) => ({
      frame: answer.frame,
      time: answer.time,
      fromClient: false,
      notation: [
        `answer ${rcodeName(answer.rcode)} ${answer.addresses.slice(0, 3).join(' ') || 'no address'}`,
        answer.addresses.length > 3 ? ` and ${answer.addresses.length - 3} more` : '',
        ` ttl ${answer.ttl}`,
        answer.ipId >= 0 ? ` id 0x${answer.ipId.toString(16).padStart(4, '0')}` : '',
      ].join(''),
    })),
  ].sort((a, b) => a.time - b.time || a.frame - b.frame);
  const start = messages[0]?.time ?? 0;
  return {
    client: `${exchange.client.address}:${exchange.client.port}`,
    server: `${exchange.resolver.address}:${exchange.resolver.port}`,
    lines: messages.slice(0, MAX_LINES).map((message) => ({
      frame: message.frame,
      offset: message.time - start,
      fromClient: message.fromClient,
      notation: message.notation,
      role: roles.get(message.frame) ?? null,
      skipped: 0,
    })),
    skipped: Math.max(0, messages.length - MAX_LINES),
  };
}

const TYPES: Readonly<Record<number, string>> = { 1: 'A', 5: 'CNAME', 28: 'AAAA', 64: 'SVCB', 65: 'HTTPS' };
const RCODES: Readonly<Record<number, string>> = {
  0: 'NOERROR',
  1: 'FORMERR',
  2: 'SERVFAIL',
  3: 'NXDOMAIN',
  4: 'NOTIMP',
  5: 'REFUSED',
};

function typeName(type: number): string {
  return TYPES[type] ?? `TYPE${type}`;
}

function rcodeName(rcode: number): string {
  return RCODES[rcode] ?? `RCODE${rcode}`;
}
