// One field of a decoded frame, as the packet inspector shows it.

import { z } from 'zod';

export interface FieldNode {
  /** Names the node inside its frame. */
  id: string;
  /** Wireshark's display filter name where one exists (`ip.ttl`), else one of our own. */
  name: string;
  /** English; faces word `name` where they know it. */
  label: string;
  value: string;
  raw?: string | number | undefined;
  /** Bytes of the frame. Bit fields share bytes with a mask. */
  start: number;
  length: number;
  bits?: number | undefined;
  note?: { kind: 'cut' | 'malformed' | 'checksum' | 'more'; params: Record<string, string | number> } | undefined;
  children?: FieldNode[] | undefined;
}

export const fieldNodeSchema: z.ZodType<FieldNode> = z.lazy(() =>
  z.strictObject({
    id: z.string(),
    name: z.string(),
    label: z.string(),
    value: z.string(),
    raw: z.union([z.string(), z.number()]).optional(),
    start: z.int().nonnegative(),
    length: z.int().nonnegative(),
    bits: z.int().optional(),
    note: z
      .strictObject({
        kind: z.enum(['cut', 'malformed', 'checksum', 'more']),
        params: z.record(z.string(), z.union([z.string(), z.number()])),
      })
      .optional(),
    children: z.array(fieldNodeSchema).optional(),
  }),
);
