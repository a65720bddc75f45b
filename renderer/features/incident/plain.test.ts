import { describe, expect, it } from 'vitest';
import { plainly } from './plain.ts';

describe('the plain reading', () => {
  it('leaves out what stands in parentheses at the end', () => {
    expect(plainly('It came from nearer (3 samples).')).toBe('It came from nearer.');
    expect(plainly('Resets were forged. (reset: confirmed; because of the name: likely)')).toBe('Resets were forged.');
    expect(plainly('这些重置是伪造的。（重置：已证实）')).toBe('这些重置是伪造的。');
  });
  it('keeps what stands in the middle of a claim', () => {
    expect(plainly('After the reset the server accepted (SYN-ACK), as if it had sent none.')).toBe(
      'After the reset the server accepted (SYN-ACK), as if it had sent none.',
    );
  });
});
