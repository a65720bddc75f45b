import { describe, expect, it } from 'vitest';
import { findWireshark } from './wireshark.ts';

const there =
  (...paths: string[]) =>
  (path: string): boolean =>
    paths.includes(path);

describe('where Wireshark is', () => {
  it('is found where the installers put it', () => {
    const windows = { ProgramFiles: 'C:\\Program Files' };
    const exe = 'C:\\Program Files\\Wireshark\\Wireshark.exe';
    expect(findWireshark('win32', windows, there(exe))).toBe(exe);
    const mac = '/Applications/Wireshark.app/Contents/MacOS/Wireshark';
    expect(findWireshark('darwin', {}, there(mac))).toBe(mac);
  });

  it('is found on the PATH, and never relative to the folder of the start', () => {
    const env = { PATH: '.:bin:/usr/local/bin:/usr/bin' };
    expect(findWireshark('linux', env, there('/usr/bin/wireshark', 'bin/wireshark', 'wireshark'))).toBe(
      '/usr/bin/wireshark',
    );
    expect(findWireshark('linux', env, there('bin/wireshark', 'wireshark'))).toBeNull();
    expect(findWireshark('linux', {}, there('/usr/bin/wireshark'))).toBeNull();
  });
});
