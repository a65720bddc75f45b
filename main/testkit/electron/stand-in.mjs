// Stands in for electron where its program cannot be had: as much of its interface as the desktop program uses. The
// program and its preload script are the built ones. Preload runs in a context of its own that knows nothing but what a
// sandboxed one does, everything that crosses is cloned, and what must not be configured is refused. A page there is
// not: the test is the page, at the other end of this process's channel.

import { fork } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import vm from 'node:vm';

const tell = (message) => process.send?.(message);
const later = (action) => setImmediate(action);

// ---- app ----

class App extends EventEmitter {
  isPackaged = false;
  switches = [];
  isSandboxed = false;
  #quitting = false;

  enableSandbox() {
    this.isSandboxed = true;
  }

  commandLine = { appendSwitch: (name) => this.switches.push(name) };

  whenReady() {
    if (!this.isSandboxed) throw new Error('the sandbox must be enabled before the app is ready');
    return new Promise((resolve) => later(resolve));
  }

  getLocale() {
    return process.env.STAND_IN_LOCALE ?? 'en-US';
  }

  requestSingleInstanceLock(data) {
    structuredClone(data);
    if (process.env.STAND_IN_SECOND !== '1') return true;
    tell({ kind: 'second-instance', data });
    return false;
  }

  quit() {
    if (this.#quitting) return;
    this.#quitting = true;
    let isPrevented = false;
    this.emit('will-quit', {
      preventDefault: () => {
        isPrevented = true;
      },
    });
    this.#quitting = false;
    if (!isPrevented) {
      tell({ kind: 'quit' });
      later(() => process.exit(0));
    }
  }
}
export const app = new App();

// ---- sessions and protocols ----

const privileges = new Map();
const handlers = new Map();

export const protocol = {
  registerSchemesAsPrivileged: (schemes) => {
    for (const { scheme, privileges: granted } of schemes) privileges.set(scheme, granted);
  },
};

class Session extends EventEmitter {
  protocol = {
    handle: (scheme, handler) => {
      if (!privileges.has(scheme)) throw new Error(`${scheme} was not announced before the app was ready`);
      handlers.set(scheme, handler);
    },
  };
  permissionRequest = null;
  permissionCheck = null;
  device = null;
  beforeRequest = null;
  webRequest = {
    onBeforeRequest: (listener) => {
      this.beforeRequest = listener;
    },
  };

  setPermissionRequestHandler(handler) {
    this.permissionRequest = handler;
  }

  setPermissionCheckHandler(handler) {
    this.permissionCheck = handler;
  }

  setDevicePermissionHandler(handler) {
    this.device = handler;
  }
}
export const session = { defaultSession: new Session() };

// ---- messages ----

export const ipcMain = new EventEmitter();

/** The world of the preload script, and what it puts before the page. */
function preloaded(contents, path) {
  const renderer = new EventEmitter();
  const page = {};
  const known = {
    contextBridge: {
      exposeInMainWorld: (name, api) => {
        if (page[name] !== undefined) throw new Error(`${name} is there already`);
        // Functions are called across the bridge; what they are given is cloned, but for functions
        const crossing = (value) =>
          typeof value === 'function' ? (...args) => value(...args.map(crossing)) : clone(value);
        page[name] = Object.fromEntries(
          Object.entries(api).map(([key, value]) => [key, (...args) => value(...args.map(crossing))]),
        );
      },
    },
    ipcRenderer: {
      send: (channel, ...args) => contents.arrive(channel, args.map(clone), contents.mainFrame),
      on: (channel, listener) => renderer.on(channel, listener),
    },
    webUtils: { getPathForFile: (file) => file.pathOfStandIn ?? '' },
  };
  const sandbox = {
    exports: {},
    module: { exports: {} },
    require: (name) => {
      if (name !== 'electron') throw new Error(`module not found: ${name}`);
      return known;
    },
  };
  vm.runInNewContext(readFileSync(path, 'utf8'), sandbox, { filename: path });
  return { renderer, page };
}

/** As the structured clone of V8, into this realm. */
function clone(value) {
  return structuredClone(value);
}

// ---- windows ----

const NEEDED = {
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  webviewTag: false,
};

const windows = new Map();
let ids = 0;

class WebContents extends EventEmitter {
  mainFrame = { url: '', parent: null };
  openHandler = null;
  #isDestroyed = false;
  #world = null;
  #preload;

  constructor(preload) {
    super();
    this.#preload = preload;
  }

  setWindowOpenHandler(handler) {
    this.openHandler = handler;
  }

  isDestroyed() {
    return this.#isDestroyed;
  }

  getURL() {
    return this.mainFrame.url;
  }

  destroy() {
    this.#isDestroyed = true;
  }

  /** From the preload script's world, or whatever claims to be it. */
  arrive(channel, args, frame) {
    later(() => {
      if (!this.#isDestroyed) ipcMain.emit(channel, { sender: this, senderFrame: frame }, ...args);
    });
  }

  send(channel, ...args) {
    if (this.#isDestroyed) throw new Error('Object has been destroyed');
    const world = this.#world;
    const copies = args.map(clone);
    later(() => world?.renderer.emit(channel, {}, ...copies));
  }

  /** What it would print is told; the PDF names it. */
  async printToPDF(options) {
    const response = await handlers.get('app')(new Request(this.mainFrame.url));
    const page = await response.text();
    const isCancelled = await new Promise((resolve) =>
      session.defaultSession.beforeRequest({ url: this.mainFrame.url }, ({ cancel }) => resolve(cancel)),
    );
    const policy = response.headers.get('content-security-policy');
    tell({ kind: 'printed', url: this.mainFrame.url, status: response.status, isCancelled, policy, options, page });
    if (process.env.STAND_IN_NO_PRINTER === '1') throw new Error('Printing failed');
    return Buffer.from('%PDF-1.4 of the stand-in');
  }

  load(url, id) {
    this.mainFrame = { url, parent: null };
    // A window without a preload script has no way to anybody
    if (this.#preload === undefined) return;
    this.emit('did-start-navigation', { url, isMainFrame: true, isSameDocument: false });
    this.#world = preloaded(this, this.#preload);
    const { blockscope } = this.#world.page;
    blockscope.onMessage((message) => tell({ kind: 'message', window: id, message }));
    blockscope.onClose(() => tell({ kind: 'closed', window: id }));
    tell({ kind: 'loaded', window: id, url, bridge: Object.keys(blockscope) });
  }

  reload() {
    this.emit('stand-in-reload');
  }

  get page() {
    return this.#world.page;
  }
}

export class BrowserWindow extends EventEmitter {
  static getAllWindows() {
    return [...windows.values()];
  }

  static getFocusedWindow() {
    return [...windows.values()].at(-1) ?? null;
  }

  id = ++ids;
  webContents;
  #isMinimized = false;

  constructor({ webPreferences, ...options }) {
    super();
    for (const [name, needed] of Object.entries(NEEDED)) {
      if (webPreferences[name] !== needed) throw new Error(`webPreferences.${name} must be ${needed}`);
    }
    clone(options);
    if (webPreferences.preload === undefined && webPreferences.javascript !== false) {
      throw new Error('a page without the preload script may run no scripts');
    }
    this.webContents = new WebContents(webPreferences.preload);
    this.webContents.on('stand-in-reload', () => this.webContents.load(this.webContents.mainFrame.url, this.id));
    windows.set(this.id, this);
    app.emit('web-contents-created', {}, this.webContents);
  }

  async loadURL(url) {
    await new Promise((resolve) => later(resolve));
    this.webContents.load(url, this.id);
    this.emit('ready-to-show');
  }

  show() {
    tell({ kind: 'shown', window: this.id });
  }

  isMinimized() {
    return this.#isMinimized;
  }

  minimize() {
    this.#isMinimized = true;
  }

  restore() {
    this.#isMinimized = false;
  }

  focus() {
    tell({ kind: 'focused', window: this.id });
  }

  destroy() {
    this.close();
  }

  close() {
    windows.delete(this.id);
    this.webContents.destroy();
    this.emit('closed');
    if (windows.size === 0) app.emit('window-all-closed');
  }
}

// ---- the rest ----

let menu = null;
export const Menu = {
  buildFromTemplate: (template) => template,
  setApplicationMenu: (template) => {
    menu = template;
  },
};

let chosen = { canceled: true, filePaths: [] };
let target = { canceled: true, filePath: '' };
export const dialog = { showOpenDialog: async () => chosen, showSaveDialog: async () => target };
/** As there: no standard input, and a script that was asked to end is told SIGTERM. */
export const utilityProcess = {
  fork: (script, args, { stdio, execArgv, serviceName }) => {
    if (stdio[0] !== 'ignore') throw new Error('standard input of a utility process is always ignored');
    tell({ kind: 'utility', script, args: [...args], serviceName });
    return fork(script, args, { stdio: [...stdio, 'ipc'], execArgv });
  },
};
export const nativeTheme = { shouldUseDarkColors: false };

// ---- what the test does ----

const prevented = (emitter, name, details = {}) => {
  let isPrevented = false;
  emitter.emit(name, {
    ...details,
    preventDefault: () => {
      isPrevented = true;
    },
  });
  return isPrevented;
};

const actions = {
  send: ({ window, message }) => windows.get(window)?.webContents.page.blockscope.send(message),
  close: ({ window }) => windows.get(window)?.close(),
  reload: ({ window }) => windows.get(window)?.webContents.reload(),
  minimize: ({ window }) => windows.get(window)?.minimize(),
  /** A message from a frame that is not the page. */
  forge: ({ window, url, isMain, message }) => {
    const { webContents } = windows.get(window);
    const frame = { url, parent: isMain ? null : webContents.mainFrame };
    webContents.arrive('blockscope', [message], frame);
  },
  choose: ({ paths }) => {
    chosen = { canceled: paths.length === 0, filePaths: paths };
  },
  target: ({ path }) => {
    target = { canceled: path === null, filePath: path ?? '' };
  },
  menu: ({ item }) => {
    const all = menu.flatMap(({ submenu }) => submenu ?? []);
    all.find(({ id }) => id === item).click();
  },
  labels: () => menu.flatMap(({ label, submenu }) => [label, ...(submenu ?? []).map((item) => item.label)]),
  second: ({ paths }) => app.emit('second-instance', {}, [], '', { paths }),
  file: ({ path }) => app.emit('open-file', { preventDefault: () => {} }, path),
  path: ({ window, path }) => windows.get(window).webContents.page.blockscope.pathForFile({ pathOfStandIn: path }),
  quit: () => app.quit(),
  fetch: async ({ url, method }) => {
    const response = await handlers.get('app')(new Request(url, { method }));
    const headers = Object.fromEntries(response.headers);
    return { status: response.status, headers, bytes: new Uint8Array(await response.arrayBuffer()) };
  },
  navigate: ({ window, url }) => prevented(windows.get(window).webContents, 'will-navigate', { url }),
  frame: ({ window, url }) => prevented(windows.get(window).webContents, 'will-frame-navigate', { url }),
  webview: ({ window }) => prevented(windows.get(window).webContents, 'will-attach-webview'),
  popup: ({ window, url }) => windows.get(window).webContents.openHandler({ url }).action,
  permissions: ({ window, name }) => {
    const { webContents } = windows.get(window);
    let asked = null;
    session.defaultSession.permissionRequest(webContents, name, (answer) => {
      asked = answer;
    });
    return [asked, session.defaultSession.permissionCheck(webContents, name), session.defaultSession.device({})];
  },
  request: ({ url }) => {
    let result = null;
    session.defaultSession.beforeRequest({ url }, (answer) => {
      result = answer.cancel;
    });
    return result;
  },
};

process.on('message', async ({ action, answer, ...params }) => {
  const result = await actions[action](params);
  if (answer !== undefined) tell({ kind: 'answer', answer, result });
});
