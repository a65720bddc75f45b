import { describe, expect, it } from 'vitest';
import type { FlowRow, PacketRow } from '../../../shared/contract/service.ts';
import { compared, flowFilter, genuineOf, ladderRows, ladderSvg, ladderText } from './ladder.ts';

const client = { address: '192.0.2.1', port: 50_000 };
const server = { address: '198.51.100.7', port: 443 };
const flow = { flow: 1, protocol: 'tcp', client, server, name: 'a.example' } as unknown as FlowRow;

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
const forged = packet(5, 0.16, 'R.', false, { ttl: 125, dontFragment: false, role: 'forged' });

describe('the ladder', () => {
  it('breaks where a second and more pass', () => {
    const rows = ladderRows([...handshake, packet(4, 3, 'F.', true)]);
    expect(rows.map(({ kind }) => kind)).toEqual(['packet', 'packet', 'packet', 'pause', 'packet']);
  });

  it('folds runs of ordinary packets until they are opened, and never a reset', () => {
    const data = Array.from({ length: 20 }, (_, at) => packet(10 + at, 0.1 + at / 100, '.', at % 2 === 0));
    const packets = [...handshake, ...data, { ...forged, frame: 40, offset: 0.4 }];
    const rows = ladderRows(packets);
    expect(rows.filter(({ kind }) => kind === 'run')).toHaveLength(1);
    expect(rows.at(-1)).toMatchObject({ kind: 'packet', packet: { role: 'forged' } });
    const run = rows.find((row) => row.kind === 'run')!;
    expect(ladderRows(packets, new Set([run.key])).every(({ kind }) => kind === 'packet')).toBe(true);
  });

  it('compares a forged packet with the sender before it, never with another forgery', () => {
    const genuine = genuineOf([...handshake, { ...forged, frame: 4 }, forged], forged)!;
    expect(genuine.frame).toBe(2);
    const different = compared(genuine, forged).filter(({ equal }) => !equal);
    expect(different.map(({ field }) => field)).toEqual(['ttl', 'dontFragment', 'flags']);
  });

  it('says in text who is not believed', () => {
    const lines = ladderText(flow, [...handshake, forged]).split('\n');
    expect(lines[0]).toBe('# C 192.0.2.1:50000  S 198.51.100.7:443  a.example');
    expect(lines[4]).toMatch(/5 {2}\+0\.160000 {2}C < \? {2}R\. {2}ttl 125 id 0000 {2}forged/);
  });

  it('is a picture in which nothing of the capture becomes markup', () => {
    const rows = ladderRows([packet(1, 0, '<script>', true)]);
    const svg = ladderSvg(flow, rows, { client: 'C', injector: 'I', server: 'S', forged: 'f' });
    expect(svg).not.toContain('<script>');
  });

  it('is found again in Wireshark', () => {
    expect(flowFilter(flow)).toBe(
      'ip.addr == 192.0.2.1 && ip.addr == 198.51.100.7 && tcp.port == 50000 && tcp.port == 443',
    );
  });
});
