// The way out when no backend captures: steps for each system. The program itself never runs with more rights, and never
// asks for them: only the helper needs permission.

import type { LiveError, PermissionStep } from './live.ts';

const DEBIAN_INSTALL = 'sudo apt-get install wireshark-common';

/** Steps in their order, for what went wrong. */
export function permissionSteps(errors: readonly LiveError[], platform: string): readonly PermissionStep[] {
  const isMissing = errors.some(({ backend, code }) => backend === 'dumpcap' && code === 'not-installed');
  const step = (kind: PermissionStep['kind'], command: string | null = null): PermissionStep => ({ kind, command });
  const steps: PermissionStep[] = [];
  if (platform === 'darwin') {
    if (isMissing) steps.push(step('macos-install', 'brew install --cask wireshark'));
    steps.push(step('macos-bpf', 'open "/Applications/Wireshark.app"'));
  } else if (platform === 'win32') {
    steps.push(step('windows-npcap', 'winget install --id Insecure.Npcap'));
    if (isMissing) steps.push(step('windows-install', 'winget install --id WiresharkFoundation.Wireshark'));
  } else {
    if (isMissing) steps.push(step('linux-install', DEBIAN_INSTALL));
    steps.push(
      step('linux-group', 'sudo dpkg-reconfigure wireshark-common && sudo usermod -aG wireshark $USER'),
      step('linux-login'),
    );
  }
  steps.push(step('try-again'), step('open-instead'));
  return steps;
}

/** Whether permission, or something to be installed, is what is missing: otherwise steps would only mislead. */
export function needsPermission(errors: readonly LiveError[]): boolean {
  return errors.length > 0 && errors.every(({ code }) => code === 'no-permission' || code === 'not-installed');
}
