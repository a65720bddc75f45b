// A tree as text in its one canonical form: what is printed parses to the same tree.

import type { FilterField } from '../domain/filter-kinds.ts';
import type { Ast, Match, Value } from './ast.ts';
import { FIELDS, isField } from './fields.ts';
import { splitKey } from './parse.ts';
import { addressBytes } from './values.ts';

const KEYWORDS = ['or', 'and', 'not'];

function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** Whether the text would not be read back as one plain value. */
function needsQuotes(text: string): boolean {
  if (text === '' || text === '*') return true;
  for (const char of text) {
    if (char === '"' || char === ',' || char === '(' || char === ')' || char.trim() === '') return true;
  }
  return text.startsWith('>') || text.startsWith('<') || text.startsWith('=');
}

function number(field: FilterField, value: number): string {
  if (!Number.isFinite(value)) return '';
  // Whole and decimal numbers only: no exponents
  const plain = Number.isInteger(value) ? BigInt(value).toString() : trimmed(value.toFixed(9));
  return FIELDS[field].type === 'duration' ? `${plain}s` : plain;
}

function trimmed(text: string): string {
  let end = text.length;
  while (text[end - 1] === '0') end--;
  return text.slice(0, text[end - 1] === '.' ? end - 1 : end);
}

export function printValue(field: FilterField, value: Value): string {
  switch (value.kind) {
    case 'any':
      return '*';
    case 'word':
      return needsQuotes(value.word) ? quote(value.word) : value.word;
    case 'domain':
      return value.domain;
    case 'address':
      return value.text;
    case 'rank':
      return value.op === '..' ? `${value.word}..${value.to}` : `${value.op}${value.word}`;
    case 'number': {
      const from = number(field, value.from);
      if (value.op === '..') return `${from}..${number(field, value.to)}`;
      return value.op === '=' ? from : `${value.op}${from}`;
    }
    case 'time': {
      const from = value.from?.text ?? '';
      if (value.op === '..') return `${from}..${value.to?.text ?? ''}`;
      return value.op === '=' ? from : `${value.op}${from}`;
    }
  }
}

/** A free word that would be taken for something else keeps its field or its quotes. */
function printMatch({ field, values }: Match): string {
  const [only] = values;
  if (field === 'text' && values.length === 1 && only!.kind === 'word') {
    const { word } = only!;
    if (needsQuotes(word) || word.startsWith('-') || KEYWORDS.includes(word.toLowerCase())) return quote(word);
    const split = splitKey(word);
    if (split === null || (!isField(split.key) && addressBytes(word) !== null)) return word;
    return quote(word);
  }
  return `${field}:${values.map((value) => printValue(field, value)).join(',')}`;
}

function inner(ast: Ast, parent: 'and' | 'not' | 'or'): string {
  const grouped = ast.kind === 'or' || (ast.kind === 'and' && parent === 'not');
  const text = print(ast);
  return grouped && parent !== 'or' ? `(${text})` : text;
}

export function print(ast: Ast): string {
  switch (ast.kind) {
    case 'all':
      return '';
    case 'match':
      return printMatch(ast);
    case 'not':
      return `-${inner(ast.item, 'not')}`;
    case 'and':
      return ast.items.map((item) => inner(item, 'and')).join(' ');
    case 'or':
      return ast.items.map((item) => inner(item, 'or')).join(' or ');
  }
}
