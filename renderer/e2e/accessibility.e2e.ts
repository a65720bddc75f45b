// Every screen in both themes, held to axe's rules; and pictures of the main ones to be looked at.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from './axe.ts';
import { CHROMIUM, closeCaptures, type Face, type Opened, openSample, picture, startWebFace } from './face.ts';

const SAMPLE = 'telegram-2018-provider-a';

describe.skipIf(CHROMIUM === undefined)('accessibility', () => {
  let face: Face;
  beforeAll(async () => {
    face = await startWebFace();
  });
  afterAll(() => face?.close());

  /** Of the sample, which each page opens once: its screens are looked at one after the other. */
  let shown: string | undefined;
  const overview = async (page: Page): Promise<void> => {
    if (shown === undefined) {
      await openSample(page, SAMPLE);
      shown = new URL(page.url()).hash;
    } else {
      await page.evaluate((hash) => {
        location.hash = hash;
      }, shown);
      await page.locator('.timeline').waitFor();
    }
  };

  const screens: readonly (readonly [string, (page: Page) => Promise<void>])[] = [
    ['welcome', async () => {}],
    ['overview', overview],
    [
      'incident',
      async (page) => {
        await overview(page);
        await page.locator('.incident-list a').first().click();
        await page.locator('.evidence').waitFor();
      },
    ],
    [
      'flow',
      async (page) => {
        await overview(page);
        await page.locator('.incident-list a').first().click();
        await page.getByRole('button', { name: 'Open the connection' }).click();
        await page.locator('.ladder').waitFor();
      },
    ],
    [
      'packet',
      async (page) => {
        await overview(page);
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
            await overview(page);
            await page.locator('.rail a', { hasText: name }).click();
            await page.locator('.grid-row').first().waitFor();
          },
        ] as const,
    ),
    // The twin stays until it is closed
    [
      'table twin',
      async (page) => {
        await overview(page);
        await page.keyboard.press('t');
        await page.locator('.twin').waitFor();
      },
    ],
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

  describe.each(['light', 'dark'] as const)('%s', (theme) => {
    let opened: Opened;
    beforeAll(async () => {
      shown = undefined;
      opened = await face.open({ theme });
    });
    afterAll(async () => {
      await closeCaptures(opened.page);
      await opened.context.close();
    });

    it.each(screens)('%s', async (name, go) => {
      const { page } = opened;
      await go(page);
      await page.waitForTimeout(200);
      await picture(page, `${name.replace(' ', '-')}-${theme}`);
      expect(await violations(page)).toEqual([]);
    });
  });

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
