import { expect, it } from 'vitest';
import { createBackStack } from './back.ts';

const a = { from: 0, to: 1 };
const b = { from: 2, to: 3 };

it('goes back the way one came, and says when there is none left', () => {
  const stack = createBackStack();
  stack.leave(null, false, 0);
  stack.leave(a, false, 10);
  expect([stack.back(), stack.back(), stack.back()]).toEqual([a, null, undefined]);
});

it('takes a turn of the wheel for one step', () => {
  const stack = createBackStack();
  for (let i = 0; i < 20; i++) stack.leave({ from: i, to: 100 }, true, i * 100);
  stack.leave(b, true, 5_000);
  expect([stack.back(), stack.back(), stack.back()]).toEqual([b, { from: 0, to: 100 }, undefined]);
});

it('does not join a turn of the wheel to what was done between', () => {
  const stack = createBackStack();
  stack.leave(a, true, 0);
  stack.leave(b, false, 10);
  stack.leave(a, true, 20);
  expect([stack.back(), stack.back(), stack.back()]).toEqual([a, b, a]);
});

it('forgets the oldest of too many', () => {
  const stack = createBackStack();
  for (let i = 0; i < 60; i++) stack.leave({ from: i, to: 100 }, false, i);
  let count = 0;
  while (stack.back() !== undefined) count++;
  expect(count).toBe(50);
});
