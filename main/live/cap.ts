// The npm package cap, for machines without dumpcap. In a process of its own, because its faults end the process: see
// cap-helper.ts. It tells neither the kernel's times nor what it lost.

import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type Backend, codeOf, LIBPCAP_WORDS } from './source.ts';

/** Built for another Node (Electron is one), or without the library that it was built against. */
const UNLOADABLE = /NODE_MODULE_VERSION|cannot open shared object|specified module could not be found|dlopen/i;

function isInstalled(): boolean {
  try {
    createRequire(import.meta.url).resolve('cap');
    return true;
  } catch {
    return false;
  }
}

export const cap: Backend = {
  name: 'cap',
  tsSource: 'user',
  countsDrops: false,
  missing: 'the package cap is not installed',
  command({ interface: name, filter, snaplen }) {
    if (!isInstalled()) return null;
    const helper = fileURLToPath(new URL('./cap-helper.js', import.meta.url));
    const args = [name, filter ?? '', String(snaplen ?? 0)];
    return {
      file: process.execPath,
      args: [helper, ...args],
      env: { NODE_OPTIONS: '' },
      watchesInput: true,
      // The window's program does not run scripts as Node does
      script: { path: helper, args },
    };
  },
  explain: (words) => codeOf(words, [[UNLOADABLE, 'not-installed'], ...LIBPCAP_WORDS]),
};
