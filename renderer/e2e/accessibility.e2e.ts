// Every screen in both themes, held to axe's rules; and pictures of the main ones to be looked at.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from './axe.ts';
import { CHROMIUM, closeCaptures, type Face, openSample, picture, startWebFace } from './face.ts';

const SAMPLE = 'telegram-2018-provider-a';

describe.skipIf(CHROMIUM === undefined)('accessibility', () => {
  let face: Face;
  beforeAll(async () => {
    face = await startWebFace();
  });
  afterAll(() => face?.close());

  const screens: readonly (readonly [string, (page: Page) => Promise<void>])[] = [
    ['welcome', async () => {}],
    ['overview', (page) => openSample(page, SAMPLE)],
    [
      'table twin',
      async (page) => {
        await openSample(page, SAMPLE);
        await page.keyboard.press('t');
        await page.locator('.twin').waitFor();
      },
    ],
    [
      'incident',
      async (page) => {
        await openSample(page, SAMPLE);
        await page.locator('.incident-list a').first().click();
        await page.locator('.evidence').waitFor();
      },
    ],
    [
      'flow',
      async (page) => {
        await openSample(page, SAMPLE);
        await page.locator('.incident-list a').first().click();
        await page.getByRole('button', { name: 'Open the connection' }).click();
        await page.locator('.ladder').waitFor();
      },
    ],
    [
      'packet',
      async (page) => {
        await openSample(page, SAMPLE);
        await page.locator('.incident-list a').first().click();
        await page.locator('.evidence .link').first().click();
        await page.getByRole('tree').waitFor();
      },
    ],
    ...(['Incidents', 'Flows', 'Names', 'Packets'] as const).map(
      (name) =>
        [
          name.toLowerCase(),
          async (page: Page) => {
            await openSample(page, SAMPLE);
            await page.locator('.rail a', { hasText: name }).click();
            await page.locator('.grid-row').first().waitFor();
          },
        ] as const,
    ),
    [
      'settings',
      async (page) => {
        await page.evaluate(() => {
          location.hash = '#/settings';
        });
        await page.locator('.settings').waitFor();
      },
    ],
    [
      'help',
      async (page) => {
        await page.evaluate(() => {
          location.hash = '#/help/sni-filtering';
        });
        await page.locator('.help').waitFor();
      },
    ],
  ];

  for (const theme of ['light', 'dark'] as const) {
    it.each(screens)(`%s, ${theme}`, async (name, go) => {
      const { page, context } = await face.open({ theme });
      try {
        await go(page);
        await page.waitForTimeout(200);
        await picture(page, `${name.replace(' ', '-')}-${theme}`);
        expect(await violations(page)).toEqual([]);
      } finally {
        await closeCaptures(page);
        await context.close();
      }
    });
  }

  it.each(['ru', 'fa', 'zh'] as const)('overview and incident, %s', async (language) => {
    const { page, context } = await face.open({ language });
    try {
      await openSample(page, SAMPLE);
      await picture(page, `overview-${language}`);
      expect(await violations(page)).toEqual([]);
      await page.locator('.incident-list a').first().click();
      await page.locator('.evidence').waitFor();
      await picture(page, `incident-${language}`);
      expect(await violations(page)).toEqual([]);
    } finally {
      await closeCaptures(page);
      await context.close();
    }
  });
});
