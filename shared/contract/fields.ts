// One field of a decoded frame, as the packet inspector shows it.

import { z } from 'zod';
import { FIELD_NAMES, type FieldName } from '../domain/field-names.ts';

/**
 * What is said of a field beside its value. `cut`: the capture kept fewer bytes than were sent. `malformed`: a length or
 * count contradicts the bytes around it. `continues`: the rest is in the next segment. All three with `needed`, `available` and the `offset` in the frame. `checksum`: its
 * `state` is valid, wrong (with `expected`), offloaded (only the sum that a network card completes), absent or
 * unchecked. `more`: the frame has more fields than are listed.
 */
export const FIELD_NOTES = ['cut', 'malformed', 'continues', 'checksum', 'more'] as const;

export interface FieldNode {
  /** Names the node inside its frame: places in the tree from the root, joined by dots. */
  id: string;
  /** Wireshark's display filter name where one exists (`ip.ttl`), else one of our own. */
  name: FieldName;
  /** English; faces word `name` where they know it. */
  label: string;
  value: string;
  /** The bare value: a number, text as sent, or bytes in hexadecimal. */
  raw?: string | number | undefined;
  /** Bytes of the frame. Bit fields share bytes with a mask. */
  start: number;
  length: number;
  bits?: number | undefined;
  note?: { kind: (typeof FIELD_NOTES)[number]; params: Record<string, string | number> } | undefined;
  children?: FieldNode[] | undefined;
}

export const fieldNodeSchema: z.ZodType<FieldNode> = z.lazy(() =>
  z.strictObject({
    id: z.string(),
    name: z.enum(FIELD_NAMES),
    label: z.string(),
    value: z.string(),
    raw: z.union([z.string(), z.number()]).optional(),
    start: z.int().nonnegative(),
    length: z.int().nonnegative(),
    bits: z.int().optional(),
    note: z
      .strictObject({
        kind: z.enum(FIELD_NOTES),
        params: z.record(z.string(), z.union([z.string(), z.number()])),
      })
      .optional(),
    children: z.array(fieldNodeSchema).optional(),
  }),
);
