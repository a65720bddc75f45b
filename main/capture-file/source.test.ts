import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drive, hashFile } from './source.ts';
import { MAX_WINDOW, ZstdStream } from './zstd.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'capture-source-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Compressible, not periodic, and longer than a chunk. */
const CONTENT = Uint8Array.from({ length: 2_500_000 }, (_, index) => ((index * index) >>> 7) & 0x3f);

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

async function bytesOf(path: string, stopAfter = Number.POSITIVE_INFINITY) {
  const parts: Buffer[] = [];
  let size = 0;
  const feed = (chunk: Uint8Array): void => {
    parts.push(Buffer.from(chunk));
    size += chunk.length;
  };
  const result = await drive(path, feed, { cancelled: () => size >= stopAfter });
  return { result, bytes: Buffer.concat(parts) };
}

const same = (bytes: Uint8Array, expected: Uint8Array): boolean => Buffer.compare(bytes, expected) === 0;

// RFC 8878: a frame of raw blocks, so that the tests need no compressor.
function zstdFrame(content: Uint8Array, { checksum = false, window = 0x38 } = {}): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, checksum ? 4 : 0, window)];
  for (let at = 0; at === 0 || at < content.length; at += 100_000) {
    const piece = content.subarray(at, at + 100_000);
    const header = (piece.length << 3) | (at + 100_000 >= content.length ? 1 : 0);
    parts.push(Uint8Array.of(header & 0xff, (header >> 8) & 0xff, header >> 16), piece);
  }
  if (checksum) parts.push(new Uint8Array(4));
  return Uint8Array.from(Buffer.concat(parts));
}

const SKIPPABLE = Uint8Array.of(0x52, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3);

describe('what a file holds, whatever it is called', () => {
  test.each<[string, () => Uint8Array, 'gzip' | 'zstd' | null]>([
    ['plain', () => CONTENT, null],
    ['gzip', () => gzipSync(CONTENT), 'gzip'],
    [
      'gzip of two members',
      () => Buffer.concat([gzipSync(CONTENT.subarray(0, 9)), gzipSync(CONTENT.subarray(9))]),
      'gzip',
    ],
    ['zstd', () => zstdFrame(CONTENT, { checksum: true }), 'zstd'],
    [
      'zstd of several frames',
      () => Buffer.concat([SKIPPABLE, zstdFrame(CONTENT.subarray(0, 3)), SKIPPABLE, zstdFrame(CONTENT.subarray(3))]),
      'zstd',
    ],
  ])('%s', async (_name, make, compression) => {
    const stored = make();
    const path = file('capture.txt', stored);
    const { result, bytes } = await bytesOf(path);
    expect(result).toEqual({
      compression,
      bytesRead: stored.length,
      error: null,
      truncated: false,
      complete: true,
      sha256: null,
    });
    expect(same(bytes, CONTENT)).toBe(true);
    expect(await hashFile(path)).toBe(createHash('sha256').update(stored).digest('hex'));
  });

  test('zstd as its own program writes it', async (context) => {
    let stored: Buffer;
    try {
      stored = execFileSync('zstd', ['-9', '-c'], { input: CONTENT, maxBuffer: CONTENT.length * 2 });
    } catch {
      context.skip('zstd is not installed');
      return;
    }
    const { result, bytes } = await bytesOf(file('own', stored));
    expect(result).toMatchObject({ compression: 'zstd', error: null, truncated: false });
    expect(same(bytes, CONTENT)).toBe(true);
  });

  test('a plain file comes in one buffer that is reused, with progress', async () => {
    const buffers = new Set<ArrayBufferLike>();
    const progress: Array<[number, number | null]> = [];
    await drive(file('plain', CONTENT), (chunk) => buffers.add(chunk.buffer), {
      cancelled: () => false,
      onProgress: (read, total) => progress.push([read, total]),
    });
    expect(buffers.size).toBe(1);
    expect(progress).toEqual([1 << 20, 2 << 20, CONTENT.length].map((read) => [read, CONTENT.length]));
  });
});

describe('what is cut or damaged', () => {
  test('a cut gzip file gives all that it holds', async () => {
    const stored = gzipSync(CONTENT);
    const cut = stored.subarray(0, Math.floor(stored.length / 2));
    const { result, bytes } = await bytesOf(file('cut.gz', cut));
    expect(result).toMatchObject({ error: null, truncated: true });
    expect(same(bytes, gunzipSync(cut, { finishFlush: constants.Z_SYNC_FLUSH }))).toBe(true);
  });

  test('a damaged gzip file gives what came before', async () => {
    let state = 1;
    const noise = Uint8Array.from({ length: 1_500_000 }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state >>> 24;
    });
    // Noise is stored, which cannot be damaged unseen, so the end is replaced by what begins no block.
    const stored = Uint8Array.from(gzipSync(noise));
    stored.fill(0xff, stored.length - 200_000);
    const { result, bytes } = await bytesOf(file('damaged.gz', stored));
    expect(result.error).toEqual({ code: 'compressed-damaged', params: { format: 'gzip' } });
    expect(bytes.length).toBeGreaterThan(1_000_000);
  });

  test.each([
    ['in a block', 150_000, 100_000],
    ['in a block header', 100_011, 100_000],
    ['in the magic of a second frame', -2, CONTENT.length],
  ])('a zstd file cut %s', async (_name, at, held) => {
    const stored = Buffer.concat([zstdFrame(CONTENT), zstdFrame(CONTENT).subarray(0, 4)]);
    const { result, bytes } = await bytesOf(file('cut.zst', stored.subarray(0, at)));
    expect(result).toMatchObject({ error: null, truncated: true });
    expect(same(bytes, CONTENT.subarray(0, held))).toBe(true);
  });

  test('zstd followed by something else', async () => {
    const stored = Buffer.concat([zstdFrame(CONTENT), Buffer.from('trailing')]);
    const { result, bytes } = await bytesOf(file('trailing.zst', stored));
    expect(result.error).toEqual({ code: 'compressed-damaged', params: { format: 'zstd' } });
    expect(same(bytes, CONTENT)).toBe(true);
  });

  test.each([
    // Exponent 18, mantissa 0: 2^28.
    ['by its descriptor', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 18 << 3, 1, 0, 0)],
    // Single segment with a content size of four bytes.
    ['by the size of a single segment', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0x10, 1, 0, 0)],
  ])('a zstd window too large %s is refused', async (_name, stored) => {
    const { result } = await bytesOf(file('window.zst', stored));
    expect(result.error).toEqual({
      code: 'unsupported-format',
      params: { format: 'zstd', what: 'window', window: 2 * MAX_WINDOW, maximum: MAX_WINDOW },
    });
  });

  test('zstd comes out the same however it is cut', () => {
    const content = CONTENT.subarray(0, 500);
    const stored = Buffer.concat([
      zstdFrame(content, { checksum: true }),
      SKIPPABLE,
      zstdFrame(new Uint8Array(0)),
      zstdFrame(content),
    ]);
    for (const size of [1, 2, 7, 100, 5_000]) {
      const parts: Uint8Array[] = [];
      const stream = new ZstdStream((bytes) => parts.push(bytes.slice()));
      for (let at = 0; at < stored.length; at += size) stream.push(stored.subarray(at, at + size));
      stream.end();
      expect([stream.error, stream.truncated]).toEqual([null, false]);
      expect(same(Buffer.concat(parts), Buffer.concat([content, content]))).toBe(true);
    }
  });
});

describe('what cannot be opened', () => {
  test('is said, not thrown', async () => {
    const folderPath = join(folder, 'folder');
    mkdirSync(folderPath);
    const missing = join(folder, 'missing');
    for (const [path, code] of [
      [missing, 'not-found'],
      [folderPath, 'is-directory'],
    ] as const) {
      expect((await bytesOf(path)).result).toMatchObject({ error: { code, params: { path } }, bytesRead: 0 });
      expect(await hashFile(path)).toEqual({ code, params: { path } });
    }
  });

  test('no permission', async (context) => {
    if (process.getuid?.() === 0 || process.platform === 'win32') context.skip('permissions do not bind this user');
    const path = file('secret', CONTENT);
    chmodSync(path, 0);
    expect((await bytesOf(path)).result.error).toEqual({ code: 'no-permission', params: { path } });
  });

  test('an empty file is no error of the driver', async () => {
    expect((await bytesOf(file('empty', new Uint8Array(0)))).result).toMatchObject({ error: null, bytesRead: 0 });
  });
});

describe('pipes', () => {
  test('a pipe is read to its end and hashed', async (context) => {
    if (process.platform === 'win32') context.skip('no named pipes in the file system');
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    const stored = gzipSync(CONTENT);
    // The first bytes one at a time: the magic must be put together.
    const script = 'exec 3<"$2" >"$1"; for n in 1 2 3 4 5; do head -c 1 <&3; sleep 0.02; done; cat <&3';
    spawn('sh', ['-c', script, 'sh', path, file('piped', stored)]);
    const { result, bytes } = await bytesOf(path);
    expect(same(bytes, CONTENT)).toBe(true);
    expect(result).toMatchObject({
      compression: 'gzip',
      error: null,
      bytesRead: stored.length,
      sha256: createHash('sha256').update(stored).digest('hex'),
    });
  });
});

describe('cancelling', () => {
  test.each<[string, () => Uint8Array]>([
    ['plain', () => CONTENT],
    ['gzip', () => gzipSync(CONTENT)],
    ['zstd', () => zstdFrame(CONTENT)],
  ])('%s', async (_name, make) => {
    const { result, bytes } = await bytesOf(file('cancelled', make()), 1);
    expect(result).toMatchObject({ complete: false, error: null, truncated: false });
    expect(bytes.length).toBeLessThan(CONTENT.length);
  });

  test('a bug in the receiver reaches the caller', async () => {
    for (const stored of [CONTENT, gzipSync(CONTENT), zstdFrame(CONTENT)]) {
      const feed = (): void => {
        throw new Error('a bug');
      };
      await expect(drive(file('bug', stored), feed, { cancelled: () => false })).rejects.toThrow('a bug');
    }
  });
});
