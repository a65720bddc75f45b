// All fields of one frame, for the packet inspector. Runs on the frame that is on screen, never on every packet.

import type { FieldNode } from '../../../shared/contract/fields.ts';
import { linkLayer } from './network.ts';
import { type Known, Scan } from './scan.ts';

/** Bytes of a frame that are looked into; no link carries larger ones, only captures of offloaded segments do. */
const MAX_BYTES = 262_144;

/**
 * The layers of a frame with their fields, the outermost first. `original` is the length it had on the wire. Any bytes
 * give a tree; what could not be read carries a note.
 */
export function fieldTree(
  bytes: Uint8Array,
  linkType: number,
  original: number,
  known: Known = { isTls13: false },
): FieldNode[] {
  const frame = bytes.length > MAX_BYTES ? bytes.subarray(0, MAX_BYTES) : bytes;
  const scan = Scan.frame(frame, original, known);
  linkLayer(scan, linkType);
  const layers = scan.into.children ?? [];
  // Layers that share a scan leave their note with the frame.
  if (scan.into.note !== undefined && layers.length > 0) layers.at(-1)!.note ??= scan.into.note;
  return layers;
}
