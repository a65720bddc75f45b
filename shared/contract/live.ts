// The part of the contract that is about live capture. A live capture is an open capture like any other; what only it
// has (who captures, counters, what happened on the way) is told beside the analysis.

import { z } from 'zod';
import { BACKENDS, LIVE_ERROR_CODES, LIVE_NOTICE_KINDS, LIVE_STATES, PERMISSION_STEP_KINDS } from '../domain/live.ts';

const count = z.int().nonnegative();
const none = z.strictObject({});
const captureId = z.string().max(64);
const params = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

/** Bytes of one recording in the program's own folder, unless a ring of files or a smaller limit is asked for. */
export const RECORDING_LIMIT = 4_294_967_296;
/** Notices that are kept of one capture; the latest. */
export const MAX_NOTICES = 200;

/** Interfaces are named as the helpers know them; nothing that could be taken for an option of theirs. */
const interfaceName = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[^-\0][^\0]*$/);
const filter = z.string().max(4_096).nullable();
const snaplen = z.int().min(64).max(262_144).nullable();

export const captureInterfaceSchema = z.strictObject({
  name: z.string(),
  description: z.string().nullable(),
  kind: z.enum(['ethernet', 'wifi', 'loopback', 'tunnel', 'bridge', 'virtual', 'any', 'other']),
  addresses: z.array(z.string()),
  isDefault: z.boolean(),
  isUp: z.boolean().nullable(),
  traffic: z
    .strictObject({ receivedBytes: count, sentBytes: count, receivedPackets: count, sentPackets: count })
    .nullable(),
});

const liveErrorSchema = z.strictObject({
  backend: z.enum(BACKENDS),
  code: z.enum(LIVE_ERROR_CODES),
  /** The backend's own words. */
  message: z.string(),
});
const permissionStepSchema = z.strictObject({ kind: z.enum(PERMISSION_STEP_KINDS), command: z.string().nullable() });
/** Why nothing captures: each backend that was tried, and what gives permission where that is what is missing. */
export const notCapturedSchema = z.strictObject({
  errors: z.array(liveErrorSchema),
  steps: z.array(permissionStepSchema),
});
export type NotCaptured = z.infer<typeof notCapturedSchema>;

const liveHeaderSchema = z.strictObject({
  backend: z.enum(BACKENDS),
  linkType: z.int(),
  tsResolution: z.number(),
  tsSource: z.enum(['kernel', 'user']),
  snaplen: z.int(),
  drops: count.nullable(),
});

const liveCountersSchema = z.strictObject({
  packets: count,
  bytes: count,
  /** Null: the helper cannot tell, or tells only at the end. */
  drops: count.nullable(),
  /** Wall-clock seconds since the start. */
  seconds: z.number(),
  recordedBytes: count,
  /** Files that are there, oldest first. */
  files: z.array(z.string()),
});

/** All that is to be told of a live capture beside its analysis; every update has it whole. */
export const liveStatusSchema = z.strictObject({
  capture: captureId,
  interface: z.string(),
  filter,
  state: z.enum(LIVE_STATES),
  header: liveHeaderSchema.nullable(),
  counters: liveCountersSchema,
  /** Oldest first; `at` in seconds since the epoch. */
  notices: z.array(z.strictObject({ at: z.number(), kind: z.enum(LIVE_NOTICE_KINDS), params })),
  /** Where it is recorded, for a person to read; null where it is not. */
  folder: z.string().nullable(),
});
export type LiveStatus = z.infer<typeof liveStatusSchema>;

export const LIVE_CALLS = {
  /** Asked again and again its counters give the traffic; `time` is the engine's clock, in seconds. */
  'live.interfaces': {
    params: none,
    result: z.strictObject({
      time: z.number(),
      interfaces: z.array(captureInterfaceSchema),
      /** The program's own folder of recordings, and the most bytes of one; null: it has none. */
      folder: z.string().nullable(),
      limit: count,
      /** Whether another place may be chosen (`live.choose`). */
      canChoose: z.boolean(),
    }),
  },
  /** Captures for a moment and keeps nothing: who could capture, and whether the filter is one. */
  'live.check': {
    params: z.strictObject({ interface: interfaceName, filter, snaplen }),
    result: z.strictObject({ backend: z.enum(BACKENDS).nullable(), ...notCapturedSchema.shape }),
  },
  /** The system's own dialog for a file to be written; null when the person changed their mind. */
  'live.choose': {
    params: z.strictObject({ name: z.string().max(255) }),
    result: z.strictObject({ path: z.string().nullable() }),
  },
  /** Answers when packets are captured, or nobody could. */
  'live.start': {
    params: z.strictObject({
      interface: interfaceName,
      filter,
      snaplen,
      /** Only this one is tried; null: all in their order. */
      backend: z.enum(BACKENDS).nullable(),
      limits: z.strictObject({
        seconds: z.number().positive().nullable(),
        bytes: z.int().positive().nullable(),
        packets: z.int().positive().nullable(),
      }),
      /** Further files as one is full, of which the latest are kept. */
      ring: z.strictObject({ bytes: z.int().min(65_536), files: z.int().min(1).max(10_000) }).nullable(),
      /** Where the face may choose; null: the program's own folder. A file that is there is never replaced. */
      path: z.string().max(4_096).nullable(),
    }),
    result: z.strictObject({ capture: captureId.nullable(), ...notCapturedSchema.shape }),
  },
  /** Ends it; it stays open like any other capture. `capture.pause` and `capture.resume` hold it and go on. */
  'live.stop': { params: z.strictObject({ capture: captureId }), result: none },
} as const satisfies Record<string, { params: z.ZodType; result: z.ZodType }>;

export const LIVE_EVENTS = {
  'live.update': { params: z.strictObject({ capture: captureId }), payload: liveStatusSchema },
} as const satisfies Record<string, { params: z.ZodType; payload: z.ZodType }>;
