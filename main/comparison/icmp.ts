// ICMP errors in either capture: a router or host says of a packet, which it quotes, that it went no further. What was
// said between the two captures about a packet that never reached the other one says where and how it was stopped.

import type { ComparisonEvidenceKind, ComparisonSide, Params } from '../../shared/domain/statements.ts';
import type { Confidence, InterferenceKind } from '../../shared/domain/vocabulary.ts';
import { META, type PacketColumns, PROTOCOL } from '../wire/packet.ts';
import { ipv4Text, ipv6Text } from '../wire/text.ts';
import { type Both, type Connection, other } from './connection.ts';
import type { AlternativeDraft, Cited, EvidenceDraft, PlaceDraft } from './judge.ts';
import type { End, Packet } from './reading.ts';

/** ICMP errors kept of a capture. */
export const MAX_ICMP = 4_096;

export type IcmpSense =
  /** It may not pass: RFC 792, RFC 1812 §5.2.7.1, RFC 4443 §3.1. */
  | 'prohibited'
  /** Nobody listens there, says the host itself. */
  | 'refused'
  | 'unreachable'
  | 'too-big'
  /** Its TTL ran out. */
  | 'expired';

export interface IcmpMessage {
  readonly frame: number;
  readonly time: number;
  readonly from: string;
  readonly type: number;
  readonly code: number;
  readonly sense: IcmpSense;
  /** Of the quoted packet: TCP's sequence number, null in UDP; IP ID, -1 in IPv6; TTL as it was when it was stopped. */
  readonly seq: number | null;
  readonly ipId: number;
  readonly ttl: number;
}

/** By the flow and direction of the quoted packet. */
export type IcmpMessages = Map<string, IcmpMessage[]>;

export function quotedKey(isTcp: boolean, source: End, destination: End): string {
  return `${isTcp ? 't' : 'u'} ${source.address} ${source.port} ${destination.address} ${destination.port}`;
}

function senseOf(v6: boolean, type: number, code: number): IcmpSense | null {
  if (v6) {
    if (type === 2) return 'too-big';
    if (type === 3) return code === 0 ? 'expired' : null;
    if (type !== 1) return null;
    return [1, 5, 6].includes(code) ? 'prohibited' : code === 4 ? 'refused' : 'unreachable';
  }
  if (type === 11) return code === 0 ? 'expired' : null;
  if (type !== 3) return null;
  if ([9, 10, 13].includes(code)) return 'prohibited';
  return code === 4 ? 'too-big' : code === 2 || code === 3 ? 'refused' : 'unreachable';
}

/** What the ICMP packet of the first row says, and of which flow; null where it is no error about TCP or UDP. */
export function readIcmp(
  columns: PacketColumns,
  frame: number,
  time: number,
): { key: string; message: IcmpMessage } | null {
  const { bytes, view, transport, end, meta, ip } = columns;
  const v6 = (meta[0]! & META.v6) !== 0;
  const at = transport[0]!;
  const last = end[0]!;
  if (last - at < 8) return null;
  const sense = senseOf(v6, bytes[at]!, bytes[at + 1]!);
  const quote = at + 8;
  if (sense === null || last - quote < (v6 ? 48 : 28) || bytes[quote]! >> 4 !== (v6 ? 6 : 4)) return null;
  const header = v6 ? 40 : (bytes[quote]! & 15) << 2;
  const ports = quote + header;
  const protocol = bytes[quote + (v6 ? 6 : 9)]!;
  const isTcp = protocol === PROTOCOL.tcp;
  // At least the first eight bytes behind the header are quoted (RFC 792, RFC 4443 §2.4)
  if ((!isTcp && protocol !== PROTOCOL.udp) || header < 20 || last - ports < 8) return null;
  const text = v6 ? ipv6Text : ipv4Text;
  const addresses = quote + (v6 ? 8 : 12);
  const source = { address: text(bytes, addresses), port: view.getUint16(ports) };
  const destination = { address: text(bytes, addresses + (v6 ? 16 : 4)), port: view.getUint16(ports + 2) };
  return {
    key: quotedKey(isTcp, source, destination),
    message: {
      frame,
      time,
      from: text(bytes, ip[0]! + (v6 ? 8 : 12)),
      type: bytes[at]!,
      code: bytes[at + 1]!,
      sense,
      seq: isTcp ? view.getUint32(ports + 4) : null,
      ipId: v6 ? -1 : view.getUint16(quote + 4),
      ttl: bytes[quote + (v6 ? 7 : 8)]!,
    },
  };
}

/** A packet, and what one of the captures has of somebody who stopped it. */
export interface Told {
  readonly side: ComparisonSide;
  readonly message: IcmpMessage;
  readonly packet: Packet;
}

/** What either capture says of these packets, which are of one direction. */
export function toldOf(
  connection: Connection,
  fromClient: boolean,
  packets: readonly Packet[],
  icmp: Both<IcmpMessages>,
): Told[] {
  const told: Told[] = [];
  if (packets.length === 0) return told;
  for (const side of ['a', 'b'] as const) {
    const { client, server } = connection[side];
    const [source, destination] = fromClient ? [client, server] : [server, client];
    for (const message of icmp[side].get(quotedKey(connection.isTcp, source, destination)) ?? []) {
      const packet = packets.find((each) => isQuoted(each, message));
      if (packet !== undefined) told.push({ side, message, packet });
    }
  }
  return told;
}

function isQuoted({ ipId, seq }: Packet, message: IcmpMessage): boolean {
  if (message.seq !== null && message.seq !== seq) return false;
  // Many senders leave it zero, and translators may give it anew
  return message.seq !== null ? ipId <= 0 || message.ipId <= 0 || ipId === message.ipId : ipId === message.ipId;
}

export interface ToldSummary {
  readonly evidence: EvidenceDraft[];
  readonly alternatives: AlternativeDraft[];
  /** The level above which an ordinary cause keeps the finding. */
  readonly most: Confidence;
  readonly interference: InterferenceKind;
  readonly place: PlaceDraft | null;
}

interface Circumstances {
  readonly connection: Connection;
  readonly fromClient: boolean;
  readonly sender: ComparisonSide;
  /** Routers between the captures; null where nothing passed. */
  readonly between: number | null;
  /** Other packets came through meanwhile. */
  readonly othersPassed: boolean;
  /** The other capture was there at that moment. */
  readonly isCovered: boolean;
}

/** Null where nothing that was said is about why the packets did not arrive. */
export function whatTold(all: readonly Told[], circumstances: Circumstances): ToldSummary | null {
  const { connection, fromClient, sender, between, othersPassed, isCovered } = circumstances;
  const told = all.filter(({ message }) => message.sense !== 'expired');
  const first = told.find(({ message }) => message.sense === 'prohibited') ?? told[0];
  if (first === undefined) return null;
  const { side, message, packet } = first;
  const receiver = other(sender);
  const peer = connection[side][fromClient ? 'server' : 'client'].address;
  // The TTL it left with is known from its own capture only
  const passed = packet.ttl - message.ttl;
  const isPlausible = side === sender && passed >= 0 && (between === null || passed <= between + 1);
  const routers = isPlausible ? (between === null ? passed : Math.min(passed, between)) : null;
  const cited = citedOf(told);
  const evidence: EvidenceDraft[] = [];
  const alternatives: AlternativeDraft[] = [];
  const add = (kind: ComparisonEvidenceKind, role: EvidenceDraft['role'], params: Params): void => {
    evidence.push({ kind, role, strength: 'strong', params, packets: cited });
  };
  const { from, type, code, sense } = message;
  const params: Params = { side, from, type, code, routers };
  let most: Confidence = 'confirmed';
  if (sense === 'too-big') {
    add('icmp-too-big', 'contradicts', params);
    alternatives.push({ kind: 'mtu-black-hole', status: 'open', params: { length: packet.length } });
    return { evidence, alternatives, most: 'possible', interference: 'packet-drop', place: null };
  }
  if (sense === 'unreachable') {
    add('icmp-unreachable', 'neutral', params);
    // A path that is broken for one destination says the same as one that is closed to it
    most = othersPassed ? 'likely' : 'possible';
  } else add('icmp-rejected', 'supports', params);
  const inPeersName = from === peer && side === sender;
  // What the other end's capture has not, that end did not say; whether it was there is known
  const isElsewhere = told.some((each) => each.side !== side);
  if (inPeersName && isCovered && !isElsewhere) add('icmp-unsent', 'supports', { side: receiver });
  const atSender = routers !== null && routers <= 1;
  const atReceiver = routers !== null && between !== null && between - routers <= 1;
  // The own router or firewall of either end has reasons of its own
  if (atSender || atReceiver) {
    const isClients = atSender === fromClient;
    alternatives.push(
      isClients
        ? { kind: 'home-router', status: 'open', params: { hops: 1 } }
        : { kind: 'server-firewall', status: 'open', params: { address: connection[side].server.address } },
    );
    most = 'possible';
  } else if (routers === null && !inPeersName) {
    alternatives.push({
      kind: 'server-firewall',
      status: 'open',
      params: { address: connection[side].server.address },
    });
    most = most === 'confirmed' ? 'likely' : most;
  }
  const place: PlaceDraft | null =
    routers === null || between === null
      ? null
      : sender === 'a'
        ? { hopsFromA: routers, hopsFromB: between - routers, basis: 'icmp-quote' }
        : { hopsFromA: between - routers, hopsFromB: routers, basis: 'icmp-quote' };
  return { evidence, alternatives, most, interference: sense === 'unreachable' ? 'packet-drop' : 'icmp-reject', place };
}

/** Frames of the messages, in the form in which packets are cited. */
function citedOf(told: readonly Told[]): Cited {
  const of = (side: ComparisonSide): Packet[] =>
    told
      .filter((each) => each.side === side)
      .slice(0, 8)
      .map(({ message, packet }) => ({ ...packet, frame: message.frame, time: message.time, copies: [] }));
  return { a: of('a'), b: of('b') };
}
