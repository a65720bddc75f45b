// The captures that come with the program, each with what its recording shows.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { Sample } from '../../shared/contract/service.ts';
import { TECHNIQUES } from '../../shared/domain/vocabulary.ts';

const described = z.object({
  slug: z.string(),
  title: z.string(),
  capture: z.string(),
  otherEnd: z.object({ capture: z.string() }).optional(),
  truth: z.object({ interference: z.array(z.object({ technique: z.enum(TECHNIQUES) })) }),
});

export interface SampleFile extends Sample {
  readonly path: string;
  /** Of its second capture. */
  readonly otherPath: string | null;
}

/** In the order of their names; a folder that describes none is passed over. */
export function readSamples(folder: string): SampleFile[] {
  const samples: SampleFile[] = [];
  let entries: string[];
  try {
    entries = readdirSync(folder).sort();
  } catch {
    return samples;
  }
  for (const entry of entries) {
    try {
      const read = described.parse(JSON.parse(readFileSync(join(folder, entry, 'sample.json'), 'utf8')));
      const other = read.otherEnd?.capture ?? null;
      const names = other === null ? [read.capture] : [read.capture, other];
      if (read.slug !== entry || names.some((name) => basename(name) !== name)) continue;
      const path = join(folder, entry, read.capture);
      const techniques = [...new Set(read.truth.interference.map(({ technique }) => technique))];
      const otherPath = other === null ? null : join(folder, entry, other);
      samples.push({
        slug: read.slug,
        title: read.title,
        techniques,
        bytes: statSync(path).size,
        otherEnd: otherPath !== null,
        path,
        otherPath,
      });
    } catch {}
  }
  return samples;
}
