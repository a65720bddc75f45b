// Connections dropped for looking like no known protocol (detection rule 1.10), and what looks like it.
import { describe } from 'vitest';
import { ascii } from '../bytes.ts';
import type { Net } from '../network.ts';
import { scenario } from '../scenario.ts';
import { FREE, OTHER, SITE } from './places.ts';

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

describe('innocent', () => {
  scenario('once', (net) => {
    net.visit({ server: SITE, sni: FREE });
    inVain(net, 1);
  }).innocent();

  scenario('text of a protocol that nobody follows', (net) => {
    net.visit({ server: SITE, sni: FREE });
    inVain(net, 3, ascii('SSH-2.0-OpenSSH_9.6\r\n'.padEnd(300, 'x')));
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
