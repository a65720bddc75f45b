import { describe, expect, it } from 'vitest';
import type { FlowRow, PacketRow } from '../../../shared/contract/service.ts';
import { compared, genuineOf } from './compare.ts';
import { flowFilter, ladderSvg, ladderText } from './export.ts';
import { arrowText, flagNames, fold, hopsOf, ladderItems, readings } from './ladder.ts';

const client = { address: '192.0.2.1', port: 50_000 };
const server = { address: '198.51.100.7', port: 443 };
const flow = { flow: 1, protocol: 'tcp', client, server, name: 'a.example', offset: 0 } as unknown as FlowRow;

function packet(
  frame: number,
  offset: number,
  flags: string,
  fromClient: boolean,
  more: Partial<PacketRow> = {},
): PacketRow {
  return {
    frame,
    offset,
    length: 60,
    captured: 60,
    source: fromClient ? client : server,
    destination: fromClient ? server : client,
    protocol: 'tcp',
    info: flags,
    flow: 1,
    fromClient,
    ttl: fromClient ? 64 : 52,
    ipId: 0,
    dontFragment: true,
    tcp: {
      flags,
      seq: 1,
      ack: 1,
      relativeSeq: 1,
      relativeAck: 1,
      window: 500,
      payload: 0,
      retransmission: false,
      duplicate: false,
    },
    role: null,
    findings: [],
    ...more,
  };
}

const handshake = [packet(1, 0, 'S', true), packet(2, 0.05, 'S.', false), packet(3, 0.05, '.', true)];
const hello = packet(4, 0.1, 'P.', true, {
  role: 'trigger',
  protocol: 'tls',
  info: 'client_hello sni a.example · P. 1:518(517) ack 1 win 63',
});
const forged = packet(5, 0.16, 'R.', false, { ttl: 125, ipId: 7, dontFragment: false, role: 'forged' });
const data = (count: number, from: number, offset: number) =>
  Array.from({ length: count }, (_, at) => packet(from + at, offset + at / 1000, '.', at % 2 === 0));

function items(packets: readonly PacketRow[], total = packets.length) {
  return ladderItems(new Map([[0, fold(packets, 0)]]), new Map(), total);
}

describe('rows of the ladder', () => {
  it('break where a second and more pass', () => {
    const kinds = items([...handshake, packet(4, 3, 'F.', true)]).map(({ kind }) => kind);
    expect(kinds).toEqual(['packet', 'packet', 'packet', 'pause', 'packet']);
  });

  it('fold runs of ordinary packets, and nothing that a finding cites or that ends a connection', () => {
    const packets = [...handshake, ...data(20, 10, 0.1), { ...forged, frame: 40, offset: 0.4 }, ...data(9, 50, 0.5)];
    const rows = items(packets);
    const runs = rows.filter((row) => row.kind === 'run');
    // The first eight packets are shown whatever they are
    expect(runs).toMatchObject([{ index: 8, count: 15, firstFrame: 15, lastFrame: 29 }, { count: 9 }]);
    expect(rows.find((row) => row.kind === 'packet' && row.packet.role === 'forged')).toBeDefined();
    const shown = rows.reduce((sum, row) => sum + (row.kind === 'run' ? row.count : row.kind === 'packet' ? 1 : 0), 0);
    expect(shown).toBe(packets.length);
  });

  it('show retransmissions and what the capture doubled', () => {
    const again = packet(30, 0.11, '.', true);
    const marked = { ...again, tcp: { ...again.tcp!, retransmission: true } };
    const rows = items([...handshake, ...data(10, 10, 0.1), marked, ...data(10, 40, 0.12)]);
    expect(rows.some((row) => row.kind === 'packet' && row.packet.frame === 30)).toBe(true);
  });

  it('join runs over pages, and leave a gap where a page was not asked for', () => {
    const first = fold(data(500, 1, 0), 0);
    const second = fold(data(500, 501, 0.5), 500);
    const both = ladderItems(
      new Map([
        [0, first],
        [500, second],
      ]),
      new Map(),
      1000,
    );
    expect(both.filter(({ kind }) => kind === 'run')).toHaveLength(1);
    expect(both.at(-1)).toMatchObject({ kind: 'run', index: 8, count: 992 });
    const holed = ladderItems(
      new Map([
        [0, first],
        [1000, fold(data(500, 1001, 1), 1000)],
      ]),
      new Map(),
      2000,
    );
    expect(holed.filter(({ kind }) => kind === 'gap')).toEqual([
      { kind: 'gap', index: 500, count: 500 },
      { kind: 'gap', index: 1500, count: 500 },
    ]);
  });

  it('open a run in parts', () => {
    const packets = data(600, 1, 0);
    const pages = new Map([[0, fold(packets, 0)]]);
    const rows = ladderItems(pages, new Map([[8, packets.slice(8, 108)]]), 600);
    expect(rows.filter(({ kind }) => kind === 'packet')).toHaveLength(108);
    expect(rows.at(-1)).toMatchObject({ kind: 'run', index: 108, count: 492 });
    const whole = ladderItems(pages, new Map([[8, packets.slice(8)]]), 600);
    expect(whole.every(({ kind }) => kind === 'packet')).toBe(true);
  });
});

describe('what a packet is read as', () => {
  const copy = { ...forged, frame: 6, offset: 0.1601 };
  const genuine = packet(7, 0.2, '.', false, { role: 'genuine' });
  const answer = packet(8, 0.21, 'R', true, { role: 'affected' });
  const said = readings([...handshake, hello, forged, copy, genuine, answer]);

  it('names the distance, the trigger, the forgery and its copies, and who was still there', () => {
    expect(said.get(2)).toEqual({ kind: 'away', seconds: 0.05 });
    expect(said.get(4)).toEqual({ kind: 'hello', name: 'a.example' });
    expect(said.get(5)).toMatchObject({ kind: 'forged-after' });
    expect(said.get(6)).toEqual({ kind: 'same-bytes' });
    expect(said.get(7)).toMatchObject({ kind: 'still-there' });
    expect(said.get(8)).toEqual({ kind: 'client-refuses' });
  });

  it('says nothing of a reset that no finding calls forged', () => {
    expect(readings([...handshake, hello, packet(5, 0.16, 'R.', false)]).has(5)).toBe(false);
  });

  it('reads names in requests and queries', () => {
    const at = (protocol: string, info: string) => readings([packet(1, 0, 'P.', true, { protocol, info })]).get(1);
    expect(at('http', 'GET /x host b.example · P. 1:9(8)')).toEqual({ kind: 'request', name: 'b.example' });
    expect(at('dns', 'query 0x12ab AAAA c.example')).toEqual({ kind: 'query', name: 'AAAA c.example' });
    expect(at('tls', 'client_hello · P. 1:9(8)')).toEqual({ kind: 'hello', name: null });
  });
});

describe('a forged packet beside a genuine one', () => {
  it('is held against the sender, never against another forgery nor, if it can be, the handshake', () => {
    const late = packet(9, 0.3, '.', false, { role: 'genuine' });
    expect(genuineOf([...handshake, { ...forged, frame: 4 }, forged], forged)!.frame).toBe(2);
    expect(genuineOf([...handshake, forged, late], forged)!.frame).toBe(9);
    expect(genuineOf([handshake[0]!, forged], forged)).toBeNull();
  });

  it('differs in what gives it away', () => {
    const copy = { ...forged, frame: 6 };
    const rows = compared([...handshake, hello, forged, copy], handshake[1]!, forged);
    expect(rows.filter(({ equal }) => !equal).map(({ field }) => field)).toEqual([
      'dontFragment',
      'ttl',
      'ipId',
      'flags',
      'copies',
    ]);
  });
});

describe('for others', () => {
  const surely = ({ role }: PacketRow) => (role === 'forged' ? 'forged' : null);

  it('says in text who is not believed', () => {
    const lines = ladderText(flow, items([...handshake, forged]), surely).split('\n');
    expect(lines[0]).toBe('# C 192.0.2.1:50000  S 198.51.100.7:443  a.example');
    expect(lines[4]).toBe('     5  +0.160000  C < ?  R.  ttl 125 id 0007  forged');
  });

  it('is no surer than the finding', () => {
    const doubtful = ({ role }: PacketRow) => (role === 'forged' ? 'doubtful' : null);
    expect(ladderText(flow, items([forged]), doubtful)).toMatch(/ {2}forged\?\n$/);
  });

  it('is a picture in which nothing of the capture becomes markup', () => {
    const words = { client: 'C', injector: 'I', server: 'S', forged: 'f', doubtful: 'f?', packets: (n: string) => n };
    const hostile = packet(1, 0, 'S', true, { info: '</text><script>', role: 'forged' });
    const svg = ladderSvg({ ...flow, name: '"><x' } as FlowRow, items([hostile]), words, surely);
    expect(svg).not.toContain('<script>');
    expect(svg).not.toContain('<x');
  });

  it('is found again in Wireshark', () => {
    expect(flowFilter(flow, { first: 3, last: 90 })).toBe(
      'ip.addr == 192.0.2.1 && ip.addr == 198.51.100.7 && tcp.port == 50000 && tcp.port == 443 && frame.number >= 3 && frame.number <= 90',
    );
    const six = { ...flow, client: { address: '2001:db8::1', port: 1 } } as FlowRow;
    expect(flowFilter(six)).toMatch(/^ipv6\.addr == 2001:db8::1/);
  });
});

it('words flags and hops', () => {
  expect(flagNames('S.')).toBe('SYN,ACK');
  expect(arrowText(packet(1, 0, 'P.', true))).toBe('PSH,ACK');
  expect([hopsOf(53), hopsOf(64), hopsOf(120), hopsOf(245)]).toEqual([11, 0, 8, 10]);
});
