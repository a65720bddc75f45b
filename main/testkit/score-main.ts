// `npm run score`: the rules over the samples, and over the labelled captures beside the project where they are.
//
//   --list             what is wrong and what was missed
//   --write <file>     keep the numbers
//   --against <file>   show what changed since they were kept: what a threshold costs
//
// Imported lists have no part in it.

import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { analyze } from './analyze.ts';
import { labelledCaptures, samples } from './labelled.ts';
import { type Judged, type Rates, rates, type Truth, table } from './score.ts';

const { values } = parseArgs({
  options: { list: { type: 'boolean' }, write: { type: 'string' }, against: { type: 'string' } },
});

const subjects: { readonly file: string; readonly path: string; readonly truth: Truth }[] = [
  ...samples().map(({ slug, path, truth }) => ({
    file: `samples/${slug}`,
    path,
    truth: {
      kind: truth.interference.length > 0 ? ('positive' as const) : ('benign' as const),
      groups: truth.interference.map(({ technique, domain, addresses }) => ({
        techniques: [technique],
        targets: [...(domain === null ? [] : [domain]), ...addresses],
      })),
      isWhole: true,
      allow: [],
      forbid: [],
    },
  })),
  ...labelledCaptures()
    .filter(({ kind, weight }) => kind !== 'malformed' && weight === 'high')
    .map(({ file, path, kind, expect, allow, forbid }) => ({
      file,
      path,
      truth: {
        kind: kind as 'positive' | 'benign',
        groups: expect.map((techniques) => ({ techniques, targets: [] })),
        isWhole: false,
        allow,
        forbid,
      },
    })),
];

const judged: Judged[] = [];
for (const { file, path, truth } of subjects) {
  judged.push({ file, truth, findings: analyze(readFileSync(path)).findings });
}
const now = rates(judged);
const before = values.against === undefined ? null : (JSON.parse(readFileSync(values.against, 'utf8')) as Rates);
process.stdout.write(`${table(now, before)}\n`);
if (values.list === true) {
  for (const [title, rows] of [
    ['wrong', now.wrong],
    ['not found for sure', now.missed],
  ] as const) {
    if (rows.length > 0) process.stdout.write(`\n${title}\n${rows.map((each) => `  ${each}\n`).join('')}`);
  }
}
if (before !== null) {
  for (const one of now.wrong.filter((each) => !before.wrong.includes(each)))
    process.stdout.write(`now wrong: ${one}\n`);
  for (const one of before.wrong.filter((each) => !now.wrong.includes(each)))
    process.stdout.write(`no longer wrong: ${one}\n`);
}
if (values.write !== undefined) writeFileSync(values.write, `${JSON.stringify(now, null, 2)}\n`);
