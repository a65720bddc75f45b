// STUN (RFC 8489) tells a client the address that the world sees it under, scrambled. Addresses are replaced, all other
// attributes emptied.

import type { Pseudonyms } from '../../shared/report/pseudonyms.ts';
import type { Edit, PayloadPlan } from './payload-plan.ts';

const HEADER = 20;
const COOKIE = 0x2112a442;
/** MAPPED-ADDRESS and its like, in the clear. */
const PLAIN: ReadonlySet<number> = new Set([0x0001, 0x0002, 0x0004, 0x0005, 0x000b, 0x8023, 0x802b, 0x802c]);
/** XOR-PEER-, XOR-RELAYED- and XOR-MAPPED-ADDRESS, also under its old number. */
const SCRAMBLED: ReadonlySet<number> = new Set([0x0012, 0x0016, 0x0020, 0x8020]);

function viewOf(bytes: Uint8Array, start: number, end: number): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
}

export function isStun(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start >= HEADER && bytes[start]! < 0x40 && viewOf(bytes, start, end).getUint32(4) === COOKIE;
}

export function planStun(bytes: Uint8Array, start: number, end: number, pseudonyms: Pseudonyms): PayloadPlan {
  const view = viewOf(bytes, start, end);
  const edits: Edit[] = [];
  let at = HEADER;
  while (at + 4 <= view.byteLength) {
    const type = view.getUint16(at);
    const length = view.getUint16(at + 2);
    const next = at + 4 + ((length + 3) & ~3);
    if (at + 4 + length > view.byteLength) break;
    const size = length - 4;
    const isScrambled = SCRAMBLED.has(type);
    if ((isScrambled || PLAIN.has(type)) && (size === 4 || size === 16)) {
      const address = bytes.slice(start + at + 8, start + at + 8 + size);
      // RFC 8489 §14.2: the cookie, for IPv6 followed by the transaction id
      const scramble = (value: Uint8Array): Uint8Array =>
        isScrambled ? value.map((byte, index) => byte ^ bytes[start + 4 + index]!) : value;
      edits.push({ at: at + 8, bytes: scramble(pseudonyms.addressBytes(scramble(address))) });
    } else if (length > 0) edits.push({ at: at + 4, bytes: new Uint8Array(length) });
    at = Math.min(next, view.byteLength);
  }
  return { keep: Math.min(at, view.byteLength), edits };
}
