// The layering rules, tried on small files: what is refused is refused with a message that says what is allowed, and
// what is allowed passes.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** Where the import stands, what is imported, and what the message must say; null: it passes. */
const CASES: readonly (readonly [file: string, imported: string, message: string | null])[] = [
  ['main/wire/a.ts', './cursor.ts', null],
  ['main/wire/a.ts', '../../shared/domain/vocabulary.ts', null],
  ['main/wire/a.ts', '../flow/journal.ts', 'main/wire may import shared'],
  ['main/wire/a.ts', '../capture-file/frames.ts', 'main/wire may import shared'],
  ['main/wire/a.ts', 'node:crypto', 'it uses nothing of Node'],
  ['main/wire/deep/a.ts', '../cursor.ts', null],
  ['main/wire/deep/a.ts', '../../flow/journal.ts', 'main/wire may import shared'],
  ['main/capture-file/a.ts', 'node:zlib', null],
  ['main/capture-file/a.ts', '../wire/packet.ts', 'main/capture-file may import shared'],
  ['main/live/a.ts', '../capture-file/writer.ts', null],
  ['main/live/a.ts', '../flow/journal.ts', 'main/wire, main/capture-file and shared'],
  ['main/flow/a.ts', '../wire/packet.ts', null],
  ['main/flow/a.ts', '../observe/resets.ts', 'main/flow may import main/wire, main/capture-file, main/live and shared'],
  ['main/observe/a.ts', '../flow/records.ts', null],
  ['main/observe/a.ts', '../detect/detector.ts', 'main/observe may import'],
  ['main/detect/a.ts', '../observe/resets.ts', null],
  ['main/detect/a.ts', '../incident/compose.ts', 'main/detect may import'],
  ['main/detect/a.ts', '../testkit/snapshots.ts', 'main/detect may import'],
  ['main/detect/a.test.ts', '../testkit/snapshots.ts', null],
  ['main/detect/a.test.ts', '../../renderer/app/main.tsx', 'Tests, main/testkit and main/bench'],
  ['main/enrich/a.ts', '../incident/compose.ts', 'main/enrich may import'],
  ['main/incident/a.ts', '../enrich/asn.ts', null],
  ['main/incident/a.ts', '../engine/engine.ts', 'main/incident may import'],
  ['main/engine/a.ts', '../incident/compose.ts', null],
  ['main/engine/a.ts', '../report/html.ts', 'main/engine may import'],
  ['main/comparison/a.ts', '../engine/version.ts', null],
  ['main/comparison/a.ts', '../service/service.ts', 'main/comparison may import'],
  ['main/engine/a.ts', '../comparison/compare.ts', 'main/engine may import'],
  ['main/report/a.ts', '../engine/analyze.ts', null],
  ['main/report/a.ts', '../../shared/report/sections.ts', null],
  ['main/report/a.ts', '../../renderer/engine/client.ts', 'main/report may import'],
  ['main/report/a.ts', '../service/service.ts', 'main/report may import'],
  ['main/service/a.ts', '../report/html.ts', null],
  ['main/service/a.ts', '../web/server.ts', 'main/service may import'],
  ['main/cli/a.ts', '../service/service.ts', null],
  ['main/cli/a.ts', '../desktop/window.ts', 'main/cli may import'],
  ['main/cli/a.ts', 'electron', 'main/cli may import'],
  ['main/web/a.ts', '../cli/text.ts', 'main/web may import'],
  ['main/desktop/a.ts', 'electron', null],
  ['main/desktop/a.ts', '../web/server.ts', 'it alone may import electron'],
  ['main/testkit/a.ts', '../engine/engine.ts', null],
  ['main/bench/a.ts', '../testkit/packets.ts', null],
  ['main/bench/a.ts', 'electron', 'Tests, main/testkit and main/bench'],
  ['shared/domain/a.ts', './vocabulary.ts', null],
  ['shared/domain/a.ts', '../i18n/en.ts', 'shared/domain may import nothing'],
  ['shared/i18n/a.ts', '../domain/statements.ts', null],
  ['shared/i18n/a.ts', '../contract/analysis.ts', 'shared/i18n may import shared/domain'],
  ['shared/contract/a.ts', 'zod', null],
  ['shared/contract/a.ts', '../../main/flow/records.ts', 'shared/contract may import shared/domain'],
  ['shared/filter/a.ts', 'node:fs', 'neither Node, Electron nor React'],
  ['shared/report/a.ts', 'react', 'neither Node, Electron nor React'],
  ['shared/trace/a.ts', '../../renderer/ui/button.tsx', 'shared/trace may import shared/domain'],
  ['renderer/app/a.tsx', '../../shared/contract/analysis.ts', null],
  ['renderer/app/a.tsx', 'react', null],
  ['renderer/app/a.tsx', '../../main/service/service.ts', 'renderer may import shared'],
  ['renderer/app/a.tsx', 'electron', 'renderer may import shared'],
  ['renderer/app/a.tsx', 'node:path', 'renderer may import shared'],
  ['renderer/e2e/a.e2e.ts', 'node:path', null],
  ['renderer/e2e/a.e2e.ts', '../../main/service/service.ts', 'renderer/e2e runs in Node'],
];

const folder = mkdtempSync(join(tmpdir(), 'blockscope-layers-'));
/** By file and line, what was said. */
const said = new Map<string, string>();

beforeAll(() => {
  const config = JSON.parse(readFileSync(join(ROOT, 'biome.json'), 'utf8'));
  // There is no repository around these files.
  writeFileSync(join(folder, 'biome.json'), JSON.stringify({ ...config, vcs: { enabled: false } }));
  cpSync(join(ROOT, '.ci/layers.jsonc'), join(folder, '.ci/layers.jsonc'));
  const lines = new Map<string, string[]>();
  for (const [file, imported] of CASES) lines.set(file, [...(lines.get(file) ?? []), `import '${imported}';`]);
  for (const [file, text] of lines) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), `${text.join('\n')}\n`);
  }
  const biome = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');
  const args = [
    biome,
    'lint',
    '--only=style/noRestrictedImports',
    '--reporter=rdjson',
    '--max-diagnostics=none',
    folder,
  ];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  for (const { location, message } of JSON.parse(stdout).diagnostics) {
    if (location === undefined) continue;
    said.set(`${location.path.replace(`${folder}/`, '')}:${location.range.start.line}`, message);
  }
});

afterAll(() => rmSync(folder, { recursive: true }));

it.each(CASES)('%s: %s', (file, imported, message) => {
  const line = CASES.filter(([other]) => other === file).findIndex(([, other]) => other === imported) + 1;
  const actual = said.get(`${file}:${line}`) ?? null;
  if (message === null) expect(actual).toBeNull();
  else expect(actual).toContain(message);
});

it('knows every folder', () => {
  const rules = readFileSync(join(ROOT, '.ci/layers.jsonc'), 'utf8');
  for (const side of ['main', 'shared']) {
    const folders = readdirSync(join(ROOT, side), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const unknown = folders.filter(({ name }) => !rules.includes(`"${side}/${name}/**"`)).map(({ name }) => name);
    expect(unknown, `folders of ${side} without a row in .ci/layers.jsonc`).toEqual([]);
  }
});
