// What no page may do here, whatever it holds: go elsewhere, open windows, ask for permissions, reach a network.

import { app, type Session, type WebContents } from 'electron';
import { isOwnPage, isPrinted } from './page-protocol.ts';

/** Before the app is ready. */
export function lockDown(): void {
  app.enableSandbox();
  // What the browser inside would ask its maker for
  for (const name of ['disable-background-networking', 'disable-component-update', 'disable-domain-reliability']) {
    app.commandLine.appendSwitch(name);
  }
  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-navigate', (event) => {
      if (!isOwnPage(event.url)) event.preventDefault();
    });
    contents.on('will-redirect', (event) => event.preventDefault());
    contents.on('will-frame-navigate', (event) => {
      // The preview of a report is text of this page, without scripts and without an address
      if (!isOwnPage(event.url) && event.url !== 'about:srcdoc') event.preventDefault();
    });
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  });
}

export function lockSession(session: Session): void {
  // Copying, when the person asks for it; reading what they copied elsewhere is nothing that the page needs
  const isGranted = (contents: WebContents | null, permission: string): boolean =>
    permission === 'clipboard-sanitized-write' && contents !== null && isOwnPage(contents.getURL());
  session.setPermissionRequestHandler((contents, permission, answer) => answer(isGranted(contents, permission)));
  session.setPermissionCheckHandler(isGranted);
  session.setDevicePermissionHandler(() => false);
  session.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !isLocal(url) }));
  session.on('will-download', (event, item) => {
    // A report that the page made itself is saved; nothing is fetched
    if (!item.getURL().startsWith('blob:app://blockscope/')) event.preventDefault();
  });
}

const OWN = ['app://blockscope/', 'blob:app://blockscope/', 'data:', 'devtools://'];

function isLocal(url: string): boolean {
  return isPrinted(url) || OWN.some((prefix) => url.startsWith(prefix));
}
