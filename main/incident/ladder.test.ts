import { describe, expect, it } from 'vitest';
import { Network } from '../testkit/snapshots.ts';
import { type CitedFrames, Ladders } from './ladder.ts';

const cited = (frames: Partial<CitedFrames>): CitedFrames => ({
  trigger: [],
  forged: [],
  genuine: [],
  affected: [],
  ...frames,
});

describe('a connection', () => {
  const net = new Network();
  const tls = net.tcp({ server: '203.0.113.7:443', rtt: 80, serverTtl: 45, clientIpId: 0x100, serverIpId: 0x200 });
  tls.connect();
  const hello = tls.hello('blocked.example', { length: 517 });
  const forged = tls.rst({ after: 15.4, ttl: 47, ipId: 0x206e, window: 1375 });
  const flow = tls.snapshot();
  const ladders = new Ladders(net.base());

  it('reads as packetdrill writes it, relative to the initial sequence numbers', () => {
    const ladder = ladders.of({
      flow: flow.id,
      address: '203.0.113.7',
      dns: false,
      frames: cited({ trigger: [hello], forged: [forged] }),
    })!;
    expect(ladder.server).toBe('203.0.113.7:443');
    const text = ladder.lines.map((line) =>
      `${line.fromClient ? '>' : '<'} ${line.notation} ${line.role ?? ''}`.trim(),
    );
    expect(text[0]).toMatch(/^> S 0:0\(0\) win \d+ ttl 64 id 0x0100$/);
    expect(text[1]).toMatch(/^< S\. 0:0\(0\) ack 1 win \d+ ttl 45 id 0x0200$/);
    expect(text[3]).toMatch(/^> P\. 1:518\(517\) ack 1 .* trigger$/);
    expect(text[4]).toBe('< R. 1:1(0) ack 518 win 1375 ttl 47 id 0x206e forged');
    expect((ladder.lines[4]!.offset - ladder.lines[3]!.offset) / 1e6).toBeCloseTo(15.4);
  });

  it('is found by address and frames where the finding is about no one flow', () => {
    const about = { flow: null, dns: false, frames: cited({ affected: [hello] }) };
    expect(ladders.of({ ...about, address: '203.0.113.7' })!.lines.length).toBeGreaterThan(0);
    expect(ladders.of({ ...about, address: '203.0.113.8' })).toBeNull();
    expect(ladders.of({ ...about, address: '203.0.113.7', frames: cited({}) })).toBeNull();
  });
});

it('leaves out what is far from the cited packets and says how much', () => {
  const net = new Network();
  const tls = net.tcp().connect();
  tls.hello('blocked.example');
  const frames = Array.from({ length: 50 }, () => tls.serverHello({ after: 1 }));
  const late = tls.rst();
  const flow = tls.snapshot();
  const ladder = new Ladders(net.base()).of({
    flow: flow.id,
    address: '',
    dns: false,
    frames: cited({ forged: [late] }),
  })!;
  expect(ladder.lines.length).toBeLessThan(8);
  expect(ladder.lines.at(-1)!.frame).toBe(late);
  const shown = ladder.lines.length + ladder.lines.reduce((sum, line) => sum + line.skipped, 0) + ladder.skipped;
  expect(shown).toBe(flow.packets.length);

  const crowded = new Ladders(net.base()).of({
    flow: flow.id,
    address: '',
    dns: false,
    frames: cited({ affected: frames, forged: [late] }),
  })!;
  expect(crowded.lines).toHaveLength(24);
  expect(crowded.lines.some((line) => line.frame === late)).toBe(true);
});

it('shows sequence numbers raw where no SYN was captured, and none of IPv6’s missing IDs', () => {
  const net = new Network();
  const tls = net.tcp({ client: '[2001:db8::2]:50000', server: '[2001:db8::7]:443' });
  const frame = tls.packet('client', { seq: 4_294_967_290, ack: 7, length: 10, flags: 'PA', ipId: -1 });
  const ladder = new Ladders(net.base()).of({ flow: 1, address: '', dns: false, frames: cited({ trigger: [frame] }) })!;
  expect(ladder.lines[0]!.notation).toMatch(/^P\. 4294967290:4\(10\) ack 7 win \d+ ttl \d+$/);
});

it('shows a DNS exchange with the forged answer', () => {
  const net = new Network();
  const dns = net.dns('blocked.example');
  const query = dns.query();
  const forged = dns.answer(['31.13.64.1'], { after: 3, ttl: 99, ipId: 7 });
  dns.answer([], { rcode: 3 });
  const ladder = new Ladders(net.base()).of({
    flow: 1,
    address: '192.0.2.53',
    dns: true,
    frames: cited({ trigger: [query], forged: [forged] }),
  })!;
  expect(ladder.lines.map((line) => [line.notation, line.role])).toEqual([
    ['query A blocked.example txid 0x0101', 'trigger'],
    ['answer NOERROR 31.13.64.1 ttl 99 id 0x0007', 'forged'],
    ['answer NXDOMAIN no address ttl 58 id 0x3000', null],
  ]);
});
