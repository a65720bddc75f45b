// From a capture to what a person sees: the built command line writes results, the built page shows them in a real
// browser, opened from the disk as a user opens it.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM, Chromium } from './chromium.ts';

const ROOT = join(import.meta.dirname, '..');
const CTRL = 2;

if (process.env.BLOCKSCOPE_REQUIRE_TOOLS === '1') {
  it('has a Chromium to run in', () => {
    expect(CHROMIUM).toBeDefined();
  });
}

describe.skipIf(CHROMIUM === undefined)('the page in Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'blockscope-page-'));
  const results = join(folder, 'two.ndjson');
  let browser: Chromium;
  const text = () => browser.evaluate<string>('document.body.innerText');

  beforeAll(async () => {
    const captures = ['a', 'b'].map((provider) => `samples/telegram-2018-provider-${provider}/capture.pcapng`);
    const command = ['dist/main/cli/blockscope.js', 'analyze', '--format', 'ndjson', '--output', results, ...captures];
    execFileSync(process.execPath, command, { cwd: ROOT });
    writeFileSync(join(folder, 'broken.json'), '{"schema":"blockscope.analysis/1"}');
    browser = new Chromium(CHROMIUM!);
    await browser.openPage(pathToFileURL(join(ROOT, 'dist/renderer/index.html')).href);
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  it('asks for a file, and says that nothing is sent', async () => {
    expect(await text()).toContain('It loads nothing and sends nothing.');
  });

  it('opens the file chooser with Ctrl+O', async () => {
    await browser.evaluate('document.querySelector("input").addEventListener("click", () => { window.asked = true; })');
    await browser.press('o', 79, CTRL);
    await browser.until('window.asked === true');
  });

  it('shows what was said of each capture', async () => {
    await browser.chooseFiles('input[type=file]', [results, join(folder, 'broken.json')]);
    await browser.until('document.querySelectorAll(".overview tbody tr").length === 2');
    await browser.until('document.querySelector(".problems") !== null');
    const shown = await text();
    expect(shown).toMatch(/Connections to telegram\.org were reset/);
    expect(shown).toMatch(/broken\.json: not a result of blockscope analyze/);
    const rows = await browser.evaluate<string[]>(
      '[...document.querySelectorAll(".overview tr")].map((row) => row.innerText.replace(/\\s+/g, " "))',
    );
    expect(rows[0]).toContain('Telegram website');
    expect(rows[1]).toMatch(/provider-a.*blocked/);
    expect(rows[2]).not.toMatch(/blocked/);
  });

  it('leads from a mark to its incident by the keyboard alone', async () => {
    await browser.evaluate('document.querySelector(".incident-mark").focus()');
    expect(await browser.evaluate('document.activeElement.getAttribute("aria-label")')).toMatch(/^I1: SNI filtering/);
    await browser.press('Enter', 13);
    await browser.until('location.hash === "#incident-I1"');
    await browser.until(
      'Math.abs(document.getElementById("incident-I1").getBoundingClientRect().top) < innerHeight / 2',
    );
  });

  it('shows the other capture when it is chosen', async () => {
    await browser.evaluate('document.querySelectorAll(".overview th button")[1].click()');
    await browser.until('document.querySelector(".verdict").innerText.startsWith("No interference")');
  });

  it('kept its policy, and asked for nothing but its own files', async () => {
    expect(browser.complaints).toEqual([]);
    // An attempt that the policy must stop, so that the silence above means something.
    await browser.evaluate('void fetch("https://blocked.example/").catch(() => { window.refused = true; })');
    await browser.until('window.refused === true');
    expect(browser.complaints.join()).toMatch(/Content Security Policy/);
    const foreign = browser.requests.filter((address) => !/^(file:|about:)/.test(address));
    expect(foreign.filter((address) => address !== 'https://blocked.example/')).toEqual([]);
  });
});
