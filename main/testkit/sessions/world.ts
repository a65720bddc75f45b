// The surroundings of a session, drawn by a seed: sites with their machines and habits, clients with their stacks, the
// path between them, and whoever may stand on it.

import { CLIENT, Net, type Side } from '../network.ts';
import type { StackName } from '../stacks.ts';
import type { Dialog } from './dialog.ts';
import { Dice } from './dice.ts';
import { Odd, type Oddity } from './oddities.ts';

/** What a server does besides answering. */
export type Habit =
  | 'answers'
  | 'resets-with-unread-data'
  | 'resets-late-packets'
  | 'forgets-idle'
  | 'closes-idle'
  | 'resets-after-close-notify'
  | 'refuses-when-full'
  | 'ignores-when-full'
  | 'has-a-dead-backend'
  | 'is-anycast'
  | 'is-behind-a-scrubber'
  | 'is-behind-an-accelerator'
  | 'rejects-the-version'
  | 'rejects-the-name'
  | 'hangs-up-on-the-name'
  | 'resets-the-name'
  | 'wants-a-certificate'
  | 'forbids'
  | 'redirects'
  | 'limits-the-rate'
  | 'bans'
  | 'is-slow'
  | 'hangs'
  | 'restarts'
  | 'is-down'
  | 'has-closed-the-port'
  | 'firewall-refuses'
  | 'paces'
  | 'has-a-narrow-path';

export interface Machine {
  readonly address: string;
  readonly hops: number;
  readonly rtt: number;
  readonly stack: StackName;
  /** Behind a balancer each connection may reach another one. */
  readonly backends: readonly StackName[];
}

export interface Site {
  readonly names: readonly string[];
  readonly machines: readonly Machine[];
  readonly machines6: readonly Machine[];
  readonly habit: Habit;
  /** Of one name only, where set. */
  readonly habitOf: string | null;
  readonly quic: 'none' | 'offered' | 'stale';
  /** Milliseconds at which something happens to it: a restart, an overload. */
  readonly moment: number;
}

export interface Client {
  readonly address: string;
  readonly address6: string;
  readonly stack: StackName;
  readonly extraHops: number;
  readonly extraRtt: number;
  readonly behavior: 'browser' | 'curl' | 'app';
}

export interface Path {
  readonly loss: number;
  /** Nothing passes: roaming, a lift, a cable. */
  readonly outages: readonly (readonly [from: number, to: number])[];
  /** All servers seem further or nearer from then on. */
  readonly route: { readonly at: number; readonly by: number } | null;
  /** Client segments above this vanish, to every site. */
  readonly mtu: number | null;
  readonly broken6: boolean;
}

/** Somebody on the path. Each is asked at its moment; true: it has told what follows, and the connection is over. */
export interface Interferer {
  /** Before the first SYN. */
  syn?(dialog: Dialog): boolean;
  /** When the first request or hello is to be sent. */
  request?(dialog: Dialog, payload: Uint8Array, name: string): boolean;
  /** After the server's first answer has arrived. */
  answered?(dialog: Dialog, name: string): boolean;
  query?(name: string): 'drop' | 'race' | 'lie' | null;
}

const PREFIXES = [
  '93.184.215',
  '151.101.2',
  '151.101.66',
  '23.215.0',
  '96.7.128',
  '185.15.59',
  '104.18.21',
  '104.18.33',
  '142.250.74',
  '34.120.8',
  '52.84.11',
  '2.16.103',
  '81.2.69',
  '88.198.4',
  '195.82.146',
  '176.34.5',
  '203.104.153',
  '17.253.5',
] as const; // prettier-ignore
const OWNERS = [
  'example.net',
  'example.com',
  'example.org',
  'shopping-world.com',
  'nieuws.nl',
  'radio-suisse.ch',
  'karten.de',
  'tickets.co.uk',
  'wetter.at',
  'banco-norte.es',
  'games.io',
  'forum-auto.fr',
  'uni-linz.at',
  'stadtwerke.de',
  'wikipedia.org',
  'github.com',
  'youtube.com',
  'discord.com',
  'reddit.com',
  'bbc.co.uk',
  'spotify.com',
  'x.com',
] as const; // prettier-ignore
const LABELS = ['www', 'static', 'api', 'img', 'login', 'cdn', 'm', 'news'] as const;

const HABITS: Readonly<Record<Habit, number>> = {
  answers: 26,
  'resets-with-unread-data': 3,
  'resets-late-packets': 3,
  'forgets-idle': 4,
  'closes-idle': 3,
  'resets-after-close-notify': 3,
  'refuses-when-full': 3,
  'ignores-when-full': 3,
  'has-a-dead-backend': 4,
  'is-anycast': 4,
  'is-behind-a-scrubber': 3,
  'is-behind-an-accelerator': 3,
  'rejects-the-version': 2,
  'rejects-the-name': 3,
  'hangs-up-on-the-name': 2,
  'resets-the-name': 2,
  'wants-a-certificate': 2,
  forbids: 3,
  redirects: 3,
  'limits-the-rate': 3,
  bans: 3,
  'is-slow': 3,
  hangs: 2,
  restarts: 3,
  'is-down': 2,
  'has-closed-the-port': 2,
  'firewall-refuses': 2,
  paces: 2,
  'has-a-narrow-path': 2,
};

const SERVER_STACKS = { linux: 12, windows: 2, freebsd: 3, macos: 1 } as const;

export class World {
  readonly dice: Dice;
  readonly net: Net;
  sites: readonly Site[];
  readonly clients: readonly Client[];
  readonly path: Path;
  /** A network that wants people to sign in first. */
  readonly portal: { readonly until: number; readonly answersNames: boolean } | null;
  readonly duration: number;
  /** One line for each thing that happens, for whoever reads a failure. */
  readonly story: string[] = [];
  interferer: Interferer | null = null;
  /** Counts what servers remember: connections of a client. */
  readonly memory = new Map<string, number>();
  /** What is rare, if anything. */
  readonly odd: Odd;

  constructor(
    seed: number,
    options: {
      readonly orderly?: boolean;
      readonly vantage?: 'client' | 'server' | 'path';
      readonly oddity?: Oddity | null;
    } = {},
  ) {
    const dice = new Dice(`session ${seed}`);
    this.dice = dice;
    const vantage = options.vantage ?? dice.weighted({ client: 7, path: 2, server: 2 });
    const kind = dice.weighted({ ethernet: 8, sll: 1, sll2: 1, raw: 1 });
    this.net = new Net({
      vantage,
      link: { kind },
      format: dice.pick(['pcap', 'pcapng']),
      runsOn: dice.chance(0.3) ? 0 : dice.between(1000, 90_000),
    });
    this.duration = dice.between(20_000, 600_000);
    this.sites = vantage === 'server' ? [this.#own()] : this.#sites(options.orderly === true);
    this.clients = vantage === 'client' ? [this.#local(2)] : this.#clients(vantage);
    this.path = options.orderly ? QUIET : this.#path();
    const hasPortal = vantage === 'client' && options.orderly !== true && dice.chance(0.06);
    this.portal = hasPortal ? { until: dice.between(15_000, 90_000), answersNames: dice.chance(0.3) } : null;
    this.odd = new Odd(this, seed, options.oddity, options.orderly === true);
  }

  get vantage(): 'client' | 'server' | 'path' {
    return this.net.options.vantage ?? 'client';
  }

  tell(at: number, what: string): void {
    this.story.push(`+${(at / 1000).toFixed(3)} ${what}`);
  }

  remember(what: string): number {
    const count = (this.memory.get(what) ?? 0) + 1;
    this.memory.set(what, count);
    return count;
  }

  /** Whether a packet that is sent now is lost on its way. */
  isLost(time: number, length: number, side: Side, v6: boolean): boolean {
    const { loss, outages, mtu, broken6 } = this.path;
    if (v6 && broken6) return true;
    if (side === 'client' && mtu !== null && length > mtu) return true;
    return outages.some(([from, to]) => time >= from && time < to) || this.dice.chance(loss);
  }

  ttlChange(time: number): number {
    const { route } = this.path;
    return route !== null && time >= route.at ? route.by : 0;
  }

  #machine(v6: boolean, near?: Machine): Machine {
    const { dice } = this;
    const host = dice.whole(2, 250);
    const address = v6
      ? `2a0${dice.whole(0, 9)}:${dice.whole(1000, 9999)}:${dice.whole(1, 9)}::${host}`
      : `${near !== undefined && dice.chance(0.4) ? near.address.split('.').slice(0, 3).join('.') : dice.pick(PREFIXES)}.${host}`;
    const stack = dice.weighted(SERVER_STACKS);
    const alike = dice.chance(0.5);
    const backends = dice.chance(0.4)
      ? Array.from({ length: dice.whole(2, 4) }, () => (alike ? stack : dice.weighted(SERVER_STACKS)))
      : [stack];
    const hops = near === undefined || dice.chance(0.5) ? dice.whole(6, 20) : near.hops;
    const rtt = near === undefined || dice.chance(0.5) ? 4 + 200 * dice.between(0, 1) ** 2 : near.rtt;
    return { address, hops, rtt, stack, backends };
  }

  #sites(orderly: boolean): Site[] {
    const { dice } = this;
    const count = dice.whole(3, 8);
    const owners = [...OWNERS].sort(() => dice.between(-1, 1));
    return Array.from({ length: count }, (_, at): Site => {
      const owner = owners[at]!;
      const names = [owner, ...Array.from({ length: dice.whole(0, 3) }, () => `${dice.pick(LABELS)}.${owner}`)];
      // A shared front end has other people's names, too.
      if (dice.chance(0.35)) names.push(`www.${owners[owners.length - 1 - at]!}`);
      const machines: Machine[] = [];
      for (let more = dice.weighted({ 1: 5, 2: 3, 4: 1 } as Record<string, number>); machines.length < Number(more); ) {
        machines.push(this.#machine(false, machines[0]));
      }
      const machines6 = dice.chance(0.4) ? [this.#machine(true, machines[0])] : [];
      const habit: Habit = orderly ? 'answers' : dice.weighted(HABITS);
      return {
        names: [...new Set(names)],
        machines,
        machines6,
        habit,
        habitOf: dice.chance(0.4) ? dice.pick(names) : null,
        quic: dice.weighted({ none: 6, offered: 3, stale: orderly ? 0 : 1 }),
        moment: dice.between(0, this.duration),
      };
    });
  }

  /** A server that is one's own, behind a router of one's own or not. */
  #own(): Site {
    const { dice } = this;
    const address = dice.pick(['192.168.1.10', '10.4.0.7', '93.184.215.14']);
    const stack = dice.weighted({ linux: 6, windows: 1, freebsd: 1 });
    const machines = [{ address, hops: 0, rtt: 0, stack, backends: [stack] }];
    const habit = dice.weighted({
      ...HABITS,
      'is-down': 0,
      'is-behind-an-accelerator': 0,
      'is-behind-a-scrubber': 0,
      'is-anycast': 0,
      'has-a-dead-backend': 0,
    });
    const owner = dice.pick(OWNERS.slice(0, 12));
    const names = [owner, `www.${owner}`, `api.${owner}`];
    return {
      names,
      machines,
      machines6: [],
      habit,
      habitOf: null,
      quic: 'none',
      moment: dice.between(0, this.duration),
    };
  }

  #local(last: number): Client {
    const { dice } = this;
    return {
      address: last === 2 ? CLIENT : `10.0.0.${last}`,
      address6: `2a01:4f8::${last}`,
      stack: dice.weighted({ linux: 3, windows: 3, macos: 2 }),
      extraHops: 0,
      extraRtt: 0,
      behavior: dice.weighted({ browser: 4, curl: 1, app: 1 }),
    };
  }

  #clients(vantage: 'server' | 'path'): Client[] {
    const { dice } = this;
    const count = dice.whole(2, 8);
    return Array.from({ length: count }, (_, at): Client => {
      if (vantage === 'path') return this.#local(2 + at);
      return {
        ...this.#local(2),
        address: `${dice.pick(PREFIXES.slice(6))}.${dice.whole(2, 250)}`,
        extraHops: dice.whole(5, 22),
        extraRtt: 4 + 250 * dice.between(0, 1) ** 2,
      };
    });
  }

  #path(): Path {
    const { dice, duration } = this;
    const outages = Array.from({ length: dice.chance(0.25) ? dice.whole(1, 3) : 0 }, () => {
      const from = dice.between(0, duration);
      return [from, from + 300 + 30_000 * dice.between(0, 1) ** 2] as const;
    });
    return {
      loss: dice.chance(0.5) ? 0 : 0.1 * dice.between(0, 1) ** 3,
      outages,
      route: dice.chance(0.1) ? { at: dice.between(0, duration), by: dice.pick([-4, -2, -1, 1, 2, 3, 5]) } : null,
      mtu: dice.chance(0.05) ? dice.pick([1280, 1360]) : null,
      broken6: dice.chance(0.15),
    };
  }
}

const QUIET: Path = { loss: 0, outages: [], route: null, mtu: null, broken6: false };
