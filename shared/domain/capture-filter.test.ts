import { describe, expect, it } from 'vitest';
import { addressFilter, NAMES_FILTER, nameInFilter } from './capture-filter.ts';

describe('a name in a filter', () => {
  it.each([
    'tcp port 443',
    NAMES_FILTER,
    'host 192.0.2.1 and not port 22',
    'src net 10.0.0.0/8 or dst 2001:db8::1',
    'ether host 02:00:5e:00:00:01',
    'tcp[tcpflags] & (tcp-syn|tcp-rst) != 0',
    'ip[8] < 64 and greater 1000',
    'port https',
    'net 192.168 and icmp[icmptype] = icmp-unreach',
    '',
  ])('is not in %s', (filter) => {
    expect(nameInFilter(filter)).toBeNull();
  });

  it.each([
    ['host example.org', 'example.org'],
    ['not (port 22) and dst news.example.org', 'news.example.org'],
    ['host router', 'router'],
    ['tcp and src host Printer', 'printer'],
    ['host 192.0.2.1 and not printer', 'printer'],
    ['printer', 'printer'],
    ['example.org', 'example.org'],
    ['host example.org.', 'example.org.'],
  ])('is found in %s', (filter, name) => {
    expect(nameInFilter(filter)).toBe(name);
  });

  it('is not made by what is added for an address', () => {
    expect(nameInFilter(addressFilter('2001:db8::1')!)).toBeNull();
  });
});

describe('one address', () => {
  it.each([
    ['192.0.2.7', 'host 192.0.2.7 or port 53 or icmp or icmp6'],
    [' 2001:db8::7 ', 'host 2001:db8::7 or port 53 or icmp or icmp6'],
    ['192.0.2.0/24', 'net 192.0.2.0/24 or port 53 or icmp or icmp6'],
  ])('%s', (address, filter) => {
    expect(addressFilter(address)).toBe(filter);
  });

  it.each(['', 'example.org', '192.0.2', '192.0.2.300', '192.0.2.1 or host x', '10.0.0.0/33'])('%j is none', (text) => {
    expect(addressFilter(text)).toBeNull();
  });
});
