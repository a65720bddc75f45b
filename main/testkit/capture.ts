// A capture as a list of frames that tests can change and write again, and a plain, slow reading of one frame. The
// reading is this folder's own, so that what it says of a frame does not depend on main/wire.

import type { FrameBatch } from '../capture-file/frames.ts';
import { CaptureReader } from '../capture-file/reader.ts';
import { PcapngWriter, PcapWriter } from '../capture-file/writer.ts';
import { concat, u16 } from './bytes.ts';
import { checksum, LINKTYPE, transportChecksum } from './packets.ts';

export interface CaptureFrame {
  /** tshark's number in the file it was read from; 0 for one that was made. */
  readonly number: number;
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  readonly bytes: Uint8Array;
  readonly original: number;
  readonly linkType: number;
  /** Interface of the file; a pcap has one. */
  readonly iface: number;
}

export interface Capture {
  readonly format: 'pcap' | 'pcapng';
  readonly frames: readonly CaptureFrame[];
  /** Packets that the interface lost; only pcapng can say. */
  readonly dropped?: number;
}

export function readCapture(bytes: Uint8Array): Capture {
  const frames: CaptureFrame[] = [];
  const sink = {
    frames(batch: FrameBatch): void {
      for (let at = 0; at < batch.count; at++) {
        const from = batch.offset[at]!;
        frames.push({
          number: batch.number[at]!,
          time: BigInt(batch.seconds[at]!) * 1_000_000_000n + BigInt(batch.nanos[at]!),
          // A copy also where the bytes are a Buffer, whose slice() is none
          bytes: new Uint8Array(batch.bytes.subarray(from, from + batch.captured[at]!)),
          original: batch.original[at]!,
          linkType: reader.interfaces[batch.iface[at]!]!.linkType,
          iface: batch.iface[at]!,
        });
      }
    },
  };
  const reader = new CaptureReader(sink);
  reader.feed(bytes);
  reader.end();
  const dropped = reader.interfaces.reduce((sum, each) => sum + (each.dropped ?? 0), 0);
  return { format: reader.format ?? 'pcap', frames, dropped };
}

/** As nanosecond pcap where one link type is enough and nothing else is to be said, else as pcapng. */
export function writeCapture(capture: Capture): Uint8Array {
  const { frames, dropped = 0 } = capture;
  const linkTypes = [...new Set(frames.map((frame) => frame.linkType))];
  const written = frames.map((frame) => ({
    seconds: Number(frame.time / 1_000_000_000n),
    nanos: Number(frame.time % 1_000_000_000n),
    bytes: frame.bytes,
    original: frame.original,
  }));
  const first = linkTypes[0] ?? LINKTYPE.ethernet;
  if (capture.format === 'pcap' && linkTypes.length <= 1 && dropped === 0) {
    const writer = new PcapWriter({ linkType: first, nanoseconds: true });
    return concat(writer.header(), ...written.map((frame) => writer.frame(frame)));
  }
  const writer = new PcapngWriter();
  const parts = [writer.section(), ...linkTypes.map((linkType) => writer.interface({ linkType }))];
  written.forEach((frame, at) => {
    parts.push(writer.frame(frame, linkTypes.indexOf(frames[at]!.linkType)));
  });
  const last = written.at(-1);
  if (dropped > 0 && last !== undefined) {
    const { seconds, nanos } = last;
    parts.push(writer.statistics({ seconds, nanos, received: frames.length + dropped, dropped }));
  }
  return concat(...parts);
}

/** Where the headers of a frame stand and what they say; offsets are from the frame's first byte. */
export interface Dissection {
  readonly v6: boolean;
  readonly ip: number;
  readonly source: string;
  readonly destination: string;
  readonly ttl: number;
  readonly id: number;
  readonly df: boolean;
  /** A fragment other than a whole datagram. */
  readonly fragment: boolean;
  readonly protocol: number;
  readonly transport: number;
  /** End of the datagram by its length fields; beyond the bytes where the frame is cut. */
  readonly end: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly tcp: {
    readonly seq: number;
    readonly ack: number;
    readonly flags: number;
    readonly window: number;
  } | null;
  /** Offset of the payload of TCP, UDP or ICMP. */
  readonly payload: number;
}

export const TCP = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const;

/** Null for what is not IP or is cut before its ports. */
export function dissect(frame: CaptureFrame): Dissection | null {
  const { bytes } = frame;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ip = networkOffset(frame, view);
  if (ip < 0 || ip + 20 > bytes.length) return null;
  const v6 = bytes[ip]! >> 4 === 6;
  if (v6 && ip + 40 > bytes.length) return null;
  let protocol = v6 ? bytes[ip + 6]! : bytes[ip + 9]!;
  let transport = ip + (v6 ? 40 : (bytes[ip]! & 15) * 4);
  const total = v6 ? 40 + view.getUint16(ip + 4) : view.getUint16(ip + 2);
  let fragment = !v6 && (view.getUint16(ip + 6) & 0x3fff) !== 0;
  while (v6 && [0, 43, 44, 60].includes(protocol) && transport + 8 <= bytes.length) {
    if (protocol === 44) fragment = true;
    const length = protocol === 44 ? 8 : (bytes[transport + 1]! + 1) * 8;
    protocol = bytes[transport]!;
    transport += length;
  }
  const end = total === 0 ? ip + frame.original - ip : ip + total;
  const isTcp = protocol === 6;
  if (transport + (isTcp ? 20 : 8) > bytes.length) return null;
  const ported = isTcp || protocol === 17;
  return {
    v6,
    ip,
    source: addressText(bytes, v6 ? ip + 8 : ip + 12, v6),
    destination: addressText(bytes, v6 ? ip + 24 : ip + 16, v6),
    ttl: bytes[v6 ? ip + 7 : ip + 8]!,
    id: v6 ? -1 : view.getUint16(ip + 4),
    df: !v6 && (bytes[ip + 6]! & 0x40) !== 0,
    fragment,
    protocol,
    transport,
    end,
    sourcePort: ported ? view.getUint16(transport) : 0,
    destinationPort: ported ? view.getUint16(transport + 2) : 0,
    tcp: isTcp
      ? {
          seq: view.getUint32(transport + 4),
          ack: view.getUint32(transport + 8),
          flags: view.getUint16(transport + 12) & 0x0fff,
          window: view.getUint16(transport + 14),
        }
      : null,
    payload: transport + (isTcp ? (bytes[transport + 12]! >> 4) * 4 : 8),
  };
}

function networkOffset(frame: CaptureFrame, view: DataView): number {
  const { bytes, linkType } = frame;
  switch (linkType) {
    case LINKTYPE.ethernet: {
      let at = 12;
      while (at + 4 <= bytes.length && [0x8100, 0x88a8, 0x9100].includes(view.getUint16(at))) at += 4;
      if (at + 2 > bytes.length) return -1;
      const type = view.getUint16(at);
      if (type === 0x8864) return at + 10;
      return type === 0x0800 || type === 0x86dd ? at + 2 : -1;
    }
    case LINKTYPE.sll:
      return bytes.length >= 16 && [0x0800, 0x86dd].includes(view.getUint16(14)) ? 16 : -1;
    case LINKTYPE.sll2:
      return bytes.length >= 20 && [0x0800, 0x86dd].includes(view.getUint16(0)) ? 20 : -1;
    case LINKTYPE.null:
    case LINKTYPE.loop:
      return 4;
    case LINKTYPE.raw:
    case 12:
    case 14:
    case 228:
    case 229:
      return 0;
    default:
      return -1;
  }
}

function addressText(bytes: Uint8Array, at: number, v6: boolean): string {
  if (!v6) return bytes.subarray(at, at + 4).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[at + 2 * i]! << 8) | bytes[at + 2 * i + 1]!).toString(16));
  // RFC 5952 §4.2: the longest run of zeros, the first of equals, is shortened.
  const runs = [...groups.join(':').matchAll(/(?:^|(?<=:))0(?::0)+(?=:|$)/g)];
  const longest = runs.reduce((best, run) => (run[0].length > best.length ? run[0] : best), '');
  if (longest === '') return groups.join(':');
  return groups.join(':').replace(new RegExp(`(^|:)${longest}(:|$)`), '::');
}

/** The same frame after a change; lengths and checksums are made right where they can be. */
export function edited(frame: CaptureFrame, change: (bytes: Uint8Array, at: Dissection) => void): CaptureFrame {
  const at = dissect(frame);
  if (at === null) return frame;
  const bytes = frame.bytes.slice();
  change(bytes, at);
  if (!at.v6) {
    const headerEnd = at.ip + (bytes[at.ip]! & 15) * 4;
    bytes.set(u16(0), at.ip + 10);
    bytes.set(u16(checksum(bytes.subarray(at.ip, headerEnd))), at.ip + 10);
  }
  const whole = !at.fragment && at.end <= bytes.length;
  const sumAt = at.protocol === 6 ? 16 : at.protocol === 17 ? 6 : at.protocol === 58 ? 2 : -1;
  if (whole && sumAt >= 0) {
    const segment = bytes.subarray(at.transport, at.end);
    segment.set(u16(0), sumAt);
    const source = addressText(bytes, at.v6 ? at.ip + 8 : at.ip + 12, at.v6);
    const destination = addressText(bytes, at.v6 ? at.ip + 24 : at.ip + 16, at.v6);
    const sum = transportChecksum({ source, destination }, at.protocol, segment);
    segment.set(u16(at.protocol === 17 ? sum || 0xffff : sum), sumAt);
  }
  return { ...frame, bytes };
}
