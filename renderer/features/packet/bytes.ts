// Bytes in rows of sixteen, as text to copy, and the bits of a field.

import type { FieldNode } from '../../../shared/contract/fields.ts';

export const ROW = 16;

export function rowCount(length: number): number {
  return Math.ceil(length / ROW);
}

/** `0010`; longer only where the frame is. */
export function offsetText(offset: number, length: number): string {
  return offset.toString(16).padStart(length > 0x1_0000 ? 6 : 4, '0');
}

/** ASCII as it is, anything else as a dot. */
export function printable(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·';
}

/** Rows of bytes as everybody reads them: offset, hexadecimal, text. */
export function hexDump(bytes: Uint8Array, start = 0, length = bytes.length): string {
  const end = Math.min(bytes.length, start + length);
  const lines: string[] = [];
  for (let at = start; at < end; at += ROW) {
    const row = Array.from(bytes.subarray(at, Math.min(at + ROW, end)));
    const hex = row.map((byte, place) => (place === 8 ? ' ' : '') + byte.toString(16).padStart(2, '0')).join(' ');
    const text = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${offsetText(at, bytes.length)}  ${hex.padEnd(48)}  ${text}`);
  }
  return lines.join('\n');
}

/** The bits of a bit field inside its bytes: `.1.. ....`. Null where the field is whole bytes. */
export function bitText(node: FieldNode, bytes: Uint8Array): string | null {
  if (node.bits === undefined || node.length < 1 || node.length > 4) return null;
  if (node.start + node.length > bytes.length) return null;
  let value = 0;
  for (let at = 0; at < node.length; at++) value = value * 256 + bytes[node.start + at]!;
  let text = '';
  const width = node.length * 8;
  for (let bit = width - 1; bit >= 0; bit--) {
    const isOwn = Math.floor(node.bits / 2 ** bit) % 2 === 1;
    text += isOwn ? String(Math.floor(value / 2 ** bit) % 2) : '.';
    if (bit % 4 === 0 && bit > 0) text += ' ';
  }
  return text;
}

/** The layer each byte belongs to, as an index into the layers; -1 for none. Later layers lie inside earlier ones. */
export function layersOf(fields: readonly FieldNode[], length: number): Int8Array {
  const layers = new Int8Array(length).fill(-1);
  fields.forEach((layer, at) => {
    layers.fill(Math.min(at, 127), layer.start, Math.min(length, layer.start + layer.length));
  });
  return layers;
}
