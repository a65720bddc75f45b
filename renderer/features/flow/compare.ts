// Who sent it? A forged packet beside a genuine one that names the same sender.

import type { PacketRow } from '../../../shared/contract/service.ts';
import { flagNames } from './ladder.ts';

/**
 * The genuine packet that says most: of the same sender, not one that opens the connection where there is another (its
 * window and numbers are of their own kind), nearest in time.
 */
export function genuineOf(packets: readonly PacketRow[], forged: PacketRow): PacketRow | null {
  const own = packets.filter(
    ({ fromClient, role, tcp }) =>
      fromClient === forged.fromClient && role !== 'forged' && (tcp === null) === (forged.tcp === null),
  );
  const settled = own.filter(({ tcp }) => tcp === null || !tcp.flags.includes('S'));
  const distance = (packet: PacketRow): number => Math.abs(packet.offset - forged.offset);
  const nearest = (some: readonly PacketRow[]): PacketRow | null =>
    some.reduce<PacketRow | null>(
      (best, each) => (best === null || distance(each) < distance(best) ? each : best),
      null,
    );
  return nearest(settled) ?? nearest(own);
}

export const FIELDS = [
  'source',
  'seq',
  'ack',
  'dontFragment',
  'ttl',
  'ipId',
  'window',
  'flags',
  'length',
  'copies',
  'after',
] as const;

export interface Compared {
  readonly field: (typeof FIELDS)[number];
  readonly genuine: string;
  readonly forged: string;
  readonly equal: boolean;
}

function hex(value: number | null): string {
  return value === null ? '–' : value.toString(16).padStart(4, '0');
}

function text(value: string | number | null | undefined): string {
  return value === null || value === undefined ? '–' : String(value);
}

function yes(value: boolean | null): string {
  return value === null ? '–' : value ? '1' : '0';
}

function milliseconds(seconds: number): string {
  return `${(seconds * 1000).toFixed(1)} ms`;
}

/** Packets like this one: an injector often sends the same bytes several times. */
export function copiesOf(packets: readonly PacketRow[], packet: PacketRow): readonly PacketRow[] {
  return packets.filter(
    ({ role, ipId, ttl, info, fromClient }) =>
      role === packet.role &&
      fromClient === packet.fromClient &&
      ipId === packet.ipId &&
      ttl === packet.ttl &&
      info === packet.info,
  );
}

/** Header fields beside each other, and how each packet came. */
export function compared(packets: readonly PacketRow[], genuine: PacketRow, forged: PacketRow): readonly Compared[] {
  const row = (field: Compared['field'], a: string, b: string): readonly Compared[] =>
    a === '–' && b === '–' ? [] : [{ field, genuine: a, forged: b, equal: a === b }];
  const trigger = packets.findLast(({ role, frame }) => role === 'trigger' && frame < forged.frame);
  const after = (packet: PacketRow): string =>
    trigger === undefined || packet.offset < trigger.offset ? '–' : milliseconds(packet.offset - trigger.offset);
  const isTcp = forged.tcp !== null && genuine.tcp !== null;
  return [
    ...row('source', text(genuine.source?.address), text(forged.source?.address)),
    ...row('seq', text(genuine.tcp?.seq), text(forged.tcp?.seq)),
    ...row('ack', text(genuine.tcp?.ack), text(forged.tcp?.ack)),
    ...row('dontFragment', yes(genuine.dontFragment), yes(forged.dontFragment)),
    ...row('ttl', text(genuine.ttl), text(forged.ttl)),
    ...row('ipId', hex(genuine.ipId), hex(forged.ipId)),
    ...row('window', text(genuine.tcp?.window), text(forged.tcp?.window)),
    ...(isTcp
      ? row('flags', flagNames(genuine.tcp!.flags), flagNames(forged.tcp!.flags))
      : row('length', text(genuine.length), text(forged.length))),
    ...row('copies', text(copiesOf(packets, genuine).length), text(copiesOf(packets, forged).length)),
    ...(after(genuine) === '–' ? [] : row('after', after(genuine), after(forged))),
  ];
}
