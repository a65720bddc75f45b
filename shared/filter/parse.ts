// From text to a tree: `key:value,value`, `-` or `not`, `or`, groups in parentheses, everything else joined by and.
// One pass over the text; a filter comes out of addresses, links and saved views, so it is bounded and never throws.

import { FILTER_FIELDS, type FilterErrorKind, type FilterField } from '../domain/filter-kinds.ts';
import {
  ALL,
  type Ast,
  type Comparison,
  type FilterError,
  join,
  type Match,
  negate,
  type Parsed,
  type Value,
} from './ast.ts';
import { FIELDS, isField, isOrdered, nearest } from './fields.ts';
import { addressBytes, addressValue, domainValue, durationValue, sizeValue, timeValue, wholeNumber } from './values.ts';

export const MAX_FILTER = 4_096;
export const MAX_FILTER_DEPTH = 32;

export interface Token {
  readonly kind: 'open' | 'close' | 'minus' | 'word';
  /** As it stands, quotes and all. */
  readonly raw: string;
  readonly start: number;
  readonly end: number;
}

class Stop extends Error {
  readonly error: FilterError;
  constructor(kind: FilterErrorKind, start: number, end: number, params: Record<string, string | number> = {}) {
    super(kind);
    this.error = { kind, start, end, params };
  }
}

const isSpace = (char: string): boolean => char.trim() === '';

/** Where the word at `from` ends: before a space or parenthesis that is not in quotes. */
function wordEnd(text: string, from: number): { end: number; open: number } {
  let quote = -1;
  let at = from;
  for (; at < text.length; at++) {
    const char = text[at]!;
    if (quote >= 0) {
      if (char === '\\') at++;
      else if (char === '"') quote = -1;
    } else if (char === '"') quote = at;
    else if (char === '(' || char === ')' || isSpace(char)) break;
  }
  return { end: Math.min(at, text.length), open: quote };
}

/** Tokens of a text; an open quote ends with the text, which only `parse` minds. */
export function tokens(text: string): { tokens: Token[]; openQuote: number } {
  const found: Token[] = [];
  let openQuote = -1;
  for (let at = 0; at < text.length; ) {
    const char = text[at]!;
    if (isSpace(char)) {
      at++;
      continue;
    }
    if (char === '(' || char === ')') {
      found.push({ kind: char === '(' ? 'open' : 'close', raw: char, start: at, end: ++at });
      continue;
    }
    if (char === '-' && at + 1 < text.length && !isSpace(text[at + 1]!) && text[at + 1] !== ')') {
      found.push({ kind: 'minus', raw: char, start: at, end: ++at });
      continue;
    }
    const { end, open } = wordEnd(text, at);
    if (open >= 0) openQuote = open;
    found.push({ kind: 'word', raw: text.slice(at, end), start: at, end });
    at = end;
  }
  return { tokens: found, openQuote };
}

/** A piece of a word with its quotes taken off. */
export interface Piece {
  readonly text: string;
  readonly quoted: boolean;
  readonly start: number;
  readonly end: number;
}

function unquote(raw: string, start: number): Piece {
  let text = '';
  let quoted = false;
  let inside = false;
  for (let at = 0; at < raw.length; at++) {
    const char = raw[at]!;
    if (char === '"') {
      inside = !inside;
      quoted = true;
    } else if (inside && char === '\\' && at + 1 < raw.length) text += raw[++at]!;
    else text += char;
  }
  return { text, quoted, start, end: start + raw.length };
}

/** Parts of a word at commas that are not in quotes. */
export function pieces(raw: string, start: number): Piece[] {
  const found: Piece[] = [];
  let inside = false;
  let from = 0;
  for (let at = 0; at <= raw.length; at++) {
    if (inside && raw[at] === '\\') at++;
    else if (raw[at] === '"') inside = !inside;
    else if (at >= raw.length || (raw[at] === ',' && !inside)) {
      found.push(unquote(raw.slice(from, at), start + from));
      from = at + 1;
    }
  }
  return found;
}

/** `key` and where its values begin: behind a colon, or before a comparison sign. Null: the word is no such thing. */
export function splitKey(raw: string): { key: string; values: number } | null {
  let at = 0;
  while (at < raw.length && ((raw[at]! >= 'a' && raw[at]! <= 'z') || (raw[at]! >= 'A' && raw[at]! <= 'Z'))) at++;
  if (at === 0 || at >= raw.length) return null;
  const key = raw.slice(0, at).toLowerCase();
  if (raw[at] === ':') return { key, values: at + 1 };
  if ((raw[at] === '>' || raw[at] === '<' || raw[at] === '=') && isField(key)) return { key, values: at };
  return null;
}

const keyword = (token: Token | undefined, word: string): boolean =>
  token?.kind === 'word' && token.raw.toLowerCase() === word;

class Parser {
  readonly #tokens: readonly Token[];
  readonly #length: number;
  #at = 0;
  #depth = 0;

  constructor(list: readonly Token[], length: number) {
    this.#tokens = list;
    this.#length = length;
  }

  filter(): Ast {
    if (this.#tokens.length === 0) return ALL;
    const ast = this.#or();
    const left = this.#tokens[this.#at];
    if (left !== undefined) throw new Stop('unexpected-close', left.start, left.end);
    return ast;
  }

  #or(): Ast {
    const items = [this.#and()];
    while (keyword(this.#tokens[this.#at], 'or')) {
      this.#at++;
      items.push(this.#and());
    }
    return join('or', items);
  }

  #and(): Ast {
    const items = [this.#unary()];
    for (;;) {
      const token = this.#tokens[this.#at];
      if (token === undefined || token.kind === 'close' || keyword(token, 'or')) return join('and', items);
      if (keyword(token, 'and')) this.#at++;
      items.push(this.#unary());
    }
  }

  #unary(): Ast {
    const token = this.#tokens[this.#at];
    if (token === undefined || keyword(token, 'or') || keyword(token, 'and')) this.#missing(token);
    if (token.kind === 'close') {
      if (this.#depth === 0) throw new Stop('unexpected-close', token.start, token.end);
      const before = this.#tokens[this.#at - 1];
      if (before?.kind === 'open') throw new Stop('empty-group', before.start, token.end);
      this.#missing(token);
    }
    this.#at++;
    if (token.kind === 'minus' || keyword(token, 'not')) {
      this.#deeper(token);
      const item = this.#unary();
      this.#depth--;
      return negate(item);
    }
    if (token.kind === 'word') return term(token);
    this.#deeper(token);
    const inner = this.#or();
    if (this.#tokens[this.#at]?.kind !== 'close') throw new Stop('unclosed-group', token.start, this.#length);
    this.#at++;
    this.#depth--;
    return inner;
  }

  /** A keyword or minus before nothing. */
  #missing(token: Token | undefined): never {
    const before = this.#tokens[this.#at - 1];
    if (before?.kind === 'open') throw new Stop('unclosed-group', before.start, before.end);
    const said = before ?? token!;
    throw new Stop('missing-term', said.start, said.end, { word: said.raw });
  }

  #deeper(token: Token): void {
    if (++this.#depth > MAX_FILTER_DEPTH)
      throw new Stop('too-deep', token.start, token.end, { limit: MAX_FILTER_DEPTH });
  }
}

function term(token: Token): Ast {
  const { raw, start, end } = token;
  const split = splitKey(raw);
  if (split === null || (!isField(split.key) && addressBytes(raw) !== null)) {
    return { kind: 'match', field: 'text', values: [{ kind: 'word', word: unquote(raw, start).text }], start, end };
  }
  const { key, values } = split;
  if (!isField(key)) {
    throw new Stop('unknown-field', start, start + key.length, { field: key, nearest: nearest(key, FILTER_FIELDS) });
  }
  const found = pieces(raw.slice(values), start + values).map((piece) => value(key, piece));
  return match(key, found, start, end);
}

/** Values that are written twice count once. */
export function match(field: FilterField, values: readonly Value[], start = 0, end = 0): Match {
  const seen = new Set<string>();
  const once = values.filter((one) => {
    const key = JSON.stringify(one);
    return !seen.has(key) && seen.add(key);
  });
  return { kind: 'match', field, values: once, start, end };
}

const COMPARISONS = ['>=', '<=', '>', '<', '='] as const;

function value(field: FilterField, piece: Piece): Value {
  if (piece.text === '') throw new Stop('missing-value', piece.start, piece.end, { field });
  if (piece.text === '*' && !piece.quoted) return { kind: 'any' };
  if (!isOrdered(field)) {
    const compared = COMPARISONS.some((op) => piece.text.startsWith(op));
    if (compared && !piece.quoted && FIELDS[field].type !== 'text') {
      throw new Stop('no-order', piece.start, piece.end, { field });
    }
    return single(field, piece);
  }
  const op = COMPARISONS.find((sign) => piece.text.startsWith(sign));
  if (op !== undefined) return ordered(field, op, piece.text.slice(op.length), '', piece);
  const dots = piece.text.indexOf('..');
  if (dots < 0) return ordered(field, '=', piece.text, '', piece);
  return ordered(field, '..', piece.text.slice(0, dots), piece.text.slice(dots + 2), piece);
}

function single(field: FilterField, piece: Piece): Value {
  const { text, start, end } = piece;
  const { type, values } = FIELDS[field];
  switch (type) {
    case 'choice':
      return { kind: 'word', word: choice(field, text, piece) };
    case 'word':
      return { kind: 'word', word: values === undefined ? text : text.toLowerCase() };
    case 'address':
    case 'target': {
      const address = addressValue(text);
      if (address !== null) return { kind: 'address', address, text: text.toLowerCase() };
      if (type === 'address') throw new Stop('bad-address', start, end, { value: text });
      return domain(text, piece);
    }
    case 'domain':
      return domain(text, piece);
    default:
      return { kind: 'word', word: text };
  }
}

function domain(text: string, { start, end }: Piece): Value {
  const name = domainValue(text);
  if (name === null) throw new Stop('bad-domain', start, end, { value: text });
  return { kind: 'domain', domain: name };
}

function choice(field: FilterField, text: string, { start, end }: Piece): string {
  const word = text.toLowerCase();
  const values = FIELDS[field].values!;
  if (values.includes(word)) return word;
  throw new Stop('unknown-value', start, end, { field, value: text, nearest: nearest(word, values) });
}

function ordered(field: FilterField, op: Comparison, from: string, to: string, piece: Piece): Value {
  const { start, end } = piece;
  const bare = op === '..' ? from === '' && to === '' : from === '';
  if (bare) throw new Stop('missing-value', start, end, { field });
  const { type } = FIELDS[field];
  const backward = (): never => {
    throw new Stop('backward-range', start, end, { value: piece.text });
  };
  if (type === 'choice') {
    const low = from === '' ? '' : choice(field, from, piece);
    const high = to === '' ? '' : choice(field, to, piece);
    if (op === '=') return { kind: 'word', word: low };
    return { kind: 'rank', op, word: low, to: high };
  }
  if (type === 'time') {
    const read = (text: string) => {
      if (text === '') return null;
      const time = timeValue(text);
      if (time === null) throw new Stop('bad-time', start, end, { value: text });
      return time;
    };
    const low = read(from);
    const high = read(to);
    // Times of day may run over midnight.
    if (low !== null && high !== null) {
      if (low.from !== high.from) throw new Stop('bad-time', start, end, { value: piece.text });
      if (low.from !== 'midnight' && high.seconds < low.seconds) backward();
    }
    return { kind: 'time', op, from: low, to: high };
  }
  const read = (text: string, open: number): number => {
    if (text === '') return open;
    const number = type === 'size' ? sizeValue(text) : type === 'duration' ? durationValue(text) : wholeNumber(text);
    const kind = type === 'size' ? 'bad-size' : type === 'duration' ? 'bad-duration' : 'bad-number';
    if (number === null) throw new Stop(kind, start, end, { value: text });
    return number;
  };
  const low = read(from, Number.NEGATIVE_INFINITY);
  const high = read(to, Number.POSITIVE_INFINITY);
  if (op === '..' && high < low) backward();
  return { kind: 'number', op, from: low, to: op === '..' ? high : low };
}

export function parse(text: string): Parsed {
  if (text.length > MAX_FILTER) {
    return {
      ok: false,
      error: { kind: 'too-long', start: MAX_FILTER, end: text.length, params: { limit: MAX_FILTER } },
    };
  }
  const { tokens: list, openQuote } = tokens(text);
  if (openQuote >= 0) {
    return { ok: false, error: { kind: 'unclosed-quote', start: openQuote, end: text.length, params: {} } };
  }
  try {
    return { ok: true, ast: new Parser(list, text.length).filter() };
  } catch (error) {
    if (error instanceof Stop) return { ok: false, error: error.error };
    throw error;
  }
}
