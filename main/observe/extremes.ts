// The least and the greatest of many numbers. Math.min(...numbers) lays each of them on the stack, which those of a long
// capture overflow; this is for lists that only the capture bounds.

/** Infinity for none. */
export function leastOf(numbers: Iterable<number>): number {
  let least = Number.POSITIVE_INFINITY;
  for (const number of numbers) if (number < least) least = number;
  return least;
}

/** -Infinity for none. */
export function greatestOf(numbers: Iterable<number>): number {
  let greatest = Number.NEGATIVE_INFINITY;
  for (const number of numbers) if (number > greatest) greatest = number;
  return greatest;
}
