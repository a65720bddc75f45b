import { describe, expect, it } from 'vitest';
import { arrowOf, lengthText, madeAt, offsetText, routersBetween, WAY } from './way.ts';

const cell = { frame: 1, copies: 0, ttl: 64 };

describe('an arrow between the two captures', () => {
  it('runs from the client to the server, wherever the client is', () => {
    expect(arrowOf({ a: cell, b: cell, toServer: true }, 'a')).toMatchObject({ from: WAY.left, to: WAY.right });
    expect(arrowOf({ a: cell, b: cell, toServer: true }, 'b')).toMatchObject({ from: WAY.right, to: WAY.left });
  });

  it('begins between the ends where neither sent it, and ends there where it never arrived', () => {
    const forged = arrowOf({ a: cell, b: null, toServer: false }, 'a');
    expect(forged).toEqual({ from: WAY.middle, to: WAY.left, arrives: true, leaves: false });
    expect(arrowOf({ a: cell, b: null, toServer: false }, 'a', 0.3).from).toBeLessThan(WAY.middle);
    const lost = arrowOf({ a: cell, b: null, toServer: true }, 'a');
    expect(lost).toEqual({ from: WAY.left, to: WAY.middle, arrives: false, leaves: true });
  });
});

describe('the way', () => {
  const hops = (toServer: number | null, toClient: number | null) => ({ hops: { toServer, toClient } }) as never;
  it('has as many routers as most connections tell', () => {
    expect(routersBetween([hops(11, 11), hops(11, 12), hops(null, null)])).toBe(11);
    expect(routersBetween([hops(null, null)])).toBeNull();
  });

  it('knows where packets were made by both distances alone', () => {
    const at = (hopsFromA: number | null, hopsFromB: number | null) => ({ place: { hopsFromA, hopsFromB } }) as never;
    expect(madeAt([at(3, 7), at(3, 7), at(null, null), at(0, 0)])).toEqual([0.3]);
  });
});

describe('a difference of clocks', () => {
  it('is told in units that fit', () => {
    expect(offsetText('-0.000041000')).toEqual({ behind: true, text: '41 µs' });
    expect(offsetText('11520.250000000')).toEqual({ behind: false, text: '3 h 12 min 0.3 s' });
    expect(lengthText(0.0842)).toBe('84.20 ms');
    expect(lengthText(4.2)).toBe('4.200 s');
  });
});
