// What stays of the first messages of tunnels: enough to know them again, and nothing that tells whose they are.

import { describe, expect, it } from 'vitest';
import { ascii, u8 } from '../testkit/bytes.ts';
import { ikeInit, l2tpRequest, openVpnReset, overTcp, wireGuardInitiation } from '../testkit/vpn-bytes.ts';
import { datagramProtocol, streamProtocol } from '../wire/first-payload.ts';
import type { PayloadPlan } from './payload-plan.ts';
import { planTunnelDatagram, planTunnelStream } from './tunnel-payload.ts';

function published(message: Uint8Array, plan: PayloadPlan | null): Uint8Array {
  const made = message.slice();
  for (const { at, bytes } of plan!.edits) made.set(bytes, at);
  return made.subarray(0, plan!.keep);
}

/** Bytes that both have at the same place, beyond zeros. */
function kept(before: Uint8Array, after: Uint8Array): number[] {
  return [...after.keys()].filter((at) => after[at] !== 0 && after[at] === before[at]);
}

const MESSAGES: [string, Uint8Array, number][] = [
  ['WireGuard', wireGuardInitiation(), 1],
  ['OpenVPN', openVpnReset(), 1],
  // Beside the opcode the replay number, which is 1
  ['OpenVPN with the HMAC of SHA-1', openVpnReset('sha1'), 2],
  ['OpenVPN with the HMAC of SHA-256', openVpnReset('sha256'), 2],
  ['OpenVPN with tls-crypt', openVpnReset('tls-crypt'), 2],
  ['OpenVPN with tls-crypt-v2', openVpnReset('tls-crypt-v2'), 2],
  ['IKEv2', ikeInit(), 12],
  ['IKEv1', ikeInit(1), 12],
  ['IKEv2 on port 4500', ikeInit(2, true), 12],
  ['L2TP', l2tpRequest(), 8],
];

describe('the first message of a tunnel', () => {
  it.each(MESSAGES)('%s: known again by what stays, which is little', (_, message, most) => {
    // Bytes around it must not matter
    const room = new Uint8Array(message.length + 20).fill(0xff);
    room.set(message, 10);
    const made = published(message, planTunnelDatagram(room, 10, 10 + message.length));
    expect(made).toHaveLength(message.length);
    expect(datagramProtocol(made, 0, made.length)).toBe(datagramProtocol(message, 0, message.length));
    expect(kept(message, made).length).toBeLessThanOrEqual(most);
  });

  it('over TCP: the message alone, whatever follows', () => {
    const first = overTcp(openVpnReset('sha1'));
    const stream = new Uint8Array(first.length + 100).fill(0xaa);
    stream.set(first);
    const made = published(stream, planTunnelStream(stream, stream.length));
    expect(made).toHaveLength(first.length);
    expect(streamProtocol(made, 0, made.length)).toBe('openvpn');
    // Opcode, replay number, and the length in front
    expect(kept(first, made).length).toBeLessThanOrEqual(3);
  });

  it('of SSH: not the program and its version', () => {
    const banner = ascii('SSH-2.0-OpenSSH_9.6p1 of-alice\r\n');
    const made = published(banner, planTunnelStream(banner, banner.length));
    expect(Buffer.from(made).toString()).toBe('SSH-2.0-');
    expect(streamProtocol(made, 0, made.length)).toBe('ssh');
  });

  it.each<[string, Uint8Array]>([
    ['nothing', u8()],
    ['a cut message', overTcp(openVpnReset()).subarray(0, 12)],
    ['other bytes', new Uint8Array(148).fill(7)],
  ])('is not made of %s', (_, bytes) => {
    expect(planTunnelDatagram(bytes, 0, bytes.length)).toBeNull();
    expect(planTunnelStream(bytes, bytes.length)).toBeNull();
  });
});
