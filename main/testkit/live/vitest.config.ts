// Live capture with real helpers, real programs and a censor: `npm run test:live`. Needs root, network namespaces and
// the laboratory's programs, and the built program; `npm test` needs none of them.

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('../../..', import.meta.url).pathname,
    include: ['main/testkit/live/*.live.ts'],
    // One after the other: what is found within how long is measured
    fileParallelism: false,
    testTimeout: 100_000,
    hookTimeout: 100_000,
    env: { TZ: 'UTC' },
  },
});
