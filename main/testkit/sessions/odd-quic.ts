// What QUIC does besides being answered: networks that do not carry it, other versions, address validation, clients that
// move, servers that have forgotten a connection.

import { concat, u8, u32, vector8 } from '../bytes.ts';
import { icmpError, udp } from '../packets.ts';
import { quicClientFlight, quicHandshake, quicShort } from '../quic-bytes.ts';
import { type Visit, visit } from './visits.ts';
import type { World } from './world.ts';

type QuicVisit = Omit<Visit, 'secure'>;

/** A visit by QUIC, which falls back to TCP where that does not work. */
export function visitQuic(world: World, asked: QuicVisit): void {
  const { odd, net } = world;
  const { dice } = odd;
  const { site, name, machine, at } = asked;
  const client = odd.clientAt(asked.client, at);
  const { address } = client;
  const server = machine.address;
  const rtt = machine.rtt + client.extraRtt;
  let ports = { sourcePort: net.nextPort(), destinationPort: 443 };
  let source = address;
  const seed = `${ports.sourcePort}`;
  const send = (time: number, payload: Uint8Array): void =>
    net.record(time, udp({ source, destination: server, ttl: 64, df: true }, ports, payload), { outgoing: true });
  const receive = (time: number, payload: Uint8Array): void => {
    const back = { sourcePort: 443, destinationPort: ports.sourcePort };
    if (world.isLost(time, payload.length, 'server', false)) return;
    net.record(time, udp({ source: server, destination: source, ttl: 64 - machine.hops, df: true }, back, payload));
  };
  const hello = (time: number, version: 1 | 2 = 1, packetNumber = 0): void => {
    const flight = quicClientFlight({ sni: name, postQuantum: dice.chance(0.5) }, { seed, version, packetNumber });
    for (const datagram of flight) send(time, datagram);
  };
  const fallBack = (time: number): void => {
    visit(world, { ...asked, at: time, secure: true });
  };
  const talk = (from: number, rounds: number): number => {
    for (let round = 0; round < rounds; round++) {
      send(from + round * (rtt + 5), quicShort(80 + dice.whole(0, 900), `${seed} c${from} ${round}`));
      receive(from + round * (rtt + 5) + rtt, quicShort(dice.whole(60, 1200), `${seed} s${from} ${round}`));
    }
    return from + rounds * (rtt + 5) + rtt;
  };
  const inVain = (time: number): void => {
    for (const [attempt, seconds] of [0, 0.3, 0.9, 2.1, 4.5].slice(0, dice.whole(1, 5)).entries())
      hello(time + seconds * 1000, 1, 2 * attempt);
  };

  const isCarried = !odd.has('no-quic');
  const what = isCarried
    ? dice.pick(['retry', 'versions', 'moves', 'forgotten', 'closed', 'one-way', 'not-offered', 'stops'] as const)
    : 'not-carried';
  world.tell(at, `${address} quic ${name} at ${server}: ${what}`);
  switch (what) {
    case 'not-carried': {
      inVain(at);
      if (odd.noQuic === 'prohibited') {
        const quoted = udp({ source, destination: server, ttl: 64, df: true }, ports, new Uint8Array(1200));
        const gateway = { source: '10.0.0.1', destination: source, ttl: 64 };
        const refusal = icmpError(gateway, { type: 3, code: dice.pick([3, 10, 13]), quoted });
        net.record(at + dice.between(0.4, 3), refusal, { forged: true });
      }
      fallBack(at + dice.pick([250, 300, 1000, 4000]));
      return;
    }
    case 'not-offered':
      inVain(at);
      fallBack(at + dice.pick([250, 300, 1000]));
      return;
    case 'versions':
      hello(at, 2);
      receive(
        at + rtt,
        concat(u8(0x80 | dice.whole(0, 127)), u32(0), vector8(dice.bytes(8)), vector8(dice.bytes(8)), u32(1)),
      );
      if (dice.chance(0.3)) {
        fallBack(at + rtt + 20);
        return;
      }
      hello(at + rtt + 1);
      break;
    case 'retry':
      hello(at);
      receive(at + rtt, concat(u8(0xf0), u32(1), vector8(dice.bytes(8)), vector8(dice.bytes(8)), dice.bytes(60)));
      hello(at + rtt + 1, 1, 2);
      break;
    default:
      hello(at);
  }
  const answered = at + (what === 'retry' || what === 'versions' ? 2 : 1) * rtt + dice.between(1, 20);
  if (what === 'closed') {
    // A CONNECTION_CLOSE of the server, and TCP then
    receive(answered, quicHandshake(40, seed));
    fallBack(answered + 10);
    return;
  }
  receive(answered, quicHandshake(1100, seed));
  if (what === 'one-way') {
    // What the client says does not arrive any more: a flow that a firewall has forgotten, or a radio gone bad
    for (let repeat = 1; repeat < dice.whole(2, 5); repeat++)
      receive(answered + 300 * 2 ** repeat, quicHandshake(1100, seed));
    for (let tries = 0; tries < 5; tries++) send(answered + 200 * 2 ** tries, quicShort(80, `${seed} c${tries}`));
    fallBack(answered + 3000);
    return;
  }
  const over = talk(answered + 1, dice.whole(1, 6));
  if (what === 'stops') {
    for (let tries = 0; tries < 6; tries++) send(over + 200 * 2 ** tries, quicShort(300, `${seed} d${tries}`));
    fallBack(over + 9000);
    return;
  }
  if (what === 'moves') {
    ports = { sourcePort: net.nextPort(), destinationPort: 443 };
    if (dice.chance(0.5)) source = dice.pick(['10.0.0.2', '192.168.43.17']);
    talk(over + dice.between(50, 40_000), dice.whole(1, 6));
    return;
  }
  if (what === 'forgotten') {
    const late = over + dice.between(30_000, 300_000);
    send(late, quicShort(120, `${seed} late`));
    // RFC 9000 §10.3: shorter than what it answers
    receive(late + rtt, quicShort(42, `${seed} reset`));
    if (site.quic !== 'none') hello(late + rtt + 5, 1, 4);
    fallBack(late + rtt + 400);
  }
}
