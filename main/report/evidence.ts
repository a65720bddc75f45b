// evidence.pcapng: the frames of the cited conversations, made publishable, with a comment at each that a claim cites.

import { ipText } from '../../shared/report/addresses.ts';
import type { Pseudonyms } from '../../shared/report/pseudonyms.ts';
import { PcapngWriter } from '../capture-file/writer.ts';
import { PROTOCOL } from '../wire/packet.ts';
import { ipValidity, transportValidity, type Validity } from './checksum.ts';
import { destinationOf, sourceOf } from './layout.ts';
import { type PayloadOptions, planPayloads } from './payload.ts';
import { NOTHING } from './payload-plan.ts';
import { Rewriter } from './rewrite.ts';
import { Secrets } from './secrets.ts';
import type { EvidenceFrame, Selection } from './select.ts';

/** A frame as it is published, and what the tables of a report say of it. */
export interface PublishedFrame {
  /** In the original capture. */
  readonly original: number;
  /** In the evidence file, from 1. */
  readonly evidence: number;
  readonly seconds: number;
  readonly nanos: number;
  /** Bytes on the wire. */
  readonly length: number;
  readonly bytes: Uint8Array;
  readonly linkType: number;
  readonly iface: number;
  /** Bytes captured originally that are left out here. */
  readonly cut: number;
  readonly facts: FrameFacts | null;
  readonly ipChecksum: Validity;
  readonly transportChecksum: Validity;
}

/** Header fields, addresses as they are published. */
export interface FrameFacts {
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly protocol: 'tcp' | 'udp' | 'icmp' | 'icmp6';
  readonly ttl: number;
  /** Null in IPv6. */
  readonly ipId: number | null;
  readonly dontFragment: boolean | null;
  readonly payload: number;
  readonly tcp: {
    readonly seq: number;
    readonly ack: number;
    /** `SYN,ACK`. */
    readonly flags: string;
    readonly window: number;
    /** Kinds in order, as numbers: `2,4,8,1,3`. */
    readonly options: string;
  } | null;
}

export interface Evidence {
  readonly frames: readonly PublishedFrame[];
  readonly cutFrames: number;
  readonly cutBytes: number;
}

export interface EvidenceOptions extends PayloadOptions {
  /** False: as it was captured, addresses and payloads. */
  readonly anonymise: boolean;
  readonly rebaseTimestamps: boolean;
}

export function publish(selection: Selection, pseudonyms: Pseudonyms, options: EvidenceOptions): Evidence {
  const { frames } = selection;
  // Numbers follow the first appearance: headers of all frames in order, then what payloads name
  const rewriter = new Rewriter(pseudonyms, options.rebaseTimestamps);
  const validity = frames.map((frame) => validityOf(frame));
  pseudonyms.counting = false;
  if (options.anonymise) for (const frame of frames) rewriter.rewrite(frame, NOTHING, 'valid');
  const plans = planPayloads(frames, pseudonyms, options);
  pseudonyms.counting = true;
  const made = frames.map((frame, at) =>
    options.anonymise || options.headersOnly || options.rebaseTimestamps
      ? rewriter.rewrite(frame, plans[at]!, validity[at]!.transport)
      : { bytes: frame.bytes, payload: frame.bytes.length, cut: frame.captured - frame.bytes.length },
  );
  pseudonyms.counting = false;
  const secrets = new Secrets(pseudonyms.list());
  let cutFrames = 0;
  let cutBytes = 0;
  const published = frames.map((frame, at): PublishedFrame => {
    let { bytes, cut } = made[at]!;
    const { payload } = made[at]!;
    const found = secrets.find(bytes, payload, bytes.length);
    if (found >= 0 && frame.layout !== null) {
      ({ bytes, cut } = rewriter.finish(frame, bytes, frame.layout, found, validity[at]!.transport));
    }
    if (cut > 0) {
      cutFrames++;
      cutBytes += cut;
    }
    return {
      original: frame.number,
      evidence: at + 1,
      seconds: frame.seconds,
      nanos: frame.nanos,
      length: frame.original,
      bytes,
      linkType: frame.linkType,
      iface: frame.iface,
      cut,
      facts: factsOf(frame, bytes),
      ipChecksum: validity[at]!.ip,
      transportChecksum: validity[at]!.transport,
    };
  });
  return { frames: published, cutFrames, cutBytes };
}

function validityOf(frame: EvidenceFrame): { ip: Validity; transport: Validity } {
  const { bytes, layout } = frame;
  if (layout === null) return { ip: 'absent', transport: 'absent' };
  return { ip: ipValidity(bytes, layout), transport: transportValidity(bytes, layout) };
}

const FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR'];
/** As people write them: SYN,ACK and RST,ACK. */
const FLAG_ORDER = [1, 2, 0, 3, 5, 6, 7, 4];

function factsOf(frame: EvidenceFrame, bytes: Uint8Array): FrameFacts | null {
  const { layout } = frame;
  if (layout === null) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { ip, transport, v6 } = layout;
  const isTcp = layout.protocol === PROTOCOL.tcp && !layout.fragment && transport + 16 <= bytes.length;
  const bits = isTcp ? bytes[transport + 13]! : 0;
  return {
    source: ipText(sourceOf(bytes, layout)),
    destination: ipText(destinationOf(bytes, layout)),
    sourcePort: layout.sourcePort,
    destinationPort: layout.destinationPort,
    protocol:
      layout.protocol === PROTOCOL.tcp
        ? 'tcp'
        : layout.protocol === PROTOCOL.udp
          ? 'udp'
          : layout.protocol === PROTOCOL.icmp
            ? 'icmp'
            : 'icmp6',
    ttl: bytes[v6 ? ip + 7 : ip + 8]!,
    ipId: v6 ? null : view.getUint16(ip + 4),
    dontFragment: v6 ? null : (bytes[ip + 6]! & 0x40) !== 0,
    payload: layout.end + layout.missing - layout.payload,
    tcp: isTcp
      ? {
          seq: view.getUint32(transport + 4),
          ack: view.getUint32(transport + 8),
          flags: FLAG_ORDER.filter((bit) => (bits & (1 << bit)) !== 0)
            .map((bit) => FLAGS[bit]!)
            .join(','),
          window: view.getUint16(transport + 14),
          options: optionKinds(bytes, transport + 20, Math.min(layout.payload, bytes.length)),
        }
      : null,
  };
}

function optionKinds(bytes: Uint8Array, from: number, to: number): string {
  const kinds: number[] = [];
  for (let at = from; at < to; ) {
    const kind = bytes[at]!;
    kinds.push(kind);
    if (kind === 0) break;
    at += kind === 1 ? 1 : Math.max(2, bytes[at + 1] ?? 2);
  }
  return kinds.join(',');
}

/** `comments`: by frame of the evidence file. */
export function evidenceFile(
  evidence: Evidence,
  selection: Selection,
  about: { readonly application: string; readonly comment: string },
  comments: ReadonlyMap<number, string>,
): Uint8Array[] {
  const writer = new PcapngWriter();
  const parts = [writer.section(about)];
  // Link type and snapshot length of the original's interfaces, never their names
  const ids = new Map<string, number>();
  const idOf = ({ iface, linkType }: PublishedFrame): string => `${iface} ${linkType}`;
  for (const frame of evidence.frames) {
    if (ids.has(idOf(frame))) continue;
    const { snaplen } = selection.interfaces[frame.iface]!;
    ids.set(idOf(frame), ids.size);
    parts.push(writer.interface({ linkType: frame.linkType, snaplen }));
  }
  for (const frame of evidence.frames) {
    const comment = comments.get(frame.evidence);
    parts.push(
      writer.frame(
        {
          seconds: frame.seconds,
          nanos: frame.nanos,
          bytes: frame.bytes,
          original: frame.length,
          ...(comment === undefined ? {} : { comment }),
        },
        ids.get(idOf(frame))!,
      ),
    );
  }
  const last = evidence.frames.at(-1);
  const counted = new Set<number>();
  for (const frame of evidence.frames) {
    const { iface } = frame;
    if (counted.has(iface)) continue;
    counted.add(iface);
    const { received, dropped } = selection.interfaces[iface]!;
    if (last === undefined || (received === null && dropped === null)) continue;
    parts.push(
      writer.statistics(
        {
          seconds: last.seconds,
          nanos: last.nanos,
          ...(received === null ? {} : { received }),
          ...(dropped === null ? {} : { dropped }),
        },
        ids.get(idOf(frame))!,
      ),
    );
  }
  return parts;
}
