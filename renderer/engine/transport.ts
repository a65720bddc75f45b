// The way to the engine: the desktop's bridge where there is one, else a WebSocket to whoever served this page, with the
// token that stood in the address. Messages sent before the way is open wait.

import { createClient } from '../../shared/contract/client.ts';
import { decodeFrame, encodeFrame } from '../../shared/contract/codec.ts';
import type { Client, Message, Transport } from '../../shared/contract/service.ts';

/** What the desktop's preload script puts into the page. */
interface Bridge {
  send(message: Message): void;
  onMessage(listener: (message: unknown) => void): void;
  onClose(listener: () => void): void;
}

/** Keeps the token over a reload of the page, which no longer has it in its address. Of this tab only. */
const TOKEN_KEY = 'blockscope.token';

export function connect(): { readonly client: Client; readonly onClose: (listener: () => void) => void } {
  const bridge = (globalThis as { blockscope?: Bridge }).blockscope;
  const transport = bridge === undefined ? overSocket() : overBridge(bridge);
  return { client: createClient(transport), onClose: (listener) => transport.onClose(listener) };
}

function overBridge(bridge: Bridge): Transport {
  return {
    send: (message) => bridge.send(message),
    onMessage: (listener) => bridge.onMessage(listener),
    onClose: (listener) => bridge.onClose(listener),
    close: () => {},
  };
}

function overSocket(): Transport {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  const socket = new WebSocket(`${scheme}://${location.host}/engine`);
  socket.binaryType = 'arraybuffer';
  const waiting: Uint8Array<ArrayBuffer>[] = [];
  const closing: (() => void)[] = [];
  let isClosed = false;
  // The token first: the engine hears nothing before it
  const token = takeToken();
  socket.addEventListener('open', () => {
    socket.send(token);
    for (const frame of waiting.splice(0)) socket.send(frame);
  });
  socket.addEventListener('close', () => {
    isClosed = true;
    for (const listener of closing.splice(0)) listener();
  });
  return {
    send: (message) => {
      const frame = encodeFrame(message);
      if (socket.readyState === WebSocket.CONNECTING) waiting.push(frame);
      else if (socket.readyState === WebSocket.OPEN) socket.send(frame);
    },
    onMessage: (listener) =>
      socket.addEventListener('message', ({ data }) => {
        const decoded = data instanceof ArrayBuffer ? decodeFrame(new Uint8Array(data)) : null;
        if (decoded !== null) listener(decoded.message);
      }),
    onClose: (listener) => {
      if (isClosed) listener();
      else closing.push(listener);
    },
    close: () => socket.close(),
  };
}

/** The token of the address, which is taken out of it: it belongs neither in history nor in a screenshot. */
function takeToken(): string {
  const found = /(?:^#|&)token=([A-Za-z0-9_-]+)/.exec(location.hash)?.[1];
  if (found === undefined) return sessionStorage.getItem(TOKEN_KEY) ?? '';
  sessionStorage.setItem(TOKEN_KEY, found);
  history.replaceState(history.state, '', location.pathname + location.search);
  return found;
}
