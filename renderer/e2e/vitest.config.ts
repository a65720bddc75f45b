// The app in a real browser: `npm run e2e`. Apart from `npm test`, which needs no browser.

import { basename } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes longest, so that nothing long is begun when all else is over. */
const FIRST = ['app.e2e.ts', 'capture.e2e.ts'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => (FIRST.includes(basename(moduleId)) ? 0 : 1);
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    include: ['renderer/e2e/**/*.e2e.ts'],
    testTimeout: 60_000,
    // A busy machine is late, not wrong
    expect: { poll: { timeout: 10_000 } },
    hookTimeout: 60_000,
    // They wait more than they compute, those of recording most of all
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    env: { TZ: 'UTC' },
  },
});
