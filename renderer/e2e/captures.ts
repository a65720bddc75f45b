// Large captures written for tests of the page. The format is pcap, microseconds, Ethernet.

import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const PAYLOAD = 1_000;
const ETHERNET = 14;
const BATCH = 1_000;

/** Numbers count from `start`, in seconds of the epoch, a thousand a second. */
function packet(start: number, number: number): Buffer {
  const total = 20 + 8 + PAYLOAD;
  const record = Buffer.alloc(16 + ETHERNET + total);
  record.writeUInt32LE(start + Math.floor(number / 1_000), 0);
  record.writeUInt32LE((number % 1_000) * 1_000, 4);
  record.writeUInt32LE(ETHERNET + total, 8);
  record.writeUInt32LE(ETHERNET + total, 12);
  record.writeUInt16BE(0x0800, 16 + 12);
  const ip = record.subarray(16 + ETHERNET);
  ip.writeUInt8(0x45, 0);
  ip.writeUInt16BE(total, 2);
  ip.writeUInt8(64, 8);
  ip.writeUInt8(17, 9);
  ip.writeUInt32BE(0xc000_0201, 12);
  ip.writeUInt32BE(0xc633_6407 + (number % 200), 16);
  ip.writeUInt16BE(40_000 + (number % 2_000), 20);
  ip.writeUInt16BE(4_433, 22);
  ip.writeUInt16BE(8 + PAYLOAD, 24);
  return record;
}

function* batches(start: number, bytes: number): Generator<Buffer> {
  for (let written = 0, packets = 0; written < bytes; packets += BATCH) {
    const batch = Buffer.concat(Array.from({ length: BATCH }, (_, at) => packet(start, packets + at)));
    written += batch.length;
    yield batch;
  }
}

/** About this many bytes of datagrams. Returns the number of packets. */
export function writeLarge(path: string, bytes: number): number {
  const file = openSync(path, 'w');
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2_c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  // LINKTYPE_ETHERNET
  header.writeUInt32LE(1, 20);
  writeSync(file, header);
  let packets = 0;
  for (const batch of batches(1_523_880_000, bytes)) {
    writeSync(file, batch);
    packets += BATCH;
  }
  closeSync(file);
  return packets;
}

/** A pcap of Ethernet, little-endian, and about this many bytes of datagrams a minute later; compressed, as one sends it. */
export function writeLongAfter(path: string, capture: string, bytes: number): void {
  const first = readFileSync(capture);
  const file = openSync(path, 'w');
  writeSync(file, gzipSync(first));
  // One gzip member a batch: RFC 1952 section 2.2
  for (const batch of batches(first.readUInt32LE(24) + 60, bytes)) writeSync(file, gzipSync(batch, { level: 1 }));
  closeSync(file);
}
