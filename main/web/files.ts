// The built page, read into memory once: what is not among these files cannot be asked for, whatever the path says.

import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

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

/** By path as a browser asks for it. Null where the page was not built. */
export function readPage(folder: string): ReadonlyMap<string, PageFile> | null {
  const files = new Map<string, PageFile>();
  try {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const type = TYPES[extname(entry.name)];
      if (!entry.isFile() || type === undefined) continue;
      const path = join(entry.parentPath, entry.name);
      files.set(path.slice(folder.length).replaceAll('\\', '/').replace(/^\/*/, '/'), {
        type,
        bytes: readFileSync(path),
      });
    }
  } catch {
    return null;
  }
  const index = files.get('/index.html');
  if (index === undefined) return null;
  files.set('/', index);
  return files;
}
