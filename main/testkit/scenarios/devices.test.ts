// Devices that people described, each as it looks on the wire (detection reference, attribution of 1.1), and what has to
// be said of it: not only that something was forged, but what, at which moment, by what it was set off and whom it is
// like.
import { describe } from 'vitest';
import { ascii, fromHex } from '../bytes.ts';
import { cutTo, doubledAsAny, mergedByOffload, oneDirection, withoutHandshakes } from '../cripplers.ts';
import type { Connection, ConnectOptions, InjectSettings, Net, NetOptions } from '../network.ts';
import { told } from '../told.ts';
import { BLOCKED, FREE, FREE_TOO, MIRROR, OTHER, OTHER6, SITE, SITE_WEB, SITE6 } from './places.ts';

const FAR = { server: SITE, rtt: 160, serverHops: 17 };

function hello(net: Net, options: Partial<ConnectOptions> = {}): Connection {
  return net.connect({ ...FAR, ...options }).clientHello({ sni: BLOCKED });
}

function request(net: Net, options: Partial<ConnectOptions> = {}): Connection {
  return net.connect({ server: SITE_WEB, rtt: 90, serverHops: 14, ...options }).request({ host: BLOCKED });
}

/** Three identical resets of one trigger; TTL and window step together from trigger to trigger. */
const typeII = (step: number): InjectSettings => ({
  after: 11,
  ttl: 115 + step,
  ipId: 0x206e + step,
  df: true,
  window: 1490 + step,
  count: 3,
});

describe('GFW', () => {
  told(
    'type I: one bare RST of a TTL that varies, the server answers after it',
    (net) => {
      net.visit({ ...FAR, sni: FREE });
      for (const ttl of [80, 87, 94]) {
        hello(net).inject.rst({ flags: 'R', after: 11, ttl, ipId: 0, df: false }).serverHello();
      }
    },
    {
      judged: ['confirmed rst-injection/rst to-client after client-hello: stopped, path; tls-sni likely'],
      like: ['GFW type I'],
      outcomes: { [BLOCKED]: 'blocked', [FREE]: 'ok' },
    },
  );

  told('type II, one burst, and nothing after it', (net) => void hello(net).inject.rst(typeII(0)), {
    judged: ['likely rst-injection/rst-ack-burst to-client after client-hello: stopped, path; tls-sni possible'],
    like: ['GFW type II'],
  });

  told(
    'type II, several bursts in one connection',
    (net) => {
      const tls = hello(net);
      for (const step of [0, 1, 2]) tls.inject.rst({ ...typeII(step), after: step === 0 ? 11 : 120 });
      tls.serverHello();
    },
    {
      judged: ['confirmed rst-injection/rst-ack-burst to-client after client-hello: stopped, path; tls-sni possible'],
      like: ['GFW type II'],
    },
  );

  told(
    'types II and I answer one hello',
    (net) => {
      const tls = hello(net);
      tls.inject.rst(typeII(0)).inject.rst({ flags: 'R', after: 2, ttl: 70, ipId: 0, df: false });
      tls.serverHello();
    },
    {
      judged: ['confirmed rst-injection/mixed-burst to-client after client-hello: stopped, path; tls-sni possible'],
      like: ['GFW type I', 'GFW type II'],
    },
  );

  told('type III', (net) => void hello(net).inject.rst({ after: 11, ttl: 248, ipId: 0x9921, df: false }), {
    judged: ['likely rst-injection/rst-ack to-client after client-hello: stopped, path; tls-sni possible'],
    like: ['GFW type III'],
  });

  const guesses = (web: Connection): void => {
    for (const seqOffset of [0, 1460, 4380]) {
      web.inject.rst({ flags: 'R', after: seqOffset === 0 ? 11 : 0.1, ttl: 50, ipId: 0x40, df: false, seqOffset });
    }
  };

  told('of 2006: resets at three numbers, of nearly the server’s TTL', (net) => guesses(request(net)), {
    judged: ['likely rst-injection/rst-burst to-client after request: stopped, path; http-host possible'],
    like: ['GFW (2006)'],
  });

  told(
    'of 2006: data at the first of the three numbers comes after them all',
    (net) => {
      const web = request(net);
      guesses(web);
      web.response();
    },
    {
      judged: ['confirmed rst-injection/rst-burst to-client after request: stopped, path; http-host possible'],
      like: ['GFW (2006)'],
    },
  );

  const onPort443 = (web: Connection, window: number, settings: InjectSettings): void => {
    for (const step of [0, 1, 2]) {
      const identity = { ttl: 65 + step, window: window + step, ipId: 0x7001 + step, df: true };
      web.inject.rst({ after: step === 0 ? 8 : 0.1, ...identity, ...settings });
    }
  };

  told(
    'all of port 443: the SYN draws three resets, the SYN-ACK three more',
    (net) => {
      net.visit({ server: OTHER, sni: FREE });
      for (let attempt = 0; attempt < 2; attempt++) {
        const web = net.dial({ server: SITE, rtt: 240 }).syn();
        onPort443(web, 1980, { seq: 0 });
        web.synAck();
        onPort443(web, 3293, {});
        web.reset('client', { flags: 'R' });
      }
    },
    {
      judged: ['confirmed rst-injection/rst-ack-burst to-client after syn: stopped, path; ip-address possible'],
      like: ['GFW resets of port 443 (2023, 2025)', 'GFW type II'],
      outcomes: { '93.184.215.14': 'blocked' },
    },
  );

  told(
    'all of port 443, and no SYN-ACK comes through',
    (net) => {
      net.visit({ server: OTHER, sni: FREE });
      for (let attempt = 0; attempt < 2; attempt++) {
        onPort443(net.dial({ server: SITE, rtt: 240 }).syn(), 1980, { seq: 0 });
        net.wait(1000);
      }
    },
    {
      judged: ['likely rst-injection/rst-ack-burst to-client after syn: stopped, path; ip-address possible'],
      like: ['GFW resets of port 443 (2023, 2025)', 'GFW type II'],
    },
  );
});

describe('a provider’s or a vendor’s box', () => {
  told(
    'Henan: ten bytes of payload',
    (net) => {
      const payload = fromHex('01020304050607080900');
      hello(net, { serverHops: 20 }).inject.rst({ after: 3, ttl: 58, ipId: 1, df: false, payload }).serverHello();
    },
    {
      judged: ['confirmed rst-injection/rst-ack to-client after client-hello: stopped, path; tls-sni possible'],
      like: ['Henan provincial filter'],
    },
  );

  told(
    'device A: a whole round trip later, with another start TTL and the client’s window',
    (net) => {
      for (let attempt = 0; attempt < 2; attempt++) {
        const tls = hello(net, { rtt: 108, serverHops: 14, serverStack: 'balancer' });
        tls.inject.rst({ after: 108, ttl: 50, ipId: 0x2fe6, df: false, window: 501 });
      }
    },
    {
      judged: ['likely rst-injection/rst-ack to-client after client-hello: stopped, path; tls-sni possible'],
      like: ['CenTrace device A (195.46.232.198)'],
    },
  );

  told(
    'device B: swallows the hello and answers the FIN out of the FIN’s own header',
    (net) => {
      net.visit({ server: SITE, sni: FREE, rtt: 60 });
      for (let attempt = 0; attempt < 3; attempt++) {
        const tls = net.connect({ server: SITE, rtt: 60 }).clientHello({ sni: BLOCKED, lost: 'after-capture' });
        tls.retransmit('client', 3).segment('client', { flags: 'FA', after: 1500, lost: 'after-capture' });
        tls.inject.rst({ after: 20, ttl: 64, flags: 'R', mirror: true, df: false });
      }
    },
    {
      judged: ['likely rst-injection/rst to-client after client-hello: stopped, path; tls-sni likely'],
      like: ['CenTrace device B (195.64.201.42)'],
    },
  );

  told(
    'device C: a page with a FIN, then a RST; both are its own',
    (net) => {
      net.visit({ server: SITE_WEB, host: FREE, rtt: 90, serverHops: 14 });
      for (let attempt = 0; attempt < 2; attempt++) {
        const page = ascii('<html><title>Surf Safely!</title>'.padEnd(553));
        const web = request(net);
        web.inject.data(page, { flags: 'FPA', after: 20, ttl: 83, window: 16_384, ipId: 0x31, df: false });
        web.inject.rst({ after: 2, ttl: 47, ipId: 0x32, flags: 'R', df: false, seqOffset: 554 });
        web.response();
      }
    },
    {
      judged: [
        'confirmed block-page/page to-client after response: stopped, path; http-host likely',
        'likely rst-injection/rst to-client after request: stopped, path; http-host likely',
      ],
      like: ['CenTrace device C (103.93.208.20)', 'Pakistan, "Surf Safely"'],
      outcomes: { [BLOCKED]: 'blocked' },
    },
  );

  told(
    'a RST out of the request’s own header, with bits that nobody sets',
    (net) => {
      net.visit({ server: SITE_WEB, host: FREE, rtt: 240 });
      const web = request(net, { rtt: 240, serverHops: 27, serverStack: 'balancer' });
      web.inject.rst({ flags: 'R', after: 240, ttl: 43, mirror: true, window: 65_535, reserved: 0x100 });
    },
    { judged: ['likely rst-injection/rst to-client after request: stopped, path; http-host possible'] },
  );

  const inPlaceOfServerHello = (net: Net, servers: readonly string[]): void => {
    for (const [at, server] of servers.entries()) {
      net.visit({ server, sni: at === 0 ? FREE : FREE_TOO, rtt: 60 });
      for (let attempt = 0; attempt < 3; attempt++) {
        const tls = hello(net, { server, rtt: 60, serverHops: 12 }).serverHello({ lost: 'before-capture' });
        tls.inject.rst({ after: 62, ttl: 52, ipId: 0, df: true });
        net.wait(1500);
      }
    }
  };

  told(
    'TSPU: the ServerHello becomes a RST like the server’s own, in two networks',
    (net) => inPlaceOfServerHello(net, [SITE, MIRROR]),
    {
      judged: ['likely rst-injection/rst-ack to-client after client-hello: stopped, unknown; tls-sni confirmed'],
      like: [],
    },
  );

  told('TSPU at one address: the server may mean it just as well', (net) => inPlaceOfServerHello(net, [SITE]), {
    judged: ['possible rst-injection/rst-ack to-client after client-hello: stopped, unknown; tls-sni likely'],
    forged: 'none',
  });

  told(
    'a TTL copied from the client',
    (net) => {
      net.visit({ server: SITE, sni: FREE, rtt: 90 });
      for (const ipId of [0x1234, 0x5111, 0x9ab0]) {
        hello(net, { rtt: 90, serverHops: 12 }).inject.rst({ after: 8, ttl: 64, ipId, df: false }).serverHello();
      }
    },
    { judged: ['confirmed rst-injection/rst-ack to-client after client-hello: stopped, path; tls-sni likely'] },
  );

  told(
    'seen at the server, which takes no notice: the same ID and window each time, the client goes on',
    (net) => {
      for (const ttl of [47, 50, 49, 51]) {
        const tls = net.connect({ client: '203.0.114.7', server: '192.168.1.10:80', rtt: 90, serverHops: 20 });
        tls.clientHello({ sni: BLOCKED });
        tls.inject.rst({ to: 'server', after: 1, ttl, ipId: 0xf2, df: false, window: 16 });
        tls.clientAck({ after: 3 }).serverHello();
      }
    },
    {
      judged: ['likely rst-injection/rst-ack to-server after client-hello: survived, path; tls-sni possible'],
      like: [],
      outcomes: { [BLOCKED]: 'attempted' },
    },
    { vantage: 'server' },
  );

  told(
    'seen at the server before any hello: what was asked may have been dropped on the way',
    (net) => {
      for (let attempt = 0; attempt < 3; attempt++) {
        const tls = net.connect({ client: '203.0.114.7', server: '192.168.1.10:443', rtt: 90, serverHops: 20 });
        tls.inject.rst({ to: 'server', after: 41, ttl: 99, ipId: 0x99, df: false, window: 777, flags: 'R' });
        net.wait(300);
      }
    },
    { judged: ['likely rst-injection/rst to-server after handshake: stopped, path; unknown'] },
    { vantage: 'server' },
  );

  told(
    'on the path, to both ends',
    (net) => {
      for (const step of [0, 1]) {
        const tls = hello(net, { client: '185.15.59.7', rtt: 90, serverHops: 16 });
        tls.inject.rst({ ...typeII(step), after: 2 });
        tls.inject.rst({ ...typeII(step + 1), after: 1, to: 'server' }).serverHello();
      }
    },
    {
      judged: ['confirmed rst-injection/rst-ack-burst both after client-hello: stopped, path; tls-sni possible'],
      like: ['GFW type II'],
    },
    { vantage: 'path' },
  );
});

describe('at another moment', () => {
  const odd: InjectSettings = { after: 4, ttl: 101, ipId: 0x777, df: false, window: 700 };

  told(
    'after the ServerHello',
    (net) => {
      net.visit({ server: SITE, sni: FREE, rtt: 90 });
      for (let attempt = 0; attempt < 3; attempt++) {
        hello(net, { rtt: 90, serverHops: 12 }).serverHello().inject.rst(odd).data('server', new Uint8Array(900), {
          after: 120,
        });
      }
    },
    { judged: ['likely rst-injection/rst-ack to-client after response: stopped, path; tls-sni likely'] },
  );

  told(
    'at the second request of a connection',
    (net) => {
      const web = net.connect({ server: SITE_WEB, rtt: 90 }).request({ host: FREE }).response();
      web.request({ host: BLOCKED }).inject.rst(odd).response();
    },
    { judged: ['confirmed rst-injection/rst-ack to-client after data: stopped, path; http-host possible'] },
  );

  told(
    'the client takes no notice and gets its answer',
    (net) => {
      net.visit({ server: SITE, sni: FREE, rtt: 90 });
      for (let attempt = 0; attempt < 3; attempt++) {
        const tls = hello(net, { rtt: 90, serverHops: 12 }).inject.rst({ ...odd, ignored: true });
        tls.serverHello().talk(3).close();
      }
    },
    {
      judged: ['confirmed rst-injection/rst-ack to-client after client-hello: survived, path; tls-sni likely'],
      outcomes: { [BLOCKED]: 'attempted' },
    },
  );

  told(
    'a post-quantum hello of two segments, on another port',
    (net) => {
      const server = '93.184.215.14:8443';
      net.visit({ server, sni: FREE, rtt: 90 });
      for (let attempt = 0; attempt < 3; attempt++) {
        const tls = net.connect({ server, rtt: 90 }).clientHello({ sni: BLOCKED, postQuantum: true });
        tls.inject.rst(odd).serverHello();
      }
    },
    { judged: ['confirmed rst-injection/rst-ack to-client after client-hello: stopped, path; tls-sni likely'] },
  );

  told(
    'over IPv6, in answer to the SYN',
    (net) => {
      net.visit({ server: OTHER6, sni: FREE });
      for (let attempt = 0; attempt < 2; attempt++) {
        const web = net.dial({ server: SITE6, rtt: 240 }).syn();
        for (const step of [0, 1, 2]) web.inject.rst({ after: 3, ttl: 65 + step, window: 1980 + step, seq: 0 });
        web.synAck().reset('client', { flags: 'R' });
      }
    },
    { judged: ['confirmed rst-injection/rst-ack-burst to-client after syn: stopped, path; ip-address possible'] },
  );
});

describe.each<[string, NetOptions & { crippled?: typeof doubledAsAny }, string]>([
  ['Ethernet with a VLAN tag, pcap', { link: { vlan: 12 }, format: 'pcap' }, 'confirmed'],
  ['PPPoE', { link: { pppoe: 7 } }, 'confirmed'],
  ['SLL, pcap', { link: { kind: 'sll' }, format: 'pcap' }, 'confirmed'],
  ['SLL2', { link: { kind: 'sll2' } }, 'confirmed'],
  ['BSD null', { link: { kind: 'null' } }, 'confirmed'],
  ['raw IP', { link: { kind: 'raw' } }, 'confirmed'],
  ['half-way', { vantage: 'path' }, 'confirmed'],
  ['a router’s `any` interface', { crippled: doubledAsAny }, 'confirmed'],
  ['merged segments', { crippled: mergedByOffload }, 'confirmed'],
  ['no handshakes', { crippled: withoutHandshakes }, 'likely'],
])('three bursts in a capture of %s', (_, options, confidence) => {
  told(
    'are told with every frame',
    (net) => {
      net.visit({ server: SITE, sni: FREE, rtt: 160 });
      for (const step of [0, 7, 14]) hello(net, { serverHops: 12 }).inject.rst(typeII(step)).serverHello();
    },
    {
      judged: [`${confidence} rst-injection/rst-ack-burst to-client after client-hello: stopped, path; tls-sni likely`],
      like: ['GFW type II'],
      outcomes: { [BLOCKED]: 'blocked' },
    },
    options,
  );
});

describe('three bursts in a capture that lacks the name', () => {
  const bursts = (net: Net): void => {
    for (const step of [0, 7, 14]) hello(net, { serverHops: 12 }).inject.rst(typeII(step)).serverHello();
  };
  told(
    'for it keeps headers only',
    bursts,
    {
      judged: ['likely rst-injection/rst-ack-burst to-client after request: stopped, path; unknown'],
      like: ['GFW type II'],
    },
    { crippled: (capture) => cutTo(capture, 54) },
  );
  told(
    'for it has what the client received, and no more',
    bursts,
    {
      judged: ['confirmed rst-injection/rst-ack-burst to-client after request: stopped, path; unknown'],
      like: ['GFW type II'],
    },
    { crippled: (capture) => oneDirection(capture, 'to-client') },
  );
});
