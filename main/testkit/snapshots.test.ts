import { describe, expect, it } from 'vitest';
import { MARK, TCP_FLAG } from '../flow/records.ts';
import { MILLISECOND } from '../observe/evidence-base.ts';
import { endpoint, Network } from './snapshots.ts';

describe('a scripted connection', () => {
  const net = new Network();
  const tls = net.tcp({ server: '203.0.113.7:443', rtt: 80, serverTtl: 51 });
  tls.connect();
  const hello = tls.hello('blocked.example', { length: 500 });
  tls.retransmit({ after: 300 });
  const forged = tls.rst({ after: 5, ttl: 100 });
  tls.serverHello({ length: 1000 });
  const flow = tls.snapshot();
  const [syn, synAck, ack, trigger, again, rst, reply] = flow.packets;

  it('numbers frames and sequence as a stack would', () => {
    expect(flow.packets.map((p) => p.frame)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(synAck!.ack).toBe(syn!.seq + 1);
    expect(ack!.seq).toBe(syn!.seq + 1);
    expect(trigger!.seq).toBe(ack!.seq);
    expect(again!.marks & MARK.retransmission).not.toBe(0);
    expect(rst!.ack).toBe((trigger!.seq + 500) >>> 0);
    expect(reply!.seq).toBe(rst!.seq);
    expect(flow.trigger).toMatchObject({ frames: [hello], endSeq: trigger!.seq + 500, name: 'blocked.example' });
    expect(rst!.frame).toBe(forged);
  });

  it('lets the server answer after one round trip', () => {
    expect((synAck!.time - syn!.time) / MILLISECOND).toBeCloseTo(80);
    expect((rst!.time - again!.time) / MILLISECOND).toBeCloseTo(5);
  });

  it('keeps resets out of what the server looks like', () => {
    expect(flow.toClient).toMatchObject({ ttlMin: 51, ttlMax: 51, sawDf: true, sawNoDf: false, packets: 3 });
    expect(rst!.flags & TCP_FLAG.rst).not.toBe(0);
  });

  it('enters the index once', () => {
    net.healthy('fine.example', { server: '203.0.113.7:443' });
    const base = net.base();
    expect(base.tcp).toHaveLength(1);
    expect(base.index.byName('10.0.0.2', 'fine.example')[0]!.counts).toEqual({ ok: 1 });
    expect(base.index.baseline('203.0.113.7')).toMatchObject({ flows: 1, ttls: [52], rttSamples: 1 });
  });
});

it('reads endpoints of both families', () => {
  expect(endpoint('[2001:db8::1]:443')).toEqual({ address: '2001:db8::1', port: 443 });
  expect(endpoint('192.0.2.1:80')).toEqual({ address: '192.0.2.1', port: 80 });
});

it('scripts a DNS exchange', () => {
  const net = new Network();
  const dns = net.dns('blocked.example');
  dns.query();
  dns.answer(['203.0.113.9'], { after: 3 });
  dns.answer(['198.51.100.1']);
  const exchange = net.base().exchanges[0]!;
  expect(exchange.answers.map((a) => a.addresses)).toEqual([['203.0.113.9'], ['198.51.100.1']]);
  expect((exchange.answers[0]!.time - exchange.queries[0]!.time) / MILLISECOND).toBeCloseTo(3);
});
