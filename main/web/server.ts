// The page in a browser: a server on this computer only, that hands out the built page and carries the contract over a
// WebSocket. A new token each run; it stands in the fragment of the address, which no browser sends anywhere.

import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { decodeFrame, encodeFrame } from '../../shared/contract/codec.ts';
import { type Transport, UPLOAD_PART } from '../../shared/contract/service.ts';
import { BUILT_PAGE, PAGE_HEADERS, type PageFile, readPage } from '../service/page.ts';
import type { Service } from '../service/service.ts';
import { isToken, newToken, refusal } from './policy.ts';

/** A part of an upload with what stands around it. */
const MAX_MESSAGE = UPLOAD_PART + 65_536;
const MAX_TOKEN = 256;
const MAX_SOCKETS = 16;
const MAX_CONNECTIONS = 64;
const TOKEN_WITHIN_MS = 5_000;
/** Bytes waiting for a reader that does not read; what is told is merged long before, what is asked for is not. */
const MAX_WAITING = 268_435_456;

/** Close codes of RFC 6455 §7.4.1. */
const CLOSE = { unsupported: 1003, policy: 1008, tooBig: 1009 } as const;

export interface WebOptions {
  /** 0: any free one. */
  readonly port: number;
  /** The built page. */
  readonly page?: string;
}

export interface WebFace {
  /** With the token. */
  readonly address: string;
  readonly port: number;
  readonly token: string;
  close(): Promise<void>;
}

/** The page has not been built. */
export class NoPage extends Error {}

export async function serveWeb(service: Service, options: WebOptions): Promise<WebFace> {
  const files = readPage(options.page ?? BUILT_PAGE);
  if (files === null) throw new NoPage();
  const token = newToken();
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE,
    perMessageDeflate: false,
    clientTracking: true,
  });
  let port = options.port;
  const make = (): Server => {
    const server = createServer((request, response) => answer(request, response, files, port));
    server.maxConnections = MAX_CONNECTIONS;
    server.headersTimeout = 10_000;
    server.requestTimeout = 10_000;
    server.on('upgrade', (request, socket, head) => upgrade(request, socket, head));
    return server;
  };
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy());
    const status = refusal(request, port, true) ?? (request.url === '/engine' ? null : 404);
    if (status !== null) refuse(socket, status);
    else if (sockets.clients.size >= MAX_SOCKETS) refuse(socket, 503);
    else sockets.handleUpgrade(request, socket, head, (opened) => admit(opened, token, service));
  };
  const servers = [make()];
  port = await listening(servers[0]!, '127.0.0.1', port);
  // A browser may take localhost for ::1; a machine without IPv6 does without
  const sixth = make();
  try {
    await listening(sixth, '::1', port);
    servers.push(sixth);
  } catch {}
  return {
    address: `http://127.0.0.1:${port}/#token=${token}`,
    port,
    token,
    close: async () => {
      for (const socket of sockets.clients) socket.terminate();
      await Promise.all(
        servers.map(
          (server) =>
            new Promise<void>((resolve) => {
              server.close(() => resolve());
              server.closeAllConnections();
            }),
        ),
      );
    },
  };
}

function listening(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, ipv6Only: host === '::1' }, () => {
      server.removeListener('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  files: ReadonlyMap<string, PageFile>,
  port: number,
): void {
  const say = (status: number, headers: Record<string, string> = {}): void => {
    response.writeHead(status, { ...PAGE_HEADERS, ...headers, 'content-type': 'text/plain; charset=utf-8' });
    response.end(request.method === 'HEAD' ? undefined : `${STATUS_CODES[status]}\n`);
  };
  const path = request.url?.split('?', 1)[0] ?? '';
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const file = files.get(path);
  const refused = refusal(request, port, false);
  if (refused !== null) say(refused);
  // A body is nothing that is asked for; it is not read
  else if (!isRead) say(405, { allow: 'GET, HEAD', connection: 'close' });
  else if (file === undefined) say(404);
  else {
    response.writeHead(200, { ...PAGE_HEADERS, 'content-type': file.type, 'content-length': file.bytes.length });
    response.end(request.method === 'HEAD' ? undefined : file.bytes);
  }
}

function refuse(socket: Duplex, status: number): void {
  const text = STATUS_CODES[status] ?? '';
  socket.end(`HTTP/1.1 ${status} ${text}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}

/** The first message is the token and nothing else; who has it not is heard no further. */
function admit(socket: WebSocket, token: string, service: Service): void {
  const tooLate = setTimeout(() => socket.close(CLOSE.policy), TOKEN_WITHIN_MS);
  socket.on('error', () => socket.terminate());
  socket.once('close', () => clearTimeout(tooLate));
  socket.once('message', (data: RawData, isBinary: boolean) => {
    clearTimeout(tooLate);
    const bytes = bytesOf(data);
    if (isBinary || bytes.length > MAX_TOKEN || !isToken(bytes, token)) {
      socket.close(CLOSE.policy);
      return;
    }
    service.connect(new SocketTransport(socket));
  });
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}

class SocketTransport implements Transport {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  send(message: unknown): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > MAX_WAITING) {
      this.#socket.terminate();
      return;
    }
    this.#socket.send(encodeFrame(message), { binary: true });
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#socket.on('message', (data: RawData, isBinary: boolean) => {
      const decoded = isBinary ? decodeFrame(bytesOf(data)) : null;
      if (decoded === null) this.#socket.close(CLOSE.unsupported);
      else listener(decoded.message);
    });
  }

  onClose(listener: () => void): void {
    this.#socket.on('close', listener);
  }

  close(): void {
    this.#socket.close();
  }
}
