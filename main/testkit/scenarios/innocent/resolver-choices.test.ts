// Resolvers that choose, filter, fail or answer twice, as their owners or the network have it.
import { describe } from 'vitest';
import type { Net } from '../../network.ts';
import { scenario } from '../../scenario.ts';
import { BLOCKED, FREE, FREE_TOO, MIRROR, OTHER, OTHER_WEB, SITE, SITE_WEB, THIRD } from '../places.ts';

const ROUTER = '192.168.1.1';
const home = { client: '192.168.1.20', resolver: ROUTER, hops: 0, rtt: 4 } as const;
function ordinary(net: Net, resolver: object = home): void {
  for (const [name, address] of [
    ['www.example.org', '96.7.128.175'],
    ['shop.example.com', '151.101.2.132'],
    ['mail.example.edu', '23.215.0.136'],
    ['news.example.info', '104.18.27.120'],
  ] as const)
    net.resolve({ ...resolver, name, answer: { addresses: [address] } });
}

describe('dns', () => {
  const twice = (net: Net, name: string, one: object, other: object) =>
    net.resolve({
      resolver: '1.1.1.1',
      hops: 9,
      rtt: 24,
      name,
      answer: { recordTtl: 300, ...one },
      inject: [{ after: 20, hops: 8, df: false, ipId: 0x5000 + name.length, recordTtl: 295, edns: true, ...other }],
    });
  for (const [how, one, other] of [
    ['nodes of one content network', { addresses: ['151.101.2.132'] }, { addresses: ['151.101.66.132'] }],
    [
      'nodes of one content network in other prefixes, under one alias',
      { cname: 'd1.cloudfront.example', addresses: ['13.224.7.5', '13.224.7.9'] },
      { cname: 'd1.cloudfront.example', addresses: ['52.85.4.3'] },
    ],
    [
      'nodes of two content networks',
      { addresses: ['13.224.7.5', '13.224.7.9'] },
      { addresses: ['104.18.3.3'], recordTtl: 30 },
    ],
  ] as const)
    scenario(`queries take two paths to an anycast resolver, and two of its sites answer: ${how}`, (net) => {
      for (const name of ['www.example.org', 'shop.example.com', 'mail.example.edu', 'news.example.info'])
        twice(net, name, { addresses: ['96.7.128.175'] }, { addresses: ['96.7.128.175'] });
      for (const name of ['cdn.example.net', 'img.example.net']) twice(net, name, one, other);
    }).innocent({ atMost: 'possible' });

  scenario('a router protects from rebinding: private answers become nothing, a public resolver gives them', (net) => {
    ordinary(net);
    for (const name of ['nas.example.net', 'tv.example.net']) {
      net.resolve({ ...home, name, answer: {} });
      net.resolve({ ...home, name, answer: { rcode: 5 } });
      net.resolve({ client: home.client, resolver: '8.8.8.8', name, answer: { addresses: ['192.168.1.44'] } });
    }
  }).innocent({ atMost: 'possible' });

  scenario(
    'a company resolves its own and bought-in names to addresses inside (split horizon, private links)',
    (net) => {
      const inside = { client: '10.20.3.7', resolver: '10.20.0.53', hops: 1, rtt: 2 };
      ordinary(net, inside);
      for (const [name, a] of [
        ['intranet.example.com', '10.20.0.80'],
        ['db.windows.example', '10.20.9.4'],
        ['vault.azure.example', '10.20.9.5'],
        ['queue.amazonaws.example', '10.20.9.6'],
      ] as const) {
        net.resolve({ ...inside, name, answer: { addresses: [a] } });
        net.visit({ client: inside.client, server: `${a}:443`, sni: name });
      }
    },
  ).innocent({ atMost: 'possible' });

  scenario('a company mirrors package registries: four unrelated names at one inside address', (net) => {
    const inside = { client: '10.20.3.7', resolver: '10.20.0.53', hops: 1, rtt: 2 };
    ordinary(net, inside);
    for (const name of ['registry.npmjs.org', 'pypi.org', 'static.crates.io', 'proxy.golang.org']) {
      net.resolve({ ...inside, name, answer: { addresses: ['10.20.0.90'] } });
      net.visit({ client: inside.client, server: '10.20.0.90:443', sni: name });
    }
  }).innocent({ atMost: 'possible' });

  scenario(
    'a split tunnel: company names go inside by its resolver, the same names have public addresses outside',
    (net) => {
      const inside = { client: '10.20.3.7', resolver: '10.20.0.53', hops: 1, rtt: 2 };
      ordinary(net, inside);
      for (const name of ['portal.example.com', 'git.example.com', 'wiki.example.com']) {
        net.resolve({ ...inside, name, answer: { addresses: ['10.20.0.80'] } });
        net.resolve({ client: '10.20.3.7', resolver: '8.8.8.8', name, answer: { addresses: ['198.133.219.25'] } });
        net.visit({ client: '10.20.3.7', server: '10.20.0.80:443', sni: name });
      }
    },
  ).innocent({ atMost: 'possible' });

  for (const [who, resolver, address] of [
    ['FamilyShield', '208.67.222.123', '146.112.61.106'],
    ['AdGuard', '94.140.14.15', '0.0.0.0'],
    ['CleanBrowsing', '185.228.168.168', '0.0.0.0'],
    ['Cloudflare for Families', '1.1.1.3', '0.0.0.0'],
  ] as const) {
    scenario(`the household chose ${who}; a browser also asks another resolver`, (net) => {
      const r = { resolver, hops: 9, rtt: 18 };
      ordinary(net, r);
      for (const name of ['adult.example.net', 'casino.example.org', 'ads.example.io', 'bad.example.info']) {
        net.resolve({ ...r, name, answer: { addresses: [address] } });
        net.resolve({ resolver: '9.9.9.9', hops: 10, name, answer: { addresses: ['45.60.12.7'] } });
      }
    }).innocent({ atMost: 'possible' });
  }

  scenario('a pi-hole at home: ads at 0.0.0.0 and ::, NXDOMAIN for telemetry; a phone asks another resolver', (net) => {
    const hole = { ...home, resolver: '192.168.1.2' };
    ordinary(net, hole);
    for (const name of ['ads.example.net', 'track.example.org', 'doubleclick.example.com', 'metrics.example.io']) {
      net.resolve({ ...hole, name, answer: { addresses: ['0.0.0.0'] } });
      net.resolve({ ...hole, name, type: 28, answer: { addresses: ['::'] } });
      net.resolve({ client: home.client, resolver: '8.8.8.8', name, answer: { addresses: ['45.60.12.7'] } });
    }
    net.resolve({ ...hole, name: 'telemetry.example.com', answer: { rcode: 3 } });
    net.resolve({
      client: home.client,
      resolver: '8.8.8.8',
      name: 'telemetry.example.com',
      answer: { addresses: ['45.60.12.8'] },
    });
  }).innocent({ atMost: 'possible' });

  scenario('safe search is enforced by a school: names of search engines at other public addresses', (net) => {
    const school = { client: '10.1.2.3', resolver: '10.1.0.53', hops: 1, rtt: 2 };
    ordinary(net, school);
    for (const [name, cname, a] of [
      ['www.google.com', 'forcesafesearch.google.com', '216.239.38.120'],
      ['www.youtube.com', 'restrict.youtube.com', '216.239.38.120'],
      ['www.bing.com', 'strict.bing.com', '204.79.197.220'],
      ['duckduckgo.com', 'safe.duckduckgo.com', '20.43.161.105'],
    ] as const) {
      net.resolve({ ...school, name, answer: { cname, addresses: [a] } });
      net.resolve({
        client: '10.1.2.3',
        resolver: '8.8.8.8',
        name,
        answer: {
          addresses: [
            {
              'www.google.com': '142.250.74.36',
              'www.youtube.com': '142.250.74.78',
              'www.bing.com': '150.171.27.10',
              'duckduckgo.com': '52.142.124.215',
            }[name],
          ],
        },
      });
      net.visit({ client: '10.1.2.3', server: `${a}:443`, sni: name });
    }
  }).innocent({ atMost: 'possible' });

  scenario('a resolver has an outage of half a minute: SERVFAIL for everything, another goes on', (net) => {
    ordinary(net, { resolver: '198.41.0.53' });
    for (const name of [
      'a.example.net',
      'b.example.org',
      'c.example.io',
      'd.example.info',
      'a.example.net',
      'b.example.org',
    ]) {
      net.resolve({ name, answer: { rcode: 2 } });
      net.resolve({ resolver: '8.8.8.8', name, answer: { addresses: ['45.60.12.7'] } });
    }
    ordinary(net, { resolver: '198.41.0.53' });
  }).innocent({ atMost: 'possible' });

  scenario('a zone with broken signatures: the validating resolver fails, another does not look', (net) => {
    ordinary(net, { resolver: '1.1.1.1' });
    for (let i = 0; i < 4; i++) {
      net.resolve({ resolver: '1.1.1.1', name: 'dnssec-failed.example.org', answer: { rcode: 2 } });
      net.resolve({
        resolver: '198.41.0.53',
        name: 'dnssec-failed.example.org',
        answer: { addresses: ['96.99.227.255'] },
      });
    }
  }).innocent({ atMost: 'possible' });

  scenario('the name servers of one name are dead, and a forwarder at home passes no failure on', (net) => {
    for (let i = 0; i < 5; i++) {
      net.resolve({ ...home, name: 'dead.example.net', retries: [1, 3] });
      ordinary(net);
      net.wait(6000);
    }
  }).innocent({ atMost: 'possible' });

  scenario('the name servers of one name drop requests for IPv6 and HTTPS records', (net) => {
    for (let i = 0; i < 4; i++) {
      ordinary(net);
      net.resolve({ ...home, name: 'bank.example.net', answer: { addresses: ['198.133.219.25'] } });
      net.resolve({ ...home, name: 'bank.example.net', type: 28, retries: [1, 3, 7] });
      net.resolve({ ...home, name: 'bank.example.net', type: 65, retries: [1, 3, 7] });
      net.visit({ client: home.client, server: '198.133.219.25:443', sni: 'bank.example.net' });
    }
  }).innocent({ atMost: 'possible' });

  scenario('a name given up by its owner points to the loopback address everywhere', (net) => {
    ordinary(net, { resolver: '198.41.0.53' });
    for (const resolver of ['198.41.0.53', '8.8.8.8'])
      net.resolve({ resolver, name: 'gone.example.net', answer: { addresses: ['127.0.0.1'] } });
  }).innocent({ atMost: 'possible' });

  scenario(
    'domains of one registrar are parked: unrelated names at one public address, other resolver agrees late',
    (net) => {
      ordinary(net, { resolver: '198.41.0.53' });
      for (const name of ['one.example.net', 'two.example.org', 'three.example.io']) {
        net.resolve({ resolver: '198.41.0.53', name, answer: { addresses: ['13.248.169.48'] } });
        net.resolve({ resolver: '8.8.8.8', name, answer: { addresses: ['76.223.54.146'] } });
      }
    },
  ).innocent();

  scenario('the provider answers names that do not exist with its search page', (net) => {
    ordinary(net, { resolver: '198.41.0.53' });
    for (const name of ['exmaple-typo.net', 'gogle-typo.org', 'wikpedia-typo.info']) {
      net.resolve({ resolver: '198.41.0.53', name, answer: { addresses: ['92.242.140.21'] } });
      net.resolve({ resolver: '8.8.8.8', name, answer: { rcode: 3 } });
    }
  }).innocent({ atMost: 'possible' });

  scenario('a resolver limits the rate: some queries get no answer, some an empty one that says truncated', (net) => {
    for (let i = 0; i < 24; i++) {
      const name = ['a.example.net', 'b.example.org', 'c.example.io', 'd.example.info'][i % 4]!;
      net.resolve({
        resolver: '198.41.0.53',
        name,
        ...(i % 3 === 0 ? {} : { answer: i % 3 === 1 ? { flags: 0x8380 } : { addresses: ['45.60.12.7'] } }),
      });
    }
  }).innocent({ atMost: 'possible' });

  scenario('a captive portal that leaves DNS alone, takes port 80 and resets everything else itself', (net) => {
    net.resolve({
      client: '10.5.0.77',
      resolver: '10.5.0.1',
      hops: 0,
      rtt: 2,
      name: 'connectivitycheck.gstatic.com',
      answer: { addresses: ['142.250.74.35'] },
    });
    for (const [server, host] of [
      ['142.250.74.35:80', 'connectivitycheck.gstatic.com'],
      ['17.253.144.10:80', 'captive.apple.com'],
      ['34.107.221.82:80', 'detectportal.firefox.com'],
      [SITE_WEB, BLOCKED],
      [OTHER_WEB, FREE],
    ] as const) {
      const web = net.connect({ client: '10.5.0.77', server, rtt: 3, serverHops: 0 });
      web.request({ host });
      web.response({
        status: 302,
        reason: 'Found',
        headers: { Location: 'http://login.hotel.example/guest?mac=02', Connection: 'close' },
        body: '',
      });
      web.close('server');
    }
    for (const server of [SITE, OTHER, THIRD, MIRROR]) {
      const tls = net.dial({ client: '10.5.0.77', server, rtt: 3, serverHops: 0 });
      tls.syn();
      tls.segment('server', { flags: 'RA', seq: 0, ipId: 0, ttl: 64 });
    }
  }).innocent({ atMost: 'possible' });

  scenario('a captive portal that lets TLS in and cuts it at the hello', (net) => {
    for (const [server, sni] of [
      [SITE, BLOCKED],
      [OTHER, FREE],
      [THIRD, FREE_TOO],
      [MIRROR, 'x.example.com'],
      [SITE, BLOCKED],
    ] as const) {
      const tls = net.connect({ client: '10.5.0.77', server, rtt: 3, serverHops: 0 });
      tls.clientHello({ sni });
      tls.reset('server');
    }
  }).innocent({ atMost: 'possible' });
});
