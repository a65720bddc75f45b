import { describe, expect, test } from 'vitest';
import {
  areNeighbours,
  embeddedIpv4,
  inPrefix,
  isAcrossInternet,
  isBogusAnswer,
  isLocalNetwork,
  neighbourhood,
  parseAddress,
  prefixOf,
  specialRange,
} from './address.ts';

describe('special-use ranges', () => {
  test.each([
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'this-network'],
    ['10.10.34.34', 'private'],
    ['172.15.255.255', null],
    ['172.16.0.0', 'private'],
    ['172.31.255.255', 'private'],
    ['172.32.0.0', null],
    ['100.63.255.255', null],
    ['100.64.0.1', 'shared'],
    ['100.128.0.0', null],
    ['127.0.0.1', 'loopback'],
    ['169.254.1.1', 'link-local'],
    ['192.0.0.8', 'protocol-assignment'],
    ['192.0.2.8', 'documentation'],
    ['192.168.1.1', 'private'],
    ['198.17.255.255', null],
    ['198.19.0.1', 'benchmarking'],
    ['239.255.255.250', 'multicast'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'broadcast'],
    ['8.8.8.8', null],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['::ffff:10.0.0.1', 'ipv4-mapped'],
    ['64:ff9b::808:808', 'translation'],
    ['64:ff9b:1::1', 'local-translation'],
    ['100::1', 'discard'],
    ['2001::1', 'teredo'],
    ['2001:2::1', 'benchmarking'],
    ['2001:20::1', 'orchid'],
    ['2001:1::1', 'protocol-assignment'],
    ['2001:200::1', null],
    ['2001:db8::1', 'documentation'],
    ['2002:808:808::', '6to4'],
    ['2a03:2880:f10c:83:face:b00c:0:25de', null],
    ['d0::11', 'unallocated'],
    ['fd00::1', 'unique-local'],
    ['fe80::1', 'link-local'],
    ['ff02::fb', 'multicast'],
  ])('%s is %s', (address, use) => {
    expect(specialRange(address)?.use ?? null).toBe(use);
  });

  test('text that is no address has no range and is nobody’s answer', () => {
    for (const text of [
      '',
      'example.com',
      '1.2.3',
      '1.2.3.4.5',
      '256.1.1.1',
      '1:2',
      ':::',
      '1::2::3',
      '::g',
      '1.2.3.x',
    ])
      expect([parseAddress(text), specialRange(text), isAcrossInternet(text), isBogusAnswer(text)]).toEqual([
        null,
        null,
        false,
        false,
      ]);
  });
});

test('documentation and benchmarking addresses stand for public hosts, as in anonymised captures', () => {
  for (const address of ['203.0.113.80', '198.51.100.7', '2001:db8::80', '198.18.0.1'])
    expect(isBogusAnswer(address)).toBe(false);
});

test('no public name is at a private, loopback, unspecified, Teredo or unallocated address', () => {
  for (const address of [
    '0.0.0.0',
    '::',
    '127.0.0.1',
    '10.10.34.36',
    '192.168.0.1',
    '2001:0:1::1',
    'd0::11',
    '240.0.0.1',
  ])
    expect(isBogusAnswer(address)).toBe(true);
});

test('NAT64 and IPv4-mapped addresses are as public as the IPv4 address inside', () => {
  expect(embeddedIpv4('64:ff9b::cb00:7150')).toBe('203.0.113.80');
  expect(isAcrossInternet('64:ff9b::808:808')).toBe(true);
  expect(isBogusAnswer('64:ff9b::7f00:1')).toBe(true);
  expect(embeddedIpv4('::ffff:192.168.0.1')).toBe('192.168.0.1');
  expect(isBogusAnswer('::ffff:192.168.0.1')).toBe(true);
  expect(embeddedIpv4('2001:db8::1')).toBeNull();
});

test('a network of one’s own is private, provider-shared, link-local or loopback', () => {
  for (const address of ['192.168.1.1', '100.64.0.1', 'fd00::1', 'fe80::1', '127.0.0.53'])
    expect(isLocalNetwork(address)).toBe(true);
  for (const address of ['8.8.8.8', '203.0.113.53', '0.0.0.0']) expect(isLocalNetwork(address)).toBe(false);
});

describe('prefixes', () => {
  test('hold what shares their first bits, in the same family only', () => {
    expect(inPrefix('91.108.7.255', '91.108.4.0/22')).toBe(true);
    expect(inPrefix('91.108.8.0', '91.108.4.0/22')).toBe(false);
    expect(inPrefix('2001:b28:f23d::1', '2001:b28:f23c::/47')).toBe(true);
    expect(inPrefix('2001:b28:f23f::1', '2001:b28:f23c::/47')).toBe(false);
    expect(inPrefix('10.0.0.1', '::/0')).toBe(false);
    expect(inPrefix('10.0.0.1', '0.0.0.0/0')).toBe(true);
    expect(inPrefix('10.0.0.1', '10.0.0.1')).toBe(true);
    for (const prefix of ['10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/', 'x/8'])
      expect(inPrefix('10.0.0.1', prefix)).toBe(false);
  });

  test('have one written form', () => {
    expect(prefixOf('149.154.167.99', 24)).toBe('149.154.167.0/24');
    expect(prefixOf('149.154.167.99', 20)).toBe('149.154.160.0/20');
    expect(prefixOf('2001:b28:f23d:ffff::1', 47)).toBe('2001:b28:f23c::/47');
    expect(prefixOf('1.2.3.4', 33)).toBeNull();
    expect(prefixOf('nothing', 8)).toBeNull();
  });

  test('of neighbours are /24 and /48', () => {
    expect(neighbourhood('2001:67c:4e8:f002::a')).toBe('2001:67c:4e8::/48');
    expect(areNeighbours('149.154.167.50', '149.154.167.91')).toBe(true);
    expect(areNeighbours('149.154.167.50', '149.154.175.50')).toBe(false);
    expect(areNeighbours('no', 'no')).toBe(false);
  });
});
