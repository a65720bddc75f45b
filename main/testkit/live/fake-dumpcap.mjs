#!/usr/bin/env node
// Stands in for dumpcap where nothing may be captured: the same arguments and complaints, and packets of a saved pcapng
// (BLOCKSCOPE_FAKE_CAPTURE) as if they came now, a few times faster than they were recorded (BLOCKSCOPE_FAKE_SPEED).
// Then it is silent until it is ended. Interfaces it has: lo; down0 complains.

import { readFileSync, writeSync } from 'node:fs';

const of = (option) => process.argv[process.argv.indexOf(option) + 1];
const has = (option) => process.argv.includes(option);
const complain = (words) => {
  writeSync(2, `dumpcap: ${words}\n`);
  process.exit(2);
};

const name = of('-i');
if (process.env.BLOCKSCOPE_FAKE_DENIES === '1') complain("You don't have permission to capture on that device");
if (name === 'down0') complain(`The interface ${name} is not up`);
if (name !== 'lo') complain(`There is no device named "${name}" (No such device exists)`);
if (has('-f') && /[()]/.test(of('-f')))
  complain(
    `Invalid capture filter "${of('-f')}" for interface '${name}'.\n\ncan't parse filter expression: syntax error`,
  );
const snaplen = has('-s') ? Number(of('-s')) : 262_144;

const bytes = readFileSync(process.env.BLOCKSCOPE_FAKE_CAPTURE);
const speed = Number(process.env.BLOCKSCOPE_FAKE_SPEED ?? '4');
const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** Section and interfaces as they are, with their times in nanoseconds; frames by the time at which each comes. */
const head = [];
const frames = [];
for (let at = 0; at < bytes.length; ) {
  const type = view.getUint32(at, true);
  const total = view.getUint32(at + 4, true);
  if (type === 0x0a0d0d0a || type === 1) head.push(bytes.subarray(at, at + total));
  if (type === 6) {
    const ticks = (BigInt(view.getUint32(at + 12, true)) << 32n) | BigInt(view.getUint32(at + 16, true));
    frames.push({ ticks, at, total });
  }
  at += total;
}
const started = BigInt(Date.now()) * 1_000_000n;
const first = frames[0].ticks;
const clock = performance.now();

function block({ at, ticks }) {
  const captured = Math.min(snaplen, view.getUint32(at + 20, true));
  const total = 32 + ((captured + 3) & ~3);
  const out = Buffer.alloc(total);
  const now = started + (ticks - first) / BigInt(speed);
  bytes.copy(out, 0, at, at + 28 + captured);
  out.writeUInt32LE(total, 4);
  out.writeUInt32LE(Number(now >> 32n), 12);
  out.writeUInt32LE(Number(now & 0xffff_ffffn), 16);
  out.writeUInt32LE(captured, 20);
  out.writeUInt32LE(total, total - 4);
  return out;
}

for (const part of head) writeSync(1, part);
let next = 0;
const timer = setInterval(() => {
  const reached = BigInt(Math.floor((performance.now() - clock) * 1e6 * speed));
  const due = [];
  while (next < frames.length && frames[next].ticks - first <= reached) due.push(block(frames[next++]));
  if (due.length > 0) writeSync(1, Buffer.concat(due));
  if (next === frames.length) clearInterval(timer);
}, 20);
const idle = setInterval(() => {}, 60_000);
process.on('SIGINT', () => {
  clearInterval(idle);
  process.exit(0);
});
