import { expect, it } from 'vitest';
import { inDigits } from './language.ts';

it('puts the digits of a language into its prose, and leaves names, addresses and versions alone', () => {
  const own = (text: string): string => inDigits(text, '۰۱۲۳۴۵۶۷۸۹');
  expect(own('از 13 تلاش 3 ناکام ماند (40).')).toBe('از ۱۳ تلاش ۳ ناکام ماند (۴۰).');
  expect(own('1,234,567 بسته')).toBe('۱٬۲۳۴٬۵۶۷ بسته');
  expect(own('\u2068site3.example\u2069 و \u2068192.0.2.1\u2069: 2')).toBe(
    '\u2068site3.example\u2069 و \u2068192.0.2.1\u2069: ۲',
  );
  expect(own('TLS1.2 HTTP/1.1 192.0.2.1 0x1f 1.5')).toBe('TLS1.2 HTTP/1.1 192.0.2.1 0x1f 1.5');
});
