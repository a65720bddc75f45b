// The three voices of the page as font files inside it, so that a report looks the same wherever it is opened: from the
// packages that hold them, or, where only the program is installed, from its built page. Without either the reader's own
// fonts serve.

import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ReportLanguage } from '../../shared/report/schema.ts';

interface Face {
  readonly family: string;
  readonly module: string;
  readonly file: string;
  readonly weights: string;
  /** Letters that it is for; without, all. */
  readonly range?: string;
}

const LATIN = 'U+0000-00FF,U+0131,U+0152-0153,U+02BB-02DC,U+2000-206F,U+20AC,U+2122,U+2190-2193,U+2212,U+2215,U+FEFF';
const CYRILLIC = 'U+0301,U+0400-045F,U+0490-0491,U+04B0-04B1,U+2116';

function faces(script: 'latin' | 'cyrillic', range: string): Face[] {
  const face = (family: string, module: string, file: string, weights: string): Face => ({
    family,
    module: `@fontsource-variable/${module}`,
    file: `files/${file}-${script}-wght-normal.woff2`,
    weights,
    range,
  });
  return [
    face('Inter', 'inter', 'inter', '100 900'),
    face('Source Serif 4', 'source-serif-4', 'source-serif-4', '200 900'),
    face('JetBrains Mono', 'jetbrains-mono', 'jetbrains-mono', '100 800'),
  ];
}

const OF_LANGUAGE: { readonly [K in ReportLanguage]: readonly Face[] } = {
  en: faces('latin', LATIN),
  ru: [...faces('latin', LATIN), ...faces('cyrillic', CYRILLIC)],
  fa: [
    ...faces('latin', LATIN),
    { family: 'Vazirmatn', module: 'vazirmatn', file: 'fonts/webfonts/Vazirmatn[wght].woff2', weights: '100 900' },
  ],
  // Beside them those pieces of a Chinese font that a text needs
  'zh-Hans': faces('latin', LATIN),
};

const require = createRequire(import.meta.url);

/** Where font files are looked for; null: not there. */
export interface FontPlaces {
  readonly package: ((name: string) => string) | null;
  readonly builtPage: string;
}

const PLACES: FontPlaces = {
  package: (name) => dirname(require.resolve(`${name}/package.json`)),
  // dist/renderer, from dist/main/report
  builtPage: fileURLToPath(new URL('../../renderer/assets', import.meta.url)),
};

/** `@font-face` rules for what stands in `text`, one a line; those that are not to be had are left out. */
export function fontFaces(language: ReportLanguage, text: string, places = PLACES): string {
  const rules = OF_LANGUAGE[language].map((face) => rule(face, fromPackage(face, places) ?? fromPage(face, places)));
  if (language === 'zh-Hans') rules.push(...chinese(text, places));
  return rules.join('');
}

function rule({ family, weights, range }: Omit<Face, 'module' | 'file'>, bytes: Buffer | null): string {
  if (bytes === null) return '';
  const letters = range === undefined ? '' : `;unicode-range:${range}`;
  const source = `url(data:font/woff2;base64,${bytes.toString('base64')}) format("woff2")`;
  return `@font-face{font-family:"${family}";font-weight:${weights};font-display:swap;src:${source}${letters}}\n`;
}

function fromPackage({ module, file }: Face, places: FontPlaces): Buffer | null {
  try {
    return places.package === null ? null : readFileSync(join(places.package(module), file));
  } catch {
    return null;
  }
}

/** The build names a file by its own name, without what addresses cannot hold, and its hash. */
function fromPage({ file }: Face, { builtPage }: FontPlaces): Buffer | null {
  const stem = basename(file, '.woff2').replace(/[[\]]/g, '_');
  try {
    const found = readdirSync(builtPage).find(
      (name) => name.startsWith(`${stem}-`) && /^-[\w-]{8}\.woff2$/.test(name.slice(stem.length)),
    );
    return found === undefined ? null : readFileSync(join(builtPage, found));
  } catch {
    return null;
  }
}

const CHINESE = { family: 'Noto Sans SC', module: '@fontsource/noto-sans-sc', sheet: '400.css' };

/** Where the machine that prints a report has no Chinese font, its PDF would be boxes for everybody. */
function chinese(text: string, places: FontPlaces): string[] {
  const used = new Set<number>();
  for (const letter of text) {
    const code = letter.codePointAt(0)!;
    if (code >= 0x2e80) used.add(code);
  }
  const found = sheets(places).find(({ css }) => css.includes(CHINESE.family));
  if (found === undefined) return [];
  const rules: string[] = [];
  for (const [, block] of found.css.matchAll(/@font-face\s*\{([^}]*)\}/g)) {
    const file = /url\(["']?([^"')]+\.woff2)/.exec(block!)?.[1];
    const range = /unicode-range:\s*([^;]+)/.exec(block!)?.[1];
    if (!block!.includes(CHINESE.family) || file === undefined || range === undefined || !meets(range, used)) continue;
    try {
      rules.push(rule({ family: CHINESE.family, weights: '400', range }, readFileSync(join(found.folder, file))));
    } catch {}
  }
  return rules;
}

function sheets({ package: packageOf, builtPage }: FontPlaces): { css: string; folder: string }[] {
  const found: { css: string; folder: string }[] = [];
  try {
    if (packageOf !== null) {
      const folder = packageOf(CHINESE.module);
      found.push({ folder, css: readFileSync(join(folder, CHINESE.sheet), 'utf8') });
    }
  } catch {}
  try {
    for (const name of readdirSync(builtPage).filter((file) => file.endsWith('.css'))) {
      found.push({ folder: builtPage, css: readFileSync(join(builtPage, name), 'utf8') });
    }
  } catch {}
  return found;
}

/** `U+4E00-4E05,U+4E10` and one of the letters. */
function meets(range: string, used: ReadonlySet<number>): boolean {
  return range.split(',').some((part) => {
    const [first = '', last = first] = part.trim().slice(2).split('-');
    const to = Number.parseInt(last, 16);
    for (let code = Number.parseInt(first, 16); code <= to; code++) if (used.has(code)) return true;
    return false;
  });
}
