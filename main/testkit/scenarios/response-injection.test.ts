// Replies that the server did not give (detection rule 1.5), and what looks like them and is the server's own.
import { describe } from 'vitest';
import { ascii } from '../bytes.ts';
import { httpResponse } from '../dns-bytes.ts';
import type { Net } from '../network.ts';
import { scenario } from '../scenario.ts';
import { BLOCKED, FREE, OTHER_WEB, SITE, SITE_WEB } from './places.ts';

const WARNING = httpResponse({
  status: 302,
  reason: 'Found',
  headers: { Location: 'http://warning.provider.example/?id=17' },
  body: '',
});
const PAGE = httpResponse({ status: 200, body: '<html><body>Not available</body></html>' });
const KNOWN = '<html><body><iframe src="http://10.10.34.36/?type=Invalid Keyword"></iframe></body></html>';

function ordinary(net: Net): void {
  net.visit({ server: SITE_WEB, host: FREE, rtt: 84 });
}

const MAIL = '93.184.215.25:25';

/** A greeting, and the client's first words. */
function mail(net: Net) {
  const smtp = net.connect({ server: MAIL, rtt: 84 });
  smtp.data('server', ascii('220 mx.example.net ESMTP Postfix\r\n'), { after: 20 });
  smtp.data('client', ascii('EHLO mail.example.org\r\n'));
  smtp.data('server', ascii('250-mx.example.net\r\n250-STARTTLS\r\n250 8BITMIME\r\n'));
  return smtp.data('client', ascii('MAIL FROM:<a@example.org>\r\n'));
}

describe('mail', () => {
  scenario('is refused in the name of a server that takes it: its own answer follows', (net) => {
    for (let attempt = 0; attempt < 2; attempt++) {
      const smtp = mail(net);
      smtp.inject.data(ascii('551 User not local; please try <forward-path>\r\n'), { after: 4, ttl: 60, ipId: 0x5520 });
      smtp.data('server', ascii('250 2.1.0 Ok\r\n'));
    }
  }).expect({
    technique: 'data-injection',
    interference: 'data-injection',
    atLeast: 'likely',
    target: '93.184.215.25',
  });

  scenario('is refused by the server itself', (net) => {
    for (let attempt = 0; attempt < 2; attempt++) {
      const smtp = mail(net);
      smtp.data('server', ascii('551 User not local; please try <forward-path>\r\n'), { after: 4 });
      smtp.close('server');
    }
  }).innocent();
});

describe('put in place of the server’s reply', () => {
  scenario('a redirect with FIN from beside the path, the genuine reply behind it', (net) => {
    ordinary(net);
    const web = net.connect({ server: SITE_WEB, rtt: 84 });
    web.request({ host: BLOCKED });
    web.inject.data(WARNING, { after: 3, flags: 'FPA', ttl: 60, ipId: 0x5520, window: 8192 });
    web.response();
  }).expect({
    technique: 'http-blockpage',
    interference: 'block-page',
    variant: 'redirect',
    confidence: 'confirmed',
    evidence: ['stream-rewritten', 'ttl-differs', 'redirect-elsewhere'],
    alternatives: ['server-policy', 'load-balancer'],
    target: BLOCKED,
    effect: 'stopped',
  });

  scenario('a page in the client’s own IP ID and window, the hop count as the server’s', (net) => {
    ordinary(net);
    const web = net.connect({ server: SITE_WEB, rtt: 84 });
    web.request({ host: BLOCKED });
    web.inject.data(PAGE, { after: 30, flags: 'FPA', ttl: 52, mirror: true });
    web.response();
  }).expect({
    technique: 'http-blockpage',
    confidence: 'confirmed',
    evidence: ['stream-rewritten', 'ip-id-mirrors-peer'],
    target: BLOCKED,
  });

  scenario('other data without an end, which does not acknowledge the request', (net) => {
    ordinary(net);
    const web = net.connect({ server: SITE_WEB, rtt: 84 });
    const { length } = WARNING;
    web.request({ host: BLOCKED });
    web.inject.data(httpResponse({ status: 200, body: 'x'.repeat(length) }), {
      after: 3,
      ttl: 63,
      ipId: 1,
      window: 8192,
    });
    web.response();
  }).expect({ technique: 'data-injection', interference: 'data-injection', confidence: 'confirmed', target: BLOCKED });

  scenario('a redirect in the path, the same IP ID on every one of them, and nothing of the server', (net) => {
    ordinary(net);
    for (let attempt = 0; attempt < 3; attempt++) {
      const web = net.connect({ server: SITE_WEB, rtt: 84 });
      web.request({ host: BLOCKED });
      web.serverAck();
      web.inject.data(WARNING, { after: 90, flags: 'FA', ttl: 52, df: true, ipId: 0x3412, window: 32_120 });
    }
  }).expect({
    technique: 'http-blockpage',
    variant: 'redirect',
    confidence: 'likely',
    evidence: ['ip-id-constant'],
    target: BLOCKED,
  });

  scenario('a known page by the server’s own looking packets', (net) => {
    ordinary(net);
    const web = net.connect({ server: SITE_WEB, rtt: 84 });
    web.request({ host: BLOCKED });
    web.inject.data(httpResponse({ status: 403, reason: 'Forbidden', body: KNOWN }), {
      after: 88,
      ttl: 52,
      df: true,
      ipId: 0x7c01,
      window: 229,
    });
  }).expect({ technique: 'http-blockpage', confidence: 'likely', evidence: ['known-page'], target: BLOCKED });
});

describe('innocent', () => {
  scenario('the site itself redirects elsewhere and closes', (net) => {
    ordinary(net);
    for (let attempt = 0; attempt < 3; attempt++) {
      const web = net.connect({ server: SITE_WEB, rtt: 84 });
      web.request({ host: BLOCKED });
      web.data('server', WARNING, { flags: 'FPA' });
      web.segment('client', { flags: 'FA' });
    }
  }).innocent();

  scenario('the site refuses with a page of its own', (net) => {
    ordinary(net);
    const web = net.connect({ server: SITE_WEB, rtt: 84 });
    web.request({ host: BLOCKED });
    web.response({ status: 451, reason: 'Unavailable For Legal Reasons', body: '<html>Not in your country</html>' });
  }).innocent();

  scenario('a page about block pages that names the filter in its text', (net) => {
    const web = net.connect({ server: SITE_WEB, rtt: 84 });
    web.request({ host: BLOCKED });
    web.response({ body: `<html><body>${'Censors show pages. '.repeat(200)}${KNOWN}</body></html>` });
  }).innocent();

  scenario('a long article that begins with a link to the register of what is blocked', (net) => {
    const web = net.connect({ server: SITE_WEB, rtt: 84 });
    web.request({ host: BLOCKED });
    web.response({ body: `<html><a href="https://blocklist.rkn.gov.ru/">register</a>${'News. '.repeat(3000)}</html>` });
  }).innocent();

  scenario('a balancer answers the SYN, a server behind it writes in another hand', (net) => {
    for (const host of [FREE, BLOCKED]) {
      const web = net.dial({ server: SITE_WEB, rtt: 84 });
      web.syn().synAck({ ttl: 116, window: 8192 }).clientAck();
      web.request({ host });
      web.response();
      web.close('server');
    }
  }).innocent();

  scenario('the server sends its reply again', (net) => {
    ordinary(net);
    net.visit({ server: OTHER_WEB, host: FREE });
    const web = net.connect({ server: SITE_WEB, rtt: 84 });
    web.request({ host: BLOCKED });
    web.response();
    web.retransmit('server', 2);
  }).innocent();

  scenario('a server tires of waiting: 408 that has not read the request', (net) => {
    const web = net.connect({ server: SITE_WEB, rtt: 84 });
    const timeout = httpResponse({ status: 408, reason: 'Request Timeout', body: '' });
    web.request({ host: BLOCKED, lost: 'after-capture' });
    web.data('server', timeout, { flags: 'FPA', after: 1 });
    web.segment('client', { flags: 'FA' });
  }).innocent({ atMost: 'possible' });

  scenario('a portal to sign in at leads every name to its gateway', (net) => {
    for (const [server, host] of [
      [SITE_WEB, BLOCKED],
      [OTHER_WEB, FREE],
    ] as const) {
      const web = net.connect({ server, rtt: 84 });
      web.request({ host });
      const to = httpResponse({ status: 302, headers: { Location: 'http://192.168.1.1/login' }, body: '' });
      web.inject.data(to, { after: 2, flags: 'FPA', ttl: 64, ipId: 0x1111, window: 8192 });
    }
  }).innocent({ atMost: 'possible' });

  scenario('TLS sent again', (net) => {
    const tls = net.connect({ server: SITE, rtt: 84 });
    tls.clientHello({ sni: FREE });
    tls.serverHello();
    tls.retransmit('server', 1);
    tls.talk(2);
  }).innocent();
});
