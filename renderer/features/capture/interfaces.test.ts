import { describe, expect, it } from 'vitest';
import type { CaptureInterfaceInfo } from '../../../shared/domain/live.ts';
import { bestInterface, shownInterfaces, vpnOf } from './interfaces.ts';

const one = (name: string, change: Partial<CaptureInterfaceInfo> = {}): CaptureInterfaceInfo => ({
  name,
  description: null,
  kind: 'ethernet',
  addresses: ['192.0.2.1'],
  isDefault: false,
  isUp: true,
  traffic: null,
  ...change,
});
const loopback = one('lo', { kind: 'loopback', addresses: ['127.0.0.1'] });
const wifi = one('wlp3s0', { kind: 'wifi', isDefault: true });
const cable = one('enp0', { isUp: false, addresses: [] });
const tunnel = one('wg0', { kind: 'tunnel', addresses: ['10.66.14.2'] });

describe('the connection that is offered first', () => {
  it('carries the default route', () => {
    expect(bestInterface([cable, loopback, wifi, tunnel])).toBe(wifi);
  });

  it('is else one that is up and has an address', () => {
    expect(bestInterface([cable, loopback, one('eth1', { addresses: [] }), tunnel])).toBe(tunnel);
    expect(bestInterface([one('eth0', { isDefault: true, isUp: false }), loopback])).toBe(loopback);
    expect(bestInterface([cable])).toBe(cable);
    expect(bestInterface([])).toBeNull();
  });
});

describe('a VPN', () => {
  it('is said to hide what is recorded beside it', () => {
    expect(vpnOf([wifi, tunnel], wifi)).toBe('beside');
    expect(vpnOf([wifi, one('wg0', { kind: 'tunnel', isUp: false })], wifi)).toBeNull();
    expect(vpnOf([wifi], wifi)).toBeNull();
  });

  it('is what is tested where it carries everything', () => {
    expect(vpnOf([wifi, tunnel], { ...tunnel, isDefault: true })).toBe('inside');
    // Chosen on purpose
    expect(vpnOf([wifi, tunnel], tunnel)).toBeNull();
    expect(vpnOf([wifi, tunnel], loopback)).toBeNull();
  });
});

describe('the list', () => {
  const many = Array.from({ length: 20 }, (_, at) => one(`veth${at}`, { isUp: at % 4 === 0 }));

  it('shows a few whole', () => {
    expect(shownInterfaces([wifi, cable, loopback], null).others).toEqual([]);
  });

  it('puts away what is not connected, but not what is chosen', () => {
    const { shown, others } = shownInterfaces(many, 'veth7');
    expect(shown.map(({ name }) => name)).toEqual(['veth0', 'veth4', 'veth7', 'veth8', 'veth12', 'veth16']);
    expect(others).toHaveLength(14);
  });
});
