// A ladder for letters and tickets: as text, as a picture that stands alone, as a filter for Wireshark.

import type { FlowRow, PacketRow } from '../../../shared/contract/service.ts';
import { hostPort } from '../../ui/format.ts';
import { duration } from '../../ui/moment.ts';
import type { Forgery } from './forged.tsx';
import { arrowText, type LadderItem } from './ladder.ts';

type ForgeryOfPacket = (packet: PacketRow) => Forgery | null;

function hex(value: number | null): string {
  return value === null ? '–' : value.toString(16).padStart(4, '0');
}

/** A line a packet: `    33  +0.153000  C < ?  R. 1:1(0) win 0  ttl 125 id 5200  forged`. Folded rows say how many. */
export function ladderText(flow: FlowRow, items: readonly LadderItem[], forgeryOfPacket: ForgeryOfPacket): string {
  const name = flow.name === null ? '' : `  ${flow.name}`;
  const heading = `# C ${hostPort(flow.client.address, flow.client.port)}  S ${hostPort(flow.server.address, flow.server.port)}${name}`;
  const lines = items.map((item) => {
    switch (item.kind) {
      case 'packet':
        return packetLine(item.packet, flow.offset, forgeryOfPacket(item.packet));
      case 'pause':
        return `      …  ${duration(item.seconds)}`;
      default:
        return `      …  ${item.count} packets`;
    }
  });
  return `${[heading, ...lines].join('\n')}\n`;
}

function packetLine(packet: PacketRow, start: number, forgery: Forgery | null): string {
  const isForged = forgery !== null;
  const toServer = packet.fromClient === true;
  const arrow = toServer ? `${isForged ? '?' : 'C'} > S` : `C < ${isForged ? '?' : 'S'}`;
  const headers = [
    ...(packet.ttl === null ? [] : [`ttl ${packet.ttl}`]),
    ...(packet.ipId === null ? [] : [`id ${hex(packet.ipId)}`]),
    ...(isForged ? [forgery === 'forged' ? ' forged' : ' forged?'] : []),
  ].join(' ');
  const at = (packet.offset - start).toFixed(6);
  return `${String(packet.frame).padStart(6)}  +${at}  ${arrow}  ${packet.info}  ${headers}`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

export interface PictureWords {
  readonly client: string;
  readonly injector: string;
  readonly server: string;
  readonly forged: string;
  readonly doubtful: string;
  readonly packets: (count: string) => string;
}

const X = { frame: 8, time: 150, client: 190, injector: 350, server: 470, text: 490 };
const TOP = 56;
const HEIGHT = { packet: 36, run: 28, pause: 28, gap: 28 };
/** Rows of a picture; nobody reads a longer one. */
const MOST_ROWS = 400;

/** Ink on white, so that it prints. */
export function ladderSvg(
  flow: FlowRow,
  items: readonly LadderItem[],
  words: PictureWords,
  forgeryOfPacket: ForgeryOfPacket,
): string {
  const rows = items.slice(0, MOST_ROWS);
  const hasForged = rows.some((item) => item.kind === 'packet' && item.packet.role === 'forged');
  const parts: string[] = [];
  let y = TOP;
  for (const item of rows) {
    if (item.kind === 'packet')
      parts.push(packetPart(item.packet, flow.offset, y, words, forgeryOfPacket(item.packet)));
    else parts.push(breakPart(item.kind === 'pause' ? duration(item.seconds) : words.packets(String(item.count)), y));
    y += HEIGHT[item.kind];
  }
  const height = y + 16;
  const heads = [
    head(X.client, words.client, hostPort(flow.client.address, flow.client.port)),
    head(X.server, words.server, hostPort(flow.server.address, flow.server.port)),
    ...(hasForged ? [head(X.injector, words.injector, '')] : []),
  ];
  const life = (x: number, dash: string): string => `<path d="M${x} 44V${height - 8}" stroke="#7d858f"${dash}/>`;
  const lives = [
    life(X.client, ''),
    life(X.server, ''),
    ...(hasForged ? [life(X.injector, ' stroke-dasharray="3 4"')] : []),
  ];
  const hatch =
    '<defs><pattern id="h" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V6" stroke="#00000030"/></pattern></defs>';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 ${height}" width="960" height="${height}" font-family="monospace" font-size="11" fill="#14181d">`,
    hatch,
    `<rect width="960" height="${height}" fill="#fff"/>`,
    ...lives,
    ...heads,
    ...parts,
    '</svg>',
  ].join('');
}

function head(x: number, name: string, address: string): string {
  return `<text x="${x}" y="18" text-anchor="middle" font-weight="bold">${escaped(name)}</text><text x="${x}" y="34" text-anchor="middle" fill="#454d57">${escaped(address)}</text>`;
}

function breakPart(text: string, y: number): string {
  const mark = (x: number): string =>
    `<path d="M${x - 5} ${y + 8}h10v10h-10Z" fill="#fff"/><path d="M${x - 5} ${y + 12}l10 -4m-10 10l10 -4" stroke="#7d858f"/>`;
  return `${mark(X.client)}${mark(X.server)}<text x="${X.text}" y="${y + 17}" fill="#616a75">${escaped(text)}</text>`;
}

function packetPart(packet: PacketRow, start: number, y: number, words: PictureWords, forgery: Forgery | null): string {
  const isForged = forgery !== null;
  const toServer = packet.fromClient === true;
  const from = isForged ? X.injector : toServer ? X.client : X.server;
  const to = toServer ? X.server : X.client;
  const tip = to < from ? 8 : -8;
  const text = escaped(arrowText(packet));
  const side = toServer ? `x="${from + 8}"` : `x="${from - 8}" text-anchor="end"`;
  const ink = '#b52c08';
  const arrow = isForged
    ? `<path d="M${from} ${y + 13}L${to + tip} ${y + 23}M${from} ${y + 17}L${to + tip} ${y + 27}" stroke="${ink}" stroke-dasharray="5 3" fill="none"/><path d="M${to} ${y + 25}l${tip} -5v10Z" fill="#fff" stroke="${ink}"/><path d="M${from - 5} ${y + 10}l10 10m0 -10l-10 10" stroke="${ink}" stroke-width="3"/>`
    : `<path d="M${from} ${y + 14}L${to} ${y + 25}" stroke="#14181d" fill="none"/><path d="M${to} ${y + 25}l${tip} -5v9Z"/>`;
  const said = `${isForged ? `${escaped(forgery === 'forged' ? words.forged : words.doubtful)}: ` : ''}${escaped(packet.info)} ttl ${packet.ttl ?? '–'}`;
  return [
    forgery === 'forged' ? `<rect y="${y}" width="960" height="${HEIGHT.packet}" fill="url(#h)"/>` : '',
    `<text x="${X.frame}" y="${y + 22}" fill="#616a75">${packet.frame}</text>`,
    `<text x="${X.time}" y="${y + 22}" text-anchor="end">${(packet.offset - start).toFixed(4)}</text>`,
    arrow,
    `<text ${side} y="${y + 10}" font-weight="bold">${text}</text>`,
    `<text x="${X.text}" y="${y + 22}"${isForged ? ' font-weight="bold"' : ''}>${said}</text>`,
  ].join('');
}

/**
 * Wireshark's display filter of a connection. It numbers its streams itself, in a way that cannot be known here, so both
 * ends are named; frames bound it, because ports are used again.
 */
export function flowFilter(
  { protocol, client, server }: FlowRow,
  frames: { readonly first: number; readonly last: number } | null = null,
): string {
  const ip = client.address.includes(':') ? 'ipv6' : 'ip';
  const ends = `${ip}.addr == ${client.address} && ${ip}.addr == ${server.address} && ${protocol}.port == ${client.port} && ${protocol}.port == ${server.port}`;
  return frames === null ? ends : `${ends} && frame.number >= ${frames.first} && frame.number <= ${frames.last}`;
}
