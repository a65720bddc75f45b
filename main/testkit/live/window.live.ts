// Live capture as the window does it, with real helpers: dumpcap from its worker, cap as a process of the window that is
// heard over a socket. Electron is the stand-in's.

import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient } from '../../../shared/contract/client.ts';
import type { LiveStatus } from '../../../shared/contract/live.ts';
import type { Client } from '../../../shared/contract/service.ts';
import { Desktop } from '../desktop.ts';
import { analyze, BACKENDS, folder, missing, Net, remove, until } from './program.ts';

const PAGE = { filter: '', sort: null, offset: 0, limit: 100 };

describe.skipIf(missing(['dumpcap', 'ip', 'python3']) !== null).each(BACKENDS)('the window with %s', (backend) => {
  let net: Net;
  let home: string;
  let recordings: string;
  let desktop: Desktop;
  let client: Client;

  async function open(): Promise<void> {
    desktop = new Desktop({
      env: { XDG_CONFIG_HOME: home, XDG_DATA_HOME: home, TMPDIR: home },
      under: ['ip', 'netns', 'exec', net.name],
    });
    await desktop.loaded(1);
    client = createClient(desktop.bridge(1));
  }

  beforeEach(async () => {
    net = new Net();
    home = folder();
    recordings = join(home, 'blockscope', 'recordings');
    await open();
  });

  afterEach(async () => {
    desktop.do('quit');
    await desktop.exited;
    net.close();
    remove(home);
  });

  async function start(): Promise<{ capture: string; status: () => LiveStatus }> {
    const asked = { interface: 'v0', filter: null, snaplen: null, backend, ring: null, path: null };
    const limits = { seconds: null, bytes: null, packets: null };
    const { capture, errors } = await client.call('live.start', { ...asked, limits });
    expect(errors).toEqual([]);
    let status: LiveStatus | null = null;
    client.on('live.update', { capture: capture! }, (next) => {
      status = next;
    });
    await until('capturing', () => status?.state === 'capturing');
    return { capture: capture!, status: () => status! };
  }

  it('captures, shows packets while they come, and leaves a recording that says the same', async () => {
    const { interfaces } = await client.call('live.interfaces', {});
    expect(interfaces.find(({ name }) => name === 'v0')).toMatchObject({
      addresses: expect.arrayContaining(['10.99.0.1']),
      isUp: true,
    });
    const { capture, status } = await start();
    net.traffic(200);
    await until('packets', () => status().counters.packets > 200, 20_000);
    const { rows } = await client.call('packets.page', { capture, ...PAGE, filter: 'port:9999' });
    expect(rows).toHaveLength(100);
    expect(rows[0]!.destination).toEqual({ address: '10.99.0.2', port: 9999 });
    expect(status().header).toMatchObject({ backend, tsSource: backend === 'cap' ? 'user' : 'kernel' });
    expect(status().counters.drops === null || backend === 'dumpcap').toBe(true);
    await client.call('live.stop', { capture });
    await until('the end', () => status().state === 'stopped');
    const again = analyze(join(recordings, status().counters.files[0]!));
    expect(again.capture).toMatchObject({ packets: status().counters.packets, complete: true });
    expect(again.capture.quality.map(({ kind }) => kind)).not.toContain('truncated');
    await client.call('capture.close', { capture });
    expect(desktop.told.filter(({ kind }) => kind === 'utility').length).toBe(backend === 'cap' ? 1 : 0);
  });

  it('is killed: no helper stays, and the recording is offered when it is started again', async () => {
    const { status } = await start();
    net.traffic(200);
    await until('packets', () => status().counters.packets > 200, 20_000);
    const pids = capturing(net.name);
    expect(pids.length).toBeGreaterThan(0);
    desktop.kill('SIGKILL');
    await desktop.exited;
    await until('the helper ends', () => capturing(net.name).length === 0, 8_000);
    await open();
    const [recent] = (await client.call('app.info', {})).recent;
    expect(recent).toMatchObject({ name: readdirSync(recordings)[0], folder: recordings, exists: true });
    const source = { kind: 'recent', recent: recent!.recent } as const;
    const { capture } = await client.call('capture.open', { source });
    const read = () => client.call('capture.list', {}).then(({ captures }) => captures[0]!);
    await expect.poll(async () => (await read()).state, { timeout: 10_000 }).toBe('done');
    expect((await read()).progress.packets).toBeGreaterThan(200);
    await client.call('capture.close', { capture });
  });
});

/** Helpers in this namespace. */
function capturing(name: string): number[] {
  const namespace = `net:[${statSync(join('/run/netns', name)).ino}]`;
  const isHelper = (pid: string): boolean => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return /dumpcap\0|cap-helper/.test(command) && readlinkSync(`/proc/${pid}/ns/net`) === namespace;
    } catch {
      return false;
    }
  };
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && isHelper(pid))
    .map(Number);
}
