// Rarer kinds of ordinary life, drawn by a dice of their own, so that a session without any of them stays what it was:
// servers that hang as a whole, fronts made of several machines, software and filters of people's own, addresses that
// change, protocols that half of a network does not carry, paths that repeat packets, stacks and boxes that reset a lot.

import type { Dialog } from './dialog.ts';
import { Dice } from './dice.ts';
import type { Client, Site, World } from './world.ts';

export const ODDITIES = [
  'server-hangs',
  'mixed-front',
  'device-guard',
  'advertisements',
  'client-moves',
  'broken-v6',
  'slow-v6',
  'narrow-v6',
  'no-quic',
  'odd-quic',
  'path-repeats',
  'many-resets',
  'balancer-resets',
  'site-guard',
  'odd-names',
] as const;
export type Oddity = (typeof ODDITIES)[number];

/** The whole of some servers does not get on: for all their names, and for a while. */
export interface Hang {
  readonly from: number;
  readonly to: number;
  /**
   * The process hangs behind a kernel that goes on; its queue of connections is full and SYNs are dropped, or the last
   * acknowledgements are; the host is frozen.
   */
  readonly how: 'process' | 'queue' | 'overflow' | 'host';
  readonly addresses: ReadonlySet<string>;
}

/** What one address is made of. */
export interface Front {
  readonly addresses: ReadonlySet<string>;
  /**
   * A SYN proxy that hands over; two ways back of different length, packet by packet; another machine for each name; for
   * each connection.
   */
  readonly how: 'syn-proxy' | 'two-ways' | 'by-name' | 'by-connection';
  readonly by: number;
  /** Starts at 255 rather than as the machines behind do. */
  readonly high: boolean;
}

/** People leave one network for another: another address, and what was open is cut off. */
export interface Move {
  readonly at: number;
  readonly to: string;
  readonly to6: string;
  readonly extraHops: number;
  readonly extraRtt: number;
  /** What becomes of packets of the old connections. */
  readonly old: 'nothing' | 'reset' | 'prohibited' | 'closed';
}

/** The software of the device refuses what it takes for bad. */
export interface Guard {
  readonly names: ReadonlySet<string>;
  readonly how: 'both' | 'outward' | 'inward';
}

/** A device at the site protects it, by resets in both directions. */
export interface SiteGuard {
  readonly name: string;
  readonly hopsBefore: number;
  readonly start: 64 | 255;
}

export class Odd {
  readonly kinds: ReadonlySet<Oddity>;
  readonly dice: Dice;
  readonly hang: Hang | null = null;
  readonly front: Front | null = null;
  readonly guard: Guard | null = null;
  readonly move: Move | null = null;
  readonly siteGuard: SiteGuard | null = null;
  /** Addresses of IPv6 to which nothing gets through, or large packets do not; that answer late. */
  readonly broken6: ReadonlySet<string> = new Set();
  readonly narrow6: ReadonlySet<string> = new Set();
  readonly slow6: ReadonlySet<string> = new Set();
  /** Sites whose stacks or balancers reset in ways of their own. */
  readonly resetting: ReadonlySet<string> = new Set();
  /** How a network without QUIC says no. */
  readonly noQuic: 'nothing' | 'prohibited' = 'nothing';

  constructor(world: World, seed: number, wanted: Oddity | null | undefined, isOrderly: boolean) {
    const dice = new Dice(`odd ${seed}`);
    this.dice = dice;
    const count = dice.weighted({ 0: 5, 1: 4, 2: 1 } as Record<string, number>);
    const drawn = Array.from({ length: Number(count) }, () => dice.pick(ODDITIES));
    const kinds = wanted === undefined ? drawn : wanted === null ? [] : [wanted];
    this.kinds = new Set(isOrderly ? [] : kinds);
    const { duration, sites, vantage } = world;
    const site = dice.pick(sites);
    const sixth = sites.flatMap(({ machines6 }) => machines6.map(({ address }) => address));
    if (this.has('server-hangs')) {
      const from = Math.max(0, site.moment - dice.between(0, 5000));
      const how = dice.pick(['process', 'process', 'queue', 'overflow', 'host'] as const);
      const all = addressesOf(site);
      this.hang = {
        from,
        to: from + 1500 + 180_000 * dice.between(0, 1) ** 3,
        // A host that stands still captures nothing
        how: vantage === 'server' && how === 'host' ? 'process' : how,
        addresses: new Set(dice.chance(0.7) ? all : all.slice(0, 1)),
      };
    }
    if (this.has('mixed-front') && vantage !== 'server') {
      this.front = {
        addresses: new Set(addressesOf(site)),
        how: dice.pick(['syn-proxy', 'two-ways', 'by-name', 'by-connection']),
        by: dice.pick([-7, -4, -3, -2, -1, 1, 2, 3, 4, 6, 9]),
        high: dice.chance(0.3),
      };
    }
    if (this.has('device-guard') && vantage === 'client') {
      this.guard = {
        names: new Set([dice.pick(site.names)]),
        how: dice.pick(['both', 'outward', 'outward', 'inward']),
      };
    }
    if (this.has('client-moves')) {
      const isTunnel = dice.chance(0.4);
      this.move = {
        at: dice.between(0.1, 0.9) * duration,
        to: isTunnel ? '10.8.0.2' : dice.pick(['192.168.43.17', '10.0.7.9', '172.20.10.3']),
        to6: '2a02:908::77',
        extraHops: isTunnel ? dice.whole(-3, 6) : dice.pick([-2, -1, 0, 1, 3]),
        extraRtt: isTunnel ? dice.between(8, 90) : dice.between(0, 40),
        old: dice.pick(['nothing', 'reset', 'prohibited', 'closed']),
      };
    }
    if (this.has('site-guard') && vantage !== 'server') {
      this.siteGuard = { name: dice.pick(site.names), hopsBefore: dice.whole(0, 3), start: dice.pick([64, 255]) };
    }
    const some6 = new Set(sixth.filter(() => dice.chance(0.6)));
    if (this.has('broken-v6')) this.broken6 = some6;
    if (this.has('narrow-v6')) this.narrow6 = some6;
    if (this.has('slow-v6')) this.slow6 = some6;
    if (this.has('many-resets') || this.has('balancer-resets')) this.resetting = new Set(addressesOf(site));
    this.noQuic = dice.pick(['nothing', 'nothing', 'prohibited']);
  }

  has(kind: Oddity): boolean {
    return this.kinds.has(kind);
  }

  hangAt(address: string, time: number): Hang | null {
    const { hang } = this;
    return hang?.addresses.has(address) && time >= hang.from && time < hang.to ? hang : null;
  }

  /** As whom a client speaks at a moment. */
  clientAt(client: Client, time: number): Client {
    const { move } = this;
    if (move === null || time < move.at) return client;
    const { to, to6, extraHops, extraRtt } = move;
    const isFirst = client.address === '10.0.0.2';
    return {
      ...client,
      ...(isFirst ? { address: to, address6: to6 } : {}),
      extraHops: Math.max(0, client.extraHops + extraHops),
      extraRtt: client.extraRtt + extraRtt,
    };
  }

  /** Whether the network that a connection was opened in has been left. */
  hasLeft(client: Client, time: number): boolean {
    return this.move !== null && time >= this.move.at && client.address === '10.0.0.2';
  }

  /** TTL of what comes from a front, beside that of the machine. */
  frontOf(address: string): Front | null {
    return this.front?.addresses.has(address) === true ? this.front : null;
  }
}

function addressesOf({ machines, machines6 }: Site): string[] {
  return [...machines, ...machines6].map(({ address }) => address);
}

/** The device's own software ends a connection at once, toward one side or both. True: it did. */
export function guarded(dialog: Dialog, name: string): boolean {
  const { conn, client, world } = dialog;
  const { guard, dice } = world.odd;
  if (guard?.names.has(name) !== true) return false;
  const ttl = client.stack === 'windows' ? 128 : 64;
  if (guard.how !== 'outward')
    conn.inject.rst({ after: dice.between(0.02, 0.6), ttl, df: dice.chance(0.5), ipId: dice.pick([0, 0, 1]) });
  if (guard.how !== 'inward')
    for (let count = dice.whole(1, 2); count > 0; count--) dialog.reset('client', dice.pick(['abort', 'late']));
  return true;
}

/** A device in front of the site's own servers resets both ends on a name. True: it did. */
export function guardedBySite(dialog: Dialog, name: string): boolean {
  const { conn, machine, client, world } = dialog;
  const { siteGuard, dice } = world.odd;
  if (siteGuard?.name !== name) return false;
  const hops = machine.hops + client.extraHops - siteGuard.hopsBefore;
  const after = Math.max(0.5, dialog.rtt * (1 - 0.02 * siteGuard.hopsBefore)) + dice.between(0, 3);
  conn.inject.rst({ after, ttl: siteGuard.start - hops, df: dice.chance(0.5), ipId: dice.whole(1, 0xffff) });
  return true;
}
