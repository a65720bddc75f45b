// The interfaces of this machine, without asking for any permission: names, addresses, which one leads out, traffic.

import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { CaptureInterfaceInfo, InterfaceTraffic } from '../../shared/domain/live.ts';

const run = promisify(execFile);
/** A machine with containers has hundreds; nobody reads further. */
const MAX_LISTED = 512;
const COMMAND_MS = 3_000;
const SYS = '/sys/class/net';
/** linux/if.h */
const IFF_UP = 1;
/** linux/if_arp.h: kinds of link that have no Ethernet below them. */
const ARPHRD = { ethernet: 1, loopback: 772, none: 65_534, tunnel: 768, sit: 776, gre: 778 } as const;

export async function listInterfaces(): Promise<readonly CaptureInterfaceInfo[]> {
  const addresses = addressesOf();
  const found = process.platform === 'linux' ? linux(addresses) : await elsewhere(addresses);
  const rank = ({ isDefault, isUp, kind }: CaptureInterfaceInfo): number =>
    (isDefault ? 0 : 4) + (isUp === false ? 2 : 0) + (kind === 'loopback' || kind === 'any' ? 1 : 0);
  return found.sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1)).slice(0, MAX_LISTED);
}

/** Of /proc/net/dev, which is that of this process's network namespace; /sys may be another's. */
function counters(): ReadonlyMap<string, InterfaceTraffic> {
  const found = new Map<string, InterfaceTraffic>();
  for (const line of (read('/proc/net/dev') ?? '').split('\n').slice(2)) {
    const colon = line.indexOf(':');
    const words = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/)
      .map(Number);
    if (colon < 0 || words.length < 10) continue;
    found.set(line.slice(0, colon).trim(), {
      receivedBytes: words[0]!,
      receivedPackets: words[1]!,
      sentBytes: words[8]!,
      sentPackets: words[9]!,
    });
  }
  return found;
}

/** For polling: the counters of an interface at this moment. */
export function trafficOf(name: string): InterfaceTraffic | null {
  return counters().get(name) ?? null;
}

/** Whether there is such an interface; where the system does not say, yes. */
export function interfaceExists(name: string): boolean {
  return process.platform !== 'linux' || name === 'any' || counters().has(name);
}

/** Whether packets may come by it: it is there, and not known to be down. */
export function mayCapture(name: string): boolean {
  return interfaceExists(name) && isInterfaceUp(name) !== false;
}

/** Null where it cannot be told. */
export function isInterfaceUp(name: string): boolean | null {
  const flags = process.platform === 'linux' && isOurSys() ? read(join(SYS, name, 'flags')) : null;
  return flagsUp(flags);
}

function flagsUp(flags: string | null): boolean | null {
  return flags === null ? null : (Number(flags) & IFF_UP) !== 0;
}

function isOurSys(): boolean {
  try {
    const seen = readdirSync(SYS).filter((name) => existsSync(join(SYS, name, 'flags')));
    const ours = counters();
    return seen.length === ours.size && seen.every((name) => ours.has(name));
  } catch {
    return false;
  }
}

function addressesOf(): Map<string, string[]> {
  const addresses = new Map<string, string[]>();
  for (const [name, list] of Object.entries(networkInterfaces()))
    addresses.set(name, [...new Set((list ?? []).map(({ address }) => address))]);
  return addresses;
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}

function linux(addresses: ReadonlyMap<string, string[]>): CaptureInterfaceInfo[] {
  const leading = linuxDefault();
  // Asked for again and again while somebody looks at the list
  const ours = isOurSys();
  const any: CaptureInterfaceInfo = {
    name: 'any',
    description: null,
    kind: 'any',
    addresses: [],
    isDefault: false,
    isUp: true,
    traffic: null,
  };
  return [
    ...[...counters()].map(([name, traffic]) => ({
      name,
      description: null,
      kind: linuxKind(name),
      addresses: addresses.get(name) ?? [],
      isDefault: leading.has(name),
      isUp: ours ? flagsUp(read(join(SYS, name, 'flags'))) : null,
      traffic,
    })),
    any,
  ];
}

function linuxKind(name: string): CaptureInterfaceInfo['kind'] {
  const path = join(SYS, name);
  if (existsSync(join(path, 'wireless')) || existsSync(join(path, 'phy80211'))) return 'wifi';
  if (existsSync(join(path, 'bridge'))) return 'bridge';
  const type = Number(read(join(path, 'type')));
  if (type === ARPHRD.loopback) return 'loopback';
  if (existsSync(join(path, 'tun_flags')) || /^(wg|tun|tap|ppp)\d/.test(name)) return 'tunnel';
  if (type === ARPHRD.none || type === ARPHRD.tunnel || type === ARPHRD.sit || type === ARPHRD.gre) return 'tunnel';
  if (type !== ARPHRD.ethernet) return 'other';
  return existsSync(join(path, 'device')) ? 'ethernet' : 'virtual';
}

/** Interfaces of default routes: /proc/net/route has them in columns, ipv6_route as words. */
function linuxDefault(): ReadonlySet<string> {
  const leading = new Map<string, number>();
  const offer = (name: string, metric: number): void => {
    if (name !== 'lo') leading.set(name, Math.min(metric, leading.get(name) ?? Number.POSITIVE_INFINITY));
  };
  for (const line of (read('/proc/net/route') ?? '').split('\n').slice(1)) {
    const [name = '', destination, , , , , metric, mask] = line.split('\t');
    if (destination === '00000000' && mask === '00000000') offer(name, Number(metric));
  }
  if (leading.size === 0) {
    for (const line of (read('/proc/net/ipv6_route') ?? '').split('\n')) {
      const [destination, length, , , , metric, , , , name = ''] = line.trim().split(/\s+/);
      if (/^0+$/.test(destination ?? '') && length === '00') offer(name, Number.parseInt(metric ?? '0', 16));
    }
  }
  const least = Math.min(...leading.values());
  return new Set([...leading].filter(([, metric]) => metric === least).map(([name]) => name));
}

/** macOS and Windows: what Node knows, names that people know from the system's own tools, in their absence none. */
async function elsewhere(addresses: ReadonlyMap<string, string[]>): Promise<CaptureInterfaceInfo[]> {
  const [described, leading] = process.platform === 'darwin' ? await macNames() : [new Map<string, string>(), null];
  return [...addresses].map(([name, list]) => ({
    name,
    description: described.get(name) ?? null,
    kind: /^lo|Loopback/.test(name)
      ? 'loopback'
      : /Wi-?Fi|AirPort/i.test(described.get(name) ?? name)
        ? 'wifi'
        : /^(utun|ipsec|ppp)/.test(name)
          ? 'tunnel'
          : 'other',
    addresses: list,
    isDefault: name === leading,
    isUp: true,
    traffic: null,
  }));
}

let macKnown: { readonly at: number; readonly names: ReturnType<typeof askMac> } | null = null;
const MAC_KNOWN_MS = 30_000;

/** Two programs are asked; the list is wanted every second while somebody looks at it. */
function macNames(): ReturnType<typeof askMac> {
  const now = performance.now();
  if (macKnown === null || now - macKnown.at > MAC_KNOWN_MS) macKnown = { at: now, names: askMac() };
  return macKnown.names;
}

async function askMac(): Promise<[Map<string, string>, string | null]> {
  const described = new Map<string, string>();
  const said = async (file: string, ...args: string[]): Promise<string> => {
    try {
      return (await run(file, args, { timeout: COMMAND_MS })).stdout;
    } catch {
      return '';
    }
  };
  const ports = await said('/usr/sbin/networksetup', '-listallhardwareports');
  for (const [, port, device] of ports.matchAll(/Hardware Port: (.+)\nDevice: (\S+)/g)) described.set(device!, port!);
  const route = await said('/sbin/route', '-n', 'get', 'default');
  return [described, /interface: (\S+)/.exec(route)?.[1] ?? null];
}
