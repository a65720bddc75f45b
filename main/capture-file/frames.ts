/**
 * What the capture-file reader hands on: batches of frames as columns over the bytes that were fed, and what it has to
 * say about the file. Nothing here copies or interprets a frame.
 */
import type { ErrorCode } from '../../shared/domain/statements.ts';

/** Frames in a batch. 256 keeps the columns in the first-level cache while later stages go over them several times. */
export const BATCH = 256;

/** Up to BATCH frames of one buffer, as columns. Reused: valid only during FrameSink.frames(). */
export class FrameBatch {
  /** The buffer that offsets point into. */
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(this.bytes.buffer);
  count = 0;
  /** Of the frame's first captured byte in bytes. */
  readonly offset = new Int32Array(BATCH);
  /** Bytes captured. */
  readonly captured = new Int32Array(BATCH);
  /** Bytes on the wire, as the file says; a damaged or odd file may say fewer than were captured. */
  readonly original = new Uint32Array(BATCH);
  /** tshark's frame number, from 1. Every record takes one, also those that are not delivered. */
  readonly number = new Float64Array(BATCH);
  /** Since the epoch, as the file says: it may be negative or huge. 0 where the record has no time (simple packets). */
  readonly seconds = new Float64Array(BATCH);
  /** 0..999_999_999; finer resolutions are truncated. */
  readonly nanos = new Int32Array(BATCH);
  /** Index into CaptureReader.interfaces. */
  readonly iface = new Int32Array(BATCH);
  /** Position of bytes[0] in the uncompressed stream; negative when bytes is a buffer fed from its middle. */
  streamOffset = 0;
}

export interface FrameSink {
  frames(batch: FrameBatch): void;
  /** A further section of a pcapng stream begins: capturing was interrupted before it. */
  section?(): void;
  /** Nothing came on an interface until this time, and nothing of it is missing: seconds since the epoch. */
  reached?(seconds: number): void;
}

export interface CaptureTime {
  seconds: number;
  nanos: number;
}

export interface CaptureInterface {
  /** LINKTYPE_ value. */
  linkType: number;
  /** 0: unlimited. */
  snaplen: number;
  /** Section of the file, from 0; a classic pcap file is one section. */
  section: number;
  name: string | null;
  description: string | null;
  os: string | null;
  filter: string | null;
  /** Bytes of frame check sequence at the end of each frame; null: the file does not say. */
  fcsLength: number | null;
  /** Nanoseconds a tick: 1000 for microseconds, below 1 for resolutions finer than a nanosecond. */
  tsresolNs: number;
  /** Seconds that were added to every time of this interface (if_tsoffset). */
  tsoffset: number;
  /** isb_ifrecv of the last statistics; null: the file does not say. */
  received: number | null;
  /** isb_ifdrop + isb_osdrop of the last statistics or the drops counted by packets, whichever is more; null: not said. */
  dropped: number | null;
  /** Frames delivered of this interface. */
  frames: number;
}

export type CaptureProblemKind =
  /** The file ends within a record. params: needed, available (bytes from offset). */
  | 'truncated'
  /** Something contradicts itself and was passed over. params: what, and the numbers that disagree. */
  | 'damaged'
  /** A record above the maximum of captured bytes was passed over. params: captured, maximum. */
  | 'oversized'
  /** params: captured, original. */
  | 'captured-above-original'
  /** The fraction of a second is a second or more; the excess was carried. params: fraction. */
  | 'clock'
  /** A record of an interface that the section does not describe; it was passed over. params: interface. */
  | 'unknown-interface'
  /** A simple packet block, which has no time; 0 is given. */
  | 'no-time';

/** Something odd that did not stop the reading. frame is the number of the record concerned, 0 if none. */
export type CaptureProblem = {
  kind: CaptureProblemKind;
  offset: number;
  frame: number;
  params: Record<string, number | string>;
};

/** Why reading stopped: nothing could be read, or something that cannot be skipped. What came before stands. */
export interface CaptureError {
  code: Extract<ErrorCode, 'empty' | 'not-a-capture' | 'unsupported-version' | 'unsupported-format' | 'damaged'>;
  offset: number;
  params: Record<string, number | string>;
}

export interface CaptureComment {
  of: 'section' | 'interface' | 'packet';
  /** Frame number, index of the interface, or number of the section. */
  index: number;
  text: string;
}
