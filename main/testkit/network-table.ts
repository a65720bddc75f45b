// A small table of networks where the large one would lie, so that tests need not make that one.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { buildTable } from '../enrich/networks-build.ts';

/** In `folder/cache`, which is then to be XDG_CACHE_HOME. One network: 93.184.215.0/24. */
export function writeNetworkTable(folder: string): void {
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const table = buildTable({
    systems4: file('systems4', '93.184.215.0,93.184.215.255,64500,Example Net\n'),
    systems6: file('systems6', ''),
    countries4: file('countries4', '93.184.215.0,93.184.215.255,NL\n'),
    countries6: file('countries6', ''),
  });
  const { resolve } = createRequire(import.meta.url);
  const versions = ['asn', 'asn-country'].map(
    (name) =>
      (JSON.parse(readFileSync(resolve(`@ip-location-db/${name}/package.json`), 'utf8')) as { version: string })
        .version,
  );
  mkdirSync(join(folder, 'cache/blockscope'), { recursive: true });
  writeFileSync(join(folder, `cache/blockscope/networks-${versions.join('-')}.bin`), table);
}
