import { describe, expect, it } from 'vitest';
import type { FieldNode } from '../../../shared/contract/fields.ts';
import { bitText, hexDump, layersOf, offsetText, printable, rowCount } from './bytes.ts';

const field = (start: number, length: number, bits?: number): FieldNode => ({
  id: '0',
  name: 'ip',
  label: '',
  value: '',
  start,
  length,
  bits,
});

describe('rows of bytes', () => {
  it('are sixteen long, the last one shorter', () => {
    expect(rowCount(0)).toBe(0);
    expect(rowCount(16)).toBe(1);
    expect(rowCount(17)).toBe(2);
    expect(offsetText(16, 60)).toBe('0010');
    expect(offsetText(16, 200_000)).toBe('000010');
  });

  it('show letters as they are', () => {
    expect([0x41, 0x00, 0x7f, 0xff].map(printable).join('')).toBe('A···');
  });

  it('are copied as a dump that stands in columns', () => {
    const bytes = Uint8Array.from({ length: 18 }, (_, at) => at + 0x41);
    expect(hexDump(bytes)).toBe(
      `0000  41 42 43 44 45 46 47 48  49 4a 4b 4c 4d 4e 4f 50  ABCDEFGHIJKLMNOP\n0010  ${'51 52'.padEnd(48)}  QR`,
    );
    expect(hexDump(bytes, 17, 99)).toBe(`0011  ${'52'.padEnd(48)}  R`);
  });
});

describe('the bits of a field', () => {
  it('stand in their bytes', () => {
    expect(bitText(field(0, 1, 0x40), Uint8Array.of(0x40))).toBe('.1.. ....');
    expect(bitText(field(0, 2, 0x1fff), Uint8Array.of(0x40, 0x03))).toBe('...0 0000 0000 0011');
  });
  it('are not told of whole bytes, nor of bytes that were not captured', () => {
    expect(bitText(field(0, 1), Uint8Array.of(1))).toBeNull();
    expect(bitText(field(1, 1, 1), Uint8Array.of(1))).toBeNull();
  });
  it('work at the highest bit of four bytes', () => {
    expect(bitText(field(0, 4, 0x80000000), Uint8Array.of(0x80, 0, 0, 0))).toBe(
      '1... .... .... .... .... .... .... ....',
    );
  });
});

it('gives each byte to the innermost layer', () => {
  expect([...layersOf([field(0, 2), field(1, 9)], 4)]).toEqual([0, 1, 1, 1]);
  expect([...layersOf([], 2)]).toEqual([-1, -1]);
});
