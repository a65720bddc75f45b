/** The reader against tshark, capinfos and pcap-parser, where they and the labelled captures are there. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import type { CaptureTime } from './frames.ts';
import { CaptureReader } from './reader.ts';
import { drive } from './source.ts';
import { PcapngWriter } from './writer.ts';

const CAPTURES = resolve(import.meta.dirname, '../../../shared/captures');
const hasCaptures = existsSync(CAPTURES);
const has = (tool: string): boolean => spawnSync(tool, ['--version']).status === 0;
const hasCapinfos = has('capinfos');
const hasTshark = has('tshark');

const folder = mkdtempSync(join(tmpdir(), 'capture-differential-'));
afterAll(() => rmSync(folder, { recursive: true }));

function filesUnder(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(pcap|pcapng|cap|gz|zst)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

interface Row {
  number: number;
  time: string;
  original: number;
  captured: number;
}

function decimal(time: CaptureTime): string {
  return `${time.seconds}.${String(time.nanos).padStart(9, '0')}`;
}

async function read(path: string): Promise<{ reader: CaptureReader; rows: Row[] }> {
  const rows: Row[] = [];
  const reader = new CaptureReader({
    frames(batch) {
      for (let i = 0; i < batch.count; i++) {
        const time = decimal({ seconds: batch.seconds[i]!, nanos: batch.nanos[i]! });
        rows.push({ number: batch.number[i]!, time, original: batch.original[i]!, captured: batch.captured[i]! });
      }
    },
  });
  const result = await drive(path, (chunk) => reader.feed(chunk), { cancelled: () => reader.error !== null });
  expect(result.error).toBeNull();
  reader.end();
  return { reader, rows };
}

/** One run for all files: path, packets, sum of lengths, first and last time. Files it cannot open are absent. */
function capinfos(paths: string[]): Map<string, { packets: number; bytes: string; first: string; last: string }> {
  const { stdout } = spawnSync('capinfos', ['-TmrScdae', ...paths], { encoding: 'utf8', maxBuffer: 1 << 26 });
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  return new Map(
    rows.map(([path, packets, bytes, first, last]) => [
      path!.replaceAll('"', ''),
      { packets: Number(packets), bytes: bytes!, first: first!, last: last! },
    ]),
  );
}

/** Link types of which tshark takes a pseudo-header off the lengths. */
const PSEUDO_HEADER = new Set([100, 123, 139, 144, 163, 187, 192, 197, 201, 204, 209, 215, 245]);

describe.skipIf(!hasCaptures)('the labelled captures', () => {
  const files = hasCaptures ? filesUnder(CAPTURES) : [];

  test.skipIf(!hasCapinfos)('counts, sums and times as capinfos gives them', async () => {
    const theirs = capinfos(files);
    expect(theirs.size).toBeGreaterThan(200);
    const differing: unknown[] = [];
    let compared = 0;
    for (const path of files) {
      const other = theirs.get(path);
      if (other === undefined) continue;
      const { reader } = await read(path);
      // One file is a single line end, in which capinfos sees a log of another kind.
      if (reader.error?.code === 'not-a-capture') continue;
      compared++;
      const { packets, bytesOriginal, firstTime, lastTime } = reader;
      const sized = !PSEUDO_HEADER.has(reader.interfaces[0]?.linkType ?? 0);
      const ours = {
        packets,
        bytes: sized ? String(bytesOriginal) : other.bytes,
        // It gives none when one packet of the file has no time.
        first: firstTime === null || other.first === 'n/a' ? 'n/a' : decimal(firstTime),
        last: lastTime === null || other.last === 'n/a' ? 'n/a' : decimal(lastTime),
      };
      // capinfos writes as many decimals as the file has.
      const agree =
        ours.packets === other.packets &&
        ours.bytes === other.bytes &&
        ours.first.startsWith(other.first) &&
        ours.last.startsWith(other.last);
      if (!agree) differing.push({ path: relative(CAPTURES, path), ours, other, problems: reader.problemCounts });
    }
    expect(differing).toEqual([]);
    expect(compared).toBeGreaterThan(250);
  });

  test('malformed files neither hang nor throw, and cutting them changes nothing', () => {
    const malformed = files.filter((path) => path.includes('/malformed/'));
    expect(malformed).toHaveLength(172);
    for (const path of malformed) {
      const bytes = readFileSync(path);
      const results = [bytes.length, 1, 97].map((size) => {
        const seen: number[] = [];
        const reader = new CaptureReader({
          frames(batch) {
            for (let i = 0; i < batch.count; i++) {
              seen.push(batch.number[i]!, batch.streamOffset + batch.offset[i]!, batch.captured[i]!, batch.nanos[i]!);
            }
          },
        });
        const limit = Math.min(bytes.length, 100_000);
        for (let at = 0; at < limit; at += size) reader.feed(bytes, at, Math.min(at + size, limit));
        reader.end();
        const { problems, error, packets, records, interfaces } = reader;
        return { seen, problems, error, packets, records, interfaces };
      });
      expect(results[1]).toEqual(results[0]);
      expect(results[2]).toEqual(results[0]);
    }
  });

  test('classic microsecond files frame by frame as pcap-parser reads them', async () => {
    const require = createRequire(import.meta.url);
    const parser = require('pcap-parser') as { parse(stream: Readable): NodeJS.EventEmitter };
    let compared = 0;
    for (const path of files.filter((name) => name.endsWith('.pcap') && !name.includes('/malformed/')).slice(0, 40)) {
      const bytes = readFileSync(path);
      const magic = bytes.readUInt32LE(0);
      if (magic !== 0xa1b2c3d4 && magic !== 0xd4c3b2a1) continue;
      const theirs: Array<Omit<Row, 'number'>> = [];
      await new Promise<void>((done, failed) => {
        const parsing = parser.parse(Readable.from([bytes]));
        parsing.on('packetHeader', (header: Record<string, number>) => {
          theirs.push({
            time: decimal({ seconds: header.timestampSeconds!, nanos: header.timestampMicroseconds! * 1000 }),
            original: header.originalLength!,
            captured: header.capturedLength!,
          });
        });
        parsing.on('end', done);
        parsing.on('error', failed);
      });
      const { rows } = await read(path);
      expect(rows.map(({ number: _, ...row }) => row)).toEqual(theirs.slice(0, rows.length));
      // It gives the header of a record whose data is cut.
      expect(theirs.length - rows.length).toBeLessThanOrEqual(1);
      compared++;
    }
    expect(compared).toBeGreaterThan(10);
  });
});

describe.skipIf(!hasTshark)('tshark', () => {
  test('reads what the pcapng writer writes, and numbers it so', async () => {
    const writer = new PcapngWriter();
    const bytes = Uint8Array.from({ length: 60 }, (_, index) => index);
    const frames = Array.from({ length: 300 }, (_, index) => ({
      seconds: 1_700_000_000 + index,
      nanos: 999_999_999 - index,
      bytes: bytes.subarray(0, index % 61),
      original: 60 + index,
      ...(index % 7 === 0 ? { comment: `comment ${index}` } : {}),
    }));
    const custom = Buffer.from('ad0b0000140000006300000061626364'.concat('14000000'), 'hex');
    const path = join(folder, 'written');
    writeFileSync(
      path,
      Buffer.concat([
        writer.section({ application: 'blockscope' }),
        writer.interface({ linkType: 1, name: 'lan' }),
        ...frames.slice(0, 150).map((frame) => writer.frame(frame)),
        custom,
        writer.section(),
        writer.interface({ linkType: 101 }),
        ...frames.slice(150).map((frame) => writer.frame(frame)),
        writer.statistics({ seconds: 1_700_001_000, nanos: 0, received: 300, dropped: 2 }),
      ]),
    );
    const fields = ['frame.number', 'frame.time_epoch', 'frame.len', 'frame.cap_len', 'frame.comment'];
    const output = execFileSync('tshark', ['-r', path, '-T', 'fields', ...fields.flatMap((name) => ['-e', name])], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const theirs = output
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'));
    const { reader, rows } = await read(path);
    expect(theirs).toHaveLength(301);
    // The custom block takes number 151 and is no frame.
    theirs.splice(150, 1);
    expect(rows.map((row) => [String(row.number), row.time, String(row.original), String(row.captured)])).toEqual(
      theirs.map((row) => row.slice(0, 4)),
    );
    expect(reader.comments.map((comment) => [String(comment.index), comment.text])).toEqual(
      theirs.filter((row) => row[4]).map((row) => [row[0], row[4]]),
    );
  });
});
