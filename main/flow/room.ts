// Room for what is new in a capture that runs for days: the oldest of what has ended goes first, what a finding cites
// last. How much, and in which order, is decided here; what is let go belongs to whoever keeps it.

/** From this share of a limit on room is made, and so much stays: what is kept is judged again and again. */
const CROWDED = 1 / 2;
const STAYS = 1 / 4;

export const isCrowded = (kept: number, limit: number): boolean => kept > limit * CROWDED;

/** One limit: how much of it each thing takes, 0 where the thing does not count for it. */
export interface Limit<T> {
  readonly limit: number;
  readonly of: (thing: T) => number;
}

/** What goes, of things in order of age: until a quarter of each limit stays, or half where findings cite it. */
export function leaving<T>(things: readonly T[], limits: readonly Limit<T>[], isCited: (thing: T) => boolean): Set<T> {
  const gone = new Set<T>();
  const kept = limits.map(({ of }) => things.reduce((sum, thing) => sum + of(thing), 0));
  const crowded = limits.map(({ limit }, at) => isCrowded(kept[at]!, limit));
  if (!crowded.includes(true)) return gone;
  for (const mayBeCited of [false, true]) {
    const most = limits.map(({ limit }) => limit * (mayBeCited ? CROWDED : STAYS));
    for (const thing of things) {
      const isWanted = limits.some(({ of }, at) => crowded[at]! && kept[at]! > most[at]! && of(thing) > 0);
      if (!isWanted || gone.has(thing) || isCited(thing) !== mayBeCited) continue;
      gone.add(thing);
      for (const [at, { of }] of limits.entries()) kept[at]! -= of(thing);
    }
  }
  return gone;
}
