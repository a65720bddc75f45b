// What becomes of names, addresses and services in the composed analysis: outcomes of targets and surfaces of services,
// beside what each finding says.
import { describe } from 'vitest';
import type { Net } from '../network.ts';
import { alert } from '../tls-bytes.ts';
import { told } from '../told.ts';
import { BLOCKED, FREE, FREE_TOO, OTHER, OTHER6, SITE, SITE6, THIRD } from './places.ts';

const WEB = '149.154.167.99:443';
const CENTRES = ['149.154.175.50', '149.154.167.51', '149.154.175.100', '149.154.167.91', '91.108.56.130'];

function others(net: Net): void {
  net.visit({ server: OTHER, sni: FREE });
  net.visit({ server: THIRD, sni: FREE_TOO });
}

/** A conversation with a data centre: more rounds than the key exchange has. */
function chat(net: Net, address: string): void {
  const app = net.connect({ server: `${address}:443`, rtt: 60 });
  for (let round = 0; round < 4; round++) {
    const bytes = (length: number) => Uint8Array.from({ length }, (_, at) => (at * 37 + round * 11 + 5) & 255);
    app.data('client', bytes(104)).data('server', bytes(200)).clientAck();
  }
  app.close();
}

const reset = (net: Net, sni: string): void => {
  for (let attempt = 0; attempt < 3; attempt++) {
    const tls = net.connect({ server: WEB, rtt: 60 }).clientHello({ sni });
    tls.inject.rst({ after: 4, ttl: 125, ipId: 0x5200, df: false, flags: 'R' }).serverHello();
  }
};

describe('Telegram', () => {
  told(
    'of April 2018: the website’s main names are reset, a side name at their address and the app work',
    (net) => {
      others(net);
      net.visit({ server: WEB, sni: 'comments.app', rtt: 60 });
      for (const name of ['telegram.org', 'web.telegram.org', 't.me']) reset(net, name);
      for (const address of CENTRES) chat(net, address);
    },
    {
      judged: ['confirmed rst-injection/rst to-client after client-hello: stopped, path; tls-sni likely'],
      outcomes: { 'telegram.org': 'blocked', 't.me': 'blocked', 'comments.app': 'ok' },
      surfaces: ['telegram web blocked', 'telegram app reachable'],
    },
  );

  told(
    'a side name alone is blocked',
    (net) => {
      others(net);
      net.visit({ server: WEB, sni: 'telegram.org', rtt: 60 });
      reset(net, 'comments.app');
    },
    {
      judged: ['confirmed rst-injection/rst to-client after client-hello: stopped, path; tls-sni likely'],
      surfaces: ['telegram web degraded'],
    },
  );

  told(
    'some data centres are silent on two ports each, others answer',
    (net) => {
      net.visit({ server: WEB, sni: 'telegram.org', rtt: 60 });
      others(net);
      for (const address of CENTRES.slice(0, 3)) {
        for (const port of [443, 80]) net.unanswered({ server: `${address}:${port}`, retries: [1, 2, 4] });
      }
      for (const address of CENTRES.slice(3)) chat(net, address);
      others(net);
    },
    {
      judged: [
        'likely null-route/prefix both after syn: stopped, unknown; ip-address likely',
        'likely null-route/address both after syn: stopped, unknown; ip-address likely',
      ],
      surfaces: ['telegram web reachable', 'telegram app degraded'],
    },
  );

  told(
    'the app opens socket after socket, each with one or two SYNs, and the web works',
    (net) => {
      others(net);
      const start = net.latest + 100;
      for (let round = 0; round < 5; round++) {
        for (const [at, address] of CENTRES.entries()) {
          net.unanswered({ server: `${address}:443`, retries: [1], at: start + round * 4000 + at * 40 });
        }
      }
      others(net);
    },
    {
      judged: [
        'likely packet-drop/prefix both after syn: stopped, unknown; ip-address likely',
        'likely packet-drop/port both after syn: stopped, unknown; ip-address likely',
      ],
      surfaces: ['telegram app blocked'],
    },
  );

  told(
    'a router on the way prohibits every data centre',
    (net) => {
      others(net);
      net.visit({ server: WEB, sni: 'telegram.org', rtt: 60 });
      for (const address of CENTRES) {
        const app = net.dial({ server: `${address}:443` }).syn({ lost: 'after-capture' });
        app.icmp({ type: 3, code: 13, from: '62.115.44.7', ttl: 60, after: 12, quotedTtl: 60, forged: true });
        net.wait(500);
      }
      others(net);
    },
    {
      judged: ['likely icmp-reject/icmp-3-13 to-client after syn: stopped, path; ip-address possible'],
      surfaces: ['telegram web reachable', 'telegram app blocked'],
    },
  );

  told(
    'the name is poisoned, and whoever is at the forged address is nobody’s target',
    (net) => {
      for (const name of [FREE, FREE_TOO]) net.resolve({ name, answer: { addresses: ['96.7.128.175'] } });
      const forged = { after: 3, addresses: ['31.13.94.37'], ttl: 59 };
      net.resolve({ name: 'telegram.org', answer: { addresses: ['149.154.167.99'] }, inject: [forged] });
      for (let attempt = 0; attempt < 2; attempt++) net.unanswered({ server: '31.13.94.37:443' });
    },
    {
      judged: ['confirmed forged-answer/injected to-client after query: stopped, path; dns-name likely'],
      outcomes: { 'telegram.org': 'blocked', '31.13.94.37': 'insufficient' },
      surfaces: ['telegram web blocked'],
    },
  );
});

describe('a name is asked for', () => {
  const known = (net: Net, resolver: string): void => {
    for (let round = 0; round < 2; round++) {
      net.resolve({ name: FREE, resolver, answer: { addresses: ['96.7.128.175'] } });
      net.resolve({ name: FREE_TOO, resolver, answer: { addresses: ['151.101.2.132'] } });
    }
  };

  told(
    'and the first of two answers is forged: it is the one that is taken',
    (net) => {
      known(net, '9.9.9.9');
      const inject = [{ after: 3, addresses: ['31.13.94.37'], ttl: 59 }];
      net.resolve({ name: BLOCKED, resolver: '9.9.9.9', answer: { addresses: ['93.184.215.14'] }, inject });
    },
    {
      judged: ['confirmed forged-answer/injected to-client after query: stopped, path; dns-name likely'],
      outcomes: { [BLOCKED]: 'blocked' },
    },
  );

  told(
    'and three injectors answer but not the resolver: none of them is the resolver',
    (net) => {
      known(net, '9.9.9.9');
      const inject = [
        { after: 4, addresses: ['31.13.94.37'], ttl: 64, df: true, ipId: 0xb10c },
        { after: 5, addresses: ['162.125.32.2'], ttl: 101, flags: 0x8400 },
        { after: 9, addresses: ['199.59.148.9'], ttl: 62, ipId: 0x4321 },
      ];
      net.resolve({ name: BLOCKED, resolver: '9.9.9.9', inject });
    },
    {
      judged: ['confirmed forged-answer/injected to-client after query: stopped, path; dns-name likely'],
      like: ['Great Firewall of China'],
      outcomes: { [BLOCKED]: 'blocked' },
    },
  );

  told(
    'and a box on the way says early what the resolver says too: no lie',
    (net) => {
      known(net, '9.9.9.9');
      const addresses = ['93.184.215.14'];
      net.resolve({
        name: BLOCKED,
        resolver: '9.9.9.9',
        answer: { addresses },
        inject: [{ after: 3, addresses, ttl: 59 }],
      });
    },
    { judged: [], forged: 'none', outcomes: { [BLOCKED]: 'ok' } },
  );

  told(
    'over IPv6, and an address of the wrong family is injected',
    (net) => {
      const v6 = { client: '2a01:4f8::2', resolver: '2620:fe::fe' };
      for (const name of [FREE, FREE_TOO]) net.resolve({ ...v6, name, answer: { addresses: ['96.7.128.175'] } });
      const inject = [{ after: 3, addresses: ['31.13.94.37'], ttl: 59 }];
      net.resolve({ ...v6, name: BLOCKED, type: 28, answer: { addresses: ['2606:2800:21f:cb07::1'] }, inject });
    },
    { judged: ['confirmed forged-answer/injected to-client after query: stopped, path; dns-name likely'] },
  );
});

describe('silence', () => {
  const between = (net: Net, attempt: () => void): void => {
    for (let at = 0; at < 3; at++) {
      net.visit({ server: SITE, sni: FREE, rtt: 37 });
      attempt();
      net.wait(1000);
    }
    net.visit({ server: SITE, sni: FREE_TOO, rtt: 37 });
  };

  told(
    'symmetric, after the ServerHello came through',
    (net) => {
      between(net, () => {
        const tls = net.connect({ server: SITE, rtt: 37 }).clientHello({ sni: BLOCKED }).serverHello();
        tls.data('client', new Uint8Array(80).fill(20), { lost: 'after-capture' }).retransmit('client', 6);
      });
    },
    { judged: ['likely packet-drop/silent-after-hello both after data: stopped, unknown; tls-sni likely'] },
  );

  const outerNameDropped = (net: Net): void => {
    const ech = { sni: 'cloudflare-ech.com', ech: true, postQuantum: true } as const;
    net
      .connect({ server: SITE, rtt: 37 })
      .clientHello({ ...ech, lost: 'after-capture' })
      .retransmit('client', 5);
  };

  told(
    'after a hello of two segments where only small ones pass: of a path too narrow the small one would be acknowledged',
    (net) => between(net, () => outerNameDropped(net)),
    { judged: ['likely packet-drop/hello-dropped to-server after client-hello: stopped, unknown; tls-sni likely'] },
  );

  told(
    'after the outer name of an encrypted hello, while hellos as long pass with another name',
    (net) =>
      between(net, () => {
        outerNameDropped(net);
        const long = net.connect({ server: SITE, rtt: 37 }).clientHello({ sni: FREE, postQuantum: true });
        long.serverHello().talk(2).close();
      }),
    {
      judged: ['likely packet-drop/hello-dropped to-server after client-hello: stopped, unknown; tls-sni likely'],
      outcomes: { 'cloudflare-ech.com': 'blocked' },
    },
  );

  told(
    'over IPv6, of every hello with the name',
    (net) => {
      for (let at = 0; at < 3; at++) {
        net.visit({ server: SITE6, sni: FREE, rtt: 37 });
        const tls = net.connect({ server: SITE6, rtt: 37 }).clientHello({ sni: BLOCKED, lost: 'after-capture' });
        tls.retransmit('client', 6);
      }
      net.visit({ server: SITE6, sni: FREE_TOO, rtt: 37 });
      net.visit({ server: OTHER6, sni: FREE });
    },
    { judged: ['likely packet-drop/hello-dropped to-server after client-hello: stopped, unknown; tls-sni likely'] },
  );

  told(
    'already before the hello: the SYN-ACK is sent again and again, whatever the name',
    (net) => {
      others(net);
      for (let attempt = 0; attempt < 3; attempt++) {
        const tor = net.dial({ server: '93.184.215.14:9001' });
        tor.syn().synAck().clientAck({ lost: 'after-capture' }).clientHello({ sni: FREE, lost: 'after-capture' });
        for (const pause of [1000, 2000, 4000]) {
          tor.synAck({ after: pause }).resend({ after: 200, lost: 'after-capture' });
        }
        tor.segment('client', { flags: 'FA', after: 3000, lost: 'after-capture' });
      }
      others(net);
    },
    {
      judged: [
        'possible packet-drop/syn-ack-repeated to-server after handshake: stopped, unknown; ip-address possible',
      ],
    },
  );

  told(
    'of an address on TCP and QUIC',
    (net) => {
      net.resolve({ name: BLOCKED, answer: { addresses: ['93.184.215.14'] } });
      others(net);
      net.quic({ server: SITE, sni: BLOCKED, answered: false });
      for (let attempt = 0; attempt < 2; attempt++) net.unanswered({ server: SITE });
      others(net);
    },
    { judged: ['likely null-route/address both after syn: stopped, unknown; ip-address likely'] },
  );
});

told(
  'an alert is forged, and nobody reads the server’s own answer after it',
  (net) => {
    for (let attempt = 0; attempt < 3; attempt++) {
      net.visit({ server: SITE, sni: FREE, rtt: 37 });
      const tls = net.connect({ server: SITE, rtt: 37 }).clientHello({ sni: BLOCKED });
      tls.inject.data(alert(40), { after: 3, ttl: 120, ipId: 0x3333, df: false }).serverHello();
    }
    net.visit({ server: SITE, sni: FREE_TOO, rtt: 37 });
  },
  {
    judged: ['confirmed tls-alert/forged-alert to-client after client-hello: stopped, unknown; tls-sni likely'],
    outcomes: { [BLOCKED]: 'blocked' },
  },
);
