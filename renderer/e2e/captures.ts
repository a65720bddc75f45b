// Captures written for tests of the page: large ones, damaged ones. The format is pcap, microseconds, raw IPv4.

import { closeSync, openSync, writeSync } from 'node:fs';

const PAYLOAD = 1_000;

function packet(number: number): Buffer {
  const total = 20 + 8 + PAYLOAD;
  const record = Buffer.alloc(16 + total);
  record.writeUInt32LE(1_523_880_000 + Math.floor(number / 1_000), 0);
  record.writeUInt32LE((number % 1_000) * 1_000, 4);
  record.writeUInt32LE(total, 8);
  record.writeUInt32LE(total, 12);
  record.writeUInt8(0x45, 16);
  record.writeUInt16BE(total, 18);
  record.writeUInt8(64, 24);
  record.writeUInt8(17, 25);
  record.writeUInt32BE(0xc000_0201, 28);
  record.writeUInt32BE(0xc633_6407 + (number % 200), 32);
  record.writeUInt16BE(40_000 + (number % 2_000), 36);
  record.writeUInt16BE(4_433, 38);
  record.writeUInt16BE(8 + PAYLOAD, 40);
  return record;
}

/** About this many bytes of datagrams, a thousand a second of capture time. Returns the number of packets. */
export function writeLarge(path: string, bytes: number): number {
  const file = openSync(path, 'w');
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2_c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  // LINKTYPE_RAW
  header.writeUInt32LE(101, 20);
  writeSync(file, header);
  let written = 24;
  let packets = 0;
  while (written < bytes) {
    const batch = Buffer.concat(Array.from({ length: 1_000 }, (_, at) => packet(packets + at)));
    writeSync(file, batch);
    written += batch.length;
    packets += 1_000;
  }
  closeSync(file);
  return packets;
}
