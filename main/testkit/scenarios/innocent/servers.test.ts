// What servers, their firewalls and the front ends in front of them do of their own accord.
import { describe } from 'vitest';
import { ascii } from '../../bytes.ts';
import { scenario } from '../../scenario.ts';
import { applicationData } from '../../tls-bytes.ts';
import { BLOCKED, FREE, FREE_TOO, OTHER, OTHER_WEB, OTHER6, SITE, SITE_WEB, THIRD } from '../places.ts';

/** Of the same content network as `OTHER`. */
const FASTLY_2 = '146.75.118.132:443';

describe('servers', () => {
  scenario(
    'a content network resets a name that was taken off, over both IP versions and from two of its prefixes',
    (net) => {
      for (const [at, server] of [OTHER, OTHER6, FASTLY_2, OTHER, OTHER6, FASTLY_2].entries()) {
        net.visit({ server, sni: FREE });
        const tls = net.connect({ server });
        tls.clientHello({ sni: BLOCKED });
        tls.reset('server', { after: 3 });
        net.wait(2000 + at);
      }
    },
  ).innocent({ atMost: 'possible' });

  scenario('a passthrough balancer has no backend for one name and closes after the hello', (net) => {
    for (let attempt = 0; attempt < 5; attempt++) {
      net.visit({ server: SITE, sni: FREE });
      const tls = net.connect({ server: SITE });
      tls.clientHello({ sni: BLOCKED });
      tls.serverAck();
      tls.close('server');
      net.wait(4000);
    }
  }).innocent({ atMost: 'possible' });

  scenario('fail2ban drops after six wrong passwords for SSH, the web goes on', (net) => {
    for (let attempt = 0; attempt < 6; attempt++) {
      const ssh = net.connect({ server: '93.184.215.14:22' });
      ssh.data('server', ascii('SSH-2.0-OpenSSH_9.6p1 Ubuntu-3ubuntu13.5\r\n'), { after: 8 });
      ssh.clientAck();
      ssh.data('client', ascii('SSH-2.0-OpenSSH_9.9\r\n'));
      for (let i = 0; i < 4; i++) {
        ssh.data('client', applicationData(200, i));
        ssh.data('server', applicationData(180, i));
      }
      ssh.close('server');
      net.wait(1500);
    }
    for (let attempt = 0; attempt < 4; attempt++) {
      net.unanswered({ server: '93.184.215.14:22', retries: [1, 2, 4] });
      net.wait(1000);
    }
    net.visit({ server: SITE, sni: FREE });
    net.visit({ server: OTHER, sni: FREE_TOO });
  }).innocent({ atMost: 'possible' });

  scenario('fail2ban cuts a session in its middle: established packets are dropped, the web goes on', (net) => {
    for (let attempt = 0; attempt < 3; attempt++) {
      net.visit({ server: SITE, sni: FREE });
      const ssh = net.connect({ server: '93.184.215.14:22' });
      ssh.data('server', ascii('SSH-2.0-OpenSSH_9.6p1 Ubuntu-3ubuntu13.5\r\n'), { after: 8 });
      ssh.data('client', ascii('SSH-2.0-OpenSSH_9.9\r\n'));
      for (let i = 0; i < 4; i++) {
        ssh.data('client', applicationData(200, i));
        ssh.data('server', applicationData(180, i));
      }
      ssh.data('client', applicationData(144, 9), { lost: 'after-capture' });
      ssh.retransmit('client', 7);
      net.wait(2000);
    }
    net.visit({ server: SITE, sni: FREE });
  }).innocent({ atMost: 'possible' });

  scenario('its firewall refuses by ICMP, from the host itself', (net) => {
    for (let attempt = 0; attempt < 4; attempt++) {
      net.visit({ server: SITE, sni: FREE });
      const ssh = net.dial({ server: '93.184.215.14:22' });
      ssh.syn({ lost: 'after-capture' });
      ssh.icmp({ type: 3, code: 10, from: '93.184.215.14', ttl: 52, after: 41 });
      net.wait(1000);
    }
  }).innocent({ atMost: 'possible' });

  scenario('its hosting company refuses mail by ICMP at its edge, four routers before the host', (net) => {
    for (let attempt = 0; attempt < 4; attempt++) {
      net.visit({ server: SITE, sni: FREE });
      net.visit({ server: OTHER, sni: FREE_TOO });
      const mail = net.dial({ server: '93.184.215.14:25' });
      mail.syn({ lost: 'after-capture' });
      mail.icmp({ type: 3, code: 13, from: '93.184.130.9', ttl: 255 - 8, after: 38 });
      net.wait(1000);
    }
  }).innocent({ atMost: 'possible' });

  scenario('a whole hosting company is down for an hour', (net) => {
    net.visit({ server: '93.184.215.14:443', sni: 'a.example.net' });
    net.wait(400_000);
    for (const host of [14, 15, 16, 77, 120]) {
      for (let attempt = 0; attempt < 3; attempt++) {
        net.unanswered({ server: `93.184.215.${host}:443`, retries: [1, 2, 4] });
        net.unanswered({ server: `93.184.215.${host}:80`, retries: [1, 2, 4] });
      }
      net.ping({ address: `93.184.215.${host}`, answered: false });
      net.visit({ server: OTHER, sni: FREE });
      net.visit({ server: THIRD, sni: FREE_TOO });
    }
  }).innocent({ atMost: 'possible' });

  scenario('a firewall that drops one country: two ports are silent, ping and DNS answer', (net) => {
    for (let attempt = 0; attempt < 4; attempt++) {
      net.unanswered({ server: SITE, retries: [1, 2, 4] });
      net.unanswered({ server: SITE_WEB, retries: [1, 2, 4] });
      net.visit({ server: OTHER, sni: FREE });
      net.ping({ address: '93.184.215.14' });
      net.wait(3000);
    }
  }).innocent({ atMost: 'possible' });

  scenario('it has no QUIC although an old Alt-Svc says so; others have', (net) => {
    for (let attempt = 0; attempt < 4; attempt++) {
      net.quic({ server: SITE, sni: BLOCKED, answered: false, postQuantum: true });
      net.visit({ server: SITE, sni: BLOCKED });
      net.quic({ server: OTHER, sni: FREE, postQuantum: true });
      net.wait(5000);
    }
  }).innocent({ atMost: 'possible' });

  scenario('two sites of one balancer, only one of them has QUIC', (net) => {
    for (let attempt = 0; attempt < 5; attempt++) {
      net.quic({ server: SITE, sni: FREE });
      net.quic({ server: SITE, sni: BLOCKED, answered: false });
      net.visit({ server: SITE, sni: BLOCKED });
      net.wait(9000);
    }
  }).innocent({ atMost: 'possible' });

  scenario(
    'old TLS code reads the first segment of a large hello only and hangs (browsers), small hellos pass (curl)',
    (net) => {
      for (let attempt = 0; attempt < 4; attempt++) {
        const curl = net.connect({ server: SITE });
        curl.clientHello({ sni: BLOCKED, ciphers: [0x1301, 0x1302, 0xc02f], alpn: ['http/1.1'] });
        curl.serverHello();
        curl.talk(1);
        curl.close();
        const tls = net.connect({ server: SITE });
        tls.clientHello({ sni: BLOCKED, postQuantum: true });
        tls.serverAck();
        tls.wait(20_000);
        tls.segment('client', { flags: 'FA' });
        tls.serverAck();
        net.visit({ server: OTHER, sni: FREE });
      }
    },
  ).innocent({ atMost: 'possible' });

  scenario('old TLS code resets a hello of two segments (browsers), small hellos pass (curl)', (net) => {
    for (let attempt = 0; attempt < 4; attempt++) {
      const curl = net.connect({ server: SITE });
      curl.clientHello({ sni: BLOCKED, ciphers: [0x1301, 0x1302, 0xc02f], alpn: ['http/1.1'] });
      curl.serverHello();
      curl.talk(1);
      curl.close();
      const tls = net.connect({ server: SITE });
      tls.clientHello({ sni: BLOCKED, postQuantum: true });
      tls.reset('server', { after: 1 });
      net.visit({ server: OTHER, sni: FREE });
      net.wait(2000);
    }
  }).innocent({ atMost: 'possible' });

  scenario('a server of 2009 refuses newer TLS by an alert, another asks for a certificate nobody has', (net) => {
    for (const description of [70, 40, 116, 42, 48, 112, 80]) {
      net.visit({ server: SITE, sni: FREE });
      const tls = net.connect({ server: SITE });
      tls.clientHello({ sni: BLOCKED });
      tls.alert(description);
      tls.close('server');
    }
  }).innocent({ atMost: 'possible' });

  scenario('client certificate refused after the handshake, then a reset with unread data', (net) => {
    for (let attempt = 0; attempt < 4; attempt++) {
      net.visit({ server: SITE, sni: FREE });
      const tls = net.connect({ server: SITE });
      tls.clientHello({ sni: BLOCKED });
      tls.serverHello();
      tls.data('client', applicationData(1800, 1));
      tls.data('server', applicationData(19, 2), { after: 2 });
      tls.reset('server', { after: 0.1, window: 501 });
    }
  }).innocent();

  scenario('an HTTP/1.0 server closes with unread data: its answer and then a reset', (net) => {
    for (let attempt = 0; attempt < 5; attempt++) {
      const web = net.connect({ server: SITE_WEB });
      web.request({ host: BLOCKED, method: 'POST' });
      web.response({ status: 413, reason: 'Request Entity Too Large' });
      web.reset('server', { window: 501 });
      web.data('client', new Uint8Array(900));
      web.segment('server', { flags: 'R', ipId: 0, window: 0 });
    }
    net.visit({ server: SITE_WEB, host: FREE });
  }).innocent();

  scenario('SMTP: tarpit, greylisting, and too many connections', (net) => {
    const slow = net.connect({ server: '93.184.215.25:25' });
    slow.data('server', ascii('220 mx.example.net ESMTP Postfix\r\n'), { after: 30_000 });
    slow.data('client', ascii('EHLO mail.example.org\r\n'));
    slow.data('server', ascii('250-mx.example.net\r\n250-SIZE 10240000\r\n250 8BITMIME\r\n'), { after: 6000 });
    slow.data('client', ascii('MAIL FROM:<a@example.org>\r\n'));
    slow.data('server', ascii('250 2.1.0 Ok\r\n'), { after: 6000 });
    slow.data('client', ascii('RCPT TO:<b@example.net>\r\n'));
    slow.data('server', ascii('450 4.2.0 <b@example.net>: Recipient address rejected: Greylisted\r\n'), {
      after: 6000,
    });
    slow.data('client', ascii('QUIT\r\n'));
    slow.close('server');
    for (let attempt = 0; attempt < 4; attempt++) {
      const busy = net.connect({ server: '93.184.215.25:25' });
      busy.data('server', ascii('421 4.7.0 mx.example.net Error: too many connections from 10.0.0.2\r\n'), {
        after: 5,
      });
      busy.close('server');
    }
  }).innocent();

  scenario('a mail server that never offers TLS', (net) => {
    for (let attempt = 0; attempt < 3; attempt++) {
      const m = net.connect({ server: '93.184.215.25:25' });
      m.data('server', ascii('220 mail.example.net ESMTP\r\n'), { after: 20 });
      m.data('client', ascii('EHLO mail.example.org\r\n'));
      m.data('server', ascii('250-mail.example.net\r\n250 HELP\r\n'));
      m.data('client', ascii('STARTTLS\r\n'));
      m.data('server', ascii('502 5.5.1 Error: command not implemented\r\n'));
      m.close('client');
    }
  }).innocent();

  scenario('SSH takes no more connections for a while: FIN before the banner', (net) => {
    for (let attempt = 0; attempt < 6; attempt++) {
      const ssh = net.connect({ server: '93.184.215.14:22' });
      ssh.data('client', ascii('SSH-2.0-OpenSSH_9.9\r\n'));
      ssh.close('server');
      net.wait(700);
    }
    net.visit({ server: SITE, sni: FREE });
  }).innocent();

  scenario('passive FTP behind a NAT that was not told: data ports are silent', (net) => {
    const ftp = net.connect({ server: '93.184.215.14:21' });
    ftp.data('server', ascii('220 FTP\r\n'));
    for (let i = 0; i < 4; i++) {
      ftp.data('client', ascii('PASV\r\n'));
      ftp.data('server', ascii('227 Entering Passive Mode (93,184,215,14,195,80)\r\n'));
      net.unanswered({ server: `93.184.215.14:${50_000 + i * 37}`, retries: [1, 2, 4] });
    }
    net.visit({ server: OTHER, sni: FREE });
  }).innocent({ atMost: 'possible' });

  scenario('IRC asks back on port 113', (net) => {
    const irc = net.connect({ server: '93.184.215.66:6667' });
    irc.data('server', ascii(':irc.example.net NOTICE AUTH :*** Checking Ident\r\n'));
    const ident = net.dial({ client: '93.184.215.66', server: '10.0.0.2:113' });
    ident.syn();
    ident.segment('server', { flags: 'RA', seq: 0 });
    irc.data('client', ascii('NICK a\r\nUSER a 0 * :a\r\n'));
    irc.data('server', ascii(':irc.example.net 001 a :Welcome\r\n'));
  }).innocent();

  for (const [who, status, reason, headers, body] of [
    [
      'F5 ASM',
      200,
      'OK',
      { Connection: 'close', 'Cache-Control': 'no-cache' },
      '<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. Please consult with your administrator.<br><br>Your support ID is: 5316548962335417</body></html>',
    ],
    [
      'Imperva',
      403,
      'Forbidden',
      { 'X-Iinfo': '9-1' },
      '<html style="height:100%"><head><META NAME="ROBOTS" CONTENT="NOINDEX, NOFOLLOW"></head><body><iframe id="main-iframe" src="/_Incapsula_Resource?CWUDNSAI=9&incident_id=1">Request unsuccessful. Incapsula incident ID: 1</iframe></body></html>',
    ],
    [
      'Akamai',
      403,
      'Forbidden',
      { Server: 'AkamaiGHost' },
      '<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD><BODY><H1>Access Denied</H1>You don\'t have permission to access "http&#58;&#47;&#47;forum.example.net&#47;" on this server.<P>Reference&#32;&#35;18&#46;1</BODY></HTML>',
    ],
    [
      'Cloudflare',
      403,
      'Forbidden',
      { Server: 'cloudflare', 'CF-RAY': '8a' },
      '<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head><body><h1 data-translate="block_headline">Sorry, you have been blocked</h1><h2>You are unable to access</h2></body></html>',
    ],
    [
      'CloudFront',
      403,
      'Forbidden',
      { Server: 'CloudFront' },
      '<HTML><HEAD><TITLE>ERROR: The request could not be satisfied</TITLE></HEAD><BODY><H1>403 ERROR</H1>The Amazon CloudFront distribution is configured to block access from your country.</BODY></HTML>',
    ],
    [
      'a FortiWeb in front of the server',
      403,
      'Forbidden',
      {},
      '<html><head><title>Web Page Blocked!</title></head><body><h1>The page cannot be displayed. Please contact <a href="mailto:a@example.net">admin</a> for additional information.</h1><p>Attack ID: 20000021<br>Message ID: 001</p></body></html>',
    ],
    [
      'the publisher, for legal reasons',
      451,
      'Unavailable For Legal Reasons',
      {},
      '<html><head><title>451: Unavailable due to legal reasons</title></head><body>We recognize you are attempting to access this website from a country belonging to the European Economic Area (EEA) including the EU which enforces the General Data Protection Regulation (GDPR) and therefore access cannot be granted at this time.</body></html>',
    ],
    [
      'Wordfence',
      503,
      'Service Temporarily Unavailable',
      {},
      '<html><head><title>Your access to this site has been limited by the site owner</title></head><body>Your access to this service has been limited. (HTTP response code 503) Access from your area has been temporarily limited for security reasons.</body></html>',
    ],
    [
      "a redirect to the country's shop",
      302,
      'Found',
      { Location: 'https://www.example-shop.ir/', Connection: 'close' },
      '',
    ],
    ['a parked domain', 302, 'Found', { Location: 'http://ww16.parkingcrew.example/?sub1=2', Connection: 'close' }, ''],
  ] as const) {
    scenario(`the site's own front end says no: ${who}`, (net) => {
      for (let i = 0; i < 3; i++) {
        net.visit({ server: SITE_WEB, host: FREE });
        const web = net.connect({ server: SITE_WEB, rtt: 20 });
        web.request({ host: BLOCKED });
        web.response({ status, reason, headers, body });
        web.close('server');
      }
      net.visit({ server: OTHER_WEB, host: FREE_TOO });
    }).innocent();
  }
});
