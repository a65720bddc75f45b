import { describe, expect, it } from 'vitest';
import { concat, Random, u8, u16, u32 } from '../testkit/bytes.ts';
import { dnsAnswer, dnsQuery, httpRequest, httpResponse } from '../testkit/dns-bytes.ts';
import { CLIENT_ISN, Following, SERVER_ISN } from '../testkit/following.ts';
import { echo, icmpError, tcp, tcpOptions, udp } from '../testkit/packets.ts';
import { quicClientFlight, quicHandshake, quicShort } from '../testkit/quic-bytes.ts';
import { clientHello, serverHello } from '../testkit/tls-bytes.ts';
import { PacketColumns, PacketDecoder } from '../wire/packet.ts';
import { MARK, type PacketNote, type TcpFlow } from './records.ts';

const HELLO = clientHello({ sni: 'site.example' });
const REQUEST = httpRequest({ host: 'site.example', target: '/a' });

const noteOf = (flow: TcpFlow, frame: number): PacketNote => flow.packets.find((packet) => packet.frame === frame)!;
const markOf = (flow: TcpFlow, frame: number): string[] =>
  (Object.keys(MARK) as (keyof typeof MARK)[]).filter((mark) => noteOf(flow, frame).marks & MARK[mark]);

describe('who the client is', () => {
  it('is told by its SYN, whichever address is lower', () => {
    for (const [client, server] of [
      ['10.0.0.2', '203.0.113.7'],
      ['203.0.113.7', '10.0.0.2'],
    ] as const) {
      const wire = new Following();
      // Ports say the contrary
      wire.connect({ client, server, clientPort: 443, serverPort: 50_000 }).handshake();
      expect(wire.only()).toMatchObject({
        clientBasis: 'syn',
        client: { address: client, port: 443 },
        server: { address: server, port: 50_000 },
        clientIsn: CLIENT_ISN,
        serverIsn: SERVER_ISN,
      });
    }
  });

  it('is told by its request where the handshake was not captured', () => {
    for (const payload of [HELLO, REQUEST]) {
      const wire = new Following();
      const c = wire.connect({ clientPort: 443, serverPort: 50_000 });
      c.in('A');
      c.out('PA', { payload });
      expect(wire.only()).toMatchObject({ clientBasis: 'request', client: { address: '10.0.0.2', port: 443 } });
    }
  });

  it('is told by a SYN-ACK', () => {
    const wire = new Following();
    const c = wire.connect({ clientPort: 443, serverPort: 50_000 });
    c.in('SA');
    c.out('A');
    expect(wire.only()).toMatchObject({
      clientBasis: 'syn-ack',
      client: { port: 443 },
      clientIsn: null,
      serverIsn: SERVER_ISN,
    });
  });

  it('is told by its ephemeral port where nothing else is known', () => {
    const wire = new Following();
    const c = wire.connect();
    c.in('PA', { payload: u8(1, 2, 3, 4) });
    c.out('A');
    expect(wire.only()).toMatchObject({ clientBasis: 'ephemeral-port', client: { address: '10.0.0.2', port: 50_000 } });
  });

  it('is who was seen first between ports that say nothing', () => {
    const wire = new Following();
    const c = wire.connect({ clientPort: 50_001, serverPort: 50_002 });
    c.in('A');
    c.out('A');
    expect(wire.only()).toMatchObject({ clientBasis: 'first-seen', client: { address: '203.0.113.7' } });
  });
});

describe('where a flow begins', () => {
  it('counts a SYN sent again to the same try', () => {
    const wire = new Following();
    const c = wire.connect();
    c.out('S');
    c.out('S', { seq: CLIENT_ISN, after: 1_000 });
    c.out('S', { seq: CLIENT_ISN, after: 2_000 });
    expect(wire.only().packets).toHaveLength(3);
    expect(wire.attempts).toMatchObject([{ tries: 3, trySpan: 3, frames: [1, 2, 3], outcome: 'unanswered' }]);
  });

  it('counts a SYN that repeats itself after data to the same try', () => {
    const wire = new Following();
    const c = wire.connect().handshake();
    c.out('PA', { payload: HELLO });
    c.out('S', { seq: CLIENT_ISN });
    expect(wire.only().packets).toHaveLength(5);
  });

  it('takes a SYN with another number for another connection', () => {
    const wire = new Following();
    wire.connect().handshake().out('PA', { payload: HELLO });
    const second = wire.connect({ clientIsn: 0x70000000 });
    second.handshake();
    second.out('PA', { payload: clientHello({ sni: 'second.example' }) });
    wire.end();
    expect(wire.flows.map(({ ended, trigger, clientIsn }) => [ended, trigger?.name, clientIsn])).toEqual([
      ['reused', 'site.example', CLIENT_ISN],
      ['capture-end', 'second.example', 0x70000000],
    ]);
    expect(wire.tracker.tcpFlows).toBe(2);
    expect(wire.flows[1]!.toServer).toMatchObject({ packets: 3, dataPackets: 1 });
  });

  it('keeps a SYN-ACK that was captured before its SYN', () => {
    const wire = new Following();
    const c = wire.connect();
    c.clientNext = CLIENT_ISN + 1;
    c.in('SA');
    c.out('S', { seq: CLIENT_ISN, after: 0.01 });
    c.out('A');
    expect(wire.only()).toMatchObject({ clientBasis: 'syn', clientIsn: CLIENT_ISN, serverIsn: SERVER_ISN });
    expect(wire.attempts).toMatchObject([{ outcome: 'connected' }]);
  });

  it('tells apart what shares addresses and ports but not the protocol', () => {
    const wire = new Following();
    wire.connect().out('S');
    wire.packet(
      udp({ source: '10.0.0.2', destination: '203.0.113.7' }, { sourcePort: 50_000, destinationPort: 443 }, u8(1)),
    );
    wire.end();
    expect([wire.flows.length, wire.udp.length]).toEqual([1, 1]);
  });
});

describe('marks of packets', () => {
  it('say what was sent again, what is missing and what only probes', () => {
    const wire = new Following();
    const c = wire.connect().handshake();
    const first = c.out('PA', { payload: HELLO });
    const again = c.out('PA', { payload: HELLO, seq: CLIENT_ISN + 1 });
    const end = c.clientNext;
    const probe = c.out('A', { payload: u8(0), seq: end - 1 });
    const bareProbe = c.out('A', { seq: end - 1 });
    const gap = c.out('PA', { payload: u8(1, 2, 3), seq: end + 100 });
    const flow = wire.only();
    expect([first, again, probe, bareProbe, gap].map((frame) => markOf(flow, frame))).toEqual([
      [],
      ['retransmission'],
      ['keepAlive'],
      ['keepAlive'],
      ['gap'],
    ]);
    expect(flow.toServer.retransmitted).toBe(1);
  });

  it('call new what repeats old bytes and brings some', () => {
    const wire = new Following();
    const c = wire.connect().handshake();
    c.out('PA', { payload: HELLO.subarray(0, 100) });
    const more = c.out('PA', { payload: HELLO.subarray(50, 200), seq: CLIENT_ISN + 51 });
    expect(markOf(wire.only(), more)).toEqual([]);
  });

  it('find other bytes at the same sequence numbers', () => {
    const wire = new Following();
    const c = wire.connect().handshake();
    c.out('PA', { payload: HELLO });
    c.in('A');
    c.in('PA', { payload: concat(u8(21, 3, 3, 0, 2, 2, 40), new Uint8Array(40)), seq: SERVER_ISN + 1 });
    const genuine = c.in('PA', { payload: serverHello().subarray(0, 1_000) });
    const flow = wire.only();
    expect(markOf(flow, genuine)).toEqual(['overlapDiffers']);
  });

  it('find other bytes only where eight and more differ', () => {
    const wire = new Following();
    const c = wire.connect().handshake();
    c.out('PA', { payload: HELLO });
    const changed = HELLO.slice();
    for (let at = 20; at < 27; at++) changed[at]! ^= 0xff;
    const almost = c.out('PA', { payload: changed, seq: CLIENT_ISN + 1 });
    changed[27]! ^= 0xff;
    const other = c.out('PA', { payload: changed, seq: CLIENT_ISN + 1 });
    const flow = wire.only();
    expect(markOf(flow, almost)).toEqual(['retransmission']);
    expect(markOf(flow, other)).toEqual(['retransmission', 'overlapDiffers']);
  });

  it('say what was cut, sent by this host, or has a wrong checksum', () => {
    const wire = new Following();
    const c = wire.connect();
    const own = c.out('S', { link: { kind: 'sll', outgoing: true } });
    const forged = c.in('RA', { badChecksum: true });
    const cut = c.in('RA', { badChecksum: true, payload: new Uint8Array(100), captured: 60 });
    const flow = wire.only();
    expect(markOf(flow, own)).toEqual(['outgoing']);
    expect(markOf(flow, forged)).toEqual(['badChecksum']);
    expect(markOf(flow, cut)).toEqual(['cut']);
    expect(noteOf(flow, cut).length).toBe(100);
  });

  it('keep what a packet says', () => {
    const wire = new Following();
    const c = wire.connect();
    const options = tcpOptions({ mss: 1_460, sackPermitted: true, timestamps: [0xfedcba98, 0], windowScale: 7 });
    const syn = c.out('SEC', { options, window: 65_535, id: 0xffff, df: false, ttl: 255 });
    const rst = c.in('R', { payload: u8(0xde, 0xad, 0xbe, 0xef), window: 0, id: 0 });
    const flow = wire.only();
    expect(noteOf(flow, syn)).toMatchObject({
      fromClient: true,
      flags: 0xc2,
      seq: CLIENT_ISN,
      window: 65_535,
      ttl: 255,
      ipId: 0xffff,
      df: false,
      tsval: 0xfedcba98,
      optionBytes: options.length,
      head: '',
    });
    expect(noteOf(flow, rst)).toMatchObject({
      fromClient: false,
      flags: 4,
      seq: SERVER_ISN,
      window: 0,
      ttl: 52,
      ipId: 0,
      df: true,
      tsval: -1,
      optionBytes: 0,
      head: 'deadbeef',
    });
  });

  it('find no time stamp in options that lie', () => {
    for (const options of [
      u8(8, 10, 1, 2),
      u8(8, 0, 1, 1),
      u8(2, 200, 1, 1),
      u8(0, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    ]) {
      const wire = new Following();
      const syn = wire.connect().out('S', { options });
      expect(noteOf(wire.only(), syn).tsval).toBe(-1);
    }
  });
});

describe('resets', () => {
  it('say nothing of what the server looks like', () => {
    const wire = new Following();
    const c = wire.connect().handshake();
    c.out('PA', { payload: HELLO });
    c.in('R', { ttl: 200, df: false, seq: SERVER_ISN + 1 });
    c.in('RA', { ttl: 9, df: false, seq: SERVER_ISN + 1 });
    c.in('A');
    expect(wire.only().toClient).toMatchObject({
      packets: 4,
      ttlMin: 52,
      ttlMax: 52,
      sawDf: true,
      sawNoDf: false,
      duplicates: 0,
    });
  });

  it('are never folded, however alike', () => {
    const wire = new Following();
    const c = wire.connect().handshake();
    c.out('PA', { payload: HELLO });
    const first = c.in('RA', { id: 7 });
    const copies = [c.copy(), c.copy()];
    const flow = wire.only();
    expect(flow.packets.filter(({ flags }) => flags & 4).map(({ frame }) => frame)).toEqual([first, ...copies]);
    expect(flow.packets.every(({ duplicates }) => duplicates === 0)).toBe(true);
    expect(wire.tracker.duplicates).toBe(0);
  });

  it('do not move the stream: what follows them is judged as before', () => {
    const wire = new Following();
    const c = wire.connect().handshake();
    c.out('PA', { payload: HELLO });
    c.in('R', { seq: SERVER_ISN + 1 + 50_000 });
    const genuine = c.in('PA', { payload: serverHello().subarray(0, 500) });
    expect(markOf(wire.only(), genuine)).toEqual([]);
  });
});

describe('copies that the capture made', () => {
  it('are folded, also behind a router', () => {
    const wire = new Following();
    const c = wire.connect();
    const syn = c.out('S');
    c.copy({ hops: 1 });
    c.in('SA', { after: 40 });
    c.copy();
    const hello = c.out('PA', { payload: HELLO });
    c.copy();
    c.copy({ after: 0.2 });
    const flow = wire.only();
    expect(flow.packets).toHaveLength(3);
    expect([syn, hello].map((frame) => noteOf(flow, frame).duplicates)).toEqual([1, 2]);
    expect(flow.toServer).toMatchObject({ packets: 2, duplicates: 3, retransmitted: 0, ttlMin: 64 });
    expect(flow.toClient).toMatchObject({ packets: 1, duplicates: 1 });
    expect(wire.tracker).toMatchObject({ duplicates: 4, countedForDuplicates: 7 });
  });

  it('are no copies after 2 ms, or with another identification', () => {
    const wire = new Following();
    const c = wire.connect().handshake();
    c.out('PA', { payload: HELLO });
    c.copy({ after: 3 });
    c.out('PA', { payload: HELLO, seq: CLIENT_ISN + 1, after: 0.5 });
    expect(wire.only().toServer).toMatchObject({ duplicates: 0, retransmitted: 2 });
  });

  it('are folded of datagrams', () => {
    const wire = new Following();
    const network = { source: '10.0.0.2', destination: '203.0.113.7', id: 5 };
    const ports = { sourcePort: 50_000, destinationPort: 9_000 };
    for (const after of [1, 0.1, 5]) wire.packet(udp(network, ports, u8(1, 2, 3, 4)), { after });
    wire.end();
    expect(wire.udp[0]!.sent.datagrams).toBe(2);
  });
});

describe('notes of a long flow', () => {
  /** A download of so many segments, each acknowledged. */
  function download(wire: Following, segments: number): ReturnType<Following['connect']> {
    const c = wire.connect().handshake();
    c.out('PA', { payload: HELLO });
    c.in('PA', { payload: serverHello().subarray(0, 600), after: 40 });
    const body = new Random(1).bytes(1_000);
    for (let segment = 0; segment < segments; segment++) {
      c.in('A', { payload: body });
      c.out('A');
    }
    return c;
  }

  it('hold the beginning, and the last packets before a late reset', () => {
    const wire = new Following();
    const c = download(wire, 500);
    const lastAck = wire.frame;
    const rst = c.in('RA', { ttl: 99 });
    const flow = wire.only();
    expect(flow.packets.slice(0, 12).map(({ frame }) => frame)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(flow.packets.slice(-3).map(({ frame }) => frame)).toEqual([lastAck - 1, lastAck, rst]);
    expect(markOf(flow, lastAck)).toEqual(['rolled']);
    expect(flow.packets.length).toBe(15);
    expect(flow).toMatchObject({ unkept: 0, toClient: { packets: 503, bytes: 500_600 } });
    expect(flow.lastTime).toBe(wire.time);
  });

  it('hold what follows a reset in full', () => {
    const wire = new Following();
    const c = download(wire, 100);
    const rst = c.in('RA', { ttl: 99 });
    for (let packet = 0; packet < 10; packet++) c.in('PA', { payload: u8(packet) });
    const flow = wire.only();
    expect(flow.packets.filter(({ frame }) => frame > rst)).toHaveLength(10);
  });

  it('are 64 at most; further special packets are counted', () => {
    const wire = new Following();
    const c = wire.connect().handshake();
    for (let packet = 0; packet < 200; packet++) c.in('RA', { after: 5 });
    const flow = wire.only();
    expect(flow.packets).toHaveLength(64);
    expect(flow.unkept).toBe(203 - 64);
    expect(flow.toClient.packets).toBe(201);
  });
});

describe('what was asked', () => {
  it('is the first request, and its answer', () => {
    const wire = new Following();
    const c = wire.connect({ serverPort: 80 }).handshake();
    const asked = c.out('PA', { payload: REQUEST });
    const answered = c.in('PA', {
      payload: httpResponse({ status: 302, headers: { Location: 'http://portal.example/' } }),
    });
    expect(wire.only()).toMatchObject({
      trigger: {
        kind: 'http-request',
        name: 'site.example',
        frames: [asked],
        seq: CLIENT_ISN + 1,
        endSeq: CLIENT_ISN + 1 + REQUEST.length,
        http: { method: 'GET', target: '/a' },
        truncated: false,
      },
      reply: { kind: 'http', frame: answered, http: { status: 302, location: 'http://portal.example/' } },
    });
    expect(wire.tracker.httpRequests).toBe(1);
  });

  it('is the latest of several requests on a connection', () => {
    const wire = new Following();
    const c = wire.connect({ serverPort: 80 }).handshake();
    c.out('PA', { payload: REQUEST });
    c.in('PA', { payload: httpResponse({ status: 200 }) });
    const seq = c.clientNext;
    const second = c.out('PA', { payload: httpRequest({ host: 'other.example', target: '/b' }) });
    c.out('PA', { payload: httpRequest({ host: 'other.example', target: '/b' }), seq, after: 300 });
    const flow = wire.only();
    expect(flow.trigger).toMatchObject({ name: 'other.example', frames: [second], seq, http: { target: '/b' } });
    expect(flow.reply).toBeNull();
    expect(wire.tracker.httpRequests).toBe(2);
  });

  const [front, back] = [HELLO.subarray(0, 200), HELLO.subarray(200)];
  const split = CLIENT_ISN + 1 + 200;
  const orders: [string, (c: ReturnType<Following['connect']>) => number[]][] = [
    ['in one segment', (c) => [c.out('PA', { payload: HELLO })]],
    ['in two segments', (c) => [c.out('A', { payload: front }), c.out('PA', { payload: back })]],
    [
      'out of order',
      (c) => [c.out('PA', { payload: back, seq: split }), c.out('A', { payload: front, seq: CLIENT_ISN + 1 })],
    ],
    [
      'with its first half sent again',
      (c) => {
        const first = c.out('A', { payload: front });
        c.out('A', { payload: front, seq: CLIENT_ISN + 1, after: 300 });
        return [first, c.out('PA', { payload: back })];
      },
    ],
    [
      'with its second half sent twice before its first',
      (c) => {
        const first = c.out('PA', { payload: back, seq: split });
        c.out('PA', { payload: back, seq: split, after: 300 });
        return [first, c.out('A', { payload: front, seq: CLIENT_ISN + 1 })];
      },
    ],
  ];
  it.each(orders)('is read from a hello %s', (_, send) => {
    const wire = new Following();
    const frames = send(wire.connect().handshake());
    expect(wire.only().trigger).toMatchObject({
      kind: 'client-hello',
      name: 'site.example',
      frames,
      seq: CLIENT_ISN + 1,
      endSeq: CLIENT_ISN + 1 + HELLO.length,
      truncated: false,
    });
    expect(wire.tracker.tlsHellos).toBe(1);
  });

  it('is read from a hello of one byte a segment', () => {
    const wire = new Following();
    const c = wire.connect().handshake();
    for (const byte of HELLO.subarray(0, 5)) c.out('PA', { payload: u8(byte) });
    c.out('PA', { payload: HELLO.subarray(5) });
    expect(wire.only().trigger).toMatchObject({ kind: 'client-hello', name: 'site.example' });
  });

  it('is truncated where the hello was cut by the snapshot length', () => {
    const wire = new Following();
    const c = wire.connect().handshake();
    c.out('PA', { payload: HELLO, captured: 54 + 60 });
    expect(wire.only().trigger).toMatchObject({ kind: 'client-hello', name: null, ja4: null, truncated: true });
  });

  it('is truncated where a half that came too early was cut', () => {
    const wire = new Following();
    const c = wire.connect().handshake();
    c.out('PA', { payload: back, seq: split, captured: 54 + 20 });
    c.out('A', { payload: front, seq: CLIENT_ISN + 1 });
    expect(wire.only().trigger).toMatchObject({ kind: 'client-hello', truncated: true });
  });

  it('begins behind the SYN where the SYN carries it (TCP Fast Open)', () => {
    const wire = new Following();
    const c = wire.connect();
    c.out('S', { payload: HELLO.subarray(0, 150) });
    c.in('SA', { after: 40 });
    c.out('PA', { payload: HELLO.subarray(150) });
    const flow = wire.only();
    expect(flow.trigger).toMatchObject({
      name: 'site.example',
      frames: [1, 3],
      seq: CLIENT_ISN + 1,
      endSeq: CLIENT_ISN + 1 + HELLO.length,
    });
    expect(wire.attempts).toMatchObject([{ synData: true, name: 'site.example' }]);
  });

  it('is not taken from the server that speaks first', () => {
    const wire = new Following();
    const c = wire.connect({ serverPort: 25 }).handshake();
    c.in('PA', { payload: REQUEST });
    const asked = c.out('PA', { payload: u8(0x45, 0x48, 0x4c, 0x4f) });
    expect(wire.only()).toMatchObject({
      client: { port: 50_000 },
      trigger: { kind: 'other', frames: [asked], name: null },
    });
  });

  it('is read across the wrap of sequence numbers', () => {
    const wire = new Following();
    const c = wire.connect({ clientIsn: 0xffffff38, serverIsn: 0xfffffff0 }).handshake();
    c.out('A', { payload: front });
    c.out('PA', { payload: back });
    const reply = serverHello();
    c.in('A', { payload: reply.subarray(0, 1_200), after: 40 });
    const again = c.out('A', { payload: front, seq: 0xffffff39 });
    const flow = wire.only();
    expect(flow.trigger).toMatchObject({ name: 'site.example', seq: 0xffffff39, endSeq: HELLO.length - 199 });
    expect(flow.reply).toMatchObject({ kind: 'tls', serverHello: true });
    expect(markOf(flow, again)).toEqual(['retransmission']);
    expect(flow.toServer.retransmitted).toBe(1);
  });

  it('is not lost to a packet with a wild sequence number', () => {
    const wire = new Following();
    const c = wire.connect().handshake();
    const wild = c.out('PA', { payload: u8(1, 2, 3), seq: CLIENT_ISN + (1 << 30) });
    const hello = c.out('PA', { payload: HELLO });
    const flow = wire.only();
    expect(markOf(flow, wild)).toEqual(['gap']);
    expect(markOf(flow, hello)).toEqual([]);
    expect(flow.trigger).toMatchObject({ name: 'site.example' });
  });

  it('is nothing that a reset carries', () => {
    const wire = new Following();
    const c = wire.connect().handshake();
    c.out('R', { payload: REQUEST });
    expect(wire.only()).toMatchObject({ trigger: null, toServer: { dataPackets: 0, bytes: 0 } });
  });

  it('ignores headers that lie about their length', () => {
    const wire = new Following();
    const c = wire.connect().handshake();
    const packet = tcp(
      { source: c.client, destination: c.server },
      { sourcePort: 50_000, destinationPort: 443, seq: 1, flags: 'PA' },
      u8(1),
    );
    for (const offset of [0x40, 0xf0]) {
      packet[32] = offset;
      wire.packet(packet);
    }
    expect(wire.only().packets).toHaveLength(3);
  });
});

describe('DNS', () => {
  const query = dnsQuery({ id: 7, name: 'site.example' });
  const answer = dnsAnswer({ id: 7, name: 'site.example', addresses: ['203.0.113.9'] });

  it('is read over UDP, without a flow of its own to judge', () => {
    const wire = new Following();
    const network = { source: '10.0.0.2', destination: '192.0.2.53' };
    wire.packet(udp(network, { sourcePort: 40_000, destinationPort: 53 }, query));
    wire.packet(
      udp(
        { source: '192.0.2.53', destination: '10.0.0.2', ttl: 60 },
        { sourcePort: 53, destinationPort: 40_000 },
        answer,
      ),
      { after: 20 },
    );
    wire.end();
    expect(wire.udp).toEqual([]);
    expect(wire.tracker.dns.all()).toMatchObject([
      {
        client: { address: '10.0.0.2', port: 40_000 },
        resolver: { address: '192.0.2.53', port: 53 },
        transport: 'udp',
        name: 'site.example',
        txid: 7,
        queries: [{ frame: 1 }],
        answers: [{ frame: 2, addresses: ['203.0.113.9'], ttl: 60 }],
      },
    ]);
  });

  it('is read over TCP, several messages a connection and over segment bounds', () => {
    const wire = new Following();
    const c = wire.connect({ server: '192.0.2.53', serverPort: 53 }).handshake();
    const framed = (message: Uint8Array): Uint8Array => concat(u16(message.length), message);
    const second = dnsQuery({ id: 8, name: 'other.example' });
    const both = concat(framed(query), framed(second));
    c.out('PA', { payload: both.subarray(0, 11) });
    c.out('PA', { payload: both.subarray(11) });
    const reply = framed(answer);
    c.in('PA', { payload: reply.subarray(0, 2), after: 30 });
    c.in('PA', { payload: reply.subarray(2) });
    wire.end();
    expect(wire.tracker.dns.all()).toMatchObject([
      {
        transport: 'tcp',
        name: 'site.example',
        queries: [{ frame: 5 }],
        answers: [{ frame: 7, addresses: ['203.0.113.9'] }],
      },
      { transport: 'tcp', name: 'other.example', answers: [] },
    ]);
    expect(wire.flows[0]!.trigger).toMatchObject({ kind: 'dns-query' });
  });
});

describe('QUIC', () => {
  const network = { source: '10.0.0.2', destination: '203.0.113.7' };
  const back = { source: '203.0.113.7', destination: '10.0.0.2' };
  const ports = { sourcePort: 50_000, destinationPort: 443 };
  const backPorts = { sourcePort: 443, destinationPort: 50_000 };

  it.each([false, true])('names its target (hello of two datagrams: %s)', (postQuantum) => {
    const wire = new Following();
    const flight = quicClientFlight({ sni: 'site.example', postQuantum });
    expect(flight.length).toBe(postQuantum ? 2 : 1);
    for (const datagram of flight) wire.packet(udp(network, ports, datagram));
    wire.packet(udp(back, backPorts, quicHandshake()), { after: 30 });
    wire.packet(udp(network, ports, quicShort()));
    wire.end();
    expect(wire.udp).toMatchObject([
      { protocol: 'quic', name: 'site.example', client: { address: '10.0.0.2' }, received: { datagrams: 1 } },
    ]);
    expect(wire.attempts).toMatchObject([{ transport: 'quic', nameFrom: 'sni', outcome: 'ok' }]);
    expect(wire.tracker.quicInitials).toBe(1);
  });

  it('that nobody answers is unanswered once the silence is long enough', () => {
    for (const [silence, outcome] of [
      [1_000, 'unknown'],
      [5_000, 'unanswered'],
    ] as const) {
      const wire = new Following();
      for (const datagram of quicClientFlight({ sni: 'site.example' })) wire.packet(udp(network, ports, datagram));
      wire.wait(silence);
      wire.end();
      expect(wire.attempts).toMatchObject([{ outcome, tries: 1 }]);
    }
  });
});

describe('ICMP', () => {
  it.each([
    ['IPv4', '10.0.0.2', '203.0.113.7', '10.0.0.1', 3, 13, 28],
    ['IPv6', '2001:db8::2', '2001:db8:1::7', 'fe80::1', 1, 1, 200],
  ] as const)(
    'errors of %s belong to the flow of the packet that they quote',
    (_, client, server, router, type, code, quote) => {
      const wire = new Following();
      const other = wire.connect({ client, server, clientPort: 50_001 });
      other.out('S');
      const c = wire.connect({ client, server });
      c.out('S');
      const frame = wire.packet(
        icmpError(
          { source: router, destination: client, ttl: 64 },
          { type, code, quoted: c.last, quote, quotedTtl: 60 },
        ),
      );
      wire.end();
      expect(wire.flows.map(({ icmp }) => icmp.length)).toEqual([0, 1]);
      expect(wire.flows[1]!.icmp).toMatchObject([
        {
          frame,
          type,
          code,
          from: router,
          ttl: 64,
          quoted: {
            protocol: 6,
            source: { address: client, port: 50_000 },
            destination: { address: server, port: 443 },
            ttl: 60,
          },
        },
      ]);
      expect(wire.attempts.map(({ outcome }) => outcome)).toEqual(['unknown', 'icmp-error']);
    },
  );

  it('errors belong to datagrams and to DNS queries', () => {
    const wire = new Following();
    const network = { source: '10.0.0.2', destination: '203.0.113.7' };
    const datagram = udp(network, { sourcePort: 50_000, destinationPort: 9_000 }, u8(1));
    const asking = { source: '10.0.0.2', destination: '192.0.2.53' };
    const query = udp(asking, { sourcePort: 50_001, destinationPort: 53 }, dnsQuery({ id: 1, name: 'a.example' }));
    for (const quoted of [datagram, query]) {
      wire.packet(quoted);
      wire.packet(icmpError({ source: '10.0.0.1', destination: '10.0.0.2' }, { type: 3, code: 3, quoted }));
    }
    wire.end();
    expect(wire.udp[0]!.icmp).toHaveLength(1);
    expect(wire.attempts).toMatchObject([{ outcome: 'icmp-error' }]);
    expect(wire.tracker.dns.all()).toMatchObject([{ name: 'a.example', icmp: [{ type: 3 }] }]);
    expect(wire.tracker.icmpErrors).toHaveLength(2);
  });

  it('that time was exceeded says nothing of the fate of a flow, be it TCP or UDP', () => {
    const wire = new Following();
    const c = wire.connect();
    c.out('S', { ttl: 1 });
    const error = { source: '10.0.0.1', destination: '10.0.0.2' };
    wire.packet(icmpError(error, { type: 11, code: 0, quoted: c.last }));
    const datagram = udp(
      { source: '10.0.0.2', destination: '203.0.113.7', ttl: 1 },
      { sourcePort: 50_000, destinationPort: 33_434 },
      u8(1),
    );
    wire.packet(datagram);
    wire.packet(icmpError(error, { type: 11, code: 0, quoted: datagram }));
    wire.wait(10_000);
    wire.end();
    expect([wire.flows[0]!.icmp.length, wire.udp[0]!.icmp.length]).toEqual([1, 1]);
    expect(wire.attempts.map(({ outcome }) => outcome)).not.toContain('icmp-error');
  });

  it('quotes that are too short or of another family are passed over', () => {
    const wire = new Following();
    const c = wire.connect();
    c.out('S');
    const error = { source: '10.0.0.1', destination: '10.0.0.2' };
    for (const quote of [0, 8, 20, 23]) wire.packet(icmpError(error, { type: 3, code: 1, quoted: c.last, quote }));
    const six = tcp(
      { source: '2001:db8::2', destination: '2001:db8::3' },
      { sourcePort: 1, destinationPort: 2, seq: 1, flags: 'S' },
    );
    wire.packet(icmpError(error, { type: 3, code: 1, quoted: six, quote: 60 }));
    const odd = c.last.slice();
    odd[0] = 0x4f;
    wire.packet(icmpError(error, { type: 3, code: 1, quoted: odd, quote: 40 }));
    expect(wire.only().icmp).toEqual([]);
    expect(wire.tracker.icmpErrors).toEqual([]);
  });

  it('pings are counted by the address that was asked', () => {
    const wire = new Following();
    for (const [a, b] of [
      ['10.0.0.2', '203.0.113.7'],
      ['2001:db8::2', '2001:db8:1::7'],
    ] as const) {
      wire.packet(echo({ source: a, destination: b }, false, 1, 1));
      wire.packet(echo({ source: a, destination: b }, false, 1, 2));
      wire.packet(echo({ source: b, destination: a }, true, 1, 2));
    }
    expect(wire.tracker.pings.get('203.0.113.7')).toEqual({ requests: 2, replies: 1, frames: [1, 2, 3] });
    expect(wire.tracker.pings.get('2001:db8:1::7')).toMatchObject({ requests: 2, replies: 1 });
    expect(wire.tracker.pings.size).toBe(2);
  });
});

describe('a full flow table', () => {
  it('lets the oldest go, whose silence then says nothing', () => {
    const wire = new Following({ maxFlows: 16 });
    for (let port = 1; port <= 60; port++) {
      const c = wire.connect({ clientPort: 40_000 + port });
      c.out('S', { after: 100 });
      c.out('S', { seq: CLIENT_ISN, after: 1_000 });
      const asked = wire.connect({ clientPort: 50_000 + port }).handshake();
      asked.out('PA', { payload: HELLO });
      asked.in('A');
    }
    expect(wire.tracker.table.size).toBe(16);
    const evicted = wire.attempts.slice();
    expect(evicted).toHaveLength(104);
    expect(new Set(evicted.map(({ outcome }) => outcome))).toEqual(new Set(['unknown']));
    expect(wire.flows.every(({ ended }) => ended === 'cap')).toBe(true);
    expect(wire.tracker.evictedByCap).toBe(104);
    wire.wait(10_000);
    wire.end();
    expect(wire.attempts).toHaveLength(120);
    expect(new Set(wire.attempts.filter(({ outcome }) => outcome !== 'unknown').map(({ outcome }) => outcome))).toEqual(
      new Set(['unanswered', 'silent-after-request']),
    );
  });

  it('gives the same on every run and with every seed', () => {
    const play = (seed: number): (number | string)[][] => {
      const wire = new Following({ maxFlows: 16, seed });
      for (let port = 1; port <= 100; port++) wire.connect({ clientPort: 40_000 + port }).out('S', { after: 50 });
      wire.end();
      return wire.attempts.map(({ flow, outcome, lastTime }) => [flow, outcome, lastTime]);
    };
    expect(play(1)).toEqual(play(2));
  });

  it('sweeps out what is closed, and leaves what is open', () => {
    const wire = new Following();
    const open = wire.connect({ clientPort: 40_000 }).handshake();
    const closed = wire.connect({ clientPort: 40_001 }).handshake();
    closed.out('FA');
    closed.in('FA');
    wire.wait(61_000);
    for (let packet = 0; packet < 256; packet++) open.out('A', { ack: packet });
    expect(wire.flows.map(({ ended, client }) => [ended, client.port])).toEqual([['closed', 40_001]]);
  });
});

describe('IPv6', () => {
  const client = '2001:db8::2';
  const server = '2001:db8:1::7';

  it('is followed as IPv4 is', () => {
    const wire = new Following();
    const c = wire.connect({ client, server }).handshake();
    c.out('PA', { payload: HELLO });
    c.in('PA', { payload: serverHello().subarray(0, 1_000), after: 40 });
    expect(wire.only()).toMatchObject({
      v6: true,
      client: { address: client },
      server: { address: server },
      trigger: { name: 'site.example' },
      toClient: { ttlMin: 52, ttlMax: 52 },
    });
    expect(wire.flows[0]!.packets.every(({ ipId, df }) => ipId === -1 && !df)).toBe(true);
  });

  /** An address whose folded word equals that of `address`, found by undoing the last round of the fold. */
  function collision(address: Uint8Array, seed: number): Uint8Array {
    const decoder = new PacketDecoder(seed);
    const fold = (bytes: Uint8Array): number => decoder.fold(new DataView(bytes.buffer, bytes.byteOffset, 16), 0);
    const wanted = fold(address);
    const other = address.slice();
    other[4]! ^= 0x55;
    // h' = (g + last word) * odd, then h' ^ (h' >>> 15): a bijection of the last word, so exactly one fits
    const view = new DataView(other.buffer);
    const inverse = (value: number): number => {
      let x = value;
      for (let round = 0; round < 5; round++) x = Math.imul(x, 2 - Math.imul(value, x));
      return x;
    };
    const unshift = (value: number): number => value ^ (value >>> 15) ^ (value >>> 30);
    view.setInt32(12, 0);
    const base = Math.imul(unshift(fold(other)), inverse(0x165667b1));
    const aim = Math.imul(unshift(wanted), inverse(0x165667b1));
    view.setInt32(12, (aim - base) | 0);
    expect(fold(other)).toBe(wanted);
    return other;
  }

  it('keeps two flows apart whose addresses fold to the same word', () => {
    const seed = 77;
    const own = u8(0x20, 1, 0xd, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7);
    const text = (bytes: Uint8Array): string =>
      Array.from({ length: 8 }, (_, at) => ((bytes[2 * at]! << 8) | bytes[2 * at + 1]!).toString(16)).join(':');
    const servers = [text(own), text(collision(own, seed))];
    const wire = new Following({ seed });
    const [one, two] = servers.map((address) => wire.connect({ client, server: address }));
    one!.out('S');
    two!.out('S');
    two!.in('SA', { after: 40 });
    one!.in('RA', { after: 1 });
    wire.end();
    expect(wire.flows.map(({ packets }) => packets.map(({ frame }) => frame))).toEqual([
      [1, 4],
      [2, 3],
    ]);
    expect(wire.attempts.map(({ outcome }) => outcome)).toEqual(['refused', 'connected']);
    expect(new Set(wire.flows.map((flow) => flow.server.address)).size).toBe(2);
  });
});

describe('batches', () => {
  it('may be of any size', () => {
    const packets: Uint8Array[] = [];
    for (let port = 0; port < 40; port++) {
      const network = { source: '10.0.0.2', destination: `203.0.113.${port}`, id: port };
      const make = (seq: number, flags: string, payload = u8()): Uint8Array =>
        tcp({ ...network, id: seq }, { sourcePort: 40_000 + (port % 7), destinationPort: 443, seq, flags }, payload);
      packets.push(make(1, 'S'), make(2, 'PA', HELLO), make(2, 'PA', HELLO), make(9, 'R', u32(port)));
    }
    const play = (size: number): unknown => {
      const wire = new Following();
      const columns = new PacketColumns();
      const decoder = new PacketDecoder(0x5eed);
      packets.forEach((packet, at) => {
        if (columns.count === 0) columns.bytes = new Uint8Array(200_000);
        if (columns.count === 0) columns.view = new DataView(columns.bytes.buffer);
        const start = columns.count * 700;
        columns.bytes.set(packet, start);
        expect(decoder.decode(columns, start, start + packet.length, packet.length, 101)).toBe(true);
        columns.time[columns.count] = at * 1e6;
        columns.frame[columns.count] = at + 1;
        columns.count++;
        if (columns.count < size && at < packets.length - 1) return;
        wire.tracker.batch(columns);
        columns.count = 0;
      });
      wire.end();
      return [wire.flows, wire.attempts];
    };
    const single = play(1);
    for (const size of [2, 7, 160]) expect(play(size)).toEqual(single);
  });
});
