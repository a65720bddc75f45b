import { describe, expect, it } from 'vitest';
import { readCaptureOptions } from './capture-options.ts';
import { UsageError } from './usage.ts';

const read = (...args: string[]) => readCaptureOptions(['-i', 'eth0', ...args], false);
const refused = (...args: string[]) => {
  try {
    read(...args);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return null;
};

describe('blockscope capture', () => {
  it('takes all of each packet until it is ended, with any way to capture, and writes nothing', () => {
    expect(read()).toMatchObject({ interface: 'eth0', filter: null, snaplen: null, write: null, ring: null });
    expect(read()).toMatchObject({ duration: null, size: null, packets: null, backend: null, format: 'ndjson' });
    expect(readCaptureOptions(['-i', 'eth0'], true)).toMatchObject({ format: 'text' });
    expect(readCaptureOptions(['--help'], true)).toBeNull();
  });

  it.each([
    ['host example.org', 'example.org'],
    ['tcp port 443 and not news.example', 'news.example'],
    ['router', 'router'],
    ['src host (192.0.2.1 or printer)', 'printer'],
  ])('sends nothing: no name in the filter %s', (filter, name) => {
    expect(refused('--filter', filter)).toContain(`'${name}' is a name`);
  });

  it.each([
    'host 192.0.2.1',
    'net 2001:db8::/32',
    'tcp[tcpflags] & tcp-rst != 0',
    'udp port 53',
    'portrange 6881-6889',
  ])('takes the filter %s as it is', (filter) => {
    expect(read('--filter', filter)).toMatchObject({ filter });
  });

  it('has no filter where a blank one is given', () => {
    expect(read('--filter', '  ')).toMatchObject({ filter: null });
  });

  it('counts in megabytes and seconds, and keeps a ring of some files', () => {
    expect(read('--write', 'a.pcapng', '--ring-size', '0.5', '--ring-time', '60', '--ring', '3')).toMatchObject({
      write: 'a.pcapng',
      ring: { bytes: 500_000, seconds: 60, files: 3 },
    });
    expect(read('--size', '2', '--duration', '1.5', '--packets', '7')).toMatchObject({
      size: 2_000_000,
      duration: 1.5,
      packets: 7,
    });
  });

  it.each([
    ['a ring of nothing that is written', ['--ring-size', '1'], '--write'],
    ['no seconds', ['--duration', '0'], '--duration'],
    ['half a packet', ['--packets', '0.5'], '--packets'],
    ['a snapshot length that is none', ['--snaplen', 'all'], '--snaplen'],
    ['another way to capture', ['--backend', 'tcpdump'], '--backend'],
    ['an option in the place of an interface', ['-i', '-w/etc/passwd'], ''],
  ])('refuses %s', (_what, args, named) => {
    expect(refused(...args)).toContain(named);
  });
});
