// Patterns of imported lists. Whoever wrote them is not known, so they run in a linear-time engine (re2js), are bounded
// in size, and are asked only where a fixed piece of them stands in the text.

import { RE2JS } from 're2js';
import type { RowProblem } from '../../shared/domain/lists.ts';

/** Characters of a pattern. */
export const MAX_PATTERN = 1_024;
/** Instructions of a compiled pattern: matching costs at most this many steps for each character. */
export const MAX_PROGRAM = 500;
/** Characters that every match must hold somewhere; shorter ones stand in any page. */
export const LEAST_FIXED = 4;

/** Alternatives of a pattern, each with a fixed piece of its own. */
export const MAX_ALTERNATIVES = 64;

export interface CompiledPattern {
  /** One of them stands in every text that matches. */
  readonly fixed: readonly string[];
  /** Null: the fixed piece, which is one, is the whole pattern. */
  readonly expression: RE2JS | null;
}

export function compilePattern(source: string, needsFixed: boolean): CompiledPattern | RowProblem {
  if (source.length > MAX_PATTERN) return 'too-long';
  const plain = plainText(source);
  if (plain !== null) {
    return needsFixed && plain.length < LEAST_FIXED ? 'too-short' : { fixed: [plain], expression: null };
  }
  const fixed = new Pieces(source).all();
  const isShort = needsFixed && (fixed.length === 0 || shortest(fixed) < LEAST_FIXED);
  if (fixed.length > MAX_ALTERNATIVES) return 'pattern-too-large';
  // A counted repetition is written out by the engine; many would take long to compile
  if (repeats(source) > MAX_PROGRAM) return 'pattern-too-large';
  try {
    const expression = RE2JS.compile(source, RE2JS.DOTALL);
    if (expression.programSize() > MAX_PROGRAM) return 'pattern-too-large';
    return isShort ? 'too-short' : { fixed: fixed.length === 0 ? [''] : fixed, expression };
  } catch {
    return 'bad-pattern';
  }
}

/** Upper bound of what counted repetitions multiply to. */
function repeats(source: string): number {
  let product = 1;
  for (const [, most, , range] of source.matchAll(/\{(\d{1,6})(,(\d{1,6})?)?\}/g)) {
    product *= Math.max(1, Number(range ?? most));
    if (product > MAX_PROGRAM) break;
  }
  return product;
}

const SPECIAL = '()[]{}.*+?^$|\\';

/** What a pattern without any sign that means more than itself stands for. */
function plainText(source: string): string | null {
  let text = '';
  for (let at = 0; at < source.length; at++) {
    let character = source[at]!;
    if (character === '\\') {
      character = source[++at] ?? '';
      // Of what is escaped only signs mean themselves for certain
      if (character === '' || /[a-zA-Z\d]/.test(character)) return null;
    } else if (character === ']' || character === '}' || (character === '{' && !isRepeat(source, at))) {
      // Without their beginnings they mean themselves
    } else if (SPECIAL.includes(character)) return null;
    text += character;
  }
  return text;
}

function shortest(pieces: readonly string[]): number {
  return Math.min(...pieces.map(({ length }) => length));
}

/**
 * Pieces of which one stands in every text that matches: of what follows one another the part whose pieces are longest,
 * of alternatives the pieces of all. Empty where there are none. It only skims the pattern; what it does not know for
 * certain it takes for nothing.
 */
class Pieces {
  readonly #source: string;
  #at = 0;
  #depth = 0;
  #isUnsure = false;

  constructor(source: string) {
    this.#source = source;
  }

  all(): string[] {
    const pieces = this.#alternatives();
    return this.#isUnsure || this.#at < this.#source.length ? [] : [...new Set(pieces)];
  }

  #alternatives(): string[] {
    const pieces: string[] = [];
    let isMissing = false;
    // Deeper than any list needs: the engine refuses it, too
    if (++this.#depth > 64) {
      this.#isUnsure = true;
      this.#at = this.#source.length;
      return [];
    }
    for (;;) {
      const own = this.#sequence();
      if (own.length === 0) isMissing = true;
      pieces.push(...own);
      if (this.#source[this.#at] !== '|') break;
      this.#at++;
    }
    this.#depth--;
    return isMissing ? [] : pieces;
  }

  #sequence(): string[] {
    const source = this.#source;
    let best: string[] = [];
    let run = '';
    const offer = (pieces: string[]): void => {
      if (pieces.length === 0 || shortest(pieces) === 0) return;
      if (best.length === 0 || shortest(pieces) > shortest(best)) best = pieces;
    };
    const end = (): void => {
      offer([run]);
      run = '';
    };
    while (this.#at < source.length) {
      const character = source[this.#at]!;
      if (character === '|' || character === ')') break;
      if (character === '(') {
        end();
        const pieces = this.#group();
        // A group that may be left out says nothing
        if (this.#quantifier() !== 'optional') offer(pieces);
        continue;
      }
      let literal: string | null = null;
      if (character === '\\') literal = this.#escape();
      else if (character === '[') this.#at = endOfClass(source, this.#at) + 1;
      else {
        this.#at++;
        if (!'.*+?^$'.includes(character) && !(character === '{' && isRepeat(source, this.#at - 1)))
          literal = character;
      }
      const quantifier = this.#quantifier();
      if (literal === null || quantifier === 'optional') end();
      else {
        run += literal;
        if (quantifier === 'repeated') end();
      }
    }
    end();
    return best;
  }

  /** From its opening bracket to behind its closing one. */
  #group(): string[] {
    const source = this.#source;
    const opening = /^\((\?(P?<[^>]*>|[a-zA-Z-]*:)|\?[a-zA-Z-]*\))?/.exec(source.slice(this.#at, this.#at + 80))![0];
    // Whatever the case: then no piece is fixed. Other extensions the engine refuses
    if (/^\(\?[a-zA-Z-]*i[a-zA-Z-]*[:)]$/.test(opening)) this.#isUnsure = true;
    if (opening === '(' && source[this.#at + 1] === '?') this.#isUnsure = true;
    this.#at += opening.length;
    if (opening.endsWith(')')) return [];
    const pieces = this.#alternatives();
    if (source[this.#at] === ')') this.#at++;
    return pieces;
  }

  #escape(): string | null {
    const source = this.#source;
    const next = source[this.#at + 1] ?? '';
    // A quotation has an end of its own
    if (next === 'Q' || next === '') this.#isUnsure = true;
    const code = /^\\(?:x\{[^}]*\}|x[\da-fA-F]{2}|[pP]\{[^}]*\}|[pP].|[0-7]{1,3})/.exec(
      source.slice(this.#at, this.#at + 40),
    );
    this.#at += code === null ? 2 : code[0].length;
    return code !== null || /[a-zA-Z\d]/.test(next) ? null : next;
  }

  /** What stands behind a part, and passes over it. */
  #quantifier(): 'once' | 'repeated' | 'optional' {
    const source = this.#source;
    const sign = source[this.#at];
    if (sign !== '?' && sign !== '*' && sign !== '+' && !isRepeat(source, this.#at)) return 'once';
    this.#at = sign === '{' ? source.indexOf('}', this.#at) + 1 : this.#at + 1;
    if (source[this.#at] === '?') this.#at++;
    return sign === '+' ? 'repeated' : 'optional';
  }
}

/** A brace that begins no count means itself. */
function isRepeat(source: string, at: number): boolean {
  return source[at] === '{' && /^\{\d+(,\d*)?\}/.test(source.slice(at, at + 16));
}

function endOfClass(source: string, start: number): number {
  // `]` as the first member is a member
  let at = start + 1;
  if (source[at] === '^') at++;
  if (source[at] === ']') at++;
  while (at < source.length && source[at] !== ']') at += source[at] === '\\' ? 2 : 1;
  return at;
}
