import { describe, expect, it } from 'vitest';
import { MARK } from '../flow/records.ts';
import { Network, type TcpScript } from '../testkit/snapshots.ts';
import type { CaptureFacts } from './evidence-base.ts';
import { mayExpireOnTheWay, ownTool, ownToolSummary } from './own-tool.ts';

function signsOf(build: (tls: TcpScript) => void, facts: Partial<CaptureFacts> = {}): readonly string[] {
  const net = new Network(facts);
  const tls = net.tcp().connect();
  build(tls);
  const base = net.base();
  return ownTool(base.tcp[0]!, base.capture)?.signs ?? [];
}

/** A fake hello that dies on the way, then the real one. */
function fakeHello(tls: TcpScript): void {
  tls.packet('client', { flags: 'PA', length: 517, seq: tls.nextSeq('client'), ttl: 5 });
  tls.hello('a.example');
}

describe('ownTool', () => {
  it('sees an outgoing hop limit lowered by three or more', () => {
    expect(signsOf(fakeHello)).toEqual(['ttl-lowered']);
    expect(signsOf((tls) => void tls.hello('a.example', { ttl: 62 }))).toEqual([]);
  });

  it('sees a spoilt checksum among good ones, but no offload', () => {
    const bad = { marks: MARK.badChecksum };
    expect(
      signsOf((tls) => {
        tls.hello('a.example', bad);
        tls.clientData(100);
        tls.clientData(100);
      }),
    ).toEqual(['bad-checksum']);
    const net = new Network();
    const tls = net.tcp();
    tls.syn(bad);
    tls.synAck();
    tls.ack(bad);
    tls.hello('a.example', bad);
    const base = net.base();
    expect(ownTool(base.tcp[0]!, base.capture)).toBeNull();
  });

  it('sees overlapping bytes of the client itself', () => {
    expect(
      signsOf((tls) => {
        tls.hello('a.example');
        tls.retransmit({ marks: MARK.overlapDiffers });
      }),
    ).toEqual(['overlapping-bytes']);
  });

  it('sees a hello split for no need, but not one that needs two packets', () => {
    const split = (first: number, second: number) => (tls: TcpScript) => {
      tls.hello('a.example', { length: first });
      tls.trigger = { ...tls.trigger!, endSeq: (tls.trigger!.endSeq + second) >>> 0 };
      tls.clientData(second);
    };
    expect(signsOf(split(3, 514))).toEqual(['split-hello']);
    expect(signsOf(split(1400, 400))).toEqual([]);
  });

  it('sees a hello sent out of order, unless the capture has holes', () => {
    const disordered = (tls: TcpScript): void => {
      const seq = tls.nextSeq('client');
      tls.hello('a.example', { length: 300, seq: seq + 217 });
      tls.packet('client', { flags: 'PA', length: 217, seq });
      tls.trigger = { ...tls.trigger!, seq, endSeq: (seq + 517) >>> 0 };
    };
    expect(signsOf(disordered)).toEqual(['disordered-hello']);
    expect(signsOf(disordered, { drops: 2 })).toEqual([]);
  });

  it('sees a reset after which the client goes on', () => {
    expect(
      signsOf((tls) => {
        tls.clientRst();
        tls.hello('a.example');
      }),
    ).toEqual(['fake-reset']);
    expect(
      signsOf((tls) => {
        tls.hello('a.example');
        tls.clientRst();
      }),
    ).toEqual([]);
  });

  it('says nothing of clients that are not on the capturing side: there the same signs are an injector', () => {
    expect(signsOf(fakeHello, { role: 'server', local: new Set(['203.0.113.7']) })).toEqual([]);
    expect(signsOf(fakeHello, { role: 'unknown', local: new Set() })).toEqual([]);
  });

  it('is summed up for the quality of the capture', () => {
    const net = new Network();
    for (let flow = 0; flow < 2; flow++) fakeHello(net.tcp().connect());
    net.tcp().connect().hello('b.example');
    expect(ownToolSummary(net.base())).toEqual({ kind: 'own-tool', count: 2, frames: [4, 9] });
    expect(ownToolSummary(new Network().base())).toBeNull();
  });
});

describe('mayExpireOnTheWay', () => {
  it('is true below a hop limit of 30 for what the client asked with', () => {
    const flowWith = (ttl: number): boolean => {
      const net = new Network();
      net.tcp().connect().hello('a.example', { ttl });
      return mayExpireOnTheWay(net.base().tcp[0]!);
    };
    expect(flowWith(29)).toBe(true);
    expect(flowWith(30)).toBe(false);
  });
});
