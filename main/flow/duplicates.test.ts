import { describe, expect, it } from 'vitest';
import { RecentPackets } from './duplicates.ts';

const MS = 1e6;

describe('copies that the capture made', () => {
  function remembered(): RecentPackets {
    const recent = new RecentPackets();
    recent.remember(1, 2, 100 * MS, 64, 33);
    return recent;
  }

  it('are known by signature, check, time and hop limit', () => {
    expect(remembered().copyOf(1, 2, 100 * MS, 64)).toBe(33);
    expect(remembered().copyOf(1, 2, 102 * MS, 63)).toBe(33);
    // A bridge may show the routed packet first
    expect(remembered().copyOf(1, 2, 101 * MS, 65)).toBe(33);
  });

  it('are none where anything differs', () => {
    expect(remembered().copyOf(1, 3, 100 * MS, 64)).toBe(-2);
    expect(remembered().copyOf(1 + 4_096, 2, 100 * MS, 64)).toBe(-2);
    expect(remembered().copyOf(1, 2, 102 * MS + 1, 64)).toBe(-2);
    expect(remembered().copyOf(1, 2, 99 * MS, 64)).toBe(-2);
    expect(remembered().copyOf(1, 2, 100 * MS, 62)).toBe(-2);
    expect(remembered().copyOf(1, 2, 100 * MS, 66)).toBe(-2);
  });

  it('are none before anything was remembered, even of a packet that is all zeros', () => {
    expect(new RecentPackets().copyOf(0, 0, 0, 0)).toBe(-2);
  });

  it('are forgotten when another packet takes the slot', () => {
    const recent = remembered();
    recent.remember(1 + 4_096, 2, 100 * MS, 64, 34);
    expect(recent.copyOf(1, 2, 100 * MS, 64)).toBe(-2);
    expect(recent.copyOf(1 + 4_096, 2, 100 * MS, 64)).toBe(34);
  });

  it('are known of packets without a note, and by negative signatures', () => {
    const recent = new RecentPackets();
    recent.remember(-5, -6, 0, 64, -1);
    expect(recent.copyOf(-5, -6, 0, 64)).toBe(-1);
  });
});
