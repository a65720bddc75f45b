// One TCP connection of a session: like Connection, but packets get lost as the path of the session has it, and stacks
// send again what was lost.

import type { Connection, Side } from '../network.ts';
import { isV6 } from '../packets.ts';
import type { StackName } from '../stacks.ts';
import type { Front } from './oddities.ts';
import type { Client, Machine, World } from './world.ts';

/** Cumulative pauses of a SYN, in seconds. */
const SYN_CLOCKS = { linux: [1, 2, 4, 8], windows: [1, 2, 4, 8], macos: [1, 1, 1, 1, 1, 2], other: [3, 6] } as const;
/** After so many retransmissions an application has lost patience. */
const PATIENCE = 6;
const AFTER = { lost: 'after-capture' } as const;

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
  /** For which it is opened, where the machine depends on it. */
  readonly name?: string;
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
  /** Before a connection moved, or a front handed it over. */
  readonly #home: Client;
  #isHandedOver = false;
  /** The server's kernel took the last acknowledgement for nothing. */
  #isForgotten = false;

  constructor(world: World, options: DialogOptions) {
    const { machine, port = 443, at, backend } = options;
    const { odd } = world;
    const client = odd.clientAt(options.client, at);
    this.world = world;
    this.#home = client;
    this.client = client;
    this.machine = machine;
    this.port = port;
    this.#v6 = isV6(machine.address);
    const which = backend ?? world.dice.whole(0, machine.backends.length - 1);
    const one = machine.backends.length === 1;
    const front = options.gateway ? null : odd.frontOf(machine.address);
    const other =
      front?.how === 'by-name'
        ? (options.name?.length ?? 0) % 3
        : front?.how === 'by-connection'
          ? odd.dice.whole(0, 2)
          : 0;
    this.#stack = other === 0 ? (machine.backends[which] ?? machine.stack) : other === 1 ? 'linux' : 'freebsd';
    this.conn = world.net.dial({
      client: this.#v6 ? client.address6 : client.address,
      server: this.#v6 ? `[${machine.address}]:${port}` : `${machine.address}:${port}`,
      rtt: (options.rtt ?? machine.rtt) + client.extraRtt,
      serverHops: Math.max(0, (options.hops ?? machine.hops) + client.extraHops - other * (front?.by ?? 0)),
      clientStack: client.stack,
      serverStack: this.#stack,
      ...(options.gateway
        ? { backend: 'gateway' }
        : one && other === 0
          ? {}
          : { backend: `${machine.address} ${which} ${other}` }),
      ...(options.clientPort === undefined ? {} : { clientPort: options.clientPort }),
      routeChange: (time) => (options.gateway ? 0 : world.ttlChange(time) + this.#frontChange(front)),
      at,
    });
  }

  #frontChange(front: Front | null): number {
    const { dice } = this.world.odd;
    if (front === null || (front.how === 'syn-proxy' && this.#isHandedOver)) return 0;
    if (front.how === 'two-ways') return dice.chance(0.5) ? front.by : 0;
    if (front.how !== 'syn-proxy') return 0;
    return front.by + (front.high && this.#stack !== 'windows' ? 180 : 0);
  }

  /** The network in which this connection was opened is not the client's any more. */
  get isLeft(): boolean {
    return this.#home.address === '10.0.0.2' && this.world.odd.hasLeft(this.#home, this.time);
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
    const { world, conn, machine } = this;
    const time = conn.clock(side) + after;
    const { odd } = world;
    if (side === 'client' && odd.hangAt(machine.address, time + this.rtt / 2)?.how === 'host') return AFTER;
    if (odd.broken6.has(machine.address)) return { lost: this.#lost(side) };
    if (side === 'client' && length > 1280 && odd.narrow6.has(machine.address)) return AFTER;
    const isLost = world.isLost(time, length, side, this.#v6);
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
      const hang = world.odd.hangAt(this.machine.address, conn.clock('client') + after);
      const isDropped = hang?.how === 'queue' && world.odd.dice.chance(0.85);
      conn.syn({ after, ...fate, ...(isDropped ? AFTER : {}) });
      if (fate.lost !== undefined || isDropped) continue;
      const answer = this.#fate('server', 0, 0);
      conn.synAck({ ...said.synAck, ...answer });
      if (answer.lost !== undefined) continue;
      conn.clientAck();
      this.#isHandedOver = true;
      this.#isForgotten = hang?.how === 'overflow' && world.odd.dice.chance(0.6);
      return true;
    }
    return false;
  }

  /** Connections that wait to be taken are too many: the kernel says its SYN-ACK again, and takes nothing. */
  #sayToFullQueue(payload: Uint8Array): boolean {
    const { conn, world, machine } = this;
    const start = this.time + 0.3;
    const seq = conn.nextSequence('client');
    const piece = payload.subarray(0, 1400);
    conn.data('client', payload, { ...AFTER });
    const events = [
      ...[250, 750, 1750, 3750, 7750, 15_750].map((at) => ({ at, side: 'client' as const })),
      ...[1000, 3000, 7000, 15_000].map((at) => ({ at, side: 'server' as const })),
    ].sort((a, b) => a.at - b.at);
    for (const { at, side } of events) {
      const after = Math.max(0.1, start + at - conn.clock(side));
      const isWell = world.odd.hangAt(machine.address, start + at) === null;
      if (side === 'client') {
        conn.segment('client', { flags: 'PA', seq, payload: piece, after, ...(isWell ? {} : AFTER) });
        if (!isWell) continue;
        this.#isForgotten = false;
        if (payload.length > 1400)
          conn.segment('client', { flags: 'PA', seq: seq + 1400, payload: payload.subarray(1400) });
        this.ack('server');
        return true;
      }
      conn.synAck({ after });
      conn.segment('client', { after: 0.05, ...AFTER });
    }
    return false;
  }

  /** Nobody is there to answer before the server is well again; false: the client did not wait for that. */
  #isWaitedFor(): boolean {
    const { conn, world, machine } = this;
    const hang = world.odd.hangAt(machine.address, this.time);
    if (hang === null) return true;
    const { dice } = world.odd;
    const rest = hang.to - this.time;
    const patience = dice.pick([2000, 5000, 10_000, 15_000, 30_000, 60_000]) * dice.between(0.9, 1.1);
    if (rest < patience) {
      this.wait(rest + dice.between(0, 800));
      return true;
    }
    this.wait(patience);
    const lost = hang.how === 'host' ? AFTER : {};
    if (dice.chance(0.3)) {
      conn.segment('client', { ...this.#resetOf('client', 'abort'), ...lost });
      return false;
    }
    conn.segment('client', { flags: 'FA', ...lost });
    if (hang.how === 'host') return false;
    this.ack('server');
    if (rest > 120_000 || dice.chance(0.3)) return false;
    // What was read too late is answered all the same, to somebody who has left
    conn.wait(rest - patience);
    if (dice.chance(0.5)) {
      conn.data('server', dice.sealed(900), {});
      this.reset('client', 'late');
    } else conn.segment('server', { flags: dice.pick(['FA', 'RA']) });
    return false;
  }

  /** Sent into a network that is not there any more. */
  #sayAfterMoving(payload: Uint8Array): false {
    const { conn, world } = this;
    const { dice, move } = world.odd;
    if (world.vantage !== 'client' || move!.old === 'closed') {
      if (dice.chance(0.5)) conn.segment('client', { ...this.#resetOf('client', 'abort'), ...AFTER });
      return false;
    }
    const gateway = { ttl: dice.pick([64, 255, 63]), after: dice.between(0.8, 6) };
    conn.data('client', payload, { ...AFTER });
    for (let tries = dice.whole(0, 5), pause = 300; tries > 0; tries--, pause *= 2) {
      if (move!.old === 'reset') break;
      if (move!.old === 'prohibited')
        conn.icmp({
          type: 3,
          code: dice.pick([0, 1, 10, 13]),
          from: dice.pick(['10.0.0.1', '192.168.43.1']),
          ...gateway,
        });
      conn.retransmit('client', 1, { first: pause });
    }
    if (move!.old === 'reset') {
      const df = dice.chance(0.5);
      const how = df ? { flags: 'R', df, ipId: 0 } : { flags: 'RA', df, ipId: dice.whole(0, 0xffff) };
      conn.inject.rst({ ...gateway, ...how });
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
    if (this.isLeft) return side === 'client' && this.#sayAfterMoving(payload);
    if (side === 'client' && this.#isForgotten) return this.#sayToFullQueue(payload);
    if (side === 'server' && !this.#isWaitedFor()) return false;
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
    if (this.isLeft) return;
    const { odd } = this.world;
    const hang = odd.hangAt(this.machine.address, this.time);
    if (hang !== null) {
      if (first === 'server') return;
      this.conn.segment('client', { flags: 'FA', after: 4, ...(hang.how === 'host' ? AFTER : {}) });
      if (hang.how !== 'host') this.ack('server');
      return;
    }
    const other = first === 'client' ? 'server' : 'client';
    this.conn.segment(first, { flags: 'FA', after: 4 });
    if (this.world.dice.chance(0.4)) this.conn.segment(other, { after: 0.05 });
    this.conn.segment(other, { flags: 'FA', after: this.world.dice.between(0.1, 30) });
    this.conn.segment(first, { after: 0.05 });
  }

  /** An end's own reset: an abort, or for segments that came too late. */
  reset(side: Side, how: 'abort' | 'late', settings: Said = {}): void {
    if (this.isLeft) return;
    // A front answers for connections that nobody behind it knows any more.
    if (side === 'server' && how === 'late' && this.world.odd.frontOf(this.machine.address) !== null)
      this.#isHandedOver = false;
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
