// Which connection to offer first, which to show, and whether a VPN stands in the way.

import type { CaptureInterfaceInfo } from '../../../shared/domain/live.ts';

/** Up to so many rows all are shown at once. */
const FEW = 6;
const MOST = 10;

function isUsable({ isUp, addresses, kind }: CaptureInterfaceInfo): boolean {
  return isUp !== false && addresses.length > 0 && kind !== 'loopback' && kind !== 'any';
}

/** The one that most traffic of this computer takes. */
export function bestInterface(all: readonly CaptureInterfaceInfo[]): CaptureInterfaceInfo | null {
  return (
    all.find(({ isDefault, isUp }) => isDefault && isUp !== false) ??
    all.find(isUsable) ??
    all.find(({ isUp }) => isUp !== false) ??
    all[0] ??
    null
  );
}

/** In their order; what is not connected is put away where there are many, but never the chosen one. */
export function shownInterfaces(
  all: readonly CaptureInterfaceInfo[],
  chosen: string | null,
): { readonly shown: readonly CaptureInterfaceInfo[]; readonly others: readonly CaptureInterfaceInfo[] } {
  if (all.length <= FEW) return { shown: all, others: [] };
  const near = new Set(all.filter((one) => one.isUp !== false).slice(0, MOST));
  const isShown = (one: CaptureInterfaceInfo): boolean => near.has(one) || one.name === chosen;
  return { shown: all.filter(isShown), others: all.filter((one) => !isShown(one)) };
}

/** `inside`: traffic of the chosen one goes through a VPN. `beside`: it shows the VPN's tunnel only. */
export function vpnOf(
  all: readonly CaptureInterfaceInfo[],
  chosen: CaptureInterfaceInfo | null,
): 'inside' | 'beside' | null {
  if (chosen === null || chosen.kind === 'loopback' || chosen.kind === 'any') return null;
  if (chosen.kind === 'tunnel') return chosen.isDefault ? 'inside' : null;
  return all.some((one) => one.kind === 'tunnel' && isUsable(one)) ? 'beside' : null;
}

/** A phone that shares its connection by cable has its own driver's name. */
export function isPhone({ name }: CaptureInterfaceInfo): boolean {
  return /^(usb|rndis)\d/.test(name);
}
