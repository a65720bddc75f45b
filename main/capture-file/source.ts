/**
 * Where the bytes of a capture come from: a file, a pipe or standard input, plain or compressed, told apart by magic
 * bytes and not by name. Everything that goes wrong is a value; nothing here throws.
 */
import { createHash, type Hash } from 'node:crypto';
import { closeSync, open, read, readSync, type Stats, statSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
import type { ErrorCode } from '../../shared/domain/statements.ts';
import { ZstdStream } from './zstd.ts';

/** Stays in the second-level cache; larger reads are not faster. */
const CHUNK = 1 << 20;
/** Chunks between two looks at the event loop, so that messages arrive. */
const CHUNKS_PER_TURN = 64;
/** Compressed bytes a step: bounds what a damaged stream loses, and how long a step takes. */
const COMPRESSED_STEP = 1 << 16;
const RETRY_MS = 10;

export type Compression = 'gzip' | 'zstd';

export interface OperationalError {
  code: Extract<
    ErrorCode,
    'not-found' | 'no-permission' | 'is-directory' | 'read-failed' | 'unsupported-format' | 'compressed-damaged'
  >;
  params: Record<string, number | string>;
}

export interface DriveOptions {
  /** Asked before every chunk; true ends the reading. */
  cancelled: () => boolean;
  /** Between two chunks; what it gives is waited for, so that reading can pause and others get their turn. */
  between?: () => Promise<void> | undefined;
  /** Bytes as they are on disk; total is null where it is not known. */
  onProgress?: (bytesRead: number, bytesTotal: number | null) => void;
}

export interface DriveResult {
  compression: Compression | null;
  /** Bytes as they are on disk, compressed or not. */
  bytesRead: number;
  /** What was fed before it stands. */
  error: OperationalError | null;
  /** The compressed data ends too early; all that it holds was fed. */
  truncated: boolean;
  /** The input ended or failed; false: it was cancelled. */
  complete: boolean;
  /** Of a pipe or standard input that was read to its end, which cannot be read again; of files see hashFile. */
  sha256: string | null;
}

interface Decoder {
  error: OperationalError | null;
  truncated: boolean;
  push(bytes: Uint8Array): Promise<void> | undefined;
  end(): Promise<void> | undefined;
}

/** Feeds the uncompressed bytes of path ('-': standard input). The chunk is reused once feed returns. */
export async function drive(
  path: string,
  feed: (chunk: Uint8Array) => void,
  options: DriveOptions,
): Promise<DriveResult> {
  const result: DriveResult = {
    compression: null,
    bytesRead: 0,
    error: null,
    truncated: false,
    complete: true,
    sha256: null,
  };
  const source = await openSource(path);
  if ('code' in source) return { ...result, error: source };
  try {
    await pump(source, feed, options, result);
  } finally {
    source.close();
  }
  return result;
}

async function pump(
  source: Source,
  feed: (chunk: Uint8Array) => void,
  options: DriveOptions,
  result: DriveResult,
): Promise<void> {
  const hash = source.regular ? null : createHash('sha256');
  const buffer = new Uint8Array(CHUNK);
  let decoder: Decoder | null = null;
  let held = 0;
  for (let chunks = 1; ; chunks++) {
    if (options.cancelled()) {
      result.complete = false;
      return;
    }
    // Until the magic bytes are there (a pipe may give single bytes) they are kept at the beginning of the buffer.
    const outcome = source.regular
      ? source.readNow(buffer, held)
      : await unlessCancelled(source.read(buffer, held), options.cancelled);
    if (outcome === 'cancelled') {
      result.complete = false;
      return;
    }
    if (typeof outcome !== 'number') {
      result.error = outcome;
      break;
    }
    result.bytesRead += outcome;
    hash?.update(buffer.subarray(held, held + outcome));
    const size = held + outcome;
    if (decoder === null) {
      if (size < 4 && outcome > 0) {
        held = size;
        continue;
      }
      held = 0;
      result.compression = compressionOf(buffer, size);
      decoder = decoderOf(result.compression, feed, options);
    }
    const piece = size === CHUNK ? buffer : buffer.subarray(0, size);
    const pending = size > 0 ? decoder.push(piece) : undefined;
    if (pending) await pending;
    if (decoder.error !== null || outcome === 0) break;
    options.onProgress?.(result.bytesRead, source.size);
    const pause = options.between?.();
    if (pause !== undefined) await pause;
    if (chunks % CHUNKS_PER_TURN === 0) await nextTurn();
  }
  await decoder?.end();
  result.error ??= decoder?.error ?? null;
  result.truncated = decoder?.truncated ?? false;
  if (result.error === null) result.sha256 = hash?.digest('hex') ?? null;
}

/** A pipe may stay silent for ever: the wait for its bytes ends with the wish for them. */
async function unlessCancelled(
  reading: Promise<ReadOutcome>,
  cancelled: () => boolean,
): Promise<ReadOutcome | 'cancelled'> {
  let timer: NodeJS.Timeout | undefined;
  const cancelling = new Promise<'cancelled'>((resolve) => {
    timer = setInterval(() => {
      if (cancelled()) resolve('cancelled');
    }, RETRY_MS);
  });
  try {
    return await Promise.race([reading, cancelling]);
  } finally {
    clearInterval(timer);
  }
}

/** SHA-256 of the file as it is on disk, in hexadecimal. */
export async function hashFile(path: string): Promise<string | OperationalError> {
  const source = await openSource(path);
  if ('code' in source) return source;
  try {
    const hash: Hash = createHash('sha256');
    const buffer = new Uint8Array(CHUNK);
    for (let chunks = 1; ; chunks++) {
      const outcome = source.regular ? source.readNow(buffer, 0) : await source.read(buffer, 0);
      if (typeof outcome !== 'number') return outcome;
      if (outcome === 0) return hash.digest('hex');
      hash.update(outcome === CHUNK ? buffer : buffer.subarray(0, outcome));
      if (chunks % CHUNKS_PER_TURN === 0) await nextTurn();
    }
  } finally {
    source.close();
  }
}

/** Bytes read, 0 at the end. */
type ReadOutcome = number | OperationalError;

interface Source {
  /** A file on disk, whose reads do not wait; a pipe is read without blocking the event loop. */
  regular: boolean;
  size: number | null;
  readNow(buffer: Uint8Array, at: number): ReadOutcome;
  read(buffer: Uint8Array, at: number): Promise<ReadOutcome>;
  close(): void;
}

async function openSource(path: string): Promise<Source | OperationalError> {
  const standardInput = path === '-';
  let fd = 0;
  let size: number | null = null;
  let regular = false;
  if (!standardInput) {
    try {
      const stats: Stats = statSync(path);
      if (stats.isDirectory()) return { code: 'is-directory', params: { path } };
      regular = stats.isFile();
      size = regular ? stats.size : null;
      fd = await new Promise<number>((resolve, reject) => {
        open(path, 'r', (error, opened) => (error ? reject(error) : resolve(opened)));
      });
    } catch (error) {
      return systemError(error, path);
    }
  }
  return {
    regular,
    size,
    readNow(buffer, at) {
      try {
        return readSync(fd, buffer, at, buffer.length - at, null);
      } catch (error) {
        return systemError(error, path);
      }
    },
    async read(buffer, at) {
      for (;;) {
        const outcome = await new Promise<number | Error>((resolve) => {
          read(fd, buffer, at, buffer.length - at, null, (error, count) => resolve(error ?? count));
        });
        if (typeof outcome === 'number') return outcome;
        const code = codeOf(outcome);
        // Windows reports the end of a pipe so.
        if (code === 'EOF') return 0;
        // Standard input may have been made non-blocking by another process that shares it.
        if (code !== 'EAGAIN') return systemError(outcome, path);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    },
    close() {
      if (!standardInput) closeSync(fd);
    },
  };
}

function compressionOf(bytes: Uint8Array, size: number): Compression | null {
  if (size < 4) return null;
  const [a, b, c, d] = bytes as unknown as [number, number, number, number];
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  // A zstd stream may begin with a skippable frame, as pzstd writes.
  if (a >> 4 === 5 && b === 0x2a && c === 0x4d && d === 0x18) return 'zstd';
  return null;
}

function decoderOf(compression: Compression | null, feed: (chunk: Uint8Array) => void, options: DriveOptions): Decoder {
  if (compression === 'gzip') return gzipDecoder(feed, options);
  if (compression === 'zstd') return zstdDecoder(feed, options);
  return {
    error: null,
    truncated: false,
    push(bytes) {
      feed(bytes);
      return undefined;
    },
    end: () => undefined,
  };
}

/** All members of a gzip file (RFC 1952 §2.2). What a cut file holds has been fed when its end is found missing. */
function gzipDecoder(feed: (chunk: Uint8Array) => void, options: DriveOptions): Decoder {
  const gunzip = createGunzip({ chunkSize: 4 * COMPRESSED_STEP });
  let fault: unknown = null;
  // A write that fails is not called back, so an error settles whatever is waited for.
  let settle = (): void => {};
  const decoder: Decoder = {
    error: null,
    truncated: false,
    async push(bytes) {
      for (let at = 0; at < bytes.length && decoder.error === null && !options.cancelled(); at += COMPRESSED_STEP) {
        const step = bytes.subarray(at, at + COMPRESSED_STEP);
        await new Promise<void>((resolve) => {
          settle = resolve;
          gunzip.write(step, () => resolve());
        });
        rethrow();
      }
    },
    async end() {
      if (decoder.error === null && !options.cancelled()) {
        await new Promise<void>((resolve) => {
          settle = resolve;
          gunzip.once('end', resolve);
          gunzip.end();
        });
      }
      gunzip.destroy();
      rethrow();
    },
  };
  gunzip.on('error', (error) => {
    if (codeOf(error) === 'Z_BUF_ERROR') decoder.truncated = true;
    else decoder.error ??= { code: 'compressed-damaged', params: { format: 'gzip' } };
    settle();
  });
  // A bug in feed must reach the caller of drive, not the stream's error event.
  const rethrow = (): void => {
    if (fault !== null) throw fault;
  };
  gunzip.on('data', (chunk: Uint8Array) => {
    if (fault !== null || options.cancelled()) return;
    try {
      feed(chunk);
    } catch (error) {
      fault = error;
    }
  });
  return decoder;
}

function zstdDecoder(feed: (chunk: Uint8Array) => void, options: DriveOptions): Decoder {
  let fault: unknown = null;
  const stream = new ZstdStream((bytes) => {
    if (fault !== null || options.cancelled()) return;
    try {
      feed(bytes);
    } catch (error) {
      fault = error;
    }
  });
  const decoder: Decoder = {
    error: null,
    truncated: false,
    async push(bytes) {
      for (let at = 0; at < bytes.length && decoder.error === null && !options.cancelled(); at += COMPRESSED_STEP) {
        stream.push(bytes.subarray(at, at + COMPRESSED_STEP));
        take();
        await nextTurn();
      }
    },
    end() {
      stream.end();
      take();
      return undefined;
    },
  };
  const take = (): void => {
    if (fault !== null) throw fault;
    decoder.error = stream.error;
    decoder.truncated = stream.truncated;
  };
  return decoder;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function systemError(error: unknown, path: string): OperationalError {
  const code = codeOf(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return { code: 'not-found', params: { path } };
  if (code === 'EACCES' || code === 'EPERM') return { code: 'no-permission', params: { path } };
  if (code === 'EISDIR') return { code: 'is-directory', params: { path } };
  return { code: 'read-failed', params: { path, system: code } };
}
