// One frame made publishable: link and network addresses replaced wherever a header holds them, the payload as planned,
// checksums made anew. TTL, IP ID, flags, sequence numbers, windows, lengths and times are not touched.

import type { Pseudonyms } from '../../shared/report/pseudonyms.ts';
import { PROTOCOL } from '../wire/packet.ts';
import { checksumAt, setIpChecksum, setTransportChecksum, type Validity } from './checksum.ts';
import { destinationOf, isIcmp, type Layout, Layouts, quotes, sourceOf } from './layout.ts';
import type { PayloadPlan } from './payload-plan.ts';
import type { EvidenceFrame } from './select.ts';

export interface Rewritten {
  readonly bytes: Uint8Array;
  /** Where the payload begins: from there a frame may be cut. */
  readonly payload: number;
  /** Bytes that the original had captured and this has not. */
  readonly cut: number;
}

const LINK = { ethernet: 1, null: 0, loop: 108, sll: 113, sll2: 276 } as const;

/** Bytes of a frame whose payload cannot be read at all: its link header. */
export function linkHeader(frame: EvidenceFrame): number {
  if (frame.layout !== null) return frame.layout.ip;
  const size =
    frame.linkType === LINK.ethernet ? 14 : frame.linkType === LINK.sll ? 16 : frame.linkType === LINK.sll2 ? 20 : 0;
  return Math.min(size, frame.bytes.length);
}

/** Where a frame's link header has addresses: the sender first, as with the addresses above. */
function hardwareAt({ linkType, bytes }: EvidenceFrame): number[] {
  if (linkType === LINK.ethernet) return bytes.length >= 12 ? [6, 0] : [];
  if (linkType === LINK.sll) return bytes.length >= 16 && bytes[4] === 0 && bytes[5] === 6 ? [6] : [];
  if (linkType === LINK.sll2) return bytes.length >= 20 && bytes[11] === 6 ? [12] : [];
  return [];
}

export function hardwareAddresses(frame: EvidenceFrame): Uint8Array[] {
  return hardwareAt(frame).map((at) => frame.bytes.slice(at, at + 6));
}

export class Rewriter {
  readonly #pseudonyms: Pseudonyms;
  readonly #layouts = new Layouts();
  /** First TCP timestamp of each sender, by its address; null leaves timestamps alone. */
  readonly #clocks: Map<string, number> | null;

  constructor(pseudonyms: Pseudonyms, rebaseTimestamps: boolean) {
    this.#pseudonyms = pseudonyms;
    this.#clocks = rebaseTimestamps ? new Map() : null;
  }

  rewrite(frame: EvidenceFrame, plan: PayloadPlan, transport: Validity): Rewritten {
    const { layout } = frame;
    const bytes = frame.bytes.slice();
    this.#link(frame, bytes);
    if (layout === null) {
      const kept = linkHeader(frame);
      return { bytes: bytes.subarray(0, kept), payload: kept, cut: frame.captured - kept };
    }
    this.#timestamps(bytes, layout);
    this.#network(bytes, layout);
    let end = layout.payload;
    if (isIcmp(layout) && !layout.fragment) end = this.#icmp(bytes, layout);
    else if (!layout.fragment) {
      end = layout.payload + plan.keep;
      for (const edit of plan.edits) {
        const at = layout.payload + edit.at;
        if (at < end) bytes.set(edit.bytes.subarray(0, end - at), at);
      }
    }
    return this.finish(frame, bytes, layout, end, transport);
  }

  /** Cuts at `end`, empties what lies behind the datagram, and makes the checksums right for what stays. */
  finish(frame: EvidenceFrame, bytes: Uint8Array, layout: Layout, end: number, transport: Validity): Rewritten {
    const isWhole = end >= layout.end && layout.missing === 0;
    // Padding of short Ethernet frames holds whatever the sender's memory held; as zeros it keeps the size
    const trailer = isWhole ? frame.captured - layout.end : 0;
    const made = new Uint8Array(Math.min(end, layout.end) + Math.max(0, trailer));
    made.set(bytes.subarray(0, Math.min(end, layout.end)));
    const cutLayout = { ...layout, end: Math.min(end, layout.end) };
    if (!layout.v6) setIpChecksum(made, layout.ip);
    if (transport !== 'absent' && checksumAt(layout) >= 0) {
      setTransportChecksum(made, cutLayout, layout.end + layout.missing - layout.transport);
    }
    return { bytes: made, payload: Math.min(layout.payload, made.length), cut: frame.captured - made.length };
  }

  #link(frame: EvidenceFrame, bytes: Uint8Array): void {
    const known = hardwareAt(frame);
    for (const at of known) bytes.set(this.#pseudonyms.mac(bytes.slice(at, at + 6)), at);
    switch (frame.linkType) {
      case LINK.ethernet: {
        const ip = frame.layout?.ip ?? 14;
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        // PPPoE's session number is that of a subscriber (RFC 2516 §4)
        for (let at = 12; at + 8 <= ip && at + 8 <= bytes.length; at += 4) {
          if (view.getUint16(at) !== 0x8864) continue;
          view.setUint16(at + 4, 0);
          break;
        }
        break;
      }
      // Of other kinds of hardware, and behind the six bytes: emptied
      case LINK.sll:
        bytes.fill(0, known.length === 0 ? 6 : 12, Math.min(14, bytes.length));
        break;
      case LINK.sll2:
        bytes.fill(0, known.length === 0 ? 12 : 18, Math.min(20, bytes.length));
        break;
    }
  }

  /** RFC 7323 §3: what a host's clock shows, and what it last heard of the other's. Addresses must still be there. */
  #timestamps(bytes: Uint8Array, layout: Layout): void {
    if (this.#clocks === null || layout.protocol !== PROTOCOL.tcp || layout.fragment) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const end = Math.min(layout.payload, bytes.length);
    for (let at = layout.transport + 20; at + 1 < end; ) {
      const kind = bytes[at]!;
      if (kind === 0) return;
      const length = kind === 1 ? 1 : Math.max(2, bytes[at + 1]!);
      if (kind === 8 && length === 10 && at + length <= end) {
        this.#rebase(view, at + 2, sourceOf(bytes, layout));
        // Zero is no echo
        if (view.getUint32(at + 6) !== 0) this.#rebase(view, at + 6, destinationOf(bytes, layout));
      }
      at += length;
    }
  }

  #rebase(view: DataView, at: number, address: Uint8Array): void {
    const key = address.join();
    const shown = view.getUint32(at);
    const first = this.#clocks!.get(key) ?? shown;
    this.#clocks!.set(key, first);
    view.setUint32(at, (shown - first + 1) >>> 0);
  }

  #address(bytes: Uint8Array, at: number, length: number): void {
    bytes.set(this.#pseudonyms.addressBytes(bytes.slice(at, at + length)), at);
  }

  #network(bytes: Uint8Array, layout: Layout): void {
    const { ip } = layout;
    if (!layout.v6) {
      this.#address(bytes, ip + 12, 4);
      this.#address(bytes, ip + 16, 4);
      const end = Math.min(ip + (bytes[ip]! & 15) * 4, bytes.length);
      // Options record routes and times; their kinds and lengths stay
      for (let at = ip + 20; at + 1 < end; ) {
        const kind = bytes[at]!;
        if (kind === 0) break;
        const length = kind === 1 ? 1 : Math.max(2, bytes[at + 1]!);
        if (kind !== 1) bytes.fill(0, at + 2, Math.min(at + length, end));
        at += length;
      }
      return;
    }
    this.#address(bytes, ip + 8, 16);
    this.#address(bytes, ip + 24, 16);
    // Extension headers: routes and home addresses are no longer needed once the packet is here
    let next = bytes[ip + 6]!;
    const end = Math.min(layout.transport, bytes.length);
    for (let at = ip + 40; at + 8 <= end; ) {
      const size = next === 44 ? 8 : next === 51 ? (bytes[at + 1]! + 2) * 4 : (bytes[at + 1]! + 1) * 8;
      if (next !== 44) bytes.fill(0, at + (next === 43 ? 4 : 2), Math.min(at + size, end));
      next = bytes[at]!;
      at += size;
    }
  }

  /** Where what stays of an ICMP message ends. */
  #icmp(bytes: Uint8Array, layout: Layout): number {
    const at = layout.transport;
    const type = bytes[at]!;
    if (quotes(type, layout.v6)) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      // A redirect names the better gateway (RFC 792)
      if (!layout.v6 && type === 5) this.#address(bytes, at + 4, 4);
      const inner = this.#layouts.quoted(bytes, view, at + 8, layout.end);
      return inner === null ? Math.min(at + 8, layout.end) : this.#quotation(bytes, inner);
    }
    const isEcho = layout.v6 ? type === 128 || type === 129 : type === 0 || type === 8;
    return Math.min(layout.end, at + (isEcho ? 8 : 4));
  }

  /** Headers only: the checksum behind them would tell of what was replaced, so it is emptied. */
  #quotation(bytes: Uint8Array, inner: Layout): number {
    this.#timestamps(bytes, inner);
    this.#network(bytes, inner);
    if (!inner.v6) setIpChecksum(bytes, inner.ip);
    if (inner.fragment) return inner.transport;
    const isKnown = inner.protocol === PROTOCOL.tcp || inner.protocol === PROTOCOL.udp;
    const end = Math.min(inner.end, isKnown ? inner.payload : inner.transport + 4);
    const sum = checksumAt(inner);
    if (sum >= 0 && sum + 2 <= end) bytes.fill(0, sum, sum + 2);
    return end;
  }
}
