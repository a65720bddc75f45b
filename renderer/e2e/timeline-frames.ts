// Frames of the timeline while a person zooms, pans and scrolls a large capture: 1 million packets, 50 thousand flows,
// 5 thousand findings. The built page in a real Chromium, the engine replaced by one in the page that answers at once,
// so that what is measured is the page. It reports and asserts nothing: `npm run bench:timeline`.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { type CDPSession, chromium, type Page } from 'playwright-core';
import type { Analysis, Finding, Incident } from '../../shared/contract/analysis.ts';
import type { CaptureUpdate, Message } from '../../shared/contract/service.ts';
import { TECHNIQUES } from '../../shared/domain/vocabulary.ts';
import { CHROMIUM, ROOT } from './face.ts';

/** Another build may be measured against the one that stands. */
const DIST = process.env.BENCH_DIST ?? join(ROOT, 'dist');
const ORIGIN = 'http://blockscope.invalid';
const FINDINGS = 5_000;
const PACKETS = 1_000_000;
const FLOWS = 50_000;
const SPAN = 3_600;
const LIMIT_MS = 32;

/** Findings of a real recording, again and again at other times, of other techniques and targets. */
function generated(): Omit<CaptureUpdate, 'capture' | 'sequence' | 'full'> {
  const sample = join(ROOT, 'samples/telegram-2018-provider-a/capture.pcapng');
  const cli = join(DIST, 'main/cli/blockscope.js');
  const text = execFileSync(process.execPath, [cli, 'analyze', '--format', 'json', sample], { encoding: 'utf8' });
  const { findings, incidents, targets, ...head } = JSON.parse(text) as Analysis;
  const start = Math.floor(Number(head.capture.firstTime));
  const at = (seconds: number): string => (start + seconds).toFixed(9);
  const many: Finding[] = [];
  const ofIncident = new Map<string, Finding[]>();
  for (let i = 0; i < FINDINGS; i++) {
    const model = findings[i % findings.length]!;
    // In bursts, as retries come, with quiet between them
    const from = ((Math.floor(i / 25) * 17.93) % (SPAN - 40)) + (i % 25) * 0.4;
    const target = (i * 7) % 400;
    const finding: Finding = {
      ...model,
      id: `F${i + 1}`,
      techniques: [TECHNIQUES[Math.floor(i / 5) % TECHNIQUES.length]!],
      confidence: (['confirmed', 'likely', 'possible', 'inconclusive'] as const)[i % 4]!,
      firstTime: at(from),
      lastTime: at(from + (i % 9 === 0 ? 12 : 0.05)),
      target: {
        ...model.target,
        domain: `site-${target}.example`,
        address: `198.51.${100 + (target % 4)}.${target % 250}`,
      },
    };
    many.push(finding);
    const incident = `I${Math.floor(i / 10) + 1}`;
    ofIncident.set(incident, [...(ofIncident.get(incident) ?? []), finding]);
  }
  const manyIncidents = [...ofIncident].map(([id, own], at): Incident => {
    const model = incidents[at % incidents.length]!;
    return {
      ...model,
      id,
      findings: own.map((finding) => finding.id),
      techniques: own[0]!.techniques,
      firstTime: own[0]!.firstTime,
      lastTime: own.at(-1)!.lastTime,
    };
  });
  head.capture = { ...head.capture, packets: PACKETS, firstTime: at(0), lastTime: at(SPAN) };
  head.coverage = { ...head.coverage, flows: FLOWS, tcp: FLOWS };
  const all = <T extends { readonly id: string }>(set: T[]) => ({ set, removed: [], order: set.map(({ id }) => id) });
  return {
    state: 'done',
    progress: { bytesRead: 1e9, bytesTotal: 1e9, packets: PACKETS, flows: FLOWS, reached: SPAN, elapsed: 4 },
    head,
    findings: all(many),
    incidents: all(manyIncidents),
    targets: all(targets),
  };
}

/** Runs in the page: the desktop's bridge, with an engine behind it that knows one capture. */
function engineInPage(update: Omit<CaptureUpdate, 'capture' | 'sequence' | 'full'>): void {
  let hear: (message: unknown) => void = () => {};
  const say = (message: unknown): void => void setTimeout(() => hear(message));
  const capture = { capture: 'c1', name: 'generated', kind: 'file', state: 'done', progress: update.progress };
  const random = (seed: number): number => {
    const value = Math.sin(seed * 12.9898) * 43758.5453;
    return value - Math.floor(value);
  };
  const bins = ({ from, to, bins: count }: { from: number; to: number; bins: number }) => {
    const bytes = new Uint32Array(count);
    const packets = new Uint32Array(count);
    const app = new Uint32Array(count);
    const other = new Uint32Array(count);
    for (let i = 0; i < count; i++) {
      const minute = Math.floor((from + ((to - from) * i) / count) / 60);
      const isIdle = minute > 18 && minute < 30;
      packets[i] = isIdle ? 0 : Math.ceil(random(i + minute) * 400);
      bytes[i] = packets[i]! * 600;
      app[i] = !isIdle && random(i * 3) > 0.4 ? 1 : 0;
      other[i] = !isIdle && random(i * 5) > 0.5 ? 1 : 0;
    }
    const worked = [
      { lane: 'app', counts: app },
      { lane: 'other', counts: other },
    ];
    return { from, to, bytes, packets, worked };
  };
  const answer = (name: string, params: unknown): unknown => {
    if (name === 'timeline.bins') return bins(params as Parameters<typeof bins>[0]);
    if (name !== 'app.info') return {};
    const can = { chooseFile: false, openPath: false, live: false, report: false, wireshark: false };
    const app = { version: '0', contract: 1, face: 'desktop', platform: 'linux', samples: [], recent: [] };
    return { ...app, can, uploadLimit: 1 };
  };
  const send = (message: Message): void => {
    if (message.type === 'call') say({ type: 'result', id: message.id, result: answer(message.name, message.params) });
    if (message.type !== 'subscribe') return;
    if (message.name === 'captures.changed') say({ type: 'event', id: message.id, payload: { captures: [capture] } });
    if (message.name === 'capture.update')
      say({ type: 'event', id: message.id, payload: { capture: 'c1', sequence: 0, full: true, ...update } });
  };
  const bridge = { send, onMessage: (listener: typeof hear) => (hear = listener), onClose: () => {} };
  Object.assign(globalThis, { blockscope: bridge });
  localStorage.setItem('blockscope.settings', JSON.stringify({ languageChosen: true, language: 'en' }));
}

const TYPES: { readonly [extension: string]: string } = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

async function serve(page: Page): Promise<void> {
  const folder = join(DIST, 'renderer');
  const files = new Set(readdirSync(folder, { recursive: true }).map(String));
  await page.route(`${ORIGIN}/**`, async (route) => {
    const path = new URL(route.request().url()).pathname.slice(1) || 'index.html';
    if (!files.has(path)) return route.fulfill({ status: 404 });
    await route.fulfill({
      body: readFileSync(join(folder, path)),
      contentType: TYPES[extname(path)] ?? 'application/octet-stream',
    });
  });
}

interface Frames {
  readonly frames: number;
  readonly median: number;
  readonly p95: number;
  readonly longest: number;
  readonly over: number;
}

/** Distances between animation frames while `act` runs. */
async function framesDuring(page: Page, act: () => Promise<void>): Promise<Frames> {
  await page.evaluate(() => {
    const times: number[] = [];
    const state = { times, running: true };
    Object.assign(globalThis, { frameTimes: state });
    const next = (time: number): void => {
      times.push(time);
      if (state.running) requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  });
  await act();
  const times = await page.evaluate(() => {
    const state = (globalThis as unknown as { frameTimes: { times: number[]; running: boolean } }).frameTimes;
    state.running = false;
    return state.times;
  });
  const gaps = times
    .slice(1)
    .map((time, i) => time - times[i]!)
    .sort((a, b) => a - b);
  const part = (share: number): number => gaps[Math.min(gaps.length - 1, Math.floor(gaps.length * share))] ?? 0;
  return {
    frames: gaps.length,
    median: part(0.5),
    p95: part(0.95),
    longest: gaps.at(-1) ?? 0,
    over: gaps.filter((gap) => gap > LIMIT_MS).length,
  };
}

/** Seconds that the page's thread was busy so far: on a machine that does other things they say more than frames. */
async function busy(session: CDPSession): Promise<number> {
  const { metrics } = (await session.send('Performance.getMetrics')) as { metrics: { name: string; value: number }[] };
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN;
}

async function heap(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = (await session.send('Runtime.getHeapUsage')) as { usedSize: number };
  return usedSize / 1e6;
}

async function measure(): Promise<void> {
  if (CHROMIUM === undefined) throw new Error('There is no Chromium; CHROMIUM_PATH names one.');
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.on('pageerror', (error) => console.error(String(error)));
    await page.addInitScript(engineInPage, generated());
    await serve(page);
    await page.goto(`${ORIGIN}/#/c/c1/overview`);
    await page.locator('.timeline .lanes').waitFor();
    await page.waitForTimeout(1_000);
    // Here they come through this script: late
    await page.evaluate(async () => void (await document.fonts.ready));
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    const box = (await page.locator('.timeline .lanes').boundingBox())!;
    const x = box.x + box.width * 0.6;
    const y = box.y + 120;
    const wheel = async (delta: number, turns: number): Promise<void> => {
      await page.mouse.move(x, y);
      for (let i = 0; i < turns; i++) {
        await page.mouse.wheel(0, delta);
        await page.waitForTimeout(16);
      }
    };
    const keys = async (names: readonly string[]): Promise<void> => {
      for (const name of names) {
        await page.keyboard.press(name);
        await page.waitForTimeout(200);
      }
    };
    const drag = async (top: number): Promise<void> => {
      for (let i = 0; i < 3; i++) {
        await page.mouse.move(x, top);
        await page.mouse.down();
        for (let step = 1; step <= 30; step++) await page.mouse.move(x + step * 4, top);
        await page.mouse.up();
        await page.waitForTimeout(250);
      }
      await keys(['0']);
    };
    const acts: readonly (readonly [string, () => Promise<void>])[] = [
      ['nothing', () => page.waitForTimeout(1_000)],
      ['wheel in', () => wheel(-100, 30)],
      ['wheel out', () => wheel(100, 30)],
      ['keys + - arrows', () => keys(['+', '+', '+', 'ArrowLeft', 'ArrowRight', '-', '-', '0'])],
      ['drag in the lanes', () => drag(y)],
      ['drag in the strip', () => drag(box.y - 20)],
      ['J and K', () => keys(['j', 'j', 'j', 'f', 'k', '0', 'Escape'])],
      ['lanes L', () => keys(['l', 'l', 'l', 'l'])],
      ['table T', () => keys(['t', 't'])],
      [
        'scroll the page',
        async () => {
          await page.mouse.move(200, 200);
          for (let i = 0; i < 40; i++) {
            await page.mouse.wheel(0, i < 20 ? 120 : -120);
            await page.waitForTimeout(16);
          }
        },
      ],
    ];
    const table: Record<string, Record<string, number>> = {};
    for (const [name, act] of acts) {
      const before = await busy(session);
      const { frames, median, p95, longest, over } = await framesDuring(page, act);
      const round = (value: number): number => Math.round(value * 10) / 10;
      const ofFrame = ((await busy(session)) - before) * (1_000 / frames);
      const found = { frames, 'median ms': round(median), 'p95 ms': round(p95), 'longest ms': round(longest) };
      table[name] = { ...found, [`over ${LIMIT_MS} ms`]: over, 'busy ms a frame': round(ofFrame) };
    }
    console.table(table);
    console.log(`${FINDINGS} findings; heap of the page after collecting: ${(await heap(session)).toFixed(0)} MB`);
  } finally {
    await browser.close();
  }
}

await measure();
