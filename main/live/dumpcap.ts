// Wireshark's dumpcap: times of the kernel in nanoseconds, counts what it lost, and alone may hold the privilege.

import { statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Backend, codeOf, LIBPCAP_WORDS } from './source.ts';

/** Megabytes of the kernel's ring: the default of 2 is gone in a few milliseconds of small packets. */
const KERNEL_BUFFER_MB = 64;
/** Where installers put it without adding it to PATH. */
const USUAL_PLACES: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['/Applications/Wireshark.app/Contents/MacOS'],
  linux: ['/usr/bin', '/usr/sbin', '/usr/local/bin'],
  win32: ['C:\\Program Files\\Wireshark'],
};

function find(): string | null {
  const named = process.env.BLOCKSCOPE_DUMPCAP;
  if (named !== undefined) return isProgram(named) ? named : null;
  const program = process.platform === 'win32' ? 'dumpcap.exe' : 'dumpcap';
  const places = [...(process.env.PATH ?? '').split(delimiter), ...(USUAL_PLACES[process.platform] ?? [])];
  return places.map((place) => join(place, program)).find(isProgram) ?? null;
}

/** Debian's dumpcap belongs to a group: somebody outside it sees it and may not run it, which is no missing program. */
function isProgram(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

export const dumpcap: Backend = {
  name: 'dumpcap',
  tsSource: 'kernel',
  countsDrops: true,
  missing: 'dumpcap is not installed',
  command({ interface: name, filter, snaplen }) {
    const file = find();
    if (file === null) return null;
    const args = ['-q', '-i', name, '-B', String(KERNEL_BUFFER_MB), '-w', '-'];
    if (filter !== null) args.push('-f', filter);
    if (snaplen !== null) args.push('-s', String(snaplen));
    return { file, args, watchesInput: false };
  },
  explain: (words) => codeOf(words, LIBPCAP_WORDS),
};
