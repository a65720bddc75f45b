// One interference of each technique, laid over a session: an injector with the header properties that real ones were
// seen with, or somebody who drops. It acts on one name, or on the addresses of one site, and on nothing else.

import type { Technique } from '../../../shared/domain/vocabulary.ts';
import { u8 } from '../bytes.ts';
import { httpResponse } from '../dns-bytes.ts';
import type { InjectSettings } from '../network.ts';
import { Dialog } from './dialog.ts';
import { lookUp, type Resolver } from './names.ts';
import { visit } from './visits.ts';
import type { Client, Interferer, Machine, Site, World } from './world.ts';

export interface Interference {
  readonly techniques: readonly Technique[];
  interferer(world: World, target: Target): Interferer;
  /** By http rather than by https. */
  readonly plain?: boolean;
  /** The name is looked up at each visit. */
  readonly named?: boolean;
  /** What happens beside the visits. */
  readonly also?: (world: World, target: Target, at: number) => void;
}

export interface Target {
  readonly site: Site;
  readonly name: string;
}

const PLAIN: Resolver = { address: '192.33.4.12', hops: 9, rtt: 18, kind: 'plain', troubled: null };

/** Resets in the manner of injectors that were described. */
function handwriting(world: World, dialog: Dialog): InjectSettings & { flags: string } {
  const { dice } = world;
  const own = dialog.conn.ttlAtCapture('server');
  const ttl = own + dice.pick([-21, -9, -5, 7, 19, 40]);
  return dice.pick<() => InjectSettings & { flags: string }>([
    () => ({ flags: 'RA', count: 3, ipId: dice.whole(0xa3, 0xfe5f), df: true, ttl, window: ttl + 1375 }),
    () => ({ flags: 'R', ipId: 0, df: false, ttl }),
    () => ({ flags: 'RA', ipId: dice.whole(0x9916, 0x9933), df: false, ttl: 248 }),
    () => ({ flags: 'RA', ipId: 1, df: false, ttl, payload: u8(1, 2, 3, 4, 5, 6, 7, 8, 9, 0) }),
    () => ({ flags: 'RA', ttl, mirror: true }),
  ])();
}

/** Delivers what the client asks, and answers in the server's name first; the server's own answer may still come. */
function injects(world: World, dialog: Dialog, payload: Uint8Array, what: 'rst' | 'fin'): true {
  const { dice } = world;
  const { conn } = dialog;
  const how = handwriting(world, dialog);
  const isBeside = dice.chance(0.5);
  dialog.say('client', payload, { unacknowledged: true });
  const after = Math.min(dice.between(1, 20), dialog.rtt * 0.8);
  if (what === 'rst') conn.inject.rst({ after, ...how });
  else conn.inject.fin({ after, ...how, flags: 'FA', window: 229, count: 1, payload: u8() });
  if (isBeside) conn.serverHello();
  else if (what === 'fin') conn.segment('client', { flags: 'FA', lost: 'after-capture' });
  return true;
}

const isOf = ({ site }: Target, address: string): boolean =>
  machinesOf(site).some((machine) => machine.address === address);
const addressesOf = (machines: readonly Machine[]): string[] => machines.map(({ address }) => address);
const machinesOf = (site: Site): Machine[] => [...site.machines, ...site.machines6];

export const INTERFERENCES: Readonly<Record<string, Interference>> = {
  'reset on the name in the hello': {
    techniques: ['rst-injection'],
    interferer: (world, { name }) => ({
      request: (dialog, payload, asked) => asked === name && injects(world, dialog, payload, 'rst'),
    }),
  },
  'reset on the Host field': {
    techniques: ['rst-injection'],
    plain: true,
    interferer: (world, { name }) => ({
      request: (dialog, payload, asked) => asked === name && injects(world, dialog, payload, 'rst'),
    }),
  },
  'FIN on the name in the hello': {
    techniques: ['rst-injection'],
    interferer: (world, { name }) => ({
      request: (dialog, payload, asked) => asked === name && injects(world, dialog, payload, 'fin'),
    }),
  },
  'reset to the SYN': {
    techniques: ['rst-injection', 'ip-null-routing'],
    interferer: (world, target) => ({
      syn(dialog) {
        if (!isOf(target, dialog.machine.address)) return false;
        const { conn } = dialog;
        conn.syn();
        conn.inject.rst({ after: Math.min(5, dialog.rtt / 3), ...handwriting(world, dialog), seq: 0 });
        conn.synAck();
        conn.reset('client', { flags: 'R' });
        return true;
      },
    }),
  },
  'hello swallowed': {
    techniques: ['sni-filtering', 'http-filtering'],
    interferer: (_, { name }) => ({
      request(dialog, payload, asked) {
        if (asked !== name) return false;
        dialog.sayInVain(payload);
        dialog.conn.segment('client', { flags: 'FA', after: 2000, lost: 'after-capture' });
        return true;
      },
    }),
  },
  'hello answered by silence': {
    techniques: ['sni-filtering', 'http-filtering'],
    interferer: (world, { name }) => ({
      request(dialog, payload, asked) {
        if (asked !== name) return false;
        dialog.say('client', payload);
        dialog.conn.serverHello({ lost: 'before-capture' });
        dialog.wait(world.dice.between(8000, 20_000));
        dialog.conn.segment('client', { flags: 'FA', lost: 'after-capture' });
        return true;
      },
    }),
  },
  'page in place of the answer': {
    techniques: ['http-blockpage', 'data-injection'],
    plain: true,
    interferer: (world, { name }) => ({
      request(dialog, payload, asked) {
        if (asked !== name) return false;
        const page = '<html><body><iframe src="http://10.10.34.36/?type=Invalid Keyword"></iframe></body></html>';
        dialog.say('client', payload, { unacknowledged: true });
        const ttl = dialog.conn.ttlAtCapture('server') + world.dice.pick([-6, 8, 0]);
        const response = httpResponse({ status: 403, reason: 'Forbidden', body: page });
        dialog.conn.inject.data(response, {
          after: Math.min(4, dialog.rtt / 2),
          flags: 'FPA',
          ttl,
          ipId: world.dice.whole(2, 0xffff),
        });
        dialog.conn.response({ body: 'the genuine page' });
        return true;
      },
    }),
  },
  'address without a route': {
    techniques: ['ip-null-routing'],
    interferer: (_, target) => ({
      syn(dialog) {
        if (!isOf(target, dialog.machine.address)) return false;
        dialog.openInVain(4);
        return true;
      },
    }),
    also(world, { site, name }, at) {
      const [client] = world.clients;
      for (const machine of site.machines) visit(world, { client: client!, site, name, machine, at, secure: false });
    },
  },
  'router that prohibits': {
    techniques: ['ip-null-routing'],
    interferer: (_, target) => ({
      syn(dialog) {
        if (!isOf(target, dialog.machine.address) || dialog.machine.address.includes(':')) return false;
        dialog.conn.syn({ lost: 'after-capture' });
        dialog.conn.icmp({
          type: 3,
          code: 13,
          from: '62.115.40.9',
          ttl: 252,
          quotedTtl: dialog.client.stack === 'windows' ? 125 : 61,
          forged: true,
        });
        return true;
      },
    }),
  },
  'forged answer beside the genuine one': {
    techniques: ['dns-poisoning'],
    named: true,
    interferer: (_, { name }) => ({ query: (asked) => (asked === name ? 'race' : null) }),
  },
  'forged answer in place of the genuine one': {
    techniques: ['dns-poisoning'],
    named: true,
    interferer: (_, { name }) => ({ query: (asked) => (asked === name ? 'lie' : null) }),
  },
  'queries for the name dropped': {
    techniques: ['dns-blocking'],
    named: true,
    interferer: (_, { name }) => ({ query: (asked) => (asked === name ? 'drop' : null) }),
  },
  'QUIC with the name dropped': {
    techniques: ['quic-blocking'],
    interferer: () => ({}),
    also(world, { site, name }, at) {
      const server = `${site.machines[0]!.address}:443`;
      world.net.quic({ server, sni: site.names[1]!, at });
      world.net.quic({ server, sni: name, answered: false, at: at + 2000 });
      world.net.quic({ server, sni: site.names[1]!, at: at + 9000 });
    },
  },
  'cut after 16 KB': {
    techniques: ['data-cutoff'],
    interferer: (world, { name }) => ({
      answered(dialog, asked) {
        const { conn } = dialog;
        if (asked !== name) return false;
        dialog.say('client', world.dice.sealed(300));
        dialog.say('server', world.dice.sealed(13_000));
        conn.data('client', world.dice.sealed(60), { after: 200, lost: 'after-capture' });
        conn.retransmit('client', 6);
        return true;
      },
    }),
    also(world, { site }, at) {
      const [client] = world.clients;
      const machine = world.sites.find((other) => other !== site)!.machines[0]!;
      const dialog = new Dialog(world, { client: client!, machine, at });
      if (!dialog.open()) return;
      dialog.say('client', world.dice.sealed(300));
      dialog.say('server', world.dice.sealed(60_000));
      dialog.say('server', world.dice.sealed(60_000));
      dialog.close('client');
    },
  },
};

/** Visits of the target, each beside one of another name at the same address. */
export function rehearse(world: World, { site, name }: Target, how: Interference): void {
  const { dice, clients, duration } = world;
  const client: Client = clients[0]!;
  let at = dice.between(0, duration / 3);
  const rounds = dice.whole(3, 5);
  for (let round = 0; round < rounds; round++) {
    const secure = how.plain !== true;
    const machine = site.machines[round % site.machines.length]!;
    const other = site.names[1]!;
    const zone = { name, addresses: addressesOf(site.machines), addresses6: [] };
    lookUp(world, client, PLAIN, zone, at - 100);
    if (how.named === true) {
      for (const pause of [1500, 3500, 6500, 11_000]) {
        const { names, machines } = dice.pick(world.sites.slice(1));
        lookUp(world, client, PLAIN, { name: names[0]!, addresses: addressesOf(machines), addresses6: [] }, at + pause);
      }
    } else visit(world, { client, site, name, machine, at, secure });
    how.also?.(world, { site, name }, at + 300);
    at += dice.between(8000, 25_000);
    visit(world, { client, site, name: other, machine, at, secure });
    const elsewhere = dice.pick(world.sites.slice(1));
    visit(world, {
      client,
      site: elsewhere,
      name: elsewhere.names[0]!,
      machine: elsewhere.machines[0]!,
      at: at + 50,
      secure,
    });
    at += dice.between(3000, 12_000);
  }
}
