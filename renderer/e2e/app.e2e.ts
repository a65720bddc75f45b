// The app as a person meets it, over the local server and in the desktop program: the built page, the real engine behind
// it, a real Chromium. The desktop program has the stand-in for Electron around it.

import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { writeLarge, writeLongAfter } from './captures.ts';
import { startDesktopFace } from './desktop-face.ts';
import {
  CHROMIUM,
  closeCaptures,
  type Face,
  MUST_RUN,
  type Opened,
  openSample,
  picture,
  ROOT,
  startWebFace,
} from './face.ts';

const SAMPLES = join(ROOT, 'samples');

interface SampleFile {
  readonly slug: string;
  readonly capture: string;
  /** Its second capture: two-ends.e2e.ts opens those. */
  readonly otherEnd?: object;
  /** What can be told of it; less than what is true where a capture cannot tell. */
  readonly expect: { readonly findings: readonly unknown[] };
  readonly truth: { readonly interference: readonly { readonly domain?: string | null }[] };
}

const samples = readdirSync(SAMPLES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'lab')
  .map((entry) => JSON.parse(readFileSync(join(SAMPLES, entry.name, 'sample.json'), 'utf8')) as SampleFile);
const captureOf = (slug: string): string =>
  join(SAMPLES, slug, samples.find((sample) => sample.slug === slug)!.capture);

if (MUST_RUN) {
  it('has a Chromium to run in', () => {
    expect(CHROMIUM).toBeDefined();
  });
}

/** Beyond the messages' way, which the rest of the path tests, samples are alike in both: the desktop opens every fifth. */
const FACES = [
  ['the local server', startWebFace, samples],
  ['the desktop program', startDesktopFace, samples.filter((_, at) => at % 5 === 0)],
] as const;

describe.skipIf(CHROMIUM === undefined).each(FACES)('the app in Chromium, by %s', (_name, start, shown) => {
  const folder = mkdtempSync(join(tmpdir(), 'blockscope-e2e-files-'));
  let face: Face;
  let opened: Opened;
  let page: Page;
  let isOpen = false;
  /** The page serves the next test, too: there are many that only look. */
  let stays = false;

  const fresh = async (look: Parameters<Face['open']>[0] = {}): Promise<void> => {
    if (isOpen) await opened.context.close();
    opened = await face.open(look);
    isOpen = true;
    page = opened.page;
  };
  const choose = async (path: string): Promise<void> => {
    await face.choose(page, [path]);
    // A browser hands over the bytes of a large file first
    await page.waitForURL(/overview/, { timeout: 60_000 });
  };
  const headline = () => page.locator('.verdict h1').innerText();

  beforeAll(async () => {
    face = await start();
  });
  afterAll(async () => {
    await face?.close();
    rmSync(folder, { recursive: true });
  });
  afterEach(async () => {
    // Every test ends with a page that kept its policy and asked for nothing but its own files
    expect(opened.complaints).toEqual([]);
    expect(opened.foreign).toEqual([]);
    await closeCaptures(page);
    if (!stays) {
      await opened.context.close();
      isOpen = false;
    }
    stays = false;
  });

  it('tells the 2018 story: the website blocked, the app reachable', async () => {
    await fresh();
    await openSample(page, 'telegram-2018-provider-a');
    await page.locator('.services').waitFor();
    expect(await headline()).toMatch(/Telegram’s website was very probably blocked\. The Telegram app kept working\./);
    expect(await page.locator('.services tbody tr').first().innerText()).toMatch(/Telegram\s+blocked\s+reachable/);
    expect(await page.locator('.incident-list tbody tr').count()).toBe(3);
  });

  it.each(shown.filter(({ otherEnd }) => otherEnd === undefined).map((sample) => [sample.slug, sample] as const))(
    'opens %s and says what is true of it',
    async (slug, sample) => {
      if (!isOpen) await fresh();
      stays = true;
      await openSample(page, slug);
      await expect.poll(headline, { timeout: 20_000 }).not.toBe('');
      const domains = sample.truth.interference.flatMap(({ domain }) => domain ?? []);
      if (sample.truth.interference.length === 0) {
        // A possible finding may stand where innocent causes fit; a claim may not
        expect(await headline()).not.toMatch(/blocked\.|interfered/);
      } else if (sample.expect.findings.length > 0) {
        await page.locator('.incident-list tbody tr').first().waitFor();
        const said = await page.locator('.incident-list tbody').innerText();
        if (domains.length > 0) expect(domains.some((domain) => said.includes(domain))).toBe(true);
      }
    },
  );

  it('takes a dropped file', async () => {
    await fresh();
    const path = join(folder, 'from a friend.pcapng');
    copyFileSync(captureOf('dns-poisoning-race'), path);
    await face.drop(page, path);
    await page.waitForURL(/overview/);
    await page.locator('.incident-list tbody tr').first().waitFor();
    expect(await page.locator('header').innerText()).toContain('from a friend.pcapng');
  });

  it('streams a 200 MB file', async () => {
    await fresh();
    const path = join(folder, 'large.pcap');
    const packets = writeLarge(path, 200_000_000);
    await choose(path);
    await expect
      .poll(() => page.locator('footer').innerText(), { timeout: 50_000 })
      .toContain(new Intl.NumberFormat('en').format(packets));
    // The page stays usable while it grows
    await page.locator('.density').waitFor();
    await page.locator('.rail a', { hasText: 'Flows' }).click();
    await page.locator('.grid-row').first().waitFor();
    rmSync(path);
  }, 150_000);

  it('stops reading when asked, and keeps what was found', async () => {
    await fresh();
    const path = join(folder, 'long.pcap.gz');
    writeLongAfter(path, captureOf('rst-injection-mirror'), 2_000_000_000);
    await choose(path);
    await page.locator('.incident-list tbody tr').first().waitFor();
    await page.getByRole('button', { name: 'Stop and keep' }).click();
    await page.locator('footer', { hasText: 'Partial: reading was stopped' }).waitFor();
    expect(await page.locator('.incident-list tbody').innerText()).toMatch(/reset/i);
    // What was read can be looked at like any other capture
    await page.locator('.rail a', { hasText: 'Flows' }).click();
    await page.locator('.grid-row').first().waitFor();
    rmSync(path);
  }, 120_000);

  it('says of a damaged file where it breaks off, and keeps what stands before', async () => {
    await fresh();
    const whole = readFileSync(captureOf('rst-injection-burst'));
    const path = join(folder, 'broken.pcapng');
    writeFileSync(path, whole.subarray(0, Math.floor(whole.length * 0.7)));
    await choose(path);
    await page.locator('.about').waitFor();
    expect(await page.locator('.about').innerText()).toMatch(/ends in the middle of a record/);
    expect(await page.locator('.timeline-mark').count()).toBeGreaterThan(0);
  });

  it('says of a file that is no capture what it is not, and what to do', async () => {
    await fresh();
    const path = join(folder, 'letter.txt');
    writeFileSync(path, 'Dear reader, this is no capture.\n'.repeat(20));
    await choose(path);
    await page.locator('.verdict [role=alert]').waitFor();
    expect(await page.locator('.verdict').innerText()).toMatch(/neither pcap nor pcapng.*editcap/s);
  });

  it('zooms by mouse, by wheel and by keys, and goes back', async () => {
    await fresh();
    await openSample(page, 'telegram-2018-provider-a');
    const picture = page.locator('.lanes > svg');
    const box = (await picture.boundingBox())!;
    const range = () => new URL(page.url()).hash;
    await page.mouse.move(box.x + 300, box.y + box.height - 10);
    await page.mouse.down();
    await page.mouse.move(box.x + 500, box.y + box.height - 10, { steps: 4 });
    await page.mouse.up();
    await expect.poll(range).toMatch(/from=.*to=/);
    const brushed = range();
    await page.mouse.wheel(0, -200);
    await expect.poll(range).not.toBe(brushed);
    await page.keyboard.press('Backspace');
    await expect.poll(range).toBe(brushed);
    await page.keyboard.press('+');
    await expect.poll(range).not.toBe(brushed);
    await page.keyboard.press('0');
    await expect.poll(range).not.toMatch(/from=/);
  });

  it('filters by text and by facet, and hands the filter to Wireshark', async () => {
    await fresh();
    await opened.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await openSample(page, 'telegram-2018-provider-a');
    await page.keyboard.press('/');
    await page.keyboard.type('target:web.telegram.org');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.incident-list tbody tr').count()).toBe(1);
    await page.locator('.rail a', { hasText: 'Flows' }).click();
    await page.locator('.chip-remove').first().click();
    await page.locator('.facets button', { hasText: 'tls' }).first().click();
    await expect.poll(() => page.locator('.chip').first().innerText()).toMatch(/protocol\s+tls/);
    await page.keyboard.press('/');
    await page.keyboard.type('port:443');
    await page.keyboard.press('Enter');
    await page.locator('.filter-bar button', { hasText: 'Copy as Wireshark filter' }).click();
    await page.locator('.said', { hasText: 'Copied' }).waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toMatch(/tls/);
    expect(copied).toMatch(/port == 443/);
  });

  it('knows services of an imported list, says so, and names networks in tables where asked to', async () => {
    await fresh();
    const list = join(folder, 'forums');
    writeFileSync(list, 'example.net\n');
    const settings = async (): Promise<void> => {
      await page.evaluate(() => {
        location.hash = '#/settings';
      });
      await page.locator('.settings').waitFor();
    };
    await settings();
    await page.locator('.settings input[type=file]').setInputFiles(list);
    await page.locator('.lists-all li', { hasText: 'forums' }).waitFor();
    await page.locator('input[name=networks]').nth(1).click();
    await choose(captureOf('rst-injection-burst'));
    await page.locator('.services .from-list').waitFor();
    expect(await page.locator('.services').innerText()).toMatch(/forums\s+named by your list/);
    await page.locator('.rail a', { hasText: 'Flows' }).click();
    await page.locator('.facets button', { hasText: 'your list' }).click();
    await expect.poll(() => page.locator('.chip').first().innerText()).toMatch(/service\s+forums/);
    expect(await page.locator('.grid-head').innerText()).toMatch(/Server\s+Network\s+Name/);
    // The rows of the table come after those of its facets
    await expect
      .poll(async () => {
        const rows = await page.locator('.grid-row').allInnerTexts();
        return rows.length > 0 && rows.every((row) => row.includes('example.net'));
      })
      .toBe(true);
    await settings();
    await page.locator('input[name=networks]').first().click();
    await page.locator('.lists-all button').click();
    await expect.poll(() => page.locator('.lists-all li').count()).toBe(0);
  });

  it('leads from the verdict to the forged packet by the keyboard alone', async () => {
    await fresh();
    await page.locator('.samples button').first().focus();
    await page.keyboard.press('Enter');
    await page.locator('.timeline-mark').first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL(/incidents\/I1/);
    await page.locator('.evidence .link').first().focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/packets\/\d+/);
    await page.getByRole('tree').waitFor();
    expect(await page.locator('main').innerText()).toMatch(/forged/i);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.url()).not.toMatch(/packets\/\d+/);
  });

  it('shows the ladder with the suspected injector, and the stream', async () => {
    await fresh();
    await openSample(page, 'telegram-2018-provider-a');
    await page.locator('.incident-list a').first().click();
    await page.getByRole('button', { name: 'Open the connection' }).click();
    await page.locator('.ladder').waitFor();
    expect(await page.locator('.ladder').innerText()).toMatch(/Suspected injector/);
    expect(await page.locator('.ladder .rung.hatch').count()).toBe(1);
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save its packets' }).click();
    const saved = readFileSync(await (await download).path());
    // The section header of a pcapng
    expect(saved.readUInt32LE(0)).toBe(0x0a0d0d0a);
    await page.locator('.flow-tools', { hasText: 'packets saved as pcapng' }).waitFor();
    await page.getByRole('tab', { name: 'Stream' }).click();
    await page.locator('.turn').first().waitFor();
    expect(await page.locator('.turn').first().innerText()).toContain('telegram.org');
  });

  it('puts captures of two providers side by side', async () => {
    await fresh();
    await face.choose(page, [captureOf('telegram-2018-provider-a'), captureOf('telegram-2018-provider-b')]);
    await page.waitForURL(/compare/);
    const cell = page.locator('.compare table').first().locator('tbody tr', { hasText: 'Telegram: website' });
    await expect.poll(() => cell.innerText(), { timeout: 20_000 }).toMatch(/blocked\s+reachable/);
    await picture(page, 'compare-light');
  });

  it('mirrors in Persian, and keeps the time axis as it is', async () => {
    await fresh({ language: 'fa', theme: 'dark' });
    await openSample(page, 'telegram-2018-provider-a');
    expect(await page.evaluate(() => document.documentElement.dir)).toBe('rtl');
    const rail = (await page.locator('.rail').boundingBox())!;
    expect(rail.x).toBeGreaterThan(700);
    const times = await page
      .locator('.lanes text.strong')
      .evaluateAll((texts) => texts.map((text) => text.getBoundingClientRect().x));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    await picture(page, 'overview-fa-dark');
  });

  it('brings every key under one question mark', async () => {
    await fresh();
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    expect(await page.getByRole('dialog').innerText()).toMatch(/whole recording/);
    await page.keyboard.press('Escape');
    expect(await page.getByRole('dialog').count()).toBe(0);
  });
});
