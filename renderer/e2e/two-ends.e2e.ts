// Two captures of one connection in a real Chromium: recorded at both ends in the laboratory, blocked and innocent.

import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { violations } from './axe.ts';
import { CHROMIUM, closeCaptures, type Face, type Opened, picture, ROOT, startWebFace } from './face.ts';

const sample = (slug: string): string[] =>
  ['capture.pcapng', 'server.pcapng'].map((name) => join(ROOT, 'samples', slug, name));

describe.skipIf(CHROMIUM === undefined)('both ends of a connection', () => {
  let face: Face;
  let opened: Opened;
  let page: Page;

  beforeAll(async () => {
    face = await startWebFace();
  });
  afterAll(() => face?.close());
  afterEach(async () => {
    expect(opened.complaints).toEqual([]);
    expect(opened.foreign).toEqual([]);
    await closeCaptures(page);
    await opened.context.close();
  });

  const fresh = async (look: Parameters<Face['open']>[0] = {}): Promise<void> => {
    opened = await face.open(look);
    page = opened.page;
  };
  const go = async (place: string): Promise<void> => {
    await page.evaluate((hash) => {
      location.hash = hash;
    }, place);
    await page.locator('.two-ends').waitFor();
  };
  const trySample = async (): Promise<void> => {
    await go('#/two-ends');
    await page.locator('.two-ends-choice .primary').click();
    await page.locator('.two-ends-ladder').first().waitFor();
  };
  const verdict = () => page.locator('.two-ends-verdict').innerText();

  it('asks for two captures, and offers a pair to try', async () => {
    await fresh();
    await go('#/two-ends');
    expect(await page.locator('.two-ends-lead').innerText()).toMatch(/^Open the two captures first/);
    await picture(page, 'two-ends-empty');
    await trySample();
    expect(await verdict()).toMatch(/Confirmed[\s\S]*forum\.example\.net and radio\.example\.org in several ways/);
    // What was forged at each end, and where; what was swallowed
    const first = page.locator('.two-ends-connection').first();
    expect(await first.locator('tr.hatch').count()).toBe(2);
    expect(await first.locator('.tag.forged').allInnerTexts()).toEqual(['sent by neither end', 'sent by neither end']);
    expect(await page.getByText('never arrived', { exact: true }).count()).toBe(14);
    expect(await page.locator('.two-ends-path').innerText()).toContain('11 routers between');
    // One capture alone had only supposed it
    expect(await page.getByText('confirmed by the other end').count()).toBe(5);
    await picture(page, 'two-ends-light');
  });

  it.each([
    ['two-ends-blocked', /Confirmed[\s\S]*in several ways/],
    ['two-ends-innocent', /^Both captures agree/],
  ])('opens %s from the first screen with both captures', async (slug, said) => {
    await fresh();
    const row = page.locator('.samples button', { hasText: slug });
    expect(await row.innerText()).toContain('both ends');
    await row.click();
    await page.locator('.two-ends-verdict').waitFor();
    expect(await verdict()).toMatch(said);
    expect(await page.locator('.two-ends-path-end').allInnerTexts()).toEqual([
      expect.stringMatching(`${slug}\\s+client side`),
      expect.stringMatching(`${slug} \\(server\\)\\s+server side`),
    ]);
    // Each of the two stays open by itself
    await page.goto(new URL('#/', page.url()).href);
    expect(await page.locator('.welcome .recents').first().locator('li').count()).toBe(2);
  });

  it.each([
    ['light', 'en'],
    ['dark', 'ru'],
    ['light', 'fa'],
    ['dark', 'zh'],
  ] as const)('marks pairs among the samples, %s, %s', async (theme, language) => {
    await fresh({ theme, language });
    const row = page.locator('.samples button', { hasText: 'two-ends-blocked' });
    await row.scrollIntoViewIfNeeded();
    expect(await row.locator('.sec').isVisible()).toBe(true);
    await picture(page, `samples-pair-${language}-${theme}`);
    await row.click();
    await page.locator('.two-ends-ladder').first().waitFor();
    await picture(page, `samples-pair-opened-${language}-${theme}`);
  });

  it('leads to the packet in the capture that has it', async () => {
    await fresh();
    await trySample();
    await page.locator('.two-ends-ladder tr.hatch .link').first().click();
    await page.getByRole('tree').waitFor();
    expect(page.url()).toMatch(/packets\/34$/);
  });

  it('gives the mirrored result for the captures in the other order', async () => {
    await fresh();
    await trySample();
    const before = await page.locator('.two-ends-claim').allInnerTexts();
    await page.getByRole('button', { name: 'Swap' }).click();
    await page.locator('.two-ends-path-end', { hasText: 'server side' }).first().getByText('(server)').waitFor();
    await page.locator('.two-ends-ladder').first().waitFor();
    const turned = (await page.locator('.two-ends-claim').allInnerTexts()).map((text) =>
      text.replace(/capture ([AB])/g, (_, side) => `capture ${side === 'A' ? 'B' : 'A'}`),
    );
    expect(turned.sort()).toEqual(before.sort());
    expect(await page.locator('.two-ends-path-end').first().innerText()).toContain('server side');
  });

  it('accuses nobody of a server that resets by itself on a lossy line', async () => {
    await fresh();
    await face.choose(page, sample('two-ends-innocent'));
    await page.waitForURL(/compare/);
    await page.getByRole('link', { name: 'Both ends' }).click();
    await page.locator('.two-ends-verdict').waitFor();
    expect(await verdict()).toMatch(/^Both captures agree/);
    expect(await page.locator('.two-ends-connection').count()).toBe(0);
    expect(await page.getByText('refuted: the other end did send it').count()).toBeGreaterThan(0);
  });

  it('says plainly where two captures cannot tell', async () => {
    await fresh();
    await face.choose(page, [sample('two-ends-blocked')[0]!, sample('two-ends-innocent')[1]!]);
    await page.waitForURL(/compare/);
    await go('#/two-ends');
    await page.locator('.two-ends-verdict').waitFor();
    expect(await verdict()).toMatch(/no connection in common[\s\S]*at the same time/);
  });

  it.each([
    ['light', 'en'],
    ['dark', 'ru'],
    ['light', 'fa'],
    ['dark', 'zh'],
  ] as const)('keeps the rules of accessibility, %s, %s', async (theme, language) => {
    await fresh({ theme, language });
    await trySample();
    await picture(page, `two-ends-${language}-${theme}`);
    expect(await violations(page)).toEqual([]);
  });
});
