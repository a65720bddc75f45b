// The public suffix list. Required, not imported: Node would read its half megabyte twice, once for the names that it
// exports. And only when first asked, as not every thread judges names.

import { createRequire } from 'node:module';
import type * as Tldts from 'tldts';

/** Names come from captures: any text is asked for. */
const OPTIONS = { validateHostname: false, extractHostname: false } as const;

let loaded: typeof Tldts | null = null;

function tldts(): typeof Tldts {
  loaded ??= createRequire(import.meta.url)('tldts') as typeof Tldts;
  return loaded;
}

export function suffixOf(name: string): ReturnType<typeof Tldts.parse> {
  return tldts().parse(name, OPTIONS);
}

/** What was registered, or null. */
export function registrableDomain(name: string): string | null {
  return tldts().getDomain(name, OPTIONS);
}
