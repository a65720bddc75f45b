// Programs that race, pause, call peers who are gone, or go through proxies that say no.
import { describe } from 'vitest';
import { ascii, Random } from '../../bytes.ts';
import type { Net } from '../../network.ts';
import { udp } from '../../packets.ts';
import { scenario } from '../../scenario.ts';
import { applicationData } from '../../tls-bytes.ts';
import { openVpnReset, wireGuardInitiation } from '../../vpn-bytes.ts';
import { BLOCKED, FREE, OTHER, SITE, SITE6 } from '../places.ts';

const rawUdp = (net: Net, server: string, port: number, payload: Uint8Array, time: number, sourcePort = 40_000) =>
  net.record(
    time,
    udp({ source: '10.0.0.2', destination: server, ttl: 64, id: 7 }, { sourcePort, destinationPort: port }, payload),
    { outgoing: true },
  );

describe('programs', () => {
  scenario('QUIC is quicker: the browser gives up TCP after its hello', (net) => {
    for (let i = 0; i < 6; i++) {
      const tls = net.connect({ server: SITE });
      tls.clientHello({ sni: BLOCKED });
      tls.segment('client', { flags: i % 2 ? 'RA' : 'FA', after: 15 });
      net.quic({ server: SITE, sni: BLOCKED });
      net.visit({ server: SITE, sni: FREE });
    }
  }).innocent();

  scenario('two address families race: the slower one is reset when its SYN-ACK comes', (net) => {
    for (let i = 0; i < 5; i++) {
      const t = net.latest + 500;
      const six = net.dial({ server: SITE6, at: t, rtt: 300 });
      six.syn().synAck();
      six.segment('client', { flags: 'R', ipId: 0, window: 0, after: 0.1 });
      const four = net.connect({ server: SITE, at: t + 250 });
      four.clientHello({ sni: BLOCKED });
      four.serverHello();
      four.talk(1);
      four.close();
    }
  }).innocent();

  scenario('a film is paused: the window is closed for minutes, then the server gives up', (net) => {
    for (let i = 0; i < 3; i++) {
      net.visit({ server: SITE, sni: FREE });
      const tls = net.connect({ server: SITE });
      tls.clientHello({ sni: BLOCKED });
      tls.serverHello();
      tls.data('client', applicationData(300, 1), { after: 5 });
      tls.data('server', applicationData(14_000, 1), { after: 2 });
      tls.clientAck({ window: 0 });
      for (let p = 0; p < 6; p++) {
        tls.segment('server', { seq: tls.nextSequence('server') - 1, after: 300 * 2 ** p });
        tls.clientAck({ window: 0 });
      }
      tls.wait(60_000);
      tls.reset('server', { window: 501 });
    }
    net.visit({ server: SITE, sni: FREE });
  }).innocent();

  scenario('peers of a file-sharing swarm: off, refusing, hanging up, reset by their routers after a while', (net) => {
    const handshake = new Uint8Array([19, ...ascii('BitTorrent protocol'), ...new Array(48).fill(7)]);
    for (let peer = 0; peer < 40; peer++) {
      const server = `${80 + peer}.${17 + peer}.${peer * 5}.${3 + peer}:${10_000 + peer * 913}`;
      if (peer % 4 === 0) {
        net.unanswered({ server, retries: [1, 2] });
        continue;
      }
      if (peer % 4 === 1) {
        const p = net.dial({ server, serverStack: 'windows', serverHops: 8 + (peer % 11) });
        p.syn();
        p.segment('server', { flags: 'RA', seq: 0, window: 0 });
        continue;
      }
      const p = net.connect({
        server,
        serverStack: peer % 3 ? 'windows' : 'linux',
        serverHops: 8 + (peer % 11),
        rtt: 30 + peer * 7,
      });
      if (peer % 4 === 2) {
        p.data('client', new Random(`p${peer}`).bytes(96 + peer * 9));
        p.reset('server', { after: 2, ...(peer % 8 === 2 ? { window: 1024 } : {}) });
        continue;
      }
      p.data('client', handshake);
      p.data('server', handshake);
      for (let r = 0; r < 3; r++) p.data('client', new Uint8Array(17));
      if (peer % 8 === 3) {
        p.wait(45_000);
        p.data('client', new Uint8Array(4));
        p.segment('server', { flags: 'RA', ttl: 255 - 9, df: false, ipId: 99 + peer });
      } else p.close('server');
    }
  }).innocent({ atMost: 'possible' });

  scenario('an encrypted swarm: random first bytes, and the peer’s host is gone', (net) => {
    for (let i = 0; i < 4; i++) {
      const p = net.connect({ server: '80.17.5.3:51413', serverStack: 'windows' });
      p.data('client', new Random(`q${i}`).bytes(600), { lost: 'after-capture' });
      p.retransmit('client', 5);
      net.visit({ server: OTHER, sni: FREE });
      net.wait(3000);
    }
  }).innocent({ atMost: 'possible' });

  scenario('calls, clocks and discovery that nobody answers', (net) => {
    const stun = new Uint8Array([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, ...new Array(12).fill(9)]);
    const ntp = new Uint8Array(48);
    ntp[0] = 0x23;
    for (let check = 0; check < 12; check++) {
      for (const [at, peer] of ['81.2.69.142', '10.33.4.5', '172.18.0.3', '203.55.21.9'].entries())
        rawUdp(net, peer, 50_000 + check, stun, 100 + 200 * check + 50 * at);
    }
    for (let round = 1; round <= 6; round++) {
      rawUdp(net, '162.159.200.123', 123, ntp, 8000 * round, 123);
      rawUdp(net, '239.255.255.250', 1900, ascii('M-SEARCH * HTTP/1.1\r\n'), 8000 * round + 1, 50_123);
    }
    net.visit({ server: OTHER, sni: FREE });
  }).innocent();

  scenario('a WireGuard peer is off for two minutes; its host’s web server is up', (net) => {
    net.visit({ server: '185.15.59.224:443', sni: 'home.example.net' });
    const t = net.latest;
    for (let i = 0; i < 24; i++)
      rawUdp(net, '185.15.59.224', 51_820, wireGuardInitiation(`w${i}`), t + 5000 * i, 51_820);
    net.visit({ server: OTHER, sni: FREE, at: t + 30_000 });
    net.quic({ server: OTHER, sni: FREE, at: t + 60_000 });
    net.visit({ server: '185.15.59.224:443', sni: 'home.example.net', at: t + 80_000 });
  }).innocent({ atMost: 'possible' });

  scenario('three WireGuard peers of a mesh are off', (net) => {
    const t = 100;
    for (const peer of ['185.15.59.224', '91.198.174.192', '62.115.44.9'])
      for (let i = 0; i < 12; i++) rawUdp(net, peer, 51_820, wireGuardInitiation(`${peer}${i}`), t + 5000 * i, 51_820);
    net.quic({ server: OTHER, sni: FREE, at: t + 20_000 });
    net.visit({ server: OTHER, sni: FREE, at: t + 30_000 });
  }).innocent({ atMost: 'possible' });

  scenario('bridges of Tor that are off', (net) => {
    for (const server of ['185.15.59.224:9001', '91.198.174.192:443', '62.115.44.9:8080', '81.2.69.142:443']) {
      for (let i = 0; i < 3; i++) net.unanswered({ server, retries: [1, 2, 4] });
      net.visit({ server: OTHER, sni: FREE });
    }
  }).innocent({ atMost: 'possible' });

  scenario('one data centre of Telegram is under maintenance, the others answer', (net) => {
    for (let i = 0; i < 4; i++) {
      net.unanswered({ server: '149.154.175.50:443', retries: [1, 2, 4] });
      net.unanswered({ server: '149.154.175.53:80', retries: [1, 2, 4] });
      for (const server of ['149.154.167.51:443', '91.108.56.130:443']) {
        const t = net.connect({ server });
        t.data('client', new Random(`m${i}`).bytes(105));
        t.data('server', new Random(`n${i}`).bytes(200));
        t.talk(3, 700);
        t.close();
      }
    }
  }).innocent({ atMost: 'possible' });

  scenario('Telegram moves to another data centre: it closes what it has', (net) => {
    for (const server of ['149.154.167.51:443', '149.154.175.50:443', '149.154.167.91:443']) {
      const t = net.connect({ server });
      t.data('client', new Random(server).bytes(169));
      t.data('server', new Random(server).bytes(84));
      t.clientAck();
      if (server.includes('.91')) {
        t.talk(4, 900);
        t.close();
      } else t.segment('client', { flags: 'RA', after: 3 });
    }
  }).innocent();

  scenario('a proxy in the company says no: 403, 502, 504, and the client tries again', (net) => {
    for (const [status, reason] of [
      [403, 'Forbidden'],
      [502, 'Bad Gateway'],
      [504, 'Gateway Timeout'],
      [407, 'Proxy Authentication Required'],
      [503, 'Service Unavailable'],
    ] as const) {
      const p = net.connect({ server: '10.20.0.8:3128', rtt: 2, serverHops: 1 });
      p.data('client', ascii(`CONNECT ${BLOCKED}:443 HTTP/1.1\r\nHost: ${BLOCKED}:443\r\n\r\n`));
      p.response({
        status,
        reason,
        headers: { Server: 'squid/5.7', Via: '1.1 proxy (squid)' },
        body: '<title>ERROR: The requested URL could not be retrieved</title>Access Denied.',
      });
      p.close('server');
    }
    net.visit({ server: OTHER, sni: FREE });
  }).innocent({ atMost: 'possible' });

  scenario('a SOCKS proxy across the Internet cannot reach its target', (net) => {
    for (const code of [1, 3, 4, 5]) {
      const p = net.connect({ server: '62.115.44.9:1080' });
      p.data('client', Uint8Array.of(5, 1, 0));
      p.data('server', Uint8Array.of(5, 0));
      p.data('client', Uint8Array.of(5, 1, 0, 3, BLOCKED.length, ...ascii(BLOCKED), 1, 187));
      p.data('server', Uint8Array.of(5, code, 0, 1, 0, 0, 0, 0, 0, 0), { after: 900 });
      p.close('server');
    }
  }).innocent();

  scenario('a cache of the provider answers port 80 for everybody, sometimes with its own error', (net) => {
    for (const [i, host] of ['a.example.net', 'b.example.org', 'c.example.io', 'd.example.info'].entries()) {
      net.visit({ server: `93.184.${200 + i}.14:443`, sni: host, rtt: 80, serverHops: 14 });
      const web = net.connect({ server: `93.184.${200 + i}.14:80`, rtt: 9, serverHops: 3 });
      web.request({ host });
      if (i % 2) web.response({ headers: { Via: '1.1 cache3 (squid/4.10)', 'X-Cache': 'HIT from cache3' } });
      else
        web.response({
          status: 503,
          reason: 'Service Unavailable',
          headers: { Server: 'squid/4.10', 'X-Squid-Error': 'ERR_CONNECT_FAIL 110' },
          body: '<title>ERROR: The requested URL could not be retrieved</title>Connection to 93.184.200.14 failed.',
        });
      web.close('server');
    }
  }).innocent({ atMost: 'possible' });

  scenario('OpenVPN at a host that no longer has it: port unreachable', (net) => {
    for (let i = 0; i < 4; i++) rawUdp(net, '185.15.59.224', 1194, openVpnReset(), 2000 * i + 100);
    net.visit({ server: OTHER, sni: FREE });
  }).innocent({ atMost: 'possible' });
});
