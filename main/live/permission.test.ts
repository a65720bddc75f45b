// Steps that give permission, complete on each system; interfaces as this machine has them.

import { expect, it } from 'vitest';
import type { LiveError } from '../../shared/domain/live.ts';
import { needsPermission, permissionSteps } from '../../shared/domain/permission.ts';
import { enLive } from '../../shared/i18n/en.ts';
import { failureText } from '../cli/capture.ts';
import { interfacesText } from '../cli/interfaces.ts';
import { listInterfaces } from './interfaces.ts';

const DENIED: readonly LiveError[] = [
  { backend: 'dumpcap', code: 'no-permission', message: 'dumpcap: no permission' },
  { backend: 'cap', code: 'no-permission', message: 'socket: Operation not permitted' },
];
const ABSENT: readonly LiveError[] = [{ backend: 'dumpcap', code: 'not-installed', message: '' }, DENIED[1]!];

it.each([
  ['linux', ['linux-group', 'linux-login', 'try-again', 'open-instead'], 'linux-install'],
  ['darwin', ['macos-bpf', 'try-again', 'open-instead'], 'macos-install'],
  ['win32', ['windows-npcap', 'try-again', 'open-instead'], 'windows-install'],
] as const)('%s', (platform, steps, install) => {
  expect(permissionSteps(DENIED, platform).map(({ kind }) => kind)).toEqual(steps);
  expect(permissionSteps(ABSENT, platform).map(({ kind }) => kind)).toContain(install);
  for (const { kind } of permissionSteps(ABSENT, platform)) expect(enLive.step[kind]).not.toBe('');
});

it('never proposes to run the program itself with more rights', () => {
  for (const platform of ['linux', 'darwin', 'win32'] as const) {
    const text = failureText(ABSENT, permissionSteps(ABSENT, platform));
    expect(text).not.toMatch(/sudo (blockscope|node|npm|electron)|setcap/);
    expect(text).toContain('socket: Operation not permitted');
    expect(text).toContain('Opening saved captures needs no permission.');
  }
});

it('is not what is missing when the filter is wrong', () => {
  expect(needsPermission(DENIED)).toBe(true);
  expect(needsPermission([{ backend: 'cap', code: 'bad-filter', message: '' }])).toBe(false);
  expect(needsPermission([])).toBe(false);
});

it('lists this machine’s interfaces', async () => {
  const found = await listInterfaces();
  const loopback = found.find(({ kind }) => kind === 'loopback');
  expect(loopback?.addresses).toContain('127.0.0.1');
  expect(interfacesText(found)).toContain(loopback!.name);
  if (process.platform === 'linux') expect(loopback?.traffic?.receivedBytes).toBeGreaterThanOrEqual(0);
});
