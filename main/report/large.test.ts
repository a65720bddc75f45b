// A report over thousands of findings: bounded in what is written in full, and made in a reasonable time.

import { expect, it } from 'vitest';
import { Net } from '../testkit/network.ts';
import { draft, textOf } from '../testkit/reports.ts';

const INCIDENTS = 5_000;

it('over five thousand findings', async () => {
  const net = new Net();
  for (let at = 0; at < INCIDENTS; at++) {
    const server = `93.184.${at >> 8}.${at & 255}:443`;
    const tls = net.connect({ server, rtt: 40, clientPort: 10_000 + at });
    tls.clientHello({ sni: `site${at}.example.net` });
    tls.inject.rst({ after: 3, hops: 6, ipId: 0 });
    tls.serverHello();
  }
  const bytes = net.bytes();
  const before = process.memoryUsage().rss;
  const started = performance.now();
  const made = await draft(bytes);
  const seconds = (performance.now() - started) / 1000;
  const findings = made.report.incidents.reduce((sum, incident) => sum + incident.findings.length, 0);
  expect(findings).toBeGreaterThanOrEqual(INCIDENTS);
  expect(textOf(made, 'report.html').length).toBeLessThan(2 ** 22);
  expect(textOf(made, 'incidents.csv').split('\r\n').length).toBe(made.report.incidents.length + 2);
  expect(made.report.redaction.frames).toBeLessThan(200_000);
  // Many times what an idle machine needs: what would fail is something quadratic
  expect(seconds).toBeLessThan(120);
  expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(1_500);
  if (process.env.BLOCKSCOPE_SAY !== undefined) {
    const rss = Math.round((process.memoryUsage().rss - before) / 2 ** 20);
    process.stderr.write(`${findings} findings: ${seconds.toFixed(1)} s, ${rss} MiB more\n`);
  }
}, 240_000);
