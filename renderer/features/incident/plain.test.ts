import { describe, expect, it } from 'vitest';
import { en } from '../../../shared/i18n/en.ts';
import { plainly, plainSentence } from './plain.ts';
import { plainEvidence } from './plain-words.ts';

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

  it('has the same kinds in every language, each without numbers and of the kinds that there are', () => {
    const kinds = Object.keys(plainEvidence.en);
    for (const kind of kinds) expect(Object.hasOwn(en.evidence, kind), kind).toBe(true);
    for (const code of ['ru', 'fa', 'zh'] as const) expect(Object.keys(plainEvidence[code]), code).toEqual(kinds);
    for (const words of Object.values(plainEvidence)) {
      for (const text of Object.values(words)) if (typeof text === 'string') expect(text).not.toMatch(/\p{Nd}/u);
    }
  });

  it('names what was compared, and falls back to the words of the engine', () => {
    const params = { control: 'same-address-other-name', value: 'a.example', count: 3 };
    expect(plainSentence('en', en, 'control-ok', params)).toBe('A comparable attempt worked: \u2068a.example\u2069.');
    expect(plainSentence('en', en, 'a-kind-of-tomorrow', {})).toBe('a-kind-of-tomorrow');
  });
});
