// A whole session of ordinary life, drawn by a seed: what people, programs and servers did, what the path did to it,
// and what became of the recording.

import type { Capture } from '../capture.ts';
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
  if (target !== null) rehearse(world, target, options.interference!);
  const { capture, forged } = world.net.capture();
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
  for (let parallel = dice.whole(1, 3); parallel > 0; parallel--) {
    const chosen = race !== undefined && !world.path.broken6 ? race : machine;
    visit(world, { client, site, name, machine: chosen, at: time + dice.between(0, 80), secure });
    if (race !== undefined && world.path.broken6)
      world.net.unanswered({ client: client.address6, server: `[${race.address}]:443`, at: time, retries: [] });
  }
  if (dice.chance(0.4)) visit(world, { client, site, name, machine, at: time + dice.between(500, 30_000), secure });
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
