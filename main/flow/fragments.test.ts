import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, Random, u8, u16, u32 } from '../testkit/bytes.ts';
import { fragments, type IpOptions, udp } from '../testkit/packets.ts';
import { META, PacketColumns, PacketDecoder } from '../wire/packet.ts';
import { Fragments } from './fragments.ts';

const V4: IpOptions = { source: '10.0.0.2', destination: '203.0.113.7', id: 9, df: false };
const V6: IpOptions = { source: '2001:db8::2', destination: '2001:db8:1::7' };
const PORTS = { sourcePort: 40_000, destinationPort: 53 };
const SECOND = 1e9;

/** Gives a fragment as the decoder sees it; the datagram that it completes. */
function give(into: Fragments, packet: Uint8Array, time = 0, before = 5): Uint8Array | null {
  const columns = new PacketColumns();
  columns.bytes = concat(new Uint8Array(before).fill(0xee), packet, new Uint8Array(9).fill(0xee));
  columns.view = new DataView(columns.bytes.buffer);
  const taken = new PacketDecoder(1).decode(columns, before, before + packet.length, packet.length, 101);
  const meta = columns.meta[0]!;
  if (!taken || (meta & META.fragment) === 0) throw new Error('no fragment');
  const whole = into.add(
    columns.bytes,
    columns.ip[0]!,
    columns.transport[0]!,
    columns.end[0]!,
    (meta & META.v6) !== 0,
    (meta & META.cut) !== 0,
    time,
  );
  columns.bytes.fill(0xdd);
  return whole?.bytes ?? null;
}

const giveAll = (into: Fragments, pieces: readonly Uint8Array[], time = 0): (Uint8Array | null)[] =>
  pieces.map((piece) => give(into, piece, time));

/** Transport header and payload of a whole datagram, as the decoder finds them. */
function transportOf(packet: Uint8Array): Uint8Array {
  const columns = new PacketColumns();
  columns.bytes = packet;
  columns.view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  if (!new PacketDecoder(1).decode(columns, 0, packet.length, packet.length, 101)) throw new Error('not read');
  expect(columns.meta[0]! & (META.fragment | META.cut)).toBe(0);
  return packet.slice(columns.transport[0]!, columns.end[0]!);
}

/** An IPv4 fragment by hand: offset in bytes. */
function piece4(offset: number, more: boolean, payload: Uint8Array, id = 9): Uint8Array {
  const head = [u8(0x45, 0), u16(20 + payload.length), u16(id), u16((offset >> 3) | (more ? 0x2000 : 0))];
  return concat(...head, u8(64, 17), u16(0), u8(10, 0, 0, 2), u8(203, 0, 113, 7), payload);
}

const payload = new Random(3).bytes(4_000);

describe.each([
  ['IPv4', V4],
  ['IPv6', V6],
] as const)('fragments of %s', (_, network) => {
  const whole = udp(network, PORTS, payload);
  const pieces = fragments(whole, 1_280);

  it('become the datagram again, in every order', () => {
    const orders = [pieces, pieces.toReversed(), [pieces[2]!, pieces[0]!, pieces[3]!, pieces[1]!]];
    for (const order of orders) {
      const answers = giveAll(new Fragments(), order);
      expect(answers.slice(0, -1)).toEqual([null, null, null]);
      expect(transportOf(answers.at(-1)!)).toEqual(transportOf(whole));
    }
  });

  it('may come twice', () => {
    const into = new Fragments();
    const answers = giveAll(into, [pieces[0]!, pieces[0]!, pieces[1]!, pieces[2]!, pieces[1]!, pieces[3]!]);
    expect(transportOf(answers.at(-1)!)).toEqual(transportOf(whole));
    expect(into.abandoned).toBe(0);
  });

  it('are kept apart by identification', () => {
    const into = new Fragments();
    const other = network === V4 ? { ...V4, id: 10 } : network;
    const second = fragments(udp(other, PORTS, payload.toReversed()), 1_280, 0x78);
    const mixed = pieces.flatMap((piece, at) => [piece, second[at]!]);
    const done = giveAll(into, mixed).filter((answer) => answer !== null);
    expect(done).toHaveLength(2);
    expect(transportOf(done[0]!)).toEqual(transportOf(whole));
    expect(transportOf(done[1]!)).not.toEqual(transportOf(whole));
  });

  it('with other bytes at the same place are given up together (RFC 5722)', () => {
    const into = new Fragments();
    const forged = pieces[1]!.slice();
    forged[forged.length - 1]! ^= 1;
    expect(giveAll(into, [pieces[0]!, pieces[1]!, forged, pieces[2]!, pieces[3]!])).toEqual(new Array(5).fill(null));
    expect(into.abandoned).toBe(1);
    // And what comes later begins anew
    expect(giveAll(into, pieces).at(-1)).not.toBeNull();
  });

  it('are given up after 30 s', () => {
    const into = new Fragments();
    give(into, pieces[0]!, 0);
    expect(giveAll(into, pieces.slice(1), 31 * SECOND)).toEqual([null, null, null]);
    expect(into.abandoned).toBe(1);
    expect(give(into, pieces[0]!, 32 * SECOND)).not.toBeNull();
  });

  it('that were cut complete nothing', () => {
    const into = new Fragments();
    const columns = new PacketColumns();
    columns.bytes = pieces[0]!;
    columns.view = new DataView(columns.bytes.buffer, columns.bytes.byteOffset, columns.bytes.byteLength);
    new PacketDecoder(1).decode(columns, 0, 200, pieces[0]!.length, 101);
    expect(columns.meta[0]! & META.cut).not.toBe(0);
    into.add(columns.bytes, columns.ip[0]!, columns.transport[0]!, 200, network === V6, true, 0);
    expect(giveAll(into, pieces.slice(1))).toEqual([null, null, null]);
  });
});

describe('hostile fragments', () => {
  it('beyond the end of the datagram never complete one with holes', () => {
    // 24 bytes in all, of which bytes 8 to 16 never come
    const into = new Fragments();
    const bytes = payload.slice(0, 8);
    const answers = giveAll(into, [
      piece4(16, false, bytes),
      piece4(800, true, bytes),
      piece4(0, true, bytes),
      piece4(808, true, bytes),
    ]);
    expect(answers).toEqual([null, null, null, null]);
  });

  it('beyond an end that comes later do not either', () => {
    const into = new Fragments();
    const bytes = payload.slice(0, 8);
    expect(giveAll(into, [piece4(800, true, bytes), piece4(0, true, bytes), piece4(16, false, bytes)])).toEqual([
      null,
      null,
      null,
    ]);
  });

  it('that give two ends are given up', () => {
    const into = new Fragments();
    const bytes = payload.slice(0, 16);
    const pieces = [piece4(32, false, bytes), piece4(16, false, bytes), piece4(0, true, bytes)];
    expect(giveAll(into, pieces)).toEqual([null, null, null]);
    expect(into.abandoned).toBe(1);
  });

  it('beyond 65,535 bytes are not taken', () => {
    const into = new Fragments();
    expect(give(into, piece4(65_528, false, payload.slice(0, 8)))).toBeNull();
    expect(give(into, piece4(0, true, payload.slice(0, 8)))).toBeNull();
  });

  it('make a datagram of 65,535 bytes at most', () => {
    const big = concat(u16(1), u16(53), u16(65_515), u16(0), new Random(5).bytes(65_507));
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < big.length; at += 1_480)
      pieces.push(piece4(at, at + 1_480 < big.length, big.slice(at, at + 1_480)));
    const whole = giveAll(new Fragments(), pieces).at(-1)!;
    expect(whole.length).toBe(65_535);
    expect(transportOf(whole)).toEqual(big);
  });

  it('of more than 256 datagrams push out the oldest', () => {
    const into = new Fragments();
    const bytes = payload.slice(0, 8);
    for (let id = 0; id < 300; id++) give(into, piece4(0, true, bytes, id));
    expect(into.abandoned).toBe(44);
    expect(give(into, piece4(8, false, bytes, 299))).not.toBeNull();
    expect(give(into, piece4(8, false, bytes, 0))).toBeNull();
  });

  it('never throw, and complete only what was whole and of one piece', () => {
    const step = fc.record({
      offset: fc.nat(12).map((unit) => unit * 8),
      length: fc.integer({ min: 1, max: 40 }),
      more: fc.boolean(),
      differs: fc.integer({ min: 0, max: 9 }).map((value) => value === 0),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const into = new Fragments();
        for (const { offset, length, more, differs } of steps) {
          // That would be no fragment
          if (offset === 0 && !more) continue;
          const bytes = payload.slice(offset, offset + length);
          if (differs) bytes[0]! ^= 0xff;
          const whole = give(into, piece4(offset, more, bytes));
          if (whole === null) continue;
          const body = whole.slice(20);
          // What differs from the stream are first bytes of fragments only
          const wrong = [...body].flatMap((byte, at) => (byte === payload[at] ? [] : [at]));
          for (const at of wrong) expect(body[at]).toBe(payload[at]! ^ 0xff);
          expect(new DataView(whole.buffer).getUint16(2)).toBe(whole.length);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('of IPv6 behind extension headers keep the chain of headers', () => {
    const options = concat(u8(44, 0), u8(1, 4, 0, 0, 0, 0));
    const fragment = (offset: number, more: boolean, bytes: Uint8Array): Uint8Array =>
      concat(
        u32(0x60000000),
        u16(16 + bytes.length),
        u8(0, 64),
        u8(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2),
        u8(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3),
        options,
        u8(17, 0),
        u16(offset | (more ? 1 : 0)),
        u32(77),
        bytes,
      );
    const datagram = concat(u16(1), u16(53), u16(48), u16(0), payload.slice(0, 40));
    const into = new Fragments();
    expect(give(into, fragment(24, false, datagram.slice(24)))).toBeNull();
    const whole = give(into, fragment(0, true, datagram.slice(0, 24)))!;
    expect(transportOf(whole)).toEqual(datagram);
  });
});
