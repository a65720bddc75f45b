// Whether the timeline of a live capture stays at its end. Zooming or moving it holds it still.

import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';

const following = createStore<Readonly<Record<string, boolean>>>()(() => ({}));

export function follow(capture: string, on: boolean): void {
  if ((following.getState()[capture] ?? true) !== on) following.setState({ [capture]: on });
}

export function useFollowing(capture: string): boolean {
  return useStore(following, (state) => state[capture] ?? true);
}
