// Silence of an address (detection rule 1.4).
import { describe } from 'vitest';
import type { Net } from '../network.ts';
import { scenario } from '../scenario.ts';
import { FREE, FREE_TOO, OTHER, OTHER6, SITE, SITE6, THIRD } from './places.ts';

function others(net: Net): void {
  net.visit({ server: OTHER, sni: FREE });
  net.visit({ server: THIRD, sni: FREE_TOO });
}

scenario('every SYN to an address is lost, on two ports, while other addresses answer', (net) => {
  others(net);
  for (const server of [SITE, '93.184.215.14:80']) {
    for (let attempt = 0; attempt < 2; attempt++) net.unanswered({ server });
  }
  others(net);
}).expect({
  technique: 'ip-null-routing',
  interference: 'null-route',
  atLeast: 'possible',
  target: '93.184.215.14',
  evidence: ['syn-unanswered'],
  alternatives: ['host-down'],
});

scenario('no control: never more than possible', (net) => {
  for (let attempt = 0; attempt < 3; attempt++) net.unanswered({ server: SITE });
}).innocent({ atMost: 'possible' });

scenario('pings are lost as well', (net) => {
  others(net);
  for (let attempt = 0; attempt < 2; attempt++) net.unanswered({ server: SITE });
  net.ping({ address: '93.184.215.14', answered: false });
  others(net);
}).expect({ technique: 'ip-null-routing', atLeast: 'possible', evidence: ['ping-unanswered'] });

scenario('a service’s data centres in two networks are silent while its web site answers', (net) => {
  net.visit({ server: '149.154.167.99:443', sni: 'telegram.org' });
  others(net);
  for (const address of ['149.154.175.50', '149.154.167.51', '149.154.175.100', '149.154.167.91', '91.108.56.130']) {
    for (const port of [443, 80, 5222]) net.unanswered({ server: `${address}:${port}`, retries: [1, 2, 4] });
  }
  others(net);
}).expect({ technique: 'ip-null-routing', atLeast: 'likely', evidence: ['service-silent'] });

describe('ICMP says so', () => {
  const rejected = (net: Net, from: string, type: number, code: number, after = 12, forged = true): void => {
    others(net);
    for (let attempt = 0; attempt < 3; attempt++) {
      const web = net.dial({ server: SITE });
      web.syn({ lost: 'after-capture' });
      web.icmp({ type, code, from, ttl: 60, after, quotedTtl: 60, forged });
      net.wait(2000);
    }
    others(net);
  };

  scenario('a router on the way prohibits it', (net) => {
    rejected(net, '62.115.44.7', 3, 13);
  }).expect({ interference: 'icmp-reject', confidence: 'likely', evidence: ['icmp-prohibited'] });

  scenario('the server itself prohibits it', (net) => {
    rejected(net, '93.184.215.14', 3, 13, 40, false);
  }).expect({ interference: 'icmp-reject', atMost: 'possible', alternatives: ['server-firewall'] });

  scenario('the last router says after three seconds that the host is down', (net) => {
    rejected(net, '93.184.215.1', 3, 1, 3050, false);
  }).innocent({ atMost: 'possible' });
});

scenario('over IPv6', (net) => {
  net.visit({ server: OTHER6, sni: FREE });
  for (let attempt = 0; attempt < 3; attempt++) net.unanswered({ server: SITE6 });
  net.visit({ server: OTHER6, sni: FREE });
  net.visit({ server: OTHER, sni: FREE });
}).expect({ technique: 'ip-null-routing', atLeast: 'possible' });

scenario(
  'the silence is shorter than any retry: it cannot tell',
  (net) => {
    others(net);
    const web = net.dial({ server: SITE });
    web.syn({ lost: 'after-capture' });
    web.retrySyn([1]);
  },
  { runsOn: 0 },
).innocent({ atMost: 'inconclusive' });

scenario('the client’s last acknowledgement never arrives: the SYN-ACK is repeated', (net) => {
  others(net);
  for (let attempt = 0; attempt < 3; attempt++) {
    const tor = net.dial({ server: '93.184.215.14:9001' });
    tor.syn().synAck().clientAck({ lost: 'after-capture' });
    tor.clientHello({ sni: FREE, lost: 'after-capture' });
    for (const pause of [1000, 2000, 4000]) {
      tor.synAck({ after: pause });
      tor.resend({ after: 200, lost: 'after-capture' });
    }
    tor.segment('client', { flags: 'FA', after: 3000, lost: 'after-capture' });
  }
  others(net);
}).expect({ evidence: ['syn-ack-repeated'], target: '93.184.215.14', atLeast: 'possible' });
