// Wrong usage: what was wrong, and which help text says how it is right. Ends in exit status 2.

import { type ParseArgsConfig, parseArgs } from 'node:util';

export class UsageError extends Error {
  readonly help: string;

  constructor(message: string, help: string) {
    super(message);
    this.help = help;
  }
}

/** parseArgs of Node, its complaints turned into ours. */
export function parse<T extends ParseArgsConfig>(config: T, help: string): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // What follows is advice that our help gives better.
    const [first = ''] = error.message.split(/\n|\. To specify/);
    throw new UsageError(first.charAt(0).toLowerCase() + first.slice(1), help);
  }
}

/** One of a closed list, or a complaint that names the list. */
export function oneOf<T extends string>(value: string, words: readonly T[], option: string, help: string): T {
  const found = words.find((word) => word === value);
  if (found === undefined) throw new UsageError(`${option}: '${value}' is none of ${words.join(', ')}`, help);
  return found;
}
