// Transfers held to a fixed speed (detection rule 1.7), and what slows transfers otherwise.
import { describe } from 'vitest';
import type { Connection, Net } from '../network.ts';
import { scenario } from '../scenario.ts';
import { applicationData } from '../tls-bytes.ts';
import { BLOCKED, FREE, OTHER, SITE } from './places.ts';

const SEGMENT = 1400;
const ROUND = 250;
/** The round trip, and the moment a client takes: by so much an acknowledgement moves the server's clock on. */
const RTT = 40;
const TURN = RTT + 0.2;

interface Path {
  /** Whether the packet sent at this time, in milliseconds, passes. */
  readonly passes: (time: number) => boolean;
  /** Milliseconds between two packets of a round. */
  readonly spacing: number;
}

/** A bucket of so many bytes that empties at so many bytes a millisecond. */
function policer(rate: number, bucket: number): Path {
  let level = 0;
  let last = 0;
  return {
    spacing: 0.05,
    passes(time) {
      level = Math.max(0, level - rate * (time - last));
      last = time;
      if (level + SEGMENT > bucket) return false;
      level += SEGMENT;
      return true;
    },
  };
}

/** Loses packets without regard to how many went before. */
function lossy(share: number): Path {
  let state = 7;
  return {
    spacing: 0.05,
    passes() {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      return state / 0x7fffffff >= share;
    },
  };
}

/** Packets leave a queue one by one, and every so many find it full. */
function queue(rate: number, every: number): Path {
  let count = 0;
  return {
    spacing: SEGMENT / rate,
    passes() {
      return ++count % every !== 0;
    },
  };
}

/** A download over the path: a window that halves when something was lost and grows by one packet a round otherwise. */
function download(net: Net, sni: string, path: Path, packets: number): Connection {
  const tls = net.connect({ server: SITE, rtt: RTT });
  tls.clientHello({ sni });
  tls.serverHello();
  tls.data('client', applicationData(300, 1), { after: 5 });
  const data = applicationData(SEGMENT - 5, 3);
  // Lost in the last round, which nobody knows before what comes after it has been acknowledged; and known to be
  let missing: number[] = [];
  const known: number[] = [];
  const first = tls.nextSequence('server');
  let window = 10;
  let sent = 0;
  for (let time = 0; sent < packets || missing.length + known.length > 0; ) {
    const again = known.splice(0, Math.max(1, window));
    const fresh = Math.min(packets - sent, Math.max(1, window - again.length));
    const round = [...again, ...Array.from({ length: fresh }, () => sent++)];
    known.push(...missing);
    missing = [];
    for (const [at, number] of round.entries()) {
      const after = at === 0 ? ROUND : path.spacing;
      time += after;
      const passes = path.passes(time);
      const seq = (first + number * data.length) >>> 0;
      tls.segment('server', { flags: 'A', payload: data, seq, after, ...(passes ? {} : { lost: 'before-capture' }) });
      if (!passes) missing.push(number);
    }
    tls.clientAck();
    time += TURN;
    window = missing.length > 0 ? Math.max(6, window >> 1) : window + 1;
  }
  return tls;
}

/** As fast as the line carries. */
function fast(net: Net): void {
  const tls = net.connect({ server: OTHER });
  tls.clientHello({ sni: FREE });
  tls.serverHello();
  tls.talk(1, 70_000);
  tls.close();
}

describe('policed', () => {
  scenario('at 20 kB/s, while another address delivers at full speed', (net) => {
    fast(net);
    download(net, BLOCKED, policer(20, 30_000), 180);
    fast(net);
  }).expect({
    technique: 'throttling',
    interference: 'throttling',
    variant: 'policed',
    confidence: 'likely',
    trigger: 'tls-sni',
    triggerAtMost: 'possible',
    evidence: ['policed', 'arrives-in-bursts', 'control-faster'],
    alternatives: ['speed-limit', 'congestion'],
    target: BLOCKED,
    effect: 'degraded',
  });

  scenario('at 20 kB/s, and nothing to compare it with', (net) => {
    download(net, BLOCKED, policer(20, 30_000), 180);
  }).expect({ technique: 'throttling', confidence: 'likely', trigger: 'unknown', target: BLOCKED });
});

/** Nothing is lost; everything waits its turn: one packet in so many milliseconds. */
function steady(net: Net, sni: string, spacing: number, packets: number): void {
  const tls = net.connect({ server: SITE });
  tls.clientHello({ sni });
  tls.serverHello();
  tls.data('client', applicationData(300, 1), { after: 5 });
  const data = applicationData(SEGMENT - 5, 3);
  for (let sent = 0; sent < packets; sent++) {
    tls.segment('server', { flags: 'A', payload: data, after: spacing });
    if (sent % 10 === 9) tls.clientAck();
  }
  tls.close();
}

describe('held back', () => {
  scenario('with one name, while others from the same address are as fast as the line', (net) => {
    steady(net, FREE, 1, 60);
    steady(net, BLOCKED, 200, 180);
    steady(net, FREE, 1, 60);
  }).expect({
    technique: 'throttling',
    variant: 'shaped',
    confidence: 'possible',
    trigger: 'tls-sni',
    target: BLOCKED,
    effect: 'degraded',
  });
});

describe('innocent', () => {
  scenario('the line is slow for a while, for every name', (net) => {
    steady(net, FREE, 1, 60);
    steady(net, BLOCKED, 200, 180);
    steady(net, FREE, 200, 180);
  }).innocent();

  scenario('a weak link that loses one packet in twelve', (net) => {
    fast(net);
    download(net, BLOCKED, lossy(0.08), 180);
    fast(net);
  }).innocent();

  scenario('a queue that overflows: a slow line, packets one behind the other', (net) => {
    fast(net);
    download(net, BLOCKED, queue(20, 20), 180);
    fast(net);
  }).innocent();

  scenario('a server that sends slowly and loses nothing', (net) => {
    fast(net);
    download(net, BLOCKED, { spacing: 70, passes: () => true }, 180);
    fast(net);
  }).innocent();

  scenario(
    'the capture lost packets',
    (net) => {
      fast(net);
      download(net, BLOCKED, policer(20, 30_000), 180);
    },
    { dropped: 30 },
  ).innocent();
});
