// app://blockscope/: the built page; app://report/: a report while it is printed. Nothing else of this computer.

import { protocol, type Session } from 'electron';
import { PAGE_HEADERS, type PageFile } from '../service/page.ts';

export const PAGE = 'app://blockscope/';
const REPORT = 'app://report/';

/** What a report may do: look like one. */
const REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:";
const reports = new Map<string, string>();

/** A page under an address that nobody else knows, until it is forgotten. */
export function printable(id: string, page: string): { readonly url: string; readonly forget: () => void } {
  const url = `${REPORT}${id}`;
  reports.set(url, page);
  return { url, forget: () => reports.delete(url) };
}

export function isPrinted(url: string): boolean {
  return reports.has(url);
}

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
    const report = request.method === 'GET' ? reports.get(request.url) : undefined;
    if (report !== undefined) {
      const type = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': REPORT_POLICY };
      return new Response(report, { headers: { ...headers, ...type } });
    }
    const url = URL.canParse(request.url) ? new URL(request.url) : null;
    if (url === null || url.host !== 'blockscope') return new Response(null, { status: 404, headers });
    if (request.method !== 'GET' && request.method !== 'HEAD') return new Response(null, { status: 405, headers });
    const file = files.get(url.pathname);
    if (file === undefined) return new Response(null, { status: 404, headers });
    return new Response(new Uint8Array(file.bytes), { headers: { ...headers, 'content-type': file.type } });
  });
}
