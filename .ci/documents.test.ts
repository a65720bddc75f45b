// What the documents say of the code, held against the code.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DETECTORS } from '../main/detect/registry.ts';
import { TECHNIQUES } from '../shared/domain/vocabulary.ts';

const ROOT = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** Rows of tables, as cells. */
const rows = (text: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').map((cell) => cell.trim()));

describe('limits in ARCHITECTURE.md', () => {
  // Figures of benchmarks name no constant
  const limits = rows(read('ARCHITECTURE.md')).filter(
    (cells) => /^[\d,]+$/.test(cells[2] ?? '') && !/^[\d,. ]+%?$/.test(cells[3] ?? ''),
  );

  it('are found', () => {
    expect(limits.length).toBeGreaterThan(25);
  });

  it.each(limits.map((cells) => [cells[1], cells[2], cells[3], cells[4]]))('%s', (_what, limit, constant, file) => {
    const name = constant!.replaceAll('`', '');
    const source = read(file!.replaceAll('`', ''));
    const value = new RegExp(`const ${name} = ([\\d_e *+()<]+);`).exec(source)?.[1];
    expect(value, `${name} in ${file}`).toBeDefined();
    expect(new Function(`return ${value}`)()).toBe(Number(limit!.replaceAll(',', '')));
  });
});

it('README.md names every technique, and says of each whether it is judged', () => {
  const judged = new Set(DETECTORS.flatMap((detector) => detector.judges));
  const said = rows(read('README.md')).flatMap((cells) => {
    const technique = /^`([a-z-]+)`/.exec(cells[1] ?? '')?.[1];
    return technique === undefined ? [] : [[technique, cells[2]]];
  });
  const expected = TECHNIQUES.map((technique) => [technique, judged.has(technique) ? 'judged' : 'not yet']);
  expect(said.sort()).toEqual(expected.sort());
});

it('every link of a document leads somewhere', () => {
  const folders = ['main', 'shared', 'renderer', 'samples'];
  const documents = [
    ...readdirSync(ROOT),
    ...folders.flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true }).map((path) => join(folder, String(path))),
    ),
  ].filter((path) => path.endsWith('.md'));
  expect(documents.length).toBeGreaterThan(8);
  const broken: string[] = [];
  for (const document of documents) {
    for (const [, target] of read(document).matchAll(/\]\(([^)#:]+)\)/g)) {
      if (!existsSync(join(ROOT, dirname(document), target!))) broken.push(`${document}: ${target}`);
    }
  }
  expect(broken).toEqual([]);
});
