// report.pdf by Electron's own Chromium: the page of a report in a window nobody sees, without scripts, printed.

import { randomUUID } from 'node:crypto';
import { BrowserWindow } from 'electron';
import { printable } from './page-protocol.ts';

/** A report of forty incidents takes seconds. */
const PATIENCE_MS = 120_000;

export async function printReport(page: string): Promise<Uint8Array> {
  const { url, forget } = printable(randomUUID(), page);
  const window = new BrowserWindow({
    show: false,
    webPreferences: {
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      javascript: false,
    },
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error('printing took too long')), PATIENCE_MS);
    });
    const printed = window
      .loadURL(url)
      // Size and margins are those that the page asks for
      .then(() => window.webContents.printToPDF({ preferCSSPageSize: true, printBackground: true }));
    return new Uint8Array(await Promise.race([printed, late]));
  } finally {
    clearTimeout(timer);
    forget();
    window.destroy();
  }
}
