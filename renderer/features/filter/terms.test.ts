import { describe, expect, it } from 'vitest';
import { hasTerm, withoutTerm, withTerm } from './terms.ts';

describe('facets and the text of the filter', () => {
  it('say the same', () => {
    const filter = withTerm('port:443', 'outcome', 'reset');
    expect(filter).toBe('port:443 outcome:reset');
    expect(hasTerm(filter, 'outcome', 'reset')).toBe(true);
    expect(withoutTerm(filter, 'outcome', 'reset')).toBe('port:443');
  });

  it('put a second value into the same chip', () => {
    expect(withTerm('outcome:reset', 'outcome', 'refused')).toBe('outcome:reset,refused');
  });

  it('leave the filter alone where the value cannot be one of the key', () => {
    expect(withTerm('port:443', 'address', 'no address')).toBe('port:443');
  });
});
