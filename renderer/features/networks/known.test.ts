import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KnownNetworks, networkName } from './known.ts';

const answer = (addresses: readonly string[]) => ({
  networks: {
    credit: '',
    licence: 'CC BY 4.0',
    link: '',
    asOf: '2026-06-17',
    entries: addresses
      .filter((address) => !address.startsWith('10.'))
      .map((address) => ({ address, asn: 64_500, name: null, country: 'DE' })),
  },
});

describe('networks of addresses', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('are asked for together, once, and told as they come', async () => {
    const known = new KnownNetworks();
    const calls: string[][] = [];
    const ask = async (addresses: string[]) => {
      calls.push(addresses);
      return answer(addresses);
    };
    known.want(['192.0.2.1', '10.0.0.1'], ask);
    known.want(['192.0.2.2', '192.0.2.1'], ask);
    await vi.runAllTimersAsync();
    expect(calls).toEqual([['192.0.2.1', '10.0.0.1', '192.0.2.2']]);
    expect([...known.store.getState().entries.keys()]).toEqual(['192.0.2.1', '192.0.2.2']);
    known.want(['10.0.0.1', '192.0.2.2'], ask);
    await vi.runAllTimersAsync();
    expect(calls).toHaveLength(1);
    expect(networkName(known.store.getState().entries.get('192.0.2.1')!)).toBe('AS64500');
  });

  it('of many addresses are asked for in calls that the contract allows', async () => {
    const known = new KnownNetworks();
    const sizes: number[] = [];
    const addresses = Array.from({ length: 600 }, (_, at) => `192.0.${at >> 8}.${at & 255}`);
    known.want(addresses, async (some) => {
      sizes.push(some.length);
      return answer(some);
    });
    await vi.runAllTimersAsync();
    expect(sizes).toEqual([256, 256, 88]);
    expect(known.store.getState().entries.size).toBe(600);
  });

  it('are asked for again after a failure, and not where there is no table', async () => {
    const known = new KnownNetworks();
    let calls = 0;
    known.want(['192.0.2.1'], () => Promise.reject(new Error('gone')));
    await vi.runAllTimersAsync();
    const none = async () => {
      calls++;
      return { networks: null };
    };
    known.want(['192.0.2.1'], none);
    await vi.runAllTimersAsync();
    known.want(['192.0.2.1'], none);
    await vi.runAllTimersAsync();
    expect(calls).toBe(1);
  });
});
