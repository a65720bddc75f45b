// What live capture can say: how captures are made, in which state one is, what went wrong, and what gives permission.
// Kinds and parameters only; the words are shared/i18n's.

import type { Params } from './statements.ts';

/** Ways to capture, in the order in which they are tried. */
export const BACKENDS = ['dumpcap', 'cap'] as const;
export type BackendName = (typeof BACKENDS)[number];

export const LIVE_STATES = [
  /** A helper has been started and has not answered yet. */
  'starting',
  'capturing',
  'paused',
  /** The interface is not there; capturing goes on when it is back. */
  'waiting',
  'stopping',
  'stopped',
  /** No helper could capture. */
  'failed',
] as const;
export type LiveState = (typeof LIVE_STATES)[number];

export const LIVE_ERROR_CODES = [
  /** The helper's program is not installed. */
  'not-installed',
  'no-permission',
  'no-interface',
  'interface-down',
  'bad-filter',
  /** The helper gave up, or was ended, before it captured anything. */
  'failed',
] as const;
export type LiveErrorCode = (typeof LIVE_ERROR_CODES)[number];

/** Why one backend does not capture. `message` is its own, as it came. */
export interface LiveError {
  readonly backend: BackendName;
  readonly code: LiveErrorCode;
  readonly message: string;
}

/** What happened on the way; what was captured stands whatever it is. */
export const LIVE_NOTICE_KINDS = [
  /** params: interface */
  'interface-gone',
  /** params: interface */
  'interface-back',
  /** params: message, restarts */
  'helper-ended',
  /** params: message */
  'helper-lost',
  /** params: path, bytes */
  'disk-full',
  /** params: path, system */
  'recording-failed',
  /** params: seconds */
  'slept',
  /** params: drops, of the packets lost since the last such notice */
  'drops',
  /** params: limit (time, size or packets) */
  'limit-reached',
] as const;
export type LiveNoticeKind = (typeof LIVE_NOTICE_KINDS)[number];

export interface LiveNotice {
  readonly kind: LiveNoticeKind;
  readonly params: Params;
}

/** What gives permission to capture, a step each; a command is copied as it stands. */
export const PERMISSION_STEP_KINDS = [
  'linux-install',
  'linux-group',
  'linux-login',
  'macos-install',
  'macos-bpf',
  'windows-npcap',
  'windows-install',
  'try-again',
  'open-instead',
] as const;
export type PermissionStepKind = (typeof PERMISSION_STEP_KINDS)[number];

export interface PermissionStep {
  readonly kind: PermissionStepKind;
  readonly command: string | null;
}

/** Facts about a running capture that come from the way it is made. */
export interface LiveHeader {
  readonly backend: BackendName;
  /** LINKTYPE_ value. */
  readonly linkType: number;
  /** Nanoseconds a tick. */
  readonly tsResolution: number;
  /** Who took the times: only the kernel's are good enough to judge by. */
  readonly tsSource: 'kernel' | 'user';
  readonly snaplen: number;
  /** Packets that the helper lost; null: it cannot tell, or tells only at the end. */
  readonly drops: number | null;
}

export interface InterfaceTraffic {
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly receivedPackets: number;
  readonly sentPackets: number;
}

export interface CaptureInterfaceInfo {
  /** What the helper is told. */
  readonly name: string;
  /** What people call it; null where nothing better than its name is known. */
  readonly description: string | null;
  readonly kind: 'ethernet' | 'wifi' | 'loopback' | 'tunnel' | 'bridge' | 'virtual' | 'any' | 'other';
  readonly addresses: readonly string[];
  /** It carries the default route: most traffic of this machine goes there. */
  readonly isDefault: boolean;
  /** Null where it cannot be told. */
  readonly isUp: boolean | null;
  /** Since the machine started; null where the system does not say. */
  readonly traffic: InterfaceTraffic | null;
}
