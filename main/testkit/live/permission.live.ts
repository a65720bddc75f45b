// Who may capture: an unprivileged user through a helper that holds the capability, and what is said without.

import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Analysis } from '../../../shared/contract/analysis.ts';
import { analyze, Capture, folder, missing, Net, PROGRAM, ROOT, remove } from './program.ts';

const NOBODY = 65_534;
const AS_NOBODY = ['setpriv', '--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups', '--no-new-privs'];

describe.skipIf(missing(['dumpcap', 'ip', 'python3', 'setpriv', 'setcap']) !== null)('permission', () => {
  let net: Net;
  let work: string;

  beforeAll(() => {
    net = new Net();
    net.traffic(100);
    work = folder();
    chmodSync(work, 0o755);
  });

  afterAll(() => {
    net.close();
    remove(work);
  });

  it('an unprivileged user captures with a dumpcap that may', async () => {
    const dumpcap = join(work, 'dumpcap');
    cpSync(execFileSync('which', ['dumpcap'], { encoding: 'utf8' }).trim(), dumpcap);
    execFileSync('setcap', ['cap_net_raw,cap_net_admin=eip', dumpcap]);
    const own = join(work, 'own');
    mkdirSync(own);
    chownSync(own, NOBODY, NOBODY);
    const file = join(own, 'capture.pcapng');
    const capture = new Capture(
      net,
      ['-i', 'v0', '--duration', '3', '--write', file, '--format', 'ndjson'],
      // Not --no-new-privs: with it the file's capability would not count
      { as: AS_NOBODY.slice(0, -1), env: { BLOCKSCOPE_DUMPCAP: dumpcap, HOME: own } },
    );
    expect(await capture.ended, capture.err).toBe(0);
    expect(capture.event('header')).toMatchObject({ backend: 'dumpcap', tsSource: 'kernel' });
    const live = capture.said.at(-1) as unknown as Analysis;
    expect(live.capture.packets).toBeGreaterThan(100);
    expect(analyze(file).capture.packets).toBe(live.capture.packets);
  });

  it('without any permission it says what was tried and what to do', async () => {
    const capture = new Capture(net, ['-i', 'v0', '--format', 'text'], { as: AS_NOBODY });
    expect(await capture.ended).toBe(1);
    expect(capture.out).toBe('');
    expect(capture.err).toContain('dumpcap has no permission to capture');
    expect(capture.err).toMatch(/dumpcap: .*permission/i);
    expect(capture.err).toContain('cap has no permission to capture');
    expect(capture.err).toContain('socket: Operation not permitted');
    expect(capture.err).toContain('sudo dpkg-reconfigure wireshark-common && sudo usermod -aG wireshark $USER');
    expect(capture.err).toContain('Opening saved captures needs no permission.');
    expect(capture.err).toContain('do not run it as root');
  });

  it('where dumpcap is not installed cap captures, and it says why and how to have the better one', async () => {
    const capture = new Capture(net, ['-i', 'v0', '--packets', '20', '--format', 'text'], {
      env: { BLOCKSCOPE_DUMPCAP: join(work, 'nothing') },
    });
    expect(await capture.ended).toBe(0);
    expect(capture.out).toContain('20 packets');
    expect(capture.err).toMatch(/cap captures, because\n +dumpcap is not installed/);
    expect(capture.err).toContain('sudo apt-get install wireshark-common');
    expect(capture.err).toContain('nothing is judged by timing');
  });

  it('with no backend at all it says how to install one', async () => {
    // The program as it is installed where cap could not be built
    const place = join(work, 'program');
    cpSync(join(ROOT, 'dist/main'), join(place, 'dist/main'), { recursive: true });
    cpSync(join(ROOT, 'dist/shared'), join(place, 'dist/shared'), { recursive: true });
    cpSync(join(ROOT, 'package.json'), join(place, 'package.json'));
    mkdirSync(join(place, 'node_modules'));
    for (const name of readdirSync(join(ROOT, 'node_modules')))
      if (name !== 'cap') symlinkSync(join(ROOT, 'node_modules', name), join(place, 'node_modules', name));
    const child = net.start(
      [process.execPath, PROGRAM.replace(ROOT, place), 'capture', '-i', 'v0', '--format', 'text'],
      { BLOCKSCOPE_DUMPCAP: join(work, 'nothing') },
    );
    let err = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    const status = await new Promise((resolve) => child.once('close', resolve));
    expect(status).toBe(1);
    expect(err).toContain('dumpcap is not installed');
    expect(err).toContain('cap is not installed');
    expect(err).toContain('sudo apt-get install wireshark-common');
  });
});
