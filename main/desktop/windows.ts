// A window and its way to the engine. Only the page's own main frame is heard; a page that is loaded anew is a new face.

import { fileURLToPath } from 'node:url';
import { BrowserWindow, type IpcMainEvent, ipcMain, nativeTheme, type WebContents } from 'electron';
import type { Transport } from '../../shared/contract/service.ts';
import type { Service } from '../service/service.ts';
import { isOwnPage, PAGE } from './page-protocol.ts';

/** As in preload.cts, which can import nothing. */
const CHANNEL = 'blockscope';
const CLOSED = 'blockscope-closed';

/** What stands behind the page until it is painted: --ground of the two themes. */
const GROUND = { light: '#fbfaf7', dark: '#14181d' } as const;

class WindowTransport implements Transport {
  readonly #contents: WebContents;
  readonly #closing: (() => void)[] = [];
  #listener: (message: unknown) => void = () => {};
  #isClosed = false;

  constructor(contents: WebContents) {
    this.#contents = contents;
  }

  receive(message: unknown): void {
    if (!this.#isClosed) this.#listener(message);
  }

  send(message: unknown): void {
    if (!this.#isClosed && !this.#contents.isDestroyed()) this.#contents.send(CHANNEL, message);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#listener = listener;
  }

  onClose(listener: () => void): void {
    this.#closing.push(listener);
  }

  close(): void {
    if (!this.#isClosed && !this.#contents.isDestroyed()) this.#contents.send(CLOSED);
    this.end();
  }

  /** The page is gone: nobody is left to be told. */
  end(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const listener of this.#closing) listener();
  }
}

const transports = new Map<WebContents, WindowTransport>();

/** Not those that a report is printed in. */
export function pageWindows(): BrowserWindow[] {
  return BrowserWindow.getAllWindows().filter(({ webContents }) => transports.has(webContents));
}

/** Once, before the first window. */
export function hearWindows(): void {
  ipcMain.on(CHANNEL, (event: IpcMainEvent, message: unknown) => {
    const frame = event.senderFrame;
    // Gone already, inside another one, or not ours
    if (frame === null || frame.parent !== null || !isOwnPage(frame.url)) return;
    transports.get(event.sender)?.receive(message);
  });
}

export function openWindow(service: Service): BrowserWindow {
  const window = new BrowserWindow({
    width: 1_280,
    height: 860,
    minWidth: 720,
    minHeight: 480,
    show: false,
    title: 'Blockscope',
    backgroundColor: nativeTheme.shouldUseDarkColors ? GROUND.dark : GROUND.light,
    webPreferences: {
      preload: fileURLToPath(new URL('./preload.cjs', import.meta.url)),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      navigateOnDragDrop: false,
      // Its dictionaries would be downloaded
      spellcheck: false,
    },
  });
  const { webContents } = window;
  const connect = (): void => {
    transports.get(webContents)?.end();
    const transport = new WindowTransport(webContents);
    transports.set(webContents, transport);
    service.connect(transport);
  };
  connect();
  let isFirst = true;
  webContents.on('did-start-navigation', ({ isMainFrame, isSameDocument }) => {
    if (!isMainFrame || isSameDocument) return;
    if (!isFirst) connect();
    isFirst = false;
  });
  webContents.on('render-process-gone', () => {
    if (!webContents.isDestroyed()) webContents.reload();
  });
  window.once('closed', () => {
    transports.get(webContents)?.end();
    transports.delete(webContents);
  });
  window.once('ready-to-show', () => window.show());
  void window.loadURL(PAGE);
  return window;
}
