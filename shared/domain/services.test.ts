import { describe, expect, it } from 'vitest';
import { foreignService, SERVICE_NAMES, SERVICES, serviceOf, serviceOfAddress, serviceOfName } from './services.ts';

describe('names', () => {
  it.each([
    ['telegram.org', 'telegram', 'web'],
    ['web.telegram.org', 'telegram', 'web'],
    ['T.ME', 'telegram', 'web'],
    ['telegra.ph.', 'telegram', 'web'],
    ['e4.whatsapp.net', 'whatsapp', 'app'],
    ['web.whatsapp.com', 'whatsapp', 'web'],
    ['v.whatsapp.com', 'whatsapp', 'app'],
    ['chat.signal.org', 'signal', 'app'],
    ['sfu.voip.signal.org', 'signal', 'calls'],
    ['signal.org', 'signal', 'web'],
    ['rr4---sn-axq7sn7z.googlevideo.com', 'youtube', 'web'],
    ['t.co', 'x', 'web'],
    ['fa.wikipedia.org', 'wikipedia', 'web'],
  ])('%s is %s, %s', (name, service, surface) => {
    expect(serviceOfName(name)).toEqual({ service, surface });
  });

  // A match inside a label once slowed microsoft.com for `t.co`.
  it.each([
    'nottelegram.org',
    'microsoft.com',
    'telegram.org.example',
    'org',
    '',
    '.',
    'x'.repeat(10_000),
    '.'.repeat(5000),
  ])('does not take %.20s for a service', (name) => {
    expect(serviceOfName(name)).toBeNull();
  });

  it('gives no domain to two services and leaves no service without one', () => {
    const seen = new Map<string, string>();
    for (const row of SERVICES) {
      for (const domain of Object.values(row.domains).flat()) {
        expect(seen.get(domain), domain).toBeUndefined();
        seen.set(domain, row.service);
      }
    }
    expect(SERVICES.map((row) => row.service)).toEqual([...SERVICE_NAMES]);
    for (const row of SERVICES) expect([row.source, row.date].every((text) => text.length > 0)).toBe(true);
  });
});

describe('addresses', () => {
  it.each([
    ['149.154.160.0', 'telegram'],
    ['149.154.175.255', 'telegram'],
    ['149.154.176.0', null],
    ['91.108.7.1', 'telegram'],
    ['91.108.24.1', null],
    ['2001:67c:4e8:f002::a', 'telegram'],
    ['2001:67c:4e9::1', null],
    ['2a0a:f280:203:a:5000::101', 'telegram'],
    ['64:ff9b::959a:a733', 'telegram'],
    ['157.240.1.35', 'facebook'],
    ['::', null],
    ['1:2:3', null],
    ['1::2::3', null],
    ['999.1.1.1', null],
    ['zz', null],
  ])('%s belongs to %s', (address, service) => {
    expect(serviceOfAddress(address)).toBe(service);
  });

  it('tells an answer with somebody else’s address, but not one of the same operator', () => {
    expect(foreignService('telegram.org', '157.240.1.35')).toBe('facebook');
    expect(foreignService('www.instagram.com', '157.240.1.35')).toBeNull();
    expect(foreignService('www.facebook.com', '104.244.43.1')).toBe('x');
    expect(foreignService('example.com', '157.240.1.35')).toBeNull();
  });
});

describe('surfaces of Telegram', () => {
  it.each([
    ['telegram.org', '149.154.167.99', 443, 'tcp', 'web'],
    ['web.telegram.org', '149.154.167.51', 443, 'tcp', 'web'],
    ['telegram.org', '8.8.8.8', 53, 'dns', 'web'],
    [null, '149.154.167.99', 443, 'tcp', 'web'],
    [null, '149.154.167.51', 443, 'tcp', 'app'],
    [null, '149.154.175.50', 5222, 'tcp', 'app'],
    ['149.154.175.50', '149.154.175.50', 80, 'tcp', 'app'],
    [null, '91.108.8.9', 533, 'udp', 'calls'],
    [null, '149.154.167.51', 22, 'tcp', undefined],
    [null, '149.154.167.51', 53, 'dns', undefined],
    ['example.com', '149.154.167.51', 443, 'tcp', undefined],
    [null, '157.240.1.35', 443, 'tcp', undefined],
  ] as const)('%s at %s:%i over %s is %s', (name, address, port, protocol, surface) => {
    expect(serviceOf(name, address, port, protocol)?.surface).toBe(surface);
  });
});
