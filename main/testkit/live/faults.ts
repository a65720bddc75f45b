// What goes wrong while capturing: it is said at once, and what was captured is kept and analyzed. A file for each backend
// runs it, so that they wait at the same time.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Analysis } from '../../../shared/contract/analysis.ts';
import { analyze, type BACKENDS, Capture, folder, isRunning, missing, Net, remove, until } from './program.ts';

const truncated = ({ capture }: Analysis): boolean => capture.quality.some(({ kind }) => kind === 'truncated');

export function faults(backend: (typeof BACKENDS)[number]): void {
  describe.skipIf(missing(['dumpcap', 'mergecap', 'ip', 'python3']) !== null)(backend, () => {
    let net: Net;
    let work: string;
    let file: string;

    beforeEach(() => {
      net = new Net();
      work = folder();
      file = join(work, 'capture.pcapng');
    });

    afterEach(() => {
      net.close();
      remove(work);
    });

    const start = (...more: string[]): Capture =>
      new Capture(net, ['-i', 'v0', '--backend', backend, '--format', 'ndjson', ...more]);

    it('goes on when an interface that was removed is back', async () => {
      const capture = start('--write', file);
      await capture.capturing();
      net.traffic(100);
      await new Promise((resolve) => setTimeout(resolve, 1500));
      const removed = Date.now() / 1000;
      net.removeCable();
      expect((await capture.notice('interface-gone')).at - removed).toBeLessThan(3);
      net.addCable();
      await capture.notice('interface-back');
      await new Promise((resolve) => setTimeout(resolve, 1500));
      const live = await capture.stop();
      const again = analyze(file);
      expect(live.capture.packets).toBeGreaterThan(150);
      expect(again.capture.packets).toBe(live.capture.packets);
      expect(again.findings).toEqual(live.findings);
      expect(live.findings).toEqual([]);
      expect(truncated(again)).toBe(false);
    });

    it('goes on when an interface that was switched off is on again', async () => {
      const capture = start('--write', file);
      await capture.capturing();
      net.link('down');
      await capture.notice('interface-gone');
      net.link('up');
      await capture.notice('interface-back');
      net.traffic(100);
      await until('packets are recorded again', () => analyze(file).capture.packets > 50, 20_000);
      expect((await capture.stop()).capture.packets).toBeGreaterThan(50);
    });

    it('starts a helper that was killed again, and loses nothing of before', async () => {
      const capture = start('--write', file);
      await capture.capturing();
      net.traffic(100);
      await new Promise((resolve) => setTimeout(resolve, 1500));
      process.kill(capture.helper, 'SIGKILL');
      await capture.notice('helper-ended');
      await capture.capturing(2);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const live = await capture.stop();
      expect(live.capture.packets).toBeGreaterThan(120);
      const again = analyze(file);
      expect(again.capture.packets).toBe(live.capture.packets);
      expect(again.error).toBeNull();
      expect(truncated(again)).toBe(false);
    });

    it('leaves a file that opens, and no helper, when it is killed itself', async () => {
      const capture = start('--write', file);
      await capture.capturing();
      net.traffic(200);
      // A busy machine sends slowly: what counts is that so much was recorded before the end
      await until('enough is recorded', () => analyze(file).capture.packets > 200, 20_000);
      const { helper } = capture;
      expect(isRunning(helper)).toBe(true);
      capture.child.kill('SIGKILL');
      await capture.ended;
      const again = analyze(file);
      expect(again.error).toBeNull();
      expect(truncated(again)).toBe(false);
      expect(again.capture.packets).toBeGreaterThan(200);
      await until('the helper ends', () => !isRunning(helper), 6_000);
    });

    it('goes on without recording when the disk is full', async () => {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', work]);
      try {
        const capture = start('--write', file);
        await capture.capturing();
        net.traffic(400, 1200);
        await capture.notice('disk-full');
        await new Promise((resolve) => setTimeout(resolve, 1000));
        const live = await capture.stop();
        const again = analyze(file);
        expect(again.capture.packets).toBeGreaterThan(100);
        expect(live.capture.packets).toBeGreaterThan(again.capture.packets);
        expect(again.error).toBeNull();
        expect(truncated(again)).toBe(false);
      } finally {
        execFileSync('umount', [work]);
      }
    });

    it('ends with the summary on Ctrl-C, in text', async () => {
      const capture = new Capture(net, ['-i', 'v0', '--backend', backend, '--format', 'text']);
      await until('capturing', () => capture.err.includes('Ctrl-C ends'));
      net.traffic(100);
      await new Promise((resolve) => setTimeout(resolve, 800));
      capture.child.kill('SIGINT');
      expect(await capture.ended).toBe(0);
      expect(capture.out).toMatch(/Capture: pcapng, \d+ packets/);
      expect(capture.out).toContain('What this capture cannot tell');
    });

    it('obeys its limits, and keeps the latest files of a ring', async () => {
      net.traffic(200, 1000);
      const capture = start('--write', file, '--ring-size', '0.05', '--ring', '2', '--packets', '300');
      expect(await capture.ended).toBe(0);
      const live = capture.said.at(-1) as unknown as Analysis;
      expect(live.capture.packets).toBe(300);
      expect(existsSync(join(work, 'capture_00001.pcapng'))).toBe(false);
      const kept = execFileSync('ls', [work], { encoding: 'utf8' }).trim().split('\n');
      expect(kept).toHaveLength(2);
      expect(capture.err).toMatch(/kept in 2 files; 'mergecap -w whole\.pcapng'/);
      for (const one of kept) {
        const part = analyze(join(work, one));
        expect(part.error).toBeNull();
        expect(part.capture.packets).toBeGreaterThan(0);
      }
    });

    it('writes a ring of which mergecap makes one capture again', async () => {
      net.traffic(200, 1000);
      const capture = start('--write', file, '--ring-size', '0.05', '--ring', '100', '--packets', '300');
      expect(await capture.ended).toBe(0);
      const files = readdirSync(work).sort();
      expect(files.length).toBeGreaterThan(4);
      const whole = join(work, 'whole.pcapng');
      execFileSync('mergecap', ['-w', whole, ...files.map((name) => join(work, name))]);
      const [live, again] = [capture.said.at(-1) as unknown as Analysis, analyze(whole)];
      expect(again.capture).toMatchObject({ packets: 300, firstTime: live.capture.firstTime });
      expect(again.capture.quality).toEqual(live.capture.quality);
      expect(again.findings).toEqual(live.findings);
      expect(again.targets).toEqual(live.targets);
    });

    it('says what is wrong with a filter', async () => {
      const capture = start('--filter', 'port ((');
      expect(await capture.ended).toBe(1);
      expect(capture.err).toMatch(new RegExp(`${backend} does not understand the filter`));
      expect(capture.err).toContain('syntax error');
      expect(capture.err).not.toContain('What gives permission');
    });

    it('lets only through what a filter says', async () => {
      net.traffic(100);
      const capture = start('--filter', 'udp port 9998', '--duration', '1.5');
      expect(await capture.ended).toBe(0);
      expect((capture.said.at(-1) as unknown as Analysis).capture.packets).toBe(0);
    });

    it('says that there is no such interface', async () => {
      const capture = new Capture(net, ['-i', 'v9', '--backend', backend, '--format', 'text']);
      expect(await capture.ended).toBe(1);
      expect(capture.err).toContain('no capture on v9');
      expect(capture.err).toContain(`${backend} knows no such interface`);
    });
  });
}
