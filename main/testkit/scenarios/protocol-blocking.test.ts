// Connections dropped for looking like no known protocol (detection rule 1.10), and what looks like it.
import { describe } from 'vitest';
import { ascii } from '../bytes.ts';
import { CLIENT, type Net } from '../network.ts';
import { icmpError, udp } from '../packets.ts';
import { scenario } from '../scenario.ts';
import { ikeInit, openVpnReset, overTcp, wireGuardInitiation, wireGuardResponse } from '../vpn-bytes.ts';
import { FREE, MIRROR, OTHER, SITE, THIRD } from './places.ts';

const PROXY = '93.184.215.14:8388';
const HIDDEN = Uint8Array.from({ length: 300 }, (_, at) => (at * 167 + 13) & 255);

function inVain(net: Net, times: number, payload: Uint8Array = HIDDEN): void {
  for (let attempt = 0; attempt < times; attempt++) {
    const tcp = net.connect({ server: PROXY });
    tcp.data('client', payload, { lost: 'after-capture' });
    tcp.retransmit('client', 5);
  }
}

describe('fully encrypted', () => {
  scenario('two connections dropped after the first payload, the host answers TLS', (net) => {
    net.visit({ server: SITE, sni: FREE });
    inVain(net, 2);
    net.visit({ server: SITE, sni: FREE });
  }).expect({
    technique: 'port-blocking',
    trigger: 'protocol',
    interference: 'packet-drop',
    confidence: 'possible',
    evidence: ['fully-encrypted', 'request-unacknowledged', 'control-ok'],
    alternatives: ['server-firewall'],
    target: '93.184.215.14',
  });
});

interface Handshakes {
  readonly server?: string;
  readonly port?: number;
  readonly message?: (attempt: number) => Uint8Array;
  /** Seconds between them. */
  readonly pause?: number;
  readonly times?: number;
  readonly answer?: Uint8Array;
}

const HOST = '93.184.215.14';

/** First messages of a VPN to one place, from one socket. */
function handshakes(net: Net, options: Handshakes = {}): void {
  const {
    server = HOST,
    port = 51_820,
    message = (at) => wireGuardInitiation(`${at}`),
    pause = 5,
    times = 4,
  } = options;
  const ports = { sourcePort: net.nextPort(), destinationPort: port };
  const start = net.latest + 100;
  for (let attempt = 0; attempt < times; attempt++) {
    const away = { source: CLIENT, destination: server, ttl: 64, id: attempt + 1 };
    net.record(start + attempt * pause * 1000, udp(away, ports, message(attempt)), { outgoing: true });
  }
  if (options.answer === undefined) return;
  const back = { sourcePort: port, destinationPort: ports.sourcePort };
  const time = start + (times - 1) * pause * 1000 + 40;
  net.record(time, udp({ source: server, destination: CLIENT, ttl: 52 }, back, options.answer));
}

describe('handshakes of VPNs', () => {
  const expected = {
    technique: 'port-blocking',
    trigger: 'protocol',
    interference: 'packet-drop',
    confidence: 'possible',
    target: HOST,
  } as const;

  scenario('WireGuard draws no answer, the host answers TLS and other datagrams are answered', (net) => {
    net.visit({ server: SITE, sni: FREE });
    net.quic({ server: OTHER, sni: FREE });
    handshakes(net);
  }).expect({
    ...expected,
    evidence: ['protocol-recognised', 'udp-unanswered', 'control-ok'],
    alternatives: ['silent-by-design', 'server-firewall', 'local-filter'],
  });

  scenario('OpenVPN and IKE as well', (net) => {
    net.visit({ server: SITE, sni: FREE });
    net.quic({ server: OTHER, sni: FREE });
    handshakes(net, { port: 1194, message: () => openVpnReset('tls-crypt'), pause: 3 });
    handshakes(net, { port: 500, message: () => ikeInit(), pause: 3 });
  }).expect({ ...expected, others: 'expected' });

  scenario('WireGuard to hosts in three networks, of which nothing else is known', (net) => {
    net.quic({ server: OTHER, sni: FREE });
    for (const place of [SITE, MIRROR, THIRD]) handshakes(net, { server: place.split(':')[0]! });
    net.quic({ server: OTHER, sni: FREE });
  }).expect({ ...expected, evidence: ['repeated'], others: 'expected' });

  scenario('SSH and OpenVPN over TCP dropped after the first payload', (net) => {
    net.visit({ server: SITE, sni: FREE });
    inVain(net, 2, ascii('SSH-2.0-OpenSSH_9.6\r\n'));
    inVain(net, 2, overTcp(openVpnReset('sha256')));
    net.visit({ server: SITE, sni: FREE });
  }).expect({ ...expected, evidence: ['protocol-recognised'] });
});

describe('innocent handshakes', () => {
  // Nobody can tell a wrong key from a filter: never more than possible
  scenario('the key is wrong: WireGuard says nothing', (net) => {
    net.visit({ server: SITE, sni: FREE });
    net.quic({ server: OTHER, sni: FREE });
    handshakes(net);
  }).innocent({ atMost: 'possible' });

  scenario('the host is down', (net) => {
    net.quic({ server: OTHER, sni: FREE });
    handshakes(net);
  }).innocent();

  scenario('the network is gone', (net) => {
    handshakes(net);
    handshakes(net, { server: '23.215.0.136' });
    handshakes(net, { server: '96.7.128.175' });
  }).innocent();

  scenario('no datagram is answered from anywhere', (net) => {
    net.visit({ server: SITE, sni: FREE });
    handshakes(net);
  }).innocent();

  scenario('two handshakes, then the user gives up', (net) => {
    net.visit({ server: SITE, sni: FREE });
    net.quic({ server: OTHER, sni: FREE });
    handshakes(net, { times: 2 });
  }).innocent();

  scenario('the server answers in the end', (net) => {
    net.visit({ server: SITE, sni: FREE });
    net.quic({ server: OTHER, sni: FREE });
    handshakes(net, { answer: wireGuardResponse() });
    handshakes(net);
  }).innocent();

  scenario('nothing listens there, and the host says so', (net) => {
    net.visit({ server: SITE, sni: FREE });
    net.quic({ server: OTHER, sni: FREE });
    const ports = { sourcePort: 40_123, destinationPort: 51_820 };
    for (let attempt = 0; attempt < 4; attempt++) {
      const sent = udp({ source: CLIENT, destination: HOST, ttl: 64, id: attempt + 1 }, ports, wireGuardInitiation());
      const time = net.latest + 5_000;
      net.record(time, sent, { outgoing: true });
      const back = { source: HOST, destination: CLIENT, ttl: 52 };
      net.record(time + 40, icmpError(back, { type: 3, code: 3, quoted: sent, quotedTtl: 52 }));
    }
  }).innocent();

  scenario('other bytes as long as a handshake', (net) => {
    net.visit({ server: SITE, sni: FREE });
    net.quic({ server: OTHER, sni: FREE });
    handshakes(net, { message: () => HIDDEN.subarray(0, 148) });
  }).innocent();
});

describe('innocent', () => {
  scenario('once', (net) => {
    net.visit({ server: SITE, sni: FREE });
    inVain(net, 1);
  }).innocent();

  scenario('text of a protocol that nobody follows', (net) => {
    net.visit({ server: SITE, sni: FREE });
    inVain(net, 3, ascii('HELO mail.example.org\r\n'.padEnd(300, 'x')));
  }).innocent();

  scenario('it works at other times', (net) => {
    net.visit({ server: SITE, sni: FREE });
    inVain(net, 2);
    const tcp = net.connect({ server: PROXY });
    tcp.data('client', HIDDEN);
    tcp.data('server', HIDDEN);
    tcp.clientAck();
    tcp.data('client', HIDDEN);
    tcp.data('server', HIDDEN);
    tcp.close();
  }).innocent();

  scenario('the network is gone', (net) => {
    inVain(net, 3);
  }).innocent();

  scenario('the server answers it', (net) => {
    for (let attempt = 0; attempt < 3; attempt++) {
      const tcp = net.connect({ server: PROXY });
      tcp.data('client', HIDDEN);
      tcp.data('server', HIDDEN);
      tcp.close();
    }
    net.visit({ server: OTHER, sni: FREE });
  }).innocent();
});
