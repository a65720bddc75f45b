// The table of calls and events between the engine and any face of it. Everything that crosses is checked against these
// schemas on arrival, whichever way it came. Times inside a capture are `offset`s: seconds since its first frame.

import { z } from 'zod';
import { LIST_FORMATS, LIST_KINDS, ROW_PROBLEMS } from '../domain/lists.ts';
import { TECHNIQUES } from '../domain/vocabulary.ts';
import { analysisSchema, findingSchema, incidentSchema, listSchema, networksSchema, targetSchema } from './analysis.ts';
import { comparisonViewSchema } from './comparison.ts';
import { fieldNodeSchema } from './fields.ts';
import { LIVE_CALLS, LIVE_EVENTS } from './live.ts';
import { REPORT_CALLS } from './report.ts';

/** Raised with every change that an older face would misread. */
export const CONTRACT_VERSION = 1;
/** Rows of one page of a table. */
export const MAX_PAGE = 500;
/** Pixels, hence bins, of one picture of the timeline. */
export const MAX_BINS = 8_192;
/** Bytes of the packets of one flow, handed over as a file. */
export const MAX_FLOW_CAPTURE = 33_554_432;
/** Bytes of one part of an upload. */
export const UPLOAD_PART = 1_048_576;

const captureId = z.string().max(64);
const seconds = z.number();
const count = z.int().nonnegative();
const frame = z.int().positive();
const text = (max: number) => z.string().max(max);
const endpoint = z.strictObject({ address: z.string(), port: z.int() });
const u32 = z.instanceof(Uint32Array);

/** What became of a call that could not be done. `text` is English, made last; faces word `code` in their language. */
export const FAILURES = [
  'bad-request',
  'unknown-call',
  'unknown-capture',
  'unknown-flow',
  'unknown-frame',
  'unknown-sample',
  'not-found',
  'not-readable',
  'too-large',
  'too-many',
  'no-longer-available',
  'several-files',
  'recorded-in-part',
  'bad-filter',
  'exists',
  'not-writable',
  'folder-full',
  'cancelled',
  'not-here',
  'engine-gone',
  'still-reading',
  'changed',
  'unknown-incident',
  'disk-full',
  'would-leak',
  'defect',
] as const;
export type FailureCode = (typeof FAILURES)[number];
export const failureSchema = z.strictObject({
  code: z.enum(FAILURES),
  params: z.record(z.string(), z.union([z.string(), z.number()])),
  text: z.string(),
});
export type Failure = z.infer<typeof failureSchema>;

export const STATES = ['waiting', 'reading', 'paused', 'done', 'cancelled', 'gone'] as const;
/** `done` with an `error` in the analysis: what was read before it stands. `gone`: the engine ended; open again. */
export type CaptureState = (typeof STATES)[number];

export const progressSchema = z.strictObject({
  bytesRead: count,
  /** Null where it is not known: a pipe, a live capture. */
  bytesTotal: count.nullable(),
  packets: count,
  flows: count,
  /** Capture time reached, seconds since the first frame. */
  reached: seconds,
  /** Wall-clock seconds spent so far, pauses not counted. */
  elapsed: seconds,
});
export type Progress = z.infer<typeof progressSchema>;

export const openCaptureSchema = z.strictObject({
  capture: captureId,
  /** File name or interface; never a path. */
  name: z.string(),
  kind: z.enum(['file', 'sample', 'live']),
  state: z.enum(STATES),
  progress: progressSchema,
});
export type OpenCapture = z.infer<typeof openCaptureSchema>;

const changed = <T extends z.ZodType>(item: T) =>
  z.strictObject({
    set: z.array(item),
    removed: z.array(z.string()),
    /** All ids, in order. */ order: z.array(z.string()),
  });

/** All of an analysis but its long lists. */
export const headSchema = analysisSchema.omit({ findings: true, incidents: true, targets: true });
export type AnalysisHead = z.infer<typeof headSchema>;

/** What changed since the update before it; the first update to a listener has everything. Merge by id. */
export const updateSchema = z.strictObject({
  capture: captureId,
  sequence: count,
  /** Forget what came before. */
  full: z.boolean(),
  state: z.enum(STATES),
  progress: progressSchema,
  /** Absent: unchanged. */
  head: headSchema.optional(),
  findings: changed(findingSchema).optional(),
  incidents: changed(incidentSchema).optional(),
  targets: changed(targetSchema).optional(),
});
export type CaptureUpdate = z.infer<typeof updateSchema>;

export const PACKET_ROLES = ['trigger', 'forged', 'genuine', 'affected'] as const;

export const packetRowSchema = z.strictObject({
  frame,
  offset: seconds,
  /** Original length of the frame in bytes, and how much of it was captured. */
  length: count,
  captured: count,
  source: endpoint.nullable(),
  destination: endpoint.nullable(),
  /** Topmost layer that was recognised: `tls`, `dns`, `tcp`, `arp`, … */
  protocol: z.string(),
  /** One line in the notation of the protocol: never a sentence. */
  info: z.string(),
  flow: z.int().nullable(),
  fromClient: z.boolean().nullable(),
  ttl: z.int().nullable(),
  ipId: z.int().nullable(),
  dontFragment: z.boolean().nullable(),
  /** Sequence numbers are raw; `relative` ones start at 0 with the SYN, null where it was not seen. */
  tcp: z
    .strictObject({
      flags: z.string(),
      seq: z.number(),
      ack: z.number(),
      relativeSeq: z.number().nullable(),
      relativeAck: z.number().nullable(),
      window: z.int(),
      payload: count,
      retransmission: z.boolean(),
      duplicate: z.boolean(),
    })
    .nullable(),
  role: z.enum(PACKET_ROLES).nullable(),
  findings: z.array(z.string()),
});
export type PacketRow = z.infer<typeof packetRowSchema>;

export const flowRowSchema = z.strictObject({
  flow: z.int().positive(),
  protocol: z.enum(['tcp', 'udp']),
  /** What it spoke: `tls`, `http`, `dns`, `quic`, `mtproto`, or null. */
  application: z.string().nullable(),
  client: endpoint,
  server: endpoint,
  name: z.string().nullable(),
  offset: seconds,
  duration: seconds,
  packetsToServer: count,
  packetsToClient: count,
  bytesToServer: z.number(),
  bytesToClient: z.number(),
  /** As in the attempt index: ok, connected, unanswered, reset, refused, silent-after-request, … or open. */
  outcome: z.string(),
  /** Least round trip seen, seconds. */
  roundTrip: seconds.nullable(),
  findings: z.array(z.string()),
  incidents: z.array(z.string()),
});
export type FlowRow = z.infer<typeof flowRowSchema>;

export const dnsRowSchema = z.strictObject({
  exchange: z.int().positive(),
  name: z.string(),
  type: z.string(),
  client: endpoint,
  resolver: endpoint,
  transport: z.enum(['udp', 'tcp']),
  offset: seconds,
  queries: z.array(frame),
  answers: z.array(
    z.strictObject({
      frame,
      offset: seconds,
      rcode: z.int(),
      addresses: z.array(z.string()),
      forged: z.boolean(),
    }),
  ),
  /** The answers contradict each other. */
  disagree: z.boolean(),
  findings: z.array(z.string()),
});
export type DnsRow = z.infer<typeof dnsRowSchema>;

const page = <T extends z.ZodType>(row: T) =>
  z.strictObject({
    /** Rows of the table, and those the filter lets through. */
    total: count,
    matched: count,
    offset: count,
    rows: z.array(row).max(MAX_PAGE),
    /** False: the limit of what is kept was reached; the table holds the first rows. */
    whole: z.boolean(),
  });
const pageOf = {
  capture: captureId,
  filter: text(4_096),
  sort: z.strictObject({ column: text(32), descending: z.boolean() }).nullable(),
  offset: count,
  limit: z.int().min(1).max(MAX_PAGE),
};

export const sampleSchema = z.strictObject({
  slug: z.string(),
  title: z.string(),
  /** Techniques that its recording shows; empty for an innocent one. */
  techniques: z.array(z.enum(TECHNIQUES)),
  bytes: count,
  /** It was recorded at both ends at once. */
  otherEnd: z.boolean(),
});
export type Sample = z.infer<typeof sampleSchema>;

export const recentSchema = z.strictObject({
  /** Names it to `capture.open`; not a path. */
  recent: z.string(),
  name: z.string(),
  /** Where it lies, for a person to tell two of one name apart. */
  folder: z.string(),
  openedAt: z.string(),
  exists: z.boolean(),
});
export type Recent = z.infer<typeof recentSchema>;

/** Why a list could not be imported. */
export const LIST_FAILURES = [
  'not-found',
  'not-readable',
  'too-large',
  'not-text',
  'unknown-format',
  'nothing-usable',
  'too-many',
] as const;
export type ListFailure = (typeof LIST_FAILURES)[number];
export type ImportedListFacts = z.infer<typeof listSchema>;

export const binsSchema = z.strictObject({
  from: seconds,
  to: seconds,
  /** Bytes in each bin, original lengths, and frames. */
  bytes: u32,
  packets: u32,
  /** Successful attempts that began in each bin. */
  worked: z.array(z.strictObject({ lane: z.string(), counts: u32 })),
});
export type Bins = z.infer<typeof binsSchema>;

const none = z.strictObject({});
const ofCapture = z.strictObject({ capture: captureId });

/** Every call: what it takes and what it gives. */
export const CALLS = {
  'app.info': {
    params: none,
    result: z.strictObject({
      version: z.string(),
      contract: z.int(),
      face: z.enum(['desktop', 'web', 'in-process']),
      platform: z.string(),
      samples: z.array(sampleSchema),
      recent: z.array(recentSchema),
      /** What this face can do; what it lacks is explained, not hidden. */
      can: z.strictObject({
        chooseFile: z.boolean(),
        openPath: z.boolean(),
        live: z.boolean(),
        report: z.boolean(),
        /** Asks where a report goes; without, it is fetched. */
        saveFile: z.boolean(),
        /** Opens a connection in Wireshark. */ wireshark: z.boolean(),
      }),
      uploadLimit: count,
      /** The data behind networks.of, whose credit is shown; null where there is none. */
      networks: networksSchema.pick({ licence: true, link: true, asOf: true }).nullable(),
    }),
  },
  /** The system's own dialog; empty when the person changed their mind. */
  'files.choose': { params: none, result: z.strictObject({ paths: z.array(z.string()) }) },
  /** Whose networks addresses are in; null: there is no such table. The first time it takes some seconds to make. */
  'networks.of': {
    params: z.strictObject({ addresses: z.array(text(64)).max(256) }),
    result: z.strictObject({ networks: networksSchema.nullable() }),
  },
  /** Lists of block pages, addresses and domains that this person imported. */
  'lists.list': { params: none, result: z.strictObject({ lists: z.array(listSchema) }) },
  /** Captures that are open keep the lists with which they were opened. */
  'lists.import': {
    params: z.strictObject({
      source: z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('path'), path: text(4_096) }),
        /** After its last part. */
        z.strictObject({ kind: z.literal('upload'), upload: text(64) }),
      ]),
      /** Null: told by the first rows. */
      format: z.enum(LIST_FORMATS).nullable(),
      as: z.enum(LIST_KINDS).nullable(),
    }),
    result: z.strictObject({
      list: listSchema.nullable(),
      because: z.enum(LIST_FAILURES).nullable(),
      /** The first of the rows that were passed over. */
      faults: z.array(
        z.strictObject({ file: z.string(), line: z.int(), problem: z.enum(ROW_PROBLEMS), row: z.string() }),
      ),
    }),
  },
  'lists.remove': {
    params: z.strictObject({ name: text(128) }),
    result: z.strictObject({ lists: z.array(listSchema) }),
  },
  'recent.forget': { params: z.strictObject({ recent: text(64) }), result: none },
  'upload.begin': {
    params: z.strictObject({ name: text(1_024), bytes: count }),
    result: z.strictObject({ upload: z.string() }),
  },
  /** In order; the next part after the answer to this one. */
  'upload.part': {
    params: z.strictObject({ upload: text(64), data: z.instanceof(Uint8Array) }),
    result: none,
  },
  'upload.abandon': { params: z.strictObject({ upload: text(64) }), result: none },
  'capture.open': {
    params: z.strictObject({
      source: z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('path'), path: text(4_096) }),
        /** `otherEnd`: its second capture, of those recorded at both ends. */
        z.strictObject({ kind: z.literal('sample'), slug: text(128), otherEnd: z.boolean().optional() }),
        z.strictObject({ kind: z.literal('recent'), recent: text(64) }),
        /** After its last part. */
        z.strictObject({ kind: z.literal('upload'), upload: text(64) }),
      ]),
    }),
    result: openCaptureSchema,
  },
  'capture.list': { params: none, result: z.strictObject({ captures: z.array(openCaptureSchema) }) },
  'capture.pause': { params: ofCapture, result: none },
  'capture.resume': { params: ofCapture, result: none },
  /** What was found so far is kept and marked incomplete. */
  'capture.cancel': { params: ofCapture, result: none },
  'capture.close': { params: ofCapture, result: none },
  /** Two captures of the same connections, held against each other once both were read. */
  'captures.compare': {
    params: z.strictObject({
      a: captureId,
      b: captureId,
      /** Where A was taken, as the person knows it; null: it is told by the packets. */
      aRole: z.enum(['client', 'server']).nullable(),
    }),
    result: comparisonViewSchema,
  },
  'timeline.bins': {
    params: z.strictObject({
      capture: captureId,
      from: seconds,
      to: seconds,
      bins: z.int().min(1).max(MAX_BINS),
      /** By what successes are told apart: all in `app` and `other`, or the ids of targets. */
      lanes: z.enum(['surface', 'target']),
    }),
    result: binsSchema,
  },
  'flows.page': { params: z.strictObject(pageOf), result: page(flowRowSchema) },
  'dns.page': { params: z.strictObject(pageOf), result: page(dnsRowSchema) },
  /** Without a filter it is read in place; with one the capture is read again up to the page. */
  'packets.page': { params: z.strictObject(pageOf), result: page(packetRowSchema) },
  'table.facets': {
    params: z.strictObject({
      capture: captureId,
      table: z.enum(['flows', 'dns']),
      filter: text(4_096),
      columns: z.array(text(32)).max(8),
    }),
    result: z.strictObject({
      facets: z.array(
        z.strictObject({
          column: z.string(),
          values: z.array(z.strictObject({ value: z.string(), count })),
          /** Values beyond those listed. */
          more: count,
        }),
      ),
    }),
  },
  'flow.packets': {
    params: z.strictObject({
      capture: captureId,
      flow: z.int().positive(),
      offset: count,
      limit: z.int().min(1).max(MAX_PAGE),
    }),
    result: z.strictObject({
      flow: flowRowSchema,
      total: count,
      offset: count,
      rows: z.array(packetRowSchema),
      /** Not so: a part of its packets is in no file that is there. */
      whole: z.boolean(),
    }),
  },
  /** Payload in order of the sequence numbers, both directions as they came. */
  'flow.stream': {
    params: z.strictObject({ capture: captureId, flow: z.int().positive(), limit: z.int().min(1).max(1_048_576) }),
    result: z.strictObject({
      turns: z.array(
        z.strictObject({
          fromClient: z.boolean(),
          offset: seconds,
          frames: z.array(frame),
          data: z.instanceof(Uint8Array),
          /** Bytes missing before this turn: not captured or lost. */
          missing: count,
          /** From a packet that a finding calls forged. */
          forged: z.boolean(),
        }),
      ),
      /** More than the limit was sent. */
      cut: z.boolean(),
    }),
  },
  /** The packets of one flow as pcapng, with their frame numbers as comments. */
  'flow.capture': {
    params: z.strictObject({
      capture: captureId,
      flow: z.int().positive(),
      /** Bytes of the file; packets beyond it are left out. */
      limit: z.int().min(1).max(MAX_FLOW_CAPTURE),
    }),
    result: z.strictObject({ bytes: z.instanceof(Uint8Array), frames: count, cut: z.boolean() }),
  },
  'flow.wireshark': { params: z.strictObject({ capture: captureId, flow: z.int().positive() }), result: none },
  'packet.get': {
    params: z.strictObject({ capture: captureId, frame }),
    result: z.strictObject({
      packet: packetRowSchema,
      linkType: z.int(),
      bytes: z.instanceof(Uint8Array),
      fields: z.array(fieldNodeSchema),
      /** For a forged packet: the genuine one of the same sender to compare it with, and why that one. */
      baseline: z.strictObject({ frame, sameFlow: z.boolean() }).nullable(),
    }),
  },
  ...LIVE_CALLS,
  ...REPORT_CALLS,
} as const satisfies Record<string, { params: z.ZodType; result: z.ZodType }>;

export type CallName = keyof typeof CALLS;
export type CallParams<N extends CallName> = z.input<(typeof CALLS)[N]['params']>;
export type CallResult<N extends CallName> = z.output<(typeof CALLS)[N]['result']>;

/** Every event: what a listener asks for and what it gets. */
export const EVENTS = {
  'capture.update': { params: ofCapture, payload: updateSchema },
  /** Captures opened, closed or changed in state, from whichever window. */
  'captures.changed': { params: none, payload: z.strictObject({ captures: z.array(openCaptureSchema) }) },
  /** The host asks for captures to be opened: association, second instance, menu. */
  'open.requested': { params: none, payload: z.strictObject({ paths: z.array(z.string()) }) },
  ...LIVE_EVENTS,
} as const satisfies Record<string, { params: z.ZodType; payload: z.ZodType }>;

export type EventName = keyof typeof EVENTS;
export type EventParams<N extends EventName> = z.input<(typeof EVENTS)[N]['params']>;
export type EventPayload<N extends EventName> = z.output<(typeof EVENTS)[N]['payload']>;

/** What travels. Requests carry an id that the sender chose; an event that was not acknowledged holds back the next. */
export const messageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('call'), id: count, name: text(64), params: z.unknown() }),
  z.strictObject({ type: z.literal('cancel'), id: count }),
  z.strictObject({ type: z.literal('result'), id: count, result: z.unknown() }),
  z.strictObject({ type: z.literal('failure'), id: count, failure: failureSchema }),
  z.strictObject({ type: z.literal('subscribe'), id: count, name: text(64), params: z.unknown() }),
  z.strictObject({ type: z.literal('unsubscribe'), id: count }),
  z.strictObject({ type: z.literal('event'), id: count, payload: z.unknown() }),
  z.strictObject({ type: z.literal('ack'), id: count }),
]);
export type Message = z.infer<typeof messageSchema>;

/** All that a face needs of the way between it and the engine. Values cross as by structured clone. */
export interface Transport {
  send(message: Message): void;
  onMessage(listener: (message: unknown) => void): void;
  onClose(listener: () => void): void;
  close(): void;
}

/** What of an AbortSignal is needed; `shared` knows neither Node nor the DOM. */
export interface Abortable {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** The engine as a face sees it. */
export interface Client {
  call<N extends CallName>(name: N, params: CallParams<N>, signal?: Abortable): Promise<CallResult<N>>;
  /** Returns the way to stop listening. */
  on<N extends EventName>(
    name: N,
    params: EventParams<N>,
    listener: (payload: EventPayload<N>) => void,
    /** It cannot be listened to, or no longer; said once, after which nothing more comes. */
    failed?: (failure: Failure) => void,
  ): () => void;
}
