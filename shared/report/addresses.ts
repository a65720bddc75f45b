// IP and hardware addresses as bytes and as text. An address has one text here (RFC 5952), so that it can be a key.

/** Four or sixteen bytes; null where the text is no address. */
export function parseIp(text: string): Uint8Array | null {
  return text.includes(':') ? parseV6(text) : parseV4(text);
}

function parseV4(text: string): Uint8Array | null {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return null;
  const parts = text.split('.').map(Number);
  return parts.some((part) => part > 255) ? null : Uint8Array.from(parts);
}

function parseV6(text: string): Uint8Array | null {
  if (text.length > 45 || !/^[0-9a-f:.]+$/i.test(text)) return null;
  let plain = text;
  const dotted = /^(.*:)(\d{1,3}(?:\.\d{1,3}){3})$/.exec(text);
  if (dotted !== null) {
    const low = parseV4(dotted[2]!);
    if (low === null) return null;
    plain = `${dotted[1]!}${((low[0]! << 8) | low[1]!).toString(16)}:${((low[2]! << 8) | low[3]!).toString(16)}`;
  }
  const halves = plain.split('::');
  if (halves.length > 2) return null;
  const head = halves[0] === '' ? [] : halves[0]!.split(':');
  const tail = halves.length < 2 || halves[1] === '' ? [] : halves[1]!.split(':');
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const bytes = new Uint8Array(16);
  let at = 0;
  for (const group of [...head, ...Array<string>(missing).fill('0'), ...tail]) {
    if (!/^[0-9a-f]{1,4}$/i.test(group)) return null;
    const value = Number.parseInt(group, 16);
    bytes[at++] = value >> 8;
    bytes[at++] = value & 255;
  }
  return bytes;
}

export function ipText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, at) => ((bytes[2 * at]! << 8) | bytes[2 * at + 1]!).toString(16));
  // The longest run of two zero groups or more, the first of equals (RFC 5952 §4.2).
  let from = -1;
  let length = 1;
  for (let at = 0; at < 8; at++) {
    let run = 0;
    while (at + run < 8 && groups[at + run] === '0') run++;
    if (run > length) {
      from = at;
      length = run;
    }
  }
  if (from < 0) return groups.join(':');
  return `${groups.slice(0, from).join(':')}::${groups.slice(from + length).join(':')}`;
}

/** The one text of an address; null where it is none. */
export function canonicalIp(text: string): string | null {
  const bytes = parseIp(text);
  return bytes === null ? null : ipText(bytes);
}

export function macText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** Names nobody: unspecified, loopback, broadcast, multicast. The same in every network, so there is nothing to hide. */
export function isCommon(bytes: Uint8Array): boolean {
  if (bytes.length === 4) {
    return bytes[0] === 127 || bytes[0] === 0 || (bytes[0]! >= 224 && bytes[0]! < 240) || bytes.every((b) => b === 255);
  }
  // Solicited-node multicast (RFC 4291 §2.7.1) carries the end of an address
  if (bytes[0] === 0xff) return !(bytes[11] === 1 && bytes[12] === 0xff);
  return bytes.slice(0, 15).every((byte) => byte === 0) && bytes[15]! <= 1;
}

/** Whether an address lies in a prefix such as `149.154.160.0/20`. */
export function inPrefix(address: Uint8Array, prefix: string): boolean {
  const slash = prefix.indexOf('/');
  const network = parseIp(prefix.slice(0, slash));
  const bits = Number(prefix.slice(slash + 1));
  if (network === null || network.length !== address.length || !Number.isInteger(bits)) return false;
  for (let bit = 0; bit < bits; bit += 8) {
    const mask = bits - bit >= 8 ? 0xff : (0xff << (8 - (bits - bit))) & 0xff;
    if (((network[bit >> 3]! ^ address[bit >> 3]!) & mask) !== 0) return false;
  }
  return true;
}
