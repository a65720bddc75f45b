// Makes the table of networks beside everything else that runs, and puts it where it is looked for.

import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { buildTable, type NetworkFiles } from './networks-build.ts';

const { files, target } = workerData as { readonly files: NetworkFiles; readonly target: string };

const table = buildTable(files);
const folder = dirname(target);
mkdirSync(folder, { recursive: true, mode: 0o700 });
// Two programs may make it at the same time: each its own, and the last one stays
const next = `${target}.${process.pid}`;
writeFileSync(next, table, { mode: 0o600 });
renameSync(next, target);
for (const name of readdirSync(folder)) {
  if (/^networks-.*\.bin$/.test(name) && name !== basename(target)) rmSync(join(folder, name), { force: true });
}
parentPort?.postMessage('made');
