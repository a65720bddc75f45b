// Reassembly of IP fragments (RFC 791 §3.2, RFC 8200 §4.5), bounded in datagrams, bytes and time. Where fragments
// overlap with different bytes the datagram is given up: RFC 5722 says so for IPv6, and nothing good comes of it in IPv4.

const MAX_DATAGRAMS = 256;
const MAX_BYTES = 65_535;
const TIMEOUT = 30e9;

interface Partial {
  time: number;
  bytes: Uint8Array;
  have: Uint8Array;
  received: number;
  /** End of the furthest fragment. */
  furthest: number;
  total: number;
  broken: boolean;
}

export interface Reassembled {
  /** The whole datagram with its first fragment's network header, lengths and fragment fields put right. */
  readonly bytes: Uint8Array;
}

export class Fragments {
  readonly #partial = new Map<string, Partial & { header: Uint8Array | null }>();
  /** Datagrams given up: contradiction, time or room. */
  abandoned = 0;

  /**
   * Takes one fragment. `ip`: offset of the network header, `transport`: of what follows it (in IPv6 the fragment
   * header). The whole datagram once it is complete.
   */
  add(
    bytes: Uint8Array,
    ip: number,
    transport: number,
    end: number,
    v6: boolean,
    cut: boolean,
    time: number,
  ): Reassembled | null {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let key: string;
    let offset: number;
    let more: boolean;
    let payload: number;
    if (v6) {
      const field = view.getUint16(transport + 2);
      offset = field & 0xfff8;
      more = (field & 1) !== 0;
      payload = transport + 8;
      key = `6 ${String.fromCharCode(...bytes.subarray(ip + 8, ip + 40))} ${view.getUint32(transport + 4)}`;
    } else {
      const field = view.getUint16(ip + 6);
      offset = (field & 0x1fff) << 3;
      more = (field & 0x2000) !== 0;
      payload = transport;
      key = `4 ${String.fromCharCode(...bytes.subarray(ip + 12, ip + 20))} ${view.getUint16(ip + 4)} ${bytes[ip + 9]}`;
    }
    const length = end - payload;
    if (length <= 0 || cut || offset + length > MAX_BYTES) return null;
    let partial = this.#partial.get(key);
    if (partial !== undefined && time - partial.time > TIMEOUT) {
      this.#partial.delete(key);
      this.abandoned++;
      partial = undefined;
    }
    if (partial === undefined) {
      if (this.#partial.size >= MAX_DATAGRAMS) {
        const oldest = this.#partial.keys().next().value;
        if (oldest !== undefined) this.#partial.delete(oldest);
        this.abandoned++;
      }
      partial = {
        time,
        bytes: new Uint8Array(2_048),
        have: new Uint8Array(256),
        received: 0,
        furthest: 0,
        total: -1,
        broken: false,
        header: null,
      };
      this.#partial.set(key, partial);
    }
    if (offset + length > partial.bytes.length) {
      const room = Math.min(MAX_BYTES + 1, Math.max(partial.bytes.length * 2, offset + length + 7));
      const larger = new Uint8Array(room);
      larger.set(partial.bytes);
      partial.bytes = larger;
      const have = new Uint8Array((room >> 3) + 1);
      have.set(partial.have);
      partial.have = have;
    }
    for (let unit = 0; unit < length; unit += 8) {
      const block = (offset + unit) >> 3;
      const size = Math.min(8, length - unit);
      const at = offset + unit;
      if (partial.have[block]) {
        for (let i = 0; i < size; i++) if (partial.bytes[at + i] !== bytes[payload + unit + i]) partial.broken = true;
        continue;
      }
      partial.have[block] = 1;
      partial.received += size;
      for (let i = 0; i < size; i++) partial.bytes[at + i] = bytes[payload + unit + i]!;
    }
    partial.furthest = Math.max(partial.furthest, offset + length);
    if (!more) {
      if (partial.total >= 0 && partial.total !== offset + length) partial.broken = true;
      partial.total = offset + length;
    }
    // Bytes beyond the end: what is counted as received would not be what the datagram has
    if (partial.total >= 0 && partial.furthest > partial.total) partial.broken = true;
    if (offset === 0) partial.header = bytes.slice(ip, payload);
    if (partial.total < 0 || partial.received < partial.total || partial.header === null) return null;
    this.#partial.delete(key);
    if (partial.broken) {
      this.abandoned++;
      return null;
    }
    return { bytes: whole(partial.header, partial.bytes.subarray(0, partial.total), v6) };
  }
}

function whole(header: Uint8Array, payload: Uint8Array, v6: boolean): Uint8Array {
  // The IPv6 fragment header stays in place as an atomic fragment, so that the chain of headers needs no rewriting
  const bytes = new Uint8Array(header.length + payload.length);
  bytes.set(header);
  bytes.set(payload, header.length);
  const view = new DataView(bytes.buffer);
  if (v6) {
    view.setUint16(4, Math.min(0xffff, bytes.length - 40));
    view.setUint16(header.length - 6, 0);
  } else {
    view.setUint16(2, Math.min(0xffff, bytes.length));
    view.setUint16(6, view.getUint16(6) & 0x4000);
  }
  return bytes;
}
