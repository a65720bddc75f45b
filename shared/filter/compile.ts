// From a tree to a test of rows. What does not depend on the row is worked out once.

import type { FilterField } from '../domain/filter-kinds.ts';
import type { Ast, Comparison, Match, TimeValue, Value } from './ast.ts';
import { fieldsOf } from './ast.ts';
import { FIELDS } from './fields.ts';
import { wireName } from './punycode.ts';
import { addressBytes, below, covers } from './values.ts';

export type RowValue = string | number | null | undefined | readonly (string | number)[];

/**
 * How a table answers for its rows. Numbers for port, flow, frame, bytes, packets, duration (seconds) and time (seconds
 * since the first frame), text for all else. Null, undefined or nothing in the list: the row has no such value.
 */
export type RowFields<Row> = { readonly [Field in FilterField]?: (row: Row) => RowValue };

export interface FilterContext {
  /** Seconds since the epoch at the first frame; without it no row matches an absolute time or a time of day. */
  readonly start?: number;
}

type Test = (value: string | number) => boolean;

/** The fields of a filter that the table does not have, and by which therefore no row can match. */
export function missingFields<Row>(ast: Ast, fields: RowFields<Row>): FilterField[] {
  return [...fieldsOf(ast)].filter((field) => fields[field] === undefined);
}

export function compile<Row>(ast: Ast, fields: RowFields<Row>, context: FilterContext = {}): (row: Row) => boolean {
  switch (ast.kind) {
    case 'all':
      return () => true;
    case 'not': {
      const inner = compile(ast.item, fields, context);
      return (row) => !inner(row);
    }
    case 'and': {
      const all = ast.items.map((item) => compile(item, fields, context));
      return (row) => all.every((test) => test(row));
    }
    case 'or': {
      const any = ast.items.map((item) => compile(item, fields, context));
      return (row) => any.some((test) => test(row));
    }
    case 'match':
      return compileMatch(ast, fields, context);
  }
}

function compileMatch<Row>(match: Match, fields: RowFields<Row>, context: FilterContext): (row: Row) => boolean {
  const read = fields[match.field];
  if (read === undefined) return () => false;
  const tests = match.values.map((value) => testOf(match.field, value, context));
  const test: Test = (value) => tests.some((one) => one(value));
  return (row) => {
    const value = read(row);
    if (value === null || value === undefined) return false;
    return typeof value === 'object' ? value.some(test) : test(value);
  };
}

function testOf(field: FilterField, value: Value, context: FilterContext): Test {
  switch (value.kind) {
    case 'any':
      return () => true;
    case 'word': {
      const word = value.word.toLowerCase();
      if (field === 'text') return (text) => String(text).toLowerCase().includes(word);
      return (text) => String(text).toLowerCase() === word;
    }
    case 'domain': {
      const domain = wireName(value.domain);
      return (name) => typeof name === 'string' && below(name, domain);
    }
    case 'address':
      return (text) => {
        const bytes = typeof text === 'string' ? addressBytes(text) : null;
        return bytes !== null && covers(value.address, bytes);
      };
    case 'rank': {
      const order = FIELDS[field].values!;
      // The surest stands first.
      const rank = (word: string): number => order.length - order.indexOf(word);
      const open = value.op === '..' ? [0, order.length] : [rank(value.word), rank(value.word)];
      const one = value.word === '' ? open[0]! : rank(value.word);
      const other = value.to === '' ? open[1]! : rank(value.to);
      const inside = comparison(value.op, Math.min(one, other), Math.max(one, other));
      return (word) => order.includes(String(word)) && inside(rank(String(word)));
    }
    case 'number': {
      const inside = comparison(value.op, value.from, value.to);
      return (number) => typeof number === 'number' && inside(number);
    }
    case 'time':
      return timeTest(value.op, value.from, value.to, context);
  }
}

function comparison(op: Comparison, from: number, to: number): (value: number) => boolean {
  switch (op) {
    case '=':
      return (value) => value === from;
    case '>=':
      return (value) => value >= from;
    case '<=':
      return (value) => value <= from;
    case '>':
      return (value) => value > from;
    case '<':
      return (value) => value < from;
    case '..':
      return (value) => value >= from && value <= to;
  }
}

const DAY = 86_400;

/** An equal time is any inside the span that was written; a range ends at the moment that was written. */
function timeTest(op: Comparison, from: TimeValue | null, to: TimeValue | null, context: FilterContext): Test {
  const basis = (from ?? to)!.from;
  const { start } = context;
  if (basis !== 'start' && start === undefined) return () => false;
  const place = (offset: number): number => {
    if (basis === 'start') return offset;
    const absolute = start! + offset;
    return basis === 'epoch' ? absolute : absolute - DAY * Math.floor(absolute / DAY);
  };
  let inside: (value: number) => boolean;
  if (op === '=') {
    const { seconds, unit } = from!;
    inside = (value) => value >= seconds && value < seconds + unit;
  } else if (op === '..') {
    const low = from?.seconds ?? Number.NEGATIVE_INFINITY;
    const high = to?.seconds ?? Number.POSITIVE_INFINITY;
    // 23:50..00:10
    inside = low > high ? (value) => value >= low || value <= high : (value) => value >= low && value <= high;
  } else inside = comparison(op, from!.seconds, from!.seconds);
  return (offset) => typeof offset === 'number' && inside(place(offset));
}
