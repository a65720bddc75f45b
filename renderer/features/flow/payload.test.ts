import { describe, expect, it } from 'vitest';
import { isText, readable } from './payload.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('payload', () => {
  it('is text where it can be, and dots where it would play tricks', () => {
    expect(readable(Uint8Array.from([71, 69, 84, 32, 47, 13, 10, 0, 27, 0xe2]))).toBe('GET /\n···');
    expect(readable(bytes('a\u202eb\u2066c\ufeffd'))).toBe('a·b·c·d');
  });
  it('is read in any script', () => {
    expect(readable(bytes('Доступ ограничен'))).toBe('Доступ ограничен');
  });
  it('is told from what is encrypted', () => {
    expect(isText(bytes('HTTP/1.1 200 OK\r\n\r\n<html>'))).toBe(true);
    expect(isText(bytes('Доступ к запрошенному ресурсу ограничен'))).toBe(true);
    expect(isText(Uint8Array.from({ length: 256 }, (_, at) => (at * 89) % 256))).toBe(false);
  });
});
