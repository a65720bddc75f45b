// The built page, read into memory once: what is not among these files cannot be asked for, whatever the path says. And
// what the page may do, which every face says with every file.

import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Of every answer, also of refusals. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), usb=()',
};

export interface PageFile {
  readonly type: string;
  readonly bytes: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
};

/** dist/renderer, from dist/main/service. */
export const BUILT_PAGE = fileURLToPath(new URL('../../renderer', import.meta.url));

/** By path as a browser asks for it. Null where the page was not built. */
export function readPage(folder: string): ReadonlyMap<string, PageFile> | null {
  const files = new Map<string, PageFile>();
  // Folder by folder: inside an archive of Electron a recursive listing is not to be had
  const take = (path: string, prefix: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const type = TYPES[extname(entry.name)];
      if (entry.isDirectory()) take(join(path, entry.name), `${prefix}${entry.name}/`);
      else if (entry.isFile() && type !== undefined) {
        files.set(`${prefix}${entry.name}`, { type, bytes: readFileSync(join(path, entry.name)) });
      }
    }
  };
  try {
    take(folder, '/');
  } catch {
    return null;
  }
  const index = files.get('/index.html');
  if (index === undefined) return null;
  files.set('/', index);
  return files;
}
