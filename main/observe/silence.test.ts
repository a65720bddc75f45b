import { describe, expect, it } from 'vitest';
import { MARK } from '../flow/records.ts';
import { Network, type TcpScript } from '../testkit/snapshots.ts';
import { SECOND } from './evidence-base.ts';
import { type Silence, silences } from './silence.ts';

function silenceIn(build: (tls: TcpScript, net: Network) => void): Silence | undefined {
  const net = new Network();
  const tls = net.tcp().connect();
  build(tls, net);
  const base = net.base();
  return silences(base).get(base.tcp[0]!.id);
}

/** Either side sends its last data again, four times. */
function bothAgain(tls: TcpScript, client: { readonly ack?: number } = {}): void {
  const fromServer = { seq: tls.nextSeq('server') - 1200, ack: tls.nextSeq('client') - 100 };
  const fromClient = { seq: tls.nextSeq('client') - 100, ...client };
  for (const after of [300, 600, 1200, 2400]) {
    tls.packet('client', { flags: 'PA', ...fromClient, length: 100, after, marks: MARK.retransmission });
    tls.packet('server', { flags: 'PA', ...fromServer, length: 1200, after: 40, marks: MARK.retransmission });
  }
}

describe('silenceOf', () => {
  it('counts how often the same bytes were sent again while nothing was acknowledged', () => {
    const silence = silenceIn((tls) => {
      tls.hello('a.example');
      tls.retransmit({ after: 300 });
      tls.retransmit({ after: 600 });
    });
    expect(silence).toMatchObject({ kind: 'unacknowledged', retransmissions: 2, acknowledged: 0, length: 517 });
    expect(silence!.until - silence!.since).toBeCloseTo(0.9 * SECOND, -3);
    expect(silence!.affected).toEqual([5, 6]);
  });

  it('counts a hello of two segments by the one that was sent most', () => {
    const silence = silenceIn((tls) => {
      tls.hello('a.example', { length: 1400 });
      const { seq, endSeq } = tls.trigger!;
      tls.trigger = { ...tls.trigger!, endSeq: (endSeq + 300) >>> 0 };
      tls.clientData(300);
      for (let time = 0; time < 3; time++) tls.packet('client', { flags: 'A', seq, length: 1400, after: 300 });
    });
    expect(silence).toMatchObject({ kind: 'unacknowledged', retransmissions: 3, length: 1700, largest: 1400 });
  });

  it('tells a beginning that was acknowledged from the rest', () => {
    const silence = silenceIn((tls) => {
      tls.hello('a.example');
      tls.serverAck({ ack: tls.trigger!.seq + 200 });
      tls.packet('client', { flags: 'PA', seq: tls.trigger!.seq + 200, length: 317, after: 300 });
    });
    expect(silence).toMatchObject({ kind: 'partly-acknowledged', acknowledged: 200, retransmissions: 1 });
    expect(silence!.tailArrived).toBe(false);
  });

  it('notices that the end of the hello arrived and its beginning did not', () => {
    const silence = silenceIn((tls) => {
      tls.hello('a.example', { optionBytes: 12 });
      tls.serverAck({ ack: tls.trigger!.seq, optionBytes: 24 });
      tls.retransmit({ after: 300, optionBytes: 12 });
    });
    expect(silence!.tailArrived).toBe(true);
  });

  it('measures a muted hello from its acknowledgement to the client closing', () => {
    const silence = silenceIn((tls) => {
      tls.hello('a.example');
      tls.serverAck();
      tls.fin('client', { after: 4000 });
      tls.serverAck();
    });
    expect(silence!.kind).toBe('muted');
    expect(silence!.ackDelay).toBeCloseTo(40e6, -3);
    expect(silence!.rtt).toBeCloseTo(40e6, -3);
    expect(silence!.until - silence!.since).toBeCloseTo(4 * SECOND, -3);
  });

  it('calls it midway when not even the closing FIN is acknowledged', () => {
    const silence = silenceIn((tls) => {
      tls.hello('a.example');
      tls.serverAck();
      tls.fin('client', { after: 4000 });
      tls.packet('client', {
        flags: 'FA',
        seq: tls.nextSeq('client') - 1,
        after: 300,
        marks: MARK.keepAlive,
      });
    });
    expect(silence).toMatchObject({ kind: 'midway', retransmissions: 1, fromServer: 1, fromClient: 1 });
  });

  it('sees that nothing of the client arrives while the server still does', () => {
    const silence = silenceIn((tls) => {
      tls.hello('a.example');
      tls.serverHello();
      tls.ack();
      tls.clientData(100);
      bothAgain(tls);
    });
    expect(silence).toMatchObject({ kind: 'unheard', retransmissions: 4, serverAgain: 4, acknowledged: 517 });
  });

  it.each<[string, (tls: TcpScript, net: Network) => void]>([
    [
      'the server heard the client in the end',
      (tls) => {
        tls.hello('a.example');
        tls.serverHello();
        tls.ack();
        tls.clientData(100);
        bothAgain(tls);
        tls.serverAck();
      },
    ],
    [
      'the server sent again before the client had acknowledged it',
      (tls) => {
        tls.hello('a.example');
        tls.serverHello();
        const unread = { ack: tls.nextSeq('server') - 1400 };
        tls.clientData(100, unread);
        bothAgain(tls, unread);
      },
    ],
    ['nothing was sent again', (tls) => void tls.hello('a.example')],
    [
      'the answer came',
      (tls) => {
        tls.hello('a.example');
        tls.serverHello();
      },
    ],
    [
      'the server closed or reset',
      (tls) => {
        tls.hello('a.example');
        tls.retransmit({ after: 300 });
        tls.rst();
      },
    ],
    [
      'the client acknowledged bytes that were not captured',
      (tls) => {
        tls.hello('a.example');
        tls.serverAck();
        tls.ack({ ack: tls.nextSeq('server') + 1 });
      },
    ],
    [
      'the connection had been idle for a minute',
      (tls, net) => {
        net.wait(60_000);
        tls.hello('a.example');
        tls.retransmit({ after: 300 });
      },
    ],
    [
      'the server sent more than a few packets',
      (tls) => {
        tls.hello('a.example');
        for (let time = 0; time < 12; time++) tls.serverData(1000);
        tls.clientData(100);
        tls.packet('client', { flags: 'PA', seq: tls.nextSeq('client') - 100, length: 100, after: 300 });
      },
    ],
    ['nothing was asked', (tls) => void tls.fin('client', { after: 9000 })],
  ])('says nothing when %s', (_, build) => {
    // Some of these are muted only if the capture goes on long enough, so it ends at once.
    const net = new Network();
    const tls = net.tcp().connect();
    build(tls, net);
    const base = net.base({ endTime: net.now * 1e6 });
    expect(silences(base).size).toBe(0);
  });
});
