import { describe, expect, test } from 'vitest';
import {
  looksLikeHttpRequest,
  looksLikeHttpResponse,
  parseRequestHead,
  parseResponseHead,
  type RequestHead,
} from './http.ts';

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));
const request = (text: string) => parseRequestHead(bytes(text), 0, text.length);
const response = (text: string) => parseResponseHead(bytes(text), 0, text.length);

describe('request', () => {
  const GET = 'GET /a?b HTTP/1.1\r\nUser-Agent: x\r\nHost: Web.Telegram.ORG:8080\r\nConnection: Keep-Alive\r\n\r\nbody';

  test('reads the line, the host and where the body begins', () => {
    expect(request(GET)).toEqual({
      method: 'GET',
      target: '/a?b',
      version: '1.1',
      host: 'web.telegram.org',
      hostOffset: GET.indexOf('Web'),
      hostLength: 16,
      contentLength: null,
      transferEncoding: null,
      connection: 'keep-alive',
      headerCount: 3,
      complete: true,
      malformed: false,
      bodyOffset: GET.length - 4,
    });
  });

  test('every prefix needs more, then tells what is there, and never a part of the host', () => {
    for (let length = 0; length < GET.length - 4; length++) {
      const read = parseRequestHead(bytes(GET), 0, length);
      if (length < 'GET /a?b HTTP/1.1\r\n'.length) {
        expect(read).toBe('need-more');
      } else {
        const head = read as RequestHead;
        expect(head.complete).toBe(false);
        expect(head.host).toBe(length >= GET.indexOf('Connection') ? 'web.telegram.org' : null);
      }
      if (length > 0) expect(looksLikeHttpRequest(bytes(GET), 0, length)).toBe(true);
    }
  });

  test.each([
    ['bare line feeds', 'GET / HTTP/1.1\nHost: a.example\n\n'],
    ['an empty line in front', '\r\nGET / HTTP/1.1\r\nHost: a.example\r\n\r\n'],
    ['no space behind the colon', 'GET / HTTP/1.1\r\nHost:a.example\r\n\r\n'],
    ['mixed case and a tab', 'GET / HTTP/1.1\r\nhoSt:\ta.EXAMPLE\t\r\n\r\n'],
    ['spaces in the request line', 'GET  /   HTTP/1.1\r\nHost: a.example\r\n\r\n'],
    ['a folded value', 'GET / HTTP/1.1\r\nHost:\r\n a.example\r\n\r\n'],
    ['white space before the colon', 'GET / HTTP/1.1\r\nHost : a.example\r\n\r\n'],
    ['an absolute target and no header', 'GET http://u@a.example:81/x HTTP/1.0\r\n\r\n'],
    ['CONNECT', 'CONNECT a.example:443 HTTP/1.1\r\n\r\n'],
    ['an unusual method', 'M-SEARCH * HTTP/1.1\r\nHost: a.example\r\n\r\n'],
  ])('the host is found with %s', (_, text) => {
    const head = request(text) as RequestHead;
    expect(head).toMatchObject({ host: 'a.example', complete: true, malformed: false });
    expect(text.slice(head.hostOffset, head.hostOffset + head.hostLength).toLowerCase()).toBe('a.example');
  });

  test('an IPv6 host loses its brackets and port; odd bytes are escaped', () => {
    expect(request('GET / HTTP/1.1\r\nHost: [2001:DB8::1]:80\r\n\r\n')).toMatchObject({
      host: '2001:db8::1',
    });
    expect(request('GET / HTTP/1.1\r\nHost: <b>\u0000\r\n\r\n')).toMatchObject({ host: '\\060b\\062\\000' });
    expect(request('GET / HTTP/1.1\r\nHost: \r\n\r\n')).toMatchObject({ host: null, hostOffset: -1 });
  });

  test('the first of two Host headers counts', () => {
    expect(request('GET / HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n\r\n')).toMatchObject({
      host: 'a.example',
      headerCount: 2,
    });
  });

  test('a line that is no header is malformed and keeps what stood before', () => {
    expect(request('GET / HTTP/1.1\r\nHost: a.example\r\nno colon here\r\n\r\n')).toMatchObject({
      host: 'a.example',
      complete: false,
      malformed: true,
    });
  });

  test('lines and headers are bounded', () => {
    expect(request(`GET /${'a'.repeat(9000)}`)).toBe('not-http');
    expect(request(`GET / HTTP/1.1\r\nX: ${'a'.repeat(9000)}`)).toMatchObject({ malformed: true, complete: false });
    expect(request(`GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(200)}\r\n`)).toMatchObject({
      malformed: true,
      headerCount: 128,
    });
  });

  test.each([
    'SSH-2.0-OpenSSH_9\r\n',
    'EHLO example\r\n',
    'INVITE sip:a SIP/2.0\r\n',
    'GET / HTTP/1.10\r\n',
    '\u0016\u0003\u0001',
    'GET /\u0000',
    'A b c d HTTP/1.1\r\n',
  ])('%j is not HTTP', (text) => {
    expect(request(text)).toBe('not-http');
  });
});

describe('response', () => {
  test('a forged redirect', () => {
    const text =
      'HTTP/1.0 302 Moved\r\nContent-Length: 0\r\nLocation: http://lamanlabuh.aduankonten.id/\r\nConnection: Close\r\n\r\n';
    expect(response(text)).toMatchObject({
      version: '1.0',
      status: 302,
      reason: 'Moved',
      location: 'http://lamanlabuh.aduankonten.id/',
      contentLength: 0,
      connection: 'close',
      server: null,
      complete: true,
      bodyOffset: text.length,
    });
  });

  test('the headers that tell who answered', () => {
    const text =
      'HTTP/1.1 403 \r\nserver: nginx\r\nCONTENT-TYPE: text/html;\r\n\tcharset=windows-1256\r\nContent-Encoding: GZIP\r\nTransfer-Encoding: Chunked\r\nContent-Length: 5x\r\n\r\n';
    expect(response(text)).toMatchObject({
      status: 403,
      reason: '',
      server: 'nginx',
      contentType: 'text/html; charset=windows-1256',
      contentEncoding: 'gzip',
      transferEncoding: 'chunked',
      contentLength: null,
      location: null,
    });
  });

  test('control characters cannot leave a header', () => {
    expect(response('HTTP/1.1 200 OK\r\nServer: a\u001b[2Jb\\\r\n\r\n')).toMatchObject({ server: 'a\\027[2Jb\\092' });
  });

  test('needs the status line, then tells what is there', () => {
    expect(response('')).toBe('need-more');
    expect(response('HTTP/1.1 20')).toBe('need-more');
    expect(response('HTTP/1.1 200 OK\r\nLoc')).toMatchObject({
      status: 200,
      complete: false,
      bodyOffset: -1,
      malformed: false,
    });
  });

  test.each(['HTTP/1.1 2000 OK\r\n', 'HTTP/1.1\r\n', 'HTTP/2 200\r\n', 'ICY 200 OK\r\n', '<html>'])(
    '%j is no response',
    (text) => {
      expect(response(text)).toBe('not-http');
    },
  );

  test('the cheap test agrees with short beginnings', () => {
    expect(looksLikeHttpResponse(bytes('HTT'), 0, 3)).toBe(true);
    expect(looksLikeHttpResponse(bytes('HTX'), 0, 3)).toBe(false);
    expect(looksLikeHttpResponse(bytes(''), 0, 0)).toBe(false);
    expect(looksLikeHttpRequest(bytes('GETX'), 0, 4)).toBe(false);
  });
});
