// TCP sequence numbers are counted modulo 2^32 (RFC 9293 §3.4): they have an order only within half that range.

/** How far `a` lies beyond `b`: -2^31 to 2^31 - 1. Both may be any integers; only their low 32 bits count. */
export function seqDiff(a: number, b: number): number {
  return (a - b) | 0;
}

export function seqLess(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

export function seqLessEqual(a: number, b: number): boolean {
  return ((a - b) | 0) <= 0;
}

/** The later of the two, as an unsigned number. */
export function seqMax(a: number, b: number): number {
  return (((a - b) | 0) < 0 ? b : a) >>> 0;
}
