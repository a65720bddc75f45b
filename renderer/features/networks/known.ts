// Networks of addresses that tables and lanes show: asked for a moment later, many at once, and remembered. What was not
// answered yet, and what lies in no network, has no entry.

import { useEffect, useMemo } from 'react';
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { CallResult } from '../../../shared/contract/service.ts';
import { settings } from '../../app/settings.ts';
import { useApp } from '../../ui/hooks.ts';

type Networks = NonNullable<CallResult<'networks.of'>['networks']>;
export type NetworkEntry = Networks['entries'][number];
type Ask = (addresses: string[]) => Promise<CallResult<'networks.of'>>;

/** Of one call. */
const MOST_ASKED = 256;
/** Addresses remembered; forgotten together. */
const MOST_KNOWN = 20_000;
const GATHER_MS = 60;

export class KnownNetworks {
  readonly store = createStore<{
    readonly entries: ReadonlyMap<string, NetworkEntry>;
    readonly data: Networks | null;
  }>()(() => ({ entries: new Map(), data: null }));
  readonly #asked = new Set<string>();
  readonly #queue: string[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;

  want(addresses: readonly string[], ask: Ask): void {
    if (this.#asked.size > MOST_KNOWN) {
      this.#asked.clear();
      this.store.setState({ entries: new Map() });
    }
    for (const address of addresses) {
      if (this.#asked.has(address)) continue;
      this.#asked.add(address);
      this.#queue.push(address);
    }
    if (this.#queue.length > 0) this.#timer ??= setTimeout(() => void this.#send(ask), GATHER_MS);
  }

  async #send(ask: Ask): Promise<void> {
    const addresses = this.#queue.splice(0, MOST_ASKED);
    try {
      const { networks } = await ask(addresses);
      // No table: nothing is asked again
      if (networks === null) this.#queue.length = 0;
      else if (networks.entries.length > 0) {
        const entries = new Map(this.store.getState().entries);
        for (const entry of networks.entries) entries.set(entry.address, entry);
        this.store.setState({ entries, data: networks });
      }
    } catch {
      // The engine went away, or was too busy: asked again when the address is next in sight
      for (const address of addresses) this.#asked.delete(address);
    }
    this.#timer = this.#queue.length > 0 ? setTimeout(() => void this.#send(ask), GATHER_MS) : null;
  }
}

const known = new KnownNetworks();

export function useShowsNetworks(): boolean {
  return useStore(settings, (state) => state.networks !== 'hidden');
}

/** Asks for the networks of these; null where the settings say that none are shown. */
export function useNetworks(addresses: readonly string[]): ReadonlyMap<string, NetworkEntry> {
  const client = useApp((state) => state.client);
  const shows = useShowsNetworks();
  const key = addresses.join(' ');
  const wanted = useMemo(() => (key === '' ? [] : key.split(' ')), [key]);
  useEffect(() => {
    if (shows) known.want(wanted, (some) => client.call('networks.of', { addresses: some }));
  }, [client, shows, wanted]);
  const entries = useStore(known.store, (state) => state.entries);
  return shows ? entries : NONE;
}

const NONE: ReadonlyMap<string, NetworkEntry> = new Map();

/** Of what stands on the screen, for the credit. */
export function useNetworksData(): Networks | null {
  return useStore(known.store, (state) => state.data);
}

/** `Telegram Messenger Inc` or, where the name is not known, `AS62041`. */
export function networkName({ asn, name }: NetworkEntry): string | null {
  return name ?? (asn === null ? null : `AS${asn}`);
}
