// What tells a packet inside of another one from bytes that only could be one. A port or a nibble proves nothing: what is
// believed must be well-formed to its lengths. Nothing here allocates.

const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const MPLS = 0x8847;
const VXLAN = 4_789;
/** Before the port was assigned. */
const VXLAN_LINUX = 8_472;
export const TEREDO = 3_544;

export function isTunnelPort(port: number): boolean {
  return port === VXLAN || port === TEREDO || port === VXLAN_LINUX;
}

/** LLC of SNAP, with the OUI of RFC 1042 or that of bridges (IEEE 802.1H). */
export function isSnap(view: DataView, at: number, end: number): boolean {
  if (end - at < 8 || view.getUint32(at) !== 0xaaaa0300) return false;
  const oui = view.getUint16(at + 4);
  return oui === 0 || oui === 0x00f8;
}

/** An IP packet that fits, version, header and length. */
function looksLikeIp(view: DataView, at: number, end: number, missing: number): boolean {
  if (end - at < 20) return false;
  const room = end - at + missing;
  const first = view.getUint8(at);
  if (first >> 4 === 6) return end - at >= 40 && view.getUint16(at + 4) + 40 <= room;
  const total = view.getUint16(at + 2);
  return first >> 4 === 4 && (first & 15) >= 5 && total <= room && (total === 0 || total >= (first & 15) << 2);
}

/** Of an IPv4 header of which 20 bytes are here: where it says so, no frame of Ethernet only looks like it. */
function isSumRight(view: DataView, at: number): boolean {
  if (view.getUint8(at) !== 0x45) return true;
  let sum = 0;
  for (let word = 0; word < 20; word += 2) sum += view.getUint16(at + word);
  return (sum & 0xffff) + (sum >>> 16) === 0xffff;
}

/** A frame of Ethernet, tags included, that names what is often in one and, where that is IP, holds it. */
function looksLikeEthernet(view: DataView, at: number, end: number, missing: number): boolean {
  if (end - at < 14) return false;
  let behind = at + 14;
  let type = view.getUint16(at + 12);
  for (let tags = 0; tags < 4 && (type === 0x8100 || type === 0x88a8); tags++) {
    if (end - behind < 4) return false;
    type = view.getUint16(behind + 2);
    behind += 4;
  }
  if (type === IPV4) return looksLikeIp(view, behind, end, missing) && view.getUint8(behind) >> 4 === 4;
  if (type === IPV6) return looksLikeIp(view, behind, end, missing) && view.getUint8(behind) >> 4 === 6;
  // ARP over Ethernet for IPv4, PPPoE, MPLS, LLDP
  if (type === 0x0806) return end - behind >= 8 && view.getUint32(behind) === 0x0001_0800;
  return type === 0x8864 || type === MPLS || type === 0x88cc;
}

/** Where a frame of Ethernet under labels begins, behind a control word (RFC 4385 §3) or not; -1 where it is something else. */
export function labelledEthernet(view: DataView, at: number, end: number, missing: number): number {
  // An address of Ethernet may begin as IP does
  if (looksLikeEthernet(view, at, end, missing))
    return looksLikeIp(view, at, end, missing) && isSumRight(view, at) ? -1 : at;
  const isControlWord = at < end && view.getUint8(at) >> 4 === 0;
  return isControlWord && looksLikeEthernet(view, at + 4, end, missing) ? at + 4 : -1;
}

/** Where the IPv6 packet of a Teredo datagram begins (RFC 4380 §5.1.1), or -1. */
export function teredoPayload(view: DataView, start: number, end: number, missing: number): number {
  let at = start;
  // Authentication: lengths of an identifier and a value, both, a nonce of eight bytes and a confirmation
  if (end - at >= 4 && view.getUint16(at) === 1) at += 13 + view.getUint8(at + 2) + view.getUint8(at + 3);
  // Origin: a port and an address, inverted
  if (end - at >= 8 && view.getUint16(at) === 0) at += 8;
  if (end - at < 40 || view.getUint8(at) >> 4 !== 6) return -1;
  // Trailers may follow (RFC 6081 §4)
  if (view.getUint16(at + 4) + 40 > end - at + missing) return -1;
  // One end has an address of Teredo's, or asks for one from a link-local address
  for (let address = at + 8; address <= at + 24; address += 16) {
    const prefix = view.getUint32(address);
    if (prefix === 0x2001_0000 || prefix === 0xfe80_0000) return at;
  }
  return -1;
}

/** Where the frame of Ethernet of a VXLAN datagram begins (RFC 7348 §5): behind one flag and a network's number; or -1. */
export function vxlanPayload(view: DataView, at: number, end: number, missing: number): number {
  if (end - at < 22 || view.getUint32(at) !== 0x0800_0000 || view.getUint8(at + 7) !== 0) return -1;
  return looksLikeEthernet(view, at + 8, end, missing) ? at + 8 : -1;
}
