// Which capture a guided test belongs to, so that one finds back to it from the capture's other screens.

import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';

const plans = createStore<Readonly<Record<string, string>>>()(() => ({}));

export function rememberTest(capture: string, test: string): void {
  plans.setState({ [capture]: test });
}

export function useTest(capture: string): string | null {
  return useStore(plans, (state) => state[capture] ?? null);
}
