import { expect, it } from 'vitest';
import { forgeryOf } from './forged.tsx';

it('calls a packet forged no more surely than the surest finding that cites it', () => {
  const confidences = new Map([
    ['F1', 'possible'],
    ['F2', 'likely'],
  ] as const);
  expect(forgeryOf({ role: 'forged', findings: ['F1'] }, confidences)).toBe('doubtful');
  expect(forgeryOf({ role: 'forged', findings: ['F1', 'F2'] }, confidences)).toBe('forged');
  expect(forgeryOf({ role: 'forged', findings: ['F9'] }, confidences)).toBe('doubtful');
  expect(forgeryOf({ role: 'genuine', findings: ['F2'] }, confidences)).toBeNull();
});
