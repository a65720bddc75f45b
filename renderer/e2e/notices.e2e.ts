// What may befall a recording, as a person is told of it: the built program with a stand-in for dumpcap that writes a
// sample as if it happened now. The faults themselves are real: a small disk, a killed helper, a program that stood still.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from './axe.ts';
import { CHROMIUM, closeCaptures, type Face, type Look, MUST_RUN, picture, ROOT, startWebFace } from './face.ts';

const LOOKS: readonly (readonly [string, Look])[] = [
  ['light', {}],
  ['dark', { theme: 'dark' }],
  ['ru', { language: 'ru' }],
  ['fa', { language: 'fa' }],
  ['zh', { language: 'zh' }],
];

/** Milliseconds; a timer that is that late slept, where judging is quick. */
const SLEEP = 8_000;

const mayMount = process.getuid?.() === 0 && process.platform === 'linux';

describe.skipIf(CHROMIUM === undefined && !MUST_RUN)('a recording that something befalls', () => {
  const folder = mkdtempSync(join(tmpdir(), 'blockscope-e2e-notices-'));
  const small = join(folder, 'small-disk');
  let face: Face;

  const start = (recordings: string): Promise<Face> =>
    startWebFace({
      env: {
        BLOCKSCOPE_DUMPCAP: join(ROOT, 'main/testkit/live/fake-dumpcap.mjs'),
        BLOCKSCOPE_FAKE_CAPTURE: join(ROOT, 'samples/throttling-policed-name/capture.pcapng'),
        XDG_DATA_HOME: recordings,
      },
    });
  const recording = async (page: Page, more: () => Promise<void> = async () => {}): Promise<void> => {
    await page.keyboard.press('r');
    await page.locator('.capture-interface', { has: page.locator('bdi', { hasText: /^lo$/ }) }).click();
    await more();
    await page.locator('.capture-foot .primary').click();
    await page.waitForURL(/overview/);
    await page.locator('.live-notices').waitFor({ state: 'attached' });
  };
  const notices = (page: Page) => page.locator('.live-notices');
  const title = (page: Page) => page.locator('.live-title').innerText();
  const packets = async (page: Page): Promise<number> =>
    Number.parseInt((await page.locator('footer').innerText()).replace(/^\D*/, ''), 10) || 0;
  const look = async (of: Face, check: (page: Page) => Promise<void>): Promise<void> => {
    const { page, context, complaints, foreign } = await of.open({ agreed: true });
    await check(page);
    expect(await violations(page)).toEqual([]);
    expect(complaints).toEqual([]);
    expect(foreign).toEqual([]);
    await closeCaptures(page);
    await context.close();
  };

  beforeAll(async () => {
    face = await start(join(folder, 'data'));
  });
  afterAll(async () => {
    await face?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.skipIf(!mayMount && !MUST_RUN)('the disk is full: it goes on without the file', async () => {
    mkdirSync(small, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', small]);
    const cramped = await start(small);
    try {
      await look(cramped, async (page) => {
        await recording(page);
        await notices(page).locator('li').first().waitFor();
        expect(await notices(page).innerText()).toMatch(
          /The disk is full: recording ended with what is in .*lo-.*pcapng/,
        );
        expect(await notices(page).getByRole('button', { name: 'Stop and keep what is there' }).count()).toBe(1);
        const before = await packets(page);
        await expect.poll(() => packets(page)).toBeGreaterThan(before);
        expect(await title(page)).toMatch(/Recording/);
        await picture(page, 'notice-disk');
        await page.locator('.rail a', { hasText: 'Packets' }).click();
        await page.locator('.grid-row').first().waitFor();
        // Of what is not there no row is made up
        expect(await page.locator('main').innerText()).toMatch(/only a part is here/);
        expect(await page.locator('.grid-row').last().innerText()).not.toMatch(/record/);
      });
    } finally {
      await cramped.close();
      execFileSync('umount', [small]);
    }
  });

  it('the helper was killed, and is started again, as every look says', async () => {
    await look(face, async (page) => {
      await recording(page);
      await expect.poll(() => packets(page)).toBeGreaterThan(0);
      for (const pid of helpers(face.pid!)) process.kill(pid, 'SIGKILL');
      await notices(page).locator('li').first().waitFor();
      expect(await notices(page).innerText()).toMatch(/helper ended.*started again.*not judged across the gap/);
      await expect.poll(() => title(page)).toMatch(/Recording/);
      const { hash } = new URL(page.url());
      for (const [name, options] of LOOKS) {
        const other = await face.open({ agreed: true, ...options });
        await other.page.evaluate((to) => {
          location.hash = to;
        }, hash);
        await notices(other.page).locator('li').first().waitFor();
        await picture(other.page, `notice-helper-${name}`);
        expect(await violations(other.page)).toEqual([]);
        expect(other.complaints).toEqual([]);
        await other.context.close();
      }
    });
  });

  it('the helper that ends again and again ends the recording, and what is there stays', async () => {
    await look(face, async (page) => {
      await recording(page);
      await expect.poll(() => packets(page)).toBeGreaterThan(0);
      await expect
        .poll(
          async () => {
            for (const pid of helpers(face.pid!)) process.kill(pid, 'SIGKILL');
            return title(page);
          },
          { timeout: 30_000 },
        )
        .toMatch(/Recorded/);
      expect(await notices(page).innerText()).toMatch(/ends again and again[\s\S]*Record again/);
      expect(await packets(page)).toBeGreaterThan(0);
      await picture(page, 'notice-helper-lost');
    });
  });

  it('the machine slept', async () => {
    await look(face, async (page) => {
      await recording(page);
      await expect.poll(() => packets(page)).toBeGreaterThan(0);
      // Nothing of it runs for a while, as when the lid is closed. A busy machine that judges slowly is late for longer
      const said = notices(page).locator('li').first();
      for (let sleep = SLEEP; sleep <= 3 * SLEEP && (await said.count()) === 0; sleep += SLEEP) {
        process.kill(face.pid!, 'SIGSTOP');
        await page.waitForTimeout(sleep);
        process.kill(face.pid!, 'SIGCONT');
        await said.waitFor({ timeout: 4_000 }).catch(() => {});
      }
      expect(await notices(page).innerText()).toMatch(/This machine slept for \d+ seconds\. Capturing goes on/);
      await expect.poll(() => title(page)).toMatch(/Recording/);
      await picture(page, 'notice-slept');
    });
  });

  it('the ring turns: the latest files are kept, and older packets are said to be gone', async () => {
    await look(face, async (page) => {
      await recording(page, async () => {
        await page.locator('.capture-ring input[type=checkbox]').check();
        await page.locator('#capture-ringFiles').fill('2');
        await page.locator('#capture-ringMegabytes').fill('0.1');
      });
      const files = (): string[] =>
        readdirSync(join(folder, 'data/blockscope/recordings')).filter((file) => /_0\d+\./.test(file));
      await expect.poll(() => files().some((file) => file.includes('_00003')), { timeout: 30_000 }).toBe(true);
      expect(files().length).toBeLessThanOrEqual(3);
      await expect.poll(() => page.locator('footer').innerText()).toMatch(/2 files/);
      await page.locator('.live-controls').getByRole('button', { name: 'Stop' }).click();
      await expect.poll(() => title(page)).toMatch(/Recorded/);
      expect(await notices(page).innerText()).toMatch(
        /Kept in several files \(2\) in .*recordings\.[\s\S]*mergecap -w whole\.pcapng lo-[\w-]+_\*\.pcapng/,
      );
      await page.locator('.rail a', { hasText: 'Report' }).click();
      await page.locator('.report-preview [role=alert]', { hasText: 'written in several files' }).waitFor();
      await picture(page, 'notice-ring-report');
      await page.locator('.rail a', { hasText: 'Packets' }).click();
      await page.locator('.grid-row').first().waitFor();
      expect(await page.locator('main').innerText()).toMatch(/only a part is here/);
      await picture(page, 'notice-ring');
      await page.evaluate(() => {
        location.hash = location.hash.replace(/packets.*/, 'flows/1');
      });
      await page.locator('.flow-note', { hasText: 'Not all of its packets are in a file' }).waitFor();
      expect(await page.locator('main').innerText()).not.toContain('It began before the recording');
      await picture(page, 'notice-ring-flow');
    });
  });
});

/** Stand-ins that this program started. */
function helpers(program: number): number[] {
  const of = (pid: number): number[] => {
    try {
      const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
        readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
      );
      return children.flatMap((child) => [child, ...of(child)]);
    } catch {
      return [];
    }
  };
  const isHelper = (pid: number): boolean => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return command.includes('fake-dumpcap.mjs') && !command.startsWith('/bin/sh') && !command.startsWith('sh');
    } catch {
      return false;
    }
  };
  return of(program).filter(isHelper);
}
