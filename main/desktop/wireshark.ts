// Wireshark beside this program: where it is installed, and starting it with a file.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { posix, win32 } from 'node:path';

/** The places of its installers; elsewhere it stands on the PATH. Null where there is none. */
export function findWireshark(
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
  exists: (path: string) => boolean = existsSync,
): string | null {
  const places: string[] = [];
  if (platform === 'win32') {
    for (const root of [env.ProgramFiles, env['ProgramFiles(x86)']]) {
      if (root !== undefined) places.push(win32.join(root, 'Wireshark', 'Wireshark.exe'));
    }
  } else {
    if (platform === 'darwin') places.push('/Applications/Wireshark.app/Contents/MacOS/Wireshark');
    // A relative entry would depend on where the program was started
    for (const folder of (env.PATH ?? '').split(':')) {
      if (folder.startsWith('/')) places.push(posix.join(folder, 'wireshark'));
    }
  }
  return places.find(exists) ?? null;
}

/** Wireshark goes on when this program ends. */
export function wiresharkOpener(program: string): (path: string) => Promise<void> {
  return (path) =>
    new Promise((resolve, reject) => {
      const child = spawn(program, ['-r', path], { detached: true, stdio: 'ignore' });
      child.once('error', reject);
      child.once('spawn', () => {
        child.unref();
        resolve();
      });
    });
}
