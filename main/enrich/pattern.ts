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

export interface CompiledPattern {
  /** Stands in every text that matches. */
  readonly fixed: string;
  /** Null: the fixed piece is the whole pattern. */
  readonly expression: RE2JS | null;
}

export function compilePattern(source: string, needsFixed: boolean): CompiledPattern | RowProblem {
  if (source.length > MAX_PATTERN) return 'too-long';
  const { fixed, isWhole } = fixedPart(source);
  const isShort = needsFixed && fixed.length < LEAST_FIXED;
  if (isWhole) return isShort ? 'too-short' : { fixed, expression: null };
  // A counted repetition is written out by the engine; many would take long to compile
  if (repeats(source) > MAX_PROGRAM) return 'pattern-too-large';
  try {
    const expression = RE2JS.compile(source, RE2JS.DOTALL);
    if (expression.programSize() > MAX_PROGRAM) return 'pattern-too-large';
    return isShort ? 'too-short' : { fixed, expression };
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

const ESCAPED_CLASS = /[dDsSwWbBAzpPQEC\d]/;

/** The longest run of plain characters outside groups and classes that no quantifier makes optional. */
function fixedPart(source: string): { fixed: string; isWhole: boolean } {
  let longest = '';
  let run = '';
  let depth = 0;
  let isWhole = true;
  const end = (): void => {
    if (run.length > longest.length) longest = run;
    run = '';
  };
  for (let at = 0; at < source.length; at++) {
    let character = source[at]!;
    if (character === '\\') {
      const next = source[++at] ?? '';
      // Of what is escaped only signs mean themselves for certain
      if (next === '' || ESCAPED_CLASS.test(next) || /[a-zA-Z]/.test(next)) {
        isWhole = false;
        end();
        // A quotation or a code point in hexadecimal has an end of its own; nothing behind it is taken
        if (/[QxpP]/.test(next)) return { fixed: longest, isWhole: false };
        continue;
      }
      character = next;
    } else if (character === '|' && depth === 0) {
      // Either side alone may match
      return { fixed: '', isWhole: false };
    } else if ('()[.*+?^$|'.includes(character) || (character === '{' && isRepeat(source, at))) {
      isWhole = false;
      if (character === '[') at = endOfClass(source, at);
      else if (character === '{') at = source.indexOf('}', at);
      else if (character === '(') {
        // Flags may make the rest mean something else
        if (/^\(\?[a-zA-Z]*i/.test(source.slice(at, at + 8))) return { fixed: '', isWhole: false };
        depth++;
      } else if (character === ')') depth--;
      end();
      continue;
    }
    if (depth > 0) continue;
    const next = source[at + 1];
    if (next === '?' || next === '*' || isRepeat(source, at + 1)) end();
    else if (next === '+') {
      run += character;
      end();
    } else run += character;
  }
  end();
  return { fixed: longest, isWhole };
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
