import { expect, test } from 'vitest';
import { blockAddressOf, filteringResolver, poolOf } from './dns-addresses.ts';

test('a block address is known by the exact address or the host that a CNAME leads to', () => {
  expect(blockAddressOf('example.org', ['198.51.100.1', '195.175.254.2'], [])).toMatchObject({
    country: 'TR',
    product: false,
  });
  expect(blockAddressOf('example.org', ['198.51.100.1'], ['lamanlabuh.aduankonten.id'])).toMatchObject({
    country: 'ID',
  });
  expect(blockAddressOf('example.org', ['195.175.254.3'], ['example.net'])).toBeNull();
});

test("whoever runs a block address has names of its own there; another's name that only ends alike has not", () => {
  expect(blockAddressOf('www.ertelecom.ru', ['5.3.3.17'], [])).toBeNull();
  expect(blockAddressOf('ertelecom.ru', ['5.3.3.17'], [])).toBeNull();
  expect(blockAddressOf('notertelecom.ru', ['5.3.3.17'], [])).not.toBeNull();
});

test('products that their owners chose are no censors', () => {
  expect(blockAddressOf('example.org', ['146.112.61.106'], [])).toMatchObject({ product: true, country: null });
  expect(filteringResolver('1.1.1.3')).not.toBeNull();
  expect(filteringResolver('1.1.1.1')).toBeNull();
});

test('a pool holds an answer only with all its addresses', () => {
  expect(poolOf(['31.13.94.37'])?.country).toBe('CN');
  expect(poolOf(['31.13.94.37', '198.51.100.1'])).toBeNull();
  expect(poolOf(['2a03:2880:f10c:83:face:b00c:0:25de'])?.country).toBe('CN');
  expect(poolOf(['2a03:2880:f10c:83:face:b00c:0:25df'])).toBeNull();
  expect(poolOf([])).toBeNull();
});
