// The evidence file: what it must not change, what other programs make of it, and that it still says the same.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reportSchema } from '../../shared/report/schema.ts';
import { analyze } from '../testkit/analyze.ts';
import { dissect, edited, readCapture, writeCapture } from '../testkit/capture.ts';
import { ethernetOf, gre, labels, radiotap, vxlan, wlan } from '../testkit/encapsulation.ts';
import { samples } from '../testkit/labelled.ts';
import { Net } from '../testkit/network.ts';
import { draft, textOf } from '../testkit/reports.ts';
import { lacks, run } from '../testkit/tools.ts';
import { compareEvidence } from './verify.ts';

const told = samples().filter(({ expect: { findings } }) => findings.length > 0);

function evidenceOf(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  return files.get('evidence.pcapng')!;
}

describe.each(told.map((sample) => [sample.slug, sample] as const))('%s', (_, sample) => {
  it('gives the same findings from its evidence, and changes no fact of a packet', async () => {
    const bytes = readFileSync(sample.path);
    const made = await draft(bytes);
    const report = reportSchema.parse(JSON.parse(textOf(made, 'report.json')));
    const local = report.vantage.find(({ field }) => field === 'local')!.value;
    const role = report.vantage.find(({ field }) => field === 'role')!.value[0]!;
    const again = analyze(evidenceOf(made.files), { local, vantage: { role } });
    expect(compareEvidence(report, again).problems).toEqual([]);

    const originals = new Map(readCapture(bytes).frames.map((frame) => [frame.number, frame]));
    const rows = textOf(made, 'packets.csv').split('\r\n').slice(1, -1);
    const published = readCapture(evidenceOf(made.files)).frames;
    expect(rows).toHaveLength(published.length);
    published.forEach((frame, at) => {
      const original = originals.get(Number(rows[at]!.split(',')[0]))!;
      expect([frame.time, frame.original]).toEqual([original.time, original.original]);
      const [now, then] = [dissect(frame), dissect(original)];
      if (now === null || then === null) throw new Error(`frame ${original.number} is no packet`);
      const kept = ['ttl', 'id', 'df', 'sourcePort', 'destinationPort', 'tcp', 'protocol', 'end'] as const;
      for (const fact of kept) expect(now[fact], fact).toEqual(then[fact]);
    });
  });
});

it('keeps the names that Tor made up: without them its evidence would not show Tor', async () => {
  const net = new Net();
  const name = (at: number): string => `www.q${(at % 6) + 2}x${'abcdefghijklmnopqrstuvwxyz'[at]}kz.com`;
  net.visit({ server: '151.101.2.132:443', sni: 'shop.example.com' });
  for (let at = 0; at < 24; at++) {
    const tls = net.connect({ server: `185.220.101.${at + 1}:9001`, rtt: 60 });
    tls.clientHello({ sni: name(at), alpn: [] });
    if (at === 20) tls.inject.rst({ after: 4, hops: 5, ipId: 0x3111 });
    tls.serverHello();
    if (at !== 20) tls.talk(2).close();
  }
  const made = await draft(writeCapture(net.capture().capture));
  const report = reportSchema.parse(JSON.parse(textOf(made, 'report.json')));
  const local = report.vantage.find(({ field }) => field === 'local')!.value;
  const again = analyze(evidenceOf(made.files), { local, vantage: { role: 'client' } });
  expect(again.findings.map(({ trigger, target }) => [trigger.value, target.domain])).toEqual([['Tor', null]]);
  expect(compareEvidence(report, again).problems).toEqual([]);
  expect(Buffer.from(evidenceOf(made.files)).includes(name(20))).toBe(true);
});

const burst = (): Buffer => readFileSync(told.find(({ slug }) => slug === 'rst-injection-burst')!.path);

describe('what came in a tunnel or over the air', () => {
  const outer = { source: '198.51.100.1', destination: '203.0.113.99', ttl: 7 };
  const ways: [string, number, (packet: Uint8Array) => Uint8Array, Buffer][] = [
    ['GRE', 101, (packet) => gre(outer, 0x0800, packet, { key: 0x5ec2e7 }), Buffer.of(198, 51, 100, 1)],
    ['VXLAN', 101, (packet) => vxlan(outer, packet), Buffer.of(203, 0, 113, 99)],
    ['Wi-Fi', 127, (packet) => radiotap(wlan(packet, { qos: 0 })), Buffer.of(2, 0, 0, 0, 0, 0x0a)],
    ['labels', 1, (packet) => ethernetOf(0x8847, labels(packet, 0xabcde)), Buffer.of(0xab, 0xcd, 0xe1)],
  ];
  it.each(ways)('%s: the packet alone is published, and gives the same findings', async (_, linkType, wrap, secret) => {
    const frames = readCapture(burst()).frames.flatMap((frame) => {
      const at = dissect(frame);
      if (at === null) return [];
      const bytes = wrap(frame.bytes.subarray(at.ip, at.end));
      return [{ ...frame, bytes, original: bytes.length, linkType, iface: 0 }];
    });
    const original = Buffer.from(writeCapture({ format: 'pcap', frames }));
    expect(original.includes(secret)).toBe(true);
    const made = await draft(original);
    const report = reportSchema.parse(JSON.parse(textOf(made, 'report.json')));
    const local = report.vantage.find(({ field }) => field === 'local')!.value;
    const again = analyze(evidenceOf(made.files), { local, vantage: { role: 'client' } });
    expect(report.incidents.length).toBeGreaterThan(0);
    expect(compareEvidence(report, again).problems).toEqual([]);
    expect(Buffer.from(evidenceOf(made.files)).includes(secret)).toBe(false);
    expect(readCapture(evidenceOf(made.files)).frames.every((frame) => frame.linkType === 101)).toBe(true);
  });
});

describe.skipIf(lacks('tshark'))('as tshark reads it', () => {
  const shown = (bytes: Uint8Array, ...args: string[]): string => {
    const folder = mkdtempSync(join(tmpdir(), 'blockscope-evidence-'));
    try {
      const path = join(folder, 'evidence.pcapng');
      writeFileSync(path, bytes);
      return run('tshark', ['-n', '-r', path, ...args]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  it('lists the comments of cited frames', async () => {
    const made = await draft(burst());
    const lines = shown(
      evidenceOf(made.files),
      '-Y',
      'frame.comment',
      '-T',
      'fields',
      '-e',
      'frame.number',
      '-e',
      'frame.comment',
    );
    const forged = lines.split('\n').filter((line) => line.includes('suspected injected RST'));
    expect(forged).toHaveLength(18);
    expect(forged[0]).toMatch(/^\d+\tE\d+(, E\d+)*: suspected injected RST or FIN \(F1\)$/);
  });

  it('finds every checksum right that can be computed', async () => {
    const made = await draft(burst());
    const checks = ['ip', 'tcp', 'udp'].flatMap((protocol) => ['-o', `${protocol}.check_checksum:TRUE`]);
    const bad = 'ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0 || _ws.malformed';
    expect(shown(evidenceOf(made.files), ...checks, '-Y', bad)).toBe('');
  });
});

it('says of a checksum what was true in the original', async () => {
  const net = new Net();
  for (let attempt = 0; attempt < 3; attempt++) {
    const tls = net.connect({ server: '93.184.215.14:443', rtt: 84 });
    tls.clientHello({ sni: 'forum.example.net' });
    tls.inject.rst({ after: 3, hops: 6, ipId: 7 });
    tls.serverHello();
  }
  const { capture } = net.capture();
  const resets = capture.frames
    .filter((frame) => ((dissect(frame)?.tcp?.flags ?? 0) & 4) !== 0)
    .map(({ number }) => number);
  const frames = capture.frames.map((frame) => {
    if (frame.number !== resets[0]) return frame;
    const changed = edited(frame, () => {});
    changed.bytes[dissect(frame)!.transport + 16]! ^= 0x55;
    return changed;
  });
  const made = await draft(writeCapture({ ...capture, frames }));
  const rows = textOf(made, 'packets.csv').split('\r\n');
  const row = rows.find((line) => line.startsWith(`${resets[0]},`))!;
  expect(row).toContain(',valid,invalid,');
  expect(row).toContain('checksum wrong in the original');
  expect(made.report.redaction.invalidChecksums).toBe(1);
});

it('keeps headers only, or one direction, on request', async () => {
  const bare = await draft(burst(), { payload: 'headers' });
  for (const frame of readCapture(evidenceOf(bare.files)).frames) {
    const at = dissect(frame)!;
    expect(frame.bytes.length).toBe(Math.min(at.payload, at.end));
  }
  const down = await draft(burst(), { direction: 'to-client' });
  const local = down.report.vantage.find(({ field }) => field === 'local')!.value;
  const destinations = new Set(readCapture(evidenceOf(down.files)).frames.map((frame) => dissect(frame)!.destination));
  expect([...destinations]).toEqual(local);
});

it('the same capture and options give the same bytes', async () => {
  const first = await draft(burst());
  const second = await draft(burst());
  for (const [name, bytes] of first.files)
    expect(Buffer.compare(Buffer.from(bytes), Buffer.from(second.files.get(name)!)), name).toBe(0);
});

it('reports only the incidents asked for, with their frames alone', async () => {
  const all = await draft(burst());
  const one = await draft(burst(), { incidents: ['I2'] });
  expect(one.report.incidents.map(({ id }) => id)).toEqual(['I2']);
  expect(one.report.omitted).toBe(1);
  expect(one.report.redaction.frames).toBeLessThan(all.report.redaction.frames);
  await expect(draft(burst(), { incidents: ['I9'] })).rejects.toThrow('found were I1, I2');
});
