// app://blockscope/: the built page, and nothing else of this computer.

import { protocol, type Session } from 'electron';
import { PAGE_HEADERS, type PageFile } from '../service/page.ts';

export const PAGE = 'app://blockscope/';

export function isOwnPage(url: string): boolean {
  return (
    url === PAGE || url.startsWith(`${PAGE}#`) || url.startsWith(`${PAGE}?`) || url.startsWith(`${PAGE}index.html`)
  );
}

/** Before the app is ready. */
export function announceProtocol(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

export function servePage(session: Session, files: ReadonlyMap<string, PageFile>): void {
  session.protocol.handle('app', (request) => {
    const headers = PAGE_HEADERS;
    const url = URL.canParse(request.url) ? new URL(request.url) : null;
    if (url === null || url.host !== 'blockscope') return new Response(null, { status: 404, headers });
    if (request.method !== 'GET' && request.method !== 'HEAD') return new Response(null, { status: 405, headers });
    const file = files.get(url.pathname);
    if (file === undefined) return new Response(null, { status: 404, headers });
    return new Response(new Uint8Array(file.bytes), { headers: { ...headers, 'content-type': file.type } });
  });
}
