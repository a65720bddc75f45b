// Zooming by steps slides: for a moment the scale lies between the one before and the one to come.

import { useEffect, useRef, useState } from 'react';
import { between, type Scale } from './scale.ts';

function motion(): number {
  const value = getComputedStyle(document.documentElement).getPropertyValue('--motion');
  return Number.parseFloat(value) || 0;
}

/** Quick at first, then settling. */
export function eased(part: number): number {
  return 1 - (1 - part) ** 3;
}

/** The scale to draw by. It slides to the one given each time `turn` changes, and follows it at once otherwise. */
export function useSliding(scale: Scale, turn: number): Scale {
  const [, redraw] = useState(0);
  const shown = useRef(scale);
  const sliding = useRef<{ readonly from: Scale; readonly began: number; readonly length: number } | null>(null);
  const lastTurn = useRef(turn);
  if (lastTurn.current !== turn) {
    lastTurn.current = turn;
    const length = motion();
    sliding.current = length === 0 ? null : { from: shown.current, began: performance.now(), length };
  }
  const move = sliding.current;
  const part = move === null ? 1 : Math.min(1, (performance.now() - move.began) / move.length);
  if (part === 1) sliding.current = null;
  shown.current = move === null || part === 1 ? scale : between(move.from, scale, eased(part));
  useEffect(() => {
    if (sliding.current === null) return;
    const frame = requestAnimationFrame(() => redraw((count) => count + 1));
    return () => cancelAnimationFrame(frame);
  });
  return shown.current;
}
