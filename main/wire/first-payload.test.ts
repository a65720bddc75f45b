import { describe, expect, it } from 'vitest';
import { ascii, concat, u8 } from '../testkit/bytes.ts';
import { dnsQuery } from '../testkit/dns-bytes.ts';
import { clientHello } from '../testkit/tls-bytes.ts';
import {
  ikeInit,
  l2tpRequest,
  openVpnReset,
  overTcp,
  wireGuardInitiation,
  wireGuardResponse,
} from '../testkit/vpn-bytes.ts';
import { datagramProtocol, payloadShape, streamProtocol } from './first-payload.ts';

/** Bytes like random ones: every value equally often, in an order without text. */
const random = Uint8Array.from({ length: 512 }, (_, at) => (at * 167 + 13) & 255);
const shape = (bytes: Uint8Array) => payloadShape(bytes, 0, bytes.length);

describe('the shape of a first payload', () => {
  it('of random bytes is not exempt: four bits of a byte are set', () => {
    expect(shape(random)).toMatchObject({ length: 512, bitsPerByte: 4, isExempt: false });
  });

  it.each([
    ['six printable bytes in front', [0x53, 0x53, 0x48, 0x2d, 0x32, 0x2e]],
    ['a TLS record', [0x16, 3, 1]],
    ['a TLS record of application data', [0x17, 3, 3]],
  ])('%s exempt', (_, head) => {
    const bytes = random.slice();
    bytes.set(head as number[]);
    expect(shape(bytes).isExempt).toBe(true);
  });

  it('five printable bytes in front do not', () => {
    const bytes = random.slice();
    bytes.set([0x53, 0x53, 0x48, 0x2d, 0x32, 0xff]);
    expect(shape(bytes).isExempt).toBe(false);
  });

  it('a long text inside exempts, one of twenty bytes does not', () => {
    const text = (length: number): Uint8Array => {
      const bytes = random.slice();
      bytes.fill(0x80, 90, 140);
      bytes.fill(0x61, 100, 100 + length);
      return bytes;
    };
    expect(shape(text(21))).toMatchObject({ longestPrintable: 21, isExempt: true });
    expect(shape(text(20)).isExempt).toBe(false);
  });

  it('few or many bits exempt', () => {
    expect(shape(new Uint8Array(64).fill(0x81)).isExempt).toBe(true);
    expect(shape(new Uint8Array(64).fill(0xfe)).isExempt).toBe(true);
  });

  it('reads nothing beyond its end, and takes nothing for exempt', () => {
    expect(payloadShape(Uint8Array.of(0x16, 3, 1), 0, 0)).toMatchObject({ length: 0, isExempt: true });
    expect(payloadShape(random, 500, 512).length).toBe(12);
  });
});

describe('the protocol of a first datagram', () => {
  const of = (bytes: Uint8Array): string | null => {
    // Bytes around it must not matter
    const answers = [0, 0xff].map((fill) => {
      const room = new Uint8Array(bytes.length + 80).fill(fill);
      room.set(bytes, 40);
      return datagramProtocol(room, 40, 40 + bytes.length);
    });
    expect(answers[1]).toBe(answers[0]);
    return answers[0]!;
  };

  it.each<[string, Uint8Array, string]>([
    ['WireGuard', wireGuardInitiation(), 'wireguard'],
    ['OpenVPN', openVpnReset(), 'openvpn'],
    ['OpenVPN with the HMAC of SHA-1', openVpnReset('sha1'), 'openvpn'],
    ['OpenVPN with the HMAC of SHA-256', openVpnReset('sha256'), 'openvpn'],
    ['OpenVPN with tls-crypt', openVpnReset('tls-crypt'), 'openvpn'],
    ['OpenVPN with tls-crypt-v2', openVpnReset('tls-crypt-v2'), 'openvpn'],
    ['IKEv2', ikeInit(), 'ike'],
    ['IKEv1', ikeInit(1), 'ike'],
    ['IKEv2 on port 4500', ikeInit(2, true), 'ike'],
    ['L2TP', l2tpRequest(), 'l2tp'],
  ])('%s', (_, bytes, protocol) => {
    expect(of(bytes)).toBe(protocol);
    // A byte less or more is another message, and so is a form that only nearly fits
    if (bytes[0] !== 0x50) expect(of(bytes.subarray(0, bytes.length - 1))).toBeNull();
    if (protocol !== 'openvpn') expect(of(concat(bytes, u8(0)))).toBeNull();
    for (let at = 0; at < bytes.length; at++) of(bytes.subarray(0, at));
  });

  it.each<[string, Uint8Array]>([
    ['an answer of WireGuard', wireGuardResponse()],
    ['WireGuard with its reserved bytes in use', concat(u8(1, 0, 0, 1), wireGuardInitiation().subarray(4))],
    ['a query of DNS', dnsQuery({ id: 0x3800, name: 'example.org' })],
    ['random bytes as long as a handshake of WireGuard', random.subarray(0, 148)],
    ['random bytes that begin as OpenVPN does', concat(u8(0x38), random.subarray(0, 53))],
    ['a packet of IKE that answers', concat(ikeInit().subarray(0, 8), u8(1), ikeInit().subarray(9))],
    ['zeros', new Uint8Array(148)],
    ['nothing', u8()],
  ])('not of %s', (_, bytes) => {
    expect(of(bytes)).toBeNull();
  });

  it('is a protocol of tunnels in streams as well', () => {
    const stream = (bytes: Uint8Array): string | null => streamProtocol(bytes, 0, bytes.length);
    expect(stream(ascii('SSH-2.0-OpenSSH_9.6\r\n'))).toBe('ssh');
    expect(stream(overTcp(openVpnReset('tls-crypt')))).toBe('openvpn');
    expect(stream(overTcp(random.subarray(0, 54)))).toBeNull();
    expect(stream(clientHello({ sni: 'www.k7dj2hqx.com' }))).toBeNull();
    expect(stream(ascii('SSH-'))).toBeNull();
    expect(shape(ascii('SSH-2.0-OpenSSH_9.6\r\n')).protocol).toBe('ssh');
    expect(shape(random).protocol).toBeNull();
  });
});
