// The page in a browser: held to axe's rules in a language of each direction, and asking for nothing.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { expect, it } from 'vitest';
import { samples } from '../testkit/labelled.ts';
import { draft } from '../testkit/reports.ts';
import { findChromium } from './pdf.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const executablePath = findChromium(process.env);

interface Axe {
  run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
}

it.skipIf(executablePath === null)('the page is accessible and asks for nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'blockscope-page-'));
  const env = { ...process.env, XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder };
  const browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'], env });
  try {
    const capture = readFileSync(samples().find(({ slug }) => slug === 'rst-injection-burst')!.path);
    for (const language of ['en', 'fa'] as const) {
      const made = await draft(capture, { language });
      const path = join(folder, `${language}.html`);
      writeFileSync(path, made.page);
      const page = await browser.newPage({ bypassCSP: true });
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      await page.goto(pathToFileURL(path).href);
      expect(asked.filter((url) => !url.startsWith('data:'))).toEqual([pathToFileURL(path).href]);
      await page.addScriptTag({ content: AXE });
      const found = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as { axe: Axe };
        return (await axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] })).violations;
      });
      expect(found.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`)).toEqual([]);
      const width = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      expect(width).toBeLessThanOrEqual(0);
      await page.close();
    }
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true });
  }
});
