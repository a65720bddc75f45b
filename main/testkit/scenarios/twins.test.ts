// Pairs that look alike: one is ordinary life, the other is not. Each was told apart wrongly once, in a session that was
// drawn by a seed (main/testkit/sessions).
import { describe } from 'vitest';
import type { Capture } from '../capture.ts';
import { doubledAsAny, mergedByOffload, onlyFrames, withoutHandshakes } from '../cripplers.ts';
import type { Connection, Net } from '../network.ts';
import { icmpError, udp } from '../packets.ts';
import { scenario } from '../scenario.ts';
import { applicationData } from '../tls-bytes.ts';
import { BLOCKED, FREE, FREE_TOO, MIRROR, OTHER, SITE, SITE_WEB, THIRD } from './places.ts';

/** The recording begins so many milliseconds after the first packet. */
const begunAfter =
  (milliseconds: number) =>
  (capture: Capture): Capture => {
    const from = capture.frames[0]!.time + BigInt(milliseconds) * 1_000_000n;
    return onlyFrames(capture, (frame) => frame.time >= from);
  };

/** Of the second connection only its SYN was recorded until so many milliseconds after the first packet. */
const holeAfterSecondSyn =
  (milliseconds: number) =>
  (capture: Capture): Capture => {
    const [first] = capture.frames;
    const syn = capture.frames.filter((frame) => frame.bytes[23] === 6 && frame.bytes[47] === 0x02)[1]!;
    const until = first!.time + BigInt(milliseconds) * 1_000_000n;
    return onlyFrames(capture, (frame) => frame.time <= syn.time || frame.time >= until);
  };

/** Every so many frames are there twice, with resets or without. */
const doubledNowAndThen =
  (resets: ReadonlySet<number>) =>
  (capture: Capture): Capture => {
    const frames = capture.frames.flatMap((frame, at) =>
      at % 20 === 7 || resets.has(frame.number) ? [frame, { ...frame, time: frame.time + 300_000n }] : [frame],
    );
    return { ...capture, frames };
  };

describe('queries for one name without an answer', () => {
  const asked = (net: Net, failing: boolean): void => {
    for (const [at, name] of [FREE, 'radio.example.org', FREE_TOO].entries()) {
      const answer = failing && at > 0 ? { rcode: 2 } : { addresses: ['93.184.215.14'] };
      net.resolve({ name, answer, at: 100 + 4000 * at });
    }
    net.resolve({ name: BLOCKED, retries: [2, 4], at: 1000 });
    net.resolve({ name: BLOCKED, retries: [2, 4], at: 8000 });
  };
  scenario('while others cannot be resolved either', (net) => asked(net, true)).innocent({ atMost: 'possible' });
  scenario('while others are answered', (net) => asked(net, false)).expect({
    technique: 'dns-blocking',
    confidence: 'likely',
    target: BLOCKED,
  });

  const askedOfTwo = (net: Net, others: object): void => {
    const answer = { addresses: ['93.184.215.14'] };
    for (const type of [1, 28]) net.resolve({ name: FREE, type, answer, at: 100 });
    net.resolve({ name: BLOCKED, retries: [2, 4], at: 1000 });
    net.resolve({ name: 'radio.example.org', at: 2000, ...others });
    net.resolve({ name: BLOCKED, retries: [2, 4], at: 12_000 });
    net.resolve({ name: BLOCKED, resolver: '9.9.9.9', answer, at: 20_000 });
  };
  scenario('while the resolver fails with others too, once they are asked three times; a second one answers', (net) =>
    askedOfTwo(net, { rtt: 4500, retries: [2, 4], answer: { rcode: 2 } }),
  ).innocent({ atMost: 'possible' });
  scenario('while others are answered, by a second resolver too', (net) =>
    askedOfTwo(net, { answer: { addresses: ['93.184.215.20'] } }),
  ).expect({ technique: 'dns-blocking', confidence: 'likely', target: BLOCKED });
});

describe('one name without an answer twice, minutes apart', () => {
  const asked = (net: Net, others: readonly number[], slow = {}): void => {
    for (const [index, at] of others.entries())
      net.resolve({ name: index % 2 === 0 ? FREE : FREE_TOO, answer: { addresses: ['93.184.215.14'] }, at, ...slow });
    net.resolve({ name: BLOCKED, retries: [5, 5], at: 10_000 });
    net.resolve({ name: BLOCKED, retries: [5, 5], at: 200_000 });
  };
  scenario('while nothing else was asked: the network was out', (net) =>
    asked(net, [100, 60_000, 100_000, 150_000]),
  ).innocent({ atMost: 'possible' });
  scenario('while others were answered when they were asked again: an outage that ended', (net) =>
    asked(net, [100, 17_000, 100_000, 207_000], { rtt: 3500, retries: [1, 2] }),
  ).innocent({ atMost: 'possible' });
  scenario('while others were answered', (net) => asked(net, [100, 12_000, 100_000, 203_000])).expect({
    technique: 'dns-blocking',
    confidence: 'likely',
    target: BLOCKED,
  });
});

describe('a reset on a connection that was open before the capture began', () => {
  const idle = (net: Net): Connection => {
    net.visit({ server: SITE, sni: FREE });
    const tls = net.connect({ server: SITE });
    tls.clientHello({ sni: FREE });
    tls.serverHello();
    tls.talk(2);
    net.visit({ server: SITE, sni: FREE, at: 200_000 });
    tls.wait(600_000);
    return tls.data('client', applicationData(200, 1), { lost: 'after-capture' });
  };
  scenario('the home router has forgotten it', (net) => idle(net).inject.rst({ after: 0.6, ttl: 64, df: true }), {
    crippled: begunAfter(100_000),
  }).innocent({ atMost: 'possible' });
  scenario(
    'the home router has forgotten it, and of its beginning only the SYN was recorded',
    (net) => idle(net).inject.rst({ after: 0.6, ttl: 64, df: true }),
    { crippled: holeAfterSecondSyn(100_000) },
  ).innocent({ atMost: 'possible' });
  scenario('an injector, three times the same', (net) => idle(net).inject.rst({ ttl: 118, ipId: 0x5a17, count: 3 }), {
    crippled: begunAfter(100_000),
  }).expect({ technique: 'rst-injection', atLeast: 'likely' });
});

describe('resets right after the hello, in a capture that holds frames twice now and then', () => {
  const refused = (net: Net, make: (tls: Connection) => void): void => {
    for (let attempt = 0; attempt < 3; attempt++) {
      net.visit({ server: OTHER, sni: FREE });
      const tls = net.connect({ server: SITE });
      tls.clientHello({ sni: BLOCKED });
      make(tls);
    }
  };
  const own = (net: Net): void => refused(net, (tls) => tls.reset('server', { window: 501 }));
  scenario('the server’s own, one of them twice', own, { crippled: doubledNowAndThen(new Set([20])) }).innocent({
    atMost: 'possible',
    quality: 'duplicated',
  });
  scenario(
    'an injector’s, each three times',
    (net) => refused(net, (tls) => tls.inject.rst({ ttl: 52, ipId: 0x77aa, df: true, count: 3, window: 501 })),
    { crippled: doubledNowAndThen(new Set()) },
  ).expect({ technique: 'rst-injection', atLeast: 'likely', forged: 'any' });
});

describe('two resets alike right after the hello, that look like the server’s own', () => {
  const refused = (net: Net, twice: (attempt: number) => boolean): void => {
    for (let attempt = 0; attempt < 3; attempt++) {
      net.visit({ server: OTHER, sni: FREE });
      const tls = net.connect({ server: SITE });
      tls.clientHello({ sni: BLOCKED });
      for (let copy = 0; copy < (twice(attempt) ? 2 : 1); copy++)
        tls.segment('server', { flags: 'RA', ipId: 0x5a17 + attempt, window: 501, after: copy === 0 ? 10 : 3 });
    }
  };
  scenario('at one try of three: the link sent a frame again', (net) =>
    refused(net, (attempt) => attempt === 1),
  ).innocent({ atMost: 'possible' });
  scenario('at each try', (net) => refused(net, () => true)).expect({
    technique: 'rst-injection',
    atLeast: 'likely',
    forged: 'any',
  });
});

describe('two resets alike right after the hello, at the only try', () => {
  const refused = (net: Net, tries: number): void => {
    for (let attempt = 0; attempt < tries; attempt++) {
      net.visit({ server: OTHER, sni: FREE });
      const tls = net.connect({ server: SITE });
      tls.clientHello({ sni: BLOCKED });
      for (const after of [10, 0.07])
        tls.segment('server', { flags: 'RA', ipId: 0x5a17 + attempt, window: 501, after });
    }
  };
  scenario('of which nobody can say that the link did not send one again', (net) => refused(net, 1)).innocent({
    atMost: 'possible',
  });
  scenario('and at the next, which no link does', (net) => refused(net, 2)).expect({
    technique: 'rst-injection',
    atLeast: 'likely',
    forged: 'any',
  });
});

describe('resets whose numbers go up by one segment and by three', () => {
  const SEGMENT = 1460;
  const answered = (net: Net, late: (tls: Connection, number: number) => void): void => {
    const tls = net.connect({ server: SITE, rtt: 8 });
    tls.clientHello({ sni: BLOCKED }).serverHello();
    const first = tls.nextSequence('server');
    for (const ahead of [0, SEGMENT, 3 * SEGMENT]) {
      late(tls, (first + ahead) >>> 0);
      tls.segment('server', { flags: 'R', seq: (first + ahead) >>> 0, ipId: 0, after: 0.02 });
    }
  };
  scenario('as the acknowledgements do that a closed socket still gets', (net) =>
    answered(net, (tls, number) => tls.segment('client', { flags: 'A', ack: number, after: 0.5 })),
  ).innocent({ atMost: 'possible' });
  scenario('and nobody had asked for those', (net) => answered(net, () => {})).expect({
    technique: 'rst-injection',
    atLeast: 'likely',
    forged: 'any',
    evidence: ['reset-sequence-jump'],
  });
});

describe('a reset with a window, soon after the client’s FIN, in a capture without handshakes', () => {
  const closed = (net: Net, make: (http: Connection) => void): void => {
    for (let visit = 0; visit < 3; visit++) {
      const http = net.connect({ server: '93.184.215.14:80', rtt: 10 });
      http.request({ host: FREE });
      // The program thinks for a while; its kernel does not when the client closes
      http.wait(30);
      http.response();
      http.segment('client', { flags: 'FA' });
      make(http);
    }
  };
  scenario(
    'the server’s own, that had not read all',
    (net) => closed(net, (http) => http.reset('server', { flags: 'RA', window: 501, after: 10 })),
    { crippled: withoutHandshakes },
  ).innocent({ atMost: 'possible' });
  scenario('an injector’s, sooner than the handshakes took', (net) => {
    for (let visit = 0; visit < 3; visit++) {
      net.visit({ server: SITE, sni: FREE, rtt: 40 });
      const tls = net.connect({ server: SITE, rtt: 40 });
      tls.clientHello({ sni: BLOCKED });
      tls.inject.rst({ after: 4, ttl: 60, df: true, window: 501 });
    }
  }).expect({ technique: 'rst-injection', atLeast: 'likely', forged: 'any' });
});

describe('a name closed in two networks by what looks like the servers’ own', () => {
  const closed = (net: Net, servedThere: string): void => {
    for (const [server, sni] of [
      [SITE, FREE],
      [MIRROR, servedThere],
    ] as const) {
      for (let attempt = 0; attempt < 2; attempt++) {
        net.visit({ server, sni });
        net.connect({ server }).clientHello({ sni: BLOCKED }).reset('server', { flags: 'RA' });
      }
    }
  };
  scenario('at the second only further names of its owner are served: it is their own server', (net) =>
    closed(net, `m.${BLOCKED}`),
  ).innocent({ atMost: 'possible' });
  scenario('at both others are served too', (net) => closed(net, 'radio.example.org')).expect({
    technique: 'rst-injection',
    atLeast: 'likely',
    forged: 'any',
  });
});

describe('two resets alike, and then an acknowledgement', () => {
  const closed = (net: Net, ipId: number): void => {
    net.visit({ server: OTHER, sni: FREE });
    const tls = net.connect({ server: SITE });
    tls.clientHello({ sni: FREE });
    tls.serverHello();
    tls.talk(2);
    tls.data('client', applicationData(200, 1));
    tls.segment('server', { flags: 'A', ipId: 0x5000, window: 480 });
    tls.wait(100);
    for (const after of [5, 1]) tls.segment('server', { flags: 'RA', ipId: 0x5002, window: 0, after });
    tls.segment('server', { flags: 'A', ipId, window: 501, after: 0.6 });
  };
  scenario('that stands before them in the server’s own count: it was overtaken', (net) =>
    closed(net, 0x5001),
  ).innocent({ atMost: 'possible' });
  scenario('that the server sent later', (net) => closed(net, 0x5003)).expect({
    technique: 'rst-injection',
    atLeast: 'likely',
    forged: 'any',
  });
});

describe('a reset to what comes after a pause of seconds', () => {
  const paused = (net: Net): Connection => {
    for (let visit = 0; visit < 2; visit++) net.visit({ server: SITE, sni: FREE, rtt: 60 });
    const http = net.connect({ server: SITE_WEB, rtt: 60 });
    for (let page = 0; page < 2; page++) {
      http.request({ host: FREE });
      http.response();
    }
    return http.wait(17_000).request({ host: FREE });
  };
  scenario('by the gateway of the network the client has come to, which does not know the connection', (net) => {
    paused(net).inject.rst({ after: 1.7, ttl: 63, df: false });
  }).innocent({ atMost: 'possible' });
  scenario('by somebody on the path', (net) => {
    paused(net).inject.rst({ ttl: 118, ipId: 0x5a17, count: 3 });
  }).expect({ technique: 'rst-injection', atLeast: 'likely', forged: 'any' });
});

describe('resets with the IP ID of the packet they answer', () => {
  const refused = (net: Net, mirrored: (attempt: number) => boolean): void => {
    for (let attempt = 0; attempt < 4; attempt++) {
      net.visit({ server: OTHER, sni: FREE });
      const tls = net.connect({ server: SITE });
      tls.clientHello({ sni: BLOCKED });
      const id = mirrored(attempt) ? { mirror: true } : { ipId: 0x3000 + 77 * attempt };
      tls.inject.rst({ after: 30, ttl: 52, df: true, window: 501, ...id });
    }
  };
  scenario('one of four, by chance', (net) => refused(net, (attempt) => attempt === 2)).innocent({
    atMost: 'possible',
  });
  scenario('each of them', (net) => refused(net, () => true)).expect({
    technique: 'rst-injection',
    atLeast: 'likely',
    forged: 'any',
  });
});

describe('SYNs without an answer after something else', () => {
  const punished = (net: Net, before: (tls: Connection) => void): void => {
    for (let attempt = 0; attempt < 2; attempt++) {
      const tls = net.connect({ server: SITE });
      tls.clientHello({ sni: BLOCKED });
      before(tls);
    }
    net.visit({ server: OTHER, sni: FREE });
    for (let attempt = 0; attempt < 2; attempt++) net.unanswered({ server: SITE, retries: [1, 2] });
    net.visit({ server: OTHER, sni: FREE });
    net.wait(100_000);
    net.visit({ server: SITE, sni: FREE });
  };
  scenario('the server had refused the name itself, and is full for a while', (net) => {
    punished(net, (tls) => tls.reset('server', { ttl: 49 }));
  }).innocent({ atMost: 'possible' });
  scenario('the name had been reset by somebody else', (net) => {
    punished(net, (tls) => tls.inject.rst({ ttl: 118, ipId: 0x5a17, count: 3 }));
  }).expect({ technique: 'residual-blocking', atLeast: 'likely', forged: 'any', others: 'expected' });
});

describe('the large beginning of a hello is lost, its small end arrives', () => {
  const lost = (net: Net, names: readonly string[]): void => {
    for (const name of names) {
      for (let attempt = 0; attempt < 2; attempt++) {
        net.connect({ server: SITE }).narrowPathHello({ sni: name });
        net.wait(3000);
      }
    }
    net.visit({ server: SITE, sni: 'small.example.org' });
  };
  scenario('with every name, as the path is narrow', (net) => lost(net, [BLOCKED, FREE, FREE_TOO])).innocent();
  scenario('with one name; those of others pass', (net) => {
    for (let round = 0; round < 2; round++) {
      const tls = net.connect({ server: SITE });
      tls.clientHello({ sni: FREE_TOO, postQuantum: true });
      tls.serverHello();
      tls.talk(1);
      tls.close();
      lost(net, [BLOCKED]);
    }
  }).expect({ technique: 'sni-filtering', atLeast: 'possible', target: BLOCKED });
});

describe('hellos that are acknowledged, and then silence', () => {
  const muted = (net: Net, end: (tls: Connection, attempt: number) => void): void => {
    for (let attempt = 0; attempt < 4; attempt++) {
      net.visit({ server: SITE, sni: FREE });
      const tls = net.connect({ server: SITE });
      tls.clientHello({ sni: BLOCKED });
      tls.serverAck();
      tls.wait(9000 + 1000 * attempt);
      end(tls, attempt);
      net.wait(4000);
    }
  };
  scenario('the process hangs: some end by the client’s patience, one by the server’s', (net) => {
    muted(net, (tls, attempt) => (attempt === 2 ? tls.close('server') : tls.reset('client')));
  }).innocent({ atMost: 'possible' });
  scenario('the whole server hangs for a minute: nobody else is answered before it is well again', (net) => {
    net.visit({ server: OTHER, sni: FREE });
    for (let attempt = 0; attempt < 3; attempt++) {
      const tls = net.connect({ server: SITE });
      tls.clientHello({ sni: BLOCKED });
      tls.serverAck();
      tls.wait(15_000);
      tls.segment('client', { flags: 'FA', lost: 'after-capture' });
      net.wait(4000);
    }
    net.wait(300_000);
    net.visit({ server: SITE, sni: FREE });
  }).innocent({ atMost: 'possible' });
  scenario('nothing passes: what the client closes with is not acknowledged', (net) => {
    muted(net, (tls) => tls.segment('client', { flags: 'FA', lost: 'after-capture' }));
  }).expect({ technique: 'sni-filtering', confidence: 'likely', target: BLOCKED });
});

describe('a name of a service at a private address', () => {
  const told = (net: Net, address: string): void => {
    for (const name of ['bbc.co.uk', 'm.bbc.co.uk']) net.resolve({ name, answer: { addresses: [address] } });
    net.wait(60_000);
    net.resolve({ name: FREE, answer: { addresses: ['93.184.215.14'] } });
    net.visit({ server: SITE, sni: FREE });
  };
  scenario('one’s own router, until one has signed in', (net) => told(net, '10.0.0.1')).innocent({
    atMost: 'possible',
  });
  scenario('of nobody here', (net) => told(net, '10.10.34.35')).expect({
    technique: 'dns-poisoning',
    atLeast: 'likely',
    forged: 'any',
    others: 'expected',
  });
});

describe('a SYN that is reset', () => {
  const refused = (net: Net, make: (tls: Connection) => void): void => {
    net.visit({ server: OTHER, sni: FREE });
    for (let attempt = 0; attempt < 2; attempt++) {
      const tls = net.dial({ server: SITE, rtt: 60 }).syn();
      make(tls);
    }
    net.wait(60_000);
    for (let visit = 0; visit < 2; visit++) net.visit({ server: SITE, sni: FREE, rtt: 60 });
  };
  scenario('by the gateway, until one has signed in', (net) => {
    refused(net, (tls) => tls.inject.rst({ after: 1.7, ttl: 64, df: true, seq: 0 }));
  }).innocent({ atMost: 'possible' });
  scenario(
    'by the gateway, captured by a router in between',
    (net) => refused(net, (tls) => tls.inject.rst({ after: 1.7, ttl: 64, df: true, seq: 0 })),
    { crippled: doubledAsAny },
  ).innocent({ atMost: 'possible' });
  scenario('by somebody on the path', (net) => {
    refused(net, (tls) => tls.inject.rst({ after: 8, ttl: 57, df: false, seq: 0 }));
  }).expect({ technique: 'rst-injection', atLeast: 'likely' });
});

describe('a connection opened at a server, and reset without a word', () => {
  const visitor = { client: '185.15.59.7', server: '192.168.1.10:443', serverHops: 15 };
  const opened = (net: Net, seconds: number): void => {
    for (let attempt = 0; attempt < 2; attempt++) {
      net
        .connect(visitor)
        .wait(seconds * 1000)
        .reset('client', { ttl: 53, window: 509 });
    }
  };
  scenario('after a while, when the way to the client has changed', (net) => opened(net, 2.6), {
    vantage: 'server',
  }).innocent({ atMost: 'possible' });
  scenario('at once', (net) => opened(net, 0.01), { vantage: 'server' }).expect({
    technique: 'rst-injection',
    atLeast: 'likely',
    forged: 'any',
  });
});

describe('a transfer that freezes at 16 KB, while another at the address does not', () => {
  const frozen = (net: Net, other: string): void => {
    const delivering = (server: string, sni: string, bytes: number): Connection => {
      const tls = net.connect({ server });
      tls.clientHello({ sni });
      tls.serverHello();
      return tls.talk(1, bytes);
    };
    delivering(OTHER, FREE, 70_000).close();
    for (let attempt = 0; attempt < 2; attempt++) {
      delivering(SITE, BLOCKED, 3000).close();
      const tls = delivering(SITE, BLOCKED, 13_000);
      tls.data('client', applicationData(60, 9), { after: 200, lost: 'after-capture' });
      tls.retransmit('client', 6);
      net.wait(4000);
    }
    delivering(SITE, other, 70_000).close();
    delivering(OTHER, FREE, 70_000).close();
  };
  scenario('with the same name', (net) => frozen(net, BLOCKED)).innocent();
  scenario('with another name', (net) => frozen(net, FREE_TOO)).expect({
    technique: 'data-cutoff',
    confidence: 'likely',
    target: BLOCKED,
  });
});

describe('large hellos that vanish, captured before the card cuts them', () => {
  const large = (net: Net, vanish: (tls: Connection, sni: string) => void, names: readonly string[]): void => {
    for (const server of [SITE, MIRROR]) {
      for (const sni of [FREE, BLOCKED, BLOCKED]) {
        const tls = net.connect({ server });
        if (names.includes(sni)) vanish(tls, sni);
        else tls.clientHello({ sni, postQuantum: true }).serverHello().talk(1).close();
        net.wait(3000);
      }
      net.visit({ server, sni: FREE_TOO });
    }
  };
  scenario(
    'whatever the name: the path is narrow',
    (net) => large(net, (tls, sni) => tls.narrowPathHello({ sni }), [BLOCKED, FREE]),
    { crippled: mergedByOffload },
  ).innocent();
  scenario(
    'one name; that of another, a little shorter, passes',
    (net) =>
      large(
        net,
        (tls, sni) => tls.clientHello({ sni, postQuantum: true, lost: 'after-capture' }).retransmit('client', 6),
        [BLOCKED],
      ),
    { crippled: mergedByOffload },
  ).expect({ technique: 'sni-filtering', confidence: 'likely', target: BLOCKED });
});

describe('two answers to one question, in one handwriting', () => {
  const asked = (net: Net, times: number): void => {
    for (let time = 0; time < times; time++) {
      net.resolve({ name: FREE, answer: { addresses: ['93.184.215.14'] } });
      net.resolve({
        name: BLOCKED,
        answer: { addresses: ['23.215.0.136'], recordTtl: 20 },
        again: { addresses: ['151.101.2.132'], recordTtl: 20, after: 12 },
      });
      net.wait(5000);
    }
  };
  scenario('once: the question was doubled on its way, and a balancer of names told each something else', (net) =>
    asked(net, 1),
  ).innocent({ atMost: 'possible' });
  scenario('each time, and with this name only', (net) => asked(net, 3)).expect({
    technique: 'dns-poisoning',
    atLeast: 'likely',
    target: BLOCKED,
    forged: 'any',
  });
});

describe('the gateway resets what goes on', () => {
  const cutOff = (net: Net, isLeft: boolean): void => {
    net.visit({ server: OTHER, sni: FREE });
    const open = [net.connect({ server: SITE }), net.connect({ server: SITE })];
    for (const tls of open) {
      tls.wait(1000).clientHello({ sni: FREE_TOO, lost: 'after-capture' });
      tls.inject.rst({ after: 2.4, ttl: 64, df: false, ipId: 0x2f10 });
    }
    for (let attempt = 0; attempt < 3; attempt++)
      net.visit({ client: isLeft ? '192.168.43.17' : '10.0.0.2', server: OTHER, sni: FREE });
  };
  scenario('on connections from an address that the device has left', (net) => cutOff(net, true)).innocent({
    atMost: 'possible',
  });
  scenario('on connections to one site', (net) => cutOff(net, false)).expect({
    technique: 'rst-injection',
    atLeast: 'likely',
    forged: 'any',
  });
});

describe('a gateway that says what is prohibited', () => {
  const refuse = (tls: Connection): Connection =>
    tls.icmp({ type: 3, code: 13, from: '10.0.0.1', ttl: 64, after: 1.5, quotedTtl: 64, forged: true });
  scenario('about a connection that it had carried: the device has come from another network', (net) => {
    net.visit({ server: OTHER, sni: FREE });
    const tls = net.connect({ server: SITE });
    tls.clientHello({ sni: FREE_TOO }).serverHello().talk(2);
    refuse(tls.wait(9000).data('client', applicationData(300, 1), { lost: 'after-capture' }));
    net.visit({ client: '192.168.43.17', server: OTHER, sni: FREE });
  }).innocent({ atMost: 'possible' });
  scenario('about the SYNs to an address', (net) => {
    net.visit({ server: OTHER, sni: FREE });
    for (const server of [SITE, SITE_WEB]) refuse(net.dial({ server }).syn({ lost: 'after-capture' }));
    net.visit({ server: OTHER, sni: FREE });
  }).expect({ technique: 'ip-null-routing', atLeast: 'likely' });
  scenario('about QUIC, while TCP to the address works: not the address', (net) => {
    for (const [at, server] of [SITE, THIRD].entries()) {
      const time = 100 + 20_000 * at;
      net.quic({ server, sni: FREE_TOO, answered: false, at: time });
      const [address] = server.split(':') as [string];
      const ends = { source: '10.0.0.2', destination: address, ttl: 64, df: true };
      const quoted = udp(ends, { sourcePort: 50_000 + 2 * at, destinationPort: 443 }, new Uint8Array(1200));
      const gateway = { source: '10.0.0.1', destination: '10.0.0.2', ttl: 64 };
      net.record(time + 1, icmpError(gateway, { type: 3, code: 13, quoted }), { forged: true });
      net.visit({ server, sni: FREE_TOO, at: time + 300 });
      net.visit({ server: OTHER, sni: FREE, at: time + 900 });
    }
  }).expect({ technique: 'quic-blocking', trigger: 'protocol', atLeast: 'likely', place: 'local-network' });
});

describe('a reset in the handwriting of another stack, after a hello that was acknowledged', () => {
  const reset = (net: Net, after: number): void => {
    net.visit({ server: OTHER, sni: FREE });
    for (let attempt = 0; attempt < 2; attempt++) {
      const tls = net.connect({ server: SITE });
      tls.clientHello({ sni: FREE_TOO }).serverAck().wait(after);
      tls.segment('server', { flags: 'RA', ttl: 243, df: false, ipId: 0x1234, window: 4380 });
      net.wait(4000);
    }
  };
  scenario('three seconds later: a balancer whose machine has died', (net) => reset(net, 3000)).innocent({
    atMost: 'possible',
  });
  scenario('at once', (net) => reset(net, 10)).expect({ technique: 'rst-injection', atLeast: 'likely', forged: 'any' });
});

describe('resets from next to the device, after a handshake in which nothing was asked', () => {
  const stopped = (net: Net, after: number): void => {
    for (let attempt = 0; attempt < 2; attempt++) {
      net.visit({ server: OTHER, sni: FREE });
      net.connect({ server: SITE }).clientHello({ sni: FREE_TOO }).serverHello().talk(1).close();
      net.connect({ server: SITE }).inject.rst({ after, ttl: 64, df: false, ipId: 0x1234 });
    }
  };
  scenario('within a millisecond: software of the device itself', (net) => stopped(net, 0.3)).expect({
    technique: 'rst-injection',
    place: 'this-device',
    atLeast: 'likely',
  });
  scenario('later than any device', (net) => stopped(net, 8)).expect({
    technique: 'rst-injection',
    place: 'path',
    atLeast: 'likely',
  });
});

describe('resets whose windows differ as their hop limits do', () => {
  const twice = (net: Net, reset: (tls: Connection, at: number) => void): void => {
    for (let attempt = 0; attempt < 2; attempt++) {
      net.visit({ server: OTHER, sni: FREE });
      const tls = net.connect({ server: SITE, serverHops: 12 - 8 * attempt, backend: `machine ${attempt}` });
      tls.clientHello({ sni: FREE_TOO });
      reset(tls, attempt);
    }
  };
  scenario('as hop limits of the machines behind the address do, by chance', (net) =>
    twice(net, (tls, at) => tls.reset('server', { window: 501 + 8 * at, after: 9 })),
  ).innocent({ atMost: 'possible' });
  scenario('as no hop limit of a machine there does', (net) =>
    twice(net, (tls, at) => tls.inject.rst({ ttl: 118 + 8 * at, window: 1493 + 8 * at, df: true, ipId: 0x5a17 + at })),
  ).expect({ technique: 'rst-injection', atLeast: 'likely', evidence: ['ttl-window-step'] });
});

describe('an address that says nothing to a client, on any port', () => {
  const silent = (net: Net, others: string): void => {
    const client = '10.0.0.3';
    net.resolve({ client, name: BLOCKED, answer: { addresses: ['93.184.215.14'] } });
    for (let round = 0; round < 2; round++) {
      net.visit({ server: others, sni: FREE_TOO });
      net.visit({ client, server: OTHER, sni: FREE });
      for (const server of [SITE, SITE_WEB]) net.unanswered({ client, server, retries: [1, 2, 4] });
      net.visit({ client, server: OTHER, sni: FREE });
    }
  };
  scenario('and had answered another one: it stands still', (net) => silent(net, SITE), { vantage: 'path' }).innocent({
    atMost: 'possible',
  });
  scenario('nor to anybody', (net) => silent(net, OTHER), { vantage: 'path' }).expect({
    technique: 'ip-null-routing',
    confidence: 'likely',
  });
});

describe('a SYN is reset sooner and from nearer than the address was', () => {
  const refused = (net: Net, client: string): void => {
    for (let visit = 0; visit < 3; visit++) net.visit({ server: SITE, sni: FREE, rtt: 52 });
    for (let attempt = 0; attempt < 2; attempt++) {
      net.visit({ client, server: OTHER, sni: FREE_TOO });
      const tls = net.dial({ client, server: SITE, rtt: 39, serverHops: 9 }).syn();
      tls.segment('server', { flags: 'RA', seq: 0, ipId: 0 });
    }
  };
  scenario('from another network, where it is nearer', (net) => refused(net, '10.8.0.2')).innocent({
    atMost: 'possible',
  });
  scenario('from the same', (net) => refused(net, '10.0.0.2')).expect({
    technique: 'rst-injection',
    atLeast: 'likely',
    forged: 'any',
  });
});
