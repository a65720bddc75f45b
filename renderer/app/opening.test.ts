// What opening a sample opens, and what is shown then.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Client, Sample } from '../../shared/contract/service.ts';
import { openSample } from './opening.ts';
import { route } from './route.ts';
import { createAppStore } from './store.ts';

const sample: Sample = { slug: 'a-sample', title: '', techniques: [], bytes: 1, otherEnd: false };
const pair: Sample = { ...sample, slug: 'a-pair', otherEnd: true };

/** An engine that opens what is asked for as c1, c2 and so on; of `missing` it says that it is not there. */
function engine(missing: (isOtherEnd: boolean) => boolean = () => false) {
  const asked: unknown[] = [];
  const client = {
    call: async (name: string, { source }: { source?: { otherEnd?: boolean } }) => {
      if (name !== 'capture.open') return {};
      asked.push(source);
      if (missing(source?.otherEnd === true)) throw Object.assign(new Error(), { failure: { code: 'not-found' } });
      return { capture: `c${asked.length}` };
    },
    on: () => () => {},
  } as unknown as Client;
  return { asked, store: createAppStore(client) };
}

describe('opening a sample', () => {
  beforeEach(() => {
    vi.stubGlobal('history', { pushState: () => {} });
    route.getState().go({ screen: 'welcome' });
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('shows what a capture tells', async () => {
    const { asked, store } = engine();
    await openSample(store, sample);
    expect(asked).toEqual([{ kind: 'sample', slug: 'a-sample' }]);
    expect(route.getState().place).toEqual({ screen: 'overview', capture: 'c1', item: null });
  });

  it('holds two captures of one connection against each other', async () => {
    const { asked, store } = engine();
    await openSample(store, pair);
    expect(asked).toEqual([
      { kind: 'sample', slug: 'a-pair' },
      { kind: 'sample', slug: 'a-pair', otherEnd: true },
    ]);
    expect(route.getState().place).toEqual({ screen: 'two-ends', a: 'c1', b: 'c2' });
  });

  it.each([
    ['server', (isOtherEnd: boolean) => isOtherEnd, 'c1'],
    ['client', (isOtherEnd: boolean) => !isOtherEnd, 'c2'],
  ])('shows the other one where that of the %s is gone', async (_, missing, capture) => {
    const { store } = engine(missing);
    await openSample(store, pair);
    expect(route.getState().place).toEqual({ screen: 'overview', capture, item: null });
    expect(store.getState().problems).toHaveLength(1);
  });

  it('stays where nothing could be opened', async () => {
    const { store } = engine(() => true);
    await openSample(store, pair);
    expect(route.getState().place).toEqual({ screen: 'welcome' });
  });
});
