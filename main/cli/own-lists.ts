// The lists that this person imported, as the commands hand them to the engine.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LISTS_FOLDER } from '../enrich/list-entries.ts';
import type { ImportedList } from '../enrich/list-index.ts';
import { defaultHost } from '../service/host.ts';

/** Whoever has none does not wait for what reads them. */
export async function ownLists(wanted: boolean): Promise<ImportedList[]> {
  const { config } = defaultHost();
  if (!wanted || config === null || !existsSync(join(config, LISTS_FOLDER))) return [];
  const { ListStore } = await import('../enrich/list-store.ts');
  return new ListStore(config).load();
}
