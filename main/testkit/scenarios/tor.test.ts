// Tor's hellos, each with a name made up for it (detection rule 1.8): what is matched then is no name.
import { describe, expect, it } from 'vitest';
import { analyze } from '../analyze.ts';
import { writeCapture } from '../capture.ts';
import { Net } from '../network.ts';
import { scenario } from '../scenario.ts';
import { FREE, FREE_TOO, OTHER, SITE } from './places.ts';

const RELAY = '198.96.155.3:9001';

/** Each name is tried once, as a relay is given another one each time. */
function silent(net: Net, names: readonly string[]): void {
  net.visit({ server: OTHER, sni: FREE });
  for (const sni of names) {
    const tls = net.connect({ server: RELAY });
    tls.clientHello({ sni, lost: 'after-capture' });
    tls.retransmit('client', 5);
    net.visit({ server: SITE, sni: FREE_TOO });
    net.wait(5_000);
  }
}

const INVENTED = ['www.q7xkz2m5vtbn.com', 'www.wpfj3hz6y.com', 'www.zt4kqbv2nlx5.com'];

describe('Tor', () => {
  scenario('a relay falls silent after each hello, while sites answer', (net) => {
    silent(net, INVENTED);
  }).expect({
    technique: 'port-blocking',
    trigger: 'protocol',
    triggerAtMost: 'possible',
    atMost: 'possible',
    evidence: ['protocol-recognised'],
    alternatives: ['server-down'],
  });

  scenario('the relay answers', (net) => {
    for (const sni of INVENTED) net.visit({ server: RELAY, sni });
  }).innocent();
});

const triggersOf = (tell: (net: Net) => void): string[] => {
  const net = new Net();
  tell(net);
  return analyze(writeCapture(net.capture().capture)).findings.map(({ trigger }) => trigger.kind);
};

it.each([
  ['words', ['www.facebook.com', 'www.instagram.com', 'www.whatsapp.com']],
  ['one that nobody would call a site', ['www.q7xkz2m5vtbn.com']],
  ['names of another form', ['q7xkz2m5vtbn.example', 'www.wpfj3hz6y.org']],
])('takes no names of sites for made up: %s', (_, names) => {
  const triggers = triggersOf((net) => silent(net, names));
  expect(triggers.length).toBeGreaterThan(0);
  expect(triggers).not.toContain('protocol');
});

it('takes no name for made up that somebody was asked for', () => {
  const triggers = triggersOf((net) => {
    for (const name of INVENTED) net.resolve({ name, answer: { addresses: ['198.96.155.3'] } });
    silent(net, INVENTED);
  });
  expect(triggers.length).toBeGreaterThan(0);
  expect(triggers).not.toContain('protocol');
});
