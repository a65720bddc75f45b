// The desktop program: one process, however often it is started; captures named on the command line, by the system or by
// a second start go to the window that is there.

import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { app, BrowserWindow, dialog, type SaveDialogOptions, session } from 'electron';
import { defaultHost } from '../service/host.ts';
import { BUILT_PAGE, readPage } from '../service/page.ts';
import { createService, type Service } from '../service/service.ts';
import { launchHelper } from './helpers.ts';
import { lockDown, lockSession } from './lock-down.ts';
import { setMenu } from './menu.ts';
import { announceProtocol, servePage } from './page-protocol.ts';
import { printReport } from './print.ts';
import { hearWindows, openWindow, pageWindows } from './windows.ts';
import { findWireshark, wiresharkOpener } from './wireshark.ts';

const EXTENSIONS = ['pcap', 'pcapng', 'cap', 'gz', 'zst'];

/** Files among the arguments; the program's own name and options are none. */
function capturesIn(args: readonly string[], folder: string): string[] {
  const found: string[] = [];
  for (const argument of args) {
    if (argument.startsWith('-')) continue;
    const path = resolve(folder, argument);
    try {
      if (statSync(path).isFile()) found.push(path);
    } catch {}
  }
  return found;
}

/** Of this start; while it is developed Electron's own arguments stand before. */
const ownArguments = (): string[] => process.argv.slice(app.isPackaged ? 1 : 2);

async function chooseFiles(): Promise<string[]> {
  const options = {
    properties: ['openFile', 'multiSelections'] as ('openFile' | 'multiSelections')[],
    filters: [
      { name: 'pcap, pcapng', extensions: EXTENSIONS },
      { name: '*', extensions: ['*'] },
    ],
  };
  const window = BrowserWindow.getFocusedWindow();
  const { canceled, filePaths } = await (window === null
    ? dialog.showOpenDialog(options)
    : dialog.showOpenDialog(window, options));
  return canceled ? [] : filePaths;
}

/** A folder or file to be made. The system may ask about what is there; the page asks again, and knows what it is. */
async function chooseTarget(as: 'folder' | 'zip', name: string): Promise<string | null> {
  const options = {
    defaultPath: as === 'zip' ? `${name}.zip` : name,
    filters: as === 'zip' ? [{ name: 'zip', extensions: ['zip'] }] : [],
    properties: ['createDirectory', 'showOverwriteConfirmation'] as ('createDirectory' | 'showOverwriteConfirmation')[],
  };
  return saveDialog(options);
}

/** The dialog asks before it names a file that is there; it is not replaced all the same. */
async function chooseRecording(name: string): Promise<string | null> {
  const options = { defaultPath: name, filters: [{ name: 'pcapng', extensions: ['pcapng'] }] };
  return saveDialog(options);
}

async function saveDialog(options: SaveDialogOptions): Promise<string | null> {
  const window = BrowserWindow.getFocusedWindow();
  const { canceled, filePath } = await (window === null
    ? dialog.showSaveDialog(options)
    : dialog.showSaveDialog(window, options));
  return canceled || filePath === '' ? null : filePath;
}

/** To the window that is there, or a new one; the page opens them. */
function open(service: Service, paths: readonly string[]): void {
  const window = pageWindows()[0] ?? openWindow(service);
  if (window.isMinimized()) window.restore();
  window.focus();
  if (paths.length > 0) service.requestOpen(paths);
}

function start(): void {
  announceProtocol();
  lockDown();
  const early: string[] = capturesIn(ownArguments(), process.cwd());
  let service: Service | null = null;
  const take = (paths: readonly string[]): void => {
    if (service === null) early.push(...paths);
    else open(service, paths);
  };
  app.on('second-instance', (_event, _args, _folder, data) => {
    const { paths } = (data ?? {}) as { paths?: unknown };
    take(Array.isArray(paths) ? paths.filter((path) => typeof path === 'string') : []);
  });
  // macOS names files by an event, also before it is ready
  app.on('open-file', (event, path) => {
    event.preventDefault();
    take([path]);
  });
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
  app.on('activate', () => {
    if (service !== null && pageWindows().length === 0) openWindow(service);
  });
  app.on('will-quit', (event) => {
    if (service === null) return;
    event.preventDefault();
    const ending = service;
    service = null;
    void ending.close().finally(() => app.quit());
  });
  void app.whenReady().then(() => {
    const files = readPage(BUILT_PAGE);
    if (files === null) throw new Error('dist/renderer is missing; npm run build builds it');
    lockSession(session.defaultSession);
    servePage(session.defaultSession, files);
    hearWindows();
    const wireshark = findWireshark(process.platform, process.env);
    const openInWireshark = wireshark === null ? null : wiresharkOpener(wireshark);
    const created = createService({
      ...defaultHost(),
      face: 'desktop',
      chooseFiles,
      chooseRecording,
      chooseTarget,
      launchHelper,
      openInWireshark,
      printPdf: () => printReport,
    });
    service = created;
    setMenu(app.getLocale(), {
      open: () => void chooseFiles().then((paths) => open(created, paths)),
      newWindow: () => openWindow(created),
    });
    open(created, early.splice(0));
  });
}

// Where it already runs, that one opens what was named here
if (app.requestSingleInstanceLock({ paths: capturesIn(ownArguments(), process.cwd()) })) start();
else app.quit();
