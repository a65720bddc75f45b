// The lists that this person imported, as the commands hand them to the engine.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SERVICE_NAMES } from '../../shared/domain/services.ts';
import { LISTS_FOLDER } from '../enrich/list-entries.ts';
import type { ImportedList } from '../enrich/list-index.ts';
import { defaultHost } from '../service/host.ts';
import { oneOf } from './usage.ts';

/** Whoever has none does not wait for what reads them. */
export async function ownLists(wanted: boolean): Promise<ImportedList[]> {
  const { config } = defaultHost();
  if (!wanted || config === null || !existsSync(join(config, LISTS_FOLDER))) return [];
  const { ListStore } = await import('../enrich/list-store.ts');
  return new ListStore(config).load();
}

/** What --service may name: a service of the project's own table, or an imported list of one. */
export function checkService(service: string | null, lists: readonly ImportedList[], help: string): void {
  if (service === null) return;
  const imported = lists.filter(({ facts }) => facts.kind === 'service').map(({ facts }) => facts.name);
  oneOf(service, [...SERVICE_NAMES, ...imported], '--service', help);
}
