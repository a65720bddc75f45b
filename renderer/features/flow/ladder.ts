// Rows of a ladder: packets in order of time, long pauses and runs of ordinary packets folded. Also as text and as SVG,
// for letters and tickets.

import type { FlowRow, PacketRow } from '../../../shared/contract/service.ts';
import { hostPort } from '../../ui/format.ts';
import { duration } from '../../ui/moment.ts';

export type LadderRow =
  | { readonly kind: 'packet'; readonly packet: PacketRow; readonly since: number }
  | { readonly kind: 'pause'; readonly key: number; readonly seconds: number }
  | { readonly kind: 'run'; readonly key: number; readonly packets: readonly PacketRow[] };

/** Seconds of quiet that are drawn as a break. */
const PAUSE = 1;
/** Ordinary packets next to each other, from this many on, are one row until it is opened. */
const RUN = 6;
const SHOWN_AT_START = 8;

function isOrdinary(packet: PacketRow, at: number): boolean {
  return (
    at >= SHOWN_AT_START &&
    packet.role === null &&
    packet.tcp !== null &&
    !packet.tcp.retransmission &&
    !packet.tcp.duplicate &&
    !/[SFR]/.test(packet.tcp.flags)
  );
}

export function ladderRows(
  packets: readonly PacketRow[],
  opened: ReadonlySet<number> = new Set(),
): readonly LadderRow[] {
  const rows: LadderRow[] = [];
  let run: PacketRow[] = [];
  let last: PacketRow | null = null;
  const put = (packet: PacketRow): void => {
    const since = last === null ? 0 : packet.offset - last.offset;
    if (last !== null && since >= PAUSE) rows.push({ kind: 'pause', key: packet.frame, seconds: since });
    rows.push({ kind: 'packet', packet, since });
    last = packet;
  };
  const flush = (): void => {
    const first = run[0];
    if (first !== undefined && run.length >= RUN && !opened.has(first.frame)) {
      rows.push({ kind: 'run', key: first.frame, packets: run });
      last = run.at(-1)!;
    } else for (const packet of run) put(packet);
    run = [];
  };
  packets.forEach((packet, at) => {
    if (isOrdinary(packet, at)) {
      run.push(packet);
      return;
    }
    flush();
    put(packet);
  });
  flush();
  return rows;
}

/** The packet to compare a forged one with: the nearest before it of the same sender that nobody calls forged, else after. */
export function genuineOf(packets: readonly PacketRow[], forged: PacketRow): PacketRow | null {
  const own = packets.filter(
    ({ fromClient, role, tcp }) => fromClient === forged.fromClient && role !== 'forged' && tcp !== null,
  );
  return own.findLast(({ frame }) => frame < forged.frame) ?? own.find(({ frame }) => frame > forged.frame) ?? null;
}

export interface Compared {
  readonly field: 'source' | 'seq' | 'ack' | 'dontFragment' | 'ttl' | 'ipId' | 'window' | 'flags';
  readonly genuine: string;
  readonly forged: string;
  readonly equal: boolean;
}

function hex(value: number | null): string {
  return value === null ? '–' : value.toString(16).padStart(4, '0');
}

/** Header fields beside each other. Sequence numbers follow the stream and are no sign of a forgery by themselves. */
export function compared(genuine: PacketRow, forged: PacketRow): readonly Compared[] {
  const row = (field: Compared['field'], a: string, b: string): Compared => ({
    field,
    genuine: a,
    forged: b,
    equal: a === b,
  });
  const text = (value: unknown): string => (value === null || value === undefined ? '–' : String(value));
  return [
    row('source', text(genuine.source?.address), text(forged.source?.address)),
    row('ttl', text(genuine.ttl), text(forged.ttl)),
    row('ipId', hex(genuine.ipId), hex(forged.ipId)),
    row('dontFragment', text(genuine.dontFragment), text(forged.dontFragment)),
    row('flags', text(genuine.tcp?.flags), text(forged.tcp?.flags)),
    row('window', text(genuine.tcp?.window), text(forged.tcp?.window)),
    row('seq', text(genuine.tcp?.relativeSeq ?? genuine.tcp?.seq), text(forged.tcp?.relativeSeq ?? forged.tcp?.seq)),
    row('ack', text(genuine.tcp?.relativeAck ?? genuine.tcp?.ack), text(forged.tcp?.relativeAck ?? forged.tcp?.ack)),
  ];
}

/** A line a packet, for a letter: `33 +0.153s C < ? R. ttl 125 id 0000 win 0`. */
export function ladderText(flow: FlowRow, packets: readonly PacketRow[]): string {
  const heading = `# C ${hostPort(flow.client.address, flow.client.port)}  S ${hostPort(flow.server.address, flow.server.port)}${flow.name === null ? '' : `  ${flow.name}`}`;
  const start = packets[0]?.offset ?? 0;
  const lines = packets.map((packet) => {
    const arrow =
      packet.role === 'forged'
        ? packet.fromClient === true
          ? '? > S'
          : 'C < ?'
        : packet.fromClient === true
          ? 'C > S'
          : 'C < S';
    const headers = [
      ...(packet.ttl === null ? [] : [`ttl ${packet.ttl}`]),
      ...(packet.ipId === null ? [] : [`id ${hex(packet.ipId)}`]),
    ].join(' ');
    return `${String(packet.frame).padStart(6)}  +${(packet.offset - start).toFixed(6)}  ${arrow}  ${packet.info}  ${headers}${packet.role === 'forged' ? '  forged' : ''}`;
  });
  return `${[heading, ...lines].join('\n')}\n`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

const COLUMN = { client: 200, injector: 330, server: 460 };

/** The ladder as a picture that stands alone: ink on white, so that it prints. */
export function ladderSvg(
  flow: FlowRow,
  rows: readonly LadderRow[],
  words: { readonly client: string; readonly injector: string; readonly server: string; readonly forged: string },
): string {
  const row = 32;
  const height = 64 + rows.length * row;
  const hasForged = rows.some((entry) => entry.kind === 'packet' && entry.packet.role === 'forged');
  const parts = rows.map((entry, at) => {
    const y = 56 + at * row;
    if (entry.kind === 'pause')
      return `<text x="330" y="${y + 16}" text-anchor="middle" fill="#666">${escaped(duration(entry.seconds))}</text>`;
    if (entry.kind === 'run')
      return `<text x="330" y="${y + 16}" text-anchor="middle" fill="#666">… ${entry.packets.length} …</text>`;
    const { packet } = entry;
    const forged = packet.role === 'forged';
    const toServer = packet.fromClient === true;
    const from = forged ? COLUMN.injector : toServer ? COLUMN.client : COLUMN.server;
    const to = toServer ? COLUMN.server : COLUMN.client;
    const tip = to < from ? 7 : -7;
    const line = `<path d="M${from} ${y + 8}L${to} ${y + 22}" stroke="${forged ? '#b52c08' : '#000'}"${forged ? ' stroke-dasharray="5 3"' : ''} fill="none"/><path d="M${to} ${y + 22}l${tip} -5v8Z" fill="${forged ? '#fff' : '#000'}" stroke="${forged ? '#b52c08' : '#000'}"/>`;
    return `<text x="8" y="${y + 18}">${packet.frame}</text><text x="150" y="${y + 18}" text-anchor="end">${packet.offset.toFixed(4)}</text>${line}<text x="480" y="${y + 18}">${forged ? `[${escaped(words.forged)}] ` : ''}${escaped(packet.info)} ttl ${packet.ttl ?? '–'}</text>`;
  });
  const lifeline = (x: number, dashed: boolean): string =>
    `<path d="M${x} 48V${height - 8}" stroke="#777"${dashed ? ' stroke-dasharray="3 4"' : ''}/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 ${height}" width="900" height="${height}" font-family="monospace" font-size="11"><rect width="900" height="${height}" fill="#fff"/><text x="${COLUMN.client}" y="20" text-anchor="middle">${escaped(words.client)}</text><text x="${COLUMN.client}" y="36" text-anchor="middle">${escaped(hostPort(flow.client.address, flow.client.port))}</text><text x="${COLUMN.server}" y="20" text-anchor="middle">${escaped(words.server)}</text><text x="${COLUMN.server}" y="36" text-anchor="middle">${escaped(hostPort(flow.server.address, flow.server.port))}</text>${hasForged ? `<text x="${COLUMN.injector}" y="20" text-anchor="middle">${escaped(words.injector)}</text>${lifeline(COLUMN.injector, true)}` : ''}${lifeline(COLUMN.client, false)}${lifeline(COLUMN.server, false)}${parts.join('')}</svg>`;
}

/** Wireshark's display filter of a connection. */
export function flowFilter({ protocol, client, server }: FlowRow): string {
  const ip = client.address.includes(':') ? 'ipv6' : 'ip';
  return `${ip}.addr == ${client.address} && ${ip}.addr == ${server.address} && ${protocol}.port == ${client.port} && ${protocol}.port == ${server.port}`;
}
