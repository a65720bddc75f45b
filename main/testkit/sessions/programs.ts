// What else runs on people's machines.

import { ascii } from '../bytes.ts';
import { udp } from '../packets.ts';
import { openVpnReset, wireGuardInitiation, wireGuardResponse } from '../vpn-bytes.ts';
import { Dialog } from './dialog.ts';
import type { Client, Machine, World } from './world.ts';

const HOSTS: readonly Machine[] = [
  { address: '78.46.12.34', hops: 11, rtt: 31, stack: 'linux', backends: ['linux'] },
  { address: '195.201.9.8', hops: 14, rtt: 44, stack: 'linux', backends: ['linux'] },
  { address: '62.210.7.7', hops: 9, rtt: 25, stack: 'freebsd', backends: ['freebsd'] },
];

export function program(world: World, client: Client, at: number): void {
  const { dice, net } = world;
  const machine = dice.pick(HOSTS);
  const what = dice.weighted({
    ssh: 3,
    mail: 2,
    wireguard: 2,
    openvpn: 1,
    clock: 2,
    ping: 2,
    quic: 3,
    closed: 1,
    probe: 1,
    telegram: 1,
  });
  world.tell(at, `${client.address} ${what} at ${machine.address}`);
  switch (what) {
    case 'ssh': {
      const full = dice.chance(0.3);
      const dialog = new Dialog(world, { client, machine, port: 22, at });
      if (!dialog.open()) return;
      if (full) {
        dialog.close('server');
        return;
      }
      dialog.say('server', ascii('SSH-2.0-OpenSSH_9.6\r\n'), { after: dice.between(5, 4000) });
      dialog.say('client', ascii('SSH-2.0-OpenSSH_9.9\r\n'));
      for (let round = dice.whole(1, 8); round > 0; round--) {
        if (!dialog.say('client', dice.bytes(dice.whole(40, 900)))) return;
        if (!dialog.say('server', dice.bytes(dice.whole(40, 900)))) return;
        if (dice.chance(0.2)) dialog.wait(dice.between(1000, 200_000));
      }
      if (dice.chance(0.7)) dialog.close(dice.pick(['client', 'server']));
      else dialog.reset(dice.pick(['client', 'server']), 'abort');
      return;
    }
    case 'mail': {
      const dialog = new Dialog(world, { client, machine, port: dice.pick([25, 587, 993]), at });
      if (!dialog.open()) return;
      dialog.say('server', ascii(dice.pick(['220 mail ESMTP\r\n', '421 too many connections\r\n', '554 no\r\n'])), {
        after: dice.between(5, 20_000),
      });
      dialog.say('client', ascii('EHLO me\r\n'));
      dialog.say('server', ascii('250 ok\r\n'));
      if (dice.chance(0.5)) dialog.reset('server', 'abort');
      else dialog.close('server');
      return;
    }
    case 'wireguard': {
      const ports = { sourcePort: net.nextPort(), destinationPort: 51_820 };
      const back = { sourcePort: 51_820, destinationPort: ports.sourcePort };
      const off = dice.chance(0.3);
      let time = at;
      for (let attempt = 0; attempt < dice.whole(1, 10); attempt++, time += 5000 + dice.between(0, 300)) {
        net.record(
          time,
          udp({ source: client.address, destination: machine.address, ttl: 64 }, ports, wireGuardInitiation(`${time}`)),
          { outgoing: true },
        );
        if (off || world.isLost(time, 148, 'client', false)) continue;
        const answer = udp(
          { source: machine.address, destination: client.address, ttl: 64 - machine.hops },
          back,
          wireGuardResponse(`${time}`),
        );
        net.record(time + machine.rtt, answer);
        for (let packet = 0; packet < 6; packet++) {
          const body = (seed: number): Uint8Array => new Uint8Array([4, 0, 0, 0, ...dice.bytes(60 + seed)]);
          net.record(
            time + 2 * machine.rtt + 30 * packet,
            udp({ source: client.address, destination: machine.address, ttl: 64 }, ports, body(packet)),
            { outgoing: true },
          );
          net.record(
            time + 3 * machine.rtt + 30 * packet,
            udp({ source: machine.address, destination: client.address, ttl: 64 - machine.hops }, back, body(packet)),
          );
        }
        return;
      }
      return;
    }
    case 'openvpn': {
      const ports = { sourcePort: net.nextPort(), destinationPort: 1194 };
      for (let attempt = 0; attempt < dice.whole(1, 5); attempt++) {
        net.record(
          at + attempt * 4000,
          udp({ source: client.address, destination: machine.address, ttl: 64 }, ports, openVpnReset()),
          { outgoing: true },
        );
      }
      return;
    }
    case 'clock': {
      const ports = { sourcePort: 123, destinationPort: 123 };
      net.record(
        at,
        udp(
          { source: client.address, destination: machine.address, ttl: 64 },
          ports,
          new Uint8Array([0x23, ...new Uint8Array(47)]),
        ),
        { outgoing: true },
      );
      if (dice.chance(0.8))
        net.record(
          at + machine.rtt,
          udp(
            { source: machine.address, destination: client.address, ttl: 64 - machine.hops },
            ports,
            new Uint8Array([0x24, ...new Uint8Array(47)]),
          ),
        );
      return;
    }
    case 'ping':
      net.ping({
        client: client.address,
        address: machine.address,
        count: dice.whole(1, 6),
        answered: dice.chance(0.7),
        rtt: machine.rtt,
        hops: machine.hops,
      });
      return;
    case 'quic': {
      const site = dice.pick(world.sites);
      const server = `${dice.pick(site.machines).address}:443`;
      const name = dice.pick(site.names);
      if (site.quic === 'none') return;
      net.quic({ client: client.address, server, sni: name, answered: site.quic === 'offered', at });
      return;
    }
    case 'closed': {
      const dialog = new Dialog(world, { client, machine, port: dice.pick([8080, 8443, 3389, 110]), at });
      for (let attempt = 0; attempt < 3; attempt++) {
        dialog.conn.syn({ after: attempt === 0 ? 0.2 : 500 });
        dialog.conn.reset('server', { seq: 0, ipId: 0 });
      }
      return;
    }
    case 'probe': {
      const dialog = new Dialog(world, { client, machine, port: 443, at });
      for (let ttl = 1; ttl <= 6; ttl++) dialog.conn.syn({ ttl, after: 300, lost: 'after-capture' });
      return;
    }
    case 'telegram': {
      const centre = { address: '149.154.167.51', hops: 13, rtt: 40, stack: 'linux', backends: ['linux'] } as const;
      const dialog = new Dialog(world, { client, machine: centre, port: dice.pick([443, 80, 5222]), at });
      if (!dialog.open()) return;
      dialog.say('client', new Uint8Array([0xef, ...dice.bytes(120)]));
      for (let round = dice.whole(0, 6); round > 0; round--) {
        dialog.say('server', dice.bytes(dice.whole(60, 900)));
        dialog.say('client', dice.bytes(dice.whole(60, 400)));
      }
      if (dice.chance(0.5)) dialog.close('client');
      else dialog.reset('client', 'abort');
      return;
    }
  }
}
