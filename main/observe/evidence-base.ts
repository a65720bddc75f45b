// Everything a detector may consult: the flows, exchanges and errors that deserve a look, the index of all attempts,
// and what is known of the capture as a whole.

import type { DnsExchange, IcmpError, TcpFlow, UdpFlow } from '../flow/records.ts';
import type { AttemptIndex } from './attempt-index.ts';
import type { ImportedLists } from './imported.ts';

/** Seconds to nanoseconds, the unit of every `time`. */
export const SECOND = 1e9;
export const MILLISECOND = 1e6;

export interface CaptureFacts {
  /** Time of the last frame (or tick). A silence that ends here was cut short by the end of the capture. */
  readonly endTime: number;
  /** True once nothing more will come. */
  readonly ended: boolean;
  /** Packets that the capture is known to have lost; through a hole we do not accuse. */
  readonly drops: number;
  /** Timestamps went backwards by 1 ms or more, or files of several clocks were merged: no judgement by timing. */
  readonly clockUnsound: boolean;
  /** Share (0..1) of non-RST packets that the capture itself doubled. */
  readonly duplicatedShare: number;
  /** Segments larger than any MTU were seen: counts of packets are estimates. */
  readonly offload: boolean;
  /** Frames cut by the snapshot length. */
  readonly cutFrames: number;
  /** Share (0..1) of TCP flows of which only one direction was captured, and how many flows that are. */
  readonly oneWayShare: number;
  readonly oneWayFlows: number;
  readonly tcpFlows: number;
  /** Addresses on the side of whoever captured; declared or inferred. */
  readonly local: ReadonlySet<string>;
  readonly role: 'client' | 'server' | 'path' | 'unknown';
  readonly roleBasis: 'declared' | 'inferred' | 'unknown';
}

export interface EvidenceBase {
  /** TCP flows that deserve a look, in order of their first packets. Healthy ones are in `index` only. */
  readonly tcp: readonly TcpFlow[];
  readonly udp: readonly UdpFlow[];
  /** DNS exchanges: up to 16 for each client, resolver, name and type, everything unusual among them first. */
  readonly exchanges: readonly DnsExchange[];
  readonly icmp: readonly IcmpError[];
  /** ICMP and ICMPv6 echo requests and replies for each address. */
  readonly pings: ReadonlyMap<
    string,
    { readonly requests: number; readonly replies: number; readonly frames: readonly number[] }
  >;
  readonly index: AttemptIndex;
  readonly capture: CaptureFacts;
  /** Absent: there are none. */
  readonly imported?: ImportedLists;
}
