// One TCP connection of a session: like Connection, but packets get lost as the path of the session has it, and stacks
// send again what was lost.

import type { Connection, Side } from '../network.ts';
import { isV6 } from '../packets.ts';
import type { StackName } from '../stacks.ts';
import type { Client, Machine, World } from './world.ts';

/** Cumulative pauses of a SYN, in seconds. */
const SYN_CLOCKS = { linux: [1, 2, 4, 8], windows: [1, 2, 4, 8], macos: [1, 1, 1, 1, 1, 2], other: [3, 6] } as const;
/** After so many retransmissions an application has lost patience. */
const PATIENCE = 6;

export interface DialogOptions {
  readonly client: Client;
  readonly machine: Machine;
  readonly port?: number;
  readonly at: number;
  /** Of the machines behind the address. */
  readonly backend?: number;
  readonly hops?: number;
  readonly rtt?: number;
  readonly clientPort?: number;
  /** Somebody nearer answers in the name of the address. */
  readonly gateway?: boolean;
}

export interface Said {
  readonly flags?: string;
  readonly after?: number;
  readonly mss?: number;
  readonly ttl?: number;
  readonly ipId?: number;
  readonly df?: boolean;
  readonly window?: number;
  /** The receiver waits with its acknowledgement, because it has something to say. */
  readonly unacknowledged?: boolean;
}

export class Dialog {
  readonly world: World;
  readonly client: Client;
  readonly machine: Machine;
  readonly port: number;
  readonly conn: Connection;
  readonly #v6: boolean;
  readonly #stack: StackName;

  constructor(world: World, options: DialogOptions) {
    const { client, machine, port = 443, at, backend } = options;
    this.world = world;
    this.client = client;
    this.machine = machine;
    this.port = port;
    this.#v6 = isV6(machine.address);
    const which = backend ?? world.dice.whole(0, machine.backends.length - 1);
    const one = machine.backends.length === 1;
    this.#stack = machine.backends[which] ?? machine.stack;
    this.conn = world.net.dial({
      client: this.#v6 ? client.address6 : client.address,
      server: this.#v6 ? `[${machine.address}]:${port}` : `${machine.address}:${port}`,
      rtt: (options.rtt ?? machine.rtt) + client.extraRtt,
      serverHops: (options.hops ?? machine.hops) + client.extraHops,
      clientStack: client.stack,
      serverStack: this.#stack,
      ...(options.gateway ? { backend: 'gateway' } : one ? {} : { backend: `${machine.address} ${which}` }),
      ...(options.clientPort === undefined ? {} : { clientPort: options.clientPort }),
      routeChange: (time) => (options.gateway ? 0 : world.ttlChange(time)),
      at,
    });
  }

  get time(): number {
    return Math.max(this.conn.clock('client'), this.conn.clock('server'));
  }

  get rtt(): number {
    return this.machine.rtt + this.client.extraRtt;
  }

  /** Where a lost packet was lost: seen by the capture or not. */
  #lost(side: Side): 'after-capture' | 'before-capture' | 'on-path' {
    const { vantage, dice } = this.world;
    if (vantage === 'path') return dice.chance(0.5) ? 'after-capture' : 'before-capture';
    // Wireless senders see what they send; the last yards are lost before a capture at the receiver.
    return side === vantage ? 'after-capture' : 'before-capture';
  }

  #fate(side: Side, length: number, after: number): { lost?: 'after-capture' | 'before-capture' | 'on-path' } {
    const isLost = this.world.isLost(this.conn.clock(side) + after, length, side, this.#v6);
    return isLost ? { lost: this.#lost(side) } : {};
  }

  /** Handshake with retransmissions; false: given up. */
  open(said: { synAck?: Said } = {}): boolean {
    const { conn, world } = this;
    if (world.interferer?.syn?.(this) === true) return false;
    const { stack } = this.client;
    const clock = stack in SYN_CLOCKS ? SYN_CLOCKS[stack as 'linux'] : SYN_CLOCKS.other;
    const tries = world.dice.whole(3, clock.length + 1);
    for (let attempt = 0; attempt < tries; attempt++) {
      const after = attempt === 0 ? 0.2 : clock[attempt - 1]! * 1000;
      const fate = this.#fate('client', 0, after);
      conn.syn({ after, ...fate });
      if (fate.lost !== undefined) continue;
      const answer = this.#fate('server', 0, 0);
      conn.synAck({ ...said.synAck, ...answer });
      if (answer.lost !== undefined) continue;
      conn.clientAck();
      return true;
    }
    return false;
  }

  /** SYNs that draw nothing. */
  openInVain(tries?: number): void {
    const { stack } = this.client;
    const clock = stack in SYN_CLOCKS ? SYN_CLOCKS[stack as 'linux'] : SYN_CLOCKS.other;
    const count = tries ?? this.world.dice.whole(1, clock.length + 1);
    for (let attempt = 0; attempt < count; attempt++)
      this.conn.syn({ after: attempt === 0 ? 0.2 : (clock[attempt - 1] ?? 8) * 1000, lost: this.#lost('client') });
  }

  ack(side: Side): void {
    const fate = this.#fate(side, 0, 0.05);
    this.conn.segment(side, { after: 0.05, ...fate });
  }

  /** Data of an end until it has arrived; false: it never did. */
  say(side: Side, payload: Uint8Array, said: Said = {}): boolean {
    const { conn } = this;
    const other = side === 'client' ? 'server' : 'client';
    const { mss = 1400, after = 0.3, flags, unacknowledged = false, ...identity } = said;
    const holes: { seq: number; payload: Uint8Array }[] = [];
    for (let at = 0; at < payload.length; at += mss) {
      const piece = payload.subarray(at, at + mss);
      const isLast = at + mss >= payload.length;
      const pause = at === 0 ? after : 0.02;
      const seq = conn.nextSequence(side);
      const fate = this.#fate(side, piece.length, pause);
      conn.segment(side, {
        flags: flags ?? (isLast ? 'PA' : 'A'),
        payload: piece,
        after: pause,
        ...identity,
        ...fate,
      });
      if (fate.lost !== undefined) holes.push({ seq, payload: piece });
      else if (holes.length > 0) {
        conn.segment(other, { ack: holes[0]!.seq, sack: [[seq, (seq + piece.length) >>> 0]], after: 0.05 });
      } else if ((at / mss) % 2 === 1 && !isLast) this.ack(other);
    }
    for (const [at, hole] of holes.entries()) {
      if (!this.#again(side, hole, identity)) return false;
      const next = holes[at + 1];
      conn.segment(other, { after: 0.05, ...(next === undefined ? {} : { ack: next.seq }) });
    }
    if (holes.length === 0 && !unacknowledged) this.ack(other);
    return true;
  }

  #again(side: Side, { seq, payload }: { seq: number; payload: Uint8Array }, identity: Said): boolean {
    let pause = Math.max(220, this.rtt * 2);
    for (let attempt = 0; attempt < PATIENCE; attempt++, pause *= 2) {
      const fate = this.#fate(side, payload.length, pause);
      this.conn.segment(side, { flags: 'PA', seq, payload, after: pause, ...identity, ...fate });
      if (fate.lost === undefined) return true;
    }
    return false;
  }

  /** The latest data again and again, as long as patience lasts: somebody takes it away behind the capture. */
  sayInVain(payload: Uint8Array, tries = PATIENCE): void {
    const { conn } = this;
    const pieces: { seq: number; payload: Uint8Array }[] = [];
    for (let at = 0; at < payload.length; at += 1400) {
      const piece = payload.subarray(at, at + 1400);
      pieces.push({ seq: conn.nextSequence('client'), payload: piece });
      conn.segment('client', {
        flags: at + 1400 >= payload.length ? 'PA' : 'A',
        payload: piece,
        lost: this.#lost('client'),
      });
    }
    const [first] = pieces;
    let pause = Math.max(220, this.rtt * 2);
    for (let attempt = 0; attempt < tries; attempt++, pause *= 2)
      conn.segment('client', { flags: 'PA', ...first!, after: pause, lost: this.#lost('client') });
  }

  wait(milliseconds: number): void {
    this.conn.wait(milliseconds);
  }

  /** FINs and their acknowledgements. */
  close(first: Side): void {
    const other = first === 'client' ? 'server' : 'client';
    this.conn.segment(first, { flags: 'FA', after: 4 });
    if (this.world.dice.chance(0.4)) this.conn.segment(other, { after: 0.05 });
    this.conn.segment(other, { flags: 'FA', after: this.world.dice.between(0.1, 30) });
    this.conn.segment(first, { after: 0.05 });
  }

  /** An end's own reset: an abort, or for segments that came too late. */
  reset(side: Side, how: 'abort' | 'late', settings: Said = {}): void {
    this.conn.segment(side, { ...this.#resetOf(side, how), after: 0.1, ...settings });
  }

  #resetOf(side: Side, how: 'abort' | 'late'): { flags: string; window: number; ipId?: number; df?: boolean } {
    const stack = side === 'client' ? this.client.stack : this.#stack;
    switch (stack) {
      case 'windows':
        return { flags: 'RA', window: 0 };
      case 'macos':
      case 'freebsd':
        return { flags: how === 'abort' ? 'RA' : 'R', window: how === 'abort' ? this.world.dice.pick([0, 2058]) : 0 };
      default:
        return how === 'abort'
          ? { flags: 'RA', window: this.world.dice.pick([501, 509, 0]) }
          : { flags: 'R', window: 0, ipId: 0 };
    }
  }
}
