// What following hands on to observing: plain snapshots of what deserves a look. The hot path keeps columns
// (flow-table.ts, journal.ts); these objects are built only for flows, exchanges and errors that may matter.
//
// Every `time` is in nanoseconds since the capture's base second (an exact double for 104 days).

import type { Referral } from '../wire/dns.ts';
import type { PayloadShape, TunnelProtocol } from '../wire/first-payload.ts';
import type { ClientHello } from '../wire/tls.ts';
import type { KnownIssuer } from './known-issuers.ts';
import type { KnownPage } from './known-pages.ts';

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Bits of `PacketNote.marks`. */
export const MARK = {
  /** Every byte of it had been seen before. */
  retransmission: 1,
  /** Starts beyond what was expected: something before it was not seen yet. */
  gap: 2,
  /** Carries bytes that differ (8 or more) from ones seen before at the same sequence numbers. */
  overlapDiffers: 4,
  /** Checksum is wrong although the packet was captured whole. */
  badChecksum: 8,
  /** Keep-alive or window probe: 0 or 1 byte at snd.una - 1. */
  keepAlive: 16,
  /** The last of a run of ordinary packets of this direction; those before it were not kept. */
  rolled: 32,
  /** The capture holds fewer bytes than the packet had. */
  cut: 64,
  /** The sender's link-layer says it was sent by the capturing host (SLL outgoing). */
  outgoing: 128,
} as const;

export const TCP_FLAG = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ece: 64, cwr: 128 } as const;

const FLAG_LETTERS: readonly (readonly [number, string])[] = [
  [TCP_FLAG.fin, 'F'],
  [TCP_FLAG.syn, 'S'],
  [TCP_FLAG.rst, 'R'],
  [TCP_FLAG.psh, 'P'],
  [TCP_FLAG.urg, 'U'],
  [TCP_FLAG.ece, 'E'],
  [TCP_FLAG.cwr, 'W'],
  [TCP_FLAG.ack, '.'],
];

/** In the notation of tcpdump and packetdrill: `S.`, `P.`, `R`; empty without any. */
export function flagLetters(flags: number): string {
  return FLAG_LETTERS.filter(([bit]) => (flags & bit) !== 0)
    .map(([, letter]) => letter)
    .join('');
}

/** One packet of a flow as it was read; copies that the capture itself made are folded into `duplicates`. */
export interface PacketNote {
  readonly frame: number;
  readonly time: number;
  readonly fromClient: boolean;
  /** TCP flags with the reserved bits, 12 bits as on the wire. */
  readonly flags: number;
  /** Raw sequence numbers, unsigned 32 bits. Compare with wire/seq.ts only. */
  readonly seq: number;
  readonly ack: number;
  /** Payload bytes by the IP length (not counting SYN and FIN). */
  readonly length: number;
  readonly window: number;
  /** Hop limit in IPv6. */
  readonly ttl: number;
  /** IP identification; -1 in IPv6. */
  readonly ipId: number;
  /** Don't fragment; false in IPv6, where it has no meaning. */
  readonly df: boolean;
  /** TCP timestamp value (RFC 7323), or -1 where there is none. */
  readonly tsval: number;
  /** Length of the TCP options in bytes. */
  readonly optionBytes: number;
  readonly marks: number;
  /** How many further copies of this frame the capture held within 2 ms. Never counted for RSTs: each is a note of its own. */
  readonly duplicates: number;
  /** Of a FIN, the frames of the first of those copies. */
  readonly copyFrames?: readonly number[];
  /** First bytes (at most 16, hex) of the payload of a RST, else empty. */
  readonly head: string;
}

/** Why the client is the client; surest first. */
export type ClientBasis = 'syn' | 'request' | 'syn-ack' | 'ephemeral-port' | 'first-seen';

export interface TriggerRecord {
  readonly kind: 'client-hello' | 'http-request' | 'dns-query' | 'mtproto' | 'other';
  /** Frames that carry it, retransmissions not among them. */
  readonly frames: readonly number[];
  readonly firstTime: number;
  /** Time of the last byte's first transmission. */
  readonly time: number;
  readonly seq: number;
  /** First sequence number after it (raw). */
  readonly endSeq: number;
  /** The name it carries, lower-cased: SNI, Host or the name in a query. */
  readonly name: string | null;
  readonly hello: ClientHello | null;
  readonly ja4: string | null;
  readonly http: { readonly method: string; readonly target: string } | null;
  /** First bytes as hex (at most 16), for what is not TLS nor HTTP. */
  readonly head: string;
  /** Bytes of it were not captured. */
  readonly truncated: boolean;
}

export interface ServerReply {
  readonly kind: 'tls' | 'http' | 'other';
  readonly frame: number;
  readonly time: number;
  readonly serverHello: boolean;
  readonly applicationData: boolean;
  readonly alerts: readonly { level: number; description: number }[];
  readonly certificateNames: readonly string[] | null;
  readonly http: {
    readonly status: number;
    readonly location: string | null;
    readonly server: string | null;
    readonly contentLength?: number | null;
    readonly isText?: boolean;
  } | null;
  /** Who signed the certificate, where it could be seen, and what that name is known for. */
  readonly certificateIssuer?: string | null;
  readonly interceptor?: KnownIssuer | null;
  /** What its beginning is known as. */
  readonly page?: KnownPage | null;
}

export interface DirectionTotals {
  readonly packets: number;
  readonly dataPackets: number;
  readonly bytes: number;
  readonly retransmitted: number;
  /** Copies that the capture made of non-RST packets of this direction. */
  readonly duplicates: number;
  readonly ttlMin: number;
  readonly ttlMax: number;
  /** How many packets of this direction before the first RST had DF set and clear (0/1 each is enough). */
  readonly sawDf: boolean;
  readonly sawNoDf: boolean;
}

export interface IcmpError {
  readonly frame: number;
  readonly time: number;
  readonly v6: boolean;
  readonly type: number;
  readonly code: number;
  /** Who sent it. */
  readonly from: string;
  readonly ttl: number;
  /** What the quoted packet was. */
  readonly quoted: {
    readonly protocol: number;
    readonly source: Endpoint;
    readonly destination: Endpoint;
    readonly ttl: number;
    readonly ipId: number;
  };
}

export interface TcpFlow {
  /** Counted from 1 in the order of first packets. */
  readonly id: number;
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly clientBasis: ClientBasis;
  readonly v6: boolean;
  readonly firstTime: number;
  readonly lastTime: number;
  /** How following it came to an end; `open` while it is still followed. */
  readonly ended: 'open' | 'closed' | 'idle' | 'reused' | 'cap' | 'capture-end';
  /** In capture order; the first dozen, then everything special with its context; at most 64. */
  readonly packets: readonly PacketNote[];
  /** Special packets beyond the 64 kept. */
  readonly unkept: number;
  readonly toServer: DirectionTotals;
  readonly toClient: DirectionTotals;
  /** First client payload, once enough of it was seen. */
  readonly trigger: TriggerRecord | null;
  readonly reply: ServerReply | null;
  readonly icmp: readonly IcmpError[];
  /** Raw initial sequence numbers where seen, else null. */
  readonly clientIsn: number | null;
  readonly serverIsn: number | null;
  /** Of a protocol that names nothing: what the client's first payload looks like. */
  readonly opening?: PayloadShape | null;
  /** Of a large transfer with losses: its packets and their acknowledgements, in order. */
  readonly rate?: TransferCourse | null;
}

/** Columns of one entry for each data packet of one direction, and each acknowledgement of the other (length 0). */
export interface TransferCourse {
  readonly fromClient: boolean;
  /** Bytes that had gone by just before; 0 where nobody knows. */
  readonly skipped: number;
  readonly times: Float64Array;
  /** Raw sequence number of data, raw acknowledgement number otherwise; signed 32 bits. */
  readonly numbers: Int32Array;
  readonly lengths: Int32Array;
  readonly frames: Int32Array;
  /** The sender's clock (TSval, RFC 7323 §3.2) as signed 32 bits; 0 where there is none. */
  readonly stamps: Int32Array;
}

export interface UdpFlow {
  readonly id: number;
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly v6: boolean;
  readonly firstTime: number;
  readonly lastTime: number;
  readonly protocol: 'quic' | 'telegram-call' | TunnelProtocol | 'other';
  /** SNI of the QUIC ClientHello. */
  readonly name: string | null;
  readonly sent: { readonly datagrams: number; readonly frames: readonly number[] };
  readonly received: { readonly datagrams: number; readonly frames: readonly number[] };
  /** Least hop limit of the client's datagrams. */
  readonly clientTtl?: number;
  readonly icmp: readonly IcmpError[];
}

export interface DnsAnswerRecord {
  readonly frame: number;
  readonly time: number;
  readonly rcode: number;
  /** A and AAAA addresses and HTTPS/SVCB hints, sorted. */
  readonly addresses: readonly string[];
  readonly cnames: readonly string[];
  readonly recordTtl: number | null;
  readonly flags: number;
  readonly tc: boolean;
  readonly edns: boolean;
  readonly extendedError: number | null;
  readonly compressed: boolean;
  readonly answerCount: number;
  readonly referral: Referral | null;
  /** Every byte of it was captured and it parsed. */
  readonly whole: boolean;
  readonly ttl: number;
  readonly ipId: number;
  readonly df: boolean;
  /** Copies the capture itself made. */
  readonly duplicates: number;
}

/** A DNS query and every answer seen to it (same five-tuple, transaction and question). */
export interface DnsExchange {
  readonly id: number;
  readonly client: Endpoint;
  readonly resolver: Endpoint;
  readonly transport: 'udp' | 'tcp';
  readonly v6: boolean;
  readonly name: string;
  readonly type: number;
  readonly txid: number;
  /** RD (RFC 1035 §4.1.1): a resolver was asked. Without it, a server about its own zones, as resolvers themselves ask. */
  readonly recursionDesired: boolean;
  /** The query and its retries with the same transaction; empty when only answers were seen. */
  readonly queries: readonly {
    readonly frame: number;
    readonly time: number;
    readonly ttl: number;
    readonly ipId: number;
    readonly edns: boolean;
  }[];
  readonly answers: readonly DnsAnswerRecord[];
  readonly icmp: readonly IcmpError[];
  /** Further exchanges of the same question, one query and one plain answer each, that were not kept. */
  readonly unkept: number;
}

/** How one try to reach (client, address, port, name) went. */
export type AttemptOutcome =
  /** The server answered the request or hello with data of its own. */
  | 'ok'
  /** Handshake completed, nothing asked, or too little to tell. */
  | 'connected'
  | 'unanswered'
  | 'reset'
  | 'refused'
  | 'silent-after-request'
  | 'closed-after-request'
  | 'icmp-error'
  /** Given up by the client within 1 s, or after a single SYN. */
  | 'cancelled'
  /** Cut by the end of the capture, evicted, one-way or joined midway. */
  | 'unknown';

export interface Attempt {
  readonly flow: number;
  readonly client: string;
  readonly address: string;
  readonly port: number;
  readonly transport: 'tcp' | 'udp' | 'quic';
  readonly name: string | null;
  readonly nameFrom: 'sni' | 'host' | 'none';
  readonly ja4: string | null;
  readonly helloLength: number | null;
  readonly firstTime: number;
  readonly lastTime: number;
  readonly outcome: AttemptOutcome;
  /** SYNs or first-flight datagrams sent, with the frames of the first of them (at most 16). */
  readonly tries: number;
  readonly frames: readonly number[];
  /** First to last SYN, seconds. */
  readonly trySpan: number;
  /** Payload bytes from the server. */
  readonly received: number;
  /** Request and response rounds after the client's first payload. */
  readonly rounds: number;
  /** Hop limit of the client's own packets; below 30 its silence is no evidence. */
  readonly clientTtl: number;
  /** The SYN carried data (TCP Fast Open). */
  readonly synData: boolean;
}

/** What the genuine peer at an address looks like. */
export interface PeerBaseline {
  readonly address: string;
  readonly flows: number;
  readonly ttls: readonly number[];
  readonly sawDf: boolean;
  readonly sawNoDf: boolean;
  /** Nanoseconds; SYN to SYN-ACK without retransmission, data to acknowledgement. */
  readonly leastRtt: number | null;
  readonly rttSamples: number;
  readonly frames: readonly number[];
}
