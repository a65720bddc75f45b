// Live capture as a person meets it: the built program and a real Chromium in a network namespace of their own, real
// helpers, and traffic of samples on the cable. Needs root; without it the tests are skipped, and say so.

import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { violations } from './axe.ts';
import { closeCaptures, type Face, type Look, type Opened, picture, ROOT, startWebFace } from './face.ts';
import { missing, Network } from './network.ts';

const NOBODY = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--no-new-privs'];
const SAMPLE = 'telegram-2018-provider-a';

describe.skipIf(missing(['dumpcap', 'ip', 'python3', 'setpriv', 'sysctl']) !== null)('live capture in Chromium', () => {
  let network: Network;

  beforeAll(() => {
    network = new Network();
  });
  afterAll(() => network?.close());

  describe('with a recorder that may', () => {
    let face: Face;
    let opened: Opened;
    let page: Page;

    const fresh = async (look: Look = {}): Promise<void> => {
      opened = await face.open({ agreed: true, ...look });
      page = opened.page;
    };
    const setUp = async (): Promise<void> => {
      await page.keyboard.press('r');
      await page.locator('.capture-interface.chosen').waitFor();
    };
    const start = async (): Promise<void> => {
      await page.locator('.capture-foot .primary').click();
      await page.waitForURL(/overview/);
    };
    const title = () => page.locator('.live-title').innerText();
    const headline = () => page.locator('.verdict h1').innerText();

    beforeAll(async () => {
      face = await startWebFace({ within: network.within, chromium: network.chromium });
    });
    afterAll(() => face?.close());
    afterEach(async () => {
      network.link('up');
      expect(opened.complaints).toEqual([]);
      expect(opened.foreign).toEqual([]);
      await closeCaptures(page);
      await opened.context.close();
    });

    it('lists connections as people know them, with what goes on there', async () => {
      await fresh();
      await setUp();
      const chosen = page.locator('.capture-interface.chosen');
      expect(await chosen.innerText()).toMatch(/carries your traffic[\s\S]*v0[\s\S]*192\.168\.1\.99/);
      expect(await page.locator('.capture-interface', { hasText: 'This computer' }).innerText()).toContain('127.0.0.1');
      const played = network.play('rst-injection-burst');
      await chosen.locator('.capture-spark .line').waitFor();
      await expect
        .poll(() => chosen.locator('.capture-rate').innerText(), { timeout: 10_000 })
        .toMatch(/[1-9].* (kB|MB|B)\/s/);
      await played;
      expect(await page.locator('.capture-ready', { hasText: 'Recorder' }).innerText()).toMatch(
        /Ready[\s\S]*dumpcap[\s\S]*lost packets are counted/,
      );
      expect(await page.locator('.capture-saved').innerText()).toMatch(/recordings, up to 4\.3 GB/);
    });

    it('says once what a recording holds, before the first', async () => {
      opened = await face.open({});
      page = opened.page;
      await setUp();
      await page.locator('.capture-foot .primary').click();
      const dialog = page.getByRole('dialog');
      expect(await dialog.innerText()).toMatch(/addresses you contact/);
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      expect(page.url()).toMatch(/#\/capture$/);
      await page.locator('.capture-foot .primary').click();
      await page.keyboard.press('Enter');
      await page.waitForURL(/overview/);
    });

    it('finds interference while it happens, and keeps what was recorded', async () => {
      await fresh();
      await setUp();
      await start();
      // Until the first packet, which may be one of the browser's own
      await page.locator('.live-waiting', { hasText: /No packet was seen yet|first packets/ }).waitFor();
      const played = network.play(SAMPLE);
      // Something is there before the story is over
      await page.locator('.incident-list tbody tr').first().waitFor({ timeout: 13_000 });
      expect(await title()).toMatch(/Recording\s+v0/);
      expect(await page.locator('.verdict').innerText()).toMatch(/Recording\. So far/);
      await page.locator('.now').waitFor();
      await picture(page, 'live-light');
      await played;
      await expect.poll(headline, { timeout: 15_000 }).toMatch(/Telegram’s website was very probably blocked/);
      await expect
        .poll(() => page.locator('footer').innerText())
        .toMatch(/\d+ packets\s+drops are told at the end\s+times by the system\s+.* recorded/);

      // Followed until it is held, and again
      const follow = page.locator('.live-follow');
      expect(await follow.getAttribute('aria-pressed')).toBe('true');
      await page.keyboard.press('+');
      await expect.poll(() => follow.getAttribute('aria-pressed')).toBe('false');
      await page.keyboard.press('Space');
      await expect.poll(() => follow.getAttribute('aria-pressed')).toBe('true');

      await page.locator('.live-controls').getByRole('button', { name: 'Stop' }).click();
      // The browser in there may ask for something itself
      await expect
        .poll(async () => Number.parseInt(await page.locator('footer').innerText(), 10))
        .toBeGreaterThanOrEqual(381);
      await expect.poll(title).toMatch(/Recorded/);
      await expect.poll(() => page.locator('footer').innerText()).toMatch(/packets\s+0 dropped/);
      expect(await page.locator('.live-notices').innerText()).toMatch(/Kept in .*recordings\/v0-.*\.pcapng/);
      await page.locator('.incident-list a').first().click();
      await page.locator('.evidence').waitFor();
      await page.locator('.rail a', { hasText: 'Packets' }).click();
      await page.locator('.grid-row').first().waitFor();
    });

    it('reads a connection on while it grows', async () => {
      await fresh();
      await setUp();
      await start();
      const chatter = network.chatter();
      try {
        await page.locator('.rail a', { hasText: 'Flows' }).click();
        await page.locator('.grid-row', { hasText: '192.168.1.50' }).first().waitFor({ timeout: 10_000 });
        await page.locator('.grid-row', { hasText: '192.168.1.50' }).first().click();
        await page.keyboard.press('Enter');
        await page.locator('.ladder').waitFor();
        const packets = async (): Promise<number> => {
          const text = await page.locator('.flow').innerText();
          const counts = [...text.matchAll(/([\d,]+) packets/g)].map(([, count]) => Number(count!.replaceAll(',', '')));
          return Math.max(0, ...counts);
        };
        await expect.poll(packets, { timeout: 10_000 }).toBeGreaterThan(10);
        const before = await packets();
        await expect.poll(packets, { timeout: 10_000 }).toBeGreaterThan(before + 10);
      } finally {
        chatter.end();
      }
    });

    it('pauses and goes on', async () => {
      await fresh();
      await setUp();
      await start();
      await expect.poll(title).toMatch(/Recording/);
      await page.keyboard.press('p');
      await expect.poll(title).toMatch(/Paused/);
      await page.keyboard.press('p');
      await expect.poll(title).toMatch(/Recording/);
    });

    it('says at once that the connection went, keeps what is there, and goes on when it is back', async () => {
      await fresh();
      await setUp();
      await start();
      await network.play('rst-injection-burst');
      network.link('down');
      const notice = page.locator('.live-notices li').first();
      await notice.waitFor({ timeout: 10_000 });
      expect(await notice.innerText()).toMatch(/interface v0 is gone or down/);
      await expect.poll(title).toMatch(/Waiting for the connection/);
      await picture(page, 'live-notice');
      expect(await notice.getByRole('button', { name: 'Stop and keep what is there' }).count()).toBe(1);
      expect(await violations(page)).toEqual([]);
      network.link('up');
      await expect.poll(title, { timeout: 15_000 }).toMatch(/Recording/);
      await expect.poll(() => page.locator('.live-notices').innerText()).toMatch(/is back/);
      await page.locator('.live-notices').getByRole('button', { name: 'Dismiss' }).last().click();
      await expect.poll(() => page.locator('.live-notices li').count()).toBe(0);
      await page.locator('.incident-list tbody tr').first().waitFor();
    });

    it('says what is wrong with a filter at the field', async () => {
      await fresh();
      await setUp();
      await page.getByText('Own filter (BPF)').click();
      const field = page.locator('#capture-filter');
      await field.fill('tcp prt 443');
      await page.locator('.capture-foot .primary').click();
      const wrong = page.locator('#capture-filter-wrong');
      await wrong.waitFor();
      expect(await wrong.innerText()).toMatch(/does not understand this filter/);
      expect(await field.getAttribute('aria-invalid')).toBe('true');
      // A name would be looked up, which sends
      await field.fill('host example.org');
      await page.locator('.capture-foot .primary').click();
      await expect.poll(() => wrong.innerText()).toMatch(/example\.org.*looked up/);
      await field.fill('tcp port 443');
      await start();
      await expect.poll(title).toMatch(/Recording/);
    });

    it('ends at a limit, and says so', async () => {
      await fresh();
      await setUp();
      await page.locator('.capture-row:has(#capture-packets) input[type=radio]').check();
      await page.locator('#capture-packets').fill('20');
      await start();
      void network.play('rst-injection-burst').catch(() => {});
      await expect.poll(title, { timeout: 15_000 }).toMatch(/Recorded/);
      expect(await page.locator('.live-notices').innerText()).toMatch(/limit is reached/);
      await expect.poll(() => page.locator('footer').innerText()).toMatch(/20 packets/);
    });

    it('guides through a test of one site and says what came of it', async () => {
      await fresh();
      await page.getByRole('button', { name: 'Test one site, step by step' }).click();
      await page.locator('.capture-interface.chosen').waitFor();
      await page.keyboard.type('telegram');
      await expect.poll(() => page.locator('.capture-guide').innerText()).toMatch(/Telegram: website, app/i);
      await page.keyboard.press('Enter');
      await page.waitForURL(/test\/telegram\.org/);
      const step = (name: string) => page.locator('.test-steps > li', { hasText: name });
      await expect.poll(() => step('Open wikipedia.org').first().getAttribute('class')).toBe('now');
      const played = network.play(SAMPLE);
      await page.locator('.test-attempts li').first().waitFor({ timeout: 8_000 });
      const before = await page.locator('.test-attempts li').count();
      await expect.poll(() => page.locator('.test-attempts li').count(), { timeout: 12_000 }).toBeGreaterThan(before);
      await played;
      await expect.poll(() => step('in the browser').getAttribute('class')).toBe('done');
      await expect.poll(() => step('Telegram app').getAttribute('class'), { timeout: 10_000 }).toBe('done');
      const verdict = page.locator('.test-aside');
      await expect.poll(() => verdict.innerText(), { timeout: 20_000 }).toMatch(/telegram\.org/);
      expect(await verdict.innerText()).toMatch(/What a second vantage would add[\s\S]*another network/);
      expect(await verdict.innerText()).toMatch(/Website\s+blocked/i);
      expect(await verdict.innerText()).toMatch(/App\s+reachable/i);
      await picture(page, 'test-light');
      await page.getByRole('button', { name: 'Finish and stop recording' }).click();
      await expect.poll(title).toMatch(/Recorded/);
      await page.locator('.test-verdict .link').first().click();
      await page.locator('.evidence').waitFor();
      await page.locator('.rail a', { hasText: 'Guided test' }).click();
      await page.locator('.test-verdict').waitFor();
    });

    it('is done by the keyboard alone', async () => {
      await fresh();
      await setUp();
      // The second stop after the skip link, title and buttons of the bar is found by name, not by count
      for (let stops = 0; stops < 20; stops++) {
        await page.keyboard.press('Tab');
        if (await page.evaluate(() => (document.activeElement as HTMLInputElement | null)?.name === 'interface')) break;
      }
      await page.keyboard.press('ArrowDown');
      await expect.poll(() => page.locator('.capture-interface.chosen').innerText()).not.toContain('192.168.1.99');
      await page.keyboard.press('ArrowUp');
      await expect.poll(() => page.locator('.capture-interface.chosen').innerText()).toContain('192.168.1.99');
      await page.evaluate(() => (document.activeElement as HTMLElement).blur());
      await page.keyboard.press('Control+Enter');
      await page.waitForURL(/overview/);
      await expect.poll(title).toMatch(/Recording/);
      const stop = page.locator('.live-controls').getByRole('button', { name: 'Stop' });
      await stop.focus();
      await page.keyboard.press('Enter');
      await expect.poll(title).toMatch(/Recorded/);
    });

    it.each(['light', 'dark'] as const)('keeps the rules of accessibility, %s', async (theme) => {
      await fresh({ theme });
      await setUp();
      await page.getByText('Own filter (BPF)').click();
      await page.waitForTimeout(200);
      await picture(page, `capture-${theme}`);
      expect(await violations(page)).toEqual([]);
      await page.getByText('Everything', { exact: true }).click();
      await start();
      expect(await violations(page)).toEqual([]);
      await network.play('rst-injection-burst');
      await page.locator('.incident-list tbody tr').first().waitFor();
      expect(await violations(page)).toEqual([]);
      await page.evaluate(() => {
        location.hash = location.hash.replace(/overview.*/, 'test/news.example.org,wikipedia.org');
      });
      await page.locator('.test-attempts li').first().waitFor();
      await picture(page, `test-${theme}`);
      expect(await violations(page)).toEqual([]);
    });

    it.each(['fa', 'ru', 'zh'] as const)('speaks %s', async (language) => {
      await fresh({ language });
      await setUp();
      await picture(page, `capture-${language}`);
      expect(await violations(page)).toEqual([]);
      await start();
      await network.play('rst-injection-burst');
      await page.locator('.incident-list tbody tr').first().waitFor();
      await picture(page, `live-${language}`);
      await page.evaluate(() => {
        location.hash = location.hash.replace(/overview.*/, 'test/forum.example.net,wikipedia.org');
      });
      await page.locator('.test-attempts li').first().waitFor();
      await picture(page, `test-${language}`);
      expect(await violations(page)).toEqual([]);
    });
  });

  describe('permission', () => {
    const look = async (
      where: Parameters<typeof startWebFace>[0],
      check: (page: Page) => Promise<void>,
      options: Look = {},
    ): Promise<void> => {
      const face = await startWebFace({ within: network.within, chromium: network.chromium, ...where });
      try {
        const { page, complaints } = await face.open(options);
        await page.keyboard.press('r');
        await page.locator('.capture-interface.chosen').waitFor();
        await check(page);
        expect(complaints).toEqual([]);
      } finally {
        await face.close();
      }
    };

    it.each(['light', 'dark'] as const)('without any: what was tried, and what to do, %s', async (theme) => {
      await look(
        { within: [...network.within, ...NOBODY] },
        async (page) => {
          const panel = page.locator('.capture-permission');
          await panel.waitFor();
          const said = await panel.innerText();
          expect(said).toMatch(/Recording needs a right that this account does not have yet/);
          expect(said).toMatch(/dumpcap has no permission/);
          expect(said).toMatch(/socket: Operation not permitted/);
          expect(said).toContain('sudo dpkg-reconfigure wireshark-common && sudo usermod -aG wireshark $USER');
          expect(said).toMatch(/Opening saved captures needs no permission/);
          expect(said).toContain('sudo tcpdump -i v0 -w visit.pcap');
          expect(await page.locator('.capture-foot .primary').isDisabled()).toBe(true);
          await picture(page, `permission-${theme}`);
          expect(await violations(page)).toEqual([]);
          await panel.getByRole('button', { name: 'macOS' }).click();
          expect(await panel.innerText()).toMatch(/ChmodBPF/);
          await panel.getByRole('button', { name: 'Windows' }).click();
          expect(await panel.innerText()).toMatch(/winget install --id Insecure\.Npcap/);
          await panel.getByRole('button', { name: 'Check again' }).click();
          await panel.getByRole('button', { name: 'Check again' }).waitFor();
        },
        { theme },
      );
    });

    it('with the package alone: whose times, and that losses are unknown', async () => {
      await look({ env: { BLOCKSCOPE_DUMPCAP: '/nowhere/dumpcap' } }, async (page) => {
        const ready = page.locator('.capture-ready', { hasText: 'Recorder' });
        await ready.waitFor();
        expect(await ready.innerText()).toMatch(
          /Times measured by this program[\s\S]*cap[\s\S]*nothing is judged by timing/,
        );
        await ready.locator('summary').click();
        expect(await ready.innerText()).toMatch(/dumpcap is not installed[\s\S]*sudo apt-get install wireshark-common/);
        expect(await violations(page)).toEqual([]);
        await page.locator('.capture-foot .primary').click();
        await page.getByRole('button', { name: 'Understood, record' }).click();
        await page.waitForURL(/overview/);
        await expect.poll(() => page.locator('footer').innerText()).toMatch(/drops unknown\s+times by this program/);
      });
    });

    it('with nothing to record with: how to get it', async () => {
      // The program as it is installed where the package could not be built
      const place = join(network.folder, 'program');
      for (const part of ['dist', 'package.json', 'samples'])
        cpSync(join(ROOT, part), join(place, part), { recursive: true });
      mkdirSync(join(place, 'node_modules'));
      for (const name of readdirSync(join(ROOT, 'node_modules')))
        if (name !== 'cap') symlinkSync(join(ROOT, 'node_modules', name), join(place, 'node_modules', name));
      await look(
        { cli: join(place, 'dist/main/cli/blockscope.js'), env: { BLOCKSCOPE_DUMPCAP: '/nowhere/dumpcap' } },
        async (page) => {
          const panel = page.locator('.capture-permission');
          await panel.waitFor();
          expect(await panel.innerText()).toMatch(/There is nothing to record with yet/);
          expect(await panel.innerText()).toContain('sudo apt-get install wireshark-common');
          expect(await violations(page)).toEqual([]);
        },
        { language: 'en' },
      );
    });
  });
});
