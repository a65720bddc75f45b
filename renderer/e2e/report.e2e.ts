// A report as a person makes one: chosen, looked through, one value kept, saved, and opened as whoever gets it would.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { unzipSync } from 'fflate';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from './axe.ts';
import { startDesktopFace } from './desktop-face.ts';
import { CHROMIUM, closeCaptures, type Face, type Opened, openSample, picture, startWebFace } from './face.ts';

const SAMPLE = 'telegram-2018-provider-a';

const folder = mkdtempSync(join(tmpdir(), 'blockscope-e2e-report-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function toReport(page: Page, slug = SAMPLE): Promise<void> {
  await openSample(page, slug);
  await page.locator('.rail a[href$="/report"]').click();
  await settled(page);
}

/** The preview is of what is chosen now. */
async function settled(page: Page): Promise<void> {
  await page.waitForTimeout(600);
  await page.waitForFunction(() => document.querySelector('.report-preview-bar [role=status]')?.textContent === '');
  await page.locator('.report-paper iframe').waitFor();
}

/** What stands on the paper; asked of the page, because in the frame no script runs. */
function onPaper<T>(page: Page, read: 'text' | 'title font' | 'language'): Promise<T> {
  return page.evaluate((what) => {
    const inner = document.querySelector<HTMLIFrameElement>('.report-paper iframe')!.contentDocument!;
    const { lang, dir } = inner.documentElement;
    if (what === 'language') return [lang, dir];
    if (what === 'text') return inner.querySelector('main')!.innerText;
    return getComputedStyle(inner.querySelector('h1')!).fontFamily;
  }, read) as Promise<T>;
}
const paper = (page: Page): Promise<string> => onPaper(page, 'text');

function unpack(zip: string, name: string): string {
  const target = join(folder, name);
  mkdirSync(target);
  for (const [file, bytes] of Object.entries(unzipSync(readFileSync(zip)))) writeFileSync(join(target, file), bytes);
  return target;
}

describe.skipIf(CHROMIUM === undefined)('a report, in a browser', () => {
  let face: Face;
  let opened: Opened | null = null;
  const fresh = async (look: Parameters<Face['open']>[0] = {}): Promise<Page> => {
    opened = await face.open(look);
    return opened.page;
  };
  const done = async (): Promise<void> => {
    expect(opened!.complaints).toEqual([]);
    expect(opened!.foreign.filter((url) => !url.startsWith('about:'))).toEqual([]);
    await closeCaptures(opened!.page);
    await opened!.context.close();
  };
  beforeAll(async () => {
    face = await startWebFace();
  });
  afterAll(() => face?.close());

  it('is chosen, looked through, saved and opened', async () => {
    const page = await fresh();
    await openSample(page, SAMPLE);
    // From an incident, with a disagreement
    await page.locator('.incident-list a').first().click();
    await page.getByRole('button', { name: 'Disagree' }).click();
    await page.locator('.disagree textarea').fill('The server says it closed these itself.');
    await page.locator('.disagree button[type=submit]').click();
    await page.getByRole('button', { name: 'Add to report' }).click();
    await page.getByRole('button', { name: 'To the report' }).click();
    await settled(page);
    expect(await page.locator('.report-steps [aria-current]').innerText()).toContain('1 of 3');
    expect(await paper(page)).toContain('The server says it closed these itself.');
    // The paper looks as it will: its own styles came in
    expect(await onPaper(page, 'title font')).toContain('Source Serif 4');

    await page.keyboard.press('2');
    await page.getByLabel('Country').fill('RU');
    await page.keyboard.press('Escape');
    await page.locator('.report-steps button', { hasText: 'Your words' }).click();
    await page.getByLabel('Context').fill('It began on the day of the ruling.');

    await page.locator('.report-steps button', { hasText: 'Redaction' }).click();
    await settled(page);
    const rows = page.locator('.report-replaced tbody tr');
    const own = rows.filter({ hasText: '192.168.1.34' });
    expect(await own.locator('input').count()).toBe(0);
    const remote = rows.filter({ hasText: '203.0.113.53' });
    expect(await remote.locator('del').count()).toBe(1);
    expect(await paper(page)).not.toContain('203.0.113.53');
    await remote.locator('input').check();
    await settled(page);
    expect(await remote.locator('del').count()).toBe(0);
    expect(await paper(page)).toContain('203.0.113.53');
    expect(await page.locator('.report-kept').innerText()).toContain('203.0.113.53');

    await page.locator('.report-steps button', { hasText: 'Export' }).click();
    expect(await page.locator('.report-warning').first().innerText()).toMatch(/Not stated: Network, .*VPN/);
    await page.getByLabel('Name of the recording').focus();
    await page.keyboard.press('Control+s');
    await page.locator('.report-draft', { hasText: /Saved \d/ }).waitFor();
    const saved = page.waitForEvent('download', { timeout: 60_000 });
    await page.getByRole('button', { name: 'Save zip' }).click();
    const zip = join(folder, 'report.zip');
    await (await saved).saveAs(zip);
    await page.locator('.report-said', { hasText: 'Written:' }).waitFor();

    const bundle = unpack(zip, 'first');
    expect(readdirSync(bundle)).toEqual(
      expect.arrayContaining(['MANIFEST.sha256', 'evidence.pcapng', 'report.html', 'report.json', 'report.pdf']),
    );
    expect(readFileSync(join(bundle, 'report.pdf')).subarray(0, 5).toString()).toBe('%PDF-');
    const written = await opened!.context.newPage();
    await written.goto(pathToFileURL(join(bundle, 'report.html')).href);
    const text = await written.locator('main').innerText();
    for (const said of [
      '203.0.113.53',
      'It began on the day of the ruling.',
      'The server says it closed these itself.',
    ])
      expect(text).toContain(said);
    expect(text).not.toContain('192.168.1.34');
    expect(text).toMatch(/Country\s+RU · declared/);
    await written.close();
    await done();
  });

  it('is taken up again from its draft, also by another page', async () => {
    const page = await fresh();
    await toReport(page);
    await page.keyboard.press('4');
    const remote = page.locator('.report-replaced tbody tr').filter({ hasText: '203.0.113.53' });
    expect(await remote.locator('input').isChecked()).toBe(true);
    await page.locator('.report-draft button', { hasText: 'Discard' }).click();
    await settled(page);
    expect(await remote.locator('input').isChecked()).toBe(false);
    await done();
  });

  it('that could identify people is not written before its author says that they know', async () => {
    const page = await fresh();
    await toReport(page);
    await page.keyboard.press('4');
    await page.getByLabel('Replace nothing').check();
    await settled(page);
    expect(await paper(page)).toContain('192.168.1.34');
    const save = page.getByRole('button', { name: 'Save zip' });
    expect(await save.isDisabled()).toBe(true);
    await page.locator('.report-steps button', { hasText: 'Export' }).click();
    await page.getByLabel('I know that this report can identify people.').check();
    expect(await save.isEnabled()).toBe(true);
    await done();
  });

  it.each([
    ['light', 'en'],
    ['dark', 'en'],
    ['light', 'fa'],
    ['dark', 'ru'],
    ['light', 'zh'],
  ] as const)('keeps to the rules of axe in each step, %s, %s', async (theme, language) => {
    const page = await fresh({ theme, language });
    // Of which no draft is kept
    await toReport(page, 'rst-injection-burst');
    for (const step of [1, 2, 3, 4, 5]) {
      await page.keyboard.press(String(step));
      await page.locator(`.report-steps li:nth-child(${step}) [aria-current]`).waitFor();
      await picture(page, `report-${step}-${theme}-${language}`);
      expect([step, await violations(page)]).toEqual([step, []]);
    }
    if (language === 'fa') {
      expect(await page.locator('html').getAttribute('dir')).toBe('rtl');
      expect(await onPaper(page, 'language')).toEqual(['fa', 'rtl']);
    }
    await done();
  });

  it('is made by keys alone', async () => {
    const page = await fresh();
    await toReport(page);
    await page.keyboard.press('4');
    await page.locator('.report-replaced input').first().focus();
    await page.keyboard.press('Space');
    await settled(page);
    expect(await page.locator('.report-replaced tr.kept').count()).toBe(1);
    await page.keyboard.press('v');
    expect(await page.locator('.report-step').isHidden()).toBe(true);
    await page.keyboard.press('Escape');
    expect(await page.locator('.report-step').isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    await page.waitForURL(/overview/);
    await done();
  });
});

describe.skipIf(CHROMIUM === undefined)('a report, in the desktop program', () => {
  it('goes to a folder, and asks before an older one is replaced', async () => {
    const face = await startDesktopFace();
    try {
      const { page, context, complaints } = await face.open();
      await toReport(page);
      const place = join(folder, 'on the desktop');
      await face.saveTo!(place);
      const exporting = page.getByRole('button', { name: 'Export folder…' });
      await exporting.click();
      await page.locator('.report-said', { hasText: 'Written: on the desktop' }).waitFor();
      const before = readFileSync(join(place, 'report.md'), 'utf8');
      await page.keyboard.press('3');
      await page.getByLabel('Title').fill('A second one');
      await settled(page);
      await exporting.click();
      const dialog = page.getByRole('dialog');
      await dialog.waitFor();
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      expect(readFileSync(join(place, 'report.md'), 'utf8')).toBe(before);
      await exporting.click();
      await dialog.getByRole('button', { name: 'Replace it' }).click();
      await page.locator('.report-said', { hasText: 'Written: on the desktop' }).waitFor();
      expect(readFileSync(join(place, 'report.md'), 'utf8')).toMatch(/^# A second one/);
      await face.saveTo!(folder);
      await exporting.click();
      await page.locator('.report-said [role=alert]').waitFor();
      expect(await page.locator('.report-said').innerText()).toContain('that is no report of Blockscope’s');
      expect(existsSync(place)).toBe(true);
      expect(complaints).toEqual([]);
      await context.close();
    } finally {
      await face.close();
    }
  });
});
