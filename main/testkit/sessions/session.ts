// A whole session of ordinary life, drawn by a seed: what people, programs and servers did, what the path did to it,
// and what became of the recording.

import { type Capture, type CaptureFrame, type Dissection, dissect, edited } from '../capture.ts';
import {
  cutTo,
  doubledAsAny,
  doubledAsSpan,
  mergedByOffload,
  oneDirection,
  onlyFrames,
  withoutHandshakes,
} from '../cripplers.ts';
import { Dice } from './dice.ts';
import { type Interference, rehearse, type Target } from './interference.ts';
import { lookUp, type Resolver, resolvers } from './names.ts';
import { oddLookUps } from './odd-names.ts';
import { visitQuic } from './odd-quic.ts';
import type { Oddity } from './oddities.ts';
import { program } from './programs.ts';
import { visit } from './visits.ts';
import { type Client, type Machine, type Site, World } from './world.ts';

export interface Session {
  readonly seed: number;
  readonly world: World;
  readonly capture: Capture;
  readonly forged: ReadonlySet<number>;
  /** What became of the recording. */
  readonly damage: string;
  readonly target: Target | null;
}

export interface SessionOptions {
  /** The path and the servers are at their best, and the capture is whole. */
  readonly orderly?: boolean;
  readonly vantage?: 'client' | 'server' | 'path';
  readonly interference?: Interference;
  /** What is rare in it, instead of what would be drawn; null: nothing. */
  readonly oddity?: Oddity | null;
  /** Less happens, so that many of them fit into a test. */
  readonly short?: boolean;
}

export function session(seed: number, options: SessionOptions = {}): Session {
  const world = new World(seed, options);
  const { dice, clients, duration } = world;
  const asked = resolvers(world);
  const target = options.interference === undefined ? null : aim(world);
  if (target !== null) world.interferer = options.interference!.interferer(world, target);
  const count = options.short ? dice.whole(2, 9) : dice.whole(5, 26);
  for (let episode = 0; episode < count; episode++) {
    const client = dice.pick(clients);
    const at = dice.between(0, duration);
    if (world.vantage !== 'server' && dice.chance(0.15)) program(world, client, at);
    else pages(world, client, dice.pick(world.sites), asked, at);
  }
  oddEpisodes(world, asked);
  if (target !== null) rehearse(world, target, options.interference!);
  const told = world.net.capture();
  const { forged } = told;
  const capture = world.odd.has('path-repeats') ? repeatedByPath(world, told.capture) : told.capture;
  const [damage, damaged] = options.orderly
    ? (['none', capture] as const)
    : damageOf(new Dice(`damage ${seed}`), capture);
  return {
    seed,
    world,
    capture: damaged,
    forged: new Set(damaged.frames.flatMap((frame, index) => (forged.has(frame.number) ? [index + 1] : []))),
    damage,
    target,
  };
}

/** The first site, made to do nothing but answer, so that what happens to it is the interferer's. */
function aim(world: World): Target {
  const [first, ...others] = world.sites;
  const { names, ...site } = first!;
  const domain = names[0]!;
  // Not a name of others, for which its owner might be taken
  const own = [domain, `shop.${domain}`];
  const target: Site = { ...site, names: own, habit: 'answers', habitOf: null, quic: 'none' };
  world.sites = [target, ...others];
  return { site: target, name: own[0]! };
}

/** What needs more than the habits of sites to be seen. */
function oddEpisodes(world: World, asked: readonly Resolver[]): void {
  const { odd, clients, sites, vantage, duration } = world;
  const { dice } = odd;
  if (odd.kinds.size === 0) return;
  const around = (moment: number, before: number, after: number): void => {
    for (let count = dice.whole(3, 8); count > 0; count--) {
      const at = Math.max(0, dice.between(moment - before, moment + after));
      const struck = sites.filter((site) => site.machines.some(({ address }) => odd.hang?.addresses.has(address)));
      const site = dice.chance(0.6) && struck.length > 0 ? struck[0]! : dice.pick(sites);
      pages(world, dice.pick(clients), site, asked, at);
    }
  };
  if (odd.hang !== null) around(odd.hang.from, 20_000, odd.hang.to - odd.hang.from + 20_000);
  if (odd.move !== null) around(odd.move.at, 15_000, 5000);
  for (const name of [odd.siteGuard?.name, ...(odd.guard?.names ?? [])]) {
    const site = sites.find(({ names }) => name !== undefined && names.includes(name));
    if (site === undefined) continue;
    for (let count = dice.whole(2, 4); count > 0; count--) {
      const visited = { client: dice.pick(clients), site, machine: dice.pick(site.machines), secure: dice.chance(0.8) };
      const at = dice.between(0, duration);
      visit(world, { ...visited, name: dice.chance(0.6) ? name! : dice.pick(site.names), at });
    }
  }
  if (odd.front !== null || odd.resetting.size > 0) {
    const site = sites.find(({ machines }) =>
      machines.some(({ address }) => odd.front?.addresses.has(address) === true || odd.resetting.has(address)),
    )!;
    for (let count = dice.whole(2, 6); count > 0; count--)
      pages(world, dice.pick(clients), site, asked, dice.between(0, duration));
  }
  if (vantage === 'server') return;
  if (odd.has('no-quic') || odd.has('odd-quic')) {
    for (let count = dice.whole(2, 6); count > 0; count--) {
      const site = dice.pick(sites);
      const at = dice.between(0, duration);
      visitQuic(world, {
        client: dice.pick(clients),
        site,
        name: dice.pick(site.names),
        machine: dice.pick(site.machines),
        at,
      });
    }
  }
  if (odd.has('odd-names') || odd.has('advertisements')) oddLookUps(world, asked);
}

/** Links and paths that send again what they are not sure of, and let packets overtake one another. */
function repeatedByPath(world: World, capture: Capture): Capture {
  const { dice } = world.odd;
  const share = dice.pick([0.003, 0.01, 0.03, 0.1]);
  const late = dice.pick([0, 0.01, 0.05]);
  const isOther = dice.chance(0.3);
  const local = new Set(world.clients.map(({ address }) => address));
  const frames = capture.frames.flatMap((frame): CaptureFrame[] => {
    const at = dissect(frame);
    // What the capturing host sends itself has not come a way yet.
    const isOwn =
      at === null ||
      (world.vantage === 'client' ? local.has(at.source) : world.vantage === 'server' && !local.has(at.source));
    if (isOwn) return [frame];
    const delayed = dice.chance(late) ? { ...frame, time: frame.time + ms(dice.between(0.05, 12)) } : frame;
    if (!dice.chance(share)) return [delayed];
    const copy = { ...frame, time: frame.time + ms(dice.chance(0.6) ? dice.between(0.05, 2) : dice.between(1, 50)) };
    return [delayed, isOther && !at.v6 ? edited(copy, lowerTtl) : copy];
  });
  return { ...capture, frames: frames.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0)) };
}

const ms = (milliseconds: number): bigint => BigInt(Math.round(milliseconds * 1e6));

/** The copy took another way, two routers longer. */
function lowerTtl(bytes: Uint8Array, { ip }: Dissection): void {
  bytes[ip + 8]! -= 2;
}

/** A name is looked up, and visited one or more times. */
export function pages(world: World, client: Client, site: Site, asked: readonly Resolver[], at: number): void {
  const { dice, vantage } = world;
  const name = site.habitOf !== null && dice.chance(0.5) ? site.habitOf : dice.pick(site.names);
  const resolver = dice.pick(asked);
  let time = at;
  if (vantage !== 'server' && dice.chance(0.7)) {
    const zone = {
      name,
      addresses: site.machines.map(({ address }) => address),
      addresses6: site.machines6.map(({ address }) => address),
    };
    if (dice.chance(0.1))
      lookUp(world, client, resolver, { name: `${name}.corp.example.org`, addresses: [], addresses6: [] }, time - 40);
    if (dice.chance(0.1))
      lookUp(world, client, resolver, { name: name.replace(/.\./, 'x.'), addresses: [], addresses6: [] }, time - 900);
    lookUp(world, client, resolver, zone, time);
    time += resolver.rtt + dice.between(1, 40);
  }
  const secure = dice.chance(0.8);
  const machine = dice.pick(site.machines);
  const race: Machine | undefined = dice.chance(0.6) ? site.machines6[0] : undefined;
  const { odd } = world;
  const isSlow6 = race !== undefined && odd.slow6.has(race.address);
  // Those who do not race wait for it first.
  const isBroken6 = race !== undefined && odd.broken6.has(race.address);
  if (race !== undefined && (isSlow6 || isBroken6)) time = raced(world, client, race, time, isSlow6);
  for (let parallel = dice.whole(1, 3); parallel > 0; parallel--) {
    const chosen = race !== undefined && !world.path.broken6 && !isSlow6 && !isBroken6 ? race : machine;
    visit(world, { client, site, name, machine: chosen, at: time + dice.between(0, 80), secure });
    if (race !== undefined && world.path.broken6)
      world.net.unanswered({ client: client.address6, server: `[${race.address}]:443`, at: time, retries: [] });
  }
  if (dice.chance(0.4)) visit(world, { client, site, name, machine, at: time + dice.between(500, 30_000), secure });
}

/** Both families are tried, and the newer one answers too late or not at all; when the older one is begun with. */
function raced(world: World, client: Client, { address, rtt, hops }: Machine, at: number, isSlow: boolean): number {
  const { dice } = world.odd;
  const { address6 } = world.odd.clientAt(client, at);
  const open = {
    client: address6,
    server: `[${address}]:443`,
    rtt: rtt + dice.between(260, 1500),
    serverHops: hops,
    at,
  };
  const connection = world.net.dial({ ...open, clientStack: client.stack });
  if (isSlow) {
    connection.syn();
    if (dice.chance(0.3)) connection.syn({ after: 1000, lost: 'after-capture' });
    connection.synAck();
    connection.reset('client', { flags: dice.pick(['R', 'RA']) });
    return at + 250;
  }
  const isRacing = client.behavior === 'browser';
  const pauses = isRacing ? dice.pick([[], [], [1], [1, 2]]) : [1, 2, 4, 8].slice(0, dice.whole(2, 4));
  connection.syn({ lost: 'after-capture' }).retrySyn(pauses);
  return at + (isRacing ? 250 : 1000 * (pauses.reduce((sum, pause) => sum + pause, 0) + 2));
}

function damageOf(dice: Dice, capture: Capture): readonly [string, Capture] {
  const { frames } = capture;
  const span = frames.at(-1)!.time - frames[0]!.time;
  const moment = (from: number, to: number): bigint =>
    frames[0]!.time + (span * BigInt(Math.round(1000 * dice.between(from, to)))) / 1000n;
  switch (
    dice.weighted({
      none: 8,
      snaplen: 2,
      late: 2,
      early: 2,
      'to-client': 1,
      'from-client': 1,
      any: 1,
      span: 1,
      merged: 1,
      drops: 1.5,
      reordered: 1,
      twice: 0.7,
      'no-handshakes': 0.7,
      hole: 0.7,
    })
  ) {
    case 'snaplen': {
      const length = dice.pick([54, 66, 68, 96, 128, 200]);
      return [`snaplen ${length}`, cutTo(capture, length)];
    }
    case 'late': {
      const from = moment(0.1, 0.6);
      return ['begun late', onlyFrames(capture, (frame) => frame.time >= from)];
    }
    case 'early': {
      const to = moment(0.3, 0.9);
      return ['ended early', onlyFrames(capture, (frame) => frame.time <= to)];
    }
    case 'to-client':
      return ['only to clients', oneDirection(capture, 'to-client')];
    case 'from-client':
      return ['only from clients', oneDirection(capture, 'from-client')];
    case 'any':
      return ['any', doubledAsAny(capture)];
    case 'span':
      return ['mirror port', doubledAsSpan(capture)];
    case 'merged':
      return ['offload', mergedByOffload(capture)];
    case 'drops': {
      const share = dice.between(0.001, 0.03);
      const told = dice.chance(0.5);
      const kept = onlyFrames(capture, () => !dice.chance(share));
      const dropped = frames.length - kept.frames.length;
      return [`drops ${dropped}${told ? '' : ' untold'}`, told ? { ...kept, format: 'pcapng', dropped } : kept];
    }
    case 'reordered': {
      const late = frames.map((frame) => ({
        ...frame,
        time: frame.time + (dice.chance(0.03) ? BigInt(dice.whole(20, 900)) * 1000n : 0n),
      }));
      return [
        'reordered',
        { ...capture, frames: late.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0)) },
      ];
    }
    case 'twice': {
      const copies = frames.flatMap((frame) =>
        dice.chance(0.02) ? [frame, { ...frame, time: frame.time + BigInt(dice.whole(5, 4000)) * 1000n }] : [frame],
      );
      return [
        'some frames twice',
        { ...capture, frames: copies.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0)) },
      ];
    }
    case 'no-handshakes':
      return ['no handshakes', withoutHandshakes(capture)];
    case 'hole': {
      const from = moment(0.1, 0.8);
      const to = from + span / 10n;
      return ['hole', onlyFrames(capture, (frame) => frame.time < from || frame.time > to)];
    }
    default:
      return ['none', capture];
  }
}
