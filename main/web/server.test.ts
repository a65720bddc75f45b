// Attacks on the server of the browser's face, each as its attacker would make it. The page and the service are the
// built ones; npm test builds first.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { decodeFrame, encodeFrame } from '../../shared/contract/codec.ts';
import { defaultHost } from '../service/host.ts';
import { createService, type Service } from '../service/service.ts';
import { serveWeb, type WebFace } from './server.ts';

const folder = mkdtempSync(join(tmpdir(), 'web-'));
let service: Service;
let web: WebFace;

beforeAll(async () => {
  mkdirSync(join(folder, 'page/assets'), { recursive: true });
  writeFileSync(join(folder, 'page/index.html'), '<!doctype html><title>page</title>');
  writeFileSync(join(folder, 'page/assets/app.js'), 'export {};');
  writeFileSync(join(folder, 'page/secret.txt'), 'not of a type that the page has');
  writeFileSync(join(folder, 'secret.html'), 'beside the page');
  service = createService({ ...defaultHost(), face: 'web', openPath: false, config: null, temporary: folder });
  web = await serveWeb(service, { port: 0, page: join(folder, 'page') });
});
afterAll(async () => {
  await web.close();
  await service.close();
  rmSync(folder, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

function ask(path: string, headers: Record<string, string> = {}, method = 'GET', host = '127.0.0.1'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host, port: web.port, path, method, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** Bytes as they are, for what no client library would send. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(web.port, '127.0.0.1', () => socket.write(text));
    let got = '';
    socket.on('data', (data) => {
      got += data.toString('latin1');
    });
    socket.on('close', () => resolve(got));
    socket.on('error', reject);
    setTimeout(() => socket.destroy(), 1_000);
  });
}

const origin = (): string => `http://127.0.0.1:${web.port}`;

interface Opened {
  readonly socket: WebSocket;
  readonly closed: Promise<number>;
  readonly messages: unknown[];
}

/** Fulfilled when it is open; rejected with the status of the refusal. */
function open(options: { origin?: string; host?: string; path?: string } = {}): Promise<Opened> {
  const socket = new WebSocket(`ws://127.0.0.1:${web.port}${options.path ?? '/engine'}`, {
    ...(options.origin === undefined ? {} : { origin: options.origin }),
    headers: options.host === undefined ? {} : { host: options.host },
  });
  const messages: unknown[] = [];
  socket.on('message', (data: Buffer) => messages.push(decodeFrame(data)?.message));
  const closed = new Promise<number>((resolve) => socket.on('close', (code) => resolve(code)));
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve({ socket, closed, messages }));
    socket.on('unexpected-response', (_request, response) => reject(new Error(String(response.statusCode))));
    socket.on('error', reject);
  });
}

const info = encodeFrame({ type: 'call', id: 1, name: 'app.info', params: {} });

describe('The server of the page', () => {
  it('hands out the page with a policy that allows nothing but its own files', async () => {
    const { status, headers, body } = await ask('/');
    expect([status, body]).toEqual([200, '<!doctype html><title>page</title>']);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['content-security-policy']).not.toMatch(/unsafe|\*/);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect((await ask('/assets/app.js')).headers['content-type']).toContain('text/javascript');
    expect(await ask('/', {}, 'HEAD')).toMatchObject({ status: 200, body: '' });
  });

  it('never puts the token into the page, a header or a place that is sent anywhere', async () => {
    const { headers, body } = await ask('/');
    expect(`${JSON.stringify(headers)}${body}`).not.toContain(web.token);
    expect(web.address).toBe(`http://127.0.0.1:${web.port}/#token=${web.token}`);
    expect(web.token.length).toBeGreaterThanOrEqual(43);
    const other = await serveWeb(service, { port: 0, page: join(folder, 'page') });
    expect(other.token).not.toBe(web.token);
    await other.close();
  });

  it('is not reached from another computer', async () => {
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((entry) => entry !== undefined && !entry.internal && entry.family === 'IPv4');
    if (outside === undefined) return;
    await expect(ask('/', {}, 'GET', outside.address)).rejects.toThrow(/ECONNREFUSED/);
  });

  it.each(['evil.example', 'evil.example:80', '127.0.0.1', '127.0.0.1.evil.example', '0.0.0.0', 'localhost'])(
    'hears nobody who calls it %s, as after DNS rebinding',
    async (host) => {
      expect((await ask('/', { host })).status).toBe(421);
      await expect(open({ origin: `http://${host}`, host })).rejects.toThrow('421');
    },
  );

  it('hears no page of another site', async () => {
    for (const foreign of ['https://evil.example', 'null', `https://127.0.0.1:${web.port}`, 'http://127.0.0.1:1']) {
      const { status, headers } = await ask('/', { origin: foreign });
      expect([foreign, status, headers['access-control-allow-origin']]).toEqual([foreign, 403, undefined]);
      await expect(open({ origin: foreign })).rejects.toThrow('403');
    }
    // Another name of this server is another origin too
    await expect(open({ origin: `http://localhost:${web.port}` })).rejects.toThrow('403');
    await expect(open()).rejects.toThrow('403');
    const preflight = await ask('/engine', { origin: 'https://evil.example' }, 'OPTIONS');
    expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([403, undefined]);
  });

  it('gives no file beside the page, whatever the path', async () => {
    const paths = [
      '/../secret.html',
      '/%2e%2e/secret.html',
      '/..%2fsecret.html',
      '/assets/../../secret.html',
      '/assets/..\\..\\secret.html',
      '//etc/passwd',
      '/etc/passwd',
      '/secret.txt',
      '/assets',
      '/assets/',
      '/index.html/',
      '/%00',
      `/${'a'.repeat(4_000)}`,
      '/__proto__',
    ];
    for (const path of paths) expect([path, (await ask(path)).status]).toEqual([path, 404]);
    const absolute = await raw(
      `GET file:///etc/passwd HTTP/1.1\r\nHost: 127.0.0.1:${web.port}\r\nConnection: close\r\n\r\n`,
    );
    expect(absolute).toMatch(/^HTTP\/1\.1 404/);
  });

  it('only reads', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'OPTIONS']) {
      expect([method, (await ask('/', {}, method)).status]).toEqual([method, 405]);
    }
  });

  it('answers malformed requests without harm', async () => {
    const host = `Host: 127.0.0.1:${web.port}\r\n`;
    expect(await raw('\x16\x03\x01\x02\x00garbage\r\n\r\n')).toMatch(/^HTTP\/1\.1 400/);
    expect(await raw(`GET / HTTP/1.1\r\n${host}Host: evil.example\r\nConnection: close\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 400/,
    );
    expect(await raw('GET / HTTP/1.1\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 400/);
    expect(await raw(`GET / HTTP/1.1\r\n${host}X: ${'x'.repeat(40_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431/);
    expect((await ask('/')).status).toBe(200);
  });
});

describe('The way to the engine', () => {
  it('opens with the token, and only then', async () => {
    const { socket, messages } = await open({ origin: origin() });
    socket.send(web.token);
    socket.send(info);
    await expect.poll(() => messages.length).toBe(1);
    expect(messages[0]).toMatchObject({ type: 'result', id: 1, result: { face: 'web' } });
    socket.close();
  });

  it('ends without a word when the token is missing, wrong, too long or binary', async () => {
    const wrong = [
      '',
      'x'.repeat(43),
      web.token.slice(0, -1),
      `${web.token} `,
      'x'.repeat(100_000),
      info,
      Buffer.from(web.token),
    ];
    for (const first of wrong) {
      const { socket, closed, messages } = await open({ origin: origin() });
      socket.send(first);
      socket.send(info);
      expect(await closed).toBe(1008);
      expect(messages).toEqual([]);
    }
  });

  it('is no way without its path, whoever asks', async () => {
    await expect(open({ origin: origin(), path: '/' })).rejects.toThrow('404');
    await expect(open({ origin: origin(), path: `/engine?token=${web.token}` })).rejects.toThrow('404');
  });

  async function admitted(): Promise<Opened> {
    const opened = await open({ origin: origin() });
    opened.socket.send(web.token);
    return opened;
  }

  it('ends at a message that is too large, before it is read', async () => {
    const { socket, closed, messages } = await admitted();
    socket.on('error', () => {});
    socket.send(new Uint8Array(1_200_000));
    expect(await closed).toBe(1009);
    expect(messages).toEqual([]);
    expect((await ask('/')).status).toBe(200);
  });

  it('ends at a message that is none', async () => {
    const frame = encodeFrame({ type: 'call', id: 1, name: 'app.info', params: {} });
    new DataView(frame.buffer).setUint32(0, 0xffff_ffff, true);
    for (const message of [new Uint8Array(0), new Uint8Array([1, 2, 3]), frame, 'text']) {
      const { socket, closed, messages } = await admitted();
      socket.send(message);
      expect(await closed).toBe(1003);
      expect(messages).toEqual([]);
    }
  });

  it('takes a frame that holds no message of ours for nothing', async () => {
    const { socket, messages } = await admitted();
    for (const odd of [
      null,
      1,
      [],
      {},
      { type: 'call' },
      { type: 'result', id: 1, result: {} },
      { type: 'ack', id: 9 },
    ]) {
      socket.send(encodeFrame(odd));
    }
    socket.send(info);
    await expect.poll(() => messages.length).toBe(1);
    socket.close();
  });

  it('is bounded in number, and free again when others leave', async () => {
    const opened: Opened[] = [];
    for (let i = 0; i < 16; i++) opened.push(await open({ origin: origin() }));
    await expect(open({ origin: origin() })).rejects.toThrow('503');
    for (const { socket } of opened) socket.close();
    await Promise.all(opened.map(({ closed }) => closed));
    await expect
      .poll(() =>
        admitted().then(
          ({ socket }) => socket.close(),
          () => 'full',
        ),
      )
      .toBeUndefined();
  });

  it('bounds the calls that one face has under way', async () => {
    const { socket, messages } = await admitted();
    const { upload } = await new Promise<{ upload: string }>((resolve) => {
      socket.send(encodeFrame({ type: 'call', id: 1, name: 'upload.begin', params: { name: 'x', bytes: 1_000_000 } }));
      const look = setInterval(() => {
        const found = messages[0] as { result: { upload: string } } | undefined;
        if (found === undefined) return;
        clearInterval(look);
        resolve(found.result);
      }, 5);
    });
    const frames = Array.from({ length: 400 }, (_, id) =>
      encodeFrame({ type: 'call', id: id + 2, name: 'upload.part', params: { upload, data: new Uint8Array(100) } }),
    );
    for (const frame of frames) socket.send(frame);
    await expect.poll(() => messages.length).toBe(401);
    socket.close();
  });
});
