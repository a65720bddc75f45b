// The windows a person came from. A turn of the wheel is many small zooms and one step back.

import type { Stretch } from './scale.ts';

/** Null is the whole capture. */
export type Left = Stretch | null;

export interface BackStack {
  /** Remembers a window that is being left; `continuous` ones join while they follow each other closely. */
  readonly leave: (window: Left, continuous: boolean, now: number) => void;
  /** The last one, which is forgotten; undefined when there is none. */
  readonly back: () => Left | undefined;
}

const MOST = 50;
const JOINED_MS = 500;

export function createBackStack(): BackStack {
  const windows: Left[] = [];
  let lastTurn = Number.NEGATIVE_INFINITY;
  return {
    leave: (window, continuous, now) => {
      const joins = continuous && now - lastTurn < JOINED_MS;
      lastTurn = continuous ? now : Number.NEGATIVE_INFINITY;
      if (joins) return;
      windows.push(window);
      if (windows.length > MOST) windows.shift();
    },
    back: () => {
      lastTurn = Number.NEGATIVE_INFINITY;
      return windows.pop();
    },
  };
}

const stacks = new Map<string, BackStack>();

/** Of a capture, while the page lives: opening an incident and coming back does not lose the way. */
export function backStackOf(capture: string): BackStack {
  let stack = stacks.get(capture);
  if (stack === undefined) {
    stack = createBackStack();
    stacks.set(capture, stack);
  }
  return stack;
}
