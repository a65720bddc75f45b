// Where the headers of one frame stand. The fast scan of main/wire finds them; this says it for a single frame, and
// goes on where the scan stops: quotations inside ICMP errors.

import { META, PacketColumns, PacketDecoder, PROTOCOL } from '../wire/packet.ts';

export interface Layout {
  readonly v6: boolean;
  readonly ip: number;
  readonly protocol: number;
  readonly transport: number;
  /** End of the datagram as far as it was captured. */
  readonly end: number;
  /** Bytes of the datagram that were not captured. */
  readonly missing: number;
  readonly fragment: boolean;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Behind the transport header, at most `end`. */
  readonly payload: number;
  /** Before `ip` stand headers of a tunnel or a radio, which name others than the two ends. */
  readonly inside: boolean;
  /** A radio sent it once more. */
  readonly sentAgain: boolean;
}

export class Layouts {
  readonly #columns = new PacketColumns();
  readonly #decoder = new PacketDecoder(0);

  /** Null for what is not IP, or cut before its ports. */
  of(bytes: Uint8Array, view: DataView, start: number, end: number, original: number, linkType: number): Layout | null {
    const columns = this.#columns;
    columns.bytes = bytes;
    columns.view = view;
    columns.count = 0;
    return this.#decoder.decode(columns, start, end, original, linkType) ? this.#read(view) : null;
  }

  /** The packet quoted at `at`, which has lost its end. */
  quoted(bytes: Uint8Array, view: DataView, at: number, end: number): Layout | null {
    if (at >= end) return null;
    const columns = this.#columns;
    columns.bytes = bytes;
    columns.view = view;
    columns.count = 0;
    const version = bytes[at]! >> 4;
    if (version === 4 && end - at >= 28) {
      const header = (bytes[at]! & 15) * 4;
      if (header < 20 || at + header + 8 > end) return null;
      return plain(view, false, at, bytes[at + 9]!, at + header, end, (view.getUint16(at + 6) & 0x1fff) !== 0);
    }
    if (version === 6 && end - at >= 48) return plain(view, true, at, bytes[at + 6]!, at + 40, end, false);
    return null;
  }

  #read(view: DataView): Layout {
    const columns = this.#columns;
    const meta = columns.meta[0]!;
    const protocol = meta & 255;
    const made = plain(
      view,
      (meta & META.v6) !== 0,
      columns.ip[0]!,
      protocol,
      columns.transport[0]!,
      columns.end[0]!,
      (meta & META.fragment) !== 0,
    );
    return {
      ...made,
      missing: columns.missing[0]!,
      inside: this.#decoder.inside,
      sentAgain: (meta & META.sentAgain) !== 0,
    };
  }
}

function plain(
  view: DataView,
  v6: boolean,
  ip: number,
  protocol: number,
  transport: number,
  end: number,
  fragment: boolean,
): Layout {
  let payload = transport;
  let sourcePort = 0;
  let destinationPort = 0;
  if (!fragment) {
    if ((protocol === PROTOCOL.tcp || protocol === PROTOCOL.udp) && transport + 4 <= end) {
      sourcePort = view.getUint16(transport);
      destinationPort = view.getUint16(transport + 2);
    }
    let header = 8;
    if (protocol === PROTOCOL.tcp) {
      header = transport + 13 <= end ? Math.max(20, (view.getUint8(transport + 12) >> 4) * 4) : 20;
    }
    payload = Math.min(end, transport + header);
  }
  return {
    v6,
    ip,
    protocol,
    transport,
    end,
    missing: 0,
    fragment,
    sourcePort,
    destinationPort,
    payload,
    inside: false,
    sentAgain: false,
  };
}

export function isIcmp(layout: Layout): boolean {
  return layout.protocol === PROTOCOL.icmp || layout.protocol === PROTOCOL.icmp6;
}

/** Whether an ICMP message quotes the packet it is about (RFC 792, RFC 4443 §2.4). */
export function quotes(type: number, v6: boolean): boolean {
  return v6 ? type >= 1 && type <= 4 : type === 3 || type === 4 || type === 5 || type === 11 || type === 12;
}

export function sourceOf(bytes: Uint8Array, layout: Layout): Uint8Array {
  return layout.v6 ? bytes.subarray(layout.ip + 8, layout.ip + 24) : bytes.subarray(layout.ip + 12, layout.ip + 16);
}

export function destinationOf(bytes: Uint8Array, layout: Layout): Uint8Array {
  return layout.v6 ? bytes.subarray(layout.ip + 24, layout.ip + 40) : bytes.subarray(layout.ip + 16, layout.ip + 20);
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** Names the conversation of a packet, the same in both directions. */
export function conversationOf(bytes: Uint8Array, layout: Layout): string {
  const source = `${latin1(sourceOf(bytes, layout))}|${layout.sourcePort}`;
  const destination = `${latin1(destinationOf(bytes, layout))}|${layout.destinationPort}`;
  const [low, high] = source < destination ? [source, destination] : [destination, source];
  return `${layout.protocol}|${low}|${high}`;
}
