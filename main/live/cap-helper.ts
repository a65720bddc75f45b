// A process that captures with the package cap and writes pcapng to its standard output: cap-helper INTERFACE FILTER
// SNAPLEN [SOCKET], where '' is no filter and 0 no limit. It ends when its standard input does, or on SIGINT, with what
// it has. With a socket it writes there, and ends when the other side does: a window's processes have no other streams.
//
// cap writes into the buffer given to open() for as long as it captures and does not keep it from being collected; it
// aborts the process when close() follows a failed open(), and an object that was closed delivers nothing once opened
// again. So: one object, one buffer held by this module, and the process ends instead of closing.

import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect, type Socket } from 'node:net';
import { PcapngWriter, USER_TIMES } from '../capture-file/writer.ts';
import { interfaceExists, isInterfaceUp } from './interfaces.ts';

/** What cap uses of libpcap is always this. */
const CAP_SNAPLEN = 65_535;
const PACKET_BUFFER = 262_144;
const KERNEL_BUFFER = 64 << 20;
/** libpcap makes every slot of the kernel's ring as large as the largest packet. */
const SLOT = 65_536;
/** Bytes of an enhanced packet block around its frame. */
const BLOCK_EXTRA = 32;
/** Bytes gathered before they are written, at most; fewer wait this long. */
const GATHERED = 262_144;
const GATHER_MS = 50;
const LOOK_MS = 500;

/** LINKTYPE_ values of the names that cap gives. */
const LINK_TYPES: Readonly<Record<string, number>> = {
  NULL: 0,
  ETHERNET: 1,
  IEEE802_11_RADIO: 127,
  RAW: 101,
  LINKTYPE_LINUX_SLL: 113,
};

interface Cap {
  open(device: string, filter: string, bufferSize: number, buffer: Buffer): string;
  on(event: 'packet', listener: (bytes: number, truncated: boolean) => void): void;
  setMinBytes?(bytes: number): void;
}

/** Bytes that wait at the socket; a reader that is further behind makes packets lost here, which are counted. */
const MOST_WAITING = 67_108_864;

const [, , name = '', filter = '', limit = '0', address] = process.argv;
const snaplen = Number(limit) || CAP_SNAPLEN;
const packet = Buffer.alloc(PACKET_BUFFER);
const gathered = Buffer.alloc(GATHERED + PACKET_BUFFER + 64);
let size = 0;
let delivered = 0;
const view = new DataView(gathered.buffer, gathered.byteOffset, gathered.length);
const writer = new PcapngWriter();
/** The second that the two words of its nanoseconds are known of. */
let second = -1;
let secondHigh = 0;
let secondLow = 0;
let streak = 0;
let overruns = 0;
let toldOverruns = 0;
let hasEnded = false;
/** Open to our side when the reader wants no more: what was gathered still goes. */
const socket: Socket | null = address === undefined ? null : connect({ path: address, allowHalfOpen: true });

function fail(words: string): never {
  writeSync(2, `${words}\n`);
  process.exit(1);
}

/** Blocks while the reader is behind, so that memory does not grow: then the kernel drops, not this program. */
function write(): void {
  if (socket !== null) {
    if (size > 0) socket.write(Buffer.from(gathered.subarray(0, size)));
    size = 0;
    return;
  }
  for (let at = 0; at < size; ) {
    try {
      at += writeSync(1, gathered, at, size - at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') continue;
      // Nobody reads any more
      process.exit(0);
    }
  }
  size = 0;
}

function put(block: Uint8Array): void {
  gathered.set(block, size);
  size += block.length;
  if (size >= GATHERED) write();
}

function now(): { seconds: number; nanos: number } {
  const time = performance.timeOrigin + performance.now();
  const seconds = Math.floor(time / 1000);
  return { seconds, nanos: Math.floor((time - seconds * 1000) * 1e6) };
}

function end(): void {
  if (hasEnded) return;
  put(writer.statistics({ ...now(), received: delivered, ...(overruns > 0 ? { dropped: overruns } : {}) }));
  write();
  hasEnded = true;
  if (socket === null) process.exit(0);
  socket.end(() => process.exit(0));
}

let cap: Cap;
let linkType: string;
try {
  const { Cap } = createRequire(import.meta.url)('cap') as { Cap: new () => Cap };
  cap = new Cap();
  linkType = cap.open(name, filter, KERNEL_BUFFER, packet);
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}
cap.setMinBytes?.(0);
const number = LINK_TYPES[linkType] ?? Number(/\d+/.exec(linkType)?.[0] ?? Number.NaN);
if (Number.isNaN(number)) fail(`link type ${linkType} is not known`);

put(writer.section({ application: 'blockscope cap-helper' }));
put(writer.interface({ linkType: number, snaplen, name, comment: USER_TIMES, ...(filter === '' ? {} : { filter }) }));
write();

cap.on('packet', (bytes) => {
  if (hasEnded) return;
  delivered++;
  if (socket !== null && socket.writableLength > MOST_WAITING) {
    overruns++;
    return;
  }
  frame(Math.min(bytes, snaplen, PACKET_BUFFER), bytes);
  // cap calls once a packet for as long as the ring has some. As many at one go as the ring holds: it was full, and
  // what came then is lost. How many that were nobody tells; once each time is the least.
  if (streak++ === 0) setImmediate(restart);
  if (streak % (KERNEL_BUFFER / SLOT) === 0) {
    overruns++;
    tellOverruns();
  }
});

function tellOverruns(): void {
  toldOverruns = overruns;
  put(writer.statistics({ ...now(), dropped: overruns }));
}

function restart(): void {
  streak = 0;
}

/** An enhanced packet block, put together in place: this runs for every packet. */
function frame(kept: number, original: number): void {
  const { seconds, nanos } = now();
  if (seconds !== second) {
    const ticks = BigInt(seconds) * 1_000_000_000n;
    second = seconds;
    secondHigh = Number(ticks >> 32n);
    secondLow = Number(ticks & 0xffff_ffffn);
  }
  const low = secondLow + nanos;
  const padded = (kept + 3) & ~3;
  const total = BLOCK_EXTRA + padded;
  view.setUint32(size, 6, true);
  view.setUint32(size + 4, total, true);
  view.setUint32(size + 8, 0, true);
  view.setUint32(size + 12, secondHigh + (low > 0xffff_ffff ? 1 : 0), true);
  view.setUint32(size + 16, low >>> 0, true);
  view.setUint32(size + 20, kept, true);
  view.setUint32(size + 24, original, true);
  packet.copy(gathered, size + 28, 0, kept);
  gathered.fill(0, size + 28 + kept, size + 28 + padded);
  view.setUint32(size + 28 + padded, total, true);
  size += total;
  if (size >= GATHERED) write();
}

if (socket === null) process.stdin.on('end', end).on('error', end).resume();
else {
  socket.on('end', end).resume();
  // Nobody reads any more
  socket.on('error', () => process.exit(0));
}
process.on('SIGINT', end);
process.on('SIGTERM', end);
setInterval(() => {
  if (!hasEnded) write();
}, GATHER_MS);
// cap says nothing when its interface goes
setInterval(() => {
  if (hasEnded) return;
  if (overruns > toldOverruns) tellOverruns();
  if (interfaceExists(name) && isInterfaceUp(name) !== false) return;
  write();
  fail(`the interface ${name} went down`);
}, LOOK_MS);
