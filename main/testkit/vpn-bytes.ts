// First messages of VPNs and of what speaks first in them, byte by byte and independent of main/wire.

import { concat, Random, u8, u16, u32 } from './bytes.ts';

const random = (length: number, seed: string): Uint8Array => new Random(seed).bytes(length);

/** Handshake initiation, WireGuard whitepaper §5.4.2: sender, ephemeral key, static key and time stamp sealed, two MACs. */
export function wireGuardInitiation(seed = 'a'): Uint8Array {
  return concat(u8(1, 0, 0, 0), random(4 + 32 + 48 + 28, seed), random(16, `${seed}1`), new Uint8Array(16));
}

/** §5.4.3 */
export function wireGuardResponse(seed = 'b'): Uint8Array {
  return concat(u8(2, 0, 0, 0), random(88, seed));
}

/** Hard reset of an OpenVPN client: as it is, with the HMAC of tls-auth, with tls-crypt, with tls-crypt-v2. */
export function openVpnReset(
  protection: 'none' | 'sha1' | 'sha256' | 'tls-crypt' | 'tls-crypt-v2' = 'none',
): Uint8Array {
  const session = random(8, protection);
  const replay = concat(u32(1), u32(1_700_000_000));
  const plain = concat(u8(0), u32(0));
  switch (protection) {
    case 'none':
      return concat(u8(0x38), session, plain);
    case 'sha1':
      return concat(u8(0x38), session, random(20, 'hmac'), replay, plain);
    case 'sha256':
      return concat(u8(0x38), session, random(32, 'hmac'), replay, plain);
    case 'tls-crypt':
      return concat(u8(0x38), session, replay, random(32 + 5, 'sealed'));
    case 'tls-crypt-v2':
      return concat(u8(0x50), session, replay, random(32 + 5 + 290, 'sealed'));
  }
}

export const overTcp = (packet: Uint8Array): Uint8Array => concat(u16(packet.length), packet);

/** IKE_SA_INIT of IKEv2 (RFC 7296 §1.2), or main mode of IKEv1; `marked`: as it is sent to port 4500. */
export function ikeInit(version: 1 | 2 = 2, marked = false): Uint8Array {
  const body = random(200, 'ike');
  const header = concat(
    random(8, 'spi'),
    new Uint8Array(8),
    version === 2 ? u8(33, 0x20, 34, 8) : u8(1, 0x10, 2, 0),
    u32(0),
    u32(28 + body.length),
  );
  return concat(marked ? u32(0) : u8(), header, body);
}

/** Start-Control-Connection-Request, RFC 2661 §6.1. */
export function l2tpRequest(): Uint8Array {
  const attributes = concat(u8(0x80, 8, 0, 0, 0, 0, 0, 1), u8(0x80, 8, 0, 0, 0, 2, 1, 0), random(20, 'name'));
  return concat(u16(0xc802), u16(12 + attributes.length), new Uint8Array(8), attributes);
}
