// The lists that this person imported, as the commands hand them to the engine.

import type { ImportedList } from '../enrich/list-index.ts';
import { ListStore } from '../enrich/list-store.ts';
import { defaultHost } from '../service/host.ts';

export function ownLists(wanted: boolean): ImportedList[] {
  return wanted ? new ListStore(defaultHost().config).load() : [];
}
